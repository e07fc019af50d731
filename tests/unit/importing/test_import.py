"""Each export, from file to organisation: people, ties, weeks and access exactly right."""

from __future__ import annotations

import csv
import io
import json
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import pytest
from click.testing import CliRunner

from sim.cli import uptake
from sim.errors import InputError
from sim.importing.importer import Imported, Options, import_files
from sim.importing.sheet import PULSE, InDoubtError
from sim.organisation import organisation_hash
from sim.runner import load_organisation
from sim.tables import Problems
from sim.tables.usage import read_usage_table

sys.path.insert(0, str(Path(__file__).parent))
import exports
from exports import MAIL, MANAGERS, NAME, PEOPLE, TEAMS


def rows(made: Imported, file: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(made.files[file])))


def ties(made: Imported) -> dict[tuple[str, str], float]:
    return {(row["source"], row["target"]): float(row["weight"]) for row in rows(made, "ties.csv")}


def use(made: Imported) -> dict[tuple[str, str], tuple[str, str, str]]:
    return {
        (row["week"], row["id"]): (row["enabled"], row["use_days"], row["weekly_users"])
        for row in rows(made, "usage.csv")
    }


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (exports.german_hr, None),
        (exports.french_hr, None),
        (exports.spanish_hr, MAIL),
        (exports.viva_hr, MAIL),
        (exports.org_chart, None),
    ],
)
def test_people_and_their_managers(
    tmp_path: Path, make: Callable[[Path], Path], names: dict[str, str] | None
) -> None:
    made = import_files([make(tmp_path)], Options())
    name = names or {number: number for number in MAIL}
    found = {row["id"]: row for row in rows(made, "people.csv")}
    assert list(found) == [name[number] for number in MAIL]
    for number, _, _, team, boss, role in PEOPLE:
        row = found[name[number]]
        assert row["team"] == team
        assert row["manager_id"] == (name[boss] if boss else "")
        assert row.get("role", role) == role
    assert made.organisation.n_people == 6
    assert "TIES ARE MADE UP" in made.notes[0].what
    assert "ties MADE UP" in made.summary
    everything = "".join(made.files.values())
    for secret in ("1980", "50.000", "30-39"):
        assert secret not in made.files["people.csv"]
        assert secret not in everything


def test_people_without_managers(tmp_path: Path) -> None:
    made = import_files([exports.entra(tmp_path)], Options())
    found = rows(made, "people.csv")
    assert {row["id"]: row["team"] for row in found} == {MAIL[n]: t for n, t in TEAMS.items()}
    assert "manager_id" not in found[0]


@pytest.mark.parametrize("american", [False, True])
def test_viva_person_query(tmp_path: Path, american: bool) -> None:
    files = [exports.german_hr(tmp_path), exports.viva(tmp_path, american=american)]
    made = import_files(files, Options())
    found = use(made)
    assert len(found) == 18
    for number, days in exports.VIVA_DAYS.items():
        for week, n in zip(exports.VIVA_WEEKS, days, strict=True):
            used = str(int(int(n) > 0)) if n else ""
            assert found[week, number] == (str(int(bool(n))), n, used)
    assert made.organisation.n_people == 6


def test_a_person_query_alone_is_people_too(tmp_path: Path) -> None:
    made = import_files([exports.viva(tmp_path)], Options())
    assert made.organisation.n_people == 6
    assert set(made.organisation.teams) == {"Board", "Sales", "Legal"}


def test_viva_ties_are_summed_over_weeks(tmp_path: Path) -> None:
    made = import_files([exports.viva_hr(tmp_path), exports.viva_ties(tmp_path)], Options())
    assert ties(made) == {
        (MAIL["1002"], MAIL["1003"]): 5,
        (MAIL["1003"], MAIL["1002"]): 4,
        (MAIL["1006"], MAIL["1005"]): 1,
    }
    assert "3 ties (1 dropped)" in made.summary


