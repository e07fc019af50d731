"""A calibration in the terminal: targets, what was learned, what goes together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.analysis.calibration.findings import answers_to_targets, correlated, learned, ruled_out

if TYPE_CHECKING:
    from sim.analysis.calibration.fit import Fit

__all__ = ["show_calibration"]

_SHOWN = 8


def show_calibration(found: Fit) -> None:
    """Print how every target is answered, and what the targets say about parameters."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    answers, about, pairs = answers_to_targets(found), learned(found), correlated(found)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("target", no_wrap=True)
    for name in ("figure", "prior", "posterior"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("errors away", justify="right")
    table.add_column("")
    for one in answers:
        style = {"met": "", "nearly": "dim", "not met": "bold"}[one.verdict]
        prior, posterior = (
            f"{band[1]:.2f} ({band[0]:.2f} to {band[2]:.2f})" for band in (one.prior, one.posterior)
        )
        figure = f"{one.observed:.2f}"
        table.add_row(
            one.name, figure, prior, posterior, f"{one.apart:+.1f}", one.verdict, style=style
        )
    console.print(table)
    met = sum(one.verdict == "met" for one in answers)
    informed = [one.name for one in about if one.informed]
    fitted = len(about) - len(found.study.left_out)
    said = [
        f"{met} of {len(answers)} figures met; {ruled_out(found):.0%} of the prior is ruled out.",
        f"{len(informed)} of {fitted} unknowns informed, most: {_few(informed)}.",
    ]
    if pairs:
        closest = [f"{p.one} and {p.other} ({p.correlation:+.2f})" for p in pairs]
        said.append(f"{len(pairs)} pairs go together, closest: {_few(closest)}.")
    said.append("Bands are the middle 90% of parameter sets: doubt about parameters.")
    for line in said:
        console.print(line, soft_wrap=True)


def _few(names: list[str]) -> str:
    return ", ".join(names[:_SHOWN]) or "none"
