"""The sentence at the head of the page: computed, two-sided, with ranges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.numbers import share, share_range
from sim.results.figures import HEADLINE
from sim.results.verdict import ruled, settled_weeks

if TYPE_CHECKING:
    from sim.results import Results
    from sim.results.statistics import Estimate

__all__ = ["sentence"]

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
            {"text": (" of people using the tool in a week" if position == 0 else "")
             + _band(found[plan])},
        ]  # fmt: skip
    if len(order) > 1:
        segments.append({"text": f"; {_compared(results, order[0], order[1])}"})
    segments.append({"text": "."})
    return [segment for segment in segments if segment["text"]]


def _about(estimate: Estimate) -> str:
    text = share(estimate.mean)
    return text if text[0] in "<>" or estimate.mean in (0, 1) else f"about {text}"


def _band(estimate: Estimate) -> str:
    if estimate.worlds == 1:
        return ""
    return f" ({share_range(estimate.band_low, estimate.band_high)})"


def _compared(results: Results, first: int, second: int) -> str:
    from sim.results.statistics import paired_difference

    values = results.quantity(HEADLINE).values
    d = paired_difference(values[first], values[second])
    return ruled(d, results.names[first], results.names[second], results.margin)
