"""Every parameter of the model, declared once, and what is held plausible of it.

A line of ``parameters.toml`` feeds YAML validation, ``--set``, sweeps, calibration and documents.
``source`` is a key of docs/evidence.md, or ASSUMPTION; ``low`` and ``high`` bound what is
plausible. A coefficient ``b_…`` is a weight in logits in the weekly choice. A prior is
wide: for a coefficient it reaches down to 0, where the mechanism does nothing.

A default is the value that its source gives; where the source is an ASSUMPTION, the median of
the calibrated sample, to three digits (``experiments/calibration/ship.py`` writes these, and
holds all together against the sample's sets): they answer the published targets as a typical
set does. Most are hardly known one by one; the sample says how little.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.arrays import Floats
from sim.errors import InputError, Problem, did_you_mean
from sim.numbers import typed

Shape = Literal["fixed", "uniform", "loguniform", "normal", "sample"]
_WRITTEN = re.compile(r"(uniform|loguniform|normal)\(([^,()]+),([^,()]+)\)")


@dataclass(frozen=True, slots=True)
class Prior:
    """A distribution of one parameter, by its quantiles.

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

        Shares are in [0, 1]. Raises ValueError for a fixed parameter. Float64 of the same shape.
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
        return np.clip(values, self.low, self.high)

    @property
    def _steps(self) -> Floats:
        """Shares below the values of a sample."""
        return (np.arange(len(self.ordered)) + 0.5) / len(self.ordered)

    def __str__(self) -> str:
        if self.shape in ("fixed", "sample"):
            return self.shape
        return f"{self.shape}({self.a:g}, {self.b:g})"


ASSUMPTION = "ASSUMPTION"
FILE = Path(__file__).with_name("parameters.toml")
"""The declarations: of parameters, of mechanisms, and of what is tied to another."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of the model.

    - ``value``: default.
    - ``low``, ``high``: plausible range, and the bounds that are accepted.
    - ``prior``: what is held plausible inside the bounds; calibration starts from it.
    - ``source``: keys of the evidence table, or ``ASSUMPTION``.
    """

    name: str
    value: float
    low: float
    high: float
    prior: Prior
    unit: str
    source: str
    meaning: str


_declared = tomllib.loads(FILE.read_text("utf-8"))

PARAMETERS = {
    name: Parameter(name, value, low, high, Prior.of(prior, low, high), *words)
    for name, (value, low, high, prior, *words) in _declared["parameters"].items()
}
"""All parameters by name."""

MECHANISMS: dict[str, dict[str, float]] = _declared["mechanisms"]
"""Every mechanism that a scenario can switch off, as the values that make it do nothing."""
TIED: dict[str, tuple[str, float]] = {name: tuple(to) for name, to in _declared["tied"].items()}
"""Parameters that figures identify only together with another: where that is in doubt, they are
this many times as large."""
PARAMETER_DTYPE = np.dtype([(name, np.float64) for name in PARAMETERS])
"""One row is a complete set of parameters."""


def prior_of(name: str) -> str:
    """Return what is held plausible of a parameter, in words: its prior, or what it is tied to.

    >>> prior_of("b_identity"), prior_of("b_job")
    ('1 × b_job', 'uniform(0, 2.5)')
    """
    if name in TIED:
        base, ratio = TIED[name]
        return f"{ratio:g} × {base}"
    return str(PARAMETERS[name].prior)


def with_tied(columns: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return values of parameters with those that are tied to them, where these are not given.

    >>> float(with_tied({"b_job": np.array([2.0])})["b_identity"][0])
    2.0
    """
    tied = {
        name: np.clip(ratio * columns[base], PARAMETERS[name].low, PARAMETERS[name].high)
        for name, (base, ratio) in TIED.items()
        if base in columns and name not in columns
    }
    return {**columns, **tied}


def problems_of_parameter(name: str, value: float) -> tuple[str, str] | None:
    """Return what is wrong with a parameter's value and what would be right, or None."""
    if name not in PARAMETERS:
        return "is not a parameter", did_you_mean(name, list(PARAMETERS))
    parameter = PARAMETERS[name]
    if not parameter.low <= value <= parameter.high:
        low, high = typed(parameter.low), typed(parameter.high)
        return f"is {typed(value)}", f"{low} to {high} ({parameter.meaning})"
    return None


def parameter_rows(
    overrides: Mapping[str, float | Floats] | None = None, off: Iterable[str] = (), n: int = 1,
    base: NDArray[np.void] | None = None,
) -> NDArray[np.void]:  # fmt: skip
    """Return complete parameter sets: defaults, overridden, with mechanisms switched off.

    Structured array of ``PARAMETER_DTYPE``, shape (n,). Raises InputError for a name that does not
    exist and a value outside its range, all at once.

    - ``overrides``: values, or arrays of shape (n,), by name of parameter.
    - ``off``: names of ``MECHANISMS`` to switch off; they win over ``overrides``.
    - ``n``: number of sets.
    - ``base``, shape (n,): sets to start from in place of the defaults.

    >>> rows = parameter_rows({"b_trust": 2.0}, off=["norm"])
    >>> float(rows["b_trust"][0]), float(rows["b_norm"][0])
    (2.0, 0.0)
    """
    overrides = overrides or {}
    problems = [
        Problem("parameters", name, *wrong)
        for name, values in overrides.items()
        for value in np.atleast_1d(values)
        if (wrong := problems_of_parameter(name, float(value)))
    ]
    problems += [
        Problem("mechanisms", name, "is not a mechanism", did_you_mean(name, list(MECHANISMS)))
        for name in off
        if name not in MECHANISMS
    ]
    if problems:
        raise InputError(problems)
    rows = np.zeros(n, PARAMETER_DTYPE)
    for name, parameter in PARAMETERS.items():
        start = parameter.value if base is None else base[name]
        rows[name] = overrides.get(name, start)
    for mechanism in off:
        for name, neutral in MECHANISMS[mechanism].items():
            rows[name] = neutral
    return rows
