"""Outcomes as the page shows them: a package's that fails or takes long is left empty, and said.

What a stranger's function does must not take the page away from those who look at it.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError
from sim.outcomes import Outcome
from sim.page.outcome_labels import OUTCOME_LABELS
from sim.results.series import OwnOutcome, own_outcomes

__all__ = ["PATIENCE", "labels_shown", "patiently"]

PATIENCE = 2.0
"""Seconds that an outcome of a package may take; one that takes longer is not asked again."""

_slow: set[OwnOutcome] = set()

Floats = NDArray[np.floating[Any]]


def labels_shown() -> dict[str, str]:
    """Return the label of every outcome that can be chosen, by name, in the order of the list.

    Raises
    ------
    InputError
        With everything wrong in the outcomes of packages.
    """
    own = {name: name.replace("_", " ").capitalize() for name in own_outcomes()}
    return {**OUTCOME_LABELS, **own}


def patiently(name: str, work: Callable[[], Floats], like: Floats, said: list[str]) -> Floats:
    """Return an outcome; NaN in its place, and why among what is ``said``, where it cannot be had.

    Parameters
    ----------
    work : callable
        Gives the outcome.
    like : array
        Of the shape of the outcome.
    """
    if name in Outcome.__members__:
        return work()
    own = own_outcomes()[name]
    found: list[Floats] = []
    why: list[str] = []

    def carry_out() -> None:
        try:
            found.append(work())
        except InputError as error:
            why.extend(str(one) for one in error.problems)

    if own not in _slow:
        thread = Thread(target=carry_out, daemon=True)  # nobody waits for one that never ends
        thread.start()
        thread.join(PATIENCE)
        if thread.is_alive():
            _slow.add(own)
    if found:
        return found[0]
    if own in _slow:
        what = f"takes longer than {PATIENCE:g} seconds: the page shows nothing of it"
        why = [str(own.extension.problem(what))]
    said += why or [str(own.extension.problem("gives nothing"))]
    return np.full(like.shape, np.nan, like.dtype)
