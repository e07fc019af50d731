"""A scenario that has been read and checked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, InstanceOf

from sim.errors import InputError, Problem
from sim.interventions.timeline import Placed, Timeline, place, problems_of, warnings_of
from sim.parameters import MECHANISMS
from sim.scenario.schema import DEFAULT_WEEKS, DecisionRule

if TYPE_CHECKING:
    from sim.organisation.organisation import Organisation

__all__ = ["Scenario"]


class Scenario(BaseModel):
    """A scenario, read and checked.

    Parameters
    ----------
    organisation : Path or None
        The organisation it runs on: a template or a folder; None where the file names none.
    weeks : int
        Length of the run.
    parameters : dict of str to float
        Parameters that differ from their default, decision aside; see ``overrides``.
    mechanisms : dict of str to bool
        False for what is switched off.
    text : str
        The file as it was read.
    sources : dict of str to str
        Text of each file that it extends, by its path in the folder.
    file : str
        Name of the file, for errors.
    where : dict
        ``file:line:column`` by key path.

    Examples
    --------
    >>> from sim.scenario import loads
    >>> scenario = loads("timeline: [{access: {start: month 2}}]")
    >>> scenario.timeline[0].intervention.start
    5
    """

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True, extra="forbid")

    name: str
    purpose: str = ""
    organisation: Path | None = None
    weeks: int = DEFAULT_WEEKS
    parameters: dict[str, float] = Field(default_factory=dict)
    mechanisms: dict[str, bool] = Field(default_factory=dict)
    decision: DecisionRule = Field(default_factory=DecisionRule)
    timeline: tuple[InstanceOf[Placed], ...] = ()
    text: str = Field("", repr=False)
    sources: dict[str, str] = Field(default_factory=dict, repr=False)
    file: str = ""
    where: dict[tuple[str | int, ...], str] = Field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        return f"<Scenario {self.name!r}: {len(self.timeline)} entries, {self.weeks} weeks>"

    __str__ = __repr__

    def overrides(self) -> dict[str, float]:
        """Return all parameters it sets, those of its decision included."""
        return {**self.parameters, **self.decision.parameters()}

    def switched_off(self) -> tuple[str, ...]:
        """Return the mechanisms that are off, in the order of their declaration."""
        return tuple(name for name in MECHANISMS if not self.mechanisms.get(name, True))

    def hours_per_person(self) -> float:
        """Return the hours spent by a person who is in every audience and always there."""
        return sum(placed.intervention.total_hours(self.weeks) for placed in self.timeline)

    def place(self, organisation: Organisation) -> Timeline:
        """Return the effect table on an organisation.

        Raises
        ------
        InputError
            Where an audience names what the organisation does not have.
        """
        return place(self.timeline, organisation, self.weeks)

    def check(self, organisation: Organisation) -> tuple[Problem, ...]:
        """Return warnings: audiences that are empty on this organisation.

        Raises
        ------
        InputError
            Where an audience names what the organisation does not have.
        """
        if problems := problems_of(self.timeline, organisation):
            raise InputError(problems)
        return warnings_of(self.timeline, organisation)
