"""What Uptake says when its input is wrong: where, what, what would be right; made safe to show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple


class UptakeError(Exception):
    """An error a user can mend; the command line prints it and exits with code 2."""

    exit_code = 2


class Problem(NamedTuple):
    """One thing wrong in one place."""

    where: str
    """``file:line:column`` (or as much of it as is known)."""
    path: str
    """The key path inside the file, such as ``timeline[2].dose``; may be empty."""
    what: str
    """What is wrong, in words."""
    right: str
    """What would be right."""

    def __str__(self) -> str:
        place = f"{self.where} {self.path}".strip()
        return f"{place}: {self.what} — {self.right}"


class InputError(UptakeError):
    """All the problems found in the input, each with its place and its mend.

    Examples
    --------
    >>> print(InputError([Problem("plan.yaml:3:9", "weeks", "is 0", "1 to 1040")]))
    plan.yaml:3:9 weeks: is 0 — 1 to 1040
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def refusal(where: str, path: str, what: str, right: str) -> InputError:
    """Return the error of a single problem, to be raised."""
    return InputError([Problem(where, path, what, right)])


def not_whole(where: str, value: Any, low: int, high: int, path: str = "") -> list[Problem]:
    """Return what is wrong with a whole number: nothing, or the range that it leaves.

    Examples
    --------
    >>> not_whole("weeks", 52, 1, 1040), str(not_whole("weeks", 0.5, 1, 1040)[0])
    ([], 'weeks: is 0.5 — a whole number from 1 to 1040')
    """
    from numbers import Integral

    whole = isinstance(value, Integral) and not isinstance(value, bool)
    if whole and low <= int(value) <= high:
        return []
    return [Problem(where, path, f"is {value}", f"a whole number from {low} to {high}")]


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """Return a near-miss of ``word`` among ``known``, or the choices there are.

    Examples
    --------
    >>> did_you_mean("colour", ["color", "size"])
    'did you mean color?'
    >>> did_you_mean("zzz", ["color", "size"])
    'one of color, size'
    """
    from difflib import get_close_matches

    near = get_close_matches(word, known, n=1, cutoff=0.62)
    return f"did you mean {near[0]}?" if near else f"one of {', '.join(known)}"


PLACES = 3
KINDS = 50


class Note(NamedTuple):
    """Something repaired, missing or odd in an organisation's files."""

    what: str
    """In words, such as ``tie to an unknown person dropped``."""
    times: int = 1
    """How often."""
    example: str = ""
    """Where it was first seen, such as ``ties.csv:14``; may be empty."""


class _Fault:
    """One kind of fault: its first places, and how often it was found."""

    def __init__(self, first: Problem) -> None:
        self.first = first
        self.others: list[tuple[str, str]] = []
        self.count = 1

    def as_problem(self) -> Problem:
        """Return the one problem that is said of it."""
        if self.count == 1:
            return self.first
        places = [
            where if what == self.first.what else f"{where} {what}" for where, what in self.others
        ]
        if self.count > 1 + len(self.others):
            places.append("…")
        what = f"{self.first.what} ({self.count:,} times, also at {', '.join(places)})"
        return Problem(self.first.where, self.first.path, what, self.first.right)


class Problems:
    """Problems found so far: one a kind of fault, with a count and its first three places.

    Examples
    --------
    >>> problems = Problems()
    >>> for line in (2, 3, 9, 11):
    ...     problems.add(f"ties.csv:{line}", "weight", "is 'x'", "a number")
    >>> problems.raise_if_any("ties.csv")
    Traceback (most recent call last):
    sim.errors.InputError: ties.csv:2 weight: is 'x' (4 times, also at ties.csv:3, ties.csv:9, …) — a number
    """  # noqa: E501

    def __init__(self) -> None:
        self.count = 0
        self.faults: dict[tuple[str, str, str], _Fault] = {}

    def add(self, where: str, path: str, what: str, right: str, *, kind: str = "") -> None:
        """Note one problem.

        ``kind`` is what problems of one kind share, where it is not ``right``; the rest as in
        ``Problem``.
        """
        self.count += 1
        key = where.split(":", 1)[0], path, kind or right
        fault = self.faults.get(key)
        if fault is None:
            self.faults[key] = _Fault(Problem(where, path, what, right))
            return
        fault.count += 1
        if len(fault.others) < PLACES - 1:
            fault.others.append((where, what))

    @property
    def kept(self) -> list[Problem]:
        """One problem a kind of fault, in the order found."""
        return [fault.as_problem() for fault in self.faults.values()]

    def raise_if_any(self, where: str) -> None:
        """Raise an ``InputError`` of all problems, if there is one."""
        if not self.count:
            return
        kept = self.kept
        if len(kept) > KINDS:
            rest = len(kept) - KINDS
            what = f"{rest:,} more kinds of problems not shown"
            kept = [*kept[:KINDS], Problem(where, "", what, "mend the first ones first")]
        raise InputError(kept)


def is_text(text: str) -> bool:
    """Return whether a file can hold a text: no half characters, as bytes that are no letters."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


_OBEYED = {
    code: f"\\x{code:02x}" if code < 32 else f"\\u{code:04x}"
    for first, last in (
        (0, 8), (11, 31), (127, 159), (0x61C, 0x61C), (0x200E, 0x200F), (0x2028, 0x202E),
        (0x2066, 0x2069),
    )
    for code in range(first, last + 1)
}  # fmt: skip
"""Controls, spelled as JSON does: escapes of terminals, and what turns the direction of writing."""


def shown(text: str) -> str:
    r"""Return a text without control sequences; lines and tabs stay.

    Examples
    --------
    >>> print(shown("\x1b]0;name\a \x1b[31mred"))
    \x1b]0;name\x07 \x1b[31mred
    """
    return text.translate(_OBEYED)


def obeys(text: str) -> bool:
    """Return whether a text holds control sequences."""
    return shown(text) != text


def control_in(text: str) -> str:
    r"""Return the first control of a text as it is shown; nothing for ends of lines and tabs.

    XML has no place for it, CSV none for a NUL, and a terminal obeys it in any file.

    Examples
    --------
    >>> control_in("T\t1\r\n"), control_in("T\x1b[31m")
    ('', '\\x1b')
    """
    if text.isprintable():
        return ""
    codes = (ord(char) for char in text if char != "\r")
    return next((_OBEYED[code] for code in codes if code < 160 and code in _OBEYED), "")


_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def defused(value: object) -> object:
    """Return a cell that no spreadsheet takes for a formula; empty for None.

    Examples
    --------
    >>> defused("=1+1"), defused("-0.5"), defused(-0.5), defused(None)
    ("'=1+1", '-0.5', -0.5, '')
    """
    if isinstance(value, str) and value.startswith(_FORMULA) and not _is_number(value):
        return f"'{value}"
    return "" if value is None else value


def undefused(cell: str) -> str:
    """Return a cell of a table as it was before it was defused.

    Examples
    --------
    >>> undefused("'=1+1"), undefused("'s-Gravenhage")
    ('=1+1', "'s-Gravenhage")
    """
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return text.isascii()
