"""The command ``uptake calibrate``: from published targets to a sample of parameter sets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click
from click.exceptions import Exit

from sim.cli.echo import echo

if TYPE_CHECKING:
    from sim.analysis.calibration.definition import CalibrationStudy

__all__ = ["calibrate"]


@click.command()
@click.argument("study", type=click.Path(path_type=Path))
@click.option(
    "--out", metavar="DIR", type=click.Path(path_type=Path), default=None,
    help="Folder of the result; results/calibration-STUDY by default.",
)  # fmt: skip
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
@click.option(
    "--threads", type=click.IntRange(1, 1024), default=None,
    help="Processors to use; all by default. Changes no number.",
)  # fmt: skip
def calibrate(
    study: Path,
    out: Path | None,
    force: bool,
    check: bool,
    arviz: bool,
    anyway: bool,
    threads: int | None,
) -> None:
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
    figures = len(plan.targets) + sum(len(one.observed.weeks) for one in plan.curves.values())
    for curve in plan.curves.values():
        for note in curve.observed.notes:
            echo(f"Note: {note.what}.", err=True)
    echo(f"{figures} figures to meet, {len(plan.priors)} unknowns.", err=True)
    if check:
        _check(plan, threads)
        return
    if arviz:
        from sim.analysis.calibration.export import check_arviz

        check_arviz()
    far = _fit(plan, out, force=force, arviz=arviz, anyway=anyway, threads=threads)
    if not far:
        echo(f"\nWritten to {out}")
        return
    echo(f"\nOut of every set's reach: {'; '.join(far)}.")
    if anyway:
        echo(f"Written to {out} all the same: read report.md before the sample is used.")
        return
    echo(f"No posterior is written. Tables and figures are in {out}, the sets in {REJECTED}.")
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
        found = fit(plan, kept, threads=threads, say=lambda text: echo(f"  {text}", err=True))
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
    echo(
        f"{found['truths']} truths drawn from where the search begins, answered once and found "
        f"again: {result.coverage:.0%} of 90% bands hold them (standard error "
        f"{100 * found['standard error of it']:.1f} points), over {len(found['directions'])} "
        f"informed directions. {AIM[0]:.0%} to {AIM[1]:.0%} is as it should be."
    )
    for row in found["directions"]:
        echo(f"  width left {row['width left']:.2f}: {row['coverage']:.0%} hold")
    wide = {name: ratio for name, ratio in result.chance.items() if ratio > 0.7}
    for name, ratio in wide.items():
        echo(f"  {name}: one firm's chance alone is {ratio:.1f} times the error that is given.")
    if not result.holds:
        if wide and result.coverage < AIM[0]:
            echo("Errors are too small for figures of one firm: once: true in their setting adds "
                 "its chance, correlated as the model makes it.")  # fmt: skip
        raise Exit(1)
