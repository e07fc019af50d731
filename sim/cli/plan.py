"""The command ``uptake plan``: which conversation when, which team first, under a budget."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import rich_click as click

from sim.cli.echo import echo
from sim.cli.options import POSTERIOR, progress_bar, with_options

if TYPE_CHECKING:
    from sim.analysis.plan import Answer, Planner

__all__ = ["plan", "search_and_write", "search_options"]

F = TypeVar("F", bound=Callable[..., Any])


_OPTIONS = (
    click.option(
        "--out", metavar="DIR", type=click.Path(path_type=Path), default=None,
        help="Write scenario files, roadmap and tables into this folder, and keep all runs there: "
        "the same command goes on after an interruption.",
    ),
    click.option(
        "--runs", type=click.IntRange(100, 10_000_000), default=12_000, show_default=True,
        help="Runs of the search, at most; those of the report come besides.",
    ),
    click.option(
        "--minutes", type=click.FloatRange(min=0, min_open=True), default=None,
        help="Time for the search, at most; the answer may then differ between machines.",
    ),
    click.option(
        "--replicates", "--worlds", "replicates", type=click.IntRange(20, 100_000), default=200,
        show_default=True,
        help="Replicates from which figures are reported; they take part in no choice.",
    ),
    click.option(
        "--seed", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True,
        help="The same seed gives the same answer, on any number of threads.",
    ),
    POSTERIOR,
    click.option(
        "--organisation", metavar="PATH", default=None,
        help="In place of the file's own: a folder, a template file, or a shipped name.",
    ),
    click.option(
        "--threads", type=click.IntRange(1, 1024), default=None, help="Processors to use."
    ),
    click.option(
        "--pdf", is_flag=True,
        help="Print the steering paper to a PDF in DIR too, where there is Chromium.",
    ),
    click.option("--estimate", is_flag=True, help="Only say how much work it is."),
    click.option("--force", is_flag=True, help="Replace the answer to another problem in DIR."),
)  # fmt: skip


def search_options(command: F) -> F:
    """Add the options that planning and planning again share."""
    return with_options(_OPTIONS, command)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--start-from", metavar="FILE", type=click.Path(path_type=Path), default=None,
    help="A plan of your own to begin from, as a scenario file; it is in the race and in the "
    "tables. In place of the file's own start_from.",
)  # fmt: skip
@search_options
def plan(file: Path, **options: Any) -> None:
    """Find the rollout for a planner's problem FILE.

    Says first how much work it is. Ctrl-C ends the search with the best plan so far.
    """
    from sim.analysis.plan import Planner, load_problem
    from sim.analysis.plan.folder import EVALUATIONS
    from sim.posterior import sets_of
    from sim.runner import load_organisation

    problem = load_problem(file)
    if options["start_from"] is not None:
        problem = replace(problem, start_from=options["start_from"])
    people = load_organisation(options["organisation"] or problem.organisation)
    out: Path | None = options["out"]
    planner = Planner(
        problem,
        people,
        sets_of(options["posterior"]),
        options["seed"],
        options["runs"],
        options["replicates"],
        None if out is None else out / EVALUATIONS,
        options["threads"],
    )
    for note in planner.notes:
        echo(f"Note: {note}", err=True)
    search_cost = planner.search_cost()
    echo(str(search_cost), err=True)
    if options["estimate"]:
        return
    search_and_write(planner, search_cost.runs, options, options["organisation"])


def search_and_write(
    planner: Planner, runs: int, options: Mapping[str, Any], organisation: str | Path | None
) -> None:
    """Search; print the answer, and write it where it was asked for."""
    from contextlib import nullcontext

    from sim.analysis.plan.folder import EVALUATIONS, plan_folder
    from sim.report.document.pdf import write_pdf

    out: Path | None = options["out"]
    program = _printer(out) if options["pdf"] else ""
    keep = nullcontext() if out is None else plan_folder(out, planner.key, force=options["force"])
    try:
        with keep:
            with progress_bar(runs) as progress:
                answer = planner.answer(minutes=options["minutes"], progress=progress)
            _print_and_write(answer, out, organisation, options["posterior"])
            if program and out is not None:
                write_pdf(out / "steering.html", out / "steering.pdf", program=program)
                echo(f"Printed: {out / 'steering.pdf'}")
    except KeyboardInterrupt:
        if out is None:
            raise
        kept = any((out / EVALUATIONS).glob("*/*.npz"))
        what = "what was run until now is kept" if kept else "nothing was run yet, nothing is kept"
        raise KeyboardInterrupt(f"{what} in {out}; the same command goes on.") from None


def _printer(out: Path | None) -> str:
    """Return the browser that prints the steering paper, before any work is done."""
    from sim.errors import InputError, Problem
    from sim.report.document.pdf import browser

    if out is None:
        raise InputError([Problem("--pdf", "", "stands alone", "--out DIR beside it")])
    return browser()


def _print_and_write(
    answer: Answer, out: Path | None, organisation: str | Path | None, posterior: Path | None
) -> None:
    """Print the answer, and write it where it was asked for."""
    from io import StringIO

    from sim.posterior import said_of, sets_of
    from sim.report.console import Terminal
    from sim.report.plan_folder import write_answer
    from sim.report.plan_tables import show_answer
    from sim.sources import organisation_file

    console = Terminal()
    if out is None:
        show_answer(answer, console)
        return
    text = StringIO()
    show_answer(answer, Terminal(file=text, width=110, no_color=True))
    source = organisation or answer.problem.organisation
    place = None if source is None else organisation_file(source)
    names = write_answer(answer, out, text.getvalue(), place, said_of(sets_of(posterior)))
    extra = "" if place is None or place.is_file() else f" --organisation {place}"
    show_answer(answer, console)
    console.print(f"\nWritten to {out}; the roadmap is roadmap.png", highlight=False)
    if len(names) > 1:
        files = " ".join(str(out / name) for name in names[:2])
        console.print(
            f"  uptake compare {files}{extra} --uncertainty parameters",
            highlight=False,
            soft_wrap=True,
        )
