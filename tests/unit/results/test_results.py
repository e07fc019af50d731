from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sim.errors import InputError
from sim.outcomes import OUTCOMES
from sim.results import Comparison
from sim.results.measure import checkpoints
from sim.runner import compare, run


def test_arrays_by_name(comparison: Comparison) -> None:
    assert comparison["habitual"].shape == (2, 1, 8, 30)
    assert comparison.team("habitual").shape == (2, 1, 8, 30, comparison.organisation.n_teams)
    assert comparison["habitual"].max() > 0


def test_an_unknown_outcome_suggests_a_near_miss(comparison: Comparison) -> None:
    with pytest.raises(InputError, match="did you mean habitual"):
        comparison["habitul"]


def test_teams_add_up_to_the_organisation(comparison: Comparison) -> None:
    weights = comparison.team_sizes / comparison.organisation.n_people
    for outcome in OUTCOMES:
        teams = comparison.team(outcome.name) @ weights
        assert teams == pytest.approx(comparison[outcome.name], abs=1e-5), outcome.name


def test_drivers_of_the_organisation_weigh_teams_by_people(comparison: Comparison) -> None:
    sizes = comparison.team_sizes
    by_hand = np.average(comparison.records.drivers.astype(float), axis=4, weights=sizes)
    assert comparison.organisation_drivers == pytest.approx(by_hand)


@pytest.mark.parametrize(
    ("weeks", "shown"), [(52, (13, 26, 52)), (8, (8,)), (13, (13,)), (60, (13, 26, 52, 60))]
)
def test_checkpoints(weeks: int, shown: tuple[int, ...]) -> None:
    assert checkpoints(weeks) == shown


def test_quantities_are_what_they_say(comparison: Comparison) -> None:
    habitual = comparison["habitual"]
    assert (comparison.quantity("habitual", 13).values == habitual[..., 12]).all()
    days = comparison["use_days"].sum(axis=-1)
    per_hour = comparison.quantity("use_days_per_hour").values
    assert per_hour == pytest.approx(days / comparison["hours"][..., -1])
    users = comparison["weekly_users"]
    assert comparison.quantity("settled_weekly_users").values == pytest.approx(
        users[..., -4:].mean(axis=-1)
    )
    assert comparison.quantity("mean_weekly_users").values == pytest.approx(users.mean(axis=-1))
    sooner = comparison.quantity("week_half_weekly").values
    for week, curve in zip(sooner.ravel(), users.reshape(-1, users.shape[-1]), strict=True):
        reached = np.flatnonzero(curve >= 0.5)
        assert week == (reached[0] + 1 if len(reached) else np.inf)
    reached = comparison.quantity("half_habitual_reached").values
    assert (reached == (habitual.max(axis=-1) >= 0.5)).all()


def test_no_hours_leave_use_per_hour_undefined() -> None:
    alone = run("licences-only", organisation="small-firm", replicates=2, weeks=5)
    if alone["hours"].any():
        pytest.skip("licences cost hours here")
    assert np.isnan(alone.quantity("use_days_per_hour").values).all()
    assert np.isnan(alone.estimate("use_days_per_hour", 0).mean)


def test_the_same_plan_twice_differs_by_exactly_nothing() -> None:
    same = compare(["everything"] * 2, organisation="small-firm", replicates=4, weeks=20)
    assert same.names[0] != same.names[1]
    for quantity in same.quantities:
        found = same.difference(quantity.name, 1, 0, quantity.week)
        assert found.level == 1 or np.isnan(quantity.values).all()
    assert "exactly the same" in same.verdict()


def test_a_dose_of_nothing_changes_nothing(tmp_path: Path) -> None:
    plan = "timeline:\n  - access: {start: 1}\n"
    (tmp_path / "a.yaml").write_text(plan)
    (tmp_path / "b.yaml").write_text(plan + "  - loyalty conversation: {start: 3, dose: 0}\n")
    both = compare(
        [tmp_path / "a.yaml", tmp_path / "b.yaml"], organisation="small-firm", replicates=3,
        weeks=12,
    )  # fmt: skip
    assert (both.records.weekly[0] == both.records.weekly[1]).all()


def test_tables_for_people(comparison: Comparison) -> None:
    weekly = comparison.weekly()
    assert len(weekly) == 2 * 8 * 30
    row = weekly.query("replicate == 3 and week == 13").iloc[1]
    assert row["scenario"] == comparison.names[1]
    assert row["habitual"] == comparison["habitual"][1, 0, 2, 12]
    assert row["seed"] == comparison.seeds[0, 2]
    summary = comparison.summary().set_index(["scenario", "figure", "week"])
    found = summary.loc[(comparison.names[0], "trained", 30), "mean"]
    assert found == pytest.approx(comparison["trained"][0, ..., -1].mean())
    differences = comparison.differences().set_index(["figure", "week"])
    mean = (comparison["hours"][1] - comparison["hours"][0])[..., -1].mean()
    assert differences.loc[("hours", 30), "mean"] == pytest.approx(mean)


