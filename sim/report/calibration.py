"""The report of a calibration: tables, figures, a page of text, the sample itself."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.analysis.calibration.findings import (
    CalibrationAnswer,
    Convergence,
    CurveAnswer,
    Learned,
    Pair,
    Predicted,
    answers_to_targets,
    central,
    converged,
    correlated,
    curve_answers,
    directions,
    inference_data,
    learned,
    out_of_reach,
    posterior_sets,
    predicted,
    ruled_out,
)
from sim.analysis.calibration.kernel import labels
from sim.analysis.calibration.reach import Conflict, Reach, conflicts
from sim.document import to_json
from sim.errors import refusal
from sim.extensions import uptake_version
from sim.files import names_in, replaced, sweep_away
from sim.numbers import fixed, rounded, share
from sim.posterior import DRAWN, OUT_OF_REACH
from sim.report.console import Terminal, plain_table, rendered, write_csv
from sim.report.style import (
    GRID,
    INK,
    LABELS,
    MUTED,
    PLANS,
    clean,
    look,
    new_figure,
    save,
    write,
    write_at,
)
from sim.results.manifest import FILE_NAME, file_hash

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sim.analysis.calibration.fit import Fit


SAMPLE = "posterior.csv"
"""The posterior sample, a line a parameter set."""
REJECTED = "out-of-reach.csv"
"""In its place where no set reaches what was measured: nothing that can be read as a sample."""
CHECK = "check.json"
"""How often the study's bands would hold the truth."""
INFERENCE = "posterior.nc"
"""The sample for ArviZ."""
_MOST_ROWS, _MOST_DIRECTIONS = 15, 8
"""Rows of a long list in the text, and directions; the tables hold all."""

_POPULATIONS = "populations"
_BESIDE = frozenset({"defaults.json", "sbc.json", CHECK, INFERENCE})
"""What the scripts of the reference calibration work out from a result; it goes with it."""
_FILES = _BESIDE | frozenset(
    {SAMPLE, REJECTED, FILE_NAME, "report.md", "conflicts.csv", "curves.csv", "predictive.csv"}
    | {
        f"{name}.{kind}"
        for name in ("targets", "parameters", "pairs", "predictive")
        for kind in ("csv", "png", "svg")
    }
)


def calibration_folder(out: Path, *, anew: bool = False) -> Path:
    """Return the folder inside ``out`` where populations are kept until the end.

    Raises InputError where ``out`` holds a finished result, or files of something else, and is not
    to be begun anew.
    """
    if out.is_dir():
        sweep_away(out)
    names = names_in(out, _FILES | {_POPULATIONS}, "uptake calibrate")
    if FILE_NAME in names and not anew:
        right = "another name, or --force to begin anew"
        raise refusal(f"--out {out}", "", "holds a finished result", right)
    if anew:
        shutil.rmtree(out / _POPULATIONS, ignore_errors=True)
    return out / _POPULATIONS


def finish_calibration(
    found: Fit, reached: Reach, out: Path, seconds: float, *, anyway: bool = False,
    export: bool = False, threads: int | None = None,
) -> list[str]:  # fmt: skip
    """Write the result into ``out``, its manifest last, and drop the populations.

    Returns what is out of reach.

    - ``seconds``: what the last attempt took; written into the manifest only.
    - ``anyway``: whether a sample is written though something is out of every set's reach.
    - ``export``: whether an ArviZ file is written as well.
    """
    with replaced(out, _FILES.__contains__, FILE_NAME) as work:
        far = _write(found, reached, work, seconds, anyway, threads)
        if export and (anyway or not far):
            inference_data(found, threads).to_netcdf(str(work / INFERENCE))
    shutil.rmtree(out / _POPULATIONS, ignore_errors=True)
    return far


