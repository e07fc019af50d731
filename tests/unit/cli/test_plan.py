from __future__ import annotations

import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from datetime import date, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest

from commands import call
from sim.report.document.beside import BROWSERS
from sim.scenario import load

TEXT = """
name: A small plan
weeks: 16
starts: 2027-01-04
interventions:
  - loyalty conversation: {label: loyalty, latest: week 6}
  - access: {latest: week 6}
  - role-specific practice:
      {label: practice, earliest: week 7, latest: week 12, occupies: {trainers: 1 per 20 people}}
precedence: [loyalty before practice]
budget: {hours: 900}
capacity: {hours: 400, trainers: 4}
objective: {what: share, of: weekly_users, at: week 16}
step: 3
"""
MORE = ("identity", "relationship", "capability")
QUICK = ("--organisation", "small-firm", "--runs", "400", "--worlds", "20", "--threads", "1")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What ``uptake plan`` leaves behind."""
    place = tmp_path_factory.mktemp("plan")
    (place / "problem.yaml").write_text(TEXT)
    assert call("plan", str(place / "problem.yaml"), *QUICK, "--out", str(place / "out")) == 0
    return place


def test_everything_is_written(folder: Path) -> None:
    out = folder / "out"
    names = {file.name for file in out.iterdir()}
    expected = {
        "answer.json", "answer.txt", "best.yaml", "checkpoints.csv", "elements.csv",
        "evaluations", "key", "organisation.yaml", "plan.yaml", "plans.csv", "roadmap.png",
        "roadmap.svg", "schedule.csv", "schedule.ics", "schedule.xlsx", "schedule.xml",
        "steering.html",
    }  # fmt: skip
    assert expected <= names
    assert all(name in expected or name.startswith("plan-") for name in names)
    about = json.loads((out / "answer.json").read_text())
    scenario = load(out / "best.yaml")
    assert scenario.organisation is not None
    first = about["plans"][0]["plan"]["starts"]
    placed = [one.intervention.start for one in scenario.timeline]
    assert placed == [start for start in first if start]
    text = (out / "answer.txt").read_text()
    for words in ("Best plan: weekly users, week 16", "all at once", "training first",
                  "trust before tools", "managers first", "informal leaders first",
                  "random order", "left out", "4 weeks later", "Checkpoints"):  # fmt: skip
        assert words in text


ORDER = {
    "Project": "Name Title ScheduleFromStart StartDate CurrencySymbol CalendarUID MinutesPerDay "
    "MinutesPerWeek DaysPerMonth ExtendedAttributes Calendars Tasks Resources Assignments",
    "Task": "UID ID Name Type OutlineLevel Start Finish Duration DurationFormat Milestone Summary "
    "FixedCost ConstraintType ConstraintDate Notes PredecessorLink ExtendedAttribute",
    "PredecessorLink": "PredecessorUID Type CrossProject LinkLag",
    "Resource": "UID ID Name Type MaxUnits AvailabilityPeriods",
    "Assignment": "UID TaskUID ResourceUID FixedMaterial HasFixedRateUnits Units Work",
    "Calendar": "UID Name IsBaseCalendar BaseCalendarUID WeekDays Exceptions",
    "Exception": "EnteredByOccurrences TimePeriod Occurrences Name Type DayWorking",
}
"""Elements in the order that Microsoft's schema of project files asks for (mspdi, a sequence)."""


