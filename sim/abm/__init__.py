"""The Mesa face of the model."""

from __future__ import annotations

from sim.abm.agents import Employee, Manager
from sim.abm.model import UptakeModel

__all__ = ["Employee", "Manager", "UptakeModel"]
