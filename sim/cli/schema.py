"""``uptake schema``: the JSON Schema of a kind of file, for editors."""

from __future__ import annotations

import json
from pathlib import Path

import rich_click as click

from sim.cli.echo import echo
from sim.cli.kinds import KINDS, json_schema_of

__all__ = ["schema", "schema_text"]


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
    from sim.files import sweep_away, write_whole

    text = schema_text(kind)
    if out is None:
        echo(text, nl=False)
        return
    try:
        sweep_away(out.parent, deep=False)
        write_whole(out, text)
    except OSError as error:
        what = f"cannot be written ({error.strerror})"
        raise InputError([Problem(str(out), "", what, "a file you may write")]) from None


def schema_text(kind: str) -> str:
    """Return the JSON Schema of a kind of file, as it is printed."""
    return json.dumps(json_schema_of(kind), indent=2, ensure_ascii=False) + "\n"
