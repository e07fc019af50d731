"""What a program that knows project files reads out of ``schedule.xml``.

MPXJ is the library by which ProjectLibre reads them; it needs Java. Where it is not there, the
file is looked at in ``tests/unit/cli/test_plan.py`` only.
"""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from sim.analysis.plan import loads_problem
from sim.analysis.plan.layout import Layout
from sim.analysis.plan.roadmap import Step, steps
from sim.analysis.plan.space import Space
from sim.report.plan_schedule import project
from sim.runner import load_organisation

HOSTILE = "=cmd|' /C calc'!A0 <b>&amp;"
TEXT = f"""
name: 'Autumn & "Söhne" <Ltd>'
weeks: 30
starts: 2027-01-04
interventions:
  - loyalty conversation: {{label: "{HOSTILE}", latest: week 20}}
  - access: {{latest: week 4, takes: {{licences: 1 per 1 people}}}}
  - usage policy: {{label: policy, latest: week 20, waves: false, money: 12.5}}
  - role-specific practice:
      {{label: practice, latest: week 20, hours: 6, occupies: {{trainers: 1 per 12 people}}}}
waves:
  numbers: [2]
  gaps: [4]
  groups:
    "{HOSTILE}": [Sales North, Sales South, Leadership]
    "North; \\"Süd\\"": [Operations East, Operations North, Operations South, Operations West]
    Others: [Finance, Technology]
precedence: ["{HOSTILE} before access"]
blackouts: [{{start: week 5, lasts: 2 weeks}}]
capacity: {{trainers: {{groups: {{"{HOSTILE}": {{week 1: 3, month 3: 6}}, Others: 3}}}}}}
budget: {{licences: {{every month: 150}}}}
rates: {{everyone: 50}}
"""

READ = """
import json, sys
from pathlib import Path
import jpype, mpxj
jars = str(Path(mpxj.__file__).parent / "lib" / "*")
jpype.startJVM(classpath=[jars])
from org.mpxj.reader import UniversalProjectReader
file = UniversalProjectReader().read(sys.argv[1])
properties, calendar = file.getProjectProperties(), file.getDefaultCalendar()
days = lambda one: float(one.getDuration())
print(json.dumps({
    "name": str(properties.getProjectTitle()), "start": str(properties.getStartDate()),
    "currency": str(properties.getCurrencySymbol() or ""),
    "off": [[str(one.getFromDate()), str(one.getToDate())]
            for one in calendar.getCalendarExceptions()],
    "tasks": [{
        "name": str(task.getName()), "summary": bool(task.getSummary()),
        "first": str(task.getStart()), "last": str(task.getFinish()),
        "days": days(task.getDuration()),
        "calendar days": days(calendar.getWork(
            task.getStart(), task.getFinish(), task.getDuration().getUnits())),
        "hours": float(task.getNumber(1) or 0), "people": float(task.getNumber(2) or 0),
        "cost": float(task.getFixedCost() or 0), "notes": str(task.getNotes()),
        "below": task.getParentTask() and str(task.getParentTask().getName()),
        "after": [str(one.getPredecessorTask().getName()) for one in task.getPredecessors()],
        "needs": {str(one.getResource().getName()):
                  [float(one.getUnits()) / 100, float(one.getWork().getDuration())]
                  for one in task.getResourceAssignments()},
    } for task in file.getTasks()],
    "resources": {str(one.getName()): [str(one.getType()),
                  [float(part.getUnits() or 0) / 100 for part in one.getAvailability()]]
                  for one in file.getResources()},
}))
"""


@pytest.fixture(scope="module")
def layout() -> Layout:
    return Layout(loads_problem(TEXT), load_organisation("small-firm"))


def read(file: Path) -> dict[str, Any]:
    """Return what MPXJ makes of a project file; skip where it, or Java, is not there."""
    if any(find_spec(name) is None for name in ("mpxj", "jpype")):
        pytest.skip("needs MPXJ: pip install mpxj JPype1, and Java")
    import jpype

    try:
        jpype.getDefaultJVMPath()
    except jpype.JVMNotFoundException:
        pytest.skip("there is no Java for MPXJ")
    ended = subprocess.run(
        [sys.executable, "-c", READ, str(file)], capture_output=True, text=True, check=True
    )
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


@pytest.mark.slow
def test_another_program_reads_what_was_planned(layout: Layout, tmp_path: Path) -> None:
    plan = Space(layout).first()
    assert plan is not None
    written, file = project(layout, plan), tmp_path / "schedule.xml"
    assert written is not None
    file.write_bytes(written)
    there, planned = read(file), {one.title: one for one in steps(layout, plan)}
    assert there["name"] == layout.problem.name
    assert there["start"] == "2027-01-04T08:00"
    assert there["currency"] == ""
    assert there["off"] == [["2027-02-01", "2027-02-12"]]
    tasks = {one["name"]: one for one in there["tasks"] if not one["summary"]}
    assert set(tasks) == set(planned)
    for title, one in planned.items():
        assert_is_the_step(tasks[title], one, [planned[key].title for key in planned], planned)
    summaries = {one["name"] for one in there["tasks"] if one["summary"]}
    assert summaries == {HOSTILE, "access", "practice"}  # policy is one step, and stands alone
    assert {one["below"] for one in tasks.values()} == {*summaries, None}
    kinds = there["resources"]
    assert kinds["licences"][0] == "MATERIAL"
    assert kinds[f"trainers of {HOSTILE}"] == ["WORK", [3.0, 6.0]]
    assert kinds["trainers of Others"] == ["WORK", [3.0]]


def assert_is_the_step(
    task: dict[str, Any], one: Step, titles: list[str], planned: dict[str, Step]
) -> None:
    """Check a task against the step it was written from."""
    assert task["first"] == f"{one.first_day}T08:00"
    assert task["last"] == f"{one.last_day}T17:00"
    assert task["days"] == task["calendar days"] > 0
    assert task["hours"] == pytest.approx(one.hours, rel=1e-5)
    assert task["people"] == one.people
    assert task["cost"] == pytest.approx(one.money, abs=0.01)
    assert all(who in task["notes"] for who in one.who)
    assert sorted(task["after"]) == sorted(titles[k] for k in one.before)
    for name, (units, work) in task["needs"].items():
        hours = work if name in one.takes else work / (8 * task["days"])
        assert units == pytest.approx(one.needs[name])
        assert hours == pytest.approx(one.needs[name])
    assert set(task["needs"]) == {name for name, amount in one.needs.items() if amount}


def test_what_is_taken_once_is_no_work_and_sites_have_their_own(layout: Layout) -> None:
    from xml.etree import ElementTree

    plan = Space(layout).first()
    assert plan is not None
    root = ElementTree.fromstring(project(layout, plan) or b"")
    space = {"p": "http://schemas.microsoft.com/project"}
    kinds = {one.findtext("p:Name", "", space): one.findtext("p:Type", "", space)
             for one in root.iterfind(".//p:Resource", space)}  # fmt: skip
    assert kinds == {
        "licences": "0", f"trainers of {HOSTILE}": "1", "trainers of Others": "1",
        "other trainers": "1",
    }  # fmt: skip
    one = next(one for one in steps(layout, plan) if one.measure == "practice")
    assert sum(one.occupies.values()) == sum(-(-layout.part_people(name) // 12) for name in one.who)
