"""Whether chains converged, and a fit as ArviZ has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import ndtri
from scipy.stats import rankdata

from sim.analysis.calibration.findings import predicted
from sim.analysis.calibration.fit import Fit
from sim.analysis.calibration.kernel import goal, labels
from sim.arrays import Floats
from sim.extensions import need


@dataclass(frozen=True, eq=False)
class Convergence:
    """How well chains agree."""

    figures: Floats
    """R-hat of each figure, in new replicates, shape (n_targets,)."""
    unknowns: Floats
    """R-hat of each unknown, shape (n_unknowns,)."""
    sets: int
    """Parameter sets of all chains."""
    effective_figures: float
    effective_unknowns: float
    """``effective_figures``, ``effective_unknowns``: independent sets that would vary as much
    between chains; NaN for a single chain."""

    @property
    def worst_figures(self) -> float:
        """The largest R-hat of a figure."""
        return float(self.figures.max())

    @property
    def worst_unknowns(self) -> float:
        """The largest R-hat of an unknown."""
        return float(self.unknowns.max())


def converged(found: Fit) -> Convergence:
    """Return how well the chains of a fit agree."""
    points = found.of_chains(found.shares)
    figures = found.of_chains(found.check)
    return Convergence(
        r_hat(figures), r_hat(points), len(found.check), effective(figures), effective(points)
    )


def r_hat(chains: Sequence[Floats]) -> Floats:
    """Return the rank-normalised split R-hat of every column.

    The larger of that of the ranks (agreement on the middle) and of the distances from the
    median (agreement on the spread) [Vehtari et al. 2021, doi:10.1214/20-BA1221]. A chain's
    halves are its first and its last sets: a population has no order in time.

    1 where the chains cannot be told apart. Shape (n_columns,).

    - ``chains``, shape (n_sets, n_columns): the same number of sets each.
    """
    half = len(chains[0]) // 2
    pieces = np.stack([part for one in chains for part in (one[:half], one[-half:])])
    apart = np.abs(pieces - np.median(pieces, axis=(0, 1)))
    return np.maximum(_classic(_normal(pieces)), _classic(_normal(apart)))


def effective(chains: Sequence[Floats]) -> float:
    """Return how many independent sets would vary as much between chains, over all columns.

    Among m chains of n independent sets, n times the variance of the means over the variance
    inside is 1 on average; how much more it is, on the mean over all columns, is how much
    fewer sets there are. At most as many as there are; NaN for one chain.
    """
    if len(chains) < 2:
        return float("nan")
    ranks = _normal(np.stack(list(chains)))
    n_sets = ranks.shape[0] * ranks.shape[1]
    inside = ranks.var(axis=1, ddof=1).mean(axis=0)
    between = ranks.shape[1] * ranks.mean(axis=1).var(axis=0, ddof=1)
    moving = inside > 0
    if not moving.any():
        return float(n_sets)
    return float(n_sets / max((between[moving] / inside[moving]).mean(), 1.0))


def _normal(pieces: Floats) -> Floats:
    """Return normal scores of ranks over all pieces, column by column."""
    flat = pieces.reshape(-1, pieces.shape[-1])
    ranks = rankdata(flat, axis=0)
    return ndtri((ranks - 0.375) / (len(flat) + 0.25)).reshape(pieces.shape)


def _classic(pieces: Floats) -> Floats:
    """Return sqrt(((n - 1)/n · W + B/n) / W) over pieces of n sets; 1 for what never varies."""
    n = pieces.shape[1]
    inside = pieces.var(axis=1, ddof=1).mean(axis=0)
    between = pieces.mean(axis=1).var(axis=0, ddof=1)
    whole = (n - 1) / n * inside + between
    ratio = np.divide(whole, inside, out=np.ones_like(whole), where=inside > 0)
    result: Floats = np.sqrt(np.maximum(ratio, 0.0))
    return result


def check_arviz() -> None:
    """Refuse at once where ArviZ is not installed."""
    need("arviz", where="--arviz")


def inference_data(found: Fit, threads: int | None = None) -> Any:
    """Return a calibration as ``arviz.InferenceData``.

    Groups: ``posterior`` and ``prior`` (unknowns, by chain and draw), ``sample_stats`` (the log
    kernel as ``lp``), ``posterior_predictive`` (figures of new replicates; of measured use single
    replicates) and ``observed_data`` (what was to be met). Figures are on the scale on which they
    are compared: logits, logarithms, angles; curves in shares. Raises InputError where ArviZ is not
    installed.
    """
    check_arviz()
    import arviz

    study = found.study
    last = [chain[-1] for chain in found.chains]
    sets = found.sets()
    posterior = {
        name: np.stack(found.of_chains(sets[name].astype(np.float64))) for name in study.parameters
    }
    shares = found.of_chains(found.shares)
    first = len(study.parameters)
    for k, name in enumerate(study.nuisances):
        prior = study.priors[first + k]
        posterior[f"spread of {name}"] = np.stack(
            [prior.quantile(one[:, first + k]) for one in shares]
        )
    before = study.shares(found.prior.points)
    prior_draws = {
        name: study.priors[k].quantile(before[:, k])[None]
        for k, name in enumerate(study.parameters)
    }
    n = len(study.targets)
    figures = {"figures": np.stack([one[:, :n] for one in found.of_chains(found.check)])}
    data = {"figures": goal(study)[:n]}
    coords: dict[str, Any] = {"figure": labels(study)[:n]}
    dims = {"figures": ["figure"]}
    for one in predicted(found, threads):
        figures[one.name] = np.stack(found.of_chains(one.draws))
        data[one.name] = one.curve.observed.values
        coords[f"{one.name}_value"] = one.curve.labels(one.name)
        dims[one.name] = [f"{one.name}_value"]
    return arviz.from_dict(
        posterior=posterior,
        prior=prior_draws,
        posterior_predictive=figures,
        observed_data=data,
        sample_stats={"lp": np.stack([one.kernel for one in last])},
        coords=coords,
        dims=dims,
    )


def write_inference_data(found: Fit, file: Path, threads: int | None = None) -> None:
    """Write a calibration as a netCDF file that ``arviz.from_netcdf`` reads."""
    inference_data(found, threads).to_netcdf(str(file))
