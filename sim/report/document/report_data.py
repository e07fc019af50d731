"""What a report is written from: a comparison or a folder, and what is run again to explain it."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.analysis import attribution
from sim.analysis.attribution import worth
from sim.analysis.ranking import Doubt, Margin, margins_without, order_of, over_posterior
from sim.contrast import LEVEL, Difference, paired_difference, rule
from sim.errors import InputError, Problem, refusal
from sim.report.brand import Brand
from sim.results import Comparison, Results
from sim.results.tables import ResultTable, table
from sim.runner import PEOPLE_BY_DEFAULT, bytes_of_people
from sim.sources import is_regular, read_regular

if TYPE_CHECKING:
    from sim.analysis.plan.result import StoredAnswer
    from sim.organisation.write import Summary

STALLED = 3
"""So many teams are explained in words at most: the lowest of those that stand below the rest."""
OFTEN = 0.8
"""A team stands apart only where it does so in this share of replicates or more."""


@dataclass(frozen=True, eq=False)
class Causes:
    """What was found of every team of five people or more."""

    stalled: tuple[int, ...]
    """Rows of the teams that stand below the rest under the leading plan beyond chance, the lowest
    first; often none."""
    whys: Mapping[tuple[int, int], tuple[attribution.Why, ...]]
    """By plan and row of a team: one ``Why`` a checkpoint."""
    reruns: Mapping[tuple[int, int], attribution.Reruns]
    """By plan and row of a team: its single changes, for as many teams as there was time for, those
    with the lowest use first."""


def causes_of(
    results: Results, leading: int, recorded: Sequence[attribution.PersonWeeks], *, replicates: int,
    person_weeks: int, threads: int | None = None,
) -> Causes:  # fmt: skip
    """Ask of every team, under every plan, why; and simulate its single changes again.

    - ``leading``: the plan whose stalled teams are found in any case.
    - ``recorded``: each plan simulated again.
    - ``replicates``: replicates of each re-run.
    - ``person_weeks``: so much is simulated for re-runs at most, besides what is found in any case.
      The same number of teams is served under every plan.
    """
    plans, shown = range(len(results.names)), results.shown_teams
    ruled, at_end = apart(results, leading), results.team("habitual")[..., -1, :]
    teams = [attribution.team_of(results, results.organisation.teams[row]) for row in shown]
    order = [np.argsort(one.mean(axis=(0, 1))[shown], kind="stable") for one in at_end]
    lowest = {plan: [teams[place] for place in order[plan]] for plan in plans}
    below = [one for one in lowest[leading] if ruled.get(one.team) == "below"][:STALLED]
    simulations = person_weeks // (replicates * results.weeks * results.organisation.n_people)
    served = attribution.served_within(results, list(lowest.values()), simulations)
    found: dict[tuple[int, int], attribution.Reruns] = {}
    for plan in plans:
        asked = lowest[plan][:served]
        asked += [one for one in below if plan == leading and one not in asked]
        if asked:
            tried = attribution.reruns_of_all(
                results, plan, asked, replicates=replicates, threads=threads
            )
            found |= {(plan, one.subject.team): one for one in tried}
    checkpoints = recorded[leading].checkpoint_weeks
    whys = {
        (plan, one.team): tuple(
            attribution.why(results, plan, one, week=week, recorded=recorded[plan])
            for week in checkpoints
        )
        for plan in plans
        for one in sorted(lowest[plan], key=lambda one: one.team)
    }
    return Causes(tuple(one.team for one in below), whys, found)


def apart(results: Results, plan: int) -> dict[int, str]:
    """Return the teams that stand apart from the rest under a plan: ``below`` or ``above``.

    A team stands apart where its habitual users in the last week, less those of all other teams
    that are shown, differ by what matters, beyond what chance would do to any of this many teams
    (Bonferroni), and lie on one side in most replicates: what holds of the mean of many replicates
    alone says nothing of a firm that lives once.

    They are known by row; teams that do not stand apart are left out.
    """
    shown = results.shown_teams
    if len(shown) < 2:
        return {}
    values = results.team("habitual")[plan, ..., -1, :][..., shown]
    sizes = results.team_sizes[shown].astype(np.float64)
    total, level = (values * sizes).sum(axis=-1), 1 - (1 - LEVEL) / len(shown)
    found: dict[int, str] = {}
    for place, row in enumerate(shown.tolist()):
        rest = (total - values[..., place] * sizes[place]) / (sizes.sum() - sizes[place])
        side = _side(paired_difference(values[..., place], rest, level), results.margin)
        if side:
            found[row] = side
    return found


def _side(d: Difference, margin: float) -> str:
    ruling = rule(d, margin)
    if ruling == "behind" and d.behind >= OFTEN:
        return "below"
    return "above" if ruling == "ahead" and d.ahead >= OFTEN else ""


@dataclass(frozen=True, slots=True)
class ReportBudget:
    """How much is run again for a report."""

    replicates: int = 20
    """Replicates of each re-run of a single change."""
    person_weeks: int = 250_000_000
    """So many weeks of a person's life are simulated at most for the single changes of teams;
    enough for all teams of 300 people under three plans."""
    sets: int = 100
    seeds: int = 4
    """``sets``, ``seeds``: parameter sets of the posterior, and replicates of each."""


@dataclass(frozen=True)
class ReportExtra:
    """What else a folder holds, of a search or of a sweep: shown before the comparison."""

    title: str
    kind: str
    """``plan`` or ``sweep``."""
    about: Mapping[str, Any] = field(default_factory=dict)
    """What the section's template shows."""


