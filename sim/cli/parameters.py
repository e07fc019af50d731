"""The command ``uptake parameters``: every parameter, its default, range, prior and source."""

from __future__ import annotations

import json

import rich_click as click

from sim.cli.echo import echo

__all__ = ["parameters"]

TABLE_WIDTH = 140
"""Columns from which the table shows all of its cells; in fewer it is a list."""


@click.command()
@click.argument("words", nargs=-1, metavar="[WORD]...")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def parameters(words: tuple[str, ...], as_json: bool) -> None:
    """List the parameters of the model, as --set takes them.

    With WORDs only those whose name or meaning holds all of them.
    """
    from dataclasses import asdict

    from sim.errors import InputError, Problem, did_you_mean
    from sim.parameters import PARAMETERS, prior_of

    chosen = [
        parameter
        for parameter in PARAMETERS.values()
        if all(word.lower() in f"{parameter.name} {parameter.meaning}".lower() for word in words)
    ]
    if not chosen:
        right = did_you_mean(words[0], list(PARAMETERS))
        right = right if right.startswith("did") else "part of a name or meaning"
        raise InputError([Problem("uptake parameters", " ".join(words), "matches nothing", right)])
    if as_json:
        listed = [{**asdict(one), "prior": prior_of(one.name)} for one in chosen]
        echo(json.dumps(listed, indent=1))
        return
    from rich import box
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    from sim.report.console import Terminal

    console = Terminal(highlight=False)
    if console.width < TABLE_WIDTH:
        for one in chosen:
            limits = f"{one.low:g} to {one.high:g}"
            head = f"{one.name}  {one.value:.4g}  ({limits}; {prior_of(one.name)})  {one.unit}"
            console.print(Text(head, style="bold"))
            meaning = Text(f"{one.meaning} ({one.source})")
            console.print(Padding(meaning, (0, 0, 0, 4), expand=False))
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("parameter", no_wrap=True)
    table.add_column("default", justify="right", no_wrap=True)
    table.add_column("range", no_wrap=True)
    table.add_column("prior", no_wrap=True)
    table.add_column("unit")
    table.add_column("meaning", ratio=1)
    table.add_column("source", style="dim")
    for one in chosen:
        limits = f"{one.low:g} to {one.high:g}"
        value, prior = f"{one.value:.4g}", prior_of(one.name)
        cells = (one.name, value, limits, prior, one.unit, one.meaning, one.source)
        table.add_row(*(Text(cell) for cell in cells))
    console.print(table)
