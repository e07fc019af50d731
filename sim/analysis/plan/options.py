"""What may be chosen: start, dose, rounds and gap of an intervention, and who is in which wave."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from sim.analysis.plan.check import held_in, keeps, remembered, size_bounds
from sim.analysis.plan.layout import Layout, Plan, Waves
from sim.analysis.plan.problem import HOURS, MONEY, Limit
from sim.arrays import Floats

Weeks = range | None

_MOST_DIVISIONS = 4_000
"""Assignments of groups to waves up to which every division is listed."""
_MIXED = 2
"""Exchanges that are tried, for each group of teams, to have other waves."""


@dataclass(frozen=True, slots=True)
class Option:
    """What may be chosen for one intervention; start 0 leaves it out."""

    start: int
    dose: float
    rounds: int
    gap: int


@remembered
def options_of(
    layout: Layout, row: int, count: int, weeks: Weeks = None, gaps: tuple[int, ...] | None = None
) -> tuple[Option, ...]:
    """Return every choice for an intervention that its own bounds, run and blackouts allow.

    - ``count``: number of waves
    - ``weeks``: start weeks looked at; from its earliest to its latest by default
    - ``gaps``: weeks between waves; those that may be chosen by default
    """
    problem, item = layout.problem, layout.problem.items[row]
    found: list[Option] = []
    if gaps is None:
        gaps = item.gaps or (problem.waves.gaps if problem.waves is not None else (0,))
    spread = item.waves and count > 1
    weeks = range(item.earliest, item.latest + 1) if weeks is None else weeks

    def may_be(starts: list[int], rounds: int) -> bool:
        return (
            (item.over_by is None or starts[-1] <= item.over_by)
            and all(w >= len(starts) or starts[w] == week for w, week in item.pinned.items())
            and all(_is_free(layout, row, week, rounds) for week in starts)
        )

    for dose, rounds in product(item.doses, item.rounds):
        if dose == 0:
            found += [Option(0, 0.0, 0, 0)] if rounds == item.rounds[0] else []
            continue
        for gap in gaps if spread else (0,):
            offsets = layout.offsets(row, count, gap)
            found += [
                Option(start, dose, rounds, gap)
                for start in weeks
                if may_be([start + offset for offset in offsets], rounds)
            ]
    return tuple(found)


@remembered
def _is_free(layout: Layout, row: int, week: int, rounds: int) -> bool:
    """Return whether a wave that starts in a week is over in time, and beside all blackouts."""
    windows = layout.windows(row, week, rounds)
    return layout.fits_the_run(row, week, rounds) and not any(
        held_in(layout.problem.items[row], windows, blackout.start, blackout.end)
        for blackout in layout.problem.blackouts
    )


@remembered
def taken_of(
    layout: Layout, limit: Limit, row: int, count: int, weeks: Weeks = None,
    gaps: tuple[int, ...] | None = None,
) -> Floats:  # fmt: skip
    """Return what each choice takes of a limit, as parts of what it is in an active week.

    Returns
    -------
    array, shape (n_waves, n_options, weeks)
        Of a budget what has been taken by then; in parts of what is taken at dose 1.
    """
    options = options_of(layout, row, count, weeks, gaps)
    _, once = layout.occupation(row, limit.name)
    offsets = np.array([layout.offsets(row, count, option.gap) for option in options]).T
    starts, rounds = np.array([(option.start, option.rounds) for option in options]).T
    starts = np.where(starts > 0, starts + offsets, 0)
    found = np.zeros((*starts.shape, layout.weeks))
    for often in np.unique(rounds):
        active = _active(layout, row, int(often), once)
        active = np.cumsum(active, axis=1) if limit.budget else active
        found[:, rounds == often] = active[starts[:, rounds == often]]
    if limit.name in (HOURS, MONEY):
        found *= np.array([[option.dose] for option in options])
    return found


@remembered
def _active(layout: Layout, row: int, rounds: int, once: bool) -> Floats:
    """Return 1 for each week in which a wave takes something, by its start; 0 is none."""
    mine = [layout.active(row, week, rounds, once) for week in range(1, layout.weeks + 1)]
    return np.stack([np.zeros(layout.weeks), *mine])


def every_division(layout: Layout, numbers: Sequence[int]) -> dict[int, list[Waves]] | None:
    """Return every division into waves by their number; None where there are too many to list."""
    waves = layout.problem.waves
    found: dict[int, list[Waves]] = {}
    for count in numbers:
        if count < 2 or waves is None:
            found[count] = [((),)]
            continue
        if count ** len(waves.names) > _MOST_DIVISIONS:
            return None
        found[count] = [
            layout.divided(wave_of, count)
            for wave_of in product(range(count), repeat=len(waves.names))
            if _is_division(layout, wave_of, count)
        ]
    return found


def _is_division(layout: Layout, wave_of: Sequence[int], count: int) -> bool:
    waves = layout.problem.waves
    assert waves is not None
    sizes = [layout.part_people(name) for name in waves.names]
    people = np.bincount(wave_of, sizes, minlength=count)
    groups = np.bincount(wave_of, minlength=count)
    at = dict(zip(waves.names, wave_of, strict=True))
    pilot = waves.pilot.groups if waves.pilot is not None else None
    return (
        bool(groups.all())
        and pilot in (None, groups[0])
        and all(low <= size <= high for size, (low, high)
                in zip(people, size_bounds(layout, count), strict=True))
        and all(len({at[name] for name in group}) == len(group) for group in waves.apart)
        and all(at[first] < at[second] for first, second in waves.before)
    )  # fmt: skip


def evened(layout: Layout, count: int) -> Waves:
    """Return groups of teams, the largest first, each put into the wave with fewest people."""
    assert layout.problem.waves is not None
    sizes = [layout.part_people(name) for name in layout.problem.waves.names]
    wave_of, people = [0] * len(sizes), [0] * count
    for group in np.argsort(sizes, kind="stable")[::-1]:
        wave_of[group] = wave = int(np.argmin(people))
        people[wave] += sizes[group]
    return layout.divided(wave_of, count)


def mixed(layout: Layout, plan: Plan, rng: np.random.Generator, times: int | None = None) -> Plan:
    """Return a plan that keeps all constraints with groups of teams in other waves.

    Two groups are exchanged, or one put beside another, again and again, where that keeps all
    constraints.

    - ``times``: exchanges that are tried; by default so many that all groups are moved
    """
    waves = layout.problem.waves
    if waves is None or len(plan.waves) < 2:
        return plan
    wave_of = np.array(layout.wave_of(plan.waves))
    times = _MIXED * len(wave_of) if times is None else times
    for a, b in rng.integers(len(wave_of), size=(times, 2)):
        if wave_of[a] == wave_of[b]:
            continue
        mine = wave_of.copy()
        mine[a] = wave_of[b]
        if rng.random() < 0.75:
            mine[b] = wave_of[a]
        other = replace(plan, waves=layout.divided(mine.tolist(), len(plan.waves)))
        if keeps(layout, other):
            plan, wave_of = other, mine
    return plan


def exchanged(
    layout: Layout, plan: Plan, rng: np.random.Generator, times: int
) -> Iterator[tuple[str, Plan]]:
    """Yield a plan with two groups of teams exchanged, or put together, and that in words.

    - ``times``: pairs of groups that are drawn; those of one wave are left out
    """
    waves, wave_of = layout.problem.waves, np.array(layout.wave_of(plan.waves))
    if waves is None or len(plan.waves) < 2 or wave_of.min() < 0:
        return
    for _ in range(times):
        a, b = (int(k) for k in rng.choice(len(wave_of), 2, replace=False))
        if wave_of[a] != wave_of[b]:
            mine = wave_of.copy()
            mine[[a, b]] = mine[[b, a]]
            if rng.random() < 0.25:
                mine[b] = mine[a]
            divided = layout.divided(mine.tolist(), len(plan.waves))
            words = f"{waves.names[a]} and {waves.names[b]} exchanged"
            yield words, replace(plan, waves=divided)
