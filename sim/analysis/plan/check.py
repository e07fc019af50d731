"""Whether a plan keeps every constraint, and in words which it does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial, wraps
from itertools import pairwise
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from sim.analysis.plan.layout import Layout, Plan
from sim.analysis.plan.problem import HOURS, MONEY, Before, Item, Limit
from sim.analysis.plan.problem import Waves as Staging
from sim.numbers import counted, exact, fixed

P = ParamSpec("P")
T = TypeVar("T")
Weeks = tuple[int, ...]
Groups = tuple[tuple[str, ...], ...]

SLACK = 1e-3
"""Units by which a limit may be exceeded: rounding, of an integer program too."""


def remembered(find: Callable[Concatenate[Layout, P], T]) -> Callable[Concatenate[Layout, P], T]:
    """Let a function of a layout find things out once, by what else it is asked."""

    @wraps(find)
    def found(layout: Layout, *asked: Any) -> T:
        known = layout.known.get(find)
        if known is None:
            known = layout.known[find] = cache(partial(find, layout))
        return cast(T, known(*asked))

    return cast("Callable[Concatenate[Layout, P], T]", found)


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


def violations(layout: Layout, plan: Plan) -> tuple[str, ...]:
    """Return every constraint that a plan breaks, in words."""
    return tuple(_broken(layout, plan))


def keeps(layout: Layout, plan: Plan) -> bool:
    """Return whether a plan keeps every constraint."""
    return next(_broken(layout, plan), None) is None


def _broken(layout: Layout, plan: Plan) -> Iterator[str]:
    problem = layout.problem
    starts = [layout.wave_starts(plan, row) for row in range(len(problem.items))]
    runs = True
    for row, item in enumerate(problem.items):
        if not starts[row] and item.doses[0] > 0:
            yield f"{item.label} is left out"
    for row, mine in enumerate(starts):
        for text in _misplaced(layout, row, mine, plan.rounds[row]) if mine else ():
            runs = runs and "not over by" not in text
            yield text
    for one in problem.precedence:
        if starts[one.first] and starts[one.second]:
            yield from _out_of_order(layout, one, starts[one.first], starts[one.second])
    yield from _sequences(layout, plan, starts)
    yield from _divided(layout, plan)
    if runs and not _has_room(layout, plan):
        for limit in problem.limits:
            if limit.hard:
                yield from _exceeded(layout, plan, limit)


@remembered
def _misplaced(layout: Layout, row: int, starts: Weeks, rounds: int) -> tuple[str, ...]:
    """Return what is wrong with the weeks in which the waves of an item start."""
    return tuple(_is_misplaced(layout, row, starts, rounds))


def _is_misplaced(layout: Layout, row: int, starts: Weeks, rounds: int) -> Iterator[str]:
    problem, item = layout.problem, layout.problem.items[row]
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
        if not layout.fits_the_run(row, first, rounds):
            yield f"{item.label} is not over by week {layout.weeks}"
            continue
        windows = layout.windows(row, first, rounds)
        for blackout in problem.blackouts:
            if held_in(item, windows, blackout.start, blackout.end):
                yield f"{item.label} falls into {blackout}"


def _pairs(lasts: int, before: Weeks, after: Weeks) -> Iterator[tuple[int, int]]:
    """Yield, wave by wave, the week from which one item is over, and in which another starts.

    Where only the first goes in waves, its last wave counts.
    """
    if len(after) < len(before):
        before = before[-1:]
    for wave, start in enumerate(after):
        yield before[min(wave, len(before) - 1)] + lasts, start


@remembered
def _out_of_order(layout: Layout, one: Before, before: Weeks, after: Weeks) -> tuple[str, ...]:
    return tuple(_is_out_of_order(layout, one, before, after))


def _is_out_of_order(layout: Layout, one: Before, before: Weeks, after: Weeks) -> Iterator[str]:
    lasts = layout.problem.items[one.first].round_weeks
    label = layout.problem.items[one.second].label
    for k, (over, start) in enumerate(_pairs(lasts, before, after)):
        wave = f" (wave {k + 1})" if k else ""
        if start < over + one.lag:
            yield f"{one.text}: {label} starts in week {start}{wave}"
        elif one.most is not None and start > over + one.most:
            yield f"{one.text}: {label} starts only in week {start}{wave}"


def _sequences(layout: Layout, plan: Plan, starts: Sequence[Weeks]) -> Iterator[str]:
    labels = layout.problem.labels
    for sequence in layout.problem.sequences:
        inside = sorted((plan.starts[row], row) for row in sequence.members if plan.starts[row])
        found = set()
        for (_, first), (_, second) in pairwise(inside):
            lasts = layout.problem.items[first].round_weeks
            over, start = next(_pairs(lasts, starts[first], starts[second]))
            if start < over:
                yield f"{labels[second]} starts before {labels[first]} is over (sequences)"
            elif start - over not in sequence.gaps:
                gaps = " or ".join(map(str, sequence.gaps))
                weeks = counted(start - over, "week")
                yield f"{weeks} between {labels[first]} and {labels[second]}: {gaps}"
            found.add(start - over)
        if len(found) > 1 and found <= set(sequence.gaps):
            yield f"gaps of {' and '.join(map(str, sorted(found)))} weeks in one sequence"


def _divided(layout: Layout, plan: Plan) -> Iterator[str]:
    waves, count = layout.problem.waves, len(plan.waves)
    if waves is None and count > 1:
        yield f"{counted(count, 'wave')}, where the file asks for none"
    if waves is None:
        return
    if count not in waves.numbers:
        yield f"{counted(count, 'wave')}, not {' or '.join(map(str, waves.numbers))}"
        return
    if count < 2:
        return
    yield from _spaced(layout, plan, waves)
    yield from _grouped(layout, plan.waves)


def _spaced(layout: Layout, plan: Plan, waves: Staging) -> Iterator[str]:
    for row, gap in enumerate(plan.gaps):
        item = layout.problem.items[row]
        if plan.starts[row] and item.waves and gap not in (item.gaps or waves.gaps):
            yield f"{item.label}: {counted(gap, 'week')} between its waves"
    shared = {
        plan.gaps[row]
        for row, item in enumerate(layout.problem.items)
        if plan.starts[row] and item.waves and not item.gaps
    }
    if len(shared) > 1:
        yield "what has no gaps of its own is not as far apart from wave to wave"


@remembered
def _grouped(layout: Layout, waves: Groups) -> tuple[str, ...]:
    """Return what is wrong with who is in which wave."""
    return tuple(_is_grouped(layout, waves))


def _is_grouped(layout: Layout, waves: Groups) -> Iterator[str]:
    staging, wave_of = layout.problem.waves, layout.wave_of(waves)
    assert staging is not None
    if min(wave_of) < 0:
        yield from _of_other_parts(layout, waves, staging)
        return
    at = dict(zip(staging.names, wave_of, strict=True))
    for pair in staging.apart:
        if len({at[name] for name in pair}) < len(pair):
            yield f"{' and '.join(pair)} in one wave (apart)"
    for first, second in staging.before:
        if at[first] >= at[second]:
            yield f"{first} not in an earlier wave than {second} (before)"
    if staging.pilot is not None and staging.pilot.groups not in (None, len(waves[0])):
        yield f"a pilot of {counted(len(waves[0]), 'group')}, not {staging.pilot.groups}"
    for wave, (low, high) in zip(waves, size_bounds(layout, len(waves)), strict=True):
        people = sum(layout.part_people(name) for name in wave)
        if not wave or not low <= people <= high:
            yield f"a wave of {counted(people, 'person', 'people')}, where {low} to {high} may be"


def _of_other_parts(layout: Layout, waves: Groups, staging: Staging) -> Iterator[str]:
    """Yield what waves break that are no whole groups of teams: those of simple plans."""
    asked = [name for name in ("apart", "before") if getattr(staging, name)]
    if asked:
        yield f"waves that are no whole groups of teams ({' and '.join(asked)})"
    if staging.pilot is None:
        return
    if staging.pilot.groups is not None:
        yield f"a first wave that is no pilot of {counted(staging.pilot.groups, 'group')}"
    people = sum(layout.part_people(name) for name in waves[0])
    most = size_bounds(layout, len(waves))[0][1]
    if people > most:
        yield f"a pilot of {counted(people, 'person', 'people')}, where {most} may be"


def _has_room(layout: Layout, plan: Plan) -> bool:
    """Return whether a plan is within all limits for certain."""
    room, count = _room(layout), len(plan.waves)
    if not len(room):
        return True
    amounts, total = _amounts(layout, plan.waves), np.zeros((len(room), 1, layout.weeks))
    for row, start in enumerate(plan.starts):
        if start:
            gap = plan.gaps[row] if plan.gaps else 0
            held = _held(layout, row, start, plan.doses[row], plan.rounds[row], gap, count)
            total += amounts[row] @ held
    return bool((total[:, 0] <= room + SLACK / 2).all())


@remembered
def _room(layout: Layout) -> NDArray[np.float64]:
    """Return what there is of each limit that must be kept, shape (n_limits, weeks)."""
    return np.array([layout.there_is(limit) for limit in layout.problem.limits if limit.hard])


@remembered
def _amounts(layout: Layout, waves: Groups) -> NDArray[np.float64]:
    """Return what waves take of each limit, shape (n_items, n_limits, 1, n_waves)."""
    hard = [limit for limit in layout.problem.limits if limit.hard]
    found = [layout.amounts(limit.name, waves, limit.group) for limit in hard]
    return np.stack(found, axis=1)[:, :, None]


@remembered
def _held(
    layout: Layout, row: int, start: int, dose: float, rounds: int, gap: int, count: int
) -> NDArray[np.float64]:
    """Return which part of that each wave of an item takes, shape (n_limits, n_waves, weeks)."""
    hard = [limit for limit in layout.problem.limits if limit.hard]
    found = np.zeros((len(hard), count, layout.weeks))
    for limit, mine in zip(hard, found, strict=True):
        _, once = layout.occupation(row, limit.name)
        for wave, by in enumerate(layout.offsets(row, count, gap)):
            mine[wave] = layout.active(row, start + by, rounds, once)
        mine *= dose if limit.name in (HOURS, MONEY) else 1.0
    budget = [limit.budget for limit in hard]
    found[budget] = np.cumsum(found[budget], axis=2)
    return found


def _exceeded(layout: Layout, plan: Plan, limit: Limit) -> Iterator[str]:
    over = layout.excess(plan, limit)
    late = np.flatnonzero(over > SLACK)
    if not late.size:
        return
    there = layout.there_is(limit)
    if limit.budget:
        week = int(late[-1] if len(limit.amounts) == 1 else over.argmax())
        when = "in all" if len(limit.amounts) == 1 else f"by week {week + 1}"
        yield f"{limit.what} {when}: {fixed(there[week] + over[week], 0)} of {exact(there[week])}"
    else:
        week = int(late[0])
        most = exact(there[week] + over[week])
        yield f"{limit.what} in week {week + 1}: {most} of {exact(there[week])}"
