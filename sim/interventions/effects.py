"""What the engine knows of interventions: rows of an effect table, and the people they reach.

An intervention in a scenario file becomes rows; a row says which effect works on which
audience in which weeks. A new intervention made of these effects needs no change here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Bools, Floats, Ints


class Effect(IntEnum):
    """What a row does to each person in its audience, every week it is active."""

    REASSURE_TRUST = 0  # message: private trust up; remembered as a promise
    REASSURE_JOB = 1  # message: private job fear down
    REASSURE_IDENTITY = 2  # message: identity fear down
    SHOW_FIT = 3  # message: a specific example of use in own work
    CLARIFY_PERMISSION = 4  # policy: permission fear down
    TRAIN = 5  # session: capability and fit up; cynicism where irrelevant
    RITUAL = 6  # team: climate up, scaled by the manager's readiness
    PUNISH = 7  # team: climate down
    COACH = 8  # managers: readiness up
    SHOWCASE = 9  # early adopters' use is seen more
    COMPEL = 10  # mandate while enforced; cynicism up
    ACCESS = 11  # sanctioned access, and curiosity; ``dose``: how far it is a prompt
    CHAMPION = 12  # mandated as official champion: less peer credibility
    ALARM_JOB = 13  # shock: private job fear up
    BREAK_PROMISE = 14  # shock: promised trust lost, and more
    ALARM_MISTAKE = 15  # shock: private fear of visible mistakes up
    HEARSAY = 16  # shock: perceived usefulness moves toward ``relevance``
    TOOL_QUALITY = 17  # shock: tool quality shifts by ``dose`` while active (whole tool)
    REPLACE_MANAGER = 18  # shock: readiness starts anew; climate falls
    ADOPT = 19  # baseline decisions: first adopters
    TIME = 20  # costs hours, does nothing else
    DRIVE = 21  # shock: the log hazard of beginning shifts by ``dose`` while active (whole firm)


STANDING = frozenset({Effect.ACCESS})
"""What holds for those who come later too, once it is given."""
MOST_DRIVE = 5.0
"""Log by which ``DRIVE`` shifts a hazard at most, either way: a factor of 150."""
EVERYONE = -1
"""Value of ``audience`` for all people."""

EFFECT = np.dtype(
    [
        ("effect", np.int32),  # Effect
        ("audience", np.int32),  # row of the audience table, or EVERYONE
        ("start", np.int32),  # first active week (1 is the first week of the run)
        ("end", np.int32),  # last active week
        ("every", np.int32),  # weeks from one week of effect to the next (1: each week)
        ("dose", np.float64),  # this week's dose (an intervention's dose over its weeks)
        ("sincerity", np.float64),  # [0, 1]
        ("specificity", np.float64),  # [0, 1]: names what does and what does not change
        ("relevance", np.float64),  # [0, 1]: for own work; HEARSAY: the usefulness reported
        ("costly", np.float64),  # [0, 1]: commitment that can be checked
        ("attendance", np.float64),  # [0, 1]: chance that a person of the audience is there
        ("hours", np.float64),  # hours each attendee spends, each active week
        ("occasion", np.uint64),  # key of the chance of attendance: hash of the kind
    ],
    align=True,
)
"""One row of the effect table."""


@dataclass(frozen=True, eq=False)
class Timeline:
    """Effects and the people they reach, as the engine reads them.

    - ``effects``, shape (n_effects,)
    - ``audience_start``, shape (n_audiences + 1,): audience ``a`` is
      ``audience_member[audience_start[a]:audience_start[a + 1]]``.
    - ``audience_member``: rows of people, ascending within an audience.
    - ``phases``: where people join or leave, or ties change: what holds in each part of the run.
    """

    effects: NDArray[np.void]
    audience_start: Ints
    audience_member: NDArray[np.uint32]
    phases: tuple[Phase, ...] = ()

    @classmethod
    def empty(cls) -> Timeline:
        """Return a timeline on which nothing happens."""
        return cls(np.zeros(0, EFFECT), np.zeros(1, np.int64), np.zeros(0, np.uint32))


@dataclass(frozen=True, eq=False)
class Phase:
    """Weeks in which nobody joins or leaves, and no tie changes."""

    first: int
    last: int
    """``first``, ``last``: weeks, 1 is the first of the run."""
    present: Bools
    """Who is there, shape (n_people,)."""
    factor: Floats
    """What the weight of each of the organisation's ties is multiplied by, shape (n_ties,)."""
    timeline: Timeline
    """What happens in it, to those who are there."""
