"""What a run records every week, for the organisation and for each team; how long it may be."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


@dataclass(frozen=True, slots=True)
class Variable:
    """A recorded quantity: its name, unit and meaning.

    - ``of``, ``least``: where given, the share of people of whom the quantity ``of`` is ``least``
      or more.
    """

    name: str
    unit: str
    meaning: str
    of: str = ""
    least: float = 0.0


OUTCOMES = (
    Variable("access", "share", "people with sanctioned access"),
    Variable("trained", "share", "people who completed at least one training"),
    Variable("activated", "share", "people with a first sanctioned use behind them"),
    Variable("considering", "share", "people who consider the tool and have not used it yet"),
    Variable("tried", "share", "used in one week so far, within the last 4 weeks"),
    Variable("lapsed", "share", "used before, but not in the last 4 weeks"),
    Variable("weekly_users", "share", "people with sanctioned use this week"),
    Variable("regular", "share", "used in each of the last 4 weeks (early variant) [Viva]"),
    Variable("habitual", "share", "used in at least 9 of the last 12 weeks [Viva]"),
    Variable("power", "share", "habitual, 15 actions a week or more [Viva]"),
    Variable("novice", "share", "not habitual, 1 action a week or more [Viva]"),
    Variable("low", "share", "above 0 and under 1 action a week [Viva]"),
    Variable("non_users", "share", "no sanctioned use in the last 12 weeks [Viva]"),
    Variable("own_tool_users", "share", "people using own tools this week"),
    Variable("use_days", "days/person", "sanctioned use days this week"),
    Variable("own_days", "days/person", "own-tool days this week"),
    Variable("hours", "hours/person", "hours spent on the rollout so far"),
    Variable("proficient", "share", "people at or above the proficient capability"),
    Variable("trust", "1", "mean expressed trust"),
    Variable("fear_mistake", "1", "mean expressed fear of visible mistakes"),
    Variable("fear_permission", "1", "mean fear of unclear permission"),
    Variable("fear_job", "1", "mean expressed fear for the job"),
    Variable("fear_identity", "1", "mean fear for the professional identity"),
    Variable("capability", "1", "mean capability"),
    Variable("fit", "1", "mean fit with own work"),
    Variable("usefulness", "1", "mean perceived usefulness"),
    Variable("confidence", "1", "mean probability of use on a workday, given access"),
    Variable("confidence_gap", "1", "capability less confidence"),
    Variable("habit", "1", "mean automaticity of sanctioned use"),
    Variable("novelty", "1", "mean novelty"),
    Variable("cynicism", "1", "mean cynicism"),
    Variable("climate", "1", "mean psychological safety of the team"),
)
"""Weekly outcomes, in the order of the last axis of a record.

An outcome that has the name of a quantity kept of a person (a state variable, or a row of
``engine.rows``) is its mean over people; one with ``of`` the share of people with that much of
it. Neither needs another line anywhere. Any other is worked out in ``engine.recording`` and in
``abm.agents.outcomes_of_person``.
"""

Outcome = IntEnum("Outcome", {v.name: i for i, v in enumerate(OUTCOMES)})  # type: ignore[misc]
"""Position of an outcome on the last axis."""

DRIVERS = (
    Variable("visible_mistakes", "share of workdays", "fear of visible mistakes, unsafe climate"),
    Variable("unclear_permission", "share of workdays", "fear of unclear permission"),
    Variable("job", "share of workdays", "fear for the job"),
    Variable("undefined_norm", "share of workdays", "use by peers not seen"),
    Variable("manager", "share of workdays", "a manager's sceptical or silent signal"),
    Variable("identity", "share of workdays", "fear for the professional identity"),
    Variable("distrust", "share of workdays", "lack of trust"),
    Variable("little_benefit", "share of workdays", "little know-how and real benefit"),
    Variable("cynicism", "share of workdays", "reactance and change fatigue"),
    Variable("first_use", "share of workdays", "the step of the first uses"),
    Variable("not_considered", "share of workdays", "has not taken the tool into consideration"),
)
"""What holds use back: the rise in the probability of use on a workday, given access, if
this shortfall alone were taken out of the same week's choice. The first five are the five
drivers of the confidence gap."""

Driver = IntEnum("Driver", {v.name: i for i, v in enumerate(DRIVERS)})  # type: ignore[misc]
"""Position of a driver on the last axis."""

PERSON_RECORD = (
    Variable("use_days", "days", "sanctioned use days this week"),
    Variable("own_days", "days", "own-tool days this week"),
    Variable("flags", "bits", "bits of Flag"),
    Variable("trust", "1/255", "expressed trust"),
    Variable("fear_mistake", "1/255", "expressed fear of visible mistakes"),
    Variable("fear_permission", "1/255", "fear of unclear permission"),
    Variable("fear_job", "1/255", "expressed fear for the job"),
    Variable("fear_identity", "1/255", "fear for the professional identity"),
    Variable("capability", "1/255", "capability"),
    Variable("usefulness", "1/255", "perceived usefulness"),
    Variable("confidence", "1/255", "probability of use on a workday, given access"),
    Variable("cynicism", "1/255", "cynicism"),
    Variable("norm", "1/255", "share of attention on visible use"),
)
"""One byte each per person and week, on request, for replay."""


CHECKPOINT_EVERY = 13
"""Weeks from one record of the barriers to the next; the last week is recorded too."""
MAX_WEEKS = 1040
"""The longest run: twenty years."""


def checkpoint_weeks(weeks: int) -> tuple[int, ...]:
    """Return the weeks at which drivers are recorded.

    >>> checkpoint_weeks(52), checkpoint_weeks(20)
    ((13, 26, 39, 52), (13, 20))
    """
    return tuple(sorted({*range(CHECKPOINT_EVERY, weeks + 1, CHECKPOINT_EVERY), weeks}))
