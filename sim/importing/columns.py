"""What a sheet is, and which of its columns is what; a column a week or day turned into rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sim.document import decode, parse, yaml_text
from sim.errors import InputError, Problem, did_you_mean, refusal
from sim.importing.sheet import (
    MANAGER,
    READ,
    READINGS,
    SENSITIVE,
    WORDS,
    Sheet,
    dates_of,
    from_cells,
    is_date,
    state_meant,
)
from sim.organisation.people import START_COLUMNS, VALUE_COLUMNS
from sim.tables.names import FOOTERS, column_name, fold, meant_by, stem
from sim.tables.usage import GROUPS, SHARES

KINDS: dict[str, str] = READ["kinds"]
"""What a sheet may be, in words."""
_EXPORTS: list[dict[str, Any]] = READ["exports"]
"""Exports by columns that their makers name: kind, what must be there, what is read."""

FIELDS: dict[str, tuple[str, ...]] = {
    kind: tuple(names) for kind, names in READ["fields"].items()
} | {"survey": ("id", *START_COLUMNS, *VALUE_COLUMNS), "usage": (), "nothing": ()}
"""What a column of each kind of sheet may be read as."""

NEEDED: dict[str, list[str]] = READ["needed"]
"""Columns without which a sheet of a kind says nothing."""


@dataclass
class Guess:
    """What a sheet is taken for."""

    kind: str
    """A key of ``KINDS``, or empty where nothing fits."""
    columns: dict[str, str] = field(default_factory=dict)
    """The sheet's column by what it is."""
    refused: list[str] = field(default_factory=list)
    """Columns of performance, health, age, sex and the like: never read."""
    answers: dict[str, float] = field(default_factory=dict)
    """From 0 to 1, by word; where a mapping says so."""
    readings: dict[str, str] = field(default_factory=dict)
    """How cells are read where they do not tell; see ``READINGS``."""
    said: bool = False
    """Whether a mapping says so."""


def is_sensitive(column: str) -> bool:
    """Return whether a column is of a kind that is refused unless it is named.

    >>> is_sensitive("Dec2020Rating"), is_sensitive("Geburtsdatum"), is_sensitive("Role")
    (True, True, False)
    """
    words = re.sub(r"(?<=\d)(?=[a-z])|(?<=[a-z])(?=\d)", " ", stem(column))
    return bool(SENSITIVE.search(words))


def _by_name(columns: Sequence[str]) -> dict[str, str]:
    """Return the first column of each meaning, by names alone."""
    found: dict[str, str] = {}
    for column in columns:
        words = stem(column)
        bare = stem(re.sub(r"[(\[].*?[)\]]", " ", column))
        meant = next(
            (
                ours
                for ours, names in WORDS.items()
                if words in names or bare in names or words.replace(" ", "") in names
            ),
            "",
        )
        if not meant and MANAGER.search(words) and "is manager" not in words:
            meant = "manager_id"
        meant = meant or meant_by(column) or meant_by(bare)
        if meant:
            found.setdefault(meant, column)
    return found


def guess(sheet: Sheet) -> Guess:
    """Return what a sheet is taken for, and which of its columns is what."""
    if sheet.kind:
        return Guess(sheet.kind, {name: name for name in sheet.columns})
    refused = [name for name in sheet.columns if is_sensitive(name)]
    open_ = [name for name in sheet.columns if name not in refused]
    stems = {stem(name): name for name in open_}
    found = _by_name(open_)
    made = _export(stems) or _plain(sheet, open_, found)
    made.refused = refused
    return made


def _export(stems: Mapping[str, str]) -> Guess | None:
    """Return the guess for an export whose columns its maker names."""
    person = next((n for n in ("person id", "hash id", "employee id") if n in stems), "")
    if person and "metric date" in stems and any("copilot" in name for name in stems):
        return _viva(stems, person)
    last = next((w for w in stems if re.fullmatch(r"last activity (date|at)( utc.*)?", w)), "")
    user = next((w for w in ("user principal name", "user name", "login") if w in stems), "")
    if last and user:
        refreshed = "report refresh date" if "report refresh date" in stems else "report time"
        return Guess("snapshot", _taken(stems, id=user, last_use=last, refreshed=refreshed,
                                        name="display name"))  # fmt: skip
    for export in _EXPORTS:
        if set(export["needs"]) <= stems.keys():
            return Guess(export["kind"], _taken(stems, **export["reads"]))
    return None


def _taken(stems: Mapping[str, str], **columns: str) -> dict[str, str]:
    return {ours: stems[name] for ours, name in columns.items() if name in stems}


