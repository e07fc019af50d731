"""Readers of installed packages: for files that nobody else knows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from sim.errors import InputError, Problem, did_you_mean
from sim.extensions import Extension, extensions
from sim.importing.columns import FIELDS, KINDS
from sim.importing.sheet import Sheet, cell_text, from_cells
from sim.tables import Readable
from sim.tables.source import bytes_of

__all__ = [
    "GROUP", "OPENING", "importers", "is_recognised", "own_sheets", "wrong_with_importer"
]  # fmt: skip

GROUP = "uptake.importers"

OPENING = 1 << 16
"""Bytes from the beginning of a file by which it is recognised."""

Importer = tuple[Extension, Any]


def own_sheets(path: Readable, opening: bytes) -> list[Sheet]:
    """Return the sheets of a file by the first package that recognises it; none where none does.

    Raises
    ------
    InputError
        Where a package is broken, fails on the file, or gives something else than tables.
    """
    for extension, importer in _recognising(path.name, opening):
        data = bytes_of(path)
        try:
            tables = importer.read(path.name, data)
        except InputError:
            raise
        except Exception as error:  # whatever a stranger's function raises
            said = f"fails on {path.name}: {type(error).__name__}: {str(error)[:200]}"
            raise InputError([extension.problem(said)]) from error
        if what := _wrong_with_tables(tables):
            raise InputError([extension.problem(f"of {path.name} {what}")])
        several = len(tables) > 1
        return [
            _sheet(f"{path.name}[{kind}]" if several else path.name, kind, rows)
            for kind, rows in tables.items()
        ]
    return []


def is_recognised(path: Path) -> bool:
    """Return whether a package knows what to do with a file."""
    if not importers():
        return False
    with path.open("rb") as stream:
        return any(_recognising(path.name, stream.read(OPENING)))


def importers() -> tuple[Importer, ...]:
    """Return the readers of installed packages.

    Raises
    ------
    InputError
        With everything wrong in them.
    """
    return _all(extensions(GROUP))


@cache
def _all(offered: tuple[Extension, ...]) -> tuple[Importer, ...]:
    found, problems = [], list[Problem]()
    for one in offered:
        try:
            own = one.load()
        except InputError as error:
            problems += error.problems
            continue
        if what := wrong_with_importer(own):
            problems.append(one.problem(what))
        found.append((one, own))
    if problems:
        raise InputError(problems)
    return tuple(found)


def wrong_with_importer(own: object) -> str:
    """Return why something is no reader of files; empty if it is one.

    Parameters
    ----------
    own : object
        A module, or whatever has the functions ``recognise(name, opening)``, which says whether
        a file is one of its kind, and ``read(name, data)``, which gives its tables.
    """
    missing = [name for name in ("recognise", "read") if not callable(getattr(own, name, None))]
    return f"has no function {' and no function '.join(missing)}" if missing else ""


def _recognising(name: str, opening: bytes) -> Iterator[Importer]:
    for extension, importer in importers():
        try:
            known = importer.recognise(name, opening)
        except Exception as error:  # whatever a stranger's function raises
            said = f"fails to recognise {name}: {type(error).__name__}: {str(error)[:200]}"
            raise InputError([extension.problem(said)]) from error
        if known:
            yield extension, importer


def _wrong_with_tables(tables: object) -> str:
    if not isinstance(tables, Mapping) or not tables:
        return f"gives no tables by kind, one of {', '.join(KINDS)}"
    for kind, rows in tables.items():
        if kind not in KINDS:
            return f"gives a table {kind!r}: {did_you_mean(str(kind), list(KINDS))}"
        if not isinstance(rows, Sequence) or not all(isinstance(row, Mapping) for row in rows):
            return f"gives {kind} that are no list of rows, each a mapping"
        if not rows:
            return f"gives no row of {kind}"
        known = FIELDS[kind]
        for name in (name for row in rows for name in row):
            if known and name not in known:
                return f"gives {kind} a column {name!r}: {did_you_mean(str(name), known)}"
    return ""


def _sheet(name: str, kind: str, rows: Sequence[Mapping[str, Any]]) -> Sheet:
    columns = tuple(dict.fromkeys(column for row in rows for column in row))
    cells = [[cell_text(row.get(column)) for column in columns] for row in rows]
    return from_cells(name, columns, cells, kind=kind)
