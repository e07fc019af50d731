"""``uptake track`` in Python: forecast a firm's use, and hold the forecasts against what came."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.analysis.firm.kernel import Place, Weighed, weigh
from sim.analysis.firm.observed import WHOLE, Observed, curves, groups_of, points, recorded
from sim.arrays import Floats, Ints
from sim.case import Case, Records, run_cases
from sim.contrast import BAND, inside, ranked
from sim.numbers import share
from sim.organisation.organisation import Organisation
from sim.posterior import more_sets
from sim.randomness import replicate_seeds
from sim.scenario import Scenario

SETS, REPLICATES = 1024, 4
"""Parameter sets that are weighed, and replicates of each."""
DRAWS = 1024
"""Draws of a forecast."""
FIRST = 4
"""Measured weeks before the first forecast that is scored: a logistic curve needs them."""
AHEAD = 4
"""Weeks ahead up to which past forecasts are scored."""
ENOUGH = 6
"""Scored forecasts from which it is said who has lost."""
EARLY = 12
"""Weeks of data under which a range is mostly that of the parameter sets beforehand."""

MODEL = "Uptake"
SHARES = (BAND[0], 0.5, BAND[1])


@dataclass(frozen=True, eq=False)
class ForecastPool:
    """Replicates of a firm's plan, simulated once for all that is asked of them."""

    organisation: Organisation
    observed: Observed
    records: Records
    """Of one case, ``SETS`` parameter sets and ``REPLICATES`` seeds."""
    at_measured: Floats
    """What they say at the measured values, shape (n_sets, n_replicates, n_values)."""

    @property
    def weeks(self) -> int:
        """Length of the runs."""
        return int(self.records.weekly.shape[3])

    def weighed(self, until: int | None = None) -> Weighed:
        """Return the sets weighed by what had been measured by the end of a week."""
        kept = self.observed.weeks <= (self.weeks if until is None else until)
        return weigh(self.observed.only(kept), self.at_measured[..., kept])

    def ahead(self, outcome: str, group: str, weeks: Ints) -> tuple[Floats, Place]:
        """Return what replicates say of a group in some weeks, and where that is."""
        by = WHOLE if group == WHOLE else self.observed.by
        names, _ = groups_of(self.organisation, by)
        series = curves(self.records, self.organisation, by, outcome)[..., names.index(group)]
        n = len(weeks)
        return series[..., weeks - 1], Place((outcome,) * n, weeks, (group,) * n)


def pool_of(
    scenario: Scenario, organisation: Organisation, observed: Observed, rows: NDArray[np.void], *,
    weeks: int | None = None, sets: int = SETS, replicates: int = REPLICATES, seed: int = 0,
    threads: int | None = None, progress: Callable[[int], None] | None = None,
) -> ForecastPool:  # fmt: skip
    """Simulate a plan under parameter sets like those of a sample.

    - ``rows``, structured array of ``PARAMETER_DTYPE``: what is known of the parameters beforehand.
    - ``weeks``: length of the runs, in place of the scenario's.
    - ``sets``: how many sets; more than there are are drawn between them (``posterior.more_sets``).
    """
    case = Case.of(scenario, organisation, weeks, sets=more_sets(rows, sets, seed))
    records = run_cases(
        [case], replicate_seeds(seed, replicates, sets=len(case.parameters)),
        record=recorded(observed.by, (*observed.outcomes, "weekly_users")), threads=threads,
        progress=progress,
    )  # fmt: skip
    return ForecastPool(organisation, observed, records, points(records, organisation, observed))


@dataclass(frozen=True, eq=False)
class Band:
    """A band over weeks: low end, median and high end, each of shape (n_weeks,)."""

    weeks: Ints
    low: Floats
    median: Floats
    high: Floats

    @classmethod
    def of(cls, weeks: Ints, draws: Floats) -> Band:
        """Return the middle 80% of draws, shape (n, n_weeks)."""
        return cls(weeks, *np.quantile(draws, SHARES, axis=0))


@dataclass(frozen=True, eq=False)
class Forecast:
    """The curve of an outcome in a group: measured, as it was predicted, and ahead."""

    outcome: str
    group: str
    weeks: Ints
    values: Floats
    """``weeks``, ``values``: measured."""
    predicted: Band
    """Of each measured week, from what had been measured before it."""
    ahead: Band
    """Of the weeks to come, from all that was measured."""
    before: Band
    """Of all weeks, from nothing that was measured."""


@dataclass(frozen=True, slots=True)
class Score:
    """How well past forecasts of a model were, up to ``AHEAD`` weeks ahead."""

    model: str
    ranked: float
    """Mean continuous ranked probability score, a share; lower is better."""
    inside: float
    """Share of what came that lay inside the 80% band."""
    n: int
    """Forecasts scored."""


