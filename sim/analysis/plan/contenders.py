"""The answer to a planner: the best plan, its near-ties, and what each element is worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sim.analysis.plan.baselines import Baseline
from sim.analysis.plan.check import violations
from sim.analysis.plan.evaluate import Evaluator
from sim.analysis.plan.layout import Plan, with_at
from sim.analysis.plan.objective import Risk, scores
from sim.analysis.plan.problem import HOURS, MONEY
from sim.analysis.plan.selection import chance_best, fronts, judged, resampled
from sim.arrays import Floats, Ints
from sim.contrast import INTERVAL, Difference, Estimate, percentiles

SAME = "the same plan as "
"""How the notes of a simple plan begin that is the one shown in full."""
SHIFT = 4
"""Weeks by which each start is moved, earlier and later."""


@dataclass(frozen=True, eq=False)
class Contender:
    """A plan in the table of the answer."""

    name: str
    plans: tuple[Plan, ...]
    """One; several for an average."""
    estimates: tuple[Estimate, ...]
    """Of each objective over the replicates of the report, in its own unit."""
    score: float
    """Under the attitude to risk, of the first objective; larger is better."""
    behind: Difference | None
    """What the first objective is short of the best plan's, in the same replicates."""
    led: Difference | None
    """The same of what the problem is looked at by: see ``PlanProblem.lead``."""
    best: float
    good: float
    """``best``, ``good``: chance to be the best of the plans compared, and to be within the worth
    of it, by resampling the replicates of the report, which chose nothing; NaN for baselines."""
    alike: bool
    """Whether it cannot be told apart from the best plan."""
    small: bool
    """Whether it can, but is behind by no more than what is worth caring for."""
    on_front: bool
    """Of several objectives: whether no plan of the tables is better in one and worse in none."""
    hours: float
    money: float
    """``hours``, ``money``: planned in all."""
    reached: tuple[float, ...] = ()
    """Share of replicates in which each goal is reached."""
    keeps: bool = True
    """Whether it keeps all constraints."""
    notes: tuple[str, ...] = ()
    better: bool = False
    """Whether it is better than the best beyond chance: see ``beats``."""

    @property
    def mark(self) -> str:
        """Its mark beside the best plan: ×, ≈ or <; empty where it is none of these."""
        return mark_of(self.keeps, self.alike, self.small)


def mark_of(keeps: bool, alike: bool, small: bool) -> str:
    """Return × for a broken constraint, ≈ for what cannot be told apart, < for little behind."""
    return "×" if not keeps else "≈" if alike else "<" if small else ""


@dataclass(frozen=True, slots=True)
class Ablation:
    """What one element of the best plan is worth."""

    label: str
    change: str
    """Such as ``left out`` or ``4 weeks later``."""
    worth: Difference | None
    """The best plan less the changed one, in the same replicates; None where it breaks a
    constraint."""
    breaks: str = ""
    """The constraint it would break."""
    plan: Plan | None = None
    """The changed plan, where it keeps all constraints."""
    hours: float = 0.0
    money: float = 0.0
    """``hours``, ``money``: what the best plan takes more than the changed one."""
    better: bool = False
    """Whether the changed plan is better beyond chance, of several objectives than any plan of the
    front: see ``beats``."""


