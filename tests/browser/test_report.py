"""The report in a real browser, from disk and without a network: replayed, sealed, printed."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pypdf import PdfReader

import sim
from sim import runner
from sim.errors import InputError
from sim.numbers import share
from sim.organisation import from_arrays
from sim.parameters import MECHANISMS
from sim.report.document.beside import browser, write_pdf
from sim.report.document.build import build
from sim.report.document.report_data import ReportBudget, ReportData, gather
from sim.results.verdict import Structure

EVIL = '<img src=x onerror="window.hacked = true">'
SEEN = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
"""


@pytest.fixture(scope="module")
def material() -> ReportData:
    """What a small report with a hostile team name in it is written from."""
    organisation = from_arrays(
        24,
        [i for i in range(24) for _ in range(2)],
        [j for i in range(24) for j in ((i + 1) % 24, (i + 5) % 24)],
        team=[EVIL] * 8 + ["Legal"] * 8 + ["Sales"] * 8,
        name="Small & <b>bold</b>",
    )
    results = sim.compare(
        ["training-first", "everything"], organisation=organisation, replicates=4, threads=1
    )
    return gather(results, effort=ReportBudget(replicates=4, sets=3, seeds=1), threads=1)


@pytest.fixture(scope="module")
def report(material: ReportData, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """That report as a file."""
    file = tmp_path_factory.mktemp("report") / "report.html"
    file.write_text(build(material), "utf-8")
    return file


@pytest.fixture
def opened(chromium: Any, report: Path) -> Iterator[Callable[..., Any]]:
    """Open the report from disk, offline; everything it asks for and says is noted."""
    contexts = []

    def open_(file: Path = report, *, folded: bool = False, **settings: Any) -> Any:
        context = chromium.new_context(offline=True, **settings)
        contexts.append(context)
        page = context.new_page()
        page.asked, page.said = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.on("console", lambda message: page.said.append(message.text))
        page.add_init_script(SEEN)
        page.goto(file.as_uri())
        page.wait_for_selector("html[data-ready]", state="attached", timeout=20_000)
        if not folded:
            page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        return page

    yield open_
    for context in contexts:
        context.close()


def test_it_opens_offline_and_asks_for_nothing(opened: Callable[..., Any], report: Path) -> None:
    page = opened()
    outside = [
        url for url in page.asked
        if url != report.as_uri() and not url.startswith(("data:", "blob:", "about:"))
    ]  # fmt: skip
    assert outside == []
    assert page.said == []
    frame = page.frame(url="about:srcdoc")
    for one in (page, frame):
        assert one.evaluate("window.violations") == []


INJECTED = """
<script>window.hacked = "inline"</script>
<script src="data:text/javascript,window.hacked='data'"></script>
<script type="module">window.hacked = "module"</script>
<img src="https://example.org/x" onerror="window.hacked = 'handler'">
<a id="link" href="javascript:window.hacked='link'">x</a>
<style>body { display: none }</style>
<p id="styled" style="display: none">x</p>
"""


def test_markup_put_into_the_file_does_nothing(chromium: Any, report: Path) -> None:
    evil = report.with_name("evil.html")
    text = report.read_text("utf-8").replace("<main>", f"<main>{INJECTED}", 1)
    inner = INJECTED.replace('"', "&quot;")
    evil.write_text(
        text.replace("<div id=&quot;uptake&quot;>", f"{inner}<div id=&quot;uptake&quot;>")
    )
    page = chromium.new_context(offline=True).new_page()
    page.add_init_script(SEEN)
    page.goto(evil.as_uri())
    page.wait_for_selector("html[data-ready]", state="attached", timeout=20_000)
    for one in (page, page.frame(url="about:srcdoc")):
        one.evaluate("document.getElementById('link').click()")
        page.wait_for_timeout(100)
        assert one.evaluate("window.hacked") is None
        assert one.evaluate("getComputedStyle(document.body).display") != "none"
        assert one.evaluate("getComputedStyle(document.getElementById('styled')).display") != "none"
        stopped = " ".join(one.evaluate("window.violations"))
        for directive in ("img-src", "script-src-elem", "script-src-attr", "style-src"):
            assert directive in stopped
    page.context.close()


def test_texts_stay_texts(opened: Callable[..., Any]) -> None:
    page = opened()
    assert page.evaluate("window.hacked") is None
    assert page.locator("h1").inner_text() == "Small & <b>bold</b>"
    assert page.locator("table.teams th", has_text="onerror").count() == 1
    assert page.locator("main b, main img[src=x], main img:not([alt])").count() == 0
    frame = page.frame_locator("#replay")
    assert frame.locator("img[src=x]").count() == 0
    assert frame.get_by_text("onerror").count() > 0


def test_the_replay_plays_and_scrubs(opened: Callable[..., Any]) -> None:
    page = opened(viewport={"width": 1280, "height": 900})
    frame = page.frame_locator("#replay")
    slider = frame.locator("input[type=range]").first
    canvas = frame.locator("canvas").first

    def picture() -> Any:
        return canvas.evaluate("canvas => canvas.toDataURL()")

    slider.focus()
    page.keyboard.press("Home")
    page.wait_for_timeout(300)
    assert slider.input_value().split(".")[0] == "1"
    first = picture()
    page.keyboard.press("End")
    page.wait_for_timeout(300)
    assert slider.input_value().split(".")[0] == "52"
    assert picture() != first
    page.keyboard.press("Home")
    page.keyboard.press("Space")
    page.wait_for_timeout(1200)
    page.keyboard.press("Space")
    assert float(slider.input_value()) > 1


@pytest.mark.parametrize("width", [390, 1280])
def test_why_is_answered_for_every_team_under_every_plan(
    opened: Callable[..., Any], material: ReportData, width: int
) -> None:
    page = opened(viewport={"width": width, "height": 720})
    frame = page.frame_locator("#replay")
    why = frame.locator(".why")
    for row in material.results.shown_teams:
        name = material.results.organisation.teams[row]
        frame.get_by_role("button", name=name, exact=True).click()
        for plan, letter in enumerate("AB"):
            why.get_by_role("button", name=letter, exact=True).click()
            first = material.causes.reruns[plan, row].ranked[0].change.said
            why.locator(".rerun", has_text=f"Run again with {first}:").first.wait_for(
                timeout=10_000
            )
            said = why.inner_text()
            for words in (f"Why {name} stands at", "Ties: ", "more changes tried"):
                assert words in said
    assert page.said == []


def test_why_tells_of_the_week_that_is_shown(
    opened: Callable[..., Any], material: ReportData
) -> None:
    page = opened(viewport={"width": 1280, "height": 900})
    frame = page.frame_locator("#replay")
    frame.get_by_role("button", name="Legal", exact=True).click()
    row = material.results.organisation.teams.index("Legal")
    for k, week in enumerate((13, 26, 39, 52)):
        frame.locator("input.week").fill(str(min(52, week + 3)))
        found = material.causes.whys[material.leading, row][k]
        assert found.week == week
        words = f"{share(found.ties.users.mean)} of its attention goes to people who used it"
        frame.locator(".why .facts", has_text=words).wait_for(timeout=10_000)


def test_where_changes_were_not_simulated_again_it_is_said(
    opened: Callable[..., Any], material: ReportData, report: Path
) -> None:
    causes, legal = material.causes, material.results.organisation.teams.index("Legal")
    others = tuple(row for row in material.results.shown_teams.tolist() if row != legal)
    few = replace(causes, stalled=(), reruns={(1, row): causes.reruns[1, row] for row in others})
    file = report.with_name("few.html")
    file.write_text(build(replace(material, causes=few)), "utf-8")
    page = opened(file, viewport={"width": 1280, "height": 900})
    frame = page.frame_locator("#replay")
    frame.get_by_role("button", name="Legal", exact=True).click()
    why = frame.locator(".why")
    why.get_by_text("run again for the 2 teams with the least use under plan B:").wait_for()
    why.get_by_role("button", name="A", exact=True).click()
    why.get_by_text("no single changes are run again under plan A:").wait_for()
    assert "Ties: " in why.inner_text()
    assert "Its manager" not in why.inner_text()  # of people who are not made up: one person
    assert "Living single changes" not in why.inner_text()


def test_the_table_of_teams_names_the_drivers_that_the_replay_names(
    opened: Callable[..., Any], material: ReportData
) -> None:
    page = opened(viewport={"width": 1280, "height": 900})
    assert material.leading == len(material.results.names) - 1  # the plan that the replay tells
    frame = page.frame_locator("#replay")
    frame.locator("input.week").fill("52")
    said = page.locator("#part-teams .everywhere").inner_text()
    assert said == frame.locator(".everywhere").inner_text()
    assert said.startswith("Every team is held back most by ")
    for name in material.results.organisation.teams:
        mine = page.locator(
            "table.teams tbody tr", has=page.get_by_role("rowheader", name=name, exact=True)
        )
        row = frame.locator(
            ".team-table tbody tr", has=frame.get_by_role("button", name=name, exact=True)
        )
        assert mine.locator("td").last.inner_text() == row.locator(".chip").inner_text()


def test_it_follows_the_systems_theme(opened: Callable[..., Any]) -> None:
    papers = [
        opened(color_scheme=scheme).evaluate("getComputedStyle(document.body).backgroundColor")
        for scheme in ("light", "dark")
    ]
    assert papers == ["rgb(247, 247, 245)", "rgb(13, 17, 23)"]


@pytest.mark.parametrize("width", [390, 1280, 1440])
def test_nothing_sticks_out(opened: Callable[..., Any], width: int) -> None:
    page = opened(viewport={"width": width, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_links_lead_somewhere_and_labels_are_there(opened: Callable[..., Any]) -> None:
    page = opened()
    dead = page.evaluate(
        """() => [...document.querySelectorAll("a[href^='#']")]
              .filter((a) => !document.getElementById(a.hash.slice(1))).map((a) => a.hash)"""
    )
    assert dead == []
    twice = page.evaluate(
        """() => { const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
              return ids.filter((id, i) => ids.indexOf(id) !== i); }"""
    )
    assert twice == []


def test_the_first_two_pages_stand_alone_and_the_rest_is_folded(opened: Callable[..., Any]) -> None:
    page = opened(folded=True, viewport={"width": 1280, "height": 900})
    assert page.locator("details.part[open]").count() == 1  # the replay: it is to be played
    assert page.locator("details.part-replay[open]").count() == 1
    assert page.locator("details.part").count() == 13
    assert page.locator(".page").count() == 2
    page.get_by_role("link", name="Managers and informal leaders").click()
    page.locator("#part-leaders").wait_for(state="visible")
    assert page.locator("details.part[open]").count() == 2


def test_stills_are_of_the_weeks_that_print_shows(opened: Callable[..., Any]) -> None:
    page = opened()
    page.emulate_media(media="print")
    said = page.locator("#stills figcaption").all_inner_texts()
    assert said == [
        f"Week {week} · {letter} {plan}"
        for week in (13, 26, 39, 52)
        for letter, plan in (("A", "Training first"), ("B", "Everything"))
    ]
    drawn = page.evaluate("[...document.querySelectorAll('#stills svg')].map((i) => i.innerHTML)")
    # Late in the year a small firm may look the same for a quarter; plans and halves differ.
    for plan in (0, 1):
        assert drawn[plan] != drawn[6 + plan]
    assert drawn[0] != drawn[1]
    assert len(set(drawn)) > len(drawn) / 2


def test_accessibility(opened: Callable[..., Any]) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not here")
    page = opened(bypass_csp=True)
    found = axe.Axe().run(page, context="main", options={"resultTypes": ["violations"]})
    grave = [
        (one["id"], one["nodes"][0]["html"][:120])
        for one in found.response["violations"]
        if one["impact"] in ("serious", "critical")
        and not all("#replay" in str(node["target"]) for node in one["nodes"])
    ]
    assert grave == []


def test_the_pdf_has_the_sections_and_the_stills(
    report: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    try:
        program = browser()
    except InputError as error:
        pytest.skip(str(error))
    pdf, long = tmp_path / "report.pdf", tmp_path / ("x" * 100)
    long.mkdir()
    monkeypatch.setenv("TMPDIR", str(long))  # too long for a socket in it
    monkeypatch.setattr(tempfile, "tempdir", None)
    write_pdf(report, pdf, program=program)
    assert pdf.read_bytes().startswith(b"%PDF")
    assert sorted(tmp_path.iterdir()) == [pdf, long]
    assert list(long.iterdir()) == []
    pages = [" ".join(page.extract_text().split()) for page in PdfReader(pdf).pages]
    assert "What to do next" in pages[0]
    assert "What could go wrong" in pages[1]
    assert "APPENDIX" in pages[2].upper()
    text = " ".join(pages)
    for words in ("Answer and confidence", "Week 13", "Week 52", "Tables", "Small & <b>bold"):
        assert words in text
    assert "Week 1 ·" not in text
    for raw in ("sha256", "timeline:", "b_trust"):  # the manifest, plans and parameters
        assert raw not in text.replace("SHA-256", "")


def asked(page: Any, what: str) -> Any:
    """Ask a function of a file beside this one, such as ``shapes.small``."""
    file, _, name = what.partition(".")
    text = (Path(__file__).parent / f"{file}.js").read_text("utf-8")
    return page.evaluate(f"({text.partition(chr(10))[2].rstrip()}).{name}()")


@pytest.fixture(scope="module")
def four(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report on four plans in a firm of 26 teams."""
    results = sim.compare(
        ["licences-only", "mandate", "capability-first", "everything"], replicates=4, threads=1
    )
    rows = ("", *MECHANISMS)  # the structure takes as many rows whatever it says, and is slow
    structure = Structure(rows, np.random.default_rng(0).random((len(rows), 4, 6, 2)))
    effort = ReportBudget(replicates=2, person_weeks=0, sets=3, seeds=1)
    found = gather(replace(results, structure=structure), effort=effort, threads=1)
    file = tmp_path_factory.mktemp("four") / "four.html"
    file.write_text(build(found), "utf-8")
    return file


@pytest.mark.parametrize("plans", [2, 4])
@pytest.mark.parametrize("size", [(1280, 720), (1440, 900), (1920, 1080), (390, 844)])
def test_the_report_and_its_replay_fit_at_every_size(
    opened: Callable[..., Any], report: Path, four: Path, size: tuple[int, int], plans: int
) -> None:
    width, height = size
    page = opened({2: report, 4: four}[plans], viewport={"width": width, "height": height})
    page.wait_for_timeout(400)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert asked(page, "shapes.small") == []
    assert asked(page, "shapes.cut") == []
    assert asked(page, "shapes.sideways") == []
    frame = page.frame(url="about:srcdoc")
    frame.wait_for_selector("canvas.network", timeout=20_000)
    assert asked(frame, "layout.beside") == []
    assert asked(frame, "layout.alike") == []
    assert asked(frame, "layout.small") == []
    assert asked(frame, "layout.below") == []
    for across, down, wide, high in asked(frame, "layout.drawn"):
        assert abs(across) <= 1
        assert abs(down) <= 1
        assert min(wide, high) >= 60
    if width < 1000:  # nothing to scroll inside the frame
        rest = frame.evaluate("document.documentElement.scrollHeight - innerHeight")
        assert rest <= 1


@pytest.mark.parametrize("plans", [2, 4])
def test_the_print_is_no_wider_than_the_paper(
    opened: Callable[..., Any], report: Path, four: Path, plans: int
) -> None:
    page = opened({2: report, 4: four}[plans], viewport={"width": 695, "height": 900})
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") <= 695
    heights = page.evaluate("[...document.querySelectorAll('.page')].map((p) => p.offsetHeight)")
    assert max(heights) <= 267 / 25.4 * 96  # A4 less its margins


def test_on_paper_each_table_of_four_plans_stands_on_one_page(four: Path, tmp_path: Path) -> None:
    try:
        program = browser()
    except InputError as error:
        pytest.skip(str(error))
    write_pdf(four, tmp_path / "four.pdf", program=program)
    pages = [
        " ".join(page.extract_text().split()) for page in PdfReader(tmp_path / "four.pdf").pages
    ]
    teams = next(text for text in pages if "sorted by Everything" in text)
    assert "Team by team" in teams
    assert all(f"{name} " in teams for name in runner.load_organisation("services-firm").teams)
    assert max(text.count("less A Licences only, in the same") for text in pages) == 3


def test_without_a_browser_it_is_said() -> None:
    with pytest.raises(
        InputError, match=r"no Chromium or Chrome on the path .* open the HTML file"
    ):
        browser(["no-such-browser"])


def test_a_browser_that_fails_is_said(report: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"false failed: .* print the HTML file"):
        write_pdf(report, tmp_path / "report.pdf", program="false")
    assert list(tmp_path.iterdir()) == []
