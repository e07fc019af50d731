"""Figures of a whole run: level, area, speed and others, from its weekly outcomes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.outcomes import Outcome, Variable

__all__ = [
    "AREA", "HEADLINE", "RUN_FIGURES", "SETTLED_OVER", "SPEED", "first_week_at", "run_figures",
    "trailing_mean",
]  # fmt: skip

Floats = NDArray[np.float64]

SETTLED_OVER = 4
"""Weeks over which the peak and the settled level are averaged."""

HEADLINE, AREA, SPEED = "settled_weekly_users", "mean_weekly_users", "week_half_weekly"
"""What plans are compared by first: the level of weekly use, its area, and its speed."""

RUN_FIGURES = (
    Variable(HEADLINE, "share", f"level: weekly users at the end, average of {SETTLED_OVER} weeks"),
    Variable(AREA, "share", "area: weekly users, average of all weeks (share of person-weeks)"),
    Variable(SPEED, "week", "speed: first week with 50% weekly users"),
    Variable("week_half_habitual", "week", "first week with 50% habitual users"),
    Variable("half_habitual_reached", "share of replicates", "whether 50% were ever habitual"),
    Variable(
        "peak_weekly_users",
        "share",
        f"highest share of weekly users, average of {SETTLED_OVER} weeks",
    ),
    Variable("peak_week", "week", f"week of that peak, the last of its {SETTLED_OVER}"),
    Variable("use_days_in_all", "days/person", "sanctioned use days over the run"),
    Variable(
        "use_days_per_hour",
        "days/hour",
        "sanctioned use days over the run for each hour spent on the rollout",
    ),
)
"""Figures of a whole run."""


def run_figures(weekly: Floats) -> dict[str, Floats]:
    """Return the figures of whole runs by name.

    Parameters
    ----------
    weekly : float64 array, shape (..., weeks, len(OUTCOMES))

    Returns
    -------
    dict of str to float64 array, shape (...)
        In the order of ``RUN_FIGURES``; infinite for "never", NaN for "not defined".
    """
    weekly_users = weekly[..., Outcome["weekly_users"]]
    users = trailing_mean(weekly_users, SETTLED_OVER)
    half = first_week_at(weekly[..., Outcome["habitual"]])
    days = weekly[..., Outcome["use_days"]].sum(axis=-1)
    hours = weekly[..., -1, Outcome["hours"]]
    per_hour = np.full(days.shape, np.nan)
    np.divide(days, hours, out=per_hour, where=hours > 0)
    values = (
        users[..., -1],
        weekly_users.mean(axis=-1),
        first_week_at(weekly_users),
        half,
        np.isfinite(half).astype(np.float64),
        users.max(axis=-1),
        users.argmax(axis=-1) + 1.0,
        days,
        per_hour,
    )
    return {v.name: value for v, value in zip(RUN_FIGURES, values, strict=True)}


def first_week_at(series: Floats, share: float = 0.5) -> Floats:
    """Return the first week (from 1) at which ``series`` is at least ``share``, else infinity.

    Parameters
    ----------
    series : array, shape (..., weeks)

    Examples
    --------
    >>> first_week_at(np.array([[0.1, 0.5, 0.6], [0.1, 0.2, 0.3]])).tolist()
    [2.0, inf]
    """
    reached = series >= share - 1e-12
    return np.where(reached.any(axis=-1), reached.argmax(axis=-1) + 1.0, np.inf)


def trailing_mean(series: Floats, weeks: int = 4) -> Floats:
    """Return the mean of each week and those before it, at most ``weeks`` in all.

    Parameters
    ----------
    series : array, shape (..., weeks)

    Examples
    --------
    >>> trailing_mean(np.array([0.0, 1.0, 1.0]), 2).tolist()
    [0.0, 0.5, 1.0]
    """
    total = np.cumsum(series, axis=-1)
    total[..., weeks:] -= total[..., :-weeks].copy()
    count = np.minimum(np.arange(1, series.shape[-1] + 1), weeks)
    result: Floats = total / count
    return result
