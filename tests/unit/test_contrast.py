import numpy as np
import pytest
from scipy import stats

from sim.contrast import (
    Difference,
    bands,
    estimate,
    inside,
    is_margin,
    paired_difference,
    parts_of_doubt,
    percentiles,
    ranked,
    rule,
    student_t,
)


@pytest.mark.parametrize("freedom", [1, 2, 3, 7, 30, 199, 9_999])
@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
def test_student_t_agrees_with_scipy(freedom: int, level: float) -> None:
    assert student_t(freedom, level) == pytest.approx(stats.t.ppf((1 + level) / 2, freedom), 1e-6)


def test_estimate_agrees_with_scipy() -> None:
    values = np.random.default_rng(1).beta(2, 5, (1, 60))
    low, high = stats.t.interval(0.95, 59, values.mean(), stats.sem(values[0]))
    found = estimate(values)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-9)
    band = np.percentile(values, [10, 50, 90])
    assert (found.band_low, found.median, found.band_high) == pytest.approx(tuple(band))
    assert found.replicates == 60


def test_samples_not_seeds_are_independent() -> None:
    # Three samples that differ, each with 100 seeds that do not: as unsure as three numbers.
    values = np.repeat(np.array([[0.1], [0.2], [0.6]]), 100, axis=1)
    low, high = stats.t.interval(0.95, 2, 0.3, stats.sem([0.1, 0.2, 0.6]))
    found = estimate(values)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-6)


def test_a_set_that_comes_more_than_once_is_one_unit() -> None:
    values, sets = np.array([[0.1], [0.2], [0.6], [0.1], [0.2], [0.6]]), np.array([4, 7, 2] * 2)
    once, twice = estimate(values[:3]), estimate(values, sets)
    assert (twice.low, twice.high) == pytest.approx((once.low, once.high))
    less = paired_difference(values, 0 * values, sets=sets)
    assert (less.low, less.high) == pytest.approx((once.low, once.high))
    assert estimate(values).high < 0.9 * once.high  # counted as six
    alone = estimate(values, np.full(6, 3))  # one set: its replicates
    assert alone == estimate(values.T)
    two = estimate(np.array([[0.1], [0.3], [0.1], [0.3]]), np.array([1, 0, 1, 0]))
    assert (two.low, two.high) == pytest.approx((0.2 - 1.27062, 0.2 + 1.27062), abs=1e-4)


@pytest.mark.parametrize("values", [[[1.0, 4.0]], [[0.0, 2.0], [3.0, 5.0]]])
def test_two_units_have_the_interval_of_two_numbers(values: list[list[float]]) -> None:
    """Two replicates of 1 and 4, or two sets with these means: t is 12.706, the error 1.5."""
    found = estimate(np.array(values))
    assert (found.low, found.high) == pytest.approx((2.5 - 19.0593, 2.5 + 19.0593), abs=1e-3)


def test_one_replicate_has_a_mean_and_no_interval() -> None:
    found = estimate(np.array([[0.4]]))
    assert found.mean == 0.4
    assert np.isnan(found.low)
    assert np.isnan(found.high)


def test_never_is_kept_by_quantiles_and_leaves_no_mean() -> None:
    found = estimate(np.array([[20.0, 30.0, np.inf, np.inf, np.inf]]))
    assert np.isnan(found.mean)
    assert found.band_low == 20
    assert found.median == np.inf


def test_undefined_stays_undefined() -> None:
    assert np.isnan(estimate(np.array([[np.nan, 1.0]])).median)


def test_paired_difference_agrees_with_scipy() -> None:
    rng = np.random.default_rng(2)
    one, other = rng.normal(0.5, 0.1, (2, 1, 40))
    interval = stats.ttest_rel(one[0], other[0]).confidence_interval(0.95)
    found = paired_difference(one, other)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), abs=1e-9)
    assert found.mean == pytest.approx(float((one - other).mean()))


def test_pairing_takes_common_chance_out() -> None:
    rng = np.random.default_rng(3).normal(0, 1, (1, 50))
    noise = np.random.default_rng(4).normal(0, 0.01, (1, 50))
    found = paired_difference(rng + 0.1 + noise, rng)
    assert found.beyond_chance
    assert found.high - found.low < 0.01


