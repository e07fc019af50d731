"""What is written down of a week that agents lived: as the compiled engine writes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.outcomes import DRIVERS, OUTCOMES, Outcome
from sim.schedule import Decision
from sim.state import Flag

if TYPE_CHECKING:
    from sim.abm.agents import Employee
    from sim.abm.model import UptakeModel

__all__ = ["outcomes_of_person", "record_of_week"]


def _segment(history: int, actions_per_day: float, week: int) -> dict[str, bool]:
    """Return the segment of [Viva] that use in the last twelve weeks puts a person in."""
    days = [history >> 4 * k & 15 for k in range(12)]
    weeks_used = sum(d > 0 for d in days)
    actions = actions_per_day / min(week, 12) * sum(days)
    habitual = weeks_used >= 9
    return {
        "regular": all(d > 0 for d in days[:4]),
        "habitual": habitual,
        "power": habitual and actions >= 15.0,
        "novice": weeks_used > 0 and not habitual and actions >= 1.0,
        "low": weeks_used > 0 and not habitual and actions < 1.0,
        "non_users": weeks_used == 0,
    }


def outcomes_of_person(person: Employee, week: int) -> dict[str, float]:
    """Return what one person adds to the outcomes of a week."""
    p, own = person.model.parameters, person.model.told_after[person.row]
    capability, confidence = person.capability, person.confidence
    found: dict[str, Any] = {
        "access": person.has(Flag.ACCESS),
        "trained": person.trained > 0,
        "activated": person.has(Flag.ACTIVATED),
        "weekly_users": person.use_days > 0,
        **_segment(person.history, float(p.actions_per_day), week),
        "own_tool_users": person.own_days > 0,
        "use_days": person.use_days,
        "own_days": person.own_days,
        "proficient": capability >= p.proficient_at,
        "trust": own["trust"],
        "fear_mistake": own["fear_mistake"],
        "fear_job": own["fear_job"],
        "confidence_gap": capability - confidence,
        "climate": person.climate,
    }
    return {
        v.name: float(found[v.name]) if v.name in found else float(getattr(person, v.name))
        for v in OUTCOMES
    }


def record_of_week(
    model: UptakeModel,
    week: int,
    weekly: NDArray[np.float64],
    teams: NDArray[np.float32],
    drivers: NDArray[np.float32],
) -> None:
    """Write means of the organisation and its teams, summed in the order of people."""
    total = [0.0] * len(OUTCOMES)
    start = model.organisation.team_start
    for team in range(len(start) - 1):
        members = [model.person(row) for row in range(start[team], start[team + 1])]
        if not members:
            continue
        sums, held = [0.0] * len(OUTCOMES), [0.0] * len(DRIVERS)
        for person in members:
            for k, value in enumerate(outcomes_of_person(person, week).values()):
                sums[k] += value
            for k, value in enumerate(person.held_back):
                held[k] += value
        for k, value in enumerate(sums):
            total[k] += value
            teams[team, k] = value / len(members)
        drivers[team] = [value / len(members) for value in held]
    weekly[:] = [value / model.organisation.n_people for value in total]
    if model.decision is Decision.BASS:
        weekly[Outcome["activated"]] = float(model.memory.bass[0])
