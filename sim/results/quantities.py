"""What is said about a run: recorded outcomes at chosen weeks, and figures of a whole run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.outcomes import OUTCOMES
from sim.results.statistics import first_week_at, trailing_mean

if TYPE_CHECKING:
    from sim.results.results import Results

__all__ = ["CHECKPOINTS", "Quantity", "checkpoints", "quantities"]

CHECKPOINTS = (13, 26, 52)
"""Weeks at which outcomes are reported, as far as a run reaches; its last week besides."""

SETTLED_OVER = 4
"""Weeks over which the peak and the settled level are averaged."""


@dataclass(frozen=True, eq=False)
class Quantity:
    """One figure a world.

    Parameters
    ----------
    name, unit, meaning : str
    week : int
        The week it belongs to; the last week for figures of a whole run.
    values : float64 array, shape (n_scenarios, n_samples, n_seeds)
    """

    name: str
    week: int
    unit: str
    meaning: str
    values: NDArray[np.float64]


def checkpoints(weeks: int) -> tuple[int, ...]:
    """Return the weeks reported of a run of ``weeks``.

    Examples
    --------
    >>> checkpoints(52), checkpoints(20)
    ((13, 26, 52), (13, 20))
    """
    return tuple(sorted({week for week in CHECKPOINTS if week < weeks} | {weeks}))


def quantities(results: Results) -> tuple[Quantity, ...]:
    """Return every figure that the summary reports, in the order it reports them."""
    recorded = (
        Quantity(v.name, week, v.unit, v.meaning, results[v.name][..., week - 1])
        for v in OUTCOMES
        for week in checkpoints(results.weeks)
    )
    return (*recorded, *_of_the_run(results))


def _of_the_run(results: Results) -> tuple[Quantity, ...]:
    last = results.weeks
    users = trailing_mean(results["weekly_users"], SETTLED_OVER)
    half = first_week_at(results["habitual"])
    days = results["use_days"].sum(axis=-1)
    hours = results["hours"][..., -1]
    per_hour = np.full(days.shape, np.nan)
    np.divide(days, hours, out=per_hour, where=hours > 0)
    average = f"average of {SETTLED_OVER} weeks"
    rows = (
        ("week_half_habitual", "week", "first week with 50% habitual users", half),
        ("half_habitual_reached", "share of worlds", "whether 50% were ever habitual",
         np.isfinite(half).astype(np.float64)),
        ("peak_weekly_users", "share", f"highest share of weekly users, {average}",
         users.max(axis=-1)),
        ("peak_week", "week", f"week of that peak, the last of its {SETTLED_OVER}",
         users.argmax(axis=-1) + 1.0),
        ("settled_weekly_users", "share", f"weekly users at the end, {average}", users[..., -1]),
        ("use_days_in_all", "days/person", "sanctioned use days over the run", days),
        ("use_days_per_hour", "days/hour",
         "sanctioned use days over the run for each hour spent on the rollout", per_hour),
    )  # fmt: skip
    return tuple(Quantity(name, last, unit, text, values) for name, unit, text, values in rows)
