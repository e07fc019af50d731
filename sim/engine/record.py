"""What is written down of a week: means over teams, in the order of ``OUTCOMES``."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.engine import rows as at
from sim.engine.compiling import compiled
from sim.engine.memory import Memory, World
from sim.outcomes import Driver, Outcome
from sim.rules import gain_without, moderated
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
(
    _D_MISTAKES, _D_PERMISSION, _D_JOB, _D_NORM, _D_MANAGER, _D_IDENTITY, _D_DISTRUST, _D_BENEFIT,
    _D_CYNICISM,
) = (int(driver) for driver in Driver)  # fmt: skip


@compiled
def _weeks_used(history):  # type: ignore[no-untyped-def]
    used = (history | (history >> _1) | (history >> _2) | (history >> _3)) & _ONES
    return used, np.int64((used * _SUM_NIBBLES) >> _60)


@compiled
def _days_used(history):  # type: ignore[no-untyped-def]
    pairs = (history & _LOW) + ((history >> _4) & _LOW)
    return np.int64((pairs * _SUM_BYTES) >> _56)


@compiled
def _add_segment(of_team, history, actions_per_day, week):  # type: ignore[no-untyped-def]
    """Count a person in one of the segments of [Viva]."""
    if history == np.uint64(0):
        of_team[_O_NON] += 1.0
        return
    used, weeks_used = _weeks_used(history)
    actions = actions_per_day * _days_used(history) / min(week, 12)
    if used & _FOUR_WEEKS == _FOUR_WEEKS:
        of_team[_O_REGULAR] += 1.0
    if weeks_used >= 9:
        of_team[_O_HABITUAL] += 1.0
        of_team[_O_POWER] += 1.0 if actions >= 15.0 else 0.0
    elif actions >= 1.0:
        of_team[_O_NOVICE] += 1.0
    else:
        of_team[_O_LOW] += 1.0


@compiled
def add_people(
    total: NDArray[np.float64],
    of_team: NDArray[np.float64],
    teams: NDArray[np.float32],
    s: NDArray[np.float64],
    world: World,
    memory: Memory,
    p: np.void,
    week: int,
    first: int,
    size: int,
) -> None:
    """Add a block's people to the sums, in order; a team that is complete joins the total.

    Parameters
    ----------
    total, of_team : float64 arrays, shape (n_outcomes,)
        Sums over the organisation and over the team at hand.
    teams : float32 array, shape (n_teams, n_outcomes) or (0, n_outcomes)
        Receives the means of teams, where wanted.
    s : float64 array
        The block.
    world, memory, p, week
        As in ``advance_week``.
    first, size : int
        First person of the block, and how many there are.
    """
    proficient_at, actions_per_day = p.proficient_at, p.actions_per_day
    for j in range(size):
        k, i = np.uint64(j), np.uint64(first + j)
        flags, days, own_days = memory.small[_FLAGS, i], s[at.DAYS + k], s[at.OWN_DAYS + k]
        capability, confidence = s[at.CAPABILITY + k], s[at.CONFIDENCE + k]
        of_team[_O_ACCESS] += 1.0 if flags & _ACCESS else 0.0
        of_team[_O_TRAINED] += 1.0 if memory.small[_TRAINED, i] > 0 else 0.0
        of_team[_O_ACTIVATED] += 1.0 if flags & _ACTIVATED else 0.0
        of_team[_O_WEEKLY] += 1.0 if days > 0.0 else 0.0
        _add_segment(of_team, memory.history[i], actions_per_day, week)
        of_team[_O_OWN_USERS] += 1.0 if own_days > 0.0 else 0.0
        of_team[_O_USE_DAYS] += days
        of_team[_O_OWN_DAYS] += own_days
        of_team[_O_HOURS] += s[at.HOURS + k]
        of_team[_O_PROFICIENT] += 1.0 if capability >= proficient_at else 0.0
        of_team[_O_TRUST] += s[at.TRUST + k]
        of_team[_O_MISTAKE] += s[at.MISTAKE + k]
        of_team[_O_PERMISSION] += s[at.PERMISSION + k]
        of_team[_O_JOB] += s[at.JOB + k]
        of_team[_O_IDENTITY] += s[at.IDENTITY + k]
        of_team[_O_CAPABILITY] += capability
        of_team[_O_FIT] += s[at.FIT + k]
        of_team[_O_USEFULNESS] += s[at.USEFULNESS + k]
        of_team[_O_CONFIDENCE] += confidence
        of_team[_O_GAP] += capability - confidence
        of_team[_O_HABIT] += s[at.HABIT + k]
        of_team[_O_NOVELTY] += s[at.NOVELTY + k]
        of_team[_O_CYNICISM] += s[at.CYNICISM + k]
        of_team[_O_CLIMATE] += s[at.CLIMATE + k]
        team = world.team[i]
        if first + j + 1 == world.team_start[team + 1]:
            n_members = world.team_start[team + 1] - world.team_start[team]
            for o in range(len(total)):
                total[o] += of_team[o]
                if len(teams):
                    teams[team, o] = of_team[o] / n_members
                of_team[o] = 0.0


@compiled
def add_drivers(
    held: NDArray[np.float64],
    drivers: NDArray[np.float32],
    s: NDArray[np.float64],
    world: World,
    p: np.void,
    first: int,
    size: int,
) -> None:
    """Add what each shortfall keeps a block's people from; complete teams get their mean.

    Parameters
    ----------
    held : float64 array, shape (n_drivers,)
        Sums over the team at hand.
    drivers : float32 array, shape (n_teams, n_drivers)
        Receives the means of teams.
    s, world, p, first, size
        As in ``add_people``; to be called between choice and experience.
    """
    for j in range(size):
        k = np.uint64(j)
        odds, own_odds = s[at.ODDS + k], s[at.OWN_ODDS + k]
        pride = (s[at.TRUSTWORTHINESS + k] + s[at.RESPONSIBILITY + k]) * 0.5
        b_norm = moderated(p.b_norm, s[at.RELATIONSHIPS + k], p.values_weight)
        b_job = moderated(p.b_job, s[at.FAMILY + k], p.values_weight)
        b_identity = moderated(p.b_identity, pride, p.values_weight)
        mistakes = p.b_mistake * s[at.MISTAKE + k] * (1.0 - s[at.CLIMATE + k])
        held[_D_MISTAKES] += gain_without(odds, own_odds, mistakes)
        held[_D_PERMISSION] += gain_without(odds, own_odds, p.b_permission * s[at.PERMISSION + k])
        held[_D_JOB] += gain_without(odds, own_odds, b_job * s[at.JOB + k])
        held[_D_NORM] += gain_without(odds, own_odds, b_norm * (1.0 - s[at.NORM + k]))
        held[_D_MANAGER] += gain_without(odds, own_odds, p.b_manager * (1.0 - s[at.SIGNAL + k]))
        held[_D_IDENTITY] += gain_without(odds, own_odds, b_identity * s[at.IDENTITY + k])
        held[_D_DISTRUST] += gain_without(odds, own_odds, p.b_trust * (1.0 - s[at.TRUST + k]))
        short = s[at.TASK + k] - s[at.BENEFIT + k]
        held[_D_BENEFIT] += gain_without(odds, own_odds, p.b_able * short)
        held[_D_CYNICISM] += gain_without(odds, own_odds, p.b_cynicism * s[at.CYNICISM + k])
        team = world.team[first + j]
        if first + j + 1 == world.team_start[team + 1]:
            n_members = world.team_start[team + 1] - world.team_start[team]
            for d in range(len(held)):
                drivers[team, d] = held[d] / n_members
                held[d] = 0.0


@compiled
def _byte(x):  # type: ignore[no-untyped-def]
    return np.uint8(255.0 * min(max(x, 0.0), 1.0) + 0.5)


@compiled
def write_people(
    people: NDArray[np.uint8], s: NDArray[np.float64], memory: Memory, first: int, size: int
) -> None:
    """Write a block's people as bytes, in the order of ``PERSON_RECORD``."""
    for j in range(size):
        k, i = np.uint64(j), first + j
        people[i, 0] = np.uint8(s[at.DAYS + k])
        people[i, 1] = np.uint8(s[at.OWN_DAYS + k])
        people[i, 2] = memory.small[_FLAGS, i]
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
