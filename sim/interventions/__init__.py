"""Interventions are data, effects are rules: what a scenario may place on its timeline."""
