"""Commands that print what there is, plugins with it; ``uptake new-plugin`` writes one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from keyword import iskeyword
from pathlib import Path
from string import Template
from typing import Any

import rich_click as click

from sim.cli.options import OneOf, echo, into_folder
from sim.errors import InputError, Problem, did_you_mean, refusal
from sim.extensions import GROUPS, extensions
from sim.numbers import fixed, share, typed


@click.command()
@click.argument("name", required=False)
def interventions(name: str | None) -> None:
    """List interventions and shocks, or describe the one called NAME with its levers."""
    from sim.interventions.timeline import CATALOGUE, facts

    if name is None:
        width = max(map(len, CATALOGUE))
        for kind, intervention in CATALOGUE.items():
            echo(f"{kind:{width}}  {facts(intervention)['Acts on']}")
        return
    if name not in CATALOGUE:
        right = did_you_mean(name, list(CATALOGUE))
        raise refusal(name, "", "there is no such intervention", right)
    intervention = CATALOGUE[name]
    said = facts(intervention)
    echo(f"{name}: {said.pop('Summary')}")
    for label, text in said.items():
        echo(f"  {label:8}  {text}")
    echo("  Keys")
    for key, field in intervention.model_fields.items():
        required = field.is_required()
        default = "required" if required else f"default {_shown(field.default)}"
        echo(f"    {key:11} {field.description} ({default})")


def _shown(value: object) -> str:
    """Return a default as a scenario file would say it."""
    from pydantic import BaseModel

    from sim.interventions.fields import UNTIL_THE_END

    if isinstance(value, BaseModel):
        said = value.model_dump(exclude_unset=True, exclude_defaults=False)
        return next(iter(said)).replace("_", " ") if said else "everyone"
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    return "until the end" if value == UNTIL_THE_END else str(value)


TABLE_WIDTH = 140
"""Columns from which the table of parameters shows all of its cells; in fewer it is a list."""
WIDE = 120
"""Columns from which on the table of claims has them in full, and effects."""


@click.command()
@click.argument("words", nargs=-1, metavar="[WORD]...")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def parameters(words: tuple[str, ...], as_json: bool) -> None:
    """List the parameters of the model, as --set takes them.

    With WORDs only those whose name or meaning holds all of them.
    """
    from dataclasses import asdict

    from sim.parameters import PARAMETERS, prior_of

    chosen = [
        one
        for one in PARAMETERS.values()
        if all(word.lower() in f"{one.name} {one.meaning}".lower() for word in words)
    ]
    if not chosen:
        right = did_you_mean(words[0], list(PARAMETERS))
        right = right if right.startswith("did") else "part of a name or meaning"
        raise refusal("uptake parameters", " ".join(words), "matches nothing", right)
    if as_json:
        listed = [{**asdict(one), "prior": prior_of(one.name)} for one in chosen]
        echo(json.dumps(listed, indent=1))
        return
    from rich.padding import Padding
    from rich.text import Text

    from sim.report.console import Terminal, plain_table

    console = Terminal(highlight=False)
    table = plain_table(None, (), ())
    for name in ("parameter", "default", "range", "prior"):
        table.add_column(name, no_wrap=True, justify="right" if name == "default" else "left")
    table.add_column("unit")
    table.add_column("meaning", ratio=1)
    table.add_column("source", style="dim")
    for one in chosen:
        value, limits = typed(one.value, 4), f"{typed(one.low)} to {typed(one.high)}"
        prior = prior_of(one.name)
        cells = (one.name, value, limits, prior, one.unit, one.meaning, one.source)
        table.add_row(*map(Text, cells))
        if console.width < TABLE_WIDTH:
            head = f"{one.name}  {value}  ({limits}; {prior})  {one.unit}"
            console.print(Text(head, style="bold"))
            meaning = Text(f"{one.meaning} ({one.source})")
            console.print(Padding(meaning, (0, 0, 0, 4), expand=False))
    if console.width >= TABLE_WIDTH:
        console.print(table)


@click.command()
@click.argument("names", nargs=-1, metavar="[CLAIM]...")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def claims(names: tuple[str, ...], as_json: bool) -> None:
    """List the claims that were put to the test, or tell more of a CLAIM such as C3.

    The figures are recorded: experiments/claims in the repository makes them anew.
    """
    from sim.analysis.claims import read_recorded

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


def _paragraph(one: dict[str, Any]) -> str:
    """Return all that is recorded of one claim, as text."""
    from sim.analysis import claims as recorded

    lines = [f"{one['id']}. {one['claim']}", f"Tested as: {one['hypothesis']}", ""]
    lines += [recorded.finding(one), ""]
    width = max(len(effect["name"]) for effect in one["effects"])
    lines += [
        f"  {effect['name']:{width}}  {recorded.amount_with_range(effect)}"
        f"  {recorded.chances(effect)}"
        for effect in one["effects"]
    ]
    lines += ["", recorded.region_said(one), "", recorded.structure_said(one), ""]
    lines += [recorded.independence_said(one), "", recorded.controls_said(one)]
    lines += [recorded.stop_said(one), *([str(one["note"])] if one["note"] else [])]
    return "\n".join(lines)


def _table(rows: list[dict[str, Any]]) -> None:
    from rich.text import Text

    from sim.analysis.claims import amount_with_range
    from sim.report.console import Terminal, plain_table

    console = Terminal(highlight=False)
    wide = console.width >= WIDE
    table = plain_table(None, (), ())
    table.add_column("", no_wrap=True)
    table.add_column("claim", ratio=3, overflow="fold")
    table.add_column("verdict", ratio=2, overflow="fold")
    for name in ("holds", "close", "fails"):
        table.add_column(name, justify="right", no_wrap=True)
    if wide:
        table.add_column("effect, mean (middle 95%)", ratio=3)
    table.add_column("could\nfail")
    for row in rows:
        effect = row["effects"][0]
        cells = [row["id"], row["claim"] if wide else row["title"], row["verdict"]]
        cells += [share(effect[key]) for key in ("for", "neither", "against")]
        cells += [amount_with_range(effect)] * wide
        cells += [row["could_fail"] + "*" * bool(row["informed_by"])]
        table.add_row(*map(Text, cells))
    console.print(table)
    sets, places = rows[0]["sets"], max(row["organisations"] for row in rows)
    console.print(
        f"Shares of cases: {sets} parameter sets on up to {places} organisations, chance averaged "
        "down; close: too close to call.\n"
        "What the model implies, not what happens in firms. Could fail: "
        "whether the model could have said no; * calibrated on a related pattern.\n"
        "More: uptake claims C3; docs/claims.md",
        style="dim",
    )


@click.command()
def doctor() -> None:
    """Say what Uptake finds here, and what would be slow and why.

    Put what it prints into a report of a fault: it names no person and no folder of yours but the
    cache.
    """
    import os
    import platform
    import time

    from sim.extensions import EXTRAS, extensions, missing_of, uptake_version
    from sim.report.document.beside import browser
    from sim.results.manifest import LIBRARIES, platform_entry

    entry = platform_entry((*LIBRARIES, "mesa", "pandas", "scipy", "duckdb"))
    echo(f"uptake {uptake_version()}, Python {entry['python']}, {platform.platform()}")
    echo(", ".join(f"{name} {version}" for name, version in entry["libraries"].items()))
    counted = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    echo(f"processors: {counted} to work with")
    there = [f"{one.distribution} {one.version}" for one in extensions()]
    echo(f"plugins: {', '.join(dict.fromkeys(there)) or 'none'}")
    missing = [extra for extra in EXTRAS if missing_of(extra)]
    echo(f"extras that are not here: {', '.join(missing) or 'none'}")
    found = "none on the path; reports are HTML all the same"
    with suppress(InputError):
        found = Path(browser()).name
    echo(f"browser for PDF: {found}")
    _say_cache()
    begin = time.perf_counter()
    from sim.runner import run

    run("licences-only", organisation="small-firm", replicates=1, weeks=4, threads=1)
    first = time.perf_counter() - begin
    begin = time.perf_counter()
    run("licences-only", organisation="small-firm", replicates=200, weeks=52, threads=1)
    many = time.perf_counter() - begin
    speed = f"{fixed(200 / many, 0)} runs a second of 60 people and 52 weeks"
    echo(f"first run {fixed(first, 1)} s, then {speed}")


def _say_cache() -> None:
    import os

    from sim.engine.compiling import folders

    offered = [one.parent for one in folders()]
    for folder in offered:
        there = next(one for one in (folder, *folder.parents) if one.exists())
        if there.is_dir() and os.access(there, os.W_OK):
            break
    else:
        none = " or ".join(map(str, offered))
        echo(f"cache: {none} cannot be written, so every start compiles anew (about a minute)")
        return
    files = [file for file in folder.rglob("*") if file.is_file()] if folder.exists() else []
    size = sum(file.stat().st_size for file in files)
    echo(f"cache: {folder}, {fixed(size / 1e6, 0)} MB; where it is empty, the first run compiles")


KINDS = tuple(group.removeprefix("uptake.").removesuffix("s") for group in GROUPS)
"""What a plugin may add, by the word that asks for it."""


@click.command()
def plugins() -> None:
    """List what installed packages add to Uptake.

    What is broken is named with the package it is in, and the exit code is 2.
    """
    found = extensions()
    if not found:
        echo("No plugins: uptake new-plugin NAME writes one to begin with.")
    width = max((len(one.group) + len(one.name) for one in found), default=0)
    for one in found:
        said = f"{one.group} {one.name}".ljust(width + 3)
        echo(f"{said}{one.distribution} {one.version}")
    problems: list[Problem] = []
    for check in _checks():
        try:
            check()
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)


def _checks() -> list[Callable[[], object]]:
    """Return what fails where a plugin is broken."""
    from sim.importing.sheets import importers
    from sim.interventions.timeline import CATALOGUE
    from sim.results.series import own_outcomes
    from sim.runner import load_organisation

    def compiled_in() -> None:
        from sim.engine.replaced import check_compiled_in  # rules are replaced with it

        check_compiled_in()

    organisations = (one.name for one in extensions("uptake.organisations"))
    return [
        lambda: dict(CATALOGUE), compiled_in, own_outcomes, importers,
        *(partial(load_organisation, name) for name in organisations),
    ]  # fmt: skip


def files_of(name: str, adds: str = "intervention") -> dict[str, str]:
    """Return the texts of a new package by their paths in it.

    The name is lower-case words with hyphens; what it ``adds`` is of ``KINDS``.
    """
    from sim.document import parse

    file = Path(__file__).with_name("new_plugin.yaml")
    written = parse(file.read_text("utf-8"), file.name).plain()
    kind, bare = written["kinds"][adds], name.removeprefix("uptake-")
    module = name.replace("-", "_")
    data = kind.get("data", {})  # of a package that is a folder
    said = {
        "name": name, "module": module, "words": bare.replace("-", " "), "dashed": bare,
        "snake": bare.replace("-", "_"),
        "cls": "".join(word.capitalize() for word in bare.split("-")), "group": f"{adds}s",
        "about": kind["about"], "files": f'py-modules = ["{module}"]',
    }  # fmt: skip
    if data:
        said["files"] = f'packages = ["{module}"]\npackage-data = {{{module} = ["*.yaml"]}}'
    for part in ("called", "entry", "shown"):
        said[part] = Template(kind[part]).substitute(said)
    texts = {
        "pyproject.toml": written["project"],
        f"{module}/__init__.py" if data else f"{module}.py": kind["module"],
        **{f"{module}/{path}": text for path, text in data.items()},
        f"tests/test_{module}.py": kind["test"],
        "README.md": written["readme"],
    }
    return {path: Template(text).substitute(said) for path, text in texts.items()}


@click.command("new-plugin")
@click.argument("name")
@click.option(
    "--adds", type=OneOf(KINDS), default="intervention", show_default=True,
    help="What the package adds.",
)  # fmt: skip
@into_folder("The folder to write; NAME by default.")
def new_plugin(name: str, adds: str, out: Path | None) -> None:
    """Write a package that adds something to Uptake, with its tests.

    NAME is the package's, in lower-case words with hyphens, such as uptake-lunch-talk.
    """
    from sim.files import replaced

    known = re.fullmatch(r"[a-z]+(-[a-z]+)*", name) and name not in ("sim", "uptake", "uptake-sim")
    if not known or iskeyword(name.removeprefix("uptake-")):
        right = "lower-case words with hyphens, such as uptake-lunch-talk"
        raise refusal("NAME", "", f"is {name}", right)
    folder = out or Path(name)
    if folder.exists():
        raise refusal(str(folder), "", "is there already", "another NAME or --out")
    with replaced(folder, lambda _: False, "pyproject.toml") as work:
        for path, text in files_of(name, adds).items():
            (work / path).parent.mkdir(exist_ok=True)
            (work / path).write_text(text, "utf-8")
    echo(f"Written to {folder}. Next: pip install -e {folder}, and uptake plugins.")
