"""The cache of machine code: filled once, by two processes, and never stale."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from llvmlite import binding as llvm

import sim

RUN = "import sim; sim.run('everything', organisation='small-firm', replicates=1, weeks=1)"
WHERE = "from sim.engine.compiling import _cache_directory; print(_cache_directory())"
FEATURES = "from sim.engine.compiling import numba; print(numba.config.CPU_FEATURES)"


def python(code: str, cache: Path, folder: Path | None = None, **also: str) -> str:
    """Run code in a process of its own, with its own cache, and return what it prints."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(cache), **also}
    environment.pop("NUMBA_DISABLE_JIT", None)
    if folder is not None:
        environment["PYTHONPATH"] = str(folder)
    return subprocess.run(
        [sys.executable, "-c", code],
        env=environment, cwd=folder, capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip


def test_every_loop_is_compiled_once(tmp_path: Path) -> None:
    """``sim.engine.first`` names the very types that the engine passes: none is compiled anew."""
    python(RUN, tmp_path)
    names = [file.name for file in tmp_path.rglob("*.nbc")]
    assert any(name.startswith("runs.advance_runs") for name in names)
    assert any(name.startswith("block.choose") for name in names)
    assert not [name for name in names if not name.endswith(".1.nbc")]


@pytest.mark.parametrize("source", ["rules/habit.py", "engine/week.py", "parameters.py"])
def test_an_edited_source_has_another_cache(tmp_path: Path, source: str) -> None:
    copy = tmp_path / "sim"
    shutil.copytree(Path(sim.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__"))
    before = python(WHERE, tmp_path / "cache", tmp_path)
    assert python(WHERE, tmp_path / "cache", tmp_path) == before
    with (copy / source).open("a", encoding="utf-8") as file:
        file.write("# edited\n")
    assert python(WHERE, tmp_path / "cache", tmp_path) != before


def test_vectors_are_as_wide_as_the_processor_has_good_ones(tmp_path: Path) -> None:
    features = python(FEATURES, tmp_path)
    wide = llvm.get_host_cpu_features().get("avx512vbmi2", False)
    assert features.endswith(",-prefer-256-bit") if wide else features == "None"


def test_a_users_word_on_the_processor_counts(tmp_path: Path) -> None:
    assert python(FEATURES, tmp_path, NUMBA_CPU_FEATURES="+sse2") == "+sse2"
