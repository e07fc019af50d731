"""People: read from a table, checked, given the values nobody surveyed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Floats, Ints
from sim.errors import control_in, did_you_mean
from sim.organisation.settings import MAX_NAME, FileSettings
from sim.state import STATE_VARIABLES, VALUE_STEPS, VALUES, VISIBLE_VARIABLES
from sim.tables import (
    MISSING,
    Names,
    Note,
    Numbers,
    Problems,
    Row,
    alike,
    between,
    meant_by,
    similar,
    two_notations,
)

START_COLUMNS = {
    f"start_{v.name}": v.name for v in (*VISIBLE_VARIABLES, *STATE_VARIABLES) if v.surveyed
} | {"considers": "considers"}
"""State variable, or what else is known of a person's start, by its column in people.csv."""

COLUMN_OF_START = {start: column for column, start in START_COLUMNS.items()}
"""Column of people.csv by what it says of a person's start."""
VALUE_COLUMNS = {f"value_{name}": name for name in VALUES}
"""Value by its column in people.csv."""

PEOPLE_COLUMNS = (
    "id", "team", "manager_id", "role", "level", "threshold", "task_potential", *START_COLUMNS,
    *VALUE_COLUMNS,
)  # fmt: skip
"""Columns of people.csv that Uptake reads; all others are kept as they are."""

