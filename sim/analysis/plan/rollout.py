"""A plan as a scenario: what the engine goes through, and the file that says the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sim.analysis.plan.layout import Layout, Plan
from sim.interventions.timeline import Placed
from sim.scenario.write import to_yaml

__all__ = ["entries", "placed", "scenario_text"]


def placed(layout: Layout, plan: Plan) -> tuple[Placed, ...]:
    """Return everything that happens: what is fixed, and the plan."""
    mine = (Placed(intervention, f"plan.{label}") for label, intervention in entries(layout, plan))
    return (*layout.problem.scenario.timeline, *mine)


def entries(
    layout: Layout, plan: Plan, rows: Sequence[int] | None = None
) -> Iterator[tuple[str, Any]]:
    """Yield label and intervention of every item and wave that a plan places.

    Hours and money grow with the dose.
    """
    for row in range(len(layout.problem.items)) if rows is None else rows:
        item = layout.problem.items[row]
        if not plan.starts[row]:
            continue
        dose, rounds = plan.doses[row], plan.rounds[row]
        once = rounds == 1 and item.base.every is None
        waves = layout.waves_of(row, plan.waves)
        starts = layout.wave_starts(plan, row)
        for k, (wave, start) in enumerate(zip(waves, starts, strict=True)):
            if wave and not layout.people(row, wave):
                continue
            label = f"{item.label}, wave {k + 1}" if wave else item.label
            yield (
                label,
                item.base.model_copy(
                    update={
                        "label": label if label != item.base.kind else None,
                        "start": int(start),
                        "dose": float(dose),
                        "times": None if once or not rounds else rounds,
                        "hours": item.base.hours * dose,
                        "money": item.base.money * dose,
                        "audience": layout.audience(row, wave),
                    }
                ),
            )


def scenario_text(
    layout: Layout, plan: Plan, name: str, purpose: str, organisation: str | None = None
) -> str:
    """Return the scenario file of a plan.

    Parameters
    ----------
    organisation : str, optional
        A path beside the file.
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
