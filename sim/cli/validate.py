"""``uptake validate``: check scenario files without running them."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

__all__ = ["validate"]


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--organisation",
    type=click.Path(path_type=Path),
    help="Check the audiences against this organisation, instead of the one the file names.",
)
def validate(files: tuple[Path, ...], organisation: Path | None) -> None:
    """Check scenario FILES, or shipped scenarios by name, without running them.

    One line for each good file; every problem, with file, line and column, on standard
    error, and exit code 2 if there is any.
    """
    from sim.errors import InputError, Problem

    problems: list[Problem] = []
    for file in files:
        try:
            line, warnings = _checked(file, organisation)
        except InputError as error:
            problems += error.problems
            continue
        for warning in warnings:
            click.echo(f"warning: {warning}", err=True)
        click.echo(line)
    if problems:
        raise InputError(problems)


def _checked(file: Path, organisation: Path | None) -> tuple[str, tuple[object, ...]]:
    """Return the line that says what a good file holds, and warnings."""
    from sim.errors import InputError, Problem
    from sim.organisation import load as load_organisation
    from sim.scenario import load
    from sim.shipped import organisation_file, scenario_file

    scenario = load(scenario_file(file))
    entries = len(scenario.timeline)
    things = f"{entries} {'entry' if entries == 1 else 'entries'}, {scenario.weeks} weeks"
    chosen = organisation_file(organisation) if organisation else scenario.organisation
    if chosen is None:
        return f"{file}: good ({things}, no organisation named)", ()
    if organisation is None and not chosen.exists():
        where = scenario.where.get(("organisation",), str(file))
        right = "a YAML file or a folder beside the scenario, or --organisation"
        problem = Problem(where, "organisation", f"{chosen.name} does not exist", right)
        raise InputError([problem])
    people = load_organisation(chosen)
    warnings = scenario.check(people)
    return f"{file}: good ({things}, {people.n_people} people)", warnings
