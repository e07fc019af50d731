"""Fixtures every test may use."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real organisations, which are not part of the repository."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"real organisations are not here: there is no folder {folder}")
    return folder


@pytest.fixture
def write_files(tmp_path: Path) -> Callable[..., Path]:
    """Write files of given names (a dot for the underscore) and texts into one folder."""

    def write(**files: str | bytes) -> Path:
        folder = tmp_path / "organisation"
        folder.mkdir(exist_ok=True)
        for name, content in files.items():
            stem, _, suffix = name.rpartition("_")
            data = content if isinstance(content, bytes) else content.encode()
            (folder / f"{stem}.{suffix}").write_bytes(data)
        return folder

    return write
