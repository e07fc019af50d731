"""Exports and networks that no tool writes: one message, or what they say."""

from __future__ import annotations

import io
import math
import random
import time
from pathlib import Path

import numpy as np
import pytest

from damage import damaged
from sim.analysis.sweep import load_study
from sim.cli.study import Shard
from sim.errors import InputError
from sim.importing import workbook
from sim.importing.importer import Options, import_files
from sim.importing.sheet import from_records
from sim.organisation.people import natural
from sim.results.measure import named
from sim.runner import load_organisation, load_scenario
from sim.sources import organisation_file, scenario_file
from sim.tables import MemoryFile, Problems
from sim.tables.usage import read_first_weeks


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('[{"id": "\\ud800", "team": "T1"}]', "half a character"),
        ('{"elements": [], "connections": []}', "a network of nobody"),
        ("<graphml><graph edgedefault='directed'></graph></graphml>", "a network of nobody"),
        ('{"nodes": NaN}', "not recognised"),
        ('{"nodes": -Infinity}', "not recognised"),
        ("dl n=99999999999\ndata:\n0 1\n", "holds 2 numbers"),
        (f"dl n={'9' * 5000}\ndata:\n0 1\n", "is DL without n="),
        (f'[{{"id": "a", "team": "{"9" * 5000}"}}, {{"id": "b", "team": "T1"}}]', "5000 char"),
        (f"id,team\na,{'[' * 100_000}\nb,T1", "has 100000 characters"),
    ],
    ids=lambda text: text[:30],
)
def test_what_is_no_export_is_one_message(content: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        import_files([MemoryFile(named_for(content), content.encode())], Options())


def named_for(content: str) -> str:
    return "hr.csv" if content.startswith("id,") else "net.json"


@pytest.mark.parametrize(
    "content",
    [
        "dl n=2\nformat=edgelist1\ndata:\n\u00b2 b\nb \u00b2\n",
        '{"elements": [{"label": "a", "attributes": 3}, {"label": "b"}], "connections": []}',
        r'id,team\na,"[""\ud800""]"\nb,T1'.replace(r"\n", "\n"),
    ],
    ids=lambda text: text[:30],
)
def test_what_is_odd_but_whole_is_read(content: str) -> None:
    made = import_files([MemoryFile(named_for(content), content.encode())], Options())
    assert made.organisation.n_people == 2


def test_records_that_have_nothing_in_common_are_no_table() -> None:
    with pytest.raises(InputError, match="12,000 different fields"):
        from_records("odd.json", [{str(k): 1} for k in range(12_000)])


def test_numbers_inside_names_are_sorted_by_size_however_long() -> None:
    rng = random.Random(1)
    numbers = [rng.randrange(10 ** rng.randrange(1, 9)) for _ in range(200)]
    names = [f"T{'0' * rng.randrange(3)}{number}" for number in numbers]
    assert sorted(numbers) == [int(name[1:]) for name in sorted(names, key=natural)]
    assert natural("T" + "9" * 4999) < natural("T" + "9" * 5000)


def test_a_first_week_of_many_digits_is_no_week_nor_is_one_beyond_the_run(tmp_path: Path) -> None:
    problems = Problems()
    file = tmp_path / "first.csv"
    file.write_text(f"id,first_use\na,{'9' * 5000}\nb,\u00b2\nc,{10**30}\nd,2\ne,0\nf,10\n")
    weeks, _ = read_first_weeks(file, problems, "first.csv", None, 9, np.array(list("abcdef")))
    assert problems.count == 5
    assert weeks[:4].tolist() == [10, 10, 10, 2]


@pytest.mark.parametrize("find", [scenario_file, organisation_file])
@pytest.mark.parametrize("name", ["9" * 5000, "x/" * 3000 + "y", "\ud800", "a\0b"])
def test_a_name_that_no_file_has_is_said(find: object, name: str) -> None:
    with pytest.raises(InputError, match="there is no such"):
        find(name)  # type: ignore[operator]


def test_a_study_names_a_file_longer_than_names_are(tmp_path: Path) -> None:
    file = tmp_path / "study.yaml"
    file.write_text(f"scenarios: [{'x' * 5000}]\nuncertainties: {{b_trust: }}\ndesign: {{list: }}")
    with pytest.raises(InputError, match="no such scenario file"):
        load_study(file)


@pytest.mark.parametrize("name", ["x" * 5000, "circle"])
def test_a_plan_names_an_organisation_that_no_file_is(tmp_path: Path, name: str) -> None:
    (tmp_path / "circle").symlink_to("circle")
    file = tmp_path / "plan.yaml"
    file.write_text(f"timeline: []\norganisation: {name}\n")
    loaded = load_scenario(file)
    with pytest.raises(InputError, match="there is no such organisation"):
        load_organisation(loaded.organisation)


@pytest.mark.parametrize("shard", ["\u00b2/3", "1/\u00b3", f"1/{'9' * 5000}", "/", "0/1", "2/1"])
def test_a_shard_that_is_none_is_said(shard: str) -> None:
    with pytest.raises(Exception, match="is no shard"):
        Shard().convert(shard, None, None)


def test_a_week_of_many_digits_is_no_outcome() -> None:
    with pytest.raises(LookupError):
        named(f"habitual_w{'9' * 5000}", 52)


def test_use_by_address_alone_is_read(tmp_path: Path) -> None:
    content = b"Email,Date,Active\na@x.y,2026-02-02,1\nb@x.y,2026-02-03,1\n"
    made = import_files([MemoryFile("use.csv", content)], Options())
    assert "2026-02-02,a@x.y" in made.files["usage.csv"]


def test_a_date_before_there_were_firms_is_no_date() -> None:
    content = b"User principal name,Last activity date,Report refresh date\na@x.y,,0001-01-01\n"
    with pytest.raises(InputError, match="no dates"):
        import_files([MemoryFile("use.csv", content)], Options())


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"kind": "daily", "columns": {"date": "day"}}, "names no id"),
        ({"kind": "ties", "columns": {"source": "who"}}, "names no target"),
        ({"kind": "snapshot"}, "names no id"),
        ({"kind": ["daily"]}, "kind"),
    ],
    ids=str,
)
def test_a_mapping_without_what_its_kind_needs_is_said(entry: dict[str, object], said: str) -> None:
    file = MemoryFile("use.csv", b"who,day\na,2026-02-02\n")
    with pytest.raises(InputError, match=said):
        import_files([file], Options(mapping={"use.csv": entry}))