def test_copilot_detail_is_a_snapshot(tmp_path: Path) -> None:
    made = import_files([exports.spanish_hr(tmp_path), exports.copilot_detail(tmp_path)], Options())
    assert use(made) == {
        ("2026-02-02", MAIL["1002"]): ("1", "", "1"),
        ("2026-02-02", MAIL["1003"]): ("1", "", "1"),
        ("2026-02-02", MAIL["1004"]): ("1", "", "0"),
        ("2026-02-02", MAIL["1006"]): ("1", "", "0"),
    }
    assert any("a snapshot, not a panel" in note.what for note in made.notes)
    made = import_files([exports.copilot_admin(tmp_path)], Options())
    assert [cell for _, _, cell in use(made).values()] == ["1", "0"]


def test_github_days_and_teams(tmp_path: Path) -> None:
    made = import_files(exports.github(tmp_path), Options())
    assert use(made) == {
        ("2026-02-02", "lea-m"): ("1", "2", "1"),
        ("2026-02-02", "sam-o"): ("1", "", "0"),
        ("2026-02-16", "lea-m"): ("1", "1", "1"),
        ("2026-02-16", "sam-o"): ("", "0", "0"),  # in no row of a week that has rows
    }
    assert made.organisation.teams == ("web",)
    assert any("fewer than five" in note.what for note in made.notes)


def test_chatgpt_weeks_begin_on_sundays(tmp_path: Path) -> None:
    made = import_files([exports.chatgpt(tmp_path)], Options())
    assert use(made) == {
        ("2026-02-02", MAIL["1002"]): ("1", "", "1"),
        ("2026-02-02", MAIL["1003"]): ("1", "", "0"),
        ("2026-02-09", MAIL["1002"]): ("1", "", "0"),
    }
    assert {row["team"] for row in rows(made, "people.csv")} == {"Sales"}


def test_claude_and_gemini_days(tmp_path: Path) -> None:
    made = import_files([exports.spanish_hr(tmp_path), exports.claude(tmp_path)], Options())
    weeks = "2026-02-02", "2026-02-09"
    unused = {(week, mail): ("", "0", "0") for week in weeks for mail in MAIL.values()}
    assert use(made) == {key: cell for key, cell in unused.items() if key[0] == weeks[0]} | {
        ("2026-02-02", MAIL["1002"]): ("1", "2", "1"),
        ("2026-02-02", MAIL["1003"]): ("1", "", "0"),
    }
    made = import_files([exports.spanish_hr(tmp_path), exports.gemini(tmp_path)], Options())
    assert use(made) == unused | {
        ("2026-02-02", MAIL["1003"]): ("1", "1", "1"),
        ("2026-02-09", MAIL["1004"]): ("1", "1", "1"),
    }


def test_what_people_do_in_a_chat_is_no_use_of_the_tool(tmp_path: Path) -> None:
    """Slack's member export: active in Slack is not active with AI."""
    row = {"enterprise_id": "E", "is_guest": False, "is_active": True, "messages_posted_count": 3}
    file = tmp_path / "members.json"
    file.write_text(
        "\n".join(
            json.dumps({"date": f"2026-02-0{d}", "user_id": f"U{k}", "email_address": m, **row})
            for d in (2, 3) for k, m in enumerate(MAIL.values())
        ), "utf-8",
    )  # fmt: skip
    with pytest.raises(InputError, match="is not recognised"):
        import_files([file], Options())
    made = import_files([exports.viva_hr(tmp_path), file], Options())
    assert "usage.csv" not in made.files
    assert "not recognised, not read" in made.files["import.md"]


def test_mails_are_counted_never_read(tmp_path: Path) -> None:
    made = import_files([exports.german_hr(tmp_path), exports.mails(tmp_path)], Options())
    assert ties(made) == {
        ("1003", "1002"): 1.5,
        ("1004", "1002"): 0.5,
        ("1002", "1003"): 0.5,
        ("1004", "1003"): 0.5,
        ("1006", "1005"): 1.0,
    }
    assert "Very secret" not in "".join(made.files.values())
    made = import_files([exports.german_hr(tmp_path), exports.mails(tmp_path)], Options(window=3))
    assert ("1006", "1005") not in ties(made)
    made = import_files([exports.german_hr(tmp_path), exports.mails(tmp_path)], Options(least=1.0))
    assert set(ties(made)) == {("1003", "1002"), ("1006", "1005")}


