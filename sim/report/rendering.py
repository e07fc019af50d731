"""Texts made of templates: pages, sections, papers; numbers are worded in them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sim import numbers

if TYPE_CHECKING:
    from jinja2 import Environment

_WORDED = ("between", "brief", "figure", "fixed", "points", "share")


def rendered(template: str, /, **context: Any) -> str:
    """Return the text that a template makes; in HTML, what is put in is escaped."""
    return _environment().get_template(f"{template}.j2").render(context)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("sim.report", "templates"),
        autoescape=lambda name: name is None or name.endswith(".html.j2"),
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    made.filters |= {name: getattr(numbers, name) for name in _WORDED}
    made.filters["words"] = lambda name: name.replace("_", " ")
    made.filters |= {"away": _away, "banded": _banded, "cell": _cell, "quoted": _quoted,
                     "said": _said}  # fmt: skip
    return made


def _said(value: float) -> str:
    return numbers.fixed(value) if abs(value) >= 0.095 or value == 0 else numbers.brief(value, 2)


def _away(errors: float) -> str:
    return numbers.fixed(errors, 1, signed=True)


def _banded(band: tuple[float, float, float]) -> str:
    return f"{_said(band[1])} ({_said(band[0])} to {_said(band[2])})"


def _cell(text: object) -> str:
    """Return a text as a cell of a table in Markdown."""
    return str(text).replace("|", "\\|")


def _quoted(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
