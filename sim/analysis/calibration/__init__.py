"""Calibration: from published targets to a posterior sample of parameter sets."""

from sim.extras import need

need("study", where="sim.analysis.calibration", only=("scipy",))
