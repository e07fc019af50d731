"""Every command that writes, killed at any time and on a disk that fills at any point.

Once or twice for each command; with ``pytest -m soak`` at twenty times and five sizes.
"""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHORT = "-n 2 --weeks 4 --organisation small-firm"
STUDY = """
scenarios: [training-first, everything]
organisation: small-firm
weeks: 3
uncertainties: {b_trust: , b_habit: }
design: {latin hypercube: 40}
replicates: 2
"""
PLAN = """
name: Few plans
organisation: small-firm
weeks: 8
interventions:
  - loyalty conversation: {label: loyalty, latest: week 5, doses: [0, 1]}
  - usage policy: {label: policy, latest: week 5, doses: [0, 1]}
timeline:
  - access: {start: week 2}
objective: {what: share, of: weekly_users, at: week 8}
step: 2
"""
PILOT = """
purpose: Which sets agree with a pilot?
seed: 5
effort: {chains: 1, sets: 16, first: 2, sweeps: 1, last_sweeps: 4, checks: 1, reach: 2}
parameters: [b_0, b_habit]
settings:
  pilot: {purpose: a pilot, people: 30, weeks: 6, replicates: 2, arms: {plain: plain.yaml}}
targets:
  users: {target: P, says: a third use it, source: ASSUMPTION, setting: pilot, measure: share,
          of: weekly_users, arms: [plain], weeks: [5, 6], observed: 0.33, error: 0.3}
"""
OBSERVED = "week,weekly_users\n1,0.0\n2,0.1\n3,0.15\n"

WRITING = {
    "run": (f"run everything {SHORT} --out out --force", "out"),
    "compare": (f"compare everything training-first {SHORT} --out out --force", "out"),
    "report": (f"report everything {SHORT} --out out.html --force", "out.html"),
    "describe": ("describe small-firm --out out.png", "out.png"),
    "schema": ("schema plan --out out.json", "out.json"),
    "sweep": ("sweep study.yaml --out out --workers 1", "out"),
    "sensitivity": ("sensitivity study --method pawn", "study/sensitivity"),
    "plan": ("plan plan.yaml --runs 100 --out out --force", "out"),
    "calibrate": ("calibrate pilot.yaml --out out --force", "out"),
    "replan": ("replan plan --observed observed.csv --runs 100 --worlds 4 --out out", "out"),
}
ANY_TIME = frozenset({"manifest.json", "answer.json"})
"""Files that tell versions or how long it took: the others are the same every time."""


def uptake(words: str, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "sim", *words.split()],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def done(words: str, folder: Path) -> tuple[int, str]:
    process = uptake(words, folder)
    _, err = process.communicate(timeout=600)
    return process.returncode, err


@pytest.fixture
def place(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A folder with what the command needs."""
    command = request.node.callspec.params["command"]
    (tmp_path / "study.yaml").write_text(STUDY)
    (tmp_path / "plan.yaml").write_text(PLAN)
    (tmp_path / "pilot.yaml").write_text(PILOT)
    (tmp_path / "plain.yaml").write_text("timeline: [{access: {start: week 1}}]")
    (tmp_path / "observed.csv").write_text(OBSERVED)
    if command == "sensitivity":
        assert done("sweep study.yaml --out study --workers 1", tmp_path)[0] == 0
    if command == "replan":
        assert done("plan plan.yaml --runs 100 --out plan", tmp_path)[0] == 0
    return tmp_path


def content(path: Path) -> object:
    """Return what an output holds, but for work that goes on; empty where there is none."""
    if (path / "runs").is_dir():
        from sim.analysis.sweep import Study

        return Study(path).frame().sort_values("key").to_csv()
    files = [path] if path.is_file() else sorted(path.rglob("*"))
    return {
        str(file.relative_to(path.parent)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in files
        if file.is_file()
        and file.name not in ANY_TIME
        and not {"evaluations", "populations"} & set(file.parts)
        and ".unfinished-" not in str(file)
    }


def leftovers(folder: Path) -> list[Path]:
    return list(folder.rglob("*.unfinished-*"))


def kill_at_times(command: str, place: Path, times: int) -> None:
    words, name = WRITING[command]
    out = place / name
    begun = time.monotonic()
    code, err = done(words, place)
    took = time.monotonic() - begun
    assert code == 0, err
    whole = content(out)
    drawn = random.Random(command)
    for number in range(times):
        anew = number % 2
        if anew:
            out.unlink() if out.is_file() else shutil.rmtree(out, ignore_errors=True)
        process = uptake(words, place)
        time.sleep(took * drawn.uniform(0.1, 1.05))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        if command != "sweep":  # its rows come one by one, and are counted
            assert content(out) == whole or (anew and not content(out))
        if anew and not content(out):
            assert done(words, place)[0] == 0
    code, err = done(words, place)
    assert code == 0, err
    assert content(out) == whole
    assert leftovers(place) == []


@pytest.mark.skipif(os.name == "nt", reason="there is no kill -9")
@pytest.mark.parametrize("command", ["compare", "schema"])
def test_a_kill_loses_nothing(command: str, place: Path) -> None:
    kill_at_times(command, place, 2)


@pytest.mark.soak
@pytest.mark.skipif(os.name == "nt", reason="there is no kill -9")
@pytest.mark.parametrize("command", WRITING)
def test_twenty_kills_lose_nothing(command: str, place: Path) -> None:
    kill_at_times(command, place, 20)


def fill_at(command: str, place: Path, sizes: list[int]) -> None:
    """Run with a file system of a few kilobytes around the output."""
    words = WRITING[command][0]
    room = place / "room"
    room.mkdir()
    inner = words.replace("--out out", "--out room/out")
    last = _last(command)
    for size in sizes:
        line = f'mount -t tmpfs -o size={size}k tmpfs room; "$@"; echo "code $?"; '
        line += f'find room -name "*.unfinished-*" -o -name "{last}"'
        ended = subprocess.run(
            ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", line, "sh",
             sys.executable, "-m", "sim", *inner.split()],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            cwd=place, capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip
        said = ended.stdout[ended.stdout.rindex("code ") :].splitlines()
        assert "Traceback" not in ended.stderr
        assert not [line for line in said if ".unfinished-" in line], said
        if said[0] == "code 0":
            continue
        assert said[0] == "code 2", ended.stderr
        assert "disk is full" in ended.stderr or "No space left" in ended.stderr
        assert said[1:] == [], "something half-written is left"


def _last(command: str) -> str:
    """Return the file without which an output is not whole."""
    name = WRITING[command][1]
    lasts = {"plan": "answer.json", "replan": "answer.json", "calibrate": "manifest.json"}
    return lasts.get(command, name if "." in name else "verdict.txt")


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


@pytest.mark.usefixtures("may_mount")
@pytest.mark.parametrize("command", ["schema", "plan"])
def test_a_disk_that_fills_leaves_nothing_half_written(command: str, place: Path) -> None:
    fill_at(command, place, [16])


@pytest.mark.soak
@pytest.mark.usefixtures("may_mount")
@pytest.mark.parametrize("command", [c for c in WRITING if c != "sensitivity"])
def test_five_full_disks_leave_nothing_half_written(command: str, place: Path) -> None:
    fill_at(command, place, [4, 16, 40, 90, 250])
