"""The diagnosis of firms whose truth is known: it runs, and its record is what its README shows."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest


@pytest.fixture(scope="module")
def study(repository: Path) -> ModuleType:
    """The script of the experiment."""
    file = repository / "experiments" / "firms" / "diagnose.py"
    spec = importlib.util.spec_from_file_location("firms_diagnose", file)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = loaded
    sys.path.insert(0, str(file.parent))
    try:
        spec.loader.exec_module(loaded)
    finally:
        sys.path.remove(str(file.parent))
    return loaded


def test_the_readme_shows_the_record(study: ModuleType, repository: Path) -> None:
    recorded = json.loads(study.RESULT.read_text("utf-8"))
    readme = (repository / "experiments" / "firms" / "README.md").read_text("utf-8")
    assert study.shown(recorded) in readme


def test_a_firm_is_scored(study: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.analysis.diagnosis.pool.MOST_SETS", 48)
    monkeypatch.setattr("sim.analysis.diagnosis.pool.LEAST_SETS", 48)
    (score,) = study.studied("use and pulse", [1])
    assert score.strongest in study.FIVE
    assert len(set(score.named)) == 2
    assert 0 < score.first <= 1
    assert -1 <= score.along <= 1
    (again,) = study.studied("use and pulse", [1])
    assert again == score
    truth = study.truth_of(study.firm(3), study.EXTREME, turn=2)
    assert truth.whole.argmax() == 2
    assert np.sort(truth.whole)[-2] + study.MARGIN < truth.whole[2]
