"""``uptake run`` and ``uptake compare``, and ``uptake reproduce``: the same numbers once more."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click
from click.exceptions import Exit

from sim.cli import options as opt
from sim.errors import InputError, refusal
from sim.numbers import fixed

if TYPE_CHECKING:
    from sim.reproduce import TableCheck
    from sim.results import Results


_run_options = opt.together(
    opt.replicates(1),
    opt.seeded("The same seed gives the same numbers, on any number of threads."),
    opt.WEEKS,
    opt.ASSIGNMENTS,
    opt.ORGANISATION,
    opt.into_folder("Write tables, charts and a manifest into this folder."),
    click.option("--force", is_flag=True, help="Replace earlier results in that folder."),
    opt.THREADS,
    click.option("--by", type=opt.OneOf(["team"]), default=None, help="Add a table by team."),
    click.option(
        "--record", type=opt.OneOf(["teams", "people"]), multiple=True,
        help="With --out keep every week of each team (teams.parquet; else weeks 13, 26, 39, …) or "
        "each person's weeks (people.parquet); may be repeated.",
    ),
    click.option(
        "--details", is_flag=True,
        help="Print every figure with its range, at several weeks, differences and drivers.",
    ),
    click.option("--profile", is_flag=True, help="Say where the time went."),
)  # fmt: skip


REPLICATES_A_SET = 4
"""Replicates of each parameter set, unless said otherwise."""


def _over_sets(options: dict[str, Any], samples: int, *, wanted: bool) -> None:
    """Put the number of parameter sets, where several are wanted, into a command's options.

    Raises InputError where ``--samples`` stands alone.
    """
    if not wanted:
        if opt.is_given("samples"):
            context: Any = click.get_current_context()
            several = "--uncertainty parameters or " if "uncertainty" in context.params else ""
            raise refusal("--samples", "", "stands alone", f"{several}--posterior FILE beside it")
        return
    options["samples"] = samples
    if not opt.is_given("replicates"):
        options["replicates"] = REPLICATES_A_SET


@click.command()
@click.argument("file")
@_run_options
@opt.POSTERIOR
@opt.SAMPLES
def run(file: str, samples: int, **options: Any) -> None:
    """Run one rollout plan in many replicates.

    FILE is a scenario file, or the name of a shipped one. With --posterior FILE it is run over
    those parameter sets in place of the defaults.
    """
    _over_sets(options, samples, wanted=options["posterior"] is not None)
    carry_out(options, (file,), compare=False)


@click.command()
@click.argument("files", nargs=-1, metavar="[FILE]...")
@_run_options
@opt.MARGIN
@click.option(
    "--uncertainty", type=opt.OneOf(["parameters"]), default=None,
    help="Run over the calibrated parameter sets, and with one mechanism off at a time.",
)  # fmt: skip
@opt.POSTERIOR
@opt.SAMPLES
def compare(files: tuple[str, ...], uncertainty: str | None, samples: int, **options: Any) -> None:
    """Compare rollout plans: the same people, the same random numbers.

    Each FILE is a scenario file, or the name of a shipped one. The first is the reference.
    Without any, training-first is compared with trust-before-tools, and a line says what
    their order does alone: the same two plans with licences in week 1 in both.

    Weekly use comes first: its level at the end, its mean over all weeks, how soon half of
    all people use the tool; habitual use after it. Of a difference that is beyond chance and
    at least --margin it is said who is ahead; of one that lies within the margin, that the
    plans are practically the same; of any other, that it is too close to call.

    With --uncertainty parameters the verdict tells apart what is chance in the model, what is
    doubt about its parameters, and what is doubt about its structure; --posterior FILE does so
    over your own sets.
    """
    from sim.runner import load_scenario

    if len(files) == 1:
        load_scenario(files[0])  # a wrong file or name is said first
        right = f"two or more to compare, or uptake run {files[0]}"
        raise refusal("uptake compare", "", f"{files[0]} stands alone", right)
    _over_sets(options, samples, wanted=bool(uncertainty or options["posterior"]))
    carry_out(options, files, compare=True)


def shared_arguments(options: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of ``sim.run`` and ``sim.compare`` that options say alike."""
    names = ("organisation", "replicates", "seed", "weeks", "threads")
    parameters = opt.parameters_from(options["assignments"])
    return {**{name: options[name] for name in names}, "parameters": parameters}


