"""Search for a rollout: which conversation when, which team first, under a budget."""

from sim.analysis.plan.loader import load_problem, loads_problem
from sim.analysis.plan.planning import Answer, Planner, plan
from sim.analysis.plan.problem import PlanProblem

__all__ = ["Answer", "PlanProblem", "Planner", "load_problem", "loads_problem", "plan"]
