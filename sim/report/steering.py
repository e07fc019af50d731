"""One page for a steering committee: the message, the roadmap, what it takes, when to look."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sim.analysis.plan.steps import Step, steps
from sim.numbers import brief, fixed, share
from sim.report.plan_words import findings, rests_on

if TYPE_CHECKING:
    from sim.analysis.plan import Answer

__all__ = ["steering_paper"]

MOST_RISKS = 5
MOST_FINDINGS = 3


def steering_paper(answer: Answer, roadmap: bytes) -> str:
    """Return the page as HTML that opens and prints without a network.

    Parameters
    ----------
    answer : Answer
    roadmap : bytes
        The picture of the plan, as SVG.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    page = Environment(
        loader=PackageLoader("sim.report"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True,
    ).get_template("steering.html.j2")  # fmt: skip
    problem, found = answer.problem, [*findings(answer)]
    whole = [*_together(steps(answer.layout, answer.best))]
    names = list(dict.fromkeys(name for _, mine in whole for name in mine[0].needs))
    shown = next(iter(answer.roadmap.curves))
    return page.render(
        name=problem.name,
        organisation=answer.roadmap.organisation,
        weeks=problem.weeks,
        begins=f"{problem.begins:%d %B %Y}" if problem.begins else "",
        message=_message(answer),
        findings=found[1 : 1 + MOST_FINDINGS],
        roadmap=f"data:image/svg+xml;base64,{base64.b64encode(roadmap).decode()}",
        rows=[_row(mine, names) for _, mine in whole],
        needs=names,
        spends=problem.spends_money,
        waves=answer.roadmap.waves,
        marks=[
            {
                "day": _when(answer, mark.week), "before": mark.before or "end",
                "expect": f"{share(mark.low)} to {share(mark.high)}",
                "below": share(mark.fails_below),
            }
            for mark in answer.roadmap.checkpoints
            if mark.outcome == shown and (mark.before or mark.week == problem.weeks)
        ],
        figure=shown.replace("_", " ").capitalize(),
        risks=[line.strip() for line in _risks(answer, found)][:MOST_RISKS],
    )  # fmt: skip


def _message(answer: Answer) -> str:
    """Return the one line to remember."""
    found = [*findings(answer)]
    order = next((line for line in found if line.startswith("Order ")), "")
    plan, labels = answer.best, answer.problem.labels
    there = sorted(
        (start, label) for start, label in zip(plan.starts, labels, strict=True) if start
    )
    first = f"Start with {there[0][1]} ({_when(answer, there[0][0])})" if there else ""
    said = [first, found[0].removeprefix("Best plan: ").rstrip(".")]
    if order:
        said.append("order hardly matters" if "hardly" in order else "order matters")
    return "; ".join(part for part in said if part) + "."


def _when(answer: Answer, week: int) -> str:
    day = answer.problem.day(week)
    return f"week {week}" if day is None else f"{day:%d %b %Y}"


def _together(found: tuple[Step, ...]) -> Iterator[tuple[tuple[str, str], list[Step]]]:
    """Yield the rounds of a measure and wave together."""
    by: dict[tuple[str, str], list[Step]] = {}
    for one in found:
        by.setdefault((one.measure, one.wave), []).append(one)
    yield from by.items()


def _row(mine: list[Step], names: list[str]) -> dict[str, Any]:
    first, last = mine[0], mine[-1]
    day = f"{first.first_day:%d %b %Y}" if first.first_day else f"week {first.first_week}"
    end = f"{last.last_day:%d %b %Y}" if last.last_day else f"week {last.last_week}"
    hours, money = sum(one.hours for one in mine), sum(one.money for one in mine)
    return {
        "measure": first.measure, "wave": first.wave.partition(" of ")[0], "first": day,
        "last": "goes on" if last.goes_on else end, "people": f"{first.people:,}",
        "hours": fixed(hours, 0), "money": fixed(money, 0),
        "needs": {
            name: brief(first.needs[name], 6) if name in first.needs else "" for name in names
        },
    }  # fmt: skip


def _risks(answer: Answer, found: list[str]) -> Iterator[str]:
    for line in found:
        if line.startswith(("Beware", "Goal out of reach")) or "held back" in line:
            yield line
    for line in rests_on(answer):
        if " → " in line:
            what, other = line.strip().split(" → ", 1)
            yield f"{what[0].upper()}{what[1:]}, another plan is better: {other}."
        elif line != "What would turn the choice:":
            yield line
