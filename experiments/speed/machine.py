"""What machine the figures come from, and how much of it there was."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine.compiling import entry_point
from sim.organisation import Organisation

_STAT = Path("/proc/stat")


def about(*packages: str) -> dict[str, Any]:
    """Return what the figures were measured on."""
    return {
        "processors": os.cpu_count(),
        "machine": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        **{name: metadata.version(name) for name in packages},
    }


@contextmanager
def stolen(into: dict[str, Any]) -> Iterator[None]:
    """Note which share of the wanted processor time another guest of the host had meanwhile."""
    before = _times()
    yield
    spent = _times() - before
    if spent.sum() > 0:
        into["stolen by other guests, %"] = round(100 * spent[1] / spent.sum(), 1)


def _times() -> NDArray[np.float64]:
    """Return processor time used and stolen; zeros where the system does not tell."""
    if not _STAT.exists():
        return np.zeros(2)
    user, nice, system, _idle, _wait, irq, soft, steal = map(
        float, _STAT.read_text("ascii").split()[1:9]
    )
    return np.array([user + nice + system + irq + soft, steal])


@entry_point
def _read(start: Any, target: Any, before: Any, after: Any, weeks: int) -> None:
    for _ in range(weeks):
        for i in range(len(start) - 1):
            total = 0.0
            for tie in range(start[i], start[i + 1]):
                total += before[target[tie]]
            after[i] = total
        before, after = after, before


def reading_rate(people: Organisation, weeks: int = 20_000) -> float:
    """Return person-weeks a second, in one thread, of reading one number of every neighbour.

    No model of people who listen to each other is quicker: a yardstick of the machine.
    """
    ties = people.ties
    start, target = ties.start.astype(np.uint64), ties.target.astype(np.uint64)
    before, after = np.full(people.n_people, 1e-9), np.zeros(people.n_people)
    _read(start, target, before, after, 1)
    began = perf_counter()
    _read(start, target, before, after, weeks)
    return people.n_people * weeks / (perf_counter() - began)
