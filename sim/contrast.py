"""Statistics over replicates: bands, intervals, and differences under common random numbers.

A *replicate* is one replicate of one parameter set: a run with a seed of its own, which all
scenarios share. Two ranges are told apart:

- the **band**, the middle 80% of replicates (10th to 90th percentile): how far single replicates
  differ by chance in the model;
- the **interval**, 95%, of the mean over replicates (Student's t): how well the mean is known.

Neither is doubt about the model's parameters or its structure. Where several parameter sets
are run, their means are the independent units of the interval, which they are because no two
sets share a seed (``sim.randomness.replicate_seeds``). Everything that says how sure a level,
a difference or a part of doubt is goes through this module.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Bools, Floats

BAND = (0.1, 0.9)
"""Quantiles of the band: the middle 80% of replicates."""
LEVEL = 0.95
"""Level of the interval of a mean."""
INTERVAL = (0.025, 0.975)
"""Quantiles of that interval, where it is read off resamples."""
Labels = NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A quantity over replicates; NaN where it is not defined."""

    mean: float
    low: float
    high: float
    """``low``, ``high``: 95% interval of the mean."""
    band_low: float
    median: float
    band_high: float
    """``band_low``, ``median``, ``band_high``: 10th, 50th and 90th percentile over replicates."""
    replicates: int


@dataclass(frozen=True, slots=True)
class Difference:
    """One scenario less another, in the same replicates."""

    mean: float
    low: float
    high: float
    """``low``, ``high``: 95% interval of the mean difference (paired t)."""
    ahead: float
    level: float
    behind: float
    """``ahead``, ``level``, ``behind``: share of replicates in which the first is higher, exactly
    equal, lower."""
    replicates: int

    @property
    def beyond_chance(self) -> bool:
        """Whether the 95% interval of the mean leaves 0 out."""
        return self.low > 0 or self.high < 0


@cache
def student_t(freedom: int, level: float = LEVEL) -> float:
    """Return the two-sided quantile of Student's t.

    With t = √ν·tan θ the density is cos(θ)^(ν-1): one bounded integral, inverted on a fine
    grid (relative error under 1e-6, without the second that importing scipy.stats takes).

    >>> round(student_t(1), 3), round(student_t(199), 3)
    (12.706, 1.972)
    """
    theta = np.linspace(0.0, np.pi / 2, 200_001)
    density = np.cos(theta) ** (freedom - 1)
    total = np.concatenate(([0.0], np.cumsum((density[1:] + density[:-1]) / 2)))
    return float(np.sqrt(freedom) * np.tan(np.interp(level * total[-1], total, theta)))


def _mean_and_interval(
    values: Floats, level: float = LEVEL, sets: Labels | None = None
) -> tuple[float, float, float]:
    """Return the mean of all values and its interval.

    Parameter sets are the independent units; replicates are where there is only one set.
    """
    mean = float(values.mean())
    off = (values - mean).sum(axis=1) if len(values) > 1 else values[0] - mean
    if sets is not None and len(different := np.unique(sets)) > 1:
        off = np.bincount(np.searchsorted(different, sets), off)
    units = len(off)
    if units < 2:
        return mean, float("nan"), float("nan")
    error = float(np.sqrt(units / (units - 1) * (off**2).sum())) / values.size
    half = student_t(units - 1, level) * error
    return mean, mean - half, mean + half


def _ends_of_event(
    values: Floats, level: float, sets: Labels | None, lowest: float = 0.0
) -> tuple[float, float]:
    """Return the interval of how often something happens (``lowest`` -1: less how often else).

    Student's is empty where it happens in all replicates or in none, and leaves 0 to 1. So some
    replicates are added, half of them of each kind, to as many as have the error that is found
    [Agresti & Coull 1998, of two: Agresti & Min 2005].
    """
    mean, low, high = _mean_and_interval(values, level, sets)
    units = values.size if len(values) == 1 else len(values if sets is None else np.unique(sets))
    if units < 2:
        return low, high
    z = student_t(units - 1, level)
    n = float(values.var()) * (2 * z / (high - low)) ** 2 if high > low else float(units)
    more = z**2 if lowest == 0.0 else 2.0
    middle = (n * mean + more * (1.0 + lowest) / 2) / (n + more)
    square = (n * float((values**2).mean()) + more / 2) / (n + more)
    half = z * float(np.sqrt((square - middle**2) / (n + more)))
    return max(middle - half, lowest), min(middle + half, 1.0)


