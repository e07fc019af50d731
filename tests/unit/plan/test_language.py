"""Eight problems that planners have, each said plainly; and what each of their words does."""

from __future__ import annotations

import numpy as np
import pytest

from sim.analysis.plan import PlanProblem, loads_problem
from sim.analysis.plan.baselines import baselines
from sim.analysis.plan.check import keeps, violations
from sim.analysis.plan.evaluate import Evaluator, ReplicateSource
from sim.analysis.plan.layout import Layout, Plan
from sim.analysis.plan.roadmap import steps
from sim.analysis.plan.selection import order
from sim.analysis.plan.space import Space
from sim.case import Case, run_cases
from sim.errors import InputError
from sim.numbers import figure
from sim.organisation import Organisation
from sim.results.measure import at
from sim.runner import load_scenario

MEASURES = """
interventions:
  - loyalty conversation: {label: loyalty, hours: 2}
  - usage policy: {label: policy, waves: false, doses: [0, 1]}
  - access: {takes: {licences: 1 per 1 people}}
  - role-specific practice:
      {label: practice, hours: 6, doses: [0.5, 1], occupies: {trainers: 1 per 12 people}}
weeks: 40
"""
LICENCES = "budget: {licences: {every month: 25}, hours: 900}\ncapacity: {trainers: 5}\n"


def planned(firm: Organisation, more: str, text: str = MEASURES) -> tuple[Layout, Plan]:
    """Return a plan that keeps all constraints, and says so."""
    layout = Layout(loads_problem(text + more), firm)
    plan = Space(layout).first()
    assert plan is not None
    assert violations(layout, plan) == ()
    return layout, plan


def test_five_trainers_and_a_blackout(small_firm: Organisation) -> None:
    layout, plan = planned(
        small_firm,
        "waves: {numbers: [1, 2, 4], gaps: [2, 4]}\nprecedence: [loyalty before everything]\n"
        "blackouts: [{start: week 16, lasts: 3 weeks}]\ncapacity: {trainers: 2}\n"
        "budget: {licences: 60}\n",
    )
    assert len(plan.waves) == 4
    assert layout.use(plan, "trainers").max() <= 2


def test_licences_bought_by_the_month(small_firm: Organisation) -> None:
    layout, plan = planned(
        small_firm, LICENCES + "waves: {numbers: [3], gaps: [4, 5], groups: {North: "
        "[Operations North, Sales North], East: [Operations East, Operations South, Operations "
        "West], Rest: [Finance, Leadership, Sales South, Technology]}}\n",
    )  # fmt: skip
    bought = layout.problem.limits[1].series(40)
    assert bought[0] == 25
    assert bought[4] == 50  # month 2 begins in week 5
    assert (np.cumsum(layout.use(plan, "licences")) <= bought).all()
    at_once = Plan((1, 0, 1, 1), (1.0, 0.0, 1.0, 1.0), (1, 0, 1, 1))
    assert any("licences by week" in one and "60 of" in one for one in violations(layout, at_once))


def test_three_objectives(small_firm: Organisation) -> None:
    problem = loads_problem(
        MEASURES + LICENCES + "objective: [{what: share}, hours, {what: area, of: weekly_users}]\n"
    )
    assert [one.what for one in problem.objectives] == ["share", "hours", "area"]


def judged(problem: PlanProblem, firm: Organisation, rows: np.ndarray, plans: list[Plan]) -> list:
    layout = Layout(problem, firm)
    evaluator = Evaluator(layout, ReplicateSource.of(rows, problem.scenario, 0), threads=1)
    values = evaluator.values(plans, 16)
    return [values, order(values, problem).tolist()]


def test_a_goal_with_a_probability_goes_before_the_objective(
    small_firm: Organisation, rows: np.ndarray
) -> None:
    text = """
interventions: [access: {doses: [0, 1], money: 100}]
weeks: 12
objective: money
"""
    goal = "goals: {what: share, of: weekly_users, at: week 12, reach: 0.05, in: 0.8}\n"
    nothing, tool = Plan((0,), (0.0,), (0,)), Plan((1,), (1.0,), (1,))
    _, ranking = judged(loads_problem(text), small_firm, rows, [nothing, tool])
    assert ranking == [0, 1]
    values, ranking = judged(loads_problem(text + goal), small_firm, rows, [nothing, tool])
    assert values.shape == (2, 2, 16)
    assert ranking == [1, 0]
    said = loads_problem(text + goal).goals[0].said(12)
    assert said == "weekly users, week 12 at least 5% in 80% of replicates"


