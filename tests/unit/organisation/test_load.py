from __future__ import annotations

import time

import numpy as np
import pytest

from sim.errors import InputError
from sim.organisation import Organisation, load, organisation_hash, to_graph
from sim.organisation.load import load_bytes
from sim.state import TIE_CLOSE, TIE_UPWARD, VALUES

PEOPLE = """id,team,manager_id,role,level,start_trust,value_family,threshold,hobby
ann,Sales,,head,1,0.5,0.9,,chess
bob,Sales,ann,seller,2,,0.25,2,
cat,Sales,ann,seller,2,0.25,0.5,,"rowing, sailing"
dan,Legal,ann,lawyer,2,1,0,0.4,
"""
TIES = """source,target,kind,weight,since
ann,bob,advice,1,2019
bob,ann,advice,3,2020
bob,cat,friendship,1,2021
bob,ann,friendship,1,2018
cat,ann,advice,1,
dan,ann,reports_to,1,
"""


def problems(folder) -> list[str]:
    with pytest.raises(InputError) as caught:
        load(folder)
    return [str(problem) for problem in caught.value.problems]


def notes(organisation: Organisation) -> dict[str, int]:
    return {note.what: note.times for note in organisation.notes}


def test_everything_a_client_may_give_is_read(write_files):
    org = load(write_files(people_csv=PEOPLE, ties_csv=TIES))
    assert list(org.ids) == ["dan", "ann", "bob", "cat"]
    assert org.teams == ("Legal", "Sales")
    assert org.team_start.tolist() == [0, 1, 4]
    assert org.people["manager"].tolist() == [1, -1, 1, 1]
    assert org.team_manager.tolist() == [1, 1]
    assert org.people["level"].tolist() == [2, 1, 2, 2]
    assert org.roles == ("head", "lawyer", "seller")
    np.testing.assert_array_equal(org.start_values["trust"], [1, 0.5, np.nan, 0.25])
    assert org.people["family"].tolist() == [0, 180, 50, 100]
    np.testing.assert_array_equal(org.thresholds, [0.4, np.nan, 2, np.nan])
    assert org.columns == {"hobby": ["", "chess", "", "rowing, sailing"]}
    assert org.tie_columns == {"since": ["2019", "2018; 2020", "2021", ""]}


def test_kinds_add_up_and_rows_sum_to_one(write_files):
    org = load(write_files(people_csv=PEOPLE, ties_csv=TIES))
    ann, bob, cat = 1, 2, 3
    assert org.tie_source.tolist() == [ann, bob, bob, cat]
    assert org.ties.target.tolist() == [bob, ann, cat, ann]
    assert org.ties.weight.tolist() == [1, 0.8, 0.2, 1]
    assert {k.name: k.answered.tolist() for k in org.kinds} == {
        "advice": [1, 3, 0, 1],
        "friendship": [0, 1, 1, 0],
    }
    upward = (org.ties.flags & TIE_UPWARD) > 0
    close = (org.ties.flags & TIE_CLOSE) > 0
    assert upward.tolist() == [False, True, False, True]
    assert close.tolist() == [True, True, True, False]  # mutual in the team, or friendship


def test_weights_of_kinds_are_declared(write_files):
    settings = "tie_kinds: {advice: {weight: 2}, friendship: {weight: 0}, reports_to: {weight: 1}}"
    org = load(write_files(people_csv=PEOPLE, ties_csv=TIES, organisation_yaml=settings))
    assert org.tie_source.tolist() == [0, 1, 2, 3]
    assert "tie of kind friendship not counted: declared weight 0" in notes(org)


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_lines_changes_nothing(write_files, seed):
    rng = np.random.default_rng(seed)

    def shuffled(text: str) -> str:
        head, *lines = text.splitlines()
        return "\n".join([head, *(lines[i] for i in rng.permutation(len(lines)))])

    plain = load(write_files(people_csv=PEOPLE, ties_csv=TIES))
    mixed = load(write_files(people_csv=shuffled(PEOPLE), ties_csv=shuffled(TIES)))
    assert organisation_hash(mixed) == organisation_hash(plain)


