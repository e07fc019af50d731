"""Simulation-based calibration by weights, where the answer is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scripts import module_of

FILE = Path(__file__).parents[2] / "experiments" / "calibration" / "sbc.py"
sbc = module_of(FILE)

WHOLE = np.array([[0.25, 0.1, 0.0], [0.1, 0.25, 0.0], [0.0, 0.0, 0.25]])


def told_with(noise: float) -> dict:
    """Three unknowns, three figures: two of them tell of the first two, one of nothing."""
    rng = np.random.default_rng(6)
    slopes = np.array([[1.0, 0.5, 0.0], [-0.5, 1.0, 0.0], [0.0, 0.0, 0.0]])
    table, truths = rng.standard_normal((20_000, 3)), rng.standard_normal((600, 3))
    off = rng.multivariate_normal(np.zeros(3), noise**2 * WHOLE, 600)
    return sbc.judged(table, table @ slopes.T, truths, truths @ slopes.T + off, WHOLE)


def test_bands_hold_what_they_say_where_errors_are_right() -> None:
    found = told_with(1.0)
    assert len(found["directions"]) == 2  # the third unknown is in no figure
    assert found["coverage of 90% bands"] == pytest.approx(0.9, abs=0.02)
    assert all(one["p of uniform ranks"] > 0.001 for one in found["directions"])


def test_errors_that_are_too_small_are_found_out() -> None:
    assert told_with(2.0)["coverage of 90% bands"] < 0.75
    assert told_with(0.3)["coverage of 90% bands"] > 0.95


def test_settings_of_one_firm_are_settings_of_the_study() -> None:
    from sim.analysis.calibration.reading import load_study

    assert set(load_study(FILE.parent).settings) > sbc.ONE_REPLICATE
