"""What a search for a plan answers, stored as a file that a report is made of, in its folder."""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from math import isinf
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from sim.analysis.plan.contenders import Ablation, Contender
from sim.analysis.plan.layout import Layout, Plan
from sim.analysis.plan.loader import loads_problem
from sim.analysis.plan.objective import Objective
from sim.analysis.plan.problem import PlanProblem
from sim.analysis.plan.roadmap import Roadmap
from sim.analysis.plan.search import SearchState
from sim.analysis.plan.selection import knee
from sim.analysis.plan.switching import Lead, Look, Price, SwitchingCondition
from sim.contrast import Difference
from sim.document import MAX_BYTES, read_text
from sim.errors import did_you_mean, refusal
from sim.files import entries, sweep_away, write_whole
from sim.numbers import counted, fixed
from sim.results.key import Key
from sim.results.manifest import PlanAnswer, check_layout, read_json
from sim.sources import inside, is_regular, read_regular


@dataclass(frozen=True, slots=True)
class SearchCost:
    """How much work a plan is going to be."""

    decisions: float
    """Decisions there are, before constraints; infinite where not counted."""
    runs: int
    """At most, the report included."""
    seconds: float
    """Measured on a few runs and a few proposals, for this machine."""

    def __str__(self) -> str:
        many = isinf(self.decisions)
        decisions = "very many decisions" if many else counted(self.decisions, "decision")
        size, unit = (1, "s") if self.seconds < 90 else (60, "min")
        time = f"{fixed(self.seconds / size, 0)} {unit}"
        return f"{decisions}; at most {self.runs:,} runs, about {time}"


@dataclass(frozen=True, eq=False)
class Answer:
    """What a planner gets."""

    problem: PlanProblem
    layout: Layout
    plans: list[Contender]
    """The best plan first."""
    baselines: list[Contender]
    ablations: tuple[Ablation, ...]
    switching_conditions: tuple[SwitchingCondition, ...]
    conditions: int
    """Conditions looked at for ``switching_conditions``."""
    prices: tuple[Price, ...]
    """What each limit a little looser would bring."""
    looks: tuple[Look, ...]
    """The best plan and its rivals in other weeks and by other objectives."""
    looked_at: tuple[str, ...]
    """Names of the plans of ``looks``, the best first."""
    roadmap: Roadmap
    found: SearchState
    runs: int
    replicates: int
    """Replicates of the report."""
    sets: int
    """Parameter sets that the replicates are drawn from."""
    notes: tuple[str, ...] = ()

    @property
    def best(self) -> Plan:
        """The plan to carry out."""
        return self.plans[0].plans[0]

    @property
    def turned(self) -> list[tuple[Look, list[Lead]]]:
        """The other weeks and objectives by which another plan is better, and worth it.

        Of a front: by which another leads a plan of it and is no worse in the other objectives.
        """
        problem = self.problem
        worth = problem.lead_worth if problem.leading.is_share else 0.01
        asked = problem.named(problem.leading)  # that is what the tables are about
        turned = [
            (look, [one for one in look.leads if one.ahead.low > 0 and one.ahead.mean > worth])
            for look in self.looks if look.words != asked
        ]  # fmt: skip
        return [(look, leads) for look, leads in turned if leads]

    @property
    def knee(self) -> Contender | None:
        """The plan at the knee of the front, where it has one."""
        front = [one for one in self.plans if one.on_front]
        signs = [one.sign for one in self.problem.objectives]
        means = [[s * e.mean for s, e in zip(signs, one.estimates, strict=True)] for one in front]
        at = knee(np.array(means)) if front else None
        return None if at is None else front[at]


