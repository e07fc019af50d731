"""Another ``sim`` on the import path does not stand in the way of the command."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STUDY = """
scenarios: [training-first]
organisation: small-firm
weeks: 2
uncertainties: {b_trust: }
design: {latin hypercube: 4}
replicates: 1
"""
EARLY = "import os, sys; sys.path.insert(0, os.environ['PYTHONPATH']); import sim; sys.path.pop(0)"
SHADOWS = {
    "a file": {"sim.py": "raise SystemExit('another sim')"},
    "a folder": {"sim/data.csv": ""},
    "a package": {"sim/__init__.py": "", "sim/cli.py": "def main(): raise SystemExit(3)"},
    "one imported at the start": {"sim.py": "", "sitecustomize.py": EARLY},
}


@pytest.fixture(params=SHADOWS)
def shadow(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    for name, text in SHADOWS[request.param].items():
        file = tmp_path / "lib" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path / "lib"


def command(shadow: Path, words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", str(ROOT / "uptake_command.py"), *words.split()],
        env={**os.environ, "PYTHONPATH": str(shadow)},
        cwd=shadow.parent,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_the_command_finds_its_own(shadow: Path) -> None:
    done = command(shadow, "--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("uptake ")


def test_so_do_the_processes_that_it_starts(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "sim.py").write_text("raise SystemExit('another sim')")
    (tmp_path / "study.yaml").write_text(STUDY)
    done = command(tmp_path / "lib", "sweep study.yaml --out study --workers 2")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("4 of 4 runs")
