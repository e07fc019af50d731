"""A tab's socket: requests in JSON or frames, answers in frames, work off the event loop."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import itertools
import json
import logging
import struct
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from threading import Lock
from time import monotonic
from typing import Any, TypeVar

import numpy as np
from starlette.websockets import WebSocket, WebSocketDisconnect

from sim.errors import InputError, Problem, UptakeError, is_text, refusal, shown
from sim.page.assets import as_frame, from_frame
from sim.web.asked import look_at_upload, read_upload, signals, starts, with_lines, without_files
from sim.web.guard import Rounds, ServerAccess, is_loopback, own_addresses
from sim.web.server_state import ServerState, catalogue, parameters, questions
from sim.web.session import Session

HEAVY = frozenset({"open", "why", "next", "signals", "starts", "report", "upload", "look"})
"""Types of request that may take seconds; the others take a blink."""
MOST_WAITING = 16
"""Requests of one tab that are taken in before the first is answered; then receiving stops."""
_IDLE_SECONDS = 2.0
"""So often memory is given back at most."""

_quick = ThreadPoolExecutor(4, thread_name_prefix="uptake-quick")
_heavy = ThreadPoolExecutor(2, thread_name_prefix="uptake-heavy")

T = TypeVar("T")


async def read(work: Callable[[], T]) -> T:
    """Do something short off the event loop."""
    return await asyncio.get_running_loop().run_in_executor(_quick, work)


class Desk:
    """The places of one tab: what it may have at work, and what may wait.

    Requests are quick or heavy, and each kind has threads of its own. A tab has one of each at
    work at most; its next heavy one goes to the end of the queue, so tabs take turns, and a quick
    one waits for nobody's report.
    """

    def __init__(self) -> None:
        self.quick, self.heavy = asyncio.Semaphore(1), asyncio.Semaphore(1)
        self.room = asyncio.Semaphore(MOST_WAITING)

    async def serve(self, kind: str, work: Callable[[], T]) -> T:
        """Do the work of a request when its turn comes; return what comes of it."""
        place, threads = (self.heavy, _heavy) if kind in HEAVY else (self.quick, _quick)
        async with place:
            return await asyncio.get_running_loop().run_in_executor(threads, work)


_given_back = 0.0


async def give_back() -> None:
    """Return memory to the system that a report, an upload or a tab that left no longer needs."""
    global _given_back
    if monotonic() - _given_back < _IDLE_SECONDS:
        return
    _given_back = monotonic()
    await read(_trim)


def _trim() -> None:
    gc.collect()
    # glibc keeps what was freed; another C library has no such function, and needs none.
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


JSON_BYTES = 1024 * 1024
"""Bytes of a request in JSON, or of the head of a frame, at most."""
DEEPEST = 24
"""Deepest nesting of a request; a timeline needs eight."""


def too_large(event: Mapping[str, Any]) -> bool:
    """Return whether a message is larger than any request; known before it is looked into.

    A frame that says it is larger than it is is cut off, not large.
    """
    text, data = event.get("text"), event.get("bytes") or b""
    if text is not None:
        return len(text) > JSON_BYTES
    return len(data) >= 4 and JSON_BYTES < struct.unpack_from("<I", data)[0] <= len(data) - 4


def request_of(event: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the request in a message, or None where there is none.

    ``websocket.receive`` of ASGI: ``text`` is JSON, ``bytes`` are a frame.

    >>> request_of({"text": '{"type": "hello"}'}), request_of({"text": "[" * 100})
    ({'type': 'hello'}, None)
    """
    text = event.get("text")
    try:
        message = json.loads(text) if text is not None else from_frame(event.get("bytes") or b"")
    except Exception:  # whatever a decoder trips over, the message cannot be read
        return None
    return message if isinstance(message, dict) else None


def check_request(message: dict[str, Any]) -> None:
    """Refuse what no page sends, wherever it stands in a request, before anybody looks at it.

    Raises InputError where there is an array that is no file, a number that no browser has, half a
    character, or more nesting than any request needs.
    """
    inner: list[Any] = [without_files(message)]
    for _ in range(DEEPEST + 1):
        if what := next(filter(None, map(_odd, inner)), ""):
            raise refusal("request", "", what, "what the page sends")
        inner = [
            part
            for one in inner
            if isinstance(one, dict | list)
            for part in (itertools.chain(*one.items()) if isinstance(one, dict) else one)
        ]
        if not inner:
            return
    raise refusal("request", "", "is nested too deeply", f"at most {DEEPEST} levels")


