"""Why a team did not adopt: from the run, and by re-runs with the same random numbers."""

from __future__ import annotations

import json
import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import sim
from sim.analysis.attribution import (
    PersonWeeks,
    changes,
    everyone,
    n_simulations,
    person_of,
    rerun_with_people,
    reruns,
    reruns_of_all,
    served_within,
    team_of,
    to_json,
    why,
    worth,
)
from sim.analysis.attribution.reruns import _habitual
from sim.analysis.attribution.why import first_replicates
from sim.contrast import estimate, paired_difference
from sim.errors import InputError
from sim.interventions.timeline import money_of, place
from sim.organisation import from_arrays, to_graph
from sim.outcomes import DRIVERS, PERSON_RECORD, Driver, Outcome
from sim.results import Comparison
from sim.results.series import HEADLINE
from sim.scenario import loads
from sim.state import Flag

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
    for most, sets, seeds in ((8, 4, 2), (3, 3, 1), (99, 4, 3)):
        rows, drawn = first_replicates(over, 0, most)
        assert (rows.shape, drawn.shape) == ((sets,), (sets, seeds))
        assert (drawn == over.seeds[:sets, :seeds]).all()
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
    assert both.records.teams is not None
    base = both.team("habitual")[0, :, :, -1, found.subject.team]
    (one,) = [r for r in found.ranked if (r.change.how, r.change.kind) == ("without", "access")]
    level = np.full_like(base, one.level.mean)  # nobody else begins: no chance is left
    assert one.level.low == one.level.high
    assert one.effect == paired_difference(level, base, 1 - 0.05 / len(found.ranked))


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


def test_what_a_manager_and_those_they_hear_did_by_hand() -> None:
    """Five of team A; ``m`` leads them from another team, and is heard most."""
    ids = ["a0", "a1", "a2", "a3", "a4", "b1", "b2", "m"]
    ties = {("a0", "m"): 3, ("a0", "b1"): 1, ("a1", "b1"): 1, ("a2", "a0"): 1, ("a4", "m"): 1}
    source, target = zip(*ties, strict=True)
    organisation = from_arrays(
        ids, [ids.index(one) for one in source], [ids.index(one) for one in target],
        [*ties.values()], team=["A"] * 5 + ["B"] * 3, manager=[7] * 5 + [-1] * 3,
    )  # fmt: skip
    results = sim.run("licences-only", organisation=organisation, replicates=2, weeks=13)
    subject = team_of(results, "A")
    assert (subject.managers.tolist(), subject.leaders.tolist()) == ([7], [5])  # b1, no manager
    names = [variable.name for variable in PERSON_RECORD]
    people = np.zeros((1, 2, 13, 8, len(names)), np.uint8)

    def put(name: str, week: int, values: dict[str, tuple[int, int]]) -> None:
        for who, two in values.items():
            people[0, :, week - 1, ids.index(who), names.index(name)] = two

    put("use_days", 5, {"m": (2, 0)})
    put("use_days", 6, {"m": (0, 3)})
    put("use_days", 13, {"m": (1, 0), "b1": (3, 1), "a3": (0, 5)})
    put("trust", 13, {"m": (51, 102)})
    put("norm", 13, {one: (51, 0) for one in ids[:5]})
    put("confidence", 13, {one: (255, 255) for one in ids})
    put("flags", 13, {one: (int(Flag.CONSIDERS),) * 2 for one in ("a0", "a1")})
    drivers = np.zeros((1, 2, 1, 2, len(DRIVERS)), np.float32)
    drivers[..., 0, Driver["job"]] = 0.3
    found = why(results, 0, subject, recorded=PersonWeeks(people, drivers, (13,)))
    assert found.using.mean == pytest.approx((0 + 1 / 5) / 2)
    assert found.confidence.mean == pytest.approx(2 / 5)  # of those who consider it
    assert found.lost.mean == pytest.approx(3 / 5)
    assert found.drivers[0].name == "job"
    assert found.drivers[0].of_lost == pytest.approx(0.5)
    manager, ties_part = found.manager, found.ties
    assert (manager.uses.mean, manager.first_week) == (0.5, 5.5)
    assert manager.trust.mean == pytest.approx(0.3)
    assert ties_part.users.mean == pytest.approx(((1 + 1 + 0 + 0 + 1) + (0.25 + 1)) / 10)
    assert ties_part.cut_off.mean == pytest.approx((2 / 5 + 3 / 5) / 2)
    assert ties_part.outside == pytest.approx(3 / 5)
    assert ties_part.seen.mean == pytest.approx(0.1)


