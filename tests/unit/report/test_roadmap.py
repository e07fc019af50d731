"""The picture of a plan, also where there is hardly anything to show."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from io import BytesIO
from typing import Any

import numpy as np
import pytest

from sim.analysis.plan import loads_problem
from sim.analysis.plan.evaluate import Evaluator, ReplicateSource
from sim.analysis.plan.layout import Layout, Plan
from sim.analysis.plan.problem import Blackout
from sim.analysis.plan.roadmap import (
    Bar,
    Checkpoint,
    Gauge,
    Roadmap,
    _gauges,
    checkpoint_weeks_of,
    decisions,
    roadmap_of,
    steps,
)
from sim.outcomes import Outcome
from sim.posterior import posterior
from sim.report.roadmap import _mark, _percent, draw_roadmap
from sim.runner import load_organisation


def test_a_plan_that_places_nothing_is_drawn() -> None:
    nothing = Roadmap(
        name="Nothing", organisation="small firm", note="", weeks=1, bars=(), waves=(),
        blackouts=(), gauges=(Gauge("hours", np.zeros(1), None, False),),
        curves={"weekly_users": np.zeros((3, 1))}, checkpoints=(), observed={}, now=1,
        begins=None, marked="", line=None,
    )  # fmt: skip
    picture = BytesIO()
    draw_roadmap(nothing).savefig(picture, format="png")
    assert picture.getvalue().startswith(b"\x89PNG")


def test_no_line_of_its_heading_leaves_the_picture() -> None:
    long = "A firm with a name as long as names of firms may be, in two countries, 240 people"
    again = Roadmap(
        name="Again", organisation=long, note="", weeks=30, bars=(),
        waves=(", ".join(f"Customer Service North {k}" for k in range(12)),),
        blackouts=(Blackout(8, 8),), gauges=(), curves={"weekly_users": np.zeros((3, 30))},
        checkpoints=(), observed={"weekly_users": ((10,), (0.1,))}, now=12, begins=None,
        marked="", line=np.zeros(30),
    )  # fmt: skip
    figure = draw_roadmap(again)
    figure.canvas.draw()
    places = [text.get_window_extent() for text in figure.texts if text.get_text()]
    assert len(places) >= 5
    for k, one in enumerate(places):
        assert 0 <= one.x0 <= one.x1 <= figure.bbox.x1
        assert not any(one.overlaps(other) for other in places[k + 1 :])


@pytest.mark.parametrize("outcome", ["regular", "power", "weekly_users", "use_days"])
def test_no_name_of_a_curve_leaves_the_picture(outcome: str) -> None:
    curves = {name: np.full((3, 30), 0.4) for name in ("weekly_users", outcome)}
    one = Roadmap(
        name="Again", organisation="firm", note="", weeks=30, bars=(), waves=(), blackouts=(),
        gauges=(), curves=curves, checkpoints=(), observed={}, now=0, begins=None, marked="",
        line=None,
    )  # fmt: skip
    figure = draw_roadmap(one)
    figure.canvas.draw()
    said = [text for axes in figure.axes for text in axes.texts if "\n40%" in text.get_text()]
    assert len(said) == len(curves)
    assert all(text.get_window_extent().x1 <= figure.bbox.x1 for text in said)


def test_what_there_is_begins_with_what_is_ahead() -> None:
    limit = np.array([9.0, 1.0, 4.0, 4.0])  # less what has begun takes
    again = Roadmap(
        name="Again", organisation="small firm", note="", weeks=4, bars=(), waves=(),
        blackouts=(), gauges=(Gauge("money", np.array([0, 0, 0, 2.0]), limit, True),),
        curves={"weekly_users": np.zeros((3, 4))}, checkpoints=(), observed={}, now=2,
        begins=None, marked="", line=None,
    )  # fmt: skip
    axes = draw_roadmap(again).axes[1]
    (line,) = [one for one in axes.patches if hasattr(one, "get_data")]
    assert line.get_data().edges.tolist() == [2.5, 3.5, 4.5]
    said = {text.get_text() for text in axes.texts}
    assert {"Money from now on", "2 from now on", "left 4"} <= said


def test_marks_of_a_share_are_whole_percentages() -> None:
    for wide in (0.004, 0.03, 0.07, 0.19, 0.43, 1.04):
        step = 100 * _percent(0.4, 0.4 + wide)
        assert abs(step - round(step)) < 1e-9
        assert wide * 100 / step <= 7 + 1e-9


PLANNED = """
name: Autumn
weeks: 30
starts: 2027-01-04
interventions:
  - loyalty conversation: {label: loyalty, hours: 2, lasts: 3 weeks}
  - access: {takes: {licences: 1 per 1 people}}
  - usage policy: {label: policy, waves: false, money: 12.5}
  - role-specific practice: {label: practice, hours: 6, occupies: {trainers: 1 per 12 people}}
waves:
  numbers: [2]
  gaps: [4]
  groups:
    North: [Leadership, Operations North, Sales North, Sales South]
    South: [Operations East, Operations South, Operations West, Finance, Technology]
