"""A tab's socket: requests in JSON or frames, answers in frames, work off the event loop."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from sim.errors import InputError, Problem, UptakeError
from sim.page.arrays import as_frame, from_frame
from sim.page.levers import catalogue, parameters
from sim.web.house import House
from sim.web.session import Session
from sim.web.upload import read_upload, with_lines

__all__ = ["MESSAGE_BYTES", "serve_socket"]

MESSAGE_BYTES = 64 * 1024 * 1024
"""Bytes of one message at most; the server closes the socket on more."""

AT_ONCE = 8
"""Requests of one tab that are worked on at the same time at most."""

_workers = ThreadPoolExecutor(4, thread_name_prefix="uptake-live")

Handler = Callable[[dict[str, Any]], dict[str, Any]]


async def serve_socket(socket: WebSocket, house: House) -> None:
    """Answer one tab until it goes; then nothing of it is left."""
    await socket.accept()
    tab = Tab(house)
    tasks: set[asyncio.Task[None]] = set()
    gate = asyncio.Semaphore(AT_ONCE)

    async def answer(message: dict[str, Any]) -> None:
        async with gate:
            reply = await tab.answer(message)
        with suppress(WebSocketDisconnect, RuntimeError):  # the tab has gone meanwhile
            await socket.send_bytes(reply)

    try:
        while True:
            event = await socket.receive()
            if event["type"] == "websocket.disconnect":
                break
            message = _parsed(event)
            if message is None:
                await socket.close(1003, "a request that cannot be read")
                break
            task = asyncio.create_task(answer(message))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
    finally:
        for task in tasks:
            task.cancel()
        tab.forget()


def _parsed(event: Any) -> dict[str, Any] | None:
    text, data = event.get("text"), event.get("bytes")
    try:
        message = json.loads(text) if text is not None else from_frame(data or b"")
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) else None


class Tab:
    """The session of a tab, made at its first request, and the names of its requests."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.session: Session | None = None
        self.uploads = asyncio.Lock()

    def forget(self) -> None:
        """Drop everything."""
        self.session = None

    async def answer(self, message: dict[str, Any]) -> bytes:
        """Return the frame that answers a request; an error is an answer too."""
        answered = partial(
            asyncio.get_running_loop().run_in_executor, _workers, self._answered, message
        )
        if message.get("type") != "upload":
            return await answered()
        async with self.uploads:  # one after the other; each ends by itself when its time is up
            return await answered()

    def _answered(self, message: dict[str, Any]) -> bytes:
        try:
            reply = self._work(message)
        except InputError as error:
            reply = _problems(error.problems)
        except UptakeError as error:
            reply = {"error": str(error)}
        except (ValueError, TypeError, KeyError, IndexError, AttributeError):
            reply = {"error": "The request cannot be carried out."}
        except MemoryError:
            reply = {"error": "Out of memory: fewer people, plans or worlds."}
        return as_frame({"id": _number(message), **reply})

    def _work(self, message: dict[str, Any]) -> dict[str, Any]:
        if self.session is None:
            self.session = Session(self.house)
        session = self.session
        handlers: dict[str, Handler] = {
            "hello": self._hello,
            "open": session.open,
            "edit": session.edit,
            "why": session.why,
            "yaml": session.yaml,
            "report": session.report,
            "upload": self._upload,
        }
        name = str(message.get("type"))
        if name not in handlers:
            raise InputError([Problem("request", name[:40], "is unknown", ", ".join(handlers))])
        return handlers[name](message)

    def _hello(self, _: dict[str, Any]) -> dict[str, Any]:
        house = self.house
        return {
            "catalogue": catalogue(),
            "parameters": parameters(),
            "choices": house.choices(),
            "stage": house.stage,
            "limits": {"megabytes": house.limits.megabytes, "rows": house.limits.rows},
            "report": house.report is not None,
        }

    def _upload(self, message: dict[str, Any]) -> dict[str, Any]:
        assert self.session is not None
        try:
            organisation = read_upload(message, self.house.limits)
        except InputError as error:
            return {"problems": with_lines(error.problems, message)}
        return self.session.show(organisation)


def _number(message: dict[str, Any]) -> int | None:
    number = message.get("id")
    return number if isinstance(number, int) else None


def _problems(problems: Any) -> dict[str, Any]:
    return {
        "problems": [
            {"where": p.where, "path": p.path, "what": p.what, "right": p.right} for p in problems
        ]
    }
