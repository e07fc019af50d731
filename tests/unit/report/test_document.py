"""The report: whole, sealed, escaped, small, and its numbers those of every other output."""

from __future__ import annotations

import base64
import csv
import html
import io
import json
import re
import zipfile
import zlib
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sim
from sim.analysis.attribution import n_simulations, rerun_with_people, reruns, team_of, to_json, why
from sim.errors import InputError
from sim.organisation import from_arrays
from sim.outcomes import DRIVERS
from sim.page.assets import csp_hash
from sim.page.payload import payload
from sim.parameters import MECHANISMS
from sim.report.document.build import SECTIONS, build, check_target, write_report
from sim.report.document.draw import mark
from sim.report.document.plans import telling
from sim.report.document.report_data import ReportBudget, ReportData, apart, causes_of, gather
from sim.report.document.teams import BEYOND, stalled, teams
from sim.results import Comparison
from sim.results.verdict import Structure

FEW = ReportBudget(replicates=4, sets=4, seeds=1)
EVIL = "<img src=x onerror=alert(1)>\"'&"


class Parsed(HTMLParser):
    """Tags with their attributes, and second headings."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.headings: list[str] = []
        self._heading = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "h2":
            self._heading = True
            self.headings.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "h2":
            self._heading = False

    def handle_data(self, data: str) -> None:
        if self._heading:
            self.headings[-1] += data


@pytest.fixture(scope="module")
def both() -> Comparison:
    return sim.compare(
        ["training-first", "everything"], organisation="small-firm", replicates=6, weeks=26,
        threads=1,
    )  # fmt: skip


@pytest.fixture(scope="module")
def material(both: Comparison) -> ReportData:
    return gather(both, effort=FEW, command="uptake report a b", threads=1)


@pytest.fixture(scope="module")
def text(material: ReportData) -> str:
    return build(material)


@pytest.fixture(scope="module")
def frame(text: str) -> str:
    (found,) = [given["srcdoc"] for tag, given in Parsed(text).tags if tag == "iframe"]
    assert found is not None
    return found


def test_all_thirteen_sections_stand_in_order(text: str) -> None:
    every = [" ".join(heading.split()) for heading in Parsed(text).headings]
    assert every[:3] == ["What to do next", "What could go wrong", "What it rests on"]
    said = every[3:]
    assert said == [f"{i} {title}" for i, (title, _) in enumerate(SECTIONS.values(), 1)]
    assert len(said) == 13


def test_the_same_results_give_the_same_text(material: ReportData, text: str) -> None:
    assert build(material) == text


def test_nothing_is_fetched(text: str, frame: str) -> None:
    for page in (text, frame):
        for tag, given in Parsed(page).tags:
            for name in ("src", "href", "action", "data", "poster"):
                local = ("#", "data:application/zip;base64,", "data:image/png;base64,")
                assert (given.get(name) or "#").startswith(local), (tag, given)
        assert not re.search(r"url\(|@import", page)


def test_the_policy_allows_these_texts_and_nothing_else(text: str, frame: str) -> None:
    parsed = Parsed(text)
    (policy,) = [
        given["content"]
        for tag, given in parsed.tags
        if tag == "meta" and given.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy is not None
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "http" not in policy
    outer = re.sub(r'srcdoc="[^"]*"', "", text)
    assert "<script" not in outer
    for page in (outer, frame):
        for style in re.findall(r"<style>(.*?)</style>", page, re.DOTALL):
            assert csp_hash(style) in policy
        for tag, given in Parsed(page).tags:
            assert not any(name.startswith("on") or name == "style" for name in given), (tag, given)
    scripts = re.findall(r'<script(?: type="importmap")?>(.*?)</script>', frame, re.DOTALL)
    module = re.findall(r'<script type="text/plain" id="module">(.*?)</script>', frame, re.DOTALL)
    assert len(scripts) == 2
    assert all(csp_hash(script) in policy for script in (*scripts, *module))
    assert policy.count("sha256-") == 4 + 3


def _attached(text: str) -> dict[str, str]:
    """Return the files of the zip that a report holds, by name."""
    (address,) = [
        given["href"] for tag, given in Parsed(text).tags if tag == "a" and "download" in given
    ]
    assert address is not None
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(address.partition(",")[2]))) as file:
        return {name: file.read(name).decode() for name in file.namelist()}


def test_numbers_are_those_of_the_tables(text: str, both: Comparison) -> None:
    files = _attached(text)
    for name in ("summary", "differences"):
        table = both.table(name).to_pydict()
        rows = list(csv.DictReader(io.StringIO(files[f"{name}.csv"])))
        assert len(rows) == len(table["mean"])
        for i, row in enumerate(rows):
            assert row["scenario"] == table["scenario"][i]
            expected = table["mean"][i]
            assert (row["mean"] == "") if expected is None else float(row["mean"]) == expected
    teams_found = {row["team"] for row in csv.DictReader(io.StringIO(files["teams.csv"]))}
    assert teams_found == {both.organisation.teams[row] for row in both.shown_teams}
    again = sim.compare([sim.scenario.loads(files[f"plan-{c}.yaml"]) for c in "AB"],
                        organisation="small-firm", replicates=6, weeks=26, threads=1)  # fmt: skip
    assert (again.records.weekly == both.records.weekly).all()


def test_numbers_agree_with_the_page_the_terminal_and_parquet(
    text: str, both: Comparison, tmp_path: Path
) -> None:
    from sim.numbers import with_band
    from sim.results.store import read_table, write_tables

    about = write_tables(both, tmp_path)
    assert "summary.csv" in about
    weekly = read_table(tmp_path / "weekly.parquet").to_pandas()
    page = payload(both)
    with (tmp_path / "summary.csv").open() as stream:
        summary = list(csv.DictReader(stream))
    parts = re.findall(r'<tr data-figure="habitual".*?</tr>', text, re.DOTALL)
    last = next(p for p in parts if f'<td class="num">{both.weeks}</td>' in p)
    shown = re.findall(r'<data value="([^"]+)">([^<]+)</data>', last)
    names = [outcome["name"] for outcome in page["outcomes"]]
    for plan, name in enumerate(both.names):
        value, words = float(shown[plan][0]), html.unescape(shown[plan][1])
        mine = weekly[(weekly.scenario == name) & (weekly.week == both.weeks)]
        assert value == pytest.approx(mine.habitual.mean(), rel=1e-8)
        curve = page["plans"][plan]["curves"]["mean"][names.index("habitual"), -1]
        assert value == pytest.approx(curve, rel=1e-8)
        (row,) = [
            r for r in summary
            if r["scenario"] == name and r["figure"] == "habitual" and r["week"] == str(both.weeks)
        ]  # fmt: skip
        assert value == pytest.approx(float(row["mean"]), rel=1e-8)
        assert words == with_band(both.estimate("habitual", plan), "share").replace("–", "–\u2060")


def test_the_replay_carries_the_pages_payload(frame: str, both: Comparison) -> None:
    from sim.page.assets import as_json

    (carried,) = re.findall(
        r'<script type="application/json" id="payload">(.*?)</script>', frame, re.DOTALL
    )
    assert carried == as_json(payload(both))
    told = _settings(frame)
    assert told["leading"] == 1


def _settings(frame: str) -> dict[str, Any]:
    (settings,) = re.findall(
        r'<script type="application/json" id="settings">(.*?)</script>', frame, re.DOTALL
    )
    found: dict[str, Any] = json.loads(settings)
    return found


def _answers(frame: str) -> tuple[list[int], list[dict[str, Any]]]:
    """Return the checkpoints, and by plan and row of a team what "Why?" answers."""
    whys = _settings(frame)["whys"]
    text = zlib.decompress(base64.b64decode(whys["text"]["deflate"]), -15)
    return whys["weeks"], json.loads(text)


def test_why_is_answered_for_every_team_under_every_plan(
    frame: str, both: Comparison, material: ReportData
) -> None:
    weeks, told = _answers(frame)
    assert weeks == [13, 26]
    assert len(told) == 2
    for plan, by_team in enumerate(told):
        assert by_team.keys() == {str(row) for row in both.shown_teams}
        for row in (both.shown_teams[0], both.shown_teams[-1]):
            subject = team_of(both, both.organisation.teams[row])
            tried = reruns(both, plan, subject, replicates=FEW.replicates, threads=1)
            for week, facts in zip(weeks, by_team[str(row)]["at"], strict=True):
                said = why(both, plan, subject, week=week, replicates=both.n_runs, threads=1)
                alone = to_json(said, tried)
                assert facts == {name: alone[name] for name in ("person", "manager", "ties")}
            found = by_team[str(row)]["reruns"]
            assert found == {name: alone[name] for name in ("base", "worlds", "tried", "reruns")}


def _with_a_team(both: Comparison, team: int, level: float) -> Comparison:
    """Return the results with one team's habitual users moved by so much in every replicate."""
    assert both.records.teams is not None
    teams = both.records.teams.copy()
    at = both.records.team_outcomes.index("habitual")
    teams[..., team, at] = np.clip(teams[..., team, at] + level, 0, 1)
    return replace(both, records=replace(both.records, teams=teams))


