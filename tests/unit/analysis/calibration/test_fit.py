from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from commands import call
from sim.analysis.calibration import fit as module
from sim.analysis.calibration.definition import Firms
from sim.analysis.calibration.findings import (
    answers_to_targets,
    central,
    converged,
    correlated,
    learned,
    posterior_sets,
    ruled_out,
)
from sim.analysis.calibration.fit import CHECK, SEARCH, answers, fit, hash_of, seed_of, sets_of
from sim.analysis.calibration.kernel import by_block, figure, goal
from sim.analysis.calibration.observe import SimulatedSurvey, _drawn, _firms, observe
from sim.analysis.calibration.reach import reach
from sim.analysis.calibration.reading import load_study
from sim.analysis.calibration.smc import Population
from sim.errors import InputError
from sim.outcomes import OUTCOMES, PERSON_RECORD, Outcome
from sim.parameters import PARAMETERS, parameter_rows
from sim.posterior import read_sets
from sim.results.measure import Less, parse_measure
from sim.state import Flag

TABLES = ("posterior", "targets", "parameters", "pairs", "conflicts")


@pytest.mark.slow
def test_a_fit_comes_nearer_to_its_targets(study_folder: Path, tmp_path: Path) -> None:
    study = load_study(study_folder)
    found = fit(study, tmp_path / "kept", threads=2)
    assert found.posterior.gamma == 1
    first, last = found.prior.kernel, found.posterior.kernel
    assert np.median(last) > np.quantile(first, 0.9)
    sets = posterior_sets(found)
    assert len(sets) == study.effort.chains * study.effort.sets == len(found.check)
    assert (sets["b_fit"] == PARAMETERS["b_fit"].value).all()  # neither fitted nor left out
    assert len(np.unique(sets["alarm_job"])) == len(sets)  # left out: drawn from its prior
    said = {answer.name: answer for answer in answers_to_targets(found, reach(found, tmp_path))}
    assert said["users"].low < 0.33 < said["users"].high
    before = sum(answer.prior_apart[1] ** 2 for answer in said.values())
    assert sum(answer.apart**2 for answer in said.values()) < before
    assert {one.name for one in learned(found)} == set(study.unknowns)
    assert not any(one.informed for one in learned(found) if one.name in study.left_out)
    assert all(-1 <= pair.correlation <= 1 for pair in correlated(found))
    assert 0 <= ruled_out(found) <= 1
    assert 0 <= central(found) < len(sets)
    one_chain_is_as_if_alone(study, found, tmp_path)


def one_chain_is_as_if_alone(study, found, tmp_path: Path) -> None:
    """The first of several chains is what one chain gives; the others differ from the start."""
    chains = found.chains
    assert [len(one) for one in found.of_chains(found.check)] == [study.effort.sets] * 2
    assert not np.isin(chains[0][0].points, chains[1][0].points).any()
    assert seed_of(study, 0) == study.seed != seed_of(study, 1)
    alone = study.effort.model_copy(update={"chains": 1})
    again = fit(dataclasses.replace(study, effort=alone), tmp_path / "alone", threads=1)
    assert (again.posterior.points == chains[0][-1].points).all()
    assert (again.chance == found.chance).all()
    assert np.isnan(converged(again).effective_figures)
    assert 1 <= converged(found).effective_figures <= converged(found).sets


@pytest.mark.parametrize(
    "text",
    ["weekly_users_w8", "use_days_in_all", "peak_weekly_users", "trust_w6: plain less unseen",
     "use_days_in_all: unseen less plain"],
)  # fmt: skip
def test_a_target_may_name_whatever_a_measure_may(study_folder: Path, text: str) -> None:
    file, old = study_folder / "study.yaml", "of: use_days, arms: [plain], against: [unseen], "
    arms = "" if "less" in text else "arms: [plain], "
    changed = file.read_text().replace(old, f"of: '{text}', {arms}")
    file.write_text(
        changed.replace("weeks: [1, 8], observed", "observed").replace("ratio", "level")
    )
    study = load_study(study_folder)
    sets = sets_of(study, np.full((3, len(study.priors)), 0.6))
    sets["b_expect"] = 0.5, 1.0, 2.0
    seen = observe(study, "pilot", sets, None, 1, threads=1)
    value, _ = figure(study.targets["seen"], seen)
    asked = parse_measure(text, 8, seen.arms)
    records, people = seen.records[0], study.organisations["pilot"][0]
    if isinstance(asked, Less):
        same = asked.of(records, people, seen.arms)
    else:
        same = asked.of(records, people)[0]
    assert value == pytest.approx(same.mean(axis=-1), rel=1e-12)
    assert len(set(value)) == 3