class _Stored(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Three(_Stored):
    """A mean with two ends: of its 95% interval, or of the middle 80% of replicates."""

    mean: float
    low: float
    high: float


class StoredPlan(_Stored):
    """A plan or a simple baseline; what is not defined, as of a plan not possible, is None."""

    name: str
    baseline: bool
    value: Three | None
    less_the_best: Three | None
    chance_best: float | None
    alike: bool
    small: bool
    keeps: bool
    hours: float | None
    money: float | None
    notes: tuple[str, ...]


class StoredAblation(_Stored):
    """What one element of the best plan is worth, or which constraint its change would break."""

    label: str
    change: str
    worth: Three | None
    breaks: str


class StoredCheckpoint(_Stored):
    """What to expect by a week."""

    week: int
    outcome: str
    unit: str
    low: float
    high: float
    fails_below: float
    before: str = ""


class StoredAnswer(_Stored):
    """The tables of an answer, of its first objective (``asked`` as the plan file says it)."""

    objective: str
    asked: Objective | None = None
    unit: str
    currency: str = ""
    plans: tuple[StoredPlan, ...]
    elements: tuple[StoredAblation, ...]
    checkpoints: tuple[StoredCheckpoint, ...]

    @classmethod
    def of(cls, answer: Answer) -> StoredAnswer:
        """Return what is stored of an answer."""
        objective = answer.problem.objectives[0]
        rows = [*((one, False) for one in answer.plans), *((one, True) for one in answer.baselines)]
        return cls(
            objective=answer.problem.named(objective),
            asked=Objective.model_validate(objective.model_dump()),
            unit=objective.unit,
            currency=answer.problem.currency,
            plans=tuple(_plan(one, baseline) for one, baseline in rows),
            elements=tuple(
                StoredAblation(label=one.label, change=one.change, worth=_difference(one.worth),
                               breaks=one.breaks)
                for one in answer.ablations
            ),
            checkpoints=tuple(
                StoredCheckpoint(unit="share", **asdict(one)) for one in answer.roadmap.checkpoints
            ),
        )  # fmt: skip

    @classmethod
    def read(cls, about: dict[str, Any], where: str) -> StoredAnswer:
        """Return the tables of what ``answer.json`` says.

        Raises InputError where they are not there, or not as Uptake wrote them.
        """
        try:
            return cls.model_validate(about["tables"])
        except (KeyError, ValidationError) as error:
            place = ""
            if isinstance(error, ValidationError):
                place = ".".join(map(str, ("tables", *error.errors()[0]["loc"])))
            what = "is not as this version of Uptake writes it" if place else "has no tables"
            right = "the same uptake plan command again, with --force"
            raise refusal(where, place, what, right) from None


def _plan(one: Contender, baseline: bool) -> StoredPlan:
    e = one.estimates[0]
    return StoredPlan(
        name=one.name, baseline=baseline, value=_three(e.mean, e.band_low, e.band_high),
        less_the_best=_difference(one.behind), chance_best=_finite(one.best), alike=one.alike,
        small=one.small, keeps=one.keeps, hours=_finite(one.hours), money=_finite(one.money),
        notes=one.notes,
    )  # fmt: skip


def _difference(d: Difference | None) -> Three | None:
    return None if d is None else _three(d.mean, d.low, d.high)


def _three(mean: float, low: float, high: float) -> Three | None:
    if not math.isfinite(mean + low + high):
        return None
    return Three(mean=float(mean), low=float(low), high=float(high))


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


ANSWER = "answer.json"
"""The file that is written last."""
EVALUATIONS = "evaluations"
"""The folder in which runs are kept; it may be deleted."""
PROBLEM, ORGANISATION = "plan.yaml", "organisation.yaml"
"""The problem as it was read, and the template it is on."""
LAYOUT = 2
"""Version of ``answer.json``."""
_KEY = "key"
"""What the folder's answer hangs on; beside the answer, so that it outlives the evaluations."""
_READ = (ANSWER, PROBLEM, ORGANISATION, EVALUATIONS, _KEY, "roadmap.svg")
"""What is read or written in the folder, beside the plans."""


def read_problem(folder: Path, about: dict[str, Any]) -> tuple[PlanProblem, Path | None]:
    """Return the problem that an answer is for, and where its organisation is.

    Raises InputError where the folder no longer holds it.
    """
    file = folder / PROBLEM
    problem = loads_problem(read_text(file, str(file)), str(file))
    beside = folder / ORGANISATION
    said = about.get("organisation")
    place = beside if is_regular(beside) else Path(said) if said else None
    return replace(problem, name=about["problem"], organisation=place), place


@contextmanager
def plan_folder(folder: Path, key: Key, *, force: bool = False) -> Iterator[Path]:
    """Give the folder of a plan, made where there is none.

    - ``folder``: must not exist, or be empty, or hold work on the same problem, which goes on; or
      on another, and ``force`` be set
    - ``key``: of the problem; see ``Planner.key``

    Raises InputError where it holds something else, or an answer of which nobody knows what it
    hangs on.
    """
    where, mark = f"--out {folder}", folder / _KEY
    if folder.exists() and not folder.is_dir():
        raise refusal(where, "", "is a file", "a folder, or a name not yet used")
    inside(folder, *_READ)
    if folder.is_dir() and entries(folder):
        if not mark.is_file() and not (folder / ANSWER).is_file():
            raise refusal(where, "", "holds files that are no plan of Uptake", "another name")
        unlike = key.unlike(mark.read_text("utf-8", "replace") if is_regular(mark) else "")
        if unlike and not force:
            right = "another name, or --force to replace it"
            raise refusal(where, "", f"holds the answer to another problem: {unlike}", right)
    folder.mkdir(parents=True, exist_ok=True)
    sweep_away(folder)
    write_whole(mark, f"{key}\n")
    yield folder


def read_answer(folder: Path) -> dict[str, Any]:
    """Return what ``answer.json`` of a plan's folder says, checked: see ``sim.results.manifest``.

    Raises InputError where there is none, it is not one that this version reads, or what stands in
    the folder leads out of it.
    """
    file = folder / ANSWER
    right = "a folder that uptake plan has written"
    if not os.path.lexists(file):
        what = f"has no {ANSWER}" if folder.exists() else "is not there"
        raise refusal(str(folder), "", what, right)
    inside(folder, *_READ)
    about = read_json(
        file, PlanAnswer, right, layout=lambda said: check_layout(said, file, right, "plan", LAYOUT)
    ).model_dump()
    inside(folder, *(one["file"] for one in about["plans"]))
    return about


def read_plan(about: dict[str, Any], name: str = "best.yaml") -> Plan:
    """Return a plan of an answer by the name of its file.

    Raises InputError where there is none of this name.
    """
    names = [one["file"] for one in about["plans"]]
    if name not in names:
        right = did_you_mean(name, names)
        raise refusal("--carried-out", "", f"{name} is not in the answer", right)
    said = about["plans"][names.index(name)]["plan"]
    return Plan(
        tuple(said["starts"]), tuple(said["doses"]), tuple(said["rounds"]),
        tuple(tuple(wave) for wave in said["waves"]), tuple(said["gaps"]),
    )  # fmt: skip


def check_unedited(folder: Path, about: dict[str, Any], name: str) -> None:
    """Raise where the file of a plan no longer says what was planned.

    Raises InputError with the way to say what really happened.
    """
    said = {one["file"]: one.get("sha256") for one in about["plans"]}.get(name)
    file = folder / name
    if said is None or not os.path.lexists(file):
        return
    data = read_regular(file, MAX_BYTES, "a plan that uptake plan has written")
    if hashlib.sha256(data).hexdigest() != said:
        what = "is not as uptake plan wrote it, and would be ignored"
        raise refusal(str(file), "", what, f"--actual {file}: what really happened")
