"""4 · Team by team, and 5 · which fear blocks whom."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.contrast import estimate
from sim.numbers import points, share
from sim.outcomes import DRIVERS
from sim.page.outcome_labels import DRIVER_SHORT
from sim.report.document.draw import LinearScale, heat, mark
from sim.report.document.numbers import level, plain_share
from sim.report.document.report_data import ReportData, apart
from sim.report.labels import DRIVER_LABELS, FIVE_DRIVERS
from sim.report.style import look
from sim.results.results import SMALLEST_TEAM

__all__ = ["BEYOND", "drivers_to_show", "fears", "teams"]


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
