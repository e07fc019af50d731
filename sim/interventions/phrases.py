"""Weeks and durations, in words or numbers.

A run counts working weeks; week 1 is the first. A year is 52 weeks, a quarter 13, a month
52/12: month 2 starts in week 5, month 4 in week 14. All words are lower case.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TypeGuard

from sim.schedule import MAX_WEEKS

__all__ = [
    "DURATION_EXAMPLES",
    "DURATION_PATTERN",
    "LENGTH_PATTERN",
    "UNTIL_THE_END",
    "WEEK_EXAMPLES",
    "WEEK_PATTERN",
    "duration_in_weeks",
    "week_number",
]

UNTIL_THE_END = MAX_WEEKS
"""Duration of what lasts until the end, whatever the run."""

_UNITS = {
    "week": Fraction(1),
    "month": Fraction(52, 12),
    "quarter": Fraction(13),
    "year": Fraction(52),
}
_NUMBERS = {
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
}

_NUMBER = rf"([1-9][0-9]{{0,3}}|{'|'.join(_NUMBERS)})"
_UNIT = "(week|month|quarter|year)"
_LENGTH = rf"(({_NUMBER}|a) {_UNIT}s?|half a year)"
LENGTH_PATTERN = rf"^{_LENGTH}$"
"""A length in words, such as ``3 weeks``, ``two months``, ``a quarter``."""
DURATION_PATTERN = rf"^({_LENGTH}|until the end)$"
"""A length in words, or ``until the end``."""
WEEK_PATTERN = rf"^({_UNIT} {_NUMBER}|after {_LENGTH}|the start)$"
"""A week in words, such as ``week 3``, ``month 2``, ``after 6 weeks``."""

WEEK_EXAMPLES = "a week such as 3, week 3, month 2, quarter 2 or after 6 weeks"
DURATION_EXAMPLES = "a length such as 3, 3 weeks, 2 months, a quarter or 1 year"


def _count(word: str) -> int:
    return 1 if word == "a" else _NUMBERS.get(word) or int(word)


def _length_in_words(text: str) -> int:
    """Return the weeks of a phrase that matches ``LENGTH_PATTERN``, rounded half up."""
    if text == "half a year":
        return 26
    count, unit = text.split(" ")
    return int(_count(count) * _UNITS[unit.removesuffix("s")] + Fraction(1, 2))


def _whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _tidied(value: object, pattern: str) -> str:
    """Return a hint where only the case or the spaces are wrong."""
    tidy = " ".join(str(value).lower().split())
    return f"did you mean {tidy}?" if re.fullmatch(pattern, tidy) else ""


def week_number(value: object) -> int:
    """Return the number of the week that ``value`` names.

    Parameters
    ----------
    value : int or str
        Such as ``3``, ``"week 3"``, ``"month 2"``, ``"quarter 2"``, ``"after 6 weeks"``.

    Returns
    -------
    int
        1 or more; a unit's first week, such as 5 for month 2.

    Raises
    ------
    ValueError
        Where it names no week; the text says what would be right.

    Examples
    --------
    >>> [week_number(w) for w in (3, "week three", "month 2", "quarter 2", "after 6 weeks")]
    [3, 3, 5, 14, 7]
    """
    if _whole(value):
        number = value
    elif not isinstance(value, str) or not re.fullmatch(WEEK_PATTERN, value):
        raise ValueError(_tidied(value, WEEK_PATTERN) or WEEK_EXAMPLES)
    elif value == "the start":
        number = 1
    elif value.startswith("after "):
        number = 1 + _length_in_words(value.removeprefix("after "))
    else:
        unit, count = value.split(" ")
        number = 1 + int((_count(count) - 1) * _UNITS[unit])
    if not 1 <= number <= MAX_WEEKS:
        raise ValueError(f"a week from 1 to {MAX_WEEKS}")
    return number


def duration_in_weeks(value: object, *, endless: bool = True) -> int:
    """Return the number of weeks that ``value`` lasts.

    Parameters
    ----------
    value : int or str
        Such as ``3``, ``"3 weeks"``, ``"two months"``, ``"a quarter"``, ``"until the end"``.
    endless : bool
        Whether ``"until the end"`` is allowed; it gives ``UNTIL_THE_END``.

    Returns
    -------
    int
        1 or more; months are rounded to whole weeks, half up.

    Raises
    ------
    ValueError
        Where it names no duration; the text says what would be right.

    Examples
    --------
    >>> [duration_in_weeks(d) for d in (3, "3 weeks", "2 months", "a quarter", "1 year")]
    [3, 3, 9, 13, 52]
    """
    pattern = DURATION_PATTERN if endless else LENGTH_PATTERN
    if _whole(value):
        number = value
    elif not isinstance(value, str) or not re.fullmatch(pattern, value):
        examples = DURATION_EXAMPLES + (", or until the end" if endless else "")
        raise ValueError(_tidied(value, pattern) or examples)
    elif value == "until the end":
        number = UNTIL_THE_END
    else:
        number = _length_in_words(value)
    if not 1 <= number <= MAX_WEEKS:
        raise ValueError(f"from 1 to {MAX_WEEKS} weeks")
    return number