def percentiles(values: Floats, ends: tuple[float, float] = BAND) -> tuple[float, float, float]:
    """Return the lower end, the median and the upper end of values; NaN of none.

    >>> percentiles(np.arange(11.0)), percentiles(np.array([]))
    ((1.0, 5.0, 9.0), (nan, nan, nan))
    """
    if not values.size:
        return (float("nan"),) * 3
    ordered = np.sort(values, axis=None)
    places = (ends[0], 0.5, ends[1])
    if np.isfinite(ordered[[0, -1]]).all():  # NaN is sorted to the end
        low, median, high = (_end(ordered, share) for share in places)
    else:  # inf stands for "never": order statistics keep it, interpolation would not
        low, median, high = np.quantile(ordered, np.array(places), method="inverted_cdf")
    return float(low), float(median), float(high)


def _end(ordered: Floats, share: float) -> Floats:
    """Return ``np.quantile`` over the last axis, in which values are in order, to the last bit.

    It takes a third of the time for many values, and a tenth for few.
    """
    last = ordered.shape[-1] - 1
    place = np.float64(share * last)
    below = int(place)
    low, high = ordered[..., below], ordered[..., min(below + 1, last)]
    further = place - below
    near: Floats = low + (high - low) * further
    return high - (high - low) * (1 - further) if further >= 0.5 else near  # as numpy rounds


def bands(values: NDArray[np.floating[Any]], axis: int = 0) -> tuple[Floats, Floats, Floats]:
    """Return mean, lower and upper end of the band over an axis, whatever the others are.

    >>> [found.tolist() for found in bands(np.array([[0.0, 5.0], [10.0, 5.0]]))]
    [[5.0, 5.0], [1.0, 5.0], [9.0, 5.0]]
    """
    # The axis last, so that values are added up in the order in which ``estimate`` adds them.
    moved = np.ascontiguousarray(np.moveaxis(values, axis, -1))
    ordered = np.sort(moved, axis=-1)
    return moved.mean(axis=-1), _end(ordered, BAND[0]), _end(ordered, BAND[1])


def between_and_within(values: Floats) -> tuple[float, float]:
    """Return the variance between parameter sets, and that of replicates within a set.

    Both are unbiased (analysis of variance). The first can therefore be negative, where sets differ
    by less than the replicates' chance would have their means differ. With one replicate the second
    is NaN and the first holds both; with one set the first is NaN. Of values of shape (n_samples,
    n_seeds).

    >>> between, within = between_and_within(np.array([[0.0, 2.0], [3.0, 5.0]]))
    >>> between, within
    (3.5, 2.0)
    """
    sets, replicates = values.shape
    within = float(values.var(axis=1, ddof=1).mean()) if replicates > 1 else float("nan")
    of_means = float(values.mean(axis=1).var(ddof=1)) if sets > 1 else float("nan")
    return of_means - (within / replicates if replicates > 1 else 0.0), within


def estimate(values: Floats, sets: Labels | None = None, *, event: bool = False) -> Estimate:
    """Return mean, interval and band of a quantity.

    - ``values``, shape (n_samples, n_seeds): one value a replicate; infinite for "never", NaN for
      "not defined". Where a replicate has no finite value, the mean and its interval are NaN.
    - ``sets``, shape (n_samples,): the parameter set of each row, where a set comes more than once.
    - ``event``: whether a value says that something happens (1) or not (0).
    """
    replicates = values.size
    nan = float("nan")
    if np.isnan(values).any():
        return Estimate(nan, nan, nan, nan, nan, nan, replicates)
    band_low, median, band_high = percentiles(values)
    if not np.isfinite(values).all():
        return Estimate(nan, nan, nan, band_low, median, band_high, replicates)
    mean, low, high = _mean_and_interval(values, sets=sets)
    if event:
        low, high = _ends_of_event(values, LEVEL, sets)
    return Estimate(mean, low, high, band_low, median, band_high, replicates)


def paired_difference(
    values: Floats, reference: Floats, level: float = LEVEL, sets: Labels | None = None, *,
    event: bool = False,
) -> Difference:  # fmt: skip
    """Return ``values`` less ``reference``, replicate by replicate.

    - ``values``, ``reference``, shape (n_samples, n_seeds): the same replicates in the same order.
      Two replicates that never get there are level.
    - ``level``: of the interval; above ``LEVEL`` where several differences are to hold at once.
    - ``sets``, shape (n_samples,), and ``event``: see ``estimate``.
    """
    ahead = float((values > reference).mean())
    behind = float((values < reference).mean())
    equal = float((values == reference).mean())
    with np.errstate(invalid="ignore"):
        less = values - reference
    finite = bool(np.isfinite(less).all())
    mean, low, high = _mean_and_interval(less, level, sets) if finite else (float("nan"),) * 3
    if event:
        low, high = _ends_of_event(less, level, sets, -1.0)
    return Difference(mean, low, high, ahead, equal, behind, values.size)


