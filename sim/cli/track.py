"""The command ``uptake track``: a firm's use so far and to come, week by week."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import rich_click as click

from sim.cli.echo import echo
from sim.cli.options import POSTERIOR, THREADS, progress_bar

__all__ = ["track"]


@click.command()
@click.argument("organisation", metavar="ORGANISATION")
@click.option(
    "--usage", metavar="CSV", type=click.Path(path_type=Path), required=True,
    help="Measured use, week by week: a tidy table, as uptake import writes it.",
)  # fmt: skip
@click.option(
    "--plan", metavar="FILE", required=True,
    help="What is carried out: a scenario file, such as uptake plan writes, or a shipped name.",
)  # fmt: skip
@click.option(
    "--start", metavar="DATE", type=click.DateTime(["%Y-%m-%d"]), default=None,
    help="A day of week 1 of the plan, where the weeks of the measured use are dates.",
)  # fmt: skip
@click.option(
    "--by", type=click.Choice(["team", "role", "level", "whole"]), default=None,
    help="How persons are put together: by team by default; whole: no groups.",
)  # fmt: skip
@click.option(
    "--weeks", type=click.IntRange(1, 1040), default=None,
    help="How far to look, in place of the plan's own length.",
)  # fmt: skip
@POSTERIOR
@click.option(
    "--sets", type=click.IntRange(16, 100_000), default=1024, show_default=True,
    help="Parameter sets that are weighed; four replicates each.",
)  # fmt: skip
@click.option(
    "--seed", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True,
    help="The same seed gives the same numbers, on any number of threads.",
)  # fmt: skip
@click.option(
    "--out", metavar="DIR", type=click.Path(path_type=Path), default=None,
    help="Write a picture and tables into this folder.",
)  # fmt: skip
@click.option("--force", is_flag=True, help="Replace what an earlier week wrote into that folder.")
@THREADS
def track(organisation: str, **options: Any) -> None:
    """Track a firm: forecast its use, and hold past forecasts against what came.

    Every week that was measured weighs the parameter sets and replicates of the plan. What was
    measured is shown beside the band that was predicted before; the forecasts are scored
    beside two plain models, last value and logistic growth, and it is said where the model has
    lost to one of them.
    """
    from sim.analysis.firm.observed import WHOLE, read_usage
    from sim.analysis.firm.track import REPLICATES, pool_of
    from sim.analysis.firm.track import track as tracked
    from sim.errors import InputError, Problem
    from sim.posterior import said_of, sets_of
    from sim.report.console import Terminal
    from sim.report.track import show_track, track_folder, write_track
    from sim.runner import load_organisation, load_scenario

    rows = sets_of(options["posterior"])
    people = load_organisation(organisation)
    scenario = load_scenario(options["plan"])
    weeks = options["weeks"] or scenario.weeks
    by, start = options["by"], options["start"]
    observed = read_usage(
        options["usage"], weeks, start.date() if start else None, people,
        WHOLE if by == "whole" else by,
    )  # fmt: skip
    for note in observed.notes:
        echo(f"Note: {note.what}" + (f" ({note.count})." if note.count > 1 else "."), err=True)
    out: Path | None = options["out"]
    if out is not None:
        track_folder(out, force=options["force"])
    try:
        with progress_bar(max(options["sets"], len(rows)) * REPLICATES) as progress:
            pool = pool_of(
                scenario, people, observed, rows, weeks=weeks, sets=options["sets"],
                seed=options["seed"], threads=options["threads"], progress=progress,
            )  # fmt: skip
    except ValueError as error:
        raise InputError([Problem(str(options["usage"]), "", str(error), "by team")]) from None
    found = tracked(pool, seed=options["seed"])
    console = Terminal()
    show_track(found, console)
    if out is not None:
        write_track(found, out, said_of(rows))
        console.print(f"\nWritten to {out}", highlight=False, soft_wrap=True)