def contenders(
    evaluator: Evaluator, named: Sequence[tuple[str, Plan]], simple: Sequence[Baseline],
    replicates: int, stage: str = "report",
) -> tuple[list[Contender], list[Contender]]:  # fmt: skip
    """Return plans and baselines simulated in replicates that chose none of them.

    - ``named``: the best plan first
    - ``stage``: whose replicates these are
    """
    problem, count = evaluator.layout.problem, evaluator.n_objectives
    plans = [plan for _, plan in named]
    all_plans = list(dict.fromkeys([*plans, *(plan for one in simple for plan in one.plans)]))
    values = evaluator.values(all_plans, replicates, stage)
    at = {plan: k for k, plan in enumerate(all_plans)}
    mine = values[:, [at[plan] for plan in plans]]
    units = evaluator.replicates.units(stage, replicates)
    goals = [(goal.share, goal.reached(its).astype(np.float64))
             for goal, its in zip(problem.goals, mine[count:], strict=True)]  # fmt: skip
    best, good = chance_best(mine[0], problem.risk, problem.worth, units=units, goals=goals)
    front = set[Plan]()
    if count > 1:
        some = [*plans, *(one.plans[0] for one in simple if len(one.plans) == 1 and one.keeps)]
        points = judged(values[:, [at[one] for one in some]], problem).T
        front = {some[k] for k in np.flatnonzero(fronts(points) == 0)}
    names = {plan: name for name, plan in reversed(named)}
    nan = float("nan")

    def row(name: str, some: tuple[Plan, ...], its: Floats, **more: Any) -> Contender:
        totals = [evaluator.layout.totals(plan) for plan in some]
        paid = float(np.mean([evaluator.layout.price(plan) for plan in some]))
        reference = values[:, at[plans[0]]]
        expect = [evaluator.forecast(plan, replicates, stage) for plan in some]
        alike = small = better = False
        if some != (plans[0],):
            alike, small = _beside(evaluator, its[0], reference[0], units)
            better = len(some) == 1 and beats(evaluator, its, reference, units)
        return Contender(
            name=name,
            plans=some,
            estimates=tuple(
                evaluator.estimate(one.sign * (value if k else value + paid), units)
                for k, (one, value) in enumerate(
                    zip(problem.objectives, np.mean(expect, axis=0), strict=False)
                )
            ),
            score=float(scores(np.vstack([its[:1], mine[0]]), problem.risk)[0]),
            behind=evaluator.difference(its[0], reference[0], units),
            led=evaluator.difference(its[problem.lead], reference[problem.lead], units),
            hours=float(np.mean([total[HOURS] for total in totals])),
            money=float(np.mean([total[MONEY] for total in totals])),
            reached=tuple(
                float(np.mean([goal.reached(one[count + k]) for one in expect]))
                for k, goal in enumerate(problem.goals)
            ),
            alike=alike,
            small=small,
            better=better,
            on_front=len(some) == 1 and some[0] in front,
            **{"best": nan, "good": nan} | more,
        )

    first = []
    for k, (name, plan) in enumerate(named):
        one = row(name, (plan,), mine[:, k], best=float(best[k]), good=float(good[k]))
        first.append(one if k else replace(one, behind=None, led=None))
    second = []
    for baseline in simple:
        if not baseline.plans:
            continue
        mean = values[:, [at[plan] for plan in baseline.plans]].mean(axis=1)
        one = row(baseline.name, baseline.plans, mean, keeps=baseline.keeps, notes=baseline.notes)
        if len(baseline.plans) == 1 and baseline.plans[0] in names:
            one = replace(one, notes=(SAME + names[baseline.plans[0]], *baseline.notes))
            if baseline.plans == (plans[0],):
                one = replace(one, behind=None, led=None)
        second.append(one)
    return first, second


def _beside(evaluator: Evaluator, values: Floats, best: Floats, units: Ints) -> tuple[bool, bool]:
    """Return whether a plan cannot be told apart from the best, and whether it is little behind.

    Two things: the first is said of the 95% interval of their difference, the second of a plan
    that can be told apart and is behind by no more than what is worth caring for.
    """
    problem = evaluator.layout.problem
    low, high = ahead_by(evaluator, values, best, units, problem.risk)
    apart = low > 0 or high < 0
    short = scores(np.stack([best, values]), problem.risk)
    return not apart, apart and 0 <= float(short[0] - short[1]) <= problem.worth


def ahead_by(
    evaluator: Evaluator, values: Floats, best: Floats, units: Ints, risk: Risk
) -> tuple[float, float]:
    """Return the 95% interval of how much higher a plan scores than the best."""
    if risk is Risk.MEAN:
        found = evaluator.difference(values, best, units)
        return found.low, found.high
    chosen = resampled(units, 1000, np.random.default_rng(0))
    pair = np.stack([values, best])[:, chosen]
    score = scores(np.moveaxis(pair, 0, 1), risk)
    low, _, high = percentiles(score[:, 0] - score[:, 1], INTERVAL)
    return float(low), float(high)


