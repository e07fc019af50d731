"""What may be chosen: start, dose, rounds and gap of an intervention, and who is in which wave."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from sim.analysis.plan.check import held_in, size_bounds
from sim.analysis.plan.layout import Layout, Plan, Waves

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


def options_of(layout: Layout, row: int, count: int, weeks: Iterable[int] | None = None,
               gaps: Sequence[int] | None = None) -> list[Option]:  # fmt: skip
    """Return every choice for an intervention that its own bounds, run and blackouts allow.

    Parameters
    ----------
    count : int
        Number of waves.
    weeks : iterable of int, optional
        Start weeks looked at; from its earliest to its latest by default.
    gaps : sequence of int, optional
        Weeks between waves; those that may be chosen by default.
    """
    problem, item = layout.problem, layout.problem.items[row]
    found: list[Option] = []
    if gaps is None:
        gaps = item.gaps or (problem.waves.gaps if problem.waves is not None else (0,))
    spread = item.waves and count > 1
    weeks = [*(weeks if weeks is not None else range(item.earliest, item.latest + 1))]
    free: dict[tuple[int, int], bool] = {}

    def is_free(week: int, rounds: int) -> bool:
        key = (week, rounds)
        if key not in free:
            free[key] = layout.fits_the_run(row, week, rounds) and not any(
                held_in(item, layout.windows(row, week, rounds), b.start, b.end)
                for b in problem.blackouts
            )
        return free[key]

    def may_be(starts: list[int], rounds: int) -> bool:
        return (
            (item.over_by is None or starts[-1] <= item.over_by)
            and all(w >= len(starts) or starts[w] == week for w, week in item.pinned.items())
            and all(is_free(week, rounds) for week in starts)
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
    return found


def every_division(layout: Layout, numbers: Sequence[int]) -> dict[int, list[Waves]] | None:
    """Return every division into waves by their number; None where there are too many to list."""
    waves = layout.problem.waves
    found: dict[int, list[Waves]] = {}
    for count in numbers:
        if count < 2 or waves is None:
            found[count] = [((),)]
            continue
        if waves.fixed is not None:
            at = {unit: w for w, units in enumerate(waves.fixed) for unit in units}
            found[count] = [layout.divided([at[u] for u in range(len(at))], count)]
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


def mixed(layout: Layout, plan: Plan, rng: np.random.Generator, times: int | None = None) -> Plan:
    """Return a plan that keeps all constraints with groups of teams in other waves.

    Two groups are exchanged, or one put beside another, again and again, where that keeps all
    constraints.

    Parameters
    ----------
    times : int, optional
        Exchanges that are tried; by default so many that all groups are moved.
    """
    waves = layout.problem.waves
    if waves is None or waves.fixed is not None or len(plan.waves) < 2:
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
        if layout.keeps(other):
            plan, wave_of = other, mine
    return plan
