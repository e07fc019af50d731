"""``uptake plugins``: what other packages add; ``uptake new-plugin`` writes such a package."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from keyword import iskeyword
from pathlib import Path
from string import Template

import rich_click as click

from sim.cli.options import echo, into_folder
from sim.errors import InputError, Problem
from sim.extensions import GROUPS, extensions

KINDS = tuple(group.removeprefix("uptake.").removesuffix("s") for group in GROUPS)
"""What a plugin may add, by the word that asks for it."""


@click.command()
def plugins() -> None:
    """List what installed packages add to Uptake.

    What is broken is named with the package it is in, and the exit code is 2.
    """
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
    from sim.importing.sheets import importers
    from sim.interventions.timeline import CATALOGUE
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


def files_of(name: str, adds: str = "intervention") -> dict[str, str]:
    """Return the texts of a new package by their paths in it.

    Parameters
    ----------
    name : str
        Lower-case words with hyphens.
    adds : str
        Of ``KINDS``.
    """
    from sim.document import parse

    file = Path(__file__).with_name("new_plugin.yaml")
    written = parse(file.read_text("utf-8"), file.name).plain()
    kind, bare = written["kinds"][adds], name.removeprefix("uptake-")
    module = name.replace("-", "_")
    data = kind.get("data", {})  # of a package that is a folder
    said = {
        "name": name,
        "module": module,
        "words": bare.replace("-", " "),
        "dashed": bare,
        "snake": bare.replace("-", "_"),
        "cls": "".join(word.capitalize() for word in bare.split("-")),
        "group": f"{adds}s",
        "about": kind["about"],
        "files": f'py-modules = ["{module}"]',
    }
    if data:
        said["files"] = f'packages = ["{module}"]\npackage-data = {{{module} = ["*.yaml"]}}'
    for part in ("called", "entry", "shown"):
        said[part] = Template(kind[part]).substitute(said)
    texts = {
        "pyproject.toml": written["project"],
        f"{module}/__init__.py" if data else f"{module}.py": kind["module"],
        **{f"{module}/{path}": text for path, text in data.items()},
        f"tests/test_{module}.py": kind["test"],
        "README.md": written["readme"],
    }
    return {path: Template(text).substitute(said) for path, text in texts.items()}


@click.command("new-plugin")
@click.argument("name")
@click.option(
    "--adds", type=click.Choice(KINDS), default="intervention", show_default=True,
    help="What the package adds.",
)  # fmt: skip
@into_folder("The folder to write; NAME by default.")
def new_plugin(name: str, adds: str, out: Path | None) -> None:
    """Write a package that adds something to Uptake, with its tests.

    NAME is the package's, in lower-case words with hyphens, such as uptake-lunch-talk.
    """
    from sim.folders import replaced

    known = re.fullmatch(r"[a-z]+(-[a-z]+)*", name) and name not in ("sim", "uptake", "uptake-sim")
    if not known or iskeyword(name.removeprefix("uptake-")):
        right = "lower-case words with hyphens, such as uptake-lunch-talk"
        raise InputError([Problem("NAME", "", f"is {name}", right)])
    folder = out or Path(name)
    if folder.exists():
        raise InputError([Problem(str(folder), "", "is there already", "another NAME or --out")])
    with replaced(folder, lambda _: False, "pyproject.toml") as work:
        for path, text in files_of(name, adds).items():
            (work / path).parent.mkdir(exist_ok=True)
            (work / path).write_text(text, "utf-8")
    echo(f"Written to {folder}. Next: pip install -e {folder}, and uptake plugins.")
