from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import InputError
from sim.interventions.base import Audience
from sim.interventions.effects import EVERYONE, Effect, Timeline
from sim.interventions.timeline import place
from sim.organisation import Organisation, Ties
from sim.randomness import hash_text
from sim.scenario import loads
from sim.state import PEOPLE

# team, role, level, manager (row)
ROWS = [
    ("Legal", "lawyer", 2, -1),
    ("Legal", "lawyer", 3, 0),
    ("Legal", "clerk", 3, 0),
    ("Sales", "seller", 2, -1),
    ("Sales", "seller", 3, 3),
    ("Sales", "clerk", 3, 3),
    ("Sales", "seller", 3, 3),
]
TEAMS, ROLES = ("Legal", "Sales"), ("clerk", "lawyer", "seller")


def organisation(order: list[int] | None = None) -> Organisation:
    """Return seven people; everybody listens to person 4, who manages nobody."""
    order = order or list(range(len(ROWS)))
    n = len(ROWS)
    people = np.zeros(n, PEOPLE)
    for new, old in enumerate(order):
        team, role, level, manager = ROWS[old]
        people[new]["key"] = hash_text(f"p{old}")
        people[new]["team"] = TEAMS.index(team)
        people[new]["role"] = ROLES.index(role)
        people[new]["level"] = level
        people[new]["manager"] = order.index(manager) if manager >= 0 else -1
    leader = order.index(4)
    target = np.array([leader if i != leader else (leader + 1) % n for i in range(n)], np.uint32)
    return Organisation(
        name="seven people",
        people=people,
        ids=np.array([f"p{old}" for old in order]),
        teams=TEAMS,
        roles=ROLES,
        team_start=np.array([0, 3, 7]),
        team_manager=np.array([order.index(0), order.index(3)], np.int32),
        ties=Ties(np.arange(n + 1), target, np.ones(n), np.zeros(n, np.uint8)),
    )


SEVEN = organisation()


def chosen(audience: Any) -> list[int]:
    inside = Audience.model_validate(audience).members(SEVEN)
    return [int(i) for i in np.flatnonzero(inside)]


@pytest.mark.parametrize(
    ("audience", "rows"),
    [
        ("everyone", [0, 1, 2, 3, 4, 5, 6]),
        ("managers", [0, 3]),
        ({"team": "Legal"}, [0, 1, 2]),
        ({"teams": ["Legal", "Sales"]}, [0, 1, 2, 3, 4, 5, 6]),
        ({"roles": "clerk"}, [2, 5]),
        ({"role": "clerk", "team": "Sales"}, [5]),
        ({"level": 2}, [0, 3]),
        ({"levels": [2, 3], "teams": ["Sales"]}, [3, 4, 5, 6]),
        ({"managers": False}, [1, 2, 4, 5, 6]),
        ({"managers": True, "minus": {"teams": ["Legal"]}}, [3]),
        ({"ids": ["p1", "p6"]}, [1, 6]),
        ({"id": "p1"}, [1]),
        ([{"team": "Legal"}, "managers"], [0, 1, 2, 3]),
        ({"any": [{"team": "Legal"}, "managers"], "minus": ["managers"]}, [1, 2]),
        ({"minus": "managers"}, [1, 2, 4, 5, 6]),
        ({"informal leaders": {"count": 1}}, [4]),
        ({"informal leaders": {"share": 0.15, "by": "pagerank"}}, [4]),
        ({"everyone": True, "level": 9}, []),
        ({"share": 1}, [0, 1, 2, 3, 4, 5, 6]),
        ({"count": 100, "team": "Legal"}, [0, 1, 2]),
    ],
)
def test_audience(audience: Any, rows: list[int]) -> None:
    assert chosen(audience) == rows


@given(st.floats(0.01, 1), st.floats(0.01, 1))
def test_a_smaller_share_lies_in_a_larger_one(a: float, b: float) -> None:
    small, large = sorted((a, b))
    assert set(chosen({"share": small})) <= set(chosen({"share": large}))
    assert len(chosen({"share": large})) == int(large * 7 + 0.5)


@given(st.permutations(range(7)), st.integers(1, 7))
def test_a_share_hangs_on_the_id_and_not_on_the_row(order: list[int], count: int) -> None:
    there = organisation(order)
    inside = Audience.model_validate({"count": count}).members(there)
    assert {str(i) for i in there.ids[inside]} == {f"p{i}" for i in chosen({"count": count})}


