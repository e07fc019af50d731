"""Geometry of the report's charts: numbers in, SVG paths and places out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["MARKS", "LinearScale", "area", "heat", "line", "mark", "week_ticks"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LinearScale:
    """A straight scale from values to pixels.

    Examples
    --------
    >>> LinearScale(0, 1, 10, 110)(0.5)
    60.0
    """

    low: float
    high: float
    first: float
    last: float

    def __call__(self, value: float) -> float:
        """Return the place of a value."""
        span = (self.high - self.low) or 1.0
        return round(self.first + (value - self.low) / span * (self.last - self.first), 1)


def _point(x: float, y: float) -> str:
    return f"{x:g} {y:g}"


def line(
    x: LinearScale, y: LinearScale, across: Sequence[float], values: Sequence[float] | Floats
) -> str:
    """Return the path of a line.

    Examples
    --------
    >>> line(LinearScale(0, 1, 0, 10), LinearScale(0, 1, 10, 0), [0, 1], [0, 1])
    'M0 10L10 0'
    """
    return "M" + "L".join(_point(x(a), y(float(v))) for a, v in zip(across, values, strict=True))


def area(x: LinearScale, y: LinearScale, across: Sequence[float], low: Floats, high: Floats) -> str:
    """Return the path of a band between two lines."""
    there = line(x, y, across, high)
    back = line(x, y, list(across)[::-1], low[::-1])
    return f"{there}L{back[1:]}Z"


MARKS = {
    "o": "M{l} {y}a{r} {r} 0 1 0 {d} 0a{r} {r} 0 1 0 -{d} 0z",
    "s": "M{l} {t}h{d}v{d}h-{d}z",
    "^": "M{x} {t}l{r} {d}h-{d}z",
    "D": "M{x} {t}l{r} {r}l-{r} {r}l-{r} -{r}z",
    "v": "M{l} {t}h{d}l-{r} {d}z",
}
"""Paths of the marks that plans have, by their name in ``sim.report.style``."""


def mark(kind: str, x: float, y: float, r: float = 4.5) -> str:
    """Return the path of a mark; what has no path of its own is drawn as a diamond.

    Examples
    --------
    >>> mark("s", 10, 10, 2)
    'M8 8h4v4h-4z'
    """
    places = {"x": x, "y": y, "l": x - r, "t": y - r, "r": r, "d": 2 * r}
    return MARKS.get(kind, MARKS["D"]).format(**{k: f"{round(v, 1):g}" for k, v in places.items()})


def heat(value: float, most: float, steps: int = 6) -> int:
    """Return the step of a shade, 0 for nothing up to ``steps``.

    Examples
    --------
    >>> heat(0.0, 0.3), heat(0.3, 0.3), heat(0.14, 0.3)
    (0, 6, 3)
    """
    if most <= 0 or not value > 0:
        return 0
    return min(steps, int(np.ceil(value / most * steps)))


def week_ticks(weeks: int) -> list[int]:
    """Return the weeks that an axis names.

    Examples
    --------
    >>> week_ticks(52), week_ticks(20), week_ticks(104)
    ([1, 13, 26, 39, 52], [1, 5, 10, 15, 20], [1, 26, 52, 78, 104])
    """
    step = 13 if 39 <= weeks <= 65 else max(1, round(weeks / 4))
    return sorted({1, *range(step, weeks + 1, step)})
