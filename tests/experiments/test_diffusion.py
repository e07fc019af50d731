"""The page about diffusion data shows what is recorded, and who won."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from scripts import module_of


@pytest.fixture(scope="module")
def script(repository: Path) -> ModuleType:
    return module_of(repository / "experiments" / "diffusion" / "run.py")


@pytest.fixture
def recorded(repository: Path) -> dict[str, Any]:
    file = repository / "experiments" / "diffusion" / "result.json"
    content: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return content


def test_the_readme_shows_the_record(
    script: ModuleType, repository: Path, recorded: dict[str, Any]
) -> None:
    readme = (repository / "experiments" / "diffusion" / "README.md").read_text("utf-8")
    assert readme.endswith(script.page(recorded))
    for found in recorded["data"].values():
        plain = {"Bass", "threshold", "logistic hazard", "as elsewhere"}
        assert plain | {*script.OWN} == set(found["models"])
        assert [*found["terms"]] == [*script.LADDER, *script.CONTROLS]


def test_it_says_when_a_plain_model_wins(script: ModuleType, recorded: dict[str, Any]) -> None:
    found = recorded["data"]["brazil_farmers"]
    scores = {name: one["log_score"] for name, one in found["models"].items()}
    best = max(scores, key=lambda name: scores[name])
    assert ("Uptake is ahead" in script.winner(found)) == (best in script.OWN)
    found["models"][script.RICH]["log_score"] = 0.0
    assert "Uptake is ahead: Uptake." in script.winner(found)
    found["models"]["Bass"]["log_score"] = 1.0
    assert "A plain model wins: Bass." in script.winner(found)


def test_what_the_record_says(recorded: dict[str, Any]) -> None:
    """What the page tells in words holds in the record."""
    doctors, farmers = (recorded["data"][name] for name in ("med_innovation", "brazil_farmers"))
    for found, whole, step in ((doctors, -2.75, -2.76), (farmers, -2.55, -2.40)):
        assert found["models"]["Uptake, hazard"]["log_score"] >= whole
        assert found["models"]["Uptake, hazard"]["step_log_score"] >= step
    terms = farmers["terms"]
    ladder = ["Bass", "Bass, trend and group effect", "+ ties", "+ standing"]
    joint = [terms[name]["joint_log_score"] for name in ladder]
    assert joint == sorted(joint)
    shuffled = "+ standing, whom one listens to shuffled"
    assert terms[shuffled]["joint_log_score"] < terms["+ standing"]["joint_log_score"]
    assert 0.7 <= farmers["models"]["Uptake, hazard"]["inside_80"] <= 0.9


def test_the_table_of_terms_is_that_of_the_record(
    script: ModuleType, repository: Path, recorded: dict[str, Any]
) -> None:
    file = repository / "experiments" / "diffusion" / "terms.csv"
    with file.open(encoding="utf-8", newline="") as stream:
        lines = list(csv.DictReader(stream))
    assert len(lines) == sum(len(found["terms"]) for found in recorded["data"].values())
    for line in lines:
        got = recorded["data"][line["data"]]["terms"][line["hazard_with"]]
        assert float(line["step_log_score"]) == got["step_log_score"]


def test_the_figure_is_drawn(script: ModuleType, recorded: dict[str, Any]) -> None:
    found = recorded["data"]["med_innovation"]
    axes = [one for one in script.figure_of(found).axes if one.axison]
    assert [one.get_title(loc="left") for one in axes] == [
        f"group {name}" for name in found["group_names"]
    ]
