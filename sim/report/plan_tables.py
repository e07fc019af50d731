"""A planner's answer as text and tables in a terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sim.report.terminal import new_table
from sim.results.verdict import points, share

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from sim.analysis.plan import Answer
    from sim.analysis.plan.answer import Contender
    from sim.analysis.plan.objective import Objective
    from sim.results.statistics import Difference, Estimate

__all__ = ["show_answer", "summary_lines"]

NOTHING = "–"


def level(objective: Objective, value: float) -> str:
    """Return a value of an objective in its unit."""
    if math.isnan(value):
        return NOTHING
    if objective.is_share:
        return f"{100 * value:.1f}%"
    if objective.what in ("hours", "money"):
        return f"{value:,.0f}"
    return f"{value:.2f}" if objective.what == "use days per hour" else f"{value:.1f}"


def with_band(objective: Objective, estimate: Estimate) -> str:
    """Return a mean and the middle 80% of worlds."""
    if math.isnan(estimate.mean):
        return NOTHING
    if objective.what in ("hours", "money"):
        return level(objective, estimate.mean)
    ends = level(objective, estimate.band_low), level(objective, estimate.band_high)
    return f"{level(objective, estimate.mean)} ({ends[0].removesuffix('%')}–{ends[1]})"


def less(objective: Objective, difference: Difference | None) -> str:
    """Return a difference and its 95% interval; negative is worse."""
    if difference is None or math.isnan(difference.mean):
        return NOTHING
    values = (difference.mean, difference.low, difference.high)
    if objective.is_share:
        mean, low, high = (f"{100 * value:+.1f}" for value in values)
    else:
        mean, low, high = (f"{value:+.2f}" for value in values)
    mean, low, high = (text.replace("-", "−") for text in (mean, low, high))
    return f"{mean} ({low}, {high})"


def show_answer(answer: Answer, console: Console) -> None:
    """Print the answer: what to do, how sure that is, and what it rests on."""
    console.print()
    for line in summary_lines(answer):
        console.print(line, highlight=False, markup=False)
    for table in tables(answer):
        console.print()
        caption, table.caption = table.caption, None
        console.print(table)
        if caption:
            console.print(caption)
    for line in closing_lines(answer):
        console.print(line, highlight=False, markup=False)


def summary_lines(answer: Answer) -> Iterator[str]:
    """Yield the answer in a few computed sentences."""
    problem, found = answer.problem, answer.found
    objective, best = problem.objectives[0], answer.plans[0]
    yield (
        f"{problem.name} · {answer.layout.organisation.name} · {problem.weeks} weeks · "
        f"{answer.runs:,} runs · judged by {problem.risk} of {answer.worlds} worlds"
    )
    yield ""
    if found.interrupted:
        yield "Interrupted: this is the best so far; the same command goes on from here."
    how = "All {:,} plans that keep the constraints were looked at." if found.listed else (
        "{:,} plans that keep the constraints were lived through; there are more."
    )  # fmt: skip
    yield how.format(found.seen)
    yield (
        f"Best plan: {objective.named(problem.weeks)} {with_band(objective, best.estimates[0])}, "
        f"{best.hours:,.0f} hours."
    )
    if len(problem.objectives) > 1:
        front = [one for one in answer.plans if one.on_front]
        yield f"Two objectives: {len(front)} plans on the front, none better in both."
    else:
        yield from _how_sure(answer)


def _how_sure(answer: Answer) -> Iterator[str]:
    best, problem = answer.plans[0], answer.problem
    tied = [one for one in answer.plans[1:] if one.tied]
    if tied:
        count = "one more plan is" if len(tied) == 1 else f"{len(tied)} more plans are"
        yield f"But {count} within noise of it: choose among them by what is easier."
    elif len(answer.plans) > 1:
        yield "No other plan that was compared is within noise of it."
    is_share = problem.objectives[0].is_share
    worth = f"{points(problem.worth)} points" if is_share else f"{problem.worth:g}"
    yield (
        f"Chance that it is the best of the {len(answer.plans)} compared: {share(best.best)}; "
        f"that it is within {worth} of the best: {share(best.good)} (resampled worlds)."
    )
    ended = answer.found.knockout
    if ended is not None and ended.decided:
        yield (
            f"Knockout of the finalists (Kim and Nelson, {ended.worlds} worlds): with 95%, none of "
            f"those put out is better by {worth} or more than those left ({len(ended.left)})."
        )
    elif ended is not None:
        yield (
            f"Knockout of the finalists: {len(ended.left)} are left after {ended.worlds} worlds; "
            "not enough to tell them apart."
        )
    better = [one.name for one in answer.baselines if one.behind is not None and one.behind.low > 0]
    if better:
        yield f"A simple plan does better ({', '.join(better)}): give the search more --runs."


def tables(answer: Answer) -> Iterator[Table]:
    """Yield all tables."""
    yield _roadmap_table(answer)
    yield _plans_table(answer)
    if answer.elements:
        yield _elements_table(answer)
    yield _checkpoints_table(answer)


def _roadmap_table(answer: Answer) -> Table:
    from rich.text import Text

    plan, layout = answer.best, answer.layout
    table = new_table("The plan", "First week of each wave; 'until the end' is not repeated.")
    table.add_column("")
    waves = len(plan.waves)
    for wave in range(waves):
        head = f"wave {wave + 1}" if waves > 1 else "start"
        table.add_column(head, justify="right")
    table.add_column("dose", justify="right")
    table.add_column("hours", justify="right")
    order = sorted(range(len(plan.starts)), key=lambda row: (plan.starts[row] or 10_000, row))
    for row in order:
        item = layout.problem.items[row]
        if not plan.starts[row]:
            table.add_row(Text(item.label), *[""] * (waves - 1), "left out", "", "")
            continue
        weeks = [f"week {plan.starts[row] + offset}" for offset in plan.offsets(item)]
        weeks += [""] * (waves - len(weeks))
        hours = float(layout.load(plan, [row])["hours"].sum())
        table.add_row(Text(item.label), *weeks, f"{plan.doses[row]:g}", f"{hours:,.0f}")
    if waves > 1:
        table.caption = Text(
            "\n".join(f"Wave {k + 1}: {', '.join(wave)}" for k, wave in enumerate(plan.waves)),
            style="dim",
        )
    else:
        table.caption = None
    return table


def _plans_table(answer: Answer) -> Table:
    from rich.text import Text

    problem = answer.problem
    table = new_table(
        "Plans and simple baselines, in the same worlds",
        f"{answer.worlds} worlds that took part in no choice, drawn from {answer.sets} parameter "
        "sets. Mean (middle 80% of worlds); less the best plan, with the 95% interval"
        + (", in points" if problem.objectives[0].is_share else "")
        + ". 'best': chance to be the best of those compared. ≈: within noise of the best.",
    )
    table.add_column("")
    for objective in problem.objectives:
        table.add_column(Text(objective.named(problem.weeks)), justify="right")
    table.add_column("less the best", justify="right")
    table.add_column("best", justify="right")
    table.add_column("hours", justify="right")
    if len(problem.objectives) > 1:
        table.add_column("front", justify="center")
    for rows, is_plan in ((answer.plans, True), (answer.baselines, False)):
        for k, one in enumerate(rows):
            table.add_row(*_cells(answer, one, is_plan), end_section=is_plan and k == len(rows) - 1)
    return table


def _cells(answer: Answer, one: Contender, is_plan: bool) -> Iterator[str]:
    problem = answer.problem
    mark = " ≈" if one.tied and one is not answer.plans[0] else ""
    yield f"{one.name}{mark}"
    for objective, estimate in zip(problem.objectives, one.estimates, strict=True):
        yield with_band(objective, estimate)
    if not one.plans:
        yield "not possible"
    else:
        yield less(problem.objectives[0], one.behind)
    yield share(one.best) if is_plan else ""
    yield f"{one.hours:,.0f}" if one.plans else NOTHING
    if len(problem.objectives) > 1:
        yield "yes" if one.on_front else ""


def _elements_table(answer: Answer) -> Table:
    from rich.text import Text

    objective = answer.problem.objectives[0]
    table = new_table(
        "What each element is worth",
        "What the best plan gains by the element as it is, against it left out or moved, with the "
        "95% interval" + (", in points" if objective.is_share else "") + ". Others as they are.",
    )
    changes = list(dict.fromkeys(one.change for one in answer.elements if one.label != "waves"))
    table.add_column("")
    for change in changes:
        table.add_column(change, justify="right")
    by = {(one.label, one.change): one for one in answer.elements}
    for label in dict.fromkeys(one.label for one in answer.elements if one.label != "waves"):
        cells = []
        for change in changes:
            one = by[label, change]
            cells.append(less(objective, one.worth) if not one.breaks else "not allowed")
        table.add_row(Text(label), *cells)
    for one in answer.elements:
        if one.label == "waves":
            cell = less(objective, one.worth) if not one.breaks else "not allowed"
            table.add_row(f"waves: {one.change}", cell, "", "")
    return table


def _checkpoints_table(answer: Answer) -> Table:
    table = new_table(
        "Checkpoints",
        "The middle 80% of worlds. Below the last column (one world in forty) the plan's "
        "assumptions fail: uptake replan.",
    )
    for name in ("by week", "", "expect", "below"):
        table.add_column(name, justify="right" if name else "left")
    for one in answer.roadmap.checkpoints:
        words = one.outcome.replace("_", " ")
        expect = f"{share(one.low)} to {share(one.high)}"
        below = share(one.fails_below) if one.fails_below > 0.005 else NOTHING
        table.add_row(str(one.week), words, expect, below)
    return table


def closing_lines(answer: Answer) -> Iterator[str]:
    """Yield what would turn the choice, and what could not be done."""
    yield ""
    objective = answer.problem.objectives[0]
    if answer.flips:
        yield "What would turn the choice:"
        for one in answer.flips:
            gain = f": {less(objective, one.ahead)}" if one.ahead is not None else ""
            yield f"  {one.what} → {one.other}{gain}"
    elif answer.conditions:
        yield (
            f"Nothing looked at turns the choice: {answer.conditions} conditions (parameters in "
            "thirds, mechanisms switched off, attitudes to risk)."
        )
    for simple in answer.baselines:
        if not simple.plans:
            yield f"{simple.name}: not possible ({'; '.join(simple.notes)})"
    for note in answer.notes:
        yield f"Note: {note}"
