"""The plan for Monday: a table, a workbook, calendar entries, a file for project software."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from io import BytesIO
from itertools import groupby
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5
from xml.etree.ElementTree import Element, SubElement, indent, tostring
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from sim.analysis.plan.roadmap import VISIBLE, Step, steps
from sim.errors import defused, shown
from sim.numbers import UNDEFINED, brief, counted, typed
from sim.report.plan_words import expected

if TYPE_CHECKING:
    from sim.analysis.plan import Answer
    from sim.analysis.plan.layout import Layout, Plan
    from sim.analysis.plan.problem import Limit, PlanProblem

_CALENDAR = UUID("6a3c2c9e-0f0b-5d0e-9b53-7d1f4a5e2c11")
"""Namespace of calendar entries: those of one plan keep theirs, no two plans share one."""
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
            answer.problem.money: round(one.money, 2),
            "owner": "",
        }
        for one in found
    ]


def this_week(answer: Answer, week: int) -> Iterator[dict[str, Any]]:
    """Yield what begins, goes on and is to be got ready in a week and in the next."""
    if answer.roadmap.now:  # its steps stand in the schedule of the plan before
        yield {
            "when": "this week",
            "week": week,
            "day": answer.problem.day(week) or "",
            "measure": "what has begun",
            "to do": "goes on, as in the plan that is being carried out",
            "owner": "",
        }
    for number, name in ((week, "this week"), (week + 1, "next week")):
        for one in steps(answer.layout, answer.best):
            if not one.first_week <= number <= one.last_week:
                continue
            begins = one.first_week == number
            if one.goes_on and not begins:
                continue
            needs = ", ".join(
                f"{what}: {brief(amount, 6)}" for what, amount in one.needs.items() if amount
            )
            who, people = "; ".join(one.who), counted(one.people, "person", "people")
            todo = f"invite {people} ({who})" if begins else "goes on"
            yield {
                "when": name,
                "week": number,
                "day": answer.problem.day(number) or "",
                "measure": one.title,
                "to do": "; ".join(part for part in (todo, needs and f"book {needs}") if part),
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
        (
            "Waves",
            waves,
            "no new waves: see Schedule" if week > 1 else "no waves: everybody at once",
        ),
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
                    cell.number_format = FORMATS.get(title.partition(" (")[0], "General")
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
    plan = f"{answer.problem.name}\n{begins}\n"
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Uptake//plan//EN", "CALSCALE:GREGORIAN"]

    def event(key: str, first: date, last: date, title: str, about: str) -> None:
        lines.extend([
            "BEGIN:VEVENT", f"UID:{uuid5(_CALENDAR, plan + key)}", f"DTSTAMP:{stamp}",
            f"SEQUENCE:{answer.roadmap.now}",
            f"DTSTART;VALUE=DATE:{first:%Y%m%d}",
            f"DTEND;VALUE=DATE:{last + timedelta(days=1):%Y%m%d}",
            f"SUMMARY:{_escaped(title)}", f"DESCRIPTION:{_escaped(about)}",
            "TRANSP:TRANSPARENT", "END:VEVENT",
        ])  # fmt: skip

    for one in steps(answer.layout, answer.best):
        if one.first_day is None or one.last_day is None:
            continue
        needs = "".join(
            f"\n{name}: {brief(amount, 6)}" for name, amount in one.needs.items() if amount
        )
        last = one.first_day + timedelta(days=4) if one.goes_on else one.last_day
        title = f"{one.title} begins" if one.goes_on else one.title
        event(_key(one), one.first_day, last, title, said_of(one) + needs)
    for mark in answer.roadmap.checkpoints:
        day = answer.problem.last_day(mark.week)
        if day is not None and mark.outcome == next(iter(answer.roadmap.curves)):
            title = f"Checkpoint: {mark.outcome.replace('_', ' ')}"
            title += f" (before {mark.before})" if mark.before else ""
            expect, below = expected(mark.low, mark.high, mark.fails_below)
            about = f"Expect {expect}"
            about += f"; plan again below {below}" if below != UNDEFINED else ""
            event(f"check {mark.week}", day, day, title, about)
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _key(one: Step) -> str:
    """Return what a step is called in every plan of a rollout, a wave as replan calls it."""
    wave, times = (part.partition(" of ")[0] for part in (one.wave, one.round))
    return f"{one.measure}{wave and f', wave {wave}'}{times and f', round {times}'}"


def said_of(one: Step) -> str:
    """Return for whom a step is, and how long it takes."""
    people, hours = counted(one.people, "person", "people"), round(one.hours)
    return f"{people}: {', '.join(one.who)}" + (f"\n{counted(hours, 'hour')}" if hours else "")


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


NAMESPACE = "http://schemas.microsoft.com/project"
DAY_HOURS = 8

ALWAYS = date(2050, 1, 1)
"""The day after the last that project files know."""
WORK, MATERIAL = 1, 0
"""Kinds of resource: what is occupied week by week, and what is taken once."""
FIELDS = {"hours": (188743767, "Number1"), "people": (188743768, "Number2")}
"""Free columns of a task that hold people's hours and their number: a task's own work is that of
its resources."""


def project(layout: Layout, plan: Plan) -> bytes | None:
    """Return the plan as a project file; None without dates.

    A task a step below a summary task a measure (a measure of one step is that task alone), their
    order, and what they occupy or take as resources. Blackouts are days off.
    """
    problem = layout.problem
    if problem.begins is None:
        return None
    found = steps(layout, plan)
    root = Element("Project", xmlns=NAMESPACE)
    _say(root, Name=problem.name, Title=problem.name, ScheduleFromStart=1,
         StartDate=_at(problem.begins, 8), CurrencySymbol=problem.currency, CalendarUID=1,
         MinutesPerDay=60 * DAY_HOURS, MinutesPerWeek=300 * DAY_HOURS, DaysPerMonth=20)  # fmt: skip
    fields = SubElement(root, "ExtendedAttributes")
    for alias, (number, name) in FIELDS.items():
        field = SubElement(fields, "ExtendedAttribute")
        _say(field, FieldID=number, FieldName=name, Alias=alias)
    _calendar(root, problem)
    numbers = _tasks(root, problem, found)
    kinds = {name: WORK for one in found for name in one.occupies}
    kinds |= {name: MATERIAL for one in found for name in one.takes}
    resources = SubElement(root, "Resources")
    for k, (name, kind) in enumerate(kinds.items(), 1):
        limits = [one for one in problem.limits if one.what == name]
        _resource(resources, k, name, kind, problem, limits)
    _assignments(root, problem, found, numbers, list(kinds))
    indent(root)
    return tostring(root, encoding="utf-8", xml_declaration=True)


def _tasks(root: Element, problem: PlanProblem, found: tuple[Step, ...]) -> dict[int, int]:
    """Add the tasks, and return the number of each step's."""
    tasks, numbers, uid = SubElement(root, "Tasks"), dict[int, int](), 0
    order = list(dict.fromkeys(one.measure for one in found))
    ordered = sorted(range(len(found)), key=lambda k: order.index(found[k].measure))
    elements = dict[int, Element]()
    for measure, its in groupby(ordered, key=lambda k: found[k].measure):
        mine = list(its)
        if len(mine) > 1:
            uid += 1
            _task(tasks, problem, uid, measure, [found[k] for k in mine], level=1)
        for k in mine:
            uid += 1
            numbers[k] = uid
            level = 1 + (len(mine) > 1)
            elements[k] = _task(tasks, problem, uid, found[k].title, [found[k]], level=level)
    for k, one in enumerate(found):
        for before in one.before:
            link = SubElement(elements[k], "PredecessorLink")
            _say(link, PredecessorUID=numbers[before], Type=1, CrossProject=0, LinkLag=0)
        for value, (number, _) in zip((one.hours, one.people), FIELDS.values(), strict=True):
            _say(SubElement(elements[k], "ExtendedAttribute"), FieldID=number, Value=typed(value))
    return numbers


