"""Measured use in every form that is imported, as the weeks of a plan."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from sim.analysis.firm.observed import WHOLE, Observed, read_usage
from sim.errors import InputError
from sim.importing import load_any
from sim.importing.importer import Options, import_files
from sim.organisation import Organisation
from sim.runner import load_organisation

sys.path.insert(0, str(Path(__file__).parent))
import exports

START = date(2026, 2, 2)
USERS = ((1, 2, 4), (1 / 2, 1 / 3, 2 / 3))
"""Who used the tool in ``exports.viva``, by week: 3, 2 and 4 of 6."""


@pytest.fixture
def firm(tmp_path: Path) -> Organisation:
    """The six people of the exports."""
    (tmp_path / "hr").mkdir()
    return load_any(exports.german_hr(tmp_path / "hr"))


def use(read: Observed, name: str = "weekly_users") -> tuple[tuple[int, ...], tuple[float, ...]]:
    weeks, values = read.series()[name]
    return weeks, tuple(round(value, 12) for value in values)


def wide(folder: Path, heads: list[str], cells: list[list[str]], mark: str = ",") -> Path:
    """A row a person, a column a week: the same use as in ``exports.viva``."""
    rows = [[exports.MAIL[n], *of] for n, of in zip(exports.VIVA_DAYS, cells, strict=True)]
    return exports.write(folder, "use.csv", exports.table(["User", *heads], rows, mark))


DAYS = [list(days) for days in exports.VIVA_DAYS.values()]
MARKS = [["x" if int(one or 0) else "" for one in days] for days in DAYS]
ON_DAYS = [[str(int(k < int(one or 0))) for one in days for k in range(5)] for days in DAYS]
EACH_DAY = [
    f"2026-{day // 100:02}-{day % 100:02}" for monday in (202, 209, 223)
    for day in (range(monday, monday + 5) if monday != 223 else range(223, 228))
]  # fmt: skip


@pytest.mark.parametrize(
    "make",
    [
        exports.viva,
        lambda folder: exports.viva(folder, american=True),
        lambda folder: wide(folder, exports.VIVA_WEEKS, DAYS),
        lambda folder: wide(folder, ["02.02.2026", "09.02.2026", "23.02.2026"], DAYS, ";"),
        lambda folder: wide(folder, ["2/2/2026", "2/9/2026", "2/23/2026"], DAYS),
        lambda folder: wide(folder, ["2026-W06", "2026-W07", "2026-W09"], MARKS),
        lambda folder: wide(folder, ["Week 1", "Week 2", "Week 4"], DAYS),
        lambda folder: wide(folder, ["Woche 1", "Woche 2", "Woche 4"], MARKS, ";"),
        lambda folder: wide(folder, EACH_DAY, ON_DAYS),
    ],
)
def test_people_by_weeks(tmp_path: Path, firm: Organisation, make: Callable[[Path], Path]) -> None:
    file = make(tmp_path)
    rounded = (USERS[0], tuple(round(value, 12) for value in USERS[1]))
    assert use(read_usage(file, 24, START, firm, WHOLE)) == rounded
    by_team = read_usage(file, 24, START, firm)
    assert by_team.names == ()  # teams under five
    assert use(by_team) == rounded


def test_a_workbook_and_a_line_of_sums(tmp_path: Path, firm: Organisation) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Name", *(date.fromisoformat(week) for week in exports.VIVA_WEEKS), "Total"])
    for number, days in exports.VIVA_DAYS.items():
        sheet.append([exports.NAME[number], *(int(one) if one else None for one in days), 9])
    sheet.append(["Grand Total", 8, 8, 15, 31])
    book.save(tmp_path / "use.xlsx")
    assert use(read_usage(tmp_path / "use.xlsx", 24, START, firm, WHOLE))[1][2] == round(2 / 3, 12)


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("team,people,week 1,week 2\nSales,30,10%,20%\nLegal,10,50%,60%\n", "weekly_users",
         ((1, 2), (0.2, 0.3))),
        ("Abteilung;2026-02-02;2026-02-09\nSales;0,1;0,2\nLegal;0,4;0,5\n", "weekly_users",
         ((1, 2), (0.22, 0.32))),  # 3 and 2 people
        (",1,2\nweekly_users,10%,20%\nhabitual,1%,2%\n", "habitual", ((1, 2), (0.01, 0.02))),
        ("week,3,5\nweekly users,0.1,0.2\n", "weekly_users", ((3, 5), (0.1, 0.2))),
        ("week,user,prompts\n3,a,0\n3,b,4\n5,a,2\n5,b,2\n", "weekly_users", ((3, 5), (0.5, 1.0))),
    ],
)  # fmt: skip
def test_groups_measures_and_numbered_weeks(
    tmp_path: Path, firm: Organisation, text: str, name: str,
    expected: tuple[tuple[int, ...], tuple[float, ...]],
) -> None:  # fmt: skip
    file = exports.write(tmp_path, "use.csv", text)
    assert use(read_usage(file, 24, START, firm, WHOLE), name) == expected


def test_who_is_not_in_a_log_of_days_did_not_use_the_tool(
    tmp_path: Path, firm: Organisation
) -> None:
    mails = list(exports.MAIL.values())
    log = f"date,user,prompts\n2026-02-03,{mails[1]},4\n2026-02-17,{mails[1]},1\n"
    log += f"2026-02-18,{mails[2]},9\n"
    file = exports.write(tmp_path, "log.csv", log)
    expected = (1, 3), (round(1 / 6, 12), round(2 / 6, 12))
    assert use(read_usage(file, 24, START, firm, WHOLE)) == expected
    strangers = exports.write(tmp_path, "hashed.csv", log.replace("@firm.example", "#"))
    read = read_usage(strangers, 24, START, load_organisation("small-firm"), WHOLE)
    assert use(read)[1] == (round(1 / 60, 12), round(2 / 60, 12))
    assert any("2 people in it, 60 in" in note.what for note in read.notes)
    strangers = exports.write(tmp_path, "few.csv", log + "2026-02-03,a,1\n2026-02-03,b,1\n" * 2
                              + "2026-02-04,c,1\n2026-02-04,d,1\n")  # fmt: skip
    assert use(read_usage(strangers, 24, START, firm, WHOLE))[1][0] == round(5 / 6, 12)
    hr = tmp_path / "hr" / "hr.csv"
    made = import_files([hr, file], Options()).files["usage.csv"]
    tidy = exports.write(tmp_path, "usage.csv", made)
    assert use(read_usage(tidy, 24, START, firm, WHOLE)) == expected


def test_a_folder_of_snapshots_and_weeks_outside_the_plan(
    tmp_path: Path, firm: Organisation
) -> None:
    (tmp_path / "use").mkdir()
    first = exports.copilot_detail(tmp_path / "use")
    later = first.read_text("utf-8").replace("2026-02-08", "2026-02-15")
    exports.write(tmp_path / "use", "later.csv", later)
    weeks, values = use(read_usage(tmp_path / "use", 24, START, firm, WHOLE))
    assert (weeks, values) == ((1, 2), (0.5, 0.25))
    read = read_usage(tmp_path / "use", 24, date(2026, 2, 9), firm, WHOLE)
    assert read.weeks.tolist() == [1]
    assert any("weeks before or after the plan's left out" in note.what for note in read.notes)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Name,KW 1,KW 2\na,1,2\n", "is no table of use (columns: Name, KW 1, KW 2) — a line a"),
        ("date,active users\n2026-02-02,4\n", "is no table of use (columns: date, active users)"),
        ("user,week 1,2026-02-09\na,1,1\n", "is no table of use"),
        ("user,03/02/2026,04/02/2026\na,1,1\n", "in a mapping.yaml beside it"),
        ("team,week 1,week 2\nSales,10%,20%\nOps,1%,2%\n", "'Ops' is not in hr"),
        ("user,2027-02-01,2027-02-08\na,1,1\n", "week 53 of the plan"),
    ],
)
def test_what_is_no_table_of_use_says_what_one_is(
    tmp_path: Path, firm: Organisation, text: str, said: str
) -> None:
    file = exports.write(tmp_path, "use.csv", text)
    with pytest.raises(InputError) as caught:
        read_usage(file, 24, START, firm, WHOLE)
    assert said in str(caught.value)


def test_a_mapping_beside_an_export_decides(tmp_path: Path, firm: Organisation) -> None:
    file = exports.write(tmp_path, "use.csv", "user,03/02/2026,04/02/2026\na,1,1\n")
    exports.write(tmp_path, "mapping.yaml", "sheets: {use.csv: {dates: day first}}\n")
    assert use(read_usage(file, 24, START, firm, WHOLE)) == ((1,), (round(1 / 6, 12),))
