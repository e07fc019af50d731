"""Kinds of file that a user writes, and how the content of one tells which it is."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

__all__ = ["KINDS", "json_schema_of", "kind_of"]

KINDS = {
    "scenario": "sim.scenario",
    "study": "sim.analysis.sweep.schema",
    "plan": "sim.analysis.plan.schema",
    "calibration": "sim.analysis.calibration.definition",
}
"""Kinds of file with a JSON Schema, and the module that knows it."""


def json_schema_of(kind: str) -> dict[str, Any]:
    """Return the JSON Schema of a kind of file."""
    schema: dict[str, Any] = import_module(KINDS[kind]).json_schema()
    return schema


def kind_of(path: Path) -> str:
    """Return the kind of a file: that which knows most of its keys, a scenario in doubt.

    Returns
    -------
    str
        One of ``KINDS``, or ``organisation``.

    Raises
    ------
    InputError
        Where it cannot be read, or no kind knows any of its keys.
    """
    from sim.document import parse
    from sim.errors import InputError, Problem
    from sim.scenario.text import read_text

    root = parse(read_text(path, str(path)), str(path))
    keys = set(root.entries or ())
    known = {"scenario": len(keys & _keys("scenario"))}
    if known["scenario"] == len(keys):
        return "scenario"
    known |= {kind: len(keys & _keys(kind)) for kind in (*list(KINDS)[1:], "organisation")}
    kind = max(known, key=lambda one: known[one])
    if not known[kind]:
        what = f"is none of {', '.join(known)}: no kind of file has the key {min(keys)}"
        right = "the keys that uptake schema KIND lists"
        raise InputError([Problem(root.where, "", what, right)])
    return kind


def _keys(kind: str) -> set[str]:
    """Return the keys that a kind of file may have."""
    if kind == "organisation":
        from sim.organisation.settings import FileSettings, Template

        return {*FileSettings.model_fields, *Template.model_fields}
    return set(json_schema_of(kind)["properties"])
