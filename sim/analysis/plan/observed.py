"""Replicates weighed by what was measured meanwhile, and a forecast no surer than the model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.analysis.firm import kernel
from sim.analysis.firm.kernel import DISCREPANCY, FAR, FEW, MEMORY
from sim.analysis.firm.observed import Observed, points
from sim.analysis.plan.evaluate import Evaluator
from sim.analysis.plan.layout import Plan
from sim.analysis.plan.planning import Planner
from sim.arrays import Floats, Ints
from sim.case import run_cases
from sim.contrast import bands
from sim.outcomes import Outcome
from sim.randomness import hash_text, replicate_seeds
from sim.results.series import series

__all__ = ["FAR", "FEW", "SETS", "WeighedReplicates", "humbler", "is_surprise", "weigh"]


SETS = 1024
"""Parameter sets that are weighed, at least."""

POOL = 2048
"""Replicates that are weighed, at least; two of each set."""

KEPT = 512
"""Replicates that are drawn by weight, to plan the remaining weeks in."""


@dataclass(frozen=True, eq=False)
class WeighedReplicates:
    """Replicates drawn by how well they agree with what was measured."""

    rows: NDArray[np.void]
    """Of ``PARAMETER_DTYPE``, shape (KEPT,)."""
    seeds: NDArray[np.uint64]
    """What was run with these parameters, shape (KEPT,)."""
    effective: float
    """Effective sample size of the weights, of ``pool`` parameter sets."""
    pool: int
    different: int
    """``pool``, ``different``: parameter sets weighed; different replicates among those drawn."""
    nearest: float
    """Distance of the nearest set, as a multiple of what chance and discrepancy explain (root mean
    square); above 2 hardly any is like what was measured."""
    off: float = 0.0
    """How far the weighed replicates are from what was measured (root mean square of shares)."""


def weigh(evaluator: Evaluator, plan: Plan, observed: Observed, seed: int = 0) -> WeighedReplicates:
    """Weigh parameter sets and replicates by what was measured while a plan was carried out.

    Each is simulated until the last week measured, weighed by ``sim.analysis.firm.kernel``,
    and drawn by weight.
    """
    source = evaluator.replicates
    n_sets = len(source.rows)
    seeds = replicate_seeds(seed, max(2, -(-POOL // n_sets)), sets=n_sets)
    records = run_cases(
        [evaluator.case(plan, source.rows)], seeds, weeks=observed.week, threads=evaluator.threads
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


BEFORE = 128
"""Replicates, not weighed, whose band a forecast after a surprise may not be narrower than."""


def is_surprise(weighed: WeighedReplicates) -> bool:
    """Return whether what was measured is hardly, or not, like any replicate."""
    return weighed.nearest > FAR or weighed.effective < FEW


def humbler(
    planner: Planner, before: Evaluator, plan: Plan, observed: Observed, weighed: WeighedReplicates
) -> None:
    """Carry into a planner's forecast by how much the model was found to be off.

    Intervals count the effective sample size. To every share a discrepancy is added: normal,
    alike in neighbouring weeks, as large as the model was off where it could be seen, and
    given what was measured. After a surprise no band is narrower than it was before.

    Parameters
    ----------
    before : Evaluator
        Of the same problem, replicates not weighed.
    plan : Plan
        What is carried on with.
    """
    evaluator = planner.evaluator
    evaluator.effective = weighed.effective
    wide: dict[str, Floats] = {}
    if is_surprise(weighed):
        simulated = before.series(plan, BEFORE, "before")
        for name in dict.fromkeys(("weekly_users", *observed.outcomes,
                                   *(o.of for o in planner.problem.objectives))):  # fmt: skip
            _, low, high = bands(series(simulated, name))
            wide[name] = high - low
    measured = {
        name: (np.array(weeks), np.array(values))
        for name, (weeks, values) in observed.series().items()
    }

    def widened(values: Floats, outcome: str) -> Floats:
        rng = np.random.default_rng([planner.seed, 9, _key(outcome)])
        off = _discrepancy(values, measured.get(outcome), weighed.off, rng)
        found = values + off
        if outcome in wide:
            middle, low, high = bands(found)
            narrow = np.maximum(wide[outcome] / np.maximum(high - low, 1e-9), 1.0)
            found = middle + (found - middle) * narrow
        return np.clip(found, 0.0, 1.0)

    evaluator.discrepancy = widened
    if weighed.nearest > FAR:
        planner.marked = "not to be relied on:\nnothing in the model is like what was measured"
    if "weekly_users" in measured or measured:
        name = "weekly_users" if "weekly_users" in measured else next(iter(measured))
        planner.line = carried_on(*measured[name], planner.problem.weeks)


def carried_on(weeks: Ints, values: Floats, length: int) -> Floats:
    """Return the line through what was measured, carried on as it was; NaN before it.

    A straight line through the last eight values, from the last one on, within 0 and 1.
    """
    order = np.argsort(weeks)
    weeks, values = weeks[order][-8:], values[order][-8:]
    slope = float(np.polyfit(weeks, values, 1)[0]) if len(weeks) > 1 else 0.0
    line = np.full(length, np.nan)
    ahead = np.arange(weeks[-1], length + 1)
    line[weeks[-1] - 1 :] = np.clip(values[-1] + slope * (ahead - weeks[-1]), 0.0, 1.0)
    return line


def _discrepancy(
    values: Floats, measured: tuple[Ints, Floats] | None, off: float,
    rng: np.random.Generator,
) -> Floats:  # fmt: skip
    """Return draws of what each replicate is off by, shape (replicates, weeks)."""
    replicates, length = values.shape
    sigma, week = max(DISCREPANCY, off), np.arange(1, length + 1)
    kernel = sigma**2 * np.exp(-np.abs(week[:, None] - week[None]) / MEMORY)
    middle = np.zeros((replicates, length))
    if measured is not None:
        at, seen = measured[0] - 1, measured[1]
        inner = kernel[np.ix_(at, at)] + 0.01**2 * np.eye(len(at))
        gain = kernel[:, at] @ np.linalg.inv(inner)
        middle = (seen - values[:, at]) @ gain.T
        kernel = kernel - gain @ kernel[at]
    lower = np.linalg.cholesky((kernel + kernel.T) / 2 + 1e-10 * np.eye(length))
    return middle + rng.normal(size=(replicates, length)) @ lower.T


def _key(outcome: str) -> int:
    """Return a number that tells an outcome from every other."""
    return int(Outcome[outcome]) if outcome in Outcome.__members__ else hash_text(outcome)