def assert_is_a_project(root: ElementTree.Element) -> None:
    """Check what programs that read project files rely on: order, ids, references, dates."""
    space = "{http://schemas.microsoft.com/project}"
    for name, order in ORDER.items():
        for one in [root] if name == "Project" else root.iter(f"{space}{name}"):
            there = [child.tag.removeprefix(space) for child in one]
            assert sorted(there, key=order.split().index) == there

    def numbers(path: str) -> list[str]:
        return [one.text or "" for one in root.iterfind(path.replace("/", f"/{space}"))]

    tasks = numbers("./Tasks/Task/UID")
    resources = numbers("./Resources/Resource/UID")
    assert len(set(tasks)) == len(tasks) > 0
    assert resources
    assert len(set(resources)) == len(resources)
    assert set(numbers("./Tasks/Task/PredecessorLink/PredecessorUID")) < set(tasks)
    assert set(numbers("./Assignments/Assignment/TaskUID")) <= set(tasks)
    assert set(numbers("./Assignments/Assignment/ResourceUID")) == set(resources)
    assert numbers("./CalendarUID") == numbers("./Calendars/Calendar/UID") == ["1"]
    for task in root.iterfind(f"{space}Tasks/{space}Task"):
        first, last = (
            datetime.fromisoformat(task.findtext(f"{space}{name}") or "")
            for name in ("Start", "Finish")
        )
        assert first < last
        assert first.weekday() < 5 > last.weekday()
        days = sum((first + timedelta(k)).weekday() < 5 for k in range((last - first).days + 1))
        assert task.findtext(f"{space}Duration") == f"PT{8 * days}H0M0S"
        assert len(task.findtext(f"{space}Name") or "") > 0


def test_the_schedule_says_the_same_in_every_form(folder: Path) -> None:
    from openpyxl import load_workbook

    out = folder / "out"
    about = json.loads((out / "answer.json").read_text())["plans"][0]["plan"]
    rows = list(csv.DictReader((out / "schedule.csv").open()))
    assert sorted(int(row["first week"]) for row in rows) == sorted(s for s in about["starts"] if s)
    for row in rows:
        monday = date(2027, 1, 4) + timedelta(weeks=int(row["first week"]) - 1)
        assert row["first day"] == monday.isoformat()
        assert row["owner"] == ""
    book = load_workbook(out / "schedule.xlsx")
    assert book.sheetnames == ["Schedule", "This week, next week", "Waves", "Checkpoints"]
    assert [cell.value for cell in book["Schedule"]["A"]] == [
        "measure",
        *(r["measure"] for r in rows),
    ]
    day = book["Schedule"]["H2"]
    assert (day.value, day.number_format) == (datetime(2027, 1, 4), "yyyy-mm-dd")
    marks = {cell.value: cell.column_letter for cell in book["Checkpoints"][1]}
    for row in book["Checkpoints"].iter_rows(min_row=2):
        assert row[1].value == datetime(2027, 1, 8) + timedelta(weeks=row[0].value - 1)  # a Friday
    shares = book["Checkpoints"][marks["to"]][1:]
    assert {cell.number_format for cell in shares} == {"0%"}
    assert book["Waves"]["A1"].value == "no waves: everybody at once"
    for sheet in book:
        for cell in sheet[1]:
            assert sheet.column_dimensions[cell.column_letter].width > len(str(cell.value)), cell
    events = (out / "schedule.ics").read_text().replace("\n ", "")
    assert events.count("BEGIN:VEVENT") == events.count("END:VEVENT") > len(rows)
    assert all(len(line.encode()) <= 75 for line in (out / "schedule.ics").read_text().splitlines())
    assert len(set(re.findall("UID:(.+)", events))) == events.count("BEGIN:VEVENT")
    assert not re.search(r"(?<!\d)0 hours|trainers: 0", events)
    space = "{http://schemas.microsoft.com/project}"
    tasks = ElementTree.parse(out / "schedule.xml").getroot().findall(f"{space}Tasks/{space}Task")
    steps = [task for task in tasks if task.findtext(f"{space}Summary") == "0"]
    assert [(task.findtext(f"{space}Start") or "")[:10] for task in steps]
    assert {(task.findtext(f"{space}Start") or "")[:10] for task in steps} == {
        row["first day"] for row in rows
    }
    assert_is_a_project(ElementTree.parse(out / "schedule.xml").getroot())
    page = (out / "steering.html").read_text()
    assert "04 Jan 2027" in page or "Jan 2027" in page
    assert "http://" not in page.replace("http://www.w3.org", "")


