"""Approximate Bayesian computation by a sequence of populations.

A population of points in the unit cube (shares of their priors) is led from the prior to
the posterior by a Gaussian kernel on the distance to the targets,

    prior · exp(γ · log kernel),   γ from 0 to 1,

which is ABC with a kernel whose width shrinks to the targets' own errors, and exact under
the reading that these errors are the model's and the data's together [Wilkinson 2013,
doi:10.1515/sagmb-2013-0010]. Each step raises γ as far as a set share of the population
stays effective, resamples, and moves every point by Metropolis steps that leave the step's
distribution as it is [Del Moral, Doucet & Jasra 2006]: differences of two points of the
other half of the population [ter Braak 2006]; new draws from the prior in some places,
oftener and more at once where earlier steps have shown that a place matters little; or, where
figures are known to depend on points about linearly, a step toward the posterior that the
linear model would have, which that posterior would leave as it is [Cotter, Roberts, Stuart &
White 2013, doi:10.1214/13-STS421; Rudolf & Sprungk 2018]. What the linear model gets wrong costs
acceptance, and no truth.
The distance may be noisy: the noisy value of a point is kept until the point moves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from sim.arrays import Bools, Floats

Evaluate = Callable[[Floats], tuple[Floats, Floats]]
"""From points (n, d) to log kernels (n,) and figures (n, k)."""
REFRESH_SIZES = (2, 5, 12, 30)
"""In how many places new draws from the prior are proposed at once."""
MOST_FELT = 20.0
"""Change of the log kernel beyond which a place does not count as felt any more."""


@dataclass(frozen=True, eq=False)
class Population:
    """Points on their way to the posterior."""

    points: Floats
    """Shares of the priors, in [0, 1], shape (n, d)."""
    kernel: Floats
    """Log kernel: minus half the squared distance. Shape (n,)."""
    figures: Floats
    """What the model answered to each target, shape (n, k)."""
    gamma: float = 0.0
    """How much of the kernel counts; 1 is the posterior."""
    accepted: float = 1.0
    """Share of moves that were accepted in the last step."""
    evaluations: int = 0
    """Points simulated so far."""
    influence: Floats | None = None
    """For each place, how much a new draw was felt in the log kernel, and how often one was
    proposed; steps before this one. Shape (2, d)."""


@dataclass(frozen=True, eq=False)
class Guide:
    """A normal distribution near the posterior, in normal scores of the shares."""

    centre: Floats
    """Shape (d,)."""
    root: Floats
    """Square root of the covariance, from the left: root @ root.T. Shape (d, d)."""
    precision: Floats
    """Its inverse, shape (d, d)."""

    def moved(self, points: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Return proposals, and the logarithm of what makes up for their not being symmetric.

        z' = m + ρ (z - m) + sqrt(1 - ρ²) ξ, ξ ~ N(0, C), is reversible under N(m, C); the prior
        of z is N(0, 1).
        """
        from scipy.special import ndtr, ndtri

        z = ndtri(np.clip(points, EDGE, 1.0 - EDGE))
        kept = rng.choice(KEPT, size=(len(z), 1))
        noise = rng.standard_normal(z.shape) @ self.root.T
        new = self.centre + kept * (z - self.centre) + np.sqrt(1.0 - kept**2) * noise
        made_up = self._log_ratio(new) - self._log_ratio(z)
        return np.clip(ndtr(new), EDGE, 1.0 - EDGE), made_up

    def _log_ratio(self, z: Floats) -> Floats:
        """Return the log density of the prior over that of the guide."""
        apart = z - self.centre
        result: Floats = 0.5 * ((apart @ self.precision) * apart).sum(axis=1)
        result -= 0.5 * (z**2).sum(axis=1)
        return result


EDGE = 1e-12
"""Nearest that shares come to 0 and 1, so that their normal scores stay finite."""
GUIDED = 0.8
"""Share of the moves that are guided."""
KEPT = (0.0, 0.5, 0.8, 0.9)
"""Shares of the way to the guide's centre that a guided move keeps."""


def guide(points: Floats, figures: Floats, target: Floats, whole: Floats, gamma: float) -> Guide:
    """Return the posterior of a linear model of figures, fitted to what was simulated.

    - ``points``, shape (n, d)
    - ``figures``, shape (n, k)
    - ``target``, shape (k,)
    - ``whole``, shape (k, k): covariance of the kernel; what the linear model leaves is added to
      it.
    - ``gamma``: power of the kernel.
    """
    from scipy.special import ndtri

    z = ndtri(np.clip(points, EDGE, 1.0 - EDGE))
    d = z.shape[1]
    mean, level = z.mean(axis=0), figures.mean(axis=0)
    around = z - mean
    # A ridge of one set's weight a place: slopes that few sets tell stay small.
    slopes = np.linalg.solve(around.T @ around + np.eye(d), around.T @ (figures - level))
    left = figures - level - around @ slopes
    total = whole + np.cov(left.T)
    pull = slopes @ np.linalg.inv(total)
    precision = np.eye(d) + gamma * pull @ slopes.T
    covariance = np.linalg.inv(precision)
    centre = covariance @ (gamma * pull @ (target - level + mean @ slopes))
    root = np.linalg.cholesky(0.5 * (covariance + covariance.T)).astype(np.float64)
    return Guide(centre, root, precision)


def begin(n: int, d: int, evaluate: Evaluate, seed: int) -> Population:
    """Return ``n`` draws from the prior, evaluated."""
    points = np.random.default_rng([seed, 0]).random((n, d))
    kernel, figures = evaluate(points)
    return Population(points, kernel, figures, evaluations=n, influence=np.ones((2, d)))


def _weights(kernel: Floats, step: float) -> Floats:
    weights = np.exp(step * (kernel - kernel.max()))
    return weights / weights.sum()


