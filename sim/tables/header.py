"""The header of a table: its separator, its line, and the names of its columns."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

from sim.errors import Problems, did_you_mean
from sim.tables.names import fold, meant_by

DELIMITERS = {",": "commas", ";": "';'", "\t": "tab", "|": "'|'"}
LOOKED_AT = 25
_SEP = re.compile(r"""^"?sep=(.)"?[,;]*$""", re.IGNORECASE)


@dataclass(frozen=True)
class Header:
    """What stands above the rows."""

    names: tuple[str, ...]
    """As they are written."""
    columns: dict[str, int]
    """Position of each column by name, known names in their canonical form."""
    delimiter: str
    line: int
    """Of the file, from 1, in which the header ends."""
    above: int = 0
    """Lines with text above it that are passed over."""
    inner: str = ""
    """The separator inside, where every line stands in quotes as one cell; otherwise empty."""
    quoted: bool = False
    """Whether it begins with a quote."""


@dataclass(frozen=True)
class _Found:
    """The header as one separator makes it."""

    delimiter: str
    inner: str
    line: int
    above: int
    names: list[str]
    score: tuple[int, int, float, int]


def column_name(name: str) -> str:
    r"""Return the name of a column in small letters, blanks and hyphens as underscores.

    Examples
    --------
    >>> column_name(" Manager\u00a0ID")
    'manager_id'
    """
    return fold(name).casefold().replace(" ", "_").replace("-", "_")


def _canonical(name: str, known: Collection[str], renames: Mapping[str, str]) -> str:
    if name in renames:
        return renames[name]
    folded = fold(name)
    for theirs, ours in renames.items():
        if fold(theirs) == folded:
            return ours
    plain = column_name(name)
    return plain if plain in known else name


def find_header(
    text: str,
    label: str,
    known: Collection[str],
    required: Sequence[str],
    renames: Mapping[str, str],
    problems: Problems,
) -> Header | None:
    """Find the header in the beginning of a file.

    The separator is the one that makes most known columns; without any, the one that cuts
    most lines alike. A line ``sep=;`` names it. Lines above the header, such as a title, are
    passed over where a line below has all required columns.

    Gives None where required columns are missing, which is noted as one problem.
    """
    lines = list(io.StringIO(text, newline=""))
    first = next((k for k, line in enumerate(lines) if line.strip("\ufeff \t\r\n")), None)
    if first is None:
        right = f"a header line with {', '.join(required)}" if required else "a header line"
        problems.add(label, "", "is empty", right)
        return None
    said = _SEP.match(lines[first].strip("\ufeff\r\n"))
    start = first + 1 if said else first
    tried = [said[1]] if said else list(DELIMITERS)
    found = [
        one
        for delimiter in tried
        if (one := _try(lines[start:], delimiter, "", known, required, renames))
    ]
    if not found:
        problems.add(
            f"{label}:{start + 1}:1", "", "header cannot be read", "one line of column names"
        )
        return None
    best = max(found, key=lambda one: one.score)
    where = f"{label}:{start + best.line}:1"
    columns = _columns(best.names, known, renames, where, problems)
    missing = [name for name in required if name not in columns]
    if missing:
        _say_missing(missing, best.names, where, problems)
        return None
    return Header(
        tuple(best.names),
        columns,
        best.delimiter,
        start + best.line,
        best.above,
        best.inner,
        lines[start + best.line - 1].startswith('"'),
    )


def _try(
    lines: Sequence[str],
    delimiter: str,
    inner: str,
    known: Collection[str],
    required: Sequence[str],
    renames: Mapping[str, str],
) -> _Found | None:
    """Return the header as a separator makes it, with how good it is."""
    records = _records(lines, delimiter, inner)
    if not records:
        return None
    row, names = 0, _names(records[0][1], known, renames)
    for k, (_, cells) in enumerate(records if required else ()):
        these = _names(cells, known, renames)
        if set(required) <= these:
            row, names = k, these
            break
    line, header = records[row]
    matched = len(names & {*known, *renames.values()})
    width = len(header)
    alike = sum(len(cells) == width for _, cells in records[row:]) / len(records[row:])
    score = (matched, int(width > 1), alike if width > 1 else 0.0, width)
    best = _Found(delimiter, inner, line, row, [cell.strip() for cell in header], score)
    whole = all(len([cell for cell in cells if cell.strip()]) == 1 for _, cells in records)
    if inner or matched or not whole or not _is_one_cell(lines[line - 1], delimiter):
        return best
    tried = [_try(lines, delimiter, mark, known, required, renames) for mark in DELIMITERS]
    nested = [one for one in tried if one and one.score[0] >= len(required)]
    return max([best, *nested], key=lambda one: one.score)


def _records(lines: Sequence[str], delimiter: str, inner: str) -> list[tuple[int, list[str]]]:
    """Return the first lines with anything in them as cells, and the line where each ends."""
    reader = csv.reader(lines, delimiter=delimiter)
    records: list[tuple[int, list[str]]] = []
    with suppress(csv.Error):
        for cells in islice(reader, LOOKED_AT):
            if inner and cells:
                cells = next(csv.reader([cells[0]], delimiter=inner), [])
            if any(cell.strip() for cell in cells):
                records.append((reader.line_num, cells))
    return records


def _is_one_cell(line: str, delimiter: str) -> bool:
    """Return whether a line stands in quotes from its beginning to its end."""
    try:
        return line.startswith('"') and bool(
            list(csv.reader([line], delimiter=delimiter, strict=True))
        )
    except csv.Error:
        return False


def _names(cells: Sequence[str], known: Collection[str], renames: Mapping[str, str]) -> set[str]:
    return {_canonical(cell.strip(), known, renames) for cell in cells}


def _columns(
    names: Sequence[str],
    known: Collection[str],
    renames: Mapping[str, str],
    where: str,
    problems: Problems,
) -> dict[str, int]:
    columns: dict[str, int] = {}
    forms: set[str] = set()
    for index, name in enumerate(names):
        canonical = _canonical(name, known, renames) or f"column_{index + 1}"
        if canonical in columns or fold(canonical) in forms:
            problems.add(where, canonical, "column stands twice", "each column once")
        forms.add(fold(canonical))
        columns[canonical] = index
    for theirs in renames:
        if fold(theirs) not in map(fold, names):
            problems.add(
                "organisation.yaml",
                f"columns.{renames[theirs]}",
                f"names column {theirs!r}, which {where.split(':')[0]} does not have",
                _one_of(theirs, names),
            )
    return columns


def _say_missing(
    missing: Sequence[str], names: Sequence[str], where: str, problems: Problems
) -> None:
    """Say in one problem which columns are missing, and which may be meant."""
    near = {ours: theirs for theirs in names if (ours := meant_by(theirs)) in missing}
    right = "; ".join(
        f"{near[name]} may be it: columns: {{{name}: {near[name]}}} in organisation.yaml says so"
        if name in near
        else _one_of(name, names)
        for name in missing[:1]
    )
    if len(missing) > 1:
        what = f"columns are missing; there are {_listed(names)}"
        pairs = ", ".join(f"{ours}: {theirs}" for ours, theirs in near.items())
        right = (
            f"columns: {{{pairs}}} in organisation.yaml, if these are meant"
            if near
            else "a header with both"
        )
        problems.add(where, " and ".join(missing), what, right)
    else:
        problems.add(where, missing[0], "column is missing", right)


def _one_of(name: str, names: Sequence[str]) -> str:
    return did_you_mean(name, _short([n for n in names if n] or ["(no column has a name)"]))


def _listed(names: Sequence[str]) -> str:
    return ", ".join(_short([name for name in names if name] or ["none with a name"]))


def _short(names: Sequence[str]) -> list[str]:
    cut = [name if len(name) <= 40 else f"{name[:39]}…" for name in names]
    return cut if len(cut) <= 20 else [*cut[:20], f"… ({len(cut)} in all)"]
