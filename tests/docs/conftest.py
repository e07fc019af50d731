"""Where the documents and their examples are."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from scripts import module_of


@pytest.fixture(scope="session")
def generator(repository: Path) -> ModuleType:
    """The script that writes docs/reference."""
    return module_of(repository / "docs/generate.py")
