"""Numbers of a sheet's column, in one notation."""

from __future__ import annotations

import math
from collections.abc import Iterable

from sim.errors import Problem
from sim.importing.doubt import READINGS, InDoubtError
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
    InDoubtError
        Where ``1,250`` may mean one and a quarter or a thousand and more.
    InputError
        In one message where texts are no numbers, or in two notations.
    """
    decimals = sheet.readings.get("decimals", "")
    texts = sorted({cell for (cell,) in sheet.rows(column)}) if column else []
    values, problems, _ = _read(column, decimals, ((text, sheet.name) for text in texts))
    if problems.count:  # once more, row by row, to say where
        cells = enumerate(sheet.rows(column), 2)
        places = ((cell, f"{sheet.name}:{k}") for k, (cell,) in cells)
        _, problems, doubt = _read(column, decimals, places)
        if doubt is not None:
            what = f"{doubt.what}, and no other number tells"
            raise InDoubtError(doubt.where, column, what, sheet=sheet.name, key="decimals",
                          choices=READINGS["decimals"])  # fmt: skip
        problems.raise_if_any(sheet.name)
    return {
        text: None if text in MISSING or math.isnan(value) else value
        for text, value in zip(texts, values, strict=True)
    }


def _read(
    column: str, decimals: str, cells: Iterable[tuple[str, str]]
) -> tuple[list[float], Problems, Problem | None]:
    """Return the numbers of cells, given with their places; what is wrong; what is in doubt."""
    problems = Problems()
    right = "a number from 0 up, or blank where nothing is known"
    numbers = Numbers(column, between(0, 1e12), right, words=_WORDS)
    for text, place in cells:
        numbers.add(PlainRow({column: _as_said(text, decimals)}, place))
    return numbers.conclude(problems).tolist(), problems, numbers.doubt


def _as_said(text: str, decimals: str) -> str:
    """Return a number as it is written with a decimal point and no mark between thousands."""
    if decimals == "comma":
        return text.replace(".", "").replace(",", ".")
    return text.replace(",", "") if decimals == "point" else text
