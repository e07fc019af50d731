"""What is written down of a week: means over teams, in the order of ``OUTCOMES``."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine import rows as at
from sim.engine.compiling import compiled
from sim.outcomes import Outcome
from sim.state import Flag

__all__ = ["add_drivers", "add_people", "add_teams", "write_means", "write_people"]

_ACCESS, _ACTIVATED = int(Flag.ACCESS), int(Flag.ACTIVATED)
_FLAGS, _TRAINED = at.SMALL["flags"], at.SMALL["trained"]
_ONES = np.uint64(0x111111111111)
_FOUR_WEEKS = np.uint64(0x1111)
_LOW = np.uint64(0x0F0F0F0F0F0F0F0F)
_SUM_NIBBLES = np.uint64(0x1111111111111111)
_SUM_BYTES = np.uint64(0x0101010101010101)
_1, _2, _3, _4 = np.uint64(1), np.uint64(2), np.uint64(3), np.uint64(4)
_60, _56 = np.uint64(60), np.uint64(56)

_COUNTED = (
    "access", "trained", "activated", "weekly_users", "regular", "habitual", "power", "novice",
    "low", "non_users", "own_tool_users", "proficient",
)  # fmt: skip
(
    _O_ACCESS, _O_TRAINED, _O_ACTIVATED, _O_WEEKLY, _O_REGULAR, _O_HABITUAL, _O_POWER, _O_NOVICE,
    _O_LOW, _O_NON, _O_OWN_USERS, _O_PROFICIENT,
) = (int(Outcome[name]) for name in _COUNTED)  # fmt: skip
_O_HOURS, _O_GAP = int(Outcome["hours"]), int(Outcome["confidence_gap"])
_O_CAPABILITY, _O_CONFIDENCE = int(Outcome["capability"]), int(Outcome["confidence"])

_ROW_OF = {"use_days": at.DAYS} | {
    name: at.row(name)
    for name in Outcome.__members__
    if name not in ("use_days", "hours", "confidence_gap", *_COUNTED)
}
_SUMMED = np.array([int(Outcome[name]) for name in _ROW_OF], np.uint64)
"""Outcomes that are means of a row of the block."""
_ROWS = np.array(list(_ROW_OF.values()), np.uint64)


@compiled
def _weeks_used(history):
    used = (history | (history >> _1) | (history >> _2) | (history >> _3)) & _ONES
    return used, np.int64((used * _SUM_NIBBLES) >> _60)


@compiled
def _days_used(history):
    pairs = (history & _LOW) + ((history >> _4) & _LOW)
    return np.int64((pairs * _SUM_BYTES) >> _56)


@compiled
def _count(counts, s, flags, trained, histories, p, week, first, begin, end):
    """Count people: access, use, and the segments of [Viva]."""
    proficient_at, per_day = p.proficient_at, p.actions_per_day / min(week, 12)
    has_access = was_trained = activated = weekly = own_users = proficient = 0
    regular = habitual = power = novice = low = none = 0
    for j in range(begin, end):
        k, i = np.uint64(j), np.uint64(first + j)
        mine, history = flags[i], histories[i]
        has_access += (mine & _ACCESS) != 0
        was_trained += trained[i] != 0
        activated += (mine & _ACTIVATED) != 0
        weekly += s[at.DAYS + k] > 0.0
        own_users += s[at.OWN_DAYS + k] > 0.0
        proficient += s[at.CAPABILITY + k] >= proficient_at
        used, weeks_used = _weeks_used(history)
        actions = per_day * _days_used(history)
        is_habitual, many = weeks_used >= 9, actions >= 1.0
        regular += (used & _FOUR_WEEKS) == _FOUR_WEEKS
        habitual += is_habitual
        power += is_habitual & (actions >= 15.0)
        novice += (weeks_used > 0) & (not is_habitual) & many
        low += (weeks_used > 0) & (not is_habitual) & (not many)
        none += weeks_used == 0
    counts[_O_ACCESS] += has_access
    counts[_O_TRAINED] += was_trained
    counts[_O_ACTIVATED] += activated
    counts[_O_WEEKLY] += weekly
    counts[_O_OWN_USERS] += own_users
    counts[_O_PROFICIENT] += proficient
    counts[_O_REGULAR] += regular
    counts[_O_HABITUAL] += habitual
    counts[_O_POWER] += power
    counts[_O_NOVICE] += novice
    counts[_O_LOW] += low
    counts[_O_NON] += none


@compiled
def add_people(
    lanes: NDArray[np.float64],
    counts: NDArray[np.int64],
    s: NDArray[np.float64],
    small: NDArray[np.uint8],
    hours: NDArray[np.float32],
    histories: NDArray[np.uint64],
    p: Any,
    week: int,
    first: int,
    size: int,
) -> None:
    """Add a block's people to the sums over the organisation.

    Parameters
    ----------
    lanes : float64 array, shape (n_outcomes, BLOCK)
        Sums of states by place in a block.
    counts : int64 array, shape (n_outcomes,)
    s : float64 array
        The block.
    small, hours, histories
        Of ``Memory``.
    p, week
        As in ``advance_week``.
    first, size : int
        First person of the block, and how many there are.
    """
    for n in range(len(_SUMMED)):
        into, top = _SUMMED[n], _ROWS[n]
        for j in range(size):
            k = np.uint64(j)
            lanes[into, k] += s[top + k]
    for j in range(size):
        lanes[_O_HOURS, np.uint64(j)] += hours[np.uint64(first + j)]
    begin = np.int64(0)  # typed as any other place in a block: compiled once
    _count(counts, s, small[_FLAGS], small[_TRAINED], histories, p, week, first, begin, size)


@compiled
def write_means(
    weekly: NDArray[np.float64],
    lanes: NDArray[np.float64],
    counts: NDArray[np.int64],
    n_people: int,
) -> None:
    """Write the organisation's means of a week, and empty the sums.

    Parameters
    ----------
    weekly : float64 array, shape (n_outcomes,)
    lanes, counts
        As in ``add_people``: places in a block are added by halves.
    n_people : int
    """
    for o in range(len(weekly)):
        half = at.BLOCK // 2
        while half > 0:
            for j in range(half):
                lanes[o, j] += lanes[o, j + half]
            half //= 2
        weekly[o] = (lanes[o, 0] + counts[o]) / n_people
        lanes[o, :] = 0.0
        counts[o] = 0
    weekly[_O_GAP] = weekly[_O_CAPABILITY] - weekly[_O_CONFIDENCE]


@compiled
def add_teams(
    sums: NDArray[np.float64],
    counts: NDArray[np.int64],
    teams: NDArray[np.float32],
    s: NDArray[np.float64],
    team_of: NDArray[np.int32],
    team_start: NDArray[np.int64],
    small: NDArray[np.uint8],
    hours: NDArray[np.float32],
    histories: NDArray[np.uint64],
    p: Any,
    week: int,
    first: int,
    size: int,
) -> None:
    """Add a block's people to the sums over their teams; complete teams get their means.

    Parameters
    ----------
    sums : float64 array, shape (n_outcomes,) or more
    counts : int64 array, shape (n_outcomes,)
        Over the team at hand.
    teams : float32 array, shape (n_teams, n_outcomes)
        Receives the means.
    s, small, hours, histories, p, week, first, size
        As in ``add_people``.
    team_of, team_start
        Of ``World``.
    """
    j = np.int64(0)
    while j < size:
        team = team_of[first + j]
        ended = min(team_start[team + 1] - first, size)
        for n in range(len(_SUMMED)):
            total, top = sums[_SUMMED[n]], _ROWS[n]
            for m in range(j, ended):
                total += s[top + np.uint64(m)]
            sums[_SUMMED[n]] = total
        for m in range(j, ended):
            sums[_O_HOURS] += hours[first + m]
        _count(counts, s, small[_FLAGS], small[_TRAINED], histories, p, week, first, j, ended)
        if first + ended == team_start[team + 1]:
            n_members = team_start[team + 1] - team_start[team]
            sums[_O_GAP] = sums[_O_CAPABILITY] - sums[_O_CONFIDENCE]
            for o in range(teams.shape[1]):
                teams[team, o] = (sums[o] + counts[o]) / n_members
                sums[o] = 0.0
                counts[o] = 0
        j = ended


@compiled
def add_drivers(
    held: NDArray[np.float64],
    drivers: NDArray[np.float32],
    s: NDArray[np.float64],
    team_of: NDArray[np.int32],
    team_start: NDArray[np.int64],
    first: int,
    size: int,
) -> None:
    """Add what each shortfall keeps a block's people from; complete teams get their mean.

    Parameters
    ----------
    held : float64 array, shape (n_drivers,) or more
        Sums over the team at hand.
    drivers : float32 array, shape (n_teams, n_drivers)
        Receives the means of teams.
    s, team_of, team_start, first, size
        As in ``add_people``; after ``hold_back``.
    """
    for j in range(size):
        for d in range(drivers.shape[1]):
            held[d] += s[at.HELD_AT + np.uint64(d * at.STRIDE + j)]
        team = team_of[first + j]
        if first + j + 1 == team_start[team + 1]:
            n_members = team_start[team + 1] - team_start[team]
            for d in range(drivers.shape[1]):
                drivers[team, d] = held[d] / n_members
                held[d] = 0.0


@compiled
def _byte(x):
    return np.uint8(255.0 * min(max(x, 0.0), 1.0) + 0.5)


@compiled
def write_people(
    people: NDArray[np.uint8],
    s: NDArray[np.float64],
    flags: NDArray[np.uint8],
    first: int,
    size: int,
) -> None:
    """Write a block's people as bytes, in the order of ``PERSON_RECORD``."""
    for j in range(size):
        k, i = np.uint64(j), first + j
        people[i, 0] = np.uint8(s[at.DAYS + k])
        people[i, 1] = np.uint8(s[at.OWN_DAYS + k])
        people[i, 2] = flags[i]
        people[i, 3] = _byte(s[at.TRUST + k])
        people[i, 4] = _byte(s[at.MISTAKE + k])
        people[i, 5] = _byte(s[at.PERMISSION + k])
        people[i, 6] = _byte(s[at.JOB + k])
        people[i, 7] = _byte(s[at.IDENTITY + k])
        people[i, 8] = _byte(s[at.CAPABILITY + k])
        people[i, 9] = _byte(s[at.USEFULNESS + k])
        people[i, 10] = _byte(s[at.CONFIDENCE + k])
        people[i, 11] = _byte(s[at.CYNICISM + k])
        people[i, 12] = _byte(s[at.NORM + k])
