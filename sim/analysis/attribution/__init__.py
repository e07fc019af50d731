"""Why a team or a person did not adopt, from the run, and what would have changed it.

``why`` gives the parts of the drivers, of the manager and of the ties as they were in the
run; ``reruns`` simulates single changes of the plan with the same random numbers and ranks them.
"""

from sim.analysis.attribution.reruns import (
    Change,
    Rerun,
    Reruns,
    changes,
    n_simulations,
    reruns,
    reruns_of_all,
    to_json,
)
from sim.analysis.attribution.signals import (
    Coached,
    Following,
    coached,
    following,
    signals_of,
    starting,
)
from sim.analysis.attribution.why import (
    DriverPart,
    ManagerPart,
    PersonWeeks,
    Subject,
    TiesPart,
    Why,
    everyone,
    person_of,
    rerun_with_people,
    team_of,
    why,
)
from sim.analysis.attribution.worth import Worth, worth

__all__ = [
    "Change",
    "Coached",
    "DriverPart",
    "Following",
    "ManagerPart",
    "PersonWeeks",
    "Rerun",
    "Reruns",
    "Subject",
    "TiesPart",
    "Why",
    "Worth",
    "changes",
    "coached",
    "everyone",
    "following",
    "n_simulations",
    "person_of",
    "rerun_with_people",
    "reruns",
    "reruns_of_all",
    "signals_of",
    "starting",
    "team_of",
    "to_json",
    "why",
    "worth",
]
