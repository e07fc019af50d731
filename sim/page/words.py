"""What page and report say in words: labels, the sentence at the head, a diagnosis."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.contrast import rule
from sim.numbers import fixed, points, share, share_range
from sim.results.series import HEADLINE
from sim.results.verdict import ruled, settled_weeks
from sim.scenario.text import entry_of

if TYPE_CHECKING:
    from sim.analysis.attribution import Worth
    from sim.analysis.diagnosis.causes import Stored, StoredHeld, StoredMeasure, StoredTeam
    from sim.contrast import Estimate
    from sim.results import Results


_SAID = tomllib.loads(Path(__file__).with_name("labels.toml").read_text("utf-8"))

OUTCOME_LABELS: dict[str, str] = _SAID["outcomes"]
"""Outcomes that the page can show, by name, in the order of its list."""
DRIVER_LABELS: dict[str, str] = {name: long for name, (long, _) in _SAID["drivers"].items()}
"""Drivers in words, in the order of ``sim.outcomes.DRIVERS``."""
DRIVER_SHORT: dict[str, str] = {name: short for name, (_, short) in _SAID["drivers"].items()}
"""Drivers in a word or two, for a narrow column."""

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


CONDITION_LABELS = {"managers": "Managers", "leaders": "Informal leaders"}
FEWEST_QUESTION = 0.005
"""Rise in the chance to name rightly below which a question is said to tell nothing."""


def five_of(one: Stored) -> list[StoredHeld]:
    """Return the five drivers, the most likely strongest first."""
    return [held for held in one.drivers if held.first is not None]


def others_of(one: Stored) -> list[StoredHeld]:
    """Return what is reported beside the five, the largest first."""
    return [held for held in one.drivers if held.first is None]


def diagnosis_sentence(one: Stored) -> str:
    """Return what the diagnosis says in a sentence or two."""
    five = five_of(one)
    first = five[0]
    label = DRIVER_LABELS[first.name]
    about = f"In week {one.week}, of the five drivers of the confidence gap: "
    if one.tells:
        return (
            f"{about}{label.lower()} holds use back most: {_interval(first)} points on the "
            f"chance of use on a workday, the strongest with probability {share(first.first or 0)}."
        )
    names = [held for held in five if held.name in one.together]
    listed = ", ".join(f"{DRIVER_LABELS[h.name].lower()} ({share(h.first or 0)})" for h in names)
    return (
        f"{about}these data cannot tell which holds use back most. Candidates, with the "
        f"probability that each is the strongest: {listed}."
    )


def _interval(one: StoredHeld) -> str:
    return f"{points(one.mean)} ({points(one.low)} to {points(one.high)})"


def conditions_words(one: Stored) -> list[str]:
    """Return a sentence a condition, and why one is not told."""
    from sim.analysis.diagnosis.slopes import CONDITIONS

    found = []
    for part in one.conditions:
        said = CONDITIONS[part.name]
        found.append(
            f"{CONDITION_LABELS[part.name]} ({part.people:,}): with {said} from the start, weekly "
            f"users would change by {points(part.median, signed=True)} points "
            f"({points(part.low, signed=True)} to {points(part.high, signed=True)})."
        )
    known = {part.name for part in one.conditions}
    for name, label in CONDITION_LABELS.items():
        if name not in known:
            found.append(f"{label}: fewer than five, so nothing is said of them.")
    return found


def measure_cost(one: StoredMeasure) -> str:
    """Return what a measure costs in hours, and what an hour brings."""
    if one.hours < 0.5:
        return "no hours of people's time"
    a_hundred = fixed(100 * 100 * one.gain / one.hours, 1)
    return f"{fixed(one.hours, 0)} hours; {a_hundred} points per 100 hours"


def questions_words(one: Stored) -> str:
    """Return what asking would tell."""
    open_ = [q for q in one.questions if not q.asked]
    if not open_:
        return "All questions that the model can use were asked."
    now = five_of(one)[0].first or 0.0
    best = [q for q in open_ if q.naming >= FEWEST_QUESTION]
    asked, unasked = share(min(1.0, now + one.all_asked)), share(now)
    whole = (
        f"If all {len(open_)} open questions were answered, the driver named first would be the "
        f"strongest with probability {asked}, {'as now' if asked == unasked else f'not {unasked}'}."
    )
    if not best:
        return f"No single question would tell much. {whole}"
    return f"Worth asking first: “{best[0].statement}” {whole}"


def doubts(one: Stored) -> list[str]:
    """Return what the diagnosis rests on, and where it is weak."""
    from sim.analysis.firm.kernel import FAR

    found = [f"{one.sets:,} parameter sets, {one.replicates} replicates each."]
    if one.effective is None or one.nearest is None:
        found.append("Nothing measured weighs them: bring a table of use (--usage).")
    else:
        found.append(f"Weighed by measured use: {fixed(one.effective, 0)} effective replicates.")
        if one.nearest > FAR:
            far = fixed(one.nearest, 1)
            found.append(
                f"Nothing in the model is like this firm: the nearest set is {far} times as far "
                "as chance explains. Do not lean on this."
            )
        if not one.contrasts:
            found.append("Use is known by group only; by person, with answers, it would tell more.")
    if one.hidden_teams:
        found.append(
            f"{one.hidden_teams:,} teams are not shown: fewer than five people, or they would give "
            "away one that has."
        )
    return [*one.said, *found]


def team_first(team: StoredTeam) -> tuple[str, str, str]:
    """Return a team's first driver, its points, and the next driver."""
    first, second = [held for held in team.drivers if held.first is not None][:2]
    label = DRIVER_LABELS[first.name] + ("" if team.tells else ", cannot tell")
    return label, _interval(first), DRIVER_LABELS[second.name]


def diagnosis_part(one: Stored) -> dict[str, Any]:
    """Return a diagnosis as words and bars, for the page's panel and the report's section."""
    most = max(0.01, *(held.high for held in one.drivers))
    return {
        "title": f"Why did adoption stall at {one.organisation}?",
        "sentence": diagnosis_sentence(one),
        "plan": one.plan,
        "week": one.week,
        "drivers": [
            {
                "label": DRIVER_LABELS[held.name],
                "points": _interval(held),
                "first": "" if held.first is None else share(held.first),
                "five": held.first is not None,
                "low": held.low / most,
                "mean": held.mean / most,
                "high": held.high / most,
            }
            for held in [*five_of(one), *others_of(one)]
        ],
        "conditions": conditions_words(one),
        "teams": [
            dict(zip(("first", "points", "next"), team_first(team), strict=True))
            | {"name": team.name, "people": f"{team.people:,}"}
            for team in one.teams
        ],
        "managers_left_out": not one.made_up,
        "measures": [
            {
                "said": measure.said,
                "gain": points(measure.gain, signed=True),
                "interval": f"{points(measure.low, signed=True)} to "
                f"{points(measure.high, signed=True)}",
                "cost": measure_cost(measure),
            }
            for measure in one.measures
        ],
        "ahead": one.ahead,
        "tried": one.tried,
        "asking": questions_words(one),
        "questions": [
            {"statement": question.statement, "naming": points(question.naming)}
            for question in one.questions
            if not question.asked
        ],
        "doubts": doubts(one),
    }
