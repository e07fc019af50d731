"""The start of a run: who people are before anything happens."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.engine.compiling import compiled
from sim.engine.memory import Memory, World
from sim.engine.rows import NARROW, SMALL, SURVEYED, WIDE
from sim.randomness import Stream
from sim.rules import normal_of, shift_by_value, start_state, stream_key
from sim.state import VALUE_STEPS, VALUES

__all__ = ["begin_run"]

_TRUST_ANCHOR = WIDE["trust_anchor"]
_FEAR_MISTAKE_ANCHOR = WIDE["fear_mistake_anchor"]
_FEAR_JOB_ANCHOR = WIDE["fear_job_anchor"]
_HABIT = WIDE["habit"]
_FEAR_PERMISSION = NARROW["fear_permission"]
_FEAR_IDENTITY = NARROW["fear_identity"]
_CAPABILITY = NARROW["capability"]
_FIT = NARROW["fit"]
_USEFULNESS = NARROW["usefulness"]
_OWN_HABIT = NARROW["own_habit"]
_NOVELTY = NARROW["novelty"]
_CYNICISM = NARROW["cynicism"]
_CONFIDENCE = NARROW["confidence"]
_READINESS = NARROW["readiness"]
_DISPOSITION = NARROW["disposition"]
_THRESHOLD = NARROW["threshold"]
_HOURS = NARROW["hours"]
_PROMISE = NARROW["promise"]
_COMPELLED = NARROW["compelled"]
_SHOWCASED = NARROW["showcased"]
_USE_DAYS = SMALL["use_days"]
_OWN_DAYS = SMALL["own_days"]
_TRAINED = SMALL["trained"]
_FLAGS = SMALL["flags"]

_RELATIONSHIPS, _LOYALTY, _TRUSTWORTHINESS, _RESPONSIBILITY, _GROWTH, _AMBITION, _FAMILY = range(
    len(VALUES)
)

_S_TRUST = SURVEYED.index("trust")
_S_FEAR_MISTAKE = SURVEYED.index("fear_mistake")
_S_FEAR_JOB = SURVEYED.index("fear_job")
_S_HABIT = SURVEYED.index("habit")
_S_FEAR_PERMISSION = SURVEYED.index("fear_permission")
_S_FEAR_IDENTITY = SURVEYED.index("fear_identity")
_S_CAPABILITY = SURVEYED.index("capability")
_S_FIT = SURVEYED.index("fit")
_S_USEFULNESS = SURVEYED.index("usefulness")
_S_OWN_HABIT = SURVEYED.index("own_habit")
_S_CYNICISM = SURVEYED.index("cynicism")
_S_READINESS = SURVEYED.index("readiness")

_UNIT = 1.0 / VALUE_STEPS
_START = int(Stream.START)
_LUCK_DISPOSITION = int(Stream.DISPOSITION)
_TEAM_DISPOSITION = int(Stream.TEAM_DISPOSITION)
_TEAM_CLIMATE = int(Stream.TEAM_CLIMATE)
_LUCK_THRESHOLD = int(Stream.THRESHOLD)


@compiled
def _start(given, keys, key, i, variable, median, spread, shift):
    """Return what the survey says, or a draw around the median."""
    if len(given) > 0:
        answer = given[variable, i]
        if answer == answer:
            return answer
    return start_state(median, spread, shift, normal_of(keys[variable], key))


@compiled
def _given(given, i, variable):
    """Return what the survey says, or 0."""
    answer = given[variable, i] if len(given) > 0 else 0.0
    return answer if answer == answer else 0.0


@compiled
def begin_run(world: World, memory: Memory, p: Any, seed: np.uint64, own_thresholds: bool) -> None:
    """Set the state of everybody to the start of a run.

    Parameters
    ----------
    world, memory
        The organisation, and the room for the run.
    p : record of ``PARAMETER_DTYPE``
    seed : uint64
        Of the run. A person's start hangs on the seed and the person's key alone.
    own_thresholds : bool
        Whether personal thresholds count, where there are any.
    """
    wide, narrow, small, told = memory.wide, memory.narrow, memory.small, memory.told
    given, values = world.given, world.values
    spread, by_value = p.start_spread, p.values_spread
    start_week = np.uint64(0)
    keys = memory.keys
    for variable in range(len(SURVEYED)):
        keys[variable] = stream_key(seed, np.uint64(_START + variable), start_week)
    climate_luck = stream_key(seed, np.uint64(_TEAM_CLIMATE), start_week)
    team_luck = stream_key(seed, np.uint64(_TEAM_DISPOSITION), start_week)
    luck = stream_key(seed, np.uint64(_LUCK_DISPOSITION), start_week)
    threshold_luck = stream_key(seed, np.uint64(_LUCK_THRESHOLD), start_week)
    memory.bass[0] = 0.0
    for t in range(len(world.team_manager)):
        team_key = world.team_key[t]
        z = normal_of(climate_luck, team_key)
        memory.climate[t] = start_state(p.climate_start, spread, 0.0, z)
        memory.ritual[t] = 0.0
        memory.punished[t] = 0.0
        team = p.sigma_team * normal_of(team_luck, team_key)
        for i in range(world.team_start[t], world.team_start[t + 1]):
            key = world.key[i]
            growth = (np.float64(values[_GROWTH, i]) + values[_AMBITION, i]) * (0.5 * _UNIT)
            pride = (np.float64(values[_TRUSTWORTHINESS, i]) + values[_RESPONSIBILITY, i]) * (
                0.5 * _UNIT
            )
            family = values[_FAMILY, i] * _UNIT
            narrow[_DISPOSITION, i] = team + p.sigma_person * normal_of(luck, key)
            trust = _start(given, keys, key, i, _S_TRUST, p.trust_start, spread, 0.0)
            mistake = _start(
                given, keys, key, i, _S_FEAR_MISTAKE, p.fear_mistake_start, spread, 0.0
            )
            job = _start(
                given, keys, key, i, _S_FEAR_JOB, p.fear_job_start, spread,
                shift_by_value(family, by_value),
            )  # fmt: skip
            wide[_TRUST_ANCHOR, i] = trust
            wide[_FEAR_MISTAKE_ANCHOR, i] = mistake
            wide[_FEAR_JOB_ANCHOR, i] = job
            for side in range(2):
                told[side, i].trust = trust
                told[side, i].fear_mistake = mistake
                told[side, i].fear_job = job
                told[side, i].use_seen = 0.0
                told[side, i].own_use_seen = 0.0
                told[side, i].report = 0.0
                told[side, i].failure_seen = 0.0
            narrow[_FEAR_PERMISSION, i] = _start(
                given, keys, key, i, _S_FEAR_PERMISSION, p.fear_permission_start, spread, 0.0
            )
            narrow[_FEAR_IDENTITY, i] = _start(
                given, keys, key, i, _S_FEAR_IDENTITY, p.fear_identity_start, spread,
                shift_by_value(pride, by_value),
            )  # fmt: skip
            narrow[_CAPABILITY, i] = _start(
                given, keys, key, i, _S_CAPABILITY, p.capability_start, spread, 0.0
            )
            narrow[_FIT, i] = _start(given, keys, key, i, _S_FIT, p.fit_start, spread, 0.0)
            narrow[_USEFULNESS, i] = _start(
                given, keys, key, i, _S_USEFULNESS, p.usefulness_start, spread,
                shift_by_value(growth, by_value),
            )  # fmt: skip
            wide[_HABIT, i] = _given(given, i, _S_HABIT)
            narrow[_OWN_HABIT, i] = _given(given, i, _S_OWN_HABIT)
            narrow[_CYNICISM, i] = _given(given, i, _S_CYNICISM)
            narrow[_READINESS, i] = _start(
                given, keys, key, i, _S_READINESS, p.readiness_start, spread, 0.0
            )
            narrow[_THRESHOLD, i] = p.threshold_mean
            if p.threshold_sd > 0.0:
                z = normal_of(threshold_luck, key)
                narrow[_THRESHOLD, i] = max(0.0, p.threshold_mean + p.threshold_sd * z)
            if (
                own_thresholds
                and len(world.thresholds) > 0
                and world.thresholds[i] == world.thresholds[i]
            ):
                narrow[_THRESHOLD, i] = world.thresholds[i]
            memory.history[i] = np.uint64(0)
            narrow[_NOVELTY, i] = 0.0
            narrow[_CONFIDENCE, i] = 0.0
            narrow[_HOURS, i] = 0.0
            narrow[_PROMISE, i] = 0.0
            narrow[_COMPELLED, i] = 0.0
            narrow[_SHOWCASED, i] = 0.0
            small[_USE_DAYS, i] = 0
            small[_OWN_DAYS, i] = 0
            small[_TRAINED, i] = 0
            small[_FLAGS, i] = 0
