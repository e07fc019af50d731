"""Approximate Bayesian computation by a sequence of populations.

A population of points in the unit cube (shares of their priors) is led from the prior to
the posterior by a Gaussian kernel on the distance to the targets,

    prior · exp(γ · log kernel),   γ from 0 to 1,

which is ABC with a kernel whose width shrinks to the targets' own errors, and exact under
the reading that these errors are the model's and the data's together [Wilkinson 2013,
doi:10.1515/sagmb-2013-0010]. Each step raises γ as far as a set share of the population
stays effective, resamples, and moves every point by Metropolis steps that leave the step's
distribution as it is [Del Moral, Doucet & Jasra 2006]: differences of two points of the
other half of the population [ter Braak 2006], or new draws from the prior in a few places.
The simulated distance is noisy; the noisy value of a point is kept until the point moves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

__all__ = ["Population", "advance", "begin", "raised", "sweep"]

Floats = NDArray[np.float64]
Evaluate = Callable[[Floats, int], tuple[Floats, Floats]]
"""From points (n, d) and a key of chance to log kernels (n,) and figures (n, k)."""

FEW = 6
"""Most places that one new draw from the prior changes."""


@dataclass(frozen=True, eq=False)
class Population:
    """Points on their way to the posterior.

    Parameters
    ----------
    points : float64 array, shape (n, d)
        Shares of the priors, in [0, 1].
    kernel : float64 array, shape (n,)
        Log kernel: minus half the squared distance.
    figures : float64 array, shape (n, k)
        What the model answered to each target.
    gamma : float
        How much of the kernel counts; 1 is the posterior.
    accepted : float
        Share of moves that were accepted in the last step.
    evaluations : int
        Points simulated so far.
    """

    points: Floats
    kernel: Floats
    figures: Floats
    gamma: float = 0.0
    accepted: float = 1.0
    evaluations: int = 0


def begin(n: int, d: int, evaluate: Evaluate, seed: int) -> Population:
    """Return ``n`` draws from the prior, evaluated."""
    points = np.random.default_rng([seed, 0]).random((n, d))
    kernel, figures = evaluate(points, 0)
    return Population(points, kernel, figures, evaluations=n)


def _weights(kernel: Floats, step: float) -> Floats:
    weights = np.exp(step * (kernel - kernel.max()))
    result: Floats = weights / weights.sum()
    return result


def raised(kernel: Floats, gamma: float, effective: float) -> float:
    """Return the next γ: the highest, up to 1, that keeps ``effective`` points.

    Examples
    --------
    >>> raised(np.zeros(10), 0.2, 5.0)
    1.0
    """

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
    gamma = raised(population.kernel, population.gamma, effective)
    weights = _weights(population.kernel, gamma - population.gamma)
    luck = np.random.default_rng([seed, step, 1]).random()
    places = (np.arange(n) + luck) / n
    rows = np.searchsorted(np.cumsum(weights), places).clip(max=len(weights) - 1)
    mixed = np.random.default_rng([seed, step, 2]).permutation(rows)
    return replace(
        population,
        points=population.points[mixed],
        kernel=population.kernel[mixed],
        figures=population.figures[mixed],
        gamma=gamma,
    )


def sweep(population: Population, evaluate: Evaluate, seed: int, key: int) -> Population:
    """Return the population after one Metropolis move of every point, half by half."""
    luck = np.random.default_rng([seed, key, 3])
    points, kernel = population.points.copy(), population.kernel.copy()
    figures = population.figures.copy()
    n = len(points)
    halves = (np.arange(n // 2), np.arange(n // 2, n))
    moved = 0
    for mine, others in (halves, halves[::-1]):
        proposed = _proposals(points[mine], points[others], luck)
        new_kernel, new_figures = evaluate(proposed, key)
        chance = np.log(luck.random(len(mine)))
        take = chance < population.gamma * (new_kernel - kernel[mine])
        points[mine[take]] = proposed[take]
        kernel[mine[take]] = new_kernel[take]
        figures[mine[take]] = new_figures[take]
        moved += int(take.sum())
    return replace(
        population,
        points=points,
        kernel=kernel,
        figures=figures,
        accepted=moved / n,
        evaluations=population.evaluations + n,
    )


def _proposals(points: Floats, others: Floats, luck: np.random.Generator) -> Floats:
    """Return symmetric proposals: a difference of two others, or a few new prior draws."""
    n, d = points.shape
    first = luck.integers(len(others), size=n)
    second = (first + luck.integers(1, len(others), size=n)) % len(others)
    share = luck.choice([0.2, 0.5, 1.0], size=(n, 1))
    chosen = luck.random((n, d)) < share
    scale = 2.38 / np.sqrt(2.0 * np.maximum(chosen.sum(axis=1, keepdims=True), 1))
    scale *= luck.choice([0.5, 1.0], size=(n, 1))
    step = scale * (others[first] - others[second]) + 0.01 * luck.standard_normal((n, d))
    by_difference = _reflected(points + chosen * step)
    few = luck.random((n, d)) < luck.integers(1, FEW + 1, size=(n, 1)) / d
    anew = np.where(few, luck.random((n, d)), points)
    result: Floats = np.where(luck.random((n, 1)) < 0.5, by_difference, anew)
    return result


def _reflected(points: Floats) -> Floats:
    """Return points folded back into the unit cube, which keeps a proposal symmetric."""
    folded = np.mod(points, 2.0)
    result: Floats = np.where(folded > 1.0, 2.0 - folded, folded)
    return result
