"""DeGroot 1974 and Friedkin & Johnsen 1990, as special cases of expressed trust."""

from __future__ import annotations

from collections.abc import Callable

import networkx as nx
import numpy as np
import pytest

from sim.organisation import Organisation, from_arrays, from_graph

DEGROOT = "parameters: {susceptibility: 1, loss_aversion: 1}"
FRIEDKIN_JOHNSEN = "parameters: {susceptibility: 0.8, loss_aversion: 1}"
PATH = np.array([[0, 1, 0], [0.5, 0, 0.5], [0, 1, 0]])


def karate(*, keep_self: bool) -> tuple[Organisation, np.ndarray]:
    """Return Zachary's club with opinions +1 and -1 at its two heads, and the matrix W."""
    graph = nx.Graph(nx.karate_club_graph().edges())
    graph.add_nodes_from(range(34))
    if keep_self:
        graph.add_edges_from((node, node) for node in range(34))
    for node in graph:
        graph.nodes[node]["start_trust"] = 0.5 + 0.5 * ((node == 0) - (node == 33))
    matrix = nx.to_numpy_array(graph, nodelist=range(34))
    return from_graph(graph, keep_self=keep_self), matrix / matrix.sum(1)[:, None]


def path() -> Organisation:
    return from_arrays(3, [0, 1, 1, 2], [1, 0, 2, 1], start_values={"trust": [1.0, 0.0, 0.0]})


def as_opinion(trust: np.ndarray) -> np.ndarray:
    return 2.0 * trust - 1.0


def test_degroot_consensus(plain: Callable, states: Callable, outcome: Callable) -> None:
    club, _ = karate(keep_self=True)
    assert club.ids.tolist() == [str(i) for i in range(34)]
    scenario = plain(DEGROOT, "influence")
    last = as_opinion(states(scenario, club, "trust", 400)[-1])
    assert last == pytest.approx(np.full(34, -1 / 190), abs=1e-9)
    mean = as_opinion(outcome([scenario], club, "trust", 400)[0, -1])
    assert mean == pytest.approx(-1 / 190, abs=1e-9)


def test_degroot_without_listening_to_oneself(plain: Callable, states: Callable) -> None:
    """Degrees, not degrees plus one, weigh: the self-ties above do matter."""
    club, _ = karate(keep_self=False)
    last = as_opinion(states(plain(DEGROOT, "influence"), club, "trust", 600)[-1])
    assert last == pytest.approx(np.full(34, -1 / 156), abs=1e-9)


@pytest.mark.parametrize("engine", ["compiled", pytest.param("agents", marks=pytest.mark.slow)])
def test_degroot_every_week(plain: Callable, states: Callable, engine: str) -> None:
    club, matrix = karate(keep_self=True)
    found = as_opinion(states(plain(DEGROOT, "influence"), club, "trust", 20, engine))
    opinion = np.eye(34)[0] - np.eye(34)[33]
    for week in range(20):
        opinion = matrix @ opinion
        assert found[week] == pytest.approx(opinion, abs=1e-12), f"week {week + 1}"


@pytest.mark.parametrize("text", ["parameters: {susceptibility: 0.9, loss_aversion: 1}", DEGROOT])
def test_degroot_needs_its_assumptions(plain: Callable, states: Callable, text: str) -> None:
    """An anchor, or bad news that weighs more, moves the answer: the check can fail."""
    on = ("influence", "loss_aversion") if text == DEGROOT else ("influence",)
    text = text.replace("loss_aversion: 1", "loss_aversion: 1.5").replace(
        "susceptibility: 1", "susceptibility: 0.7"
    )
    club, _ = karate(keep_self=True)
    last = as_opinion(states(plain(text, *on), club, "trust", 400)[-1])
    assert np.abs(last + 1 / 190).max() > 1e-3


def test_influence_switched_off_keeps_opinions(plain: Callable, states: Callable) -> None:
    club, _ = karate(keep_self=True)
    found = as_opinion(states(plain(DEGROOT), club, "trust", 10))
    assert (found == np.eye(34)[0] - np.eye(34)[33]).all()


@pytest.mark.parametrize("engine", ["compiled", "agents"])
def test_friedkin_johnsen_path(plain: Callable, states: Callable, engine: str) -> None:
    found = states(plain(FRIEDKIN_JOHNSEN, "influence"), path(), "trust", 150, engine)[-1]
    assert found == pytest.approx(np.array([17, 10, 8]) / 45, abs=1e-9)
    fixed = np.linalg.solve(np.eye(3) - 0.8 * PATH, 0.2 * np.array([1.0, 0.0, 0.0]))
    assert found == pytest.approx(fixed, abs=1e-12)


def test_friedkin_johnsen_of_fears(plain: Callable, states: Callable) -> None:
    """Fears travel by the same rule as trust."""
    people = from_arrays(
        3, [0, 1, 1, 2], [1, 0, 2, 1],
        start_values={"fear_mistake": [1.0, 0.0, 0.0], "fear_job": [0.0, 0.0, 1.0]},
    )  # fmt: skip
    scenario = plain(FRIEDKIN_JOHNSEN, "influence")
    expected = np.array([17, 10, 8]) / 45
    mistake = states(scenario, people, "fear_mistake", 150)[-1]
    assert mistake == pytest.approx(expected, abs=1e-9)
    assert states(scenario, people, "fear_job", 150)[-1] == pytest.approx(expected[::-1], abs=1e-9)


@pytest.mark.parametrize("engine", ["compiled", pytest.param("agents", marks=pytest.mark.slow)])
def test_bad_news_is_there_sooner_and_views_rest_at_the_same_place(
    plain: Callable, states: Callable, engine: str
) -> None:
    """Loss aversion is a matter of time: trust falls at once and rises by and by."""
    text = "parameters: {susceptibility: 0.5, loss_aversion: 1.6}"
    people = from_arrays(
        3, [0, 1, 1, 2], [1, 0, 2, 1],
        start_values={"trust": [1.0, 0.0, 0.0], "fear_job": [1.0, 0.0, 0.0]},
    )  # fmt: skip
    averse, alike = plain(text, "influence", "loss_aversion"), plain(text, "influence")
    trust, even = (states(s, people, "trust", 150, engine) for s in (averse, alike))
    fear, even_fear = (states(s, people, "fear_job", 150, engine) for s in (averse, alike))
    assert trust[-1] == pytest.approx(even[-1], abs=1e-12)
    assert fear[-1] == pytest.approx(even_fear[-1], abs=1e-12)
    fixed = np.linalg.solve(np.eye(3) - 0.5 * PATH, 0.5 * np.array([1.0, 0.0, 0.0]))
    assert trust[-1] == pytest.approx(fixed, abs=1e-12)
    # week 1: 0 falls to 1/2 and 1 rises to 1/4, which the averse take up 1/1.6 as fast
    assert even[0] == pytest.approx([0.5, 0.25, 0.0], abs=1e-15)
    assert trust[0] == pytest.approx([0.5, 0.25 / 1.6, 0.0], abs=1e-15)
    assert even_fear[0] == pytest.approx([0.5, 0.25, 0.0], abs=1e-15)
    assert fear[0] == pytest.approx([1 - 0.5 / 1.6, 0.25, 0.0], abs=1e-15)
    assert (trust[1:8] < even[1:8] - 1e-4).any(axis=1).all()
    assert (fear[1:8] > even_fear[1:8] + 1e-4).any(axis=1).all()