def test_identical_replicates_differ_by_exactly_nothing() -> None:
    values = np.random.default_rng(5).random((1, 30))
    found = paired_difference(values, values.copy())
    assert found == Difference(0, 0, 0, 0, 1, 0, 30)
    assert not found.beyond_chance  # an interval that ends at 0 does not leave it out


def test_an_interval_that_is_to_hold_more_surely_is_wider() -> None:
    one, other = np.random.default_rng(2).normal(0.5, 0.1, (2, 1, 40))
    interval = stats.ttest_rel(one[0], other[0]).confidence_interval(0.99)
    found = paired_difference(one, other, level=0.99)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), abs=1e-9)


def test_doubt_about_parameters_and_chance_are_parts_of_one_variance() -> None:
    # Means of the sets 1, 0, 5 with variance 7; within the sets 2, 8, 2, on average 4.
    less = np.array([[0.0, 2.0], [-2.0, 2.0], [4.0, 6.0]])
    found = parts_of_doubt(less + 1, np.ones((3, 2)))
    assert (found.sets, found.replicates, found.ahead) == (3, 2, pytest.approx(2 / 3))
    assert found.chance == pytest.approx(2)
    assert found.parameters == pytest.approx(np.sqrt(7 - 4 / 2))
    assert found.share_of_parameters == pytest.approx(5 / 9)
    assert (found.low, found.median, found.high) == pytest.approx((0.2, 1, 4.2))


def test_sets_that_differ_by_less_than_chance_have_no_part_in_doubt() -> None:
    found = parts_of_doubt(np.array([[0.0, 2.0], [2.0, 0.0]]), np.zeros((2, 2)))
    assert found.parameters_variance == pytest.approx(-1)
    assert found.parameters == found.share_of_parameters == 0


def test_ties_are_told_apart() -> None:
    found = paired_difference(np.array([[1.0, 2, 3, 4]]), np.array([[1.0, 1, 4, 3]]))
    assert (found.ahead, found.level, found.behind) == (0.5, 0.25, 0.25)


def test_two_that_never_get_there_are_level() -> None:
    found = paired_difference(np.array([[np.inf, 5.0]]), np.array([[np.inf, np.inf]]))
    assert (found.ahead, found.level, found.behind) == (0, 0.5, 0.5)
    assert np.isnan(found.mean)


def test_chance_alone_is_called_beyond_chance_in_about_one_of_twenty() -> None:
    rng = np.random.default_rng(6)
    called = [paired_difference(*rng.normal(0, 1, (2, 1, 30))).beyond_chance for _ in range(2000)]
    assert 0.035 < np.mean(called) < 0.065
    shifted = [
        paired_difference(rng.normal(1, 1, (1, 30)), rng.normal(0, 1, (1, 30))).beyond_chance
        for _ in range(200)
    ]
    assert np.mean(shifted) > 0.9


@pytest.mark.parametrize("kind", [np.float64, np.float32])
@pytest.mark.parametrize("replicates", [1, 2, 3, 6, 8, 11, 20, 200])
def test_bands_are_the_quantiles_to_the_last_bit_and_the_means_those_of_estimates(
    replicates: int, kind: type
) -> None:
    rng = np.random.default_rng(8)
    for axis in range(3):
        values = np.moveaxis(rng.random((replicates, 13, 2)), 0, axis).astype(kind)
        mean, *ends = bands(values, axis)
        assert (np.array(ends) == np.quantile(values, (0.1, 0.9), axis=axis)).all()
        each = np.moveaxis(values, axis, -1).reshape(-1, replicates)
        assert mean.ravel().tolist() == [estimate(one[None].copy()).mean for one in each]


