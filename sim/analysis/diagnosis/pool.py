"""Parameter sets and replicates of a firm, weighed by what is known of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.analysis.calibration.smc import next_temperature
from sim.analysis.diagnosis.contrasts import Contrast, contrasts_of, level_of_persons
from sim.analysis.diagnosis.known import STARTS, Known
from sim.analysis.firm.kernel import Weighed, weigh
from sim.analysis.firm.simulated import points, recorded
from sim.case import Case, Record, Records, overlay, run_cases
from sim.parameters import PARAMETERS
from sim.posterior import more_sets
from sim.randomness import replicate_seeds

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from sim.organisation.organisation import Organisation

__all__ = ["FIRM_SPREAD", "Pool", "pool_of"]

Floats = NDArray[np.float64]

FIRM_SPREAD = 0.6
"""How far a firm's median answers are from other firms', in logits; an ASSUMPTION."""

REPLICATES = 4
"""Runs of each parameter set: chance is told from how they differ."""

MOST_SETS, LEAST_SETS = 1152, 144
PERSON_WEEKS = 400_000_000
"""People times weeks that are simulated, in all runs together."""

EFFECTIVE = 0.1
"""Share of the sets that count at least."""

CHUNK = 200_000_000
"""Bytes of persons' weeks that are held at a time."""


@dataclass(frozen=True, eq=False)
class Pool:
    """Parameter sets and replicates, and how much each counts.

    Parameters
    ----------
    parameters : structured array of ``PARAMETER_DTYPE``, shape (n_sets,)
    seeds : uint64 array, shape (n_sets, n_replicates)
    drivers : float64 array, shape (n_sets, n_replicates, n_teams, len(DRIVERS))
        What holds each team back in the week that is asked about.
    weighed : Weighed or None
        By measured use; None where none was measured: all count the same.
    contrasts : tuple of str
        What persons' use was compared by.
    """

    parameters: NDArray[np.void]
    seeds: NDArray[np.uint64]
    drivers: Floats
    weighed: Weighed | None
    contrasts: tuple[str, ...] = ()

    @cached_property
    def weights(self) -> Floats:
        """Weights of replicates, shape (n_sets, n_replicates); they sum to 1.

        Where a few sets would count for all, likelihoods are taken to a power below 1, so that
        ``EFFECTIVE`` of the sets count: what few sets tell by chance is not taken for knowledge.
        """
        if self.weighed is None:
            return np.full(self.seeds.shape, 1 / self.seeds.size)
        of_sets = np.maximum(self.weighed.of_sets, 1e-300)
        logs = np.log(of_sets)
        power = next_temperature(logs, 0.0, EFFECTIVE * len(logs))
        flat = np.exp(power * (logs - logs.max()))
        inside = self.weighed.weights / of_sets[:, None]
        inside = np.where(of_sets[:, None] > 1e-290, inside, 1 / inside.shape[1])
        weights: Floats = (flat / flat.sum())[:, None] * inside
        weights /= weights.sum()
        return weights

    @property
    def effective(self) -> float:
        """Effective sample size of the weights, in sets."""
        return float(1 / (self.weights.sum(axis=1) ** 2).sum())

    def adjusted(self, values: Floats) -> Floats:
        """Return values of every replicate, had each had the firm's own chance."""
        return values if self.weighed is None else self.weighed.adjusted(values)

    def drawn(self, n: int, seed: int) -> tuple[NDArray[np.void], NDArray[np.uint64]]:
        """Return n replicates drawn by weight: parameter sets (n,) and seeds (n, 1)."""
        rng = np.random.default_rng([seed, 5])
        marks = (rng.random() + np.arange(n)) / n
        flat = np.searchsorted(np.cumsum(self.weights), marks)
        sets, which = np.divmod(np.minimum(flat, self.weights.size - 1), self.seeds.shape[1])
        return self.parameters[sets], self.seeds[sets, which][:, None]


