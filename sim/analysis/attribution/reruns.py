"""Counterfactual re-runs: single changes of a plan, lived with the same luck, and ranked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.analysis.attribution.changes import Change, changes
from sim.analysis.attribution.subject import EVERYONE, Subject, some_worlds
from sim.outcomes import Outcome
from sim.results import Results
from sim.results.statistics import LEVEL, Difference, Estimate, estimate, paired_difference

if TYPE_CHECKING:
    from sim.engine.compiled import Records

__all__ = ["Rerun", "Reruns", "reruns"]


@dataclass(frozen=True)
class Rerun:
    """One change, lived again in the same worlds.

    Parameters
    ----------
    change : Change
    level : Estimate
        Share of habitual users in the last week, with the change.
    effect : Difference
        With the change less without it, world by world. The interval holds for all
        changes tried at once (Bonferroni), so that the largest may be read as it stands.
    """

    change: Change
    level: Estimate
    effect: Difference


@dataclass(frozen=True)
class Reruns:
    """All changes tried for a team or person under a plan.

    Parameters
    ----------
    subject : Subject
    plan : str
    base : Estimate
        Share of habitual users in the last week, without a change.
    ranked : tuple of Rerun
        The largest rise first.
    worlds : int
    """

    subject: Subject
    plan: str
    base: Estimate
    ranked: tuple[Rerun, ...]
    worlds: int

    @property
    def helpful(self) -> tuple[Rerun, ...]:
        """Those whose interval lies above 0."""
        return tuple(one for one in self.ranked if one.effect.low > 0)


def reruns(
    results: Results,
    scenario: int,
    subject: Subject,
    *,
    worlds: int = 20,
    week: int = 9,
    threads: int | None = None,
) -> Reruns:
    """Live every single change of a plan with the same luck, in one call of the engine.

    Parameters
    ----------
    results : Results
        Of ``sim.compare`` or ``sim.run``; its people, worlds and parameters are lived again.
    scenario : int
        Which of its plans.
    subject : Subject
        See ``team_of`` and ``person_of``.
    worlds : int
        At most so many of the results' worlds, the first ones.
    week : int
        When something is added.
    threads : int, optional

    Returns
    -------
    Reruns
        The same for the same results and ``worlds``, whatever ``threads``.
    """
    from sim.engine.compiled import Programme, Record, simulate
    from sim.interventions.timeline import place

    plan, people = results.scenarios[scenario], results.organisation
    tried = changes(plan.timeline, subject, people, results.weeks, week=week)
    given = Programme.of(plan, people, results.weeks, results.overrides)
    parameters, seeds = some_worlds(results, scenario, worlds)
    given = replace(given, parameters=parameters)
    programmes = [given] + [
        replace(given, name=one.said, timeline=place(one.timeline, people, results.weeks))
        for one in tried
    ]
    of_team = not subject.person and subject.team != EVERYONE and ("habitual",)
    records = simulate(
        people,
        programmes,
        seeds,
        results.weeks,
        record=Record(teams=of_team, people=subject.person),
        threads=threads,
    )
    values = _habitual(records, subject)
    level = 1 - (1 - LEVEL) / max(1, len(tried))
    found = [
        Rerun(change, estimate(values[i]), paired_difference(values[i], values[0], level))
        for i, change in enumerate(tried, start=1)
    ]
    found.sort(key=lambda one: -one.effect.mean)
    return Reruns(subject, results.names[scenario], estimate(values[0]), tuple(found),
                  values[0].size)  # fmt: skip


def _habitual(records: Records, subject: Subject) -> NDArray[np.float64]:
    """Return the share of habitual users in the last week; shape (C, P, S)."""
    values: NDArray[np.float64]
    if subject.person:
        assert records.people is not None
        use_days = records.people[..., -12:, subject.rows[0], 0]
        values = ((use_days > 0).sum(axis=-1) >= 9).astype(np.float64)
    elif subject.team == EVERYONE:
        values = records.weekly[..., -1, Outcome["habitual"]]
    else:
        values = records.of_teams("habitual")[..., -1, subject.team].astype(np.float64)
    return values
