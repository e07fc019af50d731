"""Numbers of a sheet's column, in one notation."""

from __future__ import annotations

import math
from collections.abc import Iterable

from sim.importing.sheet import Sheet
from sim.tables import MISSING, Numbers, PlainRow, Problems, between

__all__ = ["amounts"]

_WORDS = {
    **dict.fromkeys(("true", "yes", "ja", "oui", "si", "sí", "active", "enabled"), 1.0),
    **dict.fromkeys(("false", "no", "nein", "non", "none", "inactive", "disabled"), 0.0),
}


def amounts(sheet: Sheet, column: str) -> dict[str, float | None]:
    """Return the number of each text in a column; None for one that says nothing is known.

    Raises
    ------
    InputError
        In one message where texts are no numbers, or in two notations.
    """
    texts = sorted({cell for (cell,) in sheet.rows(column)}) if column else []
    values, problems = _read(column, ((text, sheet.name) for text in texts))
    if problems.count:  # once more, row by row, to say where
        cells = enumerate(sheet.rows(column), 2)
        _, problems = _read(column, ((cell, f"{sheet.name}:{k}") for k, (cell,) in cells))
        problems.raise_if_any(sheet.name)
    return {
        text: None if text in MISSING or math.isnan(value) else value
        for text, value in zip(texts, values, strict=True)
    }


def _read(column: str, cells: Iterable[tuple[str, str]]) -> tuple[list[float], Problems]:
    """Return the numbers of cells, given with their places, and what is wrong with them."""
    problems = Problems()
    right = "a number from 0 up, or blank where nothing is known"
    numbers = Numbers(column, between(0, 1e12), right, words=_WORDS)
    for text, place in cells:
        numbers.add(PlainRow({column: text}, place))
    return numbers.conclude(problems).tolist(), problems
