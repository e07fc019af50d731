"""One table of a file: its cells, and the numbers, dates and answers that they are."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from json import dumps
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sim.document import parse
from sim.errors import InputError, Problem, refusal
from sim.organisation.people import START_COLUMNS, VALUE_COLUMNS
from sim.tables import MISSING, Note, Numbers, PlainRow, Problems, between
from sim.tables.names import stem
from sim.tables.usage import monday

MAX_CELLS = 100_000_000
"""Cells of a table made of records."""


@dataclass(frozen=True, eq=False)
class Sheet:
    """One table of a file."""

    name: str
    """Of the file, and of the sheet in it where it has several."""
    columns: tuple[str, ...]
    read: Callable[[], Iterator[list[str]]] = field(repr=False)
    """Returns an iterator over rows, each a list of cells as long as ``columns``."""
    hint: str = ""
    """``nodes`` or ``edges`` where the file says so, otherwise empty."""
    notes: list[Note] = field(default_factory=list)
    kind: str = ""
    """What it is, of ``columns.KINDS``, where its reader knows; its columns then have the names of
    what they are."""
    readings: Mapping[str, str] = field(default_factory=dict)
    """How cells are read where they do not tell; see ``READINGS``."""

    def rows(self, *wanted: str) -> Iterator[list[str]]:
        """Yield the stripped cells of these columns, row by row; blank for a column that is ''."""
        places = [self.columns.index(name) if name else len(self.columns) for name in wanted]
        for cells in self.read():
            cells = [*cells, ""]
            yield [cells[k].strip() for k in places]

    def sample(self, column: str, count: int = 200) -> list[str]:
        """Return the first filled cells of a column."""
        found: list[str] = []
        for (cell,) in self.rows(column):
            if cell:
                found.append(cell)
            if len(found) >= count:
                break
        return found

    def places(self, column: str, texts: Collection[str]) -> str:
        """Return where the first three cells stand that are, or begin with, one of these texts.

        A beginning is of ten characters, as of a date before a time. Rows are counted as a
        spreadsheet shows them: the first one below the header is 2.
        """
        cells = enumerate(self.rows(column), 2)
        found = [k for k, (cell,) in cells if cell in texts or cell[:10] in texts][:4]
        more = ", …" if len(found) > 3 else ""
        return f"row{'s' * (len(found) > 1)} {', '.join(map(str, found[:3]))}{more}"


def from_records(name: str, records: Iterable[Mapping[str, Any]], hint: str = "") -> Sheet:
    """Return a sheet of records, nested ones flattened with dots.

    Raises InputError where a text holds half a character, as JSON can spell it, or records are too
    unlike.
    """
    rows = [_flat(record) for record in records]
    for number, row in enumerate(rows, 1):
        try:
            "".join((*row, *row.values())).encode()
        except UnicodeEncodeError as error:
            what = f"holds half a character ({ascii(error.object[error.start])[1:-1]})"
            raise refusal(name, f"record {number}", what, "whole ones") from None
    columns = tuple(dict.fromkeys(key for row in rows for key in row))
    if len(columns) * len(rows) > MAX_CELLS:
        what = f"holds {len(rows):,} records of {len(columns):,} different fields"
        raise refusal(name, "", what, "the same fields in every record")

    def read() -> Iterator[list[str]]:
        return ([row.get(column, "") for column in columns] for row in rows)

    return Sheet(name, columns, read, hint)


def from_cells(
    name: str, columns: Iterable[str], rows: list[list[str]], hint: str = "", kind: str = ""
) -> Sheet:
    """Return a sheet of cells that are held in memory."""
    return Sheet(name, tuple(columns), lambda: iter(rows), hint, kind=kind)


def csv_text(columns: Iterable[str], rows: Iterable[Iterable[object]], mark: str = ",") -> str:
    """Return a table as the text of a CSV file; ``mark`` stands between cells."""
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=mark, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return stream.getvalue()


def cell_text(value: object) -> str:
    """Return a value as the text of a cell: whole numbers without a decimal mark."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        return value.isoformat(" ") if value.time().isoformat() != "00:00:00" else str(value.date())
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return "; ".join(cell_text(one) for one in value)
    return str(value).strip()


def _flat(record: Mapping[str, Any], before: str = "") -> dict[str, str]:
    result: dict[str, str] = {}
    for key, value in record.items():
        name = f"{before}{key}"
        if isinstance(value, Mapping):
            result.update(_flat(value, f"{name}."))
        elif not (isinstance(value, list) and value and isinstance(value[0], Mapping)):
            result[name] = cell_text(value)
    return result


