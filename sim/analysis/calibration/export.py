"""A calibration for ArviZ: chains and draws, predictions, data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from sim.analysis.calibration.fit import Fit
from sim.analysis.calibration.kernel import goal, labels
from sim.analysis.calibration.predictive import predicted
from sim.extras import need

__all__ = ["check_arviz", "inference_data", "write_inference_data"]


def check_arviz() -> None:
    """Refuse at once where ArviZ is not installed.

    Raises
    ------
    InputError
    """
    need("arviz", where="--arviz")


def inference_data(found: Fit, threads: int | None = None) -> Any:
    """Return a calibration as ``arviz.InferenceData``.

    Groups: ``posterior`` and ``prior`` (unknowns, by chain and draw), ``sample_stats`` (the log
    kernel as ``lp``), ``posterior_predictive`` (figures of new replicates; of measured use
    single replicates) and ``observed_data`` (what was to be met). Figures are on the scale on
    which they are compared: logits, logarithms, angles; curves in shares.

    Parameters
    ----------
    found : Fit
    threads : int, optional
        Changes no number.

    Raises
    ------
    InputError
        Where ArviZ is not installed.
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
