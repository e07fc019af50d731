"""What a run says, in a few computed sentences: two-sided, with ranges, never a preference.

Doubt about structure is shown by the same replicates with one mechanism off at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Floats
from sim.contrast import Difference, paired_difference, parts_of_doubt, rule
from sim.numbers import NEVER, fixed, listed, points, points_of, share, week, with_band
from sim.parameters import MECHANISMS
from sim.results.measure import PRIMARY, at, checkpoints
from sim.results.series import AREA, HEADLINE, SETTLED_OVER, SPEED
from sim.theories import Decision

if TYPE_CHECKING:
    from sim.case import Case
    from sim.contrast import Estimate
    from sim.results.results import Comparison, Results


HABITUAL_MEANS = (
    "used in at least 9 of the last 12 weeks; zero for the first eight weeks by definition"
)
"""What habitual use is, to be said wherever its figure stands."""


def range_note(results: Results) -> str:
    """Return what the ranges of ``results`` are, and where the drivers are no reasons."""
    plans = zip(results.names, results.scenarios, strict=True)
    plain = [name for name, one in plans if one.decision.rule != Decision.LOGIT]
    if not plain:
        return _ranges(results)
    return (
        f"{_ranges(results)} Under {listed(plain)} people decide by a plain rule; what holds back "
        "is shown as if they chose by the rich model."
    )


def _ranges(results: Results) -> str:
    if results.n_runs == 1:
        return "One replicate only: no range can be given. Chance alone can move every figure."
    if results.n_samples > 1:
        return (
            f"Ranges are the middle 80% of {results.n_runs} replicates over {results.n_samples} "
            "parameter sets: chance in the model and doubt about its parameters, "
            "not doubt about its structure."
        )
    return (
        f"Ranges are the middle 80% of {results.n_runs} replicates: chance in the model, "
        "not doubt about its parameters or structure."
    )


def source_note(results: Results) -> str:
    """Return what the figures of ``results`` come from: said on everything that is taken away."""
    from sim.extensions import uptake_version

    sets = f" over {results.n_samples} parameter sets" if results.n_samples > 1 else ""
    runs = f"{results.n_runs:,} replicate{'s' if results.n_runs > 1 else ''}"
    return (
        f"Uptake {uptake_version()}, {runs} of {results.weeks} weeks{sets}, "
        f"seed {results.seed}. What the model says under its assumptions, not a forecast."
    )


def settled_weeks(results: Results) -> str:
    """Return the weeks that the level of weekly use is the mean of, such as ``weeks 49–52``."""
    first = max(1, results.weeks - SETTLED_OVER + 1)
    return f"weeks {first}–{results.weeks}" if first < results.weeks else f"week {first}"


def ruled(d: Difference, one: str, other: str, margin: float) -> str:
    """Return in words what ``rule`` says of a difference of shares.

    The difference is ``one`` less ``other``, names of plans; the margin the smallest difference
    that matters, as a share.

    >>> from sim.contrast import Difference
    >>> ruled(Difference(0.03, 0.021, 0.039, 0.9, 0, 0.1, 200), "A", "B", 0.01)
    'A is ahead of B by 3.0 points (95% interval 2.1 to 3.9)'
    """
    if d.level == 1:
        return f"{one} and {other} are exactly the same in every replicate"
    if d.replicates == 1:
        return f"{one} less {other} is {points(d.mean, signed=True)} points in this one replicate"
    ruling = rule(d, margin)
    if ruling == "ahead":
        ends = f"{points(d.low)} to {points(d.high)}"
        return f"{one} is ahead of {other} by {points(d.mean)} points (95% interval {ends})"
    if ruling == "behind":
        ends = f"{points(-d.high)} to {points(-d.low)}"
        return f"{other} is ahead of {one} by {points(-d.mean)} points (95% interval {ends})"
    least = points_of(margin)
    if ruling == "same":
        return (
            f"{one} and {other} are practically the same: the 95% interval, "
            f"{_reach(d, one, other)}, is within {least}"
        )
    return (
        f"{one} and {other} are too close to call: the 95% interval reaches from "
        f"{_reach(d, one, other)} (least that matters: {least})"
    )


def _reach(d: Difference, one: str, other: str) -> str:
    """Return the ends of an interval, each with the plan it speaks for."""
    if d.low >= 0:
        return f"{points(d.low)} to {points(d.high)} points more under {one}"
    if d.high <= 0:
        return f"{points(-d.high)} to {points(-d.low)} points more under {other}"
    return f"{points(-d.low)} points more under {other} to {points(d.high)} more under {one}"


def verdict(results: Results) -> str:
    """Return the verdict on ``results`` as text of a few lines."""
    from sim.results.results import Comparison

    if isinstance(results, Comparison) and len(results.names) > 1:
        lines = _comparison(results)
    else:
        lines = [*_levels(results).values(), _one(results)]
    if results.parameter_sets is not None and results.n_samples > 1:
        lines += _doubts(results)
    return "\n".join((*lines, *results.remarks, range_note(results)))


def line_of(results: Comparison, names: tuple[str, str]) -> str:
    """Return the level of weekly use under two plans, by these names, in one sentence."""
    said = ruled(results.difference(HEADLINE, 0, 1), *names, results.margin)
    first, second = (share(results.estimate(HEADLINE, plan).mean) for plan in (0, 1))
    return (
        f"weekly use, mean of {settled_weeks(results)}, is {first} with {names[0]} and {second} "
        f"with {names[1]}; {said}."
    )


def _doubts(results: Results) -> list[str]:
    """Return the kinds of doubt about the two plans that come out highest."""
    if len(results.names) < 2:
        return []
    one, other = _order(results)[:2]
    return ["How sure the difference in habitual use is:", *doubt_sentences(results, one, other)]


def _order(results: Results) -> list[int]:
    """Return the plans by the level of weekly use, the highest first."""
    means = [results.estimate(HEADLINE, plan).mean for plan in range(len(results.names))]
    return sorted(range(len(means)), key=lambda plan: -means[plan])


def _under(results: Results, texts: Sequence[str]) -> str:
    """Return a figure of every plan, each with the plan's name."""
    return listed([f"{text} under {name}" for text, name in zip(texts, results.names, strict=True)])


