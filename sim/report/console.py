"""What goes to a terminal: everything from a file is shown there, and nothing of it is obeyed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.segment import Segment

from sim.shown import obeys, shown

if TYPE_CHECKING:
    from rich.console import ConsoleOptions, RenderableType
    from rich.text import Text

__all__ = ["Terminal"]


class Terminal(Console):
    """A console for which brackets are brackets: styles are given as styles, never in a text."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(markup=False, emoji=False, **settings)

    def render_str(self, text: str, **settings: Any) -> Text:
        """Return a text as it stands, controls spelled out."""
        return super().render_str(shown(text), **{**settings, "markup": False, "emoji": False})

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Yield pieces of text, controls spelled out in those that did not come as a string."""
        for segment in super().render(renderable, options):
            if segment.control or not obeys(segment.text):
                yield segment
            else:
                yield Segment(shown(segment.text), segment.style)
