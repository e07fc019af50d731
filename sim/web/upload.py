"""Uploaded files: read and checked in memory, never written anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import InputError, Problem
from sim.organisation.load import load_bytes
from sim.tables import MemoryFile, text_of
from sim.web.server_state import Limits

if TYPE_CHECKING:
    from sim.organisation.organisation import Organisation


FILES = {"people": "people.csv", "ties": "ties.csv"}
_MEGABYTE = 1024 * 1024
_LONG = 300
_MOST_FILES = 12

_ELSEWHERE = "choose it under “files of any other kind”"
_HERE = (
    (
        r"another scale is declared in organisation\.yaml \(scale: .*?\)",
        "or tick “survey answers are on a five-point scale”",
    ),
    (r"columns: \{.*?\} in organisation\.yaml has it read", f"to have it read, {_ELSEWHERE}"),
    (r"columns: \{.*?\} in organisation\.yaml(?: says so)?", f"{_ELSEWHERE} to say so"),
    (r"; unknown_managers: top in organisation\.yaml.*", ""),
    (r" \(organisation\.yaml may say top_level\)", ""),
)
"""What the command line mends in a file of settings, which an upload has not; and how here."""


def read_upload(message: dict[str, Any], limits: Limits) -> Organisation:
    """Return the organisation of an upload: ``people`` and ``ties`` as bytes, ``name``, ``scale``.

    Raises InputError with the same messages as ``uptake describe`` on a folder, or where a limit is
    passed.
    """
    until = monotonic() + limits.seconds
    if "files" in message:
        return _imported(message, limits, until)
    contents = {name: _content(message, name) for name in FILES}
    _check_size(sum(map(len, contents.values())), limits)
    lines = contents["people"].count(b"\n")
    if lines > 2 * limits.people + 100:  # more than any layout of this many people has
        what = f"has {lines:,} lines; the live page shows up to {limits.people:,} people"
        right = "uptake compare and uptake report, which take any size"
        raise InputError([Problem(FILES["people"], "", what, right)])
    scale = "five-point" if message.get("scale") == "five-point" else ""
    with _in_time(limits, until):
        organisation = load_bytes(
            contents["people"], contents["ties"], name=_name(message), scale=scale,
            max_rows=limits.rows, until=until,
        )  # fmt: skip
    notes = tuple(replace(note, what=_said_here(note.what)) for note in organisation.notes)
    return replace(organisation, notes=notes)


def without_files(message: dict[str, Any]) -> dict[str, Any]:
    """Return a request without the content of its files: the one place for arrays."""
    rest = {key: value for key, value in message.items() if key not in FILES}
    if isinstance(files := rest.get("files"), list):
        rest["files"] = [
            {key: value for key, value in one.items() if key != "content"}
            if isinstance(one, dict)
            else one
            for one in files
        ]
    return rest


def look_at_upload(message: dict[str, Any], limits: Limits) -> dict[str, Any]:
    """Return what uploaded files of any kind are taken for: sheets, kinds, columns, samples.

    Raises InputError where one cannot be read, or a limit is passed.
    """
    from sim.importing.columns import FIELDS, KINDS
    from sim.importing.importer import Options, look_at
    from sim.importing.sheet import READINGS

    sheets = look_at(_files(message, limits, monotonic() + limits.seconds), Options())
    kinds = {**KINDS, "nothing": "passed over"}
    return {"sheets": sheets, "kinds": kinds, "fields": FIELDS,
            "readings": {key: dict(ways) for key, ways in READINGS.items()}}  # fmt: skip


def _imported(message: dict[str, Any], limits: Limits, until: float) -> Organisation:
    """Return the organisation of files of any kind, by the mapping of the dialog."""
    from sim.importing.importer import Options, import_files

    said = message.get("sheets")
    options = Options(name=_name(message), mapping=said if isinstance(said, dict) else None)
    with _in_time(limits, until):
        return import_files(_files(message, limits, until), options).noted


@contextmanager
def _in_time(limits: Limits, until: float) -> Iterator[None]:
    """Refuse what takes too long to read."""
    try:
        yield
        if monotonic() > until:
            raise TimeoutError
    except TimeoutError:
        what = f"took longer than {limits.seconds:g} seconds to read and check"
        raise InputError([Problem("upload", "", what, "smaller files")]) from None


def _name(message: dict[str, Any]) -> str:
    return str(message.get("name") or "").strip()[:100] or "Uploaded organisation"


def _check_size(size: int, limits: Limits) -> None:
    if size > limits.megabytes * _MEGABYTE:
        what = f"has {size / _MEGABYTE:.1f} MB, above the limit of {limits.megabytes:g} MB"
        raise InputError([Problem("upload", "", what, "smaller files, or the command line")])


def _files(message: dict[str, Any], limits: Limits, until: float) -> list[MemoryFile]:
    """Return the uploaded files, which never touch the disk."""
    files = message.get("files")
    if not isinstance(files, list) or not 1 <= len(files) <= _MOST_FILES:
        raise InputError([Problem("upload", "", "holds no files", f"1 to {_MOST_FILES} files")])
    result = []
    for one in files:
        content = one.get("content") if isinstance(one, dict) else None
        if not isinstance(content, np.ndarray) or content.dtype != np.uint8:
            raise InputError([Problem("upload", "", "holds what is no file", "files")])
        name = re.split(r"[/\\]", str(one.get("name") or "file"))[-1][:100]
        result.append(MemoryFile(name, content.tobytes(), until))
    _check_size(sum(len(file.content) for file in result), limits)
    return result


def _content(message: dict[str, Any], name: str) -> bytes:
    value = message.get(name)
    if not isinstance(value, np.ndarray) or value.dtype != np.uint8:
        raise InputError([Problem(FILES[name], "", "is missing", f"a file {FILES[name]}")])
    return value.tobytes()


def with_lines(error: InputError, message: dict[str, Any]) -> list[dict[str, Any]]:
    """Return problems as plain data, each with the line of the file that it is about.

    One that the dialog can decide has ``doubt``: the sheet, and the key of its mapping.
    """
    from sim.importing.sheet import InDoubtError

    texts = {
        FILES[name]: text_of(value.tobytes()).splitlines()
        for name in FILES
        if isinstance(value := message.get(name), np.ndarray)
    }
    found = [_with_line(problem, texts) for problem in error.problems]
    if isinstance(error, InDoubtError):
        ways = " or ".join(f"{value} ({means})" for value, means in error.choices.items())
        found[0] |= {"right": f"{error.key}: {ways}; choose below, then Upload",
                     "doubt": {"sheet": error.sheet, "key": error.key}}  # fmt: skip
    return found


def _said_here(text: str) -> str:
    for there, here in _HERE:
        text = re.sub(there, here, text)
    return text


def _with_line(problem: Problem, texts: dict[str, list[str]]) -> dict[str, Any]:
    found = {"where": problem.where, "path": problem.path, "what": problem.what,
             "right": _said_here(problem.right), "line": ""}  # fmt: skip
    place = re.fullmatch(r"([^:]+):(\d+)(?::(\d+))?", problem.where)
    if place and place[1] in texts and 0 < int(place[2]) <= len(texts[place[1]]):
        found["line"] = texts[place[1]][int(place[2]) - 1][:_LONG]
    return found
