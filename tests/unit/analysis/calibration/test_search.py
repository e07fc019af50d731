import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from sim.analysis.calibration.smc import (
    Population,
    _proposals,
    _reflected,
    _remember,
    advance,
    begin,
    guide,
    next_temperature,
    proposal_weights,
    sweep,
)

N, D = 400, 12


def led_to(kernel_of, sweeps=8, last=30, seed=1, n=N, d=D):
    """Lead a population from the prior to the posterior of a known kernel."""

    rng = np.random.default_rng(7)

    def evaluate(points):
        return kernel_of(points, rng), points[:, :1]

    one = begin(4 * n, d, evaluate, seed)
    step = 0
    while one.gamma < 1:
        step += 1
        one = advance(one, n, 0.6 * n, seed, step)
        weights = proposal_weights(one)
        for k in range(sweeps + (last if one.gamma == 1 else 0)):
            one = sweep(one, evaluate, seed, 1000 * step + k, weights)
    return one


def gauss(points, rng):
    """Two correlated unknowns: their sum is known well, their difference hardly."""
    total, less = points[:, 0] + points[:, 1], points[:, 0] - points[:, 1]
    return -0.5 * (((total - 1.0) / 0.1) ** 2 + (less / 0.4) ** 2)


def test_a_known_posterior_is_found() -> None:
    points = led_to(gauss).points
    total, less = points[:, 0] + points[:, 1], points[:, 0] - points[:, 1]
    # Exact, from a fine grid of the unit square.
    x, y = np.meshgrid(*[(np.arange(800) + 0.5) / 800] * 2)
    weight = np.exp(gauss(np.stack([x.ravel(), y.ravel()], 1), None))
    for values, exact in ((total, x + y), (less, x - y)):
        mean = np.average(exact.ravel(), weights=weight)
        sd = np.sqrt(np.average((exact.ravel() - mean) ** 2, weights=weight))
        assert values.mean() == pytest.approx(mean, abs=4 * sd / np.sqrt(N / 4))
        assert values.std() == pytest.approx(sd, rel=0.2)
    assert np.corrcoef(points[:, 0], points[:, 1])[0, 1] < -0.7


def curved(points, rng):
    """Two figures, one of them bent, so that the linear model of them is wrong."""
    figures = np.stack([3.0 * points[:, 0] + points[:, 1], 6.0 * points[:, 1] ** 2], axis=1)
    return -0.5 * (((figures - [2.0, 1.5]) / [0.3, 0.5]) ** 2).sum(axis=1), figures


def guided(seed=1, n=N, d=D, right=True):
    """Lead a population with guided moves; a guide that is wrong points elsewhere."""
    tried = []

    def evaluate(points):
        kernel, figures = curved(points, None)
        tried.append((points, figures))
        return kernel, figures

    one, step = begin(4 * n, d, evaluate, seed), 0
    while one.gamma < 1 or step < 12:
        step += 1
        if one.gamma < 1:
            one = advance(one, n, 0.6 * n, seed, step)
        weights = proposal_weights(one)
        points, figures = (np.concatenate([t[k] for t in tried])[-1500:] for k in (0, 1))
        target = np.array([2.0, 1.5]) if right else np.array([1.0, 3.0])
        toward = guide(points, figures, target, np.diag([0.09, 0.25]), one.gamma)
        for k in range(4):
            one = sweep(one, evaluate, seed, 1000 * step + k, weights, toward)
    return one


@pytest.mark.parametrize("right", [True, False])
def test_a_guide_that_is_wrong_changes_no_posterior(right: bool) -> None:
    points = guided(right=right).points
    x, y = np.meshgrid(*[(np.arange(800) + 0.5) / 800] * 2)
    flat = np.stack([x.ravel(), y.ravel()], 1)
    weight = np.exp(curved(flat, None)[0])
    for column, exact in enumerate((x.ravel(), y.ravel())):
        mean = np.average(exact, weights=weight)
        sd = np.sqrt(np.average((exact - mean) ** 2, weights=weight))
        assert points[:, column].mean() == pytest.approx(mean, abs=4 * sd / np.sqrt(N / 4))
        assert points[:, column].std() == pytest.approx(sd, rel=0.2)
    steps = np.arange(1, N + 1)[:, None] / N
    assert np.abs(steps - np.sort(points[:, 2:], axis=0)).max() < 2.2 / np.sqrt(N)


