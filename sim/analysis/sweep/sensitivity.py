"""Which assumptions and levers an outcome hangs on, and how much of it is chance.

Indices are computed for the means over replicates at each point, in the coordinates of the
design, so that a factor's distribution counts as declared. A *dummy* that does nothing is
computed beside the factors wherever the method allows it: what it gets, chance alone gives.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.analysis.sweep.study import Study
from sim.analysis.sweep.summary import FACTORIAL, effects, replicates
from sim.arrays import Floats
from sim.contrast import INTERVAL
from sim.errors import did_you_mean, refusal
from sim.numbers import fixed
from sim.randomness import hash_text

Found = list[tuple[str, str, float, float, float]]

METHODS = ("sobol", "morris", "effects", "pawn", "delta")
"""Methods by name; Sobol needs a saltelli design, Morris its own, effects a factorial one."""
DUMMY = "(a dummy)"
"""Name of a factor that does nothing: its index is what chance alone gives."""
FEWEST_POINTS = 40
"""Points that PAWN and delta need at least."""

RESAMPLES = 200
FEW_RESAMPLES = 20
"""For delta, which takes a density estimate at each."""

SLICES = 8

SMALL_BASE = 64
"""Below this many base points, Sobol's indices and their intervals are rough."""
MOST_OFF = 0.05
"""Sampling error of Sobol's indices that is not worth a word."""


@dataclass(frozen=True, slots=True)
class Index:
    """One index of one factor."""

    outcome: str
    scenario: str
    organisation: str
    factor: str
    measure: str
    """``first``, ``total``, ``second`` (with a pair as the factor), ``mu_star``, ``mu``, ``sigma``,
    ``effect`` (in the outcome's unit; also of a pair), ``pawn`` or ``delta``."""
    value: float
    low: float
    high: float
    """``low``, ``high``: 95% interval by bootstrap over points, of an effect over replicates; NaN
    where there is none."""


@dataclass(frozen=True, slots=True)
class Noise:
    """How much of an outcome's variance is chance."""

    outcome: str
    scenario: str
    organisation: str
    of_worlds: float
    """Share of the variance of single replicates that is between replicates of one point."""
    of_means: float
    """Share of the variance of the points' means that is left of it: what an index cannot explain.
    Chance that all points share does not count, because replicates share seeds."""
    replicates: float
    """Mean number of replicates."""


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """Indices and noise of a study."""

    method: str
    indices: tuple[Index, ...]
    noise: tuple[Noise, ...]
    notes: tuple[str, ...] = ()
    """What was left out, and why."""
    warnings: tuple[str, ...] = ()
    """Signs that indices have not settled."""


def sensitivity(
    study: Study, outcomes: Sequence[str] | None = None, method: str | None = None, seed: int = 0
) -> Sensitivity:
    """Return how much each factor matters for each outcome, by scenario and organisation.

    - ``outcomes``: all that the study keeps by default.
    - ``method``, {"sobol", "morris", "effects", "pawn", "delta"}, optional: what the design was
      made for by default, or PAWN.
    - ``seed``: of the bootstrap.

    Raises InputError for an unknown method or outcome, a design that does not serve the method, and
    points that are not there.
    """
    where = str(study.folder)
    method = _method(study, method)
    if len(study.factors) < 1 or not len(study.stored.key):
        right = "a study with uncertainties or levers, run"
        raise refusal(where, "", "has nothing to explain", right)
    indices: list[Index] = []
    noise: list[Noise] = []
    notes: list[str] = []
    warnings = _small_base(study, method)
    for outcome in outcomes or (*study.outcomes, *study.differences):
        for (scenario, organisation), values in replicates(study, outcome).items():
            place = (outcome, scenario, organisation)
            with np.errstate(invalid="ignore", divide="ignore"):
                means = np.nansum(values, 1) / np.isfinite(values).sum(1)
            if np.isinf(values).any() or np.isnan(means).all():
                notes.append(f"{outcome} under {scenario} is not a number in every replicate")
                continue
            if not np.nanstd(means) > 1e-12:
                notes.append(f"{outcome} under {scenario} does not vary")
                continue
            noise.append(noise_of(values, place))
            if method == "effects":
                found = effects(study, values)
            else:
                found = _INDICES[method](study, means, seed)
            if method == "sobol":
                warnings += unsettled(found, f"{outcome} under {scenario}")
            indices += [Index(*place, f, m, v, low, high) for f, m, v, low, high in found]
    if not indices:
        raise refusal(where, "", "has no outcome that varies", "; ".join(notes))
    return Sensitivity(method, tuple(indices), tuple(noise), tuple(notes), tuple(warnings))


