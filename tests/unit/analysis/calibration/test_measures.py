from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import norm

from sim.analysis.calibration.definition import Target
from sim.analysis.calibration.kernel import EXTREME, figure, logit, natural, observed


class Given:
    """Counts as given, in place of what a run shows; axes (blocks, sets, firms, weeks)."""

    def __init__(self, **arms):
        self.arms = {name: np.asarray(values, float) for name, values in arms.items()}

    def counts(self, target, arms):
        among = "" if target.among == "everyone" else f" {target.among}"
        done = sum(self.arms[arm + among] for arm in arms)
        return done * 10, np.full_like(done, 10.0 * len(arms))


def target(measure, **more):
    said = {"target": "T", "says": "", "source": "ASSUMPTION", "setting": "s", "of": "ever",
            "arms": ["a"], "observed": 0.5, "error": 1.0, "measure": measure}  # fmt: skip
    return Target.model_validate(said | more)


def blocks(*values):
    """One set, one firm, one week; a value a block."""
    return np.array(values).reshape(-1, 1, 1, 1)


def test_a_share_is_compared_in_logits() -> None:
    value, chance = figure(target("share"), Given(a=blocks(0.2, 0.4)))
    assert value[0] == pytest.approx(np.log(0.3 / 0.7))
    # The jackknife of two blocks: half the squared difference of the two left-out values, twice.
    assert chance[0] == pytest.approx(((logit(0.2) - logit(0.4)) / 2) ** 2)
    assert natural(target("share"), value)[0] == pytest.approx(0.3)
    assert observed(target("share", observed=0.3)) == pytest.approx(value[0])


def test_blocks_that_agree_leave_no_chance() -> None:
    assert figure(target("share"), Given(a=blocks(0.3, 0.3, 0.3)))[1][0] == pytest.approx(0)
    assert figure(target("share"), Given(a=blocks(0.3)))[1][0] == 0


def test_the_jackknife_is_the_variance_of_a_mean() -> None:
    rng = np.random.default_rng(1).normal(0.5, 0.01, 50)
    _, chance = figure(target("share"), Given(a=blocks(*rng)))
    assert chance[0] == pytest.approx(16 * rng.var(ddof=1) / 50, rel=0.05)  # slope of the logit: 4


def test_a_level_is_compared_in_its_own_unit() -> None:
    given = Given(a=blocks(7.0, 9.0), b=blocks(-3.0, -3.0))
    value, chance = figure(target("level"), given)
    assert value[0] == natural(target("level"), value)[0] == 8.0
    assert chance[0] == pytest.approx(1.0)  # standard error of the mean of two
    assert observed(target("level", observed=12.5)) == 12.5
    less, _ = figure(target("level", against=["b"]), given)
    assert less[0] == 11.0


def test_a_gap_and_a_ratio_are_taken_against_other_arms() -> None:
    given = Given(a=blocks(0.6), b=blocks(0.3))
    gap, _ = figure(target("gap", against=["b"]), given)
    assert gap[0] == pytest.approx(float(logit(0.6) - logit(0.3)))
    ratio, _ = figure(target("ratio", against=["b"]), given)
    assert ratio[0] == pytest.approx(np.log(2))
    assert natural(target("ratio", against=["b"]), ratio)[0] == pytest.approx(2)


def test_the_highest_firm_is_that_of_66_like_those_seen() -> None:
    level = np.random.default_rng(2).normal(-0.8, 0.8, (4, 1, 500, 1))
    given = Given(a=1 / (1 + np.exp(-level)))
    high, _ = figure(target("firm", firm="highest"), given)
    low, _ = figure(target("firm", firm="lowest"), given)
    assert high[0] == pytest.approx(-0.8 + EXTREME * 0.8, abs=0.1)
    assert low[0] == pytest.approx(-0.8 - EXTREME * 0.8, abs=0.1)


def test_the_largest_of_66_is_as_far_out_as_its_mean() -> None:
    """E max = ∫ x d Φ(x)^66."""
    x = np.linspace(-8, 8, 200_001)
    largest = norm.cdf(x) ** 66
    assert pytest.approx((0.5 * (x[1:] + x[:-1]) * np.diff(largest)).sum(), abs=1e-3) == EXTREME


