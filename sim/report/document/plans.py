"""3 · The plans side by side; 9 · the next 90 days: what to look at, and what it would tell."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.analysis.ranking import ranks
from sim.contrast import bands, estimate
from sim.numbers import brief, share
from sim.outcomes import OUTCOMES
from sim.page.payload import bars
from sim.report.document.draw import LinearScale, area, line, week_ticks
from sim.report.document.report_data import ReportData
from sim.report.figures import curves_of
from sim.report.style import LABELS, OVER_TIME, shortened, shown_differences, shown_levels, spread
from sim.results import Comparison, Results

STRIP = 420.0
"""Width of a strip of weeks, in its own units."""


def plans(material: ReportData) -> dict[str, Any]:
    """Return curves, timelines, levels and differences."""
    results = material.results
    return {
        "panels": [curve_panel(results, name) for name in OVER_TIME],
        "note": curves_of(results).note,
        "timelines": _timelines(results),
        "ticks": week_ticks(results.weeks),
        "levels": [*shown_levels(results)],
        "differences": [*shown_differences(results)] if isinstance(results, Comparison) else [],
    }


def curve_panel(results: Results, name: str, *, wide: bool = False) -> dict[str, Any]:
    """Return the curve of an outcome under every plan, with its band, as paths.

    - ``name``: one of ``OVER_TIME``.
    - ``wide``: whether there is room for the names of plans.
    """
    width, tall, right = (760.0, 260.0, 550.0) if wide else (400.0, 210.0, 340.0)
    left, top, row = 44.0, 12.0, OVER_TIME.index(name)
    shown = curves_of(results)
    means, low, high = shown.means[row], shown.low[row], shown.high[row]
    x, y = LinearScale(1, max(2, results.weeks), left, right), LinearScale(0, 1, top + tall, top)
    weeks = [float(week) for week in range(1, results.weeks + 1)]
    ends = [float(value) for value in means[:, -1]]
    return {
        "title": LABELS[name],
        "meaning": next(v.meaning for v in OUTCOMES if v.name == name),
        "lines": [
            {
                "plan": plan,
                "name": shortened(results.names[plan], 20) if wide else "",
                "line": line(x, y, weeks, means[plan]),
                "band": area(x, y, weeks, low[plan], high[plan]) if shown.ranged else "",
                "end": share(ends[plan]),
                "value": ends[plan],
                "y": y(place),
            }
            for plan, place in enumerate(spread(ends, 0.085, 0.02, 0.98))
        ],
        "x": [(x(week), week) for week in week_ticks(results.weeks)],
        "y": [(y(v), share(v)) for v in (0.0, 0.25, 0.5, 0.75, 1.0)],
        "left": left,
        "right": right,
        "bottom": top + tall,
        "width": width,
        "height": top + tall + 38,
    }


def _timelines(results: Results) -> list[dict[str, Any]]:
    """Return what each plan does: a row a kind, with its weeks as bars."""
    x = LinearScale(1, results.weeks + 1, 0, STRIP)
    found = []
    for plan, scenario in enumerate(results.scenarios):
        kinds: dict[str, list[dict[str, Any]]] = {}
        for bar in bars(scenario, results.weeks):
            if bar["dose"] > 0 and bar["rounds"]:
                kinds.setdefault(bar["kind"], []).append(bar)
        rows = []
        for kind, entries in kinds.items():
            rounds = [one for bar in entries for one in _rounds(bar)]
            first, last = min(one[0] for one in rounds), max(one[1] for one in rounds)
            rows.append({
                "name": kind,
                "shock": entries[0]["shock"],
                "weeks": str(first) if first == last else f"{first}–{last}",
                "whom": _whom(entries),
                "bars": [
                    {"x": x(begin), "width": round(max(4.0, x(end + 1) - x(begin)), 1)}
                    for begin, end in rounds
                ],
            })  # fmt: skip
        found.append({"plan": plan, "name": results.names[plan], "rows": rows})
    return found


def _rounds(bar: dict[str, Any]) -> list[list[int]]:
    rounds: list[list[int]] = bar["rounds"]
    return rounds if len(rounds) <= 26 else [[rounds[0][0], rounds[-1][1]]]


def _whom(entries: list[dict[str, Any]]) -> str:
    """Return whom the entries of one kind are for, and what they cost each of them."""
    audiences = dict.fromkeys(bar["audience"] or "the whole organisation" for bar in entries)
    whom = next(iter(audiences)) if len(audiences) == 1 else f"{len(entries)} groups in turn"
    hours = {round(bar["hours"], 2) for bar in entries if bar["hours"]}
    if not hours:
        return whom
    ends = brief(min(hours)) if len(hours) == 1 else f"{brief(min(hours))}–{brief(max(hours))}"
    return f"{whom}, {ends} hours a person"


NINETY_DAYS = 13
"""Weeks."""
WATCHED = ("trained", "activated", "weekly_users", "regular", "own_tool_users")
"""What a firm's own dashboard, or a short survey (own tools), can count."""
FEWEST = 10
"""Replicates below which nothing is said about what a signal tells."""


@dataclass(frozen=True, slots=True)
class Telling:
    """What an early figure tells of the end, over replicates of one plan."""

    name: str
    week: int
    correlation: float
    """Spearman's, of the figure with habitual users in the last week; NaN where one of the two is
    the same in all replicates."""
    median: float
    """Of the figure."""
    below: float
    above: float
    """``below``, ``above``: mean habitual users in the last week of replicates below, and at or
    above that median."""


def signals(material: ReportData) -> dict[str, Any]:
    """Return bands of the watched figures in coming weeks, and what they tell."""
    results = material.results
    weeks = _weeks(results)
    found = telling(results, material.leading, weeks)
    best = max(found, key=lambda one: one.correlation, default=None)
    tells = {one.name: one.correlation for one in found if one.week == weeks[-1]}
    over = {name: [[estimate(plan[..., week - 1]) for week in weeks] for plan in results[name]]
            for name in WATCHED}  # fmt: skip
    return {
        "rows": [(name, LABELS[name], tells.get(name, math.nan), over[name]) for name in WATCHED],
        "weeks": weeks,
        "charts": [_chart(results, name, weeks[-1]) for name in WATCHED],
        "best": best,
        "called": "" if best is None else LABELS[best.name].lower(),
    }


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
