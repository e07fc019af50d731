"""``uptake validate`` and ``uptake schema``: kinds of file, and whether what they hold is good."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from sim.cli.options import PATH, OneOf, echo
from sim.errors import InputError, Problem, refusal
from sim.numbers import counted

if TYPE_CHECKING:
    from sim.organisation.organisation import Organisation


KINDS = {
    "scenario": ("sim.scenario.schema", "scenario_file_model"),
    "study": ("sim.analysis.sweep.schema", "study_file_model"),
    "plan": ("sim.analysis.plan.schema", "plan_file_model"),
    "calibration": ("sim.analysis.calibration.definition", "CalibrationFile"),
}
"""Kinds of file with a JSON Schema, the module that knows it, and its model or what makes it."""


def json_schema_of(kind: str) -> dict[str, Any]:
    """Return the JSON Schema of a kind of file."""
    return import_module(KINDS[kind][0]).json_schema()


def kind_of(path: Path) -> str:
    """Return the kind of a file: of ``KINDS`` or ``organisation``, a scenario in doubt.

    Raises InputError where it cannot be read, or no kind knows any of its keys.
    """
    from sim.document import parse, read_text

    root = parse(read_text(path, str(path)), str(path))
    keys = set(root.entries or ())
    known = {"scenario": len(keys & _keys("scenario"))}
    if known["scenario"] == len(keys):
        return "scenario"
    known |= {kind: len(keys & _keys(kind)) for kind in (*list(KINDS)[1:], "organisation")}
    kind = max(known, key=lambda one: known[one])
    if not known[kind]:
        what = f"is none of {', '.join(known)}: no kind of file has the key {min(keys)}"
        raise refusal(root.where, "", what, "the keys that uptake schema KIND lists")
    return kind


@cache
def _keys(kind: str) -> set[str]:
    """Return the keys that a kind of file may have."""
    if kind == "organisation":
        from sim.organisation.settings import FileSettings, Template

        return {*FileSettings.model_fields, *Template.model_fields}
    from sim.scenario.schema import keys_of

    module, name = KINDS[kind]
    found = getattr(import_module(module), name)
    return {*keys_of(found if isinstance(found, type) else found())}


Checked = tuple[str, tuple[object, ...]]
"""What a good file holds, in words, and warnings."""


@click.command()
@click.argument("files", nargs=-1, required=True, type=PATH)
@click.option(
    "--organisation",
    type=PATH,
    help="Check scenarios and plans against this organisation, instead of the one a file names.",
)
def validate(files: tuple[Path, ...], organisation: Path | None) -> None:
    """Check FILES, or shipped scenarios by name, without running them.

    Scenarios, studies, plans, calibrations and organisations, known by their content. One
    line for each good file, of a study and a plan with how much work it is; every problem,
    with file, line and column, on standard error, and exit code 2 if there is any.
    """
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
    where = scenario.where.get(("organisation",), str(path))
    people = _people(scenario.organisation, organisation, where)
    if people is None:
        return f"{scenario.size}, no organisation named", ()
    return f"{scenario.size}, {people.size}", scenario.check(people)


def _people(named: Path | None, given: Path | None, where: str) -> Organisation | None:
    """Return the organisation that is given, or that a file names."""
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
    raise refusal(where, "organisation", f"{named.name} does not exist", right)


def _study(path: Path) -> Checked:
    from sim.analysis.sweep import load_study
    from sim.cli.study import estimate_text

    return f"study: {estimate_text(load_study(path))}", ()


def _plan(path: Path, organisation: Path | None) -> Checked:
    from sim.analysis.plan import Planner, load_problem
    from sim.posterior import posterior

    problem = load_problem(path)
    things = f"plan: {len(problem.items)} to place, {counted(problem.weeks, 'week')}"
    where = problem.where.get(("organisation",), str(path))
    people = _people(problem.organisation, organisation, where)
    if people is None:
        return f"{things}, no organisation named", ()
    planner = Planner(problem, people, posterior())
    return f"{things}, {people.size}; {planner.search_cost()}", planner.layout.warnings


def _calibration(path: Path) -> Checked:
    from sim.analysis.calibration.reading import load_study

    study = load_study(path)
    return f"calibration: {study.size}", ()


def _organisation(path: Path) -> Checked:
    from sim.organisation import load

    return f"organisation: {load(path).size}", ()


@click.command()
@click.argument("kind", type=OneOf(list(KINDS)), default="scenario")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write to this file instead of standard output.",
)
def schema(kind: str, out: Path | None) -> None:
    """Print the JSON Schema of a kind of file: scenario, study, plan or calibration.

    An editor completes and checks a scenario whose first line says
    `# yaml-language-server: $schema=scenario.schema.json`, and so for the other kinds.
    """
    from sim.files import sweep_away, write_whole

    text = schema_text(kind)
    if out is None:
        echo(text, nl=False)
        return
    sweep_away(out.parent, deep=False)
    write_whole(out, text)
    echo(f"Written: {out}")


def schema_text(kind: str) -> str:
    """Return the JSON Schema of a kind of file, as it is printed."""
    from sim.document import to_json

    return to_json(json_schema_of(kind), 2)
