"""Write a scenario as a scenario file says it."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from pydantic import AliasChoices, BaseModel

from sim.interventions.phrases import UNTIL_THE_END

if TYPE_CHECKING:
    from sim.interventions.base import Intervention
    from sim.scenario.loader import Scenario

__all__ = ["entry_of", "to_yaml"]


def entry_of(intervention: Intervention) -> dict[str, Any]:
    """Return the levers of an intervention that were given, as a scenario file says them.

    Examples
    --------
    >>> from sim.scenario import loads
    >>> scenario = loads("timeline: [{mandate: {start: month 2, audience: managers}}]")
    >>> entry_of(scenario.timeline[0].intervention)
    {'start': 5, 'audience': 'managers'}
    """
    entry = _given(intervention)
    for key in ("lasts", "every"):
        if entry.get(key) == UNTIL_THE_END:
            entry[key] = "until the end"
    return entry


def to_yaml(scenario: Scenario, organisation: str | None = None) -> str:
    r"""Return a scenario file that stands alone and loads to the same scenario.

    Its organisation is left out: files and folders are where they are, not in a text; unless
    it is said where it will lie, as seen from the file.

    Examples
    --------
    >>> from sim.scenario import loads
    >>> first = loads("name: One\ntimeline: [{access: {start: month 2}}]")
    >>> again = loads(to_yaml(first))
    >>> again.timeline[0].intervention == first.timeline[0].intervention
    True
    """
    from ruamel.yaml import YAML

    data: dict[str, Any] = {"name": scenario.name}
    if scenario.purpose:
        data["purpose"] = scenario.purpose
    if organisation is not None:
        data["organisation"] = organisation
    data["weeks"] = scenario.weeks
    if scenario.parameters:
        data["parameters"] = dict(scenario.parameters)
    if scenario.mechanisms:
        data["mechanisms"] = dict(scenario.mechanisms)
    if decision := _given(scenario.decision):
        data["decision"] = decision
    data["timeline"] = [
        {placed.kind: entry_of(placed.intervention)} for placed in scenario.timeline
    ]
    yaml = YAML()
    yaml.width = 90
    yaml.indent(mapping=2, sequence=4, offset=2)
    stream = io.StringIO()
    yaml.dump(data, stream)
    return stream.getvalue()


def _given(model: BaseModel) -> dict[str, Any]:
    """Return the fields of a model that are not left to their default, by their key in a file."""
    result: dict[str, Any] = {}
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if name not in model.model_fields_set or value is None:
            continue
        alias = field.validation_alias
        key = str(alias.choices[0] if isinstance(alias, AliasChoices) else alias or name)
        result[key] = _plain(value)
    return result


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if not isinstance(value, BaseModel):
        return value
    given = _given(value)
    if list(given.values()) == [True]:
        (word,) = given
        if word in getattr(type(value), "words", ()):
            return word
    words: dict[Any, Any] = getattr(type(value), "words", {})
    return next((word for word, meaning in words.items() if meaning == given), given)
