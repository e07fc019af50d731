"""The first two pages, whose they are, what they keep to themselves, and the slides."""

from __future__ import annotations

import base64
import html
import io
import re
import struct
import warnings
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import sim
import sim.extensions
from sim.errors import InputError
from sim.numbers import points
from sim.organisation import from_arrays, informal_leaders
from sim.report.brand import Brand, contrast, load_brand
from sim.report.document.build import build
from sim.report.document.report_data import ReportBudget, ReportData, gather
from sim.report.document.summary import measures, recommendation, summary
from sim.report.slides import check_slides, write_slides

FEW = ReportBudget(replicates=6, sets=4, seeds=1)


def client(people: int = 40, managers: int = 3) -> sim.Organisation:
    """People who are taken for real: not from a template."""
    teams = ["Board"] * managers + [f"Team {1 + i % 3}" for i in range(people - managers)]
    ties = [(i, (i + step) % people) for i in range(people) for step in (1, 5, 9)]
    return from_arrays(
        [f"secret-{i}" for i in range(people)], [a for a, _ in ties], [b for _, b in ties],
        team=teams, manager=[-1 if i < managers else i % managers for i in range(people)],
        name="A client",
    )  # fmt: skip


@pytest.fixture(scope="module")
def material() -> ReportData:
    results = sim.compare(
        ["licences-only", "capability-first"], organisation=client(), replicates=6, weeks=26,
        threads=1,
    )  # fmt: skip
    return gather(results, effort=FEW, hour_cost=50.0, threads=1)


def outer(text: str) -> str:
    return re.sub(r'srcdoc="[^"]*"', "", text)


def test_it_names_the_three_changes_worth_most_with_their_cost(material: ReportData) -> None:
    found = measures(material)
    best = [one for one in material.worth if one.effect.low > 0 and one.effect.mean >= 0.01][:3]
    assert found["adds"]
    assert [row["points"] for row in found["rows"]] == [
        points(one.effect.mean, signed=True) for one in best
    ]
    for row, one in zip(found["rows"], best, strict=True):
        hours, money = (float(row[key].replace(",", "").replace("−", "-"))
                        for key in ("hours", "money"))  # fmt: skip
        assert hours == pytest.approx(one.hours, abs=0.5)
        assert money == pytest.approx(one.money + 50 * one.hours, abs=0.5)
    text = outer(build(material))
    assert text.index("What to do next") < text.index("Weekly users") < text.index("Appendix")


def test_where_nothing_helps_it_says_what_carries_the_plan(material: ReportData) -> None:
    kept = tuple(one for one in material.worth if one.change.how == "without")
    found = measures(replace(material, worth=kept))
    assert not found["adds"]
    assert all(row["value"] > 0 for row in found["rows"])
    assert not any("ccess" in row["said"] for row in found["rows"])


def test_plans_that_are_practically_the_same_are_not_ranked(material: ReportData) -> None:
    plan = material.results.scenarios[0]
    same = sim.compare([plan, plan], organisation="small-firm", replicates=6, weeks=13, threads=1)
    said = recommendation(replace(material, results=same, order=(0, 1)))
    assert "practically the same" in said
    assert "Build on" not in said


def test_who_leads_over_all_weeks_is_said_where_it_is_another(material: ReportData) -> None:
    plans = ["training-first", "trust-before-tools"]
    results = sim.compare(plans, organisation="small-firm", replicates=12, weeks=26, threads=1)
    early, late = results.names
    area = (
        results.estimate("mean_weekly_users", 0).mean
        - results.estimate("mean_weekly_users", 1).mean
    )
    assert area > 0.05
    said = recommendation(replace(material, results=results, order=(1, 0)))
    assert f"Over all 26 weeks, though, {early} has more weekly use than {late}" in said
    assert f"{points(area)} points more" in said
    said = recommendation(replace(material, results=results, order=(0, 1)))
    assert "Over all" not in said


def test_the_data_are_spoken_of_where_people_are_real(material: ReportData) -> None:
    said = summary(material)["data_line"]
    assert said.startswith("The data: 40 people and 120 ties")
    text = html.unescape(outer(build(material)))
    assert f'<p class="data-line" title="{said}">' in text
    assert re.search(r"@top-left\{content:\"The data", text)
    assert "No real" not in text
    made_up = sim.compare(["mandate"], organisation="small-firm", replicates=2, weeks=8)
    assert (
        "data-line"
        not in outer(build(gather(made_up, effort=FEW, threads=1))).split("</style>")[-1]
    )


def test_of_real_people_nothing_is_told_of_one(material: ReportData) -> None:
    page = build(material)
    assert "secret-" not in page
    assert "Their manager" not in page
    said = outer(page)
    assert "No figure is given of managers (3)" in said
    assert "<strong>The manager</strong>" not in said
    few = len(informal_leaders(material.results.organisation)) < 5
    assert few
    assert "Who listens to an informal leader" not in said


def test_the_same_material_and_brand_give_the_same_text(material: ReportData) -> None:
    brand = Brand(client="Ours", date="2026-01-02", author="By <b>us</b>")
    one, two = (build(replace(material, brand=brand)) for _ in range(2))
    assert one == two
    assert "By &lt;b&gt;us&lt;/b&gt; · 2026-01-02" in one
    assert ">Ours</h1>" in one


def picture(size: tuple[int, int] = (40, 20), kind: str = "PNG") -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", size, "#8a1538").save(out, kind)
    return out.getvalue()


