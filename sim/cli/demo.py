"""The command ``uptake demo``: the live page as a guided walk."""

from __future__ import annotations

from typing import Any

import rich_click as click

from sim.cli.serve import carry_out, serve_options

__all__ = ["demo"]


@click.command()
@serve_options
def demo(**options: Any) -> None:
    """Open the live page, and be led through it in seven scenes.

    A made-up firm: licences alone, the training trap, a mandate, a bet, trust or training
    first, what would help most. --walk shows scenes of your own.
    """
    carry_out((), stage="walk", **options)
