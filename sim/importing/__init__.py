"""The client's own data, in whatever form it comes, as an organisation and a table of use.

The importer is loaded where files are exports: most organisations are none.
"""

from __future__ import annotations

from pathlib import Path

from sim.errors import refusal
from sim.extensions import extensions
from sim.organisation import load
from sim.organisation.organisation import Organisation

OURS = ("people.csv", "ties.csv", "organisation.yaml")
MAPPING = "mapping.yaml"
NO_TABLES = frozenset(
    (".doc", ".docx", ".gif", ".htm", ".html", ".jpeg", ".jpg", ".key", ".md", ".pdf", ".png",
     ".ppt", ".pptx", ".py", ".svg", ".yaml", ".yml", ".zip")
)  # fmt: skip
"""Endings of files in a folder of exports that are passed over."""
MOST = 100


def files_of(path: Path) -> list[Path]:
    """Return the exports that a path means: a file, or those in a folder.

    In order of their names; empty where the path is an organisation already, a template, or
    nothing.
    """
    if path.is_file():
        ours = path.suffix.lower() in {".yaml", ".yml"} or path.name in OURS
        return [] if ours and not _is_recognised(path) else [path]
    if not path.is_dir() or any((path / name).exists() for name in OURS):
        return []
    return sorted(
        file for file in path.iterdir()
        if file.is_file() and not file.name.startswith(".")
        and (file.suffix.lower() not in NO_TABLES or _is_recognised(file))
    )  # fmt: skip


def load_any(path: Path) -> Organisation:
    """Load an organisation, or import the client's files that a path means.

    A path as for ``sim.organisation.load``; or an export, or a folder of exports, where
    ``mapping.yaml`` says what was guessed wrong. Raises InputError with all problems found.
    """
    files = files_of(path)
    if not files:
        return load(path)
    if len(files) > MOST:
        right = f"up to {MOST} exports of one organisation, or a folder with people.csv"
        raise refusal(str(path), "", f"holds {len(files):,} files", right)
    from sim.importing.importer import (
        Options,
        import_files,  # most organisations are no exports
    )

    name = path.resolve().name if path.is_dir() else path.stem
    mapping = path / MAPPING if path.is_dir() else path.parent / MAPPING
    options = Options(name=name, mapping=mapping if mapping.is_file() else None)
    return import_files(files, options).noted


def _is_recognised(path: Path) -> bool:
    """Return whether an installed package knows what to do with a file."""
    if not extensions("uptake.importers"):
        return False
    from sim.importing.sheets import is_recognised

    return is_recognised(path)
