"""Uptake against plain models on who adopted when: ``python experiments/diffusion/run.py``.

Each group (a village, a town) is held out in turn and forecast from the others.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter
from typing import Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sim.analysis.claims.record import rounded
from sim.analysis.diffusion import PLAIN, UptakeForecaster, compare_models, read_diffusion
from sim.report.style import GRID, INK, clean, look, new_figure
from sim.results.manifest import file_hash, uptake_version

HERE = Path(__file__).resolve().parent
FIGURES = HERE.parents[1] / "docs" / "images" / "diffusion"
DATA = HERE.parents[2] / "shared" / "data"
SETS = {
    "med_innovation": "doctors and tetracycline, four towns (Coleman, Katz & Menzel)",
    "brazil_farmers": "farmers and hybrid corn, eleven villages (Rogers, Ascroft & Röling)",
}
MARK = "<!-- run.py writes what follows from result.json -->"
RICH, SHUFFLED = "Uptake", "Uptake, ties shuffled"


def result_of(folder: Path, forecaster: UptakeForecaster, simulations: int) -> dict[str, Any]:
    """Return the comparison on one data set."""
    data = read_diffusion(folder)
    models = {**PLAIN, RICH: forecaster}
    found = compare_models(data, models, simulations=simulations)
    control = {SHUFFLED: forecaster.on_shuffled_ties}
    shuffled = compare_models(data, control, simulations=simulations)
    found["models"] |= shuffled["models"]
    everybody = data.group >= 0
    found["chosen"] = forecaster.chosen(data, everybody)
    found["files"] = {
        name: file_hash(folder / name) for name in ("people.csv", "ties.csv", "adoptions.csv")
    }
    return found


def winner(found: Mapping[str, Any]) -> str:
    """Return what the log scores say, in a sentence."""
    models = {k: v for k, v in found["models"].items() if k != SHUFFLED}
    best = max(models, key=lambda name: models[name]["log_score"])
    less = found["differences"][RICH]
    interval = f"{less['mean']:+.3f} ({less['low']:+.3f} to {less['high']:+.3f})"
    if best != RICH:
        sure = "beyond chance between groups" if less["high"] < 0 else "not beyond chance"
        said = (
            f"**A plain model wins: {best}.** Uptake's log score a person is {interval} against it"
        )
    else:
        sure = "beyond chance between groups" if less["low"] > 0 else "not beyond chance"
        said = f"**Uptake is ahead**, by {interval} against {less['best_other']}"
    return f"{said} (95% interval over groups), {sure}.".replace("-", "−")


def page(results: Mapping[str, Any]) -> str:
    """Return the findings as Markdown."""
    lines = []
    for name, found in results["data"].items():
        lines += [
            f"## {name}",
            "",
            f"{SETS[name][0].upper()}{SETS[name][1:]}: {found['people']} people,",
        ]
        lines[-1] += (
            f" {found['groups']} groups, {found['periods']} periods; {found['adopted']:.0%} "
            f"adopted within them. {found['simulations']} simulated futures a forecast."
        )
        lines += ["", winner(found), ""]
        lines += ["| model | log score a person | CRPS of the curve | inside the 80% band |"]
        lines += ["| --- | --- | --- | --- |"]
        order = sorted(found["models"], key=lambda one: -found["models"][one]["log_score"])
        for model in order:
            got = found["models"][model]
            score = f"{got['log_score']:.3f}".replace("-", "−")
            lines.append(
                f"| {model} | {score} | {got['ranked_score']:.3f} | {got['inside_80']:.0%} |"
            )
        picture = f"../../docs/images/diffusion/{name.replace('_', '-')}.png"
        lines += ["", f"![Adopters by period and group, observed and forecast]({picture})"]
        lines += ["", "Lines are medians, shades the middle 80% of forecast futures.", ""]
    return "\n".join(lines).rstrip() + "\n"


def figure_of(found: Mapping[str, Any]) -> Figure:
    """Return observed curves of the groups, with the bands forecast by Uptake and two others."""
    shown = (RICH, "Bass", "logistic hazard")
    n = found["groups"]
    columns = min(4, n)
    rows = -(-n // columns)
    figure = new_figure(2.6 * columns, 2.0 * rows + 0.7)
    axes = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True).ravel()
    period = range(1, found["periods"] + 1)
    for group, one in enumerate(axes):
        clean(one)
        if group >= n:
            one.set_axis_off()
            continue
        for k, model in enumerate(shown):
            low, middle, high = found["models"][model]["bands"][group]
            style = look(k)
            one.fill_between(period, low, high, color=style.colour, alpha=0.15, linewidth=0)
            one.plot(period, middle, color=style.colour, linestyle=style.dash, linewidth=1.6)
        one.plot(period, found["observed"][group], color=INK, marker=".", markersize=4, linewidth=1)
        one.set_title(found["group_names"][group], fontsize=9, loc="left", color=INK)
        one.set_ylim(0, 1)
        one.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        one.grid(axis="y", color=GRID, linewidth=0.8)
    handles = [
        Line2D([], [], color=look(k).colour, linestyle=look(k).dash, label=model)
        for k, model in enumerate(shown)
    ]
    handles.append(Line2D([], [], color=INK, marker=".", label="observed"))
    figure.legend(handles=handles, loc="lower center", ncols=4, frameon=False, fontsize=9)
    figure.tight_layout(rect=(0, 0.25 / (2.0 * rows + 0.7), 1, 1))
    return figure


def write(results: Mapping[str, Any]) -> None:
    """Write the record, and the findings into the README."""
    text = json.dumps(results, indent=1, ensure_ascii=False) + "\n"
    (HERE / "result.json").write_text(text, "utf-8")
    FIGURES.mkdir(parents=True, exist_ok=True)
    for name, found in results["data"].items():
        file = FIGURES / f"{name.replace('_', '-')}.png"
        figure_of(found).savefig(file, dpi=100, metadata={"Software": None})
    readme = HERE / "README.md"
    head = readme.read_text("utf-8").partition(MARK)[0]
    readme.write_text(f"{head}{MARK}\n\n{page(results)}", "utf-8")


def main() -> int:
    """Run the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the data sets")
    parser.add_argument("--pages", action="store_true", help="only write the README again")
    parser.add_argument("--first", type=int, default=256)
    parser.add_argument("--more", type=int, default=192)
    parser.add_argument("--simulations", type=int, default=400)
    parser.add_argument("--threads", type=int, default=None)
    asked = parser.parse_args()
    if asked.pages:
        write(json.loads((HERE / "result.json").read_text("utf-8")))
        return 0
    forecaster = UptakeForecaster(asked.first, asked.more, threads=asked.threads)
    found = {}
    for name in SETS:
        if not (asked.data / name).is_dir():
            print(f"{name}: skipped, its files are not in {asked.data}")
            continue
        begun = perf_counter()
        found[name] = rounded(result_of(asked.data / name, forecaster, asked.simulations))
        print(f"{name}: {winner(found[name])} {perf_counter() - begun:.0f} s", flush=True)
    if found:
        code = sorted((HERE.parents[1] / "sim" / "analysis" / "diffusion").glob("*.py"))
        sha256 = hashlib.sha256(b"".join(file.read_bytes() for file in code)).hexdigest()
        manifest = {
            "uptake": uptake_version(),
            "code_sha256": sha256,
            "seed": forecaster.seed,
            "pool": [forecaster.first, forecaster.more, forecaster.rounds, forecaster.kept],
            "replicates": forecaster.replicates,
        }
        write({"manifest": manifest, "data": found})
    return 0


if __name__ == "__main__":
    sys.exit(main())
