"""A person as a live view of the arrays of the state: attributes, take-up and choice, outcomes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np
from numpy.typing import NDArray

from sim import rules
from sim.engine.memory import cells
from sim.engine.rows import BLOCK, LANES
from sim.errors import InputError, Problem
from sim.outcomes import DRIVERS, OUTCOMES
from sim.randomness import Stream
from sim.rules.workweek import WORKDAYS
from sim.state import STATE_VARIABLES, VALUE_STEPS, VALUES, VISIBLE_VARIABLES, Flag
from sim.theories import CHOICE, LARGEST_ODDS, SLOTS, TAKE_UP

if TYPE_CHECKING:
    from sim.abm.agents import Employee, Manager
    from sim.abm.model import UptakeModel


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


def by_theory(person: Employee, decides: str, known: Mapping[str, float]) -> float:
    """Return what the theory of a person's scenario gives: a hazard, or a chance of use.

    Parameters
    ----------
    decides : str
        Of ``sim.theories.SLOTS``.
    known : mapping of str to float
        Quantities of this week that are no state; the others are read from the person.
    """
    theory, own = person.model.theories[SLOTS.index(decides)]
    values = {}
    for name in theory.arguments:
        if name in own:
            values[name] = own[name]
        elif name in known:
            values[name] = known[name]
        else:
            values[name] = _read(person, decides, name)
    return float(theory.function(**values))


def gains_without(person: Employee, chance: float, known: Mapping[str, float]) -> tuple[float, ...]:
    """Return how much the probability of use would rise without each shortfall.

    Parameters
    ----------
    chance : float
        Of use on a workday, as it is.
    known : mapping of str to float
        As in ``by_theory``.

    Returns
    -------
    tuple of float
        In the order of ``sim.outcomes.DRIVERS``.
    """
    p, weight = person.model.parameters, person.model.parameters.values_weight
    by_pride = rules.moderated(p.b_identity, person._pride, weight)
    shortfalls = (
        p.b_mistake * known["fear_mistake"] * (1.0 - person.climate),
        p.b_permission * person.fear_permission,
        rules.moderated(p.b_job, person.family, weight) * known["fear_job"],
        rules.moderated(p.b_norm, person.relationships, weight) * (1.0 - known["norm"]),
        p.b_manager * (1.0 - known["signal"]),
        by_pride * person.fear_identity,
        p.b_trust * (1.0 - known["trust"]),
        p.b_able * (person.task_potential - person.benefit)
        + rules.know_how(1.0 - person.capability, 1.0 - person.fit, p.b_effort, p.b_fit),
        p.b_cynicism * person.cynicism,
        person.first_use,
    )
    considers = float(person.has(Flag.CONSIDERS))
    return (
        *(considers * _gain_without(person, one, chance, known) for one in shortfalls),
        (1.0 - considers) * chance,
    )


def _gain_without(
    person: Employee, shortfall: float, chance: float, known: Mapping[str, float]
) -> float:
    theory, _ = person.model.theories[SLOTS.index(CHOICE)]
    if theory.own is None:
        return rules.gain_without(person.odds, known["rival_odds"], shortfall)
    lifted = min(person.odds * rules.exponential(shortfall), LARGEST_ODDS)
    return max(0.0, by_theory(person, CHOICE, {**known, "odds": lifted}) - chance)


def _read(person: Employee, decides: str, name: str) -> float:
    """Return a quantity that hangs on the person and the week alone."""
    model = person.model
    if name == "share":
        return float(model.memory.seen[person._team])
    if name == "everyone":
        return model.everyone
    if name == "week":
        return float(model.week + 1)
    if name == "trait":
        stream = Stream.TRAIT_OF_TAKE_UP if decides == TAKE_UP else Stream.TRAIT_OF_CHOICE
        key = rules.stream_key(model.run_seed, np.uint64(stream), np.uint64(0))
        return rules.uniform(key, person._key)
    value: float = getattr(person, name)
    return value


def _segment(history: int, actions_per_day: float, week: int) -> dict[str, bool]:
    """Return the segment of [Viva] that use in the last twelve weeks puts a person in."""
    days = [history >> 4 * k & 15 for k in range(12)]
    weeks_used = sum(d > 0 for d in days)
    actions = actions_per_day / min(week, 12) * sum(days)
    habitual = weeks_used >= 9
    return {
        "regular": all(d > 0 for d in days[:4]),
        "habitual": habitual,
        "power": habitual and actions >= 15.0,
        "novice": weeks_used > 0 and not habitual and actions >= 1.0,
        "low": weeks_used > 0 and not habitual and actions < 1.0,
        "non_users": weeks_used == 0,
    }


def outcomes_of_person(person: Employee, week: int) -> list[float]:
    """Return what one person adds to each of ``OUTCOMES`` in a week."""
    p, own = person.model.parameters, person.model.visible_after[person.row]
    lately = person.history & 0xFFFF > 0
    found: dict[str, Any] = {
        "access": person.has(Flag.ACCESS),
        "trained": person.trained > 0,
        "activated": person.has(Flag.ACTIVATED),
        "considering": person.has(Flag.CONSIDERS) and not person.has(Flag.ACTIVATED),
        "tried": lately and person.depth == 1,
        "lapsed": not lately and person.depth > 0,
        "weekly_users": person.use_days > 0,
        **_segment(person.history, float(p.actions_per_day), week),
        "own_tool_users": own["own_use_seen"] > 0,
        "use_days": person.use_days,
        "own_days": round(WORKDAYS * float(own["own_use_seen"])),
        "proficient": person.capability >= p.proficient_at,
        "trust": own["trust"],
        "fear_mistake": own["fear_mistake"],
        "fear_job": own["fear_job"],
        "confidence_gap": person.capability - person.confidence,
        "climate": person.climate,
    }

    def value(name: str) -> float:
        return float(found[name]) if name in found else float(getattr(person, name))

    return [float(value(v.of) >= v.least) if v.of else value(v.name) for v in OUTCOMES]


def record_of_week(
    model: UptakeModel,
    week: int,
    weekly: NDArray[np.float64],
    teams: NDArray[np.float32],
    drivers: NDArray[np.float32],
) -> None:
    """Write means of the organisation and its teams, summed in the engine's order."""
    places = np.zeros((LANES, len(OUTCOMES)))
    start = model.organisation.team_start
    for team in range(len(start) - 1):
        members = [model.person(row) for row in range(start[team], start[team + 1])]
        members = [person for person in members if not person.has(Flag.AWAY)]
        if not members:
            continue
        sums, held = [0.0] * len(OUTCOMES), [0.0] * len(DRIVERS)
        for person in members:
            own = outcomes_of_person(person, week)
            places[person.row % LANES] += own
            sums = [total + value for total, value in zip(sums, own, strict=True)]
            held = [total + value for total, value in zip(held, person.barriers, strict=True)]
        teams[team] = [value / len(members) for value in sums]
        drivers[team] = [value / len(members) for value in held]
    while len(places) > 1:  # by halves, as processors do it
        places = places[: len(places) // 2] + places[len(places) // 2 :]
    weekly[:] = places[0] / max(int(model.population.team_size.sum()), 1)
