"""What the page offers before anything is run: controls, questions, and the guided walk."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from pydantic import Field, ValidationError, field_validator
from pydantic.fields import FieldInfo

from sim.document import MAX_BYTES, decode, parse
from sim.errors import InputError, Problem, did_you_mean
from sim.interventions.base import Audience, Intervention, Shock
from sim.interventions.fields import UNTIL_THE_END, Strict, wrong
from sim.interventions.timeline import CATALOGUE, facts
from sim.parameters import PARAMETERS
from sim.scenario.text import problems_from
from sim.sources import read_regular, shipped_folder

_WEEKS = {"start": "week", "lasts": "weeks", "every": "weeks", "times": "count"}
_LATER = ("label", "money", "every", "times")
UNITS = {"hours": "h", "dose": "×"}
"""What a number counts, where it is no share: shares are shown in percent."""

HOURS_SHOWN = 40
"""Hours a person up to which the slider goes; a file may say more."""


def catalogue() -> list[dict[str, Any]]:
    """Return every kind of intervention and shock: kind, summary, whether a shock, levers.

    A lever has ``name``, ``type`` (week, weeks, number, switch, choice, audience), its
    bounds, ``unit``, ``default`` and ``meaning``.

    Examples
    --------
    >>> [entry["kind"] for entry in catalogue()][:2]
    ['loyalty conversation', 'identity conversation']
    """
    return [
        {
            "kind": kind,
            "summary": facts(intervention)["Summary"],
            "acts_on": facts(intervention).get("Acts on", ""),
            "source": facts(intervention).get("Source", ""),
            "shock": issubclass(intervention, Shock),
            "ongoing": intervention.ongoing,
            "levers": list(_levers(intervention)),
        }
        for kind, intervention in CATALOGUE.items()
    ]


def parameters() -> list[dict[str, Any]]:
    """Return every parameter of the model: name, value, range, unit, meaning, source."""
    told = ("name", "value", "low", "high", "unit", "meaning", "source")
    return [{name: getattr(p, name) for name in told} for p in PARAMETERS.values()]


def _levers(intervention: type[Intervention]) -> Iterator[dict[str, Any]]:
    for name, field in intervention.model_fields.items():
        if name in _LATER:
            continue
        lever = {
            "name": name.replace("_", " ") if name not in _WEEKS else name,
            "field": name,
            "meaning": field.description or "",
            "default": None if field.is_required() else _plain(field.default),
        }
        yield {**lever, **_kind(name, field)}


def _plain(value: Any) -> Any:
    if isinstance(value, Audience):
        (word, *_) = value.model_dump(exclude_none=True, exclude_unset=True)
        return word.replace("_", " ")
    return "until the end" if value == UNTIL_THE_END else value


def _kind(name: str, field: FieldInfo) -> dict[str, Any]:
    """Return type and bounds of a lever, from its annotation and constraints."""
    if name in _WEEKS:
        return {"type": _WEEKS[name]}
    annotation = _without_none(field.annotation)
    if annotation is Audience:
        return {"type": "audience"}
    if annotation is bool:
        return {"type": "switch"}
    if get_origin(annotation) is Literal:
        return {"type": "choice", "choices": list(get_args(annotation))}
    bounds: dict[str, float] = {}
    for item in _constraints(field):
        for label, key in (("ge", "low"), ("gt", "low"), ("le", "high"), ("lt", "high")):
            if (bound := getattr(item, label, None)) is not None:
                bounds[key] = float(bound)
    high = min(bounds.get("high", 1.0), HOURS_SHOWN)
    low, step = bounds.get("low", 0.0), 0.05 if high <= 5 else 0.5
    unit = UNITS.get(name, "%" if (low, high) == (0, 1) else "")
    return {"type": "number", "low": low, "high": high, "step": step, "unit": unit}


def _without_none(annotation: Any) -> Any:
    options = [one for one in get_args(annotation) if one is not NoneType]
    return options[0] if NoneType in get_args(annotation) and len(options) == 1 else annotation


def _constraints(field: FieldInfo) -> Iterator[Any]:
    metadata = (*field.metadata, *getattr(field.annotation, "__metadata__", ()))
    for item in metadata:
        yield from item.metadata if isinstance(item, FieldInfo) else (item,)


@cache
def questions() -> list[dict[str, str]]:
    """Return questions to a client that set one parameter each, in the order of asking.

    Each has ``parameter``; ``words``, the question; ``low`` and ``high``, what the ends of the
    parameter's range mean.

    Examples
    --------
    >>> questions()[0]["parameter"]
    'climate_start'
    """
    file = Path(__file__).with_name("questions.yaml")
    found: list[dict[str, str]] = parse(file.read_text("utf-8"), file.name).plain()
    return found


WORDS = ("A", "B", "C", "D", "level A", "level B", "level C", "level D", "peak A", "peak B",
         "peak C", "peak D", "verdict", "firm", "people", "weeks", "last team")  # fmt: skip
"""What may stand in braces in a scene's words, to be filled in from the run:

