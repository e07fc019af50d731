"""What was mended once is found again by the generators where the mend is taken out.

Three mends in every run of the whole suite; all of them with ``pytest -m soak``. A line of the
table has what stands for a mend, and what stood there before it, or would.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest

from kinds import hold
from sim.errors import Note, Problem, Problems, _Fault
from sim.importing.sheet import from_records
from sim.sources import kind_of_path
from sim.tables import names, numbers
from sim.tables.table import CsvRow

TRIES = {"exports": 10_000}
"""Inputs of a kind, 2,000 of all others: an export may be of a dozen formats."""
NEVER = re.compile("(?!)")


def nothing(*_: Any, **__: Any) -> None:
    """Do nothing, and find nothing wrong."""


def any_width(row: Any, line: int, cells: list[str], _: Problems) -> list[CsvRow]:
    return [CsvRow(row, line, [*cells, *[""] * 20][: len(row.header.names)])]


def python_number(text: str, before: Callable[[str], Any] = numbers._reading) -> Any:
    try:
        return before(text) or ("plain", float(text), float(text))
    except ValueError:
        return None


def python_numbers(column: Any, cells: list[str]) -> bool:
    try:
        column.values.extend(map(float, cells))
    except ValueError:
        return False
    return True


def a_problem_a_line(
    problems: Problems, where: str, path: str, what: str, right: str, *, kind: str = ""
) -> None:
    problems.count += 1
    problems.faults[where, path, what] = _Fault(Problem(where, path, what, right))


def columns_again(*given: Any, before: Callable[..., Any] = names._columns) -> Any:
    return before(*given[:-1], Problems())


def any_date(year: int, month: int, day: int) -> date:
    return date(year, month, day)


def day_as_written(text: str) -> date | None:
    found = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", text)
    return date(int(found[1]), int(found[2]), int(found[3])) if found else None


def python_digits(text: str) -> int | None:
    return int(text) if text.isdigit() else None


def last_key(_: Any, top: Any, node: Any, mark: Any) -> None:
    top.key = str(node.scalar)
    top.node.keys[top.key] = f"x:{mark.line + 1}:{mark.column + 1}"


def unchecked(content: Any) -> Any:
    return SimpleNamespace(model_dump=lambda: content)


def unguarded(path: Path, _: str) -> Any:
    return json.loads(path.read_bytes())


def a_network_of_nobody(name: str, nodes: list[Any], edges: list[Any]) -> Any:
    return [from_records(name, nodes, "nodes"), from_records(f"{name}[edges]", edges, "edges")]


def first_of_list(cell: str) -> str:
    return str(json.loads(cell)[0]) if cell.startswith("[") else cell


def request_unguarded(event: Any) -> Any:
    return json.loads(event["text"]) if event.get("text") is not None else None


def large_as_said(event: Any) -> bool:
    data = event.get("bytes") or b""
    return len(data) >= 4 and int.from_bytes(data[:4], "little") > 2**20


TABLE: dict[str, list[tuple[str, Any]]] = {
    "people": [
        ("sim.tables.table.Table._row", any_width),
        ("sim.tables.table._HALVES", NEVER),
        ("sim.tables.table._FOOTER", NEVER),
        ("sim.tables.table.undefused", str),
        ("sim.tables.numbers.Numbers._thousands", lambda *_: set()),
        ("sim.tables.numbers._reading", python_number),
        ("sim.tables.numbers.Numbers.add_many", python_numbers),
        ("sim.tables.numbers._SPACED", NEVER),
        ("sim.tables.numbers.MISSING", frozenset({""})),
        ("sim.tables.names.fold", str.strip),
        ("sim.tables.names._keys", lambda text: (names.fold(text),) * 4),
        ("sim.tables.names._LATIN", {}),
        ("sim.tables.names._ZEROS", NEVER),
        ("sim.tables.names._MARKS", ()),
        ("sim.tables.names.fold", str.strip),
        ("sim.tables.names._is_one_cell", lambda *_: False),
        ("sim.tables.names._columns", columns_again),
        ("sim.tables.source._utf16", lambda _: ""),
        ("sim.tables.source._Scan._letters", nothing),
        ("sim.organisation.people.alike", lambda _: {}),
        ("sim.organisation.people.not_read", lambda _: Note("")),
        ("sim.organisation.people.two_notations", nothing),
        ("sim.organisation.people._Reader._id_is_good", lambda *_: True),
        ("sim.organisation.ties.DIRECTIONS", frozenset()),
        ("sim.organisation.ties.PERIODS", frozenset()),
        ("sim.organisation.ties.not_read", lambda _: Note("")),
        ("sim.errors.Problems.add", a_problem_a_line),
    ],
    "use": [
        ("sim.tables.table.Table._row", any_width),
        ("sim.tables.table._HALVES", NEVER),
        ("sim.tables.numbers._reading", python_number),
        ("sim.tables.numbers.Numbers._thousands", lambda *_: set()),
        ("sim.tables.names.DELIMITERS", {",": "commas"}),
        ("sim.tables.usage._refuse_doubtful", nothing),
        ("sim.tables.usage._as_shares", lambda _, values, *__: values),
        ("sim.tables.usage._twice", nothing),
        ("sim.tables.usage._day", day_as_written),
        ("sim.tables.usage.two_notations", nothing),
        ("sim.tables.usage.MOST_DAYS", 1e9),
    ],
    "sets": [
        ("sim.tables.names._SEP", NEVER),
        ("sim.tables.table.encoding_of", lambda *_: "utf-8"),
        ("sim.tables.table._FOOTER", NEVER),
        ("sim.tables.names.DELIMITERS", {",": "commas"}),
        ("sim.tables.numbers.Numbers.add_many", python_numbers),
        ("sim.tables.numbers._reading", python_number),
        ("sim.posterior.between", lambda *_: float),
        ("sim.posterior.MISSING", frozenset()),
        ("sim.posterior.two_notations", nothing),
    ],
    "exports": [
        ("sim.importing.sheets.whole", python_digits),
        ("sim.importing.sheets._both", a_network_of_nobody),
        ("sim.importing.sheets._with_attributes", lambda one: {**one["attributes"], **one}),
        ("sim.importing.sheet._day", any_date),
        ("sim.importing.people._first_of_list", first_of_list),
    ],
    "yaml": [
        ("sim.document._Builder.begin_key", last_key),
        ("sim.document._Builder.scalar", lambda _, event: event.value),
        ("sim.document._Builder.problem", lambda *_: Problem("", "", "", "")),
        ("sim.document._scalar", {"no": False, "007": 7, "1_000": 1000}.get),
        ("sim.document.look_alike", nothing),
        ("sim.document.MAX_DEPTH", 10**6),
        ("sim.document.MAX_NODES", 10**9),
        ("sim.document.MAX_BYTES", 10**9),
        ("sim.sources.kind_seen", kind_of_path),
        ("sim.analysis.sweep.schema.next", lambda _: 0),
    ],
    "manifests": [
        ("sim.results.manifest.ResultsManifest.model_validate", unchecked),
        ("sim.results.manifest.StudyManifest.model_validate", unchecked),
        ("sim.results.manifest.PlanAnswer.model_validate", unchecked),
        ("sim.results.manifest._loaded", unguarded),
        ("kinds.texts.check_layout", nothing),
    ],
    "frames": [
        ("sim.web.session._numbers", lambda values: {k: float(v) for k, v in values.items()}),
        ("sim.web.session.row_of", lambda value, count: int(value)),
        ("sim.web.socket.check_request", nothing),
        ("sim.web.socket._number", lambda message: message.get("id")),
        ("sim.web.asked._content", lambda message, name: message[name].tobytes()),
        ("kinds.requests.request_of", request_unguarded),
        ("kinds.requests.too_large", large_as_said),
    ],
    "words": [
        ("sim.cli.options.WholeInDigits.convert", click.IntRange.convert),
        ("sim.cli.options.number_in_digits", float),
        ("sim.cli.shown", str),
        ("sim.cli.options.shown", str),
        ("sim.cli.surroundings._tidy", lambda _: []),
        ("sim.cli.surroundings._forgiving", lambda stream: stream),
    ],
}
MENDS = [(kind, mend, before) for kind, mends in TABLE.items() for mend, before in mends]
SHORT = [("people", 0), ("use", 5), ("manifests", 1)]
"""Which of them are tried in every run of the whole suite."""


@pytest.mark.soak
@pytest.mark.parametrize(("kind", "mend", "before"), MENDS, ids=[f"{k} {m}" for k, m, _ in MENDS])
def test_a_mend_taken_out_is_found(kind: str, mend: str, before: Any, subject: Any) -> None:
    assert is_found_without(kind, mend, before, subject)


@pytest.mark.parametrize(("kind", "mend", "before"), [(k, *TABLE[k][n]) for k, n in SHORT])
def test_some_mends_taken_out_are_found(kind: str, mend: str, before: Any, subject: Any) -> None:
    assert is_found_without(kind, mend, before, subject)


def is_found_without(kind: str, mend: str, before: Any, subject: Any) -> bool:
    """Return whether inputs of a kind find something wrong where a mend is taken out."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mend, before, raising=not mend.endswith(".next"))
        try:
            hold(kind, TRIES.get(kind, 2_000), subject, first=1)
        except Exception:
            return True
    return False
