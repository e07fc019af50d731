"""Eight kinds of input from anybody: each is taken or refused in a message, whatever it holds.

Forty of each kind; with ``pytest -m soak`` ten thousand, in ten parts.
"""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout, suppress
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from servers import shows
from sim.analysis.calibration.reading import load_study as load_calibration
from sim.analysis.firm.observed import read_usage
from sim.analysis.plan.loader import load_problem
from sim.analysis.sweep.loader import load_study
from sim.cli import COMMANDS, main
from sim.errors import InputError
from sim.importing.importer import Options, import_files
from sim.interventions.timeline import CATALOGUE
from sim.organisation import load as load_organisation
from sim.organisation.load import load_bytes
from sim.page.assets import as_frame, from_frame
from sim.parameters import PARAMETERS
from sim.posterior import read_sets
from sim.results.manifest import PlanAnswer, ResultsManifest, StudyManifest, check_layout, read_json
from sim.scenario import load as load_scenario
from sim.tables import MemoryFile
from sim.web import socket
from sim.web.socket import Tab, is_deep, request_of, too_large

# ------------------------------------------------------------------------ what is odd

CELLS = st.sampled_from(
    ["", "0", "1", "2", "0.5", "p1", "p2", "P2", " p1", "T1", "nan", "inf", "-inf", "1e400",
     "9" * 400, "9" * 5000, "0_1", "1,5", "1.250", "0,5", "-1", "-0", "Total", "=1+1", "'=1+1",
     "e\u0301", "\u00e9", "\x00", "\u202e", "\ufeff", "\u00a0", '"', "'", '"a', "\u00b2", "\u0663",
     "2026-02-30", "2026-02-02", "2026-W54", "2026-W06", "01/02/2026", "9999-12-31", "0001-01-01",
     "10000-01-01", "TRUE", "yes", "50%", "1e-320", "1 000", "12:00", "#N/A", "#DIV/0!", "None",
     "\ud7ff", "a\tb", "week", "p1;p2", "[", "{}", "x" * 300]
) | st.text(max_size=6)  # fmt: skip
STRANGE = st.sampled_from(
    [10**400, -(2**63), 1e308, float("nan"), float("inf"), "\ud800", None, [], {}, -1, True, "",
     "../x", "9" * 5000, "\u00b2", [[]], [None], {"a": None}, json.loads("[" * 60 + "]" * 60)]
).map(deepcopy)  # fmt: skip
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 60), st.floats(), st.text(max_size=9), CELLS,
    st.sampled_from([10**400, -(2**63), 2**64, 10**30, 1e308, "\ud800", "../x", "=1+1", "a\0b"]),
)  # fmt: skip


def contents(keys: list[str]) -> st.SearchStrategy[Any]:
    """Return nested values whose mappings have these keys, as far as they can be."""
    key = st.sampled_from(keys) | st.text(max_size=5)
    return st.recursive(
        VALUES, lambda one: st.lists(one, max_size=4) | st.dictionaries(key, one, max_size=4)
    )


Rows = list[list[str]]


@st.composite
def csv(draw: st.DrawFn, right: list[str], known: list[str]) -> bytes:
    """Return one of these tables, right but for a place or two and the form of its file."""
    rows: Rows = [line.split(",") for line in draw(st.sampled_from(right)).splitlines()]
    for _ in range(draw(st.sampled_from([0, 1, 1, 1, 2, 3]))):
        _put_wrong(draw, rows, known)
    delimiter = draw(st.sampled_from([",", ",", ";", "\t"]))
    if draw(st.integers(0, 3)) == 0:
        rows = [[f'"{cell}"' for cell in one] for one in rows]
    text = draw(st.sampled_from(["\n", "\n", "\r\n"])).join(map(delimiter.join, rows))
    if draw(st.integers(0, 9)) == 0:
        text = f"sep={delimiter}\n{text}"
    encoding = draw(st.sampled_from(["utf-8", "utf-8", "utf-8-sig", "utf-16", "cp1252"]))
    data = text.encode(encoding, "replace")
    if draw(st.integers(0, 9)) == 0:
        place = draw(st.integers(0, len(data)))
        data = data[:place] + draw(st.binary(max_size=9)) + data[place:]
    return data