def test_no_team_is_named_where_teams_do_not_differ_beyond_chance(
    both: Comparison, material: ReportData, text: str
) -> None:
    even = both.team("habitual").copy()
    assert apart(both, 1) == {}
    assert material.causes.stalled == ()
    assert stalled(material)["teams"] == []
    assert "No team stands below the rest beyond chance under Everything." in text
    assert "No team stands apart from the rest beyond chance" in text
    row = int(both.shown_teams[1])
    for level, side in ((-1.0, "below"), (1.0, "above")):
        found = apart(_with_a_team(both, row, level), 1)
        assert found[row] == side
    assert (both.team("habitual") == even).all()


def test_a_team_that_stands_below_is_named_with_what_the_replay_answers(both: Comparison) -> None:
    row = int(both.shown_teams[1])
    low = gather(_with_a_team(both, row, -1.0), effort=FEW, threads=1)
    assert low.causes.stalled == (row,)
    (one,) = stalled(low)["teams"]
    assert one["said"].subject.name == both.organisation.teams[row]
    tried = low.causes.reruns[low.leading, row]
    assert one["reruns"]["base"].mean == tried.base.mean
    page, best = build(low), tried.ranked[0]
    assert f"<h3>{html.escape(one['said'].subject.name)} <small>" in page
    row = f'<th scope="row">{best.change.said}</th><td class="num strong"><data value="'
    assert row + f"{best.effect.mean:.9g}" in page


