"""The command ``uptake`` in this process."""

from __future__ import annotations

import pytest

from sim.cli import main


def call(*arguments: str) -> int:
    """Carry out a command; return its exit code."""
    with pytest.raises(SystemExit) as end:
        main(arguments)
    return int(end.value.code or 0)
