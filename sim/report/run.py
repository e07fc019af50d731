"""A run's results: tables in a terminal, charts, and the folder that it leaves."""

from __future__ import annotations

import os
import pickle
import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

import numpy as np

from sim.contrast import estimate
from sim.document import to_json
from sim.errors import UptakeError
from sim.numbers import (
    UNDEFINED,
    between,
    counted,
    figure,
    points,
    points_with_band,
    share,
    with_band,
)
from sim.page.words import DRIVER_LABELS
from sim.processes import Helper, answer_stream, end_with_parent
from sim.report import style
from sim.report.console import new_table, print_tables
from sim.report.figures import curves_of, drivers_of, teams_of
from sim.results.manifest import FILE_NAME, manifest
from sim.results.results import SMALLEST_TEAM
from sim.results.series import own_outcomes
from sim.results.store import write_tables
from sim.runner import stage

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from sim.results import Comparison, Results

_FIRST, _COLUMN = 32, 22
_BRIEF_DRIVERS = 3
_NARROW = 9


def show(
    results: Results, console: Console, *, details: bool = False, by_team: bool = False
) -> None:
    """Print the verdict of ``results`` and a few figures beside it, or all tables."""
    from sim.results import Comparison

    console.print()
    console.print(heading(results), style="dim", highlight=False, soft_wrap=False)
    console.print()
    console.print(results.verdict(), highlight=False, markup=False)
    tables: list[Iterator[Table]] = []
    if details:
        tables.append(level_tables(results, console.width))
        if isinstance(results, Comparison):
            tables.append(difference_tables(results))
        tables.append(driver_tables(results, console.width))
    else:
        tables.append(iter([brief_table(results)]))
    if by_team:
        tables.append(team_tables(results, console.width))
    print_tables(chain(*tables), console)


def heading(results: Results) -> str:
    """Return in one line what was run."""
    organisation = results.organisation
    count, weeks = counted(results.n_runs, "replicate"), counted(results.weeks, "week")
    return f"{organisation.name} · {organisation.size} · {weeks} · {count} · seed {results.seed}"


