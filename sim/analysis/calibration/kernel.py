"""How far figures are from what was published or measured: one by one, and all together.

Figures of a study are its targets, in order, and after them the values of its curves (measured
use of one firm, as angles). Of curves, and of all figures of a setting that was seen once, the
firm's own chance is in the distance; of curves also what the model may be off by, as in
``sim.analysis.firm.kernel``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.analysis.calibration.measures import observed
from sim.analysis.firm.kernel import DISCREPANCY, SCALES, alike, sampling

if TYPE_CHECKING:
    from sim.analysis.calibration.definition import CalibrationStudy

__all__ = [
    "columns_of", "covariance", "distances", "errors", "goal", "labels", "log_kernel",
    "seen_once", "variances",
]  # fmt: skip

Floats = NDArray[np.float64]

TYPICAL = SCALES[1]
"""The model's discrepancy where one number is needed for a curve's values one by one."""


def labels(study: CalibrationStudy) -> list[str]:
    """Return a name of each figure."""
    found = list(study.targets)
    for name, curve in study.curves.items():
        found += curve.labels(name)
    return found


def columns_of(study: CalibrationStudy) -> list[str]:
    """Return the setting of each figure."""
    found = [target.setting for target in study.targets.values()]
    for curve in study.curves.values():
        found += [curve.setting] * len(curve.observed.weeks)
    return found


def goal(study: CalibrationStudy) -> Floats:
    """Return what is to be met, on the scale on which it is compared; shape (n_figures,)."""
    told = np.array([observed(target) for target in study.targets.values()])
    return np.concatenate([told, *(curve.angles for curve in study.curves.values())])


def seen_once(study: CalibrationStudy, name: str) -> bool:
    """Return whether the figures of a setting are of one firm, whose chance is to be added."""
    setting = study.settings[name]
    if setting.once is not None:
        return setting.once
    return setting.organisation is not None or any(
        curve.setting == name for curve in study.curves.values()
    )


def variances(chance: Floats) -> Floats:
    """Return the variance of chance in each figure, from variances or from a covariance."""
    return chance if chance.ndim == 1 else np.diag(chance)


def errors(study: CalibrationStudy) -> Floats:
    """Return the standard error of each figure without chance; shape (n_figures,)."""
    told = np.array([target.standard_error for target in study.targets.values()])
    own = [np.sqrt(sampling(one.observed) + TYPICAL**2) for one in study.curves.values()]
    return np.concatenate([told, *own])


def covariance(study: CalibrationStudy, chance: Floats, scale: float = TYPICAL) -> Floats:
    """Return the covariance of what separates figures from targets.

    Parameters
    ----------
    study : CalibrationStudy
        Errors, and in blocks their correlation.
    chance : float64 array, shape (n_figures,) or (n_figures, n_figures)
        Variance of chance in each figure, on the diagonal; or its covariance.
    scale : float
        How far the model may be off in a curve.

    Returns
    -------
    float64 array, shape (n_figures, n_figures)
    """
    names = list(study.targets)
    result: Floats = np.eye(len(names))
    for block in study.blocks.values():
        signs = block.signs
        rows = [names.index(name) for name in signs]
        side = np.array(list(signs.values()))
        result[np.ix_(rows, rows)] = block.correlation * side[:, None] * side[None, :]
        result[rows, rows] = 1.0
    own = errors(study)[: len(names)]
    result = result * own[:, None] * own[None, :]
    if study.curves:
        whole = np.zeros((len(goal(study)),) * 2)
        whole[: len(names), : len(names)] = result
        first = len(names)
        for curve in study.curves.values():
            rows = list(range(first, first + len(curve.observed.weeks)))
            groups = len(curve.observed.names)
            shape = scale**2 * alike(curve.place, curve.place, groups)
            whole[np.ix_(rows, rows)] = shape + np.diag(sampling(curve.observed))
            first += len(rows)
        result = whole
    return result + (np.diag(chance) if chance.ndim == 1 else chance)


def _apart(study: CalibrationStudy, figures: Floats, aim: Floats | None = None) -> Floats:
    """Return figures less targets; 0 below a target where lower is as good."""
    aim = goal(study) if aim is None else aim
    one_sided = np.zeros(len(aim), np.bool_)
    one_sided[: len(study.targets)] = [target.at_most for target in study.targets.values()]
    apart = figures - aim
    result: Floats = np.where(one_sided, np.maximum(apart, 0.0), apart)
    return result


def distances(study: CalibrationStudy, figures: Floats, chance: Floats) -> Floats:
    """Return how far figures are from each target, in standard errors; shape (n, n_figures)."""
    result: Floats = _apart(study, figures) / np.sqrt(errors(study) ** 2 + variances(chance))
    return result


def log_kernel(
    study: CalibrationStudy, figures: Floats, chance: Floats, aim: Floats | None = None
) -> Floats:
    """Return minus half the squared Mahalanobis distance from all targets; shape (n,).

    With curves the logarithm of a mixture of normals, one a scale of the model's discrepancy.
    ``aim`` takes the place of what the study says is to be met.
    """
    apart = _apart(study, figures, aim)
    if not study.curves:
        return _log_normal(apart, covariance(study, chance))[0]
    logs = []
    for scale in SCALES:
        found, size = _log_normal(apart, covariance(study, chance, scale))
        logs.append(found - size - scale / DISCREPANCY)
    result: Floats = np.logaddexp.reduce(logs, axis=0)
    return result


def _log_normal(apart: Floats, whole: Floats) -> tuple[Floats, float]:
    """Return minus half the squared length of each row, and the logarithm of the root's size."""
    root = np.linalg.cholesky(whole)
    # Column by column, so that a set's distance is the same to the bit in any company.
    whitened = np.zeros_like(apart)
    for k in range(len(root)):
        known = (whitened[:, :k] * root[k, :k]).sum(axis=1)
        whitened[:, k] = (apart[:, k] - known) / root[k, k]
    return -0.5 * (whitened**2).sum(axis=1), float(np.log(np.diag(root)).sum())
