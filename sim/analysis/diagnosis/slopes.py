"""What persons' use says besides curves: what more use goes along with.

Whether those who fear for their job begin later and use the tool less tells what that fear costs
here; whether reports of ready managers use it more, what managers do; whether people use it more
in weeks after those they listen to did, what is seen. Each is a number of the whole firm,
measured and simulated alike, so that it need not be an unbiased estimate of anything.

Hundreds of statistics cannot be matched at once by a few thousand replicates. So what they tell of
the few things asked is learned first (``RegressionWeights``: a ridge regression over the
replicates), replicates are weighed by how near they come in that, and what is left of the
distance is taken off by a regression among those near [Fearnhead & Prangle 2012,
doi:10.1111/j.1467-9868.2011.01010.x; Beaumont, Zhang & Balding 2002,
doi:10.1093/genetics/162.4.2025].
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.analysis.calibration.smc import next_temperature
from sim.analysis.diagnosis.known import Known, with_starts
from sim.arrays import Bools, Floats
from sim.case import Case, Record, run_cases
from sim.organisation.organisation import Organisation, informal_leaders
from sim.results.measure import SMALLEST_TEAM

RIDGE = 0.3
"""Added to sums of squares, so that what hardly differs between people has no large slope."""
SOFT = 0.1
"""Weeks of use and of no use that are added before odds are taken."""
HABIT = 0.15
"""Share by which a week replaces a habit."""
BATCH = 100_000
"""Persons' weeks that are looked at together: what fits a processor's cache."""


class Slopes:
    """What is compared with persons' use in one firm.

    - ``organisation``: with persons' answers as start values.
    - ``known``, shape (weeks, n_people): where use was measured.

    - ``names``: the answers compared (of five people or more on each side of their mean),
      ``manager``, and ``neighbours``.
    """

    def __init__(self, organisation: Organisation, known: Bools) -> None:
        from scipy.sparse import csr_array

        self.known = known
        self.there: Bools = np.asarray(known.any(axis=0))
        boss = organisation.people["manager"]
        self.led, self.boss = boss >= 0, np.maximum(boss, 0)
        ties, n = organisation.ties, organisation.n_people
        self.listen = csr_array(
            (ties.weight.astype(np.float64), ties.target, ties.start), shape=(n, n)
        )
        answers = self._answers(organisation)
        compared = {name: made for name, one in answers.items() if len(made := self._centred(one))}
        self.names = (*compared, "manager's use", "neighbours")
        self.columns = np.stack([np.zeros(n), *compared.values()])  # (k, n_people)
        square = self.columns @ self.columns.T + RIDGE * np.eye(len(self.columns))
        self.project = np.linalg.solve(square, self.columns)

    def _answers(self, organisation: Organisation) -> dict[str, Floats]:
        """Return answers, and what reports have answered managers' signal by; NaN: not known."""
        found = dict(sorted(organisation.start_values.items()))
        if "readiness" in found:
            trust = found.get("trust", np.full(organisation.n_people, np.nan))
            signal = found["readiness"] + 0.5 * np.where(np.isnan(trust), 0.5, trust)
            found["manager"] = np.where(self.led, signal[self.boss], np.nan)
        return found

    def _centred(self, values: Floats) -> Floats:
        """Return values less their mean, 0 where not known; empty where they tell nothing."""
        mine = self.there & ~np.isnan(values)
        if not mine.any():
            return np.empty(0)
        middle = values[mine].mean()
        high = int((values[mine] > middle).sum())
        if min(high, int(mine.sum()) - high) < SMALLEST_TEAM:
            return np.empty(0)
        return np.where(mine, values - middle, 0.0)

    def of(self, share: Floats) -> Floats:
        """Return what use goes along with, shape (n, n_statistics).

        - ``share``, shape (n, weeks, n_people): share of workdays with use, or whether there was
          any.
        """
        size = max(1, BATCH // self.known.size)
        return np.concatenate(
            [self._of(share[low : low + size]) for low in range(0, len(share), size)]
        )

    def _of(self, share: Floats) -> Floats:
        share = np.where(self.known, share, 0.0)
        used = (share > 0).astype(np.float64)
        weeks = np.maximum(self.known.sum(axis=0), 1)
        days = share.sum(axis=1)
        level = np.log((days + 2 * SOFT) / (weeks - days + 2 * SOFT))
        begun = used.max(axis=1) > 0
        first = np.where(begun, used.argmax(axis=1), used.shape[1]) / used.shape[1]
        heard = self._heard(share)
        led = share[..., self.boss] * self.led
        found = []
        beside = [self._rest(one.mean(axis=1)) for one in (heard, led)]
        for outcome in (level, first):
            centred = outcome - outcome[:, self.there].mean(axis=1, keepdims=True)
            found.append((centred * self.there) @ self.project[1:].T)
            rest = self._rest(outcome)
            found.append(np.sqrt((rest**2).mean(axis=1, keepdims=True)))
            for one in beside:
                slope = (one * rest).sum(axis=1) / ((one**2).sum(axis=1) + SOFT)
                found.append(slope[:, None])
        found.append(self._over_weeks(share, used, heard, led, first))
        found.append(share[..., self.there].mean(axis=2))
        return np.concatenate(found, axis=1)

    def _heard(self, share: Floats) -> Floats:
        """Return the use of those each person listens to, in each week."""
        flat = share.reshape(-1, share.shape[-1])
        return np.asarray(self.listen @ flat.T).T.reshape(share.shape)

    def _rest(self, values: Floats) -> Floats:
        """Return what answers leave of values of persons; 0 of those not measured."""
        centred = values - values[:, self.there].mean(axis=1, keepdims=True)
        centred = centred * self.there
        return centred - (centred @ self.project.T) @ self.columns

    def _over_weeks(
        self, share: Floats, used: Floats, heard: Floats, led: Floats, first: Floats
    ) -> Floats:
        """Return slopes inside persons, over the weeks after their first use; (n, 5).

        Over others' and the manager's use of the week before, habit, the number of weeks of use
        before, and time.
        """
        weeks = used.shape[1]
        time = np.arange(weeks)[None, :, None] / weeks
        after = ((time > first[:, None]) & self.known).astype(np.float64)
        odds = np.log((share + SOFT) / (1 - share + SOFT))
        before = _before(np.cumsum(used, axis=1))
        columns = [
            _before(heard), _before(led), _faded(_before(used), HABIT), np.log1p(before),
            np.broadcast_to(time, used.shape),
        ]  # fmt: skip
        count = after.sum(axis=1, keepdims=True) + 1e-9

        def inside(values: Floats) -> Floats:
            mean = (values * after).sum(axis=1, keepdims=True) / count
            return ((values - mean) * after).reshape(len(values), -1)

        made: Floats = np.empty((len(used), len(columns), used[0].size))
        for k, one in enumerate(columns):
            made[:, k] = inside(one)
        square = made @ made.transpose(0, 2, 1) + np.eye(len(columns))
        along = made @ inside(odds)[..., None]
        return np.asarray(np.linalg.solve(square, along)[..., 0], np.float64)


def _before(values: Floats) -> Floats:
    """Return values of the week before; 0 in the first."""
    return np.concatenate([np.zeros_like(values[:, :1]), values[:, :-1]], axis=1)


def _faded(values: Floats, step: float) -> Floats:
    """Return what is left of all weeks so far, each fading."""
    found, at = np.empty_like(values), np.zeros_like(values[:, 0])
    for week in range(values.shape[1]):
        at = at + step * (values[:, week] - at)
        found[:, week] = at
    return found


FAR = 4.0
"""Standard deviations beyond which a statistic tells no more."""
PENALTIES = np.logspace(-5, 1, 25)
"""Penalties of the ridge regression that are tried, as shares of the number of replicates."""


@dataclass(frozen=True, eq=False)
class RegressionWeights:
    """How far each replicate is from a firm, in what the firm's statistics tell."""

    gap: Floats
    """What its statistics tell of the targets, less what the firm's do, shape (n, n_targets)."""
    weights: Floats
    """By nearness, in units of what the statistics leave open; they sum to 1. Shape (n,)."""

    @classmethod
    def of(
        cls, targets: Floats, statistics: Floats, seen: Floats, effective: float
    ) -> RegressionWeights:
        """Learn what statistics tell of targets, and weigh replicates by it.

        - ``targets``, shape (n, n_targets)
        - ``statistics``, shape (n, n_statistics)
        - ``seen``, shape (n_statistics,): the firm's own.
        - ``effective``: effective sample size that is kept at least; where the statistics tell
          more, the distances are shrunk.
        """
        spread = statistics.std(axis=0)
        kept = spread > 1e-9
        middle, spread = statistics[:, kept].mean(axis=0), spread[kept]
        z = np.clip((statistics[:, kept] - middle) / spread, -FAR, FAR)
        mine = np.clip((seen[kept] - middle) / spread, -FAR, FAR)
        y = targets - targets.mean(axis=0)
        slopes, left = _ridge(z, y)
        gap = (z - mine) @ slopes
        root = np.linalg.cholesky(left + 1e-9 * np.eye(len(left)))
        logs = -0.5 * (np.linalg.solve(root, gap.T) ** 2).sum(axis=0)
        power = next_temperature(logs, 0.0, effective)
        weights = np.exp(power * (logs - logs.max()))
        return cls(gap, weights / weights.sum())

    def adjusted(self, values: Floats, own: Floats | None = None) -> Floats:
        """Return values of replicates, had each had the firm's statistics.

        - ``values``, shape (n, k)
        - ``own``, shape (n, j): more distances that count for these values, such as those of a
          team.
        """
        gap = self.gap if own is None else np.concatenate([self.gap, own], axis=1)
        off = gap - self.weights @ gap
        weighed = off * self.weights[:, None]
        fit = np.linalg.pinv(weighed.T @ off, rcond=1e-9, hermitian=True) @ (weighed.T @ values)
        return values - gap @ fit


def _ridge(z: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Return slopes, shape (n_statistics, n_targets), and the covariance of what is left.

    The penalty is the one of the least generalised cross-validation, for each target.
    """
    n = len(z)
    squares, axes = np.linalg.eigh(z.T @ z)
    squares = np.maximum(squares, 1e-9 * squares[-1])
    along = (axes.T @ (z.T @ y)) / np.sqrt(squares)[:, None]
    best = np.full(y.shape[1], np.inf)
    slopes = np.zeros((z.shape[1], y.shape[1]))
    for penalty in PENALTIES * n:
        shrink = squares / (squares + penalty)
        rest = (y**2).sum(axis=0) - ((2 * shrink - shrink**2)[:, None] * along**2).sum(axis=0)
        score = rest / (1 - shrink.sum() / n) ** 2
        better = score < best
        best = np.where(better, score, best)
        found = axes @ ((shrink / np.sqrt(squares))[:, None] * along)
        slopes = np.where(better, found, slopes)
    rest = y - z @ slopes
    covariance: Floats = rest.T @ rest / n
    return slopes, covariance


CONDITIONS = {
    "managers": "every manager ready to use it and to say so",
    "leaders": "the informal leaders using it, able and unafraid",
}
"""The conditions, and what would be met."""

MET = {
    "managers": {"readiness": 1.0},
    "leaders": {"considers": 1.0, "capability": 0.8, "fit": 0.8, "usefulness": 0.9,
                "fear_mistake": 0.1, "fear_permission": 0.1, "fear_job": 0.1},
}  # fmt: skip
"""Start values of who is meant, where the condition is met; an ASSUMPTION."""

LAST = 4
"""Weeks over which use is averaged, up to the one that is asked about."""


@dataclass(frozen=True, eq=False)
class Condition:
    """What a condition holds back."""

    name: str
    """A key of ``CONDITIONS``."""
    people: int
    """How many are meant."""
    gain: Floats
    """Rise in weekly users of the whole firm had it been met, a replicate each. Shape (n,)."""
    teams: Floats
    """The same of each team, shape (n, n_teams)."""


def conditions_of(
    known: Known, parameters: NDArray[np.void], seeds: NDArray[np.uint64], *,
    threads: int | None = None,
) -> tuple[Condition, ...]:  # fmt: skip
    """Return what the conditions hold back, in replicates that are equally likely.

    Of a real firm, none is told of fewer than five people, and none by team where that would be
    about one manager.

    - ``parameters``, shape (n,)
    - ``seeds``, shape (n, 1)
    """
    firm = known.organisation
    meant = {"managers": np.flatnonzero(firm.is_manager), "leaders": informal_leaders(firm)}
    sizes = np.diff(firm.team_start) / firm.n_people
    base = _use(known, firm, parameters, seeds, threads)
    found = []
    for name, rows in meant.items():
        if len(rows) == 0 or (not firm.made_up and len(rows) < SMALLEST_TEAM):
            continue
        met = with_starts(firm, rows, **MET[name])
        teams = _use(known, met, parameters, seeds, threads) - base
        found.append(Condition(name, len(rows), teams @ sizes, teams))
    return tuple(found)


def _use(
    known: Known, firm: Organisation, parameters: NDArray[np.void], seeds: NDArray[np.uint64],
    threads: int | None,
) -> Floats:  # fmt: skip
    """Return the mean share of weekly users of each team, shape (n, n_teams)."""
    case = Case.of(known.scenario, firm, known.week, parameters=parameters)
    record = Record(teams=("weekly_users",), drivers=False)
    records = run_cases([case], seeds, record=record, threads=threads)
    weekly = records.of_teams("weekly_users")[0, :, 0]
    return weekly[:, -LAST:].astype(np.float64).mean(axis=1)
