"""Everything a run leaves behind, in one folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sim.report.charts import Studio, charts_of
from sim.results.manifest import FILE_NAME, manifest
from sim.results.store import write_tables
from sim.stages import stage

if TYPE_CHECKING:
    from sim.results import Results

__all__ = ["write_results"]


def write_results(
    results: Results, folder: Path, final: Path, studio: Studio, *, every_week: bool = False
) -> None:
    """Write tables, charts, verdict and manifest into ``folder``.

    Parameters
    ----------
    folder : Path
        Where to write now; see ``sim.results.store.output_folder``.
    final : Path
        Where the folder will stand in the end.
    studio : Studio
        Draws the charts meanwhile.
    every_week : bool, optional
        As ``sim.results.store.write_tables``.
    """
    with stage("statistics"):
        charts = charts_of(results)
    studio.begin(charts, folder)
    with stage("files"):
        about = write_tables(results, folder, every_week=every_week)
    with stage("figures (beyond files)"):
        studio.finish()
    (folder / "verdict.txt").write_text(results.verdict() + "\n", "utf-8")
    (folder / FILE_NAME).write_text(manifest(results, about, final), "utf-8")
