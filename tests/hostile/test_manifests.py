"""Folders from somebody else: data, whatever they say, and one message where they are wrong."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from inputs import SHORT, STUDY
from sim import sweep
from sim.cli import main

Said = tuple[int, str, str]
Call = Callable[..., Said]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study's folder, and beside it the folder of a comparison."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "study.yaml").write_text(STUDY.replace("40", "3"))
    sweep(folder / "study.yaml", out=folder / "study", workers=1)
    plans = ("order-training-first", "order-trust-first")
    with pytest.raises(SystemExit) as ended:
        main(
            ["compare", *plans, *SHORT.split(), "--threads", "1", "--out", str(folder / "compared")]
        )
    assert ended.value.code == 0
    return folder


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    """Run a command in this process; gives its exit code, output and errors."""

    def run(*words: object) -> Said:
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        said = capsys.readouterr()
        return int(str(ended.value.code or 0)), said.out, said.err

    return run


@pytest.fixture
def study(made: Path, tmp_path: Path) -> Path:
    """A copy of the study's folder."""
    return shutil.copytree(made / "study", tmp_path / "study")


def rewritten(folder: Path, change: Callable[[Any], None]) -> None:
    """Change a manifest."""
    content = json.loads((folder / "manifest.json").read_text("utf-8"))
    change(content)
    (folder / "manifest.json").write_text(json.dumps(content), "utf-8")


INJECTED = "x\"; COPY (SELECT 7) TO 'injected'; --"


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m.update(tables=["runs AS SELECT 1; COPY (SELECT 7) TO 'injected'; --"]),
        lambda m: m["factors"][0].update(name=INJECTED),
        lambda m: m["outcomes"].update({INJECTED: m["outcomes"].pop("habitual_w6")}),
        lambda m: m["scenarios"][0].update(name=INJECTED),
        lambda m: m.update(record="../../*"),
    ],
    ids=["table", "factor", "outcome", "scenario", "record"],
)
@pytest.mark.parametrize("command", ["results", "discover"])
def test_no_name_in_a_manifest_is_carried_out(
    study: Path, call: Call, monkeypatch: pytest.MonkeyPatch, change: Any, command: str
) -> None:
    monkeypatch.chdir(study.parent)
    rewritten(study, change)
    more = ("--sql", "select 1") if command == "results" else ("--where", "habitual_w6 > 0.5")
    code, _, err = call(command, study, *more)
    assert code in (0, 2)
    assert code == 0 or err.strip()
    assert {path.name for path in study.parent.iterdir()} == {"study"}


def test_names_with_quotes_are_names(study: Path, call: Call) -> None:
    rewritten(study, lambda m: m.update(name='[red]"x"[/red]\x1b[31m'))
    code, out, _ = call("results", study)
    assert code == 0
    assert '[red]"x"[/red]\\x1b[31m' in out


@pytest.mark.parametrize(
    "query",
    [
        "select content from read_text('{}')",
        "select * from '{}'",
        "select * from glob('/*')",
        "copy (select 42) to 'made.csv'",
        "attach 'made.db' as z; create table z.a as select 1",
        "set memory_limit = '100GB'; select 1",
        "set enable_external_access = true; select 1",
        "load httpfs",
        "export database 'made'",
        "select * from study",
        " ",
        ";",
        "-- nothing",
    ],
)
def test_sql_reads_this_study_only(
    study: Path, call: Call, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = study.parent / "secret.txt"
    other.write_text("a secret")
    monkeypatch.chdir(study.parent)
    code, out, err = call("results", study, "--sql", query.format(other))
    assert (code, out) == (2, "")
    assert "this study only" in err
    assert "a secret" not in err
    assert {path.name for path in study.parent.iterdir()} == {"study", "secret.txt"}


@pytest.mark.parametrize("name", ["study [final]", "study*", "it's ?", "{a,b}", "a\\b"])
def test_the_name_of_a_folder_is_no_pattern(study: Path, call: Call, name: str) -> None:
    other = shutil.copytree(study, study.parent / name)
    code, out, _ = call("results", other, "--sql", "select count(*) as n from runs")
    assert (code, out.split()) == (0, ["n", "12"])


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
@pytest.mark.parametrize("name", ["manifest.json", "plan.parquet", "runs", "sensitivity"])
def test_links_out_of_a_folder_are_refused(study: Path, call: Call, name: str) -> None:
    outside = study.parent / "outside"
    if name == "sensitivity":
        outside.mkdir()
    else:
        (study / name).rename(outside)
    (study / name).symlink_to(outside)
    words = ("sensitivity", study) if name == "sensitivity" else ("results", study)
    code, _, err = call(*words)
    assert code == 2
    assert "is a link out of the folder" in err
    assert name != "sensitivity" or not any(outside.iterdir())


def test_no_part_of_a_study_stands_elsewhere(study: Path, tmp_path: Path, call: Call) -> None:
    part = next((study / "runs").iterdir())
    part.rename(tmp_path / part.name)
    part.symlink_to(tmp_path / part.name)
    for words in (("reproduce", study), ("results", study), ("discover", study, "--where", "a>1")):
        code, _, err = call(*words)
        assert (code, "is a link out of the folder" in err) == (2, True), words
    (study / "manifest.json").rename(tmp_path / "manifest.json")
    (study / "manifest.json").symlink_to(tmp_path / "manifest.json")
    again = study.parent / "study.yaml"
    shutil.copy(study / "study.yaml", again)
    code, _, err = call("sweep", again, "--out", study)
    assert code == 2
    assert "manifest.json: is a link out of the folder" in " ".join(err.split())


@pytest.mark.parametrize("path", ["/etc", "../..", "/dev/zero", "organisation.yaml", "a\0b"])
def test_a_manifest_reads_nothing_elsewhere(
    made: Path, tmp_path: Path, call: Call, path: str
) -> None:
    folder = shutil.copytree(made / "compared", tmp_path / "compared")
    rewritten(folder, lambda m: m["organisation"].update(path=path, text="", files={}))
    code, _, err = call("reproduce", folder)
    assert code == 2
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m["organisation"].update(text="\ud800"),
        lambda m: m["scenarios"][0].update(text="\ud800"),
        lambda m: m["scenarios"][0].update(sources={"x.yaml": "\ud800"}),
    ],
    ids=["organisation", "scenario", "source"],
)
def test_half_a_character_in_a_text_is_said(
    made: Path, tmp_path: Path, call: Call, change: Any
) -> None:
    folder = shutil.copytree(made / "compared", tmp_path / "compared")
    rewritten(folder, change)
    code, _, err = call("reproduce", folder)
    assert (code, err.count("\n")) == (2, 1)


