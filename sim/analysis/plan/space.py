"""The plans there are: all of them, some at random, and those a change or two away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from math import factorial, inf, prod

import numpy as np

from sim.analysis.plan.check import keeps
from sim.analysis.plan.choices import Choices, Settled, additive
from sim.analysis.plan.layout import Layout, Plan, Waves, with_at
from sim.analysis.plan.options import Option, evened, every_division, exchanged, mixed, options_of
from sim.analysis.plan.program import Program

DRAW = 0.03
"""Work for a plan at random; what is found by then is good enough."""
STRAIGHT = 0.1
"""Work for a first plan straight away, before the program is got ready thoroughly."""
_WAVE_MOVES = 12
"""Exchanges of two groups between waves that are tried around a plan."""
_DIVISIONS = 4
"""Divisions into a number of waves from which others are made by a few exchanges."""
_EXCHANGES = 8
"""Exchanges that are tried for another division."""


@dataclass(frozen=True, slots=True)
class PlanChange:
    """One change of a plan."""

    label: str
    """What is changed: an intervention, or ``waves``."""
    words: str
    """Such as ``4 weeks later``."""
    plan: Plan
    rows: tuple[int, ...]
    """Items that are as they were meant to be; others may be moved for the constraints."""


class Space:
    """Every decision a problem leaves open.

    No decision is preferred: starts are considered alike from the earliest to the latest,
    orders and waves by permutation, whatever an intervention is called.

    - ``tighter``: of the same problem with a limit tighter: its plans are known to keep these too.
    """

    def __init__(self, layout: Layout, tighter: Space | None = None) -> None:
        self.layout, self.problem = layout, layout.problem
        self.step = self.problem.step
        self.in_sequence = {row for q in self.problem.sequences for row in q.members}
        self._programs: dict[tuple[object, ...], Program] = {}
        self._choices: dict[tuple[int, ...], Choices] = {}
        self._impossible: set[int] = set()
        self._some: dict[int, list[Plan]] = {}
        self._known: dict[int, Plan | None] = {}
        """By number of waves, a plan that keeps all constraints."""
        self._given = {} if tighter is None else tighter._known

    @property
    def numbers(self) -> tuple[int, ...]:
        """Numbers of waves that may be chosen."""
        waves = self.problem.waves
        if waves is None:
            return (1,)
        left = tuple(number for number in waves.numbers if number not in self._impossible)
        return left or waves.numbers

    def weeks(self, row: int, step: int = 0) -> range:
        """Return start weeks considered for an item: all of them in a sequence."""
        item = self.problem.items[row]
        step = 1 if row in self.in_sequence else step or self.step
        return range(item.earliest, item.latest + 1, step)

    def program(self, count: int, waves: Waves | None = None, step: int = 0) -> Program:
        """Return the program for a number of waves, or for waves that are settled."""
        key = (count, waves if count > 1 else None, step := step or self.step)
        if key not in self._programs:
            if len(self._programs) > 64:
                self._programs.clear()
            weeks = [self.weeks(row, step) for row in range(len(self.problem.items))]
            self._programs[key] = Program(self.layout, count, waves, weeks, heads=step)
        return self._programs[key]

    def first(self, seed: int = 0) -> Plan | None:
        """Return a plan that keeps all constraints; None where none is found.

        Where no plan starts in the weeks between which ``step`` lies, all weeks are
        considered from then on.
        """
        for step in dict.fromkeys((self.step, 1)):
            self.step, first = step, None
            self._known.clear()
            for count in self.numbers:
                plan = self._given.get(count) or self._early(count)
                if plan is None:
                    solved = self.program(count).solve(seed=seed, work=STRAIGHT)
                    if solved.plan is None and not solved.proved:
                        solved = self.program(count).solve(seed=seed)
                    plan = solved.plan
                    if solved.proved:
                        self._impossible.add(count)
                self._known[count] = plan
                first = first or plan
            if first is not None:
                return first
            self._impossible.clear()
        return None

    def _early(self, count: int) -> Plan | None:
        """Return a plan in waves about as large as each other, all as early as is found."""
        waves = ((),) if count < 2 else evened(self.layout, count)
        staging = self.problem.waves
        for gap in (0,) if count < 2 or staging is None else staging.gaps:
            settled = self.settled(waves, gap)
            if settled is not None and (found := settled.early()) is not None:
                plan = settled.plan(found)
                if keeps(self.layout, plan):
                    return plan
        return None

    def known(self, count: int) -> Plan | None:
        """Return a plan in so many waves that keeps all constraints, if one was found."""
        if not self._known:
            self.first()
        return self._known.get(count)

    @cached_property
    def size(self) -> float:
        """Decisions there are, before constraints between items; infinite where not counted."""
        divisions = self.divisions
        if divisions is None:
            return inf
        orders = 1
        for q in self.problem.sequences:
            first = min(self.problem.items[row].earliest for row in q.members)
            last = max(self.problem.items[row].latest for row in q.members)
            levels = prod(len(self.problem.items[r].doses) * len(self.problem.items[r].rounds)
                          for r in q.members)  # fmt: skip
            heads = len(range(first, last + 1, self.step))
            orders *= heads * factorial(len(q.members)) * len(q.gaps) * levels
        rows = [row for row in range(len(self.problem.items)) if row not in self.in_sequence]
        return float(sum(
            prod(len(options_of(self.layout, row, count, self.weeks(row))) for row in rows)
            * orders * len(divisions[count])
            for count in self.numbers
        ))  # fmt: skip

    @cached_property
    def divisions(self) -> dict[int, list[Waves]] | None:
        """Every division into waves by their number; None where there are too many to list."""
        return every_division(self.layout, self.numbers)

    def plans(self, most: int) -> tuple[Plan, ...] | None:
        """Return every plan that keeps all constraints; None where there are more than ``most``."""
        if self.divisions is None or self.size > 400 * most:
            return None
        if sum(map(len, self.divisions.values())) > most:
            return None
        found: dict[Plan, None] = {}
        for count in self.numbers:
            for waves in self.divisions[count]:
                some = self.program(count, waves).every(most - len(found))
                if some is None:
                    return None
                found |= dict.fromkeys(some)
        return tuple(found)

    def gap(self, plan: Plan) -> int:
        """Return the weeks between waves of all that has no gaps of its own; 0 with one wave."""
        if len(plan.waves) < 2:
            return 0
        own = [gap for gap, item, start in zip(plan.gaps, self.problem.items, plan.starts,
                                               strict=True)
               if start and item.waves and not item.gaps]  # fmt: skip
        waves = self.problem.waves
        return own[0] if own else waves.gaps[0] if waves is not None else 0

    def settled(self, waves: Waves, gap: int, step: int = 0) -> Settled | None:
        """Return what may be chosen in these waves; None where something cannot be placed."""
        key = (len(waves), gap, step := step or self.step)
        if key not in self._choices:
            weeks = [self.weeks(row, step) for row in range(len(self.problem.items))]
            self._choices[key] = Choices(self.layout, len(waves), gap, weeks, self.in_sequence)
        choices = self._choices[key]
        found = choices.under(waves) if choices.possible else None
        return found if found is not None and found.possible else None

    def draw(self, rng: np.random.Generator, count: int | None = None) -> Plan | None:
        """Return a plan at random: in random waves, the nearest found to random choices."""
        if not self._known:
            self.first()  # which numbers of waves there are
        count = int(rng.choice(self.numbers)) if count is None else count
        known = self.known(count)
        if known is None:
            return None
        waves, gap = self._some_waves(count, rng) or (known.waves, self.gap(known))
        candidate = [self._candidates(row, rng) for row in range(len(self.problem.items))]

        def cost(row: int, option: Option) -> float:
            start, level = candidate[row]
            off = abs(option.start - start) / self.layout.weeks if option.start else 0.0
            return off + 0.5 * ((option.dose, option.rounds) != level)

        if not self.in_sequence:
            starts = tuple(start if level[0] else 0 for start, level in candidate)
            doses = tuple(dose for _, (dose, _) in candidate)
            rounds = tuple(turns for _, (_, turns) in candidate)
            wished = self._into(Plan(starts, doses, rounds, known.waves, known.gaps), waves, gap)
            mended = (self.mend(PlanChange("", "", one, ()))
                      for one in (wished, self._into(known, waves, gap)))  # fmt: skip
            base = next((one for one in mended if one is not None), known)
            settled = self.settled(base.waves, self.gap(base))
            if settled is not None:
                found = settled.plan(settled.improved(settled.chosen(base), settled.costing(cost)))
                if keeps(self.layout, found):
                    return found
        seed = int(rng.integers(2**31))
        program = self.program(count, waves if count > 1 else None)
        return program.solve(cost, seed=seed, work=DRAW, hint=known).plan

    def _some_waves(self, count: int, rng: np.random.Generator) -> tuple[Waves, int] | None:
        """Return a division into so many waves, and weeks between them, at random."""
        if count < 2:
            return ((),), 0
        staging, known = self.problem.waves, self.known(count)
        if staging is None or known is None:
            return None
        if count not in self._some:
            own = np.random.default_rng([count, 10])  # the same, whoever asks first
            some = self._some[count] = [known]
            while len(some) < _DIVISIONS:
                some.append(mixed(self.layout, some[-1], own))
        one = self._some[count][int(rng.integers(_DIVISIONS))]
        return mixed(self.layout, one, rng, _EXCHANGES).waves, int(rng.choice(staging.gaps))

    def _candidates(self, row: int, rng: np.random.Generator) -> tuple[int, tuple[float, int]]:
        item = self.problem.items[row]
        level = float(rng.choice(item.doses)), int(rng.choice(item.rounds))
        return int(rng.choice(self.weeks(row))), level if level[0] else (0.0, 0)

    def _into(self, plan: Plan, waves: Waves, gap: int) -> Plan:
        """Return a plan in other waves, so many weeks apart, its starts as they were."""
        if len(waves) < 2:
            return replace(plan, waves=waves, gaps=())
        gaps = tuple(
            (plan.gaps[row] if item.gaps and plan.gaps else item.gaps[0] if item.gaps else gap)
            if start and item.waves else 0
            for row, (item, start) in enumerate(zip(self.problem.items, plan.starts, strict=True))
        )  # fmt: skip
        return replace(plan, waves=waves, gaps=gaps)

    @cached_property
    def extremes(self) -> tuple[Plan, ...]:
        """Everything as early or as late as may be, with the most or the least of each."""
        return tuple(self._extremes())

    def _extremes(self) -> Iterator[Plan]:
        for count in self.numbers:
            known = self.known(count)
            settled = None if known is None else self.settled(known.waves, self.gap(known))
            if known is None or settled is None:
                continue
            for early, much in product((1, -1), (1, -1)):
                start, dose = settled.choices.fields[:, :, 0], settled.choices.fields[:, :, 1]
                most = np.array([[max(*item.doses, 1.0)] for item in self.problem.items])
                late = np.where(start > 0, start / self.layout.weeks, 0.5)
                worth = additive(much * dose / most - 0.2 * early * late)
                found = settled.improved(settled.chosen(known), worth)
                plan = settled.plan(found)
                if keeps(self.layout, plan):
                    yield plan

    def near(self, plan: Plan, rng: np.random.Generator) -> Plan | None:
        """Return a plan one or two changes away that keeps all constraints."""
        for _ in range(8):
            change = self._some_change(plan, rng)
            if change is None:
                continue
            if rng.random() < 0.4 and (more := self._some_change(change.plan, rng)) is not None:
                change = PlanChange("", "", more.plan, (*change.rows, *more.rows))
            if (found := self.mend(change)) is not None and found != plan:
                return found
        return None

    def _some_change(self, plan: Plan, rng: np.random.Generator) -> PlanChange | None:
        kinds = [self._some_shifts, self._some_shifts, self.exchanges, self.levels, self.orders]
        if self.problem.waves is not None:
            kinds += [self._some_stagings, self._some_stagings]
        changes = [*kinds[int(rng.integers(len(kinds)))](plan, rng)]
        return changes[int(rng.integers(len(changes)))] if changes else None

    def changes(self, plan: Plan, rng: np.random.Generator) -> Iterator[PlanChange]:
        """Yield every single change of a plan (of exchanges between waves, some)."""
        yield from self.shifts(plan, rng)
        yield from self.levels(plan, rng)
        yield from self.orders(plan, rng)
        yield from self.exchanges(plan, rng)
        yield from self.stagings(plan, rng)

    def _some_shifts(self, plan: Plan, rng: np.random.Generator) -> Iterator[PlanChange]:
        """Yield the start of one item moved."""
        rows = self._movable(plan)
        yield from self._shifts_of(plan, [rows[int(rng.integers(len(rows)))]] if rows else [])

    def shifts(self, plan: Plan, rng: np.random.Generator) -> Iterator[PlanChange]:
        """Yield each start moved by one step, two, four, eight, and to the ends."""
        yield from self._shifts_of(plan, self._movable(plan))

    def _movable(self, plan: Plan) -> list[int]:
        return [r for r, s in enumerate(plan.starts) if s and r not in self.in_sequence]

    def _shifts_of(self, plan: Plan, rows: Sequence[int]) -> Iterator[PlanChange]:
        for row in rows:
            item = self.problem.items[row]
            weeks = self.weeks(row)
            ends = {weeks[0], weeks[-1]}
            near = {plan.starts[row] + s * k * self.step for s in (-1, 1) for k in (1, 2, 4, 8)}
            for week in sorted({w for w in weeks if w in near} | ends - {plan.starts[row]}):
                by = week - plan.starts[row]
                words = f"{abs(by)} weeks {'earlier' if by < 0 else 'later'}"
                moved = replace(plan, starts=with_at(plan.starts, row, week))
                yield PlanChange(item.label, words, moved, (row,))

    def exchanges(self, plan: Plan, rng: np.random.Generator) -> Iterator[PlanChange]:
        """Yield each two starts exchanged."""
        there = self._movable(plan)
        labels = self.problem.labels
        for k, one in enumerate(there):
            for other in there[k + 1 :]:
                if plan.starts[one] != plan.starts[other]:
                    starts = with_at(plan.starts, one, plan.starts[other])
                    starts = with_at(starts, other, plan.starts[one])
                    words = f"exchanged with {labels[other]}"
                    yield PlanChange(labels[one], words, replace(plan, starts=starts), (one, other))

    def levels(self, plan: Plan, rng: np.random.Generator) -> Iterator[PlanChange]:
        """Yield each item with another dose or number of rounds, left out, or put in."""
        for row, item in enumerate(self.problem.items):
            now = plan.doses[row], plan.rounds[row]
            for dose, rounds in product(item.doses, item.rounds):
                level = (dose, rounds) if dose else (0.0, 0)
                if level == now or (not dose and rounds != item.rounds[0]):
                    continue
                start, gap = plan.starts[row], plan.gaps[row] if plan.gaps else 0
                if not dose:
                    start, gap = 0, 0
                elif not start:
                    start, gap = self._where_put_in(plan, row, rng)
                words = f"dose {dose:g}" if dose else "left out"
                if len(item.rounds) > 1 and dose:
                    words += f", {rounds} rounds"
                yield PlanChange(
                    item.label, words if plan.starts[row] else f"put in with {words}",
                    replace(
                        plan, starts=with_at(plan.starts, row, start),
                        doses=with_at(plan.doses, row, level[0]),
                        rounds=with_at(plan.rounds, row, level[1]),
                        gaps=with_at(plan.gaps, row, gap) if plan.gaps else (),
                    ), (row,),
                )  # fmt: skip

    def _where_put_in(self, plan: Plan, row: int, rng: np.random.Generator) -> tuple[int, int]:
        item, waves = self.problem.items[row], self.problem.waves
        gap = 0
        if item.waves and len(plan.waves) > 1:
            shared = waves.gaps if waves is not None else (0,)
            others = [
                plan.gaps[r] for r, other in enumerate(self.problem.items)
                if plan.starts[r] and other.waves and not other.gaps
            ]  # fmt: skip
            gap = int(rng.choice(item.gaps)) if item.gaps else (others or [*shared])[0]
        return int(rng.choice(self.weeks(row))), gap

    def orders(self, plan: Plan, rng: np.random.Generator) -> Iterator[PlanChange]:
        """Yield each sequence with two neighbours exchanged, another gap, or moved as a whole."""
        for sequence in self.problem.sequences:
            order = sorted((r for r in sequence.members if plan.starts[r]),
                           key=lambda r: (plan.starts[r], r))  # fmt: skip
            if not order:
                continue
            first = plan.starts[order[0]]
            label, rows = " → ".join(self.problem.labels[r] for r in order), tuple(order)
            for i in range(len(order)):
                for j in range(i + 1, len(order)):
                    other = [*order]
                    other[i], other[j] = other[j], other[i]
                    yield self._chained(plan, label, other, first, sequence.gaps[0], rows)
            for gap in sequence.gaps:
                yield self._chained(plan, label, order, first, gap, rows)
            for by in (-4, -2, -1, 1, 2, 4):
                week = first + by * self.step
                if week >= 1:
                    yield self._chained(plan, label, order, week, sequence.gaps[0], rows)

    def _chained(
        self, plan: Plan, label: str, order: Sequence[int], week: int, gap: int,
        rows: tuple[int, ...],
    ) -> PlanChange:  # fmt: skip
        starts = list(plan.starts)
        for k, row in enumerate(order):
            starts[row] = week
            moved = replace(plan, starts=tuple(starts))
            if k + 1 < len(order):
                spread = self.layout.wave_starts(moved, row)
                follows = self.problem.items[order[k + 1]]
                behind = spread[-1] if not follows.waves else spread[0]
                week = behind + self.problem.items[row].round_weeks + gap
        said = " → ".join(self.problem.labels[r] for r in order)
        return PlanChange(label, f"as {said}, gap {gap}", replace(plan, starts=tuple(starts)), rows)

    def _some_stagings(self, plan: Plan, rng: np.random.Generator) -> Iterator[PlanChange]:
        """Yield two groups exchanged between waves; now and then waves otherwise changed."""
        if len(plan.waves) < 2 or rng.random() < 0.3:
            yield from self._restaged(plan, rng)
        else:
            for words, other in exchanged(self.layout, plan, rng, 1):
                yield PlanChange("waves", words, other, ())

    def stagings(self, plan: Plan, rng: np.random.Generator) -> Iterator[PlanChange]:
        """Yield other waves: in other number, farther apart, in reverse, two groups exchanged."""
        if self.problem.waves is not None:
            yield from self._restaged(plan, rng)
            for words, other in exchanged(self.layout, plan, rng, _WAVE_MOVES):
                yield PlanChange("waves", words, other, ())

    def _restaged(self, plan: Plan, rng: np.random.Generator) -> Iterator[PlanChange]:
        for count in self.numbers:
            if count != len(plan.waves):
                some = self._some_waves(count, rng)
                if some is not None:
                    words = "everybody at once" if count == 1 else f"in {count} waves"
                    yield PlanChange("waves", words, self._into(plan, *some), ())
        if len(plan.waves) > 1:
            yield from self._gaps(plan)
            yield PlanChange("waves", "in reverse", replace(plan, waves=plan.waves[::-1]), ())

    def _gaps(self, plan: Plan) -> Iterator[PlanChange]:
        for gap in self.problem.waves.gaps if self.problem.waves is not None else ():
            gaps = tuple(
                gap if item.waves and not item.gaps and plan.starts[row] else plan.gaps[row]
                for row, item in enumerate(self.problem.items)
            )
            if gaps != plan.gaps:
                yield PlanChange("waves", f"{gap} weeks apart", replace(plan, gaps=gaps), ())
        for row, item in enumerate(self.problem.items):
            for gap in item.gaps if plan.starts[row] and item.waves else ():
                if gap != plan.gaps[row]:
                    moved = replace(plan, gaps=with_at(plan.gaps, row, gap))
                    yield PlanChange(item.label, f"{gap} weeks apart", moved, (row,))

    def mend(self, change: PlanChange) -> Plan | None:
        """Return the changed plan, others moved so that it keeps all constraints; None if not."""
        plan = change.plan
        if keeps(self.layout, plan):
            return plan
        settled = self.settled(plan.waves, self.gap(plan))
        if settled is None:
            return None
        found = settled.mended(settled.chosen(plan), change.rows, settled.far(plan))
        if found is None:
            return None
        plan = settled.plan(found)
        return plan if keeps(self.layout, plan) else None

    def nearest(self, plan: Plan, count: int, waves: Waves | None = None) -> Plan | None:
        """Return the plan of this many waves that is nearest to another in all it decides."""

        def cost(row: int, option: Option) -> float:
            if not option.start or not plan.starts[row]:
                return 20.0 * (bool(option.start) != bool(plan.starts[row]))
            level = (option.dose, option.rounds) != (plan.doses[row], plan.rounds[row])
            gap = plan.gaps[row] if plan.gaps else option.gap
            return abs(option.start - plan.starts[row]) + 8.0 * level + 2.0 * (option.gap != gap)

        return Program(self.layout, count, waves).solve(cost, work=3.0, exact=True).plan
