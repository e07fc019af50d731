"""What the timeline does in a week: rows of the effect table acting on their audiences."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine.compiling import compiled
from sim.engine.memory import Memory, World
from sim.engine.rows import NARROW, SMALL, WIDE
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
from sim.state import VALUE_STEPS, VALUES, Flag

__all__ = ["act", "quality_of_tool"]

_ATTENDANCE = int(Stream.ATTENDANCE)
_EVERYONE = int(EVERYONE)
_UNIT = 1.0 / VALUE_STEPS

_TRUST_ANCHOR = WIDE["trust_anchor"]
_FEAR_MISTAKE_ANCHOR = WIDE["fear_mistake_anchor"]
_FEAR_JOB_ANCHOR = WIDE["fear_job_anchor"]
_FEAR_PERMISSION = NARROW["fear_permission"]
_FEAR_IDENTITY = NARROW["fear_identity"]
_CAPABILITY = NARROW["capability"]
_FIT = NARROW["fit"]
_USEFULNESS = NARROW["usefulness"]
_NOVELTY = NARROW["novelty"]
_CYNICISM = NARROW["cynicism"]
_READINESS = NARROW["readiness"]
_PROMISE = NARROW["promise"]
_COMPELLED = NARROW["compelled"]
_SHOWCASED = NARROW["showcased"]
_TRAINED = SMALL["trained"]
_FLAGS = SMALL["flags"]
_HOURS = NARROW["hours"]

_RELATIONSHIPS, _LOYALTY, _TRUSTWORTHINESS, _RESPONSIBILITY, _GROWTH, _AMBITION, _FAMILY = range(
    len(VALUES)
)

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
        cynicism, trained = np.float64(narrow[_CYNICISM, i]), small[_TRAINED, i]
        mine = before[i]
        fear = (mine.fear_mistake + mine.fear_job + np.float64(narrow[_FEAR_IDENTITY, i])) / 3.0
        growth = (np.float64(values[_GROWTH, i]) + values[_AMBITION, i]) * (0.5 * _UNIT)
        readiness = readiness_to_learn(
            mine.trust, fear, cynicism, p.readiness_trust, p.readiness_fear
        )
        narrow[_CYNICISM, i] = cynicism_after_training(
            cynicism, row.dose, row.relevance, readiness, trained, p.training_cynicism,
            p.training_fatigue,
        )  # fmt: skip
        gain = moderated(p.training_gain, growth, p.values_weight)
        narrow[_CAPABILITY, i] = capability_after_training(
            np.float64(narrow[_CAPABILITY, i]), row.dose, readiness, gain
        )
        narrow[_FIT, i] = fit_after_training(
            np.float64(narrow[_FIT, i]), row.dose, row.relevance, readiness, p.training_fit
        )
        if ends and trained < 255:
            small[_TRAINED, i] = np.uint8(trained + 1)


@compiled
def _speak(wide, narrow, values, before, row, p, luck, keys, members, everyone):
    """Let a message reach everybody who is there."""
    effect = row.effect
    for k in range(len(keys) if everyone else len(members)):
        i = np.uint64(k) if everyone else np.uint64(members[k])
        if not _is_there(row, luck, keys[i]):
            continue
        emphasis = 1.0
        if effect == _REASSURE_TRUST:
            emphasis = moderated(1.0, values[_LOYALTY, i] * _UNIT, p.values_weight)
        elif effect == _REASSURE_IDENTITY:
            pride = np.float64(values[_TRUSTWORTHINESS, i]) + values[_RESPONSIBILITY, i]
            emphasis = moderated(1.0, pride * (0.5 * _UNIT), p.values_weight)
        accepted = acceptance_of_message(
            row.sincerity, before[i].trust, np.float64(narrow[_CYNICISM, i]), emphasis, row.costly,
            p.message_floor,
        )  # fmt: skip
        if effect == _REASSURE_TRUST:
            trust = raised_by_message(wide[_TRUST_ANCHOR, i], row.dose, accepted, p.message_trust)
            promise = np.float64(narrow[_PROMISE, i]) + (trust - wide[_TRUST_ANCHOR, i])
            narrow[_PROMISE, i] = min(promise, 1.0)
            wide[_TRUST_ANCHOR, i] = trust
        elif effect == _REASSURE_JOB:
            wide[_FEAR_JOB_ANCHOR, i] = fear_after_message(
                wide[_FEAR_JOB_ANCHOR, i], row.dose * row.specificity, accepted, p.message_job
            )
        elif effect == _REASSURE_IDENTITY:
            narrow[_FEAR_IDENTITY, i] = fear_after_message(
                np.float64(narrow[_FEAR_IDENTITY, i]), row.dose * row.specificity, accepted,
                p.message_identity,
            )  # fmt: skip
        else:
            narrow[_FIT, i] = raised_by_message(
                np.float64(narrow[_FIT, i]), row.dose * row.relevance, accepted, p.message_fit
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
        if effect == _CLARIFY_PERMISSION:
            narrow[_FEAR_PERMISSION, i] = fear_after_message(
                np.float64(narrow[_FEAR_PERMISSION, i]), row.dose, row.specificity, p.policy_relief
            )
        elif effect == _COACH:
            narrow[_READINESS, i] = readiness_after_coaching(
                np.float64(narrow[_READINESS, i]), row.dose, p.coach_gain
            )
        elif effect == _COMPEL:
            narrow[_COMPELLED, i] = max(np.float64(narrow[_COMPELLED, i]), min(row.dose, 1.0))
            narrow[_CYNICISM, i] = cynicism_after_mandate(
                np.float64(narrow[_CYNICISM, i]), row.dose, p.mandate_cynicism
            )
        elif effect == _ACCESS:
            if not small[_FLAGS, i] & _ACCESS_FLAG:
                narrow[_NOVELTY, i] = 1.0
            small[_FLAGS, i] |= _ACCESS_FLAG
        elif effect == _CHAMPION:
            small[_FLAGS, i] |= _CHAMPION_FLAG
        elif effect == _ALARM_JOB:
            wide[_FEAR_JOB_ANCHOR, i] = fear_after_alarm(
                wide[_FEAR_JOB_ANCHOR, i], row.dose, p.alarm_job, 0.0
            )
        elif effect == _BREAK_PROMISE:
            wide[_TRUST_ANCHOR, i] = trust_after_broken_promise(
                wide[_TRUST_ANCHOR, i],
                np.float64(narrow[_PROMISE, i]),
                row.dose,
                p.loss_aversion,
                p.broken_trust,
            )
            narrow[_PROMISE, i] = 0.0
        elif effect == _ALARM_MISTAKE:
            wide[_FEAR_MISTAKE_ANCHOR, i] = fear_after_alarm(
                wide[_FEAR_MISTAKE_ANCHOR, i], row.dose, p.alarm_mistake, climate[teams[i]]
            )
        elif effect == _HEARSAY:
            narrow[_USEFULNESS, i] = usefulness_after_hearsay(
                np.float64(narrow[_USEFULNESS, i]), row.relevance, row.dose, p.hearsay_media
            )
        elif effect == _REPLACE_MANAGER:
            narrow[_READINESS, i] = p.readiness_start
            small[_FLAGS, i] |= _LEAVING_FLAG
        elif effect == _ADOPT:
            small[_FLAGS, i] |= _ADOPTED_FLAG


@compiled
def _spend(hours, row, luck, keys, members, everyone):
    """Add a row's hours to those of everybody who is there."""
    if everyone and row.attendance >= 1.0:
        for j in range(len(keys)):
            hours[j] += row.hours
        return
    for k in range(len(keys) if everyone else len(members)):
        i = np.int64(k) if everyone else np.int64(members[k])
        if _is_there(row, luck, keys[i]):
            hours[i] += row.hours


