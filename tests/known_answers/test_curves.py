"""Bass 1969 in discrete time, the 66-day habit curve, and forgetting."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from sim.abm import UptakeModel
from sim.case import Case
from sim.engine.compiled import run_cases
from sim.engine.memory import column
from sim.organisation import from_arrays
from sim.outcomes import Outcome
from sim.parameters import PARAMETERS
from sim.randomness import replicate_seeds
from sim.rules import bass_share_after_step, habit_after_week, habit_gain, skill_after_disuse

BASS = "decision: {bass: {p: 0.03, q: 0.38}}"
BASE = 26 / 255  # 0.1 as the engine keeps where somebody started: in bytes, upward
ALL_ADOPT = "decision: {threshold: count, one_for_all: 0}"


def bass_curve(p: float, q: float, weeks: int) -> list[float]:
    share, curve = 0.0, []
    for _ in range(weeks):
        share += (p + q * share) * (1 - share)
        curve.append(share)
    return curve


def test_bass_by_the_rule() -> None:
    share, curve = 0.0, []
    for _ in range(10):
        share = bass_share_after_step(share, 0.03, 0.38)
        curve.append(share)
    assert round(curve[4], 6) == 0.272907
    assert round(curve[9], 6) == 0.782643


def shares(plain: Callable, n: int, weeks: int, runs: int) -> np.ndarray:
    """Return who has adopted in many replicates, as shares; shape (runs, weeks)."""
    people = from_arrays(n)
    case = Case.of(plain(BASS, "take_up"), people, weeks)
    records = run_cases([case], replicate_seeds(3, runs), weeks=weeks)
    return records.weekly[0, 0, :, :, Outcome["activated"]]


def test_bass_persons_keep_to_the_curve_where_they_are_many(plain: Callable) -> None:
    """Person by person now: the mean of many replicates is the curve, but for 1/n of bias."""
    n, weeks, runs = 3000, 20, 60
    found = shares(plain, n, weeks, runs)
    curve = np.array(bass_curve(0.03, 0.38, weeks))
    error = found.std(axis=0, ddof=1) / np.sqrt(runs)
    assert (np.abs(found.mean(axis=0) - curve) < 4.5 * error + 2 / n).all()
    assert error.max() < 3e-3
    assert abs(found.mean(axis=0)[4] - 0.272907) < 4.5 * error[4] + 2 / n
    assert (found.std(axis=0)[:10] > 0.5 * np.sqrt(curve * (1 - curve) / n)[:10]).all()


def test_bass_persons_who_are_few_stay_below_the_curve(plain: Callable) -> None:
    """Few people differ in pace, which loses by a bend of the curve; chain: test_takeup."""
    runs = 4000
    found = shares(plain, 10, 14, runs)
    error = found.std(axis=0, ddof=1) / np.sqrt(runs)
    below = np.array(bass_curve(0.03, 0.38, 14)) - found.mean(axis=0)
    assert (below[5:] > 5 * error[5:]).all()


@pytest.mark.parametrize("engine", ["compiled", "agents"])
def test_bass_by_each_persons_own_number(plain: Callable, states: Callable, engine: str) -> None:
    """Everybody meets the same hazard: who adopts when is the order of the own thresholds."""
    days = states(plain(BASS, "take_up"), from_arrays(40), "use_days", 30, engine)
    model = UptakeModel(plain(BASS, "take_up"), 0, organisation=from_arrays(40), weeks=1)
    needed = column(model.memory, "threshold").astype(float)
    heard, adopted = 0.0, np.zeros(40, bool)
    for week in range(30):
        heard -= math.log1p(-(0.03 + 0.38 * adopted.mean()))
        adopted = adopted | (needed <= heard)
        assert (days[week] > 0).tolist() == adopted.tolist(), week
    assert 0.5 < adopted.mean() <= 1


def test_bass_in_continuous_time_is_another_curve(plain: Callable) -> None:
    """The closed form in continuous time differs: the checks above can fail."""
    found = shares(plain, 3000, 10, 60)
    decay = math.exp(-(0.03 + 0.38) * 5)
    continuous = (1 - decay) / (1 + 0.38 / 0.03 * decay)
    error = found.std(axis=0, ddof=1)[4] / np.sqrt(60)
    assert abs(found.mean(axis=0)[4] - continuous) > 4.5 * error + 2 / 3000


@pytest.mark.slow
def test_people_follow_the_bass_curve(plain: Callable, states: Callable) -> None:
    """Of 20,000 people, as many have adopted as the curve says, and nobody gives up."""
    days = states(plain(BASS, "take_up"), from_arrays(20_000), "use_days", 20)
    found = (days > 0).mean(axis=1)
    curve = np.array(bass_curve(0.03, 0.38, 20))
    # Chance in the first weeks grows with the curve, to about twice that of as many coins.
    assert np.abs(found - curve).max() < 4.5 * 3 * np.sqrt(0.25 / 20_000)
    assert (np.diff(days, axis=0) >= 0).all()


def test_habit_after_66_days_of_daily_use() -> None:
    """Nine weeks and three sevenths, of which five workdays stand for seven days."""
    rate = PARAMETERS["habit_rate"].value
    assert rate == pytest.approx(0.318, abs=5e-4)
    habit = 0.0
    for days in (5.0,) * 9 + (5.0 * 3 / 7,):
        habit = habit_after_week(habit, habit_gain(days, rate))
    assert habit == pytest.approx(0.95, abs=1e-9)


@pytest.mark.parametrize("engine", ["compiled", "agents"])
def test_habit_in_the_engine(plain: Callable, states: Callable, engine: str) -> None:
    rate = PARAMETERS["habit_rate"].value
    found = states(plain(ALL_ADOPT), from_arrays(3), "habit", 52, engine)
    expected = 1 - np.exp(-rate * np.arange(1, 53))
    assert found == pytest.approx(np.repeat(expected[:, None], 3, axis=1), abs=1e-9)


@pytest.mark.slow
def test_habit_at_another_rate_is_another_curve(plain: Callable, states: Callable) -> None:
    """18 and 254 days to 95%, the published extremes, are not 66: the check can fail."""
    for days in (18, 254):
        rate = math.log(20) * 7 / days
        scenario = plain(f"{ALL_ADOPT}\nparameters: {{habit_rate: {rate!r}}}")
        found = states(scenario, from_arrays(1), "habit", 12)[:, 0]
        assert found == pytest.approx(1 - np.exp(-rate * np.arange(1, 13)), abs=1e-9)
        assert abs(found[8] - (1 - math.exp(-PARAMETERS["habit_rate"].value * 9))) > 0.02


def test_habit_fades_without_use(plain: Callable, states: Callable) -> None:
    people = from_arrays(2, start_values={"habit": [0.8, 0.2]})
    found = states(plain(""), people, "habit", 30)
    kept = 1.0 - PARAMETERS["habit_decay"].value
    expected = np.array([0.8, 0.2]) * kept ** np.arange(1, 31)[:, None]
    assert found == pytest.approx(expected, abs=1e-12)


def test_half_of_a_gain_is_forgotten_in_eleven_months(plain: Callable, states: Callable) -> None:
    """[Tatel25]: 11 months are 48 weeks; a week takes ln 2 / 48 of the gain."""
    rate = PARAMETERS["forgetting"].value
    skill = 0.9
    for _ in range(48):
        skill = skill_after_disuse(skill, BASE, rate)
    assert skill - BASE == pytest.approx((0.9 - BASE) / 2, abs=0.005)
    for engine in ("compiled", "agents"):
        found = a_gain_without_use(plain, "forgetting", engine=engine)
        assert found[0] == pytest.approx(0.9, abs=1e-6)
        assert found[-1] == pytest.approx(skill, abs=1e-5)  # float32 for 48 weeks
    kept = a_gain_without_use(plain)
    assert kept[-1] == pytest.approx(0.9, abs=1e-6)


def a_gain_without_use(plain: Callable, *on: str, engine: str = "compiled") -> list[float]:
    """Return capability by week of somebody who started at 0.1 and has just come to 0.9."""
    people = from_arrays(1, start_values={"capability": [0.1]})
    model = UptakeModel(plain("", *on), 0, organisation=people, engine=engine, weeks=48)
    model.person(0).capability = 0.9
    found = [model.person(0).capability]
    while model.running:
        model.step()
        found.append(model.person(0).capability)
    return found


@pytest.mark.parametrize("engine", ["compiled", "agents"])
def test_what_a_survey_found_is_a_base_and_does_not_fade(
    plain: Callable, states: Callable, engine: str
) -> None:
    people = from_arrays(2, start_values={"capability": [0.9, 0.37], "fit": [0.2, 0.81]})
    for name in ("capability", "fit"):
        found = states(plain("", "forgetting"), people, name, 48, engine)
        assert found == pytest.approx(np.tile(people.start_values[name], (48, 1)), abs=1e-6)
