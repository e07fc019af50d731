"""Shadow prices: each limit relaxed by one unit, and the rollout planned again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from sim.analysis.plan.evaluate import Evaluator
from sim.analysis.plan.layout import Layout, Plan
from sim.analysis.plan.polish import polish
from sim.analysis.plan.problem import HOURS, Limit, PlanProblem
from sim.analysis.plan.space import Space
from sim.contrast import Difference

LONGER = 2
"""Weeks by which a longer run is tried."""

RUNS = 1_500
"""Runs for planning again with one limit looser, at most."""


@dataclass(frozen=True, slots=True)
class Price:
    """What one limit a little looser would bring.

    Parameters
    ----------
    words : str
        Such as ``trainers +1 a week``.
    gain : Difference or None
        The plan made with it less the best one, in the same replicates; None where it allows
        no change that was tried.
    """

    words: str
    gain: Difference | None
    plan: Plan | None


def _looser(problem: PlanProblem) -> Iterator[tuple[str, PlanProblem]]:
    """Yield each limit looser by a unit that a planner would ask for, and a longer run."""
    for k, limit in enumerate(problem.limits):
        if not limit.hard:
            continue
        by = _unit(limit)
        limits = (*problem.limits[:k], limit.looser(by), *problem.limits[k + 1 :])
        often = "" if limit.budget else " a week"
        yield f"{limit.what} +{by:,.6g}{often}", replace(problem, limits=limits)
    objectives = tuple(
        one.model_copy(update={"at": one.at + LONGER}) if one.at else one
        for one in problem.objectives
    )
    weeks = problem.weeks + LONGER
    items = tuple(
        replace(i, latest=i.latest + LONGER if i.latest == problem.weeks else i.latest)
        for i in problem.items
    )
    yield f"weeks +{LONGER}", replace(problem, weeks=weeks, items=items, objectives=objectives)


def _unit(limit: Limit) -> float:
    """Return one of a few, a hundred of many: a tenth at most of thousands."""
    most = max(amount for _, amount in limit.amounts)
    if limit.name == HOURS:
        return 100.0 if limit.budget else float(max(1, round(most / 10)))
    return 1.0 if most < 100 else float(10 ** (int(np.log10(most)) - 1))


def prices(
    space: Space, evaluator: Evaluator, best: Plan, replicates: int, seed: int,
    stage: str = "report", runs: int = RUNS,
) -> tuple[Price, ...]:  # fmt: skip
    """Return what each limit a little looser would bring, by changing the best plan anew.

    Parameters
    ----------
    runs : int
        For each.
    """
    layout, found = evaluator.layout, list[Price]()
    rng = np.random.default_rng([seed, 8])
    allowed = {change.plan for change in space.changes(best, rng) if layout.keeps(change.plan)}
    whole = evaluator.values([best], replicates, stage)[0, 0]
    units = evaluator.replicates.units(stage, replicates)
    for words, problem in _looser(layout.problem):
        other = Layout(problem, layout.organisation)
        wider = Space(other, space)
        its = Evaluator(other, evaluator.replicates, threads=evaluator.threads)
        its.effective = evaluator.effective
        longer = problem.weeks != layout.problem.weeks
        known = set[Plan]() if longer else allowed
        plan = polish(wider, its, best, runs, seed, "price", known=known)
        gain = None
        if plan != best or longer:
            value = its.values([plan], replicates, stage)[0, 0]
            gain = evaluator.difference(value, whole, units)
        evaluator.runs += its.runs
        if evaluator.progress is not None:
            evaluator.progress(its.runs)
        found.append(Price(words, gain, plan if plan != best else None))
    return tuple(found)
