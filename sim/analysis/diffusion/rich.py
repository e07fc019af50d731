"""Uptake itself as a forecaster of who adopts when.

Everybody has access from the first week, nothing else happens; a person adopts with the first
use. A pool of parameter sets is lived through once, for all groups; a held-out group is
forecast by the sets under which the groups seen score best.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from sim.analysis.diffusion.data import Diffusion, Ints
from sim.analysis.diffusion.score import log_scores
from sim.engine.compiled import Programme, Record, simulate
from sim.outcomes import PERSON_RECORD
from sim.parameters import parameter_rows
from sim.randomness import replicate_seeds
from sim.scenario import loads
from sim.state import Flag

__all__ = ["FITTED", "SCALES", "UptakeForecaster"]

FITTED: dict[str, tuple[float, float]] = {
    "b_0": (-8.0, 0.0),
    "b_norm": (0.0, 8.0),
    "openness": (0.0, 1.0),
    "b_expect": (0.0, 6.0),
    "usefulness_start": (0.1, 0.9),
    "hearsay_rate": (0.0, 0.6),
    "b_novelty": (0.0, 3.0),
    "novelty_fade": (0.02, 1.0),
    "b_able": (0.0, 8.0),
    "benefit_half": (0.01, 0.4),
    "sigma_person": (0.0, 2.5),
    "sigma_team": (0.0, 1.5),
}
"""Parameters fitted and where they are looked for; all others have their defaults."""

SCALES = (1, 2, 4)
"""Weeks that a period of the data may stand for."""

Scores = NDArray[np.float64]
Pool = tuple[NDArray[np.void], Scores]

_FLAGS = next(i for i, v in enumerate(PERSON_RECORD) if v.name == "flags")
_PLAN = '{"timeline": [{"access": {"start": 1}}]}'


@dataclass(eq=False)
class UptakeForecaster:
    """Uptake, fitted by choice from a pool of parameter sets.

    Parameters
    ----------
    first, more, rounds : int
        Sets drawn evenly (Sobol); then so many rounds of further sets near the best so far.
    kept : int
        How many sets, with their time scales, are averaged in a forecast.
    replicates : int
        Worlds a set in the pool; forecasts use new ones.
    seed : int
    threads : int, optional
    """

    first: int = 256
    more: int = 192
    rounds: int = 4
    kept: int = 8
    replicates: int = 12
    seed: int = 0
    threads: int | None = None
    _pools: dict[int, Pool] = field(default_factory=dict, repr=False)

    def __call__(self, data: Diffusion, seen: NDArray[np.bool_], n: int, seed: int, /) -> Ints:
        """Return simulated times, shape (n, n_people), from the sets that fit those seen best."""
        return self._forecast(data, data, seen, n, seed)

    def on_shuffled_ties(
        self, data: Diffusion, seen: NDArray[np.bool_], n: int, seed: int, /
    ) -> Ints:
        """Forecast by the same sets where people of a group have swapped places in the ties."""
        luck = np.random.default_rng(7)
        swapped = np.arange(len(data.time))
        for group in range(data.n_groups):
            members = np.flatnonzero(data.group == group)
            swapped[members] = luck.permutation(members)
        ties = data.organisation.ties
        target = swapped[ties.target].astype(ties.target.dtype)
        other = replace(data.organisation, ties=replace(ties, target=target))
        return self._forecast(data, replace(data, organisation=other), seen, n, seed)

    def _forecast(
        self, data: Diffusion, lived: Diffusion, seen: NDArray[np.bool_], n: int, seed: int
    ) -> Ints:
        rows, scores = self._pool(data)
        each = -(-n // self.kept)
        times = [
            self._times(lived, rows[k : k + 1], each, seed + 1 + j)[SCALES[scale]]
            for j, (k, scale) in enumerate(self._best(scores, seen))
        ]
        return np.concatenate(times)[:n]

    def _best(self, scores: Scores, seen: NDArray[np.bool_]) -> list[tuple[int, int]]:
        """Return set and scale of the best for those seen."""
        fit = scores[:, :, seen].sum(axis=2)
        best = np.argsort(-fit, axis=None)[: self.kept]
        return [(int(k), int(s)) for k, s in zip(*np.unravel_index(best, fit.shape), strict=True)]

    def chosen(self, data: Diffusion, seen: NDArray[np.bool_]) -> list[dict[str, float]]:
        """Return the fitted parameters and weeks a period of the sets that forecast."""
        rows, scores = self._pool(data)
        return [
            {**{name: float(rows[name][k]) for name in FITTED}, "weeks": float(SCALES[scale])}
            for k, scale in self._best(scores, seen)
        ]

    def _times(
        self, data: Diffusion, rows: NDArray[np.void], replicates: int, seed: int
    ) -> dict[int, Ints]:
        """Return times of adoption by weeks a period, each of shape (replicates, n_people).

        Sets that are scored share their seeds, so that chance does not choose between them.
        """
        weeks = data.periods * max(SCALES)
        scenario = loads(_PLAN)
        programme = replace(Programme.of(scenario, data.organisation, weeks), parameters=rows)
        records = simulate(
            data.organisation,
            [programme],
            replicate_seeds(seed, replicates),
            weeks,
            record=Record(people=True, drivers=False),
            threads=self.threads,
        )
        assert records.people is not None
        used = records.people[0, 0, :, :, :, _FLAGS] & int(Flag.ACTIVATED) > 0
        first = np.where(used.any(axis=1), used.argmax(axis=1), weeks)
        never = data.periods + 1
        return {
            scale: np.where(first < data.periods * scale, first // scale + 1, never)
            for scale in SCALES
        }

    def _scored(self, data: Diffusion, rows: NDArray[np.void]) -> Scores:
        """Return each person's log score under each set and scale; shape (P, scales, people)."""
        result = np.empty((len(rows), len(SCALES), data.organisation.n_people))
        members = [np.flatnonzero(data.group == g) for g in range(data.n_groups)]
        for k in range(len(rows)):
            times = self._times(data, rows[k : k + 1], self.replicates, self.seed)
            for s, scale in enumerate(SCALES):
                for rows_of in members:
                    result[k, s, rows_of] = log_scores(
                        times[scale][:, rows_of], data.time[rows_of], data.periods
                    )
        return result

    def _pool(self, data: Diffusion) -> Pool:
        """Return parameter sets and everybody's scores under them; lived once a data set.

        New sets are drawn near those that are best for some held-out group: only their
        choice, by the groups seen, is fitting.
        """
        if id(data) in self._pools:
            return self._pools[id(data)]
        from scipy.stats import qmc

        luck = np.random.default_rng(self.seed)
        unit = qmc.Sobol(len(FITTED), seed=self.seed).random(self.first)
        rows = self._rows(unit)
        scores = self._scored(data, rows)
        for k in range(self.rounds):
            parents = unit[luck.choice(self._promising(data, scores), self.more)]
            moved = np.clip(parents + luck.normal(0, 0.12 / 1.5**k, parents.shape), 0, 1)
            further = self._rows(moved)
            unit, rows = np.concatenate((unit, moved)), np.concatenate((rows, further))
            scores = np.concatenate((scores, self._scored(data, further)))
        self._pools[id(data)] = rows, scores
        return rows, scores

    @staticmethod
    def _promising(data: Diffusion, scores: Scores) -> NDArray[np.int64]:
        """Return the twelve best sets of each held-out group, by the groups seen."""
        fits = [scores[:, :, data.group != g].sum(axis=2).max(axis=1) for g in range(data.n_groups)]
        return np.concatenate([np.argsort(-fit)[:12] for fit in fits])

    @staticmethod
    def _rows(unit: NDArray[np.float64]) -> NDArray[np.void]:
        low, high = (np.array([ends[k] for ends in FITTED.values()]) for k in (0, 1))
        values = low + unit * (high - low)
        columns = dict(zip(FITTED, values.T, strict=True))
        return parameter_rows({**columns, "b_own_0": -40.0}, n=len(values))
