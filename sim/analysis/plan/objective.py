"""What a plan is judged by: an objective in each replicate, and an attitude to the replicates."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field, ValidationInfo, field_validator

from sim.arrays import Bools, Floats
from sim.engine.compiled import Records
from sim.errors import did_you_mean
from sim.interventions.base import Worded
from sim.interventions.fields import (
    Fraction,
    Week,
    wrong,
)
from sim.numbers import figure, share
from sim.organisation.organisation import Organisation
from sim.outcomes import Outcome, Variable
from sim.results.measure import How, Less, Measure, parse_measure
from sim.results.series import RUN_FIGURES, variables

FEWEST_HOURS = 0.1
"""Fewer hours a person count as this many, so that doing nothing is not infinitely efficient."""
TAIL = 0.1
"""Share of replicates that ``10th percentile`` looks down to, ``regret`` up from, and whose
mean ``worst tenth`` is."""


PER_HOUR = "use_days_per_hour"
_FIGURES = {one.name: one for one in RUN_FIGURES if one.name != PER_HOUR}


class Risk(StrEnum):
    """Attitude to the replicates: parameter sets of the posterior, each with own random numbers."""

    MEAN = "mean"
    TENTH = "10th percentile"
    WORST = "worst tenth"
    REGRET = "regret"


PLAN, NOTHING = "plan", "nothing"
"""Names of the plan that is judged, and of doing nothing, in a difference."""


class Objective(Worded):
    """What is to be large (or small: weeks, hours, money)."""

    words: ClassVar[Mapping[str | bool, Mapping[str, object]]] = {
        name: {"what": name}
        for name in (
            "share", "area", "worst team", "use days per hour", "time to half", "hours", "money",
        )
    }  # fmt: skip
    expects: ClassVar[str] = (
        "share, area, worst team, use days per hour, time to half, hours or money; a measure such "
        f"as habitual_w40, settled_weekly_users or 'habitual_w40: {PLAN} less licences-only'; or a "
        "mapping such as "
        "{what: share, of: habitual, at: week 40, less: licences-only}"
    )

    what: Literal[
        "share", "area", "worst team", "figure", "use days per hour", "time to half", "hours",
        "money",
    ] = Field(
        "share",
        description="share: at a week; area: mean over all weeks; worst team: of five people or "
        "more, at a week; figure: of the whole run; time to half: first week with half the "
        "people; the last three, and weeks, are to be small",
    )  # fmt: skip
    of: str = Field("habitual", description="the outcome: habitual, weekly_users, …; or the figure")
    at: Week | None = Field(None, description="the week looked at; the last by default")
    half: Fraction = Field(0.5, description="the share that 'time to half' waits for")
    less: str | None = Field(
        None,
        min_length=1,
        description="a scenario, by file or shipped name, whose value in the same replicates is "
        f"taken off; {NOTHING}: what happens whatever the plan",
    )

    @classmethod
    def from_text(cls, text: str, weeks: int) -> Mapping[str, object] | None:
        """Return what a measure says, in the plan or in the plan less a scenario; None if none."""
        try:
            found = parse_measure(text, weeks)
        except LookupError:
            return None
        less = {"less": found.other} if isinstance(found, Less) else {}
        if isinstance(found, Less) and found.one != PLAN:
            return None
        if found.measure.outcome == PER_HOUR:
            return {"what": "use days per hour", **less}
        if found.measure.how == "figure":
            return {"what": "figure", "of": found.measure.outcome, **less}
        return {"of": found.measure.outcome, "at": found.measure.last, **less}

    @classmethod
    def other_forms(cls) -> list[dict[str, Any]]:
        """Return the JSON Schemas of what is accepted beside the mapping."""
        names = "|".join(["[a-z_]+_w[1-9][0-9]*", *_FIGURES, PER_HOUR])
        measure = {"type": "string", "pattern": f"^({names})(: {PLAN} less .+)?$"}
        return [*super().other_forms(), measure]

    @field_validator("less")
    @classmethod
    def _is_simulated(cls, less: str | None, info: ValidationInfo) -> str | None:
        if less is not None and info.data.get("what") in ("hours", "money"):
            what = f"stands beside {info.data['what']}, which is planned"
            raise wrong(what, "less beside what is simulated, such as share")
        return less

    @field_validator("of")
    @classmethod
    def _is_recorded(cls, name: str, info: ValidationInfo) -> str:
        offered = [known for known in variables() if known not in ("hours",)]
        if info.data.get("what") == "figure":
            offered = list(_FIGURES)
        if name not in offered:
            raise wrong(f"is {name!r}", did_you_mean(name, offered))
        return name

    @property
    def sign(self) -> int:
        """1 where more is better, −1 where less is."""
        small = self.what in ("time to half", "hours", "money") or self._variable.unit == "week"
        return -1 if small else 1

    @property
    def _variable(self) -> Variable:
        return _FIGURES[self.of] if self.what == "figure" else variables()[self.of]

    @property
    def curve(self) -> str:
        """The outcome whose course shows it."""
        return "weekly_users" if self.what == "figure" else self.of

    @property
    def is_share(self) -> bool:
        """Whether it is a share of people, said in percent."""
        unit = self._variable.unit
        return self.what in ("share", "area", "worst team", "figure") and unit == "share"

    @property
    def is_planned(self) -> bool:
        """Whether it is planned, the same in all replicates."""
        return self.what in ("hours", "money")

    @property
    def is_widened(self) -> bool:
        """Whether a forecast of it holds what the model was found to be off by."""
        is_level = self.what in ("share", "area", "time to half") and self._variable.unit == "share"
        return is_level and self.less is None and self.of in Outcome.__members__

    @property
    def unit(self) -> str:
        """The unit of its values, as ``sim.numbers`` knows it."""
        unit = {
            "use days per hour": "days/hour", "time to half": "week", "hours": "hours in all",
            "money": "money",
        }.get(self.what, self._variable.unit)  # fmt: skip
        return unit if self.less is None else f"less {unit}"

    @property
    def worth(self) -> float:
        """A difference worth caring for, unless the planner says another; an ASSUMPTION."""
        of = self._variable.unit if self.what == "figure" else self.what
        return {
            "use days per hour": 0.05, "time to half": 1.0, "hours": 50.0, "money": 100.0,
            "week": 1.0, "days/person": 1.0,
        }.get(of, 0.01)  # fmt: skip

    @property
    def measure(self) -> Measure | None:
        """What is read of each replicate; None for what is planned, and for use an hour."""
        how: dict[str, How] = {
            "share": "at", "area": "mean", "worst team": "worst team", "time to half": "first",
            "figure": "figure",
        }  # fmt: skip
        if self.what not in how:
            return None
        last = self.at or 0 if self.what in ("share", "worst team") else 0
        return Measure(self.what, how[self.what], self.of, last=last, level=self.half)

    def named(self, weeks: int) -> str:
        """Return it in words."""
        name = self.of.replace("_", " ")
        week = self.at or weeks
        said = {
            "share": f"{name}, week {week}",
            "area": f"{name}, mean of weeks 1 to {weeks}",
            "worst team": f"{name}, worst team, week {week}",
            "figure": self._variable.meaning if self.what == "figure" else "",
            "use days per hour": f"use days per hour, weeks 1 to {weeks}",
            "time to half": f"first week with {share(self.half)} {name}",
            "hours": "hours in all",
            "money": "money in all",
        }[self.what]
        return said if self.less is None else f"{said}, less {self.less}"

    def values(
        self, records: Records, organisation: Organisation, hours: Floats, money: Floats
    ) -> Floats:
        """Return one value a case and replicate; larger is always better.

        ``time to half`` that is never reached counts as one week after the last. Shape (C,
        n_parameter_sets, n_seeds).

        - ``records``: of C cases; teams recorded where the worst one is asked for
        - ``hours``, ``money``, shape (C,): planned
        """
        return self.sign * self._raw(records, organisation, hours, money)

    def _raw(
        self, records: Records, organisation: Organisation, hours: Floats, money: Floats
    ) -> Floats:
        weekly = records.weekly
        if self.measure is not None:
            values = self.measure.of(records, organisation)
            # never counts as one week after the last
            return np.where(np.isfinite(values), values, weekly.shape[3] + 1.0)
        if self.what == "use days per hour":
            spent = np.maximum(weekly[..., -1, Outcome["hours"]], FEWEST_HOURS)
            return weekly[..., Outcome["use_days"]].sum(axis=-1) / spent
        planned = hours if self.what == "hours" else money
        return np.broadcast_to(planned[:, None, None], weekly.shape[:3]).astype(np.float64)


class Goal(Objective):
    """What a plan must reach (or keep below), in a given share of the replicates."""

    words: ClassVar[Mapping[str | bool, Mapping[str, object]]] = {}
    expects: ClassVar[str] = (
        "a mapping such as {what: worst team, of: habitual, at: week 40, reach: 0.4, in: 0.8}"
    )

    reach: float = Field(
        description="the level: at least so much; for time to half, hours and money at most"
    )
    share: Fraction = Field(
        0.8, validation_alias="in", description="share of replicates in which it must be so"
    )

    def said(self, weeks: int, currency: str = "") -> str:
        """Return it in words."""
        level = share(self.reach) if self.is_share else f"{self.reach:g}"
        level = figure(self.reach, self.unit) if self.less is not None else level
        level = f"{level} {currency}" if currency and self.what == "money" else level
        bound = "at least" if self.sign > 0 else "at most"
        return f"{self.named(weeks)} {bound} {level} in {share(self.share)} of replicates"

    def missed(self, values: Floats) -> Floats:
        """Return by what share of replicates the goal is missed; 0 where it is reached.

        - ``values``, shape (..., n_replicates): larger is better
        """
        return np.maximum(0.0, self.share - self.reached(values).mean(axis=-1))

    def reached(self, values: Floats) -> Bools:
        """Return where it is reached; of values of which larger is better."""
        return values >= self.sign * self.reach - 1e-12


def scores(values: Floats, risk: Risk) -> Floats:
    """Return what each plan is worth under an attitude to the replicates; larger is better.

    Shape (..., n_plans).

    - ``values``, shape (..., n_plans, n_runs): the same replicates for all plans
    - ``risk``: ``worst tenth`` is the mean of the worst tenth of the replicates (the conditional
      value at risk). ``regret``: less the 90th percentile over replicates of what the plan falls
      short of the best of these plans there. (Its mean would order plans as the mean does.)

    >>> safe_and_bold = np.array([[0.4, 0.4, 0.4], [0.3, 0.3, 0.9]])
    >>> [int(scores(safe_and_bold, risk).argmax()) for risk in Risk]
    [1, 0, 0, 1]
    """
    if risk is Risk.MEAN:
        return values.mean(axis=-1)
    if risk is Risk.WORST:
        few = max(1, round(TAIL * values.shape[-1]))
        return np.sort(values, axis=-1)[..., :few].mean(axis=-1)
    if risk is Risk.TENTH:
        return np.quantile(values, TAIL, axis=-1)
    short = values.max(axis=-2, keepdims=True) - values
    return -np.quantile(short, 1 - TAIL, axis=-1)
