"""What a file is, asked on the terminal where its columns do not tell."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from sim.cli.echo import echo

if TYPE_CHECKING:
    from sim.importing import Options
    from sim.importing.readings import InDoubtError

__all__ = ["asked", "decided"]

NEEDED = {
    "people": ("id",),
    "survey": ("id",),
    "ties": ("source", "target"),
    "messages": ("from", "to", "date"),
    "viva": ("id", "date", "days"),
    "weekly": ("id", "date", "days"),
    "daily": ("id", "date"),
    "snapshot": ("id", "last_use"),
    "teams": ("id", "team"),
    "usage": (),
}
"""What must be known of each kind of sheet; the rest may stay open."""

PASSED_OVER = "nothing"


def asked(sources: Sequence[Path], options: Options) -> dict[str, Any]:
    """Return a mapping of the sheets that are not recognised, as answered on the terminal.

    Nothing is asked of a sheet that is recognised, or that the mapping given names.
    """
    from sim.importing import look_at
    from sim.importing.columns import FIELDS, KINDS

    found: dict[str, Any] = {}
    for sheet in look_at(sources, options):
        if sheet["kind"]:
            continue
        columns = sheet["columns"]
        echo(f"{sheet['name']} is not recognised by its columns. They are:")
        for number, column in enumerate(columns, 1):
            echo(f"  {number}: {column}")
        for kind, what in KINDS.items():
            echo(f"  {kind}: {what}")
        choice = click.Choice([*KINDS, PASSED_OVER])
        kind = click.prompt("What does it hold?", type=choice, default=PASSED_OVER, err=True,
                            show_choices=False)  # fmt: skip
        entry: dict[str, Any] = {"kind": kind}
        if kind != PASSED_OVER:
            needed = NEEDED[kind]
            fields = [*needed, *(one for one in FIELDS[kind] if one not in needed)]
            entry["columns"] = _columns(fields, len(needed), columns)
        found[sheet["name"]] = entry
    return found


def decided(doubt: InDoubtError, mapping: dict[str, Any]) -> dict[str, Any]:
    """Return the entry of a mapping that decides, as answered, what a file leaves in doubt."""
    problem = doubt.problems[0]
    echo(f"{f'{problem.where} {problem.path}'.strip()}: {problem.what}.")
    for number, (value, means) in enumerate(doubt.choices.items(), 1):
        echo(f"  {number}: {value} ({means})")
    last = len(doubt.choices)
    number = click.prompt(f"Which one? (1 to {last})", type=click.IntRange(1, last), err=True)
    value = list(doubt.choices)[number - 1]
    return {doubt.sheet: {**mapping.get(doubt.sheet, {}), doubt.key: value}}


def _columns(fields: Sequence[str], needed: int, columns: Sequence[str]) -> dict[str, str]:
    """Return which column is what: 0 for none, where it may stay open."""
    found = {}
    for k, field in enumerate(fields):
        least = 1 if k < needed else 0
        none = "" if least else ", 0: none"
        number = click.prompt(
            f"Which column is {field}? (1 to {len(columns)}{none})",
            type=click.IntRange(least, len(columns)),
            default=None if least else 0,
            err=True,
        )
        if number:
            found[field] = columns[number - 1]
    return found
