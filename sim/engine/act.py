"""What the timeline does in a week: rows of the effect table acting on their audiences."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine import rows as at
from sim.engine.compiling import compiled
from sim.engine.memory import Memory, World
from sim.interventions.effects import EVERYONE, Effect
from sim.randomness import Stream
from sim.rules import (
    acceptance_of_message,
    capability_after_training,
    cynicism_after_mandate,
    cynicism_after_training,
    fear_after_alarm,
    fear_after_message,
    fit_after_training,
    moderated,
    raised_by_message,
    readiness_after_coaching,
    readiness_to_learn,
    stream_key,
    trust_after_broken_promise,
    uniform,
    usefulness_after_hearsay,
)
from sim.state import VALUE_STEPS, Flag

__all__ = ["act", "quality_of_tool"]

_ATTENDANCE = int(Stream.ATTENDANCE)
_EVERYONE = int(EVERYONE)
_UNIT = 1.0 / VALUE_STEPS

_BLOCK = np.uint64(at.BLOCK)

# Compiled code wants plain integers for the members of an enumeration.
_ACCESS_FLAG, _ADOPTED_FLAG, _CHAMPION_FLAG = (
    int(Flag.ACCESS),
    int(Flag.ADOPTED),
    int(Flag.CHAMPION),
)
_LEAVING_FLAG = int(Flag.LEAVING)
_REASSURE_TRUST = int(Effect.REASSURE_TRUST)
_REASSURE_JOB = int(Effect.REASSURE_JOB)
_REASSURE_IDENTITY = int(Effect.REASSURE_IDENTITY)
_SHOW_FIT = int(Effect.SHOW_FIT)
_CLARIFY_PERMISSION = int(Effect.CLARIFY_PERMISSION)
_TRAIN = int(Effect.TRAIN)
_RITUAL = int(Effect.RITUAL)
_PUNISH = int(Effect.PUNISH)
_COACH = int(Effect.COACH)
_SHOWCASE = int(Effect.SHOWCASE)
_COMPEL = int(Effect.COMPEL)
_ACCESS = int(Effect.ACCESS)
_CHAMPION = int(Effect.CHAMPION)
_ALARM_JOB = int(Effect.ALARM_JOB)
_BREAK_PROMISE = int(Effect.BREAK_PROMISE)
_ALARM_MISTAKE = int(Effect.ALARM_MISTAKE)
_HEARSAY = int(Effect.HEARSAY)
_TOOL_QUALITY = int(Effect.TOOL_QUALITY)
_REPLACE_MANAGER = int(Effect.REPLACE_MANAGER)
_ADOPT = int(Effect.ADOPT)


@compiled
def _active(row, week):
    return row.start <= week <= row.end and (week - row.start) % row.every == 0


@compiled
def quality_of_tool(effects: NDArray[np.void], p: Any, week: int) -> float:
    """Return the tool's quality in a week: the parameter, shifted by what is active."""
    quality: float = p.tool_quality
    for r in range(len(effects)):
        row = effects[r]
        if row.effect == _TOOL_QUALITY and _active(row, week):
            quality += row.dose
    return min(max(quality, 0.0), 1.0)


@compiled
def _is_there(row, luck, key):
    return row.attendance >= 1.0 or uniform(luck, key) < row.attendance


@compiled
def _train(narrow, small, values, before, row, p, luck, keys, members, everyone, week):
    """Train everybody who is there."""
    ends = week + row.every > row.end
    for k in range(len(keys) if everyone else len(members)):
        i = np.uint64(k) if everyone else np.uint64(members[k])
        if not _is_there(row, luck, keys[i]):
            continue
        b, j = i // _BLOCK, i % _BLOCK
        cynicism, trained = np.float64(narrow[b, at.CYNICISM + j]), small[b, at.TRAININGS + j]
        mine = before[i]
        fear = (mine.fear_mistake + mine.fear_job + np.float64(narrow[b, at.IDENTITY + j])) / 3.0
        growth = (np.float64(values[b, at.GROWTH + j]) + values[b, at.AMBITION + j]) * (0.5 * _UNIT)
        readiness = readiness_to_learn(
            mine.trust, fear, cynicism, p.readiness_trust, p.readiness_fear
        )
        narrow[b, at.CYNICISM + j] = cynicism_after_training(
            cynicism, row.dose, row.relevance, readiness, trained, p.training_cynicism,
            p.training_fatigue,
        )  # fmt: skip
        gain = moderated(p.training_gain, growth, p.values_weight)
        narrow[b, at.CAPABILITY + j] = capability_after_training(
            np.float64(narrow[b, at.CAPABILITY + j]), row.dose, readiness, gain
        )
        narrow[b, at.FIT + j] = fit_after_training(
            np.float64(narrow[b, at.FIT + j]), row.dose, row.relevance, readiness, p.training_fit
        )
        if ends and trained < 255:
            small[b, at.TRAININGS + j] = np.uint8(trained + 1)


