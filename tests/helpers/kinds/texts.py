"""Files of YAML and manifests, from somebody else."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from kinds.odd import STRANGE, Odd, evenly, held, mutate, places
from sim import scenario
from sim.analysis.calibration.reading import load_study as load_calibration
from sim.analysis.plan.loader import load_problem
from sim.analysis.plan.result import read_plan
from sim.analysis.sweep.loader import load_study
from sim.document import MAX_DEPTH, parse
from sim.errors import InputError
from sim.interventions.timeline import CATALOGUE
from sim.organisation import load as load_organisation
from sim.reproduce import _sets, organisation_of
from sim.results.manifest import PlanAnswer, ResultsManifest, StudyManifest, check_layout, read_json
from sim.scenario import load as load_scenario

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
                               "arms": {"plain": "mandate"}}},
        "targets": {"users": {"target": "P", "says": "s", "source": "ASSUMPTION",
                              "setting": "pilot", "measure": "share", "of": "weekly_users",
                              "arms": ["plain"], "weeks": [3, 4], "observed": 0.3, "error": 0.3}}}),
    "organisation": (load_organisation, {
        "kind": "template", "name": "n", "n_people": 30, "seed": 1, "span": {"low": 5, "high": 9},
        "departments": [{"name": "a", "share": 0.5, "roles": {"lawyer": 1}},
                        {"name": "b", "share": 0.5, "roles": {"adviser": 0.7, "writer": 0.3}}]}),
}  # fmt: skip
"""How a file of each kind is read, and one that is right."""

DESIGNS = ["latin hypercube", "morris", "saltelli", "sobol", "full factorial",
           "fractional factorial", "list", "table"]  # fmt: skip
PIECES = st.sampled_from(
    ["a", ": ", "- ", "? ", "[", "]", "{", "}", ", ", "!", "!!", "&a ", "*a", "|", ">", "'", '"',
     "\n", "  ", "#", "%YAML 1.2", "---", "...", "\t", "\x00", "\u2028", "0x1", "1e9", "~", "<<"]
)  # fmt: skip
TEXTS = st.sampled_from(
    ["no", "on", "Yes", "007", "0o7", "0x1F", "1_000", "1:30", "2026-02-02", "1e", ".", "12e03x",
     "n", "y", "+", "=", "<<", "9" * 90, "Ren\u00e9", "10\u00a0000 \u2013 all", "nan", "inf"]
)  # fmt: skip
"""Words that are text, though another version of YAML takes some for something else."""


@st.composite
def documents(draw: st.DrawFn) -> Odd:
    """Return which loader, and a file for it: right in another form, or with something wrong."""
    loader = evenly(draw, list(RIGHT))
    content = json.loads(json.dumps(RIGHT[loader][1]))
    how = evenly(draw, ["a fault", "a fault", "another form", "another form", "no value", "text"])
    if how == "another form":
        name = draw(TEXTS)
        if "name" in content and draw(st.booleans()):
            content["name"] = name
        text = "".join(_block(draw, content, 0))
        return Odd((loader, _as_file(draw, text)), (loader, json.dumps(content)))
    if how == "a fault":
        fault = evenly(draw, FAULTS)
        text = fault(draw, content)
        said = SAID.get(fault) or next(f"U+{ord(one):04X}" for one in text if one in LOOK_PLAIN)
        return Odd((loader, text), fault=fault.__name__, said=said)
    if how == "text":
        times = draw(st.sampled_from([1, 2, 40]))
        return Odd((loader, "".join(draw(st.lists(PIECES, max_size=12))) * times))
    if loader == "study" and draw(st.booleans()):
        content["design"] = {draw(st.sampled_from(DESIGNS)): draw(STRANGE)}
    else:
        mutate(draw, content, [*content, *list(CATALOGUE)[:4]])
    return Odd((loader, json.dumps(content, ensure_ascii=draw(st.booleans()))))


def _block(draw: st.DrawFn, value: Any, depth: int) -> list[str]:
    """Return the lines of a value in blocks, flows, quotes and comments as somebody likes them."""
    pad = "  " * depth
    if not isinstance(value, dict | list) or not value or draw(st.integers(0, 4)) == 0:
        flow = isinstance(value, dict | list) and draw(st.booleans())
        text = json.dumps(value, ensure_ascii=False, indent=depth + 1 if flow else None)
        if isinstance(value, str) and re.fullmatch(r"[^\W_](.*[^:\s])?|\.|1_000", value):
            bare = value if not re.fullmatch(r"[0-9]+|nan.*", value) or value == "007" else text
            text = draw(st.sampled_from([bare, text, f"'{value}'"]))
        return [f" {text}{draw(st.sampled_from(['', ' ', ' # said by: us']))}\n"]
    lines = [draw(st.sampled_from(["\n", "  # all of it\n"]))]
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        said = draw(st.sampled_from([key, f'"{key}"'])) + ":" if isinstance(key, str) else "-"
        lines += [f"{pad}{said}", *_block(draw, inner, depth + 1)]
        if draw(st.integers(0, 5)) == 0:
            lines.append(draw(st.sampled_from(["\n", "# in between\n", f"{pad}  # [\n"])))
    return lines


def _as_file(draw: st.DrawFn, text: str) -> str:
    """Return a text as an editor keeps it."""
    text = (
        draw(st.sampled_from(["", "\ufeff", "---\n", "# Ours\n---\n", "%YAML 1.2\n---\n"])) + text
    )
    text += draw(st.sampled_from(["", "...\n", "\n\n", "# end"]))
    return text.replace("\n", "\r\n") if draw(st.booleans()) else text


def _key(draw: st.DrawFn, content: dict[str, Any]) -> str:
    return draw(st.sampled_from(list(content)))


def key_twice(draw: st.DrawFn, content: dict[str, Any]) -> str:
    key = _key(draw, content)
    return "\n".join(f"{k}: {json.dumps(v)}" for k, v in [*content.items(), (key, content[key])])


def tag(draw: st.DrawFn, content: dict[str, Any]) -> str:
    key, name = (
        _key(draw, content),
        draw(st.sampled_from(["!!python/name:os.system", "!x", "!!str"])),
    )
    return "\n".join(f"{k}: {name if k == key else ''} {json.dumps(v)}" for k, v in content.items())


def too_deep(draw: st.DrawFn, content: dict[str, Any]) -> str:
    deep = draw(st.sampled_from([MAX_DEPTH + 1, 60, 900]))
    content[_key(draw, content)] = "@"
    ways = [("[", "]"), ('{"a": ', "}"), ("- ", "")]
    opening, closing = draw(st.sampled_from(ways if deep < 100 else ways[:1]))
    text = opening * deep + "1" + closing * deep
    if opening == "- ":
        return "\n".join(
            f"{k}: {json.dumps(v)}" if v != "@" else f"{k}:\n  {text}" for k, v in content.items()
        )
    return json.dumps(content).replace('"@"', text)


def too_much(draw: st.DrawFn, content: dict[str, Any]) -> str:
    """Names that stand for ten of the one before, four times over."""
    lines = ["a0: &a0 [1,1,1,1,1,1,1,1,1,1]"]
    for k in range(1, 5):
        lines.append(f"a{k}: &a{k} [{','.join([f'*a{k - 1}'] * 10)}]")
    return "\n".join([*lines, *(f"{k}: {json.dumps(v)}" for k, v in content.items())])


def two_documents(draw: st.DrawFn, content: dict[str, Any]) -> str:
    return f"{json.dumps(content)}\n---\n{json.dumps(content)}"


def list_as_key(draw: st.DrawFn, content: dict[str, Any]) -> str:
    return f"{draw(st.sampled_from(['? [a, b]', '? {a: b}', '? - a']))}\n: 1\n" + "\n".join(
        f"{k}: {json.dumps(v)}" for k, v in content.items()
    )


def half_a_character(draw: st.DrawFn, content: dict[str, Any]) -> str:
    holder, key = draw(
        st.sampled_from(
            [p for p in places(content) if isinstance(p[0][p[1]], str)] or [(content, "name")]
        )
    )
    holder[key] = "a\ud800"
    return json.dumps(content)


LOOK_PLAIN = "\u00a0\u2009\u3000\u200b\ufeff\u2013\u2014\u2212\u2010"
"""Blanks and dashes that are none to YAML."""


def look_alike(draw: st.DrawFn, content: dict[str, Any]) -> str:
    """A blank or a dash that only looks plain, where a plain one must stand."""
    key, odd = _key(draw, content), draw(st.sampled_from(LOOK_PLAIN[:5]))
    lines = [f"{k}: {json.dumps(v)}" for k, v in content.items()]
    where = draw(st.sampled_from(["key", "indent", "item"]))
    if where == "key":
        return "\n".join([f"my{odd}key: 1", *lines])
    if where == "indent":
        return "\n".join([*lines, "more:", f"{odd}{odd}- a: 1", "  - b: 2"])
    dash = draw(st.sampled_from(LOOK_PLAIN[5:]))
    return "\n".join([*lines, "more:", f"  {dash} a: 1", "  - b: 2", f"x{key}: 1"])


def no_yaml(draw: st.DrawFn, content: dict[str, Any]) -> str:
    key = _key(draw, content)
    wrong = draw(
        st.sampled_from(
            ["[1", '"a', "{a: ", "*gone", "\t- a", "a: b: c", "@a", "`a", "%a", "'", "]", "\x07"]
        )
    )
    return "\n".join(f"{k}: {wrong if k == key else json.dumps(v)}" for k, v in content.items())


def too_large(draw: st.DrawFn, content: dict[str, Any]) -> str:
    return json.dumps(content) + draw(st.sampled_from([" ", "\n", "#", "a"])) * 1_000_000


def no_mapping(draw: st.DrawFn, content: dict[str, Any]) -> str:
    return draw(st.sampled_from(["", "~", "[]", "a", "1", "- a: 1", "# nothing", "---", "''"]))


SAID = {
    key_twice: "a second time", tag: "no tags", too_deep: "nested too deeply",
    too_much: "too many values", two_documents: "a second document", list_as_key: "as a key",
    half_a_character: "half a character", no_yaml: "odd.yaml:", too_large: "odd.yaml",
    no_mapping: "odd.yaml",
}  # fmt: skip
"""What is said of a fault; of what only looks plain, which character it is."""

FAULTS = (look_alike, *SAID)


def yaml(place: Path, odd: Odd) -> None:
    def read(file: tuple[str, str]) -> Any:
        loader, text = file
        path = place / "odd.yaml"
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        RIGHT[loader][0](path)
        return parse(text.removeprefix("\ufeff"), "odd.yaml").plain()

    held(odd, read)


# ------------------------------------------------------------------------ manifests

HASH = "0" * 64
ORGANISATION = {"name": "o", "people": 2, "teams": 1, "ties": 0, "content_hash": HASH, "path": "x",
                "text": "", "files": {"people.csv": HASH}}  # fmt: skip
SOURCE = {"name": "a", "file": "a.yaml", "text": "", "sources": {}, "parameters": None}
PLANNED = {"file": "best.yaml", "plan": {
    "starts": [1], "doses": [1.0], "rounds": [0], "waves": [[]], "gaps": []}}  # fmt: skip
VALID: list[tuple[Any, tuple[str, int], dict[str, Any]]] = [
    (ResultsManifest, ("manifest", 2), {
        "uptake": {"manifest": 2}, "seed": 0, "replicates": 2, "weeks": 3, "parameters_set": {},
        "parameter_sets": [{"b_trust": 1.0}], "record": {"teams": False, "people": False},
        "scenarios": [SOURCE], "organisation": ORGANISATION, "margin": 0.01,
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
        "parameter_sets": 1, "plans_seen": 1, "all_plans_seen": True, "plans": [PLANNED]}),
]  # fmt: skip
OPTIONAL = frozenset({"size", "parameters", "range", "margin", "files", "parameter_sets"})
"""What may be null or left out, or empty, or any number."""

NO_JSON = [float("nan"), float("inf"), "1e999", 10**400, "\ud800"]
"""What no JSON holds, though Python writes and reads it."""

INJECTED = ["x\"; COPY (SELECT 7) TO 'made'; --", "../../etc/passwd", "a\0b", "\ud800", ""]
COUNTS = [None, -1, 2**64, 10**400, 0.5, True, "1", [], float("nan")]
NUMBERS = [None, "x", float("nan"), float("inf"), 10**400, [], True]
BAD: list[tuple[int, str, list[Any]]] = [
    *((0, f"{key}", COUNTS) for key in ("seed", "replicates", "weeks", "organisation/people")),
    *((1, f"{key}", COUNTS) for key in ("seed", "points", "runs/stored", "weeks")),
    *((2, f"{key}", COUNTS) for key in ("runs", "plans_seen", "plans/0/plan/starts/0")),
    (0, "weeks", [0, 10**6]), (0, "replicates", [0, 3]),
    (0, "parameter_sets/0/b_trust", NUMBERS),
    (0, "parameters_set", [{"b_trust": one} for one in NUMBERS]),
    (0, "parameter_sets", [[], [{}, {"b_trust": 1.0}], {"b_trust": 1.0}, [None], "x"]),
    (0, "margin", [-0.1, 1.0, 10**400, float("nan"), "x", True]),
    (0, "record", [None, [], {}, {"teams": 1, "people": 0}]),
    (0, "tables", [{one: {"rows": 1, "sha256": HASH}} for one in (*INJECTED, "nope.parquet")]),
    (0, "tables", [{"people.parquet": {"rows": 1, "sha256": HASH}}, {"weekly.parquet": None}, []]),
    (0, "tables/weekly.parquet", [{"rows": 7, "sha256": HASH}, {"rows": 6, "sha256": "0" * 63}]),
    (0, "tables/weekly.parquet/weeks", [[], [0], [4], ["1"]]),
    *((which, f"{at}/files", [{one: HASH} for one in ("../x", "/x", "a\0b", "", "..", 'a"b', "\\")])
      for which, at in ((0, "organisation"), (1, "organisations/0"))),
    *((which, f"{at}/content_hash", ["", "xyz", HASH.upper() + "G", None, HASH + "\n"])
      for which, at in ((0, "organisation"), (1, "organisations/0"))),
    *((which, "scenarios", [[], None, {}, ["a"], [None]]) for which in (0, 1)),
    *((which, "scenarios/0/text", [None, 1, ["a"], "\ud800"]) for which in (0, 1)),
    *((which, "scenarios/0/sources", [None, [], {"a": None}, {"a": 1}]) for which in (0, 1)),
    (1, "scenarios", [[SOURCE, SOURCE], [{**SOURCE, "name": ""}]]),
    (1, "record", ["../../*", "ab\n", "", None, "AB", "a" * 65]),
    (1, "tables", [["runs AS SELECT 1; --"], ["weeks"], ["runs", "runs"], [], None, "runs"]),
    (1, "factors/0/name", [one for one in INJECTED if not one or "\0" in one or "\ud800" in one]),
    (1, "factors", [None, {}, [None], ["b"], [{"name": "b"}]]),
    (1, "factors/0/kind", ["x", None, []]), (1, "factors/0/levels", [None, [[]], [{}], "x"]),
    (1, "outcomes", [None, [], {}, *({one: {"unit": "", "meaning": ""}} for one in ("", "a\0b"))]),
    (1, "size", ["x", [], 4, {"levels": "x"}, {"levels": [2]}, {"levels": 0.5}, {"levels": None}]),
    (1, "runs", [None, [], {}]), (1, "organisations", [[], None, [ORGANISATION, ORGANISATION]]),
    (2, "plans", [[], None, [PLANNED, PLANNED], [None]]),
    (2, "plans/0/file", [*INJECTED, "best.yaml\n", "../best.yaml", "plan-.yaml", "plan-2.yml"]),
    (2, "plans/0/plan/doses", [[None], ["x"], [float("nan")], [1e9], [], [1.0, 1.0], None]),
    (2, "plans/0/plan/waves", [[], None, [None], ["ab"], [[1]]]),
    (2, "plans/0/plan/gaps", [[0, 0], None, [-1], ["x"]]), (2, "all_plans_seen", [None, 1, "true"]),
    *((which, f"uptake/{key}", [True, None, "2", 99, 1.5, [], {}, 10**400])
      for which, key in enumerate(("manifest", "study", "plan"))),
    *((which, "uptake", [None, [], "x", {}, 2]) for which in (0, 1, 2)),
]  # fmt: skip
"""Which manifest, what in it, and what it can never be."""


@st.composite
def manifests(draw: st.DrawFn) -> Odd:
    """Return which schema, and a manifest that is wrong in a place or two."""
    which = draw(st.integers(0, len(VALID) - 1))
    content = deepcopy(VALID[which][2])
    how = evenly(
        draw,
        ["anything", "a value", "a value", "a key", "half", "no number", "no manifest", "right"],
    )
    if how == "anything":
        mutate(draw, content, ["a", "name"])
        return Odd((which, json.dumps(content).encode()))
    if how == "half":
        texts = [(h, k) for h, k in places(content) if isinstance(h[k], str)]
        holder, key = evenly(draw, texts)
        holder[key] = evenly(draw, ["\ud800", "a\udfffb", "\ude00\ud83d"])
        return Odd((which, json.dumps(content).encode()), fault="half a character")
    if how == "no number":  # in any place, read or not
        content["more"] = {"a": [None]}
        holder, key = evenly(draw, list(places(content)))
        holder[key] = draw(st.sampled_from([*NO_JSON, [1, NO_JSON[0]], {"a": NO_JSON[1]}]))
        data = json.dumps(content).replace('"1e999"', "1e999").encode()
        return Odd((which, data), fault="no number")
    if how == "right":
        odd = draw(STRANGE.filter(lambda value: value not in NO_JSON and value == value))
        content[draw(st.sampled_from(["more", "\u00e9", "plugins"]))] = odd
        data = json.dumps(content, indent=draw(st.sampled_from([None, 1]))).encode()
        return Odd((which, data), (which, json.dumps(VALID[which][2]).encode()))
    if how == "no manifest":
        whole = json.dumps(content).encode()
        cut = draw(st.integers(0, len(whole) - 1))
        deep = b'{"uptake": ' + b'{"a": ' * 900 + b"1" + b"}" * 901
        damaged = [whole[:cut], whole[:cut] + b"\xff" + whole[cut:], whole + b"{}", b"null",
                   b"[" * 100_000, b"9" * 5000, deep]  # fmt: skip
        return Odd((which, draw(st.sampled_from(damaged))), fault="no manifest")
    if how == "a key":
        there = [(h, k) for h, k in places(content) if isinstance(k, str) and k not in OPTIONAL]
        holder, key = draw(st.sampled_from(there))
        if isinstance(holder[key], dict) or key == "uptake":
            holder[key] = draw(st.sampled_from([None, [], "x", -1]))
        elif isinstance(holder[key], list):
            holder[key] = draw(st.sampled_from([None, {}, "x", -1]))
        else:
            holder[key] = draw(st.sampled_from([[], {}, [None]]))
        return Odd((which, json.dumps(content).encode()), fault=f"{key} of another kind")
    which, path, values = evenly(draw, BAD)
    content = deepcopy(VALID[which][2])
    holder = content
    *steps, last = path.split("/")
    for step in steps:
        holder = holder[int(step) if isinstance(holder, list) else step]
    value = evenly(draw, values)
    holder[int(last) if isinstance(holder, list) else last] = deepcopy(value)
    return Odd((which, json.dumps(content).encode()), fault=f"{path} is {value!r:.60}")


def manifest(place: Path, odd: Odd) -> None:
    path = place / "manifest.json"

    def read(file: tuple[int, bytes]) -> Any:
        which, data = file
        schema, (key, layout), _ = VALID[which]
        path.write_bytes(data)
        return read_json(
            path, schema, "another", layout=lambda said: check_layout(said, path, "", key, layout)
        ).model_dump()

    content = held(odd, read)
    if content is not None:
        _used(odd.data[0], content, place)


def _used(which: int, content: dict[str, Any], place: Path) -> None:
    """Do with a manifest what readers of its folder do, short of running it."""
    json.dumps(content, allow_nan=False).encode()
    if which == 2:
        for one in content["plans"]:
            read_plan(content, one["file"])
        return
    for one in content["scenarios"]:
        with suppress(InputError):
            scenario.loads(one["text"], one["file"], sources=one["sources"])
    for about in content["organisations"] if which else [content["organisation"]]:
        with suppress(InputError):
            organisation_of(about, place, None)
    if which == 0:
        with suppress(InputError):
            _sets(content["parameter_sets"])