def order_alone(**arguments: Any) -> str:
    """Return in one line what the order of the shipped plans does, licences in week 1 in both.

    Takes the arguments of ``sim.compare``: with the same, the same random numbers.
    """
    from sim.results.verdict import line_of
    from sim.runner import compare
    from sim.sources import ORDER_ALONE

    said = line_of(compare(ORDER_ALONE, **arguments), ("training first", "trust first"))
    return f"Order alone, licences in week 1 in both: {said}"


def carry_out(options: dict[str, Any], scenarios: tuple[str, ...], *, compare: bool) -> None:
    """Run, write what was asked for, and print; without scenarios, the main comparison."""
    from sim.report.console import Terminal
    from sim.runner import profile, stage

    with profile() as seconds:
        simulate = partial(_simulated, options, scenarios, compare)
        out = options["out"]
        results = simulate() if out is None else _written(options, out, simulate)
        from sim.report.run import show

        with stage("tables in the terminal"):
            console = Terminal()
            planned = _planned_notes(results, scenarios)
            for note in (*results.warnings, *_oddities(results), *planned):
                opt.echo(f"Note: {note}", err=True)
            show(results, console, details=options["details"], by_team=options["by"] == "team")
            if options["out"] is not None:
                console.print(f"\nWritten to {options['out']}", highlight=False, soft_wrap=True)
    if options["profile"]:
        _print_profile(seconds)


def _written(options: dict[str, Any], out: Path, simulate: Callable[[], Results]) -> Results:
    from sim.results.store import output_folder

    with output_folder(out, force=options["force"]) as folder:
        from sim.report.run import Studio, write_results

        with Studio() as studio:
            results = simulate()
            every_week = "teams" in options["record"]
            write_results(results, folder, out.absolute(), studio, every_week=every_week)
    return results


def _simulated(options: dict[str, Any], scenarios: tuple[str, ...], compare: bool) -> Results:
    from sim import runner, sources
    from sim.runner import stage

    margin = opt.margin_from(options.get("margin", "1"))
    with stage("import"):
        import sim.engine.compiled  # noqa: F401

    shared = shared_arguments(options)
    record: dict[str, Any] = {
        "record_teams": True if options["by"] == "team" or "teams" in options["record"] else None,
        "record_people": "people" in options["record"],
    }
    sets: Any = options.get("samples")
    several = sets is not None
    if options["posterior"] is not None and several:
        from sim.posterior import chosen, read_sets

        whole = read_sets(options["posterior"])
        sets = chosen(whole, min(sets, len(whole)), options["seed"])
    plans = len(scenarios) or len(sources.COMPARED) + len(sources.ORDER_ALONE)
    with opt.progress_bar(
        plans * options["replicates"] * (options.get("samples") or 1)
    ) as progress:
        shared["progress"] = progress
        if not compare:
            return runner.run(scenarios[0], parameter_sets=sets, **shared, **record)
        shared |= {"margin": margin, "parameter_sets": sets}
        named = scenarios or sources.COMPARED
        results = runner.compare(named, structure=several, **shared, **record)
        if scenarios:
            return results
        return replace(results, remarks=(order_alone(record_teams=False, **shared),))


def _oddities(results: Results) -> Iterator[str]:
    """Yield how much was repaired, missing or odd in a client's files."""
    notes, path = results.organisation.notes, results.origin.path
    if notes and results.origin.files:
        kinds = "1 kind" if len(notes) == 1 else f"{len(notes)} kinds"
        yield f"{kinds} of gap or repair in the organisation: see uptake describe {path}"


def _print_profile(seconds: dict[str, float]) -> None:
    from time import process_time

    from rich.table import Table

    from sim.report.console import Terminal

    table = Table("stage", title="Where the time went", title_justify="left", box=None)
    table.add_column("seconds", justify="right")
    for name, spent in seconds.items():
        table.add_row(name, fixed(spent))
    table.add_row("processor time in all", fixed(process_time()), style="dim")
    Terminal(stderr=True).print(table)


def _planned_notes(results: Results, files: Sequence[str]) -> Iterator[str]:
    """Yield, for each file out of a plan's folder, both figures and why they differ."""
    for place, file in enumerate(map(Path, files)):
        if file.is_file() and (file.parent / "answer.json").is_file():
            yield from _note(results, place, file)


