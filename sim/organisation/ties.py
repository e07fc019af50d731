"""Ties: read from a table, combined over kinds, normalised, in canonical order."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Bools, Floats, Ints
from sim.organisation.organisation import TieKind, Ties
from sim.organisation.people import not_read
from sim.organisation.settings import FileSettings, TieKindSettings
from sim.state import TIE_CLOSE, TIE_UPWARD
from sim.tables import MISSING, Names, Note, Numbers, Problems, Row, between, texts
from sim.tables.names import stem

TIE_COLUMNS = ("source", "target", "kind", "weight")
DEFAULT_KIND = "listens"
REPORTS_TO = "reports_to"
CLOSE_KINDS = frozenset({"friendship"})
MAX_WEIGHT = 1e9
CHUNK = 1024
DIRECTIONS = frozenset({"type", "directed", "direction", "edge type"})
UNDIRECTED = frozenset({"undirected", "mutual", "bidirectional", "both", "ungerichtet", "false"})
NOT = frozenset({"no", "0", "nein", "non"})
PERIODS = frozenset({
    "week", "month", "day", "date", "quarter", "year", "period", "time", "timestamp",
    "metric date", "week start", "week start date", "period start",
    "woche", "monat", "tag", "datum", "quartal", "jahr",
    "semaine", "mois", "jour", "trimestre", "annee",
    "semana", "mes", "dia", "fecha", "ano",
})  # fmt: skip
"""Columns, as ``stem`` makes them, that say of which week or day a tie is."""

NORMALISED = 1e-12


@dataclass
class TieDraft:
    """Ties as the source gives them."""

    source: Ints
    target: Ints
    """``source``, ``target``: positions of people, shape (n,)."""
    kind: Ints
    """Position in ``kinds``, shape (n,)."""
    weight: Floats
    """Shape (n,)."""
    kinds: list[str] = field(default_factory=lambda: [DEFAULT_KIND])
    columns: dict[str, list[str]] = field(default_factory=dict)
    """Columns Uptake has no use for."""
    period: Ints | None = None
    """Of which week or day each tie is, where the source says so: such ties are summed. Shape
    (n,)."""


def ties_from_rows(
    rows: Iterable[Row], columns: Sequence[str], people: Sequence[str], problems: Problems,
    notes: list[Note], label: str = "ties.csv", *, comma: bool = False, keep_self: bool = False,
) -> TieDraft:  # fmt: skip
    """Read ties from the rows of a table or the edges of a graph.

    - ``columns``: names of the columns there are.
    - ``people``: id of each person.
    - ``problems``, ``notes``: what is wrong, and what is missing or was repaired, is added here.
    - ``label``: how the source is called in messages.
    - ``comma``: whether a comma in a number is its decimal mark where nothing else tells.
    - ``keep_self``: whether ties to oneself are kept.
    """
    reader = _Reader(columns, Names(people), problems, comma, keep_self)
    rows = iter(rows)
    while some := list(islice(rows, CHUNK)):
        if not reader.read_clean(some):
            for row in some:
                reader.read(row)
    return reader.conclude(notes, label)


class _Reader:
    """The reading of one table of ties; holds numbers, not cells, so that it stays small."""

    def __init__(
        self, columns: Sequence[str], names: Names, problems: Problems, comma: bool, keep_self: bool
    ) -> None:
        self.names, self.problems, self.keep_self = names, problems, keep_self
        self.has_kind, self.has_weight = "kind" in columns, "weight" in columns
        self.source, self.target, self.kind = array("q"), array("q"), array("q")
        right = "a number from 0 to 1e9"
        self.weight = Numbers("weight", between(0, MAX_WEIGHT), right, comma=comma, blank=1.0)
        self.kinds: dict[str, int] = {}
        self.columns: dict[str, list[str]] = {n: [] for n in columns if n not in TIE_COLUMNS}
        self.direction = next((n for n in self.columns if stem(n) in DIRECTIONS), "")
        self.undirected = UNDIRECTED | (NOT if stem(self.direction) == "directed" else frozenset())
        self.both = array("q")
        self.odd: dict[str, tuple[int, str]] = {}

    def read_clean(self, rows: Sequence[Row]) -> bool:
        """Take many ties at once; take none and return False where any is odd."""
        if self.columns:
            return False
        index = self.names.index
        ends = [[index.get(name, -1) for name in texts(rows, end)] for end in TIE_COLUMNS[:2]]
        source, target = (np.array(end, np.int64) for end in ends)
        if min(source.min(), target.min()) < 0 or (
            not self.keep_self and bool((source == target).any())
        ):
            return False
        if self.has_weight and not self.weight.add_many(texts(rows, "weight")):
            return False
        names = [name or DEFAULT_KIND for name in texts(rows, "kind")] if self.has_kind else None
        for name in names or [DEFAULT_KIND]:
            self.kinds.setdefault(name, len(self.kinds))
        kinds = self.kinds
        self.source.frombytes(source.tobytes())
        self.target.frombytes(target.tobytes())
        self.kind.extend([kinds[name] for name in names or [DEFAULT_KIND] * len(rows)])
        return True

    def read(self, row: Row) -> None:
        """Take one tie, or count why not; one that does not count has the source -1."""
        source, target = self._person(row, "source"), self._person(row, "target")
        if self.has_weight:
            self.weight.add(row)
            if row.cell("weight") in MISSING:
                self._count("blank", row, "weight")
        if source < 0 or target < 0:
            column = "source" if source < 0 else "target"
            self._count("stranger", row, column, f" {row.cell(column)!r}")
            source = -1
        elif source == target and not self.keep_self:
            self._count("self", row, "target")
            source = -1
        elif self.direction and row.cell(self.direction).casefold() in self.undirected:
            self.both.append(len(self.source))
        name = (row.cell("kind") if self.has_kind else "") or DEFAULT_KIND
        self.source.append(source)
        self.target.append(target)
        self.kind.append(self.kinds.setdefault(name, len(self.kinds)) if source >= 0 else 0)
        for column, cells in self.columns.items():
            cells.append(row.cell(column))

    def _person(self, row: Row, column: str) -> int:
        text = row.cell(column)
        position = self.names.index.get(text, -1)
        return self.names.find(text, row.where(column)) if position < 0 else position

    def _count(self, what: str, row: Row, column: str, detail: str = "") -> None:
        count, example = self.odd.get(what, (0, ""))
        self.odd[what] = count + 1, example or row.where(column) + detail

    def conclude(self, notes: list[Note], label: str) -> TieDraft:
        """Say what was odd in the table as a whole, and return what was read."""
        notes.extend(self.names.notes())
        strangers, example = self.odd.get("stranger", (0, ""))
        if strangers * 2 > len(self.source):
            where, _, who = example.partition(" ")
            self.problems.add(
                where,
                "",
                f"{strangers:,} of {len(self.source):,} ties name somebody who is not among the "
                f"people (first: {who})",
                "the same ids in both files",
            )
        elif strangers:
            notes.append(Note("tie to an unknown person dropped", strangers, example))
        if "self" in self.odd:
            notes.append(Note("tie to oneself dropped", *self.odd["self"]))
        if "blank" in self.odd:
            notes.append(Note("tie without a weight counted as 1", *self.odd["blank"]))
        if not self.source:
            notes.append(Note(f"{label} holds no ties: nobody listens to anybody"))
        self._note_columns(notes)
        return self._draft()

    def _note_columns(self, notes: list[Note]) -> None:
        if self.both:
            what = f"tie read both ways, as column {self.direction} says"
            notes.append(Note(what, len(self.both)))
        read = {self.direction if self.both else "", self._period()}
        if others := [name for name in self.columns if name not in read]:
            notes.append(not_read(others))

    def _period(self) -> str:
        return next((name for name in self.columns if stem(name) in PERIODS), "")

    def _draft(self) -> TieDraft:
        source, target, kind = (
            np.array(numbers, np.int64) for numbers in (self.source, self.target, self.kind)
        )
        weight = self.weight.conclude(self.problems) if self.has_weight else np.ones(len(source))
        there, back = np.flatnonzero(source >= 0), np.array(self.both, np.int64)
        rows = np.concatenate([there, back])
        one = np.concatenate([source[there], target[back]])
        other = np.concatenate([target[there], source[back]])
        kept = rows.tolist() if self.columns else []
        columns = {name: [cells[k] for k in kept] for name, cells in self.columns.items()}
        period = columns.get(self._period())
        codes = None if period is None else np.unique(period, return_inverse=True)[1]
        kinds = list(self.kinds) or [DEFAULT_KIND]
        return TieDraft(one, other, kind[rows], weight[rows], kinds, columns, codes)


def kind_settings(kinds: Iterable[str], settings: FileSettings) -> dict[str, TieKindSettings]:
    """Return how each kind counts, declared or by default, in the order of their names."""
    default = {REPORTS_TO: TieKindSettings(weight=0.0)} | {
        kind: TieKindSettings(close=True) for kind in CLOSE_KINDS
    }
    return {
        kind: settings.tie_kinds.get(kind, default.get(kind, TieKindSettings()))
        for kind in sorted(kinds)
    }


def combine(
    draft: TieDraft, rank: Ints, people: NDArray[np.void], settings: FileSettings, notes: list[Note]
) -> tuple[Ties, tuple[TieKind, ...], dict[str, list[str]]]:
    """Combine kinds of ties into one row-normalised matrix in canonical order.

    The weight of a tie is the sum over its kinds of declared weight times answered weight, divided
    by the sum over the person's ties. A row that sums to 1 within 1e-12 stays as it is, so that
    normalising twice changes nothing. No result depends on the order of the draft. The last part
    returned are unknown columns by tie; several different cells joined by ``"; "``.

    - ``rank``, shape (n_people,): canonical row of each position.
    - ``people``, shape (n_people,): in canonical order.
    """
    n = len(people)
    how = kind_settings(draft.kinds, settings)
    names = list(how)
    kind_rank = np.array([names.index(kind) for kind in draft.kinds], np.int64)[draft.kind]
    counted = np.array([how[name].weight for name in names])
    pair = rank[draft.source] * n + rank[draft.target]
    keep = (counted[kind_rank] > 0) & (draft.weight > 0)
    _note_dropped(draft, kind_rank, names, counted, notes)
    period = np.zeros(len(pair), np.int64) if draft.period is None else draft.period
    order = np.lexsort((-draft.weight, period, kind_rank, pair))
    order = order[keep[order]]
    pair, kind_rank, period = pair[order], kind_rank[order], period[order]
    weight = draft.weight[order]
    again = np.zeros(len(order), np.bool_)
    again[1:] = (pair[1:] == pair[:-1]) & (kind_rank[1:] == kind_rank[:-1])
    repeated = again.copy()
    repeated[1:] &= period[1:] == period[:-1]
    if repeated.any():
        notes.append(Note("tie of one kind given twice: the heaviest kept", int(repeated.sum())))
    if summed := int((again & ~repeated).sum()):
        notes.append(Note("ties of several weeks or days summed", summed))
    single = ~repeated
    first = np.ones(len(order), np.bool_)
    first[1:] = pair[1:] != pair[:-1]
    tie = np.cumsum(first) - 1
    unique = pair[first]
    total: Floats = np.bincount(
        tie[single], weights=(counted[kind_rank] * weight)[single], minlength=len(unique)
    ).astype(np.float64)
    ties = _normalised(unique // max(n, 1), unique % max(n, 1), total, n)
    kinds = []
    for position, name in enumerate(names):
        of_kind = single & (kind_rank == position)
        answered: Floats = np.bincount(
            tie[of_kind], weights=weight[of_kind], minlength=len(unique)
        ).astype(np.float64)
        if of_kind.any():
            kinds.append(TieKind(name, how[name].weight, how[name].close, answered))
    source = np.repeat(np.arange(n), np.diff(ties.start))
    close = np.zeros(len(unique), np.bool_)
    for kind in kinds:
        if kind.close:
            close |= kind.answered > 0
    ties.flags[:] = tie_flags(people, source, ties.target, close)
    columns = {name: _joined(cells, order, tie) for name, cells in draft.columns.items()}
    return ties, tuple(kinds), columns


def _note_dropped(
    draft: TieDraft, kind_rank: Ints, names: Sequence[str], counted: Floats, notes: list[Note]
) -> None:
    for position, name in enumerate(names):
        count = int((kind_rank == position).sum())
        if counted[position] == 0 and count:
            what = "a reporting line, not a tie" if name == REPORTS_TO else "declared weight 0"
            notes.append(Note(f"tie of kind {name} not counted: {what}", count))
    zero = int(((draft.weight == 0) & (counted[kind_rank] > 0)).sum())
    if zero:
        notes.append(Note("tie of weight 0 dropped", zero))


def _normalised(source: Ints, target: Ints, total: Floats, n: int) -> Ties:
    start = np.zeros(n + 1, np.int64)
    np.cumsum(np.bincount(source, minlength=n), out=start[1:])
    sums = np.bincount(source, weights=total, minlength=n)
    sums[np.abs(sums - 1) <= NORMALISED] = 1.0
    weight = total / sums[source]
    return Ties(start, target.astype(np.uint32), weight, np.zeros(len(target), np.uint8))


def tie_flags(
    people: NDArray[np.void], source: Ints, target: NDArray[np.uint32], close: Bools
) -> NDArray[np.uint8]:
    """Return the bits ``TIE_UPWARD`` and ``TIE_CLOSE`` of each tie, shape (n_ties,).

    A tie is close where its kind is, or where two people of one team each listen to the
    other; a tie to oneself is not.

    - ``people``, shape (n_people,)
    - ``source``, shape (n_ties,): ascending, and ``target`` ascending within it.
    - ``target``, shape (n_ties,)
    - ``close``, shape (n_ties,): whether a kind makes the tie close.
    """
    n = len(people)
    level, team = people["level"], people["team"]
    to = target.astype(np.int64)
    within = np.flatnonzero((team[source] == team[to]) & (source != to))
    pair = source[within] * n + to[within]
    back = to[within] * n + source[within]
    mutual = np.zeros(len(source), np.bool_)
    if len(pair):
        at = np.minimum(np.searchsorted(pair, back), len(pair) - 1)
        mutual[within] = pair[at] == back
    flags = np.where(level[to] < level[source], TIE_UPWARD, 0)
    flags |= np.where(close | mutual, TIE_CLOSE, 0)
    return flags.astype(np.uint8)


def _joined(cells: Sequence[str], order: Ints, tie: Ints) -> list[str]:
    together: list[set[str]] = [set() for _ in range(int(tie[-1]) + 1)] if len(tie) else []
    for row, position in zip(order.tolist(), tie.tolist(), strict=True):
        if cells[row]:
            together[position].add(cells[row])
    return ["; ".join(sorted(values)) for values in together]


def reporting_lines(draft: TieDraft) -> list[tuple[int, int]]:
    """Return (report, manager) for each ``reports_to`` tie."""
    if REPORTS_TO not in draft.kinds:
        return []
    of_kind = draft.kind == draft.kinds.index(REPORTS_TO)
    pairs = zip(draft.source[of_kind].tolist(), draft.target[of_kind].tolist(), strict=True)
    return sorted(set(pairs))


def team_managers(people: NDArray[np.void], n_teams: int) -> NDArray[np.int32]:
    """Return the person most members of each team report to.

    Of equals, the one in the team, then the first in the canonical order. The manager need not be
    in the team. Row of a person; -1 where no member has a manager. Shape (n_teams,).
    """
    n = len(people)
    managed = people["manager"] >= 0
    pair, count = np.unique(
        people["team"][managed].astype(np.int64) * n + people["manager"][managed],
        return_counts=True,
    )
    team, manager = pair // max(n, 1), pair % max(n, 1)
    outside = people["team"][manager] != team
    best = np.lexsort((manager, outside, -count, team))
    result = np.full(n_teams, -1, np.int32)
    result[team[best][::-1]] = manager[best][::-1]
    return result