def _task(
    tasks: Element, problem: PlanProblem, uid: int, name: str, mine: list[Step], *, level: int
) -> Element:
    """Add a step, or the summary of several."""
    task, summary = SubElement(tasks, "Task"), len(mine) > 1
    first = min(one.first_day for one in mine if one.first_day)
    last = max(one.last_day for one in mine if one.last_day)
    _say(task, UID=uid, ID=uid, Name=name, Type=1, OutlineLevel=level, Start=_at(first, 8),
         Finish=_at(last, 17), Duration=_hours(_work_days(problem, first, last) * DAY_HOURS),
         DurationFormat=7, Milestone=0, Summary=int(summary))  # fmt: skip
    if not summary:
        _say(task, FixedCost=round(100 * mine[0].money), ConstraintType=2,
             ConstraintDate=_at(first, 8), Notes=said_of(mine[0]).replace("\n", "; "))  # fmt: skip
    return task


def _resource(
    resources: Element, uid: int, name: str, kind: int, problem: PlanProblem,
    limits: Iterable[Limit],
) -> None:  # fmt: skip
    one = SubElement(resources, "Resource")
    _say(one, UID=uid, ID=uid, Name=name, Type=kind)
    amounts = [pair for limit in limits for pair in limit.amounts]
    if kind == MATERIAL or not amounts:
        return
    _say(one, MaxUnits=brief(max(amount for _, amount in amounts), 6))
    if len(amounts) == 1:
        return
    periods = SubElement(one, "AvailabilityPeriods")
    days = [problem.day(week) for week, _ in amounts]
    for (_, amount), first, after in zip(amounts, days, [*days[1:], ALWAYS], strict=True):
        if first and after:
            _say(SubElement(periods, "AvailabilityPeriod"), AvailableFrom=_at(first, 0),
                 AvailableTo=f"{after - timedelta(days=1)}T23:59:00",
                 AvailableUnits=brief(amount, 6))  # fmt: skip