@compiled
def _speak(wide, narrow, values, before, row, p, luck, keys, members, everyone):
    """Let a message reach everybody who is there."""
    effect = row.effect
    for k in range(len(keys) if everyone else len(members)):
        i = np.uint64(k) if everyone else np.uint64(members[k])
        if not _is_there(row, luck, keys[i]):
            continue
        b, j = i // _BLOCK, i % _BLOCK
        emphasis = 1.0
        if effect == _REASSURE_TRUST:
            emphasis = moderated(1.0, values[b, at.LOYALTY + j] * _UNIT, p.values_weight)
        elif effect == _REASSURE_IDENTITY:
            pride = np.float64(values[b, at.TRUSTWORTHINESS + j]) + values[b, at.RESPONSIBILITY + j]
            emphasis = moderated(1.0, pride * (0.5 * _UNIT), p.values_weight)
        accepted = acceptance_of_message(
            row.sincerity, before[i].trust, np.float64(narrow[b, at.CYNICISM + j]), emphasis,
            row.costly, p.message_floor,
        )  # fmt: skip
        if effect == _REASSURE_TRUST:
            trust = raised_by_message(
                wide[b, at.TRUST_ANCHOR + j], row.dose, accepted, p.message_trust
            )
            promise = np.float64(narrow[b, at.PROMISE + j]) + (trust - wide[b, at.TRUST_ANCHOR + j])
            narrow[b, at.PROMISE + j] = min(promise, 1.0)
            wide[b, at.TRUST_ANCHOR + j] = trust
        elif effect == _REASSURE_JOB:
            wide[b, at.JOB_ANCHOR + j] = fear_after_message(
                wide[b, at.JOB_ANCHOR + j], row.dose * row.specificity, accepted, p.message_job
            )
        elif effect == _REASSURE_IDENTITY:
            narrow[b, at.IDENTITY + j] = fear_after_message(
                np.float64(narrow[b, at.IDENTITY + j]), row.dose * row.specificity, accepted,
                p.message_identity,
            )  # fmt: skip
        else:
            narrow[b, at.FIT + j] = raised_by_message(
                np.float64(narrow[b, at.FIT + j]), row.dose * row.relevance, accepted, p.message_fit
            )


@compiled
def _reach(  # noqa: C901 - one branch an effect
    wide, narrow, small, climate, teams, row, p, luck, keys, members, everyone
):  # fmt: skip
    """Let a row act on everybody who is there."""
    effect = row.effect
    for k in range(len(keys) if everyone else len(members)):
        i = np.uint64(k) if everyone else np.uint64(members[k])
        if not _is_there(row, luck, keys[i]):
            continue
        b, j = i // _BLOCK, i % _BLOCK
        if effect == _CLARIFY_PERMISSION:
            narrow[b, at.PERMISSION + j] = fear_after_message(
                np.float64(narrow[b, at.PERMISSION + j]), row.dose, row.specificity, p.policy_relief
            )
        elif effect == _COACH:
            narrow[b, at.READINESS + j] = readiness_after_coaching(
                np.float64(narrow[b, at.READINESS + j]), row.dose, p.coach_gain
            )
        elif effect == _COMPEL:
            narrow[b, at.COMPELLED + j] = max(
                np.float64(narrow[b, at.COMPELLED + j]), min(row.dose, 1.0)
            )
            narrow[b, at.CYNICISM + j] = cynicism_after_mandate(
                np.float64(narrow[b, at.CYNICISM + j]), row.dose, p.mandate_cynicism
            )
        elif effect == _ACCESS:
            if not small[b, at.FLAGS + j] & _ACCESS_FLAG:
                narrow[b, at.NOVELTY + j] = 1.0
            small[b, at.FLAGS + j] |= _ACCESS_FLAG
        elif effect == _CHAMPION:
            small[b, at.FLAGS + j] |= _CHAMPION_FLAG
        elif effect == _ALARM_JOB:
            wide[b, at.JOB_ANCHOR + j] = fear_after_alarm(
                wide[b, at.JOB_ANCHOR + j], row.dose, p.alarm_job, 0.0
            )
        elif effect == _BREAK_PROMISE:
            wide[b, at.TRUST_ANCHOR + j] = trust_after_broken_promise(
                wide[b, at.TRUST_ANCHOR + j],
                np.float64(narrow[b, at.PROMISE + j]),
                row.dose,
                p.loss_aversion,
                p.broken_trust,
            )
            narrow[b, at.PROMISE + j] = 0.0
        elif effect == _ALARM_MISTAKE:
            wide[b, at.MISTAKE_ANCHOR + j] = fear_after_alarm(
                wide[b, at.MISTAKE_ANCHOR + j], row.dose, p.alarm_mistake, climate[teams[i]]
            )
        elif effect == _HEARSAY:
            narrow[b, at.USEFULNESS + j] = usefulness_after_hearsay(
                np.float64(narrow[b, at.USEFULNESS + j]), row.relevance, row.dose, p.hearsay_media
            )
        elif effect == _REPLACE_MANAGER:
            narrow[b, at.READINESS + j] = p.readiness_start
            small[b, at.FLAGS + j] |= _LEAVING_FLAG
        elif effect == _ADOPT:
            small[b, at.FLAGS + j] |= _ADOPTED_FLAG