@pytest.mark.parametrize("plans_simulated", [0, 60, 10_000])
def test_changes_are_simulated_for_as_many_teams_as_fit_the_most_stalled_first(
    both: Comparison, material: ReportData, plans_simulated: int
) -> None:
    recorded = rerun_with_people(both, (0, 1), replicates=2, threads=1)
    each = 2 * both.weeks * both.organisation.n_people
    found = causes_of(
        both, 1, recorded, replicates=2, person_weeks=plans_simulated * each, threads=1
    )
    means = both.team("habitual")[..., -1, :].mean(axis=(1, 2))
    lowest = [sorted(both.shown_teams.tolist(), key=lambda row: means[p, row]) for p in (0, 1)]
    served = [[row for plan, row in found.reruns if plan == p] for p in (0, 1)]
    assert found.stalled == ()
    for plan in (0, 1):
        assert served[plan] == lowest[plan][: len(served[plan])]
    if plans_simulated == 0:
        assert (len(served[0]), len(served[1])) == (0, 0)
    elif plans_simulated == 60:
        n = len(served[0])
        assert 0 < n < len(lowest[0])
        assert len(served[1]) == n
        asked = [[team_of(both, both.organisation.teams[row]) for row in one] for one in lowest]
        lives = np.sum([n_simulations(both, plan, asked[plan]) for plan in (0, 1)], axis=0)
        assert lives[n - 1] <= plans_simulated < lives[n]
    else:
        assert len(served[0]) == len(served[1]) == len(lowest[0])
    assert found.whys.keys() == {(p, row) for p in (0, 1) for row in both.shown_teams}


