"""The plain model inside Uptake as a forecaster: ``decision: hazard`` in closed form.

For a person i of group g, with frailty z, standing c, and S and E the shares of adopters in the
group and among those i listens to (rates a period)::

    λ_i(t) = z_i · exp(b·c_i) · exp(x_g(t) + γ(t/H - 1/2) + d_t) · (p + q·S_g(t-1) + w·E_i(t-1))
    chance = 1 - exp(-λ_i(t))

Groups are pooled in part: each has an effect x of its own, whose spread is learned from the groups
seen; a group that is forecast draws its own from that spread, or is conditioned on what was
observed in it so far.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp, ndtri

from forecasting.data import Diffusion, Floats, Ints
from forecasting.filtering import filtered
from forecasting.fitting import draws, fit_all
from forecasting.plain import stratified
from forecasting.terms import Terms, Values, table_of

__all__ = ["HazardForecaster", "StepAhead", "simulate_hazard"]


@dataclass(frozen=True)
class StepAhead:
    """Forecasts of one period ahead in groups held out, conditioned on what was observed.

    Parameters
    ----------
    person : float64 array, shape (n_people,)
        Log score of each person: the sum over periods of the log chance of what he or she did,
        given all that was observed in the group before; NaN for those not forecast.
    joint : float64 array, shape (n_groups,)
        Log chance of all that happened in a group, all persons of a period at once.
    """

    person: Floats
    joint: Floats


def simulate_hazard(data: Diffusion, sets: list[Values], who: NDArray[np.bool_], seed: int) -> Ints:
    """Simulate whole futures from no adopters; a set and a group effect of its own each.

    A person begins when the cumulative hazard reaches what he or she needs (Sellke 1983; the
    trait is in it, as in ``sim.rules.exposure_needed``).

    Parameters
    ----------
    data : Diffusion
    sets : list of Values
        A set a future.
    who : bool array, shape (n_people,)
        Who is simulated; whole groups.
    seed : int

    Returns
    -------
    int64 array, shape (n_sets, n_people)
        ``periods + 1`` for never, and for those not simulated.
    """
    rng = np.random.default_rng(seed)
    n, size, groups = len(sets), len(data.time), data.n_groups

    def of(name: str) -> Floats:
        return np.array([getattr(one, name) for one in sets])

    theta, sigma, memory = of("frailty"), of("sigma"), of("memory")
    log_odds = -np.log1p(-stratified(rng, size, n))
    small = np.maximum(theta, 1e-9)
    needed = np.where(theta > 1e-6, np.expm1(small * log_odds) / small, log_odds)
    needed *= np.exp(-data.standing[:, None] * of("standing"))
    effect = sigma * ndtri(stratified(rng, groups, n))
    drive = of("drive")
    times = np.full((size, n), data.periods + 1, np.int64)
    for period in range(1, data.periods + 1):
        if period > 1:
            fresh = sigma * ndtri(stratified(rng, groups, n))
            effect = memory * effect + np.sqrt(1 - memory**2) * fresh
        adopted = (times < period).astype(float)
        rate = of("alone") + of("team") * data.share(adopted, period)
        rate += of("ties") * data.near(adopted, period)
        pull = effect[data.group] + of("trend") * (period / data.periods - 0.5)
        hazard = rate * np.exp(np.clip(pull + drive[:, period - 1], -50, 50))
        there = (who & data.present[:, period - 1])[:, None]
        needed -= np.where(there, hazard, 0.0)
        times[(adopted == 0) & there & (needed <= 0)] = period
    return times.T


@dataclass(eq=False)
class HazardForecaster:
    """The hazard, fitted to the groups seen.

    Parameters
    ----------
    terms : Terms
    sets : int
        Parameter sets drawn from the posterior.
    seed : int
        Of the draws; forecasts have their own.
    """

    terms: Terms = field(default_factory=Terms)
    sets: int = 200
    seed: int = 0
    _fitted: dict[tuple[Diffusion, bytes], list[Values]] = field(default_factory=dict, repr=False)

    def __call__(self, data: Diffusion, seen: NDArray[np.bool_], n: int, seed: int, /) -> Ints:
        """Return simulated times of everybody not seen, shape (n, n_people)."""
        sets = self.fitted(data, seen)
        each = [sets[k % len(sets)] for k in range(n)]
        who = ~seen if not seen.all() else seen
        return simulate_hazard(data, each, who, seed)

    def fitted(self, data: Diffusion, seen: NDArray[np.bool_]) -> list[Values]:
        """Return parameter sets that stand for what the groups seen say.

        Parameters
        ----------
        data : Diffusion
        seen : bool array, shape (n_people,)
            Whole groups.
        """
        key = data, seen.tobytes()
        if key not in self._fitted:
            table = table_of(data, seen)
            fits = fit_all(data, table, self.terms)
            rng = np.random.default_rng(self.seed)
            self._fitted[key] = draws(fits, table, self.sets, rng)
        return self._fitted[key]

    def step_ahead(self, data: Diffusion, seen: NDArray[np.bool_]) -> StepAhead:
        """Forecast each group that is not seen a period ahead, again and again.

        The group's effect is filtered, and parameter sets count by how well they have
        forecast the group so far: exact conditioning within the sets drawn.

        Parameters
        ----------
        data : Diffusion
        seen : bool array, shape (n_people,)

        Returns
        -------
        StepAhead
        """
        sets = self.fitted(data, seen)
        person = np.full(len(data.time), np.nan)
        joint = np.full(data.n_groups, np.nan)
        for group in np.unique(data.group[~seen]):
            who = data.group == group
            table = table_of(data, who)
            found = [filtered(table, values, chances=True) for values in sets]
            by_set = np.stack([one.joint[0] for one in found])
            past = np.cumsum(by_set, axis=1) - by_set
            weight = np.exp(past - logsumexp(past, axis=0))
            chance = np.einsum("st,snt->nt", weight, np.stack([one.chance for one in found]))
            chance = np.clip(chance, 1e-12, 1 - 1e-12)
            said = np.where(table.adopts, np.log(chance), np.log1p(-chance))
            person[who] = (said * table.risk).sum(axis=1)
            joint[group] = logsumexp(by_set.sum(axis=1)) - np.log(len(sets))
        return StepAhead(person, joint)
