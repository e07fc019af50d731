"""What is written down of a week: means over teams, in the order of ``OUTCOMES``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine import rows as at
from sim.engine.compiling import compiled, part
from sim.outcomes import OUTCOMES
from sim.state import Flag

_ACCESS, _ACTIVATED = int(Flag.ACCESS), int(Flag.ACTIVATED)
_CONSIDERS, _AWAY = int(Flag.CONSIDERS), int(Flag.AWAY)
_STAGES = _ACTIVATED + _CONSIDERS
_ONES = np.uint64(0x111111111111)
_FOUR_WEEKS = np.uint64(0x1111)
_LOW = np.uint64(0x0F0F0F0F0F0F0F0F)
_SUM_NIBBLES = np.uint64(0x1111111111111111)
_SUM_BYTES = np.uint64(0x0101010101010101)
_NONE = np.uint64(0)
_0, _1, _2, _3, _4, _5, _6, _7 = (np.uint64(k) for k in range(8))
_8, _BYTE = np.uint64(8), np.uint64(255)
_60, _56 = np.uint64(60), np.uint64(56)


def rows_of(outcomes: Iterable[str]) -> NDArray[np.uint64]:
    """Return where what these outcomes are means of stands, a row (kind, place) each.

    Kinds are those of ``rows.source``; read-only, as constants are.
    """
    rows = np.array([at.source(name) for name in outcomes], np.uint64).reshape(-1, 2)
    rows.flags.writeable = False
    return rows


def _outcomes_of(kind: int) -> NDArray[np.uint64]:
    """Return the outcomes whose means stand in one place, a row (outcome, place) each."""
    found = ((o, *at.source(v.name)) for o, v in enumerate(OUTCOMES))
    rows = np.array([(o, where) for o, its, where in found if its == kind], np.uint64)
    rows.flags.writeable = False
    return rows


_OF_S, _OF_WIDE, _OF_NARROW, _OF_MARKS = (_outcomes_of(kind) for kind in range(4))
_IN_WIDE, _IN_NARROW, _IN_MARKS = at.IN_WIDE, at.IN_NARROW, at.IN_MARKS
_LEVELS = np.array([(*at.source(v.of), int(at.row(v.name))) for v in at.LEVELS], np.uint64)
_LEVELS = _LEVELS.reshape(-1, 3)  # where the quantity stands, and the row of 0 and 1
_LEAST = np.array([v.least for v in at.LEVELS])

DRIVER_ROWS = rows_of(at.BARRIERS)
"""What each driver keeps people from; after ``compute_barriers``."""

(
    _TRIED, _LAPSED, _REGULAR, _HABITUAL, _POWER, _NOVICE, _LOW_USER, _NON_USER, _HAS_ACCESS,
    _TRAINED, _HAS_USED, _IS_CONSIDERING, _WEEKLY_USER, _OWN_USER, _PROFICIENT,
) = (np.uint64(1 << (8 * (m % at.MARKS_OF_WORD))) for m in range(len(at.MARKS)))  # fmt: skip


@part
def _weeks_used(history):
    used = (history | (history >> _1) | (history >> _2) | (history >> _3)) & _ONES
    return used, np.int64((used * _SUM_NIBBLES) >> _60)


@part
def _days_used(history):
    pairs = (history & _LOW) + ((history >> _4) & _LOW)
    return np.int64((pairs * _SUM_BYTES) >> _56)


@compiled
def classify(
    marks: NDArray[np.uint64], s: NDArray[np.float64], wide: NDArray[np.float64],
    narrow: NDArray[np.float32], small: NDArray[np.uint8], history: NDArray[np.uint64], p: Any,
    week: int,
) -> None:  # fmt: skip
    """Say of a block's people who has access and uses it, and the segments of [Viva].

    - ``marks``, shape (2, BLOCK): receives what is true of each person: see ``rows.MARKS``.
    - ``s``: what is worked out for the block.
    - ``wide``, ``narrow``, ``small``, ``history``: the block's, of ``Memory``.
    - ``p``, ``week``: as in ``act``.
    """
    proficient_at, per_day = p.proficient_at, p.actions_per_day / min(week, 12)
    of_use, of_person = marks[_0], marks[_1]
    for j in range(at.BLOCK):
        k = np.uint64(j)
        used, weeks_used = _weeks_used(history[k])
        actions = per_day * _days_used(history[k])
        some, habitual = weeks_used > 0, weeks_used >= 9
        before = small[at.DEPTH + k]
        lately = (used & _FOUR_WEEKS) != _NONE
        mine = _TRIED if lately & (before == 1) else _NONE
        mine |= _LAPSED if (not lately) & (before > 0) else _NONE
        mine |= _REGULAR if (used & _FOUR_WEEKS) == _FOUR_WEEKS else _NONE
        mine |= _HABITUAL if habitual else _NONE
        mine |= _POWER if habitual & (actions >= 15.0) else _NONE
        mine |= _NOVICE if some & (not habitual) & (actions >= 1.0) else _NONE
        mine |= _LOW_USER if some & (not habitual) & (actions < 1.0) else _NONE
        mine |= _NONE if some else _NON_USER
        of_use[k] = mine
    for j in range(at.BLOCK):
        k = np.uint64(j)
        flags, capability = small[at.FLAGS + k], np.float64(narrow[at.CAPABILITY + k])
        mine = _HAS_ACCESS if flags & _ACCESS else _NONE
        mine |= _TRAINED if small[at.TRAININGS + k] else _NONE
        mine |= _HAS_USED if flags & _ACTIVATED else _NONE
        mine |= _IS_CONSIDERING if (flags & _STAGES) == _CONSIDERS else _NONE
        mine |= _WEEKLY_USER if s[at.DAYS + k] > 0.0 else _NONE
        mine |= _OWN_USER if s[at.OWN_DAYS + k] > 0.0 else _NONE
        mine |= _PROFICIENT if capability >= proficient_at else _NONE
        of_person[k] = mine
        s[at.GAP + k] = capability - np.float64(narrow[at.CONFIDENCE + k])
    for r in range(len(_LEVELS)):
        top, least, found = _LEVELS[r, 1], _LEAST[r], _LEVELS[r, 2]
        for j in range(at.BLOCK):
            k = np.uint64(j)
            if _LEVELS[r, 0] == _IN_NARROW:
                value = np.float64(narrow[top + k])
            elif _LEVELS[r, 0] == _IN_WIDE:
                value = wide[top + k]
            else:
                value = s[top + k]
            away = (small[at.FLAGS + k] & _AWAY) != 0
            s[found + k] = 1.0 if (value >= least) & (not away) else 0.0


@compiled
def uncount(marks: NDArray[np.uint64], small: NDArray[np.uint8]) -> None:
    """Take those of a block who are away out of all that is counted of it."""
    for j in range(at.BLOCK):
        k = np.uint64(j)
        if small[at.FLAGS + k] & _AWAY:
            marks[_0, k] = marks[_1, k] = _NONE


@part
def _add_rows(lanes, outcomes, values, size):
    """Add a block's rows to the lanes of their outcomes."""
    for r in range(len(outcomes)):
        mine, top = lanes[outcomes[r, _0]], outcomes[r, _1]
        a, b, c, d = mine[_0], mine[_1], mine[_2], mine[_3]
        e, f, g, h = mine[_4], mine[_5], mine[_6], mine[_7]
        for step in range(size // at.LANES):  # sums stay in registers
            k = top + np.uint64(at.LANES * step)
            a += values[k]
            b += values[k + _1]
            c += values[k + _2]
            d += values[k + _3]
            e += values[k + _4]
            f += values[k + _5]
            g += values[k + _6]
            h += values[k + _7]
        mine[_0], mine[_1], mine[_2], mine[_3] = a, b, c, d
        mine[_4], mine[_5], mine[_6], mine[_7] = e, f, g, h
        for j in range(size - size % at.LANES, size):
            mine[np.uint64(j % at.LANES)] += values[top + np.uint64(j)]


@part
def _marked(marks, mark, begin, end):
    """Return how many of a block's people, from ``begin`` to ``end``, have a mark."""
    total, word = _NONE, marks[mark // np.uint64(at.MARKS_OF_WORD)]
    for j in range(begin, end):
        total += word[np.uint64(j)]
    return np.float64((total >> (_8 * (mark % np.uint64(at.MARKS_OF_WORD)))) & _BYTE)


@compiled
def add_people(
    lanes: NDArray[np.float64], s: NDArray[np.float64], wide: NDArray[np.float64],
    narrow: NDArray[np.float32], marks: NDArray[np.uint64], size: int,
) -> None:  # fmt: skip
    """Add a block's people to the sums over the organisation, after ``classify``.

    - ``lanes``, shape (n_outcomes, LANES): sums by the last bits of a person's row.
    - ``s``, ``wide``, ``narrow``, ``marks``: the block, and the block's, of ``Memory``.
    - ``size``: how many people there are in it.
    """
    _add_rows(lanes, _OF_S, s, size)
    _add_rows(lanes, _OF_WIDE, wide, size)
    _add_rows(lanes, _OF_NARROW, narrow, size)
    of_use = of_person = _NONE
    for j in range(size):
        of_use += marks[_0, np.uint64(j)]
        of_person += marks[_1, np.uint64(j)]
    for r in range(len(_OF_MARKS)):  # whole numbers: the lane does not matter
        word = of_use if _OF_MARKS[r, _1] < np.uint64(at.MARKS_OF_WORD) else of_person
        shift = _8 * (_OF_MARKS[r, _1] % np.uint64(at.MARKS_OF_WORD))
        lanes[_OF_MARKS[r, _0], _0] += np.float64((word >> shift) & _BYTE)


@compiled
def write_means(weekly: NDArray[np.float64], lanes: NDArray[np.float64], n_present: int) -> None:
    """Write the organisation's means of a week, and empty the sums.

    - ``weekly``, shape (n_outcomes,)
    - ``lanes``, shape (n_sections, n_outcomes, LANES): sections are added up in turn, lanes by
      halves.
    - ``n_present``: how many people are there.
    """
    for o in range(len(weekly)):
        for section in range(1, len(lanes)):
            for j in range(at.LANES):
                lanes[0, o, j] += lanes[section, o, j]
                lanes[section, o, j] = 0.0
        half = at.LANES // 2
        while half > 0:
            for j in range(half):
                lanes[0, o, j] += lanes[0, o, j + half]
            half //= 2
        weekly[o] = lanes[0, o, 0] / n_present
        lanes[0, o, :] = 0.0


@part
def _add_member_rows(total, values, top, begin, end):
    for j in range(begin, end):
        total += values[top + np.uint64(j)]
    return total


@compiled
def add_teams(
    sums: NDArray[np.float64], teams: NDArray[np.float32], rows: NDArray[np.uint64],
    s: NDArray[np.float64], wide: NDArray[np.float64], narrow: NDArray[np.float32],
    marks: NDArray[np.uint64], team_of: NDArray[np.int32], team_start: NDArray[np.int64],
    team_size: NDArray[np.int32], first: int, size: int,
) -> None:  # fmt: skip
    """Add a block's people to the sums over their teams; complete teams get their means.

    - ``sums``, shape (n_rows,): over the team at hand.
    - ``teams``, shape (n_teams, n_rows): receives the means.
    - ``rows``, shape (n_rows, 2): of the block: see ``rows_of``, and ``DRIVER_ROWS``.
    - ``s``, ``wide``, ``narrow``, ``marks``, ``first``, ``size``: as in ``classify`` and
      ``add_people``.
    - ``team_of``, ``team_start``, ``team_size``: of ``PopulationArrays``.
    """
    begin = 0
    while begin < size:  # team by team: sums stay in registers
        team = team_of[first + begin]
        until = team_start[team + 1] - first
        end = min(until, size)
        for o in range(len(rows)):
            kind, top = rows[o, 0], rows[o, 1]
            if kind == _IN_MARKS:
                sums[o] += _marked(marks, top, begin, end)
            elif kind == _IN_NARROW:
                sums[o] = _add_member_rows(sums[o], narrow, top, begin, end)
            elif kind == _IN_WIDE:
                sums[o] = _add_member_rows(sums[o], wide, top, begin, end)
            else:
                sums[o] = _add_member_rows(sums[o], s, top, begin, end)
        if until <= size:
            n_members = max(team_size[team], 1)
            for o in range(len(rows)):
                teams[team, o] = sums[o] / n_members
                sums[o] = 0.0
        begin = end


@part
def _byte(x):
    return np.uint8(255.0 * min(max(x, 0.0), 1.0) + 0.5)


@compiled
def write_people(
    people: NDArray[np.uint8], s: NDArray[np.float64], narrow: NDArray[np.float32],
    small: NDArray[np.uint8], first: int, size: int,
) -> None:  # fmt: skip
    """Write a block's people as bytes, in the order of ``PERSON_RECORD``."""
    for j in range(size):
        k, i = np.uint64(j), first + j
        people[i, 0] = np.uint8(s[at.DAYS + k])
        people[i, 1] = np.uint8(s[at.OWN_DAYS + k])
        people[i, 2] = small[at.FLAGS + k]
        people[i, 3] = _byte(s[at.TRUST + k])
        people[i, 4] = _byte(s[at.MISTAKE + k])
        people[i, 5] = _byte(np.float64(narrow[at.PERMISSION + k]))
        people[i, 6] = _byte(s[at.JOB + k])
        people[i, 7] = _byte(np.float64(narrow[at.IDENTITY + k]))
        people[i, 8] = _byte(np.float64(narrow[at.CAPABILITY + k]))
        people[i, 9] = _byte(np.float64(narrow[at.USEFULNESS + k]))
        people[i, 10] = _byte(np.float64(narrow[at.CONFIDENCE + k]))
        people[i, 11] = _byte(np.float64(narrow[at.CYNICISM + k]))
        people[i, 12] = _byte(s[at.NORM + k])
