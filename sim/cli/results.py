"""The command ``uptake results``: what a study found, and any question in SQL."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from sim.cli.echo import echo
from sim.shown import defused

if TYPE_CHECKING:
    import pandas as pd

    from sim.analysis.sweep import Study

__all__ = ["chosen_outcomes", "results"]

HEADLINES = ("weekly_users", "habitual", "own_tool_users", "trust", "confidence_gap", "hours")
"""Outcomes shown where the study keeps many: their last week."""


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--sql",
    metavar="QUERY",
    default=None,
    help="Ask in SQL: tables runs, points and plan, and weeks and people where recorded.",
)
@click.option("--csv", "as_csv", is_flag=True, help="Print the answer as CSV.")
@click.option(
    "--outcome",
    "outcomes",
    metavar="NAME",
    multiple=True,
    help="Show this outcome; may be repeated. The headlines by default.",
)
def results(folder: Path, sql: str | None, as_csv: bool, outcomes: tuple[str, ...]) -> None:
    """Show what a study found, as far as it is there.

    DIR is the folder of uptake sweep.
    """  # fmt: skip
    from sim.analysis.sweep import Study

    study = Study(folder)
    if sql is not None:
        _print(study.sql(sql), as_csv)
        return
    chosen = chosen_outcomes(study, outcomes)
    if as_csv:
        _print(study.frame(), as_csv)
        return
    from sim.report.console import Terminal
    from sim.report.sweep_tables import show_study

    show_study(study, chosen, Terminal())


def _print(frame: pd.DataFrame, as_csv: bool) -> None:
    if as_csv:
        words = frame.select_dtypes(exclude=["number", "bool"]).columns
        frame = frame.assign(**{name: frame[name].map(defused).astype(object) for name in words})
        text = frame.rename(columns=defused).to_csv(index=False)
    else:
        text = frame.to_string(index=False, max_rows=200)
    echo(text.rstrip("\n"))


def chosen_outcomes(study: Study, outcomes: tuple[str, ...]) -> tuple[str, ...]:
    """Return the outcomes asked for, or the headlines of those that the study keeps."""
    from dataclasses import replace

    from sim.errors import InputError

    problems = []
    for name in outcomes:
        try:
            study.less_of(name)
        except InputError as error:
            problems += [replace(one, where=f"--outcome {one.where}") for one in error.problems]
    if problems:
        raise InputError(problems)
    if outcomes:
        return outcomes
    if len(study.outcomes) <= 8:
        return study.outcomes + study.differences
    last = study.manifest["weeks"]
    shown = [f"{name}_w{last}" for name in HEADLINES if f"{name}_w{last}" in study.outcomes]
    return (*(shown or study.outcomes[:8]), *study.differences)
