"""When does training first win? ``python experiments/order_seldom_matters/run.py --record``.

Sweeps both studies, holds the two orders against each other point by point, looks for the
assumptions under which training first wins, and tries what it found on points not looked at.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import sim
from sim.analysis.sweep import load_study
from sim.analysis.sweep.discovery import boxes_of
from sim.analysis.sweep.sensitivity import DUMMY, noise_of, pawn
from sim.analysis.sweep.summary import replicates
from sim.numbers import points
from sim.report.style import GRID, INK, MUTED, PLANS, clean, new_figure, save
from sim.sources import ORDER_ALONE

HERE = Path(__file__).resolve().parent
MARK = "<!-- run.py --record writes what follows -->"
STUDIES = {"priors": "study.yaml", "calibrated": "calibrated.yaml"}
TRAINING, TRUST = ORDER_ALONE
OUTCOME = "habitual_w52"
MARGIN = 0.02
"""Difference in the share of habitual users that somebody would notice. ASSUMPTION."""
HELD_OUT = 0.3
Floats = NDArray[np.float64]


def difference(study: sim.Study) -> Floats:
    """Return training first less trust first, run by run; shape (points, replicates)."""
    tables = replicates(study, OUTCOME)
    (place,) = {organisation for _, organisation in tables}
    return tables[TRAINING, place] - tables[TRUST, place]


def shares(less: Floats) -> dict[str, Any]:
    """Return how often each order is ahead, over points, and how large the differences are."""
    means = less.mean(axis=1)
    low, median, high = np.quantile(means, (0.1, 0.5, 0.9))
    noise = noise_of(less)
    return {
        "points": len(means),
        "replicates a point": less.shape[1],
        "training first ahead": float((means > MARGIN).mean()),
        "neither": float((np.abs(means) <= MARGIN).mean()),
        "trust first ahead": float((means < -MARGIN).mean()),
        "difference, 10th percentile": float(low),
        "difference, median": float(median),
        "difference, 90th percentile": float(high),
        "share of the points' variance that is chance": noise.of_means,
    }


def inside(box: dict[str, Any], table: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which points are in a box."""
    chosen = np.ones(len(table), bool)
    for name, (low, high) in box.items():
        chosen &= table[name].between(low, high).to_numpy()
    return chosen


def discovered(study: sim.Study, means: Floats, seed: int = 0) -> dict[str, Any]:
    """Return the box where training first wins, tried on points held out; and a control."""
    table = study.points.to_pandas()[list(study.factors)]
    cases = means > MARGIN
    rng = np.random.default_rng(seed)
    held = rng.random(len(cases)) < HELD_OUT
    found: dict[str, Any] = {}
    assert study.unit is not None
    ranked = explained(study.unit[~held], means[~held], study.factors)
    table = table[[name for name in ranked if name != DUMMY][:12]]
    for name, marked in (
        ("found", cases),
        ("control: cases dealt at random", rng.permutation(cases)),
    ):
        boxes = boxes_of(table[~held], marked[~held], most=1)
        if not boxes:
            found[name] = {"limits": {}}
            continue
        box = {limit.factor: (limit.low, limit.high) for limit in boxes[0].limits}
        chosen = inside(box, table[held])
        found[name] = {
            "limits": {
                limit.factor: {"inside": limit.said, "quasi-p": limit.quasi_p}
                for limit in boxes[0].limits
            },
            "share of cases inside, where it was found": boxes[0].density,
            "share of cases inside, held out": float(marked[held][chosen].mean())
            if chosen.any() else float("nan"),
            "share of cases anywhere, held out": float(marked[held].mean()),
            "points inside, held out": int(chosen.sum()),
        }  # fmt: skip
    return found


def explained(unit: Floats, means: Floats, names: tuple[str, ...]) -> dict[str, float]:
    """Return PAWN indices of the difference, the greatest first, with those of a dummy."""
    dummies = np.random.default_rng(0).random((len(means), 20))
    values = pawn(np.hstack([unit, dummies]), means)
    indices = dict(zip(names, map(float, values), strict=False))
    highest = float(values[len(names) :].max())
    ordered = dict(sorted(indices.items(), key=lambda item: -item[1]))
    return {**{k: v for k, v in ordered.items() if v > highest}, DUMMY: highest}


