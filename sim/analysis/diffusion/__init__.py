"""Who adopted when: Uptake against plain models, by forecasts of groups held out."""

from __future__ import annotations

from sim.analysis.diffusion.compare import compare_models
from sim.analysis.diffusion.data import Diffusion
from sim.analysis.diffusion.hazard import HazardForecaster
from sim.analysis.diffusion.plain import PLAIN
from sim.analysis.diffusion.read import read_diffusion
from sim.analysis.diffusion.rich import UptakeForecaster
from sim.analysis.diffusion.score import coverage, log_scores, ranked_scores
from sim.analysis.diffusion.terms import Terms

__all__ = [
    "PLAIN",
    "Diffusion",
    "HazardForecaster",
    "Terms",
    "UptakeForecaster",
    "compare_models",
    "coverage",
    "log_scores",
    "ranked_scores",
    "read_diffusion",
]
