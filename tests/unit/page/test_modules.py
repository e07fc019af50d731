"""The logic in the modules, by itself, outside a browser."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from sim.numbers import share, share_range
from sim.page.assets import as_frame, as_json, static_folder

RUNNER = Path(__file__).parent / "modules.mjs"


def _node() -> str | None:
    """Return a Node.js: the one that Playwright brings, or the machine's own."""
    try:
        from playwright._impl._driver import compute_driver_executable
    except ImportError:
        return shutil.which("node")
    brought = Path(compute_driver_executable()[0])
    return str(brought) if brought.is_file() else shutil.which("node")


@pytest.fixture(scope="module")
def run() -> Callable[..., Any]:
    """Run code in which the modules can be imported; gives what it returns."""
    node = _node()
    if node is None:
        pytest.skip("there is no Node.js: pip install -e .[test] brings one, with Playwright")

    def evaluate(code: str, argument: Any = None) -> Any:
        done = subprocess.run(
            [node, str(RUNNER), static_folder().as_uri() + "/"],
            input=json.dumps({"code": code, "argument": argument}),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return evaluate


def test_shares_read_as_python_words_them(run: Any) -> None:
    values = [0, 0.001, 0.125, 0.135, 0.5, 0.614, 0.995, 0.9999, 1, 2 / 3, 0.045, 0.285]
    code = 'const {share} = await import("uptake/words"); return a.map(share);'
    assert run(code, values) == [share(value) for value in values]


def test_ranges_read_as_python_words_them(run: Any) -> None:
    pairs = [[0.55, 0.66], [0, 0.001], [0.125, 0.135], [0.2, 0.2]]
    code = 'const {range} = await import("uptake/words"); return a.map(([l, h]) => range(l, h));'
    assert run(code, pairs) == [share_range(*pair) for pair in pairs]


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-x", "'-x"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        ('=HYPERLINK("x","y")', '"\'=HYPERLINK(""x"",""y"")"'),
        ("a,b", '"a,b"'),
        ("Legal", "Legal"),
        (-0.5, "-0.5"),
    ],
)
def test_formulas_in_cells_are_defused(run: Any, cell: Any, written: str) -> None:
    code = 'const {csvCell} = await import("uptake/downloads"); return csvCell(a);'
    assert run(code, cell) == written


def test_both_carriers_give_the_same_arrays(run: Any) -> None:
    import base64

    import numpy as np

    value = {
        "state": np.array([[1, 2, 3], [1, 250, 3], [2, 0, 3]], np.uint8),
        "mean": np.array([0.25, np.pi]),
        "inner": [{"x": np.array([7, -7], np.int32)}],
        "text": "</script><img>",
    }
    code = """
      const {readPayload, readFrame} = await import("uptake/payload");
      const plain = (v) => ArrayBuffer.isView(v) ? [...v]
        : Array.isArray(v) ? v.map(plain)
        : v && typeof v === "object"
          ? Object.fromEntries(Object.entries(v).map(([k, w]) => [k, plain(w)])) : v;
      const bytes = Uint8Array.from(atob(a.frame), (c) => c.charCodeAt(0));
      return [plain(await readPayload(JSON.parse(a.json))), plain(readFrame(bytes.buffer))];
    """
    text = as_json(value)
    assert "</script" not in text
    json.loads(text)
    frame = base64.b64encode(as_frame(value)).decode()
    file, live = run(code, {"json": text, "frame": frame})
    assert file == live
    assert file["state"] == value["state"].ravel().tolist()
    assert file["mean"] == value["mean"].tolist()
    assert file["inner"] == [{"x": [7, -7]}]


def test_degrees_of_separation(run: Any) -> None:
    code = """
      const {neighboursOf, degreesFrom} = await import("uptake/degrees");
      const near = neighboursOf({source: [0, 1, 2], target: [1, 2, 3]}, 5);
      return [[...degreesFrom(near, [0], 2)], [...degreesFrom(near, [3], 9)]];
    """
    assert run(code) == [[0, 1, 2, 255, 255], [3, 2, 1, 0, 255]]


