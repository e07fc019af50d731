import csv
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from sim.document import to_json
from sim.errors import InputError
from sim.organisation import organisation_hash
from sim.outcomes import Variable
from sim.results import Comparison, store
from sim.results.manifest import manifest, read_manifest
from sim.results.store import output_folder, read_table, write_tables
from sim.results.tables import Labels, ResultTable, content_hash, largest_difference, table
from sim.runner import compare


def test_parquet_gives_back_every_bit(comparison: Comparison, tmp_path: Path) -> None:
    about = write_tables(comparison, tmp_path)
    assert set(about) == {
        "weekly.parquet", "teams.parquet", "drivers.parquet", "summary.csv", "differences.csv",
    }  # fmt: skip
    for name in ("weekly", "teams", "drivers"):
        content = table(comparison, name, about[f"{name}.parquet"].get("weeks")).arrow()
        back = read_table(tmp_path / f"{name}.parquet")
        assert content_hash(back) == content_hash(content) == about[f"{name}.parquet"]["sha256"]
        assert largest_difference(content, back) == 0


def test_teams_are_written_at_a_few_weeks_unless_all_are_wanted(
    comparison: Comparison, tmp_path: Path
) -> None:
    (tmp_path / "all").mkdir()
    few = write_tables(comparison, tmp_path)["teams.parquet"]
    every = write_tables(comparison, tmp_path / "all", every_week=True)["teams.parquet"]
    assert few["weeks"] == list(comparison.records.checkpoint_weeks)
    assert "weeks" not in every
    whole = read_table(tmp_path / "all" / "teams.parquet")
    assert content_hash(whole) == content_hash(comparison.table("teams")) == every["sha256"]
    kept = whole.filter(pc.is_in(whole["week"], pa.array(few["weeks"], pa.int16())))
    assert kept.num_rows == few["rows"] < len(whole)
    assert content_hash(kept) == few["sha256"]


def test_both_forms_of_a_table_have_one_hash(comparison: Comparison) -> None:
    for name in ("weekly", "teams", "drivers", "summary", "differences"):
        assert content_hash(table(comparison, name)) == content_hash(comparison.table(name))
    name, number = Variable("name", "", "a name"), Variable("number", "", "a number")
    rows = [("b", 1, None), ("a", 2, np.nan), ("b", 3, 0.5)]
    small = ResultTable.of_rows((name, number, Variable("share", "share", "a share")), rows, "few")
    assert content_hash(small) == content_hash(small.arrow())
    assert list(small.rows()) == [("b", 1, None), ("a", 2, None), ("b", 3, 0.5)]
    swapped = Labels(["a", "b"], np.array([1, 0, 1], np.int32))
    assert content_hash(ResultTable([(name, swapped)], "")) == content_hash(
        ResultTable([(name, ["b", "a", "b"])], "")
    )
    assert content_hash(ResultTable([(name, ["a", "b", "b"])], "")) != content_hash(
        ResultTable([(name, swapped)], "")
    )