def _put_wrong(draw: st.DrawFn, rows: Rows, known: list[str]) -> None:
    """Put something odd into a cell, a header, a row or a column."""
    kind = draw(st.sampled_from(["cell", "cell", "cell", "head", "row", "twice", "column", "less"]))
    row = draw(st.sampled_from(rows))
    if kind == "cell" and row:
        row[draw(st.integers(0, len(row) - 1))] = draw(CELLS)
    elif kind == "head" and rows[0]:
        name = draw(st.sampled_from(known) | CELLS)
        rows[0][draw(st.integers(0, len(rows[0]) - 1))] = name
    elif kind == "row":
        rows.append(draw(st.lists(CELLS, max_size=len(row) + 1)))
    elif kind == "twice":
        rows.append(list(row))
    elif kind == "column":
        for one, cell in zip(rows, [draw(st.sampled_from(known)), *rows], strict=False):
            one.append(cell if isinstance(cell, str) else draw(CELLS))
    elif row:
        row.pop()


# ------------------------------------------------------------------------ eight kinds

PEOPLE = ["id", "team", "manager_id", "role", "level", "task_potential", "start_trust", "threshold",
          "value_family", "considers", "parentId", "department"]  # fmt: skip
TIES = ["source", "target", "kind", "weight", "Type", "week"]
USE = ["week", "weekly_users", "habitual", "people", "team", "enabled", "use_days", "person", "id"]
PEOPLE_RIGHT = [
    "id,team,manager_id,role,level,task_potential,start_trust\n"
    "p1,T1,,lead,2,0.5,0.2\np2,T1,p1,clerk,1,0.3,\np3,T2,p1,clerk,1,,0.9",
    "id,team,value_family,considers,threshold\np1,T1,0.1,yes,2\np2,T1,0.2,no,0.5\np3,T1,,,",
    "person,department,reports_to\np1,T1,\np2,T2,p1\np3,T2,p2",
]
TIES_RIGHT = [
    "source,target\np1,p2\np2,p1\np3,p1",
    "source,target,kind,weight\np1,p2,advice,1\np1,p2,friendship,0.5\np3,p1,advice,2",
    "Source,Target,Type,Weight\np1,p2,Undirected,3\np2,p3,Directed,1",
    "source,target,week,weight\np1,p2,1,2\np1,p2,2,3\np3,p2,1,1",
]
USE_RIGHT = [
    "week,weekly_users,habitual\n1,0,0\n2,0.1,0\n3,0.15,0.05",
    "week,people,enabled,weekly_users\n2026-02-02,20,10,4\n2026-02-09,20,20,7",
    "week,team,use_days,weekly_users\n1,T1,0.5,10%\n1,T2,0,0%\n2,T1,1.5,20%",
    "week,id,use_days,weekly_users\n2026-W06,p1,2,1\n2026-W06,p2,0,0\n2026-W07,p1,3,1",
]
SETS_RIGHT = ["b_trust,b_norm\n0.5,0.2\n1,0.25\n1.5,1", "b_0\n-2\n-1.5"]
EXPORTS_RIGHT = [
    *PEOPLE_RIGHT, *TIES_RIGHT, *USE_RIGHT,
    "Email,Name,Team,Manager\na@x.y,Ann,T1,\nb@x.y,Bob,T1,a@x.y\nc@x.y,Cy,T2,a@x.y",
    "User_principal_name,Display_name,Last_activity_date,Report_refresh_date\n"
    "a@x.y,Ann,2026-02-02,2026-02-20\nb@x.y,Bob,,2026-02-20",
    "PersonId,MetricDate,Total_Copilot_active_days,Total_Copilot_enabled_days,Organization\n"
    "p1,2026-02-01,3,7,T1\np2,2026-02-01,0,7,T1\np1,2026-02-08,2,7,T1",
    "Sender,Recipients,Date\na@x.y,b@x.y;c@x.y,2026-02-02\nb@x.y,a@x.y,2026-02-03",
    "email,I_trust_management,value_family,start_fear_job\na@x.y,Agree,1,5\nb@x.y,Disagree,4,2",
    "id,p1,p2,p3\np1,0,1,0\np2,1,0,2\np3,0,0,0",
    "user_login,day,user_initiated_interaction_count\np1,2026-02-02,4\np2,2026-02-03,1",
]  # fmt: skip
"""Tables that are right, a row a line."""


