"""The Mesa face of the model."""

from __future__ import annotations

from sim.abm.agents import Employee
from sim.abm.manager import Manager
from sim.abm.model import UptakeModel

__all__ = ["Employee", "Manager", "UptakeModel"]
