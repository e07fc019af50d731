"""Kinds of field that a scenario file is made of, and how they say what is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Annotated, Any, ClassVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from sim.interventions import phrases
from sim.schedule import MAX_WEEKS

__all__ = [
    "SHARED",
    "Duration",
    "Fraction",
    "Length",
    "Strict",
    "Week",
    "Worded",
    "shown",
    "spelled",
    "wrong",
]


def wrong(what: str, right: str) -> PydanticCustomError:
    """Return the error that says what is wrong and what would be right."""
    return PydanticCustomError("uptake", "{what} — {right}", {"what": what, "right": right})


def shown(value: object) -> str:
    """Return a short form of a value for an error."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


class Strict(BaseModel):
    """A model that refuses unknown keys, wrong types, NaN and infinity."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False, loc_by_alias=True
    )


class Worded(Strict):
    """A mapping that may also be said in a word, such as ``everyone``."""

    words: ClassVar[Mapping[str | bool, Mapping[str, object]]] = {}
    expects: ClassVar[str] = "a mapping"

    @model_validator(mode="before")
    @classmethod
    def _from_word(cls, value: object, info: ValidationInfo) -> object:
        if isinstance(value, str | bool):
            if value in cls.words:
                return dict(cls.words[value])
            weeks = (info.context or {}).get("weeks") or MAX_WEEKS
            said = cls.from_text(value, weeks) if isinstance(value, str) else None
            if said is not None:
                return dict(said)
            raise wrong(f"is {shown(value)}", cls._choices(value))
        return value

    @classmethod
    def from_text(cls, text: str, weeks: int) -> Mapping[str, object] | None:
        """Return the mapping that another text than one of the words stands for, or None."""
        return None

    @classmethod
    def _choices(cls, value: str | bool) -> str:
        words = [word for word in cls.words if isinstance(word, str)]
        near = get_close_matches(value, words, n=1) if isinstance(value, str) else []
        return f"did you mean {near[0]}?" if near else cls.expects

    @classmethod
    def other_forms(cls) -> list[dict[str, Any]]:
        """Return the JSON Schemas of what is accepted beside the mapping."""
        return [{"enum": list(cls.words)}]


def _week(value: object, info: ValidationInfo) -> int:
    try:
        number = phrases.week_number(value)
    except ValueError as error:
        raise wrong(f"is {shown(value)}", str(error)) from None
    weeks = (info.context or {}).get("weeks")
    if weeks is not None and number > weeks:
        raise wrong(
            f"is week {number}, beyond the run's {weeks} weeks",
            f"a week from 1 to {weeks}, or a longer run (weeks)",
        )
    return number


def _duration(value: object) -> int:
    try:
        return phrases.duration_in_weeks(value)
    except ValueError as error:
        raise wrong(f"is {shown(value)}", str(error)) from None


def _length(value: object) -> int:
    try:
        return phrases.duration_in_weeks(value, endless=False)
    except ValueError as error:
        raise wrong(f"is {shown(value)}", str(error)) from None


def _words_or_weeks(pattern: str) -> dict[str, Any]:
    number = {"type": "integer", "minimum": 1, "maximum": MAX_WEEKS}
    return {"anyOf": [number, {"type": "string", "pattern": pattern}]}


SHARED = {
    "Week": _words_or_weeks(phrases.WEEK_PATTERN),
    "Duration": _words_or_weeks(phrases.DURATION_PATTERN),
    "Length": _words_or_weeks(phrases.LENGTH_PATTERN),
}
"""JSON Schemas that stand once in a file's schema; a field points to one by ``shared``."""

Week = Annotated[int, BeforeValidator(_week), WithJsonSchema({"shared": "Week"})]
"""A week in words or as a number; not beyond the run where its length is known."""

Duration = Annotated[int, BeforeValidator(_duration), WithJsonSchema({"shared": "Duration"})]
"""A number of weeks in words or as a number; may be ``until the end``."""

Length = Annotated[int, BeforeValidator(_length), WithJsonSchema({"shared": "Length"})]
"""A number of weeks in words or as a number; never ``until the end``."""

Fraction = Annotated[float, Field(ge=0, le=1)]
"""A share or strength from 0 to 1."""


def spelled(path: Iterable[str | int], first: str = "") -> str:
    """Return a key path as it is read, such as ``timeline[2].access.dose``.

    Examples
    --------
    >>> spelled(("timeline", 2, "access", "dose"))
    'timeline[2].access.dose'
    """
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text if first else text.removeprefix(".")
