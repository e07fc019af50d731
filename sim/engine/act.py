"""What the timeline does in a week: rows of the effect table acting on their audiences."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine import rows as at
from sim.engine.compiling import compiled, part
from sim.engine.memory import Memory, PopulationArrays
from sim.interventions.effects import EVERYONE, MOST_DRIVE, Effect
from sim.randomness import Stream
from sim.rules import (
    acceptance_of_message,
    capability_after_training,
    chance_of_prompt,
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

_EVERYONE = int(EVERYONE)
_UNIT = 1.0 / VALUE_STEPS

_BLOCK = np.uint64(at.BLOCK)

# Compiled code wants plain integers for the members of an enumeration.
_ACCESS_FLAG, _ADOPTED_FLAG, _CHAMPION_FLAG, _CONSIDERS_FLAG, _LEAVING_FLAG = map(
    int, (Flag.ACCESS, Flag.ADOPTED, Flag.CHAMPION, Flag.CONSIDERS, Flag.LEAVING)
)
(
    _REASSURE_TRUST, _REASSURE_JOB, _REASSURE_IDENTITY, _SHOW_FIT, _CLARIFY_PERMISSION, _TRAIN,
    _RITUAL, _PUNISH, _COACH, _SHOWCASE, _COMPEL, _ACCESS, _CHAMPION, _ALARM_JOB, _BREAK_PROMISE,
    _ALARM_MISTAKE, _HEARSAY, _TOOL_QUALITY, _REPLACE_MANAGER, _ADOPT, _DRIVE,
) = map(int, (
    Effect.REASSURE_TRUST, Effect.REASSURE_JOB, Effect.REASSURE_IDENTITY, Effect.SHOW_FIT,
    Effect.CLARIFY_PERMISSION, Effect.TRAIN, Effect.RITUAL, Effect.PUNISH, Effect.COACH,
    Effect.SHOWCASE, Effect.COMPEL, Effect.ACCESS, Effect.CHAMPION, Effect.ALARM_JOB,
    Effect.BREAK_PROMISE, Effect.ALARM_MISTAKE, Effect.HEARSAY, Effect.TOOL_QUALITY,
    Effect.REPLACE_MANAGER, Effect.ADOPT, Effect.DRIVE,
))  # fmt: skip
_ATTENDANCE, _PROMPT = int(Stream.ATTENDANCE), int(Stream.PROMPT)


@part
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
def drive_of_week(effects: NDArray[np.void], week: int) -> float:
    """Return what moves everybody's log hazard of beginning in a week, from outside the firm."""
    drive = 0.0
    for r in range(len(effects)):
        row = effects[r]
        if row.effect == _DRIVE and _active(row, week):
            drive += row.dose
    return min(max(drive, -MOST_DRIVE), MOST_DRIVE)


@compiled
def gives_access(effects: NDArray[np.void], week: int) -> bool:
    """Return whether somebody may be given access in a week."""
    for r in range(len(effects)):
        row = effects[r]
        if row.effect == _ACCESS and _active(row, week):
            return True
    return False


@compiled
def count_access(small: NDArray[np.uint8]) -> int:
    """Return how many people may use the tool, nobodies in the last block among them."""
    count = 0
    for block in range(len(small)):
        for j in range(at.BLOCK):
            count += small[block, at.FLAGS + np.uint64(j)] & _ACCESS_FLAG
    return count


@compiled
def _attend_all(s, row):
    """Note that all are there: of every block, for nothing else writes these rows."""
    dose = row.dose
    for j in range(at.BLOCK):
        k = np.uint64(j)
        s[at.THERE + k] = 1.0
        s[at.DOSE + k] = dose


@compiled
def _attend(s, row, stream, keys, first):
    """Note who of a block is there when all are invited."""
    attendance = row.attendance
    for j in range(at.BLOCK):
        k = np.uint64(j)
        attends = uniform(stream, keys[np.uint64(first) + k]) < attendance
        s[at.THERE + k] = 1.0 if attends else 0.0


