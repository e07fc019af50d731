"""YAML from somebody else: read or refused soon, whatever it is, by every loader."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from sim.analysis.sweep.loader import load_study
from sim.document import parse
from sim.errors import InputError
from sim.organisation import load as load_organisation
from sim.scenario import load as load_scenario

SECONDS = 2.0
"""Of this thread's processor time, so that a busy machine changes nothing."""

HOSTILE = {
    "exclamation marks": "!" * 900_000,
    "brackets": "a: " + "[" * 100_000,
    "dashes": "- " * 400_000,
    "colons": ": " * 300_000,
    "keys": "".join(f"k{i}: 1\n" for i in range(60_000)),
    "entries": "timeline:\n" + "  - access: {start: 1}\n" * 20_000,
    "unknown parameters": "parameters:\n" + "".join(f"  b_trus{i}: 1\n" for i in range(9_900)),
    "anchors": "".join(f"k{i}: &a{i} x\n" for i in range(40_000)),
    "tags": "- !a b\n" * 99_000,
    "lines": "\n" * 999_000,
    "folded": "a\n" * 400_000,
    "escapes": 'a: "' + "\\\\x41" * 199_000 + '"',
    "flow": "[" + "a b c d " * 120_000 + "]",
}


@pytest.mark.parametrize("load", [load_scenario, load_study, load_organisation])
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_megabyte_is_refused_soon(tmp_path: Path, load: Any, text: str) -> None:
    file = tmp_path / "hostile.yaml"
    file.write_text(text[:999_999], "utf-8")
    began = time.thread_time()
    with pytest.raises(InputError) as refused:
        load(file)
    assert time.thread_time() - began < SECONDS
    assert len(refused.value.problems) <= 110


@pytest.mark.parametrize(
    "design",
    ["latin hypercube", "morris", "saltelli", "sobol", "full factorial", "fractional factorial",
     "list", "table"],
)  # fmt: skip
def test_a_design_that_says_nothing_is_said(tmp_path: Path, design: str) -> None:
    file = tmp_path / "study.yaml"
    file.write_text(
        "scenarios: [mandate]\noutcomes: [habitual_w52]\nuncertainties: {b_trust: }\n"
        f"design: {{{design}: }}\n"
    )
    with pytest.raises(InputError, match="design"):
        load_study(file)


@pytest.mark.skipif(os.name == "nt", reason="there are no pipes in folders")
@pytest.mark.parametrize("load", [load_scenario, load_study, load_organisation])
@pytest.mark.parametrize("kind", ["pipe", "device", "loop", "long"])
def test_what_is_no_file_is_refused_unopened(tmp_path: Path, load: Any, kind: str) -> None:
    path = tmp_path / ("x" * 300 + ".yaml" if kind == "long" else "x.yaml")
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "loop":
        path.symlink_to(path)
    with pytest.raises(InputError):
        load(path)


PIECES = some.sampled_from(
    ["a", ": ", "- ", "? ", "[", "]", "{", "}", ", ", "!", "!!", "&a ", "*a", "|", ">", "'", '"',
     "\n", "  ", "#", "%YAML 1.2", "---", "...", "\t", "\x00", "\u2028", "0x1", "1e9", "~", "<<"]
)  # fmt: skip
TEXTS = some.builds(
    lambda pieces, times: "".join(pieces) * times, some.lists(PIECES, max_size=12),
    some.sampled_from([1, 2, 40, 3_000]),
)  # fmt: skip


def _ends(text: str) -> None:
    began = time.thread_time()
    with suppress(InputError):
        parse(text[:999_999], "hostile.yaml")
    assert time.thread_time() - began < SECONDS


@settings(max_examples=40, deadline=None)
@given(text=TEXTS)
def test_any_text_is_read_or_refused(text: str) -> None:
    _ends(text)


@pytest.mark.parametrize("control", ["\\0", "\\x0b", "\\e[31m", "\\x7f", "\\x9b"])
@pytest.mark.parametrize("text", ['name: "a{}"', 'resources: {{"a{}": 1}}', '- ["{}"]'])
def test_no_text_holds_a_control_character(text: str, control: str) -> None:
    with pytest.raises(InputError, match=r"holds a control character \(\\[xu][0-9a-f]+\)"):
        parse(text.format(control), "odd.yaml")
