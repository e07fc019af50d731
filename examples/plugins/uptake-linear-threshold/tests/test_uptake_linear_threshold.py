"""What Uptake asks of a theory, and what this one is known for."""

from uptake_linear_threshold import linear_threshold

import sim
from sim.testing import check_theory

FIRM = {"organisation": "small-firm", "weeks": 12, "replicates": 2}


def test_theory() -> None:
    check_theory("linear-threshold", mean=0.3)


def test_thresholds_by_hand() -> None:
    assert linear_threshold(0.0, 0.0, mean=0.25, spread=0.25) > 0.0  # begins by oneself
    assert linear_threshold(0.4, 1.0, mean=0.25, spread=0.25) == 0.0
    assert linear_threshold(0.5, 1.0, mean=0.25, spread=0.25) > 0.0


def test_without_anybody_who_begins_nobody_does() -> None:
    nobody = {"prompt_access": 0.0, "considers_start": 0.0}
    scenario = {
        "decision": {"takeup": {"linear-threshold": {"mean": 0.5, "spread": 0.2}}},
        "parameters": nobody,
        "timeline": [{"access": {"start": 1}}],
    }
    assert not sim.run(scenario, **FIRM)["activated"].any()
    scenario["decision"] = {"takeup": {"linear-threshold": {"mean": 0.1, "spread": 0.2}}}
    assert sim.run(scenario, **FIRM)["activated"].any()
