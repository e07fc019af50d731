"""Measure what hostile and greedy tabs do to the live page: ``python experiments/load/run.py``.

The server is ``uptake serve`` as anybody starts it, in a process of its own, on one thread. Each
part below is a test of its own; ``--record`` writes what was measured into ``result.json`` and the
table of ``README.md``.
"""

from __future__ import annotations

import argparse
import json
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import psutil
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from sim.page.assets import as_frame, from_frame

FOLDER = Path(__file__).parent
MARK = "<!-- run.py --record writes what follows -->"
PEOPLE = 2000
UPLOAD = {
    "people": b"id,team\n" + b"".join(b"p%d,T%d\n" % (i, i // 10) for i in range(PEOPLE)),
    "ties": b"source,target\n"
    + b"".join(
        b"p%d,p%d\n" % (i, (i * 7 + k) % PEOPLE)
        for i in range(PEOPLE)
        for k in range(1, 6)
        if (i * 7 + k) % PEOPLE != i
    ),
}


class Server:
    """A running server, and what it has in memory."""

    def __init__(self) -> None:
        words = ["-m", "sim", "serve", "--no-browser", "--port", "0", "--threads", "1"]
        self.process = subprocess.Popen(
            [sys.executable, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        found = re.search(r"http://\S+", said)
        assert found, said
        self.url = urlsplit(found[0])
        self.memory = psutil.Process(self.process.pid)
        self.peak = 0.0
        self.complaints: list[str] = []
        for work in (self._watch, self._listen):
            threading.Thread(target=work, daemon=True).start()

    def _watch(self) -> None:
        while self.process.poll() is None:
            with suppress(psutil.Error):
                self.peak = max(self.peak, self.megabytes())
            sleep(0.05)

    def _listen(self) -> None:
        assert self.process.stderr is not None
        self.complaints.extend(self.process.stderr)

    def megabytes(self) -> float:
        return float(self.memory.memory_info().rss) / 1e6

    def rest(self) -> None:
        """Wait until it has had nothing to do for three seconds, or a minute."""
        until, quiet = monotonic() + 60, 0
        while quiet < 3 and monotonic() < until:
            quiet = quiet + 1 if self.memory.cpu_percent(1.0) < 5 else 0

    def tab(self) -> Tab:
        return Tab(self.url)

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(30)


class Tab:
    """A tab that asks, and reads what is answered."""

    def __init__(self, url: Any) -> None:
        token = parse_qs(url.query).get("token", [""])[0]
        self.open = connect(
            f"ws://{url.netloc}/live?token={token}",
            origin=f"http://{url.netloc}",
            max_size=None,
            compression=None,
            open_timeout=30,
        )
        self.socket: ClientConnection = self.open.__enter__()

    def send(self, message: Any) -> None:
        if isinstance(message, dict):
            binary = any(isinstance(value, np.ndarray) for value in message.values())
            message = as_frame(message) if binary else json.dumps(message)
        self.socket.send(message)

    def begin(self, size: int) -> None:
        """Send the head of a frame, and of what it says that it holds the first thousand bytes.

        A client that is cut off while it still sends may not come to read why; this one does.
        """
        masked, eight_bytes, binary = 0x80, 127, 0x82
        head = bytes((binary, masked | eight_bytes)) + size.to_bytes(8, "big") + bytes(4)
        self.socket.socket.sendall(head + bytes(1000))

    def ask(self, message: Any, timeout: float = 120) -> Any:
        self.send(message)
        return self.receive(timeout)

    def receive(self, timeout: float = 120) -> Any:
        return from_frame(bytes(self.socket.recv(timeout=timeout)))

    def close(self) -> None:
        self.open.__exit__(None, None, None)


@contextmanager
def serving() -> Iterator[Server]:
    server = Server()
    try:
        tab = server.tab()
        tab.ask({"type": "open", "id": 0})
        tab.ask({"type": "report", "id": 1})
        tab.close()
        sleep(3)
        server.peak = server.megabytes()
        yield server
    finally:
        server.end()


QUIET = {"type": "yaml", "plan": 0, "id": 1}


def waits(server: Server, until: Callable[[], bool], least: int = 40) -> dict[str, float]:
    """Return how long a quiet tab's small requests wait, from its opening on."""
    tab, seconds = server.tab(), list[float]()
    while len(seconds) < least or not until():
        began = monotonic()
        tab.ask(QUIET)
        seconds.append(monotonic() - began)
        sleep(0.1)
    tab.close()
    return {
        "requests": len(seconds),
        "median, s": round(float(np.median(seconds)), 3),
        "95th percentile, s": round(float(np.quantile(seconds, 0.95)), 3),
        "longest, s": round(max(seconds), 3),
    }


def reports() -> dict[str, Any]:
    """One tab asks for eight reports at once."""
    with serving() as server:
        greedy, left = server.tab(), [8]
        for number in range(8):
            greedy.send({"type": "report", "id": number})

        def read() -> None:
            for _ in range(8):
                greedy.socket.recv(timeout=600)
                left[0] -= 1

        reader = threading.Thread(target=read)
        reader.start()
        found = waits(server, lambda: left[0] == 0)
        reader.join()
        greedy.close()
        return {**found, "peak, MB": round(server.peak)}


def million() -> dict[str, Any]:
    """One tab asks eight times for an organisation of a million people."""
    with serving() as server:
        before = server.megabytes()
        greedy = server.tab()
        for number in range(8):
            greedy.send({"type": "open", "organisation": "million", "id": number})
        found = waits(server, lambda: True)
        said = from_frame(bytes(greedy.socket.recv(timeout=60)))["problems"][0]["what"]
        greedy.close()
        return {**found, "answer": said, "more memory, MB": round(server.peak - before)}


def queue() -> dict[str, Any]:
    """One tab sends 25 uploads of 19 MB and 20,000 small requests behind eight reports."""
    with serving() as server:
        before = server.megabytes()
        greedy = server.tab()
        for number in range(8):
            greedy.send({"type": "report", "id": number})
        people = np.frombuffer(b"id\n" + b"a" * 19_000_000, np.uint8)
        large = as_frame({"type": "upload", "id": 9, "people": people, "ties": people[:3]})
        small = json.dumps(QUIET)
        ended = threading.Event()

        def push() -> None:
            with suppress(Exception):
                for message in [large] * 25 + [small] * 20_000:
                    greedy.socket.send(message)
            ended.set()

        threading.Thread(target=push, daemon=True).start()
        found = waits(server, lambda: True)
        peak = server.peak
        greedy.socket.socket.close()
        sleep(8)
        return {
            **found,
            "more memory at most, MB": round(peak - before),
            "all taken in at once": ended.is_set(),
        }


ODD: tuple[Any, ...] = (
    {"type": "open", "parameters": {"b_trust": 10**400}, "id": 1},
    '{"type": "open", "plans": ["\\ud800"], "id": 1}',
    '{"type": "open", "organisation": "\\ud800", "id": 1}',
    {"type": "edit", "plan": 0, "id": 1,
     "timeline": [{"access": {"to": json.loads("[" * 900 + "]" * 900)}}]},
    "[" * 100_000,
    '{"id": ' + "9" * 5000 + "}",
    "nonsense", "", b"", b"\xff" * 9, b"\x00\x00\x00\x80", "null", "[]", '"x"', "NaN",
    {"type": None, "id": 1}, {"type": {}, "id": 1}, {"id": 1}, {"type": "why", "id": 1e308},
    {"type": "edit", "plan": True, "timeline": {}, "id": 1},
    "x" * 2_000_000, 30_000_000, 2**62,
)  # fmt: skip
"""Frames; of a number, one that says it holds so many bytes."""


def frames() -> dict[str, Any]:
    """Frames that are no request: each gets an answer, or its tab is closed cleanly."""
    answered = closed = silent = 0
    with serving() as server:
        for message in ODD:
            tab = server.tab()
            try:
                if isinstance(message, int):
                    tab.begin(message)
                else:
                    tab.send(message)
                tab.receive(timeout=20)
                answered += 1
            except ConnectionClosed as end:
                clean = end.rcvd is not None and end.rcvd.code in (1003, 1007, 1009)
                closed, silent = closed + clean, silent + (not clean)
            except TimeoutError:
                silent += 1
            tab.close()
        tab = server.tab()
        alive = "yaml" in tab.ask(QUIET)
        tab.close()
        lines = len(server.complaints)
    return {"frames": len(ODD), "answered": answered, "closed": closed, "neither": silent,
            "goes on": alive, "lines on standard error": lines}  # fmt: skip


def half_sent() -> dict[str, Any]:
    """A hundred connections send half a request and no more."""
    with serving() as server:
        address = (server.url.hostname, server.url.port)
        open_ones = [socket.create_connection(address) for _ in range(100)]
        for one in open_ones:
            one.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        began = monotonic()
        found = waits(server, lambda: True, least=20)
        for one in open_ones:
            one.settimeout(60)
            with suppress(ConnectionError):
                while one.recv(1024):
                    pass
            one.close()
        return {**found, "all closed after, s": round(monotonic() - began, 1)}


def soak(minutes: float) -> dict[str, Any]:
    """Tabs open, change, upload, ask why, ask for reports and leave, again and again."""
    with serving() as server:
        before, until = server.megabytes(), monotonic() + 60 * minutes
        done, failed = [0], list[str]()

        def visit(number: int) -> None:
            rng = np.random.default_rng(number)
            while monotonic() < until:
                tab = server.tab()
                try:
                    shown = tab.ask({"type": "open", "id": 1})
                    timeline = [{b["kind"]: b["entry"]} for b in shown["plans"][0]["bars"]]
                    files = {k: np.frombuffer(v, np.uint8) for k, v in UPLOAD.items()}
                    for message in (
                        {"type": "edit", "plan": 0, "timeline": timeline, "id": 2},
                        {"type": "upload", "id": 3, **files},
                        {"type": "why", "plan": 0, "team": int(rng.integers(9)), "first": True},
                        ODD[int(rng.integers(4))],
                        *([{"type": "report", "id": 5}] if rng.random() < 0.3 else []),
                        QUIET,
                    ):
                        tab.ask(message, timeout=300)
                        done[0] += 1
                    tab.close()
                except Exception as error:  # noted, and the next visit begins
                    failed.append(repr(error))

        visitors = [threading.Thread(target=visit, args=(number,)) for number in range(3)]
        for one in visitors:
            one.start()
        for one in visitors:
            one.join()
        server.rest()
        tab = server.tab()
        tab.ask(QUIET)
        tab.close()
        server.rest()
        after = server.megabytes()
        return {"minutes": minutes, "requests": done[0], "failed": len(failed),
                "start, MB": round(before), "peak, MB": round(server.peak),
                "end, MB": round(after), "more than at the start, MB": round(after - before),
                "first failure": failed[0] if failed else ""}  # fmt: skip


PARTS: dict[str, Callable[[], dict[str, Any]]] = {
    "eight reports in one tab, small requests of another": reports,
    "eight times a million people in one tab": million,
    "half a gigabyte queued in one tab": queue,
    "frames that are no request": frames,
    "half-sent requests": half_sent,
}


P95 = "95th percentile, s"
LIMITS: tuple[tuple[str, str, float], ...] = (
    ("eight reports", P95, 0.5),
    ("eight times", P95, 0.5),
    ("half a gigabyte", P95, 0.5),
    ("frames", "neither", 0),
    ("half-sent", "all closed after, s", 15),
    ("soak", "failed", 0),
    ("soak", "more than at the start, MB", 100),
)
"""Part by how its name begins, figure, and the most that it may be."""


def beyond(found: dict[str, dict[str, Any]]) -> list[str]:
    """Return what is more than it may be."""
    return [
        f"{name}: {figure} is {figures[figure]}, at most {most:g} would be right"
        for begins, figure, most in LIMITS
        for name, figures in found.items()
        if name.startswith(begins) and figures[figure] > most
    ]


def table(found: dict[str, dict[str, Any]]) -> str:
    lines = ["| | what | measured |", "| --- | --- | ---: |"]
    for part, figures in found.items():
        for i, (name, value) in enumerate(figures.items()):
            lines.append(f"| {part if i == 0 else ''} | {name} | {value} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="how long the soak lasts")
    parser.add_argument("--part", help="only the parts whose name holds this")
    parser.add_argument("--check", action="store_true", help="end with 1 where it is too much")
    parser.add_argument("--record", action="store_true", help="write result.json and README.md")
    said, began = parser.parse_args(), monotonic()
    parts = {**PARTS, "soak": lambda: soak(said.minutes)}
    found = {}
    for name, part in parts.items():
        if said.part is None or said.part in name:
            found[name] = part()
            print(name, json.dumps(found[name]), flush=True)
    print(f"{(monotonic() - began) / 60:.1f} minutes; {beyond(found) or 'nothing is too much'}")
    if said.record:
        before = json.loads((FOLDER / "result.json").read_text("utf-8"))
        found = {name: found.get(name) or before[name] for name in parts}  # of --part, its own
        (FOLDER / "result.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")
        readme = FOLDER / "README.md"
        head = readme.read_text("utf-8").partition(MARK)[0]
        readme.write_text(f"{head}{MARK}\n\n{table(found)}", "utf-8")
    if said.check and beyond(found):
        sys.exit(1)


if __name__ == "__main__":
    main()