def test_places_depend_on_the_organisation_alone_and_do_not_overlap(run: Any) -> None:
    code = """
      const {layoutOf, placed} = await import("uptake/layout");
      const teams = {start: [0, 9, 10, 20], manager: [0, -1, 12],
        name: ["Sales North", "Legal", "Sales South"]};
      const organisation = {teams, people: {kind: new Uint8Array(20)}};
      const one = layoutOf(organisation), two = layoutOf(organisation);
      const same = [...one.dx].every((x, i) => x === two.dx[i]);
      let nearest = 9, farthest = 0;
      for (let i = 0; i < 20; i += 1) {
        farthest = Math.max(farthest, Math.hypot(one.dx[i], one.dy[i]));
        for (let j = 0; j < i; j += 1) if (one.team[i] === one.team[j])
          nearest = Math.min(nearest, Math.hypot(one.dx[i] - one.dx[j], one.dy[i] - one.dy[j]));
      }
      const boxes = [[440, 170], [200, 130], [1240, 500]].map(([w, h]) => placed(one, w, h));
      return {same, nearest: nearest / one.spacing, farthest, manager: [one.dx[0], one.dx[12]],
              strips: one.strips, heads: one.heads.map(({name}) => name),
              boxes: boxes.map(({boxes}) => boxes), inside: boxes.every(({x, y, boxes}) =>
                [...x].every((px, i) => {
                  const [l, t, w, h] = boxes[one.team[i]];
                  return px >= l && px <= l + w && y[i] >= t && y[i] <= t + h;
                }))};
    """
    found = run(code)
    assert found["same"]
    assert found["nearest"] > 0.9
    assert found["farthest"] <= 1
    assert found["manager"] == [0, 0]
    assert found["heads"] == ["Sales", "Legal"], "a division stands together"
    assert found["inside"]
    for boxes in found["boxes"]:
        for i, (left, top, wide, high) in enumerate(boxes):
            for x, y, w, h in boxes[:i]:
                apart = left + wide <= x + 0.01 or x + w <= left + 0.01
                assert apart or top + high <= y + 0.01 or y + h <= top + 0.01


@pytest.mark.parametrize("teams", [1, 2, 26, 600])
def test_strips_hold_every_division_once(run: Any, teams: int) -> None:
    code = """
      const {gridOf} = await import("uptake/layout");
      const sizes = Array.from({length: a}, (_, i) => 1 + (i % 4));
      const {strips, deep} = gridOf(sizes);
      return {order: strips.flat(), deep};
    """
    found = run(code, teams)
    assert found["order"] == list(range(teams))
    assert found["deep"] >= 1


def test_bars_have_a_lane_a_kind_and_are_kept_inside_the_run(run: Any) -> None:
    code = """
      const {laneOf, changed} = await import("uptake/timeline");
      const bar = (start, last, kind = "k") =>
        ({kind, start, lasts: last - start + 1, rounds: [[start, last]]});
      const bars = [bar(1, 4), bar(3, 6), bar(5, 9, "other"), bar(10, 12)];
      return [laneOf(bars, (week) => 10 * week),
        changed(bar(50, 52), {start: 9}, 52), changed(bar(2, 4), {start: -9}, 52),
        changed(bar(50, 52), {lasts: 9}, 52)];
    """
    packing, late, early, long = run(code)
    assert packing == {"lanes": [0, 1, 2, 0], "names": ["k", "", "other"]}
    assert late == {"start": 52}
    assert early == {"start": 1}
    assert long == {"start": 50, "lasts": 3}


def test_a_bet_is_filled_in_and_judged(run: Any) -> None:
    code = """
      const {filled, outcomeWords} = await import("uptake/bet");
      return [filled({2: 0.2, 4: 0.4}, 5), outcomeWords(0.6, 0.2, 0.1, 0.3, 52),
        outcomeWords(0.25, 0.2, 0.1, 0.3, 52)];
    """
    line, high, inside = run(code)
    assert line == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.4])
    assert "above every ordinary replicate, +40.0 points off" in high
    assert "inside the range" in inside


def test_settings_survive_the_address(run: Any) -> None:
    code = """
      const {toAddress, fromAddress} = await import("uptake/store");
      const usual = {week: 0, team: "", degrees: 0};
      return [toAddress({week: 7, team: "R&D #1", degrees: 0}, usual),
        fromAddress("#week=7&team=R%26D+%231&evil=1&degrees=x", usual)];
    """
    text, found = run(code)
    assert text == "week=7&team=R%26D+%231"
    assert found == {"week": 7, "team": "R&D #1"}