def _shares(results: Results, name: str) -> str:
    plans = range(len(results.names))
    return _under(results, [with_band(results.estimate(name, plan), "share") for plan in plans])


def _levels(results: Results) -> dict[str, str]:
    """Return a sentence on every headline by the figure it is about."""
    plans = range(len(results.names))
    weeks = [_week(results.estimate(SPEED, plan)) for plan in plans]
    level = f"mean of {settled_weeks(results)}, is {_shares(results, HEADLINE)}"
    return {
        HEADLINE: f"Level: weekly use, {level}.",
        AREA: f"Area: weekly use, mean of all {results.weeks} weeks, is {_shares(results, AREA)}.",
        SPEED: f"Speed: half of all people use the tool weekly {_under(results, weeks)}.",
        "habitual": (
            f"Habit: habitual use in week {results.weeks} ({HABITUAL_MEANS}) is "
            f"{_shares(results, 'habitual')}."
        ),
    }


def _week(estimate: Estimate) -> str:
    """Return when a median replicate gets there."""
    text = week(estimate.median)
    return "at no time" if text == NEVER else f"from week {text}"


def _one(results: Results) -> str:
    trained, activated, own = (
        share(results.estimate(name, 0).mean) for name in ("trained", "activated", "own_tool_users")
    )
    return (
        f"{trained} are trained, {activated} have used the tool at least once; "
        f"{own} use tools of their own."
    )


def _comparison(results: Comparison) -> list[str]:
    if all((weekly == results.records.weekly[0]).all() for weekly in results.records.weekly[1:]):
        count = "both" if len(results.names) == 2 else "all"
        same = f"In every replicate {count} plans give exactly the same numbers."
        return [*_levels(results).values(), same]
    said = _pair(results) if len(results.names) == 2 else {HEADLINE: _many(results)}
    lines = [" ".join(filter(None, (text, said.get(n)))) for n, text in _levels(results).items()]
    return [*lines, *filter(None, [_other_outcomes(results)] if len(results.names) == 2 else [])]


def _pair(results: Comparison) -> dict[str, str]:
    """Return what is said of each headline of two plans."""
    level = results.difference(HEADLINE, 1)
    said = {name: _said(results, name) for name in (HEADLINE, AREA, "habitual")}
    said[HEADLINE] = " ".join(filter(None, (said[HEADLINE], _earlier(results, level))))
    said[SPEED] = _sooner(results)
    return said


