"""The command ``uptake calibrate``: from published targets to a sample of parameter sets."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

from sim.cli.echo import echo

__all__ = ["calibrate"]


@click.command()
@click.argument("study", type=click.Path(path_type=Path))
@click.option(
    "--out", metavar="DIR", type=click.Path(path_type=Path), default=None,
    help="Folder of the result; results/calibration-STUDY by default.",
)  # fmt: skip
@click.option("--force", is_flag=True, help="Begin anew, and replace an earlier result.")
@click.option(
    "--threads", type=click.IntRange(1, 1024), default=None,
    help="Processors to use; all by default. Changes no number.",
)  # fmt: skip
def calibrate(study: Path, out: Path | None, force: bool, threads: int | None) -> None:
    """Fit parameters to targets: a posterior sample, not a point.

    STUDY is a YAML file, or a folder with study.yaml, that states settings, targets and the
    effort. A run that was stopped is taken up where it was when the same command is given
    again. The folder of the result holds report.md, tables, figures and posterior.csv, a line
    a parameter set.
    """
    from time import monotonic

    from sim.analysis.calibration.definition import load_study
    from sim.analysis.calibration.fit import fit
    from sim.analysis.calibration.reach import reach
    from sim.report.calibration import calibration_folder, finish_calibration
    from sim.report.calibration_terminal import show_calibration

    plan = load_study(study)
    folder = plan.path.parent if plan.path.stem == "study" else plan.path.with_suffix("")
    out = out or Path("results") / f"calibration-{folder.resolve().name}"
    kept = calibration_folder(out, anew=force)
    echo(f"{len(plan.targets)} figures to meet, {len(plan.priors)} unknowns.", err=True)
    start = monotonic()
    try:
        found = fit(plan, kept, threads=threads, say=lambda text: echo(f"  {text}", err=True))
        reached = reach(found, kept, threads=threads)
    except KeyboardInterrupt:
        raise KeyboardInterrupt("the same command takes it up again.") from None
    finish_calibration(found, reached, out, monotonic() - start)
    show_calibration(found, reached)
    echo(f"\nWritten to {out}")
