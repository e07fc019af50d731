"""What a model is given, and what it refuses: seeds, lengths, classes, people, states."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import mesa
import numpy as np
import pytest

from sim.abm import Employee, Manager, UptakeModel
from sim.abm.view import PersonView, states
from sim.errors import InputError
from sim.organisation import Organisation
from sim.state import STATE_VARIABLES, VALUES, VISIBLE_VARIABLES

Make = Callable[..., UptakeModel]


class Mine(Employee):
    """Chooses in its own way."""

    def choose(self, *heard: float) -> tuple[float, float]:
        """Never use the tool."""
        super().choose(*heard)
        return 0.0, 0.0


class MyManager(Mine, Manager):
    """Leads besides."""


def test_without_a_seed_each_model_is_another_and_can_be_repeated() -> None:
    fixed = {"scenario": "licences-only", "organisation": "small-firm", "weeks": 5}
    rows = mesa.batch_run(
        UptakeModel, fixed, iterations=4, number_processes=1, display_progress=False
    )
    assert len({row["seed"] for row in rows}) == 4
    assert len({row["trust"] for row in rows}) == 4
    for row in rows:
        again = UptakeModel(**fixed, seed=row["seed"])
        again.run_model()
        assert again.outcome("trust") == row["trust"]


@pytest.mark.parametrize(
    "rng",
    [
        lambda: 6, lambda: np.int64(6), lambda: np.random.default_rng(6),
        lambda: np.random.SeedSequence(6), lambda: np.random.RandomState(6),
        lambda: np.random.PCG64(6), lambda: [6, 7],
    ],
)  # fmt: skip
def test_every_kind_of_rng_decides(make: Make, rng: Callable[[], Any]) -> None:
    one, two = make(seed=None, rng=rng()), make(seed=None, rng=rng())
    assert one.seed == two.seed
    assert one.seed != make(seed=None, rng=np.random.default_rng(5)).seed


def test_models_of_one_generator_differ(make: Make) -> None:
    generator = np.random.default_rng(5)
    assert make(seed=None, rng=generator).seed != make(seed=None, rng=generator).seed


@pytest.mark.parametrize(
    "wrong",
    [
        {"seed": 1.7}, {"seed": -1}, {"seed": 2**63}, {"seed": True}, {"seed": "1"},
        {"seed": None, "rng": 0.5}, {"seed": None, "rng": "luck"}, {"seed": None, "rng": -1},
        {"seed": 1, "rng": 2}, {"weeks": 0}, {"weeks": -3}, {"weeks": 2.5}, {"weeks": 1041},
        {"engine": "quick"}, {"people": Mine}, {"people": (Mine, Mine)}, {"people": (Mine,)},
        {"engine": "compiled", "people": (Mine, MyManager)},
    ],
)  # fmt: skip
def test_what_is_no_seed_length_or_class_is_refused(make: Make, wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=" — "):
        make(**wrong)


def test_parameters_are_numbers(firm: Organisation) -> None:
    with pytest.raises(InputError, match=r"parameters b_norm: is \[1, 2\]"):
        UptakeModel("licences-only", 1, organisation=firm, parameters={"b_norm": [1, 2]})  # type: ignore[dict-item]


def test_a_scenario_is_given_as_a_mapping(firm: Organisation) -> None:
    said = {"weeks": np.int64(6), "timeline": ({"access": {"start": 1}},)}
    given = UptakeModel(said, 1, organisation=firm)
    given.run_model()
    assert given.outcome("access") == 1.0
    with pytest.raises(InputError, match="did you mean access"):
        UptakeModel({"timeline": [{"acess": {}}]}, 1, organisation=firm)
    with pytest.raises(InputError, match="cannot be written"):
        UptakeModel({"weeks": {4}}, 1, organisation=firm)


def test_own_methods_are_simulated_by_agents_and_plain_subclasses_by_the_engine(make: Make) -> None:
    class Named(Employee):
        nickname = "Jo"

    class NamedManager(Named, Manager):
        pass

    assert make(people=(Mine, MyManager)).engine == "agents"
    plain = make(people=(Named, NamedManager))
    assert plain.engine == "compiled"
    assert {person.nickname for person in plain.agents} == {"Jo"}


@pytest.mark.parametrize("name", ["step", "receive", "climate", "_form_habits", "trust", "lead"])
def test_no_part_of_a_week_is_passed_over(make: Make, name: str) -> None:
    own = type("Own", (Employee,), {} if name == "lead" else {name: lambda *_: 0.0})
    boss = type("OwnManager", (own, Manager), {name: lambda *_: 0.0})
    with pytest.raises(InputError, match=f"have their own {name}, which"):
        make(people=(own, boss), engine="compiled")


def test_nobody_joins_or_leaves(make: Make) -> None:
    model = make()
    for attempt in (
        lambda: model.person(3).remove(),
        lambda: model.remove_all_agents(),
        lambda: Employee(model, 60),
        lambda: Employee(model, 3),
    ):
        with pytest.raises(InputError, match="joins and leaves on the timeline"):
            attempt()
    assert len(model.agents) == model.organisation.n_people
    model.step()
    assert len(model.agents) == model.organisation.n_people


def test_ties_are_read_only(make: Make) -> None:
    population = make().population
    for name, array in zip(population._fields, population, strict=True):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
        assert not array.flags.writeable, name


@pytest.mark.parametrize("variable", [*STATE_VARIABLES, *VISIBLE_VARIABLES], ids=lambda v: v.name)
def test_states_stay_in_their_ranges(make: Make, variable: Any) -> None:
    person = make().person(7)
    before = getattr(person, variable.name)
    wrong: list[Any] = [float("nan"), "much", None]
    if variable.name != "threshold":
        wrong += [variable.low - 1, variable.high + 1]
    if variable.dtype[0] == "u":
        wrong.append(0.5)
    for value in wrong:
        with pytest.raises(InputError, match=f"{variable.name}: set to"):
            setattr(person, variable.name, value)
    assert getattr(person, variable.name) == before


@pytest.mark.parametrize("value", VALUES)
def test_values_are_fixed(make: Make, value: str) -> None:
    with pytest.raises(InputError, match="fixed through a run"):
        setattr(make().person(7), value, 0.5)


@pytest.mark.parametrize("engine", ["compiled", pytest.param("agents", marks=pytest.mark.slow)])
def test_a_model_is_pickled_and_copied_in_mid_run(make: Make, engine: str) -> None:
    model = make(weeks=5, engine=engine)
    model.step()
    assert len(model.agents) == 60
    stored = pickle.loads(pickle.dumps(model))
    copied = copy.deepcopy(model)
    for one in (model, stored, copied):
        one.run_model()
    assert model.weekly.tobytes() == stored.weekly.tobytes() == copied.weekly.tobytes()
    frames = [one.datacollector.get_model_vars_dataframe() for one in (model, stored)]
    assert frames[0].equals(frames[1])


def test_said_in_a_line(make: Make) -> None:
    model = make(seed=4)
    assert repr(model) == "<UptakeModel 'Everything': 60 people, week 0 of 52, seed 4, compiled>"
    assert repr(model.person(0)).startswith("<")
    assert set(dir(model.person(0))) >= states() | set(vars(PersonView)["__annotations__"]) - {
        "model", "row", "barriers",
    }  # fmt: skip
