"""What a planner's answer leaves behind, in one folder."""

from __future__ import annotations

import base64
import hashlib
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.analysis.plan.placing import scenario_text
from sim.analysis.plan.result import ANSWER, LAYOUT, ORGANISATION, PROBLEM, StoredAnswer
from sim.analysis.plan.roadmap import VISIBLE, Step, steps
from sim.document import to_json
from sim.extensions import uptake_version
from sim.files import replaced, write_whole
from sim.numbers import brief, fixed, listed, typed
from sim.report.console import csv_text, rendered
from sim.report.plan_schedule import calendar, project, schedule_rows, workbook
from sim.report.plan_tables import rests_on
from sim.report.plan_words import (
    NOTHING_LEFT,
    cost_of,
    expected,
    findings,
    forecast,
    per_cost,
    said_when,
)
from sim.report.roadmap import draw_front, draw_roadmap
from sim.report.style import save, svg_of

if TYPE_CHECKING:
    from sim.analysis.plan import Answer
    from sim.analysis.plan.roadmap import Checkpoint


_FILES = frozenset(
    {
        ANSWER, ORGANISATION, PROBLEM, "answer.txt", "best.yaml", "checkpoints.csv",
        "elements.csv", "front.png", "front.svg", "plans.csv", "roadmap.png", "roadmap.svg",
        "schedule.csv", "schedule.ics", "schedule.xlsx", "schedule.xml", "steering.html",
        "steering.pdf",
    }
)  # fmt: skip


def write_answer(
    answer: Answer, folder: Path, text: str, organisation: Path | None, posterior: str
) -> list[str]:
    """Write the answer into a folder that may hold evaluations and an earlier answer.

    All files of an earlier answer are replaced, or none; ``answer.json`` goes first and comes last,
    so that a folder with it is whole. Returns the names of the scenario files, the best plan's
    first.

    - ``text``: the answer as the terminal shows it.
    - ``organisation``: where the organisation is; a template's text is kept beside the answer.
    - ``posterior``: which parameter sets these are; see ``sim.posterior.said_of``.
    """
    with replaced(folder, _is_ours, ANSWER) as work:
        return _write(answer, work, text, organisation, posterior)


def _is_ours(name: str) -> bool:
    return name in _FILES or re.fullmatch(r"plan-\d+\.yaml", name) is not None


def _write(
    answer: Answer, folder: Path, text: str, organisation: Path | None, posterior: str
) -> list[str]:
    problem, layout = answer.problem, answer.layout
    beside = None
    if organisation is not None and organisation.is_file():
        beside = ORGANISATION
        write_whole(folder / beside, organisation.read_text("utf-8-sig"))
    names = []
    for k, one in enumerate(answer.plans):
        name = "best.yaml" if k == 0 else f"plan-{k + 1}.yaml"
        purpose = f"Found by uptake plan for: {problem.name}."
        title = f"{problem.name}: {one.name}"
        write_whole(folder / name, scenario_text(layout, one.plans[0], title, purpose, beside))
        names.append(name)
    write_whole(folder / PROBLEM, problem.text)
    write_whole(folder / "answer.txt", text)
    objectives = [*map(problem.named, problem.objectives)]
    write_whole(folder / "plans.csv", _table(_plan_rows(answer, objectives)))
    write_whole(folder / "elements.csv", _table(_ablation_rows(answer)))
    write_whole(
        folder / "checkpoints.csv", _table(asdict(one) for one in answer.roadmap.checkpoints)
    )
    save(partial(draw_roadmap, answer.roadmap), folder, "roadmap")
    if len(problem.objectives) > 1 and problem.items:
        save(partial(draw_front, answer), folder, "front")
    picture = svg_of(partial(draw_roadmap, answer.roadmap, bare=True))
    write_whole(folder / "steering.html", steering_paper(answer, picture))
    write_whole(folder / "schedule.csv", _table(schedule_rows(answer)))
    write_whole(folder / "schedule.xlsx", workbook(answer, answer.roadmap.now + 1))
    for name, dated in (
        ("schedule.ics", calendar(answer)),
        ("schedule.xml", project(layout, answer.best)),
    ):
        if dated is not None:
            write_whole(folder / name, dated)
    about = _about(answer, folder, names, organisation) | {"posterior": posterior}
    write_whole(folder / ANSWER, to_json(about))
    return names


def _table(rows: Iterable[dict[str, Any]]) -> str:
    rows = list(rows)
    return csv_text(rows[0], (map(_cell, row.values()) for row in rows)) if rows else ""


def _cell(value: object) -> object:
    if isinstance(value, float):
        return "" if math.isnan(value) else typed(value)
    return value


