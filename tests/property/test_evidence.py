"""Every number and rule says where it comes from, by a key that there is, or ASSUMPTION."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sim.interventions.catalogue import CATALOGUE, facts
from sim.parameters import PARAMETERS
from sim.rules import RULES

KEYS = {
    "Almog25",
    "BCG25",
    "Beaman21",
    "Bick26",
    "Blume10",
    "Castro25",
    "ChangJafri26",
    "Cochrane11",
    "Coletti16",
    "Colquitt00",
    "Dillon25",
    "Eckles24",
    "FaderHardie04",
    "FHH04",
    "Frazier17",
    "Gai25",
    "Gallup26",
    "Gartner",
    "GDS25",
    "HBR26",
    "HV25",
    "HVPNAS25",
    "Iyengar15",
    "JiangLavaysse18",
    "Kim15",
    "KPMG25",
    "Kumar25",
    "Lally10",
    "Nielsen",
    "Patriot24",
    "Slack24",
    "Slovic93",
    "Tatel25",
    "Train10",
    "VdBL01",
    "Viva",
    "WTI24",
    "Zhu23",
}
"""Keys of the table of evidence."""


def keys_in(text: str) -> set[str]:
    return set(re.findall(r"\[([A-Za-z]+\d*)\]", text))


def test_every_key_in_the_code_is_in_the_documents(repository: Path) -> None:
    document = repository / "docs" / "evidence.md"
    if not document.is_file():
        pytest.skip("there is no docs/evidence.md yet")
    sources = [parameter.source for parameter in PARAMETERS.values()]
    sources += [RULES[name].source for name in RULES.names()]
    sources += [facts(intervention)["Source"] for intervention in CATALOGUE.values()]
    used = set().union(*map(keys_in, sources))
    assert used
    text = document.read_text("utf-8")
    assert {key for key in used if key not in text} == set()


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