def test_ids_made_of_digits_sort_by_size(write_files):
    org = load(write_files(people_csv="id\n10\n9\n1\n", ties_csv="source,target\n1,9\n"))
    assert list(org.ids) == ["1", "9", "10"]
    assert org.teams == ("all",)


def test_what_is_missing_is_said(write_files):
    org = load(write_files(people_csv="id\na\nb\n", ties_csv="source,target\na,b\n"))
    assert notes(org) == {
        "no team given: team 'all' for everyone": 1,
        "no role given: role 'unspecified' for everyone": 1,
        "no reporting lines: nobody is a manager": 1,
        "no level given: 1 for everyone": 1,
        "task potential not given: 0.5 for everyone": 2,
        "values imputed from the mix of profiles (all seven)": 2,
    }


def test_start_values_that_are_drawn_for_some_are_counted(write_files):
    people = "id,start_trust,start_fear_job\na,0.5,0.1\nb,,0.2\nc,,0.3\n"
    found = notes(load(write_files(people_csv=people, ties_csv="source,target\na,b\n")))
    assert found["start_trust not given: drawn"] == 2
    assert not any("fear_job" in note for note in found)


def test_imputed_values_hang_on_the_person_alone(write_files):
    ties = "source,target\na,b\n"
    two = load(write_files(people_csv="id\na\nb\n", ties_csv=ties))
    three = load(write_files(people_csv="id\nx\nb\na\n", ties_csv=ties))
    for value in VALUES:
        assert two.people[value].tolist() == three.people[value][:2].tolist()
        assert (two.people[value] <= 200).all()


def test_a_level_may_count_up_to_the_top(write_files):
    people = "id,manager_id,level\na,,9\nb,a,7\nc,a,7\nd,b,4\n"
    org = load(write_files(people_csv=people, ties_csv="source,target\na,b\n"))
    assert org.people["level"].tolist() == [1, 3, 3, 6]


def test_the_top_level_may_be_declared(write_files):
    files = {"people_csv": "id,level\na,3\nb,1\n", "ties_csv": "source,target\na,b\n"}
    assert load(write_files(**files)).people["level"].tolist() == [3, 1]
    org = load(write_files(**files, organisation_yaml="top_level: 3\n"))
    assert org.people["level"].tolist() == [1, 3]


def test_levels_count_from_the_top_of_the_reporting_lines(write_files):
    people = "id,manager_id\na,\nb,a\nc,b\n"
    org = load(write_files(people_csv=people, ties_csv="source,target\na,b\n"))
    assert org.people["level"].tolist() == [1, 2, 3]


def test_managers_come_from_reports_to_ties(write_files):
    ties = "source,target,kind\nb,a,reports_to\nc,a,reports_to\nc,b,advice\n"
    org = load(write_files(people_csv="id,team\na,x\nb,y\nc,y\n", ties_csv=ties))
    assert org.people["manager"].tolist() == [-1, 0, 0]
    assert org.team_manager.tolist() == [-1, 0]
    assert org.n_ties == 1
    assert notes(org)["manager taken from a reports_to tie"] == 2


@pytest.mark.parametrize("scale", ["five-point", "[1, 5]", "{start_trust: five-point}"])
def test_five_point_answers(write_files, scale):
    people = "id,start_trust\na,1\nb,4\nc,5\n"
    folder = write_files(
        people_csv=people, ties_csv="source,target\na,b\n", organisation_yaml=f"scale: {scale}\n"
    )
    assert load(folder).start_values["trust"].tolist() == [0, 0.75, 1]


def test_columns_may_have_other_names(write_files):
    settings = "name: Ours\ncolumns: {id: Staff No, source: from, target: to}\n"
    folder = write_files(
        people_csv="Staff No,Team\n1,A\n2,A\n",
        ties_csv="from,to\n1,2\n",
        organisation_yaml=settings,
    )
    org = load(folder)
    assert (org.name, org.teams, org.n_ties) == ("Ours", ("A",), 1)


@pytest.mark.parametrize("mark", [";", "\t", "|"])
def test_another_separator_is_read_and_said(write_files, mark):
    people = "id,team,start_trust\na,x,0.5\nb,x,0.25\n".replace(",", mark)
    if mark == ";":
        people = people.replace(".", ",")
    org = load(write_files(people_csv=people, ties_csv="source,target\na,b\n"))
    assert org.start_values["trust"].tolist() == [0.5, 0.25]
    assert any("people.csv is separated by" in note for note in notes(org))


