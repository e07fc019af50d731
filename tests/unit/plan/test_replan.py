from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from sim.analysis.firm.observed import Observed, read_usage
from sim.analysis.plan import Answer, Planner, PlanProblem, loads_problem, planning
from sim.analysis.plan.check import keeps
from sim.analysis.plan.evaluate import Evaluator, ReplicateSource
from sim.analysis.plan.layout import Layout, Plan
from sim.analysis.plan.placing import scenario_text
from sim.analysis.plan.replan import (
    CARRY_ON,
    done_as_planned,
    done_in,
    is_surprise,
    prepared,
    remaining,
    weigh,
)
from sim.analysis.plan.roadmap import roadmap_of, steps
from sim.errors import InputError
from sim.numbers import between, figure
from sim.organisation import Organisation
from sim.outcomes import Outcome
from sim.parameters import parameter_rows
from sim.report.plan_folder import steering_paper
from sim.report.plan_schedule import this_week
from sim.report.plan_words import findings

PLAN = Plan((1, 3, 6, 12), (1, 1, 1, 1), (1, 1, 1, 1))


def observed(weeks: list[int], values: list[float]) -> Observed:
    names = ("weekly_users",) * len(weeks)
    return Observed(names, np.array(weeks), np.array(values), np.full(len(weeks), np.inf))


def test_usage_is_read(tmp_path: Path) -> None:
    file = tmp_path / "usage.csv"
    file.write_text("Week,Weekly users,habitual,people\n8,23%,,120\n4,0.1,0,\n\n")
    read = read_usage(file, 24)
    assert read.outcomes == ("weekly_users", "weekly_users", "habitual")
    assert read.weeks.tolist() == [4, 8, 4]
    assert read.values.tolist() == [0.1, 0.23, 0.0]
    assert read.people.tolist() == [np.inf, 120, np.inf]
    assert read.week == 8
    assert read.series()["weekly_users"] == ((4, 8), (0.1, 0.23))


@pytest.mark.parametrize(
    ("cells", "shares"),
    [
        (("12,20", "0,", "20,20", ","), [0.6, 0.0, 1.0]),  # nobody is nobody, of however many
        (("12,20", "1,20"), [0.6, 0.05]),
        (("0.5,", "1,20"), [0.5, 1.0]),
        (("50%,", "1.0,20", "1%,20"), [0.5, 1.0, 0.01]),
        (("50%,", '"1,0",20'), [0.5, 1.0]),
        (("100%,20", "20%,20"), [1.0, 0.2]),
        (("1,1", "0,1"), [1.0, 0.0]),
    ],
)
def test_shares_or_numbers_of_people(
    tmp_path: Path, cells: tuple[str, ...], shares: list[float]
) -> None:
    file = tmp_path / "usage.csv"
    rows = "".join(f"{week},{cell}\n" for week, cell in enumerate(cells, 1))
    file.write_text("week,habitual,people\n" + rows)
    assert read_usage(file, 24).values.tolist() == shares


