"""Stretches of a run in which the same people are there, with the same ties."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.interventions.staffing import Joins, Leaves, StaffingChange, TiesChange

if TYPE_CHECKING:
    from sim.interventions.audience import Audience
    from sim.interventions.timeline import Timeline
    from sim.organisation.organisation import Organisation

__all__ = ["Phase", "phases_of"]


@dataclass(frozen=True, eq=False)
class Phase:
    """Weeks in which nobody joins or leaves, and no tie changes.

    Parameters
    ----------
    first, last : int
        Weeks, 1 is the first of the run.
    present : bool array, shape (n_people,)
        Who is there.
    factor : float64 array, shape (n_ties,)
        What the weight of each of the organisation's ties is multiplied by.
    timeline : Timeline
        What happens in it, to those who are there.
    """

    first: int
    last: int
    present: NDArray[np.bool_]
    factor: NDArray[np.float64]
    timeline: Timeline


def phases_of(
    changes: Sequence[StaffingChange],
    organisation: Organisation,
    weeks: int,
    members: Callable[[Audience], NDArray[np.bool_]],
    placed: Callable[[int, NDArray[np.bool_], NDArray[np.bool_]], Timeline],
) -> tuple[Phase, ...]:
    """Return the phases of a run, in order; none where nothing changes.

    Parameters
    ----------
    changes : sequence of StaffingChange
    organisation : Organisation
        With everybody who is ever there.
    weeks : int
        Length of the run.
    members : callable
        Says who belongs to an audience; boolean array of shape (n_people,).
    placed : callable
        Places the other interventions: by the phase's first week, who is there, and who has
        just come.
    """
    changes = [change for change in changes if change.active_weeks(weeks)]
    rounds = [change.rounds(weeks) for change in changes]
    borders = {1, *_borders(rounds, weeks)}
    if not changes:
        return ()
    n = organisation.n_people
    joiners = np.zeros(n, np.bool_)
    for change in changes:
        if isinstance(change, Joins):
            joiners |= members(change.audience)
    found: list[Phase] = []
    for first, after in _pairs(sorted(borders), weeks + 1):
        present, factor = ~joiners, np.ones(organisation.n_ties)
        gone = np.zeros(n, np.bool_)
        for change, spans in zip(changes, rounds, strict=True):
            if not any(begin <= first <= end for begin, end in spans):
                continue
            if isinstance(change, Joins):
                present |= members(change.audience)
            elif isinstance(change, Leaves):
                gone |= members(change.audience)
            elif isinstance(change, TiesChange):
                factor *= change.factors(organisation)
        present &= ~gone
        came = present & ~found[-1].present if found else np.zeros(n, np.bool_)
        found.append(Phase(first, after - 1, present, factor, placed(first, present, came)))
    return tuple(found)


def _borders(rounds: Iterable[Iterable[tuple[int, int]]], weeks: int) -> Iterable[int]:
    for spans in rounds:
        for begin, end in spans:
            yield begin
            if end < weeks:
                yield end + 1


def _pairs(borders: Sequence[int], end: int) -> Iterable[tuple[int, int]]:
    return zip(borders, [*borders[1:], end], strict=True)
