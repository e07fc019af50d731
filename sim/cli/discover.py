"""The command ``uptake discover``: which combinations lead to what is asked about."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

__all__ = ["discover"]


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--where",
    required=True,
    metavar="CONDITION",
    help="What is asked about, as habitual_w52 < 0.3; over means of replicates.",
)
def discover(folder: Path, where: str) -> None:
    """Find the combinations of assumptions and levers that lead to what is asked about.

    DIR is the folder of uptake sweep. With several scenarios, training_first.habitual_w52
    is the outcome under one of them. Needs the extra discovery.
    """  # fmt: skip
    from sim.analysis.sweep import Study
    from sim.analysis.sweep.discovery import discover as find
    from sim.report.console import Terminal
    from sim.report.sensitivity import show_discovery

    show_discovery(find(Study(folder), where), Terminal())