def test_a_byte_order_mark_and_windows_line_ends_are_fine(write_files):
    people = "\ufeffid,team\r\na,x\r\n\r\nb,x\r\n".encode()
    org = load(write_files(people_csv=people, ties_csv="source,target\r\na,b\r\n"))
    assert list(org.ids) == ["a", "b"]


def test_odd_ties_are_mended_and_counted(write_files):
    ties = (
        "source,target,kind,weight\na,b,advice,1\na,b,advice,5\na,b,,\na,a,advice,1\n"
        "a,ghost,advice,1\nb,a,advice,0\nb,c,advice,2\n"
    )
    org = load(write_files(people_csv="id,team\na,x\nb,x\nc,x\nalone,x\n", ties_csv=ties))
    said = notes(org)
    assert said["tie of one kind given twice: the heaviest kept"] == 1
    assert said["tie to oneself dropped"] == 1
    assert said["tie to an unknown person dropped"] == 1
    assert said["tie without a weight counted as 1"] == 1
    assert said["tie of weight 0 dropped"] == 1
    stranger = next(n for n in org.notes if "unknown person" in n.what)
    assert stranger.example == "ties.csv:6:3 'ghost'"
    assert org.n_people == 4
    assert org.kinds[0].answered.tolist() == [5, 2]


def test_ids_that_became_decimal_numbers_are_found(write_files):
    folder = write_files(
        people_csv="id,manager_id\n7,\n8,7.0\n", ties_csv="source,target\n8.0,7.0\n"
    )
    org = load(folder)
    assert org.people["manager"].tolist() == [-1, 0]
    assert org.n_ties == 1


def test_all_problems_are_told_at_once(write_files):
    people = (
        "id,manager_id,level,start_trust\na,b,1,0.5\nb,a,2,7\na,,3,0.5\n,,1,\n"
        "c,nobody,1.5,nan\nd,d,1\n"
    )
    told = problems(
        write_files(people_csv=people, ties_csv="source,target,weight\na,b,nan\na,b,-1\nb,a,inf\n")
    )
    text = "\n".join(told)
    assert (
        "people.csv:3:7 start_trust: is '7' (2 times, also at people.csv:6:14 is 'nan') — "
        "a number from 0 to 1" in text
    )
    assert "scale: {start_trust: five-point}" in text
    assert "people.csv:4:1 id: 'a' stands twice, first at people.csv:2:1" in text
    assert "people.csv:5:1 id: is empty" in text
    assert "people.csv:6:10 level: is '1.5' — a whole number" in text
    assert "people.csv:6:3 manager_id: there is no person 'nobody'" in text
    assert "people.csv:7:1: has 3 cells where the header has 4" in text
    assert "reporting lines go round in a circle: a → b → a" in text
    assert (
        "ties.csv:2:5 weight: is 'nan' (3 times, also at ties.csv:3:5 is '-1', "
        "ties.csv:4:5 is 'inf') — a number from 0 to 1e9" in text
    )


def test_a_manager_of_oneself(write_files):
    told = problems(write_files(people_csv="id,manager_id\na,a\n", ties_csv="source,target\n"))
    assert told == [
        "people.csv:2:3 manager_id: 'a' reports to themselves — "
        "the id of another person, or empty at the top"
    ]


def test_columns_after_quoted_cells_are_counted(write_files):
    people = 'id,team,start_trust\na,"x, y",2\n'
    told = problems(write_files(people_csv=people, ties_csv="source,target\n"))
    assert told[0].startswith("people.csv:2:10 start_trust")


def test_lines_after_a_cell_of_two_lines_are_counted(write_files):
    people = 'id,team,start_trust\na,"x\ny",1\nb,z,2\n'
    told = problems(write_files(people_csv=people, ties_csv="source,target\n"))
    assert told[0].startswith("people.csv:4:5 start_trust")


