"""From what is decided to a plan that keeps every constraint, by a serial schedule.

Interventions are placed one at a time, in the order of their wished weeks, each in the first
week from its wish on in which windows, precedence, blackouts and capacity allow it (the serial
schedule generation scheme of project scheduling). What exceeds the budget is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sim.analysis.plan.layout import SLACK, Fitted, Layout, Plan, Wish
from sim.analysis.plan.problem import Item

__all__ = ["Schedule", "held_in", "violations"]

Floats = NDArray[np.float64]


def _orders(wish: Wish, layout: Layout, repairs: list[str]) -> dict[int, int]:
    """Return each member's predecessor in its sequence, its order kept to precedence."""
    previous: dict[int, int] = {}
    for order in wish.orders:
        left = [row for row in order if wish.doses[row] > 0]
        done: list[int] = []
        while left:
            blocked = {
                row for row in left for first, _, _ in layout.before.get(row, ()) if first in left
            }
            row = next(one for one in left if one not in blocked)
            if row != left[0]:
                labels = layout.problem.labels
                repairs.append(f"{labels[row]} taken before {labels[left[0]]}: precedence")
            left.remove(row)
            done.append(row)
        previous |= dict(zip(done[1:], done, strict=False))
    return previous


class Schedule:
    """One serial schedule."""

    def __init__(self, layout: Layout, wish: Wish) -> None:
        self.layout, self.wish = layout, wish
        self.items = layout.problem.items
        self.repairs: list[str] = []
        self.previous = _orders(wish, layout, self.repairs)
        self.sequence_gap = {
            row: gap for order, gap in zip(wish.orders, wish.gaps, strict=True) for row in order
        }
        self.use = {name: np.zeros(layout.weeks) for name in layout.problem.capacity}
        self._latest: dict[int, int] = {}
        self.starts = dict.fromkeys((r for r, dose in enumerate(wish.doses) if dose == 0), 0)

    def plan(self) -> Plan:
        """Return what has been placed as a plan."""
        wish = self.wish
        return Plan(
            tuple(self.starts[row] for row in range(len(self.items))),
            tuple(wish.doses),
            tuple(r if d > 0 else 0 for r, d in zip(wish.rounds, wish.doses, strict=True)),
            wish.waves if len(wish.waves) > 1 else ((),),
            wish.gap if len(wish.waves) > 1 else 0,
        )

    def fitted(self) -> Fitted:
        """Place everything."""
        todo = [row for row in range(len(self.items)) if row not in self.starts]
        while todo:
            row, wished = min(
                ((row, self.wished(row)) for row in todo if self.is_ready(row, todo)),
                key=lambda pair: (pair[1], pair[0]),
            )
            start, reasons = self.first_week(row, wished)
            if start is None:
                label = self.items[row].label
                return Fitted(None, (*self.repairs, f"{label}: {', '.join(reasons)}"))
            if start != wished:
                what = f"{self.items[row].label} moved from week {wished} to {start}"
                self.repairs.append(f"{what}: {', '.join(reasons)}")
            self.starts[row] = start
            self.occupy(row, start)
            todo.remove(row)
        plan = self.plan()
        totals = self.layout.totals(plan)
        over = [
            f"budget of {budget:g} {name} (it takes {totals[name]:,.0f})"
            for name, budget in self.layout.problem.budget.items()
            if totals[name] > budget + SLACK
        ]
        return Fitted(None if over else plan, (*self.repairs, *over))

    def is_ready(self, row: int, todo: list[int]) -> bool:
        """Return whether all that must come before is placed."""
        firsts = [first for first, _, _ in self.layout.before.get(row, ())]
        return not any(one in todo for one in (*firsts, self.previous.get(row, -1)))

    def end(self, first: int, row: int, start: int | None = None) -> int:
        """Return the first week in which ``first`` is over for those whom ``row`` reaches."""
        behind = 0
        if self.items[first].waves and not self.items[row].waves:
            behind = (len(self.wish.waves) - 1) * self.wish.gap
        begun = self.starts[first] if start is None else start
        return begun + behind + self.items[first].round_weeks

    def wished(self, row: int) -> int:
        """Return the wished week, or the one after its predecessor in a sequence."""
        if (first := self.previous.get(row)) is not None:
            return self.end(first, row) + self.sequence_gap[row]
        return self.wish.starts[row]

    def first_week(self, row: int, wished: int) -> tuple[int | None, list[str]]:
        """Return the first week that is possible, and why it is not the wished one."""
        item, reasons = self.items[row], dict[str, None]()
        earliest, latest = item.earliest, self.latest(row)
        if wished < earliest:
            reasons["earliest"] = None
        for first, lag, text in self.layout.before.get(row, ()):
            if self.starts[first] and self.end(first, row) + lag > earliest:
                earliest = self.end(first, row) + lag
                if wished < earliest:
                    reasons[text] = None
        if (before := self.previous.get(row)) is not None:
            earliest = max(earliest, self.end(before, row))
        if wished > latest:
            reasons[f"latest start is week {latest}"] = None
        nearest = min(max(wished, earliest), latest)
        for start in (*range(nearest, latest + 1), *range(nearest - 1, earliest - 1, -1)):
            if (blocked := self.blocked(row, start)) is None:
                return (start, list(reasons)) if start >= earliest else (None, list(reasons))
            reasons[blocked] = None
        return None, list(reasons) or ["no week is left"]

    def latest(self, row: int) -> int:
        """Return the last first week that leaves time for its waves and for what comes after."""
        if row not in self._latest:
            item, rounds = self.items[row], self.wish.rounds[row]
            waves = len(self.wish.waves) if item.waves else 1
            latest = item.latest - (waves - 1) * self.wish.gap
            while latest > 0 and not self.layout.fits_the_run(
                row, latest + (waves - 1) * self.wish.gap, rounds
            ):
                latest -= 1
            for one in self.layout.problem.precedence:
                if one.first == row and self.wish.doses[one.second] > 0:
                    over = self.end(row, one.second, 0) + one.lag
                    latest = min(latest, self.latest(one.second) - over)
            self._latest[row] = latest
        return self._latest[row]

    def waves(self, row: int) -> list[tuple[tuple[str, ...], int]]:
        """Return the waves of an item and their offsets."""
        many = self.items[row].waves and len(self.wish.waves) > 1
        return [
            (wave, w * self.wish.gap) for w, wave in enumerate(self.wish.waves if many else ((),))
        ]

    def blocked(self, row: int, start: int) -> str | None:
        """Return what forbids a start in a week, or None."""
        item, added = self.items[row], dict[str, Floats]()
        for wave, offset in self.waves(row):
            windows = self.layout.windows(row, start + offset, self.wish.rounds[row])
            for blackout in self.layout.problem.blackouts:
                if held_in(item, windows, blackout.start, blackout.end):
                    return str(blackout)
            for name, amount in self.amounts(row, wave):
                extra = added.setdefault(name, np.zeros(self.layout.weeks))
                for begin, end in windows:
                    extra[begin - 1 : end] += amount
        for name, extra in added.items():
            capacity = self.layout.problem.capacity[name]
            if ((extra > 0) & (self.use[name] + extra > capacity + SLACK)).any():
                return f"capacity of {capacity:g} {name} a week"
        return None

    def amounts(self, row: int, wave: tuple[str, ...]) -> list[tuple[str, float]]:
        """Return what a wave of an item takes of each capacity that is limited."""
        people = self.layout.people(row, wave) if self.use else 0
        amounts = self.layout.amounts(row, people, self.wish.doses[row])
        return [(name, amounts[name]) for name in self.use if amounts.get(name)]

    def occupy(self, row: int, start: int) -> None:
        """Take what an item takes of every capacity."""
        for wave, offset in self.waves(row):
            for begin, end in self.layout.windows(row, start + offset, self.wish.rounds[row]):
                for name, amount in self.amounts(row, wave):
                    self.use[name][begin - 1 : end] += amount


