"""Who is in which wave: every division of groups of teams there is, and some at random."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np

from sim.analysis.plan.check import size_bounds
from sim.analysis.plan.layout import Layout, Plan, Waves

__all__ = ["every_division", "mixed"]

_MOST_DIVISIONS = 4_000
"""Assignments of groups to waves up to which every division is listed."""

_MIXED = 2
"""Exchanges that are tried, for each group of teams, to have other waves."""


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
