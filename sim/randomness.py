"""Keys of random numbers: a person, a team or an occasion is a 64-bit hash of its name.

Every uniform is a counter-based hash of (seed, stream, week, person); see
``sim.rules.chance``. Nothing is drawn in sequence, so no result depends on threads,
chunks or the order of people, and scenarios that share a seed share their random numbers.
"""

from __future__ import annotations

from enum import IntEnum
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

MAX_SEED = 2**63 - 1
"""The largest seed; the smallest is 0."""


class Stream(IntEnum):
    """Independent random streams."""

    SANCTIONED_DAYS = 1
    OWN_DAYS = 2
    FAILURES = 3
    THRESHOLD = 5
    DISPOSITION = 6
    TEAM_DISPOSITION = 7
    TEAM_CLIMATE = 8
    CONSIDERS = 9
    TEAM_EFFECT = 10
    FIRM_EFFECT = 11
    TRAIT_OF_TAKE_UP = 12
    TRAIT_OF_CHOICE = 13
    START = 16  # one stream a start state from here on
    ATTENDANCE = 64
    PROMPT = 65


def hash_text(text: str) -> int:
    """Return the 64-bit key of a text, the same in every process and on every platform."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")


def replicate_seeds(seed: int, replicates: int, *, sets: int | None = None) -> NDArray[np.uint64]:
    """Return one 64-bit seed a replicate, or one for each replicate of every parameter set.

    No seed depends on how many there are. ``sets`` have random numbers of their own: seeds that
    they share would move the mean of all of them together, and more sets would not make it surer.
    The seeds are a uint64 array of shape (replicates,), or (sets, replicates), whose first row is
    what there is without ``sets``.

    >>> own = replicate_seeds(0, 2, sets=3)
    >>> own.shape, len(set(own.flat)), bool((own[0] == replicate_seeds(0, 3)[:2]).all())
    ((3, 2), 6, True)
    """
    rows = ["", *(f"/{row}" for row in range(1, sets or 1))]
    keys = [[hash_text(f"replicate {seed}/{k}{row}") for k in range(replicates)] for row in rows]
    return np.array(keys if sets else keys[0], dtype=np.uint64)
