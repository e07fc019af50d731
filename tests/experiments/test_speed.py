"""The benchmark runs, on small sizes, and what it recorded is what its README shows."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from scripts import module_of


@pytest.fixture
def speed(repository: Path) -> ModuleType:
    """The script of the benchmark."""
    return module_of(repository / "experiments" / "speed" / "run.py")


def test_it_measures(speed: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed, "first_compile", lambda: 1.0)  # it would compile everything anew
    monkeypatch.setattr(speed, "command", lambda *words: float(len(words)))
    result = speed.measure(replace(speed.QUICK, agents_weeks=1), lambda text: None)
    for figures in result.values():
        assert all(value > 0 for value in figures.values()), figures
    assert result["seconds"]["uptake compare --out"] == 3


def test_the_readme_shows_the_record(speed: ModuleType, repository: Path) -> None:
    folder = repository / "experiments" / "speed"
    table = (folder / "README.md").read_text("utf-8").partition(speed.MARK)[2]
    recorded = json.loads((folder / "result.json").read_text("utf-8"))
    for group in ("million person-weeks a second", "times as fast", "seconds"):
        for name, value in recorded[group].items():
            assert f"| {name} | {speed.shown(float(value))} |" in table


def test_the_readme_shows_how_soon_the_page_answers(repository: Path) -> None:
    folder = repository / "experiments" / "speed"
    page = module_of(folder / "page.py")
    recorded = json.loads((folder / "page.json").read_text("utf-8"))
    assert page.table(recorded) in (folder / "README.md").read_text("utf-8")


def test_the_readme_shows_where_the_time_goes(repository: Path) -> None:
    folder = repository / "experiments" / "speed"
    steps = module_of(folder / "steps.py")
    recorded = json.loads((folder / "steps.json").read_text("utf-8"))
    figures = recorded["nanoseconds a person and week"]
    parts = [value for name, value in figures.items() if name not in steps.WHOLE]
    assert sum(parts) == pytest.approx(figures["a week in all"], rel=0.02)
    assert steps.table(recorded) in (folder / "README.md").read_text("utf-8")


def test_large_exports_come_in_as_recorded(repository: Path) -> None:
    folder = repository / "experiments" / "speed"
    imports = module_of(folder / "imports.py")
    recorded = json.loads((folder / "imports.json").read_text("utf-8"))
    assert imports.shown(recorded) in (folder / "README.md").read_text("utf-8")
    assert [one["wall, s"] < 60 for one in recorded["figures"].values()] == [True, True]
    assert [one["memory, MiB"] < 2048 for one in recorded["figures"].values()] == [True, True]
    small = imports.measure(4_000, 5_000)["figures"]
    assert [one["people"] for one in small.values()] == [imports.PEOPLE] * 2
    assert small["usage export of 4,000 rows"]["rows of use"] == 4_000


def test_a_theory_of_a_plugin_is_as_quick_as_the_models_own(repository: Path) -> None:
    folder = repository / "experiments" / "speed"
    theories = module_of(folder / "theories.py")
    recorded = json.loads((folder / "theories.json").read_text("utf-8"))
    assert recorded["same bits"]
    assert recorded["ratio"] <= 1.10
    assert theories.shown(recorded) in (folder / "README.md").read_text("utf-8")


def test_the_readme_shows_how_long_whole_jobs_take(repository: Path) -> None:
    folder = repository / "experiments" / "speed"
    jobs = module_of(folder / "jobs.py")
    recorded = json.loads((folder / "jobs.json").read_text("utf-8"))
    assert set(recorded["jobs"]) == set(jobs.ASKED)
    assert jobs.table(recorded) in (folder / "README.md").read_text("utf-8")


def test_the_readme_shows_what_was_asked_and_reached(repository: Path) -> None:
    folder = repository / "experiments" / "speed"
    asked = module_of(folder / "asked.py")
    assert asked.table() in (folder / "README.md").read_text("utf-8")
    assert len(asked.figures()) == 12
