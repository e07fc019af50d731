"""The picture of ``uptake values``: how much each value matters, beside its global rank."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sim.organisation.profile import ValueProfile
from sim.report.style import INK, MUTED, PLANS, clean, new_figure, save_as

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["save_values_figure"]


def save_values_figure(profile: Sequence[ValueProfile], name: str, path: Path) -> None:
    """Write dots of importance with their intervals as PNG, SVG or PDF, as the suffix says.

    Raises
    ------
    OSError
        Where the file cannot be written; nothing half-written is left.
    """

    def draw() -> Figure:
        figure = new_figure(7.6, 1.1 + 0.36 * len(profile))
        axes = figure.add_axes((0.18, 0.24, 0.42, 0.62))
        for row, one in enumerate(profile):
            axes.plot([one.low, one.high], [row, row], color=PLANS[0].colour, lw=2)
            axes.plot(one.mean, row, marker="o", color=PLANS[0].colour)
            rank = f"global rank {one.global_rank}" if one.global_rank else "not ranked"
            axes.text(1.05, row, f"{rank} · {one.speaks_for}", color=MUTED, va="center", size=8)
        axes.set_yticks(range(len(profile)), [one.value for one in profile], color=INK)
        axes.invert_yaxis()
        axes.set_xlim(0, 1)
        axes.set_xlabel("importance: mean and 95% interval", color=MUTED, size=8)
        clean(axes)
        title = f"What matters to people at {name}"
        figure.text(0.02, 0.93, title, color=INK, size=11)
        figure.text(0.02, 0.02, "Ranks are not effect sizes.", color=MUTED, size=8)
        return figure

    save_as(draw, path)
