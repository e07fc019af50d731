"""The report as one HTML text: sections, styles, modules, and the policy that seals them."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from sim.page.assets import csp_hash, css, inline_import_map
from sim.report.document.answers import answers
from sim.report.document.report_data import ReportData
from sim.report.document.sections import SECTIONS
from sim.report.style import PLANS

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

__all__ = ["STILL_WEEKS", "build", "policy", "still_weeks"]

STILL_WEEKS = (13, 26, 39, 52)
"""Weeks that the print shows of the replay."""

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
    from sim.page.arrays import as_json
    from sim.page.payload import payload

    results = material.results
    environment = _environment()
    styles = [_text("report.css"), _plan_colours()]
    imports, script = inline_import_map(), _text("report.js")
    frame = environment.get_template("frame.html.j2").render(
        page_style=css(),
        imports=imports,
        script=script,
        start=START,
        payload=as_json(payload(results, pseudonyms=material.pseudonyms)),
        settings=as_json({
            "stills": still_weeks(results.weeks),
            "leading": material.leading,
            "whys": answers(material.causes, len(results.names)),
        }),
    )  # fmt: skip
    context: dict[str, Any] = {
        "sections": [(key, title) for key, (title, _) in SECTIONS.items()],
        "results": results,
        "names": results.names,
        "organisation": results.organisation,
        "extra": material.extra,
        "frame": _attribute(frame),
        "styles": styles,
        "policy": policy([css(), *styles], [imports, script, START]),
        **{key: make(material) for key, (_, make) in SECTIONS.items() if make is not None},
    }
    return environment.get_template("report.html.j2").render(context)


def _attribute(html: str) -> Markup:
    """Return a document as the value of an attribute in double quotes."""
    from markupsafe import Markup

    return Markup(html.replace("&", "&amp;").replace('"', "&quot;"))


def still_weeks(weeks: int) -> list[int]:
    """Return the weeks of the stills: quarters of a year, or of a shorter run; never week 1.

    Examples
    --------
    >>> still_weeks(52), still_weeks(20)
    ([13, 26, 39, 52], [5, 10, 15, 20])
    """
    if weeks >= STILL_WEEKS[-1]:
        return list(STILL_WEEKS)
    return sorted({max(1, round(weeks * part / 4)) for part in (1, 2, 3, 4)} - {1}) or [weeks]


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
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("sim.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _text(name: str) -> str:
    return files("sim.report").joinpath("templates", name).read_text("utf-8")


def _plan_colours() -> str:
    """Return the plans' colours, those of the page's style sheet, and their dashes, as style."""
    light, dark = (
        dict(re.findall(r"--plan-(\d): (#[0-9a-f]{6})", part)) for part in css().split("}", 2)[:2]
    )
    rules = []
    for index, style in enumerate(PLANS):
        colour = f"light-dark({light[str(index)]},{dark[str(index)]})"
        dash = style.dash if isinstance(style.dash, str) else style.dash[1]
        dashes = "none" if isinstance(dash, str) else " ".join(f"{d * 2:g}" for d in dash)
        rules.append(f".p{index}{{--plan:{colour}}}.line.p{index}{{stroke-dasharray:{dashes}}}")
    return "\n".join(rules)
