"""What managers do: a weekly ritual, coaching, showing early adopters."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from sim.interventions.audience import MANAGERS, Audience
from sim.interventions.base import Activity, Part
from sim.interventions.effects import Effect
from sim.interventions.fields import Duration
from sim.interventions.phrases import UNTIL_THE_END

__all__ = ["ManagerCoaching", "PsychologicalSafetyRitual", "ShowcaseEarlyAdopters"]

_LASTS = "length of one round, such as 12 weeks, or until the end"


class PsychologicalSafetyRitual(Activity):
    """A short regular round in the team in which mistakes with the tool are reported.

    Acts on  : safety climate of the team up, scaled by the manager's readiness
    Audience : everyone by default; a team gains as far as its people are there
    Timing   : ongoing, until the end by default; dose and hours are for each week; for
               every second week: lasts 1 week, every 2 weeks
    Levers   : dose [0, 5], attendance [0, 1]
    Cost     : 0.25 hours a person and week
    Source   : [Frazier17] [Slack24] ASSUMPTION (claim C11)
    """

    kind: ClassVar[str] = "psychological safety ritual"
    ongoing: ClassVar[bool] = True

    lasts: Duration = Field(UNTIL_THE_END, description=_LASTS)
    hours: float = Field(0.25, ge=0, le=40, description="hours a person and week")

    def parts(self) -> tuple[Part, ...]:
        """Return the effects; the first row carries the hours."""
        return (Part(Effect.RITUAL),)


class ManagerCoaching(Activity):
    """Time with managers, until they can say what they use the tool for and what not.

    Acts on  : readiness of managers up
    Audience : managers by default; nobody else is changed by it
    Timing   : any start; dose and hours spread over its length (four weeks by default)
    Levers   : dose [0, 5], attendance [0, 1]
    Cost     : 6 hours a manager
    Source   : [Gallup26] ASSUMPTION (claims C7, C8)
    """

    kind: ClassVar[str] = "manager coaching"

    audience: Audience = Field(MANAGERS, description="whom it reaches")
    lasts: Duration = Field(4, description="length of one round, such as 4 weeks or 2 months")
    hours: float = Field(6, ge=0, le=400, description="hours a person, in all")

    def parts(self) -> tuple[Part, ...]:
        """Return the effects; the first row carries the hours."""
        return (Part(Effect.COACH),)


class ShowcaseEarlyAdopters(Activity):
    """Early adopters show what they do with the tool, where colleagues see it.

    Acts on  : visibility of the use of those in the audience up
    Audience : everyone by default: whoever uses the tool is shown
    Timing   : ongoing, until the end by default; dose and hours are for each week
    Levers   : dose [0, 5] (1 and more: all their use is seen), attendance [0, 1]
    Cost     : none by default (hours a person and week)
    Source   : [Almog25] [HBR26] ASSUMPTION (claim C10; visibility cuts both ways)
    """

    kind: ClassVar[str] = "showcase early adopters"
    ongoing: ClassVar[bool] = True

    lasts: Duration = Field(UNTIL_THE_END, description=_LASTS)
    hours: float = Field(0, ge=0, le=40, description="hours a person and week")

    def parts(self) -> tuple[Part, ...]:
        """Return the effects; the first row carries the hours."""
        return (Part(Effect.SHOWCASE),)
