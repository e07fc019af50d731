"""The command ``uptake sensitivity``: what a study's outcomes hang on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

if TYPE_CHECKING:
    from sim.analysis.sweep.sensitivity import Sensitivity

__all__ = ["sensitivity"]

METHODS = ("sobol", "morris", "effects", "pawn", "delta")


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--outcome",
    "outcomes",
    metavar="NAME",
    multiple=True,
    help="Explain this outcome; may be repeated. The headlines by default.",
)
@click.option(
    "--method",
    type=click.Choice(METHODS),
    default=None,
    help="By default what the design was made for: Sobol for saltelli, Morris for morris, "
    "effects for factorial designs, PAWN for any other.",
)
@click.option("--seed", type=click.IntRange(0, 2**31), default=0, help="Of the bootstrap.")
def sensitivity(folder: Path, outcomes: tuple[str, ...], method: str | None, seed: int) -> None:
    """Say what a study's outcomes hang on, and how much of them is chance.

    DIR is the folder of uptake sweep. Tables and figures are written into DIR/sensitivity.
    """  # fmt: skip
    from sim.analysis.sweep import Study
    from sim.analysis.sweep.sensitivity import sensitivity as analyse
    from sim.cli.results import chosen_outcomes
    from sim.folders import replaced
    from sim.report.console import Terminal
    from sim.report.sensitivity import show_sensitivity
    from sim.sources import inside

    study = Study(folder)
    found = analyse(study, chosen_outcomes(study, outcomes), method, seed)
    inside(folder, "sensitivity")
    with replaced(folder / "sensitivity", _is_ours, "indices.csv") as work:
        _write(found, work)
    console = Terminal()
    show_sensitivity(found, console)
    console.print(f"\nWritten to {folder / 'sensitivity'}", highlight=False, soft_wrap=True)


def _is_ours(name: str) -> bool:
    return name.endswith((".csv", ".png", ".svg"))


def _write(found: Sensitivity, folder: Path) -> None:
    import csv
    import dataclasses
    from functools import partial

    from sim.report.sensitivity import draw_sensitivity
    from sim.report.style import save
    from sim.shown import defused

    for name, rows in (("indices", found.indices), ("noise", found.noise)):
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(one.name for one in dataclasses.fields(rows[0]))
            writer.writerows(map(defused, dataclasses.astuple(row)) for row in rows)
    for outcome in dict.fromkeys(index.outcome for index in found.indices):
        save(partial(draw_sensitivity, found, outcome), folder, outcome)
