"""Hold out each group in turn, forecast it by every model, and score the forecasts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product
from typing import Any

import numpy as np

from forecasting.data import Diffusion, Floats
from forecasting.hazard import HazardForecaster, StepAhead
from forecasting.plain import PLAIN, Forecaster
from forecasting.score import band, coverage, log_scores, ranked_scores
from sim.errors import InputError, Problem

__all__ = ["compare_models"]

LEVEL = 0.8


def compare_models(
    data: Diffusion,
    models: Mapping[str, Forecaster],
    *,
    simulations: int = 400,
    seed: int = 0,
    folds: int | None = None,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Forecast each group from the others, by every model.

    Parameters
    ----------
    data : Diffusion
    models : dict of str to Forecaster
    simulations : int
        Simulated futures a forecast.
    seed : int
    folds : int, optional
        In how many parts the groups are held out; each by itself where not given. With many
        groups, ten or twenty parts save fits and lose little.
    progress : callable, optional
        Told which groups and model come next.

    Returns
    -------
    dict
        By model: the mean log score a person, the ranked score of the groups' curves, the share
        of quarter points inside the 80% band, the log score by group and the band of each
        group's curve (low, median, high by period); and the difference of each from the best
        of the others, and of the plain ones, with a 95% interval over groups. Of a hazard
        forecaster also the mean log score a person one step ahead, conditioned on what was
        observed in the group before, and the mean over groups of the joint log score of all
        that happened in one.

    Raises
    ------
    InputError
        Where there is one group only.
    """
    if data.n_groups < 2:
        what = f"{data.organisation.name} has one group: none can be held out"
        raise InputError([Problem("people.csv", "team", what, "two groups or more, by team")])
    people: dict[str, Floats] = {name: np.empty(len(data.time)) for name in models}
    curves = {name: np.empty(data.n_groups) for name in models}
    inside: dict[str, list[float]] = {name: [] for name in models}
    bands: dict[str, list[list[list[float]]]] = {name: [[]] * data.n_groups for name in models}
    ahead: dict[str, list[StepAhead]] = {name: [] for name in models}
    parts = min(folds or data.n_groups, data.n_groups)
    for part, (name, model) in product(range(parts), models.items()):
        groups = range(part, data.n_groups, parts)
        seen = data.group % parts != part
        if progress is not None:
            progress(f"{', '.join(data.organisation.teams[g] for g in groups)}: {name}")
        simulated = data.observable(model(data, seen, simulations, seed + part))
        if isinstance(model, HazardForecaster):
            ahead[name].append(model.step_ahead(data, seen))
        for group in groups:
            held = data.group == group
            time, of_group = data.time[held], simulated[:, held]
            people[name][held] = log_scores(of_group, time, data.periods)
            curves[name][group] = ranked_scores(of_group, time, data.periods)
            inside[name] += coverage(of_group, time, data.periods, LEVEL).tolist()
            bands[name][group] = band(of_group, data.periods, LEVEL).round(3).tolist()
    return {
        "people": len(data.time),
        "groups": data.n_groups,
        "periods": data.periods,
        "adopted": float((data.time <= data.periods).mean()),
        "simulations": simulations,
        "group_names": list(data.organisation.teams),
        "observed": [
            band(data.time[data.group == g][None], data.periods, LEVEL)[1].round(3).tolist()
            for g in range(data.n_groups)
        ],
        "models": {
            name: {
                "log_score": float(people[name].mean()),
                "by_group": [
                    float(people[name][data.group == g].mean()) for g in range(data.n_groups)
                ],
                "ranked_score": float(np.mean(curves[name])),
                "inside_80": float(np.mean(inside[name])),
                "bands": bands[name],
                **_step_scores(ahead[name], len(data.time)),
            }
            for name in models
        },
        "differences": {
            name: _against_best(name, people, data) for name in models if len(models) > 1
        },
        "against_plain": {
            name: _against_best(name, {k: people[k] for k in (name, *plain)}, data)
            for name in models
            if (plain := [k for k in models if k in PLAIN and k != name])
        },
    }


def _step_scores(ahead: list[StepAhead], people: int) -> dict[str, Any]:
    """Return log scores one step ahead, a person and (all persons at once) a group."""
    if not ahead:
        return {}
    joint = np.nansum([one.joint for one in ahead], axis=0).tolist()
    return {
        "step_log_score": float(sum(np.nansum(one.person) for one in ahead) / people),
        "joint_log_score": sum(joint) / len(joint),
        "joint_by_group": joint,
    }


def _against_best(name: str, people: Mapping[str, Floats], data: Diffusion) -> dict[str, Any]:
    """Return a model's log score less that of the best other, with an interval over groups."""
    others = {other: float(score.mean()) for other, score in people.items() if other != name}
    best = max(others, key=lambda other: others[other])
    less = people[name] - people[best]
    rng = np.random.default_rng(8)
    groups = [less[data.group == g] for g in range(data.n_groups)]
    means = []
    for _ in range(4000):
        drawn = rng.integers(0, data.n_groups, data.n_groups)
        means.append(sum(groups[g].sum() for g in drawn) / sum(len(groups[g]) for g in drawn))
    low, high = np.quantile(means, (0.025, 0.975))
    return {"best_other": best, "mean": float(less.mean()), "low": float(low), "high": float(high)}
