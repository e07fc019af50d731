"""``uptake validate``: check files without running them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from sim.cli.echo import echo

if TYPE_CHECKING:
    from sim.organisation.organisation import Organisation

__all__ = ["validate"]

Checked = tuple[str, tuple[object, ...]]
"""What a good file holds, in words, and warnings."""


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--organisation",
    type=click.Path(path_type=Path),
    help="Check scenarios and plans against this organisation, instead of the one a file names.",
)
def validate(files: tuple[Path, ...], organisation: Path | None) -> None:
    """Check FILES, or shipped scenarios by name, without running them.

    Scenarios, studies, plans, calibrations and organisations, known by their content. One
    line for each good file, of a study and a plan with how much work it is; every problem,
    with file, line and column, on standard error, and exit code 2 if there is any.
    """
    from sim.cli.kinds import kind_of
    from sim.errors import InputError, Problem
    from sim.sources import scenario_file

    checks: dict[str, Callable[[Path], Checked]] = {
        "study": _study,
        "calibration": _calibration,
        "organisation": _organisation,
        "plan": lambda path: _plan(path, organisation),
        "scenario": lambda path: _scenario(path, organisation),
    }
    problems: list[Problem] = []
    for file in files:
        try:
            path = scenario_file(file)
            said, warnings = checks[kind_of(path)](path)
        except InputError as error:
            problems += error.problems
            continue
        for warning in warnings:
            echo(f"warning: {warning}", err=True)
        echo(f"{file}: good ({said})")
    if problems:
        raise InputError(problems)


def _scenario(path: Path, organisation: Path | None) -> Checked:
    from sim.scenario import load

    scenario = load(path)
    entries = len(scenario.timeline)
    things = f"{entries} {'entry' if entries == 1 else 'entries'}, {scenario.weeks} weeks"
    where = scenario.where.get(("organisation",), str(path))
    people = _people(scenario.organisation, organisation, where)
    if people is None:
        return f"{things}, no organisation named", ()
    return f"{things}, {people.n_people} people", scenario.check(people)


def _people(named: Path | None, given: Path | None, where: str) -> Organisation | None:
    """Return the organisation that is given, or that a file names."""
    from sim.errors import InputError, Problem
    from sim.organisation import load
    from sim.sources import organisation_file

    if given is not None:
        return load(organisation_file(given))
    try:
        return None if named is None else load(organisation_file(named))
    except InputError:
        if named is None or named.exists():
            raise
    right = "a YAML file or a folder beside the file, a shipped name, or --organisation"
    what = f"{named.name} does not exist"
    raise InputError([Problem(where, "organisation", what, right)])


def _study(path: Path) -> Checked:
    from sim.analysis.sweep import load_study
    from sim.cli.sweep import estimate_text

    return f"study: {estimate_text(load_study(path))}", ()


def _plan(path: Path, organisation: Path | None) -> Checked:
    from sim.analysis.plan import Planner, load_problem
    from sim.posterior import posterior

    problem = load_problem(path)
    things = f"plan: {len(problem.items)} to place, {problem.weeks} weeks"
    where = problem.where.get(("organisation",), str(path))
    people = _people(problem.organisation, organisation, where)
    if people is None:
        return f"{things}, no organisation named", ()
    planner = Planner(problem, people, posterior())
    return f"{things}, {people.n_people} people; {planner.search_cost()}", planner.layout.warnings


def _calibration(path: Path) -> Checked:
    from sim.analysis.calibration.reading import load_study

    study = load_study(path)
    return f"calibration: {len(study.targets)} figures to meet, {len(study.priors)} unknowns", ()


def _organisation(path: Path) -> Checked:
    from sim.organisation import load

    return f"organisation: {load(path).n_people} people", ()
