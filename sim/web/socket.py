"""A tab's socket: requests in JSON or frames, answers in frames, work off the event loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from threading import Lock
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from sim.errors import InputError, Problem, UptakeError
from sim.page.arrays import as_frame
from sim.page.levers import catalogue, parameters
from sim.page.questions import questions
from sim.shown import shown
from sim.web.ballots import Rounds
from sim.web.desk import HEAVY, Desk, give_back, read
from sim.web.frames import DEEPEST, is_deep, request_of, too_large
from sim.web.guard import ServerAccess
from sim.web.leading import signals, starts
from sim.web.phones import Phones
from sim.web.server_state import ServerState
from sim.web.session import Session
from sim.web.upload import look_at_upload, read_upload, with_lines

__all__ = ["MOST_TABS", "serve_socket"]

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
        if is_deep(message):
            what = "is nested too deeply"
            raise InputError([Problem("request", "", what, f"at most {DEEPEST} levels")])
        with self._making:
            session = self.session = self.session or Session(self.state)
        handlers: dict[str, Handler] = {
            "hello": self._hello,
            "open": session.open,
            "edit": session.edit,
            "why": session.why,
            "next": session.next,
            "signals": partial(signals, session),
            "starts": partial(starts, session),
            "yaml": session.yaml,
            "bets": self.phones.answer,
            "report": session.report,
            "look": self._look,
            "upload": self._upload,
        }
        name = str(message.get("type"))
        if name not in handlers:
            raise InputError([Problem("request", name[:40], "is unknown", ", ".join(handlers))])
        return handlers[name](message)

    def _hello(self, _: dict[str, Any]) -> dict[str, Any]:
        state = self.state
        return {
            "catalogue": catalogue(),
            "parameters": parameters(),
            "choices": state.choices(),
            "questions": questions(),
            "walk": [scene.plain() for scene in state.scenes()],
            "stage": state.stage,
            "limits": {"megabytes": state.limits.megabytes, "rows": state.limits.rows},
            "brand": state.brand,
            "report": state.report is not None,
            "diagnosis": state.diagnosis,
        }

    def _look(self, message: dict[str, Any]) -> dict[str, Any]:
        try:
            return look_at_upload(message, self.state.limits)
        except (InputError, TimeoutError) as error:
            late = Problem("upload", "", "took too long to read", "smaller files")
            found = error.problems if isinstance(error, InputError) else [late]
            return {"problems": with_lines(found, message)}

    def _upload(self, message: dict[str, Any]) -> dict[str, Any]:
        assert self.session is not None
        try:
            organisation = read_upload(message, self.state.limits)
        except InputError as error:
            return {"problems": with_lines(error.problems, message)}
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
