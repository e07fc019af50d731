"""Whatever stands in a file, the answer is an organisation or an error in words."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import InputError
from sim.organisation import load

CELL = st.sampled_from(
    ["a", "b", "1", "01", "1.0", "-1", "nan", "inf", "1e400", "", " ", "NA", '"', "x,y", "0.5", "é"]
)
LINE = st.lists(CELL, min_size=1, max_size=6).map(",".join)
HEAD = st.lists(
    st.sampled_from(
        ["id", "team", "manager_id", "level", "start_trust", "value_family", "threshold", "x", ""]
    ),
    min_size=1,
    max_size=6,
).map(",".join)
TIE_HEAD = st.sampled_from(["source,target", "source,target,weight", "source,target,kind,weight,x"])
SETTINGS = st.sampled_from(
    ["", "kind: template\nn_people: 3\n", "scale: five-point\n", "top_level: 1\n", "a: {b: [c\n"]
)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(HEAD, st.lists(LINE, max_size=6), TIE_HEAD, st.lists(LINE, max_size=6), SETTINGS)
def test_lines_of_cells(head, people, tie_head, ties, yaml):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "people.csv").write_text("\n".join([head, *people]), "utf-8")
        (folder / "ties.csv").write_text("\n".join([tie_head, *ties]), "utf-8")
        (folder / "organisation.yaml").write_text(yaml, "utf-8")
        with suppress(InputError):
            assert load(folder).n_people > 0


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.binary(max_size=200), st.binary(max_size=100))
def test_any_bytes(people, ties, yaml):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "people.csv").write_bytes(people)
        (folder / "ties.csv").write_bytes(ties)
        (folder / "template.yaml").write_bytes(b"kind: template\n" + yaml)
        with suppress(InputError):
            load(folder)
        with suppress(InputError):
            load(folder / "template.yaml")


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_text_in_a_template(text):
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "template.yaml"
        file.write_bytes(b"kind: template\nn_people: 5\n" + text.encode("utf-8", "replace"))
        with suppress(InputError):
            load(file)