def _said(results: Comparison, name: str) -> str:
    """Return what is said of one figure of two plans, the higher one first."""
    ahead = 1 if results.difference(name, 1).mean >= 0 else 0
    one, other = results.names[ahead], results.names[1 - ahead]
    d = results.difference(name, ahead, 1 - ahead)
    text = ruled(d, one, other, results.margin)
    if d.replicates > 1 and d.level < 1 and name == HEADLINE:
        level = f", equal in {share(d.level)}" if d.level else ""
        text += (
            f"; under {one} it is higher in {share(d.ahead)} of replicates, "
            f"lower in {share(d.behind)}{level}"
        )
    return f"{text}."


def _sooner(results: Comparison) -> str:
    d = results.difference(SPEED, 1)  # a higher week is a later one
    if d.replicates == 1 or d.level == 1:
        return ""
    first, second = results.names
    never = bool(np.isinf(results.quantity(SPEED).values).all(axis=0).any())
    together = "at the same time, or neither ever," if never else "at the same time"
    level = f", {together} in {share(d.level)}" if d.level else ""
    return (
        f"{first} gets there sooner in {share(d.ahead)} of replicates, {second} in "
        f"{share(d.behind)}{level}."
    )


def _earlier(results: Comparison, level: Difference) -> str:
    """Return where weekly users stood otherwise at an earlier checkpoint."""
    end = rule(level, results.margin)
    for when in checkpoints(results.weeks)[:-1]:
        d = results.difference("weekly_users", 1, 0, when)
        then = rule(d, results.margin)
        if then in ("ahead", "behind") and then != end:
            plan = results.names[1 if then == "ahead" else 0]
            word = "it is the other way round" if end in ("ahead", "behind") else "they differ"
            return (
                f"Earlier {word}: in week {when} {plan} has {points(abs(d.mean))} points more "
                "weekly users."
            )
    return ""


def _other_outcomes(results: Comparison) -> str:
    """Return what else differs beyond chance: hours and own tools, whichever way."""
    parts = []
    hours = results.difference("hours", 1)
    if abs(hours.mean) >= 0.05 and (hours.beyond_chance or hours.replicates == 1):
        word = "more" if hours.mean > 0 else "fewer"
        parts.append(f"takes {fixed(abs(hours.mean), 1)} hours a person {word}")
    own = results.difference("own_tool_users", 1)
    if (ruling := rule(own, results.margin)) in ("ahead", "behind"):
        word = "more" if ruling == "ahead" else "fewer"
        parts.append(f"has {points(abs(own.mean))} points {word} people on tools of their own")
    if not parts:
        return ""
    return f"Against {results.names[0]}, {results.names[1]} {listed(parts)}."


def _many(results: Comparison) -> str:
    """Compare each scenario with the next lower one, from the highest down."""
    steps = [
        ruled(
            results.difference(HEADLINE, one, other), results.names[one], results.names[other],
            results.margin,
        )
        for one, other in pairwise(_order(results))
    ]  # fmt: skip
    return f"From the highest down, in the same replicates: {'; '.join(steps)}."


def doubt_sentences(results: Results, one: int, other: int) -> list[str]:
    """Return what is chance, doubt about parameters, doubt about structure, a line each.

    *Chance* is how far replicates differ under one parameter set. *Parameters* is how far the mean
    difference moves from one parameter set to another. *Structure* is how far it moves when one
    mechanism at a time is switched off, with the same sets and the same seeds of each.
    """
    values = results.quantity("habitual").values
    parts = parts_of_doubt(values[one], values[other])
    name, reference = results.names[one], results.names[other]
    sentences = []
    if parts.replicates > 1:
        sentences.append(
            f"Chance: under one parameter set replicates differ by {points(parts.chance)} points "
            f"(standard deviation) in how far {name} is from {reference}."
        )
    band = f"{points(parts.low, signed=True)} to {points(parts.high, signed=True)}"
    said = (
        f"Parameters: over {parts.sets} sets that agree with the published targets as far as the "
        f"model can, {name} less {reference} is {band} points (middle 80% of sets); {name} is "
        f"ahead in {share(parts.ahead)} of the sets."
    )
    if parts.replicates > 1:
        said += f" This is {share(parts.share_of_parameters)} of the variance between replicates."
    sentences.append(said)
    if results.structure is not None:
        sentences.append(_structure(results.structure, one, other))
    return sentences


