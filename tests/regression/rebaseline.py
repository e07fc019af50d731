"""Write ``baseline.json`` anew: what the model says today of three shipped scenarios.

    python tests/regression/rebaseline.py

Run it only when a change of the model is meant to change numbers, look at the difference
(``git diff tests/regression/baseline.json``), and say why in the commit.
"""

from __future__ import annotations

import json
from pathlib import Path

from sim.outcomes import OUTCOMES
from sim.runner import compare

BASELINE = Path(__file__).with_name("baseline.json")
SCENARIOS = ("training-first", "order-trust-first", "everything")
WEEKS = (1, 13, 26, 52)


def summary() -> dict[str, dict[str, dict[str, float]]]:
    """Return means over 40 replicates by scenario, week and outcome."""
    found = compare(SCENARIOS, organisation="small-firm", replicates=40, seed=0)
    means = found.records.weekly[:, 0].mean(axis=1)
    return {
        scenario: {
            f"week {week}": {
                variable.name: float(means[c, week - 1, k]) for k, variable in enumerate(OUTCOMES)
            }
            for week in WEEKS
        }
        for c, scenario in enumerate(SCENARIOS)
    }


if __name__ == "__main__":
    BASELINE.write_text(json.dumps(summary(), indent=1) + "\n", "utf-8")
    print(f"wrote {BASELINE}")
