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
    from sim.analysis.plan.roadmap import Checkpoint

__all__ = ["steering_paper"]

MOST_RISKS, MOST_FINDINGS, MOST_MARKS = 4, 3, 5
"""Lines of each kind, so that the paper stays one page."""


def steering_paper(answer: Answer, roadmap: bytes) -> str:
    """Return the page as HTML that opens and prints without a network.

    Parameters
    ----------
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
    names = list(dict.fromkeys(name for mine in whole for one in mine for name in one.needs))
    shown = next(iter(answer.roadmap.curves))
    return page.render(
        name=problem.name,
        organisation=answer.roadmap.organisation,
        weeks=problem.weeks,
        begins=f"{problem.begins:%d %B %Y}" if problem.begins else "",
        message=_message(answer),
        findings=found[1 : 1 + MOST_FINDINGS],
        roadmap=f"data:image/svg+xml;base64,{base64.b64encode(roadmap).decode()}",
        rows=[_row(mine, names) for mine in whole],
        needs=names,
        spends=problem.spends_money,
        waves=answer.roadmap.waves,
        marks=_marks(answer, shown),
        tall=_tall(answer),
        figure=shown.replace("_", " ").capitalize(),
        risks=[line.strip() for line in _risks(answer, found)][:MOST_RISKS],
    )  # fmt: skip


def _tall(answer: Answer) -> int:
    """Return the millimetres that are left for the picture."""
    waves = answer.roadmap.waves
    rows = len(answer.roadmap.bars) * max(1, len(waves) / 2)
    names = sum(1 + len(wave) // 150 for wave in waves)
    return int(min(110, max(70, 132 - 4.0 * rows - 3.5 * names)))


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


def _marks(answer: Answer, outcome: str) -> list[dict[str, str]]:
    """Return when to look, a line a week; where there are many, some from first to last."""
    by: dict[int, list[Checkpoint]] = {}
    for mark in answer.roadmap.checkpoints:
        there = mark.high > 0.005  # before anybody has access there is nothing to look at
        if mark.outcome == outcome and there and (mark.before or mark.week == answer.problem.weeks):
            by.setdefault(mark.week, []).append(mark)
    found = [
        {
            "day": _when(answer, week), "before": "; ".join(m.before or "end" for m in marks),
            "expect": f"{share(marks[0].low)} to {share(marks[0].high)}",
            "below": share(marks[0].fails_below),
        }
        for week, marks in sorted(by.items())
    ]  # fmt: skip
    if len(found) <= MOST_MARKS:
        return found
    return [found[round(k * (len(found) - 1) / (MOST_MARKS - 1))] for k in range(MOST_MARKS)]


def _together(found: tuple[Step, ...]) -> Iterator[list[Step]]:
    """Yield the steps of a measure together, whatever their wave and round."""
    by: dict[str, list[Step]] = {}
    for one in found:
        by.setdefault(one.measure, []).append(one)
    yield from by.values()


def _row(mine: list[Step], names: list[str]) -> dict[str, Any]:
    waves: dict[str, list[Step]] = {}
    for one in mine:
        waves.setdefault(one.wave.partition(" of ")[0], []).append(one)
    when = [
        f"{wave}: {_span(some[0], some[-1])}" if wave else _span(some[0], some[-1])
        for wave, some in waves.items()
    ]
    hours, money = sum(one.hours for one in mine), sum(one.money for one in mine)
    most = {name: max(one.needs.get(name, 0.0) for one in mine) for name in names}
    return {
        "measure": mine[0].measure, "when": when,
        "people": f"{sum(some[0].people for some in waves.values()):,}",
        "hours": fixed(hours, 0), "money": fixed(money, 0),
        "needs": {name: brief(most[name], 6) if most[name] else "" for name in names},
    }  # fmt: skip


def _span(first: Step, last: Step) -> str:
    """Return from when to when, in few letters."""
    if first.first_day is None or last.last_day is None:
        begin, end = f"week {first.first_week}", str(last.last_week)
        same = first.first_week == last.last_week
    else:
        begin, end, same = f"{first.first_day:%d %b %Y}", f"{last.last_day:%d %b}", False
    if last.goes_on:
        return f"from {begin}"
    return begin if same else f"{begin} – {end}"


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
