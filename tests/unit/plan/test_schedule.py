from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sim.analysis.plan import Planner, PlanProblem, load_problem, loads_problem
from sim.analysis.plan.clash import clash
from sim.analysis.plan.layout import Layout, Plan, Wish
from sim.analysis.plan.rollout import placed, scenario_text
from sim.analysis.plan.space import Space
from sim.case import Case
from sim.engine.compiled import simulate
from sim.errors import InputError
from sim.interventions.timeline import place
from sim.organisation import Organisation
from sim.outcomes import Outcome
from sim.randomness import replicate_seeds
from sim.runner import load_organisation
from sim.scenario import loads


def wish(starts: tuple[int, ...], doses: tuple[float, ...] = (1, 1, 1, 1)) -> Wish:
    return Wish(starts, doses, (1, 1, 1, 1))


def test_a_wish_that_keeps_everything_is_left_alone(layout: Layout) -> None:
    fitted = layout.fit(wish((1, 3, 4, 5)))
    assert fitted.plan is not None
    assert fitted.plan.starts == (1, 3, 4, 5)
    assert fitted.repairs == ()


@pytest.mark.parametrize(
    ("starts", "came_to", "said"),
    [
        ((5, 1, 2, 1), (5, 1, 6, 1), "access moved from week 2 to 6: loyalty before access"),
        ((8, 1, 12, 1), (10, 1, 12, 1), "loyalty moved from week 8 to 10: blackout weeks 8 to 9"),
        ((1, 1, 4, 7), (1, 1, 4, 10), "practice moved from week 7 to 10: blackout weeks 8 to 9"),
        ((20, 1, 16, 1), (12, 1, 16, 1), "loyalty moved from week 20 to 12: latest start"),
    ],
)
def test_a_wish_is_moved_and_it_is_said_why(
    layout: Layout, starts: tuple[int, ...], came_to: tuple[int, ...], said: str
) -> None:
    fitted = layout.fit(wish(starts))
    assert fitted.plan is not None
    assert fitted.plan.starts == came_to
    assert any(one.startswith(said) for one in fitted.repairs), fitted.repairs


def test_capacity_and_budget(problem: PlanProblem, small_firm: Organisation) -> None:
    tight = Layout(replace(problem, capacity={"hours": 200, "trainers": 2}), small_firm)
    refused = tight.fit(wish((1, 3, 4, 5)))
    assert refused.plan is None
    assert "capacity of 2 trainers a week" in refused.repairs[-1]
    poor = Layout(replace(problem, budget={"hours": 300}), small_firm)
    refused = poor.fit(wish((1, 3, 4, 5)))
    assert refused.plan is None
    assert refused.repairs[-1].startswith("budget of 300 hours (it takes ")


def test_plans_drawn_and_moved_keep_every_constraint(repository: Path) -> None:
    problem = load_problem(repository / "experiments/planning/forty-weeks.yaml")
    space = Space(Layout(problem, load_organisation("services-firm")))
    rng, kept = np.random.default_rng(3), 0
    decision = space.draw(rng)
    for _ in range(150):
        plan = space.layout.fit(decision).plan
        if plan is not None:
            kept += 1
            assert space.layout.violations(plan) == ()
            assert space.layout.fit(space.settled(decision, plan)).plan == plan
            decision = space.near(space.settled(decision, plan), rng)
        else:
            decision = space.draw(rng)
    assert kept > 25


def test_violations_are_found(layout: Layout) -> None:
    bad = Plan((8, 1, 2, 17), (1, 1, 1, 1), (1, 1, 1, 1))
    said = " | ".join(layout.violations(bad))
    assert "loyalty falls into blackout weeks 8 to 9" in said
    assert "loyalty before access: access starts in week 2" in said
    late = replace(bad, starts=(1, 1, 17, 19))
    said = " | ".join(layout.violations(late))
    assert "access starts after week 16" in said
    assert "practice starts after week 18" in said


def test_every_decision_once(space: Space) -> None:
    plans = space.plans(10_000)
    assert plans is not None
    assert len(set(plans)) == len(plans) > 50
    assert all(space.layout.violations(plan) == () for plan in plans)
    assert space.plans(10) is None
    rng = np.random.default_rng(0)
    drawn = {space.layout.fit(space.draw(rng)).plan for _ in range(500)} - {None}
    assert drawn <= set(plans)
    assert len(drawn) > len(plans) / 2


def test_all_24_orders_of_four_conversations(small_firm: Organisation) -> None:
    four = ("loyalty", "identity", "relationship", "capability")
    text = "interventions:\n" + "".join(f"  - {name} conversation: {{}}\n" for name in four)
    text += f"sequences: [{{of: [{', '.join(f'{name} conversation' for name in four)}]}}]\n"
    text = text.replace("{}\n", "{latest: week 1}\n", 1)
    problem = loads_problem(text + "weeks: 30\nstep: 52 weeks\n")
    space = Space(Layout(problem, small_firm))
    plans = space.plans(1000)
    assert plans is not None
    order = {tuple(np.argsort(plan.starts)) for plan in plans}
    assert len(order) == len(plans) == 6  # loyalty may only start in week 1, so it is first
    free = replace(problem, items=tuple(replace(i, latest=30) for i in problem.items))
    plans = Space(Layout(free, small_firm)).plans(1000)
    assert plans is not None
    assert len({tuple(np.argsort(plan.starts)) for plan in plans}) == len(plans) == 24
    first = next(plan for plan in plans if tuple(np.argsort(plan.starts)) == (3, 2, 0, 1))
    assert first.starts == (7, 8, 4, 1)  # each begins when the one before is over


