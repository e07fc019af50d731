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

from sim.errors import InputError, Problem

if TYPE_CHECKING:
    from sim.organisation.organisation import Organisation
    from sim.results.results import Origin, Results

__all__ = [
    "FILE_NAME",
    "LIBRARIES",
    "file_hash",
    "manifest",
    "organisation_entry",
    "platform_entry",
    "read_manifest",
    "uptake_version",
]

FILE_NAME = "manifest.json"
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
    results : Results
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
        "content_hash": organisation.content_hash(),
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
        "libraries": {name: metadata.version(name) for name in libraries},
    }


def _parameters(rows: Any) -> list[dict[str, float]] | None:
    if rows is None:
        return None
    return [{name: float(row[name]) for name in rows.dtype.names} for row in rows]


def _relative(path: str, folder: Path) -> str:
    if not path:
        return ""
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # another drive
        return Path(path).absolute().as_posix()


_NEEDED: dict[str, type] = {
    "uptake": dict,
    "seed": int,
    "replicates": int,
    "weeks": int,
    "parameters_set": dict,
    "record": dict,
    "scenarios": list,
    "organisation": dict,
    "tables": dict,
}


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a results folder.

    Raises
    ------
    InputError
        Where there is none, or it is not one that this version reads.
    """
    path = folder / FILE_NAME
    right = f"a folder written by uptake run or compare with --out, holding {FILE_NAME}"
    try:
        content = json.loads(path.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise InputError([Problem(str(folder), "", f"has no {FILE_NAME}", right)]) from None
    except (OSError, ValueError) as error:
        raise InputError([Problem(str(path), "", f"cannot be read: {error}", right)]) from None
    problems = [
        Problem(str(path), key, "is missing or of another kind", f"as Uptake wrote it: {kind}")
        for key, kind in ((k, t.__name__) for k, t in _NEEDED.items())
        if not (isinstance(content, dict) and type(content.get(key)).__name__ == kind)
    ]
    if problems:
        raise InputError(problems)
    layout = content["uptake"].get("manifest")
    if layout != FORMAT:
        version = content["uptake"].get("version", "another version")
        what = f"has layout {layout}, written by Uptake {version}"
        raise InputError([Problem(str(path), "uptake.manifest", what, f"layout {FORMAT}")])
    result: dict[str, Any] = content
    return result
