"""Slides of a report's key charts, which office programs can change (``python-pptx``)."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import defused
from sim.extensions import need
from sim.files import write_whole
from sim.numbers import share

if TYPE_CHECKING:
    from sim.report.document.report_data import ReportData


WIDE, HIGH, EDGE = 13.333, 7.5, 0.6
"""Inches of a slide, and of its margin."""

INK, MUTED = "17202a", "56616d"

INSET, LINE, AFTER = 0.1, 1.2, 0.4
"""Inches of a box that its text leaves at the sides; height of a line and room after a paragraph,
in sizes of its font."""
LOGO = (2.4, 0.9)
"""Inches that a logo takes at most, wide and high."""
LEAST = 10
"""Points of the smallest text."""


def check_slides() -> None:
    """Refuse slides where what makes them is not installed, before anything is run."""
    need("slides", where="--slides")


def write_slides(material: ReportData, path: Path) -> None:
    """Write slides: the finding, the curves, what to do next, the network, leaders, risks.

    Charts are charts of the office program, with their data; only the network is a picture. Each
    slide names the outcome, the organisation and what the numbers rest on. Raises InputError where
    ``python-pptx`` is not installed.
    """
    check_slides()
    deck = _Deck(material)
    for draw in (_finding, _curves, _next, _network, _leaders, _risks):
        draw(deck)
    out = io.BytesIO()
    deck.file.save(out)
    write_whole(path, out.getvalue())


def fitted(
    lines: Sequence[str], wide: float, high: float, size: float, *, bold: bool = False
) -> tuple[float, list[str]]:
    """Return the size, up to ``size``, at which paragraphs fit a box, and the paragraphs.

    Measured in DejaVu Sans, which is wider than the fonts of office programs.

    - ``wide``, ``high``: of the box, in inches.
    - ``size``: in points, if it fits
    """
    while size > LEAST and written(lines, wide, size, bold=bold) > high:
        size -= 1
    lines = list(lines)
    while lines and written(lines, wide, size, bold=bold) > high:
        words = lines[-1].rstrip("…").split()
        lines = [*lines[:-1], " ".join(words[:-1]) + "…"] if len(words) > 1 else lines[:-1]
    return size, lines


def written(lines: Sequence[str], wide: float, size: float, *, bold: bool = False) -> float:
    """Return the inches of height that paragraphs take in a box so wide, its margins with them."""
    room = 72 * (wide - 2 * INSET)
    rows = sum(_rows(line, room, size, bold) for line in lines)
    return INSET + (LINE * rows + AFTER * (len(lines) - 1)) * size / 72


def _rows(line: str, room: float, size: float, bold: bool) -> int:
    """Return how many rows a paragraph takes in so many points of width."""
    pen, rows, used = _pen(size, bold), 1, 0.0
    for word in line.split():
        long = pen(f" {word}")
        if used and used + long > room:
            rows, used = rows + 1, 0.0
        rows += int(long // room)
        used += long % room
    return rows


@cache
def _pen(size: float, bold: bool) -> Callable[[str], float]:
    """Return what measures a text, in points."""
    from matplotlib.font_manager import FontProperties, findfont
    from PIL import ImageFont

    file = findfont(FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal"))
    font = ImageFont.truetype(file, 100)
    return lambda text: float(font.getlength(text)) * size / 100


class _Deck:
    """The file, and what each slide has in common."""

    def __init__(self, material: ReportData) -> None:
        from pptx import Presentation
        from pptx.util import Inches

        from sim.report.document.summary import summary
        from sim.results.verdict import source_note

        self.material, self.said = material, summary(material)
        self.file: Any = Presentation()
        self.file.slide_width, self.file.slide_height = Inches(WIDE), Inches(HIGH)
        self.file.core_properties.title = material.results.organisation.name
        self.file.core_properties.author = material.brand.author
        results = material.results
        self.source = f"{results.organisation.name} · {source_note(results)}"

    def slide(self, title: str, under: str = "", beside: float = 0.0) -> Any:
        """Add a slide with its title, what it shows, and its source line.

        - ``beside``: inches that are left free at the right of the title.
        """
        slide = self.file.slides.add_slide(self.file.slide_layouts[6])
        wide = WIDE - 2 * EDGE - beside
        self.text(slide, [title], (EDGE, 0.3, wide, 0.7), 28, bold=True,
                  colour=self.material.brand.accent.lstrip("#"))  # fmt: skip
        if under:
            self.text(slide, [under], (EDGE, 1.0, wide, 0.45), 15, colour=MUTED)
        self.text(slide, [self.source], (EDGE, HIGH - 0.5, WIDE - 2 * EDGE, 0.35), 11, colour=MUTED)
        return slide

    def text(
        self, slide: Any, lines: Sequence[str], place: tuple[float, float, float, float],
        size: float, *, bold: bool = False, colour: str = INK,
    ) -> None:  # fmt: skip
        """Write paragraphs into a box of inches from the left and the top, wide and high.

        What does not fit at ``size`` is written smaller, and at last cut with an ellipsis.
        """
        from pptx.dml.color import RGBColor
        from pptx.util import Inches, Pt

        box = slide.shapes.add_textbox(*map(Inches, place))
        frame = box.text_frame
        frame.word_wrap = True
        size, lines = fitted(lines, place[2], place[3], size, bold=bold)
        for i, line in enumerate(lines):
            paragraph = frame.paragraphs[0] if i == 0 else frame.add_paragraph()
            run = paragraph.add_run()
            run.text = line
            run.font.size, run.font.bold = Pt(size), bold
            run.font.color.rgb = RGBColor.from_string(colour)
            paragraph.space_after = Pt(AFTER * size)

    def picture(
        self, slide: Any, content: bytes, place: tuple[float, float, float, float],
        *, right: bool = False,
    ) -> None:  # fmt: skip
        """Show a picture as large as a box allows: in its middle, or at its right."""
        from pptx.util import Inches

        left, top, wide, high = map(Inches, place)
        image = slide.shapes.add_picture(io.BytesIO(content), left, top)
        scale = min(wide / image.width, high / image.height)
        image.width, image.height = int(image.width * scale), int(image.height * scale)
        image.left = int(left + (wide - image.width) / (1 if right else 2))

    def chart(
        self, slide: Any, kind: Any, data: Any, place: tuple[float, float, float, float],
        axes: tuple[str, str], form: str = "0%",
    ) -> Any:  # fmt: skip
        """Draw a chart that can be changed; ``axes`` names the category and the value axis."""
        from pptx.enum.chart import XL_LEGEND_POSITION
        from pptx.util import Inches, Pt

        chart = slide.shapes.add_chart(kind, *map(Inches, place), data).chart
        chart.font.size = Pt(14)
        chart.has_title = False
        chart.has_legend = len(list(chart.plots[0].series)) > 1
        if chart.has_legend:
            chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
        for axis, name in ((chart.category_axis, axes[0]), (chart.value_axis, axes[1])):
            axis.has_title = bool(name)
            if name:
                axis.axis_title.text_frame.text = name
        chart.value_axis.tick_labels.number_format = form
        chart.value_axis.tick_labels.number_format_is_linked = False
        return chart


def _finding(deck: _Deck) -> None:
    brand, said = deck.material.brand, deck.said
    shown = brand.logo is not None and brand.logo.kind == "png"
    slide = deck.slide(
        brand.client or deck.material.results.organisation.name,
        " · ".join(filter(None, (brand.title or "Rollout rehearsal", brand.author, brand.date))),
        beside=LOGO[0] + 0.2 if shown else 0.0,
    )
    sentence = "".join(part["text"] for part in said["sentence"])
    deck.text(slide, [sentence], (EDGE, 1.7, WIDE - 2 * EDGE, 2.5), 26)
    deck.text(slide, [said["recommendation"]], (EDGE, 4.3, WIDE - 2 * EDGE, 1.3), 22, bold=True)
    if said["data_line"]:
        deck.text(slide, [said["data_line"]], (EDGE, 5.8, WIDE - 2 * EDGE, 1.1), 13, colour=MUTED)
    if brand.logo is not None and shown:
        place = (WIDE - EDGE - LOGO[0], 0.35, *LOGO)
        deck.picture(slide, brand.logo.content, place, right=True)


def _lines(deck: _Deck, title: str, under: str, series: Sequence[tuple[str, Any, str]]) -> None:
    """Draw curves over weeks: name, shares, colour."""
    from pptx.chart.data import CategoryChartData
    from pptx.dml.color import RGBColor
    from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION
    from pptx.enum.dml import MSO_LINE
    from pptx.util import Pt

    dashes = (MSO_LINE.DASH, MSO_LINE.SOLID, MSO_LINE.ROUND_DOT, MSO_LINE.DASH_DOT)
    data = CategoryChartData(number_format="0%")
    weeks = len(series[0][1])
    data.categories = [str(week) for week in range(1, weeks + 1)]
    for name, values, _ in series:
        data.add_series(defused(name), [round(float(value), 4) for value in values])
    slide = deck.slide(title, under)
    place = (EDGE, 1.5, WIDE - 2 * EDGE, HIGH - 2.1)
    chart = deck.chart(slide, XL_CHART_TYPE.LINE, data, place, ("week", "share of people"))
    chart.value_axis.minimum_scale, chart.value_axis.maximum_scale = 0, 1
    _every(chart.category_axis, max(1, round(weeks / 13)))
    places = (XL_LABEL_POSITION.ABOVE, XL_LABEL_POSITION.RIGHT, XL_LABEL_POSITION.BELOW)
    ends = sorted(range(len(series)), key=lambda i: -float(series[i][1][-1]))
    sides = {row: places[min(rank, 2)] for rank, row in enumerate(ends)}
    for i, (one, (_, values, colour)) in enumerate(zip(chart.plots[0].series, series, strict=True)):
        one.smooth, tone = False, colour.lstrip("#")
        one.format.line.width = Pt(3)
        one.format.line.color.rgb = RGBColor.from_string(tone)
        one.format.line.dash_style = dashes[i % len(dashes)]
        label = one.points[weeks - 1].data_label
        label.has_text_frame = True
        label.text_frame.text = share(float(values[-1]))
        label.text_frame.paragraphs[0].runs[0].font.color.rgb = RGBColor.from_string(tone)
        label.position = sides[i]


def _every(axis: Any, weeks: int) -> None:
    """Name one in so many categories of an axis, where the schema has it: after its crossing."""
    from pptx.oxml.ns import qn

    for name in ("c:tickLblSkip", "c:tickMarkSkip"):
        node = axis._element.makeelement(qn(name), {"val": str(weeks)})
        axis._element.find(qn("c:noMultiLvlLbl")).addprevious(node)


def _curves(deck: _Deck) -> None:
    from sim.report.figures import curves_of
    from sim.report.style import look

    results = deck.material.results
    means = curves_of(results).means[0]
    series = [(name, means[plan], look(plan).colour) for plan, name in enumerate(results.names)]
    _lines(deck, "Who uses the tool, week by week",
           f"Weekly users: sanctioned use in the week, share of all people, mean of replicates; "
           f"{results.organisation.name}", series)  # fmt: skip


def _next(deck: _Deck) -> None:
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE

    said = deck.said
    found, name = said["measures"], deck.material.results.organisation.name
    what = "on top of" if found["adds"] else "that are lost without each part of"
    under = f"Points of weekly use {what} {said['leading']}; {name}"
    slide = deck.slide("What to do next", under)
    deck.text(slide, [said["recommendation"]], (EDGE, 1.6, WIDE - 2 * EDGE, 0.8), 18)
    if not found["rows"]:
        none = f"None of {said['tried']} single changes raises weekly use by what matters."
        deck.text(slide, [none], (EDGE, 2.6, WIDE - 2 * EDGE, 0.8), 18)
        return
    data = CategoryChartData(number_format="+0.0")
    words = [
        f"{one['said']} ({one['hours']} h{', €' + one['money'] if found['priced'] else ''})"
        for one in found["rows"]
    ]
    data.categories = [defused(word) for word in words][::-1]
    data.add_series("points", [round(100 * one["value"], 1) for one in found["rows"]][::-1])
    place = (EDGE, 2.4, WIDE - 2 * EDGE, HIGH - 3.0)
    chart = deck.chart(slide, XL_CHART_TYPE.BAR_CLUSTERED, data, place,
                       ("change", "points of weekly use"), "0")  # fmt: skip
    chart.plots[0].has_data_labels = True


def _network(deck: _Deck) -> None:
    from sim.page.payload import payload
    from sim.report.document.draw import Picture

    results = deck.material.results
    shown = payload(results, pseudonyms=deck.material.hides_ids)
    picture = Picture(results.organisation, shown["organisation"])
    state = shown["plans"][deck.material.leading]["replay"]["state"][-1]
    under = (f"Under {deck.said['leading']}, person by person, in the replicate that keeps closest "
             f"to the mean; {results.organisation.name}")  # fmt: skip
    slide = deck.slide(f"Who uses it in week {results.weeks}", under)
    deck.picture(slide, _drawn(picture, state), (EDGE, 1.5, WIDE - 2 * EDGE, HIGH - 2.1))


def _drawn(picture: Any, state: Any) -> bytes:
    """Return the network as a PNG."""
    from sim.page.replay import LEADER, MANAGER, STAGES
    from sim.report.document.build import light
    from sim.report.style import new_figure, own_settings

    with own_settings():
        high = 12 * picture.frame["height"] / picture.frame["width"]
        figure = new_figure(12, high + 0.35)
        axes = figure.add_axes((0, 0.35 / (high + 0.35), 1, high / (high + 0.35)))
        axes.set_axis_off()
        axes.set_xlim(0, picture.frame["width"])
        axes.set_ylim(picture.height, picture.top)
        size = (1.85 * picture.radius) ** 2
        for code, (name, label, _) in enumerate(STAGES):
            for leader in (False, True):
                rows = np.flatnonzero(((state & 7) == code) & ((picture.kind == LEADER) == leader))
                shape = "D" if name == "lapsed" else "s" if leader else "o"
                axes.scatter(picture.x[rows], picture.y[rows], size, marker=shape,
                             color=light(f"stage-{name}"), linewidths=0.8,
                             edgecolors=light(f"edge-{name}"),
                             label=label if len(rows) and not leader else None)  # fmt: skip
        rows = np.flatnonzero(picture.kind == MANAGER)
        axes.scatter(picture.x[rows], picture.y[rows], 2.4 * size, facecolors="none",
                     edgecolors=f"#{INK}", linewidths=1)  # fmt: skip
        for one in picture.labels:
            axes.text(one["x"], one["y"], one["text"], size=11, ha="center",
                      color=f"#{MUTED}")  # fmt: skip
        figure.legend(loc="lower center", ncols=8, frameon=False, fontsize=11)
        out = io.BytesIO()
        figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()


def _leaders(deck: _Deck) -> None:
    from sim.report.document.teams import curves_of_groups

    series = curves_of_groups(deck.material)
    if series:
        colours = (f"#{INK}", deck.material.brand.accent, f"#{MUTED}")
        _lines(deck, "Managers, informal leaders and all others",
               f"Weekly users under {deck.said['leading']}, share of each group; "
               f"{deck.material.results.organisation.name}",
               [(name, values, colours[i]) for i, name, values in series])  # fmt: skip


def _risks(deck: _Deck) -> None:
    slide = deck.slide("What could go wrong, and what it rests on")
    half = WIDE / 2 - EDGE - 0.2
    risks = [f"{one['title']}. {one['said']}" for one in deck.said["risks"]]
    deck.text(slide, risks, (EDGE, 1.3, half, 5.3), 15)
    deck.text(slide, deck.said["rests"], (WIDE / 2 + 0.2, 1.3, half, 5.3), 15, colour=MUTED)
