"""Numbers as people write them: one notation a column, never a silent thousandfold."""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np

from sim.arrays import Floats
from sim.errors import Problem, Problems

MISSING = frozenset({"", "NA", "N/A", "null", "NULL", "#N/A", "#NV", "#N/D"})
"""Cells that say that nothing is known."""

_PLAIN = re.compile(r"[+-]?[0-9]+([eE][+-]?[0-9]+)?")
_DOT = re.compile(r"[+-]?([0-9]+\.[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_UNSURE = re.compile(r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+\.[0-9]+|[+-]?[0-9]{1,3}(,[0-9]{3}){2,}")
_SPACED = re.compile(r"[+-]?[0-9]{1,3}([ '\u2019\u00a0\u2009\u202f][0-9]{3})+([.,][0-9]+)?")
_UNSURE_INSIDE = re.compile(r"(?<![0-9.])[1-9][0-9]{0,2}\.[0-9]{3}(?![0-9eE])")
_SWAP = str.maketrans(".,", ",.")

Check = Callable[[float], float | None]


class Row(Protocol):
    """One line of a table: its cells by column, and where each stands."""

    def cell(self, column: str) -> str:
        """Return the stripped text of a cell; empty where the column is absent."""

    def where(self, column: str = "") -> str:
        """Return the place of a cell, such as ``ties.csv:14:7``."""


def between(low: float, high: float, *, whole: bool = False) -> Check:
    """Return a check that gives a number back where it lies in a range, otherwise None.

    >>> between(0, 1)(0.5), between(0, 1)(2)
    (0.5, None)
    """

    def check(x: float) -> float | None:
        return x if low <= x <= high and (not whole or x == int(x)) else None

    return check


def whole(text: str) -> int | None:
    """Return the number that up to 18 digits from 0 to 9 write; None for any other text.

    ``str.isdigit`` takes a raised two, and ``int`` no text of 5000 digits.

    >>> whole("12"), whole("-1"), whole("\u00b2"), whole("9" * 5000)
    (12, None, None, None)
    """
    return int(text) if len(text) <= 18 and text.isascii() and text.isdigit() else None


def _reading(text: str) -> tuple[str, float, float] | None:
    """Return the notation of a number, its value, and what else it may be (or the same).

    The notations: ``plain``; ``dot`` and ``comma``, a decimal mark; ``dot grouped`` and
    ``comma grouped``, with the other mark between thousands; ``dot?`` and ``comma?``, which
    may be either. None where it is no number.
    """
    text = text.replace("\u2212", "-")
    if _PLAIN.fullmatch(text):
        value = float(text)
        return "plain", value, value
    if _SPACED.fullmatch(text):
        text = re.sub(r"[^0-9.,+-]", "", text)
        if _PLAIN.fullmatch(text):
            return "plain", float(text), float(text)
    for mark in ("dot", "comma"):
        as_dot = text if mark == "dot" else text.translate(_SWAP)
        if _UNSURE.fullmatch(as_dot):
            return f"{mark}?", float(as_dot), float(as_dot.replace(".", ""))
        if _DOT.fullmatch(as_dot):
            return mark, float(as_dot), float(as_dot)
        if _GROUPED.fullmatch(as_dot):
            value = float(as_dot.replace(",", ""))
            return f"{mark} grouped", value, value
    return None


