"""What is written down of a week: means over teams, in the order of ``OUTCOMES``."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine import rows as at
from sim.engine.compiling import compiled
from sim.outcomes import Outcome
from sim.state import Flag

__all__ = ["add_drivers", "add_people", "write_people"]

_ACCESS, _ACTIVATED = int(Flag.ACCESS), int(Flag.ACTIVATED)
_FLAGS, _TRAINED = at.SMALL["flags"], at.SMALL["trained"]
_ONES = np.uint64(0x111111111111)
_FOUR_WEEKS = np.uint64(0x1111)
_LOW = np.uint64(0x0F0F0F0F0F0F0F0F)
_SUM_NIBBLES = np.uint64(0x1111111111111111)
_SUM_BYTES = np.uint64(0x0101010101010101)
_1, _2, _3, _4 = np.uint64(1), np.uint64(2), np.uint64(3), np.uint64(4)
_60, _56 = np.uint64(60), np.uint64(56)

(
    _O_ACCESS, _O_TRAINED, _O_ACTIVATED, _O_WEEKLY, _O_REGULAR, _O_HABITUAL, _O_POWER, _O_NOVICE,
    _O_LOW, _O_NON, _O_OWN_USERS, _O_USE_DAYS, _O_OWN_DAYS, _O_HOURS, _O_PROFICIENT, _O_TRUST,
    _O_MISTAKE, _O_PERMISSION, _O_JOB, _O_IDENTITY, _O_CAPABILITY, _O_FIT, _O_USEFULNESS,
    _O_CONFIDENCE, _O_GAP, _O_HABIT, _O_NOVELTY, _O_CYNICISM, _O_CLIMATE,
) = (int(outcome) for outcome in Outcome)  # fmt: skip


@compiled
def _weeks_used(history):
    used = (history | (history >> _1) | (history >> _2) | (history >> _3)) & _ONES
    return used, np.int64((used * _SUM_NIBBLES) >> _60)


@compiled
def _days_used(history):
    pairs = (history & _LOW) + ((history >> _4) & _LOW)
    return np.int64((pairs * _SUM_BYTES) >> _56)


@compiled
def _add_states(of_team, s, hours_of, first, begin, end):
    """Add the states of people of one team; the sums stay in registers meanwhile."""
    use_days, own_days = of_team[_O_USE_DAYS], of_team[_O_OWN_DAYS]
    hours, trust, mistake = of_team[_O_HOURS], of_team[_O_TRUST], of_team[_O_MISTAKE]
    permission, job, identity = of_team[_O_PERMISSION], of_team[_O_JOB], of_team[_O_IDENTITY]
    capability, fit, usefulness = of_team[_O_CAPABILITY], of_team[_O_FIT], of_team[_O_USEFULNESS]
    confidence, gap, habit = of_team[_O_CONFIDENCE], of_team[_O_GAP], of_team[_O_HABIT]
    novelty, cynicism = of_team[_O_NOVELTY], of_team[_O_CYNICISM]
    climate = of_team[_O_CLIMATE]
    for j in range(begin, end):
        k = np.uint64(j)
        use_days += s[at.DAYS + k]
        own_days += s[at.OWN_DAYS + k]
        hours += hours_of[np.uint64(first + j)]
        trust += s[at.TRUST + k]
        mistake += s[at.MISTAKE + k]
        permission += s[at.PERMISSION + k]
        job += s[at.JOB + k]
        identity += s[at.IDENTITY + k]
        capability += s[at.CAPABILITY + k]
        fit += s[at.FIT + k]
        usefulness += s[at.USEFULNESS + k]
        confidence += s[at.CONFIDENCE + k]
        gap += s[at.CAPABILITY + k] - s[at.CONFIDENCE + k]
        habit += s[at.HABIT + k]
        novelty += s[at.NOVELTY + k]
        cynicism += s[at.CYNICISM + k]
        climate += s[at.CLIMATE + k]
    of_team[_O_USE_DAYS], of_team[_O_OWN_DAYS] = use_days, own_days
    of_team[_O_HOURS], of_team[_O_TRUST], of_team[_O_MISTAKE] = hours, trust, mistake
    of_team[_O_PERMISSION], of_team[_O_JOB], of_team[_O_IDENTITY] = permission, job, identity
    of_team[_O_CAPABILITY], of_team[_O_FIT], of_team[_O_USEFULNESS] = capability, fit, usefulness
    of_team[_O_CONFIDENCE], of_team[_O_GAP], of_team[_O_HABIT] = confidence, gap, habit
    of_team[_O_NOVELTY], of_team[_O_CYNICISM] = novelty, cynicism
    of_team[_O_CLIMATE] = climate


@compiled
def _add_counts(of_team, s, small, histories, p, week, first, begin, end):
    """Count people of one team: access, use, and the segments of [Viva]."""
    proficient_at, per_day = p.proficient_at, p.actions_per_day / min(week, 12)
    access = trained = activated = weekly = own_users = proficient = 0
    regular = habitual = power = novice = low = none = 0
    for j in range(begin, end):
        k, i = np.uint64(j), np.uint64(first + j)
        flags, history = small[_FLAGS, i], histories[i]
        access += (flags & _ACCESS) != 0
        trained += small[_TRAINED, i] != 0
        activated += (flags & _ACTIVATED) != 0
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
    of_team[_O_ACCESS] += access
    of_team[_O_TRAINED] += trained
    of_team[_O_ACTIVATED] += activated
    of_team[_O_WEEKLY] += weekly
    of_team[_O_OWN_USERS] += own_users
    of_team[_O_PROFICIENT] += proficient
    of_team[_O_REGULAR] += regular
    of_team[_O_HABITUAL] += habitual
    of_team[_O_POWER] += power
    of_team[_O_NOVICE] += novice
    of_team[_O_LOW] += low
    of_team[_O_NON] += none


@compiled
def add_people(
    total: NDArray[np.float64],
    of_team: NDArray[np.float64],
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
    """Add a block's people to the sums, in order; a team that is complete joins the total.

    Parameters
    ----------
    total, of_team : float64 arrays, shape (n_outcomes,) or more
        Sums over the organisation and over the team at hand.
    teams : float32 array, shape (n_teams, n_outcomes) or (0, n_outcomes)
        Receives the means of teams, where wanted.
    s : float64 array
        The block.
    team_of, team_start, small, hours, histories
        Of ``World`` and ``Memory``.
    p, week
        As in ``advance_week``.
    first, size : int
        First person of the block, and how many there are.
    """
    j = np.int64(0)
    while j < size:
        team = team_of[first + j]
        ended = min(team_start[team + 1] - first, size)
        _add_states(of_team, s, hours, first, j, ended)
        _add_counts(of_team, s, small, histories, p, week, first, j, ended)
        if first + ended == team_start[team + 1]:
            n_members = team_start[team + 1] - team_start[team]
            for o in range(teams.shape[1]):
                total[o] += of_team[o]
                if len(teams):
                    teams[team, o] = of_team[o] / n_members
                of_team[o] = 0.0
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
