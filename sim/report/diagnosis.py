"""A diagnosis as tables of the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from sim.numbers import points, share
from sim.page.diagnosis import five_of, measure_cost, others_of, team_first
from sim.page.outcome_labels import DRIVER_LABELS

if TYPE_CHECKING:
    from rich.table import Table

    from sim.analysis.diagnosis.stored import Stored

__all__ = ["tables"]


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
    from rich.text import Text

    from sim.report.terminal import new_table

    table = new_table(title, caption)
    for head in left:
        table.add_column(Text(head), overflow="fold")
    for head in right:
        table.add_column(Text(head), justify="right", overflow="fold")
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
