"""The four conversations: loyalty, identity, relationship, capability."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from sim.interventions.audience import INFORMAL_LEADERS, Audience
from sim.interventions.base import Activity, Part
from sim.interventions.effects import Effect
from sim.interventions.fields import Duration, Fraction
from sim.interventions.policies import ARRIVALS

__all__ = [
    "CapabilityConversation",
    "IdentityConversation",
    "LoyaltyConversation",
    "RelationshipConversation",
]


class LoyaltyConversation(Activity):
    """A conversation on what stays: where the organisation stands by its people.

    Acts on  : trust up, remembered as a promise; job fear down
    Audience : everyone by default
    Timing   : any start; dose and hours spread over its length (one week by default)
    Levers   : sincerity [0, 1], specificity [0, 1], commitment [0, 1], dose [0, 5],
               attendance [0, 1]
    Cost     : 2 hours a person
    Source   : ASSUMPTION (claim C2; a promise broken later undoes more: [Slovic93])
    """

    kind: ClassVar[str] = "loyalty conversation"

    hours: float = Field(2, ge=0, le=400, description="hours a person, in all")
    sincerity: Fraction = Field(0.8, description="how far it is meant, and felt to be")
    specificity: Fraction = Field(0.7, description="how far it names what is not changing")
    commitment: Fraction = Field(
        0, description="how far it can be checked: leans less on the trust there is"
    )

    def parts(self) -> tuple[Part, ...]:
        """Return the effects; the first row carries the hours."""
        return tuple(
            Part(
                effect,
                sincerity=self.sincerity,
                specificity=self.specificity,
                costly=self.commitment,
            )
            for effect in (Effect.REASSURE_TRUST, Effect.REASSURE_JOB)
        )


class IdentityConversation(Activity):
    """A conversation on who one is at work, with examples from that work.

    Acts on  : identity fear down; fit up a little
    Audience : everyone by default
    Timing   : any start; dose and hours spread over its length (one week by default)
    Levers   : sincerity [0, 1], specificity [0, 1], dose [0, 5], attendance [0, 1]
    Cost     : 2 hours a person
    Source   : ASSUMPTION (claim C2)
    """

    kind: ClassVar[str] = "identity conversation"

    hours: float = Field(2, ge=0, le=400, description="hours a person, in all")
    sincerity: Fraction = Field(0.8, description="how far it is meant, and felt to be")
    specificity: Fraction = Field(0.7, description="how specific its examples are")

    def parts(self) -> tuple[Part, ...]:
        """Return the effects; the first row carries the hours."""
        return (
            Part(Effect.REASSURE_IDENTITY, sincerity=self.sincerity, specificity=self.specificity),
            Part(Effect.SHOW_FIT, sincerity=self.sincerity, relevance=self.specificity),
        )


class RelationshipConversation(Activity):
    """Those whom others listen to get real access and practice first, and share it.

    Acts on  : access; capability and fit up; use that others can see
    Audience : informal leaders by default
    Timing   : any start; practice spread over its length (three weeks by default), sharing
               in each of its weeks
    Levers   : relevance [0, 1], sharing [0, 1], mandated (official champions, with less
               credibility among peers), dose [0, 5], attendance [0, 1]
    Cost     : 6 hours a person
    Source   : [Cochrane11] [HBR26] ASSUMPTION (claims C5, C6)
    """

    kind: ClassVar[str] = "relationship conversation"

    audience: Audience = Field(INFORMAL_LEADERS, description="whom it reaches")
    lasts: Duration = Field(3, description="length of one round, such as 3 weeks or 2 months")
    hours: float = Field(6, ge=0, le=400, description="hours a person, in all")
    relevance: Fraction = Field(0.8, description="how far the practice is their own work")
    sharing: Fraction = Field(1, description="how far their use is shown to others")
    mandated: bool = Field(False, description="appointed as champions, rather than curious")

    def parts(self) -> tuple[Part, ...]:
        """Return the effects; the first row carries the hours."""
        champion = (Part(Effect.CHAMPION, steady=True),) if self.mandated else ()
        return (
            Part(Effect.TRAIN, relevance=self.relevance),
            Part(Effect.ACCESS, dose=ARRIVALS["invited"], steady=True),
            Part(Effect.SHOWCASE, dose=self.sharing, steady=True),
            *champion,
        )


class CapabilityConversation(Activity):
    """Practice on one's own tasks, together, at one's own pace.

    Acts on  : capability and fit up
    Audience : everyone by default
    Timing   : any start; dose and hours spread over its length (three weeks by default)
    Levers   : relevance [0, 1], dose [0, 5], attendance [0, 1]
    Cost     : 6 hours a person
    Source   : [Gallup26] [Blume10] [Colquitt00] ASSUMPTION (claims C2, C9)
    """

    kind: ClassVar[str] = "capability conversation"

    lasts: Duration = Field(3, description="length of one round, such as 3 weeks or 2 months")
    hours: float = Field(6, ge=0, le=400, description="hours a person, in all")
    relevance: Fraction = Field(0.8, description="how far the practice is their own work")

    def parts(self) -> tuple[Part, ...]:
        """Return the effects; the first row carries the hours."""
        return (Part(Effect.TRAIN, relevance=self.relevance),)
