"""The command ``uptake run``: one rollout plan in many replicates."""

from __future__ import annotations

from typing import Any

import rich_click as click

from sim.cli.options import POSTERIOR, SAMPLES, Settings, carry_out, over_sets, run_options

__all__ = ["run"]


@click.command()
@click.argument("file")
@run_options
@POSTERIOR
@SAMPLES
def run(file: str, samples: int, **options: Any) -> None:
    """Run one rollout plan in many replicates.

    FILE is a scenario file, or the name of a shipped one. With --posterior FILE it is run over
    those parameter sets in place of the defaults.
    """
    over_sets(options, samples, wanted=options["posterior"] is not None)
    carry_out(Settings(**options), (file,), compare=False)
