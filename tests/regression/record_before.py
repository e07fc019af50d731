"""Write ``before.json``: numbers of the choice as it was before the stage of take-up was put first.

Made ONCE, by the code of commit d85239c, the last one without the stage:

    git worktree add /tmp/old d85239c
    PYTHONPATH=/tmp/old python tests/regression/record_before.py

``test_before.py`` lives the same scenarios by today's code, with what has come since set to do
nothing. It is never to be made anew by later code: then it would compare the model with itself.
The file runs under both, so it names no parameter that either of them lacks.
"""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from sim.abm import UptakeModel
from sim.engine.memory import column
from sim.organisation import Organisation, from_arrays
from sim.outcomes import Outcome
from sim.parameters import PARAMETERS
from sim.scenario import Scenario, loads

RECORD = Path(__file__).with_name("before.json")
SEED, WEEKS, SHOWN = 7, 30, (1, 2, 5, 10, 20, 30)
SHARES = ("weekly_users", "activated", "own_tool_users", "habitual", "use_days", "own_days")
TOLD = ("trust", "fear_mistake", "fear_job", "use_seen", "own_use_seen", "report", "failure_seen")
STATES = (
    "trust_anchor", "fear_mistake_anchor", "fear_job_anchor", "fear_permission", "fear_identity",
    "capability", "fit", "usefulness", "readiness", "confidence", "habit", "own_habit", "novelty",
    "cynicism", "promise", "hours", "history", "disposition",
)  # fmt: skip

# What changed besides the stage, set to what both can do: no loss aversion (bad news was more
# weight, and is more speed now), no forgetting (what a survey found fades no longer), managers
# who do not learn (they did without using the tool).
BOTH = {"loss_aversion": 1.0, "forgetting": 0.0, "readiness_rate": 0.0}
# The stage itself, and what came with it, doing nothing.
SINCE = {
    "accustomed": 0.0, "considers_start": 1.0, "takeup_forget": 0.0, "b_first": 0.0,
    "own_rivalry": 1.0, "b_own_seen": 0.0,
}  # fmt: skip
# Written out: a default may change, and what both lived must not.
FIXED = {
    "trust_start": 0.43, "fear_mistake_start": 0.464, "fear_permission_start": 0.506,
    "fear_job_start": 0.497, "fear_identity_start": 0.429, "capability_start": 0.16,
    "fit_start": 0.103, "usefulness_start": 0.606, "readiness_start": 0.382,
    "climate_start": 0.409, "start_spread": 0.887, "values_spread": 0.544, "sigma_person": 1.9,
    "sigma_team": 0.704, "openness": 0.315, "peer_upward": 0.514, "champion_credibility": 0.5,
    "susceptibility": 0.597, "climate_rate": 0.024, "ritual_gain": 0.164, "punish_loss": 0.5,
    "coach_gain": 0.477, "replace_loss": 0.3, "b_0": -1.44, "b_expect": 2.92, "b_able": 4.3,
    "b_effort": 1.59, "b_fit": 2.36, "b_norm": 2.23, "b_manager": 0.75, "b_trust": 1.86,
    "b_habit": 1.16, "b_novelty": 1.67, "b_job": 1.24, "b_mistake": 1.2, "b_permission": 1.58,
    "b_identity": 1.41, "b_cynicism": 1.45, "b_compelled": 1.0, "b_own_0": -4.0,
    "b_own_expect": 2.11, "b_own_able": 3.54, "b_own_norm": 1.43, "b_own_habit": 1.77,
    "b_own_novelty": 1.05, "b_own_growth": 1.01, "b_own_permission": 0.843,
    "values_weight": 0.314, "fit_floor": 0.406, "tool_quality": 0.679, "benefit_half": 0.195,
    "experience_rate": 0.146, "hearsay_rate": 0.0894, "practice_gain": 0.0421,
    "practice_fit": 0.0307, "success_trust": 0.00479, "success_relief": 0.0467,
    "failure_fear": 0.0908, "failure_spill": 0.0159, "training_gain": 0.517,
    "training_fit": 0.601, "training_cynicism": 0.241, "training_fatigue": 0.709,
    "readiness_trust": 0.488, "readiness_fear": 0.408, "habit_rate": 0.318,
    "habit_decay": 0.0599, "novelty_fade": 0.1, "novelty_sight": 0.0259,
    "cynicism_fade": 0.0229, "message_floor": 0.328, "message_trust": 0.446,
    "message_job": 0.386, "message_identity": 0.45, "message_fit": 0.15, "policy_relief": 0.646,
    "mandate_cynicism": 0.05, "alarm_job": 0.5, "alarm_mistake": 0.5, "broken_trust": 0.2,
    "hearsay_media": 0.338, "actions_per_day": 4.0,
}  # fmt: skip

