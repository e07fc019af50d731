"""Does the calibration say as much as it knows? Truths are drawn, answered and found again.

python experiments/calibration/sbc.py [--result DIR] [--table 2000] [--truths 200]

Simulation-based calibration [Talts et al. 2018, arXiv 1804.06788] on the studies' own design,
about the posterior [Säilynoja et al. 2025, arXiv 2502.03279]: what is true is drawn from the
posterior sample, widened to twice its covariance. Each truth is simulated once, in replicates of
its own, as one study met it: where that was one firm or one trial, in one replicate; 66 firms where
there were 66. What the study's errors hold beyond this chance is drawn from their covariance.

The answer is then weighed by the calibration's own kernel over sets that are drawn as the
truths were. So many as that takes are too dear to simulate: a table of sets is simulated in
common replicates as in the search, figures are fitted to it (linear and quadratic in normal
scores), and what the fit leaves, by cross-validation,
is added to the kernel's covariance. A 90% band
should hold the truth in 90% of the cases. Written to sbc.json beside the sample. Figures that
may be lower (at_most) have no distribution to draw from and are left out.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.analysis.calibration.check import fitted_to, informed, judged
from sim.analysis.calibration.definition import CalibrationStudy
from sim.analysis.calibration.fit import SEARCH, answers
from sim.analysis.calibration.kernel import covariance, errors
from sim.analysis.calibration.reading import load_study
from sim.organisation import template
from sim.parameters import Prior
from sim.posterior import POSTERIOR_FILE

HERE = Path(__file__).resolve().parent
ONE_REPLICATE = {
    "volunteers", "session", "information", "evaluator", "small-group", "installed", "government"
}  # fmt: skip
"""Settings in which one firm or one trial was seen. All others are surveys of many firms; in the
product teams, the replicates together have about as many adopters as the study."""
FIRMS = 66
"""Firms of the cross-section [Dillon25]."""
DRAWS = 30_000
"""Sets that truths are sought in, by the fit to the table."""
WIDENED = 1.0
"""Steps from a set of the sample, in standard deviations of it: twice its covariance in all."""
TRUTHS, MEANS, ONE_STUDY = 2**33, 2**33 + 1, 2**34
"""Keys of the replicates in which truths are simulated."""
Floats = NDArray[np.float64]
__all__ = ["informed", "judged"]


def main() -> None:
    """Write sbc.json beside the sample, and say what it holds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--study", type=Path, default=HERE)
    parser.add_argument("--result", type=Path, default=HERE / "result")
    parser.add_argument("--table", type=int, default=2000, help="sets that are simulated")
    parser.add_argument("--truths", type=int, default=200)
    said = parser.parse_args()
    study = without_one_sided(load_study(said.study))
    drawn = around(study, sample(study, said.result), said.table + said.truths + DRAWS)
    table, truths, sought = np.split(drawn, [said.table, said.table + said.truths])
    figures, variances = answers(study, table, SEARCH)
    chance = variances.mean(axis=0)
    told, rng = as_studies_told(study, truths)
    fitted = len(study.priors) - len(study.left_out)
    table, truths, sought = (points[:, :fitted] for points in (table, truths, sought))
    emulated, left = fitted_to(table, figures, sought)
    found = judged(sought, emulated, truths, told, covariance(study, chance) + left)
    found |= {"sets in the table": len(table), "widened to": 1.0 + WIDENED**2}
    found["chance of one study, over the error"] = {
        name: round(float(ratio), 2)
        for name, ratio in zip(study.targets, rng / errors(study), strict=True)
    }
    (said.result / "sbc.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    print(f"{found['coverage of 90% bands']:.0%} of 90% bands hold the truth, over "
          f"{len(found['directions'])} informed directions and {len(truths)} truths.")  # fmt: skip


def without_one_sided(study: CalibrationStudy) -> CalibrationStudy:
    """Return the study without figures that may be lower."""
    kept = {name: one for name, one in study.targets.items() if not one.at_most}
    return replace(study, targets=kept)


def share_below(prior: Prior, values: Floats) -> Floats:
    """Return the shares of a prior below values: the inverse of its quantiles, by halving."""
    low, high = np.zeros(len(values)), np.ones(len(values))
    for _ in range(60):
        middle = (low + high) / 2
        below = prior.quantile(middle) < values
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return (low + high) / 2


def sample(study: CalibrationStudy, result: Path) -> Floats:
    """Return the posterior sample as shares of the priors; what it does not hold is drawn."""
    own = result / "posterior.csv"  # the recorded one is the shipped sample: one copy is enough
    sets = pd.read_csv(own if own.exists() else POSTERIOR_FILE)
    points = np.random.default_rng([study.seed, 1]).random((len(sets), len(study.priors)))
    for k, name in enumerate(study.parameters):
        points[:, k] = share_below(study.priors[k], sets[name].to_numpy())
    return points


def around(study: CalibrationStudy, points: Floats, n: int) -> Floats:
    """Return points drawn from the sample and moved by as much as it varies."""
    rng = np.random.default_rng([study.seed, 2])
    root = np.linalg.cholesky(np.cov(points.T) + 1e-9 * np.eye(points.shape[1]))
    moved = points[rng.integers(len(points), size=n)]
    moved = np.mod(moved + WIDENED * rng.standard_normal(moved.shape) @ root.T, 2.0)
    folded: Floats = np.where(moved > 1.0, 2.0 - moved, moved)
    return np.clip(folded, 1e-6, 1.0 - 1e-6)


def as_studies_told(study: CalibrationStudy, truths: Floats) -> tuple[Floats, Floats]:
    """Return the figures that one study would publish of each truth.

    Returns
    -------
    float64 arrays, shape (n, n_targets) and (n_targets,)
        The figures, and the standard deviation of one study's chance.
    """
    organisations = dict(study.organisations)
    for name, one in study.settings.items():
        if one.firms is not None and one.people is not None:
            count = -(-FIRMS // one.firms.count)
            organisations[name] = tuple(template(one.people, 1 + k) for k in range(count))
    settings = {
        name: one.model_copy(update={"replicates": 1}) if name in ONE_REPLICATE else one
        for name, one in study.settings.items()
    }
    once = replace(study, settings=settings, organisations=organisations)
    seen = np.concatenate(
        [answers(once, truths[i : i + 1], ONE_STUDY + i)[0] for i in range(len(truths))]
    )
    means, _ = answers(study, truths, MEANS, replicates=4)
    rng = np.sqrt(((seen - means) ** 2).mean(axis=0))
    beyond = np.sqrt(np.maximum(1.0 - (rng / errors(study)) ** 2, 0.0))
    whole = beyond[:, None] * covariance(study, np.zeros(len(rng))) * beyond[None, :]
    draw = np.random.default_rng([study.seed, 3])
    return seen + draw.multivariate_normal(np.zeros(len(rng)), whole, len(seen)), rng


if __name__ == "__main__":
    main()
