"""Eight kinds of input from anybody: what may come, and what is right to make of it.

A kind is right in another form, wrong beyond doubt, or odd in a place or two. The first is read as
its plain form is, the second refused, the third either, and nothing ends in a traceback.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from kinds.files import SETS, USE, companies, exports, files, people, sets, use
from kinds.odd import Odd
from kinds.requests import frame, frames, typed, words
from kinds.tables import tables
from kinds.texts import documents, manifest, manifests, yaml

KINDS: dict[str, tuple[st.SearchStrategy[Odd], Callable[[Any, Odd], None]]] = {
    "people": (companies(), people),
    "use": (tables(USE), use),
    "sets": (tables(SETS), sets),
    "exports": (files(), exports),
    "yaml": (documents(), yaml),
    "manifests": (manifests(), manifest),
    "frames": (frames(), frame),
    "words": (words(), typed),
}
"""How an input comes about, and what is done with it: given a folder, of frames a tab."""


def hold(kind: str, times: int, subject: Any, *, first: int | None = None) -> None:
    """Try so many inputs of a kind; with ``first``, the same ones whenever it is the same number.

    Raises
    ------
    Exception
        Of the first that was not taken or refused as is right.
    """
    strategy, check = KINDS[kind]

    @settings(
        max_examples=times,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
        phases=[Phase.generate, *([Phase.shrink] if first is None else [])],
    )
    @given(strategy)
    def once(one: Odd) -> None:
        check(subject, one)

    (once if first is None else seed(first)(once))()
