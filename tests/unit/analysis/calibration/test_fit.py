from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from sim.analysis.calibration.findings import (
    answers_to_targets,
    central,
    correlated,
    learned,
    posterior_sets,
    ruled_out,
)
from sim.analysis.calibration.fit import answers, fit
from sim.analysis.calibration.observe import observe
from sim.analysis.calibration.study import load_study
from sim.cli import main
from sim.errors import InputError
from sim.parameters import PARAMETERS
from sim.posterior import read_sets


def call(*arguments: str) -> int:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    return int(end.value.code or 0)


def test_a_fit_comes_nearer_to_its_targets(study_folder: Path, tmp_path: Path) -> None:
    study = load_study(study_folder)
    found = fit(study, tmp_path / "kept", threads=2)
    assert found.posterior.gamma == 1
    first, last = found.populations[0].kernel, found.posterior.kernel
    assert np.median(last) > np.quantile(first, 0.9)
    sets = posterior_sets(found)
    assert len(sets) == study.effort.sets
    assert (sets["b_trust"] == PARAMETERS["b_trust"].value).all()  # neither fitted nor left out
    assert len(np.unique(sets["alarm_job"])) == len(sets)  # left out: drawn from its prior
    said = {answer.name: answer for answer in answers_to_targets(found)}
    assert said["users"].low < 0.33 < said["users"].high
    assert abs(said["users"].apart) < abs(said["users"].prior_apart[1])
    assert {one.name for one in learned(found)} == set(study.unknowns)
    assert not any(one.informed for one in learned(found) if one.name in study.left_out)
    assert all(-1 <= pair.correlation <= 1 for pair in correlated(found))
    assert 0 <= ruled_out(found) <= 1
    assert 0 <= central(found) < len(sets)


def test_threads_and_company_change_no_number(study_folder: Path) -> None:
    study = load_study(study_folder)
    points = np.random.default_rng(1).random((5, len(study.priors)))
    figures, chance = answers(study, points, 3, threads=1)
    again, _ = answers(study, points[2:4], 3, threads=2)
    assert (again == figures[2:4]).all()
    assert (chance >= 0).all()
    assert (answers(study, points, 4)[0] != figures).any()


def test_what_is_left_out_is_never_simulated(study_folder: Path) -> None:
    study = load_study(study_folder)
    points = np.full((2, len(study.priors)), 0.5)
    points[1, -len(study.left_out) :] = 0.9
    figures, _ = answers(study, points, 1, threads=1)
    assert (figures[0] == figures[1]).all()


def test_people_answer_what_they_did(study_folder: Path) -> None:
    study = load_study(study_folder)
    from sim.analysis.calibration.fit import sets_of

    sets = sets_of(study, np.full((2, len(study.priors)), 0.5))
    seen = observe(study, "pilot", sets, None, 1, threads=1)
    ask = study.targets["often"]
    people = seen.records[0].people
    assert people is not None
    days = people[0, ..., 0].astype(int) + people[0, ..., 1]  # sets, worlds, weeks, people
    often = (days[..., -4:, :].sum(axis=-2) >= 8).sum(axis=-1)
    done, asked = seen.counts(ask, ["plain"])
    assert (done[:, :, 0, 0] == often.T).all()
    assert (asked == 30).all()
    own, users = seen.counts(ask.model_copy(update={"of": "own"}), ["plain"])
    ever, _ = seen.counts(ask.model_copy(update={"of": "ever"}), ["plain"])
    assert (own <= users).all()
    assert (users <= ever).all()
    _, without = seen.counts(ask.model_copy(update={"among": "without access"}), ["plain"])
    assert (without == 0).all()


def test_a_stopped_run_is_taken_up_and_ends_the_same(study_folder: Path, tmp_path: Path) -> None:
    assert call("calibrate", str(study_folder), "--out", str(tmp_path / "whole")) == 0
    out = tmp_path / "stopped"
    command = [sys.executable, "-m", "sim", "calibrate", str(study_folder), "--out", str(out)]
    process = subprocess.Popen([*command, "--threads", "1"], stderr=subprocess.DEVNULL)
    while not (out / "populations" / "population-001.npz").exists():
        assert process.poll() is None
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not (out / "manifest.json").exists()
    assert call("calibrate", str(study_folder), "--out", str(out)) == 0
    names = {file.name for file in out.iterdir()}
    assert names == {file.name for file in (tmp_path / "whole").iterdir()}
    for name in ("posterior.csv", "targets.csv", "parameters.csv", "pairs.csv", "report.md"):
        assert (out / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert len(read_sets(out / "posterior.csv")) == 24


def test_a_finished_result_is_kept_unless_forced(
    study_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "manifest.json").write_text("{}")
    assert call("calibrate", str(study_folder), "--out", str(out)) == 2
    assert "--force to begin anew" in capsys.readouterr().err
    (out / "thesis.doc").write_text("mine")
    assert call("calibrate", str(study_folder), "--out", str(out), "--force") == 2
    assert "such as thesis.doc" in capsys.readouterr().err


def test_populations_of_another_study_are_refused(study_folder: Path, tmp_path: Path) -> None:
    study = load_study(study_folder)
    short = study.effort.model_copy(update={"sets": 8, "first": 1, "sweeps": 1, "last_sweeps": 0})
    fit(dataclasses.replace(study, effort=short), tmp_path, threads=1)
    with pytest.raises(InputError, match="belongs to another study"):
        fit(dataclasses.replace(study, fingerprint="0" * 64), tmp_path)
    (tmp_path / "population-000.npz").write_bytes(b"torn")
    with pytest.raises(InputError, match="cannot be read"):
        fit(study, tmp_path)
