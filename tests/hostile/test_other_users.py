"""Somebody without a home, who may write neither the installation nor the kept machine code."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from inputs import SHORT
from sim.engine.cache import folders

ROOT = Path(__file__).resolve().parents[2]
NOBODY = 65534

pytestmark = pytest.mark.skipif(
    os.name == "nt" or os.geteuid() != 0, reason="only root can be somebody else"
)


@pytest.fixture
def python() -> str:
    """A Python of this version that anybody may run."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for program in (sys.executable, f"/usr/bin/{version}", f"/usr/local/bin/{version}"):
        tried = (
            subprocess.run(
                ["setpriv", f"--reuid={NOBODY}", "--clear-groups", program, "-c", "import ctypes"],
                capture_output=True,
                check=False,
            )
            if shutil.which("setpriv")
            else None
        )
        if tried is not None and tried.returncode == 0:
            return program
    pytest.skip("there is no Python here that nobody may run")


@pytest.fixture
def kept() -> Iterator[Path]:
    """Kept machine code that anybody may read and only root may write."""
    place = Path("/tmp") / f"uptake-test-{os.getpid()}"
    shutil.copytree(folders()[0], place / folders()[0].name, dirs_exist_ok=True)
    (place / folders()[0].name).chmod(0o755)
    yield place
    shutil.rmtree(place)


def test_nobody_gets_all_of_it(python: str, kept: Path) -> None:
    work = kept / "work"
    work.mkdir()
    os.chown(work, NOBODY, NOBODY)
    path = os.pathsep.join([str(ROOT), *(entry for entry in sys.path if "site-packages" in entry)])
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": path, "HOME": "/nonexistent",
                   "NUMBA_CACHE_DIR": str(kept), "TMPDIR": str(work)}  # fmt: skip

    def uptake(words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
             python, "-m", "sim", *words.split()],
            env=environment, cwd=work, capture_output=True, text=True, check=False,
        )  # fmt: skip

    done = uptake(f"compare everything training-first {SHORT} --out results")
    assert done.returncode == 0, done.stderr
    assert (work / "results" / "curves.png").is_file()
    done = uptake("describe small-firm --out firm.png")
    assert done.returncode == 0, done.stderr
    done = uptake(f"run everything {SHORT} --out {kept}/results")
    assert done.returncode == 2
    assert done.stderr == f"{kept}/results: may not be read or written — " + (
        "another place, or the right to it\n"
    )
    (work / "secret").mkdir(mode=0o700)
    done = uptake(f"describe {work}/secret")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert not list((kept / folders()[0].name).glob("*unfinished*"))
