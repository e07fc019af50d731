"""Employees and managers: who they are, and that they are live views of the state."""

from __future__ import annotations

from collections.abc import Callable

import mesa
import numpy as np
import pytest

from sim.abm import Employee, Manager, UptakeModel
from sim.engine.memory import cells, column
from sim.engine.rows import BLOCK
from sim.organisation import from_arrays, informal_leaders
from sim.outcomes import DRIVERS
from sim.scenario import loads
from sim.state import STATE_VARIABLES, VALUES, VISIBLE_VARIABLES, Flag

Make = Callable[..., UptakeModel]


def test_classes_follow_the_reporting_lines(make: Make) -> None:
    model = make()
    for person in model.agents:
        assert isinstance(person, mesa.Agent)
        assert isinstance(person, Manager) == bool(model.organisation.is_manager[person.row])
    assert len(model.agents_by_type[Manager]) == model.organisation.is_manager.sum()
    assert len(model.agents_by_type[Employee]) == (~model.organisation.is_manager).sum()
    for manager in model.agents_by_type[Manager]:
        assert manager.reports
        assert all(report.manager is manager for report in manager.reports)


def test_who_a_person_is(make: Make) -> None:
    model = make()
    people = model.organisation.people
    for row in (0, 17, 59):
        person = model.person(row)
        assert person.id == model.organisation.ids[row]
        assert person.team == model.organisation.teams[people["team"][row]]
        assert person.role == model.organisation.roles[people["role"][row]]
        assert person.level == people["level"][row]
        assert person.task_potential == pytest.approx(people["task_potential"][row])
        ties = model.organisation.ties
        listened = ties.target[ties.start[row] : ties.start[row + 1]].tolist()
        assert [other.row for other in person.listens_to] == listened
        for value in VALUES:
            assert getattr(person, value) == pytest.approx(people[value][row] / 200)


def test_informal_leaders(make: Make) -> None:
    model = make()
    leaders = {person.row for person in model.agents.select(lambda p: p.informal_leader)}
    assert leaders == set(informal_leaders(model.organisation, 0.05).tolist())
    assert leaders
    assert not any(isinstance(model.person(row), Manager) for row in leaders)


def test_agent_set_select_agg_groupby_do(make: Make) -> None:
    model = make(weeks=6)
    model.run_model()
    days = column(model.memory, "history") & 15  # of this week
    users = model.agents.select(lambda person: person.use_days > 0)
    assert len(users) == (days > 0).sum() > 0
    assert model.agents.agg("use_days", sum) == days.sum()
    assert model.agents.get("capability") == column(model.memory, "capability").tolist()
    by_team = model.agents.groupby("team").agg("use_days", np.mean)
    start = model.organisation.team_start
    for team, name in enumerate(model.organisation.teams):
        assert by_team[name] == pytest.approx(days[start[team] : start[team + 1]].mean())
    seen: list[int] = []
    model.agents.do(lambda person: seen.append(person.row))
    assert seen == list(range(model.organisation.n_people))
    most = next(iter(model.agents.sort("habit")))
    assert most.habit == column(model.memory, "habit").max()
    model.agents.set("cynicism", 0.25)
    assert (column(model.memory, "cynicism") == np.float32(0.25)).all()


@pytest.mark.parametrize("variable", [*STATE_VARIABLES, *VISIBLE_VARIABLES], ids=lambda v: v.name)
def test_every_state_is_an_attribute_that_reads_and_writes(make: Make, variable) -> None:  # type: ignore[no-untyped-def]
    model = make()
    model.step()
    person = model.person(7)
    whole = variable.dtype in ("u1", "u8")
    new = 3 if whole else 0.375
    setattr(person, variable.name, new)
    assert getattr(person, variable.name) == new
    if variable in VISIBLE_VARIABLES:
        array, place = model.memory.visible[model.now][variable.name], (7,)
    else:
        array, place = cells(model.memory, variable.name), divmod(7, BLOCK)
    assert array[place] == new
    array[place] = 1
    assert getattr(person, variable.name) == 1


def test_a_state_written_is_seen_by_the_next_compiled_week(make: Make) -> None:
    visible, control = make(), make()
    for model in (visible, control):
        model.step()
    visible.agents.set("trust", 0.0)
    for model in (visible, control):
        model.step()
    assert visible.outcome("trust") < control.outcome("trust") - 0.05
    person = visible.person(5)
    person.trust = 0.3
    assert person.trust == 0.3
    assert visible.memory.visible[visible.now]["trust"][5] == 0.3


def test_a_written_state_reaches_neighbours_to_the_digit() -> None:
    people = from_arrays(2, [0, 1], [1, 0])
    text = "parameters: {susceptibility: 1, loss_aversion: 1, success_trust: 0, accustomed: 0}"
    model = UptakeModel(loads(text), 0, organisation=people)
    model.step()
    model.person(1).trust = 0.3
    model.step()
    assert model.person(0).trust == 0.3


def test_unknown_attributes(make: Make) -> None:
    person = make().person(0)
    with pytest.raises(AttributeError, match="no attribute 'happiness'"):
        _ = person.happiness
    person.nickname = "Jo"
    assert person.nickname == "Jo"
    assert not hasattr(person, "happiness")


def test_flags(make: Make) -> None:
    model = make(scenario="licences-only", weeks=10)
    assert not any(person.has(Flag.ACCESS) for person in model.agents)
    model.run_model()
    assert all(person.has(Flag.ACCESS) for person in model.agents)
    activated = [person.has(Flag.ACTIVATED) for person in model.agents]
    assert np.mean(activated) == pytest.approx(model.outcome("activated"))
    person = model.person(3)
    assert person.confidence_gap == pytest.approx(person.capability - person.confidence)


def test_another_theory_of_choice_is_one_method() -> None:
    """Override ``Employee.choose`` and step by agents: nobody uses the tool but leaders do."""

    class Stubborn(Employee):
        def choose(self, *_: float) -> tuple[float, float]:
            self.odds = self.own_odds = self.benefit = 0.0
            self.barriers = (0.0,) * len(DRIVERS)
            return (5.0, 0.0) if self.level == 1 else (0.0, 0.0)

    people = from_arrays(4, [1, 2, 3], [0, 0, 0], level=[1, 2, 2, 2])

    class StubbornManager(Stubborn, Manager):
        pass

    own = (Stubborn, StubbornManager)
    scenario = loads("timeline: [{access: {start: 1}}]")
    model = UptakeModel(scenario, 0, organisation=people, people=own)
    assert model.engine == "agents"  # the compiled engine would pass over the method
    model.step()
    assert [person.use_days for person in model.agents] == [5, 0, 0, 0]
