"""``uptake plan`` in Python: from a planner's problem to an answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import isinf
from pathlib import Path
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from sim.analysis.plan.answer import Contender, Element, contenders, elements
from sim.analysis.plan.baselines import RANDOM_ORDERS, Baseline, baselines
from sim.analysis.plan.clash import clash
from sim.analysis.plan.evaluate import Evaluator
from sim.analysis.plan.flips import RIVALS, Flip, flips
from sim.analysis.plan.layout import Layout, Plan, Wish
from sim.analysis.plan.loader import load_problem
from sim.analysis.plan.problem import PlanProblem
from sim.analysis.plan.roadmap import Roadmap, roadmap_of
from sim.analysis.plan.search import Found, search
from sim.analysis.plan.space import Space
from sim.analysis.plan.worlds import Worlds
from sim.errors import InputError, Problem
from sim.organisation.organisation import Organisation
from sim.parameters import MECHANISMS
from sim.posterior import posterior
from sim.results.key import Key
from sim.runner import load_organisation

__all__ = ["Answer", "Effort", "Planner", "plan"]

SHOWN = 6
"""Plans in the answer, the best one included."""

FORM = 2
"""Version of the form in which evaluations are stored."""

DRAWS = 400
"""Decisions at random in which one that keeps all constraints is looked for."""


@dataclass(frozen=True, slots=True)
class Effort:
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
        Measured on a few runs, for this machine.
    """

    decisions: float
    plans: int | None
    runs: int
    seconds: float

    def __str__(self) -> str:
        there = "very many" if isinf(self.decisions) else f"{self.decisions:,.0f}"
        feasible = "" if self.plans is None else f", {self.plans:,} plans keep the constraints"
        minutes = f"{self.seconds:.0f} s" if self.seconds < 90 else f"{self.seconds / 60:.0f} min"
        return f"{there} decisions{feasible}; at most {self.runs:,} runs, about {minutes}"


@dataclass(frozen=True, eq=False)
class Answer:
    """What a planner gets.

    Parameters
    ----------
    problem : PlanProblem
    layout : Layout
    plans : list of Contender
        The best plan first.
    baselines : list of Contender
    elements : tuple of Element
    flips : tuple of Flip
    conditions : int
        Conditions looked at for ``flips``.
    roadmap : Roadmap
    found : Found
    runs : int
    worlds : int
        Worlds of the report.
    sets : int
        Parameter sets that the worlds are drawn from.
    notes : tuple of str
    """

    problem: PlanProblem
    layout: Layout
    plans: list[Contender]
    baselines: list[Contender]
    elements: tuple[Element, ...]
    flips: tuple[Flip, ...]
    conditions: int
    roadmap: Roadmap
    found: Found
    runs: int
    worlds: int
    sets: int
    notes: tuple[str, ...] = ()

    @property
    def best(self) -> Plan:
        """The plan to carry out."""
        return self.plans[0].plans[0]


