"""Diffusion: what is read, what plain models find in data of their own, what scores reward."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from forecasting import (
    PLAIN,
    Diffusion,
    UptakeForecaster,
    compare_models,
    coverage,
    log_scores,
    ranked_scores,
    read_diffusion,
)
from forecasting.rich import TAKE_UP
from sim.errors import InputError
from sim.organisation import Organisation, from_arrays

PEOPLE, GROUPS, PERIODS = 240, 6, 12


def village(seed: int = 1) -> Organisation:
    rng = np.random.default_rng(seed)
    size = PEOPLE // GROUPS
    source = rng.integers(0, PEOPLE, 900)
    target = source // size * size + rng.integers(0, size, 900)
    apart = source != target
    return from_arrays(
        [f"p{i:03}" for i in range(PEOPLE)],
        source[apart],
        target[apart],
        team=[f"g{i // size}" for i in range(PEOPLE)],
    )


def grown(hazard: Callable[[np.ndarray, np.ndarray], np.ndarray], seed: int = 2) -> Diffusion:
    """Return a replicate in which people adopt by a hazard of group share and exposure."""
    from forecasting.data import listened

    organisation, rng = village(), np.random.default_rng(seed)
    time = np.full(PEOPLE, PERIODS + 1)
    group = organisation.people["team"]
    for period in range(1, PERIODS + 1):
        adopted = (time < period).astype(float)
        share = (np.bincount(group, adopted) / np.bincount(group))[group]
        chance = hazard(share, listened(organisation, adopted))
        time[(adopted == 0) & (rng.random(PEOPLE) < chance)] = period
    return Diffusion(organisation, time, PERIODS)


@pytest.fixture(scope="module")
def bass_population() -> Diffusion:
    """A replicate of the Bass model, p = .03 and q = .5."""
    return grown(lambda share, near: 0.03 + 0.5 * share)


def test_tables_of_person_periods() -> None:
    data = Diffusion(village(), np.repeat([1, 3, 13], 80), PERIODS)
    assert data.at_risk.sum() == 80 * (1 + 3 + 12)
    assert data.adopts.sum() == 160
    assert (data.group_share[:, 0] == 0).all()
    assert data.group_share[0].tolist() == [0, *[1.0] * 11]
    who = int(data.organisation.tie_source[0])
    around = data.organisation.ties.target[data.organisation.tie_source == who]
    assert data.exposure[who, 3] == pytest.approx((data.time[around] < 4).mean(), abs=0.3)


def test_a_model_may_not_see_the_group_held_out(bass_population: Diffusion) -> None:
    """Other times in the group held out leave every forecast as it was."""
    held = bass_population.group == 2
    other = Diffusion(
        bass_population.organisation,
        np.where(held, 1, bass_population.time),
        bass_population.periods,
    )
    for name, model in PLAIN.items():
        one = model(bass_population, ~held, 20, 5)
        assert (one == model(other, ~held, 20, 5)).all(), name
        assert (one != model(other, ~(bass_population.group == 3), 20, 5)).any(), name


def test_bass_wins_in_a_world_of_bass(bass_population: Diffusion) -> None:
    found = compare_models(bass_population, PLAIN, simulations=200)
    scores = {name: one["log_score"] for name, one in found["models"].items()}
    assert scores["Bass"] > scores["threshold"] + 0.02
    # Groups are alike here, and nothing is known of them beforehand: this is as good as it gets.
    assert scores["Bass"] == pytest.approx(scores["as elsewhere"], abs=0.05)
    assert found["models"]["Bass"]["inside_80"] > 0.5
    assert set(found["differences"]) == set(PLAIN)


def test_a_threshold_is_found_where_there_is_one() -> None:
    data = grown(lambda share, near: np.where(near >= 0.3, 0.6, 0.03))
    found = compare_models(data, PLAIN, simulations=200)
    scores = {name: one["log_score"] for name, one in found["models"].items()}
    assert scores["threshold"] > scores["Bass"]


def test_a_person_who_is_sure_scores_best() -> None:
    time = np.array([2, 5])
    right = np.tile(time, (200, 1))
    wrong = np.tile(time[::-1], (200, 1))
    assert log_scores(right, time, 6).mean() > -0.1
    assert log_scores(wrong, time, 6).mean() < -2
    assert np.isfinite(log_scores(np.full((9, 2), 1), time, 6)).all()


def test_log_score_is_proper() -> None:
    """Nobody gains by forecasting other chances than the true ones."""
    rng = np.random.default_rng(1)
    chances = np.array([0.5, 0.3, 0.2])
    time = rng.choice(3, 4000, p=chances) + 1

    def score(p: list[float]) -> float:
        return float(log_scores(rng.choice(3, (60, 4000), p=p) + 1, time, 2).mean())

    assert score([0.5, 0.3, 0.2]) > max(score([0.8, 0.1, 0.1]), score([0.2, 0.3, 0.5]))


def test_curves_are_scored_and_covered() -> None:
    rng = np.random.default_rng(3)
    time = rng.integers(1, 10, 50)
    same = rng.integers(1, 10, (300, 50))
    late = np.full((300, 50), 9)
    assert ranked_scores(same, time, 9) < 0.5 * ranked_scores(late, time, 9)
    assert coverage(same, time, 9, 0.8).mean() > coverage(late, time, 9, 0.8).mean()


def test_uptake_forecasts_and_does_not_look(bass_population: Diffusion) -> None:
    quick = UptakeForecaster(first=8, more=4, rounds=1, kept=2, replicates=3, threads=1)
    held = bass_population.group == 1
    times = quick(bass_population, ~held, 6, 1)
    assert times.shape == (6, PEOPLE)
    assert times.min() >= 1
    assert times.max() <= PERIODS + 1
    assert (quick(bass_population, ~held, 6, 1) == times).all()
    assert len(quick.chosen(bass_population, ~held)) == 2
    assert quick.on_shuffled_ties(bass_population, ~held, 6, 1).shape == (6, PEOPLE)
    other = replace(bass_population, time=np.where(held, 1, bass_population.time))
    blind = replace(quick, _firsts={}, _pools={})
    assert (blind(other, ~held, 6, 1) == times).all()
    hazard = replace(blind, fitted=TAKE_UP, scales=(1,))
    assert set(hazard.chosen(bass_population, ~held)[0]) == {*TAKE_UP, "weeks"}


def test_files(write_files: Callable[..., Path]) -> None:
    people, ties = "id,team\na,x\nb,y\n", "source,target\na,b\n"
    folder = write_files(
        people_csv=people, ties_csv=ties, adoptions_csv="id,time,censored\na,2,0\nb,5,1\n"
    )
    data = read_diffusion(folder)
    assert (data.periods, data.time.tolist()) == (4, [2, 5])
    (folder / "adoptions.csv").write_text("id,time,censored\na,2,0\n")
    with pytest.raises(InputError, match="has no line for b"):
        read_diffusion(folder)
    (folder / "adoptions.csv").write_text("id,time,censored\na,soon,0\nb,5,1\n")
    with pytest.raises(InputError, match="columns id, time and censored"):
        read_diffusion(folder)


def test_real_data(shared_data: Path) -> None:
    data = read_diffusion(shared_data / "med_innovation")
    assert (len(data.time), data.n_groups, data.periods) == (125, 4, 17)
    found = compare_models(data, PLAIN, simulations=100)
    assert all(-4 < one["log_score"] < -2 for one in found["models"].values())
