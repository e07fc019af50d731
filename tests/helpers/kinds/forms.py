"""Tables as other programs and other countries write them: they say the same."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from kinds.table import Change, NoRoomError, Rows, Table, one_of, text_of

NUMBER = re.compile(r"-?\d+(\.\d+)?")
_PLAIN = re.compile(r"(-?\d+(\.\d+)?)?")
WEEK_1 = date(2026, 2, 2)
MORE = ("hobby", "remark 2", "Kantine")
"""Columns that nobody reads."""


def shuffled(draw: st.DrawFn, rows: Rows, table: Table) -> None:
    """Put columns, and rows where their order says nothing, in another order."""
    order = draw(st.permutations(range(len(rows[0]))))
    rows[:] = [[row[k] for k in order] for row in rows]
    if not table.ordered:
        rows[1:] = draw(st.permutations(rows[1:]))


def more_columns(draw: st.DrawFn, rows: Rows, table: Table) -> None:
    """Add a column that nobody reads."""
    if table.closed or not table.required:
        raise NoRoomError
    at = draw(st.integers(1, len(rows[0])))
    name = draw(st.sampled_from(MORE))
    for row, cell in zip(rows, [name, *["", "a", "3", "b c"] * len(rows)], strict=False):
        row.insert(at, cell)


def other_header(draw: st.DrawFn, rows: Rows, table: Table) -> None:
    """Write the name of a known column in other letters, blanks or hyphens."""
    at = one_of(draw, table.at(rows, frozenset(table.known)))
    name = rows[0][at].replace("_", draw(st.sampled_from(["_", " ", "-", "\u00a0", "\u2011"])))
    change = draw(st.sampled_from([str.upper, str.title, str.lower]))
    rows[0][at] = change(name) + draw(st.sampled_from(["", " ", "\u00a0", "\u200b"]))


def other_numbers(draw: st.DrawFn, rows: Rows, table: Table) -> None:
    """Write the numbers of the file as another country does: a comma, points in thousands."""
    decimal, group = draw(
        st.sampled_from([",", ",.", ", ", ",'", ",\u202f", ".,", ". "]).map(
            lambda two: (two[0], two[1:])
        )
    )
    for at in table.at(rows, table.numbers):
        cells = [row[at] for row in rows[1:]]
        if not any("." in cell for cell in cells) or not all(map(_PLAIN.fullmatch, cells)):
            continue
        told = any(re.fullmatch(r"\d{4,}\.\d+", cell) for cell in cells)
        between = group if told or group not in (".", ",") else ""
        for row in rows[1:]:
            if row[at]:
                text = f"{Decimal(row[at]):,.{len(row[at].partition('.')[2])}f}"
                row[at] = text.translate(str.maketrans({",": between, ".": decimal}))


def other_spelling(draw: st.DrawFn, rows: Rows, table: Table) -> None:
    """Write one number with a sign, an exponent or more digits."""
    at = one_of(draw, table.at(rows, table.numbers - {"week"}))
    row = rows[draw(st.integers(1, len(rows) - 1))]
    if not NUMBER.fullmatch(row[at]) or row[at] == "1" or any("," in one[at] for one in rows):
        raise NoRoomError  # 1 alone may be one person, or a share of all
    number = Decimal(row[at])
    ways = [f"{number:e}", f" {row[at]} ", f"+{row[at]}" if number >= 0 else f"\u2212{row[at][1:]}"]
    if "." in row[at]:
        ways.append(f"{row[at]}0")
    row[at] = draw(st.sampled_from(ways))


def percentages(draw: st.DrawFn, rows: Rows, table: Table) -> None:
    """Write a column of shares in percent."""
    at = one_of(draw, table.at(rows, table.shares))
    if any(
        cell and not re.fullmatch(r"0(\.\d\d?)?", cell) for cell in (row[at] for row in rows[1:])
    ):
        raise NoRoomError
    blank = draw(st.sampled_from(["", " ", "\u00a0"]))
    for row in rows[1:]:
        if NUMBER.fullmatch(row[at]):
            row[at] = f"{(Decimal(row[at]) * 100).normalize():f}{blank}%"


def not_known(draw: st.DrawFn, rows: Rows, table: Table) -> None:
    """Say in words that a number is not known."""
    at = one_of(draw, table.at(rows, table.numbers - {"week"}))
    found = [k for k, row in enumerate(rows[1:], 1) if not row[at]]
    rows[one_of(draw, found)][at] = draw(st.sampled_from(["NA", "N/A", "#N/A", "null"]))


def other_names(draw: st.DrawFn, rows: Rows, table: Table) -> None:
    """Name people in another spelling that means nobody else."""
    at = one_of(draw, table.at(rows, table.people))
    for row in rows[1:]:
        if row[at] and draw(st.booleans()):
            row[at] = draw(st.sampled_from(spellings(row[at])))


def spellings(name: str) -> list[str]:
    """Return other spellings of a name, of which each means the same to a reader."""
    ways = [name.upper(), name.title(), f"{name}\u200b", f"\u00a0{name}"]
    ways.append(f"'{name}" if name[0] in "=+-@" else f'="{name}"')
    ways += [name.replace(" ", blank) for blank in ("\u00a0", "\u2009", "  ", "\u3000")]
    ways += [name.replace("-", "\u2011"), *(unicodedata.normalize(f, name) for f in ("NFC", "NFD"))]
    ways += [name.replace("o", "\u043e").replace("p", "\u0440")]
    if name.isdecimal():
        ways += [name.lstrip("0"), f"{name}.0"]
    return [one for one in ways if one != name]


def other_teams(draw: st.DrawFn, rows: Rows, table: Table) -> None:
    """Write the name of one team of several people in a form that looks the same."""
    at = one_of(draw, table.at(rows, frozenset({"team"})))
    cells = [row[at] for row in rows[1:]]
    found = [k for k, cell in enumerate(cells, 1) if cell and cells.count(cell) > 1]
    k = one_of(draw, found)
    rows[k][at] = draw(
        st.sampled_from([f"{rows[k][at]}\u200b", rows[k][at].replace("T", "\u0422")])
    )


def both_ways(draw: st.DrawFn, rows: Rows, table: Table) -> None:
    """Say of every tie that it has no direction."""
    _no_ties_of(rows, "type", "week")
    head, cell = draw(
        st.sampled_from([("Type", "Undirected"), ("directed", "False"), ("Direction", "both")])
    )
    for row, more in zip(rows, [head, *[cell] * (len(rows) - 1)], strict=True):
        row.append(more)


def _read_both_ways(rows: Rows) -> Rows:
    back = [[row[1], row[0], *row[2:]] for row in rows[1:]]
    return [*rows, *back]


def by_week(draw: st.DrawFn, rows: Rows, table: Table) -> None:
    """Give half of every tie's weight in one week, half in the next."""
    _no_ties_of(rows, "type", "week")
    at = one_of(draw, table.at(rows, frozenset({"weight"})))
    head = draw(st.sampled_from(["week", "Date", "Month", "Metric date", "Woche"]))
    found = [[*rows[0], head]]
    for row in rows[1:]:
        half = str(Decimal(row[at]) / 2)
        found += [[*row[:at], half, *row[at + 1 :], week] for week in ("1", "2")]
    rows[:] = found


