"""Intervals under doubt about parameters hold what they say, since no two sets share a seed.

Coverage is counted over resamples of a large pool: parameter sets drawn from it with
replacement, and with them some of their replicates, as ``sim.compare`` runs them. The truth is
the mean of the pool. The same is counted where all sets share their seeds: it must fail.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pytest

from sim.case import Case
from sim.contrast import Parts, estimate, paired_difference, parts_of_doubt
from sim.engine.compiled import Record, run_cases
from sim.outcomes import Outcome
from sim.posterior import posterior
from sim.randomness import replicate_seeds
from sim.runner import compare, load_organisation, load_scenario

SCENARIOS = ("training-first", "trust-before-tools")
FIRMS = ("small-firm", "services-firm")
WEEKS = 26
SETS, REPLICATES = 60, 2
"""What is drawn from a pool: the fewer replicates, the more it costs to share their seeds."""

RESAMPLES = 2000
"""The standard error of a coverage of 95% is half a point."""


@cache
def own_seeds(firm: str) -> np.ndarray:
    """Return weekly users in the last week as the public function runs them; (2, 512, 8)."""
    both = compare(
        SCENARIOS, organisation=firm, weeks=WEEKS, parameter_sets=posterior(512), replicates=8
    )
    return both["weekly_users"][..., -1]


@cache
def shared_seeds(firm: str) -> np.ndarray:
    """Return the same with seeds that all sets share, as it must not be; (2, 128, 32)."""
    people = load_organisation(firm)
    loaded = [load_scenario(name) for name in SCENARIOS]
    cases = [Case.of(scenario, people, WEEKS, sets=posterior(128)) for scenario in loaded]
    seeds = replicate_seeds(0, 32)
    records = run_cases(cases, seeds, weeks=WEEKS, record=Record(drivers=False))
    return records.weekly[..., -1, Outcome["weekly_users"]]


class Interval(NamedTuple):
    """Of a mean."""

    low: float
    high: float

    @classmethod
    def of(cls, values: np.ndarray, kind: str) -> Interval:
        """Return the interval of the first scenario's level, or of the difference."""
        found = estimate(values[0]) if kind == "level" else paired_difference(*values)
        return cls(found.low, found.high)

    def excludes(self, other: Interval) -> bool:
        """Whether they have nothing in common."""
        return self.high < other.low or other.high < self.low


@cache
def intervals(of: Callable[[str], np.ndarray], firm: str, kind: str) -> list[Interval]:
    pool = of(firm)
    rng = np.random.default_rng(1)
    sets, replicates = pool.shape[1:]
    drawn = (
        (rng.integers(sets, size=SETS), rng.permutation(replicates)[:REPLICATES])
        for _ in range(RESAMPLES)
    )
    return [Interval.of(pool[:, chosen[:, None], some], kind) for chosen, some in drawn]


def coverage(pool: Callable[[str], np.ndarray], firm: str, kind: str) -> float:
    one, other = pool(firm)
    truth = one.mean() - (other.mean() if kind == "difference" else 0)
    return float(np.mean([one.low <= truth <= one.high for one in intervals(pool, firm, kind)]))


def excluding(pool: Callable[[str], np.ndarray], firm: str, kind: str) -> float:
    """Return how often two intervals, drawn one apart from the other, exclude each other."""
    drawn = intervals(pool, firm, kind)
    pairs = zip(drawn[::2], drawn[1::2], strict=True)
    return float(np.mean([one.excludes(other) for one, other in pairs]))


@pytest.mark.parametrize("kind", ["level", "difference"])
@pytest.mark.parametrize("firm", FIRMS)
def test_an_interval_of_95_percent_covers_95_percent(firm: str, kind: str) -> None:
    assert 0.93 <= coverage(own_seeds, firm, kind) <= 0.97


@pytest.mark.parametrize("kind", ["level", "difference"])
@pytest.mark.parametrize("firm", FIRMS)
def test_with_shared_seeds_it_would_not(firm: str, kind: str) -> None:
    assert coverage(shared_seeds, firm, kind) < 0.80


@pytest.mark.parametrize("kind", ["level", "difference"])
@pytest.mark.parametrize("firm", FIRMS)
def test_two_intervals_seldom_exclude_each_other(firm: str, kind: str) -> None:
    """Two of equal width do in P(|z| > 1.96·√2) = 0.6%."""
    assert excluding(own_seeds, firm, kind) < 0.016  # 1000 pairs: 4 standard errors above
    assert excluding(shared_seeds, firm, kind) > 0.05


def test_two_seeds_say_the_same() -> None:
    """As a user compares them: each seed draws sets and random numbers of its own."""
    found = []
    for seed in range(40):
        both = compare(
            SCENARIOS, organisation="small-firm", weeks=13, seed=seed, parameter_sets=24,
            replicates=2,
        )  # fmt: skip
        users = both["weekly_users"][..., -1]
        found.append([Interval.of(users, kind) for kind in ("level", "difference")])
    for of_kind in zip(*found, strict=True):
        apart = [one.excludes(other) for one, other in combinations(of_kind, 2)]
        assert np.mean(apart) < 0.03


def synthetic(rng: np.random.Generator, own: bool, sets: int = 100, replicates: int = 4) -> Parts:
    """Return the parts of doubt of made-up values; chance is .08 a seed, and .04 besides."""
    of_set = 0.05 * rng.standard_normal((sets, 1))
    of_seed = 0.08 * rng.standard_normal((sets if own else 1, replicates))
    values = of_set + of_seed + 0.04 * rng.standard_normal((sets, replicates))
    return parts_of_doubt(values, np.zeros_like(values))


def averaged(of: Callable[[Parts], float], own: bool) -> float:
    rng = np.random.default_rng(4)
    return float(np.mean([of(synthetic(rng, own)) for _ in range(2000)]))


def test_parts_of_doubt_recover_a_known_split() -> None:
    """On the scale of variances, on which the parts are unbiased."""
    within, between = 0.08**2 + 0.04**2, 0.05**2
    found = averaged(lambda parts: parts.parameters_variance, own=True)
    assert found == pytest.approx(between, rel=0.03)
    found = averaged(lambda parts: parts.chance_variance, own=True)
    assert found == pytest.approx(within, rel=0.01)
    assert averaged(lambda parts: parts.parameters, own=True) == pytest.approx(0.05, rel=0.05)
    # with seeds that sets share, more is taken out of their variance than is in it
    assert averaged(lambda parts: parts.parameters_variance, own=False) < 0.6 * between


def test_parts_of_doubt_are_unbiased_where_sets_do_not_differ() -> None:
    rng = np.random.default_rng(5)
    values = rng.standard_normal((4000, 1, 20, 3))
    found = np.array([parts_of_doubt(*one, 0 * one[0]).parameters_variance for one in values])
    assert abs(found.mean()) < 4 * found.std() / np.sqrt(len(found))
    assert (found < 0).any()