def test_kumu(tmp_path: Path) -> None:
    made = import_files([exports.kumu(tmp_path)], Options())
    assert ties(made) == {
        (NAME["1003"], NAME["1002"]): 3,
        (NAME["1005"], NAME["1006"]): 1,
        (NAME["1006"], NAME["1005"]): 1,
    }
    assert {row["id"]: row["team"] for row in rows(made, "people.csv")} == {
        NAME[n]: team for n, team in TEAMS.items()
    }


@pytest.mark.parametrize("file", exports.GRAPHS)
def test_graphs_of_other_tools(tmp_path: Path, file: str) -> None:
    made = import_files([exports.write(tmp_path, file, exports.GRAPHS[file])], Options())
    assert ties(made) == {("a", "b"): 3, ("a", "c"): 1}


def test_answers_in_words(tmp_path: Path) -> None:
    made = import_files([exports.german_hr(tmp_path), exports.forms(tmp_path)], Options())
    found = {row["id"]: row for row in rows(made, "people.csv")}
    assert found["1002"]["start_trust"] == "0.75"
    assert found["1002"]["start_fear_job"] == "0.75"
    assert found["1002"]["value_family"] == "1.0"
    assert found["1003"]["start_trust"] == "0.0"
    assert found["1003"]["value_family"] == "0.5"
    assert found["1001"]["start_trust"] == ""
    assert "trust known for 33%" in made.summary
    assert any("in survey.csv who is not among the people" in note.what for note in made.notes)
    assert "none of your business" not in "".join(made.files.values())


def test_a_workbook(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.title = "Notes"
    book.active.append(["Only words"])
    sheet = book.create_sheet("People")
    sheet.append([])
    sheet.append(["Staff", None, None])
    sheet.append(["Employee ID", "Department", "Manager ID"])
    for number, _, _, team, boss, _ in PEOPLE:
        sheet.append([int(number), team, int(boss) if boss else None])
    file = tmp_path / "org.dat"
    book.save(file)
    made = import_files([file], Options())
    assert {row["id"]: row["manager_id"] for row in rows(made, "people.csv")} == MANAGERS


def test_pseudonyms_hang_on_the_key_alone(tmp_path: Path) -> None:
    files = [exports.viva_hr(tmp_path), exports.viva_ties(tmp_path), exports.viva(tmp_path)]
    one = import_files(files, Options(key=b"a" * 32))
    two = import_files(files[:2], Options(key=b"a" * 32))
    other = import_files(files, Options(key=b"b" * 32))
    assert one.files["people.csv"].splitlines()[1:] == two.files["people.csv"].splitlines()[1:]
    assert one.files["people.csv"] != other.files["people.csv"]
    everything = "".join(text for name, text in one.files.items())
    for mail, name in zip(MAIL.values(), NAME.values(), strict=True):
        assert mail not in everything.casefold()
        assert name not in everything


def test_a_mapping_corrects_a_guess(tmp_path: Path) -> None:
    file = exports.write(tmp_path, "odd.csv", "Kuerzel;Haus;Chef\nA;X;\nB;X;A\n")
    mapping = exports.write(
        tmp_path,
        "mapping.yaml",
        "sheets:\n  odd.csv:\n    kind: people\n"
        "    columns: {id: Kuerzel, team: Haus, manager_id: Chef}\n",
    )
    with pytest.raises(InputError, match="not recognised by its columns: Kuerzel, Haus, Chef"):
        import_files([file], Options())
    made = import_files([file], Options(mapping=mapping))
    assert [row["manager_id"] for row in rows(made, "people.csv")] == ["", "A"]
    again = exports.write(tmp_path, "again.yaml", made.files["mapping.yaml"])
    assert import_files([file], Options(mapping=again)).files == made.files
    mapping.write_text("sheets: {odd.csv: {kind: peple, columns: {id: Kurzel}}}")
    with pytest.raises(InputError, match="did you mean people"):
        import_files([file], Options(mapping=mapping))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("id,date,days\na,01/02/2026,1\nb,02/01/2026,2\n", "may be day/month or month/day"),
        ('id,date,days\na,2026-02-02,1.250\nb,2026-02-02,"0,5"\n', "two notations"),
        (
            "id,date,days\na,2026-02-02,1\n" + "b,2026-02-02,many\n" * 2999,
            r"csv:3 days: is 'many' \(2,999 times, also at file.csv:4, file.csv:5, …\)",
        ),
        (
            "id,date,days\na,2026-02-02,1\n" + "b,some day,1\n" * 2999,
            r"1 texts that are no dates, such as 'some day' \(rows 3, 4, 5, …\)",
        ),
        (
            "id,team,start_trust\na,x,Agree\n" + "b,x,Vielleicht\n" * 2999,
            r"on no scale: 'Vielleicht' \(2,999 times\); first in 'start_trust', rows 3, 4, 5, …",
        ),
        ('{"a": 1', "is not JSON"),
        ("<html><body>x</body></html>", "is a web page or XML"),
        ("dl n=3\ndata:\n1 2\n", "holds 2 numbers"),
        ("source,target,kind,weight\na,b,x,heavy\n", "is 'heavy'"),
        ("id,team,role\n", "names no people"),
        ("id,team,value_family\n", "names no people"),
    ],
)
def test_bad_files_are_one_message(tmp_path: Path, content: str, said: str) -> None:
    file = exports.write(tmp_path, "file.csv", content)
    with pytest.raises(InputError, match=said) as caught:
        import_files([file], Options())
    assert len(caught.value.problems) == 1


