"""Organisations: people in teams, their managers, and whom they listen to."""

from __future__ import annotations

from sim.organisation.centrality import Centrality
from sim.organisation.generate import generate, template
from sim.organisation.leaders import centrality
from sim.organisation.load import load
from sim.organisation.organisation import Organisation, TieKind, Ties
from sim.organisation.settings import Template
from sim.organisation.summary import Listened, Summary, summarise
from sim.tables import Note

__all__ = [
    "Centrality",
    "Listened",
    "Note",
    "Organisation",
    "Summary",
    "Template",
    "TieKind",
    "Ties",
    "centrality",
    "generate",
    "load",
    "summarise",
    "template",
]