def _method(study: Study, method: str | None) -> str:
    design = study.manifest["design"]
    made_for = {"saltelli": "sobol", "morris": "morris"} | dict.fromkeys(FACTORIAL, "effects")
    if method is None:
        return made_for.get(design, "pawn")
    if method not in METHODS:
        raise refusal("--method", "", f"{method} is no method", did_you_mean(method, METHODS))
    needed = [one for one, served in made_for.items() if served == method]
    if needed and design not in needed:
        right = f"design: {{{needed[0]}: …}}, or --method pawn"
        raise refusal("--method", "", f"{method} needs another design than {design}", right)
    return method


def _small_base(study: Study, method: str) -> list[str]:
    base = study.manifest["size"]["base"] if method == "sobol" else SMALL_BASE
    if base >= SMALL_BASE:
        return []
    return [f"a base of {base} is a first look: indices settle from {SMALL_BASE} on, often at 256"]


def unsettled(found: Found, where: str) -> list[str]:
    """Return signs that Sobol's indices have not settled, in words.

    Totals add up to 1 or more, and no first-order index is above its total, up to error.

    >>> unsettled([("a", "first", 0.5, 0.4, 0.6), ("a", "total", 0.2, 0.1, 0.3)], "y")[0]
    'y: the total effects add up to 0.20, and cannot be below 1'
    """
    total = {name: value for name, measure, value, *_ in found if measure == "total"}
    first = {name: value for name, measure, value, *_ in found if measure == "first"}
    said = []
    if (whole := sum(total.values())) < 1 - 2 * MOST_OFF:
        said.append(f"the total effects add up to {fixed(whole)}, and cannot be below 1")
    if above := [name for name in total if first[name] > total[name] + MOST_OFF]:
        said.append(f"the first-order effect of {', '.join(above)} is above the total effect")
    return [f"{where}: {one}" for one in said]


def noise_of(values: Floats, place: tuple[str, str, str] = ("", "", "")) -> Noise:
    """Return how much of the variance of ``values`` is chance.

    - ``values``, shape (n_points, n_replicates): NaN where there is no run.
    """
    finite = np.isfinite(values)
    count = finite.sum(1)
    used = count > 1
    values, finite, count = values[used], finite[used], count[used]
    nan = float("nan")
    if len(values) < 3:
        return Noise(*place, nan, nan, float(count.mean()) if len(count) else nan)
    means = np.nansum(values, 1) / count
    within = float((np.nansum((values - means[:, None]) ** 2, 1) / (count - 1)).mean())
    between = float(means.var(ddof=1))
    own = values - means[:, None]
    shared = np.zeros(values.shape[1])
    np.divide(np.nansum(own, 0), finite.sum(0), out=shared, where=finite.any(0))
    left = own - shared
    points, replicates = values.shape
    freedom = (points - 1) * (replicates - 1) if finite.all() else int((count - 1).sum())
    residual = float(np.nansum(left**2)) / max(1, freedom)
    of_means = residual * float((1 / count).mean()) / between if between > 0 else nan
    signal = max(0.0, between - residual * float((1 / count).mean()))
    of_worlds = within / (within + signal) if within + signal > 0 else nan
    return Noise(*place, of_worlds, min(1.0, of_means), float(count.mean()))


def _problem(names: Sequence[str]) -> dict[str, Any]:
    return {"num_vars": len(names), "names": list(names), "bounds": [[0, 1]] * len(names)}


def _library_seed(seed: int) -> int:
    return hash_text(f"bootstrap {seed}") % (2**31 - 1) + 1


def _complete(study: Study, means: Floats) -> Floats:
    if missing := int((~np.isfinite(means)).sum()):
        what = f"{missing} of {len(means)} points have no result"
        right = "a complete study: uptake sweep goes on where it stopped"
        raise refusal(str(study.folder), "", what, right)
    return means


def _unit(study: Study) -> Floats:
    unit = study.unit
    assert unit is not None  # only made designs get here
    return unit


def _sobol(study: Study, means: Floats, seed: int) -> Found:
    from SALib.analyze import sobol

    names = study.factors
    second = bool(study.manifest["size"]["second_order"])
    result = sobol.analyze(
        _problem(names), _complete(study, means), calc_second_order=second,
        num_resamples=RESAMPLES, seed=_library_seed(seed),
    )  # fmt: skip
    found: Found = []
    for measure, key in (("first", "S1"), ("total", "ST")):
        for name, value, half in zip(names, result[key], result[f"{key}_conf"], strict=True):
            found.append((name, measure, float(value), float(value - half), float(value + half)))
    if second:
        for i in range(len(names)):
            for j in range(i + 1, len(names)):
                value, half = result["S2"][i, j], result["S2_conf"][i, j]
                pair = f"{names[i]} × {names[j]}"
                found.append(
                    (pair, "second", float(value), float(value - half), float(value + half))
                )
    return found


