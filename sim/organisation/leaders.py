"""Informal leaders: the people others actually listen to, whatever their title."""

from __future__ import annotations

import heapq
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from sim.organisation.organisation import Organisation

__all__ = [
    "DEFAULT_SHARE",
    "Centrality",
    "betweenness",
    "centrality",
    "coverage_order",
    "in_strength",
    "informal_leaders",
    "pagerank",
]


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
    organisation: Organisation,
    share: float | None = None,
    *,
    count: int | None = None,
    by: Centrality = Centrality.IN_STRENGTH,
) -> NDArray[np.int64]:
    """Return the rows of the people others actually listen to, the first one first.

    Parameters
    ----------
    share : float, optional
        How many, as a share of all people, in [0, 1]; 0.05 where neither is given.
    count : int, optional
        How many.

    Returns
    -------
    int64 array
        Rows of people without reports, of equals the one that comes first in the
        canonical order. Fewer than asked where nobody listens to more.

    Raises
    ------
    ValueError
        Where both or an impossible number are asked for.
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


def centrality(organisation: Organisation, by: Centrality) -> NDArray[np.float64]:
    """Return a centrality of every person.

    Parameters
    ----------
    by : Centrality
        ``COVERAGE`` gives the number of people who listen: the first step of the search.

    Returns
    -------
    float64 array, shape (n_people,)
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


def in_strength(organisation: Organisation) -> NDArray[np.float64]:
    """Return the attention each person gets: the sum of others' shares of attention.

    Returns
    -------
    float64 array, shape (n_people,)
        In people: 3.2 means as much attention as 3.2 people give in all.
    """
    others = organisation.tie_source != organisation.ties.target
    attention = np.bincount(
        organisation.ties.target[others],
        weights=organisation.ties.weight[others],
        minlength=organisation.n_people,
    )
    return attention.astype(np.float64, copy=False)


def pagerank(
    organisation: Organisation, damping: float = 0.85, tolerance: float = 1e-12
) -> NDArray[np.float64]:
    """Return PageRank over the shares of attention; it sums to 1.

    Parameters
    ----------
    tolerance : float
        The iteration ends when the ranks change by less than this in sum.

    Returns
    -------
    float64 array, shape (n_people,)
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


def betweenness(organisation: Organisation) -> NDArray[np.float64]:
    """Return unweighted betweenness: on how many shortest paths a person stands.

    Counted from every person, or from 500 sources (chosen by a fixed seed) where there are
    more than 2,000 people.

    Returns
    -------
    float64 array, shape (n_people,)
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


def coverage_order(organisation: Organisation, count: int) -> NDArray[np.int64]:
    """Return the people who together reach the most, found greedily.

    A person reaches those who listen to them and, if not yet reached, themselves. Each step
    takes the person who reaches the most people not yet reached, so the result is at least
    1 - 1/e of the best possible (Nemhauser, Wolsey & Fisher 1978).

    Returns
    -------
    int64 array
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
