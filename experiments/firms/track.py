"""Does ``uptake track`` know what it says? Forty simulated firms, and their truth.

Each firm's use is tracked week by week, as it would have been, from all parameter sets but the
true one: ``python experiments/firms/track.py`` writes track.json.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from truth import FIRMS, LENGTH, WEEKS, Firm, firm  # noqa: E402

from sim.analysis.firm.observed import read_usage  # noqa: E402
from sim.analysis.firm.track import FIRST, MODEL, pool_of, track  # noqa: E402
from sim.numbers import rounded  # noqa: E402
from sim.outcomes import Outcome  # noqa: E402

LATER = 20
"""Week in which a forecast from all that was measured is judged besides."""


def tracked(
    one: Firm, *, sets: int = 512, weeks: int = LATER, teams: bool = False
) -> dict[str, Any]:
    """Return what came of tracking a firm."""
    with TemporaryDirectory() as folder:
        file = one.write_usage(Path(folder) / "usage.csv")
        observed = read_usage(file, LENGTH, organisation=one.organisation)
    pool = pool_of(
        one.scenario, one.organisation, observed, one.others, weeks=weeks, sets=sets,
        seed=1000 + one.number,
    )  # fmt: skip
    found = track(pool, groups=teams)
    scores = {score.model: score for score in found.scores}
    held = [
        bool(low - 1e-9 <= value <= high + 1e-9)
        for forecast in found.forecasts[1:]
        for value, low, high in zip(
            forecast.values[FIRST:], forecast.predicted.low[FIRST:],
            forecast.predicted.high[FIRST:], strict=True,
        )
    ]  # fmt: skip
    truth = one.records.weekly[0, 0, 0, :, int(Outcome["weekly_users"])]
    ahead = found.headline.ahead
    late = truth[ahead.weeks - 1]
    return {
        "firm": one.number,
        "people": one.organisation.n_people,
        "plan": one.scenario.name,
        "weekly users at the end": float(truth[WEEKS - 1]),
        "effective sets": found.weighed.effective,
        "nearest": found.weighed.nearest,
        "forecasts": scores[MODEL].n,
        "ranked": {name: score.ranked for name, score in scores.items()},
        "inside": {name: score.inside for name, score in scores.items()},
        "inside, teams": float(np.mean(held)) if teams else None,
        "lost to": found.lost_to,
        "inside, later": float(np.mean((late >= ahead.low) & (late <= ahead.high))),
        "narrowed": found.narrowed,
    }


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what holds over all firms."""
    names = list(rows[0]["ranked"])
    behind = [
        row["ranked"][MODEL] - min(v for name, v in row["ranked"].items() if name != MODEL)
        for row in rows
    ]
    n = len(rows)
    inside = [row["inside"][MODEL] for row in rows]
    return {
        "firms": n,
        "forecasts": sum(row["forecasts"] for row in rows),
        "ranked": {name: float(np.mean([row["ranked"][name] for row in rows])) for name in names},
        "inside": {name: float(np.mean([row["inside"][name] for row in rows])) for name in names},
        "standard error of inside": float(np.std(inside, ddof=1) / np.sqrt(n)),
        "inside, teams": None
        if rows[0]["inside, teams"] is None
        else float(np.mean([row["inside, teams"] for row in rows])),
        "inside, weeks 17 to 20": float(np.mean([row["inside, later"] for row in rows])),
        "most behind the better plain model": max(behind),
        "firms behind the better plain model": sum(one > 0 for one in behind),
    }


def main() -> None:
    """Track all firms, and write the record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--firms", type=int, default=FIRMS)
    parser.add_argument("--sets", type=int, default=512)
    parser.add_argument("--teams", action="store_true", help="judge teams as well; slower")
    said = parser.parse_args()
    begun, rows = perf_counter(), []
    for number in range(said.firms):
        rows.append(tracked(firm(number), sets=said.sets, teams=said.teams))
        print(rows[-1]["firm"], rows[-1]["plan"], rows[-1]["ranked"], rows[-1]["inside"],
              f"{rows[-1]['effective sets']:.0f}", flush=True)  # fmt: skip
    found = {"summary": summary(rows), "rows": rows}
    print(json.dumps(rounded(found["summary"]), indent=1), f"{perf_counter() - begun:.0f} s")
    if said.firms == FIRMS:
        text = json.dumps(rounded(found, 4), indent=1) + "\n"
        (HERE / "track.json").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
