from __future__ import annotations

from itertools import combinations

import networkx as nx
import numpy as np
import pytest

from sim.organisation import (
    Centrality,
    Organisation,
    centrality,
    from_arrays,
    informal_leaders,
    summarise,
    template,
    to_graph,
)


@pytest.fixture
def star() -> Organisation:
    """0 manages all; everybody listens to 0 and 1; 4 listens to 3 as well."""
    return from_arrays(
        5,
        [1, 2, 2, 3, 3, 4, 4, 4],
        [0, 0, 1, 0, 1, 0, 1, 3],
        manager=[-1, 0, 0, 0, 0],
    )


def test_in_strength_is_the_attention_of_others(star):
    expected = [1 + 1 / 2 + 1 / 2 + 1 / 3, 1 / 2 + 1 / 2 + 1 / 3, 0, 1 / 3, 0]
    np.testing.assert_allclose(centrality(star, Centrality.IN_STRENGTH), expected)


def test_managers_and_the_unheard_are_no_informal_leaders(star):
    assert informal_leaders(star, 1.0).tolist() == [1, 3]
    assert informal_leaders(star, count=1).tolist() == [1]
    assert informal_leaders(star, 0.0).tolist() == []


def test_of_equals_the_first_id_leads():
    org = from_arrays(6, [0, 1, 2, 3, 4, 5], [1, 2, 3, 4, 5, 0])
    assert informal_leaders(org, count=3).tolist() == [0, 1, 2]


def test_own_attention_does_not_count():
    org = from_arrays(3, [0, 1, 2], [0, 2, 2], keep_self=True)
    assert informal_leaders(org, count=3).tolist() == [2]


def test_pagerank_agrees_with_networkx():
    org = template(120, seed=4)
    ranks = nx.pagerank(to_graph(org), alpha=0.85, tol=1e-13, max_iter=1000)
    np.testing.assert_allclose(
        centrality(org, Centrality.PAGERANK), [ranks[p] for p in org.ids], atol=1e-10
    )


def test_betweenness_agrees_with_networkx():
    org = template(60, seed=4)
    score = nx.betweenness_centrality(to_graph(org))
    np.testing.assert_allclose(
        centrality(org, Centrality.BETWEENNESS), [score[p] for p in org.ids], atol=1e-12
    )


def reached(org: Organisation, chosen: tuple[int, ...]) -> int:
    listeners = set(chosen)
    for person, target in zip(org.tie_source.tolist(), org.ties.target.tolist(), strict=True):
        if target in chosen:
            listeners.add(person)
    return len(listeners)


@pytest.mark.parametrize("seed", range(4))
def test_coverage_is_greedy_and_near_the_best(seed):
    org = template(30, seed=seed)
    candidates = np.flatnonzero(~org.is_manager).tolist()
    chosen = tuple(informal_leaders(org, count=3, by=Centrality.COVERAGE).tolist())
    best = max(reached(org, some) for some in combinations(candidates, 3))
    assert reached(org, chosen) >= (1 - 1 / np.e) * best
    for step in range(1, 4):
        gains = [reached(org, (*chosen[: step - 1], c)) for c in candidates]
        assert reached(org, chosen[:step]) == max(gains)


def test_coverage_spreads_where_strength_clusters():
    """Two loud people share all their listeners; a third has a listener of their own."""
    org = from_arrays(9, [3, 4, 5, 6, 3, 4, 5, 6, 7, 8], [0, 0, 0, 0, 1, 1, 1, 1, 2, 2])
    assert informal_leaders(org, count=2, by=Centrality.COVERAGE).tolist() == [0, 2]
    assert centrality(org, Centrality.COVERAGE).tolist() == [4, 4, 2, 0, 0, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"share": 0.1, "count": 3}, "not both"),
        ({"share": 1.5}, "from 0 to 1, not 1.5"),
        ({"count": -1}, "0 or more, not -1"),
    ],
)
def test_impossible_numbers(star, arguments, expected):
    with pytest.raises(ValueError, match=expected):
        informal_leaders(star, **arguments)


def test_spans(star):
    assert star.spans().tolist() == [4, 0, 0, 0, 0]


def test_summary_agrees_with_networkx():
    org = template(150, seed=9)
    graph, summary = to_graph(org), summarise(org)
    assert summary.n_components == nx.number_weakly_connected_components(graph)
    assert summary.reciprocity == pytest.approx(nx.reciprocity(graph))
    assert summary.density == pytest.approx(nx.density(graph))
    assert summary.n_isolates == nx.number_of_isolates(graph)
    assert summary.n_managers == org.is_manager.sum()
    assert sum(summary.levels.values()) == sum(summary.roles.values()) == 150
    first = summary.listened_to[0]
    assert first.attention == pytest.approx(
        sum(d["weight"] for _, _, d in graph.in_edges(first.id, data=True))
    )


def test_summary_of_people_who_do_not_listen():
    summary = summarise(from_arrays(3))
    assert (summary.n_isolates, summary.n_components, summary.reciprocity) == (3, 3, 0)
    assert summary.listened_to == summary.informal_leaders == ()
