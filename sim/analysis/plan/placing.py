"""A plan as it is placed: interventions, the engine's timeline, a scenario file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.plan.check import remembered
from sim.analysis.plan.layout import Layout, Plan
from sim.interventions.base import Activity
from sim.interventions.effects import Timeline
from sim.interventions.timeline import (
    Placed,
    Reached,
    effects_of,
    reached_by,
    staffing_of,
    timeline_of,
)
from sim.scenario.text import to_yaml


def placed(layout: Layout, plan: Plan) -> tuple[Placed, ...]:
    """Return everything that happens: what is fixed, and the plan."""
    return (*layout.problem.scenario.timeline, *entries(layout, plan))


def entries(layout: Layout, plan: Plan, rows: Sequence[int] | None = None) -> Iterator[Placed]:
    """Yield the intervention of every item and wave that a plan places.

    Hours and money grow with the dose.
    """
    for row in range(len(layout.problem.items)) if rows is None else rows:
        item, waves = layout.problem.items[row], layout.waves_of(row, plan.waves)
        for k, start in enumerate(layout.wave_starts(plan, row)):
            if not waves[k] or layout.people(row, waves[k]):
                label = f"{item.label}, wave {k + 1}" if waves[k] else item.label
                named = {
                    "label": label if label != item.base.kind else None,
                    "audience": layout.audience(row, waves[k]),
                }
                held = _held(layout, row, start, plan.doses[row], plan.rounds[row])
                yield Placed(held.model_copy(update=named), f"plan.{label}")


@remembered
def _held(layout: Layout, row: int, start: int, dose: float, rounds: int) -> Activity:
    """Return an item as it is held from a week on, with everybody who is invited."""
    base = layout.problem.items[row].base
    changed = {
        "start": int(start),
        "dose": float(dose),
        "times": None if not rounds or (rounds == 1 and base.every is None) else rounds,
        "hours": base.hours * dose,
        "money": base.money * dose,
    }
    return base.model_copy(update=changed)


def plan_timeline(layout: Layout, plan: Plan) -> Timeline:
    """Return what is fixed and a plan as the engine reads them: ``placed``, in less time."""
    reached = [*_fixed(layout)]
    for row, dose in enumerate(plan.doses):
        waves = layout.waves_of(row, plan.waves)
        for wave, start in zip(waves, layout.wave_starts(plan, row), strict=False):
            inside = layout.inside(row, wave)
            reached.append((_effects(layout, row, start, dose, plan.rounds[row]), inside))
    changes = staffing_of(layout.problem.scenario.timeline)
    return timeline_of(reached, changes, layout.organisation, layout.weeks)


@remembered
def _fixed(layout: Layout) -> tuple[Reached, ...]:
    return reached_by(layout.problem.scenario.timeline, layout.organisation, layout.weeks)


@remembered
def _effects(layout: Layout, row: int, start: int, dose: float, rounds: int) -> NDArray[np.void]:
    return effects_of(Placed(_held(layout, row, start, dose, rounds)), layout.weeks)


def scenario_text(
    layout: Layout, plan: Plan, name: str, purpose: str, organisation: str | None = None
) -> str:
    """Return the scenario file of a plan.

    - ``organisation``: a path beside the file
    """
    problem = layout.problem
    timeline = tuple(Placed(_brief(one.intervention), one.path) for one in placed(layout, plan))
    scenario = problem.scenario.model_copy(
        update={
            "name": name[:100], "purpose": purpose, "weeks": problem.weeks, "timeline": timeline,
        }
    )  # fmt: skip
    return to_yaml(scenario, organisation)


def _brief(intervention: Any) -> Any:
    """Return an intervention of which nothing counts as given that goes without saying."""
    kind = type(intervention)
    values = {name: getattr(intervention, name) for name in kind.model_fields}
    given = {
        name
        for name, field in kind.model_fields.items()
        if name == "start" or (values[name] is not None and values[name] != field.default)
    }
    return kind.model_construct(_fields_set=given, **values)
