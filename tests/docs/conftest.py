"""Where the documents and their examples are."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def generator(repository: Path) -> ModuleType:
    """The script that writes docs/reference."""
    spec = importlib.util.spec_from_file_location("docs_generate", repository / "docs/generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