def _write(
    found: Fit, reached: Reach, folder: Path, seconds: float, anyway: bool, threads: int | None
) -> list[str]:
    """Write everything that a calibration leaves behind; return what is out of reach."""
    answers, about, pairs = answers_to_targets(found, reached), learned(found), correlated(found)
    sets, contrary = posterior_sets(found), conflicts(found, reached)
    ahead = predicted(found, threads)
    curves = curve_answers(found, reached, ahead)
    far = out_of_reach(answers, curves)
    rows = ([repr(float(row[n])) for n in DRAWN] for row in sets)
    sample = REJECTED if far and not anyway else SAMPLE
    if sample == REJECTED:
        rejected = (["yes", *row] for row in rows)
        write_csv(folder / sample, (OUT_OF_REACH, *DRAWN), rejected)
    else:
        write_csv(folder / sample, DRAWN, rows)
    _rows(folder / "targets.csv", CalibrationAnswer, answers)
    _rows(folder / "parameters.csv", Learned, about)
    _rows(folder / "pairs.csv", Pair, pairs)
    _rows(folder / "conflicts.csv", Conflict, contrary)
    if answers:
        save(partial(draw_answers, answers), folder, "targets")
    save(partial(draw_learned, about), folder, "parameters")
    save(partial(draw_pairs, found, pairs), folder, "pairs")
    if ahead:
        _rows(folder / "curves.csv", CurveAnswer, curves)
        _predictive(folder / "predictive.csv", ahead)
        save(partial(draw_predicted, ahead), folder, "predictive")
    agreed, names = converged(found), found.study.unknowns
    text = rendered(
        "calibration.md", found=found, study=found.study, answers=answers, contrary=contrary,
        about=about, pairs=pairs, agreed=agreed, curves=curves, far=far, anyway=anyway,
        sample=sample, central=central(found), directions=directions(found),
        ruled_out=ruled_out(found), worst_figure=labels(found.study)[agreed.figures.argmax()],
        worst_unknown=names[agreed.unknowns.argmax()], most=_MOST_ROWS,
        most_directions=_MOST_DIRECTIONS,
    )  # fmt: skip
    (folder / "report.md").write_text(text, "utf-8")
    (folder / FILE_NAME).write_text(_manifest(found, folder, agreed, seconds, far), "utf-8")
    return far


def _predictive(file: Path, ahead: list[Predicted]) -> None:
    """Write each measured value beside what the posterior predicts of it."""
    rows = []
    for one in ahead:
        bands = np.quantile(one.draws, [0.05, 0.1, 0.5, 0.9, 0.95], axis=0).round(6)
        for k, (outcome, week, group) in enumerate(zip(*one.curve.place, strict=True)):
            value = float(one.curve.observed.values[k])
            rows.append((one.name, outcome, group or "everybody", int(week), value, *bands[:, k]))
    head = ("usage", "outcome", "group", "week", "measured", "q05", "q10", "q50", "q90", "q95")
    write_csv(file, head, rows)


_WORKED_OUT = ("apart", "verdict", "why", "worse")
"""Properties that stand in tables beside what is stored."""


def _rows(file: Path, kind: type[Any], rows: Sequence[Any]) -> None:
    """Write dataclasses and their properties; a band becomes three columns."""
    columns: dict[str, Callable[[Any], Any]] = {}
    for field in fields(kind):
        if "tuple" in str(field.type):
            for k, q in enumerate((5, 50, 95)):
                columns[f"{field.name}_{q}"] = partial(_nth, field.name, k)
        else:
            columns[field.name] = attrgetter(field.name)
    columns |= {name: attrgetter(name) for name in dir(kind) if name in _WORKED_OUT}
    write_csv(file, list(columns), ([get(row) for get in columns.values()] for row in rows))


def _nth(name: str, k: int, row: Any) -> Any:
    return getattr(row, name)[k]


