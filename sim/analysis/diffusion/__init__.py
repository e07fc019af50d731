"""Who adopted when: Uptake against plain models, by forecasts of groups held out."""

from __future__ import annotations

from sim.analysis.diffusion.compare import compare_models
from sim.analysis.diffusion.data import Diffusion, read_diffusion
from sim.analysis.diffusion.plain import PLAIN
from sim.analysis.diffusion.rich import UptakeForecaster
from sim.analysis.diffusion.score import coverage, log_scores, ranked_scores

__all__ = [
    "PLAIN",
    "Diffusion",
    "UptakeForecaster",
    "compare_models",
    "coverage",
    "log_scores",
    "ranked_scores",
    "read_diffusion",
]