@dataclass(frozen=True, eq=False)
class Tracked:
    """A firm's use so far and to come."""

    organisation: Organisation
    observed: Observed
    forecasts: list[Forecast]
    """The headline first: the first outcome measured of the whole organisation."""
    scores: list[Score]
    """The model's, then the plain ones'; of the headline. Empty where nothing can be scored."""
    lost_to: str
    """The plain model that was better so far; empty where the model has not lost."""
    plain: dict[str, Band]
    """What the plain models say of the weeks ahead."""
    weighed: Weighed
    """By all that was measured."""
    remarks: tuple[str, ...] = ()

    @property
    def headline(self) -> Forecast:
        """The first outcome measured, of the whole organisation."""
        return self.forecasts[0]

    @property
    def n_weeks(self) -> int:
        """Weeks measured of the headline."""
        return len(self.headline.weeks)

    @property
    def narrowed(self) -> float:
        """Width of the band at the end, over what it was beforehand."""
        ahead, before = self.headline.ahead, self.headline.before
        if not len(ahead.weeks):
            return float("nan")
        wide = float(before.high[-1] - before.low[-1])
        return float(ahead.high[-1] - ahead.low[-1]) / wide if wide > 0 else 1.0


def track(pool: ForecastPool, *, groups: bool = True, seed: int = 0) -> Tracked:
    """Forecast a firm's use from what was measured, and score the forecasts that came before.

    - ``groups``: whether groups are forecast as well.
    """
    observed = pool.observed
    weighed = pool.weighed()
    by_week = {week: pool.weighed(week) for week in np.unique(observed.weeks)[:-1].tolist()}
    forecasts = []
    for group in (WHOLE, *(observed.names if groups else ())):
        for outcome, (at, values) in observed.series(group).items():
            forecasts.append(
                _forecast(pool, weighed, by_week, outcome, group, np.array(at),
                          np.array(values), seed)
            )  # fmt: skip
    headline = forecasts[0]
    scores = _scores(pool, by_week, headline, seed)
    best = min(scores[1:], key=lambda one: one.ranked, default=None)
    lost = best is not None and best.n >= ENOUGH and best.ranked < scores[0].ranked
    plain = {
        name: Band.of(headline.ahead.weeks, model(headline.weeks, headline.values,
                                                  headline.ahead.weeks))
        for name, model in PLAIN.items() if len(headline.weeks) >= FIRST
    }  # fmt: skip
    return Tracked(
        pool.organisation, observed, forecasts, scores, best.model if lost and best else "",
        plain, weighed, tuple(_remarks(pool)),
    )  # fmt: skip


def _forecast(
    pool: ForecastPool, weighed: Weighed, by_week: dict[int, Weighed], outcome: str, group: str,
    weeks: Ints, values: Floats, seed: int,
) -> Forecast:  # fmt: skip
    every = np.arange(1, pool.weeks + 1)
    whole, _ = pool.ahead(outcome, group, every)
    before = Band.of(every, whole.reshape(-1, len(every)))
    low, middle, high = (np.empty(len(weeks)) for _ in SHARES)
    for k, week in enumerate(weeks.tolist()):
        past = max((one for one in by_week if one < week), default=None)
        if past is None:
            low[k], middle[k], high[k] = (
                getattr(before, name)[week - 1] for name in ("low", "median", "high")
            )
            continue
        drawn = by_week[past].forecast(*pool.ahead(outcome, group, weeks[k : k + 1]), DRAWS, seed)
        low[k], middle[k], high[k] = np.quantile(drawn[:, 0], SHARES)
    later = every[every > pool.observed.week]
    ahead = Band.of(later, weighed.forecast(*pool.ahead(outcome, group, later), DRAWS, seed))
    return Forecast(outcome, group, weeks, values, Band(weeks, low, middle, high), ahead, before)


def _scores(
    pool: ForecastPool, by_week: dict[int, Weighed], headline: Forecast, seed: int
) -> list[Score]:
    """Return the scores of forecasts up to ``AHEAD`` weeks ahead, from every week that can be.

    Weeks that every replicate foretells alike (before anybody has access) are no forecast.
    """
    weeks, values = headline.weeks, headline.values
    open_ = headline.before.high - headline.before.low > 0
    found: dict[str, list[tuple[float, bool]]] = {name: [] for name in (MODEL, *PLAIN)}
    for k in range(FIRST - 1, len(weeks) - 1):
        rows = [
            j for j in range(k + 1, len(weeks))
            if weeks[j] <= weeks[k] + AHEAD and open_[weeks[j] - 1]
        ]  # fmt: skip
        if not rows:
            continue
        later, came = weeks[rows], values[rows]
        ahead = pool.ahead(headline.outcome, WHOLE, later)
        draws = {MODEL: by_week[int(weeks[k])].forecast(*ahead, DRAWS, seed)}
        draws |= {
            name: model(weeks[: k + 1], values[: k + 1], later) for name, model in PLAIN.items()
        }
        for name, drawn in draws.items():
            found[name] += zip(ranked(drawn, came).tolist(), inside(drawn, came), strict=True)
    return [
        Score(name, float(np.mean([one for one, _ in pairs])),
              float(np.mean([held for _, held in pairs])), len(pairs))
        for name, pairs in found.items() if pairs
    ]  # fmt: skip