def _plan_rows(answer: Answer, objectives: Sequence[str]) -> Iterable[dict[str, Any]]:
    nan = float("nan")
    for rows, kind in ((answer.plans, "plan"), (answer.baselines, "baseline")):
        for one in rows:
            row: dict[str, Any] = {"plan": one.name, "kind": kind}
            for name, e in zip(objectives, one.estimates, strict=True):
                row |= {name: e.mean, f"{name} (10%)": e.band_low, f"{name} (90%)": e.band_high}
            behind = one.behind
            row |= {
                "less the best": behind.mean if behind else nan,
                "less the best (low)": behind.low if behind else nan,
                "less the best (high)": behind.high if behind else nan,
                "chance to be best": one.best, "chance to be within worth of best": one.good,
                "cannot be told apart": one.alike, "behind by less than worth": one.small,
                "on the front": one.on_front, "keeps all constraints": one.keeps,
                "hours": one.hours, answer.problem.money: one.money,
                "notes": "; ".join(one.notes),
            }  # fmt: skip
            for goal, reached in zip(answer.problem.goals, one.reached, strict=False):
                said = goal.said(answer.problem.weeks, answer.problem.currency)
                row[f"goal: {said}"] = reached
            yield row


def _ablation_rows(answer: Answer) -> Iterable[dict[str, Any]]:
    nan, money = float("nan"), answer.problem.money
    for one in answer.ablations:
        d = one.worth
        yield {
            "element": one.label, "change": one.change, "worth": d.mean if d else nan,
            "low": d.low if d else nan, "high": d.high if d else nan, "breaks": one.breaks,
            "hours": one.hours if d else nan, money: one.money if d else nan,
            "per 100 hours": per_cost(one, "hours") if one.change == "left out" else nan,
            f"per 1000 {money}": per_cost(one, "money") if one.change == "left out" else nan,
        }  # fmt: skip


def _about(
    answer: Answer, folder: Path, names: Sequence[str], organisation: Path | None
) -> dict[str, Any]:
    """Return what it takes to go on from the answer, and how sure it is."""
    problem, found, ended = answer.problem, answer.found, answer.found.kim_nelson
    return {
        "uptake": {"plan": LAYOUT, "version": uptake_version()},
        "problem": problem.name,
        "organisation": organisation and str(Path(organisation).resolve()),
        "objectives": [*map(answer.problem.named, answer.problem.objectives)],
        "risk": str(answer.problem.risk),
        "runs": answer.runs,
        "worlds": answer.replicates,
        "parameter_sets": answer.sets,
        "plans_seen": found.seen,
        "all_plans_seen": found.listed,
        "interrupted": bool(found.interrupted),
        "knockout": None
        if ended is None
        else {"worlds": ended.replicates, "left": len(ended.left), "decided": ended.decided},
        "plans": [
            {
                "file": name,
                "plan": asdict(one.plans[0]),
                "sha256": hashlib.sha256((folder / name).read_bytes()).hexdigest(),
                "chance_best": one.best,
                "chance_within_worth": one.good,
            }
            for name, one in zip(names, answer.plans, strict=True)
        ],
        "tables": StoredAnswer.of(answer).model_dump(),
        "flips": [
            {"kind": one.kind, "what": one.what, "other": one.other}
            for one in answer.switching_conditions
        ],
        "conditions": answer.conditions,
        "findings": list(findings(answer)),
        "rests_on": list(rests_on(answer)),
        "searches_agree_within": found.apart[0] if found.apart else None,
        "none_better_by_more_than": None if math.isnan(found.bound) else found.bound,
        "prices": [
            {"what": one.words, "of": problem.named(problem.objectives[one.of]),
             "gain": one.gain and one.gain.mean,
             "low": one.gain and one.gain.low, "high": one.gain and one.gain.high}
            for one in answer.prices
        ],
        "looks": [
            {"by": one.words, "levels": dict(zip(answer.looked_at, one.levels, strict=True)),
             "leads": {answer.looked_at[lead.plan]: answer.looked_at[lead.by]
                       for lead in one.leads}}
            for one in answer.looks
        ],
    }  # fmt: skip


MOST_RISKS, MOST_FINDINGS, MOST_MARKS = 4, 3, 5
"""Lines of each kind, so that the paper stays one page."""


def steering_paper(answer: Answer, roadmap: bytes) -> str:
    """Return the page as HTML that opens and prints without a network.

    - ``roadmap``: the picture of the plan, as SVG.
    """
    problem, found = answer.problem, [*findings(answer)]
    skipped = 2 if answer.roadmap.marked else 1  # they are the message already
    by: dict[str, list[Step]] = {}
    for one in steps(answer.layout, answer.best):  # a measure's together, whatever wave and round
        by.setdefault(one.measure, []).append(one)
    whole = list(by.values())
    names = list(dict.fromkeys(name for mine in whole for name in _needed(mine)))
    shown = next(iter(answer.roadmap.curves))
    marks = _marks(answer, shown)
    return rendered(
        "steering.html", name=problem.name, organisation=answer.roadmap.organisation,
        weeks=problem.weeks, begins=f"{problem.begins:%d %B %Y}" if problem.begins else "",
        message=_message(answer), findings=found[skipped : skipped + MOST_FINDINGS],
        roadmap=f"data:image/svg+xml;base64,{base64.b64encode(roadmap).decode()}",
        rows=[_row(mine, names) for mine in whole], needs=names,
        money=problem.money if problem.spends_money else "", waves=answer.roadmap.waves,
        marks=marks, tall=_tall(answer, marks), figure=shown.replace("_", " ").capitalize(),
        risks=[line.strip() for line in _risks(answer, found)][:MOST_RISKS],
    )  # fmt: skip