@dataclass(frozen=True, eq=False)
class ReportData:
    """Everything that the sections are written from."""

    results: Results
    """With teams recorded."""
    order: tuple[int, ...]
    """Plans by the level of weekly use at the end, the highest first."""
    summary: Summary
    """Of the organisation."""
    causes: Causes
    """Why each team stands where it does, and what single changes would do."""
    structure: tuple[Margin, ...]
    """The ranking with each mechanism out."""
    doubt: Doubt
    """The ranking over the posterior's parameter sets."""
    recorded: tuple[attribution.PersonWeeks, ...]
    """Each plan in a few replicates, with each person's weeks."""
    worth: tuple[attribution.Worth, ...] = ()
    """What single changes of the leading plan would do for everybody, the largest rise first."""
    pseudonyms: bool = False
    """Whether ids are replaced where nobody is a real person; else they always are."""
    command: str = ""
    """The command that makes this report."""
    extra: ReportExtra | None = None
    brand: Brand = field(default_factory=Brand)
    hour_cost: float = 0.0
    """Euros that an hour of a person costs; 0 where that is not known."""

    @cached_property
    def tables(self) -> dict[str, ResultTable]:
        """The tables that ``uptake compare --out`` writes too, by name: each is made once."""
        several = isinstance(self.results, Comparison) and len(self.results.names) > 1
        names = ("summary", "differences") if several else ("summary",)
        return {name: table(self.results, name) for name in names}

    @property
    def leading(self) -> int:
        """The plan with the highest level of weekly use at the end."""
        return self.order[0]

    @property
    def hides_ids(self) -> bool:
        """Whether people go by pseudonyms: always where they are real."""
        return self.pseudonyms or not self.results.organisation.made_up


Note = Callable[[str], None]


