"""The command ``uptake new-plugin``: a working package with its tests, of each kind of plugin."""

from __future__ import annotations

import re
from dataclasses import dataclass
from keyword import iskeyword
from pathlib import Path

import rich_click as click

from sim.cli.echo import echo

__all__ = ["KINDS", "PROJECT", "README", "Kind", "files_of", "new_plugin"]


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

[project.entry-points."uptake.{group}"]
{entry}

[tool.setuptools]
{files}
"""

README = """\
# {name}

{about}, `{called}`, for Uptake. Install it beside Uptake, then see that it is there and works:

```bash
pip install -e .
uptake plugins
pytest
```

{shown}
"""


@dataclass(frozen=True)
class Kind:
    """A kind of plugin.

    Parameters
    ----------
    group : str
        Of entry points, without ``uptake.``.
    called : str
        The name by which it is found.
    entry : str
        The line of ``pyproject.toml``.
    shown : str
        How to try it, in the README.
    data : dict of str to str
        Text of further files, by path beside the module: then it is a package with a folder.
    """

    group: str
    about: str
    called: str
    entry: str
    module: str
    test: str
    shown: str
    data: tuple[tuple[str, str], ...] = ()


INTERVENTION = Kind(
    group="interventions",
    about="An intervention",
    called="{words}",
    entry='{module} = "{module}:{cls}"',
    module='''\
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
''',
    test='''\
"""The checks that Uptake's own interventions pass."""

from {module} import {cls}
from sim.testing import check_intervention


def test_intervention() -> None:
    check_intervention({cls})
''',
    shown="""\
```yaml
timeline:
  - access: {{start: 1}}
  - {words}: {{start: 3}}
```""",
)

ORGANISATION = Kind(
    group="organisations",
    about="An organisation",
    called="{dashed}",
    entry='{dashed} = "{module}:PATH"',
    module='''\
"""A made-up organisation for Uptake; a folder with people.csv and ties.csv serves as well."""

from pathlib import Path

PATH = Path(__file__).with_name("organisation.yaml")
''',
    test='''\
"""That Uptake finds the organisation by its name, and can load it."""

from sim.testing import check_organisation


def test_organisation() -> None:
    assert check_organisation("{dashed}").made_up
''',
    shown="""\
```bash
uptake describe {dashed}
uptake compare --organisation {dashed}
```""",
    data=(
        (
            "organisation.yaml",
            """\
kind: template
name: Template - {words}
n_people: 60
seed: 5
span: {{low: 5, high: 9}}
departments:
  - {{name: North, share: 0.5, roles: {{adviser: 1}}}}
  - {{name: South, share: 0.5, roles: {{adviser: 0.7, accountant: 0.3}}}}
""",
        ),
    ),
)

RULE = Kind(
    group="rules",
    about="A rule in the place of one of the model's",
    called="hazard_of_beginning",
    entry='hazard_of_beginning = "{module}:hazard_of_beginning"',
    module='''\
"""A rule for Uptake, in the place of its own: change what it says, not what it is given."""

ENOUGH = 0.25


def hazard_of_beginning(
    alone: float, team: float, share: float, ties: float, near: float, pull: float
) -> float:
    """Weekly hazard of beginning to consider the tool: others count once they are a quarter.

    Equation : λ = pull · (p + [S ≥ 1/4] q S + [E ≥ 1/4] w E)
    Units    : alone 1/week [0, 2]; team 1/week [0, 5]; share 1 [0, 1]; ties 1/week [0, 5]; near 1
               [0, 1e9]; pull 1 [0, 1e9]
    Range    : [0, 1e20]
    Monotone : rises with alone, team, share, ties, near, pull
    Source   : Centola & Macy 2007, Complex contagions, for the form; ASSUMPTION: a quarter
    """
    by_team = team * share if share >= ENOUGH else 0.0
    by_ties = ties * near if near >= ENOUGH else 0.0
    return pull * (alone + by_team + by_ties)
''',
    test='''\
"""What Uptake asks of a rule that takes the place of its own."""

from sim.testing import check_rule


def test_rule() -> None:
    check_rule("hazard_of_beginning")
''',
    shown="It is in force in every run while it is installed; `uptake --no-plugins` is without.",
)

DECISION = Kind(
    group="decisions",
    about="A theory of take-up",
    called="{dashed}",
    entry='{dashed} = "{module}:{snake}"',
    module='''\
"""A theory for Uptake of how people take a tool up: change what it asks for and what it says."""

AT_ONCE = 1e20


