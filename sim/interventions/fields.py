"""Fields that interventions share: weeks and durations, in words or numbers, and shares.

A run counts working weeks; week 1 is the first. A year is 52 weeks, a quarter 13, a month
52/12: month 2 starts in week 5, month 4 in week 14. All words are lower case.
"""

from __future__ import annotations

import fractions
import re
from collections.abc import Iterable
from datetime import date
from functools import partial
from typing import Annotated, Any, TypeGuard

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from sim.outcomes import MAX_WEEKS

UNTIL_THE_END = MAX_WEEKS
"""Duration of what lasts until the end, whatever the run."""

_UNITS = {
    "week": fractions.Fraction(1),
    "month": fractions.Fraction(52, 12),
    "quarter": fractions.Fraction(13),
    "year": fractions.Fraction(52),
}
_NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
}  # fmt: skip

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
    return int(_count(count) * _UNITS[unit.removesuffix("s")] + fractions.Fraction(1, 2))


def _whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _tidied(value: object, pattern: str) -> str:
    """Return a hint where only the case or the spaces are wrong."""
    tidy = " ".join(str(value).lower().split())
    return f"did you mean {tidy}?" if re.fullmatch(pattern, tidy) else ""


def week_number(value: object) -> int:
    """Return the number of the week that ``value`` names.

    It is 1 or more; a unit's first week, such as 5 for month 2.

    Raises ValueError where it names no week; the text says what would be right.

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

    They are 1 or more; months are rounded to whole weeks, half up.

    ``"until the end"`` gives ``UNTIL_THE_END`` where it is allowed (``endless``). Raises ValueError
    where it names no duration; the text says what would be right.

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


def wrong(what: str, right: str) -> PydanticCustomError:
    """Return the error that says what is wrong and what would be right."""
    return PydanticCustomError("uptake", "{what} — {right}", {"what": what, "right": right})


def _day(value: object) -> date:
    try:
        return value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError:
        raise wrong(f"is {shown(value)}", "a day such as 2027-01-04") from None


Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
"""A day, which YAML and JSON hold as text."""


def shown(value: object) -> str:
    """Return a short form of a value for an error."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


class Strict(BaseModel):
    """A model that refuses unknown keys, wrong types, NaN and infinity."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False, loc_by_alias=True,
        defer_build=True,
    )  # fmt: skip


def _week(value: object, info: ValidationInfo) -> int:
    try:
        number = week_number(value)
    except ValueError as error:
        raise wrong(f"is {shown(value)}", str(error)) from None
    weeks = (info.context or {}).get("weeks")
    if weeks is not None and number > weeks:
        raise wrong(
            f"is week {number}, beyond the run's {weeks} weeks",
            f"a week from 1 to {weeks}, or a longer run (weeks)",
        )
    return number


def _duration(value: object, *, endless: bool = True) -> int:
    try:
        return duration_in_weeks(value, endless=endless)
    except ValueError as error:
        raise wrong(f"is {shown(value)}", str(error)) from None


def _words_or_weeks(pattern: str) -> dict[str, Any]:
    number = {"type": "integer", "minimum": 1, "maximum": MAX_WEEKS}
    return {"anyOf": [number, {"type": "string", "pattern": pattern}]}


SHARED = {
    "Week": _words_or_weeks(WEEK_PATTERN),
    "Duration": _words_or_weeks(DURATION_PATTERN),
    "Length": _words_or_weeks(LENGTH_PATTERN),
}
"""JSON Schemas that stand once in a file's schema; a field points to one by ``shared``."""

Week = Annotated[int, BeforeValidator(_week), WithJsonSchema({"shared": "Week"})]
"""A week in words or as a number; not beyond the run where its length is known."""
Duration = Annotated[int, BeforeValidator(_duration), WithJsonSchema({"shared": "Duration"})]
"""A number of weeks in words or as a number; may be ``until the end``."""

Length = Annotated[
    int, BeforeValidator(partial(_duration, endless=False)), WithJsonSchema({"shared": "Length"})
]
"""A number of weeks in words or as a number; never ``until the end``."""

Fraction = Annotated[float, Field(ge=0, le=1)]
"""A share or strength from 0 to 1."""


def spelled(path: Iterable[str | int], first: str = "") -> str:
    """Return a key path as it is read, such as ``timeline[2].access.dose``.

    >>> spelled(("timeline", 2, "access", "dose"))
    'timeline[2].access.dose'
    """
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text if first else text.removeprefix(".")
