import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from commands import call

QUICK = ("--replicates", "3", "--weeks", "15", "--seed", "7")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("made") / "out"
    arguments = ("compare", "insincere-loyalty", "everything", *QUICK, "--set", "b_trust=2.5")
    assert call(*arguments, "--organisation", "small-firm", "--out", str(out)) == 0
    return out


@pytest.fixture
def copied(written: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(written, tmp_path / "copy"))


def test_every_number_is_the_same_wherever_the_folder_stands(
    copied: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("reproduce", str(copied), "--threads", "1") == 0
    out = capsys.readouterr().out
    assert "Every number is the same." in out
    assert out.count("the same, to the bit") == 3


@pytest.mark.parametrize("weeks", [[13, 15], None, [16]])
def test_weeks_of_teams_that_the_manifest_names(
    copied: Path, weeks: list[int] | None, capsys: pytest.CaptureFixture[str]
) -> None:
    content = json.loads((copied / "manifest.json").read_text())
    of_teams = content["tables"]["teams.parquet"]
    assert of_teams.pop("weeks") == [13, 15]
    if weeks:
        of_teams["weeks"] = weeks
    (copied / "manifest.json").write_text(json.dumps(content))
    assert call("reproduce", str(copied)) == {"[13, 15]": 0, "None": 1, "[16]": 2}[str(weeks)]
    assert ("of weeks after the last" in capsys.readouterr().err) == (weeks == [16])


@pytest.mark.slow
def test_all_weeks_of_teams_reproduce(tmp_path: Path) -> None:
    arguments = ("compare", "mandate", "everything", *QUICK, "--organisation", "small-firm")
    assert call(*arguments, "--record", "teams", "--out", str(tmp_path / "out")) == 0
    assert set(pq.read_table(tmp_path / "out" / "teams.parquet")["week"].to_pylist()) == {
        *range(1, 16)
    }
    assert call("reproduce", str(tmp_path / "out")) == 0


def test_a_changed_number_is_found(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = copied / "weekly.parquet"
    table = pq.read_table(path)
    index = table.schema.get_field_index("habitual")
    values = table["habitual"].to_numpy().copy()
    values[5] += 0.25
    pq.write_table(table.set_column(index, table.schema.field(index), pa.array(values)), path)
    assert call("reproduce", str(copied)) == 1
    out = capsys.readouterr().out
    assert "file changed since written" in out
    assert "0.25" in out


def test_another_seed_gives_other_numbers(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = json.loads((copied / "manifest.json").read_text())
    content["seed"] = 8
    (copied / "manifest.json").write_text(json.dumps(content))
    assert call("reproduce", str(copied)) == 1
    assert "Not every number is the same." in capsys.readouterr().out


def test_a_missing_table_is_not_the_same(copied: Path) -> None:
    (copied / "teams.parquet").unlink()
    assert call("reproduce", str(copied)) == 1


@pytest.mark.slow
def test_a_client_is_found_beside_and_refused_when_changed(
    client_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    client = Path(shutil.copytree(client_folder, tmp_path / "client"))
    out = tmp_path / "out"
    arguments = ("run", "everything", *QUICK, "--organisation", str(client), "--out", str(out))
    assert call(*arguments) == 0
    assert str(tmp_path) not in (out / "manifest.json").read_text()
    assert call("reproduce", str(out)) == 0
    client.rename(tmp_path / "moved")
    assert call("reproduce", str(out)) == 2
    assert "is no longer at ../client" in capsys.readouterr().err
    moved = str(tmp_path / "moved")
    assert call("reproduce", str(out), "--organisation", moved) == 0
    with (tmp_path / "moved" / "ties.csv").open("a") as stream:
        stream.write("p0,p5,advice,3\n")
    assert call("reproduce", str(out), "--organisation", moved) == 2
    assert "ties.csv: has changed since the run" in capsys.readouterr().err


def test_another_organisation_is_refused(
    copied: Path, client_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("reproduce", str(copied), "--organisation", str(client_folder)) == 2
    assert "is not the organisation of this run" in capsys.readouterr().err


@pytest.mark.parametrize("key", ["name", "text", "sources"])
def test_a_manifest_with_holes_is_refused(
    copied: Path, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    content = json.loads((copied / "manifest.json").read_text())
    for scenario in content["scenarios"]:
        scenario.pop(key)
    (copied / "manifest.json").write_text(json.dumps(content))
    code = call("reproduce", str(copied))
    assert code == (0 if key == "name" else 2)
    if code:
        assert "is incomplete or changed" in capsys.readouterr().err


def test_no_results_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("reproduce", str(tmp_path / "nowhere")) == 2
    assert "has no manifest.json" in capsys.readouterr().err


def test_numbers_in_the_manifest_are_exact(written: Path) -> None:
    content = json.loads((written / "manifest.json").read_text())
    parameters = content["scenarios"][0]["parameters"][0]
    assert parameters["b_trust"] == 2.5
    assert parameters["forgetting"] == float(np.log(2) / 48)
