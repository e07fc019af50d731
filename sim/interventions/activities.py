"""Interventions that a firm chooses: training, policies, conversations, and what managers do."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from sim.interventions.base import INFORMAL_LEADERS, MANAGERS, Activity, Audience, Part
from sim.interventions.effects import Effect
from sim.interventions.fields import UNTIL_THE_END, Duration, Fraction

ARRIVALS = {"installed": 0.1, "announced": 1.0, "invited": 20.0}
"""How far access prompts those who get it, by how it arrives."""

_SPECIFICITY = {"specific": 1.0, "platitude": 0.3, "silence": 0.0}

_LASTS = "length of one round, such as 12 weeks, or until the end"


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
                effect, sincerity=self.sincerity, specificity=self.specificity,
                costly=self.commitment,
            )
            for effect in (Effect.REASSURE_TRUST, Effect.REASSURE_JOB)
        )  # fmt: skip


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


class RoleSpecificPractice(GenericTraining):
    """Practice with the tool on the tasks of one's role.

    Acts on  : capability and fit up
    Audience : everyone by default; usually a role
    Timing   : any start; dose and hours spread over its length (three weeks by default)
    Levers   : relevance [0, 1], dose [0, 5], attendance [0, 1]
    Cost     : 8 hours a person
    Source   : [Gallup26] [Blume10] ASSUMPTION (claim C9)
    """

    kind: ClassVar[str] = "role-specific practice"

    relevance: Fraction = Field(0.9, description="how far it is about one's own work")


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
    does: ClassVar[tuple[Part, ...]] = (Part(Effect.RITUAL),)

    lasts: Duration = Field(UNTIL_THE_END, description=_LASTS)
    hours: float = Field(0.25, ge=0, le=40, description="hours a person and week")


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
    does: ClassVar[tuple[Part, ...]] = (Part(Effect.COACH),)

    audience: Audience = Field(MANAGERS, description="whom it reaches")
    lasts: Duration = Field(4, description="length of one round, such as 4 weeks or 2 months")
    hours: float = Field(6, ge=0, le=400, description="hours a person, in all")


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
    does: ClassVar[tuple[Part, ...]] = (Part(Effect.SHOWCASE),)

    lasts: Duration = Field(UNTIL_THE_END, description=_LASTS)
    hours: float = Field(0, ge=0, le=40, description="hours a person and week")


class Access(Activity):
    """Licences: sanctioned access to the tool, from its start to the end of the run.

    Acts on  : access; novelty at the first access; a prompt to consider the tool
    Audience : everyone by default
    Timing   : any start; it is not taken away again
    Levers   : attendance [0, 1] (chance that a person gets it), arrives (installed,
               announced or invited: a prompt of .1, 1 or 20), dose [0, 5] (of the prompt)
    Cost     : no hours by default
    Source   : [Gai25] for silent installation, [Dillon25] for invitation; ASSUMPTION: the
               sizes
    """

    kind: ClassVar[str] = "access"

    arrives: Literal["installed", "announced", "invited"] = Field(
        "announced",
        description="silently installed, announced, or personally invited with onboarding",
    )

    def parts(self) -> tuple[Part, ...]:
        """Return the effects; the first row carries the hours."""
        return (Part(Effect.ACCESS, dose=ARRIVALS[self.arrives], steady=True),)


class UsagePolicy(Activity):
    """A usage policy that says what is allowed: clear, short and where people find it.

    Acts on  : permission fear down
    Audience : everyone by default
    Timing   : any start; dose and hours spread over its length (one week by default)
    Levers   : clarity [0, 1], attendance [0, 1] (chance of finding and reading it),
               dose [0, 5]
    Cost     : 0.5 hours a person
    Source   : [HV25] ASSUMPTION
    """

    kind: ClassVar[str] = "usage policy"

    hours: float = Field(0.5, ge=0, le=400, description="hours a person, in all")
    attendance: Fraction = Field(0.8, description="chance that a person finds and reads it")
    clarity: Fraction = Field(0.8, description="how clear and short it is")

    def parts(self) -> tuple[Part, ...]:
        """Return the effects; the first row carries the hours."""
        return (Part(Effect.CLARIFY_PERMISSION, specificity=self.clarity),)


class JobSecurityAccount(Activity):
    """What the organisation says about jobs: in specific terms, in platitudes, or nothing.

    Acts on  : job fear down
    Audience : everyone by default
    Timing   : any start; dose and hours spread over its length (one week by default)
    Levers   : style (specific, platitude or silence: specificity 1, .3 or 0),
               sincerity [0, 1], commitment [0, 1], dose [0, 5], attendance [0, 1]
    Cost     : 0.5 hours a person
    Source   : [WTI24] [JiangLavaysse18] ASSUMPTION (claims C4, C15)
    """

    kind: ClassVar[str] = "job-security account"

    hours: float = Field(0.5, ge=0, le=400, description="hours a person, in all")
    style: Literal["specific", "platitude", "silence"] = Field(
        "specific", description="how much it says"
    )
    sincerity: Fraction = Field(0.8, description="how far it is meant, and felt to be")
    commitment: Fraction = Field(
        0, description="how far it can be checked: leans less on the trust there is"
    )

    def parts(self) -> tuple[Part, ...]:
        """Return the effects; the first row carries the hours."""
        return (
            Part(
                Effect.REASSURE_JOB, sincerity=self.sincerity,
                specificity=_SPECIFICITY[self.style], costly=self.commitment,
            ),
        )  # fmt: skip


class Mandate(Activity):
    """Use of the tool is required, and checked, while it is enforced.

    Acts on  : compliance use up while enforced; cynicism up
    Audience : everyone by default
    Timing   : ongoing, until the end by default; the dose is for each week
    Levers   : dose [0, 5] (1 and more: enforced in full), attendance [0, 1] (chance that
               it is enforced on a person)
    Cost     : no hours by default
    Source   : [HBR26] ASSUMPTION (claim C6)
    """

    kind: ClassVar[str] = "mandate"
    ongoing: ClassVar[bool] = True
    does: ClassVar[tuple[Part, ...]] = (Part(Effect.COMPEL),)

    lasts: Duration = Field(
        UNTIL_THE_END, description="length of one round, such as 12 weeks, or until the end"
    )