def gather(
    results: Results, *, effort: ReportBudget | None = None, pseudonyms: bool = False,
    command: str = "", extra: ReportExtra | None = None, brand: Brand | None = None,
    hour_cost: float = 0.0, threads: int | None = None, note: Note | None = None,
) -> ReportData:  # fmt: skip
    """Run again what a report explains, with the same random numbers.

    - ``results``: of ``sim.compare`` or ``sim.run``, with teams recorded (they are unless they take
      more than 1 GiB).
    - ``effort``: how much is run again to explain.
    - ``command``: the command that makes this report, for its section 12.
    - ``extra``: what a search or a sweep found besides.
    - ``hour_cost``: euros that an hour of a person costs, 0 or more.
    - ``note``: called with what is being done.
    """
    from sim.organisation.write import summarise

    effort, say = effort or ReportBudget(), note or (lambda _: None)
    plans = range(len(results.scenarios))
    a_replicate = bytes_of_people(results.organisation, len(plans), results.weeks)
    kept = max(1, min(results.n_runs, PEOPLE_BY_DEFAULT // a_replicate))  # all that fit
    order = tuple(order_of(results))
    say("people's weeks")
    recorded = attribution.rerun_with_people(results, plans, replicates=kept, threads=threads)
    say("why teams stand where they do")
    causes = causes_of(
        results, order[0], recorded, replicates=effort.replicates, person_weeks=effort.person_weeks,
        threads=threads,
    )  # fmt: skip
    say("what would help everybody most")
    found = worth(results, order[0], replicates=effort.replicates, threads=threads)
    say("other plausible parameters")
    doubt = over_posterior(results, sets=effort.sets, seeds=effort.seeds, threads=threads)
    say("each mechanism switched off")
    structure = margins_without(results, threads=threads)
    return ReportData(
        results=results, order=order, summary=summarise(results.organisation), causes=causes,
        structure=structure, doubt=doubt, recorded=recorded, worth=found or (),
        pseudonyms=pseudonyms, command=command, extra=extra, brand=brand or Brand(),
        hour_cost=hour_cost,
    )  # fmt: skip


MOST_PLANS = 3
"""So many plans of a search, or scenarios of a study, are compared in a report."""
MOST_DRAWN = 20_000_000
"""Bytes of a picture that a report takes over."""
SETS = 100
"""Parameter sets that the plans of a search are compared over, as the search was."""

Progress = Callable[[int], None]


@dataclass(frozen=True)
class ReportSource:
    """A folder understood: what to write about, and what to say of it first."""

    results: Results
    said: str
    """A line for the terminal."""
    extra: ReportExtra | None = None
    """What the folder tells besides the comparison."""


def report_source(
    folder: Path, organisation: str | None = None, *, replicates: int = 200,
    threads: int | None = None, progress: Progress | None = None,
) -> ReportSource:  # fmt: skip
    """Return what a report on a folder is written from.

    - ``folder``: written by ``uptake compare``, ``run``, ``plan`` or ``sweep``.
    - ``organisation``: where a client's files are now.
    - ``replicates``: replicates of the comparison, for a plan and a study.
    - ``threads``, ``progress``: as ``sim.compare``.

    Raises InputError where the folder is none of these, or its numbers do not come out again: a
    report must not differ from the tables beside it.
    """
    if os.path.lexists(folder / "answer.json"):
        return _of_plan(folder, organisation, replicates, threads, progress)
    if os.path.lexists(folder / "study.yaml"):
        return _of_study(folder, organisation, replicates, threads, progress)
    return _of_results(folder, organisation, threads, progress)


def _of_results(
    folder: Path, organisation: str | None, threads: int | None, progress: Progress | None
) -> ReportSource:
    from sim.reproduce import check_tables, rerun
    from sim.results.manifest import read_manifest

    content = read_manifest(folder)
    kept = {**content, "record": {**content["record"], "teams": True}}
    place = None if organisation is None else Path(organisation)
    results = rerun(kept, folder, place, threads=threads, progress=progress)
    checks = check_tables(results, content, folder)
    if differ := [check for check in checks if not check.same]:
        right = f"uptake reproduce {folder} says what differs; or name the scenario files"
        raise InputError(
            Problem(str(folder / one.name), "", f"does not come out again: {one.said}", right)
            for one in differ
        )
    return ReportSource(results, f"{len(checks)} tables of {folder} came out the same, to the bit.")


def _of_plan(
    folder: Path, organisation: str | None, replicates: int, threads: int | None,
    progress: Progress | None,
) -> ReportSource:  # fmt: skip
    from sim.analysis.plan.result import read_answer
    from sim.runner import compare, load_scenario

    answer = read_answer(folder)
    files = [folder / one["file"] for one in answer["plans"]][:MOST_PLANS]
    plans = [load_scenario(file) for file in files]
    if organisation is None and plans[0].organisation is None and _names_one(folder / "plan.yaml"):
        what = "the organisation of the problem is not in the folder"
        raise refusal(str(folder), "", what, "--organisation PATH: where its files are")
    sets = max(2, min(SETS, replicates // 2))
    results = compare(
        plans, organisation=organisation, replicates=max(2, replicates // sets),
        parameter_sets=sets, record_teams=True, threads=threads, progress=progress,
    )  # fmt: skip
    extra = ReportExtra(
        f"Search for a rollout: {answer['problem']}", "plan", _about_plan(folder, answer, results)
    )
    return ReportSource(
        results, f"The first {len(plans)} of {len(answer['plans'])} plans found.", extra
    )


def _names_one(file: Path) -> bool:
    from sim.document import parse, read_text

    name = str(file)
    return is_regular(file) and parse(read_text(file, name), name).child("organisation") is not None


def _about_plan(folder: Path, answer: dict[str, Any], results: Comparison) -> dict[str, Any]:
    from sim.analysis.plan.contenders import mark_of
    from sim.analysis.plan.result import StoredAnswer
    from sim.report.plan_words import expected

    picture = folder / "roadmap.svg"
    data = ""
    if is_regular(picture):
        drawn = read_regular(picture, MOST_DRAWN, "a picture as uptake plan draws it")
        data = base64.b64encode(drawn).decode()
    stored = StoredAnswer.read(answer, str(folder / "answer.json"))
    return {
        "heading": "What the search found",
        "answer": answer,
        "stored": stored,
        "plans": [*zip_longest(stored.plans, _here(stored, results))],
        "roadmap": f"data:image/svg+xml;base64,{data}" if data else "",
        "shown": min(MOST_PLANS, len(answer["plans"])),
        "mark_of": mark_of,
        "expected": expected,
    }


def _here(stored: StoredAnswer, results: Comparison) -> list[float]:
    """Return what the plans are worth in this report's own replicates, where that is measured."""
    measure = None if stored.asked is None or stored.asked.less else stored.asked.measure
    if measure is None or measure.how == "first":  # that one counts never in another way
        return []
    return [float(values.mean()) for values in results.measure(measure)]


def _of_study(
    folder: Path, organisation: str | None, replicates: int, threads: int | None,
    progress: Progress | None,
) -> ReportSource:  # fmt: skip
    from sim import scenario
    from sim.analysis.sweep import Study
    from sim.reproduce import organisation_of
    from sim.runner import compare

    study = Study(folder)
    content = study.manifest
    if not study.runs["stored"]:
        right = "uptake sweep STUDY --out DIR, and then the report"
        raise refusal(str(folder), "", "holds no runs yet", right)
    plans = [
        scenario.loads(one["text"], one["file"], sources=one["sources"]).model_copy(
            update={"name": one["name"]}
        )
        for one in content["scenarios"][:MOST_PLANS]
    ]
    place = None if organisation is None else Path(organisation)
    people = organisation_of(content["organisations"][0], folder, place)
    results = compare(
        plans, organisation=people, replicates=replicates,
        seed=content["seed"], weeks=content["weeks"], record_teams=True, threads=threads,
        progress=progress,
    )  # fmt: skip
    extra = ReportExtra(f"Study: {study.name}", "sweep", _about_study(study))
    return ReportSource(
        results, f"The first {len(plans)} of {len(content['scenarios'])} scenarios.", extra
    )


def _about_study(study: Any) -> dict[str, Any]:
    from sim.analysis.sweep.summary import contrasts, levels

    content = study.manifest
    return {
        "heading": "What the study found",
        "content": content,
        "outcomes": [
            (name, about["unit"], levels(study, name), contrasts(study, name))
            for name, about in content["outcomes"].items()
        ],
        "many": len(content["organisations"]) > 1,
        "shown": min(MOST_PLANS, len(content["scenarios"])),
    }
