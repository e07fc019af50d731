"""The command ``uptake sweep``: a study carried out, or gone on with."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from sim.cli.echo import echo
from sim.cli.options import POSTERIOR

if TYPE_CHECKING:
    from sim.analysis.sweep import Progress, Specification, Study

__all__ = ["estimate_text", "sweep", "sweep_bar"]


class Shard(click.ParamType[tuple[int, int]]):
    """A shard such as 1/3."""

    name = "i/n"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        """Return the number of the shard and how many there are."""
        from sim.tables import whole

        first, _, last = str(value).partition("/")
        shard, shards = whole(first), whole(last)
        if shard is None or shards is None or not 1 <= shard <= shards <= 100_000:
            self.fail(f"{value} is no shard: i/n with i from 1 to n, such as 1/3", param, ctx)
        return shard, shards


@click.command()
@click.argument("study", metavar="STUDY")
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(path_type=Path),
    default=None,
    help="The study's folder; what it holds is kept, and not run again.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 1024),
    default=None,
    help="Processes to use; all processors by default.",
)
@click.option("--shard", type=Shard(), default=None, help="Only this part of the work, as 1/3.")
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    default=None,
    help="Use the workers of this Dask scheduler, as tcp://127.0.0.1:8786.",
)
@click.option(
    "--merge",
    metavar="DIR",
    type=click.Path(path_type=Path),
    multiple=True,
    help="Take over the runs of this folder, and run nothing; may be repeated.",
)
@POSTERIOR
@click.option("--fail-fast", is_flag=True, help="Stop at the first run that fails.")
@click.option("--retry-failed", is_flag=True, help="Run again what failed before.")
@click.option("--dry-run", is_flag=True, help="Only check the study and say what it will take.")
def sweep(
    study: str,
    out: Path | None,
    workers: int | None,
    shard: tuple[int, int] | None,
    scheduler: str | None,
    merge: tuple[Path, ...],
    posterior: Path | None,
    fail_fast: bool,
    retry_failed: bool,
    dry_run: bool,
) -> None:
    """Carry out a study: many points, replicates, scenarios and organisations.

    STUDY is a study file (YAML). Killed or interrupted, the same command goes on where it
    stopped; the table is the same on any number of processes, shards or machines.
    """  # fmt: skip
    from sim.analysis import sweep as analysis
    from sim.errors import InputError, Problem

    read = analysis.load_study(study, posterior=posterior)
    if dry_run or not merge:
        said = estimate_text(read, workers, scheduler is not None, shard)
        echo(f"{read.name}: {said}", err=True)
    if dry_run:
        return
    if out is None:
        right = "--out DIR: the folder to write into, and to go on from"
        raise InputError([Problem("uptake sweep", "", "says nowhere to write", right)])
    try:
        with sweep_bar() as progress:
            done = analysis.sweep(
                read,
                out,
                workers=workers,
                shard=shard,
                scheduler=scheduler,
                fail_fast=fail_fast,
                retry_failed=retry_failed,
                merge=merge or None,
                progress=progress,
                say=lambda text: echo(text, err=True),
            )
    except KeyboardInterrupt:
        raise KeyboardInterrupt(_how_far(out)) from None
    _say_end(done, shard)


def estimate_text(
    study: Specification,
    workers: int | None = None,
    cluster: bool = False,
    shard: tuple[int, int] | None = None,
) -> str:
    """Return runs, time and disk of a study, in words."""
    from sim.analysis.sweep.specification import estimate

    runs = study.n_runs if shard is None else -(-study.n_runs // shard[1])
    e = estimate(study, runs)
    most = "at most " if study.replication.until else ""
    n = min(workers or os.cpu_count() or 1, e.runs)
    on = "for one worker of the cluster" if cluster else f"on {n} process{'es' * (n > 1)}"
    seconds = e.seconds if cluster else e.seconds / n
    return (
        f"{most}{e.runs:,} runs, {study.n_points:,} points, "
        f"{e.person_weeks / 1e6:,.1f} million person-weeks; about {_time(seconds)} {on}, "
        f"{_size(e.bytes)} on disk"
    )


def _time(seconds: float) -> str:
    for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 1.5 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{max(1, round(seconds))} s"


def _size(number: float) -> str:
    for unit, size in (("GiB", 2**30), ("MiB", 2**20)):
        if number >= size:
            return f"{number / size:.1f} {unit}"
    return f"{number / 2**10:.0f} KiB"


@contextmanager
def sweep_bar() -> Iterator[Callable[[Progress], None] | None]:
    """Show how far the sweep is, its rate and the time left, where there is a terminal."""
    from sim.report.console import Terminal

    console = Terminal(stderr=True)
    if not console.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("runs{task.fields[rate]}, left"))
    with Bar(*columns, TimeRemainingColumn(), console=console, transient=True) as bar:
        task = bar.add_task("", total=None, rate="")

        def show(progress: Progress) -> None:
            speed = bar.tasks[task].speed
            rate = f" at {speed:,.0f}/s" if speed else ""
            bar.update(task, total=progress.total, completed=progress.done, rate=rate)

        yield show


def _how_far(out: Path) -> str:
    from sim.analysis.sweep import Study

    runs = Study(out).runs
    stored = f"{runs['stored']:,} of {runs['expected']:,} runs are stored in {out}"
    return f"{stored}; the same command goes on."


def _say_end(study: Study, shard: tuple[int, int] | None) -> None:
    runs = study.runs
    echo(f"{runs['stored']:,} of {runs['expected']:,} runs are stored in {study.folder}")
    if runs["failed"]:
        errors = [error for error in study.errors() if error is not None]
        echo(f"{runs['failed']:,} of them failed, the first with: {errors[0]}", err=True)
    if runs["missing"]:
        rest = "the other shards" if shard else "the same command without --merge"
        echo(f"{runs['missing']:,} are missing: {rest} will add them.", err=True)
    else:
        echo(f"Read them with: uptake results {study.folder}", err=True)
