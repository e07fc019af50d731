"""The sentence at the head of the page: computed, two-sided, with ranges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.contrast import rule
from sim.numbers import points, share, share_range
from sim.results.series import HEADLINE
from sim.results.verdict import ruled, settled_weeks
from sim.scenario.text import entry_of

if TYPE_CHECKING:
    from sim.analysis.attribution import Worth
    from sim.contrast import Estimate
    from sim.results import Results


Segment = dict[str, Any]


def sentence(results: Results) -> list[Segment]:
    """Return the answer as segments: ``text``, and ``plan`` or ``strong`` where marked.

    The level of weekly use under each plan, the highest first, then what the verdict says of
    the first two.
    """
    found = [results.estimate(HEADLINE, plan) for plan in range(len(results.names))]
    order = sorted(range(len(found)), key=lambda plan: -found[plan].mean)
    segments: list[Segment] = [{"text": f"In {settled_weeks(results)}, "}]
    for position, plan in enumerate(order):
        if position:
            segments.append({"text": " and " if position == len(order) - 1 else ", "})
        segments += [
            {"text": results.names[plan], "plan": plan},
            {"text": " has " if position == 0 else " "},
            {"text": _about(found[plan]), "strong": True},
            {"text": (" weekly users" if position == 0 else "")
             + _band(found[plan])},
        ]  # fmt: skip
    if len(order) > 1:
        segments.append({"text": f"; {_compared(results, order[0], order[1])}"})
    if len(order) > 2:
        segments.append({"text": _last(results, order[0], order[-1])})
    segments.append({"text": "."})
    return [segment for segment in segments if segment["text"]]


def compared(results: Results) -> str:
    """Return what is said of the first two plans, the higher one first; or nothing."""
    if len(results.names) < 2:
        return ""
    first, second = (results.estimate(HEADLINE, plan).mean for plan in (0, 1))
    return _compared(results, 0, 1) if first >= second else _compared(results, 1, 0)


def change_segments(results: Results, plan: int) -> list[Segment]:
    """Return what a change did to a plan, as segments; none where it did nothing.

    The results are of two plans, as it is now and as it was before; ``plan`` is its row on the
    page.
    """
    from sim.contrast import paired_difference

    now, before = results.quantity(HEADLINE).values
    d = paired_difference(now, before)
    if d.level == 1:
        return []
    text = f" with the change: {points(d.mean, signed=True)} points"
    if d.replicates > 1:
        text += f" ({points(d.low, signed=True)} to {points(d.high, signed=True)})"
    if d.replicates > 1 and rule(d, results.margin) == "same":
        text += ", practically the same"
    return [{"text": results.names[0], "plan": plan}, {"text": f"{text}."}]


def _last(results: Results, first: int, last: int) -> str:
    """Return how far the last of several plans is behind, where that is beyond chance."""
    from sim.contrast import paired_difference

    values = results.quantity(HEADLINE).values
    d = paired_difference(values[first], values[last])
    if d.replicates == 1 or rule(d, results.margin) != "ahead":
        return ""
    return f"; {results.names[last]} is last, {points(d.mean)} points behind {results.names[first]}"


def _about(estimate: Estimate) -> str:
    text = share(estimate.mean)
    return text if text[0] in "<>" or estimate.mean in (0, 1) else f"about {text}"


def _band(estimate: Estimate) -> str:
    if estimate.replicates == 1:
        return ""
    return f" ({share_range(estimate.band_low, estimate.band_high)})"


def _compared(results: Results, first: int, second: int) -> str:
    from sim.contrast import paired_difference

    values = results.quantity(HEADLINE).values
    d = paired_difference(values[first], values[second])
    return ruled(d, results.names[first], results.names[second], results.margin)


MOST_CHANGES = 3
"""So many changes are named."""


def leading(results: Results) -> int:
    """Return the row of the plan with the highest level of weekly use, the first of equals."""
    levels = [results.estimate(HEADLINE, plan).mean for plan in range(len(results.names))]
    return levels.index(max(levels))


def next_part(
    results: Results, plan: int, found: tuple[Worth, ...] | None, hour_cost: float
) -> dict[str, Any]:
    """Return the changes that raise weekly use by what matters or more, the largest first.

    ``plan``, ``tried`` (how many), and ``changes``: ``said``, ``kind``; ``gain``, ``low``, ``high``
    as shares; ``cost`` {hours, money} of all people and the whole run; ``timeline``: all entries of
    the plan with the change made. ``found`` is what ``worth`` gives; ``hour_cost`` the money that
    an hour of a person costs, 0 where it is not known.
    """
    ahead = [one for one in found or () if rule(one.effect, results.margin) == "ahead"]
    return {
        "plan": plan,
        "tried": len(found or ()),
        "stopped": found is None,
        "changes": [
            {
                "said": one.change.said,
                "kind": one.change.kind,
                "gain": one.effect.mean,
                "low": one.effect.low,
                "high": one.effect.high,
                "cost": {"hours": one.hours, "money": one.money + hour_cost * one.hours},
                "timeline": [
                    {placed.kind: entry_of(placed.intervention)} for placed in one.change.timeline
                ],
            }
            for one in ahead[:MOST_CHANGES]
        ],
    }