def _manifest(found: Fit, folder: Path, agreed: Convergence, seconds: float, far: list[str]) -> str:
    study, several = found.study, len(found.chains) > 1
    content = {
        "uptake": {"calibration": 1, "version": uptake_version()},
        "study": study.path.name,
        "fingerprint": study.fingerprint,
        "seed": study.seed,
        "effort": study.effort.model_dump(),
        "evaluations": found.posterior.evaluations,
        "seconds_of_last_attempt": round(seconds, 1),
        "central": central(found),
        "out_of_reach": far,
        "r_hat": {
            "figures": round(agreed.worst_figures, 4),
            "unknowns": round(agreed.worst_unknowns, 4),
        },
        "effective_sets": {
            "figures": round(agreed.effective_figures) if several else None,
            "unknowns": round(agreed.effective_unknowns) if several else None,
        },
        "directions_below_half": sum(one.width < 0.5 for one in directions(found)),
        "fitted": list(study.parameters),
        "left_out": list(study.left_out),
        "informed": [one.name for one in learned(found) if one.informed],
        "files": {file.name: file_hash(file) for file in sorted(folder.glob("*.csv"))},
        "platform": {
            "system": platform.system(),
            "machine": platform.machine(),
            "python": platform.python_version(),
        },
    }
    return to_json(rounded(content, 17))


_SHOWN = 8


def show_calibration(found: Fit, reached: Reach) -> None:
    """Print how every target is answered, and what the targets say about parameters."""
    console = Terminal(highlight=False)
    answers, about, pairs = answers_to_targets(found, reached), learned(found), correlated(found)
    table = plain_table(None, ["target"], ["figure", "posterior", "errors"])
    for column in table.columns:
        column.no_wrap = True
    table.add_column("")
    for one in answers:
        style = {"met": "", "strained": "dim", "not met": "bold"}[one.verdict]
        low, middle, high = (fixed(value) for value in one.posterior)
        band = f"{middle} ({low} to {high})"
        figure, away = fixed(one.observed), fixed(one.apart, 1, signed=True)
        table.add_row(one.name, figure, band, away, one.verdict, style=style)
    if answers:
        console.print(table)
    met = sum(one.verdict == "met" for one in answers)
    informed = [one.name for one in about if one.informed]
    fitted = len(about) - len(found.study.left_out)
    said = [f"{met} of {len(answers)} targets met."] if answers else []
    said += [
        f"{share(ruled_out(found))} of the prior is ruled out.",
        f"{len(informed)} of {fitted} unknowns informed, most: {_few(informed)}.",
    ]
    said += _of_chains(found)
    if contrary := [f"{c.one} and {c.other}" for c in conflicts(found, reached)]:
        said.append(f"Contradict each other: {_few(contrary)}.")
    if pairs:
        closest = [f"{p.one} and {p.other} ({fixed(p.correlation, signed=True)})" for p in pairs]
        said.append(f"{len(pairs)} pairs go together, closest: {_few(closest)}.")
    said.append(
        "Bands are the middle 90% of parameter sets: doubt about parameters. Errors: standard "
        "errors between the figure and the median."
    )
    for line in said:
        console.print(line, soft_wrap=True)


def _of_chains(found: Fit) -> list[str]:
    agreed, narrow = converged(found), sum(one.width < 0.5 for one in directions(found))
    said = f"{narrow} directions narrowed below half of the prior's width. "
    said += (
        f"R-hat at most {fixed(agreed.worst_figures, 3)} on figures, "
        f"{fixed(agreed.worst_unknowns, 3)} on unknowns"
    )
    if len(found.chains) > 1:
        said += (
            f", over {len(found.chains)} chains; {agreed.sets} sets worth "
            f"{fixed(agreed.effective_figures, 0)} independent ones on figures, "
            f"{fixed(agreed.effective_unknowns, 0)} on unknowns"
        )
    return [said + "."]


def _few(names: list[str]) -> str:
    return ", ".join(names[:_SHOWN]) or "none"


PRIOR, POSTERIOR = GRID, PLANS[3].colour
LIMIT = 5.0
"""Standard errors at which the axis of the answers ends."""