def test_many_problems_are_counted_not_listed(write_files):
    people = "id,start_trust\n" + "".join(f"p{i},9\n" for i in range(80))
    told = problems(write_files(people_csv=people, ties_csv="source,target\n"))
    assert len(told) == 1
    assert told[0].startswith(
        "people.csv:2:4 start_trust: is '9' (80 times, also at people.csv:3:4, people.csv:4:4, …)"
    )


def test_mostly_strangers_is_an_error(write_files):
    told = problems(write_files(people_csv="id\na\nb\n", ties_csv="source,target\na,b\nx,y\nz,a\n"))
    assert told == [
        "ties.csv:3:1: 2 of 3 ties name somebody who is not among the people (first: 'x') — "
        "the same ids in both files"
    ]


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        (b"", "people.csv: is empty — a header line with id"),
        (b"\n\n", "people.csv: is empty — a header line with id"),
        (b"id\n", "people.csv: holds no people — a header and one line a person"),
        (b"id,team\n\xc3\xb6,x\nj\xf6rg,x\n", "people.csv:3:1: line 3 is not encoded as UTF-8, l"),
        ("id\na\n".encode("utf-32"), "people.csv: is encoded as UTF-32"),
        (b"id\na\0\n", "people.csv:2:1: is no text"),
        (b'{"people": []}', "people.csv: is JSON, no table"),
        (b"<html><table>", "people.csv: is a web page"),
        (b"PK\x03\x04rest", "people.csv: is an Excel workbook or another zip file"),
        (b"idd,team\na,x\n", "people.csv:1:1 id: column is missing — did you mean idd?"),
        (b"id,id\na,b\n", "people.csv:1:1 id: column stands twice"),
        (b'id,team\na,"x\nb,y\n', "people.csv:2:1: cannot be read as CSV"),
        (b"id,start_trsut\na,1\n", "start_trsut: is no known column — did you mean start_trust?"),
        (b"id,level\na,1\nb,900\n", "level: goes down to 900 — at most 255 levels"),
        (b"id\n" + b"x" * 300 + b"\n", "has 300 characters — at most 200"),
        (b"id,team\na," + b"x" * 300 + b"\n", "people.csv:2:3 team: has 300 characters"),
        (b"id,role\na," + b"x" * 300 + b"\n", "people.csv:2:3 role: has 300 characters"),
    ],
)
def test_people_that_cannot_be_read(write_files, people, expected):
    told = problems(write_files(people_csv=people, ties_csv="source,target\n"))
    assert expected in told[0]


def test_ties_without_lines_are_noted(write_files):
    org = load(write_files(people_csv="id\na\n", ties_csv="source,target\n"))
    assert "ties.csv holds no ties: nobody listens to anybody" in notes(org)


def test_a_missing_file_is_named(write_files):
    told = problems(write_files(people_csv="id\na\n", tie_csv="source,target\n"))
    assert "ties.csv: there is no such file — did you mean tie.csv?" in told[0]


def test_a_missing_folder_suggests_a_neighbour(write_files):
    folder = write_files(people_csv="id\na\n")
    told = problems(folder.with_name("organisatoin"))
    assert "there is no such folder or file — did you mean organisation?" in told[0]