def pool_of(
    known: Known, rows: NDArray[np.void], *, seed: int = 0, threads: int | None = None
) -> Pool:
    """Simulate a firm under parameter sets, and weigh them by what was measured.

    Parameters
    ----------
    known : Known
    rows : structured array of ``PARAMETER_DTYPE``
        What is known of parameters beforehand. The medians of start values are moved: to what
        was answered here, or about as far as firms differ (``FIRM_SPREAD``).
    """
    organisation, weeks = known.organisation, known.week
    n_sets = PERSON_WEEKS // (REPLICATES * weeks * organisation.n_people)
    n_sets = int(np.clip(n_sets, LEAST_SETS, MOST_SETS))
    parameters = overlay(known.scenario, _with_medians(rows, known, n_sets, seed))
    case = Case.of(known.scenario, organisation, weeks, parameters=parameters)
    seeds = replicate_seeds(seed, REPLICATES, sets=n_sets)
    told = _Measured(known)
    size = n_sets
    if told.contrasts:
        size = max(1, CHUNK // (REPLICATES * weeks * organisation.n_people * 13))
    drivers, said = [], []
    for low in range(0, n_sets, size):
        some = slice(low, low + size)
        one = replace(case, parameters=parameters[some])
        records = run_cases([one], seeds[some], record=told.record, threads=threads)
        drivers.append(records.drivers[0, :, :, -1].astype(np.float64))
        said.append(told.of(records))
    weighed = None
    if told.observed is not None:
        weighed = weigh(told.observed, np.concatenate(said))
    names = tuple(one.name for one in told.contrasts)
    return Pool(parameters, seeds, np.concatenate(drivers), weighed, names)


def _with_medians(rows: NDArray[np.void], known: Known, n: int, seed: int) -> NDArray[np.void]:
    """Return n parameter sets with medians of start values for this firm."""
    rng = np.random.default_rng([seed, 9])
    found: NDArray[np.void] = np.resize(more_sets(rows, n, seed), n)
    for start, name in STARTS.items():
        z = rng.normal(size=n)
        answers = (known.answers or {}).get(start)
        middle, spread = found[name], np.full(n, FIRM_SPREAD)
        if answers is not None:
            middle = np.full(n, answers.median)
            spread = found["start_spread"] / np.sqrt(answers.people)
        ends = PARAMETERS[name].low + 0.02, PARAMETERS[name].high - 0.02
        middle = np.clip(middle, *ends)
        logit = np.log(middle / (1 - middle)) + spread * z
        found[name] = np.clip(1 / (1 + np.exp(-logit)), *ends)
    return found


class _Measured:
    """What was measured, and the same of simulated runs."""

    def __init__(self, known: Known) -> None:
        self.known, self.observed = known, known.observed
        self.contrasts = list[Contrast]()
        self.record = Record(drivers=True)
        if self.observed is None:
            return
        curves = self.observed
        self.curves = curves
        self.record = recorded(curves.by, curves.outcomes, drivers=True)
        persons = known.persons
        if persons is None:
            return
        self.there: NDArray[np.bool_] = np.asarray(persons.known.any(axis=0))
        self.contrasts = contrasts_of(known, self.there)
        if self.contrasts:
            self.record = replace(self.record, people=True)
            self.listen = _listening(known.organisation)
            at = self._contrasts(level_of_persons(persons.used, persons.known))
            more = len(at)
            self.observed = replace(
                curves,
                outcomes=(*curves.outcomes, *(f"contrast {one.name}" for one in self.contrasts)),
                weeks=np.append(curves.weeks, np.full(more, curves.week)),
                values=np.append(curves.values, at),
                people=np.append(curves.people, np.full(more, np.inf)),
                groups=(*curves.groups, *[""] * more) if curves.by else (),
            )

    def of(self, records: Records) -> Floats:
        """Return what replicates say at every measured value."""
        if self.observed is None:
            return np.empty((*records.weekly.shape[1:3], 0))
        found = points(records, self.known.organisation, self.curves)
        if not self.contrasts:
            return found
        assert records.people is not None
        assert self.known.persons is not None
        mask = self.known.persons.known
        used = records.people[0, :, :, : len(mask), :, 0] > 0
        more = self._contrasts(level_of_persons(used, mask[: used.shape[2]]))
        return np.concatenate([found, more], axis=-1)

    def _contrasts(self, level: Floats) -> Floats:
        """Return contrasts as shares about one half; shape (..., n_contrasts)."""
        flat = level.reshape(-1, level.shape[-1])
        heard = (self.listen @ flat.T).T.reshape(level.shape)
        found = [one.of(level, heard, self.there) for one in self.contrasts]
        result: Floats = np.clip(0.5 + np.stack(found, axis=-1), 0.02, 0.98)
        return result


def _listening(organisation: Organisation) -> csr_array:
    """Return who listens to whom: rows sum to 1."""
    from scipy.sparse import csr_array

    ties, n = organisation.ties, organisation.n_people
    return csr_array((ties.weight.astype(np.float64), ties.target, ties.start), shape=(n, n))