``A`` is a plan's name, ``level A`` its level of weekly use, ``peak A`` its highest week and
when; ``verdict`` compares the first two plans by their level; ``last team`` has the least use.
"""

MOST_SCENES, MOST_PLANS = 20, 4
_SUFFIXES = (".yaml", ".yml")
_BRACES = re.compile(r"\{([^{}]*)\}")


class Scene(Strict):
    """One scene: what is shown, what is said, and what happens."""

    title: str = Field(min_length=1, max_length=80, description="a few words")
    words: str = Field(min_length=1, description="what is said before anything happens")
    after: str = Field("", description="what is said when it has happened")
    plans: list[str] = Field(
        min_length=1, max_length=MOST_PLANS, description="shipped names, or files beside the scene"
    )
    outcome: str = Field("weekly_users", description="what is shown")
    week: int = Field(1, ge=1, le=260, description="the week it begins in")
    do: Literal["stand", "play", "bet", "why", "next", "yours"] = Field(
        "stand", description="what happens: nothing, play, a bet, why, what to do next, the end"
    )
    bet_on: Literal["A", "B", "C", "D"] = Field("A", description="the plan that is bet on")
    large: Literal["A", "B", "C", "D"] | None = Field(
        None, description="the plan whose network takes the stage"
    )

    @field_validator("words", "after")
    @classmethod
    def _braces_are_known(cls, text: str) -> str:
        for inside in _BRACES.findall(text):
            if inside not in WORDS:
                raise wrong(f"has {{{inside}}}", did_you_mean(inside, list(WORDS)))
        return text

    @field_validator("outcome")
    @classmethod
    def _outcome_is_shown(cls, name: str) -> str:
        from sim.page.payload import labels_shown

        if name not in (known := labels_shown()):
            raise wrong(f"is {name!r:.60}", did_you_mean(name, list(known)))
        return name

    @field_validator("plans")
    @classmethod
    def _names_are_plain(cls, names: list[str]) -> list[str]:
        for name in names:
            if not name or Path(name).name != name:
                raise wrong(f"has {name!r:.60}", "a shipped name, or a file beside the scene")
        return [Path(name).stem if name.endswith(_SUFFIXES) else name for name in names]

    def plain(self) -> dict[str, Any]:
        """Return it as plain data, with line breaks of the file taken out."""
        data = self.model_dump()
        return data | {key: " ".join(data[key].split()) for key in ("words", "after")}


def walk_folder() -> Path:
    """Return the folder of the shipped scenes."""
    return shipped_folder() / "walk"


def load_walk(folder: Path | str) -> tuple[Scene, ...]:
    """Return the scenes of a folder, in the order of their file names.

    Raises InputError where there is none, or with everything wrong in them, each with its place.
    """
    files = sorted(
        one for one in Path(folder).glob("*")
        if one.suffix in _SUFFIXES and one.name[:1].isdigit()
    )  # fmt: skip
    if not 1 <= len(files) <= MOST_SCENES:
        what = f"has {len(files)} scenes"
        right = f"1 to {MOST_SCENES} YAML files whose names begin with a number: 01-licences.yaml"
        raise InputError([Problem(str(folder), "", what, right)])
    scenes: list[Scene] = []
    problems: list[Problem] = []
    for file in files:
        try:
            scenes.append(_load(file))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return tuple(scenes)


def _load(file: Path) -> Scene:
    root = parse(
        decode(read_regular(file, MAX_BYTES, "a scene (YAML)", name=file.name), file.name),
        file.name,
        right="a mapping with title, words, plans",
    )
    try:
        return Scene.model_validate(root.plain())
    except ValidationError as error:
        raise InputError(problems_from(error, Scene, root)) from None
