"""Which constraints clash where no plan keeps them all: an irreducible set, found exactly.

Whether any plan exists is asked of a mixed-integer program (start week and level of every
intervention, 0 or 1; HiGHS through scipy). Constraints are then left out one at a time: one
without which there is still no plan is left out for good, so that those which remain clash,
and leaving out any one of them makes a plan possible (a deletion filter).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from sim.analysis.plan.layout import Layout, Plan, Wish
from sim.analysis.plan.problem import PlanProblem
from sim.analysis.plan.schedule import held_in
from sim.analysis.plan.space import Space, Staging

__all__ = ["Constraint", "clash", "possible"]

_Row = tuple[dict[int, float], float, float]

_STAGINGS = 6
"""Divisions into waves that are tried, at most."""


@dataclass(frozen=True, slots=True)
class Constraint:
    """One constraint of a problem, by its kind and position, and in words."""

    kind: str
    key: object
    words: str


@dataclass(frozen=True, slots=True)
class _Option:
    row: int
    start: int
    dose: float
    rounds: int


def constraints_of(problem: PlanProblem) -> tuple[Constraint, ...]:
    """Return every constraint of a problem."""
    found = [Constraint("run", 0, f"the run of {problem.weeks} weeks (weeks)")]
    for row, item in enumerate(problem.items):
        if item.earliest > 1:
            words = f"{item.label} not before week {item.earliest} (earliest)"
            found.append(Constraint("earliest", row, words))
        if item.latest < problem.weeks:
            words = f"{item.label} not after week {item.latest} (latest)"
            found.append(Constraint("latest", row, words))
        if item.doses[0] > 0:
            found.append(Constraint("needed", row, f"{item.label} may not be left out (doses)"))
    texts = dict.fromkeys(one.text for one in problem.precedence)
    found += [Constraint("precedence", text, f"precedence: {text}") for text in texts]
    found += [Constraint("blackout", b, str(b)) for b in problem.blackouts]
    for name, amount in problem.capacity.items():
        found.append(Constraint("capacity", name, f"capacity of {amount:g} {name} a week"))
    for name, amount in problem.budget.items():
        found.append(Constraint("budget", name, f"budget of {amount:g} {name}"))
    return tuple(found)


def _without(problem: PlanProblem, kept: frozenset[Constraint]) -> PlanProblem:
    """Return the problem with only some of its constraints."""
    keys = {(one.kind, one.key) for one in kept}
    weeks = problem.weeks
    if ("run", 0) not in keys:  # as long as anything could take, one after another
        weeks = max(weeks, *(item.latest for item in problem.items))
        weeks += sum(item.round_weeks * max(item.rounds) for item in problem.items)
        weeks += sum(blackout.end - blackout.start + 1 for blackout in problem.blackouts)
        if problem.waves is not None:
            weeks += max(problem.waves.numbers) * max(problem.waves.gaps)
    items = tuple(
        replace(
            item,
            earliest=item.earliest if ("earliest", row) in keys else 1,
            latest=item.latest if ("latest", row) in keys else weeks,
            doses=item.doses
            if ("needed", row) in keys or item.doses[0] == 0
            else (0.0, *item.doses),
        )
        for row, item in enumerate(problem.items)
    )
    return replace(
        problem,
        weeks=weeks,
        items=items,
        step=1,
        precedence=tuple(p for p in problem.precedence if ("precedence", p.text) in keys),
        blackouts=tuple(b for b in problem.blackouts if ("blackout", b) in keys),
        capacity={k: v for k, v in problem.capacity.items() if ("capacity", k) in keys},
        budget={k: v for k, v in problem.budget.items() if ("budget", k) in keys},
    )


def _options(layout: Layout, staging: Staging) -> list[_Option]:
    """Return every start and level that windows, run and blackouts allow on their own."""
    problem, options = layout.problem, []
    for row, item in enumerate(problem.items):
        many = item.waves and len(staging.waves) > 1
        offsets = [w * staging.gap for w in range(len(staging.waves))] if many else [0]
        for dose, rounds in product(item.doses, item.rounds):
            if dose == 0:
                if rounds == item.rounds[0]:
                    options.append(_Option(row, 0, 0.0, 0))
                continue
            for start in range(item.earliest, item.latest - offsets[-1] + 1):
                weeks = [start + offset for offset in offsets]
                if all(
                    layout.fits_the_run(row, week, rounds)
                    and not any(
                        held_in(item, layout.windows(row, week, rounds), b.start, b.end)
                        for b in problem.blackouts
                    )
                    for week in weeks
                ):
                    options.append(_Option(row, start, dose, rounds))
    return options


def possible(layout: Layout, staging: Staging) -> Plan | None:
    """Return a plan that keeps all constraints with these waves, or None where there is none.

    Orders of sequences are not a constraint here: any order and gap will do.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array

    options = _options(layout, staging)
    if {option.row for option in options} != set(range(len(layout.problem.items))):
        return None
    rows = [*_one_each(layout, options), *_limits(layout, staging, options)]
    rows += _precedences(layout, staging, options)
    data = [value for entry, _, _ in rows for value in entry.values()]
    at = [k for entry, _, _ in rows for k in entry]
    ends = np.cumsum([0, *(len(entry) for entry, _, _ in rows)])
    matrix = csr_array((data, at, ends), shape=(len(rows), len(options)))
    low, high = [one[1] for one in rows], [one[2] for one in rows]
    answer = milp(
        np.zeros(len(options)),
        integrality=np.ones(len(options), np.int64),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(matrix, low, high),
        options={"time_limit": 20.0},
    )
    if answer.x is None:
        return None
    chosen = [option for option, x in zip(options, answer.x, strict=True) if x > 0.5]
    return Plan(
        tuple(option.start for option in chosen),
        tuple(option.dose for option in chosen),
        tuple(option.rounds for option in chosen),
        staging.waves,
        staging.gap,
    )


