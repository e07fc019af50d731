"""Organisations: people in teams, their managers, and whom they listen to."""

from __future__ import annotations

from sim.organisation.generate import generate, template
from sim.organisation.graphs import from_arrays, from_graph, to_graph
from sim.organisation.load import load
from sim.organisation.organisation import (
    Centrality,
    Organisation,
    TieKind,
    Ties,
    centrality,
    informal_leaders,
)
from sim.organisation.settings import Template
from sim.organisation.write import Listened, Summary, organisation_hash, summarise, to_csv
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
    "from_arrays",
    "from_graph",
    "generate",
    "informal_leaders",
    "load",
    "organisation_hash",
    "summarise",
    "template",
    "to_csv",
    "to_graph",
]
