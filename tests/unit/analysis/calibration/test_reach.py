"""Reach and contradictions, with figures that are known exactly."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sim.analysis.calibration import reach as module
from sim.analysis.calibration.findings import answers_to_targets, directions
from sim.analysis.calibration.fit import Fit, Tried
from sim.analysis.calibration.kernel import errors, goal, observed
from sim.analysis.calibration.reach import Reach, conflicts, off_pairs, reach
from sim.analysis.calibration.reading import load_study
from sim.analysis.calibration.smc import Population

CHANCE = np.array([0.09, 0.01, 0.25, 0.25, 0.36])
"""As large as the errors: the search sees half of what it is told."""


def exact(study, points):
    """Figures of points: users and often share one place, from both sides."""
    target = np.array([observed(t) for t in study.targets.values()])
    error = np.array([t.error for t in study.targets.values()])
    place = points[:, :5].copy()
    apart = 4.0 * place - 2.0  # two errors to each side
    apart[:, 2] = -apart[:, 0] + 2.0  # often is met where users is two errors off
    apart[:, 3] = 2.0 + 2.0 * place[:, 3]  # no set comes nearer than two errors to highest
    return target + apart * error


@pytest.fixture
def known(study_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Fit:
    """A fit whose search figures are noisy, and whose model is ``exact``."""
    study = load_study(study_folder)
    rng = np.random.default_rng(5)

    def answers(study, points, key, *, replicates=1, settings=None, threads=None):
        figures = exact(study, points)
        for k, one in enumerate(study.targets.values()):
            if settings is not None and one.setting not in settings:
                figures[:, k] = np.nan
        return figures, np.zeros_like(figures)

    monkeypatch.setattr(module, "answers", answers)
    chains = []
    for _ in range(2):
        points = rng.random((400, len(study.priors)))
        noisy = exact(study, points) + rng.normal(size=(400, 5)) * np.sqrt(CHANCE)
        middle = points[:40].copy()
        middle[:, 0] = 0.75  # users a whole error too high, often as much
        chains.append(
            (
                Population(points, np.zeros(400), noisy),
                Population(middle, np.zeros(40), exact(study, middle), gamma=1.0),
            )
        )
    check = exact(study, np.concatenate([chain[-1].points for chain in chains]))
    tried = [Tried(one.points, one.figures) for chain in chains for one in chain]
    return Fit(study, tuple(chains), np.zeros(5), check, Tried.joined(tried))


def test_the_best_is_told_from_chance(known: Fit, tmp_path: Path) -> None:
    found = reach(known, tmp_path)
    best, apart = found.best()
    assert np.abs(apart[[0, 1, 2, 4]]).max() < 0.5
    assert 2.0 <= apart[3] < 2.6  # the noisy figures of the search come much nearer
    said = {a.name: a for a in answers_to_targets(known, found)}
    assert said["highest"].why == "beyond the model's reach"
    assert said["highest"].best == pytest.approx(1 / (1 + np.exp(-best[3])))
    assert np.abs(known.prior.figures[:, 3] - observed(known.study.targets["highest"])).min() < 0.5


def test_what_two_targets_ask_together_is_named(known: Fit, tmp_path: Path) -> None:
    found = conflicts(known, reach(known, tmp_path))
    pair = next(c for c in found if {c.one, c.other} == {"users", "often"})
    assert pair.one_apart == pytest.approx(1.0)
    assert pair.other_apart == pytest.approx(1.0)
    assert max(abs(pair.one_alone), abs(pair.other_alone)) < 0.5
    assert pair.worse == pytest.approx(1.0, abs=0.2)  # they sum to two: at best one each
    assert not [c for c in found if "highest" in (c.one, c.other)]  # off alone: no contradiction


def test_reach_is_kept_until_the_end(known: Fit, tmp_path: Path, monkeypatch) -> None:
    first = reach(known, tmp_path)
    monkeypatch.setattr(module, "answers", None)
    again = reach(known, tmp_path)
    assert np.array_equal(first.apart, again.apart, equal_nan=True)


def test_a_set_tried_for_one_target_says_nothing_of_another() -> None:
    nan = np.nan
    found = Reach(np.zeros((3, 2)), np.array([[0.1, nan], [nan, -0.2], [0.9, 1.1]]))
    assert found.best()[1].tolist() == [0.1, -0.2]
    assert found.together(0, 1) == (0.9, 1.1)


def test_the_nearest_on_either_side_is_the_best() -> None:
    apart = np.array([[-3.0, 2.0], [0.5, -0.4], [np.nan, 1.0]])
    found = Reach(10 * apart, apart)
    assert [one.tolist() for one in found.best()] == [[5.0, -4.0], [0.5, -0.4]]
    assert found.nearest([0, 1]) == pytest.approx(np.sqrt((0.25 + 0.16) / 2))


def test_chance_that_is_left_makes_distances_smaller(
    known: Fit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, told = reach(known, tmp_path / "plain"), module.answers

    def answers(study, points, key, **named):
        figures, _ = told(study, points, key, **named)
        return figures, np.tile(3 * errors(study) ** 2, (len(points), 1))

    monkeypatch.setattr(module, "answers", answers)
    again = reach(known, tmp_path / "chance")
    np.testing.assert_allclose(again.apart, plain.apart / 2)  # one error and three of chance
    assert np.isnan(plain.apart).any()
    pilot = [0, 1, 2, 4]  # of one setting: what one of them asks is told of all
    assert set(np.isnan(plain.apart[:, pilot]).sum(axis=1).tolist()) == {0, 4}
    assert replace(known, chance=3 * errors(known.study) ** 2).errors == pytest.approx(
        2 * errors(known.study)
    )


def test_one_firm_that_was_seen_is_off_by_its_own_chance(known: Fit, tmp_path: Path) -> None:
    """Its figures are no mean of many replicates: data of the model itself were out of reach."""
    plain = reach(known, tmp_path / "plain")
    once = {n: one.model_copy(update={"once": True}) for n, one in known.study.settings.items()}
    own = np.diag(3 * errors(known.study) ** 2)
    seen = replace(known, study=replace(known.study, settings=once), chance=own)
    again = reach(seen, tmp_path / "once")
    np.testing.assert_allclose(again.best()[1], plain.best()[1] / 2)


def test_pairs_that_contradict_each_other_are_told_from_the_worst(known: Fit) -> None:
    names, aim, error = list(known.study.targets), goal(known.study), errors(known.study)
    middle = np.array([-1.0, 0.9, 1.2, 0.4, 0.6])
    check = np.concatenate([np.tile(aim + middle * error, (5, 1)), [aim + 99 * error] * 4])
    found = replace(known, check=check)
    assert off_pairs(found) == [(0, 1), (0, 2), (0, 4), (1, 2), (1, 4), (2, 4)]
    nan, rows = np.nan, np.zeros((7, 5))
    rows[:5] = nan
    rows[range(5), range(5)] = 0.1  # each alone
    rows[5], rows[6] = [1.0, -0.3, 0.9, 0, 3.0], [-0.4, 2.0, 1.5, 0, 0.2]
    told = [(one.one, one.other, one.worse) for one in conflicts(found, Reach(rows, rows))]
    pairs = [(1, 4, 2.0), (2, 4, 1.5), (0, 1, 1.0), (0, 2, 1.0), (1, 2, 0.9)]
    assert told == [(names[one], names[other], worse) for one, other, worse in pairs]


def test_a_narrow_direction_is_found_in_sets_that_did_not_help(known: Fit) -> None:
    rng = np.random.default_rng(2)
    chains = []
    for _ in range(3):
        points = rng.random((100, len(known.study.priors)))
        points[:, 1] = np.clip(1.0 - points[:, 0] + 0.05 * rng.normal(size=100), 0, 1)
        chains.append((Population(points, np.zeros(100), np.zeros((100, 5))),))
    check = np.zeros((300, 5))
    found = directions(Fit(known.study, tuple(chains), known.chance, check, known.tried))
    assert len(found) == len(known.study.unknowns)
    narrow = [one for one in found if one.width < 0.5]
    assert len(narrow) == 1
    assert {name for name, _ in narrow[0].loads[:2]} == set(known.study.unknowns[:2])
    assert narrow[0].width == pytest.approx(0.05 * np.sqrt(12) / np.sqrt(2), rel=0.35)
