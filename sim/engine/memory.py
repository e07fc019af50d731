"""What the compiled loops read and write: a struct of arrays in blocks of people.

State variables of one type stand together in one array, block after block: ``wide`` holds the
float64 ones, ``narrow`` the float32 ones, ``small`` the bytes. Within a block they follow as
declared, a row of ``BLOCK`` people each (see ``rows``), so that the loops over a block read and
write them in place, from one stretch of memory. The last block has places for nobody: all loops
are of one length, and vectorise without a remainder.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from sim.engine.rows import (
    BLOCK,
    LANES,
    MARKS,
    MARKS_OF_WORD,
    NARROW,
    SIZE,
    SMALL,
    SURVEYED,
    WIDE,
    place,
)
from sim.interventions.effects import Timeline
from sim.organisation.organisation import Organisation
from sim.outcomes import DRIVERS, OUTCOMES
from sim.randomness import hash_text
from sim.state import VALUES, VISIBLE
from sim.theories import MAX_SETTINGS, SLOTS

CACHE_LINE = 64
"""Bytes of a cache line."""
SECTION = 32
"""Blocks of a section, at least: people whose sums are added up by themselves, in one thread."""
STANDING_STEPS = 16
"""Steps in which standing is kept, to a standard deviation."""


DECISION = np.dtype(
    [
        ("rule", np.int64),  # of ``sim.outcomes.Decision``
        ("own_thresholds", np.bool_),
        ("codes", np.int64, (len(SLOTS),)),  # of the theories, in the order of ``SLOTS``
        ("settings", np.float64, (len(SLOTS), MAX_SETTINGS)),
    ],
    align=True,
)
"""How the people of a scenario decide."""


class PopulationArrays(NamedTuple):
    """An organisation as the loops read it; shared by all runs and threads."""

    key: NDArray[np.uint64]  # (n_blocks · BLOCK,)
    team: NDArray[np.int32]  # (n_people,)
    manager: NDArray[np.int32]  # (n_people,)
    task: NDArray[np.float32]  # (n_blocks, BLOCK)
    values: NDArray[np.uint8]  # (n_blocks, len(VALUES) · BLOCK), in steps of 1 / VALUE_STEPS
    tie_start: NDArray[np.int64]
    tie_target: NDArray[np.uint32]
    tie_weight: NDArray[np.float64]
    tie_flags: NDArray[np.uint8]
    team_start: NDArray[np.int64]
    team_size: NDArray[np.int32]  # (n_teams,): how many are there
    team_manager: NDArray[np.int32]
    team_key: NDArray[np.uint64]
    managers: NDArray[np.uint32]  # rows of people with reports
    given: NDArray[np.float64]  # (len(SURVEYED), n_people) or (0, 0); NaN where not given
    thresholds: NDArray[np.float64]  # (n_people,) or (0,); NaN where not given
    section_start: NDArray[np.int64]  # (n_sections + 1,): its first block; it ends with a team
    standing: NDArray[np.int8]  # (n_people,): log listeners, in 1 / STANDING_STEPS of their spread


class EffectTable(NamedTuple):
    """The effect table of a scenario and its audiences."""

    effects: NDArray[np.void]
    audience_start: NDArray[np.int64]
    audience_member: NDArray[np.uint32]


class Memory(NamedTuple):
    """The state of one run; reused by the runs of a thread."""

    wide: NDArray[np.float64]  # (n_blocks, len(WIDE) · BLOCK)
    narrow: NDArray[np.float32]  # (n_blocks, len(NARROW) · BLOCK)
    small: NDArray[np.uint8]  # (n_blocks, len(SMALL) · BLOCK)
    history: NDArray[np.uint64]  # (n_blocks, BLOCK)
    visible: NDArray[np.void]  # VISIBLE, (2, n_people): the week before and this one, in turns
    climate: NDArray[np.float64]  # (n_teams,)
    ritual: NDArray[np.float64]  # (n_teams,): mean dose this week
    punished: NDArray[np.float64]  # (n_teams,): mean dose this week
    block: NDArray[np.float64]  # (SIZE,): what is worked out for the block at hand
    marks: NDArray[np.uint64]  # (words, BLOCK): who of the block counts in ``MARKS``
    lanes: NDArray[np.float64]  # (sections, len(OUTCOMES), LANES): sums by last bits of the row
    sums: NDArray[np.float64]  # (2, …): over a team, and its drivers
    keys: NDArray[np.uint64]  # (len(SURVEYED),): of the chance of start values
    present: NDArray[np.float64]  # (n_teams,): who attends, or a chance, in act; then, use seen
    usual_climate: NDArray[np.float32]  # (n_teams,): climate less the manager's readiness, at start
    effect: NDArray[np.float32]  # (n_teams,): what a team has in common, log-hazard
    firm: NDArray[np.float32]  # (1,): what the firm has in common, log-hazard
    seen: NDArray[np.float32]  # (n_teams,): share of the team seen using last week
    pull: NDArray[np.float32]  # (n_teams,): factor of the hazard this week
    access: NDArray[np.int64]  # (2,): how many may use the tool; whether that changes this week


def _blocks(n_people: int) -> int:
    return -(-n_people // BLOCK)


def _room(shape: tuple[int, ...], dtype: DTypeLike = np.float64) -> NDArray[Any]:
    """Return zeros that begin at a cache line, lest vectors of people cross two."""
    size = math.prod(shape) * np.dtype(dtype).itemsize
    raw = np.zeros(size + CACHE_LINE, np.uint8)
    begin = -raw.ctypes.data % CACHE_LINE
    return raw[begin : begin + size].view(dtype).reshape(shape)


def _in_blocks(rows: NDArray[Any]) -> NDArray[Any]:
    """Return rows over people, shape (n_rows, n_people), in blocks as state stands in them."""
    n_rows, n_people = rows.shape
    n_blocks = _blocks(n_people)
    room = np.zeros((n_rows, n_blocks * BLOCK), rows.dtype)
    room[:, :n_people] = rows
    blocks = _room((n_blocks, n_rows * BLOCK), rows.dtype)
    blocks.reshape(n_blocks, n_rows, BLOCK)[:] = room.reshape(n_rows, n_blocks, BLOCK).swapaxes(
        0, 1
    )
    return blocks


def population_arrays(organisation: Organisation) -> PopulationArrays:
    """Return the arrays of an organisation."""
    n, people = organisation.n_people, organisation.people
    given = np.empty((0, 0))
    if organisation.start_values:
        given = np.full((len(SURVEYED), n), np.nan)
        for name, values in organisation.start_values.items():
            given[SURVEYED.index(name)] = values
    thresholds = organisation.thresholds
    ties = organisation.ties
    return PopulationArrays(
        key=_in_blocks(people["key"][None]).ravel(),
        team=people["team"],  # views: read for one team, or one person, at a time
        manager=people["manager"],
        task=_in_blocks(people["task_potential"][None]),
        values=_in_blocks(np.stack([people[value] for value in VALUES])),
        tie_start=ties.start,
        tie_target=ties.target,
        tie_weight=ties.weight,
        tie_flags=ties.flags,
        team_start=organisation.team_start,
        team_size=np.diff(organisation.team_start).astype(np.int32),
        team_manager=organisation.team_manager,
        team_key=np.array([hash_text(f"team {t}") for t in organisation.teams], np.uint64),
        managers=np.flatnonzero(organisation.is_manager).astype(np.uint32),
        given=given,
        thresholds=np.empty(0) if thresholds is None else thresholds,
        section_start=_sections(organisation.team_start, n),
        standing=_standing(organisation),
    )


def _sections(team_start: NDArray[np.int64], n_people: int) -> NDArray[np.int64]:
    """Return where sections begin: at blocks that begin with a team, so that none shares a team."""
    found, n_blocks = [0], _blocks(n_people)
    for block in np.unique(team_start[team_start % BLOCK == 0] // BLOCK):
        if block >= found[-1] + SECTION and block < n_blocks:
            found.append(int(block))
    return np.array([*found, n_blocks], np.int64)


def _standing(organisation: Organisation) -> NDArray[np.int8]:
    """Return log(1 + number of listeners), centred and scaled over the organisation, in steps."""
    listeners = np.bincount(organisation.ties.target, minlength=organisation.n_people)
    standing = np.log1p(listeners)
    standing -= standing.mean()
    spread = standing.std()
    steps = standing / spread * STANDING_STEPS if spread > 0 else standing
    return np.clip(np.rint(steps), -127, 127).astype(np.int8)


def effect_table_of(timeline: Timeline) -> EffectTable:
    """Return the arrays of a timeline."""
    return EffectTable(timeline.effects, timeline.audience_start, timeline.audience_member)


def memory_of(n_people: int, n_teams: int) -> Memory:
    """Return room for the state of one run."""
    n_blocks = _blocks(n_people)
    return Memory(
        wide=_room((n_blocks, len(WIDE) * BLOCK)),
        narrow=_room((n_blocks, len(NARROW) * BLOCK), np.float32),
        small=_room((n_blocks, len(SMALL) * BLOCK), np.uint8),
        history=_room((n_blocks, BLOCK), np.uint64), visible=np.zeros((2, n_people), VISIBLE),
        climate=np.zeros(n_teams), ritual=np.zeros(n_teams), punished=np.zeros(n_teams),
        block=_room((SIZE,)), marks=_room((-(-len(MARKS) // MARKS_OF_WORD), BLOCK), np.uint64),
        lanes=_room((n_blocks // SECTION + 1, len(OUTCOMES), LANES)),
        sums=np.zeros((2, max(len(OUTCOMES), len(DRIVERS)))),
        keys=np.zeros(len(SURVEYED), np.uint64), present=np.zeros(n_teams),
        usual_climate=np.zeros(n_teams, np.float32), effect=np.zeros(n_teams, np.float32),
        firm=np.zeros(1, np.float32), seen=np.zeros(n_teams, np.float32),
        pull=np.zeros(n_teams, np.float32), access=np.zeros(2, np.int64),
    )  # fmt: skip


def memory_beside(memory: Memory) -> Memory:
    """Return the same state, with room of its own for another thread to work in."""
    return memory._replace(
        block=_room(memory.block.shape),
        marks=_room(memory.marks.shape, np.uint64),
        sums=np.zeros_like(memory.sums),
    )


def cells(memory: Memory, name: str) -> NDArray[Any]:
    """Return a state variable as a view of the state, shape (n_blocks, BLOCK).

    Raises KeyError when no state variable has this name.
    """
    if name == "history":
        return memory.history
    for names, blocks in ((NARROW, memory.narrow), (WIDE, memory.wide), (SMALL, memory.small)):
        if name in names:
            begin = int(place(name))
            return blocks[:, begin : begin + BLOCK]
    raise KeyError(name)


def column(memory: Memory, name: str) -> NDArray[Any]:
    """Return a copy of a state variable, shape (n_people,).

    Raises KeyError when no state variable has this name.
    """
    return cells(memory, name).flatten()[: memory.visible.shape[1]]
