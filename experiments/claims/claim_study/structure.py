"""Which mechanisms a claim hangs on: the same study with each switched off, one at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from claim_study.places import Place
from claim_study.runs import cells_of, run_arms, seeds_for
from claim_study.study import Study
from sim.parameters import MECHANISMS
from sim.randomness import replicate_seeds

__all__ = ["without_each_mechanism"]


def without_each_mechanism(
    study: Study,
    rows: NDArray[np.void],
    place: Place,
    *,
    replicates: int = 2,
    seed: int = 0,
    threads: int | None = None,
) -> dict[str, Any]:
    """Return the primary effect with everything on, and with each mechanism off.

    Parameters
    ----------
    study : Study
    rows : structured array of ``PARAMETER_DTYPE``, shape (P,)
    place : Place
    replicates : int
        Replicates a set, on 240 people.
    seed : int
    threads : int, optional

    Returns
    -------
    dict
        ``whole``: the mean effect; ``without``: mean effect by mechanism switched off;
        ``sets`` and ``organisation``.
    """
    organisation = place.organisation
    if study.shown:  # what the primary effect is made of
        study = replace(study, arms={arm: study.arms[arm] for arm in study.shown})
    seeds = replicate_seeds(seed, seeds_for(organisation, replicates), sets=len(rows))

    def effect(*off: str) -> float:
        values = run_arms(study, organisation, rows, seeds, off=off, threads=threads)
        return float(study.primary.of(cells_of(study, values)).mean())

    return {
        "organisation": place.name,
        "sets": len(rows),
        "whole": effect(),
        "without": {name: effect(name) for name in MECHANISMS},
    }
