"""Tables with a column a week or day, turned: a row a person, group or measure and week."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from sim.errors import InputError
from sim.importing.answers import WORDS
from sim.importing.sheet import Sheet, dates_of, from_cells, is_date
from sim.tables.header import column_name
from sim.tables.names import FOOTERS, fold, meant_by, stem
from sim.tables.usage import GROUPS, SHARES

_WEEK = re.compile(r"(?:week|wk|woche|semaine|semana) ?(\d{1,3})?")
_MARKS = frozenset("x✓✔☑•●")
_MEASURES = (*SHARES, "use_days", "people", "enabled")
_PERSON = ("email", "id", "name")


def turned(sheet: Sheet) -> Sheet | None:
    """Return a table with a column a week or day as one with a row a week; None for another.

    Rows may be of persons (the cells say whether, or how often, they used the tool; a blank
    beside numbers is no access), of teams, roles or levels (shares of ``weekly_users``), or of
    measures by their names.
    """
    bare = sheet.columns[0] == "column_1" or bool(_WEEK.fullmatch(stem(sheet.columns[0])))
    when = {name: _when(name, bare=bare) for name in sheet.columns}
    weeks = [name for name, week in when.items() if week]
    if len(weeks) < 2 or len({when[name].isdigit() for name in weeks}) > 1:
        return None
    measures = [column_name(cell) for (cell,) in sheet.rows(sheet.columns[0])]
    if set(measures) & {*SHARES, "use_days"} and set(measures) <= {*_MEASURES}:
        columns = zip(*sheet.rows(*weeks), strict=True)
        rows = [[when[name], *cells] for name, cells in zip(weeks, columns, strict=True)]
        return from_cells(sheet.name, ("week", *measures), rows)
    read = _read_as(sheet, [name for name in sheet.columns if name not in weeks], weeks)
    return None if read is None else _long(sheet, *read, {name: when[name] for name in weeks})


def _read_as(
    sheet: Sheet, others: Sequence[str], weeks: Sequence[str]
) -> tuple[str, dict[str, str], tuple[str, str]] | None:
    """Return the kind of a turned sheet, its columns that stay, and names of week and cell."""
    meant = {_meant(name): name for name in reversed(others)}
    person = next((meant[one] for one in _PERSON if one in meant), "")
    if person:
        kind = "weekly" if _are_weeks(sheet, weeks) else "daily"
        return kind, {"id": person} | _some(meant, "team"), ("date", "used")
    if group := next((one for one in GROUPS if one in meant), ""):
        return "", _some(meant, group, "people"), ("week", "weekly_users")
    return None


def _some(meant: Mapping[str, str], *names: str) -> dict[str, str]:
    return {name: meant[name] for name in names if name in meant}


def _long(
    sheet: Sheet, kind: str, kept: Mapping[str, str], named: tuple[str, str], when: dict[str, str]
) -> Sheet:
    """Return a sheet with a row for each row and week; lines of sums passed over."""
    of_row = [sheet.columns.index(name) for name in kept.values()]
    cells = [(week, sheet.columns.index(name)) for name, week in when.items()]
    marked = bool(kind) and _is_marked(sheet, [k for _, k in cells])

    def read() -> Iterator[list[str]]:
        for row in sheet.read():
            whose = [row[k].strip() for k in of_row]
            if fold(whose[0]).casefold() in FOOTERS:
                continue
            for week, k in cells:
                value = row[k].strip()
                yield [*whose, week, value if not marked else str(int(bool(value)))]

    return Sheet(sheet.name, (*kept, *named), read, notes=sheet.notes, kind=kind)


def _when(name: str, *, bare: bool) -> str:
    """Return the date that a column names, or its number of a week; empty for none."""
    if found := _WEEK.fullmatch(stem(name)):
        return found[1] or ""
    if bare and name.strip().isdecimal():
        return name.strip()
    return name.strip() if is_date(name.strip()) else ""


def _meant(name: str) -> str:
    words = stem(name)
    known = (ours for ours in (*_PERSON, *GROUPS) if words in WORDS.get(ours, ()))
    return next(known, "") or meant_by(name) or column_name(name)


def _are_weeks(sheet: Sheet, names: Sequence[str]) -> bool:
    """Return whether columns are weeks: numbers, or all on one day of the week in one reading."""
    if names[0].strip()[:1].isalpha():
        return True
    for order in ("day first", "month first"):
        try:
            days = dates_of(names, replace(sheet, readings={"dates": order}), "")
        except InputError:
            continue
        if len({day.weekday() for day in days.values()}) == 1:
            return True
    return False


def _is_marked(sheet: Sheet, places: Sequence[int]) -> bool:
    """Return whether cells are marks such as x, and blanks."""
    cells = {row[k].strip().casefold() for row in sheet.read() for k in places}
    return bool(cells - {""}) and cells <= {*_MARKS, ""}
