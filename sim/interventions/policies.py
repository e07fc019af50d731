"""What the organisation decides: access, usage policy, account of jobs, mandate."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from sim.interventions.base import Activity, Part
from sim.interventions.effects import Effect
from sim.interventions.fields import Duration, Fraction
from sim.interventions.phrases import UNTIL_THE_END

__all__ = ["ARRIVALS", "Access", "JobSecurityAccount", "Mandate", "UsagePolicy"]

ARRIVALS = {"installed": 0.1, "announced": 1.0, "invited": 20.0}
"""How far access prompts those who get it, by how it arrives."""

_SPECIFICITY = {"specific": 1.0, "platitude": 0.3, "silence": 0.0}


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
                Effect.REASSURE_JOB,
                sincerity=self.sincerity,
                specificity=_SPECIFICITY[self.style],
                costly=self.commitment,
            ),
        )


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

    lasts: Duration = Field(
        UNTIL_THE_END, description="length of one round, such as 12 weeks, or until the end"
    )

    def parts(self) -> tuple[Part, ...]:
        """Return the effects; the first row carries the hours."""
        return (Part(Effect.COMPEL),)
