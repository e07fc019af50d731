"""The report as one HTML text: sections, styles, modules, and the policy that seals them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from sim.analysis.attribution import to_json
from sim.errors import InputError, Problem
from sim.files import real, sweep_away, write_whole
from sim.page.assets import csp_hash, css, inline_import_map
from sim.page.replay import STAGES
from sim.page.words import DRIVER_LABELS
from sim.report.brand import Brand
from sim.report.console import rendered
from sim.report.document.beside import data, limits, reproduce, tables
from sim.report.document.draw import (
    Picture,
    band,
    change,
    heat,
    interval,
    level,
    mean_points,
    plain_points,
    plain_share,
)
from sim.report.document.plans import plans, signals
from sim.report.document.report_data import Causes, ReportData
from sim.report.document.summary import answer, summary, switching_conditions
from sim.report.document.teams import fears, leaders, stalled, teams
from sim.report.style import PLANS

SECTIONS = {
    "answer": ("Answer and confidence", answer),
    "replay": ("Replay", None),
    "plans": ("Plans compared", plans),
    "teams": ("Team by team", teams),
    "fears": ("Which fear blocks whom", fears),
    "stalled": ("Who stalled, and what changes it", stalled),
    "leaders": ("Managers and informal leaders", None),
    "flips": ("What would flip the ranking", switching_conditions),
    "signals": ("The next 90 days: signals to watch", signals),
    "data": ("Data used, gaps, imputation", data),
    "limits": ("Assumptions and limits", limits),
    "reproduce": ("Reproduce", reproduce),
    "tables": ("Tables", tables),
}
"""Sections in their order: the heading, and what makes the content from the material alone."""

SHOWN = ("results", "doubt", "structure", "command", "leading", "extra", "brand")
"""What templates say of the material as it is."""

START = (
    'const one = document.createElement("script"); one.type = "module"; '
    'one.textContent = document.getElementById("module").textContent; document.head.append(one);'
)
"""Starts the module. Made by a script rather than by the parser, it may load the modules of
the import map under ``strict-dynamic``, which no markup in the file may."""


def build(material: ReportData) -> str:
    """Return the report as HTML that opens from disk, offline.

    The same material gives the same text, to the byte.
    """
    from markupsafe import Markup

    from sim.page.assets import as_json
    from sim.page.payload import payload

    results, brand = material.results, material.brand
    organisation = results.organisation
    shown = payload(results, pseudonyms=material.hides_ids)
    picture = Picture(organisation, shown["organisation"])
    first = summary(material)
    styles = [_text("report.css"), _colours(brand), _margins(brand, first["data_line"])]
    page_style = css() + (  # what is pressed and chosen in the replay has the brand's colours
        f':root{{--accent:{brand.accent}}}:root[data-theme="dark"]{{--accent:{brand.dark_accent}}}'
    )
    imports, script = inline_import_map(), _text("report.js")
    frame = rendered(
        "frame.html",
        page_style=page_style,
        imports=imports,
        script=script,
        start=START,
        payload=as_json(shown),
        settings=as_json({
            "leading": material.leading,
            "whys": answers(material.causes, len(results.names), made_up=organisation.made_up),
        }),
    )  # fmt: skip
    context: dict[str, Any] = {
        "sections": [(key, title) for key, (title, _) in SECTIONS.items()],
        **{name: getattr(material, name) for name in SHOWN},
        **{
            one.__name__: one
            for one in (band, change, heat, interval, level, mean_points, plain_points, plain_share)
        },
        "names": results.names,
        "organisation": organisation,
        "driver_labels": DRIVER_LABELS,
        "summary": first,
        "frame": Markup(frame.replace("&", "&amp;").replace('"', "&quot;")),  # as an attribute
        "styles": styles,
        "policy": policy([page_style, *styles], [imports, script, START]),
        "leaders": leaders(material, picture),
        "replay": picture.stills(shown, material.leading),
        **{key: make(material) for key, (_, make) in SECTIONS.items() if make is not None},
    }
    return rendered("report.html", **context)


def policy(styles: list[str], scripts: list[str]) -> str:
    """Return the Content-Security-Policy: nothing but these texts, to the byte.

    ``strict-dynamic`` lets these scripts load the modules of the import map, which are in
    the file itself; nothing can be fetched, sent or embedded. The frame inherits it.
    """
    allowed = " ".join(csp_hash(text) for text in scripts)
    looks = " ".join(csp_hash(text) for text in styles)
    return (
        f"default-src 'none'; script-src 'strict-dynamic' {allowed}; style-src {looks}; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )


@cache
def _text(name: str) -> str:
    return files("sim.report").joinpath("templates", name).read_text("utf-8")


def _colours(brand: Brand) -> str:
    """Return the colours of plans and stages, those of the page's style sheet, and the brand's."""
    rules = [f".report{{--r-accent:light-dark({brand.accent},{brand.dark_accent})}}"]
    for index, style in enumerate(PLANS):
        dash = style.dash if isinstance(style.dash, str) else style.dash[1]
        dashes = "none" if isinstance(dash, str) else " ".join(f"{d * 2:g}" for d in dash)
        plan = both(f"plan-{index}")
        text = both(f"plan-text-{index}", plan)
        rules.append(f".p{index}{{--plan:{plan};--text:{text}}}"
                     f".line.p{index}{{stroke-dasharray:{dashes}}}")  # fmt: skip
    for name, _, _ in STAGES:
        fill, edge = both(f"stage-{name}"), both(f"edge-{name}")
        rules.append(f".stage-{name}{{fill:{fill};stroke:{edge}}}")
    return "\n".join(rules)


def _margins(brand: Brand, data_line: str) -> str:
    """Return what stands in the margins of each printed page: whose it is, and the data."""
    foot = " · ".join(filter(None, (brand.client, "A rehearsal in a model, not a forecast",
                                    brand.date)))  # fmt: skip
    small = 'font:7.5pt system-ui,"DejaVu Sans",sans-serif;color:#56616d'
    head = f"@top-left{{content:{_css_text(data_line)};{small};width:184mm}}" if data_line else ""
    return f"@page{{@bottom-left{{content:{_css_text(foot)};{small}}}{head}}}"


def _css_text(text: str) -> str:
    """Return a text as a string of a style sheet, everything but letters and digits by its code."""
    plain = "".join(
        c if c.isascii() and (c.isalnum() or c == " ") else f"\\{ord(c):x} " for c in text
    )
    return f'"{plain}"'


FACTS = ("person", "manager", "ties")
"""What the page shows of a ``Why``, besides the drivers, which it has of all replicates."""

RERUNS = ("base", "worlds", "tried", "reruns")


def answers(causes: Causes, plans: int, *, made_up: bool = True) -> dict[str, Any]:
    """Return what the page asks for, as text that packs small.

    ``weeks``: the checkpoints; ``text``: UTF-8 bytes (u1) of a JSON list with one object a plan,
    and in it by the row of a team ``at``: the facts at each checkpoint, and ``reruns``, of the
    teams whose single changes were run again.

    - ``made_up``: whether nobody is a real person; else no word of a team's manager, who is
      one.
    """
    from sim.page.assets import as_json

    weeks = next(([one.week for one in found] for found in causes.whys.values()), [])
    shown: list[dict[int, Any]] = [{} for _ in range(plans)]
    for (plan, team), found in causes.whys.items():
        tried = causes.reruns.get((plan, team))
        said = [to_json(one) for one in found[:-1]] + [to_json(found[-1], tried)]
        shown[plan][team] = {
            "at": [{name: one[name] if made_up or name != "manager" else None for name in FACTS}
                   for one in said],
            **({} if tried is None else {"reruns": {name: said[-1][name] for name in RERUNS}}),
        }  # fmt: skip
    return {"weeks": weeks, "text": np.frombuffer(as_json(shown).encode(), np.uint8)}


@cache
def _themes() -> tuple[dict[str, str], dict[str, str]]:
    light_part, dark_part = css().split("}", 2)[:2]
    found = [
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", part)) for part in (light_part, dark_part)
    ]
    return found[0], found[1]


def light(name: str, other: str = "none") -> str:
    """Return a colour of the light theme; ``other`` where there is none of that name."""
    return _themes()[0].get(name, other)


def both(name: str, other: str = "none") -> str:
    """Return a colour that follows the theme, for a style sheet."""
    one, two = _themes()
    return f"light-dark({one[name]},{two[name]})" if name in one else other


def check_target(out: Path, force: bool, beside: Sequence[Path] = ()) -> None:
    """Refuse files that may not be written, before anything is run.

    - ``beside``: what is written beside the report, such as its print.

    Raises InputError where one is there already and ``force`` is not set, or ``out`` is no HTML
    file's name.
    """
    problems = []
    if out.suffix.lower() not in (".html", ".htm"):
        problems.append(Problem(f"--out {out}", "", "is no HTML file's name", f"{out.stem}.html"))
    elif out.is_dir():
        problems.append(Problem(f"--out {out}", "", "is a folder", "the name of a file"))
    elif out.exists() and not force:
        right = "another name, or --force to replace it"
        problems.append(Problem(f"--out {out}", "", "exists", right))
    elif not real(out).parent.is_dir():
        right = "a folder that is there"
        problems.append(Problem(f"--out {out}", "", f"{out.parent} is not there", right))
    for file in beside:
        if file.is_dir():
            problems.append(Problem(str(file), "", "is a folder", "another --out"))
        elif file.exists() and not force:
            right = "another --out, or --force to replace it"
            problems.append(Problem(str(file), "", "exists, and is written too", right))
    if problems:
        raise InputError(problems)


def write_report(text: str, out: Path) -> None:
    """Write the HTML text; a file of this name is replaced once the new one is whole."""
    sweep_away(out.parent, deep=False)
    write_whole(out, text)
