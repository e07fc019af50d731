"""A calibration in the terminal: targets, what was learned, what goes together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.analysis.calibration.convergence import converged
from sim.analysis.calibration.findings import (
    answers_to_targets,
    correlated,
    directions,
    learned,
    ruled_out,
)
from sim.analysis.calibration.reach import conflicts
from sim.numbers import fixed, share

if TYPE_CHECKING:
    from sim.analysis.calibration.fit import Fit
    from sim.analysis.calibration.reach import Reach

__all__ = ["show_calibration"]

_SHOWN = 8


def show_calibration(found: Fit, reached: Reach) -> None:
    """Print how every target is answered, and what the targets say about parameters."""
    from rich import box
    from rich.table import Table

    from sim.report.console import Terminal

    console = Terminal(highlight=False)
    answers, about, pairs = answers_to_targets(found, reached), learned(found), correlated(found)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("target", no_wrap=True)
    for name in ("figure", "posterior", "errors"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("")
    for one in answers:
        style = {"met": "", "strained": "dim", "not met": "bold"}[one.verdict]
        low, middle, high = (fixed(value) for value in one.posterior)
        band = f"{middle} ({low} to {high})"
        figure, away = fixed(one.observed), fixed(one.apart, 1, signed=True)
        table.add_row(one.name, figure, band, away, one.verdict, style=style)
    if answers:
        console.print(table)
    met = sum(one.verdict == "met" for one in answers)
    informed = [one.name for one in about if one.informed]
    fitted = len(about) - len(found.study.left_out)
    said = [
        f"{met} of {len(answers)} figures met; {share(ruled_out(found))} of the prior is ruled "
        "out.",
        f"{len(informed)} of {fitted} unknowns informed, most: {_few(informed)}.",
    ]
    said += _of_chains(found)
    if contrary := [f"{c.one} and {c.other}" for c in conflicts(found, reached)]:
        said.append(f"Contradict each other: {_few(contrary)}.")
    if pairs:
        closest = [f"{p.one} and {p.other} ({fixed(p.correlation, signed=True)})" for p in pairs]
        said.append(f"{len(pairs)} pairs go together, closest: {_few(closest)}.")
    said.append(
        "Bands are the middle 90% of parameter sets: doubt about parameters. Errors: standard "
        "errors between the figure and the median."
    )
    for line in said:
        console.print(line, soft_wrap=True)


def _of_chains(found: Fit) -> list[str]:
    agreed, narrow = converged(found), sum(one.width < 0.5 for one in directions(found))
    said = f"{narrow} directions narrowed below half of the prior's width. "
    said += (
        f"R-hat at most {fixed(agreed.worst_figures, 3)} on figures, "
        f"{fixed(agreed.worst_unknowns, 3)} on unknowns"
    )
    if len(found.chains) > 1:
        said += (
            f", over {len(found.chains)} chains; {agreed.sets} sets worth "
            f"{fixed(agreed.effective_figures, 0)} independent ones on figures, "
            f"{fixed(agreed.effective_unknowns, 0)} on unknowns"
        )
    return [said + "."]


def _few(names: list[str]) -> str:
    return ", ".join(names[:_SHOWN]) or "none"
