"""People who join or leave, and ties that change: who counts, who is heard, what stays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.abm import UptakeModel
from sim.case import Case, Record, run_cases
from sim.engine.memory import cells, column, memory_of, population_arrays
from sim.engine.stages import begin_stage, stages_of
from sim.organisation import Organisation, from_arrays, template
from sim.outcomes import PERSON_RECORD, Outcome
from sim.randomness import replicate_seeds
from sim.scenario import given
from sim.state import Flag

WEEKS, FLAGS = 24, [variable.name for variable in PERSON_RECORD].index("flags")
ROLLOUT: list[dict[str, Any]] = [
    {"access": {"start": 2}},
    {"generic training": {"start": 4, "lasts": 3}},
    {"psychological safety ritual": {"start": 2}},
    {"manager coaching": {"start": 3}},
]
CHANGES: list[dict[str, Any]] = [
    {"joins": {"start": 8, "audience": {"share": 0.15}}},
    {"leaves": {"start": 10, "lasts": 6, "audience": "managers"}},
    {"leaves": {"start": 17, "audience": {"count": 6}}},
    {"ties change": {"start": 12, "lasts": 5, "among": "other teams", "factor": 0.0}},
    {"ties change": {"start": 1, "lasts": 4, "toward": "managers", "factor": 3.0}},
]


def case(organisation: Organisation, *more: dict[str, Any], **parameters: float) -> Case:
    scenario = given({"name": "rollout", "weeks": WEEKS, "timeline": [*ROLLOUT, *more]})
    return Case.of(scenario, organisation, overrides=parameters)


@pytest.fixture(scope="module")
def people() -> Organisation:
    return template(70)


def flags(records: Any) -> Any:
    return records.people[0, 0, 0][:, :, FLAGS]


def test_stages_in_which_nothing_changes_are_no_stages_at_all(people: Organisation) -> None:
    same = {"ties change": {"start": 5, "lasts": 7, "factor": 1.0}}
    plain, staged = (case(people, *more) for more in ((), (same,)))
    assert len(staged.timeline.phases) == 3
    assert not plain.timeline.phases
    records = run_cases(
        [plain, staged], replicate_seeds(3, 4), record=Record(teams=True, people=True)
    )
    for array in (records.weekly, records.teams, records.drivers, records.people):
        assert array is not None
        assert array[0].tobytes() == array[1].tobytes()


def test_no_answer_depends_on_threads_chunks_or_other_cases(people: Organisation) -> None:
    record, seeds = Record(teams=True, people=True), replicate_seeds(3, 5)
    changing = case(people, *CHANGES)
    one = run_cases([changing], seeds, record=record, threads=1)
    many = run_cases([case(people), changing, changing], seeds, record=record, threads=2)
    for name in ("weekly", "teams", "drivers", "people"):
        a, b = getattr(one, name)[0], getattr(many, name)
        assert a.tobytes() == b[1].tobytes() == b[2].tobytes(), name
    alone = run_cases([changing], seeds[3:4], record=Record(people=True, person_run=0))
    assert alone.people is not None
    assert one.people is not None
    assert alone.people[0, 0, 0].tobytes() == one.people[0, 0, 3].tobytes()
    fewer = run_cases([changing], seeds, weeks=11, threads=1)
    assert fewer.weekly.tobytes() == one.weekly[:, :, :, :11].tobytes()


def test_who_is_away_counts_nowhere(people: Organisation) -> None:
    changing = case(people, *CHANGES)
    records = run_cases([changing], replicate_seeds(1, 1), record=Record(teams=True, people=True))
    away = flags(records) == int(Flag.AWAY)
    phases = {week: p for p in changing.timeline.phases for week in range(p.first, p.last + 1)}
    for week in range(1, WEEKS + 1):
        np.testing.assert_array_equal(away[week - 1], ~phases[week].present)
    assert away.any()
    assert not away.all(axis=1).any()
    assert records.people is not None
    of_away = np.delete(records.people[0, 0, 0], FLAGS, axis=2)[away]
    assert not of_away.any()
    here = ~away
    with_access = (flags(records) & int(Flag.ACCESS)) > 0
    np.testing.assert_allclose(
        records.weekly[0, 0, 0, :, Outcome["access"]], (with_access & here).sum(1) / here.sum(1)
    )


def test_a_joiner_starts_as_anybody_and_gets_access_given_before(people: Organisation) -> None:
    joins = {"joins": {"start": 10, "audience": {"count": 12}}}
    records = run_cases([case(people, joins)], replicate_seeds(1, 1), record=Record(people=True))
    joiners = flags(records)[0] == int(Flag.AWAY)
    assert joiners.sum() == 12
    assert (flags(records)[9][joiners] & int(Flag.ACCESS) > 0).all()
    model = UptakeModel(given({"name": "x", "weeks": WEEKS, "timeline": [*ROLLOUT, joins]}), 1,
                        organisation=people)  # fmt: skip
    plain = UptakeModel(given({"name": "x", "weeks": WEEKS, "timeline": ROLLOUT}), 1,
                        organisation=people)  # fmt: skip
    at_the_start = column(plain.memory, "capability")
    for _ in range(9):
        model.step()
    np.testing.assert_array_equal(
        column(model.memory, "capability")[joiners], at_the_start[joiners]
    )


def test_who_comes_back_is_as_they_went(people: Organisation) -> None:
    absent = {"leaves": {"start": 9, "lasts": 5, "audience": {"count": 10}}}
    model = UptakeModel(
        given({"name": "x", "weeks": WEEKS, "timeline": [*ROLLOUT, absent]}), 1,
        organisation=people,
    )  # fmt: skip
    kept = ("trust_anchor", "capability", "habit", "threshold", "history", "depth", "hours")
    for _ in range(8):
        model.step()
    rows = np.flatnonzero(column(model.memory, "flags") == int(Flag.AWAY))
    assert len(rows) == 10
    plain = UptakeModel(
        given({"name": "x", "weeks": WEEKS, "timeline": ROLLOUT}), 1, organisation=people
    )
    for _ in range(8):
        plain.step()
    for _ in range(5):
        model.step()
    for name in kept:
        np.testing.assert_array_equal(
            column(model.memory, name)[rows], column(plain.memory, name)[rows], err_msg=name
        )


def test_cut_ties_are_no_ties() -> None:
    rng = np.random.default_rng(4)
    source, target = rng.integers(0, 60, (2, 500))
    team = [f"team {i % 5}" for i in range(60)]
    across = np.array([team[a] != team[b] for a, b in zip(source, target, strict=True)])
    whole, inside = (
        from_arrays(60, source[kept], target[kept], team=team)
        for kept in (np.ones(500, bool), ~across)
    )
    cut = {"ties change": {"start": 1, "among": "other teams", "factor": 0}}
    # who is listened to by how many is drawn on at the start, and stays
    records = [
        run_cases([case(org, *more, takeup_standing=0.0)], replicate_seeds(1, 3)).weekly
        for org, more in ((whole, (cut,)), (inside, ()))
    ]
    np.testing.assert_allclose(records[0], records[1], rtol=1e-9, atol=1e-12)


def test_who_never_comes_might_as_well_not_exist(people: Organisation) -> None:
    never = {"leaves": {"start": 1, "audience": {"count": 15}}}
    away = case(people, never).timeline.phases[0].present
    place = np.cumsum(away) - 1
    ties, kept = people.ties, np.flatnonzero(away)
    of_both = away[people.tie_source] & away[ties.target]
    manager = people.people["manager"]
    while (lost := (manager >= 0) & ~away[manager]).any():  # whoever is above stands in
        manager = np.where(lost, manager[manager], manager)
    without = from_arrays(
        [str(one) for one in people.ids[kept]],
        place[people.tie_source[of_both]], place[ties.target[of_both]], ties.weight[of_both],
        team=[people.teams[team] for team in people.people["team"][kept]],
        manager=np.where(manager[kept] >= 0, place[manager[kept]], -1),
        level=people.people["level"][kept],
        task_potential=people.people["task_potential"][kept],
    )  # fmt: skip
    assert without.n_people == people.n_people - 15
    first, second = (
        UptakeModel(given({"name": "x", "weeks": WEEKS, "timeline": timeline}), 5,
                    organisation=org, parameters={"takeup_standing": 0.0, "b_norm": 0.0})
        for org, timeline in ((people, [*ROLLOUT, never]), (without, ROLLOUT))
    )  # fmt: skip
    rows = [int(np.flatnonzero(people.ids == one)[0]) for one in without.ids]
    for name in ("capability", "trust_anchor", "threshold", "disposition"):
        np.testing.assert_array_equal(
            column(first.memory, name)[rows], column(second.memory, name), err_msg=name
        )


def test_a_person_is_missed_by_those_who_listened() -> None:
    """The one user all others listen to leaves: nobody sees use any more."""
    star = from_arrays(11, range(1, 11), [0] * 10, team=["a"] + ["b"] * 10)
    timeline: list[dict[str, Any]] = [
        {"access": {"start": 1, "audience": {"ids": "0"}}},
        {"leaves": {"start": 6, "audience": {"ids": "0"}}},
    ]
    scenario = {"name": "x", "weeks": 12, "timeline": timeline,
                "parameters": {"considers_start": 1.0, "b_0": 2.0, "b_first": 0.0}}  # fmt: skip
    one = Case.of(given(scenario), star)
    people = run_cases([one], replicate_seeds(1, 1), record=Record(people=True)).people
    assert people is not None
    norm = people[0, 0, 0][:, 1:, [variable.name for variable in PERSON_RECORD].index("norm")]
    assert (norm[4] > 0).all()
    assert (norm[5:] == 0).all()


def test_who_listens_to_whom_and_who_leads_in_each_phase() -> None:
    """``a`` and ``d`` report to ``b``, who reports to ``c``; ``b`` is away in weeks 3 and 4."""
    ids = ["a", "b", "c", "d"]
    firm = from_arrays(
        ids, [0, 0, 3, 1], [1, 3, 0, 2], team=["T", "U", "U", "T"], manager=[1, 2, -1, 1]
    )
    row = {name: int(np.flatnonzero(firm.ids == name)[0]) for name in ids}
    timeline: list[dict[str, Any]] = [
        {"leaves": {"start": 3, "lasts": 2, "audience": {"ids": "b"}}},
        {"ties change": {"start": 6, "lasts": 1, "toward": {"ids": "d"}, "factor": 3.0}},
    ]
    plan = Case.of(given({"name": "x", "weeks": 9, "timeline": timeline}), firm)
    stages = stages_of(population_arrays(firm), firm, plan.timeline, 6)
    assert [(one.first, one.last) for one in stages] == [(1, 2), (3, 4), (5, 5), (6, 6)]
    assert [one.going.tolist() for one in stages] == [[], [row["b"]], [], []]
    assert [one.coming.tolist() for one in stages] == [[], [], [row["b"]], []]

    def heard(week: int) -> dict[str, float]:
        people = next(one.population for one in stages if one.first <= week <= one.last)
        return {
            f"{a}{b}": float(weight)
            for a in ids
            for tie in range(people.tie_start[row[a]], people.tie_start[row[a] + 1])
            for b, weight in [(firm.ids[people.tie_target[tie]], people.tie_weight[tie])]
        }

    assert heard(2) == heard(5) == {"ab": 0.5, "ad": 0.5, "bc": 1.0, "da": 1.0}
    assert heard(3) == {"ad": 1.0, "da": 1.0}
    assert heard(6) == pytest.approx({"ab": 0.25, "ad": 0.75, "bc": 1.0, "da": 1.0})
    before, away, again, _ = (one.population for one in stages)
    teams = [firm.teams.index(name) for name in ("T", "U")]
    for people, led_by, leads, sizes in (
        (before, "b", ["b", "c"], [2, 2]), (away, "c", ["c"], [2, 1]),
        (again, "b", ["b", "c"], [2, 2]),
    ):  # fmt: skip
        assert {int(people.manager[row[name]]) for name in ("a", "d")} == {row[led_by]}
        assert people.team_manager[teams[0]] == row[led_by]
        assert sorted(people.managers.tolist()) == sorted(row[name] for name in leads)
        assert [int(people.team_size[team]) for team in teams] == sizes
    pair = from_arrays(2, [0], [1], manager=[1, -1])
    timeline = [{"leaves": {"start": 2, "audience": {"ids": "0"}}}]
    plan = Case.of(given({"name": "x", "weeks": 3, "timeline": timeline}), pair)
    leads = [one.population.managers.tolist()
             for one in stages_of(population_arrays(pair), pair, plan.timeline, 3)]  # fmt: skip
    assert leads == [[1], []]


def test_what_is_put_aside_and_what_people_are_used_to_by_hand() -> None:
    """Week 3: ``b`` goes and ``e`` comes; ``d`` is left with nobody to listen to."""
    ids = ["a", "b", "c", "d", "e"]
    ties = {"ac": 3, "ae": 1, "bc": 1, "ca": 1, "db": 1, "ea": 1}
    firm = from_arrays(
        ids, [ids.index(tie[0]) for tie in ties], [ids.index(tie[1]) for tie in ties],
        [*ties.values()], team=["T"] * 5, manager=[1, -1, 1, 1, 1],
    )  # fmt: skip
    timeline = [{"leaves": {"start": 3, "audience": {"ids": "b"}}},
                {"joins": {"start": 3, "audience": {"ids": "e"}}}]  # fmt: skip
    plan = Case.of(given({"name": "x", "weeks": 4, "timeline": timeline}), firm)
    first, second = stages_of(population_arrays(firm), firm, plan.timeline, 4)
    assert (first.going.tolist(), second.going.tolist()) == ([4], [1])
    memory, aside = memory_of(5, 1), memory_of(5, 1)
    now, rng = (second.first - 1) % 2, np.random.default_rng(1)
    for one in (memory, aside):
        for name in one.visible.dtype.names or ():
            one.visible[name] = rng.random((2, 5))
        cells(one, "trust_anchor")[0, :5] = rng.random(5)
        cells(one, "used_to_trust")[0, :5] = 9.0
        cells(one, "readiness")[0, :5] = 0.25
    memory.climate[:], memory.usual_climate[:] = 0.75, 7.0
    at_home, away = memory.visible[now].copy(), aside.visible[0].copy()
    anchors = column(memory, "trust_anchor"), column(aside, "trust_anchor")
    p = plan.parameters.view(np.recarray)[0].copy()
    p.accustomed, p.susceptibility = 0.5, 0.5
    begin_stage(second, memory, aside, first.population, p)
    assert aside.visible[0, 1] == at_home[1]
    assert not any(np.any(memory.visible[name][:, 1]) for name in memory.visible.dtype.names or ())
    shown = memory.visible[now, 4]
    for name in shown.dtype.names:  # who was not there last week has shown no use
        unseen = name in ("use_seen", "own_use_seen", "report", "failure_seen")
        assert shown[name] == (0.0 if unseen else away[4][name]), name
    assert column(aside, "trust_anchor")[1] == anchors[0][1]
    assert column(memory, "trust_anchor").tolist() == [
        anchors[0][0], 0.0, anchors[0][2], anchors[0][3], anchors[1][4],
    ]  # fmt: skip
    assert column(memory, "flags").tolist() == [0, int(Flag.AWAY), 0, 0, 0]
    trust = memory.visible["trust"][now]
    # ``e`` hears ``a``; ``d`` nobody, ``a`` and ``c`` are used to what they were; ``b`` is away.
    assert column(memory, "used_to_trust") == pytest.approx(
        [9.0, 0.0, 9.0, 0.0, 0.5 * (trust[0] - trust[4])]
    )
    assert memory.usual_climate[0] == 0.0  # nobody leads them any more
    memory.usual_climate[:] = 7.0
    begin_stage(second, memory, aside, second.population, p)
    assert memory.usual_climate[0] == 7.0  # as before: nobody else leads


def test_at_the_start_everybody_is_used_to_what_they_hear() -> None:
    firm = from_arrays(3, [0, 0, 1], [1, 2, 2], [1, 3, 1], team=["T"] * 3, manager=[2, 2, -1])
    timeline = [{"leaves": {"start": 1, "audience": {"ids": "1"}}}]
    plan = Case.of(given({"name": "x", "weeks": 4, "timeline": timeline}), firm)
    (stage,) = stages_of(population_arrays(firm), firm, plan.timeline, 4)
    memory, aside = memory_of(3, 1), memory_of(3, 1)
    memory.visible["trust"][0] = [0.2, 0.9, 0.6]
    cells(memory, "used_to_trust")[0, :3] = 9.0
    cells(memory, "readiness")[0, :3] = 0.25
    memory.climate[:] = 0.75
    p = plan.parameters.view(np.recarray)[0].copy()
    p.accustomed, p.susceptibility = 0.5, 0.5
    before = population_arrays(firm)._replace(team_manager=np.array([-1], np.int32))
    begin_stage(stage, memory, aside, before, p)
    assert column(memory, "used_to_trust") == pytest.approx([0.5 * (0.6 - 0.2), 0.0, 0.0])
    assert memory.usual_climate[0] == pytest.approx(0.5 * (0.75 - 0.25))


def test_phases_and_weights_of_ties_by_hand() -> None:
    """``c`` comes in week 3 and is away in 5 and 6; ties to ``d`` count half, then those of a team
    four times."""
    ids = ["a", "b", "c", "d"]
    ties = ["ab", "ad", "bd", "dc", "ca"]
    firm = from_arrays(
        ids, [ids.index(one[0]) for one in ties], [ids.index(one[1]) for one in ties],
        team=["T", "U", "U", "T"],
    )  # fmt: skip
    timeline: list[dict[str, Any]] = [
        {"joins": {"start": 3, "audience": {"ids": "c"}}},
        {"leaves": {"start": 5, "lasts": 2, "audience": {"ids": "c"}}},
        {"ties change": {"start": 2, "lasts": 3, "toward": {"ids": "d"}, "factor": 0.5}},
        {"ties change": {"start": 4, "lasts": 2, "among": "the team", "factor": 4}},
    ]
    phases = Case.of(given({"name": "x", "weeks": 7, "timeline": timeline}), firm).timeline.phases
    assert [(one.first, one.last) for one in phases] == [(k, k) for k in range(1, 8)]
    row = int(np.flatnonzero(firm.ids == "c")[0])
    assert [bool(one.present[row]) for one in phases] == [
        False, False, True, True, False, False, True,
    ]  # fmt: skip
    assert all(np.delete(one.present, row).all() for one in phases)
    names = [
        f"{firm.ids[source]}{firm.ids[target]}"
        for source, target in zip(firm.tie_source, firm.ties.target, strict=True)
    ]
    factors = [dict(zip(names, one.factor.tolist(), strict=True)) for one in phases]
    plain = dict.fromkeys(ties, 1.0)
    assert factors[0] == factors[5] == factors[6] == plain
    assert factors[1] == factors[2] == plain | {"ad": 0.5, "bd": 0.5}
    assert factors[3] == plain | {"ad": 2.0, "bd": 0.5}  # ``a`` and ``d`` alone share a team
    assert factors[4] == plain | {"ad": 4.0}


@pytest.mark.parametrize("kind", ["joins", "leaves"])
def test_a_tenth_comes_or_goes_unless_others_are_meant(people: Organisation, kind: str) -> None:
    (before, after) = case(people, {kind: {"start": 5}}).timeline.phases
    few, most = sorted([int(before.present.sum()), int(after.present.sum())])
    assert (few, most) == (63, 70)