def test_what_it_names_and_nobody_has_is_found() -> None:
    audience = Audience.model_validate(
        [{"teams": ["Leagl"], "minus": {"role": ["cook"]}}, {"ids": ["p9"], "level": 7}]
    )
    found = list(audience.unknown(SEVEN))
    assert found[0] == (
        ("any", 0, "teams", 0),
        "team Leagl is not in seven people",
        "did you mean Legal?",
    )
    assert [path for path, _, _ in found[1:]] == [
        ("any", 0, "minus", "roles", 0),
        ("any", 1, "levels", 0),
        ("any", 1, "ids", 0),
    ]
    assert found[1][2] == "one of clerk, lawyer, seller"


def timeline(text: str, weeks: int = 52) -> Timeline:
    return place(loads(text).timeline, SEVEN, weeks)


def test_effect_table() -> None:
    placed = timeline(
        """
timeline:
  - access: {start: 1}
  - generic training: {start: 2, lasts: 2, audience: {team: Sales}, hours: 8, dose: 1}
  - usage policy: {start: 3, audience: {teams: [Sales]}}
  - manager coaching: {start: 4}
"""
    )
    assert placed.effects["effect"].tolist() == [
        Effect.ACCESS,
        Effect.TRAIN,
        Effect.CLARIFY_PERMISSION,
        Effect.COACH,
    ]
    assert placed.effects["audience"].tolist() == [EVERYONE, 0, 0, 1]
    assert placed.audience_start.tolist() == [0, 4, 6]
    assert placed.audience_member.tolist() == [3, 4, 5, 6, 0, 3]
    assert placed.effects["hours"].tolist() == [0, 4, 0.5, 1.5]
    assert placed.effects["occasion"][1] == hash_text("generic training")
    assert placed.effects["dose"].tolist() == [1, 0.5, 1, 0.25]


def test_all_people_are_everyone_however_said() -> None:
    placed = timeline("timeline: [access: {start: 1, audience: {teams: [Legal, Sales]}}]")
    assert placed.effects["audience"].tolist() == [EVERYONE]
    assert len(placed.audience_member) == 0


def test_dose_zero_and_an_empty_audience_leave_nothing() -> None:
    placed = timeline(
        """
timeline:
  - access: {start: 1, dose: 0, audience: {team: Legal}}
  - mandate: {start: 1, audience: {team: Legal, role: seller}}
"""
    )
    assert len(placed.effects) == 0
    assert placed.audience_start.tolist() == [0]


def test_rows_end_with_the_run() -> None:
    placed = timeline("timeline: [tool fails: {start: 5}, access: {start: 30}]", weeks=20)
    assert placed.effects["end"].tolist() == [20]
    assert placed.effects["audience"].tolist() == [EVERYONE]


def test_nothing() -> None:
    for nothing in (timeline("weeks: 3"), Timeline.empty()):
        assert len(nothing.effects) == 0
        assert nothing.audience_start.tolist() == [0]


def test_placing_says_where_the_unknown_names_stand() -> None:
    text = """
timeline:
  - access: {start: 1, audience: {minus: {team: Sale}, roles: [clerk, sellr]}}
  - mandate: {start: 1, audience: [managers, {ids: [p0, x]}]}
"""
    with pytest.raises(InputError) as caught:
        loads(text, "plan.yaml").place(SEVEN)
    assert str(caught.value).splitlines() == [
        "plan.yaml:3:71 timeline[0].access.audience.roles[1]: "
        "role sellr is not in seven people — did you mean seller?",
        "plan.yaml:3:49 timeline[0].access.audience.minus.team: "
        "team Sale is not in seven people — did you mean Sales?",
        "plan.yaml:4:57 timeline[1].mandate.audience[1].ids[1]: "
        "id x is not in seven people — one of p0, p1, p2, p3, p4, p5, p6",
    ]


def test_empty_audiences_are_warned_of() -> None:
    scenario = loads(
        "timeline: [access: {start: 1, audience: {team: Legal, role: seller}}]", "a.yaml"
    )
    (warning,) = scenario.check(SEVEN)
    assert str(warning) == (
        "a.yaml:1:41 timeline[0].access.audience: the audience of access is empty in "
        "seven people — an audience with people in it, or leave it out"
    )
    with pytest.raises(InputError, match="did you mean Sales"):
        loads("timeline: [access: {start: 1, audience: {team: Sale}}]").check(SEVEN)
