import errno
import os
import re
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from commands import call
from sim.cli import COMMANDS


def start(*arguments: str, **options: object) -> "subprocess.Popen[str]":
    root = Path(__file__).resolve().parents[3]
    return subprocess.Popen(
        [sys.executable, "-m", "sim", *arguments],
        env={**os.environ, "PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,  # type: ignore[call-overload]
    )


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--help") == 0
    text = capsys.readouterr().out
    for command in COMMANDS:
        assert command in text


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(command, "--help") == 0
    assert "Usage" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("compar", "uptake compar: there is no such command — did you mean compare?"),
        ("run x -n 0", "uptake run --replicates: is 0 — a whole number from 1 to 1,000,000"),
        (
            "run x --weeks 1_0",
            "uptake run --weeks: is 1_0 — a whole number from 1 to 1,040, in digits",
        ),
        ("plan x --minutes 0", "uptake plan --minutes: is 0 — a number above 0"),
        (
            "report x --hour-cost nan",
            "uptake report --hour-cost: is nan — a number from 0, in digits",
        ),
        ("compare --by tem", "uptake compare --by: is tem — did you mean team?"),
        ("schema x", "uptake schema KIND: is x — one of scenario, study, plan, calibration"),
        ("run x --replicate 2", "uptake run --replicate: there is no such option — did you mean"),
        ("run x y", "uptake run y: is one thing more than can be given — see uptake run --help"),
        ("describe", "uptake describe ORGANISATION: is missing — see uptake describe --help"),
        ("diagnose", "uptake diagnose ORGANISATION: is missing — a folder, or a shipped name"),
        ("track x", "uptake track --usage: is missing — Measured use"),
    ],
)
def test_what_is_mistyped_is_one_line(
    words: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(*words.split()) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith(said)


HEAVY = "numba matplotlib mesa networkx pandas pyarrow scipy sim.engine"


@pytest.mark.parametrize(
    ("words", "unneeded"),
    [
        ("--help", f"{HEAVY} numpy pydantic ruamel sim.interventions difflib signal traceback"),
        ("interventions", f"{HEAVY} ruamel sim.organisation sim.tables"),
        ("validate training-first", f"{HEAVY} sim.results sim.analysis"),
        ("serve --no-browser --port 0", f"{HEAVY} sim.analysis sim.page.payload sim.results"),
    ],
)
def test_a_command_imports_only_what_it_needs(words: str, unneeded: str) -> None:
    """The live page is served before the engine is there: nobody waits for it to see the page."""
    code = (
        "import sys, sim.cli\n"
        "if 'serve' in sys.argv:\n    import sim.web.server as server\n"
        "    server.serve = lambda *_, **__: None\n"
        "try:\n    sim.cli.main(sys.argv[2:])\nexcept SystemExit as end:\n"
        "    print(end.code, *set(sys.argv[1].split()) & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, unneeded, *words.split()],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stderr == "0\n"


def test_no_garbage_is_searched_for_as_a_command_ends() -> None:
    code = (
        "import atexit, gc, sys, sim.cli\n"
        "atexit.register(lambda: print(gc.get_freeze_count() > 10_000, file=sys.stderr))\n"
        "sim.cli.main(['--version'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "True\n"


def test_duckdb_has_nothing_to_complain_of_as_a_command_ends() -> None:
    code = "import sim.cli.surroundings as found\nfound.settle()\nimport duckdb"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == ""


def test_import_sim_is_light_and_names_are_there() -> None:
    code = (
        "import sys, sim\nassert 'numpy' not in sys.modules\n"
        "sim.compare\nassert 'pydantic' not in sys.modules\n"
        "print([getattr(sim, n) for n in dir(sim)])"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--version") == 0
    assert re.fullmatch(r"uptake \S+\n", capsys.readouterr().out)


def test_an_unknown_command_suggests_a_near_miss(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("compar") == 2
    assert "did you mean compare?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EDQUOT, "quota"),
        (errno.EACCES, "may not be read or written"),
        (errno.EROFS, "read-only"),
    ],
)
def test_trouble_with_files_is_said_in_words(
    number: int, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number), "some/file")

    monkeypatch.setattr("sim.cli.run.carry_out", fail)
    assert call("run", "mandate") == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("some/file: ")
    assert words in captured.err
    assert captured.out == ""


def test_interrupted(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sim.cli.run.carry_out", interrupt)
    assert call("run", "mandate") == 130
    assert "Interrupted" in capsys.readouterr().err


@pytest.mark.slow
def test_ctrl_c_in_the_middle_leaves_nothing(tmp_path: Path) -> None:
    def interruptible() -> None:  # also where the tests run in the background of a shell
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    process = start(
        "compare", "--replicates", "20000", "--threads", "1",
        "--out", str(tmp_path / "out"), preexec_fn=interruptible,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not list(tmp_path.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(2)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    # Python ends by the signal itself where it was met in code made at run time.
    assert process.returncode in (130, -signal.SIGINT)
    assert (out, err.strip()) == ("", "Interrupted: nothing was written.")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    def little_room() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))

    process = start(
        "run", "mandate", "--organisation", "small-firm", "--replicates", "40",
        "--out", str(tmp_path / "out"), preexec_fn=little_room,
    )  # fmt: skip
    _, err = process.communicate(timeout=120)
    assert process.returncode == 2
    assert "larger than allowed" in err
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


def test_a_closed_pipe_is_no_trouble() -> None:
    process = start("parameters")
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == ""
    assert process.wait(30) == -signal.SIGPIPE  # as cat does
