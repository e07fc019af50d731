"""Notebooks, other ways to start processes, other clocks and languages: the same numbers."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from inputs import SHORT

Uptake = Callable[..., "subprocess.CompletedProcess[str]"]
ROOT = Path(__file__).resolve().parents[2]
STUDY = """
scenarios: [training-first]
organisation: small-firm
weeks: 3
uncertainties: {b_trust: }
design: {latin hypercube: 4}
replicates: 2
"""

FIRST = f"""
import sys
!{{sys.executable}} -m sim compare everything training-first {SHORT} --out results
"""
SECOND = """
import sim
found = sim.compare(
    ["everything", "training-first"], organisation="small-firm", replicates=2, weeks=4
)
print(found.verdict())
found.table("summary").num_rows
"""


def test_a_notebook_has_the_command_and_the_library(tmp_path: Path) -> None:
    nbclient = pytest.importorskip("nbclient", reason="there is no nbclient")
    nbformat = pytest.importorskip("nbformat", reason="there is no nbformat")
    pytest.importorskip("ipykernel", reason="there is no kernel for notebooks")
    cells = [nbformat.v4.new_code_cell(text) for text in (FIRST, SECOND)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    client = nbclient.NotebookClient(
        notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}
    )
    client.execute(env={**os.environ, "PYTHONPATH": str(ROOT)})
    said = ["".join(out.get("text", "") for out in cell["outputs"]) for cell in notebook.cells]
    assert "Written to results" in said[0]
    assert (tmp_path / "results" / "curves.png").is_file()
    verdict = (tmp_path / "results" / "verdict.txt").read_text("utf-8")
    assert said[1].strip() == verdict.strip()


@pytest.mark.parametrize("method", ["spawn", "forkserver", "fork"])
def test_any_way_to_start_processes(tmp_path: Path, method: str) -> None:
    import multiprocessing

    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"there is no {method} here")
    (tmp_path / "study.yaml").write_text(STUDY)
    (tmp_path / "script.py").write_text(
        f"import multiprocessing\nmultiprocessing.set_start_method({method!r})\n"
        "import sim\nstudy = sim.sweep('study.yaml', out='study', workers=2)\n"
        "print(len(study.frame()))\n"
    )
    done = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[-1] == "8"


PLACES: dict[str, dict[str, Any]] = {
    "C, east": {
        "LANG": "C",
        "LC_ALL": "C",
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
        "TZ": "Pacific/Kiritimati",
    },
    "Turkish, west": {"LANG": "tr_TR.UTF-8", "LC_ALL": "tr_TR.UTF-8", "TZ": "Etc/GMT+12"},
    "no zone": {"TZ": ""},
}


def test_no_clock_and_no_language_changes_a_file(uptake: Uptake, tmp_path: Path) -> None:
    words = ("compare", "everything", "training-first", *SHORT.split(), "--out")
    assert uptake(*words, "here").returncode == 0
    here = {file.name: file.read_bytes() for file in (tmp_path / "here").iterdir()}
    for number, (place, variables) in enumerate(PLACES.items()):
        done = uptake(*words, f"there{number}", encoding="latin-1", **variables)
        assert done.returncode == 0, (place, done.stderr)
        there = {file.name: file.read_bytes() for file in (tmp_path / f"there{number}").iterdir()}
        assert there == here, place


def test_any_folder_for_temporary_files(uptake: Uptake, tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_text(STUDY)
    long = tmp_path / ("x" * 100)  # too long for a socket in it
    long.mkdir()
    done = uptake("sweep", "study.yaml", "--out", "study", "--workers", "2", TMPDIR=str(long))
    assert done.returncode == 0, done.stderr
    assert list(long.iterdir()) == []
    odd, gone = tmp_path / "b'l\"a%20nk ü", tmp_path / "gone"
    no_text = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff"))
    for place in (odd, no_text):
        place.mkdir()
    for place in (odd, no_text, gone, tmp_path / "study.yaml"):
        count = ("results", "study", "--sql", "select count(*) from runs")
        done = uptake(*count, TMPDIR=str(place))
        assert done.returncode == 0, (place, done.stderr)
        assert ("TMPDIR" in done.stderr) == (place == no_text)
    assert [*odd.iterdir(), *no_text.iterdir()] == []