def _viva(stems: Mapping[str, str], person: str) -> Guess:
    columns = _taken(stems, id=person, date="metric date", days="total copilot active days",
                     enabled="total copilot enabled days", used="copilot actions",
                     team="organization", level="level", role="function type")  # fmt: skip
    actions = [name for word, name in stems.items() if word.startswith("copilot actions taken")]
    if "days" not in columns and "used" not in columns and actions:
        columns["used"] = actions[0]
    return Guess("viva", columns)


def _plain(sheet: Sheet, open_: Sequence[str], found: dict[str, str]) -> Guess:
    """Return the guess for a sheet that no maker is known of."""
    columns = dict(found)
    if sheet.hint == "nodes":
        columns.setdefault("id", sheet.columns[0])
        return Guess("people", _people(columns))
    words = {stem(name) for name in open_}
    if "week" in words and words & {"weekly users", "use days", "habitual", "own tool users"}:
        return Guess("usage", {})
    if sheet.hint == "edges" or {"source", "target"} <= columns.keys():
        return _ties(sheet, columns)
    answers = {}
    for name in open_:
        state = state_meant(name)
        if state and state not in answers:
            answers[state] = name
    person = [one for one in ("email", "id", "name", "first") if one in columns]
    if answers and person:
        keys = {"id": columns["email"]} if "email" in columns else _persons(columns, person[0])
        extra = ("team", "role", "manager_id", "level")
        return Guess("survey", keys | _some(columns, extra) | answers)
    rest = {"team", "role", "manager_id", "path", "level"} & columns.keys()
    if person and "date" in columns and not rest & {"manager_id", "path", "role"}:
        keys = _persons(columns, person[0])
        kind = "weekly" if "days" in columns or _is_weekly(columns["date"]) else "daily"
        return Guess(kind, keys | _some(columns, ("date", "days", "used", "enabled")))
    if person and (rest or len(words) <= 6):
        return Guess("people", _people(columns))
    return Guess("")


def _ties(sheet: Sheet, columns: dict[str, str]) -> Guess:
    kept = ("source", "target", "weight", "kind", "directed", "date", "cc", "message")
    found = {name: columns[name] for name in kept if name in columns}
    mails = "date" in found and "weight" not in found and "kind" not in found
    if sheet.hint != "edges" and (mails or "cc" in found or "message" in found):
        found["from"], found["to"] = found.pop("source"), found.pop("target")
        return Guess("messages", {k: v for k, v in found.items() if k not in {"weight", "kind"}})
    return Guess("ties", {k: v for k, v in found.items() if k not in {"cc", "message"}})


def _people(columns: Mapping[str, str]) -> dict[str, str]:
    kept = ("id", "email", "name", "first", "last", "team", "role", "level", "manager_id", "path")
    return _some(columns, kept)


def _persons(columns: Mapping[str, str], person: str) -> dict[str, str]:
    """Return what is said of people in a sheet whose rows name them, by an id or otherwise."""
    return {"id": columns[person], **_people(columns)}


def _some(columns: Mapping[str, str], kept: Sequence[str]) -> dict[str, str]:
    return {name: columns[name] for name in kept if name in columns}


def _is_weekly(column: str) -> bool:
    return stem(column) in {"week", "woche", "semaine", "semana", "week start", "period start",
                            "week start date", "metric date"}  # fmt: skip


MAX_BYTES = 1_000_000
KEYS = ("kind", "columns", "id", "answers", *READINGS)
HEAD = """\
# What each file is taken for, and which of its columns is what. Change it, and import again:
#   uptake import FILES --mapping mapping.yaml --out ANOTHER
# A column that is not named here is not read. Where cells do not tell: "dates: day first" or
# "month first", "decimals: comma" or "point". Kinds:
"""


def read_mapping(path: Path) -> dict[str, Any]:
    """Return a mapping by name of sheet. Raises InputError with everything wrong in it."""
    from sim.sources import read_regular

    data = read_regular(path, MAX_BYTES, "a mapping as uptake import writes it")
    plain = parse(decode(data, str(path)), str(path)).plain()
    return check_mapping(plain.get("sheets") if isinstance(plain, dict) else None, str(path))


