"""What is said of plans beside the best, and of limits a unit looser, against known answers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import t as student

from sim.analysis.plan import loads_problem
from sim.analysis.plan.contenders import _beside, _changes, ablations, beats
from sim.analysis.plan.evaluate import Evaluator
from sim.analysis.plan.layout import Layout, Plan
from sim.analysis.plan.objective import Risk, scores
from sim.analysis.plan.selection import least_upper_bound
from sim.analysis.plan.switching import _looser, _turned, rivals
from sim.organisation import Organisation

Make = Callable[..., Evaluator]
UNITS = np.arange(40)
NOISE = np.random.default_rng(1).normal(0, 0.01, 40)
GOAL = "goals: {what: share, at: week 24, reach: 0.5, in: 0.8}\n"


def starting(*starts: int) -> Plan:
    return Plan(starts, (1.0,) * len(starts), (1,) * len(starts))


def test_replicates_that_were_weighed_count_as_their_effective_number(
    layout: Layout, evaluator_of: Make
) -> None:
    evaluator = evaluator_of(layout)
    for effective in (float("inf"), 10.0):
        evaluator.effective = effective
        found, n = evaluator.difference(NOISE, np.zeros(40), UNITS), min(effective, 40)
        half = student.ppf(0.975, n - 1) * NOISE.std(ddof=1) / np.sqrt(n)
        assert found.high - found.mean == pytest.approx(half)
        assert found.mean - found.low == pytest.approx(half)


@pytest.mark.parametrize(
    ("ahead", "said"),
    [(0.05, (False, False)), (0.0, (True, False)), (-0.008, (False, True)),
     (-0.05, (False, False))],
)  # fmt: skip
def test_alike_is_no_difference_and_small_is_a_little_behind(
    layout: Layout, evaluator_of: Make, ahead: float, said: tuple[bool, bool]
) -> None:
    noise = 0.5 * (NOISE - NOISE.mean())
    assert _beside(evaluator_of(layout), ahead + noise, np.zeros(40), UNITS) == said  # worth: 0.01


@pytest.mark.parametrize(
    ("ahead", "mine", "theirs", "better"),
    [
        (-0.1, 36, 20, True),  # reaches the goal that the other misses
        (0.1, 20, 36, False),  # misses the goal that the other reaches
        (0.1, 34, 40, True),  # less often, but often enough
        (0.0, 40, 33, False),  # more often than enough is nothing gained
        (0.1, 19, 20, True),  # once less is chance
    ],
)
def test_a_goal_goes_before_the_objective(
    small_firm: Organisation, evaluator_of: Make,
    ahead: float, mine: int, theirs: int, better: bool,
) -> None:  # fmt: skip
    text = "weeks: 24\ninterventions: [access: {}]\nobjective: {what: share}\n" + GOAL
    evaluator = evaluator_of(Layout(loads_problem(text), small_firm))
    its, other = (np.where(np.arange(40) < n, 0.6, 0.4) for n in (mine, theirs))
    noise = NOISE - NOISE.mean()
    best, value = np.stack([np.zeros(40), other]), np.stack([ahead + noise, its])
    assert beats(evaluator, value, best, UNITS) == better


def test_what_turns_the_choice_is_beyond_the_chance_of_all_looked_at(
    layout: Layout, evaluator_of: Make
) -> None:
    evaluator = evaluator_of(layout)
    values = np.stack([0 * NOISE, 0.1 + NOISE, 0.3 + NOISE, 0.2 + NOISE])
    found = _turned(evaluator, values, UNITS, 3)
    assert found is not None
    assert found[0] == 2  # the one that is most ahead
    unit = (NOISE - NOISE.mean()) / NOISE.std(ddof=1) * np.sqrt(40)
    for looked_at in (1, 200):
        level = 1 - 0.025 / looked_at
        edge = student.ppf(level, 39)
        for more, turned in ((1.01, True), (0.99, False)):
            pair = np.stack([0 * unit, unit + more * edge])
            assert (_turned(evaluator, pair, UNITS, looked_at) is not None) == turned


def test_rivals_are_the_plans_that_differ_most(layout: Layout) -> None:
    best, near, far = starting(1, 1, 1, 1), starting(2, 1, 1, 1), starting(20, 1, 1, 1)
    between = starting(10, 1, 1, 1)
    named = [("best", best), ("near", near), ("between", between), ("far", far)]
    assert [name for name, _ in rivals(layout, best, named, 2)] == ["far", "between"]


def test_a_start_is_moved_four_weeks_as_far_as_the_run_begins(
    layout: Layout, evaluator_of: Make
) -> None:
    for start, breaks in ((5, ""), (4, "the run begins")):
        plan = starting(1, start, 4, 5)
        changes = {(label, words): said for label, words, _, said
                   in _changes(evaluator_of(layout), plan, 0)}  # fmt: skip
        assert changes["policy", "4 weeks earlier"] == breaks
    past = {label for label, *_ in _changes(evaluator_of(layout), starting(1, 5, 4, 5), 4)}
    assert past == {"policy", "practice"}


def test_limits_are_loosened_by_what_a_planner_would_ask_for() -> None:
    problem = loads_problem(
        "weeks: 24\ninterventions:\n  - access: {takes: {licences: 1 per 1 people}, latest: 24}\n"
        "  - role-specific practice: {money: 9, latest: 18, occupies: {trainers: 1 per 9 people}}\n"
        "capacity: {trainers: 4, hours: 200}\nobjective: {what: share, at: week 20}\n"
        "budget: {hours: 5000, money: 25000, licences: {week 1: 25, week 5: 30}}\n"
    )
    found = dict(_looser(problem))
    assert set(found) == {
        "trainers +1 a week", "hours +20 a week", "hours +100", "money +1,000", "licences +1",
        "weeks +2",
    }  # fmt: skip
    more = next(one for one in found["licences +1"].limits if one.name == "licences")
    assert more.amounts == ((1, 26), (5, 30))
    longer = found["weeks +2"]
    assert [item.latest for item in longer.items] == [26, 18]
    assert (longer.weeks, longer.objectives[0].at) == (26, 22)


def test_attitudes_have_known_answers() -> None:
    ranks = np.arange(20.0)[None]
    assert scores(ranks, Risk.WORST).tolist() == [0.5]  # the mean of the worst two
    assert scores(ranks, Risk.TENTH) == pytest.approx([1.9])
    seldom = np.where(np.arange(20) < 4, 1.0, -0.1)  # a gain of 1 in a fifth of the replicates
    assert scores(np.stack([np.zeros(20), seldom]), Risk.REGRET) == pytest.approx([-1.0, -0.1])


def test_doing_nothing_is_never_half_way_and_no_use_an_hour(
    small_firm: Organisation, evaluator_of: Make
) -> None:
    text = "weeks: 9\ninterventions: [access: {doses: [0, 1]}]\n"
    text += "objective: [{what: time to half, of: weekly_users}, use days per hour]\n"
    evaluator = evaluator_of(Layout(loads_problem(text), small_firm))
    values = evaluator.values([Plan((0,), (0.0,), (0,))], 3)[:, 0]
    assert values.tolist() == [[-10.0] * 3, [0.0] * 3]  # one week after the last


def test_what_is_left_out_saves_its_hours_and_money(
    small_firm: Organisation, evaluator_of: Make
) -> None:
    text = "weeks: 9\ninterventions:\n  - access: {}\n"
    text += "  - loyalty conversation: {hours: 2, money: 5, attendance: 1, doses: [0, 1]}\n"
    evaluator = evaluator_of(Layout(loads_problem(text), small_firm))
    found = {(one.label, one.change): one for one in ablations(evaluator, [starting(1, 1)], 8)}
    out = found["loyalty conversation", "left out"]
    assert (out.hours, out.money) == (120.0, 300.0)  # of 60 people


def test_an_hour_limit_that_is_a_goal_is_reached_from_below() -> None:
    text = "interventions: [access: {}]\ngoals: {what: hours, reach: 100, in: 0.8}\n"
    (goal,) = loads_problem(text).goals
    values = -np.array([99.0, 100.0, 101.0, 102.0])
    assert goal.reached(values).tolist() == [True, True, False, False]
    assert goal.missed(values) == pytest.approx(0.3)


def test_the_bound_of_all_plans_at_once() -> None:
    gain = NOISE - NOISE.mean()
    half = 1.959964 * gain.std(ddof=1) / np.sqrt(40)  # of two, each with 2.5%
    bound, which = least_upper_bound([gain - 0.001, gain])
    assert bound == pytest.approx(half, rel=1e-5)
    assert which == [1, 0]
    assert least_upper_bound([gain - 1, gain - 2])[0] == 0.0
