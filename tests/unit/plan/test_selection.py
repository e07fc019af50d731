from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from sim.analysis.plan import loads_problem
from sim.analysis.plan.objective import Risk, scores
from sim.analysis.plan.selection import (
    Influence,
    chance_best,
    front_of,
    fronts,
    kim_nelson,
    order,
    resampled,
)


def chosen_in(
    means: Sequence[float], shared_sd: float, worth: float, tries: int = 300
) -> list[int]:
    """Return which system is selected, in many tries with a known answer."""
    picked = []
    for seed in range(tries):
        rng = np.random.default_rng(seed)
        common = rng.normal(0, shared_sd, 2000)
        values = np.array(means)[:, None] + common + rng.normal(0, 1, (len(means), 2000))

        def sample(rows: Sequence[int], n: int, values: np.ndarray = values) -> np.ndarray:
            return values[list(rows), :n]

        picked.append(kim_nelson(sample, len(means), worth=worth, most=2000).best)
    return picked


@pytest.mark.parametrize("shared_sd", [0.0, 5.0])
def test_a_selection_keeps_its_promise_where_it_is_hardest(shared_sd: float) -> None:
    # all others exactly the worth below the best: the least favourable case
    picked = chosen_in([0.0, 0.0, 0.0, 0.0, 0.5], shared_sd, worth=0.5)
    assert np.mean(np.array(picked) == 4) >= 0.95


def test_a_coin_does_not_keep_it() -> None:
    picked = chosen_in([0.0, 0.0, 0.0, 0.0, 0.02], 0.0, worth=0.5, tries=60)
    assert np.mean(np.array(picked) == 4) < 0.8


def test_a_selection_says_when_it_could_not_decide() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(0, 1, (3, 40))
    ended = kim_nelson(lambda rows, n: values[list(rows), :n], 3, worth=0.01, most=40)
    assert not ended.decided
    assert ended.replicates == 40
    assert ended.best in ended.left
    assert kim_nelson(lambda rows, n: values[list(rows), :n], 1, worth=1).decided


def test_chances_are_right_for_two_alike_and_one_worse() -> None:
    hits, tries = 0.0, 40
    for seed in range(tries):
        rng = np.random.default_rng(seed)
        values = rng.normal([[0.0], [0.0], [-3.0]], 1, (3, 50))
        best, good = chance_best(values, Risk.MEAN, 0.1, draws=200)
        assert best.sum() == pytest.approx(1)
        assert best[2] < 0.01
        assert (good >= best - 1e-12).all()
        hits += best[0]
    assert hits / tries == pytest.approx(0.5, abs=0.15)


@pytest.mark.parametrize("risk", list(Risk))
def test_chances_under_each_attitude(risk: Risk) -> None:
    rng = np.random.default_rng(1)
    values = rng.normal([[1.0], [0.0]], 0.1, (2, 60))
    best, _ = chance_best(values, risk, 0.01, draws=100)
    assert best.tolist() == [1.0, 0.0]


def test_chances_are_of_plans_that_reach_the_goal() -> None:
    """Where the mean alone chooses, doing nothing is sure to take the fewest hours."""
    values, reached = np.array([[-500.0] * 20, [0.0] * 20]), np.array([[1.0] * 20, [0.0] * 20])
    for asked, expected in ((0.8, [1, 0]), (0.0, [0, 1])):
        best, good = chance_best(values, Risk.MEAN, 50, goals=[(asked, reached)], draws=20)
        assert best.tolist() == good.tolist() == expected


def test_attitudes_differ() -> None:
    replicates = np.linspace(0, 1, 101)
    safe, bold = np.full(101, 0.4), np.where(replicates < 0.3, 0.2, 0.6)
    values = np.stack([safe, bold])
    assert scores(values, Risk.MEAN).argmax() == 1
    assert scores(values, Risk.TENTH).argmax() == 0
    assert scores(values, Risk.REGRET) == pytest.approx([-0.2, -0.2])


def test_the_order_of_two_objectives_is_by_fronts() -> None:
    problem = loads_problem("interventions: [access: {}]\nobjective: [area, hours]")
    points = np.array([[1.0, 1.0], [3.0, 0.0], [0.0, 3.0], [2.0, 2.0], [0.5, 0.5]])
    assert fronts(points).tolist() == [1, 0, 0, 0, 2]
    values = np.repeat(points.T[:, :, None], 3, axis=2)
    ranking = order(values, problem).tolist()
    assert ranking == [1, 2, 3, 0, 4]  # of a front its ends first


def test_replicates_of_a_set_are_drawn_together() -> None:
    """The bootstrap of a mean has the spread of means over sets, not over replicates."""
    sets = np.random.default_rng(1).normal(size=20)
    units = np.repeat(np.arange(20), 10)
    drawn = sets[units][resampled(units, 4000, np.random.default_rng(2))].mean(axis=1)
    assert drawn.std() == pytest.approx(sets.std() / np.sqrt(20), rel=0.1)
    single = sets[units][resampled(np.arange(200), 4000, np.random.default_rng(2))].mean(axis=1)
    assert single.std() < 0.5 * drawn.std()
    one = resampled(np.zeros(5, np.int64), 9, np.random.default_rng(3))
    assert (one != np.arange(5)).any(), "replicates of a single set stand for themselves"


@pytest.mark.parametrize("risk", [Risk.MEAN, Risk.TENTH, Risk.WORST])
def test_near_a_plan_scores_are_means_of_what_replicates_add(risk: Risk) -> None:
    problem = replace(loads_problem("weeks: 9\ninterventions: [access: {latest: 2}]"), risk=risk)
    rng = np.random.default_rng(4)
    shared = rng.gamma(2.0, 0.05, 4000)  # a tail that is not the other's mirror
    level, tail = np.array([[0.3], [0.303], [0.3]]), np.array([[1.0], [1.0], [1.05]])
    values = (level - tail * shared + rng.normal(0, 0.01, (3, 4000)))[None]
    influence = Influence.near(problem, values, 0)
    score = scores(values[0], risk)
    added = influence.of(values).sum(axis=0).mean(axis=1)
    assert added - added[0] == pytest.approx(score - score[0], abs=0.003)
    if risk is not Risk.MEAN:  # of the mean alone they would not be
        mean = values[0].mean(axis=1)
        assert mean[2] - mean[0] != pytest.approx(score[2] - score[0], abs=0.004)


def test_a_front_begins_with_its_knee_and_holds_equals_once() -> None:
    problem = loads_problem("interventions: [access: {}]\nobjective: [area, hours]")
    points = np.array([[0.0, 1.0], [1.0, 0.0], [0.8, 0.7], [0.5, 0.5], [0.8, 0.7]])
    assert front_of(np.repeat(points.T[:, :, None], 2, axis=2), problem) == [2, 1, 0]
