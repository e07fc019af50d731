"""Lines on the terminal."""

from __future__ import annotations

import rich_click as click

from sim.shown import shown

__all__ = ["echo"]


def echo(text: object, *, err: bool = False, nl: bool = True) -> None:
    """Print a line without control sequences from files or names in it."""
    click.echo(shown(str(text)), err=err, nl=nl)
