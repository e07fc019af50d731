"""A person as a live view of the arrays of the state: attributes, what is done to it, outcomes."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import mesa
import numpy as np
from numpy.typing import NDArray

from sim import rules
from sim.engine.memory import Memory, PopulationArrays, cells
from sim.engine.rows import BLOCK
from sim.errors import refusal
from sim.interventions.effects import Effect
from sim.organisation.organisation import Organisation, informal_leaders
from sim.randomness import Stream
from sim.rules.numbers import WORKDAYS
from sim.state import STATE_VARIABLES, VALUE_STEPS, VALUES, VISIBLE_VARIABLES, Flag
from sim.theories import Decision, Theory

_UNIT = 1.0 / VALUE_STEPS
_LEADERS = 0.05
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


_PROMPTS = {
    Effect.ACCESS: "prompt_access",
    Effect.TRAIN: "prompt_session",
    Effect.COACH: "prompt_session",
    Effect.SHOW_FIT: "prompt_example",
    Effect.RITUAL: "prompt_ritual",
    Effect.COMPEL: "prompt_ask",
    Effect.SHOWCASE: "prompt_showcase",
}


def _in_steps(dose: float) -> int:
    return int(min(dose, 1.0) * VALUE_STEPS + 0.5)


class PeopleModel(mesa.Model):
    """What people know of the model they are in; ``UptakeModel`` is one."""

    organisation: Organisation
    memory: Memory
    parameters: Any
    decision: Decision
    theories: tuple[tuple[Theory, dict[str, float]], ...]
    is_peopling: bool
    week: int
    run_seed: np.uint64
    streams: dict[str, np.uint64]
    quality: float
    rates: tuple[float, float, float]
    everyone: float

    @property
    def population(self) -> PopulationArrays:
        """Who is there, and who listens to whom, in this part of the run; read-only."""
        raise NotImplementedError

    def person(self, row: int) -> Any:
        """Return the agent of a row of the organisation."""
        raise NotImplementedError

    @property
    def is_logit(self) -> bool:
        """Whether people choose by the rich model."""
        return self.decision is Decision.LOGIT

    @property
    def is_prompting(self) -> bool:
        """Whether what is done for the tool makes people consider it."""
        return self.is_logit or self.decision in (Decision.HAZARD_SHARE, Decision.HAZARD_COUNT)

    @cached_property
    def informal_leader_rows(self) -> frozenset[int]:
        """Rows of the informal leaders, the 5% of people most listened to."""
        return frozenset(informal_leaders(self.organisation, share=_LEADERS).tolist())

    @property
    def now(self) -> int:
        """The side of the shared perceptions that is the latest."""
        return self.week % 2

    @property
    def visible_before(self) -> NDArray[np.void]:
        """What people showed last week, while a week is being simulated."""
        return self.memory.visible[self.week % 2]

    @property
    def visible_after(self) -> NDArray[np.void]:
        """What people show this week."""
        return self.memory.visible[1 - self.week % 2]


class PersonView(mesa.Agent):
    """A person of the organisation, as attributes that stand for the arrays of the state.

    Every state variable of ``sim.state`` is an attribute that reads and writes the state
    (``agent.trust``, ``agent.habit``, …), within its range; a value (``agent.loyalty``) is
    read only. The model makes its people itself, and who joins or leaves in a run is said
    by the scenario's ``joins`` and ``leaves``.

    - ``row``: row of the person in the organisation.

    Raises InputError where the model has this person already, or no such row; and where a state is
    set to what is not a number in its range.
    """

    model: PeopleModel
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

    def __init__(self, model: PeopleModel, row: int) -> None:
        if not model.is_peopling:
            what = f"has its {model.organisation.n_people} people: nobody is added by hand"
            raise refusal("model", "agents", what, _CHANGES)
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
            raise refusal("person", name, "is fixed through a run", _CHANGES)
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
        """Refuse: who leaves, and when, stands in the scenario."""
        raise refusal("person", self.id, "cannot be removed by hand", _CHANGES)

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
    def task_potential(self) -> float:
        """Share of own tasks the tool can help."""
        return float(self.model.organisation.people["task_potential"][self.row])

    @property
    def informal_leader(self) -> bool:
        """Whether this is one of those whom others listen to most."""
        return self.row in self.model.informal_leader_rows

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
        return self.model.population.key[self.row]

    @property
    def climate(self) -> float:
        """Psychological safety of the team."""
        return float(self.model.memory.climate[self._team])

    @property
    def _growth(self) -> float:
        return (self.growth + self.ambition) * 0.5

    @property
    def _pride(self) -> float:
        return (self.trustworthiness + self.responsibility) * 0.5

    # -- what the timeline does to the person

    def receive(self, row: Any, p: Any, week: int) -> None:
        """Let one row of the effect table act on this person, and perhaps prompt it."""
        self._undergo(row, p, week)
        effect, dose = Effect(int(row["effect"])), float(row["dose"])
        prompt = getattr(p, _PROMPTS[effect]) if effect in _PROMPTS else 0.0
        if not (prompt and dose and self.model.is_prompting) or self.has(Flag.CONSIDERS):
            return
        if effect is Effect.SHOW_FIT:
            dose *= self._acceptance(effect, row, p)
        elif effect is Effect.SHOWCASE:
            dose *= float(self.model.memory.seen[self._team])
        stream = rules.stream_key(
            self.model.run_seed ^ row["occasion"], np.uint64(Stream.PROMPT + effect),
            np.uint64(week),
        )  # fmt: skip
        if rules.uniform(stream, self._key) < rules.chance_of_prompt(prompt, dose):
            self.flags |= Flag.CONSIDERS

    def _undergo(self, row: Any, p: Any, week: int) -> None:  # noqa: C901 - a case an effect
        dose = float(row["dose"])
        match Effect(int(row["effect"])):
            case (
                Effect.REASSURE_TRUST
                | Effect.REASSURE_JOB
                | Effect.REASSURE_IDENTITY
                | Effect.SHOW_FIT
            ) as effect:
                self._hear(effect, row, p)
            case Effect.CLARIFY_PERMISSION:
                self.fear_permission = rules.fear_after_message(
                    self.fear_permission, dose, float(row["specificity"]), p.policy_relief
                )
            case Effect.TRAIN:
                self._learn(row, p, week)
            case Effect.COACH:
                self.readiness = rules.readiness_after_coaching(self.readiness, dose, p.coach_gain)
            case Effect.SHOWCASE:
                self.showcased = max(self.showcased, _in_steps(dose))
            case Effect.COMPEL:
                self.compelled = max(self.compelled, _in_steps(dose))
                self.cynicism = rules.cynicism_after_mandate(
                    self.cynicism, dose, p.mandate_cynicism
                )
            case Effect.ACCESS:
                if not self.has(Flag.ACCESS):
                    self.novelty = 1.0
                self.flags |= Flag.ACCESS
            case Effect.CHAMPION:
                self.flags |= Flag.CHAMPION
            case Effect.ALARM_JOB:
                self.fear_job_anchor = rules.fear_after_alarm(
                    self.fear_job_anchor, dose, p.alarm_job * p.loss_aversion, 0.0
                )
            case Effect.BREAK_PROMISE:
                self.trust_anchor = rules.trust_after_broken_promise(
                    self.trust_anchor, self.promise, dose, p.loss_aversion, p.broken_trust
                )
                self.promise = 0.0
            case Effect.ALARM_MISTAKE:
                self.fear_mistake_anchor = rules.fear_after_alarm(
                    self.fear_mistake_anchor, dose, p.alarm_mistake * p.loss_aversion,
                    self.climate,
                )  # fmt: skip
            case Effect.HEARSAY:
                self.usefulness = rules.usefulness_after_hearsay(
                    self.usefulness, float(row["relevance"]), dose, p.hearsay_media
                )
            case Effect.REPLACE_MANAGER:
                self.readiness = p.readiness_start
                self.flags |= Flag.LEAVING
            case Effect.ADOPT:
                self.flags |= Flag.ADOPTED

    def _acceptance(self, effect: Effect, row: Any, p: Any) -> float:
        emphasis = 1.0
        if effect is Effect.REASSURE_TRUST:
            emphasis = rules.moderated(1.0, self.loyalty, p.values_weight)
        elif effect is Effect.REASSURE_IDENTITY:
            emphasis = rules.moderated(1.0, self._pride, p.values_weight)
        return rules.acceptance_of_message(
            float(row["sincerity"]), self.trust, self.cynicism, emphasis, float(row["costly"]),
            p.message_floor,
        )  # fmt: skip

    def _hear(self, effect: Effect, row: Any, p: Any) -> None:
        accepted = self._acceptance(effect, row, p)
        dose, specificity = float(row["dose"]), float(row["specificity"])
        if effect is Effect.REASSURE_TRUST:
            before = self.trust_anchor
            self.trust_anchor = rules.raised_by_message(before, dose, accepted, p.message_trust)
            self.promise = min(self.promise + (self.trust_anchor - before), 1.0)
        elif effect is Effect.REASSURE_JOB:
            self.fear_job_anchor = rules.fear_after_message(
                self.fear_job_anchor, dose * specificity, accepted, p.message_job
            )
        elif effect is Effect.REASSURE_IDENTITY:
            self.fear_identity = rules.fear_after_message(
                self.fear_identity, dose * specificity, accepted, p.message_identity
            )
        else:
            self.fit = rules.raised_by_message(
                self.fit, dose * float(row["relevance"]), accepted, p.message_fit
            )

    def _learn(self, row: Any, p: Any, week: int) -> None:
        dose, relevance = float(row["dose"]), float(row["relevance"])
        fear = (self.fear_mistake + self.fear_job + self.fear_identity) / 3.0
        readiness = rules.readiness_to_learn(
            self.trust, fear, self.cynicism, p.readiness_trust, p.readiness_fear
        )
        self.cynicism = rules.cynicism_after_training(
            self.cynicism, dose, relevance, readiness, self.trained,
            p.training_cynicism, p.training_fatigue,
        )  # fmt: skip
        gain = rules.moderated(p.training_gain, self._growth, p.values_weight)
        self.capability = rules.capability_after_training(self.capability, dose, readiness, gain)
        self.fit = rules.fit_after_training(self.fit, dose, relevance, readiness, p.training_fit)
        if week + row["every"] > row["end"] and self.trained < 255:
            self.trained += 1


def _check(name: str, value: Any) -> None:
    low, high, whole = _RANGES[name]
    try:
        fits = low - _ROUNDING <= value <= high + _ROUNDING or (high >= _ENDLESS and value == value)
        fits = bool(fits) and not (whole and value % 1)
    except (TypeError, ValueError):
        fits = False
    if not fits:
        right = f"a {'whole ' if whole else ''}number from {low:g} to {high:g}"
        raise refusal("person", name, f"set to {value!r}", right)