def people(_: Path, tables: tuple[bytes, bytes]) -> None:
    made = load_bytes(*tables, name="odd")
    assert len({*made.ids}) == made.n_people > 0
    assert np.isfinite(made.ties.weight).all()
    for field in (made.people["task_potential"], made.ties.weight):
        assert ((field >= 0) & (field <= 1)).all()


def use(place: Path, data: bytes) -> None:
    (place / "use.csv").write_bytes(data)
    seen = read_usage(place / "use.csv", 20, date(2026, 2, 2))
    assert np.isfinite(seen.values).all()
    assert (seen.weeks >= 1).all()


def sets(place: Path, data: bytes) -> None:
    (place / "sets.csv").write_bytes(data)
    rows = read_sets(place / "sets.csv")
    for name, one in PARAMETERS.items():
        assert ((rows[name] >= one.low) & (rows[name] <= one.high)).all()


NETWORKS: list[Any] = [
    {"nodes": [{"id": "a", "team": "T1"}, {"id": "b"}], "links": [{"source": "a", "target": "b"}]},
    {"elements": [{"_id": "1", "attributes": {"label": "a"}}, {"label": "b"}],
     "connections": [{"from": "1", "to": "b", "direction": "mutual"}]},
    [{"id": "a", "team": "T1", "manager": {"id": "b"}}, {"id": "b", "team": "T1"}],
    [{"user_login": "a", "day": "2026-02-02", "user_initiated_interaction_count": 3}],
    {"day_totals": [{"user_login": "a", "day": "2026-02-02", "n": 1.0}], "day": 1},
]  # fmt: skip
TEXTS = [
    "<graphml><graph edgedefault='undirected'><node id='a'/><node id='b'/>"
    "<edge source='a' target='b'/></graph></graphml>",
    "<gexf version='1.2'><graph defaultedgetype='directed'><nodes><node id='a' label='a'/>"
    "<node id='b'/></nodes><edges><edge id='0' source='a' target='b'/></edges></graph></gexf>",
    "graph [ directed 1 node [ id 1 label 'a' ] node [ id 2 ] edge [ source 1 target 2 value 3 ] ]",
    "*Vertices 2\n1 a\n2 b\n*Arcs\n1 2 1\n",
    "dl n=2\nformat = edgelist1\nlabels:\na,b\ndata:\n1 2 3\n2 1\n",
    "dl n = 2 format = fullmatrix\ndata:\n0 1\n1 0\n",
]


@st.composite
def networks(draw: st.DrawFn) -> bytes:
    """Return a network of another tool, with something else in a place or two."""
    if draw(st.booleans()):
        content = {"all": deepcopy(draw(st.sampled_from(NETWORKS)))}
        mutate(draw, content, ["id", "nodes", "links", "attributes", "label", "elements"])
        form = draw(st.sampled_from(["whole", "whole", "lines"]))
        value = content.get("all")
        if form == "lines" and isinstance(value, list):
            return "\n".join(map(json.dumps, value)).encode()
        return json.dumps(value).encode()
    text = draw(st.sampled_from(TEXTS))
    for _ in range(draw(st.integers(1, 2))):
        words = re.split(r"([\s<>='\"/\[\]]+)", text)
        words[draw(st.integers(0, len(words) - 1))] = draw(CELLS)
        text = "".join(words)
    return text.encode("utf-8", "surrogatepass")


EXPORTS = st.tuples(
    st.sampled_from(["hr.csv", "log.csv", "net.json", "net.graphml", "book.xlsx", "lines.jsonl"]),
    st.one_of(
        csv(EXPORTS_RIGHT,
            [*PEOPLE, *TIES, *USE, "User principal name", "Last activity date", "Sender"]),
        networks(),
        st.binary(max_size=40).map(lambda data: b"PK\x03\x04" + data),
    ),
)  # fmt: skip


def exports(_: Path, file: tuple[str, bytes]) -> None:
    made = import_files([MemoryFile(*file)], Options())
    again = load_bytes(
        made.files["people.csv"].encode(), made.files["ties.csv"].encode(), name=made.summary
    )
    assert again.n_people == made.organisation.n_people > 0


