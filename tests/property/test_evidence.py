"""Every number and rule says where it comes from, by a key that there is, or ASSUMPTION."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sim.interventions.timeline import CATALOGUE, facts
from sim.parameters import PARAMETERS
from sim.rules import RULES

EVIDENCE = Path(__file__).resolve().parents[2] / "docs" / "evidence.md"
KEYS = set(re.findall(r"^### (\w+)$", EVIDENCE.read_text("utf-8"), re.MULTILINE))
"""Keys of the evidence: the headings of its sources."""


def keys_in(text: str) -> set[str]:
    return set(re.findall(r"\[([A-Za-z]+\d*)\]", text))


def test_every_key_in_the_code_and_in_the_evidence_has_its_entry() -> None:
    sources = [parameter.source for parameter in PARAMETERS.values()]
    sources += [RULES[name].source for name in RULES.names()]
    sources += [facts(intervention)["Source"] for intervention in CATALOGUE.values()]
    used = set().union(*map(keys_in, sources))
    assert used
    linked = re.findall(r"\[(\w+)\]\(#(\w+)\)", EVIDENCE.read_text("utf-8"))
    assert all(key.lower() == anchor for key, anchor in linked)
    assert used | {key for key, _ in linked} <= KEYS


@pytest.mark.parametrize("name", PARAMETERS)
def test_source_of_a_parameter(name: str) -> None:
    source = PARAMETERS[name].source
    assert re.fullmatch(r"(\[\w+\] ?)*(?:(?<=\] )|^)?(ASSUMPTION)?", source), source
    assert "ASSUMPTION" in source or keys_in(source)
    assert keys_in(source) <= KEYS


@pytest.mark.parametrize("name", RULES.names())
def test_source_of_a_rule(name: str) -> None:
    source = RULES[name].source
    assert keys_in(source) <= KEYS
    named = re.search(r"\b(19|20)\d\d\b|McFadden|sampling|the same week's choice", source)
    assert "ASSUMPTION" in source or keys_in(source) or named


@pytest.mark.parametrize("kind", CATALOGUE)
def test_source_of_an_intervention(kind: str) -> None:
    source = facts(CATALOGUE[kind])["Source"]
    assert "ASSUMPTION" in source or keys_in(source)
    assert keys_in(source) <= KEYS
