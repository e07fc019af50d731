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

from sim.analysis.calibration.convergence import Convergence, converged
from sim.analysis.calibration.findings import (
    CalibrationAnswer,
    Direction,
    Learned,
    Pair,
    answers_to_targets,
    central,
    correlated,
    directions,
    learned,
    posterior_sets,
    ruled_out,
)
from sim.analysis.calibration.kernel import labels
from sim.analysis.calibration.predictive import (
    CurveAnswer,
    Predicted,
    curve_answers,
    out_of_reach,
    predicted,
)
from sim.analysis.calibration.reach import Conflict, Reach, conflicts
from sim.errors import InputError, Problem
from sim.files import entries, sweep_away
from sim.folders import replaced
from sim.numbers import brief, fixed, share
from sim.posterior import DRAWN, OUT_OF_REACH
from sim.report.calibration_curves import draw_predicted
from sim.report.calibration_figures import draw_answers, draw_learned, draw_pairs
from sim.report.style import save
from sim.results.manifest import FILE_NAME, file_hash, uptake_version
from sim.shown import defused

if TYPE_CHECKING:
    from sim.analysis.calibration.fit import Fit

__all__ = [
    "CHECK", "REJECTED", "SAMPLE", "calibration_folder", "finish_calibration",
    "write_calibration",
]  # fmt: skip

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

_DIRECTIONS = 8
"""Most directions in the text."""

_SHOWN = 15
"""Most rows of a long list in the text; the tables hold all."""


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
    if far and not anyway:
        rejected = (["yes", *row] for row in rows)
        _table(folder / REJECTED, (OUT_OF_REACH, *DRAWN), rejected)
    else:
        _table(folder / SAMPLE, DRAWN, rows)
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
    text = _text(found, answers, contrary, about, pairs, agreed, curves, far, anyway)
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


def _said(value: float) -> str:
    return fixed(value) if abs(value) >= 0.095 or value == 0 else brief(value, 2)


def _away(errors: float) -> str:
    return fixed(errors, 1, signed=True)


def _banded(band: tuple[float, float, float]) -> str:
    return f"{_said(band[1])} ({_said(band[0])} to {_said(band[2])})"


def _markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines]


def _text(
    found: Fit,
    answers: list[CalibrationAnswer],
    contrary: list[Conflict],
    about: list[Learned],
    pairs: list[Pair],
    agreed: Convergence,
    curves: list[CurveAnswer],
    far: list[str],
    anyway: bool,
) -> str:
    last, sample = found.posterior, REJECTED if far and not anyway else SAMPLE
    lines = [
        f"# {found.study.purpose}",
        "",
        *_on_reach(far, anyway),
        f"{last.evaluations:,} parameter sets were simulated; {len(last.points)} make the "
        f"posterior sample ({sample}). {share(ruled_out(found))} of the draws of the prior are "
        "ruled out by at least one target (more than three standard errors away).",
        "",
        *(_on_targets(found, answers) if answers else []),
        *_on_curves(curves),
        *_on_conflicts(contrary),
        *_on_learned(found, about),
        *_on_directions(directions(found)),
        *_on_pairs(pairs),
        *_on_chains(found, agreed),
        *_on_search(found),
    ]
    return "\n".join(lines) + "\n"


