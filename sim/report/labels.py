"""Words for figures and drivers, the same in tables and charts."""

from __future__ import annotations

import math

from sim.page.words import DRIVER_LABELS
from sim.results.quantities import AREA, HEADLINE, SPEED
from sim.results.statistics import Estimate
from sim.results.verdict import points, share_with_band

__all__ = [
    "DRIVER_LABELS",
    "DRIVER_WORDS",
    "FIVE_DRIVERS",
    "LABELS",
    "difference_text",
    "estimate_text",
]

DRIVER_WORDS = dict(
    zip(
        DRIVER_LABELS,
        (
            "mistakes",
            "permission",
            "job",
            "norm",
            "manager",
            "identity",
            "distrust",
            "benefit",
            "cynicism",
            "first use",
            "not considered",
        ),
        strict=True,
    )
)
"""Drivers in a word."""

FIVE_DRIVERS = 5
"""The first so many are the five drivers of the confidence gap."""

LABELS = {
    HEADLINE: "Level: weekly use at end",
    AREA: "Area: weekly use, all weeks",
    SPEED: "Speed: half use it in week",
    "weekly_users": "Weekly users",
    "habitual": "Habitual users",
    "trained": "Trained",
    "considering": "Considering: not used yet",
    "activated": "Activated: ever used",
    "regular": "Regular: each of 4 weeks",
    "lapsed": "Lapsed: not for 4 weeks",
    "own_tool_users": "Users of own tools",
    "confidence_gap": "Confidence gap",
    "hours": "Hours a person",
    "use_days_per_hour": "Use days per hour",
    "week_half_habitual": "50% habitual in week",
    "peak_weekly_users": "Peak of weekly users",
    "peak_week": "… in week",
}
"""Figures in words."""

NEVER = "never"
UNDEFINED = "–"


def estimate_text(estimate: Estimate, unit: str) -> str:
    """Return a figure and its band, such as ``61% (55–66%)``.

    Examples
    --------
    >>> estimate_text(Estimate(0.61, 0.6, 0.62, 0.55, 0.61, 0.66, 200), "share")
    '61% (55–66%)'
    """
    if unit == "week":
        return _weeks(estimate)
    if math.isnan(estimate.mean):
        return UNDEFINED
    if unit == "share":
        return share_with_band(estimate)
    digits = 1 if unit.startswith("hours") else 2
    text, low, high = (
        _number(value, digits) for value in (estimate.mean, estimate.band_low, estimate.band_high)
    )
    return text if estimate.worlds == 1 or low == high == text else f"{text} ({low} to {high})"


def _number(value: float, digits: int) -> str:
    text = f"{value:.{digits}f}"
    return text.removeprefix("-") if float(text) == 0 else text.replace("-", "−")


def _weeks(estimate: Estimate) -> str:
    low, middle, high = (
        NEVER if math.isinf(week) else f"{week:.0f}"
        for week in (estimate.band_low, estimate.median, estimate.band_high)
    )
    if estimate.worlds == 1 or low == high:
        return middle
    return f"{middle} ({low} to {high})" if NEVER in (low, high) else f"{middle} ({low}–{high})"


def difference_text(value: float, unit: str) -> str:
    """Return a signed difference: percentage points for shares.

    Examples
    --------
    >>> difference_text(0.142, "share"), difference_text(-1.5, "hours/person")
    ('+14.2', '−1.5')
    """
    if not math.isfinite(value):
        return UNDEFINED
    if unit == "share":
        return points(value, signed=True)
    digits = 1 if unit in ("week", "hours/person") else 2
    text = f"{value:+.{digits}f}"
    return _number(0.0, digits) if float(text) == 0 else text.replace("-", "−")
