"""What a report is asked for, where it is a folder that another command wrote."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import InputError, Problem
from sim.report.document.report_data import ReportExtra
from sim.report.plan_words import expected
from sim.sources import is_regular, read_regular

if TYPE_CHECKING:
    from sim.analysis.plan.result import StoredAnswer
    from sim.organisation.organisation import Organisation
    from sim.results import Comparison, Results


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
        right = "--organisation PATH: where its files are"
        raise InputError([Problem(str(folder), "", what, right)])
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
    from sim.runner import compare

    study = Study(folder)
    content = study.manifest
    if not study.runs["stored"]:
        right = "uptake sweep STUDY --out DIR, and then the report"
        raise InputError([Problem(str(folder), "", "holds no runs yet", right)])
    plans = [
        scenario.loads(one["text"], one["file"], sources=one["sources"]).model_copy(
            update={"name": one["name"]}
        )
        for one in content["scenarios"][:MOST_PLANS]
    ]
    results = compare(
        plans, organisation=_people(content, folder, organisation), replicates=replicates,
        seed=content["seed"], weeks=content["weeks"], record_teams=True, threads=threads,
        progress=progress,
    )  # fmt: skip
    extra = ReportExtra(f"Study: {study.name}", "sweep", _about_study(study))
    return ReportSource(
        results, f"The first {len(plans)} of {len(content['scenarios'])} scenarios.", extra
    )


def _people(content: dict[str, Any], folder: Path, organisation: str | None) -> Organisation:
    """Return the first organisation of a study."""
    from sim.reproduce import organisation_of

    place = None if organisation is None else Path(organisation)
    return organisation_of(content["organisations"][0], folder, place)


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
