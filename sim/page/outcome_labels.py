"""Outcomes and drivers in words, the same on the page as in tables and charts."""

from __future__ import annotations

__all__ = ["DRIVER_LABELS", "DRIVER_SHORT", "OUTCOME_LABELS"]

OUTCOME_LABELS = {
    "weekly_users": "Weekly users",
    "habitual": "Habitual users",
    "regular": "Regular: each of 4 weeks",
    "considering": "Considering: not used yet",
    "tried": "Tried: one week so far",
    "lapsed": "Lapsed: not for 4 weeks",
    "activated": "Activated: ever used",
    "trained": "Trained",
    "own_tool_users": "Users of own tools",
    "confidence_gap": "Confidence gap",
    "capability": "Capability",
    "confidence": "Confidence",
    "trust": "Trust",
    "fear_mistake": "Fear of visible mistakes",
    "fear_permission": "Fear of unclear permission",
    "fear_job": "Fear for the job",
    "fear_identity": "Fear for professional identity",
    "cynicism": "Cynicism",
    "climate": "Psychological safety",
}
"""Outcomes that the page can show, by name, in the order of its list."""

DRIVER_LABELS = {
    "visible_mistakes": "Fear of visible mistakes",
    "unclear_permission": "Unclear permission",
    "job": "Fear for the job",
    "undefined_norm": "Use by peers not seen",
    "manager": "The manager's signal",
    "identity": "Professional identity",
    "distrust": "Lack of trust",
    "little_benefit": "Little know-how or benefit",
    "cynicism": "Cynicism and fatigue",
    "first_use": "The step of the first use",
    "not_considered": "Has not considered it yet",
}
"""Drivers in words, in the order of ``sim.outcomes.DRIVERS``."""

DRIVER_SHORT = {
    "visible_mistakes": "visible mistakes",
    "unclear_permission": "permission",
    "job": "job",
    "undefined_norm": "peers unseen",
    "manager": "manager",
    "identity": "identity",
    "distrust": "distrust",
    "little_benefit": "know-how, benefit",
    "cynicism": "cynicism",
    "first_use": "first use",
    "not_considered": "not considering it",
}
"""Drivers in a word or two, for a narrow column."""
