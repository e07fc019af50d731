"""The command ``uptake reproduce``: run a manifest again, and say whether it is the same."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click
from click.exceptions import Exit

from sim.cli.echo import echo
from sim.cli.options import progress_bar

if TYPE_CHECKING:
    from sim.reproduce import TableCheck

__all__ = ["reproduce"]


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--organisation",
    metavar="PATH",
    type=click.Path(path_type=Path),
    default=None,
    help="Where the organisation's files are now; they must be the same.",
)
@click.option(
    "--runs",
    type=click.IntRange(min=1),
    default=None,
    help="Of a study, only this many runs, spread evenly over it; all by default.",
)
@click.option("--threads", type=click.IntRange(1, 1024), default=None, help="Processors to use.")
def reproduce(
    folder: Path, organisation: Path | None, runs: int | None, threads: int | None
) -> None:
    """Run what DIR holds again; say table by table whether every number is the same.

    DIR is what uptake run, compare or sweep has written. Ends with code 0 where all are the
    same, and 1 where any is not.
    """  # fmt: skip
    from sim.analysis.plan.folder import ANSWER
    from sim.analysis.sweep.run_list import PLAN_FILE
    from sim.errors import InputError, Problem

    if (folder / PLAN_FILE).is_file():
        checks = _study(folder, organisation, runs, threads)
    elif (folder / ANSWER).is_file():
        what = "is the answer of a search, not a table of runs"
        right = f"uptake plan {folder / 'plan.yaml'}: the same seed finds the same plan"
        raise InputError([Problem(str(folder), "", what, right)])
    else:
        checks = _results(folder, organisation, threads)
    _show(checks)
    if not all(check.same for check in checks):
        raise Exit(1)


def _results(folder: Path, organisation: Path | None, threads: int | None) -> list[TableCheck]:
    """Simulate the results of a run or a comparison again."""
    from sim.reproduce import check_tables, rerun
    from sim.results.manifest import read_manifest

    content = read_manifest(folder)
    _say_version(content)
    runs = len(content["scenarios"]) * content["replicates"]
    with progress_bar(runs) as progress:
        results = rerun(content, folder, organisation, threads=threads, progress=progress)
    return check_tables(results, content, folder)


def _study(
    folder: Path, organisation: Path | None, runs: int | None, threads: int | None
) -> list[TableCheck]:
    """Simulate a study again, or a sample of its runs."""
    from sim.analysis.sweep import Study
    from sim.analysis.sweep.folder import read_study_manifest
    from sim.analysis.sweep.reproduction import rerun_study
    from sim.cli.sweep import sweep_bar

    content = read_study_manifest(folder)
    _say_version(content)
    with sweep_bar() as progress:
        rerun, checks = rerun_study(
            folder, runs=runs, organisation=organisation, workers=threads, progress=progress
        )
    stored = Study(folder).runs["stored"]
    echo(f"{rerun:,} of {stored:,} stored runs were simulated again.", err=True)
    return checks


def _say_version(content: Mapping[str, Any]) -> None:
    from sim.extensions import entry
    from sim.results.manifest import uptake_version

    if content.get("plugins", []) != entry():
        said = sorted({one["distribution"] for one in content.get("plugins", [])}) or ["none"]
        echo(f"Note: written with other plugins than are here: {', '.join(said)}", err=True)
    wrote = content["uptake"].get("version")
    if wrote != uptake_version():
        echo(f"Note: written by Uptake {wrote}, run again by {uptake_version()}", err=True)


def _show(checks: list[TableCheck]) -> None:
    from rich.table import Table

    from sim.report.console import Terminal

    console = Terminal(highlight=False)
    table = Table("table", "result", "largest difference", box=None, pad_edge=False)
    for check in checks:
        table.add_row(check.name, check.said, check.difference_text)
    console.print(table)
    same = all(check.same for check in checks)
    console.print("\nEvery number is the same." if same else "\nNot every number is the same.")
