"""A block of people in fast memory, and the loops over it that the compiler vectorises."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine import rows as at
from sim.engine.compiling import compiled
from sim.rules import (
    benefit_of_a_use,
    chance_of_option,
    chance_of_success,
    days_from_uniform,
    expressed_view,
    faded,
    fear_after_failure,
    fear_after_success,
    gain_without,
    habit_after_disuse,
    habit_after_week,
    habit_gain,
    know_how,
    manager_signal,
    moderated,
    odds_of,
    skill_after_disuse,
    skill_after_practice,
    susceptibility_to_news,
    use_seen,
    usefulness_after_hearsay,
    usefulness_after_use,
    usefulness_of_benefit,
    utility_of_own_tool,
    utility_of_sanctioned_use,
    visible_share,
)
from sim.state import VALUE_STEPS

__all__ = ["choose", "experience", "hold_back", "load", "store"]

# Taken from the rows there are, lest the compiler writes each row's loop out by itself.
_NOT_LOADED = len(at.NARROW) - len(at.LOADED)
_NOT_STORED = len(at.NARROW) - len(at.STORED)
_N_HELD, _BLOCK = len(at.HELD), np.uint64(at.BLOCK)
_UNIT = 1.0 / VALUE_STEPS
(
    _MISTAKES, _PERMISSION, _JOB, _NORM, _MANAGER, _IDENTITY, _DISTRUST, _BENEFIT, _CYNICISM,
) = (at.row(name) for name in at.HELD)  # fmt: skip


@compiled
def load(
    s: NDArray[np.float64],
    wide: NDArray[np.float64],
    narrow: NDArray[np.float32],
    values: NDArray[np.uint8],
    task: NDArray[np.float32],
    first: int,
) -> None:
    """Copy what belongs to the people from ``first`` on into a block's array.

    Parameters
    ----------
    s : float64 array, shape (SIZE,)
    wide, narrow, values, task
        Of ``Memory`` and ``World``.
    first : int
        First person of the block.
    """
    begin = np.uint64(first)
    for k in range(len(wide)):
        source, top = np.uint64(k), np.uint64(k * at.STRIDE)
        for j in range(at.BLOCK):
            s[top + np.uint64(j)] = wide[source, begin + np.uint64(j)]
    for k in range(len(narrow) - _NOT_LOADED):
        source, top = np.uint64(k), np.uint64(at.NARROW_AT + k * at.STRIDE)
        for j in range(at.BLOCK):
            s[top + np.uint64(j)] = narrow[source, begin + np.uint64(j)]
    for k in range(len(values)):
        source, top = np.uint64(k), np.uint64(at.VALUES_AT + k * at.STRIDE)
        for j in range(at.BLOCK):
            s[top + np.uint64(j)] = values[source, begin + np.uint64(j)] * _UNIT
    for j in range(at.BLOCK):
        i = np.uint64(j)
        s[at.TASK + i] = task[begin + i]
        s[at.DRIVE + i] = (s[at.GROWTH + i] + s[at.AMBITION + i]) * 0.5
        s[at.PRIDE + i] = (s[at.TRUSTWORTHINESS + i] + s[at.RESPONSIBILITY + i]) * 0.5


@compiled
def store(
    s: NDArray[np.float64],
    wide: NDArray[np.float64],
    narrow: NDArray[np.float32],
    first: int,
) -> None:
    """Copy the state of a block's people back."""
    begin = np.uint64(first)
    for k in range(len(wide)):
        target, top = np.uint64(k), np.uint64(k * at.STRIDE)
        for j in range(at.BLOCK):
            wide[target, begin + np.uint64(j)] = s[top + np.uint64(j)]
    for k in range(len(narrow) - _NOT_STORED):
        target, top = np.uint64(k), np.uint64(at.NARROW_AT + k * at.STRIDE)
        for j in range(at.BLOCK):
            rounded = np.float32(s[top + np.uint64(j)])
            narrow[target, begin + np.uint64(j)] = rounded
            s[top + np.uint64(j)] = rounded  # what is recorded is what is kept


