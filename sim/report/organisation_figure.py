"""The picture of an organisation: teams as clusters, who leads them, who is listened to."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.arrays import Floats
from sim.numbers import counted
from sim.organisation import Centrality, Organisation
from sim.organisation.organisation import in_strength, informal_leaders
from sim.report.style import save_as, write, write_at

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.figure import Figure


MAX_DRAWN = 3_000
"""Above this many people teams are drawn, not people."""

INK, SOFT, FAINT = "#16202b", "#5b6773", "#8fa3b8"
PERSON, PERSON_EDGE = "#b9cfe6", "#5d83ab"
MANAGER, LEADER = "#16202b", "#0b5aa8"
PAPER = "#ffffff"
GOLDEN_ANGLE = np.pi * (3 - np.sqrt(5))
ASPECT = 1.55
SPACING = 0.95  # radius of a cluster of two, in units of the layout
LABEL = 1.8  # height kept free above a cluster for its name
MARGIN = 1.5  # between clusters
ALIKE = 1.6  # cells that differ by less than this factor stand on a grid
SHOW_IDS = 40  # up to this many people, ids are written beside them


@dataclass(frozen=True, eq=False)
class NetworkLayout:
    """Where everybody stands; the same for one organisation for ever."""

    person: Floats
    """One unit is the distance between neighbours in a cluster, shape (n_people, 2)."""
    centre: Floats
    """Shape (n_teams, 2)."""
    radius: Floats
    """Shape (n_teams,)."""
    width: float
    height: float


def lay_out(organisation: Organisation, attention: Floats) -> NetworkLayout:
    """Return a layout: teams on shelves, the manager in the middle, then by attention.

    - ``attention``, shape (n_people,)
    """
    sizes = np.diff(organisation.team_start)
    radius = SPACING * np.sqrt(np.maximum(sizes - 0.6, 0.5))
    cell = 2 * np.maximum(radius, 1.5) + MARGIN
    if cell.max() < ALIKE * cell.min():
        cell = np.full(len(cell), cell.max())  # clusters of about one size: a true grid
    centre, width, height = _shelves(cell, radius)
    person = np.empty((organisation.n_people, 2))
    starts = organisation.team_start.tolist()
    for team, (low, high) in enumerate(pairwise(starts)):
        rows = np.arange(low, high)
        leads = rows == organisation.team_manager[team]
        order = np.lexsort((rows, -np.round(attention[rows], 12), ~leads))
        step = np.arange(high - low) + (0.0 if leads.any() or high - low == 1 else 0.5)
        distance, angle = SPACING * np.sqrt(step + 0.4 * (step >= 1)), step * GOLDEN_ANGLE
        person[rows[order], 0] = centre[team, 0] + distance * np.cos(angle)
        person[rows[order], 1] = centre[team, 1] + distance * np.sin(angle)
    return NetworkLayout(person, centre, radius, width, height)


def _shelves(cell: Floats, radius: Floats) -> tuple[Floats, float, float]:
    """Place cells on shelves from left to right, of the width nearest the wanted aspect."""
    best: tuple[float, Floats, float, float] | None = None
    for wanted in np.sqrt((cell**2).sum() * ASPECT) * np.linspace(0.7, 2.2, 31):
        centre, width, height = _shelve(cell, radius, max(wanted, float(cell.max())))
        waste = width * height * (1 + 0.6 * abs(np.log(width / height / ASPECT)))
        if best is None or waste < best[0]:
            best = waste, centre, width, height
    assert best is not None
    return best[1:]


def _shelve(cell: Floats, radius: Floats, limit: float) -> tuple[Floats, float, float]:
    shelves: list[list[int]] = [[]]
    used = 0.0
    for team, size in enumerate(cell.tolist()):
        if shelves[-1] and used + size > limit:
            shelves.append([])
            used = 0.0
        shelves[-1].append(team)
        used += size
    width = max(float(cell[shelf].sum()) for shelf in shelves)
    is_grid = bool((cell == cell[0]).all())
    centre = np.empty((len(cell), 2))
    y = 0.0
    for shelf in shelves:
        tallest = float(np.maximum(radius[shelf], 1.0).max())
        gap = 0.0 if is_grid else (width - float(cell[shelf].sum())) / len(shelf)
        x = 0.0
        for team in shelf:
            centre[team] = x + (cell[team] + gap) / 2, y - LABEL - tallest
            x += cell[team] + gap
        y -= LABEL + 2 * tallest + MARGIN
    return centre, width, -y


def organisation_figure(
    organisation: Organisation, by: Centrality = Centrality.IN_STRENGTH, *, dpi: int = 150
) -> Figure:
    """Return the picture of an organisation.

    Each cluster is a team: its manager in the middle, ringed; informal leaders square; a
    mark is larger the more others listen. Above 3,000 people a mark is a team.

    - ``by``: finds the informal leaders.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    attention = in_strength(organisation)
    large = organisation.n_people > MAX_DRAWN
    layout = None if large else lay_out(organisation, attention)
    width = 11.0
    ratio = layout.height / layout.width if layout else 1 / ASPECT
    height = float(np.clip(width * ratio, 3.2, 14.0)) + 1.15
    figure = Figure(figsize=(width, height), dpi=dpi, facecolor=PAPER)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.02, 0.5 / height, 0.96, 1 - 1.15 / height))
    axes.set_axis_off()
    if layout is None:
        _draw_teams(axes, organisation)
    else:
        scale = 72 * min(0.96 * width / layout.width, (height - 1.15) / layout.height)
        _draw_people(axes, organisation, layout, attention, by, scale)
        _legend(figure, height, bool(organisation.is_manager.any()))
    write(figure, 0.275, 0.27, organisation.name, 14, INK, bold=True)
    write(figure, 0.275, 0.52, _subtitle(organisation, by, large), 9, SOFT)
    return figure


