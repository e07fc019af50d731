"""A tab's rounds of bets: opened, read and closed by the tab that asks, placed by phones."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.errors import InputError, Problem
from sim.web.ballots import Rounds, own_addresses
from sim.web.guard import ServerAccess, is_loopback

__all__ = ["Phones"]

MOST_WORDS, MOST_MARKS = 200, 12


class Phones:
    """The rounds of one tab.

    Parameters
    ----------
    rounds : Rounds
        Those of the whole server.
    access : ServerAccess
        What the server is bound to: phones reach it only where that is more than this machine.
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
        raise InputError([Problem("bets", str(do)[:40], "is unknown", "open, read or end")])

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
        raise InputError([Problem("bets", "weeks", "is no number of weeks", "1 to 1040")])
    if not isinstance(marks, list) or not 1 <= len(marks) <= MOST_MARKS:
        raise InputError([Problem("bets", "marks", "is no list of weeks", "such as [13, 26, 52]")])
    if any(isinstance(m, bool) or not isinstance(m, int) or not 1 <= m <= weeks for m in marks):
        raise InputError([Problem("bets", "marks", "holds what is no week", f"1 to {weeks}")])
    words = {key: str(request.get(key) or "")[:MOST_WORDS] for key in ("plan", "outcome", "firm")}
    return {**words, "weeks": weeks, "marks": marks}
