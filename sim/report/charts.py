"""All charts of a run: what they show, and drawing them in a process of its own."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from sim.report.curves import curves_of
from sim.report.drivers import drivers_of
from sim.report.style import save
from sim.report.teams import teams_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sim.results import Results

__all__ = ["Chart", "Studio", "charts_of", "draw_charts", "serve"]


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
        save(chart.draw(), folder, name)


class Studio:
    """A process that draws: ready while the engine runs, drawing while tables are written.

    Where there is only one processor the charts are drawn in this process.

    Examples
    --------
    >>> with Studio() as studio:
    ...     studio.begin({}, Path("."))
    ...     studio.finish()
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        if (os.cpu_count() or 1) > 1:
            code = f"import sys; sys.path[:] = {sys.path!r}; from {__name__} import serve; serve()"
            self._process = subprocess.Popen(
                [sys.executable, "-c", code],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,  # Ctrl-C is for the process that waits for this one
            )
        return self

    def begin(self, charts: Mapping[str, Chart], folder: Path) -> None:
        """Begin to draw ``charts`` into ``folder``."""
        if self._process is None:
            draw_charts(charts, folder)
            return
        assert self._process.stdin is not None
        with self._process.stdin as pipe:
            pickle.dump((dict(charts), folder), pipe)

    def finish(self) -> None:
        """Wait until all is drawn; raise what went wrong in drawing."""
        if self._process is None:
            return
        assert self._process.stdout is not None
        answer = self._process.stdout.read()
        if not answer:
            raise OSError("the process that draws charts has ended early")
        error = pickle.loads(answer)
        if error is not None:
            raise error

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None:
            self._process.kill()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    pipe.close()
            self._process.wait()


def serve() -> None:
    """Draw what comes through standard input once; end quietly where nothing comes."""
    from sim.report.style import get_ready

    get_ready()
    try:
        charts, folder = pickle.load(sys.stdin.buffer)
    except EOFError:
        return
    answer: BaseException | None = None
    try:
        draw_charts(charts, folder)
    except Exception as error:
        answer = error
    pickle.dump(answer, sys.stdout.buffer)
