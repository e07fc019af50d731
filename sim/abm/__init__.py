"""The model as Mesa agents, by the same rules as the compiled engine."""

from __future__ import annotations

from sim.extensions import need

need("mesa", where="sim.abm")

from sim.abm.agents import Employee, Manager  # noqa: E402
from sim.abm.model import UptakeModel  # noqa: E402

__all__ = ["Employee", "Manager", "UptakeModel"]
