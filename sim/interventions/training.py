"""Training: generic, and practice for a role."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from sim.interventions.base import Activity, Part
from sim.interventions.effects import Effect
from sim.interventions.fields import Duration, Fraction

__all__ = ["GenericTraining", "RoleSpecificPractice"]


class GenericTraining(Activity):
    """A course on the tool, the same for everybody.

    Acts on  : capability up, fit hardly; cynicism up where irrelevant and unwanted, and
               more with each repetition
    Audience : everyone by default
    Timing   : any start; dose and hours spread over its length (three weeks by default)
    Levers   : relevance [0, 1], dose [0, 5], attendance [0, 1] (above .8 when required)
    Cost     : 8 hours a person
    Source   : [Train10] [BCG25] [Gartner] ASSUMPTION (claims C1, C9)
    """

    kind: ClassVar[str] = "generic training"

    lasts: Duration = Field(3, description="length of one round, such as 3 weeks or 2 months")
    hours: float = Field(8, ge=0, le=400, description="hours a person, in all")
    attendance: Fraction = Field(
        0.85, description="chance that a person of the audience is there; .8 and more if required"
    )
    relevance: Fraction = Field(0.3, description="how far it is about one's own work")

    def parts(self) -> tuple[Part, ...]:
        """Return the effects; the first row carries the hours."""
        return (Part(Effect.TRAIN, relevance=self.relevance),)


class RoleSpecificPractice(Activity):
    """Practice with the tool on the tasks of one's role.

    Acts on  : capability and fit up
    Audience : everyone by default; usually a role
    Timing   : any start; dose and hours spread over its length (three weeks by default)
    Levers   : relevance [0, 1], dose [0, 5], attendance [0, 1]
    Cost     : 8 hours a person
    Source   : [Gallup26] [Blume10] ASSUMPTION (claim C9)
    """

    kind: ClassVar[str] = "role-specific practice"

    lasts: Duration = Field(3, description="length of one round, such as 3 weeks or 2 months")
    hours: float = Field(8, ge=0, le=400, description="hours a person, in all")
    attendance: Fraction = Field(
        0.85, description="chance that a person of the audience is there; .8 and more if required"
    )
    relevance: Fraction = Field(0.9, description="how far it is about one's own work")

    def parts(self) -> tuple[Part, ...]:
        """Return the effects; the first row carries the hours."""
        return (Part(Effect.TRAIN, relevance=self.relevance),)
