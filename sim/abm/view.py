"""A person as a live view: attributes that read and write the arrays of the state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mesa
import numpy as np

from sim.engine.memory import cells
from sim.engine.rows import BLOCK
from sim.errors import InputError, Problem
from sim.rules.workweek import WORKDAYS
from sim.state import STATE_VARIABLES, VALUE_STEPS, VALUES, VISIBLE_VARIABLES, Flag

if TYPE_CHECKING:
    from sim.abm.agents import Employee
    from sim.abm.manager import Manager
    from sim.abm.model import UptakeModel

__all__ = ["PersonView", "states"]

_UNIT = 1.0 / VALUE_STEPS
_STATE = frozenset(v.name for v in STATE_VARIABLES)
_VISIBLE = frozenset(v.name for v in VISIBLE_VARIABLES)
_RANGES = {
    v.name: (v.low, v.high, v.dtype[0] == "u") for v in (*STATE_VARIABLES, *VISIBLE_VARIABLES)
}
_ROUNDING, _ENDLESS = 1e-9, 1e30
_CHANGES = "an organisation file with what is wanted; joins and leaves on the timeline"


def states() -> frozenset[str]:
    """Return the names under which a person's state and values are read."""
    return _STATE | _VISIBLE | frozenset(VALUES)


class PersonView(mesa.Agent):
    """A person of the organisation, as attributes that stand for the arrays of the state.

    Every state variable of ``sim.state`` is an attribute that reads and writes the state
    (``agent.trust``, ``agent.habit``, …), within its range; a value (``agent.loyalty``) is
    read only. The model makes its people itself, and who joins or leaves in a run is said
    by the scenario's ``joins`` and ``leaves``.

    Parameters
    ----------
    row : int
        Row of the person in the organisation.

    Raises
    ------
    InputError
        Where the model has this person already, or no such row; and where a state is set to
        what is not a number in its range.
    """

    model: UptakeModel
    row: int
    barriers: tuple[float, ...]

    # State variables and values, read from and written to the arrays (see ``sim.state``).
    trust: float
    fear_mistake: float
    fear_job: float
    use_seen: float
    report: float
    failure_seen: float
    own_use_seen: float
    trust_anchor: float
    fear_mistake_anchor: float
    fear_job_anchor: float
    habit: float
    fear_identity: float
    fear_permission: float
    capability: float
    fit: float
    usefulness: float
    own_habit: float
    novelty: float
    cynicism: float
    confidence: float
    disposition: float
    readiness: float
    threshold: float
    hours: float
    promise: float
    could_near: float
    used_to_trust: float
    used_to_mistake: float
    used_to_job: float
    depth: int
    compelled: int
    showcased: int
    base_capability: int
    base_fit: int
    base_cynicism: int
    trained: int
    flags: int
    history: int
    relationships: float
    loyalty: float
    trustworthiness: float
    responsibility: float
    growth: float
    ambition: float
    family: float

    def __init__(self, model: UptakeModel, row: int) -> None:
        if not model.is_peopling:
            what = f"has its {model.organisation.n_people} people: nobody is added by hand"
            raise InputError([Problem("model", "agents", what, _CHANGES)])
        super().__init__(model)
        self.row = row
        self.norm = self.signal = self.benefit = 0.0
        self.odds = self.own_odds = self.first_use = 0.0

    def __getattr__(self, name: str) -> Any:
        row = self.__dict__.get("row")
        if row is None:
            raise AttributeError(name)
        if name in _STATE:
            return cells(self.model.memory, name)[divmod(row, BLOCK)].item()
        if name in _VISIBLE:
            return float(self.model.memory.visible[self.model.now][name][row])
        if name in VALUES:
            return float(self.model.organisation.people[name][row]) * _UNIT
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _RANGES:
            _check(name, value)
        elif name in VALUES:
            raise InputError([Problem("person", name, "is fixed through a run", _CHANGES)])
        if name in _STATE:
            cells(self.model.memory, name)[divmod(self.row, BLOCK)] = value
        elif name in _VISIBLE:
            self.model.memory.visible[self.model.now][name][self.row] = value
        else:
            super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *states()})

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id!r} of {self.team}>"

    def remove(self) -> None:
        """Refuse: who leaves, and when, stands in the scenario.

        Raises
        ------
        InputError
        """
        raise InputError([Problem("person", self.id, "cannot be removed by hand", _CHANGES)])

    @property
    def use_days(self) -> int:
        """Workdays with sanctioned use in the last week."""
        return int(self.history) & 15

    @property
    def own_days(self) -> int:
        """Workdays with own tools in the last week."""
        return round(WORKDAYS * self.own_use_seen)

    # -- who the person is

    @property
    def id(self) -> str:
        """The person's id in the organisation's files."""
        return str(self.model.organisation.ids[self.row])

    @property
    def team(self) -> str:
        """Name of the team."""
        return self.model.organisation.teams[self._team]

    @property
    def role(self) -> str:
        """Name of the role."""
        return self.model.organisation.roles[int(self.model.organisation.people["role"][self.row])]

    @property
    def level(self) -> int:
        """Level; 1 is the top."""
        return int(self.model.organisation.people["level"][self.row])

    @property
    def manager(self) -> Manager | None:
        """The manager, or None."""
        row = int(self.model.population.manager[self.row])
        return None if row < 0 else self.model.person(row)

    @property
    def task_potential(self) -> float:
        """Share of own tasks the tool can help."""
        return float(self.model.organisation.people["task_potential"][self.row])

    @property
    def informal_leader(self) -> bool:
        """Whether this is one of those whom others listen to most."""
        return self.row in self.model.informal_leader_rows

    @property
    def listens_to(self) -> list[Employee]:
        """The people this person has ties to."""
        ties = self.model.population
        targets = ties.tie_target[ties.tie_start[self.row] : ties.tie_start[self.row + 1]]
        return [self.model.person(int(target)) for target in targets]

    @property
    def confidence_gap(self) -> float:
        """Capability less confidence."""
        return float(self.capability - self.confidence)

    def has(self, flag: Flag) -> bool:
        """Return whether a flag is set, such as ``Flag.ACCESS``."""
        return bool(self.flags & flag)

    @property
    def _team(self) -> int:
        return int(self.model.population.team[self.row])

    @property
    def _key(self) -> np.uint64:
        key: np.uint64 = self.model.population.key[self.row]
        return key

    @property
    def climate(self) -> float:
        """Psychological safety of the team."""
        return float(self.model.memory.climate[self._team])

    @property
    def _growth(self) -> float:
        return (self._steps("growth") + self._steps("ambition")) * 0.5

    @property
    def _pride(self) -> float:
        return (self._steps("trustworthiness") + self._steps("responsibility")) * 0.5

    def _steps(self, value: str) -> float:
        return float(getattr(self, value))


def _check(name: str, value: Any) -> None:
    low, high, whole = _RANGES[name]
    try:
        fits = low - _ROUNDING <= value <= high + _ROUNDING or (high >= _ENDLESS and value == value)
        fits = bool(fits) and not (whole and value % 1)
    except (TypeError, ValueError):
        fits = False
    if not fits:
        right = f"a {'whole ' if whole else ''}number from {low:g} to {high:g}"
        raise InputError([Problem("person", name, f"set to {value!r}", right)])
