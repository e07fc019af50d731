"""Exit codes: 0 done, 1 the answer is no, 2 cannot, 70 nobody foresaw it; and a log file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sim.cli import main
from sim.cli.surroundings import expanded


def call(*arguments: str) -> int:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    return int(end.value.code or 0)


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A command with a mistake in it, and where its log goes."""

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("in the\nmiddle \x1b[31m")

    monkeypatch.setattr("sim.cli.run.carry_out", fail)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr("sim.cli.surroundings._folders", lambda: iter([tmp_path / "log"]))
    return tmp_path / "log"


def test_what_nobody_foresaw_is_one_line_and_a_log(
    broken: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "many")
    assert call("run", "mandate", "--seed", "3") == 70
    out, err = capsys.readouterr()
    (log,) = broken.iterdir()
    assert out == ""
    assert err.count("\n") == 1
    assert "ZeroDivisionError: in the middle ?[31m" in err
    assert "OMP_NUM_THREADS=many" in err
    assert str(log) in err
    text = log.read_text("utf-8")
    assert "uptake run mandate --seed 3" in text
    assert "Traceback" in text
    assert "Traceback" not in err


@pytest.mark.parametrize("words", ["--debug run mandate", "run mandate --debug"])
def test_debug_shows_the_traceback(
    words: str, broken: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(*words.split()) == 70
    assert "Traceback" in capsys.readouterr().err


def test_few_logs_are_kept(broken: Path) -> None:
    broken.mkdir()
    for number in range(30):
        (broken / f"error-20000101-0000{number:02}-1.log").touch()
    call("run", "mandate")
    assert len(list(broken.iterdir())) == 20


def test_a_log_that_cannot_be_written_loses_nothing(
    broken: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken.touch()
    assert call("run", "mandate") == 70
    assert "--debug shows the traceback" in capsys.readouterr().err


def test_a_pipe_that_breaks_inside_is_no_success(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr("sim.cli.run.carry_out", fail)
    assert call("run", "mandate") == 2


HOME = os.path.expanduser("~")


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("--out=~/r", f"--out={HOME}/r"),
        ("~/r", f"{HOME}/r"),
        ("$HOME/r", f"{HOME}/r"),
        ("--organisation=${HOME}/a b", f"--organisation={HOME}/a b"),
        ("--out=~", f"--out={HOME}"),
        ("--set=b_trust=~1", "--set=b_trust=~1"),
        ("a/~/b", "a/~/b"),
        ("$HOMER/r", "$HOMER/r"),
        ("training-first", "training-first"),
    ],
)
def test_the_home_folder_is_meant_by_its_short_names(given: str, meant: str) -> None:
    assert expanded(given) == meant


def test_paths_into_the_home_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert call("schema", "--out=~/a.json") == 0
    assert call("schema", "--out", "$HOME/b.json") == 0
    assert {file.name for file in tmp_path.iterdir()} == {"a.json", "b.json"}
    assert call("schema", "--out=~nobody-of-this-name/c.json") == 2
    assert "there is no home folder ~nobody-of-this-name" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="there are no pipes in folders")
@pytest.mark.parametrize(
    "words", ["schema --out", "describe small-firm --out", "diagnose --questionnaire"]
)
@pytest.mark.parametrize("out", ["pipe.png", ""])
def test_no_output_takes_the_place_of_a_pipe_or_folder(
    words: str, out: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe.png")
    assert call(*words.split(), out) == 2
    assert [file.is_fifo() for file in tmp_path.iterdir()] == [True]


@pytest.mark.parametrize(
    ("out", "said"),
    [
        ("file/in", "file: stands where a folder is to be"),
        ("file/in/it", "leads through a file"),
        ("x" * 300, "is longer than names here may be"),
    ],
)
def test_a_place_that_cannot_be_is_said(
    out: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    assert call("example", "--out", out) == 2
    assert said in capsys.readouterr().err
    assert [file.name for file in tmp_path.iterdir()] == ["file"]
