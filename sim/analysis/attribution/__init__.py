"""Why a team or a person did not adopt, from the run, and what would have changed it.

``why`` gives the parts of the drivers, of the manager and of the ties as they were in the
run; ``reruns`` simulates single changes of the plan with the same random numbers and ranks them.
"""

from sim.analysis.attribution.reruns import Change as Change
from sim.analysis.attribution.reruns import Rerun as Rerun
from sim.analysis.attribution.reruns import Reruns as Reruns
from sim.analysis.attribution.reruns import Worth as Worth
from sim.analysis.attribution.reruns import changes as changes
from sim.analysis.attribution.reruns import everyone as everyone
from sim.analysis.attribution.reruns import n_simulations as n_simulations
from sim.analysis.attribution.reruns import reruns as reruns
from sim.analysis.attribution.reruns import reruns_of_all as reruns_of_all
from sim.analysis.attribution.reruns import served_within as served_within
from sim.analysis.attribution.reruns import to_json as to_json
from sim.analysis.attribution.reruns import worth as worth
from sim.analysis.attribution.signals import Coached as Coached
from sim.analysis.attribution.signals import Following as Following
from sim.analysis.attribution.signals import coached as coached
from sim.analysis.attribution.signals import following as following
from sim.analysis.attribution.signals import signals_of as signals_of
from sim.analysis.attribution.signals import starting as starting
from sim.analysis.attribution.why import DriverPart as DriverPart
from sim.analysis.attribution.why import ManagerPart as ManagerPart
from sim.analysis.attribution.why import PersonWeeks as PersonWeeks
from sim.analysis.attribution.why import Subject as Subject
from sim.analysis.attribution.why import TiesPart as TiesPart
from sim.analysis.attribution.why import Why as Why
from sim.analysis.attribution.why import person_of as person_of
from sim.analysis.attribution.why import rerun_with_people as rerun_with_people
from sim.analysis.attribution.why import team_of as team_of
from sim.analysis.attribution.why import why as why
