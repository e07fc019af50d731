"""What managers signal to those they lead, week by week, and what coaching changes about it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.arrays import Bools, Floats, Ints
from sim.contrast import Difference, paired_difference
from sim.interventions.activities import Access, ManagerCoaching
from sim.interventions.base import Audience
from sim.interventions.timeline import Placed, place
from sim.organisation.organisation import Organisation
from sim.results import Results
from sim.rules import manager_signal
from sim.state import Flag

if TYPE_CHECKING:
    from sim.case import Case


SETTLED = 4
"""Weeks at the end over which use is averaged."""


@dataclass(frozen=True, eq=False)
class Coached:
    """What some managers signal as planned, and with their coaching added or left out."""

    managers: Ints
    """Their rows."""
    added: bool
    """Whether coaching is added; else the plan has it, and it is left out."""
    week: int
    """The first week of the coaching."""
    planned: Floats
    other: Floats
    """``planned``, ``other``: the mean signal of these managers, in [-1, 1]; below 0 is sceptical
    or silent. Shape (n_replicates, weeks)."""
    effect: Difference
    """Of weekly use in the last weeks by those who are asked about: with coaching less without."""


def coached(
    results: Results, scenario: int, managers: Ints, *, team: int | None = None,
    replicates: int = 20, week: int = 9, threads: int | None = None,
) -> Coached:  # fmt: skip
    """Run a plan with and without the coaching of some managers, with the same random numbers.

    - ``managers``: rows of the managers who are coached, or not.
    - ``team``: the team whose use is compared; everybody's unless given.
    - ``replicates``: at most this many of the results' replicates, the first ones.
    - ``week``: when coaching is added to a plan that has none for them.
    """
    from sim.case import Record, run_cases

    people, weeks = results.organisation, results.weeks
    given = replace(results.case(scenario), parameters=results.parameters[scenario][:1])
    timeline = results.scenarios[scenario].timeline
    theirs = [
        one
        for one in timeline
        if isinstance(one.intervention, ManagerCoaching)
        and one.intervention.audience.members(people)[managers].any()
    ]
    if theirs:
        week = min(one.intervention.start for one in theirs)
        changed = tuple(one for one in timeline if not any(one is its for its in theirs))
    else:
        whom = Audience.model_validate({"ids": [str(people.ids[row]) for row in managers]})
        new = ManagerCoaching(start=min(week, weeks), audience=whom)
        changed = (*timeline, Placed(new, f"timeline[{len(timeline)}].{new.kind}"))
    other = replace(given, timeline=place(changed, people, weeks))
    seeds = results.seeds[:1, :replicates]
    records = run_cases(
        [given, other], seeds, record=Record(teams=("weekly_users",), drivers=False),
        threads=threads,
    )  # fmt: skip
    use = records.of_teams("weekly_users")[:, 0, :, -SETTLED:].astype(float)
    share = results.team_sizes / people.n_people if team is None else np.eye(people.n_teams)[team]
    planned, changed_use = (use.mean(axis=2) @ share)[:2]
    with_it, without = (planned, changed_use) if theirs else (changed_use, planned)
    planned_signal, other_signal = (
        np.stack([_mean(signals_of(case, seed, managers)) for seed in seeds[0]])
        for case in (given, other)
    )
    effect = paired_difference(with_it[None], without[None])
    return Coached(managers, not theirs, week, planned_signal, other_signal, effect)


def _mean(signals: Floats) -> Floats:
    """Return the mean over those who lead, week by week; NaN where nobody does."""
    known = np.isfinite(signals)
    total: Floats = np.where(known, signals, 0.0).sum(axis=1)
    with np.errstate(invalid="ignore"):
        mean: Floats = total / known.sum(axis=1)
    return mean


def signals_of(case: Case, seed: np.uint64, managers: Ints) -> Floats:
    """Return what managers signal in each week of a replicate, in [-1, 1].

    The replicate is run week by week, as what a manager is ready for is kept in the state alone.
    NaN while somebody is away, or leads nobody. Shape (weeks, n).

    - ``case``: with one parameter set.
    - ``managers``, shape (n,): rows of people who lead others.
    """
    from sim.engine.memory import column, effect_table_of, memory_of, population_arrays
    from sim.engine.parallel_compile import compile_side_by_side
    from sim.engine.recording import rows_of
    from sim.engine.runs import advance_runs, whole
    from sim.engine.stages import Stage, begin_stage, stages_of
    from sim.outcomes import DRIVERS, OUTCOMES, PERSON_RECORD

    people, weeks = case.organisation, case.weeks
    population, memory = population_arrays(people), memory_of(people.n_people, people.n_teams)
    stage = Stage(1, weeks, population, effect_table_of(case.timeline))
    later = {one.first: one for one in stages_of(population, people, case.timeline, weeks)}
    aside = memory_of(people.n_people, people.n_teams) if later else memory
    compile_side_by_side()

    def advance(first: int, last: int) -> None:
        advance_runs(
            0, 1, *whole(stage.population, begins=last == 0), first, last, stage.population,
            stage.effect_table,
            np.array([0, len(stage.effect_table.effects)]), memory,
            np.ascontiguousarray(case.parameters)[None], case.decides,
            np.array([[seed]], np.uint64),
            np.zeros(last - first, np.bool_), np.zeros((1, last - first, len(OUTCOMES))),
            np.zeros((1, 1, 0, 0), np.float32), rows_of(()),
            np.zeros((1, 1, 0, len(DRIVERS)), np.float32),
            np.zeros((0, last - first, people.n_people, len(PERSON_RECORD)), np.uint8), 0,
        )  # fmt: skip

    advance(0, 0)  # the start alone
    found = np.full((weeks, len(managers)), np.nan)
    for week in range(weeks):
        if week + 1 in later:
            before, stage = stage.population, later[week + 1]
            begin_stage(stage, memory, aside, before, case.parameters.view(np.recarray)[0])
        advance(week, week + 1)
        leads = np.isin(managers, stage.population.managers)
        said = memory.visible[week % 2][managers]
        readiness = column(memory, "readiness")[managers]
        found[week, leads] = [
            manager_signal(float(ready), float(use), float(trust))
            for ready, use, trust in zip(
                readiness[leads], said["use_seen"][leads], said["trust"][leads], strict=True
            )
        ]
    return found


"""Weeks at the end over which use is averaged."""

ABLE = ("considers", "habit", "capability", "fit", "usefulness")
"""What somebody who starts has in full: the habit, the know-how, and the use of it."""


@dataclass(frozen=True, eq=False)
class Following:
    """What follows where some people use the tool from the first week."""

    rows: Ints
    """Who starts."""
    others: Difference
    """How many other people use the tool in a week at the end: with the start less without."""
    began: Difference
    """How many other people have begun to consider it by the end, likewise."""
    by_team: Floats
    """The mean of ``others`` by team, shape (n_teams,)."""
    by_week: Floats
    """How many other people more use the tool in each week; the mean. Shape (weeks,)."""
    case: Case
    """The plan with the start, to run it again."""


def starting(case: Case, timeline: tuple[Placed, ...], rows: Ints) -> Case:
    """Return a case in which some people have access and what is ``ABLE`` from the first week.

    - ``timeline``: the plan of the case, to which their access is added.
    """
    people = case.organisation
    values = dict(people.start_values)
    for name in ABLE:
        column = np.array(values.get(name, np.full(people.n_people, np.nan)), float)
        column[rows] = 1.0
        values[name] = column
    started: Organisation = replace(people, start_values=values)
    whom = Audience.model_validate({"ids": [str(people.ids[row]) for row in rows]})
    access = Placed(Access(start=1, audience=whom), f"timeline[{len(timeline)}].access")
    placed = place((*timeline, access), started, case.weeks)
    return replace(case, organisation=started, timeline=placed)


def following(
    results: Results, scenario: int, rows: Ints, *, replicates: int = 20, threads: int | None = None
) -> Following:
    """Run a plan with and without some people who start, with the same random numbers.

    - ``rows``: who starts; what they do themselves is not counted.
    - ``replicates``: at most this many of the results' replicates, the first ones.
    """
    given = replace(results.case(scenario), parameters=results.parameters[scenario][:1])
    with_start = starting(given, results.scenarios[scenario].timeline, rows)
    seeds = results.seeds[:1, :replicates]
    other = np.ones(results.organisation.n_people, np.bool_)
    other[rows] = False
    first = results.organisation.team_start[:-1]
    (use, began, weekly), (use_with, began_with, weekly_with) = (
        _used(case, seeds, other, first, threads) for case in (given, with_start)
    )
    return Following(
        rows, paired_difference(use_with.sum(axis=1)[None], use.sum(axis=1)[None]),
        paired_difference(began_with[None], began[None]), (use_with - use).mean(axis=0),
        (weekly_with - weekly).mean(axis=0), with_start,
    )  # fmt: skip


def _used(
    case: Case, seeds: Any, counted: Bools, first: Any, threads: int | None
) -> tuple[Floats, ...]:
    """Return users in a week at the end by team, who considers it, and users by week.

    Of those counted; shapes (n_replicates, n_teams), (n_replicates,), (n_replicates, weeks).
    """
    from sim.case import Record, run_cases

    records = run_cases([case], seeds, record=Record(people=True, drivers=False), threads=threads)
    assert records.people is not None
    people = records.people[0, 0]
    used = (people[..., 0] > 0) & counted
    considers = ((people[:, -1, :, 2] & int(Flag.CONSIDERS)) > 0) & counted
    at_end = np.add.reduceat(used[:, -SETTLED:].mean(axis=1), first, axis=1)
    return at_end, considers.sum(axis=1).astype(float), used.sum(axis=2).astype(float)
