"""The ODD+D description holds every rule, parameter, state and effect, and is current."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from sim.interventions.timeline import CATALOGUE
from sim.parameters import MECHANISMS, PARAMETERS
from sim.rules import RULES
from sim.state import STATE_VARIABLES, VISIBLE_VARIABLES


@pytest.fixture(scope="session")
def blocks(generator: ModuleType) -> ModuleType:
    """The module that makes the tables inside written pages."""
    assert generator
    return sys.modules["blocks"]


@pytest.mark.parametrize("name", ["odd.md", "plugins.md", "claims.md"])
def test_written_pages_are_current(generator: ModuleType, repository: Path, name: str) -> None:
    written = (repository / "docs" / name).read_text("utf-8")
    assert written == generator.WRITTEN[name](), "run: python docs/generate.py"


def test_every_rule_and_parameter_is_in_one_submodel(blocks: ModuleType) -> None:
    for kind, known in ((0, RULES.names()), (1, tuple(PARAMETERS))):
        listed = [name for parts in blocks.SUBMODELS.values() for name in parts[kind].split()]
        assert sorted(listed) == sorted(known)


def test_the_description_is_complete(repository: Path) -> None:
    text = (repository / "docs" / "odd.md").read_text("utf-8")
    names = [*RULES.names(), *PARAMETERS, *MECHANISMS]
    names += [v.name for v in (*VISIBLE_VARIABLES, *STATE_VARIABLES)]
    for name in names:
        assert f"`{name}`" in text or f"[{name}]" in text, name
    assert all(f"| {kind} |" in text for kind in CATALOGUE)


def test_terms_of_the_choice_come_from_the_code(blocks: ModuleType) -> None:
    terms = "\n".join(blocks.wiring("choice"))
    for term in ("b_trust * (trust - 0.5)", "b_mistake * mistake * (1.0 - climate)"):
        assert term in terms


def test_a_table_that_drifts_is_found(blocks: ModuleType, repository: Path) -> None:
    text = (repository / "docs" / "odd.md").read_text("utf-8")
    assert blocks.filled(text) == text
    assert blocks.filled(text.replace("| `b_trust` | trust |", "| `b_trust` | faith |")) == text