def _one_each(layout: Layout, options: list[_Option]) -> Iterator[_Row]:
    for row in range(len(layout.problem.items)):
        yield {k: 1.0 for k, option in enumerate(options) if option.row == row}, 1, 1


def _limits(layout: Layout, staging: Staging, options: list[_Option]) -> Iterator[_Row]:
    """Yield the rows that keep capacity in each week, and the budget."""
    loads = [_load(layout, staging, option) for option in options]
    for name, limit in layout.problem.capacity.items():
        for week in range(layout.problem.weeks):
            taken = {k: float(load[name][week]) for k, load in enumerate(loads) if load[name][week]}
            if sum(taken.values()) > limit:
                yield taken, -np.inf, limit
    for name, limit in layout.problem.budget.items():
        yield {k: float(load[name].sum()) for k, load in enumerate(loads)}, -np.inf, limit


def _precedences(layout: Layout, staging: Staging, options: list[_Option]) -> Iterator[_Row]:
    """Yield the rows by which the second has not begun before the first is over."""
    items = layout.problem.items
    for one in layout.problem.precedence:
        behind = 0
        if items[one.first].waves and not items[one.second].waves:
            behind = (len(staging.waves) - 1) * staging.gap
        over = items[one.first].round_weeks + behind + one.lag
        for week in range(1, layout.problem.weeks + 1):
            begun = [o.row == one.second and 0 < o.start <= week for o in options]
            over_by_then = [o.row == one.first and o.start <= week - over for o in options]
            left_out = [o.row == one.first and not o.start for o in options]
            entry = {k: 1.0 for k, is_so in enumerate(begun) if is_so}
            entry |= {
                k: -1.0
                for k, (first, out) in enumerate(zip(over_by_then, left_out, strict=True))
                if first or out
            }
            yield entry, -np.inf, 0


def _load(layout: Layout, staging: Staging, option: _Option) -> dict[str, np.ndarray]:
    n = len(layout.problem.items)

    def only(value: float) -> tuple[float, ...]:
        return tuple(value if row == option.row else 0 for row in range(n))

    plan = Plan(
        tuple(int(v) for v in only(option.start)),
        only(option.dose),
        tuple(int(v) for v in only(option.rounds)),
        staging.waves,
        staging.gap,
    )
    return layout.load(plan, [option.row])


def clash(layout: Layout) -> tuple[tuple[Constraint, ...], Wish | None]:
    """Return constraints that cannot all hold, or a decision that keeps them all.

    Returns
    -------
    tuple of Constraint
        None of them can be left out for the clash to remain; empty where a plan exists, or
        none is known not to.
    Wish or None
        Where there is a plan: the wish for it.
    """
    stagings = _stagings(Space(layout))
    found = _feasible(layout, stagings)
    if found is not None:
        return (), _wish_of(layout, found)
    kept = list(constraints_of(layout.problem))
    for one in list(kept):
        rest = frozenset(kept) - {one}
        relaxed = Layout(_without(layout.problem, rest), layout.organisation)
        if _feasible(relaxed, stagings) is None:
            kept.remove(one)
    return tuple(kept), None


def _stagings(space: Space) -> list[Staging]:
    """Return divisions into waves to try, of every number and gap."""
    rng = np.random.default_rng(0)
    listed = space.stagings
    some = listed if listed is not None else [space.draw_staging(rng) for _ in range(60)]
    shapes: dict[tuple[int, int], list[Staging]] = {}
    for staging in some:
        shapes.setdefault((len(staging.waves), staging.gap), []).append(staging)
    each = max(1, _STAGINGS // len(shapes))
    return [staging for group in shapes.values() for staging in group[:each]]


def _feasible(layout: Layout, stagings: list[Staging]) -> Plan | None:
    for staging in stagings:
        if (plan := possible(layout, staging)) is not None:
            return plan
    return None


def _wish_of(layout: Layout, plan: Plan) -> Wish:
    sequences = layout.problem.sequences
    orders = tuple(
        tuple(sorted(q.members, key=lambda row: (plan.starts[row], row))) for q in sequences
    )
    rounds = tuple(
        r if d > 0 else item.rounds[0]
        for r, d, item in zip(plan.rounds, plan.doses, layout.problem.items, strict=True)
    )
    starts = tuple(
        s or item.earliest for s, item in zip(plan.starts, layout.problem.items, strict=True)
    )
    gaps = tuple(q.gaps[0] for q in sequences)
    return Wish(starts, plan.doses, rounds, orders, gaps, plan.waves, plan.gap)