@compiled
def _attend_invited(s, row, stream, keys, members, first):
    """Note who of a block is there when those in ``members`` are invited."""
    for j in range(at.BLOCK):
        s[at.THERE + np.uint64(j)] = 0.0
    for m in members:
        if row.attendance >= 1.0 or uniform(stream, keys[m]) < row.attendance:
            s[at.THERE + np.uint64(m - first)] = 1.0


@compiled
def _train(s, narrow, small, values, before, row, p, week, first, size):
    """Train everybody who is there."""
    last, relevance = 1 if week + row.every > row.end else 0, row.relevance
    by_trust, by_fear, by_value = p.readiness_trust, p.readiness_fear, p.values_weight
    gain_cynicism, fatigue = p.training_cynicism, p.training_fatigue
    gain_capability, gain_fit = p.training_gain, p.training_fit
    for j in range(size):  # what others know of people stands person by person
        k = np.uint64(j)
        mine = before[np.uint64(first) + k]
        s[at.SAID_TRUST + k] = mine.trust
        s[at.SAID_MISTAKE + k] = mine.fear_mistake
        s[at.SAID_JOB + k] = mine.fear_job
    for j in range(at.BLOCK):
        k = np.uint64(j)
        dose = s[at.DOSE + k]
        cynicism, trained = np.float64(narrow[at.CYNICISM + k]), small[at.TRAININGS + k]
        identity, fit = np.float64(narrow[at.IDENTITY + k]), np.float64(narrow[at.FIT + k])
        capability = np.float64(narrow[at.CAPABILITY + k])
        growth = (np.float64(values[at.GROWTH + k]) + values[at.AMBITION + k]) * (0.5 * _UNIT)
        fear = (s[at.SAID_MISTAKE + k] + s[at.SAID_JOB + k] + identity) / 3.0
        readiness = readiness_to_learn(s[at.SAID_TRUST + k], fear, cynicism, by_trust, by_fear)
        narrow[at.CYNICISM + k] = cynicism_after_training(
            cynicism, dose, relevance, readiness, trained, gain_cynicism, fatigue
        )
        gain = moderated(gain_capability, growth, by_value)
        narrow[at.CAPABILITY + k] = capability_after_training(capability, dose, readiness, gain)
        narrow[at.FIT + k] = fit_after_training(fit, dose, relevance, readiness, gain_fit)
    for j in range(at.BLOCK):
        k = np.uint64(j)
        trained = small[at.TRAININGS + k]
        completes = last if (s[at.THERE + k] > 0.0) & (trained < 255) else 0
        small[at.TRAININGS + k] = np.uint8(trained + completes)


@compiled
def _accept(s, narrow, values, before, row, p, first, size):
    """Note how far each person accepts a message: not at all, where not there."""
    effect, by_value, floor = row.effect, p.values_weight, p.message_floor
    sincerity, costly = row.sincerity, row.costly
    for j in range(size):  # the emphasis, until what is accepted is known
        k = np.uint64(j)
        s[at.ACCEPTED + k] = 1.0
        s[at.SAID_TRUST + k] = before[np.uint64(first) + k].trust
    if effect == _REASSURE_TRUST:
        for j in range(at.BLOCK):
            k = np.uint64(j)
            s[at.ACCEPTED + k] = moderated(1.0, values[at.LOYALTY + k] * _UNIT, by_value)
    elif effect == _REASSURE_IDENTITY:
        for j in range(at.BLOCK):
            k = np.uint64(j)
            pride = np.float64(values[at.TRUSTWORTHINESS + k]) + values[at.RESPONSIBILITY + k]
            s[at.ACCEPTED + k] = moderated(1.0, pride * (0.5 * _UNIT), by_value)
    for j in range(at.BLOCK):
        k = np.uint64(j)
        s[at.ACCEPTED + k] = s[at.THERE + k] * acceptance_of_message(
            sincerity, s[at.SAID_TRUST + k], np.float64(narrow[at.CYNICISM + k]),
            s[at.ACCEPTED + k], costly, floor,
        )  # fmt: skip


