"""Replicates to judge plans in: a parameter set of the posterior, and a seed of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from time import monotonic
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from sim.analysis.plan.layout import Layout, Plan
from sim.analysis.plan.objective import NOTHING, Objective
from sim.analysis.plan.placing import plan_timeline
from sim.analysis.plan.problem import HOURS, MONEY
from sim.arrays import Floats, Ints
from sim.case import Case, Record, Records, overlay, run_cases
from sim.contrast import LEVEL, Difference, Estimate, estimate, paired_difference, student_t
from sim.interventions.effects import Timeline
from sim.outcomes import Outcome
from sim.parameters import PARAMETERS
from sim.randomness import hash_text
from sim.results.key import Form, KeptArrays
from sim.results.series import needed, series
from sim.scenario import Scenario

STAGES = ("race", "final", "report")
"""Replicates that no two stages share: figures are reported from replicates that chose nothing."""


@dataclass(frozen=True, eq=False)
class ReplicateSource:
    """An endless sequence of replicates for each stage; the same for every plan."""

    rows: NDArray[np.void]
    """The posterior sample, of ``PARAMETER_DTYPE``, shape (n_sets,)."""
    seed: int
    set_seeds: NDArray[np.uint64] | None = None
    """The chance that goes with each set, where it has been simulated already; otherwise every
    replicate has random numbers of its own. Shape (n_sets,)."""

    @classmethod
    def of(
        cls, rows: NDArray[np.void], scenario: Scenario, seed: int,
        set_seeds: NDArray[np.uint64] | None = None,
    ) -> ReplicateSource:  # fmt: skip
        """Return replicates in which what a scenario sets of parameters and mechanisms holds."""
        return cls(overlay(scenario, rows), seed, set_seeds)

    def replicates(
        self, stage: str, first: int, last: int
    ) -> tuple[NDArray[np.void], NDArray[np.uint64]]:
        """Return parameters and seeds of replicates from ``first`` to before ``last``.

        Every set comes once before any comes twice. Shapes (last − first,).
        """
        at = self._at(stage, first, last)
        if self.set_seeds is not None:
            return self.rows[at], self.set_seeds[at]
        seeds = [_seed(self.seed, stage, index) for index in range(first, last)]
        return self.rows[at], np.array(seeds, np.uint64)

    def _at(self, stage: str, first: int, last: int) -> Ints:
        """Return the place of each replicate's set among the sets."""
        count = len(self.rows)
        turns = range(first // count, -(-last // count))
        order = [_shuffled(self.seed, stage, turn, count) for turn in turns] or [np.zeros(0, int)]
        begin = first - turns.start * count
        return np.concatenate(order)[begin : begin + last - first]

    def sets(self, stage: str, n: int) -> NDArray[np.void]:
        """Return the parameters of the first replicates of a stage, shape (n,)."""
        return self.rows[self._at(stage, 0, n)]

    def units(self, stage: str, n: int) -> Ints:
        """Return the parameter set of each of the first replicates of a stage, as a number.

        Replicates of one set are no independent draws of what the parameters are. Sets drawn by
        weight, which come with their seeds, are one set as often as they were drawn.
        """
        label = np.arange(len(self.rows))
        if self.set_seeds is not None:
            bare = np.ascontiguousarray(self.rows).view(f"V{self.rows.dtype.itemsize}")
            label = np.unique(bare, return_inverse=True)[1]
        return label[self._at(stage, 0, n)]

    @property
    def doubtful(self) -> tuple[str, ...]:
        """Parameters that differ between sets."""
        return tuple(name for name in PARAMETERS if np.ptp(self.rows[name]) > 0)


@lru_cache(maxsize=2**14)
def _seed(seed: int, stage: str, index: int) -> int:
    return hash_text(f"world {seed}/{stage}/{index}")


@lru_cache(maxsize=64)
def _shuffled(seed: int, stage: str, turn: int, count: int) -> Ints:
    rng = np.random.default_rng(hash_text(f"sets {seed}/{stage}/{turn}"))
    return rng.permutation(count)


Sure = TypeVar("Sure", Difference, Estimate)

_TEAM_BYTES = 2**28
"""Memory for weekly team means of one call."""
_AT_ONCE = 512
"""Runs of one call: enough to keep processors busy, few enough to lose to an interruption."""


class RunsSpentError(Exception):
    """No runs are left; what is known so far is the answer."""


class Evaluator:
    """Gives the value of each objective for plans in replicates, and remembers all of them.

    - ``kept``: where evaluations are kept; each call adds one file.
    - ``progress``: called with how many runs have just ended (or were known already).
    """

    def __init__(
        self, layout: Layout, replicates: ReplicateSource, kept: KeptArrays | None = None, *,
        threads: int | None = None, progress: Callable[[int], None] | None = None,
    ) -> None:  # fmt: skip
        self.layout, self.replicates, self.threads = layout, replicates, threads
        self.progress = progress
        self.runs = 0
        """Runs asked for, whether simulated now or known from before."""
        self.limit: int | None = None
        """Runs that may be asked for."""
        self.deadline = float("inf")
        """When to stop, as ``time.monotonic`` tells it."""
        self.effective = float("inf")
        """Effective sample size of replicates that were weighed."""
        self.discrepancy: Callable[[Floats, str], Floats] | None = None
        """What a model that was found to be off forecasts of a share, from weekly outcomes."""
        self._known: dict[tuple[str, str], Floats] = {}
        """By stage and plan, what it came to, shape (replicates, n_objectives + n_goals)."""
        self._timelines: dict[str, Timeline] = {}
        self._kept = kept
        self._base = Case.of(layout.problem.scenario, layout.organisation, layout.weeks)
        self._less: dict[tuple[Objective, bytes, int], float] = {}
        self._asked: dict[tuple[str, str], int] = {}
        self._forecasts: dict[tuple[str, str, int], Floats] = {}
        self._load()

    @property
    def n_objectives(self) -> int:
        """Number of objectives."""
        return len(self.layout.problem.objectives)

    @property
    def _judged_by(self) -> tuple[Objective, ...]:
        return (*self.layout.problem.objectives, *self.layout.problem.goals)

    def values(self, plans: Sequence[Plan], replicates: int, stage: str = "race") -> Floats:
        """Return the value of each plan in the first replicates of a stage (of ``STAGES``).

        Larger is better. The first is less the price of limits that are exceeded. Shape
        (n_objectives + n_goals, n_plans, replicates). Raises RunsSpentError where the limit of runs
        would be exceeded; nothing more is simulated.
        """
        new = sum(max(0, replicates - self.known(plan, stage)) for plan in dict.fromkeys(plans))
        if self.limit is not None and self.runs + new > self.limit:
            raise RunsSpentError
        if new:
            if monotonic() > self.deadline:
                raise RunsSpentError
            self._fill(list(dict.fromkeys(plans)), replicates, stage)
            for plan in plans:
                self._asked[stage, plan.key] = max(replicates, self.known(plan, stage))
            self.runs += new
            if self.progress is not None:
                self.progress(new)
        stacked = np.stack([self._known[stage, plan.key][:replicates] for plan in plans])
        return np.ascontiguousarray(np.moveaxis(stacked, 2, 0))

    def known(self, plan: Plan, stage: str = "race") -> int:
        """Return in how many replicates a plan's values were asked for.

        What is kept of an earlier attempt may be more; a search must not see it.
        """
        return self._asked.get((stage, plan.key), 0)

    def _fill(self, plans: list[Plan], replicates: int, stage: str) -> None:
        """Simulate plans in the replicates in which they have not been."""
        added: dict[str, tuple[int, list[Floats]]] = {}
        alike: dict[int, list[Plan]] = {}
        for plan in plans:
            known = len(self._known.get((stage, plan.key), ()))
            alike.setdefault(known, []).append(plan)
        try:
            for known, several in alike.items():
                for group, first, last in self._blocks(several, known, replicates):
                    rows, seeds = self.replicates.replicates(stage, first, last)
                    values = self._measure([(plan, rows) for plan in group], seeds)
                    for plan, mine in zip(group, values, strict=True):
                        before = self._known.get((stage, plan.key), mine[:0])
                        self._known[stage, plan.key] = np.concatenate([before, mine])
                        added.setdefault(plan.key, (first, []))[1].append(mine)
        finally:  # an interruption loses the block that was being simulated, no other
            self._save(stage, added)

    def _blocks(
        self, plans: list[Plan], first: int, last: int
    ) -> Iterator[tuple[list[Plan], int, int]]:
        """Yield plans, and first and last replicate, of each call; last is not in it."""
        most = _AT_ONCE
        if self._record.teams:
            each = len(self._record.team_outcomes) * 4
            each *= self.layout.weeks * self.layout.organisation.n_teams
            most = min(most, max(1, _TEAM_BYTES // each))
        for at in range(0, len(plans), most):
            group = plans[at : at + most]
            step = max(1, most // len(group))
            for index in range(first, last, step):
                yield group, index, min(index + step, last)

    @property
    def _record(self) -> Record:
        worst = sorted({one.of for one in self._judged_by if one.what == "worst team"})
        return Record(teams=needed(worst), drivers=False)

    def case(self, plan: Plan, rows: NDArray[np.void]) -> Case:
        """Return a plan under parameter sets, ready to be run."""
        if plan.key not in self._timelines:
            self._timelines[plan.key] = plan_timeline(self.layout, plan)
        return replace(self._base, timeline=self._timelines[plan.key], parameters=rows)

    def run(
        self, pairs: Sequence[tuple[Plan, NDArray[np.void]]], seeds: NDArray[np.uint64] | np.uint64
    ) -> Records:
        """Return the records of plans, with common random numbers.

        - ``pairs``: plans, each with its own parameter sets, shape (P,).
        - ``seeds``, shape (P,): one a parameter set, the same for all plans.
        """
        return run_cases(
            [self.case(plan, rows) for plan, rows in pairs],
            np.reshape(seeds, (-1, 1)).astype(np.uint64),
            record=self._record,
            threads=self.threads,
        )

    def series(self, plan: Plan, replicates: int, stage: str = "report") -> Floats:
        """Return the weekly outcomes of a plan, shape (replicates, weeks, n_outcomes)."""
        weeks = []
        for group, first, last in self._blocks([plan], 0, replicates):
            rows, seeds = self.replicates.replicates(stage, first, last)
            weeks.append(self.run([(one, rows) for one in group], seeds).weekly[0, :, 0])
        self.runs += replicates
        if self.progress is not None:
            self.progress(replicates)
        return np.concatenate(weeks)

    def difference(
        self, values: Floats, reference: Floats, units: Ints, level: float = LEVEL
    ) -> Difference:
        """Return values less a reference over replicates, shape (replicates,), with its interval.

        Replicates that were weighed count no more than their effective sample size.
        """
        found = paired_difference(values[:, None], reference[:, None], level, units)
        return self._humbled(found, units, level)

    def estimate(self, values: Floats, units: Ints) -> Estimate:
        """Return mean, interval and band over replicates, shape (replicates,)."""
        return self._humbled(estimate(values[:, None], units), units, LEVEL)

    def _humbled(self, found: Sure, units: Ints, level: float) -> Sure:
        count = len(np.unique(units))
        if self.effective >= count or count < 2:
            return found
        few = max(1, int(self.effective) - 1)
        wider = float(np.sqrt(count / self.effective)) * student_t(few, level)
        wider /= student_t(count - 1, level)
        return replace(
            found,
            low=found.mean - wider * (found.mean - found.low),
            high=found.mean + wider * (found.high - found.mean),
        )

    def widened(self, weekly: Floats, outcome: str) -> Floats:
        """Return a share by replicate and week, with what the model was found to be off by.

        Shape (replicates, weeks), from that of ``series``; as simulated where nothing was measured.
        """
        return (self.discrepancy or series)(weekly, outcome)

    def forecast(self, plan: Plan, replicates: int, stage: str = "report") -> Floats:
        """Return what to expect of a plan in what it is judged by, as ``widened``.

        Shape (n_objectives + n_goals, replicates). The worst team, figures of the whole run, and
        what is less another scenario are as simulated.
        """
        key = (stage, plan.key, replicates)
        if self.discrepancy is None:
            return self.values([plan], replicates, stage)[:, 0]
        if key not in self._forecasts:
            found = self.values([plan], replicates, stage)[:, 0]
            weekly = self.series(plan, replicates, stage)
            wide = weekly.copy()
            for name in {one.of for one in self._judged_by if one.is_widened}:
                wide[..., Outcome[name]] = self.widened(weekly, name)
            records = Records(wide[None, :, None], None, np.zeros(0, np.float32), None, ())
            for k, one in enumerate(self._judged_by):
                if one.is_widened:
                    paid = 0.0 if k else self.layout.price(plan)
                    values = one.values(records, self.layout.organisation, np.zeros(1), np.zeros(1))
                    found[k] = values[0, :, 0] - paid
            self._forecasts[key] = found
        return self._forecasts[key]

    def measured(
        self, pairs: Sequence[tuple[Plan, NDArray[np.void]]], seeds: NDArray[np.uint64]
    ) -> Floats:
        """Return the values of plans, each under parameter sets of its own; not remembered.

        Shape (n_pairs, P, n_objectives + n_goals).
        """
        values = self._measure(pairs, seeds)
        runs = values.shape[0] * values.shape[1]
        self.runs += runs
        if self.progress is not None:
            self.progress(runs)
        return values

    def _measure(
        self, pairs: Sequence[tuple[Plan, NDArray[np.void]]], seeds: NDArray[np.uint64]
    ) -> Floats:
        hours, money = (self._planned(pairs, name) for name in (HOURS, MONEY))
        records = self.run(pairs, seeds)
        values = [
            one.values(records, self.layout.organisation, hours, money)[:, :, 0]
            for one in self._judged_by
        ]
        values = [
            value if one.less is None else value - self._taken_off(one, pairs, seeds)
            for one, value in zip(self._judged_by, values, strict=True)
        ]
        if any(not limit.hard for limit in self.layout.problem.limits):
            prices = np.array([self.layout.price(plan) for plan, _ in pairs])
            values[0] = values[0] - prices[:, None]
        return np.stack(values, axis=2)

    def _planned(self, pairs: Sequence[tuple[Plan, NDArray[np.void]]], name: str) -> Floats:
        """Return what plans take in all, shape (n_pairs,); 0 where nothing is judged by it."""
        if all(one.what != name for one in self._judged_by):
            return np.zeros(len(pairs))
        return np.round([self.layout.totals(plan)[name] for plan, _ in pairs], 6)  # equal is equal

    def _taken_off(
        self, one: Objective, pairs: Sequence[tuple[Plan, NDArray[np.void]]],
        seeds: NDArray[np.uint64],
    ) -> Floats:  # fmt: skip
        """Return the value of what plans are judged against, in each replicate of each pair."""
        at = [[(one, row.tobytes(), int(seed)) for row, seed in zip(rows, seeds, strict=True)]
              for _, rows in pairs]  # fmt: skip
        missing = {
            key: (rows[k : k + 1], seeds[k])
            for keys, (_, rows) in zip(at, pairs, strict=True)
            for k, key in enumerate(keys)
            if key not in self._less
        }
        if missing:
            rows = np.concatenate([row for row, _ in missing.values()])
            records = run_cases(
                [self._against(str(one.less), rows)],
                np.array([[seed] for _, seed in missing.values()], np.uint64),
                record=self._record,
                threads=self.threads,
            )
            nothing = np.zeros(1)
            values = one.values(records, self.layout.organisation, nothing, nothing)[0, :, 0]
            self._less |= dict(zip(missing, values.tolist(), strict=True))
        return np.array([[self._less[key] for key in keys] for keys in at])

    def _against(self, name: str, rows: NDArray[np.void]) -> Case:
        if name == NOTHING:
            return replace(self._base, parameters=rows)
        scenario = self.layout.problem.references[name]
        return Case.of(scenario, self.layout.organisation, self.layout.weeks, sets=rows)

    def _save(self, stage: str, added: dict[str, tuple[int, list[Floats]]]) -> None:
        if self._kept is None or not added:
            return
        keys = list(added)
        first = np.array([added[key][0] for key in keys])
        whole = [np.concatenate(added[key][1]) for key in keys]
        count, values = np.array([*map(len, whole)]), np.concatenate(whole)
        name = hashlib.sha256(repr((stage, keys, first.tolist(), count.tolist())).encode())
        self._kept.write(
            f"{stage}-{name.hexdigest()[:24]}",
            keys=np.array(keys), first=first, count=count, values=values,
        )  # fmt: skip

    def _load(self) -> None:
        """Take up what an earlier attempt has kept."""
        if self._kept is None:
            return
        number = Form(("k",), 0, kind="whole")
        forms = {
            "keys": Form(("k",), kind="text"), "first": number, "count": number,
            "values": Form(("n", len(self._judged_by))),
        }  # fmt: skip
        pieces: list[tuple[int, str, str, Floats]] = []
        for name in self._kept.swept().names():
            part = self._kept.read(name, forms)
            first, count = part["first"], part["count"]
            if count.sum() != len(part["values"]):
                raise self._kept.refused(name, "counts other values", "count")
            for key, at, values in zip(
                part["keys"].tolist(), first, np.split(part["values"], count.cumsum()), strict=False
            ):
                pieces.append((int(at), name.partition("-")[0], key, values))
        for at, stage, key, values in sorted(pieces, key=lambda piece: piece[:3]):
            known = self._known.get((stage, key), values[:0])
            if at <= len(known):
                more = values[max(0, len(known) - at) :]
                self._known[stage, key] = np.concatenate([known, more])
