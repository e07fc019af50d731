"""The plain models: what was seen elsewhere, Bass, a threshold with errors, a logistic hazard.

Each is fitted by maximum likelihood to the person-periods of the groups it may see, and then
simulated forward in a group it has not seen, from the first period, without looking at it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from forecasting.data import Diffusion, Floats, Ints

__all__ = [
    "PLAIN",
    "Forecaster",
    "bass",
    "elsewhere",
    "logistic_hazard",
    "stratified",
    "threshold",
]

Hazard = Callable[[Floats, Floats, int], Floats]
_TINY = 1e-9


class Forecaster(Protocol):
    """A model that forecasts a group from others."""

    def __call__(self, data: Diffusion, seen: NDArray[np.bool_], n: int, seed: int, /) -> Ints:
        """Return simulated times of adoption of everybody, shape (n, n_people).

        ``seen`` marks the people whose times the model may be fitted to.
        """


def stratified(rng: np.random.Generator, size: int, n: int) -> Floats:
    """Return uniform numbers of which each row has one in every n-th of (0, 1).

    A row is a person (or a group), a column a simulated future. Each number is uniform, and
    columns are as independent persons have them; but the frequencies of a person over the
    futures have much less noise than independent draws would leave in them (Latin hypercube,
    McKay, Beckman & Conover 1979).

    Parameters
    ----------
    rng : numpy.random.Generator
    size, n : int

    Returns
    -------
    float64 array, shape (size, n)
    """
    cell = rng.permuted(np.tile(np.arange(n), (size, 1)), axis=1)
    result: Floats = (cell + rng.uniform(1e-9, 1 - 1e-9, (size, n))) / n
    return result


def _simulated(data: Diffusion, seen: NDArray[np.bool_], hazard: Hazard, n: int, seed: int) -> Ints:
    """Simulate everybody who is not seen from no adopters; return times, shape (n, n_people)."""
    rng = np.random.default_rng(seed)
    size = data.organisation.n_people
    who = ~seen if not seen.all() else seen
    times = np.full((size, n), data.periods + 1, np.int64)
    needed = -np.log1p(-stratified(rng, size, n))
    for period in range(1, data.periods + 1):
        adopted = (times < period).astype(float)
        chance = hazard(data.share(adopted, period), data.near(adopted, period), period)
        there = (who & data.present[:, period - 1])[:, None]
        needed += np.where(there, np.log1p(-np.minimum(chance, 1 - _TINY)), 0.0)
        times[(adopted == 0) & there & (needed <= 0)] = period
    return times.T


def _log_likelihood(hazard: Floats, adopts: NDArray[np.bool_]) -> float:
    chance = np.clip(hazard, _TINY, 1 - _TINY)
    return float(np.where(adopts, np.log(chance), np.log1p(-chance)).sum())


def elsewhere(data: Diffusion, seen: NDArray[np.bool_], n: int, seed: int, /) -> Ints:
    """Forecast that times are spread as in the groups seen: no model at all."""
    risk = (data.at_risk & seen[:, None]).sum(axis=0)
    cells_left = data.periods + 1 - np.arange(data.periods)  # half a count in each
    rate = ((data.adopts & seen[:, None]).sum(axis=0) + 0.5) / (risk + 0.5 * cells_left)

    def hazard(group: Floats, near: Floats, now: int) -> Floats:
        return np.full_like(group, rate[now - 1])

    return _simulated(data, seen, hazard, n, seed)


def bass(data: Diffusion, seen: NDArray[np.bool_], n: int, seed: int, /) -> Ints:
    """Forecast by the discrete Bass model of a group: hazard p + q · share of the group."""
    from scipy.optimize import minimize

    risk = data.at_risk & seen[:, None]
    share, adopts = data.group_share[risk], data.adopts[risk]

    def loss(x: Floats) -> float:
        return -_log_likelihood(np.exp(x[0]) + np.exp(x[1]) * share, adopts)

    fits = [
        minimize(loss, np.log([p, q]), method="Nelder-Mead", options={"maxiter": 2000})
        for p, q in ((0.03, 0.38), (0.005, 0.1))
    ]
    p, q = np.exp(min(fits, key=lambda fit: float(fit.fun)).x)
    return _simulated(
        data, seen, lambda group, near, period: np.minimum(p + q * group, 1.0), n, seed
    )


def threshold(data: Diffusion, seen: NDArray[np.bool_], n: int, seed: int, /) -> Ints:
    """Forecast by one threshold on the share of adopting contacts, with errors both ways."""
    risk = data.at_risk & seen[:, None]
    near, adopts = data.exposure[risk], data.adopts[risk]
    best = (-np.inf, 0.0, 0.0, 0.0)
    for cut in np.unique(np.concatenate((np.linspace(0.02, 1, 50), [1 / 3, 2 / 3]))):
        over = near >= cut - 1e-12
        below = (adopts[~over].sum() + 0.5) / ((~over).sum() + 1.0)
        above = (adopts[over].sum() + 0.5) / (over.sum() + 1.0)
        fit = _log_likelihood(np.where(over, above, below), adopts)
        if fit > best[0]:
            best = (fit, float(cut), float(below), float(above))
    _, cut, below, above = best
    return _simulated(
        data, seen, lambda group, near, period: np.where(near >= cut - 1e-12, above, below), n, seed
    )


def logistic_hazard(data: Diffusion, seen: NDArray[np.bool_], n: int, seed: int, /) -> Ints:
    """Forecast by a logistic hazard on adopting contacts, the group's share, and time."""
    from scipy.optimize import minimize
    from scipy.special import expit

    def terms(group: Floats, near: Floats, period: Floats | int) -> Floats:
        time = np.broadcast_to(np.asarray(period, float) / data.periods, group.shape)
        return np.stack([np.ones_like(group), near, group, time, time**2], axis=-1)

    risk = data.at_risk & seen[:, None]
    period = np.broadcast_to(np.arange(1, data.periods + 1), risk.shape)
    x = terms(data.group_share[risk], data.exposure[risk], period[risk].astype(float))
    y = data.adopts[risk].astype(float)

    def loss(b: Floats) -> tuple[float, Floats]:
        chance = np.clip(expit(x @ b), _TINY, 1 - _TINY)
        ridge = 1e-2 * b[1:] @ b[1:]
        slope = x.T @ (chance - y)
        slope[1:] += 2e-2 * b[1:]
        value = -float((y * np.log(chance) + (1 - y) * np.log1p(-chance)).sum()) + float(ridge)
        return value, slope

    fit = minimize(loss, np.array([-3.0, 0, 0, 0, 0]), jac=True, method="BFGS")
    coefficients: Floats = fit.x
    return _simulated(
        data, seen, lambda group, near, now: expit(terms(group, near, now) @ coefficients), n, seed
    )


PLAIN: dict[str, Forecaster] = {
    "as elsewhere": elsewhere,
    "Bass": bass,
    "threshold": threshold,
    "logistic hazard": logistic_hazard,
}
"""The plain models by name."""
