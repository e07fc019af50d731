"""3 · The plans side by side: what is done when, the curves, the figures, the differences."""

from __future__ import annotations

from typing import Any

from sim.numbers import brief, share
from sim.outcomes import OUTCOMES
from sim.page.bars import bars
from sim.report.curves import curves_of
from sim.report.document.draw import Scale, area, line, week_ticks
from sim.report.document.numbers import change, interval, level
from sim.report.document.report_data import ReportData
from sim.report.labels import LABELS
from sim.report.style import spread
from sim.report.terminal import AT_THE_END, COMPARED_BY, HEADLINES, OF_THE_RUN, OVER_TIME
from sim.results import Comparison, Results
from sim.results.quantities import checkpoints

__all__ = ["plans"]

WIDTH, LEFT, RIGHT, TALL, TOP = 520.0, 40.0, 505.0, 210.0, 14.0
LANE = 17.0


def plans(material: ReportData) -> dict[str, Any]:
    """Return curves, timelines, levels and differences."""
    results = material.results
    return {
        "curves": _curves(results),
        "timelines": _timelines(results),
        "levels": list(_levels(results)),
        "differences": _differences(results),
        "weeks": results.weeks,
        "ranged": results.n_runs > 1,
    }


def _across(results: Results) -> Scale:
    return Scale(1, max(2, results.weeks), LEFT, RIGHT)


def _curves(results: Results) -> dict[str, Any]:
    shown = curves_of(results)
    meanings = {v.name: v.meaning for v in OUTCOMES}
    x, y = _across(results), Scale(0, 1, TOP + TALL, TOP)
    weeks = [float(week) for week in range(1, results.weeks + 1)]
    panels = []
    for row, (name, title) in enumerate((("weekly_users", ""), ("habitual", ""))):
        means, low, high = shown.means[row], shown.low[row], shown.high[row]
        ends = [float(value) for value in means[:, -1]]
        labels = spread(ends, 0.075, 0.02, 0.98)
        panels.append({
            "title": title or LABELS[name],
            "meaning": meanings[name],
            "lines": [
                {
                    "plan": plan,
                    "line": line(x, y, weeks, means[plan]),
                    "band": area(x, y, weeks, low[plan], high[plan]) if shown.ranged else "",
                    "end": share(ends[plan]),
                    "value": ends[plan],
                    "y": y(labels[plan]),
                }
                for plan in range(len(shown.names))
            ],
        })  # fmt: skip
    return {
        "panels": panels,
        "x": [(x(week), week) for week in week_ticks(results.weeks)],
        "y": [(y(v), share(v)) for v in (0.0, 0.25, 0.5, 0.75, 1.0)],
        "left": LEFT,
        "right": RIGHT,
        "bottom": TOP + TALL,
        "width": WIDTH + 50,
        "height": TOP + TALL + 24,
        "note": shown.note,
    }


def _timelines(results: Results) -> dict[str, Any]:
    left, right = 178.0, 1010.0
    x = Scale(1, results.weeks + 1, left, right)
    lanes: list[dict[str, Any]] = []
    top = 20.0
    for plan, scenario in enumerate(results.scenarios):
        lanes.append({"name": results.names[plan], "plan": plan, "y": top + 9, "bars": []})
        top += LANE + 2
        kinds: dict[str, list[dict[str, Any]]] = {}
        for bar in bars(scenario, results.weeks):
            if bar["dose"] > 0 and bar["rounds"]:
                kinds.setdefault(bar["kind"], []).append(bar)
        for kind, entries in kinds.items():
            rounds = [one for bar in entries for one in _rounds(bar)]
            last = max(one[1] for one in rounds)
            lanes.append({
                "name": kind,
                "plan": None,
                "shock": entries[0]["shock"],
                "y": top + 9,
                "detail": _detail(entries),
                "bars": [
                    {"x": x(first), "width": round(max(4.0, x(end + 1) - x(first)), 1), "y": top,
                     "plan": plan}
                    for first, end in rounds
                ],
                "after": x(last + 1) + 6,
                "before": min(x(one[0]) for one in rounds) - 6,
            })  # fmt: skip
            top += LANE
        top += 8
    ticks = [(x(week), week) for week in week_ticks(results.weeks)]
    return {"lanes": lanes, "x": ticks, "height": top + 6, "left": left, "right": right}


def _rounds(bar: dict[str, Any]) -> list[list[int]]:
    rounds: list[list[int]] = bar["rounds"]
    return rounds if len(rounds) <= 26 else [[rounds[0][0], rounds[-1][1]]]


def _detail(entries: list[dict[str, Any]]) -> str:
    """Return whom the entries of one kind are for, and what they cost each of them."""
    audiences = dict.fromkeys(bar["audience"] or "the whole organisation" for bar in entries)
    whom = next(iter(audiences)) if len(audiences) == 1 else f"{len(entries)} groups in turn"
    hours = {round(bar["hours"], 2) for bar in entries if bar["hours"]}
    if not hours:
        return whom
    ends = brief(min(hours)) if len(hours) == 1 else f"{brief(min(hours))}–{brief(max(hours))}"
    return f"{whom}, {ends} hours a person"


def _levels(results: Results) -> Any:
    for names, weeks in (
        (HEADLINES, (results.weeks,)),
        *(((name,), checkpoints(results.weeks)) for name in OVER_TIME),
        (AT_THE_END, (results.weeks,)),
        (OF_THE_RUN, (results.weeks,)),
    ):
        for name in names:
            for week in weeks:
                unit = results.quantity(name, week).unit
                yield {
                    "figure": name,
                    "label": LABELS[name] if week == weeks[0] else "",
                    "week": "" if names in (HEADLINES, OF_THE_RUN) else week,
                    "starts": week == weeks[0] and name in (HEADLINES[0], *OVER_TIME,
                                                            AT_THE_END[0], OF_THE_RUN[0]),
                    "cells": [
                        level(results.estimate(name, i, week), unit)
                        for i in range(len(results.names))
                    ],
                }  # fmt: skip


def _differences(results: Results) -> list[dict[str, Any]]:
    if not isinstance(results, Comparison):
        return []
    return [
        {"name": results.names[i], "plan": i, "rows": list(_rows(results, i))}
        for i in range(1, len(results.names))
    ]


def _rows(results: Comparison, scenario: int) -> Any:
    for name in COMPARED_BY:
        weeks = checkpoints(results.weeks) if name in OVER_TIME else (results.weeks,)
        for week in weeks:
            unit = results.quantity(name, week).unit
            d = results.difference(name, scenario, 0, week)
            nothing = d.ahead + d.level + d.behind == 0
            yield {
                "figure": name,
                "label": LABELS[name] if week == weeks[0] else "",
                "week": "" if name in HEADLINES else week,
                "starts": week == weeks[0],
                "change": change(d, unit),
                "interval": interval(d, unit),
                "split": ["–"] * 3 if nothing else [share(p) for p in (d.ahead, d.level, d.behind)],
            }
