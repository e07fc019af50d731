"""The command ``uptake compare``: rollout plans lived through by the same people."""

from __future__ import annotations

from typing import Any

import rich_click as click

from sim.cli.options import Settings, carry_out, run_options

__all__ = ["compare"]


@click.command()
@click.argument("files", nargs=-1, metavar="[FILE]...")
@run_options
def compare(files: tuple[str, ...], **options: Any) -> None:
    """Compare rollout plans: the same people, the same luck.

    Each FILE is a scenario file, or the name of a shipped one. The first is the reference.
    Without any, training-first is compared with trust-before-tools.
    """
    from sim.errors import InputError, Problem
    from sim.shipped import COMPARED

    if len(files) == 1:
        right = f"two or more to compare, or uptake run {files[0]}"
        raise InputError([Problem("uptake compare", "", f"{files[0]} stands alone", right)])
    carry_out(Settings(**options), files or COMPARED, compare=True)
