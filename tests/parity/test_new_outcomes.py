"""A mean of a quantity of people, or a share with a level of it: an outcome is a row of a table."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

WITH_THREE_MORE = """
from enum import IntEnum

import numpy as np

import sim.outcomes as of

of.OUTCOMES += (
    of.Variable("promise", "1", "mean promise"),
    of.Variable("trusting", "share", "expressed trust of a half or more", of="trust", least=0.5),
    of.Variable("able", "share", "capability of 0.3 or more", of="capability", least=0.3),
)
of.Outcome = IntEnum("Outcome", {v.name: i for i, v in enumerate(of.OUTCOMES)})
"""

IN_BOTH_ENGINES = """
from sim.abm import UptakeModel
from sim.engine.memory import column

compiled, agents = (
    UptakeModel("training-first", 1, organisation="small-firm", weeks=8, engine=engine)
    for engine in ("compiled", "agents")
)
for week in range(8):
    compiled.step()
    agents.step()
assert compiled.weekly.shape == (8, len(of.OUTCOMES))
assert (compiled.weekly == agents.weekly).all() and (compiled.teams == agents.teams).all()
promise, trusting, able = compiled.weekly[-1, -3:]
memory = compiled.memory
assert np.isclose(promise, column(memory, "promise").mean())
assert trusting == (memory.visible[compiled.now]["trust"] >= 0.5).mean() > 0.1
assert able == (column(memory, "capability") >= 0.3).mean() > 0.1
print("told")
"""


COMPILED = """
from sim.engine.parallel_compile import _parts

for loop, types in _parts():
    if loop.py_func.__module__ == "sim.engine.recording":
        loop.compile(types)
        print(loop.py_func.__name__)
"""


def said(code: str) -> list[str]:
    """Return what a process prints that has three more outcomes."""
    found = subprocess.run(
        [sys.executable, "-c", WITH_THREE_MORE + code], capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stderr
    return found.stdout.split()


@pytest.mark.slow
def test_both_engines_record_them_without_another_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    assert said(IN_BOTH_ENGINES) == ["told"]


@pytest.mark.slow  # it compiles loops anew
def test_the_loops_that_record_them_can_be_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other loops know nothing of outcomes, and ``test_compiling`` compiles them all."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    monkeypatch.delenv("NUMBA_DISABLE_JIT", raising=False)
    assert {"classify", "add_people", "write_means"} <= set(said(COMPILED))
