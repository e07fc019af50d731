"""Texts for a terminal, a spreadsheet or a page: what files say is shown, never obeyed."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from functools import cache
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.segment import Segment

from sim import numbers
from sim.errors import defused, obeys, shown

if TYPE_CHECKING:
    from jinja2 import Environment
    from jinja2.nodes import EvalContext
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
    """Return a table without rows, in Uptake's look: columns of words, then of numbers."""
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


_WORDED = ("between", "brief", "figure", "fixed", "points", "share")


def rendered(template: str, /, **context: Any) -> str:
    """Return the text that a template makes; in HTML, what is put in is escaped."""
    return _environment().get_template(f"{template}.j2").render(context)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined, pass_eval_context

    made = Environment(
        loader=PackageLoader("sim.report", "templates"),
        autoescape=lambda name: name is None or name.endswith(".html.j2"),
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        finalize=pass_eval_context(_put_in),
    )  # fmt: skip
    made.filters |= {name: getattr(numbers, name) for name in _WORDED}
    made.filters["words"] = lambda name: name.replace("_", " ")
    made.filters |= {"away": _away, "banded": _banded, "cell": _cell, "quoted": _quoted,
                     "said": _said}  # fmt: skip
    return made


def _put_in(context: EvalContext, value: object) -> object:
    """Return what a template shows; in HTML no line ends within a range, as by ``h`` of dom.js."""
    if not (context.autoescape and type(value) is str):
        return value
    return re.sub(r"(?<=\d)–(?=\d)", "–\u2060", value)


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