def test_what_follows_a_first_use_is_counted_person_by_person(study_folder: Path) -> None:
    study = load_study(study_folder)
    sets = sets_of(study, np.full((2, len(study.priors)), 0.6))
    seen = observe(study, "pilot", sets, None, 1, threads=1)
    ask = study.targets["again"]
    people = seen.records[0].people
    assert people is not None
    used = people[0, ..., 0] > 0  # sets, replicates, weeks, people
    done, asked = seen.counts(ask, ["plain"])
    halves, _ = seen.counts(ask.model_copy(update={"of": "differences"}), ["plain"])
    for s in range(2):
        for w in range(3):
            yes = first = both = 0
            for person in used[s, w].T:
                begun = int(person.argmax())
                if person.any() and begun < 6:
                    first += 1
                    yes += bool(person[begun + 1 : begun + 3].any())
                    both += bool(person[begun + 1] and person[begun + 2])
            assert (done[w, s, 0, 0], asked[w, s, 0, 0]) == (yes, first)
            assert halves[w, s, 0, 2] == both
    assert asked.sum() > 0


def test_what_is_disclosed_of_a_use_is_what_others_can_see(study_folder: Path) -> None:
    study = load_study(study_folder)
    sets = sets_of(study, np.full((3, len(study.priors)), 0.6))
    sets["openness"] = 0.3, 0.6, 1.0
    seen = observe(study, "pilot", sets, None, 1, threads=1, replicates=4)
    ask = study.targets["again"].model_copy(update={"of": "after", "disclosed": True})
    all_use = seen.counts(ask.model_copy(update={"disclosed": False}), ["plain"])
    done, asked = seen.counts(ask, ["plain"])
    assert (done[:, 2] == all_use[0][:, 2]).all()  # where everything is open, all is seen
    assert (asked[:, 2] == all_use[1][:, 2]).all()
    assert (asked[:, :2].sum(axis=0) < all_use[1][:, :2].sum(axis=0)).all()
    # a week of d days is seen in 1 - (1 - v)^d of cases, v of the rule, whatever the week
    people = seen.records[0].people
    assert people is not None
    days, fear = people[0, 0, ..., 0].astype(float), people[0, 0, ..., 4] / 255
    climate = seen.records[0].weekly[0, 0, :, :, int(Outcome["climate"])][..., None]
    visible = 0.3 + 0.7 * climate * (1 - fear)
    expected = 1 - (1 - visible) ** days
    shown = seen._sanctioned(seen.records[0], 0, True)[0]
    spread = np.sqrt((expected * (1 - expected)).sum())
    assert abs(shown.sum() - expected.sum()) < 4 * spread
    assert not shown[days == 0].any()


def test_few_firms_differ_as_many_do() -> None:
    """Their mean and spread are near the normal's, which firms drawn one by one may miss widely."""
    firms = Firms(count=8, differ_in=["b_0", "trust_start"], spread="uniform(0, 1)")
    each = [_drawn(firms, 4, seed).reshape(32, 2) for seed in range(20)]
    assert np.abs([one.mean(axis=0) for one in each]).max() < 0.1
    assert np.abs([one.std(axis=0) - 1 for one in each]).max() < 0.2
    alone = np.random.default_rng(1).standard_normal((20, 32, 2))
    assert np.abs(alone.mean(axis=1)).max() > 0.3
    assert np.abs(alone.std(axis=1) - 1).max() > 0.3


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
    sets = sets_of(study, np.full((2, len(study.priors)), 0.5))
    seen = observe(study, "pilot", sets, None, 1, threads=1)
    ask = study.targets["often"]
    people = seen.records[0].people
    assert people is not None
    days = people[0, ..., 0].astype(int) + people[0, ..., 1]  # sets, replicates, weeks, people
    often = (days[..., -4:, :].sum(axis=-2) >= 8).sum(axis=-1)
    done, asked = seen.counts(ask, ["plain"])
    assert (done[:, :, 0, 0] == often.T).all()
    assert (asked == 30).all()
    own, users = seen.counts(ask.model_copy(update={"of": "own"}), ["plain"])
    ever, _ = seen.counts(ask.model_copy(update={"of": "ever"}), ["plain"])
    assert (own <= users).all()
    assert (users <= ever).all()
    sanctioned, _ = seen.counts(ask.model_copy(update={"of": "sanctioned"}), ["plain"])
    daily, of_whom = seen.counts(
        ask.model_copy(update={"of": "sanctioned_daily", "among": "users"}), ["plain"]
    )
    assert (of_whom == sanctioned).all()
    assert (daily <= sanctioned).all()
    assert (sanctioned <= users).all()
    _, without = seen.counts(ask.model_copy(update={"among": "without access"}), ["plain"])
    assert (without == 0).all()
    _, tried = seen.counts(ask.model_copy(update={"among": "tried"}), ["plain"])
    assert (tried == ever).all()


