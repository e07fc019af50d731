"""What goes to a terminal or a table of a spreadsheet: texts of files are shown, never obeyed."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.segment import Segment

from sim.shown import defused, obeys, shown

if TYPE_CHECKING:
    from rich.console import ConsoleOptions, RenderableType
    from rich.table import Table
    from rich.text import Text


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


def new_table(
    title: str, caption: str = "", left: Sequence[str] = (), right: Sequence[str] = ()
) -> Table:
    """Return a table without rows, in the house's look: columns of words, then of numbers."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(
        title=Text(title, style="bold"),
        caption=Text(caption, style="dim") if caption else None,
        title_justify="left", caption_justify="left", box=box.SIMPLE_HEAD, pad_edge=False,
        show_edge=False, header_style="bold",
    )  # fmt: skip
    for name in left:
        table.add_column(Text(name))
    for name in right:
        table.add_column(Text(name), justify="right")
    return table


def plain_table(title: str | None, left: Sequence[str], right: Sequence[str]) -> Table:
    """Return a table without rows and without a caption."""
    from rich import box
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for name in left:
        table.add_column(name)
    for name in right:
        table.add_column(name, justify="right")
    return table


def print_tables(tables: Iterable[Table], console: Console) -> None:
    """Print tables, their captions after them: in them they would wrap at the table's width."""
    for table in tables:
        console.print()
        caption, table.caption = table.caption, None
        console.print(table)
        if caption:
            console.print(caption)


def csv_text(head: Iterable[str], rows: Iterable[Iterable[Any]], end: str = "\n") -> str:
    """Return a table as CSV, with no cell that a spreadsheet takes for a formula."""
    stream = StringIO()
    writer = csv.writer(stream, lineterminator=end)
    writer.writerow(map(defused, head))
    writer.writerows(map(defused, row) for row in rows)
    return stream.getvalue()


def write_csv(file: Path, head: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
    """Write a table as CSV; see ``csv_text``."""
    file.write_text(csv_text(head, rows), "utf-8", newline="")
