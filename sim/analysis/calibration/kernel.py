"""From what was seen to the figures that targets state, and how far those are from it.

Figures of a study are its targets, in order, and after them the values of its curves (measured
use of one firm, as angles). Of curves, and of all figures of a setting that was seen once, the
firm's own chance is in the distance; of curves also what the model may be off by, as in
``sim.analysis.firm.kernel``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from sim.analysis.firm.kernel import DISCREPANCY, SCALES, alike, sampling
from sim.arrays import Floats

if TYPE_CHECKING:
    from sim.analysis.calibration.definition import CalibrationStudy, Target
    from sim.analysis.calibration.observe import SimulatedSurvey


Counts = tuple[Floats, Floats]

EDGE = 0.005
"""Shares nearer to 0 or 1 count as this near, so that their logits stay finite."""
EXTREME = 2.354502
"""Expected largest of 66 standard normals, in standard deviations, as the shipped sample was made
with. The integral gives 2.355323: by that the two figures move by 0.001 of their standard error."""


def logit(share: Floats) -> Floats:
    """Return log-odds of shares, held away from 0 and 1.

    >>> logit(np.array([0.5, 1.0])).round(2).tolist()
    [0.0, 5.29]
    """
    held = np.clip(share, EDGE, 1.0 - EDGE)
    return np.log(held / (1.0 - held))


def natural(target: Target, value: Floats) -> Floats:
    """Return a figure as the target states it: a share for log-odds, a ratio for its log."""
    if target.measure in ("share", "firm"):
        return 1.0 / (1.0 + np.exp(-value))
    if target.measure in ("ratio", "multiplier"):
        return np.exp(value)
    return value


def observed(target: Target) -> float:
    """Return a target's figure on the scale on which it is compared."""
    value = target.observed
    if target.measure in ("share", "firm"):
        return float(np.log(value / (1.0 - value)))
    return float(np.log(value)) if target.measure in ("ratio", "multiplier") else value


def _rate(counts: Counts) -> Floats:
    """Return the share who do, of those asked, over all blocks; shape (sets, firms, weeks)."""
    done, asked = counts[0].sum(axis=0), counts[1].sum(axis=0)
    return np.divide(done, asked, out=np.zeros_like(done), where=asked > 0)


def _share(parts: Sequence[Counts], target: Target) -> Floats:
    return logit(_rate(parts[0]).mean(axis=(1, 2)))


def _level(parts: Sequence[Counts], target: Target) -> Floats:
    """The mean as it is; less that of the arms it is taken against, where there are any."""
    first, *rest = (_rate(counts).mean(axis=(1, 2)) for counts in parts)
    return first - sum(rest)


def _gap(parts: Sequence[Counts], target: Target) -> Floats:
    return _share(parts[:1], target) - _share(parts[1:], target)


def _ratio(parts: Sequence[Counts], target: Target) -> Floats:
    one, other = (np.maximum(_rate(counts).mean(axis=(1, 2)), EDGE) for counts in parts)
    return np.log(one / other)


def _firm(parts: Sequence[Counts], target: Target) -> Floats:
    """The lowest or highest of 66 firms, from the mean and spread of those simulated."""
    done, asked = parts[0]  # every block is another group of firms
    level = logit((done / asked).mean(axis=3))
    flat = np.moveaxis(level, 0, 1).reshape(level.shape[1], -1)
    sign = 1.0 if target.firm == "highest" else -1.0
    return flat.mean(axis=1) + sign * EXTREME * flat.std(axis=1, ddof=1)


def _trend(parts: Sequence[Counts], target: Target) -> Floats:
    """Mean weekly change of the logarithm: the slope of a least-squares line."""
    level = np.log(np.maximum(_rate(parts[0]).mean(axis=1), 1e-3))
    week = np.arange(level.shape[1]) - (level.shape[1] - 1) / 2.0
    return (level * week).sum(axis=1) / (week * week).sum()


