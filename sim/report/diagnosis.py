"""A diagnosis as tables of the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sim.analysis.diagnosis.stored import FILE, Stored
from sim.numbers import fixed, points, share
from sim.page.diagnosis import five_of, measure_cost, others_of, team_first
from sim.page.payload import DRIVER_LABELS
from sim.report.console import new_table, write_csv
from sim.report.style import INK, MUTED, PLANS, clean, new_figure, save_as, write, write_at

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.table import Table

    from sim.analysis.diagnosis.stored import Stored


def tables(one: Stored) -> Iterator[Table]:
    """Yield the tables of the terminal."""
    yield _drivers(one)
    if one.teams:
        yield _teams(one)
    if one.measures:
        yield _measures(one)
    if any(not question.asked for question in one.questions):
        yield _questions(one)


def _table(title: str, caption: str, left: Sequence[str], right: Sequence[str]) -> Table:
    table = new_table(title, caption, left, right)
    for column in table.columns:
        column.overflow = "fold"
    return table


def _drivers(one: Stored) -> Table:
    table = _table(
        f"What holds use back in week {one.week}",
        "Percentage points on the chance of use on a workday, given access, if it alone were "
        "taken away. Mean and 90% interval. Parts overlap: they do not add up.",
        [""], ["points", "90% interval", "the strongest"],
    )  # fmt: skip
    five = five_of(one)
    for held in [*five, *others_of(one)]:
        first = "" if held.first is None else share(held.first)
        table.add_row(
            DRIVER_LABELS[held.name], points(held.mean),
            f"{points(held.low)} to {points(held.high)}", first, end_section=held is five[-1],
        )  # fmt: skip
    return table


def _measures(one: Stored) -> Table:
    table = _table(
        f"What would help most an hour, from week {one.week + 1}",
        f"Weekly users {one.ahead} weeks later, in points; 95% interval for all "
        f"{one.tried} tried together. What takes no hours is not for that without a price.",
        ["", "costs"], ["points", "95% interval"],
    )  # fmt: skip
    for measure in one.measures:
        low, high = points(measure.low, signed=True), points(measure.high, signed=True)
        table.add_row(
            measure.said, measure_cost(measure), points(measure.gain, signed=True),
            f"{low} to {high}",
        )  # fmt: skip
    return table


def _questions(one: Stored) -> Table:
    table = _table(
        "What to ask before deciding",
        "By how much the chance to name the strongest driver rightly would rise, in points; "
        "and weekly users, by the better choice of a measure.",
        [""], ["naming", "deciding"],
    )  # fmt: skip
    for question in one.questions:
        if not question.asked:
            table.add_row(question.statement, points(question.naming), points(question.deciding))
    return table


def _teams(one: Stored) -> Table:
    caption = "Of the five drivers, the most likely strongest; 'cannot tell' where it is a tie."
    if not one.made_up:
        caption += " What is about a team's one manager is left out."
    table = _table("Team by team", caption, ["team", "first", "next"], ["people", "points"])
    for team in one.teams:
        first, held, second = team_first(team)
        table.add_row(team.name, first, second, f"{team.people:,}", held)
    return table


FILES = (FILE, "drivers.csv", "conditions.csv", "measures.csv", "questions.csv", "diagnosis.png")
"""Every file of a diagnosis' folder."""


def write_diagnosis(one: Stored, folder: Path) -> None:
    """Write all files into an empty folder."""
    (folder / FILE).write_text(one.model_dump_json(indent=1) + "\n", "utf-8")
    whole = [("", held) for held in one.drivers]
    _write(
        folder / "drivers.csv", ["team", "driver", "low", "mean", "high", "strongest"],
        ([team, h.name, h.low, h.mean, h.high, "" if h.first is None else h.first]
         for team, h in [*whole, *((t.name, h) for t in one.teams for h in t.drivers)]),
    )  # fmt: skip
    parts = [("", c) for c in one.conditions]
    parts += [(team.name, c) for team in one.teams for c in team.conditions]
    _write(
        folder / "conditions.csv", ["team", "condition", "low", "median", "high"],
        ([team, c.name, c.low, c.median, c.high] for team, c in parts),
    )  # fmt: skip
    _write(
        folder / "measures.csv", ["measure", "kind", "gain", "low", "high", "hours"],
        ([m.said, m.kind, m.gain, m.low, m.high, m.hours] for m in one.measures),
    )  # fmt: skip
    _write(
        folder / "questions.csv", ["asks for", "statement", "asked", "naming", "deciding"],
        ([q.name, q.statement, q.asked, q.naming, q.deciding] for q in one.questions),
    )  # fmt: skip
    save_diagnosis_figure(one, folder / "diagnosis.png")


def _write(file: Path, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    write_csv(
        file, head, ([f"{x:.6g}" if isinstance(x, float) else x for x in row] for row in rows)
    )


def save_diagnosis_figure(one: Stored, path: Path) -> None:
    """Draw what holds use back: means with 90% intervals, and how likely each is the strongest."""

    def draw() -> Figure:
        five, others = five_of(one), others_of(one)
        rows = [*range(len(five)), *(k + len(five) + 0.6 for k in range(len(others)))]
        height = 1.9 + 0.34 * (rows[-1] + 1)
        figure = new_figure(8.6, height)
        axes = figure.add_axes((0.27, 0.75 / height, 0.52, 1 - 1.75 / height))
        clean(axes, "x")
        for row, held in zip(rows, [*five, *others], strict=True):
            style = PLANS[0 if held.first is not None else 4]
            axes.plot([100 * held.low, 100 * held.high], [row, row], color=style.colour, lw=3,
                      alpha=0.45, solid_capstyle="butt")  # fmt: skip
            axes.plot(100 * held.mean, row, marker=style.marker, color=style.colour)
            if held.first is not None:
                write_at(axes, 1.03, row, share(held.first), 9, INK, row=True)
        axes.set_yticks(rows, [DRIVER_LABELS[h.name] for h in [*five, *others]])
        axes.tick_params(axis="y", labelcolor=INK, labelsize=9.5)
        axes.set_ylim(rows[-1] + 0.6, -0.7)
        axes.set_xlim(0, None)
        write_at(axes, 1.03, -1.0, "the strongest\nof the five", 8, row=True)
        axes.set_xlabel("percentage points on the chance of use on a workday, given access",
                        color=MUTED, size=9, loc="left")  # fmt: skip
        title = f"What holds use back at {one.organisation}, week {one.week}"
        write(figure, 0.172, 0.32, title, 14, INK, bold=True)
        said = "Mean and 90% interval, if this alone were taken away; above, the five drivers"
        write(figure, 0.172, 0.6, said, 9)
        how = f"{one.sets:,} parameter sets × {one.replicates} replicates"
        if one.effective is not None:
            how += f", weighed by measured use ({fixed(one.effective, 0)} effective replicates)"
        write(figure, 0.172, -0.2, how, 8)
        return figure

    save_as(draw, path)
