"""The start of a run: who people are before anything happens."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine import rows as at
from sim.engine.compiling import compiled
from sim.engine.memory import STANDING_STEPS, Memory, PopulationArrays
from sim.interventions.effects import Effect
from sim.randomness import Stream
from sim.rules import (
    exposure_needed,
    group_effect_after_week,
    normal_of,
    shift_by_value,
    start_state,
    stream_key,
    uniform,
)
from sim.state import VALUE_STEPS, Flag
from sim.theories import Decision

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
_DISPOSITION_STREAM = int(Stream.DISPOSITION)
_TEAM_DISPOSITION = int(Stream.TEAM_DISPOSITION)
_TEAM_CLIMATE = int(Stream.TEAM_CLIMATE)
_THRESHOLD_STREAM = int(Stream.THRESHOLD)
_CONSIDERS_STREAM = int(Stream.CONSIDERS)
_TEAM_EFFECT, _FIRM_EFFECT = int(Stream.TEAM_EFFECT), int(Stream.FIRM_EFFECT)
_S_CONSIDERS = at.SURVEYED.index("considers")
_BYTE, _STEP = 255.0, 1.0 / STANDING_STEPS

_ACCESS_FLAG, _CONSIDERS_FLAG = int(Flag.ACCESS), int(Flag.CONSIDERS)
_ACCESS = int(Effect.ACCESS)
_LOGIT, _BASS = int(Decision.LOGIT), int(Decision.BASS)
_THRESHOLD_SHARE, _THRESHOLD_COUNT = int(Decision.THRESHOLD_SHARE), int(Decision.THRESHOLD_COUNT)


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
def _draw_exposures(s, narrow, keys, standing, stream, frailty, weight, first, size):
    """Give a block's people the exposure after which they begin to consider the tool."""
    for j in range(size):
        s[_DRAWN + np.uint64(j)] = standing[np.uint64(first + j)] * _STEP
    for j in range(at.BLOCK):
        i = np.uint64(j)
        u = uniform(stream, keys[np.uint64(first) + i])
        narrow[at.THRESHOLD + i] = exposure_needed(u, frailty, s[_DRAWN + i], weight)


@compiled
def _draw_considering(small, keys, given, stream, share, first, size):
    """Say who of a block considers the tool from the start: a survey's word comes first."""
    if share <= 0.0 and len(given) == 0:
        return
    for j in range(size):
        i, chance = np.uint64(first + j), share
        if len(given) > 0:
            answer = given[_S_CONSIDERS, first + j]
            chance = answer if answer == answer else share
        if uniform(stream, keys[i]) < chance:
            small[at.FLAGS + np.uint64(j)] |= _CONSIDERS_FLAG


