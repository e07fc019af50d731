"""The command ``uptake compare``: rollout plans run with the same people."""

from __future__ import annotations

from typing import Any

import rich_click as click

from sim.cli.options import (
    MARGIN,
    POSTERIOR,
    SAMPLES,
    Settings,
    carry_out,
    over_sets,
    run_options,
)

__all__ = ["compare"]


@click.command()
@click.argument("files", nargs=-1, metavar="[FILE]...")
@run_options
@MARGIN
@click.option(
    "--uncertainty",
    type=click.Choice(["parameters"]),
    default=None,
    help="Run over the calibrated parameter sets, and with one mechanism off at a time.",
)
@POSTERIOR
@SAMPLES
def compare(files: tuple[str, ...], uncertainty: str | None, samples: int, **options: Any) -> None:
    """Compare rollout plans: the same people, the same random numbers.

    Each FILE is a scenario file, or the name of a shipped one. The first is the reference.
    Without any, training-first is compared with trust-before-tools, and a line says what
    their order does alone: the same two plans with licences in week 1 in both.

    Weekly use comes first: its level at the end, its mean over all weeks, how soon half of
    all people use the tool; habitual use after it. Of a difference that is beyond chance and
    at least --margin it is said who is ahead; of one that lies within the margin, that the
    plans are practically the same; of any other, that it is too close to call.

    With --uncertainty parameters the verdict tells apart what is chance in the model, what is
    doubt about its parameters, and what is doubt about its structure; --posterior FILE does so
    over your own sets.
    """
    from sim.errors import InputError, Problem
    from sim.runner import load_scenario

    if len(files) == 1:
        load_scenario(files[0])  # a wrong file or name is said first
        right = f"two or more to compare, or uptake run {files[0]}"
        raise InputError([Problem("uptake compare", "", f"{files[0]} stands alone", right)])
    over_sets(options, samples, wanted=bool(uncertainty or options["posterior"]))
    carry_out(Settings(**options), files, compare=True)