APART = 0.1
"""Share of people by which access may differ between file and plan before it is said."""


def _remarks(pool: ForecastPool) -> list[str]:
    """Return where the plan is not what the file says was done."""
    observed, said = pool.observed, []
    planned = curves(pool.records, pool.organisation, WHOLE, "access")[..., 0].mean(axis=(0, 1))
    off = [
        (week, measured, float(planned[week - 1]))
        for (group, week), measured in sorted(observed.access.items())
        if group == WHOLE and abs(measured - planned[week - 1]) > APART
    ]
    if off:
        week, measured, plan = max(off, key=lambda one: abs(one[1] - one[2]))
        said.append(
            f"In week {week} the file says that {share(measured)} have access, the plan "
            f"{share(plan)} ({len(off)} weeks differ): the plan is not what was carried out."
        )
    return said


LEAST = 0.01
"""Smallest standard deviation of a forecast share."""
ENOUGH_WEEKS = 3
"""Past changes over as many weeks from which their size is taken."""


def last_value(weeks: Ints, values: Floats, ahead: Ints, n: int = 256) -> Floats:
    """Forecast that use stays where it was last; doubt as large as past changes were.

    Within 0 and 1. Shape (n, m).

    - ``weeks``, shape (k,): weeks measured, in order.
    - ``values``, shape (k,): shares.
    - ``ahead``, shape (m,): later weeks.
    - ``n``: how many draws.
    """
    apart = weeks[:, None] - weeks[None]
    change = (values[:, None] - values[None]) ** 2
    steps = change[apart > 0] / apart[apart > 0]
    each = float(steps.mean()) if len(steps) else LEAST**2
    spread = np.empty(len(ahead))
    for k, far in enumerate((ahead - weeks[-1]).tolist()):
        same = change[apart == far]
        spread[k] = np.sqrt(same.mean() if len(same) >= ENOUGH_WEEKS else each * far)
    return _drawn(np.full(len(ahead), values[-1]), spread, n)


def logistic_growth(weeks: Ints, values: Floats, ahead: Ints, n: int = 256) -> Floats:
    """Forecast by a logistic curve through what was measured: level, middle and speed.

    Fitted by least squares; doubt holds what the curve leaves and how well it is known.
    Parameters and result as in ``last_value``; three weeks or more.
    """
    from scipy.optimize import least_squares

    first = float(weeks[0])

    def curve(x: Floats, at: NDArray[np.number]) -> Floats:
        with np.errstate(over="ignore"):
            result: Floats = x[0] / (1 + np.exp(-(at - x[1]) / x[2]))
        return result

    def off(x: Floats) -> Floats:
        return curve(x, weeks) - values

    highest = float(values.max())
    fits = [
        least_squares(
            off,
            [min(max(level, 1e-3), 1.0), middle, speed],
            bounds=([0, first - 52, 0.2], [1, first + 104, 52]),
        )
        for level, middle, speed in (
            (highest, float(weeks.mean()), 2.0), (1.0, float(weeks[-1]), 4.0),
            (highest, first - 4, 1.0),
        )
    ]  # fmt: skip
    best = min(fits, key=lambda fit: float(fit.cost))
    left = 2 * float(best.cost) / max(len(weeks) - 3, 1)
    jacobian: Floats = np.asarray(best.jac, np.float64)
    known = left * np.linalg.pinv(jacobian.T @ jacobian)
    step = 1e-4
    slopes = np.stack(
        [(curve(best.x + step * e, ahead) - curve(best.x - step * e, ahead)) / (2 * step)
         for e in np.eye(3)], axis=1,
    )  # fmt: skip
    spread = np.sqrt(left + np.einsum("ki,ij,kj->k", slopes, known, slopes))
    return _drawn(curve(best.x, ahead), spread, n)


PLAIN: dict[str, Callable[[Ints, Floats, Ints], Floats]] = {
    "last value": last_value,
    "logistic growth": logistic_growth,
}
"""The plain models by name."""


def _drawn(middle: Floats, spread: Floats, n: int) -> Floats:
    from scipy.special import ndtri

    normal = ndtri((np.arange(n) + 0.5) / n)
    drawn = middle + np.maximum(spread, LEAST) * normal[:, None]
    return np.clip(drawn, 0.0, 1.0)
