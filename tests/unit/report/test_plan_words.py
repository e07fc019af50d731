"""A planner's sentences, of answers written by hand."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sim.analysis.plan import PlanProblem
from sim.analysis.plan.contenders import Ablation
from sim.analysis.plan.objective import Objective
from sim.analysis.plan.result import Answer
from sim.analysis.plan.switching import Lead, Look, Price
from sim.contrast import Difference, Estimate
from sim.numbers import UNDEFINED
from sim.report import plan_tables as tables
from sim.report import plan_words as words
from sim.report.roadmap import draw_front

USE, HOURS = Objective(what="share", of="weekly_users", at=20), Objective(what="hours")


def between(low: float, high: float) -> Difference:
    return Difference((low + high) / 2, low, high, 0.5, 0.0, 0.5, 200)


def level(mean: float) -> Estimate:
    return Estimate(mean, mean - 0.01, mean + 0.01, mean - 0.1, mean, mean + 0.1, 200)


def plan(name: str, behind: Difference | None = None, *means: float, **more: Any) -> Any:
    """A contender; ``behind`` is how far it is ahead of the best plan, if above 0."""
    given = {"keeps": True, "notes": (), "reached": (), "on_front": False, "alike": False} | more
    return SimpleNamespace(
        name=name, behind=behind, led=behind, estimates=tuple(map(level, means)), **given
    )


def answer(**more: Any) -> Any:
    problem = {"objectives": (USE,), "worth": 0.02, "goals": (), "risk": "mean", "weeks": 30,
               "spends_money": False, "limits": (), "currency": "", "paid": "of money",
               "named": lambda one: one.named(30)} | more.pop("problem", {})  # fmt: skip
    given = {"problem": SimpleNamespace(**problem), "plans": [plan("best")], "baselines": [],
             "ablations": [], "prices": (), "looks": (), "switching_conditions": (),
             "conditions": 0, "looked_at": ("best", "other")}  # fmt: skip
    made = SimpleNamespace(**(given | more))
    for kind, one in ((PlanProblem, made.problem), (Answer, made)):
        for name in ("lead", "leading", "lead_worth", "is_single", "knee", "turned"):
            if name in vars(kind):
                setattr(one, name, vars(kind)[name].fget(one))
    return made


def test_what_to_expect_and_below_what_to_plan_again() -> None:
    assert words.expected(0.0, 0.005, 0.0) == ("nobody yet", UNDEFINED)
    assert words.expected(0.0, 0.3, 0.005) == ("0–30%", UNDEFINED)
    assert words.expected(0.1, 0.3, 0.05) == ("10–30%", "5%")


def test_how_much_better_is_said_from_the_lower_end_up() -> None:
    assert words.gain(USE, between(-0.05, -0.01), -1) == "3.0 points (1.0 to 5.0)"
    assert words.gain(USE, between(0.01, 0.05)) == "3.0 points (1.0 to 5.0)"


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.01, 0.03, "A random order is 2.0 points (1.0 to 3.0) ahead by the mean"),
        (-0.08, -0.04, "Order matters here: the best plan is 6.0 points (4.0 to 8.0) ahead of a "
         "random order"),
        (-0.05, -0.01, "A random order is 3.0 points (1.0 to 5.0) behind, about what is worth "
         "caring for"),
        (-0.015, -0.005, "Order hardly matters here: a random order is 1.0 points (0.5 to 1.5) "
         "behind"),
        (-0.01, 0.004, "Order hardly matters here: a random order cannot be told apart"),
        (-0.04, 0.02, "Whether order matters here cannot be told: a random order"),
        (-0.01, 0.03, "Order hardly matters here: a random order cannot be told apart"),
    ],
)  # fmt: skip
def test_whether_order_matters(low: float, high: float, said: str) -> None:
    found = words._beside_random(answer(problem={"risk": "cvar 10%"}), between(low, high))
    assert found.startswith(said)


def test_the_best_simple_plan_and_waves_in_reverse() -> None:
    simple = [plan("all at once", between(-0.04, -0.02)), plan("slowly", between(-0.02, -0.01)),
              plan("breaks it", between(0.01, 0.03), keeps=False, notes=("breaks hours",)),
              plan("breaks more", between(-0.01, 0.05), keeps=False)]  # fmt: skip

    def said(reverse: Difference) -> str:
        ablations = [Ablation("waves", "in reverse", reverse)]
        return " ".join(words._order(answer(baselines=simple, ablations=ablations)))

    found = said(between(0.004, 0.006))
    assert "The best simple plan, slowly, is 1.5 points (1.0 to 2.0) behind." in found
    assert "Who is in which wave hardly matters: in reverse −0.5 points" in found
    assert found.endswith(
        "Outside your constraints breaks it would be 2.0 points (1.0 to 3.0) better (breaks hours)."
    )
    assert "hardly" not in said(between(-0.06, -0.04))  # better in reverse: it matters
    simple[:2] = [plan("kept", between(0.05, 0.06))]  # better, and allowed
    (found,) = words._outside(answer(baselines=simple))
    assert found.startswith("Outside your constraints breaks it would be")
    level = answer(baselines=[plan("slowly", between(-0.02, 0.01))])
    assert "cannot be told apart from it" in " ".join(words._order(level))


def test_goals_are_out_of_reach_where_no_plan_reaches_them() -> None:
    goals = [SimpleNamespace(share=share, said=lambda weeks, currency, k=k: f"goal {k}")
             for k, share in enumerate((0.8, 0.8))]  # fmt: skip
    one = answer(problem={"goals": goals}, plans=[plan("best", reached=(0.8, 0.5))],
                 baselines=[plan("simple", reached=(0.1, 0.6))])  # fmt: skip
    assert list(words._goals(one)) == [
        "Goal reached: goal 0 (80%).",
        "Goal out of reach: goal 1; the best plan does so in 50%, no plan looked at in more than "
        "60%.",
    ]


def test_elements_are_ranked_by_what_they_bring_and_what_they_take() -> None:
    parts = [
        Ablation("a", "left out", between(0.01, 0.03), hours=200.0, money=4000.0),
        Ablation("b", "left out", between(0.03, 0.05), hours=800.0),
        Ablation("b", "4 weeks later", between(0.5, 0.6), hours=1.0),
    ]
    assert words.per_cost(parts[0], "hours") == pytest.approx(0.01)
    assert words.per_cost(parts[0], "money") == pytest.approx(0.005)
    assert np.isnan(words.per_cost(parts[1], "money"))
    found = list(words._what_matters(answer(ablations=parts, problem={"spends_money": True})))
    assert found == [
        "What each brings, against leaving it out: b +4.0 points (800 h), a +2.0 (200 h).",
        "For every 100 hours: a +1.0, b +0.5 points.",
        "For every 1,000 of money: a +0.5 points.",
    ]


def test_a_little_more_of_a_limit_is_worth_what_can_be_told() -> None:
    prices = [SimpleNamespace(words=name, gain=gain, plan=None, ahead=None) for name, gain in (
        ("hours", between(0.01, 0.03)), ("trainers", between(-0.01, 0.03)), ("sites", None),
        ("money", between(-0.03, -0.01)),
    )]  # fmt: skip
    (found,) = words._more(answer(prices=prices))
    assert found.endswith(
        "hours: +2.0 (+1.0 to +3.0); trainers: nothing beyond chance (+1.0 (−1.0 to +3.0)); "
        "sites: nothing; money: −2.0 (−3.0 to −1.0)."
    )


def test_what_turns_the_choice_by_most_comes_first_and_eight_are_said() -> None:
    turns = [
        SimpleNamespace(what=f"condition {k}", other="other", ahead=between(k / 100, k / 50))
        for k in range(1, 10)
    ]
    sure, unsure = (
        SimpleNamespace(words=name, plan=name, ahead=ahead, gain=None)
        for name, ahead in (("sure", between(0.01, 0.02)), ("unsure", between(-0.01, 0.05)))
    )
    layout = SimpleNamespace()
    one = answer(switching_conditions=turns, conditions=40, prices=[sure, unsure], layout=layout,
                 best="best")  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "unlike", lambda layout, best, plan: f"as {plan}")
        found = list(tables.rests_on(one))
    assert found[0] == "What would turn the choice:"
    assert [line.split(" →")[0].strip() for line in found[1:9]] == [
        f"condition {k}" for k in range(9, 1, -1)
    ]
    assert found[9] == "  and 1 more of 40 conditions (answer.json, flips)"
    assert found[10] == "  with sure → as sure: +1.5 (+1.0 to +2.0)"
    assert len(found) == 12  # what cannot be told turns nothing


def test_what_is_paid_for_is_the_most_of_a_budget_and_all_of_a_capacity() -> None:
    limits = [SimpleNamespace(what="hours", budget=True, hard=False),
              SimpleNamespace(what="trainers", budget=False, hard=False),
              SimpleNamespace(what="sites", budget=False, hard=True)]  # fmt: skip
    layout = SimpleNamespace(
        price=lambda best: 0.03, excess=lambda best, limit: np.array([0.0, 3.0, 5.0])
    )
    (found,) = words._paid(answer(problem={"limits": limits}, layout=layout, best="best"))
    assert found.startswith("It exceeds hours by 5, trainers by 8: where plans are compared, 3.0")


def test_a_front_has_ends_and_a_knee() -> None:
    ends = ("1", 0.1, 100.0), ("2", 0.5, 150.0), ("3", 0.55, 900.0)
    front = [plan(name, None, use, hours, on_front=True) for name, use, hours in ends]
    found = list(words._front(answer(problem={"objectives": (USE, HOURS)}, plans=front)))
    assert found[0] == "Two objectives: 3 plans on the front, none better in all of them."
    assert "from 10% to 55%" in found[1]
    assert "from 100 to 900" in found[1]
    assert found[2].startswith("Its knee, beyond which more of one costs most of the other: 2 (")
    (alone,) = words._front(answer(problem={"objectives": (USE, HOURS)}, plans=front[:1]))
    assert alone == "Two objectives: no plan looked at is better in any of them."


def test_the_picture_of_a_front_says_which_way_is_better() -> None:
    empty = SimpleNamespace(starts=(), doses=(), waves=((),))
    front = [
        plan(name, None, use, hours, on_front=True, plans=(empty,))
        for name, use, hours in (("1", 0.1, 100.0), ("2", 0.5, 150.0), ("3", 0.55, 900.0))
    ]
    problem = {"objectives": (USE, HOURS), "name": "Autumn", "items": ()}
    roadmap = SimpleNamespace(marked="")
    one = answer(problem=problem, plans=front, replicates=200, roadmap=roadmap)
    figure = draw_front(one)
    said = [text.get_text() for text in figure.texts]
    (asked,) = [text for text in said if "is better" in text]
    more, less = asked.split(" · ")
    assert more.endswith("week 20, more is better")
    assert less.endswith(", less is better")
    assert "2: 50%, 150 hours · the knee" in said


def test_what_a_front_says_of_more_later_and_one_step_on() -> None:
    """In the unit of each objective: fewer hours are a gain, and said as fewer."""
    front = [plan("plan 1", None, 0.5, 150.0, on_front=True)]
    others = ("plan 2", 0.1, 100.0), ("plan 3", 0.55, 900.0)
    front += [plan(name, between(-0.1, 0.1), *its, on_front=True) for name, *its in others]
    prices = [Price(name, gain, None, None, of) for name, of, gain in (
        ("trainers +1 a week", 0, between(0.01, 0.03)), ("trainers +1 a week", 1, between(30, 30)),
        ("sites +1", 0, None), ("sites +1", 1, between(-1, 1)))]  # fmt: skip
    led = [Lead(0, 2, between(0.03, 0.05)), Lead(1, 3, between(0.06, 0.08)),
           Lead(2, 0, between(-0.01, 0.2)), Lead(2, 1, between(0.01, 0.02))]  # fmt: skip
    seen = (USE.named(30), led[:1]), ("use, week 42", led), ("use, week 56", led[1:2])
    looks = [Look(by, (), tuple(leads)) for by, leads in (*seen, ("use, week 60", led[2:]))]
    one = answer(problem={"objectives": (USE, HOURS), "items": ()}, plans=front, prices=prices,
                 looks=looks, looked_at=("plan 1", "plan 2", "plan 3", "all at once"),
                 best=SimpleNamespace(starts=()), layout=None)  # fmt: skip
    assert list(words._steps_along(one, front)) == [
        "One step along it from plan 1: plan 3 has weekly users +5.0 points, hours in all +750; "
        "plan 2 has weekly users −40.0 points, hours in all −50."
    ]
    assert list(words._more(one)) == [
        "A little more of what limits plan 1, planned again with nothing else worse: trainers +1 a "
        "week: weekly users +2.0 points (+1.0 to +3.0) or hours in all −30; sites +1: nothing "
        "beyond chance."
    ]
    assert list(words._horizon(one)) == [
        "Beware of the horizon: the front is one by weekly users, week 20. Another plan is better, "
        "and no worse in anything else, by use, week 42: plan 3 than plan 1 by 4.0 points (3.0 to "
        "5.0), and than 1 more of 3 plans; by use, week 56: all at once than plan 2 by 7.0 points "
        "(6.0 to 8.0)."
    ]
    said = list(tables.rests_on(one))
    assert said[:2] == [
        "What would turn the choice:", "  judged by use, week 42 → plan 3: +4.0 (+3.0 to +5.0)"
    ]  # fmt: skip


def test_order_on_a_front_is_of_what_its_plan_holds() -> None:
    simple = [plan("all at once", None, on_front=True), plan("slowly", between(-0.2, -0.1)),
              plan("plan 1 in random order", between(-0.08, -0.04)),
              plan("breaks it", between(0.01, 0.03), keeps=False)]  # fmt: skip
    one = answer(problem={"objectives": (USE, HOURS)}, plans=[plan("plan 1")], baselines=simple)
    assert list(words._order(one)) == [
        "Order matters here: plan 1 is 6.0 points (4.0 to 8.0) ahead of what it holds in a random "
        "order; of the simple plans on the front: “all at once”."
    ]