def test_where_figures_are_linear_the_guide_is_the_posterior() -> None:
    """One unknown, z ~ N(0, 1), figure 2 z, error 1, seen 2: mean 4/5, variance 1/5."""
    z = np.random.default_rng(3).normal(size=(2000, 1))
    found = guide(ndtr(z), 2.0 * z, np.array([2.0]), np.eye(1), 1.0)
    assert found.centre[0] == pytest.approx(0.8, abs=0.01)
    assert found.root[0, 0] ** 2 == pytest.approx(0.2, rel=0.01)
    assert found.precision[0, 0] == pytest.approx(5.0, rel=0.01)
    there, made_up = found.moved(ndtr(z[:50]), np.random.default_rng(4))
    # Every guided move is taken: what makes up for it is what the kernel gains, turned round.
    gained = -0.5 * (2 * ndtri(there) - 2) ** 2 + 0.5 * (2 * z[:50] - 2) ** 2
    assert gained[:, 0] + made_up == pytest.approx(np.zeros(50), abs=0.1)


def test_what_the_kernel_does_not_know_keeps_its_prior() -> None:
    points = led_to(gauss).points[:, 2:]
    steps = np.arange(1, N + 1)[:, None] / N
    moved = np.abs(steps - np.sort(points, axis=0)).max()
    assert moved < 2.2 / np.sqrt(N)  # the largest of ten Kolmogorov–Smirnov distances
    assert len(np.unique(points[:, 0])) > 0.95 * N


def test_new_draws_go_where_they_are_hardly_felt() -> None:
    weights = proposal_weights(led_to(gauss, 4, 4, d=40))
    assert weights[:2].max() < 0.4 * np.median(weights[2:])


def test_noise_in_the_kernel_widens_and_does_not_shift() -> None:
    def noisy(points, rng):
        apart = points[:, 0] + 0.1 * rng.standard_normal(len(points)) - 0.5
        return -0.5 * (apart / 0.1) ** 2

    x = led_to(noisy).points[:, 0]
    assert x.mean() == pytest.approx(0.5, abs=0.04)
    assert x.std() == pytest.approx(np.sqrt(0.1**2 + 0.1**2), rel=0.25)


def test_a_kernel_that_knows_nothing_ends_at_once_at_the_prior() -> None:
    one = led_to(lambda points, rng: np.zeros(len(points)), sweeps=1, last=0)
    assert one.gamma == 1
    assert one.points.mean() == pytest.approx(0.5, abs=0.03)
    assert one.accepted == 1


def test_the_kernel_is_raised_as_far_as_enough_stay_effective() -> None:
    kernel = -np.linspace(0, 50, 200)
    gamma = next_temperature(kernel, 0.0, 120.0)
    weights = np.exp(gamma * kernel)
    assert weights.sum() ** 2 / (weights**2).sum() == pytest.approx(120.0, rel=1e-6)
    assert next_temperature(kernel, 0.5, 120.0) == pytest.approx(0.5 + gamma)


def test_resampling_follows_the_weights() -> None:
    kernel = np.where(np.arange(100) < 50, 0.0, -1e9)
    one = Population(np.arange(100.0)[:, None] / 100, kernel, np.zeros((100, 1)))
    kept = advance(one, 40, 45.0, seed=3, step=1)
    assert kept.points.shape == (40, 1)
    assert kept.points.max() < 0.5
    assert len(np.unique(kept.points)) == 40


def test_the_seed_alone_decides() -> None:
    one, other = led_to(gauss, 2, 2, n=40), led_to(gauss, 2, 2, n=40)
    assert (one.points == other.points).all()
    assert (one.points != led_to(gauss, 2, 2, seed=2, n=40).points).any()


@pytest.mark.parametrize("shift", [0.0, 1.0])
@pytest.mark.parametrize(("gamma", "noise"), [(0.5, 0.0), (1.0, 1.0)])
def test_a_guide_counts_the_kernels_power_and_what_the_linear_model_leaves(
    shift: float, gamma: float, noise: float
) -> None:
    """Figure 2 z, error 1, seen 2: half of it counts, or it is told half as surely: 1 + 4/2."""
    rng = np.random.default_rng(3)
    z = shift + rng.normal(size=(4000, 1))
    figures = 2.0 * z + noise * rng.normal(size=(4000, 1))
    found = guide(ndtr(z), figures, np.array([2.0]), np.eye(1), gamma)
    assert found.precision[0, 0] == pytest.approx(3.0, rel=0.03)
    assert found.centre[0] == pytest.approx(2 / 3, abs=0.05)
    assert found.root[0, 0] ** 2 * found.precision[0, 0] == pytest.approx(1.0)


