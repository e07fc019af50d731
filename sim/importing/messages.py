"""Ties from a log of messages: who and when are read, never what."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from sim.importing.dates import dates_of
from sim.importing.register import Register
from sim.importing.sheet import Sheet

__all__ = ["FORMULA", "LogTies", "ties_of_log"]

FORMULA = (
    "whoever gets a message listens to its sender; a message to n people counts 1/n to each, "
    "summed over the log"
)


@dataclass
class LogTies:
    """What a log gives.

    Parameters
    ----------
    weights : dict of (int, int) to float
        By listener and sender.
    messages, outside, late : int
        Messages read; ends that are nobody in the organisation; messages before the window.
    """

    weights: dict[tuple[int, int], float]
    messages: int
    outside: int
    late: int
    first: date | None
    last: date | None


def ties_of_log(
    sheet: Sheet,
    columns: dict[str, str],
    register: Register,
    *,
    window: int | None = None,
    least: float = 0.0,
) -> LogTies:
    """Return who listens to whom by a log of messages.

    Parameters
    ----------
    sheet : Sheet
        A row a message, or a row a recipient with a column that names the message.
    columns : dict of str to str
        ``from``, ``to`` and, where there are any, ``cc``, ``date``, ``message``.
    window : int, optional
        Weeks before the last message that count; all by default.
    least : float
        Ties that weigh less are left out.
    """
    days, sizes = _before(sheet, columns.get("date", ""), columns.get("message", ""))
    first, last = (min(days.values()), max(days.values())) if days else (None, None)
    since = last - timedelta(weeks=window) if last and window else None
    n = 1 << 32
    weights: dict[int, float] = {}
    messages = outside = late = 0
    find = register.find
    for message, sender, to, cc, at in sheet.rows(
        *(columns.get(name, "") for name in ("message", "from", "to", "cc", "date"))
    ):
        if since is not None and days.get(at[:10], since) <= since:
            late += 1
            continue
        messages += 1
        source = find(sender)
        lone = not cc and ";" not in to and ("," not in to or ("@" not in to and find(to) >= 0))
        ends = [to] if lone else _ends(to, cc)
        share = 1.0 / max(len(ends), sizes.get(hash(message), 1) if message else 1)
        if source < 0:
            outside += 1
            continue
        for end in ends:
            target = find(end)
            if target < 0:
                outside += 1
            elif target != source:
                pair = target * n + source
                weights[pair] = weights.get(pair, 0.0) + share
    kept = {(k // n, k % n): w for k, w in sorted(weights.items()) if w >= least}
    return LogTies(kept, messages, outside, late, first, last)


def _ends(to: str, cc: str) -> list[str]:
    ends = (end for cell in (to, cc) for end in re.split(";" if ";" in cell else r"[,|\n]", cell))
    return [end.strip() for end in ends if end.strip()] or [""]


def _before(sheet: Sheet, date_column: str, message: str) -> tuple[dict[str, date], dict[int, int]]:
    """Return the day of each beginning of a time, and the rows of messages with several.

    Ten characters are a date in most forms; otherwise whole cells are read.
    """
    texts: set[str] = set()
    seen: set[int] = set()
    several: Counter[int] = Counter()
    for when, name in sheet.rows(date_column, message):
        texts.add(when[:10])
        if name:
            key = hash(name)
            if key in seen:
                several[key] += 1
            else:
                seen.add(key)
    sizes = {key: count + 1 for key, count in several.items()}
    if not date_column:
        return {}, sizes
    if all(text[0].isdigit() for text in texts if text):
        return dates_of((text.strip() for text in texts), sheet, date_column), sizes
    whole = {cell for (cell,) in sheet.rows(date_column)}
    found = dates_of(whole, sheet, date_column)
    return {cell[:10]: day for cell, day in found.items()}, sizes
