"""Where each quantity stands in the arrays of the engine: one place for every row.

People are worked on in blocks. State variables of one type stand together, block after block
and within a block row after row (``narrow[block, FIT + j]`` is the fit of the block's person
``j``); so do the values. What is worked out for the block at hand stands in one more array,
``s``. Distances within a block are constant, so that the compiler can see that rows never
overlap, and vectorises.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.outcomes import DRIVERS, OUTCOMES
from sim.randomness import Stream, hash_text
from sim.rules import DRAWN
from sim.state import STATE_VARIABLES, VALUES, VISIBLE_VARIABLES

BLOCK = 128
"""People in a block."""
LANES = 8
"""Sums over the organisation are kept by the last bits of a person's row, and added at the end."""
STRIDE = BLOCK + 8
"""Distance of two rows of ``s``, in numbers.

Rows a power of two apart fall on the same sets of the processor's cache and drive each other out.
Eight numbers more are one cache line: each row begins a line further on, and still aligned.
"""


def _names(dtype: str) -> tuple[str, ...]:
    return tuple(v.name for v in STATE_VARIABLES if v.dtype == dtype)


WIDE = _names("f8")
"""Float64 state variables, in the rows of a block of ``Memory.wide``."""
NARROW = _names("f4")
"""Float32 state variables, in the rows of a block of ``Memory.narrow``."""
SMALL = _names("u1")
"""Byte-sized state variables, in the rows of a block of ``Memory.small``."""
SURVEYED = (*(v.name for v in VISIBLE_VARIABLES + STATE_VARIABLES if v.surveyed), "considers")
"""What may be given of a person's start, in the rows of ``PopulationArrays.given``."""


_HEARD = (
    "heard_trust", "heard_mistake", "heard_job", "said_trust", "said_mistake", "said_job", "norm",
    "own_norm", "hearsay", "failure_near", "leader_readiness", "leader_use", "leader_trust", "led",
)  # fmt: skip
_INVITED = ("there", "dose", "accepted")
_RESULTS = (
    "drive", "pride", "climate", "access", "seen", "champion", "considers",
    "team_pull", "team_seen",
    "trust", "fear_mistake", "fear_job", "signal", "curiosity", "benefit", "odds",
    "own_odds", "days", "own_days", "failures", "use_seen", "failure_seen", "chance",
    "confidence_gap",
)  # fmt: skip
LEVELS = tuple(v for v in OUTCOMES if v.of)
"""Outcomes that are shares of people with so much of a quantity: a row of 0 and 1 each."""

MARKS = (
    "tried", "lapsed", "regular", "habitual", "power", "novice", "low", "non_users",
    "access", "trained", "activated", "considering", "weekly_users", "own_tool_users", "proficient",
)  # fmt: skip
"""Outcomes that are 0 or 1 of a person: each a byte of a word of eight, in ``Memory.marks``.

Sums over a block fit in a byte: words are added up, eight outcomes at a time.
"""

MARKS_OF_WORD = 8

_REUSED = {
    "first_use": "said_trust", "exponent": "said_mistake", "forgets": "said_job",
    "near": "heard_trust", "attention": "accepted",
}  # fmt: skip
"""Quantities that take the row of another, which is done with: a block stays in the cache."""

BARRIERS = tuple(f"barrier_{driver.name}" for driver in DRIVERS)
"""What each driver keeps a person from."""

STREAMS = {
    "use": int(Stream.SANCTIONED_DAYS),
    "own": int(Stream.OWN_DAYS),
    "failure": int(Stream.FAILURES),
    **{name: hash_text(f"draw {name}") for name in DRAWN},
}
"""Random numbers of a person's week, a row ``uniform_NAME`` each, and the stream each is from."""

_UNIFORM = tuple(f"uniform_{name}" for name in STREAMS)
_ROWS = (*_INVITED, *_HEARD, *_RESULTS, *_UNIFORM, *BARRIERS, *(v.name for v in LEVELS))
SIZE = STRIDE * len(_ROWS)
"""Numbers in ``s``."""


def place(name: str) -> Any:
    """Return where a state variable, or a value, begins in a block of what holds its type."""
    names = next(names for names in (WIDE, NARROW, SMALL, VALUES) if name in names)
    return np.uint64(BLOCK * names.index(name))


