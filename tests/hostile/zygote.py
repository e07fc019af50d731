"""A process that has imported Uptake, and becomes one command after another by forking.

A command begins in a blink that way, so that it can be killed a hundred times. A line in JSON on
standard input asks for one; its process is told on standard output at once, and after another
line its exit code, how many of ``STEPS`` it took, and what it said on standard error.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
from typing import Any

STEPS = ("rename", "replace", "fsync", "link")
"""Calls by which what is written becomes what stands there."""


def serve() -> None:
    """Carry out what is asked for until standard input ends."""
    import duckdb  # noqa: F401
    import pandas  # noqa: F401
    import pyarrow.parquet  # noqa: F401

    import sim.analysis.calibration
    import sim.analysis.plan
    import sim.cli.run
    import sim.importing  # noqa: F401

    while line := sys.stdin.readline():
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            os.close(reading)
            become(json.loads(line), writing)
        os.close(writing)
        print(child, flush=True)
        sys.stdin.readline()
        with open(reading, "rb") as stream:
            told = stream.read().decode(errors="replace")
        _, status = os.waitpid(child, 0)
        said = [os.waitstatus_to_exitcode(status), told.count("\0"), told.replace("\0", "")]
        print(json.dumps(said), flush=True)


def become(order: dict[str, Any], told: int) -> None:
    """Be the command; what it says as an error goes into a pipe, and a NUL for each step."""
    from sim.cli import main

    os.setsid()
    os.chdir(order["folder"])
    tempfile.tempdir = os.path.join(order["folder"], "tmp")
    nothing = os.open(os.devnull, os.O_RDWR)
    for number, stream in enumerate((nothing, nothing, told)):
        os.dup2(stream, number)
    left = order["step"]

    def counted(real: Any) -> Any:
        def step(*arguments: Any, **options: Any) -> Any:
            nonlocal left
            if left is not None:
                if not left:
                    os.kill(os.getpid(), signal.SIGKILL)
                left -= 1
            os.write(told, b"\0")
            return real(*arguments, **options)

        return step

    for name in STEPS:
        setattr(os, name, counted(getattr(os, name)))
    code: Any = 99
    try:
        main(order["words"])
    except SystemExit as end:
        code = end.code
    sys.stderr.flush()
    os._exit(int(code or 0))


if __name__ == "__main__":
    serve()
