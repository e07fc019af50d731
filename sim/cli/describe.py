"""``uptake describe`` and ``uptake values``: what an organisation is before anything runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from sim.cli.options import PATH, echo
from sim.errors import InputError, Problem

if TYPE_CHECKING:
    from rich.table import Table

    from sim.organisation import Centrality, Listened, Organisation, Summary
    from sim.report.console import Terminal


CENTRALITIES = ("in_strength", "pagerank", "betweenness", "coverage")
PICTURES = (".png", ".svg", ".pdf")


@click.command()
@click.argument("organisation", type=PATH)
@click.option("--out", type=PATH, help="Write a picture: .png, .svg or .pdf.")
@click.option(
    "--by", type=click.Choice(CENTRALITIES), default="in_strength", show_default=True,
    help="The centrality that finds informal leaders.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def describe(organisation: Path, out: Path | None, by: str, as_json: bool) -> None:
    """Show who is in ORGANISATION, who leads, and whom people listen to.

    ORGANISATION is a folder with people.csv and ties.csv, the YAML file of a template, a
    shipped name, or exports of other programs: a file, or a folder of them.
    """
    from sim.organisation import Centrality, summarise
    from sim.report.console import Terminal
    from sim.runner import load_organisation

    _check_picture(out)
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


def _check_picture(out: Path | None) -> None:
    """Refuse what cannot become a picture file."""
    if out is None:
        return
    what = right = ""
    if out.suffix.lower() not in PICTURES:
        what, right = "is no picture file", f"one of {', '.join(PICTURES)}"
    elif out.is_dir():
        what, right = "is a folder", "the name of a file"
    elif not out.parent.is_dir():
        what, right = f"there is no folder {out.parent}", "a folder that exists"
    if what:
        raise InputError([Problem(str(out), "--out", what, right)])


def _save(organisation: Organisation, out: Path, by: Centrality) -> None:
    from sim.report.organisation_figure import save_organisation_figure

    try:
        save_organisation_figure(organisation, out, by)
    except OSError as error:
        what = f"cannot be written ({error.strerror or type(error).__name__})"
        right = "a place you may write to"
        raise InputError([Problem(str(out), "--out", what, right)]) from None


def _print(console: Terminal, summary: Summary) -> None:
    console.print(summary.name, style="bold")
    console.print(_overview(summary))
    said = f"{len(summary.listened_to)} people get {summary.attention_of_ten:.0%} of all attention"
    _head(console, "Most listened to", f": {said}")
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
    levels = ", ".join(f"{level}: {count:,}" for level, count in summary.levels.items())
    kinds = f": {_most(summary.ties_by_kind)}" if summary.ties_by_kind else ""
    rows = {
        "People": f"{summary.n_people:,}",
        "Teams": f"{summary.n_teams:,} of {small:,} to {large:,} people (median {median:,})",
        "Levels": f"{len(summary.levels)} ({levels}; the lowest number is the top)",
        "Roles": _most(summary.roles),
        "Managers": _managers(summary),
        "Ties": f"{summary.n_ties:,}{kinds}",
        "Density": f"{summary.density:.2%} of possible ties",
        "Reciprocity": f"{summary.reciprocity:.0%} of ties are returned",
        "Components": f"{summary.n_components:,}, the largest of {summary.largest_component:,}",
        "Isolates": f"{summary.n_isolates:,} people without any tie",
        "Content": summary.content_hash[:16],
    }
    for name, cell in rows.items():
        table.add_row(name, cell)
    return table


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
        reports = f"{person.reports:,}" if person.reports else ""
        counts = (reports, f"{person.listeners:,}", f"{person.attention:.1f}")
        table.add_row(person.id, person.team, person.role, *counts)
    if not people:
        table.add_row("nobody")
    return table


CAVEAT = (
    "Ranks are not effect sizes: a value that ranks high says what to speak of, not how much "
    "a conversation will do. Compare plans for that (uptake compare)."
)


@click.command()
@click.argument("organisation", metavar="DIR", type=PATH)
@click.option("--out", metavar="PICTURE", type=PATH, help="Save a picture: .png or .svg.")
def values(organisation: Path, out: Path | None) -> None:
    """Rank what people at DIR say matters to them, and say which conversation it speaks for.

    DIR is a folder with people.csv whose columns value_… hold answers of the questionnaire; what
    nobody answered does not count.
    """
    from rich.table import Table
    from rich.text import Text

    from sim.organisation.profile import differs, value_profile
    from sim.report.console import Terminal

    _check_picture(out)
    profile, people = value_profile(organisation)
    table = Table(box=None, padding=(0, 1, 0, 0))
    for head in ("value", "importance", "95%", "first two", "people", "of 56", "speaks for"):
        table.add_column(head, no_wrap=True)
    for one in profile:
        leads = "" if one.leads != one.leads else f"{one.leads:.0%}"
        rank = "" if one.global_rank is None else str(one.global_rank)
        table.add_row(
            one.value, f"{one.mean:.2f}", f"{one.low:.2f}–{one.high:.2f}", leads,
            f"{one.answered:,}/{people:,}", rank, one.speaks_for.removesuffix(" conversation"),
        )  # fmt: skip
    console = Terminal(highlight=False)
    console.print(table)
    first = profile[0]
    said = f"{first.value.capitalize()} matters most: it speaks for the {first.speaks_for}."
    if not differs(profile):
        said = f"No value stands clear of the next: {first.value} is first by a margin of chance."
    console.print(Text(f"\n{said}\n{CAVEAT}"))
    if out is not None:
        from sim.report.interval_charts import save_values_figure

        save_values_figure(profile, organisation.resolve().name, out)
        console.print(f"Picture: {out}", soft_wrap=True)
