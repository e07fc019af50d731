"""Uptake against plain models on who adopted when: ``python experiments/diffusion/run.py``.

Each group (a village, a town) is held out in turn and forecast from the others.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter
from typing import Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from forecasting import (
    PLAIN,
    Diffusion,
    HazardForecaster,
    Terms,
    UptakeForecaster,
    compare_models,
    read_diffusion,
)
from forecasting.data import shuffled
from forecasting.rich import FITTED, TAKE_UP
from sim.extensions import uptake_version
from sim.numbers import rounded
from sim.report.style import GRID, INK, MUTED, clean, look, new_figure
from sim.results.manifest import file_hash

HERE = Path(__file__).resolve().parent
FIGURES = HERE.parents[1] / "docs" / "images" / "diffusion"
DATA = HERE.parents[2] / "shared" / "data"
SETS = {
    "med_innovation": "doctors and tetracycline, four towns (Coleman, Katz & Menzel)",
    "brazil_farmers": "farmers and hybrid corn, eleven villages (Rogers, Ascroft & Röling)",
}
MARK = "<!-- run.py writes what follows from result.json -->"
HAZARD, RICH, DAILY = "Uptake, hazard", "Uptake", "Uptake, daily choice"
SHUFFLED = "Uptake, ties shuffled"
OWN = (HAZARD, RICH, DAILY, SHUFFLED)

_NOTHING = {"ties": False, "standing": False, "frailty": False, "shocks": False}
LADDER = {
    "constant hazard": Terms(team=False, trend=False, group=False, **_NOTHING),
    "Bass": Terms(trend=False, group=False, **_NOTHING),
    "trend and group effect, no contagion": Terms(team=False, **_NOTHING),
    "Bass, trend and group effect": Terms(**_NOTHING),
    "+ ties": Terms(standing=False, frailty=False, shocks=False),
    "+ standing": Terms(frailty=False, shocks=False),
    "+ lasting trait": Terms(shocks=False),
    "+ common shocks (all of it)": Terms(),
    "all of it but the trait": Terms(frailty=False),
}
"""The hazard with one term more a line, and what is worth a line of its own."""

WHOLE = "+ common shocks (all of it)"
CONTROLS = {
    "+ standing, whom one listens to shuffled": True,
    "+ standing, all places shuffled": False,
}
"""Negative controls: only who listens swapped (standing stays), or places altogether."""

KEPT = ("log_score", "step_log_score", "joint_log_score", "joint_by_group", "inside_80")


def terms_of(data: Diffusion, whole: HazardForecaster, simulations: int) -> dict[str, Any]:
    """Return the scores of the hazard by its terms; ``whole`` has all, and is fitted already."""
    models = {name: HazardForecaster(terms) for name, terms in LADDER.items()} | {WHOLE: whole}
    found = compare_models(data, models, simulations=simulations, progress=said)["models"]
    for name, listeners in CONTROLS.items():
        other = shuffled(data, listeners=listeners)
        model = {name: HazardForecaster(LADDER["+ standing"])}
        found |= compare_models(other, model, simulations=simulations, progress=said)["models"]
    return {name: {key: one[key] for key in KEPT} for name, one in found.items()}


def said(what: str) -> None:
    """Say how far it is."""
    print(f"  {what}", end="\r", flush=True)


def result_of(
    folder: Path, forecasters: Mapping[str, UptakeForecaster], simulations: int
) -> dict[str, Any]:
    """Return the comparison on one data set."""
    data = read_diffusion(folder)
    whole = HazardForecaster(LADDER[WHOLE])
    models = {**PLAIN, HAZARD: whole, **forecasters}
    found = compare_models(data, models, simulations=simulations, progress=said)
    control = {SHUFFLED: forecasters[RICH].on_shuffled_ties}
    found["models"] |= compare_models(data, control, simulations=simulations)["models"]
    found["terms"] = terms_of(data, whole, simulations)
    everybody = data.group >= 0
    found["chosen"] = {
        name: forecaster.chosen(data, everybody) for name, forecaster in forecasters.items()
    }
    found["files"] = {
        name: file_hash(folder / name) for name in ("people.csv", "ties.csv", "adoptions.csv")
    }
    return found


def minus(number: float, digits: int = 3) -> str:
    """Return a number with a true minus sign."""
    return f"{number:.{digits}f}".replace("-", "−")


def winner(found: Mapping[str, Any]) -> str:
    """Return what the log scores say, in a sentence."""
    models = {k: v for k, v in found["models"].items() if k != SHUFFLED}
    best = max(models, key=lambda name: models[name]["log_score"])
    plain = max(
        (name for name in models if name not in OWN), key=lambda name: models[name]["log_score"]
    )
    parts = []
    for name in (HAZARD, RICH):
        less = found["against_plain"][name]
        interval = f"{less['mean']:+.3f} ({less['low']:+.3f} to {less['high']:+.3f})"
        sure = less["high"] < 0 or less["low"] > 0
        parts.append(f"{name} {interval}, {'beyond' if sure else 'not beyond'} chance")
    first = f"**Uptake is ahead: {best}.**" if best in OWN else f"**A plain model wins: {best}.**"
    text = (
        f"{first} Log score a person against the best plain model ({plain}), with the 95% interval "
        f"over groups: {'; '.join(parts)}."
    )
    return text.replace("-", "−")


def terms_page(found: Mapping[str, Any]) -> list[str]:
    """Return the table of the hazard's terms."""
    lines = [
        "| hazard with | whole future | one step ahead | joint, a group | inside the 80% band |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, got in found["terms"].items():
        cells = (
            minus(got["log_score"]),
            minus(got["step_log_score"]),
            minus(got["joint_log_score"], 1),
            f"{got['inside_80']:.0%}",
        )
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


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
            score = minus(got["log_score"])
            lines.append(
                f"| {model} | {score} | {got['ranked_score']:.3f} | {got['inside_80']:.0%} |"
            )
        lines += ["", "What each term of the hazard is worth:", "", *terms_page(found)]
        picture = f"../../docs/images/diffusion/{name.replace('_', '-')}.png"
        lines += ["", f"![Adopters by period and group, observed and forecast]({picture})"]
        lines += ["", "Lines are medians, shades the middle 80% of forecast futures.", ""]
    return "\n".join(lines).rstrip() + "\n"


def figure_of(found: Mapping[str, Any]) -> Figure:
    """Return observed curves of the groups, with the bands forecast by Uptake and by Bass."""
    shown = (HAZARD, RICH, "Bass")
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
        one.set_title(f"group {found['group_names'][group]}", fontsize=9, loc="left", color=INK)
        one.set_ylim(0, 1)
        one.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        one.grid(axis="y", color=GRID, linewidth=0.8)
    handles = [
        Line2D([], [], color=look(k).colour, linestyle=look(k).dash, label=model)
        for k, model in enumerate(shown)
    ]
    handles.append(Line2D([], [], color=INK, marker=".", label="observed"))
    handles.append(Patch(color=MUTED, alpha=0.3, linewidth=0, label="middle 80% of futures"))
    figure.supxlabel("period", y=0.3 / (2.0 * rows + 0.7), fontsize=9, color=MUTED)
    figure.supylabel("share who have adopted", fontsize=9, color=MUTED)
    figure.legend(handles=handles, loc="lower center", ncols=5, frameon=False, fontsize=9)
    figure.tight_layout(rect=(0, 0.15 / (2.0 * rows + 0.7), 1, 1))
    return figure


def write(results: Mapping[str, Any]) -> None:
    """Write the record, and the findings into the README."""
    text = json.dumps(results, indent=1, ensure_ascii=False) + "\n"
    (HERE / "result.json").write_text(text, "utf-8")
    with (HERE / "terms.csv").open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream, lineterminator="\n")
        rows.writerow(["data", "hazard_with", *(key for key in KEPT if key != "joint_by_group")])
        for name, found in results["data"].items():
            for terms, got in found["terms"].items():
                rows.writerow([name, terms, *(got[k] for k in KEPT if k != "joint_by_group")])
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
    parser.add_argument("--more", type=int, default=48)
    parser.add_argument("--simulations", type=int, default=2000)
    parser.add_argument("--threads", type=int, default=None)
    asked = parser.parse_args()
    if asked.pages:
        write(json.loads((HERE / "result.json").read_text("utf-8")))
        return 0
    size = asked.first, asked.more
    forecasters = {
        RICH: UptakeForecaster(*size, threads=asked.threads, fitted=TAKE_UP, scales=(1,)),
        DAILY: UptakeForecaster(*size, threads=asked.threads, fitted=FITTED),
    }
    found = {}
    for name in SETS:
        if not (asked.data / name).is_dir():
            print(f"{name}: skipped, its files are not in {asked.data}")
            continue
        begun = perf_counter()
        found[name] = rounded(result_of(asked.data / name, forecasters, asked.simulations))
        print(f"{name}: {winner(found[name])} {perf_counter() - begun:.0f} s", flush=True)
    if found:
        rich = forecasters[RICH]
        code = sorted((HERE.parents[1] / "sim" / "analysis" / "diffusion").glob("*.py"))
        sha256 = hashlib.sha256(b"".join(file.read_bytes() for file in code)).hexdigest()
        manifest = {
            "uptake": uptake_version(),
            "code_sha256": sha256,
            "seed": rich.seed,
            "pool": [rich.first, rich.more, rich.rounds, rich.kept],
            "replicates": rich.replicates,
        }
        write({"manifest": manifest, "data": found})
    return 0


if __name__ == "__main__":
    sys.exit(main())
