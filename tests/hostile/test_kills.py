"""Every command that writes, killed at any time and on a disk that fills at any point.

Two commands as a rule; all of them with ``pytest -m soak``: killed twenty times by the clock, at
each step by which files come to stand where they belong, and on disks that fill at five points.
"""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from inputs import PILOT, SHORT, written
from sim.cli import COMMANDS


@dataclass(frozen=True)
class Writing:
    """A command that writes.

    Parameters
    ----------
    words : str
    out : str
        What it writes; empty where it leaves nothing.
    earlier : str
        The same command with other content, whose output it replaces; empty where nothing is.
    before : str
        What must have been carried out first.
    grows : bool
        Whether what is there already is whole without the rest.
    apart : bool
        Whether it writes several files into a folder that is there, each for itself.
    """

    words: str
    out: str
    earlier: str = ""
    before: str = ""
    grows: bool = False
    apart: bool = False


_PLAN = "plan plan.yaml --runs 100 --worlds 20"
_TRACK = "track people --usage observed.csv --plan everything --weeks 4 --sets 16 --out out --force"
_REPLAN = "replan before --observed observed.csv --runs 100 --worlds 20 --anyway --out out --force"

WRITING = {
    "run": Writing(f"run everything {SHORT} --record people --out out --force --seed 1", "out",
                   f"run everything {SHORT} --out out --force"),
    "compare": Writing(f"compare everything training-first {SHORT} --out out --force --seed 1",
                       "out", f"compare everything training-first {SHORT} --out out --force"),
    "report": Writing(f"report everything {SHORT} --out out.html --force --seed 1", "out.html",
                      f"report everything {SHORT} --out out.html --force"),
    "report --pdf": Writing(
        f"report everything {SHORT} --out out/out.html --pdf --force --seed 1", "out",
        f"report everything {SHORT} --out out/out.html --pdf --force", apart=True),
    "report of a comparison": Writing(
        "report before --out out.html --force", "out.html",
        f"report everything {SHORT} --out out.html --force",
        before=f"compare everything training-first {SHORT} --out before"),
    "report of a plan": Writing(
        "report before --out out.html --force", "out.html",
        f"report everything {SHORT} --out out.html --force", before=f"{_PLAN} --out before"),
    "describe": Writing("describe small-firm --out out.png", "out.png",
                        "describe people --out out.png"),
    "values": Writing("values people --out out.svg", "out.svg", "describe people --out out.svg"),
    "import": Writing("import hr.csv --out out", "out"),
    "example": Writing("example --out out", "out"),
    "diagnose": Writing("diagnose people --usage observed.csv --out out", "out"),
    "diagnose by questionnaire": Writing("diagnose --questionnaire out.csv", "out.csv"),
    "track": Writing(f"{_TRACK} --seed 1", "out", _TRACK),
    "import with pseudonyms": Writing("import hr.csv --pseudonyms --key my.key --out out", "out"),
    "schema": Writing("schema plan --out out.json", "out.json", "schema study --out out.json"),
    "new-plugin": Writing("new-plugin uptake-lunch-talk --out out", "out"),
    "sweep": Writing("sweep study.yaml --out out --workers 1", "out", grows=True),
    "sensitivity": Writing("sensitivity study --method pawn --seed 1", "study/sensitivity",
                           "sensitivity study --method pawn",
                           before="sweep study.yaml --out study --workers 1"),
    "results": Writing("results before --sql select(1)", "",
                       before="sweep study.yaml --out before --workers 1"),
    "reproduce": Writing("reproduce before", "",
                         before=f"compare everything training-first {SHORT} --out before"),
    "reproduce of a study": Writing("reproduce before --runs 2", "",
                                    before="sweep study.yaml --out before --workers 1"),
    "plan": Writing(f"{_PLAN} --out out --force --seed 1", "out", f"{_PLAN} --out out --force"),
    "replan": Writing(f"{_REPLAN} --seed 1", "out", _REPLAN, before=f"{_PLAN} --out before"),
    "calibrate": Writing("calibrate pilot.yaml --out out --force", "out",
                         "calibrate other.yaml --out out --force"),
}  # fmt: skip
READING = frozenset(
    {"serve", "demo", "validate", "interventions", "parameters", "claims", "discover", "plugins",
     "doctor"}
)  # fmt: skip
"""Commands that leave no files."""

GOES_ON = frozenset({"evaluations", "populations", "key"})
"""What a command keeps while it works, to go on from."""

