"""Tables as spreadsheets, other programs and other countries write them."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import IO, Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sim.analysis.firm.observed import read_usage
from sim.analysis.sweep import load_study
from sim.document import parse
from sim.errors import InputError
from sim.organisation import Organisation, load
from sim.posterior import POSTERIOR_FILE, posterior, read_sets
from sim.tables import MemoryFile, Names, Note, Numbers, PlainRow, Problems, between, open_table
from sim.tables.names import alike

Write = Callable[..., Path]
TIES = "source,target\na,b\n"


def refused(call: Callable[..., object], *args: object) -> list[str]:
    with pytest.raises(InputError) as caught:
        call(*args)
    return [str(problem) for problem in caught.value.problems]


def said(organisation: Organisation) -> str:
    return "\n".join(f"{note.what} [{note.times}] {note.example}" for note in organisation.notes)


# ---------------------------------------------------------------- measured use


def usage(tmp_path: Path, content: str | bytes) -> Path:
    file = tmp_path / "usage.csv"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


def test_a_decimal_comma_in_a_file_of_commas_is_refused_with_its_mend(tmp_path: Path) -> None:
    told = refused(read_usage, usage(tmp_path, "week,weekly_users\n4,0,06\n6,0,09\n"), 20)
    assert len(told) == 1
    assert "usage.csv:2:1: has 3 cells where the header has 2 (2 times" in told[0]
    assert "decimal mark too, or separate the cells by semicolons" in told[0]


@pytest.mark.parametrize("head", ["week,weekly_users,remark", "week,weekly_users,habitual"])
def test_a_decimal_comma_is_not_hidden_by_an_empty_last_column(tmp_path: Path, head: str) -> None:
    told = refused(read_usage, usage(tmp_path, f"{head}\n4,0,06,\n6,0,09,\n"), 20)
    assert len(told) == 1
    assert "usage.csv:2:1: has 4 cells where the header has 3 (2 times" in told[0]
    text = f'{head}\n4,"0,06",,,\n6,"0,09",,\n'  # separators at the ends of lines, as they come
    assert read_usage(usage(tmp_path, text), 20).values.tolist() == [0.06, 0.09]


@pytest.mark.parametrize(
    "content",
    [
        "\ufeffweek;weekly_users\n4;6,5%\n6;0,09\n",
        'week,weekly_users\n4,"6,5 %"\n6,"0,09"\n',
        "sep=;\r\nweek;weekly_users\r\n4;6,5%\r\n6;0,09\r\n\r\n",
        'sep=\t\nweek\tweekly_users\n4\t"0,065"\n6\t"0,09"\nTotal\t0,08\n',
        "Export of 2 March\n\nweek|weekly_users|remark\n4|0.065|\n6|0.09|good\n",
        '"week,weekly_users"\n"4,0.065"\n"6,0.09"\n',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "cp1252"])
def test_use_is_read_in_any_dialect(tmp_path: Path, content: str, encoding: str) -> None:
    data = content.removeprefix("\ufeff") if encoding == "cp1252" else content
    read = read_usage(usage(tmp_path, data.encode(encoding)), 20)
    assert read.weeks.tolist() == [4, 6]
    assert read.values.tolist() == pytest.approx([0.065, 0.09], abs=1e-15)


@pytest.mark.parametrize("cell", ["nan", "inf", "-inf", "1e999", "0_4", "", "#N/A"])
def test_a_week_that_is_no_number_is_said(tmp_path: Path, cell: str) -> None:
    told = refused(read_usage, usage(tmp_path, f"week,weekly_users\n4,6%\n{cell},9%\n"), 20)
    assert len(told) == 1
    assert "usage.csv:3:1 week: is " in told[0]
    assert told[0].endswith("— 1 to 20")


def test_use_of_teams_is_summed_by_people_and_dates_are_counted(tmp_path: Path) -> None:
    text = (
        "week,team,people,weekly_users\n2026-02-04,A,30,12\n2026-02-02,B,10,4\n"
        "16.2.2026,A,30,0\n16.2.2026,B,10,\n"
    )
    read = read_usage(usage(tmp_path, text), 20, date(2026, 2, 3))
    assert (read.weeks.tolist(), read.values.tolist()) == ([1, 3], [0.4, 0.0])
    assert read.people.tolist() == [40, 30]
    assert "--start" in refused(read_usage, usage(tmp_path, text), 20)[0]
    assert "read as numbers of people" in str(read.notes)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("week,people,weekly_users\n1,100,0\n2,100,1\n", "is 1, of 100 people, which may mean"),
        ("week,people,weekly_users\n1,100,1\n2,100,NA\n", "— 1%, or 100%"),
        ("week,weekly_users\n1,6%\n2,1\n3,0.09\n", ""),
        ("week,weekly_users\n1,6%\n2,1\n", "is 1 in a column of percentages, which may mean"),
        ("week,people,weekly_users\n1,100,1.0\n2,100,0\n", ""),
        ("week,people,weekly_users\n1,100,1\n2,100,0.5\n", ""),
        ("week,people,weekly_users\n1,1,1\n2,1,0\n", ""),
        ("week,weekly_users\n1,1\n2,0\n", ""),
        ("week,weekly_users\n01/04/2026,0.1\n", "is 01/04/2026, no date that is clear"),
        ("week,weekly_users\n2026-02-30,0.1\n", "is 2026-02-30, no date that is clear"),
    ],
)
def test_one_is_of_something_and_a_date_is_one_day(tmp_path: Path, text: str, said: str) -> None:
    if said:
        (told,) = refused(read_usage, usage(tmp_path, text), 20)
        assert said in told
    else:
        assert read_usage(usage(tmp_path, text), 20).values.max() == 1


def test_days_of_persons_are_weekly_users_and_a_blank_is_not_known(tmp_path: Path) -> None:
    text = "id,week,use_days\na,1,0\nb,1,3\nc,1,\na,2,1\n"
    read = read_usage(usage(tmp_path, text), 20)
    assert (read.weeks.tolist(), read.values.tolist()) == ([1, 2], [0.5, 1.0])
    text = "id,week,enabled,use_days\na,1,1,0\nb,1,1,3\nc,1,0,\nd,1,0,\n"
    assert read_usage(usage(tmp_path, text), 20).values.tolist() == [0.25]


# ------------------------------------------------------- parameter sets, points


def test_parameter_sets_saved_by_a_spreadsheet_are_the_same_sets(tmp_path: Path) -> None:
    plain = POSTERIOR_FILE.read_text("utf-8")
    head, rest = plain.split("\n", 1)
    forms = [
        "\ufeff" + plain,
        ",".join(f'"{name}"' for name in head.split(",")) + "\n" + rest + "\n\n",
        plain.replace(",", ";"),
        plain.replace(",", ";").replace(".", ",").replace("\n", "\r\n"),
    ]
    for number, text in enumerate(forms):
        file = tmp_path / f"{number}.csv"
        file.write_bytes(text.encode())
        assert (read_sets(file) == posterior()).all(), number


def test_points_separated_by_semicolons(tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text("b_trust;b_norm\n1,5;1\n2;1\n")
    study = tmp_path / "study.yaml"
    study.write_text(
        "name: points\nscenarios: [training-first]\norganisation: small-firm\nweeks: 4\n"
        "design: {table: points.csv}\nreplicates: 1\noutcomes: [weekly_users_w4]\n"
    )
    points = load_study(study).points
    assert points.values["b_trust"].tolist() == [1.5, 2]
    assert points.values["b_norm"].tolist() == [1, 1]
    (tmp_path / "points.csv").write_text("b_trust;b_norm\n0_1;1\n2;nan\n")
    told = refused(load_study, study)
    assert any("points.csv:2:1 b_trust: is '0_1'" in one for one in told)
    assert any("points.csv:3:3 b_norm: is 'nan'" in one for one in told)


# ------------------------------------------------------------------- notations


def test_two_notations_in_one_column_are_refused(write_files: Write) -> None:
    ties = "source;target;weight\na;b;1.250\na;c;0,5\nb;c;2,5\n"
    told = refused(load, write_files(people_csv="id\na\nb\nc\n", ties_csv=ties))
    assert told == [
        "ties.csv:2:5 weight: is '1.250', which may mean 1.25 or 1250, where '0,5' stands at "
        "ties.csv:3:5: two notations — one decimal mark in the whole column, and no mark "
        "between thousands"
    ]


@pytest.mark.parametrize(
    ("cells", "comma", "values"),
    [
        (["1.250", "1.250,5"], False, [1250, 1250.5]),
        (["1,250", "1,250.5", "2"], False, [1250, 1250.5, 2]),
        (["1.250.000", "0,5"], False, [1_250_000, 0.5]),
        (["1 250", "1'250,5", "1\u202f250"], False, [1250, 1250.5, 1250]),
        (["1.250", "2.125"], False, [1.25, 2.125]),
        (["1,250", "2,125"], True, [1.25, 2.125]),
        (["1.250", "20"], False, [1.25, 20]),
        (["1.250", "20"], True, None),
        (["1,250", "20"], True, None),
        (["\u22121,5", "1e3", ".5e1"], True, None),
        (["\u22121,5", "1e3"], False, [-1.5, 1000]),
        (["\u22122", "1"], False, [-2, 1]),
        (["1,250"], False, None),
        (["1,250", "0"], True, [1.25, 0]),  # nobody says that 0 is a whole number
        (["1,250", "3"], True, None),
        (["0.5", "0,5"], True, None),
        (["0.5", "1,250"], True, None),
        (["1.250", "1,250"], True, None),
        (["1.2.3"], False, None),
        (["1,25.5"], False, None),
        (["0_1"], False, None),
        (["nan"], False, None),
        (["inf"], False, None),
        (["0x1"], False, None),
        (["1", "2e9"], False, None),
        (["-2e9"], True, None),
    ],
)
def test_what_numbers_mean(cells: list[str], comma: bool, values: list[float] | None) -> None:
    for some in (cells, cells[::-1]):
        column = Numbers("x", between(-1e9, 1e9), "a number", comma=comma)
        problems = Problems()
        for line, cell in enumerate(some, 2):
            column.add(PlainRow({"x": cell}, f"t.csv:{line}"))
        read = column.conclude(problems).tolist()
        assert (problems.count > 0) == (values is None), problems.kept
        if values is not None:
            assert sorted(read) == sorted(values)
        at_once = Numbers("x", between(-1e9, 1e9), "a number", comma=comma)
        if at_once.add_many(some):
            again = Problems()
            assert at_once.conclude(again).tolist() == read
            assert again.count == problems.count
        else:
            assert not len(at_once)


@st.composite
def columns(draw: st.DrawFn) -> tuple[list[float], list[str]]:
    """Numbers, and how a country writes them."""
    decimal, group = draw(
        st.sampled_from([(".", ""), (",", ""), (",", "."), (".", ","), (",", " ")])
    )
    values = draw(st.lists(st.integers(0, 10**7), min_size=1, max_size=12))
    places = draw(st.lists(st.integers(0, 4), min_size=len(values), max_size=len(values)))
    cells = []
    for value, k in zip(values, places, strict=True):
        text = f"{value / 10**k:,.{k}f}"
        cells.append(text.translate(str.maketrans({",": group, ".": decimal})))
    return [value / 10**k for value, k in zip(values, places, strict=True)], cells


@settings(deadline=None)
@given(columns(), st.booleans())
def test_no_number_is_ever_a_thousandfold_without_a_word(
    column: tuple[list[float], list[str]], comma: bool
) -> None:
    values, cells = column
    numbers, problems = Numbers("x", between(0, 1e12), "a number", comma=comma), Problems()
    for cell in cells:
        numbers.add(PlainRow({"x": cell}, "t.csv:2"))
    read = numbers.conclude(problems)
    lone = {"." if "." in cell else "," for cell in cells if "." in cell or "," in cell}
    if problems.count or (len(lone) == 1 and "unsure" in _doubt(cells)):
        return  # refused, or nothing in the column tells: a dot, or a comma after ";", is decimal
    assert read.tolist() == pytest.approx(values, rel=1e-12)


def _doubt(cells: list[str]) -> set[str]:
    marked = [cell for cell in cells if "." in cell or "," in cell]
    alone = all(len(cell.replace(",", ".").split(".")) == 2 for cell in marked)
    three = all(len(cell.replace(",", ".").rsplit(".", 1)[1]) == 3 for cell in marked)
    return {"unsure"} if alone and three else set()


# ----------------------------------------------------------------------- names


def test_composed_and_decomposed_letters_are_one(write_files: Write) -> None:
    people = "id,team\nRené,X\nBob,X\nCy,X\n"
    ties = unicodedata.normalize("NFD", "source,target\nRené,Bob\nCy,Bob\nBob,Cy\n")
    read = load(write_files(people_csv=people, ties_csv=ties))
    assert read.n_ties == 3
    assert "letters, blanks or hyphens are of another form [1] ties.csv:2:1" in said(read)


def test_addresses_in_another_case_are_matched_and_said(write_files: Write) -> None:
    people = "id,team,manager_id\nAnna.North@x.org,X,\nbo@x.org,X,anna.north@X.org\n"
    ties = "source,target\nanna.north@x.org,bo@x.org\nBO@x.org,anna.north@x.org\n"
    read = load(write_files(people_csv=people, ties_csv=ties))
    assert read.n_ties == 2
    assert read.people["manager"].tolist() == [-1, 0]
    assert "written in another case [3] ties.csv:2:1 'anna.north@x.org'" in said(read)


def test_a_name_that_may_mean_two_people_means_nobody() -> None:
    names = Names(["ann", "Ann", "bo", "007", "7x"])
    assert [names.find(text, "") for text in ("ANN", "ann", "Bo", "7", "07x")] == [-1, 0, 2, 3, 4]


def test_ids_that_a_spreadsheet_marks_as_text_are_matched() -> None:
    names = Names(['="001"', "'b", "c"])
    assert [names.find(text, "") for text in ("001", "b", '="c"')] == [0, 1, 2]


def test_people_who_look_the_same_are_refused(write_files: Write) -> None:
    told = refused(load, write_files(people_csv="id\nA\u00a0B\nA B\n", ties_csv=TIES))
    assert "people.csv:2:1 id: 'A\\xa0B' looks like 'A B' at people.csv:3:1" in told[0]


@pytest.mark.parametrize("column", ["id", "team", "role"])
def test_no_name_of_a_table_holds_a_control_character(write_files: Write, column: str) -> None:
    names = {"id": "a", "team": "T", "role": "r"} | {column: "red \x1b[31m"}
    people = f"{','.join(names)}\n{','.join(names.values())}\nb,T,r\n"
    told = refused(load, write_files(people_csv=people, ties_csv="source,target\n"))
    assert f"{column}: holds a control character (\\x1b) — text alone" in told[0]


def test_teams_that_look_the_same_are_one_team(write_files: Write) -> None:
    people = "id,team\na,Team 1\nb,Team\u00a01\nc,Team 1\nd,Team\u2009\u200b1\n"
    read = load(write_files(people_csv=people, ties_csv=TIES))
    assert read.teams == ("Team 1",)
    assert "team that looks like another one read as the same [2]" in said(read)


def test_teams_that_differ_in_case_only_are_said(write_files: Write) -> None:
    people = "id,team\na,Sales\nb,sales\nc,Claims\n"
    assert "teams that differ in case only [1] 'Sales' and 'sales'" in said(
        load(write_files(people_csv=people, ties_csv=TIES))
    )


LOOKS = st.sampled_from(["\u00a0", "\u2009", "\u202f", "\u3000", "  ", " \u200b", "\ufeff "])


def test_letters_of_another_alphabet_that_look_the_same() -> None:
    names = Names(["\u0430nn", "bob", "\u0410BC", "ABC"])
    assert [names.find(text, "x") for text in ("ann", "ABC", "\u0410BC", "abc")] == [0, 3, 2, 3]
    assert "another alphabet" in names.notes()[-1].what
    assert alike(["Team A", "Team A", "Team \u0410"]) == {"Team \u0410": "Team A"}


@settings(deadline=None)
@given(
    st.lists(st.text("abcdé ñ-", min_size=1, max_size=8), min_size=2, max_size=6), LOOKS, st.data()
)
def test_whatever_looks_like_one_name_finds_it(
    given_names: list[str], blank: str, data: st.DataObject
) -> None:
    names = list(dict.fromkeys(" ".join(n.split()) for n in given_names if n.strip(" ")))
    if not names:
        return
    name = data.draw(st.sampled_from(names))
    form = data.draw(st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
    text = unicodedata.normalize(form, name.replace(" ", blank).replace("-", "\u2011"))
    assert Names(names).find(text, "x") == names.index(name)


# ----------------------------------------------- what was passed over in silence


@pytest.mark.parametrize("column", ["supervisorEmail", "bossId", "Line manager UPN", "Chef-ID"])
def test_whose_address_it_is_tells_what_is_meant(write_files: Write, column: str) -> None:
    people = f"id,team,{column}\na,T,\nb,T,a\n"
    notes = said(load(write_files(people_csv=people, ties_csv=TIES)))
    assert f"column {column} is not read; manager_id is" in notes


def test_columns_that_are_not_read_are_named(write_files: Write) -> None:
    people = "id,name,department,parentId,positionName\nO-1,A,Board,,Head\nO-2,B,Claims,O-1,Clerk\n"
    read = load(write_files(people_csv=people, ties_csv="source,target\nO-2,O-1\n"))
    notes = said(read)
    assert "column parentId is not read; manager_id is (columns: {manager_id: parentId}" in notes
    assert "column department is not read; team is" in notes
    assert "column positionName is not read; role is" in notes
    assert "columns kept, not read: name" in notes


@pytest.mark.parametrize(
    ("head", "cell"), [("Type", "Undirected"), ("directed", "False"), ("Directed", "no")]
)
def test_undirected_edges_are_read_both_ways(write_files: Write, head: str, cell: str) -> None:
    ties = f"Source,Target,{head},Id,Label,Weight\na,b,{cell},0,,3\na,c,{cell},1,,1\n"
    read = load(write_files(people_csv="Id,Label,team\na,A,X\nb,B,X\nc,C,X\n", ties_csv=ties))
    assert read.n_ties == 4
    assert read.ties.weight.tolist() == [0.75, 0.25, 1, 1]
    assert f"tie read both ways, as column {head} says [2]" in said(read)


def test_ties_of_several_weeks_are_summed(write_files: Write) -> None:
    ties = "source,target,week,weight\na,b,1,5\na,b,2,5\na,b,3,5\na,b,3,4\na,c,1,6\n"
    read = load(write_files(people_csv="id\na\nb\nc\n", ties_csv=ties))
    assert read.ties.weight.tolist() == pytest.approx([15 / 21, 6 / 21])
    assert read.kinds[0].answered.tolist() == [15, 6]
    assert "ties of several weeks or days summed [2]" in said(read)
    assert "given twice: the heaviest kept [1]" in said(read)


def test_managers_outside_the_export_are_one_problem_or_the_top(write_files: Write) -> None:
    people = "id,team,manager_id\np1,X,m9\np2,X,m9\np3,X,p1\n"
    files = {"people_csv": people, "ties_csv": "source,target\np1,p2\np2,m9\np3,p1\n"}
    told = refused(load, write_files(**files))
    assert len(told) == 1
    assert "there is no person 'm9' (2 times, also at people.csv:3:6)" in told[0]
    assert "unknown_managers: top" in told[0]
    read = load(write_files(**files, organisation_yaml="unknown_managers: top\n"))
    assert read.people["manager"].tolist() == [-1, -1, 0]
    assert "at the top [2] people.csv:2:6 'm9'" in said(read)


# ----------------------------------------------------------------- header lines


@pytest.mark.parametrize(
    "people",
    [
        "sep=;\nid;team\na;X\nb;X\n",
        '"sep=;"\r\n"id";"team"\r\n"a";"X"\r\n"b";"X"\r\n',
        "People of the firm,,\n,,\nID ,Team,\na,X,\nb,X,\n",
        '"id","team\n(short)"\na,X\nb,X\n',
        "id,team\na,X\nid,team\nb,X\nTotal,\n",
        "id;team, site;count\na;X;2\nb;X;4\nGrand total;;6\n",
        '"id;team"\n"a;X"\n"b;X"\n',
        "id,team\na,X\nb,X\n\nQuelle: personnel system,\n",
        "id,start_trust\na,0.5\nb,0.1\nAverage,0.3\n",
        "\ufeffsep=,\nid,team\na,X\nb,X\n",
        "id,team\na,X,\nid,team,\nb,X,\n",
        "id ,team\na,X\nid ,team\nb,X\n",
        "team ,id\nX,a\nteam ,id\nX,b\n",
    ],
)
def test_header_lines_as_spreadsheets_write_them(write_files: Write, people: str) -> None:
    assert list(load(write_files(people_csv=people, ties_csv=TIES)).ids) == ["a", "b"]


def test_somebody_called_total_who_is_not_the_last_line_is_a_person(write_files: Write) -> None:
    read = load(write_files(people_csv="id\nTotal\na\nb\n", ties_csv=TIES))
    assert "Total" in list(read.ids)
    read = load(write_files(people_csv="id,team\na,x\nTotal,x\n", ties_csv="source,target\n"))
    assert "Total" in list(read.ids)  # a sum has no team


def test_a_column_twice_is_refused_whatever_its_letters(write_files: Write) -> None:
    for head in ("id,team,Team ", "id,x,x", "id,ré,re\u0301"):
        told = refused(load, write_files(people_csv=f"{head}\na,b,c\n", ties_csv=TIES))
        assert "column stands twice — each column once" in told[0], head


@pytest.mark.parametrize("above", ["", "Survey of spring\n"])
def test_a_header_of_any_length_is_read_to_its_end(write_files: Write, above: str) -> None:
    columns = [f"q{k}" for k in range(70_000)]  # cut, the last one is called as one before it
    people = f"{above}id,{','.join(columns)}\na{',1' * len(columns)}\n"
    read = load(write_files(people_csv=people, ties_csv="source,target\n"))
    assert len(read.ids) == 1


def test_a_column_of_a_file_is_one_column(write_files: Write) -> None:
    settings = "columns: {team: where, role: where}\n"
    told = refused(
        load, write_files(people_csv="id,where\na,X\n", ties_csv=TIES, organisation_yaml=settings)
    )
    assert "columns.role: names column 'where', as columns.team does" in told[0]


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"id\n" + b"\0" * (1 << 24), "2:1: is no text"), (b"x" * (1 << 26), "more than 32 MB")],
)
def test_a_file_without_lines_is_not_read_to_its_end(content: bytes, said: str) -> None:
    problems, read = Problems(), list[int]()

    class Counted(MemoryFile):
        def open(self, *words: str, **more: str | None) -> IO[Any]:
            stream = super().open(*words, **more)
            taken = stream.read
            stream.read = lambda size=-1: (read.append(size), taken(size))[1]
            return stream

    assert open_table(Counted("t.csv", content), problems, []) is None
    assert said in str(problems.kept[0])
    assert sum(read) < len(content)


def test_a_wrong_file_is_one_message(write_files: Write) -> None:
    ties = "wer,wen,wann\n" + "a,b,1\n" * 3000
    told = refused(load, write_files(people_csv="id\na\nb\n", ties_csv=ties))
    assert told == [
        "ties.csv:1:1 source and target: columns are missing; there are wer, wen, wann — a header "
        "with both"
    ]
    people = "id,start_trust\n" + "".join(f"p{k},{'often' if k % 2 else k}\n" for k in range(3000))
    assert len(refused(load, write_files(people_csv=people, ties_csv="source,target\n"))) == 1


def test_columns_of_another_language_are_suggested(write_files: Write) -> None:
    told = refused(
        load, write_files(people_csv="Personalnummer;Abteilung\n1;A\n", ties_csv="von;an\n1;2\n")
    )
    assert "Personalnummer may be it: columns: {id: Personalnummer}" in told[0]
    assert "columns: {source: von, target: an} in organisation.yaml" in told[1]


# -------------------------------------------------------------------- any table


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[list[str]], bytes]:
    """Cells of a table, and the bytes that some program makes of them."""
    delimiter = draw(st.sampled_from(",;\t|"))
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"]))
    quote = draw(st.booleans())
    end = draw(st.sampled_from(["\n", "\r\n"]))
    cell = st.text(
        st.characters(codec="cp1252", categories=("L", "N", "S", "P")), min_size=1, max_size=6
    )
    rows = draw(st.lists(st.tuples(cell, cell), min_size=1, max_size=5))

    def written(text: str) -> str:
        special = any(mark in text for mark in (delimiter, '"', "\n", "\r"))
        return '"' + text.replace('"', '""') + '"' if quote or special else text

    lines = [delimiter.join(map(written, row)) for row in (("id", "team"), *rows)]
    if draw(st.booleans()):
        lines.insert(0, f"sep={delimiter}")
    text = end.join(lines) + draw(st.sampled_from(["", end, end * 2]))
    if encoding == "cp1252":  # letters that are UTF-8 by chance cannot be told from UTF-8
        assume(not any(_is_utf8(line.encode("cp1252")) for line in text.splitlines()))
    return [list(row) for row in rows], text.encode(encoding)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return not line.isascii()


@settings(deadline=None)
@given(tables())
def test_any_dialect_gives_the_same_cells(table: tuple[list[list[str]], bytes]) -> None:
    rows, data = table
    problems, notes = Problems(), list[Note]()
    file = MemoryFile("t.csv", data)
    read = open_table(file, problems, notes, known=("id", "team"), required=("id", "team"))
    assert read is not None, problems.kept
    found = [[row.cell("id"), row.cell("team")] for row in read.rows(problems)]
    sums = [n.times for n in notes if "sums" in n.what]
    assert not problems.count, problems.kept
    assert found == rows[: len(rows) - sum(sums)]


@pytest.mark.parametrize(
    ("text", "ids", "wrong"),
    [
        ("id,team\na,X,\nb,Y,,\n", ["a", "b"], 0),  # separators to the right of everything
        ("id,team\na,X,z\nb,Y\n", ["b"], 1),
        ("id,team\na,X\n\nNote: as of May\n", ["a"], 0),
        ("id,team\na,X\n\nNote: as of May\nb,Y\n", ["a", "b"], 1),  # not at the end
        ("id\na\n\nb: two\n", ["a", "b: two"], 0),  # a column alone has no room for remarks
    ],
)
def test_what_stands_beside_and_below_a_table(text: str, ids: list[str], wrong: int) -> None:
    problems = Problems()
    read = open_table(MemoryFile("t.csv", text.encode()), problems, [], required=("id",))
    assert read is not None
    assert [row.cell("id") for row in read.rows(problems)] == ids
    assert problems.count == wrong


# ------------------------------------------------------------- plans (YAML files)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("name: P\ntimeline:\n\u00a0\u00a0- access: {}\n  - x: {}\n", "p.yaml:3:1"),
        ("name: P\ntimeline:\n  - usage\u00a0policy: {}\n", "p.yaml:3:5"),
        ("name: P\ntimeline:\n  \u2013 access: {}\n  - x: {}\n", "p.yaml:3:3"),
        ("name: P\ntimeline:\n  - a: 1\n\u3000 - b: 1\n", "p.yaml:4:1"),
    ],
)
def test_blanks_and_dashes_that_only_look_plain_are_named(text: str, where: str) -> None:
    told = refused(parse, text, "p.yaml")
    assert len(told) == 1
    assert told[0].startswith(where)
    assert "not a plain" in told[0]


def test_values_may_hold_any_blank() -> None:
    assert parse("name: 10\u00a0000 people \u2013 all\n", "p.yaml").plain() == {
        "name": "10\u00a0000 people \u2013 all"
    }


def test_nothing_is_lost_between_rows_and_numbers(write_files: Write) -> None:
    people = "id\n" + "".join(f"{k}\n" for k in range(50))
    ties = "source,target,weight\n" + "".join(
        f"{k % 50},{(k * 7 + 1) % 50},{k / 8}\n" for k in range(3000) if k % 50 != (k * 7 + 1) % 50
    )
    read = load(write_files(people_csv=people, ties_csv=ties))
    heaviest = np.zeros((50, 50))
    for k in range(3000):
        one, other = k % 50, (k * 7 + 1) % 50
        if one != other:
            heaviest[one, other] = max(heaviest[one, other], k / 8)
    np.testing.assert_array_equal(read.kinds[0].answered, heaviest[heaviest > 0])