def test_without_pyarrow_tables_are_csv(
    comparison: Comparison, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = write_tables(comparison, tmp_path)
    monkeypatch.setattr(store, "missing_of", lambda extra: ("pyarrow",))
    (tmp_path / "slim").mkdir()
    about = write_tables(comparison, tmp_path / "slim")
    assert {Path(name).stem: one for name, one in about.items()} == {
        Path(name).stem: one for name, one in whole.items()
    }
    with (tmp_path / "slim" / "weekly.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    there = [np.float64(row["habitual"]) for row in rows]
    assert (np.array(there) == comparison.table("weekly")["habitual"].to_numpy()).all()


def test_columns_are_typed_and_described(comparison: Comparison, tmp_path: Path) -> None:
    write_tables(comparison, tmp_path)
    file = pq.ParquetFile(tmp_path / "teams.parquet")
    schema = file.schema_arrow
    assert schema.field("habitual").type == pa.float32()
    assert schema.field("week").type == pa.int16()
    assert schema.field("seed").type == pa.uint64()
    assert b"9 of the last 12 weeks" in schema.field("habitual").metadata[b"description"]
    assert file.metadata.row_group(0).column(5).compression == "ZSTD"


def test_the_hash_sees_one_bit_and_a_label(comparison: Comparison) -> None:
    content = comparison.table("weekly")
    index = content.schema.get_field_index("habitual")
    changed = content["habitual"].to_numpy().copy()
    changed[7] = np.nextafter(changed[7], 2)
    other = content.set_column(index, content.schema.field(index), pa.array(changed))
    assert content_hash(other) != content_hash(content)
    assert 0 < largest_difference(content, other) < 1e-15
    names = pa.array(["another"] * len(content)).dictionary_encode()
    assert content_hash(content.set_column(0, "scenario", names)) != content_hash(content)


def test_the_hash_does_not_hang_on_chunks_or_encoding(comparison: Comparison) -> None:
    content = comparison.table("weekly")
    pieces = pa.concat_tables([content.slice(0, 100), content.slice(100)])
    plain = pieces.set_column(0, "scenario", pieces["scenario"].cast(pa.string()))
    assert content_hash(pieces) == content_hash(plain) == content_hash(content)


def test_csv_has_no_formulas(client_folder: Path, tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text("name: '=cmd()'\ntimeline: [{access: {start: 1}}]\n")
    both = compare([plan, plan], organisation=client_folder, replicates=2, weeks=4)
    write_tables(both, tmp_path)
    with (tmp_path / "differences.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert rows[0]["reference"] == "'=cmd()"
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "@"))]
    assert float(rows[0]["mean"]) == 0.0


def test_a_folder_appears_only_when_whole(tmp_path: Path) -> None:
    target = tmp_path / "out"
    with output_folder(target) as work:
        (work / "manifest.json").write_text("{}")
        assert not target.exists()
    assert [file.name for file in target.iterdir()] == ["manifest.json"]
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError, ValueError])
def test_what_fails_leaves_nothing(tmp_path: Path, error: type[BaseException]) -> None:
    def fail() -> None:
        with output_folder(tmp_path / "out") as work:
            (work / "weekly.parquet").write_text("half")
            raise error

    with pytest.raises(error):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_an_empty_folder_is_used(tmp_path: Path) -> None:
    with output_folder(tmp_path) as work:
        (work / "manifest.json").write_text("{}")
    assert [file.name for file in tmp_path.iterdir()] == ["manifest.json"]


def test_a_folder_with_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with (
        pytest.raises(InputError, match="exists and is not empty — another name, or --force"),
        output_folder(tmp_path, force=False),
    ):
        pass
    with pytest.raises(InputError, match=r"is not empty — another name$"), output_folder(tmp_path):
        pass  # nobody can ask for it


def test_force_replaces_results_and_nothing_else(comparison: Comparison, tmp_path: Path) -> None:
    with (
        pytest.raises(InputError, match=r"has no manifest\.json"),
        output_folder(tmp_path.parent, force=True),
    ):
        pass
    text = to_json(manifest(comparison, {}, tmp_path))
    (tmp_path / "manifest.json").write_text(text)
    (tmp_path / "people.parquet").write_text("old")
    with output_folder(tmp_path, force=True) as work:
        (work / "manifest.json").write_text("new")
    assert [file.name for file in tmp_path.iterdir()] == ["manifest.json"]
    (tmp_path / "manifest.json").write_text(text)
    (tmp_path / "notes.txt").write_text("mine")
    with (
        pytest.raises(InputError, match=r"did not write, such as notes\.txt"),
        output_folder(tmp_path, force=True),
    ):
        pass
    assert (tmp_path / "notes.txt").read_text() == "mine"


WITHOUT = (
    (1, ("parameter_sets", "structure", "margin", "plugins")),
    (1, ("margin", "plugins")),
    (2, ("margin", "plugins")),
    (2, ("plugins",)),
    (3, ("scenarios", "organisation", "weeks")),
)
"""What the manifests of earlier versions lacked, by layout, and one of a version to come."""


