"""The plan for Monday: a table, a workbook, calendar entries, and a project file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from sim.analysis.plan.roadmap import VISIBLE
from sim.analysis.plan.steps import steps
from sim.numbers import UNDEFINED, brief, fixed
from sim.report.plan_words import expected
from sim.shown import defused, shown

if TYPE_CHECKING:
    from sim.analysis.plan import Answer


NAMESPACE = "http://schemas.microsoft.com/project"
DAY_HOURS = 8

OWNER = 20
"""Width of the column that is left for a name."""

FORMATS = {
    "hours": "#,##0.0", "money": "#,##0", "people": "#,##0",
    **dict.fromkeys(("expect from", "to", "plan again below"), "0%"),
}  # fmt: skip
"""How numbers are shown in a workbook, by column."""


def schedule_rows(answer: Answer) -> list[dict[str, Any]]:
    """Return a line a step: measure, wave, who, when, hours, what it needs, money, owner.

    The owner is left blank: it is for the planner to fill in.
    """
    found = steps(answer.layout, answer.best)
    names = list(dict.fromkeys(name for one in found for name in one.needs))
    return [
        {
            "measure": one.measure,
            "wave": one.wave,
            "round": one.round,
            "teams": "; ".join(one.who),
            "people": one.people,
            "first week": one.first_week,
            "last week": one.last_week,
            "first day": one.first_day or "",
            "last day": one.last_day or "",
            "hours": round(one.hours, 1),
            **{name: one.needs.get(name, 0) for name in names},
            "money": round(one.money, 2),
            "owner": "",
        }
        for one in found
    ]


def this_week(answer: Answer, week: int) -> Iterator[dict[str, Any]]:
    """Yield what begins, goes on and is to be got ready in a week and in the next."""
    for number, name in ((week, "this week"), (week + 1, "next week")):
        for one in steps(answer.layout, answer.best):
            if not one.first_week <= number <= one.last_week:
                continue
            begins = one.first_week == number
            if one.goes_on and not begins:
                continue
            needs = ", ".join(
                f"book {what}: {brief(amount, 6)}" for what, amount in one.needs.items() if amount
            )
            who = "; ".join(one.who)
            todo = f"invite {one.people} people ({who})" if begins else "goes on"
            yield {
                "when": name,
                "week": number,
                "day": answer.problem.day(number) or "",
                "measure": one.title,
                "to do": "; ".join(part for part in (todo, needs if begins else "") if part),
                "owner": "",
            }


def workbook(answer: Answer, week: int) -> bytes:
    """Return an Excel workbook: the schedule, this and next week, waves, checkpoints."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.properties import PageSetupProperties

    book = Workbook()
    book.properties.creator = "Uptake"
    book.properties.created = datetime(2000, 1, 1)
    waves = [
        {"wave": k + 1, "team": name, "people": answer.layout.part_people(name)}
        for k, wave in enumerate(answer.best.waves)
        for name in wave
    ]
    marks = [
        {"by week": one.week, "day": answer.problem.last_day(one.week) or "", "before": one.before,
         "figure": one.outcome.replace("_", " "), "expect from": one.low, "to": one.high,
         "plan again below": one.fails_below if one.fails_below > VISIBLE else ""}
        for one in answer.roadmap.checkpoints
    ]  # fmt: skip
    sheets = (
        ("Schedule", schedule_rows(answer), "nothing is left to do"),
        ("This week, next week", [*this_week(answer, week)], "nothing begins or goes on"),
        ("Waves", waves, "no waves: everybody at once"),
        ("Checkpoints", marks, "no checkpoints"),
    )
    for k, (name, rows, nothing) in enumerate(sheets):
        sheet = book.active if k == 0 else book.create_sheet()
        assert sheet is not None
        sheet.title = name
        head = list(rows[0]) if rows else [nothing]
        sheet.append([_safe(title) for title in head])
        for row in rows:
            sheet.append([_safe(value) for value in row.values()])
        for column, title in enumerate(head, 1):
            sheet.cell(1, column).font = Font(bold=True)
            longest = max([len(title), *(len(str(row[title])) for row in rows)], default=8)
            least = OWNER if title == "owner" else 0
            sheet.column_dimensions[get_column_letter(column)].width = max(
                least, min(60, longest + 2)
            )
            for (cell,) in sheet.iter_rows(min_row=2, min_col=column, max_col=column):
                cell.alignment = Alignment(wrap_text=True, vertical="top")
                if isinstance(cell.value, date):
                    cell.number_format = "yyyy-mm-dd"
                elif isinstance(cell.value, int | float):
                    cell.number_format = FORMATS.get(title, "General")
        sheet.freeze_panes = "A2"
        sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
        sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        sheet.print_title_rows = "1:1"
    stream = BytesIO()
    book.save(stream)
    return _fixed_times(stream.getvalue())


