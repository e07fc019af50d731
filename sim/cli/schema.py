"""``uptake schema``: the JSON Schema of a kind of file, for editors."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

import rich_click as click

__all__ = ["KINDS", "schema", "schema_text"]

KINDS = {
    "scenario": "sim.scenario",
    "study": "sim.analysis.sweep.schema",
    "plan": "sim.analysis.plan.schema",
    "calibration": "sim.analysis.calibration.study",
}
"""Kinds of file, and the module that knows the JSON Schema of each."""


@click.command()
@click.argument("kind", type=click.Choice(list(KINDS)), default="scenario")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write to this file instead of standard output.",
)
def schema(kind: str, out: Path | None) -> None:
    """Print the JSON Schema of a kind of file: scenario, study, plan or calibration.

    An editor completes and checks a scenario whose first line says
    `# yaml-language-server: $schema=scenario.schema.json`, and so for the other kinds.
    """
    from sim.errors import InputError, Problem

    text = schema_text(kind)
    if out is None:
        click.echo(text, nl=False)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        what = f"cannot be written ({error.strerror})"
        raise InputError([Problem(str(out), "", what, "a file you may write")]) from None


def schema_text(kind: str) -> str:
    """Return the JSON Schema of a kind of file, as it is printed."""
    content = import_module(KINDS[kind]).json_schema()
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
