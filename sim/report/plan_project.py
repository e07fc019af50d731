"""The plan as a project file: Microsoft's XML, which ProjectLibre and others read too."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from itertools import groupby
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from sim.analysis.plan.roadmap import Step, steps
from sim.numbers import brief
from sim.report.plan_schedule import said_of

if TYPE_CHECKING:
    from sim.analysis.plan.layout import Layout, Plan
    from sim.analysis.plan.problem import Limit, PlanProblem


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
         StartDate=_at(problem.begins, 8), CurrencySymbol="", CalendarUID=1,
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
    text: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return text


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
            _say(SubElement(elements[k], "ExtendedAttribute"), FieldID=number, Value=f"{value:.6g}")
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
