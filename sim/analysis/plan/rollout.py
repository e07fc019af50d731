"""A plan as a scenario: what the engine lives through, and the file that says the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import StringIO
from typing import Any

from sim.analysis.plan.layout import Layout, Plan
from sim.interventions.audience import Audience, Leaders
from sim.interventions.timeline import Placed

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
                        "start": start,
                        "dose": dose,
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
    from ruamel.yaml import YAML

    problem = layout.problem
    content: dict[str, Any] = {"name": name[:100], "purpose": purpose}
    if organisation is not None:
        content["organisation"] = organisation
    content["weeks"] = problem.weeks
    if problem.scenario.parameters:
        content["parameters"] = dict(problem.scenario.parameters)
    if problem.scenario.mechanisms:
        content["mechanisms"] = dict(problem.scenario.mechanisms)
    timeline = [{one.kind: _levers(one.intervention)} for one in problem.scenario.timeline]
    timeline += [{one.kind: _levers(one)} for _, one in entries(layout, plan)]
    content["timeline"] = timeline
    stream = StringIO()
    yaml = YAML()
    yaml.width = 96
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.dump(content, stream)
    return stream.getvalue()


def _levers(intervention: Any) -> dict[str, Any]:
    """Return what a file says of an intervention, without what goes without saying."""
    said: dict[str, Any] = {}
    for name, field in type(intervention).model_fields.items():
        value = getattr(intervention, name)
        if name == "start" or (value is not None and value != field.default):
            if isinstance(value, Audience):
                said[name] = _audience(value)
            elif name == "lasts" and value >= 1040:
                said[name] = "until the end"
            else:
                said[name] = value.item() if hasattr(value, "item") else value
    return said


def _audience(audience: Audience) -> Any:
    """Return an audience as a file says it."""
    said: dict[str, Any] = {}
    for name in Audience.model_fields:
        value = getattr(audience, name)
        if value is None:
            continue
        if isinstance(value, Leaders):
            chosen = {
                k: v for k, v in value.model_dump(exclude_unset=True).items() if v is not None
            }
            said["informal leaders"] = chosen or True
        elif isinstance(value, Audience):
            said[name] = _audience(value)
        elif name == "any":
            said[name] = [_audience(one) for one in value]
        else:
            said[name] = value
    return "everyone" if said == {"everyone": True} else said
