"""What a browser's tab sends, and what is typed."""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from copy import deepcopy
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
from hypothesis import strategies as st

from kinds.files import PEOPLE
from kinds.odd import CELLS, NO_NUMBERS, Odd, evenly, mutate, places
from kinds.tables import tables
from sim.cli import COMMANDS, main, uptake
from sim.cli.options import NumberInDigits, WholeInDigits
from sim.errors import InputError, obeys
from sim.page.assets import as_frame, from_frame
from sim.web import socket
from sim.web.socket import JSON_BYTES, Tab, check_request, request_of, too_large

ASKED: dict[str, dict[str, Any]] = {
    "hello": {},
    "open": {"plans": ["order-trust-first"], "organisation": "small-firm",
             "parameters": {"b_trust": 1.0}, "outcome": "trust", "pseudonyms": True,
             "edits": {"0": [{"access": {"start": 1}}]}},
    "edit": {"plan": 0, "timeline": [{"access": {"start": 1}}], "dragging": True},
    "why": {"plan": 0, "team": 1, "first": False, "week": 2, "person": 3},
    "next": {"plan": 0, "team": 1},
    "replay": {"plan": 0},
    "yaml": {"plan": 0},
    "signals": {"plan": 1, "team": 1},
    "starts": {"plan": 0, "person": 3},
    "bets": {"do": "open", "port": 80, "weeks": 4, "marks": [1, 4], "plans": ["a"]},
    "look": {"files": [{"name": "hr.csv", "content": "a file"}]},
    "upload": {"people": "a file", "ties": "a file", "name": "x", "scale": ""},
    "upload again": {"files": [{"name": "hr.csv", "content": "a file"}], "name": "x",
                     "sheets": {"hr.csv": {"kind": "people", "columns": {"id": "id"}}}},
    "nothing of the kind": {},
}  # fmt: skip
WORDS = ["start", "to", "dose", "access", "usage policy", "teams", "at", "array", "shape", "name"]
NUMBERS = st.sampled_from(
    [10**400, -(10**400), 2**53, 2**53 - 1, -1, 2, 99, 1e300, float("nan"), float("inf"), True, "0",
     "1", "\u0661", "\u00b2", "9" * 5000, 0.5, None, [], {}]
)  # fmt: skip
"""In place of a number: just outside its range, or none."""

DEEP = [json.loads("[" * deep + "]" * deep) for deep in (20, 60, 900)]
ARRAYS = st.fixed_dictionaries({
    "array": st.sampled_from(["u1", "f8", "u4", "i8", "O", "V9999999999", "S1", "M8", "?", "x", "",
                              1, None]),
    "shape": st.sampled_from([[0], [4], [2, 2], [-1], [10**9], [2**62, 4], [10**400], [], [[1]],
                              "4", None, [1.5], [True]]),
    "at": st.sampled_from([0, 4, 8, -8, 3, 10**9, 2**63, 10**400, "0", None, 0.5, []]),
})  # fmt: skip


