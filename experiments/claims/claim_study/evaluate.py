"""Put a claim to the test: on every organisation, over a sample of parameter sets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from claim_study.places import Place
from claim_study.region import where_it_fails
from claim_study.runs import largest_twin_difference, run_until_precise
from claim_study.study import Cells, Effect, Floats, Study
from sim.contrast import percentiles
from sim.randomness import replicate_seeds

__all__ = ["RANGE", "Sizes", "evaluate", "summary_of", "verdict_of"]

RANGE = (0.025, 0.975)
"""Quantiles of the range that is reported: the middle 95%."""

SURE, LIKELY = 0.95, 0.75
SHUFFLES = 400
NEAR = 0.02
"""Shares of people below this, or as near 1, leave no room for a difference."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is run.

    Parameters
    ----------
    replicates, most : int
        Replicates a parameter set to begin with and at most, on 240 people.
    seed : int
    threads : int or None
    """

    replicates: int = 4
    most: int = 16
    seed: int = 0
    threads: int | None = None


def summary_of(values: Floats, margin: float) -> dict[str, float]:
    """Return mean, median, range and the shares of values for, neither and against.

    Examples
    --------
    >>> summary_of(np.array([0.2, 0.0, -0.2, 0.3]), 0.01)["for"]
    0.5
    """
    low, median, high = percentiles(values, RANGE)
    ahead, behind = float((values > margin).mean()), float((values < -margin).mean())
    return {
        "mean": float(values.mean()),
        "low": low,
        "median": median,
        "high": high,
        "for": ahead,
        "neither": float(((values <= margin) & (values >= -margin)).mean()),
        "against": behind,
    }


def verdict_of(shares: dict[str, float]) -> str:
    """Return a verdict in two or three words, from the shares for, neither and against.

    Examples
    --------
    >>> verdict_of({"for": 0.97, "neither": 0.03, "against": 0.0})
    'supported'
    >>> verdict_of({"for": 0.4, "neither": 0.2, "against": 0.4})
    'open'
    """
    for key, sure, likely in (
        ("for", "supported", "likely"),
        ("against", "contradicted", "more likely not"),
        ("neither", "no difference that matters", "probably none that matters"),
    ):
        if shares[key] >= SURE:
            return sure
        if shares[key] >= LIKELY:
            return likely
    return "not supported" if shares["for"] <= 1 - SURE else "open"


def _shuffled(study: Study, cells: Sequence[Cells], found: float) -> dict[str, Any]:
    """Return what the primary effect would be if arms' labels meant nothing."""
    rng = np.random.default_rng(20)
    null = np.array(
        [
            np.mean([study.primary.of(one.shuffled(rng)).mean() for one in cells])
            for _ in range(SHUFFLES)
        ]
    )
    centre = float(np.median(null))
    beyond = int((np.abs(null - centre) >= abs(found - centre)).sum())
    low, high = np.quantile(null, RANGE)
    return {
        "mean": float(null.mean()),
        "low": float(low),
        "high": float(high),
        "p": (beyond + 1) / (SHUFFLES + 1),
        "shuffles": SHUFFLES,
    }


def _of_effect(effect: Effect, values: Floats, names: Sequence[str]) -> dict[str, Any]:
    return {
        "name": effect.name,
        "unit": effect.unit,
        "margin": effect.margin,
        **summary_of(values.ravel(), effect.margin),
        "organisations": {
            name: summary_of(one, effect.margin) for name, one in zip(names, values, strict=True)
        },
    }


def _at_bounds(study: Study, cells: Sequence[Cells]) -> dict[str, float] | None:
    """Return the share of cases in which every arm is near nobody, or near everybody."""
    first = next(iter(study.measures.values()))
    if first.unit != "share":
        return None
    levels = np.stack([one.values[:, 0] for one in cells])  # organisation, arm, set
    return {
        "nobody": float((levels < NEAR).all(axis=1).mean()),
        "everybody": float((levels > 1 - NEAR).all(axis=1).mean()),
    }


def _arms(study: Study, cells: Sequence[Cells]) -> dict[str, dict[str, Any]]:
    """Return mean and range of every measure by arm, over sets and organisations."""
    stacked = np.stack([one.values for one in cells])  # organisation, arm, measure, set
    low, high = np.quantile(stacked, RANGE, axis=(0, 3))
    middle = stacked.mean(axis=(0, 3))
    return {
        arm: {
            measure: [float(middle[a, m]), float(low[a, m]), float(high[a, m])]
            for m, measure in enumerate(study.measures)
        }
        for a, arm in enumerate(study.arms)
    }


def evaluate(
    study: Study,
    rows: NDArray[np.void],
    places: Sequence[Place],
    sizes: Sizes | None = None,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Put a claim to the test.

    Parameters
    ----------
    study : Study
    rows : structured array of ``PARAMETER_DTYPE``, shape (P,)
        A sample of parameter sets, all of which count the same.
    places : sequence of Place
        Those without managers are skipped where the study needs them.
    sizes : Sizes, optional
    progress : callable, optional
        Told which organisation comes next.

    Returns
    -------
    dict
        Plain data, ready for JSON. The same arguments give the same numbers to the bit,
        whatever ``threads``; only ``seconds`` differs.
    """
    sizes = sizes or Sizes()
    begun = perf_counter()
    used = [one for one in places if one.has_managers or not study.needs_managers]
    cells: list[Cells] = []
    stops: dict[str, dict[str, Any]] = {}
    for place in used:
        if progress is not None:
            progress(f"{study.id} on {place.name}")
        found, stop = run_until_precise(
            study, place.organisation, rows, replicates=sizes.replicates, most=sizes.most,
            seed=sizes.seed, threads=sizes.threads,
        )  # fmt: skip
        cells.append(found)
        stops[place.name] = stop
    names = [place.name for place in used]
    effects = [np.stack([effect.of(one) for one in cells]) for effect in study.effects]
    seeds = [int(one) for one in replicate_seeds(sizes.seed, 2)]
    twin = largest_twin_difference(study, used[0].organisation, rows[:4], seeds)
    primary = study.primary
    by_set = effects[0].mean(axis=0)
    main = summary_of(effects[0].ravel(), primary.margin)
    return {
        "id": study.id,
        "verdict": verdict_of(main),
        "effects": [
            _of_effect(effect, values, names)
            for effect, values in zip(study.effects, effects, strict=True)
        ],
        "arms": _arms(study, cells),
        "at_bounds": _at_bounds(study, cells),
        "region": where_it_fails(rows, by_set > primary.margin),
        "controls": {
            "twin_largest_difference": twin,
            "shuffled": _shuffled(study, cells, main["mean"]) if study.shuffles else None,
        },
        "stops": stops,
        "skipped": {
            place.name: "nobody is a manager there" for place in places if place not in used
        },
        "sets": len(rows),
        "by_set": [round(float(value), 5) for value in by_set],
        "seconds": perf_counter() - begun,
    }