@compiled
def _speak(s, wide, narrow, row, p):
    """Let a message do what it does, as far as it is accepted."""
    effect, dose, gain_trust, gain_job = row.effect, row.dose, p.message_trust, p.message_job
    gain_identity, gain_fit = p.message_identity, p.message_fit
    specific, relevant = dose * row.specificity, dose * row.relevance
    if effect == _REASSURE_TRUST:
        for j in range(at.BLOCK):
            k = np.uint64(j)
            before, accepted = wide[at.TRUST_ANCHOR + k], s[at.ACCEPTED + k]
            trust = raised_by_message(before, dose, accepted, gain_trust)
            promise = np.float64(narrow[at.PROMISE + k]) + (trust - before)
            narrow[at.PROMISE + k] = min(promise, 1.0)
            wide[at.TRUST_ANCHOR + k] = trust
    elif effect == _REASSURE_JOB:
        for j in range(at.BLOCK):
            k = np.uint64(j)
            fear, accepted = wide[at.JOB_ANCHOR + k], s[at.ACCEPTED + k]
            wide[at.JOB_ANCHOR + k] = fear_after_message(fear, specific, accepted, gain_job)
    elif effect == _REASSURE_IDENTITY:
        for j in range(at.BLOCK):
            k = np.uint64(j)
            fear, accepted = np.float64(narrow[at.IDENTITY + k]), s[at.ACCEPTED + k]
            narrow[at.IDENTITY + k] = fear_after_message(fear, specific, accepted, gain_identity)
    else:
        for j in range(at.BLOCK):
            k = np.uint64(j)
            fit, accepted = np.float64(narrow[at.FIT + k]), s[at.ACCEPTED + k]
            narrow[at.FIT + k] = raised_by_message(fit, relevant, accepted, gain_fit)


@compiled
def _show(s, small):
    """Let the use of everybody who is there be seen more."""
    for j in range(at.BLOCK):
        k = np.uint64(j)
        shown = np.uint8(min(s[at.DOSE + k], 1.0) * VALUE_STEPS + 0.5)
        small[at.SHOWCASED + k] = max(small[at.SHOWCASED + k], shown)


@compiled
def _compel(s, narrow, small, p):
    """Compel everybody who is there."""
    gain = p.mandate_cynicism
    for j in range(at.BLOCK):
        k = np.uint64(j)
        dose, cynicism = s[at.DOSE + k], np.float64(narrow[at.CYNICISM + k])
        enforced = np.uint8(min(dose, 1.0) * VALUE_STEPS + 0.5)
        small[at.COMPELLED + k] = max(small[at.COMPELLED + k], enforced)
        narrow[at.CYNICISM + k] = cynicism_after_mandate(cynicism, dose, gain)


@compiled
def _reach(  # noqa: C901 - one branch an effect
    s, wide, narrow, small, climate, teams, row, p, first, size
):  # fmt: skip
    """Let a row act on everybody who is there."""
    effect = row.effect
    for j in range(size):
        k = np.uint64(j)
        if s[at.THERE + k] == 0.0:
            continue
        dose = s[at.DOSE + k]
        if effect == _CLARIFY_PERMISSION:
            narrow[at.PERMISSION + k] = fear_after_message(
                np.float64(narrow[at.PERMISSION + k]), dose, row.specificity, p.policy_relief
            )
        elif effect == _COACH:
            narrow[at.READINESS + k] = readiness_after_coaching(
                np.float64(narrow[at.READINESS + k]), dose, p.coach_gain
            )
        elif effect == _ACCESS:
            if not small[at.FLAGS + k] & _ACCESS_FLAG:
                narrow[at.NOVELTY + k] = 1.0
            small[at.FLAGS + k] |= _ACCESS_FLAG
        elif effect == _CHAMPION:
            small[at.FLAGS + k] |= _CHAMPION_FLAG
        elif effect == _ALARM_JOB:
            wide[at.JOB_ANCHOR + k] = fear_after_alarm(
                wide[at.JOB_ANCHOR + k], dose, p.alarm_job * p.loss_aversion, 0.0
            )
        elif effect == _BREAK_PROMISE:
            wide[at.TRUST_ANCHOR + k] = trust_after_broken_promise(
                wide[at.TRUST_ANCHOR + k], np.float64(narrow[at.PROMISE + k]), dose,
                p.loss_aversion, p.broken_trust,
            )  # fmt: skip
            narrow[at.PROMISE + k] = 0.0
        elif effect == _ALARM_MISTAKE:
            wide[at.MISTAKE_ANCHOR + k] = fear_after_alarm(
                wide[at.MISTAKE_ANCHOR + k], dose, p.alarm_mistake * p.loss_aversion,
                climate[teams[first + j]],
            )  # fmt: skip
        elif effect == _HEARSAY:
            narrow[at.USEFULNESS + k] = usefulness_after_hearsay(
                np.float64(narrow[at.USEFULNESS + k]), row.relevance, dose, p.hearsay_media
            )
        elif effect == _REPLACE_MANAGER:
            narrow[at.READINESS + k] = p.readiness_start
            small[at.FLAGS + k] |= _LEAVING_FLAG
        elif effect == _ADOPT:
            small[at.FLAGS + k] |= _ADOPTED_FLAG


