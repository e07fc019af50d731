"""Replicates until an interval is narrow enough: decided by stored rows alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.analysis.sweep.parts import Stored
from sim.analysis.sweep.plan import Plan
from sim.results.statistics import estimate

if TYPE_CHECKING:
    from sim.analysis.sweep.specification import Specification

__all__ = ["column_of", "still_wide"]


def column_of(plan: Plan, there: Stored, name: str) -> NDArray[np.float64]:
    """Return an outcome of every planned run; NaN where there is none."""
    values = np.full(len(there.key), np.nan)
    for counts, content in there.parts("runs", [name]):
        from sim.analysis.sweep.parts import keys_of

        place = there.place(keys_of(content))
        values[place[counts]] = content[name].to_numpy()[counts]
    place = there.place(plan.key)
    return np.where(place >= 0, values[place], np.nan)


def still_wide(study: Specification, plan: Plan, there: Stored) -> NDArray[np.int64] | None:
    """Return the replicates of each cell, doubled where the interval is too wide, or None.

    A cell is judged when all its runs are stored. Because a cell doubles at fixed sizes, the
    number of its replicates depends on its results alone, not on who ran them or when.
    """
    rule = study.replication
    if rule.until is None or rule.least == rule.most:
        return None
    complete = np.add.reduceat(there.holds(plan.key), plan.start[:-1]) == plan.replicates
    values = column_of(plan, there, rule.until)
    replicates = plan.replicates.copy()
    for cell in np.flatnonzero(complete & (plan.replicates < rule.most)):
        own = values[plan.start[cell] : plan.start[cell + 1]]
        own = own[np.isfinite(own)]
        if len(own) < 2:
            continue
        found = estimate(own[None])
        if found.high - found.low > rule.width:
            replicates[cell] = min(2 * replicates[cell], rule.most)
    return replicates if (replicates != plan.replicates).any() else None
