"""Why a team or a person did not adopt, from the run, and what would have changed it.

``why`` gives the parts of the drivers, of the manager and of the ties as they were in the
run; ``reruns`` lives single changes of the plan with the same luck and ranks them.
"""

from sim.analysis.attribution.changes import Change, changes
from sim.analysis.attribution.plain import plain
from sim.analysis.attribution.reruns import Rerun, Reruns, reruns
from sim.analysis.attribution.subject import Subject, everyone, person_of, team_of
from sim.analysis.attribution.why import DriverPart, ManagerPart, TiesPart, Why, why

__all__ = [
    "Change",
    "DriverPart",
    "ManagerPart",
    "Rerun",
    "Reruns",
    "Subject",
    "TiesPart",
    "Why",
    "changes",
    "everyone",
    "person_of",
    "plain",
    "reruns",
    "team_of",
    "why",
]
