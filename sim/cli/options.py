"""Options and arguments that several commands share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import rich_click as click

from sim.cli.echo import echo

if TYPE_CHECKING:
    from sim.report.brand import Brand
    from sim.results import Results

__all__ = [
    "ASSIGNMENTS",
    "BRAND",
    "HOUR_COST",
    "MARGIN",
    "ORGANISATION",
    "POSTERIOR",
    "SAMPLES",
    "THREADS",
    "Settings",
    "base_from",
    "brand_from",
    "carry_out",
    "diagnosis_from",
    "margin_from",
    "order_alone",
    "over_sets",
    "parameters_from",
    "planned_notes",
    "progress_bar",
    "run_options",
    "with_options",
]


F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Settings:
    """What the options of ``uptake run`` and ``uptake compare`` say."""

    replicates: int
    seed: int
    weeks: int | None
    assignments: tuple[str, ...]
    organisation: str | None
    out: Path | None
    force: bool
    threads: int | None
    by: str | None
    record: tuple[str, ...]
    details: bool
    profile: bool
    samples: int | None = None
    margin: str = "1"
    posterior: Path | None = None


ASSIGNMENTS = click.option(
    "--set", "assignments", metavar="NAME=VALUE", multiple=True,
    help="Set a parameter; may be repeated. See uptake parameters.",
)  # fmt: skip
ORGANISATION = click.option(
    "--organisation", metavar="PATH", default=None,
    help="A folder with people.csv and ties.csv, a template file, a shipped name, or a "
    "client's exports: a file, or a folder of them.",
)  # fmt: skip
BRAND = click.option(
    "--brand", type=click.Path(path_type=Path), default=None, metavar="FILE",
    help="YAML with logo, colours, client, author, date and title.",
)  # fmt: skip
HOUR_COST = click.option(
    "--hour-cost", type=click.FloatRange(min=0), default=0.0, show_default=True,
    help="Euros that an hour of a person costs, to price what would help most; 0: hours only.",
)  # fmt: skip
MARGIN = click.option(
    "--margin", metavar="POINTS", default="1", show_default=True,
    help="Smallest difference that matters, in percentage points.",
)  # fmt: skip
POSTERIOR = click.option(
    "--posterior", metavar="FILE", type=click.Path(path_type=Path), default=None,
    help="Parameter sets, as uptake calibrate writes them; the shipped sample by default.",
)  # fmt: skip
THREADS = click.option(
    "--threads", type=click.IntRange(1, 1024), default=None,
    help="Processors to use; all by default.",
)  # fmt: skip

SAMPLES = click.option(
    "--samples", type=click.IntRange(2, 100_000), default=100, show_default=True,
    help="Parameter sets, where there are several; then 4 replicates of each unless --replicates "
    "says.",
)  # fmt: skip

REPLICATES_A_SET = 4
"""Replicates of each parameter set, unless said otherwise."""


def over_sets(options: dict[str, Any], samples: int, *, wanted: bool) -> None:
    """Put the number of parameter sets, and of replicates of each, into a command's options.

    Parameters
    ----------
    samples : int
        What ``--samples`` says.
    wanted : bool
        Whether there are to be several sets.

    Raises
    ------
    InputError
        Where ``--samples`` stands alone.
    """
    from click.core import ParameterSource

    from sim.errors import InputError, Problem

    context: Any = click.get_current_context()

    def given(option: str) -> bool:
        return context.get_parameter_source(option) is not ParameterSource.DEFAULT

    if not wanted:
        if given("samples"):
            several = "--uncertainty parameters or " if "uncertainty" in context.params else ""
            right = f"{several}--posterior FILE beside it"
            raise InputError([Problem("--samples", "", "stands alone", right)])
        return
    options["samples"] = samples
    if not given("replicates"):
        options["replicates"] = REPLICATES_A_SET


_OPTIONS = (
    click.option(
        "--replicates", "-n", type=click.IntRange(1, 1_000_000), default=200, show_default=True,
        help="Replicates of each scenario; replicate i has the same random numbers in all of them.",
    ),
    click.option(
        "--seed", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True,
        help="The same seed gives the same numbers, on any number of threads.",
    ),
    click.option(
        "--weeks", type=click.IntRange(1, 1040), default=None,
        help="Length of the run, in place of the scenario's own.",
    ),
    ASSIGNMENTS,
    ORGANISATION,
    click.option(
        "--out", metavar="DIR", type=click.Path(path_type=Path), default=None,
        help="Write tables, charts and a manifest into this folder.",
    ),
    click.option("--force", is_flag=True, help="Replace earlier results in that folder."),
    THREADS,
    click.option("--by", type=click.Choice(["team"]), default=None, help="Add a table by team."),
    click.option(
        "--record", type=click.Choice(["teams", "people"]), multiple=True,
        help="With --out keep every week of each team (teams.parquet; else weeks 13, 26, 39, …) or "
        "each person's weeks (people.parquet); may be repeated.",
    ),
    click.option(
        "--details", is_flag=True,
        help="Print every figure with its range, at several weeks, differences and drivers.",
    ),
    click.option("--profile", is_flag=True, help="Say where the time went."),
)  # fmt: skip


def with_options(options: Sequence[Callable[[F], F]], command: F) -> F:
    """Add options to a command, in their order."""
    for option in reversed(options):
        command = option(command)
    return command


def run_options(command: F) -> F:
    """Add the options of ``Settings`` to a command."""
    return with_options(_OPTIONS, command)


def parameters_from(assignments: tuple[str, ...]) -> dict[str, float]:
    """Return the parameters that ``--set`` sets.

    Raises
    ------
    InputError
        With everything wrong in all of them: form, name, number and range.

    Examples
    --------
    >>> parameters_from(("b_trust=2",))
    {'b_trust': 2.0}
    """
    from sim.errors import InputError, Problem
    from sim.parameters import PARAMETERS, problems_of_parameter

    values: dict[str, float] = {}
    problems: list[Problem] = []
    for assignment in assignments:
        name, equals, text = (part.strip() for part in assignment.partition("="))
        where = f"--set {assignment}"
        if not equals or not name:
            problems.append(Problem(where, "", "is no assignment", "name=value, as b_trust=2"))
            continue
        try:
            value = float(text)
        except ValueError:
            problems.append(Problem(where, "", f"{text or 'nothing'} is no number", "a number"))
            value = PARAMETERS[name].value if name in PARAMETERS else 0.0
        if wrong := problems_of_parameter(name, value):
            problems.append(Problem(where, "", *wrong))
        if name in values:
            problems.append(Problem(where, "", f"{name} is set twice", "each parameter once"))
        values[name] = value
    if problems:
        raise InputError(problems)
    return values


def base_from(file: Path | None) -> Any:
    """Return the most central parameter set of a file, in place of the defaults.

    All of its sets are the posterior from here on; None without a file.
    """
    if file is None:
        return None
    from sim.posterior import central, read_sets, use

    rows = read_sets(file)
    use(rows)
    return central(rows)


def margin_from(text: str) -> float:
    """Return the margin that ``--margin`` sets, as a share.

    Raises
    ------
    InputError
        Where it is no number, or out of range.

    Examples
    --------
    >>> margin_from("2.5")
    0.025
    """
    from sim.contrast import is_margin
    from sim.errors import InputError, Problem

    try:
        margin = float(text) / 100
    except ValueError:
        margin = float("nan")
    if not is_margin(margin):
        right = "a number from 0 to under 100, as --margin 1"
        raise InputError([Problem(f"--margin {text}", "", "is no number of points", right)])
    return margin


@contextmanager
def progress_bar(runs: int) -> Iterator[Callable[[int], None] | None]:
    """Show a progress bar on standard error where that is a terminal.

    Gives the callable that takes how many runs have just ended.
    """
    from sim.report.console import Terminal

    console = Terminal(stderr=True)
    if not console.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), "runs")
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as progress:
        task = progress.add_task("compiling the first time, then running", total=runs)

        def ended(count: int) -> None:
            progress.update(task, advance=count, description="running")

        yield ended


def order_alone(**arguments: Any) -> str:
    """Return in one line what the order of the shipped plans does, licences in week 1 in both.

    Takes the arguments of ``sim.compare``: with the same, the same random numbers.
    """
    from sim.results.verdict import line_of
    from sim.runner import compare
    from sim.sources import ORDER_ALONE

    said = line_of(compare(ORDER_ALONE, **arguments), ("training first", "trust first"))
    return f"Order alone, licences in week 1 in both: {said}"


def carry_out(settings: Settings, scenarios: tuple[str, ...], *, compare: bool) -> None:
    """Run, write what was asked for, and print; without scenarios, the main comparison."""
    from sim.report.console import Terminal
    from sim.stages import profile, stage

    with profile() as seconds:
        parameters = parameters_from(settings.assignments)
        if settings.out is None:
            results = _results(settings, scenarios, parameters, compare)
        else:
            results = _written(settings, settings.out, scenarios, parameters, compare)
        from sim.report.terminal import show

        with stage("tables in the terminal"):
            console = Terminal()
            for note in (
                *results.warnings,
                *_oddities(results),
                *planned_notes(results, scenarios),
            ):
                echo(f"Note: {note}", err=True)
            show(results, console, details=settings.details, by_team=settings.by == "team")
            if settings.out is not None:
                console.print(f"\nWritten to {settings.out}", highlight=False, soft_wrap=True)
    if settings.profile:
        _print_profile(seconds)


def _written(
    settings: Settings,
    out: Path,
    scenarios: tuple[str, ...],
    parameters: dict[str, float],
    compare: bool,
) -> Results:
    from sim.results.store import output_folder

    with output_folder(out, force=settings.force) as folder:
        from sim.report.charts import Studio
        from sim.report.folder import write_results

        with Studio() as studio:
            results = _results(settings, scenarios, parameters, compare)
            every_week = "teams" in settings.record
            write_results(results, folder, out.absolute(), studio, every_week=every_week)
    return results


def _results(
    settings: Settings, scenarios: tuple[str, ...], parameters: dict[str, float], compare: bool
) -> Results:
    from sim import runner, sources
    from sim.stages import stage

    margin = margin_from(settings.margin)
    with stage("import"):
        import sim.engine.compiled  # noqa: F401

    shared: dict[str, Any] = {
        "organisation": settings.organisation,
        "replicates": settings.replicates,
        "seed": settings.seed,
        "weeks": settings.weeks,
        "parameters": parameters,
        "threads": settings.threads,
    }
    record: dict[str, Any] = {
        "record_teams": True if settings.by == "team" or "teams" in settings.record else None,
        "record_people": "people" in settings.record,
    }
    sets: Any = settings.samples
    if settings.posterior is not None and settings.samples is not None:
        from sim.posterior import chosen, read_sets

        whole = read_sets(settings.posterior)
        sets = chosen(whole, min(settings.samples, len(whole)), settings.seed)
    plans = len(scenarios) or len(sources.COMPARED) + len(sources.ORDER_ALONE)
    with progress_bar(plans * settings.replicates * (settings.samples or 1)) as progress:
        shared["progress"] = progress
        if not compare:
            return runner.run(scenarios[0], parameter_sets=sets, **shared, **record)
        shared["margin"] = margin
        shared["parameter_sets"] = sets
        results = runner.compare(
            scenarios or sources.COMPARED,
            structure=settings.samples is not None,
            **shared,
            **record,
        )
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
        table.add_row(name, f"{spent:.2f}")
    table.add_row("processor time in all", f"{process_time():.2f}", style="dim")
    Terminal(stderr=True).print(table)


def brand_from(file: Path | None) -> Brand:
    """Return whose a page or a report is; dated today where the file says no date.

    Raises
    ------
    InputError
        As ``sim.report.brand.load_brand``.
    """
    from datetime import date

    from sim.report.brand import Brand, load_brand

    brand = load_brand(file) if file else Brand()
    return brand if brand.date else replace(brand, date=date.today().isoformat())


def diagnosis_from(folder: str) -> dict[str, Any]:
    """Return what page and report say of a diagnosis that ``uptake diagnose`` wrote."""
    from sim.analysis.diagnosis.stored import read_stored
    from sim.page.diagnosis import diagnosis_part

    return diagnosis_part(read_stored(Path(folder)))


def planned_notes(results: Results, files: Sequence[str]) -> Iterator[str]:
    """Yield, for each file out of a plan's folder, both figures and why they differ."""
    for place, file in enumerate(map(Path, files)):
        if file.is_file() and (file.parent / "answer.json").is_file():
            yield from _note(results, place, file)


def _note(results: Results, place: int, file: Path) -> Iterator[str]:
    from sim.analysis.plan.folder import ANSWER, read_answer
    from sim.analysis.plan.stored import StoredAnswer
    from sim.errors import InputError
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
