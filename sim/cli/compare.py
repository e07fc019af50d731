"""The command ``uptake compare``: rollout plans lived through by the same people."""

from __future__ import annotations

from typing import Any

import rich_click as click
from click.core import ParameterSource

from sim.cli.options import Settings, carry_out, run_options

__all__ = ["compare"]

WORLDS_A_SET = 4
"""Worlds for each parameter set, unless said otherwise."""


@click.command()
@click.argument("files", nargs=-1, metavar="[FILE]...")
@run_options
@click.option(
    "--uncertainty",
    type=click.Choice(["parameters"]),
    default=None,
    help="Run over the calibrated parameter sets, and with one mechanism off at a time.",
)
@click.option(
    "--samples",
    type=click.IntRange(2, 100_000),
    default=100,
    show_default=True,
    help="Parameter sets, with --uncertainty; then 4 worlds for each unless --replicates says.",
)
def compare(files: tuple[str, ...], uncertainty: str | None, samples: int, **options: Any) -> None:
    """Compare rollout plans: the same people, the same luck.

    Each FILE is a scenario file, or the name of a shipped one. The first is the reference.
    Without any, training-first is compared with trust-before-tools.

    With --uncertainty parameters the verdict tells apart what is chance in the model, what is
    doubt about its parameters, and what is doubt about its structure.
    """
    from sim.errors import InputError, Problem
    from sim.shipped import COMPARED

    if len(files) == 1:
        right = f"two or more to compare, or uptake run {files[0]}"
        raise InputError([Problem("uptake compare", "", f"{files[0]} stands alone", right)])
    context: Any = click.get_current_context()

    def given(option: str) -> bool:
        return context.get_parameter_source(option) is not ParameterSource.DEFAULT

    if uncertainty is None:
        if given("samples"):
            right = "--uncertainty parameters beside it"
            raise InputError([Problem("--samples", "", "stands alone", right)])
    else:
        options["samples"] = samples
        if not given("replicates"):
            options["replicates"] = WORLDS_A_SET
    carry_out(Settings(**options), files or COMPARED, compare=True)