def test_the_plans_can_be_compared(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [str(folder / "out" / name) for name in ("best.yaml", "plan-2.yaml")]
    assert call("compare", *files, "--replicates", "3") == 0
    said = capsys.readouterr()
    assert "A small plan: best" in said.out
    stored = json.loads((folder / "out" / "answer.json").read_text())["tables"]["plans"][0]
    planned = f"weekly users, week 16 is {round(100 * stored['value']['mean'])}% by uptake plan"
    (line,) = [one for one in said.err.splitlines() if "A small plan: best: " in one]
    assert planned in line  # both figures and why they differ, in one line
    assert "this is the default set alone (--uncertainty parameters)" in line
    how = ("--uncertainty", "parameters", "--samples", "4", "--replicates", "2")
    assert call("compare", *files, *how) == 0
    assert "parameter sets in other replicates, so by chance" in capsys.readouterr().err


@pytest.mark.slow
def test_a_plan_of_ones_own_is_in_the_race_and_in_the_tables(folder: Path, tmp_path: Path) -> None:
    mine, out = tmp_path / "ours.yaml", tmp_path / "out"
    mine.write_text(
        "name: Ours\nweeks: 16\ntimeline:\n"
        "  - loyalty conversation: {label: loyalty, start: week 4}\n"
        "  - access: {start: week 4}\n"
        "  - role-specific practice: {label: practice, start: week 10}\n"
    )
    words = ("plan", str(folder / "problem.yaml"), *QUICK, "--start-from", str(mine))
    assert call(*words, "--out", str(out)) == 0
    rows = {row["plan"]: row for row in csv.DictReader((out / "plans.csv").open())}
    assert rows["your own plan"]["keeps all constraints"] == "True"
    assert float(rows["your own plan"]["less the best"]) <= 0


@pytest.mark.slow
def test_a_front_has_its_picture_and_shows_its_knee(tmp_path: Path) -> None:
    file, out = tmp_path / "problem.yaml", tmp_path / "out"
    some = TEXT.replace("latest: week 6}", "latest: week 6, doses: [0, 1]}")
    some = some.replace("latest: week 12,", "latest: week 12, doses: [0, 0.5, 1],")
    file.write_text(some.replace("objective: {", "objective: [{").replace("16}\n", "16}, hours]\n"))
    assert call("plan", str(file), *QUICK, "--out", str(out)) == 0
    about = json.loads((out / "answer.json").read_text())
    drawn = "".join((out / "front.svg").read_text().split())
    assert all(f"plan{k}" in drawn for k in range(1, len(about["plans"]) + 1))
    assert "no practice" in (out / "front.svg").read_text()
    assert "practice" in (out / "answer.txt").read_text()
    knee = [line for line in about["findings"] if line.startswith("Its knee")]
    assert knee
    assert "plan 1 " in knee[0]  # the plan that is drawn and scheduled, in best.yaml
    assert "With several objectives, finalists" in (out / "answer.txt").read_text()


@pytest.mark.slow
def test_money_has_its_currency_wherever_it_is_shown(tmp_path: Path) -> None:
    from openpyxl import load_workbook

    file, out = tmp_path / "problem.yaml", tmp_path / "out"
    text = TEXT.replace("label: practice,", "label: practice, money: 30, doses: [0, 1],")
    text = text.replace("budget: {", "currency: CHF\nbudget: {money: 4000, ")
    text = text.replace("objective: {", "objective: [{").replace("16}\n", "16}, money]\n")
    file.write_text(text)
    assert call("plan", str(file), *QUICK, "--out", str(out)) == 0
    heads = {
        name: (out / name).read_text().splitlines()[0].split(",")
        for name in ("plans.csv", "elements.csv", "schedule.csv")
    }
    for head in heads.values():
        assert "money (CHF)" in head
        assert not [one for one in head if "money" in one and "CHF" not in one]
    rows = load_workbook(out / "schedule.xlsx")["Schedule"]
    column = [cell.value for cell in rows[1]].index("money (CHF)") + 1
    assert rows.cell(2, column).number_format == "#,##0"
    words = " ".join((out / "answer.txt").read_text().split())
    for said in ("money (CHF)", "per 1,000 CHF", " CHF.", "Money (CHF)"):
        assert said in words + (out / "roadmap.svg").read_text().replace("<!-- ", " "), said
    assert "of money" not in words
    assert '<th class="num">money (CHF)</th>' in (out / "steering.html").read_text()
    assert "money in all (CHF)" in (out / "front.svg").read_text()
    assert "<CurrencySymbol>CHF</CurrencySymbol>" in (out / "schedule.xml").read_text()
    assert json.loads((out / "answer.json").read_text())["tables"]["currency"] == "CHF"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("", None),
        pytest.param(
            "\nrisk: cvar", "With a risk other than the mean, finalists", marks=pytest.mark.slow
        ),
        pytest.param(
            "\ngoals: [{what: share, of: weekly_users, at: week 16, reach: 0.1, in: 0.5}]",
            "With goals, finalists", marks=pytest.mark.slow,
        ),
    ],
    ids=["mean", "cvar", "goals"],
)  # fmt: skip
def test_where_there_is_no_bound_it_is_said(tmp_path: Path, more: str, said: str | None) -> None:
    file, out = tmp_path / "problem.yaml", tmp_path / "out"
    file.write_text(TEXT.rstrip() + more + "\n")
    assert call("plan", str(file), *QUICK, "--out", str(out)) == 0
    text = " ".join((out / "answer.txt").read_text().split())
    assert ("with 95%, none of them is better" in text) == (said is None)
    assert ("no bound on how much better" in text) == (said is not None)
    assert said is None or said in text


