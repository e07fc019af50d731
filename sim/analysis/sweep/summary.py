"""The summary of a study: how far outcomes differ by what is varied, and how far by chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.results.statistics import BAND

if TYPE_CHECKING:
    from sim.analysis.sweep.study import Study

__all__ = ["Contrast", "Level", "cell_means", "contrasts", "levels"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Level:
    """An outcome under a scenario on an organisation, over all points.

    Parameters
    ----------
    outcome, scenario, organisation : str
    low, median, high : float
        10th, 50th and 90th percentile of the points' means: what is varied.
    chance : float
        Standard deviation of single worlds around their own point's mean.
    points : int
        Points with a finite mean.
    """

    outcome: str
    scenario: str
    organisation: str
    low: float
    median: float
    high: float
    chance: float
    points: int


@dataclass(frozen=True, slots=True)
class Contrast:
    """A scenario less another at the same points, in the same worlds.

    Parameters
    ----------
    outcome, scenario, reference, organisation : str
    low, median, high : float
        10th, 50th and 90th percentile of the points' mean differences.
    ahead : float
        Share of the points at which the scenario's mean is higher.
    points : int
    """

    outcome: str
    scenario: str
    reference: str
    organisation: str
    low: float
    median: float
    high: float
    ahead: float
    points: int


@dataclass(frozen=True, eq=False)
class _Cells:
    """Runs gathered by point, scenario and organisation."""

    point: NDArray[np.int64]
    scenario: NDArray[np.object_]
    organisation: NDArray[np.object_]
    of_run: NDArray[np.int64]
    counts: NDArray[np.int64]


def _cells(study: Study) -> _Cells:
    plan = study.plan
    point = plan["point"].to_numpy()
    codes, names = [], []
    for name in ("scenario", "organisation"):
        column = plan[name].combine_chunks()
        column = column if hasattr(column, "dictionary") else column.dictionary_encode()
        codes.append(column.indices.to_numpy())
        names.append(np.array(column.dictionary.to_pylist(), object))
    key = (point * len(names[0]) + codes[0]) * len(names[1]) + codes[1]
    _, first, of_run, counts = np.unique(
        key, return_index=True, return_inverse=True, return_counts=True
    )
    return _Cells(
        point[first], names[0][codes[0][first]], names[1][codes[1][first]], of_run, counts
    )


def _means(cells: _Cells, values: Floats) -> tuple[Floats, Floats]:
    """Return mean and variance over the finite worlds of each cell; NaN where there are none."""
    n = len(cells.counts)
    finite = np.isfinite(values)
    weight = np.where(finite, 1.0, 0.0)
    clean = np.where(finite, values, 0.0)
    count = np.bincount(cells.of_run, weight, n)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(cells.of_run, clean, n) / count
        spread = np.where(finite, values - mean[cells.of_run], 0.0)
        variance = np.bincount(cells.of_run, spread**2, n) / (count - 1)
    return mean, np.where(count > 1, variance, np.nan)


def cell_means(study: Study, outcome: str) -> dict[tuple[str, str], tuple[Floats, Floats, Floats]]:
    """Return, by scenario and organisation, an outcome's mean and variance at each point.

    Returns
    -------
    dict of (scenario, organisation) to three arrays, shape (n_points,)
        Mean over worlds, variance between worlds, number of worlds; NaN where a point was
        not lived under that scenario, or has no finite value.
    """
    cells = _cells(study)
    values = study.columns(outcome)[outcome]
    mean, variance = _means(cells, values)
    worlds = np.bincount(cells.of_run, np.isfinite(values), len(cells.counts))
    n = study.points.num_rows
    found = {}
    for scenario in dict.fromkeys(cells.scenario):
        for organisation in dict.fromkeys(cells.organisation):
            chosen = (cells.scenario == scenario) & (cells.organisation == organisation)
            if not chosen.any():
                continue
            columns = [np.full(n, np.nan) for _ in range(3)]
            for column, own in zip(columns, (mean, variance, worlds), strict=True):
                column[cells.point[chosen] - 1] = own[chosen]
            found[str(scenario), str(organisation)] = (columns[0], columns[1], columns[2])
    return found


def _percentiles(values: Floats) -> tuple[float, float, float]:
    if not len(values):
        return float("nan"), float("nan"), float("nan")
    low, median, high = np.quantile(values, (BAND[0], 0.5, BAND[1]))
    return float(low), float(median), float(high)


def levels(study: Study, outcome: str) -> list[Level]:
    """Return an outcome's level under every scenario on every organisation."""
    found = []
    for (scenario, organisation), (mean, variance, _) in cell_means(study, outcome).items():
        there = mean[np.isfinite(mean)]
        spread = variance[np.isfinite(variance)]
        chance = float(np.sqrt(spread.mean())) if len(spread) else float("nan")
        found.append(
            Level(outcome, scenario, organisation, *_percentiles(there), chance, len(there))
        )
    return found


def contrasts(study: Study, outcome: str) -> list[Contrast]:
    """Return every scenario less the first, point by point, where points are shared."""
    means = {key: mean for key, (mean, _, _) in cell_means(study, outcome).items()}
    reference = next(iter(means))[0]
    found = []
    for (scenario, organisation), mean in means.items():
        if scenario == reference or (reference, organisation) not in means:
            continue
        less = mean - means[reference, organisation]
        less = less[np.isfinite(less)]
        if not len(less):
            continue
        ahead = float((less > 0).mean())
        found.append(
            Contrast(
                outcome, scenario, reference, organisation, *_percentiles(less), ahead, len(less)
            )
        )
    return found
