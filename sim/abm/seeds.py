"""The seed of a model, in any of the forms in which Mesa and NumPy give one."""

from __future__ import annotations

import secrets
from typing import Any

import numpy as np

from sim.errors import InputError, Problem
from sim.schedule import MAX_SEED

__all__ = ["seed_of"]

_RIGHT = f"a whole number from 0 to {MAX_SEED}, or what numpy.random.default_rng takes"


def seed_of(seed: Any = None, rng: Any = None) -> int:
    """Return the whole number that seeds a model.

    Parameters
    ----------
    seed, rng
        The two names under which a seed may come; at most one of them, or the same twice.

    Returns
    -------
    int
        0 to 2**63 - 1; a fresh one, of 53 bits, where none is given.

    Raises
    ------
    InputError
        Where it is no seed, or two are given.

    Examples
    --------
    >>> seed_of(7), seed_of(rng=7), seed_of(np.uint8(7), 7)
    (7, 7, 7)
    >>> seed_of(rng=np.random.SeedSequence(7)) == seed_of(rng=np.random.SeedSequence(7))
    True
    """
    found = [_number(name, given) for name, given in (("seed", seed), ("rng", rng))]
    numbers = {number for number in found if number is not None}
    if len(numbers) > 1:
        what = f"are two seeds, {found[0]} and {found[1]}"
        raise InputError([Problem("UptakeModel", "seed and rng", what, "one of them")])
    return numbers.pop() if numbers else secrets.randbits(53)


def _number(name: str, given: Any) -> int | None:
    if given is None:
        return None
    if isinstance(given, int | np.integer) and not isinstance(given, bool):
        if 0 <= given <= MAX_SEED:
            return int(given)
    elif not isinstance(given, bool | float | np.floating | str | bytes):
        try:
            return int(np.random.default_rng(given).integers(2**63))
        except (TypeError, ValueError):
            pass
    what = f"is {given!r}"[:100]
    raise InputError([Problem("UptakeModel", name, what, _RIGHT)])
