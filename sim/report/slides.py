"""Slides of a report's key charts, which office programs can change (``python-pptx``)."""

from __future__ import annotations

import importlib.util
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import InputError, Problem
from sim.files import write_whole
from sim.numbers import share
from sim.shown import defused

if TYPE_CHECKING:
    from sim.report.document.report_data import ReportData

__all__ = ["check_slides", "write_slides"]

WIDE, HIGH, EDGE = 13.333, 7.5, 0.6
"""Inches of a slide, and of its margin."""

INK, MUTED = "17202a", "56616d"


def check_slides() -> None:
    """Refuse slides where what makes them is not installed, before anything is run.

    Raises
    ------
    InputError
    """
    if importlib.util.find_spec("pptx") is None:
        right = "pip install 'uptake-sim[slides]', or leave --slides out"
        raise InputError([Problem("--slides", "", "python-pptx is not installed", right)])


def write_slides(material: ReportData, path: Path) -> None:
    """Write slides: the finding, the curves, what to do next, the network, leaders, risks.

    Charts are charts of the office program, with their data; only the network is a picture. Each
    slide names the outcome, the organisation and what the numbers rest on.

    Raises
    ------
    InputError
        Where ``python-pptx`` is not installed.
    """
    check_slides()
    deck = _Deck(material)
    for draw in (_finding, _curves, _next, _network, _leaders, _risks):
        draw(deck)
    out = io.BytesIO()
    deck.file.save(out)
    write_whole(path, out.getvalue())


class _Deck:
    """The file, and what each slide has in common."""

    def __init__(self, material: ReportData) -> None:
        from pptx import Presentation
        from pptx.util import Inches

        from sim.report.document.sections.summary import summary
        from sim.results.manifest import uptake_version

        self.material, self.said = material, summary(material)
        self.file: Any = Presentation()
        self.file.slide_width, self.file.slide_height = Inches(WIDE), Inches(HIGH)
        self.file.core_properties.title = material.results.organisation.name
        self.file.core_properties.author = material.brand.author
        results = material.results
        self.source = (
            f"{results.organisation.name} · {results.n_runs:,} replicates, seed {results.seed}, "
            f"Uptake {uptake_version()} · A rehearsal in a model, not a forecast"
        )

    def slide(self, title: str, under: str = "") -> Any:
        """Add a slide with its title, what it shows, and its source line."""
        slide = self.file.slides.add_slide(self.file.slide_layouts[6])
        self.text(slide, [title], (EDGE, 0.35, WIDE - 2 * EDGE, 0.7), 28, bold=True,
                  colour=self.material.brand.accent.lstrip("#"))  # fmt: skip
        if under:
            self.text(slide, [under], (EDGE, 1.0, WIDE - 2 * EDGE, 0.45), 15, colour=MUTED)
        self.text(slide, [self.source], (EDGE, HIGH - 0.5, WIDE - 2 * EDGE, 0.35), 11, colour=MUTED)
        return slide

    def text(
        self, slide: Any, lines: Sequence[str], place: tuple[float, float, float, float],
        size: float, *, bold: bool = False, colour: str = INK,
    ) -> None:  # fmt: skip
        """Write paragraphs into a box of inches from the left and the top, wide and high."""
        from pptx.dml.color import RGBColor
        from pptx.util import Inches, Pt

        frame = slide.shapes.add_textbox(*map(Inches, place)).text_frame
        frame.word_wrap = True
        for i, line in enumerate(lines):
            paragraph = frame.paragraphs[0] if i == 0 else frame.add_paragraph()
            run = paragraph.add_run()
            run.text = line
            run.font.size, run.font.bold = Pt(size), bold
            run.font.color.rgb = RGBColor.from_string(colour)
            paragraph.space_after = Pt(size / 2.5)

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
    from pptx.util import Inches

    brand, said = deck.material.brand, deck.said
    slide = deck.slide(
        brand.client or deck.material.results.organisation.name,
        " · ".join(filter(None, (brand.title or "Rollout rehearsal", brand.author, brand.date))),
    )
    sentence = "".join(part["text"] for part in said["sentence"])
    deck.text(slide, [sentence], (EDGE, 1.8, WIDE - 2 * EDGE, 2.2), 26)
    deck.text(slide, [said["recommendation"]], (EDGE, 4.3, WIDE - 2 * EDGE, 1.2), 22, bold=True)
    if said["data_line"]:
        deck.text(slide, [said["data_line"]], (EDGE, 5.8, WIDE - 2 * EDGE, 0.9), 13, colour=MUTED)
    if brand.logo is not None and brand.logo.kind == "png":
        picture = slide.shapes.add_picture(io.BytesIO(brand.logo.content), 0, Inches(0.35),
                                           height=Inches(0.8))  # fmt: skip
        picture.left = Inches(WIDE - EDGE) - picture.width


def _lines(deck: _Deck, title: str, under: str, series: Sequence[tuple[str, Any, str]]) -> None:
    """Draw curves over weeks: name, shares, colour."""
    from pptx.chart.data import CategoryChartData
    from pptx.dml.color import RGBColor
    from pptx.enum.chart import XL_CHART_TYPE
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
    for i, (one, (_, values, colour)) in enumerate(zip(chart.plots[0].series, series, strict=True)):
        one.smooth = False
        one.format.line.width = Pt(3)
        one.format.line.color.rgb = RGBColor.from_string(colour.lstrip("#"))
        one.format.line.dash_style = dashes[i % len(dashes)]
        label = one.points[weeks - 1].data_label
        label.has_text_frame = True
        label.text_frame.text = share(float(values[-1]))


def _curves(deck: _Deck) -> None:
    from sim.report.curves import curves_of
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
                       ("", "points of weekly use"), "0")  # fmt: skip
    chart.plots[0].has_data_labels = True


def _network(deck: _Deck) -> None:
    from pptx.util import Inches

    from sim.page.payload import payload
    from sim.report.document.network import Picture

    results = deck.material.results
    shown = payload(results, pseudonyms=deck.material.hides_ids)
    picture = Picture(results.organisation, shown["organisation"])
    state = shown["plans"][deck.material.leading]["replay"]["state"][-1]
    under = (f"Under {deck.said['leading']}, person by person, in the replicate that keeps closest "
             f"to the mean; {results.organisation.name}")  # fmt: skip
    slide = deck.slide(f"Who uses it in week {results.weeks}", under)
    drawn = _drawn(picture, state)
    wide, high = WIDE - 2 * EDGE, HIGH - 2.1
    image = slide.shapes.add_picture(io.BytesIO(drawn), Inches(EDGE), Inches(1.5), Inches(wide))
    if image.height > Inches(high):
        image.width, image.height = int(image.width * Inches(high) / image.height), Inches(high)
        image.left = int(Inches(WIDE / 2) - image.width / 2)


def _drawn(picture: Any, state: Any) -> bytes:
    """Return the network as a PNG."""
    from sim.page.people import LEADER, MANAGER
    from sim.page.replay import STAGES
    from sim.report.document.colours import light
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
            axes.text(one["x"], one["y"], one["text"].replace("$", r"\$"), size=11, ha="center",
                      color=f"#{MUTED}")  # fmt: skip
        figure.legend(loc="lower center", ncols=8, frameon=False, fontsize=11)
        out = io.BytesIO()
        figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()


def _leaders(deck: _Deck) -> None:
    from sim.report.document.sections.leaders import curves_of_groups

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
