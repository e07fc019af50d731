"""When things happen, and how a workday is decided on."""

from __future__ import annotations

from enum import IntEnum

CHECKPOINT_EVERY = 13
"""Weeks from one record of the barriers to the next; the last week is recorded too."""

MAX_WEEKS = 1040
"""The longest run: twenty years."""

MAX_SEED = 2**63 - 1
"""The largest seed; the smallest is 0."""


class Decision(IntEnum):
    """How people decide."""

    LOGIT = 0
    THRESHOLD_SHARE = 1
    THRESHOLD_COUNT = 2
    BASS = 3
    HAZARD_SHARE = 4
    HAZARD_COUNT = 5


def checkpoint_weeks(weeks: int) -> tuple[int, ...]:
    """Return the weeks at which drivers are recorded.

    Examples
    --------
    >>> checkpoint_weeks(52), checkpoint_weeks(20)
    ((13, 26, 39, 52), (13, 20))
    """
    return tuple(sorted({*range(CHECKPOINT_EVERY, weeks + 1, CHECKPOINT_EVERY), weeks}))
