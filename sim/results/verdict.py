"""What a run says, in a few computed sentences: two-sided, with ranges, never a preference."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from sim.results.quantities import checkpoints

if TYPE_CHECKING:
    from sim.results.results import Comparison, Results
    from sim.results.statistics import Difference, Estimate

__all__ = ["points", "range_note", "share", "share_range", "share_with_band", "verdict"]


WORTH_SAYING = 0.01
"""Difference of shares from which a further outcome is mentioned."""


def share(value: float) -> str:
    """Return a share in whole percent, never rounded to a certainty that it is not.

    Examples
    --------
    >>> share(0.614), share(0.999), share(0.001), share(1.0)
    ('61%', '>99%', '<1%', '100%')
    """
    if 0.995 <= value < 1:
        return ">99%"
    if 0 < value < 0.005:
        return "<1%"
    return f"{value:.0%}"


def share_range(low: float, high: float) -> str:
    """Return a range of shares in whole percent.

    Examples
    --------
    >>> share_range(0.55, 0.66), share_range(0.0, 0.001)
    ('55–66%', '0%')
    """
    ends = f"{low:.0%}", f"{high:.0%}"
    return ends[0] if ends[0] == ends[1] else f"{ends[0].removesuffix('%')}–{ends[1]}"


def share_with_band(estimate: Estimate) -> str:
    """Return a mean share and its band, which is left out where it says nothing more."""
    text, band = share(estimate.mean), share_range(estimate.band_low, estimate.band_high)
    says_more = estimate.worlds > 1 and band not in (text, "0%", "100%")
    return f"{text} ({band})" if says_more else text


def points(value: float, *, signed: bool = False) -> str:
    """Return a difference of shares in percentage points.

    Examples
    --------
    >>> points(0.142), points(-0.0031), points(0.0031, signed=True), points(0.0)
    ('14.2', '−0.3', '+0.3', '0')
    """
    text = f"{100 * value:{'+' if signed else ''}.1f}"
    return "0" if float(text) == 0 else text.replace("-", "−")


def range_note(results: Results) -> str:
    """Return what the ranges of ``results`` are, and what they are not."""
    if results.n_worlds == 1:
        return "One world only: no range can be given. Chance alone can move every figure."
    if results.n_samples > 1:
        return (
            f"Ranges are the middle 80% of {results.n_worlds} worlds over {results.n_samples} "
            "parameter sets: chance in the model and doubt about its parameters, "
            "not doubt about its structure."
        )
    return (
        f"Ranges are the middle 80% of {results.n_worlds} worlds: chance in the model, "
        "not doubt about its parameters or structure."
    )


def verdict(results: Results) -> str:
    """Return the verdict on ``results`` as text of a few sentences."""
    from sim.results.results import Comparison

    sentences = [_levels(results)]
    if isinstance(results, Comparison) and len(results.names) > 1:
        sentences += _comparison(results)
    else:
        sentences.append(_one(results))
    doubts = _doubts(results) if results.parameter_sets is not None else []
    return "\n".join((" ".join(filter(None, sentences)), *doubts, range_note(results)))


def _doubts(results: Results) -> list[str]:
    """Return the kinds of doubt about the two plans that come out highest."""
    from sim.results.doubt import doubt_sentences

    means = [estimate.mean for estimate in _estimates(results, "habitual")]
    if len(means) < 2:
        return []
    one, other = sorted(range(len(means)), key=lambda i: -means[i])[:2]
    return doubt_sentences(results, one, other)


def _estimates(results: Results, name: str) -> list[Estimate]:
    return [results.estimate(name, i) for i in range(len(results.names))]


def _levels(results: Results) -> str:
    found = _estimates(results, "habitual")
    parts = [
        f"{share_with_band(estimate)} under {name}"
        for name, estimate in zip(results.names, found, strict=True)
    ]
    return f"In week {results.weeks}, habitual users are {_listed(parts)}."


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _one(results: Results) -> str:
    trained, activated, users, own = (
        share(results.estimate(name, 0).mean)
        for name in ("trained", "activated", "weekly_users", "own_tool_users")
    )
    return (
        f"{trained} are trained, {activated} have used the tool at least once, {users} use it "
        f"that week; {own} use tools of their own."
    )


def _comparison(results: Comparison) -> list[str]:
    if all(_identical(results, i) for i in range(1, len(results.names))):
        same = "both plans give" if len(results.names) == 2 else "all plans give"
        return [f"In every world {same} exactly the same numbers."]
    if len(results.names) == 2:
        return _pair(results)
    return _many(results)


def _identical(results: Comparison, scenario: int) -> bool:
    weekly = results.records.weekly
    return bool((weekly[scenario] == weekly[0]).all())


def _pair(results: Comparison) -> list[str]:
    last = results.difference("habitual", 1)
    ahead = 1 if last.mean >= 0 else 0
    sentences = [_said(results, ahead, 1 - ahead)]
    sentences.append(_otherwise_earlier(results, ahead))
    sentences.append(_other_outcomes(results))
    return sentences


def _said(results: Comparison, ahead: int, behind: int) -> str:
    d = results.difference("habitual", ahead, behind)
    one, other = results.names[ahead], results.names[behind]
    if d.worlds == 1:
        return f"In this one world {one} comes out {points(d.mean)} points higher than {other}."
    if not d.beyond_chance:
        return (
            f"Between {one} and {other} there is no difference larger than chance: "
            f"{points(d.mean, signed=True)} points on average in the same worlds "
            f"({_interval(d)}); {_split(d, one, other)}."
        )
    return (
        f"In the same worlds {one} comes out {points(d.mean)} points higher than {other} on "
        f"average ({_interval(d)}); {_split(d, one, other)}."
    )


def _interval(difference: Difference) -> str:
    low, high = points(difference.low), points(difference.high)
    return f"95% interval of the mean {low} to {high}"


def _split(d: Difference, one: str, other: str) -> str:
    level = f", level in {share(d.level)}" if d.level else ""
    return f"{one} is ahead in {share(d.ahead)} of worlds, {other} in {share(d.behind)}{level}"


def _otherwise_earlier(results: Comparison, ahead: int) -> str:
    """Return where weekly users stood the other way round at an earlier checkpoint."""
    at_the_end = results.difference("habitual", ahead, 1 - ahead).beyond_chance
    for week in checkpoints(results.weeks)[:-1]:
        for one in (1 - ahead,) if at_the_end else (0, 1):
            d = results.difference("weekly_users", one, 1 - one, week)
            if d.low > 0 and d.mean >= WORTH_SAYING:
                word = "it is the other way round" if at_the_end else "there is one"
                return (
                    f"Earlier {word}: in week {week} {results.names[one]} has "
                    f"{points(d.mean)} points more weekly users."
                )
    return ""


def _other_outcomes(results: Comparison) -> str:
    """Return what else differs beyond chance: hours and own tools, whichever way."""
    parts = []
    hours = results.difference("hours", 1)
    if abs(hours.mean) >= 0.05 and (hours.beyond_chance or hours.worlds == 1):
        word = "more" if hours.mean > 0 else "fewer"
        parts.append(f"takes {abs(hours.mean):.1f} hours a person {word}")
    own = results.difference("own_tool_users", 1)
    if own.beyond_chance and abs(own.mean) >= WORTH_SAYING:
        word = "more" if own.mean > 0 else "fewer"
        parts.append(f"has {points(abs(own.mean))} points {word} people on tools of their own")
    if not parts:
        return ""
    return f"Against {results.names[0]}, {results.names[1]} {_listed(parts)}."


def _many(results: Comparison) -> list[str]:
    """Compare each scenario with the next lower one, from the highest down."""
    means = [estimate.mean for estimate in _estimates(results, "habitual")]
    order = sorted(range(len(means)), key=lambda i: -means[i])
    steps = "; ".join(_step(results, one, other) for one, other in pairwise(order))
    return [f"Each less the next lower one in the same worlds: {steps}. Intervals are for a pair."]


def _step(results: Comparison, one: int, other: int) -> str:
    d = results.difference("habitual", one, other)
    pair = f"{results.names[one]} less {results.names[other]} {points(d.mean)} points"
    if d.worlds == 1:
        return pair
    chance = "" if d.beyond_chance else ", no larger than chance"
    return (
        f"{pair}{chance} ({_interval(d)}; higher in {share(d.ahead)}, lower in {share(d.behind)})"
    )
