"""The count of journeys: where a value stays, by a known answer; and the map says what is so."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from scripts import module_of

FIRST = """
def go(value, name):
    made = turned(value)
    for _ in range(2):
        kept(made)
        turned(made)
    aside(name)
    return made.size

def kept(made):
    return [made for _ in "ab"]
"""
SECOND = """
class Made:
    @property
    def size(self):
        return measured(self)

def turned(value):
    return Made()

def measured(made):
    return 1

def aside(name):
    return name
"""


@pytest.fixture(scope="module")
def journeys(repository: Path) -> ModuleType:
    return module_of(repository / "docs/journeys.py")


def test_a_value_is_followed_from_module_to_module(journeys: ModuleType) -> None:
    second: dict[str, Any] = {"__name__": "sim.second"}
    exec(compile(SECOND, "second.py", "exec"), second)
    first = {**second, "__name__": "sim.first"}
    exec(compile(FIRST, "first.py", "exec"), first)
    value = object()
    trail = journeys.followed(lambda: (lambda: first["go"](value, "a name"), [value]))
    assert trail.stays == [
        ("sim.first", ["go"]),
        ("sim.second", ["turned"]),
        ("sim.first", ["kept"]),  # `turned` is passed already, `aside` is handed something else
    ]
    assert [form.__name__ for form in trail.forms] == ["Made"]  # reading `size` is no call


@pytest.mark.slow
def test_no_journey_is_longer_than_the_map_says(journeys: ModuleType, repository: Path) -> None:
    text = (repository / "docs/architecture.md").read_text("utf-8")
    rows = [line.split(" | ") for line in text.partition(journeys.BEGIN)[2].splitlines()[2:]]
    said = {row[0].removeprefix("| "): int(row[1]) for row in rows if len(row) > 4}
    assert list(said) == [title for _, title, _, _ in journeys.JOURNEYS.values()]
    for begin, title, _, _ in journeys.JOURNEYS.values():
        assert len(journeys.followed(begin).stays) <= said[title], title
