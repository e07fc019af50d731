"""Use out of exports: one tidy table, a row a person and week."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

from sim.errors import refusal
from sim.importing.people import Register
from sim.importing.sheet import Sheet, amounts, dates_of, week_of
from sim.tables import Note

_NO = {"", "0", "0.0", "false", "no", "none", "nein", "non"}


@dataclass
class Cell:
    """What is known of a person in a week."""

    days: set[date] = field(default_factory=set)
    """Days of use, where they are known one by one."""
    n_days: float | None = None
    """Days of use, where only their number is known."""
    used: bool | None = None
    enabled: bool | None = None


@dataclass
class Use:
    """Use of everybody: cells by person and Monday, and what was found on the way.

    In the weeks ``logged``, who has no cell did not use the tool: exports list who did alone.
    """

    cells: dict[tuple[int, date], Cell] = field(default_factory=dict)
    logged: set[date] = field(default_factory=set)
    strangers: dict[str, int] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)

    def at(self, person: int, week: date) -> Cell:
        """Return the cell of a person and week, a new one where there is none."""
        return self.cells.setdefault((person, week), Cell())


def add_use(use: Use, sheet: Sheet, kind: str, columns: dict[str, str], who: Register) -> None:
    """Add what a sheet says of use; people who are not in the register are counted."""
    readers: dict[str, Callable[[Use, Sheet, dict[str, str], Register], None]] = {
        "viva": _person_weeks,
        "weekly": _person_weeks,
        "daily": _person_days,
        "snapshot": _snapshot,
    }
    readers[kind](use, sheet, columns, who)


def _find(use: Use, who: Register, text: str) -> int:
    person = who.find(text)
    if person < 0:
        use.strangers[text] = use.strangers.get(text, 0) + 1
    return person


def _days(sheet: Sheet, column: str) -> dict[str, date]:
    return dates_of({cell for (cell,) in sheet.rows(column)}, sheet, column)


def _person_weeks(use: Use, sheet: Sheet, columns: dict[str, str], who: Register) -> None:
    """Read a row a person and week: blank is without access, 0 is with access and unused."""
    _check_cadence(sheet, columns)
    days = _days(sheet, columns["date"])
    sunday = bool(days) and all(day.weekday() == 6 for day in days.values())
    if sunday:
        use.notes.append(Note(f"weeks of {sheet.name} begin on Sundays: that of the Monday after"))
    names = [columns.get(name, "") for name in ("id", "date", "days", "enabled", "used")]
    of_days, of_access, of_acts = (amounts(sheet, name) for name in names[2:])
    weeks, only_users = set[date](), True
    for text, when, n_days, enabled, used in sheet.rows(*names):
        if not text or when not in days:
            continue
        person = _find(use, who, text)
        if person < 0:
            continue
        weeks.add(week := week_of(days[when], sunday=sunday))
        cell = use.at(person, week)
        count, acts = of_days.get(n_days), of_acts.get(used)
        if names[3]:
            cell.enabled = (of_access.get(enabled) or 0) > 0
        elif names[2] or names[4]:
            cell.enabled = count is not None or acts is not None
        if cell.enabled is not False:
            _note(cell, count, acts)
        only_users &= bool(cell.used)
    if only_users:
        use.logged |= weeks


def _note(cell: Cell, count: float | None, acts: float | None) -> None:
    """Add days of use, or acts of use where no days are known."""
    if count is not None:
        cell.n_days = (cell.n_days or 0.0) + count
    more = count if count is not None else acts
    if more is not None:
        cell.used = bool(cell.used) or more > 0


def _check_cadence(sheet: Sheet, columns: dict[str, str]) -> None:
    if "cadence" not in columns:
        return
    cadences = {cell.casefold() for cell in sheet.sample(columns["cadence"])}
    if cadences - {"weekly", "week"}:
        what = f"is {', '.join(sorted(cadences))}: no weeks can be told from it"
        raise refusal(sheet.name, columns["cadence"], what, "the weekly export")


def _person_days(use: Use, sheet: Sheet, columns: dict[str, str], who: Register) -> None:
    """Read a row a person and day, or event: a day with any use counts once."""
    if "date" not in columns:
        found = re.search(r"(\d{4}-\d{2}-\d{2})", sheet.name)
        if not found:
            what = "says no day, neither in a column nor in the name of the file"
            raise refusal(sheet.name, "date", what, "a column date")
        one = date.fromisoformat(found[1])
        days = {"": one}
    else:
        texts = {cell[:10] for (cell,) in sheet.rows(columns["date"])}
        days = dates_of(texts, sheet, columns["date"])
    counts = [name for name in sheet.columns if _COUNT.search(name)] or [columns.get("used", "")]
    for text, when, *cells in sheet.rows(columns["id"], columns.get("date", ""), *counts):
        day = days.get(when[:10])
        if not text or day is None:
            continue
        person = _find(use, who, text)
        if person < 0:
            continue
        cell = use.at(person, week_of(day))
        cell.enabled = True
        active = not any(counts) or any(one.casefold() not in _NO for one in cells)
        cell.used = bool(cell.used) or active
        if active:
            cell.days.add(day)
    use.logged |= {week_of(day) for day in days.values()}


_COUNT = re.compile(r"(_count|^used_[a-z_]+)$")


def _snapshot(use: Use, sheet: Sheet, columns: dict[str, str], who: Register) -> None:
    """Read last dates of use: they tell of the seven days before the report, and no more."""
    last = {cell for (cell,) in sheet.rows(columns["last_use"]) if cell[:1].isdigit()}
    days = dates_of(last, sheet, columns["last_use"])
    if "refreshed" in columns:
        reports = _days(sheet, columns["refreshed"])
    else:
        reports = {"": max(days.values())} if days else {}
        use.notes.append(
            Note(f"{sheet.name} says no date of the report: that of the last use taken")
        )
    names = columns["id"], columns.get("refreshed", ""), columns["last_use"]
    for text, when, at in sheet.rows(*names):
        report = reports.get(when)
        if not text or report is None:
            continue
        person = _find(use, who, text)
        if person < 0:
            continue
        cell = use.at(person, week_of(report - timedelta(days=3)))
        cell.enabled = True
        day = days.get(at)
        cell.used = day is not None and report - timedelta(days=7) < day <= report
    use.notes.append(
        Note(
            f"{sheet.name} is a snapshot, not a panel: it tells who used the tool in the seven "
            "days before the report, nothing of the weeks before; weekly snapshots tell more",
            len(reports),
        )
    )


FORMULA = (
    "whoever gets a message listens to its sender; a message to n people counts 1/n to each, "
    "summed over the log"
)


@dataclass
class LogTies:
    """What a log gives."""

    weights: dict[tuple[int, int], float]
    """By the positions of listener and sender."""
    messages: int
    outside: int
    late: int
    """``messages``, ``outside``, ``late``: messages read; ends that are nobody in the organisation;
    messages before the window."""
    first: date | None
    last: date | None


def ties_of_log(
    sheet: Sheet, columns: dict[str, str], register: Register, *, window: int | None = None,
    least: float = 0.0,
) -> LogTies:  # fmt: skip
    """Return who listens to whom by a log of messages.

    - ``sheet``: a row a message, or a row a recipient with a column that names the message.
    - ``columns``: ``from``, ``to`` and, where there are any, ``cc``, ``date``, ``message``.
    - ``window``: weeks before the last message that count; all by default.
    - ``least``: ties that weigh less are left out.
    """
    days, sizes = _before(sheet, columns.get("date", ""), columns.get("message", ""))
    first, last = (min(days.values()), max(days.values())) if days else (None, None)
    since = last - timedelta(weeks=window) if last and window else None
    n = 1 << 32
    weights: dict[int, float] = {}
    messages = outside = late = 0
    find = register.find
    for message, sender, to, cc, at in sheet.rows(
        *(columns.get(name, "") for name in ("message", "from", "to", "cc", "date"))
    ):
        if since is not None and days.get(at[:10], since) <= since:
            late += 1
            continue
        messages += 1
        source = find(sender)
        lone = not cc and ";" not in to and ("," not in to or ("@" not in to and find(to) >= 0))
        ends = [to] if lone else _ends(to, cc)
        share = 1.0 / max(len(ends), sizes.get(hash(message), 1) if message else 1)
        if source < 0:
            outside += 1
            continue
        for end in ends:
            target = find(end)
            if target < 0:
                outside += 1
            elif target != source:
                pair = target * n + source
                weights[pair] = weights.get(pair, 0.0) + share
    kept = {(k // n, k % n): w for k, w in sorted(weights.items()) if w >= least}
    return LogTies(kept, messages, outside, late, first, last)


def _ends(to: str, cc: str) -> list[str]:
    ends = (end for cell in (to, cc) for end in re.split(";" if ";" in cell else r"[,|\n]", cell))
    return [end.strip() for end in ends if end.strip()] or [""]


def _before(sheet: Sheet, date_column: str, message: str) -> tuple[dict[str, date], dict[int, int]]:
    """Return the day of each beginning of a time, and the rows of messages with several.

    Ten characters are a date in most forms; otherwise whole cells are read.
    """
    texts: set[str] = set()
    seen: set[int] = set()
    several: Counter[int] = Counter()
    for when, name in sheet.rows(date_column, message):
        texts.add(when[:10])
        if name:
            key = hash(name)
            if key in seen:
                several[key] += 1
            else:
                seen.add(key)
    sizes = {key: count + 1 for key, count in several.items()}
    if not date_column:
        return {}, sizes
    if all(text[0].isdigit() for text in texts if text):
        return dates_of((text.strip() for text in texts), sheet, date_column), sizes
    whole = {cell for (cell,) in sheet.rows(date_column)}
    found = dates_of(whole, sheet, date_column)
    return {cell[:10]: day for cell, day in found.items()}, sizes
