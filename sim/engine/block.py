"""The loops over a block of people that the compiler vectorises: choice and experience."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine import rows as at
from sim.engine.compiling import compiled
from sim.engine.deciding import give_days, lift, take_up
from sim.rules import (
    appeal_of_tool,
    benefit_of_a_use,
    chance_of_option,
    chance_of_success,
    days_from_uniform,
    days_open_to_own_tool,
    exponential,
    expressed_view,
    faded,
    fear_after_failure,
    fear_after_success,
    habit_after_disuse,
    habit_after_week,
    know_how,
    manager_signal,
    moderated,
    news_heard,
    odds_of,
    skill_after_disuse,
    skill_after_practice,
    use_seen,
    usefulness_after_hearsay,
    usefulness_after_use,
    usefulness_of_benefit,
    utility_of_own_tool,
    utility_of_sanctioned_use,
    view_after_news,
    visible_share,
)
from sim.rules.numbers import WORKDAY, WORKDAYS
from sim.state import VALUE_STEPS, Flag

_N_BARRIERS = len(at.BARRIERS)
_AWAY = int(Flag.AWAY)
_UNIT, _BYTE = 1.0 / VALUE_STEPS, 1.0 / 255.0
(
    _MISTAKES, _PERMISSION, _JOB, _NORM, _MANAGER, _IDENTITY, _DISTRUST, _BENEFIT, _CYNICISM,
    _FIRST_USE, _NOT_CONSIDERED,
) = (at.row(name) for name in at.BARRIERS)  # fmt: skip


@compiled
def choose(
    s: NDArray[np.float64], wide: NDArray[np.float64], narrow: NDArray[np.float32],
    small: NDArray[np.uint8], values: NDArray[np.uint8], task: NDArray[np.float32], p: Any,
    keys: NDArray[np.uint64], quality: float, rates: tuple[float, float, float],
    now: tuple[tuple[float, float, np.uint64], tuple[float, float, np.uint64]],
    codes: tuple[int, int], own: tuple[tuple[float, ...], tuple[float, ...]],
) -> None:  # fmt: skip
    """Influence, manager signal, taking the tool up, and the choice on five workdays.

    - ``s``, shape (SIZE,): what is worked out for the block.
    - ``wide``, ``narrow``, ``small``, ``values``, ``task``, ``keys``: the block's, of ``Memory``
      and ``PopulationArrays``.
    - ``quality``: of the tool this week.
    - ``rates``: hazard of beginning by oneself, by the team, and by those listened to, a week;
      zeros where a plain decision replaces this one.
    - ``now``: for the theory of take-up, and for that of choice.
    - ``codes``, ``own``: of both theories: by what code the engine knows it, and the values of its
      settings.
    """
    la, susceptibility = p.loss_aversion, p.susceptibility
    sight, fit_floor, by_value = p.novelty_sight, p.fit_floor, p.values_weight
    by_appeal, rivalry, b_first, first_fade = (
        p.takeup_appeal, p.own_rivalry, p.b_first, p.first_fade
    )  # fmt: skip
    forgetting = p.takeup_forget
    b_0, b_expect, b_able, b_norm = p.b_0, p.b_expect, p.b_able, p.b_norm
    b_effort, b_fit = p.b_effort, p.b_fit
    b_manager, b_trust, b_habit, b_novelty = p.b_manager, p.b_trust, p.b_habit, p.b_novelty
    b_job, b_mistake, b_permission = p.b_job, p.b_mistake, p.b_permission
    b_identity, b_cynicism, b_compelled = p.b_identity, p.b_cynicism, p.b_compelled
    b_own_0, b_own_expect, b_own_able = p.b_own_0, p.b_own_expect, p.b_own_able
    b_own_seen = p.b_own_seen
    b_own_norm, b_own_habit, b_own_novelty = p.b_own_norm, p.b_own_habit, p.b_own_novelty
    b_own_growth, b_own_permission = p.b_own_growth, p.b_own_permission
    for j in range(at.BLOCK):
        i = np.uint64(j)
        heard = news_heard(s[at.HEARD_TRUST + i], np.float64(narrow[at.USED_TO_TRUST + i]))
        view = expressed_view(wide[at.TRUST_ANCHOR + i], heard, susceptibility)
        trust = view_after_news(s[at.SAID_TRUST + i], view, -1.0, la)
        heard = news_heard(s[at.HEARD_MISTAKE + i], np.float64(narrow[at.USED_TO_MISTAKE + i]))
        view = expressed_view(wide[at.MISTAKE_ANCHOR + i], heard, susceptibility)
        mistake = view_after_news(s[at.SAID_MISTAKE + i], view, 1.0, la)
        heard = news_heard(s[at.HEARD_JOB + i], np.float64(narrow[at.USED_TO_JOB + i]))
        view = expressed_view(wide[at.JOB_ANCHOR + i], heard, susceptibility)
        job = view_after_news(s[at.SAID_JOB + i], view, 1.0, la)
        signal = s[at.LED + i] * manager_signal(
            s[at.LEADER_READINESS + i], s[at.LEADER_USE + i], s[at.LEADER_TRUST + i]
        )
        norm, seen = s[at.NORM + i], s[at.SEEN + i]
        first_sight = norm >= sight and seen == 0.0
        novelty = 1.0 if first_sight else np.float64(narrow[at.NOVELTY + i])
        growth, family = values[at.GROWTH + i] * _UNIT, values[at.FAMILY + i] * _UNIT
        relationships = values[at.RELATIONSHIPS + i] * _UNIT
        drive = (growth + values[at.AMBITION + i] * _UNIT) * 0.5
        pride = values[at.TRUSTWORTHINESS + i] * _UNIT + values[at.RESPONSIBILITY + i] * _UNIT
        pride *= 0.5
        disposition = np.float64(narrow[at.DISPOSITION + i])
        expectation = np.float64(narrow[at.USEFULNESS + i]) - 0.5
        permission = np.float64(narrow[at.PERMISSION + i])
        capability, fit = np.float64(narrow[at.CAPABILITY + i]), np.float64(narrow[at.FIT + i])
        benefit = benefit_of_a_use(capability, fit, np.float64(task[i]), quality, fit_floor)
        skill = know_how(capability, fit, b_effort, b_fit)
        expected, supported, trusted = (
            b_expect * expectation, b_manager * signal, b_trust * (trust - 0.5)
        )  # fmt: skip
        of_mistakes, of_permission = (
            b_mistake * mistake * (1.0 - s[at.CLIMATE + i]),
            (b_permission * permission),
        )
        of_job = moderated(b_job, family, by_value) * job
        of_identity = moderated(b_identity, pride, by_value) * np.float64(narrow[at.IDENTITY + i])
        cynical = b_cynicism * np.float64(narrow[at.CYNICISM + i])
        utility = utility_of_sanctioned_use(
            b_0 + disposition,
            expected,
            b_able * benefit,
            skill,
            moderated(b_norm, relationships, by_value) * norm,
            supported,
            trusted,
            b_habit * wide[at.HABIT + i],
            moderated(b_novelty, drive, by_value) * novelty,
            b_compelled * (small[at.COMPELLED + i] * _UNIT),
            of_mistakes,
            of_permission,
            of_job,
            of_identity,
            cynical,
            0.0,  # the first use: below
        )
        appeal = appeal_of_tool(
            expected, skill, supported, trusted, of_mistakes, of_permission, of_job, of_identity,
            cynical,
        )  # fmt: skip
        own_utility = utility_of_own_tool(
            b_own_0 + disposition, b_own_expect * expectation, b_own_able * benefit, skill,
            b_own_norm * s[at.OWN_NORM + i] + b_own_seen * norm * (1.0 - s[at.ACCESS + i]),
            b_own_habit * np.float64(narrow[at.OWN_HABIT + i]), b_own_novelty * novelty,
            b_own_growth * (growth - 0.5), b_own_permission * permission,
        )  # fmt: skip
        s[at.SEEN + i] = 1.0 if first_sight else seen
        s[at.DRIVE + i] = drive
        s[at.PRIDE + i] = pride
        s[at.TRUST + i] = trust
        s[at.MISTAKE + i] = mistake
        s[at.JOB + i] = job
        s[at.SIGNAL + i] = signal
        s[at.CURIOSITY + i] = novelty
        s[at.BENEFIT + i] = benefit
        # One exponential does for both: who considers has no hazard, and depth is 0 before.
        depth = -first_fade * small[at.DEPTH + i]
        s[at.EXPONENT + i] = depth if s[at.CONSIDERS + i] > 0.0 else by_appeal * appeal
        s[at.NEAR + i] = norm / max(np.float64(narrow[at.COULD_NEAR + i]), 1e-300)
        s[at.ODDS + i] = utility
        s[at.OWN_ODDS + i] = own_utility
    for j in range(at.BLOCK):
        i = np.uint64(j)
        s[at.EXPONENT + i] = exponential(s[at.EXPONENT + i])
    take_up(codes[0], s, wide, narrow, small, keys, now[0], own[0], rates, b_first, first_fade)
    # Loops with one long chain of sums each: the processor works on many people at a time.
    for j in range(at.BLOCK):
        i = np.uint64(j)
        s[at.ODDS + i] = odds_of(s[at.ODDS + i])
    for j in range(at.BLOCK):
        i = np.uint64(j)
        s[at.OWN_ODDS + i] = odds_of(s[at.OWN_ODDS + i])
    give_days(codes[1], s, wide, narrow, small, keys, now[1], own[1], rivalry, forgetting)
    for j in range(at.BLOCK):
        i = np.uint64(j)
        alone = chance_of_option(s[at.OWN_ODDS + i], 0.0)
        open_days = days_open_to_own_tool(s[at.DAYS + i], rivalry)
        s[at.OWN_DAYS + i] = days_from_uniform(s[at.UNIFORM_OWN + i], open_days, alone)


@compiled
def compute_barriers(
    s: NDArray[np.float64], wide: NDArray[np.float64], narrow: NDArray[np.float32],
    values: NDArray[np.uint8], task: NDArray[np.float32], p: Any, keys: NDArray[np.uint64],
    now: tuple[float, float, np.uint64], code: int, own: tuple[float, ...],
) -> None:  # fmt: skip
    """What each shortfall keeps a block's people from; between choice and experience.

    The last three are those of the theory of choice; see ``choose``.
    """
    by_value, b_able, b_effort, b_fit = p.values_weight, p.b_able, p.b_effort, p.b_fit
    b_mistake, b_permission, b_job, b_norm = p.b_mistake, p.b_permission, p.b_job, p.b_norm
    b_manager, b_identity, b_trust, b_cynicism = p.b_manager, p.b_identity, p.b_trust, p.b_cynicism
    for j in range(at.BLOCK):
        i = np.uint64(j)
        capability, fit = np.float64(narrow[at.CAPABILITY + i]), np.float64(narrow[at.FIT + i])
        identity, cynicism = narrow[at.IDENTITY + i], narrow[at.CYNICISM + i]
        by_family = moderated(b_job, values[at.FAMILY + i] * _UNIT, by_value)
        by_relationships = moderated(b_norm, values[at.RELATIONSHIPS + i] * _UNIT, by_value)
        by_pride = moderated(b_identity, s[at.PRIDE + i], by_value)
        s[_MISTAKES + i] = b_mistake * s[at.MISTAKE + i] * (1.0 - s[at.CLIMATE + i])
        s[_PERMISSION + i] = b_permission * np.float64(narrow[at.PERMISSION + i])
        s[_JOB + i] = by_family * s[at.JOB + i]
        s[_NORM + i] = by_relationships * (1.0 - s[at.NORM + i])
        s[_MANAGER + i] = b_manager * (1.0 - s[at.SIGNAL + i])
        s[_IDENTITY + i] = by_pride * np.float64(identity)
        s[_DISTRUST + i] = b_trust * (1.0 - s[at.TRUST + i])
        s[_BENEFIT + i] = b_able * (np.float64(task[i]) - s[at.BENEFIT + i]) + know_how(
            1.0 - capability, 1.0 - fit, b_effort, b_fit
        )
        s[_CYNICISM + i] = b_cynicism * np.float64(cynicism)
        s[_FIRST_USE + i] = s[at.FIRST_USE + i]
    for d in range(_N_BARRIERS - 1):  # all but the last: not to consider it is no term of a utility
        top = at.BARRIERS_AT + np.uint64(d * at.STRIDE)
        lift(code, s, wide, narrow, keys, now, own, p.own_rivalry, top)
    for j in range(at.BLOCK):
        i = np.uint64(j)
        s[_NOT_CONSIDERED + i] = (1.0 - s[at.CONSIDERS + i]) * s[at.CHANCE + i]


@compiled
def experience(
    s: NDArray[np.float64], wide: NDArray[np.float64], narrow: NDArray[np.float32],
    small: NDArray[np.uint8], p: Any, gains: tuple[float, float, float, float, float],
    quality: float,
) -> None:  # fmt: skip
    """Experience, habit and forgetting, for a block of people; and what others can see.

    The state changes in place, and is recorded as it is kept: in single precision.
    ``gains`` are those of habit after 1 to 5 days of use.
    """
    la, fit_floor, half, by_value = p.loss_aversion, p.fit_floor, p.benefit_half, p.values_weight
    rate, hearsay_rate = p.experience_rate, p.hearsay_rate
    practice_gain, practice_fit, forgetting = p.practice_gain, p.practice_fit, p.forgetting
    success_trust, relief = p.success_trust, p.success_relief
    failure_fear, spill, openness = p.failure_fear, p.failure_spill, p.openness
    decay, novelty_fade, cynicism_fade = p.habit_decay, p.novelty_fade, p.cynicism_fade
    credibility_lost = 1.0 - p.champion_credibility
    gain_1, gain_2, gain_3, gain_4, gain_5 = gains
    for j in range(at.BLOCK):
        i = np.uint64(j)
        capability, fit = np.float64(narrow[at.CAPABILITY + i]), np.float64(narrow[at.FIT + i])
        success = chance_of_success(capability, fit, quality, fit_floor)
        s[at.FAILURES + i] = days_from_uniform(
            s[at.UNIFORM_FAILURE + i], s[at.DAYS + i], 1.0 - success
        )
    for j in range(at.BLOCK):
        i = np.uint64(j)
        days, own_days, climate = s[at.DAYS + i], s[at.OWN_DAYS + i], s[at.CLIMATE + i]
        capability, fit = np.float64(narrow[at.CAPABILITY + i]), np.float64(narrow[at.FIT + i])
        usefulness, norm = np.float64(narrow[at.USEFULNESS + i]), s[at.NORM + i]
        showcased = small[at.SHOWCASED + i] * _UNIT
        failures = s[at.FAILURES + i]
        good = days - failures
        visible = visible_share(climate, s[at.MISTAKE + i], showcased, openness)
        failure_seen = visible * failures * WORKDAY

        felt = usefulness_of_benefit(s[at.BENEFIT + i], half)
        after_use = usefulness_after_use(usefulness, felt, days + own_days, rate, la)
        reported = s[at.HEARSAY + i] / max(norm, 1e-300)
        after_hearsay = usefulness_after_hearsay(usefulness, reported, norm, hearsay_rate)
        gain = moderated(practice_gain, s[at.DRIVE + i], by_value)
        used = days + own_days > 0.0
        practised = skill_after_practice(capability, good + own_days, gain)
        forgotten = skill_after_disuse(
            capability, small[at.BASE_CAPABILITY + i] * _BYTE, forgetting
        )
        fit_practised = skill_after_practice(fit, good + own_days, practice_fit)
        fit_forgotten = skill_after_disuse(fit, small[at.BASE_FIT + i] * _BYTE, forgetting)
        kept_usefulness = np.float32(after_use if used else after_hearsay)
        kept_capability = np.float32(practised if used else forgotten)
        kept_fit = np.float32(fit_practised if used else fit_forgotten)
        trust = wide[at.TRUST_ANCHOR + i]
        wide[at.TRUST_ANCHOR + i] = skill_after_practice(trust, good, success_trust)
        mistake = fear_after_success(wide[at.MISTAKE_ANCHOR + i], good, relief)
        mistake = fear_after_failure(mistake, failure_seen, climate, failure_fear)
        wide[at.MISTAKE_ANCHOR + i] = fear_after_failure(
            mistake, s[at.FAILURE_NEAR + i], climate, spill
        )
        identity = np.float64(narrow[at.IDENTITY + i])
        kept_identity = np.float32(fear_after_success(identity, good, relief))

        gain = gain_1 if days <= 1.0 else gain_2
        gain = gain_3 if days >= 3.0 else gain
        gain = gain_4 if days >= 4.0 else gain
        gain = gain_5 if days >= WORKDAYS else gain
        habit = wide[at.HABIT + i]
        formed, lost = habit_after_week(habit, gain), habit_after_disuse(habit, decay)
        kept_habit = formed if days > 0.0 else lost
        gain = gain_1 if own_days <= 1.0 else gain_2
        gain = gain_3 if own_days >= 3.0 else gain
        gain = gain_4 if own_days >= 4.0 else gain
        gain = gain_5 if own_days >= WORKDAYS else gain
        habit = np.float64(narrow[at.OWN_HABIT + i])
        formed, lost = habit_after_week(habit, gain), habit_after_disuse(habit, decay)
        kept_own_habit = np.float32(formed if own_days > 0.0 else lost)
        kept_novelty = np.float32(faded(s[at.CURIOSITY + i], novelty_fade))
        cynicism = np.float64(narrow[at.CYNICISM + i])
        gained = max(cynicism - small[at.BASE_CYNICISM + i] * _BYTE, 0.0)
        kept_cynicism = np.float32((cynicism - gained) + faded(gained, cynicism_fade))
        kept_confidence = np.float32(s[at.CHANCE + i])

        credibility = 1.0 - credibility_lost * s[at.CHAMPION + i]
        s[at.FAILURE_SEEN + i] = failure_seen
        s[at.USE_SEEN + i] = use_seen(days, visible, credibility)
        wide[at.HABIT + i] = kept_habit
        narrow[at.USEFULNESS + i] = kept_usefulness
        narrow[at.CAPABILITY + i] = kept_capability
        narrow[at.FIT + i] = kept_fit
        narrow[at.IDENTITY + i] = kept_identity
        narrow[at.OWN_HABIT + i] = kept_own_habit
        narrow[at.NOVELTY + i] = kept_novelty
        narrow[at.CYNICISM + i] = kept_cynicism
        narrow[at.CONFIDENCE + i] = kept_confidence


@compiled
def leave_out(
    s: NDArray[np.float64], wide: NDArray[np.float64], narrow: NDArray[np.float32],
    small: NDArray[np.uint8], history: NDArray[np.uint64],
) -> None:  # fmt: skip
    """Put everything about those of a block who are away to 0; nothing happens to them."""
    for j in range(at.BLOCK):
        k = np.uint64(j)
        if not small[at.FLAGS + k] & _AWAY:
            continue
        for row in range(0, at.SIZE, at.STRIDE):
            s[np.uint64(row) + k] = 0.0
        for row in range(0, len(wide), at.BLOCK):
            wide[np.uint64(row) + k] = 0.0
        for row in range(0, len(narrow), at.BLOCK):
            narrow[np.uint64(row) + k] = 0.0
        for row in range(0, len(small), at.BLOCK):
            small[np.uint64(row) + k] = 0
        small[at.FLAGS + k] = _AWAY
        history[k] = 0
