"""A key for every run: a hash of all that its numbers depend on.

Two runs have one key exactly when they have the same model, organisation, scenario,
parameters, weeks, seed and columns; so a stored row with the key of a planned run is that run.
"""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from sim.analysis.sweep.specification import Specification
    from sim.scenario.loader import Document

__all__ = ["FORM", "KEY", "number_of", "record_hash", "run_keys", "said"]

FORM = 2
"""Version of the form in which runs are stored."""

KEY = np.dtype("S32")
"""A key: 32 hexadecimal digits."""


def number_of(keys: NDArray[np.bytes_]) -> NDArray[np.uint64]:
    """Return the first half of each key as a number, by which it is sorted and found.

    The plan refuses a study in which two keys share it.

    Examples
    --------
    >>> number_of(np.array([b"00000000000000ff" + b"0" * 16], KEY)).tolist()
    [255]
    """
    digits = np.frombuffer(np.ascontiguousarray(keys).tobytes(), np.uint8)
    digits = digits.reshape(-1, KEY.itemsize)[:, : KEY.itemsize // 2]
    halves = (digits & 15) + 9 * (digits >> 6)
    data = np.ascontiguousarray((halves[:, 0::2] << 4) | halves[:, 1::2])
    return data.view(">u8").ravel().astype(np.uint64)


def said(document: Document) -> str:
    """Return what a scenario says, whatever its name, layout and comments."""
    content = {
        key: node.plain()
        for key, node in (document.root.entries or {}).items()
        if key not in ("name", "purpose", "extends", "remove", "organisation", "weeks")
    }
    return json.dumps(content, sort_keys=True, ensure_ascii=True)


def record_hash(study: Specification) -> str:
    """Return the hash of what is kept of a run: rows with other columns are other rows."""
    kept = [outcome.name for outcome in study.outcomes]
    text = json.dumps([kept, study.record_weeks, study.record_people])
    return blake2b(text.encode(), digest_size=4).hexdigest()


def run_keys(prefix: bytes, seeds: NDArray[np.uint64]) -> list[str]:
    """Return the keys of one cell's runs.

    Parameters
    ----------
    prefix : bytes
        All that the runs of the cell share.
    seeds : uint64 array, shape (S,)
    """
    shared = blake2b(prefix, digest_size=16)
    data = seeds.astype("<u8").tobytes()
    keys = []
    for i in range(len(seeds)):
        own = shared.copy()
        own.update(data[8 * i : 8 * i + 8])
        keys.append(own.hexdigest())
    return keys