PUMP = """
  const {createPump} = await import("uptake/wanted");
  const sent = [], later = () => new Promise((done) => setTimeout(done, 20));
  let gone = false, busy = 0, most = 0;
  const send = (what) => async (...rest) => {
    busy += 1;
    most = Math.max(most, busy);
    sent.push([what, ...rest]);
    await later();
    busy -= 1;
    if (gone) throw Object.assign(new Error("gone"), {gone: true});
  };
  const pump = createPump({open: send("open"), edit: send("edit")});
"""


def test_only_the_last_of_many_changes_is_sent_and_one_at_a_time(run: Any) -> None:
    code = f"""{PUMP}
      for (let n = 0; n < 9; n += 1) pump.edit(1, n < 8);
      pump.edit(0, false);
      await later();
      pump.open();
      await new Promise((done) => setTimeout(done, 150));
      pump.edit(2, false);
      await later();
      return [sent, most];
    """
    sent, most = run(code)
    assert sent[0] == ["edit", 1, True]
    assert sent[-2:] == [["open"], ["edit", 2, False]], "what is opened holds all changes"
    assert len(sent) <= 4, "the first, the last, and at most one between"
    assert most == 1


def test_what_was_asked_for_while_the_server_was_away_is_kept(run: Any) -> None:
    code = f"""{PUMP}
      gone = true;
      await pump.edit(1, false);
      const waits = pump.waits;
      gone = false;
      await pump.again();
      return [waits, pump.waits, sent];
    """
    waits, after, sent = run(code)
    assert waits
    assert not after
    assert sent == [["edit", 1, False], ["open"]]


def test_a_change_of_a_plan_goes_with_the_plan_it_was_made_to(run: Any) -> None:
    code = """
      const {chosen, edited} = await import("uptake/wanted");
      const wanted = edited(edited({plans: ["a", "b"], edits: {}}, 0, [1]), 1, [2]);
      return [chosen(wanted, {plans: ["a", "c"]}).edits, chosen(wanted, {organisation: "x"}).edits,
        edited(wanted, 0).edits];
    """
    assert run(code) == [{"0": [1]}, {"0": [1], "1": [2]}, {"1": [2]}]


def test_teams_are_grouped_by_division_and_their_names_are_cut_but_never_made_up(run: Any) -> None:
    code = """
      const {divisionsOf, fitted} = await import("uptake/names");
      const measure = (text) => text.length;
      const names = ["Customer Service North", "Customer Service South 2", "Legal", "Sales A"];
      return [divisionsOf(names), fitted("Legal", "Legal", 8, measure),
        fitted("Customer Service North 2", "North 2", 14, measure),
        fitted("Customer Service North 2", "North 2", 8, measure),
        fitted("Bürgermeisteramt", "Bürgermeisteramt", 6, measure)];
    """
    groups, *cuts = run(code)
    assert [(group["name"], group["rest"]) for group in groups] == [
        ("Customer Service", ["North", "South 2"]),
        ("Legal", ["Legal"]),
        ("Sales A", ["Sales A"]),
    ]
    assert cuts == ["Legal", "Custo… North 2", "…North 2", "Bürge…"]


HELD = """const {readFrame} = await import("uptake/payload");
const {commonDriver, driversOf, meansOf, ownDriver} = await import("uptake/drivers");
const bytes = Uint8Array.from(atob(a), (one) => one.charCodeAt(0));
const {weeks, mean} = readFrame(bytes.buffer), drivers = {weeks, mean}, teams = [0, 1, 2];
"""


