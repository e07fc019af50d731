"""9 · The next 90 days: what to look at, where it should stand, and what it would tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.analysis.ranking import ranks
from sim.contrast import bands, estimate
from sim.numbers import UNDEFINED, fixed, share
from sim.report.document.draw import LinearScale, area, line
from sim.report.document.numbers import band, plain_share
from sim.report.document.report_data import ReportData
from sim.report.labels import LABELS
from sim.results import Results

__all__ = ["Telling", "early_warning", "signals", "telling"]

NINETY_DAYS = 13
"""Weeks."""

WATCHED = ("trained", "activated", "weekly_users", "regular", "own_tool_users")
"""What a firm's own dashboard, or a short survey (own tools), can count."""

FEWEST = 10
"""Replicates below which nothing is said about what a signal tells."""


@dataclass(frozen=True, slots=True)
class Telling:
    """What an early figure tells of the end, over replicates of one plan.

    Parameters
    ----------
    correlation : float
        Spearman's, of the figure with habitual users in the last week; NaN where one of
        the two is the same in all replicates.
    median : float
        Of the figure.
    below, above : float
        Mean habitual users in the last week of replicates below, and at or above that median.
    """

    name: str
    week: int
    correlation: float
    median: float
    below: float
    above: float


def signals(material: ReportData) -> dict[str, Any]:
    """Return bands of the watched figures in coming weeks, and what they tell."""
    results = material.results
    weeks = _weeks(results)
    found = telling(results, material.leading, weeks)
    best = max(found, key=lambda one: one.correlation, default=None)
    return {
        "rows": [_row(results, name, weeks, found) for name in WATCHED],
        "weeks": weeks,
        "names": results.names,
        "leading": results.names[material.leading],
        "leading_plan": material.leading,
        "charts": [_chart(results, name, weeks[-1]) for name in WATCHED],
        "best": None if best is None else {
            "label": LABELS[best.name].lower(),
            "week": best.week,
            "correlation": fixed(best.correlation),
            "median": share(best.median),
            "below": share(best.below),
            "above": share(best.above),
        },
        "last": results.weeks,
        "replicates": results.n_runs,
    }  # fmt: skip


def _weeks(results: Results) -> tuple[int, ...]:
    return tuple(w for w in (4, 8, NINETY_DAYS) if w < results.weeks) or (results.weeks,)


def early_warning(material: ReportData) -> tuple[str, str] | None:
    """Return which early figure would say that this is another firm than the one of the runs."""
    results, week = material.results, _weeks(material.results)[-1]
    if results.n_runs < FEWEST or week == results.weeks:
        return None
    low = estimate(results["weekly_users"][material.leading, ..., week - 1]).band_low
    return "An early warning", (
        f"Fewer than {share(low)} weekly users in week {week} under "
        f"{results.names[material.leading]} happens in one replicate of ten: stop, and ask why."
    )


def telling(results: Results, plan: int, weeks: tuple[int, ...]) -> list[Telling]:
    """Return what each watched figure in each week tells of the end; nothing in few replicates."""
    if results.n_runs < FEWEST:
        return []
    end = results["habitual"][plan, ..., -1].ravel()
    found = []
    for name in WATCHED:
        for week in weeks:
            early = results[name][plan, ..., week - 1].ravel()
            if np.ptp(early) == 0 or np.ptp(end) == 0:
                continue
            median = float(np.median(early))
            below = early < median
            if not below.any():
                continue
            rank = float(np.corrcoef(ranks(early), ranks(end))[0, 1])
            found.append(Telling(name, week, rank, median, float(end[below].mean()),
                                 float(end[~below].mean())))  # fmt: skip
    return found


def _row(
    results: Results, name: str, weeks: tuple[int, ...], found: list[Telling]
) -> dict[str, Any]:
    known = {(one.name, one.week): one for one in found}
    plans = [
        {
            "plan": plan,
            "cells": [
                {"band": band(e), "mean": plain_share(e.mean)}
                for week in weeks
                for e in (estimate(results[name][plan, ..., week - 1]),)
            ],
        }
        for plan in range(len(results.names))
    ]
    last = known.get((name, weeks[-1]))
    tells = UNDEFINED if last is None else fixed(last.correlation)
    return {"label": LABELS[name], "name": name, "plans": plans, "tells": tells}


def _chart(results: Results, name: str, last: int) -> dict[str, Any]:
    values = results[name][..., :last].reshape(len(results.names), -1, last)
    means, low, high = bands(values, axis=1)
    top = max(0.1, float(np.ceil(high.max() * 10) / 10))
    x, y = LinearScale(1, max(2, last), 38, 208), LinearScale(0, top, 96, 8)
    weeks = [float(week) for week in range(1, last + 1)]
    return {
        "title": LABELS[name],
        "lines": [
            {"plan": plan, "line": line(x, y, weeks, means[plan]),
             "band": area(x, y, weeks, low[plan], high[plan]) if results.n_runs > 1 else ""}
            for plan in range(len(results.names))
        ],
        "y": [(y(v), share(v)) for v in (0, top / 2, top)],
        "x": [(x(week), week) for week in (1, *[w for w in (4, 8, 13) if w <= last])],
    }  # fmt: skip
