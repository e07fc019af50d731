"""A table: a CSV file opened, its header read, its rows one by one."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sim.errors import Note, Problems, undefused
from sim.tables.names import DELIMITERS, FOOTERS, Header, find_header, fold
from sim.tables.numbers import MISSING, Check, Numbers, Row
from sim.tables.source import MAX_ROWS, Readable, encoding_of

OPENING = 1 << 18
_FOOTER = re.compile(rf"({'|'.join(FOOTERS)})\b[\s:=(]*[\d\s.,%)]*", re.IGNORECASE)
_CLEARLY = frozenset("0123456789bcdfhjklmnpqruvwxyzBCDFHJKLMNPQRUVWXYZ")
"""First characters with which no blank line and no line of sums begins."""

_REMARK = re.compile(r"[:\s]")
_FILTERS = re.compile(r"applied filters\b", re.IGNORECASE)
_HALVES = re.compile(r"(?<![^\n])[-+]?[0-9]+\n[0-9]+\s*%?(?![^\n])")
"""Two cells of digits side by side, which may be one number with a decimal comma."""


@dataclass(frozen=True, slots=True)
class PlainRow:
    """A row whose cells come from a mapping, and which stands in one place."""

    cells: Mapping[str, Any]
    place: str

    def cell(self, column: str) -> str:
        """Return the stripped text of a cell; empty where it is absent, None or NaN."""
        value = self.cells.get(column)
        return "" if value is None or value != value else str(value).strip()

    def where(self, column: str = "") -> str:
        """Return the place of the row."""
        return self.place


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
        return f"{self.table.label}:{self.line}:{self.column(column)}"

    def column(self, column: str) -> int:
        """Return at which character of its line a cell begins, from 1."""
        index = self.table.columns.get(column, 0)
        before = self.cells[:index]
        special = (self.table.delimiter, '"', "\n")
        all_quoted = self.table.header.quoted
        quotes = sum(2 for cell in before if all_quoted or any(mark in cell for mark in special))
        return 1 + sum(map(len, before)) + index + quotes


@dataclass(frozen=True, eq=False)
class Table:
    """A CSV file opened, its header read."""

    path: Readable
    label: str
    """How the file is called in messages."""
    encoding: str
    header: Header
    notes: list[Note] = field(default_factory=list)
    """What is passed over while rows are read is noted here."""

    @property
    def columns(self) -> dict[str, int]:
        """Position of each column by name, known names in their canonical form."""
        return self.header.columns

    @property
    def delimiter(self) -> str:
        """The separator between cells."""
        return self.header.inner or self.header.delimiter

    @property
    def comma(self) -> bool:
        """Whether a comma in a number is its decimal mark, as semicolons between cells say."""
        return self.delimiter == ";"

    def numbers(
        self, name: str, check: Check, right: str, *, percent: bool = False,
        words: Mapping[str, float] | None = None,
    ) -> Numbers:  # fmt: skip
        """Return a column of numbers to be filled row by row; see ``Numbers``."""
        return Numbers(name, check, right, comma=self.comma, percent=percent, words=words)

    def rows(self, problems: Problems) -> Iterator[CsvRow]:
        """Yield the rows that have the right number of cells; note the others.

        Blank lines, a header said again, and sums at the end ("Total") are passed over.
        """
        width, names = len(self.header.names), list(self.header.names)
        title = names[0]
        held: list[tuple[int, list[str]]] = []
        again, blank = 0, False
        for line, cells in self._records(problems):
            first = cells[0] if cells else ""
            clear = not held and not blank and first[:1] in _CLEARLY and first.strip() != title
            if clear and len(cells) == width:
                yield CsvRow(self, line, cells)
                continue
            if not any(map(str.strip, cells)):
                blank = True
                continue
            remark = blank and width > 1 and _REMARK.search(first) and not any(cells[1:])
            if remark or (_FOOTER.match(first.lstrip()[:40]) and _is_footer(cells)):
                held.append((line, cells))
                continue
            if first.strip() == title and [cell.strip() for cell in cells[:width]] == names:
                again += 1
                continue
            blank = False
            for earlier in held:
                yield from self._row(*earlier, problems)
            held.clear()
            yield from self._row(line, cells, problems)
        if held:
            where = f"{self.label}:{held[0][0]} {held[0][1][0].strip()!r:.40}"
            self.notes.append(
                Note("line of sums or remarks at the end passed over", len(held), where)
            )
        if again:
            self.notes.append(Note(f"header of {self.label} said again passed over", again))

    def _row(self, line: int, cells: list[str], problems: Problems) -> Iterator[CsvRow]:
        width = len(self.header.names)
        if len(cells) > width and not any(map(str.strip, cells[width:])):
            halves = self.delimiter == "," and _HALVES.search("\n".join(map(str.strip, cells)))
            cells = cells if halves else cells[:width]
        if len(cells) == width:
            yield CsvRow(self, line, cells)
            return
        mark = "a comma" if self.delimiter == "," else DELIMITERS.get(self.delimiter, "a separator")
        right = f"one cell a column; put a cell that holds {mark} in quotes"
        if self.delimiter == "," and len(cells) > width:
            right += "; a comma as decimal mark too, or separate the cells by semicolons"
        what = f"has {len(cells)} cells where the header has {width}"
        problems.add(f"{self.label}:{line}:1", "", what, right)

    def _records(self, problems: Problems) -> Iterator[tuple[int, list[str]]]:
        """Yield the cells of each line below the header, and the line where they begin."""
        with self.path.open(encoding=self.encoding, newline="") as file:
            reader = csv.reader(file, delimiter=self.header.delimiter, strict=True)
            last, inner = 0, self.header.inner
            try:
                for _ in range(self.header.line):
                    next(file, None)
                last = self.header.line
                for cells in reader:
                    line, last = last + 1, self.header.line + reader.line_num
                    if inner and cells:
                        cells = next(csv.reader([cells[0]], delimiter=inner), [])
                    if "'" in "".join(cells):
                        cells = list(map(undefused, cells))
                    yield line, cells
            except csv.Error as error:
                problems.add(
                    f"{self.label}:{last + 1}:1", "", f"cannot be read as CSV ({error})",
                    'close every opened quote; write a quote inside a cell as ""',
                )  # fmt: skip
            except UnicodeDecodeError:
                what = "is no text (it holds bytes that are no letters)"
                problems.add(f"{self.label}:{last + 1}:1", "", what, "text, as CSV UTF-8")


def _is_footer(cells: Sequence[str]) -> bool:
    """Return whether a line that begins as a sum holds nothing but numbers besides."""
    first = fold(cells[0])
    if _FILTERS.match(first):
        return True
    rest = (cell.strip() for cell in cells[1:])
    return bool(_FOOTER.fullmatch(first)) and all(
        cell in MISSING or re.fullmatch(r"[-+\d\s.,%'€$£]+", cell) for cell in rest
    )


def texts(rows: Sequence[Row], column: str) -> list[str]:
    """Return the stripped cells of a column, fast where the rows are of one CSV file."""
    csv_rows = [row for row in rows if isinstance(row, CsvRow)]
    if len(csv_rows) < len(rows) or column not in csv_rows[0].table.columns:
        return [row.cell(column) for row in rows]
    index = csv_rows[0].table.columns[column]
    return [row.cells[index].strip() for row in csv_rows]


def open_table(
    path: Readable, problems: Problems, notes: list[Note], *, known: Collection[str] = (),
    required: Sequence[str] = (), renames: Mapping[str, str] | None = None,
    max_rows: int = MAX_ROWS, label: str = "",
) -> Table | None:  # fmt: skip
    """Open a table: find its encoding, its separator and its header.

    Gives None where the file cannot be read at all.

    - ``problems``: what is wrong is noted here; one problem where it is another kind of file.
    - ``notes``: what is unusual but can be read is noted here.
    - ``known``, ``required``: columns that are read, and those that must be there.
    - ``renames``: known name by the client's name of a column.
    - ``max_rows``: limit of lines, counted before anything is parsed.
    - ``label``: how the file is called in messages; its name by default.
    """
    label = label or path.name
    encoding = encoding_of(path, label, problems, notes, max_rows)
    if encoding is None:
        return None
    with path.open(encoding=encoding, newline="") as file:
        try:
            text = file.read(OPENING) + file.readline()  # a header may hold thousands of questions
        except UnicodeDecodeError:
            problems.add(label, "", "is no text", "a table as CSV UTF-8")
            return None
    header = find_header(text, label, known, required, renames or {}, problems)
    if header is None:
        return None
    if header.delimiter != ",":
        mark = DELIMITERS.get(header.delimiter, repr(header.delimiter))
        notes.append(Note(f"{label} is separated by {mark}, not by commas"))
    if header.above:
        notes.append(Note(f"line above the header of {label} passed over", header.above))
    return Table(path, label, encoding, header, notes)
