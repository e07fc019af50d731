"""Which single changes of a plan are worth most to everybody, and what each costs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sim.analysis.attribution.reruns import Change, changes
from sim.analysis.attribution.why import everyone, first_replicates
from sim.arrays import Floats
from sim.contrast import LEVEL, Difference, paired_difference
from sim.interventions.timeline import Placed, audience_of, place
from sim.organisation.organisation import Organisation
from sim.outcomes import Outcome
from sim.results import Results
from sim.results.series import HEADLINE, run_figures


@dataclass(frozen=True)
class Worth:
    """What a change would do for everybody, and cost."""

    change: Change
    effect: Difference
    """Of the level of weekly use (``HEADLINE``): with the change less without it, replicate by
    replicate. The interval holds for all changes tried at once (Bonferroni)."""
    hours: float
    money: float
    """``hours``, ``money``: more (or fewer) than without it, of all people and the whole run; hours
    are a mean."""
    values: Floats = field(repr=False, compare=False)
    """The effect in each replicate, shape (n_sets, n_seeds)."""


def worth(
    results: Results,
    scenario: int,
    *,
    replicates: int = 20,
    week: int = 9,
    how: Sequence[str] | None = None,
    threads: int | None = None,
    going: Callable[[], bool] = lambda: True,
) -> tuple[Worth, ...] | None:
    """Run every single change of a plan for everybody again, and rank them by weekly use.

    Parameters
    ----------
    results : Results
        Its people, replicates and parameters are used again.
    scenario : int
        Which of its plans.
    replicates : int
        At most this many replicates, the first ones.
    week : int
        When something is added.
    how : sequence of str, optional
        Which kinds of change are tried (``Change.how``); all by default.
    going : callable
        Asked before each change whether to go on.

    Returns
    -------
    tuple of Worth, or None
        All changes, the largest rise first; None where it was told to stop.
    """
    from sim.case import Record, run_cases

    plan, people, weeks = results.scenarios[scenario], results.organisation, results.weeks
    parameters, seeds = first_replicates(results, scenario, replicates)
    given = replace(results.case(scenario), parameters=parameters)
    bare = Record(teams=False, people=False, drivers=False)

    def run(timeline: tuple[Placed, ...]) -> tuple[Floats, float]:
        case = replace(given, timeline=place(timeline, people, weeks))
        weekly = run_cases([case], seeds, record=bare, threads=threads).weekly[0]
        hours = float(weekly[..., -1, Outcome["hours"]].mean()) * people.n_people
        return run_figures(weekly)[HEADLINE], hours

    every = changes(plan.timeline, everyone(results), people, weeks, week=week)
    tried = [one for one in every if how is None or one.how in how]
    base, base_hours = run(plan.timeline)
    base_money = _money(plan.timeline, people, weeks)
    level = 1 - (1 - LEVEL) / max(1, len(tried))
    found = []
    for change in tried:
        if not going():
            return None
        values, hours = run(change.timeline)
        effect = paired_difference(values, base, level)
        money = _money(change.timeline, people, weeks) - base_money
        found.append(Worth(change, effect, hours - base_hours, money, values - base))
    return tuple(sorted(found, key=lambda one: -one.effect.mean))


def _money(timeline: tuple[Placed, ...], people: Organisation, weeks: int) -> float:
    """Return the money that a timeline says its entries cost, over all who are meant."""
    total = 0.0
    for placed in timeline:
        one: Any = placed.intervention
        audience = audience_of(placed)
        if audience is not None and hasattr(one, "total_money"):
            total += one.total_money(weeks) * int(audience.members(people).sum())
    return total
