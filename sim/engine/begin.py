"""The start of a run: who people are before anything happens."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.engine import rows as at
from sim.engine.compiling import compiled
from sim.engine.memory import Memory, World
from sim.randomness import Stream
from sim.rules import normal_of, shift_by_value, start_state, stream_key
from sim.state import VALUE_STEPS

__all__ = ["begin_run"]

# Rows of ``s`` that hold something else meanwhile.
_DRAWN, _NEUTRAL, _FAMILY = at.BENEFIT, at.LED, at.ODDS
_UNIT, _BLOCK = 1.0 / VALUE_STEPS, np.uint64(at.BLOCK)

_S_TRUST = at.SURVEYED.index("trust")
_S_FEAR_MISTAKE = at.SURVEYED.index("fear_mistake")
_S_FEAR_JOB = at.SURVEYED.index("fear_job")
_S_HABIT = at.SURVEYED.index("habit")
_S_FEAR_PERMISSION = at.SURVEYED.index("fear_permission")
_S_FEAR_IDENTITY = at.SURVEYED.index("fear_identity")
_S_CAPABILITY = at.SURVEYED.index("capability")
_S_FIT = at.SURVEYED.index("fit")
_S_USEFULNESS = at.SURVEYED.index("usefulness")
_S_OWN_HABIT = at.SURVEYED.index("own_habit")
_S_CYNICISM = at.SURVEYED.index("cynicism")
_S_READINESS = at.SURVEYED.index("readiness")

_START = int(Stream.START)
_LUCK_DISPOSITION = int(Stream.DISPOSITION)
_TEAM_DISPOSITION = int(Stream.TEAM_DISPOSITION)
_TEAM_CLIMATE = int(Stream.TEAM_CLIMATE)
_LUCK_THRESHOLD = int(Stream.THRESHOLD)


@compiled
def _draw(s, keys, given, variable, first, size, stream, median, spread, value, by_value):
    """Draw a block's start values around a median; what the survey says comes first.

    ``value`` is the row of a value which shifts them.
    """
    if median > 0.0:
        for j in range(at.BLOCK):
            i = np.uint64(j)
            shift = shift_by_value(s[value + i], by_value)
            z = normal_of(stream, keys[np.uint64(first + j)])
            s[_DRAWN + i] = start_state(median, spread, shift, z)
    else:
        s[_DRAWN : _DRAWN + _BLOCK] = start_state(median, spread, 0.0, 0.0)
    if len(given) > 0:
        for j in range(size):
            answer = given[variable, first + j]
            if answer == answer:
                s[_DRAWN + np.uint64(j)] = answer


@compiled
def _draw_thresholds(narrow, keys, own, stream, mean, sd, first, size):
    """Give a block's people a threshold: drawn, or one's own."""
    for j in range(size):
        threshold, i = mean, np.uint64(first + j)
        if sd > 0.0:
            threshold = max(0.0, mean + sd * normal_of(stream, keys[i]))
        if len(own) > 0 and own[i] == own[i]:
            threshold = own[i]
        narrow[at.THRESHOLD + np.uint64(j)] = threshold


@compiled
def _draw_teams(climate, team_luck, keys, climate_stream, luck_stream, p):
    """Give every team its climate and its lasting logit."""
    for t in range(len(keys)):
        z = normal_of(climate_stream, keys[t])
        climate[t] = start_state(p.climate_start, p.start_spread, 0.0, z)
        team_luck[t] = p.sigma_team * normal_of(luck_stream, keys[t])


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
    s, told, given, keys = memory.block, memory.told, world.given, world.key
    spread, by_value = p.start_spread, p.values_spread
    start_week, n_people = np.uint64(0), len(world.team)
    streams = memory.keys
    for variable in range(len(streams)):
        streams[variable] = stream_key(seed, np.uint64(_START + variable), start_week)
    team_luck = memory.present
    _draw_teams(
        memory.climate, team_luck, world.team_key,
        stream_key(seed, np.uint64(_TEAM_CLIMATE), start_week),
        stream_key(seed, np.uint64(_TEAM_DISPOSITION), start_week), p,
    )  # fmt: skip
    own = world.thresholds if own_thresholds else world.thresholds[:0]
    memory.bass[0] = 0.0
    memory.ritual[:] = 0.0
    memory.punished[:] = 0.0
    luck = stream_key(seed, np.uint64(_LUCK_DISPOSITION), start_week)
    threshold_luck = stream_key(seed, np.uint64(_LUCK_THRESHOLD), start_week)
    # Each variable: where it stands, the survey's column, its median, the value that shifts it.
    # Nobody has a habit or is a cynic yet, but for what a survey says.
    wide_ones = (
        (at.TRUST_ANCHOR, _S_TRUST, p.trust_start, _NEUTRAL),
        (at.MISTAKE_ANCHOR, _S_FEAR_MISTAKE, p.fear_mistake_start, _NEUTRAL),
        (at.JOB_ANCHOR, _S_FEAR_JOB, p.fear_job_start, _FAMILY),
        (at.HABIT, _S_HABIT, 0.0, _NEUTRAL),
    )
    narrow_ones = (
        (at.PERMISSION, _S_FEAR_PERMISSION, p.fear_permission_start, _NEUTRAL),
        (at.IDENTITY, _S_FEAR_IDENTITY, p.fear_identity_start, at.PRIDE),
        (at.CAPABILITY, _S_CAPABILITY, p.capability_start, _NEUTRAL),
        (at.FIT, _S_FIT, p.fit_start, _NEUTRAL),
        (at.USEFULNESS, _S_USEFULNESS, p.usefulness_start, at.DRIVE),
        (at.READINESS, _S_READINESS, p.readiness_start, _NEUTRAL),
        (at.OWN_HABIT, _S_OWN_HABIT, 0.0, _NEUTRAL),
        (at.CYNICISM, _S_CYNICISM, 0.0, _NEUTRAL),
    )
    for block in range(len(memory.narrow)):
        first = block * at.BLOCK
        size = min(at.BLOCK, n_people - first)
        wide, narrow, values = memory.wide[block], memory.narrow[block], world.values[block]
        narrow[:] = np.float32(0.0)
        memory.small[block] = np.uint8(0)
        memory.history[block] = np.uint64(0)
        for j in range(at.BLOCK):
            i = np.uint64(j)
            drive = values[at.GROWTH + i] * _UNIT + values[at.AMBITION + i] * _UNIT
            pride = values[at.TRUSTWORTHINESS + i] * _UNIT + values[at.RESPONSIBILITY + i] * _UNIT
            s[at.DRIVE + i] = drive * 0.5
            s[at.PRIDE + i] = pride * 0.5
            s[_FAMILY + i] = values[at.FAMILY + i] * _UNIT
            s[_NEUTRAL + i] = 0.5
        for place, variable, median, value in wide_ones:
            _draw(
                s, keys, given, variable, first, size, streams[variable], median, spread, value,
                by_value,
            )  # fmt: skip
            for j in range(at.BLOCK):
                wide[place + np.uint64(j)] = s[_DRAWN + np.uint64(j)]
        for place, variable, median, value in narrow_ones:
            _draw(
                s, keys, given, variable, first, size, streams[variable], median, spread, value,
                by_value,
            )  # fmt: skip
            for j in range(at.BLOCK):
                narrow[place + np.uint64(j)] = s[_DRAWN + np.uint64(j)]
        _draw_thresholds(
            narrow, keys, own, threshold_luck, p.threshold_mean, p.threshold_sd, first, size
        )
        for j in range(size):
            k, i = np.uint64(j), np.uint64(first + j)
            lasting = team_luck[world.team[i]] + p.sigma_person * normal_of(luck, keys[i])
            narrow[at.DISPOSITION + k] = lasting
            for side in range(2):
                mine = told[side, i]
                mine.trust = wide[at.TRUST_ANCHOR + k]
                mine.fear_mistake = wide[at.MISTAKE_ANCHOR + k]
                mine.fear_job = wide[at.JOB_ANCHOR + k]
                mine.use_seen = 0.0
                mine.own_use_seen = 0.0
                mine.report = 0.0
                mine.failure_seen = 0.0
