"""A diagnosis in words, the same on the terminal, in the report and on the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.analysis.diagnosis.slopes import CONDITIONS
from sim.analysis.firm.kernel import FAR
from sim.numbers import fixed, points, share
from sim.page.payload import DRIVER_LABELS

if TYPE_CHECKING:
    from sim.analysis.diagnosis.causes import Stored, StoredHeld, StoredMeasure, StoredTeam


CONDITION_LABELS = {"managers": "Managers", "leaders": "Informal leaders"}
FEWEST_QUESTION = 0.005
"""Rise in the chance to name rightly below which a question is said to tell nothing."""


def five_of(one: Stored) -> list[StoredHeld]:
    """Return the five drivers, the most likely strongest first."""
    return [held for held in one.drivers if held.first is not None]


def others_of(one: Stored) -> list[StoredHeld]:
    """Return what is reported beside the five, the largest first."""
    return [held for held in one.drivers if held.first is None]


def sentence(one: Stored) -> str:
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
        "sentence": sentence(one),
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