@compiled
def _show(showcased, row, luck, keys, members, everyone):
    """Show the use of everybody who is there."""
    shown = np.float32(min(row.dose, 1.0))
    if everyone and row.attendance >= 1.0:
        for j in range(len(keys)):
            showcased[j] = max(showcased[j], shown)
        return
    for k in range(len(keys) if everyone else len(members)):
        i = np.int64(k) if everyone else np.int64(members[k])
        if _is_there(row, luck, keys[i]):
            showcased[i] = max(showcased[i], shown)


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
def _managers_leave(managers, team_manager, flags, climate, lost):
    """Let the climate of teams fall whose manager has just left."""
    for t in range(len(team_manager)):
        m = team_manager[t]
        if m >= 0 and flags[m] & _LEAVING_FLAG:
            climate[t] *= 1.0 - lost
    for m in managers:
        flags[m] &= 255 - _LEAVING_FLAG


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
            _show(narrow[_SHOWCASED], row, luck, keys, members, everyone)
        elif effect == _TRAIN:
            _train(narrow, small, world.values, before, row, p, luck, keys, members, everyone, week)
        elif effect <= _SHOW_FIT:
            _speak(wide, narrow, world.values, before, row, p, luck, keys, members, everyone)
        else:
            _reach(wide, narrow, small, climate, teams, row, p, luck, keys, members, everyone)
        if row.hours > 0.0:
            _spend(narrow[_HOURS], row, luck, keys, members, everyone)
        if effect == _REPLACE_MANAGER:
            _managers_leave(
                world.managers, world.team_manager, small[_FLAGS], climate,
                min(p.replace_loss * row.dose, 1.0),
            )  # fmt: skip
