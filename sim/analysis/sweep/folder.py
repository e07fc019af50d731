"""The folder of a study: begun, merged, and accounted for in its manifest."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path, PurePath
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim import extensions
from sim.analysis.sweep.part_files import TABLES, StoredRuns, put, record_hash, stored
from sim.analysis.sweep.run_list import DESIGN_FILE, PLAN_FILE, POINTS_FILE, RunList
from sim.document import from_json, to_json
from sim.errors import InputError, Problem
from sim.files import entries, sweep_away
from sim.results.key import Key
from sim.results.manifest import (
    FILE_NAME,
    LIBRARIES,
    StudyManifest,
    check_layout,
    organisation_entry,
    platform_entry,
    read_json,
    uptake_version,
)
from sim.sources import inside, is_regular

if TYPE_CHECKING:
    from sim.analysis.sweep.specification import Specification


FORMAT = 1
"""Version of the layout of a study's folder."""

OWN_SETS = "posterior-sets.csv"
"""The parameter sets of a posterior of one's own, kept with the study."""

STUDY_FILE = "study.yaml"
"""The study as it was given; the first file in the folder."""


_OWN = (FILE_NAME, STUDY_FILE, PLAN_FILE, POINTS_FILE, DESIGN_FILE, *TABLES, "sensitivity")
"""What a study's folder holds; no link among it leads elsewhere."""


def begun(study: Specification, folder: Path) -> None:
    """Make the folder of a study, or make sure that it is one.

    Raises InputError where there is something else.
    """
    where = f"--out {folder}"
    if folder.exists() and not folder.is_dir():
        raise InputError([Problem(where, "", "is a file", "a folder, or a name not yet used")])
    folder.mkdir(parents=True, exist_ok=True)
    names = entries(folder)
    if names and STUDY_FILE not in names:
        right = "another name, or the folder of a study to go on with"
        raise InputError([Problem(where, "", "exists and holds no study", right)])
    inside(folder, *_OWN)
    sweep_away(folder)
    put(study.text.encode(), folder / STUDY_FILE)
    if study.table is not None and study.table.parent.resolve() != folder.resolve():
        put(study.table.read_bytes(), folder / study.table.name)
    if study.own_sets is not None and study.own_sets.parent.resolve() != folder.resolve():
        put(study.own_sets.read_bytes(), folder / OWN_SETS)


def changed(folder: Path, key: Key) -> str:
    """Return in words what differs from the study that a folder was last used for."""
    file = folder / FILE_NAME
    try:
        last = from_json(file.read_bytes())["key"] if is_regular(file) else None
    except (OSError, ValueError, KeyError, TypeError):
        last = None
    return key.unlike(json.dumps(last))


def put_together(folder: Path, others: Sequence[Path], record: str) -> None:
    """Take over the parts of other folders of the same study.

    Raises InputError where one of them holds no runs with these columns.
    """
    problems = []
    for other in others:
        files = sorted((other / "runs").glob(f"{record}-*.parquet"))
        if not files:
            right = "the --out of the same study, run as a shard"
            problems.append(Problem(f"--merge {other}", "", "holds no runs of this study", right))
    if problems:
        raise InputError(problems)
    for other in others:
        if other.resolve() == folder.resolve():
            continue
        there = stored(folder, record)
        for path in stored(other, record).files:
            if (folder / "runs" / path.name) in there.files:
                continue
            for table in TABLES:
                part = other / table / path.name
                if is_regular(part):
                    put(part.read_bytes(), folder / table / path.name)


def write_manifest(
    study: Specification, plan: RunList, folder: Path, there: StoredRuns, key: Key
) -> dict[str, Any]:
    """Write what the study is, and how what is stored compares with what is planned."""
    content = {
        "uptake": {"study": FORMAT, "version": uptake_version(), "model": key.model},
        "key": asdict(key),
        "name": study.name,
        "question": study.question,
        "file": PurePath(study.file).name,
        "design": study.design,
        "size": study.size.model_dump() if study.size is not None else None,
        "seed": study.seed,
        "weeks": study.weeks,
        "points": study.n_points,
        "record": record_hash(study),
        "tables": [
            "runs",
            *(["weeks"] * study.record_weeks),
            *(["people"] * bool(study.record_people)),
        ],
        "outcomes": {
            one.name: {"unit": one.unit, "meaning": one.meaning} for one in study.outcomes
        },
        "differences": [str(less) for less in study.differences],
        "factors": [
            {
                "name": factor.name,
                "kind": "lever" if factor.is_lever else "uncertainty",
                "range": str(factor.prior) if factor.prior is not None else None,
                "levels": list(factor.labels),
            }
            for factor in study.factors
        ],
        "runs": run_counts(plan.key, there),
        "scenarios": [
            {
                "name": name,
                "file": PurePath(scenario.file).name,
                "text": scenario.text,
                "sources": dict(scenario.sources),
            }
            for name, scenario in zip(study.scenario_names, study.scenarios, strict=True)
        ],
        "organisations": [
            {**organisation_entry(people, origin, folder.absolute()), "name": name}
            for name, people, origin in zip(
                study.organisation_names, study.organisations, study.origins, strict=True
            )
        ],
        "plugins": extensions.entry(),
        "platform": platform_entry((*LIBRARIES, "SALib", "scipy")),
    }
    put(to_json(content).encode(), folder / FILE_NAME)
    return content


def run_counts(keys: NDArray[np.bytes_], there: StoredRuns) -> dict[str, int]:
    """Return how many of the planned runs are expected, stored, failed and missing."""
    place = there.place(keys)
    return {
        "expected": len(keys),
        "stored": int((place >= 0).sum()),
        "failed": int(there.failed[place[place >= 0]].sum()),
        "missing": int((place < 0).sum()),
    }


def read_study_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a study's folder.

    Raises InputError where there is none, or it is not one that this version reads.
    """
    path = folder / FILE_NAME
    right = "the folder of a study, made by uptake sweep STUDY --out DIR"
    if not path.is_symlink() and not path.exists():
        what = f"has no {FILE_NAME}" if folder.is_dir() else "is no folder"
        raise InputError([Problem(str(folder), "", what, right)])
    inside(folder, *_OWN)
    content = read_json(
        path,
        StudyManifest,
        right,
        layout=lambda said: check_layout(said, path, right, "study", FORMAT),
    ).model_dump()
    _check_design(content, path, right)
    if not is_regular(folder / PLAN_FILE):
        raise InputError([Problem(str(path), "", f"stands without {PLAN_FILE}", right)])
    return content


def _check_design(content: dict[str, Any], path: Path, right: str) -> None:
    """Refuse a size that is not of the design, or of another number of points."""
    from sim.analysis.sweep.schema import DESIGNS
    from sim.analysis.sweep.specification import n_points

    kind, size = content["design"], content["size"] or {}
    if kind not in DESIGNS:
        return
    factors: Any = [SimpleNamespace(n_levels=len(one["levels"])) for one in content["factors"]]
    try:
        said = {name.replace("_", " "): value for name, value in size.items()}
        made = DESIGNS[kind].model_validate(said)
        if n_points(kind, made, factors) != content["points"]:
            raise ValueError
    except ValueError:
        what = f"is not that of {content['points']:,} points of a {kind} design"
        raise InputError([Problem(str(path), "size", what, right)]) from None
