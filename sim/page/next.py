"""What to do next: the few changes worth most, with what they cost, for line two of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.results.figures import HEADLINE
from sim.results.margin import rule
from sim.scenario.write import entry_of

if TYPE_CHECKING:
    from sim.analysis.attribution import Worth
    from sim.results import Results

__all__ = ["MOST_CHANGES", "leading", "next_part"]

MOST_CHANGES = 3
"""So many changes are named."""


def leading(results: Results) -> int:
    """Return the row of the plan with the highest level of weekly use, the first of equals."""
    levels = [results.estimate(HEADLINE, plan).mean for plan in range(len(results.names))]
    return levels.index(max(levels))


def next_part(
    results: Results, plan: int, found: tuple[Worth, ...] | None, hour_cost: float
) -> dict[str, Any]:
    """Return the changes that raise weekly use by what matters or more, the largest first.

    Parameters
    ----------
    plan : int
        Row of the plan that is changed.
    found : tuple of Worth, or None
        As ``worth`` gives them.
    hour_cost : float
        Money that an hour of a person costs; 0 where it is not known.

    Returns
    -------
    dict
        ``plan``, ``tried`` (how many), and ``changes``: ``said``, ``kind``; ``gain``, ``low``,
        ``high`` as shares; ``cost`` {hours, money} of all people and the whole run; ``timeline``:
        all entries of the plan with the change made.
    """
    ahead = [one for one in found or () if rule(one.effect, results.margin) == "ahead"]
    return {
        "plan": plan,
        "tried": len(found or ()),
        "stopped": found is None,
        "changes": [
            {
                "said": one.change.said,
                "kind": one.change.kind,
                "gain": one.effect.mean,
                "low": one.effect.low,
                "high": one.effect.high,
                "cost": {"hours": one.hours, "money": one.money + hour_cost * one.hours},
                "timeline": [
                    {placed.kind: entry_of(placed.intervention)} for placed in one.change.timeline
                ],
            }
            for one in ahead[:MOST_CHANGES]
        ],
    }
