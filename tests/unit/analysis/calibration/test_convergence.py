import numpy as np
import pytest

from sim.analysis.calibration.findings import effective, r_hat

RNG = np.random.default_rng(3)


def test_chains_that_agree_have_an_r_hat_of_one() -> None:
    found = r_hat([RNG.normal(size=(400, 20)) for _ in range(3)])
    assert found.max() < 1.02
    assert found.min() > 0.99


def test_r_hat_of_four_numbers_a_half_by_hand() -> None:
    """Two chains of four: halves hold ranks 1 2, 3 4, 5 6 and 7 8.

    W and B of the normal scores of the ranks are worked out here in plain sums.
    """
    from statistics import NormalDist, fmean, variance

    chains = [np.arange(1.0, 5.0)[:, None] ** 3, np.arange(5.0, 9.0)[:, None] ** 3]
    score = [NormalDist().inv_cdf((rank - 0.375) / 8.25) for rank in range(1, 9)]
    halves = [score[k : k + 2] for k in (0, 2, 4, 6)]
    inside = fmean(variance(half) for half in halves)
    between = variance([fmean(half) for half in halves])
    assert r_hat(chains)[0] >= 1
    assert r_hat(chains)[0] == pytest.approx(((0.5 * inside + between) / inside) ** 0.5)


def test_a_chain_elsewhere_or_wider_is_seen() -> None:
    same = [RNG.normal(size=(300, 1)) for _ in range(3)]
    assert r_hat([*same[:2], same[2] + 1.0])[0] > 1.1
    assert r_hat([*same[:2], same[2] * 3.0])[0] > 1.1  # by the distances from the median
    assert r_hat([np.exp(one) for one in same])[0] == pytest.approx(r_hat(same)[0], abs=0.01)


def test_what_never_varies_is_no_disagreement() -> None:
    assert r_hat([np.zeros((10, 1)), np.zeros((10, 1))])[0] == 1
    assert effective([np.zeros((10, 1)), np.zeros((10, 1))]) == 20


def test_sets_in_copies_are_worth_fewer() -> None:
    """Three chains of 100 draws, each there four times: 300 sets out of 1,200."""
    drawn = [RNG.normal(size=(100, 60)) for _ in range(3)]
    copies = [np.repeat(one, 4, axis=0) for one in drawn]
    assert effective(copies) == pytest.approx(300, rel=0.35)
    assert effective(drawn) == pytest.approx(300, rel=0.3)
    assert np.isnan(effective(drawn[:1]))
