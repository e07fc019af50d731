"""A tracked firm: in the terminal, as a picture, and as tables in a folder."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.analysis.firm.kernel import FAR, FEW
from sim.analysis.firm.observed import WHOLE
from sim.analysis.firm.track import AHEAD, EARLY, FIRST, MODEL, Forecast, Tracked
from sim.errors import InputError, Problem
from sim.folders import names_in, replaced
from sim.numbers import figure, fixed, points, rounded, share
from sim.report.console import plain_table, write_csv
from sim.report.labels import LABELS
from sim.report.style import INK, MUTED, clean, look, new_figure, save, spread, write, write_at
from sim.results.manifest import uptake_version

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from rich.console import Console


_LAST = "track.json"
_FILES = frozenset(
    {_LAST, "forecast.csv", "measured.csv", "scores.csv", "track.png", "track.svg",
     "groups.png", "groups.svg"}
)  # fmt: skip
_SHOWN = 8
"""Most measured weeks in the terminal, the last ones."""

_MOST_GROUPS = 12


def _unit(forecast: Forecast) -> str:
    return "days/person" if forecast.outcome == "use_days" else "share"


def _name(forecast: Forecast) -> str:
    return LABELS.get(forecast.outcome, forecast.outcome.replace("_", " "))


def sentences(found: Tracked) -> list[str]:
    """Return what is to be known of a forecast, a sentence each; the gravest first."""
    said = list(found.remarks)
    weighed, one = found.weighed, found.headline
    if weighed.nearest > FAR:
        said.append(
            "Nothing in the model is like what was measured (the nearest parameter set is "
            f"{fixed(weighed.nearest, 1)} times as far off as chance explains): do not rely on the "
            "forecast. uptake calibrate fits the model to this firm."
        )
    elif weighed.effective < FEW:
        said.append(
            f"Few parameter sets are like this firm (effective sample size "
            f"{fixed(weighed.effective, 0)}): --sets 4096 makes the band surer."
        )
    if found.n_weeks < EARLY:
        text = (
            f"{found.n_weeks} weeks of data are fewer than {EARLY}: the range is still mostly "
            "that of the parameter sets before anything was measured"
        )
        if len(one.ahead.weeks) and np.isfinite(found.narrowed):
            text += f" (at the end {share(found.narrowed)} as wide)"
        said.append(text + ".")
    if not found.scores:
        said.append(
            f"No past forecast can be scored yet: it takes {FIRST + 1} measured weeks with access."
        )
        return said
    mine, *others = found.scores
    best = min(others, key=lambda other: other.ranked)
    gap = f"{points(abs(best.ranked - mine.ranked))} points"
    if found.lost_to:
        said.append(
            f"The model has lost so far: {found.lost_to} forecast better by {gap} (CRPS, up to "
            f"{AHEAD} weeks ahead). Go by its line, which is drawn on top."
        )
    elif best.ranked < mine.ranked:
        said.append(f"So far {best.model} is ahead by {gap}, on too few forecasts to say more.")
    else:
        said.append(f"The model is ahead of the better plain model, {best.model}, by {gap}.")
    return said


def show_track(found: Tracked, console: Console) -> None:
    """Print what was measured beside what was predicted, what is ahead, and the scores."""
    one, unit = found.headline, _unit(found.headline)
    console.print(
        f"{found.organisation.name} · {_name(one)} · {found.n_weeks} weeks measured, to week "
        f"{found.observed.week}\n",
        style="dim", highlight=False,
    )  # fmt: skip
    rows = plain_table("Measured, and as it was predicted the week before", (),
                       ("week", "measured", "predicted", "80% band"))  # fmt: skip
    rows.add_column("")
    for k in range(max(0, found.n_weeks - _SHOWN), found.n_weeks):
        low, high = one.predicted.low[k], one.predicted.high[k]
        value = float(one.values[k])
        where = "" if low - 1e-9 <= value <= high + 1e-9 else "below" if value < low else "above"
        rows.add_row(
            str(one.weeks[k]), figure(value, unit), figure(float(one.predicted.median[k]), unit),
            _band(low, high, unit), where,
        )  # fmt: skip
    console.print(rows)
    if len(one.ahead.weeks):
        later = plain_table("Ahead", (), ("week", "forecast", "80% band", "before any data"))
        last = len(one.ahead.weeks) - 1
        for k in dict.fromkeys(min(at, last) for at in (0, 3, 11, last)):
            week = int(one.ahead.weeks[k])
            later.add_row(
                str(week), figure(float(one.ahead.median[k]), unit),
                _band(one.ahead.low[k], one.ahead.high[k], unit),
                _band(one.before.low[week - 1], one.before.high[week - 1], unit),
            )  # fmt: skip
        console.print(later)
    if found.scores:
        scored = plain_table(f"Past forecasts, up to {AHEAD} weeks ahead ({found.scores[0].n})",
                             ("model",), ("CRPS, points", "inside its 80% band"))  # fmt: skip
        for score in found.scores:
            scored.add_row(score.model, points(score.ranked), share(score.inside))
        console.print(scored)
    for line in sentences(found):
        console.print(line, highlight=False, soft_wrap=True)


def _band(low: float, high: float, unit: str) -> str:
    return f"{figure(float(low), unit)} to {figure(float(high), unit)}"


def track_folder(out: Path, *, force: bool) -> None:
    """Refuse a folder that holds something else, or an earlier answer without ``force``.

    Raises
    ------
    InputError
    """
    if names_in(out, _FILES, "uptake track") and not force:
        right = "another name, or --force to replace it"
        raise InputError([Problem(f"--out {out}", "", "holds an earlier answer", right)])


def write_track(found: Tracked, out: Path, sets: str = "") -> None:
    """Write tables, pictures and a record into a folder, all or none.

    Parameters
    ----------
    sets : str
        Which parameter sets the forecast rests on; see ``said_of``.
    """
    with replaced(out, _FILES.__contains__, _LAST) as work:
        _tables(found, work)
        save(partial(draw_track, found), work, "track")
        if len(_groups(found)):
            save(partial(draw_groups, found), work, "groups")
        (work / _LAST).write_text(_record(found, sets), "utf-8")


def _record(found: Tracked, sets: str) -> str:
    content = {
        "uptake": uptake_version(),
        "organisation": found.organisation.name,
        "posterior": sets,
        "outcome": found.headline.outcome,
        "weeks_measured": found.n_weeks,
        "effective_sets": found.weighed.effective,
        "nearest": found.weighed.nearest,
        "discrepancy": found.weighed.discrepancy,
        "lost_to": found.lost_to or None,
        "scores": {
            one.model: {"crps": one.ranked, "inside_80": one.inside, "forecasts": one.n}
            for one in found.scores
        },
        "said": sentences(found),
    }
    return json.dumps(rounded(content), indent=1, ensure_ascii=False) + "\n"


def _tables(found: Tracked, folder: Path) -> None:
    ahead, measured = [], []
    for one in found.forecasts:
        group = one.group or "everybody"
        for k, week in enumerate(one.ahead.weeks.tolist()):
            bands = [(MODEL, one.ahead)]
            if one is found.headline:
                bands += list(found.plain.items())
            ahead += [(one.outcome, group, week, name, *_three(band, k)) for name, band in bands]
        measured += [
            (one.outcome, group, week, float(one.values[k]), *_three(one.predicted, k))
            for k, week in enumerate(one.weeks.tolist())
        ]
    head = ("outcome", "group", "week")
    write_csv(folder / "forecast.csv", (*head, "model", "low", "median", "high"), ahead)
    write_csv(folder / "measured.csv", (*head, "measured", "low", "median", "high"), measured)
    scores = [(one.model, one.ranked, one.inside, one.n) for one in found.scores]
    write_csv(folder / "scores.csv", ("model", "crps", "inside_80", "forecasts"), scores)


def _three(band: Any, k: int) -> tuple[float, float, float]:
    return tuple(round(float(one[k]), 6) for one in (band.low, band.median, band.high))  # type: ignore[return-value]


def _groups(found: Tracked) -> list[Forecast]:
    return [one for one in found.forecasts
            if one.group != WHOLE and one.outcome == found.headline.outcome]  # fmt: skip


_BEFORE, _PLAIN = "#c9d0d8", look(2)


def draw_track(found: Tracked) -> Figure:
    """Draw the headline: measured points over the band as predicted, and what is ahead."""
    one = found.headline
    figure_ = new_figure(9.0, 4.6)
    axes = figure_.add_axes((0.075, 0.13, 0.72, 0.68))
    _panel(axes, one, size=5.0)
    colour = look(1).colour
    labels = [("before any data", float(one.before.median[-1]), MUTED)]
    if len(one.ahead.weeks):
        labels.append(("Uptake, 80% band", float(one.ahead.median[-1]), colour))
    for name, band in found.plain.items():
        if not len(band.weeks):
            continue
        on_top = name == found.lost_to
        weeks = np.concatenate([[one.weeks[-1]], band.weeks])
        axes.plot(
            weeks, np.concatenate([[one.values[-1]], band.median]),
            color=_PLAIN.colour if on_top else MUTED, linestyle=_PLAIN.dash,
            linewidth=2.6 if on_top else 1.0, zorder=6 if on_top else 3,
        )  # fmt: skip
        labels.append((name, float(band.median[-1]), _PLAIN.colour if on_top else MUTED))
    _labels(axes, labels)
    title = f"{_name(one)}, {found.organisation.name}"
    figure_.text(0.075, 0.93, title, fontsize=12, fontweight="bold", color=INK)
    note = (
        f"Points: measured, {found.n_weeks} weeks. Bars: the 80% band predicted a week before. "
        "Shade: 80% band ahead;\ngrey: before any data. Dotted: the plain models"
        + (f"; {found.lost_to} is ahead so far." if found.lost_to else ".")
    )
    figure_.text(0.075, 0.905, note, fontsize=8, color=MUTED, va="top")
    axes.set_xlabel("week", fontsize=9, color=MUTED)
    return figure_


def draw_groups(found: Tracked) -> Figure:
    """Draw each group: measured points over the band as predicted, and what is ahead."""
    shown = _groups(found)[:_MOST_GROUPS]
    columns = min(4, len(shown))
    rows = -(-len(shown) // columns)
    figure_ = new_figure(2.5 * columns + 0.5, 1.75 * rows + 0.7)
    panels = figure_.subplots(rows, columns, squeeze=False, sharex=True, sharey=True).ravel()
    for k, axes in enumerate(panels):
        if k >= len(shown):
            axes.set_axis_off()
            continue
        _panel(axes, shown[k], size=3.0)
        axes.set_title(shown[k].group[:28], fontsize=9, loc="left", color=INK)
    left = len(_groups(found)) - len(shown)
    title = f"{_name(found.headline)} by {found.observed.by}"
    more = f", the first {len(shown)}; {left} more in forecast.csv" if left else ""
    width, height = figure_.get_size_inches()
    write(figure_, 0.02 * width, 0.28, title + more, 10, INK, bold=True, va="baseline")
    figure_.tight_layout(rect=(0, 0, 1, 1 - 0.4 / height))
    return figure_


def _panel(axes: Axes, one: Forecast, size: float) -> None:
    clean(axes, "y")
    colour = look(1).colour
    before, ahead = one.before, one.ahead
    axes.fill_between(before.weeks, before.low, before.high, color=_BEFORE, alpha=0.45, linewidth=0)
    axes.plot(before.weeks, before.median, color=MUTED, linewidth=0.9, linestyle=(0, (5, 3)))
    axes.vlines(
        one.predicted.weeks, one.predicted.low, one.predicted.high, color=colour, alpha=0.45,
        linewidth=size * 0.9,
    )  # fmt: skip
    axes.fill_between(ahead.weeks, ahead.low, ahead.high, color=colour, alpha=0.28, linewidth=0)
    axes.plot(ahead.weeks, ahead.median, color=colour, linewidth=1.8)
    axes.plot(
        one.weeks, one.values, linestyle="", marker="o", color=INK, markersize=size, zorder=7,
        markeredgecolor="white", markeredgewidth=0.6,
    )  # fmt: skip
    top = 1.0 if one.outcome != "use_days" else float(max(before.high.max(), one.values.max(), 1))
    axes.set_ylim(-0.01 * top, top * 1.01)
    axes.set_xlim(0.3, before.weeks[-1] + 0.7)
    unit = _unit(one)
    axes.yaxis.set_major_formatter(lambda value, _: figure(value, unit))


def _labels(axes: Axes, labels: list[tuple[str, float, str]]) -> None:
    """Write what each line is at its end, apart from one another."""
    low, high = axes.get_ylim()
    places = spread([at for _, at, _ in labels], 0.06 * (high - low), low, high)
    for (text, _, colour), at in zip(labels, places, strict=True):
        write_at(axes, 1.01, at, text, 8.5, colour, row=True)