TIMED = {"calibrate": ("manifest.json",), "plan": ("schedule.xlsx",), "replan": ("schedule.xlsx",),
         "report --pdf": ("out.pdf",)}  # fmt: skip
"""Files that tell when they were made, or how long it took: their last bytes alone are compared."""


def test_no_command_is_left_out() -> None:
    assert {name.split()[0] for name in WRITING} | READING == set(COMMANDS)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with what the commands read."""
    written(tmp_path)
    (tmp_path / "other.yaml").write_text(PILOT.replace("seed: 5", "seed: 6"))
    (tmp_path / "tmp").mkdir()
    return tmp_path


def content(out: Path, command: str) -> object:
    """Return what an output holds, but for work that goes on; empty where there is none."""
    if command == "sweep":
        from sim.analysis.sweep import Study

        return str(Study(out).frame().to_csv()) if (out / "manifest.json").exists() else {}
    files = [out] if out.is_file() else sorted(out.rglob("*"))
    return {
        str(file.relative_to(out.parent)): hashlib.sha256(
            file.read_bytes()[-2:] if file.name in TIMED.get(command, ()) else file.read_bytes()
        ).hexdigest()
        for file in files
        if file.is_file()
        and not GOES_ON & set(file.relative_to(out.parent).parts)
        and ".unfinished-" not in str(file)
    }


def removed(path: Path) -> None:
    path.unlink() if path.is_file() else shutil.rmtree(path, ignore_errors=True)


def copied(source: Path, target: Path) -> None:
    removed(target)
    if source.is_file():
        shutil.copy2(source, target)
    elif source.is_dir():
        shutil.copytree(source, target, symlinks=True)


class Trial:
    """A command, what it replaces, and what it makes."""

    def __init__(self, command: str, place: Path, zygote: Any) -> None:
        self.command, self.writing, self.place, self.zygote = (
            command,
            WRITING[command],
            place,
            zygote,
        )
        self.out = place / self.writing.out if self.writing.out else place / "nothing"
        self.was, self.new = place / "kept" / "was", place / "kept" / "new"
        self.was.parent.mkdir()
        self.begin(earlier=False)
        for words in filter(None, (self.writing.before, self.writing.earlier)):
            self.carry_out(words)
        copied(self.out, self.was)
        began = time.monotonic()
        self.steps = self.carry_out(self.writing.words)
        self.seconds = time.monotonic() - began
        copied(self.out, self.new)
        self.whole = content(self.out, command)
        self.former = content_of(self.was, self.out, command)
        assert self.whole != self.former or not self.writing.out
        assert self.left() == []

    def carry_out(self, words: str) -> int:
        code, steps, said = self.zygote.call(words, self.place)
        assert code == 0, (words, said)
        return int(steps)

    def begin(self, *, earlier: bool) -> None:
        """Put back what the command finds: what an earlier one wrote, or nothing."""
        copied(self.was, self.out) if earlier else removed(self.out)
        if self.writing.apart:
            self.out.mkdir(exist_ok=True)

    def check(self, found: Any, earlier: bool, *where: object) -> None:
        """See that all is as it was, or as it is to be."""
        former: Any = self.former if earlier else {}
        if self.writing.apart:
            assert found.items() <= self.whole.items() | former.items(), (self.command, where)
        elif not self.writing.grows:
            assert found in (self.whole, former), (self.command, where)

    def left(self) -> list[Path]:
        in_passing = [
            entry
            for entry in (self.place / "tmp").iterdir()
            if not entry.name.startswith("pymp-")  # of multiprocessing: Python removes it itself
        ]
        return [*self.place.rglob("*.unfinished-*"), *in_passing]

    def killed(self, earlier: bool, **when: Any) -> bool:
        """Kill the command over what was there before, or over nothing; see what it leaves."""
        self.begin(earlier=earlier)
        code, _, said = self.zygote.call(self.writing.words, self.place, **when)
        if code not in (-9, 0):  # before its start was over, or it was done
            pytest.fail(f"{self.command}: {code} {said}")
        found = content(self.out, self.command)
        self.check(found, earlier, when)
        if found != self.whole:
            self.carry_out(self.writing.words)
            assert content(self.out, self.command) == self.whole
        elif self.left():  # the next start sweeps, whatever it then finds
            self.zygote.call(self.writing.words, self.place)
        assert self.left() == [], (self.command, when)
        return code == -9


def content_of(kept: Path, out: Path, command: str) -> object:
    """Return the content of a copy under the names of what it is a copy of."""
    there = out.parent / "there"
    there.mkdir()
    copied(kept, there / out.name)
    found = content(there / out.name, command)
    shutil.rmtree(there)
    return found


def kill(command: str, place: Path, zygote: Any, times: int, *, both: bool = True) -> None:
    """Kill a command by the clock and at each of its steps, over nothing and over an earlier one.

    At a step over the two by turns, unless over both.
    """
    trial, drawn = Trial(command, place, zygote), random.Random(command)
    replaces = bool(trial.writing.earlier)
    for number in range(times):
        earlier = replaces and number % 2 == 0
        trial.killed(earlier, after=trial.seconds * drawn.uniform(0.02, 1.02))
    for turn in {False, replaces and both}:
        for step in range(100):
            earlier = turn if both else replaces and step % 2 == 0
            if not trial.killed(earlier, step=step):  # it took fewer steps, and was done
                break


@pytest.mark.parametrize("command", ["run", "schema", "new-plugin"])
def test_a_kill_loses_nothing(command: str, place: Path, zygote: Any) -> None:
    kill(command, place, zygote, 2, both=False)


@pytest.mark.soak
@pytest.mark.parametrize("command", WRITING)
def test_twenty_kills_lose_nothing(command: str, place: Path, zygote: Any) -> None:
    kill(command, place, zygote, 20)


PAGE = 4096
FULL = ("disk is full", "No space left")


def fill(command: str, place: Path, zygote: Any, points: tuple[float, ...]) -> None:
    """Carry out a command on a file system that fills at points of what it writes."""
    trial = Trial(command, place, zygote)
    name = trial.out.relative_to(place).parts[0]
    for earlier in {False, bool(trial.writing.earlier)}:
        trial.begin(earlier=earlier)
        there, more = pages(place / name), pages(trial.new)
        for point in points:
            found = on_a_disk_of(there + max(1, round(more * point)) + 1, name, trial)
            if found is None:
                continue
            trial.check(found, earlier, point)


def pages(path: Path) -> int:
    """Return how many pages of a file system what stands at a path takes."""
    files = [path, *path.rglob("*")] if path.exists() else []
    return sum(1 + file.stat().st_size // PAGE for file in files)


def on_a_disk_of(size: int, name: str, trial: Trial) -> object:
    """Return what is there after the command, on a small file system; None where there was room."""
    place = trial.place
    room, after = place / "room", place / "after"
    for folder in (room, after):
        removed(folder)
        folder.mkdir()
    script = (
        "mount --bind tmp /mnt; "  # a short name: a browser's sockets stand there
        f"mount -t tmpfs -o size={size * PAGE} tmpfs room; cp -a {name} room/ 2>&-; cd room; "
        'for file in ../*.yaml ../*.csv ../people ../before; do ln -s "$file" .; done 2>&-; '
        '"$@"; code=$?; cd ..; cp -a room/. after; exit $code'
    )
    ended = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh",
         sys.executable, "-m", "sim", *trial.writing.words.split()],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
             "TMPDIR": "/mnt"},
        cwd=place, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert not list(after.rglob("*.unfinished-*")), (trial.command, size)
    assert trial.left() == []
    assert ended.returncode in (0, 2), (trial.command, size, ended.stderr)
    if ended.returncode == 0:
        return None
    assert any(words in ended.stderr for words in FULL), (trial.command, size, ended.stderr)
    assert "Traceback" not in ended.stderr
    return content(after / trial.out.relative_to(place), trial.command)


@pytest.fixture
def may_mount() -> None:
    try:
        tried = subprocess.run(
            ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c",
             "mount -t tmpfs tmpfs /mnt"],
            capture_output=True, check=False,
        )  # fmt: skip
    except FileNotFoundError:
        pytest.skip("unshare is not here: only Linux has file systems of one's own")
    if tried.returncode:
        pytest.skip("no file system of one's own may be mounted here")


POINTS = (0.0, 0.2, 0.5, 0.8, 0.97)
"""Shares of what a command writes for which there is room."""


@pytest.mark.usefixtures("may_mount")
@pytest.mark.parametrize("command", ["schema", "new-plugin"])
def test_a_disk_that_fills_leaves_nothing_half_written(
    command: str, place: Path, zygote: Any
) -> None:
    fill(command, place, zygote, POINTS[:2])


@pytest.mark.soak
@pytest.mark.usefixtures("may_mount")
@pytest.mark.parametrize("command", [name for name, one in WRITING.items() if one.out])
def test_five_full_disks_leave_nothing_half_written(command: str, place: Path, zygote: Any) -> None:
    fill(command, place, zygote, POINTS)
