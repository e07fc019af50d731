"""Slides as a client sees them: nothing lies on anything else, and no text leaves its box."""

from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from sim.report.brand import Brand, Logo
from sim.report.document.report_data import ReportBudget, ReportData, gather
from sim.report.slides import LEAST, fitted, write_slides, written
from sim.runner import compare

pptx = pytest.importorskip("pptx", reason="pip install -e .[slides]")

INCH = 914400
LONG = "Everybody gets a licence, a course and a conversation, one after the other, over a year"


@pytest.fixture(scope="module")
def material() -> ReportData:
    """What slides on four plans are written from, with names that are long."""
    names = ("licences-only", "mandate", "capability-first", "everything")
    results = compare(names, replicates=3, weeks=26, record_teams=True)
    plans = [
        plan.model_copy(update={"name": f"{LONG} {i}"}) for i, plan in enumerate(results.scenarios)
    ]
    few = ReportBudget(replicates=3, person_weeks=0, sets=3, seeds=1)
    return gather(replace(results, scenarios=tuple(plans)), effort=few, threads=1)


def boxes(slide: Any) -> list[tuple[str, float, float, float, float]]:
    """Return name, left, top, right and bottom of what is on a slide, in inches."""
    return [
        (one.name, one.left / INCH, one.top / INCH, (one.left + one.width) / INCH,
         (one.top + one.height) / INCH)
        for one in slide.shapes
    ]  # fmt: skip


def wrong(file: Path) -> list[str]:
    """Return what lies on something else, leaves its slide, or is more than its box holds."""
    shown, found = pptx.Presentation(str(file)), []
    for number, slide in enumerate(shown.slides, 1):
        for (one, *a), (other, *b) in combinations(boxes(slide), 2):
            across, down = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
            if across > 0.01 and down > 0.01:
                found.append(f"slide {number}: {one} and {other}")
        for one, left, top, right, bottom in boxes(slide):
            if min(left, top) < 0 or right > 13.34 or bottom > 7.51:
                found.append(f"slide {number}: {one} leaves it")
        for shape in slide.shapes:
            if not shape.has_text_frame or not shape.text_frame.text:
                continue
            runs = [run for one in shape.text_frame.paragraphs for run in one.runs]
            size, bold = runs[0].font.size.pt, bool(runs[0].font.bold)
            lines = [one.text for one in shape.text_frame.paragraphs]
            high = written(lines, shape.width / INCH, size, bold=bold)
            if high > shape.height / INCH + 0.01 or size < LEAST:
                found.append(f"slide {number}: {lines[0][:30]} takes {high:.2f} inches")
    return found


def logo() -> Logo:
    from io import BytesIO

    from PIL import Image

    out = BytesIO()
    Image.new("RGB", (900, 90), "#114477").save(out, "PNG")
    return Logo("png", out.getvalue())


@pytest.mark.slow
def test_nothing_overlaps_and_all_text_fits(material: ReportData, tmp_path: Path) -> None:
    brand = Brand(client=LONG, author=LONG, date="28 November 2026", title=LONG, logo=logo())
    write_slides(replace(material, brand=brand), tmp_path / "long.pptx")
    assert wrong(tmp_path / "long.pptx") == []
    slides = pptx.Presentation(str(tmp_path / "long.pptx")).slides
    assert any(shape.shape_type == 13 for shape in slides[0].shapes), "the logo is there"


@pytest.mark.slow
def test_text_that_fits_keeps_its_size_and_what_never_fits_ends_in_an_ellipsis() -> None:
    assert fitted(["A finding"], 8, 1, 20) == (20, ["A finding"])
    smaller, lines = fitted(["word " * 40], 4, 1.5, 20)
    assert (LEAST < smaller < 20, len(lines)) == (True, 1)
    size, lines = fitted(["word " * 400, "never seen"], 4, 1, 20)
    assert size == LEAST
    assert len(lines) == 1
    assert lines[0].endswith("word…")
    assert written(lines, 4, size) <= 1
    one = "x" * 300  # a word that is longer than a row
    assert written([one], 4, 20) > 3 * 20 * 1.2 / 72
