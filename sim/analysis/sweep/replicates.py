"""Replicates until an interval is narrow enough: decided by stored rows alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.analysis.sweep.cells import cells_of
from sim.analysis.sweep.part_files import StoredRuns
from sim.analysis.sweep.run_list import RunList
from sim.contrast import estimate
from sim.results.measure import Less

if TYPE_CHECKING:
    from sim.analysis.sweep.specification import Specification

__all__ = ["column_of", "still_wide"]


def column_of(plan: RunList, there: StoredRuns, name: str) -> NDArray[np.float64]:
    """Return an outcome of every planned run; NaN where there is none."""
    values = np.full(len(there.key), np.nan)
    for counts, content in there.parts("runs", [name]):
        from sim.analysis.sweep.part_files import keys_of

        place = there.place(keys_of(content))
        values[place[counts]] = content[name].to_numpy()[counts]
    place = there.place(plan.key)
    return np.where(place >= 0, values[place], np.nan)


def _pairs(study: Specification, less: Less) -> list[tuple[int, int]]:
    """Return the cells of two scenarios that share a point and an organisation."""
    cells, names = cells_of(study), study.scenario_names
    place = {
        (int(p), int(o), names[c]): cell
        for cell, (p, c, o) in enumerate(
            zip(cells.point, cells.scenario, cells.organisation, strict=True)
        )
    }
    return [
        (cell, place[p, o, less.other])
        for (p, o, name), cell in place.items()
        if name == less.one and (p, o, less.other) in place
    ]


def still_wide(study: Specification, plan: RunList, there: StoredRuns) -> NDArray[np.int64] | None:
    """Return the replicates of each cell, doubled where the interval is too wide, or None.

    A cell is judged when all its runs are stored. Because a cell doubles at fixed sizes, the
    number of its replicates depends on its results alone, not on who ran them or when. Where the
    interval is that of a difference, both cells of a pair double together.
    """
    rule = study.replication
    if rule.until is None or rule.least == rule.most:
        return None
    complete = np.add.reduceat(there.holds(plan.key), plan.start[:-1]) == plan.replicates
    values = column_of(plan, there, rule.until.measure.name)
    replicates = plan.replicates.copy()
    together: Sequence[tuple[int, ...]] = [(cell,) for cell in range(len(plan.cells))]
    if isinstance(rule.until, Less):
        together = _pairs(study, rule.until)
    for cells in together:
        first = cells[0]
        if not complete[list(cells)].all() or plan.replicates[first] >= rule.most:
            continue
        own, *other = (values[plan.start[cell] : plan.start[cell + 1]] for cell in cells)
        own = own - other[0] if other else own
        own = own[np.isfinite(own)]
        if len(own) < 2:
            continue
        found = estimate(own[None])
        if found.high - found.low > rule.width:
            replicates[list(cells)] = min(2 * replicates[first], rule.most)
    return replicates if (replicates != plan.replicates).any() else None
