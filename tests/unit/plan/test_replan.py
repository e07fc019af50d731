from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sim.analysis.plan import PlanProblem, loads_problem
from sim.analysis.plan.evaluate import Evaluator
from sim.analysis.plan.layout import Layout, Plan
from sim.analysis.plan.observed import Observed, read_usage, weigh
from sim.analysis.plan.replan import CARRY_ON, prepared, remaining
from sim.analysis.plan.worlds import Worlds
from sim.errors import InputError
from sim.organisation import Organisation
from sim.outcomes import Outcome
from sim.parameters import parameter_rows

PLAN = Plan((1, 3, 6, 12), (1, 1, 1, 1), (1, 1, 1, 1))


def observed(weeks: list[int], values: list[float]) -> Observed:
    names = ("weekly_users",) * len(weeks)
    return Observed(names, np.array(weeks), np.array(values), np.full(len(weeks), np.inf))


def test_usage_is_read(tmp_path: Path) -> None:
    file = tmp_path / "usage.csv"
    file.write_text("Week,Weekly users,habitual,people\n8,23%,,120\n4,0.1,0,\n\n")
    read = read_usage(file, 24)
    assert read.outcomes == ("weekly_users", "weekly_users", "habitual")
    assert read.weeks.tolist() == [4, 8, 4]
    assert read.values.tolist() == [0.1, 0.23, 0.0]
    assert read.people.tolist() == [np.inf, 120, np.inf]
    assert read.week == 8
    assert read.series()["weekly_users"] == ((4, 8), (0.1, 0.23))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("weekly_users\n0.1\n", "usage.csv:1:1 week: column is missing"),
        ("week,weekly_user\n1,0.1\n", "weekly_user: is not a column here — did you mean weekly_us"),
        ("week\n1\n", "has no measured outcome"),
        ("week,habitual\n1,23\n", "usage.csv:2:3 habitual: is 23 — 0 to 1, a percentage such as"),
        ("week,habitual\n30,0.1\n", "usage.csv:2:1 week: is '30' — 1 to 24"),
        ("week,habitual\n2.5,x\n", "usage.csv:2:1 week: is '2.5'"),
        ("week,habitual\n1,\n", "holds no measured value"),
        ("week,habitual\n1,0.1\n1,0.2\n", "usage.csv:3:1 week: 1 stands twice"),
    ],
)
def test_what_is_wrong_with_usage_is_said(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "usage.csv"
    file.write_text(text)
    with pytest.raises(InputError) as caught:
        read_usage(file, 24)
    assert said in str(caught.value)


def test_weights_find_the_parameters_that_were_at_work(
    problem: PlanProblem, small_firm: Organisation
) -> None:
    levels = np.linspace(-3, 1, 9)
    chooses = ("take_up", "first_use")  # off: use follows the choice alone, and tells of it soon
    rows = parameter_rows({"b_0": levels}, chooses, n=9)
    layout = Layout(problem, small_firm)
    evaluator = Evaluator(layout, Worlds.of(rows, problem.scenario, 0), threads=1)
    true = parameter_rows({"b_0": -1.0}, chooses)
    lived = evaluator.run([(PLAN, true)], np.uint64(77)).weekly[0, 0, 0]
    users = lived[:, Outcome["weekly_users"]]
    assert users[9] > 0.02
    weighed = weigh(evaluator, PLAN, observed([6, 7, 8, 9, 10], users[5:10].tolist()))
    assert abs(weighed.rows["b_0"].mean() + 1.0) < 0.4  # the prior mean is also -1 ...
    assert weighed.rows["b_0"].std() < 0.8 < levels.std()  # ... but it was much less certain
    assert 1 < weighed.effective < weighed.pool
    assert weighed.nearest < 1
    low = weigh(evaluator, PLAN, observed([10], [0.0]))
    assert low.rows["b_0"].mean() < -1.5  # and it moves where the figures are lower
    drawn = Worlds(weighed.rows, 0, weighed.seeds)
    units = drawn.units("report", 400)
    assert len(np.unique(units)) == len(np.unique(drawn.sets("report", 400)["b_0"])) < 10
    assert len(np.unique(evaluator.worlds.units("report", 9))) == 9
    far = weigh(evaluator, PLAN, observed([1, 2, 3], [1.0, 1.0, 1.0]))
    assert far.nearest > 2  # use before access: nothing in the model is like it


def test_what_has_begun_is_decided(problem: PlanProblem, small_firm: Organisation) -> None:
    text = problem.text + "waves: {numbers: [1, 2], gaps: [2, 4]}\n"
    layout = Layout(loads_problem(text), small_firm)
    names = layout.problem.waves.names if layout.problem.waves else ()
    half = len(names) // 2
    plan = Plan((1, 3, 6, 10), PLAN.doses, PLAN.rounds, (names[:half], names[half:]), 2)
    left = remaining(layout.problem, layout, plan, 6)
    loyalty, policy, access, practice = left.items
    assert (loyalty.earliest, loyalty.latest) == (1, 3)  # both waves, two weeks apart
    assert policy.doses == (1.0,)
    assert (access.earliest, access.doses) == (6, (1.0,))
    assert practice.earliest == 7
    assert left.waves is not None
    assert left.waves.fixed == (tuple(range(half)), tuple(range(half, len(names))))
    assert left.waves.gaps == (2,)
    with pytest.raises(InputError, match="nothing is left to be decided after week 20"):
        remaining(layout.problem, layout, plan, 20)


def test_the_remaining_weeks_are_planned(
    problem: PlanProblem, small_firm: Organisation, rows: np.ndarray
) -> None:
    planner, weighed = prepared(
        problem, small_firm, rows, PLAN, observed([7, 8], [0.2, 0.25]), runs=300, worlds=20,
        threads=1,
    )  # fmt: skip
    answer = planner.answer()
    assert len(weighed.rows) == len(weighed.seeds) == len(planner.rows)
    for one in answer.plans:
        assert one.plans[0].starts[:3] == PLAN.starts[:3]
        assert one.plans[0].starts[3] > 8
    assert answer.baselines[0].name == CARRY_ON
    assert {one.label for one in answer.elements} <= {"practice"}
    assert all(one.week > 8 for one in answer.roadmap.checkpoints)
    assert answer.roadmap.observed == {"weekly_users": ((7, 8), (0.2, 0.25))}
    world = planner.evaluator.worlds
    _, seed = world.world("race", 3)
    assert int(seed) in {int(one) for one in weighed.seeds}  # luck that has been lived
