"""What a client can say of their people, in place of parameters by name."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["QUESTIONS", "ClientQuestion", "questions"]


@dataclass(frozen=True, slots=True)
class ClientQuestion:
    """A question that sets one parameter.

    Parameters
    ----------
    parameter : str
        Its name in ``sim.parameters``.
    words : str
        The question.
    low, high : str
        What the two ends of its range mean.
    """

    parameter: str
    words: str
    low: str
    high: str


QUESTIONS = (
    ClientQuestion(
        "climate_start",
        "How safe do people feel to be seen learning?",
        "a mistake is held against you",
        "mistakes are talked about openly",
    ),
    ClientQuestion(
        "trust_start",
        "How much do people trust what the firm says about its plans?",
        "not at all",
        "fully",
    ),
    ClientQuestion(
        "fear_job_start",
        "How much do people fear for their jobs?",
        "nobody does",
        "nearly everybody does",
    ),
    ClientQuestion(
        "fear_permission_start",
        "How unclear is it what people may use the tool for?",
        "quite clear",
        "nobody knows",
    ),
    ClientQuestion(
        "readiness_start",
        "How ready are managers to use the tool themselves?",
        "they leave it to others",
        "they go first",
    ),
    ClientQuestion(
        "capability_start",
        "How well can people use such tools already?",
        "hardly anybody can",
        "most can",
    ),
    ClientQuestion(
        "tool_quality",
        "How often does a first attempt with the tool go well?",
        "seldom",
        "nearly always",
    ),
    ClientQuestion(
        "openness",
        "How much do people see of each other's work with the tool?",
        "nothing, unless it is shared",
        "all of it",
    ),
)
"""In the order in which they are asked; the last word stays with all parameters."""


def questions() -> list[dict[str, Any]]:
    """Return the questions as plain data.

    Examples
    --------
    >>> questions()[0]["parameter"]
    'climate_start'
    """
    return [asdict(question) for question in QUESTIONS]
