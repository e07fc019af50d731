"""Parameter sets and replicates of a firm, weighed by what is known of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim.analysis.diagnosis.known import STARTS, Known
from sim.analysis.diagnosis.slopes import RegressionWeights, Slopes
from sim.analysis.firm.kernel import DISCREPANCY, Place, Weighed, alike, angle, sampling, weigh
from sim.analysis.firm.observed import points, recorded
from sim.arrays import Floats
from sim.case import Case, Record, Records, overlay, run_cases
from sim.parameters import PARAMETERS, with_tied
from sim.posterior import more_sets
from sim.randomness import replicate_seeds
from sim.rules.numbers import WORKDAYS

FIRM_SPREAD = 0.6
"""How far a firm's median answers are from other firms', in logits; an ASSUMPTION."""

WEIGHTS = {
    "visible_mistakes": "b_mistake", "unclear_permission": "b_permission", "job": "b_job",
    "undefined_norm": "b_norm", "manager": "b_manager",
}  # fmt: skip
"""How much each of the five drivers counts: its parameter."""

REPLICATES = 2
"""Runs of each parameter set: chance is seen in how they differ."""

MOST_SETS, LEAST_SETS = 2304, 288
PERSON_WEEKS = 16_000_000
"""People times weeks that are simulated, in all runs together."""
EFFECTIVE = 0.1
"""Share of the replicates that count at least."""
CHUNK = 4_000_000
"""Persons' weeks that are held at a time."""
LEVEL = 4
"""Weeks up to the last one measured whose mean is the level of use."""
LEAST = 0.01
"""Added to what a driver holds back before logarithms are taken."""


@dataclass(frozen=True, eq=False)
class Pool:
    """Parameter sets and replicates, and how much each counts."""

    parameters: NDArray[np.void]
    """Of ``PARAMETER_DTYPE``, shape (n_sets,)."""
    seeds: NDArray[np.uint64]
    """Shape (n_sets, n_replicates)."""
    drivers: Floats
    """What holds each team back in the week that is asked about, shape (n_sets, n_replicates,
    n_teams, len(DRIVERS))."""
    weighed: Weighed | None = None
    """By the curve of measured use alone; None where none was measured: all count the same."""
    regression: RegressionWeights | None = None
    """By all that persons' and teams' use tells of what holds the firm back."""
    own: Floats | None = None
    """How much more each team uses the tool than was measured, in angles; 0 where it was not. Shape
    (n_sets * n_replicates, n_teams)."""
    compared: tuple[str, ...] = ()
    """What persons' use was compared with."""

    @property
    def weights(self) -> Floats:
        """Weights of replicates, shape (n_sets, n_replicates); they sum to 1."""
        if self.regression is None:
            return np.full(self.seeds.shape, 1 / self.seeds.size)
        return self.regression.weights.reshape(self.seeds.shape)

    @property
    def effective(self) -> float:
        """Effective sample size of the weights, in replicates."""
        return float(1 / (self.weights**2).sum())

    def whole(self, sizes: NDArray[np.integer]) -> Floats:
        """Return what holds the firm back, as this firm's use tells it of each replicate.

        Shape (n_sets, n_replicates, len(DRIVERS)).
        """
        return self._adjusted(_whole(self.drivers, sizes))

    def team(self, row: int) -> Floats:
        """Return the same of a team; its own use counts besides."""
        return self._adjusted(self.drivers[:, :, row], row)

    def _adjusted(self, drivers: Floats, team: int = -1) -> Floats:
        if self.regression is None:
            return drivers
        own = self.own[:, team : team + 1] if self.own is not None and team >= 0 else None
        flat = np.log(drivers.reshape(self.seeds.size, -1) + LEAST)
        moved = np.exp(self.regression.adjusted(flat, own)) - LEAST
        return np.clip(moved, 0.0, 1.0).reshape(drivers.shape)

    def drawn(self, n: int, seed: int) -> tuple[NDArray[np.void], NDArray[np.uint64]]:
        """Return n replicates drawn by weight: parameter sets (n,) and seeds (n, 1)."""
        rng = np.random.default_rng([seed, 5])
        marks = (rng.random() + np.arange(n)) / n
        flat = np.searchsorted(np.cumsum(self.weights), marks)
        sets, which = np.divmod(np.minimum(flat, self.weights.size - 1), self.seeds.shape[1])
        return self.parameters[sets], self.seeds[sets, which][:, None]


