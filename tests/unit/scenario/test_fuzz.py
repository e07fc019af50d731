"""Whatever stands in a file, reading it gives a scenario or says what is wrong."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import InputError
from sim.scenario import loads

SCENARIOS = Path(__file__).parents[3] / "scenarios"
SHIPPED = {path.name: path.read_text(encoding="utf-8") for path in sorted(SCENARIOS.glob("*.yaml"))}
PIECES = st.sampled_from(
    [
        "timeline:", "\n", "  - ", "access:", "{", "}", "[", "]", "start:", " week 3", "audience:",
        "teams: ", "minus: ", "share: ", "0.5", "-1", ".nan", "1e999", "null", "true", "&a ", "*a",
        "decision: ", "threshold: ", "bass", "parameters: ", "tool_quality: ", "extends: ",
        "training-first.yaml", "remove: ", "label: ", "!!str ", "? ", ": ", "---\n", "\t", "'", '"',
        "|", "<<: ", "weeks: ", "until the end", "everyone", "informal leaders", "count: ", "%",
    ]
)  # fmt: skip


def read(text: str) -> None:
    try:
        loads(text, "f.yaml", sources=SHIPPED)
    except InputError as error:
        problems = error.problems
    else:
        return
    assert problems
    for problem in problems:
        assert problem.where
        assert problem.what
        assert problem.right


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    read(text)


@settings(max_examples=250, deadline=None)
@given(st.lists(PIECES, max_size=30).map("".join))
def test_pieces_of_the_language(text: str) -> None:
    read(text)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(sorted(SHIPPED)),
    st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 12), PIECES | st.text(max_size=4)), max_size=4
    ),
)
def test_shipped_files_with_pieces_cut_and_put_in(
    name: str, cuts: list[tuple[float, int, str]]
) -> None:
    text = SHIPPED[name]
    for at, length, piece in cuts:
        i = int(at * len(text))
        text = text[:i] + piece + text[i + length :]
    read(text)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
KEYS = st.sampled_from(
    [
        "name", "weeks", "parameters", "mechanisms", "decision", "timeline", "organisation",
        "extends", "remove",
    ]
)  # fmt: skip
LEVERS = st.sampled_from(["start", "lasts", "every", "times", "dose", "audience", "hours", "label"])


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(st.dictionaries(KEYS, values), st.lists(st.dictionaries(LEVERS, values), max_size=3))
def test_any_value_in_any_place(top: dict[str, object], entries: list[dict[str, object]]) -> None:
    import json

    file = {**top, "timeline": top.get("timeline", [{"access": body} for body in entries])}
    read(json.dumps(file))