def _odd(value: Any) -> str:
    """Return what is odd about a value, without what is in it; empty if nothing."""
    if isinstance(value, np.ndarray):
        return "holds an array that is no file"
    if isinstance(value, int | float) and not abs(value) < 2**53:  # nor is NaN
        return "holds a number that is too large"
    if isinstance(value, str) and not is_text(value):
        return "holds half a character"
    return ""


MOST_WORDS, MOST_MARKS = 200, 12


class Phones:
    """The rounds of one tab.

    - ``rounds``: those of the whole server.
    - ``access``: what the server is bound to: phones reach it only where that is more than this
      machine.
    """

    def __init__(self, rounds: Rounds, access: ServerAccess) -> None:
        self.rounds, self.access = rounds, access
        self.code = ""

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Open a round (``do``: open), say what was bet so far (read), or end it (end)."""
        do = request.get("do")
        if do == "open":
            return self._open(request)
        if do == "read":
            return {"bets": self.rounds.said(self.code), "open": bool(self.code)}
        if do == "end":
            said = self.rounds.said(self.code)
            self.forget()
            return {"bets": said}
        raise refusal("bets", str(do)[:40], "is unknown", "open, read or end")

    def forget(self) -> None:
        """End the round that is open."""
        self.rounds.end(self.code)
        self.code = ""

    def _open(self, request: dict[str, Any]) -> dict[str, Any]:
        self.forget()
        port = request.get("port")
        if is_loopback(self.access.host) or not isinstance(port, int):
            return {"addresses": []}
        self.code = self.rounds.begin(_question(request)).code
        addresses = [
            f"http://{f'[{host}]' if ':' in host else host}:{port}/bet/{self.code}"
            for host in own_addresses(self.access.host)
        ]
        return {"addresses": addresses, "squares": squares(addresses[0]) if addresses else None}


def squares(text: str) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Return a text as a QR code: 1 for a dark square, without a margin."""
    import segno

    return np.array([list(row) for row in segno.make_qr(text, error="m").matrix], np.uint8)


def _question(request: dict[str, Any]) -> dict[str, Any]:
    weeks, marks = request.get("weeks"), request.get("marks")
    if isinstance(weeks, bool) or not isinstance(weeks, int) or not 1 <= weeks <= 1040:
        raise refusal("bets", "weeks", "is no number of weeks", "1 to 1040")
    if not isinstance(marks, list) or not 1 <= len(marks) <= MOST_MARKS:
        raise refusal("bets", "marks", "is no list of weeks", "such as [13, 26, 52]")
    if any(isinstance(m, bool) or not isinstance(m, int) or not 1 <= m <= weeks for m in marks):
        raise refusal("bets", "marks", "holds what is no week", f"1 to {weeks}")
    words = {key: str(request.get(key) or "")[:MOST_WORDS] for key in ("plan", "outcome", "firm")}
    return {**words, "weeks": weeks, "marks": marks}


MOST_TABS = 64
"""Tabs that are served at the same time; another is told to try again later."""

_UNREADABLE, _TOO_LARGE, _LATER = 1003, 1009, 1013

Handler = Callable[[dict[str, Any]], dict[str, Any]]

_tabs: set[Tab] = set()

_log = logging.getLogger("uvicorn.error.uptake")


async def serve_socket(socket: WebSocket, state: ServerState, phones: Phones) -> None:
    """Answer one tab until it goes; then nothing of it is left."""
    await socket.accept()
    if len(_tabs) >= MOST_TABS:
        await socket.close(_LATER, f"{MOST_TABS} tabs are open already: close one")
        return
    tab, tasks = Tab(state, phones), set[asyncio.Task[None]]()
    _tabs.add(tab)
    try:
        with suppress(WebSocketDisconnect):
            await _receive(socket, tab, tasks)
    finally:
        for task in tasks:
            task.cancel()
        _tabs.discard(tab)
        tab.forget()
        del tab
        await give_back()


async def _receive(socket: WebSocket, tab: Tab, tasks: set[asyncio.Task[None]]) -> None:
    """Take a tab's requests in, as far as there is room; until it goes."""
    while True:
        await tab.desk.room.acquire()
        event = await socket.receive()
        if event["type"] == "websocket.disconnect" or tab.gone:
            return
        if too_large(event):
            await socket.close(_TOO_LARGE, "a request that is too large")
            return
        message = await read(partial(request_of, event))
        del event
        if message is None:
            await socket.close(_UNREADABLE, "a request that cannot be read")
            return
        task = asyncio.create_task(_answer(socket, tab, message))
        del message
        tasks.add(task)
        task.add_done_callback(tasks.discard)


