"""Building blocks of the studies' plans, with the doses and hours of the shipped scenarios."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = [
    "access", "account", "coaching", "conversation", "course", "leaders_first", "plan", "policy",
    "practice", "ritual", "rumour", "showcase",
]  # fmt: skip

Measures = dict[str, Any]
CONVERSATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "L": ("loyalty conversation", {"hours": 2, "sincerity": 0.8, "specificity": 0.7}),
    "I": ("identity conversation", {"hours": 2, "sincerity": 0.8, "specificity": 0.7}),
    "R": (
        "relationship conversation",
        {"hours": 6, "relevance": 0.8, "audience": {"informal leaders": {"share": 0.1}}},
    ),
    "C": ("capability conversation", {"hours": 6, "relevance": 0.8}),
}
"""The four conversations by their letter: loyalty, identity, relationship, capability."""


def plan(
    *measures: Measures,
    parameters: Mapping[str, float] | None = None,
    mechanisms: Mapping[str, bool] | None = None,
) -> dict[str, Any]:
    """Return a scenario of these measures.

    Examples
    --------
    >>> plan(access(1))["timeline"]
    [{'access': {'start': 1}}]
    """
    result: dict[str, Any] = {"timeline": list(measures)}
    if parameters:
        result["parameters"] = dict(parameters)
    if mechanisms:
        result["mechanisms"] = dict(mechanisms)
    return result


def access(start: int = 1, **levers: Any) -> Measures:
    """Return licences for everybody."""
    return {"access": {"start": start, **levers}}


def course(start: int, **levers: Any) -> Measures:
    """Return a generic training of three weeks and 8 hours, that 85% attend."""
    usual = {"lasts": 3, "hours": 8, "attendance": 0.85, "relevance": 0.3}
    return {"generic training": {"start": start, **usual, **levers}}


def practice(start: int, **levers: Any) -> Measures:
    """Return practice for one's role of three weeks and 8 hours, that 85% attend."""
    usual = {"lasts": 3, "hours": 8, "attendance": 0.85, "relevance": 0.9}
    return {"role-specific practice": {"start": start, **usual, **levers}}


def conversation(letter: str, start: int, **levers: Any) -> Measures:
    """Return one of the four conversations, of three weeks."""
    kind, usual = CONVERSATIONS[letter]
    return {kind: {"start": start, "lasts": 3, **usual, **levers}}


def leaders_first(audience: Any, **levers: Any) -> Measures:
    """Return access, practice and a stage for some before all others, in weeks 1 to 6."""
    usual = {"start": 1, "lasts": 6, "hours": 6, "relevance": 0.8, "audience": audience}
    return {"relationship conversation": {**usual, **levers}}


def coaching(start: int = 1, **levers: Any) -> Measures:
    """Return four weeks of coaching for managers, 6 hours each."""
    return {"manager coaching": {"start": start, "lasts": 4, "hours": 6, **levers}}


def policy(start: int = 2, **levers: Any) -> Measures:
    """Return a clear usage policy."""
    return {"usage policy": {"start": start, "clarity": 0.8, "hours": 0.5, **levers}}


def account(start: int = 3, **levers: Any) -> Measures:
    """Return an account of what happens to jobs."""
    usual = {"style": "specific", "sincerity": 0.8, "hours": 0.5}
    return {"job-security account": {"start": start, **usual, **levers}}


def ritual(start: int = 4, **levers: Any) -> Measures:
    """Return the weekly ritual, until the end."""
    return {"psychological safety ritual": {"start": start, "hours": 0.25, **levers}}


def showcase(start: int = 5, **levers: Any) -> Measures:
    """Return six months in which early adopters are shown."""
    return {"showcase early adopters": {"start": start, "lasts": 26, **levers}}


def rumour(start: int, **levers: Any) -> Measures:
    """Return word of layoffs."""
    return {"layoff rumour": {"start": start, "dose": 0.5, **levers}}
