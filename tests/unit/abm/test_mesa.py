"""What else a Mesa user expects: batch runs, the browser, networks."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import mesa
import numpy as np
import pytest

from sim.abm import UptakeModel
from sim.organisation import Organisation, to_graph
from sim.outcomes import OUTCOMES

Make = Callable[..., UptakeModel]
SEEDS = (0, 1, 7)


def batch(processes: int) -> list[dict[str, object]]:
    """Run three seeds by ``mesa.batch_run``, as its release takes them."""
    fixed = {
        "scenario": "licences-only",
        "organisation": "small-firm",
        "weeks": 6,
        "parameters": [{"b_0": -1.0}],
    }
    how = {"number_processes": processes, "data_collection_period": 1, "display_progress": False}
    if "rng" in inspect.signature(mesa.batch_run).parameters:
        return mesa.batch_run(UptakeModel, fixed, rng=list(SEEDS), max_steps=100, **how)
    return mesa.batch_run(UptakeModel, {**fixed, "seed": list(SEEDS)}, max_steps=100, **how)


@pytest.mark.slow
@pytest.mark.parametrize("processes", [1, 2])
def test_batch_run(processes: int) -> None:
    rows = batch(processes)
    assert len(rows) == len(SEEDS) * 6
    replicates: dict[object, list[list[object]]] = {}
    for row in sorted(rows, key=lambda row: (row["RunId"], row["Step"])):
        seed = row["seed"] if "seed" in row else row["rng"]
        replicates.setdefault(seed, []).append([row[v.name] for v in OUTCOMES])
    assert set(replicates) == set(SEEDS)
    for seed, found in replicates.items():
        direct = UptakeModel(
            "licences-only", seed, organisation="small-firm", weeks=6, parameters={"b_0": -1.0}
        )
        direct.run_model()
        assert found == direct.weekly.tolist(), seed
    assert replicates[0] != replicates[1]


@pytest.mark.slow
def test_solara_page_is_rendered_stepped_and_reset(monkeypatch: pytest.MonkeyPatch) -> None:
    """SolaraViz draws the model's curves; its buttons step the model and make it anew."""
    solara = pytest.importorskip("solara", reason="solara is not installed")
    pytest.importorskip("altair", reason="mesa.visualization needs altair, not installed")
    import ipyvuetify as widgets
    import matplotlib as mpl

    if mesa.__version__ < "3.4" and not hasattr(widgets, "TabsItems"):
        pytest.skip("the pages of Mesa 3.3 need ipyvuetify 1, a later one is installed")
    mpl.use("Agg")
    monkeypatch.setattr(solara, "Sidebar", solara.Column)  # outside a server there is no sidebar
    from mesa.visualization import SolaraViz, make_plot_component

    fixed = {"scenario": "everything", "organisation": "small-firm", "weeks": 8}
    choices = {"rng": {"type": "SliderInt", "value": 3, "label": "luck", "min": 0, "max": 9}}
    model = solara.reactive(UptakeModel(**fixed, rng=3))
    first = model.value
    curves = make_plot_component(["weekly_users", "trust"])
    page = SolaraViz(model, components=[curves], model_params={**fixed, **choices}, name="Uptake")
    box, context = solara.render(page, handle_error=False)
    try:
        assert box.children
        context.find(widgets.Btn, children=["Step"]).widget.click()
        assert first.week == 1
        context.find(widgets.Btn, children=["Reset"]).widget.click()
        assert isinstance(model.value, UptakeModel)
        assert model.value is not first
        assert model.value.week == 0
        assert model.value.rollout.name == first.rollout.name
        assert model.value.run_seed == first.run_seed
    finally:
        context.close()


def test_ties_on_a_mesa_network(make: Make, firm: Organisation) -> None:
    """``graph()`` is a network for Mesa's own spaces, old and new."""
    from mesa.discrete_space import Network
    from mesa.space import NetworkGrid

    graph = to_graph(firm)
    assert graph.number_of_nodes() == firm.n_people
    assert graph.number_of_edges() == firm.n_ties
    grid = NetworkGrid(graph.copy())
    model = make()
    for person in model.agents:
        grid.place_agent(person, person.id)
    person = model.person(11)
    near = {other.id for other in grid.get_neighbors(person.id, include_center=False)}
    around = set(graph.successors(person.id)) | set(graph.predecessors(person.id))
    assert near in (around, set(graph.successors(person.id)))
    space = Network(graph.copy(), random=model.random)
    assert len(space.all_cells.cells) == firm.n_people
    assert {cell.coordinate for cell in space[person.id].neighborhood} >= {
        other.id for other in person.listens_to
    }


def test_mesa_owns_its_random_numbers(make: Make) -> None:
    """Shuffling agents does not touch the random numbers of the run."""
    shuffled, control = make(weeks=4), make(weeks=4)
    for _ in range(4):
        shuffled.agents.shuffle_do("has", 1)
        shuffled.step()
        control.step()
    assert np.array_equal(shuffled.weekly, control.weekly)
