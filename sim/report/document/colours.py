"""The colours of plans and stages: those of the page's style sheet, which holds them once."""

from __future__ import annotations

import re
from functools import cache

from sim.page.assets import css

__all__ = ["both", "light"]


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
