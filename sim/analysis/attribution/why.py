"""Why somebody, or a team, did not take the tool up: whom it is asked of, and the drivers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Floats, Ints
from sim.contrast import Estimate, estimate
from sim.errors import did_you_mean, refusal
from sim.organisation.organisation import Organisation
from sim.outcomes import DRIVERS, Driver
from sim.results import Results
from sim.results.results import SMALLEST_TEAM
from sim.state import Flag

EVERYONE = -1
"""In place of a team's row: the whole organisation."""


@dataclass(frozen=True, eq=False)
class Subject:
    """People whose use is asked about, who leads them and to whom they listen most."""

    name: str
    team: int
    """Row of the team; ``EVERYONE`` for the whole organisation."""
    rows: Ints
    """Rows of the people."""
    managers: Ints
    """Rows of their managers; for a team or person one at most."""
    leaders: Ints
    """Rows of the people without reports to whom they listen most; for a team or person one at
    most, for everyone the informal leaders."""
    person: bool = False
    """Whether it is one person rather than a team."""


def first_replicates(
    results: Results, scenario: int, replicates: int
) -> tuple[NDArray[np.void], NDArray[np.uint64]]:
    """Return parameter sets and their seeds, of at most this many of the results' runs.

    As many sets as there are, then as many replicates as leave room; the first ones of both. Shapes
    (n_sets,), of ``PARAMETER_DTYPE``, and (n_sets, n_seeds).
    """
    rows = results.parameters[scenario][:replicates]
    return rows, results.seeds[: len(rows), : max(1, replicates // len(rows))]


def team_of(results: Results, name: str) -> Subject:
    """Return a team of five people or more.

    Raises InputError where there is no such team, or it is too small to be spoken of.
    """
    organisation = results.organisation
    if name not in organisation.teams:
        right = did_you_mean(name, organisation.teams)
        raise refusal("team", name, f"is not in {organisation.name}", right)
    team = organisation.teams.index(name)
    rows = np.arange(organisation.team_start[team], organisation.team_start[team + 1])
    if len(rows) < SMALLEST_TEAM:
        what = f"has fewer than {SMALLEST_TEAM} people"
        raise refusal("team", name, what, f"a team of {SMALLEST_TEAM} or more")
    manager = _one(int(organisation.team_manager[team]))
    return Subject(name, team, rows, manager, _most_heard(organisation, rows))


def person_of(results: Results, name: str) -> Subject:
    """Return one person by id. Raises InputError where there is nobody of this id."""
    organisation = results.organisation
    found = np.flatnonzero(organisation.ids == name)
    if not len(found):
        right = did_you_mean(name, [str(one) for one in organisation.ids[:5000]])
        raise refusal("person", name, f"is not in {organisation.name}", right[:200])
    row = int(found[0])
    person = organisation.people[row]
    rows = np.array([row], np.int64)
    leader = _most_heard(organisation, rows)
    manager = _one(int(person["manager"]))
    return Subject(name, int(person["team"]), rows, manager, leader, person=True)


def _one(row: int) -> Ints:
    return np.array([row] if row >= 0 else [], np.int64)


def _most_heard(organisation: Organisation, rows: Ints) -> Ints:
    """Return the row of the person without reports who gets most of their attention."""
    ties = organisation.ties
    heard = np.zeros(organisation.n_people)
    for row in rows:
        mine = slice(ties.start[row], ties.start[row + 1])
        np.add.at(heard, ties.target[mine].astype(np.int64), ties.weight[mine])
    heard[organisation.is_manager] = 0.0
    if len(rows) == 1:
        heard[rows] = 0.0
    return _one(int(heard.argmax()) if heard.max() > 0 else -1)


@dataclass(frozen=True, eq=False)
class PersonWeeks:
    """A plan simulated again in a few replicates, with every person's weeks kept."""

    people: NDArray[np.uint8]
    """Shape (n_sets, n_seeds, weeks, n_people, len(PERSON_RECORD))."""
    drivers: NDArray[np.float32]
    """What each driver holds back in a team, shape (n_sets, n_seeds, n_checkpoints, n_teams,
    len(DRIVERS))."""
    checkpoint_weeks: tuple[int, ...]
    """Weeks that can be asked about."""


@dataclass(frozen=True)
class DriverPart:
    """One driver's part in the lost use."""

    name: str
    """As in ``DRIVERS``."""
    gain: Estimate
    """Rise in the chance of use on a workday, given access, if this alone were taken away, in [0,
    1]. Parts overlap: they do not add up."""
    of_lost: float
    """``gain`` as a share of the use that is lost, in [0, 1]; NaN where nothing is lost."""


@dataclass(frozen=True)
class ManagerPart:
    """What the manager does, and what the manager's signal costs."""

    there: bool
    """Whether there is a manager; else the numbers are NaN."""
    uses: Estimate
    """Whether the manager used the tool that week, over replicates."""
    trust: Estimate
    """The manager's expressed trust."""
    first_week: float
    """Median week of the manager's first use; infinite for never."""
    gain: Estimate
    """The driver ``manager``."""


@dataclass(frozen=True)
class TiesPart:
    """What the people they listen to do."""

    users: Estimate
    """Share of their attention that goes to people who used the tool that week."""
    seen: Estimate
    """Share of their attention on use that they can see."""
    outside: float
    """Share of their attention that goes outside the team."""
    cut_off: Estimate
    """Share of them who listen to nobody that used it that week."""
    gain: Estimate
    """The driver ``undefined_norm``."""


@dataclass(frozen=True)
class Why:
    """Why a team or person stood where it did."""

    subject: Subject
    plan: str
    week: int
    """The week it is about: a checkpoint of the run."""
    using: Estimate
    confidence: Estimate
    lost: Estimate
    """``using``, ``confidence``, ``lost``: share with use that week; chance of use on a workday,
    given access, none for who does not consider the tool; 1 less that."""
    drivers: tuple[DriverPart, ...]
    """The largest first."""
    manager: ManagerPart
    ties: TiesPart


def why(
    results: Results, scenario: int, subject: Subject, *, week: int | None = None,
    replicates: int = 20, recorded: PersonWeeks | None = None, threads: int | None = None,
) -> Why:  # fmt: skip
    """Say from the run what held a team or person back.

    The same for the same results and ``replicates``, whatever ``threads``.

    - ``scenario``: which of its plans.
    - ``subject``: a team or a person; see ``team_of`` and ``person_of``.
    - ``week``: the last unless given; the checkpoint at it or next before it (else the first).
    - ``replicates``: at most this many of the results' replicates, the first ones, are simulated
      again with every person's weeks kept. In large organisations a person's drivers come from
      fewer of them.
    - ``recorded``: what ``rerun_with_people`` gave for the plan and as many ``replicates``, to save
      time.
    """
    recorded = (
        recorded
        or rerun_with_people(results, [scenario], replicates=replicates, threads=threads)[0]
    )
    points = recorded.checkpoint_weeks
    at = max((k for k, one in enumerate(points) if one <= (week or results.weeks)), default=0)
    week = points[at]
    people = recorded.people[:, :, :week]
    if subject.person:
        few = min(replicates, 1 + 20_000 // results.organisation.n_people)
        held = _barriers_of_person(results, scenario, subject, week, few)
    else:
        held = recorded.drivers[:, :, at, subject.team].astype(float)
    mine = people[..., -1, subject.rows, :]
    considers = (mine[..., 2] & int(Flag.CONSIDERS)) > 0
    confidence = (considers * mine[..., 10]).mean(axis=-1) / 255
    lost = 1 - float(confidence.mean())
    gains = [estimate(held[..., d]) for d in range(len(DRIVERS))]
    parts = [
        DriverPart(one.name, gain, gain.mean / lost if lost > 0 else float("nan"))
        for one, gain in zip(DRIVERS, gains, strict=True)
    ]
    parts.sort(key=lambda part: -part.gain.mean)
    return Why(
        subject=subject, plan=results.names[scenario], week=week,
        using=estimate(
            (people[..., -1, subject.rows, 0] > 0).mean(axis=-1), event=len(subject.rows) == 1
        ),
        confidence=estimate(confidence), lost=estimate(1 - confidence), drivers=tuple(parts),
        manager=_manager(people, subject, gains[Driver["manager"]]),
        ties=_ties(results, people, subject, gains[Driver["undefined_norm"]]),
    )  # fmt: skip


def rerun_with_people(
    results: Results, scenarios: Sequence[int], *, replicates: int = 20, threads: int | None = None
) -> tuple[PersonWeeks, ...]:
    """Simulate plans again with every person's weeks kept, in one call of the engine.

    Where the results have them of all these replicates, they are taken as they are. One a plan; the
    same for the same results and ``replicates``, whatever ``threads``.

    - ``scenarios``: which of its plans.
    - ``replicates``: at most this many of the results' replicates, the first ones.
    """
    from sim.case import Record, run_cases

    records = results.records
    if records.people is not None and replicates >= results.n_runs:
        return tuple(
            PersonWeeks(records.people[plan], records.drivers[plan], records.checkpoint_weeks)
            for plan in scenarios
        )
    chosen = [first_replicates(results, plan, replicates) for plan in scenarios]
    cases = [
        replace(results.case(plan), parameters=parameters)
        for plan, (parameters, _) in zip(scenarios, chosen, strict=True)
    ]
    records = run_cases(cases, chosen[0][1], record=Record(people=True), threads=threads)
    assert records.people is not None
    return tuple(
        PersonWeeks(weeks_of, drivers, records.checkpoint_weeks)
        for weeks_of, drivers in zip(records.people, records.drivers, strict=True)
    )


def _barriers_of_person(
    results: Results, scenario: int, subject: Subject, week: int, replicates: int
) -> Floats:
    """Return a person's drivers: runs of the engine up to ``week``, which an agent runs.

    Shape (n_sets, n_seeds, drivers), see ``first_replicates``.
    """
    from sim.abm import UptakeModel

    plan = results.scenarios[scenario]
    plan = plan.model_copy(update={"mechanisms": {}})  # they are in the parameters already
    sets, seeds = first_replicates(results, scenario, replicates)
    held = np.empty((*seeds.shape, len(DRIVERS)))
    for k, row in enumerate(sets):
        model = UptakeModel(
            plan, seed=results.seed, organisation=results.organisation, weeks=results.weeks,
            parameters={name: float(row[name]) for name in row.dtype.names},
        )  # fmt: skip
        for j, seed in enumerate(seeds[k]):
            model.begin(seed, weeks=week - 1)
            held[k, j] = model.barriers(int(subject.rows[0]))
    return held


def _manager(people: NDArray[np.uint8], subject: Subject, gain: Estimate) -> ManagerPart:
    if not len(subject.managers):
        nothing = estimate(np.array([[np.nan]]))
        return ManagerPart(False, nothing, nothing, float("nan"), gain)
    used = people[..., subject.managers[0], 0] > 0
    first = np.where(used.any(axis=-1), used.argmax(axis=-1) + 1.0, np.inf)
    trust = people[..., -1, subject.managers[0], 3] / 255
    uses = estimate(used[..., -1].astype(np.float64), event=True)
    return ManagerPart(True, uses, estimate(trust), estimate(first).median, gain)


def _ties(
    results: Results, people: NDArray[np.uint8], subject: Subject, gain: Estimate
) -> TiesPart:
    organisation = results.organisation
    ties, team = organisation.ties, organisation.people["team"]
    used = people[..., -1, :, 0] > 0
    n = len(subject.rows)
    users, cut_off, outside = np.zeros(used.shape[:2]), np.zeros(used.shape[:2]), 0.0
    for row in subject.rows:
        mine = slice(ties.start[row], ties.start[row + 1])
        target, weight = ties.target[mine].astype(np.int64), ties.weight[mine]
        users += used[..., target] @ weight
        cut_off += ~used[..., target].any(axis=-1)
        outside += float(weight[team[target] != subject.team].sum())
    seen = people[..., -1, subject.rows, 12].mean(axis=-1) / 255
    return TiesPart(estimate(users / n), estimate(seen), outside / n, estimate(cut_off / n), gain)
