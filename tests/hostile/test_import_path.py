"""Another ``sim`` on the import path does not stand in the way of the command."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import uptake_command

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
    "none, and no hook for errors": {"sitecustomize.py": "import sys; sys.excepthook = None"},
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


RAISES = "raise RuntimeError('mine')"


@pytest.mark.parametrize(
    ("name", "text"),
    [*((name, RAISES) for name in ("click", "json", "numpy", "typing", "rich")),
     ("click", "mine = 1"), ("numpy", "mine = 1")],
)  # fmt: skip
def test_another_module_in_the_way_is_named(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / f"{name}.py").write_text(text)
    done = command(tmp_path / "lib", "describe small-firm")
    assert done.returncode in (2, 70)
    *_, last = done.stderr.splitlines()
    assert f"{name}.py: stands in the way of the module {name}" in last
    assert "Traceback" not in done.stderr


def test_what_is_installed_there_stands_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / "click").mkdir()
    (tmp_path / "click" / "__init__.py").write_text("")
    assert uptake_command._shadows(str(tmp_path), sys.path)
    (tmp_path / "click-8.0.dist-info").mkdir()
    assert not uptake_command._shadows(str(tmp_path), sys.path)


def test_what_lies_in_the_current_folder_is_nobodys_module(tmp_path: Path) -> None:
    for name in ("json", "numpy", "random", "rich", "statistics"):
        (tmp_path / f"{name}.py").write_text(RAISES)
    done = subprocess.run(
        [sys.executable, "-m", "sim", "describe", "small-firm"], cwd=tmp_path, capture_output=True,
        text=True, timeout=300, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_a_plugin_of_pydantic_is_not_loaded(tmp_path: Path) -> None:
    about = tmp_path / "lib" / "noisy-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Name: noisy\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[pydantic]\nnoisy = noisy:plugin\n")
    (about.parent / "noisy.py").write_text("raise SystemExit('noisy')")
    done = command(about.parent, "validate training-first")
    assert (done.returncode, done.stderr) == (0, "")
