"""The manifest: all it takes to repeat a run, and hashes to tell whether it came out the same."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from sim import extensions
from sim.errors import InputError, Problem
from sim.organisation.write import organisation_hash
from sim.sources import inside

if TYPE_CHECKING:
    from sim.organisation.organisation import Organisation
    from sim.results.results import Origin, Results

__all__ = [
    "FILE_NAME",
    "KNOWN_TABLES",
    "LIBRARIES",
    "check_layout",
    "file_hash",
    "manifest",
    "organisation_entry",
    "platform_entry",
    "read_manifest",
    "uptake_version",
]

FILE_NAME = "manifest.json"
KNOWN_TABLES = tuple(
    f"{name}.{kind}"
    for name in ("weekly", "teams", "drivers", "people")
    for kind in ("parquet", "csv")
)
"""Tables of every single run that a folder may hold."""

FORMAT = 2
"""Version of the manifest; since 2 every parameter set has seeds of its own."""

LIBRARIES = ("numpy", "numba", "llvmlite", "pyarrow", "matplotlib")
"""Libraries whose version can matter for the numbers or the files."""


def uptake_version() -> str:
    """Return the version of Uptake that is installed, or ``unknown`` in a bare checkout."""
    try:
        return metadata.version("uptake-sim")
    except metadata.PackageNotFoundError:
        return "unknown"


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def manifest(results: Results, tables: Mapping[str, Mapping[str, Any]], folder: Path) -> str:
    """Return the manifest of ``results`` as JSON text.

    Parameters
    ----------
    tables : dict
        Rows and content hash of each table, by file name.
    folder : Path
        Where the results will stand; the organisation's path is noted relative to it.
    """
    content = {
        "uptake": {"manifest": FORMAT, "version": uptake_version()},
        "seed": results.seed,
        "replicates": results.n_replicates,
        "weeks": results.weeks,
        "parameters_set": results.overrides,
        "parameter_sets": _parameters(results.parameter_sets),
        "structure": results.structure is not None,
        "margin": results.margin,
        "record": {
            "teams": results.records.teams is not None,
            "people": results.records.people is not None,
        },
        "scenarios": [
            {
                "name": name,
                "file": PurePath(scenario.file).name,
                "text": scenario.text,
                "sources": dict(scenario.sources),
                # Of many sets the base stands above, once; the scenario's text says the rest.
                "parameters": _parameters(rows if len(rows) == 1 else None),
            }
            for name, scenario, rows in zip(
                results.names, results.scenarios, results.parameters, strict=True
            )
        ],
        "organisation": organisation_entry(results.organisation, results.origin, folder),
        "tables": {name: dict(about) for name, about in tables.items()},
        "plugins": extensions.entry(),
        "platform": platform_entry(),
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def organisation_entry(organisation: Organisation, origin: Origin, folder: Path) -> dict[str, Any]:
    """Return what a manifest says of an organisation: enough to find it and to know it."""
    return {
        "name": organisation.name,
        "people": organisation.n_people,
        "teams": organisation.n_teams,
        "ties": organisation.n_ties,
        "content_hash": organisation_hash(organisation),
        "path": _relative(origin.path, folder),
        "text": origin.text,
        "files": origin.files,
    }


def platform_entry(libraries: Iterable[str] = LIBRARIES) -> dict[str, Any]:
    """Return what a manifest says of the machine and of the libraries."""
    return {
        "system": platform.system(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "libraries": {name: version for name in libraries if (version := _version(name))},
    }


def _version(library: str) -> str | None:
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return None


def _parameters(rows: Any) -> list[dict[str, float]] | None:
    if rows is None:
        return None
    return [{name: float(row[name]) for name in rows.dtype.names} for row in rows]


def _relative(path: str, folder: Path) -> str:
    if not path:
        return ""
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except (ValueError, FileNotFoundError):  # another drive, or no current folder
        return Path(path).as_posix()


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a results folder, checked: see ``sim.results.schema``.

    Raises
    ------
    InputError
        Where there is none, or it is not one that this version reads.
    """
    from sim.results.schema import ResultsManifest, read_json

    path = folder / FILE_NAME
    right = f"a folder written by uptake run or compare with --out, holding {FILE_NAME}"
    if not os.path.lexists(path):
        raise InputError([Problem(str(folder), "", f"has no {FILE_NAME}", right)])
    inside(folder, FILE_NAME, *KNOWN_TABLES)
    return read_json(
        path, ResultsManifest, right, layout=lambda content: check_layout(content, path, right)
    )


def check_layout(
    content: Any, path: Path, right: str, key: str = "manifest", layout: int = FORMAT
) -> None:
    """Refuse a manifest of another kind or layout, before its content is looked at.

    Raises
    ------
    InputError
        Says which layout it has, and by which version it was written.
    """
    said = content.get("uptake") if isinstance(content, dict) else None
    if not isinstance(said, dict):  # the schema says so, and what else is wrong
        return
    found = said.get(key)
    if found is None:
        kind = "a study" if key == "study" else "a run or comparison"
        raise InputError([Problem(str(path), "", f"is not the manifest of {kind}", right)])
    if found != layout or isinstance(found, bool):
        version = str(said.get("version", "another version"))[:40]
        what = f"has layout {str(found)[:40]}, written by Uptake {version}"
        raise InputError([Problem(str(path), f"uptake.{key}", what, f"layout {layout}")])