@compiled
def choose(s: NDArray[np.float64], p: Any, quality: float) -> None:
    """Influence, manager signal and the choice on five workdays, for a block of people."""
    la, susceptibility = p.loss_aversion, p.susceptibility
    sight, fit_floor, by_value = p.novelty_sight, p.fit_floor, p.values_weight
    b_0, b_expect, b_able, b_norm = p.b_0, p.b_expect, p.b_able, p.b_norm
    b_effort, b_fit = p.b_effort, p.b_fit
    b_manager, b_trust, b_habit, b_novelty = p.b_manager, p.b_trust, p.b_habit, p.b_novelty
    b_job, b_mistake, b_permission = p.b_job, p.b_mistake, p.b_permission
    b_identity, b_cynicism, b_compelled = p.b_identity, p.b_cynicism, p.b_compelled
    b_own_0, b_own_expect, b_own_able = p.b_own_0, p.b_own_expect, p.b_own_able
    b_own_norm, b_own_habit, b_own_novelty = p.b_own_norm, p.b_own_habit, p.b_own_novelty
    b_own_growth, b_own_permission = p.b_own_growth, p.b_own_permission
    for j in range(at.BLOCK):
        i = np.uint64(j)
        anchor, heard = s[at.TRUST_ANCHOR + i], s[at.HEARD_TRUST + i]
        weight = susceptibility_to_news(anchor, heard, -1.0, susceptibility, la)
        trust = expressed_view(anchor, heard, weight)
        anchor, heard = s[at.MISTAKE_ANCHOR + i], s[at.HEARD_MISTAKE + i]
        weight = susceptibility_to_news(anchor, heard, 1.0, susceptibility, la)
        mistake = expressed_view(anchor, heard, weight)
        anchor, heard = s[at.JOB_ANCHOR + i], s[at.HEARD_JOB + i]
        weight = susceptibility_to_news(anchor, heard, 1.0, susceptibility, la)
        job = expressed_view(anchor, heard, weight)
        signal = s[at.LED + i] * manager_signal(
            s[at.LEADER_READINESS + i], s[at.LEADER_USE + i], s[at.LEADER_TRUST + i]
        )
        norm = s[at.NORM + i]
        first_sight = norm >= sight and s[at.SEEN + i] == 0.0
        novelty = 1.0 if first_sight else s[at.NOVELTY + i]
        s[at.SEEN + i] = 1.0 if first_sight else s[at.SEEN + i]
        expectation = s[at.USEFULNESS + i] - 0.5
        permission = s[at.PERMISSION + i]
        benefit = benefit_of_a_use(
            s[at.CAPABILITY + i], s[at.FIT + i], s[at.TASK + i], quality, fit_floor
        )
        skill = know_how(s[at.CAPABILITY + i], s[at.FIT + i], b_effort, b_fit)
        utility = utility_of_sanctioned_use(
            b_0 + s[at.DISPOSITION + i],
            b_expect * expectation,
            b_able * benefit,
            skill,
            moderated(b_norm, s[at.RELATIONSHIPS + i], by_value) * norm,
            b_manager * signal,
            b_trust * (trust - 0.5),
            b_habit * s[at.HABIT + i],
            moderated(b_novelty, s[at.DRIVE + i], by_value) * novelty,
            b_compelled * s[at.COMPELLED + i],
            b_mistake * mistake * (1.0 - s[at.CLIMATE + i]),
            b_permission * permission,
            moderated(b_job, s[at.FAMILY + i], by_value) * job,
            moderated(b_identity, s[at.PRIDE + i], by_value) * s[at.IDENTITY + i],
            b_cynicism * s[at.CYNICISM + i],
        )
        own_utility = utility_of_own_tool(
            b_own_0 + s[at.DISPOSITION + i],
            b_own_expect * expectation,
            b_own_able * benefit,
            skill,
            b_own_norm * s[at.OWN_NORM + i],
            b_own_habit * s[at.OWN_HABIT + i],
            b_own_novelty * novelty,
            b_own_growth * (s[at.GROWTH + i] - 0.5),
            b_own_permission * permission,
        )
        s[at.TRUST + i] = trust
        s[at.MISTAKE + i] = mistake
        s[at.JOB + i] = job
        s[at.SIGNAL + i] = signal
        s[at.NOVELTY + i] = novelty
        s[at.BENEFIT + i] = benefit
        s[at.ODDS + i] = utility
        s[at.OWN_ODDS + i] = own_utility
    # Loops with one long chain of sums each: the processor works on many people at a time.
    for j in range(at.BLOCK):
        i = np.uint64(j)
        s[at.ODDS + i] = odds_of(s[at.ODDS + i])
    for j in range(at.BLOCK):
        i = np.uint64(j)
        s[at.OWN_ODDS + i] = odds_of(s[at.OWN_ODDS + i])
    for j in range(at.BLOCK):
        i = np.uint64(j)
        odds, own_odds = s[at.ODDS + i], s[at.OWN_ODDS + i]
        confidence = chance_of_option(odds, own_odds)
        s[at.CONFIDENCE + i] = confidence
        s[at.DAYS + i] = s[at.ACCESS + i] * days_from_uniform(s[at.LUCK_USE + i], 5.0, confidence)
    for j in range(at.BLOCK):
        i = np.uint64(j)
        own = chance_of_option(s[at.OWN_ODDS + i], 0.0)
        s[at.OWN_DAYS + i] = days_from_uniform(s[at.LUCK_OWN + i], 5.0 - s[at.DAYS + i], own)


