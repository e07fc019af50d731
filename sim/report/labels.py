"""Words for figures and drivers, the same in tables and charts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.page.payload import DRIVER_LABELS, OUTCOME_LABELS
from sim.results.measure import checkpoints
from sim.results.series import AREA, HEADLINE, SPEED, own_outcomes

if TYPE_CHECKING:
    from sim.results import Results


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
    **OUTCOME_LABELS,
    HEADLINE: "Level: weekly use at end",
    AREA: "Area: weekly use, all weeks",
    SPEED: "Speed: half use it in week",
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


HEADLINES = (HEADLINE, AREA, SPEED)
OVER_TIME = ("weekly_users", "habitual")
AT_THE_END = (
    "trained",
    "considering",
    "activated",
    "regular",
    "lapsed",
    "own_tool_users",
    "confidence_gap",
    "hours",
    "use_days_per_hour",
)
OF_THE_RUN = ("week_half_habitual", "peak_weekly_users", "peak_week")
_COMPARED_BY = (
    *HEADLINES,
    *OVER_TIME,
    "own_tool_users",
    "confidence_gap",
    "hours",
    "use_days_per_hour",
)


def compared_by() -> tuple[str, ...]:
    """Return the figures of which differences are shown, in their order."""
    return (*_COMPARED_BY, *own_outcomes())


@dataclass(frozen=True)
class ShownLevel:
    """A row of the table of levels: a figure at a week."""

    name: str
    week: int
    unit: str
    label: str
    """Of the figure, in its first row; then empty."""
    shown_week: str
    """Empty where the figure is about the whole run."""


def _rows(
    results: Results, names: Iterable[str], weeks: Sequence[int], of_a_week: bool
) -> list[ShownLevel]:
    return [
        ShownLevel(
            name, week, results.quantity(name, week).unit, called(name) if week == weeks[0] else "",
            str(week) if of_a_week else "",
        )
        for name in names
        for week in weeks
    ]  # fmt: skip


def shown_levels(results: Results) -> Iterator[list[ShownLevel]]:
    """Yield the rows of the table of levels, group by group."""
    end = (results.weeks,)
    yield _rows(results, HEADLINES, end, False)
    for name in OVER_TIME:
        yield _rows(results, (name,), checkpoints(results.weeks), True)
    yield _rows(results, (*AT_THE_END, *own_outcomes()), end, True)
    yield _rows(results, OF_THE_RUN, end, False)


def shown_differences(results: Results) -> Iterator[list[ShownLevel]]:
    """Yield the rows of a table of differences, a figure at a time."""
    for name in compared_by():
        weeks = checkpoints(results.weeks) if name in OVER_TIME else (results.weeks,)
        yield _rows(results, (name,), weeks, name not in HEADLINES)
