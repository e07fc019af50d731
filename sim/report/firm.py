"""One firm: its diagnosis, and its use tracked; in the terminal, as pictures, and as folders."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.analysis.diagnosis.causes import FILE, Stored
from sim.analysis.firm.kernel import FAR, FEW
from sim.analysis.firm.observed import WHOLE
from sim.analysis.firm.track import AHEAD, EARLY, FIRST, MODEL, Forecast, Tracked
from sim.document import to_json
from sim.errors import refusal
from sim.extensions import uptake_version
from sim.files import names_in, replaced
from sim.numbers import figure, fixed, points, rounded, share, typed
from sim.page.words import DRIVER_LABELS, five_of, measure_cost, others_of, team_first
from sim.report import style
from sim.report.console import new_table, plain_table, write_csv
from sim.report.style import INK, LABELS, MUTED, PLANS, clean, look, new_figure, write, write_at

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from rich.console import Console
    from rich.table import Table


def tables(one: Stored) -> Iterator[Table]:
    """Yield the tables of the terminal."""
    yield _drivers(one)
    if one.teams:
        yield _teams(one)
    if one.measures:
        yield _measures(one)
    if any(not question.asked for question in one.questions):
        yield _questions(one)


def _table(title: str, caption: str, left: Sequence[str], right: Sequence[str]) -> Table:
    table = new_table(title, caption, left, right)
    for column in table.columns:
        column.overflow = "fold"
    return table


def _drivers(one: Stored) -> Table:
    table = _table(
        f"What holds use back in week {one.week}",
        "Percentage points on the chance of use on a workday, given access, if it alone were "
        "taken away. Mean and 90% interval. Parts overlap: they do not add up.",
        [""], ["points", "90% interval", "the strongest"],
    )  # fmt: skip
    five = five_of(one)
    for held in [*five, *others_of(one)]:
        first = "" if held.first is None else share(held.first)
        table.add_row(
            DRIVER_LABELS[held.name], points(held.mean),
            f"{points(held.low)} to {points(held.high)}", first, end_section=held is five[-1],
        )  # fmt: skip
    return table


def _measures(one: Stored) -> Table:
    table = _table(
        f"What would help most an hour, from week {one.week + 1}",
        f"Weekly users {one.ahead} weeks later, in points; 95% interval for all "
        f"{one.tried} tried together. What takes no hours is not for that without a price.",
        ["", "costs"], ["points", "95% interval"],
    )  # fmt: skip
    for measure in one.measures:
        low, high = points(measure.low, signed=True), points(measure.high, signed=True)
        table.add_row(
            measure.said, measure_cost(measure), points(measure.gain, signed=True),
            f"{low} to {high}",
        )  # fmt: skip
    return table


def _questions(one: Stored) -> Table:
    table = _table(
        "What to ask before deciding",
        "By how much the chance to name the strongest driver rightly would rise, in points; "
        "and weekly users, by the better choice of a measure.",
        [""], ["naming", "deciding"],
    )  # fmt: skip
    for question in one.questions:
        if not question.asked:
            table.add_row(question.statement, points(question.naming), points(question.deciding))
    return table


def _teams(one: Stored) -> Table:
    caption = "Of the five drivers, the most likely strongest; 'cannot tell' where it is a tie."
    if not one.made_up:
        caption += " What is about a team's one manager is left out."
    table = _table("Team by team", caption, ["team", "first", "next"], ["people", "points"])
    for team in one.teams:
        first, held, second = team_first(team)
        table.add_row(team.name, first, second, f"{team.people:,}", held)
    return table


def write_diagnosis(one: Stored, folder: Path) -> None:
    """Write all files into an empty folder."""
    (folder / FILE).write_text(one.model_dump_json(indent=1) + "\n", "utf-8")
    whole = [("", held) for held in one.drivers]
    _write(
        folder / "drivers.csv", ["team", "driver", "low", "mean", "high", "strongest"],
        ([team, h.name, h.low, h.mean, h.high, "" if h.first is None else h.first]
         for team, h in [*whole, *((t.name, h) for t in one.teams for h in t.drivers)]),
    )  # fmt: skip
    parts = [("", c) for c in one.conditions]
    parts += [(team.name, c) for team in one.teams for c in team.conditions]
    _write(
        folder / "conditions.csv", ["team", "condition", "low", "median", "high"],
        ([team, c.name, c.low, c.median, c.high] for team, c in parts),
    )  # fmt: skip
    _write(
        folder / "measures.csv", ["measure", "kind", "gain", "low", "high", "hours"],
        ([m.said, m.kind, m.gain, m.low, m.high, m.hours] for m in one.measures),
    )  # fmt: skip
    _write(
        folder / "questions.csv", ["asks for", "statement", "asked", "naming", "deciding"],
        ([q.name, q.statement, q.asked, q.naming, q.deciding] for q in one.questions),
    )  # fmt: skip
    save_diagnosis_figure(one, folder / "diagnosis.png")


def _write(file: Path, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    write_csv(file, head, ([typed(x) if isinstance(x, float) else x for x in row] for row in rows))


def save_diagnosis_figure(one: Stored, path: Path) -> None:
    """Draw what holds use back: means with 90% intervals, and how likely each is the strongest."""

    def draw() -> Figure:
        five, others = five_of(one), others_of(one)
        rows = [*range(len(five)), *(k + len(five) + 0.6 for k in range(len(others)))]
        height = 1.9 + 0.34 * (rows[-1] + 1)
        figure = new_figure(8.6, height)
        axes = figure.add_axes((0.27, 0.75 / height, 0.52, 1 - 1.75 / height))
        clean(axes, "x")
        for row, held in zip(rows, [*five, *others], strict=True):
            look_of = PLANS[0 if held.first is not None else 4]
            axes.plot([100 * held.low, 100 * held.high], [row, row], color=look_of.colour, lw=3,
                      alpha=0.45, solid_capstyle="butt")  # fmt: skip
            axes.plot(100 * held.mean, row, marker=look_of.marker, color=look_of.colour)
            if held.first is not None:
                write_at(axes, 1.03, row, share(held.first), 9, INK, row=True)
        axes.set_yticks(rows, [DRIVER_LABELS[h.name] for h in [*five, *others]])
        axes.tick_params(axis="y", labelcolor=INK, labelsize=9.5)
        axes.set_ylim(rows[-1] + 0.6, -0.7)
        axes.set_xlim(0, None)
        write_at(axes, 1.03, -1.0, "the strongest\nof the five", 8, row=True)
        axes.set_xlabel("percentage points on the chance of use on a workday, given access",
                        color=MUTED, size=9, loc="left")  # fmt: skip
        title = f"What holds use back at {one.organisation}, week {one.week}"
        write(figure, 0.172, 0.32, title, 14, INK, bold=True)
        said = "Mean and 90% interval, if this alone were taken away; above, the five drivers"
        write(figure, 0.172, 0.6, said, 9)
        how = f"{one.sets:,} parameter sets × {one.replicates} replicates"
        if one.effective is not None:
            how += f", weighed by measured use ({fixed(one.effective, 0)} effective replicates)"
        write(figure, 0.172, -0.2, how, 8)
        return figure

    style.save_as(draw, path)


_TRACKED = "track.json"
_TRACK_FILES = frozenset(
    {_TRACKED, "forecast.csv", "measured.csv", "scores.csv", "track.png", "track.svg",
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
    """Refuse a folder that holds something else, or an earlier answer without ``force``."""
    if names_in(out, _TRACK_FILES, "uptake track") and not force:
        right = "another name, or --force to replace it"
        raise refusal(f"--out {out}", "", "holds an earlier answer", right)


def write_track(found: Tracked, out: Path, sets: str = "") -> None:
    """Write tables, pictures and a record into a folder, all or none.

    - ``sets``: which parameter sets the forecast rests on; see ``said_of``.
    """
    with replaced(out, _TRACK_FILES.__contains__, _TRACKED) as work:
        _tables(found, work)
        style.save(partial(draw_track, found), work, "track")
        if len(_groups(found)):
            style.save(partial(draw_groups, found), work, "groups")
        (work / _TRACKED).write_text(_record(found, sets), "utf-8")


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
    return to_json(rounded(content))


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
    places = style.spread([at for _, at, _ in labels], 0.06 * (high - low), low, high)
    for (text, _, colour), at in zip(labels, places, strict=True):
        write_at(axes, 1.01, at, text, 8.5, colour, row=True)