def _note(results: Results, place: int, file: Path) -> Iterator[str]:
    from sim.analysis.plan.result import ANSWER, StoredAnswer, read_answer
    from sim.numbers import figure
    from sim.results.manifest import file_hash

    try:
        answer = read_answer(file.parent)
        stored = StoredAnswer.read(answer, str(file.parent / ANSWER))
        written = {str(one["file"]): (k, one["sha256"]) for k, one in enumerate(answer["plans"])}
        sets = int(answer["parameter_sets"])
        at, digest = written[file.name]
        planned = stored.plans[at].value
    except (InputError, KeyError, TypeError, ValueError, IndexError):
        return  # somebody else's answer.json, or another file beside it
    measure = None if stored.asked is None or stored.asked.less else stored.asked.measure
    if planned is None or measure is None or measure.how in ("first", "worst team"):
        return
    here = float(results.measure(measure)[place].mean())
    why = f"{results.n_samples} of its {sets} parameter sets in other replicates, so by chance"
    if file_hash(file) != digest:
        why = "the file was changed since"
    elif results.n_samples == 1:
        why = (
            f"it was planned over {sets} parameter sets, this is the default set alone "
            "(--uncertainty parameters)"
        )
    yield (
        f"{results.names[place]}: {stored.objective} is {figure(planned.mean, stored.unit)} by "
        f"uptake plan and {figure(here, stored.unit)} here: {why}"
    )


@click.command()
@click.argument("folder", metavar="DIR", type=opt.PATH)
@click.option(
    "--organisation", metavar="PATH", type=opt.PATH, default=None,
    help="Where the organisation's files are now; they must be the same.",
)  # fmt: skip
@click.option(
    "--runs", type=opt.WholeInDigits(min=1), default=None,
    help="Of a study, only this many runs, spread evenly over it; all by default.",
)  # fmt: skip
@opt.THREADS
def reproduce(
    folder: Path, organisation: Path | None, runs: int | None, threads: int | None
) -> None:
    """Run what DIR holds again; say table by table whether every number is the same.

    DIR is what uptake run, compare or sweep has written. Ends with code 0 where all are the
    same, and 1 where any is not.
    """
    from sim.analysis.plan.result import ANSWER
    from sim.analysis.sweep.folder import PLAN_FILE

    if (folder / PLAN_FILE).is_file():
        checks = _study(folder, organisation, runs, threads)
    elif (folder / ANSWER).is_file():
        right = f"uptake plan {folder / 'plan.yaml'}: the same seed finds the same plan"
        raise refusal(str(folder), "", "is the answer of a search, not a table of runs", right)
    else:
        checks = _again(folder, organisation, threads)
    if not _all_same(checks):
        raise Exit(1)


def _again(folder: Path, organisation: Path | None, threads: int | None) -> list[TableCheck]:
    """Simulate the results of a run or a comparison again."""
    from sim.reproduce import check_tables, rerun
    from sim.results.manifest import read_manifest

    content = read_manifest(folder)
    _say_version(content)
    runs = len(content["scenarios"]) * content["replicates"]
    with opt.progress_bar(runs) as progress:
        results = rerun(content, folder, organisation, threads=threads, progress=progress)
    return check_tables(results, content, folder)


def _study(
    folder: Path, organisation: Path | None, runs: int | None, threads: int | None
) -> list[TableCheck]:
    """Simulate a study again, or a sample of its runs."""
    from sim.analysis.sweep import Study
    from sim.analysis.sweep.folder import read_study_manifest
    from sim.analysis.sweep.reproduction import rerun_study
    from sim.cli.study import sweep_bar

    content = read_study_manifest(folder)
    _say_version(content)
    with sweep_bar() as progress:
        rerun, checks = rerun_study(
            folder, runs=runs, organisation=organisation, workers=threads, progress=progress
        )
    stored = Study(folder).runs["stored"]
    opt.echo(f"{rerun:,} of {stored:,} stored runs were simulated again.", err=True)
    return checks


def _say_version(content: Mapping[str, Any]) -> None:
    from sim.extensions import entry, uptake_version

    if content.get("plugins", []) != entry():
        said = sorted({one["distribution"] for one in content.get("plugins", [])}) or ["none"]
        opt.echo(f"Note: written with other plugins than are here: {', '.join(said)}", err=True)
    wrote = content["uptake"].get("version")
    if wrote != uptake_version():
        opt.echo(f"Note: written by Uptake {wrote}, run again by {uptake_version()}", err=True)


def _all_same(checks: list[TableCheck]) -> bool:
    """Show what came out of each table; return whether every number is the same."""
    from rich.table import Table

    from sim.report.console import Terminal

    console = Terminal(highlight=False)
    table = Table("table", "result", "largest difference", box=None, pad_edge=False)
    for check in checks:
        table.add_row(check.name, check.said, check.difference_text)
    console.print(table)
    same = all(check.same for check in checks)
    console.print("\nEvery number is the same." if same else "\nNot every number is the same.")
    return same
