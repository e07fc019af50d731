"""Packages that are installed beside Uptake, and processes that find them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
SAMPLES = REPOSITORY / "examples" / "plugins"
Call = Callable[..., subprocess.CompletedProcess[str]]


def _install(package: Path, target: Path, scratch: Path) -> None:
    """Install a copy of a package, as pip does, without its dependencies."""
    copy = scratch / package.name
    shutil.copytree(package, copy)
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation"]
    options = ["--no-index", "--disable-pip-version-check", "--target", str(target)]
    subprocess.run([*pip, *options, str(copy)], check=True, timeout=300)


@pytest.fixture(scope="session")
def install(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path, Path], None]:
    """Install a package into a folder: the sample of this name, or what stands at a path."""

    def install(package: Path | str, target: Path) -> None:
        path = SAMPLES / package if isinstance(package, str) else package
        _install(path, target, tmp_path_factory.mktemp("build"))

    return install


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


@pytest.fixture(scope="session")
def offered() -> Callable[..., Path]:
    """Write a folder in which a distribution offers something: what ``pip install`` leaves."""

    def offered(folder: Path, name: str, text: str, *, group: str, attribute: str = "") -> Path:
        about = folder / "uptake_own-1.0.dist-info"
        about.mkdir(parents=True, exist_ok=True)
        (about / "METADATA").write_text("Metadata-Version: 2.1\nName: uptake-own\nVersion: 1.0\n")
        with (about / "entry_points.txt").open("a", encoding="utf-8") as file:
            file.write(f"[uptake.{group}]\n{name} = uptake_own:{attribute or name}\n")
        (folder / "uptake_own.py").write_text(text, "utf-8")
        return folder

    return offered
