"""A planner's answer as text and tables in a terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from sim.analysis.plan.switching import unlike
from sim.numbers import UNDEFINED, brief, fixed, share
from sim.report.console import new_table, print_tables
from sim.report.plan_words import (
    expected,
    findings,
    gained,
    less,
    per_cost,
    said_when,
    with_band,
)

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from sim.analysis.plan import Answer
    from sim.analysis.plan.contenders import Contender


def show_answer(answer: Answer, console: Console) -> None:
    """Print the answer: what to do, how sure that is, and what it rests on."""
    console.print()
    for line in summary_lines(answer):
        console.print(line, highlight=False, markup=False)
    print_tables(tables(answer), console)
    if len(answer.problem.objectives) > 1 and answer.problem.items:
        console.print("\nWhat each plan of the front holds, after each measure its first week")
        for one in answer.plans:
            console.print(f"  {one.name}: {holds(answer, one)}", highlight=False, markup=False)
    for line in closing_lines(answer):
        console.print(line, highlight=False, markup=False)


def holds(answer: Answer, one: Contender) -> str:
    """Return what a plan holds, in a line: what starts when, and how much of it."""
    plan, said = one.plans[0], []
    for row in sorted(range(len(plan.starts)), key=lambda row: plan.starts[row] or 10_000):
        item = answer.problem.items[row]
        dose = "" if plan.doses[row] == 1 else f" ×{brief(plan.doses[row])}"
        said.append(
            f"{item.label}: {plan.starts[row]}{dose}" if plan.starts[row] else f"no {item.label}"
        )
    waves = [f"{len(plan.waves)} waves"] if len(plan.waves) > 1 else []
    return "; ".join([*said, *waves])


def summary_lines(answer: Answer) -> Iterator[str]:
    """Yield the answer in a few computed sentences, what was found first."""
    problem = answer.problem
    yield (
        f"{problem.name} · {answer.layout.organisation.name} · {problem.weeks} weeks · "
        f"{answer.runs:,} runs · judged by {problem.risk} of {answer.replicates} replicates"
    )
    yield ""
    yield from findings(answer)


def tables(answer: Answer) -> Iterator[Table]:
    """Yield all tables."""
    if answer.problem.items:
        yield _roadmap_table(answer)
    yield _plans_table(answer)
    if answer.ablations:
        yield _ablations_table(answer)
    yield _checkpoints_table(answer)


MOST_WAVES = 4
"""Waves that have a column of their own; of more, the first and the last."""


def _roadmap_table(answer: Answer) -> Table:
    from rich.text import Text

    plan, layout, spends = answer.best, answer.layout, answer.problem.spends_money
    waves = len(plan.waves)
    named = range(waves) if waves <= MOST_WAVES else (0, waves - 1)
    starts = [f"wave {wave + 1}" for wave in named] if waves > 1 else ["start"]
    starts += ["weeks apart"] * (waves > MOST_WAVES)
    paid = [answer.problem.money] * spends
    table = new_table("The plan", "", [""], [*starts, "dose", "hours", *paid])
    order = sorted(range(len(plan.starts)), key=lambda row: (plan.starts[row] or 10_000, row))
    for row in order:
        item = layout.problem.items[row]
        if not plan.starts[row]:
            table.add_row(Text(item.label), "left out")
            continue
        at = layout.wave_starts(plan, row)
        weeks = [said_when(answer, at[wave]) if wave < len(at) else "" for wave in named]
        if waves > 1 and len(at) == 1:
            weeks[0] = f"all: {weeks[0]}"  # its column is that of the first wave
        if waves > MOST_WAVES:
            apart = sorted({after - one for one, after in pairwise(at)})
            weeks.append(", ".join(map(str, apart)))
        hours = float(layout.use(plan, "hours", rows=[row]).sum())
        money = [fixed(layout.use(plan, "money", rows=[row]).sum(), 0)] if spends else []
        table.add_row(Text(item.label), *weeks, brief(plan.doses[row]), fixed(hours, 0), *money)
    if waves > 1:
        table.caption = Text(
            "\n".join(f"Wave {k + 1}: {', '.join(wave)}" for k, wave in enumerate(plan.waves)),
            style="dim",
        )
    return table


def _plans_table(answer: Answer) -> Table:
    problem, goals = answer.problem, len(answer.problem.goals)
    single = len(problem.objectives) == 1
    caption = (
        f"{answer.replicates} replicates drawn from {answer.sets} parameter sets, the same for all."
        " Mean (middle 80% of replicates)"
    )
    if single:
        caption += (
            "; less the best plan, with the 95% interval"
            + (", in points" if problem.objectives[0].is_share else "")
            + ". 'best': chance to be the best of those compared"
        )
    caption += (
        f". ≈: cannot be told apart from {'the best' if single else answer.plans[0].name}"
        f"{'' if single else f' in {problem.named(problem.objectives[0])}'}. "
        "<: behind for certain, but by less than is worth caring for"
    )
    bare = [problem.named(one) for one in problem.objectives
            if not one.is_widened and one.what not in ("hours", "money")]  # fmt: skip
    if any(one.what == "time to half" for one in problem.objectives):
        caption += f". Week {problem.weeks + 1}: not within the run"
    if answer.roadmap.now and bare:
        caption += f". What the model was found to be off by is not in {' and '.join(bare)}"
    table = new_table(
        "Plans and simple baselines, in the same replicates",
        f"{caption}. ×: breaks a constraint.",
        [""],
        [
            *map(problem.named, problem.objectives),
            *["less the best", "best"] * single,
            *(problem.money if cost == "money" else cost for cost in _costs(answer)),
            *(f"goal{f' {k + 1}' * (goals > 1)} reached" for k in range(goals)),
        ],
    )
    if not single:
        table.add_column("front", justify="center")
    for rows, is_plan in ((answer.plans, True), (answer.baselines, False)):
        for k, one in enumerate(rows):
            table.add_row(*_cells(answer, one, is_plan), end_section=is_plan and k == len(rows) - 1)
    return table


def _costs(answer: Answer) -> list[str]:
    """Return what each plan costs, beside what is an objective and has a column already."""
    problem = answer.problem
    there = {one.what for one in problem.objectives}
    costs = ["hours", *["money"] * problem.spends_money]
    return [one for one in costs if one not in there]


def _cells(answer: Answer, one: Contender, is_plan: bool) -> Iterator[str]:
    problem = answer.problem
    same = not is_plan and one.behind is None
    yield f"{one.name} {one.mark}".rstrip()
    for objective, estimate in zip(problem.objectives, one.estimates, strict=True):
        yield with_band(objective, estimate)
    if len(problem.objectives) == 1:
        yield "the same plan" if same else less(problem.objectives[0], one.behind)
        yield share(one.best) if is_plan else ""
    yield from (fixed(getattr(one, cost), 0) for cost in _costs(answer))
    yield from (share(reached) for reached in one.reached)
    if len(problem.objectives) > 1:
        yield "yes" if one.on_front else ""


def _ablations_table(answer: Answer) -> Table:
    from rich.text import Text

    objective = answer.problem.leading
    changes = list(dict.fromkeys(one.change for one in answer.ablations if one.label != "waves"))
    spends, paid = answer.problem.spends_money, answer.problem.currency or "money"
    unit = ", in points" if objective.is_share else ""
    best = answer.plans[0].name if len(answer.problem.objectives) > 1 else "the best plan"
    named = answer.problem.named(objective)
    gains = "gains" if answer.problem.is_single else f"gains in {named}"
    table = new_table(
        "What each element is worth",
        f"What {best} {gains} by the element as it is, against it left out or moved, with the "
        f"95% interval{unit}. Others as they are. ×: may not be left out.",
        [""], [*changes, "per 100 hours", *[f"per 1,000 {paid}"] * spends],
    )  # fmt: skip
    by = {(one.label, one.change): one for one in answer.ablations}
    for label in dict.fromkeys(one.label for one in answer.ablations if one.label != "waves"):
        cells = []
        for change in changes:
            one = by[label, change]
            mark = " ×" if one.breaks and one.worth is not None else ""
            cells.append(less(objective, one.worth) + mark if one.worth else "not allowed")
        out = by[label, "left out"]
        rates = [per_cost(out, what) for what in ("hours", "money")[: 1 + spends]]
        size = 100 if objective.is_share else 1
        cells += [UNDEFINED if math.isnan(rate) else fixed(size * rate, 2) for rate in rates]
        table.add_row(Text(label), *cells)
    for one in answer.ablations:
        if one.label == "waves":
            cell = less(objective, one.worth) if not one.breaks else "not allowed"
            table.add_row(f"waves: {one.change}", cell)
    return table


def _checkpoints_table(answer: Answer) -> Table:
    marks = answer.roadmap.checkpoints
    figures = list(dict.fromkeys(one.outcome for one in marks))
    table = new_table(
        "Checkpoints",
        "The middle 80% of replicates. Below (one replicate in forty) the plan's assumptions fail: "
        "uptake replan.",
    )
    heads = [head for name in figures for head in (name.replace("_", " "), "below")]
    for name in ("by week", *heads, "before"):
        table.add_column(name, justify="right")
    by = {(one.week, one.outcome): one for one in marks}
    for week, before in {one.week: one.before for one in marks}.items():
        cells: list[str] = []
        for name in figures:
            one = by.get((week, name))
            cells += (
                expected(one.low, one.high, one.fails_below) if one else expected(0.0, 0.0, 0.0)
            )
        table.add_row(str(week), *cells, before)
    return table


MOST_TURNS = 8
"""Conditions that are listed of those that would turn the choice."""


def rests_on(answer: Answer) -> Iterator[str]:
    """Yield what would turn the choice, and what it rests on."""
    several, looser = not answer.problem.is_single, {one.words for one in answer.prices}
    limits = ", each limit a unit looser" if looser - {"weeks +2"} else ""
    if turns := list(_turns(answer)):
        yield "What would turn the choice:"
        yield from turns
    elif answer.conditions:
        names = f"against {'; '.join(answer.looked_at[1:]) or 'the others'}"
        if several:
            names = f"no plan is better than {answer.plans[0].name} and no worse in anything else"
        yield (
            f"Nothing looked at turns the choice: {answer.conditions} conditions (parameters in "
            f"thirds, mechanisms switched off), attitudes to risk, later weeks and the mean over "
            f"time{limits}; {names}."
        )
    elif several and answer.looks:
        yield (
            f"Only what counts would turn the choice of {answer.plans[0].name}: no plan of the "
            "tables is as good in the other objectives."
        )
    yield (
        "It rests on the model: most of its sizes are assumptions, and how much of a curve is due "
        "to people seeing one another is not known (docs/limits.md)."
    )


def _turns(answer: Answer) -> Iterator[str]:
    """Yield conditions, other weeks and looser limits by which another plan is better."""
    objective = answer.problem.leading
    some = list(answer.switching_conditions)  # attitudes to risk, without a number, come first
    some.sort(key=lambda one: -(one.ahead.mean if one.ahead else math.inf))
    for one in some[:MOST_TURNS]:
        by = f": {less(objective, one.ahead)}" if one.ahead is not None else ""
        yield f"  {one.what} → {one.other}{by}"
    if len(some) > MOST_TURNS:
        more = f"{len(some) - MOST_TURNS} more of {answer.conditions} conditions"
        yield f"  and {more} (answer.json, flips)"
    for look, leads in answer.turned:
        for lead in leads:
            if lead.plan == 0:
                by = f"{answer.looked_at[lead.by]}: {less(objective, lead.ahead)}"
                yield f"  judged by {look.words} → {by}"
    several = len(answer.problem.objectives) > 1
    for price in answer.prices:
        if price.plan is not None and price.ahead is not None and price.ahead.low > 0:
            other = unlike(answer.layout, answer.best, price.plan)
            by = less(answer.problem.objectives[0], price.ahead)
            by = gained(answer, price.of, price.ahead) if several else by
            yield f"  with {price.words} → {other}: {by}"


def closing_lines(answer: Answer) -> Iterator[str]:
    """Yield what would turn the choice, and what had to be moved."""
    yield ""
    yield from rests_on(answer)
    for simple in answer.baselines:
        if simple.notes:
            yield f"{simple.name}: {'; '.join(simple.notes)}"
    for note in answer.notes:
        yield f"Note: {note}"
    if len(answer.plans) > 1:
        yield (
            f"Figures are over {answer.sets} parameter sets of the posterior. uptake compare shows "
            "the default set alone unless told --uncertainty parameters; then it agrees up to "
            "noise."
        )
