"""Directions that the posterior supports in 95% of cases hold here too; nothing else is asserted.

Which these are is read from the recorded results, so a new calibration moves the tests with it.
Each study is simulated again on few parameter sets, and with the labels of its arms shuffled.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from claim_study import Study
from claim_study.evaluate import SURE
from claim_study.runs import cells_of, largest_twin_difference, run_arms
from scripts import module_of
from sim.analysis.claims import read_recorded
from sim.errors import InputError
from sim.organisation import Organisation, template
from sim.posterior import posterior
from sim.randomness import replicate_seeds

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = sorted(path.parent for path in (ROOT / "experiments" / "claims").glob("c[0-9]*/study.py"))
SETS, SEEDS = 16, 3


RUN = module_of(ROOT / "experiments" / "claims" / "run.py")


@pytest.fixture(scope="session")
def place() -> Organisation:
    """An organisation on which no claim was recorded."""
    return template(90, seed=23)


@pytest.fixture(scope="session")
def recorded() -> dict[str, Any]:
    """What is recorded of each claim, by its name."""
    try:
        return {row["id"]: row for row in read_recorded()}
    except InputError:
        pytest.skip("no claims are recorded")


def side_of(effect: dict[str, Any]) -> float:
    """Return the recorded side."""
    return 1.0 if effect["for"] >= SURE else -1.0


def in_direction(values: np.ndarray, effect: dict[str, Any]) -> float:
    """Return the share of sets that lie as clearly on the recorded side."""
    return float((side_of(effect) * values > effect["margin"]).mean())


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_sure_directions(folder: Path, place: Organisation, recorded: dict[str, Any]) -> None:
    study: Study = RUN.study_in(folder)
    sure = [
        (effect, row)
        for effect, row in zip(study.effects, recorded[study.id]["effects"], strict=True)
        if max(row["for"], row["against"]) >= SURE
    ]
    if not sure:
        pytest.skip("no direction is supported in 95% of cases")
    values = run_arms(study, place, posterior(SETS, seed=3), replicate_seeds(11, SEEDS, sets=SETS))
    cells = cells_of(study, values)
    shuffled = [cells.shuffled(np.random.default_rng(k)) for k in range(20)]
    for effect, row in sure:
        assert effect.name == row["name"]
        # Binomial(16, .95): fewer than 11 in one case in 10,000.
        assert in_direction(effect.of(cells), row) >= 11 / SETS, effect.name
        if study.shuffles and effect.directed:
            # The best of several arms beats one arm even when shuffled, but not by as much.
            often = np.mean([in_direction(effect.of(one), row) for one in shuffled])
            most = max(side_of(row) * effect.of(one).mean() for one in shuffled)
            here = side_of(row) * effect.of(cells).mean()
            assert often < 11 / SETS or here > most, f"{effect.name}: so it would, arms shuffled"


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_twins_are_equal_to_the_bit(folder: Path, place: Organisation) -> None:
    study = RUN.study_in(folder)
    assert largest_twin_difference(study, place, posterior(2), [1, 2]) == 0.0


def test_there_is_a_study_for_every_claim_of_the_evidence() -> None:
    studies = [RUN.study_in(folder) for folder in FOLDERS]
    assert [study.id for study in studies] == [f"C{k}" for k in range(1, 17)]
    text = (ROOT / "docs" / "evidence.md").read_text("utf-8")
    for study in studies:
        assert f"| {study.id} |" in text


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_records_agree(folder: Path, recorded: dict[str, Any]) -> None:
    """Study, result, README and the shipped table are of one piece."""
    from claim_study.pages import readme_of
    from claim_study.record import described, shipped_row

    study = RUN.study_in(folder)
    result = json.loads((folder / "result.json").read_text("utf-8"))
    assert described(study) == result["study"], "the study has changed: run it again"
    assert shipped_row(result) == recorded[study.id]
    assert (folder / "README.md").read_text("utf-8") == readme_of(result)
    assert result["found"]["controls"]["twin_largest_difference"] == 0.0
    assert result["manifest"]["sample"]["sets"] == result["found"]["sets"]
    figure = ROOT / "docs" / "images" / "claims" / f"{study.id.lower()}.png"
    assert figure.stat().st_size > 10_000


def test_records_are_of_the_sample_that_ships(recorded: dict[str, Any]) -> None:
    """A new posterior asks for a new run of the claims."""
    for name, row in recorded.items():
        sample = row["sample"]
        rows = np.ascontiguousarray(posterior(sample["sets"]))
        assert hashlib.sha256(rows.tobytes()).hexdigest() == sample["sha256"], name