@compiled
def _act_on_block(
    s, wide, narrow, small, values, climate, before, teams, row, p, week, first, size
):  # fmt: skip
    """Let a row act on those of a block who are there; others get no dose, and stay as they are."""
    effect = row.effect
    if effect == _TRAIN:
        _train(s, narrow, small, values, before, row, p, week, first, size)
    elif effect <= _SHOW_FIT:
        _accept(s, narrow, values, before, row, p, first, size)
        _speak(s, wide, narrow, row, p)
    elif effect == _SHOWCASE:
        _show(s, small)
    elif effect == _COMPEL:
        _compel(s, narrow, small, p)
    else:
        _reach(s, wide, narrow, small, climate, teams, row, p, first, size)


@compiled
def _prompt_of(effect, p):
    """Return the chance a dose that an effect makes a person consider the tool."""
    if effect == _ACCESS:
        return p.prompt_access
    if effect in (_TRAIN, _COACH):
        return p.prompt_session
    if effect == _SHOW_FIT:
        return p.prompt_example
    if effect == _RITUAL:
        return p.prompt_ritual
    if effect == _COMPEL:
        return p.prompt_ask
    if effect == _SHOWCASE:
        return p.prompt_showcase
    return 0.0


@compiled
def _prompt_by_team(chances, seen, row, prompt):
    """Note the chance that a showcase makes people consider the tool: by what teams have seen."""
    for t in range(len(chances)):
        chances[t] = chance_of_prompt(prompt, row.dose * seen[t])


@compiled
def _prompt_some(s, small, keys, teams, by_team, row, prompt, stream, first, size):
    """Make some of those who are there consider the tool."""
    everybody = _CONSIDERS_FLAG
    for j in range(at.BLOCK):
        everybody &= small[at.FLAGS + np.uint64(j)]
    if everybody:
        return
    if row.effect == _SHOW_FIT:
        for j in range(at.BLOCK):
            k = np.uint64(j)
            s[at.ACCEPTED + k] = chance_of_prompt(prompt, s[at.DOSE + k] * s[at.ACCEPTED + k])
    elif row.effect == _SHOWCASE:
        for j in range(size):
            k = np.uint64(j)
            s[at.ACCEPTED + k] = s[at.THERE + k] * by_team[teams[np.uint64(first) + k]]
    else:  # one exponential for all: who is not there has no dose, and no chance
        chance = chance_of_prompt(prompt, row.dose)
        for j in range(at.BLOCK):
            k = np.uint64(j)
            s[at.ACCEPTED + k] = s[at.THERE + k] * chance
    for j in range(at.BLOCK):
        k = np.uint64(j)
        prompted = uniform(stream, keys[np.uint64(first) + k]) < s[at.ACCEPTED + k]
        small[at.FLAGS + k] |= _CONSIDERS_FLAG if prompted else 0


