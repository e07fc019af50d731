"""The live page, clicked for real."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from sim.interventions.timeline import CATALOGUE
from sim.numbers import share
from sim.sources import organisation_file
from sim.web.server_state import questions

Opened = Callable[..., Page]
Serving = Callable[..., tuple[str, Callable[[], None]]]
Until = Callable[..., None]

WEEK = "window.uptake.page.store.state.week"
BAR = '.one-bar[data-plan="1"][data-bar="0"]'
PEOPLE = "id,team,manager_id,role\n" + "".join(
    f"p{i},{'Legal' if i < 8 else '<img src=x onerror=alert(1)>'},{'' if i in (1, 8) else 'p1'},r\n"
    for i in range(1, 17)
)
TIES = "source,target\n" + "".join(f"p{i},p{i % 16 + 1}\n" for i in range(1, 17))


def test_the_answer_stands_at_first_sight(page: Page, complaints: list[str]) -> None:
    expect(page.locator(".sentence")).to_contain_text("Trust before tools")
    expect(page.locator(".sentence")).to_contain_text(re.compile(r"\d+% \(\d+–\d+%\)|\d+%"))
    expect(page.locator(".bands")).to_contain_text("chance in the model")
    for selector in (
        ".sentence",
        ".networks canvas >> nth=1",
        ".deck input.week",
        ".team-table tr",
    ):
        box = page.locator(selector).first.bounding_box()
        assert box is not None
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 720, f"{selector} lies below the fold"
    assert not complaints


def test_a_head_says_the_figure_of_curve_and_table_in_their_word(page: Page) -> None:
    mean = """(name, plan) => { const { model, store } = window.uptake.page;
      const row = model.payload.outcomes.findIndex((one) => one.name === name);
      return model.plans[plan].curves.mean.at2(row, store.state.week - 1); }"""
    for plan in (0, 1):
        found = page.evaluate(f"({mean})('weekly_users', {plan})")
        lapsed = page.evaluate(f"({mean})('lapsed', {plan})")
        head = page.locator(".network-head .numbers").nth(plan)
        expect(head).to_have_text(f"{share(found)} weekly users · {share(lapsed)} lapsed")
    page.get_by_label("What is shown").select_option("trust")
    expect(page.locator(".network-head .numbers").first).to_have_text(
        f"Trust {page.evaluate(f'({mean})(`trust`, 0)'):.2f}"
    )
    page.evaluate("window.uptake.page.store.set({ secret: true })")
    expect(page.locator(".network-head .numbers").first).to_have_text("")


def test_playing_moves_the_weeks_and_scrubbing_goes_back(page: Page, until: Until) -> None:
    page.evaluate("window.uptake.page.clock.seek(1)")
    page.keyboard.press("Space")
    until(page, f"{WEEK} > 4")
    page.keyboard.press("Space")
    here = page.evaluate(WEEK)
    page.wait_for_timeout(300)
    assert page.evaluate(WEEK) == here
    page.keyboard.press("ArrowRight")
    assert page.evaluate(WEEK) == here + 1
    page.keyboard.press("Shift+ArrowLeft")
    assert page.evaluate(WEEK) == here - 3
    page.keyboard.press("Home")
    assert page.evaluate(WEEK) == 1
    page.keyboard.press("End")
    expect(page.locator(".week-name")).to_have_text("Week 52")
    page.locator("input.week").fill("20")
    assert page.evaluate(WEEK) == 20
    before = page.locator(".team-table .values").all_inner_texts()
    page.locator("input.week").fill("52")
    assert page.locator(".team-table .values").all_inner_texts() != before


def test_a_bar_moves_by_keyboard_and_the_future_changes(page: Page, until: Until) -> None:
    first = page.evaluate("Array.from(window.uptake.page.model.plans[1].curves.mean)")
    page.locator(BAR).focus()
    page.evaluate("window.bar = document.activeElement")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("ArrowRight")
    until(page, "window.uptake.page.model.plans[1].bars[0].start === 6")
    assert page.evaluate("Array.from(window.uptake.page.model.plans[1].curves.mean)") != first
    assert page.evaluate("document.activeElement === window.bar"), "it stayed, with the focus"
    expect(page.locator(BAR)).to_have_attribute("aria-valuenow", "6")
    page.keyboard.press("+")
    until(page, "window.uptake.page.model.plans[1].bars[0].lasts === 4")
    page.keyboard.press("Control+z")
    until(page, "window.uptake.page.model.plans[1].bars[0].lasts === 3")
    for _ in "ab":
        page.keyboard.press("Control+z")
    until(page, "window.uptake.page.model.plans[1].bars[0].start === 1")
    assert page.evaluate("Array.from(window.uptake.page.model.plans[1].curves.mean)") == first
    page.keyboard.press("Control+z")
    expect(page.locator(".toast")).to_have_text("Nothing is left to undo.")


def test_of_a_changed_plan_people_are_asked_for_when_they_are_looked_at(
    page: Page, until: Until
) -> None:
    told = "Object.keys(window.uptake.page.model.plans[1].replay).length"
    page.locator(BAR).focus()
    page.keyboard.press("ArrowRight")
    until(page, "window.uptake.page.model.plans[1].bars[0].start === 2")
    assert page.evaluate(told) == 1, "stages alone"
    x, y = page.evaluate("window.uptake.page.panels[1].network.at(30)")
    box = page.locator("canvas.network").nth(1).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + x, box["y"] + y)
    expect(page.locator(".hover")).to_contain_text("Own threshold")
    page.mouse.move(0, 0)
    page.locator(BAR).focus()
    page.keyboard.press("ArrowRight")
    until(page, "window.uptake.page.model.plans[1].bars[0].start === 3")
    assert page.evaluate(told) == 1
    page.get_by_label("What is shown").select_option("trust")
    until(page, f"{told} > 1")
    page.locator(BAR).focus()
    page.keyboard.press("ArrowRight")
    until(page, "window.uptake.page.model.plans[1].bars[0].start === 4")
    assert page.evaluate(told) > 1, "what is on view comes at once"


def test_the_plan_before_a_change_stays_as_a_ghost(page: Page, until: Until) -> None:
    """In the curve and as dots; it goes when the plan is again what it was."""
    ghost, mean = page.locator(".curve.plan-1 .ghost"), page.locator(".curve.plan-1 .mean")
    before = mean.get_attribute("d")
    expect(ghost).to_have_count(0)
    page.locator(BAR).focus()
    page.keyboard.press("Shift+ArrowRight")
    until(page, "window.uptake.page.model.plans[1].bars[0].start === 5")
    expect(ghost).to_have_attribute("d", str(before))
    assert mean.get_attribute("d") != before
    expect(page.locator(".next")).to_have_attribute("aria-busy", "false", timeout=60_000)
    page.wait_for_timeout(1000)  # the networks take the height that is left
    with_dots, without, again = page.evaluate("""async () => {
      const { model, store } = window.uptake.page, { ghost } = model.plans[1];
      const drawn = (shown) => new Promise((done) => {
        model.plans[1].ghost = shown;
        store.set({ follow: store.state.follow === null ? undefined : null }); // draw anew
        setTimeout(() => done(document.querySelectorAll(".networks canvas")[1].toDataURL()), 500);
      });
      return [await drawn(ghost), await drawn(null), await drawn(ghost)];
    }""")
    assert with_dots == again != without
    page.locator(BAR).focus()
    page.keyboard.press("Shift+ArrowLeft")
    until(page, "window.uptake.page.model.plans[1].bars[0].start === 1")
    expect(ghost).to_have_count(0)
    expect(mean).to_have_attribute("d", str(before))


def test_a_bar_is_dragged_and_the_axis_stands_still(page: Page, until: Until) -> None:
    axis = page.locator(".axes").inner_html()
    page.locator(f"{BAR} .bar").scroll_into_view_if_needed()
    box = page.locator(f"{BAR} .bar").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 4, box["y"] + 3)
    page.mouse.down()
    for step in range(1, 9):
        page.mouse.move(box["x"] + 4 + 12 * step, box["y"] + 3)
        page.wait_for_timeout(40)
        assert page.locator(".axes").inner_html() == axis
    page.mouse.up()
    until(page, "window.uptake.page.model.plans[1].bars[0].start > 5")
    until(page, "location.hash.includes('edits=')")
    page.keyboard.press("Home")
    until(page, "window.uptake.page.model.plans[1].bars[0].start === 1")
    page.locator(BAR).dispatch_event("pointercancel")  # of a touch that came to nothing
    page.wait_for_timeout(300)
    assert page.evaluate("window.uptake.page.model.plans[1].bars[0].start") == 1, "it was let go"


def test_a_bar_is_stretched_by_its_end(page: Page, until: Until) -> None:
    start, lasts = page.evaluate(
        "(({ start, lasts }) => [start, lasts])(window.uptake.page.model.plans[1].bars[0])"
    )
    for _ in range(2):  # the second time by an end that has moved
        page.locator(f"{BAR} .grip").scroll_into_view_if_needed()
        box = page.locator(f"{BAR} .grip").bounding_box()
        week = page.evaluate("(({ x }) => x(2) - x(1))(window.uptake.page.deck.scales)")
        assert box is not None
        page.mouse.move(box["x"] + 3, box["y"] + 3)
        page.mouse.down()
        page.mouse.move(box["x"] + 3 + 2 * week, box["y"] + 3)
        page.mouse.up()
        lasts += 2
        until(page, f"window.uptake.page.model.plans[1].bars[0].lasts === {lasts}")
    assert page.evaluate("window.uptake.page.model.plans[1].bars[0].start") == start


def test_what_is_shown_while_a_bar_is_dragged_is_marked_and_replaced_at_rest(
    page: Page, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.web.session.FEWEST_REPLICATES", 2)
    monkeypatch.setattr("sim.web.session.DRAGGED_SECONDS", 0)
    page.evaluate("""() => {
      const { page } = window.uptake, { update } = page;
      const marked = ".sentence, .bands, .end.plan-1 .end-figure, tr:first-child .values";
      window.answers = [];
      page.update = (...answer) => {
        update(...answer);
        const said = [...document.querySelectorAll(marked)];
        const tildes = said.map((one) => one.textContent.includes("~"));
        window.answers.push({ replicates: answer[3].replicates, tildes });
      };
    }""")
    page.locator(f"{BAR} .bar").scroll_into_view_if_needed()
    box = page.locator(f"{BAR} .bar").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 4, box["y"] + 3)
    page.mouse.down()
    page.mouse.move(box["x"] + 80, box["y"] + 3)
    until(page, "window.answers.length === 2")  # the second because it rests, though still held
    page.mouse.move(box["x"] + 120, box["y"] + 3)
    page.mouse.up()
    until(page, "window.answers.length >= 3 && window.answers.at(-1).replicates === 6")
    rough, rested = page.evaluate("window.answers.slice(0, 2)")
    assert rough == {"replicates": 2, "tildes": [True] * 4}
    assert rested == {"replicates": 6, "tildes": [False] * 4}
    expect(page.locator(".bands")).to_contain_text("6 replicates")


def test_settings_and_changes_live_in_the_address(
    page: Page, context: BrowserContext, address: str, opened: Opened, until: Until
) -> None:
    page.locator(BAR).focus()
    page.keyboard.press("Shift+ArrowRight")
    until(page, "window.uptake.page.model.plans[1].bars[0].start === 5")
    page.locator("input.week").fill("33")
    page.get_by_role("button", name="Legal").click()
    until(page, "location.hash.includes('Legal') && location.hash.includes('edits=')")
    other = opened(context, page.url)
    assert other.evaluate(WEEK) == 33
    assert other.evaluate("window.uptake.page.model.plans[1].bars[0].start") == 5
    expect(other.locator("tr.chosen")).to_contain_text("Legal")
    same = "Array.from(window.uptake.page.model.plans[1].curves.mean)"
    assert other.evaluate(same) == page.evaluate(same)


def test_why_names_causes_and_lives_changes_again(page: Page) -> None:
    page.get_by_role("button", name="Legal").click()
    why = page.locator(".why")
    expect(why).to_contain_text("Why Legal stands at")
    expect(why.locator(".causes li")).to_have_count(3)
    expect(why.locator(".rerun").first).to_contain_text("Run again with", timeout=90_000)
    expect(why).to_contain_text("Its manager")
    expect(why).to_contain_text("attention goes to people who used it")
    expect(why).to_contain_text("single changes")


def test_focus_by_degrees_and_the_card_of_a_person(page: Page) -> None:
    x, y = page.evaluate("window.uptake.page.panels[0].network.at(30)")
    box = page.locator("canvas.network").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + x, box["y"] + y)
    card = page.locator(".hover")
    expect(card).to_contain_text("Listens to")
    expect(card).to_contain_text("Own threshold")
    expect(card).to_contain_text("never a forecast of anybody")
    page.mouse.click(box["x"] + x, box["y"] + y)
    expect(page.locator(".why")).to_contain_text("Why Customer Service South stands at")
    page.get_by_role("button", name=re.compile(r"Why p\d+\?")).click()
    expect(page.locator(".why h2")).to_contain_text(re.compile(r"Why p\d+ · "))
    page.keyboard.press("1")
    assert page.evaluate("window.uptake.page.store.state.degrees") == 1
    page.keyboard.press("Escape")
    expect(page.locator(".why")).to_be_hidden()


def test_a_bet_is_placed_and_revealed(page: Page) -> None:
    page.get_by_role("button", name="Place your bet").click()
    page.get_by_label("Percent in week 52").fill("60")
    page.evaluate("window.uptake.page.store.set({speed: 'fast'})")
    page.get_by_role("button", name="Reveal").click()
    expect(page.locator(".bet-result")).to_contain_text("you said 60%", timeout=30_000)
    expect(page.locator(".bet-result")).to_contain_text("the model says")


def test_the_walk_leads_to_the_presets(
    context: BrowserContext, address: str, opened: Opened
) -> None:
    page = opened(context, f"{address}#stage=walk")
    strip, speed = page.locator(".strip"), "window.uptake.page.store.set({ speed: 'fast' })"
    page.evaluate(speed)
    expect(strip).to_contain_text("1 of 7")
    expect(page.locator(".sentence")).to_have_text("Watch what happens.")
    expect(strip).to_contain_text("A licence makes use possible", timeout=60_000)
    expect(page.locator(".sentence")).to_contain_text("Licences only")
    for words in (
        "The training trap",
        "A mandate",
        "Your bet",
        "Trust or training",
        "help here most",
    ):
        page.get_by_role("button", name="Next").click()
        expect(strip).to_contain_text(words)
    expect(page.locator(".next .small-button").first).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Next").click()
    expect(strip).to_contain_text("Your firm")
    page.get_by_role("button", name="To the plans").click()
    expect(page.locator(".strip")).to_contain_text("Organisation")


def test_nothing_gives_a_bet_away_before_it_is_revealed(
    context: BrowserContext, address: str, opened: Opened, until: Until
) -> None:
    page = opened(context, f"{address}#stage=walk")
    page.evaluate("""() => {
      const root = document.getElementById("uptake"), seen = (window.seen = new Set());
      new MutationObserver(() => {
        if (window.uptake.page.store.state.secret) seen.add(root.innerText);
      }).observe(root, { subtree: true, childList: true, characterData: true });
    }""")
    for _ in range(3):
        page.get_by_role("button", name="Next").click()
    expect(page.locator(".bet")).to_contain_text("Bet on")
    page.keyboard.press("End")
    assert page.evaluate(WEEK) == 1, "nobody looks ahead"
    for text in [*page.evaluate("[...window.seen]"), page.locator("#uptake").inner_text()]:
        figures = re.findall(r"\d+%", re.sub(r"\b(0|50|100)%|the 5%", "", text))
        assert not figures, f"a figure before the bet: {text}"
    assert page.locator(".lines").evaluate("(one) => getComputedStyle(one).display") == "none"
    for who, percent in (("Ada", "20"), ("Ben", "90")):
        page.get_by_label("Whose bet").fill(who)
        page.get_by_label("Percent in week 52").fill(percent)
        if who == "Ada":
            page.get_by_role("button", name="Another bet").click()
    assert page.locator(".bet-line").count() == 1, "of the one who draws"
    page.evaluate("window.uptake.page.store.set({speed: 'fast'})")
    page.get_by_role("button", name="Reveal").click()
    expect(page.locator(".bet-result")).to_contain_text(
        "Nearest: Ben (90%), Ada (20%)", timeout=60_000
    )
    expect(page.locator(".sentence")).to_contain_text("Trust before tools")


def test_the_sandbox_has_every_intervention_with_its_levers(
    context: BrowserContext, address: str, opened: Opened, until: Until
) -> None:
    page = opened(context, f"{address}#stage=sandbox")
    options = page.get_by_label("Intervention to add").locator("option")
    assert options.count() == len(CATALOGUE)
    page.get_by_label("Intervention to add").select_option("mandate")
    page.get_by_role("button", name="Add at this week").click()
    until(page, "window.uptake.page.model.plans[1].bars.at(-1).kind === 'mandate'")
    expect(page.locator(".side")).to_contain_text("Use of the tool is required")
    page.get_by_label("audience").select_option(label="managers")
    until(page, "window.uptake.page.model.plans[1].bars.at(-1).audience === 'managers'")
    page.get_by_role("button", name="Take it off").click()
    until(page, "window.uptake.page.model.plans[1].bars.length === 6")


def test_questions_of_the_client_stand_for_parameters(
    context: BrowserContext, address: str, opened: Opened, until: Until
) -> None:
    page = opened(context, f"{address}#stage=sandbox")
    page.get_by_text("About your people").click()
    asked = page.locator(".question")
    expect(asked).to_have_count(len(questions()))
    for i, one in enumerate(questions()):
        expect(asked.nth(i)).to_contain_text(one["words"])
        expect(asked.nth(i)).to_contain_text(one["high"])
    curves = "Array.from(window.uptake.page.model.plans[0].curves.mean).join()"
    before = page.evaluate(curves)
    slider = page.get_by_label(questions()[0]["words"])
    slider.fill(str(slider.get_attribute("max")))
    slider.dispatch_event("change")
    page.wait_for_function(f"(before) => {curves} !== before", arg=before)


def test_changes_in_line_two_are_priced(
    context: BrowserContext, serving: Serving, opened: Opened
) -> None:
    url, end = serving(names=("licences-only",), organisation="small-firm", hour_cost=40.0)
    try:
        page = opened(context, f"{url}#stage=presets")
        first = page.locator(".next .one-change").first
        expect(first).to_contain_text(re.compile(r"points.*\d h, €[\d,]+"), timeout=60_000)
        hours, euros = re.search(r"([\d,.]+) h, €([\d,]+)", first.inner_text()).groups()  # type: ignore[union-attr]
        paid = float(euros.replace(",", "")) / float(hours.replace(",", ""))
        assert paid == pytest.approx(40, rel=0.05)
    finally:
        end()


def test_a_good_upload_is_shown_as_text_and_never_as_markup(
    page: Page, client_files: Callable[[str, str], tuple[Path, Path]], complaints: list[str]
) -> None:
    people, ties = client_files(PEOPLE, TIES)
    page.get_by_role("button", name="Upload …").click()
    page.locator("input[name=people]").set_input_files(people)
    page.locator("input[name=ties]").set_input_files(ties)
    page.get_by_label("Name").fill("<b>Client</b>")
    page.locator("dialog.upload").get_by_role("button", name="Upload").click()
    expect(page.locator(".facts-line")).to_contain_text("<b>Client</b> · 16 people · 2 teams")
    expect(page.get_by_role("button", name="<img src=x onerror=alert(1)>")).to_be_visible()
    assert page.locator("img").count() == 0
    assert not complaints


def test_files_of_any_kind_are_shown_corrected_and_run(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "hr.csv"
    file.write_text("Personalnummer;Haus;Gehalt\n" + "".join(f"{k};Nord;9\n" for k in range(8)))
    page.get_by_role("button", name="Upload …").click()
    page.locator("input[name=any]").set_input_files(file)
    sheet = page.locator(".sheet")
    expect(sheet).to_contain_text("Refused, because of what they are about: Gehalt.")
    sheet.get_by_label("team in hr.csv").select_option("Haus")
    page.locator(".drop input[type=text]").fill("Kanzlei")
    page.locator("dialog.upload").get_by_role("button", name="Upload").click()
    expect(page.locator(".facts-line")).to_contain_text("Kanzlei · 8 people · 1 team")
    expect(page.locator(".imported")).to_contain_text("8 people, ties MADE UP")
    expect(page.locator("#teams")).to_contain_text("Nord")


LISTED = "id,team\n" + "".join(f"p{k},Nord\n" for k in range(8))
IN_DOUBT = {
    "dates": ("id,date,days\n" + "".join(f"p{k},0{k}/0{9 - k}/2026,2\n" for k in range(2, 8)),
              "may be day/month or month/day", "day first"),
    "decimals": ("source;target;weight\n" + "".join(f"p{k};p{k + 1};1,250\n" for k in range(7)),
                 "may mean 1.25 or 1250", "point"),
    "id": ("ID;team;Nummer\n" + "".join(f"A;Nord;p{k}\n" for k in range(8)),
           "hardly who a row is about", "Nummer"),
}  # fmt: skip


@pytest.mark.parametrize("key", IN_DOUBT)
def test_what_cells_do_not_tell_is_asked_where_it_is_answered(
    page: Page, tmp_path: Path, key: str
) -> None:
    text, doubt, answer = IN_DOUBT[key]
    (tmp_path / "doubt.csv").write_text(text)
    (tmp_path / "list.csv").write_text(LISTED)
    names = ["doubt.csv"] if key == "id" else ["list.csv", "doubt.csv"]
    page.get_by_role("button", name="Upload …").click()
    page.locator("input[name=any]").set_input_files([tmp_path / name for name in names])
    expect(page.locator(".sheet")).to_have_count(len(names))
    control = page.get_by_label(f"{key} in doubt.csv", exact=True)
    expect(control).to_be_visible() if key == "id" else expect(control).to_be_hidden()
    upload = page.locator("dialog.upload").get_by_role("button", name="Upload")
    upload.click()
    problem = page.locator(".problems li")
    expect(problem).to_contain_text(doubt)
    expect(problem).to_contain_text("choose below, then Upload")
    expect(problem).not_to_contain_text("--mapping")
    expect(control).to_be_focused()
    control.select_option(answer)
    upload.click()
    expect(page.locator(".imported")).to_contain_text("8 people", timeout=60_000)
    expect(page.locator("dialog.upload")).to_be_hidden()


def test_networks_keep_their_shape_on_paper_where_nothing_is_drawn_anew(page: Page) -> None:
    page.emulate_media(media="print")
    fit = (
        "[...document.querySelectorAll('canvas.network')].map((c) => getComputedStyle(c).objectFit)"
    )
    assert page.evaluate(fit) == ["contain", "contain"]


def test_a_bad_upload_says_what_is_wrong_beside_the_row(
    page: Page, client_files: Callable[[str, str], tuple[Path, Path]]
) -> None:
    people, ties = client_files("id,team,level\na,Legal,first\nb,Legal,2\n", "source,target\na,b\n")
    page.get_by_role("button", name="Upload …").click()
    page.locator("input[name=people]").set_input_files(people)
    page.locator("input[name=ties]").set_input_files(ties)
    page.locator("dialog.upload").get_by_role("button", name="Upload").click()
    problem = page.locator(".problems li").first
    expect(problem).to_contain_text("people.csv:2")
    expect(problem.locator(".line")).to_have_text("a,Legal,first")
    expect(page.locator(".facts-line")).to_contain_text("240 people")


def test_an_upload_beyond_the_limit_is_refused(
    page: Page, client_files: Callable[[str, str], tuple[Path, Path]]
) -> None:
    people, ties = client_files("id\n" + "x" * 1_200_000, TIES)
    page.get_by_role("button", name="Upload …").click()
    page.locator("input[name=people]").set_input_files(people)
    page.locator("input[name=ties]").set_input_files(ties)
    page.locator("dialog.upload").get_by_role("button", name="Upload").click()
    expect(page.locator(".problems")).to_contain_text("above the limit of 1 MB")


@pytest.mark.parametrize(
    ("name", "file", "begins"),
    [
        ("Plan B as a scenario (YAML)", "trust-before-tools.yaml", b"name: Trust before tools"),
        ("Chart (SVG)", "curves.svg", b"<svg"),
        ("Chart (PNG)", "curves.png", b"\x89PNG"),
        ("Curves (CSV)", "curves.csv", b"plan,outcome,unit,week,mean,low,high"),
        ("Teams (CSV)", "teams.csv", b"plan,outcome,week,team,mean,low,high"),
    ],
)
def test_what_is_downloaded(page: Page, name: str, file: str, begins: bytes) -> None:
    page.locator(".downloads summary").click()
    with page.expect_download() as download:
        page.get_by_role("button", name=name).click()
    assert download.value.suggested_filename == file
    content = Path(download.value.path()).read_bytes()
    assert content.startswith(begins)
    if file.endswith("svg"):
        said = content.decode("utf-8")
        for words in ("Weekly users by week: Training first, Trust before tools", "not a forecast"):
            assert words in said, "a slide says what it shows and what it rests on"
        for words in (
            ">share of people<",
            ">week<",
            "240 people: people with sanctioned use",
            "seed 0.",
        ):
            assert words in said, "and whose it is, and what its axes are"
        assert "var(" not in said, "it looks the same anywhere"


def test_a_chart_is_a_slide_of_one_width_whatever_the_window(page: Page, until: Until) -> None:
    made = []
    for width, height in ((1280, 720), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(150)
        page.locator(".downloads summary").click()
        with page.expect_download() as download:
            page.get_by_role("button", name="Chart (SVG)").click()
        made.append(Path(download.value.path()).read_text("utf-8"))
    assert made[0] == made[1]
    assert page.locator("body > svg").count() == 0, "what it was drawn in is gone"


def test_what_would_give_a_bet_away_cannot_be_downloaded(page: Page, until: Until) -> None:
    page.keyboard.press("b")
    until(page, "window.uptake.page.store.state.secret")
    expect(page.locator(".downloads")).to_be_hidden()
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".downloads")).to_be_visible()


def test_pseudonyms_replace_every_id(page: Page) -> None:
    page.get_by_role("button", name="Pseudonyms").click()
    expect(page.locator(".facts-line")).to_contain_text("pseudonyms")
    names = page.evaluate("window.uptake.page.model.organisation.people.name")
    assert all(re.fullmatch(r"Person \d+", name) for name in names)
    assert len(set(names)) == 240


def test_viewers_do_not_see_each_other(
    page: Page, context: BrowserContext, address: str, opened: Opened, until: Until
) -> None:
    other = opened(context, f"{address}#stage=presets")
    page.locator(BAR).focus()
    page.keyboard.press("ArrowRight")
    until(page, "window.uptake.page.model.plans[1].bars[0].start === 2")
    assert other.evaluate("window.uptake.page.model.plans[1].bars[0].start") == 1


def test_what_is_here_still_plays_when_the_server_stops(
    context: BrowserContext,
    opened: Opened,
    serving: Serving,
    until: Until,
) -> None:
    url, end = serving(replicates=2)
    page = opened(context, f"{url}#stage=presets")
    end()
    expect(page.locator(".banner")).to_contain_text("still plays")
    page.keyboard.press("End")
    assert page.evaluate(WEEK) == 52
    page.keyboard.press("Home")
    page.keyboard.press("Space")
    until(page, f"{WEEK} > 3")


def test_rows_out_of_sight_are_right_once_nothing_moves(
    context: BrowserContext, serving: Serving, opened: Opened, tmp_path: Path
) -> None:
    firm = tmp_path / "firm.yaml"
    text = organisation_file("services-firm").read_text("utf-8")
    firm.write_text(text.replace("n_people: 240", "n_people: 1200"), "utf-8")
    url, end = serving(names=("licences-only",), organisation=str(firm), replicates=2)
    try:
        page = opened(context, f"{url}#stage=presets")
        told = "[...document.querySelectorAll('.team-table .values')].map((one) => one.textContent)"
        show = "(week) => window.uptake.page.store.set({ week })"
        page.evaluate(show, 2)
        page.wait_for_timeout(400)
        early = page.evaluate(told)
        assert len(early) > 60
        assert page.evaluate(f"(week) => {{ ({show})(week); return {told}; }}", 40)[-1] == early[-1]
        page.wait_for_function(f"(early) => {told}.at(-1) !== early", arg=early[-1])
        late = page.evaluate(told)
        for secret in ("true", "false"):  # which writes all rows at once
            page.evaluate(f"window.uptake.page.store.set({{ secret: {secret} }})")
        assert page.evaluate(told) == late
        page.evaluate(show, 2)
        page.locator("#teams .scroll").evaluate("(one) => one.scrollTo(0, one.scrollHeight)")
        page.wait_for_timeout(50)
        assert page.evaluate(told)[-1] == early[-1]
    finally:
        end()
