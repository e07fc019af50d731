"""Output in any encoding, of any width, into streams that are closed, full or end early."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from inputs import SHORT
from sim.cli import COMMANDS, main

SAID = (
    "--help",
    "--version",
    *(f"{command} --help" for command in COMMANDS),
    f"compare {SHORT}",
    f"compare {SHORT} --uncertainty parameters --samples 2",
    f"run everything {SHORT} --by team",
    "describe small-firm",
    "describe small-firm --json",
    "validate training-first everything",
    "interventions",
    "interventions training",
    "parameters",
    "parameters --json",
    "claims",
    "claims c3",
    "schema plan",
    "run no-such-plan",
    "compare --margin x",
    "sweep",
)
ENCODINGS = ("cp1252", "cp437", "cp932", "ascii", "latin-1", "koi8-r")

Uptake = Callable[..., "subprocess.CompletedProcess[str]"]
Say = Callable[[str, str], tuple[int, str, str]]


@pytest.fixture
def say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Say:
    """Call the command with files for streams, in an encoding; return code, output and errors."""

    def call(words: str, encoding: str) -> tuple[int, str, str]:
        files = [tmp_path / "out", tmp_path / "err"]
        for name, file in zip(("stdout", "stderr"), files, strict=True):
            stream = io.TextIOWrapper(io.BufferedWriter(io.FileIO(file, "w")), encoding=encoding)
            monkeypatch.setattr(sys, name, stream)
        with pytest.raises(SystemExit) as end:
            main(words.split())
        sys.stdout.flush()
        sys.stderr.flush()
        out, err = (file.read_bytes().decode(encoding) for file in files)
        return int(end.value.code or 0), out, err

    return call


@pytest.mark.parametrize("words", SAID)
def test_every_encoding_gets_all_of_the_output(words: str, say: Say) -> None:
    code, out, err = say(words, "utf-8")
    assert out + err
    for encoding in ENCODINGS:
        same, plain_out, plain_err = say(words, encoding)
        assert same == code
        for plain, text in ((plain_out, out), (plain_err, err)):
            assert plain.count("\n") == text.count("\n")
            assert plain.count("?") == text.count("?")  # a substitute that says what it stands for


@pytest.mark.parametrize(
    "variables",
    [
        {"PYTHONIOENCODING": "cp1252"},
        {"PYTHONIOENCODING": "utf-16"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    ],
)
def test_a_comparison_into_a_file_of_another_encoding(
    uptake: Uptake, variables: dict[str, str]
) -> None:
    done = uptake("compare", *SHORT.split(), encoding="latin-1", **variables)
    assert (done.returncode, done.stderr) == (0, "")
    encoding = variables.get("PYTHONIOENCODING", "ascii")
    assert "Speed: half of all people" in done.stdout.encode("latin-1").decode(encoding)


@pytest.mark.parametrize("width", ["0", "-3", "abc", "²", "9" * 30])
def test_a_width_that_is_none_is_80(width: str, say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    for words in ("describe small-firm", f"compare {SHORT}", "run --help"):
        monkeypatch.delenv("COLUMNS", raising=False)
        expected = say(words, "utf-8")
        monkeypatch.setenv("COLUMNS", width)
        monkeypatch.setenv("LINES", width)
        assert say(words, "utf-8") == expected


@pytest.mark.parametrize("width", ["1", "7", "39", "100000"])
def test_any_width_has_its_output(width: str, say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", width)
    for words, last in {
        "describe small-firm": "no real organisation",
        "claims": "supported",
        "parameters": "fear for the job",
        f"compare {SHORT}": "Every figure: --details.",
        "run --help": "Show this message and",
    }.items():
        code, out, err = say(words, "utf-8")
        assert (code, err) == (0, "")
        assert len(out) < 500_000
        assert last in " ".join(out.split())


@pytest.mark.skipif(os.name == "nt", reason="a shell of Unix closes streams")
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_trouble(uptake: Uptake, closed: str, tmp_path: Path) -> None:
    done = uptake("run", "everything", *SHORT.split(), "--out", "results", shell=closed)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "results" / "manifest.json").is_file()
    text = (tmp_path / "results" / "verdict.txt").read_text("utf-8")
    assert "Everything" in text  # nothing else was written into a file with a stream's number


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGPIPE")
@pytest.mark.parametrize("words", ["parameters", "--help", "describe small-firm", "schema plan"])
def test_a_reader_who_goes_ends_the_command_as_it_ends_cat(uptake: Uptake, words: str) -> None:
    done = uptake(*words.split(), shell='| true; echo "${PIPESTATUS[0]}"')
    assert (done.stdout, done.stderr) == (f"{128 + signal.SIGPIPE}\n", "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("words", ["parameters", "--help", "describe small-firm"])
def test_output_that_cannot_be_written_is_no_success(uptake: Uptake, words: str) -> None:
    done = uptake(*words.split(), shell="> /dev/full")
    assert done.returncode == 2
    assert done.stderr.startswith("the disk is full")
    assert done.stderr.count("\n") == 1
    assert uptake(*words.split(), shell="> /dev/full 2>&1").returncode == 2
