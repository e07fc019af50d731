"""Packages that are installed beside Uptake, and processes that find them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
Call = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def plugins(install: Callable[..., None], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the samples of an intervention and of an organisation."""
    target = tmp_path_factory.mktemp("site")
    for name in ("uptake-hackathon", "uptake-branches"):
        install(name, target)
    return target


@pytest.fixture
def call(plugins: Path, tmp_path: Path) -> Call:
    """Run a command line in a process that finds those samples, and what is in ``more``."""

    def call(*arguments: str, more: Path | None = None) -> subprocess.CompletedProcess[str]:
        paths = [str(one) for one in (more, plugins, REPOSITORY) if one is not None]
        return subprocess.run(
            [sys.executable, *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=300,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)}, check=False,
        )  # fmt: skip

    return call