def _groups(names: Sequence[str], width: int, first: int = _FIRST) -> Iterator[range]:
    """Yield this many scenarios at a time as fit side by side."""
    fit = max(1, (width - first) // _COLUMN)
    for start in range(0, len(names), fit):
        yield range(start, min(start + fit, len(names)))


def _plans(table: Table, results: Results, group: Iterable[int]) -> None:
    from rich.text import Text

    for index in group:
        table.add_column(Text(results.names[index]), justify="right", overflow="fold")


def brief_table(results: Results) -> Table:
    """Return what the verdict leaves out: hours, and what holds people back most at the end."""
    from rich.text import Text

    last = results.weeks
    held = results.organisation_drivers[:, :, :, -1, :].mean(axis=(1, 2))
    most = np.argsort(-held.max(axis=0), kind="stable")[:_BRIEF_DRIVERS]
    most = most[held.max(axis=0)[most] > 0]
    figures = ("hours", "use_days_per_hour", *own_outcomes())
    labels = list(DRIVER_LABELS.values())
    table = new_table(
        f"Effort, and what still holds people back most, in week {last}",
        "Means; drivers: points of chance of use, given access. Every figure: --details.",
    )
    table.add_column("", overflow="fold", max_width=24)
    for heading in (*map(style.called, figures), *(labels[row] for row in most)):
        widest = max(_NARROW, *map(len, heading.split()))
        table.add_column(Text(heading), justify="right", max_width=widest)
    for plan, name in enumerate(results.names):
        means = (
            figure(results.estimate(one, plan).mean, results.quantity(one, last).unit)
            for one in figures
        )
        table.add_row(Text(name), *means, *(points(held[plan, row]) for row in most))
    return table


def level_tables(results: Results, width: int) -> Iterator[Table]:
    """Yield the figures of every scenario: mean, and the middle 80% of replicates."""
    ranged = results.n_runs > 1
    caption = "Mean (middle 80% of replicates); weeks: median." if ranged else "One replicate."
    for group in _groups(results.names, width):
        table = new_table("What happens", caption, [""], ["week"])
        _plans(table, results, group)
        for rows in style.shown_levels(results):
            for row in rows:
                estimates = (results.estimate(row.name, i, row.week) for i in group)
                cells = (with_band(one, row.unit) for one in estimates)
                table.add_row(row.label, row.shown_week, *cells)
            table.add_section()
        yield table


def difference_tables(results: Comparison) -> Iterator[Table]:
    """Yield the differences of every scenario from the first, in the same replicates."""
    for index in range(1, len(results.names)):
        table = new_table(
            f"{results.names[index]} less {results.names[0]}, in the same replicates",
            "Shares in percentage points; speed in weeks, lower is sooner. The interval is of the "
            "mean (paired t); 'higher', 'equal' and 'lower' are shares of replicates.",
            [""], ["week", "mean", "95% interval", "higher", "equal", "lower"],
        )  # fmt: skip
        for rows in style.shown_differences(results):
            for row in rows:
                cells = _difference(results, row.name, index, row.week)
                table.add_row(row.label, row.shown_week, *cells)
            if rows[0].name in (*style.OVER_TIME, style.HEADLINES[-1]):
                table.add_section()
        yield table


def _difference(results: Comparison, name: str, index: int, week: int) -> Iterator[str]:
    unit = results.quantity(name, week).unit
    d = results.difference(name, index, 0, week)
    yield figure(d.mean, unit, signed=True)
    yield between(d.low, d.high, unit, signed=True)
    defined = d.ahead + d.level + d.behind > 0  # "never" has no mean, but is later than any week
    yield from (share(part) if defined else UNDEFINED for part in (d.ahead, d.level, d.behind))


def driver_tables(results: Results, width: int) -> Iterator[Table]:
    """Yield what still holds people back in the last week, by driver."""
    last = results.organisation_drivers[:, :, :, -1, :]
    for group in _groups(results.names, width):
        table = new_table(
            f"What still holds people back in week {results.weeks}",
            "Percentage points by which the chance of use on a workday, given access, would "
            "rise if this alone were taken away; mean (middle 80% of replicates).",
            [""],
        )
        _plans(table, results, group)
        for row, label in enumerate(DRIVER_LABELS.values()):
            cells = (points_with_band(estimate(last[index, :, :, row])) for index in group)
            table.add_row(label, *cells, end_section=row == style.FIVE_DRIVERS - 1)
        yield table


def team_tables(results: Results, width: int) -> Iterator[Table]:
    """Yield habitual users and the first driver of every team of five people or more.

    Raises InputError where teams were not recorded.
    """
    from rich.text import Text

    habitual = results.team("habitual")[..., -1, :]
    held = results.records.drivers[:, :, :, -1].mean(axis=(1, 2))
    for group in _groups(results.names, width, 30):
        table = new_table(
            f"Teams: habitual users in week {results.weeks}",
            "Mean (middle 80% of replicates), and the driver that holds the team back most. No "
            f"figure is given about a team of fewer than {SMALLEST_TEAM} people.",
        )
        table.add_column("team", overflow="fold")
        table.add_column("people", justify="right")
        for index in group:
            table.add_column(Text(results.names[index]), overflow="fold", justify="right")
            table.add_column("held back by", style="dim", max_width=10)
        for row, name in enumerate(results.organisation.teams):
            table.add_row(*_team_row(results, habitual, held, row, name, group))
        table.padding = (0, 1, 0, 0)
        yield table


def _team_row(
    results: Results, habitual: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    held: np.ndarray[tuple[int, ...], np.dtype[np.float32]], row: int, name: str,
    group: Iterable[int],
) -> Iterator[Text | str]:  # fmt: skip
    from rich.text import Text

    size = int(results.team_sizes[row])
    yield Text(name)
    if size < SMALLEST_TEAM:
        yield f"<{SMALLEST_TEAM}"
        yield from (UNDEFINED for _ in group for _ in range(2))
        return
    yield f"{size:,}"
    words = list(style.DRIVER_WORDS.values())
    for index in group:
        e = estimate(habitual[index, :, :, row])
        yield with_band(e, "share")
        yield words[int(held[index, row].argmax())]


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
        style.save(chart.draw, folder, name)


class Studio:
    """A process that draws: ready while the engine runs, drawing while tables are written.

    Where there is only one processor, or no process can be started, the charts are drawn in
    this process.
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
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        if self._helper is not None:
            self._helper.end()


def serve(number: int) -> None:
    """Draw what comes through standard input once; end quietly where nothing comes.

    - ``number``: of the pipe to answer through: None, or what went wrong.
    """
    with answer_stream(number) as answers:
        answer: BaseException | None = None
        try:
            style.get_ready()
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
    (folder / FILE_NAME).write_text(to_json(manifest(results, about, final)), "utf-8")
