"""Several objectives: no row of the tables is better than a plan of the front."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.analysis.plan import Answer, Planner, loads_problem, switching
from sim.analysis.plan.baselines import in_random_order
from sim.analysis.plan.check import keeps
from sim.analysis.plan.contenders import SAME, beats
from sim.analysis.plan.layout import Plan
from sim.analysis.plan.planning import TURNS
from sim.analysis.plan.search import SearchState
from sim.analysis.plan.selection import judged
from sim.analysis.plan.switching import looks, prices
from sim.organisation import Organisation
from sim.report.plan_folder import steering_paper
from sim.report.plan_tables import rests_on
from sim.report.plan_words import findings

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
    simple = [one.plans[0] for one in answer.baselines if one.keeps and len(one.plans) == 1]
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


LICENCES = """
weeks: 16
interventions:
  - access: {latest: week 9, takes: {licences: 1 per 20 people}}
  - usage policy: {label: policy, latest: week 9, doses: [0, 1]}
  - psychological safety ritual: {label: ritual, latest: week 1, lasts: until the end}
budget: {licences: {week 1: 2, week 5: 1}, hours: 4000}
objective: [{what: area, of: weekly_users}, hours]
"""


def test_a_little_more_of_a_limit_brings_what_it_brings_with_nothing_else_worse(
    small_firm: Organisation, rows: np.ndarray
) -> None:
    """A third licence in week 1 brings access four weeks sooner, the policy would take hours."""
    planner = planner_of(LICENCES, small_firm, rows)
    alone, sooner = (Plan((week, 0, 1), (1.0, 0.0, 1.0), (0, 0, 0)) for week in (5, 1))
    found = {(one.words, one.of): one
             for one in prices(planner.space, planner.evaluator, alone, 40, 0)}  # fmt: skip
    assert {words for words, _ in found} == {"licences +1", "weeks +2"}  # hours: the front says it
    use, hours = found["licences +1", 0], found["licences +1", 1]
    values = planner.evaluator.values([sooner, alone], 40, "report")[0].mean(axis=1)
    assert use.plan == sooner
    assert use.gain is not None
    assert use.gain.mean == pytest.approx(values[0] - values[1])
    assert hours.plan is hours.gain is None
    spent = found["weeks +2", 1].gain
    assert spent is not None
    assert spent.mean == 0  # hours that two weeks more take are not a loss


@pytest.mark.parametrize(("asked", "gains"), [("hours", True), ("[share]", False)])
def test_a_looser_limit_costs_nothing_and_a_goal_is_no_objective(
    small_firm: Organisation, rows: np.ndarray, monkeypatch: pytest.MonkeyPatch,
    asked: str, gains: bool,
) -> None:  # fmt: skip
    """Without the policy fewer use the tool: hours are saved where these are asked for alone."""
    goal = "goals: {what: share, of: weekly_users, at: week 16, reach: 0.01, in: 0.1}\n"
    asked = asked.replace("share", "{what: share, of: weekly_users}")
    text = LICENCES.replace("[{what: area, of: weekly_users}, hours]", asked) + goal
    planner = planner_of(text, small_firm, rows)
    best, less = (Plan((5, 5 * dose, 1), (1.0, dose, 1.0), (0, dose, 0)) for dose in (1, 0))
    monkeypatch.setattr(switching, "polish", lambda *_, **__: less)
    found = {one.words: one for one in prices(planner.space, planner.evaluator, best, 40, 0)}
    one = found["licences +1"]
    assert (one.gain is not None and one.gain.low > 0) == gains
    assert one.plan == (less if gains else None)


LATER = """
weeks: 16
interventions:
  - access: {latest: week 9}
  - usage policy: {label: policy, latest: week 9, doses: [0, 1]}
