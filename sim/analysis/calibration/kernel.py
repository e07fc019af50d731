"""How far figures are from their targets: one by one, and all together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.analysis.calibration.measures import observed

if TYPE_CHECKING:
    from sim.analysis.calibration.definition import CalibrationStudy

__all__ = ["covariance", "distances", "errors", "log_kernel"]

Floats = NDArray[np.float64]


def errors(study: CalibrationStudy) -> Floats:
    """Return the standard error that the study gives each target; shape (n_targets,)."""
    return np.array([target.error for target in study.targets.values()])


def covariance(study: CalibrationStudy, chance: Floats) -> Floats:
    """Return the covariance of what separates figures from targets.

    Parameters
    ----------
    study : CalibrationStudy
        Errors, and in blocks their correlation.
    chance : float64 array, shape (n_targets,)
        Variance of chance in each figure, on the diagonal.

    Returns
    -------
    float64 array, shape (n_targets, n_targets)
    """
    names = list(study.targets)
    result: Floats = np.eye(len(names))
    for block in study.blocks.values():
        signs = block.signs
        rows = [names.index(name) for name in signs]
        side = np.array(list(signs.values()))
        result[np.ix_(rows, rows)] = block.correlation * side[:, None] * side[None, :]
        result[rows, rows] = 1.0
    own = errors(study)
    return result * own[:, None] * own[None, :] + np.diag(chance)


def _apart(study: CalibrationStudy, figures: Floats) -> Floats:
    """Return figures less targets; 0 below a target where lower is as good."""
    targets = tuple(study.targets.values())
    apart = figures - np.array([observed(target) for target in targets])
    one_sided = np.array([target.at_most for target in targets])
    result: Floats = np.where(one_sided, np.maximum(apart, 0.0), apart)
    return result


def distances(study: CalibrationStudy, figures: Floats, chance: Floats) -> Floats:
    """Return how far figures are from each target, in standard errors; shape (n, n_targets)."""
    result: Floats = _apart(study, figures) / np.sqrt(errors(study) ** 2 + chance)
    return result


def log_kernel(study: CalibrationStudy, figures: Floats, chance: Floats) -> Floats:
    """Return minus half the squared Mahalanobis distance from all targets; shape (n,)."""
    root = np.linalg.cholesky(covariance(study, chance))
    # Column by column, so that a set's distance is the same to the bit in any company.
    apart = _apart(study, figures)
    whitened = np.zeros_like(apart)
    for k in range(len(root)):
        known = (whitened[:, :k] * root[k, :k]).sum(axis=1)
        whitened[:, k] = (apart[:, k] - known) / root[k, k]
    result: Floats = -0.5 * (whitened**2).sum(axis=1)
    return result
