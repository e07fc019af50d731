"""A page in Chromium, moved by pointer and keys, while nobody listens to what its server sends.

Tools that drive browsers have every message of a socket sent to them, in base64: of a megabyte that
takes the browser longer than the page does. Here only the pointer, the keys and the page's own
figures go over the wire of the debugger.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from websockets.sync.client import ClientConnection, connect

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
OPTIONS = (
    "--headless", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--remote-debugging-port=0",
)  # fmt: skip
KEYS = {"ArrowLeft": 37, "Home": 36}


class Browser:
    """A running Chromium, by the wire of its debugger."""

    def __init__(self, wire: ClientConnection) -> None:
        self.wire, self.last = wire, 0

    @property
    def version(self) -> str:
        """Such as ``156.0.8078.108``."""
        product: str = self.call("Browser.getVersion")["product"]
        return product.rpartition("/")[2]

    def call(self, method: str, session: str | None = None, **parameters: Any) -> Any:
        """Carry out a command; return what it gives."""
        self.last += 1
        command = {"id": self.last, "method": method, "params": parameters}
        self.wire.send(json.dumps(command | ({"sessionId": session} if session else {})))
        while (answer := json.loads(self.wire.recv(timeout=120))).get("id") != self.last:
            pass  # an event
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        return answer["result"]


class Page:
    """A tab of 1,280 by 720 pixels."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.browser = browser
        self.target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        attached = browser.call("Target.attachToTarget", targetId=self.target, flatten=True)
        self.session, self.held = attached["sessionId"], False
        size = {"width": 1280, "height": 720, "deviceScaleFactor": 1, "mobile": False}
        self._call("Emulation.setDeviceMetricsOverride", **size)
        self._call("Page.navigate", url=address)

    def _call(self, method: str, **parameters: Any) -> Any:
        return self.browser.call(method, self.session, **parameters)

    def evaluate(self, script: str) -> Any:
        """Return the value of an expression, once it is there."""
        given = {"expression": script, "awaitPromise": True, "returnByValue": True}
        found = self._call("Runtime.evaluate", **given)
        if "exceptionDetails" in found:
            raise RuntimeError(str(found["exceptionDetails"]))
        return found["result"].get("value")

    def wait_for(self, selector: str) -> None:
        """Wait until an element is there, and everything has come to rest."""
        look = f"() => document.querySelector('{selector}') ? done() : setTimeout(look, 50)"
        for _ in range(2):  # the page that is left may take the first along
            try:
                self.evaluate(f"new Promise((done) => {{ const look = {look}; look(); }})")
                self.pause(1.0)
                return
            except RuntimeError:
                continue
        raise RuntimeError(f"there is no {selector}")

    def pause(self, seconds: float) -> None:
        """Let time go by."""
        self.evaluate(f"new Promise((done) => setTimeout(done, {1000 * seconds}))")

    def pointer(self, kind: str, x: float, y: float) -> None:
        """Press, move or let go of the left button: ``mousePressed`` and so on."""
        self.held = kind == "mousePressed" or (self.held and kind == "mouseMoved")
        button = "none" if kind == "mouseMoved" and not self.held else "left"
        self._call(
            "Input.dispatchMouseEvent", type=kind, x=x, y=y, button=button,
            buttons=int(self.held), clickCount=int(kind != "mouseMoved"),
        )  # fmt: skip

    def press(self, key: str) -> None:
        """Press a key."""
        for kind in ("rawKeyDown", "keyUp"):
            given = {"key": key, "code": key, "windowsVirtualKeyCode": KEYS[key]}
            self._call("Input.dispatchKeyEvent", type=kind, **given)

    def close(self) -> None:
        """Close the tab."""
        self.browser.call("Target.closeTarget", targetId=self.target)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run Chromium, without a window and with nothing remembered."""
    program = next(path for name in BROWSERS if (path := shutil.which(name)))
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as kept:
        words = [program, *OPTIONS, *(["--no-sandbox"] if root else []), f"--user-data-dir={kept}"]
        with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as running:
            try:
                assert running.stderr is not None
                found = next(
                    filter(None, (re.search(r"ws://\S+", line) for line in running.stderr))
                )
                with connect(found[0], max_size=None) as wire:
                    yield Browser(wire)
            finally:
                running.terminate()