def row(name: str) -> Any:
    """Return where in ``s`` a quantity of the block at hand begins."""
    name = {"use_days": "days"}.get(name, name)
    if name not in (*_ROWS, *_REUSED):
        raise ValueError(f"{name} is no quantity of a person: see sim.outcomes.OUTCOMES")
    return np.uint64(STRIDE * _ROWS.index(_REUSED.get(name, name)))


IN_S, IN_WIDE, IN_NARROW, IN_MARKS = range(4)
"""Where what an outcome is the mean of stands."""


def source(quantity: str) -> tuple[int, int]:
    """Return in what a quantity of people stands, or what an outcome is the mean of, and where."""
    if quantity in MARKS:
        return IN_MARKS, MARKS.index(quantity)
    if quantity in (*WIDE, *NARROW):
        return (IN_WIDE if quantity in WIDE else IN_NARROW), int(place(quantity))
    return IN_S, int(row(quantity))


# State, in blocks of ``Memory``.
TRUST_ANCHOR = place("trust_anchor")
MISTAKE_ANCHOR = place("fear_mistake_anchor")
JOB_ANCHOR = place("fear_job_anchor")
HABIT = place("habit")
PERMISSION = place("fear_permission")
IDENTITY = place("fear_identity")
CAPABILITY = place("capability")
FIT = place("fit")
USEFULNESS = place("usefulness")
OWN_HABIT = place("own_habit")
NOVELTY = place("novelty")
CYNICISM = place("cynicism")
CONFIDENCE = place("confidence")
DISPOSITION = place("disposition")
READINESS = place("readiness")
THRESHOLD = place("threshold")
SPENT = place("hours")
PROMISE = place("promise")
USED_TO_TRUST = place("used_to_trust")
USED_TO_MISTAKE = place("used_to_mistake")
USED_TO_JOB = place("used_to_job")
COULD_NEAR = place("could_near")
TRAININGS = place("trained")
FLAGS = place("flags")
DEPTH = place("depth")
COMPELLED = place("compelled")
SHOWCASED = place("showcased")
BASE_CAPABILITY = place("base_capability")
BASE_FIT = place("base_fit")
BASE_CYNICISM = place("base_cynicism")

# Values, in blocks of ``PopulationArrays``.
RELATIONSHIPS = place("relationships")
LOYALTY = place("loyalty")
TRUSTWORTHINESS = place("trustworthiness")
RESPONSIBILITY = place("responsibility")
GROWTH = place("growth")
AMBITION = place("ambition")
FAMILY = place("family")

# What is worked out for the block at hand, in ``s``.
BARRIERS_AT = row(BARRIERS[0])
THERE = row("there")
DOSE = row("dose")
ACCEPTED = row("accepted")
ATTENTION = row("attention")
HEARD_TRUST = row("heard_trust")
HEARD_MISTAKE = row("heard_mistake")
HEARD_JOB = row("heard_job")
SAID_TRUST = row("said_trust")
SAID_MISTAKE = row("said_mistake")
SAID_JOB = row("said_job")
NORM = row("norm")
OWN_NORM = row("own_norm")
HEARSAY = row("hearsay")
FAILURE_NEAR = row("failure_near")
LEADER_READINESS = row("leader_readiness")
LEADER_USE = row("leader_use")
LEADER_TRUST = row("leader_trust")
LED = row("led")
DRIVE = row("drive")
PRIDE = row("pride")
CLIMATE = row("climate")
ACCESS = row("access")
SEEN = row("seen")
CHAMPION = row("champion")
CONSIDERS = row("considers")
TEAM_PULL = row("team_pull")
TEAM_SEEN = row("team_seen")
EXPONENT = row("exponent")
NEAR = row("near")
FIRST_USE = row("first_use")
FORGETS = row("forgets")
UNIFORM_USE = row("uniform_use")
UNIFORM_OWN = row("uniform_own")
UNIFORM_FAILURE = row("uniform_failure")
TRUST = row("trust")
MISTAKE = row("fear_mistake")
JOB = row("fear_job")
SIGNAL = row("signal")
CURIOSITY = row("curiosity")
BENEFIT = row("benefit")
ODDS = row("odds")
OWN_ODDS = row("own_odds")
DAYS = row("days")
OWN_DAYS = row("own_days")
FAILURES = row("failures")
USE_SEEN = row("use_seen")
FAILURE_SEEN = row("failure_seen")
CHANCE = row("chance")
GAP = row("confidence_gap")