def _on_targets(found: Fit, answers: list[CalibrationAnswer]) -> list[str]:
    counts = {
        word: sum(a.verdict == word for a in answers) for word in ("met", "strained", "not met")
    }
    effort = found.study.effort
    lines = [
        "## Targets",
        "",
        f"{counts['met']} of {len(answers)} figures are met (the median of the posterior lies "
        f"within one standard error), {counts['strained']} strained (within two), "
        f"{counts['not met']} not. Bands are the middle 90% of parameter sets, in replicates that "
        "the search never saw. The standard error holds all doubt about a figure. *Best* is the "
        "nearest that any set comes to a figure alone: of all sets that any chain simulated, "
        "draws of the prior with them, the nearest in the search were simulated again, "
        f"{effort.reach} times the replicates, all with the same random numbers. A figure is "
        "beyond the model's reach where even that is more than one standard error off: its "
        "structure, not its parameters, stands against it.",
        "",
    ]
    lines += _markdown(
        ("target", "it says", "figure (±2 errors)", "prior", "posterior", "errors away", "",
         "best", "why"),
        (
            (
                a.name, f"{a.says} {a.source}", _banded((a.low, a.observed, a.high)),
                _banded(a.prior), _banded(a.posterior), _away(a.apart), a.verdict,
                f"{_said(a.best)} ({_away(a.best_apart)})", a.why,
            )
            for a in answers
        ),
    )  # fmt: skip
    lines += ["", "![Targets](targets.png)", ""]
    if found.study.blocks:
        said = "; ".join(
            f"{name} ({block.correlation:g}): {', '.join(block.signs)}"
            for name, block in found.study.blocks.items()
        )
        lines += [f"Blocks of figures with correlated errors: {said}.", ""]
    return lines


def _on_reach(far: list[str], anyway: bool) -> list[str]:
    if not far:
        return []
    file = f"the sets are in {SAMPLE} because --anyway was given" if anyway else (
        f"the sets are kept in {REJECTED}, which no command reads as a sample"
    )  # fmt: skip
    return [f"**This is no posterior.** Out of every set's reach: {'; '.join(far)}. The model's "
            f"structure stands against it, or the figure is wrong; {file}.", ""]  # fmt: skip


def _on_curves(curves: list[CurveAnswer]) -> list[str]:
    if not curves:
        return []
    lines = ["## Measured use", ""]
    lines += [
        "Curves err together: what the firm's own chance moves, and what the model may be off by, "
        "lasts for weeks and is in the distance. Inside: share of the measured values in the "
        "middle 80% of what single replicates of the sample's sets give; without what the model "
        "may be off by, so that somewhat less than 80% may be inside.",
        "",
    ]
    lines += _markdown(
        ("table", "values", "inside", "median off by, points", "nearest set, errors"),
        (
            (c.name, str(c.values), share(c.inside), fixed(100 * c.off, 1), fixed(c.nearest, 1))
            for c in curves
        ),
    )
    return [*lines, "", "![Measured and predicted](predictive.png)", ""]


def _on_conflicts(contrary: list[Conflict]) -> list[str]:
    lines = ["## Figures that contradict each other", ""]
    if not contrary:
        return [*lines, "No two figures that are off exclude each other by themselves.", ""]
    lines += [
        "Both are more than half a standard error off in the posterior, and no set meets both: "
        "the one nearest to both, were there no other targets, is half an error further off "
        "than the nearest to each alone.",
        "",
    ]
    lines += _markdown(
        ("one", "other", "posterior", "nearest to each alone", "nearest to both"),
        (
            (
                c.one, c.other, f"{_away(c.one_apart)}, {_away(c.other_apart)}",
                f"{_away(c.one_alone)}, {_away(c.other_alone)}",
                f"{_away(c.one_together)}, {_away(c.other_together)}",
            )
            for c in contrary[:_SHOWN]
        ),
    )  # fmt: skip
    return [*lines, ""]


