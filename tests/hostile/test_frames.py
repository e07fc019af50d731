"""Tabs from somebody else: whatever they send is answered or their tab is closed, cleanly."""

from __future__ import annotations

import http.client
import json
import socket
import struct
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from servers import served, shows
from sim.page.assets import from_frame
from sim.web import server as page_server
from sim.web.guard import ServerAccess

TOKEN = "a-token"
CLOSED = {1003: "unreadable", 1007: "unreadable", 1009: "too large"}
"""What the code says with which a tab is closed."""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The port of a real server."""
    state = shows(("order-training-first", "order-trust-first"), replicates=2, weeks=6)
    with served(state, ServerAccess(token=TOKEN)) as (_, port):
        yield port


def tab(port: int) -> Any:
    address = f"127.0.0.1:{port}"
    return connect(f"ws://{address}/live?token={TOKEN}", origin=f"http://{address}", max_size=None)


def outcome(port: int, message: str | bytes) -> str:
    """Send a frame; say whether it was answered, or why its tab was closed."""
    with tab(port) as one:
        return _outcome(one, message)


def _outcome(one: ClientConnection, message: str | bytes) -> str:
    try:
        one.send(message)
        answer = from_frame(bytes(one.recv(timeout=60)))
    except ConnectionClosed as end:
        code = end.rcvd.code if end.rcvd is not None else None
        return CLOSED.get(code, f"lost with {code}")
    assert isinstance(answer, dict)
    return "answered"


DEEP = json.loads("[" * 900 + "]" * 900)


@pytest.mark.parametrize(
    "request_",
    [
        {"type": "open", "parameters": {"b_trust": 10**400}},
        {"type": "open", "plans": ["\ud800"]},
        {"type": "open", "organisation": "\ud800"},
        {"type": "open", "organisation": "million"},
        {"type": "edit", "plan": 0, "timeline": [{"access": {"to": DEEP}}]},
        {"type": "why", "plan": 0, "team": 10**30},
        {"type": {}}, {"type": None}, {"type": "\ud800"}, {},
    ],
    ids=str,
)  # fmt: skip
def test_a_request_that_cannot_be_is_answered_by_its_number(port: int, request_: Any) -> None:
    with tab(port) as one:
        one.send(json.dumps({**request_, "id": 7}))
        answer = from_frame(bytes(one.recv(timeout=60)))
    assert answer["id"] == 7
    assert "problems" in answer or "error" in answer


@pytest.mark.parametrize(
    ("message", "why"),
    [
        *((text, "unreadable") for text in ("", "[", "[" * 100_000, "null")),
        *((data, "unreadable") for data in (b"", b"\xff" * 9, b"\x00\x00\x00\x80")),  # cut off
        ('{"id": ' + "9" * 5000 + "}", "unreadable"),
        (struct.pack("<I", 1_048_580) + b" " * 1_048_576, "unreadable"),
        ("x" * 1_100_000, "too large"),
        (struct.pack("<I", 1_048_577) + b" " * 1_048_577, "too large"),
        (b"\x00" * 25_000_000, "unreadable"),
    ],
    ids=lambda part: f"{part[:9]!r} {len(part)}",
)
def test_what_is_no_request_closes_its_tab_only(port: int, message: str | bytes, why: str) -> None:
    with tab(port) as other:
        assert outcome(port, message) == why
        assert _outcome(other, '{"type": "hello"}') == "answered"


WORDS = some.sampled_from(
    ["type", "id", "plan", "timeline", "open", "edit", "why", "yaml", "plans", "edits", "access",
     "parameters", "b_trust", "organisation", "team", "week", "first", "dragging", "array", "at"]
)  # fmt: skip
PLAIN = some.one_of(
    some.none(), some.booleans(), some.integers(), some.floats(), some.text(max_size=9), WORDS,
    some.sampled_from([10**400, -(2**63), 1e308, "\ud800", "../x", "=1+1"]),
)  # fmt: skip
CONTENT = some.recursive(
    PLAIN, lambda inner: some.lists(inner, max_size=4) | some.dictionaries(WORDS, inner, max_size=4)
)
TYPES = some.sampled_from(["hello", "open", "edit", "why", "yaml", "upload", "report"])
FRAMES = some.one_of(
    some.binary(max_size=60),
    some.text(max_size=60).map(lambda text: text.encode("utf-8", "replace").decode()),
    some.builds(
        lambda kind, rest: json.dumps({**rest, "type": kind}),
        TYPES,
        some.dictionaries(WORDS, CONTENT, max_size=4),
    ),
)


@settings(max_examples=60, deadline=None)
@given(message=FRAMES)
def test_every_frame_has_an_end(port: int, message: str | bytes) -> None:
    assert outcome(port, message) in ("answered", "unreadable")


Ask = Callable[..., http.client.HTTPResponse]


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("[", None, 421), ("[::1", None, 421), ("]", None, 421), ("127.0.0.1:x", None, 421),
        ("127.0.0.1;x", None, 421), ("a" * 3000, None, 421), ("evil.example", None, 421),
        ("127.0.0.1:{port}", "http://[", 403), ("127.0.0.1:{port}", "null", 403),
        ("127.0.0.1:{port}", "http://127.0.0.1:{port}@evil.example", 403),
        ("127.0.0.7:{port}", None, 200), ("LOCALHOST:{port}", None, 200),
        ("[::1]:{port}", None, 200),
    ],
)  # fmt: skip
def test_odd_names_are_refused_and_not_echoed(
    port: int, host: str, origin: str | None, status: int
) -> None:
    headers = {"Host": host.format(port=port)}
    if origin:
        headers["Origin"] = origin.format(port=port)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", f"/?token={TOKEN}", headers=headers)
    answer = connection.getresponse()
    said = str(answer.headers) + answer.read().decode()
    connection.close()
    assert answer.status == status
    assert status == 200 or host.format(port=port) not in said


def test_half_a_request_is_given_up(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_server, "PATIENCE", 0.3)
    with socket.create_connection(("127.0.0.1", port), timeout=30) as one:
        one.sendall(b"GET / HTTP/1.1\r\nHost: 127")
        assert one.recv(100) == b""


FILE = {"array": "u1", "shape": [4], "at": 0}


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ({"type": "bets", "do": FILE}, "an array"), ({"type": FILE}, "an array"),
        ({"type": "open", "plans": [FILE]}, "an array"),
        ({"type": "edit", "plan": 0, "timeline": [{"access": {"to": FILE}}]}, "an array"),
        ({"type": "upload", "files": [{"name": FILE, "content": FILE}]}, "an array"),
        ({"type": "open", "parameters": {"b_trust": float("nan")}}, "a number"),
        ({"type": "open", "parameters": {"b_trust": 1e308}}, "a number"),
        ({"type": "signals", "plan": -(2**53)}, "a number"),
        ({"type": "yaml", "\ud800": 1}, "half a character"),
        ({"type": "look", "files": [{"name": "a\udfff", "content": FILE}]}, "half a character"),
        ({"type": "yaml", "more": json.loads("[" * 60 + "]" * 60)}, "nested too deeply"),
    ],
    ids=lambda one: str(one)[:60],
)  # fmt: skip
def test_what_no_page_sends_is_refused_in_one_place(port: int, request_: Any, said: str) -> None:
    head = json.dumps({**request_, "id": 7}).encode()
    head += b" " * (-(len(head) + 4) % 8)
    with tab(port) as one:
        one.send(struct.pack("<I", len(head)) + head + b"id\na\0\0\0\0")
        answer = from_frame(bytes(one.recv(timeout=60)))
    assert answer["id"] == 7
    assert said in answer["problems"][0]["what"]
