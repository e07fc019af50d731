"""Granovetter 1978, Watts 2002, Centola & Macy 2007: hard thresholds without noise."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction

import networkx as nx
import numpy as np
import pytest

from sim.organisation import Organisation, from_arrays, from_graph


def complete(thresholds: Iterable[float]) -> Organisation:
    thresholds = list(thresholds)
    n = len(thresholds)
    source, target = np.nonzero(~np.eye(n, dtype=bool))
    return from_arrays(n, source, target, threshold=thresholds)


def ring(n: int, z: int) -> Organisation:
    source = np.repeat(np.arange(n), z)
    steps = np.concatenate([np.arange(1, z // 2 + 1), -np.arange(1, z // 2 + 1)])
    return from_arrays(n, source, (source + np.tile(steps, n)) % n)


def first(ids: Iterable[object]) -> str:
    names = ", ".join(f"'{one}'" for one in ids)
    return f"timeline: [{{first adopters: {{start: 1, audience: {{ids: [{names}]}}}}}}]\n"


COUNT = "decision: {threshold: count}"


@pytest.mark.parametrize(
    ("changed", "adopters"), [({}, 100), ({1: 2}, 1), ({0: 1}, 0)], ids=["all", "one", "nobody"]
)
def test_granovetter(
    plain: Callable, outcome: Callable, changed: dict[int, int], adopters: int
) -> None:
    """Two crowds that differ in one person end in a riot of 100, or of one, or in none."""
    crowd = complete(changed.get(i, i) for i in range(100))
    users = outcome([plain(COUNT)], crowd, "weekly_users", 105)[0] * 100
    assert users[-1] == pytest.approx(adopters, abs=1e-9)
    if adopters == 100:  # F(r) = r + 1: one more each step
        assert users == pytest.approx(np.minimum(np.arange(1, 106), 100), abs=1e-9)


@pytest.mark.parametrize("engine", ["compiled", "agents"])
def test_granovetter_by_both_engines(plain: Callable, states: Callable, engine: str) -> None:
    for changed, adopters in (({}, 12), ({1: 2}, 1), ({0: 1}, 0)):
        crowd = complete(changed.get(i, i) for i in range(12))
        days = states(plain(COUNT), crowd, "use_days", 13, engine)
        assert (days[-1] > 0).sum() == adopters


def test_granovetter_is_not_about_the_mean(plain: Callable, outcome: Callable) -> None:
    """The same mean threshold for all starts nothing: it is the spread that counts."""
    crowd = complete([49.5] * 100)
    assert outcome([plain(COUNT)], crowd, "weekly_users", 20)[0, -1] == 0


@pytest.mark.parametrize("kind", ["count", "share"])
@pytest.mark.parametrize("z", [2, 4, 6, 8, 10])
def test_ring_lattice(plain: Callable, outcome: Callable, z: int, kind: str) -> None:
    """A block of a person and the neighbours grows by z - 2(θ - 1) a step, or not at all."""
    n, weeks = 60, 50
    people = ring(n, z)
    seeds = first(range(z + 1))
    by = {"count": lambda theta: theta, "share": lambda theta: theta / z}[kind]
    scenarios = [
        plain(f"decision: {{threshold: {kind}, one_for_all: {by(theta)!r}}}\n{seeds}")
        for theta in range(1, z + 1)
    ]
    users = np.rint(outcome(scenarios, people, "weekly_users", weeks) * n)
    for theta, path in enumerate(users, start=1):
        spreads = theta <= z / 2
        growth = max(z - 2 * (theta - 1), 0) if spreads else 0
        expected = z + 1 + growth * np.arange(weeks)
        apart = expected <= n - z  # until the two fronts meet
        assert path[apart].tolist() == expected[apart].tolist(), f"θ = {theta}"
        assert path[-1] == (n if spreads else z + 1), f"θ = {theta}"


def test_ring_with_a_shortcut_breaks_the_rule(plain: Callable, outcome: Callable) -> None:
    """Rewired ties change the count of new adopters: the check above can fail."""
    n, z = 60, 4
    graph = nx.connected_watts_strogatz_graph(n, z, 0.3, seed=1)
    people = from_graph(graph)
    scenario = plain(f"decision: {{threshold: count, one_for_all: 2}}\n{first(range(z + 1))}")
    users = np.rint(outcome([scenario], people, "weekly_users", 30)[0] * n)
    assert users.tolist() != np.minimum(5 + 2 * np.arange(30), n).tolist()


def test_share_of_one_in_k_at_the_edge(plain: Callable, states: Callable) -> None:
    """Watts: one adopter among k neighbours is enough where φ ≤ 1/k, also at equality."""
    source, target, hubs, n = [], [], [], 0
    for k in range(1, 41):
        hubs.append(n)
        source += [n] * k
        target += range(n + 1, n + 1 + k)
        n += 1 + k
    people = from_arrays(n, source, target)
    seeds = first(hub + 1 for hub in hubs)
    for m in range(1, 41):
        text = f"decision: {{threshold: share, one_for_all: {1 / m!r}}}\n{seeds}"
        days = states(plain(text), people, "use_days", 2)
        adopting = [k for k, hub in enumerate(hubs, start=1) if days[-1, hub] > 0]
        assert adopting == list(range(1, m + 1)), f"φ = 1/{m}"


@pytest.mark.parametrize("share", [Fraction(1, 2), Fraction(1, 3), Fraction(2, 7), Fraction(1, 6)])
def test_watts_cascade(plain: Callable, states: Callable, share: Fraction) -> None:
    """Who adopts in which week on a random network, against exact fractions."""
    graph = nx.gnm_random_graph(90, 200, seed=5)
    people = from_graph(graph)
    seeds = {0, 1, 2}
    text = f"decision: {{threshold: share, one_for_all: {float(share)!r}}}\n{first(seeds)}"
    found = states(plain(text), people, "use_days", 15) > 0
    adopted, sizes = set(seeds), []
    for week in range(15):
        assert set(np.flatnonzero(found[week]).tolist()) == adopted, f"week {week + 1}"
        sizes.append(len(adopted))
        adopted |= {
            node
            for node in graph
            if (around := list(graph[node]))
            and Fraction(len(adopted & set(around)), len(around)) >= share
        }
    assert share == Fraction(1, 2) or sizes[-1] > sizes[0]


def test_personal_thresholds_of_the_file_give_way_to_one_for_all(
    plain: Callable, outcome: Callable
) -> None:
    crowd = complete(range(20))
    scenario = plain("decision: {threshold: count, one_for_all: 0}")
    assert outcome([scenario], crowd, "weekly_users", 1)[0, 0] == 1.0


def test_drawn_thresholds_have_their_mean_and_spread(plain: Callable, states: Callable) -> None:
    people = from_arrays(4000)
    drawn = states(
        plain("decision: {threshold: count, mean: 30, sd: 4}"), people, "threshold", 1, seed=9
    )[0]
    error = 4 / np.sqrt(4000)
    assert drawn.mean() == pytest.approx(30, abs=4.5 * error)
    assert drawn.std() == pytest.approx(4, abs=4.5 * error / np.sqrt(2))
