"""What each section of the report says, as plain data."""

from sim.report.document.sections.data import data, limits, reproduce, tables
from sim.report.document.sections.plans import plans, signals
from sim.report.document.sections.summary import answer, summary, switching_conditions
from sim.report.document.sections.teams import fears, leaders, stalled, teams

__all__ = ["SECTIONS", "leaders", "summary"]

SECTIONS = {
    "answer": ("Answer and confidence", answer),
    "replay": ("Replay", None),
    "plans": ("Plans compared", plans),
    "teams": ("Team by team", teams),
    "fears": ("Which fear blocks whom", fears),
    "stalled": ("Who stalled, and what changes it", stalled),
    "leaders": ("Managers and informal leaders", None),
    "flips": ("What would flip the ranking", switching_conditions),
    "signals": ("The next 90 days: signals to watch", signals),
    "data": ("Data used, gaps, imputation", data),
    "limits": ("Assumptions and limits", limits),
    "reproduce": ("Reproduce", reproduce),
    "tables": ("Tables", tables),
}
"""Sections in their order: the heading, and what makes the content from the material alone."""
