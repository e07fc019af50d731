"""The engine's loops as plain Python, under ``NUMBA_DISABLE_JIT=1``."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.engine import runs


def readable(value: Any) -> Any:
    """Let Python read the fields of records as attributes, as compiled loops do."""
    if isinstance(value, tuple):
        return type(value)(*map(readable, value))
    structured = isinstance(value, np.ndarray) and value.dtype.names
    return value.view(np.recarray) if structured else value


def prepare() -> None:
    """Make the loops readable; to be called before other modules import them by name."""
    advance = runs.advance_runs
    runs.advance_runs = lambda *arguments: advance(*map(readable, arguments))