def test_answers_of_five_people_by_hand(study_folder: Path) -> None:
    """One uses it daily, one twice a week, one another tool, one only at first, one never."""
    study = load_study(study_folder)
    sets = sets_of(study, np.full((1, len(study.priors)), 0.5))
    sets["openness"] = 0.4
    names = [variable.name for variable in PERSON_RECORD]
    people = np.zeros((1, 1, 1, 6, 5, len(names)), np.uint8)
    use, own = (people[0, 0, 0, :, :, names.index(name)] for name in ("use_days", "own_days"))
    use[2:, 0], use[2:, 1], own[2:, 2], use[0, 3] = 4, 2, 3, 5
    people[0, 0, 0, :, [0, 1, 3], names.index("flags")] = int(Flag.ACCESS)
    people[..., names.index("fear_mistake")] = 51
    weekly = np.zeros((1, 1, 1, 6, len(OUTCOMES)))
    weekly[..., Outcome["climate"]] = 0.5
    records: Any = SimpleNamespace(people=people, weekly=weekly)
    seen = SimulatedSurvey([records], ("plain",), sets, 1)

    def asked(of: str, among: str = "everyone") -> tuple[float, float]:
        ask = study.targets["often"].model_copy(update={"of": of, "among": among})
        done, count = seen.counts(ask, ["plain"])
        return float(done[0, 0, 0, 0]), float(count[0, 0, 0, 0])

    assert [asked(of) for of in ("frequent", "daily", "recent", "ever", "sanctioned")] == [
        (3, 5), (1, 5), (3, 5), (4, 5), (2, 5),
    ]  # fmt: skip
    assert asked("sanctioned_daily") == (1, 5)
    assert asked("own") == (1, 3)  # of those who use any
    assert [asked("frequent", among) for among in ("with access", "without access")] == [
        (2, 3), (1, 2),
    ]  # fmt: skip
    assert [asked("recent", among) for among in ("users", "tried")] == [(2, 2), (3, 4)]
    visible = 0.4 + (1 - 0.4) * 0.5 * (1 - 0.2)
    assert asked("hidden") == (pytest.approx(3 * (1 - visible)), 3)
    own[2:, 2] = 4  # daily, and none of it sanctioned
    assert (asked("daily")[0], asked("sanctioned_daily")[0]) == (2, 1)
    two: Any = SimpleNamespace(people=people[:, :, :, -2:], weekly=weekly[:, :, :, -2:])
    seen = SimulatedSurvey([two], ("plain",), sets, 1)
    assert [asked(of)[0] for of in ("frequent", "daily", "ever")] == [3, 2, 3]


def test_firms_differ_in_logits_or_by_addition() -> None:
    firms = Firms(count=2, differ_in=["b_0", "trust_start"], spread="uniform(0, 1)")
    sets = parameter_rows({"b_0": -1.0, "trust_start": 0.5}, n=2)
    drawn = np.array([[1.0, -1.0], [-2.0, 0.5]])  # by firm: b_0, trust
    rows = _firms(sets, np.array([0.5, 0.2]), firms, drawn)
    assert rows["b_0"] == pytest.approx([-0.5, -2.0, -0.8, -1.4])
    logits = np.log(rows["trust_start"] / (1 - rows["trust_start"]))
    assert logits == pytest.approx([-0.5, 0.25, -0.2, 0.1])