def test_waves_divide_people_evenly(problem: PlanProblem, small_firm: Organisation) -> None:
    text = problem.text + "waves: {numbers: [1, 2, 3], gaps: [4]}\n"
    space = Space(Layout(loads_problem(text), small_firm))
    rng = np.random.default_rng(0)
    seen = set()
    for _ in range(100):
        staging = space.draw_staging(rng)
        seen.add(len(staging.waves))
        if len(staging.waves) > 1:
            sizes = [sum(space.layout.part_people(name) for name in wave) for wave in staging.waves]
            assert sum(sizes) == small_firm.n_people
            assert min(sizes) > 0
            assert max(sizes) - min(sizes) <= 20  # teams of up to ten stay together
    assert seen == {1, 2, 3}


def test_planned_hours_are_the_hours_lived(layout: Layout, small_firm: Organisation) -> None:
    items = tuple(
        replace(i, base=i.base.model_copy(update={"attendance": 1.0})) for i in layout.problem.items
    )
    layout = Layout(replace(layout.problem, items=items, budget={}), small_firm)
    plan = layout.fit(wish((1, 3, 4, 5))).plan
    assert plan is not None
    programme = Case.of(loads(scenario_text(layout, plan, "x", "")), small_firm, 24)
    records = simulate(small_firm, [programme], replicate_seeds(0, 1), 24, threads=1)
    lived = records.weekly[0, 0, 0, -1, Outcome["hours"]] * small_firm.n_people
    assert lived == pytest.approx(layout.totals(plan)["hours"], rel=1e-9)


@pytest.mark.parametrize("waves", [1, 2])
def test_the_scenario_file_says_what_was_searched(
    problem: PlanProblem, small_firm: Organisation, waves: int
) -> None:
    text = problem.text + f"waves: {{numbers: [{waves}], gaps: [4]}}\n"
    text += "timeline: [layoff rumour: {start: week 9}]\nparameters: {b_trust: 2.5}\n"
    space = Space(Layout(loads_problem(text), small_firm))
    rng = np.random.default_rng(1)
    for _ in range(20):
        plan = space.layout.fit(space.draw(rng)).plan
        if plan is None:
            continue
        scenario = loads(scenario_text(space.layout, plan, "x", "y"))
        assert scenario.overrides() == {"b_trust": 2.5}
        mine = place(placed(space.layout, plan), small_firm, 24, members=space.layout.members)
        theirs = scenario.place(small_firm)
        np.testing.assert_array_equal(mine.effects, theirs.effects)
        np.testing.assert_array_equal(mine.audience_member, theirs.audience_member)
        return
    pytest.fail("no plan was drawn")


CLASHES = [
    ({"budget": {"hours": 150.0}}, "budget of 150 hours"),
    ({"capacity": {"trainers": 2.0}}, "capacity of 2 trainers a week"),
    ({"weeks": 3}, "the run of 3 weeks"),
]


@pytest.mark.parametrize(("change", "said"), CLASHES)
def test_an_infeasible_problem_says_what_clashes(
    problem: PlanProblem, small_firm: Organisation, rows: np.ndarray,
    change: dict[str, object], said: str,
) -> None:  # fmt: skip
    tight = replace(problem, **change)  # type: ignore[arg-type]
    clashing, _ = clash(Layout(tight, small_firm))
    words = [one.words for one in clashing]
    assert any(said in one for one in words), words
    with pytest.raises(InputError, match="These clash: .*" + said):
        Planner(tight, small_firm, rows)


def test_a_precedence_that_cannot_be_kept_is_named(small_firm: Organisation) -> None:
    text = """
interventions:
  - loyalty conversation: {label: loyalty, earliest: week 10}
  - access: {latest: week 9}
precedence: [loyalty before access]
capacity: {hours: 500}
"""
    clashing, _ = clash(Layout(loads_problem(text), small_firm))
    assert [one.kind for one in clashing] == [
        "earliest",
        "needed",
        "latest",
        "needed",
        "precedence",
    ]


def test_a_plan_that_chance_hardly_finds_is_found(
    problem: PlanProblem, small_firm: Organisation
) -> None:
    layout = Layout(problem, small_firm)
    clashing, found = clash(layout)
    assert clashing == ()
    assert found is not None
    plan = layout.fit(found).plan
    assert plan is not None
    assert layout.violations(plan) == ()


def test_unknown_teams_and_groups_are_said(small_firm: Organisation) -> None:
    text = "interventions: [access: {audience: {teams: [Slaes]}}]\n"
    text += "waves: {numbers: [2], groups: {a: [Sales], b: [Lgal]}}"
    with pytest.raises(InputError) as caught:
        Layout(loads_problem(text, "p.yaml"), small_firm)
    said = str(caught.value)
    assert "team Slaes is not in" in said
    assert "team Lgal is not in" in said
    assert "teams are in no group" in said