def {snake}(near: float, trait: float, mean: float = 0.25, spread: float = 0.25) -> float:
    """Hazard of beginning to consider the tool: all at once at a person's own threshold.

    Decides  : take-up
    Equation : λ = 1e20 if E ≥ m + w · (2u - 1), else 0: thresholds even from m - w to m + w, so
               that with m < w some begin by themselves
    Units    : near 1 [0, 1e9]; trait 1 [0, 1]; mean 1 [0, 1]; spread 1 [0, 1]
    Range    : [0, 1e20]
    Monotone : rises with near; falls with trait, mean
    Source   : Granovetter 1978, Threshold models of collective behavior
    """
    return AT_ONCE if near >= mean + spread * (2.0 * trait - 1.0) else 0.0
''',
    test='''\
"""What Uptake asks of a theory, and what this one says."""

from {module} import {snake}
from sim.testing import check_theory


def test_theory() -> None:
    check_theory("{dashed}", mean=0.3)


def test_own_threshold() -> None:
    assert {snake}(0.0, 0.0, mean=0.25, spread=0.25) > 0.0
    assert {snake}(0.4, 1.0, mean=0.25, spread=0.25) == 0.0
''',
    shown="""\
```yaml
decision: {{takeup: {{{dashed}: {{mean: 0.3}}}}}}
timeline:
  - access: {{start: 1}}
```""",
)

OUTCOME = Kind(
    group="outcomes",
    about="An outcome",
    called="{snake}",
    entry='{snake} = "{module}:{snake}"',
    module='''\
"""An outcome for Uptake: change what it is worked out of."""

import numpy as np

HOURS_A_DAY = 0.5


def {snake}(use_days: np.ndarray, hours: np.ndarray) -> np.ndarray:
    """Hours won by use so far, less those spent on the rollout.

    Unit   : hours/person
    Source : ASSUMPTION: half an hour a day of use
    """
    return HOURS_A_DAY * np.cumsum(use_days, axis=-1) - hours
''',
    test='''\
"""That the outcome is there for every replicate and week, and what it is by hand."""

import numpy as np
from {module} import {snake}

from sim.testing import check_outcome


def test_outcome() -> None:
    check_outcome("{snake}")


def test_by_hand() -> None:
    found = {snake}(np.array([0.0, 2.0, 4.0]), np.array([1.0, 1.0, 1.0]))
    assert found.tolist() == [-1.0, 0.0, 2.0]
''',
    shown="""\
It is in the tables of `uptake compare --details`, and wherever a measure may stand: `{snake}_w26`
among the outcomes of a study, and as the objective of a plan.""",
)

IMPORTER = Kind(
    group="importers",
    about="A reader of files",
    called="{dashed}",
    entry='{dashed} = "{module}"',
    module='''\
"""A reader for Uptake: change how its files are recognised, and what is read of them."""

FIRST = "# roster"


def recognise(name: str, opening: bytes) -> bool:
    """Return whether a file is one of this kind, by its name or its first bytes."""
    return opening.startswith(FIRST.encode())


def read(name: str, data: bytes) -> dict[str, list[dict[str, str]]]:
    """Return the tables of a file by kind: here people, and who asks whom.

    Lines are ``person @ team`` and ``person > person``.
    """
    people, ties = [], []
    for line in data.decode("utf-8").splitlines()[1:]:
        if "@" in line:
            person, team = line.split("@")
            people.append({{"id": person.strip(), "team": team.strip()}})
        elif ">" in line:
            asks, asked = line.split(">")
            ties.append({{"source": asks.strip(), "target": asked.strip()}})
    return {{"people": people, "ties": ties}}
''',
    test='''\
"""That Uptake knows the file, and what it makes of it."""

from pathlib import Path

from sim.testing import check_importer

ROSTER = """# roster
a @ Sales
b @ Sales
c @ Finance
a > b
c > a
"""


def test_importer(tmp_path: Path) -> None:
    file = tmp_path / "people.roster"
    file.write_text(ROSTER, "utf-8")
    organisation = check_importer(file)
    assert (organisation.n_people, organisation.n_ties, organisation.n_teams) == (3, 2, 2)
''',
    shown="""\
```bash
uptake import people.roster --out firm
uptake compare --organisation people.roster
```""",
)

KINDS = {
    "intervention": INTERVENTION,
    "organisation": ORGANISATION,
    "rule": RULE,
    "decision": DECISION,
    "outcome": OUTCOME,
    "importer": IMPORTER,
}
"""What a plugin may add, by the word that asks for it."""


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
