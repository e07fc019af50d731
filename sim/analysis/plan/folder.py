"""The folder of a plan: what marks it, and reading back what was planned."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from sim.analysis.plan.layout import Plan
from sim.analysis.plan.loader import loads_problem
from sim.analysis.plan.problem import PlanProblem
from sim.document import MAX_BYTES, read_text
from sim.errors import InputError, Problem, did_you_mean
from sim.files import entries, sweep_away, write_whole
from sim.results.key import Key
from sim.results.manifest import PlanAnswer, check_layout, read_json
from sim.sources import inside, is_regular, read_regular

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

    Raises
    ------
    InputError
        Where the folder no longer holds it.
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

    Parameters
    ----------
    folder : Path
        Must not exist, or be empty, or hold work on the same problem, which goes on; or on
        another, and ``force`` be set.
    key : Key
        Of the problem; see ``Planner.key``.

    Raises
    ------
    InputError
        Where it holds something else, or an answer of which nobody knows what it hangs on.
    """
    where, mark = f"--out {folder}", folder / _KEY
    if folder.exists() and not folder.is_dir():
        raise InputError([Problem(where, "", "is a file", "a folder, or a name not yet used")])
    if folder.is_dir() and entries(folder):
        if not mark.is_file() and not (folder / ANSWER).is_file():
            what = "holds files that are no plan of Uptake"
            raise InputError([Problem(where, "", what, "another name")])
        unlike = key.unlike(mark.read_text("utf-8", "replace") if is_regular(mark) else "")
        if unlike and not force:
            what = f"holds the answer to another problem: {unlike}"
            right = "another name, or --force to replace it"
            raise InputError([Problem(where, "", what, right)])
    folder.mkdir(parents=True, exist_ok=True)
    sweep_away(folder)
    write_whole(mark, f"{key}\n")
    yield folder


def read_answer(folder: Path) -> dict[str, Any]:
    """Return what ``answer.json`` of a plan's folder says, checked: see ``sim.results.manifest``.

    Raises
    ------
    InputError
        Where there is none, it is not one that this version reads, or what stands in the folder
        leads out of it.
    """
    file = folder / ANSWER
    right = "a folder that uptake plan has written"
    if not os.path.lexists(file):
        what = f"has no {ANSWER}" if folder.exists() else "is not there"
        raise InputError([Problem(str(folder), "", what, right)])
    inside(folder, *_READ)
    about = read_json(
        file, PlanAnswer, right, layout=lambda said: check_layout(said, file, right, "plan", LAYOUT)
    )
    inside(folder, *(one["file"] for one in about["plans"]))
    return about


def read_plan(about: dict[str, Any], name: str = "best.yaml") -> Plan:
    """Return a plan of an answer by the name of its file.

    Raises
    ------
    InputError
        Where there is none of this name.
    """
    names = [one["file"] for one in about["plans"]]
    if name not in names:
        right = did_you_mean(name, names)
        raise InputError([Problem("--carried-out", "", f"{name} is not in the answer", right)])
    said = about["plans"][names.index(name)]["plan"]
    return Plan(
        tuple(said["starts"]),
        tuple(said["doses"]),
        tuple(said["rounds"]),
        tuple(tuple(wave) for wave in said["waves"]),
        tuple(said["gaps"]),
    )


def check_unedited(folder: Path, about: dict[str, Any], name: str) -> None:
    """Raise where the file of a plan no longer says what was planned.

    Raises
    ------
    InputError
        With the way to say what really happened.
    """
    said = {one["file"]: one.get("sha256") for one in about["plans"]}.get(name)
    file = folder / name
    if said is None or not os.path.lexists(file):
        return
    data = read_regular(file, MAX_BYTES, "a plan that uptake plan has written")
    if hashlib.sha256(data).hexdigest() != said:
        what = "is not as uptake plan wrote it, and would be ignored"
        raise InputError([Problem(str(file), "", what, f"--actual {file}: what really happened")])
