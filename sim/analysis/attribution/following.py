"""If these people start, who follows: a plan run again in which they use the tool at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.contrast import Difference, paired_difference
from sim.interventions.audience import Audience
from sim.interventions.policies import Access
from sim.interventions.timeline import Placed, place
from sim.state import Flag

if TYPE_CHECKING:
    from sim.case import Case
    from sim.organisation.organisation import Organisation
    from sim.results import Results

__all__ = ["Following", "following", "starting"]

SETTLED = 4
"""Weeks at the end over which use is averaged."""

ABLE = ("considers", "habit", "capability", "fit", "usefulness")
"""What somebody who starts has in full: the habit, the know-how, and the use of it."""


@dataclass(frozen=True, eq=False)
class Following:
    """What follows where some people use the tool from the first week.

    Parameters
    ----------
    rows : int64 array
        Who starts.
    others : Difference
        How many other people use the tool in a week at the end: with the start less without.
    began : Difference
        How many other people have begun to consider it by the end, likewise.
    by_team : float64 array, shape (n_teams,)
        The mean of ``others`` by team.
    by_week : float64 array, shape (weeks,)
        How many other people more use the tool in each week; the mean.
    case : Case
        The plan with the start, to run it again.
    """

    rows: NDArray[np.int64]
    others: Difference
    began: Difference
    by_team: NDArray[np.float64]
    by_week: NDArray[np.float64]
    case: Case


def starting(case: Case, timeline: tuple[Placed, ...], rows: NDArray[np.int64]) -> Case:
    """Return a case in which some people have access and what is ``ABLE`` from the first week.

    Parameters
    ----------
    timeline : tuple of Placed
        The plan of the case, to which their access is added.
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
    results: Results,
    scenario: int,
    rows: NDArray[np.int64],
    *,
    replicates: int = 20,
    threads: int | None = None,
) -> Following:
    """Run a plan with and without some people who start, with the same random numbers.

    Parameters
    ----------
    rows : int64 array
        Who starts; what they do themselves is not counted.
    replicates : int
        At most this many of the results' replicates, the first ones.
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
        rows,
        paired_difference(use_with.sum(axis=1)[None], use.sum(axis=1)[None]),
        paired_difference(began_with[None], began[None]),
        (use_with - use).mean(axis=0),
        (weekly_with - weekly).mean(axis=0),
        with_start,
    )


def _used(
    case: Case, seeds: Any, counted: NDArray[np.bool_], first: Any, threads: int | None
) -> tuple[NDArray[np.float64], ...]:
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
