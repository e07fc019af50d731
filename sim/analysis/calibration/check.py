"""Does a calibration know what it says? Truths are drawn, answered and found again.

Simulation-based calibration [Talts et al. 2018, arXiv 1804.06788] on a study's own design: what
is true is drawn from where its search begins, and answered once, as its firms would have been
seen: one firm in one replicate, the rest of the errors drawn. The answer is weighed by the
calibration's own kernel over a table of sets drawn alike. Where so few of them are near a truth
that they cannot tell, figures are fitted to the table (linear and quadratic in normal scores),
truths are sought among many more sets, and what the fit leaves, by cross-validation, is added to
the kernel. A 90% band should hold the truth in 90% of
the cases. That the moves of the search find a posterior which is known is another matter, for
R-hat to tell.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import ndtri
from scipy.stats import kstest

from sim.analysis.calibration.definition import CalibrationStudy
from sim.analysis.calibration.fit import (
    BATCH,
    CHANCE,
    SEARCH,
    answers,
    one_by_one,
    sets_of,
    spreads_of,
)
from sim.analysis.calibration.kernel import columns_of, covariance, errors, log_kernel, seen_once
from sim.analysis.calibration.observe import observe
from sim.analysis.firm.kernel import DISCREPANCY, SCALES
from sim.arrays import Bools, Floats, Ints

AIM = (0.86, 0.94)
"""Coverage that 90% bands should have."""
TABLE, TRUTHS = 1500, 200
"""Sets that are simulated, and truths."""
DRAWS = 8000
"""Sets that truths are sought in, by the fit to the table."""
ENOUGH = 20
"""Effective sets, in the median, from which the table alone tells."""

FOLDS = 5

INFORMED = 0.8
"""Width left, over that of the truths, below which a direction counts as informed."""
ONE_STUDY = 2**34
"""Key of the replicates in which truths are answered."""
REPLICATES = 16
"""Replicates at least in which one firm is simulated under every set of the table."""

TENTH = 10


@dataclass(frozen=True, eq=False)
class Check:
    """What a check found."""

    found: dict[str, Any]
    """Coverage, by direction."""
    chance: dict[str, float]
    """Chance of one firm over the error given, of each target that was seen in one firm."""

    @property
    def coverage(self) -> float:
        """Share of 90% bands that hold the truth."""
        return float(self.found["coverage of 90% bands"])

    @property
    def holds(self) -> bool:
        """Whether that is what it should be."""
        return AIM[0] <= self.coverage <= AIM[1]


def check(
    study: CalibrationStudy, *, table: int = TABLE, truths: int = TRUTHS, threads: int | None = None
) -> Check:
    """Return how often the study's 90% bands would hold the truth.

    Figures of which lower is as good have no distribution to draw from, and are left out.

    - ``table``: sets that are simulated.
    """
    kept = {name: one for name, one in study.targets.items() if not one.at_most}
    study = replace(study, targets=kept)
    rng = np.random.default_rng([study.seed, 8])
    drawn = rng.random((table + truths + DRAWS, len(study.priors)))
    simulated, true, sought = np.split(drawn, [table, table + truths])
    figures, spread = answers(study, simulated, SEARCH, threads=threads)
    firms = _of_one(study, simulated, threads)
    for columns, at in firms.values():
        figures[:, columns] = at.mean(axis=1)
    told, chance = _told(study, true, firms, threads, rng)
    fitted = len(study.priors) - len(study.left_out)
    once = _once(study)

    def counted(rows: Ints) -> Floats:
        """Return the chance that the search would count near some sets."""
        whole: Floats = np.diag(np.where(once, 0.0, spread[rows].mean(axis=0)))
        for name, (columns, at) in firms.items():
            if seen_once(study, name):
                left = 1 + 1 / _blocks(study, name)
                whole[np.ix_(columns, columns)] = _covariance(at[rows]) * left
        return whole

    def of_search() -> Floats:
        """Return the figures in as few replicates as the search has, of all those there are.

        All sets have the same ones: by how much these few are off is common to them.
        """
        few = figures.copy()
        for name, (columns, at) in firms.items():
            chosen = rng.choice(at.shape[1], min(_blocks(study, name), at.shape[1]), replace=False)
            few[:, columns] = at[:, chosen].mean(axis=1)
        return few

    chances, searched = [], []
    for one in told:
        far = ((figures - one) ** 2 / (errors(study) ** 2 + spread.mean(axis=0))).sum(axis=1)
        chances.append(counted(np.argsort(far, kind="stable")[: max(2, table // TENTH)]))
        searched.append(of_search())
    mean = counted(np.arange(table))
    found = judged(
        simulated[:, :fitted], figures, true[:, :fitted], told, covariance(study, mean),
        lambda i: log_kernel(study, searched[i], chances[i], told[i]),
    )  # fmt: skip
    if found["effective sets, median"] < ENOUGH:
        points, many = simulated[:, :fitted], sought[:, :fitted]
        emulated, left = fitted_to(points, figures, many)
        left = np.atleast_2d(left)
        found = judged(
            many, emulated, true[:, :fitted], told, covariance(study, mean) + left,
            lambda i: log_kernel(study, emulator(points, searched[i], many), chances[i] + left,
                                 told[i]),
        )  # fmt: skip
    return Check(found, chance)


def _blocks(study: CalibrationStudy, name: str) -> int:
    """Return in how many replicates the search simulates a setting."""
    return study.settings[name].replicates * len(study.organisations[name])


def _covariance(at: Floats) -> Floats:
    """Return the covariance of replicates about the mean of their set, pooled."""
    apart = at - at.mean(axis=1, keepdims=True)
    flat = apart.reshape(-1, at.shape[2])
    return flat.T @ flat / (len(at) * (at.shape[1] - 1))


def _once(study: CalibrationStudy) -> Bools:
    """Return which figures are of a firm whose own chance is in the kernel."""
    return np.array([seen_once(study, name) for name in columns_of(study)])


def _is_one_firm(study: CalibrationStudy, name: str) -> bool:
    """Return whether a setting stands for one firm or one trial."""
    setting = study.settings[name]
    return seen_once(study, name) or (setting.firms is None and setting.organisations == 1)


def _of_one(
    study: CalibrationStudy, points: Floats, threads: int | None
) -> dict[str, tuple[Ints, Floats]]:
    """Return what one firm would say in each of many replicates, by setting of one firm.

    By setting: its columns among the figures, and their values, shape (n, n_replicates, n_columns).
    """
    setting_of = np.array(columns_of(study))
    found = {}
    for name in study.settings:
        columns = np.flatnonzero(setting_of == name)
        if not len(columns) or not _is_one_firm(study, name):
            continue
        times = -(-max(REPLICATES, 3 * _blocks(study, name)) // _blocks(study, name))
        parts = []
        for first in range(0, len(points), BATCH):
            part = points[first : first + BATCH]
            seen = observe(
                study, name, sets_of(study, part), spreads_of(study, part).get(name), CHANCE,
                replicates=times, threads=threads,
            )  # fmt: skip
            parts.append(one_by_one(study, name, seen))
        found[name] = columns, np.concatenate(parts)
    return found


def _told(
    study: CalibrationStudy, truths: Floats, firms: dict[str, tuple[Ints, Floats]],
    threads: int | None, rng: np.random.Generator,
) -> tuple[Floats, dict[str, float]]:  # fmt: skip
    """Return the figures that would be told of each truth, and the chance in them.

    One firm is seen in one replicate. Where its chance is added to the errors, these are drawn
    besides; where they are said to hold it, only what they hold beyond it is.
    """
    settings = {
        name: one.model_copy(update={"replicates": 1}) if _is_one_firm(study, name) else one
        for name, one in study.settings.items()
    }
    once = replace(study, settings=settings)
    seen = np.concatenate(
        [answers(once, truths[i : i + 1], ONE_STUDY + i, threads=threads)[0]
         for i in range(len(truths))]
    )  # fmt: skip
    variance = np.zeros(seen.shape[1])
    for columns, at in firms.values():
        variance[columns] = np.diag(_covariance(at))
    ratio = np.sqrt(variance) / errors(study)
    added = _once(study)
    beyond: Floats = np.where(added, 1.0, np.sqrt(np.maximum(1.0 - ratio**2, 0.0)))
    prior = np.exp(-np.array(SCALES) / DISCREPANCY)
    scales = rng.choice(SCALES, size=len(truths), p=prior / prior.sum())
    told = seen.copy()
    for scale in SCALES:
        rows = np.flatnonzero(scales == scale)
        errs: Floats = covariance(study, np.zeros(seen.shape[1]), float(scale))
        whole = np.asarray(beyond[:, None] * errs * beyond[None, :])
        told[rows] += rng.multivariate_normal(np.zeros(len(whole)), whole, len(rows))
    chance = {
        name: round(float(ratio[k]), 2)
        for k, (name, target) in enumerate(study.targets.items())
        if _is_one_firm(study, target.setting)
    }
    return told, chance


def fitted_to(table: Floats, figures: Floats, sought: Floats) -> tuple[Floats, Floats]:
    """Return figures of sets by a fit to a table, and the covariance of what it leaves."""
    terms, n = _terms(table), len(table)
    left = np.empty_like(figures)
    for fold in range(FOLDS):
        mine = np.arange(n) % FOLDS == fold
        left[mine] = figures[mine] - terms[mine] @ _slopes(terms[~mine], figures[~mine])
    return emulator(table, figures, sought), np.cov(left.T)


def emulator(table: Floats, figures: Floats, sought: Floats) -> Floats:
    """Return figures of sets by a fit to a table of others."""
    return _terms(sought) @ _slopes(_terms(table), figures)


def _terms(points: Floats) -> Floats:
    z = ndtri(points)
    return np.column_stack([np.ones(len(z)), z, z**2 - 1.0])


def _slopes(terms: Floats, figures: Floats) -> Floats:
    ridge: Floats = np.eye(terms.shape[1])
    ridge[0, 0] = 0.0
    return np.asarray(np.linalg.solve(terms.T @ terms + ridge, terms.T @ figures), np.float64)


def judged(
    table: Floats, figures: Floats, truths: Floats, told: Floats, whole: Floats,
    logs: Callable[[int], Floats] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return how often bands hold the truth, direction by direction.

    - ``table``, ``truths``, shape (n, d): drawn alike.
    - ``figures``, ``told``, shape (n, n_targets): what the table's sets answer on average, and what
      was told of each truth.
    - ``whole``, shape (n_targets, n_targets): the kernel's covariance.
    - ``logs``: gives the log kernel of all sets for one truth; that of ``whole`` by default.
    """
    root = np.linalg.cholesky(whole)
    ours, theirs = (np.linalg.solve(root, one.T).T for one in (figures, told))
    vectors, widths = informed(table, ours)
    places, true = table @ vectors, truths @ vectors
    ranks, sizes = np.empty_like(true), np.empty(len(true))
    for i, one in enumerate(theirs):
        apart = -0.5 * ((ours - one) ** 2).sum(axis=1) if logs is None else logs(i)
        weights = np.exp(apart - apart.max())
        weights /= weights.sum()
        sizes[i] = 1.0 / (weights**2).sum()
        ranks[i] = weights @ (places < true[i])
    held = (ranks > 0.05) & (ranks < 0.95)
    directions = [
        {
            "width left": round(float(width), 2),
            "coverage": round(float(held[:, k].mean()), 3),
            "ranks by tenths": np.histogram(ranks[:, k], 10, (0, 1))[0].tolist(),
            "p of uniform ranks": round(float(kstest(ranks[:, k], "uniform").pvalue), 3),
        }
        for k, width in enumerate(widths)
    ]
    return {
        "truths": len(truths),
        "coverage of 90% bands": round(float(held.mean()), 3),
        "standard error of it": round(float(held.mean(axis=1).std() / len(truths) ** 0.5), 3),
        "aim": [0.86, 0.94],
        "directions": directions,
        "effective sets, median": round(float(np.median(sizes)), 1),
        "effective sets, 10th percentile": round(float(np.quantile(sizes, 0.1)), 1),
    }


def informed(table: Floats, ours: Floats) -> tuple[Floats, Floats]:
    """Return directions that figures narrow, narrowest first, and the width that they leave.

    As of a linear model of figures in standard errors: where a step of one standard deviation
    of the truths moves them by a distance s, the width left is 1 / sqrt(1 + s²).
    """
    root = np.linalg.cholesky(np.cov(table.T) + 1e-12 * np.eye(table.shape[1]))
    white = np.linalg.solve(root, (table - table.mean(axis=0)).T).T
    slopes = np.linalg.lstsq(white, ours - ours.mean(axis=0), rcond=None)[0]
    strength, vectors = np.linalg.eigh(slopes @ slopes.T)
    widths = 1.0 / np.sqrt(1.0 + np.maximum(strength, 0.0))
    order = [k for k in np.argsort(widths, kind="stable") if widths[k] < INFORMED]
    chosen = order or [int(widths.argmin())]
    return np.linalg.solve(root.T, vectors[:, chosen]), widths[chosen]
