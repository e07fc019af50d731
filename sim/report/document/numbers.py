"""Numbers as they are shown, each with the value behind it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sim.contrast import Difference, Estimate
from sim.numbers import between, figure, points_with_band, share, with_band

__all__ = [
    "Shown",
    "band",
    "change",
    "interval",
    "level",
    "mean_points",
    "plain_share",
]


@dataclass(frozen=True, slots=True)
class Shown:
    """A number in words, and the number itself.

    Parameters
    ----------
    value : float or None
        None where it is not defined.
    """

    text: str
    value: float | None


def _shown(text: str, value: float) -> Shown:
    return Shown(text, float(value) if math.isfinite(value) else None)


def level(e: Estimate, unit: str = "share") -> Shown:
    """Return a mean with its band (weeks: a median), such as ``61% (55–66%)``.

    Examples
    --------
    >>> level(Estimate(0.61, 0.6, 0.62, 0.55, 0.61, 0.66, 200))
    Shown(text='61% (55–66%)', value=0.61)
    """
    return _shown(with_band(e, unit), e.median if unit == "week" else e.mean)


def plain_share(value: float) -> Shown:
    """Return a share in whole percent, ``–`` where it is not defined."""
    return _shown(share(value), value)


def band(e: Estimate) -> str:
    """Return the middle 80% of replicates of a share, such as ``55–66%``."""
    return between(e.band_low, e.band_high, "share")


def mean_points(e: Estimate) -> Shown:
    """Return a part of the chance of use in points with its band, such as ``17.1 (8.6 to 22.6)``.

    Examples
    --------
    >>> mean_points(Estimate(0.171, 0.1, 0.2, 0.086, 0.17, 0.226, 20)).text
    '17.1 (8.6 to 22.6)'
    """
    return _shown(points_with_band(e), e.mean)


def change(d: Difference, unit: str = "share") -> Shown:
    """Return a mean difference with its sign, points for shares, such as ``+14.2``."""
    return _shown(figure(d.mean, unit, signed=True), d.mean)


def interval(d: Difference, unit: str = "share") -> str:
    """Return the interval of a mean difference, such as ``+9.1 to +19.0``."""
    return between(d.low, d.high, unit, signed=True)
