"""Bass 1969 in discrete time, the 66-day habit curve, and forgetting."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from sim.organisation import Organisation
from sim.parameters import PARAMETERS
from sim.rules import bass_share_after_step, habit_after_week, habit_gain, skill_after_disuse

BASS = "decision: {bass: {p: 0.03, q: 0.38}}"
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


def test_bass_by_the_engine(plain: Callable, outcome: Callable) -> None:
    found = outcome([plain(BASS)], Organisation.build(50), "activated", 40)[0]
    assert found == pytest.approx(bass_curve(0.03, 0.38, 40), abs=1e-12)
    assert round(found[4], 6) == 0.272907
    assert round(found[9], 6) == 0.782643


def test_bass_by_agents(plain: Callable) -> None:
    from sim.abm import UptakeModel

    model = UptakeModel(plain(BASS), 0, organisation=Organisation.build(5), engine="agents")
    found = [(model.step(), model.outcome("activated"))[1] for _ in range(10)]
    assert found == pytest.approx(bass_curve(0.03, 0.38, 10), abs=1e-12)


def test_bass_in_continuous_time_is_another_curve(plain: Callable, outcome: Callable) -> None:
    """The closed form in continuous time differs: the check above can fail."""
    found = outcome([plain(BASS)], Organisation.build(5), "activated", 10)[0]
    decay = math.exp(-(0.03 + 0.38) * 5)
    assert abs(found[4] - (1 - decay) / (1 + 0.38 / 0.03 * decay)) > 1e-3


def test_people_follow_the_bass_curve(plain: Callable, states: Callable) -> None:
    """Of 3000 people, as many have adopted as the curve says, and nobody gives up."""
    days = states(plain(BASS), Organisation.build(3000), "use_days", 20)
    shares = (days > 0).mean(axis=1)
    curve = np.array(bass_curve(0.03, 0.38, 20))
    assert np.abs(shares - curve).max() < 4.5 * np.sqrt(0.25 / 3000)
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
    found = states(plain(ALL_ADOPT), Organisation.build(3), "habit", 52, engine)
    expected = 1 - np.exp(-rate * np.arange(1, 53))
    assert found == pytest.approx(np.repeat(expected[:, None], 3, axis=1), abs=1e-9)


def test_habit_at_another_rate_is_another_curve(plain: Callable, states: Callable) -> None:
    """18 and 254 days to 95%, the published extremes, are not 66: the check can fail."""
    for days in (18, 254):
        rate = math.log(20) * 7 / days
        scenario = plain(f"{ALL_ADOPT}\nparameters: {{habit_rate: {rate!r}}}")
        found = states(scenario, Organisation.build(1), "habit", 12)[:, 0]
        assert found == pytest.approx(1 - np.exp(-rate * np.arange(1, 13)), abs=1e-9)
        assert abs(found[8] - (1 - math.exp(-PARAMETERS["habit_rate"].value * 9))) > 0.02


def test_habit_fades_without_use(plain: Callable, states: Callable) -> None:
    people = Organisation.build(2, start_values={"habit": [0.8, 0.2]})
    found = states(plain(""), people, "habit", 30)
    kept = 1.0 - PARAMETERS["habit_decay"].value
    expected = np.array([0.8, 0.2]) * kept ** np.arange(1, 31)[:, None]
    assert found == pytest.approx(expected, abs=1e-12)


def test_half_of_a_gain_is_forgotten_in_eleven_months(plain: Callable, states: Callable) -> None:
    """[Tatel25]: 11 months are 48 weeks; a week takes ln 2 / 48 of the gain."""
    rate = PARAMETERS["forgetting"].value
    skill = 0.9
    for _ in range(48):
        skill = skill_after_disuse(skill, 0.1, rate)
    assert skill - 0.1 == pytest.approx(0.4, abs=0.005)
    people = Organisation.build(1, start_values={"capability": [0.9]})
    scenario = plain("parameters: {capability_start: 0.1}", "forgetting")
    found = states(scenario, people, "capability", 48)[-1, 0]
    assert found == pytest.approx(skill, abs=1e-5)  # float32 for 48 weeks
    kept = states(plain("parameters: {capability_start: 0.1}"), people, "capability", 48)[-1, 0]
    assert kept == pytest.approx(0.9, abs=1e-6)