def test_the_chance_of_one_firm_is_pooled_over_sets(
    study_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The covariance of replicates in a set, and the chance that the search's own three leave."""
    study = load_study(study_folder)
    monkeypatch.setattr(module, "seen_once", lambda study, name: name == "pilot")
    rng, times = np.random.default_rng(1), []
    at = rng.normal(size=(32, 9, 4)) @ rng.normal(size=(4, 4))

    def observed(*given: Any, replicates: int, **named: Any) -> None:
        times.append(3 * replicates)

    monkeypatch.setattr(module, "observe", observed)
    monkeypatch.setattr(module, "one_by_one", lambda *given: at + 100)
    points = np.full((32, len(study.priors)), 0.5)
    whole = module._one_firms_chance(study, points, np.full(5, 7.0), None)
    pooled = np.mean([np.cov(one.T) for one in at], axis=0)
    mine = [0, 1, 2, 4]  # of the pilot; the highest of other firms is as it was
    assert whole[np.ix_(mine, mine)] == pytest.approx(pooled * (1 + 1 / 3))
    assert (whole[3] == [0, 0, 0, 7, 0]).all()
    assert times == [9]  # ten a figure, all sets together, and at least eight of each
    monkeypatch.setattr(module, "one_by_one", lambda *given: at[:2])
    module._one_firms_chance(study, points[:2], np.full(5, 7.0), None)
    assert times[1] == 21


def test_chance_is_that_of_the_tenth_nearest_to_the_targets(
    study_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = load_study(study_folder)
    aim = goal(study)
    off = np.abs(np.random.default_rng(3).permutation(72) - 20)
    given = aim + off[:, None] / 10, np.tile(off[:, None], 5) + 1.0
    monkeypatch.setattr(module, "answers", lambda study, points, key, threads: given)
    _, chance = module._first(study, 0, None, None)
    assert chance == pytest.approx(1 + np.sort(off)[:7].mean() + np.zeros(5))
    assert module._first(study, 1, np.full(5, 9.0), None)[1].tolist() == [9.0] * 5


def test_figures_of_one_firm_are_the_mean_of_what_it_might_say(study_folder: Path) -> None:
    file = study_folder / "study.yaml"
    text = file.read_text("utf-8")
    file.write_text(text.replace("    weeks: 8\n", "    weeks: 8\n    once: true\n", 1), "utf-8")
    study = load_study(study_folder)
    points = np.full((2, len(study.priors)), 0.5)
    figures, chance = answers(study, points, 3, threads=1)
    seen = observe(study, "pilot", sets_of(study, points), None, hash_of(study.seed, 3, 0))
    for k, name in ((0, "users"), (2, "often"), (4, "again")):
        each = by_block(study.targets[name], seen)
        assert each.shape == (3, 2)
        assert figures[:, k] == pytest.approx(each.mean(axis=0))
        assert chance[:, k] == pytest.approx(each.var(axis=0, ddof=1) / 3)


def test_what_is_checked_the_search_never_saw(
    study_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, asked = load_study(study_folder), []

    def told(study: Any, points: Any, key: int, *, replicates: int, threads: Any) -> Any:
        asked.append((key, replicates))
        return np.ones((len(points), 5)), None

    monkeypatch.setattr(module, "answers", told)
    points = np.full((2, len(study.priors)), 0.5)
    module._check(study, module.kept_of(study, tmp_path), points, None)
    assert asked == [(CHECK, study.effort.checks)]
    assert CHECK != SEARCH
    assert len({seed_of(study, c) for c in range(4)}) == 4  # nor do chains begin alike


def test_moves_at_the_end_come_by_fives(study_folder: Path) -> None:
    effort = load_study(study_folder).effort  # two moves a step, six at the end
    one = Population(np.zeros((1, 1)), np.zeros(1), np.zeros((1, 1)), gamma=0.3)
    last = replace(one, gamma=1.0)
    ahead = [module._sweeps_ahead(effort, [one, *[last] * k]) for k in range(4)]
    assert ahead[:3] == [2, 5, 1]
    assert ahead[3] <= 0


@pytest.mark.slow
def test_a_stopped_run_is_taken_up_and_ends_the_same(study_folder: Path, tmp_path: Path) -> None:
    assert call("calibrate", str(study_folder), "--out", str(tmp_path / "whole")) == 0
    out = tmp_path / "stopped"
    out.mkdir()
    (out / "sbc.json").write_text("{}")  # of an earlier result: it goes with it
    command = [sys.executable, "-m", "sim", "calibrate", str(study_folder), "--out", str(out)]
    process = subprocess.Popen([*command, "--threads", "1"], stderr=subprocess.DEVNULL)
    while not (out / "populations" / "chain-2" / "population-001.npz").exists():
        assert process.poll() is None
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not (out / "manifest.json").exists()
    assert call("calibrate", str(study_folder), "--out", str(out)) == 0
    names = {file.name for file in out.iterdir()}
    assert names == {file.name for file in (tmp_path / "whole").iterdir()}
    for name in (*(f"{table}.csv" for table in TABLES), "report.md"):
        assert (out / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert len(read_sets(out / "posterior.csv")) == 48
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    assert manifest["effort"]["chains"] == 2
    assert manifest["r_hat"]["figures"] > 0.9
    assert 0 < manifest["effective_sets"]["figures"] <= 48
    report = (out / "report.md").read_text("utf-8")
    for heading in ("contradict each other", "directions are informed", "the chains agree"):
        assert heading in report


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
    less = {"chains": 1, "sets": 8, "first": 1, "sweeps": 1, "last_sweeps": 0}
    short = study.effort.model_copy(update=less)
    fit(dataclasses.replace(study, effort=short), tmp_path, threads=1)
    with pytest.raises(InputError, match="belongs to another study"):
        fit(dataclasses.replace(study, key=dataclasses.replace(study.key, seed="6")), tmp_path)
    (tmp_path / "chain-1" / "population-000.npz").write_bytes(b"torn")
    with pytest.raises(InputError, match="cannot be read"):
        fit(study, tmp_path)