_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_PLAIN = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})")
_WEEK = re.compile(r"(\d{4})-?W(\d{1,2})", re.IGNORECASE)
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec"
_ORDERS = re.compile(r"(?:\w{3},? )?(\d{1,2}) (\w{3})\w* (\d{4})")


def dates_of(cells: Iterable[str], sheet: Sheet, column: str) -> dict[str, date]:
    """Return the date of each text; texts that hold none are left out.

    Whether ``01/04/2026`` is in January or in April shows in the other dates: one with a day
    above 12, or that all are on one day of the week in one reading only.

    Raises InDoubtError where nothing tells, and the sheet's readings do not either; InputError
    where a part of the texts are dates and a part are not.
    """
    texts = {cell for cell in cells if cell}
    found: dict[str, date] = {}
    unsure: dict[str, tuple[int, int, int]] = {}
    odd: list[str] = []
    for text in texts:
        day = _sure(text)
        if day is not None:
            found[text] = day
        elif match := _PLAIN.match(text):
            year = int(match[4]) + (2000 if len(match[4]) == 2 else 0)
            if match[2] == ".":
                _put(found, odd, text, year, int(match[3]), int(match[1]))
            else:
                unsure[text] = (int(match[1]), int(match[3]), year)
        else:
            odd.append(text)
    if unsure:
        day_first = _day_first(unsure, sheet, column)
        for text, (one, two, year) in unsure.items():
            month, day_ = (two, one) if day_first else (one, two)
            _put(found, odd, text, year, month, day_)
    if odd and found:
        what = f"holds {len(odd):,} texts that are no dates, such as {sorted(odd)[0]!r:.40}"
        what += f" ({sheet.places(column, odd)})"
        raise refusal(sheet.name, column, what, "dates such as 2026-02-02")
    if texts and not found:
        what = f"holds no dates (first: {min(texts)!r:.40})"
        raise refusal(sheet.name, column, what, "dates such as 2026-02-02")
    return found


def is_date(text: str) -> bool:
    """Return whether a text begins with a date, whichever it may be.

    >>> is_date("2026-W06"), is_date("01/04/2026"), is_date("week 4"), is_date("2026")
    (True, True, False, False)
    """
    return _sure(text) is not None or bool(_PLAIN.match(text))


def week_of(day: date, *, sunday: bool = False) -> date:
    """Return the Monday of a day's week; where weeks begin on Sundays, of the day after."""
    return monday(day + timedelta(days=1) if sunday and day.weekday() == 6 else day)


def _sure(text: str) -> date | None:
    try:
        if match := _ISO.match(text):
            return _day(int(match[1]), int(match[2]), int(match[3]))
        if match := _WEEK.fullmatch(text):
            _day(int(match[1]), 1, 1)
            return date.fromisocalendar(int(match[1]), int(match[2]), 1)
        if (match := _ORDERS.match(text)) and match[2].casefold() in _MONTHS:
            month = 1 + _MONTHS.index(match[2].casefold()) // 4
            return _day(int(match[3]), month, int(match[1]))
    except ValueError:
        return None
    return None


def _day(year: int, month: int, day: int) -> date:
    """Return a date of a firm's year: others are slips, and weeks beside them may be none.

    Raises ValueError where there is no such day, or the year is none of 1900 to 2200.
    """
    if not 1900 <= year <= 2200:
        raise ValueError(f"is no year of a firm: {year}")
    return date(year, month, day)


def _put(
    found: dict[str, date], odd: list[str], text: str, year: int, month: int, day: int
) -> None:
    try:
        found[text] = _day(year, month, day)
    except ValueError:
        odd.append(text)


def _day_first(unsure: dict[str, tuple[int, int, int]], sheet: Sheet, column: str) -> bool:
    if said := sheet.readings.get("dates"):
        return said == "day first"
    first = any(one > 12 for one, _, _ in unsure.values())
    second = any(two > 12 for _, two, _ in unsure.values())
    if first != second:
        return first
    if not first and all(one == two for one, two, _ in unsure.values()):
        return False
    if not first:
        as_day = {_weekday(year, two, one) for one, two, year in unsure.values()}
        as_month = {_weekday(year, one, two) for one, two, year in unsure.values()}
        if len(unsure) > 1 and (len(as_day) == 1) != (len(as_month) == 1):
            return len(as_day) == 1
    if first:
        what = "holds dates of two forms, day/month and month/day"
        raise refusal(sheet.name, column, what, "dates such as 2026-02-02")
    what = f"{min(unsure)!r:.20} may be day/month or month/day, and no other date tells"
    raise InDoubtError(
        sheet.name, column, what, sheet=sheet.name, key="dates", choices=READINGS["dates"]
    )


