"""Why a team or a person did not adopt, from the run, and what would have changed it.

``why`` gives the parts of the drivers, of the manager and of the ties as they were in the
run; ``reruns`` lives single changes of the plan with the same luck and ranks them.
"""

from sim.analysis.attribution.changes import Change, changes
from sim.analysis.attribution.plain import plain
from sim.analysis.attribution.reruns import Rerun, Reruns, n_lives, reruns, reruns_of_all
from sim.analysis.attribution.subject import Subject, everyone, person_of, team_of
from sim.analysis.attribution.why import (
    DriverPart,
    Lived,
    ManagerPart,
    TiesPart,
    Why,
    lived_again,
    why,
)
from sim.analysis.attribution.worth import Worth, worth

__all__ = [
    "Change",
    "DriverPart",
    "Lived",
    "ManagerPart",
    "Rerun",
    "Reruns",
    "Subject",
    "TiesPart",
    "Why",
    "Worth",
    "changes",
    "everyone",
    "lived_again",
    "n_lives",
    "person_of",
    "plain",
    "reruns",
    "reruns_of_all",
    "team_of",
    "why",
    "worth",
]