RIGHT: dict[str, tuple[Callable[[Path], Any], dict[str, Any]]] = {
    "scenario": (load_scenario, {
        "name": "n", "weeks": 4, "parameters": {"b_trust": 1.0}, "organisation": "small-firm",
        "timeline": [{"access": {"start": "week 1"}},
                     {"usage policy": {"start": 2, "dose": 1}}]}),
    "study": (load_study, {
        "name": "n", "scenarios": ["mandate"], "organisation": "small-firm", "weeks": 4,
        "uncertainties": {"b_trust": None, "b_norm": [0, 1]},
        "outcomes": ["habitual_w4"], "design": {"latin hypercube": 3}, "replicates": 2}),
    "plan": (load_problem, {
        "name": "n", "organisation": "small-firm", "weeks": 6, "step": 2,
        "interventions": [{"usage policy": {"label": "u", "latest": "week 3", "doses": [0, 1]}}],
        "timeline": [{"access": {"start": "week 2"}}],
        "objective": {"what": "share", "of": "weekly_users", "at": "week 6"}}),
    "calibration": (load_calibration, {
        "purpose": "p", "seed": 5, "parameters": ["b_0"],
        "effort": {"chains": 1, "sets": 16, "first": 2, "sweeps": 1, "checks": 1, "reach": 2},
        "settings": {"pilot": {"purpose": "p", "people": 20, "weeks": 4, "replicates": 2,
                               "arms": {"plain": "plain.yaml"}}},
        "targets": {"users": {"target": "P", "says": "s", "source": "ASSUMPTION",
                              "setting": "pilot", "measure": "share", "of": "weekly_users",
                              "arms": ["plain"], "weeks": [3, 4], "observed": 0.3, "error": 0.3}}}),
    "organisation": (load_organisation, {
        "kind": "template", "name": "n", "n_people": 30, "seed": 1, "span": {"low": 5, "high": 9},
        "departments": [{"name": "a", "share": 0.5, "roles": {"lawyer": 1}},
                        {"name": "b", "share": 0.5, "roles": {"adviser": 0.7, "writer": 0.3}}]}),
}  # fmt: skip
"""How a file of each kind is read, and one that is right or nearly so."""

DESIGNS = ["latin hypercube", "morris", "saltelli", "sobol", "full factorial", "list", "table"]
PIECES = st.sampled_from(
    ["a", ": ", "- ", "? ", "[", "]", "{", "}", ", ", "!", "!!", "&a ", "*a", "|", ">", "'", '"',
     "\n", "  ", "#", "%YAML 1.2", "---", "...", "\t", "\x00", "\u2028", "0x1", "1e9", "~", "<<"]
)  # fmt: skip


@st.composite
def files(draw: st.DrawFn) -> tuple[str, str]:
    """Return which loader, and a file for it that is wrong in a place or two; or odd text."""
    loader = draw(st.sampled_from(list(RIGHT)))
    if draw(st.integers(0, 4)) == 0:
        times = draw(st.sampled_from([1, 2, 40]))
        return loader, "".join(draw(st.lists(PIECES, max_size=12))) * times
    content = json.loads(json.dumps(RIGHT[loader][1]))
    if loader == "study" and draw(st.booleans()):
        content["design"] = {draw(st.sampled_from(DESIGNS)): draw(STRANGE)}
        return loader, json.dumps(content)
    mutate(draw, content, [*content, *list(CATALOGUE)[:4]])
    return loader, json.dumps(content, ensure_ascii=draw(st.booleans()))


def mutate(draw: st.DrawFn, content: Any, keys: list[str]) -> None:
    """Put something odd in a place or two, or leave something out."""
    for _ in range(draw(st.integers(1, 2))):
        if not (places := list(_places(content))):
            return
        holder, key = places[draw(st.integers(0, len(places) - 1))]
        if draw(st.integers(0, 5)) == 0:
            del holder[key]
        else:
            holder[key] = draw(STRANGE if draw(st.integers(0, 3)) else contents(keys))


def _places(content: Any) -> Iterator[tuple[Any, Any]]:
    keys = list(content) if isinstance(content, dict) else range(len(content))
    for key in keys:
        yield content, key
        if isinstance(content[key], dict | list):
            yield from _places(content[key])


def yaml(place: Path, file: tuple[str, str]) -> None:
    loader, text = file
    (place / "odd.yaml").write_bytes(text.encode("utf-8", "surrogatepass"))
    RIGHT[loader][0](place / "odd.yaml")


HASH = "0" * 64
ORGANISATION = {"name": "o", "people": 2, "teams": 1, "ties": 0, "content_hash": HASH, "path": "x",
                "text": "", "files": {}}  # fmt: skip