def test_figures_and_kernels_are_those_of_the_points() -> None:
    one = led_to(gauss, 2, 2, n=40)
    assert (one.figures == one.points[:, :1]).all()
    assert (one.kernel == gauss(one.points, None)).all()
    assert one.influence is not None
    again = sweep(one, lambda p: (gauss(p, None), p[:, :1]), 1, 5, proposal_weights(one))
    assert again.evaluations == one.evaluations + 40
    assert begin(7, 3, lambda p: (p[:, 0], p), 1).evaluations == 7


def test_resampling_takes_each_as_often_as_its_weight_says() -> None:
    """Of what is left of the kernel's power, to the next whole number."""
    kernel = np.random.default_rng(2).normal(size=60) * 3
    one = Population(np.arange(60.0)[:, None], kernel, np.zeros((60, 1)), gamma=0.4)
    for step in range(8):
        kept = advance(one, 500, 45.0, seed=3, step=step)
        assert 0.4 < kept.gamma < 1
        weights = np.exp((kept.gamma - 0.4) * kernel)
        rows = kept.points[:, 0].astype(int)
        right = 500 * np.cumsum(weights) / weights.sum()
        assert np.abs(np.cumsum(np.bincount(rows, minlength=60)) - right).max() < 1
        assert (kept.kernel == kernel[rows]).all()


def test_what_leaves_the_cube_is_folded_back() -> None:
    folded = _reflected(np.array([-0.2, 0.3, 1.3, 2.4, -1.1]))
    assert folded == pytest.approx([0.2, 0.3, 0.7, 0.4, 0.9])


def test_what_new_draws_changed_is_shared_by_their_places() -> None:
    """Two places of one draw felt 1.5 each; one alone 20, as far as anything counts."""
    influence = np.ones((2, 3))
    redrawn = np.array([[True, True, False], [False, False, False], [False, True, False]])
    _remember(influence, redrawn, np.array([-3.0, 7.0, 1e9]))
    assert influence.tolist() == [[2.5, 22.5, 1.0], [2.0, 3.0, 1.0]]


def test_half_of_the_moves_are_differences_of_others_and_half_new_draws() -> None:
    rng = np.random.default_rng(6)
    points, others = np.full((4000, 40), 0.5), np.full((300, 40), 0.5)
    others[:, 0] = rng.random(300)
    weights = np.ones(40)
    weights[1] = 1e6  # a place that hardly matters is drawn anew whenever any is
    proposed, redrawn = _proposals(points, others, weights, rng)
    drawn = redrawn.any(axis=1)
    assert drawn.mean() == pytest.approx(0.5, abs=0.03)
    assert redrawn[drawn][:, 1].all()
    assert set(redrawn[drawn].sum(axis=1).tolist()) == {2, 5, 12, 30}
    assert (proposed[drawn] == 0.5)[~redrawn[drawn]].all()
    moved = proposed[~drawn] - 0.5
    assert moved[:, 0].std() > 0.05  # along what the others differ in
    assert 0 < moved[:, 1:].std() < 0.01
    assert moved.mean(axis=0) == pytest.approx(np.zeros(40), abs=0.02)


def test_moves_leave_the_power_of_the_kernel_as_it_is() -> None:
    """At half its power a normal of spread 0.1 is one of 0.1 √2."""

    def evaluate(points):
        return -0.5 * ((points[:, 0] - 0.5) / 0.1) ** 2, points

    points = np.random.default_rng(1).random((400, 2))
    one = Population(points, *evaluate(points), gamma=0.5)
    for key in range(60):
        one = sweep(one, evaluate, 1, key, np.ones(2))
    assert one.points[:, 0].std() == pytest.approx(0.1 * np.sqrt(2), rel=0.1)


def test_most_moves_are_guided_and_tell_nothing_of_single_places() -> None:
    """Where figures are linear all guided moves are taken."""
    rng = np.random.default_rng(3)
    points = rng.random((2000, 3))

    def evaluate(points):
        figures = 2.0 * ndtri(points[:, :1])
        return -0.5 * ((figures[:, 0] - 2.0) / 0.1) ** 2, figures

    kernel, figures = evaluate(points)
    toward = guide(points, figures, np.array([2.0]), np.array([[0.01]]), 1.0)
    one = Population(points[:400], kernel[:400], figures[:400], gamma=1.0)
    for key in range(4):
        one = sweep(one, evaluate, 1, key, np.ones(3), toward)
    assert one.accepted > 0.8
    assert one.influence is not None
    proposed = one.influence[1] - 1
    assert 0 < proposed.sum() < 4 * 400 * 0.2 * 3  # of the moves that are not guided alone
