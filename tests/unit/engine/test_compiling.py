"""The cache of machine code: filled once, by two processes, and never stale."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from llvmlite import binding as llvm
from numba.extending import overload

import sim
from sim.case import Case
from sim.compiler import numba
from sim.engine import compiling, parallel_compile, runs
from sim.engine.compiled import run_cases
from sim.engine.compiling import entry_point, fetch
from sim.engine.runs import advance_runs
from sim.organisation import template
from sim.randomness import replicate_seeds
from sim.scenario import given

RUN = "import sim; sim.run('everything', organisation='small-firm', replicates=1, weeks=1)"
WHERE = "from sim.engine.compiling import folders; print(folders()[0])"
FEATURES = "from sim.compiler import numba; import sim.engine.compiling; "
FEATURES += "print(numba.config.CPU_FEATURES)"


def python(
    code: str, cache: Path, folder: Path | None = None, arguments: Sequence[str] = (), **also: str
) -> str:
    """Run code in a process of its own, with its own cache, and return what it prints."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(cache), **also}
    environment.pop("NUMBA_DISABLE_JIT", None)
    if folder is not None:
        environment["PYTHONPATH"] = str(folder)
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=environment, cwd=folder, capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip


def test_every_loop_is_compiled_once(tmp_path: Path) -> None:
    """``parallel_compile`` names the very types that the engine passes: none is compiled anew."""
    kept = os.environ.get("UPTAKE_TESTS_COMPILED", "").split()  # just now, for all the tests
    if not kept:
        python(f"import os; os.cpu_count = lambda: 2; {RUN}", tmp_path)
        kept = [file.name for file in tmp_path.rglob("*.nbc")]
    names = [name.rpartition("-")[0] for name in kept]
    assert {"runs.advance_runs", "block.choose"} <= set(names)
    assert len(names) == len(set(names))


def test_one_processor_compiles_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    assert parallel_compile._second_process() is None


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="nothing is compiled")
def test_the_entry_point_waits_for_no_loop_that_it_calls() -> None:
    loops = {loop for loop in vars(runs).values() if hasattr(loop, "py_func")}
    assert {loop for loop, _ in parallel_compile._parts()} == loops - {advance_runs}


LINKED = """
import sys
from sim.engine import compiling
from sim.engine.compiling import compiled, entry_point

@compiled
def inner(x):
    return x / 4.0

@compiled
def middle(x):
    return inner(x) + 1.0

@entry_point
def first(x):
    return middle(x)

@entry_point
def second(x):
    return inner(x) + middle(x)

print([globals()[name](2.0) for name in sys.argv[1:]], len(compiling._code))
"""


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="nothing is compiled")
def test_runs_in_stages_and_seeds_by_set_need_no_further_compiled_loops() -> None:
    firm = template(70)
    timeline = [{"access": {"start": 2}}, {"leaves": {"start": 4, "audience": {"count": 6}}}]
    plain, staged = (
        Case.of(given({"name": "rollout", "weeks": 6, "timeline": timeline[:n]}), firm)
        for n in (1, 2)
    )
    run_cases([plain], replicate_seeds(0, 2), weeks=6)
    before = len(advance_runs.signatures)  # type: ignore[attr-defined]
    run_cases([plain], replicate_seeds(0, 2)[None], weeks=6)
    run_cases([staged], replicate_seeds(0, 2), weeks=6)
    assert len(advance_runs.signatures) == before  # type: ignore[attr-defined]


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="nothing is compiled")
def test_whoever_calls_a_loop_finds_it_compiled_or_loaded(tmp_path: Path) -> None:
    for names in (["first"], ["first", "second"], ["second", "first"], ["second"]):
        values = [{"first": 1.5, "second": 2.0}[name] for name in names]
        assert python(LINKED, tmp_path, arguments=names) == f"{values} 2"
    assert len(list(tmp_path.rglob("*.nbc"))) == 4


@pytest.mark.parametrize("source", ["rules/learning.py", "engine/week.py", "parameters.toml"])
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


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="nothing is compiled")
def test_what_is_fetched_ahead_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "folders", tuple)

    @entry_point
    def read(rows: np.ndarray) -> float:
        fetch(rows, 2)
        return rows[0]  # type: ignore[no-any-return]

    rows = np.arange(3.0)
    assert read(rows) == 0.0
    assert rows.tolist() == [0.0, 1.0, 2.0]
    assert any("prefetch" in text for text in read.inspect_asm().values())  # type: ignore[attr-defined]


def ignored() -> None:
    ctypes.CFUNCTYPE(None)(lambda: signal.raise_signal(signal.SIGINT))()


def made_an_error() -> None:
    try:
        signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt:
        raise RuntimeError("half compiled") from None


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="nothing is compiled")
@pytest.mark.parametrize("ctrl_c", [ignored, made_an_error])
def test_ctrl_c_while_a_loop_is_compiled_is_ctrl_c(
    ctrl_c: Callable[[], None], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(compiling, "folders", tuple)
    monkeypatch.setattr(sys, "unraisablehook", sys.__unraisablehook__)

    def five() -> int:
        return 5

    @overload(five)
    def _() -> object:  # numba asks while it compiles whoever calls
        ctrl_c()
        return lambda: 5

    @entry_point
    def inner() -> int:
        return five()

    @entry_point
    def outer() -> int:
        return inner()

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            outer()
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        assert sys.unraisablehook is sys.__unraisablehook__
    finally:
        signal.signal(signal.SIGINT, before)
    assert capfd.readouterr().err == ""
