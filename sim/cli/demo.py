"""The command ``uptake demo``: the live page with the shipped comparison, as a walk."""

from __future__ import annotations

from typing import Any

import rich_click as click

from sim.cli.serve import carry_out, serve_options

__all__ = ["demo"]


@click.command()
@serve_options
def demo(**options: Any) -> None:
    """Open the live page on the shipped comparison, and be led through it.

    A made-up firm, two plans with the same measures in another order, a bet, and why.
    """
    carry_out((), stage="walk", **options)
