"""Several objectives: no row of the tables is better than a plan of the front."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.analysis.plan import Answer, Planner, loads_problem
from sim.analysis.plan.contenders import SAME, beats
from sim.analysis.plan.layout import Plan
from sim.analysis.plan.planning import TURNS
from sim.analysis.plan.search import SearchState
from sim.analysis.plan.selection import judged
from sim.organisation import Organisation

AREA = """
weeks: 16
interventions:
  - access: {latest: week 9}
  - usage policy: {label: policy, latest: week 9, doses: [0, 1]}
objective: [{what: area, of: weekly_users}, hours]
step: 2
"""
LATE = Plan((9, 9), (1.0, 1.0), (0, 0))
"""As late as may be: sooner is better by the mean over time, for no more hours."""


def planner_of(text: str, organisation: Organisation, rows: np.ndarray, seed: int = 0) -> Planner:
    return Planner(
        loads_problem(text), organisation, rows, seed=seed, runs=400, report=40, threads=1
    )


def assert_none_is_better(planner: Planner, answer: Answer) -> None:
    """Hold that no row is better than a plan of the front in the replicates of the tables.

    Whole plans exactly, single changes beyond chance.
    """
    evaluator, front = planner.evaluator, [one.plans[0] for one in answer.plans]
    simple = [p for one in answer.baselines if one.keeps for p in one.plans]
    changed = [one.plan for one in answer.ablations if one.plan is not None]
    mine = next(
        values for turn in range(TURNS)
        for stage in [f"report{turn or ''}"] if evaluator.known(front[0], stage)
        for values in [evaluator.values(front, answer.replicates, stage)]
        if values[0, 0].mean() == pytest.approx(answer.plans[0].estimates[0].mean)
        and (found := stage)
    )  # fmt: skip
    units = evaluator.replicates.units(found, answer.replicates)
    means = judged(mine, answer.problem).T
    every = evaluator.values([*front, *simple], answer.replicates, found)
    others = judged(every, answer.problem).T
    for at in means:
        assert not ((others >= at).all(axis=1) & (others > at).any(axis=1)).any()
    for values in np.moveaxis(evaluator.values(changed, answer.replicates, found), 1, 0):
        assert not any(beats(evaluator, values, its, units) for its in np.moveaxis(mine, 1, 0))
    assert all(one.on_front for one in answer.plans)


def test_a_simple_plan_that_is_better_takes_its_place_on_the_front(
    small_firm: Organisation, rows: np.ndarray
) -> None:
    """All at once, in week 1, takes as many hours as late and is better over time."""
    planner = planner_of(AREA, small_firm, rows)
    later = replace(LATE, starts=(8, 8))  # no changes by four weeks lead from it to week 1
    answer = planner.reported(SearchState([later], 4))  # a search that chose badly
    front = [one.plans[0] for one in answer.plans]
    at_once = next(one for one in answer.baselines if one.name == "all at once")
    assert later not in front
    assert at_once.plans[0] in front
    assert at_once.on_front
    assert at_once.notes[0] == f"{SAME}{answer.plans[front.index(at_once.plans[0])].name}"
    assert_none_is_better(planner, answer)


def test_a_simple_plan_that_no_other_beats_is_on_the_front(
    small_firm: Organisation, rows: np.ndarray
) -> None:
    """All at once takes hours and is better for it than access alone, all that was found."""
    planner = planner_of(AREA, small_firm, rows)
    alone = Plan((1, 0), (1.0, 0.0), (0, 0))
    answer = planner.reported(SearchState([alone], 4))
    at_once = next(one for one in answer.baselines if one.name == "all at once")
    assert {alone, at_once.plans[0]} <= {one.plans[0] for one in answer.plans}
    assert_none_is_better(planner, answer)


def test_a_single_change_that_is_better_takes_its_place_on_the_front(
    small_firm: Organisation, rows: np.ndarray
) -> None:
    planner = planner_of(AREA, small_firm, rows)
    planner.simple = ()
    planner.evaluator.values([LATE], 20, "final")
    answer = planner.reported(SearchState([LATE], 4))
    assert all(one.plans[0].starts[0] < 9 for one in answer.plans)
    assert not any(one.better for one in answer.ablations)
    assert_none_is_better(planner, answer)


def test_a_single_change_is_in_the_race(small_firm: Organisation, rows: np.ndarray) -> None:
    """A search of several objectives changes its front in replicates of its own."""
    text = AREA.replace("step: 2", "step: 1").replace("week 9", "week 14")
    text += "waves: {numbers: [1, 2, 3], gaps: [1, 2, 3]}\n"
    planner = planner_of(text, small_firm, rows)
    planner.runs = 3000
    found = planner.search()
    assert not found.listed
    changed = [plan for plan in found.ranked if planner.evaluator.known(plan, "polish")]
    assert len(changed) > 1
    assert any(planner.evaluator.known(plan, "final") for plan in changed)


THREE = """
weeks: 20
interventions:
  - access: {latest: week 9}
  - usage policy: {label: policy, latest: week 9, doses: [0, 1]}
  - manager coaching: {label: coaching, latest: week 13, doses: [0, 1], money: 30}
objective: [{what: share, of: weekly_users}, hours, money]
rates: {everyone: 40}
"""


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(
    "text",
    [
        AREA,
        THREE,
        AREA + "goals: {what: share, of: weekly_users, at: week 16, reach: 0.5, in: 0.5}\n",
        THREE + "waves: {numbers: [1, 2], gaps: [2]}\n",
    ],
)
def test_no_row_of_its_own_tables_is_better_than_a_plan_of_the_front(
    small_firm: Organisation, rows: np.ndarray, text: str, seed: int
) -> None:
    planner = planner_of(text, small_firm, rows, seed)
    assert_none_is_better(planner, planner.answer())
