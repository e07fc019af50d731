"""A questionnaire of ten statements whose answers are start values, and its file."""

from __future__ import annotations

import csv
import io
from types import MappingProxyType

__all__ = ["AGREEMENT", "FORM", "PULSE", "pulse_csv"]

PULSE = MappingProxyType({
    "trust": "I trust what our management says about AI.",
    "fear_mistake": "I am afraid that others would see my mistakes when I use the AI tool.",
    "fear_permission": "I am unsure whether the AI tool is permitted for my tasks.",
    "fear_job": "I worry that AI will cost me my job.",
    "fear_identity": "I worry that AI takes away what my profession is about.",
    "usefulness": "I expect that the AI tool is useful for what I do.",
    "capability": "I know how to get good results from the AI tool.",
    "fit": "The AI tool fits my work as it is today.",
    "readiness": "I am ready to show others how I use the AI tool.",
    "cynicism": "For me this is yet another change that will pass.",
})  # fmt: skip
"""Statement by the start value that agreement with it gives, in the order they are asked."""

AGREEMENT = ("Strongly disagree", "Disagree", "Neutral", "Agree", "Strongly agree")
"""Answers, from 0 to 1 in equal steps."""

FORM = ("ID", "Start time", "Completion time", "Email", "Name")
"""What Forms writes before the answers."""


def pulse_csv() -> str:
    """Return the questionnaire as a table: number, statement, five answers, what it gives.

    Examples
    --------
    >>> pulse_csv().splitlines()[0]
    'number,statement,answer 1,answer 2,answer 3,answer 4,answer 5,gives'
    """
    stream = io.StringIO()
    rows = csv.writer(stream, lineterminator="\n")
    rows.writerow(["number", "statement", *(f"answer {k}" for k in range(1, 6)), "gives"])
    for number, (name, statement) in enumerate(PULSE.items(), 1):
        rows.writerow([number, statement, *AGREEMENT, f"start_{name}"])
    return stream.getvalue()
