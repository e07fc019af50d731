"""The command ``uptake run``: one rollout plan in many replicates."""

from __future__ import annotations

from typing import Any

import rich_click as click

from sim.cli.options import Settings, carry_out, run_options

__all__ = ["run"]


@click.command()
@click.argument("file")
@run_options
def run(file: str, **options: Any) -> None:
    """Run one rollout plan in many replicates.

    FILE is a scenario file, or the name of a shipped one.
    """
    carry_out(Settings(**options), (file,), compare=False)
