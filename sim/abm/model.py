"""The model as Mesa knows it: agents, data collection, batch runs and live views work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import mesa
import numpy as np
from numpy.typing import NDArray

from sim import rules
from sim.abm.agents import Employee, Manager, outcomes_of_person
from sim.abm.arguments import People, engine_for, problems_of_length, seed_of
from sim.abm.view import PeopleModel
from sim.case import Case
from sim.engine.memory import (
    EffectTable,
    PopulationArrays,
    effect_table_of,
    memory_of,
    population_arrays,
)
from sim.engine.parallel_compile import compile_side_by_side
from sim.engine.recording import rows_of
from sim.engine.rows import LANES, STREAMS
from sim.engine.runs import advance_runs, whole
from sim.engine.stages import Stage, begin_stage, stages_of
from sim.errors import InputError
from sim.interventions.effects import EVERYONE, MOST_DRIVE, Effect
from sim.organisation import Organisation
from sim.outcomes import DRIVERS, OUTCOMES, PERSON_RECORD, Outcome
from sim.randomness import Stream, replicate_seeds
from sim.scenario.loader import numbers_given
from sim.state import Flag
from sim.theories import Decision

if TYPE_CHECKING:
    from sim.scenario import Scenario


_ALL_ROWS = rows_of(v.name for v in OUTCOMES)


class UptakeModel(PeopleModel):
    """One scenario simulated once, week by week.

    Parameters
    ----------
    seed : int, optional
        The same seed gives the same random numbers as ``replicates=1`` of ``sim.run``. Where
        neither this nor ``rng`` is given, a fresh one is drawn, kept as ``seed`` of the model
        and recorded by its data collector.
    organisation : Organisation, path or shipped name, optional
        The scenario's own when None.
    engine : {"compiled", "agents"}, optional
        Whether ``step`` advances all by the compiled engine, or agent by agent in Python, some
        thousand times slower. By default compiled, and agents where ``people`` behave in their
        own way.
    weeks : int, optional
        Length of the run, 1 to 1040; the scenario's when None. The model stops after it.
    parameters : mapping of str to float, optional
        Override the scenario's.
    rng : int, sequence of int, SeedSequence, BitGenerator or Generator, optional
        What ``mesa.batch_run`` calls the seed; of what is no whole number, one is made.
    people : (class of Employee, class of Manager)
        Own classes, for those who lead nobody and for those who lead; the latter derives from
        both: ``class MyManager(Mine, Manager)``.

    Raises
    ------
    InputError
        With everything wrong in the files or arguments; where the compiled engine is asked for
        classes whose own methods it would never call; where somebody is added or removed.

    Examples
    --------
    >>> from sim import UptakeModel
    >>> model = UptakeModel("trust-before-tools", seed=1)
    >>> model.step()
    >>> len(model.agents.select(lambda person: person.use_days > 0)) >= 0
    True
    """

    def __init__(
        self, scenario: Scenario | Mapping[str, Any] | Path | str, seed: int | None = None, *,
        organisation: Organisation | Path | str | None = None,
        engine: Literal["compiled", "agents"] | None = None, weeks: int | None = None,
        parameters: Mapping[str, float] | None = None, rng: Any = None,
        people: People = (Employee, Manager),
    ) -> None:  # fmt: skip
        self.seed = seed_of(seed, rng)
        super().__init__(rng=self.seed)
        self._seed = self.seed
        self.engine = engine_for(engine, people)
        self.people = people
        self.is_peopling = False
        if problems := problems_of_length(weeks):
            raise InputError(problems)
        self.rollout, self.organisation = _loaded(scenario, organisation)
        self.weeks = int(weeks or self.rollout.weeks)
        self.week = 0
        case = Case.of(self.rollout, self.organisation, self.weeks, numbers_given(parameters or {}))
        self.decision = case.decision
        self.theories = tuple(
            (one.theory, dict(zip(one.theory.settings, one.values, strict=True)))
            for one in case.theories
        )
        self.parameters: Any = case.parameters.view(np.recarray)[0]
        everybody = population_arrays(self.organisation)
        whole = Stage(1, self.weeks, everybody, effect_table_of(case.timeline))
        self._whole = self._stage = whole
        self._stages = stages_of(everybody, self.organisation, case.timeline, self.weeks)
        self.memory = memory_of(self.organisation.n_people, self.organisation.n_teams)
        self._aside = (
            memory_of(self.organisation.n_people, self.organisation.n_teams)
            if self._stages
            else self.memory
        )
        self.run_seed = replicate_seeds(self.seed, 1)[0]
        self._case = case
        self.quality, self.drive = float(self.parameters.tool_quality), 0.0
        self.streams: dict[str, np.uint64] = {}
        self.rates, self.everyone = (0.0, 0.0, 0.0), 0.0
        self.weekly = np.zeros((self.weeks, len(OUTCOMES)))
        self.teams = np.zeros((self.weeks, self.organisation.n_teams, len(OUTCOMES)), np.float32)
        self.drivers = np.zeros((self.weeks, self.organisation.n_teams, len(DRIVERS)), np.float32)
        self.begin(self.run_seed)
        self._people: list[Employee] = []
        self.datacollector = mesa.DataCollector(
            model_reporters={
                "seed": "seed", **{v.name: partial(_outcome, name=v.name) for v in OUTCOMES}
            }
        )  # fmt: skip

    def __repr__(self) -> str:
        return (
            f"<UptakeModel {self.rollout.name!r}: {self.organisation.n_people} people, "
            f"week {self.week} of {self.weeks}, seed {self.seed}, {self.engine}>"
        )

    @property
    def scenario(self) -> None:
        """None: Mesa 3.5 keeps scenarios of another kind under this name; see ``rollout``."""
        return None

    @scenario.setter
    def scenario(self, _: object) -> None:
        """Leave what Mesa offers; else it would be made anew in place of ``rollout``."""

    @property
    def effect_table(self) -> EffectTable:
        """What happens, and to whom, in this part of the run."""
        return self._stage.effect_table

    @cached_property
    def population(self) -> PopulationArrays:
        """Who is there, and who listens to whom, in this part of the run; read-only."""
        return PopulationArrays(*(_read_only(array) for array in self._stage.population))

    # -- agents, made only when somebody asks for them

    def _populate(self) -> None:
        if self._people:
            return
        self.is_peopling = True
        try:
            self._people = [
                self.people[int(is_manager)](self, row)
                for row, is_manager in enumerate(self.organisation.is_manager)
            ]
        finally:
            self.is_peopling = False

    @property
    def agents(self) -> Any:
        """All people, as a Mesa ``AgentSet``."""
        if "_people" in self.__dict__:
            self._populate()
        return super().agents

    @property
    def agents_by_type(self) -> Any:
        """The people by class: ``Employee`` and ``Manager``."""
        self._populate()
        return super().agents_by_type

    def person(self, row: int) -> Employee:
        """Return the agent of a row of the organisation."""
        self._populate()
        return self._people[row]

    # -- time

    def step(self) -> None:
        """Let one week pass; after the last week, stop."""
        if self.week >= self.weeks:
            self.running = False
            return
        if self.engine == "compiled":
            self._run_compiled(begins=False, weeks=1)
        else:
            self._step_agents()
        self.week += 1
        self._enter_stage()
        self.running = self.week < self.weeks
        self.datacollector.collect(self)

    def outcome(self, name: str) -> float:
        """Return an outcome of the last week simulated, such as ``weekly_users``.

        Raises KeyError when no outcome has this name.
        """
        return float(self.weekly[max(self.week - 1, 0), Outcome[name]])

    def begin(self, run_seed: np.uint64, *, weeks: int = 0) -> None:
        """Start anew, with the random numbers of a run's own seed (see ``replicate_seeds``).

        The first ``weeks`` are simulated at once, by the compiled engine and uncollected.
        """
        self.run_seed = run_seed
        self.week = 0
        self._stage = self._whole
        self._run_compiled(begins=True, weeks=0)
        self._enter_stage()
        while self.week < weeks:
            some = min(weeks, self._stage.last) - self.week
            self._run_compiled(begins=False, weeks=some)
            self.week += some
            self._enter_stage()

    def _enter_stage(self) -> None:
        """Let people come and go, and ties change, before the week to come."""
        for stage in self._stages:
            if stage.first == self.week + 1 and stage is not self._stage:
                before = self._stage.population
                begin_stage(stage, self.memory, self._aside, before, self.parameters)
                self._stage = stage
                self.__dict__.pop("population", None)

    def barriers(self, row: int) -> tuple[float, ...]:
        """Return what holds one person back in the week to come, in the order of ``DRIVERS``.

        Only that person goes through the week, so the run cannot go on from here: ``begin`` anew.
        """
        with np.errstate(over="ignore"):  # keyed chance counts modulo 2**64
            self._open_week(self.week + 1)
            person = self.person(row)
            person.step()
        return person.barriers

    def _run_compiled(self, *, begins: bool, weeks: int) -> None:
        span = slice(self.week, self.week + weeks)
        effects = len(self.effect_table.effects)
        compile_side_by_side()
        advance_runs(
            0, 1, *whole(self._stage.population, begins=begins), span.start, span.stop,
            self._stage.population, self.effect_table,
            np.array([0, effects]), self.memory, self._case.parameters[None],
            self._case.decides, np.array([[self.run_seed]], np.uint64), np.ones(weeks, np.bool_),
            self.weekly[None, span], self.teams[None, span], _ALL_ROWS, self.drivers[None, span],
            np.empty((0, weeks, 0, len(PERSON_RECORD)), np.uint8), 0,
        )  # fmt: skip

    def _step_agents(self) -> None:
        with np.errstate(over="ignore"):  # keyed chance counts modulo 2**64
            self._run_by_agents()

    def _run_by_agents(self) -> None:
        week = self.week + 1
        self._open_week(week)
        self.agents.do("step")
        memory = self.memory
        memory.seen[:] = memory.present / np.maximum(self.population.team_size, 1)
        index = self.week
        _record_week(self, week, self.weekly[index], self.teams[index], self.drivers[index])

    def _open_week(self, week: int) -> None:
        """Do what comes before agents step: interventions, managers, random numbers."""
        self._populate()
        self._act(week)
        for person in self._people:
            if isinstance(person, Manager):
                person.lead()
        self._lead_teams()
        self._move_groups(week)
        self.memory.present[:] = 0.0
        self.streams = {
            **{name: self._stream_key(stream, week) for name, stream in STREAMS.items()},
            "threshold": self._stream_key(Stream.THRESHOLD, week),
        }

    def _move_groups(self, week: int) -> None:
        """Update the random effects of firm and teams, and the factors of the hazard they give."""
        p, memory = self.parameters, self.memory
        seen_using = 0.0
        for seen, size in zip(memory.seen, self.population.team_size, strict=True):
            seen_using += float(seen) * int(size)
        self.everyone = seen_using / max(int(self.population.team_size.sum()), 1)
        if self.decision is Decision.BASS:
            chance = min(p.bass_p + p.bass_q * self.everyone, 1.0)
            self.rates, memory.pull[:] = (rules.hazard_of_chance(chance), 0.0, 0.0), 1.0
            return
        self.rates = (p.takeup_alone, p.takeup_team, p.takeup_ties)
        moves, kept = p.takeup_memory < 1.0, p.takeup_memory
        if moves:
            z = rules.normal_of(self._stream_key(Stream.FIRM_EFFECT, week), np.uint64(0))
            memory.firm[0] = rules.group_effect_after_week(
                float(memory.firm[0]), kept, p.takeup_sigma_firm, z
            )
        for team, key in enumerate(self.population.team_key):
            effect = float(memory.effect[team])
            if moves:
                z = rules.normal_of(self._stream_key(Stream.TEAM_EFFECT, week), key)
                effect = rules.group_effect_after_week(effect, kept, p.takeup_sigma_team, z)
                memory.effect[team] = effect
                effect = float(memory.effect[team])
            memory.pull[team] = rules.pull_of_group(
                effect + float(memory.firm[0]), p.takeup_trend, float(week), p.takeup_span,
                self.drive,
            )  # fmt: skip

    def _stream_key(self, stream: int, week: int) -> np.uint64:
        return rules.stream_key(self.run_seed, np.uint64(stream), np.uint64(week))

    def _active(self, week: int) -> Iterator[Any]:
        for row in self.effect_table.effects:
            if row["start"] <= week <= row["end"] and (week - row["start"]) % row["every"] == 0:
                yield row

    def _act(self, week: int) -> None:
        quality, drive = float(self.parameters.tool_quality), 0.0
        for row in self._active(week):
            if row["effect"] == Effect.TOOL_QUALITY:
                quality += float(row["dose"])
            if row["effect"] == Effect.DRIVE:
                drive += float(row["dose"])
            if row["effect"] in (Effect.TOOL_QUALITY, Effect.DRIVE):
                continue
            people = list(self._audience(row))
            if row["effect"] == Effect.RITUAL:
                self._meet_in_teams(people, float(row["dose"]), self.memory.ritual)
            elif row["effect"] == Effect.PUNISH:
                self._meet_in_teams(people, float(row["dose"]), self.memory.punished)
            for person in people:
                person.receive(row, self.parameters, week)
                person.hours += float(row["hours"])
            if row["effect"] == Effect.REPLACE_MANAGER:
                self._managers_leave(float(row["dose"]))
        self.quality = min(max(quality, 0.0), 1.0)
        self.drive = min(max(drive, -MOST_DRIVE), MOST_DRIVE)

    def _meet_in_teams(
        self, people: list[Employee], dose: float, held: NDArray[np.float64]
    ) -> None:
        present = np.bincount(
            self.population.team[[person.row for person in people]], minlength=len(held)
        )
        held += dose * (present / np.maximum(self.population.team_size, 1))

    def _audience(self, row: Any) -> Iterator[Employee]:
        members: Any = range(len(self._people))
        if row["audience"] != EVERYONE:
            start = self.effect_table.audience_start
            members = self.effect_table.audience_member[
                start[row["audience"]] : start[row["audience"] + 1]
            ]
        stream = rules.stream_key(
            self.run_seed ^ row["occasion"], np.uint64(Stream.ATTENDANCE), np.uint64(row["start"])
        )
        for member in members:
            attends = row["attendance"] >= 1.0
            if attends or rules.uniform(stream, self.population.key[member]) < row["attendance"]:
                yield self._people[int(member)]

    def _managers_leave(self, dose: float) -> None:
        climate = self.memory.climate
        for team, manager in enumerate(self.population.team_manager):
            if manager >= 0 and self._people[manager].has(Flag.LEAVING):
                climate[team] *= 1.0 - min(self.parameters.replace_loss * dose, 1.0)
        for manager in self.population.managers:
            self._people[manager].flags &= 255 - Flag.LEAVING

    def _lead_teams(self) -> None:
        p, memory = self.parameters, self.memory
        for team, manager in enumerate(self.population.team_manager):
            climate = float(memory.climate[team])
            modelled = readiness = climate
            if manager >= 0:
                readiness = self.person(int(manager)).readiness
                modelled = min(max(readiness + float(memory.usual_climate[team]), 0.0), 1.0)
            memory.climate[team] = rules.climate_after_week(
                climate, modelled, readiness, min(float(memory.ritual[team]), 1.0),
                min(float(memory.punished[team]), 1.0), p.climate_rate, p.ritual_gain,
                p.punish_loss,
            )  # fmt: skip
        memory.ritual[:] = 0.0
        memory.punished[:] = 0.0


def _outcome(model: UptakeModel, name: str) -> float:
    return model.outcome(name)


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    view = array.view()
    view.flags.writeable = False
    return view


def _loaded(
    scenario: Scenario | Mapping[str, Any] | Path | str,
    organisation: Organisation | Path | str | None,
) -> tuple[Scenario, Organisation]:
    from sim import organisation as organisations
    from sim import scenario as scenarios
    from sim.sources import ORGANISATION, organisation_file

    scenario = scenarios.given(scenario)
    if organisation is None:
        organisation = scenario.organisation or ORGANISATION
    if isinstance(organisation, Path | str):
        organisation = organisations.load(organisation_file(organisation))
    return scenario, organisation


def _record_week(
    model: UptakeModel, week: int, weekly: NDArray[np.float64], teams: NDArray[np.float32],
    drivers: NDArray[np.float32],
) -> None:  # fmt: skip
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
