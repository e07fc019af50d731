"""Interventions and parameters as controls, generated from their declarations."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from sim.document import parse
from sim.interventions.base import Audience, Intervention, Shock
from sim.interventions.fields import UNTIL_THE_END
from sim.interventions.timeline import CATALOGUE, facts
from sim.parameters import PARAMETERS

_WEEKS = {"start": "week", "lasts": "weeks", "every": "weeks", "times": "count"}
_LATER = ("label", "money", "every", "times")
UNITS = {"hours": "h", "dose": "×"}
"""What a number counts, where it is no share: shares are shown in percent."""

HOURS_SHOWN = 40
"""Hours a person up to which the slider goes; a file may say more."""


def catalogue() -> list[dict[str, Any]]:
    """Return every kind of intervention and shock: kind, summary, whether a shock, levers.

    A lever has ``name``, ``type`` (week, weeks, number, switch, choice, audience), its
    bounds, ``unit``, ``default`` and ``meaning``.

    Examples
    --------
    >>> [entry["kind"] for entry in catalogue()][:2]
    ['loyalty conversation', 'identity conversation']
    """
    return [
        {
            "kind": kind,
            "summary": facts(intervention)["Summary"],
            "acts_on": facts(intervention).get("Acts on", ""),
            "source": facts(intervention).get("Source", ""),
            "shock": issubclass(intervention, Shock),
            "ongoing": intervention.ongoing,
            "levers": list(_levers(intervention)),
        }
        for kind, intervention in CATALOGUE.items()
    ]


def parameters() -> list[dict[str, Any]]:
    """Return every parameter of the model: name, value, range, unit, meaning, source."""
    told = ("name", "value", "low", "high", "unit", "meaning", "source")
    return [{name: getattr(p, name) for name in told} for p in PARAMETERS.values()]


def _levers(intervention: type[Intervention]) -> Iterator[dict[str, Any]]:
    for name, field in intervention.model_fields.items():
        if name in _LATER:
            continue
        lever = {
            "name": name.replace("_", " ") if name not in _WEEKS else name,
            "field": name,
            "meaning": field.description or "",
            "default": None if field.is_required() else _plain(field.default),
        }
        yield {**lever, **_kind(name, field)}


def _plain(value: Any) -> Any:
    if isinstance(value, Audience):
        (word, *_) = value.model_dump(exclude_none=True, exclude_unset=True)
        return word.replace("_", " ")
    return "until the end" if value == UNTIL_THE_END else value


def _kind(name: str, field: FieldInfo) -> dict[str, Any]:
    """Return type and bounds of a lever, from its annotation and constraints."""
    if name in _WEEKS:
        return {"type": _WEEKS[name]}
    annotation = _without_none(field.annotation)
    if annotation is Audience:
        return {"type": "audience"}
    if annotation is bool:
        return {"type": "switch"}
    if get_origin(annotation) is Literal:
        return {"type": "choice", "choices": list(get_args(annotation))}
    bounds: dict[str, float] = {}
    for item in _constraints(field):
        for label, key in (("ge", "low"), ("gt", "low"), ("le", "high"), ("lt", "high")):
            if (bound := getattr(item, label, None)) is not None:
                bounds[key] = float(bound)
    high = min(bounds.get("high", 1.0), HOURS_SHOWN)
    low, step = bounds.get("low", 0.0), 0.05 if high <= 5 else 0.5
    unit = UNITS.get(name, "%" if (low, high) == (0, 1) else "")
    return {"type": "number", "low": low, "high": high, "step": step, "unit": unit}


def _without_none(annotation: Any) -> Any:
    options = [one for one in get_args(annotation) if one is not NoneType]
    return options[0] if NoneType in get_args(annotation) and len(options) == 1 else annotation


def _constraints(field: FieldInfo) -> Iterator[Any]:
    metadata = (*field.metadata, *getattr(field.annotation, "__metadata__", ()))
    for item in metadata:
        yield from item.metadata if isinstance(item, FieldInfo) else (item,)


@cache
def questions() -> list[dict[str, str]]:
    """Return questions to a client that set one parameter each, in the order of asking.

    Each has ``parameter``; ``words``, the question; ``low`` and ``high``, what the ends of the
    parameter's range mean.

    Examples
    --------
    >>> questions()[0]["parameter"]
    'climate_start'
    """
    file = Path(__file__).with_name("questions.yaml")
    found: list[dict[str, str]] = parse(file.read_text("utf-8"), file.name).plain()
    return found
