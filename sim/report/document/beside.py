"""10 · data; 11 · limits; 12 · reproduce; 13 · tables, which go along as a zip; and the print."""

from __future__ import annotations

import base64
import io
import math
import os
import shutil
import zipfile
from collections.abc import Iterable, Sequence
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.contrast import estimate
from sim.document import to_json
from sim.errors import InputError, Problem, refusal
from sim.files import scratch, write_whole
from sim.numbers import brief, fixed, typed
from sim.outcomes import DRIVERS
from sim.parameters import PARAMETERS
from sim.processes import carried_out
from sim.report.console import csv_text
from sim.report.document.draw import plain_share
from sim.results import Results
from sim.results.manifest import manifest
from sim.results.results import SMALLEST_TEAM
from sim.results.tables import content_hash
from sim.scenario.text import to_yaml
from sim.state import STATE_VARIABLES, VISIBLE_VARIABLES

if TYPE_CHECKING:
    from sim.report.document.report_data import ReportData


def data(material: ReportData) -> dict[str, Any]:
    """Return what was read, what was missing, and what was put in its place."""
    results, summary, origin = material.results, material.summary, material.results.origin
    organisation = results.organisation
    if origin.files:
        source = "files of the client: people.csv" + (
            " and ties.csv" if "ties.csv" in origin.files else ""
        )
    elif organisation.made_up:
        source = "a template: people, teams and ties are made up by its rules"
    else:
        source = "given in Python"
    surveyed = [v.name for v in (*VISIBLE_VARIABLES, *STATE_VARIABLES) if v.surveyed]
    given = {
        name: 1 - float(np.isnan(values).mean())
        for name, values in organisation.start_values.items()
    }
    return {
        "source": source,
        "made_up": organisation.made_up,
        "facts": [
            ("people", f"{summary.n_people:,}"),
            ("teams", f"{summary.n_teams:,} of {summary.team_sizes[0]} to "
                      f"{summary.team_sizes[2]} people, median {summary.team_sizes[1]}"),
            ("managers", f"{summary.n_managers:,}, {fixed(summary.spans[1], 1)} "
                         "reports on average"),
            ("ties", f"{summary.n_ties:,}" + (
                f" ({', '.join(f'{k} {n:,}' for k, n in summary.ties_by_kind.items())})"
                if summary.ties_by_kind else "")),
            ("ties returned", plain_share(summary.reciprocity).text),
            ("people without any tie", f"{summary.n_isolates:,}"),
            ("roles", f"{len(summary.roles):,}"),
        ],
        "notes": summary.notes if organisation.made_up else [(*n[:2], "") for n in summary.notes],
        "given": sorted(given.items()),
        "drawn": [name for name in surveyed if given.get(name, 0.0) == 0.0],
        "small": organisation.n_teams - len(results.shown_teams),
        "smallest": SMALLEST_TEAM,
        "pseudonyms": material.hides_ids,
    }  # fmt: skip


def limits(material: ReportData) -> dict[str, Any]:
    """Return what is assumed: parameters by where they come from."""
    used = [p for p in PARAMETERS.values() if not p.name.startswith(("bass_", "threshold_"))]
    assumed = [p for p in used if "ASSUMPTION" in p.source]
    return {
        "assumed": len(assumed),
        "alone": sum(p.source.strip() == "ASSUMPTION" for p in assumed),
        "parameters": [(p, _set(material.results, p.name)) for p in used],
    }


def _set(results: Results, name: str) -> str:
    """Return the value under the plans where it is not the default."""
    values = [float(rows[name][0]) for rows in results.parameters]
    if all(math.isclose(v, PARAMETERS[name].value) for v in values):
        return ""
    return ", ".join(dict.fromkeys(brief(v) for v in values))


def reproduce(material: ReportData) -> dict[str, Any]:
    """Return the manifest of the results, without the folder in which the people's files lie."""
    content = manifest(material.results, about_tables(material), Path())
    content["organisation"]["path"] = Path(content["organisation"]["path"]).name
    return content


def tables(material: ReportData) -> dict[str, Any]:
    """Return the tables as one zip file in a ``data:`` address, and what is in it."""
    content = tables_zip(material)
    alone = len(material.results.names) < 2
    return {
        "address": f"data:application/zip;base64,{base64.b64encode(content).decode()}",
        "kilobytes": max(1, round(len(content) / 1000)),
        "contents": [one for one in CONTENTS if not (alone and one[0] == "differences.csv")],
    }


CONTENTS = (
    ("summary.csv", "every figure under every plan"),
    ("differences.csv", "differences in the same replicates"),
    ("teams.csv", "habitual and weekly users of each team that is shown, under every plan"),
    ("drivers.csv", "what holds each team back, in shares of workdays"),
    ("changes.csv", "single changes of the leading plan, with effect, hours and money"),
    ("parameters.csv", "every parameter, its value, range and source"),
    ("manifest.json", "seed, version, texts and hashes: what uptake reproduce needs"),
    ("plan-A.yaml, …", "the plans, as files that can be run"),
)
"""What is in the file, and what for."""

