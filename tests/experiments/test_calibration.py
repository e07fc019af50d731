"""The reference calibration: its record, and that the shipped sample is its result."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from scripts import module_of
from sim.analysis.calibration.definition import CalibrationStudy
from sim.analysis.calibration.fit import answers
from sim.analysis.calibration.kernel import covariance, distances
from sim.analysis.calibration.reading import load_study
from sim.parameters import PARAMETERS
from sim.posterior import POSTERIOR_FILE, posterior
from sim.results.manifest import file_hash

FOLDER = Path(__file__).parents[2] / "experiments" / "calibration"
SAMPLE = 8
sbc = module_of(FOLDER / "sbc.py")


@pytest.fixture(scope="module")
def study() -> CalibrationStudy:
    return load_study(FOLDER)


@pytest.fixture(scope="module")
def manifest() -> dict[str, object]:
    return json.loads((FOLDER / "result" / "manifest.json").read_text("utf-8"))


def recorded(name: str) -> list[dict[str, str]]:
    with (FOLDER / "result" / name).open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_the_shipped_sample_is_the_recorded_result(manifest, study: CalibrationStudy) -> None:
    assert file_hash(POSTERIOR_FILE) == manifest["files"]["posterior.csv"]
    assert manifest["fingerprint"] == study.fingerprint, "calibrate again: the study has changed"
    assert manifest["seed"] == study.seed


def test_every_target_of_the_evidence_is_asked_and_no_other(study: CalibrationStudy) -> None:
    assert {t.target for t in study.targets.values()} == {f"T{i}" for i in range(1, 16)}
    evidence = (FOLDER.parents[1] / "docs" / "evidence.md").read_text("utf-8")
    for target in study.targets.values():
        for key in target.source.replace("ASSUMPTION", "").split("]"):
            name = key.strip(" ,[")
            assert not name or name in evidence or name == "seed documents"


def test_errors_follow_the_rule_of_the_study(study: CalibrationStudy) -> None:
    """One firm: a logit. A survey: half. A difference not assigned: half of itself."""
    for name, one in study.targets.items():
        if one.target in ("T1", "T12", "T14"):
            assert one.error == 1.0, name
        elif one.measure == "gap" and one.target in ("T4", "T5", "T15"):
            assert one.error == pytest.approx(one.observed / 2, abs=0.01), name
        elif one.target in ("T2", "T3", "T4", "T5", "T9", "T15") and one.measure in (
            "share",
            "firm",
        ):
            assert one.error == 0.5, name


def test_figures_of_one_survey_err_together(study: CalibrationStudy) -> None:
    for block in study.blocks.values():
        assert len({study.targets[name].target[:1] for name in block.signs}) == 1
        assert len({study.targets[name].source for name in block.signs}) == 1
    whole = covariance(study, np.zeros(len(study.targets)))
    assert (np.linalg.eigvalsh(whole) > 0).all()
    assert study.effort.chains >= 3
    assert study.effort.chains * study.effort.sets >= 256


def test_the_record_tells_every_target_and_every_unknown(study: CalibrationStudy) -> None:
    assert [row["name"] for row in recorded("targets.csv")] == list(study.targets)
    assert {row["name"] for row in recorded("parameters.csv")} == set(study.unknowns)
    idle = [r for r in recorded("parameters.csv") if r["name"] in study.left_out]
    assert all(row["informed"] == "False" for row in idle)


def test_shipped_sets_answer_the_targets_in_new_replicates(study: CalibrationStudy) -> None:
    """Better than draws of the prior, and about as well as the record says."""
    rng = np.random.default_rng(11)
    spread = {row["name"]: float(row["share_50"]) for row in recorded("parameters.csv")}
    points = rng.random((2 * SAMPLE, len(study.priors)))  # the second half: the prior
    for k, name in enumerate(study.unknowns):
        if name in study.parameters:
            below = sbc.share_below(PARAMETERS[name].prior, posterior(SAMPLE, seed=2)[name])
            points[:SAMPLE, k] = below
        elif name not in study.left_out:
            points[:SAMPLE, k] = spread[name]
    figures, _ = answers(study, points, 987_654, threads=1)
    apart = distances(study, figures, np.zeros(len(study.targets)))
    misfit = np.sqrt((apart**2).mean(axis=1))
    assert misfit[:SAMPLE].max() < np.median(misfit[SAMPLE:])
    for row, one in zip(recorded("targets.csv"), apart[:SAMPLE].T, strict=True):
        low, high = float(row["posterior_apart_5"]), float(row["posterior_apart_95"])
        middle = np.median(one)
        assert low - 1.0 < middle < high + 1.0 or row["at_most"] == "True", row["name"]
