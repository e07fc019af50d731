"""Why a team did not adopt: from the run, and by re-runs with the same random numbers."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import sim
from sim.analysis.attribution import (
    changes,
    everyone,
    n_simulations,
    person_of,
    rerun_with_people,
    reruns,
    reruns_of_all,
    team_of,
    to_json,
    why,
)
from sim.contrast import estimate
from sim.errors import InputError
from sim.interventions.timeline import place
from sim.organisation import from_arrays, to_graph
from sim.outcomes import DRIVERS, Outcome
from sim.results import Comparison
from sim.scenario import loads

REPLICATES, WEEKS = 6, 26


@pytest.fixture(scope="module")
def both() -> Comparison:
    return sim.compare(
        ["training-first", "trust-before-tools"], replicates=REPLICATES, weeks=WEEKS, threads=1
    )


def test_drivers_are_those_of_the_run(both: Comparison) -> None:
    found = why(both, 1, team_of(both, "Legal"), replicates=REPLICATES)
    row = both.organisation.teams.index("Legal")
    recorded = both.records.drivers[1, 0, :, -1, row].mean(axis=0)
    by_name = {part.name: part.gain.mean for part in found.drivers}
    for driver, mean in zip(DRIVERS, recorded, strict=True):
        assert by_name[driver.name] == pytest.approx(float(mean), abs=1e-6)
    gains = [part.gain.mean for part in found.drivers]
    assert gains == sorted(gains, reverse=True)
    assert found.using.mean == pytest.approx(both.team("weekly_users")[1, 0, :, -1, row].mean())
    assert found.manager.gain.mean == by_name["manager"]
    assert found.ties.gain.mean == by_name["undefined_norm"]


def test_chance_of_use_and_what_is_not_considered_are_the_recorded_confidence(
    both: Comparison,
) -> None:
    found = why(both, 0, team_of(both, "Legal"), replicates=REPLICATES)
    row = both.organisation.teams.index("Legal")
    recorded = both.team("confidence")[0, 0, :, -1, row].mean()
    (unaware,) = (part.gain.mean for part in found.drivers if part.name == "not_considered")
    assert unaware > 0
    assert found.confidence.mean + unaware == pytest.approx(recorded, abs=1 / 100)
    assert found.lost.mean == pytest.approx(1 - found.confidence.mean)


def test_an_earlier_week_takes_its_checkpoint(both: Comparison) -> None:
    assert why(both, 0, team_of(both, "Legal"), week=20, replicates=2).week == 13


def test_what_was_simulated_once_answers_for_every_plan_and_week(both: Comparison) -> None:
    recorded = rerun_with_people(both, (1, 0), replicates=REPLICATES, threads=1)
    for plan, one in zip((1, 0), recorded, strict=True):
        for week in (13, WEEKS):
            subject = team_of(both, "Legal")
            alone = why(both, plan, subject, week=week, replicates=REPLICATES, threads=1)
            assert to_json(why(both, plan, subject, week=week, recorded=one)) == to_json(alone)


def test_weeks_that_are_recorded_are_not_simulated_again(
    both: Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    again = rerun_with_people(both, (1, 0), replicates=both.n_runs, threads=1)
    recorded = sim.compare(
        both.scenarios, organisation=both.organisation, replicates=both.n_runs, seed=both.seed,
        weeks=WEEKS, record_people=None, threads=1,
    )  # fmt: skip
    monkeypatch.setattr("sim.case.run_cases", None)
    for one, other in zip(
        again, rerun_with_people(recorded, (1, 0), replicates=both.n_runs), strict=True
    ):
        assert np.array_equal(one.people, other.people)
        assert np.array_equal(one.drivers, other.drivers)


def test_changes_of_many_are_simulated_once_and_rank_as_alone(both: Comparison) -> None:
    person = person_of(both, str(both.organisation.ids[0]))
    subjects = [everyone(both), team_of(both, "Legal"), team_of(both, "Finance East"), person]
    together = reruns_of_all(both, 0, subjects, replicates=REPLICATES, threads=1)
    for subject, found in zip(subjects, together, strict=True):
        alone = reruns(both, 0, subject, replicates=REPLICATES, threads=1)
        assert found.base == alone.base
        assert [one.change.said for one in found.ranked] == [
            one.change.said for one in alone.ranked
        ]
        assert [(one.level, one.effect) for one in found.ranked] == [
            (one.level, one.effect) for one in alone.ranked
        ]


def test_lives_are_counted_as_they_are_simulated(
    both: Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sim import case

    recorded = []
    run_cases = case.run_cases

    def counted(cases: list[case.Case], *given: Any, **named: Any) -> object:
        recorded.append(len(cases))
        return run_cases(cases, *given, **named)

    monkeypatch.setattr(case, "run_cases", counted)
    subjects = [team_of(both, name) for name in ("Legal", "Finance East", "Sales East")]
    counts = n_simulations(both, 0, subjects)
    for n in (1, 2, 3):
        reruns_of_all(both, 0, subjects[:n], replicates=1, threads=1)
    assert recorded == counts
    shared = sum(one.how in ("earlier", "later", "without")
                 for one in changes(both.scenarios[0].timeline, subjects[0], both.organisation,
                                    WEEKS))  # fmt: skip
    assert counts[0] == 1 + len(changes(both.scenarios[0].timeline, subjects[0], both.organisation,
                                        WEEKS))  # fmt: skip
    assert (
        counts[1] - counts[0]
        <= len(changes(both.scenarios[0].timeline, subjects[1], both.organisation, WEEKS)) - shared
    )


def test_ties_are_a_share_of_attention(both: Comparison) -> None:
    subject = team_of(both, "Finance East")
    ties = why(both, 0, subject, replicates=REPLICATES).ties
    organisation = both.organisation
    graph = to_graph(organisation)
    team = set(organisation.ids[subject.rows])
    outside = np.mean(
        [
            sum(d["weight"] for _, other, d in graph.out_edges(person, data=True)
                if other not in team)
            for person in team
        ]
    )  # fmt: skip
    assert ties.outside == pytest.approx(outside)
    assert 0 <= ties.seen.mean <= ties.users.mean <= 1


def test_intervals_take_sets_as_units() -> None:
    over = sim.compare(
        ["training-first"], organisation="small-firm", replicates=3, weeks=13, threads=1,
        parameter_sets=4,
    )  # fmt: skip
    row = int(np.argmax(over.team_sizes))
    subject = team_of(over, over.organisation.teams[row])
    users = estimate(over.team("weekly_users")[0, :, :, -1, row])
    held = estimate(over.records.drivers[0, :, :, -1, row, 0].astype(float))
    found = why(over, 0, subject, replicates=12)
    parts = {part.name: part.gain for part in found.drivers}
    assert (found.using.low, found.using.high) == pytest.approx((users.low, users.high), abs=1e-6)
    assert parts[DRIVERS[0].name] == held
    tried = reruns(over, 0, subject, replicates=12)
    level = estimate(over.team("habitual")[0, :, :, -1, row])
    assert (tried.base.low, tried.base.high) == (level.low, level.high)


@pytest.mark.parametrize("sets", [None, 3])
def test_a_persons_drivers_average_to_the_teams(sets: int | None) -> None:
    one_replicate = sim.compare(
        ["training-first"] * 2, organisation="small-firm", replicates=1, weeks=13, threads=1,
        parameter_sets=sets,
    )  # fmt: skip
    sizes = one_replicate.team_sizes
    subject = team_of(one_replicate, one_replicate.organisation.teams[int(np.argmax(sizes))])
    ids = one_replicate.organisation.ids[subject.rows]
    team = {p.name: p.gain.mean for p in why(one_replicate, 0, subject).drivers}
    people = [why(one_replicate, 0, person_of(one_replicate, str(one))).drivers for one in ids]
    for name, mean in team.items():
        own = [part.gain.mean for parts in people for part in parts if part.name == name]
        assert np.mean(own) == pytest.approx(mean, abs=1e-6)


def test_changes_are_single_and_complete(both: Comparison) -> None:
    plan, subject = both.scenarios[0], team_of(both, "Legal")
    found = changes(plan.timeline, subject, both.organisation, WEEKS)
    assert len({one.said for one in found}) == len(found)
    without = [one for one in found if one.how == "without"]
    assert [one.kind for one in without] == [placed.kind for placed in plan.timeline]
    assert {one.kind for one in found if one.how == "earlier"} == {
        placed.kind for placed in plan.timeline if placed.intervention.start > 1
    }
    added = {one.kind for one in found if one.how == "added"}
    assert {"manager coaching", "usage policy", "mandate"} <= added
    assert "generic training" not in added
    for one in found:
        differ = set(map(repr, one.timeline)) ^ set(map(repr, plan.timeline))
        assert 1 <= len(differ) <= 2


def test_coaching_is_for_the_manager_alone(both: Comparison) -> None:
    subject = team_of(both, "Legal")
    found = changes(both.scenarios[0].timeline, subject, both.organisation, WEEKS)
    (coaching,) = [one for one in found if one.kind == "manager coaching"]
    assert coaching.timeline[-1].intervention.start == 9
    members = coaching.timeline[-1].intervention.audience.members(both.organisation)  # type: ignore[attr-defined]
    assert np.flatnonzero(members).tolist() == subject.managers.tolist()


def test_a_plan_that_misses_the_manager_is_widened(both: Comparison) -> None:
    text = "timeline: [{manager coaching: {start: 2, audience: {teams: [Sales East]}}}]"
    found = changes(loads(text).timeline, team_of(both, "Legal"), both.organisation, WEEKS)
    (wider,) = [one for one in found if one.how == "wider"]
    members = wider.timeline[0].intervention.audience.members(both.organisation)  # type: ignore[attr-defined]
    assert members[team_of(both, "Legal").managers].all()
    assert members[team_of(both, "Sales East").rows].all()


def test_a_rerun_is_what_a_scenario_with_that_change_gives(both: Comparison) -> None:
    subject = team_of(both, "Legal")
    found = reruns(both, 0, subject, replicates=REPLICATES)
    plan = both.scenarios[0]
    (one,) = [r for r in found.ranked if r.change.how == "without" and r.change.kind == "access"]
    shorter = plan.model_copy(
        update={"timeline": tuple(p for p in plan.timeline if p.kind != "access")}
    )
    again = sim.compare([plan, shorter], replicates=REPLICATES, weeks=WEEKS, threads=1)
    assert again.records.teams is not None
    team = again.records.teams[:, 0, :, -1, subject.team, Outcome["habitual"]].astype(float)
    assert found.base.mean == team[0].mean()
    assert one.level.mean == team[1].mean()
    assert one.effect.mean == pytest.approx((team[1] - team[0]).mean())


def test_reruns_are_ranked_and_their_intervals_hold_together(both: Comparison) -> None:
    found = reruns(both, 0, team_of(both, "Legal"), replicates=REPLICATES)
    effects = [one.effect.mean for one in found.ranked]
    assert effects == sorted(effects, reverse=True)
    alone = sim.contrast.paired_difference
    values = np.array([[0.1, 0.4, 0.3]]), np.array([[0.0, 0.1, 0.3]])
    assert alone(*values, 0.99).high > alone(*values).high


def test_dose_zero_would_change_nothing(both: Comparison) -> None:
    text = "timeline: [{access: {start: 1}}, {mandate: {start: 3, dose: 0}}]"
    subject = team_of(both, "Legal")
    found = changes(loads(text).timeline, subject, both.organisation, WEEKS)
    (gone,) = [one for one in found if one.how == "without" and one.kind == "mandate"]
    one, other = (
        place(timeline, both.organisation, WEEKS).effects
        for timeline in (loads(text).timeline, gone.timeline)
    )
    assert (one == other).all()


def test_a_small_team_and_a_wrong_name_are_refused(both: Comparison) -> None:
    with pytest.raises(InputError, match="did you mean Legal"):
        team_of(both, "Lgeal")
    organisation = from_arrays(6, [0], [1], team=["A"] * 5 + ["B"])
    few = sim.run("licences-only", organisation=organisation, replicates=1, weeks=2)
    with pytest.raises(InputError, match="fewer than 5 people"):
        team_of(few, "B")
    with pytest.raises(InputError, match="is not in"):
        person_of(few, "nobody")


def test_without_ties_or_a_manager_nothing_breaks() -> None:
    organisation = from_arrays(6, team=["A"] * 6)
    alone = sim.run("licences-only", organisation=organisation, replicates=2, weeks=13)
    subject = team_of(alone, "A")
    found = why(alone, 0, subject)
    assert not found.manager.there
    assert found.ties.users.mean == 0
    assert found.ties.cut_off.mean == 1
    told = to_json(found, reruns(alone, 0, subject), most=3)
    assert len(told["reruns"]) == 3
    assert json.loads(json.dumps(told, allow_nan=False))["manager"]["uses"]["mean"] is None


def test_changes_for_everyone_keep_the_usual_audience(both: Comparison) -> None:
    found = reruns(both, 0, everyone(both), replicates=REPLICATES)
    assert found.base.mean == both.records.weekly[0, 0, :, -1, Outcome["habitual"]].mean()
    by_kind = {one.change.kind: one.change for one in found.ranked if one.change.how == "added"}
    coaching = by_kind["manager coaching"].timeline[-1].intervention
    assert coaching.audience == type(coaching)(start=9).audience  # type: ignore[attr-defined]
    assert by_kind["manager coaching"].said == "manager coaching for all managers from week 9"
