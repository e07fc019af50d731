"""Arrays and text on their way to the browser; assets; words; levers."""

from __future__ import annotations

import base64
import contextlib
import json
import re
import zlib
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sim.contrast import BAND
from sim.interventions.base import Audience
from sim.interventions.timeline import CATALOGUE
from sim.page import assets
from sim.page.assets import as_frame, as_json, from_frame
from sim.page.payload import audience_words
from sim.report.style import PLANS
from sim.scenario import loads
from sim.scenario.text import to_yaml
from sim.sources import shipped_folder
from sim.web.server_state import catalogue, parameters


@given(arrays(np.uint8, (3, 4)), arrays(np.float64, 5, elements=st.floats(-1e9, 1e9)))
def test_a_frame_gives_back_what_went_in(small: np.ndarray, large: np.ndarray) -> None:
    back = from_frame(as_frame({"a": small, "b": [{"c": large}], "d": "é"}))
    assert np.array_equal(back["a"], small)
    assert np.array_equal(back["b"][0]["c"], large)
    assert back["d"] == "é"


@given(arrays(np.uint8, (4, 3)))
def test_differences_over_weeks_add_up_again(values: np.ndarray) -> None:
    entry = json.loads(as_json({"a": values}))["a"]
    raw = zlib.decompress(base64.b64decode(entry["deflate"]), -15)
    found = np.frombuffer(raw, np.uint8).reshape(4, 3).cumsum(axis=0, dtype=np.uint8)
    assert np.array_equal(found, values)


@pytest.mark.parametrize("frame", [b"", b"\1", b"\xff\xff\xff\xff{}", b"\2\0\0\0{]"])
def test_what_is_no_frame_is_refused(frame: bytes) -> None:
    with pytest.raises(ValueError, match=r"frame|Expecting"):
        from_frame(frame)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_frame_or_refused(data: bytes) -> None:
    with contextlib.suppress(ValueError):
        from_frame(data)


def test_text_in_json_cannot_end_a_script() -> None:
    text = as_json({"name": "</script><!--\u2028"})
    assert "<" not in text
    assert "\u2028" not in text
    assert json.loads(text)["name"] == "</script><!--\u2028"


def test_a_report_carries_what_its_modules_import_and_nothing_that_needs_a_server() -> None:
    carried = set(assets.modules())
    for name in assets.all_modules():
        wanted = set(re.findall(r'"uptake/(\w+)"', assets.module_source(name)))
        assert wanted <= (carried if name in carried else set(assets.all_modules()))
    assert not carried & {"live", "main", "upload", "phones", "sandbox"}


def test_nothing_is_read_as_markup_or_fetched_from_elsewhere() -> None:
    for name in assets.all_modules():
        source = assets.module_source(name)
        for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
            assert word not in source, f"{name} uses {word}"
        assert not re.findall(r"https?://(?!www\.w3\.org)", source)
    assert "url(" not in assets.css()
    assert "@import" not in assets.css()


def test_the_inline_map_carries_the_modules_themselves() -> None:
    imports = json.loads(assets.inline_import_map())["imports"]
    for name in assets.modules():
        data = base64.b64decode(imports[f"uptake/{name}"].partition(",")[2]).decode()
        assert data.startswith(assets.module_source(name))
        assert f"sourceURL=uptake/{name}.js" in data


def test_no_module_of_another_name_is_read() -> None:
    with pytest.raises(ValueError, match="no module"):
        assets.module_source("../payload")


@pytest.mark.parametrize(
    ("audience", "words"),
    [
        ("everyone", "everyone"),
        ("managers", "managers"),
        ({"informal leaders": {"share": 0.1}}, "informal leaders (10%)"),
        ({"teams": ["Legal"]}, "Legal"),
        ({"teams": ["A", "B", "C", "D"]}, "4 teams"),
        ({"ids": ["alice"]}, "1 named person"),
        ({"ids": ["alice", "bob"], "teams": ["Legal"]}, "2 named people in Legal"),
        ({"managers": False, "levels": [2, 3]}, "people who are not managers, level 2 and 3"),
        ({"any": ["managers", {"teams": ["Legal"]}]}, "managers and Legal"),
        ({"everyone": True, "minus": {"roles": ["nurse"]}}, "everyone, without nurse"),
        ({"everyone": True, "count": 20}, "everyone (20)"),
    ],
)
def test_audiences_in_words_never_name_a_person(audience: object, words: str) -> None:
    assert audience_words(Audience.model_validate(audience)) == words


