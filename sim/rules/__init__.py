"""The rules of the model: one small pure scalar function per mechanism.

A rule draws nothing, keeps nothing and knows nothing of people, graphs or files: the
compiled engine loops rules over arrays, and Mesa agents call the same rules.
"""

from __future__ import annotations

from sim.rules.baseline import adopts_at_threshold, bass_share_after_step
from sim.rules.catalogue import RULES, Rule, rule
from sim.rules.chance import days_from_uniform, mix64, normal, normal_of, stream_key, uniform
from sim.rules.choice import (
    benefit_of_a_use,
    chance_of_option,
    days_open_to_own_tool,
    gain_without,
    know_how,
    moderated,
    odds_of,
    utility_of_own_tool,
    utility_of_sanctioned_use,
)
from sim.rules.climate import (
    climate_after_week,
    manager_signal,
    readiness_after_coaching,
    readiness_after_week,
)
from sim.rules.cynicism import cynicism_after_mandate, cynicism_after_training
from sim.rules.experience import (
    chance_of_success,
    fear_after_failure,
    fear_after_success,
    usefulness_after_hearsay,
    usefulness_after_use,
    usefulness_of_benefit,
)
from sim.rules.habit import faded, habit_after_disuse, habit_after_week, habit_gain
from sim.rules.influence import expressed_view, news_heard, view_after_news
from sim.rules.learning import (
    capability_after_training,
    fit_after_training,
    readiness_to_learn,
    skill_after_disuse,
    skill_after_practice,
)
from sim.rules.numbers import cosine_of_turn, exponential, logarithm
from sim.rules.persuasion import (
    acceptance_of_message,
    fear_after_alarm,
    fear_after_message,
    raised_by_message,
    trust_after_broken_promise,
)
from sim.rules.start import shift_by_value, start_state
from sim.rules.takeup import (
    appeal_of_tool,
    barrier_of_first_use,
    chance_of_prompt,
    eased_by_sessions,
    exposure_needed,
    group_effect_after_week,
    hazard_of_beginning,
    hazard_of_chance,
    pull_of_group,
)
from sim.rules.visibility import use_seen, visible_share

__all__ = [
    "RULES",
    "Rule",
    "acceptance_of_message",
    "adopts_at_threshold",
    "appeal_of_tool",
    "barrier_of_first_use",
    "bass_share_after_step",
    "benefit_of_a_use",
    "capability_after_training",
    "chance_of_option",
    "chance_of_prompt",
    "chance_of_success",
    "climate_after_week",
    "cosine_of_turn",
    "cynicism_after_mandate",
    "cynicism_after_training",
    "days_from_uniform",
    "days_open_to_own_tool",
    "eased_by_sessions",
    "exponential",
    "exposure_needed",
    "expressed_view",
    "faded",
    "fear_after_alarm",
    "fear_after_failure",
    "fear_after_message",
    "fear_after_success",
    "fit_after_training",
    "gain_without",
    "group_effect_after_week",
    "habit_after_disuse",
    "habit_after_week",
    "habit_gain",
    "hazard_of_beginning",
    "hazard_of_chance",
    "know_how",
    "logarithm",
    "manager_signal",
    "mix64",
    "moderated",
    "news_heard",
    "normal",
    "normal_of",
    "odds_of",
    "pull_of_group",
    "raised_by_message",
    "readiness_after_coaching",
    "readiness_after_week",
    "readiness_to_learn",
    "rule",
    "shift_by_value",
    "skill_after_disuse",
    "skill_after_practice",
    "start_state",
    "stream_key",
    "trust_after_broken_promise",
    "uniform",
    "use_seen",
    "usefulness_after_hearsay",
    "usefulness_after_use",
    "usefulness_of_benefit",
    "utility_of_own_tool",
    "utility_of_sanctioned_use",
    "view_after_news",
    "visible_share",
]
