"""All charts of a run, and the folder it leaves: drawn in a process of its own meanwhile."""

from __future__ import annotations

import os
import pickle
import sys
import traceback
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from sim.errors import UptakeError
from sim.processes import Helper, answer_stream, end_with_parent
from sim.report.figures import curves_of, drivers_of, teams_of
from sim.report.style import get_ready, save
from sim.results.manifest import FILE_NAME, manifest
from sim.results.store import write_tables
from sim.runner import stage

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sim.results import Results


class Chart(Protocol):
    """What a chart shows, as plain data, and how it is drawn."""

    def draw(self) -> Figure:
        """Return the figure."""


def charts_of(results: Results) -> dict[str, Chart]:
    """Return the charts of ``results`` by file name; without those there is nothing to show in."""
    charts: dict[str, Chart | None] = {
        "curves": curves_of(results),
        "drivers": drivers_of(results),
        "teams": teams_of(results),
    }
    return {name: chart for name, chart in charts.items() if chart is not None}


def draw_charts(charts: Mapping[str, Chart], folder: Path) -> None:
    """Write every chart as PNG and SVG."""
    for name, chart in charts.items():
        save(chart.draw, folder, name)


class Studio:
    """A process that draws: ready while the engine runs, drawing while tables are written.

    Where there is only one processor, or no process can be started, the charts are drawn in
    this process.

    Examples
    --------
    >>> with Studio() as studio:
    ...     studio.begin({}, Path("."))
    ...     studio.finish()
    """

    def __init__(self) -> None:
        self._helper: Helper | None = None

    def __enter__(self) -> Self:
        if (os.cpu_count() or 1) > 1:
            with suppress(OSError):
                self._helper = Helper(f"from {__name__} import serve; serve({{answer}})")
        return self

    def begin(self, charts: Mapping[str, Chart], folder: Path) -> None:
        """Begin to draw ``charts`` into ``folder``.

        Raises UptakeError where the process has ended.
        """
        if self._helper is None:
            draw_charts(charts, folder)
            return
        content = pickle.dumps((dict(charts), folder.absolute()))
        try:
            self._helper.requests.write(content)
            self._helper.requests.flush()
        except OSError:
            raise self._ended_early(self._helper) from None

    def finish(self) -> None:
        """Wait until all is drawn; raise what went wrong in drawing.

        Raises UptakeError where the process has ended and left no answer.
        """
        if self._helper is None:
            return
        answer = self._helper.answers.read()
        try:
            error = pickle.loads(answer)
        except Exception:  # cut short
            raise self._ended_early(self._helper) from None
        if error is not None:
            raise error

    def _ended_early(self, helper: Helper) -> UptakeError:
        code = helper.process.wait()
        how = f"by signal {-code}" if code < 0 else f"with code {code}"
        return UptakeError(
            f"The process that draws charts has ended early ({how}) — the same command again, "
            "with more memory where it was killed for want of it; nothing was written"
        )

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._helper is not None:
            self._helper.end()


def serve(number: int) -> None:
    """Draw what comes through standard input once; end quietly where nothing comes.

    - ``number``: of the pipe to answer through: None, or what went wrong.
    """
    with answer_stream(number) as answers:
        answer: BaseException | None = None
        try:
            get_ready()
            asked = pickle.load(sys.stdin.buffer)
            end_with_parent()
            draw_charts(*asked)
        except EOFError:
            return
        except (OSError, MemoryError) as error:
            answer = error
        except Exception as error:  # of a kind that may not travel
            answer = RuntimeError(f"drawing: {type(error).__name__}: {error}")
            answer.add_note(traceback.format_exc())
        answers.write(pickle.dumps(answer))


def write_results(
    results: Results, folder: Path, final: Path, studio: Studio, *, every_week: bool = False
) -> None:
    """Write tables, charts, verdict and manifest into ``folder``.

    - ``folder``: where to write now; see ``sim.results.store.output_folder``.
    - ``final``: where the folder will stand in the end.
    - ``studio``: draws the charts meanwhile.
    - ``every_week``: as ``sim.results.store.write_tables``.
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
