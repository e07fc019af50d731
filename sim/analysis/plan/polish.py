"""Changing a plan for as long as a change of one thing, or of two, makes it better."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from sim.analysis.plan.evaluate import Evaluator, RunsSpentError
from sim.analysis.plan.layout import Plan
from sim.analysis.plan.selection import order
from sim.analysis.plan.space import PlanChange, Space

__all__ = ["polish"]

T = TypeVar("T")

LADDER = (8, 24, 72)
"""Replicates in which the changes of a plan are compared, fewer of them each time."""


def polish(
    space: Space,
    evaluator: Evaluator,
    plan: Plan,
    until: int,
    seed: int,
    stage: str,
    known: Collection[Plan] = (),
) -> Plan:
    """Change a plan for as long as a change of one thing or of two makes it better.

    Every single change is simulated in replicates of this stage; the more promising, the more
    of them. The best that is better beyond noise is taken, alone or with the next. Plans that
    are ``known`` are not tried.
    """
    rng = np.random.default_rng([seed, 6])
    tried: set[Plan] = set(known)
    while evaluator.runs < until:
        near = dict[Plan, PlanChange]()
        for change in space.changes(plan, rng):
            other = space.mend(change)
            if other is not None and other not in near and other != plan:
                near[other] = change
        new = {other: change for other, change in near.items() if other not in tried}
        tried.update(new)
        better = _climbed(space, evaluator, plan, new, until, stage)
        if better is None:
            break
        plan = better
    return plan


def _climbed(
    space: Space,
    evaluator: Evaluator,
    plan: Plan,
    near: dict[Plan, PlanChange],
    until: int,
    stage: str,
) -> Plan | None:
    """Return the best of some changes of a plan, or of two of them, that is better than it."""
    problem, left, ahead = evaluator.layout.problem, list(near), list[Plan]()
    try:
        for k, replicates in enumerate(LADDER):
            room = (until - evaluator.runs) // replicates
            if room < 2 or not left:
                break
            left = left[:room] if k == 0 else left
            values = evaluator.values([plan, *left], replicates, stage)
            at = [int(i) for i in order(values, problem)]
            ahead = [left[i - 1] for i in at[: at.index(0)]]
            stay = max(3, int(len(left) * 0.25))
            left = [left[i - 1] for i in at if i][:stay]
            if k == 1:
                left += [
                    both
                    for both in _both(space, plan, [near[one] for one in ahead[:4] if one in near])
                    if both not in near
                ]
    except RunsSpentError:
        pass
    return ahead[0] if ahead and evaluator.known(ahead[0], stage) > LADDER[0] else None


def _both(space: Space, plan: Plan, changes: Sequence[PlanChange]) -> list[Plan]:
    """Return plans with two of the most promising changes each."""
    found = []
    for k, one in enumerate(changes):
        for other in changes[k + 1 :]:
            if one.label == other.label or {one.label, other.label} & {"waves"}:
                continue
            joined = _joined(plan, one.plan, other.plan)
            both = PlanChange("", "", joined, (*one.rows, *other.rows))
            if (mended := space.mend(both)) is not None:
                found.append(mended)
    return found


def _joined(plan: Plan, one: Plan, other: Plan) -> Plan:
    def pick(a: tuple[T, ...], b: tuple[T, ...], c: tuple[T, ...]) -> tuple[T, ...]:
        return tuple(y if y != x else z for x, y, z in zip(a, b, c, strict=True))

    return replace(
        plan,
        starts=pick(plan.starts, one.starts, other.starts),
        doses=pick(plan.doses, one.doses, other.doses),
        rounds=pick(plan.rounds, one.rounds, other.rounds),
        gaps=pick(plan.gaps, one.gaps, other.gaps) if plan.gaps else (),
    )