def next_temperature(kernel: Floats, gamma: float, effective: float) -> float:
    """Return the next γ: the highest, up to 1, that keeps ``effective`` points."""

    def size(step: float) -> float:
        return float(1.0 / (_weights(kernel, step) ** 2).sum())

    if size(1.0 - gamma) >= effective:
        return 1.0
    low, high = 0.0, 1.0 - gamma
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if size(middle) >= effective else (low, middle)
    return gamma + low


def advance(population: Population, n: int, effective: float, seed: int, step: int) -> Population:
    """Return ``n`` points resampled by the next γ (systematic resampling)."""
    gamma = next_temperature(population.kernel, population.gamma, effective)
    weights = _weights(population.kernel, gamma - population.gamma)
    rng = np.random.default_rng([seed, step, 1]).random()
    places = (np.arange(n) + rng) / n
    rows = np.searchsorted(np.cumsum(weights), places).clip(max=len(weights) - 1)
    mixed = np.random.default_rng([seed, step, 2]).permutation(rows)
    return replace(
        population, points=population.points[mixed], kernel=population.kernel[mixed],
        figures=population.figures[mixed], gamma=gamma,
    )  # fmt: skip


def sweep(
    population: Population, evaluate: Evaluate, seed: int, key: int, weights: Floats,
    toward: Guide | None = None,
) -> Population:  # fmt: skip
    """Return the population after one Metropolis move of every point, half by half.

    - ``seed``, ``key``: of the chance in proposals.
    - ``weights``, shape (d,): how readily a new draw is proposed in each place; see
      ``proposal_weights``. The same for all sweeps of a step, so that they leave its distribution
      as it is.
    - ``toward``: most moves are guided by it; the same for all sweeps of a step.
    """
    rng = np.random.default_rng([seed, key, 3])
    points, kernel = population.points.copy(), population.kernel.copy()
    figures = population.figures.copy()
    n, d = points.shape
    influence = np.ones((2, d)) if population.influence is None else population.influence.copy()
    halves = (np.arange(n // 2), np.arange(n // 2, n))
    moved = 0
    for mine, others in (halves, halves[::-1]):
        proposed, redrawn = _proposals(points[mine], points[others], weights, rng)
        made_up = np.zeros(len(mine))
        if toward is not None:
            guided = rng.random(len(mine)) < GUIDED
            there, ratio = toward.moved(points[mine], rng)
            proposed = np.where(guided[:, None], there, proposed)
            made_up, redrawn = np.where(guided, ratio, 0.0), redrawn & ~guided[:, None]
        new_kernel, new_figures = evaluate(proposed)
        gained = new_kernel - kernel[mine]
        take = np.log(rng.random(len(mine))) < population.gamma * gained + made_up
        _remember(influence, redrawn, gained)
        points[mine[take]] = proposed[take]
        kernel[mine[take]] = new_kernel[take]
        figures[mine[take]] = new_figures[take]
        moved += int(take.sum())
    return replace(
        population, points=points, kernel=kernel, figures=figures, accepted=moved / n,
        evaluations=population.evaluations + n, influence=influence,
    )  # fmt: skip


def proposal_weights(population: Population) -> Floats:
    """Return how readily new draws are to be proposed in each place: where they are hardly felt.

    >>> at = np.zeros((2, 2))
    >>> tried = np.array([[1.0, 8.0], [2.0, 2.0]])
    >>> proposal_weights(Population(at, at[0], at, influence=tried)).tolist()
    [4.0, 0.0625]
    """
    if population.influence is None:
        return np.ones(population.points.shape[1])
    return (population.influence[1] / population.influence[0]) ** 2


def _remember(influence: Floats, redrawn: Bools, gained: Floats) -> None:
    """Add to how much new draws were felt, shared equally among the places of each."""
    count = redrawn.sum(axis=1)
    drawn = count > 0
    size = np.minimum(np.abs(gained[drawn]), MOST_FELT) / count[drawn]
    influence[0] += (redrawn[drawn] * size[:, None]).sum(axis=0)
    influence[1] += redrawn[drawn].sum(axis=0)


def _proposals(
    points: Floats, others: Floats, weights: Floats, rng: np.random.Generator
) -> tuple[Floats, Bools]:
    """Return symmetric proposals, and where they are new draws from the prior."""
    n, d = points.shape
    first = rng.integers(len(others), size=n)
    second = (first + rng.integers(1, len(others), size=n)) % len(others)
    share = rng.choice([0.2, 0.5, 1.0], size=(n, 1))
    chosen = rng.random((n, d)) < share
    scale = 2.38 / np.sqrt(2.0 * np.maximum(chosen.sum(axis=1, keepdims=True), 1))
    scale *= rng.choice([0.5, 1.0], size=(n, 1))
    step = scale * (others[first] - others[second]) + 0.01 * rng.standard_normal((n, d))
    by_difference = _reflected(points + chosen * step)
    # The places with the highest keys are a draw without replacement in proportion to weights.
    keys = np.log(weights) + rng.gumbel(size=(n, d))
    ranks = np.argsort(np.argsort(-keys, axis=1, kind="stable"), axis=1, kind="stable")
    redrawn = ranks < rng.choice(REFRESH_SIZES, size=(n, 1))
    redrawn &= rng.random((n, 1)) < 0.5
    fresh = rng.random((n, d))
    proposed = np.where(
        redrawn, fresh, np.where(redrawn.any(axis=1, keepdims=True), points, by_difference)
    )
    return proposed, redrawn


def _reflected(points: Floats) -> Floats:
    """Return points folded back into the unit cube, which keeps a proposal symmetric."""
    folded = np.mod(points, 2.0)
    return np.where(folded > 1.0, 2.0 - folded, folded)