def old_workbook() -> bytes:
    xlwt = pytest.importorskip("xlwt")
    book, stream = xlwt.Workbook(), io.BytesIO()
    sheet = book.add_sheet("x")
    for row, cells in enumerate([["id", "team"], ["a", "T1"], ["b", "T1"]]):
        for column, cell in enumerate(cells):
            sheet.write(row, column, cell)
    book.save(stream)
    return stream.getvalue()


def far_apart() -> bytes:
    """Return a workbook of five kilobytes that spans 17 thousand million cells."""
    openpyxl = pytest.importorskip("openpyxl")
    book, stream = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["id", "team"])
    book.active["XFD1048576"] = "x"
    book.save(stream)
    return stream.getvalue()


def test_a_workbook_that_spans_everything_is_one_message() -> None:
    with pytest.raises(InputError, match="cannot be read as a workbook") as said:
        import_files([MemoryFile("big.xlsx", far_apart())], Options())
    assert len(said.value.problems) == 1


@pytest.mark.parametrize("seed", [11, 13, 17, 29])
def test_a_damaged_workbook_ends_no_process(capfd: pytest.CaptureFixture[str], seed: int) -> None:
    """By these the library ends its process, or panics with what no ``except Exception`` meets."""
    data = damaged(old_workbook(), "a.xls", random.Random(seed))
    with pytest.raises(InputError, match="cannot be read as a workbook"):
        import_files([MemoryFile("a.xls", data)], Options())
    assert capfd.readouterr().err == ""


def test_a_workbook_has_no_more_time_than_its_upload(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[float] = []

    def read(_: bytes, seconds: float) -> workbook.Sheets:
        given.append(seconds)
        return [("x", [["id", "team"], ["a", "T1"], ["b", "T1"]])]

    monkeypatch.setattr("sim.importing.sheets.read_workbook", read)
    data = old_workbook()
    for until in (time.monotonic() + 9, math.inf):
        import_files([MemoryFile("a.xls", data, until)], Options())
    assert 0 < given[0] <= 9
    assert given[-1] == math.inf


TIES = ("ties.csv", "source,target\na,b\n")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("people.csv", "id,team\na,X\n,X\nb,X\n,\n,Y\n",
         ["row of people.csv that names nobody left out [2]"]),
        ("survey.csv", "id,trust\na,5\na,1\nb,2\n,3\n,\n",
         ["rows of survey.csv about one person: the first one kept [1]",
          "row of survey.csv that names nobody left out [1]"]),
        ("people.json", '[{"id": "a", "team": "X"}, [1], 5, null, {"id": "b", "team": "X"}]',
         ["entry of people.json that is no object left out [3]"]),
        ("people.json", '{"staff": [{"id": "a", "team": "X"}, {"id": "b", "team": "X"}], '
         '"former": [{"id": "c", "team": "Y"}], "warnings": ["none"], "errors": []}',
         ["list of people.json not read [1]"]),
    ],
)  # fmt: skip
def test_what_an_import_leaves_out_is_said(name: str, content: str, said: list[str]) -> None:
    files = [MemoryFile(one, text.encode()) for one, text in (TIES, (name, content))]
    if name == "survey.csv":
        files.append(MemoryFile("people.csv", b"id,team\na,X\nb,X\n"))
    made = import_files(files, Options())
    notes = [f"{note.what} [{note.times}]" for note in made.notes]
    assert [note for note in notes if name in note and "answers" not in note] == said
    assert list(made.organisation.ids) == ["a", "b"]


@pytest.mark.parametrize("hidden", ["hidden", "veryHidden"])
def test_a_hidden_sheet_is_not_read(hidden: str) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.title = "people"
    former = book.create_sheet("former")
    former.sheet_state = hidden
    for sheet, ids in ((book.active, "ab"), (former, "xy")):
        for row in (("id", "team"), *((one, "X") for one in ids)):
            sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    made = import_files([MemoryFile("firm.xlsx", stream.getvalue())], Options())
    assert list(made.organisation.ids) == ["a", "b"]
    assert ("hidden sheet of firm.xlsx not read", 1, "'former'") in made.notes