@pytest.mark.parametrize(
    ("held", "ranked", "common", "own"),
    [
        (  # the first is the same in all teams; the last team has nothing beyond the mean
            [[0.20, 0.02, 0.01], [0.24, 0.01, 0.04], [0.22, 0.0, 0.03]],
            [[0, 1, 2], [0, 2, 1], [0, 2]],
            0,
            [1, 0, None],
        ),
        (  # two firsts: nothing is common
            [[0.20, 0.02, 0.01], [0.01, 0.2, 0.05], [0.22, 0.0, 0.03]],
            [[0, 1, 2], [1, 2, 0], [0, 2]],
            None,
            [0, 1, 0],
        ),
    ],
)
def test_a_driver_that_all_teams_share_is_told_apart_from_a_teams_own(
    run: Any, held: Any, ranked: Any, common: Any, own: Any
) -> None:
    import base64

    import numpy as np

    mean = np.array([np.zeros_like(held), held], np.float32)
    frame = base64.b64encode(as_frame({"weeks": [13, 26], "mean": mean})).decode()
    code = f"""{HELD}const means = meansOf(drivers, teams, 30);
    return [teams.map((t) => driversOf(drivers, t, 30)), commonDriver(drivers, teams, 30),
      teams.map((t) => ownDriver(drivers, means, t, 30)), commonDriver(drivers, [0], 30)];"""
    assert run(code, frame) == [ranked, common, own, None]


def test_the_report_tells_drivers_apart_as_the_page_does(run: Any) -> None:
    import base64

    import numpy as np

    from sim.report.document.teams import BEYOND, drivers_to_show

    chance = np.random.default_rng(1)
    tables = [chance.integers(0, 9, (3, 3)) / 200 + [0.1, 0, 0] for _ in range(40)]
    tables += [np.array([[0.2, x, 0.0], [0.2, -x, 0.0], [0.2, 0.0, 0.0]])
               for x in (BEYOND - 1e-6, BEYOND + 1e-6)]  # fmt: skip
    one = f"""{HELD}const common = commonDriver(drivers, teams, 30);
    const means = meansOf(drivers, teams, 30);
    return [common, teams.map((t) => common === null
      ? driversOf(drivers, t, 30)[0] ?? null : ownDriver(drivers, means, t, 30))];"""
    means = [np.array([np.zeros_like(held), held], np.float32) for held in tables]
    frames = [as_frame({"weeks": [13, 26], "mean": mean}) for mean in means]
    shown = run(
        f"return Promise.all(a.map(async (a) => {{{one}}}));",
        [base64.b64encode(frame).decode() for frame in frames],
    )
    assert shown == [list(drivers_to_show(mean[1])) for mean in means]


def test_who_begins_got_it_from_whom_they_listen_to_and_who_used_it(run: Any) -> None:
    code = """
        const {carriersOf} = await import("uptake/rays");
        const {BEGINS, CONSIDERING, UNAWARE, USING} = await import("uptake/colours");
        const used = USING | 3 << 3, ties = [[], [0, 1], [2], [3]], target = [3, 0, 3, 0];
        const state = [used, UNAWARE, UNAWARE, UNAWARE,
                       used, CONSIDERING | BEGINS, CONSIDERING | BEGINS, CONSIDERING];
        state.shape = [2, 4];
        return [0, 1].map((week) => carriersOf(state, week, (i) => ties[i], target));
    """
    assert run(code) == [[[0, 1]], []]


def test_reach_is_counted_along_the_ties_that_carried_it(run: Any) -> None:
    code = """
      const {reachOf, recentRays} = await import("uptake/rays");
      const tree = {from: [-1, 0, 1, 0, -1], week: [0, 2, 4, 9, 0]};
      return [[...reachOf(tree, 0, 5)], [...reachOf(tree, 0, 9)], recentRays(tree, 4)];
    """
    assert run(code) == [[0, 1, 2, 0, 0], [0, 1, 2, 1, 0], [[0, 1, 2], [1, 2, 0]]]


@pytest.mark.parametrize("width", [60, 120, 205, 400])
def test_every_division_of_a_strip_has_its_name(run: Any, width: int) -> None:
    code = """
      const {inLine} = await import("uptake/names");
      const names = [{name: "Customer Service", x: 3}, {name: "Finance", x: 0.6 * a},
        {name: "Leadership", x: 0.9 * a}];
      return inLine(names, a, (text) => 6 * text.length);
    """
    found = run(code, width)
    ends = [(one["x"], one["x"] + 6 * len(one["text"])) for one in found]
    assert all(low >= 0 and high <= width for low, high in ends)
    assert all(one[1] <= other[0] for one, other in pairwise(ends))
    texts = [one["text"] for one in found]
    assert all(texts) or width == 60
    assert width < 400 or texts == ["Customer Service", "Finance", "Leadership"]


