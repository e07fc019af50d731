"""The command ``uptake replan``: what was measured so far, and the remaining weeks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from sim.cli.plan import search_and_write, search_options, sets_from

if TYPE_CHECKING:
    from sim.analysis.plan.observed import Weighed

__all__ = ["replan"]

FEW = 20
"""Effective sample size below which it is said that there are few worlds like this one."""

FAR = 2.0
"""Distance of the nearest world above which it is said that none is like this one."""


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--observed", metavar="CSV", type=click.Path(path_type=Path), required=True,
    help="Measured usage: a column week, and weekly_users, habitual or others as shares.",
)  # fmt: skip
@click.option(
    "--start", metavar="DATE", type=click.DateTime(["%Y-%m-%d"]), default=None,
    help="A day of week 1, where the weeks of the measured usage are dates.",
)  # fmt: skip
@click.option(
    "--week", type=click.IntRange(1, 1040), default=None,
    help="The last week that is past; the last one measured by default.",
)  # fmt: skip
@click.option(
    "--carried-out", metavar="NAME", default="best.yaml", show_default=True,
    help="Which plan of DIR was carried out.",
)  # fmt: skip
@search_options
def replan(folder: Path, **options: Any) -> None:
    """Plan the remaining weeks of the plan in DIR, from what was measured.

    DIR is what uptake plan has written. Parameter sets are weighed by how well they agree
    with what was measured; what has begun is carried on.
    """
    from sim.analysis.plan.folder import EVALUATIONS, read_answer, read_plan, read_problem
    from sim.analysis.plan.observed import read_usage
    from sim.analysis.plan.replan import prepared
    from sim.errors import InputError, Problem
    from sim.runner import load_organisation

    about = read_answer(folder)
    problem, place = read_problem(folder, about)
    organisation = options["organisation"] or place
    start = options["start"]
    observed = read_usage(options["observed"], problem.weeks, start and start.date())
    for note in observed.notes:
        click.echo(f"Note: {note.what}.", err=True)
    week = options["week"] or observed.week
    if week < observed.week:
        what = f"is {week}, but week {observed.week} has been measured"
        raise InputError([Problem("--week", "", what, f"{observed.week} or later")])
    out: Path | None = options["out"]
    if out is not None and out.resolve() == folder.resolve():
        right = "another folder: the plan that was carried out stays as it is"
        raise InputError([Problem(f"--out {out}", "", "is the folder of the plan", right)])
    planner, weighed = prepared(
        problem,
        load_organisation(organisation),
        sets_from(options["posterior"]),
        read_plan(about, options["carried_out"]),
        observed,
        week=week,
        runs=options["runs"],
        worlds=options["worlds"],
        seed=options["seed"],
        by=options["by"],
        folder=None if out is None else out / EVALUATIONS,
        threads=options["threads"],
    )
    for line in _about(weighed):
        click.echo(line, err=True)
    effort = planner.effort()
    click.echo(str(effort), err=True)
    if options["estimate"]:
        return
    search_and_write(planner, effort.runs, options, organisation)


def _about(weighed: Weighed) -> list[str]:
    """Return what the weights say of the posterior."""
    lines = [
        f"{weighed.pool:,} worlds weighed by what was measured: effective sample size "
        f"{weighed.effective:.0f}, {weighed.different} different worlds to plan in."
    ]
    if weighed.nearest > FAR:
        lines.append(
            f"Warning: no world comes near what was measured (the nearest is {weighed.nearest:.1f} "
            "times as far off as chance and discrepancy explain): the plan's assumptions fail. "
            "Calibrate to your own figures before relying on this (uptake calibrate)."
        )
    elif weighed.effective < FEW:
        lines.append(
            "Warning: few worlds are like what was measured; the intervals below take the drawn "
            "worlds as given and are narrower than the doubt there is."
        )
    return lines