@pytest.mark.parametrize(("layout", "without"), WITHOUT)
def test_force_replaces_what_another_version_wrote(
    comparison: Comparison, tmp_path: Path, layout: int, without: tuple[str, ...]
) -> None:
    content = manifest(comparison, {}, tmp_path)
    content["uptake"] = {"manifest": layout, "version": "0.0.1"}
    for key in without:
        del content[key]
    (tmp_path / "manifest.json").write_text(json.dumps(content))
    (tmp_path / "weekly.parquet").write_text("old")
    with output_folder(tmp_path, force=True) as work:
        (work / "manifest.json").write_text("new")
    assert [file.name for file in tmp_path.iterdir()] == ["manifest.json"]


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"uptake": 1}', '{"uptake": {"study": 1}}', '{"uptake": {"manifest": "2"}}',
     '{"uptake": {"manifest": true}}', '{"name": "an app", "version": "1.0"}', "[" * 10**5],
)  # fmt: skip
def test_force_replaces_no_manifest_of_another_kind(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    (tmp_path / "summary.csv").write_text("mine")
    refused = pytest.raises(InputError, match=r"is not the manifest of a run|cannot be read")
    with refused, output_folder(tmp_path, force=True):
        pass
    assert (tmp_path / "summary.csv").read_text() == "mine"


def test_force_that_fails_keeps_the_old(comparison: Comparison, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(to_json(manifest(comparison, {}, tmp_path)))
    with pytest.raises(OSError, match="full"), output_folder(tmp_path, force=True):
        raise OSError("full")
    assert [file.name for file in tmp_path.iterdir()] == ["manifest.json"]


def test_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(InputError, match="is a file"), output_folder(tmp_path / "out"):
        pass


def test_the_manifest_holds_all_it_takes(comparison: Comparison, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(to_json(manifest(comparison, {}, tmp_path)))
    content = read_manifest(tmp_path)
    assert content["seed"] == 3
    assert content["replicates"] == 8
    assert "timeline" in content["scenarios"][0]["text"]
    parameters = content["scenarios"][1]["parameters"][0]
    assert parameters["b_trust"] == comparison.parameters[1]["b_trust"][0]
    assert content["organisation"]["content_hash"] == organisation_hash(comparison.organisation)
    assert str(Path.home()) not in json.dumps(content["scenarios"])


@pytest.mark.parametrize(
    ("text", "match"),
    [("{", "cannot be read"), ("[]", "is missing or of another kind"), ("{}", "seed")],
)
def test_a_broken_manifest_is_said(tmp_path: Path, text: str, match: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(InputError, match=match):
        read_manifest(tmp_path)


def test_the_hash_sees_labels_that_change_places(comparison: Comparison) -> None:
    table = comparison.table("teams")
    index = table.schema.get_field_index("team")
    names = table["team"].cast(pa.string()).to_pylist()
    where = len(set(names)) + 2  # beyond the first appearance of every team
    assert names[where] != names[where - 1]
    names[where], names[where - 1] = names[where - 1], names[where]
    swapped = pa.array(names).dictionary_encode()
    assert content_hash(table.set_column(index, "team", swapped)) != content_hash(table)


@pytest.mark.parametrize(
    "values",
    [
        pa.array([True, False, None]),
        pa.array([b"a", b"\xff"]),
        pa.array([[1], [2, 3]]),
        pa.array([1, 2], pa.timestamp("s")),
        pa.array(["a", None, "b"]).dictionary_encode(),
    ],
    ids=lambda values: str(values.type),
)
def test_tables_of_somebody_else_are_hashed_and_compared(values: pa.Array) -> None:
    content = pa.table({"x": values})
    assert content_hash(content) == content_hash(pa.table({"x": pa.chunked_array([values])}))
    assert content_hash(content) != content_hash(content.slice(1))
    assert largest_difference(content, content) == 0.0
    assert largest_difference(content, pa.table({"x": values.take([1] * len(values))})) is None
