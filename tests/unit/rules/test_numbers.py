"""Exponential, days and normals against what is known of them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from sim.rules import (
    chance_of_option,
    cosine_of_turn,
    days_from_uniform,
    exponential,
    logarithm,
    normal,
    odds_of,
)


def test_exponential_is_right_to_two_units_in_the_last_place() -> None:
    points = np.concatenate([np.linspace(-40, 40, 4001), [0.0, 1e-300, -1e-9, math.log(2)]])
    for x in points.tolist():
        exact = math.exp(x)
        assert abs(exponential(x) - exact) <= 2 * math.ulp(exact), x


def test_logarithm_and_cosine_are_right_to_a_few_units_in_the_last_place() -> None:
    for x in np.concatenate([np.geomspace(1e-300, 1e300, 4001), np.linspace(0.5, 2, 999)]).tolist():
        assert abs(logarithm(x) - math.log(x)) <= 4 * max(math.ulp(math.log(x)), 2**-53 * 0.05), x
    for v in np.linspace(0, 1, 4001).tolist():
        assert abs(cosine_of_turn(v) - math.cos(2 * math.pi * v)) < 1e-15, v


def test_exponential_beyond_forty_is_as_at_forty() -> None:
    assert exponential(50.0) == exponential(40.0) == odds_of(99.0)
    assert exponential(-1e9) == exponential(-40.0)
    assert exponential(0.0) == 1.0


def test_choice_is_the_logistic_curve() -> None:
    for utility in np.linspace(-30, 30, 61).tolist():
        expected = 1 / (1 + math.exp(-utility))
        assert chance_of_option(odds_of(utility), 0.0) == pytest.approx(expected, rel=1e-13)
    three = [odds_of(u) for u in (0.5, -1.0)]
    assert sum(chance_of_option(*pair) for pair in (three, three[::-1])) + 1 / (
        1 + sum(three)
    ) == pytest.approx(1, abs=1e-15)


@pytest.mark.parametrize("days", [0, 1, 2, 3, 4, 5])
@pytest.mark.parametrize("p", [0.0, 1e-12, 0.01, 0.2, 0.5, 0.77, 0.999, 1.0])
def test_days_are_binomial_quantiles(days: int, p: float) -> None:
    for u in np.linspace(0, 1, 400, endpoint=False).tolist():
        expected = min(np.searchsorted(stats.binom.cdf(range(6), days, p), u, side="right"), days)
        near = np.abs(stats.binom.cdf(range(6), days, p) - u).min() < 1e-12
        assert near or days_from_uniform(u, float(days), p) == expected, u


def test_normal_is_box_and_muller() -> None:
    u, v = np.random.default_rng(3).random((2, 4000))
    z = np.array([normal(*pair) for pair in zip(u.tolist(), v.tolist(), strict=True)])
    assert stats.kstest(z, "norm").pvalue > 1e-4
    assert stats.kstest(z + 0.1, "norm").pvalue < 1e-4  # the check can fail
    assert all(map(math.isfinite, [normal(0.0, 0.0), normal(1 - 2**-53, 0.0)]))
