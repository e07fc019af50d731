"""The page of text that a calibration leaves: what was met, learned and left in doubt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from sim.analysis.calibration.export import Convergence
from sim.analysis.calibration.findings import (
    CalibrationAnswer,
    CurveAnswer,
    Direction,
    Learned,
    Pair,
    central,
    directions,
    ruled_out,
)
from sim.analysis.calibration.kernel import labels
from sim.analysis.calibration.reach import Conflict
from sim.numbers import brief, fixed, share

if TYPE_CHECKING:
    from sim.analysis.calibration.fit import Fit


_DIRECTIONS = 8
"""Most directions in the text."""

_SHOWN = 15
"""Most rows of a long list in the text; the tables hold all."""


def _said(value: float) -> str:
    return fixed(value) if abs(value) >= 0.095 or value == 0 else brief(value, 2)


def _away(errors: float) -> str:
    return fixed(errors, 1, signed=True)


def _banded(band: tuple[float, float, float]) -> str:
    return f"{_said(band[1])} ({_said(band[0])} to {_said(band[2])})"


def _markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines]


def calibration_text(
    found: Fit,
    answers: list[CalibrationAnswer],
    contrary: list[Conflict],
    about: list[Learned],
    pairs: list[Pair],
    agreed: Convergence,
    curves: list[CurveAnswer],
    far: list[str],
    anyway: bool,
    sample: str,
) -> str:
    """Return ``report.md``; ``sample`` is the name of the file that holds the sample."""
    last = found.posterior
    lines = [
        f"# {found.study.purpose}",
        "",
        *_on_reach(far, anyway, sample),
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
        *_on_search(found, sample),
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


def _on_reach(far: list[str], anyway: bool, sample: str) -> list[str]:
    if not far:
        return []
    file = f"the sets are in {sample} because --anyway was given" if anyway else (
        f"the sets are kept in {sample}, which no command reads as a sample"
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
            "unknowns."
        ]
    return [*lines, ""]


def _on_search(found: Fit, sample: str) -> list[str]:
    lines = [
        "## The search",
        "",
        f"The most central set is line {central(found) + 2} of {sample}. Steps from the prior:",
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
