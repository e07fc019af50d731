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

from sim.analysis.calibration.findings import (
    Answer,
    Learned,
    Pair,
    answers_to_targets,
    central,
    correlated,
    learned,
    posterior_sets,
    ruled_out,
)
from sim.errors import InputError, Problem
from sim.posterior import DRAWN
from sim.report.calibration_figures import draw_answers, draw_learned, draw_pairs
from sim.report.style import save
from sim.results.manifest import FILE_NAME, file_hash, uptake_version

if TYPE_CHECKING:
    from sim.analysis.calibration.fit import Fit

__all__ = ["SAMPLE", "calibration_folder", "finish_calibration", "write_calibration"]

SAMPLE = "posterior.csv"
"""The posterior sample, a line a parameter set."""

_POPULATIONS = "populations"
_FILES = frozenset(
    {SAMPLE, FILE_NAME, "report.md"}
    | {
        f"{name}.{kind}"
        for name in ("targets", "parameters", "pairs")
        for kind in ("csv", "png", "svg")
    }
)

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
    names = {entry.name for entry in out.iterdir()} if out.is_dir() else set()
    if strange := sorted(names - _FILES - {_POPULATIONS}):
        what = f"holds files that no calibration wrote, such as {strange[0]}"
        raise InputError([Problem(where, "", what, "another name")])
    if FILE_NAME in names and not anew:
        right = "another name, or --force to begin anew"
        raise InputError([Problem(where, "", "holds a finished result", right)])
    if anew:
        shutil.rmtree(out / _POPULATIONS, ignore_errors=True)
    return out / _POPULATIONS


def finish_calibration(found: Fit, out: Path, seconds: float) -> None:
    """Write the result into ``out``, its manifest last, and drop the populations."""
    work = out / _POPULATIONS / "result"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    write_calibration(found, work, seconds)
    (out / FILE_NAME).unlink(missing_ok=True)
    for file in sorted(work.iterdir(), key=lambda file: file.name == FILE_NAME):
        file.replace(out / file.name)
    shutil.rmtree(out / _POPULATIONS)


def write_calibration(found: Fit, folder: Path, seconds: float) -> None:
    """Write everything that a calibration leaves behind.

    Parameters
    ----------
    found : Fit
    folder : Path
    seconds : float
        What the last attempt took; written into the manifest only.
    """
    answers, about, pairs = answers_to_targets(found), learned(found), correlated(found)
    sets, middle = posterior_sets(found), central(found)
    _table(folder / SAMPLE, DRAWN, ([repr(float(row[n])) for n in DRAWN] for row in sets))
    _rows(folder / "targets.csv", Answer, answers)
    _rows(folder / "parameters.csv", Learned, about)
    _rows(folder / "pairs.csv", Pair, pairs)
    save(draw_answers(answers), folder, "targets")
    save(draw_learned(about), folder, "parameters")
    save(draw_pairs(found, pairs), folder, "pairs")
    (folder / "report.md").write_text(_text(found, answers, about, pairs, middle), "utf-8")
    (folder / FILE_NAME).write_text(_manifest(found, folder, middle, seconds), "utf-8")


def _table(file: Path, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(head)
        writer.writerows(rows)


def _rows(file: Path, kind: type[Any], rows: Sequence[Any]) -> None:
    """Write dataclasses and their properties; a band becomes three columns."""
    columns: dict[str, Callable[[Any], Any]] = {}
    for field in fields(kind):
        if "tuple" in str(field.type):
            for k, q in enumerate((5, 50, 95)):
                columns[f"{field.name}_{q}"] = partial(_nth, field.name, k)
        else:
            columns[field.name] = attrgetter(field.name)
    columns |= {name: attrgetter(name) for name in dir(kind) if name in ("apart", "verdict", "why")}
    _table(file, list(columns), ([get(row) for get in columns.values()] for row in rows))


def _nth(name: str, k: int, row: Any) -> Any:
    return getattr(row, name)[k]


def _said(value: float) -> str:
    return f"{value:.2f}" if abs(value) >= 0.095 or value == 0 else f"{value:.2g}"


def _banded(band: tuple[float, float, float]) -> str:
    return f"{_said(band[1])} ({_said(band[0])} to {_said(band[2])})"


def _markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines]


