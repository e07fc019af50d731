"""The command ``uptake plugins``: what other packages add, and whether it works."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import rich_click as click

from sim.cli.echo import echo

__all__ = ["plugins"]


@click.command()
def plugins() -> None:
    """List what installed packages add to Uptake.

    What is broken is named with the package it is in, and the exit code is 2.
    """
    from sim.errors import InputError, Problem
    from sim.extensions import extensions

    found = extensions()
    if not found:
        echo("No plugins: uptake new-plugin NAME writes one to begin with.")
    width = max((len(one.group) + len(one.name) for one in found), default=0)
    for one in found:
        said = f"{one.group} {one.name}".ljust(width + 3)
        echo(f"{said}{one.distribution} {one.version}")
    problems: list[Problem] = []
    for check in _checks():
        try:
            check()
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)


def _checks() -> list[Callable[[], object]]:
    """Return what fails where a plugin is broken."""
    from sim.extensions import extensions
    from sim.importing.sheets import importers
    from sim.interventions.catalogue import CATALOGUE
    from sim.results.series import own_outcomes
    from sim.runner import load_organisation

    def compiled_in() -> None:
        from sim.engine.checking import check_compiled_in  # rules are replaced with it

        check_compiled_in()

    organisations = (one.name for one in extensions("uptake.organisations"))
    return [
        lambda: dict(CATALOGUE),
        compiled_in,
        own_outcomes,
        importers,
        *(partial(load_organisation, name) for name in organisations),
    ]