def test_a_pilot_of_three_teams_then_the_rest(small_firm: Organisation) -> None:
    layout, plan = planned(
        small_firm,
        "waves: {numbers: [2], gaps: [2], pilot: {groups: 3, people: 25, weeks: 6}}\n"
        "budget: {licences: 60}\ncapacity: {trainers: 5}\n",
    )
    assert len(plan.waves[0]) == 3
    assert sum(layout.part_people(name) for name in plan.waves[0]) <= 25
    starts = layout.wave_starts(plan, 2)
    assert starts[1] - starts[0] == 8  # the gap and the six weeks of the pilot
    for simple in baselines(Space(layout)):
        assert all(len(one.waves[0]) == 3 for one in simple.plans) or not simple.keeps
        if simple.name == "managers first":  # no three teams
            assert "a first wave that is no pilot of 3 groups" in " ".join(simple.notes)


def test_money_by_level_and_role(small_firm: Organisation) -> None:
    layout, plan = planned(
        small_firm,
        "rates: {everyone: 50, levels: {1: 200}}\nbudget: {money: 40000, licences: 60}\n"
        "capacity: {trainers: 5}\n",
    )
    high = layout.organisation.people["level"] == 1
    hours = 2 * plan.doses[0]
    expected = hours * (200 * high.sum() + 50 * (~high).sum())
    assert layout.use(plan, "money", rows=[0]).sum() == pytest.approx(expected)
    assert layout.totals(plan)["money"] <= 40000
    with pytest.raises(InputError, match="role Partners is not there"):
        Layout(loads_problem(MEASURES + LICENCES + "rates: {roles: {Partners: 9}}\n"), small_firm)


def test_capacity_by_month_and_by_site(small_firm: Organisation) -> None:
    groups = ("groups: {North: [Operations North, Sales North], Rest: [Operations East, Operations "
              "South, Operations West, Finance, Leadership, Sales South, Technology]}")  # fmt: skip
    layout, plan = planned(
        small_firm,
        f"waves: {{numbers: [2], gaps: [4], even: false, {groups}, before: [North before Rest]}}\n"
        "budget: {licences: 60}\n"
        "capacity: {hours: {week 1: 100, month 3: 400}, trainers: {groups: {North: 2, Rest: 4}}}\n",
    )
    assert plan.waves == (("North",), ("Rest",))
    assert layout.use(plan, "hours")[:8].max() <= 100
    assert layout.use(plan, "trainers", "North").max() <= 2
    text = MEASURES + LICENCES.replace("trainers: 5", "trainers: {groups: {Hamburg: 2}}")
    elsewhere = loads_problem(f"{text}waves: {{numbers: [1], {groups}}}\n")
    with pytest.raises(InputError, match="names Hamburg, which is no group of teams"):
        Layout(elsewhere, small_firm)


def test_a_latest_lag_a_settled_week_and_own_gaps(small_firm: Organisation) -> None:
    text = MEASURES.replace("hours: 6,", "hours: 6, gaps: [6], fixed: {wave 2: week 20},")
    layout, plan = planned(
        small_firm,
        "waves: {numbers: [2], gaps: [2]}\nbudget: {licences: 60}\ncapacity: {trainers: 5}\n"
        "precedence: [loyalty at least 1 week and at most 3 weeks before policy]\n",
        text,
    )
    assert layout.wave_starts(plan, 3) == (14, 20)
    loyalty, policy = layout.wave_starts(plan, 0), plan.starts[1]
    if policy:
        assert 1 <= policy - (loyalty[-1] + 1) <= 3
    late = Plan((1, 12, *plan.starts[2:]), (1.0, 1.0, *plan.doses[2:]), (1, 1, *plan.rounds[2:]),
                plan.waves, (2, 0, *plan.gaps[2:]))  # fmt: skip
    assert any("policy starts only in week 12" in one for one in violations(layout, late))


def test_a_lag_of_a_week_is_kept_to_the_week(small_firm: Organisation) -> None:
    more = "precedence: [loyalty at least 1 week before policy]\n"
    layout = Layout(loads_problem(MEASURES + LICENCES + more), small_firm)
    over = 1 + layout.problem.items[0].round_weeks
    for start, said in ((over, True), (over + 1, False)):
        plan = Plan((1, start, 1, 1), (1.0, 1.0, 1.0, 1.0), (1, 1, 1, 1))
        assert any("policy starts in week" in one for one in violations(layout, plan)) is said


