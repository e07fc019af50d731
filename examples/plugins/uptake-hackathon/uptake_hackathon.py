"""A day on which teams try the tool on work of their own, and show what came of it."""

from typing import ClassVar

from pydantic import Field

from sim.interventions.base import Activity, Part
from sim.interventions.effects import Effect
from sim.interventions.fields import Fraction


class Hackathon(Activity):
    """A day on which teams try the tool on work of their own.

    Acts on  : capability and fit up; what came of it is shown
    Audience : everyone by default; usually a department
    Timing   : any start; one week
    Levers   : relevance [0, 1], shown [0, 1], dose [0, 5], attendance [0, 1]
    Cost     : 8 hours a person
    Source   : ASSUMPTION
    """

    kind: ClassVar[str] = "hackathon"

    hours: float = Field(8, ge=0, le=400, description="hours a person, in all")
    attendance: Fraction = Field(0.7, description="chance that a person of the audience is there")
    relevance: Fraction = Field(0.9, description="how far it is about one's own work")
    shown: Fraction = Field(0.5, description="how far results are shown to others")

    def parts(self) -> tuple[Part, ...]:
        """Return the effects; the first row carries the hours."""
        return (
            Part(Effect.TRAIN, relevance=self.relevance),
            Part(Effect.SHOWCASE, dose=self.shown),
        )
