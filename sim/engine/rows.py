"""Where each quantity stands in the arrays of the engine: one place for every row.

State variables of one type stand together in one array of ``Memory``, a row a variable.
While a block of people is worked on, all its quantities stand in one array at constant
distances (``FIT + j`` is person ``j``'s fit), so that the compiler can see that they never
overlap, and vectorises.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.outcomes import DRIVERS
from sim.state import STATE_VARIABLES, TOLD_VARIABLES, VALUES


def _rows(dtype: str) -> dict[str, int]:
    return {v.name: row for row, v in enumerate(v for v in STATE_VARIABLES if v.dtype == dtype)}


WIDE = _rows("f8")
"""Row of each float64 state variable in ``Memory.wide``."""

NARROW = _rows("f4")
"""Row of each float32 state variable in ``Memory.narrow``."""

SMALL = _rows("u1")
"""Row of each byte-sized state variable in ``Memory.small``."""

SURVEYED = tuple(v.name for v in TOLD_VARIABLES + STATE_VARIABLES if v.surveyed)
"""State variables whose start may be given for a person, in the rows of ``World.given``."""


BLOCK = 64
"""People in a block."""

STRIDE = BLOCK + 8
"""Distance of two rows: not a power of two, lest rows alias each other in the cache."""

_HEARD = (
    "heard_trust", "heard_mistake", "heard_job", "norm", "own_norm", "hearsay", "failure_near",
    "leader_readiness", "leader_use", "leader_trust", "led",
)  # fmt: skip
_RESULTS = (
    "drive", "pride", "task", "climate", "access", "seen", "champion", "luck_use", "luck_own",
    "luck_failure",
    "trust", "fear_mistake", "fear_job", "signal", "benefit", "odds", "own_odds", "days",
    "own_days", "failures", "use_seen", "failure_seen",
)  # fmt: skip
STORED = tuple(NARROW)[: list(NARROW).index("showcased") + 1]
"""Float32 variables that every week changes: they stand first in ``Memory.narrow``."""

LOADED = (*STORED, "fear_permission", "disposition")
"""Float32 variables that every week reads: they come next."""

_COUNTED = (
    "has_access", "was_trained", "has_tried", "weekly_user", "regular", "habitual", "power",
    "novice", "low", "non_user", "own_user", "is_proficient", "hours", "confidence_gap",
)  # fmt: skip
ROW_OF_OUTCOME = {
    "access": "has_access", "trained": "was_trained", "activated": "has_tried",
    "weekly_users": "weekly_user", "non_users": "non_user", "own_tool_users": "own_user",
    "proficient": "is_proficient", "use_days": "days",
}  # fmt: skip
"""Rows whose means are outcomes of other names."""

HELD = tuple(f"held_back_by_{driver.name}" for driver in DRIVERS)
"""What each driver keeps a person from."""

_NAMES = (*WIDE, *LOADED, *VALUES, *_HEARD, *_RESULTS, *_COUNTED, *HELD)
SIZE = STRIDE * len(_NAMES)
"""Numbers in a block's array."""


def row(name: str) -> Any:
    """Return where a quantity begins in a block's array."""
    return np.uint64(STRIDE * _NAMES.index(name))


HELD_AT = row(HELD[0])
WIDE_AT, NARROW_AT = 0, STRIDE * len(WIDE)
VALUES_AT = STRIDE * (len(WIDE) + len(LOADED))

TRUST_ANCHOR = row("trust_anchor")
MISTAKE_ANCHOR = row("fear_mistake_anchor")
JOB_ANCHOR = row("fear_job_anchor")
HABIT = row("habit")
PERMISSION = row("fear_permission")
IDENTITY = row("fear_identity")
CAPABILITY = row("capability")
FIT = row("fit")
USEFULNESS = row("usefulness")
OWN_HABIT = row("own_habit")
NOVELTY = row("novelty")
CYNICISM = row("cynicism")
CONFIDENCE = row("confidence")
DISPOSITION = row("disposition")
COMPELLED = row("compelled")
SHOWCASED = row("showcased")
RELATIONSHIPS = row("relationships")
TRUSTWORTHINESS = row("trustworthiness")
RESPONSIBILITY = row("responsibility")
GROWTH = row("growth")
AMBITION = row("ambition")
FAMILY = row("family")
HEARD_TRUST = row("heard_trust")
HEARD_MISTAKE = row("heard_mistake")
HEARD_JOB = row("heard_job")
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
TASK = row("task")
CLIMATE = row("climate")
ACCESS = row("access")
SEEN = row("seen")
CHAMPION = row("champion")
LUCK_USE = row("luck_use")
LUCK_OWN = row("luck_own")
LUCK_FAILURE = row("luck_failure")
TRUST = row("trust")
MISTAKE = row("fear_mistake")
JOB = row("fear_job")
SIGNAL = row("signal")
BENEFIT = row("benefit")
ODDS = row("odds")
OWN_ODDS = row("own_odds")
DAYS = row("days")
OWN_DAYS = row("own_days")
FAILURES = row("failures")
USE_SEEN = row("use_seen")
FAILURE_SEEN = row("failure_seen")
HAS_ACCESS = row("has_access")
TRAINED = row("was_trained")
HAS_TRIED = row("has_tried")
WEEKLY_USER = row("weekly_user")
REGULAR = row("regular")
HABITUAL = row("habitual")
POWER = row("power")
NOVICE = row("novice")
LOW = row("low")
NON_USER = row("non_user")
OWN_USER = row("own_user")
PROFICIENT = row("is_proficient")
HOURS = row("hours")
GAP = row("confidence_gap")
