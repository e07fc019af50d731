"""The report of a calibration: tables, three figures, a page of text, the sample itself."""

from __future__ import annotations

import csv
import json
import platform
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.analysis.calibration.export import Convergence, converged
from sim.analysis.calibration.findings import (
    CalibrationAnswer,
    CurveAnswer,
    Learned,
    Pair,
    Predicted,
    answers_to_targets,
    central,
    correlated,
    curve_answers,
    directions,
    learned,
    out_of_reach,
    posterior_sets,
    predicted,
    ruled_out,
)
from sim.analysis.calibration.reach import Conflict, Reach, conflicts
from sim.errors import InputError, Problem
from sim.files import entries, sweep_away
from sim.folders import replaced
from sim.numbers import fixed, share
from sim.posterior import DRAWN, OUT_OF_REACH
from sim.report.calibration_figures import draw_answers, draw_learned, draw_pairs, draw_predicted
from sim.report.calibration_text import calibration_text
from sim.report.style import save
from sim.results.manifest import FILE_NAME, file_hash, uptake_version
from sim.shown import defused

if TYPE_CHECKING:
    from sim.analysis.calibration.fit import Fit
    from sim.analysis.calibration.reach import Reach

__all__ = [
    "CHECK",
    "REJECTED",
    "SAMPLE",
    "calibration_folder",
    "finish_calibration",
    "show_calibration",
    "write_calibration",
]


SAMPLE = "posterior.csv"
"""The posterior sample, a line a parameter set."""

REJECTED = "out-of-reach.csv"
"""In its place where no set reaches what was measured: nothing that can be read as a sample."""

CHECK = "check.json"
"""How often the study's bands would hold the truth."""

INFERENCE = "posterior.nc"
"""The sample for ArviZ."""

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

    Raises
    ------
    InputError
        Where ``out`` holds a finished result, or files of something else, and is not to be
        begun anew.
    """
    where = f"--out {out}"
    if out.exists() and not out.is_dir():
        raise InputError([Problem(where, "", "is a file", "a folder, or a name not yet used")])
    if out.is_dir():
        sweep_away(out)
    names = entries(out) if out.is_dir() else set()
    if strange := sorted(names - _FILES - {_POPULATIONS}):
        what = f"holds files that no calibration wrote, such as {strange[0]}"
        raise InputError([Problem(where, "", what, "another name")])
    if FILE_NAME in names and not anew:
        right = "another name, or --force to begin anew"
        raise InputError([Problem(where, "", "holds a finished result", right)])
    if anew:
        shutil.rmtree(out / _POPULATIONS, ignore_errors=True)
    return out / _POPULATIONS


def finish_calibration(
    found: Fit,
    reached: Reach,
    out: Path,
    seconds: float,
    *,
    anyway: bool = False,
    export: bool = False,
    threads: int | None = None,
) -> list[str]:
    """Write the result into ``out``, its manifest last, and drop the populations.

    Parameters
    ----------
    anyway : bool
        Whether a sample is written though something is out of every set's reach.
    export : bool
        Whether an ArviZ file is written as well.

    Returns
    -------
    list of str
        What is out of reach.
    """
    with replaced(out, _FILES.__contains__, FILE_NAME) as work:
        far = write_calibration(found, reached, work, seconds, anyway=anyway, threads=threads)
        if export and (anyway or not far):
            from sim.analysis.calibration.export import write_inference_data

            write_inference_data(found, work / INFERENCE, threads=threads)
    shutil.rmtree(out / _POPULATIONS, ignore_errors=True)
    return far


def write_calibration(
    found: Fit,
    reached: Reach,
    folder: Path,
    seconds: float,
    *,
    anyway: bool = False,
    threads: int | None = None,
) -> list[str]:
    """Write everything that a calibration leaves behind; return what is out of reach.

    Parameters
    ----------
    seconds : float
        What the last attempt took; written into the manifest only.
    anyway, threads
        As in ``finish_calibration``.
    """
    answers, about, pairs = answers_to_targets(found, reached), learned(found), correlated(found)
    sets, contrary = posterior_sets(found), conflicts(found, reached)
    ahead = predicted(found, threads)
    curves = curve_answers(found, reached, ahead)
    far = out_of_reach(answers, curves)
    rows = ([repr(float(row[n])) for n in DRAWN] for row in sets)
    sample = REJECTED if far and not anyway else SAMPLE
    if sample == REJECTED:
        rejected = (["yes", *row] for row in rows)
        _table(folder / sample, (OUT_OF_REACH, *DRAWN), rejected)
    else:
        _table(folder / sample, DRAWN, rows)
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
    agreed = converged(found)
    text = calibration_text(
        found, answers, contrary, about, pairs, agreed, curves, far, anyway, sample
    )
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
    _table(file, head, rows)


def _table(file: Path, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(map(defused, head))
        writer.writerows(map(defused, row) for row in rows)


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
    _table(file, list(columns), ([get(row) for get in columns.values()] for row in rows))


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
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


_SHOWN = 8


def show_calibration(found: Fit, reached: Reach) -> None:
    """Print how every target is answered, and what the targets say about parameters."""
    from rich import box
    from rich.table import Table

    from sim.report.console import Terminal

    console = Terminal(highlight=False)
    answers, about, pairs = answers_to_targets(found, reached), learned(found), correlated(found)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("target", no_wrap=True)
    for name in ("figure", "posterior", "errors"):
        table.add_column(name, justify="right", no_wrap=True)
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
    said = [
        f"{met} of {len(answers)} figures met; {share(ruled_out(found))} of the prior is ruled "
        "out.",
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
