"""What the shipped scenarios promise: that they differ in what they say they differ in."""

from pathlib import Path
from typing import Any

import pytest

from sim.interventions.effects import Effect
from sim.organisation import load as load_organisation
from sim.scenario import Scenario, load
from sim.sources import COMPARED, ORDER_ALONE

SCENARIOS = Path(__file__).parents[3] / "scenarios"
NAMES = (
    "training-first", "trust-before-tools", "order-training-first", "order-trust-first",
    "capability-first", "training-trap",
    "confidence-gap", "managers-first", "informal-leaders-first", "mandate", "licences-only",
    "insincere-loyalty", "layoff-rumour", "everything",
)  # fmt: skip
ORDERS = (*ORDER_ALONE, "capability-first")
LATER_ACCESS = {
    "trust-before-tools": 10, "insincere-loyalty": 10,
    "managers-first": 7, "informal-leaders-first": 7,
}  # fmt: skip
"""Week of the licences for everybody, where it is not the first."""


def shipped(name: str) -> Scenario:
    return load(SCENARIOS / f"{name}.yaml")


def measures(scenario: Scenario, *, without: frozenset[str] = frozenset()) -> list[dict[str, Any]]:
    """Return everything placed, in an order that is not that of time."""
    placed = [
        {"kind": p.kind, **p.intervention.model_dump(exclude=set(without))}
        for p in scenario.timeline
    ]
    return sorted(placed, key=lambda one: str(one["kind"]))


def test_they_are_all_there() -> None:
    assert {path.stem for path in SCENARIOS.glob("*.yaml")} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_each_loads_and_can_be_placed(name: str) -> None:
    scenario = shipped(name)
    assert scenario.weeks == 52
    assert scenario.organisation == SCENARIOS / "organisations" / "services-firm.yaml"
    assert scenario.purpose
    assert "# Purpose: " in scenario.text
    people = load_organisation(scenario.organisation)
    assert scenario.check(people) == ()
    assert len(scenario.place(people).effects) >= len(scenario.timeline)


@pytest.mark.parametrize("name", NAMES)
def test_everybody_gets_access_at_a_stated_week(name: str) -> None:
    (access,) = (p.intervention for p in shipped(name).timeline if p.kind == "access")
    assert access.start == LATER_ACCESS.get(name, 1)
    assert access.audience.everyone  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("first", "second"), [COMPARED, ORDER_ALONE, (ORDER_ALONE[0], "capability-first")]
)
def test_plans_that_are_compared_differ_in_their_weeks_alone(first: str, second: str) -> None:
    start = frozenset({"start"})
    one, other = shipped(first), shipped(second)
    assert measures(one, without=start) == measures(other, without=start)
    assert measures(one) != measures(other)
    for plan in (one, other):
        assert sum(placed.intervention.total_hours(plan.weeks) for placed in plan.timeline) == 24
    assert one.parameters == other.parameters == {}


def licences(name: str) -> int:
    (access,) = (p.intervention for p in shipped(name).timeline if p.kind == "access")
    return access.start


def test_licences_move_in_the_plans_as_they_are_meant_only() -> None:
    assert [licences(name) for name in COMPARED] == [1, 10]
    assert [licences(name) for name in ORDERS] == [1, 1, 1]


@pytest.mark.parametrize(("meant", "order_alone"), list(zip(COMPARED, ORDER_ALONE, strict=True)))
def test_the_order_alone_is_that_of_the_plans_as_they_are_meant(
    meant: str, order_alone: str
) -> None:
    assert order(meant) == order(order_alone)
    one, other = ([m for m in measures(shipped(n)) if m["kind"] != "access"]
                  for n in (meant, order_alone))  # fmt: skip
    assert one == other


@pytest.mark.parametrize("name", [*COMPARED, *ORDERS])
def test_orders_fill_the_same_weeks(name: str) -> None:
    starts = [p.intervention.start for p in shipped(name).timeline if p.kind != "access"]
    assert sorted(starts) == [1, 4, 7, 10, 13]


def order(name: str) -> list[str]:
    placed = [p for p in shipped(name).timeline if p.kind != "access"]
    return [p.kind.split()[0] for p in sorted(placed, key=lambda p: p.intervention.start)]


def test_the_orders() -> None:
    four = ["loyalty", "identity", "relationship", "capability"]
    assert order("order-training-first") == ["generic", *four]
    assert order("order-trust-first") == [*four, "generic"]
    assert order("capability-first") == ["capability", *four[:3], "generic"]


def test_who_goes_first_is_all_that_differs() -> None:
    one, other = shipped("managers-first"), shipped("informal-leaders-first")
    assert measures(one, without=frozenset({"audience"})) == measures(
        other, without=frozenset({"audience"})
    )
    reached = []
    for scenario in (one, other):
        assert scenario.organisation is not None
        timeline = scenario.place(load_organisation(scenario.organisation))
        row = timeline.effects[timeline.effects["effect"] == Effect.SHOWCASE][0]
        start, end = timeline.audience_start[row["audience"] :][:2]
        reached.append(set(timeline.audience_member[start:end].tolist()))
    assert [len(people) for people in reached] == [20, 20]
    assert not reached[0] & reached[1]


@pytest.mark.parametrize(
    ("name", "base", "replaced", "added"),
    [
        ("insincere-loyalty", "trust-before-tools", {"loyalty conversation"}, {"broken promise"}),
        ("layoff-rumour", "training-first", set(), {"layoff rumour"}),
    ],
)
def test_variants(name: str, base: str, replaced: set[str], added: set[str]) -> None:
    there = {one["kind"]: one for one in measures(shipped(base))}
    here = {one["kind"]: one for one in measures(shipped(name))}
    assert set(here) - set(there) == added
    assert {kind for kind in there if here[kind] != there[kind]} == replaced


def test_insincere_loyalty_differs_in_sincerity_alone() -> None:
    (there,) = (p for p in shipped("trust-before-tools").timeline if p.kind.startswith("loyal"))
    (here,) = (p for p in shipped("insincere-loyalty").timeline if p.kind.startswith("loyal"))
    (broken,) = (p for p in shipped("insincere-loyalty").timeline if p.kind == "broken promise")
    assert here.intervention.model_dump() == {**there.intervention.model_dump(), "sincerity": 0.2}
    assert broken.intervention.start == 20


def test_everything_holds_all_of_both() -> None:
    everything = measures(shipped("everything"))
    for name in ("order-trust-first", "confidence-gap"):
        assert all(one in everything for one in measures(shipped(name)))
    assert "mandate" not in {one["kind"] for one in everything}


def test_the_training_trap_is_the_course_three_times() -> None:
    (course,) = (p.intervention for p in shipped("training-trap").timeline if p.kind != "access")
    (once,) = (p.intervention for p in shipped("training-first").timeline if p.kind == course.kind)
    repeated = course.model_copy(update={"every": None, "times": None})
    assert repeated == once
    assert course.total_hours(52) == 3 * once.total_hours(52)
