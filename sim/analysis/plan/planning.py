"""``uptake plan`` in Python: from a planner's problem to an answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from time import monotonic, process_time
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from sim.analysis.plan.baselines import RANDOM, RANDOM_ORDERS, Baseline, baselines, in_random_order
from sim.analysis.plan.check import keeps, violations
from sim.analysis.plan.contenders import Ablation, Contender, ablations, contenders
from sim.analysis.plan.evaluate import Evaluator, ReplicateSource
from sim.analysis.plan.infeasible import infeasible_subsets
from sim.analysis.plan.layout import Layout, Plan
from sim.analysis.plan.loader import load_problem, own_plan
from sim.analysis.plan.problem import PlanProblem
from sim.analysis.plan.result import Answer, SearchCost
from sim.analysis.plan.roadmap import roadmap_of
from sim.analysis.plan.search import DRAWN, SearchState, search
from sim.analysis.plan.selection import front_of
from sim.analysis.plan.space import Space
from sim.analysis.plan.surrogate import FRONT, RUNGS
from sim.analysis.plan.switching import (
    REPLICATES,
    RIVALS,
    SWITCHED,
    Look,
    Price,
    SwitchingCondition,
    looks,
    prices,
    rivals,
    switching_conditions,
    unlike,
)
from sim.analysis.plan.switching import RUNS as PRICE_RUNS
from sim.arrays import Floats
from sim.errors import InputError, Problem, refusal
from sim.extensions import need
from sim.organisation.organisation import Organisation
from sim.organisation.write import organisation_hash
from sim.parameters import MECHANISMS
from sim.posterior import posterior
from sim.results.key import KeptArrays, Key
from sim.runner import load_organisation

T = TypeVar("T")

SHOWN = 6
"""Plans in the answer, the best one included; of a front all of them."""
FORM = 4
"""Version of the form in which evaluations are stored."""
RUNS_A_PLAN = 30
"""Runs for each plan that is made, about: most are left out after a few."""
TURNS = 4
"""Sets of replicates in which the answer's tables are made, at most: a row that takes the best's
place was chosen by the set before. More are hardly ever asked for; then the last is used again."""
YOURS = "your own plan"
"""Name of the plan that ``start_from`` gives."""


@dataclass(eq=False)
class Planner:
    """A problem made ready: its space, replicates and evaluations.

    Raises InputError where the organisation lacks what is named, and where no plan keeps all
    constraints: then it says which of them clash.
    """

    problem: PlanProblem
    organisation: Organisation
    rows: NDArray[np.void]
    """The posterior sample, of ``PARAMETER_DTYPE``, shape (n_sets,)."""
    seed: int = 0
    runs: int = 12_000
    report: int = 200
    """``runs``, ``report``: runs of the search; replicates of the report."""
    folder: Path | None = None
    """Where evaluations are kept, so that work interrupted resumes."""
    threads: int | None = None
    set_seeds: NDArray[np.uint64] | None = None
    """See ``ReplicateSource``, shape (n_sets,)."""
    observed: dict[str, tuple[tuple[int, ...], tuple[float, ...]]] = field(
        default_factory=dict, init=False
    )
    agreed: Plan | None = field(default=None, init=False)
    """What is under way: it stays the first unless another plan is better beyond chance."""
    now: int = field(default=0, init=False)
    marked: str = field(default="", init=False)
    line: Floats | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.layout = Layout(self.problem, self.organisation)
        self.space = Space(self.layout)
        self.first = self._possible()
        replicates = ReplicateSource.of(self.rows, self.problem.scenario, self.seed, self.set_seeds)
        self.evaluator = Evaluator(self.layout, replicates, self._kept(), threads=self.threads)
        self.notes = [str(one) for one in self.layout.warnings]
        if self.space.step < self.problem.step:
            what = f"no plan starts every {self.problem.step} weeks: every week is considered"
            self.notes.append(what)
        one = all(len(self.space.weeks(row)) == 1 for row in range(len(self.problem.items)))
        if self.problem.step > 1 and self.problem.items and one:
            self.notes.append(f"with a step of {self.problem.step} weeks each start has one week")

    def _kept(self) -> KeptArrays | None:
        if self.folder is None:
            return None
        right = "delete the file: it is only kept to go on from"
        return KeptArrays(self.folder, self.key, right, self.key.digest)

    @cached_property
    def simple(self) -> tuple[Baseline, ...]:
        """Simple plans, and the planner's own."""
        own = self.problem.start_from
        return (*([self._own(own)] if own else ()), *baselines(self.space, self.seed))

    @property
    def _known(self) -> list[Plan]:
        """The simple plans that keep all constraints."""
        plans = [plan for one in self.simple if one.keeps for plan in one.plans]
        return [plan for plan in plans if keeps(self.layout, plan)]

    def _own(self, file: Path) -> Baseline:
        mine = own_plan(self.layout, file)
        broken = tuple(f"breaks: {one}" for one in violations(self.layout, mine))
        near = self.space.nearest(mine, len(mine.waves)) if broken else mine
        if near is None:
            return Baseline(YOURS, (mine,), broken, keeps=False)
        if broken:
            self.notes.append(
                f"{YOURS} {'; '.join(broken)}: the nearest that does not is in the race"
            )
            self.first = near
            return Baseline(YOURS, (mine,), broken, keeps=False)
        return Baseline(YOURS, (mine,))

    @property
    def key(self) -> Key:
        """What evaluations hang on; those of another key are never taken up."""
        problem, scenario = self.problem, self.problem.scenario
        asked = (
            problem.weeks, problem.items, problem.sequences, problem.waves, problem.objectives,
            problem.limits, problem.goals, problem.rates, problem.precedence, problem.blackouts,
            scenario.overrides(), scenario.switched_off(), scenario.timeline,
            [(name, one.sources, one.text) for name, one in problem.references.items()],
        )  # fmt: skip
        return Key.of(
            "plan",
            FORM,
            people=[organisation_hash(self.organisation)],
            scenario=[problem.text, repr(asked)],
            parameters=[
                self.rows.tobytes(),
                b"" if self.set_seeds is None else self.set_seeds.tobytes(),
            ],
            seed=self.seed,
        )

    def _possible(self) -> Plan:
        """Return a plan that keeps all constraints; raise where there is none."""
        plan = self.space.first(self.seed)
        if plan is not None:
            return plan
        file, found = self.problem.file, infeasible_subsets(self.layout)
        if isinstance(found, Plan):
            return found
        if found is None:
            what = (
                "no plan that keeps all constraints was found; it is not proved that there is none"
            )
            raise refusal(file, "", what, "make some wider, or ask for fewer at once")
        what = "no plan keeps all constraints (proved). These clash"
        raise InputError(
            [
                Problem(file, "", f"{what}: {one}", "make one of them wider, or leave it out")
                for one in found
            ]
        )

    def search_cost(self) -> SearchCost:
        """Return how much work it is going to be, from a few runs and a few proposals."""
        rng, space = np.random.default_rng([self.seed, 4]), self.space
        space.draw(rng)
        near, others = _timed(  # in one thread: what else the machine does is left out
            lambda: [space.near(self.first, rng) for _ in range(5)], process_time
        )
        drawn, _ = _timed(lambda: space.draw(rng), process_time)
        plans = [self.first, *dict.fromkeys(plan for plan in others if plan is not None)]
        probe = Evaluator(self.layout, self.evaluator.replicates, threads=self.threads)
        probe.values(plans[:1], 1)
        first, _ = _timed(lambda: probe.values(plans, 1))
        more, _ = _timed(lambda: probe.values(plans, 4))
        a_run = more / (3 * len(plans))
        a_plan = near / 5 + max(0.0, first / len(plans) - a_run)  # made, put on the timeline
        runs = self.runs + self.report_runs
        if space.size * RUNGS[-1] * 8 < self.runs:  # all of them, as often as may be
            runs -= self.runs - int(space.size * (RUNGS[-1] * 8 + 400))
        likely = runs - (TURNS - 1) * self.table_runs
        making = 2 * DRAWN * drawn + likely / RUNS_A_PLAN * a_plan
        return SearchCost(space.size, runs, a_run * likely + making)

    @property
    def table_runs(self) -> int:
        """Runs of the tables of the report, at most."""
        shown = SHOWN if self.evaluator.n_objectives == 1 else FRONT
        plans = shown + len(self.simple) + RANDOM_ORDERS + 3 * len(self.problem.items) + 3
        return plans * self.report * (1 + (self.evaluator.discrepancy is not None))

    @property
    def report_runs(self) -> int:
        """Runs of the report, at most."""
        if not self.problem.items:
            return self.table_runs
        switched = len(MECHANISMS) * (RIVALS + 1) * min(self.report, SWITCHED)
        several = self.evaluator.n_objectives
        loose = (PRICE_RUNS + self.report * (1 + several)) * (1 + len(self.problem.limits))
        views = (RIVALS + 2) * self.report
        if several > 1:
            views += (FRONT + len(self.simple)) * min(self.report, REPLICATES)
        return TURNS * self.table_runs + switched + loose + views

    def answer(
        self, *, minutes: float | None = None, progress: Callable[[int], None] | None = None
    ) -> Answer:
        """Search, and return the answer; with the best so far where it is interrupted.

        - ``minutes``: for the search, at most
        - ``progress``: called with how many runs have just ended
        """
        self.evaluator.progress = progress
        found = self.search(minutes)
        if not found.ranked:
            raise KeyboardInterrupt
        self.evaluator.limit, self.evaluator.deadline = None, float("inf")
        return self.reported(found)

    def search(self, minutes: float | None = None) -> SearchState:
        """Return what a search finds that knows the simple plans and the planner's own.

        - ``minutes``: at most
        """
        if minutes is not None:
            self.evaluator.deadline = monotonic() + 60 * minutes
        return search(
            self.space, self.evaluator, runs=self.runs, seed=self.seed, first=[self.first],
            always=self._known,
        )  # fmt: skip

    def reported(self, found: SearchState) -> Answer:
        """Return the answer about what a search has found.

        A row of the answer's own tables that is better than the best plan takes its place, and
        is judged afresh; of several objectives, one that is better than a plan of the front.
        """
        short = bool(found.interrupted)
        replicates = min(self.report, 40) if short else self.report
        turn, stage, known, taken = 0, "report", set[Plan](), list[Plan]()
        while True:
            ranked = self._shown(found, taken, replicates, stage)
            named = [(self._name(k), one) for k, one in enumerate(ranked)]
            rows = self._beside(named[0], short=short)
            first, simple = contenders(self.evaluator, named, rows, replicates, stage)
            parts = () if short else ablations(self.evaluator, ranked, replicates, self.now, stage)
            known.add(ranked[0])
            better = self._better(ranked, first, simple, parts)
            if better is None or better in known:
                break
            taken.append(better)
            known.add(better)
            found.kim_nelson = None  # it was between others
            found.ranked = [better, *(plan for plan in found.ranked if plan != better)]
            turn += 1
            if turn < TURNS:  # judged afresh: what chose it is too high
                stage, known = f"report{turn}", set()
        return self._answer(found, first, simple, parts, replicates, stage)

    def _beside(self, first: tuple[str, Plan], *, short: bool) -> Sequence[Baseline]:
        """Return the simple plans of the table; as random order that of what the first holds."""
        if short or not self.problem.items:
            return self.simple
        named = RANDOM if self.evaluator.n_objectives == 1 else f"{first[0]} in {RANDOM}"
        single = [one for one in self.simple if one.name != RANDOM]
        return [*single, in_random_order(self.space, first[1], named, self.seed)]

    def _shown(
        self, found: SearchState, taken: Sequence[Plan], replicates: int, stage: str
    ) -> list[Plan]:
        """Return the plans to show: the best; or all of a front, the knee first.

        On the front are those of the final's, of the simple plans and of the rows ``taken`` that
        none of them is better than in the replicates of the report.
        """
        some = found.ranked[: 2 if found.interrupted else SHOWN]
        if self.evaluator.n_objectives == 1:
            return some
        known = [plan for plan in found.ranked if self.evaluator.known(plan, "final") >= 10]
        if known and not found.interrupted:
            least = min(self.evaluator.known(plan, "final") for plan in known)
            values = self.evaluator.values(known, least, "final")
            some = [known[k] for k in front_of(values, self.problem)]
        some = list(dict.fromkeys([*self._known, *taken, *some]))
        values = self.evaluator.values(some, replicates, stage)
        return [some[k] for k in front_of(values, self.problem)]

    def _better(
        self, ranked: Sequence[Plan], first: Sequence[Contender], simple: Sequence[Contender],
        parts: Sequence[Ablation],
    ) -> Plan | None:  # fmt: skip
        """Return the plan of a row that is better than the best beyond chance, if there is one.

        Otherwise what is agreed, where it cannot be told apart from the best.
        """
        rows = [(one.behind.mean, one.plans[0]) for one in (*first, *simple)
                if one.behind is not None and one.better and one.keeps]  # fmt: skip
        rows += [(-one.worth.mean, one.plan) for one in parts
                 if one.worth is not None and one.plan is not None and one.better]  # fmt: skip
        rows = [(gain, plan) for gain, plan in rows if plan != ranked[0]]
        agreed = [one for one in simple if one.plans == (self.agreed,) and one.alike]
        if agreed and not rows and self.evaluator.n_objectives == 1:
            goals = zip(self.problem.goals, agreed[0].reached, first[0].reached, strict=True)
            if all(reached >= min(goal.share, best) for goal, reached, best in goals):
                return self.agreed
        return max(rows, key=lambda row: row[0])[1] if rows else None

    def _answer(
        self, found: SearchState, first: list[Contender], simple: list[Contender],
        parts: tuple[Ablation, ...], replicates: int, stage: str,
    ) -> Answer:  # fmt: skip
        evaluator, short = self.evaluator, bool(found.interrupted)
        best = first[0].plans[0]
        others = [(one.name, one.plans[0]) for one in (*first[1:], *simple)
                  if len(one.plans) == 1 and one.keeps]  # fmt: skip
        seen = [(unlike(self.layout, best, plan), plan) for plan in found.ranked[:40]]
        if not self.problem.is_single:  # another of the front is better in something anyway
            plans = [best, *(plan for _, plan in others)]
            values = evaluator.values(plans, replicates, stage)[: evaluator.n_objectives]
            means = (values if self.problem.lead else values[1:]).mean(axis=-1)
            no_worse = (means[:, 1:] >= means[:, :1]).all(axis=0)
            others, seen = [one for one, is_so in zip(others, no_worse, strict=True) if is_so], []
        named = {plan: name for name, plan in reversed([*others, *seen]) if plan != best}
        far = rivals(self.layout, best, [(name, plan) for plan, name in named.items()])
        simple_ones = [(named[one.plans[0]], one.plans[0]) for one in simple
                       if len(one.plans) == 1 and one.plans[0] in named]  # fmt: skip
        chosen = list(dict.fromkeys([*simple_ones[:2], *far]))[:RIVALS]
        turns: tuple[SwitchingCondition, ...] = ()
        looked_at = 0
        views: tuple[Look, ...] = ()
        loosened: tuple[Price, ...] = ()
        if not short:
            turns, looked_at = switching_conditions(
                evaluator, [(first[0].name, best), *chosen], replicates, stage
            )
            mine = list(dict.fromkeys([*chosen, *simple_ones]))[: RIVALS + 3]
            front = 1
            if evaluator.n_objectives > 1:  # any of it may be chosen, and may be led
                front, names = len(first), dict[Plan, str]()
                for one in (*first[1:], *simple):
                    if one.keeps and len(one.plans) == 1 and one.plans[0] != best:
                        names.setdefault(one.plans[0], one.name)
                mine = [(name, plan) for plan, name in names.items()]
            if not self.problem.leading.is_planned:  # which no week changes
                plans = [best, *(plan for _, plan in mine)]
                views = looks(evaluator, plans, replicates, stage, front)
            if self.problem.items:
                loosened = prices(self.space, evaluator, best, replicates, self.seed, stage,
                                  min(PRICE_RUNS, max(100, self.runs // 8)))  # fmt: skip
        return Answer(
            problem=self.layout.problem,
            layout=self.layout,
            plans=first,
            baselines=simple,
            ablations=parts,
            switching_conditions=tuple(turns),
            conditions=looked_at,
            prices=loosened,
            looks=views,
            looked_at=(first[0].name, *(name for name, _ in mine)) if views else (),
            roadmap=replace(
                roadmap_of(
                    evaluator, best, self.problem.name, replicates, self.observed, self.now, stage
                ),
                marked=self.marked,
                line=self.line,
            ),
            found=found,
            runs=evaluator.runs,
            replicates=replicates,
            sets=len(self.rows),
            notes=tuple(self.notes),
        )

    def _name(self, place: int) -> str:
        one = self.evaluator.n_objectives == 1
        return "best" if one and not place else f"plan {place + 1}"


def _timed(work: Callable[[], T], clock: Callable[[], float] = monotonic) -> tuple[float, T]:
    """Return how many seconds something took, and what came of it."""
    begun = clock()
    found = work()
    return clock() - begun, found


def plan(
    source: PlanProblem | Path | str, *, organisation: Organisation | Path | str | None = None,
    parameters: NDArray[np.void] | None = None, runs: int = 12_000, replicates: int = 200,
    seed: int = 0, folder: Path | None = None, threads: int | None = None,
    minutes: float | None = None, progress: Callable[[int], None] | None = None,
) -> Answer:  # fmt: skip
    """Find the rollout for a planner's problem.

    - ``source``: a plan file
    - ``organisation``: in place of the file's own
    - ``parameters``: parameter sets to be robust to; the shipped posterior sample by default
    - ``runs``: runs of the search, at most
    - ``replicates``: replicates from which figures are reported; none of them took part in the
      search
    - ``seed``: the same seed gives the same answer, unless it is ended by ``minutes``
    - ``folder``: where evaluations are kept
    - ``minutes``: for the search, at most

    Raises InputError with everything wrong in the file; with the constraints that clash.
    """
    need("plan", where="sim.analysis.plan", only=("ortools",))
    problem = source if isinstance(source, PlanProblem) else load_problem(source)
    people = load_organisation(organisation or problem.organisation)
    rows = posterior() if parameters is None else parameters
    planner = Planner(problem, people, rows, seed, runs, replicates, folder, threads)
    return planner.answer(minutes=minutes, progress=progress)
