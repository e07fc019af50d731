"""What managers signal, and who follows somebody who starts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import sim
from sim import UptakeModel
from sim.analysis.attribution import coached, following, signals_of, starting
from sim.organisation import from_arrays, informal_leaders


@pytest.fixture(scope="module")
def results() -> sim.Comparison:
    return sim.compare(
        ["licences-only", "everything"],
        organisation="small-firm",
        replicates=4,
        weeks=30,
        record_teams=True,
    )


def test_signals_are_those_that_the_agents_hear(results: sim.Comparison) -> None:
    people = results.organisation
    managers = np.flatnonzero(people.is_manager)
    case = replace(results.case(1), parameters=results.parameters[1][:1], weeks=8)
    found = signals_of(case, results.seeds[0, 0], managers)
    model = UptakeModel("everything", organisation=people, engine="agents", weeks=8)
    model.begin(results.seeds[0, 0])
    for week in range(8):
        model.step()
        for k, manager in enumerate(managers):
            (first, *_) = np.flatnonzero(people.people["manager"] == manager)
            assert model.person(int(first)).signal == found[week, k]
    assert np.abs(found).max() <= 1


def test_coaching_is_added_where_there_is_none_and_left_out_where_there_is(
    results: sim.Comparison,
) -> None:
    managers = np.flatnonzero(results.organisation.is_manager)
    added, without = (coached(results, plan, managers) for plan in (0, 1))
    assert added.added
    assert not without.added
    assert (added.other[:, -1] > added.planned[:, -1]).all(), "coaching lifts the signal"
    assert (without.planned[:, -1] > without.other[:, -1]).all()
    np.testing.assert_array_equal(added.planned[:, : added.week - 1],
                                  added.other[:, : added.week - 1])  # fmt: skip
    before = coached(results, 0, managers, team=1)
    assert before.effect.replicates == 4


def test_who_starts_uses_the_tool_and_is_not_counted(results: sim.Comparison) -> None:
    rows = informal_leaders(results.organisation)
    given = replace(results.case(0), parameters=results.parameters[0][:1])
    case = starting(given, results.scenarios[0].timeline, rows)
    from sim.case import Record, run_cases

    record = Record(people=True, drivers=False)
    people = run_cases([case], results.seeds, record=record).people
    assert people is not None
    assert (people[0, 0, :, 0, rows, 0] > 0).mean() > 0.9, "from the first week on"
    everybody = np.arange(results.organisation.n_people)
    nobody_else = following(results, 0, everybody)
    assert nobody_else.others.mean == 0
    assert not nobody_else.by_week.any()


def test_nobody_follows_whom_nobody_hears() -> None:
    ring = [(i + 1) % 10 for i in range(10)]
    team = ["All"] * 19 + ["Alone"]
    alone = from_arrays(20, source=range(10), target=ring, team=team)
    results = sim.compare(["licences-only"] * 2, organisation=alone, replicates=3, weeks=20)
    started = following(results, 0, np.array([19]))
    assert started.others.mean == started.began.mean == 0, "same random numbers, nothing else"
