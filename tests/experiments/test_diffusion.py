"""The page about diffusion data shows what is recorded, and who won."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


@pytest.fixture(scope="module")
def script(repository: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "diffusion_run", repository / "experiments" / "diffusion" / "run.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


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
        assert {"Bass", "threshold", "logistic hazard", "as elsewhere", script.RICH} <= set(
            found["models"]
        )


def test_it_says_when_a_plain_model_wins(script: ModuleType, recorded: dict[str, Any]) -> None:
    found = recorded["data"]["brazil_farmers"]
    scores = {name: one["log_score"] for name, one in found["models"].items()}
    best = max(scores, key=lambda name: scores[name])
    assert ("Uptake is ahead" in script.winner(found)) == (best == script.RICH)
    found["models"][script.RICH]["log_score"] = 0.0
    assert "Uptake is ahead" in script.winner(found)


def test_the_figure_is_drawn(script: ModuleType, recorded: dict[str, Any]) -> None:
    found = recorded["data"]["med_innovation"]
    axes = [one for one in script.figure_of(found).axes if one.axison]
    assert [one.get_title(loc="left") for one in axes] == found["group_names"]