def _whole(drivers: Floats, sizes: NDArray[np.integer]) -> Floats:
    return np.einsum("t,prtd->prd", sizes / sizes.sum(), drivers, optimize=True)


def pool_of(
    known: Known, rows: NDArray[np.void], *, seed: int = 0, even: bool = True,
    threads: int | None = None,
) -> Pool:  # fmt: skip
    """Simulate a firm under parameter sets, and weigh them by what was measured.

    - ``rows``, structured array of ``PARAMETER_DTYPE``: what is known of parameters beforehand. The
      medians of start values are moved: to what was answered here, or about as far as firms differ
      (``FIRM_SPREAD``).
    - ``even``: whether none of the five drivers is held the stronger beforehand; see ``firm_sets``.
    """
    organisation, weeks = known.organisation, known.week
    n_sets = PERSON_WEEKS // (REPLICATES * weeks * organisation.n_people)
    n_sets = int(np.clip(n_sets, LEAST_SETS, MOST_SETS))
    made = firm_sets(rows, n_sets, seed, even=even)
    parameters = overlay(known.scenario, _as_answered(made, known, seed))
    case = Case.of(known.scenario, organisation, weeks, parameters=parameters)
    seeds = replicate_seeds(seed, REPLICATES, sets=n_sets)
    measured = _Measured(known)
    size = max(1, CHUNK // (REPLICATES * weeks * organisation.n_people))
    drivers, said, slopes = [], [], []
    for low in range(0, n_sets, size):
        some = slice(low, low + size)
        one = replace(case, parameters=parameters[some])
        records = run_cases([one], seeds[some], record=measured.record, threads=threads)
        drivers.append(records.drivers[0, :, :, -1].astype(np.float64))
        said.append(measured.points(records))
        slopes.append(measured.slopes_of(records))
    pool = Pool(parameters, seeds, np.concatenate(drivers))
    if known.observed is None:
        return pool
    return measured.weighed(pool, np.concatenate(said), np.concatenate(slopes), seed)


def firm_sets(
    rows: NDArray[np.void], n: int, seed: int = 0, *, even: bool = True
) -> NDArray[np.void]:
    """Return n parameter sets of firms, of which none is held to have the one driver or the other.

    How much each of the five drivers counts in one firm, no source says; which is the strongest
    under the posterior follows from the ranges that were thought possible. So in each set the
    five strengths (what each would keep from use before anybody uses the tool, in logits) are
    dealt anew among the drivers, as far as the parameters' ranges go. Their sum, and with it how
    much people use the tool, stays about the same.

    - ``even``: False: the sets are taken as they are, as those calibrated to this very firm.
    """
    found: NDArray[np.void] = np.resize(more_sets(rows, n, seed), n)
    if not even:
        return found
    short = np.stack(
        [
            found["fear_mistake_start"] * (1 - found["climate_start"]),
            found["fear_permission_start"], found["fear_job_start"], np.ones(n),
            2 - found["readiness_start"] - 0.5 * found["trust_start"],
        ],
        axis=1,
    )  # fmt: skip
    short = np.maximum(short, LEAST)
    strength = np.stack([found[name] for name in WEIGHTS.values()], axis=1) * short
    dealt = np.random.default_rng([seed, 10]).permuted(strength, axis=1) / short
    changed = with_tied(
        {
            name: np.clip(dealt[:, k], PARAMETERS[name].low, PARAMETERS[name].high)
            for k, name in enumerate(WEIGHTS.values())
        }
    )
    for name, values in changed.items():
        found[name] = values
    return found


def _as_answered(rows: NDArray[np.void], known: Known, seed: int) -> NDArray[np.void]:
    """Return parameter sets with medians of start values for this firm."""
    found, n = rows, len(rows)
    rng = np.random.default_rng([seed, 9])
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
        self.slopes: Slopes | None = None
        self.record = Record(drivers=True)
        if self.observed is not None:
            self.record = recorded(self.observed.by, self.observed.outcomes, drivers=True)
        if known.persons is not None:
            self.slopes = Slopes(known.organisation, known.persons.known)
            self.record = replace(self.record, people=True)

    def points(self, records: Records) -> Floats:
        """Return what replicates say at every measured value."""
        if self.observed is None:
            return np.empty((*records.weekly.shape[1:3], 0))
        return points(records, self.known.organisation, self.observed)

    def slopes_of(self, records: Records) -> Floats:
        """Return what persons' use goes along with, shape (n, k)."""
        persons = self.known.persons
        if self.slopes is None or persons is None:
            return np.empty((records.weekly.shape[1] * records.weekly.shape[2], 0))
        assert records.people is not None
        days = records.people[0, :, :, : len(persons.known), :, 0]
        share = days.reshape(-1, *days.shape[2:]) / WORKDAYS
        return self.slopes.of(np.minimum(share, 1.0) if persons.days else (share > 0).astype(float))

    def weighed(self, pool: Pool, said: Floats, slopes: Floats, seed: int) -> Pool:
        """Return the pool, weighed by what the firm's use tells."""
        observed, persons = self.observed, self.known.persons
        assert observed is not None
        firm = self.known.organisation
        place = Place.of(observed)
        at = angle(said, place.tops).reshape(pool.seeds.size, -1)
        seen = angle(observed.values, place.tops)
        groups = [
            [k for k, one in enumerate(place.groups) if one == name] for name in observed.names
        ]
        statistics, mine = self._curves(at, seen, place, groups, seed)
        statistics = np.concatenate([statistics, slopes], axis=1)
        if self.slopes is not None and persons is not None:
            mine = np.append(mine, self.slopes.of(persons.share[None])[0])
        whole = _whole(pool.drivers, np.diff(firm.team_start)).reshape(pool.seeds.size, -1)
        level = at[:, place.whole[place.weeks[place.whole] > observed.week - LEVEL]]
        targets = np.column_stack([np.log(whole[:, : len(WEIGHTS)] + LEAST), level.mean(axis=1)])
        regression = RegressionWeights.of(targets, statistics, mine, EFFECTIVE * pool.seeds.size)
        own = np.zeros((pool.seeds.size, firm.n_teams))
        if observed.by == "team":
            rows = dict(zip(firm.teams, range(firm.n_teams), strict=True))
            for name, cells in zip(observed.names, groups, strict=True):
                own[:, rows[name]] = at[:, cells].mean(axis=1) - seen[cells].mean()
        names = self.slopes.names if self.slopes is not None else ()
        return replace(
            pool, weighed=weigh(observed, said), regression=regression, own=own, compared=names
        )

    def _curves(
        self, at: Floats, seen: Floats, place: Place, groups: list[list[int]], seed: int
    ) -> tuple[Floats, Floats]:
        """Return the curve of the whole and how far groups are apart, simulated and measured.

        Simulated curves are as they might be measured: off by sampling, and by what the model
        may be off though its parameters are right.
        """
        assert self.observed is not None
        rows = place.whole
        about = DISCREPANCY**2 * alike(place, place, len(groups))[np.ix_(rows, rows)]
        about += np.diag(sampling(self.observed)[rows])
        noise = np.random.default_rng([seed, 11]).standard_normal((len(at), len(rows)))
        curve = at[:, rows] + noise @ np.linalg.cholesky(about).T
        if len(groups) < 2:
            return curve, seen[rows]
        levels = np.stack([at[:, cells].mean(axis=1) for cells in groups], axis=1)
        mine = np.array([seen[cells].mean() for cells in groups])
        spread = levels.std(axis=1, keepdims=True)
        return np.concatenate([curve, spread], axis=1), np.append(seen[rows], mine.std())