@dataclass(eq=False)
class Planner:
    """A problem made ready: its space, worlds and evaluations.

    Parameters
    ----------
    problem : PlanProblem
    organisation : Organisation
    rows : structured array of ``PARAMETER_DTYPE``, shape (n_sets,)
        The posterior sample.
    seed : int
    runs, report : int
        Runs of the search; worlds of the report.
    by : str
        See ``sim.analysis.plan.propose.PROPOSERS``.
    folder : Path, optional
        Where evaluations are kept, so that work interrupted resumes.
    threads : int, optional
    lived : uint64 array, shape (n_sets,), optional
        See ``Worlds``.

    Raises
    ------
    InputError
        Where the organisation lacks what is named, and where no plan keeps all constraints:
        then it says which of them clash.
    """

    problem: PlanProblem
    organisation: Organisation
    rows: NDArray[np.void]
    seed: int = 0
    runs: int = 12_000
    report: int = 200
    by: str = "optuna"
    folder: Path | None = None
    threads: int | None = None
    lived: NDArray[np.uint64] | None = None
    first: list[Wish] = field(default_factory=list, init=False)
    observed: dict[str, tuple[tuple[int, ...], tuple[float, ...]]] = field(
        default_factory=dict, init=False
    )
    now: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.layout = Layout(self.problem, self.organisation)
        self.space = Space(self.layout)
        self.first = self._possible()
        worlds = Worlds.of(self.rows, self.problem.scenario, self.seed, self.lived)
        self.evaluator = Evaluator(
            self.layout,
            worlds,
            None if self.folder is None else self.folder / self.key.digest,
            threads=self.threads,
        )
        self.simple: tuple[Baseline, ...] = baselines(self.space, self.seed)

    @property
    def key(self) -> Key:
        """What evaluations hang on; those of another key are never taken up."""
        problem, scenario = self.problem, self.problem.scenario
        asked = (
            problem.weeks, problem.items, problem.sequences, problem.waves, problem.objectives,
            scenario.overrides(), scenario.switched_off(), scenario.timeline,
        )  # fmt: skip
        return Key.of(
            "plan",
            FORM,
            people=[self.organisation.content_hash()],
            scenario=[problem.text, repr(asked)],
            parameters=[self.rows.tobytes(), b"" if self.lived is None else self.lived.tobytes()],
            seed=self.seed,
        )

    def _possible(self) -> list[Wish]:
        """Return wishes that keep all constraints; raise where there is none."""
        rng = np.random.default_rng([self.seed, 3])
        found = []
        for _ in range(DRAWS):
            wish = self.space.draw(rng)
            if self.layout.fit(wish).plan is not None:
                found.append(wish)
                if len(found) == 8:
                    return []
        if found:
            return found
        clashing, wish_found = clash(self.layout)
        if wish_found is not None and self.layout.fit(wish_found).plan is not None:
            return [wish_found]
        said = "; ".join(one.words for one in clashing) or "all constraints together"
        right = "leave one of them out, or make it wider"
        what = f"no plan keeps all constraints. These clash: {said}"
        raise InputError([Problem(self.problem.file, "", what, right)])

    def effort(self) -> Effort:
        """Return how much work it is going to be, from a few runs."""
        rng = np.random.default_rng([self.seed, 4])
        wishes = self.first or [self.space.draw(rng) for _ in range(DRAWS)]
        plans = [plan for wish in wishes if (plan := self.layout.fit(wish).plan)][:6]
        probe = Evaluator(self.layout, self.evaluator.worlds, threads=self.threads)
        probe.values(plans[:1], 1)
        begun = monotonic()
        probe.values(plans, 3)
        seconds = (monotonic() - begun) / max(probe.runs - 1, 1)
        runs = self.runs + self.report_runs
        return Effort(self.space.size, None, runs, seconds * runs)

    @property
    def report_runs(self) -> int:
        """Runs of the report, at most."""
        plans = SHOWN + len(self.simple) + RANDOM_ORDERS + 3 * len(self.problem.items) + 2
        return (plans + 1) * self.report + len(MECHANISMS) * (RIVALS + 1) * min(self.report, 40)

    def answer(
        self, *, minutes: float | None = None, progress: Callable[[int], None] | None = None
    ) -> Answer:
        """Search, and return the answer; with the best so far where it is interrupted.

        Parameters
        ----------
        minutes : float, optional
            For the search, at most.
        progress : callable, optional
            Told how many runs have just ended.
        """
        evaluator = self.evaluator
        evaluator.progress = progress
        if minutes is not None:
            evaluator.deadline = monotonic() + 60 * minutes
        found = search(
            self.space, evaluator, runs=self.runs, seed=self.seed, by=self.by, first=self.first
        )
        if not found.ranked:
            raise KeyboardInterrupt
        evaluator.limit, evaluator.deadline = None, float("inf")
        return self.reported(found)

    def reported(self, found: Found) -> Answer:
        """Return the answer about what a search has found."""
        evaluator = self.evaluator
        worlds = min(self.report, 40) if found.interrupted else self.report
        short = bool(found.interrupted)
        ranked = found.ranked[: 2 if short else SHOWN]
        named = [(self._name(k), one) for k, one in enumerate(ranked)]
        first, simple = contenders(evaluator, named, self.simple, worlds)
        turns, looked_at = ((), 0) if short else flips(evaluator, named, worlds)
        return Answer(
            problem=self.layout.problem,
            layout=self.layout,
            plans=first,
            baselines=simple,
            elements=() if short else elements(evaluator, ranked[0], worlds, self.now),
            flips=tuple(turns),
            conditions=looked_at,
            roadmap=roadmap_of(
                evaluator, ranked[0], self.problem.name, worlds, self.observed, self.now
            ),
            found=found,
            runs=evaluator.runs,
            worlds=worlds,
            sets=len(self.rows),
            notes=tuple(str(one) for one in self.layout.warnings),
        )

    @staticmethod
    def _name(place: int) -> str:
        return "best" if place == 0 else f"plan {place + 1}"


def plan(
    source: PlanProblem | Path | str,
    *,
    organisation: Organisation | Path | str | None = None,
    parameters: NDArray[np.void] | None = None,
    runs: int = 12_000,
    worlds: int = 200,
    seed: int = 0,
    by: str = "optuna",
    folder: Path | None = None,
    threads: int | None = None,
    minutes: float | None = None,
    progress: Callable[[int], None] | None = None,
) -> Answer:
    """Find the rollout for a planner's problem.

    Parameters
    ----------
    source : PlanProblem, path or str
        A plan file.
    organisation : Organisation, path or shipped name, optional
        In place of the file's own.
    parameters : structured array of ``PARAMETER_DTYPE``, optional
        Parameter sets to be robust to; the shipped posterior sample by default.
    runs : int
        Runs of the search, at most.
    worlds : int
        Worlds from which figures are reported; none of them took part in the search.
    seed : int
        The same seed gives the same answer, unless it is ended by ``minutes``.
    by : str
        See ``sim.analysis.plan.propose.PROPOSERS``.
    folder : Path, optional
        Where evaluations are kept.
    threads : int, optional
    minutes : float, optional
        For the search, at most.
    progress : callable, optional

    Returns
    -------
    Answer

    Raises
    ------
    InputError
        With everything wrong in the file; with the constraints that clash.
    """
    problem = source if isinstance(source, PlanProblem) else load_problem(source)
    people = load_organisation(organisation or problem.organisation)
    rows = posterior() if parameters is None else parameters
    planner = Planner(problem, people, rows, seed, runs, worlds, by, folder, threads)
    return planner.answer(minutes=minutes, progress=progress)
