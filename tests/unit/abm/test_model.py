"""``UptakeModel`` as a Mesa model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import mesa
import numpy as np
import pytest

from sim import load_scenario
from sim.abm import UptakeModel
from sim.case import Case
from sim.engine.compiled import run_cases
from sim.engine.memory import column
from sim.errors import InputError
from sim.organisation import Organisation
from sim.outcomes import OUTCOMES, Outcome
from sim.randomness import replicate_seeds

Make = Callable[..., UptakeModel]


def test_is_a_mesa_model(make: Make) -> None:
    model = make()
    assert isinstance(model, mesa.Model)
    assert model.running
    assert model.steps == 0
    model.step()
    assert model.steps == model.week == 1


def test_compiled_steps_make_no_agents(make: Make) -> None:
    model = make()
    for _ in range(5):
        model.step()
    assert not model._people
    assert len(model.agents) == model.organisation.n_people
    assert len(model._people) == model.organisation.n_people


@pytest.mark.parametrize("engine", ["compiled", "agents"])
def test_stops_after_its_weeks(make: Make, engine: str) -> None:
    model = make(weeks=3, engine=engine)
    model.run_model()
    assert model.week == 3
    assert not model.running
    before = model.weekly.copy()
    model.step()
    assert model.week == 3
    assert (model.weekly == before).all()
    assert len(model.datacollector.get_model_vars_dataframe()) == 3


def test_weeks_of_the_scenario_by_default(make: Make) -> None:
    assert make().weeks == make().rollout.weeks == 52


def test_is_the_first_replicate_of_a_run(make: Make, firm: Organisation) -> None:
    case = Case.of(load_scenario("everything"), firm, 9, {"b_0": -1.5})
    for seed in (0, 5):
        model = make(seed=seed, weeks=9)
        model.run_model()
        weekly = run_cases([case], replicate_seeds(seed, 1), weeks=9).weekly[0, 0, 0]
        assert model.weekly.tobytes() == weekly.tobytes()


def test_seed_and_rng(make: Make) -> None:
    def last(model: UptakeModel) -> bytes:
        model.run_model()
        return model.weekly.tobytes()

    assert last(make(seed=3, weeks=4)) == last(make(seed=None, rng=3, weeks=4))
    assert last(make(seed=None, weeks=4)) != last(make(seed=None, weeks=4))
    assert last(make(seed=0, weeks=4)) != last(make(seed=1, weeks=4))
    assert last(make(seed=None, rng=np.int64(3), weeks=4)) == last(make(seed=3, weeks=4))


def test_unknown_engine(make: Make) -> None:
    with pytest.raises(InputError, match="'compiled' or 'agents' would be right"):
        make(engine="quick")


def test_scenario_by_path_and_by_name(firm: Organisation, repository: Path) -> None:
    path = repository / "scenarios" / "everything.yaml"
    models = [UptakeModel(one, 2, organisation=firm, weeks=3) for one in (path, "everything")]
    for model in models:
        model.run_model()
    assert models[0].weekly.tobytes() == models[1].weekly.tobytes()


def test_organisation_of_the_scenario_by_default() -> None:
    assert UptakeModel("training-first", 1).organisation.n_people == 240


def test_outcomes_are_means_of_people(make: Make) -> None:
    model = make(weeks=8)
    model.run_model()
    for name in ("trust", "capability", "use_days", "habit", "cynicism", "confidence"):
        mean = model.agents.agg(name, np.mean)
        assert model.outcome(name) == pytest.approx(mean, abs=1e-9), name
    with pytest.raises(KeyError):
        model.outcome("happiness")


def test_datacollector_frames(make: Make) -> None:
    model = make(weeks=4)
    model.datacollector = mesa.DataCollector(
        model_reporters={"users": lambda m: m.outcome("weekly_users")},
        agent_reporters={"trust": "trust", "team": "team", "days": lambda a: a.use_days},
        agenttype_reporters={},
    )
    model.run_model()
    by_week = model.datacollector.get_model_vars_dataframe()
    assert by_week["users"].tolist() == model.weekly[:, Outcome["weekly_users"]].tolist()
    people = model.datacollector.get_agent_vars_dataframe()
    assert len(people) == 4 * model.organisation.n_people
    last = people.xs(4, level="Step")
    assert last["trust"].mean() == pytest.approx(model.outcome("trust"), abs=1e-12)
    assert set(last["team"]) == set(model.organisation.teams)


def test_every_outcome_is_collected(make: Make) -> None:
    model = make(weeks=2)
    model.run_model()
    frame = model.datacollector.get_model_vars_dataframe()
    assert list(frame.pop("seed")) == [model.seed] * 2
    assert list(frame.columns) == [v.name for v in OUTCOMES]
    assert frame.to_numpy().tolist() == model.weekly.tolist()


def test_engines_can_take_turns(make: Make) -> None:
    """Six weeks compiled, then agent by agent, then compiled: the same life."""
    turns, steady = make(weeks=12), make(weeks=12)
    for week in range(12):
        turns.engine = "agents" if week in (3, 4, 8) else "compiled"
        turns.step()
        steady.step()
    assert turns.weekly.tobytes() == steady.weekly.tobytes()
    assert column(turns.memory, "habit").tobytes() == column(steady.memory, "habit").tobytes()
