"""The roadmap of a plan: who does what when, what it takes, what to expect, and when to doubt."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sim.analysis.plan.evaluate import Evaluator
from sim.analysis.plan.layout import HOURS, Plan
from sim.analysis.plan.problem import Blackout
from sim.outcomes import Outcome
from sim.results.statistics import BAND

__all__ = ["FAILS_BELOW", "Bar", "Checkpoint", "Roadmap", "checkpoint_weeks_of", "roadmap_of"]

Floats = NDArray[np.float64]
Series = dict[str, tuple[tuple[int, ...], tuple[float, ...]]]

FAILS_BELOW = 0.025
"""Share of worlds that fall below the level at which a plan's assumptions are said to fail."""

EVERY = 10
"""Weeks from one checkpoint to the next, in runs of 30 weeks and more."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One intervention on the roadmap.

    Parameters
    ----------
    label : str
    waves : tuple of tuple of (int, int)
        First and last week of the rounds of each wave; one wave where it is not in waves.
    in_waves, ongoing : bool
    dose : float
    """

    label: str
    waves: tuple[tuple[tuple[int, int], ...], ...]
    in_waves: bool
    ongoing: bool
    dose: float


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What to expect by a week.

    Parameters
    ----------
    week : int
    outcome : str
    low, high : float
        The middle 80% of worlds.
    fails_below : float
        Only one world in forty is lower: below it the plan's assumptions fail.
    """

    week: int
    outcome: str
    low: float
    high: float
    fails_below: float


@dataclass(frozen=True, eq=False)
class Roadmap:
    """All that the picture of a plan shows.

    Parameters
    ----------
    name, organisation, note : str
    weeks : int
    bars : tuple of Bar
        In the order in which they begin.
    waves : tuple of str
        Who is in each wave, in words; empty for one wave.
    blackouts : tuple of Blackout
    use : dict of str to array of shape (weeks,)
        Planned use of every capacity, ``hours`` first.
    capacity : dict of str to float
    curves : dict of str to array of shape (3, weeks)
        Mean, 10th and 90th percentile over worlds of share outcomes.
    checkpoints : tuple of Checkpoint
    observed : dict of str to (weeks, values)
        What was measured, where something was.
    now : int
        The last week that is past; 0 before the start.
    """

    name: str
    organisation: str
    note: str
    weeks: int
    bars: tuple[Bar, ...]
    waves: tuple[str, ...]
    blackouts: tuple[Blackout, ...]
    use: dict[str, Floats]
    capacity: dict[str, float]
    curves: dict[str, Floats]
    checkpoints: tuple[Checkpoint, ...]
    observed: Series = field(default_factory=dict)
    now: int = 0


def checkpoint_weeks_of(weeks: int) -> tuple[int, ...]:
    """Return the weeks at which something is to be checked.

    Examples
    --------
    >>> checkpoint_weeks_of(40), checkpoint_weeks_of(52), checkpoint_weeks_of(12)
    ((10, 20, 30, 40), (10, 20, 30, 40, 52), (3, 6, 9, 12))
    """
    step = EVERY if weeks >= 3 * EVERY else max(1, weeks // 4)
    marks = [week for week in range(step, weeks + 1, step) if weeks - week >= step / 2]
    return (*marks, weeks)


def roadmap_of(
    evaluator: Evaluator,
    plan: Plan,
    name: str,
    worlds: int,
    observed: Series | None = None,
    now: int = 0,
) -> Roadmap:
    """Return the roadmap of a plan, its curves over the worlds of the report."""
    layout, problem = evaluator.layout, evaluator.layout.problem
    series = evaluator.series(plan, worlds)
    shown = dict.fromkeys(("weekly_users", *(one.of for one in problem.objectives if one.is_share)))
    curves, marks = {}, []
    for outcome in shown:
        values = series[:, :, Outcome[outcome]]
        low, high = np.quantile(values, BAND, axis=0)
        fails = np.quantile(values, FAILS_BELOW, axis=0)
        curves[outcome] = np.stack([values.mean(axis=0), low, high])
        marks += [
            Checkpoint(week, outcome, low[week - 1], high[week - 1], fails[week - 1])
            for week in checkpoint_weeks_of(layout.weeks)
            if week > now
        ]
    use = layout.load(plan)
    return Roadmap(
        name=name,
        organisation=f"{layout.organisation.name}, {layout.organisation.n_people:,} people",
        note=f"Mean and middle 80% of {worlds} worlds: parameter sets of the posterior, each with "
        "its own luck. Doubt about the model's structure is not in the bands.",
        weeks=layout.weeks,
        bars=tuple(sorted(_bars(evaluator, plan), key=lambda bar: (bar.waves[0][0], bar.label))),
        waves=tuple(" + ".join(wave) for wave in plan.waves) if len(plan.waves) > 1 else (),
        blackouts=problem.blackouts,
        use={k: v for k, v in use.items() if k == HOURS or k in problem.capacity},
        capacity=dict(problem.capacity),
        curves=curves,
        checkpoints=tuple(marks),
        observed=observed or {},
        now=now,
    )


def _bars(evaluator: Evaluator, plan: Plan) -> list[Bar]:
    layout = evaluator.layout
    return [
        Bar(
            item.label,
            tuple(
                layout.windows(row, plan.starts[row] + offset, plan.rounds[row])
                for offset in plan.offsets(item)
            ),
            item.waves and len(plan.waves) > 1,
            item.base.ongoing or item.base.kind == "access",
            plan.doses[row],
        )
        for row, item in enumerate(layout.problem.items)
        if plan.starts[row]
    ]