def draw_answers(answers: list[CalibrationAnswer]) -> Figure:
    """Draw how far prior and posterior lie from each target, in the target's standard errors."""
    height = 1.5 + 0.3 * len(answers)
    figure = new_figure(8.6, height)
    axes = figure.add_axes((0.29, 0.75 / height, 0.46, 1 - 1.5 / height))
    clean(axes)
    axes.axvspan(-1, 1, color="#f1f3f5", lw=0)
    axes.axvline(0, color=MUTED, lw=1)
    for row, one in enumerate(answers):
        y = len(answers) - 1 - row
        before, after = (np.clip(x, -LIMIT, LIMIT) for x in (one.prior_apart, one.posterior_apart))
        axes.plot(before[[0, 2]], [y, y], color="#c3c9d0", lw=7, solid_capstyle="butt")
        axes.plot(after[[0, 2]], [y, y], color=POSTERIOR, lw=3, solid_capstyle="butt")
        axes.plot(after[1], y, "D", color=INK, ms=5)
        text = f"{fixed(one.posterior[1])} for {fixed(one.observed)}, {one.verdict}"
        text += " (reach)" if "reach" in one.why else ""
        axes.text(
            LIMIT + 0.25, y, text, va="center", fontsize=8.5,
            color=INK if one.verdict == "met" else MUTED,
            fontweight="bold" if one.verdict == "not met" else "normal",
        )  # fmt: skip
    axes.set_yticks(range(len(answers)), [one.name for one in answers][::-1], color=INK)
    axes.set_xlim(-LIMIT, LIMIT)
    axes.set_ylim(-0.6, len(answers) - 0.4)
    axes.set_xlabel("standard errors from the published figure", color=MUTED, fontsize=9)
    _title(
        figure, "What the model answers to each target",
        "middle 90% of sets: wide grey the prior, narrow blue the posterior, ◆ its median; "
        "shaded: met; (reach): beyond the model",
    )  # fmt: skip
    return figure


def draw_learned(about: list[Learned]) -> Figure:
    """Draw every fitted unknown as a share of its prior: where its posterior lies."""
    height = 1.4 + 0.19 * len(about)
    figure = new_figure(8.6, height)
    axes = figure.add_axes((0.29, 0.6 / height, 0.6, 1 - 1.3 / height))
    clean(axes)
    for row, one in enumerate(about):
        y = len(about) - 1 - row
        place = one.share
        axes.plot([0.05, 0.95], [y, y], color=GRID, lw=5, solid_capstyle="butt")
        colour = POSTERIOR if one.informed else "#aab2bb"
        axes.plot([place[0], place[2]], [y, y], color=colour, lw=3, solid_capstyle="butt")
        axes.plot(place[1], y, "D", color=INK if one.informed else MUTED, ms=3.5)
        axes.text(1.02, y, fixed(one.moved), fontsize=7, va="center", color=MUTED)
    names = [one.name for one in about][::-1]
    axes.set_yticks(range(len(about)), names, color=INK, fontsize=7.5)
    axes.set_xlim(0, 1)
    axes.set_ylim(-0.8, len(about) - 0.2)
    axes.set_xticks([0.05, 0.5, 0.95], ["5%", "median", "95%"])
    axes.set_xlabel("share of the prior that lies below", color=MUTED, fontsize=9)
    _title(
        figure, "What the targets say about each parameter",
        "middle 90% of the posterior, ◆ its median; blue: informed, grey: not; at the right how "
        "far it moved",
    )  # fmt: skip
    return figure


