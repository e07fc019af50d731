"""A manager as a Mesa agent: a person with reports, who also leads a team."""

from __future__ import annotations

import numpy as np

from sim import rules
from sim.abm.agents import Employee

__all__ = ["Manager"]


class Manager(Employee):
    """A person with reports, who makes the climate of a team."""

    @property
    def reports(self) -> list[Employee]:
        """The people who report to this manager."""
        rows = np.flatnonzero(self.model.population.manager == self.row)
        return [self.model.person(int(row)) for row in rows]

    def lead(self) -> None:
        """Let readiness move toward the own confidence with the tool, after a week of use."""
        if self.use_days == 0:
            return
        self.readiness = rules.readiness_after_week(
            self.readiness, self.confidence, self.model.parameters.readiness_rate
        )
