"""The sentence at the head of the page: computed, two-sided, with ranges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.results.verdict import points, share, share_range

if TYPE_CHECKING:
    from sim.results import Results
    from sim.results.statistics import Difference, Estimate

__all__ = ["sentence"]

Segment = dict[str, Any]


def sentence(results: Results) -> list[Segment]:
    """Return the answer as segments: ``text``, and ``plan`` or ``strong`` where marked.

    The share of habitual users in the last week under each plan, the highest first, then
    whether the first two differ by more than chance in the same worlds.
    """
    found = [results.estimate("habitual", plan) for plan in range(len(results.names))]
    order = sorted(range(len(found)), key=lambda plan: -found[plan].mean)
    segments: list[Segment] = [{"text": f"By week {results.weeks}, "}]
    for position, plan in enumerate(order):
        if position:
            segments.append({"text": " and " if position == len(order) - 1 else ", "})
        segments += [
            {"text": results.names[plan], "plan": plan},
            {"text": " has " if position == 0 else " "},
            {"text": _about(found[plan]), "strong": True},
            {"text": (" of people using the tool as a habit" if position == 0 else "")
             + _band(found[plan])},
        ]  # fmt: skip
    segments.append({"text": ""})
    if len(order) > 1:
        segments[-1] = {"text": _compared(results, order[0], order[1])}
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

    values = results.quantity("habitual").values
    d = paired_difference(values[first], values[second])
    if d.worlds == 1:
        return f": {points(d.mean)} points apart in this one world"
    if d.level == 1:
        return ": exactly the same in every world"
    if not d.beyond_chance:
        return f": no difference larger than chance ({_interval(d)})"
    return f": {_interval(d)}, ahead in {share(d.ahead)} of worlds"


def _interval(d: Difference) -> str:
    low, high = points(d.low, signed=True), points(d.high, signed=True)
    return f"{points(d.mean, signed=True)} points, 95% interval {low} to {high}"
