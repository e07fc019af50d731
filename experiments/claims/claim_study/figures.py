"""The figure of a claim: levels by arm, and the effect by organisation, with ranges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

from sim.numbers import share
from sim.report.style import GRID, INK, MUTED, PLANS, clean, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["claim_figure", "claims_overview", "save_figure"]

FOR, AGAINST, NEITHER = PLANS[1].colour, PLANS[0].colour, "#aab2bb"
ROW = 0.27
HEAD, FOOT = 1.05, 0.85


def _scale(unit: str) -> tuple[float, str]:
    """Return the factor and the words of a unit."""
    if unit == "share":
        return 100.0, "percentage points"
    return 1.0, {"1": "on a scale 0–1", "logit": "logits"}.get(unit, unit)


def _ranges(axes: Axes, rows: list[tuple[str, float, float, float]], colour: str) -> None:
    for place, (_, low, middle, high) in enumerate(rows):
        axes.plot([low, high], [place, place], color=colour, linewidth=3.2, alpha=0.45,
                  solid_capstyle="butt")  # fmt: skip
        axes.plot([middle], [place], marker="o", color=colour, markersize=5)
    axes.set_yticks(range(len(rows)), [name for name, *_ in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.grid(axis="x", color=GRID, linewidth=0.8)


def _levels(axes: Axes, result: Mapping[str, Any]) -> None:
    """Draw mean and range of the first measure by arm; many arms by their mean."""
    study, arms = result["study"], result["found"]["arms"]
    name, measure = next(iter(study["measures"].items()))
    factor = 100.0 if measure["unit"] == "share" else 1.0
    rows = []
    for arm in study["shown"]:
        middle, low, high = (factor * value for value in arms[arm][name])
        rows.append((arm, low, middle, high))
    if len(rows) > 12:
        rows.sort(key=lambda row: -row[2])
    _ranges(axes, rows, INK)
    if measure["unit"] == "share":
        axes.set_xlim(0, 100)
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}%")
    axes.set_title(_first_upper(measure["meaning"]), loc="left", fontsize=9.5, color=INK)


def _effect(axes: Axes, result: Mapping[str, Any]) -> None:
    """Draw the effect over parameter sets: all organisations together, then each."""
    effect = result["found"]["effects"][0]
    factor, words = _scale(effect["unit"])
    named = {"all organisations": effect, **effect["organisations"]}
    rows = [
        (name, factor * one["low"], factor * one["mean"], factor * one["high"])
        for name, one in named.items()
    ]
    _ranges(axes, rows, INK)
    margin = factor * effect["margin"]
    axes.axvspan(-margin, margin, color=NEITHER, alpha=0.35, linewidth=0)
    axes.axvline(0, color=MUTED, linewidth=1)
    reach = 1.08 * max(abs(edge) for row in rows for edge in row[1:]) or 1.0
    axes.set_xlim(-max(reach, 1.6 * margin), max(reach, 1.6 * margin))
    axes.locator_params(axis="x", nbins=6)  # more would touch one another
    axes.set_xlabel(f"against  ←   {words}   →  for the claim", fontsize=8.5, color=MUTED)
    axes.set_title(fill(_first_upper(effect["name"]), 46), loc="left", fontsize=9.5, color=INK)


def _other_effects(axes: Axes, result: Mapping[str, Any]) -> None:
    """Draw the further effects that have the unit of the first, all organisations together."""
    first, *further = result["found"]["effects"]
    factor, words = _scale(first["unit"])
    rows = [
        (fill(one["name"], 44), factor * one["low"], factor * one["mean"], factor * one["high"])
        for one in further
        if one["unit"] == first["unit"]
    ]
    _ranges(axes, rows, MUTED)
    axes.axvline(0, color=MUTED, linewidth=1)
    axes.set_xlabel(words, fontsize=8.5, color=MUTED)
    axes.set_title("Further effects", loc="left", fontsize=9.5, color=INK)


def _chances(axes: Axes, effect: Mapping[str, Any], place: float = 0, words: bool = True) -> None:
    """Draw one bar: the shares of cases in which a claim holds, is too close to call, fails."""
    left = 0.0
    parts = (
        ("for", FOR, "holds "),
        ("neither", NEITHER, "too close "),
        ("against", AGAINST, "fails "),
    )
    for key, colour, word in parts:
        width = effect[key]
        axes.barh([place], [width], left=left, color=colour, edgecolor="white", linewidth=1)
        if width > (0.13 if words else 0.06):
            ink = INK if key == "neither" else "white"
            said = f"{word if words else ''}{share(width)}"
            axes.text(left + width / 2, place, said, ha="center", va="center", fontsize=8.5,
                      color=ink)  # fmt: skip
        left += width


def claims_overview(results: Sequence[Mapping[str, Any]]) -> Figure:
    """Return one bar a claim: in which share of cases it holds, is too close to call, and fails.

    Parameters
    ----------
    results : sequence of mapping
        As ``experiments/claims`` records them.
    """
    height = 0.3 * len(results) + 1.25
    figure = new_figure(11.0, height)
    axes = figure.add_axes((0.36, 0.62 / height, 0.39, 0.3 * len(results) / height))
    for place, result in enumerate(results):
        study, found = result["study"], result["found"]
        _chances(axes, found["effects"][0], place, words=False)
        axes.text(1.02, place, found["verdict"], va="center", fontsize=9, color=INK)
        mark = {"yes": "", "partly": " ¹", "no": " ²"}[study["could_fail"]]
        axes.text(-0.02, place, f"{study['id']}  {study['title']}{mark}", va="center",
                  ha="right", fontsize=9, color=INK)  # fmt: skip
    axes.set_xlim(0, 1)
    axes.set_ylim(len(results) - 0.4, -0.6)
    axes.set_axis_off()
    start = 0.36
    for word, colour in (("holds", FOR), ("too close to call", NEITHER), ("fails", AGAINST)):
        figure.text(start, 1 - 0.32 / height, "■", color=colour, fontsize=11)
        figure.text(start + 0.018, 1 - 0.32 / height, word, color=INK, fontsize=9)
        start += 0.035 + 0.0085 * len(word)
    figure.text(
        0.02, 0.2 / height,
        "Shares of cases (parameter set × organisation). What the model implies, not what happens "
        "in firms.   ¹ could fail in part only   ² could not fail: built in",
        fontsize=8, color=MUTED,
    )  # fmt: skip
    return figure


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def claim_figure(result: Mapping[str, Any]) -> Figure:
    """Return the figure of a recorded claim.

    Parameters
    ----------
    result : mapping
        As ``experiments/claims`` records it.

    Returns
    -------
    matplotlib Figure
        Left the arms, right the effect by organisation: dots are means, bars the middle 95%
        over parameter sets and organisations, grey what is too close to call.
    """
    study, found = result["study"], result["found"]
    n_arms = len(study["shown"])
    n_places = 1 + len(found["effects"][0]["organisations"])
    body = ROW * max(n_arms, n_places, 5)
    height = HEAD + body + FOOT
    figure = new_figure(11.0, height)
    widest = max(len(arm) for arm in study["shown"])
    left = min(0.30, 0.02 + 0.0062 * widest)
    bottom, tall = FOOT / height, body / height
    levels = figure.add_axes((left, bottom, 0.49 - left, tall))
    share_of_body = min(1.0, (n_places + 1) * ROW / body)
    top = bottom + tall * (1 - share_of_body)
    effects = figure.add_axes((0.71, top, 0.275, tall * share_of_body))
    panels = [(levels, _levels), (effects, _effect)]
    others = 1.0 - share_of_body - 1.25 / body
    if others * body > 4 * ROW:
        panels.append((figure.add_axes((0.71, bottom, 0.275, tall * others)), _other_effects))
    for axes, draw in panels:
        draw(axes, result)
        clean(axes)
        axes.tick_params(axis="y", labelsize=8.5, labelcolor=INK)
    bar = figure.add_axes((0.02, 1 - 0.62 / height, 0.965, 0.24 / height))
    _chances(bar, found["effects"][0])
    bar.set_xlim(0, 1)
    bar.set_axis_off()
    figure.text(0.02, 1 - 0.27 / height, f"{study['id']}. {study['claim']}", fontsize=11,
                fontweight="bold", color=INK)  # fmt: skip
    figure.text(
        0.02, 0.16 / height,
        f"Bars: middle 95% over {found['sets']} parameter sets (doubt about parameters; chance "
        "averaged down). Grey: too close to call. Not shown: doubt about the model's structure.",
        fontsize=8, color=MUTED,
    )  # fmt: skip
    return figure


def save_figure(figure: Figure, path: Path) -> None:
    """Write a figure as PNG, without the version of what made it."""
    figure.savefig(path, dpi=100, metadata={"Software": None})
