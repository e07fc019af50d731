"""A diagnosis as plain data: what ``uptake diagnose --out`` writes, and page and report read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from sim.outcomes import DRIVERS

FILE = "diagnosis.json"

Name = Literal[
    "visible_mistakes", "unclear_permission", "job", "undefined_norm", "manager", "identity",
    "distrust", "little_benefit", "cynicism", "first_use", "not_considered",
]  # fmt: skip
assert set(get_args(Name)) == {one.name for one in DRIVERS}
Share = Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)]
Chance = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0)]
Text = Annotated[str, Field(max_length=2000)]


class _Plain(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StoredHeld(_Plain):
    """What a driver holds back: 90% interval and mean; how likely it is the strongest of five.

    Rise in the chance of use on a workday, given access, if it alone were taken away; the interval
    is over parameter sets and replicates. None for how likely, of those that are not of the five.
    """

    name: Name
    low: Share
    mean: Share
    high: Share
    first: Chance | None


class StoredCondition(_Plain):
    """What a condition holds back: 90% interval and median of the rise in weekly users."""

    name: Literal["managers", "leaders"]
    people: Count | None
    low: Share
    median: Share
    high: Share


class StoredTeam(_Plain):
    """What holds a team back."""

    name: Text
    people: Count
    tells: bool
    drivers: list[StoredHeld]
    conditions: list[StoredCondition]


class StoredMeasure(_Plain):
    """A measure that would raise use: weekly users, 95% interval, hours of all together."""

    said: Text
    kind: Text
    gain: Share
    low: Share
    high: Share
    hours: Amount


class StoredQuestion(_Plain):
    """What an answer would be worth: rise in the chance to name rightly, and in weekly users."""

    name: Text
    statement: Text
    asked: Count
    naming: Chance
    deciding: Chance


class Stored(_Plain):
    """A diagnosis; see ``Diagnosis`` for what each part means."""

    format: Literal[1] = 1
    organisation: Text
    people: Count
    made_up: bool
    plan: Text
    week: Count
    ahead: Count
    margin: Chance
    sure: Chance
    tells: bool
    together: list[Name]
    drivers: list[StoredHeld]
    conditions: list[StoredCondition]
    teams: list[StoredTeam]
    hidden_teams: Count
    measures: list[StoredMeasure]
    tried: Count
    questions: list[StoredQuestion]
    all_asked: Chance
    sets: Count
    replicates: Count
    effective: Amount | None
    nearest: Amount | None
    contrasts: list[Text]
    said: list[Text]
    posterior: Text = ""


def read_stored(path: Path) -> Stored:
    """Read what ``uptake diagnose --out`` wrote: its folder, or the file in it.

    Raises InputError where it is not that.
    """
    from sim.results.manifest import read_json

    file = path / FILE if path.is_dir() else path
    return read_json(file, Stored, f"the folder that uptake diagnose --out wrote, with {FILE}")
