from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sim.analysis.plan import Planner, PlanProblem, load_problem, loads_problem
from sim.analysis.plan.check import keeps, violations
from sim.analysis.plan.infeasible import infeasible_subsets
from sim.analysis.plan.layout import Layout, Plan
from sim.analysis.plan.loader import own_plan
from sim.analysis.plan.placing import placed, plan_timeline, scenario_text
from sim.analysis.plan.problem import Limit
from sim.analysis.plan.space import Space
from sim.case import Case
from sim.engine.compiled import run_cases
from sim.errors import InputError
from sim.interventions.timeline import place
from sim.organisation import Organisation
from sim.outcomes import Outcome
from sim.randomness import replicate_seeds
from sim.runner import load_organisation
from sim.scenario import loads


def plan_of(starts: tuple[int, ...], doses: tuple[float, ...] = (1, 1, 1, 1)) -> Plan:
    return Plan(starts, doses, (1, 1, 1, 1))


def generated(rng: np.random.Generator) -> PlanProblem:
    """Return a problem of five interventions in up to three waves, without limits."""
    lines = ["weeks: 30", "interventions:"]
    for label, kind in (("a", "loyalty conversation"), ("b", "identity conversation"),
                        ("c", "generic training"), ("d", "role-specific practice"),
                        ("e", "access")):  # fmt: skip
        first = int(rng.integers(1, 8))
        lines.append(
            f"  - {kind}: {{label: {label}, earliest: {first}, latest: {first + 14}, "
            f"hours: {int(rng.integers(1, 5))}, occupies: {{trainers: 1 per "
            f"{int(rng.integers(6, 20))} people}}}}"
        )
    start = int(rng.integers(6, 20))
    lines += [
        f"waves: {{numbers: [{int(rng.integers(1, 3))}, 3], gaps: [2, 3]}}",
        "precedence: [a before e, b before d]",
        f"blackouts: [{{start: {start}, lasts: 2 weeks}}]",
        "capacity: {trainers: 1000}",
    ]
    return loads_problem("\n".join(lines))


def test_a_plan_that_keeps_everything_breaks_nothing(layout: Layout) -> None:
    assert violations(layout, plan_of((1, 3, 4, 5))) == ()


@pytest.mark.parametrize(
    ("starts", "came_to"),
    [
        ((5, 1, 2, 1), (5, 1, 6, 1)),  # loyalty before access
        ((1, 1, 4, 7), (1, 1, 4, 5)),  # blackout weeks 8 and 9
        ((20, 1, 16, 1), (12, 1, 16, 1)),  # latest start
    ],
)
def test_the_nearest_plan_that_keeps_everything_is_found(
    layout: Layout, starts: tuple[int, ...], came_to: tuple[int, ...]
) -> None:
    found = Space(layout).nearest(plan_of(starts), 1)
    assert found is not None
    assert found.starts == came_to
    assert violations(layout, found) == ()


def limited(problem: PlanProblem, **amounts: float) -> PlanProblem:
    """Return the problem with other amounts: ``capacity_trainers``, ``budget_hours``."""
    limits = []
    for one in problem.limits:
        amount = amounts.pop(f"{'budget' if one.budget else 'capacity'}_{one.name}", None)
        limits.append(one if amount is None else replace(one, amounts=((1, amount),)))
    assert not amounts
    return replace(problem, limits=tuple(limits))


def test_what_is_exceeded_is_said_with_numbers(
    problem: PlanProblem, small_firm: Organisation
) -> None:
    tight = Layout(limited(problem, capacity_trainers=2, budget_hours=300), small_firm)
    said = violations(tight, plan_of((1, 3, 4, 5)))
    assert "trainers in week 5: 3 of 2" in said
    assert any(one.startswith("hours in all: ") and one.endswith("of 300") for one in said)


