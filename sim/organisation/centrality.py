"""The measures by which informal leaders are found."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Centrality"]


class Centrality(StrEnum):
    """How it is measured that others listen to a person."""

    IN_STRENGTH = "in_strength"
    PAGERANK = "pagerank"
    BETWEENNESS = "betweenness"
    COVERAGE = "coverage"