def test_a_driver_that_all_teams_share_is_said_once(material: ReportData, text: str) -> None:
    results = material.results
    held = results.records.drivers[material.leading, :, :, -1].mean(axis=(0, 1))
    held = held[results.shown_teams]
    assert len(set(held.argmax(axis=1))) == 1
    said = teams(material)
    label = payload(results)["drivers"][int(held[0].argmax())]["words"]
    assert said["common"] == label
    assert f"Every team is held back most by <strong>{label}</strong>." in text
    beyond = held - held.mean(axis=0)
    told = {row["name"]: row["driver"] for row in said["rows"]}
    assert None in told.values()
    assert len(set(told.values())) > 1
    short = [driver["words"] for driver in payload(results)["drivers"]]
    for name, row in zip(np.array(results.organisation.teams)[results.shown_teams], beyond,
                         strict=True):  # fmt: skip
        assert told[name] == (short[int(row.argmax())] if row.max() >= BEYOND else None)


def test_without_a_common_driver_rows_tell_the_first(material: ReportData) -> None:
    results = material.results
    drivers = np.zeros_like(results.records.drivers)
    rows = np.arange(drivers.shape[-2])
    drivers[..., rows, rows % len(DRIVERS)] = 0.1
    mixed = replace(results, records=replace(results.records, drivers=drivers))
    page = build(replace(material, results=mixed))
    assert "Every team is held back most by" not in re.sub(r'srcdoc="[^"]*"', "", page)
    assert '<th scope="col">held back by</th>' in page
    said = teams(replace(material, results=mixed))
    short = [driver["words"] for driver in payload(results)["drivers"]]
    names = list(results.organisation.teams)
    for row in said["rows"]:
        assert row["driver"] == short[names.index(row["name"]) % len(DRIVERS)]


def test_no_line_ends_within_a_range(text: str) -> None:
    """Of the replay in its frame ``h`` of dom.js takes care; a cell of numbers is one line."""
    outside = re.sub(r' srcdoc="[^"]*"|<td class="num.*?</td>', "", text)
    shown = re.sub(r"<(style|script)\b.*?</\1>|<[^>]*>", "", outside, flags=re.DOTALL)
    assert re.search(r"\d–\u2060\d", shown)
    assert not re.search(r"\d–\d", shown)


def test_texts_from_files_are_escaped(tmp_path: Path) -> None:
    organisation = from_arrays(12, [0, 1, 2], [1, 2, 3], team=[EVIL] * 6 + ["B"] * 6, name=EVIL)
    plan = sim.load_scenario("licences-only").model_copy(
        update={"name": EVIL, "purpose": EVIL, "text": f"# {EVIL}</pre></script>"}
    )
    results = sim.compare([plan, plan], organisation=organisation, replicates=3, weeks=13)
    page = build(gather(results, effort=FEW, command=EVIL, threads=1))
    assert "<img src=x" not in page
    parsed = Parsed(page)
    (inner,) = [given["srcdoc"] for tag, given in parsed.tags if tag == "iframe"]
    assert inner is not None
    assert "<img" not in inner
    assert [tag for tag, _ in parsed.tags if tag in ("img", "script")] == []
    tags = [tag for tag, _ in Parsed(inner).tags if tag in ("img", "script")]
    assert tags == ["script"] * 5


def test_pseudonyms_replace_every_id(material: ReportData) -> None:
    page = build(replace(material, pseudonyms=True))
    ids = {str(one) for one in material.results.organisation.ids}
    assert not any(f'"{one}"' in html.unescape(page) for one in ids)
    assert "Person 1" in page


