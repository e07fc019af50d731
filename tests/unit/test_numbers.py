"""One place words a number: in Python, and by the same table on the page."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim import numbers
from sim.contrast import Estimate

SIM = Path(numbers.__file__).parent
STATIC = SIM / "page" / "static"
ASIDE = ("numbers.py", "tables/numbers.py", "importing/example.py")
"""What words numbers; what reads them, and repeats one as it was written; a table of ties."""

ROUNDED_ASIDE = ("words.js", "bet.js", "chart.js", "spark.js")
"""The page's: what words numbers; coordinates of a path."""

MODULE = """
import fs from "node:fs";
const {share, range, points, figure, ranged, fixed, typed} = await import(process.argv[2]);
const undo = (v) => v === "inf" ? Infinity : v === "-inf" ? -Infinity : v === "nan" ? NaN : v;
const say = {share, range, points, figure, ranged, fixed, typed};
const asked = JSON.parse(fs.readFileSync(0, "utf8"));
console.log(JSON.stringify(asked.map(([name, ...given]) => say[name](...given.map(undo)))));
"""


def values() -> list[float]:
    """Return halves, what is near them, ends, and what cannot be said."""
    rng = np.random.default_rng(3)
    even = [k / 400 for k in range(-410, 411)] + [k / 16 for k in range(-48, 49)]
    near = [one + e for one in (0.005, 0.995, 0.125, 0.5, 1.0, 0.285) for e in (-1e-12, 0, 1e-12)]
    odd = [0.0, -0.0, 1e-9, -1e-9, 1234.5, -98765.25, float("nan"), float("inf"), -float("inf")]
    return [*even, *near, *odd, *rng.normal(0, 1, 300).tolist()]


@pytest.fixture(scope="module")
def by_page(tmp_path_factory: pytest.TempPathFactory):
    """Return what the page's own module says, as node runs it."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not here; tests/browser asks the browser for some of the same")
    folder = tmp_path_factory.mktemp("words")
    for name in ("words", "numbers"):
        text = (STATIC / f"{name}.js").read_text("utf-8")
        (folder / f"{name}.mjs").write_text(text.replace("uptake/numbers", "./numbers.mjs"))
    (folder / "run.mjs").write_text(MODULE)

    def say(asked: list[list[object]]) -> list[str]:
        plain = [
            [str(v) if isinstance(v, float) and not np.isfinite(v) else v for v in one]
            for one in asked
        ]
        command = [node, str(folder / "run.mjs"), str(folder / "words.mjs")]
        found = subprocess.run(
            command, input=json.dumps(plain), capture_output=True, text=True, check=True
        )
        said: list[str] = json.loads(found.stdout)
        return said

    return say


def test_the_page_says_shares_and_points_alike(by_page) -> None:
    asked = values()
    for name, of in (
        ("share", numbers.share),
        ("points", lambda v: numbers.points(v, signed=True)),
    ):
        assert by_page([[name, v] for v in asked]) == [of(v) for v in asked], name


@pytest.mark.parametrize("decimals", [0, 1, 2, 3])
@pytest.mark.parametrize("signed", [False, True])
def test_the_page_rounds_alike(by_page, decimals: int, signed: bool) -> None:
    asked = values()
    said = by_page([["fixed", v, decimals, signed] for v in asked])
    assert said == [numbers.fixed(v, decimals, signed=signed) for v in asked]


def test_the_page_shows_what_may_be_typed_alike(by_page) -> None:
    asked = [v for v in values() if 1e-4 < abs(v) < 100 and len(repr(v)) > 12]  # no halves
    asked += [-2.0, 0.0, 4321.0]
    said = by_page([["typed", v] for v in asked])
    assert said == [numbers.typed(v, 3) for v in asked]


@pytest.mark.parametrize("unit", [*numbers.DECIMALS, "share", "1", "share of replicates"])
def test_the_page_says_figures_and_bands_alike(by_page, unit: str) -> None:
    asked = [abs(v) for v in values()]
    said = by_page([["figure", v, unit] for v in asked])
    assert said == [numbers.figure(v, unit) for v in asked]
    bands = [(v, v * 0.9, v * 1.2) for v in asked]
    estimates = [
        SimpleNamespace(mean=m, median=m, band_low=low, band_high=high, replicates=9)
        for m, low, high in bands
    ]
    assert by_page([["ranged", *band, unit] for band in bands]) == [
        numbers.with_band(one, unit) for one in estimates
    ]


def test_the_pages_table_is_current(repository: Path) -> None:
    text = (STATIC / "numbers.js").read_text("utf-8")
    begun = text.index("{")
    assert json.loads(text[begun : text.rindex("}") + 1]) == json.loads(
        json.dumps(dict(numbers.TABLE))
    ), "run: python docs/generate.py"


@given(st.floats(-10, 10), st.integers(0, 4))
def test_no_number_has_an_ascii_minus_or_a_signed_zero(value: float, decimals: int) -> None:
    for text in (
        numbers.fixed(value, decimals), numbers.fixed(value, decimals, signed=True),
        numbers.points(value, signed=True), numbers.figure(value, "hours", signed=True),
    ):  # fmt: skip
        assert "-" not in text
        assert text.strip("+−0.") or text.lstrip("0.") == ""


def formats(tree: ast.AST) -> list[str]:
    """Return the format specifications that round a number, and repairs of a minus."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FormattedValue) and isinstance(node.format_spec, ast.JoinedStr):
            spec = "".join(str(getattr(v, "value", "")) for v in node.format_spec.values)
            if re.search(r"[f%]$|\.\d+[eg]", spec):
                found.append(f"line {node.lineno}: {spec}")
        if isinstance(node, ast.Constant) and node.value == "−":
            found.append(f"line {node.lineno}: a minus")
    return found