@pytest.mark.slow
def test_a_plan_in_many_waves_shows_the_first_the_last_and_the_gap(tmp_path: Path) -> None:
    file, out = tmp_path / "problem.yaml", tmp_path / "out"
    text = TEXT.replace("weeks: 16\nstarts: 2027-01-04", "weeks: 30").replace(
        "at: week 16", "at: 30"
    )
    text = text.replace("latest: week 12,", "latest: week 14,")
    policy = "  - usage policy: {label: policy, latest: week 6, waves: false}\nprecedence:"
    file.write_text("waves: {numbers: [6], gaps: [2]}\n" + text.replace("precedence:", policy))
    assert call("plan", str(file), *QUICK, "--out", str(out)) == 0
    about = json.loads((out / "answer.json").read_text())["plans"][0]["plan"]
    lines = (out / "answer.txt").read_text().splitlines()
    head = next(k for k, line in enumerate(lines) if "weeks apart" in line)
    assert lines[head].split("  ")[-1].split() == ["hours"]
    assert "wave 1" in lines[head]
    assert "wave 6" in lines[head]
    assert "wave 2" not in lines[head]
    starts = dict(zip(("loyalty", "access", "practice", "policy"), about["starts"], strict=True))
    for label, start in starts.items():
        row = next(line for line in lines[head:] if line.startswith(label))
        cells = [cell.strip() for cell in row.split("  ") if cell.strip()]
        ends = [f"all: week {start}"] if label == "policy" else [
            f"week {start}", f"week {start + 10}", "2"]  # fmt: skip
        assert cells[1 : 1 + len(ends)] == ends
    for k, wave in enumerate(about["waves"], 1):
        assert f"Wave {k}: {', '.join(wave)}" in lines
    table = lines[next(k for k, line in enumerate(lines) if line.startswith("by week")) + 2 :]
    weeks = [int(one.split()[0]) for one in table[: table.index("")] if one.split()[0].isdigit()]
    assert weeks == sorted(set(weeks))  # a row a week, whatever the figures