def _assignments(
    root: Element, problem: PlanProblem, found: tuple[Step, ...], numbers: dict[int, int],
    names: list[str],
) -> None:  # fmt: skip
    held, uid = SubElement(root, "Assignments"), 0
    for k, one in enumerate(found):
        hours = _work_days(problem, one.first_day, one.last_day) * DAY_HOURS
        for kind, needs in ((WORK, one.occupies), (MATERIAL, one.takes)):
            for name, amount in needs.items():
                if not amount:
                    continue
                uid += 1
                fixed = {"FixedMaterial": 1, "HasFixedRateUnits": 1} if kind == MATERIAL else {}
                _say(SubElement(held, "Assignment"), UID=uid, TaskUID=numbers[k],
                     ResourceUID=names.index(name) + 1, **fixed, Units=brief(amount, 6),
                     Work=_hours(amount * (hours if kind == WORK else 1)))  # fmt: skip


def _calendar(root: Element, problem: PlanProblem) -> None:
    """Add a calendar of five working days of eight hours, blackouts off."""
    one = SubElement(SubElement(root, "Calendars"), "Calendar")
    _say(one, UID=1, Name="Standard", IsBaseCalendar=1, BaseCalendarUID=-1)
    days = SubElement(one, "WeekDays")
    for day in range(1, 8):  # 1 is Sunday
        entry = SubElement(days, "WeekDay")
        works = 2 <= day <= 6
        _say(entry, DayType=day, DayWorking=int(works))
        if works:
            times = SubElement(entry, "WorkingTimes")
            for first, last in (("08:00:00", "12:00:00"), ("13:00:00", "17:00:00")):
                _say(SubElement(times, "WorkingTime"), FromTime=first, ToTime=last)
    if not problem.blackouts:
        return
    off = SubElement(one, "Exceptions")
    for blackout in problem.blackouts:
        begin, end = problem.day(blackout.start), problem.last_day(blackout.end)
        if begin is None or end is None:
            continue
        entry = SubElement(off, "Exception")
        _say(entry, EnteredByOccurrences=0)
        _say(SubElement(entry, "TimePeriod"), FromDate=_at(begin, 0), ToDate=f"{end}T23:59:00")
        _say(entry, Occurrences=(end - begin).days + 1, Name="blackout", Type=1, DayWorking=0)


def _work_days(problem: PlanProblem, first: date | None, last: date | None) -> int:
    """Return how many working days there are from one day to another, blackouts off."""
    if first is None or last is None or problem.begins is None:
        return 0
    days = [first + timedelta(d) for d in range((last - first).days + 1)]
    weeks = [(day - problem.begins).days // 7 + 1 for day in days if day.weekday() < 5]
    off = [(one.start, one.end) for one in problem.blackouts]
    return sum(not any(start <= week <= end for start, end in off) for week in weeks)


def _say(element: Element, **values: object) -> None:
    for name, value in values.items():
        text = "".join(c for c in str(value) if c.isprintable())
        SubElement(element, name).text = text


def _hours(hours: float) -> str:
    whole, minutes = divmod(round(60 * hours), 60)
    return f"PT{whole}H{minutes}M0S"


def _at(day: date, hour: int) -> str:
    return f"{day.isoformat()}T{hour:02d}:00:00"
