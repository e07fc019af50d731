from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from sim.cli.organisation import describe
from sim.errors import InputError


@pytest.fixture
def small_firm(repository):
    return str(repository / "scenarios" / "organisations" / "small-firm.yaml")


def run(*arguments: str) -> str:
    result = CliRunner().invoke(describe, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_it_says_who_is_there_and_who_is_listened_to(small_firm):
    text = run(small_firm)
    for part in (
        "Template - small firm",
        "People       60",
        "Reciprocity",
        "Components",
        "Most listened to",
        "Informal leaders: not managers, by in-strength",
        "Missing or odd",
    ):
        assert part in text


def test_json_holds_the_same(small_firm):
    found = json.loads(run(small_firm, "--json", "--by", "coverage"))
    assert found["n_people"] == 60
    assert found["by"] == "coverage"
    assert len(found["listened_to"]) == 10


@pytest.mark.parametrize(("suffix", "start"), [("png", b"\x89PNG"), ("svg", b"<?xml")])
def test_a_picture_is_written(small_firm, tmp_path, suffix, start):
    out = tmp_path / f"picture.{suffix}"
    assert "Picture: " in run(small_firm, "--out", str(out))
    assert out.read_bytes().startswith(start)
    assert list(tmp_path.iterdir()) == [out]


def test_pictures_are_the_same_every_time(small_firm, tmp_path):
    one, two = tmp_path / "one.svg", tmp_path / "two.svg"
    run(small_firm, "--out", str(one))
    run(small_firm, "--out", str(two))
    assert one.read_bytes() == two.read_bytes()


def test_markup_in_a_client_file_is_only_text(write_files):
    folder = write_files(
        people_csv="id,team,role\n[red]a,[bold]x,$y^$\nb,[/bold],_\n",
        ties_csv="source,target\nb,[red]a\nghost,b\nb,[red]a\n",
    )
    text = run(str(folder), "--out", str(folder / "p.png"))
    assert "[red]a" in text
    assert "tie to an unknown person dropped, first: ties.csv:3:1 'ghost'" in text


def test_a_pseudonym_stands_in_one_piece(write_files, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    who = [f"p-{number:016x}" for number in range(3)]
    line = "Customer Service International,senior service coordinator"
    folder = write_files(
        people_csv="id,team,role\n" + "".join(f"{one},{line}\n" for one in who),
        ties_csv=f"source,target\n{who[0]},{who[1]}\n{who[1]},{who[2]}\n",
    )
    assert who[1] in run(str(folder))


@pytest.mark.parametrize(
    ("out", "expected"),
    [
        ("picture.gif", "is no picture file — one of .png, .svg, .pdf"),
        ("nowhere/picture.png", "there is no folder"),
    ],
)
def test_a_picture_that_cannot_be_written(small_firm, tmp_path, out, expected):
    with pytest.raises(InputError, match=expected):
        run(small_firm, "--out", str(tmp_path / out))


def test_an_organisation_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="there is no such organisation folder or file"):
        run(str(tmp_path / "nobody"))


@pytest.mark.parametrize(
    "name", ["krackhardt_hightech", "lazega_lawfirm", "med_innovation", "brazil_farmers"]
)
def test_real_organisations(shared_data, tmp_path, name):
    text = run(str(shared_data / name), "--out", str(tmp_path / "p.png"))
    assert name in text