def test_plans_drawn_and_changed_keep_every_constraint(repository: Path) -> None:
    problem = load_problem(repository / "experiments/planning/forty-weeks.yaml")
    space = Space(Layout(problem, load_organisation("services-firm")))
    rng = np.random.default_rng(3)
    plan = space.draw(rng)
    seen = set()
    for _ in range(40):
        assert plan is not None
        assert violations(space.layout, plan) == ()
        seen.add(plan)
        plan = space.near(plan, rng) or space.draw(rng)
    assert len(seen) > 25


def test_violations_are_found(layout: Layout) -> None:
    bad = Plan((8, 1, 2, 17), (1, 1, 1, 1), (1, 1, 1, 1))
    said = " | ".join(violations(layout, bad))
    assert "loyalty falls into blackout weeks 8 to 9" in said
    assert "loyalty before access: access starts in week 2" in said
    late = replace(bad, starts=(1, 1, 17, 19))
    said = " | ".join(violations(layout, late))
    assert "access starts after week 16" in said
    assert "practice starts after week 18" in said


def test_every_decision_once(space: Space) -> None:
    plans = space.plans(10_000)
    assert plans is not None
    by_hand = {
        Plan((a, b, c, d), (1, 1 if b else 0, 1, 1), (1, 1 if b else 0, 1, 1))
        for a in range(1, 13, 4)
        for b in (0, *range(1, 13, 4))
        for c in range(1, 17, 4)
        for d in range(1, 19, 4)
    }
    kept = {plan for plan in by_hand if keeps(space.layout, plan)}
    assert len(set(plans)) == len(plans) > 20
    assert set(plans) == kept
    assert space.plans(10) is None
    rng = np.random.default_rng(0)
    drawn = {space.draw(rng) for _ in range(60)}
    assert drawn <= kept
    assert len(drawn) > len(kept) / 2


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
    text = problem.text.replace("step: 4", "step: 1")
    text += "waves: {numbers: [1, 2, 3], gaps: [4]}\n"
    space = Space(Layout(loads_problem(text), small_firm))
    rng = np.random.default_rng(0)
    seen = set()
    for _ in range(30):
        plan = space.draw(rng)
        assert plan is not None
        seen.add(len(plan.waves))
        if len(plan.waves) > 1:
            sizes = [sum(space.layout.part_people(name) for name in wave) for wave in plan.waves]
            assert sum(sizes) == small_firm.n_people
            assert min(sizes) > 0
            assert max(sizes) - min(sizes) <= 20  # teams of up to ten stay together
    assert seen == {1, 2, 3}


def test_planned_hours_are_the_hours_simulated(layout: Layout, small_firm: Organisation) -> None:
    items = tuple(
        replace(i, base=i.base.model_copy(update={"attendance": 1.0})) for i in layout.problem.items
    )
    layout = Layout(replace(layout.problem, items=items, limits=()), small_firm)
    plan = plan_of((1, 3, 4, 5))
    case = Case.of(loads(scenario_text(layout, plan, "x", "")), small_firm, 24)
    records = run_cases([case], replicate_seeds(0, 1), weeks=24, threads=1)
    set_seeds = records.weekly[0, 0, 0, -1, Outcome["hours"]] * small_firm.n_people
    assert set_seeds == pytest.approx(layout.totals(plan)["hours"], rel=1e-9)


@pytest.mark.parametrize("waves", [1, 2])
def test_the_scenario_file_says_what_was_searched(
    problem: PlanProblem, small_firm: Organisation, waves: int
) -> None:
    text = problem.text + f"waves: {{numbers: [{waves}], gaps: [4]}}\n"
    text += "timeline: [layoff rumour: {start: week 9}, joins: {start: week 6}]\n"
    text += "parameters: {b_trust: 2.5}\n"
    space = Space(Layout(loads_problem(text), small_firm))
    rng = np.random.default_rng(1)
    plan = space.draw(rng)
    assert plan is not None
    scenario = loads(scenario_text(space.layout, plan, "x", "y"))
    assert scenario.overrides() == {"b_trust": 2.5}
    theirs = scenario.place(small_firm)
    placed_whole = place(placed(space.layout, plan), small_firm, 24)
    for mine in (placed_whole, plan_timeline(space.layout, plan)):
        assert len(mine.phases) == len(theirs.phases) == 2
        pairs = [(mine, theirs)]
        pairs += [(a.timeline, b.timeline) for a, b in
                  zip(mine.phases, theirs.phases, strict=True)]  # fmt: skip
        for one, other in pairs:
            np.testing.assert_array_equal(one.effects, other.effects)
            np.testing.assert_array_equal(one.audience_start, other.audience_start)
            np.testing.assert_array_equal(one.audience_member, other.audience_member)


