"""Strangers are refused, and the page may load nothing but itself."""

from __future__ import annotations

import http.client
from collections.abc import Callable

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from sim.web.guard import ServerAccess, is_loopback, new_token

Serving = Callable[..., int]


def ask(
    port: int, path: str = "/", method: str = "GET", **headers: str
) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.putrequest(method, path, skip_host="Host" in headers)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    return connection.getresponse()


@pytest.fixture(scope="module")
def port(serving: Serving) -> int:
    return serving()


def test_the_page_is_sealed(port: int) -> None:
    answer = ask(port)
    policy = answer.headers["Content-Security-Policy"]
    assert answer.status == 200
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    text = answer.read().decode()
    assert " style=" not in text
    assert "onload=" not in text


@pytest.mark.parametrize("name", ["evil.example", "127.0.0.1.evil.example", "192.168.0.7", ""])
def test_another_name_leads_nowhere(port: int, name: str) -> None:
    answer = ask(port, Host=f"{name}:{port}")
    assert answer.status in (400, 421)


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "[::1]"])
def test_names_of_this_machine_are_known(port: int, name: str) -> None:
    assert ask(port, Host=f"{name}:{port}").status == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1"])
def test_other_pages_are_refused(port: int, origin: str) -> None:
    assert ask(port, Origin=origin).status == 403
    with pytest.raises(InvalidStatus, match="403"):
        connect(f"ws://127.0.0.1:{port}/live", origin=origin)


def test_a_socket_without_an_origin_is_refused(port: int) -> None:
    with pytest.raises(InvalidStatus, match="403"):
        connect(f"ws://127.0.0.1:{port}/live")


@pytest.mark.parametrize(
    "path",
    [
        "/static/../../pyproject.toml",
        "/static/%2e%2e%2f%2e%2e%2fpyproject.toml",
        "/static/..%5c..%5cpyproject.toml",
        "/static//etc/passwd",
        "/static/__init__.py",
        "/static/page.js.map",
        "/pyproject.toml",
    ],
)
def test_no_path_reaches_the_disk(port: int, path: str) -> None:
    assert ask(port, path).status == 404


def test_only_reading_is_allowed(port: int) -> None:
    assert ask(port, method="POST").status == 405


def test_elsewhere_a_token_is_needed(serving: Serving) -> None:
    token = new_token()
    port = serving(ServerAccess("0.0.0.0", token))
    assert ask(port).status == 401
    assert ask(port, "/?token=wrong").status == 401
    assert ask(port, f"/?token={token}").status == 200
    assert ask(port, f"/?token={token}", Host=f"192.168.0.7:{port}").status == 200
    assert ask(port, f"/?token={token}", Host=f"rebound.example:{port}").status == 421
    origin = f"http://127.0.0.1:{port}"
    with pytest.raises(InvalidStatus, match="403"):
        connect(f"ws://127.0.0.1:{port}/live", origin=origin)
    with connect(f"ws://127.0.0.1:{port}/live?token={token}", origin=origin):
        pass


def test_tokens_differ_and_are_long() -> None:
    tokens = {new_token() for _ in range(50)}
    assert len(tokens) == 50
    assert min(map(len, tokens)) >= 32


@pytest.mark.parametrize(
    ("host", "inside"),
    [("127.0.0.1", True), ("127.0.0.2", True), ("::1", True), ("localhost", True),
     ("0.0.0.0", False), ("10.0.0.1", False), ("example.org", False)],
)  # fmt: skip
def test_what_is_loopback(host: str, inside: bool) -> None:
    assert is_loopback(host) is inside