class Numbers:
    """The numbers of one column; which notation they are in shows when all have been read.

    - ``name``: of the column.
    - ``check``: returns the number that is meant (perhaps rescaled), or None where it may not be.
    - ``right``: what would be right, in words.
    - ``comma``: whether ``1,250`` alone is a decimal number, as in a file separated by semicolons.
    - ``percent``: whether 45% is read as 0.45.
    - ``words``: numbers that are written as words, in lower case.

    >>> from sim.tables.table import PlainRow
    >>> column = Numbers("weight", between(0, 1e9), "a number")
    >>> for cell in ("0,5", "2,25", "3"):
    ...     column.add(PlainRow({"weight": cell}, "row"))
    >>> column.conclude(Problems())
    array([0.5 , 2.25, 3.  ])
    """

    def __init__(
        self, name: str, check: Check, right: str, *, comma: bool = False,
        percent: bool = False, words: Mapping[str, float] | None = None,
        blank: float = math.nan,
    ) -> None:  # fmt: skip
        self.name, self.check, self.right = name, check, right
        self.comma, self.percent, self.words, self.blank = comma, percent, words or {}, blank
        self.values = array("d")
        self.seen: dict[str, tuple[str, str]] = {}
        self.unsure: list[tuple[int, str, str, str, float]] = []
        self.bad: list[tuple[str, str]] = []
        self.whole = False
        self.doubt: Problem | None = None

    def __len__(self) -> int:
        return len(self.values)

    def add(self, row: Row) -> None:
        """Take the cell of a row."""
        value = self._value(row.cell(self.name), row)
        self.values.append(math.nan if value is None else value)

    def add_many(self, cells: Sequence[str]) -> bool:
        """Take cells that are plain numbers; take none and return False where any is odd."""
        together = "\n".join(cells)
        if "_" in together or not together.isascii():
            return False
        if "." in together and "dot" not in self.seen and _UNSURE_INSIDE.search(together):
            return False
        try:
            numbers = list(map(float, cells))
        except ValueError:
            return False
        if not math.isfinite(sum(numbers)):
            return False
        checked = list(map(self.check, numbers))
        if None in checked:
            return False
        if "." in together and "dot" not in self.seen:
            self.seen["dot"] = next(cell for cell in cells if "." in cell), ""
        self.whole = self.whole or (self.comma and any("." not in cell for cell in cells))
        self.values.extend(checked)  # type: ignore[arg-type]
        return True

    def _value(self, text: str, row: Row) -> float | None:
        if text in MISSING:
            return self.blank
        if text.casefold() in self.words:
            return self.check(self.words[text.casefold()])
        share = self.percent and text.endswith("%")
        found = _reading(text[:-1].rstrip() if share else text)
        if found is None:
            self.bad.append((row.where(self.name), text))
            return None
        kind, value, other = found
        self.whole = self.whole or (kind == "plain" and value != 0)
        if share:
            value, other = value / 100, other / 100
        if kind != "plain" and kind not in self.seen:
            self.seen[kind] = text, row.where(self.name)
        result = self.check(value) if math.isfinite(value) else None
        if kind.endswith("?") and kind[:-1] not in self.seen:
            self.unsure.append((len(self.values), kind, row.where(self.name), text, other))
            return math.nan if result is None else result
        if result is None:
            self.bad.append((row.where(self.name), text))
        return result

    @property
    def decimal(self) -> str:
        """``comma`` or ``dot`` where the column shows which is its decimal mark, or nothing."""
        marks = {kind.split()[0] for kind in self.seen if not kind.endswith("?")}
        return marks.pop() if len(marks) == 1 else ""

    def conclude(self, problems: Problems) -> Floats:
        """Return the values; note what is no number, and two notations in one column."""
        for where, text in self.bad:
            problems.add(where, self.name, f"is {text!r:.60}", self.right)
        thousands = self._thousands(problems)
        values = np.array(self.values)
        for position, kind, where, text, other in self.unsure:
            if kind in thousands:
                result = self.check(other)
                values[position] = math.nan if result is None else result
            if math.isnan(values[position]):
                problems.add(where, self.name, f"is {text!r:.60}", self.right)
        return values

    def _thousands(self, problems: Problems) -> set[str]:
        """Return the notations in which the mark stands between thousands; refuse two."""
        sure = {kind.split()[0]: kind for kind in self.seen if not kind.endswith("?")}
        if len(sure) > 1:
            self._refuse(problems, sure["dot"], sure["comma"])
            return set()
        doubt = [kind for kind in ("dot?", "comma?") if kind in self.seen]
        if len(doubt) > 1:
            self._refuse(problems, *doubt)
            return set()
        if not doubt:
            return set()
        mark = doubt[0][:-1]
        other = "comma" if mark == "dot" else "dot"
        if f"{other} grouped" in self.seen:
            return {doubt[0]}
        if other in sure:
            self._refuse(problems, doubt[0], sure[other])
        elif mark not in sure and (self.whole if self.comma else mark == "comma"):
            self._refuse(problems, doubt[0])
        return set()

    def _refuse(self, problems: Problems, kind: str, against: str = "") -> None:
        text, where = self.seen[kind]
        what = f"is {text!r}"
        if kind.endswith("?"):
            digits = re.sub(r"[^0-9.,]", "", text)
            small = float(digits.replace(",", "."))
            what += f", which may mean {small:g} or {small * 1000:.0f}"
        if against:
            other, there = self.seen[against]
            what += f", where {other!r} stands at {there}" if there else f", beside {other!r}"
        right = "one decimal mark in the whole column, and no mark between thousands"
        if not against:
            self.doubt = Problem(where, self.name, what, right)
        what = f"{what}: two notations" if against else what
        problems.add(where or there, self.name, what, right)
        self.unsure.clear()


def two_notations(columns: Sequence[Numbers], problems: Problems) -> None:
    """Refuse a column of ``1.250`` alone in a file whose other columns have a decimal comma."""
    comma = [column for column in columns if column.decimal == "comma"]
    for column in columns:
        if comma and "dot?" in column.seen and not column.decimal:
            text, where = column.seen["dot?"]
            other, there = next(
                column.seen[kind] for column in comma for kind in column.seen if "?" not in kind
            )
            small = float(re.sub(r"[^0-9.]", "", text))
            problems.add(
                where,
                column.name,
                f"is {text!r}, which may mean {small:g} or {small * 1000:.0f}, where {other!r} "
                f"stands at {there}: two notations",
                "one decimal mark in the whole file, and no mark between thousands",
            )
