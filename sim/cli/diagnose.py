"""The command ``uptake diagnose``: why adoption stalled, and what to ask and do next."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from sim.cli.echo import echo
from sim.cli.options import MARGIN, POSTERIOR, THREADS, margin_from

if TYPE_CHECKING:
    from sim.analysis.diagnosis.stored import Stored

__all__ = ["diagnose"]


@click.command()
@click.argument("organisation", required=False)
@click.option(
    "--usage", metavar="FILE", type=click.Path(path_type=Path),
    help="Who used the tool when: a tidy table (docs/tables.md). That of an imported ORGANISATION "
    "by default.",
)  # fmt: skip
@click.option(
    "--survey", metavar="FILE", type=click.Path(path_type=Path),
    help="Answers, as a form exports them; of persons by id, or without names.",
)  # fmt: skip
@click.option(
    "--plan", metavar="SCENARIO", help="What was done; access alone by default.",
)  # fmt: skip
@click.option(
    "--start", metavar="DATE", type=click.DateTime(["%Y-%m-%d"]),
    help="A day of week 1, where weeks are dates; the first one measured by default.",
)  # fmt: skip
@click.option(
    "--out", metavar="DIR", type=click.Path(path_type=Path),
    help="Write JSON, tables and a picture; uptake report and serve read them (--diagnosis DIR).",
)  # fmt: skip
@click.option(
    "--questionnaire", metavar="FILE", type=click.Path(path_type=Path),
    help="Write the ten statements to ask as CSV, and do no more.",
)  # fmt: skip
@POSTERIOR
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@MARGIN
@THREADS
def diagnose(
    organisation: str | None,
    usage: Path | None,
    survey: Path | None,
    plan: str | None,
    start: datetime | None,
    out: Path | None,
    questionnaire: Path | None,
    posterior: Path | None,
    seed: int,
    margin: str,
    threads: int | None,
) -> None:
    """Say why adoption stalled in ORGANISATION: what holds back how much, and what would help.

    From what is known of the firm (who is in it, what was done, who used the tool, what they
    answered): the five drivers, managers and informal leaders, by team, with intervals over
    parameter sets that are weighed by how well they explain this firm; what would help most an
    hour; what to ask next; and what these data cannot tell. Beforehand none of the five is held
    the stronger; with --posterior FILE, calibrated to this firm, what that says is.
    """
    if questionnaire is not None:
        _write_questionnaire(questionnaire)
        return
    if organisation is None:
        raise click.UsageError("Missing argument 'ORGANISATION'.")
    least = margin_from(margin)
    from sim.analysis.diagnosis import diagnose as found_in
    from sim.analysis.diagnosis import known_firm
    from sim.analysis.diagnosis.stored import stored
    from sim.posterior import said_of, sets_of
    from sim.runner import load_organisation, load_scenario

    rows = sets_of(posterior)
    firm = load_organisation(organisation)
    beside = Path(organisation) / "usage.csv"
    if usage is None and beside.is_file():
        usage = beside
    known = known_firm(
        firm, usage=usage, survey=survey, plan=load_scenario(plan) if plan else None,
        start=start.date() if start else None,
    )  # fmt: skip

    def progress(step: str) -> None:
        if sys.stderr.isatty():
            echo(f"… {step}", err=True)

    if posterior is not None:
        how = f"Parameter sets: {said_of(rows)}, taken as calibrated to this firm."
        known = replace(known, said=(*known.said, how))
    one = stored(
        found_in(known, rows, seed=seed, margin=least, even=posterior is None, threads=threads,
                 progress=progress),
        said_of(rows),
    )  # fmt: skip
    if out is not None:
        from sim.report.diagnosis import write_diagnosis
        from sim.results.store import output_folder

        with output_folder(out) as folder:
            write_diagnosis(one, folder)
    _print(one)
    if out is not None:
        echo(f"In {out}: diagnosis.json, tables, diagnosis.png")


def _write_questionnaire(file: Path) -> None:
    from sim.errors import InputError, Problem
    from sim.files import sweep_away, write_whole
    from sim.importing.answers import pulse_csv

    if file.exists():
        right = "the name of a new file"
        raise InputError([Problem(f"--questionnaire {file}", "", "is there already", right)])
    sweep_away(file.parent, deep=False)
    write_whole(file, pulse_csv())
    echo(f"Ten statements: {file}. What a form exports of them, uptake import reads as it is.")


def _print(one: Stored) -> None:
    from rich.text import Text

    from sim.page.diagnosis import conditions_words, doubts, questions_words, sentence
    from sim.report.console import Terminal
    from sim.report.diagnosis import tables

    console = Terminal(highlight=False)
    console.print(Text(sentence(one), style="bold"))
    for table in tables(one):
        console.print()
        console.print(table)
    console.print()
    for text in conditions_words(one):
        console.print(Text(f"• {text}"))
    if not one.measures:
        console.print(Text("• No measure tried raises use beyond chance."))
    console.print(Text(f"• {questions_words(one)}"))
    console.print()
    console.print(Text("What this rests on", style="bold"))
    for text in doubts(one):
        console.print(Text(f"• {text}"))