MANIFEST = (
    '<?xml version="1.0" encoding="UTF-8"?><manifest:manifest '
    'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
    '<manifest:file-entry manifest:full-path="/" '
    'manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/></manifest:manifest>'
)


def ods(sheets: dict[str, str]) -> bytes:
    """Return an OpenDocument workbook of sheets, each given as CSV."""
    about = 'xmlns:{0}="urn:oasis:names:tc:opendocument:xmlns:{0}:1.0"'
    spaces = " ".join(map(about.format, ("office", "table", "text")))

    def cell(text: str) -> str:
        return (f'<table:table-cell office:value-type="string"><text:p>{escape(text)}</text:p>'
                "</table:table-cell>")  # fmt: skip

    tables = "".join(
        f'<table:table table:name="{name}">'
        + "".join(
            f"<table:table-row>{''.join(map(cell, row))}</table:table-row>"
            for row in csv.reader(io.StringIO(text))
        )
        + "</table:table>"
        for name, text in sheets.items()
    )
    content = (f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces}>'
               f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
               "</office:document-content>")  # fmt: skip
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", MANIFEST)
        archive.writestr("content.xml", content)
    return stream.getvalue()


def xls(sheets: dict[str, str]) -> bytes:
    """Return a workbook of Excel 97 of sheets, each given as CSV."""
    import xlwt

    book = xlwt.Workbook()
    for name, text in sheets.items():
        page = book.add_sheet(name)
        for k, row in enumerate(csv.reader(io.StringIO(text))):
            for j, one in enumerate(row):
                page.write(k, j, float(one) if one.isdigit() else one)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def xlsx(sheets: dict[str, str]) -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, text in sheets.items():
        page = book.create_sheet(name)
        for row in csv.reader(io.StringIO(text)):
            page.append([float(one) if one.isdigit() else one for one in row])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize("workbook", [ods, xls, xlsx])
def test_workbooks_of_every_kind(
    tmp_path: Path, workbook: Callable[[dict[str, str]], bytes]
) -> None:
    staff = "Personalnummer,E-Mail,Abteilung,Vorgesetzter\n" + "".join(
        f"{p[0]},{p[1]},{p[3]},{p[4]}\n" for p in PEOPLE
    )
    seen = exports.viva(tmp_path).read_text("utf-8-sig")
    book = {"Über uns": "", "Personal": staff, "Nutzung": seen}
    file = exports.write(tmp_path, "firm.data", workbook(book))  # known by content, not by ending
    made = import_files([file], Options())
    assert {row["id"]: row["manager_id"] for row in rows(made, "people.csv")} == MANAGERS
    found = use(made)
    for number, days in exports.VIVA_DAYS.items():
        for week, n in zip(exports.VIVA_WEEKS, days, strict=True):
            assert found[week, number][:2] == (str(int(bool(n))), n)
    assert not use_of_sheet(file, "Personal")