def check_mapping(sheets: object, path: str) -> dict[str, Any]:
    """Return a mapping by name of sheet, checked. Raises InputError with everything wrong in it."""
    problems = []
    if not isinstance(sheets, dict) or not all(isinstance(v, dict) for v in sheets.values()):
        raise refusal(path, "sheets", "is no mapping", "one entry a sheet")
    for name, entry in sheets.items():
        where = f"sheets.{name}"
        for key in entry:
            if key not in KEYS:
                right = did_you_mean(str(key), KEYS)
                problems.append(Problem(path, f"{where}.{key}", "is no known key", right))
        problems += _odd_readings(entry, where, path)
        kind, columns = entry.get("kind", "nothing"), entry.get("columns") or {}
        if not isinstance(kind, str) or kind not in (*KINDS, "nothing"):
            right = did_you_mean(str(kind), [*KINDS, "nothing"])
            problems.append(Problem(path, f"{where}.kind", f"is {kind!r}", right))
        for part in (columns, entry.get("answers") or {}):
            if not isinstance(part, dict):
                problems.append(Problem(path, where, "holds a list", "name: value lines"))
    if problems:
        raise InputError(problems)
    return dict(sheets)


def _odd_readings(entry: dict[str, Any], where: str, path: str) -> list[Problem]:
    """Return which readings of cells are none that there are."""
    return [
        Problem(path, f"{where}.{key}", f"is {entry[key]!r:.40}",
                " or ".join(f"{value} ({means})" for value, means in values.items()))
        for key, values in READINGS.items() if key in entry and str(entry[key]) not in values
    ]  # fmt: skip


def with_mapping(sheet: Sheet, made: Guess, mapping: dict[str, Any], where: str) -> Guess:
    """Return the guess, or what the mapping says of this sheet.

    What it leaves out stays as guessed: the kind, or the columns where the kind is as guessed.
    """
    entry = mapping.get(sheet.name)
    if entry is None:
        return made
    kind = str(entry.get("kind", made.kind))
    kind_is_said = kind != made.kind or "columns" in entry
    guessed = made.columns if kind == made.kind else {}
    columns = {str(k): str(v) for k, v in (entry.get("columns") or guessed).items()}
    columns |= {"id": str(entry["id"])} if "id" in entry else {}
    problems = [
        Problem(where, f"sheets.{sheet.name}.columns.{ours}", f"is {theirs!r}, which is not there",
                did_you_mean(theirs, list(sheet.columns)))
        for ours, theirs in columns.items() if theirs not in sheet.columns
    ]  # fmt: skip
    problems += [
        Problem(where, f"sheets.{sheet.name}.columns", f"names no {ours}, without which it is no "
                f"{kind}", f"{ours}: a column of {sheet.name}")
        for ours in NEEDED.get(kind, ()) if ours not in columns and kind_is_said
    ]  # fmt: skip
    answers: dict[str, float] = {}
    for word, value in (entry.get("answers") or {}).items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            path = f"sheets.{sheet.name}.answers.{word}"
            problems.append(Problem(where, path, f"is {value!r}", "a number from 0 to 1"))
        else:
            answers[str(word)] = float(value)
    if problems:
        raise InputError(problems)
    refused = [n for n in sheet.columns if is_sensitive(n) and n not in columns.values()]
    readings = {key: str(entry[key]) for key in READINGS if key in entry}
    said = not entry.keys().isdisjoint(("kind", "columns", "id"))
    return Guess(kind, columns, refused, answers, readings, said=said)


def write_mapping(guesses: dict[str, Guess]) -> str:
    """Return the text of a mapping."""
    sheets = {
        name: {"kind": made.kind or "nothing"}
        | ({"columns": dict(made.columns)} if made.columns else {})
        | ({"answers": dict(made.answers)} if made.answers else {})
        | made.readings
        for name, made in guesses.items()
    }
    text = yaml_text({"sheets": sheets}, width=4096)
    kinds = "".join(f"#   {kind}: {what}\n" for kind, what in KINDS.items())
    return f"{HEAD}{kinds}#   nothing: passed over\n{text}"


PERSONAL = {"id", "email", "name", "first", "last", "manager_id", "path", "source", "target",
            "from", "to", "cc", "message"}  # fmt: skip
SAMPLES = 3


def guess_rows(sheet: Sheet, made: Guess, *, hidden: bool = False) -> list[tuple[str, str, str]]:
    """Return for each column what it is read as, its name and samples.

    Without samples of columns that name persons where they are ``hidden``.
    """
    rows = []
    for ours, theirs in made.columns.items():
        cells = list(dict.fromkeys(sheet.sample(theirs, 40)))[:SAMPLES]
        shown = ", ".join(cell if len(cell) <= 24 else f"{cell[:23]}…" for cell in cells)
        rows.append((ours, theirs, "(hidden)" if hidden and ours in PERSONAL else shown))
    return rows


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
        return kind, {"id": person} | _some(meant, ("team",)), ("date", "used")
    if group := next((one for one in GROUPS if one in meant), ""):
        return "", _some(meant, (group, "people")), ("week", "weekly_users")
    return None


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