def _tall(answer: Answer, marks: list[dict[str, str]]) -> int:
    """Return the millimetres that are left for the picture."""
    waves = answer.roadmap.waves
    rows = len(answer.roadmap.bars) * max(1, len(waves) / 2)
    names = sum(1 + len(wave) // 150 for wave in waves)
    before = sum(1 + len(mark["before"]) // 34 for mark in marks)
    return int(min(110, max(50, 142 - 4.0 * rows - 3.5 * names - 3.2 * max(0, before - 5))))


def _message(answer: Answer) -> str:
    """Return the one line to remember; where the plan is not to be relied on, that first."""
    warned = f"{next(findings(answer))} " if answer.roadmap.marked else ""
    order = next((line for line in findings(answer) if line.startswith("Order ")), "")
    problem, plan, best = answer.problem, answer.best, answer.plans[0]
    labels, objective = problem.labels, problem.objectives[0]
    there = [(start, label) for start, label in zip(plan.starts, labels, strict=True) if start]
    there.sort(key=lambda one: one[0])
    begin = "Go on" if answer.roadmap.now else "Start"
    first = ""
    if there:
        at_once = listed([label for start, label in there if start == there[0][0]])
        first = f"{begin} with {at_once} ({said_when(answer, there[0][0])})"
    level = forecast(answer)
    if not problem.items:
        return f"{warned}{NOTHING_LEFT}; expect {problem.named(objective)}: {level}."
    costs = cost_of(answer, best, objective.what)
    said = [first, f"expect {problem.named(objective)}: {level}", costs]
    if order:
        said.append("order hardly matters" if "hardly" in order else "order matters")
    line = "; ".join(part for part in said if part)
    return f"{warned}{line[0].upper()}{line[1:]}."


def _marks(answer: Answer, outcome: str) -> list[dict[str, str]]:
    """Return when to look, a line a week; where there are many, some from first to last."""
    by: dict[int, list[Checkpoint]] = {}
    for mark in answer.roadmap.checkpoints:
        there = mark.high > VISIBLE  # before anybody has access there is nothing to look at
        if mark.outcome == outcome and there and (mark.before or mark.week == answer.problem.weeks):
            by.setdefault(mark.week, []).append(mark)
    found = []
    for week, (mark, *more) in sorted(by.items()):
        expect, below = expected(mark.low, mark.high, mark.fails_below)
        before = "; ".join(one.before or "end" for one in (mark, *more))
        found.append({"day": said_when(answer, week, last=True), "before": before, "expect": expect,
                      "below": below})  # fmt: skip
    if len(found) <= MOST_MARKS:
        return found
    return [found[round(k * (len(found) - 1) / (MOST_MARKS - 1))] for k in range(MOST_MARKS)]


def _row(mine: list[Step], names: list[str]) -> dict[str, Any]:
    waves: dict[str, list[Step]] = {}
    for one in mine:
        waves.setdefault(one.wave.partition(" of ")[0], []).append(one)
    when = [
        f"{wave}: {_span(some[0], some[-1])}" if wave else _span(some[0], some[-1])
        for wave, some in waves.items()
    ]
    hours, money = sum(one.hours for one in mine), sum(one.money for one in mine)
    needs = _needed(mine)
    return {
        "measure": mine[0].measure, "when": when,
        "people": f"{sum(some[0].people for some in waves.values()):,}",
        "hours": fixed(hours, 0), "money": fixed(money, 0),
        "needs": {name: brief(needs[name], 6) if needs.get(name) else "" for name in names},
    }  # fmt: skip


def _needed(mine: list[Step]) -> dict[str, float]:
    """Return what steps occupy at most at a time, and what they take in all."""
    found: dict[str, float] = {}
    for week in range(mine[0].first_week, max(one.last_week for one in mine) + 1):
        there = [one for one in mine if one.first_week <= week <= one.last_week]
        for name in dict.fromkeys(name for one in there for name in one.occupies):
            most = sum(one.occupies.get(name, 0.0) for one in there)
            key = f"{name} at most"
            found[key] = max(found.get(key, 0.0), most)
    for one in mine:
        for name, amount in one.takes.items():
            found[f"{name} in all"] = found.get(f"{name} in all", 0.0) + amount
    return found


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
    said = tuple(f"  judged by {look.words} →" for look, _ in answer.turned)
    for line in rests_on(answer):
        if line.startswith(said):
            continue  # among the findings already, as the horizon to beware of
        if " → " in line:
            what, other = line.strip().split(" → ", 1)
            yield f"{what[0].upper()}{what[1:]}, another plan is better: {other}."
        elif line != "What would turn the choice:":
            yield line
