"""What is written down of a week: means over teams, in the order of ``OUTCOMES``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine import rows as at
from sim.engine.compiling import compiled
from sim.outcomes import Outcome
from sim.state import Flag

__all__ = [
    "DRIVER_ROWS",
    "add_people",
    "add_teams",
    "classify",
    "rows_of",
    "write_means",
    "write_people",
]

_ACCESS, _ACTIVATED = int(Flag.ACCESS), int(Flag.ACTIVATED)
_CONSIDERS = int(Flag.CONSIDERS)
_STAGES = _ACTIVATED + _CONSIDERS
_ONES = np.uint64(0x111111111111)
_FOUR_WEEKS = np.uint64(0x1111)
_LOW = np.uint64(0x0F0F0F0F0F0F0F0F)
_SUM_NIBBLES = np.uint64(0x1111111111111111)
_SUM_BYTES = np.uint64(0x0101010101010101)
_NONE = np.uint64(0)
_0, _1, _2, _3, _4, _5, _6, _7 = (np.uint64(k) for k in range(8))
_60, _56 = np.uint64(60), np.uint64(56)


def rows_of(outcomes: Iterable[str]) -> NDArray[np.uint64]:
    """Return the rows of a block whose means these outcomes are; read-only, as constants are."""
    rows = np.array([at.row(name) for name in outcomes], np.uint64)
    rows.flags.writeable = False
    return rows


_ROWS = rows_of(Outcome.__members__)

DRIVER_ROWS = rows_of(at.HELD)
"""Rows of a block that say what each driver keeps its people from; after ``hold_back``."""


@compiled
def _weeks_used(history):
    used = (history | (history >> _1) | (history >> _2) | (history >> _3)) & _ONES
    return used, np.int64((used * _SUM_NIBBLES) >> _60)


@compiled
def _days_used(history):
    pairs = (history & _LOW) + ((history >> _4) & _LOW)
    return np.int64((pairs * _SUM_BYTES) >> _56)


@compiled
def classify(
    s: NDArray[np.float64],
    narrow: NDArray[np.float32],
    small: NDArray[np.uint8],
    history: NDArray[np.uint64],
    p: Any,
    week: int,
) -> None:
    """Say of a block's people who has access and uses it, and the segments of [Viva]: 0 or 1.

    Parameters
    ----------
    s : float64 array
        What is worked out for the block.
    narrow, small, history
        The block's, of ``Memory``.
    p, week
        As in ``act``.
    """
    proficient_at, per_day = p.proficient_at, p.actions_per_day / min(week, 12)
    for j in range(at.BLOCK):
        k = np.uint64(j)
        mine = small[at.FLAGS + k]
        s[at.HAS_ACCESS + k] = 1.0 if mine & _ACCESS else 0.0
        s[at.HAS_USED + k] = 1.0 if mine & _ACTIVATED else 0.0
        s[at.IS_CONSIDERING + k] = 1.0 if (mine & _STAGES) == _CONSIDERS else 0.0
        s[at.TRAINED + k] = 1.0 if small[at.TRAININGS + k] else 0.0
        s[at.HOURS + k] = narrow[at.SPENT + k]
    for j in range(at.BLOCK):
        k = np.uint64(j)
        s[at.WEEKLY_USER + k] = 1.0 if s[at.DAYS + k] > 0.0 else 0.0
        s[at.OWN_USER + k] = 1.0 if s[at.OWN_DAYS + k] > 0.0 else 0.0
        s[at.PROFICIENT + k] = 1.0 if s[at.KEPT_CAPABILITY + k] >= proficient_at else 0.0
        s[at.GAP + k] = s[at.KEPT_CAPABILITY + k] - s[at.KEPT_CONFIDENCE + k]
    for j in range(at.BLOCK):
        k = np.uint64(j)
        used, weeks_used = _weeks_used(history[k])
        actions = per_day * _days_used(history[k])
        some, habitual = weeks_used > 0, weeks_used >= 9
        before = small[at.DEPTH + k]
        lately = (used & _FOUR_WEEKS) != _NONE
        s[at.HAS_TRIED + k] = 1.0 if lately & (before == 1) else 0.0
        s[at.HAS_LAPSED + k] = 1.0 if (not lately) & (before > 0) else 0.0
        s[at.REGULAR + k] = 1.0 if (used & _FOUR_WEEKS) == _FOUR_WEEKS else 0.0
        s[at.HABITUAL + k] = 1.0 if habitual else 0.0
        s[at.POWER + k] = 1.0 if habitual & (actions >= 15.0) else 0.0
        s[at.NOVICE + k] = 1.0 if some & (not habitual) & (actions >= 1.0) else 0.0
        s[at.LOW + k] = 1.0 if some & (not habitual) & (actions < 1.0) else 0.0
        s[at.NON_USER + k] = 0.0 if some else 1.0


@compiled
def add_people(lanes: NDArray[np.float64], s: NDArray[np.float64], size: int) -> None:
    """Add a block's people to the sums over the organisation, after ``classify``.

    Parameters
    ----------
    lanes : float64 array, shape (n_outcomes, LANES)
        Sums by the last bits of a person's row.
    s : float64 array
        The block.
    size : int
        How many people there are in it.
    """
    for o in range(len(_ROWS)):
        into, top = np.uint64(o), _ROWS[o]
        if size == at.BLOCK:
            mine = lanes[into]
            a, b, c, d = mine[_0], mine[_1], mine[_2], mine[_3]
            e, f, g, h = mine[_4], mine[_5], mine[_6], mine[_7]
            for step in range(0, at.BLOCK, at.LANES):  # sums stay in registers
                k = top + np.uint64(step)
                a += s[k]
                b += s[k + _1]
                c += s[k + _2]
                d += s[k + _3]
                e += s[k + _4]
                f += s[k + _5]
                g += s[k + _6]
                h += s[k + _7]
            mine[_0], mine[_1], mine[_2], mine[_3] = a, b, c, d
            mine[_4], mine[_5], mine[_6], mine[_7] = e, f, g, h
        else:
            for j in range(size):
                lanes[into, np.uint64(j % at.LANES)] += s[top + np.uint64(j)]


@compiled
def write_means(weekly: NDArray[np.float64], lanes: NDArray[np.float64], n_people: int) -> None:
    """Write the organisation's means of a week, and empty the sums.

    Parameters
    ----------
    weekly : float64 array, shape (n_outcomes,)
    lanes
        As in ``add_people``: lanes are added by halves.
    n_people : int
    """
    for o in range(len(weekly)):
        half = at.LANES // 2
        while half > 0:
            for j in range(half):
                lanes[o, j] += lanes[o, j + half]
            half //= 2
        weekly[o] = lanes[o, 0] / n_people
        lanes[o, :] = 0.0


@compiled
def add_teams(
    sums: NDArray[np.float64],
    teams: NDArray[np.float32],
    rows: NDArray[np.uint64],
    s: NDArray[np.float64],
    team_of: NDArray[np.int32],
    team_start: NDArray[np.int64],
    first: int,
    size: int,
) -> None:
    """Add a block's people to the sums over their teams; complete teams get their means.

    Parameters
    ----------
    sums : float64 array, shape (n_rows,) or more
        Over the team at hand.
    teams : float32 array, shape (n_teams, n_rows)
        Receives the means.
    rows : uint64 array, shape (n_rows,)
        Of the block: see ``rows_of``, and ``DRIVER_ROWS``.
    s, first, size
        As in ``classify`` and ``add_people``.
    team_of, team_start
        Of ``World``.
    """
    begin = 0
    while begin < size:  # team by team: sums stay in registers
        team = team_of[first + begin]
        until = team_start[team + 1] - first
        end = min(until, size)
        for o in range(len(rows)):
            total, top = sums[o], rows[o]
            for j in range(begin, end):
                total += s[top + np.uint64(j)]
            sums[o] = total
        if until <= size:
            n_members = team_start[team + 1] - team_start[team]
            for o in range(len(rows)):
                teams[team, o] = sums[o] / n_members
                sums[o] = 0.0
        begin = end


@compiled
def _byte(x):
    return np.uint8(255.0 * min(max(x, 0.0), 1.0) + 0.5)


@compiled
def write_people(
    people: NDArray[np.uint8],
    s: NDArray[np.float64],
    small: NDArray[np.uint8],
    first: int,
    size: int,
) -> None:
    """Write a block's people as bytes, in the order of ``PERSON_RECORD``."""
    for j in range(size):
        k, i = np.uint64(j), first + j
        people[i, 0] = np.uint8(s[at.DAYS + k])
        people[i, 1] = np.uint8(s[at.OWN_DAYS + k])
        people[i, 2] = small[at.FLAGS + k]
        people[i, 3] = _byte(s[at.TRUST + k])
        people[i, 4] = _byte(s[at.MISTAKE + k])
        people[i, 5] = _byte(s[at.KEPT_PERMISSION + k])
        people[i, 6] = _byte(s[at.JOB + k])
        people[i, 7] = _byte(s[at.KEPT_IDENTITY + k])
        people[i, 8] = _byte(s[at.KEPT_CAPABILITY + k])
        people[i, 9] = _byte(s[at.KEPT_USEFULNESS + k])
        people[i, 10] = _byte(s[at.KEPT_CONFIDENCE + k])
        people[i, 11] = _byte(s[at.KEPT_CYNICISM + k])
        people[i, 12] = _byte(s[at.NORM + k])
