"""A diagnosis as plain data: what ``uptake diagnose --out`` writes, and page and report read."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Annotated, Literal, get_args

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sim.analysis.diagnosis.causes import AHEAD, BAND, SURE, Diagnosis, Held
from sim.analysis.diagnosis.slopes import Condition
from sim.errors import InputError, Problem
from sim.outcomes import DRIVERS

FILE = "diagnosis.json"
MAX_BYTES = 20_000_000

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
    model_config = ConfigDict(extra="forbid", frozen=True, from_attributes=True)


class StoredHeld(_Plain):
    """What a driver holds back: 90% interval and mean; how likely it is the strongest of five."""

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


def stored(found: Diagnosis, posterior: str = "") -> Stored:
    """Return a diagnosis as plain data; with which parameter sets it was made, as a record says."""
    known, pool = found.known, found.pool
    firm, weighed = known.organisation, pool.weighed
    return Stored(
        organisation=firm.name,
        people=firm.n_people,
        made_up=firm.made_up,
        plan=known.scenario.name,
        week=known.week,
        ahead=AHEAD,
        margin=found.margin,
        sure=SURE,
        tells=found.tells,
        together=list(found.together),
        drivers=[_held(one) for one in found.drivers],
        conditions=[_condition(one) for one in found.conditions],
        teams=[
            StoredTeam(
                name=team.name,
                people=team.people,
                tells=team.tells,
                drivers=[_held(one) for one in team.drivers],
                conditions=[
                    StoredCondition(name=name, people=None, low=low, median=middle, high=high)
                    for name, (low, middle, high) in team.gains.items()
                ],
            )
            for team in found.teams
        ],
        hidden_teams=firm.n_teams - len(found.teams),
        measures=found.measures,
        tried=found.tried,
        questions=found.questions,
        all_asked=found.all_asked,
        sets=pool.seeds.shape[0],
        replicates=pool.seeds.shape[1],
        effective=None if weighed is None else pool.effective,
        nearest=None if weighed is None else weighed.nearest,
        contrasts=list(pool.compared),
        said=list(known.said),
        posterior=posterior,
    )  # fmt: skip


def _held(one: Held) -> StoredHeld:
    first = None if math.isnan(one.first) else min(1.0, one.first)
    return StoredHeld(name=one.name, low=one.low, mean=one.mean, high=one.high, first=first)


def _condition(one: Condition) -> StoredCondition:
    low, middle, high = np.quantile(one.gain, BAND).tolist()
    return StoredCondition(name=one.name, people=one.people, low=low, median=middle, high=high)


def read_stored(path: Path) -> Stored:
    """Read what ``uptake diagnose --out`` wrote: its folder, or the file in it.

    Raises
    ------
    InputError
        Where it is not that.
    """
    from sim.sources import read_regular

    file = path / FILE if path.is_dir() else path
    right = f"the folder that uptake diagnose --out wrote, with {FILE}"
    data = read_regular(file, MAX_BYTES, right)
    try:
        return Stored.model_validate(json.loads(data))
    except (ValueError, RecursionError) as error:
        what = "is not JSON"
        if isinstance(error, ValidationError):
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))[:80]
            what = f"is no diagnosis: {place}: {first['msg']}"[:300]
        raise InputError([Problem(str(file), "", what, right)]) from None