def test_every_pair_is_compared() -> None:
    three = compare(
        ["training-first", "mandate", "everything"], organisation="small-firm", replicates=2,
        weeks=4,
    )  # fmt: skip
    pairs = set(zip(three.differences()["scenario"], three.differences()["reference"], strict=True))
    assert len(pairs) == 3


def test_people_must_have_been_recorded(comparison: Comparison) -> None:
    with pytest.raises(InputError, match="were not recorded"):
        comparison.people()


def test_people_are_recorded_on_request() -> None:
    kept = run("everything", organisation="small-firm", replicates=2, weeks=6, record_people=True)
    people = kept.people()
    assert len(people) == 2 * 6 * kept.organisation.n_people
    week = people.query("replicate == 2 and week == 6")
    assert week["use_days"].mean() == pytest.approx(kept["use_days"][0, 0, 1, 5])


def test_a_team_under_five_is_in_no_table_and_does_not_follow_from_another(
    client_folder: Path,
) -> None:
    small = run("everything", organisation=client_folder, replicates=2, weeks=13)
    assert sorted(small.team_sizes < 5) == [False, True]
    assert not len(small.teams()), "everybody less the other team would be the small one"
    assert not len(small.drivers())


def test_small_teams_are_left_out_with_one_more_where_they_are_few() -> None:
    from sim.results import shown_teams

    for sizes, shown in (
        ([9, 3], []), ([9, 3, 2], [0]), ([9, 8, 3], [0]), ([5, 5, 5], [0, 1, 2]),
        ([1, 6, 9, 6], [2, 3]),
    ):  # fmt: skip
        assert shown_teams(np.array(sizes)).tolist() == shown, sizes


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda c: c.quantity("habitul"), "did you mean habitual"),
        (lambda c: c.estimate("peak_weekly_user", 0), "did you mean peak_weekly_users"),
        (lambda c: c.estimate("habitual", 2), "scenario: is 2 — a whole number from 0 to 1"),
        (lambda c: c.estimate("habitual", -1), "scenario: is -1"),
        (lambda c: c.difference("habitual", 1, 5), "scenario: is 5"),
        (lambda c: c.case(9), "scenario: is 9"),
        (lambda c: c.estimate("habitual", 0, week=31), "week: is 31 — a whole number from 1 to 30"),
        (lambda c: c.estimate("habitual", 0, week=0), "week: is 0"),
        (lambda c: c.quantity("habitual", -5), "week: is -5"),
        (lambda c: c.quantity("peak_week", 13), "week: is 13 — 30: it is of the whole run"),
        (lambda c: c.table("week"), "did you mean weekly"),
    ],
)
def test_what_is_not_there_is_said(
    comparison: Comparison, ask: Callable[[Comparison], object], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        ask(comparison)


def test_own_parameter_sets_may_be_a_file(tmp_path: Path) -> None:
    file = tmp_path / "own.csv"
    file.write_text("b_trust,b_norm\n1,2\n3,0.5\n", "utf-8")
    own = run("training-first", replicates=2, weeks=3, parameter_sets=file)
    assert own.parameter_sets is not None
    assert own.parameter_sets["b_norm"].tolist() == [2.0, 0.5]
    again = run("training-first", replicates=2, weeks=3, parameter_sets=own.parameter_sets)
    assert (own["trust"] == again["trust"]).all()
    few = run("training-first", replicates=1, weeks=2, parameter_sets=np.int64(3))
    assert few.n_samples == 3


@pytest.mark.parametrize("given", [np.zeros(3), True, 2.5, "nowhere.csv", []])
def test_parameter_sets_that_are_none_are_refused(given: object) -> None:
    with pytest.raises(InputError):
        run("training-first", replicates=1, weeks=2, parameter_sets=given)  # type: ignore[arg-type]


def test_how_often_something_happens_is_a_share_with_its_doubt(comparison: Comparison) -> None:
    """Also where it happens in no replicate, or in all of them."""
    shown = comparison.summary().set_index("figure").loc["half_habitual_reached"]
    assert (shown["mean_low"] >= 0).all()
    assert (shown["mean_high"] <= 1).all()
    assert (shown["mean_low"] < shown["mean_high"]).all()
    d = comparison.difference("half_habitual_reached", 1)
    assert -1 <= d.low < d.high <= 1
