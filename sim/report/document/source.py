"""What a report is asked for: scenario files, or a folder that another command wrote."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sim.errors import InputError, Problem

if TYPE_CHECKING:
    from sim.results import Results

__all__ = ["Again", "results_of_folder"]


@dataclass(frozen=True)
class Again:
    """A results folder lived again.

    Parameters
    ----------
    results : Results
    tables : int
        How many tables of the folder came out the same, to the bit: all there are.
    """

    results: Results
    tables: int


def results_of_folder(
    folder: Path,
    organisation: Path | None = None,
    *,
    threads: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Again:
    """Live again what ``uptake run`` or ``compare`` wrote, and check it against the folder.

    Parameters
    ----------
    folder : Path
    organisation : Path, optional
        Where a client's files are now.
    threads, progress
        As ``sim.compare``.

    Raises
    ------
    InputError
        Where the folder is not one of results, or its numbers do not come out again: a
        report must not differ from the tables beside it.
    """
    from sim.reproduce import check_tables, rerun
    from sim.results.manifest import read_manifest

    content = read_manifest(folder)
    kept = {**content, "record": {**content["record"], "teams": True}}
    results = rerun(kept, folder, organisation, threads=threads, progress=progress)
    checks = check_tables(results, content, folder)
    differ = [check for check in checks if not check.same]
    if differ:
        right = f"uptake reproduce {folder} says what differs; or name the scenario files"
        raise InputError(
            Problem(str(folder / one.name), "", f"does not come out again: {one.said}", right)
            for one in differ
        )
    return Again(results, len(checks))
