"""``uptake claims``: what the documents claim, and how likely each claim is."""

from __future__ import annotations

import json

import rich_click as click

from sim.cli.echo import echo

__all__ = ["claims"]

WIDE = 120
"""Columns from which on the table has claims in full and effects."""


@click.command()
@click.argument("names", nargs=-1, metavar="[CLAIM]...")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def claims(names: tuple[str, ...], as_json: bool) -> None:
    """List the claims that were put to the test, or tell more of a CLAIM such as C3.

    The figures are recorded: experiments/claims in the repository makes them anew.
    """
    from sim.analysis.claims import read_recorded
    from sim.errors import InputError, Problem, did_you_mean

    rows = {row["id"]: row for row in read_recorded()}
    asked = [name.upper() for name in names]
    problems = [
        Problem("uptake claims", name, "is not a claim", did_you_mean(name, list(rows)))
        for name in asked
        if name not in rows
    ]
    if problems:
        raise InputError(problems)
    chosen = [rows[name] for name in asked] or list(rows.values())
    if as_json:
        echo(json.dumps(chosen, indent=1, ensure_ascii=False))
    elif asked:
        echo("\n\n".join(map(_paragraph, chosen)))
    else:
        _table(chosen)


def _paragraph(row: dict[str, object]) -> str:
    """Return all that is recorded of one claim, as text."""
    from typing import Any, cast

    from sim.analysis import claims as recorded

    one = cast(dict[str, Any], row)
    lines = [f"{one['id']}. {one['claim']}", f"Tested as: {one['hypothesis']}", ""]
    lines += [recorded.finding(one), ""]
    width = max(len(effect["name"]) for effect in one["effects"])
    lines += [
        f"  {effect['name']:{width}}  {recorded.amount_with_range(effect)}"
        f"  {recorded.chances(effect)}"
        for effect in one["effects"]
    ]
    lines += ["", recorded.region_said(one), "", recorded.structure_said(one), ""]
    lines += [
        recorded.independence_said(one),
        "",
        recorded.controls_said(one),
        recorded.stop_said(one),
    ]
    return "\n".join([*lines, *([str(one["note"])] if one["note"] else [])])


def _table(rows: list[dict[str, object]]) -> None:
    from typing import Any, cast

    from rich import box
    from rich.table import Table
    from rich.text import Text

    from sim.analysis.claims import amount_with_range
    from sim.numbers import share
    from sim.report.console import Terminal

    console = Terminal(highlight=False)
    wide = console.width >= WIDE
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("", no_wrap=True)
    table.add_column("claim", ratio=3, overflow="fold")
    table.add_column("verdict", ratio=2, overflow="fold")
    for name in ("holds", "close", "fails"):
        table.add_column(name, justify="right", no_wrap=True)
    if wide:
        table.add_column("effect, mean (middle 95%)", ratio=3)
    table.add_column("could\nfail")
    for row in cast(list[dict[str, Any]], rows):
        effect = row["effects"][0]
        cells = [row["id"], row["claim"] if wide else row["title"], row["verdict"]]
        cells += [share(effect[key]) for key in ("for", "neither", "against")]
        cells += [amount_with_range(effect)] * wide
        cells += [row["could_fail"] + "*" * bool(row["informed_by"])]
        table.add_row(*(Text(cell) for cell in cells))
    console.print(table)
    sets, places = rows[0]["sets"], max(cast(int, row["organisations"]) for row in rows)
    console.print(
        f"Shares of cases: {sets} parameter sets on up to {places} organisations, chance averaged "
        "down; close: too close to call.\n"
        "What the model implies, not what happens in firms. Could fail: "
        "whether the model could have said no; * calibrated on a related pattern.\n"
        "More: uptake claims C3; docs/claims.md",
        style="dim",
    )