def _multiplier(parts: Sequence[Counts], target: Target) -> Floats:
    """Effect of everybody's encouragement over that of one's own, both by least squares.

    ``parts`` are those encouraged and those not, arm by arm: the own effect is the mean
    difference inside a workplace, the whole effect the slope over the workplaces' shares.
    """
    yes, no = parts[: len(parts) // 2], parts[len(parts) // 2 :]
    inside, mean, share = [], [], []
    for one, other in zip(yes, no, strict=True):
        asked_one, asked_other = one[1].sum(axis=0), other[1].sum(axis=0)
        both = (one[0] + other[0], one[1] + other[1])
        mean.append(_rate(both)[:, 0, 0])
        share.append((asked_one / (asked_one + asked_other))[:, 0, 0])
        if (asked_one > 0).all() and (asked_other > 0).all():
            inside.append((_rate(one) - _rate(other))[:, 0, 0])
    x, y = np.stack(share), np.stack(mean)
    x_apart = x - x.mean(axis=0)
    whole = (x_apart * y).sum(axis=0) / (x_apart * x_apart).sum(axis=0)
    own = np.mean(inside, axis=0)
    return np.log(np.maximum(whole, 0.01) / np.maximum(own, 0.01))


def _spread(parts: Sequence[Counts], target: Target) -> Floats:
    """Lasting differences between people, in logits, from their odd and even weeks.

    Chance of a week is independent between the two halves, so their covariance is the
    variance of what lasts; the normal in logits that has this mean and variance is returned.
    """
    odd, even, both = np.moveaxis(_rate(parts[0]).mean(axis=1), 1, 0)
    mean = np.clip(0.5 * (odd + even), EDGE, 1.0 - EDGE)
    return _lasting(mean, np.maximum(both - odd * even, 0.0))


_SPREADS = np.linspace(0.0, 5.0, 101)
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(40)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()
_CENTRES = np.linspace(-12.0, 12.0, 241)


def _moments() -> tuple[Floats, Floats]:
    """Return mean and variance of a share whose logit is normal, (spreads, centres)."""
    level = _CENTRES[None, :, None] + _SPREADS[:, None, None] * _NODES
    share = 1.0 / (1.0 + np.exp(-level))
    mean = (share * _WEIGHTS).sum(axis=2)
    return mean, (share**2 * _WEIGHTS).sum(axis=2) - mean**2


def _lasting(mean: Floats, variance: Floats) -> Floats:
    means, variances = _moments()
    result = np.empty(len(mean))
    for i, (level, around) in enumerate(zip(mean, variance, strict=True)):
        # At each spread, the variance where the mean is as seen; it rises with the spread.
        found = [np.interp(level, m, v) for m, v in zip(means, variances, strict=True)]
        result[i] = np.interp(around, found, _SPREADS)
    return result


_MEASURES: dict[str, Callable[[Sequence[Counts], Target], Floats]] = {
    "share": _share, "level": _level, "gap": _gap, "ratio": _ratio, "firm": _firm,
    "trend": _trend, "multiplier": _multiplier, "spread": _spread,
}  # fmt: skip


def figure(target: Target, seen: SimulatedSurvey) -> tuple[Floats, Floats]:
    """Return what the model answers to a target, and the variance that is chance in it.

    The figure, on the scale of ``observed``, and its variance by the jackknife over blocks (0 where
    there is one block only). Shape (n_sets,).

    - ``seen``: what was seen in the target's setting.
    """
    measure = _MEASURES[target.measure]
    parts = _parts(target, seen)
    whole = measure(parts, target)
    n_blocks = len(parts[0][0])
    if n_blocks < 2:
        return whole, np.zeros_like(whole)
    without = []
    for block in range(n_blocks):
        kept = np.arange(n_blocks) != block
        without.append(measure([(done[kept], asked[kept]) for done, asked in parts], target))
    spread = np.var(np.stack(without), axis=0)
    return whole, (n_blocks - 1) * spread


def by_block(target: Target, seen: SimulatedSurvey) -> Floats:
    """Return what each block alone answers to a target, shape (n_blocks, n_sets)."""
    measure, parts = _MEASURES[target.measure], _parts(target, seen)
    return np.stack(
        [
            measure([(done[k : k + 1], asked[k : k + 1]) for done, asked in parts], target)
            for k in range(len(parts[0][0]))
        ]
    )


def _parts(target: Target, seen: SimulatedSurvey) -> list[Counts]:
    if target.measure == "multiplier":
        return [
            seen.counts(target.model_copy(update={"among": among}), [arm])
            for among in ("with access", "without access")
            for arm in target.arms
        ]
    parts = [seen.counts(target, target.arms)]
    if target.against is not None:
        parts.append(seen.counts(target, target.against))
    return parts


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
    """Return the covariance of what separates figures from targets, shape (n_figures, n_figures).

    - ``study``: errors, and in blocks their correlation.
    - ``chance``, shape (n_figures,): variance of chance in each figure, on the diagonal; or its
      covariance.
    - ``scale``: how far the model may be off in a curve.
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
    return np.where(one_sided, np.maximum(apart, 0.0), apart)


def distances(study: CalibrationStudy, figures: Floats, chance: Floats) -> Floats:
    """Return how far figures are from each target, in standard errors; shape (n, n_figures)."""
    return _apart(study, figures) / np.sqrt(errors(study) ** 2 + variances(chance))


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
    return np.logaddexp.reduce(logs, axis=0)


def _log_normal(apart: Floats, whole: Floats) -> tuple[Floats, float]:
    """Return minus half the squared length of each row, and the logarithm of the root's size."""
    root = np.linalg.cholesky(whole)
    # Column by column, so that a set's distance is the same to the bit in any company.
    whitened = np.zeros_like(apart)
    for k in range(len(root)):
        known = (whitened[:, :k] * root[k, :k]).sum(axis=1)
        whitened[:, k] = (apart[:, k] - known) / root[k, k]
    return -0.5 * (whitened**2).sum(axis=1), float(np.log(np.diag(root)).sum())