@compiled
def _spend(narrow, row, luck, keys, members, everyone):
    """Add a row's hours to those of everybody who is there."""
    if everyone and row.attendance >= 1.0:
        for block in narrow:
            for k in range(at.BLOCK):
                block[at.SPENT + np.uint64(k)] += row.hours
        return
    for k in range(len(keys) if everyone else len(members)):
        i = np.uint64(k) if everyone else np.uint64(members[k])
        if _is_there(row, luck, keys[i]):
            narrow[i // _BLOCK, at.SPENT + i % _BLOCK] += row.hours


@compiled
def _show(narrow, row, luck, keys, members, everyone):
    """Show the use of everybody who is there."""
    shown = np.float32(min(row.dose, 1.0))
    if everyone and row.attendance >= 1.0:
        for block in narrow:
            for k in range(at.BLOCK):
                place = at.SHOWCASED + np.uint64(k)
                block[place] = max(block[place], shown)
        return
    for k in range(len(keys) if everyone else len(members)):
        i = np.uint64(k) if everyone else np.uint64(members[k])
        if _is_there(row, luck, keys[i]):
            b, place = i // _BLOCK, at.SHOWCASED + i % _BLOCK
            narrow[b, place] = max(narrow[b, place], shown)


@compiled
def _meet_in_teams(
    held, present, row, luck, keys, teams, team_start, members, everyone
):  # fmt: skip
    """Add a row's dose to teams, as far as their members are in the audience and there."""
    n_teams = len(held)
    if everyone and row.attendance >= 1.0:
        for t in range(n_teams):
            held[t] += row.dose
        return
    present[:] = 0.0
    for k in range(len(keys) if everyone else len(members)):
        i = np.int64(k) if everyone else np.int64(members[k])
        if _is_there(row, luck, keys[i]):
            present[teams[i]] += 1.0
    for t in range(n_teams):
        if present[t] > 0.0:
            held[t] += row.dose * (present[t] / (team_start[t + 1] - team_start[t]))


@compiled
def _managers_leave(managers, team_manager, small, climate, lost):
    """Let the climate of teams fall whose manager has just left."""
    for t in range(len(team_manager)):
        if team_manager[t] >= 0:
            m = np.uint64(team_manager[t])
            if small[m // _BLOCK, at.FLAGS + m % _BLOCK] & _LEAVING_FLAG:
                climate[t] *= 1.0 - lost
    for m in managers:
        small[m // _BLOCK, at.FLAGS + m % _BLOCK] &= 255 - _LEAVING_FLAG


@compiled
def act(
    world: World,
    effects: NDArray[np.void],
    audience_start: NDArray[np.int64],
    audience_member: NDArray[np.uint32],
    memory: Memory,
    before: NDArray[np.void],
    p: Any,
    seed: np.uint64,
    week: int,
) -> None:
    """Let everything that the timeline places on a week act on its audience.

    Parameters
    ----------
    world : World
    effects, audience_start, audience_member
        The effect table of one scenario, and the audiences of all.
    memory : Memory
        The state, which changes in place.
    before : structured array of ``TOLD``, shape (n_people,)
        What people showed last week.
    p : record of ``PARAMETER_DTYPE``
    seed : uint64
    week : int
        1 is the first week.
    """
    keys, teams = world.key[: len(world.team)], world.team
    wide, narrow, small, climate = memory.wide, memory.narrow, memory.small, memory.climate
    for r in range(len(effects)):
        row = effects[r]
        effect = row.effect
        if not _active(row, week) or effect == _TOOL_QUALITY:
            continue
        # The same people attend every session of one intervention.
        luck = stream_key(seed ^ row.occasion, np.uint64(_ATTENDANCE), np.uint64(row.start))
        everyone = row.audience == _EVERYONE
        members = audience_member[:0]
        if not everyone:
            begin = audience_start[row.audience]
            members = audience_member[begin : audience_start[row.audience + 1]]
        if effect in (_RITUAL, _PUNISH):
            _meet_in_teams(
                memory.ritual if effect == _RITUAL else memory.punished, memory.present, row,
                luck, keys, teams, world.team_start, members, everyone,
            )  # fmt: skip
        elif effect == _SHOWCASE:
            _show(narrow, row, luck, keys, members, everyone)
        elif effect == _TRAIN:
            _train(narrow, small, world.values, before, row, p, luck, keys, members, everyone, week)
        elif effect <= _SHOW_FIT:
            _speak(wide, narrow, world.values, before, row, p, luck, keys, members, everyone)
        else:
            _reach(wide, narrow, small, climate, teams, row, p, luck, keys, members, everyone)
        if row.hours > 0.0:
            _spend(narrow, row, luck, keys, members, everyone)
        if effect == _REPLACE_MANAGER:
            _managers_leave(
                world.managers, world.team_manager, small, climate,
                min(p.replace_loss * row.dose, 1.0),
            )  # fmt: skip
