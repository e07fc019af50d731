"""Plans that keep every constraint, as one integer program: teams to waves, starts, doses.

Start week, gap, dose and rounds of an intervention are one choice of several (0 or 1 each);
every group of teams is in one wave. Capacities and budgets are linear in the first for a
division into waves that is settled, and hold conditionally where the division is free. Solved
by CP-SAT of OR-tools, with one thread and an amount of work in place of time, so that an
answer is the same on every machine. That there is no plan is said only with its proof.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from math import floor
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.analysis.plan.check import SLACK, size_bounds
from sim.analysis.plan.layout import Layout, Plan, Waves
from sim.analysis.plan.options import Option, options_of, taken_of
from sim.analysis.plan.problem import HOURS, MONEY, Before, Limit
from sim.analysis.plan.problem import Sequence as Order
from sim.arrays import Floats

if TYPE_CHECKING:
    from ortools.sat.python import cp_model


Cost = Callable[[int, "Option"], float]

SCALE = 1_000_000
"""Whole parts of a unit that an amount is counted in, rounded down: a proof stays a proof."""
WORK = 20.0
"""Work for one question, as CP-SAT counts it: about this many seconds."""
BRIEF = 1.0
"""Work for a question that is mostly answered at once."""


@dataclass(frozen=True, slots=True)
class Solved:
    """What became of a program."""

    plan: Plan | None
    proved: bool
    """Of no plan: whether there is none for certain, rather than none found."""
    value: float = float("nan")
    """Of what was to be small."""


class Program:
    """The integer program of a problem for one number of waves.

    - ``waves``: the division where it is settled; of groups of teams, or of other parts
    - ``weeks``: start weeks looked at, by item; all by default
    - ``gaps``: as for ``options_of``
    - ``heads``: weeks between the starts that the first of a sequence may have
    - ``elastic``: a limit that may be exceeded here, by as little as can be
    """

    def __init__(
        self, layout: Layout, count: int, waves: Waves | None = None,
        weeks: Sequence[range] | None = None, gaps: tuple[int, ...] | None = None, heads: int = 1,
        elastic: Limit | None = None,
    ) -> None:  # fmt: skip
        from ortools.sat.python import cp_model

        self.layout, self.count, self.elastic, self.heads = layout, count, elastic, heads
        self.waves: Waves | None = ((),) if count < 2 else waves
        self.model: cp_model.CpModel = cp_model.CpModel()
        self._asked = [
            (row, count, None if weeks is None else weeks[row], gaps)
            for row in range(len(layout.problem.items))
        ]
        self.options = [options_of(layout, *asked) for asked in self._asked]
        self.possible = all(self.options) and self._each_alone()
        if not self.possible:
            return
        self.x = [[self.model.new_bool_var("") for _ in options] for options in self.options]
        for x in self.x:
            self.model.add_exactly_one(x)
        self.in_wave: list[list[Any]] = []
        self.excess: Any = None
        if elastic is not None:
            self.excess = self.model.new_int_var(0, 2**50, "")
        if self.waves is None:
            self._division()
        self._one_gap()
        for one in layout.problem.precedence:
            self._precedence(one)
        for order in layout.problem.sequences:
            self._sequence(order)
        for limit in layout.problem.limits:
            if limit.hard or limit == elastic:
                self._limit(limit)

    def _each_alone(self) -> bool:
        """Return whether each item has a choice within all limits, where waves are settled."""
        there = [np.ones(len(options), bool) for options in self.options]
        for limit in self.layout.problem.limits if self.waves is not None else ():
            room = limit.series(self.layout.weeks) + SLACK
            for row, mine in enumerate(there) if limit.hard and limit != self.elastic else ():
                mine &= (self._settled(row, limit) <= room).all(axis=1)
        return all(mine.any() for mine in there)

    def _division(self) -> None:
        """Put every group of teams into one wave."""
        layout, waves = self.layout, self.layout.problem.waves
        assert waves is not None
        sizes = [layout.part_people(name) for name in waves.names]
        self.in_wave = [[self.model.new_bool_var("") for _ in range(self.count)] for _ in sizes]
        for row in self.in_wave:
            self.model.add_exactly_one(row)
        at = {name: self.in_wave[k] for k, name in enumerate(waves.names)}
        for wave, (low, high) in enumerate(size_bounds(layout, self.count)):
            column = [row[wave] for row in self.in_wave]
            self.model.add_at_least_one(column)
            self.model.add_linear_constraint(_total(column, sizes), low, high)
            for group in waves.apart:
                self.model.add_at_most_one(at[name][wave] for name in group)
        if waves.pilot is not None and waves.pilot.groups is not None:
            self.model.add(sum(row[0] for row in self.in_wave) == waves.pilot.groups)
        number = range(self.count)
        for first, second in waves.before:
            self.model.add(_total(at[first], number) + 1 <= _total(at[second], number))

    def _one_gap(self) -> None:
        """Let what has no gaps of its own be as far apart from wave to wave."""
        items = self.layout.problem.items
        rows = [r for r, item in enumerate(items) if item.waves and not item.gaps]
        gaps = {o.gap for r in rows for o in self.options[r] if o.start}
        if self.count < 2 or len(gaps) < 2:
            return
        chosen = {gap: self.model.new_bool_var("") for gap in sorted(gaps)}
        self.model.add_exactly_one(chosen.values())
        for row in rows:
            for gap, literal in chosen.items():
                mine = [x for x, o in zip(self.x[row], self.options[row], strict=True)
                        if o.start and o.gap == gap]  # fmt: skip
                self.model.add(sum(mine) <= literal)

    def _start(self, row: int, wave: int) -> Any:
        """Return the start of a wave of an item, 0 where it is left out."""
        weeks = []
        for option in self.options[row]:
            offsets = self.layout.offsets(row, self.count, option.gap)
            weeks.append(option.start + offsets[min(wave, len(offsets) - 1)] if option.start else 0)
        return _total(self.x[row], weeks)

    def _waves(self, row: int) -> int:
        return len(self.layout.offsets(row, self.count, 0))

    def _there(self, *rows: int) -> list[Any]:
        """Return literals that hold where none of these items is left out."""
        out = [x for row in rows for x, o in zip(self.x[row], self.options[row], strict=True)
               if not o.start]  # fmt: skip
        return [x.negated() for x in out]

    def _over(self, first: int, second: int) -> Iterator[tuple[Any, Any]]:
        """Yield, wave by wave, when ``first`` is over and when ``second`` starts."""
        before, after = self._waves(first), self._waves(second)
        lasts = self.layout.problem.items[first].round_weeks
        for wave in range(after):
            yield (self._start(first, wave if before <= after else before - 1) + lasts,
                   self._start(second, wave))  # fmt: skip

    def _precedence(self, one: Before) -> None:
        there = self._there(one.first, one.second)
        for over, start in self._over(one.first, one.second):
            self.model.add(start >= over + one.lag).only_enforce_if(there)
            if one.most is not None:
                self.model.add(start <= over + one.most).only_enforce_if(there)

    def _sequence(self, order: Order) -> None:
        """Let members follow each other, at least so many weeks after the one before is over."""
        from ortools.sat.python import cp_model

        members = order.members
        gaps = cp_model.Domain.from_values(list(order.gaps))
        gap = self.model.new_int_var_from_domain(gaps, "")
        arcs: list[tuple[int, int, Any]] = [(0, 0, self.model.new_bool_var(""))]
        earliest = min(self.layout.problem.items[row].earliest for row in members)
        grid = cp_model.Domain.from_values([*range(earliest, self.layout.weeks + 1, self.heads)])
        for k, row in enumerate(members, 1):
            is_first = self.model.new_bool_var("")
            self.model.add_linear_expression_in_domain(self._start(row, 0), grid).only_enforce_if(
                is_first
            )
            arcs.append((0, k, is_first))
            arcs.append((k, 0, self.model.new_bool_var("")))
            out = [x for x, o in zip(self.x[row], self.options[row], strict=True) if not o.start]
            if out:
                arcs.append((k, k, out[0]))
            for j, other in enumerate(members, 1):
                if other != row:
                    arc = self.model.new_bool_var("")
                    over, start = next(self._over(row, other))
                    self.model.add(start - over == gap).only_enforce_if(arc)
                    arcs.append((k, j, arc))
        self.model.add_circuit(arcs)

    def _limit(self, limit: Limit) -> None:
        """Keep a capacity in every week, or a budget at every week before something is added."""
        layout, there = self.layout, limit.series(self.layout.weeks)
        weeks = np.arange(layout.weeks)
        if limit.budget:
            weeks = np.unique([*(w - 2 for w, _ in limit.amounts[1:] if 1 < w <= layout.weeks),
                               layout.weeks - 1])  # fmt: skip
        every = [x for xs in self.x for x in xs]
        most, tables = np.zeros(layout.weeks), [np.zeros((0, layout.weeks))]
        free: list[Callable[[int], Iterator[Any]]] = []
        for row in range(len(self.options)):
            if self.waves is None and not self._alike(row, limit):
                most += self._free(row, limit, free)
                tables.append(np.zeros((len(self.options[row]), layout.weeks)))
            else:
                tables.append(self._settled(row, limit))
                most += tables[-1].max(axis=0)
        whole = np.floor(np.concatenate(tables) * SCALE + 1e-6).astype(np.int64)
        slack = self.excess if limit == self.elastic else 0
        for week in weeks.tolist():
            room = floor(there[week] * SCALE + 1e-6)
            if most[week] * SCALE > room:
                at, loads = np.flatnonzero(whole[:, week]), [one for of in free for one in of(week)]
                weights = [*whole[at, week].tolist(), *(1 for _ in loads)]
                self.model.add(_total([*(every[k] for k in at), *loads], weights) <= room + slack)

    def _taken(self, row: int, limit: Limit) -> Floats:
        return taken_of(self.layout, limit, *self._asked[row])

    def _alike(self, row: int, limit: Limit) -> bool:
        """Return whether what an item takes does not hang on who is in which wave."""
        if not self.layout.problem.items[row].waves:
            return True
        if not limit.budget or len(limit.amounts) > 1 or limit.name not in (HOURS, MONEY):
            return False
        whole = self._taken(row, limit)[:, :, -1]
        return bool((whole == whole[0]).all())

    def _settled(self, row: int, limit: Limit) -> Floats:
        """Return what each option of settled waves takes in each week."""
        waves = self.waves or ((),)  # of waves alike: everybody
        taken = self._taken(row, limit)
        amounts = self.layout.amounts(limit.name, waves, limit.group)[row]
        return np.tensordot(amounts[: len(taken)], taken[: len(amounts)], 1)

    def _demand(self, row: int, limit: Limit, wave: int) -> tuple[Any, float] | None:
        """Return what a wave that is free takes at scale 1, and the most it can be."""
        layout, waves = self.layout, self.layout.problem.waves
        assert waves is not None
        column = [one[wave] for one in self.in_wave]
        bound = size_bounds(layout, self.count)[wave][1]
        found, _ = layout.occupation(row, limit.name)
        if limit.name in (HOURS, MONEY) or (found is not None and found.per is None):
            if found is not None and limit.name not in (HOURS, MONEY):
                return floor(found.units * SCALE), found.units
            each = [layout.amount(row, limit.name, (name,), limit.group) for name in waves.names]
            if not any(each):
                return None
            most = sum(sorted(each, reverse=True))
            return _total(column, [floor(one * SCALE + 1e-6) for one in each]), most
        if found is None or found.per is None:
            return None
        people = [layout.people(row, (name,), limit.group) for name in waves.names]
        if not any(people):
            return None
        top = -(-min(sum(people), bound) // found.per)
        groups = self.model.new_int_var(0, top, "")
        self.model.add(found.per * groups >= _total(column, people))
        return floor(found.units * SCALE) * groups, found.units * top

    def _free(self, row: int, limit: Limit, loads: list[Callable[[int], Iterator[Any]]]) -> Floats:
        """Return the most that can be taken in each week; add what is in a week to ``loads``."""
        taken, most = self._taken(row, limit), np.zeros(self.layout.weeks)
        there = limit.series(self.layout.weeks)
        for wave, factors in enumerate(taken):
            demand = self._demand(row, limit, wave)
            if demand is None:
                continue
            amount, top = demand
            ceiling = floor(top * SCALE * float(factors.max())) + 1
            self._alone(row, limit, amount, factors, float(there.max()))
            loads.append(partial(self._loads, row, amount, ceiling, factors))
            most += top * factors.max(axis=0)
        return most

    def _loads(
        self, row: int, amount: Any, ceiling: int, factors: Floats, week: int
    ) -> Iterator[Any]:
        """Yield what a wave takes in a week, where it may take anything."""
        by: dict[float, list[Any]] = {}
        for k in np.flatnonzero(factors[:, week]):
            by.setdefault(float(factors[k, week]), []).append(self.x[row][k])
        if not by:
            return
        load = self.model.new_int_var(0, ceiling, "")
        for factor, xs in by.items():
            chosen = _total([load, *xs], [1000, *(-1000 * ceiling for _ in xs)])
            self.model.add(chosen >= round(factor * 1000) * amount - 1000 * ceiling)
        yield load

    def _alone(self, row: int, limit: Limit, amount: Any, factors: Floats, most: float) -> None:
        """Say what follows anyway: a wave alone is within the most there ever is."""
        there = np.array([bool(option.start) for option in self.options[row]])
        least = float(factors.max(axis=1)[there].min()) if there.any() else 0.0
        if least and limit != self.elastic and not limit.budget:
            part = round(least * 1000)
            self.model.add(part * amount <= floor(most * SCALE) * 1000).only_enforce_if(
                self._there(row)
            )

    def solve(
        self, cost: Cost | None = None, *, seed: int = 0, work: float = WORK,
        hint: Plan | None = None, exact: bool = False,
    ) -> Solved:  # fmt: skip
        """Return a plan that keeps all constraints, of small cost.

        - ``cost``: cost of an option of an item; only whole thousandths count
        - ``hint``: where to look first
        - ``exact``: whether to go on until none is smaller, rather than to within 2%
        """
        if not self.possible:
            return Solved(None, True)
        terms = [*self._costs(cost)]
        model = self.model
        if terms:
            model.minimize(sum(terms))
        else:
            model.clear_objective()  # type: ignore[no-untyped-call]
        model.clear_hints()  # type: ignore[no-untyped-call]
        if hint is not None:
            self._hint(hint)
        from ortools.sat.python import cp_model

        solver = self._solver(seed, work)
        if exact:
            solver.parameters.relative_gap_limit = 0.0
        status = solver.solve(model)
        if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            value = solver.objective_value if terms else float("nan")
            return Solved(self._plan(solver.boolean_value), False, value)
        return Solved(None, status == cp_model.INFEASIBLE)

    def _costs(self, cost: Cost | None) -> Iterator[Any]:
        """Yield what is to be small."""
        if self.excess is not None:
            yield self.excess
        if cost is not None:
            for row, options in enumerate(self.options):
                weights = [round(1000 * cost(row, option)) for option in options]
                if any(weights):
                    yield _total(self.x[row], weights)

    def _solver(self, seed: int, work: float) -> Any:
        from ortools.sat.python import cp_model

        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = seed % 2**31
        solver.parameters.max_deterministic_time = work
        solver.parameters.relative_gap_limit = 0.02
        if work <= BRIEF:  # straight to searching: getting ready would take the most of it
            solver.parameters.cp_model_probing_level = 0
            solver.parameters.symmetry_level = 0
            solver.parameters.cp_model_presolve = self.waves is None  # settled, it is small
            solver.parameters.linearization_level = int(self.waves is not None)
            solver.parameters.max_presolve_iterations = 1
        solver.parameters.catch_sigint_signal = False  # Ctrl-C is for the search to hear
        return solver

    def _hint(self, plan: Plan) -> None:
        for row, options in enumerate(self.options):
            gap = plan.gaps[row] if plan.gaps and plan.starts[row] else 0
            mine = Option(plan.starts[row], plan.doses[row], plan.rounds[row], gap)
            for x, option in zip(self.x[row], options, strict=True):
                self.model.add_hint(x, option == mine)
        for literals, mine_in in zip(self.in_wave, self.layout.wave_of(plan.waves), strict=False):
            for wave, literal in enumerate(literals):
                self.model.add_hint(literal, wave == mine_in)

    def _plan(self, is_true: Callable[[Any], bool]) -> Plan:
        chosen = [
            next(o for x, o in zip(xs, options, strict=True) if is_true(x))
            for xs, options in zip(self.x, self.options, strict=True)
        ]
        waves = self.waves
        if waves is None:
            wave_of = [next(w for w, b in enumerate(row) if is_true(b)) for row in self.in_wave]
            waves = self.layout.divided(wave_of, self.count)
        return Plan(
            tuple(o.start for o in chosen), tuple(o.dose for o in chosen),
            tuple(o.rounds for o in chosen), waves,
            tuple(o.gap for o in chosen) if self.count > 1 else (),
        )  # fmt: skip

    def every(self, most: int) -> list[Plan] | None:
        """Return every plan of waves that are settled; None where there are more than ``most``."""
        from ortools.sat.python import cp_model

        if not self.possible:
            return []
        found: dict[Plan, None] = {}
        program = self

        class Collect(cp_model.CpSolverSolutionCallback):
            def on_solution_callback(self) -> None:
                found[program._plan(self.boolean_value)] = None
                if len(found) > most:
                    self.stop_search()

        self.model.clear_objective()  # type: ignore[no-untyped-call]
        solver = self._solver(0, 1e6)
        solver.parameters.enumerate_all_solutions = True
        solver.solve(self.model, Collect())
        return None if len(found) > most else list(found)


def _total(variables: Iterable[Any], weights: Iterable[float]) -> Any:
    from ortools.sat.python import cp_model

    return cp_model.LinearExpr.weighted_sum([*variables], [int(one) for one in weights])
