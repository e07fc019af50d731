"""One firm's figures: ``uptake calibrate`` fits to them, ``diagnose`` and ``track`` read them."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click
from click.exceptions import Exit

from sim.cli import options as opt
from sim.errors import refusal
from sim.extensions import need
from sim.numbers import fixed, points, share

if TYPE_CHECKING:
    from sim.analysis.calibration.definition import CalibrationStudy
    from sim.analysis.diagnosis.causes import Stored


@click.command()
@click.argument("study", type=opt.PATH)
@opt.into_folder("Folder of the result; results/calibration-STUDY by default.")
@click.option("--force", is_flag=True, help="Begin anew, and replace an earlier result.")
@click.option(
    "--check", is_flag=True,
    help="Do not fit: draw truths, answer them as the study's firms would, and say how often 90% "
    "bands would hold them (simulation-based calibration). Exit code 1 where not in 86% to 94%.",
)  # fmt: skip
@click.option(
    "--arviz", is_flag=True,
    help="Write posterior.nc as well, for ArviZ: chains, draws, predictions, data. Needs the "
    "extra arviz.",
)  # fmt: skip
@click.option(
    "--anyway", is_flag=True,
    help="Write a sample although no set reaches what was published or measured.",
)  # fmt: skip
@opt.THREADS
def calibrate(study: Path, out: Path | None, check: bool, **options: Any) -> None:
    """Fit parameters to targets, or to one firm's measured use: a posterior sample, not a point.

    STUDY is a YAML file, or a folder with study.yaml, that states settings, targets or tables of
    measured use, and the effort. A run that was stopped is taken up where it was when the same
    command is given again. The folder of the result holds report.md, tables, figures and
    posterior.csv, a line a parameter set, for --posterior of other commands. Where no set
    reaches a figure, no posterior.csv is written, and the exit code is 1.
    """
    from sim.analysis.calibration.reading import load_study
    from sim.report.calibration import REJECTED

    plan = load_study(study)
    folder = plan.path.parent if plan.path.stem == "study" else plan.path.with_suffix("")
    out = out or Path("results") / f"calibration-{folder.resolve().name}"
    for curve in plan.curves.values():
        opt.say_notes(curve.observed.notes)
    opt.echo(f"{plan.size}.", err=True)
    if check:
        _check(plan, options["threads"])
        return
    if options["arviz"]:
        need("arviz", where="--arviz")
    far = _fit(plan, out, **options)
    if not far:
        opt.echo(f"\nWritten to {out}")
        return
    opt.echo(f"\nOut of every set's reach: {'; '.join(far)}.")
    if options["anyway"]:
        opt.echo(f"Written to {out} all the same: read report.md before the sample is used.")
        return
    opt.echo(f"No posterior is written. Tables and figures are in {out}, the sets in {REJECTED}.")
    raise Exit(1)


def _fit(plan: CalibrationStudy, out: Path, *, force: bool, **options: Any) -> list[str]:
    """Fit, write and print; return what is out of reach."""
    from time import monotonic

    from sim.analysis.calibration.fit import fit
    from sim.analysis.calibration.reach import reach
    from sim.report.calibration import calibration_folder, finish_calibration, show_calibration

    threads = options["threads"]
    kept = calibration_folder(out, anew=force)
    start = monotonic()
    try:
        found = fit(plan, kept, threads=threads, say=lambda text: opt.echo(f"  {text}", err=True))
        reached = reach(found, kept, threads=threads)
    except KeyboardInterrupt:
        raise KeyboardInterrupt("the same command takes it up again.") from None
    far = finish_calibration(
        found, reached, out, monotonic() - start, anyway=options["anyway"],
        export=options["arviz"], threads=threads,
    )  # fmt: skip
    show_calibration(found, reached)
    return far


def _check(plan: CalibrationStudy, threads: int | None) -> None:
    """Say how often the study's bands would hold the truth; exit with 1 where they do not."""
    from sim.analysis.calibration.check import AIM
    from sim.analysis.calibration.check import check as checked

    result = checked(plan, threads=threads)
    found = result.found
    opt.echo(
        f"{found['truths']} truths drawn from where the search begins, answered once and found "
        f"again: {share(result.coverage)} of 90% bands hold them (standard error "
        f"{points(found['standard error of it'])} points), over {len(found['directions'])} "
        f"informed directions. {share(AIM[0])} to {share(AIM[1])} is as it should be."
    )
    for row in found["directions"]:
        opt.echo(f"  width left {fixed(row['width left'])}: {share(row['coverage'])} hold")
    wide = {name: ratio for name, ratio in result.chance.items() if ratio > 0.7}
    for name, ratio in wide.items():
        times = fixed(ratio, 1)
        opt.echo(f"  {name}: one firm's chance alone is {times} times the error that is given.")
    if not result.holds:
        if wide and result.coverage < AIM[0]:
            opt.echo(
                "Errors are too small for figures of one firm: once: true in their setting adds "
                "its chance, correlated as the model makes it."
            )
        raise Exit(1)


