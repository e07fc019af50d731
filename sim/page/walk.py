"""The guided walk: scenes of one idea each, one YAML file a scene, in the order of their names."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator

from sim.document import MAX_BYTES, decode, parse
from sim.errors import InputError, Problem, did_you_mean
from sim.interventions.fields import Strict, wrong
from sim.scenario.text import problems_from
from sim.sources import read_regular, shipped_folder

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
