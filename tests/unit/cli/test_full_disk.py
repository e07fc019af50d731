"""A disk that is really full: a file system of a few kilobytes, in a namespace of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

STUDY = """
scenarios: [training-first, everything]
organisation: small-firm
weeks: 4
uncertainties: {b_trust: }
design: {latin hypercube: 2000}
replicates: 4
"""


def in_small_room(room: Path, kilobytes: int, *scripts: str) -> subprocess.CompletedProcess[str]:
    """Run shell lines with a tiny file system mounted on ``room``, which ends with them."""
    mount = f"mount -t tmpfs -o size={kilobytes}k tmpfs {room}"
    command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
    return subprocess.run(
        [*command, " && ".join([mount, f"cd {room.parent}", "; ".join(scripts)])],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def room(tmp_path: Path) -> Path:
    room = tmp_path / "room"
    room.mkdir()
    try:
        tried = in_small_room(room, 48, "true")
    except FileNotFoundError:
        pytest.skip("unshare is not here: only Linux has file systems of one's own")
    if tried.returncode:
        pytest.skip(f"no file system of one's own may be mounted here: {tried.stderr.strip()}")
    return room


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("run everything -n 2 --weeks 4 --out room/there", "the disk is full"),
        ("report everything -n 2 --weeks 4 --out room/there.html", "the disk is full"),
        ("describe services-firm --out room/there.png", "the disk is full"),
        ("schema --out room/there.json", "the disk is full"),
    ],
)
def test_a_full_disk_is_said_and_leaves_nothing_behind(room: Path, words: str, said: str) -> None:
    uptake = f"{sys.executable} -m sim {words}"
    done = in_small_room(room, 48, uptake, "echo code $?", "ls -A room", "echo end")
    assert done.stdout.endswith("code 2\nend\n"), done.stdout
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_study_goes_on_once_there_is_room(room: Path) -> None:
    (room.parent / "study.yaml").write_text(STUDY, "utf-8")
    uptake = f"{sys.executable} -m sim sweep study.yaml --out room/study --workers 1"
    more = f"mount -o remount,size=100M {room}"
    done = in_small_room(room, 96, uptake, "echo code $?", more, uptake, "echo code $?")
    assert [line for line in done.stdout.splitlines() if line.startswith("code")] == [
        "code 2",
        "code 0",
    ]
    assert "the disk is full" in done.stderr
    assert "16,000 of 16,000 runs are stored" in done.stdout
    assert "Traceback" not in done.stderr
