"""A plan as pictures: the roadmap, and the front of a plan with several objectives."""

from __future__ import annotations

from datetime import timedelta
from textwrap import wrap
from typing import TYPE_CHECKING

import numpy as np

from sim.analysis.plan.roadmap import VISIBLE
from sim.numbers import brief, fixed, share
from sim.report import style
from sim.report.plan_tables import holds
from sim.report.plan_words import in_unit, level
from sim.report.style import (
    FACE,
    GRID,
    INK,
    LABELS,
    MUTED,
    clean,
    look,
    new_figure,
    write,
    write_at,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from sim.analysis.plan import Answer
    from sim.analysis.plan.contenders import Contender
    from sim.analysis.plan.roadmap import Bar, Checkpoint, Gauge, Roadmap


_WIDTH, _LEFT, _RIGHT, _EDGE = 10.5, 1.75, 1.25, 0.3
_TOP, _BOTTOM, _LANE, _USE, _CURVE, _GAP = 0.98, 0.85, 0.34, 0.95, 2.4, 0.62
_TINTS = (0.95, 0.72, 0.52, 0.36, 0.26, 0.2)
"""How strongly the bars of the first waves are filled; later ones as the last."""

_MOST_CURVES = 2


def draw_roadmap(roadmap: Roadmap, *, bare: bool = False) -> Figure:
    """Return the picture of a plan; ``bare``, small, without title, wave names and capacities."""
    lanes = _lanes(roadmap)
    lines = [*_about(roadmap)[1:], *_wave_lines(roadmap)]
    gauges = () if bare else roadmap.gauges
    tall = [lanes * _LANE, *(_USE for _ in gauges), _CURVE]
    if bare:
        tall = [lanes * _LANE * 0.62, _CURVE * 0.75]
    legend = 0.2 * len(lines) + (0.1 if lines else 0)
    head = 0.15 if bare else _TOP + legend
    height = head + sum(tall) + _GAP * (len(tall) - 1) + _BOTTOM
    figure = new_figure(_WIDTH, height)
    wide = (_WIDTH - _LEFT - _RIGHT) / _WIDTH
    top, panels = head, []
    for inches in tall:
        box = (_LEFT / _WIDTH, 1 - (top + inches) / height, wide, inches / height)
        panels.append(figure.add_axes(box))
        top += inches + _GAP
    for axes in panels:
        _weeks(axes, roadmap)
    _gantt(panels[0], roadmap)
    for axes, gauge in zip(panels[1:-1], gauges, strict=True):
        _capacity(axes, roadmap, gauge)
    _expected(panels[-1], roadmap)
    if not bare:
        _heading(figure, roadmap)
    _around(figure, roadmap)
    return figure


def _weeks(axes: Axes, roadmap: Roadmap) -> None:
    clean(axes)
    axes.set_xlim(0.5, roadmap.weeks + 0.5)
    step = 5 if roadmap.weeks <= 60 else 13 if roadmap.weeks <= 160 else 52
    marks = [1, *range(step, roadmap.weeks + 1, step)]
    axes.set_xticks(marks, [_mark(roadmap, mark) for mark in marks])
    axes.tick_params(axis="x", pad=4)
    axes.grid(axis="x", color=GRID, linewidth=0.6)
    if roadmap.now:
        axes.axvline(roadmap.now + 0.5, color=INK, linewidth=1.2, linestyle=(0, (4, 2)))
    for blackout in roadmap.blackouts:
        axes.axvspan(
            blackout.start - 0.5, blackout.end + 0.5, facecolor="#eef0f3", hatch="////",
            edgecolor="#d3d8de", linewidth=0, zorder=0,
        )  # fmt: skip


def _mark(roadmap: Roadmap, week: int) -> str:
    if roadmap.begins is not None:
        day = roadmap.begins + timedelta(weeks=week - 1)
        return f"{day:%d %b}\n{day:%Y}" if week == 1 else f"{day:%d %b}"
    return f"week {week}" if week == 1 else str(week)


def _height(bar: Bar) -> float:
    return max(1.0, 0.55 * len(bar.waves) + 0.25)


def _lanes(roadmap: Roadmap) -> float:
    """Return how much room the bars take; some even where the best is to place nothing."""
    return sum(_height(bar) for bar in roadmap.bars) or 0.5


def _gantt(axes: Axes, roadmap: Roadmap) -> None:
    colour = look(1).colour
    axes.set_ylim(_lanes(roadmap), 0)
    axes.set_yticks([])
    top = 0.0
    for bar in roadmap.bars:
        tall = _height(bar)
        dose = "" if bar.dose == 1 else f" ×{brief(bar.dose)}"
        name = f"{bar.label}{dose}"
        write_at(axes, -0.012, top + tall / 2, name, 9, INK, row=True, ha="right")
        each = (tall - 0.25) / len(bar.waves)
        for wave, rounds in enumerate(bar.waves):
            tint = _TINTS[min(wave, len(_TINTS) - 1)] if bar.in_waves else 0.95
            spans = [(first - 0.5, last - first + 1) for first, last in rounds]
            if bar.ongoing and rounds and rounds[0][0] == rounds[-1][1]:
                start = rounds[0][0]
                axes.broken_barh(
                    [(start - 0.5, roadmap.weeks - start + 1)],
                    (top + 0.125 + (wave + 0.38) * each, each * 0.24),
                    facecolor=colour, alpha=tint * 0.5, linewidth=0,
                )  # fmt: skip
            place = (top + 0.125 + wave * each + 0.04 * each, each * 0.92)
            axes.broken_barh(spans, place, facecolor=FACE, linewidth=0)
            axes.broken_barh(
                spans, place, facecolor=colour, alpha=tint, linewidth=0.8, edgecolor=colour
            )
            if bar.in_waves and rounds:
                dark = tint > 0.6
                axes.text(
                    rounds[0][0] - 0.36, place[0] + place[1] / 2 + 0.01, str(wave + 1),
                    fontsize=7, color=FACE if dark else INK, va="center_baseline", ha="left",
                )  # fmt: skip
        top += tall
        axes.axhline(top, color=GRID, linewidth=0.6)


def _capacity(axes: Axes, roadmap: Roadmap, gauge: Gauge) -> None:
    """Draw what is taken in each week (of a budget until then) against what there is."""
    use, weeks = gauge.use, np.arange(1, roadmap.weeks + 1)
    ahead = min(roadmap.now, roadmap.weeks - 1)  # what has begun is taken off what there is
    limit = None if gauge.limit is None else gauge.limit[ahead:]
    colour = look(4).colour
    axes.bar(weeks, use, width=0.82, color=colour, alpha=0.75, linewidth=0)
    there = [] if limit is None else [float(limit.max())]
    top = max(float(use.max()), *there, 1e-9)
    axes.set_ylim(0, top * 1.15)
    axes.set_yticks([0, top], ["0", fixed(top, 0)])
    spent, whole = ("spent so far", "in all") if not roadmap.now else ("from now on",) * 2
    title = f"{gauge.name[0].upper()}{gauge.name[1:]} {spent if gauge.budget else 'a week'}"
    write_at(axes, 0, 1.06, title, 9.5, INK, bold=True)
    said = f"at most {fixed(use.max(), 0)} at a time"
    if gauge.budget or gauge.name == "hours":
        said = f"{fixed(use[-1] if gauge.budget else use.sum(), 0)} {whole}"
    write_at(axes, 1, 1.06, said, 8.5, ha="right")
    if limit is not None:
        edges = np.arange(ahead, roadmap.weeks + 1) + 0.5
        axes.stairs(limit, edges, baseline=None, color=look(2).colour, linewidth=1.6,
                    linestyle="--")  # fmt: skip
        last = float(limit[-1])
        left = "left" if roadmap.now else "budget"
        said = f"{left if gauge.budget else 'capacity'} {fixed(last, 0)}"
        write_at(axes, 1.012, last, said, 8.5, look(2).colour, row=True)


def _expected(axes: Axes, roadmap: Roadmap) -> None:
    weeks = np.arange(1, roadmap.weeks + 1)
    axes.set_ylim(0, 1)
    style.quarters(axes.yaxis)
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    write_at(axes, 0, 1.045, "What to expect", 9.5, INK, bold=True)
    shown = list(roadmap.curves)[:_MOST_CURVES]
    ends = [float(roadmap.curves[name][0, -1]) for name in shown]
    names = ["\n".join(wrap(LABELS.get(name, name.replace("_", " ")), 18)) for name in shown]
    places = style.spread(ends, 0.19 + 0.07 * ("\n" in "".join(names)), 0.05, 0.97)
    for index, name in enumerate(shown):
        plan = look(3 if index == 0 else 1)
        mean, low, high = roadmap.curves[name]
        if index == 0 or len(shown) == 1:
            axes.fill_between(weeks, low, high, color=plan.colour, alpha=0.16, linewidth=0)
        else:
            axes.plot(weeks, low, color=plan.colour, linewidth=0.7, alpha=0.7)
            axes.plot(weeks, high, color=plan.colour, linewidth=0.7, alpha=0.7)
        axes.plot(weeks, mean, color=plan.colour, linestyle=plan.dash, linewidth=2)
        band = f"{share(low[-1]).removesuffix('%')}–{share(high[-1])}"
        said = f"{names[index]}\n{share(ends[index])} ({band})"
        write_at(axes, 1.012, places[index], said, 8, plan.colour, row=True, bold=True)
        if name in roadmap.observed:
            at, values = roadmap.observed[name]
            axes.plot(
                at, values, linestyle="", marker="o", markersize=4.5, color=plan.colour,
                markeredgecolor=FACE, markeredgewidth=0.8, zorder=5,
            )  # fmt: skip
    if roadmap.line is not None:
        axes.plot(weeks, roadmap.line, color=INK, linewidth=1.4, linestyle=":")
    worded = 0
    for one in roadmap.checkpoints:
        if one.outcome == shown[0] and one.high > VISIBLE:
            room = not worded or one.week - worded > roadmap.weeks / 12
            _checkpoint(axes, one, said=room)
            worded = one.week if room else worded


def _checkpoint(axes: Axes, one: Checkpoint, *, said: bool) -> None:
    colour = look(3).colour
    axes.plot([one.week, one.week], [one.low, one.high], color=colour, linewidth=1.6)
    for end in (one.low, one.high):
        axes.plot([one.week - 0.35, one.week + 0.35], [end, end], color=colour, linewidth=1.6)
    if one.fails_below > VISIBLE:
        axes.plot(
            [one.week], [one.fails_below], marker="v", markersize=6, color=look(2).colour,
            linestyle="", zorder=4, clip_on=False,
        )  # fmt: skip
    if not said:
        return
    text = f"{share(one.low).removesuffix('%')}–{share(one.high)}"
    axes.text(
        one.week - 0.5, min(one.high + 0.04, 0.99), text, fontsize=7.5, color=INK, ha="right",
        va="center",
    )  # fmt: skip


def _wave_lines(roadmap: Roadmap) -> list[str]:
    """Return who is in each wave, every name, in as many lines as it takes."""
    return [
        line
        for wave, people in enumerate(roadmap.waves)
        for line in wrap(f"Wave {wave + 1}: {people}", 140, subsequent_indent="      ")
    ]


def _about(roadmap: Roadmap) -> list[str]:
    """Return whose plan it is, and what is drawn, in as many lines as it takes."""
    line = f"{roadmap.organisation} · {roadmap.weeks} weeks"
    if roadmap.now:
        line += f" · dashed line: now, after week {roadmap.now}"
    if roadmap.observed:
        line += " · dots: measured"
    if roadmap.line is not None:
        line += " · dotted: what was measured, carried on as it was"
    if roadmap.blackouts:
        line += " · hatched: nothing is held"
    return wrap(line, 125)


def _heading(figure: Figure, roadmap: Roadmap) -> None:
    write(figure, _EDGE, 0.36, roadmap.name, 14, INK, bold=True)
    about = _about(roadmap)
    for k, text in enumerate(about):
        write(figure, _EDGE, 0.63 + 0.2 * k, text, 9)
    for k, text in enumerate(_wave_lines(roadmap), len(about) - 1):
        write(figure, _EDGE, 0.88 + 0.2 * k, text, 8.5, INK)


def _across(figure: Figure, marked: str) -> None:
    """Write across a picture what is wrong with it, if anything is."""
    if marked:
        figure.text(
            0.5, 0.5, marked, fontsize=22, color=look(2).colour, alpha=0.55, rotation=24,
            ha="center", va="center", fontweight="bold", zorder=50,
        )  # fmt: skip


def _around(figure: Figure, roadmap: Roadmap) -> None:
    _across(figure, roadmap.marked)
    shown = next(iter(roadmap.curves))
    marks = [
        one for one in roadmap.checkpoints if one.outcome == shown and one.fails_below > VISIBLE
    ]
    key = "Brackets: checkpoints for " + LABELS.get(shown, shown).lower() + "."
    if marks:
        key += " Triangle: only one replicate in forty is lower — below it, plan again."
    write(figure, _EDGE, -0.4, key, 8)
    write(figure, _EDGE, -0.2, roadmap.note, 8)


_SIDE, _PANEL, _TALL, _HEAD, _FOOT = 0.85, 4.1, 3.7, 1.15, 0.95
_LINE, _COLUMNS = 0.17, 74


def draw_front(answer: Answer) -> Figure:
    """Return the picture of a front: one panel, or of three objectives two.

    Plans have the numbers that they have in tables and files; the list beside it, along the
    front by the second objective, says what each of them holds.
    """
    objectives, named = answer.problem.objectives, answer.problem.named
    front = sorted((one for one in answer.plans if one.on_front), key=lambda one: _at(one, 1))
    knee = answer.knee
    panels = len(objectives) - 1
    texts = [_text(answer, one, is_knee=one is knee) for one in front]
    listed = sum(len(lines) + 0.6 for lines in texts) * _LINE
    tall = _TALL * panels + 0.9 * (panels - 1)
    height = _HEAD + max(tall, listed) + _FOOT
    figure = new_figure(_WIDTH, height)
    for panel in range(panels):
        top = _HEAD + panel * (_TALL + 0.9)
        box = (_SIDE / _WIDTH, 1 - (top + _TALL) / height, _PANEL / _WIDTH, _TALL / height)
        _scatter(figure.add_axes(box), answer, front, knee, panel + 1)
    write(figure, _EDGE, 0.36, answer.problem.name, 14, INK, bold=True)
    asked = " · ".join(
        f"{named(one)}, {'more' if one.sign > 0 else 'less'} is better" for one in objectives
    )
    write(figure, _EDGE, 0.64, asked, 9)
    across, down = _SIDE + _PANEL + 0.35, _HEAD - 0.1
    for lines in texts:
        for k, line in enumerate(lines):
            write(figure, across, down, line, 7.6, MUTED if k else INK, bold=k == 0)
            down += _LINE
        down += 0.6 * _LINE
    note = (
        f"Means of {answer.replicates} replicates, with the 95% interval of the first objective; "
        "after each measure its first week. Grey: simple plans."
    )
    write(figure, _EDGE, -0.22, note, 8)
    _across(figure, answer.roadmap.marked)
    return figure


def _at(one: Contender, objective: int) -> float:
    return one.estimates[objective].mean


def _text(answer: Answer, one: Contender, *, is_knee: bool) -> list[str]:
    pairs = zip(answer.problem.objectives, one.estimates, strict=True)
    figures = ", ".join(in_unit(answer, objective, estimate.mean) for objective, estimate in pairs)
    head = f"{one.name}: {figures}{' · the knee' if is_knee else ''}"
    return [head, *(f"    {line}" for line in wrap(holds(answer, one), _COLUMNS))]


def _scatter(
    axes: Axes, answer: Answer, front: Sequence[Contender], knee: Contender | None, other: int
) -> None:
    """Draw the first objective up, another across."""
    objectives, named = answer.problem.objectives, answer.problem.named
    clean(axes)
    axes.grid(color=GRID, linewidth=0.6)
    up, across = objectives[0], objectives[other]
    simple = [one for one in answer.baselines if one.keeps and len(one.estimates) > other]
    axes.plot([_at(one, other) for one in simple], [_at(one, 0) for one in simple], linestyle="",
              marker="D", markersize=4, color="#b4bcc4")  # fmt: skip
    colour, strong = look(1).colour, look(0).colour
    every = [*front, *simple]
    ends = [end for one in front for end in (one.estimates[0].low, one.estimates[0].high)]
    axes.set_xlim(*_room([_at(one, other) for one in every]))
    low, high = _room([*ends, *(_at(one, 0) for one in simple)])
    if up.is_share and up.less is None:  # an interval may reach beyond; no share does
        low, high = max(low, -0.02), min(high, 1.02)
    axes.set_ylim(low, high)
    if len(objectives) == 2:
        axes.plot([_at(one, other) for one in front], [_at(one, 0) for one in front],
                  color=colour, linewidth=1, alpha=0.5, drawstyle="steps-post",
                  linestyle=":")  # fmt: skip
    for one in front:
        x, y, mine = _at(one, other), _at(one, 0), one is knee
        e = one.estimates[0]
        axes.plot([x, x], [e.low, e.high], color=colour, linewidth=0.9, alpha=0.6)
        axes.plot([x], [y], linestyle="", marker="*" if mine else "o",
                  markersize=19 if mine else 13, color=strong if mine else colour,
                  markeredgecolor=FACE)  # fmt: skip
        number = str(answer.plans.index(one) + 1)
        axes.text(x, y, number, fontsize=7, color=FACE, ha="center", va="center_baseline",
                  fontweight="bold")  # fmt: skip
    from matplotlib.ticker import FuncFormatter, MaxNLocator, MultipleLocator

    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: level(up, value)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: level(across, value)))
    for axis, objective in ((axes.yaxis, up), (axes.xaxis, across)):
        if objective.what in ("time to half", "hours", "money"):
            axis.set_major_locator(MaxNLocator(6, integer=True))
        elif objective.is_share:  # no steps that whole percentages cannot say
            axis.set_major_locator(MultipleLocator(_percent(*axis.get_view_interval())))
    axes.set_xlabel(named(across), fontsize=9, color=INK)
    write_at(axes, 0, 1.03, named(up), 9.5, INK, bold=True)


def _percent(low: float, high: float) -> float:
    """Return the step between marks of a share: whole percentages, seven marks at most."""
    return next(step / 100 for step in (1, 2, 5, 10, 20, 50, 100) if high - low <= step * 0.07)


def _room(places: Sequence[float]) -> tuple[float, float]:
    low, high = min(places), max(places)
    wide = (high - low) or abs(high) or 1.0
    return low - 0.08 * wide, high + 0.08 * wide
