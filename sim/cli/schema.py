"""``uptake schema``: the JSON Schema of a scenario file, for editors."""

from __future__ import annotations

import json
from pathlib import Path

import rich_click as click

__all__ = ["schema"]


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write to this file instead of standard output.",
)
def schema(out: Path | None) -> None:
    """Print the JSON Schema of scenario files.

    An editor completes and checks a scenario whose first line says
    ``# yaml-language-server: $schema=scenario.schema.json``.
    """
    from sim.errors import InputError, Problem
    from sim.scenario import json_schema

    text = json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
    if out is None:
        click.echo(text, nl=False)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        what = f"cannot be written ({error.strerror})"
        raise InputError([Problem(str(out), "", what, "a file you may write")]) from None
