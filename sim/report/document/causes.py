"""Why every team stands where it does under every plan: from the run, and by re-runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sim.analysis.attribution import (
    PersonWeeks,
    Reruns,
    Subject,
    Why,
    everyone,
    n_simulations,
    reruns_of_all,
    team_of,
    why,
)
from sim.results import Results

__all__ = ["STALLED", "Causes", "causes_of"]

STALLED = 3
"""So many teams are explained in words: those with the lowest use under the leading plan."""


@dataclass(frozen=True, eq=False)
class Causes:
    """What was found of every team of five people or more.

    Parameters
    ----------
    stalled : tuple of int
        Rows of the teams with the lowest use under the leading plan, the lowest first.
    whys : dict
        By plan and row of a team: one ``Why`` a checkpoint.
    reruns : dict
        By plan and row of a team: its single changes, for as many teams as there was time
        for, those with the lowest use first.
    everyone : Reruns
        Single changes of the leading plan, for the whole organisation.
    """

    stalled: tuple[int, ...]
    whys: Mapping[tuple[int, int], tuple[Why, ...]]
    reruns: Mapping[tuple[int, int], Reruns]
    everyone: Reruns


def causes_of(
    results: Results,
    leading: int,
    recorded: Sequence[PersonWeeks],
    *,
    replicates: int,
    person_weeks: int,
    threads: int | None = None,
) -> Causes:
    """Ask of every team, under every plan, why; and simulate its single changes again.

    Parameters
    ----------
    leading : int
        The plan whose stalled teams, and whose changes for everyone, are found in any case.
    recorded : sequence of PersonWeeks
        Each plan simulated again.
    replicates : int
        Replicates of each re-run.
    person_weeks : int
        So much is simulated for re-runs at most, besides what is found in any case. The same
        number of teams is served under every plan.
    """
    plans = range(len(results.names))
    lowest = {plan: _lowest_first(results, plan) for plan in plans}
    stalled = tuple(one.team for one in lowest[leading][:STALLED])
    simulations = person_weeks // (replicates * results.weeks * results.organisation.n_people)
    served = _served(results, list(lowest.values()), simulations)
    found: dict[tuple[int, int], Reruns] = {}
    for plan in plans:
        asked = lowest[plan][: max(served, STALLED if plan == leading else 0)]
        also = [everyone(results)] if plan == leading else []
        if not (subjects := [*also, *asked]):
            continue
        tried = reruns_of_all(results, plan, subjects, replicates=replicates, threads=threads)
        found |= {(plan, one.subject.team): one for one in tried}
    for_all = found.pop((leading, everyone(results).team))
    checkpoints = recorded[leading].checkpoint_weeks
    whys = {
        (plan, one.team): tuple(
            why(results, plan, one, week=week, recorded=recorded[plan]) for week in checkpoints
        )
        for plan in plans
        for one in sorted(lowest[plan], key=lambda one: one.team)
    }
    return Causes(stalled, whys, found, for_all)


def _lowest_first(results: Results, plan: int) -> list[Subject]:
    """Return the teams that are shown, those with the lowest use under a plan first."""
    shown = results.shown_teams
    means = results.team("habitual")[plan, :, :, -1].mean(axis=(0, 1))[shown]
    order = shown[np.argsort(means, kind="stable")]
    return [team_of(results, results.organisation.teams[row]) for row in order]


def _served(results: Results, lowest: list[list[Subject]], simulations: int) -> int:
    """Return of how many teams, under every plan, the changes fit into this many simulations."""
    counts = [
        n_simulations(results, plan, asked[:simulations]) for plan, asked in enumerate(lowest)
    ]
    return sum(sum(together) <= simulations for together in zip(*counts, strict=True))