@pytest.mark.slow
@pytest.mark.skipif(not any(map(shutil.which, BROWSERS)), reason="there is no browser")
def test_the_steering_paper_is_one_page(tmp_path: Path) -> None:
    file, out = tmp_path / "problem.yaml", tmp_path / "out"
    more = "".join(f"  - {name} conversation: {{latest: week 9}}\n" for name in MORE)
    waves = "waves: {numbers: [4], gaps: [2]}\n"
    text = TEXT.replace("weeks: 16", "weeks: 40").replace("hours: 900", "hours: 9000")
    text = text.replace("interventions:\n", f"interventions:\n{more}").replace("step: 3", "step: 1")
    file.write_text(waves + text.replace("latest: week 12", "latest: week 30"))
    assert call("plan", str(file), *QUICK, "--out", str(out), "--pdf") == 0
    paper = (out / "steering.pdf").read_bytes()
    assert paper.startswith(b"%PDF")
    assert re.findall(rb"/Count (\d+)", paper) == [b"1"]


@pytest.mark.slow
def test_a_few_runs_are_not_said_to_be_interrupted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "problem.yaml"
    file.write_text(TEXT.replace("step: 3", "step: 1\nwaves: {numbers: [1, 2], gaps: [2]}"))
    words = ("plan", str(file), "--organisation", "small-firm", "--worlds", "20", "--threads", "1")
    for few in (("--runs", "120"), ("--minutes", "0.00001")):
        assert call(*words, *few) == 0
        assert "Interrupted" not in "".join(capsys.readouterr())


@pytest.mark.slow
def test_the_same_command_goes_on_another_problem_needs_force(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("plan", str(folder / "problem.yaml"), *QUICK, "--out", str(folder / "out"))
    before = (folder / "out" / "plans.csv").read_text()
    assert call(*arguments) == 0
    assert (folder / "out" / "plans.csv").read_text() == before
    assert call(*arguments, "--seed", "5") == 2
    assert "holds the answer to another problem" in capsys.readouterr().err
    assert call("plan", str(folder / "problem.yaml"), *QUICK, "--out", str(folder)) == 2
    assert "holds files that are no plan of Uptake" in capsys.readouterr().err


@pytest.mark.slow
def test_other_people_get_another_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "firm").mkdir()
    people, file = tmp_path / "firm" / "people.csv", tmp_path / "problem.yaml"
    lines = [f"p{i},{'p0' if i else ''},0.05,0" for i in range(20)]
    people.write_text("id,manager_id,start_trust,start_habit\n" + "\n".join(lines))
    ties = [f"p{i},p{i - 1}" for i in range(1, 20)]
    (tmp_path / "firm" / "ties.csv").write_text("source,target\n" + "\n".join(ties))
    file.write_text(
        "weeks: 8\norganisation: firm\ninterventions: [access: {latest: 2}]\n"
        "objective: {what: share, of: weekly_users, at: week 8}\n"
    )
    quick = (str(file), "--runs", "200", "--worlds", "20", "--threads", "1", "--out")
    assert call("plan", *quick, str(tmp_path / "out")) == 0
    before = (tmp_path / "out" / "plans.csv").read_text()
    people.write_text(people.read_text().replace("0.05,0", "0.95,0.9"))
    capsys.readouterr()
    assert call("plan", *quick, str(tmp_path / "out")) == 2
    assert "holds the answer to another problem: other people or ties" in capsys.readouterr().err
    assert call("plan", *quick, str(tmp_path / "out"), "--force") == 0
    assert call("plan", *quick, str(tmp_path / "fresh")) == 0
    after = (tmp_path / "out" / "plans.csv").read_text()
    assert after == (tmp_path / "fresh" / "plans.csv").read_text() != before


