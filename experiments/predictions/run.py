"""What the posterior predicts for three registered trials, lodged before their results are known.

``python experiments/predictions/run.py`` writes result.json and the tables of README.md.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.case import Case, Record, run_cases
from sim.outcomes import Outcome
from sim.posterior import posterior
from sim.randomness import replicate_seeds
from sim.runner import load_organisation
from sim.scenario import loads

HERE = Path(__file__).resolve().parent
WRITTEN = "<!-- written by run.py -->"
WEEK, REPLICATES = 13, 2
BAND = (0.05, 0.5, 0.95)
Floats = NDArray[np.float64]

LICENCES = "access: {start: 1}"
TRAINING = "generic training: {start: 1, lasts: 1 week, hours: 2, dose: 0.5, attendance: 0.6}"
NUDGES = "access: {start: 2, every: 2 weeks, times: 6, dose: 0.3}"
USE_CASES = (
    "identity conversation: {start: 2, every: 2 weeks, times: 6, dose: 0.1, hours: 0, "
    "sincerity: 0.5, attendance: 0.5}"
)
VISIBLE = "media wave: {start: 1, usefulness: 0.8}"
ALLOWED = "usage policy: {start: 1, clarity: 1, attendance: 1}"
SHOWN = "showcase early adopters: {start: 1}"

TRIALS: dict[str, tuple[tuple[str, str], dict[tuple[int, int], list[str]]]] = {
    "AEARCTR-0018651": (
        ("training", "e-mail nudges with use cases"),
        {
            (a, b): [LICENCES, *[TRAINING] * a, *[NUDGES, USE_CASES] * b]
            for a in (0, 1)
            for b in (0, 1)
        },
    ),
    "AEARCTR-0018775": (
        ("more of peers' screens seen", ""),
        {(a, 0): [LICENCES, *[SHOWN] * a] for a in (0, 1)},
    ),
    "AEARCTR-0018144": (
        ("information on productivity", "a clear statement that AI may be used"),
        {(a, b): [LICENCES, *[VISIBLE] * a, *[ALLOWED] * b] for a in (0, 1) for b in (0, 1)},
    ),
}
"""By registration: the two factors, and what is done in each arm."""


def arms_of(trial: str, sets: NDArray[np.void]) -> dict[tuple[int, int], Floats]:
    """Return weekly users in week 13 of each arm, one mean a set: shape (n_sets,)."""
    firm = load_organisation()
    arms = TRIALS[trial][1]
    cases = []
    for steps in arms.values():
        text = "timeline:\n" + "".join(f"  - {step}\n" for step in steps)
        cases.append(Case.of(loads(text), firm, WEEK, parameters=sets))
    seeds = replicate_seeds(0, REPLICATES, sets=len(sets))
    weekly = run_cases(cases, seeds, record=Record(drivers=False)).weekly
    users = weekly[..., -1, Outcome["weekly_users"]].mean(axis=2)
    return dict(zip(arms, users, strict=True))


def band(values: Floats) -> list[float]:
    """Return 5%, 50% and 95% over sets."""
    return [round(float(x), 4) for x in np.quantile(values, BAND)]


def prediction(trial: str, sets: NDArray[np.void]) -> dict[str, Any]:
    """Return levels, effects and interaction of a trial, as bands over sets."""
    first, second = TRIALS[trial][0]
    users = arms_of(trial, sets)
    found: dict[str, Any] = {
        "levels": {f"{first}: {a}, {second}: {b}": band(v) for (a, b), v in users.items()},
        "effects": {first: band(users[1, 0] - users[0, 0])},
    }
    if second:
        found["effects"][second] = band(users[0, 1] - users[0, 0])
        both = users[1, 1] - users[1, 0] - users[0, 1] + users[0, 0]
        found["effects"]["interaction"] = band(both)
    return found


def main() -> None:
    """Lodge the predictions."""
    sets = posterior()
    digest = hashlib.sha256(np.ascontiguousarray(sets).tobytes()).hexdigest()
    trials = {trial: prediction(trial, sets) for trial in TRIALS}
    found = {
        "lodged": date.today().isoformat(),
        "sample_sha256": digest,
        "sets": len(sets),
        "outcome": f"weekly users in week {WEEK}",
        "trials": trials,
    }
    (HERE / "result.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    lines = [(HERE / "README.md").read_text("utf-8").split(WRITTEN)[0], WRITTEN, "\n\n"]
    lines.append(f"Lodged {found['lodged']}; sample {digest[:12]}…, {len(sets)} sets.\n")
    for trial, one in trials.items():
        lines.append(f"\n**{trial}**\n\n| | median | middle 90% of sets |\n| --- | --- | --- |\n")
        for name, (low, middle, high) in one["levels"].items():
            said = name.removesuffix(", : 0")
            lines.append(f"| {said} | {middle:.1%} | {low:.1%} to {high:.1%} |\n")
        for name, (low, middle, high) in one["effects"].items():
            span = f"{100 * low:+.1f} to {100 * high:+.1f}"
            lines.append(f"| effect: {name}, points | {100 * middle:+.1f} | {span} |\n")
    (HERE / "README.md").write_text("".join(lines), "utf-8")


if __name__ == "__main__":
    main()
