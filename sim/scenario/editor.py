"""JSON Schemas, by which editors complete and check; that of a scenario file.

Files of other kinds (studies, plans, calibrations) make theirs with ``editor_schema``.
"""

from __future__ import annotations

from typing import Any

from pydantic import AliasChoices, BaseModel

from sim.interventions.audience import Audience, Leaders
from sim.interventions.fields import SHARED, Worded
from sim.scenario.schema import DecisionRule, scenario_file_model

__all__ = ["editor_schema", "json_schema"]

WORDED: tuple[type[Worded], ...] = (Audience, Leaders, DecisionRule)
"""Mappings of a scenario file that may also be said in a word or as a list."""


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a scenario file, made from the models.

    Examples
    --------
    >>> sorted(json_schema()["properties"])[:3]
    ['decision', 'extends', 'mechanisms']
    """
    return editor_schema("Uptake scenario", scenario_file_model())


def editor_schema(title: str, model: type[BaseModel], *worded: type[Worded]) -> dict[str, Any]:
    """Return the JSON Schema of a kind of file, made from its model.

    Parameters
    ----------
    model : type of pydantic.BaseModel
        Model of the whole file.
    *worded : type of Worded
        Its mappings that may be said otherwise, beside those of scenario files.
    """
    schema = model.model_json_schema()
    definitions = schema.setdefault("$defs", {})
    for kind in (*WORDED, *worded):
        if kind.__name__ not in definitions:
            continue
        mapping = definitions[kind.__name__]
        _add_other_names(mapping, kind)
        description = mapping.pop("description")
        either = [*kind.other_forms(), mapping]
        definitions[kind.__name__] = {"description": description, "anyOf": either}
    for name in ("Entry", "PlannedEntry"):
        if name in definitions:
            definitions[name] |= {"minProperties": 1, "maxProperties": 1}
    _add_other_names(schema, model)
    definitions.update(SHARED)
    _tidy(schema)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, **schema}


def _add_other_names(mapping: dict[str, Any], model: type[BaseModel]) -> None:
    """Let the keys of a mapping be said in each of their names, in place."""
    for field in model.model_fields.values():
        if isinstance(field.validation_alias, AliasChoices):
            first, *others = map(str, field.validation_alias.choices)
            for other in others:
                mapping["properties"][other] = mapping["properties"][first]


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
        worded = str(part.get("$ref")).endswith(("/Audience", "/DecisionRule"))
        if worded and isinstance(default, dict):
            given = (key for key, value in default.items() if value is not None)
            part["default"] = next(given, "logit").replace("_", " ")
        elif default is None or isinstance(default, dict | list):
            part.pop("default", None)
        for item in part.values():
            _tidy(item)
