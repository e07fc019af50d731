"""The command as a process of its own, in surroundings that a test makes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = (sys.executable, "-m", "sim")
SMALL = ("--organisation", "small-firm", "-n", "2", "--weeks", "4")
"""Options that make a run short."""

Uptake = Callable[..., "subprocess.CompletedProcess[str]"]


def surroundings(**variables: str | None) -> dict[str, str]:
    """Return this environment with variables set, or taken away where None."""
    given = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
    return {name: value for name, value in given.items() if value is not None}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what takes hours unless it is asked for by its mark."""
    if "soak" in (config.option.markexpr or ""):
        return
    items[:] = [item for item in items if item.get_closest_marker("soak") is None]


@pytest.fixture
def uptake(tmp_path: Path) -> Uptake:
    """Run the command in a folder of its own; the output is bytes read as Latin-1 or UTF-8."""

    def run(
        *arguments: str,
        shell: str = "",
        gone: bool = False,
        encoding: str = "utf-8",
        **variables: str | None,
    ) -> subprocess.CompletedProcess[str]:
        words = [*PROGRAM, *arguments]
        if gone:  # from a folder that was removed
            line = 'mkdir gone && cd gone && rmdir ../gone && exec "$@"'
            words = ["bash", "-c", line, "bash", *words]
        if shell:  # what follows the command in a shell line, such as a redirection
            words = ["bash", "-c", f'"$@" {shell}', "bash", *words]
        return subprocess.run(
            words,
            env=surroundings(**variables),
            cwd=tmp_path,
            capture_output=True,
            encoding=encoding,
            timeout=300,
            check=False,
        )

    return run
