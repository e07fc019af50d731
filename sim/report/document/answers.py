"""What "Why?" answers in the replay of a report: for every team, under every plan, offline."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.analysis.attribution import to_json
from sim.report.document.causes import Causes

__all__ = ["answers"]

FACTS = ("person", "manager", "ties")
"""What the page shows of a ``Why``, besides the drivers, which it has of all replicates."""

RERUNS = ("base", "worlds", "tried", "reruns")


def answers(causes: Causes, plans: int, *, made_up: bool = True) -> dict[str, Any]:
    """Return what the page asks for, as text that packs small.

    Parameters
    ----------
    made_up : bool
        Whether nobody is a real person; else nothing is told of a team's manager, who is one.

    Returns
    -------
    dict
        ``weeks``: the checkpoints; ``text``: UTF-8 bytes (u1) of a JSON list with one object a
        plan, and in it by the row of a team ``at``: the facts at each checkpoint, and
        ``reruns``, of the teams whose single changes were run again.
    """
    from sim.page.arrays import as_json

    weeks = next(([one.week for one in found] for found in causes.whys.values()), [])
    shown: list[dict[int, Any]] = [{} for _ in range(plans)]
    for (plan, team), found in causes.whys.items():
        tried = causes.reruns.get((plan, team))
        said = [to_json(one) for one in found[:-1]] + [to_json(found[-1], tried)]
        shown[plan][team] = {
            "at": [_facts(one, made_up) for one in said],
            **({} if tried is None else {"reruns": {name: said[-1][name] for name in RERUNS}}),
        }
    return {"weeks": weeks, "text": np.frombuffer(as_json(shown).encode(), np.uint8)}


def _facts(said: dict[str, Any], made_up: bool) -> dict[str, Any]:
    facts = {name: said[name] for name in FACTS}
    return facts if made_up else {**facts, "manager": None}