def _safe(value: object) -> object:
    """Return a cell that no spreadsheet takes for a formula, or refuses for its controls."""
    return defused(shown(value)) if isinstance(value, str) else value


def _fixed_times(archive: bytes) -> bytes:
    """Return a workbook without the hour at which it was written, for the same bytes again."""
    stream = BytesIO()
    with ZipFile(BytesIO(archive)) as old, ZipFile(stream, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "docProps/core.xml":  # openpyxl writes now, whatever it is told
                data = re.sub(
                    rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>2000-01-01T00:00:00Z", data
                )
            new.writestr(ZipInfo(name, (2000, 1, 1, 0, 0, 0)), data, ZIP_DEFLATED)
    return stream.getvalue()


def calendar(answer: Answer) -> str | None:
    """Return the steps and checkpoints as calendar entries (RFC 5545); None without dates."""
    begins = answer.problem.begins
    if begins is None:
        return None
    stamp = datetime.combine(begins, time(), UTC).strftime("%Y%m%dT%H%M%SZ")
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Uptake//plan//EN", "CALSCALE:GREGORIAN"]

    def event(key: str, first: date, last: date, title: str, about: str) -> None:
        lines.extend([
            "BEGIN:VEVENT", f"UID:{key}@uptake.invalid", f"DTSTAMP:{stamp}",
            f"DTSTART;VALUE=DATE:{first:%Y%m%d}",
            f"DTEND;VALUE=DATE:{last + timedelta(days=1):%Y%m%d}",
            f"SUMMARY:{_escaped(title)}", f"DESCRIPTION:{_escaped(about)}",
            "TRANSP:TRANSPARENT", "END:VEVENT",
        ])  # fmt: skip

    for k, one in enumerate(steps(answer.layout, answer.best)):
        if one.first_day is None or one.last_day is None:
            continue
        needs = "".join(f"\n{name}: {brief(amount, 6)}" for name, amount in one.needs.items())
        about = f"{one.people} people: {', '.join(one.who)}\n{fixed(one.hours, 0)} hours{needs}"
        last = one.first_day + timedelta(days=4) if one.goes_on else one.last_day
        title = f"{one.title} begins" if one.goes_on else one.title
        event(f"step-{k}", one.first_day, last, title, about)
    for mark in answer.roadmap.checkpoints:
        day = answer.problem.last_day(mark.week)
        if day is not None and mark.outcome == next(iter(answer.roadmap.curves)):
            title = f"Checkpoint: {mark.outcome.replace('_', ' ')}"
            title += f" (before {mark.before})" if mark.before else ""
            expect, below = expected(mark.low, mark.high, mark.fails_below)
            about = f"Expect {expect}"
            about += f"; plan again below {below}" if below != UNDEFINED else ""
            event(f"check-{mark.week}", day, day, title, about)
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _escaped(text: str) -> str:
    for old, new in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r", ""), ("\n", "\\n")):
        text = text.replace(old, new)
    return "".join(c for c in text if c.isprintable())


def _folded(line: str) -> Iterator[str]:
    """Yield a line in pieces of at most 75 bytes, no letter cut in two."""
    piece = ""
    for letter in line:
        if len((piece + letter).encode()) > 74:
            yield piece
            piece = " "
        piece += letter
    yield piece


def project(answer: Answer) -> bytes | None:
    """Return the plan as a project file (Microsoft Project XML); None without dates.

    A summary task a measure, a task a step, their order, and what they need as resources.
    """
    begins = answer.problem.begins
    if begins is None:
        return None
    found = steps(answer.layout, answer.best)
    root = ElementTree.Element("Project", xmlns=NAMESPACE)
    _say(root, Name=answer.problem.name, ScheduleFromStart=1, StartDate=_at(begins, 8),
         CalendarUID=1, MinutesPerDay=60 * DAY_HOURS, MinutesPerWeek=300 * DAY_HOURS,
         DaysPerMonth=20)  # fmt: skip
    _week(root)
    tasks = ElementTree.SubElement(root, "Tasks")
    number: dict[int, int] = {}
    uid = 0
    order = dict.fromkeys(one.measure for one in found)
    for measure in order:
        mine = [(k, one) for k, one in enumerate(found) if one.measure == measure]
        uid += 1
        _task(tasks, uid, measure, min(s.first_day or begins for _, s in mine),
              max(s.last_day or begins for _, s in mine), level=1)  # fmt: skip
        for k, one in mine:
            uid += 1
            number[k] = uid
            _task(tasks, uid, one.title, one.first_day or begins, one.last_day or begins, level=2,
                  notes=f"{one.people} people: {', '.join(one.who)}; {fixed(one.hours, 0)} hours",
                  cost=one.money)  # fmt: skip
    for k, one in enumerate(found):
        task = next(t for t in tasks if t.findtext("UID") == str(number[k]))
        for before in one.before:
            link = ElementTree.SubElement(task, "PredecessorLink")
            _say(link, PredecessorUID=number[before], Type=1, CrossProject=0, LinkLag=0)
    names = list(dict.fromkeys(name for one in found for name in one.needs))
    resources = ElementTree.SubElement(root, "Resources")
    for k, name in enumerate(names, 1):
        most = [max(n for _, n in one.amounts) for one in answer.problem.limits if one.name == name]
        there = {"MaxUnits": brief(max(most), 6)} if most else {}
        _say(ElementTree.SubElement(resources, "Resource"), UID=k, ID=k, Name=name, Type=1, **there)
    held = ElementTree.SubElement(root, "Assignments")
    pairs = [(number[k], names.index(name) + 1, amount, _work_days(one.first_day, one.last_day))
             for k, one in enumerate(found) for name, amount in one.needs.items()]  # fmt: skip
    for k, (task_uid, resource, amount, days) in enumerate(pairs, 1):
        _say(ElementTree.SubElement(held, "Assignment"), UID=k, TaskUID=task_uid,
             ResourceUID=resource, Units=amount,
             Work=_hours(amount * days * DAY_HOURS))  # fmt: skip
    ElementTree.indent(root)
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text


def _say(element: ElementTree.Element, **values: object) -> None:
    for name, value in values.items():
        text = "".join(c for c in str(value) if c.isprintable())
        ElementTree.SubElement(element, name).text = text


def _work_days(first: date | None, last: date | None) -> int:
    if first is None or last is None:
        return 0
    return sum((first + timedelta(d)).weekday() < 5 for d in range((last - first).days + 1))


def _hours(hours: float) -> str:
    whole, minutes = divmod(round(60 * hours), 60)
    return f"PT{whole}H{minutes}M0S"


def _at(day: date, hour: int) -> str:
    return f"{day.isoformat()}T{hour:02d}:00:00"


def _task(
    tasks: ElementTree.Element, uid: int, name: str, first: date, last: date, *, level: int,
    notes: str = "", cost: float = 0.0,
) -> None:  # fmt: skip
    task = ElementTree.SubElement(tasks, "Task")
    _say(task, UID=uid, ID=uid, Name=name, Type=1, OutlineLevel=level, Start=_at(first, 8),
         Finish=_at(last, 17), Duration=_hours(_work_days(first, last) * DAY_HOURS),
         DurationFormat=7, Milestone=0, Summary=int(level == 1))  # fmt: skip
    if level == 2:
        _say(task, FixedCost=round(100 * cost), ConstraintType=2, ConstraintDate=_at(first, 8),
             Notes=notes)  # fmt: skip


def _week(root: ElementTree.Element) -> None:
    """Add a calendar of five working days of eight hours."""
    calendars = ElementTree.SubElement(root, "Calendars")
    one = ElementTree.SubElement(calendars, "Calendar")
    _say(one, UID=1, Name="Standard", IsBaseCalendar=1, BaseCalendarUID=-1)
    days = ElementTree.SubElement(one, "WeekDays")
    for day in range(1, 8):  # 1 is Sunday
        entry = ElementTree.SubElement(days, "WeekDay")
        works = 2 <= day <= 6
        _say(entry, DayType=day, DayWorking=int(works))
        if works:
            times = ElementTree.SubElement(entry, "WorkingTimes")
            for first, last in (("08:00:00", "12:00:00"), ("13:00:00", "17:00:00")):
                span = ElementTree.SubElement(times, "WorkingTime")
                _say(span, FromTime=first, ToTime=last)
