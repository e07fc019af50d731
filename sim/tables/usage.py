"""Measured use as a tidy table: a row a week, of the whole organisation, a group or a person."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Bools, Floats, Ints
from sim.errors import Note, Problems, did_you_mean
from sim.numbers import typed
from sim.tables.names import Names, column_name, similar
from sim.tables.numbers import MISSING, Numbers, between, two_notations, whole
from sim.tables.source import Readable
from sim.tables.table import CsvRow, Table, open_table

SHARES = ("activated", "weekly_users", "regular", "habitual", "own_tool_users", "trained")
"""Columns that hold shares of people: 0.23, 23%, or a number of people beside ``people``."""
GROUPS = ("id", "team", "role", "level")
"""Columns of which one may say whose use a row tells; none for the whole organisation."""

MOST_DAYS = 7
MOST_WEEK = 5200
_COLUMNS = ("week", *GROUPS, "people", "enabled", "use_days", *SHARES)
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?")
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_LIKE_A_DATE = re.compile(r"\d{1,4}([-./])\d{1,2}\1\d{1,4}.*", re.DOTALL)
_ISO_WEEK = re.compile(r"(\d{4})-?W(\d{1,2})", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class Usage:
    """Measured use, a row a week and group."""

    weeks: Ints
    """Number from 1; 0 in every row where weeks are dates. Shape (n,)."""
    mondays: list[date]
    """The Monday of each row's week; empty where weeks are numbers."""
    by: str
    """One of ``GROUPS``, or empty where rows are of the whole organisation."""
    groups: list[str]
    """Whose use each row tells."""
    people: Floats
    enabled: Floats
    use_days: Floats
    """``people``, ``enabled``, ``use_days``: people in the group, those with access, mean days of
    use a person in the week; NaN where not known. Shape (n,)."""
    shares: dict[str, Floats]
    """By name of ``SHARES``, from 0 to 1; NaN where not known. Shape (n,)."""
    rows: list[CsvRow] = field(repr=False)
    """Where each stands."""
    notes: tuple[Note, ...] = ()
    exported: bool = False
    """Whether it is made of exports, which may tell of weeks outside a plan."""

    def only(self, kept: Bools) -> Usage:
        """Return some of the rows."""
        at = np.flatnonzero(kept).tolist()
        return replace(
            self, weeks=self.weeks[at],
            mondays=[self.mondays[k] for k in at] if self.mondays else [],
            groups=[self.groups[k] for k in at], people=self.people[at],
            enabled=self.enabled[at], use_days=self.use_days[at],
            shares={name: values[at] for name, values in self.shares.items()},
            rows=[self.rows[k] for k in at],
        )  # fmt: skip

    def numbered(self, start: date) -> Ints:
        """Return weeks as numbers, 1 the week of ``start``; numbers stay as they are."""
        if not self.mondays:
            return self.weeks
        first = monday(start)
        return np.array([1 + (day - first).days // 7 for day in self.mondays], np.int64)


def monday(day: date) -> date:
    """Return the Monday of a day's week.

    >>> monday(date(2026, 2, 4)).isoformat()
    '2026-02-02'
    """
    return day - timedelta(days=day.weekday())


def read_usage_table(
    path: Readable, problems: Problems, *, last: int = MOST_WEEK, label: str = ""
) -> Usage | None:
    """Read a tidy table of measured use.

    A blank is not known, 0 is nobody. ``week`` is a number from 1 to ``last``, or a date
    (2026-02-02, 2.2.2026, 2026-W06), of which the Monday counts.

    Gives None where there is a problem. What is wrong is noted among the ``problems``, with the
    file called ``label``.
    """
    before, notes = problems.count, list[Note]()
    label = label or path.name
    table = open_table(path, problems, notes, known=_COLUMNS, required=("week",), label=label)
    if table is None:
        return None
    by = _check_header(table, problems, notes)
    if problems.count > before:
        return None
    rows = list(table.rows(problems))
    weeks, mondays = _weeks(table, rows, last, problems)
    columns = _columns(table, rows, problems)
    unknown = np.full(len(rows), np.nan)
    shares = {name: columns[name] for name in SHARES if name in columns}
    people = columns.get("people", unknown)
    for name in shares:
        shares[name] = _as_shares(name, shares[name], people, rows, problems, notes)
    groups = [row.cell(by) for row in rows] if by else [""] * len(rows)
    for row, group in zip(rows, groups, strict=True):
        if by and not group:
            problems.add(row.where(by), by, "is empty", f"whose use it is, by {by}")
    measured = [*shares.values(), *([columns["use_days"]] if "use_days" in columns else [])]
    if problems.count == before and not any((~np.isnan(one)).any() for one in measured):
        right = "a line a week, such as 6,0.23 under week,weekly_users"
        problems.add(label, "", "holds no measured value", right)
    if problems.count == before:
        _twice(mondays or weeks.tolist(), groups, rows, problems)
    if problems.count > before:
        return None
    return Usage(
        weeks=weeks, mondays=mondays, by=by, groups=groups, people=people,
        enabled=columns.get("enabled", unknown), use_days=columns.get("use_days", unknown),
        shares=shares, rows=rows, notes=tuple(notes),
    )  # fmt: skip


def _check_header(table: Table, problems: Problems, notes: list[Note]) -> str:
    """Note columns that cannot be read; return the one that says whose use a row tells."""
    where = f"{table.label}:{table.header.line}"
    others = []
    for name in table.columns:
        if name in _COLUMNS:
            continue
        if similar(column_name(name), _COLUMNS):
            right = did_you_mean(column_name(name), _COLUMNS)
            problems.add(where, name, "is not a column here", right)
        else:
            others.append(name)
    if others:
        notes.append(Note(f"columns not read: {', '.join(others[:12])}", len(others)))
    measured = [name for name in (*SHARES, "use_days") if name in table.columns]
    if not measured:
        right = f"one or more of {', '.join((*SHARES, 'use_days'))}"
        problems.add(where, "", "has no measured outcome", right)
    found = [name for name in GROUPS if name in table.columns]
    if len(found) > 1 and "id" not in found:
        what = f"has the columns {' and '.join(found)}"
        problems.add(where, "", what, "one of them: whose use a row tells")
    return found[0] if found else ""


def _columns(table: Table, rows: Sequence[CsvRow], problems: Problems) -> dict[str, Floats]:
    columns: list[Numbers] = []
    for name in ("people", "enabled", "use_days", *SHARES):
        if name not in table.columns:
            continue
        check, right, percent = between(0, 1e9), "0 or more", False
        if name == "people":
            check, right = between(1, 1e9), "1 or more"
        elif name == "use_days":
            check, right = between(0, MOST_DAYS), f"0 to {MOST_DAYS}"
        elif name in SHARES:
            right, percent = "0 to 1, or a percentage such as 23%", True
        columns.append(table.numbers(name, check, right, percent=percent))
    for column in columns:
        for row in rows:
            column.add(row)
    two_notations(columns, problems)
    return {column.name: column.conclude(problems) for column in columns}


def _as_shares(
    name: str, values: Floats, people: Floats, rows: Sequence[CsvRow], problems: Problems,
    notes: list[Note],
) -> Floats:  # fmt: skip
    """Return shares; a column with more than 1 in it is of numbers of people."""
    percents = np.array([row.cell(name).endswith("%") for row in rows], bool)
    if not (values > 1).any():
        _refuse_doubtful(name, values, people, percents, rows, problems)
        return values
    for k in np.flatnonzero(values > 1).tolist() if percents.any() else ():
        more = "" if percents[k] else " in a column of percentages"
        what = f"is {rows[k].cell(name)}{more}"
        problems.add(rows[k].where(name), name, what, "0% to 100%, or 0 to 1")
    if percents.any():
        return values
    right = "0 to 1, a percentage such as 23%, or a number of people beside a column people"
    for k in np.flatnonzero(~np.isnan(values)).tolist():
        what = f"is {rows[k].cell(name)}"
        if values[k] != np.floor(values[k]):
            problems.add(
                rows[k].where(name), name, f"{what} in a column with more than 1 in it", right
            )
        elif values[k] > 0 and not values[k] <= people[k]:
            more = "" if math.isnan(people[k]) else f", of {people[k]:g} people"
            problems.add(rows[k].where(name), name, f"{what}{more}", right)
    notes.append(Note(f"{name} read as numbers of people", int((~np.isnan(values)).sum())))
    return np.where(values == 0, 0.0, values / people)  # nobody, of however many


def _refuse_doubtful(
    name: str, values: Floats, people: Floats, percents: Bools, rows: Sequence[CsvRow],
    problems: Problems,
) -> None:  # fmt: skip
    """Refuse a bare 1 where nothing in the column says 1 of what: all, 1%, or one person."""
    bare = ~percents
    if (bare & (values > 0) & (values < 1)).any():
        return  # shares, so that 1 is all of them
    for k in np.flatnonzero(bare & (values == 1)).tolist():
        if "." in (cell := rows[k].cell(name)) or "," in cell:
            continue
        if percents.any():
            what = "in a column of percentages, which may mean 1% or all"
            problems.add(rows[k].where(name), name, f"is {cell} {what}", "1%, or 100%")
        elif people[k] > 1:
            what = f"of {people[k]:g} people, which may mean one of them or all"
            right = f"{typed(100 / people[k], 3)}%, or 100%"
            problems.add(rows[k].where(name), name, f"is {cell}, {what}", right)


def _weeks(
    table: Table, rows: Sequence[CsvRow], last: int, problems: Problems
) -> tuple[Ints, list[date]]:
    """Return the number of each row's week, or all zeros and the Mondays."""
    days = [_day(row.cell("week")) for row in rows]
    if any(day is not None for day in days):
        right = "a date such as 2026-02-02 in every row, or a number in every row"
        for row, day in zip(rows, days, strict=True):
            if day is None:
                cell = row.cell("week")
                problems.add(row.where("week"), "week", f"is {cell or 'empty'}", right)
        return np.zeros(len(rows), np.int64), [monday(day) for day in days if day is not None]
    numbers = table.numbers("week", between(1, last, whole=True), f"1 to {last:g}")
    for row in rows:
        cell = row.cell("week")
        if _LIKE_A_DATE.fullmatch(cell):
            right = "year, month and day, as 2026-02-03"
            problems.add(row.where("week"), "week", f"is {cell}, no date that is clear", right)
            continue
        numbers.add(row)
        if cell in MISSING:
            problems.add(row.where("week"), "week", f"is {cell or 'empty'}", f"1 to {last:g}")
    return np.nan_to_num(numbers.conclude(problems)).astype(np.int64), []


def _day(text: str) -> date | None:
    try:
        if found := _ISO.fullmatch(text):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := _DOTTED.fullmatch(text):
            return date(int(found[3]), int(found[2]), int(found[1]))
        if found := _ISO_WEEK.fullmatch(text):
            return date.fromisocalendar(int(found[1]), int(found[2]), 1)
    except ValueError:
        return None
    return None


def _twice(
    weeks: Sequence[object], groups: Sequence[str], rows: Sequence[CsvRow], problems: Problems
) -> None:
    seen: dict[tuple[object, str], str] = {}
    for week, group, row in zip(weeks, groups, rows, strict=True):
        first = seen.setdefault((week, group), row.where("week"))
        if first != row.where("week"):
            whose = f" of {group}" if group else ""
            what = f"{row.cell('week')}{whose} stands twice, first at {first}"
            problems.add(row.where("week"), "week", what, "each week once")


def read_first_weeks(
    path: Path, problems: Problems, label: str, start: date | None, last: int, ids: NDArray[Any]
) -> tuple[Ints, tuple[Note, ...]]:
    """Read in which week each person first used the tool.

    From 1, ``last + 1`` for who has not adopted, or is not in the table: int64, shape (n_people,).
    Beside it what is to be noted.

    - ``path``: columns ``id`` and ``first_use``: a date or the number of a week; blank for not yet.
    - ``problems``: what is wrong is noted here.
    - ``start``: a day of week 1, where dates are given.
    - ``last``: the last week there may be.
    - ``ids``, shape (n_people,)
    """
    found, notes = np.full(len(ids), last + 1, np.int64), list[Note]()
    columns = ("id", "first_use")
    table = open_table(path, problems, notes, known=columns, required=columns, label=label)
    if table is None:
        return found, ()
    who, strangers, seen = Names(ids.tolist()), 0, dict[int, str]()
    for row in table.rows(problems):
        cell, where = row.cell("first_use"), row.where("first_use")
        person = who.find(row.cell("id"), row.where("id"))
        if person < 0:
            strangers += 1
            continue
        if (before := seen.setdefault(person, row.where("id"))) != row.where("id"):
            what = f"{row.cell('id')} stands twice, first at {before}"
            problems.add(row.where("id"), "id", what, "each person once")
        if cell in MISSING:
            continue
        week = _first_week(cell, start, where, problems)
        if week is not None and not 1 <= week <= last:
            problems.add(where, "first_use", f"is {cell}, week {week}", f"weeks 1 to {last}")
        found[person] = week or last + 1
    if strangers:
        notes.append(Note("people not in the organisation left out", strangers))
    if unnamed := len(ids) - len(seen):
        notes.append(Note("people not in the table taken as not having begun", unnamed))
    if not problems.count and not (found <= last).any():
        problems.add(label, "first_use", "names nobody's first use", "a date or week of somebody")
    return found, (*notes, *who.notes())


def _first_week(cell: str, start: date | None, where: str, problems: Problems) -> int | None:
    day = _day(cell)
    if day is None:
        if (week := whole(cell)) is not None:
            return week
        problems.add(where, "first_use", f"is {cell}", "a date such as 2026-02-02, or a week")
    elif start is None:
        problems.add(where, "first_use", "is a date", "start: with a day of week 1, or weeks")
    else:
        return 1 + (monday(day) - monday(start)).days // 7
    return None