def use_of_sheet(file: Path, sheet: str) -> bool:
    """Return whether use is found where one sheet of a workbook alone is read."""
    return "usage.csv" in import_files([file], Options(sheets=(sheet,))).files


ONE_COMMAND: dict[str, tuple[Callable[[Path], object], int]] = {
    "German Excel": (exports.german_hr, 6),
    "French, UTF-16": (exports.french_hr, 6),
    "Spanish, tabs": (exports.spanish_hr, 6),
    "Viva organisational data": (exports.viva_hr, 6),
    "Entra": (exports.entra, 6),
    "chart by paths": (exports.org_chart, 6),
    "Viva person query": (exports.viva, 6),
    "Microsoft 365 usage detail": (exports.copilot_detail, 4),
    "GitHub Copilot": (exports.github, 2),
    "ChatGPT": (exports.chatgpt, 2),
    "Claude": (exports.claude, 2),
    "Gemini": (exports.gemini, 2),
    "mail log": (exports.mails, 6),
    "Kumu": (exports.kumu, 6),
}


@pytest.mark.parametrize(
    "form",
    [
        form if form == "German Excel" else pytest.param(form, marks=pytest.mark.slow)
        for form in ONE_COMMAND
    ],
)
def test_one_command_from_an_export_to_a_run(tmp_path: Path, form: str) -> None:
    make, people = ONE_COMMAND[form]
    (folder := tmp_path / "files").mkdir()
    made = make(folder)
    (folder / "read me.pdf").write_bytes(b"%PDF-")
    source = made if isinstance(made, Path) else folder
    command = ["run", "licences-only", "--organisation", str(source), "--weeks", "2",
               "--replicates", "1", "--out", str(tmp_path / "results")]  # fmt: skip
    result = CliRunner().invoke(uptake, command)
    assert result.exit_code == 0, result.output
    about = json.loads((tmp_path / "results" / "manifest.json").read_text("utf-8"))
    assert about["organisation"]["people"] == people
    assert set(about["organisation"]["files"]) == {f.name for f in folder.iterdir()} - {
        "read me.pdf"
    }
    again = CliRunner().invoke(uptake, ["reproduce", str(tmp_path / "results")])
    assert again.exit_code == 0, again.output


def test_a_folder_of_exports_is_the_import_of_its_files(tmp_path: Path) -> None:
    files = [exports.german_hr(tmp_path), exports.viva_ties(tmp_path), exports.forms(tmp_path)]
    loaded = load_organisation(tmp_path)
    made = import_files(files, Options(name=loaded.name))
    assert organisation_hash(loaded) == organisation_hash(made.organisation)
    assert loaded.notes[0].what == f"imported: {made.summary}"
    (tmp_path / "ties.csv").write_text("source,target\n")
    with pytest.raises(InputError, match=r"people\.csv"):  # one of ours is not there: no export
        load_organisation(tmp_path)