def save_organisation_figure(
    organisation: Organisation, path: Path, by: Centrality = Centrality.IN_STRENGTH
) -> None:
    """Write the picture of an organisation as PNG, SVG or PDF, as the suffix says.

    Raises OSError where the file cannot be written; nothing half-written is left.
    """
    save_as(lambda: organisation_figure(organisation, by), path)


def _subtitle(organisation: Organisation, by: Centrality, large: bool) -> str:
    parts = [
        organisation.size,
        counted(organisation.n_ties, "tie"),
        counted(int(organisation.is_manager.sum()), "manager"),
    ]
    if large:
        parts.append("one mark is a team, larger with its people")
    else:
        parts.append(f"informal leaders by {by.value.replace('_', '-')}")
    return "  ·  ".join(parts)


def _draw_people(
    axes: Axes, organisation: Organisation, layout: NetworkLayout, attention: Floats,
    by: Centrality, scale: float,
) -> None:  # fmt: skip
    from matplotlib.collections import LineCollection

    person, team = layout.person, organisation.people["team"]
    source, target = organisation.tie_source, organisation.ties.target.astype(np.int64)
    one = (source < target) | ~np.isin(
        target * organisation.n_people + source, source * organisation.n_people + target
    )
    source, target = source[one], target[one]
    inside = team[source] == team[target]
    for of_kind, weight, most in ((~inside, 0.5, 0.16), (inside, 0.6, 0.34)):
        lines = np.stack([person[source[of_kind]], person[target[of_kind]]], axis=1)
        alpha = float(np.clip(9 / np.sqrt(max(1, len(lines))), 0.05, most))
        drawn = LineCollection(list(lines), colors=SOFT, linewidths=weight, alpha=alpha, zorder=1,
                               capstyle="round")  # fmt: skip
        axes.add_collection(drawn)
    base = float(np.clip(0.56 * scale, 3.0, 13.0))
    most = max(float(attention.max()), 1e-9)
    size = (base * (0.62 + 0.75 * np.sqrt(attention / most))) ** 2
    leaders = informal_leaders(organisation, by=by)
    is_leader = np.zeros(organisation.n_people, np.bool_)
    is_leader[leaders] = True
    is_manager = organisation.is_manager
    plain = ~is_leader & ~is_manager
    edge, ring = 0.5 if base > 5 else 0.3, (np.sqrt(size) + 0.55 * base) ** 2
    for who, large, colour, around, line, order, shape in (
        (plain, size, PERSON, PERSON_EDGE, edge, 3, "o"),
        (is_leader, size, LEADER, PAPER, edge, 4, "s"),
        (is_manager, ring, PAPER, MANAGER, max(0.8, base / 9), 4, "o"),
        (is_manager, 0.8 * size, MANAGER, MANAGER, 1.0, 5, "o"),
    ):
        axes.scatter(
            person[who, 0], person[who, 1], s=large[who], color=colour, edgecolors=around,
            linewidths=line, zorder=order, marker=shape,
        )  # fmt: skip
    if organisation.n_people <= SHOW_IDS:
        outer = np.sqrt(size) + 0.55 * base * is_manager
        for (x, y), name, across in zip(person, organisation.ids, outer, strict=True):
            axes.annotate(
                str(name), (x, y), xytext=(0.5 * across + 3, 0), textcoords="offset points",
                size=7, color=SOFT, va="center", zorder=6, parse_math=False,
            )  # fmt: skip
    _label_teams(axes, organisation, layout, person, scale)
    axes.set_xlim(0, layout.width)
    axes.set_ylim(-layout.height, 0)
    axes.set_aspect("equal")


