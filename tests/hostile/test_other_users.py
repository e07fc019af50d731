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

ROOT = Path(__file__).resolve().parents[2]
NOBODY = 65534

pytestmark = pytest.mark.skipif(
    os.name == "nt" or os.geteuid() != 0, reason="only root can be somebody else"
)


AS_NOBODY = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")


@pytest.fixture
def python() -> str:
    """A Python of this version that anybody may run, and that is the same for everybody."""

    def said(*words: str) -> str:
        asked = [*words, "-c", "import ctypes, sys; print(sys.version)"]
        return subprocess.run(asked, capture_output=True, text=True, check=False).stdout

    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for program in (sys.executable, f"/usr/bin/{version}", f"/usr/local/bin/{version}"):
        if shutil.which("setpriv") and Path(program).exists():
            found = said(*AS_NOBODY, program)
            if found and found == said(program):
                return program
    pytest.skip("there is no Python here that nobody may run")


PATHS = os.pathsep.join([str(ROOT), *(one for one in sys.path if "site-packages" in one)])
KEEP = """
import sim
from sim.engine.compiling import folders
sim.run("everything", organisation="small-firm", replicates=1, weeks=1)
print(folders()[0])
"""


@pytest.fixture
def kept(python: str) -> Iterator[Path]:
    """Machine code of that Python, kept so that anybody may read and only root may write it."""
    said = subprocess.run(
        [python, "-c", KEEP], env={**os.environ, "PYTHONPATH": PATHS}, text=True,
        stdout=subprocess.PIPE, check=True,
    ).stdout  # fmt: skip
    folder, place = Path(said.strip()), Path("/tmp") / f"uptake-test-{os.getpid()}"
    shutil.copytree(folder, place / folder.name, dirs_exist_ok=True)
    (place / folder.name).chmod(0o755)
    yield place
    shutil.rmtree(place)


def test_nobody_gets_all_of_it(python: str, kept: Path) -> None:
    work = kept / "work"
    work.mkdir()
    os.chown(work, NOBODY, NOBODY)
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": PATHS, "HOME": "/nonexistent",
                   "NUMBA_CACHE_DIR": str(kept), "TMPDIR": str(work)}  # fmt: skip

    def uptake(words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*AS_NOBODY, python, "-m", "sim", *words.split()],
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
    assert list(kept.glob("kernels-*/*.nbc"))
    assert not list(kept.glob("kernels-*/*unfinished*"))
    assert not list(work.rglob("*.nbc")), "what is kept was compiled anew"