def test_too_many_rows_are_refused_before_parsing(write_files):
    ties = "source,target\n" + "a,b\n" * 5000
    files = {"people_csv": "id\na\nb\n", "ties_csv": ties}
    told = problems(write_files(**files, organisation_yaml="max_rows: 1000\n"))
    assert told == [
        "ties.csv: has about 5,000 rows, above the limit of 1,000 — "
        "fewer rows, or max_rows in organisation.yaml beside it"
    ]
    assert load(write_files(**files, organisation_yaml="max_rows: 6000\n")).n_ties == 1


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("peple: x.csv\n", "organisation.yaml:1:1 peple: is no known key — did you mean people?"),
        ("a: 1\nties: ../other.csv\n", "organisation.yaml:2:1 ties: leaves the folder"),
        ("ties: /etc/passwd\n", "organisation.yaml:1:1 ties: leaves the folder"),
        ("scale: six-points\n", "scale: does not know the scale 'six-points'; did you mean"),
        ("scale: {start_truts: five-point}\n", "scale.start_truts: is no survey column"),
        ("tie_kinds: {advice: {weight: -1}}\n", "tie_kinds.advice.weight: is -1 — greater than"),
        ("tie_kinds: {advice: {wieght: 1}}\n", "is no known key — did you mean weight?"),
        ("columns: {idd: x}\n", "columns.idd: is no column Uptake knows — did you mean id?"),
        ("columns: {team: Abteilung}\n", "names column 'Abteilung', which people.csv does not"),
        ("name: a\nname: b\n", "organisation.yaml:2:1 name: the key stands here a second time"),
        ("name: &x [1]\npurpose: *x\n", "organisation.yaml:2:1 purpose: is [1]"),
        ("name: [unclosed\n", "organisation.yaml:2:1"),
        ("- just a list\n", "organisation.yaml:1:1: is no mapping"),
        ("kind: organistion\n", "organisation.yaml:1:1 kind: is 'organistion' — did you mean"),
        ("top_level: 7\n", "top_level: is 7, inside the levels 1 to 2"),
        ("values: {money: 3}\n", "does not know the value 'money'"),
    ],
)
def test_settings_are_checked(write_files, settings, expected):
    folder = write_files(
        people_csv="id,level\na,1\nb,2\n",
        ties_csv="source,target\na,b\n",
        organisation_yaml=settings,
    )
    assert expected in "\n".join(problems(folder)).replace(" — did you mean five", "; did you mean")


REAL = {
    "krackhardt_hightech": (21, 5, 232, 5, 0),
    "lazega_lawfirm": (71, 3, 1574, 0, 0),
    "med_innovation": (125, 4, 294, 0, 6),
    "brazil_farmers": (692, 11, 1854, 0, 36),
}


@pytest.mark.parametrize("name", REAL)
def test_real_organisations(shared_data, name):
    org = load(shared_data / name)
    alone = (np.diff(org.ties.start) == 0) & (
        np.bincount(org.ties.target, minlength=org.n_people) == 0
    )
    found = org.n_people, org.n_teams, org.n_ties, int(org.is_manager.sum()), int(alone.sum())
    assert found == REAL[name]
    sums = np.add.reduceat(org.ties.weight, org.ties.start[:-1][np.diff(org.ties.start) > 0])
    np.testing.assert_allclose(sums, 1, atol=1e-12)
    assert to_graph(org).number_of_edges() == org.n_ties


def test_a_real_chief_is_on_the_top_level(shared_data):
    org = load(shared_data / "krackhardt_hightech")
    chief = list(org.ids).index("7")
    assert org.people["level"][chief] == 1
    assert org.people["manager"][chief] == -1
    assert org.spans()[chief] == 4


def test_a_column_that_only_looks_like_a_survey_answer_is_kept(shared_data):
    org = load(shared_data / "brazil_farmers")
    assert "trust" in org.columns
    assert "trust" not in org.start_values
    assert any("column trust kept, not read as a survey answer" in n.what for n in org.notes)


def test_a_row_of_two_lines_stands_where_it_begins(write_files):
    people = 'id,start_trust,team\na,2,"x\ny"\n'
    told = problems(write_files(people_csv=people, ties_csv="source,target\n"))
    assert told[0].startswith("people.csv:2:3 start_trust")


def test_a_team_is_led_by_whom_most_report_to(write_files):
    people = "id,team,manager_id\na,x,\nb,x,a\nc,y,b\nd,y,b\ne,y,a\nf,z,e\ng,z,f\nh,w,\n"
    org = load(write_files(people_csv=people, ties_csv="source,target\na,b\n"))
    led = {
        team: str(org.ids[row]) if row >= 0 else None
        for team, row in zip(org.teams, org.team_manager.tolist(), strict=True)
    }
    assert led == {"x": "a", "y": "b", "z": "f", "w": None}  # z: of equals, the one inside


def test_reading_from_memory_ends_when_the_time_is_up() -> None:
    people, ties = b"id\nann\nbob\n", b"source,target\nann,bob\n"
    with pytest.raises(TimeoutError):
        load_bytes(people, ties, name="Two", until=time.monotonic() - 1)
    assert load_bytes(people, ties, name="Two", until=time.monotonic() + 600).n_ties == 1
