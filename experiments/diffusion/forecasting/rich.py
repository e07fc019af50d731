"""Uptake itself as a forecaster of who adopts when.

Everybody has access from the first week, nothing else happens; a person adopts with the first
use. A pool of parameter sets is simulated once, for all groups; a held-out group is
forecast by the sets under which the groups seen score best. The rich model knows neither late
entry nor leaving, nor outside series: everybody is there from the start.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from forecasting.data import Diffusion, Ints, shuffled
from forecasting.score import log_scores
from sim.case import Case, Record, run_cases
from sim.outcomes import PERSON_RECORD
from sim.parameters import parameter_rows
from sim.randomness import replicate_seeds
from sim.scenario import loads
from sim.state import Flag

__all__ = ["FITTED", "SCALES", "TAKE_UP", "UptakeForecaster"]

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
"""Parameters of the daily choice, and where they are looked for."""

TAKE_UP: dict[str, tuple[float, float]] = {
    "takeup_alone": (0.002, 0.2),
    "takeup_team": (0.005, 1.0),
    "takeup_ties": (0.005, 1.0),
    "takeup_standing": (0.0, 0.8),
    "takeup_frailty": (0.0, 1.2),
    "takeup_sigma_team": (0.0, 1.2),
    "takeup_memory": (0.5, 1.0),
    "takeup_trend": (-4.0, 4.0),
    "takeup_appeal": (0.0, 0.8),
    "b_0": (-3.0, 2.0),
    "openness": (0.2, 1.0),
}
"""Parameters of the hazard of beginning, as the rich model carries them, and of use after it."""

SCALES = (1, 2, 4)
"""Weeks that a period of the data may stand for."""

Scores = NDArray[np.float64]
Pool = tuple[NDArray[np.void], Scores]

_PARENTS = 12
_LOGS = {"takeup_alone", "takeup_team", "takeup_ties"}
_OFF = {"b_own_0": -40.0, "prompt_access": 0.0, "takeup_forget": 0.0, "takeup_sigma_firm": 0.0}
_FLAGS = next(i for i, v in enumerate(PERSON_RECORD) if v.name == "flags")
_PLAN = '{"timeline": [{"access": {"start": 1}}]}'


@dataclass(eq=False)
class UptakeForecaster:
    """Uptake, fitted by choice from a pool of parameter sets.

    Parameters
    ----------
    first, more, rounds : int
        Sets drawn evenly (Sobol); then, for each group held out, rounds of further sets
        near the best so far for those seen.
    kept : int
        How many sets, with their time scales, are averaged in a forecast.
    replicates : int
        Replicates a set in the pool; forecasts use new ones.
    seed : int
    threads : int, optional
    fitted : dict of str to (float, float)
        Parameters fitted and where they are looked for; all others have their defaults, own
        tools, prompts and forgetting are off.
    scales : tuple of int
        Weeks that a period of the data may stand for.
    """

    first: int = 256
    more: int = 48
    rounds: int = 2
    kept: int = 8
    replicates: int = 12
    seed: int = 0
    threads: int | None = None
    fitted: Mapping[str, tuple[float, float]] = field(default_factory=lambda: FITTED)
    scales: tuple[int, ...] = SCALES
    _firsts: dict[Diffusion, Pool] = field(default_factory=dict, repr=False)
    _pools: dict[tuple[Diffusion, bytes], Pool] = field(default_factory=dict, repr=False)

    def __call__(self, data: Diffusion, seen: NDArray[np.bool_], n: int, seed: int, /) -> Ints:
        """Return simulated times, shape (n, n_people), from the sets that fit those seen best."""
        return self._forecast(data, data, seen, n, seed)

    def on_shuffled_ties(
        self, data: Diffusion, seen: NDArray[np.bool_], n: int, seed: int, /
    ) -> Ints:
        """Forecast by the same sets where people of a group have swapped places in the ties."""
        return self._forecast(data, shuffled(data), seen, n, seed)

    def _forecast(
        self, data: Diffusion, simulated: Diffusion, seen: NDArray[np.bool_], n: int, seed: int
    ) -> Ints:
        rows, scores = self._pool(data, seen)
        each = -(-n // self.kept)
        times = [
            self._times(simulated, rows[k : k + 1], each, seed + 1 + j)[self.scales[scale]]
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
        rows, scores = self._pool(data, seen)
        return [
            {
                **{name: float(rows[name][k]) for name in self.fitted},
                "weeks": float(self.scales[scale]),
            }
            for k, scale in self._best(scores, seen)
        ]

    def _times(
        self, data: Diffusion, rows: NDArray[np.void], replicates: int, seed: int
    ) -> dict[int, Ints]:
        """Return times of adoption by weeks a period, each of shape (replicates, n_people).

        Sets that are scored share their seeds, so that chance does not choose between them.
        """
        weeks = data.periods * max(self.scales)
        scenario = loads(_PLAN)
        records = run_cases(
            [Case.of(scenario, data.organisation, weeks, parameters=rows)],
            replicate_seeds(seed, replicates),
            record=Record(people=True, drivers=False),
            threads=self.threads,
        )
        assert records.people is not None
        used = records.people[0, 0, :, :, :, _FLAGS] & int(Flag.ACTIVATED) > 0
        first = np.where(used.any(axis=1), used.argmax(axis=1), weeks)
        never = data.periods + 1
        return {
            scale: np.where(first < data.periods * scale, first // scale + 1, never)
            for scale in self.scales
        }

    def _scored(self, data: Diffusion, rows: NDArray[np.void]) -> Scores:
        """Return each person's log score under each set and scale; shape (P, scales, people)."""
        result = np.empty((len(rows), len(self.scales), data.organisation.n_people))
        members = [np.flatnonzero(data.group == g) for g in range(data.n_groups)]
        for k in range(len(rows)):
            times = self._times(data, rows[k : k + 1], self.replicates, self.seed)
            for s, scale in enumerate(self.scales):
                for rows_of in members:
                    result[k, s, rows_of] = log_scores(
                        times[scale][:, rows_of], data.time[rows_of], data.periods
                    )
        return result

    def _pool(self, data: Diffusion, seen: NDArray[np.bool_]) -> Pool:
        """Return parameter sets and everybody's scores under them.

        The first sets are simulated once a data set; further ones are drawn near those that
        are best for the people seen, so that nothing of a group held out is in the search.
        """
        key = data, seen.tobytes()
        if key in self._pools:
            return self._pools[key]
        from scipy.stats import qmc

        rng = np.random.default_rng(self.seed)
        unit = qmc.Sobol(len(self.fitted), seed=self.seed).random(self.first)
        if data not in self._firsts:
            first = self._rows(unit, data)
            self._firsts[data] = first, self._scored(data, first)
        rows, scores = self._firsts[data]
        for k in range(self.rounds):
            best = np.argsort(-scores[:, :, seen].sum(axis=2).max(axis=1))[:_PARENTS]
            parents = unit[rng.choice(best, self.more)]
            moved = np.clip(parents + rng.normal(0, 0.12 / 1.5**k, parents.shape), 0, 1)
            further = self._rows(moved, data)
            unit, rows = np.concatenate((unit, moved)), np.concatenate((rows, further))
            scores = np.concatenate((scores, self._scored(data, further)))
        self._pools[key] = rows, scores
        return rows, scores

    def _rows(self, unit: NDArray[np.float64], data: Diffusion) -> NDArray[np.void]:
        columns = {}
        for at, (name, (low, high)) in zip(unit.T, self.fitted.items(), strict=True):
            if name in _LOGS:
                columns[name] = low * (high / low) ** at
            else:
                columns[name] = low + at * (high - low)
        span = float(data.periods * max(self.scales))
        return parameter_rows({**_OFF, "takeup_span": span, **columns}, n=len(unit))
