"""Sweeps, sensitivity, calibration, claims and plans: many runs, and what they say."""
