"""6 · Who stalled, and what changes it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from sim.analysis.attribution import DriverPart, Rerun, Why, Worth
from sim.contrast import estimate
from sim.numbers import NEVER, fixed, points, week
from sim.report.document.draw import LinearScale
from sim.report.document.numbers import change, interval, level, mean_points, plain_share
from sim.report.document.report_data import ReportData
from sim.report.labels import DRIVER_LABELS

__all__ = ["stalled", "table_of_changes"]

BEST, WORST = 6, 3
"""So many re-runs from the top, and from the bottom, are drawn; the rest is counted."""


def stalled(material: ReportData) -> dict[str, Any]:
    """Return for each stalled team its causes and the re-runs, and single changes for everyone."""
    return {
        "teams": [_team(material, row) for row in material.causes.stalled],
        "shown": len(material.results.shown_teams),
        "plan": material.results.names[material.leading],
        "everyone": table_of_changes(material.worth),
    }


def _team(material: ReportData, team: int) -> dict[str, Any]:
    results, causes = material.results, material.causes
    said, tried = causes.whys[material.leading, team][-1], causes.reruns[material.leading, team]
    habitual, users = (
        estimate(results.team(name)[material.leading, ..., -1, team])
        for name in ("habitual", "weekly_users")
    )
    return {
        "name": said.subject.name,
        "people": len(said.subject.rows),
        "plan": said.plan,
        "week": said.week,
        "habitual": level(habitual),
        "using": level(users),
        "confidence": level(said.confidence),
        "lost": plain_share(said.lost.mean),
        "causes": [
            _driver_cause(said),
            *([_manager_cause(said)] if results.organisation.made_up else []),  # else one person
            _ties_cause(said),
        ],
        "drivers": _drivers(said.drivers),
        "reruns": {**table_of_changes(tried.ranked), "base": level(tried.base)},
    }


def _drivers(parts: Sequence[DriverPart]) -> list[dict[str, Any]]:
    scale = LinearScale(0, max((part.gain.band_high for part in parts), default=1) or 1, 0, 200)
    return [
        {
            "label": DRIVER_LABELS[part.name],
            "gain": mean_points(part.gain),
            "width": scale(part.gain.mean),
            "low": scale(part.gain.band_low),
            "high": scale(part.gain.band_high),
            "of_lost": plain_share(part.of_lost),
        }
        for part in parts
    ]


def _driver_cause(said: Why) -> dict[str, str]:
    first, second = said.drivers[:2]
    return {
        "title": DRIVER_LABELS[first.name],
        "said": (
            f"comes first: without it alone, the chance of use on a workday would be "
            f"{mean_points(first.gain).text} points higher. Next: "
            f"{DRIVER_LABELS[second.name].lower()}, {mean_points(second.gain).text} points."
        ),
    }


def _manager_cause(said: Why) -> dict[str, str]:
    part = said.manager
    title = "The manager"
    if not part.there:
        return {"title": title, "said": "There is none: no signal either way."}
    when = week(part.first_week)
    when = when if when == NEVER else f"in week {when}"
    return {
        "title": title,
        "said": (
            f"uses the tool in week {said.week} in {plain_share(part.uses.mean).text} of "
            f"replicates, for the first time {when} (median). The signal costs the team "
            f"{mean_points(part.gain).text} points."
        ),
    }


def _ties_cause(said: Why) -> dict[str, str]:
    part = said.ties
    return {
        "title": "The people they listen to",
        "said": (
            f"{level(part.users).text} of the team's attention goes to people who used the tool "
            f"that week, but only {level(part.seen).text} meets use that can be seen; "
            f"{plain_share(part.outside).text} of it goes outside the team. Not seeing more costs "
            f"{mean_points(part.gain).text} points."
        ),
    }


def table_of_changes(tried: Sequence[Rerun | Worth]) -> dict[str, Any]:
    """Return single changes as rows of a forest plot: the best, and the worst."""
    rows = list(tried)
    drawn = rows if len(rows) <= BEST + WORST else [*rows[:BEST], *rows[-WORST:]]
    ends = [end for one in drawn for end in (one.effect.low, one.effect.high)]
    ends = [end for end in ends if math.isfinite(end)] or [0.0, 0.01]
    scale = LinearScale(min(*ends, 0.0), max(*ends, 0.01), 6, 214)
    return {
        "rows": [_row(one, scale) for one in drawn],
        "left_out": len(rows) - len(drawn),
        "gap_after": BEST if len(drawn) < len(rows) else None,
        "tried": len(rows),
        "helpful": sum(one.effect.beyond_chance and one.effect.mean > 0 for one in rows),
        "replicates": rows[0].effect.replicates if rows else 0,
        "zero": scale(0.0),
    }


def _row(one: Rerun | Worth, scale: LinearScale) -> dict[str, Any]:
    e = one.effect
    hours = "" if abs(one.change.hours) < 0.05 else f"{fixed(one.change.hours, 1, signed=True)} h"
    known = math.isfinite(e.low)
    return {
        "said": one.change.said,
        "how": one.change.how,
        "change": change(e),
        "interval": interval(e),
        "hours": hours,
        "x": scale(e.mean),
        "low": scale(e.low if known else e.mean),
        "high": scale(e.high if known else e.mean),
        "sure": known and (e.low > 0 or e.high < 0),
        "points": points(e.mean, signed=True),
    }
