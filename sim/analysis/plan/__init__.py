"""Search for a rollout: which conversation when, which team first, under a budget."""

from sim.analysis.plan.loader import load_problem, loads_problem
from sim.analysis.plan.planning import Planner, plan
from sim.analysis.plan.problem import PlanProblem
from sim.analysis.plan.result import Answer

__all__ = ["Answer", "PlanProblem", "Planner", "load_problem", "loads_problem", "plan"]
