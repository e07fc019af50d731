"""One measure, whoever asks: a summary, a sweep, a planner, a claim; alone or as a difference."""

from __future__ import annotations

import pickle
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sim.analysis.plan.objective import Objective
from sim.outcomes import DRIVERS, OUTCOMES, Outcome
from sim.results import Comparison
from sim.results.measure import (
    PRIMARY,
    SMALLEST_TEAM,
    Less,
    Measure,
    all_names,
    at,
    first,
    mean,
    measured,
    named,
    parse_measure,
    total,
)
from sim.results.series import first_week_at, trailing_mean

WEEKLY = np.zeros((2, 6, len(OUTCOMES)))
WEEKLY[..., Outcome[PRIMARY]] = [[0, 0.2, 0.4, 0.5, 0.6, 0.6], [0, 0, 0, 0, 0.1, 0.2]]


def test_known_answers() -> None:
    for measure, expected in (
        (at(PRIMARY), [0.6, 0.2]),
        (at(PRIMARY, 3), [0.4, 0.0]),
        (mean(PRIMARY, 3, 5, "users"), [0.5, 0.1 / 3]),
        (total(PRIMARY, 1, 6, "users"), [2.3, 0.3]),
        (first(PRIMARY, 0.5, 2, 6, "weeks"), [3.0, 5.0]),
        (Measure("half", "first", PRIMARY), [4.0, np.inf]),
        (named("week_half_habitual", 6), [4.0, np.inf]),
    ):
        np.testing.assert_allclose(measure.of_weekly(WEEKLY), expected, rtol=1e-12)
        assert pickle.loads(pickle.dumps(measure)) == measure


def test_many_at_once_are_each_alone() -> None:
    measures = [named(name, 6) for name in all_names(6)]
    assert len(measures) == len({one.name for one in measures}) > len(OUTCOMES)
    for measure, values in zip(measures, measured(measures, WEEKLY), strict=True):
        assert values.tobytes() == measure.of_weekly(WEEKLY).tobytes()


@pytest.mark.parametrize(
    ("name", "wrong"),
    [("habitual", "names no week"), ("habitual_w7", "beyond"), ("habitul_w3", "not an outcome")],
)
def test_names_that_are_none(name: str, wrong: str) -> None:
    with pytest.raises(LookupError, match=wrong):
        named(name, 6)


def test_summary_planner_and_difference_read_the_same_numbers(comparison: Comparison) -> None:
    weeks, firm, records = comparison.weeks, comparison.organisation, comparison.records
    by_summary = comparison.quantity(PRIMARY, 13).values
    assert comparison.measure(at(PRIMARY, 13)).tobytes() == by_summary.tobytes()
    nothing = np.zeros(2)
    judged = Objective(what="share", of=PRIMARY, at=13).values(records, firm, nothing, nothing)
    assert judged.tobytes() == by_summary.tobytes()
    one, other = comparison.names[1], comparison.names[0]
    less = Less(at(PRIMARY, weeks), one, other).of(records, firm, comparison.names)
    assert (comparison.measure(f"{PRIMARY}_w{weeks}: {one} less {other}") == less).all()
    assert less.mean() == pytest.approx(comparison.difference(PRIMARY, 1, 0).mean, abs=1e-15)


def test_a_team_of_five_may_be_the_worst_and_one_of_four_only_among_its_like() -> None:
    worst = Measure("worst", "worst team", "weekly_users")
    values = np.array([0.1, 0.2, 0.3]).reshape(1, 1, 1, 1, 3)  # of one week
    records: Any = SimpleNamespace(weekly=np.zeros((1, 1, 1, 1, 9)), of_teams=lambda _: values)
    for sizes, expected in (([4, 5, 6], 0.2), ([4, 4, 5], 0.3), ([4, 3, 2], 0.1)):
        people: Any = SimpleNamespace(team_start=np.cumsum([0, *sizes]))
        assert worst.of(records, people) == expected


def test_the_worst_team_is_one_that_may_be_shown(comparison: Comparison) -> None:
    worst = comparison.measure(Measure("worst", "worst team", "weekly_users", last=20))
    teams = comparison.team("weekly_users")[..., 19, :]
    shown = np.flatnonzero(np.diff(comparison.organisation.team_start) >= SMALLEST_TEAM)
    assert worst.tobytes() == teams[..., shown].min(axis=-1).tobytes()


def test_what_a_driver_holds_back_in_the_whole_organisation(comparison: Comparison) -> None:
    for k, driver in enumerate(DRIVERS):
        values = comparison.measure(Measure(driver.name, "driver", driver.name))
        np.testing.assert_allclose(
            values, comparison.organisation_drivers[..., -1, k], rtol=1e-6, atol=1e-9
        )


def test_a_difference_in_words() -> None:
    cases = ["licences-only", "training-first"]
    assert parse_measure("habitual_w52", 52, cases) == named("habitual_w52", 52)
    text = "habitual_w52: training-first less licences-only"
    less = parse_measure(text, 52, cases)
    assert less == Less(named("habitual_w52", 52), "training-first", "licences-only")
    assert (str(less), less.measure.measure.name) == (text, "habitual_w52")
    for wrong in (text.replace("training", "trainign"), text.replace("habitual", "habitul")):
        with pytest.raises(LookupError) as error:
            parse_measure(wrong, 52, cases)
        assert "did you mean" in error.value.args[1]


def test_first_week_counts_from_one_and_takes_a_share_that_is_just_reached() -> None:
    series = np.array([[0.5, 0.6], [0.1 + 0.2 + 0.2, 0.4], [0.0, 0.49]])
    assert first_week_at(series).tolist() == [1, 1, np.inf]


def test_trailing_mean_is_the_mean_of_the_last_weeks() -> None:
    series = np.random.default_rng(7).random((3, 20))
    found = trailing_mean(series)
    assert found[:, 10] == pytest.approx(series[:, 7:11].mean(axis=1))
    assert found[:, 1] == pytest.approx(series[:, :2].mean(axis=1))
