"""The command ``uptake new-plugin``: a working package with an intervention and its tests."""

from __future__ import annotations

import re
from pathlib import Path

import rich_click as click

from sim.cli.echo import echo

__all__ = ["files_of", "new_plugin"]

PROJECT = """\
[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "{name}"
version = "0.1.0"
description = "{words} for Uptake"
requires-python = ">=3.11"
dependencies = ["uptake-sim"]

[project.entry-points."uptake.interventions"]
{module} = "{module}:{cls}"

[tool.setuptools]
py-modules = ["{module}"]
"""

MODULE = '''\
"""An intervention for Uptake: change its name, its levers and its effects."""

from typing import ClassVar

from pydantic import Field

from sim.interventions.base import Activity, Part
from sim.interventions.effects import Effect
from sim.interventions.fields import Fraction


class {cls}(Activity):
    """People try the tool together on work of their own.

    Acts on  : capability and fit up; use is shown
    Audience : everyone by default
    Timing   : any start; one week
    Levers   : relevance [0, 1], dose [0, 5]
    Cost     : 6 hours a person
    Source   : ASSUMPTION
    """

    kind: ClassVar[str] = "{words}"

    hours: float = Field(6, ge=0, le=400, description="hours a person, in all")
    relevance: Fraction = Field(0.8, description="how far it is about one's own work")

    def parts(self) -> tuple[Part, ...]:
        """Return the effects; the first row carries the hours."""
        return (Part(Effect.TRAIN, relevance=self.relevance), Part(Effect.SHOWCASE, dose=0.5))
'''

TEST = '''\
"""The checks that Uptake's own interventions pass."""

from {module} import {cls}
from sim.testing import check_intervention


def test_intervention() -> None:
    check_intervention({cls})
'''

README = """\
# {name}

An intervention, `{words}`, for Uptake. Install it beside Uptake, and it is there in scenario files,
in sweeps and on the page:

```bash
pip install -e .
uptake plugins
uptake interventions "{words}"
pytest
```

```yaml
timeline:
  - access: {{start: 1}}
  - {words}: {{start: 3}}
```
"""


def files_of(name: str) -> dict[str, str]:
    """Return the texts of a new package by their paths in it.

    Parameters
    ----------
    name : str
        Lower-case words with hyphens.
    """
    bare = name.removeprefix("uptake-")
    said = {
        "name": name,
        "module": name.replace("-", "_"),
        "words": bare.replace("-", " "),
        "cls": "".join(word.capitalize() for word in bare.split("-")),
    }
    module = said["module"]
    texts = {
        "pyproject.toml": PROJECT,
        f"{module}.py": MODULE,
        f"tests/test_{module}.py": TEST,
        "README.md": README,
    }
    return {path: text.format(**said) for path, text in texts.items()}


@click.command("new-plugin")
@click.argument("name")
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(path_type=Path),
    default=None,
    help="The folder to write; NAME by default.",
)
def new_plugin(name: str, out: Path | None) -> None:
    """Write a package that adds an intervention, with its tests.

    NAME is the package's, in lower-case words with hyphens, such as uptake-lunch-talk.
    """
    from sim.errors import InputError, Problem
    from sim.folders import replaced

    if not re.fullmatch(r"[a-z]+(-[a-z]+)*", name) or name in ("sim", "uptake", "uptake-sim"):
        right = "lower-case words with hyphens, such as uptake-lunch-talk"
        raise InputError([Problem("NAME", "", f"is {name}", right)])
    folder = out or Path(name)
    if folder.exists():
        raise InputError([Problem(str(folder), "", "is there already", "another NAME or --out")])
    with replaced(folder, lambda _: False, "pyproject.toml") as work:
        for path, text in files_of(name).items():
            (work / path).parent.mkdir(exist_ok=True)
            (work / path).write_text(text, "utf-8")
    echo(f"Written to {folder}. Next: pip install -e {folder}, and uptake plugins.")
