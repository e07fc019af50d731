"""A process that has imported Uptake, and becomes each command that a shell asks for by forking.

What a command says, reads and returns is its own; only the start is shared: half of the time
that the examples of the documents would take.
"""

from __future__ import annotations

import json
import os
import select
import socket
import sys
import traceback
from importlib import import_module
from typing import Any

CLIENT = """#!{python} -IS
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as asking:
    asking.connect({place!r})
    socket.send_fds(asking, [b"."], [0, 1, 2])
    asking.sendall(json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode())
    asking.shutdown(socket.SHUT_WR)
    code = asking.recv(9)
sys.exit(int(code or 70))
"""
"""The program ``uptake``, which hands its words, folder, surroundings and streams over."""


HELD = (
    "matplotlib.backends.backend_agg", "pyarrow.parquet", "sim.analysis.calibration",
    "sim.analysis.plan", "sim.analysis.sweep", "sim.cli.run", "sim.report.run",
)  # fmt: skip
"""What most commands import."""


def serve(place: str) -> None:
    """Become what is asked for at a socket until standard input ends."""
    import sim

    for name in HELD:
        import_module(name)
    sim.run("everything", organisation="small-firm", replicates=1, weeks=1, threads=1)
    children = set[int]()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(place)
        listening.listen()
        print("ready", flush=True)
        while sys.stdin not in select.select([listening, sys.stdin], [], [])[0]:
            children -= {child for child in children if os.waitpid(child, os.WNOHANG)[0]}
            asking, _ = listening.accept()
            with asking:
                child = os.fork()
                if not child:
                    become(asking)
            children.add(child)
    for child in children:
        os.waitpid(child, 0)


def become(asking: socket.socket) -> None:
    """Be the command; tell its exit code at last."""
    _, streams, *_ = socket.recv_fds(asking, 1, 3)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    with asking.makefile("rb") as order:
        words, folder, surroundings = json.loads(order.read())
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(surroundings)
    code: Any = 1
    try:
        carry_out(words)
    except SystemExit as end:
        code = end.code or 0
    except BaseException:
        traceback.print_exc()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    asking.sendall(str(code).encode())
    os._exit(0)


def carry_out(words: list[str]) -> None:
    """Carry out a command of a document, with few replicates where it does not say how many."""
    from sim.cli import main

    sys.argv = ["uptake", *words]
    few = words[0] in ("run", "compare") and "--replicates" not in words
    main(words + ["--replicates", "8"] * few)


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "--serve":
        serve(sys.argv[2])
    else:
        carry_out(sys.argv[1:])