def test_hours_of_a_change_are_those_of_the_subjects_own_people(both: Comparison) -> None:
    organisation, subject = both.organisation, team_of(both, "Legal")
    two = [str(one) for one in organisation.ids[subject.rows[:2]]]
    text = f"""timeline:
      - generic training: {{start: 2, lasts: 3, audience: {{ids: {two}}}}}
      - mandate: {{start: 3, dose: 0}}
    """
    timeline = loads(text).timeline
    whole = timeline[0].intervention.total_hours(WEEKS)
    assert whole > 0
    found = {(one.how, one.kind): one for one in changes(timeline, subject, organisation, 10)}
    size, missed = len(subject.rows), len(subject.rows) - 2
    assert found["without", "generic training"].hours == pytest.approx(-whole * 2 / size)
    assert found["wider", "generic training"].hours == pytest.approx(whole * missed / size)
    assert found["added", "generic training"].hours > 0  # it misses some of them
    coaching = found["added", "manager coaching"]
    outside = not set(subject.managers) & set(subject.rows)
    hours = coaching.timeline[-1].intervention.total_hours(10)
    assert coaching.hours == pytest.approx(0 if outside else hours / size)
    assert found["earlier", "generic training"].said == "generic training from week 1, not 2"
    assert found["later", "generic training"].week == 10  # eight weeks on, the last week
    assert ("added", "mandate") in found, "without a dose it reaches nobody"
    assert ("wider", "mandate") not in found
    short = changes(timeline, subject, organisation, 6)
    assert {one.week for one in short if one.how == "added"} == {6}


def test_what_managers_elsewhere_attend_takes_no_hours_of_the_team() -> None:
    ids = ["a0", "a1", "a2", "a3", "a4", "m", "other"]
    organisation = from_arrays(
        ids, [0, 1], [6, 6], team=["A"] * 5 + ["B"] * 2, manager=[5] * 5 + [-1, -1]
    )
    results = sim.run("licences-only", organisation=organisation, replicates=1, weeks=4)
    subject = team_of(results, "A")
    assert subject.managers.tolist() == [5]
    text = "timeline: [{manager coaching: {start: 2, audience: {ids: [other]}}}]"
    found = changes(loads(text).timeline, subject, organisation, WEEKS)
    assert found[-1].timeline[0].intervention.total_hours(WEEKS) > 0
    hours = {one.how: one.hours for one in found if one.kind == "manager coaching"}
    assert (hours["added"], hours["wider"]) == (0, 0)


def test_nobody_listens_most_to_themselves() -> None:
    organisation = from_arrays(3, [0, 0, 0], [0, 1, 2], [5, 1, 2], keep_self=True)
    results = sim.run("licences-only", organisation=organisation, replicates=1, weeks=2)
    assert person_of(results, "0").leaders.tolist() == [2]