def beats(
    evaluator: Evaluator, values: Floats, best: Floats, units: Ints, risk: Risk | None = None
) -> bool:
    """Return whether a plan is better than another beyond chance.

    It scores higher under the attitude to risk, and misses no goal more often; or it reaches a
    goal more often that the other misses, and misses none more often; each beyond chance. Of
    several objectives, it is better in one beyond chance, and no worse on average in any other.

    - ``values``, ``best``, shape (n_objectives + n_goals, n_replicates): the same replicates
    - ``risk``: in place of the problem's own
    """
    problem = evaluator.layout.problem
    count, gained = len(problem.objectives), False
    risk = problem.risk if risk is None else risk
    low = max(ahead_by(evaluator, values[k], best[k], units, risk)[0] for k in range(count))
    if count > 1:
        mine, other = judged(np.stack([values, best], axis=1), problem).T
        if (mine < other).any():
            return False
    for goal, its, other in zip(problem.goals, values[count:], best[count:], strict=True):
        reached = goal.reached(other).mean()
        mine, theirs = (goal.reached(one).astype(np.float64) for one in (its, other))
        more = evaluator.difference(mine, theirs, units)
        if more.high < 0 and reached + more.mean < goal.share:
            return False
        gained |= more.low > 0 and reached < goal.share
    return gained or low > 0


def ablations(
    evaluator: Evaluator, plans: Sequence[Plan], replicates: int, after: int = 0,
    stage: str = "report",
) -> tuple[Ablation, ...]:  # fmt: skip
    """Return what each intervention and the waves of a plan are worth, one change at a time.

    Each is left out, and moved by four weeks either way, the others as they are; in the
    replicates of the report. A change that breaks a constraint is not simulated, but named; an
    intervention that may not be left out is, to see what it is worth. What began by the week
    ``after`` is past, and not looked at.

    - ``plans``: the one that is changed first; of several objectives, then the rest of the front
    """
    layout, plan = evaluator.layout, plans[0]
    changes = _changes(evaluator, plan, after)
    simulated = [one for one in changes if not one[3] or one[1] == "left out"]
    others = [other for _, _, other, _ in simulated]
    every = evaluator.values([plan, *others], replicates, stage)
    values = every[layout.problem.lead]
    units = evaluator.replicates.units(stage, replicates)
    front = plans if evaluator.n_objectives > 1 else plans[:1]
    rivals = np.moveaxis(evaluator.values(front, replicates, stage), 1, 0)
    worth = {
        (label, words): evaluator.difference(values[0], values[k + 1], units)
        for k, (label, words, _, _) in enumerate(simulated)
    }
    better = {
        other
        for k, other in enumerate(others, 1)
        if any(beats(evaluator, every[:, k], its, units) for its in rivals)
    }
    total, found = layout.totals(plan), []
    for label, words, other, breaks in changes:
        less = layout.totals(other) if (label, words) in worth else total
        found.append(
            Ablation(
                label, words, worth.get((label, words)), breaks, None if breaks else other,
                total[HOURS] - less[HOURS], total[MONEY] - less[MONEY],
                not breaks and other in better,
            )
        )  # fmt: skip
    return tuple(found)


def _changes(evaluator: Evaluator, plan: Plan, after: int) -> list[tuple[str, str, Plan, str]]:
    """Return label, change, changed plan and the constraint that it breaks, if any."""
    layout, found = evaluator.layout, list[tuple[str, str, Plan, str]]()
    for row, item in enumerate(layout.problem.items):
        if plan.starts[row] <= after:  # left out, or past
            continue
        out = replace(
            plan, starts=with_at(plan.starts, row, 0), doses=with_at(plan.doses, row, 0.0),
            rounds=with_at(plan.rounds, row, 0),
            gaps=with_at(plan.gaps, row, 0) if plan.gaps else (),
        )  # fmt: skip
        found.append((item.label, "left out", out, next(iter(violations(layout, out)), "")))
        for weeks in (-SHIFT, SHIFT):
            start = plan.starts[row] + weeks
            words = f"{SHIFT} weeks {'earlier' if weeks < 0 else 'later'}"
            moved = replace(plan, starts=with_at(plan.starts, row, max(start, 1)))
            breaks = "the run begins" if start < 1 else next(iter(violations(layout, moved)), "")
            found.append((item.label, words, moved, breaks))
    if len(plan.waves) > 1 and not after:
        for words, other in (
            ("everybody at once", replace(plan, waves=((),), gaps=())),
            ("in reverse", replace(plan, waves=plan.waves[::-1])),
        ):
            broken = next(iter(violations(layout, other)), "")
            found.append(("waves", words, other, broken))
    return found
