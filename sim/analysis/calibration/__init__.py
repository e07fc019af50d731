"""Calibration: from published targets to a posterior sample of parameter sets."""