def _no_ties_of(rows: Rows, *names: str) -> None:
    if {name.casefold() for name in rows[0]} & {*names}:
        raise NoRoomError


def dates(draw: st.DrawFn, rows: Rows, table: Table) -> None:
    """Name weeks by dates in place of numbers."""
    at = one_of(draw, table.at(rows, frozenset({"week"})))
    if not all(row[at].isdecimal() for row in rows[1:]):
        raise NoRoomError
    for row in rows[1:]:
        day = WEEK_1 + timedelta(7 * (int(row[at]) - 1) + draw(st.sampled_from([0, 0, 0, 3, 6])))
        form = draw(st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%G-W%V", "%Y-%m-%d 00:00:00"]))
        row[at] = day.strftime(form)


def defused(draw: st.DrawFn, rows: Rows, table: Table) -> None:
    """Mark every text that a spreadsheet would take for a formula, as Uptake does."""
    for row in rows:
        row[:] = [f"'{cell}" if re.match("[=+@]|-[a-z]", cell) else cell for cell in row]


FORMS: tuple[Change, ...] = (
    more_columns, other_names, other_numbers, other_spelling, percentages, not_known,
    other_header, shuffled, defused,
)  # fmt: skip
SAID_OTHERWISE: dict[Change, Callable[[Rows], Rows]] = {
    both_ways: _read_both_ways,
    by_week: lambda rows: rows,
}
"""Forms that say in other rows, or in more, what rows without them said: which plain ones do."""


def laid_out(draw: st.DrawFn, rows: Rows, table: Table, *, plainly: bool = False) -> bytes:
    """Return a table as some program writes its file; ``plainly`` with nothing around it."""
    rows = [list(row) for row in rows]
    width, often = len(rows[0]), not plainly and draw(st.booleans())
    if often and width > 1:
        _add_around(draw, rows, width, closed=table.closed)
    delimiter = draw(st.sampled_from([",", ",", ";", "\t", "|"]))
    end = draw(st.sampled_from(["\n", "\n", "\r\n"]))
    quoting = csv.QUOTE_ALL if width == 1 or draw(st.booleans()) else csv.QUOTE_MINIMAL
    text = text_of(rows, delimiter, quoting, end)
    around = draw(st.sampled_from(["", "", "", "quotes", "title", "sep="])) if often else ""
    if around == "quotes" and width > 1 and quoting == csv.QUOTE_MINIMAL and '"' not in text:
        text = end.join(f'"{line}"' for line in text.splitlines()) + end
    elif around == "title" and table.required:
        title = draw(st.sampled_from(["Export of 2 March", "People of the firm", "Confidential"]))
        text = title + draw(st.sampled_from(["", delimiter * (width - 1)])) + end * 2 + text
    elif around == "sep=":
        text = f"sep={delimiter}{end}{text}"
    encoding = draw(
        st.sampled_from(["utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
    )
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:
        return text.encode()


def _add_around(draw: st.DrawFn, rows: Rows, width: int, *, closed: bool) -> None:
    """Add blank lines, separators at the ends, the header again, sums and remarks below."""
    if draw(st.booleans()):
        rows.insert(draw(st.integers(1, len(rows))), [""] * draw(st.sampled_from([0, width])))
    if draw(st.integers(0, 2)) == 0:
        rows.insert(draw(st.integers(2, len(rows))), list(rows[0]))
    if draw(st.integers(0, 2)) == 0:
        longer = draw(st.integers(1, 2))
        lines = ["\n".join(cell.strip(" '") for cell in row) for row in rows]
        numbers = any(re.search(r"^[-+]?\d+\n\d+\s*%?$", one, re.MULTILINE) for one in lines)
        if closed and numbers:
            return  # a longer row of digits may hold a decimal comma
        first = 1 if closed or (draw(st.booleans()) and not numbers) else 0
        rows[first:] = [
            row + [""] * longer if len(row) == width and any(row) else row for row in rows[first:]
        ]
    wide = max(map(len, rows))
    if draw(st.integers(0, 1)) == 0:
        word = draw(st.sampled_from(["Total", "Sum:", "Summe", "Average", "Grand total", "Totaux"]))
        cell = draw(st.sampled_from(["", "7", "0.5"]))
        rows.append([word, *[cell] * (width - 1), *[""] * (wide - width)])
    if draw(st.integers(0, 2)) == 0:
        rows += [[""] * width, ["Note: as of May", *[""] * (wide - 1)]]