objective: [{what: share, of: weekly_users, at: week 8}, SECOND]
"""


@pytest.mark.parametrize(("second", "led"), [("money", True), ("hours", False)])
def test_a_plan_of_the_front_is_led_later_by_one_that_is_no_worse(
    small_firm: Organisation, rows: np.ndarray, second: str, led: bool
) -> None:
    """A policy in week 9 changes nothing by week 8; later it does, for hours but no money."""
    assert_is_led(planner_of(LATER.replace("SECOND", second), small_firm, rows), led, front=2)
    text, asked = LATER.splitlines(keepends=True)[:-1], "what: share, of: weekly_users, at: week 8"
    goal = f"objective: {second}\ngoals: {{{asked}, reach: 0.5, in: 0.9}}\n"
    assert_is_led(planner_of("".join(text) + goal, small_firm, rows), led, front=1)


def assert_is_led(planner: Planner, led: bool, front: int) -> None:
    """Hold that a plan without the policy is led from week 9 on by one with it, or is not."""
    alone, policy = Plan((1, 0), (1.0, 0.0), (0, 0)), Plan((1, 9), (1.0, 1.0), (0, 0))
    found = {one.words: one for one in looks(planner.evaluator, [alone, policy], 40, front=front)}
    assert found["weekly users, week 8"].leads == ()
    later = found["weekly users, week 20"]
    assert later.levels[1] > later.levels[0]
    assert [(one.plan, one.by) for one in later.leads] == [(0, 1)] * led
    assert all(one.ahead.low > 0 for one in later.leads)


def test_what_a_plan_holds_in_random_order_takes_what_it_takes(
    small_firm: Organisation, rows: np.ndarray
) -> None:
    text = THREE + "waves: {numbers: [1, 2], gaps: [2]}\n"
    planner = planner_of(text, small_firm, rows)
    plan = planner.first
    found = in_random_order(planner.space, plan, "random order", 0)
    assert len(found.plans) > 1
    for one in found.plans:
        assert (one.doses, one.waves) == (plan.doses, plan.waves)
        assert keeps(planner.layout, one)
        assert planner.layout.totals(one)["hours"] == planner.layout.totals(plan)["hours"]


@pytest.mark.parametrize("text", [AREA + "capacity: {hours: 90}\n", THREE])
def test_a_front_says_all_that_one_objective_does(
    small_firm: Organisation, rows: np.ndarray, text: str
) -> None:
    planner = planner_of(text, small_firm, rows)
    answer = planner.answer()
    assert answer.runs <= planner.search_cost().runs
    said = "\n".join(findings(answer))
    for begins in (
        "One step along it from plan 1: plan ", "rder", "What each brings in plan 1 to ",
        "For every 100 hours: ", "A little more of what limits plan 1, planned again with nothing",
    ):  # fmt: skip
        assert begins in said
    assert ("For every 1,000 of money: " in said) == answer.problem.spends_money
    assert {one.of for one in answer.prices} == set(range(len(answer.problem.objectives)))
    assert len(answer.looked_at) >= len(answer.plans)
    assert "turn" in " ".join(rests_on(answer))


def test_the_first_that_is_simulated_comes_first() -> None:
    asked = "[hours, {what: area, of: weekly_users}, share]"
    problem = loads_problem(AREA.replace("[{what: area, of: weekly_users}, hours]", asked))
    assert [one.what for one in problem.objectives] == ["area", "hours", "share"]
    assert problem.worth == 0.01


FEWEST = """
weeks: 16
interventions:
  - access: {latest: week 9}
  - usage policy: {label: policy, latest: week 9, doses: [0, 1]}
  - manager coaching: {label: coaching, latest: week 9, doses: [0, 1]}
objective: hours
goals: {what: share, of: weekly_users, at: week 12, reach: 0.5, in: 0.95}
"""


def test_the_fewest_hours_are_looked_at_by_the_goal(
    small_firm: Organisation, rows: np.ndarray
) -> None:
    """Order, elements and later weeks change no hours: they change whether the goal is reached."""
    answer = planner_of(FEWEST, small_firm, rows).answer()
    problem, said = answer.problem, "\n".join(findings(answer))
    assert (problem.lead, problem.leading) == (1, problem.goals[0])
    assert said.startswith("Best plan: hours in all: ")
    assert "hours." not in said.splitlines()[0]  # not twice
    same = replace(answer.plans[0], plans=(Plan((2, 0, 2), (1.0, 0.0, 1.0), (1, 0, 1)),))
    paper = steering_paper(replace(answer, plans=[same]), b"")
    assert "Start with access and coaching (week 2); expect hours in all: " in paper
    assert "What each brings to weekly users, week 12, against leaving it out: access +" in said
    access = next(one for one in answer.ablations if one.change == "left out")
    assert access.worth is not None
    assert access.worth.mean > 0  # though it takes no hours
    random = next(one for one in answer.baselines if one.name == "random order")
    assert random.hours == answer.plans[0].hours
    hours = dict(zip(answer.looked_at, answer.looks[0].levels, strict=True))
    assert "best" in hours
    plans = {one.name: one for one in (*answer.plans, *answer.baselines)}
    for look in answer.looks:
        for lead in look.leads:
            assert plans[answer.looked_at[lead.by]].hours <= answer.plans[0].hours


SHORT = """
weeks: 20
interventions:
  - access: {latest: week 12}
  - capability conversation: {label: capability, latest: week 14, doses: [0, 1]}
waves: {numbers: [2, 3], gaps: [4], even: false}
capacity: {hours: 50}
objective: {what: share, of: weekly_users, at: week 20}
"""


def test_order_is_of_what_the_best_plan_holds(small_firm: Organisation, rows: np.ndarray) -> None:
    """Teams packed into two waves have no room for a measure that three have: that is no order."""
    answer = planner_of(SHORT, small_firm, rows).answer()
    random = next(one for one in answer.baselines if one.name == "random order")
    assert {one.doses for one in random.plans} == {answer.best.doses}
    assert {one.waves for one in random.plans} == {answer.best.waves}
    at_once = next(one for one in answer.baselines if one.name == "all at once")
    assert "capability left out" in at_once.notes
    assert "all at once (capability left out)" in " ".join(findings(answer))
