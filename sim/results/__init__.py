"""What a run gives back: results, their statistics, tables, and a folder that can be repeated."""

from sim.results.measure import shown_teams
from sim.results.results import SMALLEST_TEAM, Comparison, Origin, Results

__all__ = ["SMALLEST_TEAM", "Comparison", "Origin", "Results", "shown_teams"]
