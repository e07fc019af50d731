"""What happens to an organisation: rumours, layoffs, mistakes, media, the tool itself."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from sim.interventions.base import MANAGERS, Audience, Intervention, Part, Shock
from sim.interventions.effects import Effect
from sim.interventions.fields import UNTIL_THE_END, Duration, Fraction

_SHIFT_LASTS = "length of one round, such as 12 weeks, or until the end"


class LayoffRumour(Shock):
    """Rumours of layoffs raise fear for the job.

    Acts on  : job fear up
    Audience : everyone by default
    Timing   : its week by default; dose spread over its length
    Levers   : dose [0, 5] (1 is as strong as a layoff), reach [0, 1]
    Cost     : none
    Source   : [JiangLavaysse18] [WTI24] ASSUMPTION (claim C4)
    """

    kind: ClassVar[str] = "layoff rumour"
    does: ClassVar[tuple[Part, ...]] = (Part(Effect.ALARM_JOB),)

    dose: float = Field(0.5, ge=0, le=5, description="strength; 1 is as strong as a layoff")


class Layoff(Shock):
    """Layoffs raise fear for the job of those who stay; ``leaves`` says who goes.

    Acts on  : job fear up; trust down where a promise is broken by it
    Audience : everyone by default
    Timing   : its week by default; dose spread over its length
    Levers   : dose [0, 5], reach [0, 1], promised (it breaks a promise given before)
    Cost     : none
    Source   : [JiangLavaysse18] [Slovic93] ASSUMPTION (claim C4)
    """

    kind: ClassVar[str] = "layoff"

    promised: bool = Field(False, description="whether the organisation had promised otherwise")

    def parts(self) -> tuple[Part, ...]:
        """Return the effects."""
        broken = (Part(Effect.BREAK_PROMISE),) if self.promised else ()
        return (Part(Effect.ALARM_JOB), *broken)


class BrokenPromise(Shock):
    """Something said in a conversation turns out not to hold.

    Acts on  : trust down, by more than the promise had given
    Audience : everyone by default
    Timing   : its week by default; dose spread over its length
    Levers   : dose [0, 5], reach [0, 1]
    Cost     : none
    Source   : [Slovic93] [Zhu23] ASSUMPTION
    """

    kind: ClassVar[str] = "broken promise"
    does: ClassVar[tuple[Part, ...]] = (Part(Effect.BREAK_PROMISE),)


class PublicMistake(Shock):
    """A mistake made with the tool becomes known; it may be punished.

    Acts on  : fear of visible mistakes up; safety climate down where punished
    Audience : everyone by default; usually a team
    Timing   : its week by default; dose spread over its length
    Levers   : dose [0, 5], reach [0, 1], punished
    Cost     : none
    Source   : [Almog25] [Frazier17] ASSUMPTION
    """

    kind: ClassVar[str] = "public mistake"

    punished: bool = Field(False, description="whether somebody is blamed for it")

    def parts(self) -> tuple[Part, ...]:
        """Return the effects."""
        punished = (Part(Effect.PUNISH),) if self.punished else ()
        return (Part(Effect.ALARM_MISTAKE), *punished)


class MediaWave(Shock):
    """The media report how useful, or how useless, such tools are.

    Acts on  : perceived usefulness moves toward what is reported
    Audience : everyone by default
    Timing   : its week by default; dose spread over its length
    Levers   : usefulness [0, 1] (what is reported), dose [0, 5], reach [0, 1]
    Cost     : none
    Source   : [HVPNAS25] ASSUMPTION
    """

    kind: ClassVar[str] = "media wave"

    usefulness: Fraction = Field(0.8, description="how useful the tool is said to be")

    def parts(self) -> tuple[Part, ...]:
        """Return the effects."""
        return (Part(Effect.HEARSAY, relevance=self.usefulness),)


class ToolImproves(Intervention):
    """A better version of the tool arrives, for all who have it.

    Acts on  : tool quality up while it lasts
    Audience : the whole organisation; there is no other
    Timing   : the rest of the run by default; the shift is for each week
    Levers   : shift [0, 1] (of the chance that an unskilled use goes well), dose [0, 5]
    Cost     : none
    Source   : ASSUMPTION
    """

    kind: ClassVar[str] = "tool improves"
    ongoing: ClassVar[bool] = True

    lasts: Duration = Field(UNTIL_THE_END, description=_SHIFT_LASTS)
    shift: Fraction = Field(0.1, description="rise in the chance that a use goes well")

    def parts(self) -> tuple[Part, ...]:
        """Return the effects."""
        return (Part(Effect.TOOL_QUALITY, dose=self.shift),)


class ToolFails(Intervention):
    """The tool gets worse or breaks, for all who have it.

    Acts on  : tool quality down while it lasts
    Audience : the whole organisation; there is no other
    Timing   : the rest of the run by default; the shift is for each week
    Levers   : shift [0, 1] (of the chance that an unskilled use goes well), dose [0, 5]
    Cost     : none
    Source   : ASSUMPTION
    """

    kind: ClassVar[str] = "tool fails"
    ongoing: ClassVar[bool] = True

    lasts: Duration = Field(UNTIL_THE_END, description=_SHIFT_LASTS)
    shift: Fraction = Field(0.3, description="fall in the chance that a use goes well")

    def parts(self) -> tuple[Part, ...]:
        """Return the effects."""
        return (Part(Effect.TOOL_QUALITY, dose=-self.shift),)


class OutsidePush(Intervention):
    """Something outside the firm moves everybody at once: a release, a price, a season, the media.

    Acts on  : the hazard of beginning to consider the tool, while it lasts
    Audience : the whole organisation; there is no other
    Timing   : the rest of the run by default; the shift is for each week
    Levers   : shift [-5, 5] (of the log hazard), dose [0, 5]
    Cost     : none
    Source   : [VdBL01] that time moves all; ASSUMPTION: the size
    """

    kind: ClassVar[str] = "outside push"
    ongoing: ClassVar[bool] = True

    lasts: Duration = Field(UNTIL_THE_END, description=_SHIFT_LASTS)
    shift: float = Field(0.5, ge=-5, le=5, description="shift of the log hazard of beginning")

    def parts(self) -> tuple[Part, ...]:
        """Return the effects."""
        return (Part(Effect.DRIVE, dose=self.shift),)


class ManagerLeaves(Shock):
    """Managers leave and others take their place, with readiness as at the start.

    Acts on  : readiness of managers starts anew; climate of their teams down
    Audience : managers by default; a share or ids for some of them
    Timing   : its week by default
    Levers   : dose [0, 5] (of the fall in climate), reach [0, 1] (chance of leaving)
    Cost     : none
    Source   : ASSUMPTION
    """

    kind: ClassVar[str] = "manager leaves"
    does: ClassVar[tuple[Part, ...]] = (Part(Effect.REPLACE_MANAGER),)

    audience: Audience = Field(MANAGERS, description="who leaves")


class FirstAdopters(Shock):
    """Who has adopted before anybody decides (plain decisions).

    Acts on  : adoption; nothing in the rich model
    Audience : everyone by default; usually ids, a share or informal leaders
    Timing   : its week by default, week 1 as a rule
    Levers   : reach [0, 1], dose [0, 5] (only whether it is above 0 counts)
    Cost     : none
    Source   : ASSUMPTION (the initial condition of the plain baselines)
    """

    kind: ClassVar[str] = "first adopters"
    does: ClassVar[tuple[Part, ...]] = (Part(Effect.ADOPT, steady=True),)
