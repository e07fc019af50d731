"""4 · Team by team, and 5 · which fear blocks whom."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.attribution import DriverPart, Rerun, Why, Worth
from sim.contrast import estimate
from sim.numbers import NEVER, fixed, points, share, week
from sim.outcomes import DRIVERS
from sim.page.payload import DRIVER_LABELS, DRIVER_SHORT
from sim.report.document.draw import (
    LinearScale,
    change,
    heat,
    interval,
    level,
    mark,
    mean_points,
    plain_share,
)
from sim.report.document.report_data import ReportData, apart
from sim.report.labels import FIVE_DRIVERS
from sim.report.style import look
from sim.results.results import SMALLEST_TEAM

BEYOND = 0.005
"""A barrier of a team is shown where it exceeds the mean of all teams by this much."""


def drivers_to_show(held: NDArray[np.floating]) -> tuple[int | None, list[int | None]]:
    """Return the driver that is said once, of all teams, and the one that each row tells.

    Parameters
    ----------
    held : float array, shape (n_teams, n_drivers)
        What each driver holds back in a team, in shares of workdays.

    Returns
    -------
    common : int or None
        The driver that is the strongest in all teams; None where they differ, or are fewer
        than two.
    own : list of int or None
        The strongest driver of each team; where it is common, the one that holds the team
        back most beyond the mean of all teams, by ``BEYOND`` or more, if there is one.

    Examples
    --------
    >>> drivers_to_show(np.array([[0.2, 0.1], [0.1, 0.3]]))
    (None, [0, 1])
    >>> drivers_to_show(np.array([[0.4, 0.1], [0.4, 0.2]]))
    (0, [None, 1])
    """
    first = [int(row.argmax()) if row.max() > 0 else None for row in held]
    if len(first) < 2 or first[0] is None or len(set(first)) > 1:
        return None, first
    beyond = held - held.mean(axis=0, dtype=np.float64)
    return first[0], [int(row.argmax()) if row.max() >= BEYOND else None for row in beyond]


STRIP = LinearScale(0, 1, 8, 232)


def teams(material: ReportData) -> dict[str, Any]:
    """Return a row a team, sorted by the leading plan: habitual users under each plan."""
    results = material.results
    shown = results.shown_teams
    values = results.team("habitual")[..., -1, :]
    means = values[material.leading].mean(axis=(0, 1))
    order = sorted(shown.tolist(), key=lambda row: (-means[row], row))
    held = results.records.drivers[material.leading, :, :, -1].mean(axis=(0, 1))
    common, own = drivers_to_show(held[order])
    sides = apart(results, material.leading)
    rows = []
    for team, driver in zip(order, own, strict=True):
        cells = [estimate(values[plan, :, :, team]) for plan in range(len(results.names))]
        rows.append({
            "name": results.organisation.teams[team],
            "people": int(results.team_sizes[team]),
            "cells": [level(cell) for cell in cells],
            "means": [plain_share(cell.mean) for cell in cells],
            "marks": [
                {
                    "plan": plan,
                    "path": mark(look(plan).marker, STRIP(cell.mean), _lane(plan, len(cells))),
                    "low": STRIP(cell.band_low),
                    "high": STRIP(cell.band_high),
                    "y": _lane(plan, len(cells)),
                }
                for plan, cell in enumerate(cells)
            ],
            "driver": _words(driver),
            "side": sides.get(team, ""),
        })  # fmt: skip
    small = results.organisation.n_teams - len(shown)
    return {
        "rows": rows,
        "common": _words(common),
        "apart": len(sides),
        "height": 8 + 10 * len(results.names),
        "grid": [(STRIP(v), share(v)) for v in (0, 0.5, 1)],
        "small": small,
        "smallest": SMALLEST_TEAM,
        "week": results.weeks,
        "leading": results.names[material.leading],
        "ranged": results.n_runs > 1,
    }


def _words(driver: int | None) -> str | None:
    return None if driver is None else DRIVER_SHORT[DRIVERS[driver].name]


def _lane(plan: int, plans: int) -> float:
    return 9.0 + 10.0 * plan if plans > 1 else 9.0


def fears(material: ReportData) -> dict[str, Any]:
    """Return the drivers of everybody under each plan, and of teams where they differ.

    Where the same driver is the largest in every team that is shown under every plan, a table of
    teams says one thing many times: it is left to the tables that come with the report.
    """
    results = material.results
    shown = results.shown_teams
    held = results.records.drivers[:, :, :, -1][..., shown, :].mean(axis=(1, 2)).astype(np.float64)
    whole = results.organisation_drivers[:, :, :, -1].mean(axis=(1, 2))
    most = max(float(held.max(initial=0.0)), float(whole.max(initial=0.0)))
    names = [results.organisation.teams[row] for row in shown]
    alike = all(len(set(rows.argmax(axis=1).tolist())) <= 1 for rows in held)
    teams_of = [
        {"plan": plan, "name": results.names[plan],
         "rows": [_row(name, held[plan, i], most) for i, name in enumerate(names)]}
        for plan in range(len(results.names))
    ]  # fmt: skip
    counts = np.bincount(
        held[material.leading].argmax(axis=1) if len(names) else [], minlength=len(DRIVERS)
    )
    return {
        "everyone": [_row(name, whole[plan], most) for plan, name in enumerate(results.names)],
        "tables": [] if alike else teams_of,
        "alike": alike and len(names) > 1,
        "labels": list(DRIVER_LABELS.values()),
        "five": FIVE_DRIVERS,
        "week": results.records.checkpoint_weeks[-1],
        "counts": [
            {"label": DRIVER_LABELS[DRIVERS[d].name], "teams": int(counts[d])}
            for d in np.argsort(-counts, kind="stable")
            if counts[d]
        ],
        "leading": results.names[material.leading],
    }


def _row(name: str, values: Any, most: float) -> dict[str, Any]:
    return {"name": name, "cells": [_cell(v, most) for v in values], "first": int(values.argmax())}


def _cell(value: float, most: float) -> dict[str, Any]:
    return {"text": points(float(value)), "value": float(value), "heat": heat(float(value), most)}


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
        "rows": [_rerun_row(one, scale) for one in drawn],
        "left_out": len(rows) - len(drawn),
        "gap_after": BEST if len(drawn) < len(rows) else None,
        "tried": len(rows),
        "helpful": sum(one.effect.beyond_chance and one.effect.mean > 0 for one in rows),
        "replicates": rows[0].effect.replicates if rows else 0,
        "zero": scale(0.0),
    }


def _rerun_row(one: Rerun | Worth, scale: LinearScale) -> dict[str, Any]:
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
