"""What a plan takes, and which constraint it breaks, against answers made by hand.

The small firm has 60 people in teams of 4, 6, 6, 6, 6, 6, 8, 9 and 9; 11 of them are managers.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from sim.analysis.plan import loads_problem
from sim.analysis.plan.check import keeps, size_bounds, violations
from sim.analysis.plan.layout import Layout, Plan
from sim.analysis.plan.placing import placed
from sim.organisation import Organisation

POLICY = "usage policy: {label: policy, waves: false}"
TWO = (
    "waves: {numbers: [2], gaps: [4], even: false, groups: {North: [Operations North, Sales "
    "North], Rest: [Operations East, Operations South, Operations West, Finance, Leadership, "
    "Sales South, Technology]}}"
)
HOURS = "role-specific practice: {label: practice, hours: 6, attendance: 1}, loyalty conversation: "
HOURS += "{hours: 2, attendance: 1}"  # 120 in each of three weeks, and 120 in one


def laid_out(firm: Organisation, items: str, more: str = "") -> Layout:
    return Layout(loads_problem(f"weeks: 20\ninterventions: [{items}]\n{more}\n"), firm)


def plan_of(*starts: int, rounds: int = 1, dose: float = 1.0, **more: object) -> Plan:
    n = len(starts)
    return Plan(starts, (dose,) * n, (rounds,) * n, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("items", "more", "starts", "said"),
    [
        # what goes on may not begin in a blackout, and goes on through one
        ("mandate: {}", "blackouts: [{start: 3, lasts: 2 weeks}]", (2,), None),
        ("mandate: {}", "blackouts: [{start: 3, lasts: 2 weeks}]", (3,), "falls into blackout"),
        ("mandate: {}", "blackouts: [{start: 3, lasts: 2 weeks}]", (4,), "falls into blackout"),
        ("mandate: {}", "blackouts: [{start: 3, lasts: 2 weeks}]", (5,), None),
        # it need only begin within the run; a round of three weeks must end there
        ("mandate: {}", "", (20,), None),
        ("role-specific practice: {label: practice}", "", (18,), None),
        ("role-specific practice: {label: practice}", "", (19,), "practice is not over by week 20"),
        # at most three weeks after the end of week 1
        (f"access: {{}}, {POLICY}", "precedence: [access at most 3 weeks before policy]", (1, 5),
         None),
        (f"access: {{}}, {POLICY}", "precedence: [access at most 3 weeks before policy]", (1, 6),
         "policy starts only in week 6"),
        # what goes on has only to have begun
        (f"mandate: {{}}, {POLICY}", "precedence: [mandate before policy]", (1, 2), None),
        (f"mandate: {{}}, {POLICY}", "precedence: [mandate before policy]", (2, 2),
         "policy starts in week 2"),
        (HOURS, "capacity: {hours: 100}", (1, 2), "hours in week 1: 120 of 100"),
        (HOURS, "budget: {hours: 300}", (1, 2), "hours in all: 480 of 300"),
        (HOURS, "budget: {hours: 479.5}", (1, 2), "hours in all: 480 of 479.5"),
        (HOURS, "budget: {hours: 480}", (1, 2), None),
        (HOURS, "budget: {hours: {week 1: 100, week 5: 500}}", (1, 2),
         "hours by week 3: 480 of 100"),
        (HOURS, "budget: {hours: {week 1: 120, week 2: 240, week 3: 120}}", (1, 2), None),
    ],
)  # fmt: skip
def test_what_a_plan_breaks_is_said(
    small_firm: Organisation, items: str, more: str, starts: tuple[int, ...], said: str | None
) -> None:
    found = violations(laid_out(small_firm, items, more), plan_of(*starts))
    assert len(found) == (said is not None), found
    assert said is None or said in found[0]


@pytest.mark.parametrize(("start", "fits"), [(11, True), (12, False)])
def test_the_last_of_three_rounds_ends_within_the_run(
    small_firm: Organisation, start: int, fits: bool
) -> None:
    training = "generic training: {lasts: 2 weeks, every: 4 weeks, rounds: [3]}"
    layout = laid_out(small_firm, training)  # from week 11: to week 12, 16 and 20
    assert keeps(layout, plan_of(start, rounds=3)) == fits


@pytest.mark.parametrize(
    ("items", "starts", "said"),
    [
        ("access: {started_by: 8}", (4,), None),
        ("access: {started_by: 8}", (5,), "access has a wave that starts after week 8"),
        # the last wave of access, in week 5, is over in week 6
        (f"access: {{}}, {POLICY}", (1, 5), "policy starts in week 5"),
        (f"access: {{}}, {POLICY}", (1, 6), None),
    ],
)
def test_the_last_wave_counts(
    small_firm: Organisation, items: str, starts: tuple[int, ...], said: str | None
) -> None:
    order = "\nprecedence: [access before policy]" if "policy" in items else ""
    plan = plan_of(*starts, waves=(("North",), ("Rest",)), gaps=(4, 0)[: len(starts)])
    found = violations(laid_out(small_firm, items, TWO + order), plan)
    assert len(found) == (said is not None), found
    assert said is None or said in found[0]


@pytest.mark.parametrize(
    ("pilot", "count", "bounds"),
    [
        ("", 3, [(11, 29)] * 3),  # a third of 60, give or take the largest team
        (", pilot: {groups: 2}", 3, [(10, 18), (12, 34), (12, 34)]),
        (", pilot: {groups: 2, people: 15}", 3, [(10, 15), (13, 34), (13, 34)]),
        (", pilot: {people: 0.2}", 3, [(0, 12), (15, 39), (15, 39)]),
        (", pilot: {people: 12}", 2, [(0, 12), (0, 60)]),  # the rest, however many
    ],
)
def test_how_many_people_a_wave_may_have(
    small_firm: Organisation, pilot: str, count: int, bounds: list[tuple[int, int]]
) -> None:
    layout = laid_out(small_firm, "access: {}", f"waves: {{numbers: [2, 3], gaps: [4]{pilot}}}")
    assert size_bounds(layout, count) == bounds


@pytest.mark.parametrize(("most", "fits"), [(11, True), (10, False)])
def test_managers_are_a_pilot_of_eleven(small_firm: Organisation, most: int, fits: bool) -> None:
    waves = f"waves: {{numbers: [2], gaps: [4], pilot: {{people: {most}}}}}"
    plan = plan_of(1, waves=(("managers",), ("all but managers",)), gaps=(4,))
    assert keeps(laid_out(small_firm, "access: {}", waves), plan) == fits


def test_money_and_hours_are_those_of_who_attends_at_the_dose(small_firm: Organisation) -> None:
    practice = "role-specific practice: {hours: 6, money: 40, attendance: 0.5, doses: [0.5]}"
    layout = laid_out(small_firm, practice)
    plan = plan_of(3, dose=0.5)
    assert layout.totals(plan) == {"hours": 60 * 6 / 4, "money": 60 * 40 / 4}
    assert layout.use(plan, "money")[2:5] == pytest.approx(200.0)  # over its three weeks
    (one,) = placed(layout, plan)
    assert (one.intervention.hours, one.intervention.money) == (3.0, 20.0)
    ongoing = laid_out(small_firm, "mandate: {money: 2, attendance: 1, lasts: 4 weeks}")
    assert ongoing.use(plan_of(1), "money")[:5].tolist() == [120.0] * 4 + [0.0]  # for each week


def test_what_is_taken_once_is_taken_in_the_first_week(small_firm: Organisation) -> None:
    layout = laid_out(
        small_firm,
        "role-specific practice: {takes: {books: 1 per 1 people}, occupies: {rooms: 2 per 25 "
        "people}}",
        "budget: {books: 60}\ncapacity: {rooms: {amount: 4, price: 3}}",
    )
    assert layout.use(plan_of(2), "books")[:4].tolist() == [0.0, 60.0, 0.0, 0.0]
    assert layout.use(plan_of(2), "rooms")[:5].tolist() == [0.0, 6.0, 6.0, 6.0, 0.0]
    assert layout.price(plan_of(2)) == 3 * (2.0 + 2.0 + 2.0)  # two too many in each of three weeks


def test_the_rate_of_a_role_goes_before_that_of_a_level(small_firm: Organisation) -> None:
    rates = "rates: {everyone: 10, levels: {1: 100, 3: 30}, roles: {manager: 50}}"
    layout = laid_out(small_firm, "loyalty conversation: {hours: 1, attendance: 1}", rates)
    manager = small_firm.people["role"] == small_firm.roles.index("manager")
    level = small_firm.people["level"]
    assert manager.any()
    expected = np.select([manager, level == 1, level == 3], [50.0, 100.0, 30.0], 10.0).sum()
    assert layout.totals(plan_of(1))["money"] == expected


def test_a_week_runs_from_its_monday_to_its_friday() -> None:
    problem = loads_problem("starts: 2027-01-04\ninterventions: [access: {}]\n")
    assert (problem.day(1), problem.day(3)) == (date(2027, 1, 4), date(2027, 1, 18))
    assert (problem.last_day(1), problem.last_day(3)) == (date(2027, 1, 8), date(2027, 1, 22))