def draw_pairs(found: Fit, pairs: list[Pair]) -> Figure:
    """Draw the six closest pairs, a dot a parameter set, as shares of their priors."""
    shown = pairs[:6]
    figure = new_figure(8.6, 6.2 if len(shown) > 3 else 3.8)
    names = found.study.unknowns
    columns = 3
    rows = 2 if len(shown) > 3 else 1
    points = found.shares
    for k, pair in enumerate(shown):
        left = 0.08 + 0.31 * (k % columns)
        tall = 0.8 / rows
        bottom = 0.06 + (rows - 1 - k // columns) * (tall + 0.01)
        axes = figure.add_axes((left, bottom + 0.02, 0.24, tall - 0.09))
        clean(axes)
        x, y = (points[:, names.index(name)] for name in (pair.one, pair.other))
        axes.plot(x, y, "o", ms=2.2, color=POSTERIOR, alpha=0.55, mew=0)
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1)
        axes.set_xticks([0, 1])
        axes.set_yticks([0, 1])
        axes.set_xlabel(pair.one, fontsize=8, color=INK, labelpad=-6)
        axes.set_ylabel(pair.other, fontsize=8, color=INK, labelpad=-6)
        write_at(axes, 0.5, 1.03, fixed(pair.correlation, signed=True), 9, INK, ha="center")
    _title(
        figure, "Parameters that the targets tie together",
        "the closest pairs, as shares of their priors; a dot is a parameter set; rank correlation "
        "above",
    )  # fmt: skip
    return figure


def _title(figure: Figure, title: str, said: str) -> None:
    write(figure, 0.258, 0.32, title, 13, INK, bold=True, va="baseline")
    write(figure, 0.258, 0.54, said, 8.5, va="baseline")


_MOST = 12


def draw_predicted(ahead: list[Predicted]) -> Figure:
    """Draw bands of one firm's replicates over the measured points."""
    panels = []
    for one in ahead:
        outcomes, weeks, groups = one.curve.place
        for key in dict.fromkeys(zip(outcomes, groups, strict=True)):
            rows = [k for k, pair in enumerate(zip(outcomes, groups, strict=True)) if pair == key]
            panels.append((key, weeks[rows], one.curve.observed.values[rows], one.draws[:, rows]))
    shown = panels[:_MOST]
    columns = min(3, len(shown))
    rows_ = -(-len(shown) // columns)
    width, height = max(2.9 * columns + 0.4, 6.4), 2.1 * rows_ + 0.95
    figure = new_figure(width, height)
    colour = look(1).colour
    for k, ((outcome, group), weeks, values, draws) in enumerate(shown):
        axes = figure.add_subplot(rows_, columns, k + 1)
        clean(axes, "y")
        outer, inner = np.quantile(draws, [0.05, 0.95], 0), np.quantile(draws, [0.1, 0.9], 0)
        axes.fill_between(weeks, *outer, color=colour, alpha=0.15, linewidth=0)
        axes.fill_between(weeks, *inner, color=colour, alpha=0.25, linewidth=0)
        axes.plot(weeks, np.median(draws, axis=0), color=colour, linewidth=1.6)
        axes.plot(weeks, values, linestyle="", marker="o", color=INK, markersize=4)
        name = LABELS.get(outcome, outcome.replace("_", " "))
        axes.set_title((group or "everybody")[:24] + f": {name}", fontsize=9, loc="left", color=INK)
        top = 1.0 if outcome != "use_days" else float(max(draws.max(), values.max(), 1.0))
        axes.set_ylim(-0.01 * top, 1.01 * top)
        if outcome != "use_days":
            axes.yaxis.set_major_formatter(lambda value, _: share(value))
    title = "Measured use, and what the posterior predicts of one firm"
    write(figure, 0.02 * width, 0.27, title, 11, INK, bold=True, va="baseline")
    more = f"; the first {_MOST} of {len(panels)} curves" if len(panels) > _MOST else ""
    note = f"points: measured; line: median; shades: middle 80% and 90% of replicates{more}"
    write(figure, 0.02 * width, 0.48, note, 8, INK, va="baseline")
    figure.tight_layout(rect=(0, 0, 1, 1 - 0.55 / height))
    return figure