@compiled
def _lift(odds, own_odds, shortfalls):
    """Replace a row of shortfalls by what each keeps its person from."""
    for j in range(at.BLOCK):
        i = np.uint64(j)
        shortfalls[i] = gain_without(odds[i], own_odds[i], shortfalls[i])


@compiled
def hold_back(s: NDArray[np.float64], p: Any) -> None:
    """What each shortfall keeps a block's people from; between choice and experience."""
    by_value, b_able, b_effort, b_fit = p.values_weight, p.b_able, p.b_effort, p.b_fit
    b_mistake, b_permission, b_job, b_norm = p.b_mistake, p.b_permission, p.b_job, p.b_norm
    b_manager, b_identity, b_trust, b_cynicism = p.b_manager, p.b_identity, p.b_trust, p.b_cynicism
    for j in range(at.BLOCK):
        i = np.uint64(j)
        s[_MISTAKES + i] = b_mistake * s[at.MISTAKE + i] * (1.0 - s[at.CLIMATE + i])
        s[_PERMISSION + i] = b_permission * s[at.PERMISSION + i]
        s[_JOB + i] = moderated(b_job, s[at.FAMILY + i], by_value) * s[at.JOB + i]
        norm = moderated(b_norm, s[at.RELATIONSHIPS + i], by_value)
        s[_NORM + i] = norm * (1.0 - s[at.NORM + i])
        s[_MANAGER + i] = b_manager * (1.0 - s[at.SIGNAL + i])
        s[_IDENTITY + i] = moderated(b_identity, s[at.PRIDE + i], by_value) * s[at.IDENTITY + i]
        s[_DISTRUST + i] = b_trust * (1.0 - s[at.TRUST + i])
        s[_BENEFIT + i] = b_able * (s[at.TASK + i] - s[at.BENEFIT + i]) + know_how(
            1.0 - s[at.CAPABILITY + i], 1.0 - s[at.FIT + i], b_effort, b_fit
        )
        s[_CYNICISM + i] = b_cynicism * s[at.CYNICISM + i]
    odds, own_odds = s[at.ODDS : at.ODDS + _BLOCK], s[at.OWN_ODDS : at.OWN_ODDS + _BLOCK]
    for d in range(_N_HELD):
        top = at.HELD_AT + np.uint64(d * at.STRIDE)
        _lift(odds, own_odds, s[top : top + _BLOCK])