@compiled
def _meet_in_teams(held, present, row, team_size, whole):
    """Add a row's dose to teams, as far as their members are there."""
    for t in range(len(held)):
        if whole:
            held[t] += row.dose
        elif present[t] > 0.0:
            held[t] += row.dose * (present[t] / team_size[t])


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
def _act_on_audience(  # noqa: C901 - every level of calls hands over all arrays anew
    population, memory, before, row, members, p, stream, prompt, prompts, week
):
    """Let a row act on everybody of its audience who is there, block by block."""
    s, teams, present = memory.block, population.team, memory.present
    # A row's fields are read before a loop: what the loop writes might be the row.
    everyone, dose, hours = row.audience == _EVERYONE, row.dose, row.hours
    meets, whole = row.effect in (_RITUAL, _PUNISH), everyone and row.attendance >= 1.0
    present[:] = 0.0
    if prompt > 0.0 and row.effect == _SHOWCASE:
        _prompt_by_team(present, memory.seen, row, prompt)
    if whole:
        _attend_all(s, row)
    n_before = 0
    for block in range(len(memory.narrow)):
        first = block * at.BLOCK
        size = min(at.BLOCK, len(teams) - first)
        if everyone and not whole:
            _attend(s, row, stream, population.key, first)
        elif not everyone:
            n_until = n_before
            while n_until < len(members) and members[n_until] < first + at.BLOCK:
                n_until += 1
            if n_until == n_before:
                continue
            _attend_invited(s, row, stream, population.key, members[n_before:n_until], first)
            n_before = n_until
        if not whole:
            for j in range(at.BLOCK):
                k = np.uint64(j)
                s[at.DOSE + k] = dose * s[at.THERE + k]
        if hours > 0.0:
            narrow = memory.narrow[block]
            for j in range(at.BLOCK):
                k = np.uint64(j)
                narrow[at.SPENT + k] += hours * s[at.THERE + k]
        if not meets:
            _act_on_block(
                s, memory.wide[block], memory.narrow[block], memory.small[block],
                population.values[block], memory.climate, before, teams, row, p, week, first, size,
            )  # fmt: skip
        if prompt > 0.0:
            _prompt_some(
                s, memory.small[block], population.key, teams, present, row, prompt, prompts,
                first, size
            )  # fmt: skip
        if meets and not whole:
            for j in range(size):
                present[teams[first + j]] += s[at.THERE + np.uint64(j)]
    if meets:
        held = memory.ritual if row.effect == _RITUAL else memory.punished
        _meet_in_teams(held, present, row, population.team_size, whole)


@compiled
def act(
    population: PopulationArrays, effects: NDArray[np.void], audience_start: NDArray[np.int64],
    audience_member: NDArray[np.uint32], memory: Memory, before: NDArray[np.void], p: Any,
    seed: np.uint64, week: int, prompting: bool,
) -> None:  # fmt: skip
    """Let everything that the timeline places on a week act on its audience.

    - ``effects``, ``audience_start``, ``audience_member``: the effect table of one scenario, and
      the audiences of all.
    - ``memory``: the state, which changes in place.
    - ``before``, shape (n_people,): what people showed last week.
    - ``week``: 1 is the first week.
    - ``prompting``: whether it also makes people consider the tool.
    """
    for r in range(len(effects)):
        row = effects[r]
        if not _active(row, week) or row.effect in (_TOOL_QUALITY, _DRIVE):
            continue
        prompt = _prompt_of(row.effect, p) if prompting else 0.0
        prompts = stream_key(seed ^ row.occasion, np.uint64(_PROMPT + row.effect), np.uint64(week))
        # The same people attend every session of one intervention.
        stream = stream_key(seed ^ row.occasion, np.uint64(_ATTENDANCE), np.uint64(row.start))
        members = audience_member[:0]
        if row.audience != _EVERYONE:
            begin = audience_start[row.audience]
            members = audience_member[begin : audience_start[row.audience + 1]]
        _act_on_audience(population, memory, before, row, members, p, stream, prompt, prompts, week)
        if row.effect == _REPLACE_MANAGER:
            _managers_leave(
                population.managers, population.team_manager, memory.small, memory.climate,
                min(p.replace_loss * row.dose, 1.0),
            )  # fmt: skip