def test_a_plan_within_all_limits_is_told_by_every_group_of_teams(
    problem: PlanProblem, small_firm: Organisation
) -> None:
    """What groups take is added up; waves of other parts are looked up by person."""
    text = problem.text.replace("hours: 200", "hours: 120")
    text += "waves: {numbers: [1, 2, 3], gaps: [2, 4]}\n"
    layout, rng, kept = Layout(loads_problem(text), small_firm), np.random.default_rng(3), 0
    assert layout.problem.waves is not None
    names = layout.problem.waves.names
    for _ in range(200):
        count = int(rng.integers(1, 4))
        at = [*range(count), *rng.integers(count, size=len(names) - count).tolist()]
        waves = layout.divided(at, count)
        if rng.random() < 0.2:
            waves, count = (("managers",), ("all but managers",)), 2
        starts = tuple(int(week) for week in rng.integers(1, 15, size=4))
        plan = Plan(starts, (1,) * 4, (1,) * 4, waves, (2,) * 4 if count > 1 else ())
        over = 0.0
        for limit in layout.problem.limits:
            taken = np.zeros(24)
            for row, item in enumerate(layout.problem.items):
                for wave, start in zip(layout.waves_of(row, waves), layout.wave_starts(plan, row),
                                       strict=True):  # fmt: skip
                    taken += layout.amount(row, limit.name, wave) * layout.active(
                        row, start, 1, limit.name in item.takes
                    )
            taken = np.cumsum(taken) if limit.budget else taken
            over = max(over, float((taken - limit.series(24)).max()))
        said = any(" of " in one and ": " in one for one in violations(layout, plan))
        late = any("not over by" in one for one in violations(layout, plan))
        assert late or said == (over > 1e-3), (plan, over)
        kept += over <= 1e-3
    assert 20 < kept < 180


INFEASIBLE = [
    ({"budget_hours": 150.0}, "budget of 150 hours", r"hours: [0-9]+ in place of 150"),
    (
        {"capacity_trainers": 2.0},
        "capacity of 2 trainers a week",
        "trainers: 3 in place of 2 a week",
    ),
]


@pytest.mark.parametrize(("change", "said", "way"), INFEASIBLE)
def test_an_impossible_problem_says_what_clashes_and_what_would_do(
    problem: PlanProblem, small_firm: Organisation, rows: np.ndarray,
    change: dict[str, float], said: str, way: str,
) -> None:  # fmt: skip
    with pytest.raises(InputError) as caught:
        Planner(limited(problem, **change), small_firm, rows)
    text = str(caught.value)
    assert "no plan keeps all constraints (proved)" in text
    assert said in text
    found = re.search(way, text)
    assert found, text
    amount = float(found[0].split(": ")[1].split()[0])
    name = next(iter(change))
    assert Space(Layout(limited(problem, **{name: amount}), small_firm)).first() is not None
    less = limited(problem, **{name: amount - 1})
    assert Space(Layout(less, small_firm)).first() is None  # it is the smallest that would do


def test_a_run_that_is_too_short_says_how_long_it_must_be(
    problem: PlanProblem, small_firm: Organisation
) -> None:
    found = infeasible_subsets(Layout(replace(problem, weeks=3), small_firm))
    assert isinstance(found, tuple)
    assert "the run of 3 weeks" in str(found[0])
    assert "weeks: 4 in place of 3" in found[0].ways or any("weeks: " in w for w in found[0].ways)