def _weekday(year: int, month: int, day: int) -> int:
    try:
        return _day(year, month, day).weekday()
    except ValueError:
        return -1


READINGS: Mapping[str, Mapping[str, str]] = MappingProxyType({
    "dates": {"day first": "01/04/2026 is the first of April",
              "month first": "01/04/2026 is the fourth of January"},
    "decimals": {"comma": "1,250 is one and a quarter, 1.250 a thousand and more",
                 "point": "1.250 is one and a quarter, 1,250 a thousand and more"},
})  # fmt: skip
"""How cells of a sheet may be read, where they do not tell: key of a mapping, and its values."""


class InDoubtError(InputError):
    """A file that may be read in several ways; the message says how to decide.

    - ``where``, ``path``, ``what``: as of a ``Problem``.
    - ``sheet``
    - ``key``: what a mapping would say of this sheet: ``dates``, ``decimals``, ``kind``, ``id``.
    - ``choices``: values of the key, and what each would mean.
    """

    def __init__(
        self, where: str, path: str, what: str, *, sheet: str, key: str, choices: Mapping[str, str]
    ) -> None:
        self.sheet, self.key, self.choices = sheet, key, dict(choices)
        ways = " or ".join(f"{key}: {value} ({means})" for value, means in choices.items())
        line = f"sheets: {{{dumps(sheet, ensure_ascii=False)}: {{{key}: …}}}}"
        right = f"{ways}; say so in a file, {line}, and --mapping FILE (in the page: below a table)"
        super().__init__([Problem(where, path, what, right)])


_WORDS = {
    **dict.fromkeys(("true", "yes", "ja", "oui", "si", "sí", "active", "enabled"), 1.0),
    **dict.fromkeys(("false", "no", "nein", "non", "none", "inactive", "disabled"), 0.0),
}


def amounts(sheet: Sheet, column: str) -> dict[str, float | None]:
    """Return the number of each text in a column; None for one that says nothing is known.

    Raises InDoubtError where ``1,250`` may mean one and a quarter or a thousand and more.
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
        if decimals:  # with a decimal point, and no mark between thousands
            thousands, point = (".", ",") if decimals == "comma" else (",", ".")
            text = text.replace(thousands, "").replace(point, ".")
        numbers.add(PlainRow({column: text}, place))
    return numbers.conclude(problems).tolist(), problems, numbers.doubt


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
    """Return the questionnaire as a table: number, statement, five answers, what it gives."""
    head = ["number", "statement", *(f"answer {k}" for k in range(1, 6)), "gives"]
    asked = enumerate(PULSE.items(), 1)
    return csv_text(head, ([k, said, *AGREEMENT, f"start_{name}"] for k, (name, said) in asked))


_ASKS_VALUE = re.compile(r"(value|important|wichtig|wert|valeur|valor)")
_LEADING = re.compile(r"(-?\d+(?:[.,]\d+)?)\s*(?:[-–:=(.)].*)?")


def state_meant(column: str) -> str:
    """Return the column of people.csv that a question asks for, or nothing where in doubt.

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


@dataclass(frozen=True)
class Scale:
    """How the answers of one sheet are read: by words, or by numbers between two ends."""

    low: float
    high: float
    """``low``, ``high``: ends of the numbers; NaN where answers are words."""
    seven: bool
    """Whether words are of a scale of seven steps, otherwise of five."""
    own: Mapping[str, float]
    """Values of words that the user gives, by what ``stem`` makes of them."""

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
        return replace(self, seven=find_scale(cells).seven)

    def said(self) -> str:
        """Return in words how answers are read."""
        if math.isnan(self.low):
            return "words from 0 (disagree) to 1 (agree)"
        return f"numbers from {self.low:g} to {self.high:g}"


def find_scale(cells: Iterable[str], own: Mapping[str, float] | None = None) -> Scale:
    """Return the scale that all answers of a sheet are on.

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
    said = {stem(word): value for word, value in (own or {}).items()}
    return Scale(low, high, {1, 2} <= steps, said)


def _step(words: str) -> int | None:
    return next((step for step, said in LIKERT.items() if re.fullmatch(said, words)), None)


def _number(cell: str) -> float | None:
    found = _LEADING.fullmatch(cell.strip())
    return float(found[1].replace(",", ".")) if found else None
