"""Words for figures and drivers, the same in tables and charts."""

from __future__ import annotations

from sim.page.outcome_labels import DRIVER_LABELS
from sim.results.figures import AREA, HEADLINE, SPEED

__all__ = [
    "DRIVER_LABELS",
    "DRIVER_WORDS",
    "FIVE_DRIVERS",
    "LABELS",
    "called",
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
"""The first this many are the five drivers of the confidence gap."""

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


def called(name: str) -> str:
    """Return what a figure or an outcome is called in tables: in words.

    Examples
    --------
    >>> called("habitual"), called("hours_saved")
    ('Habitual users', 'Hours saved')
    """
    return LABELS.get(name, name.replace("_", " ").capitalize())
