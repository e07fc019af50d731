"""``uptake claims``: the table, one claim, JSON, and what it says where nothing is recorded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from sim.analysis import claims as record
from sim.cli import main
from sim.cli.catalogues import claims

EFFECT = {
    "name": "a less b", "unit": "share", "margin": 0.01, "mean": -0.031, "low": -0.1, "high": 0.02,
    "for": 0.02, "neither": 0.01, "against": 0.97,
}  # fmt: skip
ROW = {
    "id": "C3",
    "title": "The best of 24 orders",
    "claim": "This order is best.",
    "hypothesis": "No other is better.",
    "could_fail": "yes",
    "built_in": "No rule mentions order.",
    "informed_by": ["T4"],
    "note": "",
    "verdict": "contradicted",
    "sets": 8,
    "organisations": 2,
    "effects": [EFFECT],
    "prior_for": 0.1,
    "at_bounds": None,
    "region": {"sets": 8, "sets_failing": 8, "said": "it holds in too few to name a region"},
    "structure": {"organisation": "x", "sets": 2, "whole": -0.03, "without": {"norm": 0.05}},
    "controls": {"twin_largest_difference": 0.0, "shuffled": None},
    "stops": {
        "x": {"replicates": 4, "standard_error": 0.004, "tolerance": 0.01, "reached": True},
        "y": {"replicates": 8, "standard_error": 0.012, "tolerance": 0.01, "reached": False},
    },
    "sample": {"name": "posterior", "sets": 8, "sha256": "0"},
}


@pytest.fixture
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One claim on record."""
    file = tmp_path / "recorded.json"
    file.write_text(json.dumps([ROW]), "utf-8")
    monkeypatch.setattr(record.read_recorded, "__defaults__", (file,))
    return file


def said(*arguments: str) -> str:
    result = CliRunner().invoke(claims, arguments)
    assert result.exit_code == 0, result.output
    return result.output


def test_table(recorded: Path) -> None:
    assert recorded.is_file()
    text = said()
    for part in ("C3", "contradicted", "97%", "2%", "yes*", "not what happens in firms"):
        assert part in text


def test_one_claim(recorded: Path) -> None:
    assert recorded.is_file()
    text = " ".join(said("c3").split())
    for part in (
        "This order is best.",
        "fails as clearly in 97%",
        "−3.1 points (−10.0 to +2.0)",
        "does not hold in 8 of 8 parameter sets: it holds in too few",
        "it would be +5.0 points without `norm`",
        "The model could have said no.",
        "told a related pattern (T4)",
        "not reached on 1 of 2 organisations",
    ):
        assert part in text, part


def test_json(recorded: Path) -> None:
    assert recorded.is_file()
    assert json.loads(said("--json")) == [ROW]


def test_a_claim_that_is_not_there(recorded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert recorded.is_file()
    with pytest.raises(SystemExit) as ended:
        main(["claims", "C33"])
    assert ended.value.code == 2
    assert "C33: is not a claim — did you mean C3?" in capsys.readouterr().err


def test_nothing_recorded(recorded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recorded.unlink()
    with pytest.raises(SystemExit) as ended:
        main(["claims"])
    assert ended.value.code == 2
    assert "no claims are recorded yet" in capsys.readouterr().err