def test_a_template_of_another_size_is_not_built(made: Path, tmp_path: Path, call: Call) -> None:
    folder = shutil.copytree(made / "compared", tmp_path / "compared")
    rewritten(
        folder,
        lambda m: m["organisation"].update(text="kind: template\nn_people: 20000000\n"),
    )
    code, _, err = call("reproduce", folder)
    assert code == 2
    assert "its template 20,000,000" in err


@pytest.mark.parametrize("value", [None, [], "x", -1, {"a": None}], ids=str)
@pytest.mark.parametrize(
    "key",
    ["uptake", "points", "outcomes", "factors", "runs", "organisations", "tables", "scenarios"],
)
def test_a_key_of_another_kind_is_said(study: Path, call: Call, key: str, value: Any) -> None:
    if (key, value) == ("factors", []):
        return  # a study that varies nothing
    rewritten(study, lambda m: m.update({key: value}))
    code, _, err = call("results", study)
    assert code == 2
    assert key in err


@pytest.mark.parametrize("place", ["organisation", "scenarios"])
def test_half_a_character_is_said(made: Path, tmp_path: Path, call: Call, place: str) -> None:
    folder = shutil.copytree(made / "compared", tmp_path / "compared")
    for text, there in (("kind: \ud83d", True), ("kind: \ud83d\ude00", False)):

        def change(content: Any, text: str = text) -> None:
            one = content[place]
            (one[0] if isinstance(one, list) else one).update(text=text)

        rewritten(folder, change)
        code, _, err = call("reproduce", folder)
        assert (code, "holds half a character" in " ".join(err.split())) == (2, there), err


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e999", "9" * 400, "9" * 5000])
@pytest.mark.parametrize("key", ["question", "seed", "size", "read by nobody"])
def test_no_number_is_said_wherever_it_stands(
    study: Path, call: Call, key: str, number: str
) -> None:
    rewritten(study, lambda m: m.update({key: {"levels": "here"}}))
    file = study / "manifest.json"
    file.write_text(file.read_text("utf-8").replace('"here"', number), "utf-8")
    for words in (("results", study), ("reproduce", study), ("sensitivity", study)):
        code, _, err = call(*words)
        assert (code, err.count("\n")) == (2, 1), err
        assert "cannot be read" in err


@pytest.mark.parametrize(
    ("design", "size"),
    [
        ("morris", {"trajectories": 4}), ("morris", None), ("saltelli", {"base": 4}),
        ("saltelli", {"points": 3}), ("sobol", {"points": 4}), ("latin hypercube", {}),
        ("fractional factorial", {"resolution": 9}), ("full factorial", {"levels": 1}),
    ],
    ids=str,
)  # fmt: skip
def test_a_size_of_another_design_is_said(
    study: Path, call: Call, design: str, size: object
) -> None:
    rewritten(study, lambda m: m.update(design=design, size=size))
    for words in (("results", study), ("sensitivity", study)):
        code, _, err = call(*words)
        assert (code, "size: is not that of 3 points" in " ".join(err.split())) == (2, True), err
