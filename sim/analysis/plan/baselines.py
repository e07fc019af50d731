"""Simple plans that every answer is set against, from the problem's own interventions.

They know kinds of intervention. What proposes plans does not: it knows positions and numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sim.analysis.plan.check import keeps, violations
from sim.analysis.plan.choices import Settled
from sim.analysis.plan.layout import BUT, Layout, Plan, Waves
from sim.analysis.plan.options import Option
from sim.analysis.plan.problem import Item
from sim.analysis.plan.program import Cost, Program
from sim.analysis.plan.space import Space

RANDOM = "random order"
RANDOM_ORDERS = 12
"""Plans of the baseline ``random order``, which is their average."""

TRAINING = ("generic training", "role-specific practice", "capability conversation")
TRUST = (
    "loyalty conversation", "identity conversation", "job-security account",
    "psychological safety ritual",
)  # fmt: skip
TOOLS = ("access", "mandate", "showcase early adopters", *TRAINING)
MANAGERS, LEADERS = "managers", "informal leaders"


WORK = 1.0
"""Work for one simple plan; what is found by then is near enough."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """A simple plan."""

    name: str
    plans: tuple[Plan, ...]
    """One, or several whose average it is."""
    notes: tuple[str, ...] = ()
    """What had to be moved for the constraints; or which constraints it breaks."""
    keeps: bool = True
    """Whether it keeps all constraints. Where none of its kind does, it is shown as it would be
    without them."""


def baselines(space: Space, seed: int = 0) -> tuple[Baseline, ...]:
    """Return the simple plans, each as near to its idea as the constraints allow.

    Doses and rounds are the largest that the budget allows. ``all at once``, ``training
    first`` and ``trust before tools`` take everybody in one wave (or in as few as may be
    chosen and capacity allows, teams packed into them); ``managers first`` and ``informal
    leaders first`` take them in before the rest.
    """
    items = space.problem.items
    at_once = [0] * len(items)
    packed = _packed(space, at_once)
    return (
        _broken(space, "all at once", at_once)
        if packed is None
        else _noted(space, "all at once", packed.plan, at_once),
        _one(space, "training first", [_rank(item, TRAINING) for item in items], packed),
        _one(space, "trust before tools", [_trust_rank(item) for item in items], packed),
        _people_first(space, "managers first", MANAGERS),
        _people_first(space, "informal leaders first", LEADERS),
        _random_orders(space, seed, packed),
    )


def _rank(item: Item, first: Sequence[str]) -> int:
    return 0 if item.base.kind in first else 1


def _trust_rank(item: Item) -> int:
    if item.base.kind in TRUST:
        return 0
    return 2 if item.base.kind in TOOLS else 1


def _people_first(space: Space, name: str, who: str) -> Baseline:
    """Return everything at once, for some people before the others.

    Where the others are too many for one wave, they are taken in by groups of teams.
    """
    layout, waves = space.layout, space.problem.waves
    ranks = [0] * len(space.problem.items)
    divisions: list[Waves] = [((who,), (f"all{BUT}{who}",))]
    for number in () if waves is None else waves.numbers:
        found = space.known(number) if number > 1 else None
        if found is not None:
            groups = [tuple(f"{unit}{BUT}{who}" for unit in wave) for wave in found.waves]
            divisions.append(((who,), *groups))
    gaps = (4,) if waves is None else waves.gaps
    for divided in divisions:
        program = Program(layout, len(divided), divided, gaps=gaps)
        plan = program.solve(_cost(space, ranks), work=WORK).plan
        if plan is not None:
            return _noted(space, name, plan, ranks)
    return _broken(space, name, ranks, divisions[0], gaps[0])


def _one(space: Space, name: str, ranks: Sequence[int], packed: Packed | None) -> Baseline:
    plan = None if packed is None else packed.program.solve(_cost(space, ranks), work=WORK).plan
    return _broken(space, name, ranks) if plan is None else _noted(space, name, plan, ranks)


@dataclass(frozen=True, slots=True)
class Packed:
    """Teams packed into as few waves as can be: a plan, and what else may be chosen in them."""

    plan: Plan
    program: Program
    settled: Settled | None


def _packed(space: Space, ranks: Sequence[int]) -> Packed | None:
    """Return teams packed into as few waves as can be; None where none can.

    In it lower ranks are over before higher ones start, if that can be.
    """
    cost = _cost(space, ranks)
    for count in space.numbers:
        known = space.known(count)
        hint = None if known is None else _near(space, _settled(space, known), known, cost)
        plan = space.program(count, step=1).solve(cost, work=WORK, hint=hint).plan
        if plan is not None:
            program = space.program(count, plan.waves, step=1)
            return Packed(plan, program, _settled(space, plan))
    return None


def _settled(space: Space, plan: Plan) -> Settled | None:
    return space.settled(plan.waves, space.gap(plan), step=1)


def _near(space: Space, settled: Settled | None, plan: Plan, cost: Cost) -> Plan:
    """Return the plan of least cost that is found from another, in its waves."""
    if settled is None or space.in_sequence:
        return plan
    found = settled.plan(settled.improved(settled.chosen(plan), settled.costing(cost)))
    return found if keeps(space.layout, found) else plan


def _noted(space: Space, name: str, plan: Plan, ranks: Sequence[int]) -> Baseline:
    """Return a simple plan, and what the constraints made of it."""
    said = [f"in {len(plan.waves)} waves"] if len(plan.waves) > 1 else []
    for item, start, candidates in zip(
        space.problem.items, plan.starts, _candidates(space, ranks), strict=True
    ):
        if not start:
            said.append(f"{item.label} left out")
        elif start != candidates:
            said.append(f"{item.label} in week {start} in place of {candidates}")
    broken = [*violations(space.layout, plan)]
    return Baseline(name, (plan,), (*said, *(f"breaks: {one}" for one in broken)), not broken)


def _broken(
    space: Space, name: str, ranks: Sequence[int], waves: Waves = ((),), gap: int = 0
) -> Baseline:
    """Return a simple plan as it would be without constraints, and which of them it breaks."""
    items, starts = space.problem.items, _candidates(space, ranks)
    many = len(waves) > 1
    plan = Plan(
        tuple(starts), tuple(item.doses[-1] for item in items),
        tuple(item.rounds[-1] if item.doses[-1] else 0 for item in items), waves,
        tuple(gap if item.waves else 0 for item in items) if many else (),
    )  # fmt: skip
    broken = tuple(f"breaks: {one}" for one in violations(space.layout, plan))
    return Baseline(name, (plan,), broken, keeps=False)


def in_random_order(space: Space, plan: Plan, name: str, seed: int) -> Baseline:
    """Return what a plan holds in orders drawn at random: its waves, doses and rounds.

    Simple plans take more or less, and leave out what has no room in their waves: beside them
    more than order differs.
    """
    problem = space.problem
    items = tuple(
        replace(item, doses=(dose,), rounds=(rounds,))
        for item, dose, rounds in zip(problem.items, plan.doses, plan.rounds, strict=True)
    )
    own = Space(Layout(replace(problem, items=items), space.layout.organisation))
    program = own.program(len(plan.waves), plan.waves, step=1)
    packed = Packed(plan, program, _settled(own, plan))
    return replace(_random_orders(own, seed, packed), name=name)


def _random_orders(space: Space, seed: int, packed: Packed | None) -> Baseline:
    """Return plans in orders drawn at random, near to which all constraints are kept."""
    rng, plans = np.random.default_rng([seed, 2]), list[Plan]()
    for _ in range(RANDOM_ORDERS):
        ranks = [int(rank) for rank in rng.permutation(len(space.problem.items))]
        if packed is not None and (plan := _in_order(space, packed, ranks)) is not None:
            plans.append(plan)
    if not plans:
        return _broken(space, RANDOM, ranks)
    return Baseline(RANDOM, tuple(dict.fromkeys(plans)))


def _in_order(space: Space, packed: Packed, ranks: Sequence[int]) -> Plan | None:
    """Return the plan that is found nearest to an order."""
    cost = _cost(space, ranks)
    if space.in_sequence:  # what follows each other is the program's to order
        return packed.program.solve(cost, work=WORK).plan
    return _near(space, packed.settled, packed.plan, cost)


def _candidates(space: Space, ranks: Sequence[int]) -> list[int]:
    """Return the weeks in which lower ranks would be over before higher ones start.

    From the first week in which anything may: of what is left of a plan, the first that is ahead.
    """
    items = space.problem.items
    weeks, week = [0] * len(items), min((item.earliest for item in items), default=1)
    for rank in sorted(set(ranks)):
        rows = [row for row, one in enumerate(ranks) if one == rank]
        for row in rows:
            weeks[row] = min(week, space.layout.weeks)
        week = max(week + items[row].round_weeks for row in rows)
    return weeks


def _cost(space: Space, ranks: Sequence[int]) -> Cost:
    """Return the cost of an option: weeks from where it is wished, and what is left out."""
    items, candidates = space.problem.items, _candidates(space, ranks)

    def cost(row: int, option: Option) -> float:
        item = items[row]
        if not option.start:
            return 60.0 if item.doses[-1] else 0.0
        much = (item.doses[-1] - option.dose) / item.doses[-1] if item.doses[-1] else 0.0
        often = item.rounds.index(option.rounds) if option.rounds in item.rounds else 0
        fewer = 1 - (often + 1) / len(item.rounds)
        return abs(option.start - candidates[row]) + 40.0 * much + 20.0 * fewer + 0.1 * option.gap

    return cost