def test_nowhere_else_is_a_number_rounded_for_a_reader() -> None:
    found = {
        str(file.relative_to(SIM)): said
        for file in sorted(SIM.rglob("*.py"))
        if file.relative_to(SIM).as_posix() not in ASIDE
        if (said := formats(ast.parse(file.read_text("utf-8"))))
    }
    assert found == {}


def test_nowhere_else_does_the_page_round_a_number() -> None:
    found = [
        f"{file.name}: {line.strip()}"
        for file in sorted(STATIC.glob("*.js"))
        if file.name not in ROUNDED_ASIDE
        for line in file.read_text("utf-8").splitlines()
        if any(word in line for word in ("toFixed(", "toPrecision(", "Intl.", "toLocaleString("))
    ]
    assert found == []


def test_a_number_rounded_elsewhere_is_found() -> None:
    assert formats(ast.parse('f"{x:.1f}%"'))
    assert formats(ast.parse('f"{x:.3g}"'))
    assert formats(ast.parse('text.replace("-", "−")'))
    assert not formats(ast.parse('f"{n:,} of {name:10}"'))


def band(**given: float) -> Estimate:
    """Return an estimate of 0.5 with its band, but for what is given."""
    said = {"mean": 0.5, "low": 0.4, "high": 0.6, "band_low": 0.3, "median": 0.5, "band_high": 0.7}
    return Estimate(**(said | {"replicates": 9} | given))


def test_what_a_number_cannot_say_is_left_out() -> None:
    """Zero has no sign, one replicate no band, what is not finite no record, 1 point no plural."""
    assert numbers.brief(0.0, signed=True) == "0"
    assert numbers.brief(0.5, signed=True) == "+0.5"
    assert numbers.with_band(band(), "share") == "50% (30–70%)"
    assert numbers.with_band(band(replicates=1), "share") == "50%"
    assert numbers.points_with_band(band()) == "50.0 (30.0 to 70.0)"
    assert numbers.points_with_band(band(replicates=1)) == "50.0"
    odd = [float("nan"), float("inf"), {"a": -float("inf")}, 1 / 3]
    assert numbers.rounded(odd, 2) == [None, None, {"a": None}, 0.33]
    assert numbers.figure(12.0, "week") == "12"
    assert numbers.figure(-1.5, "week", signed=True) == "−1.5"  # a mean of differences
    said = [numbers.points_of(margin) for margin in (0.005, 0.01, 0.02)]
    assert said == ["0.5 points", "1 point", "2 points"]
