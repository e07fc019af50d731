from __future__ import annotations

import tempfile
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sim.errors import InputError
from sim.organisation import (
    Organisation,
    from_arrays,
    from_graph,
    load,
    organisation_hash,
    template,
    to_csv,
    to_graph,
)
from sim.tables import alike


def dense(org: Organisation) -> np.ndarray:
    matrix = np.zeros((org.n_people, org.n_people))
    matrix[org.tie_source, org.ties.target] = org.ties.weight
    return matrix


def test_karate_club_with_self_ties():
    graph = nx.karate_club_graph()
    matrix = nx.to_numpy_array(graph, weight=None) + np.eye(34)
    wanted = matrix / matrix.sum(1, keepdims=True)
    source, target = np.nonzero(matrix)
    org = from_arrays(34, source, target, wanted[source, target], keep_self=True)
    assert list(org.ids) == [str(node) for node in range(34)]
    np.testing.assert_array_equal(dense(org), wanted)


def test_self_ties_are_dropped_unless_kept():
    org = from_arrays(2, [0, 0], [0, 1])
    assert org.n_ties == 1
    assert any(note.what == "tie to oneself dropped" for note in org.notes)


def test_a_path_with_given_weights():
    org = from_arrays(3, [0, 1, 1, 2], [1, 0, 2, 1], [1, 0.5, 0.5, 1])
    np.testing.assert_array_equal(dense(org), [[0, 1, 0], [0.5, 0, 0.5], [0, 1, 0]])


def test_an_undirected_graph_gives_ties_both_ways():
    org = from_graph(nx.complete_graph(100), name="complete")
    assert org.n_ties == 100 * 99
    assert np.unique(org.ties.weight).tolist() == [1 / 99]
    lattice = from_graph(nx.watts_strogatz_graph(50, 4, 0))
    assert np.diff(lattice.ties.start).tolist() == [4] * 50


def test_attributes_of_a_graph_are_read():
    graph = nx.DiGraph(name="three")
    graph.add_node("a", team="x", level=1, start_trust=0.25, shoe=42)
    graph.add_node("b", team="x", level=2, manager_id="a")
    graph.add_node("c", team="y", level=2, manager_id="a")
    graph.add_edge("b", "a", weight=3, kind="advice")
    graph.add_edge("b", "c", weight=1, kind="friendship")
    org = from_graph(graph)
    assert org.name == "three"
    assert org.ties.weight.tolist() == [0.75, 0.25]
    assert org.columns == {"shoe": ["42", "", ""]}
    assert org.people["manager"].tolist() == [-1, 0, 0]


def test_a_graph_keeps_every_attribute(write_files):
    folder = write_files(
        people_csv="id,team,manager_id,start_trust,threshold,hobby,level\n"
        "a,x,,0.5,,chess,1\nb,x,a,,2,,2\n",
        ties_csv="source,target,kind,weight,since\nb,a,advice,2,2019\n",
    )
    graph = to_graph(load(folder))
    assert list(graph) == ["a", "b"]
    assert graph.nodes["a"]["hobby"] == "chess"
    assert graph.nodes["a"]["start_trust"] == 0.5
    assert graph.nodes["a"]["is_manager"]
    assert "manager_id" not in graph.nodes["a"]
    assert graph.nodes["b"]["manager_id"] == "a"
    assert graph.nodes["b"]["threshold"] == 2
    assert graph.edges["b", "a"] == {
        "weight": 1.0,
        "upward": True,
        "close": False,
        "kind_advice": 2.0,
        "since": "2019",
    }
    nx.write_graphml(graph, folder / "graph.graphml")


def test_a_graph_loads_back():
    org = template(40, seed=2)
    back = from_graph(to_graph(org))
    np.testing.assert_array_equal(back.ties.weight, org.ties.weight)
    np.testing.assert_array_equal(back.people, org.people)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"people": 2, "source": [0], "target": [2]}, "position outside the people — 0 to 1"),
        ({"people": 2, "source": [0], "target": [1, 1]}, "differ in length"),
        ({"people": 2, "source": [0], "target": [1], "weight": [np.nan]}, "not finite"),
        ({"people": 2, "level": [1]}, "level: has length 1 — length 2"),
        ({"people": 2, "manager": [5, -1]}, "manager: has a position outside"),
        ({"people": 2, "start_values": {"truts": [0, 1]}}, "did you mean trust"),
        ({"people": ["a", "a"]}, "'a' stands twice"),
    ],
)
def test_arrays_that_do_not_fit(arguments, expected):
    with pytest.raises(InputError, match=expected):
        from_arrays(**arguments)


NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc", "Z")), min_size=1, max_size=6).filter(
    lambda s: s.strip() == s and s not in {"NA", "N/A", "null", "NULL"}
)


@st.composite
def organisations(draw) -> Organisation:
    ids = draw(st.lists(NAMES, min_size=1, max_size=12, unique=True))
    assume(not alike(ids))  # ids that differ in form only are refused
    n = len(ids)
    some = st.lists(st.integers(0, n - 1), min_size=20, max_size=20)
    n_ties = draw(st.integers(0, 20))
    weight = st.lists(st.floats(1e-6, 1e6), min_size=n_ties, max_size=n_ties)
    return from_arrays(
        ids,
        draw(some)[:n_ties],
        draw(some)[:n_ties],
        draw(weight),
        team=draw(st.lists(NAMES, min_size=n, max_size=n)),
        manager=[draw(st.integers(-1, person - 1)) for person in range(n)],
        role=draw(st.lists(NAMES, min_size=n, max_size=n)),
        threshold=draw(st.lists(st.floats(0, 1e9) | st.just(np.nan), min_size=n, max_size=n)),
        start_values={"trust": draw(st.lists(st.floats(0, 1), min_size=n, max_size=n))},
    )


@settings(max_examples=60, deadline=None)
@given(organisations())
def test_what_is_written_loads_to_the_same_content(org):
    with tempfile.TemporaryDirectory() as folder:
        to_csv(org, Path(folder) / "out")
        back = load(Path(folder) / "out")
    np.testing.assert_array_equal(back.people, org.people)
    np.testing.assert_array_equal(back.ties.weight, org.ties.weight)
    assert organisation_hash(back) == organisation_hash(org)


@settings(max_examples=60, deadline=None)
@given(organisations(), st.randoms(use_true_random=False))
def test_the_order_of_people_and_ties_changes_nothing(org, random):
    with tempfile.TemporaryDirectory() as folder:
        to_csv(org, Path(folder))
        for name in ("people.csv", "ties.csv"):
            head, *lines = (Path(folder) / name).read_text("utf-8").split("\n")
            random.shuffle(lines)
            (Path(folder) / name).write_text("\n".join([head, *lines]), "utf-8")
        assert organisation_hash(load(folder)) == organisation_hash(org)


@pytest.mark.parametrize("name", ["krackhardt_hightech", "lazega_lawfirm", "brazil_farmers"])
def test_real_organisations_load_back(shared_data, tmp_path, name):
    org = load(shared_data / name)
    to_csv(org, tmp_path / "out")
    assert organisation_hash(load(tmp_path / "out")) == organisation_hash(org)


def test_a_file_that_is_there_is_not_written_over(tmp_path):
    org = from_arrays(2)
    to_csv(org, tmp_path)
    with pytest.raises(InputError, match=r"people\.csv: exists already"):
        to_csv(org, tmp_path)


def test_the_hash_sees_a_change():
    one = from_arrays(2, [0], [1])
    assert organisation_hash(one) == organisation_hash(from_arrays(2, [0], [1], name="other"))
    assert organisation_hash(one) != organisation_hash(from_arrays(2, [1], [0]))
    assert organisation_hash(one) != organisation_hash(from_arrays(["a", "b"], [0], [1]))


@pytest.mark.parametrize("name", ["manager", "manager_id"])
def test_a_graph_names_managers_as_build_and_as_files_do(name):
    graph = nx.DiGraph([((0, 1), (0, 0)), ((1, 0), (0, 1))])
    for node in [(0, 1), (1, 0)]:
        graph.nodes[node][name] = (0, 0)
    org = from_graph(graph)
    assert list(org.ids[org.is_manager]) == ["(0, 0)"]
    assert org.people["manager"].tolist().count(list(org.ids).index("(0, 0)")) == 2
    assert not org.columns


def test_a_graph_with_two_managers_for_one_is_refused():
    graph = nx.DiGraph([("b", "a"), ("c", "a")])
    graph.nodes["b"].update(manager="a", manager_id="c")
    with pytest.raises(InputError, match="node 'b' manager_id: names two managers, a and c"):
        from_graph(graph)


def test_an_edge_leads_from_who_listens_to_who_is_heard():
    org = from_graph(nx.DiGraph([("listener", "speaker")]))
    assert org.ids[org.tie_source[0]] == "listener"
    assert org.ids[org.ties.target[0]] == "speaker"
