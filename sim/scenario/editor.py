"""The JSON Schema of a scenario file, by which editors complete and check."""

from __future__ import annotations

from typing import Any

from pydantic import AliasChoices

from sim.interventions.audience import Audience, Leaders
from sim.interventions.fields import SHARED
from sim.scenario.schema import DecisionRule, scenario_file_model

__all__ = ["json_schema"]


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a scenario file, made from the models.

    Examples
    --------
    >>> sorted(json_schema()["properties"])[:3]
    ['decision', 'extends', 'mechanisms']
    """
    schema = scenario_file_model().model_json_schema()
    definitions = schema["$defs"]
    for model in (Audience, Leaders, DecisionRule):
        mapping = definitions[model.__name__]
        for field in model.model_fields.values():
            if isinstance(field.validation_alias, AliasChoices):
                first, *others = map(str, field.validation_alias.choices)
                for other in others:
                    mapping["properties"][other] = mapping["properties"][first]
        description = mapping.pop("description")
        either = [*model.other_forms(), mapping]
        definitions[model.__name__] = {"description": description, "anyOf": either}
    definitions["Entry"] |= {"minProperties": 1, "maxProperties": 1}
    definitions.update(SHARED)
    _tidy(schema)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Uptake scenario",
        **schema,
    }


def _tidy(part: Any) -> None:
    """Say, in place, what stands once as a reference, and defaults as a file would."""
    if isinstance(part, list):
        for item in part:
            _tidy(item)
    elif isinstance(part, dict):
        if isinstance(part.get("title"), str):
            del part["title"]
        if isinstance(name := part.get("shared"), str):
            del part["shared"]
            part["$ref"] = f"#/$defs/{name}"
        default = part.get("default", "")
        if default is None:
            del part["default"]
        elif isinstance(default, dict):
            given = (key for key, value in default.items() if value is not None)
            part["default"] = next(given, "logit").replace("_", " ")
        for item in part.values():
            _tidy(item)
