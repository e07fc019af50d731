"""One table of a file: columns and rows of cells."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sim.errors import InputError, Problem
from sim.tables import Note

MAX_CELLS = 100_000_000
"""Cells of a table made of records."""


@dataclass(frozen=True, eq=False)
class Sheet:
    """One table of a file.

    Parameters
    ----------
    name : str
        Of the file, and of the sheet in it where it has several.
    read : callable
        Returns an iterator over rows, each a list of cells as long as ``columns``.
    hint : str
        ``nodes`` or ``edges`` where the file says so, otherwise empty.
    kind : str
        What it is, of ``columns.KINDS``, where its reader knows; its columns then have the
        names of what they are.
    readings : mapping of str to str
        How cells are read where they do not tell; see ``READINGS``.
    """

    name: str
    columns: tuple[str, ...]
    read: Callable[[], Iterator[list[str]]] = field(repr=False)
    hint: str = ""
    notes: list[Note] = field(default_factory=list)
    kind: str = ""
    readings: Mapping[str, str] = field(default_factory=dict)

    def rows(self, *wanted: str) -> Iterator[list[str]]:
        """Yield the stripped cells of these columns, row by row; blank for a column that is ''."""
        places = [self.columns.index(name) if name else len(self.columns) for name in wanted]
        for cells in self.read():
            cells = [*cells, ""]
            yield [cells[k].strip() for k in places]

    def sample(self, column: str, count: int = 200) -> list[str]:
        """Return the first filled cells of a column."""
        found: list[str] = []
        for (cell,) in self.rows(column):
            if cell:
                found.append(cell)
            if len(found) >= count:
                break
        return found

    def places(self, column: str, texts: Collection[str]) -> str:
        """Return where the first three cells stand that are, or begin with, one of these texts.

        A beginning is of ten characters, as of a date before a time. Rows are counted as a
        spreadsheet shows them: the first one below the header is 2.
        """
        cells = enumerate(self.rows(column), 2)
        found = [k for k, (cell,) in cells if cell in texts or cell[:10] in texts][:4]
        more = ", …" if len(found) > 3 else ""
        return f"row{'s' * (len(found) > 1)} {', '.join(map(str, found[:3]))}{more}"


def from_records(name: str, records: Iterable[Mapping[str, Any]], hint: str = "") -> Sheet:
    """Return a sheet of records, nested ones flattened with dots.

    Raises
    ------
    InputError
        Where a text holds half a character, as JSON can spell it, or records are too unlike.
    """
    rows = [_flat(record) for record in records]
    for number, row in enumerate(rows, 1):
        try:
            "".join((*row, *row.values())).encode()
        except UnicodeEncodeError as error:
            what = f"holds half a character ({ascii(error.object[error.start])[1:-1]})"
            raise InputError([Problem(name, f"record {number}", what, "whole ones")]) from None
    columns = tuple(dict.fromkeys(key for row in rows for key in row))
    if len(columns) * len(rows) > MAX_CELLS:
        what = f"holds {len(rows):,} records of {len(columns):,} different fields"
        raise InputError([Problem(name, "", what, "the same fields in every record")])

    def read() -> Iterator[list[str]]:
        return ([row.get(column, "") for column in columns] for row in rows)

    return Sheet(name, columns, read, hint)


def from_cells(
    name: str, columns: Iterable[str], rows: list[list[str]], hint: str = "", kind: str = ""
) -> Sheet:
    """Return a sheet of cells that are held in memory."""
    return Sheet(name, tuple(columns), lambda: iter(rows), hint, kind=kind)


def cell_text(value: object) -> str:
    """Return a value as the text of a cell: whole numbers without a decimal mark."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        return value.isoformat(" ") if value.time().isoformat() != "00:00:00" else str(value.date())
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return "; ".join(cell_text(one) for one in value)
    return str(value).strip()


def _flat(record: Mapping[str, Any], before: str = "") -> dict[str, str]:
    result: dict[str, str] = {}
    for key, value in record.items():
        name = f"{before}{key}"
        if isinstance(value, Mapping):
            result.update(_flat(value, f"{name}."))
        elif not (isinstance(value, list) and value and isinstance(value[0], Mapping)):
            result[name] = cell_text(value)
    return result
