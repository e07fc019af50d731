"""1 · The answer, and how sure it is."""

from __future__ import annotations

import math
from typing import Any

from sim.numbers import fixed, points, share
from sim.parameters import MECHANISMS, PARAMETERS
from sim.report.document.draw import LinearScale, band, change, interval, level, plain_share
from sim.report.document.report_data import ReportData
from sim.results import Comparison
from sim.results.series import AREA, HEADLINE, SPEED
from sim.results.verdict import HABITUAL_MEANS, range_note, settled_weeks


def answer(material: ReportData) -> dict[str, Any]:
    """Return the plans' levels, and three kinds of doubt."""
    results = material.results
    return {
        "remarks": results.remarks,
        "note": range_note(results),
        "settled": settled_weeks(results),
        "habitual_means": HABITUAL_MEANS,
        "plans": [
            {
                "index": plan,
                "name": results.names[plan],
                "purpose": results.scenarios[plan].purpose,
                "mean": plain_share(results.estimate(HEADLINE, plan).mean),
                "band": band(results.estimate(HEADLINE, plan)),
                "area": level(results.estimate(AREA, plan)),
                "speed": level(results.estimate(SPEED, plan), "week"),
                "habitual": level(results.estimate("habitual", plan)),
                "own": level(results.estimate("own_tool_users", plan)),
                "hours": level(results.estimate("hours", plan), "hours/person"),
            }
            for plan in range(len(results.names))
        ],
        "doubts": [_chance(material), _parameters(material), _structure(material)],
    }


def _chance(material: ReportData) -> dict[str, str]:
    results = material.results
    title = "Chance in the model"
    if not isinstance(results, Comparison) or len(material.order) < 2:
        e = results.estimate(HEADLINE, 0)
        said = f"The middle 80% of {results.n_runs} replicates lies at {band(e)}."
        return {"title": title, "said": said}
    first, second = material.order[:2]
    d = results.difference(HEADLINE, first, second)
    said = (
        f"Weekly use is higher under {results.names[first]} than under {results.names[second]} in "
        f"{share(d.ahead)} of {d.replicates} replicates, lower in {share(d.behind)}; the 95% "
        f"interval of the mean difference is {interval(d)} points."
    )
    return {"title": title, "said": said}


AGREE = "parameter sets that agree with the published targets as far as the model can"


def _parameters(material: ReportData) -> dict[str, str]:
    doubt, names, parts = material.doubt, material.results.names, material.doubt.parts
    title = "Doubt about the parameters"
    if parts is None:
        said = (
            f"Over {doubt.sets} {AGREE}, the middle 80% of habitual use lies at "
            f"{band(doubt.levels[0])}."
        )
        return {"title": title, "said": said}
    first, second = material.order[:2]
    level_sets = 1 - sum(doubt.first)
    level_said = f"; in {share(level_sets)} they are exactly level" if level_sets > 1e-9 else ""
    said = (
        f"In habitual use, over {doubt.sets} {AGREE}, {names[first]} comes first in "
        f"{share(doubt.first[first])} and {names[second]} in {share(doubt.first[second])}"
        f"{level_said}. The middle 80% of differences is "
        f"{points(parts.low, signed=True)} to {points(parts.high, signed=True)} points."
    )
    return {"title": title, "said": said}


def _structure(material: ReportData) -> dict[str, str]:
    title = "Doubt about the model itself"
    tried = material.structure[1:]
    if material.doubt.parts is None:
        lowest = min(tried, key=lambda one: one.levels[0].mean)
        highest = max(tried, key=lambda one: one.levels[0].mean)
        said = (
            f"With one of {len(tried)} mechanisms taken out at a time, habitual use ends between "
            f"{share(lowest.levels[0].mean)} (without {words(lowest.mechanism)}) and "
            f"{share(highest.levels[0].mean)} (without {words(highest.mechanism)})."
        )
        return {"title": title, "said": said}
    turned = [words(one.mechanism) for one in tried if one.turned]
    kept = [one for one in tried if one.ahead and one.ahead.beyond_chance and not one.turned]
    said = (
        f"With one of {len(tried)} mechanisms taken out at a time, the plan with more habitual use "
        f"in the whole model stays ahead beyond chance in {len(kept)}, the other one is ahead "
        f"beyond chance in {len(turned)}"
        + (f" (without {', '.join(turned)})" if turned else "")
        + f"; in {len(tried) - len(kept) - len(turned)} the difference is no larger than chance. "
        "Whether people behave as the model says cannot be told from inside it."
    )
    return {"title": title, "said": said}


def words(mechanism: str) -> str:
    """Return a mechanism in words."""
    return mechanism.replace("_", " ")


def switching_conditions(material: ReportData) -> dict[str, Any]:
    """Return the margin without each mechanism, and over parameter sets."""
    results, doubt = material.results, material.doubt
    whole, *rest = material.structure
    paired = whole.ahead is not None
    ends = [0.0]
    for one in material.structure:
        if one.ahead and math.isfinite(one.ahead.low):
            ends += [one.ahead.low, one.ahead.high]
    scale = LinearScale(min(ends), max(*ends, 0.01), 6, 254)
    names = results.names
    return {
        "paired": paired,
        "first": names[material.order[0]],
        "second": names[material.order[1]] if paired else "",
        "names": names,
        "zero": scale(0.0),
        "rows": [_row(one, scale) for one in (whole, *rest)],
        "replicates": whole.levels[0].replicates,
        "turned": [words(one.mechanism) for one in rest if one.turned],
        "sets": doubt.sets,
        "seeds": doubt.seeds,
        "firsts": [
            {"name": names[i], "plan": i, "share": plain_share(share),
             "level": level(doubt.levels[i]), "width": round(200 * share, 1)}
            for i, share in enumerate(doubt.first)
        ],
        "level_sets": plain_share(max(0.0, 1 - sum(doubt.first))),
        "parts": None if (parts := doubt.parts) is None else {
            "median": points(parts.median, signed=True),
            "low": points(parts.low, signed=True),
            "high": points(parts.high, signed=True),
            "chance": points(parts.chance),
            "parameters": points(parts.parameters),
        },
        "agree": AGREE,
        "structure_sets": whole.sets,
        "links": [
            {"name": link.name, "meaning": PARAMETERS[link.name].meaning,
             "correlation": fixed(link.correlation, signed=True),
             "favours": names[material.order[0 if link.correlation > 0 else 1]]}
            for link in doubt.links
        ],
    }  # fmt: skip


def _row(one: Any, scale: LinearScale) -> dict[str, Any]:
    found: dict[str, Any] = {
        "label": f"without {words(one.mechanism)}" if one.mechanism else "the whole model",
        "sets_to_zero": ", ".join(MECHANISMS.get(one.mechanism, ())),
        "levels": [level(e) for e in one.levels],
        "bands": [band(e) for e in one.levels],
        "whole": not one.mechanism,
    }
    if one.ahead is not None:
        known = math.isfinite(one.ahead.low)
        found |= {
            "change": change(one.ahead),
            "interval": interval(one.ahead),
            "x": scale(one.ahead.mean),
            "low": scale(one.ahead.low if known else one.ahead.mean),
            "high": scale(one.ahead.high if known else one.ahead.mean),
            "turned": one.turned,
            "sure": one.ahead.beyond_chance,
        }
    return found