def held_in(item: Item, windows: tuple[tuple[int, int], ...], start: int, end: int) -> bool:
    """Return whether something is held, or what goes on begins, from ``start`` to ``end``."""
    if item.base.ongoing:
        return bool(windows) and start <= windows[0][0] <= end
    return any(first <= end and last >= start for first, last in windows)


def violations(layout: Layout, plan: Plan) -> Iterable[str]:
    """Yield every constraint that a plan breaks, in words."""
    there = [row for row in range(len(layout.problem.items)) if plan.starts[row]]
    for row in there:
        yield from _misplaced(layout, plan, row)
    for one in layout.problem.precedence:
        if one.first in there and one.second in there:
            first, second = layout.problem.items[one.first], layout.problem.items[one.second]
            behind = plan.offsets(first)[-1] if not second.waves else 0
            over = plan.starts[one.first] + behind + first.round_weeks + one.lag
            if plan.starts[one.second] < over:
                yield f"{one.text}: {second.label} starts in week {plan.starts[one.second]}"
    for sequence in layout.problem.sequences:
        inside = sorted((plan.starts[row], row) for row in sequence.members if plan.starts[row])
        for (_, before), (start, row) in pairwise(inside):
            first, second = layout.problem.items[before], layout.problem.items[row]
            behind = plan.offsets(first)[-1] if not second.waves else 0
            if start < plan.starts[before] + behind + first.round_weeks:
                yield f"{second.label} starts before {first.label} is over (sequences)"
    yield from _exceeded(layout, plan, layout.problem.capacity, layout.problem.budget)


def _misplaced(layout: Layout, plan: Plan, row: int) -> Iterable[str]:
    item = layout.problem.items[row]
    if plan.starts[row] < item.earliest:
        yield f"{item.label} starts before week {item.earliest}"
    for offset in plan.offsets(item):
        first = plan.starts[row] + offset
        if first > item.latest:
            yield f"{item.label} starts after week {item.latest}"
        if not layout.fits_the_run(row, first, plan.rounds[row]):
            yield f"{item.label} is not over by week {layout.weeks}"
            continue
        windows = layout.windows(row, first, plan.rounds[row])
        for blackout in layout.problem.blackouts:
            if held_in(item, windows, blackout.start, blackout.end):
                yield f"{item.label} falls into {blackout}"


def _exceeded(
    layout: Layout, plan: Plan, capacity: Mapping[str, float], budget: Mapping[str, float]
) -> Iterable[str]:
    if not all(
        layout.fits_the_run(row, start + offset, plan.rounds[row])
        for row, start in enumerate(plan.starts)
        if start
        for offset in plan.offsets(layout.problem.items[row])
    ):
        return
    use = layout.load(plan)
    for name, limit in capacity.items():
        if (over := np.flatnonzero(use[name] > limit + 1e-6)).size:
            most = float(use[name].max())
            yield f"{name} in week {over[0] + 1}: {most:g} of {limit:g}"
    for name, limit in budget.items():
        if use[name].sum() > limit + 1e-6:
            yield f"{name} in all: {use[name].sum():,.0f} of {limit:g}"
