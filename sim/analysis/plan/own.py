"""A plan of the planner's own, read from a scenario file into a problem's decisions."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from sim.analysis.plan.layout import Layout, Plan
from sim.arrays import Bools
from sim.errors import InputError, Problem, did_you_mean
from sim.interventions.timeline import Placed
from sim.scenario import Scenario
from sim.scenario import load as load_scenario


@dataclass(frozen=True, eq=False)
class Entry:
    """One entry of a scenario file that carries out an item of the problem."""

    row: int
    placed: Placed
    start: int
    dose: float
    rounds: int
    who: Bools
    """Shape (n_people,)."""


def entries_of(layout: Layout, scenario: Scenario) -> tuple[list[Entry], list[Placed]]:
    """Return what a scenario carries out of a problem, and what it holds besides.

    An entry belongs to the item whose label it has, or begins with (``access, wave 2``); else to
    the only item of its kind.
    """
    problem = layout.problem
    fixed = {(one.kind, one.intervention.label) for one in problem.scenario.timeline}
    found, others = list[Entry](), list[Placed]()
    for one in scenario.timeline:
        row = _row_of(layout, one)
        if row is None:
            if (one.kind, one.intervention.label) not in fixed:
                others.append(one)
            continue
        activity = one.intervention
        who = getattr(activity, "audience", None)
        inside = layout.invited[row] if who is None else who.members(layout.organisation)
        times = activity.times or (0 if activity.every else 1)
        found.append(
            Entry(row, one, activity.start, activity.dose, times, inside & layout.invited[row])
        )
    return found, others


def _row_of(layout: Layout, one: Placed) -> int | None:
    """Return the item that an entry carries out."""
    items, label = layout.problem.items, one.intervention.label or one.kind
    for row, item in enumerate(items):
        if item.base.kind == one.kind and label.partition(", wave ")[0] == item.label:
            return row
    same = [row for row, item in enumerate(items) if item.base.kind == one.kind]
    return same[0] if len(same) == 1 else None


def own_plan(layout: Layout, file: Path) -> Plan:
    """Return a planner's own plan as a plan of the problem.

    Raises
    ------
    InputError
        Where it cannot be read, or does what the problem cannot say.
    """
    found, others = entries_of(layout, load_scenario(file))
    labels, problems = layout.problem.labels, list[Problem]()
    for one in others:
        right = did_you_mean(one.intervention.label or one.kind, labels)
        what = f"places {one.intervention.label or one.kind}, which the problem does not"
        problems.append(one.problem((), what, right))
    if problems:
        raise InputError(problems)
    by = {row: sorted((e for e in found if e.row == row), key=lambda e: e.start)
          for row in range(len(labels))}  # fmt: skip
    count = max((len(mine) for mine in by.values()), default=1) or 1
    waves = ((),) if count == 1 else _waves(layout, by, count, file)
    starts, doses, rounds, gaps = [], [], [], []
    for row, mine in by.items():
        item = layout.problem.items[row]
        starts.append(mine[0].start if mine else 0)
        doses.append(mine[0].dose if mine else 0.0)
        rounds.append(mine[0].rounds if mine else 0)
        many = item.waves and len(mine) > 1
        apart = {b.start - a.start for a, b in pairwise(mine)}
        lead = layout.problem.waves.offset(1, 0) if layout.problem.waves is not None else 0
        gaps.append(max(0, min(apart) - (lead if count == 2 else 0)) if many else 0)
    return Plan(tuple(starts), tuple(doses), tuple(rounds), waves, tuple(gaps) if count > 1 else ())


def _waves(
    layout: Layout, by: dict[int, list[Entry]], count: int, file: Path
) -> tuple[tuple[str, ...], ...]:
    """Return which group of teams is in which wave, from the intervention with the most entries."""
    waves = layout.problem.waves
    mine = max(by.values(), key=len)
    if waves is None:
        what = f"{layout.problem.labels[mine[0].row]} stands {count} times, and waves are not said"
        raise InputError([Problem(str(file), "start_from", what, "waves: in the plan file")])
    at = []
    for name in waves.names:
        inside = layout.inside(mine[0].row, (name,))
        shares = [int((inside & one.who).sum()) for one in mine]
        at.append(int(np.argmax(shares)))
    return layout.divided(at, count)