TIMELINES = {
    "training, then trust, and a rumour": """
  - access: {start: 1}
  - generic training: {start: 1, attendance: 0.8, every: 8, times: 2}
  - loyalty conversation: {start: 6, lasts: 2}
  - identity conversation: {start: 9}
  - usage policy: {start: 10}
  - psychological safety ritual: {start: 4, attendance: 0.7}
  - layoff rumour: {start: 14, reach: 0.6}
  - public mistake: {start: 18, reach: 0.5, punished: true}
""",
    "managers first, then a mandate": """
  - access: {start: 2, audience: managers}
  - manager coaching: {start: 2, lasts: 3}
  - access: {start: 7, attendance: 0.8}
  - capability conversation: {start: 8}
  - showcase early adopters: {start: 9, lasts: 6}
  - mandate: {start: 12, lasts: 9, audience: {share: 0.6}}
  - tool improves: {start: 16}
  - broken promise: {start: 22}
  - media wave: {start: 24, usefulness: 0.9}
""",
}


def organisations() -> dict[str, Organisation]:
    """Return a firm in lines of report, and an odd crowd with answers to a survey."""
    rng = np.random.default_rng(1)
    team = [f"team {i // 9}" for i in range(150)]
    manager = [-1 if i == 0 else 0 if i % 9 == 0 else i // 9 * 9 for i in range(150)]
    source, target = rng.integers(0, 150, 900), rng.integers(0, 150, 900)
    near = rng.random(900) < 0.6
    target[near] = np.minimum(source[near] // 9 * 9 + target[near] % 9, 149)
    apart = source != target
    firm = from_arrays(
        150, source[apart], target[apart], rng.integers(1, 5, apart.sum()), team=team,
        manager=manager, task_potential=np.round(rng.random(150), 3),
    )  # fmt: skip
    rng = np.random.default_rng(4)
    source, target = rng.integers(0, 37, 160), rng.integers(0, 40, 160)  # three hear nobody
    apart = source != target
    trust, capability = np.round(rng.random((2, 40)), 3)
    trust[::3] = capability[1::4] = np.nan
    crowd = from_arrays(
        40, source[apart], target[apart], np.round(rng.random(apart.sum()) + 0.01, 3),
        team=["One"] * 15 + ["Two"] * 15 + ["Three"] * 10,
        manager=[-1] + [0] * 15 + [15] * 14 + [-1] * 10, task_potential=np.full(40, 0.6),
        start_values={"trust": trust, "capability": capability},
    )  # fmt: skip
    return {"firm": firm, "crowd": crowd}


def parameters(**changed: float) -> dict[str, float]:
    """Return the parameters both live by, as far as the code at hand has them."""
    since = {name: value for name, value in SINCE.items() if name in PARAMETERS}
    return {**FIXED, **BOTH, **since, **changed}


def scenario(name: str) -> Scenario:
    """Return one of the scenarios, by its name."""
    return loads(f"name: {name}\ntimeline:{TIMELINES[name]}", "before.yaml")


def week_of(model: UptakeModel) -> dict[str, Any]:
    """Return what a week left, person by person, as far as both have it."""
    found: dict[str, Any] = {name: column(model.memory, name) for name in STATES}
    shown = model.memory.visible if hasattr(model.memory, "visible") else model.memory.told
    found |= {f"told {name}": shown[model.now][name].copy() for name in TOLD}
    return found | {"climate": model.memory.climate.copy()}


def numbers(**changed: float) -> dict[str, dict[str, Any]]:
    """Return bits by scenario, organisation and quantity: means to read, and a hash of all.

    The hash is of every person in every week. Sums are exact (``fsum``): the order in which the
    engine adds people up has changed since, and is no matter of the choice.
    """
    found: dict[str, dict[str, Any]] = {}
    for name in TIMELINES:
        for place, people in organisations().items():
            model = UptakeModel(
                scenario(name), SEED, organisation=people, weeks=WEEKS,
                parameters=parameters(**changed),
            )  # fmt: skip
            weeks = [(model.step(), week_of(model))[1] for _ in range(WEEKS)]
            mine = found.setdefault(f"{name} / {place}", {})
            for outcome in SHARES:
                mine[outcome] = {
                    "means": [float(model.weekly[w - 1, Outcome[outcome]]).hex() for w in SHOWN]
                }
            for state in weeks[0]:
                values = np.array([week[state] for week in weeks])
                means = [math.fsum(values[w - 1].tolist()) / values.shape[1] for w in SHOWN]
                mine[state] = {
                    "means": [float(mean).hex() for mean in means],
                    "all": hashlib.sha256(values.tobytes()).hexdigest()[:16],
                }
    return found


if __name__ == "__main__":
    RECORD.write_text(json.dumps(numbers(), indent=0) + "\n", "utf-8")
    print(f"wrote {RECORD}")
