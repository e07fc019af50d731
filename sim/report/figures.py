"""Charts of a run: adoption curves above the plans; drivers, teams and values with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sim.arrays import Floats
from sim.contrast import bands
from sim.numbers import share, share_range
from sim.organisation.write import ValueProfile
from sim.page.words import DRIVER_LABELS
from sim.report import style
from sim.report.style import look
from sim.results.results import SMALLEST_TEAM
from sim.results.verdict import HABITUAL_MEANS, range_note, source_note

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from sim.results import Results


PANELS = (
    ("weekly_users", "Weekly users", "sanctioned use in the week"),
    ("habitual", "Habitual users", HABITUAL_MEANS),
)

_WIDTH, _LEFT, _RIGHT = 9.0, 0.82, 2.05
_PANEL, _GAP, _TOP, _FOOT, _LANE = 2.25, 0.82, 1.02, 0.36, 0.19
_MOST_LANES = 48


@dataclass(frozen=True, slots=True)
class Lane:
    """The rounds of one kind of intervention of one plan."""

    plan: int
    words: str
    rounds: tuple[tuple[int, int], ...]


@dataclass(frozen=True, eq=False)
class Curves:
    """What the chart of weekly and habitual users shows."""

    names: tuple[str, ...]
    organisation: str
    note: str
    source: str
    weeks: int
    ranged: bool
    """Whether there is more than one replicate, and so a band."""
    means: Floats
    low: Floats
    high: Floats
    """``means``, ``low``, ``high``: mean over replicates and their middle 80%, for each of
    ``PANELS``, shape (2, n_scenarios, weeks)."""
    lanes: tuple[Lane, ...]

    def draw(self) -> Figure:
        """Return the chart: two panels, and the plans below on the same weeks."""
        strip = _LANE * len(self.lanes) + (0.4 if self.lanes else 0.0)
        notes = (self.note, self.source)
        height = _TOP + 2 * _PANEL + _GAP + strip + _FOOT + style.foot(notes)
        figure = style.new_figure(_WIDTH, height)

        def axes_at(top: float, tall: float) -> Axes:
            wide = _WIDTH - _LEFT - _RIGHT
            return figure.add_axes(
                (_LEFT / _WIDTH, 1 - (top + tall) / height, wide / _WIDTH, tall / height)
            )

        for panel, (_, title, meaning) in enumerate(PANELS):
            axes = axes_at(_TOP + panel * (_PANEL + _GAP), _PANEL)
            _panel(axes, self, panel)
            style.write_at(axes, 0, 1.045, title, 11, style.INK, bold=True)
            after = 0.108 * len(title) / (_WIDTH - _LEFT - _RIGHT) + 0.02
            style.write_at(axes, after, 1.045, meaning, 9)
        if self.lanes:
            tall = _LANE * len(self.lanes)
            _plans(axes_at(_TOP + 2 * _PANEL + _GAP + 0.5, tall), self)
        style.around(figure, "Who uses the tool", self.organisation, notes, 0.3)
        return figure


def curves_of(results: Results) -> Curves:
    """Return what the chart of adoption curves shows of ``results``."""
    shape = (len(results.names), -1, results.weeks)
    values = np.stack([results[outcome].reshape(shape) for outcome, _, _ in PANELS])
    means, low, high = bands(values, axis=2)
    organisation = results.organisation
    note = range_note(results)
    if results.n_runs > 1:
        note = f"Lines: mean. {note.replace('Ranges are', 'Bands and ranges:')}"
    return Curves(
        names=results.names, organisation=f"{organisation.name}: {organisation.size}",
        note=note, source=source_note(results), weeks=results.weeks, ranged=results.n_runs > 1,
        means=means, low=low, high=high, lanes=_lanes(results),
    )  # fmt: skip


def _lanes(results: Results) -> tuple[Lane, ...]:
    """Return a lane for each kind of intervention of each plan; none where there are too many."""
    lanes: list[Lane] = []
    for plan, scenario in enumerate(results.scenarios):
        rounds: dict[str, list[tuple[int, int]]] = {}
        for placed in scenario.timeline:
            if placed.intervention.dose > 0:
                words = placed.kind.replace("_", " ")
                rounds.setdefault(words, []).extend(placed.intervention.rounds(results.weeks))
        lanes += [
            Lane(plan, words, tuple(sorted(found))) for words, found in rounds.items() if found
        ]
    return tuple(lanes) if len(lanes) <= _MOST_LANES else ()


def _panel(axes: Axes, curves: Curves, panel: int) -> None:
    weeks = np.arange(1, curves.weeks + 1)
    means, low, high = curves.means[panel], curves.low[panel], curves.high[panel]
    style.clean(axes, "y")
    axes.set_xlim(1, max(curves.weeks, 2))
    axes.set_ylim(0, 1)
    style.quarters(axes.yaxis)
    axes.set_ylabel("share of people", fontsize=8.5, color=style.MUTED, labelpad=4)
    axes.set_xlabel("week", fontsize=8.5, color=style.MUTED, labelpad=1)
    _week_ticks(axes, curves.weeks)
    for index in range(len(means)):
        plan = look(index)
        axes.fill_between(
            weeks, low[index], high[index], color=plan.colour, alpha=0.16, linewidth=0
        )
        axes.plot(
            weeks, means[index], color=plan.colour, linestyle=plan.dash, linewidth=2,
            marker=plan.marker if curves.weeks == 1 else None,
        )  # fmt: skip
    _direct_labels(axes, curves, means[:, -1], low[:, -1], high[:, -1])


def _week_ticks(axes: Axes, weeks: int) -> None:
    step = 13 if weeks >= 26 else 4 if weeks >= 8 else 1
    step *= max(1, round(weeks / 104))
    marks = [1, *range(step, weeks + 1, step)] if step > 1 else list(range(1, weeks + 1))
    if weeks - marks[-1] > step / 2:
        marks.append(weeks)
    axes.tick_params(axis="x", pad=6)
    axes.set_xticks(marks, [str(mark) for mark in marks])


def _direct_labels(axes: Axes, curves: Curves, ends: Floats, low: Floats, high: Floats) -> None:
    count = len(ends)
    brief = count > 4
    gap = min(0.105 if brief else 0.185, 1.05 / max(count, 1))
    places = style.spread([float(end) for end in ends], gap, 0.04, 0.98)
    for index, (place, end) in enumerate(zip(places, ends, strict=True)):
        colour, figures = look(index).colour, share(float(end))
        name = style.shortened(curves.names[index], 18 if brief else 22)
        if brief:
            lines = [(place, f"{figures} {name}", 8, colour)]
        else:
            band = share_range(float(low[index]), float(high[index]))
            under = f"{figures} ({band})" if curves.ranged else figures
            lines = [(place + 0.035, name, 9, colour), (place - 0.045, under, 8, style.MUTED)]
        for up, text, size, ink in lines:
            style.write_at(axes, 1.075, up, text, size, ink, bold=ink != style.MUTED, va="center")
        axes.plot(
            [1.012, 1.03, 1.05, 1.066], [end, end, place, place], color=colour, linewidth=0.9,
            transform=axes.transAxes, clip_on=False,
        )  # fmt: skip


def _plans(axes: Axes, curves: Curves) -> None:
    lanes = curves.lanes
    style.clean(axes)
    axes.spines["bottom"].set_visible(False)
    axes.set_xlim(1, max(curves.weeks, 2))
    axes.set_ylim(len(lanes) - 0.4, -0.6)
    axes.set_xticks([])
    axes.set_yticks([])
    for row, lane in enumerate(lanes):
        rounds, colour = lane.rounds, look(lane.plan).colour
        axes.broken_barh(
            [(begin - 0.5, end - begin + 1) for begin, end in rounds], (row - 0.4, 0.8),
            facecolor=colour, alpha=0.28, linewidth=0,
        )  # fmt: skip
        first, last = rounds[0][0], rounds[-1][1]
        beside = last < 0.72 * curves.weeks
        late = not beside and first > 0.5 * curves.weeks + 1
        axes.annotate(
            lane.words,
            (last + 0.9 if beside else first - 0.9 if late else max(first - 0.1, 1.4), row),
            fontsize=7.5, color=style.INK, va="center_baseline", ha="right" if late else "left",
            annotation_clip=False,
        )  # fmt: skip
    for plan in sorted({lane.plan for lane in lanes}):
        rows = [row for row, lane in enumerate(lanes) if lane.plan == plan]
        name = style.shortened(curves.names[plan], 24)
        style.write_at(axes, 1.02, rows[0], name, 8.5, look(plan).colour, row=True, bold=True)
        if rows[0]:
            axes.axhline(rows[0] - 0.5, color=style.FACE, linewidth=3)


MOST_TEAMS = 40
"""So many teams are drawn at most: the largest."""

_AXIS, _EDGE = 0.55, 0.3
_BETWEEN = 0.45
"""Extra room, in rows, between the five drivers and the others."""


@dataclass(frozen=True, eq=False)
class _Intervals:
    """What such a chart shows: a row for each driver or team, in it a mark a plan."""

    names: tuple[str, ...]
    """Plans."""
    subtitle: str
    notes: tuple[str, ...]
    week: int
    means: Floats
    low: Floats
    high: Floats
    """``means``, ``low``, ``high``: mean over replicates and the middle 80% of replicates, shape
    (n_scenarios, n_rows)."""

    def _frame(self, title: str, tall: float, left: float, right: float) -> tuple[Figure, Axes]:
        """Return a figure with room of ``tall`` inches for rows, and the axes in it."""
        bottom = _AXIS + style.foot(self.notes)
        height = 0.85 + style.key_height(self.names, _EDGE, _WIDTH) + tall + bottom
        figure = style.new_figure(_WIDTH, height)
        axes = figure.add_axes((
            left / _WIDTH, bottom / height, (_WIDTH - left - right) / _WIDTH, tall / height,
        ))  # fmt: skip
        style.clean(axes, "x")
        style.around(figure, title, self.subtitle, self.notes, _EDGE)
        if len(self.names) > 1:
            style.key(figure, self.names, _EDGE, 0.86)
        return figure, axes

    def _marks(
        self, axes: Axes, rows: Floats, step: float, *, alpha: float, line: float, mark: float,
        edge: float,
    ) -> None:  # fmt: skip
        """Draw the marks of plans beside each other, ``step`` rows apart."""
        plans = len(self.names)
        for plan in range(plans):
            look = style.look(plan)
            places = rows + step * (plan - (plans - 1) / 2)
            axes.hlines(
                places, self.low[plan], self.high[plan], color=look.colour, alpha=alpha,
                linewidth=line,
            )  # fmt: skip
            axes.plot(
                self.means[plan], places, linestyle="", marker=look.marker, markersize=mark,
                markeredgewidth=edge, color=look.colour,
                markerfacecolor="white" if plan == 0 and plans > 1 else look.colour,
            )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Drivers(_Intervals):
    """What holds people back, by driver, in percentage points."""

    def draw(self) -> Figure:
        """Return the chart: a mark is the mean over replicates, its line the middle 80%."""
        row_height = 0.2 + 0.13 * len(self.names)
        order = np.arange(len(DRIVER_LABELS))
        rows = order + _BETWEEN * (order >= style.FIVE_DRIVERS)
        title = f"What still holds people back in week {self.week}"
        figure, axes = self._frame(title, row_height * (len(order) + _BETWEEN), 2.05, 0.45)
        self._marks(axes, rows, 0.13 / row_height, alpha=0.4, line=3, mark=6.5, edge=1.6)
        axes.set_ylim(rows[-1] + 0.5, -0.5)
        axes.set_yticks(rows, list(DRIVER_LABELS.values()))
        axes.tick_params(axis="y", labelcolor=style.INK, labelsize=9.5)
        axes.axvline(0, color=style.MUTED, linewidth=0.8, zorder=0.5)
        axes.axhline(style.FIVE_DRIVERS - 0.5 + _BETWEEN / 2, color=style.GRID, linewidth=0.8)
        low, high = axes.get_xlim()
        axes.set_xlim(min(low, 0.0), max(high, 1.0))
        axes.set_xlabel(
            "percentage points on the chance of use on a workday, given access",
            fontsize=9, color=style.MUTED, labelpad=6, loc="left",
        )  # fmt: skip
        return figure


def drivers_of(results: Results) -> Drivers:
    """Return what the chart of drivers shows of ``results``."""
    shape = (len(results.names), -1, len(DRIVER_LABELS))
    values = 100 * results.organisation_drivers[:, :, :, -1, :].reshape(shape)
    five = "Above the line: the five drivers of the confidence gap."
    return Drivers(
        results.names,
        f"{results.organisation.name}: how far use would rise if this alone were taken away",
        (five, range_note(results), source_note(results)),
        results.weeks,
        *bands(values, axis=1),
    )


@dataclass(frozen=True, eq=False)
class Teams(_Intervals):
    """Shares of habitual users, team by team."""

    teams: tuple[str, ...]
    """From the top of the chart."""

    def draw(self) -> Figure:
        """Return the chart: a mark is the mean over replicates, its line the middle 80%."""
        plans, rows = len(self.names), np.arange(len(self.teams), dtype=np.float64)
        title = f"Habitual users by team in week {self.week}"
        figure, axes = self._frame(title, (0.18 + 0.075 * min(plans, 6)) * len(rows), 2.3, 1.5)
        self._marks(axes, rows, 0.62 / max(plans, 2), alpha=0.3, line=3.5, mark=5.5, edge=1.5)
        if plans <= 2:
            for row in range(len(rows)):
                words = " → ".join(share(float(mean)) for mean in self.means[:, row])
                style.write_at(axes, 1.03, row, words, 9, row=True, va="center_baseline")
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_yticks(rows, [style.shortened(name, 26) for name in self.teams])
        axes.tick_params(axis="y", labelcolor=style.INK, labelsize=9)
        axes.set_xlim(-0.01, 1.01)
        style.quarters(axes.xaxis)
        axes.set_xlabel(
            "share of people who use it habitually",
            fontsize=9,
            color=style.MUTED,
            labelpad=6,
            loc="left",
        )
        return figure


def teams_of(results: Results) -> Teams | None:
    """Return what the chart of teams shows of ``results``, sorted by the last plan.

    None where teams were not recorded, or all are too small to be shown.
    """
    shown = results.shown_teams
    if results.records.teams is None or not len(shown):
        return None
    by_size = np.argsort(-results.team_sizes[shown], kind="stable")
    rows = shown[np.sort(by_size[:MOST_TEAMS])]
    values = results.team("habitual")[..., -1, rows].reshape(len(results.names), -1, len(rows))
    order = np.argsort(-values[-1].mean(axis=0), kind="stable")
    return Teams(
        results.names, _subtitle(results, len(rows)), (range_note(results), source_note(results)),
        results.weeks, *bands(values[:, :, order], axis=1),
        teams=tuple(results.organisation.teams[row] for row in rows[order]),
    )  # fmt: skip


def _subtitle(results: Results, drawn: int) -> str:
    large = len(results.shown_teams)
    text = f"the {drawn} largest of {large:,} teams" if drawn < large else f"{large:,} teams"
    if small := results.organisation.n_teams - large:
        text += f"; {small:,} under {SMALLEST_TEAM} people not shown"
    return f"{results.organisation.name}: {text}"


def save_values_figure(profile: Sequence[ValueProfile], name: str, path: Path) -> None:
    """Write dots of importance with their intervals as PNG, SVG or PDF, as the suffix says.

    Raises OSError where the file cannot be written; nothing half-written is left.
    """

    def draw() -> Figure:
        figure = style.new_figure(7.6, 1.1 + 0.36 * len(profile))
        axes = figure.add_axes((0.18, 0.24, 0.42, 0.62))
        for row, one in enumerate(profile):
            axes.plot([one.low, one.high], [row, row], color=style.PLANS[0].colour, lw=2)
            axes.plot(one.mean, row, marker="o", color=style.PLANS[0].colour)
            rank = f"global rank {one.global_rank}" if one.global_rank else "not ranked"
            axes.text(
                1.05, row, f"{rank} · {one.speaks_for}", color=style.MUTED, va="center", size=8
            )
        axes.set_yticks(range(len(profile)), [one.value for one in profile], color=style.INK)
        axes.invert_yaxis()
        axes.set_xlim(0, 1)
        axes.set_xlabel("importance: mean and 95% interval", color=style.MUTED, size=8)
        style.clean(axes)
        title = f"What matters to people at {name}"
        figure.text(0.02, 0.93, title, color=style.INK, size=11)
        figure.text(0.02, 0.02, "Ranks are not effect sizes.", color=style.MUTED, size=8)
        return figure

    style.save_as(draw, path)