_EPOCH = (1980, 1, 1, 0, 0, 0)
Rows = Iterable[Sequence[object]]


def tables_zip(material: ReportData) -> bytes:
    """Return the zip file; the same material gives the same bytes."""
    results = material.results
    about = ("name", "value", "low", "high", "unit", "source", "meaning")
    tables: dict[str, tuple[Sequence[str], Rows]] = {
        **{name: (content.names, content.rows()) for name, content in material.tables.items()},
        "teams": (("plan", "team", "people", "outcome", "week", "mean", "band_low", "band_high"),
                  _teams(results)),
        "drivers": (("plan", "team", *(d.name for d in DRIVERS)), _drivers(results)),
        "changes": (("change", "weekly_use", "low", "high", "hours", "money"), _changes(material)),
        "parameters": (about, map(attrgetter(*about), PARAMETERS.values())),
    }  # fmt: skip
    texts = {f"{name}.csv": csv_text(*content, "\r\n") for name, content in tables.items()}
    texts["manifest.json"] = to_json(reproduce(material))
    for i, scenario in enumerate(results.scenarios):
        texts[f"plan-{chr(65 + i % 26)}{i // 26 or ''}.yaml"] = to_yaml(scenario)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in texts.items():
            file.writestr(zipfile.ZipInfo(name, _EPOCH), text, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def about_tables(material: ReportData) -> dict[str, dict[str, Any]]:
    """Return rows and content hash of the tables that ``uptake compare --out`` writes too."""
    return {
        f"{name}.csv": {"rows": len(content), "sha256": content_hash(content)}
        for name, content in material.tables.items()
    }


def _teams(results: Results) -> Rows:
    for plan, name in enumerate(results.names):
        for outcome in ("weekly_users", "habitual"):
            values = results.team(outcome)[plan, :, :, -1]
            for row in results.shown_teams.tolist():
                e = estimate(values[..., row])
                team, people = results.organisation.teams[row], int(results.team_sizes[row])
                values_of = map(typed, (e.mean, e.band_low, e.band_high))
                yield (name, team, people, outcome, results.weeks, *values_of)


def _drivers(results: Results) -> Rows:
    held = results.records.drivers[:, :, :, -1].mean(axis=(1, 2))
    for plan, name in enumerate(results.names):
        for row in results.shown_teams.tolist():
            yield (name, results.organisation.teams[row],
                   *map(typed, held[plan, row].tolist()))  # fmt: skip


def _changes(material: ReportData) -> Rows:
    for one in material.worth:
        money = one.money + material.hour_cost * one.hours
        effect = one.effect
        numbers = (effect.mean, effect.low, effect.high, one.hours, money)
        yield (one.change.said, *map(typed, numbers))


BROWSERS = (
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome",
    "microsoft-edge", "msedge", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)  # fmt: skip
"""Programs that can print, the first that is found."""

SECONDS = 300
"""How long the browser may take: it needs a few, on a busy machine many more."""
_SHORT = 57
"""Bytes of a folder's path that leave room for the browser's sockets: systems allow them 104."""


def browser(names: Sequence[str] = BROWSERS) -> str:
    """Return the browser that prints. Raises InputError where none of them is found."""
    for name in names:
        if found := shutil.which(name):
            return found
    right = "install one, or open the HTML file in any browser and print it from there"
    raise refusal("--pdf", "", "there is no Chromium or Chrome on the path that could print", right)


def write_pdf(html: Path, pdf: Path, *, program: str | None = None) -> None:
    """Print a report.

    - ``html``, ``pdf``: the report, and the file to write, which is there in whole or not at all.
    - ``program``: the browser; see ``browser``.

    Raises InputError where there is no browser, or it fails.
    """
    program = program or browser()
    with scratch(longest=_SHORT) as work:
        made, said = work / "report.pdf", work / "said"
        command = [
            program, "--headless=new", "--disable-gpu", "--no-first-run",
            "--disable-extensions", "--disable-background-networking",
            "--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={work}/profile",
            "--no-pdf-header-footer", "--virtual-time-budget=8000",
            f"--print-to-pdf={made}", html.resolve().as_uri(),
        ]  # fmt: skip
        if getattr(os, "geteuid", lambda: 1)() == 0:  # it refuses root otherwise
            command.insert(1, "--no-sandbox")
        try:
            code = carried_out(command, said, SECONDS, {"TMPDIR": str(work)})
        except OSError as error:
            raise _failed(program, str(error).splitlines()[0]) from None
        if not made.is_file() or not made.read_bytes().startswith(b"%PDF"):
            lines = said.read_text("utf-8", errors="replace").strip().splitlines()
            raise _failed(program, lines[-1] if lines else f"ended with code {code}")
        write_whole(pdf, made.read_bytes())


def _failed(program: str, why: str) -> InputError:
    right = "print the HTML file from a browser; it was written"
    return InputError([Problem("--pdf", "", f"{program} failed: {why[:200]}", right)])
