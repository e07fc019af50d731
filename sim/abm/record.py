"""Record a week that agents simulated, in the form of the compiled engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.engine.rows import LANES
from sim.outcomes import DRIVERS, OUTCOMES
from sim.rules.workweek import WORKDAYS
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


def outcomes_of_person(person: Employee, week: int) -> list[float]:
    """Return what one person adds to each of ``OUTCOMES`` in a week."""
    p, own = person.model.parameters, person.model.visible_after[person.row]
    lately = person.history & 0xFFFF > 0
    found: dict[str, Any] = {
        "access": person.has(Flag.ACCESS),
        "trained": person.trained > 0,
        "activated": person.has(Flag.ACTIVATED),
        "considering": person.has(Flag.CONSIDERS) and not person.has(Flag.ACTIVATED),
        "tried": lately and person.depth == 1,
        "lapsed": not lately and person.depth > 0,
        "weekly_users": person.use_days > 0,
        **_segment(person.history, float(p.actions_per_day), week),
        "own_tool_users": own["own_use_seen"] > 0,
        "use_days": person.use_days,
        "own_days": round(WORKDAYS * float(own["own_use_seen"])),
        "proficient": person.capability >= p.proficient_at,
        "trust": own["trust"],
        "fear_mistake": own["fear_mistake"],
        "fear_job": own["fear_job"],
        "confidence_gap": person.capability - person.confidence,
        "climate": person.climate,
    }

    def value(name: str) -> float:
        return float(found[name]) if name in found else float(getattr(person, name))

    return [float(value(v.of) >= v.least) if v.of else value(v.name) for v in OUTCOMES]


def record_of_week(
    model: UptakeModel,
    week: int,
    weekly: NDArray[np.float64],
    teams: NDArray[np.float32],
    drivers: NDArray[np.float32],
) -> None:
    """Write means of the organisation and its teams, summed in the engine's order."""
    places = np.zeros((LANES, len(OUTCOMES)))
    start = model.organisation.team_start
    for team in range(len(start) - 1):
        members = [model.person(row) for row in range(start[team], start[team + 1])]
        members = [person for person in members if not person.has(Flag.AWAY)]
        if not members:
            continue
        sums, held = [0.0] * len(OUTCOMES), [0.0] * len(DRIVERS)
        for person in members:
            own = outcomes_of_person(person, week)
            places[person.row % LANES] += own
            sums = [total + value for total, value in zip(sums, own, strict=True)]
            held = [total + value for total, value in zip(held, person.barriers, strict=True)]
        teams[team] = [value / len(members) for value in sums]
        drivers[team] = [value / len(members) for value in held]
    while len(places) > 1:  # by halves, as processors do it
        places = places[: len(places) // 2] + places[len(places) // 2 :]
    weekly[:] = places[0] / max(int(model.population.team_size.sum()), 1)
