"""8 · What would flip the ranking: the model without a mechanism, and other parameters."""

from __future__ import annotations

import math
from typing import Any

from sim.numbers import fixed, points
from sim.parameters import MECHANISMS, PARAMETERS
from sim.report.document.draw import LinearScale
from sim.report.document.numbers import band, change, interval, level, plain_share
from sim.report.document.report_data import ReportData
from sim.report.document.sections.answer import AGREE, words

__all__ = ["switching_conditions"]


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