precedence: [loyalty before access]
capacity: {trainers: 6}
budget: {licences: 80}
rates: {everyone: 50}
objective: {what: share, of: habitual, at: week 30}
"""
LOYALTY, ACCESS, POLICY, PRACTICE = range(4)


@pytest.fixture(scope="module")
def layout() -> Layout:
    return Layout(loads_problem(PLANNED), load_organisation("small-firm"))


def plan_of(**changed: Any) -> Plan:
    plan = Plan(
        (1, 5, 2, 7), (1.0, 1.0, 1.0, 0.5), (1, 1, 1, 0), (("North",), ("South",)), (4, 4, 0, 4)
    )
    return replace(plan, **changed)


def test_it_is_looked_before_later_waves_and_else_before_all_that_begins(layout: Layout) -> None:
    assert decisions(layout, plan_of()) == {
        4: "loyalty, wave 2", 8: "access, wave 2", 10: "practice, wave 2",
    }  # fmt: skip
    at_once = plan_of(waves=((),), gaps=())
    assert decisions(layout, at_once) == {1: "policy", 4: "access", 6: "practice"}
    few = plan_of(starts=(1, 5, 2, 0))
    assert decisions(layout, few) == {
        1: "policy", 4: "loyalty, wave 2 + access, wave 1", 8: "access, wave 2",
    }  # fmt: skip
    assert (checkpoint_weeks_of(1), checkpoint_weeks_of(31)) == ((1, 1), (15, 31))


def test_steps_take_what_the_plan_takes(layout: Layout) -> None:
    plan = plan_of()
    found = steps(layout, plan)
    assert [one.first_week for one in found] == sorted(one.first_week for one in found)
    assert sum(one.hours for one in found) == pytest.approx(layout.use(plan, "hours").sum())
    assert sum(one.money for one in found) == pytest.approx(layout.use(plan, "money").sum())
    by = {(one.measure, one.wave, one.round): one for one in found}
    loyalty, access = by["loyalty", "1 of 2", ""], by["access", "1 of 2", ""]
    assert (loyalty.first_week, loyalty.last_week) == (1, 3)
    assert (loyalty.first_day, loyalty.last_day) == (date(2027, 1, 4), date(2027, 1, 22))
    assert (access.first_week, access.last_week, access.goes_on) == (5, 30, True)
    assert not loyalty.goes_on
    assert by["policy", "", ""].who == ("everybody",)
    assert by["policy", "", ""].people == 60
    north, south = (layout.part_people(name) for name in ("North", "South"))
    assert (loyalty.people, by["loyalty", "2 of 2", ""].people) == (north, south)
    assert access.takes == {"licences": north}
    practice = [step for key, step in by.items() if key[0] == "practice"]
    assert {step.occupies["trainers"] for step in practice} == {-(-north // 12), -(-south // 12)}
    # Access of each wave after the conversations of that wave, and of no other.
    for wave in ("1 of 2", "2 of 2"):
        step = by["access", wave, ""]
        assert [found[k].title for k in step.before] == [f"loyalty, wave {wave}"]
    overlapping = steps(layout, plan_of(starts=(1, 3, 2, 7)))
    assert not any(one.before for one in overlapping if one.wave == "1 of 2")
    everywhere = steps(layout, plan_of(waves=((),), gaps=()))
    assert [everywhere[k].measure for one in everywhere for k in one.before] == ["loyalty"]


def test_what_goes_on_is_one_step_until_its_last_round() -> None:
    text = """
    weeks: 30
    interventions:
      - mandate: {hours: 1, lasts: 3 weeks, every: 10 weeks, rounds: [2], latest: week 9}
      - usage policy: {label: policy, hours: 2, lasts: 2 weeks, every: 4 weeks, rounds: [2]}
    """
    layout = Layout(loads_problem(text), load_organisation("small-firm"))
    plan = Plan((5, 2), (1.0, 1.0), (2, 2))
    policy, mandate, again = steps(layout, plan)
    assert (mandate.first_week, mandate.last_week, mandate.goes_on) == (5, 17, False)
    assert [(one.round, one.first_week) for one in (policy, again)] == [
        ("1 of 2", 2),
        ("2 of 2", 6),
    ]
    for row, of in ((0, [mandate]), (1, [policy, again])):
        hours = layout.use(plan, "hours", rows=[row]).sum()
        assert hours > 0
        assert sum(one.hours for one in of) == pytest.approx(hours)


@pytest.mark.parametrize("whole", [False, True])
def test_what_a_step_needs_is_said_of_each_group_that_has_its_own(whole: bool) -> None:
    text = PLANNED.replace("trainers: 6", "trainers: {groups: {North: 3}}")
    if whole:
        text = text.replace("licences: 80", "licences: 80, trainers: 500")
    layout = Layout(loads_problem(text), load_organisation("small-firm"))
    found = steps(layout, plan_of(waves=((),), gaps=()))
    practice = next(one for one in found if one.measure == "practice")
    north = layout.part_people("North")
    rest = {"trainers": 5} if whole else {"other trainers": -(-(60 - north) // 12)}
    assert practice.occupies == {"trainers of North": -(-north // 12)} | rest


def test_gauges_are_what_is_taken_and_of_budgets_what_was_taken_so_far(layout: Layout) -> None:
    plan = plan_of()
    gauges = {one.name: one for one in _gauges(layout, plan)}
    assert list(gauges) == ["hours", "trainers", "licences", "money"]
    assert np.array_equal(gauges["hours"].use, layout.use(plan, "hours"))
    assert gauges["hours"].limit is None
    assert np.array_equal(gauges["trainers"].use, layout.use(plan, "trainers"))
    assert gauges["licences"].use[[3, 4, 8, 29]].tolist() == [
        0,
        layout.part_people("North"),
        60,
        60,
    ]
    assert gauges["licences"].limit is not None
    assert gauges["licences"].limit.tolist() == [80] * 30
    assert gauges["money"].use[-1] == pytest.approx(layout.use(plan, "money").sum())
    assert [one.budget for one in gauges.values()] == [False, False, True, True]


def test_what_to_expect_is_read_off_the_replicates(layout: Layout) -> None:
    rows, plan = posterior(40), plan_of()
    evaluator = Evaluator(layout, ReplicateSource.of(rows, layout.problem.scenario, 0), threads=1)
    weekly = evaluator.series(plan, 40)
    evaluator.discrepancy = lambda weekly, outcome: np.clip(  # found to be low
        weekly[..., Outcome[outcome]] + 0.1, 0, 1
    )
    roadmap = roadmap_of(evaluator, plan, "Autumn", 40, now=8)
    for name, curve in roadmap.curves.items():
        values = np.clip(weekly[..., Outcome[name]] + 0.1, 0, 1)
        np.testing.assert_allclose(curve[0], values.mean(axis=0))
        np.testing.assert_allclose(curve[1:], np.quantile(values, (0.1, 0.9), axis=0))
    assert list(roadmap.curves) == ["weekly_users", "habitual"]
    users = [one for one in roadmap.checkpoints if one.outcome == "weekly_users"]
    assert [(one.week, one.before) for one in users] == [
        (10, "practice, wave 2"), (15, ""), (30, ""),
    ]  # fmt: skip  # from after now on
    for one in users:
        values = np.clip(weekly[:, one.week - 1, Outcome.weekly_users] + 0.1, 0, 1)
        right = np.quantile(values, (0.025, 0.1, 0.9))
        assert (one.fails_below, one.low, one.high) == pytest.approx(tuple(right))
    assert [bar.label for bar in roadmap.bars] == ["loyalty", "policy", "access", "practice"]
    assert roadmap.bars[2].waves == (((5, 5),), ((9, 9),))
    assert roadmap.bars[2].ongoing
    assert roadmap.waves == ("North", "South")


def test_the_picture_says_what_the_roadmap_holds() -> None:
    curves = {"weekly_users": np.array([[0.0, 0.2, 0.5], [0.0, 0.1, 0.3], [0.0, 0.3, 0.7]])}
    again = Roadmap(
        name="Again", organisation="small firm", note="", weeks=3,
        bars=(Bar("access", (((1, 1),), ((2, 3),)), True, False, 1.0),),
        waves=(), blackouts=(Blackout(2, 2),),
        gauges=(
            Gauge("hours", np.array([3.0, 4.0, 5.0]), np.array([9.0, 9.0, 6.0]), False),
            Gauge("trainers", np.array([1.0, 3.0, 2.0]), None, False),
        ),
        curves=curves,
        checkpoints=(
            Checkpoint(1, "weekly_users", 0.0, 0.0, 0.0),
            Checkpoint(2, "weekly_users", 0.1, 0.3, 0.05),
            Checkpoint(3, "weekly_users", 0.3, 0.7, 0.25),
        ),
        observed={}, now=1, begins=date(2027, 1, 4), marked="", line=None,
    )  # fmt: skip
    gantt, hours, trainers, expected = draw_roadmap(again).axes
    said = {text.get_text() for text in hours.texts}
    assert {"Hours a week", "12 from now on", "capacity 6"} <= said
    assert "at most 3 at a time" in {text.get_text() for text in trainers.texts}
    texts = {text.get_text() for text in expected.texts}
    assert "Weekly users\n50% (30–70%)" in texts
    assert {"10–30%", "30–70%"} & texts
    assert not {"0–0%"} & texts
    (now,) = [line for line in gantt.lines if line.get_linestyle() not in ("-", "None")]
    assert now.get_xdata()[0] == 1.5  # type: ignore[index]
    assert gantt.get_xticklabels()[0].get_text() == "04 Jan\n2027"
    spans = [path.get_extents() for one in gantt.collections for path in one.get_paths()]
    assert {(box.x0, box.x1) for box in spans} == {(0.5, 1.5), (1.5, 3.5)}
    (hatched,) = [one for one in gantt.patches if one.get_hatch()]
    assert (hatched.get_x(), hatched.get_x() + hatched.get_width()) == (1.5, 2.5)
    assert _mark(again, 3) == "18 Jan"
