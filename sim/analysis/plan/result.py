"""What a planner is told: how much work it is going to be, and the answer."""

from __future__ import annotations

from dataclasses import dataclass
from math import isinf

from sim.analysis.plan.contenders import Ablation, Contender
from sim.analysis.plan.horizon import Look
from sim.analysis.plan.layout import Layout, Plan
from sim.analysis.plan.prices import Price
from sim.analysis.plan.problem import PlanProblem
from sim.analysis.plan.roadmap import Roadmap
from sim.analysis.plan.search import SearchState
from sim.analysis.plan.switching import SwitchingCondition


@dataclass(frozen=True, slots=True)
class SearchCost:
    """How much work a plan is going to be.

    Parameters
    ----------
    decisions : float
        Decisions there are, before constraints; infinite where not counted.
    plans : int or None
        Plans that keep all constraints, where they have been listed.
    runs : int
        At most, the report included.
    seconds : float
        Measured on a few runs and a few proposals, for this machine.
    """

    decisions: float
    plans: int | None
    runs: int
    seconds: float

    def __str__(self) -> str:
        there = "very many" if isinf(self.decisions) else f"{self.decisions:,.0f}"
        feasible = "" if self.plans is None else f", {self.plans:,} plans keep the constraints"
        minutes = f"{self.seconds:.0f} s" if self.seconds < 90 else f"{self.seconds / 60:.0f} min"
        decisions = "1 decision" if there == "1" else f"{there} decisions"
        return f"{decisions}{feasible}; at most {self.runs:,} runs, about {minutes}"


@dataclass(frozen=True, eq=False)
class Answer:
    """What a planner gets.

    Parameters
    ----------
    plans : list of Contender
        The best plan first.
    conditions : int
        Conditions looked at for ``switching_conditions``.
    prices : tuple of Price
        What each limit a little looser would bring.
    looks : tuple of Look
        The best plan and its rivals in other weeks and by other objectives.
    looked_at : tuple of str
        Names of the plans of ``looks``, the best first.
    replicates : int
        Replicates of the report.
    sets : int
        Parameter sets that the replicates are drawn from.
    """

    problem: PlanProblem
    layout: Layout
    plans: list[Contender]
    baselines: list[Contender]
    ablations: tuple[Ablation, ...]
    switching_conditions: tuple[SwitchingCondition, ...]
    conditions: int
    prices: tuple[Price, ...]
    looks: tuple[Look, ...]
    looked_at: tuple[str, ...]
    roadmap: Roadmap
    found: SearchState
    runs: int
    replicates: int
    sets: int
    notes: tuple[str, ...] = ()

    @property
    def best(self) -> Plan:
        """The plan to carry out."""
        return self.plans[0].plans[0]