@pytest.mark.parametrize(
    ("days", "weeks"),
    [
        (("2026-02-02", "2026-02-15", "2026-02-16"), [1, 2, 3]),  # week 1 is that of 4 February
        (("2.2.2026", "9.02.2026"), [1, 2]),
        (("2026-W06", "2026-W08"), [1, 3]),
    ],
)
def test_a_date_is_in_the_week_of_its_monday(
    tmp_path: Path, days: tuple[str, ...], weeks: list[int]
) -> None:
    file = tmp_path / "usage.csv"
    file.write_text("week,habitual\n" + "".join(f"{day},0.1\n" for day in days))
    assert read_usage(file, 24, date(2026, 2, 4)).weeks.tolist() == weeks


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("weekly_users\n0.1\n", "usage.csv:1:1 week: column is missing"),
        ("week,weekly_user\n1,0.1\n", "weekly_user: is not a column here — did you mean weekly_us"),
        ("week\n1\n", "has no measured outcome"),
        ("week,habitual\n1,23\n", "usage.csv:2:3 habitual: is 23 — 0 to 1, a percentage such as"),
        (
            "week,habitual\n1,130%\n2,20%\n",
            "usage.csv:2:3 habitual: is 130% — 0% to 100%, or 0 to 1",
        ),
        (
            "week,habitual\n1,12\n2,20%\n",
            "usage.csv:2:3 habitual: is 12 in a column of percentages — 0%",
        ),
        (
            "week,habitual,people\n1,12,20\n2,0.5,20\n",
            "usage.csv:3:3 habitual: is 0.5 in a column with more than 1 in it — 0 to 1",
        ),
        # 1 of how many? in a column of people it needs them, as 12 does; alone it may be all
        ("week,habitual,people\n1,12,20\n2,1,\n", "usage.csv:3:3 habitual: is 1 — 0 to 1, a"),
        ("week,habitual,people\n1,12,20\n2,15,14\n", "usage.csv:3:3 habitual: is 15, of 14 people"),
        ("week,habitual,people\n1,0,2\n2,1,2\n", "is 1, of 2 people, which may mean one of them"),
        ("week,habitual\n1,20%\n2,1\n", "is 1 in a column of percentages, which may mean 1% or"),
        ("week,habitual\n30,0.1\n", "usage.csv:2:1 week: is '30' — 1 to 24"),
        ("week,habitual\n2.5,x\n", "usage.csv:2:1 week: is '2.5'"),
        ("week,habitual\n1,\n", "holds no measured value"),
        ("week,habitual\n1,0.1\n1,0.2\n", "usage.csv:3:1 week: 1 stands twice"),
    ],
)
def test_what_is_wrong_with_usage_is_said(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "usage.csv"
    file.write_text(text)
    with pytest.raises(InputError) as caught:
        read_usage(file, 24)
    assert said in str(caught.value)
    places = [line.partition(": ")[0] for line in str(caught.value).splitlines()]
    assert len(set(places)) == len(places), "of each place one thing is said"


def test_weights_find_the_parameters_that_were_at_work(
    problem: PlanProblem, small_firm: Organisation
) -> None:
    levels = np.linspace(-3, 1, 9)
    chooses = ("take_up", "first_use")  # off: use follows the choice alone, and tells of it soon
    rows = parameter_rows({"b_0": levels}, chooses, n=9)
    layout = Layout(problem, small_firm)
    evaluator = Evaluator(layout, ReplicateSource.of(rows, problem.scenario, 0), threads=1)
    true = parameter_rows({"b_0": -1.0}, chooses)
    set_seeds = evaluator.run([(PLAN, true)], np.uint64(77)).weekly[0, 0, 0]
    users = set_seeds[:, Outcome["weekly_users"]]
    assert users[9] > 0.02
    weighed = weigh(evaluator, PLAN, observed([6, 7, 8, 9, 10], users[5:10].tolist()))
    assert abs(weighed.rows["b_0"].mean() + 1.0) < 0.4  # the prior mean is also -1 ...
    assert weighed.rows["b_0"].std() < 0.8 < levels.std()  # ... but it was much less certain
    assert 1 < weighed.effective < weighed.pool
    assert weighed.nearest < 1
    low = weigh(evaluator, PLAN, observed([10], [0.0]))
    assert low.rows["b_0"].mean() < -1.5  # and it moves where the figures are lower
    drawn = ReplicateSource(weighed.rows, 0, weighed.seeds)
    units = drawn.units("report", 400)
    assert len(np.unique(units)) == len(np.unique(drawn.sets("report", 400)["b_0"])) < 10
    assert len(np.unique(evaluator.replicates.units("report", 9))) == 9
    far = weigh(evaluator, PLAN, observed([1, 2, 3], [1.0, 1.0, 1.0]))
    assert far.nearest > 2  # use before access: nothing in the model is like it


TWO_WAVES = "waves: {numbers: [1, 2], gaps: [2, 4]}\n"


def in_two(layout: Layout, starts: tuple[int, ...]) -> Plan:
    names = layout.problem.waves.names if layout.problem.waves else ()
    half = len(names) // 2
    return Plan(starts, PLAN.doses, PLAN.rounds, (names[:half], names[half:]), (2, 0, 2, 2))


def test_what_has_begun_is_done_and_every_wave_ahead_is_free(
    problem: PlanProblem, small_firm: Organisation
) -> None:
    layout = Layout(loads_problem(problem.text + TWO_WAVES), small_firm)
    plan = in_two(layout, (1, 3, 6, 10))
    left = remaining(layout.problem, layout, done_as_planned(layout, plan), 6, (), plan)
    done = [(one.kind, one.intervention.start) for one in left.problem.scenario.timeline]
    assert done == [
        ("loyalty conversation", 1),
        ("loyalty conversation", 3),
        ("usage policy", 3),
        ("access", 6),
    ]
    assert left.problem.labels == ("access, wave 2", "practice, wave 1", "practice, wave 2")
    assert left.carry_on.starts == (8, 10, 12)
    assert all(item.earliest == 7 and not item.waves for item in left.problem.items)
    ahead = Layout(left.problem, small_firm)
    reached = [layout.people(2, plan.waves[1]), *(layout.people(3, w) for w in plan.waves)]
    assert [int(who.sum()) for who in ahead.invited] == reached
    hours = next(one for one in left.problem.limits if one.name == "hours" and one.budget)
    spent = sum(float(layout.use(plan, "hours", rows=[row])[:6].sum()) for row in range(3))
    assert hours.series(24)[-1] == pytest.approx(900 - spent, abs=1e-6)


def test_what_has_slipped_for_a_wave_may_come_later(
    problem: PlanProblem, small_firm: Organisation
) -> None:
    """Practice was dropped for wave 1; that of wave 2 is ahead."""
    layout = Layout(loads_problem(problem.text + TWO_WAVES), small_firm)
    plan = in_two(layout, (1, 3, 6, 6))
    kept = [one for one in done_as_planned(layout, plan) if (one.row, one.start) != (3, 6)]
    left = remaining(layout.problem, layout, kept, 6, (), plan)
    assert left.problem.labels == ("access, wave 2", "practice, wave 2", "practice, wave 1")
    assert left.carry_on.starts == (8, 8, 0)  # carrying on does not hold it
    slipped = left.problem.items[2]
    assert (slipped.earliest, slipped.latest, slipped.doses) == (7, 18, (0.0, 1.0))
    ahead = Layout(left.problem, small_firm)
    assert int(ahead.invited[2].sum()) == layout.people(3, plan.waves[0])
    assert keeps(
        ahead, replace(left.carry_on, starts=(10, 10, 12), doses=(1, 1, 1), rounds=(1, 1, 1))
    )
    late = remaining(layout.problem, layout, kept, 19, (), plan).problem
    (over,) = late.items  # wave 2 was held; next week is all that is left
    assert (over.label, over.earliest, over.latest) == ("practice, wave 1", 20, 20)
    everybody = [replace(kept[-1], who=layout.invited[3])]
    assert (
        remaining(layout.problem, layout, [*kept[:-1], *everybody], 19, (), plan).problem.items
        == ()
    )


@pytest.mark.slow
def test_nobody_uses_the_tool_before_there_is_access(
    problem: PlanProblem, small_firm: Organisation, rows: np.ndarray
) -> None:
    """What the model was found to be off by gives no use without access, and is in all tables."""
    text = problem.text.replace("weekly_users, at: week 24", "habitual, at: week 24")
    asked = loads_problem(text + "goals: {what: share, of: habitual, at: week 24, reach: 0.1}\n")
    planner, _ = prepared(
        asked, small_firm, rows, replace(PLAN, starts=(1, 3, 14, 18)), observed([7, 8], [0.0, 0.0]),
        runs=300, replicates=40, threads=1,
    )  # fmt: skip
    answer = planner.answer()
    begins = answer.best.starts[planner.problem.labels.index("access")]
    for name, earliest in (("weekly_users", begins), ("habitual", begins + 8)):
        assert (answer.roadmap.curves[name][:, : earliest - 1] == 0).all()
        assert answer.roadmap.curves[name][2, -1] > 0
    (shown,) = answer.plans[0].estimates
    mean, low, high = answer.roadmap.curves["habitual"][:, -1]
    assert (shown.mean, shown.band_low, shown.band_high) == pytest.approx((mean, low, high))
    bare = planner.evaluator.values([answer.best], 40)[0]
    assert shown.mean != pytest.approx(bare.mean(), abs=1e-4)  # it is not as simulated
    assert len(answer.plans[0].reached) == 1


def test_when_nothing_is_left_there_is_still_a_forecast(
    problem: PlanProblem, small_firm: Organisation, rows: np.ndarray
) -> None:
    planner, _ = prepared(
        problem, small_firm, rows, PLAN, observed([14, 15], [0.2, 0.25]), runs=300, replicates=20,
        threads=1,
    )  # fmt: skip
    assert planner.problem.items == ()
    assert planner.space.draw(np.random.default_rng(0)) is not None
    assert planner.search_cost().runs > 0
    answer = planner.answer()
    assert [one.week for one in answer.roadmap.checkpoints][-1] == 24
    assert answer.best.starts == ()
    assert answer.runs <= planner.search_cost().runs < 2_000
    assert next(findings(answer)).startswith("Nothing is left to decide: expect weekly users")
    mean, low, high = answer.roadmap.curves["weekly_users"][:, -1]
    assert next(findings(answer)).endswith(
        f": {figure(mean, 'share')} ({between(low, high, 'share')})."
    )  # as the roadmap has it, with what the model was found to be off by
    paper = steering_paper(answer, b"")
    assert "Nothing is left to decide; expect weekly users, week 24: " in paper
    assert "Who, when, how much" not in paper
    assert [row["measure"] for row in this_week(answer, 16)] == ["what has begun"]
    marked = replace(answer, roadmap=replace(answer.roadmap, marked="not to be\nrelied on"))
    assert next(findings(marked)) == "Not to be relied on."
    assert '<p class="lead">Not to be relied on. Nothing is left' in steering_paper(marked, b"")


def test_what_was_left_out_may_come_in(problem: PlanProblem, small_firm: Organisation) -> None:
    layout = Layout(problem, small_firm)
    without = Plan((1, 0, 6, 12), (1, 0, 1, 1), (1, 0, 1, 1))  # no policy
    done = done_as_planned(layout, without)
    assert [(layout.problem.labels[one.row], one.start) for one in done] == [
        ("loyalty", 1), ("access", 6), ("practice", 12),
    ]  # fmt: skip
    left = remaining(problem, layout, done, 8, (), without)
    assert left.problem.labels == ("policy", "practice")
    assert left.carry_on.starts == (0, 12)


def test_a_wave_ahead_keeps_the_names_of_its_teams(
    problem: PlanProblem, small_firm: Organisation
) -> None:
    layout = Layout(loads_problem(problem.text + TWO_WAVES), small_firm)
    plan = in_two(layout, (1, 3, 6, 12))
    left = remaining(layout.problem, layout, done_as_planned(layout, plan), 6, (), plan)
    found = steps(Layout(left.problem, small_firm), left.carry_on)
    whole = {tuple(sorted(wave)) for wave in plan.waves}
    assert found
    assert {one.who for one in found if one.measure.startswith("practice")} == whole


def test_teams_that_stand_for_all_are_noted(tmp_path: Path, small_firm: Organisation) -> None:
    file, (one, *others) = tmp_path / "usage.csv", small_firm.teams
    head = "week,team,weekly_users\n"
    file.write_text(f"{head}4,{one},10%\n")
    notes = read_usage(file, 24, None, small_firm, "").notes
    assert [note.what for note in notes] == [
        f"1 of {1 + len(others)} teams measured: they stand for all"
    ]
    file.write_text(head + "".join(f"4,{name},10%\n" for name in small_firm.teams))
    assert read_usage(file, 24, None, small_firm, "").notes == ()


def test_the_remaining_weeks_are_planned(
    problem: PlanProblem, small_firm: Organisation, rows: np.ndarray
) -> None:
    planner, weighed = prepared(
        problem, small_firm, rows, PLAN, observed([7, 8], [0.2, 0.25]), runs=300, replicates=20,
        threads=1,
    )  # fmt: skip
    answer = planner.answer()
    assert len(weighed.rows) == len(weighed.seeds) == len(planner.rows)
    assert planner.problem.labels == ("practice",)
    for one in answer.plans:
        assert one.plans[0].starts[0] > 8
    assert answer.baselines[0].name == CARRY_ON
    assert {one.label for one in answer.ablations} <= {"practice"}
    assert {one.words for one in answer.prices} >= {"trainers +1 a week", "weeks +2"}
    assert all(one.week > 8 for one in answer.roadmap.checkpoints)
    assert answer.roadmap.observed == {"weekly_users": ((7, 8), (0.2, 0.25))}
    replicate = planner.evaluator.replicates
    _, (seed,) = replicate.replicates("race", 3, 4)
    assert int(seed) in {
        int(one) for one in weighed.seeds
    }  # random numbers that have been simulated


def test_several_objectives_are_planned_again(
    problem: PlanProblem, small_firm: Organisation, rows: np.ndarray
) -> None:
    two = "[{what: share, of: weekly_users, at: week 24}, hours]\nrates: {everyone: 50}\n"
    text = problem.text.replace("{what: share, of: weekly_users, at: week 24}\n", two)
    text = text.replace("label: practice\n", "label: practice\n      doses: [0, 0.5, 1]\n")
    planner, _ = prepared(
        loads_problem(text), small_firm, rows, PLAN, observed([4, 5], [0.02, 0.03]), runs=300,
        replicates=20, threads=1,
    )  # fmt: skip
    answer = planner.answer()
    said = "\n".join(findings(answer))
    assert len(answer.plans) > 1
    assert answer.baselines[0].name == CARRY_ON
    assert answer.runs <= planner.search_cost().runs
    assert {one.of for one in answer.prices} == {0, 1}
    for begins in (
        "One step along it from ", "rder", "What each brings in plan 1",
        "For every 1,000 of money: ", "A little more of what limits plan 1",
    ):  # fmt: skip
        assert begins in said
    assert all(one.plans[0].starts[row] > 5 or not one.plans[0].starts[row]
               for one in (*answer.plans, *answer.baselines) if one.keeps
               for row in range(len(planner.problem.items)))  # fmt: skip


def test_what_is_agreed_stays_unless_another_plan_is_better_beyond_chance(
    problem: PlanProblem, small_firm: Organisation, rows: np.ndarray,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(planning, "switching_conditions", lambda *_: ((), 0))  # asked when chosen
    for also in ("looks", "prices"):
        monkeypatch.setattr(planning, also, lambda *_: ())

    def answer(plan: Plan, agreed: bool) -> Answer:
        planner, _ = prepared(
            problem, small_firm, rows, plan, observed([4], [0.1]), runs=200, replicates=20,
            threads=1,
        )  # fmt: skip
        assert planner.agreed == planner.simple[0].plans[0]
        planner.agreed = planner.agreed if agreed else None
        return planner.answer()

    kept, other = answer(PLAN, True), answer(PLAN, False)
    assert kept.baselines[0].plans == (kept.best,)
    assert "the same as “carry on as planned”" in " ".join(findings(kept))
    assert other.baselines[0].alike
    assert other.baselines[0].plans != (other.best,)
    worse = replace(PLAN, starts=(*PLAN.starts[:-1], 18))
    found = answer(worse, True)
    assert found.baselines[0].plans != (found.best,)


def test_what_really_happened_is_a_scenario_file(
    problem: PlanProblem, small_firm: Organisation, tmp_path: Path
) -> None:
    dated = loads_problem(problem.text + "starts: 2027-01-04\n")
    layout = Layout(dated, small_firm)
    text = scenario_text(layout, PLAN, "x", "")
    assert "start: 3" in text
    text = text.replace("start: 3", "start: 2027-02-01  # a fortnight late, and few came")
    text = text.replace("start: 12", "start: 14")
    file = tmp_path / "actual.yaml"
    file.write_text(text.replace("label: policy", "label: policy\n      attendance: 0.4"))
    done, others = done_in(layout, file)
    assert others == []
    assert [(layout.problem.labels[one.row], one.start) for one in done] == [
        ("loyalty", 1), ("policy", 5), ("access", 6), ("practice", 14),
    ]  # fmt: skip
    left = remaining(dated, layout, done, 8, (), PLAN)
    assert [one.intervention.start for one in left.problem.scenario.timeline] == [1, 5, 6]
    assert left.carry_on.starts == (14,)
    hours = next(one for one in left.problem.limits if one.name == "hours" and one.budget)
    full = remaining(dated, layout, done_as_planned(layout, PLAN), 8, (), PLAN)
    other = next(one for one in full.problem.limits if one.name == "hours" and one.budget)
    assert hours.series(24)[-1] > other.series(24)[-1]  # 60% did not come: hours are left
    with pytest.raises(InputError, match="is the date 2027-02-01"):
        done_in(Layout(problem, small_firm), file)


@pytest.mark.slow
def test_bands_are_no_narrower_after_a_surprise(
    problem: PlanProblem, small_firm: Organisation, rows: np.ndarray
) -> None:
    far = observed([1, 2, 3], [1.0, 1.0, 1.0])  # use before access: nothing is like it
    planner, weighed = prepared(
        problem, small_firm, rows, PLAN, far, runs=300, replicates=40, threads=1
    )
    assert is_surprise(weighed)
    before = Planner(problem, small_firm, rows, report=40, threads=1)
    band = roadmap_of(before.evaluator, PLAN, "x", 40).curves["weekly_users"]
    answer = planner.answer()
    after = answer.roadmap.curves["weekly_users"]
    width, was = after[2] - after[1], band[2] - band[1]
    assert (width[9:] >= 0.8 * was[9:]).all()  # up to the noise of forty replicates
    assert answer.roadmap.line is not None
    planner.evaluator.effective = 5.0
    blunt = planner.evaluator.estimate(np.arange(40.0), np.arange(40))
    planner.evaluator.effective = 500.0
    fine = planner.evaluator.estimate(np.arange(40.0), np.arange(40))
    assert blunt.high - blunt.low > 3 * (fine.high - fine.low)


def test_simple_plans_of_what_is_left_begin_after_what_is_past(
    problem: PlanProblem, small_firm: Organisation, rows: np.ndarray
) -> None:
    layout = Layout(loads_problem(problem.text + TWO_WAVES), small_firm)
    plan = in_two(layout, (1, 3, 6, 12))
    planner, _ = prepared(
        loads_problem(layout.problem.text), small_firm, rows, plan, observed([5, 6], [0.1, 0.1]),
        threads=1,
    )  # fmt: skip
    said = [note for one in planner.simple for note in one.notes]
    wished = [int(note.rpartition(" ")[2]) for note in said if "in place of" in note]
    assert all(week > planner.now == 6 for week in wished)
    starts = [start for one in planner.simple for plan in one.plans for start in plan.starts]
    assert all(start > 6 for start in starts if start)
    assert not any("asks for none" in note for note in said)  # who is in which wave is decided
