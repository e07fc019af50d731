"""The command ``uptake replan``: what was measured so far, and the remaining weeks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from sim.cli.echo import echo
from sim.cli.plan import search_and_write, search_options

if TYPE_CHECKING:
    from sim.analysis.plan.observed import WeighedReplicates

__all__ = ["replan"]


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
    help="Which plan of DIR was carried out, where --actual does not say what really happened.",
)  # fmt: skip
@click.option(
    "--actual", metavar="FILE", type=click.Path(path_type=Path), default=None,
    help="What really happened and is still planned, as a scenario file: slipped weeks, dropped "
    "sessions, attendance as it was. Copy a plan of DIR and edit it.",
)  # fmt: skip
@click.option(
    "--problem", "new", metavar="FILE", type=click.Path(path_type=Path), default=None,
    help="What may be placed from now on, and what there is: a plan file with new interventions, "
    "another budget or a longer run. That of DIR by default.",
)  # fmt: skip
@click.option(
    "--anyway", is_flag=True,
    help="Write a plan although nothing in the model is like what was measured.",
)  # fmt: skip
@search_options
def replan(folder: Path, **options: Any) -> None:
    """Plan the remaining weeks of the plan in DIR, from what was measured.

    DIR is what uptake plan has written. Parameter sets are weighed by how well they agree
    with what was measured; what has begun goes on, every wave ahead is placed anew.
    """
    from sim.analysis.firm.observed import read_usage
    from sim.analysis.plan import load_problem
    from sim.analysis.plan.folder import (
        EVALUATIONS,
        check_unedited,
        read_answer,
        read_plan,
        read_problem,
    )
    from sim.analysis.plan.humble import FAR
    from sim.analysis.plan.replan import prepared
    from sim.errors import InputError, Problem
    from sim.posterior import sets_of
    from sim.runner import load_organisation

    about = read_answer(folder)
    problem, place = read_problem(folder, about)
    organisation = options["organisation"] or place
    start = options["start"]
    observed = read_usage(
        options["observed"], problem.weeks, start.date() if start else problem.begins
    )
    for note in observed.notes:
        echo(f"Note: {note.what}.", err=True)
    week = options["week"] or observed.week
    if week < observed.week:
        what = f"is {week}, but week {observed.week} has been measured"
        raise InputError([Problem("--week", "", what, f"{observed.week} or later")])
    out: Path | None = options["out"]
    if out is not None and out.resolve() == folder.resolve():
        right = "another folder: the plan that was carried out stays as it is"
        raise InputError([Problem(f"--out {out}", "", "is the folder of the plan", right)])
    new = None if options["new"] is None else load_problem(options["new"])
    if options["actual"] is None:
        check_unedited(folder, about, options["carried_out"])
    planner, weighed = prepared(
        problem,
        load_organisation(organisation),
        sets_of(options["posterior"]),
        read_plan(about, options["carried_out"]),
        observed,
        week=week,
        actual=options["actual"],
        new=new,
        runs=options["runs"],
        replicates=options["replicates"],
        seed=options["seed"],
        folder=None if out is None else out / EVALUATIONS,
        threads=options["threads"],
    )
    for line in _about(weighed):
        echo(line, err=True)
    if weighed.nearest > FAR and not options["anyway"]:
        what = "nothing in the model is like what was measured: no plan is written"
        right = "uptake calibrate with your own figures; or --anyway, to see it all the same"
        raise InputError([Problem(str(options["observed"]), "", what, right)])
    search_cost = planner.search_cost()
    echo(str(search_cost), err=True)
    if options["estimate"]:
        return
    search_and_write(planner, search_cost.runs, options, organisation)


def _about(weighed: WeighedReplicates) -> list[str]:
    """Return what the weights say of the posterior."""
    from sim.analysis.plan.humble import FAR, FEW

    lines = [
        f"{weighed.pool:,} parameter sets weighed by what was measured: effective sample size "
        f"{weighed.effective:.0f}, {weighed.different} different replicates to plan in. Intervals "
        "count the effective sample size; bands hold what the model was found to be off by."
    ]
    if weighed.nearest > FAR:
        lines.append(
            f"Warning: no replicate comes near what was measured (the nearest is "
            f"{weighed.nearest:.1f} times as far off as chance and discrepancy explain): the "
            "plan's assumptions fail."
        )
    elif weighed.effective < FEW:
        lines.append(
            "Warning: few replicates are like what was measured; the bands are kept as wide as "
            "they were before."
        )
    return lines