def test_the_command_makes_a_folder_that_runs(tmp_path: Path) -> None:
    files = [exports.german_hr(tmp_path), exports.viva(tmp_path), exports.forms(tmp_path)]
    out = tmp_path / "firm"
    result = CliRunner().invoke(uptake, ["import", *map(str, files), "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert "6 people, ties MADE UP, trust known for 33%" in result.output
    names = {
        "people.csv",
        "ties.csv",
        "usage.csv",
        "organisation.yaml",
        "mapping.yaml",
        "import.md",
    }
    assert {file.name for file in out.iterdir()} == names
    described = CliRunner().invoke(uptake, ["describe", str(out)])
    assert described.exit_code == 0
    assert "MADE UP" in described.output
    usage = read_usage_table(out / "usage.csv", Problems())
    assert usage is not None
    assert usage.by == "id"
    assert len(usage.rows) == 18
    page = (out / "import.md").read_text("utf-8")
    for words in ("Geburtsdatum", "Gehalt", "Leistungsbeurteilung", "Windows-1252"):
        assert words in page
    again = CliRunner().invoke(uptake, ["import", str(files[0]), "--out", str(out)])
    assert again.exit_code != 0


def test_what_is_not_recognised_is_asked_on_a_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = exports.write(tmp_path, "odd.csv", "Kuerzel;Haus;Chef\nA;X;\nB;X;A\n")
    command = ["import", str(file), "--out", str(tmp_path / "firm")]
    refused = CliRunner().invoke(uptake, command)  # no terminal: nothing is asked
    assert isinstance(refused.exception, InputError)
    monkeypatch.setattr("sim.cli.organisation.sys", Terminal())
    #          kind  id email name first last team role level manager_id path
    answers = "people\n1\n0\n0\n0\n0\n2\n0\n0\n9\n3\n0\n"  # there is no column 9: asked again
    result = CliRunner().invoke(uptake, command, input=answers)
    assert result.exit_code == 0, result.output
    people = (tmp_path / "firm" / "people.csv").read_text("utf-8")
    assert people == "id,team,manager_id\nA,X,\nB,X,A\n"
    assert "manager_id: Chef" in (tmp_path / "firm" / "mapping.yaml").read_text("utf-8")


class Terminal:
    class stdin:  # noqa: N801
        @staticmethod
        def isatty() -> bool:
            return True


def test_the_example_firm_is_what_its_exports_import_to(tmp_path: Path) -> None:
    out = tmp_path / "example"
    result = CliRunner().invoke(uptake, ["example", "--out", str(out)])
    assert result.exit_code == 0, result.output
    firm, made = load_organisation(out), load_organisation(out / "exports")
    assert firm.n_people == made.n_people == 60
    assert (firm.ids == made.ids).all()
    assert firm.teams == made.teams
    assert (firm.people["manager"] == made.people["manager"]).all()
    assert (firm.ties.target == made.ties.target).all()
    assert set(firm.start_values) == {*PULSE}
    for name, values in firm.start_values.items():
        assert np.array_equal(values, made.start_values[name], equal_nan=True), name
    assert made.notes[0].what.startswith("imported: 60 people")
    assert "1980" not in "".join(map(repr, made.columns.items()))
    use = import_files(sorted((out / "exports").iterdir()), Options()).files["usage.csv"]
    assert use.count("\n") == 1 + 60 * 16
    assert "Nobody" not in use
    assert (out / "questionnaire.csv").read_text("utf-8").count("\n") == 11
    again = CliRunner().invoke(uptake, ["example", "--out", str(tmp_path / "again")])
    assert again.exit_code == 0
    for file in out.rglob("*.*"):
        assert file.read_bytes() == (tmp_path / "again" / file.relative_to(out)).read_bytes()


DOUBTS = {
    "dates": ({"use.csv": "id,date,days\na,01/02/2026,1\nb,02/01/2026,2\n"}, "1", "2026-01-26"),
    "decimals": ({"use.csv": "id,date,days\na,2026-02-02,\"1,250\"\n"}, "1", "1.25"),
    "id": ({"use.csv": "Personal-Nr.,Team,Kuerzel\n7,x,a\n7,x,b\n7,y,c\n7,y,d\n"}, "1", "d,y"),
}  # fmt: skip


@pytest.mark.parametrize("key", DOUBTS)
def test_what_is_in_doubt_is_asked_or_said_with_its_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    ((name, text),), answer, made = DOUBTS[key][0].items(), *DOUBTS[key][1:]
    file = exports.write(tmp_path, name, text)
    command = ["import", str(file), "--out", str(tmp_path / "asked")]
    refused = CliRunner().invoke(uptake, command)
    assert isinstance(refused.exception, InDoubtError)
    (problem,) = refused.exception.problems
    value = next(iter(refused.exception.choices))
    assert f"{key}: {value} (" in problem.right  # the very line of a mapping
    assert not (tmp_path / "asked").exists()
    mapping = exports.write(tmp_path, "m.yaml", f"sheets: {{{name}: {{{key}: {value}}}}}\n")
    said = import_files([file], Options(name="asked", mapping=mapping))
    assert made in "".join(said.files[n] for n in ("people.csv", "usage.csv") if n in said.files)
    again = exports.write(tmp_path, "again.yaml", said.files["mapping.yaml"])
    assert import_files([file], Options(name="asked", mapping=again)).files == said.files
    monkeypatch.setattr("sim.cli.organisation.sys", Terminal())
    result = CliRunner().invoke(uptake, command, input=f"9\n{answer}\n")  # no 9th: asked again
    assert result.exit_code == 0, result.output
    for part, text in said.files.items():
        assert (tmp_path / "asked" / part).read_text("utf-8") == text, part


def test_readings_that_a_mapping_does_not_know_are_named(tmp_path: Path) -> None:
    file = exports.write(tmp_path, "use.csv", DOUBTS["dates"][0]["use.csv"])
    other = import_files([file], Options(mapping={"use.csv": {"dates": "month first"}}))
    assert "2025-12-29" in other.files["usage.csv"] or "2026-01-01" in other.files["usage.csv"]
    with pytest.raises(InputError, match=r"dates: is 'american' — day first"):
        import_files([file], Options(mapping={"use.csv": {"dates": "american"}}))
    with pytest.raises(InputError, match=r"columns\.id: is 'Nummer', which is not there"):
        import_files([file], Options(mapping={"use.csv": {"id": "Nummer"}}))
    grouped = exports.write(tmp_path, "ties.csv", 'source,target,weight\na,b,"1,250"\n')
    with pytest.raises(InDoubtError, match=r"may mean 1\.25 or 1250, and no other number tells"):
        import_files([grouped], Options())
    made = import_files([grouped], Options(mapping={"ties.csv": {"decimals": "point"}}))
    assert rows(made, "ties.csv")[0]["weight"] == "1250.0"
    assert rows(made, "ties.csv")[0]["source"] == "a"


def test_two_files_of_one_name_are_refused_and_none_is_lost(tmp_path: Path) -> None:
    files = []
    for month, content in (("march", "id,team\na,x\nb,x\n"), ("april", "id,team\nc,y\n")):
        (tmp_path / month).mkdir()
        files.append(exports.write(tmp_path / month, "people.csv", content))
    with pytest.raises(InputError, match=r"^people\.csv: is given twice, or the name of two files"):
        import_files(files, Options())
    renamed = files[1].rename(tmp_path / "april" / "people-2.csv")
    assert import_files([files[0], renamed], Options()).organisation.n_people == 3


def test_two_sheets_that_contradict_each_other_are_in_doubt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheets = {"2025": "id,team\na,x\nb,x\n", "2026": "id,team\na,x\nb,y\nc,y\n"}
    (book := tmp_path / "staff.xlsx").write_bytes(xlsx(sheets))
    said = r"says other things than staff.xlsx\[2025\] of 1 person — kind: people \("
    with pytest.raises(InDoubtError, match=said):
        import_files([book], Options())
    both = import_files([book], Options(mapping={"staff.xlsx[2026]": {"kind": "people"}}))
    assert [row["team"] for row in rows(both, "people.csv")] == ["x", "x", "y"]
    assert any("the first one kept" in note.what for note in both.notes)
    one = import_files([book], Options(sheets=("2026",)))
    assert [row["team"] for row in rows(one, "people.csv")] == ["x", "y", "y"]
    monkeypatch.setattr("sim.cli.organisation.sys", Terminal())
    command = ["import", str(book), "--out", str(tmp_path / "firm")]
    result = CliRunner().invoke(uptake, command, input="2\n")  # the second sheet is passed over
    assert result.exit_code == 0, result.output
    assert (tmp_path / "firm" / "people.csv").read_text("utf-8") == "id,team\na,x\nb,x\n"
    agree = {"North": "id,team\na,x\n", "South": "id,team\nb,y\na,x\n"}
    book.write_bytes(xlsx(agree))
    assert import_files([book], Options()).organisation.n_people == 2  # nothing is in doubt
