"""Answers in words and on scales, as numbers from 0 to 1; questions, as what they ask for."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sim.document import parse
from sim.importing.sheet import csv_text
from sim.organisation.people import START_COLUMNS, VALUE_COLUMNS
from sim.tables.names import stem

_FILE = Path(__file__).with_name("words.yaml")
READ: dict[str, Any] = parse(_FILE.read_text("utf-8"), _FILE.name).plain()
"""What an import knows files by."""

WORDS: dict[str, list[str]] = READ["columns"]
"""Names of columns that only an import reads, as ``stem`` makes them."""


def _any_of(words: Iterable[str]) -> str:
    return f"({'|'.join(words)})"


MANAGER = re.compile(rf"\b{_any_of(READ['manager'])}\b")
SENSITIVE = re.compile(rf"\b{_any_of(READ['sensitive'])}\b")
_FEAR = _any_of(READ["fear"])
QUESTIONS = {name: said.replace("FEAR", _FEAR) for name, said in READ["questions"].items()}
VALUE_WORDS = {value: _any_of(words) for value, words in READ["values"].items()}
LIKERT = {int(step): _any_of(words) for step, words in READ["agreement"].items()}
NOTHING = frozenset(READ["nothing"])

PULSE: Mapping[str, str] = MappingProxyType(READ["pulse"])
"""Statement by the start value that agreement with it gives, in the order they are asked."""

AGREEMENT = ("Strongly disagree", "Disagree", "Neutral", "Agree", "Strongly agree")
"""Answers, from 0 to 1 in equal steps."""

FORM = ("ID", "Start time", "Completion time", "Email", "Name")
"""What Forms writes before the answers."""


def pulse_csv() -> str:
    """Return the questionnaire as a table: number, statement, five answers, what it gives.

    Examples
    --------
    >>> pulse_csv().splitlines()[0]
    'number,statement,answer 1,answer 2,answer 3,answer 4,answer 5,gives'
    """
    head = ["number", "statement", *(f"answer {k}" for k in range(1, 6)), "gives"]
    asked = enumerate(PULSE.items(), 1)
    return csv_text(head, ([k, said, *AGREEMENT, f"start_{name}"] for k, (name, said) in asked))


_ASKS_VALUE = re.compile(r"(value|important|wichtig|wert|valeur|valor)")
_LEADING = re.compile(r"(-?\d+(?:[.,]\d+)?)\s*(?:[-–:=(.)].*)?")


def state_meant(column: str) -> str:
    """Return the column of people.csv that a question asks for, or nothing where in doubt.

    Examples
    --------
    >>> state_meant("I trust that management is straight about AI"), state_meant("Remarks")
    ('start_trust', '')
    """
    words = stem(column)
    plain = words.replace(" ", "_")
    for name in (*START_COLUMNS, *VALUE_COLUMNS):
        if plain in {name, name.removeprefix("start_")}:
            return name
    for value, pattern in VALUE_WORDS.items():
        if re.search(pattern, words) and _ASKS_VALUE.search(words):
            return f"value_{value}"
    found = [name for name, pattern in QUESTIONS.items() if re.search(pattern, words)]
    if len(found) > 1 and found[0].startswith("start_fear"):
        found = found[:1]
    return found[0] if len(found) == 1 else ""


class Scale:
    """How the answers of one sheet are read: by words, or by numbers between two ends.

    Parameters
    ----------
    low, high : float
        Ends of the numbers; NaN where answers are words.
    seven : bool
        Whether words are of a scale of seven steps, otherwise of five.
    own : mapping of str to float
        Values of words that the user gives.
    """

    def __init__(
        self, low: float, high: float, seven: bool, own: Mapping[str, float] | None = None
    ) -> None:
        self.low, self.high, self.seven = low, high, seven
        self.own = {stem(word): value for word, value in (own or {}).items()}

    def value(self, cell: str) -> float | None:
        """Return an answer as a number from 0 to 1; NaN for none, None where it is unknown."""
        words = stem(cell)
        if words in self.own:
            return self.own[words]
        if words in NOTHING:
            return math.nan
        step = _step(words)
        if step is not None:
            if self.seven:
                return (step + 3) / 6
            return {-3: 0.0, -2: 0.25, -1: 0.25, 0: 0.5, 1: 0.75, 2: 0.75, 3: 1.0}[step]
        number = _number(cell)
        if number is None or math.isnan(self.low) or not self.low <= number <= self.high:
            return None
        return (number - self.low) / (self.high - self.low)

    def of(self, cells: Iterable[str]) -> Scale:
        """Return the scale of one question: numbers as in the whole sheet, words as in it."""
        seven = find_scale(cells).seven
        return Scale(self.low, self.high, seven, self.own)

    def said(self) -> str:
        """Return in words how answers are read."""
        if math.isnan(self.low):
            return "words from 0 (disagree) to 1 (agree)"
        return f"numbers from {self.low:g} to {self.high:g}"


def find_scale(cells: Iterable[str], own: Mapping[str, float] | None = None) -> Scale:
    """Return the scale that all answers of a sheet are on.

    Examples
    --------
    >>> scale = find_scale(["Agree", "Strongly disagree"])
    >>> scale.value("Agree"), scale.value("stimme voll zu"), find_scale(["1", "5"]).value("4")
    (0.75, 1.0, 0.75)
    """
    steps, numbers = set(), set()
    for cell in set(cells):
        step = _step(stem(cell))
        number = _number(cell)
        if step is not None:
            steps.add(abs(step))
        elif number is not None:
            numbers.add(number)
    low, high = math.nan, math.nan
    if numbers:
        least, most = min(numbers), max(numbers)
        if most <= 1 and least >= 0 and (least < 1 or len(numbers) > 1):
            low, high = 0.0, 1.0
        elif least >= 1 and most <= 7:
            low, high = 1.0, 5.0 if most <= 5 else 7.0
        elif least >= 0 and most <= 10:
            low, high = 0.0, 10.0
        elif least >= 0 and most <= 100:
            low, high = 0.0, 100.0
    return Scale(low, high, {1, 2} <= steps, own)


def _step(words: str) -> int | None:
    return next((step for step, said in LIKERT.items() if re.fullmatch(said, words)), None)


def _number(cell: str) -> float | None:
    found = _LEADING.fullmatch(cell.strip())
    return float(found[1].replace(",", ".")) if found else None