def test_firms_of_all_groups_count_alike() -> None:
    """Two groups of two firms with logits of -1 and 1, and of 0 and 2: mean 1/2, variance 5/3."""
    level = np.array([[-1.0, 1.0], [0.0, 2.0]]).reshape(2, 1, 2, 1)
    given = Given(a=1 / (1 + np.exp(-level)))
    asked = target("firm", firm="highest")
    high, _ = figure(asked, given)
    assert high[0] == pytest.approx(0.5 + EXTREME * np.sqrt(5 / 3))
    assert natural(asked, high)[0] == pytest.approx(1 / (1 + np.exp(-high[0])))
    assert observed(target("firm", firm="highest", observed=0.3)) == pytest.approx(logit(0.3))


def test_a_trend_is_the_weekly_change() -> None:
    weeks = 0.5 * 0.9 ** np.arange(9)
    slope, _ = figure(target("trend", weeks=[1, 9]), Given(a=weeks.reshape(1, 1, 1, 9)))
    assert slope[0] == pytest.approx(np.log(0.9))


def test_a_multiplier_is_the_whole_effect_over_the_own() -> None:
    """Use 0.2, +0.2 for one's own encouragement, +0.2 times the workplace's share: 2."""
    arms, counts = {}, {}
    for name, share in (("none", 0.0), ("some", 0.2), ("half", 0.5), ("all", 1.0)):
        arms[f"{name} with access"] = (0.4 + 0.2 * share, share)
        arms[f"{name} without access"] = (0.2 + 0.2 * share, 1 - share)
    for key, (rate, share) in arms.items():
        counts[key] = (
            np.full((1, 1, 1, 1), 100 * share * rate),
            np.full((1, 1, 1, 1), 100 * share),
        )
    seen = SimpleNamespace(counts=lambda t, a: counts[f"{a[0]} {t.among}"])
    for arms in (["none", "half", "all"], ["some", "half", "all"], ["none", "some"]):
        asked = target("multiplier", arms=arms, observed=2)
        value, _ = figure(asked, seen)
        assert np.exp(value[0]) == pytest.approx(2.0)
    assert observed(asked) == pytest.approx(value[0])
    assert natural(asked, value)[0] == pytest.approx(2.0)


@pytest.mark.parametrize(("centre", "spread"), [(-0.7, 1.65), (0.5, 0.8), (-2.0, 2.5)])
def test_lasting_differences_come_back_in_logits(centre: float, spread: float) -> None:
    """40,000 people whose weekly chance has a normal logit, seen in 9 odd and 8 even weeks."""
    rng = np.random.default_rng(4)
    chance = 1 / (1 + np.exp(-rng.normal(centre, spread, 40_000)))
    odd, even = rng.binomial(9, chance) / 9, rng.binomial(8, chance) / 8
    sums = np.array([odd.sum(), even.sum(), (odd * even).sum()]).reshape(1, 1, 1, 3)
    seen = SimpleNamespace(counts=lambda t, a: (sums, np.full_like(sums, 40_000.0)))
    ask = target("spread", of="differences", weeks=[1, 2], within=17, observed=1.65)
    assert figure(ask, seen)[0][0] == pytest.approx(spread, rel=0.05)


def test_people_who_are_alike_do_not_differ() -> None:
    sums = np.array([40.0, 40.0, 16.0]).reshape(1, 1, 1, 3)
    seen = SimpleNamespace(counts=lambda t, a: (sums, np.full_like(sums, 100.0)))
    assert figure(target("spread", of="differences", weeks=[1, 2], within=4), seen)[0][0] == 0


def test_differences_are_read_at_the_mean_of_both_halves() -> None:
    """Chances with a normal logit of spread 1.65 about -0.7; odd weeks above, even ones below."""
    share = 1 / (1 + np.exp(-(-0.7 + 1.65 * norm.ppf((np.arange(20_000) + 0.5) / 20_000))))
    odd, even = share.mean() + 0.1, share.mean() - 0.1
    sums = np.array([odd, even, share.var() + odd * even]).reshape(1, 1, 1, 3) * 100
    seen = SimpleNamespace(counts=lambda t, a: (sums, np.full_like(sums, 100.0)))
    ask = target("spread", of="differences", weeks=[1, 2], within=4)
    assert figure(ask, seen)[0][0] == pytest.approx(1.65, rel=0.01)