def _structure(structure: Structure, one: int, other: int) -> str:
    with_all, found = without_each(structure, one, other)
    ordered = sorted(found, key=lambda each: each.difference.mean)
    low, high = ordered[0], ordered[-1]
    sets = structure.habitual.shape[2]

    def spelled(mechanisms: list[str]) -> str:
        return ", ".join(name.replace("_", " ") for name in mechanisms)

    said = (
        f"Structure: with one mechanism off at a time ({len(found)} of them, {sets} sets each, "
        "not calibrated again) the "
        f"mean difference runs from {points(low.difference.mean, signed=True)} (without "
        f"{spelled([low.mechanism])}) to {points(high.difference.mean, signed=True)} (without "
        f"{spelled([high.mechanism])}), against {points(with_all.mean, signed=True)} with all on"
    )
    sign = 1.0 if with_all.mean >= 0 else -1.0
    beyond = [each for each in found if each.difference.beyond_chance]
    if not with_all.beyond_chance:
        said += ", which is no larger than chance"
        if beyond:
            said += f"; it is larger without {spelled([each.mechanism for each in beyond])}"
        return said + "."
    turned = [each.mechanism for each in beyond if sign * each.difference.mean < 0]
    lost = [each.mechanism for each in found if each not in beyond]
    said += f"; it turns round without {spelled(turned)}" if turned else "; none turns it round"
    if lost:
        said += f"; it is no larger than chance without {spelled(lost)}"
    return said + "."


NOTHING_OFF = ""
"""Name of the row of ``Structure`` in which every mechanism is on."""
STRUCTURE_SETS, STRUCTURE_SEEDS = 24, 2
"""Parameter sets, and replicates of each, that are run with one mechanism off at a time."""


@dataclass(frozen=True, eq=False)
class Structure:
    """The last week of the same replicates with one mechanism off at a time."""

    mechanisms: tuple[str, ...]
    """What is off in each row; the first is ``NOTHING_OFF``."""
    habitual: Floats
    """Share of habitual users in the last week, shape (n_rows, n_scenarios, n_samples, n_seeds)."""


def one_mechanism_off(
    cases: Sequence[Case], seeds: NDArray[np.uint64], threads: int | None = None
) -> Structure:
    """Run cases again with one mechanism off at a time.

    At most ``STRUCTURE_SETS`` of their parameter sets are run, with at most ``STRUCTURE_SEEDS`` of
    each set's own seeds, shape (n_samples, n_seeds).
    """
    from sim.case import Record, run_cases, without

    some = [replace(case, parameters=case.parameters[:STRUCTURE_SETS]) for case in cases]
    found = []
    for mechanism in (NOTHING_OFF, *MECHANISMS):
        changed = [
            replace(case, parameters=without(case.parameters, mechanism)) if mechanism else case
            for case in some
        ]
        records = run_cases(
            changed, seeds[:STRUCTURE_SETS, :STRUCTURE_SEEDS], record=Record(drivers=False),
            threads=threads,
        )  # fmt: skip
        found.append(at(PRIMARY).of_weekly(records.weekly))
    return Structure((NOTHING_OFF, *MECHANISMS), np.stack(found))


@dataclass(frozen=True, slots=True)
class Without:
    """A difference with one mechanism off, against the same with all on."""

    mechanism: str
    difference: Difference
    """Interval over parameter sets."""
    change: Difference
    """Less what it is with all mechanisms on, in the same replicates."""


def without_each(structure: Structure, one: int, other: int) -> tuple[Difference, list[Without]]:
    """Return ``one`` scenario less the ``other`` with all mechanisms on, and without each.

    In the order of the mechanisms.
    """
    habitual = structure.habitual
    with_all = habitual[0, one] - habitual[0, other]
    found = [
        Without(
            mechanism,
            paired_difference(habitual[row, one], habitual[row, other]),
            paired_difference(habitual[row, one] - habitual[row, other], with_all),
        )
        for row, mechanism in enumerate(structure.mechanisms)
        if mechanism != NOTHING_OFF
    ]
    return paired_difference(habitual[0, one], habitual[0, other]), found
