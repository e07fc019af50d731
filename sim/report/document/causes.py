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
    n_simulations,
    reruns_of_all,
    team_of,
    why,
)
from sim.contrast import LEVEL, Difference, paired_difference
from sim.results import Results
from sim.results.margin import rule

__all__ = ["STALLED", "Causes", "apart", "causes_of"]

STALLED = 3
"""So many teams are explained in words at most: the lowest of those that stand below the rest."""

OFTEN = 0.8
"""A team stands apart only where it does so in this share of replicates or more."""


@dataclass(frozen=True, eq=False)
class Causes:
    """What was found of every team of five people or more.

    Parameters
    ----------
    stalled : tuple of int
        Rows of the teams that stand below the rest under the leading plan beyond chance, the
        lowest first; often none.
    whys : dict
        By plan and row of a team: one ``Why`` a checkpoint.
    reruns : dict
        By plan and row of a team: its single changes, for as many teams as there was time
        for, those with the lowest use first.
    """

    stalled: tuple[int, ...]
    whys: Mapping[tuple[int, int], tuple[Why, ...]]
    reruns: Mapping[tuple[int, int], Reruns]


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
        The plan whose stalled teams are found in any case.
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
    ruled = apart(results, leading)
    below = [one for one in lowest[leading] if ruled.get(one.team) == "below"][:STALLED]
    simulations = person_weeks // (replicates * results.weeks * results.organisation.n_people)
    served = _served(results, list(lowest.values()), simulations)
    found: dict[tuple[int, int], Reruns] = {}
    for plan in plans:
        asked = lowest[plan][:served]
        asked += [one for one in below if plan == leading and one not in asked]
        if asked:
            tried = reruns_of_all(results, plan, asked, replicates=replicates, threads=threads)
            found |= {(plan, one.subject.team): one for one in tried}
    checkpoints = recorded[leading].checkpoint_weeks
    whys = {
        (plan, one.team): tuple(
            why(results, plan, one, week=week, recorded=recorded[plan]) for week in checkpoints
        )
        for plan in plans
        for one in sorted(lowest[plan], key=lambda one: one.team)
    }
    return Causes(tuple(one.team for one in below), whys, found)


def apart(results: Results, plan: int) -> dict[int, str]:
    """Return the teams that stand apart from the rest under a plan: ``below`` or ``above``.

    A team stands apart where its habitual users in the last week, less those of all other teams
    that are shown, differ by what matters, beyond what chance would do to any of this many teams
    (Bonferroni), and lie on one side in most replicates: what holds of the mean of many replicates
    alone says nothing of a firm that lives once.

    Returns
    -------
    dict of int to str
        By row of a team; teams that do not stand apart are not in it.
    """
    shown = results.shown_teams
    if len(shown) < 2:
        return {}
    values = results.team("habitual")[plan, ..., -1, :][..., shown]
    sizes = results.team_sizes[shown].astype(np.float64)
    total, level = (values * sizes).sum(axis=-1), 1 - (1 - LEVEL) / len(shown)
    found: dict[int, str] = {}
    for place, row in enumerate(shown.tolist()):
        rest = (total - values[..., place] * sizes[place]) / (sizes.sum() - sizes[place])
        side = _side(paired_difference(values[..., place], rest, level), results.margin)
        if side:
            found[row] = side
    return found


def _side(d: Difference, margin: float) -> str:
    ruling = rule(d, margin)
    if ruling == "behind" and d.behind >= OFTEN:
        return "below"
    return "above" if ruling == "ahead" and d.ahead >= OFTEN else ""


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
