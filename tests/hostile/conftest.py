"""The command as a process of its own, in surroundings that a test makes."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from servers import shows
from sim.web.guard import Rounds, ServerAccess
from sim.web.socket import Phones, Tab

ROOT = Path(__file__).resolve().parents[2]
HANGS = 600
"""Seconds after which a command hangs."""

PROGRAM = (sys.executable, "-m", "sim")

Uptake = Callable[..., "subprocess.CompletedProcess[str]"]


def surroundings(**variables: str | None) -> dict[str, str]:
    """Return this environment with variables set, or taken away where None."""
    given = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
    return {name: value for name, value in given.items() if value is not None}


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


@pytest.fixture(scope="session")
def tab() -> Tab:
    """A tab without its socket, which phones could reach."""
    plans = ("order-training-first", "order-trust-first")
    access = ServerAccess(host="192.0.2.1", token="a")
    return Tab(shows(plans, replicates=2, weeks=4, threads=1), Phones(Rounds(), access))


@pytest.fixture
def subject(kind: str, request: pytest.FixtureRequest) -> Path | Tab:
    """What inputs of a kind are given to: a tab, or a folder."""
    found: Path | Tab = request.getfixturevalue("tab" if kind == "frames" else "tmp_path")
    return found


class Zygote:
    """Commands in processes of their own, one after the other, that begin in a blink."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("zygote.py"))],
            env=surroundings(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def call(
        self, words: str, folder: Path, *, after: float | None = None, step: int | None = None
    ) -> tuple[int, int, str]:
        """Carry out a command.

        Parameters
        ----------
        after : float, optional
            Kill it after this many seconds.
        step : int, optional
            Kill it just before it renames, links or flushes a file for this time, from 0.

        Returns
        -------
        tuple
            Its exit code, or minus the signal that killed it; how often it renamed, linked or
            flushed; and what it said on standard error.
        """
        order = {"words": words.split(), "folder": str(folder), "step": step}
        child = int(self._asked(json.dumps(order)))
        if after is not None:
            time.sleep(after)
            os.kill(child, signal.SIGKILL)  # nobody has waited for it: the number is still its own
        code, steps, said = json.loads(self._asked(""))
        return code, steps, said

    def _asked(self, line: str) -> str:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(line, file=self.process.stdin, flush=True)
        if not select.select([self.process.stdout], [], [], HANGS)[0]:  # a line, and no more
            self.process.kill()
            raise TimeoutError(f"no command takes {HANGS} seconds: it hangs")
        return self.process.stdout.readline()


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    """What becomes any command."""
    if os.name == "nt":
        pytest.skip("no process becomes two there, and there is no kill -9")
    one = Zygote()
    yield one
    one.process.communicate()