@compiled
def experience(s: NDArray[np.float64], p: Any, quality: float) -> None:
    """Experience, habit and forgetting, for a block of people; and what others can see."""
    la, fit_floor, half, by_value = p.loss_aversion, p.fit_floor, p.benefit_half, p.values_weight
    rate, hearsay_rate = p.experience_rate, p.hearsay_rate
    practice_gain, practice_fit, forgetting = p.practice_gain, p.practice_fit, p.forgetting
    capability_start, fit_start = p.capability_start, p.fit_start
    success_trust, relief = p.success_trust, p.success_relief
    failure_fear, spill, openness = p.failure_fear, p.failure_spill, p.openness
    decay, novelty_fade, cynicism_fade = p.habit_decay, p.novelty_fade, p.cynicism_fade
    credibility_lost, habit_rate = 1.0 - p.champion_credibility, p.habit_rate
    gain_1, gain_2 = habit_gain(1.0, habit_rate), habit_gain(2.0, habit_rate)
    gain_3, gain_4 = habit_gain(3.0, habit_rate), habit_gain(4.0, habit_rate)
    gain_5 = habit_gain(5.0, habit_rate)
    for j in range(at.BLOCK):
        i = np.uint64(j)
        success = chance_of_success(s[at.CAPABILITY + i], s[at.FIT + i], quality, fit_floor)
        s[at.FAILURES + i] = days_from_uniform(
            s[at.LUCK_FAILURE + i], s[at.DAYS + i], 1.0 - success
        )
    for j in range(at.BLOCK):
        i = np.uint64(j)
        days, own_days, climate = s[at.DAYS + i], s[at.OWN_DAYS + i], s[at.CLIMATE + i]
        capability, fit, usefulness = s[at.CAPABILITY + i], s[at.FIT + i], s[at.USEFULNESS + i]
        norm, novelty = s[at.NORM + i], s[at.NOVELTY + i]
        failures = s[at.FAILURES + i]
        good = days - failures
        visible = visible_share(climate, s[at.MISTAKE + i], s[at.SHOWCASED + i], openness)
        failure_seen = visible * failures * 0.2

        felt = usefulness_of_benefit(s[at.BENEFIT + i], half)
        after_use = usefulness_after_use(usefulness, felt, days + own_days, rate, la)
        told = s[at.HEARSAY + i] / max(norm, 1e-300)
        after_hearsay = usefulness_after_hearsay(usefulness, told, norm, hearsay_rate)
        gain = moderated(practice_gain, s[at.DRIVE + i], by_value)
        used = days + own_days > 0.0
        practised = skill_after_practice(capability, good + own_days, gain)
        forgotten = skill_after_disuse(capability, capability_start, forgetting)
        fit_practised = skill_after_practice(fit, good + own_days, practice_fit)
        fit_forgotten = skill_after_disuse(fit, fit_start, forgetting)
        usefulness = after_use if used else after_hearsay
        s[at.USEFULNESS + i] = usefulness
        s[at.CAPABILITY + i] = practised if used else forgotten
        s[at.FIT + i] = fit_practised if used else fit_forgotten
        s[at.TRUST_ANCHOR + i] = skill_after_practice(s[at.TRUST_ANCHOR + i], good, success_trust)
        mistake = fear_after_success(s[at.MISTAKE_ANCHOR + i], good, relief)
        mistake = fear_after_failure(mistake, failure_seen, climate, failure_fear)
        s[at.MISTAKE_ANCHOR + i] = fear_after_failure(
            mistake, s[at.FAILURE_NEAR + i], climate, spill
        )
        s[at.IDENTITY + i] = fear_after_success(s[at.IDENTITY + i], good, relief)

        gain = gain_1 if days <= 1.0 else gain_2
        gain = gain_3 if days >= 3.0 else gain
        gain = gain_4 if days >= 4.0 else gain
        gain = gain_5 if days >= 5.0 else gain
        habit = s[at.HABIT + i]
        formed, lost = habit_after_week(habit, gain), habit_after_disuse(habit, decay)
        s[at.HABIT + i] = formed if days > 0.0 else lost
        gain = gain_1 if own_days <= 1.0 else gain_2
        gain = gain_3 if own_days >= 3.0 else gain
        gain = gain_4 if own_days >= 4.0 else gain
        gain = gain_5 if own_days >= 5.0 else gain
        habit = s[at.OWN_HABIT + i]
        formed, lost = habit_after_week(habit, gain), habit_after_disuse(habit, decay)
        s[at.OWN_HABIT + i] = formed if own_days > 0.0 else lost
        s[at.NOVELTY + i] = faded(novelty, novelty_fade)
        s[at.CYNICISM + i] = faded(s[at.CYNICISM + i], cynicism_fade)

        credibility = 1.0 - credibility_lost * s[at.CHAMPION + i]
        s[at.FAILURE_SEEN + i] = failure_seen
        s[at.USE_SEEN + i] = use_seen(days, visible, credibility)
        s[at.COMPELLED + i] = 0.0
        s[at.SHOWCASED + i] = 0.0
