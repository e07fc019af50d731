import json
from pathlib import Path

import pytest

from commands import call
from sim.results.manifest import KNOWN_TABLES
from sim.results.store import KNOWN_FILES
from sim.results.verdict import line_of
from sim.runner import compare
from sim.sources import COMPARED, ORDER_ALONE

QUICK = ("--organisation", "small-firm", "--replicates", "3", "--weeks", "15")


def test_without_files_the_shipped_pair_is_compared(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("compare", "--replicates", "2", "--weeks", "4") == 0
    out = capsys.readouterr().out
    assert "Training first" in out
    assert "Trust before tools" in out
    assert "240 people" in out
    assert "What happens" not in out
    said = " ".join(out.split())
    assert said.count("Order alone, licences in week 1 in both: weekly use, mean of") == 1
    assert "with training first and" in said


@pytest.mark.slow
def test_the_order_alone_is_what_its_pair_gives(tmp_path: Path) -> None:
    assert call("compare", *QUICK, "--margin", "2", "--out", str(tmp_path / "out")) == 0
    (line,) = (
        line for line in (tmp_path / "out" / "verdict.txt").read_text().splitlines()
        if line.startswith("Order alone")
    )  # fmt: skip
    pair = compare(ORDER_ALONE, organisation="small-firm", replicates=3, weeks=15, margin=0.02)
    assert line.endswith(line_of(pair, ("training first", "trust first")))


def test_named_plans_are_compared_without_the_order_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert call("compare", *COMPARED, *QUICK) == 0
    assert "Order alone" not in capsys.readouterr().out


@pytest.mark.slow
def test_the_margin_rules_the_verdict_and_no_number(tmp_path: Path) -> None:
    said, tables = [], []
    for margin in ("0", "99"):
        out = tmp_path / margin
        arguments = ("licences-only", "everything", *QUICK, "--margin", margin, "--out", str(out))
        assert call("compare", *arguments) == 0
        said.append((out / "verdict.txt").read_text())
        content = json.loads((out / "manifest.json").read_text())
        assert content["margin"] == int(margin) / 100
        tables.append(content["tables"])
    assert "Everything is ahead of Licences only by" in said[0]
    assert "is ahead of" not in said[1]
    assert "is within 99 points" in said[1]
    assert tables[0] == tables[1]


@pytest.mark.parametrize("margin", ["-1", "100", "nan", "inf", "one"])
@pytest.mark.parametrize("command", ["compare", "report"])
def test_a_margin_that_is_none_is_refused(
    command: str, margin: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ("--out", str(tmp_path / "report.html"))
    assert call(command, "mandate", "everything", f"--margin={margin}", *out) == 2
    said = f"--margin {margin}: is no number of points — a number from 0 to under 100"
    assert said in capsys.readouterr().err


def test_everything_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "deep" / "out"
    assert call("compare", "mandate", "everything", *QUICK, "--out", str(out)) == 0
    names = {file.name for file in out.iterdir()}
    plain = {name for name in KNOWN_TABLES if name.endswith(".csv")}  # where pyarrow is missing
    assert names == KNOWN_FILES - plain - {"people.parquet", "structure.csv"}
    printed = " ".join(capsys.readouterr().out.split())
    assert " ".join((out / "verdict.txt").read_text().split()) in printed
    content = json.loads((out / "manifest.json").read_text())
    assert content["replicates"] == 3
    assert list(out.parent.iterdir()) == [out]


@pytest.mark.slow
def test_an_existing_folder_needs_force(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("compare", "mandate", "everything", *QUICK, "--out", str(tmp_path / "out"))
    assert call(*arguments) == 0
    before = (tmp_path / "out" / "manifest.json").stat().st_mtime_ns
    capsys.readouterr()
    assert call(*arguments) == 2
    captured = capsys.readouterr()
    assert "exists and is not empty" in captured.err
    assert captured.out == ""
    assert (tmp_path / "out" / "manifest.json").stat().st_mtime_ns == before
    assert call(*arguments, "--force") == 0
    assert (tmp_path / "out" / "manifest.json").stat().st_mtime_ns > before


@pytest.mark.slow
def test_the_same_seed_gives_the_same_numbers_on_any_threads(tmp_path: Path) -> None:
    tables = []
    for name, threads in (("a", "1"), ("b", "3")):
        out = tmp_path / name
        arguments = ("mandate", "everything", *QUICK, "--threads", threads, "--out", str(out))
        assert call("compare", *arguments) == 0
        tables.append(json.loads((out / "manifest.json").read_text())["tables"])
    assert tables[0] == tables[1]


def test_one_plan_alone_is_not_compared(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("compare", "mandate") == 2
    assert "uptake run mandate" in capsys.readouterr().err


def test_one_name_that_is_wrong_is_said_to_be_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("compare", "trainig-first") == 2
    err = capsys.readouterr().err
    assert "training-first" in err
    assert "stands alone" not in err


def test_the_problems_of_all_files_are_said_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.yaml").write_text("weeks: -1\ntimelin: []\n")
    assert call("compare", *(str(tmp_path / f"{name}.yaml") for name in ("one", "two"))) == 2
    err = capsys.readouterr().err
    assert "one.yaml:1" in err
    assert "two.yaml:2" in err


def test_lengths_that_differ_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for weeks in (4, 5):
        (tmp_path / f"{weeks}.yaml").write_text(f"weeks: {weeks}\n")
    files = [str(tmp_path / f"{weeks}.yaml") for weeks in (4, 5)]
    assert call("compare", *files, "--organisation", "small-firm") == 2
    assert "the scenarios differ: 4 4, 5 5 — one length for all" in capsys.readouterr().err
    assert call("compare", *files, *QUICK) == 0


def test_what_cannot_fit_is_refused_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("--replicates", "1000000", "--by", "team")
    assert call("compare", *arguments) == 2
    assert "GiB" in capsys.readouterr().err
