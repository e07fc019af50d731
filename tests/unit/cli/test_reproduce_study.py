"""``uptake reproduce`` of a study's folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from commands import call

STUDY = """\
scenarios: [own, licences-only]
organisation: firm.yaml
weeks: 3
design: {table: sub/points.csv}
replicates: 2
record: {weeks: true, people: [3]}
"""
OWN = "extends: base.yaml\nname: Own\n"
BASE = "timeline: [access: {label: licences, start: 1}]\n"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study whose own files are gone."""
    from sim.sources import organisation_file

    place = tmp_path_factory.mktemp("study")
    (place / "sub").mkdir()
    texts = {"study.yaml": STUDY, "own.yaml": OWN, "base.yaml": BASE,
             "firm.yaml": organisation_file("small-firm").read_text("utf-8"),
             "sub/points.csv": "b_trust,b_norm\n1,1\n2,1\n3,2\n"}  # fmt: skip
    for name, text in texts.items():
        (place / name).write_text(text, "utf-8")
    study = (place / "study.yaml").rename(place / "s.yaml")
    study.write_text(STUDY.replace("[own,", "[own.yaml,"), "utf-8")
    assert call("sweep", str(study), "--out", str(place / "out"), "--workers", "1") == 0
    for name in ("s.yaml", *list(texts)[1:]):
        (place / name).unlink()
    return place / "out"


@pytest.fixture
def copied(written: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(written, tmp_path / "copy"))


def changed(folder: Path, column: str) -> None:
    """Change one number of each part of the table of runs."""
    for path in (folder / "runs").glob("*.parquet"):
        table = pq.read_table(path)
        values = table[column].to_numpy().copy()
        values += 0.25
        place = table.schema.get_field_index(column)
        pq.write_table(table.set_column(place, table.schema.field(place), pa.array(values)), path)


@pytest.mark.slow
def test_every_number_is_the_same_from_the_folder_alone(
    copied: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.read_bytes() for path in copied.rglob("*") if path.is_file()}
    assert call("reproduce", str(copied), "--threads", "2") == 0
    out, err = capsys.readouterr()
    assert "12 of 12 stored runs were simulated again." in err
    assert out.count("the same, to the bit") == 4  # points, runs, weeks, people
    assert "Every number is the same." in out
    assert {path: path.read_bytes() for path in copied.rglob("*") if path.is_file()} == before


def test_a_sample_of_the_runs(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("reproduce", str(copied), "--runs", "5", "--threads", "1") == 0
    out, err = capsys.readouterr()
    assert "5 of 12 stored runs were simulated again." in err
    assert "Every number is the same." in out


def test_a_changed_number_is_found(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    changed(copied, "weekly_users_w3")
    assert call("reproduce", str(copied), "--threads", "1") == 1
    out = " ".join(capsys.readouterr().out.split())
    assert "runs differs in weekly_users_w3 0.25" in out
    assert "weeks the same, to the bit 0" in out
    assert "Not every number is the same." in out


def test_a_changed_study_is_found(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = copied / "points.csv"
    file.write_text(file.read_text("utf-8").replace("3,2", "3,1"), "utf-8")
    assert call("reproduce", str(copied), "--threads", "1") == 1
    assert "points differs" in " ".join(capsys.readouterr().out.split())
    file.write_text("b_trust,b_norm\n1,1\n", "utf-8")
    assert call("reproduce", str(copied)) == 2
    assert "study.yaml: gives 2 cells, and the folder plans 6 — " in capsys.readouterr().err


def test_replicates_that_depend_on_an_interval(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study, out = tmp_path / "study.yaml", tmp_path / "out"
    study.write_text(
        "scenarios: mandate\norganisation: small-firm\nweeks: 4\nuncertainties: {b_trust: }\n"
        "design: {sobol: 4}\noutcomes: [weekly_users_w4]\n"
        "replicates: {until: weekly_users_w4, width: 0.04, at least: 10, at most: 12}\n",
        "utf-8",
    )
    assert call("sweep", str(study), "--out", str(out), "--workers", "1") == 0
    assert call("reproduce", str(out), "--threads", "1") == 0
    assert "Every number is the same." in capsys.readouterr().out


def test_what_is_no_table_of_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "answer.json").write_text("{}", "utf-8")
    assert call("reproduce", str(tmp_path)) == 2
    said = capsys.readouterr().err
    assert f"{tmp_path}: is the answer of a search, not a table of runs — uptake plan" in said
