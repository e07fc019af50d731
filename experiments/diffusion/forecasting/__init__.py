"""Who adopted when: Uptake against plain models, by forecasts of groups held out."""

from __future__ import annotations

from forecasting.compare import compare_models
from forecasting.data import Diffusion
from forecasting.hazard import HazardForecaster
from forecasting.plain import PLAIN
from forecasting.read import read_diffusion
from forecasting.rich import UptakeForecaster
from forecasting.score import coverage, log_scores, ranked_scores
from forecasting.terms import Terms

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