def test_small_teams_are_never_named_with_a_figure() -> None:
    organisation = from_arrays(16, team=["Large"] * 6 + ["Middle"] * 7 + ["Tiny"] * 3)
    results = sim.compare(
        ["licences-only", "mandate"], organisation=organisation, replicates=3, weeks=13
    )
    page = build(gather(results, effort=FEW, threads=1))
    assert "Tiny" not in re.sub(r'srcdoc="[^"]*"', "", page)
    assert "2 teams of fewer than 5 people, or that would give one away" in page


def test_one_plan_alone_has_a_report() -> None:
    results = sim.compare(["licences-only"], replicates=3, weeks=8, threads=1)
    page = build(gather(results, effort=FEW, threads=1))
    assert "With one plan there is no ranking" in page


@pytest.mark.slow
def test_three_plans_of_300_people_stay_under_two_megabytes(tmp_path: Path) -> None:
    file = tmp_path / "firm.yaml"
    template = Path(sim.sources.organisation_file("services-firm")).read_text()
    file.write_text(re.sub(r"people: \d+", "people: 300", template))
    results = sim.compare(
        ["training-first", "trust-before-tools", "everything"],
        organisation=file, replicates=3, threads=2,
    )  # fmt: skip
    assert results.organisation.n_people == 300
    # The structure takes as many rows in the file whatever it says, and half a minute to run.
    rows = ("", *MECHANISMS)
    structure = Structure(rows, np.random.default_rng(0).random((len(rows), 3, 24, 2)))
    results = replace(results, structure=structure)
    size = len(build(gather(results, effort=FEW, threads=2)).encode())
    assert size < 2_000_000


def test_limits_are_those_of_the_documents(repository: Path) -> None:
    template = (repository / "sim/report/templates/_limits.html.j2").read_text()
    known = " ".join((repository / "docs/limits.md").read_text().replace("**", "").split())
    for item in re.findall(r"<li>(.*?)</li>", template):
        for sentence in re.findall(r"[^.]+\.", re.sub(r"<.*?>", "", html.unescape(item))):
            assert sentence.strip().rstrip(".") in known, sentence


def test_signals_tell_only_what_many_replicates_show(both: Comparison) -> None:
    assert telling(both, 0, (4, 8)) == []
    more = sim.compare(["training-first"], replicates=12, weeks=20, threads=1)
    found = telling(more, 0, (4, 8))
    assert {one.name for one in found} <= {"trained", "activated", "weekly_users", "regular",
                                           "own_tool_users"}  # fmt: skip
    one = next(one for one in found if one.name == "weekly_users" and one.week == 8)
    early, end = more["weekly_users"][0, 0, :, 7], more["habitual"][0, 0, :, -1]
    assert one.below == pytest.approx(end[early < np.median(early)].mean())
    assert -1 <= one.correlation <= 1


def test_a_report_is_whole_or_not_there(tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    check_target(out, force=False)
    write_report("whole", out)
    assert out.read_text() == "whole"
    assert list(tmp_path.iterdir()) == [out]
    with pytest.raises(InputError, match=r"exists — another name, or --force"):
        check_target(out, force=False)
    check_target(out, force=True)
    with pytest.raises(InputError, match=r"is no HTML file's name"):
        check_target(tmp_path / "report.txt", force=False)
    with pytest.raises(InputError, match="is not there"):
        check_target(tmp_path / "no" / "report.html", force=False)

    pdf = tmp_path / "report.pdf"
    pdf.write_text("somebody's")
    with pytest.raises(InputError, match=r"report\.pdf: exists, and is written too"):
        check_target(tmp_path / "another.html", force=False, beside=[pdf])
    check_target(tmp_path / "another.html", force=True, beside=[pdf])


def test_every_plan_has_a_mark_of_its_own() -> None:
    from sim.report.style import PLANS

    paths = [mark(style.marker, 10, 10) for style in PLANS[:4]]
    assert len(set(paths)) == 4
