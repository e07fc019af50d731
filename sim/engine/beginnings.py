"""Cases that begin alike: the weeks before they differ need to be simulated once only."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from sim.interventions.effects import EVERYONE, Effect

if TYPE_CHECKING:
    from sim.engine.compiled import CaseArrays
    from sim.interventions.timeline import Timeline

__all__ = ["going_on", "shared_weeks"]

WORTH_SHARING = 1_500
"""Weeks of one person that a run which goes on from another must save, and the other one too: each
is then run by itself, which takes as long as about 1,200."""

Row = tuple[Any, ...]


def shared_weeks(cases: Sequence[CaseArrays], weeks: int) -> list[int]:
    """Return in how many of its first weeks each case is the first case, to the bit.

    Parameters
    ----------
    weeks : int
        Length of the run.

    Returns
    -------
    list of int
        From 0 to ``weeks``, one a case; 0 for the first, and where people join or leave.
    """
    first, found = cases[0], [0] * len(cases)
    rows = _rows(first.timeline)
    same = first.parameters.tobytes(), first.decision, first.own_thresholds, first.theories
    for k, case in enumerate(cases[1:], 1):
        if first.timeline.phases or case.timeline.phases:
            continue
        if (case.parameters.tobytes(), case.decision, case.own_thresholds, case.theories) == same:
            found[k] = min(_alike(rows, _rows(case.timeline)), weeks)
    return found


def going_on(shared: Sequence[int], n_people: int) -> list[int]:
    """Return the cases that go on from the first, by week: none where that takes longer.

    Parameters
    ----------
    shared : sequence of int
        What ``shared_weeks`` returns.
    """
    saved = [weeks * n_people for weeks in shared]
    found = sorted(
        (k for k, one in enumerate(saved) if one >= WORTH_SHARING), key=saved.__getitem__
    )
    gained = sum(saved[k] - WORTH_SHARING for k in found)
    return found if gained >= WORTH_SHARING else []


def _rows(timeline: Timeline) -> list[Row]:
    """Return each effect, with who is in its audience in place of the audience's number."""
    bounds = list(pairwise(timeline.audience_start.tolist()))
    members = [timeline.audience_member[begin:end].tobytes() for begin, end in bounds]
    at = list(timeline.effects.dtype.names or ()).index("audience")
    return [
        (*row[:at], None if row[at] == EVERYONE else members[row[at]], *row[at + 1 :])
        for row in timeline.effects.tolist()
    ]


def _alike(one: list[Row], other: list[Row]) -> int:
    """Return the last week in which the same effects have begun, in the same order.

    A start looks ahead for one thing: whether anybody is ever given access.
    """
    gives = [any(row[0] == Effect.ACCESS for row in rows) for rows in (one, other)]
    if gives[0] != gives[1]:
        return 0
    week = min((row[2] for row in {*one} ^ {*other}), default=_NEVER) - 1
    begun = [[row for row in rows if row[2] <= week] for rows in (one, other)]
    return week if begun[0] == begun[1] else 0


_NEVER = 1 << 30