@pytest.mark.parametrize("strange", [0.0, -0.0, np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("method", ["linear", "inverted_cdf"])
def test_percentiles_are_quantiles_to_the_last_bit(strange: float, method: str) -> None:
    rng = np.random.default_rng(9)
    for replicates in range(1, 60):
        values = rng.permutation(np.append(rng.integers(0, 9, replicates) / 7, strange))[None]
        if np.isfinite(values).all() == (method == "linear"):
            right = np.quantile(values, (0.05, 0.5, 0.95), method=method)  # type: ignore[call-overload]
            np.testing.assert_array_equal(percentiles(values, (0.05, 0.95)), right)


def test_the_edge_of_a_band_is_inside_however_it_is_rounded() -> None:
    """Of 5 draws 0.93 is the upper edge, which comes out below it; of 18, 0.3697 the lower."""
    for count, seen, beyond in ((5, 0.93, 0.9301), (18, 0.3697, 0.3696)):
        draws = np.round(np.linspace(0.3, 1.0, count), 3)[:, None]
        assert inside(draws, np.array([seen])).tolist() == [True]
        assert inside(draws, np.array([beyond])).tolist() == [False]


def test_a_score_is_the_distance_to_what_came_less_half_of_that_between_draws() -> None:
    """The definition: E|X - y| - E|X - X'| / 2, over all pairs of draws."""
    draws, seen = np.random.default_rng(5).normal(size=(7, 3)), np.array([0.3, -2.0, 0.0])
    apart = np.abs(draws[:, None] - draws[None]).mean(axis=(0, 1))
    right = np.abs(draws - seen).mean(axis=0) - apart / 2
    assert ranked(draws, seen) == pytest.approx(right)


def test_a_point_matters_unless_another_margin_is_said() -> None:
    assert rule(Difference(0.011, 0.002, 0.02, 0.9, 0, 0.1, 200)) == "ahead"
    assert rule(Difference(0.009, 0.002, 0.016, 0.9, 0, 0.1, 200)) == "open"
    assert [is_margin(value) for value in (0, 0.999, 1, -0.001, "1")] == [True, True, *3 * [False]]


@pytest.mark.parametrize("chance", [0.02, 0.1, 0.5, 0.97])
@pytest.mark.parametrize("n", [5, 20, 100])
def test_intervals_of_how_often_hold_the_chance(chance: float, n: int) -> None:
    """Negative control: Student's is empty where something never happens, or always."""
    rng = np.random.default_rng(5)
    held, student = [], []
    for _ in range(1500):
        values = (rng.random((1, n)) < chance).astype(float)
        found, plain = estimate(values, event=True), estimate(values)
        assert 0 <= found.low <= found.mean <= found.high <= 1
        held.append(found.low <= chance <= found.high)
        student.append(plain.low <= chance <= plain.high)
    assert np.mean(held) >= 0.92
    if n * min(chance, 1 - chance) < 2:
        assert np.mean(student) < 0.88


@pytest.mark.parametrize(("one", "other"), [(0.02, 0.05), (0.3, 0.2), (0.5, 0.5), (0.0, 0.1)])
@pytest.mark.parametrize("n", [8, 40])
def test_intervals_of_two_chances_hold_the_difference(one: float, other: float, n: int) -> None:
    rng = np.random.default_rng(6)
    held = []
    for _ in range(1500):
        u = rng.random((1, n))  # the same random numbers
        both = (u < one).astype(float), (u + 0.5 * rng.random((1, n)) < other + 0.25).astype(float)
        truth = one - _chance_of_sum(other + 0.25)
        found = paired_difference(*both, event=True)
        assert -1 <= found.low <= found.high <= 1
        held.append(found.low <= truth <= found.high)
    assert np.mean(held) >= 0.92


def _chance_of_sum(level: float) -> float:
    """Chance that a uniform plus half a uniform is below a level of a half to one, or less."""
    return level**2 if level <= 0.5 else level - 0.25


def test_an_event_over_parameter_sets_counts_sets() -> None:
    rng = np.random.default_rng(7)
    held = []
    for _ in range(800):
        chances = rng.beta(1, 4, (30, 1))
        found = estimate((rng.random((30, 10)) < chances).astype(float), event=True)
        held.append(found.low <= 0.2 <= found.high)
    assert 0.92 <= np.mean(held) <= 0.98
    assert np.isnan(estimate(np.array([[1.0]]), event=True).low)
