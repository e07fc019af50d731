"""What is odd, and what is right to make of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from random import Random
from typing import Any, TypeVar

from hypothesis import strategies as st

from sim.errors import InputError

T = TypeVar("T")


@dataclass(frozen=True)
class Odd:
    """Something from somebody.

    Parameters
    ----------
    plain : object
        The same as plainly as it can be said, where nothing is wrong: it is read as this is.
    fault : str
        What is wrong beyond doubt: nothing but a refusal is right.
    noted : tuple of str
        Words that the notes on it hold, where it is read.
    said : str
        Words that the refusal holds.
    """

    data: Any
    plain: Any = None
    fault: str = ""
    noted: tuple[str, ...] = ()
    said: str = ""


def held(
    odd: Odd,
    read: Callable[[Any], Any],
    same: Callable[[Any], Any] = lambda made: made,
    notes: Callable[[Any], Any] = lambda made: (),
) -> Any:
    """Read it; fail where that is not right. Returns what was made of it, None where refused."""
    made = refused = None
    try:
        made = read(odd.data)
    except InputError as error:
        refused = error
    if refused is not None:
        kinds = [(one.where.split(":")[0], one.path, one.right) for one in refused.problems]
        assert len({*kinds}) == len(kinds), f"one kind of fault, several messages: {refused}"
        assert odd.plain is None, f"refused though right: {refused}"
        assert odd.said in str(refused), f"refused without {odd.said}: {refused}"
        return None
    assert not odd.fault, f"taken: {odd.fault}"
    if odd.plain is not None:
        assert same(made) == same(read(odd.plain))
        said = str(notes(made))
        assert all(word in said for word in odd.noted), f"not said: {odd.noted} in {said}"
    return made


NO_NUMBERS = st.sampled_from(
    ["0_1", "nan", "NaN", "inf", "-inf", "Infinity", "1e999", "9" * 400, "9" * 5000, "1_000",
     "0x1", "\u00b2", "\u00bd", "1.2.3", "1,25.5", "1..2", "--1", "1e", "often", "1 2",
     "2026-02-02", "TRUE!", "\ufeff1", "1\u200b0", "\u0661"]
)  # fmt: skip
"""What is no number in any notation, though some function of Python takes it for one."""

CELLS = st.sampled_from(
    ["", "0", "1", "2", "0.5", "p1", "p2", "P2", " p1", "T1", "nan", "inf", "-inf", "1e400",
     "9" * 400, "9" * 5000, "0_1", "1,5", "1.250", "0,5", "-1", "-0", "Total", "=1+1", "'=1+1",
     "e\u0301", "\u00e9", "\x00", "\x1b[31m", "\u202e", "\ufeff", "\u00a0", '"', "'", '"a',
     "\u00b2", "\u0663", "2026-02-30", "2026-02-02", "2026-W54", "2026-W06", "01/02/2026",
     "9999-12-31", "0001-01-01", "10000-01-01", "TRUE", "yes", "50%", "1e-320", "1 000", "12:00",
     "#N/A", "#DIV/0!", "None", "\ud7ff", "a\tb", "week", "p1;p2", "[", "{}", "x" * 300]
) | st.text(max_size=6)  # fmt: skip
STRANGE = st.sampled_from(
    [10**400, -(2**63), 1e308, float("nan"), float("inf"), "\ud800", None, [], {}, -1, True, "",
     "../x", "9" * 5000, "x" * 5000, "\u00b2", [[]], [None], {"a": None},
     json.loads("[" * 60 + "]" * 60)]
).map(deepcopy)  # fmt: skip
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 60), st.floats(), st.text(max_size=9), CELLS,
    st.sampled_from([10**400, -(2**63), 2**64, 10**30, 1e308, "\ud800", "../x", "=1+1", "a\0b"]),
)  # fmt: skip


def evenly(draw: st.DrawFn, found: Sequence[T]) -> T:
    """Return one of these, each as often as another: hypothesis likes the first and the last."""
    return found[Random(draw(st.integers(0, 2**64 - 1))).randrange(len(found))]


def contents(keys: list[str]) -> st.SearchStrategy[Any]:
    """Return nested values whose mappings have these keys, as far as they can be."""
    key = st.sampled_from(keys) | st.text(max_size=5)
    return st.recursive(
        VALUES, lambda one: st.lists(one, max_size=4) | st.dictionaries(key, one, max_size=4)
    )


def mutate(draw: st.DrawFn, content: Any, keys: list[str]) -> None:
    """Put something odd in a place or two, or leave something out."""
    for _ in range(draw(st.integers(1, 2))):
        if not (there := list(places(content))):
            return
        holder, key = there[draw(st.integers(0, len(there) - 1))]
        if draw(st.integers(0, 5)) == 0:
            del holder[key]
        else:
            holder[key] = draw(STRANGE if draw(st.integers(0, 3)) else contents(keys))


def places(content: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every value in a content as what holds it and its key."""
    keys = list(content) if isinstance(content, dict) else range(len(content))
    for key in keys:
        yield content, key
        if isinstance(content[key], dict | list):
            yield from places(content[key])