def _on_learned(found: Fit, about: list[Learned]) -> list[str]:
    left_out = found.study.left_out
    informed = [one for one in about if one.informed]
    left = [p.name for p in about if not p.informed and p.name not in left_out]
    control = "chance"
    if left_out:
        control = "the search moved any that it never simulates (a negative control)"
    lines = ["## What was learned", ""]
    lines += [
        f"{len(informed)} of {len(about) - len(left_out)} unknowns differ from their prior "
        f"by more than {control}; the {min(_SHOWN, len(informed))} that moved most:",
        "",
    ]
    lines += _markdown(
        ("parameter", "prior", "posterior", "moved", "width left"),
        (
            (f"`{p.name}`", _banded(p.prior), _banded(p.posterior), fixed(p.moved),
             fixed(p.narrowed))
            for p in informed[:_SHOWN]
        ),
    )  # fmt: skip
    lines += ["", "![Parameters](parameters.png)", ""]
    lines += [
        f"The targets do not inform these {len(left)}; their posterior is their prior: "
        + (", ".join(f"`{name}`" for name in left) or "none")
        + ".",
        "",
    ]
    if left_out:
        lines += [
            "No target's study involves these; they are drawn from their priors, and serve as "
            "the negative control: " + ", ".join(f"`{name}`" for name in left_out) + ".",
            "",
        ]
    return lines


def _on_directions(found: list[Direction]) -> list[str]:
    narrow = sum(one.width < 0.5 for one in found)
    lines = ["## Which directions are informed", ""]
    lines += [
        f"Of {len(found)} directions in the space of the unknowns (as shares of their priors) "
        f"{narrow} are narrowed below half of the prior's width, "
        f"{sum(one.width < 0.8 for one in found)} below four fifths. A width is measured in a "
        "chain that did not help to find the direction. The narrowest:",
        "",
    ]
    lines += _markdown(
        ("width left", "made of"),
        (
            (
                fixed(one.width),
                ", ".join(f"{fixed(load, signed=True)} `{name}`" for name, load in one.loads),
            )
            for one in sorted(found, key=lambda one: one.width)[:_DIRECTIONS]
        ),
    )
    return [*lines, ""]


def _on_pairs(pairs: list[Pair]) -> list[str]:
    lines = ["## What goes together", ""]
    if not pairs:
        return [*lines, "No pair is tied together more closely than chance makes it.", ""]
    lines += [
        "Pairs that the targets tie together (rank correlation): one can make up for the "
        "other, so neither may be read alone.",
        "",
    ]
    lines += _markdown(
        ("one", "other", "correlation"),
        ((f"`{p.one}`", f"`{p.other}`", fixed(p.correlation, signed=True)) for p in pairs[:_SHOWN]),
    )
    return [*lines, "", "![Pairs](pairs.png)", ""]


def _on_chains(found: Fit, agreed: Convergence) -> list[str]:
    names, figures = found.study.unknowns, labels(found.study)
    worst = figures[int(agreed.figures.argmax())]
    moved = names[int(agreed.unknowns.argmax())]
    one = len(found.chains) == 1
    who = "One chain, held against itself in halves" if one else f"{len(found.chains)} chains"
    lines = [
        "## Whether the chains agree",
        "",
        f"{who}: R-hat (rank-normalised, split) is at most {fixed(agreed.worst_figures, 3)} on the "
        f"figures ({worst}) and {fixed(agreed.worst_unknowns, 3)} on the unknowns (`{moved}`); "
        "1 is full agreement, and up to 1.05 is taken as such.",
    ]
    if not one:
        lines += [
            "Each chain has its own seed and its own draws of the prior. By how much their means "
            f"differ, the {agreed.sets} sets are worth {fixed(agreed.effective_figures, 0)} "
            f"independent ones on the figures, {fixed(agreed.effective_unknowns, 0)} on the "
            "unknowns.",
        ]
    return [*lines, ""]


def _on_search(found: Fit) -> list[str]:
    lines = [
        "## The search",
        "",
        f"The most central set is line {central(found) + 2} of {SAMPLE}. Steps from the prior:",
        "",
    ]
    return lines + _markdown(
        ("chain", "population", "kernel to the power", "last moves taken", "simulated so far"),
        (
            (str(c + 1), str(k), brief(one.gamma), share(one.accepted),
             f"{one.evaluations:,}")
            for c, chain in enumerate(found.chains)
            for k, one in enumerate(chain)
        ),
    )  # fmt: skip


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