SOURCE = {"name": "a", "file": "a.yaml", "text": "", "sources": {}, "parameters": None}
VALID: list[tuple[Any, tuple[str, int], dict[str, Any]]] = [
    (ResultsManifest, ("manifest", 2), {
        "uptake": {"manifest": 2}, "seed": 0, "replicates": 2, "weeks": 3, "parameters_set": {},
        "parameter_sets": [{"b_trust": 1.0}], "record": {"teams": False, "people": False},
        "scenarios": [SOURCE], "organisation": ORGANISATION,
        "tables": {"weekly.parquet": {"rows": 6, "sha256": HASH}}}),
    (StudyManifest, ("study", 1), {
        "uptake": {"study": 1}, "name": "s", "design": "list", "size": None, "seed": 0, "weeks": 3,
        "points": 1, "record": "ab", "tables": ["runs"],
        "outcomes": {"habitual": {"unit": "share", "meaning": ""}},
        "factors": [{"name": "b", "kind": "lever", "range": None, "levels": [1.0]}],
        "runs": {"expected": 1, "stored": 1, "failed": 0, "missing": 0},
        "scenarios": [SOURCE], "organisations": [ORGANISATION]}),
    (PlanAnswer, ("plan", 2), {
        "uptake": {"plan": 2}, "problem": "p", "risk": "mean", "runs": 1, "worlds": 1,
        "parameter_sets": 1, "plans_seen": 1, "all_plans_seen": True,
        "plans": [{"file": "best.yaml", "plan": {
            "starts": [1], "doses": [1.0], "rounds": [0], "waves": [[]], "gaps": []}}]}),
]  # fmt: skip


@st.composite
def manifests(draw: st.DrawFn) -> tuple[int, str]:
    """Return which schema, and a manifest that is wrong in a place or two."""
    which = draw(st.integers(0, len(VALID) - 1))
    content = json.loads(json.dumps(VALID[which][2]))
    mutate(draw, content, ["a", "name"])
    return which, json.dumps(content)


def manifest(place: Path, file: tuple[int, str]) -> None:
    which, text = file
    path, (schema, (key, layout), _) = place / "manifest.json", VALID[which]
    path.write_text(text)
    read_json(
        path, schema, "another", layout=lambda said: check_layout(said, path, "", key, layout)
    )


ASKED: dict[str, dict[str, Any]] = {
    "hello": {},
    "open": {"plans": ["order-trust-first"], "organisation": "small-firm",
             "parameters": {"b_trust": 1.0}, "outcome": "trust", "pseudonyms": True, "edits": {}},
    "edit": {"plan": 0, "timeline": [{"access": {"start": 1}}], "dragging": True},
    "why": {"plan": 0, "team": 1, "first": False, "week": 2, "person": 3},
    "next": {"plan": 0, "team": 1},
    "yaml": {"plan": 0},
    "signals": {"plan": 1, "team": 1},
    "starts": {"plan": 0, "person": 3},
    "bets": {"do": "open", "port": 80, "weeks": 4, "marks": [1, 4], "plans": ["a"]},
    "look": {"files": [{"name": "hr.csv", "content": "a file"}]},
    "upload": {"people": "a file", "ties": "a file", "name": "x", "scale": ""},
    "upload again": {"files": [{"name": "hr.csv", "content": "a file"}], "name": "x",
                     "sheets": {"hr.csv": {"kind": "people", "columns": {"id": "id"}}}},
    "nothing of the kind": {},
}  # fmt: skip
WORDS = ["start", "to", "dose", "access", "usage policy", "teams", "at", "array", "shape", "name"]


@st.composite
def frames(draw: st.DrawFn) -> str | bytes:
    """Return a request with an odd value in a field or two, or no request at all."""
    if draw(st.integers(0, 15)) == 0:
        return draw(st.binary(max_size=60) | st.text(max_size=60))
    kind = draw(st.sampled_from([*ASKED, "open", "open", "edit", "edit", "why"]))
    message = {"type": kind.removesuffix(" again"), "id": 7, **deepcopy(ASKED[kind])}
    mutate(draw, message, WORDS)
    with_files = draw(csv(PEOPLE_RIGHT, PEOPLE)) if "a file" in str(message) else b""
    if with_files:
        _put_files(message, np.frombuffer(with_files, np.uint8))
        with suppress(UnicodeEncodeError, OverflowError):  # what no page could send
            return as_frame(message)
        return ""
    return json.dumps(message)


