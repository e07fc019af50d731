"""Model discrepancy in a forecast: fewer effective replicates, and wider bands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.analysis.firm.kernel import DISCREPANCY, FAR, FEW, MEMORY
from sim.analysis.firm.observed import Observed
from sim.analysis.plan.evaluate import Evaluator
from sim.analysis.plan.layout import Plan
from sim.analysis.plan.observed import WeighedReplicates
from sim.contrast import bands
from sim.outcomes import Outcome
from sim.randomness import hash_text
from sim.results.series import series

if TYPE_CHECKING:
    from sim.analysis.plan.planning import Planner

__all__ = ["FAR", "FEW", "humbler", "is_surprise"]

Floats = NDArray[np.float64]

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


def carried_on(weeks: NDArray[np.int64], values: Floats, length: int) -> Floats:
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
    values: Floats, measured: tuple[NDArray[np.int64], Floats] | None, off: float,
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
