"""The front of a plan with several objectives as a picture: what each plan holds, and the knee."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from sim.report.plan_words import holds, in_unit, knee_of, level
from sim.report.style import FACE, GRID, INK, MUTED, clean, look, new_figure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from sim.analysis.plan import Answer
    from sim.analysis.plan.contenders import Contender

__all__ = ["draw_front"]

_WIDTH, _LEFT, _PANEL, _TALL, _TOP, _BOTTOM = 10.5, 0.85, 4.1, 3.7, 1.15, 0.95
_LINE, _COLUMNS = 0.17, 74


def draw_front(answer: Answer) -> Figure:
    """Return the picture of a front: one panel, or of three objectives two.

    Plans have the numbers that they have in tables and files; the list beside it, along the
    front by the second objective, says what each of them holds.
    """
    objectives, weeks = answer.problem.objectives, answer.problem.weeks
    front = sorted((one for one in answer.plans if one.on_front), key=lambda one: _at(one, 1))
    knee = knee_of(answer)
    panels = len(objectives) - 1
    texts = [_text(answer, one, is_knee=one is knee) for one in front]
    listed = sum(len(lines) + 0.6 for lines in texts) * _LINE
    tall = _TALL * panels + 0.9 * (panels - 1)
    height = _TOP + max(tall, listed) + _BOTTOM
    figure = new_figure(_WIDTH, height)
    for panel in range(panels):
        top = _TOP + panel * (_TALL + 0.9)
        box = (_LEFT / _WIDTH, 1 - (top + _TALL) / height, _PANEL / _WIDTH, _TALL / height)
        _scatter(figure.add_axes(box), answer, front, knee, panel + 1)
    left = 0.3 / _WIDTH
    figure.text(left, 1 - 0.36 / height, answer.problem.name, fontsize=14, fontweight="bold",
                color=INK, va="center")  # fmt: skip
    asked = " · ".join(
        f"{one.named(weeks)}, {'more' if one.sign > 0 else 'less'} is better" for one in objectives
    )
    figure.text(left, 1 - 0.64 / height, asked, fontsize=9, color=MUTED, va="center")
    across, down = (_LEFT + _PANEL + 0.35) / _WIDTH, _TOP - 0.1
    for lines in texts:
        for k, line in enumerate(lines):
            figure.text(across, 1 - down / height, line, fontsize=7.6, va="center",
                        color=INK if k == 0 else MUTED,
                        fontweight="bold" if k == 0 else "normal")  # fmt: skip
            down += _LINE
        down += 0.6 * _LINE
    note = (
        f"Means of {answer.replicates} replicates, with the 95% interval of the first objective; "
        "after each measure its first week. Grey: simple plans."
    )
    figure.text(left, 0.22 / height, note, fontsize=8, color=MUTED, va="center")
    return figure


def _at(one: Contender, objective: int) -> float:
    return one.estimates[objective].mean


def _text(answer: Answer, one: Contender, *, is_knee: bool) -> list[str]:
    pairs = zip(answer.problem.objectives, one.estimates, strict=True)
    figures = ", ".join(in_unit(objective, estimate.mean) for objective, estimate in pairs)
    head = f"{one.name}: {figures}{' · the knee' if is_knee else ''}"
    return [head, *(f"    {line}" for line in wrap(holds(answer, one), _COLUMNS))]


def _scatter(
    axes: Axes, answer: Answer, front: Sequence[Contender], knee: Contender | None, other: int
) -> None:
    """Draw the first objective up, another across."""
    objectives, weeks = answer.problem.objectives, answer.problem.weeks
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
    axes.set_ylim(*_room([*ends, *(_at(one, 0) for one in simple)]))
    if len(objectives) == 2:
        axes.plot([_at(one, other) for one in front], [_at(one, 0) for one in front],
                  color=colour, linewidth=1, alpha=0.5, drawstyle="steps-post")  # fmt: skip
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
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: level(up, value)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: level(across, value)))
    for axis, objective in ((axes.yaxis, up), (axes.xaxis, across)):
        if objective.what == "time to half":
            axis.set_major_locator(MaxNLocator(6, integer=True))
    axes.set_xlabel(across.named(weeks), fontsize=9, color=INK)
    axes.text(0, 1.03, up.named(weeks), transform=axes.transAxes, fontsize=9.5, fontweight="bold",
              color=INK)  # fmt: skip


def _room(places: Sequence[float]) -> tuple[float, float]:
    low, high = min(places), max(places)
    wide = (high - low) or abs(high) or 1.0
    return low - 0.08 * wide, high + 0.08 * wide
