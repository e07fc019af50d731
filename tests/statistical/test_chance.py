"""Keyed chance is as good as chance: uniform, independent along every way one may look."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from sim.randomness import Stream, hash_text, replicate_seeds
from sim.rules import days_from_uniform, mix64, stream_key, uniform

PERSONS = np.array([hash_text(f"person {i}") for i in range(4000)], np.uint64)
COUNTING = np.arange(4000, dtype=np.uint64)
Z = 4.5
"""Standard errors beyond which a correlation is no accident (7 in a million, two-sided)."""

Key = Callable[[int, int, int], np.uint64]


def keyed(seed: int, stream: int, week: int) -> np.uint64:
    with np.errstate(over="ignore"):
        return stream_key(np.uint64(seed), np.uint64(stream), np.uint64(week))


def shifted(seed: int, stream: int, week: int) -> np.uint64:
    """A bad key: seed 1 in week 1 is seed 0 in week 2, and streams overlap."""
    return np.uint64(seed + stream + week)


def draw(key: np.uint64, persons: np.ndarray = PERSONS) -> np.ndarray:
    with np.errstate(over="ignore"):
        return np.array([uniform(key, person) for person in persons])


def together(one: np.ndarray, other: np.ndarray) -> float:
    """Return how many standard errors the correlation is away from none."""
    return float(abs(np.corrcoef(one, other)[0, 1]) * np.sqrt(len(one)))


@pytest.mark.parametrize("persons", [PERSONS, COUNTING], ids=["hashed", "counting"])
@pytest.mark.parametrize("seed", [0, 1, 2**64 - 1])
def test_uniform_over_people(seed: int, persons: np.ndarray) -> None:
    u = draw(keyed(seed, 1, 1), persons)
    assert stats.kstest(u, "uniform").pvalue > 1e-4
    assert stats.kstest(u**1.3, "uniform").pvalue < 1e-4  # the check can fail
    assert together(u[:-1], u[1:]) < Z
    pairs = np.histogram2d(u[:-1:2], u[1::2], bins=8, range=[[0, 1], [0, 1]])[0]
    assert stats.chisquare(pairs.ravel()).pvalue > 1e-4


@pytest.mark.parametrize("along", ["weeks", "seeds", "streams", "replicates"])
def test_uniform_for_one_person(along: str) -> None:
    keys = {
        "weeks": lambda i: keyed(0, 1, i),
        "seeds": lambda i: keyed(i, 1, 1),
        "streams": lambda i: keyed(0, i, 1),
    }
    if along == "replicates":
        chosen = [keyed(int(seed), 1, 1) for seed in replicate_seeds(0, 3000)]
    else:
        chosen = [keys[along](i) for i in range(3000)]
    with np.errstate(over="ignore"):
        u = np.array([uniform(key, PERSONS[0]) for key in chosen])
    assert stats.kstest(u, "uniform").pvalue > 1e-4
    for lag in (1, 2, 3, 13):
        assert together(u[:-lag], u[lag:]) < Z
    line = np.arange(3000) / 3000
    assert together(u, line) < Z
    assert together(u + 0.3 * line, line) > Z  # the check can fail


def pairs_of_keys(key: Key) -> list[tuple[np.uint64, np.uint64]]:
    """Return neighbours in seed, stream and week, and their crossings."""
    steps = [(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 0, -1), (0, 1, -1), (1, -1, 0), (2, -1, -1)]
    found = []
    for seed in (0, 1, 12345):
        for ds, dt, dw in steps:
            found.append((key(seed, 3, 5), key(seed + ds, 3 + dt, 5 + dw)))
    return found


def test_neighbouring_keys_are_independent() -> None:
    for one, other in pairs_of_keys(keyed):
        u, v = draw(one, PERSONS[:2000]), draw(other, PERSONS[:2000])
        assert together(u, v) < Z
        assert together(np.abs(u - 0.5), np.abs(v - 0.5)) < Z
        assert not np.isin(u, v).any()


def test_a_shifted_key_would_be_found() -> None:
    worst = max(
        together(draw(one, PERSONS[:300]), draw(other, PERSONS[:300]))
        for one, other in pairs_of_keys(shifted)
    )
    assert worst > Z


def test_the_streams_of_the_model_do_not_meet() -> None:
    numbers = [int(stream) for stream in Stream]
    assert len(set(numbers)) == len(numbers)
    from sim.engine.rows import SURVEYED

    assert Stream.START + len(SURVEYED) <= Stream.ATTENDANCE


def test_mixing_leaves_no_bit_behind() -> None:
    with np.errstate(over="ignore"):
        mixed = mix64(COUNTING)
    for bit in range(64):
        ones = int((mixed >> np.uint64(bit) & np.uint64(1)).sum())
        assert abs(ones - 2000) < Z * np.sqrt(4000) / 2, bit


@pytest.mark.parametrize("p", [0.02, 0.2, 0.5, 0.81])
def test_days_are_binomial(p: float) -> None:
    u = draw(keyed(4, 1, 9))
    days = np.array([days_from_uniform(x, 5.0, p) for x in u.tolist()])
    found = np.bincount(days.astype(int), minlength=6)

    def fit(chance: float) -> float:
        expected = stats.binom.pmf(range(6), 5, chance) * len(u)
        few = expected < 5
        pool = [*expected[~few], expected[few].sum()], [*found[~few], found[few].sum()]
        keep = np.array(pool[0]) > 0
        expected_pool, found_pool = np.array(pool[0])[keep], np.array(pool[1])[keep]
        return float(stats.chisquare(found_pool, expected_pool).pvalue)

    assert fit(p) > 1e-4
    assert fit(p + 0.05) < 1e-4  # the check can fail
