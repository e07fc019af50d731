"""What statistics of a firm tell of what is asked: learned from its own simulated replicates.

Hundreds of statistics cannot be matched at once by a few thousand replicates. So what they tell of
the few things asked is learned first (a ridge regression over the replicates), replicates are
weighed by how near they come in that, and what is left of the distance is taken off by a
regression among those near.

Sources: statistics that are learned [Fearnhead & Prangle 2012,
doi:10.1111/j.1467-9868.2011.01010.x]; regression adjustment [Beaumont, Zhang & Balding 2002,
doi:10.1093/genetics/162.4.2025].
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.analysis.calibration.smc import next_temperature

__all__ = ["RegressionWeights"]

Floats = NDArray[np.float64]

FAR = 4.0
"""Standard deviations beyond which a statistic tells no more."""

PENALTIES = np.logspace(-5, 1, 25)
"""Penalties of the ridge regression that are tried, as shares of the number of replicates."""


@dataclass(frozen=True, eq=False)
class RegressionWeights:
    """How far each replicate is from a firm, in what the firm's statistics tell.

    Parameters
    ----------
    gap : float64 array, shape (n, n_targets)
        What its statistics tell of the targets, less what the firm's do.
    weights : float64 array, shape (n,)
        By nearness, in units of what the statistics leave open; they sum to 1.
    """

    gap: Floats
    weights: Floats

    @classmethod
    def of(
        cls, targets: Floats, statistics: Floats, seen: Floats, effective: float
    ) -> RegressionWeights:
        """Learn what statistics tell of targets, and weigh replicates by it.

        Parameters
        ----------
        targets : float64 array, shape (n, n_targets)
        statistics : float64 array, shape (n, n_statistics)
        seen : float64 array, shape (n_statistics,)
            The firm's own.
        effective : float
            Effective sample size that is kept at least; where the statistics tell more, the
            distances are shrunk.
        """
        spread = statistics.std(axis=0)
        kept = spread > 1e-9
        middle, spread = statistics[:, kept].mean(axis=0), spread[kept]
        z = np.clip((statistics[:, kept] - middle) / spread, -FAR, FAR)
        mine = np.clip((seen[kept] - middle) / spread, -FAR, FAR)
        y = targets - targets.mean(axis=0)
        slopes, left = _ridge(z, y)
        gap = (z - mine) @ slopes
        root = np.linalg.cholesky(left + 1e-9 * np.eye(len(left)))
        logs = -0.5 * (np.linalg.solve(root, gap.T) ** 2).sum(axis=0)
        power = next_temperature(logs, 0.0, effective)
        weights = np.exp(power * (logs - logs.max()))
        return cls(gap, weights / weights.sum())

    def adjusted(self, values: Floats, own: Floats | None = None) -> Floats:
        """Return values of replicates, had each had the firm's statistics.

        Parameters
        ----------
        values : float64 array, shape (n, k)
        own : float64 array, shape (n, j), optional
            More distances that count for these values, such as those of a team.
        """
        gap = self.gap if own is None else np.concatenate([self.gap, own], axis=1)
        off = gap - self.weights @ gap
        weighed = off * self.weights[:, None]
        fit = np.linalg.pinv(weighed.T @ off, rcond=1e-9, hermitian=True) @ (weighed.T @ values)
        result: Floats = values - gap @ fit
        return result


def _ridge(z: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Return slopes, shape (n_statistics, n_targets), and the covariance of what is left.

    The penalty is the one of the least generalised cross-validation, for each target.
    """
    n = len(z)
    squares, axes = np.linalg.eigh(z.T @ z)
    squares = np.maximum(squares, 1e-9 * squares[-1])
    along = (axes.T @ (z.T @ y)) / np.sqrt(squares)[:, None]
    best = np.full(y.shape[1], np.inf)
    slopes = np.zeros((z.shape[1], y.shape[1]))
    for penalty in PENALTIES * n:
        shrink = squares / (squares + penalty)
        rest = (y**2).sum(axis=0) - ((2 * shrink - shrink**2)[:, None] * along**2).sum(axis=0)
        score = rest / (1 - shrink.sum() / n) ** 2
        better = score < best
        best = np.where(better, score, best)
        found = axes @ ((shrink / np.sqrt(squares))[:, None] * along)
        slopes = np.where(better, found, slopes)
    rest = y - z @ slopes
    covariance: Floats = rest.T @ rest / n
    return slopes, covariance
