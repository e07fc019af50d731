"""Tables that say what is right in another way, or have something wrong in them."""

from __future__ import annotations

from copy import deepcopy

from hypothesis import strategies as st

from kinds.faults import FAULTS, damaged
from kinds.forms import FORMS, MORE, SAID_OTHERWISE, laid_out
from kinds.odd import Odd, evenly
from kinds.table import NoRoomError, Table, bytes_of

FORM, FAULT, ANYTHING = "another form", "a fault", "anything"


@st.composite
def tables(
    draw: st.DrawFn, table: Table, names: tuple[str, str, str] | None = None, how: str = ""
) -> Odd:
    """Return a table that says what is right in another way, or has something wrong in it."""
    rows = [line.split(",") for line in evenly(draw, table.right).splitlines()]
    if names:
        rows = [[named(cell, names) for cell in row] for row in rows]
    how = how or evenly(draw, [FORM, FORM, FAULT, FAULT, ANYTHING])
    if how == ANYTHING:
        return Odd(damaged(draw, rows, table))
    if how == FAULT:
        fault = evenly(draw, [*FAULTS, *table.faults])
        try:
            spoilt = fault(draw, rows, table)
        except NoRoomError:
            return Odd(bytes_of(rows))
        data = spoilt if isinstance(spoilt, bytes) else laid_out(draw, rows, table, plainly=True)
        return Odd(data, fault=fault.__name__)
    plain = deepcopy(rows)
    for form in (*table.forms, *FORMS):
        if draw(st.integers(0, 2)) == 0:
            before = deepcopy(rows), deepcopy(plain)
            try:
                form(draw, rows, table)
            except NoRoomError:
                rows, plain = before
            else:
                if form in SAID_OTHERWISE:
                    plain = SAID_OTHERWISE[form](before[0])
    more = tuple(name for name in rows[0] if name in MORE)
    return Odd(laid_out(draw, rows, table), bytes_of(plain), noted=more)


def named(cell: str, names: tuple[str, str, str]) -> str:
    """Return a cell with other people in it than p1, p2 and p3."""
    return names[int(cell[1]) - 1] if cell in ("p1", "p2", "p3") else cell
