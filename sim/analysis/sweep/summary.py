"""The summary of a study: how far outcomes differ by what is varied, and how far by chance."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from sim.analysis.sweep.study import Study
from sim.arrays import Floats, Ints
from sim.contrast import estimate, percentiles


@dataclass(frozen=True, slots=True)
class Level:
    """An outcome under a scenario on an organisation, over all points."""

    outcome: str
    scenario: str
    organisation: str
    low: float
    median: float
    high: float
    """``low``, ``median``, ``high``: 10th, 50th and 90th percentile of the points' means: what is
    varied."""
    chance: float
    """Standard deviation of single replicates around their own point's mean."""
    points: int
    """Points with a finite mean."""


@dataclass(frozen=True, slots=True)
class ScenarioContrast:
    """A scenario less another at the same points, in the same replicates."""

    outcome: str
    scenario: str
    reference: str
    organisation: str
    low: float
    median: float
    high: float
    """``low``, ``median``, ``high``: 10th, 50th and 90th percentile of the points' mean
    differences."""
    ahead: float
    """Share of the points at which the scenario's mean is higher."""
    points: int


def _cells(study: Study) -> tuple[list[tuple[str, str]], Ints]:
    """Return scenario and organisation of each cell that there are runs of, and each run's cell."""
    codes, names = [], []
    for name in ("scenario", "organisation"):
        column = study.plan[name].combine_chunks()
        column = column if hasattr(column, "dictionary") else column.dictionary_encode()
        codes.append(column.indices.to_numpy())
        names.append(column.dictionary.to_pylist())
    key = codes[0].astype(np.int64) * len(names[1]) + codes[1]
    cells, of_run = np.unique(key, return_inverse=True)
    places = (divmod(cell, len(names[1])) for cell in cells.tolist())
    return [(names[0][one], names[1][other]) for one, other in places], of_run


def replicates(study: Study, outcome: str) -> dict[tuple[str, str], Floats]:
    """Return, by scenario and organisation, an outcome in every replicate.

    NaN where there is no run, or it failed. A difference goes by ``one less other``. Shape
    (n_points, n_replicates).

    - ``outcome``: of those kept; or, such as ``habitual_w52: training-first less licences-only``,
      one scenario less another in the same replicates of the same points.
    """
    less = study.less_of(outcome)
    if less is not None:
        tables, one, other = replicates(study, less.measure.name), less.one, less.other
        return {
            (f"{one} less {other}", organisation): table - tables[other, organisation]
            for (scenario, organisation), table in tables.items()
            if scenario == one and (other, organisation) in tables
        }
    cells, of_run = _cells(study)
    values = study.columns(outcome)[outcome]
    replicate = study.plan["replicate"].to_numpy() - 1
    point = study.plan["point"].to_numpy() - 1
    shape = (study.points.num_rows, int(replicate.max()) + 1)
    found = {}
    for scenario in dict.fromkeys(one for one, _ in cells):
        for organisation in dict.fromkeys(other for _, other in cells):
            if (scenario, organisation) in cells:
                runs = of_run == cells.index((scenario, organisation))
                table = np.full(shape, np.nan)
                table[point[runs], replicate[runs]] = values[runs]
                found[scenario, organisation] = table
    return found


def _means(table: Floats) -> tuple[Floats, Floats]:
    """Return mean and variance over the finite replicates of each point."""
    finite = np.isfinite(table)
    count = finite.sum(1)
    clean = np.where(finite, table, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = clean.sum(1) / count
        variance = (np.where(finite, table - mean[:, None], 0.0) ** 2).sum(1) / (count - 1)
    return mean, np.where(count > 1, variance, np.nan)


def levels(study: Study, outcome: str) -> list[Level]:
    """Return an outcome's level under every scenario on every organisation."""
    found = []
    for (scenario, organisation), table in replicates(study, outcome).items():
        mean, variance = _means(table)
        there = mean[np.isfinite(mean)]
        spread = variance[np.isfinite(variance)]
        chance = float(np.sqrt(spread.mean())) if len(spread) else float("nan")
        found.append(
            Level(outcome, scenario, organisation, *percentiles(there), chance, len(there))
        )
    return found


def contrasts(study: Study, outcome: str) -> list[ScenarioContrast]:
    """Return every scenario less the first, point by point, where points are shared."""
    means = {key: _means(table)[0] for key, table in replicates(study, outcome).items()}
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
            ScenarioContrast(
                outcome, scenario, reference, organisation, *percentiles(less), ahead, len(less)
            )
        )
    return found


FACTORIAL = ("full factorial", "fractional factorial")
APART = 5
"""Resolution from which on the effects of pairs of factors are not confounded."""


def effects(study: Study, values: Floats) -> list[tuple[str, str, float, float, float]]:
    """Return each effect by name, with its measure, value, and 95% interval.

    Every replicate has the same random numbers at all points, so each gives its own effects, and
    the interval is Student's over replicates; of one replicate it is Lenth's, NaN where there
    are fewer than four effects.

    - ``study``: of a factorial design.
    - ``values``, shape (n_points, n_replicates): replicates that lack a point are passed over.

    A row each: factor, "effect", value, low and high, in the unit of the outcome.
    """
    unit = study.unit
    assert unit is not None
    whole = values[:, np.isfinite(values).all(0)]
    weights = _contrasts(study, unit)
    if not whole.size or not weights:
        return []
    each = np.array(list(weights.values())) @ whole
    found = [estimate(values[None]) for values in each]
    if whole.shape[1] < 2:
        half = lenth(each[:, 0])
        found = [replace(one, low=one.mean - half, high=one.mean + half) for one in found]
    named = zip(weights, found, strict=True)
    return [(name, "effect", one.mean, one.low, one.high) for name, one in named]


def _contrasts(study: Study, unit: Floats) -> dict[str, Floats]:
    """Return the weight of every point in each effect."""
    found: dict[str, Floats] = {}
    signs: dict[str, Floats] = {}
    described = {one["name"]: one for one in study.manifest["factors"]}
    for k, name in enumerate(study.factors):
        at, own = np.unique(unit[:, k], return_inverse=True)
        words = [str(label) for label in described[name]["levels"]]
        first = (own == 0) / max(1, int((own == 0).sum()))
        ordered = described[name]["range"] is not None or all(map(_is_number, words))
        if len(at) == 2:
            signs[name] = np.where(own == 1, 1.0, -1.0)
        for level in range(1, len(at)) if not ordered else [len(at) - 1][: len(at) - 1]:
            said = name if len(at) == 2 or ordered else f"{name}: {words[level]}"
            found[said] = (own == level) / int((own == level).sum()) - first
    size = study.manifest["size"] or {}
    if study.manifest["design"] == "full factorial" or size.get("resolution", 0) >= APART:
        for one, other in combinations(signs, 2):
            product = signs[one] * signs[other]
            found[f"{one} × {other}"] = product * 2 / len(unit)
    return found


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def lenth(effects: Floats) -> float:
    """Return the margin of error of effects of one replicate, by Lenth's pseudo standard error.

    Most effects are taken to be nothing but noise (Lenth 1989, Technometrics 31); it errs on the
    safe side: of 15 effects that are noise, 97% lie within.

    >>> round(lenth(np.array([8.0, 1, -1, 1, -1, 1, -1])), 2)
    5.65
    """
    size = np.abs(effects)
    if len(size) < 4:
        return float("nan")
    first = 1.5 * np.median(size)
    error = 1.5 * np.median(size[size < 2.5 * first]) if first > 0 else 0.0
    from scipy.stats import t

    return float(t.ppf(0.975, len(size) / 3) * error)
