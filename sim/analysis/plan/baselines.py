"""Simple plans that every answer is set against, from the problem's own interventions.

They are no part of the search, which knows nothing of kinds of intervention.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.analysis.plan.layout import Plan, Wish
from sim.analysis.plan.problem import Item
from sim.analysis.plan.space import EVERYBODY, Space, Staging
from sim.interventions.audience import Audience

__all__ = ["RANDOM_ORDERS", "Baseline", "baselines"]

RANDOM_ORDERS = 12
"""Plans of the baseline ``random order``, which is their average."""

TRAINING = ("generic training", "role-specific practice", "capability conversation")
TRUST = (
    "loyalty conversation",
    "identity conversation",
    "job-security account",
    "psychological safety ritual",
)
TOOLS = ("access", "mandate", "showcase early adopters", *TRAINING)
MANAGERS, LEADERS = "managers", "informal leaders"


@dataclass(frozen=True, slots=True)
class Baseline:
    """A simple plan.

    Parameters
    ----------
    name : str
    plans : tuple of Plan
        One, or several whose average it is; none where it cannot be done.
    notes : tuple of str
        What had to be moved for the constraints, or why it cannot be done.
    """

    name: str
    plans: tuple[Plan, ...]
    notes: tuple[str, ...] = ()


def baselines(space: Space, seed: int = 0) -> tuple[Baseline, ...]:
    """Return the simple plans, each moved as little as the constraints demand.

    Doses and rounds are the largest that the budget allows. ``all at once``, ``training
    first`` and ``trust before tools`` take everybody in one wave (or in as few as may be
    chosen); ``managers first`` and ``informal leaders first`` take them in before the rest.
    """
    items, everybody = space.problem.items, _in_waves(space)
    return (
        _one(space, "all at once", [0] * len(items), everybody),
        _one(space, "training first", [_rank(item, TRAINING) for item in items], everybody),
        _one(space, "trust before tools", [_trust_rank(item) for item in items], everybody),
        _people_first(space, "managers first", MANAGERS),
        _people_first(space, "informal leaders first", LEADERS),
        _random_orders(space, seed),
    )


def _rank(item: Item, first: Sequence[str]) -> int:
    return 0 if item.base.kind in first else 1


def _trust_rank(item: Item) -> int:
    if item.base.kind in TRUST:
        return 0
    return 2 if item.base.kind in TOOLS else 1


def _fewest(space: Space) -> Staging:
    waves = space.problem.waves
    if waves is None or 1 in waves.numbers:
        return EVERYBODY
    if waves.fixed is not None:
        return space.staging(waves.fixed, waves.gaps[0])
    number = waves.numbers[0]
    return space.staging(space.divided(tuple(range(len(waves.units))), number), waves.gaps[0])


def _people_first(space: Space, name: str, who: str) -> Baseline:
    """Return everything at once, for some people before the others.

    Where the others are too many for one wave, they are taken in by groups of teams.
    """
    layout, waves = space.layout, space.problem.waves
    if waves is not None and waves.fixed is not None:
        return Baseline(name, (), ("the waves are decided already",))
    rest, gaps = f"all but {who}", (4,) if waves is None else waves.gaps
    layout.add_part(who, Audience.model_validate(who))
    layout.add_part(rest, Audience.model_validate({"everyone": True, "minus": who}))
    stagings = [Staging(((who,), (rest,)), gap) for gap in gaps]
    for number in () if waves is None else waves.numbers:
        if waves is not None and number > 1:
            groups = space.divided(tuple(range(len(waves.units))), number)
            others = tuple(
                tuple(_without(space, waves.names[unit], who) for unit in group) for group in groups
            )
            stagings += [Staging(((who,), *others), gap) for gap in gaps]
    return _one(space, name, [0] * len(space.problem.items), stagings)


def _without(space: Space, unit: str, who: str) -> str:
    """Return the name of a part: a group of teams, less some people."""
    assert space.problem.waves is not None
    teams = space.problem.waves.units[space.problem.waves.names.index(unit)]
    name = f"{unit} but {who}"
    space.layout.add_part(name, Audience.model_validate({"teams": list(teams), "minus": who}))
    return name


def _in_waves(space: Space) -> list[Staging]:
    """Return everybody at once, or in as few waves as may be chosen; then in more."""
    waves, first = space.problem.waves, _fewest(space)
    if waves is None or waves.fixed is not None:
        return [first]
    order = tuple(range(len(waves.units)))
    more = [
        space.staging(space.divided(order, number), gap)
        for number in waves.numbers
        if number > 1
        for gap in waves.gaps
    ]
    return list(dict.fromkeys([first, *more]))


def _one(space: Space, name: str, ranks: Sequence[int], stagings: Sequence[Staging]) -> Baseline:
    plan, notes = _fitted(space, ranks, stagings)
    return Baseline(name, () if plan is None else (plan,), notes)


def _random_orders(space: Space, seed: int) -> Baseline:
    rng, plans = np.random.default_rng([seed, 2]), list[Plan]()
    notes: tuple[str, ...] = ()
    for _ in range(RANDOM_ORDERS):
        ranks = [int(rank) for rank in rng.permutation(len(space.problem.items))]
        plan, why = _fitted(space, ranks, _in_waves(space))
        if plan is None:
            notes = why
        else:
            plans.append(plan)
    return Baseline("random order", tuple(dict.fromkeys(plans)), () if plans else notes)


def _fitted(
    space: Space, ranks: Sequence[int], stagings: Sequence[Staging]
) -> tuple[Plan | None, tuple[str, ...]]:
    """Return a plan in which lower ranks are over before higher ones start.

    With the first of the waves given that capacity allows, and the largest doses and
    rounds that the budget allows.
    """
    last: tuple[str, ...] = ()
    for staging in stagings:
        for share in (1.0, 0.75, 0.5, 0.25, 0.0):
            fitted = space.layout.fit(_wish(space, ranks, staging, share))
            if fitted.plan is not None:
                note = () if staging == stagings[0] else (f"in {len(staging.waves)} waves",)
                return fitted.plan, (*note, *fitted.repairs)
            last = fitted.repairs[-1:]
    return None, last


def _wish(space: Space, ranks: Sequence[int], staging: Staging, share: float) -> Wish:
    items = space.problem.items
    doses = tuple(item.doses[round(share * (len(item.doses) - 1))] for item in items)
    rounds = tuple(item.rounds[round(share * (len(item.rounds) - 1))] for item in items)
    weeks, week = [0] * len(items), 1
    for rank in sorted(set(ranks)):
        rows = [row for row, one in enumerate(ranks) if one == rank]
        for row in rows:
            weeks[row] = week
        week = max(week + items[row].round_weeks for row in rows)
    orders = tuple(
        tuple(sorted(q.members, key=lambda row: (ranks[row], row))) for q in space.problem.sequences
    )
    gaps = tuple(q.gaps[0] for q in space.problem.sequences)
    return Wish(tuple(weeks), doses, rounds, orders, gaps, staging.waves, staging.gap)
