"""Ties: read from a table, combined over kinds, normalised, in canonical order."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from sim.organisation.organisation import Note, TieKind, Ties
from sim.organisation.settings import FileSettings, TieKindSettings
from sim.organisation.tables import Problems, Row, number, texts
from sim.state import TIE_CLOSE, TIE_UPWARD

__all__ = ["DEFAULT_KIND", "TIE_COLUMNS", "TieDraft", "combine", "tie_flags", "ties_from_rows"]

TIE_COLUMNS = ("source", "target", "kind", "weight")
DEFAULT_KIND = "listens"
REPORTS_TO = "reports_to"
CLOSE_KINDS = frozenset({"friendship"})
MAX_WEIGHT = 1e9
CHUNK = 1024
NORMALISED = 1e-12


@dataclass
class TieDraft:
    """Ties as the source gives them.

    Parameters
    ----------
    source, target : int64 array, shape (n,)
        Positions of people.
    kind : int64 array, shape (n,)
        Position in ``kinds``.
    weight : float64 array, shape (n,)
    kinds : list of str
    columns : dict of str to list of str
        Columns Uptake has no use for.
    """

    source: NDArray[np.int64]
    target: NDArray[np.int64]
    kind: NDArray[np.int64]
    weight: NDArray[np.float64]
    kinds: list[str] = field(default_factory=lambda: [DEFAULT_KIND])
    columns: dict[str, list[str]] = field(default_factory=dict)


def ties_from_rows(
    rows: Iterable[Row],
    columns: Sequence[str],
    index: Mapping[str, int],
    problems: Problems,
    notes: list[Note],
    label: str = "ties.csv",
    *,
    decimal_comma: bool = False,
    keep_self: bool = False,
) -> TieDraft:
    """Read ties from the rows of a table or the edges of a graph.

    Parameters
    ----------
    rows : iterable of Row
    columns : sequence of str
        Names of the columns there are.
    index : mapping of str to int
        Position of each person by id.
    problems, notes : list
        What is wrong, and what is missing or was repaired, is added here.
    label : str
    decimal_comma, keep_self : bool

    Returns
    -------
    TieDraft
    """
    reader = _Reader(columns, index, problems, decimal_comma, keep_self)
    rows = iter(rows)
    while some := list(islice(rows, CHUNK)):
        if not reader.read_clean(some):
            for row in some:
                reader.read(row)
    reader.conclude(notes, label)
    return reader.draft()


class _Reader:
    """The reading of one table of ties; holds numbers, not cells, so that it stays small."""

    def __init__(
        self,
        columns: Sequence[str],
        index: Mapping[str, int],
        problems: Problems,
        decimal_comma: bool,
        keep_self: bool,
    ) -> None:
        self.index, self.problems = index, problems
        self.decimal_comma, self.keep_self = decimal_comma, keep_self
        self.has_kind, self.has_weight = "kind" in columns, "weight" in columns
        self.source, self.target, self.kind = array("q"), array("q"), array("q")
        self.weight = array("d")
        self.kinds: dict[str, int] = {}
        self.columns: dict[str, list[str]] = {n: [] for n in columns if n not in TIE_COLUMNS}
        self.n_rows = 0
        self.odd: dict[str, tuple[int, str]] = {}

    def read_clean(self, rows: Sequence[Row]) -> bool:
        """Take many ties at once; take none and return False where any is odd."""
        if self.columns:
            return False
        ends = [[self.index.get(name, -1) for name in texts(rows, end)] for end in TIE_COLUMNS[:2]]
        source, target = (np.array(end, np.int64) for end in ends)
        if min(source.min(), target.min()) < 0 or (
            not self.keep_self and bool((source == target).any())
        ):
            return False
        weight = np.ones(len(rows))
        if self.has_weight:
            cells = texts(rows, "weight")
            try:
                weight = np.array([float(cell) for cell in cells])
            except ValueError:
                return False
            if not ((weight >= 0) & (weight <= MAX_WEIGHT)).all() or "_" in "".join(cells):
                return False
        names = [name or DEFAULT_KIND for name in texts(rows, "kind")] if self.has_kind else None
        for name in names or [DEFAULT_KIND]:
            self.kinds.setdefault(name, len(self.kinds))
        kinds = self.kinds
        self.n_rows += len(rows)
        self.source.frombytes(source.tobytes())
        self.target.frombytes(target.tobytes())
        self.weight.frombytes(weight.tobytes())
        self.kind.extend([kinds[name] for name in names or [DEFAULT_KIND] * len(rows)])
        return True

    def read(self, row: Row) -> None:
        """Take one tie, or count why not."""
        self.n_rows += 1
        source, target = self._person(row, "source"), self._person(row, "target")
        weight = self._weight(row) if self.has_weight else 1.0
        if weight is None:
            return
        if source < 0 or target < 0:
            column = "source" if source < 0 else "target"
            self._count("stranger", row, column, f" {row.cell(column)!r}")
        elif source == target and not self.keep_self:
            self._count("self", row, "target")
        else:
            self.source.append(source)
            self.target.append(target)
            self.weight.append(weight)
            name = (row.cell("kind") if self.has_kind else "") or DEFAULT_KIND
            self.kind.append(self.kinds.setdefault(name, len(self.kinds)))
            for column, cells in self.columns.items():
                cells.append(row.cell(column))

    def _person(self, row: Row, column: str) -> int:
        text = row.cell(column)
        position = self.index.get(text, -1)
        return self.index.get(text[:-2], -1) if position < 0 and text.endswith(".0") else position

    def _weight(self, row: Row) -> float | None:
        text = row.cell("weight")
        if not text:
            self._count("blank", row, "weight")
            return 1.0
        value = number(text, decimal_comma=self.decimal_comma)
        if value is None or not 0 <= value <= MAX_WEIGHT:
            what = f"is {text!r:.60}"
            self.problems.add(row.where("weight"), "weight", what, "a number from 0 to 1e9")
            return None
        return value

    def _count(self, what: str, row: Row, column: str, detail: str = "") -> None:
        count, example = self.odd.get(what, (0, ""))
        self.odd[what] = count + 1, example or row.where(column) + detail

    def conclude(self, notes: list[Note], label: str) -> None:
        """Say what was odd in the table as a whole."""
        strangers, example = self.odd.get("stranger", (0, ""))
        if strangers * 2 > self.n_rows:
            where, _, who = example.partition(" ")
            self.problems.add(
                where,
                "",
                f"{strangers:,} of {self.n_rows:,} ties name somebody who is not among the "
                f"people (first: {who})",
                "the same ids in both files",
            )
        elif strangers:
            notes.append(Note("tie to an unknown person dropped", strangers, example))
        if "self" in self.odd:
            notes.append(Note("tie to oneself dropped", *self.odd["self"]))
        if "blank" in self.odd:
            notes.append(Note("tie without a weight counted as 1", *self.odd["blank"]))
        if not self.n_rows:
            notes.append(Note(f"{label} holds no ties: nobody listens to anybody"))

    def draft(self) -> TieDraft:
        """Return what was read."""
        source, target, kind = (
            np.array(numbers, np.int64) for numbers in (self.source, self.target, self.kind)
        )
        kinds = list(self.kinds) or [DEFAULT_KIND]
        return TieDraft(source, target, kind, np.array(self.weight), kinds, self.columns)


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
    draft: TieDraft,
    rank: NDArray[np.int64],
    people: NDArray[np.void],
    settings: FileSettings,
    notes: list[Note],
) -> tuple[Ties, tuple[TieKind, ...], dict[str, list[str]]]:
    """Combine kinds of ties into one row-normalised matrix in canonical order.

    The weight of a tie is the sum over its kinds of declared weight times answered weight,
    divided by the sum over the person's ties. A row that sums to 1 within 1e-12 stays as
    it is, so that normalising twice changes nothing. No result depends on the order of
    the draft.

    Parameters
    ----------
    draft : TieDraft
    rank : int64 array, shape (n_people,)
        Canonical row of each position.
    people : structured array of ``PEOPLE``, shape (n_people,)
        In canonical order.
    settings : FileSettings
    notes : list of Note

    Returns
    -------
    ties : Ties
    kinds : tuple of TieKind
    columns : dict of str to list of str
        Unknown columns by tie; several different cells joined by ``"; "``.
    """
    n = len(people)
    how = kind_settings(draft.kinds, settings)
    names = list(how)
    kind_rank = np.array([names.index(kind) for kind in draft.kinds], np.int64)[draft.kind]
    counted = np.array([how[name].weight for name in names])
    pair = rank[draft.source] * n + rank[draft.target]
    keep = (counted[kind_rank] > 0) & (draft.weight > 0)
    _note_dropped(draft, kind_rank, names, counted, notes)
    order = np.lexsort((-draft.weight, kind_rank, pair))
    order = order[keep[order]]
    pair, kind_rank = pair[order], kind_rank[order]
    weight = draft.weight[order]
    repeated = np.zeros(len(order), np.bool_)
    repeated[1:] = (pair[1:] == pair[:-1]) & (kind_rank[1:] == kind_rank[:-1])
    if repeated.any():
        notes.append(Note("tie of one kind given twice: the heaviest kept", int(repeated.sum())))
    single = ~repeated
    first = np.ones(len(order), np.bool_)
    first[1:] = pair[1:] != pair[:-1]
    tie = np.cumsum(first) - 1
    unique = pair[first]
    total: NDArray[np.float64] = np.bincount(
        tie[single], weights=(counted[kind_rank] * weight)[single], minlength=len(unique)
    ).astype(np.float64)
    ties = _normalised(unique // max(n, 1), unique % max(n, 1), total, n)
    kinds = []
    for position, name in enumerate(names):
        of_kind = single & (kind_rank == position)
        answered = np.zeros(len(unique))
        answered[tie[of_kind]] = weight[of_kind]
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
    draft: TieDraft,
    kind_rank: NDArray[np.int64],
    names: Sequence[str],
    counted: NDArray[np.float64],
    notes: list[Note],
) -> None:
    for position, name in enumerate(names):
        count = int((kind_rank == position).sum())
        if counted[position] == 0 and count:
            what = "a reporting line, not a tie" if name == REPORTS_TO else "declared weight 0"
            notes.append(Note(f"tie of kind {name} not counted: {what}", count))
    zero = int(((draft.weight == 0) & (counted[kind_rank] > 0)).sum())
    if zero:
        notes.append(Note("tie of weight 0 dropped", zero))


def _normalised(
    source: NDArray[np.int64], target: NDArray[np.int64], total: NDArray[np.float64], n: int
) -> Ties:
    start = np.zeros(n + 1, np.int64)
    np.cumsum(np.bincount(source, minlength=n), out=start[1:])
    sums = np.bincount(source, weights=total, minlength=n)
    sums[np.abs(sums - 1) <= NORMALISED] = 1.0
    weight = total / sums[source]
    return Ties(start, target.astype(np.uint32), weight, np.zeros(len(target), np.uint8))


def tie_flags(
    people: NDArray[np.void],
    source: NDArray[np.int64],
    target: NDArray[np.uint32],
    close: NDArray[np.bool_],
) -> NDArray[np.uint8]:
    """Return the bits ``TIE_UPWARD`` and ``TIE_CLOSE`` of each tie.

    A tie is close where its kind is, or where two people of one team each listen to the
    other; a tie to oneself is not.

    Parameters
    ----------
    people : structured array of ``PEOPLE``, shape (n_people,)
    source : int64 array, shape (n_ties,)
        Ascending, and ``target`` ascending within it.
    target : uint32 array, shape (n_ties,)
    close : bool array, shape (n_ties,)
        Whether a kind makes the tie close.

    Returns
    -------
    uint8 array, shape (n_ties,)
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


def _joined(cells: Sequence[str], order: NDArray[np.int64], tie: NDArray[np.int64]) -> list[str]:
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
