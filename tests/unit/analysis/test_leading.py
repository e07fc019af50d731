"""What managers signal, and who follows somebody who starts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import sim
from sim import UptakeModel
from sim.analysis.attribution import coached, following, signals, signals_of, starting
from sim.case import Record, run_cases
from sim.organisation import from_arrays, informal_leaders
from sim.scenario.text import entry_of
from sim.state import Flag


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


def test_what_coaching_does_is_what_two_plans_differ_by(results: sim.Comparison) -> None:
    people, managers = results.organisation, np.flatnonzero(results.organisation.is_manager)
    for plan, sign in ((0, 1), (1, -1)):
        scenario = results.scenarios[plan]
        given = [{one.kind: entry_of(one.intervention)} for one in scenario.timeline]
        if plan:
            other = [one for one in given if "manager coaching" not in one]
        else:
            ids = [str(people.ids[row]) for row in managers]
            other = [*given, {"manager coaching": {"start": 9, "audience": {"ids": ids}}}]
        both = sim.compare(
            [{"timeline": given}, {"timeline": other}], organisation=people, replicates=4, weeks=30
        )
        for team in (None, 1):
            use = both["weekly_users"] if team is None else both.team("weekly_users")[..., team]
            right = sign * (use[1] - use[0])[..., -4:].mean(axis=(1, 2))
            found = coached(results, plan, managers, team=team).effect
            assert found.mean == pytest.approx(right.mean(), abs=1e-6)


def test_coaching_of_some_managers_is_theirs_from_its_first_week(results: sim.Comparison) -> None:
    managers = np.flatnonzero(results.organisation.is_manager)
    one = {"ids": [str(results.organisation.ids[managers[0]])]}
    timeline: list[dict[str, Any]] = [{"access": {"start": 1}}]
    timeline += [{"manager coaching": {"start": k, "audience": one}} for k in (10, 3)]
    planned = sim.run(
        {"timeline": timeline}, organisation=results.organisation, replicates=1, weeks=12
    )
    found = coached(planned, 0, managers)
    assert not found.added
    assert found.week == 3


def test_the_mean_signal_is_of_those_who_lead() -> None:
    nan = np.nan
    found = signals._mean(np.array([[0.2, 0.4], [nan, 0.5], [nan, nan]]))
    np.testing.assert_allclose(found, [0.3, 0.5, nan])


def test_who_follows_is_counted_person_by_person(results: sim.Comparison) -> None:
    rows = informal_leaders(results.organisation)
    found = following(results, 0, rows)
    started = found.case.organisation.start_values
    for name in ("considers", "habit", "capability", "fit", "usefulness"):
        assert (started[name][rows] == 1.0).all(), name
    others = np.setdiff1d(np.arange(results.organisation.n_people), rows)
    given = replace(results.case(0), parameters=results.parameters[0][:1])
    used, considers = [], []
    for case in (found.case, given):
        people = run_cases([case], results.seeds, record=Record(people=True, drivers=False)).people
        assert people is not None
        used.append((people[0, 0, :, :, others, 0] > 0).mean(axis=1))  # people come first
        flags = people[0, 0, :, -1, others, 2]
        considers.append(((flags & int(Flag.CONSIDERS)) > 0).sum(axis=0).mean())
    more = (used[0] - used[1]).sum(axis=0)
    assert more[-1] > 0
    np.testing.assert_allclose(found.by_week, more)
    assert found.others.mean == pytest.approx(more[-4:].mean())
    assert found.began.mean == pytest.approx(considers[0] - considers[1])
    assert found.by_team.sum() == pytest.approx(found.others.mean)
    team = results.organisation.people["team"][others]
    by_person = (used[0] - used[1])[:, -4:].mean(axis=1)
    teams = np.bincount(team, by_person, results.organisation.n_teams)
    np.testing.assert_allclose(found.by_team, teams, atol=1e-12)