def _put_files(content: Any, file: Any) -> None:
    """Put a file wherever a request says so."""
    for holder, key in list(_places(content)):
        if isinstance(holder[key], str) and holder[key] == "a file":
            holder[key] = file


@pytest.fixture(scope="module")
def tab() -> Tab:
    """A tab without its socket."""
    plans = ("order-training-first", "order-trust-first")
    return Tab(shows(plans, replicates=2, weeks=4, threads=1))


def frame(tab: Tab, message: str | bytes) -> None:
    def unforeseen(asked: object, error: Exception) -> None:
        raise AssertionError(asked) from error

    event = {"text": message} if isinstance(message, str) else {"bytes": message}
    if too_large(event) or (request := request_of(event)) is None:
        return  # the tab is closed
    is_deep(request)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "_note", unforeseen)  # answered too, but by a line in the log
        answer = from_frame(tab._answered(request))
    assert isinstance(answer, dict)
    asked = request.get("id")
    if isinstance(asked, int) and abs(asked) < 2**53:
        assert answer["id"] == asked
    assert as_frame(answer)


OPTIONS = ["--set", "--seed", "-n", "--weeks", "--margin", "--organisation", "--threads", "--by",
           "--json", "--csv", "--sql", "--outcome", "--help", "--debugging", "--", "-", "--n=2",
           "--set=b_trust=1", "--where", "--method", "--observed", "--mapping"]  # fmt: skip
READING = [name for name in COMMANDS if name not in ("serve", "demo", "doctor", "new-plugin")]
NAMES = [
    "mandate",
    "small-firm",
    "C3",
    "access",
    "scenario",
    "odd.yaml",
    ".",
    "..",
    "/dev/zero",
    "/dev/null",
    "~",
    "~nobody/x",
    "b_trust=nan",
    "b_trust=1e999",
    "b_trust",
    "=",
    "\udcff",
]
ARGUMENTS = st.tuples(
    st.sampled_from(READING), st.lists(st.sampled_from([*OPTIONS, *NAMES]) | CELLS, max_size=4)
)


def words(place: Path, given_words: tuple[str, list[str]]) -> None:
    command, others = given_words
    others = [one.replace("\0", "") for one in others]  # no system hands a NUL down
    if command in ("run", "compare", "report"):  # short, where nothing else is wrong with it
        others = ["--organisation", "small-firm", "-n", "2", "--weeks", "2", *others]
    if command == "calibrate" or (command == "plan" and "--estimate" not in others):
        others = [*others, "--estimate"]  # no such option, or no search
    said, errors = io.StringIO(), io.StringIO()
    before, there = os.getcwd(), place / "folder"
    there.mkdir(exist_ok=True)
    os.chdir(there)
    try:
        with redirect_stdout(said), redirect_stderr(errors), pytest.raises(SystemExit) as ended:
            main([command, *others])
    finally:
        os.chdir(before)
    assert ended.value.code in (0, 1, 2), errors.getvalue()
    assert "Traceback" not in errors.getvalue()


KINDS: dict[str, tuple[st.SearchStrategy[Any], Callable[[Any, Any], None]]] = {
    "people": (st.tuples(csv(PEOPLE_RIGHT, PEOPLE), csv(TIES_RIGHT, TIES)), people),
    "use": (csv(USE_RIGHT, USE), use),
    "sets": (csv(SETS_RIGHT, list(PARAMETERS)[:12]), sets),
    "exports": (EXPORTS, exports),
    "yaml": (files(), yaml),
    "manifests": (manifests(), manifest),
    "frames": (frames(), frame),
    "words": (ARGUMENTS, words),
}


def hold(kind: str, times: int, place: Path, request: pytest.FixtureRequest) -> None:
    """Take or refuse so many inputs of a kind."""
    strategy, check = KINDS[kind]
    subject = request.getfixturevalue("tab") if kind == "frames" else place

    @settings(
        max_examples=times, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(strategy)
    def once(one: Any) -> None:
        with suppress(InputError):
            check(subject, one)

    once()


@pytest.mark.parametrize("kind", KINDS)
def test_anything_is_taken_or_refused(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    hold(kind, 40, tmp_path, request)


@pytest.mark.soak
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("part", range(10))
def test_ten_thousand_are_taken_or_refused(
    kind: str, part: int, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    hold(kind, 1000, tmp_path, request)