async def _answer(socket: WebSocket, tab: Tab, message: dict[str, Any]) -> None:
    kind = str(message.get("type"))[:40]
    try:
        reply = await tab.answer(message)
        await socket.send_bytes(reply)
    except (WebSocketDisconnect, RuntimeError):  # the tab has gone meanwhile
        tab.gone = True
    finally:
        del message
        tab.desk.room.release()
    if kind in HEAVY:
        del reply
        await give_back()


class Tab:
    """The session of a tab, made at its first request, and the names of its requests."""

    def __init__(self, state: ServerState, phones: Phones | None = None) -> None:
        self.state = state
        self.phones = phones or Phones(Rounds(), ServerAccess())  # by itself, no phone reaches it
        self.desk = Desk()
        self.gone = False
        self.session: Session | None = None
        self._making = Lock()

    def forget(self) -> None:
        """Drop everything."""
        self.session, self.gone = None, True
        self.phones.forget()

    async def answer(self, message: dict[str, Any]) -> bytes:
        """Return the frame that answers a request, once its turn has come."""
        kind = str(message.get("type"))
        if self.session is not None and kind in ("open", "edit", "why", "report", "upload"):
            self.session.moves += 1  # on arrival: what is only looked for gives way
        return await self.desk.serve(kind, partial(self._answered, message))

    def _answered(self, message: dict[str, Any]) -> bytes:
        """Return the frame that answers a request; an error is an answer too."""
        if self.gone:
            return b""
        number = _number(message)
        try:
            return as_frame({"id": number, **self._work(message)})
        except InputError as error:
            reply = _problems(error.problems)
        except UptakeError as error:
            reply = {"error": str(error)}
        except MemoryError:
            reply = {"error": "Out of memory: fewer people, plans or replicates."}
        except Exception as error:  # whatever was asked: an answer, and the server goes on
            _note(message, error)
            reply = {"error": "The request cannot be carried out."}
        return as_frame({"id": number, **reply})

    def _work(self, message: dict[str, Any]) -> dict[str, Any]:
        check_request(message)
        with self._making:
            session = self.session = self.session or Session(self.state)
        handlers: dict[str, Handler] = {
            "hello": self._hello, "open": session.open, "edit": session.edit,
            "replay": session.replay, "why": session.why, "next": session.next,
            "signals": partial(signals, session), "starts": partial(starts, session),
            "yaml": session.yaml, "bets": self.phones.answer, "report": session.report,
            "look": self._look, "upload": self._upload,
        }  # fmt: skip
        name = str(message.get("type"))
        if name not in handlers:
            raise refusal("request", name[:40], "is unknown", ", ".join(handlers))
        return handlers[name](message)

    def _hello(self, _: dict[str, Any]) -> dict[str, Any]:
        state = self.state
        return {
            "catalogue": catalogue(), "parameters": parameters(), "choices": state.choices(),
            "questions": questions(), "walk": [scene.plain() for scene in state.scenes()],
            "stage": state.stage,
            "limits": {"megabytes": state.limits.megabytes, "rows": state.limits.rows},
            "brand": state.brand, "report": state.report is not None,
            "diagnosis": state.diagnosis,
        }  # fmt: skip

    def _look(self, message: dict[str, Any]) -> dict[str, Any]:
        try:
            return look_at_upload(message, self.state.limits)
        except (InputError, TimeoutError) as error:
            late = Problem("upload", "", "took too long to read", "smaller files")
            found = error if isinstance(error, InputError) else InputError([late])
            return {"problems": with_lines(found, message)}

    def _upload(self, message: dict[str, Any]) -> dict[str, Any]:
        assert self.session is not None
        try:
            organisation = read_upload(message, self.state.limits)
        except InputError as error:
            return {"problems": with_lines(error, message)}
        return self.session.show(organisation)


def _note(message: dict[str, Any], error: Exception) -> None:
    """Say in one line on standard error what nobody foresaw; its traceback with ``debug``."""
    kind = shown(str(message.get("type")))[:40]
    what = f"{type(error).__name__}: {' '.join(shown(str(error)).split())[:200]}"
    _log.warning("A request (%s) was not carried out: %s", kind, what)
    _log.debug("Where", exc_info=error)


def _number(message: dict[str, Any]) -> int | None:
    number = message.get("id")
    is_one = isinstance(number, int) and abs(number) < 2**53  # as exact as the page has it
    return number if is_one else None


def _problems(problems: Any) -> dict[str, Any]:
    return {
        "problems": [
            {"where": p.where, "path": p.path, "what": p.what, "right": p.right} for p in problems
        ]
    }
