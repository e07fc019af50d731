"""Replicates of a plan, drawn by how well they agree with what was measured meanwhile."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.analysis.firm import kernel
from sim.analysis.firm.observed import Observed, points
from sim.analysis.plan.evaluate import Evaluator
from sim.analysis.plan.layout import Plan
from sim.case import run_cases
from sim.randomness import replicate_seeds

__all__ = ["SETS", "WeighedReplicates", "weigh"]

SETS = 1024
"""Parameter sets that are weighed, at least."""

POOL = 2048
"""Replicates that are weighed, at least; two of each set."""

KEPT = 512
"""Replicates that are drawn by weight, to plan the remaining weeks in."""


@dataclass(frozen=True, eq=False)
class WeighedReplicates:
    """Replicates drawn by how well they agree with what was measured.

    Parameters
    ----------
    rows : structured array of ``PARAMETER_DTYPE``, shape (KEPT,)
    seeds : uint64 array, shape (KEPT,)
        What was run with these parameters.
    effective : float
        Effective sample size of the weights, of ``pool`` parameter sets.
    pool, different : int
        Parameter sets weighed; different replicates among those drawn.
    off : float
        How far the weighed replicates are from what was measured (root mean square of shares).
    nearest : float
        Distance of the nearest set, as a multiple of what chance and discrepancy explain
        (root mean square); above 2 hardly any is like what was measured.
    """

    rows: NDArray[np.void]
    seeds: NDArray[np.uint64]
    effective: float
    pool: int
    different: int
    nearest: float
    off: float = 0.0


def weigh(evaluator: Evaluator, plan: Plan, observed: Observed, seed: int = 0) -> WeighedReplicates:
    """Weigh parameter sets and replicates by what was measured while a plan was carried out.

    Each is simulated until the last week measured, weighed by ``sim.analysis.firm.kernel``,
    and drawn by weight.

    Parameters
    ----------
    evaluator : Evaluator
        Of the problem as it was planned.
    """
    source = evaluator.replicates
    n_sets = len(source.rows)
    seeds = replicate_seeds(seed, max(2, -(-POOL // n_sets)), sets=n_sets)
    records = run_cases(
        [evaluator.case(plan, source.rows)],
        seeds,
        weeks=observed.week,
        threads=evaluator.threads,
    )
    found = kernel.weigh(observed, points(records, evaluator.layout.organisation, observed))
    sets, replicates = found.drawn(KEPT, seed)
    return WeighedReplicates(
        rows=source.rows[sets],
        seeds=seeds[sets, replicates],
        effective=found.effective,
        pool=n_sets,
        different=len(np.unique(sets * seeds.shape[1] + replicates)),
        nearest=found.nearest,
        off=found.off,
    )