def test_the_replay_has_the_colours_of_the_brand(material: ReportData) -> None:
    brand = Brand(accent="#7a1f5c", dark_accent="#e6b3d3")
    text = build(replace(material, brand=brand))
    page = html.unescape(re.findall(r'srcdoc="([^"]*)"', text)[0])
    assert ":root{--accent:#7a1f5c}" in page
    assert ':root[data-theme="dark"]{--accent:#e6b3d3}' in page


def test_a_brand_is_read(tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(picture() + b"<script>more</script>")
    file = tmp_path / "brand.yaml"
    file.write_text(
        'client: Ours\nlogo: logo.png\ndate: 2026-01-02\ncolours: {accent: "#8A1538"}\n'
    )
    brand = load_brand(file)
    assert (brand.client, brand.date, brand.accent) == ("Ours", "2026-01-02", "#8a1538")
    assert contrast(brand.dark_accent, "#151c24") >= 4.5
    assert brand.logo is not None
    assert b"script" not in brand.logo.content  # drawn anew


SVG = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'>{}</svg>"


@pytest.mark.parametrize(
    ("said", "logo", "expected"),
    [
        ("clients: Ours", b"", r"brand.yaml:1:1 clients: is not a key here — did you mean client"),
        ("client: [a]", b"", r"client: is \['a'\] — "),
        ('colours: {accent: "#bbbbbb"}', b"", r"accent: has a contrast of 1.9 to 1 on white"),
        ("colours: {accent: red}", b"", r"accent: is 'red' — six digits in quotes"),
        ("logo: ../logo", b"", r"logo: '../logo' lies outside the folder"),
        ("logo: /etc/passwd", b"", r"logo: '/etc/passwd' lies outside the folder"),
        ("logo: none.png", b"", r"none.png: does not exist"),
        ("logo: logo", b"not a picture", r"logo: is no PNG, JPEG or SVG"),
        ("logo: logo", b"x" * 2_000_000, r"logo: is too large for a logo"),
        ("logo: logo", SVG.format("<script>1</script>").encode(), r"logo:1: holds '<script'"),
        ("logo: logo", SVG.format("<a onclick='x'/>").encode(), r"logo:1: holds"),
        ("logo: logo", SVG.format("<image href='http://x/y'/>").encode(), r"logo:1: holds"),
        ("logo: logo", b"<!DOCTYPE svg [<!ENTITY a 'b'>]><svg/>", r"logo:1: holds '<!DOCTYPE'"),
        ("client: " + "x" * 90, b"", r"client: "),
    ],
)
def test_what_is_wrong_with_a_brand_is_said(
    tmp_path: Path, said: str, logo: bytes, expected: str
) -> None:
    (tmp_path / "logo").write_bytes(logo)
    file = tmp_path / "brand.yaml"
    file.write_text(f"{said}\n")
    with pytest.raises(InputError, match=expected):
        load_brand(file)


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    data = picture((6000, 5000))
    at = data.index(b"IHDR")
    head = b"IHDR" + struct.pack(">2I", 15_000, 10_000) + data[at + 12 : at + 17]
    head += struct.pack(">I", zlib.crc32(head))
    (tmp_path / "logo").write_bytes(data[:at] + head + data[at + 21 :])  # Pillow warns of so many
    (tmp_path / "brand.yaml").write_text("logo: logo\n")
    with (
        warnings.catch_warnings(action="error"),
        pytest.raises(InputError, match="15,000 × 10,000 pixels"),
    ):
        load_brand(tmp_path / "brand.yaml")


def test_slides_hold_charts_that_can_be_changed(material: ReportData, tmp_path: Path) -> None:
    pptx = pytest.importorskip("pptx", reason="pip install -e .[slides]")
    brand = replace(material.brand, client="=cmd()")
    first, second = material.results.scenarios
    plans = (first.model_copy(update={"name": "=1+1"}), second)
    named = replace(material.results, scenarios=plans)
    write_slides(replace(material, results=named, brand=brand), tmp_path / "a.pptx")
    slides = list(pptx.Presentation(str(tmp_path / "a.pptx")).slides)
    charts = [shape.chart for slide in slides for shape in slide.shapes if shape.has_chart]
    curves = charts[0]
    names = [one.name for one in curves.plots[0].series]
    assert names == ["'=1+1", "Capability first"]
    shown = np.array([one.values for one in curves.plots[0].series])
    expected = material.results["weekly_users"].reshape(2, -1, 26).mean(axis=1)
    np.testing.assert_allclose(shown, expected, atol=1e-4)
    for slide in slides:
        words = " ".join(shape.text_frame.text for shape in slide.shapes if shape.has_text_frame)
        assert "A client · Uptake " in words
        assert "6 replicates of 26 weeks, seed 0" in words
        assert "not a forecast" in words
    axes = (curves.category_axis, curves.value_axis)
    titles = [axis.axis_title.text_frame.text for axis in axes]
    assert titles == ["week", "share of people"]


def test_without_python_pptx_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sim.extensions, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"^--slides: needs pptx, .* -m pip install"):
        check_slides()


def test_the_logo_stands_in_the_report_as_pixels_alone(
    material: ReportData, tmp_path: Path
) -> None:
    (tmp_path / "logo.png").write_bytes(picture())
    (tmp_path / "brand.yaml").write_text("logo: logo.png\n")
    brand = load_brand(tmp_path / "brand.yaml")
    text = outer(build(replace(material, brand=brand)))
    (address,) = re.findall(r'<img class="logo" src="data:image/png;base64,([^"]+)"', text)
    assert base64.b64decode(address).startswith(b"\x89PNG")