def wrapped(title: str, letters: int) -> list[str]:
    """Return one or two lines of about this many letters, cut where even more are too few."""
    if len(title) <= letters:
        return [title]
    most = int(1.4 * letters)
    for width in range(min(most, max(letters - 2, len(title) // 2)), most + 1):
        lines = textwrap.wrap(title, width)
        if len(lines) <= 2:
            return lines
    return textwrap.wrap(title, letters, max_lines=2, placeholder=" …")


def _label_teams(
    axes: Axes, organisation: Organisation, layout: NetworkLayout, person: Floats, scale: float
) -> None:
    """Write each team's name above it, on one line with its neighbours where that is near."""
    font = float(np.clip(0.7 * scale, 5.5, 10.0))
    shelf_top = {
        y: float(layout.radius[layout.centre[:, 1] == y].max())
        for y in set(layout.centre[:, 1].tolist())
    }
    for row, name in enumerate(organisation.teams):
        x, y = layout.centre[row]
        low, high = organisation.team_start[row : row + 2]
        top = float(person[low:high, 1].max())
        if layout.radius[row] > 0.7 * shelf_top[y]:
            top = y + shelf_top[y] - 0.1
        letters = max(6, int(2 * (max(layout.radius[row], 1.5) + MARGIN / 2) * scale / font / 0.64))
        title = f"team {name}" if name.isdigit() else name
        label = "\n".join(wrapped(title, letters))
        axes.text(
            x, top + 0.8, label, ha="center", va="bottom", size=font, color=INK, weight="bold",
            zorder=6, linespacing=1.0, parse_math=False,
        )  # fmt: skip


def _legend(figure: Figure, height: float, has_managers: bool) -> None:
    from matplotlib.lines import Line2D

    def mark(marker: str, size: float, face: str, edge: str, width: float) -> Line2D:
        return Line2D(
            [], [], linestyle="", marker=marker, markersize=size, markerfacecolor=face,
            markeredgecolor=edge, markeredgewidth=width,
        )  # fmt: skip

    handles: list[Any] = [
        (mark("o", 10, PAPER, MANAGER, 1.0), mark("o", 6, MANAGER, MANAGER, 0)),
        mark("s", 7, LEADER, PAPER, 0.5),
        mark("o", 6, PERSON, PERSON_EDGE, 0.5),
        Line2D([], [], color=FAINT, linewidth=1),
    ]
    labels = ["manager", "informal leader", "larger: listened to more", "tie"]
    first = 0 if has_managers else 1
    figure.legend(
        handles[first:], labels[first:], loc="lower left", bbox_to_anchor=(0.015, 0.06 / height),
        ncols=4, frameon=False, fontsize=9, labelcolor=SOFT, handletextpad=0.4, columnspacing=1.8,
    )  # fmt: skip


def _blues() -> LinearSegmentedColormap:
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("attention", ["#e4eef7", PERSON, "#4a86bd", "#08306b"])


def _draw_teams(axes: Axes, organisation: Organisation) -> None:
    """Draw teams as marks in rows, with the strongest ties among them."""
    from matplotlib.collections import LineCollection

    n = organisation.n_teams
    columns = max(1, round(np.sqrt(n * ASPECT)))
    place = np.column_stack([np.arange(n) % columns, -(np.arange(n) // columns)]).astype(float)
    team = organisation.people["team"].astype(np.int64)
    source, target = team[organisation.tie_source], team[organisation.ties.target]
    between = source != target
    low = np.minimum(source, target)[between]
    high = np.maximum(source, target)[between]
    pair, back = np.unique(low * n + high, return_inverse=True)
    attention = np.bincount(back, weights=organisation.ties.weight[between])
    if n <= 1_500 and len(pair):
        strongest = np.argsort(-attention, kind="stable")[:2_000]
        lines = np.stack([place[pair[strongest] // n], place[pair[strongest] % n]], axis=1)
        width = np.clip(attention[strongest] / attention.max() * 2.2, 0.3, 2.2)
        axes.add_collection(
            LineCollection(list(lines), colors=SOFT, alpha=0.16, zorder=1, linewidths=width)
        )
    from_outside = np.bincount(
        target[between], weights=organisation.ties.weight[between], minlength=n
    )
    sizes = np.diff(organisation.team_start)
    unit = 72 * 9.5 / columns
    marks = axes.scatter(
        place[:, 0], place[:, 1], s=(unit * (0.35 + 0.45 * np.sqrt(sizes / sizes.max()))) ** 2,
        c=from_outside / sizes, cmap=_blues(), edgecolors=PERSON_EDGE, zorder=3,
        linewidths=0.4 if n <= 3_000 else 0.0, vmin=0.0,
        vmax=max(0.2, float(np.quantile(from_outside / sizes, 0.99))),
    )  # fmt: skip
    rows = -(-n // columns)
    axes.set_xlim(-1, columns)
    axes.set_ylim(-rows, 1)
    axes.set_aspect("equal")
    place_bar = axes.inset_axes((0.0, -0.045, 0.22, 0.014))
    bar = axes.figure.colorbar(marks, cax=place_bar, orientation="horizontal")
    bar.ax.tick_params(labelsize=7, colors=SOFT, length=0)
    bar.outline.set_visible(False)
    said = "darker: more attention from other teams (people's worth, per member)"
    write_at(axes, 0.235, -0.038, said, 8, SOFT, va="center")
