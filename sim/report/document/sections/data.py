"""10 · Data used, gaps, imputation; 11 · assumptions and limits; 12 · reproduce; 13 · tables."""

from __future__ import annotations

import base64
import json
import math
from typing import Any

import numpy as np

from sim.numbers import brief, fixed
from sim.parameters import PARAMETERS
from sim.report.document.beside import CONTENTS, manifest_of, tables_zip
from sim.report.document.draw import plain_share
from sim.report.document.report_data import ReportData
from sim.results import Results
from sim.results.results import SMALLEST_TEAM
from sim.state import STATE_VARIABLES, VISIBLE_VARIABLES


def data(material: ReportData) -> dict[str, Any]:
    """Return what was read, what was missing, and what was put in its place."""
    results, summary, origin = material.results, material.summary, material.results.origin
    organisation = results.organisation
    if origin.files:
        source = "files of the client: people.csv" + (
            " and ties.csv" if "ties.csv" in origin.files else ""
        )
    elif origin.text:
        source = "a template: people, teams and ties are made up by its rules"
    else:
        source = "made in Python"
    surveyed = [v.name for v in (*VISIBLE_VARIABLES, *STATE_VARIABLES) if v.surveyed]
    given = {
        name: 1 - float(np.isnan(values).mean())
        for name, values in organisation.start_values.items()
    }
    return {
        "source": source,
        "made_up": not origin.files,
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
    """Return what the manifest says: version, texts and hashes."""
    found: dict[str, Any] = json.loads(manifest_of(material))
    return found


def tables(material: ReportData) -> dict[str, Any]:
    """Return the tables as one zip file in a ``data:`` address, and what is in it."""
    content = tables_zip(material)
    alone = len(material.results.names) < 2
    return {
        "address": f"data:application/zip;base64,{base64.b64encode(content).decode()}",
        "kilobytes": max(1, round(len(content) / 1000)),
        "contents": [one for one in CONTENTS if not (alone and one[0] == "differences.csv")],
    }
