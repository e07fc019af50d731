"""The command ``uptake describe``: what an organisation looks like before anything runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from sim.cli.echo import echo

if TYPE_CHECKING:
    from rich.table import Table

    from sim.organisation import Listened, Organisation, Summary
    from sim.report.console import Terminal

__all__ = ["check_picture", "describe"]

CENTRALITIES = ("in_strength", "pagerank", "betweenness", "coverage")
PICTURES = (".png", ".svg", ".pdf")


@click.command()
@click.argument("organisation", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Write a picture: .png, .svg or .pdf.")
@click.option(
    "--by",
    type=click.Choice(CENTRALITIES),
    default="in_strength",
    show_default=True,
    help="The centrality that finds informal leaders.",
)
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def describe(organisation: Path, out: Path | None, by: str, as_json: bool) -> None:
    """Show who is in ORGANISATION, who leads, and whom people listen to.

    ORGANISATION is a folder with people.csv and ties.csv, the YAML file of a template, a
    shipped name, or exports of other programs: a file, or a folder of them.
    """
    from sim.organisation import Centrality, summarise
    from sim.report.console import Terminal
    from sim.runner import load_organisation

    check_picture(out)
    measure = Centrality(by)
    loaded = load_organisation(organisation)
    summary = summarise(loaded, measure)
    if out is not None:
        _save(loaded, out, measure)
    if as_json:
        from dataclasses import asdict

        echo(json.dumps(asdict(summary), ensure_ascii=False, indent=2))
        return
    console = Terminal(highlight=False)
    _print(console, summary)
    if out is not None:
        console.print(f"Picture: {out}", soft_wrap=True)


def check_picture(out: Path | None) -> None:
    """Refuse what cannot become a picture file."""
    from sim.errors import InputError, Problem

    if out is None:
        return
    if out.suffix.lower() not in PICTURES:
        raise InputError(
            [Problem(str(out), "--out", "is no picture file", f"one of {', '.join(PICTURES)}")]
        )
    if out.is_dir():
        raise InputError([Problem(str(out), "--out", "is a folder", "the name of a file")])
    if not out.parent.is_dir():
        raise InputError(
            [Problem(str(out), "--out", f"there is no folder {out.parent}", "a folder that exists")]
        )


def _save(organisation: Organisation, out: Path, by: object) -> None:
    from sim.errors import InputError, Problem
    from sim.organisation import Centrality
    from sim.report.organisation_figure import save_organisation_figure

    try:
        save_organisation_figure(organisation, out, Centrality(str(by)))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InputError(
            [
                Problem(
                    str(out), "--out", f"cannot be written ({reason})", "a place you may write to"
                )
            ]
        ) from None


def _print(console: Terminal, summary: Summary) -> None:
    console.print(summary.name, style="bold")
    console.print(_overview(summary))
    _head(
        console,
        "Most listened to",
        f": {len(summary.listened_to)} people get {summary.attention_of_ten:.0%} of all attention",
    )
    console.print(_people_table(summary.listened_to))
    by = summary.by.replace("_", "-")
    _head(console, "Informal leaders", f": not managers, by {by}")
    console.print(_people_table(summary.informal_leaders))
    if summary.notes:
        _head(console, "Missing or odd")
    for what, count, example in summary.notes:
        times = f" ({count:,} times)" if count > 1 else ""
        first = f", first: {example}" if example else ""
        console.print(f"  • {what}{times}{first}")


def _head(console: Terminal, words: str, rest: str = "") -> None:
    from rich.text import Text

    console.print(Text("\n").append(words, "bold").append(rest))


def _overview(summary: Summary) -> Table:
    from rich.table import Table

    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(style="dim")
    table.add_column()
    small, median, large = summary.team_sizes
    rows = {
        "People": f"{summary.n_people:,}",
        "Teams": f"{summary.n_teams:,} of {small:,} to {large:,} people (median {median:,})",
        "Levels": _levels(summary.levels),
        "Roles": _most(summary.roles),
        "Managers": _managers(summary),
        "Ties": f"{summary.n_ties:,}: {_most(summary.ties_by_kind)}"
        if summary.ties_by_kind
        else f"{summary.n_ties:,}",
        "Density": f"{summary.density:.2%} of possible ties",
        "Reciprocity": f"{summary.reciprocity:.0%} of ties are returned",
        "Components": f"{summary.n_components:,}, the largest of {summary.largest_component:,}",
        "Isolates": f"{summary.n_isolates:,} people without any tie",
        "Content": summary.content_hash[:16],
    }
    for name, cell in rows.items():
        table.add_row(name, cell)
    return table


def _levels(levels: dict[int, int]) -> str:
    text = ", ".join(f"{level}: {count:,}" for level, count in levels.items())
    return f"{len(levels)} ({text}; the lowest number is the top)"


def _managers(summary: Summary) -> str:
    if not summary.n_managers:
        return "none: nobody reports to anybody"
    low, mean, high = summary.spans
    return f"{summary.n_managers:,}, with {low:,} to {high:,} reports (mean {mean:.1f})"


def _most(counts: dict[str, int], shown: int = 8) -> str:
    largest = sorted(counts.items(), key=lambda item: -item[1])
    text = ", ".join(f"{name} {count:,}" for name, count in largest[:shown])
    rest = len(largest) - shown
    return text + (f" and {rest:,} more" if rest > 0 else "")


def _people_table(people: tuple[Listened, ...]) -> Table:
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("person", "team", "role"):
        table.add_column(name, overflow="fold")
    for name in ("reports", "listeners", "attention"):
        table.add_column(name, justify="right")
    for person in people:
        table.add_row(
            person.id,
            person.team,
            person.role,
            f"{person.reports:,}" if person.reports else "",
            f"{person.listeners:,}",
            f"{person.attention:.1f}",
        )
    if not people:
        table.add_row("nobody")
    return table
