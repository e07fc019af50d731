"""Numbers of a sheet's column, in one notation."""

from __future__ import annotations

import math

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
    problems = Problems()
    right = "a number from 0 up, or blank where nothing is known"
    numbers = Numbers(column, between(0, 1e12), right, words=_WORDS)
    texts = sorted({cell for (cell,) in sheet.rows(column)}) if column else []
    for text in texts:
        numbers.add(PlainRow({column: text}, sheet.name))
    values = numbers.conclude(problems).tolist()
    problems.raise_if_any(sheet.name)
    return {
        text: None if text in MISSING or math.isnan(value) else value
        for text, value in zip(texts, values, strict=True)
    }
