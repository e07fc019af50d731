"""Bets from phones: an open round has a code, and whoever has the code may place one bet.

The code leads to one small page that knows the question and nothing of the answer; it opens nothing
else. A round ends when it is revealed or put away, and with the tab that opened it.
"""

from __future__ import annotations

import secrets
import socket
from collections import deque
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic
from typing import Any

from sim.errors import InputError, Problem

LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""What a code is made of: nothing that looks like something else."""

CODE = 8
"""Letters of a code: 31 to the 8th, one in a trillion."""

MOST_BETS, MOST_ROUNDS, MOST_CLIENTS = 200, 64, 1024
LONGEST_NAME, LONGEST_TICKET = 24, 64
WRONG, SECONDS = 30, 60.0
"""So many wrong codes of one client in this many seconds; then it waits until they have passed."""


class TooManyCodesError(Exception):
    """Too many wrong codes have been tried."""


@dataclass
class Round:
    """A round of bets: what is asked, and what was said, by the ticket of each phone."""

    code: str
    question: dict[str, Any]
    bets: dict[str, dict[str, Any]] = field(default_factory=dict)


class Rounds:
    """The open rounds of a server."""

    def __init__(self) -> None:
        self._open: dict[str, Round] = {}
        self._wrong: dict[str, deque[float]] = {}
        self._lock = Lock()

    def begin(self, question: dict[str, Any]) -> Round:
        """Open a round.

        Raises InputError where too many are open.
        """
        with self._lock:
            if len(self._open) >= MOST_ROUNDS:
                what = f"would be more than {MOST_ROUNDS} rounds at the same time"
                raise InputError([Problem("bets", "", what, "one of them put away")])
            code = "".join(secrets.choice(LETTERS) for _ in range(CODE))
            self._open[code] = one = Round(code, question)
            return one

    def end(self, code: str) -> None:
        """Close a round; nobody finds it any more."""
        with self._lock:
            self._open.pop(code, None)

    def find(self, code: str, client: str = "") -> Round | None:
        """Return the open round of a code, or None.

        Parameters
        ----------
        client : str
            The address of who asks; wrong codes are counted by it.

        Raises
        ------
        TooManyCodesError
            Where too many wrong codes were tried of late, whatever this one is.
        """
        given = code[: 2 * CODE].upper().encode("utf-8", "replace")
        with self._lock:
            now, wrong = monotonic(), self._wrong.get(client, deque())
            if len(wrong) == WRONG and now - wrong[0] < SECONDS:
                raise TooManyCodesError
            for one in self._open.values():
                if secrets.compare_digest(one.code.encode(), given):
                    return one
            self._wrong.pop(client, None)  # to the end: the first is who has been right longest
            self._wrong[client] = deque([*wrong, now], WRONG)
            if len(self._wrong) > MOST_CLIENTS:
                del self._wrong[next(iter(self._wrong))]
            return None

    def place(self, one: Round, ticket: str, bet: dict[str, Any]) -> bool:
        """Take a bet in, in place of the one of this phone there may be; False where it is full."""
        with self._lock:
            if ticket not in one.bets and len(one.bets) >= MOST_BETS:
                return False
            one.bets[ticket] = bet
            return True

    def said(self, code: str) -> list[dict[str, Any]]:
        """Return the bets of a round in the order in which they came."""
        with self._lock:
            one = self._open.get(code)
            return list(one.bets.values()) if one else []


def ballot_from(message: object, weeks: int) -> tuple[str, dict[str, Any]] | None:
    """Return the ticket and the bet in what a phone sent: {who, guess}; None where it is no bet.

    ``guess`` has shares in [0, 1] by week.

    Examples
    --------
    >>> ballot_from({"ticket": "t", "who": " Ada ", "guess": {"52": 0.4}}, 52)
    ('t', {'who': 'Ada', 'guess': {'52': 0.4}})
    >>> ballot_from({"ticket": "t", "who": "", "guess": {"53": 0.4}}, 52) is None
    True
    """
    if not isinstance(message, dict):
        return None
    ticket, who, guess = (message.get(key) for key in ("ticket", "who", "guess"))
    if not (isinstance(ticket, str) and 0 < len(ticket) <= LONGEST_TICKET and isinstance(who, str)):
        return None
    if not isinstance(guess, dict) or not 1 <= len(guess) <= weeks:
        return None
    for week, share in guess.items():
        if not (str(week).isdecimal() and len(str(week)) < 5 and 1 <= int(week) <= weeks):
            return None
        if isinstance(share, bool) or not isinstance(share, int | float):
            return None
        if not 0 <= share <= 1:
            return None
    name = "".join(letter for letter in who if letter.isprintable()).strip()[:LONGEST_NAME]
    return ticket, {
        "who": name,
        "guess": {str(week): float(share) for week, share in guess.items()},
    }


def own_addresses(host: str) -> list[str]:
    """Return where phones find a server that is bound to ``host``: its own, or this machine's.

    Nothing is sent: a datagram socket that is connected says which address it would use.
    """
    if host not in ("0.0.0.0", "::"):
        return [host]
    found = []
    for family, outside in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        if family == socket.AF_INET6 and host == "0.0.0.0":
            continue
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((outside, 9))
                found.append(str(probe.getsockname()[0]))
        except OSError:
            continue
    return found
