"""``uptake plan``: which conversation when, which team first; ``replan`` once it has begun."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from sim.cli import options as opt
from sim.errors import refusal
from sim.numbers import fixed

if TYPE_CHECKING:
    from sim.analysis.plan import Answer, Planner
    from sim.analysis.plan.replan import WeighedReplicates


_search_options = opt.together(
    opt.into_folder(
        "Write scenario files, roadmap and tables into this folder, and keep all runs there: "
        "the same command goes on after an interruption."
    ),
    click.option(
        "--runs", type=opt.WholeInDigits(100, 10_000_000), default=12_000, show_default=True,
        help="Runs of the search, at most; those of the report come besides.",
    ),
    click.option(
        "--minutes", type=opt.NumberInDigits(min=0, min_open=True), default=None,
        help="Time for the search, at most; the answer may then differ between machines.",
    ),
    click.option(
        "--replicates", "--worlds", "replicates", type=opt.WholeInDigits(20, 100_000), default=200,
        show_default=True,
        help="Replicates from which figures are reported; they take part in no choice.",
    ),
    opt.seeded("The same seed gives the same answer, on any number of threads."),
    opt.POSTERIOR,
    click.option(
        "--organisation", metavar="PATH", default=None,
        help="In place of the file's own: a folder, a template file, or a shipped name.",
    ),
    opt.THREADS,
    click.option(
        "--pdf", is_flag=True,
        help="Print the steering paper to a PDF in DIR too, where there is Chromium.",
    ),
    click.option("--estimate", is_flag=True, help="Only say how much work it is."),
    click.option("--force", is_flag=True, help="Replace the answer to another problem in DIR."),
)  # fmt: skip
"""What planning and planning again share."""


@click.command()
@click.argument("file", type=opt.PATH)
@click.option(
    "--start-from", metavar="FILE", type=opt.PATH, default=None,
    help="A plan of your own to begin from, as a scenario file; it is in the race and in the "
    "tables. In place of the file's own start_from.",
)  # fmt: skip
@_search_options
def plan(file: Path, **options: Any) -> None:
    """Find the rollout for a planner's problem FILE.

    Says first how much work it is. Ctrl-C ends the search with the best plan so far.
    """
    from sim.analysis.plan import Planner, load_problem
    from sim.analysis.plan.result import EVALUATIONS
    from sim.posterior import sets_of
    from sim.runner import load_organisation

    problem = load_problem(file)
    if options["start_from"] is not None:
        problem = replace(problem, start_from=options["start_from"])
    people = load_organisation(options["organisation"] or problem.organisation)
    out: Path | None = options["out"]
    planner = Planner(
        problem, people, sets_of(options["posterior"]), options["seed"], options["runs"],
        options["replicates"], None if out is None else out / EVALUATIONS, options["threads"],
    )  # fmt: skip
    for note in planner.notes:
        opt.echo(f"Note: {note}", err=True)
    _search_and_write(planner, options, options["organisation"])


def _search_and_write(
    planner: Planner, options: Mapping[str, Any], organisation: str | Path | None
) -> None:
    """Say how much work it is; search, print the answer, and write it where it was asked for."""
    from contextlib import nullcontext

    from sim.analysis.plan.result import EVALUATIONS, plan_folder
    from sim.report.document.beside import browser, write_pdf

    search_cost = planner.search_cost()
    opt.echo(str(search_cost), err=True)
    if options["estimate"]:
        return
    out: Path | None = options["out"]
    if options["pdf"] and out is None:
        raise refusal("--pdf", "", "stands alone", "--out DIR beside it")
    program = browser() if options["pdf"] else ""  # before any work is done
    keep = nullcontext() if out is None else plan_folder(out, planner.key, force=options["force"])
    try:
        with keep:
            with opt.progress_bar(search_cost.runs) as progress:
                answer = planner.answer(minutes=options["minutes"], progress=progress)
            _print_and_write(answer, out, organisation, options["posterior"])
            if program and out is not None:
                write_pdf(out / "steering.html", out / "steering.pdf", program=program)
                opt.echo(f"Printed: {out / 'steering.pdf'}")
    except KeyboardInterrupt:
        if out is None:
            raise
        kept = any((out / EVALUATIONS).glob("*/*.npz"))
        what = "what was run until now is kept" if kept else "nothing was run yet, nothing is kept"
        raise KeyboardInterrupt(f"{what} in {out}; the same command goes on.") from None


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
        command = f"  uptake compare {files}{extra} --uncertainty parameters"
        console.print(command, highlight=False, soft_wrap=True)


@click.command()
@click.argument("folder", metavar="DIR", type=opt.PATH)
@click.option(
    "--observed", metavar="FILE", type=opt.PATH, required=True,
    help="Measured usage: a table with a column week, and weekly_users, habitual or others as "
    "shares; or exports of use as uptake import reads them, a file or a folder.",
)  # fmt: skip
@opt.first_day("A day of week 1, where the weeks of the measured usage are dates.")
@click.option(
    "--week", type=opt.WholeInDigits(1, 1040), default=None,
    help="The last week that is past; the last one measured by default.",
)  # fmt: skip
@click.option(
    "--carried-out", metavar="NAME", default="best.yaml", show_default=True,
    help="Which plan of DIR was carried out, where --actual does not say what really happened.",
)  # fmt: skip
@click.option(
    "--actual", metavar="FILE", type=opt.PATH, default=None,
    help="What really happened and is still planned, as a scenario file: slipped weeks, dropped "
    "sessions, attendance as it was. Copy a plan of DIR and edit it.",
)  # fmt: skip
@click.option(
    "--problem", "new", metavar="FILE", type=opt.PATH, default=None,
    help="What may be placed from now on, and what there is: a plan file with new interventions, "
    "another budget or a longer run. That of DIR by default.",
)  # fmt: skip
@click.option(
    "--anyway", is_flag=True,
    help="Write a plan although nothing in the model is like what was measured.",
)  # fmt: skip
@_search_options
def replan(folder: Path, **options: Any) -> None:
    """Plan the remaining weeks of the plan in DIR, from what was measured.

    DIR is what uptake plan has written. Parameter sets are weighed by how well they agree
    with what was measured; what has begun goes on, every wave ahead is placed anew.
    """
    from sim.analysis.firm.kernel import FAR
    from sim.analysis.firm.observed import WHOLE, read_usage
    from sim.analysis.plan import load_problem
    from sim.analysis.plan.replan import prepared
    from sim.analysis.plan.result import EVALUATIONS, check_unedited, read_answer, read_plan
    from sim.analysis.plan.result import read_problem as of_folder
    from sim.files import real
    from sim.posterior import sets_of
    from sim.runner import load_organisation

    about = read_answer(folder)
    problem, place = of_folder(folder, about)
    organisation = options["organisation"] or place
    people = load_organisation(organisation)
    new = None if options["new"] is None else load_problem(options["new"])
    if (begins := options["start"] or problem.begins) is not None:
        begins -= timedelta(days=begins.weekday())
        problem = replace(problem, begins=begins)  # of --actual, and of what is written
        new = new and replace(new, begins=new.begins or begins)
    observed = read_usage(options["observed"], problem.weeks, begins, people, WHOLE)
    opt.say_notes(observed.notes)
    week = options["week"] or observed.week
    if week < observed.week:
        what = f"is {week}, but week {observed.week} has been measured"
        raise refusal("--week", "", what, f"{observed.week} or later")
    out: Path | None = options["out"]
    if out is not None and real(out) == real(folder):
        right = "another folder: the plan that was carried out stays as it is"
        raise refusal(f"--out {out}", "", "is the folder of the plan", right)
    if options["actual"] is None:
        check_unedited(folder, about, options["carried_out"])
    planner, weighed = prepared(
        problem, people, sets_of(options["posterior"]),
        read_plan(about, options["carried_out"]), observed, week=week, actual=options["actual"],
        new=new, runs=options["runs"], replicates=options["replicates"], seed=options["seed"],
        folder=None if out is None else out / EVALUATIONS, threads=options["threads"],
    )  # fmt: skip
    for line in _about(weighed):
        opt.echo(line, err=True)
    if weighed.nearest > FAR and not options["anyway"]:
        what = "nothing in the model is like what was measured: no plan is written"
        right = "uptake calibrate with your own figures; or --anyway, to see it all the same"
        raise refusal(str(options["observed"]), "", what, right)
    _search_and_write(planner, options, organisation)


def _about(weighed: WeighedReplicates) -> list[str]:
    """Return what the weights say of the posterior."""
    from sim.analysis.firm.kernel import FAR, FEW

    lines = [
        f"{weighed.pool:,} parameter sets weighed by what was measured: effective sample size "
        f"{fixed(weighed.effective, 0)}, {weighed.different} different replicates to plan in. "
        "Intervals count the effective sample size; the forecast and the bands of the roadmap hold "
        "what the model was found to be off by."
    ]
    if weighed.nearest > FAR:
        lines.append(
            f"Warning: no replicate comes near what was measured (the nearest is "
            f"{fixed(weighed.nearest, 1)} times as far off as chance and discrepancy explain): the "
            "plan's assumptions fail."
        )
    elif weighed.effective < FEW:
        lines.append(
            "Warning: few replicates are like what was measured; the bands are kept as wide as "
            "they were before."
        )
    return lines
