"""The answer to a planner: the best plan, its near-ties, what each element is worth, and doubts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from sim.analysis.plan.baselines import Baseline
from sim.analysis.plan.evaluate import Evaluator
from sim.analysis.plan.layout import HOURS, Plan
from sim.analysis.plan.objective import Risk, scores
from sim.analysis.plan.selection import chance_best, fronts, resampled
from sim.results.statistics import Difference, Estimate, estimate, paired_difference

__all__ = ["Contender", "Element", "contenders", "elements"]

Floats = NDArray[np.float64]
T = TypeVar("T")

SHIFT = 4
"""Weeks by which each start is moved, earlier and later."""


@dataclass(frozen=True, eq=False)
class Contender:
    """A plan in the table of the answer.

    Parameters
    ----------
    name : str
    plans : tuple of Plan
        One; several for an average.
    estimates : tuple of Estimate
        Of each objective over the worlds of the report, in its own unit.
    score : float
        Under the attitude to risk, of the first objective; larger is better.
    behind : Difference or None
        What the first objective is short of the best plan's, in the same worlds.
    best, good : float
        Chance to be the best of the plans compared, and to be within the worth of it, by
        resampling the worlds of the final and of the report; NaN for baselines.
    tied : bool
        Whether it cannot be told from the best plan, or is as good for all it is worth.
    on_front : bool
        Of two objectives: whether no other contender is better in both.
    hours, money : float
        Planned in all.
    notes : tuple of str
    """

    name: str
    plans: tuple[Plan, ...]
    estimates: tuple[Estimate, ...]
    score: float
    behind: Difference | None
    best: float
    good: float
    tied: bool
    on_front: bool
    hours: float
    money: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Element:
    """What one element of the best plan is worth.

    Parameters
    ----------
    label : str
    change : str
        Such as ``left out`` or ``4 weeks later``.
    worth : Difference or None
        The best plan less the changed one, in the same worlds; None where it breaks a
        constraint.
    breaks : str
        The constraint it would break.
    """

    label: str
    change: str
    worth: Difference | None
    breaks: str = ""


def contenders(
    evaluator: Evaluator,
    named: Sequence[tuple[str, Plan]],
    simple: Sequence[Baseline],
    worlds: int,
) -> tuple[list[Contender], list[Contender]]:
    """Return plans and baselines lived in worlds that chose none of them.

    Parameters
    ----------
    evaluator : Evaluator
    named : sequence of (str, Plan)
        The best plan first.
    simple : sequence of Baseline
    worlds : int

    Returns
    -------
    plans, baselines : list of Contender
    """
    problem = evaluator.layout.problem
    plans = [plan for _, plan in named]
    all_plans = list(dict.fromkeys([*plans, *(plan for one in simple for plan in one.plans)]))
    values = evaluator.values(all_plans, worlds, "report")
    at = {plan: k for k, plan in enumerate(all_plans)}
    mine = values[:, [at[plan] for plan in plans]]
    final = min(evaluator.known(plan, "final") for plan in plans)
    both = [mine] if not final else [mine, evaluator.values(plans, final, "final")]
    units = evaluator.worlds.units("report", worlds)
    all_units = np.concatenate([units, evaluator.worlds.units("final", final)]) if final else units
    best, good = chance_best(
        np.concatenate(both, axis=2)[0], problem.risk, problem.worth, units=all_units
    )
    front = fronts(scores(mine, problem.risk).T) == 0
    tied = _tied(mine[0], units, problem.risk, problem.worth)
    rows = [
        _contender(evaluator, name, (plan,), mine[:, k], values[0, at[plans[0]]], mine[0], units)
        for k, (name, plan) in enumerate(named)
    ]
    two = len(problem.objectives) > 1
    first = [
        replace(
            row,
            best=float(best[k]),
            good=float(good[k]),
            tied=bool(tied[k]),
            on_front=bool(front[k]) and two,
            behind=None if k == 0 else row.behind,
        )
        for k, row in enumerate(rows)
    ]
    second = []
    for one in simple:
        if not one.plans:
            second.append(_impossible(one, len(problem.objectives)))
            continue
        mean = values[:, [at[plan] for plan in one.plans]].mean(axis=1)
        row = _contender(
            evaluator, one.name, one.plans, mean, values[0, at[plans[0]]], mine[0], units
        )
        second.append(replace(row, notes=one.notes))
    return first, second


def _contender(
    evaluator: Evaluator,
    name: str,
    plans: tuple[Plan, ...],
    values: Floats,
    reference: Floats,
    others: Floats,
    units: NDArray[np.int64],
) -> Contender:
    problem = evaluator.layout.problem
    totals = [evaluator.layout.totals(plan) for plan in plans]
    nan = float("nan")
    field = np.vstack([values[:1], others])
    return Contender(
        name=name,
        plans=plans,
        estimates=tuple(
            estimate(one.sign * value[:, None], units)
            for one, value in zip(problem.objectives, values, strict=True)
        ),
        score=float(scores(field, problem.risk)[0]),
        behind=paired_difference(values[0][:, None], reference[:, None], sets=units),
        best=nan,
        good=nan,
        tied=False,
        on_front=False,
        hours=float(np.mean([total[HOURS] for total in totals])),
        money=float(np.mean([total["money"] for total in totals])),
    )


def _impossible(one: Baseline, objectives: int) -> Contender:
    nan = float("nan")
    nothing = Estimate(nan, nan, nan, nan, nan, nan, 0)
    return Contender(
        one.name,
        (),
        (nothing,) * objectives,
        nan,
        None,
        nan,
        nan,
        False,
        False,
        nan,
        nan,
        one.notes,
    )


def _tied(values: Floats, units: NDArray[np.int64], risk: Risk, worth: float) -> NDArray[np.bool_]:
    """Return which plans cannot be told from the first, or are as good for all it is worth."""
    rng = np.random.default_rng(0)
    tied = np.ones(len(values), np.bool_)
    for row in range(1, len(values)):
        pair = values[[0, row]]
        if risk is Risk.MEAN:
            difference = paired_difference(pair[0][:, None], pair[1][:, None], sets=units)
            low = difference.low
        else:
            chosen = resampled(units, 1000, rng)
            score = scores(np.moveaxis(pair[:, chosen], 0, 1), risk)
            low = float(np.quantile(score[:, 0] - score[:, 1], 0.025))
        point = scores(pair, risk)
        tied[row] = low <= 0 or point[0] - point[1] <= worth
    return tied


def elements(evaluator: Evaluator, plan: Plan, worlds: int, after: int = 0) -> tuple[Element, ...]:
    """Return what each intervention and the waves of a plan are worth, one change at a time.

    Each is left out, and moved by four weeks either way, the others as they are; in the
    worlds of the report. A change that breaks a constraint is not lived, but named. What
    began by the week ``after`` is past, and not looked at.
    """
    changes = _changes(evaluator, plan, after)
    possible = [(label, words, other) for label, words, other, breaks in changes if not breaks]
    values = evaluator.values([plan, *(other for _, _, other in possible)], worlds, "report")[0]
    units = evaluator.worlds.units("report", worlds)
    worth = {
        (label, words): paired_difference(values[0][:, None], values[k + 1][:, None], sets=units)
        for k, (label, words, _) in enumerate(possible)
    }
    return tuple(
        Element(label, words, worth.get((label, words)), breaks)
        for label, words, _, breaks in changes
    )


def _changes(evaluator: Evaluator, plan: Plan, after: int) -> list[tuple[str, str, Plan, str]]:
    """Return label, change, changed plan and the constraint that it breaks, if any."""
    layout, found = evaluator.layout, list[tuple[str, str, Plan, str]]()
    for row, item in enumerate(layout.problem.items):
        if plan.starts[row] <= after:  # left out, or past
            continue
        out = replace(
            plan,
            starts=_with(plan.starts, row, 0),
            doses=_with(plan.doses, row, 0.0),
            rounds=_with(plan.rounds, row, 0),
        )
        found.append((item.label, "left out", out, ""))
        for weeks in (-SHIFT, SHIFT):
            start = plan.starts[row] + weeks
            words = f"{SHIFT} weeks {'earlier' if weeks < 0 else 'later'}"
            moved = replace(plan, starts=_with(plan.starts, row, max(start, 1)))
            breaks = "the run begins" if start < 1 else next(iter(layout.violations(moved)), "")
            found.append((item.label, words, moved, breaks))
    if len(plan.waves) > 1 and not after:
        for words, other in (
            ("everybody at once", replace(plan, waves=((),), gap=0)),
            ("in reverse", replace(plan, waves=plan.waves[::-1])),
        ):
            broken = next(iter(layout.violations(other)), "")
            found.append(("waves", words, other, broken))
    return found


def _with(values: tuple[T, ...], row: int, value: T) -> tuple[T, ...]:
    return (*values[:row], value, *values[row + 1 :])
