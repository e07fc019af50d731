"""Why adoption stalled in a firm: what holds back how much, what helps, what to ask next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from sim.analysis.attribution.reruns import Worth, worth
from sim.analysis.diagnosis.known import STARTS, Known
from sim.analysis.diagnosis.pool import Pool, pool_of
from sim.analysis.diagnosis.slopes import Condition, conditions_of
from sim.arrays import Floats
from sim.case import Case, Record, run_cases
from sim.contrast import MARGIN
from sim.extensions import need
from sim.importing.sheet import PULSE
from sim.outcomes import DRIVERS
from sim.results import Results
from sim.results.measure import SMALLEST_TEAM, shown_teams

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


def _each_once(held: list[StoredHeld]) -> list[StoredHeld]:
    """Refuse what is not every driver once; of a team the one about its manager may be missing."""
    names = [one.name for one in held]
    if len({*names}) < len(names) or not {one.name for one in DRIVERS} - {BY_MANAGER} <= {*names}:
        raise ValueError("is not every driver once")
    if any((one.first is not None) != (one.name in FIVE) for one in held):
        raise ValueError("says first of others than the five")
    return held


FIVE = tuple(one.name for one in DRIVERS[:5])
"""The five drivers of the confidence gap."""
BY_MANAGER = "manager"
"""The driver that in a team is about one person."""

Drivers = Annotated[list[StoredHeld], AfterValidator(_each_once)]


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
    drivers: Drivers
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
    drivers: Drivers
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


SURE = 0.8
"""How likely a driver must be the strongest by more than the margin for it to be named."""
DOUBT = 0.1
"""How likely a driver must be the strongest to be among those that cannot be told apart."""

BAND = (0.05, 0.5, 0.95)
DRAWN = 256
"""Replicates drawn by weight in which conditions and measures are tried."""
AHEAD = 26
"""Weeks after the one asked about at whose end measures are judged."""

MOST_MEASURES = 3


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """What holds a firm back."""

    known: Known
    pool: Pool
    drivers: tuple[StoredHeld, ...]
    """The five, the most likely strongest first, then the others."""
    tells: bool
    """Whether the first is the strongest by more than ``margin``, with probability ``SURE``."""
    together: tuple[str, ...]
    """Drivers that cannot be told apart as to which is the strongest; empty where it tells."""
    conditions: tuple[Condition, ...]
    teams: tuple[StoredTeam, ...]
    """Of five people or more."""
    measures: tuple[StoredMeasure, ...]
    """At most three, the most users an hour first."""
    tried: int
    """Measures that were tried."""
    questions: tuple[StoredQuestion, ...]
    """The one worth most first; those asked already last."""
    all_asked: float
    """Rise in the probability that the driver named is the strongest, were all the open questions
    answered."""
    margin: float


def diagnose(
    known: Known, rows: NDArray[np.void], *, seed: int = 0, margin: float = MARGIN,
    measures: bool = True, even: bool = True, threads: int | None = None,
    progress: Callable[[str], None] = lambda step: None,
) -> Diagnosis:  # fmt: skip
    """Say what holds a firm back, from all that is known of it.

    The same for the same arguments, whatever ``threads``.

    - ``known``: see ``known_firm``.
    - ``rows``, structured array of ``PARAMETER_DTYPE``: what is known of parameters beforehand,
      such as ``posterior()``.
    - ``margin``: drivers nearer to each other than this, as a share of workdays, are a tie.
    - ``measures``: whether conditions and measures are tried as well, which takes most of the time.
    - ``even``: whether none of the five is held the stronger beforehand; False where ``rows`` were
      calibrated to this very firm.
    """
    need("study", where="sim.analysis.diagnosis", only=("scipy",))
    progress("parameter sets and replicates")
    pool = pool_of(known, rows, seed=seed, even=even, threads=threads)
    firm = known.organisation
    sizes = np.diff(firm.team_start)
    few = not firm.made_up and int(firm.is_manager.sum()) < SMALLEST_TEAM
    held, first, tells = _held(pool, pool.whole(sizes), margin, (BY_MANAGER,) if few else ())
    parameters, seeds = pool.drawn(DRAWN, seed)
    conditions: tuple[Condition, ...] = ()
    if measures:
        progress("managers and informal leaders")
        conditions = conditions_of(known, parameters, seeds, threads=threads)
    shown = shown_teams(sizes, made_up=firm.made_up)
    teams = tuple(
        _team(known, pool, pool.team(int(row)), conditions, int(row), margin) for row in shown
    )
    found: tuple[Worth, ...] = ()
    if measures:
        progress("measures")
        found = _worth(known, parameters, seeds, seed, threads)
    likely = [one.name for k, one in enumerate(held) if k < 2 or (one.first or 0) >= DOUBT]
    questions, all_asked = _questions(known, pool, first, found, parameters)
    return Diagnosis(
        known, pool, held, tells, () if tells else tuple(likely), conditions, teams,
        _best(found), len(found), questions, all_asked, margin,
    )  # fmt: skip


def _held(
    pool: Pool, values: Floats, margin: float, without: tuple[str, ...] = ()
) -> tuple[tuple[StoredHeld, ...], Floats, bool]:
    """Return what each driver holds back; which of the five is first, by replicate; if it tells.

    Values have the shape (n_sets, n_replicates, len(DRIVERS)).
    """
    names = [one.name for one in DRIVERS]
    kept = [k for k, name in enumerate(names) if name not in without]
    five = [k for k in kept if names[k] in FIVE]
    flat, weights = values.reshape(-1, len(names)), pool.weights.ravel()
    first = np.eye(len(five))[flat[:, five].argmax(axis=1)]
    chance = dict(zip(five, (weights @ first).tolist(), strict=True))
    found = []
    for k in kept:
        low, mean, high = _band(flat[:, k], weights)
        likely = min(1.0, chance[k]) if k in chance else None
        found.append(StoredHeld(name=names[k], low=low, mean=mean, high=high, first=likely))
    found.sort(key=lambda one: -(one.mean if one.first is None else 1.0 + one.first))
    top = names.index(found[0].name)
    others = flat[:, [k for k in five if k != top]].max(axis=1)
    sure = float(weights @ (flat[:, top] > others + margin))
    return tuple(found), first, sure >= SURE


def _band(values: Floats, weights: Floats) -> tuple[float, float, float]:
    """Return the 5% quantile, the mean and the 95% quantile of weighed values."""
    order = np.argsort(values, kind="stable")
    below = np.cumsum(weights[order]) - weights[order] / 2
    low, high = np.interp((BAND[0], BAND[-1]), below, values[order])
    return float(low), float(weights @ values), float(high)


def _team(
    known: Known, pool: Pool, drivers: Floats, gains: tuple[Condition, ...], row: int,
    margin: float,
) -> StoredTeam:  # fmt: skip
    """Return what holds a team back; of a real one, nothing that is about its one manager."""
    firm = known.organisation
    without = () if firm.made_up else (BY_MANAGER,)
    held, _, tells = _held(pool, drivers, margin, without)
    conditions = []
    for one in gains:
        if firm.made_up or one.name != "managers":
            low, middle, high = np.quantile(one.teams[:, row], BAND).tolist()
            conditions.append(
                StoredCondition(name=one.name, people=None, low=low, median=middle, high=high)
            )
    return StoredTeam(
        name=firm.teams[row], people=int(np.diff(firm.team_start)[row]), tells=tells,
        drivers=held, conditions=conditions,
    )  # fmt: skip


def _worth(
    known: Known, parameters: NDArray[np.void], seeds: NDArray[np.uint64], seed: int,
    threads: int | None,
) -> tuple[Worth, ...]:  # fmt: skip
    """Try every measure that the firm has not, from the week after the one asked about."""
    weeks = known.week + AHEAD
    scenario = known.scenario.model_copy(update={"weeks": weeks, "mechanisms": {}})
    case = Case.of(scenario, known.organisation, weeks, parameters=parameters)
    results = Results(
        (scenario,), known.organisation, seed, seeds, weeks,
        run_cases([case], seeds, weeks=1, record=Record(drivers=False), threads=threads),
        (parameters,), parameter_sets=parameters,
    )  # fmt: skip
    found = worth(
        results, 0, replicates=len(parameters), week=known.week + 1, how=("added",), threads=threads
    )
    return found or ()


def _best(found: tuple[Worth, ...]) -> tuple[StoredMeasure, ...]:
    """Return the measures that raise use beyond chance, the most users an hour first."""
    better = [
        StoredMeasure(
            said=one.change.said, kind=one.change.kind, gain=one.effect.mean,
            low=one.effect.low, high=one.effect.high, hours=max(one.hours, 0.0),
        )
        for one in found if one.effect.low > 0
    ]  # fmt: skip
    return tuple(sorted(better, key=lambda one: -one.gain / max(one.hours, 1.0))[:MOST_MEASURES])


def _questions(
    known: Known, pool: Pool, first: Floats, found: tuple[Worth, ...],
    parameters: NDArray[np.void],
) -> tuple[tuple[StoredQuestion, ...], float]:  # fmt: skip
    """Return what each question of the questionnaire would be worth, and all open ones."""
    weights, asked = pool.weights.ravel(), known.answers or {}
    gains = np.stack([one.values.ravel() for one in found], axis=1) if found else None
    rows, open_ = [], []
    for name in PULSE:
        if name not in STARTS:
            continue
        if name in asked:
            rows.append(_question(name, asked[name].people))
            continue
        thing = np.repeat(pool.parameters[STARTS[name]], pool.seeds.shape[1])
        open_.append(thing)
        deciding = 0.0
        if gains is not None:
            even = np.full(len(gains), 1 / len(gains))
            deciding = value_of_knowing(gains, parameters[STARTS[name]], even)
        naming = value_of_knowing(first, thing, weights)
        rows.append(_question(name, 0, naming, deciding))
    rows.sort(key=lambda one: (one.asked > 0, -one.naming, -one.deciding))
    together = value_of_knowing(first, np.stack(open_, axis=1), weights) if open_ else 0.0
    return tuple(rows), together


def _question(name: str, asked: int, naming: float = 0.0, deciding: float = 0.0) -> StoredQuestion:
    return StoredQuestion(
        name=name, statement=PULSE[name], asked=asked, naming=naming, deciding=deciding
    )


SHUFFLES = 8


def value_of_knowing(options: Floats, thing: Floats, weights: Floats, seed: int = 0) -> float:
    """Return how much better the best option is expected to be once a thing is known.

    The expected value of partial perfect information, by regression [Strong, Oakley & Brennan
    2014, doi:10.1177/0272989X13505910]: what each option brings is fitted to the thing (a
    quadratic), and the best of the fitted is taken for each value of it. What
    the same gives of a thing that tells nothing, a shuffled one, is taken off.

    In units of the options, 0 or more; 0 where the thing does not differ.

    - ``options``, shape (n, n_options): what each option brings in each replicate.
    - ``thing``, shape (n,): what would be known; k things together.
    - ``weights``, shape (n,): they sum to 1.
    """
    things = thing.reshape(len(thing), -1)
    things = things[:, np.ptp(things, axis=0) > 0]
    if things.shape[1] == 0 or options.shape[1] < 2:
        return 0.0
    rng = np.random.default_rng([seed, 3])
    found = _chosen(options, things, weights)
    idle = [_chosen(options, rng.permutation(things), weights) for _ in range(SHUFFLES)]
    return max(0.0, found - float(np.mean(idle)))


def _chosen(options: Floats, things: Floats, weights: Floats) -> float:
    """Return what the best of the fitted options brings on average."""
    mean = weights @ things
    z = (things - mean) / np.sqrt(weights @ (things - mean) ** 2)
    design = np.concatenate([np.ones((len(z), 1)), z, z**2], axis=1)
    root = np.sqrt(weights)[:, None]
    fit = np.linalg.lstsq(design * root, options * root, rcond=None)[0]
    return float(weights @ (design @ fit).max(axis=1))


def stored(found: Diagnosis, posterior: str = "") -> Stored:
    """Return a diagnosis as plain data; with which parameter sets it was made, as a record says."""
    known, pool = found.known, found.pool
    firm, weighed = known.organisation, pool.weighed
    return Stored(
        organisation=firm.name, people=firm.n_people, made_up=firm.made_up,
        plan=known.scenario.name, week=known.week, ahead=AHEAD, margin=found.margin, sure=SURE,
        tells=found.tells, together=list(found.together), drivers=found.drivers,
        conditions=[_condition(one) for one in found.conditions], teams=found.teams,
        hidden_teams=firm.n_teams - len(found.teams), measures=found.measures,
        tried=found.tried, questions=found.questions, all_asked=found.all_asked,
        sets=pool.seeds.shape[0], replicates=pool.seeds.shape[1],
        effective=None if weighed is None else pool.effective,
        nearest=None if weighed is None else weighed.nearest, contrasts=list(pool.compared),
        said=list(known.said), posterior=posterior,
    )  # fmt: skip


def _condition(one: Condition) -> StoredCondition:
    low, middle, high = np.quantile(one.gain, BAND).tolist()
    return StoredCondition(name=one.name, people=one.people, low=low, median=middle, high=high)