def test_every_lever_comes_from_its_declaration() -> None:
    found = {entry["kind"]: entry for entry in catalogue()}
    assert list(found) == list(CATALOGUE)
    for kind, intervention in CATALOGUE.items():
        fields = {lever["field"] for lever in found[kind]["levers"]}
        left_out = {"label", "money", "every", "times"}
        assert fields == set(intervention.model_fields) - left_out
        for lever in found[kind]["levers"]:
            if lever["type"] == "number":
                assert lever["low"] <= lever["default"] <= lever["high"], (kind, lever)
    assert all(p["low"] <= p["value"] <= p["high"] for p in parameters())


@pytest.mark.parametrize("file", sorted(shipped_folder().glob("*.yaml")), ids=lambda f: f.stem)
def test_a_shipped_scenario_survives_being_written(file: object) -> None:
    from sim.scenario import load

    scenario = load(file)  # type: ignore[arg-type]
    again = loads(to_yaml(scenario), name="again.yaml")
    assert [p.intervention for p in again.timeline] == [p.intervention for p in scenario.timeline]
    assert again.overrides() == scenario.overrides()
    assert again.switched_off() == scenario.switched_off()
    assert (again.name, again.purpose, again.weeks) == (
        scenario.name, scenario.purpose, scenario.weeks,
    )  # fmt: skip


def test_the_band_is_the_one_that_is_named() -> None:
    assert BAND == (0.1, 0.9)


def palette(theme: str) -> dict[str, str]:
    """Return the colours of a theme, from the style sheet itself."""
    text = assets.css()
    block = text[text.index(":root {") : text.index("}")]
    if theme == "dark":
        dark = text.index(':root[data-theme="dark"]')
        block += text[dark : text.index("}", dark)]
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))


def linear(colour: str) -> np.ndarray:
    value = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    low, high = sorted(linear(c) @ [0.2126, 0.7152, 0.0722] for c in (one, other))
    return float((high + 0.05) / (low + 0.05))


# Machado, Oliveira & Fernandes (2009), severity 1, on linear RGB.
DEFICIENCIES = {
    "none": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
         [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
         [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
         [0.004733, 0.691367, 0.303900]]
    ),
}  # fmt: skip


def lab(colour: str, deficiency: str) -> np.ndarray:
    rgb = np.clip(DEFICIENCIES[deficiency] @ linear(colour), 0, 1)
    xyz = np.array(
        [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
         [0.0193339, 0.1191920, 0.9503041]]
    ) @ rgb / [0.95047, 1, 1.08883]  # fmt: skip
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


STAGE_COLOURS = tuple(
    f"stage-{name}" for name in ("none", "unaware", "considering", "trying", "using", "lapsed")
)


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_stages_and_plans_differ_for_everybody(theme: str, deficiency: str) -> None:
    colours = palette(theme)
    for names, least in ((STAGE_COLOURS, 11), (("plan-0", "plan-1"), 15)):
        for one, other in combinations(names, 2):
            distance = np.linalg.norm(
                lab(colours[one], deficiency) - lab(colours[other], deficiency)
            )
            assert distance >= least, f"{one} and {other} under {deficiency}: {distance:.1f}"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_ramp_is_ordered_and_text_can_be_read(theme: str) -> None:
    colours = palette(theme)
    ramp = [lab(colours[name], "none")[0] for name in STAGE_COLOURS[:-1]]
    assert ramp == sorted(ramp, reverse=theme == "light")
    texts = ("plan-0", "plan-1", "plan-text-2", "plan-text-3")
    for name in ("ink", "muted", "warn", "accent", *texts):
        assert contrast(colours[name], colours["panel"]) >= 4.5, name
    assert contrast(colours["accent"], colours["accent-ink"]) >= 4.5
    for name in ("edge-none", "edge-unaware", "edge-lapsed", "edge-own", "mark", "select"):
        assert contrast(colours[name], colours["panel"]) >= 2.5, name


def test_plans_have_one_colour_everywhere() -> None:
    colours = palette("light")
    for plan, look in enumerate(PLANS):
        assert look.colour == colours[f"plan-{plan}"]


def test_the_page_knows_stages_by_the_codes_that_are_sent() -> None:
    from sim.page.replay import BEGINS, STAGES

    text = (assets.static_folder() / "colours.js").read_text("utf-8")
    codes = {name.lower(): int(code) for name, code in re.findall(r"\b([A-Z]+) = (\d+)", text)}
    assert codes == {name: code for code, (name, _, _) in enumerate(STAGES)} | {"begins": BEGINS}
    listed = re.search(r"const STAGES = \[(.*?)\]", text)
    assert listed
    assert re.findall(r"\w+", listed[1]) == [name for name, _, _ in STAGES]
    assert len(STAGES) <= 8  # three bits
