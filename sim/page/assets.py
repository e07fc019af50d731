"""The page's ES modules and style sheet: for ``/static``, or inlined into one file.

Modules import each other by bare names (``uptake/network``). An import map points the
names to ``/static/network.js`` on the live page, and to ``data:`` addresses in a report;
so the same files serve both, with no build step.
"""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from pathlib import Path

__all__ = [
    "LIVE_MODULES",
    "MODULES",
    "csp_hash",
    "css",
    "import_map",
    "inline_import_map",
    "module_source",
    "static_folder",
]

MODULES = (
    "bet",
    "chart",
    "colours",
    "deck",
    "degrees",
    "dom",
    "downloads",
    "drivers",
    "keyboard",
    "layout",
    "leaders",
    "legend",
    "marks",
    "matrix",
    "model",
    "names",
    "network",
    "numbers",
    "page",
    "panel",
    "payload",
    "person",
    "rays",
    "replay",
    "sentence",
    "signals",
    "slide",
    "spark",
    "store",
    "table",
    "timeline",
    "why",
    "words",
)
"""Modules that need no server: ``page`` mounts all of them on an element."""

LIVE_MODULES = (
    "address",
    "assumptions",
    "ballot",
    "brand",
    "diagnosis",
    "lever",
    "live",
    "main",
    "mapping",
    "next",
    "phones",
    "sandbox",
    "stages",
    "upload",
    "walk",
    "wanted",
)
"""Modules of the live page only; ``main`` starts it."""


def static_folder() -> Path:
    """Return the folder of the modules and the style sheet."""
    return Path(__file__).resolve().parent / "static"


@cache
def module_source(name: str) -> str:
    """Return the text of a module.

    Raises
    ------
    ValueError
        For a name that is neither in ``MODULES`` nor in ``LIVE_MODULES``.
    """
    if name not in (*MODULES, *LIVE_MODULES):
        raise ValueError(f"there is no module {name}")
    return (static_folder() / f"{name}.js").read_text("utf-8")


@cache
def css() -> str:
    """Return the style sheet."""
    return (static_folder() / "page.css").read_text("utf-8")


def import_map(prefix: str = "/static") -> str:
    """Return the import map of the live page, as JSON."""
    names = (*MODULES, *LIVE_MODULES)
    return json.dumps({"imports": {f"uptake/{name}": f"{prefix}/{name}.js" for name in names}})


def inline_import_map() -> str:
    """Return an import map that carries ``MODULES`` themselves, in ``data:`` addresses.

    ``//# sourceURL`` keeps traces readable.
    """
    imports = {}
    for name in MODULES:
        text = f"{module_source(name)}\n//# sourceURL=uptake/{name}.js\n"
        data = base64.b64encode(text.encode()).decode()
        imports[f"uptake/{name}"] = f"data:text/javascript;base64,{data}"
    return json.dumps({"imports": imports})


def csp_hash(text: str) -> str:
    """Return the source expression by which a Content-Security-Policy allows an inline text.

    Examples
    --------
    >>> csp_hash("")
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
    """
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
