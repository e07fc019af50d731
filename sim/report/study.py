"""A study: its tables in the terminal; sensitivity as tables and figures; discovery in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from sim.analysis.sweep.sensitivity import DUMMY
from sim.analysis.sweep.summary import contrasts, levels
from sim.numbers import UNDEFINED, between, brief, figure, fixed, share
from sim.report.console import plain_table
from sim.report.style import GRID, INK, MUTED, PLANS, clean, new_figure, write

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from rich.console import Console
    from rich.table import Table

    from sim.analysis.sweep import Study
    from sim.analysis.sweep.discovery import Discovery
    from sim.analysis.sweep.sensitivity import Index, Sensitivity
    from sim.analysis.sweep.summary import Level, ScenarioContrast


def show_study(study: Study, outcomes: Sequence[str], console: Console) -> None:
    """Print what a study is, how far it is, and what it found."""
    manifest, runs = study.manifest, study.runs
    quiet = partial(console.print, style="dim", highlight=False)
    quiet(
        f"{study.name} · {manifest['design']} · {manifest['points']:,} points · "
        f"{manifest['weeks']} weeks · seed {manifest['seed']}"
    )
    state = f"{runs['stored']:,} of {runs['expected']:,} runs are there"
    state += f", {runs['failed']:,} of them failed" if runs["failed"] else ""
    state += f"; {runs['missing']:,} are missing" if runs["missing"] else ""
    console.print(f"{state}.\n", highlight=False)
    if not runs["stored"]:
        return
    table = _table("What was found", study, "chance ±")
    for outcome in outcomes:
        unit = study.unit_of(outcome)
        for k, one in enumerate(levels(study, outcome)):
            chance = figure(one.chance, unit.removeprefix("less "))
            _add(table, "" if k else outcome, one, unit, chance)
    console.print(table)
    quiet(
        "Points: the middle 80% of design points, each the mean of its replicates: what varies.\n"
        "Chance: one standard deviation of single replicates around their own point's mean."
    )
    rows = [one for outcome in outcomes for one in contrasts(study, outcome)]
    if not rows:
        return
    table = _table(f"Less {rows[0].reference}, at the same points", study, "ahead at")
    for other in rows:
        unit, ahead = study.unit_of(other.outcome), f"{share(other.ahead)} of {other.points:,}"
        _add(table, other.outcome, other, unit, ahead, signed=True)
    console.print()
    console.print(table)
    quiet(
        "Shares are in percentage points. Ahead: at how many points its mean is higher, with"
        " the same random numbers."
    )


def _table(title: str, study: Study, last: str) -> Table:
    several = ["organisation"] * (len(study.manifest["organisations"]) > 1)
    names = ["outcome", "scenario", *several]
    return plain_table(title, names, ["median point", "80% of points", last])


def _add(
    table: Table, outcome: str, one: Level | ScenarioContrast, unit: str, last: str, *,
    signed: bool = False,
) -> None:  # fmt: skip
    where = [one.organisation] * (len(table.columns) > 5)
    middle = figure(one.median, unit, signed=signed)
    band = between(one.low, one.high, unit, signed=signed)
    table.add_row(outcome, one.scenario, *where, middle, band, last)


MEASURES = {
    "sobol": ("total", "first"),
    "morris": ("mu_star", "sigma"),
    "effects": ("effect",),
    "pawn": ("pawn",),
    "delta": ("delta",),
}
"""What is shown of each method; sorted by the first."""

WORDS = {
    "total": "total effect: with all it acts together with",
    "first": "first-order effect: alone",
    "mu_star": "mean size of its elementary effects",
    "sigma": "their spread: non-linear, or acting with others",
    "effect": "effect of going from the first level to the last, in its own unit",
    "pawn": "PAWN: how far it moves the distribution",
    "delta": "delta: how far it moves the distribution",
}

MOST_ROWS = 15
FIRST_LETTERS = 34


def _groups(found: Sensitivity, outcome: str) -> dict[tuple[str, str], list[Index]]:
    groups: dict[tuple[str, str], list[Index]] = {}
    for index in found.indices:
        if index.outcome == outcome:
            groups.setdefault((index.scenario, index.organisation), []).append(index)
    return groups


def _sorted(indices: list[Index], measure: str) -> list[str]:
    main = [index for index in indices if index.measure == measure]
    main.sort(key=lambda index: -abs(index.value))
    names = [index.factor for index in main]
    return names[:MOST_ROWS] + [name for name in names[MOST_ROWS:] if name == DUMMY]


def show_sensitivity(found: Sensitivity, console: Console) -> None:
    """Print the indices, the greatest first, and what is chance."""
    measures, quiet = MEASURES[found.method], partial(console.print, style="dim", highlight=False)
    noise = {(n.outcome, n.scenario, n.organisation): n for n in found.noise}
    for outcome in dict.fromkeys(index.outcome for index in found.indices):
        for (scenario, organisation), indices in _groups(found, outcome).items():
            what = outcome if outcome.endswith(f": {scenario}") else f"{outcome}, {scenario}"
            table = plain_table(f"{what} on {organisation}", ["factor"], ())
            for measure in measures:
                table.add_column(measure, justify="right")
                table.add_column("95%", justify="right", style="dim")
            values = {(index.factor, index.measure): index for index in indices}
            for factor in _sorted(indices, measures[0]):
                cells = [factor]
                for measure in measures:
                    one = values[factor, measure]
                    known = math.isfinite(one.low)
                    cells += [
                        fixed(one.value, 3),
                        f"{fixed(one.low, 3)} to {fixed(one.high, 3)}" if known else "",
                    ]
                table.add_row(*cells)
            console.print(table)
            chance = noise[outcome, scenario, organisation]
            quiet(
                f"Chance: {share(chance.of_worlds)} of the variance of single replicates,"
                f" {share(chance.of_means)} of that of the points' means over"
                f" {fixed(chance.replicates, 0)} replicates.\n"
            )
    for warning in found.warnings:
        console.print(f"Careful: {warning}.", highlight=False)
    if found.warnings:
        console.print("A larger base settles them.")
    for note in found.notes:
        quiet(f"Left out: {note}.")


def draw_sensitivity(found: Sensitivity, outcome: str) -> Figure:
    """Draw the indices of one outcome, a panel a scenario and organisation, with intervals."""
    groups = _groups(found, outcome)
    measures = MEASURES[found.method]
    order = _sorted(next(iter(groups.values())), measures[0])
    rows = max(1, len(order))
    panels = min(4, len(groups))
    height = 1.75 + 0.3 * rows
    width = 3.3 + 3.4 * panels
    figure = new_figure(width, height)
    left, gap = 2.7, 0.35
    wide = (width - left - 0.3 - gap * (panels - 1)) / panels
    highest = max(
        (index.high if math.isfinite(index.high) else index.value)
        for indices in groups.values()
        for index in indices
        if index.measure in measures
    )
    for panel, ((scenario, organisation), indices) in enumerate(list(groups.items())[:panels]):
        x = (left + panel * (wide + gap)) / width
        axes = figure.add_axes((x, 0.55 / height, wide / width, (height - 1.65) / height))
        _panel(axes, indices, order, measures)
        axes.set_xlim(min(0.0, axes.get_xlim()[0]), max(highest, 0.0) * 1.05)
        if panel:
            axes.set_yticks([])
        else:
            axes.set_yticks(range(rows), [_short(name) for name in order][::-1], color=INK)
        title = scenario if len({o for _, o in groups}) == 1 else f"{scenario} on {organisation}"
        axes.set_title(title, loc="left", fontsize=9, color=MUTED)
    write(figure, 0.15, 0.22, f"What {outcome} hangs on", 12, INK, bold=True)
    shapes = ("● ", "◇ ")
    said = "; ".join(shape + WORDS[one] for shape, one in zip(shapes, measures, strict=False))
    over = "over replicates" if found.method == "effects" else "bootstrap over points"
    write(figure, 0.15, 0.48, f"{said}. Lines: 95%, {over}.", 8.5)
    return figure


def _panel(axes: Axes, indices: list[Index], order: list[str], measures: tuple[str, ...]) -> None:
    clean(axes)
    values = {(index.factor, index.measure): index for index in indices}
    for row, factor in enumerate(order):
        y = len(order) - 1 - row
        axes.axhline(y, color=GRID, lw=0.8, zorder=0)
        for k, measure in enumerate(measures):
            one = values.get((factor, measure))
            if one is None:
                continue
            colour = PLANS[(3, 2)[k]].colour
            at = y + (0.14 if len(measures) > 1 else 0.0) * (1 - 2 * k)
            if math.isfinite(one.low):
                axes.plot([one.low, one.high], [at, at], color=colour, lw=1.6, alpha=0.65)
            axes.plot(
                one.value, at, ("o", "D")[k], color=colour, ms=6 if k == 0 else 5,
                markerfacecolor=colour if k == 0 else "white", markeredgewidth=1.4,
            )  # fmt: skip
    axes.axvline(0, color=MUTED, lw=0.8)
    axes.set_ylim(-0.6, len(order) - 0.4)


def _short(name: str) -> str:
    return name if len(name) <= FIRST_LETTERS else f"…{name[-FIRST_LETTERS + 1 :]}"


def show_discovery(found: Discovery, console: Console) -> None:
    """Print which combinations lead to what was asked about."""
    console.print(
        f"{found.where} holds at {found.cases:,} of {found.points:,} points "
        f"({share(found.cases / found.points)}).",
        highlight=False,
    )
    if not found.boxes:
        console.print("No combination was found that leads there more often than chance would.")
    for number, box in enumerate(found.boxes, 1):
        among = "" if number == 1 else ", among the points that are left"
        table = plain_table(
            f"Box {number}{among}: {share(box.density)} of the points inside are cases, and "
            f"{share(box.coverage)} of all cases are inside ({share(box.mass)} of all points)",
            ["what", "inside"], ["quasi-p"],
        )  # fmt: skip
        for limit in box.limits:
            p = brief(limit.quasi_p, 1).removeprefix(UNDEFINED)
            table.add_row(limit.factor, limit.said, p)
        console.print(table)
    if found.boxes:
        console.print(
            "Quasi-p: how likely so many cases would be without this limit. Small is telling;"
            " a limit with a large one is better left out.",
            style="dim", highlight=False,
        )  # fmt: skip