def _morris(study: Study, means: Floats, seed: int) -> Found:
    from SALib.analyze import morris

    names = study.factors
    levels = study.manifest["size"]["levels"]
    result = morris.analyze(
        _problem(names), _unit(study), _complete(study, means),
        num_resamples=RESAMPLES, num_levels=levels, seed=_library_seed(seed),
    )  # fmt: skip
    found: Found = []
    nan = float("nan")
    for k, name in enumerate(names):
        star, half = float(result["mu_star"][k]), float(result["mu_star_conf"][k])
        found.append((name, "mu_star", star, max(0.0, star - half), star + half))
        found.append((name, "mu", float(result["mu"][k]), nan, nan))
        found.append((name, "sigma", float(result["sigma"][k]), nan, nan))
    return found


def _given(study: Study, means: Floats, seed: int) -> tuple[list[str], Floats, Floats]:
    """Return names, coordinates and means of the points that are there, with a dummy."""
    there = np.isfinite(means)
    if there.sum() < FEWEST_POINTS:
        right = f"{FEWEST_POINTS} or more; a few hundred say much more"
        raise refusal(str(study.folder), "", f"has {int(there.sum())} points with a result", right)
    unit = study.unit
    if unit is None:
        columns = [study.points[name] for name in study.factors]
        unit = np.stack([_ranks(column) for column in columns], 1)
    dummy = np.random.default_rng(_library_seed(seed)).random((len(unit), 1))
    return [*study.factors, DUMMY], np.hstack([unit, dummy])[there], means[there]


def _ranks(column: Any) -> Floats:
    """Return given values as shares in order; words by order of appearance."""
    values = column.to_pylist()
    words = any(isinstance(value, str) for value in values)
    order = list(dict.fromkeys(values)) if words else sorted(set(values))
    place = {value: i for i, value in enumerate(order)}
    return (np.array([place[value] for value in values]) + 0.5) / len(order)


def _pawn(study: Study, means: Floats, seed: int) -> Found:
    names, unit, means = _given(study, means, seed)
    rng = np.random.default_rng(_library_seed(seed))
    values = pawn(unit, means)
    draws = []
    for _ in range(RESAMPLES):
        chosen = rng.integers(0, len(means), len(means))
        draws.append(pawn(unit[chosen], means[chosen]))
    # A resample repeats points, which raises the index: only the spread is taken from it.
    low, high = values + np.quantile(draws, INTERVAL, axis=0) - np.mean(draws, axis=0)
    return [
        (name, "pawn", float(v), max(0.0, float(a)), float(b))
        for name, v, a, b in zip(names, values, low, high, strict=True)
    ]


def pawn(unit: Floats, values: Floats, slices: int = SLICES) -> Floats:
    """Return the median PAWN index of each column, as SALib computes it, for many resamples.

    The Kolmogorov-Smirnov distance between the distribution of ``values`` and that within
    each slice of a column; the median over slices.

    - ``unit``, shape (n, k)
    - ``values``, shape (n,)
    """
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    last = np.append(ordered[1:] != ordered[:-1], True)  # only the end of a tie is on the curve
    whole = np.arange(1, len(values) + 1) / len(values)
    indices = np.zeros(unit.shape[1])
    for k in range(unit.shape[1]):
        cut = np.quantile(unit[:, k], np.linspace(0, 1, slices + 1)[1:-1])
        own = np.searchsorted(cut, unit[order, k], side="right")
        distances = []
        for part in np.unique(own):
            inside = np.cumsum(own == part)
            distances.append(np.abs(inside / inside[-1] - whole)[last].max())
        indices[k] = float(np.median(distances))
    return indices


def _delta(study: Study, means: Floats, seed: int) -> Found:
    from SALib.analyze import delta

    names, unit, means = _given(study, means, seed)
    result = delta.analyze(
        _problem(names), unit, means, num_resamples=FEW_RESAMPLES, seed=_library_seed(seed),
        method="delta",
    )  # fmt: skip
    key = "delta" if "delta" in result else "delta_raw"  # its name since SALib 1.6
    return [
        (name, "delta", float(value), float(value - half), float(value + half))
        for name, value, half in zip(names, result[key], result[f"{key}_conf"], strict=True)
    ]


_INDICES: dict[str, Callable[[Study, Floats, int], Found]] = {
    "sobol": _sobol,
    "morris": _morris,
    "pawn": _pawn,
    "delta": _delta,
}
