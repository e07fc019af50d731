"""A study simulated again from its folder alone, and compared number by number."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from sim.analysis.sweep.driver import Progress
from sim.analysis.sweep.folder import OWN_SETS, STUDY_FILE
from sim.analysis.sweep.loader import Reading, load_study
from sim.analysis.sweep.run_list import run_list_of
from sim.analysis.sweep.study import Study
from sim.arrays import Ints
from sim.document import Node
from sim.errors import refusal
from sim.files import scratch
from sim.organisation.organisation import Organisation
from sim.reproduce import TableCheck, organisation_of
from sim.results.results import Origin
from sim.scenario.loader import reads
from sim.scenario.schema import Document


def rerun_study(
    folder: str | Path, *, runs: int | None = None, organisation: Path | None = None,
    workers: int | None = None, progress: Callable[[Progress], None] | None = None,
) -> tuple[int, list[TableCheck]]:  # fmt: skip
    """Simulate stored runs of a study again, from what its folder holds, and compare them.

    - ``folder``: the ``out`` of ``sim.sweep``. Nothing in it is changed.
    - ``runs``: only this many, spread evenly over the study; all that are stored by default.
    - ``organisation``: where a client's files are now; of a study on one organisation.
    - ``workers``, ``progress``: as ``sim.sweep``.

    Returns how many runs were simulated again, and of the points and of each table, whether every
    number is the same to the bit.

    Raises InputError where the folder is incomplete, or the organisation is not there or not the
    same.
    """
    from sim.analysis.sweep.driver import run_only

    old = Study(folder)
    kept = partial(_FromFolder, study=old, given=organisation)
    study = load_study(old.folder / STUDY_FILE, reading=kept)
    replicates = _replicates(old)
    if study.n_cells != len(replicates):
        what = f"gives {study.n_cells:,} cells, and the folder plans {len(replicates):,}"
        where, right = str(old.folder / STUDY_FILE), "the study as Uptake wrote it"
        raise refusal(where, "", what, right)
    plan = run_list_of(study, replicates)
    there = np.flatnonzero(old.there)
    if not len(there):
        raise refusal(str(old.folder), "", "holds no runs", "a study with runs")
    if runs is not None and runs < len(there):
        there = there[np.linspace(0, len(there) - 1, runs).round().astype(np.int64)]
    with scratch() as work:
        new = run_only(study, plan, there, work / "again", workers, progress)
        return len(there), [_points(old, new), *_tables(old, new, there)]


def _replicates(old: Study) -> Ints:
    """Return the number of replicates of each cell, in the order of the plan."""
    first = np.flatnonzero(old.plan["replicate"].to_numpy() == 1)
    return np.diff(np.append(first, old.plan.num_rows))


def _points(old: Study, new: Study) -> TableCheck:
    from sim.results.tables import content_hash, largest_difference

    same = content_hash(old.points) == content_hash(new.points)
    said = "the same, to the bit" if same else "differs"
    return TableCheck("points", same, said, largest_difference(old.points, new.points))


def _tables(old: Study, new: Study, rows: Ints) -> list[TableCheck]:
    """Compare what was simulated again, table by table and column by column."""
    found = []
    for table in old.manifest["tables"]:
        one, other = (study.frame(table) for study in (old, new))
        one = one[one["run"].isin(rows + 1)].reset_index(drop=True)
        if one.shape != other.shape or list(one) != list(other):
            found.append(TableCheck(table, False, "differs in its rows or columns", None))
            continue
        differing, largest = list[str](), 0.0
        for name in one:
            a, b = one[name].to_numpy(), other[name].to_numpy()
            if a.dtype.kind != "f":
                same = bool(((a == b) | (one[name].isna() & other[name].isna())).all())
            else:
                same = a.tobytes() == b.tobytes()
                with np.errstate(invalid="ignore"):
                    gap = np.abs(a - b)
                largest = max(largest, float(np.nanmax(gap)) if np.isfinite(gap).any() else 0.0)
            if not same:
                differing.append(str(name))
        said = f"differs in {', '.join(differing)}" if differing else "the same, to the bit"
        found.append(TableCheck(table, not differing, said, largest))
    return found


class _FromFolder(Reading):
    """Takes scenarios and organisations from the manifest, wherever their files are now."""

    def __init__(self, root: Node, path: Path, study: Study, given: Path | None) -> None:
        super().__init__(root, path)
        self.study, self.given = study, given

    def beside(self, name: str) -> Path:
        """Return a table of points: a sweep keeps it in its folder."""
        return self.study.folder / Path(name).name

    def own_sets(self, said: str | None = None) -> Path | None:
        """Return the posterior's sets that the folder keeps, where it has its own."""
        kept = self.study.folder / OWN_SETS
        return kept if kept.is_file() else None

    def document(self, node: Node) -> tuple[str, Document]:
        """Return a scenario as the manifest holds it."""
        name, about = self._kept("scenarios", str(node.scalar))
        return name, reads(about["text"], about["file"], sources=about["sources"])

    def people(self, source: str | Path) -> tuple[Organisation, Origin]:
        """Return an organisation, if it is still the same."""
        _, about = self._kept("organisations", str(source))
        loaded = organisation_of(about, self.study.folder, self.given)
        return loaded, Origin()

    def _kept(self, kind: str, source: str) -> tuple[str, dict[str, Any]]:
        name = Path(source).stem
        for about in self.study.manifest[kind]:
            if about["name"] == name:
                return name, about
        raise refusal(str(self.study.folder), kind, f"lack {name}", "the folder as Uptake wrote it")
