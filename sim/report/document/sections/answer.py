"""1 · The answer, and how sure it is; 8 · what would flip the ranking."""

from __future__ import annotations

import math
from typing import Any

from sim.parameters import PARAMETERS
from sim.report.document.draw import LinearScale, placed
from sim.report.document.report_data import ReportData
from sim.results import Comparison
from sim.results.series import AREA, HEADLINE, SPEED
from sim.results.verdict import HABITUAL_MEANS, range_note, settled_weeks

AGREE = "parameter sets that agree with the published targets as far as the model can"


def answer(material: ReportData) -> dict[str, Any]:
    """Return what the plans' levels are shown by, and the difference of the first two."""
    results, order = material.results, material.order
    ahead = None
    if isinstance(results, Comparison) and len(order) > 1:
        ahead = results.difference(HEADLINE, *order[:2])
    return {
        "note": range_note(results),
        "settled": settled_weeks(results),
        "habitual_means": HABITUAL_MEANS,
        "headline": HEADLINE,
        "beside": (
            ("weekly use, mean of all weeks", AREA, "share"),
            ("half use it weekly from week", SPEED, "week"),
            (f"habitual in week {results.weeks}", "habitual", "share"),
            ("use tools of their own", "own_tool_users", "share"),
            ("hours a person", "hours", "hours/person"),
        ),
        "first": order[0],
        "second": order[-1 if len(order) < 2 else 1],
        "ahead": ahead,
    }


def switching_conditions(material: ReportData) -> dict[str, Any]:
    """Return the margin without each mechanism, and over parameter sets."""
    doubt, names = material.doubt, material.results.names
    ends = [0.0]
    for one in material.structure:
        if one.ahead and math.isfinite(one.ahead.low):
            ends += [one.ahead.low, one.ahead.high]
    scale = LinearScale(min(ends), max(*ends, 0.01), 6, 254)
    return {
        "paired": material.structure[0].ahead is not None,
        "zero": scale(0.0),
        "rows": [(one, placed(one.ahead, scale)) for one in material.structure],
        "level_sets": max(0.0, 1 - sum(doubt.first)),
        "agree": AGREE,
        "links": [
            (link, PARAMETERS[link.name].meaning,
             names[material.order[0 if link.correlation > 0 else 1]])
            for link in doubt.links
        ],
    }  # fmt: skip
