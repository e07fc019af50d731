"""The command ``uptake new-plugin``: a working package with its tests, of each kind of plugin."""

from __future__ import annotations

import re
from keyword import iskeyword
from pathlib import Path

import rich_click as click

from sim.cli.echo import echo
from sim.cli.plugin_templates import KINDS, PROJECT, README

__all__ = ["files_of", "new_plugin"]


def files_of(name: str, adds: str = "intervention") -> dict[str, str]:
    """Return the texts of a new package by their paths in it.

    Parameters
    ----------
    name : str
        Lower-case words with hyphens.
    adds : str
        Of ``plugin_templates.KINDS``.
    """
    kind, bare = KINDS[adds], name.removeprefix("uptake-")
    said = {
        "name": name,
        "module": name.replace("-", "_"),
        "words": bare.replace("-", " "),
        "dashed": bare,
        "snake": bare.replace("-", "_"),
        "cls": "".join(word.capitalize() for word in bare.split("-")),
        "group": kind.group,
        "about": kind.about,
    }
    module = said["module"]
    said["files"] = f'py-modules = ["{module}"]'
    place = f"{module}.py"
    if kind.data:
        said["files"] = f'packages = ["{module}"]\npackage-data = {{{module} = ["*.yaml"]}}'
        place = f"{module}/__init__.py"
    for part in ("called", "entry", "shown"):
        said[part] = getattr(kind, part).format(**said)
    texts = {
        "pyproject.toml": PROJECT,
        place: kind.module,
        **{f"{module}/{path}": text for path, text in kind.data},
        f"tests/test_{module}.py": kind.test,
        "README.md": README,
    }
    return {path: text.format(**said) for path, text in texts.items()}


@click.command("new-plugin")
@click.argument("name")
@click.option(
    "--adds",
    type=click.Choice(list(KINDS)),
    default="intervention",
    show_default=True,
    help="What the package adds.",
)
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(path_type=Path),
    default=None,
    help="The folder to write; NAME by default.",
)
def new_plugin(name: str, adds: str, out: Path | None) -> None:
    """Write a package that adds something to Uptake, with its tests.

    NAME is the package's, in lower-case words with hyphens, such as uptake-lunch-talk.
    """
    from sim.errors import InputError, Problem
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