@click.command()
@click.argument("organisation", required=False)
@click.option(
    "--usage", metavar="FILE", type=opt.PATH,
    help="Who used the tool when: a tidy table (docs/tables.md), or exports, a file or a folder. "
    "That of an imported ORGANISATION by default.",
)  # fmt: skip
@click.option(
    "--survey", metavar="FILE", type=opt.PATH,
    help="Answers, as a form exports them; of persons by id, or without names.",
)  # fmt: skip
@click.option(
    "--plan", metavar="SCENARIO", help="What was done; access alone by default.",
)  # fmt: skip
@opt.first_day("A day of week 1, where weeks are dates; the first one measured by default.")
@opt.into_folder(
    "Write JSON, tables and a picture; uptake report and serve read them (--diagnosis DIR)."
)
@click.option(
    "--questionnaire", metavar="FILE", type=opt.PATH,
    help="Write the ten statements to ask as CSV, and do no more.",
)  # fmt: skip
@opt.POSTERIOR
@click.option("--seed", type=opt.WholeInDigits(0), default=0, show_default=True)
@opt.MARGIN
@opt.THREADS
def diagnose(
    organisation: str | None, usage: Path | None, survey: Path | None, plan: str | None,
    start: date | None, out: Path | None, questionnaire: Path | None, posterior: Path | None,
    seed: int, margin: str, threads: int | None,
) -> None:  # fmt: skip
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
        right = "a folder, or a shipped name; see uptake diagnose --help"
        raise refusal("uptake diagnose ORGANISATION", "", "is missing", right)
    least = opt.margin_from(margin)
    from sim.analysis.diagnosis import diagnose as found_in
    from sim.analysis.diagnosis import known_firm
    from sim.analysis.diagnosis.causes import stored
    from sim.posterior import said_of, sets_of
    from sim.runner import load_organisation, load_scenario

    rows = sets_of(posterior)
    firm = load_organisation(organisation)
    beside = Path(organisation) / "usage.csv"
    if usage is None and beside.is_file():
        usage = beside
    known = known_firm(
        firm, usage=usage, survey=survey, plan=load_scenario(plan) if plan else None,
        start=start,
    )  # fmt: skip

    def progress(step: str) -> None:
        if sys.stderr.isatty():
            opt.echo(f"… {step}", err=True)

    if posterior is not None:
        how = f"Parameter sets: {said_of(rows)}, taken as calibrated to this firm."
        known = replace(known, said=(*known.said, how))
    one = stored(
        found_in(known, rows, seed=seed, margin=least, even=posterior is None, threads=threads,
                 progress=progress),
        said_of(rows),
    )  # fmt: skip
    if out is not None:
        from sim.report.firm import write_diagnosis
        from sim.results.store import output_folder

        with output_folder(out) as folder:
            write_diagnosis(one, folder)
    _print(one)
    if out is not None:
        opt.echo(f"In {out}: diagnosis.json, tables, diagnosis.png")


def _write_questionnaire(file: Path) -> None:
    from sim.files import sweep_away, write_whole
    from sim.importing.sheet import pulse_csv

    if file.exists():
        raise refusal(f"--questionnaire {file}", "", "is there already", "the name of a new file")
    sweep_away(file.parent, deep=False)
    write_whole(file, pulse_csv())
    opt.echo(f"Ten statements: {file}. What a form exports of them, uptake import reads as it is.")


def _print(one: Stored) -> None:
    from rich.text import Text

    from sim.page.words import conditions_words, diagnosis_sentence, doubts, questions_words
    from sim.report.console import Terminal
    from sim.report.firm import tables

    console = Terminal(highlight=False)
    console.print(Text(diagnosis_sentence(one), style="bold"))
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


@click.command()
@click.argument("organisation", metavar="ORGANISATION")
@click.option(
    "--usage", metavar="FILE", type=opt.PATH, required=True,
    help="Measured use, week by week: a tidy table (docs/tables.md), or exports, a file or folder.",
)  # fmt: skip
@click.option(
    "--plan", metavar="FILE", required=True,
    help="What is carried out: a scenario file, such as uptake plan writes, or a shipped name.",
)  # fmt: skip
@opt.first_day("A day of week 1 of the plan, where the weeks of the measured use are dates.")
@click.option(
    "--by", type=opt.OneOf(["team", "role", "level", "whole"]), default=None,
    help="How persons are put together: by team by default; whole: no groups.",
)  # fmt: skip
@click.option(
    "--weeks", type=opt.WholeInDigits(1, 1040), default=None,
    help="How far to look, in place of the plan's own length.",
)  # fmt: skip
@opt.POSTERIOR
@click.option(
    "--sets", type=opt.WholeInDigits(16, 100_000), default=1024, show_default=True,
    help="Parameter sets that are weighed; four replicates each.",
)  # fmt: skip
@opt.seeded("The same seed gives the same numbers, on any number of threads.")
@opt.into_folder("Write a picture and tables into this folder.")
@click.option("--force", is_flag=True, help="Replace what an earlier week wrote into that folder.")
@opt.THREADS
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
    from sim.posterior import said_of, sets_of
    from sim.report.console import Terminal
    from sim.report.firm import show_track, track_folder, write_track
    from sim.runner import load_organisation, load_scenario

    rows = sets_of(options["posterior"])
    people = load_organisation(organisation)
    scenario = load_scenario(options["plan"])
    weeks = options["weeks"] or scenario.weeks
    by = WHOLE if options["by"] == "whole" else options["by"]
    observed = read_usage(options["usage"], weeks, options["start"], people, by)
    opt.say_notes(observed.notes)
    out: Path | None = options["out"]
    if out is not None:
        track_folder(out, force=options["force"])
    try:
        with opt.progress_bar(max(options["sets"], len(rows)) * REPLICATES) as progress:
            pool = pool_of(
                scenario, people, observed, rows, weeks=weeks, sets=options["sets"],
                seed=options["seed"], threads=options["threads"], progress=progress,
            )  # fmt: skip
    except ValueError as error:
        raise refusal(str(options["usage"]), "", str(error), "by team") from None
    found = tracked(pool, seed=options["seed"])
    console = Terminal()
    show_track(found, console)
    if out is not None:
        write_track(found, out, said_of(rows))
        console.print(f"\nWritten to {out}", highlight=False, soft_wrap=True)