def test_waves_keep_their_order_and_one_gap(small_firm: Organisation) -> None:
    groups = ("groups: {North: [Operations North, Sales North], Rest: [Operations East, Operations "
              "South, Operations West, Finance, Leadership, Sales South, Technology]}")  # fmt: skip
    waves = f"waves: {{numbers: [2], gaps: [2, 3], even: false, {groups}, "
    text = MEASURES + LICENCES + waves + "before: [North before Rest]}\n"
    layout = Layout(loads_problem(text), small_firm)

    def said(*waves: tuple[str, ...], gaps: tuple[int, ...] = (2, 0, 2, 2)) -> str:
        plan = Plan((1, 0, 5, 9), (1.0, 0.0, 1.0, 1.0), (1, 0, 1, 1), waves, gaps)
        return " | ".join(violations(layout, plan))

    unlike, late = "not as far apart from wave to wave", "North not in an earlier wave than Rest"
    assert unlike not in said(("North",), ("Rest",))
    assert unlike in said(("North",), ("Rest",), gaps=(2, 0, 3, 2))
    assert late not in said(("North",), ("Rest",))
    assert late in said(("Rest",), ("North",))
    assert late in said(("North", "Rest"), ())


def test_a_sequence_has_one_gap(small_firm: Organisation) -> None:
    talks = "".join(
        f"  - {kind} conversation: {{waves: false}}\n"
        for kind in ("loyalty", "identity", "relationship")
    )
    names = "loyalty conversation, identity conversation, relationship conversation"
    more = f"weeks: 30\nsequences: [{{of: [{names}], gaps: [1, 2]}}]\n"
    layout = Layout(loads_problem(f"interventions:\n{talks}{more}"), small_firm)
    lasts = [item.round_weeks for item in layout.problem.items]

    def said(first: int, second: int) -> str:
        starts = [1, 1 + lasts[0] + first]
        starts.append(starts[1] + lasts[1] + second)
        return " | ".join(violations(layout, Plan(tuple(starts), (1.0,) * 3, (1,) * 3)))

    assert said(1, 1) == said(2, 2) == ""
    assert said(1, 2) == "gaps of 1 and 2 weeks in one sequence"
    assert "3 weeks between" in said(1, 3)


def test_amounts_by_week_add_up_and_begin_with_nothing() -> None:
    said = (
        "budget: {licences: 60}\ncapacity: {trainers: {week 2: 1, every 4 weeks: 2, week 5: 4}}\n"
    )
    amounts = dict(loads_problem(MEASURES + said).limits[0].amounts)
    assert (amounts[1], amounts[2], amounts[5]) == (2, 1, 2 + 4)
    late = loads_problem(MEASURES + said.replace("every 4 weeks: 2, ", "")).limits[0]
    assert late.amounts[0] == (1, 0), "an amount of one week only stands for all of them"
    assert late.series(5).tolist() == [0, 1, 1, 1, 4]


def test_groups_together_and_apart(small_firm: Organisation) -> None:
    _, plan = planned(
        small_firm,
        "waves: {numbers: [2], gaps: [2], together: [[Sales North, Sales South]], "
        "apart: [[Finance, Technology]]}\nbudget: {licences: 60}\ncapacity: {trainers: 5}\n",
    )
    at = {name: k for k, wave in enumerate(plan.waves) for name in wave}
    assert "Sales North + Sales South" in at
    assert at["Finance"] != at["Technology"]


def test_a_soft_limit_has_its_price(small_firm: Organisation, rows: np.ndarray) -> None:
    text = (
        MEASURES + "capacity: {trainers: 99}\nbudget: {licences: 60, hours: {amount: 300, price: "
    )
    text += "0.01 per 100}}\n"
    layout = Layout(loads_problem(text), small_firm)
    plan = Plan((1, 0, 1, 1), (1.0, 0.0, 1.0, 1.0), (1, 0, 1, 1))
    over = layout.totals(plan)["hours"] - 300
    assert over > 0
    assert layout.price(plan) == pytest.approx(over / 100 * 0.01)
    assert keeps(layout, plan)
    free = Layout(loads_problem(text.replace("0.01 per 100", "0")), small_firm)
    values = [
        Evaluator(one, ReplicateSource.of(rows, one.problem.scenario, 0), threads=1).values(
            [plan], 2
        )
        for one in (layout, free)
    ]
    np.testing.assert_allclose(values[1] - values[0], layout.price(plan))


