"""Reading CSV files: every cell knows its line and column, every problem is collected."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from time import monotonic
from typing import IO, Any, Protocol

from sim.errors import InputError, Problem, did_you_mean

__all__ = [
    "MAX_ROWS",
    "MemoryFile",
    "Problems",
    "Readable",
    "Row",
    "Table",
    "number",
    "open_table",
    "similar",
    "texts",
]

MAX_ROWS = 5_000_000
"""Rows of a CSV file that are read unless organisation.yaml says ``max_rows``."""

SHOWN = 50
MISSING = frozenset({"", "NA", "N/A", "null", "NULL"})
DELIMITERS = {";": "';'", "\t": "tab", "|": "'|'"}
MAGIC = {
    b"PK\x03\x04": "is an Excel workbook or another zip file",
    b"\xd0\xcf\x11\xe0": "is an old Excel workbook",
    b"\xff\xfe": "is encoded as UTF-16",
    b"\xfe\xff": "is encoded as UTF-16",
    b"\x1f\x8b": "is a gzip file",
}


@dataclass
class Problems:
    """Problems found so far: all are counted, the first are kept.

    Parameters
    ----------
    limit : int
        How many to keep; the rest are counted.
    """

    limit: int = SHOWN
    kept: list[Problem] = field(default_factory=list)
    count: int = 0

    def add(self, where: str, path: str, what: str, right: str) -> None:
        """Note one problem."""
        self.count += 1
        if len(self.kept) < self.limit:
            self.kept.append(Problem(where, path, what, right))

    def raise_if_any(self, where: str) -> None:
        """Raise an ``InputError`` of all problems, if there is one."""
        if not self.count:
            return
        rest = self.count - len(self.kept)
        if rest:
            self.kept.append(
                Problem(where, "", f"{rest:,} more problems not shown", "mend the first ones first")
            )
        raise InputError(self.kept)


class _Until(io.BytesIO):
    """Bytes that can be read until a time."""

    def __init__(self, content: bytes, until: float) -> None:
        super().__init__(content)
        self.until = until

    def read(self, size: int | None = -1, /) -> bytes:
        self._look_at_the_clock()
        return super().read(size)

    def read1(self, size: int | None = -1, /) -> bytes:
        self._look_at_the_clock()
        return super().read1(size)

    def _look_at_the_clock(self) -> None:
        if monotonic() > self.until:
            raise TimeoutError


@dataclass(frozen=True, slots=True)
class MemoryFile:
    """A file that never touches the disk; after ``until`` (``time.monotonic``) a TimeoutError.

    Examples
    --------
    >>> MemoryFile("people.csv", b"id").open(encoding="utf-8").read()
    'id'
    """

    name: str
    content: bytes = field(repr=False)
    until: float = math.inf

    def is_file(self) -> bool:
        """Return True: it is here."""
        return True

    def open(
        self, mode: str = "r", *, encoding: str | None = None, newline: str | None = None
    ) -> IO[Any]:
        """Return a stream of its text, or of its bytes in the mode ``rb``."""
        data = _Until(self.content, self.until)
        return data if "b" in mode else io.TextIOWrapper(data, encoding, newline=newline)


Readable = Path | MemoryFile
"""What a table can be read from."""


class Row(Protocol):
    """One line of a table: its cells by column, and where each stands."""

    def cell(self, column: str) -> str:
        """Return the stripped text of a cell; empty where the column is absent."""

    def where(self, column: str = "") -> str:
        """Return the place of a cell, such as ``ties.csv:14:7``."""


@dataclass(slots=True)
class CsvRow:
    """One line of a CSV file."""

    table: Table
    line: int
    cells: list[str]

    def cell(self, column: str) -> str:
        """Return the stripped text of a cell; empty where the column is absent."""
        index = self.table.columns.get(column)
        return "" if index is None else self.cells[index].strip()

    def where(self, column: str = "") -> str:
        """Return ``file:line:column`` of a cell."""
        index = self.table.columns.get(column, 0)
        before = self.cells[:index]
        special = (self.table.delimiter, '"', "\n")
        quotes = sum(
            2 for cell in before if self.table.quoted or any(mark in cell for mark in special)
        )
        return f"{self.table.label}:{self.line}:{1 + sum(map(len, before)) + index + quotes}"


@dataclass(frozen=True, eq=False)
class Table:
    """A CSV file opened, its header read.

    Parameters
    ----------
    path : Readable
    label : str
        How the file is called in messages.
    columns : dict of str to int
        Position of each column by name, known names in their canonical form.
    delimiter : str
    quoted : bool
        Whether every cell stands in quotes.
    width : int
        Cells in a row.
    header_line : int
    """

    path: Readable
    label: str
    columns: dict[str, int]
    delimiter: str
    quoted: bool
    width: int
    header_line: int

    def rows(self, problems: Problems) -> Iterator[CsvRow]:
        """Yield the rows that have the right number of cells; note the others."""
        with self.path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, delimiter=self.delimiter, strict=True)
            last = 0
            try:
                for cells in reader:
                    line, last = last + 1, reader.line_num
                    if line <= self.header_line:
                        continue
                    odd = len(cells) != self.width or not cells[0].strip()
                    if odd and not any(map(str.strip, cells)):
                        continue
                    if len(cells) != self.width:
                        if len(cells) > self.width and not any(cells[self.width :]):
                            cells = cells[: self.width]
                        else:
                            problems.add(
                                f"{self.label}:{line}:1",
                                "",
                                f"has {len(cells)} cells where the header has {self.width}",
                                "one cell a column; put a cell that holds "
                                f"{DELIMITERS.get(self.delimiter, 'a comma')} in quotes",
                            )
                            continue
                    yield CsvRow(self, line, cells)
            except csv.Error as error:
                problems.add(
                    f"{self.label}:{last + 1}:1",
                    "",
                    f"cannot be read as CSV ({error})",
                    'close every opened quote; write a quote inside a cell as ""',
                )


def texts(rows: Sequence[Row], column: str) -> list[str]:
    """Return the stripped cells of a column, fast where the rows are of one CSV file."""
    csv_rows = [row for row in rows if isinstance(row, CsvRow)]
    if len(csv_rows) < len(rows) or column not in csv_rows[0].table.columns:
        return [row.cell(column) for row in rows]
    index = csv_rows[0].table.columns[column]
    return [row.cells[index].strip() for row in csv_rows]


def number(text: str, *, decimal_comma: bool = False) -> float | None:
    """Return the number a cell holds; NaN where it is empty, None where it is no number.

    Examples
    --------
    >>> number("0.5"), number("0,5", decimal_comma=True), number("half")
    (0.5, 0.5, None)
    """
    if text in MISSING:
        return math.nan
    if decimal_comma and "." not in text:
        text = text.replace(",", ".")
    if "_" in text:
        return None
    try:
        return float(text)
    except ValueError:
        return None


def similar(word: str, known: Sequence[str]) -> str | None:
    """Return the entry of ``known`` that ``word`` is nearly, or None."""
    near = get_close_matches(word.casefold(), known, n=1, cutoff=0.75)
    return near[0] if near else None


def open_table(
    path: Readable,
    known: Sequence[str],
    required: Sequence[str],
    renames: Mapping[str, str],
    problems: Problems,
    max_rows: int = MAX_ROWS,
) -> Table | None:
    """Open a CSV file, check its size, encoding and header, and find its separator.

    Parameters
    ----------
    path : Readable
    known, required : sequence of str
        Columns Uptake knows, and those it cannot do without.
    renames : mapping of str to str
        Known name by the client's name of a column.
    problems : Problems
        What is wrong is noted here.
    max_rows : int
        Limit of lines, counted before anything is parsed.

    Returns
    -------
    Table or None
        None where the file cannot be read at all.
    """
    label = path.name
    found = len(problems.kept), problems.count
    _check_bytes(path, label, problems, max_rows)
    if (len(problems.kept), problems.count) != found:
        return None
    with path.open(encoding="utf-8-sig", newline="") as file:
        head, line = "", 0
        for line, head in enumerate(file, 1):  # noqa: B007
            if head.strip():
                break
    head = head.rstrip("\r\n")
    if not head.strip():
        problems.add(label, "", "is empty", f"a header line with {', '.join(required)}")
        return None
    delimiter = _delimiter(head)
    try:
        names = [name.strip() for name in next(csv.reader([head], delimiter=delimiter))]
    except csv.Error:
        problems.add(f"{label}:{line}:1", "", "header cannot be read", "one line of column names")
        return None
    columns = _columns(names, known, renames, f"{label}:{line}:1", problems)
    for name in required:
        if name not in columns:
            problems.add(
                f"{label}:{line}:1",
                name,
                "column is missing",
                did_you_mean(name, [n for n in names if n] or ["(no column has a name)"]),
            )
    if any(name not in columns for name in required):
        return None
    return Table(path, label, columns, delimiter, head.startswith('"'), len(names), line)


def _delimiter(head: str) -> str:
    if "," in head or not any(mark in head for mark in DELIMITERS):
        return ","
    return max(DELIMITERS, key=head.count)


def _columns(
    names: Sequence[str],
    known: Sequence[str],
    renames: Mapping[str, str],
    where: str,
    problems: Problems,
) -> dict[str, int]:
    columns: dict[str, int] = {}
    for index, name in enumerate(names):
        plain = name.casefold().replace(" ", "_").replace("-", "_")
        canonical = renames.get(name) or (plain if plain in known else name)
        if not canonical:
            canonical = f"column_{index + 1}"
        if canonical in columns:
            problems.add(where, canonical, "column stands twice", "each column once")
        columns[canonical] = index
    for theirs in renames:
        if theirs not in names:
            problems.add(
                "organisation.yaml",
                f"columns.{renames[theirs]}",
                f"names column {theirs!r}, which {where.split(':')[0]} does not have",
                did_you_mean(theirs, [n for n in names if n] or ["(no column has a name)"]),
            )
    return columns


def _check_bytes(path: Readable, label: str, problems: Problems, max_rows: int) -> None:
    """Note what can be seen without parsing: no file, no text, not UTF-8, too long."""
    if not path.is_file():
        folder = path.parent if isinstance(path, Path) else None
        beside = [p.name for p in folder.glob("*.csv")] if folder and folder.is_dir() else []
        right = did_you_mean(label, sorted(beside)) if beside else f"a file {label}"
        problems.add(str(path), "", "there is no such file", right)
        return
    save = "save it as CSV UTF-8 (in Excel: Save as, CSV UTF-8)"
    lines, bad = 0, 0
    with path.open("rb") as file:
        start = file.read(8)
        for magic, what in MAGIC.items():
            if start.startswith(magic):
                problems.add(label, "", what, save)
                return
        file.seek(0)
        carry = b""
        while block := file.read(1 << 22):
            lines += block.count(b"\n")
            if not bad:
                bad, carry = _bad_line(carry, block, lines)
        if carry and not bad and not _is_utf8(carry):
            bad = lines + 1
    if bad:
        problems.add(f"{label}:{bad}:1", "", "is not encoded as UTF-8", save)
    if lines > max_rows + 1:
        problems.add(
            label,
            "",
            f"has about {lines - 1:,} rows, above the limit of {max_rows:,}",
            "fewer rows, or max_rows in organisation.yaml beside it",
        )


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return b"\x00" not in data


def _bad_line(carry: bytes, block: bytes, lines: int) -> tuple[int, bytes]:
    """Return the first line (from 1) that is not UTF-8, or 0, and the unfinished line."""
    data = carry + block
    whole, cut, rest = data.rpartition(b"\n")
    if not cut:
        return 0, data
    if _is_utf8(whole):
        return 0, rest
    first = lines - whole.count(b"\n")
    for offset, line in enumerate(whole.split(b"\n")):
        if not _is_utf8(line):
            return first + offset, rest
    return first, rest
