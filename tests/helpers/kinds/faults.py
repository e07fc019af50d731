"""Tables with something wrong in them, so that nobody can know what is meant; or with anything."""

from __future__ import annotations

import re

from hypothesis import strategies as st

from kinds.odd import CELLS, NO_NUMBERS
from kinds.table import Change, NoRoomError, Rows, Table, bytes_of, one_of


def no_number(draw: st.DrawFn, rows: Rows, table: Table) -> None:
    """Put what is no number into one cell, or into a whole column."""
    at = one_of(draw, table.at(rows, table.numbers))
    cell = draw(NO_NUMBERS)
    if cell == "2026-02-02" and rows[0][at] == "week":
        raise NoRoomError
    for row in rows[1:] if draw(st.booleans()) else [draw(st.sampled_from(rows[1:]))]:
        row[at] = cell


def out_of_range(draw: st.DrawFn, rows: Rows, table: Table) -> None:
    """Put a number into a cell that no column of numbers takes."""
    at = one_of(draw, table.at(rows, table.numbers))
    draw(st.sampled_from(rows[1:]))[at] = draw(st.sampled_from(["1e12", "-1e12", "1e300"]))


def two_notations(draw: st.DrawFn, rows: Rows, table: Table) -> None:
    """Put numbers of two countries into a column."""
    at = one_of(draw, table.at(rows, table.numbers - {"week", "level"}))
    if len(rows) < 3:
        raise NoRoomError
    cells = draw(st.sampled_from([("1.250", "0,5"), ("0.5", "0,5"), ("1,250", "0.5")]))
    for row, cell in zip(rows[1:], draw(st.permutations(cells)), strict=False):
        row[at] = cell


def notations_of_columns(draw: st.DrawFn, rows: Rows, table: Table) -> None:
    """Write one column with points alone that may be decimal, another with decimal commas."""
    found = table.at(rows, table.numbers - {"week", "level"})
    if len(found) < 2:
        raise NoRoomError
    large = [at for at in found if any(re.match("[1-9]", row[at]) for row in rows[1:])]
    points = one_of(draw, large)
    commas = draw(st.sampled_from([at for at in found if at != points]))
    for row in rows[1:]:
        row[points], row[commas] = "1.250", "0,5"


def commas_unquoted(draw: st.DrawFn, rows: Rows, table: Table) -> bytes:
    """Write a decimal comma into a file of commas without quotes."""
    found = [
        k for k, row in enumerate(rows[1:], 1) for cell in row if re.fullmatch(r"\d+\.\d+", cell)
    ]
    one_of(draw, found)
    if draw(st.booleans()):
        for row, cell in zip(
            rows, [draw(st.sampled_from(["remark", ""])), *[""] * len(rows)], strict=False
        ):
            row.append(cell)
    return "\n".join(
        ",".join(re.sub(r"^(\d+)\.(\d+)$", r"\1,\2", cell) for cell in row) for row in rows
    ).encode()


def column_twice(draw: st.DrawFn, rows: Rows, table: Table) -> None:
    """Give a column the name of another."""
    at = one_of(draw, [k for k, name in enumerate(rows[0]) if name.casefold() in table.known])
    name = rows[0][at]
    name = draw(st.sampled_from([name, name.upper(), f" {name}", f"{name}\u200b"]))
    for row, cell in zip(rows, [name, *(row[at] for row in rows[1:])], strict=True):
        row.append(cell)


def another_width(draw: st.DrawFn, rows: Rows, table: Table) -> None:
    """Leave a cell out of a row, or put one more in."""
    row = draw(st.sampled_from(rows[1:]))
    if draw(st.booleans()):
        row.append("more")
    elif len(row) > 1:
        row.pop()
    else:
        raise NoRoomError


def open_quote(draw: st.DrawFn, rows: Rows, table: Table) -> bytes:
    """Open a quote that nothing closes."""
    lines = bytes_of(rows).decode().splitlines()
    k = draw(st.integers(1, len(lines) - 1))
    lines[k] = f'"{lines[k]}'
    return "\n".join(lines).encode()


def two_encodings(draw: st.DrawFn, rows: Rows, table: Table) -> bytes:
    """Write one line in UTF-8 and another in Windows-1252."""
    if table.closed or len(rows) < 3:
        raise NoRoomError
    for row, cell in zip(rows, ["remark", *["R\u00e9"] * len(rows)], strict=False):
        row.append(cell)
    ways = draw(st.permutations(["utf-8", "cp1252"])) * len(rows)
    return b"\n".join(
        line.encode(way)
        for line, way in zip(bytes_of(rows).decode().splitlines(), ways, strict=False)
    )


def no_text(draw: st.DrawFn, rows: Rows, table: Table) -> bytes:
    """Put a byte between the others that is no letter."""
    data = bytes_of(rows)
    place = draw(st.integers(0, len(data)))
    return data[:place] + b"\0" + data[place:]


def no_column(draw: st.DrawFn, rows: Rows, table: Table) -> None:
    """Leave a column out that the table must have."""
    at = one_of(draw, table.at(rows, frozenset(table.required)))
    for row in rows:
        del row[at]
    if not rows[0]:
        raise NoRoomError


FAULTS: tuple[Change, ...] = (
    no_number, no_number, out_of_range, two_notations, notations_of_columns, *[commas_unquoted] * 4,
    column_twice, another_width, open_quote, two_encodings, no_text, no_column,
)  # fmt: skip


def damaged(draw: st.DrawFn, rows: Rows, table: Table) -> bytes:
    """Return a table with anything in a place or two, in the form of any file."""
    for _ in range(draw(st.sampled_from([0, 1, 1, 1, 2, 3]))):
        _put_wrong(draw, rows, table.known)
    delimiter = draw(st.sampled_from([",", ",", ";", "\t"]))
    if draw(st.integers(0, 3)) == 0:
        rows = [[f'"{cell}"' for cell in one] for one in rows]
    text = draw(st.sampled_from(["\n", "\n", "\r\n"])).join(map(delimiter.join, rows))
    if draw(st.integers(0, 9)) == 0:
        text = f"sep={delimiter}\n{text}"
    encoding = draw(st.sampled_from(["utf-8", "utf-8", "utf-8-sig", "utf-16", "cp1252"]))
    data = text.encode(encoding, "replace")
    if draw(st.integers(0, 9)) == 0:
        place = draw(st.integers(0, len(data)))
        data = data[:place] + draw(st.binary(max_size=9)) + data[place:]
    return data


def _put_wrong(draw: st.DrawFn, rows: Rows, known: list[str]) -> None:
    """Put something odd into a cell, a header, a row or a column."""
    kind = draw(st.sampled_from(["cell", "cell", "cell", "head", "row", "twice", "column", "less"]))
    row = draw(st.sampled_from(rows))
    if kind == "cell" and row:
        row[draw(st.integers(0, len(row) - 1))] = draw(CELLS)
    elif kind == "head" and rows[0]:
        name = draw(st.sampled_from(known) | CELLS)
        rows[0][draw(st.integers(0, len(rows[0]) - 1))] = name
    elif kind == "row":
        rows.append(draw(st.lists(CELLS, max_size=len(row) + 1)))
    elif kind == "twice":
        rows.append(list(row))
    elif kind == "column":
        for one, cell in zip(rows, [draw(st.sampled_from(known)), *rows], strict=False):
            one.append(cell if isinstance(cell, str) else draw(CELLS))
    elif row:
        row.pop()
