"""``uptake replan`` in Python: what was measured, and the remaining weeks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.analysis.plan.baselines import Baseline
from sim.analysis.plan.layout import Layout, Plan
from sim.analysis.plan.observed import Observed, Weighed, weigh
from sim.analysis.plan.planning import Planner
from sim.analysis.plan.problem import Item, PlanProblem, Sequence, Waves
from sim.errors import InputError, Problem
from sim.organisation.organisation import Organisation

__all__ = ["CARRY_ON", "prepared", "remaining"]

CARRY_ON = "carry on as planned"
"""Name of the plan that was carried out so far, among the simple plans."""


def remaining(problem: PlanProblem, layout: Layout, plan: Plan, week: int) -> PlanProblem:
    """Return the problem that is left after a week: what has begun is decided.

    What has begun keeps its weeks, dose and rounds, its later waves included; the waves are
    those of the plan once anything in waves has begun. Everything else may be placed anew
    after ``week``, and what was left out may come in.

    Parameters
    ----------
    problem : PlanProblem
    layout : Layout
    plan : Plan
    week : int

    Raises
    ------
    InputError
        Where nothing is left to be decided.
    """
    begun = [row for row, start in enumerate(plan.starts) if 0 < start <= week]
    items = tuple(
        _decided(item, plan, row) if row in begun else _open(item, week)
        for row, item in enumerate(problem.items)
    )
    sequences, later = [], list(items)
    for sequence in problem.sequences:
        past = [row for row in sequence.members if row in begun]
        left = tuple(row for row in sequence.members if row not in begun)
        over = max(
            (plan.starts[row] + plan.offsets(items[row])[-1] + items[row].round_weeks
             for row in past), default=1,
        )  # fmt: skip
        for row in left:
            later[row] = replace(later[row], earliest=max(later[row].earliest, over))
        if len(left) > 1:
            sequences.append(Sequence(left, sequence.gaps))
    if all(len(item.doses) == 1 and (row in begun or item.doses == (0.0,)) for row, item in
           enumerate(later)):  # fmt: skip
        what = f"nothing is left to be decided after week {week}"
        raise InputError([Problem("replan", "", what, "an earlier --week")])
    waves = layout.problem.waves
    if waves is not None and any(problem.items[row].waves for row in begun):
        waves = _decided_waves(waves, plan)
    return replace(problem, items=tuple(later), sequences=tuple(sequences), waves=waves)


def _decided(item: Item, plan: Plan, row: int) -> Item:
    return replace(
        item,
        earliest=plan.starts[row],
        latest=plan.starts[row] + plan.offsets(item)[-1],
        doses=(plan.doses[row],),
        rounds=(plan.rounds[row],),
    )


def _open(item: Item, week: int) -> Item:
    if item.latest <= week and 0.0 in item.doses:
        return replace(item, doses=(0.0,), rounds=item.rounds[:1])
    return replace(item, earliest=max(item.earliest, week + 1))


def _decided_waves(waves: Waves, plan: Plan) -> Waves:
    if len(plan.waves) == 1:
        fixed: tuple[tuple[int, ...], ...] = (tuple(range(len(waves.units))),)
    else:
        fixed = tuple(tuple(waves.names.index(name) for name in wave) for wave in plan.waves)
    return replace(waves, numbers=(len(fixed),), gaps=(plan.gap or waves.gaps[0],), fixed=fixed)


def prepared(
    problem: PlanProblem,
    organisation: Organisation,
    rows: NDArray[np.void],
    plan: Plan,
    observed: Observed,
    *,
    week: int | None = None,
    runs: int = 12_000,
    worlds: int = 200,
    seed: int = 0,
    by: str = "optuna",
    folder: Path | None = None,
    threads: int | None = None,
) -> tuple[Planner, Weighed]:
    """Weigh the posterior by what was measured, and make ready to plan the remaining weeks.

    Parameters
    ----------
    problem, organisation, rows
        As the plan was made with.
    plan : Plan
        What was carried out so far.
    observed : Observed
    week : int, optional
        The last week that is past; the last one measured by default.
    runs, worlds, seed, by, folder, threads
        As for ``plan``.

    Returns
    -------
    Planner
        Its ``answer()`` is the new plan; among its simple plans is ``CARRY_ON``.
    Weighed

    Raises
    ------
    InputError
        Where nothing is left to be decided, or no plan keeps the constraints any more.
    """
    now = observed.week if week is None else week
    before = Planner(problem, organisation, rows, seed, runs, worlds, by, None, threads)
    weighed = weigh(before.evaluator, plan, observed, seed)
    left = remaining(problem, before.layout, plan, now)
    planner = Planner(
        left, organisation, weighed.rows, seed, runs, worlds, by, folder, threads, weighed.seeds
    )
    planner.simple = (Baseline(CARRY_ON, (plan,)), *planner.simple)
    planner.observed, planner.now = observed.series(), now
    return planner, weighed