def test_who_asks_while_another_request_is_on_its_way_waits_for_the_own_answer(run: Any) -> None:
    code = f"""{PUMP}
      const ends = [];
      const one = pump.open().then(() => ends.push(sent.length));
      const other = pump.open().then(() => ends.push(sent.length));
      await Promise.all([one, other]);
      return ends;
    """
    assert run(code) == [2, 2]


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(1.5, 2.5, "+2.0 (+1.5 to +2.5) other people use it"), (-0.5, 4.5, "no difference larger")],
)
def test_who_follows_is_said_with_its_range(run: Any, low: float, high: float, said: str) -> None:
    code = """
      const {followWords, ranked} = await import("uptake/leaders");
      const tree = {from: [-1, 0, 1, 0, -1], week: [0, 2, 4, 9, 0]};
      return [followWords({others: {mean: 2, ...a}, by_week: [0, 3, -1], teams: [{team: 1}]},
        "Ada uses", ["Legal", "Sales"]), ranked(tree, [4, 1, 0], 9)];
    """
    words, ranks = run(code, {"low": low, "high": high})
    assert said in words
    assert "The largest difference is +3.0 in week 2." in words
    assert ("Most in Sales." in words) == (low > 0)
    assert ranks == [
        {"row": 0, "straight": 2, "all": 3},
        {"row": 1, "straight": 1, "all": 1},
        {"row": 4, "straight": 0, "all": 0},
    ]


def test_a_managers_signal_is_said_before_and_after_coaching(run: Any) -> None:
    code = """
      const {signalWords} = await import("uptake/signals");
      const answer = {week: 5, of: "Legal", effect: {mean: 0.03, low: 0.01, high: 0.05},
        planned: {mean: [...Array(4).fill(-0.5), ...Array(8).fill(-0.25)]},
        other: {mean: [...Array(4).fill(-0.5), ...Array(8).fill(0.25)]}};
      return [signalWords({...answer, added: true}, 12),
        signalWords({...answer, added: false, of: ""}, 12)];
    """
    added, without = run(code)
    assert added == (
        "As planned, without coaching: −0.50 in the weeks before, −0.25 at the end. Coached from"
        " week 5: +0.25 at the end. Weekly use of Legal with coaching: +3.0 points (+1.0 to +5.0)."
    )
    assert "Without coaching: +0.25 at the end. Weekly use of everybody" in without


def test_many_bets_are_told_by_the_nearest_and_their_mean(run: Any) -> None:
    code = """
      const {ranking} = await import("uptake/bet");
      return ranking(Array.from({length: 9}, (_, i) => ({who: `p${i}`, line: [i / 10]})), 0.21, 1);
    """
    assert run(code) == (
        "The model says 21% in week 1. Nearest: p2 (20%), p3 (30%), p1 (10%), p4 (40%), p0 (0%), "
        "p5 (50%), and 3 more; the mean of all 9 bets is 40%."
    )


@pytest.mark.parametrize(
    ("unit", "values", "ends"),
    [
        ("share", [0.3, 0.61], [0, 0.75]),
        ("share", [0.99], [0, 1]),
        ("1", [-0.04, 0.2], [-0.05, 0.3]),
        ("hours/person", [-8.2, 34.5, None], [-10, 50]),
        ("hours/person", [187.0], [0, 200]),
        ("hours/person", [-3.0], [-5, 0]),
        ("days", [], [0, 0.05]),
    ],
)
def test_an_axis_holds_every_number_and_a_zero(
    run: Any, unit: str, values: list[float | None], ends: list[float]
) -> None:
    code = """const {axisOf} = await import("uptake/chart");
        return axisOf(a[0], a[1].map((value) => value ?? NaN), [Infinity, -Infinity]);"""
    assert run(code, [unit, values]) == ends


def test_a_curve_has_a_gap_where_there_is_no_number(run: Any) -> None:
    code = """const {pathOf} = await import("uptake/chart");
        const chart = {weeks: 5, at: (week) => week, y: (value) => value};
        return pathOf(chart, {at2: (_, w) => [NaN, 2, 3, Infinity, 5][w]}, 0);"""
    assert run(code) == "M2.0 2.0L3.0 3.0M5.0 5.0"