_YES_NO = {"yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0}
UNRANKED = 28  # the middle of the 56 ranked values
RANK_SCALE = 12.0
NO_TEAM, ONE_TEAM, NO_ROLE = "no team", "all", "unspecified"


@dataclass
class PeopleDraft:
    """People as the source gives them, in the order of its lines."""

    ids: list[str]
    team: list[str]
    role: list[str]
    manager: Ints
    """Position of the manager; -1 where there is none. Shape (n,)."""
    level: Floats
    """As given; NaN where not given. Shape (n,)."""
    task_potential: Floats
    threshold: Floats
    """``task_potential``, ``threshold``: NaN where not given, shape (n,)."""
    values: Floats
    """In the order of ``VALUES``; NaN where not given. Shape (n, 7)."""
    start_values: dict[str, Floats] = field(default_factory=dict)
    """Shape (n,)."""
    columns: dict[str, list[str]] = field(default_factory=dict)

    @property
    def index(self) -> dict[str, int]:
        """Position of each person by id."""
        return {person: row for row, person in enumerate(self.ids)}


def natural(text: str) -> tuple[list[str | tuple[int, str]], str]:
    """Return a key that sorts numbers inside a text by their size.

    >>> sorted(["Team 10", "Team 9"], key=natural)
    ['Team 9', 'Team 10']
    """
    parts: list[str | tuple[int, str]] = list(re.split(r"0*([0-9]+)", text))
    parts[1::2] = [(len(part), str(part)) for part in parts[1::2]]
    return parts, text


def draw_values(
    keys: NDArray[np.uint64], ranks: Mapping[str, int], seed: int = 0
) -> NDArray[np.uint8]:
    """Draw each person's values from a mix of profiles set by ranks.

    A profile is the pair of values that lead in a person. A value of rank ``r`` leads with
    weight ``exp(-r / 12)`` (an unranked one with that of the middle rank), so the ranks say
    how many people each value leads, not how strongly it works. A leading value lies in
    [0.6, 1], another in [0.2, 0.7]. ASSUMPTION throughout. A draw hangs on the person's
    key alone, so it does not depend on who else is there.

    In steps of 1/200, in the order of ``VALUES``. Shape (n, 7).

    - ``keys``, shape (n,)
    - ``ranks``: rank, 1 the highest, by name of a value.
    """
    n = len(keys)
    score = np.empty((n, len(VALUES)))
    for column, value in enumerate(VALUES):
        rank = ranks.get(value, UNRANKED)
        score[:, column] = -rank / RANK_SCALE - np.log(-np.log(_uniform(keys, 2 * column, seed)))
    lead = np.zeros((n, len(VALUES)), np.bool_)
    rows = np.arange(n)
    for _ in range(2):
        best = score.argmax(axis=1)
        lead[rows, best] = True
        score[rows, best] = -np.inf
    result = np.empty((n, len(VALUES)), np.uint8)
    for column in range(len(VALUES)):
        u = _uniform(keys, 2 * column + 1, seed)
        importance = np.where(lead[:, column], 0.6 + 0.4 * u, 0.2 + 0.5 * u)
        result[:, column] = np.rint(importance * VALUE_STEPS)
    return result


def _uniform(keys: NDArray[np.uint64], draw: int, seed: int) -> Floats:
    """Return a uniform in (0, 1) a key: the finaliser of SplitMix64."""
    salt = ((seed * 64 + draw + 1) * 0x9E3779B97F4A7C15) % 2**64
    x = keys + np.uint64(salt)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    x ^= x >> np.uint64(31)
    return ((x >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53


def people_from_rows(
    rows: Iterable[Row], columns: Sequence[str], settings: FileSettings, problems: Problems,
    notes: list[Note], label: str = "people.csv", *, comma: bool = False,
) -> PeopleDraft:  # fmt: skip
    """Read people from the rows of a table or the nodes of a graph.

    - ``columns``: names of the columns there are.
    - ``settings``: scales of survey answers.
    - ``problems``, ``notes``: what is wrong, and what is missing or was repaired, is added here.
    - ``label``: how the source is called in messages.
    - ``comma``: whether a comma in a number is its decimal mark where nothing else tells.
    """
    reader = _Reader(columns, settings, problems, notes, label, comma)
    return reader.read(rows)


class _Reader:
    """The reading of one table of people."""

    def __init__(
        self, columns: Sequence[str], settings: FileSettings, problems: Problems,
        notes: list[Note], label: str, comma: bool,
    ) -> None:  # fmt: skip
        self.has = frozenset(columns)
        self.settings, self.problems, self.notes, self.label = settings, problems, notes, label
        self.unknown = [name for name in columns if name not in PEOPLE_COLUMNS]
        self.numeric = {
            name: Numbers(
                name, check, self._right(name), comma=comma,
                words=_YES_NO if name == "considers" else None,
            )
            for name, check in self._checks().items()
        }  # fmt: skip

    def _checks(self) -> dict[str, Callable[[float], float | None]]:
        """Return by column of numbers there is which are right, and what they mean."""
        scales = self.settings.scale
        for name in scales:
            if name != "*" and name not in (*START_COLUMNS, *VALUE_COLUMNS):
                self.problems.add(
                    "organisation.yaml", f"scale.{name}", "is no survey column",
                    did_you_mean(name, [*START_COLUMNS, *VALUE_COLUMNS]),
                )  # fmt: skip
        result: dict[str, Callable[[float], float | None]] = {}
        for name in (*START_COLUMNS, *VALUE_COLUMNS):
            low, high = scales.get(name, scales.get("*", (0.0, 1.0)))
            result[name] = _rescaled(low, high)
        result["considers"] = _rescaled(0.0, 1.0)
        result["task_potential"] = _rescaled(0.0, 1.0)
        result["threshold"] = between(0, 1e9)
        result["level"] = between(-1e6, 1e6, whole=True)
        return {name: check for name, check in result.items() if name in self.has}

    def _right(self, name: str) -> str:
        if name == "level":
            return "a whole number"
        if name == "threshold":
            return "a number from 0 to 1e9, or empty"
        if name == "considers":
            return "yes, no, a chance from 0 to 1, or empty"
        low, high = self.settings.scale.get(name, self.settings.scale.get("*", (0.0, 1.0)))
        if name == "task_potential" or (low, high) != (0.0, 1.0):
            return f"a number from {low:g} to {high:g}, or empty"
        return (
            "a number from 0 to 1, or empty; another scale is declared in organisation.yaml "
            f"(scale: {{{name}: five-point}})"
        )

    def read(self, rows: Iterable[Row]) -> PeopleDraft:
        self._note_header()
        ids: list[str] = []
        texts: dict[str, list[str]] = {n: [] for n in ("team", "role", "manager_id")}
        columns: dict[str, list[str]] = {name: [] for name in self.unknown}
        seen: dict[str, str] = {}
        managed: list[Row | None] = []
        for row in rows:
            person = row.cell("id")
            if not self._id_is_good(person, row, seen):
                continue
            ids.append(person)
            for name, kept in texts.items():
                kept.append(row.cell(name))
            managed.append(row if row.cell("manager_id") else None)
            for numbers in self.numeric.values():
                numbers.add(row)
            for name, cells in columns.items():
                cells.append(row.cell(name))
        if not ids and not self.problems.count:
            self.problems.add(self.label, "", "holds no people", "a header and one line a person")
        self._look_alikes(ids, seen)
        two_notations([*self.numeric.values()], self.problems)
        given = {name: numbers.conclude(self.problems) for name, numbers in self.numeric.items()}
        manager = self._managers(ids, texts["manager_id"], managed)
        n = len(ids)

        def column(name: str) -> Floats:
            return given.get(name, np.full(n, np.nan))

        values = np.column_stack([column(name) for name in VALUE_COLUMNS])
        return PeopleDraft(
            ids=ids,
            team=self._filled("team", texts["team"], ONE_TEAM, NO_TEAM),
            role=self._filled("role", texts["role"], NO_ROLE, NO_ROLE),
            manager=manager,
            level=column("level"),
            task_potential=column("task_potential"),
            threshold=column("threshold"),
            values=values.reshape(n, len(VALUES)),
            start_values={
                state: column(name)
                for name, state in START_COLUMNS.items()
                if name in given and not np.isnan(column(name)).all()
            },
            columns=columns,
        )

    def _note_header(self) -> None:
        states = {*START_COLUMNS.values()}
        missing = [c for c in ("team", "manager_id", "role", "level") if c not in self.has]
        others = []
        for name in self.unknown:
            meant = meant_by(name)
            near = meant if meant in missing else similar(name, missing)
            prefix, _, rest = name.partition("_")
            known = {"start": START_COLUMNS, "value": VALUE_COLUMNS}.get(prefix.casefold())
            if known is not None and rest and get_close_matches(name, list(known), 1, 0.8):
                self.problems.add(
                    f"{self.label}:1", name, "is no known column", did_you_mean(name, list(known))
                )
            elif near:
                self.notes.append(
                    Note(
                        f"column {name} is not read; {near} is (columns: {{{near}: {name}}} in "
                        "organisation.yaml has it read)"
                    )
                )
            elif name in states or name in VALUES:
                kind = "value" if name in VALUES else "start"
                self.notes.append(
                    Note(
                        f"column {name} kept, not read as a survey answer "
                        f"(it would be called {kind}_{name})"
                    )
                )
            else:
                others.append(name)
        if others:
            self.notes.append(not_read(others))

    def _look_alikes(self, ids: Sequence[str], seen: Mapping[str, str]) -> None:
        """Refuse two ids that look the same; note those that differ in case only."""
        for name, stands in alike(ids).items():
            self.problems.add(
                seen[name], "id", f"{name!r} looks like {stands!r} at {seen[stands]}",
                "one line a person, and ids that differ to the eye",
            )  # fmt: skip
        self._note_cases("ids", ids)

    def _note_cases(self, what: str, names: Iterable[str]) -> None:
        by_case: dict[str, list[str]] = {}
        for name in names:
            by_case.setdefault(name.casefold(), []).append(name)
        if twice := [names for names in by_case.values() if len(names) > 1]:
            example = " and ".join(map(repr, twice[0][:3]))
            self.notes.append(Note(f"{what} that differ in case only", len(twice), example))

    def _id_is_good(self, person: str, row: Row, seen: dict[str, str]) -> bool:
        if not person:
            self.problems.add(row.where("id"), "id", "is empty", "an id for every person")
            return False
        for name in ("id", "team", "role"):
            if (n := len(row.cell(name))) > MAX_NAME:
                right = f"at most {MAX_NAME}"
                self.problems.add(row.where(name), name, f"has {n} characters", right)
                return False
            if control := control_in(row.cell(name)):
                what = f"holds a control character ({control})"
                self.problems.add(row.where(name), name, what, "text alone")
                return False
        if person in seen:
            self.problems.add(
                row.where("id"), "id", f"{person!r} stands twice, first at {seen[person]}",
                "one line a person",
            )  # fmt: skip
            return False
        seen[person] = row.where("id")
        return True

    def _filled(self, name: str, cells: list[str], absent: str, empty: str) -> list[str]:
        n_empty = cells.count("")
        if cells and n_empty == len(cells):
            self.notes.append(Note(f"no {name} given: {name} {absent!r} for everyone"))
            return [absent] * len(cells)
        if n_empty:
            self.notes.append(Note(f"{name} not given: {name} {empty!r}", n_empty))
        same = alike(cell for cell in cells if cell)
        if same:
            example = " and ".join(map(repr, next(iter(same.items()))))
            what = f"{name} that looks like another one read as the same"
            self.notes.append(Note(what, sum(cell in same for cell in cells), example))
        filled = [same.get(cell, cell) or empty for cell in cells]
        self._note_cases(f"{name}s", dict.fromkeys(filled))
        return filled

    def _managers(self, ids: list[str], cells: list[str], rows: list[Row | None]) -> Ints:
        names = Names(ids)
        manager = np.full(len(ids), -1, np.int64)
        outside: list[str] = []
        for position, (text, row) in enumerate(zip(cells, rows, strict=True)):
            if row is None or (text in MISSING and text not in names.index):
                continue
            where = row.where("manager_id")
            boss = names.find(text, where)
            if boss < 0 and self.settings.unknown_managers == "top":
                outside.append(f"{where} {text!r:.60}")
            elif boss < 0:
                near = similar(text, ids) if len(ids) < 20_000 and not text.isdigit() else None
                right = f"did you mean {near}?" if near else "the id of a person, or empty"
                right += (
                    "; unknown_managers: top in organisation.yaml takes whoever reports to "
                    "somebody outside as the top"
                )
                self.problems.add(
                    where, "manager_id", f"there is no person {text!r:.60}", right, kind="stranger"
                )
            elif boss == position:
                self.problems.add(
                    where, "manager_id", f"{text!r} reports to themselves",
                    "the id of another person, or empty at the top",
                )  # fmt: skip
            else:
                manager[position] = boss
        self.notes.extend(names.notes())
        if outside:
            what = "manager outside the people: whoever reports to them is at the top"
            self.notes.append(Note(what, len(outside), outside[0]))
        self._check_cycles(ids, manager, rows)
        return manager

    def _check_cycles(self, ids: list[str], manager: Ints, rows: list[Row | None]) -> None:
        for cycle in cycles(manager):
            row = rows[cycle[0]]
            where = row.where("manager_id") if row else self.label
            names = [
                ids[person] for person in (*cycle[:8], *(cycle[:1] if len(cycle) <= 8 else ()))
            ]
            chain = " → ".join(names) + (" → …" if len(cycle) > 8 else "")
            self.problems.add(
                where, "manager_id", f"reporting lines go round in a circle: {chain}",
                "leave manager_id empty at the top",
            )  # fmt: skip


def not_read(columns: Sequence[str]) -> Note:
    """Return the note that columns are kept but not read."""
    shown = [name if len(name) <= 40 else f"{name[:39]}…" for name in columns[:12]]
    names = ", ".join([*shown, *(["…"] if len(columns) > 12 else [])])
    return Note(f"columns kept, not read: {names}", len(columns))


def cycles(manager: Ints) -> list[list[int]]:
    """Return the cycles in reporting lines, each from its smallest position.

    >>> cycles(np.array([1, 2, 0, 0, -1]))
    [[0, 1, 2]]
    """
    boss = manager.tolist()
    visited = [0] * len(boss)  # 0: not yet; otherwise number of the walk
    found: list[list[int]] = []
    for start in range(len(boss)):
        person = start
        while person >= 0 and not visited[person]:
            visited[person] = start + 1
            person = boss[person]
        if person >= 0 and visited[person] == start + 1:
            cycle = [person]
            while boss[cycle[-1]] != person:
                cycle.append(boss[cycle[-1]])
            first = cycle.index(min(cycle))
            found.append(cycle[first:] + cycle[:first])
    return found


def _rescaled(low: float, high: float) -> Callable[[float], float | None]:
    def check(x: float) -> float | None:
        return (x - low) / (high - low) if low <= x <= high else None

    return check
