"""Scenario files: what is placed on an organisation, and when."""

from sim.scenario.loader import given, load, loads
from sim.scenario.schema import DecisionRule, Scenario, editor_schema, json_schema

__all__ = ["DecisionRule", "Scenario", "editor_schema", "given", "json_schema", "load", "loads"]
