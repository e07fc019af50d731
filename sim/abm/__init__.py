"""The model as Mesa agents, by the same rules as the compiled engine."""

from __future__ import annotations

from sim.abm.agents import Employee
from sim.abm.manager import Manager
from sim.abm.model import UptakeModel

__all__ = ["Employee", "Manager", "UptakeModel"]