def test_latest_is_of_the_first_wave_and_started_by_of_the_last(small_firm: Organisation) -> None:
    more = "waves: {numbers: [2], gaps: [4]}\nbudget: {licences: 60}\ncapacity: {trainers: 5}\n"
    text = MEASURES.replace("hours: 6,", "hours: 6, earliest: week 10, latest: week 10,")
    layout, plan = planned(small_firm, more, text)
    assert layout.wave_starts(plan, 3) == (10, 14)
    late = loads_problem(
        text.replace("latest: week 10,", "latest: week 10, started_by: 13,") + more
    )
    assert Space(Layout(late, small_firm)).first() is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("capacity: {coaches: 3}", "capacity.coaches: nothing occupies or takes coaches"),
        ("budget: {money: -1}", "budget.money: is -1"),
        ("currency: 5 euros", "is '5 euros' — up to eight letters or a sign, such as EUR or €"),
        ("budget: {money: {soon: 5}}", "has 'soon'"),
        ("capacity: {hours: {amount: 5, price: cheap}}", "has the price 'cheap'"),
        ("starts: 2027-01-05", "starts: is a Tuesday — a Monday such as 2027-01-04"),
        ("goals: [{what: share, in: 0.5}]", "reach: is missing"),
        ("goals: [{what: share, reach: 0.5, in: 2}]", "in: is 2"),
        ("risk: brave", "is 'brave' — mean, 10th percentile, worst tenth (or cvar) or regret"),
        ("objective: [area, hours, money, share]", "3 at most"),
        ("rates: {levels: {x: 3}}", "rates.levels"),
        ("waves: {numbers: [1], pilot: {groups: 2}}", "needs a second wave"),
        ("waves: {before: [North then South]}", "such as: Hamburg before Munich"),
        ("start_from: /etc/passwd", "start_from: is '/etc/passwd'"),
    ],
)
def test_what_is_wrong_is_said(text: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        loads_problem(f"interventions: [access: {{}}]\n{text}\n", "p.yaml")
    assert said in str(caught.value)


@pytest.mark.parametrize("text", ["hello\n", "", "- access\n"])
def test_a_file_that_is_no_plan_says_what_one_is(text: str) -> None:
    with pytest.raises(InputError, match=r"such as \{interventions: \[…\]\}"):
        loads_problem(text, "p.yaml")


def test_a_plan_less_a_scenario_is_taken_in_the_same_replicates(
    small_firm: Organisation, rows: np.ndarray
) -> None:
    plans = [Plan((1, 0, 1, 1), (1.0, 0.0, 1.0, 1.0), (1, 0, 1, 1)),
             Plan((1, 0, 20, 24), (1.0, 0.0, 1.0, 1.0), (1, 0, 1, 1))]  # fmt: skip
    level, _ = judged(loads_problem(MEASURES + LICENCES), small_firm, rows, plans)
    problem = loads_problem(
        MEASURES
        + LICENCES
        + "objective: 'habitual_w40: plan less licences-only'\nrisk: 10th percentile\n"
        "goals: {what: share, at: 40, less: nothing, reach: 0.05, in: 0.5}\n"
    )
    (asked,) = problem.objectives
    assert (asked.of, asked.at, asked.less) == ("habitual", 40, "licences-only")
    assert asked.named(40) == "habitual, week 40, less licences-only"
    assert "less nothing at least +5.0 points in 50%" in problem.goals[0].said(40)
    less, _ = judged(problem, small_firm, rows, plans)
    replicates = ReplicateSource.of(rows, problem.scenario, 0)
    alone = []
    for index in range(16):
        sets, seed = replicates.replicates("race", index, index + 1)
        case = Case.of(load_scenario("licences-only"), small_firm, 40, sets=sets)
        alone.append(at("habitual").of_weekly(run_cases([case], seed).weekly)[0, 0, 0])
    assert (less[0] == level[0] - np.array(alone)).all()
    assert less[0].std() > 0
    assert (less[1] == level[0]).all()  # without access nobody uses anything
    assert figure(less[0].mean(), asked.unit).endswith(" points")


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ("'habitual_w41: plan less licences-only'", "did you mean|share, area"),
        ("'habitual_w40: licences-only less plan'", "share, area"),
        ("'habitual_w40: plan less licence-only'", "did you mean licences-only"),
        ("{what: share, less: ../secret.yaml}", "leads out of the folder"),
        ("{what: hours, less: nothing}", "stands beside hours, which is planned"),
    ],
)
def test_a_difference_that_cannot_be_taken_is_refused(said: str, wrong: str) -> None:
    with pytest.raises(InputError, match=wrong):
        loads_problem(MEASURES + LICENCES + f"objective: {said}\n")


def test_whom_a_measure_is_for_is_said(small_firm: Organisation) -> None:
    """By the word of the file where it is no whole teams; there is no better one for a mixture."""
    text = """
weeks: 12
interventions:
  - manager coaching: {label: a}
  - generic training: {label: b, audience: {roles: [engineer, manager]}}
  - generic training: {label: c, audience: informal leaders}
  - generic training: {label: d, audience: {roles: [engineer], share: 0.5}}
  - generic training: {label: e, audience: {teams: [Technology]}}
"""
    plan = Plan((1,) * 5, (1.0,) * 5, (1,) * 5)
    found = {one.measure: one.who for one in steps(Layout(loads_problem(text), small_firm), plan)}
    assert found == {
        "a": ("managers",), "b": ("engineer", "manager"), "c": ("informal leaders",),
        "d": ("its audience",), "e": ("Technology",),
    }  # fmt: skip
