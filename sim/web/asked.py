"""What a tab asks beside its plans: files it brings, never written anywhere, and those who lead.

Of real people a figure is never about one manager or one leader: it is about all of them, where
there are five or more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.attribution import coached, following
from sim.arrays import Floats, Ints
from sim.contrast import bands
from sim.errors import InputError, Problem, refusal
from sim.numbers import fixed
from sim.organisation.load import load_bytes
from sim.organisation.organisation import informal_leaders
from sim.page.replay import planes, shown_people
from sim.results.measure import SMALLEST_TEAM
from sim.tables import MemoryFile, text_of
from sim.web.server_state import Limits
from sim.web.session import Session, row_of

if TYPE_CHECKING:
    from sim.contrast import Difference
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
        raise refusal(FILES["people"], "", what, right)
    scale = "five-point" if message.get("scale") == "five-point" else ""
    with _in_time(limits, until):
        organisation = load_bytes(
            contents["people"], contents["ties"], name=_name(message), scale=scale,
            max_rows=limits.rows, until=until,
        )  # fmt: skip
    notes = tuple(note._replace(what=_said_here(note.what)) for note in organisation.notes)
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
        raise refusal("upload", "", what, "smaller files") from None


def _name(message: dict[str, Any]) -> str:
    return str(message.get("name") or "").strip()[:100] or "Uploaded organisation"


def _check_size(size: int, limits: Limits) -> None:
    if size > limits.megabytes * _MEGABYTE:
        what = f"has {fixed(size / _MEGABYTE, 1)} MB, above the limit of {limits.megabytes:g} MB"
        raise refusal("upload", "", what, "smaller files, or the command line")


def _files(message: dict[str, Any], limits: Limits, until: float) -> list[MemoryFile]:
    """Return the uploaded files, which never touch the disk."""
    files = message.get("files")
    if not isinstance(files, list) or not 1 <= len(files) <= _MOST_FILES:
        raise refusal("upload", "", "holds no files", f"1 to {_MOST_FILES} files")
    result = []
    for one in files:
        content = one.get("content") if isinstance(one, dict) else None
        if not isinstance(content, np.ndarray) or content.dtype != np.uint8:
            raise refusal("upload", "", "holds what is no file", "files")
        name = re.split(r"[/\\]", str(one.get("name") or "file"))[-1][:100]
        result.append(MemoryFile(name, content.tobytes(), until))
    _check_size(sum(len(file.content) for file in result), limits)
    return result


def _content(message: dict[str, Any], name: str) -> bytes:
    value = message.get(name)
    if not isinstance(value, np.ndarray) or value.dtype != np.uint8:
        raise refusal(FILES[name], "", "is missing", f"a file {FILES[name]}")
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


MANY_PEOPLE = 1000
"""With more people than these, fewer replicates are run."""

TEAMS_NAMED = 3


def signals(session: Session, request: dict[str, Any]) -> dict[str, Any]:
    """Say what the manager of a team signals week by week, as planned and with coaching changed.

    ``plan`` and ``team`` by position. Of real people: all managers together, and everybody's use;
    where there are fewer than five, ``managers`` is 0 and nothing else is said.
    """
    results, plan = session.shown(request)
    people = session.organisation
    team = row_of(request.get("team"), people.n_teams)
    rows = np.flatnonzero(people.is_manager)
    whose: int | None = None
    if session.people_shown:
        if team not in results.shown_teams:
            raise refusal("team", people.teams[team], "is too small", "a larger team")
        head = int(people.team_manager[team])
        rows, whose = np.array([head] if head >= 0 else [], np.int64), team
    if not len(rows) or (whose is None and len(rows) < SMALLEST_TEAM):
        return {"managers": 0}
    found = coached(
        results, plan, rows, team=whose, replicates=_replicates(people),
        threads=session.state.threads,
    )  # fmt: skip
    return {
        "managers": len(rows), "of": "" if whose is None else people.teams[whose],
        "added": found.added, "week": found.week, "planned": _band(found.planned),
        "other": _band(found.other), "effect": _difference(found.effect),
    }  # fmt: skip


def starts(session: Session, request: dict[str, Any]) -> dict[str, Any]:
    """Say who follows where somebody uses the tool from the first week: ``plan``, ``person``.

    Without ``person``: where all informal leaders do. ``state`` is the replicate that is replayed.
    """
    results, plan = session.shown(request)
    people = session.organisation
    rows = _starters(session, request)
    found = following(
        results, plan, rows, replicates=_replicates(people), threads=session.state.threads
    )
    named = [
        {"team": int(team), "more": float(found.by_team[team])}
        for team in np.argsort(-found.by_team)[:TEAMS_NAMED]
        if team in results.shown_teams and found.by_team[team] > 0
    ]
    return {
        "plan": plan, "rows": rows.astype(np.int32), "others": _difference(found.others),
        "began": _difference(found.began), "by_week": found.by_week, "teams": named,
        "state": _replayed(session, found.case),
    }  # fmt: skip


def _starters(session: Session, request: dict[str, Any]) -> Ints:
    people = session.organisation
    if request.get("person") is None:
        rows = informal_leaders(people).astype(np.int64)
        if len(rows) < SMALLEST_TEAM and not session.people_shown:
            what = f"has {len(rows)} informal leaders: any figure would be about one of them"
            right = f"{SMALLEST_TEAM} or more, as in a firm of {20 * SMALLEST_TEAM} people"
            raise refusal("organisation", people.name, what, right)
        return rows
    if not session.people_shown:
        right = "all informal leaders; or uptake serve --people, where everybody has agreed"
        raise refusal("person", "", "may not be asked about: these people are real", right)
    row = row_of(request["person"], people.n_people)
    if not shown_people(people)[row]:
        what = "is in a team of fewer than five people"
        raise refusal("person", "", what, "somebody of a larger team")
    return np.array([row], np.int64)


def _replayed(session: Session, case: Any) -> NDArray[np.uint8]:
    from sim.case import Record, run_cases

    seeds = session.seeds[:1, session.replicate : session.replicate + 1]
    records = run_cases([case], seeds, record=Record(people=True, drivers=False), threads=1)
    assert records.people is not None
    return planes(session.organisation, case, records.people[0, 0, 0], stages_only=True)["state"]


def _replicates(people: Organisation) -> int:
    return 20 if people.n_people <= MANY_PEOPLE else 6


def _band(values: Floats) -> dict[str, Any]:
    return dict(zip(("mean", "low", "high"), bands(values), strict=True))


def _difference(d: Difference) -> dict[str, Any]:
    return {"mean": d.mean, "low": d.low, "high": d.high, "replicates": d.replicates}
