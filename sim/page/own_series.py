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
from sim.results.series import OwnOutcome, own_outcomes

__all__ = [
    "DRIVER_LABELS", "DRIVER_SHORT", "OUTCOME_LABELS", "PATIENCE", "labels_shown", "patiently",
]  # fmt: skip


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


OUTCOME_LABELS = {
    "weekly_users": "Weekly users",
    "habitual": "Habitual users",
    "regular": "Regular: each of 4 weeks",
    "considering": "Considering: not used yet",
    "tried": "Tried: one week so far",
    "lapsed": "Lapsed: not for 4 weeks",
    "activated": "Activated: ever used",
    "trained": "Trained",
    "own_tool_users": "Users of own tools",
    "confidence_gap": "Confidence gap",
    "capability": "Capability",
    "confidence": "Confidence",
    "trust": "Trust",
    "fear_mistake": "Fear of visible mistakes",
    "fear_permission": "Fear of unclear permission",
    "fear_job": "Fear for the job",
    "fear_identity": "Fear for professional identity",
    "cynicism": "Cynicism",
    "climate": "Psychological safety",
}
"""Outcomes that the page can show, by name, in the order of its list."""

DRIVER_LABELS = {
    "visible_mistakes": "Fear of visible mistakes",
    "unclear_permission": "Unclear permission",
    "job": "Fear for the job",
    "undefined_norm": "Use by peers not seen",
    "manager": "The manager's signal",
    "identity": "Professional identity",
    "distrust": "Lack of trust",
    "little_benefit": "Little know-how or benefit",
    "cynicism": "Cynicism and fatigue",
    "first_use": "The step of the first use",
    "not_considered": "Has not considered it yet",
}
"""Drivers in words, in the order of ``sim.outcomes.DRIVERS``."""

DRIVER_SHORT = {
    "visible_mistakes": "visible mistakes",
    "unclear_permission": "permission",
    "job": "job",
    "undefined_norm": "peers unseen",
    "manager": "manager",
    "identity": "identity",
    "distrust": "distrust",
    "little_benefit": "know-how, benefit",
    "cynicism": "cynicism",
    "first_use": "first use",
    "not_considered": "not considering it",
}
"""Drivers in a word or two, for a narrow column."""
