"""The one kernel against answers that are known: normal curves in angles."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.analysis.firm import kernel
from sim.analysis.firm.kernel import (
    FAR,
    ROUNDING,
    SCALES,
    Place,
    Weighed,
    alike,
    angle,
    sampling,
    share_of,
    weigh,
)
from sim.analysis.firm.observed import WHOLE, Observed

WEEKS = np.arange(1, 9)
NUGGET, LASTING = 0.03, 0.06


def seen(angles: np.ndarray, weeks: np.ndarray) -> Observed:
    n = len(weeks)
    return Observed(("weekly_users",) * n, weeks, share_of(angles), np.full(n, np.inf))


def firms(levels: np.ndarray, replicates: int, seed: int) -> np.ndarray:
    """Curves in angles: a level of the set, a lasting chance of the firm, chance of the week."""
    rng = np.random.default_rng(seed)
    shape = len(levels), replicates
    lasting = LASTING * rng.standard_normal((*shape, 1))
    return levels[:, None, None] + lasting + NUGGET * rng.standard_normal((*shape, len(WEEKS)))


def weighed(measured: np.ndarray, until: int, replicates: int = 8) -> tuple[Weighed, np.ndarray]:
    levels = np.linspace(0.4, 1.1, 400)
    at = firms(levels, replicates, 1)
    return weigh(seen(measured[:until], WEEKS[:until]), share_of(at[..., :until])), at


def test_weights_are_those_of_the_normal_about_the_mean() -> None:
    measured = np.full(len(WEEKS), 0.8)
    found, at = weighed(measured, 4, replicates=200)
    covariance = LASTING**2 + np.eye(4) * (NUGGET**2 + ROUNDING**2)
    off = at.mean(axis=1)[:, :4] - 0.8
    apart = np.abs(WEEKS[:4, None] - WEEKS[:4])
    log = []
    for scale in SCALES:
        about = covariance + scale**2 * np.exp(-apart / 8.0)
        log.append(
            -0.5 * np.einsum("ik,kl,il->i", off, np.linalg.inv(about), off)
            - 0.5 * np.linalg.slogdet(about)[1]
            - scale / 0.05
        )
    true = np.exp(np.logaddexp.reduce(log, axis=0))
    true /= true.sum()
    assert np.abs(np.cumsum(found.of_sets) - np.cumsum(true)).max() < 0.02
    assert found.effective == pytest.approx(1 / (true**2).sum(), rel=0.1)
    assert found.weights.sum() == pytest.approx(1.0)
    assert found.nearest < 1


def test_the_angle_of_a_sample_has_one_variance_at_every_share() -> None:
    rng = np.random.default_rng(1)
    for share in (0.3, 0.7):
        drawn = angle(rng.binomial(80, share, 20_000) / 80)
        observed = Observed(("weekly_users",), WEEKS[:1], np.array([share]), np.array([80.0]))
        assert sampling(observed) - ROUNDING**2 == pytest.approx(drawn.var(), rel=0.05)


def test_moved_draws_are_as_sure_as_the_normal_given_what_was_measured() -> None:
    rng = np.random.default_rng(1)
    lasting = LASTING * rng.standard_normal((500, 8, 1))
    at = 0.8 + lasting + NUGGET * rng.standard_normal((500, 8, 2))
    measured = Observed(("weekly_users",), WEEKS[:1], share_of(np.array([0.8])), np.array([25.0]))
    found = weigh(measured, share_of(at[..., :1]))
    error = NUGGET**2 + 0.25 / 25 + ROUNDING**2
    right = replace(found, scales=np.tile([1.0, 0.0, 0.0, 0.0], (500, 1)))
    known = LASTING**2 - LASTING**4 / (LASTING**2 + error)
    assert right.adjusted(lasting).var() == pytest.approx(known, rel=0.1)
    off = replace(found, scales=np.tile([0.0, 0.0, 0.0, 1.0], (500, 1)))  # by 0.1, for a while
    known = LASTING**2 - LASTING**4 / (LASTING**2 + error + 0.1**2) + NUGGET**2 + 0.1**2
    later = Place(("weekly_users",), np.array([200]), (WHOLE,))
    drawn = angle(off.forecast(share_of(at[..., 1:]), later, n=4000))
    assert drawn.var() == pytest.approx(known, rel=0.1)
    assert Place(("use_days", "habitual"), WEEKS[:2], ("A", "A")).tops.tolist() == [7.0, 1.0]


def test_the_discrepancy_of_the_whole_is_the_mean_of_its_groups() -> None:
    groups = ("A", "B", "C", WHOLE, "A", "A")
    outcomes = ("weekly_users",) * 5 + ("habitual",)
    place = Place(outcomes, np.array([3, 3, 3, 3, 11, 3]), groups)
    like = alike(place, place, 3)
    assert like[:3, :3].mean(axis=0) == pytest.approx(like[3, :3])
    assert like[:3, :3].mean() == pytest.approx(like[3, 3])
    assert like[0].tolist() == pytest.approx([1.0, 0.5, 0.5, like[3, 0], np.exp(-1), 0.0])


def test_few_sets_are_a_surprise_though_one_is_near() -> None:
    few = np.concatenate([np.full((10, 8, 4), 0.8), np.full((390, 8, 4), 0.3)])
    at = few + NUGGET * np.random.default_rng(1).standard_normal(few.shape)
    found = weigh(seen(np.full(4, 0.8), WEEKS[:4]), share_of(at))
    assert found.nearest < 1
    assert found.effective == pytest.approx(10, abs=1)
    assert found.is_surprise
    gap = share_of(at[:10]) - share_of(np.full(4, 0.8))
    assert found.off == pytest.approx(np.sqrt((gap**2).mean()), rel=0.3)


def test_a_curve_like_no_set_is_far() -> None:
    found, _ = weighed(np.where(np.arange(8) % 2 == 0, 0.1, 1.4), 4)
    about = LASTING**2 + np.eye(4) * (NUGGET**2 * 9 / 8 + ROUNDING**2) + LASTING**2 / 8
    about += 0.05**2 * np.exp(-np.abs(WEEKS[:4, None] - WEEKS[:4]) / 8.0)
    off = np.linspace(0.4, 1.1, 400)[:, None] - np.array([0.1, 1.4, 0.1, 1.4])
    squared = np.einsum("ik,kl,il->i", off, np.linalg.inv(about), off)
    assert found.nearest == pytest.approx(np.sqrt(squared.min() / 4), rel=0.1)
    assert found.nearest > FAR
    assert found.is_surprise
    assert found.discrepancy > 0.09


@pytest.mark.parametrize("until", [1, 4])
def test_forecasts_cover_and_know_the_firms_own_chance(until: int) -> None:
    truths = firms(np.random.default_rng(5).uniform(0.4, 1.1, 60), 1, 6)[:, 0]
    ahead = WEEKS[until:]
    where = Place(("weekly_users",) * len(ahead), ahead, (WHOLE,) * len(ahead))
    inside, wide, exact = [], [], []
    for truth in truths:
        found, at = weighed(truth, until)
        drawn = angle(found.forecast(share_of(at[..., until:]), where))
        low, high = np.quantile(drawn, [0.1, 0.9], axis=0)
        inside.append(((truth[until:] >= low) & (truth[until:] <= high)).mean())
        wide.append((high - low).mean())
        exact.append(2 * 1.2816 * np.sqrt(NUGGET**2 * (1 + 1 / until)))
    assert 0.75 < np.mean(inside) < 0.93
    # level and lasting chance are known but for the weeks' own chance, and for discrepancy
    assert 1.0 < np.mean(wide) / np.mean(exact) < 1.5


@pytest.mark.parametrize("chance", [1.0, 0.05])
def test_bands_that_leave_out_the_firms_own_chance_fail_the_check(
    monkeypatch: pytest.MonkeyPatch, chance: float
) -> None:
    """The negative control of the coverage: 80% of what comes is inside, and not without chance."""
    whole = kernel._chance
    monkeypatch.setattr(kernel, "_chance", lambda *given: chance * whole(*given))
    where = Place(("weekly_users",) * 4, WEEKS[4:], (WHOLE,) * 4)
    inside = []
    for truth in firms(np.random.default_rng(5).uniform(0.4, 1.1, 60), 1, 6)[:, 0]:
        found, at = weighed(truth, 4)
        drawn = angle(found.forecast(share_of(at[..., 4:]), where))
        low, high = np.quantile(drawn, [0.1, 0.9], axis=0)
        inside.append(((truth[4:] >= low) & (truth[4:] <= high)).mean())
    assert (0.75 <= np.mean(inside) <= 0.9) == (chance == 1), np.mean(inside)


def test_what_varies_along_is_moved_along() -> None:
    found, at = weighed(np.full(len(WEEKS), 0.8), 8)
    levels = np.linspace(0.4, 1.1, 400)
    lasting = at.mean(axis=2) - levels[:, None]  # what a firm has by chance, nearly
    moved = found.adjusted(lasting[..., None])[..., 0]
    assert np.corrcoef((levels[:, None] + moved).ravel(), lasting.ravel())[0, 1] < 0.2
    near = np.abs(levels - 0.8) < 0.05
    assert np.abs((levels[:, None] + moved)[near] - 0.8).mean() < 0.03
    beside = np.random.default_rng(3).standard_normal(at.shape[:2])
    same = found.adjusted(beside[..., None])[..., 0]
    assert np.corrcoef(same.ravel(), beside.ravel())[0, 1] > 0.98


def test_a_groups_own_curve_moves_the_group_alone() -> None:
    rng = np.random.default_rng(4)
    own = 0.2 * rng.standard_normal((300, 6, 2, 1))  # two groups, each with lasting chance
    at = 0.8 + own + NUGGET * rng.standard_normal((300, 6, 2, 4))
    whole = at.mean(axis=2)
    values = np.concatenate([np.full(4, 0.8), np.full(4, 1.1), np.full(4, 0.5)])
    weeks = np.tile(np.arange(1, 5), 3)
    groups = (WHOLE,) * 4 + ("A",) * 4 + ("B",) * 4
    observed = Observed(
        ("weekly_users",) * 12, weeks, share_of(values), np.full(12, np.inf), (), "team", groups
    )
    found = weigh(observed, share_of(np.concatenate([whole, at[:, :, 0], at[:, :, 1]], axis=2)))
    moved = found.mean(found.adjusted(0.8 + own[..., 0], ("A", "B")))
    assert moved == pytest.approx([1.1, 0.5], abs=0.03)


def test_one_replicate_tells_no_chance() -> None:
    with pytest.raises(ValueError, match="two or more"):
        weigh(seen(np.full(2, 0.5), WEEKS[:2]), np.full((5, 1, 2), 0.2))