@st.composite
def frames(draw: st.DrawFn) -> Odd:
    """Return a request with an odd value in a field or two, or no request at all."""
    how = evenly(draw, ["none", "frame", "large", *["request"] * 9, *["number"] * 3])
    if how == "none":
        return Odd(draw(st.binary(max_size=60) | st.text(max_size=60)))
    kind = evenly(draw, [*ASKED, "open", "open", "edit", "edit", "why"])
    number = draw(st.sampled_from([7, 7, 7, 7, 2**53 - 1, 2**53, 10**400, True, None, "7", 0.5]))
    message = {"type": kind.removesuffix(" again"), "id": number, **deepcopy(ASKED[kind])}
    if how == "frame":
        return Odd(_framed(draw, message))
    if how == "large":
        message["more"] = "x" * draw(st.sampled_from([JSON_BYTES // 2, JSON_BYTES, JSON_BYTES + 1]))
        text = json.dumps(message)
        return Odd(text if draw(st.booleans()) else struct.pack("<I", len(text)) + text.encode())
    if how == "number":
        there = [(h, k) for h, k in places(message) if isinstance(h[k], int | float) and k != "id"]
        if there:
            holder, key = evenly(draw, there)
            holder[key] = draw(NUMBERS)
    elif draw(st.integers(0, 9)) == 0:
        holder, key = draw(st.sampled_from(list(places(message))))
        holder[key] = deepcopy(draw(st.sampled_from(DEEP)))
    else:
        mutate(draw, message, WORDS)
    if "a file" in str(message):
        data = draw(tables(PEOPLE)).data
        for holder, key in list(places(message)):
            if isinstance(holder[key], str) and holder[key] == "a file":
                holder[key] = np.frombuffer(data, draw(st.sampled_from(["u1"] * 6 + ["S1"])))
        with suppress(UnicodeEncodeError, OverflowError, ValueError):  # what no page could send
            return Odd(as_frame(message))
        return Odd("")
    with suppress(ValueError):  # an integer of more digits than Python writes
        return Odd(json.dumps(message))
    return Odd("")


def _framed(draw: st.DrawFn, message: dict[str, Any]) -> bytes:
    """Return a frame that says of itself or of its arrays what is not so."""
    holder, key = draw(st.sampled_from([(message, "more"), *places(message)]))
    holder[key] = draw(ARRAYS)
    head = json.dumps(message).encode()
    head += b" " * (-(len(head) + 4) % 8)
    rest = draw(st.binary(max_size=40))
    n = len(head)
    length = draw(st.sampled_from([n, n, n, n, 0, n - 1, n + len(rest), n + len(rest) + 1,
                                   JSON_BYTES, JSON_BYTES + 1, 2**31, 2**32 - 1]))  # fmt: skip
    return struct.pack("<I", length) + head + rest


def frame(tab: Tab, odd: Odd) -> None:
    message = odd.data

    def unforeseen(asked: object, error: Exception) -> None:
        raise AssertionError(asked) from error

    event = {"text": message} if isinstance(message, str) else {"bytes": message}
    text = isinstance(message, str)
    said = struct.unpack_from("<I", message)[0] if not text and len(message) >= 4 else 0
    cut = not text and said > len(message) - 4
    assert too_large(event) == (not cut and (len(message) if text else said) > JSON_BYTES)
    if too_large(event):
        return  # the tab is closed
    request = request_of(event)
    assert request is None or not cut
    if request is None:
        return
    try:
        check_request(request)
        odd_inside = False
    except InputError:
        odd_inside = True
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "_note", unforeseen)  # answered too, but by a line in the log
        answer = from_frame(tab._answered(request))
    assert isinstance(answer, dict)
    asked, number = request.get("id"), answer["id"]
    assert number is None or abs(number) < 2**53  # the page has no others
    assert not isinstance(asked, int) or abs(asked) >= 2**53 or number == asked
    assert not odd_inside or answer["problems"]
    assert as_frame(answer)


# ------------------------------------------------------------------------ what is typed

OPTIONS = ["--set", "--seed", "-n", "--weeks", "--margin", "--organisation", "--threads", "--by",
           "--json", "--csv", "--sql", "--outcome", "--help", "--debugging", "--", "-", "--n=2",
           "--set=b_trust=1", "--where", "--method", "--observed", "--mapping"]  # fmt: skip
READING = [name for name in COMMANDS if name not in ("serve", "demo", "doctor", "new-plugin")]
NAMES = ["mandate", "small-firm", "C3", "access", "scenario", "odd.yaml", ".", "..", "/dev/zero",
         "/dev/null", "~", "~nobody/x", "b_trust=nan", "b_trust=1e999", "b_trust", "=", "\udcff",
         "x/" * 3000 + "y", "a\x1b]0;b\x07.yaml", "\u202etxt.yaml",
         "[red]x[/red]", "\u00df\u4e00"]  # fmt: skip
SHORT = ["--organisation", "small-firm", "-n", "2", "--weeks", "2"]
RUNNING = ("run", "compare", "report")


@st.composite
def words(draw: st.DrawFn) -> Odd:
    """Return a command with words that may be none of its own, in some surroundings."""
    around = (
        draw(st.sampled_from(["utf-8", "utf-8", "cp1252", "cp437", "cp932"])),
        draw(st.sampled_from([None, None, "0", "1", "40", "-3", "x", "9" * 30])),
    )
    if draw(st.integers(0, 2)) == 0:
        command = draw(st.sampled_from(["run", "compare"]))
        option = draw(st.sampled_from([*_numbers_of(command), "--set=b_trust", "--margin"]))
        if option != "--margin" or command == "compare":
            number = draw(NO_NUMBERS)
            given = [*SHORT, f"{option}={number}"]
            return Odd((command, given, around), fault=f"{option} {number:.40}")
    command = draw(st.sampled_from(READING))
    others = draw(st.lists(st.sampled_from([*OPTIONS, *NAMES]) | CELLS, max_size=4))
    others = [one.replace("\0", "") for one in others]  # no system hands a NUL down
    if command in RUNNING:  # short, where nothing else is wrong with it
        others = [*SHORT, *others]
    if command == "calibrate" or (command == "plan" and "--estimate" not in others):
        others = [*others, "--estimate"]  # no such option, or no search
    return Odd((command, others, around))


def _numbers_of(command: str) -> Iterator[str]:
    """Yield the options of a command that take a number."""
    found = uptake.get_command(click.Context(uptake), command)
    for option in found.params:
        if isinstance(option.type, WholeInDigits | NumberInDigits):
            yield max(option.opts, key=len)


def typed(place: Path, odd: Odd) -> None:
    command, others, (encoding, columns) = odd.data
    there = place / "folder"
    there.mkdir(exist_ok=True)
    with _streams(encoding) as (said, errors), pytest.MonkeyPatch.context() as patch:
        patch.chdir(there)
        for name in ("COLUMNS", "NUMBA_NUM_THREADS"):
            patch.delenv(name, raising=False)
        if columns is not None:
            patch.setenv("COLUMNS", columns)
        with pytest.raises(SystemExit) as ended:
            main([command, *others])
    out, err = (stream.getvalue().decode(encoding) for stream in (said, errors))
    assert ended.value.code in (0, 1, 2), err
    assert ended.value.code == 2 or not odd.fault, odd.fault
    assert "Traceback" not in err
    assert (out + err).strip()
    assert not obeys((out + err).replace("\r\n", "\n")), ascii(out + err)[:2000]


@contextmanager
def _streams(encoding: str) -> Iterator[tuple[io.BytesIO, io.BytesIO]]:
    """Give what is written to standard output and standard error, in an encoding."""
    said, errors = io.BytesIO(), io.BytesIO()
    out, err = (io.TextIOWrapper(one, encoding, write_through=True) for one in (said, errors))
    with redirect_stdout(out), redirect_stderr(err):
        yield said, errors
    for one in (out, err):
        one.detach()  # what is let go of closes its bytes
