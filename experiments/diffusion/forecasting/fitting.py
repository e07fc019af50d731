"""Fitting the hazard: the mode of the posterior, doubt around it, and sets that stand for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import minimize
from scipy.special import logsumexp

from forecasting.data import Diffusion, Floats
from forecasting.filtering import filtered, log_likelihood
from forecasting.terms import Layout, Table, Terms, Values

__all__ = ["SHOCKS", "Fit", "draws", "fit_all"]

SHOCKS: Final = (0.0, 0.3, 0.9)
"""Sds of the common shocks that are tried; each counts by its evidence, 0 among them."""

_STEP = 1e-4


@dataclass(frozen=True, eq=False)
class Fit:
    """The hazard fitted at one sd of the common shocks.

    Parameters
    ----------
    layout : Layout
    mode : float64 array, shape (layout.size,)
    root : float64 array, shape (layout.size, layout.size)
        A square root of the covariance around the mode.
    evidence : float
        Log evidence, by Laplace's approximation.
    """

    layout: Layout
    mode: Floats
    root: Floats
    evidence: float


def _loss(x: Floats, table: Table, layout: Layout) -> tuple[float, Floats]:
    """Return minus the log posterior (up to a constant), and its slope."""
    centre, sd = layout.prior()
    away = (x - centre) / sd
    value, slope = log_likelihood(table, layout, x)
    return -value + 0.5 * float(away @ away), -slope + away / sd


def _fit(table: Table, layout: Layout) -> Fit:
    centre, sd = layout.prior()
    found = minimize(
        _loss, centre, (table, layout), jac=True, method="L-BFGS-B", options={"maxiter": 300}
    )
    mode: Floats = found.x
    here = _loss(mode, table, layout)[1]
    curvature = np.empty((layout.size, layout.size))
    for k in range(layout.size):
        step = np.zeros(layout.size)
        step[k] = _STEP * sd[k]
        curvature[k] = (_loss(mode + step, table, layout)[1] - here) / step[k]
    values, vectors = np.linalg.eigh((curvature + curvature.T) / 2 * np.outer(sd, sd))
    values = np.maximum(values, 0.1)  # in prior sds; never much wider than the prior
    root = sd[:, None] * vectors / np.sqrt(values)
    evidence = -float(found.fun) - 0.5 * float(np.log(values).sum())
    return Fit(layout, mode, root, evidence)


def fit_all(data: Diffusion, table: Table, terms: Terms) -> list[Fit]:
    """Fit the hazard to the groups of a table, at each sd of the common shocks.

    Parameters
    ----------
    data : Diffusion
    table : Table
        Of the groups seen.
    terms : Terms

    Returns
    -------
    list of Fit
    """
    series = len(data.series) if terms.series else 0
    tried = SHOCKS if terms.shocks and len(table.start) > 1 else (0.0,)
    return [_fit(table, Layout(terms, table.periods, series, shock)) for shock in tried]


def draws(fits: list[Fit], table: Table, n: int, rng: np.random.Generator) -> list[Values]:
    """Return parameter sets drawn from the posterior.

    From the normal approximation around each mode, by evidence; then drawn again by how
    much more likely each is than that approximation has it (weights capped at the mean times
    the root of their number, Ionides 2008), since rates that no data support have long tails.

    Parameters
    ----------
    fits : list of Fit
    table : Table
        The groups seen.
    n : int
    rng : numpy.random.Generator

    Returns
    -------
    list of Values
    """
    evidence = np.array([fit.evidence for fit in fits])
    share = np.exp(evidence - logsumexp(evidence))
    sets: list[Values] = []
    weight: list[float] = []
    for which in np.sort(rng.choice(len(fits), n, p=share)):
        fit = fits[which]
        z = rng.standard_normal(fit.layout.size)
        x = fit.mode + fit.root @ z
        centre, sd = fit.layout.prior()
        away = (x - centre) / sd
        values = fit.layout.values(x, table.series)
        fits_data = float(filtered(table, values).joint.sum())
        log_root = float(np.linalg.slogdet(fit.root / sd[:, None])[1])
        weight.append(fits_data - 0.5 * away @ away + 0.5 * z @ z + log_root - fit.evidence)
        sets.append(values)
    raw = np.exp(np.array(weight) - max(weight))
    raw = np.minimum(raw, raw.mean() * np.sqrt(n))
    return [sets[k] for k in rng.choice(n, n, p=raw / raw.sum())]