def test_how_much_work_it_is(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("plan", str(folder / "problem.yaml"), *QUICK, "--estimate") == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "decisions; at most" in captured.err


def test_dates_of_what_happened_need_a_first_day_only(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = shutil.copytree(folder / "out", tmp_path / "out")
    problem = out / "plan.yaml"
    problem.write_text(problem.read_text().replace("starts: 2027-01-04\n", ""))
    actual, usage = out / "actual.yaml", tmp_path / "usage.csv"
    actual.write_text(re.sub(r"start: \d+", "start: 2027-01-19", (out / "best.yaml").read_text()))
    usage.write_text("week,weekly_users\n6,10%\n")
    words = ("replan", str(out), "--observed", str(usage), "--actual", str(actual), "--estimate")
    assert call(*words) == 2
    assert "is the date 2027-01-19" in capsys.readouterr().err
    assert call(*words, "--start", "2027-01-06") == 0


@pytest.mark.slow
def test_the_remaining_weeks(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    usage = folder / "usage.csv"
    usage.write_text("week,weekly_users\n5,4%\n6,10%\n")
    out = folder / "again"
    arguments = ("replan", str(folder / "out"), "--observed", str(usage), "--out", str(out))
    assert call(*arguments, *QUICK[2:]) == 0
    captured = capsys.readouterr()
    assert "effective sample size" in captured.err
    assert "carry on as planned" in captured.out
    before = json.loads((folder / "out" / "answer.json").read_text())["plans"][0]["plan"]["starts"]
    after = json.loads((out / "answer.json").read_text())["plans"][0]["plan"]["starts"]
    assert len(after) == sum(not 0 < start <= 6 for start in before)  # the rest is done
    assert all(start == 0 or start > 6 for start in after)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--carried-out", "plan-99.yaml"), "plan-99.yaml is not in the answer"),
        (("--week", "2"), "is 2, but week 4 has been measured"),
    ],
)
def test_what_is_wrong_with_replan_is_said(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    usage = folder / "usage.csv"
    usage.write_text("week,weekly_users\n3,5%\n4,10%\n")
    assert call("replan", str(folder / "out"), "--observed", str(usage), *arguments) == 2
    assert said in capsys.readouterr().err


def test_a_falsified_model_writes_no_plan_unless_asked(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    usage, out = tmp_path / "usage.csv", tmp_path / "again"
    usage.write_text("week,weekly_users\n1,100%\n2,100%\n3,100%\n")  # before there is access
    command = ("replan", str(folder / "out"), "--observed", str(usage), "--out", str(out),
               "--runs", "100", "--worlds", "20", "--threads", "1")  # fmt: skip
    assert call(*command) == 2
    assert "nothing in the model is like what was measured: no plan is" in capsys.readouterr().err
    assert not out.exists()
    assert call(*command, "--anyway") == 0
    assert "no replicate comes near what was measured" in capsys.readouterr().err
    assert "not to be relied on" in (out / "roadmap.svg").read_text()


def test_an_edited_plan_is_not_ignored_and_new_means_may_be_added(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place, out, usage = tmp_path / "out", tmp_path / "again", tmp_path / "usage.csv"
    shutil.copytree(folder / "out", place)
    with (place / "best.yaml").open("a") as file:
        file.write("# a week late\n")
    usage.write_text("date,user,prompts\n2027-01-20,ann,3\n2027-01-27,ann,1\n2027-01-28,bo,1\n")
    command = ("replan", str(place), "--observed", str(usage), "--out", str(out),
               "--runs", "100", "--worlds", "20", "--threads", "1")  # fmt: skip
    assert call(*command) == 2
    assert f"--actual {place / 'best.yaml'}: what really happened" in capsys.readouterr().err
    text = TEXT.replace("weeks: 16", "weeks: 20").replace("hours: 900", "hours: 2000")
    more = "  - identity conversation: {label: identity, earliest: week 6}\nprecedence:"
    (tmp_path / "more.yaml").write_text(text.replace("precedence:", more))
    actual = ("--actual", str(place / "best.yaml"), "--problem", str(tmp_path / "more.yaml"))
    assert call(*command, *actual, "--anyway") == 0
    assert "who is not in it did not use the tool" in capsys.readouterr().err
    placed = {one.intervention.label: one.intervention.start
              for one in load(out / "best.yaml").timeline}  # fmt: skip
    assert placed["identity"] >= 6
    assert load(out / "best.yaml").weeks == 20


def test_a_folder_without_an_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("replan", str(tmp_path), "--observed", "usage.csv") == 2
    assert "has no answer.json" in capsys.readouterr().err


def test_constraints_that_clash_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "problem.yaml"
    file.write_text(TEXT.replace("hours: 900", "hours: 20"))
    assert call("plan", str(file), *QUICK) == 2
    said = capsys.readouterr().err
    assert "no plan keeps all constraints (proved). These clash:" in said
    assert "practice" in said
    assert "may not be left out (doses)" in said
    assert "budget of 20 hours" in said


def test_ctrl_c_before_there_is_any_answer_says_what_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from sim.analysis.plan import Planner

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Planner, "answer", interrupted)
    file, out = tmp_path / "problem.yaml", tmp_path / "out"
    file.write_text(TEXT)
    words = ("plan", str(file), *QUICK)
    assert call(*words, "--out", str(out)) == 130
    said = capsys.readouterr().err
    assert f"Interrupted: nothing was run yet, nothing is kept in {out}; the same command" in said
    assert call(*words) == 130
    assert "Interrupted: nothing was written." in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals are for POSIX")
def test_ctrl_c_gives_the_best_so_far(tmp_path: Path) -> None:
    file, out = tmp_path / "problem.yaml", tmp_path / "out"
    large = TEXT.replace("hours: 900", "hours: 9000").replace("hours: 400", "hours: 4000")
    large = large.replace("trainers: 4", "trainers: 40")
    file.write_text(large.replace("step: 3", "step: 1"))
    words = ["plan", str(file), "--organisation", "services-firm", "--runs", "1000000",
             "--worlds", "40", "--out", str(out)]  # fmt: skip
    code = f"from sim.cli import main; main({words!r})"
    # Heard even where this process was started in the background, which ignores it.
    heard = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    process = subprocess.Popen(
        [sys.executable, "-c", f"{heard}; {code}"], stdout=subprocess.PIPE, text=True
    )
    waited = time.monotonic() + 120
    while not list(out.glob("evaluations/*/race-*.npz")) and time.monotonic() < waited:
        time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    assert "Interrupted: this is the best so far" in said
    assert load(out / "best.yaml").timeline
    assert json.loads((out / "answer.json").read_text())["interrupted"]


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals are for POSIX")
def test_after_ctrl_c_the_same_command_gives_the_same_bytes(tmp_path: Path) -> None:
    file = tmp_path / "problem.yaml"
    file.write_text(TEXT.replace("step: 3", "step: 1\nwaves: {numbers: [1, 2], gaps: [2]}"))
    words = ["plan", str(file), "--organisation", "small-firm", "--runs", "6000",
             "--worlds", "20", "--threads", "1", "--out"]  # fmt: skip
    heard = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    code = f"{heard}; from sim.cli import main; main({[*words, str(tmp_path / 'cut')]!r})"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL)
    waited = time.monotonic() + 120
    while len(list(tmp_path.glob("cut/evaluations/*/race-*.npz"))) < 9:
        assert time.monotonic() < waited
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=120) == 0
    answer = tmp_path / "cut" / "answer.json"
    assert json.loads(answer.read_text())["interrupted"]
    for name in ("cut", "whole"):
        assert call(*words, str(tmp_path / name)) == 0
    assert not json.loads(answer.read_text())["interrupted"]
    for name in ("answer.json", "schedule.xlsx", "plans.csv", "answer.txt", "roadmap.svg"):
        assert (tmp_path / "cut" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


@pytest.mark.parametrize("command", ["plan", "run"])
def test_a_hidden_file_is_no_near_miss(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    (tmp_path / ".nosuch.yaml").touch()
    assert call(command, str(tmp_path / "nosuch.yaml")) == 2
    assert "did you mean" not in capsys.readouterr().err
    (tmp_path / "nosuchs.yaml").touch()
    assert call(command, str(tmp_path / "nosuch.yaml")) == 2
    assert "did you mean" in capsys.readouterr().err