def test_of_a_large_firm_fewer_replicates_tell_of_a_person(
    both: Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def held(results: Comparison, plan: int, subject: Any, week: int, replicates: int) -> Any:
        asked.append(replicates)
        return np.zeros((1, 1, len(DRIVERS)))

    monkeypatch.setattr(sys.modules[why.__module__], "_barriers_of_person", held)
    person, recorded = person_of(both, "p001"), rerun_with_people(both, [0], replicates=1)[0]
    for replicates in (20, 1000):
        why(both, 0, person, replicates=replicates, recorded=recorded)
    assert asked == [20, 1 + 20_000 // both.organisation.n_people]


def test_nine_weeks_of_twelve_are_a_habit() -> None:
    organisation = from_arrays(2, team=["A"] * 2)
    results = sim.run("licences-only", organisation=organisation, replicates=1, weeks=13)
    people = np.zeros((1, 1, 2, 13, 2, len(PERSON_RECORD)), np.uint8)
    people[0, 0, 0, :9, 0, 0] = people[0, 0, 1, -9:, 0, 0] = 1  # eight of the last twelve, and nine
    records: Any = SimpleNamespace(people=people)
    assert _habitual(records, None, person_of(results, "0")).tolist() == [[[0.0, 1.0]]]


def test_what_changes_are_worth_to_everybody_is_what_two_plans_differ_by(both: Comparison) -> None:
    found = worth(both, 0, replicates=REPLICATES, how=("without",), threads=1)
    assert found is not None
    plan, people = both.scenarios[0], both.organisation
    assert [one.effect.mean for one in found] == sorted(
        (one.effect.mean for one in found), reverse=True
    )
    assert sorted(one.change.kind for one in found) == sorted(p.kind for p in plan.timeline)
    for one in found:
        shorter = plan.model_copy(update={"timeline": one.change.timeline})
        two = sim.compare([shorter, plan], replicates=REPLICATES, weeks=WEEKS, threads=1)
        values, base = two.quantity(HEADLINE).values
        level = 1 - 0.05 / len(plan.timeline)  # all intervals hold together
        assert one.effect == paired_difference(values, base, level)
        assert np.array_equal(one.values, values - base)
        hours = two["hours"][..., -1].mean(axis=(1, 2)) * people.n_people
        assert one.hours == pytest.approx(hours[0] - hours[1])
        money = [money_of(s.timeline, people, WEEKS) for s in (shorter, plan)]
        assert one.money == pytest.approx(money[0] - money[1])
    assert any(one.hours < 0 for one in found)
    assert worth(both, 0, replicates=1, how=("without",), going=lambda: False) is None
    paid = {"timeline": [{"access": {"start": 1, "money": 9}}, {"mandate": {"start": 2}}]}
    few = sim.run(paid, organisation="small-firm", replicates=1, weeks=3)
    money = {w.change.kind: w.money for w in worth(few, 0, how=("without", "later")) or ()}
    assert money == {"access": -9.0 * few.organisation.n_people, "mandate": 0.0}


def test_habits_of_persons_average_to_their_teams() -> None:
    keen = sim.run(
        "licences-only", organisation="small-firm", replicates=2, weeks=14, threads=1,
        parameters={"considers_start": 1.0, "b_0": 1.0},
    )  # fmt: skip
    team = keen.organisation.teams[int(np.argmax(keen.team_sizes))]
    subjects = [team_of(keen, team)]
    subjects += [person_of(keen, str(keen.organisation.ids[k])) for k in subjects[0].rows]
    whole, *people = reruns_of_all(keen, 0, subjects, threads=1)
    assert 0 < whole.base.mean < 1
    assert np.mean([one.base.mean for one in people]) == pytest.approx(whole.base.mean, abs=1e-6)


def test_as_many_teams_are_served_as_simulations_allow(both: Comparison) -> None:
    subjects = [team_of(both, name) for name in ("Legal", "Finance East", "Sales East")]
    counts = [n_simulations(both, plan, subjects) for plan in (0, 1)]
    for served, together in enumerate(zip(*counts, strict=True), 1):
        assert served_within(both, [subjects] * 2, sum(together)) == served
        assert served_within(both, [subjects] * 2, sum(together) - 1) == served - 1
