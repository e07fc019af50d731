"""A kind of table: what is right in it, and what may be changed."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import strategies as st

Rows = list[list[str]]
Change = Callable[[st.DrawFn, Rows, "Table"], None]


@dataclass(frozen=True)
class Table:
    """A kind of table.

    Parameters
    ----------
    right : list of str
        Tables that are right, a row a line, in commas without quotes.
    known : list of str
        Names of columns that are read.
    numbers : frozenset of str
        Columns of numbers.
    people : frozenset of str
        Columns that name people who stand elsewhere, perhaps in another spelling.
    shares : frozenset of str
        Columns that may be percentages.
    required : tuple of str
        Columns it must have: then a title may stand above it.
    ordered : bool
        Whether the order of rows says something.
    closed : bool
        Whether it has no columns but those that are known.
    forms, faults : tuple of callable
        What may be changed in its rows without changing what they say, or so that nobody can
        read them.
    """

    right: list[str]
    known: list[str]
    numbers: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    shares: frozenset[str] = frozenset()
    required: tuple[str, ...] = ()
    ordered: bool = False
    closed: bool = False
    forms: tuple[Change, ...] = ()
    faults: tuple[Change, ...] = ()

    def at(self, rows: Rows, columns: frozenset[str]) -> list[int]:
        """Return the positions of columns that a table has of these."""
        return [k for k, name in enumerate(rows[0]) if name.casefold() in columns]


class NoRoomError(Exception):
    """There is nothing in a table that could be changed so."""


def one_of(draw: st.DrawFn, found: list[int]) -> int:
    """Return one of some positions."""
    if not found:
        raise NoRoomError
    return draw(st.sampled_from(found))


def bytes_of(rows: Rows) -> bytes:
    """Return a table in its plainest form."""
    return text_of(rows, ",", csv.QUOTE_MINIMAL, "\n").encode()


def text_of(rows: Rows, delimiter: str, quoting: int, end: str) -> str:
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter, quoting=quoting, lineterminator=end).writerows(rows)
    return stream.getvalue()