def draw(found: dict[str, Floats], indices: dict[str, float]) -> None:
    """Draw how the difference spreads, and what it hangs on."""
    figure = new_figure(9.6, 4.2)
    left = figure.add_axes((0.07, 0.15, 0.38, 0.62))
    clean(left)
    left.axvspan(-100 * MARGIN, 100 * MARGIN, color=GRID, lw=0)
    edge = max(5.0, 100 * float(max(np.quantile(np.abs(m), 0.98) for m in found.values())))
    edges = np.linspace(-edge, edge, 41)
    for k, (name, means) in enumerate(found.items()):
        shown = np.clip(100 * means, -edge, edge)
        style = PLANS[(3, 2)[k]]
        left.hist(
            shown, edges, weights=np.full(len(shown), 100 / len(shown)), histtype="step",
            color=style.colour, lw=1.8, ls="-" if k == 0 else "--", label=name,
        )  # fmt: skip
    left.legend(frameon=False, fontsize=9, labelcolor=INK)
    left.set_xlabel("training first less trust first, percentage points", color=MUTED, fontsize=9)
    left.set_ylabel("% of points", color=MUTED, fontsize=9)
    right = figure.add_axes((0.66, 0.15, 0.31, 0.62))
    clean(right)
    names = list(indices)[:12] if len(indices) > 12 else list(indices)
    names = [name for name in names if name != DUMMY][:11]
    for row, name in enumerate(reversed(names)):
        right.axhline(row, color=GRID, lw=0.8, zorder=0)
        right.plot(indices[name], row, "o", color=PLANS[3].colour, ms=6)
    right.axvline(indices[DUMMY], color=MUTED, lw=1, ls=":")
    right.set_yticks(range(len(names)), list(reversed(names)), color=INK)
    right.set_xlabel("PAWN index; dotted: the highest of 20 dummies", color=MUTED, fontsize=9)
    right.set_xlim(0, max(indices.values()) * 1.1)
    figure.text(
        0.02, 0.93, "When does training first win?", fontsize=12, fontweight="bold", color=INK
    )
    figure.text(
        0.02, 0.865, "Habitual users after a year, point by point, common random numbers; "
        f"grey: within {100 * MARGIN:.0f} points. Right: what the difference hangs on, over the "
        "priors.",
        fontsize=8.5, color=MUTED,
    )  # fmt: skip
    save(lambda: figure, HERE, "difference")


def measure(folder: Path, points: int | None, workers: int | None) -> tuple[dict[str, Any], Any]:
    """Return everything that is recorded."""
    result: dict[str, Any] = {"margin": MARGIN, "outcome": OUTCOME}
    means: dict[str, Floats] = {}
    manifests = {}
    for name, file in STUDIES.items():
        source: Any = HERE / file
        if points is not None:
            small = folder / file
            size = json.dumps(load_study(source).size.points)
            small.write_text(source.read_text().replace(size, str(points)))
            source = small
        study = sim.sweep(source, folder / name, workers=workers)
        less = difference(study)
        means[name] = less.mean(axis=1)
        result[name] = shares(less)
        manifest = json.loads((study.folder / "manifest.json").read_text("utf-8"))
        manifests[name] = {
            key: manifest[key] for key in ("uptake", "runs", "platform", "seed", "weeks")
        } | {"content_hash": study.content_hash()}
        if name == "priors":
            result["what the difference hangs on"] = explained(
                study.unit, means[name], study.factors
            )
            result["where training first wins"] = discovered(study, means[name])
    result["manifests"] = manifests
    return result, means


def text(result: dict[str, Any]) -> str:
    """Return the result as Markdown."""
    rows = [key for key in result["priors"] if key != "points"]
    lines = ["| | over the priors | over the calibrated sets |", "| --- | ---: | ---: |"]
    lines.append(
        f"| points | {result['priors']['points']:,} | {result['calibrated']['points']:,} |"
    )
    for row in rows:
        a, b = result["priors"][row], result["calibrated"][row]
        lines.append(f"| {row} | {said(row, a)} | {said(row, b)} |")
    indices = result["what the difference hangs on"]
    top = [f"`{k}` {v:.2f}" for k, v in indices.items() if k != DUMMY][:8]
    lines += ["", f"The difference hangs on (PAWN, highest of 20 dummies {indices[DUMMY]:.2f}): "
              + (", ".join(top) or "nothing above the dummies") + ".", ""]  # fmt: skip
    for name, box in result["where training first wins"].items():
        if not box["limits"]:
            lines.append(f"- **{name}**: no box.")
            continue
        limits = "; ".join(
            f"`{factor}` {limit['inside']} (quasi-p {limit['quasi-p']:.1g})"
            for factor, limit in box["limits"].items()
        )
        lines.append(
            f"- **{name}**: {limits}. Cases inside: "
            f"{box['share of cases inside, where it was found']:.0%} where it was found, "
            f"{box['share of cases inside, held out']:.0%} of {box['points inside, held out']} "
            f"points held out, {box['share of cases anywhere, held out']:.0%} anywhere."
        )
    return "\n".join(lines)


def said(row: str, value: float) -> str:
    """Return a figure of the table."""
    if row.startswith("difference"):
        return f"{points(value, signed=True)} points"
    return f"{value:.0f}" if row.startswith("replicates") else f"{value:.0%}"


def main() -> None:
    """Run, print, and record."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, help="folder of the sweeps, to be resumed from")
    parser.add_argument("--points", type=int, help="fewer points, to see that it runs")
    parser.add_argument("--workers", type=int)
    parser.add_argument("--record", action="store_true", help="write result.json, figure, README")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        result, means = measure(options.out or Path(scratch), options.points, options.workers)
    print(text(result))
    if options.record:
        draw(means, result["what the difference hangs on"])
        (HERE / "result.json").write_text(json.dumps(result, indent=1) + "\n", "utf-8")
        readme = HERE / "README.md"
        before, mark, _ = readme.read_text("utf-8").partition(MARK)
        readme.write_text(f"{before}{mark}\n\n{text(result)}\n", "utf-8")


if __name__ == "__main__":
    main()
