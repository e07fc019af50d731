"""Measured use in any form that is imported, as a tidy table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from sim.errors import refusal
from sim.importing import MAPPING, files_of
from sim.importing.columns import Guess, guess, read_mapping, with_mapping
from sim.importing.importer import USE, use_text
from sim.importing.people import Found, Register, add_people
from sim.importing.sheet import InDoubtError, Sheet, csv_text
from sim.importing.sheets import read_sheets
from sim.importing.use import Use, add_use
from sim.organisation.organisation import Organisation
from sim.sources import kind_seen
from sim.tables import MemoryFile, Note, Problems, open_table, whole
from sim.tables.names import similar
from sim.tables.usage import MOST_WEEK, SHARES, Usage, read_usage_table

FIRST = date(2001, 1, 1)
"""The Monday of week 1, where an export numbers its weeks."""

_MEASURED = (*SHARES, "use_days")


def read_measured(
    path: Path, problems: Problems, *, last: int = MOST_WEEK, label: str = "",
    organisation: Organisation | None = None,
) -> Usage | None:  # fmt: skip
    """Read measured use: a tidy table, or exports of use as ``uptake import`` reads them.

    Raises InputError where an export is not recognised, cannot be read, or may be read in two ways.

    - ``path``: a file, or a folder of exports; a ``mapping.yaml`` beside or in it is followed.
    - ``problems``, ``last``, ``label``: as for ``read_usage_table``.
    - ``organisation``: whose use it is. Who is in no log of days (GitHub, Claude, Gemini, a row a
      person and day) did not use the tool; other exports tell of the people in them alone.
    """
    label = label or str(path)
    kind = kind_seen(path)
    tidy = _tidiness(path) if kind == "file" else 0
    if kind not in ("file", "folder") or tidy == 2:
        return read_usage_table(path, problems, last=last, label=label)
    files = files_of(path) if path.is_dir() else [path]
    sheets = [sheet for file in files for sheet in read_sheets(file)]
    guesses = _guesses(sheets, path)
    for sheet, made in zip(sheets, guesses, strict=True):
        if made.kind == "usage":
            text = csv_text(sheet.columns, [*sheet.rows(*sheet.columns)])
            file = MemoryFile(path.name, text.encode())
            return read_usage_table(file, problems, last=last, label=label)
    found = [
        (replace(sheet, readings=made.readings), made)
        for sheet, made in zip(sheets, guesses, strict=True) if made.kind in USE
    ]  # fmt: skip
    if not found and tidy:
        return read_usage_table(path, problems, last=last, label=label)
    if not found:
        columns = ", ".join(sheets[0].columns[:8]) if sheets else ""
        what = f"is no table of use (columns: {columns:.200})" if sheets else "holds no table"
        right = (
            "a line a week under week,weekly_users; a row a person with a column a week (2026-W06, "
            "2026-02-02, week 6); or an export that uptake import reads"
        )
        problems.add(label, "", what, right)
        return None
    try:
        text, notes, numbered = _text(found, organisation)
    except InDoubtError as doubt:
        ways = " or ".join(f"{doubt.key}: {one}" for one in doubt.choices)
        problem = doubt.problems[0]
        right = f"{ways}, said of {doubt.sheet} in a {MAPPING} beside it (docs/importing.md)"
        raise refusal(problem.where, problem.path, problem.what, right) from None
    usage = read_usage_table(MemoryFile(path.name, text.encode()), problems, label=label)
    if usage is None:
        return None
    if numbered:
        usage = replace(usage, weeks=usage.numbered(FIRST), mondays=[])
    return replace(usage, exported=True, notes=(*notes, *usage.notes))


def _tidiness(path: Path) -> int:
    """Return 2 for a table with a column week and one of measured use, or nearly; 1 for one."""
    known = ("week", *_MEASURED)
    table = open_table(path, Problems(), [], known=known, required=("week",))  # below a title too
    table = table or open_table(path, Problems(), [], known=known)
    names = [] if table is None else list(table.columns)
    return ("week" in names) + any(similar(name, _MEASURED) for name in names)


def _guesses(sheets: Sequence[Sheet], path: Path) -> list[Guess]:
    """Return what each sheet is, as guessed or as a mapping beside them says."""
    file = (path if path.is_dir() else path.parent) / MAPPING
    mapping = read_mapping(file) if file.is_file() else {}
    return [with_mapping(sheet, guess(sheet), mapping, str(file)) for sheet in sheets]


def _text(
    found: Sequence[tuple[Sheet, Guess]], organisation: Organisation | None
) -> tuple[str, list[Note], bool]:
    """Return a tidy table of what exports say, what is to be noted, and whether weeks are numbers.

    A row a person where people are known in the organisation; otherwise a row a week.
    """
    dated = [_dated(sheet, made.columns.get("date", "")) for sheet, made in found]
    if len({numbered for _, numbered in dated}) > 1:
        names = ", ".join(sheet.name for sheet, _ in found)
        what, right = "have weeks as dates and as numbers", "dates in all of them"
        raise refusal(names, "", what, right)
    who, use, numbered = Register(), Use(), dated[0][1]
    for sheet, made in found:
        add_people(sheet, made, who, Found())
    size = n_people = len(who)
    matched = False
    if organisation is not None:
        own, n_people = Register(), organisation.n_people
        for one in organisation.ids.tolist():
            own.add(one)
        known = sum(own.find(person.id) >= 0 for person in who.people)
        matched = 0 < 2 * known >= min(size, n_people)  # a few may be alike by chance
        who = own if matched else who
    for (sheet, _), (_, made) in zip(dated, found, strict=True):
        add_use(use, sheet, made.kind, made.columns, who)
    size = len({person for person, _ in use.cells}) if matched else size
    notes = [note for sheet, _ in found for note in sheet.notes] + use.notes
    if use.strangers:
        names = ", ".join(sheet.name for sheet, _ in found)
        notes.append(Note(f"people in {names} who are not in the organisation left out",
                          len(use.strangers)))  # fmt: skip
    if organisation is not None and size != n_people:
        rest = "who is not in it did not use the tool" if use.logged else "they stand for all"
        notes.append(Note(f"{size:,} people in it, {n_people:,} in {organisation.name}: {rest}"))
    if matched:
        return use_text(use, [person.id for person in who.people]), notes, numbered
    return _of_weeks(use, max(size, n_people)), notes, numbered


def _of_weeks(use: Use, n_people: int) -> str:
    """Return a row a week: how many used the tool, of how many."""
    of, users = Counter[date](), Counter[date]()
    for (_, week), cell in use.cells.items():
        of[week] += cell.enabled is False or cell.used is not None
        users[week] += cell.enabled is not False and bool(cell.used)
    rows = [
        [week.isoformat(), str(n), str(users[week] / n)]
        for week in sorted({*of, *use.logged})
        if (n := n_people if week in use.logged else of[week])
    ]
    return csv_text(["week", "people", "weekly_users"], rows)


def _dated(sheet: Sheet, column: str) -> tuple[Sheet, bool]:
    """Return a sheet with numbers of weeks as dates, and whether it had any."""
    if not column or not all(cell.isdecimal() for cell in sheet.sample(column)):
        return sheet, False
    place = sheet.columns.index(column)

    def read() -> Iterator[list[str]]:
        for row in sheet.read():
            week = whole(row[place])
            if week is not None and 1 <= week <= MOST_WEEK:
                row = [*row]
                row[place] = (FIRST + timedelta(weeks=week - 1)).isoformat()
            yield row

    return replace(sheet, read=read), True
