"""Organisations: people in teams, their managers, and whom they listen to."""

from __future__ import annotations

from sim.organisation.generate import generate as generate
from sim.organisation.generate import template as template
from sim.organisation.graphs import from_arrays as from_arrays
from sim.organisation.graphs import from_graph as from_graph
from sim.organisation.graphs import to_graph as to_graph
from sim.organisation.load import load as load
from sim.organisation.organisation import Centrality as Centrality
from sim.organisation.organisation import Organisation as Organisation
from sim.organisation.organisation import TieKind as TieKind
from sim.organisation.organisation import Ties as Ties
from sim.organisation.organisation import centrality as centrality
from sim.organisation.organisation import informal_leaders as informal_leaders
from sim.organisation.settings import Template as Template
from sim.organisation.write import Listened as Listened
from sim.organisation.write import Summary as Summary
from sim.organisation.write import organisation_hash as organisation_hash
from sim.organisation.write import summarise as summarise
from sim.organisation.write import to_csv as to_csv
from sim.tables import Note as Note
