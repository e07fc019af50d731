"""Cases that begin alike share their first weeks: to the bit what each gives alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import sim
from sim.case import Case, Record, run_cases, without
from sim.engine import compiled
from sim.engine.compiled import going_on, shared_weeks
from sim.organisation import Organisation, template
from sim.randomness import replicate_seeds

WEEKS = 16
ACCESS, TRAINING = {"access": {"start": 1}}, {"generic training": {"start": 5, "lasts": 2}}
TALK = {"identity conversation": {"start": 12, "audience": "managers"}}
TALK_LATER = {"identity conversation": {"start": 14, "audience": "managers"}}
PLAN = [ACCESS, TRAINING, TALK]
CHANGED: dict[str, tuple[list[dict[str, Any]], int]] = {
    "as it is": (PLAN, WEEKS),
    "more": ([*PLAN, {"manager coaching": {"start": 9}}], 8),
    "more, from the start": ([*PLAN, {"manager coaching": {"start": 1}}], 0),
    "less": ([ACCESS, TALK], 4),
    "later": ([ACCESS, TRAINING, TALK_LATER], 11),
    "longer": ([ACCESS, {"generic training": {"start": 5, "lasts": 3}}, TALK], 4),
    "of others": ([ACCESS, TRAINING, {"identity conversation": {"start": 12}}], 11),
    "never any access": ([TRAINING, TALK], 0),
    "access late": ([{"access": {"start": 7}}, TRAINING, TALK], 0),
    "in another order": ([TRAINING, ACCESS, TALK], 0),
    "people come": ([*PLAN, {"joins": {"start": 9, "audience": {"share": 0.1}}}], 0),
    "nothing beyond the end": ([*PLAN, {"layoff rumour": {"start": WEEKS}}], WEEKS - 1),
}  # fmt: skip


@pytest.fixture(scope="module")
def people() -> Organisation:
    return template(40, seed=2)


def cases(people: Organisation) -> list[Case]:
    plans = [sim.load_scenario({"weeks": WEEKS, "timeline": plan}) for plan, _ in CHANGED.values()]
    return [Case.of(plan, people, WEEKS) for plan in plans]


def test_weeks_that_are_shared(people: Organisation) -> None:
    found = shared_weeks([cases(people)[0], *cases(people)], WEEKS)
    assert found[0] == 0
    assert dict(zip(CHANGED, found[1:], strict=True)) == {k: n for k, (_, n) in CHANGED.items()}


def test_same_weeks_are_told_by_people_order_and_whether_access_comes(
    people: Organisation,
) -> None:
    some, other = ({"count": 9}, {"teams": [people.teams[0]]})
    talks = [{"identity conversation": {"start": 12, "audience": whom}} for whom in (some, other)]
    coach = {"manager coaching": {"start": 5, "lasts": 2}}
    late = {"access": {"start": 9}}
    rumour = {"layoff rumour": {"start": 6}}
    pairs: list[tuple[list[dict[str, Any]], list[dict[str, Any]], int]] = [
        ([ACCESS, talks[0]], [ACCESS, talks[1]], 11),
        ([ACCESS, talks[0]], [ACCESS, talks[0]], WEEKS),
        ([ACCESS, TRAINING, coach], [ACCESS, coach, TRAINING, rumour], 0),
        ([ACCESS, TRAINING, coach], [ACCESS, TRAINING, coach, rumour], 5),
        ([TRAINING, late], [TRAINING], 0),
        ([TRAINING, late], [TRAINING, late, rumour], 5),
    ]
    for one, another, weeks in pairs:
        made = [
            Case.of(sim.load_scenario({"weeks": WEEKS, "timeline": plan}), people, WEEKS)
            for plan in (one, another)
        ]
        assert shared_weeks(made, WEEKS) == [0, weeks]
        assert shared_weeks(made[::-1], WEEKS) == [0, weeks]


def test_other_parameters_share_nothing(people: Organisation) -> None:
    one = cases(people)[0]
    other = one.parameters.copy()
    other["b_trust"] += 0.1
    others = [replace(one, parameters=p) for p in (other, without(one.parameters, "habit"))]
    others += [replace(one, own_thresholds=not one.own_thresholds)]
    assert shared_weeks([one, *others], WEEKS) == [0] * 4


def test_few_weeks_of_few_people_are_not_worth_it() -> None:
    assert going_on([0, 8, 3, 8], 240) == []  # 2 × 420 saved, less than the first takes
    assert going_on([0, 26], 240) == [1]
    assert going_on([0, 26, 3, 12, 40], 240) == [3, 1, 4]
    assert going_on([0, 26], 60) == []
    assert going_on([0, 0, 0], 10**6) == []


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(
    "record", [Record(teams=True), Record(drivers=False), Record(people=True)], ids=repr
)
def test_together_is_alone_to_the_bit(
    people: Organisation, record: Record, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiled, "WORTH_SHARING", 1)
    made, seeds, ended = cases(people), replicate_seeds(3, 2), list[int]()
    together = run_cases(made, seeds, record=record, threads=threads, progress=ended.append)
    assert sum(ended) == len(made) * seeds.size
    for k, case in enumerate(made):
        alone = run_cases([case], seeds, record=record, threads=threads)
        for name in ("weekly", "teams", "drivers", "people"):
            one, other = getattr(alone, name), getattr(together, name)
            if one is not None:
                assert np.array_equal(one[0], other[k]), (name, case.name)
