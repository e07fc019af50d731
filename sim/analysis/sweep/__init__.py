"""Studies: many design points, replicates, scenarios and organisations, on one machine or many."""

from sim.analysis.sweep.driver import Progress, sweep
from sim.analysis.sweep.loader import load_study
from sim.analysis.sweep.specification import Specification
from sim.analysis.sweep.study import Study

__all__ = ["Progress", "Specification", "Study", "load_study", "sweep"]
