"""The organisation: who there is, who reports to whom, who listens to whom."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Bools, Floats, Ints
from sim.numbers import counted
from sim.tables import Note


@dataclass(frozen=True, eq=False)
class Ties:
    """Whom each person listens to, as rows of a sparse matrix (CSR)."""

    start: Ints
    """The ties of person ``i`` are ``start[i]:start[i + 1]``. Shape (n_people + 1,)."""
    target: NDArray[np.uint32]
    """Row of the person listened to; ascending within a person. Shape (n_ties,)."""
    weight: Floats
    """Share of attention; sums to 1 over a person's ties (people without ties aside). Shape
    (n_ties,)."""
    flags: NDArray[np.uint8]
    """Bits ``TIE_UPWARD`` and ``TIE_CLOSE`` of ``sim.state``, shape (n_ties,)."""


@dataclass(frozen=True, eq=False)
class TieKind:
    """One kind of tie, such as advice or friendship."""

    name: str
    weight: float
    """How much the kind counts where kinds are combined."""
    close: bool
    """Whether ties of this kind are close."""
    answered: Floats
    """Weight as given in the source, by row of ``Ties``; 0 where a tie is not of the kind. Shape
    (n_ties,)."""


@dataclass(frozen=True, eq=False, repr=False)
class Organisation:
    """People in teams, with managers, and the ties among them.

    Everything stands in one canonical order (by team, then by id), so that no result
    depends on the order of lines in a file.

    Parameters
    ----------
    people : structured array of ``PEOPLE``, shape (n_people,)
    ids : array of strings, shape (n_people,)
    teams, roles : tuple of str
        Names, by row.
    team_start : int64 array, shape (n_teams + 1,)
        The people of team ``t`` are rows ``team_start[t]:team_start[t + 1]``.
    team_manager : int32 array, shape (n_teams,)
        Row of the team's manager; -1 where there is none.
    start_values : dict of str to float64 array, shape (n_people,)
        Survey answers by name of a surveyed state variable; NaN where not given.
    thresholds : float64 array, shape (n_people,), or None
        Personal thresholds; NaN where not given.
    columns : dict of str to list of str
        Columns of people.csv that Uptake has no use for, kept by person.
    kinds : tuple of TieKind
        The kinds of ties there are, by name.
    tie_columns : dict of str to list of str
        Columns of ties.csv that Uptake has no use for, kept by tie.
    notes : tuple of Note
        What was repaired, missing or odd in the source.
    made_up : bool
        Whether nobody in it is a real person: drawn from a template.
    """

    name: str
    people: NDArray[np.void]
    ids: NDArray[Any]
    teams: tuple[str, ...]
    roles: tuple[str, ...]
    team_start: Ints
    team_manager: NDArray[np.int32]
    ties: Ties
    start_values: dict[str, Floats] = field(default_factory=dict)
    thresholds: Floats | None = None
    columns: dict[str, list[str]] = field(default_factory=dict)
    kinds: tuple[TieKind, ...] = ()
    tie_columns: dict[str, list[str]] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    made_up: bool = False

    @property
    def size(self) -> str:
        """How many people and teams it has, in words."""
        return f"{counted(self.n_people, 'person', 'people')}, {counted(self.n_teams, 'team')}"

    def __repr__(self) -> str:
        return f"<Organisation {self.name!r}: {self.size}, {counted(self.n_ties, 'tie')}>"

    @property
    def n_people(self) -> int:
        """Number of people."""
        return len(self.people)

    @property
    def n_teams(self) -> int:
        """Number of teams."""
        return len(self.teams)

    @property
    def n_ties(self) -> int:
        """Number of ties."""
        return len(self.ties.target)

    @cached_property
    def is_manager(self) -> Bools:
        """Whether each person has reports; shape (n_people,)."""
        manager = self.people["manager"]
        result = np.zeros(self.n_people, np.bool_)
        result[manager[manager >= 0]] = True
        return result

    @cached_property
    def tie_source(self) -> Ints:
        """Row of the person who listens, by tie; shape (n_ties,)."""
        return np.repeat(np.arange(self.n_people), np.diff(self.ties.start))

    def spans(self) -> Ints:
        """Return the number of direct reports of each person; shape (n_people,)."""
        manager = self.people["manager"]
        return np.bincount(manager[manager >= 0], minlength=self.n_people)


class Centrality(StrEnum):
    """How it is measured that others listen to a person."""

    IN_STRENGTH = "in_strength"
    PAGERANK = "pagerank"
    BETWEENNESS = "betweenness"
    COVERAGE = "coverage"


DEFAULT_SHARE = 0.05
PIVOTS = 500  # sources from which betweenness is counted in a large organisation
DIGITS = 12  # scores equal to this many digits are ties, which the order of ids breaks


def informal_leaders(
    organisation: Organisation, share: float | None = None, *, count: int | None = None,
    by: Centrality = Centrality.IN_STRENGTH,
) -> Ints:  # fmt: skip
    """Return the rows of the people others actually listen to, the first one first.

    Rows of people without reports, of equals the one that comes first in the canonical order. Fewer
    than asked where nobody listens to more.

    ``share`` is of all people, in [0, 1]: 0.05 where neither it nor ``count`` is given. Raises
    ValueError where both or an impossible number are asked for.
    """
    if share is not None and count is not None:
        raise ValueError("give a share or a count of informal leaders, not both")
    if share is not None and not 0 <= share <= 1:
        raise ValueError(f"a share of informal leaders is from 0 to 1, not {share}")
    if count is not None and count < 0:
        raise ValueError(f"a count of informal leaders is 0 or more, not {count}")
    if count is None:
        share = DEFAULT_SHARE if share is None else share
        count = max(int(share > 0), int(share * organisation.n_people + 0.5))
    if by is Centrality.COVERAGE:
        return coverage_order(organisation, count)
    score = np.round(centrality(organisation, by), DIGITS)
    score[organisation.is_manager] = 0
    order = np.argsort(-score, kind="stable")[:count]
    return order[score[order] > 0]


def centrality(organisation: Organisation, by: Centrality) -> Floats:
    """Return a centrality of every person, shape (n_people,).

    ``COVERAGE`` gives the number of people who listen: the first step of the search.
    """
    if by is Centrality.PAGERANK:
        return pagerank(organisation)
    if by is Centrality.BETWEENNESS:
        return betweenness(organisation)
    if by is Centrality.COVERAGE:
        others = organisation.tie_source != organisation.ties.target
        listeners = np.bincount(organisation.ties.target[others], minlength=organisation.n_people)
        return listeners.astype(np.float64)
    return in_strength(organisation)


def in_strength(organisation: Organisation) -> Floats:
    """Return the attention each person gets: the sum of others' shares of attention.

    In people: 3.2 means as much attention as 3.2 people give in all. Shape (n_people,).
    """
    others = organisation.tie_source != organisation.ties.target
    attention = np.bincount(
        organisation.ties.target[others],
        weights=organisation.ties.weight[others],
        minlength=organisation.n_people,
    )
    return attention.astype(np.float64, copy=False)


def pagerank(organisation: Organisation, damping: float = 0.85, tolerance: float = 1e-12) -> Floats:
    """Return PageRank over the shares of attention; it sums to 1, shape (n_people,).

    The iteration ends when the ranks change by less than ``tolerance`` in sum.
    """
    n, ties = organisation.n_people, organisation.ties
    source, silent = organisation.tie_source, np.diff(ties.start) == 0
    rank = np.full(n, 1 / n)
    for _ in range(1000):
        flow = np.bincount(ties.target, weights=ties.weight * rank[source], minlength=n)
        update = damping * (flow + rank[silent].sum() / n) + (1 - damping) / n
        change = np.abs(update - rank).sum()
        rank = update
        if change < tolerance:
            break
    return rank


def betweenness(organisation: Organisation) -> Floats:
    """Return unweighted betweenness: on how many shortest paths a person stands, shape (n_people,).

    Counted from every person, or from 500 sources (chosen by a fixed seed) where there are
    more than 2,000 people.
    """
    import networkx as nx

    n = organisation.n_people
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(n))
    graph.add_edges_from(
        zip(organisation.tie_source.tolist(), organisation.ties.target.tolist(), strict=True)
    )
    pivots = None if n <= 4 * PIVOTS else PIVOTS
    score = nx.betweenness_centrality(graph, k=pivots, seed=1)
    return np.array([score[row] for row in range(n)], dtype=np.float64)


def coverage_order(organisation: Organisation, count: int) -> Ints:
    """Return the people who together reach the most, found greedily.

    A person reaches those who listen to them and, if not yet reached, themselves. Each step
    takes the person who reaches the most people not yet reached, so the result is at least
    1 - 1/e of the best possible (Nemhauser, Wolsey & Fisher 1978).

    Rows of people without reports, at most ``count``, in the order found.
    """
    n, ties = organisation.n_people, organisation.ties
    order = np.argsort(ties.target, kind="stable")
    listener = organisation.tie_source[order]
    start = np.searchsorted(ties.target[order], np.arange(n + 1))
    candidates = np.flatnonzero(~organisation.is_manager & (np.diff(start) > 0))
    reached = np.zeros(n, np.bool_)

    def gain(person: int) -> int:
        others = listener[start[person] : start[person + 1]]
        fresh = int((~reached[others[others != person]]).sum())
        return fresh + int(not reached[person]) if fresh else 0

    heap = [(-gain(person), person) for person in candidates.tolist()]
    heapq.heapify(heap)
    chosen: list[int] = []
    while heap and len(chosen) < count:
        _, person = heapq.heappop(heap)
        now = gain(person)
        if now == 0:
            continue
        if heap and (-now, person) > heap[0]:
            heapq.heappush(heap, (-now, person))
            continue
        chosen.append(person)
        reached[listener[start[person] : start[person + 1]]] = True
        reached[person] = True
    return np.array(chosen, dtype=np.int64)
