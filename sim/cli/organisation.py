"""Organisations: ``uptake import`` and ``example`` make one, ``describe`` and ``values`` say it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from sim.cli.options import PATH, NumberInDigits, OneOf, WholeInDigits, echo
from sim.errors import refusal
from sim.numbers import fixed, share

if TYPE_CHECKING:
    from rich.table import Table

    from sim.importing.importer import Imported, Options
    from sim.importing.sheet import InDoubtError
    from sim.organisation import Listened, Summary
    from sim.report.console import Terminal


CENTRALITIES = ("in_strength", "pagerank", "betweenness", "coverage")
PICTURES = (".png", ".svg", ".pdf")


@click.command()
@click.argument("organisation", type=PATH)
@click.option("--out", type=PATH, help="Write a picture: .png, .svg or .pdf.")
@click.option(
    "--by", type=OneOf(CENTRALITIES), default="in_strength", show_default=True,
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
        from sim.report.organisation_figure import save_organisation_figure

        save_organisation_figure(loaded, out, measure)
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
        raise refusal(str(out), "--out", what, right)


def _print(console: Terminal, summary: Summary) -> None:
    console.print(summary.name, style="bold")
    console.print(_overview(summary))
    part = share(summary.attention_of_ten)
    said = f": {len(summary.listened_to)} people get {part} of all attention"
    _head(console, "Most listened to", said)
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
        "Density": f"{fixed(100 * summary.density)}% of possible ties",
        "Reciprocity": f"{share(summary.reciprocity)} of ties are returned",
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
    return f"{summary.n_managers:,}, with {low:,} to {high:,} reports (mean {fixed(mean, 1)})"


def _most(counts: dict[str, int], shown: int = 8) -> str:
    largest = sorted(counts.items(), key=lambda item: -item[1])
    text = ", ".join(f"{name} {count:,}" for name, count in largest[:shown])
    rest = len(largest) - shown
    return text + (f" and {rest:,} more" if rest > 0 else "")


_SHORT = 24
"""Letters of an id that is shown in one piece, as pseudonyms are."""


def _people_table(people: tuple[Listened, ...]) -> Table:
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    whole = all(len(person.id) <= _SHORT for person in people)
    table.add_column("person", overflow="fold", no_wrap=whole)
    for name in ("team", "role"):
        table.add_column(name, overflow="fold")
    for name in ("reports", "listeners", "attention"):
        table.add_column(name, justify="right")
    for person in people:
        reports = f"{person.reports:,}" if person.reports else ""
        counts = (reports, f"{person.listeners:,}", fixed(person.attention, 1))
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

    from sim.organisation.write import differs, value_profile
    from sim.report.console import Terminal

    _check_picture(out)
    profile, people = value_profile(organisation)
    table = Table(box=None, padding=(0, 1, 0, 0))
    for head in ("value", "importance", "95%", "first two", "people", "of 56", "speaks for"):
        table.add_column(head, no_wrap=True)
    for one in profile:
        leads = "" if one.leads != one.leads else share(one.leads)
        rank = "" if one.global_rank is None else str(one.global_rank)
        table.add_row(
            one.value, fixed(one.mean), f"{fixed(one.low)}–{fixed(one.high)}", leads,
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
        from sim.report.figures import save_values_figure

        save_values_figure(profile, organisation.resolve().name, out)
        console.print(f"Picture: {out}", soft_wrap=True)


KEY_BYTES = 32
NOTES = 12


@click.command("import")
@click.argument("sources", metavar="SOURCE…", nargs=-1, required=True, type=PATH)
@click.option(
    "--out", metavar="ORGANISATION", type=PATH, required=True,
    help="The folder to make: people.csv, ties.csv, usage.csv, mapping.yaml, import.md.",
)  # fmt: skip
@click.option("--name", help="Name of the organisation; that of the folder by default.")
@click.option(
    "--mapping", metavar="FILE", type=PATH,
    help="What each file is and which column is what: mapping.yaml of an earlier import, edited.",
)  # fmt: skip
@click.option(
    "--sheet", "sheets", multiple=True, help="Sheet of a workbook to read; all by default."
)
@click.option(
    "--pseudonyms", is_flag=True,
    help="Name people by hashes of their ids with a secret key, the same for the same key.",
)  # fmt: skip
@click.option(
    "--key", metavar="FILE", type=PATH,
    help="File of that key, made where it is not there; ORGANISATION.key by default.",
)  # fmt: skip
@click.option(
    "--window", type=WholeInDigits(1, 1040),
    help="Weeks of a message log that count, before its end.",
)  # fmt: skip
@click.option(
    "--least", type=NumberInDigits(0), default=0.0, show_default=True,
    help="Weight below which a tie of a message log is left out.",
)  # fmt: skip
@click.option(
    "--seed", type=WholeInDigits(0), default=1, show_default=True, help="Of made-up ties."
)
def import_(
    sources: tuple[Path, ...], out: Path, name: str | None, sheets: tuple[str, ...],
    pseudonyms: bool, key: Path | None, **how: Any,
) -> None:  # fmt: skip
    """Make an organisation of a client's files: HR, surveys, use of the tool, networks, mail logs.

    Files are recognised by content: CSV in any form, Excel, JSON, GraphML, GEXF, GML, Pajek,
    UCINET DL, Kumu; exports of Viva, Microsoft 365, GitHub Copilot, ChatGPT, Claude, Gemini.
    Several files of one firm are joined on id or e-mail. Without ties, some are made up by the
    rule of the templates, and that is said. On a terminal you are asked what a file is that is
    not recognised, and what it leaves in doubt (01/04/2026: April or January?). Exports also run
    as they are: --organisation takes a file or a folder of them.
    """
    from sim.files import real
    from sim.importing.importer import Options
    from sim.results.store import output_folder

    secret = _key(key or out.with_name(f"{out.name}.key"), out) if pseudonyms or key else None
    options = Options(name=name or real(out).name, sheets=sheets, key=secret, **how)
    made = _imported(sources, options)
    with output_folder(out) as folder:
        for file, text in made.files.items():
            (folder / file).write_text(text, "utf-8", newline="")
    _show(made, out)


def _imported(sources: tuple[Path, ...], options: Options) -> Imported:
    """Return what files import to; what is not known or in doubt is asked on a terminal."""
    from dataclasses import replace

    from sim.importing.columns import read_mapping
    from sim.importing.importer import import_files
    from sim.importing.sheet import InDoubtError

    if not sys.stdin.isatty():
        return import_files(sources, options)
    mapping = read_mapping(options.mapping) if isinstance(options.mapping, Path) else {}
    mapping |= asked(sources, options)
    while True:
        options = replace(options, mapping=mapping)
        try:
            return import_files(sources, options)
        except InDoubtError as doubt:
            mapping |= decided(doubt, mapping)


def _key(path: Path, out: Path) -> bytes:
    """Return the key of pseudonyms, kept apart from what it names."""
    from sim.files import real, write_whole
    from sim.sources import read_regular

    if real(path).is_relative_to(real(out)):
        right = "a place outside the organisation's folder"
        raise refusal(f"--key {path}", "", "would lie beside the pseudonyms", right)
    if not path.exists():
        write_whole(path, os.urandom(KEY_BYTES).hex() + "\n")
        path.chmod(0o600)
        click.echo(f"Key of the pseudonyms: {path} (keep it apart, and secret)", err=True)
    data = read_regular(path, 10_000, "a key as uptake import makes it").strip()
    if len(data) < 16:
        raise refusal(str(path), "", "holds fewer than 16 characters", "a long random key")
    return data


def _show(made: Imported, out: Path) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    for name, one in made.guesses.items():
        title = Text(f"{name}: {one.kind or 'not recognised, not read'}")
        table = Table(title=title, title_justify="left")
        table.add_column("read as")
        table.add_column("column")
        for ours, theirs in one.columns.items():
            table.add_row(Text(ours), Text(theirs))
        if one.columns:
            console.print(table)
        else:
            console.print(title)
    for note in made.notes[:NOTES]:
        count = f" ({note.times:,} times)" if note.times > 1 else ""
        example = f", first: {note.example}" if note.example else ""
        console.print(Text(f"• {note.what}{count}{example}"))
    console.print(Text(f"{made.summary}."), style="bold")
    console.print(Text(f"In {out}: {', '.join(made.files)}. Next: uptake describe {out}"))


NEEDED = {
    "people": ("id",), "survey": ("id",), "ties": ("source", "target"),
    "messages": ("from", "to", "date"), "viva": ("id", "date", "days"),
    "weekly": ("id", "date", "days"), "daily": ("id", "date"), "snapshot": ("id", "last_use"),
    "teams": ("id", "team"), "usage": (),
}  # fmt: skip
"""What must be known of each kind of sheet; the rest may stay open."""

PASSED_OVER = "nothing"


def asked(sources: Sequence[Path], options: Options) -> dict[str, Any]:
    """Return a mapping of the sheets that are not recognised, as answered on the terminal.

    Nothing is asked of a sheet that is recognised, or that the mapping given names.
    """
    from sim.importing.columns import FIELDS, KINDS
    from sim.importing.importer import look_at

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
    number = click.prompt(f"Which one? (1 to {last})", type=WholeInDigits(1, last), err=True)
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
            type=WholeInDigits(least, len(columns)), default=None if least else 0, err=True,
        )  # fmt: skip
        if number:
            found[field] = columns[number - 1]
    return found


@click.command()
@click.option(
    "--out", metavar="DIR", type=PATH, required=True,
    help="The folder to make.",
)  # fmt: skip
def example(out: Path) -> None:
    """Write a made-up firm of sixty to copy: its organisation, and a client's exports.

    People, ties, an HR export, a Copilot file, a pulse survey and its questionnaire, all made by
    script. README.md in the folder says what to do with them.
    """
    from sim.importing.example import write_example
    from sim.results.store import output_folder

    with output_folder(out) as folder:
        files = write_example(folder)
    echo(f"In {out}, nobody of it real: {', '.join(files)}")
    echo(f"Next: uptake describe {out}, or what {out / 'README.md'} says")
