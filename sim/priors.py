"""Priors: what is held plausible of a parameter before any target is looked at."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from sim.arrays import Floats

Shape = Literal["fixed", "uniform", "loguniform", "normal", "sample"]
_WRITTEN = re.compile(r"(uniform|loguniform|normal)\(([^,()]+),([^,()]+)\)")


@dataclass(frozen=True, slots=True)
class Prior:
    """A distribution of one parameter, by its quantiles.

    Examples
    --------
    >>> Prior.of("loguniform(0.01, 1)", 0, 1).quantile([0, 0.5, 1]).round(6).tolist()
    [0.01, 0.1, 1.0]
    """

    shape: Shape = "fixed"
    """Fixed: a definition or a constant that is not in doubt."""
    a: float = 0.0
    b: float = 0.0
    """``a``, ``b``: ends of the range; mean and standard deviation for ``normal``; unused for
    ``fixed``."""
    low: float = -np.inf
    high: float = np.inf
    """``low``, ``high``: bounds at which a ``normal`` is cut off."""
    ordered: tuple[float, ...] = ()
    """Values of a ``sample``, rising."""

    @classmethod
    def of(cls, text: str, low: float, high: float) -> Prior:
        """Return the prior that a text such as ``uniform(0, 2)`` or ``fixed`` means.

        Raises ValueError for another text, and where it leaves the bounds ``low`` to ``high``.
        """
        if text == "fixed":
            return cls()
        match = _WRITTEN.fullmatch(text.replace(" ", ""))
        if match is None:
            raise ValueError(
                f"{text!r} is no prior: fixed, uniform(low, high), loguniform(low, high) or "
                "normal(mean, sd) would be right"
            )
        shape, a, b = match[1], float(match[2]), float(match[3])
        if shape == "normal":
            if not (low <= a <= high and b > 0):
                raise ValueError(
                    f"{text!r} needs a mean from {low:g} to {high:g} and an sd above 0"
                )
            return cls("normal", a, b, low, high)
        if not low <= a < b <= high or (shape == "loguniform" and a <= 0):
            raise ValueError(f"{text!r} needs ends that rise, from {low:g} to {high:g}")
        return cls("uniform" if shape == "uniform" else "loguniform", a, b, a, b)

    @classmethod
    def among(cls, values: ArrayLike) -> Prior:
        """Return the distribution of a sample's values, even between neighbours.

        Examples
        --------
        >>> Prior.among([3.0, 1.0, 2.0]).quantile([0, 0.5]).tolist()
        [1.0, 2.0]
        """
        ordered = np.sort(np.asarray(values, np.float64))
        return cls("sample", 0.0, 0.0, float(ordered[0]), float(ordered[-1]), tuple(ordered))

    @property
    def is_fixed(self) -> bool:
        """Whether the parameter is not in doubt."""
        return self.shape == "fixed"

    def quantile(self, u: ArrayLike) -> Floats:
        """Return the values below which shares ``u`` of the distribution lie.

        Parameters
        ----------
        u : array of float, in [0, 1]

        Returns
        -------
        float64 array of the same shape

        Raises
        ------
        ValueError
            For a fixed parameter.
        """
        share = np.asarray(u, np.float64)
        if self.shape == "uniform":
            values = self.a + (self.b - self.a) * share
        elif self.shape == "loguniform":
            values = self.a * np.exp(np.log(self.b / self.a) * share)
        elif self.shape == "normal":
            from scipy.special import ndtr, ndtri

            first, last = ndtr((self.low - self.a) / self.b), ndtr((self.high - self.a) / self.b)
            values = self.a + self.b * ndtri(first + (last - first) * share)
        elif self.shape == "sample":
            values = np.interp(share, self._steps, self.ordered)
        else:
            raise ValueError("a fixed parameter has no quantiles")
        result: Floats = np.clip(values, self.low, self.high)
        return result

    @property
    def _steps(self) -> Floats:
        """Shares below the values of a sample."""
        return (np.arange(len(self.ordered)) + 0.5) / len(self.ordered)

    def __str__(self) -> str:
        if self.shape in ("fixed", "sample"):
            return self.shape
        return f"{self.shape}({self.a:g}, {self.b:g})"
