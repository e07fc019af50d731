"""Claims put to the test: studies, and how likely each claim is given what is known."""

from __future__ import annotations

from claim_study.evaluate import Sizes, evaluate
from claim_study.places import Place, places
from claim_study.study import LITTLE_FROM_TRAINING, Cells, Effect, Study, difference
from sim.results.measure import Measure, at, first, mean, total

__all__ = [
    "LITTLE_FROM_TRAINING",
    "Cells",
    "Effect",
    "Measure",
    "Place",
    "Sizes",
    "Study",
    "at",
    "difference",
    "evaluate",
    "first",
    "mean",
    "places",
    "total",
]