def _text(
    found: Fit, answers: list[Answer], about: list[Learned], pairs: list[Pair], middle: int
) -> str:
    study, last = found.study, found.posterior
    informed = [one for one in about if one.informed]
    left = [p.name for p in about if not p.informed and p.name not in study.left_out]
    counts = {
        word: sum(a.verdict == word for a in answers) for word in ("met", "strained", "not met")
    }
    control = "chance"
    if study.left_out:
        control = "the search moved any that it never simulates (a negative control)"
    lines = [f"# {study.purpose}", ""]
    lines += [
        f"{last.evaluations:,} parameter sets were simulated; {len(last.points)} make the "
        f"posterior sample ({SAMPLE}). {ruled_out(found):.0%} of the draws of the prior are "
        "ruled out by at least one target (more than three standard errors away).",
        "",
        "## Targets",
        "",
        f"{counts['met']} of {len(answers)} figures are met (the median of the posterior lies "
        f"within one standard error), {counts['strained']} strained (within two), "
        f"{counts['not met']} not. A figure is beyond the model's reach where the middle 90% of "
        "the prior does not come within one standard error of it: its structure, not its "
        "parameters, stands against it. Bands are the middle 90% of parameter sets, in worlds that "
        "the search never saw. The standard error holds all doubt about a figure.",
        "",
    ]
    lines += _markdown(
        ("target", "it says", "figure (±2 errors)", "prior", "posterior", "errors away", "", "why"),
        (
            (
                a.name, f"{a.says} {a.source}", _banded((a.low, a.observed, a.high)),
                _banded(a.prior), _banded(a.posterior), f"{a.apart:+.1f}", a.verdict, a.why,
            )
            for a in answers
        ),
    )  # fmt: skip
    lines += ["", "![Targets](targets.png)", "", "## What was learned", ""]
    lines += [
        f"{len(informed)} of {len(about) - len(study.left_out)} unknowns differ from their prior "
        f"by more than {control}; the {min(_SHOWN, len(informed))} that moved most:",
        "",
    ]
    lines += _markdown(
        ("parameter", "prior", "posterior", "moved", "width left"),
        (
            (f"`{p.name}`", _banded(p.prior), _banded(p.posterior), f"{p.moved:.2f}",
             f"{p.narrowed:.2f}")
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
    if study.left_out:
        lines += [
            "No target's study involves these; they are drawn from their priors, and serve as "
            "the negative control: " + ", ".join(f"`{name}`" for name in study.left_out) + ".",
            "",
        ]
    lines += ["## What goes together", ""]
    if pairs:
        lines += [
            "Pairs that the targets tie together (rank correlation): one can make up for the "
            "other, so neither may be read alone.",
            "",
        ]
        lines += _markdown(
            ("one", "other", "correlation"),
            ((f"`{p.one}`", f"`{p.other}`", f"{p.correlation:+.2f}") for p in pairs[:_SHOWN]),
        )
        lines += ["", "![Pairs](pairs.png)", ""]
    else:
        lines += ["No pair is tied together more closely than chance makes it.", ""]
    lines += [
        "## The search",
        "",
        f"The most central set is line {middle + 2} of {SAMPLE}. Steps from the prior:",
        "",
    ]
    lines += _markdown(
        ("population", "kernel to the power", "last moves taken", "sets simulated so far"),
        (
            (str(k), f"{one.gamma:.3g}", f"{one.accepted:.0%}", f"{one.evaluations:,}")
            for k, one in enumerate(found.populations)
        ),
    )
    return "\n".join(lines) + "\n"


def _manifest(found: Fit, folder: Path, middle: int, seconds: float) -> str:
    study = found.study
    content = {
        "uptake": {"calibration": 1, "version": uptake_version()},
        "study": study.path.name,
        "fingerprint": study.fingerprint,
        "seed": study.seed,
        "effort": study.effort.model_dump(),
        "evaluations": found.posterior.evaluations,
        "seconds_of_last_attempt": round(seconds, 1),
        "central": middle,
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
