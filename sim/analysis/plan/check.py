"""Whether a plan keeps every constraint, and in words which it does not."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from sim.analysis.plan.problem import Before, Item, Limit
from sim.analysis.plan.problem import Waves as Staging

if TYPE_CHECKING:
    from sim.analysis.plan.layout import Layout, Plan


SLACK = 1e-3
"""Units by which a limit may be exceeded: rounding, of an integer program too."""


def held_in(item: Item, windows: tuple[tuple[int, int], ...], start: int, end: int) -> bool:
    """Return whether something is held, or what goes on begins, from ``start`` to ``end``."""
    if item.base.ongoing:
        return bool(windows) and start <= windows[0][0] <= end
    return any(first <= end and last >= start for first, last in windows)


def size_bounds(layout: Layout, count: int) -> list[tuple[int, int]]:
    """Return the fewest and the most people of each of this many waves.

    Waves that are to be about as large as each other differ from their mean by no more than
    the largest group of teams.
    """
    waves = layout.problem.waves
    if waves is None or count < 2:
        return [(0, layout.organisation.n_people)]
    sizes = [layout.part_people(name) for name in waves.names]
    total, largest = sum(sizes), max(sizes)
    bounds: list[tuple[int, int]] = []
    first = None
    if (pilot := waves.pilot) is not None:
        most = total
        if pilot.people is not None:
            most = int(pilot.people if pilot.people >= 1 else pilot.people * total)
        first = (0, most)
        if pilot.groups is not None:
            each = sorted(sizes)
            first = (sum(each[: pilot.groups]), min(most, sum(each[-pilot.groups :])))
        bounds.append(first)
    rest = count - len(bounds)
    for _ in range(rest):
        if not waves.even or (rest == 1 and first is not None):
            bounds.append((0, total))
            continue
        low = (total - (first[1] if first else 0)) / rest - largest
        high = (total - (first[0] if first else 0)) / rest + largest
        bounds.append((max(0, int(np.floor(low))), int(np.ceil(high))))
    return bounds


def violations(layout: Layout, plan: Plan) -> Iterator[str]:
    """Yield every constraint that a plan breaks, in words."""
    problem = layout.problem
    there = [row for row in range(len(problem.items)) if plan.starts[row]]
    runs = True
    for row, item in enumerate(problem.items):
        if row not in there and item.doses[0] > 0:
            yield f"{item.label} is left out"
    for row in there:
        for text in _misplaced(layout, plan, row):
            runs = runs and "not over by" not in text
            yield text
    for one in problem.precedence:
        if one.first in there and one.second in there:
            yield from _out_of_order(layout, plan, one)
    yield from _sequences(layout, plan)
    yield from _divided(layout, plan)
    if runs:
        for limit in problem.limits:
            if limit.hard:
                yield from _exceeded(layout, plan, limit)


def _misplaced(layout: Layout, plan: Plan, row: int) -> tuple[str, ...]:
    gap = plan.gaps[row] if plan.gaps else 0
    key = (row, len(plan.waves), plan.starts[row], plan.rounds[row], gap)
    if key not in layout.misplaced:
        layout.misplaced[key] = tuple(_is_misplaced(layout, plan, row))
    return layout.misplaced[key]


def _is_misplaced(layout: Layout, plan: Plan, row: int) -> Iterator[str]:
    problem, item = layout.problem, layout.problem.items[row]
    starts = layout.wave_starts(plan, row)
    if starts[0] < item.earliest:
        yield f"{item.label} starts before week {item.earliest}"
    if starts[0] > item.latest:
        yield f"{item.label} starts after week {item.latest}"
    if item.over_by is not None and starts[-1] > item.over_by:
        yield f"{item.label} has a wave that starts after week {item.over_by}"
    for wave, week in item.pinned.items():
        if wave < len(starts) and starts[wave] != week:
            yield f"{item.label}: wave {wave + 1} starts in week {starts[wave]}, not {week}"
    for first in starts:
        if not layout.fits_the_run(row, first, plan.rounds[row]):
            yield f"{item.label} is not over by week {layout.weeks}"
            continue
        windows = layout.windows(row, first, plan.rounds[row])
        for blackout in problem.blackouts:
            if held_in(item, windows, blackout.start, blackout.end):
                yield f"{item.label} falls into {blackout}"


def _pairs(layout: Layout, plan: Plan, first: int, second: int) -> Iterator[tuple[int, int]]:
    """Yield, wave by wave, the week from which ``first`` is over, and in which ``second`` starts.

    Where only the first goes in waves, its last wave counts.
    """
    before, after = layout.wave_starts(plan, first), layout.wave_starts(plan, second)
    lasts = layout.problem.items[first].round_weeks
    if len(after) < len(before):
        before = before[-1:]
    for wave, start in enumerate(after):
        yield before[min(wave, len(before) - 1)] + lasts, start


def _out_of_order(layout: Layout, plan: Plan, one: Before) -> tuple[str, ...]:
    two = (one.first, one.second)
    gaps = [plan.gaps[row] if plan.gaps else 0 for row in two]
    key = (one, len(plan.waves), *(plan.starts[row] for row in two), *gaps)
    if key not in layout.misplaced:
        layout.misplaced[key] = tuple(_is_out_of_order(layout, plan, one))
    return layout.misplaced[key]


def _is_out_of_order(layout: Layout, plan: Plan, one: Before) -> Iterator[str]:
    label = layout.problem.items[one.second].label
    for k, (over, start) in enumerate(_pairs(layout, plan, one.first, one.second)):
        wave = f" (wave {k + 1})" if k else ""
        if start < over + one.lag:
            yield f"{one.text}: {label} starts in week {start}{wave}"
        elif one.most is not None and start > over + one.most:
            yield f"{one.text}: {label} starts only in week {start}{wave}"


def _sequences(layout: Layout, plan: Plan) -> Iterator[str]:
    labels = layout.problem.labels
    for sequence in layout.problem.sequences:
        inside = sorted((plan.starts[row], row) for row in sequence.members if plan.starts[row])
        found = set()
        for (_, first), (_, second) in pairwise(inside):
            over, start = next(_pairs(layout, plan, first, second))
            if start < over:
                yield f"{labels[second]} starts before {labels[first]} is over (sequences)"
            elif start - over not in sequence.gaps:
                gaps = " or ".join(map(str, sequence.gaps))
                yield f"{start - over} weeks between {labels[first]} and {labels[second]}: {gaps}"
            found.add(start - over)
        if len(found) > 1 and found <= set(sequence.gaps):
            yield f"gaps of {' and '.join(map(str, sorted(found)))} weeks in one sequence"


def _divided(layout: Layout, plan: Plan) -> Iterator[str]:
    waves, count = layout.problem.waves, len(plan.waves)
    if waves is None and count > 1:
        yield f"{count} waves, where the file asks for none"
    if waves is None or waves.fixed is not None:
        return
    if count not in waves.numbers:
        yield f"{count} waves, not {' or '.join(map(str, waves.numbers))}"
        return
    if count < 2:
        return
    yield from _spaced(layout, plan, waves)
    if plan.waves not in layout.misplaced:
        layout.misplaced[plan.waves] = tuple(_grouped(layout, plan, waves))
    yield from layout.misplaced[plan.waves]


def _spaced(layout: Layout, plan: Plan, waves: Staging) -> Iterator[str]:
    for row, gap in enumerate(plan.gaps):
        item = layout.problem.items[row]
        if plan.starts[row] and item.waves and gap not in (item.gaps or waves.gaps):
            yield f"{item.label}: {gap} weeks between its waves"
    shared = {
        plan.gaps[row]
        for row, item in enumerate(layout.problem.items)
        if plan.starts[row] and item.waves and not item.gaps
    }
    if len(shared) > 1:
        yield "what has no gaps of its own is not as far apart from wave to wave"


def _grouped(layout: Layout, plan: Plan, waves: Staging) -> Iterator[str]:
    wave_of = layout.wave_of(plan.waves)
    if min(wave_of) < 0:
        yield from _of_other_parts(layout, plan, waves)
        return
    at = dict(zip(waves.names, wave_of, strict=True))
    for pair in waves.apart:
        if len({at[name] for name in pair}) < len(pair):
            yield f"{' and '.join(pair)} in one wave (apart)"
    for first, second in waves.before:
        if at[first] >= at[second]:
            yield f"{first} not in an earlier wave than {second} (before)"
    if waves.pilot is not None and waves.pilot.groups not in (None, len(plan.waves[0])):
        yield f"a pilot of {len(plan.waves[0])} groups, not {waves.pilot.groups}"
    for wave, (low, high) in zip(plan.waves, size_bounds(layout, len(plan.waves)), strict=True):
        people = sum(layout.part_people(name) for name in wave)
        if not wave or not low <= people <= high:
            yield f"a wave of {people} people, where {low} to {high} may be"


def _of_other_parts(layout: Layout, plan: Plan, waves: Staging) -> Iterator[str]:
    """Yield what waves break that are no whole groups of teams: those of simple plans."""
    asked = [name for name in ("apart", "before") if getattr(waves, name)]
    if asked:
        yield f"waves that are no whole groups of teams ({' and '.join(asked)})"
    if waves.pilot is None:
        return
    if waves.pilot.groups is not None:
        yield f"a first wave that is no pilot of {waves.pilot.groups} groups"
    people = sum(layout.part_people(name) for name in plan.waves[0])
    most = size_bounds(layout, len(plan.waves))[0][1]
    if people > most:
        yield f"a pilot of {people} people, where {most} may be"


def _exceeded(layout: Layout, plan: Plan, limit: Limit) -> Iterator[str]:
    over = layout.excess(plan, limit)
    late = np.flatnonzero(over > SLACK)
    if not late.size:
        return
    there = layout.there_is(limit)
    if limit.budget:
        week = int(late[-1] if len(limit.amounts) == 1 else over.argmax())
        when = "in all" if len(limit.amounts) == 1 else f"by week {week + 1}"
        yield f"{limit.what} {when}: {there[week] + over[week]:,.0f} of {there[week]:,.6g}"
    else:
        week = int(late[0])
        most = f"{there[week] + over[week]:,.6g}"
        yield f"{limit.what} in week {week + 1}: {most} of {there[week]:,.6g}"
