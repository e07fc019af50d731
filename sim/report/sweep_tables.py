"""A study in the terminal: its state, levels of outcomes, and scenarios against each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sim.analysis.sweep.summary import contrasts, levels
from sim.numbers import between, figure, share

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from sim.analysis.sweep import Study

__all__ = ["show_study"]


def show_study(study: Study, outcomes: Sequence[str], console: Console) -> None:
    """Print what a study is, how far it is, and what it found."""
    manifest = study.manifest
    runs = study.runs
    console.print(
        f"{study.name} · {manifest['design']} · {manifest['points']:,} points · "
        f"{manifest['weeks']} weeks · seed {manifest['seed']}",
        style="dim",
        highlight=False,
    )
    state = f"{runs['stored']:,} of {runs['expected']:,} runs are there"
    state += f", {runs['failed']:,} of them failed" if runs["failed"] else ""
    state += f"; {runs['missing']:,} are missing" if runs["missing"] else ""
    console.print(f"{state}.\n", highlight=False)
    if not runs["stored"]:
        return
    many = len(manifest["organisations"]) > 1
    console.print(_level_table(study, outcomes, many))
    console.print(
        "Points: the middle 80% of design points, each the mean of its replicates: what varies.\n"
        "Chance: one standard deviation of single replicates around their own point's mean.",
        style="dim",
        highlight=False,
    )
    found = _contrast_table(study, outcomes, many)
    if found is not None:
        console.print()
        console.print(found)
        console.print(
            "Shares are in percentage points. Ahead: at how many points its mean is higher, with"
            " the same random numbers.",
            style="dim",
            highlight=False,
        )


def _table(title: str, columns: Sequence[str], right: int) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for i, column in enumerate(columns):
        table.add_column(column, justify="right" if i >= right else "left")
    return table


def _level_table(study: Study, outcomes: Sequence[str], many: bool) -> Table:
    names = ["outcome", "scenario", *(["organisation"] if many else [])]
    table = _table(
        "What was found", [*names, "median point", "80% of points", "chance ±"], len(names)
    )
    for outcome in outcomes:
        unit = study.unit_of(outcome)
        for k, one in enumerate(levels(study, outcome)):
            table.add_row(
                "" if k else outcome,
                one.scenario,
                *([one.organisation] if many else []),
                figure(one.median, unit),
                between(one.low, one.high, unit),
                figure(one.chance, unit),
            )
    return table


def _contrast_table(study: Study, outcomes: Sequence[str], many: bool) -> Table | None:
    rows = [one for outcome in outcomes for one in contrasts(study, outcome)]
    if not rows:
        return None
    names = ["outcome", "scenario", *(["organisation"] if many else [])]
    table = _table(
        f"Less {rows[0].reference}, at the same points",
        [*names, "median point", "80% of points", "ahead at"],
        len(names),
    )
    for one in rows:
        unit = study.manifest["outcomes"][one.outcome]["unit"]
        table.add_row(
            one.outcome,
            one.scenario,
            *([one.organisation] if many else []),
            figure(one.median, unit, signed=True),
            between(one.low, one.high, unit, signed=True),
            f"{share(one.ahead)} of {one.points:,}",
        )
    return table
