"""The state of an organisation in a run: declared once, read everywhere.

Three structured arrays hold everything about people. ``PEOPLE`` is fixed and shared by
all runs; ``STATE`` belongs to one run; ``VISIBLE`` is what others can perceive of a person,
kept twice (last week's and this week's) so that all update at once and each neighbour is
read once. Mesa agents are views of these rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

VALUES = (
    "relationships", "loyalty", "trustworthiness", "responsibility", "growth", "ambition", "family",
)  # fmt: skip
"""The seven values, fixed through a run."""

VALUE_STEPS = 200
"""A value in [0, 1] is stored as a byte in steps of 1/200 (five-point answers are exact)."""

PEOPLE = np.dtype(
    [
        ("key", np.uint64),  # hash of the id: a person's chance hangs on it
        ("team", np.int32),  # row of the team
        ("manager", np.int32),  # row of the manager; -1 where there is none
        ("task_potential", np.float32),  # share of own tasks the tool can help
        ("role", np.uint16),  # row of the role
        ("level", np.uint8),  # 1 is the top
        *((value, np.uint8) for value in VALUES),  # in steps of 1 / VALUE_STEPS
    ]
)
"""Who a person is: fixed, shared by all runs. One row a person, ordered by team, without gaps."""

TIE_UPWARD = 1
"""Bit of ``Ties.flags``: the person listened to is a superior (a smaller level number)."""
TIE_CLOSE = 2
"""Bit of ``Ties.flags``: a close tie (friendship, or mutual within a team)."""


class Flag(IntEnum):
    """Bits of the state variable ``flags``."""

    ACCESS = 1
    ACTIVATED = 2
    SEEN = 4
    ADOPTED = 8
    CHAMPION = 16
    LEAVING = 32
    CONSIDERS = 64
    AWAY = 128  # has not joined yet, or has left


@dataclass(frozen=True, slots=True)
class StateVariable:
    """One state variable of a person.

    - ``low``, ``high``: range of the values.
    - ``start``: where the first value comes from: a parameter ``…_start``, a rule, or a number.
    - ``surveyed``: whether people.csv may give a start value under this name.
    """

    name: str
    dtype: str
    low: float
    high: float
    meaning: str
    start: str = "0"
    surveyed: bool = False


VISIBLE_VARIABLES = (
    StateVariable("trust", "f8", 0, 1, "expressed trust that the organisation is straight about AI",
                  "trust_start", surveyed=True),
    StateVariable("fear_mistake", "f8", 0, 1, "expressed fear of visible mistakes",
                  "fear_mistake_start", surveyed=True),
    StateVariable("fear_job", "f8", 0, 1, "expressed fear for the job", "fear_job_start",
                  surveyed=True),
    StateVariable("use_seen", "f4", 0, 1, "use that others can see, share of the week"),
    StateVariable("own_use_seen", "f4", 0, 1, "own-tool use close ties can see"),
    StateVariable("report", "f4", 0, 1, "use_seen times perceived usefulness"),
    StateVariable("failure_seen", "f4", 0, 1, "failed uses others can see, share of the week"),
)  # fmt: skip
"""What others perceive of a person."""

STATE_VARIABLES = (
    StateVariable("trust_anchor", "f8", 0, 1, "private trust", "trust_start"),
    StateVariable("fear_mistake_anchor", "f8", 0, 1, "private fear of visible mistakes",
                  "fear_mistake_start"),
    StateVariable("fear_job_anchor", "f8", 0, 1, "private fear for the job", "fear_job_start"),
    StateVariable("habit", "f8", 0, 1, "automaticity of sanctioned use", surveyed=True),
    StateVariable("history", "u8", 0, 2**48, "use days of the last 12 weeks, four bits a week"),
    StateVariable("fear_identity", "f4", 0, 1, "fear for the professional identity",
                  "fear_identity_start", surveyed=True),
    StateVariable("capability", "f4", 0, 1, "knows how the tool works", "capability_start",
                  surveyed=True),
    StateVariable("fit", "f4", 0, 1, "knows how it helps with own work", "fit_start",
                  surveyed=True),
    StateVariable("usefulness", "f4", 0, 1, "perceived usefulness for own work", "usefulness_start",
                  surveyed=True),
    StateVariable("own_habit", "f4", 0, 1, "automaticity of own-tool use", surveyed=True),
    StateVariable("novelty", "f4", 0, 1, "curiosity about something new"),
    StateVariable("cynicism", "f4", 0, 1, "reactance and change fatigue", surveyed=True),
    StateVariable("confidence", "f4", 0, 1, "probability of use on a workday, given access"),
    StateVariable("fear_permission", "f4", 0, 1, "fear of unclear permission",
                  "fear_permission_start", surveyed=True),
    StateVariable("disposition", "f4", -20, 20, "lasting personal and team logit", "drawn"),
    StateVariable("readiness", "f4", 0, 1, "a manager's confidence, and willingness to say so",
                  "readiness_start", surveyed=True),
    StateVariable("threshold", "f4", -1e30, 1e30, "exposure still needed to consider the tool; "
                  "adopters needed (decision: threshold)", "drawn"),
    StateVariable("could_near", "f4", 0, 2, "weight of those listened to who may use the tool"),
    StateVariable("used_to_trust", "f4", -1, 1, "trust usually heard, less one's own"),
    StateVariable("used_to_mistake", "f4", -1, 1, "fear of mistakes usually heard, less one's own"),
    StateVariable("used_to_job", "f4", -1, 1, "fear for the job usually heard, less one's own"),
    StateVariable("hours", "f4", 0, 1e9, "hours spent on the rollout"),
    StateVariable("promise", "f4", 0, 1, "trust gained on a promise not yet kept"),
    StateVariable("trained", "u1", 0, 255, "trainings completed"),
    StateVariable("depth", "u1", 0, 255, "depth of repeat: weeks with sanctioned use so far"),
    StateVariable("compelled", "u1", 0, VALUE_STEPS, "mandate enforced this week, in 1/200"),
    StateVariable("showcased", "u1", 0, VALUE_STEPS, "showcase of own use this week, in 1/200"),
    StateVariable("base_capability", "u1", 0, 255, "capability at the start, in 1/255, upward"),
    StateVariable("base_fit", "u1", 0, 255, "fit at the start, in 1/255, upward"),
    StateVariable("base_cynicism", "u1", 0, 255, "cynicism at the start, in 1/255, upward"),
    StateVariable("flags", "u1", 0, 255, "bits of Flag"),
)  # fmt: skip
"""What belongs to a person alone."""


def _dtype(variables: tuple[StateVariable, ...]) -> np.dtype[np.void]:
    return np.dtype([(v.name, v.dtype) for v in variables], align=True)


VISIBLE = _dtype(VISIBLE_VARIABLES)
STATE = _dtype(STATE_VARIABLES)