@dataclass(frozen=True, slots=True)
class Parts:
    """A difference over parameter sets and replicates, taken apart."""

    chance_variance: float
    """Between replicates of one parameter set."""
    parameters_variance: float
    """Between parameter sets, the chance that is left in a mean of few replicates taken out:
    unbiased, so it can be below 0 where sets hardly differ."""
    low: float
    median: float
    high: float
    """``low``, ``median``, ``high``: 10th, 50th and 90th percentile of the sets' mean
    differences."""
    ahead: float
    """Share of sets in which the mean difference is above 0."""
    sets: int
    replicates: int
    """``sets``, ``replicates``: number of sets, and of replicates each."""

    @property
    def chance(self) -> float:
        """Standard deviation between replicates of one parameter set."""
        return float(np.sqrt(self.chance_variance))

    @property
    def parameters(self) -> float:
        """Standard deviation between parameter sets; 0 where their variance is below 0."""
        return float(np.sqrt(np.maximum(self.parameters_variance, 0.0)))

    @property
    def share_of_parameters(self) -> float:
        """Share of the variance between replicates that is doubt about parameters."""
        both = self.parameters**2 + self.chance**2
        return self.parameters**2 / both if both > 0 else 0.0


def parts_of_doubt(values: Floats, reference: Floats) -> Parts:
    """Take ``values`` less ``reference`` apart into chance and parameters.

    Both of shape (n_samples, n_seeds), the same replicates in the same order.

    >>> parts = parts_of_doubt(np.array([[0.1, 0.1], [0.3, 0.3]]), np.zeros((2, 2)))
    >>> parts.chance, round(parts.parameters, 3), parts.ahead
    (0.0, 0.141, 1.0)
    """
    less = values - reference
    means = less.mean(axis=1)
    between, within = between_and_within(less)
    ahead = float((means > 0).mean())
    return Parts(within, between, *percentiles(means), ahead, *less.shape)


MARGIN = 0.01
"""Differences of shares below one percentage point do not matter, unless said otherwise."""

Ruling = Literal["ahead", "behind", "same", "open"]


def is_margin(value: object) -> bool:
    """Return whether a value can be a margin: a share from 0 to under 1."""
    return isinstance(value, int | float) and 0 <= value < 1


def rule(difference: Difference, margin: float = MARGIN) -> Ruling:
    """Judge a difference of shares; with the two sides changed over the answer is mirrored.

    ``ahead`` or ``behind``: beyond chance, and the mean at least the margin. ``same``: the interval
    lies inside ±margin. ``open``: neither can be said. The margin is the smallest difference that
    matters, as a share.

    >>> from sim.contrast import Difference
    >>> def between(low, high):
    ...     return Difference((low + high) / 2, low, high, 0.5, 0, 0.5, 200)
    >>> [rule(between(*ends)) for ends in ((0.01, 0.05), (-0.004, 0.008), (-0.01, 0.03))]
    ['ahead', 'same', 'open']
    """
    if difference.beyond_chance and abs(difference.mean) >= margin:
        return "ahead" if difference.mean > 0 else "behind"
    inside = -margin <= difference.low and difference.high <= margin
    return "same" if inside else "open"


_ROUNDED = 1e-9


def ranked(draws: Floats, seen: Floats) -> Floats:
    """Return continuous ranked probability scores (CRPS), in the units of what is forecast.

    0 is perfect; a forecast that is one point scores its distance [Gneiting & Raftery 2007,
    doi:10.1198/016214506000001437]. Shape (k,).

    - ``draws``, shape (n, k): equally likely.
    - ``seen``, shape (k,)

    >>> ranked(np.array([[0.2], [0.2]]), np.array([0.5])).round(6).tolist()
    [0.3]
    """
    ordered = np.sort(draws, axis=0)
    n = len(ordered)
    error = np.abs(ordered - seen).mean(axis=0)
    weight = 2 * np.arange(1, n + 1) - n - 1
    return error - (weight[:, None] * ordered).sum(axis=0) / n**2


def inside(draws: Floats, seen: Floats, level: float = 0.8) -> Bools:
    """Return whether what came lies in the middle band of draws; its edges belong to it.

    - ``draws``, shape (n, k)
    - ``seen``, shape (k,)
    - ``level``: share of the draws in the band.
    """
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return (seen >= low - _ROUNDED) & (seen <= high + _ROUNDED)
