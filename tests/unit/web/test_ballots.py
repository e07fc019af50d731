"""Bets from phones: a code leads to one question, and to nothing else."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from sim.errors import InputError
from sim.page.assets import from_frame
from sim.web import guard, socket
from sim.web.guard import (
    MOST_BETS,
    Rounds,
    ServerAccess,
    TooManyCodesError,
    ballot_from,
    own_addresses,
)

QUESTION = {"plan": "Mandate", "outcome": "Weekly users", "firm": "F", "weeks": 52, "marks": [52]}


@pytest.fixture(scope="module")
def open_port(serving: Callable[..., int]) -> int:
    """The port of a server that others reach, with its token."""
    return serving(ServerAccess("0.0.0.0", "secret"))


class Host:
    """The tab that asks for bets."""

    def __init__(self, port: int) -> None:
        self.port, self.last = port, 0
        self.tab = ExitStack()
        url, origin = f"ws://127.0.0.1:{port}/live?token=secret", f"http://127.0.0.1:{port}"
        self.socket = self.tab.enter_context(connect(url, origin=origin, max_size=None))

    def ask(self, do: str, **body: Any) -> Any:
        self.last += 1
        message = {"id": self.last, "type": "bets", "do": do, "port": self.port, **body}
        self.socket.send(json.dumps(message))
        return from_frame(bytes(self.socket.recv(timeout=60)))


@pytest.fixture
def host(open_port: int) -> Iterator[Host]:
    one = Host(open_port)
    yield one
    one.tab.close()


def ask(port: int, path: str, body: Any = None, **headers: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    text = None if body is None else body if isinstance(body, bytes) else json.dumps(body)
    connection.request("GET" if body is None else "POST", path, text, headers)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def bet(share: Any, ticket: str = "a", who: str = "Ada") -> dict[str, Any]:
    return {"ticket": ticket, "who": who, "guess": {"52": share}}


def test_a_phone_bets_by_the_code_and_the_tab_reads_it(host: Host, open_port: int) -> None:
    opened = host.ask("open", **QUESTION)
    path = "/bet/" + opened["addresses"][0].rpartition("/")[2]
    assert opened["squares"].shape[0] == opened["squares"].shape[1]
    status, text = ask(open_port, path)
    assert status == 200
    assert "Mandate" in text
    assert ask(open_port, path, bet(0.4))[0] == 200
    assert ask(open_port, path, bet(0.6))[0] == 200, "the same phone thinks again"
    assert ask(open_port, path, bet(0.2, "b", "Ben\n<b>" + "x" * 40))[0] == 200
    said = host.ask("read")["bets"]
    assert [(one["who"][:7], one["guess"]) for one in said] == [
        ("Ada", {"52": 0.6}), ("Ben<b>x", {"52": 0.2}),
    ]  # fmt: skip
    assert len(said[1]["who"]) == 24
    assert len(host.ask("end")["bets"]) == 2
    assert ask(open_port, path)[0] == 404, "the bet is over"
    assert ask(open_port, path, bet(0.4))[0] == 404


def test_the_code_opens_nothing_else(host: Host, open_port: int) -> None:
    code = host.ask("open", **QUESTION)["addresses"][0].rpartition("/")[2]
    for path in ("/", f"/?code={code}", f"/?token={code}", f"/live?token={code}"):
        assert ask(open_port, path)[0] in (401, 404)
    assert ask(open_port, f"/bet/{code}/../../")[0] in (401, 404)
    assert ask(open_port, f"/bet/{code}", Host="evil.example")[0] == 421
    assert ask(open_port, f"/bet/{code}", bet(0.4), Origin="http://evil.example")[0] == 403
    url, origin = f"ws://127.0.0.1:{open_port}/bet/{code}", f"http://127.0.0.1:{open_port}"
    with pytest.raises(InvalidStatus), connect(url, origin=origin):
        pass


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"[" * 4000, b"nonsense", b"\xff", {"ticket": "a"}, bet(-0.1), bet(1.1),
        bet(True), bet("0.4"), bet(None), {**bet(0.4), "guess": {"53": 0.4}},
        {**bet(0.4), "guess": {"0": 0.4}},
        {**bet(0.4), "guess": {"x": 0.4}}, {**bet(0.4), "guess": {}}, {**bet(0.4), "who": 5},
        {**bet(0.4), "ticket": ""}, {**bet(0.4), "ticket": "t" * 65},
        b'{"ticket":"a","who":"","guess":{"52":NaN}}',
        b'{"ticket":"a","who":"","guess":{"52":1%s}}' % (b"0" * 400),
    ],
)  # fmt: skip
def test_what_is_no_bet_is_refused(host: Host, open_port: int, body: Any) -> None:
    path = "/bet/" + host.ask("open", **QUESTION)["addresses"][0].rpartition("/")[2]
    assert ask(open_port, path, body)[0] == 400
    assert ask(open_port, path, b" " * 5000)[0] == 413
    assert host.ask("read")["bets"] == []


@pytest.mark.parametrize(
    "wrong", [{"weeks": "52"}, {"weeks": 0}, {"marks": []}, {"marks": [60]}, {"marks": 5}]
)
def test_a_question_that_makes_no_sense_is_refused(host: Host, wrong: Any) -> None:
    assert host.ask("open", **{**QUESTION, **wrong})["problems"]


def test_a_round_ends_with_its_tab(open_port: int) -> None:
    host = Host(open_port)
    path = "/bet/" + host.ask("open", **QUESTION)["addresses"][0].rpartition("/")[2]
    host.tab.close()
    for _ in range(100):
        if ask(open_port, path)[0] == 404:
            return
    raise AssertionError("the round outlived its tab")


def test_a_server_that_only_this_machine_reaches_invites_no_phones() -> None:
    one = socket.Phones(Rounds(), ServerAccess())
    assert one.answer({"do": "open", "port": 80, **QUESTION}) == {"addresses": []}


def test_codes_cannot_be_tried_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(guard, "monotonic", lambda: now[0])
    rounds = Rounds()
    code = rounds.begin(QUESTION).code
    for _ in range(guard.WRONG):
        assert rounds.find("WRONG", "one") is None
    with pytest.raises(TooManyCodesError):
        rounds.find(code, "one")
    assert rounds.find(code.lower(), "other"), "only who tries waits"
    now[0] = guard.SECONDS + 1
    assert rounds.find(code, "one")
    for client in range(2 * guard.MOST_CLIENTS):
        rounds.find("WRONG", str(client))
    assert len(rounds._wrong) <= guard.MOST_CLIENTS


def test_who_tries_slowly_waits_until_the_first_try_is_old(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(guard, "monotonic", lambda: now[0])
    rounds = Rounds()
    for _ in range(guard.WRONG):
        rounds.find("WRONG", "slow")
        now[0] += 1.0
    with pytest.raises(TooManyCodesError):
        rounds.find("WRONG", "slow")
    now[0] = guard.SECONDS + 0.5  # of the last try it is half as long
    assert rounds.find("WRONG", "slow") is None


def test_who_tried_last_is_remembered_longest() -> None:
    rounds = Rounds()
    for _ in range(guard.WRONG - 1):
        rounds.find("WRONG", "one")
    for client in range(guard.MOST_CLIENTS - 1):
        rounds.find("WRONG", str(client))
    rounds.find("WRONG", "one")
    rounds.find("WRONG", "new")  # one too many: whoever tried longest ago is forgotten
    assert "0" not in rounds._wrong
    with pytest.raises(TooManyCodesError):
        rounds.find("WRONG", "one")
    assert len(rounds._wrong) == guard.MOST_CLIENTS


def test_so_many_rounds_are_open_and_no_more() -> None:
    rounds = Rounds()
    codes = [rounds.begin(QUESTION).code for _ in range(guard.MOST_ROUNDS)]
    with pytest.raises(InputError, match="rounds at the same time"):
        rounds.begin(QUESTION)
    rounds.end(codes[0])
    assert rounds.find(rounds.begin(QUESTION).code)


def test_what_is_a_bet_up_to_its_ends() -> None:
    guess = {"1": 0, "26": 0.25, "52": 1}
    message = {"ticket": "t" * guard.LONGEST_TICKET, "who": " Ada ", "guess": guess}
    found = ballot_from(message, 52)
    assert found == ("t" * 64, {"who": "Ada", "guess": {"1": 0.0, "26": 0.25, "52": 1.0}})


def test_phones_are_sent_to_an_address_of_this_machine() -> None:
    assert own_addresses("192.168.1.7") == ["192.168.1.7"]
    for everywhere in ("0.0.0.0", "::"):
        assert everywhere not in own_addresses(everywhere)


def test_a_round_takes_so_many_bets_and_no_more() -> None:
    rounds = Rounds()
    one = rounds.begin(QUESTION)
    for ticket in range(MOST_BETS):
        assert rounds.place(one, str(ticket), {"who": "", "guess": {"52": 0.4}})
    assert not rounds.place(one, "late", {"who": "", "guess": {"52": 0.4}})
    assert rounds.place(one, "0", {"who": "", "guess": {"52": 0.5}}), "who has bet may change it"
    assert ballot_from(bet(0), 52) is not None
