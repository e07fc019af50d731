"""Studies: ``uptake sweep`` carries one out; ``results``, ``sensitivity``, ``discover`` read it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from sim.cli.options import PATH, POSTERIOR, OneOf, WholeInDigits, echo, into_folder
from sim.errors import InputError, defused, refusal
from sim.numbers import fixed

if TYPE_CHECKING:
    import pandas as pd

    from sim.analysis.sweep import Progress, Specification, Study
    from sim.analysis.sweep.sensitivity import Sensitivity


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
@into_folder("The study's folder; what it holds is kept, and not run again.")
@click.option(
    "--workers", type=WholeInDigits(1, 1024), default=None,
    help="Processes to use; all processors by default.",
)  # fmt: skip
@click.option("--shard", type=Shard(), default=None, help="Only this part of the work, as 1/3.")
@click.option(
    "--scheduler", metavar="ADDRESS", default=None,
    help="Use the workers of this Dask scheduler, as tcp://127.0.0.1:8786.",
)  # fmt: skip
@click.option(
    "--merge", metavar="DIR", type=PATH, multiple=True,
    help="Take over the runs of this folder, and run nothing; may be repeated.",
)  # fmt: skip
@POSTERIOR
@click.option("--fail-fast", is_flag=True, help="Stop at the first run that fails.")
@click.option("--retry-failed", is_flag=True, help="Run again what failed before.")
@click.option("--dry-run", is_flag=True, help="Only check the study and say what it will take.")
def sweep(study: str, out: Path | None, posterior: Path | None, dry_run: bool, **how: Any) -> None:
    """Carry out a study: many points, replicates, scenarios and organisations.

    STUDY is a study file (YAML). Killed or interrupted, the same command goes on where it
    stopped; the table is the same on any number of processes, shards or machines.
    """
    from sim.analysis import sweep as analysis

    read = analysis.load_study(study, posterior=posterior)
    shard: tuple[int, int] | None = how["shard"]
    merge = how.pop("merge") or None
    if dry_run or not merge:
        said = estimate_text(read, how["workers"], how["scheduler"] is not None, shard)
        echo(f"{read.name}: {said}", err=True)
    if dry_run:
        return
    if out is None:
        right = "--out DIR: the folder to write into, and to go on from"
        raise refusal("uptake sweep", "", "says nowhere to write", right)
    try:
        with sweep_bar() as progress:
            say = partial(echo, err=True)
            done = analysis.sweep(read, out, merge=merge, progress=progress, say=say, **how)
    except KeyboardInterrupt:
        runs = analysis.Study(out).runs
        stored = f"{runs['stored']:,} of {runs['expected']:,} runs are stored in {out}"
        raise KeyboardInterrupt(f"{stored}; the same command goes on.") from None
    _say_end(done, shard)


def estimate_text(
    study: Specification, workers: int | None = None, cluster: bool = False,
    shard: tuple[int, int] | None = None,
) -> str:  # fmt: skip
    """Return runs, time and disk of a study, in words."""
    from sim.analysis.sweep.specification import estimate

    runs = study.n_runs if shard is None else -(-study.n_runs // shard[1])
    work = estimate(study, runs)
    most = "at most " if study.replication.until else ""
    n = min(workers or os.cpu_count() or 1, work.runs)
    on = "for one worker of the cluster" if cluster else f"on {n} process{'es' * (n > 1)}"
    return (
        f"{most}{work.runs:,} runs, {study.n_points:,} points, "
        f"{fixed(work.person_weeks / 1e6, 1)} million person-weeks; about "
        f"{_time(work.seconds if cluster else work.seconds / n)} {on}, {_size(work.bytes)} on disk"
    )


def _time(seconds: float) -> str:
    for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 1.5 * size:
            return f"{fixed(seconds / size, 1)} {unit}"
    return f"{max(1, round(seconds))} s"


def _size(number: float) -> str:
    for unit, size in (("GiB", 2**30), ("MiB", 2**20)):
        if number >= size:
            return f"{fixed(number / size, 1)} {unit}"
    return f"{fixed(number / 2**10, 0)} KiB"


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
            rate = f" at {fixed(speed, 0)}/s" if speed else ""
            bar.update(task, total=progress.total, completed=progress.done, rate=rate)

        yield show


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


HEADLINES = ("weekly_users", "habitual", "own_tool_users", "trust", "confidence_gap", "hours")
"""Outcomes shown where the study keeps many: their last week."""


@click.command()
@click.argument("folder", metavar="DIR", type=PATH)
@click.option(
    "--sql", metavar="QUERY", default=None,
    help="Ask in SQL: tables runs, points and plan, and weeks and people where recorded.",
)  # fmt: skip
@click.option("--csv", "as_csv", is_flag=True, help="Print the answer as CSV.")
@click.option(
    "--outcome", "outcomes", metavar="NAME", multiple=True,
    help="Show this outcome; may be repeated. The headlines by default.",
)  # fmt: skip
def results(folder: Path, sql: str | None, as_csv: bool, outcomes: tuple[str, ...]) -> None:
    """Show what a study found, as far as it is there.

    DIR is the folder of uptake sweep.
    """
    from sim.analysis.sweep import Study

    study = Study(folder)
    if sql is not None:
        _print(study.sql(sql), as_csv)
        return
    chosen = _chosen_outcomes(study, outcomes)
    if as_csv:
        _print(study.frame(), as_csv)
        return
    from sim.report.console import Terminal
    from sim.report.study import show_study

    show_study(study, chosen, Terminal())


def _print(frame: pd.DataFrame, as_csv: bool) -> None:
    if as_csv:
        words = frame.select_dtypes(exclude=["number", "bool"]).columns
        frame = frame.assign(**{name: frame[name].map(defused).astype(object) for name in words})
        text = frame.rename(columns=defused).to_csv(index=False)
    else:
        text = frame.to_string(index=False, max_rows=200)
    echo(text.rstrip("\n"))


def _chosen_outcomes(study: Study, outcomes: tuple[str, ...]) -> tuple[str, ...]:
    """Return the outcomes asked for, or the headlines of those that the study keeps."""
    problems = []
    for name in outcomes:
        try:
            study.less_of(name)
        except InputError as error:
            problems += [one._replace(where=f"--outcome {one.where}") for one in error.problems]
    if problems:
        raise InputError(problems)
    if outcomes:
        return outcomes
    if len(study.outcomes) <= 8:
        return study.outcomes + study.differences
    last = study.manifest["weeks"]
    shown = [f"{name}_w{last}" for name in HEADLINES if f"{name}_w{last}" in study.outcomes]
    return (*(shown or study.outcomes[:8]), *study.differences)


METHODS = ("sobol", "morris", "effects", "pawn", "delta")


@click.command()
@click.argument("folder", metavar="DIR", type=PATH)
@click.option(
    "--outcome", "outcomes", metavar="NAME", multiple=True,
    help="Explain this outcome; may be repeated. The headlines by default.",
)  # fmt: skip
@click.option(
    "--method", type=OneOf(METHODS), default=None,
    help="By default what the design was made for: Sobol for saltelli, Morris for morris, "
    "effects for factorial designs, PAWN for any other.",
)  # fmt: skip
@click.option("--seed", type=WholeInDigits(0, 2**31), default=0, help="Of the bootstrap.")
def sensitivity(folder: Path, outcomes: tuple[str, ...], method: str | None, seed: int) -> None:
    """Say what a study's outcomes hang on, and how much of them is chance.

    DIR is the folder of uptake sweep. Tables and figures are written into DIR/sensitivity.
    """
    from sim.analysis.sweep import Study
    from sim.analysis.sweep.sensitivity import sensitivity as analyse
    from sim.files import replaced
    from sim.report.console import Terminal
    from sim.report.study import show_sensitivity
    from sim.sources import inside

    study = Study(folder)
    found = analyse(study, _chosen_outcomes(study, outcomes), method, seed)
    inside(folder, "sensitivity")
    written = folder / "sensitivity"
    with replaced(
        written, lambda name: name.endswith((".csv", ".png", ".svg")), "indices.csv"
    ) as work:
        _write(found, work)
    console = Terminal()
    show_sensitivity(found, console)
    console.print(f"\nWritten to {written}", highlight=False, soft_wrap=True)


def _write(found: Sensitivity, folder: Path) -> None:
    from dataclasses import astuple, fields

    from sim.report.console import csv_text
    from sim.report.study import draw_sensitivity
    from sim.report.style import save

    for name, rows in (("indices", found.indices), ("noise", found.noise)):
        text = csv_text((one.name for one in fields(rows[0])), map(astuple, rows), "\r\n")
        (folder / f"{name}.csv").write_text(text, "utf-8", newline="")
    for outcome in dict.fromkeys(index.outcome for index in found.indices):
        save(partial(draw_sensitivity, found, outcome), folder, outcome)


@click.command()
@click.argument("folder", metavar="DIR", type=PATH)
@click.option(
    "--where", required=True, metavar="CONDITION",
    help="What is asked about, as habitual_w52 < 0.3; over means of replicates.",
)  # fmt: skip
def discover(folder: Path, where: str) -> None:
    """Find the combinations of assumptions and levers that lead to what is asked about.

    DIR is the folder of uptake sweep. With several scenarios, training_first.habitual_w52
    is the outcome under one of them. Needs the extra discovery.
    """
    from sim.analysis.sweep import Study
    from sim.analysis.sweep.discovery import discover as find
    from sim.report.console import Terminal
    from sim.report.study import show_discovery

    show_discovery(find(Study(folder), where), Terminal())