@compiled
def _note_what_people_are_used_to(population, memory, p):
    """Note what everybody hears at the start, less the own view: it is no news later."""
    visible = memory.visible[0]
    for i in range(len(population.team)):
        heard_trust = heard_mistake = heard_job = 0.0
        begin, end = population.tie_start[i], population.tie_start[i + 1]
        for e in range(begin, end):
            other, w = visible[population.tie_target[e]], population.tie_weight[e]
            heard_trust += w * other.trust
            heard_mistake += w * other.fear_mistake
            heard_job += w * other.fear_job
        if end > begin:
            me, narrow, k = visible[i], memory.narrow[i // at.BLOCK], np.uint64(i % at.BLOCK)
            narrow[at.USED_TO_TRUST + k] = p.accustomed * (heard_trust - me.trust)
            narrow[at.USED_TO_MISTAKE + k] = p.accustomed * (heard_mistake - me.fear_mistake)
            narrow[at.USED_TO_JOB + k] = p.accustomed * (heard_job - me.fear_job)


@compiled
def _note_usual_climate(population, memory, p):
    """Note how far each team's climate is from its manager's readiness at the start."""
    for t in range(len(memory.usual_climate)):
        usual = 0.0
        if population.team_manager[t] >= 0:
            m = np.uint64(population.team_manager[t])
            readiness = np.float64(memory.narrow[m // _BLOCK, at.READINESS + m % _BLOCK])
            usual = p.accustomed * (memory.climate[t] - readiness)
        memory.usual_climate[t] = usual


@compiled
def _note_bases(narrow, small):
    """Note where a block's people start, rounded up: what was not gained does not fade."""
    for j in range(at.BLOCK):
        k = np.uint64(j)
        small[at.BASE_CAPABILITY + k] = np.uint8(math.ceil(_BYTE * narrow[at.CAPABILITY + k]))
        small[at.BASE_FIT + k] = np.uint8(math.ceil(_BYTE * narrow[at.FIT + k]))
        small[at.BASE_CYNICISM + k] = np.uint8(math.ceil(_BYTE * narrow[at.CYNICISM + k]))


@compiled
def _flags_of_all(effects, decision):
    """Return the flags of everybody: a plain decision is open to all unless access is given."""
    if decision == _LOGIT:
        return 0
    for r in range(len(effects)):
        if effects[r].effect == _ACCESS:
            return 0
    return _ACCESS_FLAG


@compiled
def _draw_group_effects(effect, firm, keys, seed, p):
    """Give every team, and the firm, what its people have in common in taking the tool up."""
    stream = stream_key(seed, np.uint64(_TEAM_EFFECT), np.uint64(0))
    for t in range(len(effect)):
        z = normal_of(stream, keys[t])
        effect[t] = group_effect_after_week(0.0, 0.0, p.takeup_sigma_team, z)
    z = normal_of(stream_key(seed, np.uint64(_FIRM_EFFECT), np.uint64(0)), np.uint64(0))
    firm[0] = group_effect_after_week(0.0, 0.0, p.takeup_sigma_firm, z)


@compiled
def _draw_teams(climate, team_effect, keys, climate_stream, effect_stream, p):
    """Give every team its climate and its lasting logit."""
    for t in range(len(keys)):
        z = normal_of(climate_stream, keys[t])
        climate[t] = start_state(p.climate_start, p.start_spread, 0.0, z)
        team_effect[t] = p.sigma_team * normal_of(effect_stream, keys[t])


@compiled
def begin_run(  # noqa: C901 - every level of calls hands over all arrays anew
    population: PopulationArrays, memory: Memory, effects: NDArray[np.void], p: Any,
    seed: np.uint64, decision: int, own_thresholds: bool,
) -> None:  # fmt: skip
    """Set the state of everybody to the start of a run.

    - ``replicate``, ``memory``: the organisation, and the room for the run.
    - ``effects``: as in ``act``. A plain decision for which nobody is given access is open to all.
    - ``seed``: of the run. A person's start hangs on the seed and the person's key alone.
    - ``own_thresholds``: whether personal thresholds count, where there are any.
    """
    s, visible, given, keys = memory.block, memory.visible, population.given, population.key
    spread, by_value = p.start_spread, p.values_spread
    start_week, n_people = np.uint64(0), len(population.team)
    streams = memory.keys
    for variable in range(len(streams)):
        streams[variable] = stream_key(seed, np.uint64(_START + variable), start_week)
    team_effect = memory.present
    _draw_teams(
        memory.climate, team_effect, population.team_key,
        stream_key(seed, np.uint64(_TEAM_CLIMATE), start_week),
        stream_key(seed, np.uint64(_TEAM_DISPOSITION), start_week), p,
    )  # fmt: skip
    own = population.thresholds if own_thresholds else population.thresholds[:0]
    memory.ritual[:] = 0.0
    memory.punished[:] = 0.0
    memory.seen[:] = 0.0
    _draw_group_effects(memory.effect, memory.firm, population.team_key, seed, p)
    by_threshold = decision in (_THRESHOLD_SHARE, _THRESHOLD_COUNT)
    flags = _flags_of_all(effects, decision)
    considers_stream = stream_key(seed, np.uint64(_CONSIDERS_STREAM), start_week)
    stream = stream_key(seed, np.uint64(_DISPOSITION_STREAM), start_week)
    threshold_stream = stream_key(seed, np.uint64(_THRESHOLD_STREAM), start_week)
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
        wide, narrow, values = memory.wide[block], memory.narrow[block], population.values[block]
        narrow[:] = np.float32(0.0)
        small = memory.small[block]
        small[:] = np.uint8(0)
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
        if by_threshold:
            _draw_thresholds(
                narrow, keys, own, threshold_stream, p.threshold_mean, p.threshold_sd, first, size
            )
        else:
            _draw_exposures(
                s, narrow, keys, population.standing, threshold_stream,
                0.0 if decision == _BASS else p.takeup_frailty,
                0.0 if decision == _BASS else p.takeup_standing, first, size,
            )  # fmt: skip
        for j in range(size):
            small[at.FLAGS + np.uint64(j)] = np.uint8(flags)
        _draw_considering(small, keys, given, considers_stream, p.considers_start, first, size)
        _note_bases(narrow, small)
        for j in range(at.BLOCK):
            k = np.uint64(j)
            s[_DRAWN + k] = p.sigma_person * normal_of(stream, keys[np.uint64(first) + k])
        for j in range(size):  # the other side of ``visible`` is written before it is read
            k, i = np.uint64(j), np.uint64(first + j)
            narrow[at.DISPOSITION + k] = team_effect[population.team[i]] + s[_DRAWN + k]
            mine = visible[0, i]
            mine.trust = wide[at.TRUST_ANCHOR + k]
            mine.fear_mistake = wide[at.MISTAKE_ANCHOR + k]
            mine.fear_job = wide[at.JOB_ANCHOR + k]
            mine.use_seen = 0.0
            mine.report = 0.0
            mine.failure_seen = 0.0
            mine.own_use_seen = 0.0
    if p.accustomed > 0.0 and p.susceptibility > 0.0:
        _note_what_people_are_used_to(population, memory, p)
    _note_usual_climate(population, memory, p)
