"""Changing a plan for as long as it gets better; plans that a fitted guess holds to be the best."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from sim.analysis.plan.check import keeps
from sim.analysis.plan.evaluate import Evaluator, RunsSpentError
from sim.analysis.plan.layout import Plan
from sim.analysis.plan.options import Option
from sim.analysis.plan.problem import PlanProblem
from sim.analysis.plan.selection import Influence, order
from sim.analysis.plan.space import DRAW, PlanChange, Space
from sim.analysis.plan.surrogate import Evidence, PlanGuess
from sim.arrays import Floats, Ints

T = TypeVar("T")

LADDER = (8, 24, 72)
"""Replicates in which the changes of a plan are compared, fewer of them each time."""
LIKELY = 16
"""Changes of one thing or of two that are tried at a time, where a guess tells which."""
OTHERS = 6
"""Other waves that are looked at, and tried, at a time beside them."""


def polish(
    space: Space, evaluator: Evaluator, plan: Plan, until: int, seed: int, stage: str,
    evidence: Evidence | None = None, known: Collection[Plan] = (),
    rank: Callable[[Floats, PlanProblem], Ints] = order,
) -> Plan:  # fmt: skip
    """Change a plan for as long as a change of one thing or of two makes it better.

    Changes are simulated in replicates of this stage; the more promising, the more of them.

    - ``evidence``: what is known of other plans: where given, the changes are those that are likely
      to be better, and what is found is added. All single changes otherwise.
    - ``known``: plans that are not tried.
    - ``rank``: what is better, as ``order``; the plan that is changed comes first in the values.
    """
    rng = np.random.default_rng([seed, 6])
    tried: set[Plan] = set(known)
    while evaluator.runs < until:
        near = dict[Plan, PlanChange]()
        if evidence:
            near = dict.fromkeys(_likely(space, plan, evidence, rng), PlanChange("", "", plan, ()))
        else:
            for change in space.changes(plan, rng):
                other = space.mend(change)
                if other is not None and other not in near and other != plan:
                    near[other] = change
        new = {other: change for other, change in near.items() if other not in tried}
        tried.update(new)
        better = (
            _learnt(evaluator, plan, list(new), until, stage, evidence)
            if evidence
            else _climbed(space, evaluator, plan, new, until, stage, rank)
        )
        if better is None:
            break
        plan = better
    return plan


def _likely(
    space: Space, plan: Plan, evidence: Evidence, rng: np.random.Generator
) -> Iterator[Plan]:
    """Yield plans likely to be better: one or two changes away, as many as help, in other waves."""
    guess = evidence.guess()
    guesses = guess.leanings()
    for one in guesses:
        yield from steps(space, plan, one, LIKELY // len(guesses))
    mended = (space.mend(change) for change in
              (*space.stagings(plan, rng), *space.orders(plan, rng)))  # fmt: skip
    others = [*_elsewhere(space, plan, evidence, guess), *(one for one in mended if one)]
    found = (improved(space, one, by) for one in (plan, *_best(guess, others)) for by in guesses)
    yield from _best(guess, [one for one in found if one is not None and one != plan])


def _best(guess: PlanGuess, plans: Sequence[Plan]) -> list[Plan]:
    """Return the few plans that a guess holds to be the best."""
    found = list(dict.fromkeys(plans))
    at = np.argsort(-guess.of(found), kind="stable")[:OTHERS] if found else ()
    return [found[k] for k in at]


def _elsewhere(space: Space, plan: Plan, evidence: Evidence, guess: PlanGuess) -> list[Plan]:
    """Return the likely best plan of each other number of waves and weeks between them."""
    known = evidence.plans
    best: dict[tuple[int, int], Plan] = {}
    for k in np.argsort(-guess.of(known), kind="stable"):
        best.setdefault((len(known[k].waves), space.gap(known[k])), known[k])
    best.pop((len(plan.waves), space.gap(plan)), None)
    return list(best.values())


def _climbed(
    space: Space, evaluator: Evaluator, plan: Plan, near: dict[Plan, PlanChange], until: int,
    stage: str, rank: Callable[[Floats, PlanProblem], Ints],
) -> Plan | None:  # fmt: skip
    """Return the best of some changes of a plan, or of two of them, that is better than it."""
    problem, left, ahead = evaluator.layout.problem, list(near), list[Plan]()
    try:
        for k, replicates in enumerate(LADDER):
            room = (until - evaluator.runs) // replicates
            if room < 2 or not left:
                break
            left = left[:room] if k == 0 else left
            values = evaluator.values([plan, *left], replicates, stage)
            at = [int(i) for i in rank(values, problem)]
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


def _learnt(
    evaluator: Evaluator, plan: Plan, near: Sequence[Plan], until: int, stage: str,
    evidence: Evidence,
) -> Plan | None:  # fmt: skip
    """Return the best of some plans near another, by all that is known; None if none is better.

    What is found is added to what is known.
    """
    counts = learn(evaluator, [plan, *near], until, stage, evidence)
    tested = [one for one, n in counts.items() if n > LADDER[0]]
    value = evidence.guess().of([plan, *tested])
    best = int(value.argmax())
    return tested[best - 1] if best else None


def learn(
    evaluator: Evaluator, plans: Sequence[Plan], until: int, stage: str, evidence: Evidence,
    ladder: Sequence[int] = LADDER,
) -> dict[Plan, int]:  # fmt: skip
    """Add to what is known what plans gain on the first, simulating the likely best most often.

    Returns
    -------
    dict of Plan to int
        Replicates of each plan but the first.
    """
    plan, *left = plans
    influence = evidence.influence or Influence(evaluator.layout.problem)
    at, first = evidence.guess().channels([plan]), evidence.copy()
    counts = dict[Plan, int]()
    for replicates in ladder:
        left = left[: max(0, (until - evaluator.runs) // replicates - 1)]
        try:
            values = evaluator.values([plan, *left], replicates, stage)
        except RunsSpentError:
            break
        if not left:
            break
        counts |= dict.fromkeys(left, replicates)
        best = values[0].max(axis=0)
        whole = influence.of(values[:, :1], best)[:, 0]
        means, spread = dict[Plan, Floats](), np.zeros(len(whole))
        for n in dict.fromkeys(counts.values()):
            alike = [one for one, its in counts.items() if its == n]
            gains = influence.of(evaluator.values(alike, n, stage), best[:n]) - whole[:, None, :n]
            spread += gains.var(axis=2, ddof=1).sum(axis=1) / len(counts)
            means |= dict(zip(alike, gains.mean(axis=2).T, strict=True))
        evidence.take(first)
        evidence.add(
            list(counts), at + np.array([means[one] for one in counts]).T,
            spread[:, None] / np.array([*counts.values()]),
        )  # fmt: skip
        stay = max(3, int(len(left) * 0.25))
        left = [left[k] for k in np.argsort(-evidence.guess().of(left), kind="stable")[:stay]]
    return counts


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


def improved(space: Space, base: Plan, guess: PlanGuess) -> Plan | None:
    """Return the best plan that a guess finds from a plan in its waves."""
    settled = space.settled(base.waves, space.gap(base))
    if settled is None:
        return None
    worth, chosen = guess.worth(settled), settled.chosen(base)
    if space.in_sequence:  # what follows each other is the program's to order
        at, gains = settled.choices.at, worth.gains(chosen)

        def cost(row: int, option: Option) -> float:
            k = at[row].get(option)
            return 1e3 if k is None else -float(gains[row, k])

        count = len(base.waves)
        program = space.program(count, base.waves if count > 1 else None)
        return program.solve(cost, work=DRAW, hint=base).plan
    found = settled.plan(settled.improved(chosen, worth))
    return found if keeps(space.layout, found) else None


def steps(space: Space, plan: Plan, guess: PlanGuess, most: int) -> list[Plan]:
    """Return plans one or two changes away that a guess holds to be the best."""
    settled = space.settled(plan.waves, space.gap(plan))
    if settled is None:
        return []
    found = settled.steps(settled.chosen(plan), guess.worth(settled), most)
    plans = [settled.plan(one) for one in found]
    return [one for one in plans if one != plan and keeps(space.layout, one)]
