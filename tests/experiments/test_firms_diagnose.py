"""The diagnosis of firms whose truth is known: it runs, and its record is what its README shows."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType

import pytest

from scripts import module_of


@pytest.fixture(scope="module")
def study(repository: Path) -> ModuleType:
    """The script of the experiment."""
    return module_of(repository / "experiments" / "firms" / "diagnose.py")


def test_the_readme_shows_the_record(study: ModuleType, repository: Path) -> None:
    result = json.loads(study.RESULT.read_text("utf-8"))
    found = study.recorded()
    assert study.result_of(found) == result  # it is summed of the firms on record
    readme = (repository / "experiments" / "firms" / "README.md").read_text("utf-8")
    assert study.shown(result) in readme
    pulse = found["use and pulse"]
    assert [study.FIVE.index(one.strongest) for one in pulse] == [k % 5 for k in range(40)]


def test_a_firm_is_scored(study: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.analysis.diagnosis.pool.MOST_SETS", 48)
    monkeypatch.setattr("sim.analysis.diagnosis.pool.LEAST_SETS", 48)
    kind = study.KINDS["use and pulse"]
    (score,) = study.studied(kind, [3])
    assert score.strongest == "undefined_norm"  # the fourth of the five, by design
    assert len(set(score.named)) == 2
    assert sum(score.chances.values()) == pytest.approx(1, abs=1e-3)
    assert -1 <= score.along <= 1
    (again,) = study.studied(kind, [3])
    assert again == score
    base = study.firm(2)
    truth = study.truth_of(base, turn=2)
    assert truth.whole.argmax() == 2
    assert not (truth.base.others == truth.parameters[0]).any()
    (known,) = study.studied(study.KINDS["weights known"], [2])
    assert known.chances["job"] > score.chances["job"]