def test_all_clashes_are_said_at_once(problem: PlanProblem, small_firm: Organisation) -> None:
    tight = limited(problem, capacity_trainers=2, budget_hours=150)
    found = infeasible_subsets(Layout(tight, small_firm))
    assert isinstance(found, tuple)
    said = [str(one) for one in found]
    assert any("budget of 150 hours" in one for one in said)
    assert any("capacity of 2 trainers" in one for one in said)


@pytest.mark.slow
def test_a_team_that_alone_is_too_large_is_named(small_firm: Organisation) -> None:
    text = """
interventions:
  - role-specific practice: {label: practice, occupies: {trainers: 1 per 2 people}}
waves: {numbers: [4], gaps: [4]}
capacity: {trainers: 2}
"""
    found = infeasible_subsets(Layout(loads_problem(text), small_firm))
    assert isinstance(found, tuple)
    assert any("alone" in fact and "trainers of 2 for practice" in fact for fact in found[0].facts)


SEEDS = [
    *range(6),
    *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(6, 40)),
    *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(40, 200)),
]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_problem_made_around_a_plan_has_a_plan(small_firm: Organisation, seed: int) -> None:
    """Capacity and budget are just what one plan takes: nothing is to spare."""
    rng = np.random.default_rng(seed)
    layout = Layout(generated(rng), small_firm)
    hidden = Space(layout).draw(rng)
    assert hidden is not None
    limits = (
        Limit("hours", ((1, float(layout.use(hidden, "hours").max())),)),
        Limit("trainers", ((1, float(layout.use(hidden, "trainers").max())),)),
        Limit("hours", ((1, float(layout.use(hidden, "hours").sum())),), budget=True),
    )
    tight = Layout(replace(layout.problem, limits=limits), small_firm)
    assert keeps(tight, hidden)
    plan = Space(tight).first()
    assert plan is not None
    assert violations(tight, plan) == ()


@pytest.mark.slow
def test_five_trainers_for_240_people_are_never_called_impossible(repository: Path) -> None:
    problem = load_problem(repository / "experiments/planning/tight.yaml")
    layout = Layout(problem, load_organisation("services-firm"))
    for seed in range(31):
        plan = Space(layout).first(seed)
        assert plan is not None
        assert violations(layout, plan) == ()


def test_a_precedence_that_cannot_be_kept_is_named(small_firm: Organisation) -> None:
    text = """
interventions:
  - loyalty conversation: {label: loyalty, earliest: week 10}
  - access: {latest: week 9}
precedence: [loyalty before access]
capacity: {hours: 500}
"""
    found = infeasible_subsets(Layout(loads_problem(text), small_firm))
    assert isinstance(found, tuple)
    assert [one.kind for one in found[0].constraints] == [
        "earliest", "needed", "latest", "needed", "precedence",
    ]  # fmt: skip
    assert "loyalty: earliest week 8 in place of 10" in found[0].ways
    assert "access: latest week 11 in place of 9" in found[0].ways
    assert "loyalty and access may not be left out" in str(found[0])


def test_unknown_teams_and_groups_are_said(small_firm: Organisation) -> None:
    text = "interventions: [access: {audience: {teams: [Slaes]}}]\n"
    text += "waves: {numbers: [2], groups: {a: [Sales], b: [Lgal]}}"
    with pytest.raises(InputError) as caught:
        Layout(loads_problem(text, "p.yaml"), small_firm)
    said = str(caught.value)
    assert "team Slaes is not in" in said
    assert "team Lgal is not in" in said
    assert "teams are in no group" in said


def test_a_plan_of_ones_own_is_read_back(
    problem: PlanProblem, small_firm: Organisation, tmp_path: Path
) -> None:
    text = problem.text + "waves: {numbers: [1, 2], gaps: [2, 4]}\n"
    layout = Layout(loads_problem(text), small_firm)
    plan = Space(layout).draw(np.random.default_rng(4), 2)
    assert plan is not None
    file = tmp_path / "ours.yaml"
    file.write_text(scenario_text(layout, plan, "ours", ""))
    assert own_plan(layout, file) == plan
    file.write_text("timeline: [mandate: {start: 3}]\n")
    with pytest.raises(InputError, match="places mandate, which the problem does not"):
        own_plan(layout, file)
