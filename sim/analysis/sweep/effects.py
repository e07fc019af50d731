"""Main effects and interactions of a factorial design, with intervals.

A main effect is the mean at a factor's last level less the mean at its first, over all levels
of the others; of words with several levels, each less the first. The effect of a pair, both
with two levels, is half the difference between the one's effect at either level of the other.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.contrast import estimate

if TYPE_CHECKING:
    from sim.analysis.sweep.study import Study

__all__ = ["FACTORIAL", "effects", "lenth"]

Floats = NDArray[np.float64]
FACTORIAL = ("full factorial", "fractional factorial")
APART = 5
"""Resolution from which on the effects of pairs of factors are not confounded."""


def effects(study: Study, values: Floats) -> list[tuple[str, str, float, float, float]]:
    """Return each effect by name, with its measure, value, and 95% interval.

    Every replicate has the same random numbers at all points, so each gives its own effects, and
    the interval is Student's over replicates; of one replicate it is Lenth's, NaN where there
    are fewer than four effects.

    Parameters
    ----------
    study : Study
        Of a factorial design.
    values : float64 array, shape (n_points, n_replicates)
        Replicates that lack a point are passed over.

    Returns
    -------
    list of (factor, "effect", value, low, high)
        In the unit of the outcome.
    """
    unit = study.unit
    assert unit is not None
    whole = values[:, np.isfinite(values).all(0)]
    weights = _contrasts(study, unit)
    if not whole.size or not weights:
        return []
    each = np.array(list(weights.values())) @ whole
    found = [estimate(values[None]) for values in each]
    if whole.shape[1] < 2:
        half = lenth(each[:, 0])
        found = [replace(one, low=one.mean - half, high=one.mean + half) for one in found]
    named = zip(weights, found, strict=True)
    return [(name, "effect", one.mean, one.low, one.high) for name, one in named]


def _contrasts(study: Study, unit: Floats) -> dict[str, Floats]:
    """Return the weight of every point in each effect."""
    found: dict[str, Floats] = {}
    signs: dict[str, Floats] = {}
    described = {one["name"]: one for one in study.manifest["factors"]}
    for k, name in enumerate(study.factors):
        at, own = np.unique(np.round(unit[:, k], 9), return_inverse=True)
        words = [str(label) for label in described[name]["levels"]]
        first = (own == 0) / max(1, int((own == 0).sum()))
        ordered = described[name]["range"] is not None or all(map(_is_number, words))
        if len(at) == 2:
            signs[name] = np.where(own == 1, 1.0, -1.0)
        for level in range(1, len(at)) if not ordered else [len(at) - 1][: len(at) - 1]:
            said = name if len(at) == 2 or ordered else f"{name}: {words[level]}"
            found[said] = (own == level) / int((own == level).sum()) - first
    size = study.manifest["size"] or {}
    if study.manifest["design"] == "full factorial" or size.get("resolution", 0) >= APART:
        for one, other in combinations(signs, 2):
            product = signs[one] * signs[other]
            found[f"{one} × {other}"] = product * 2 / len(unit)
    return found


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def lenth(effects: Floats) -> float:
    """Return the margin of error of effects of one replicate, by Lenth's pseudo standard error.

    Most effects are taken to be nothing but noise (Lenth 1989, Technometrics 31); it errs on the
    safe side: of 15 effects that are noise, 97% lie within.

    Examples
    --------
    >>> round(lenth(np.array([8.0, 1, -1, 1, -1, 1, -1])), 2)
    5.65
    """
    size = np.abs(effects)
    if len(size) < 4:
        return float("nan")
    first = 1.5 * np.median(size)
    error = 1.5 * np.median(size[size < 2.5 * first]) if first > 0 else 0.0
    from scipy.stats import t

    return float(t.ppf(0.975, len(size) / 3) * error)
