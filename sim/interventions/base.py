"""What every intervention has: when, how long, how often, how much, and its effect rows.

An intervention is a small pydantic model. Its fields are its levers, with bounds, as a
scenario file may set them; ``parts`` says which effects it has. To add one, copy a class
of this folder, change its ``kind``, docstring, levers and ``parts``, and name it in
``catalogue.py``: the language, the JSON Schema and the documents follow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pydantic import Field, ValidationInfo, field_validator

from sim.interventions.audience import EVERYBODY, Audience
from sim.interventions.effects import Effect
from sim.interventions.fields import Duration, Fraction, Length, Strict, Week, wrong
from sim.interventions.phrases import DURATION_EXAMPLES, UNTIL_THE_END
from sim.schedule import MAX_WEEKS

__all__ = ["Activity", "EffectRow", "Intervention", "Part", "Shock"]


@dataclass(frozen=True, slots=True)
class Part:
    """One effect of an intervention.

    Parameters
    ----------
    dose : float
        As a multiple of the intervention's dose.
    sincerity, specificity, relevance, costly : float
        As in ``EFFECT``, in [0, 1].
    steady : bool
        Whether the dose is for each week, rather than spread over the length.
    """

    effect: Effect
    dose: float = 1.0
    sincerity: float = 1.0
    specificity: float = 1.0
    relevance: float = 1.0
    costly: float = 0.0
    steady: bool = False


@dataclass(frozen=True, slots=True)
class EffectRow:
    """One row of the effect table before its audience is known; as in ``EFFECT``."""

    effect: Effect
    start: int
    end: int
    every: int
    dose: float
    sincerity: float
    specificity: float
    relevance: float
    costly: float
    attendance: float
    hours: float


class Intervention(Strict):
    """What a scenario places on the timeline.

    One round lasts ``lasts`` weeks; ``every`` and ``times`` repeat the round. A round's
    dose and hours are spread evenly over its weeks, except for what is ongoing
    (``ongoing``), whose dose and hours are for each week. Dose 0 means: it does not happen.
    """

    kind: ClassVar[str] = ""
    ongoing: ClassVar[bool] = False

    label: str | None = Field(
        None, min_length=1, description="a name by which another file can replace or remove it"
    )
    start: Week = Field(description="first week, such as 3, week 3, month 2 or after 6 weeks")
    lasts: Duration = Field(1, description="length of one round, such as 3 weeks or 2 months")
    every: Length | None = Field(
        None, description="weeks from the start of one round to the next; repeats the round"
    )
    times: int | None = Field(
        None, ge=1, le=MAX_WEEKS, description="number of rounds; back to back by default"
    )
    dose: float = Field(1, ge=0, le=5, description="strength as a multiple of the usual one")

    @field_validator("lasts")
    @classmethod
    def _a_spread_dose_needs_a_length(cls, lasts: int) -> int:
        if lasts == UNTIL_THE_END and not cls.ongoing:
            raise wrong(
                "is until the end, but its dose is spread over its length", DURATION_EXAMPLES
            )
        return lasts

    @field_validator("every")
    @classmethod
    def _rounds_do_not_overlap(cls, every: int | None, info: ValidationInfo) -> int | None:
        lasts = info.data.get("lasts")
        if every is not None and lasts is not None and every < lasts:
            length = "until the end" if lasts == UNTIL_THE_END else f"{lasts} weeks"
            raise wrong(
                f"is {every} weeks, but one round lasts {length}",
                "rounds that do not overlap: a shorter lasts or a longer every",
            )
        return every

    def parts(self) -> tuple[Part, ...]:
        """Return the effects; the first row carries the hours."""
        raise NotImplementedError

    def attending(self) -> float:
        """Return the chance that a person of the audience is there, in [0, 1]."""
        return 1.0

    def hours_a_week(self) -> float:
        """Return the hours each attendee spends in an active week."""
        return 0.0

    def rounds(self, weeks: int = MAX_WEEKS) -> tuple[tuple[int, int], ...]:
        """Return first and last week of each round inside a run of ``weeks`` weeks."""
        step = self.every or self.lasts
        count = self.times or (1 if self.every is None else weeks)
        starts = (self.start + i * step for i in range(min(count, weeks)))
        return tuple((s, min(s + self.lasts - 1, weeks)) for s in starts if s <= weeks)

    def active_weeks(self, weeks: int = MAX_WEEKS) -> int:
        """Return the number of weeks of a run in which it acts; 0 for dose 0."""
        if self.dose == 0:
            return 0
        return sum(last - first + 1 for first, last in self.rounds(weeks))

    def total_hours(self, weeks: int = MAX_WEEKS) -> float:
        """Return the hours a person who attends everything spends in a run."""
        return self.hours_a_week() * self.active_weeks(weeks)

    def rows(self, weeks: int = MAX_WEEKS) -> tuple[EffectRow, ...]:
        """Return the rows of the effect table, cut at the end of the run.

        Parameters
        ----------
        weeks : int
            Length of the run.

        Returns
        -------
        tuple of Row
            Empty for dose 0. Hours stand on the first row of each round only.
        """
        rounds = self.rounds(weeks) if self.dose > 0 else ()
        every = 1
        if self.ongoing and self.lasts == 1 and len(rounds) > 1:  # one row for all its weeks
            every = self.every or 1
            rounds = ((rounds[0][0], rounds[-1][1]),)
        return tuple(
            EffectRow(
                effect=part.effect,
                start=first,
                end=last,
                every=every,
                dose=part.dose * self.dose / (1 if part.steady or self.ongoing else self.lasts),
                sincerity=part.sincerity,
                specificity=part.specificity,
                relevance=part.relevance,
                costly=part.costly,
                attendance=self.attending(),
                hours=self.hours_a_week() if i == 0 else 0.0,
            )
            for first, last in rounds
            for i, part in enumerate(self.parts())
        )


class Activity(Intervention):
    """Something the organisation does with people, at a cost."""

    audience: Audience = Field(EVERYBODY, description="whom it reaches")
    attendance: Fraction = Field(1, description="chance that a person of the audience is there")
    hours: float = Field(
        0, ge=0, le=400, description="hours a person; a week for what is ongoing, else in all"
    )
    money: float = Field(0, ge=0, description="money a person; as hours; any currency")

    def attending(self) -> float:
        """Return the chance that a person of the audience is there, in [0, 1]."""
        return self.attendance

    def hours_a_week(self) -> float:
        """Return the hours each attendee spends in an active week."""
        return self.hours if self.ongoing else self.hours / self.lasts

    def total_money(self, weeks: int = MAX_WEEKS) -> float:
        """Return the money spent on a person who attends everything in a run."""
        return self.money / (1 if self.ongoing else self.lasts) * self.active_weeks(weeks)


class Shock(Intervention):
    """Something that happens to people; it costs no hours."""

    audience: Audience = Field(EVERYBODY, description="whom it strikes")
    reach: Fraction = Field(1, description="chance that a person of the audience hears of it")

    def attending(self) -> float:
        """Return the chance that a person of the audience hears of it, in [0, 1]."""
        return self.reach
