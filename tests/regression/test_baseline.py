"""Numbers do not drift unnoticed.

Where a change of the model is meant to change them: run
``python tests/regression/rebaseline.py``, read the difference, and say why in the commit.
"""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
HINT = "changed on purpose? python tests/regression/rebaseline.py, and say why in the commit"


@pytest.fixture(scope="module")
def today() -> dict[str, Any]:
    found: dict[str, Any] = runpy.run_path(str(HERE / "rebaseline.py"))["summary"]()
    return found


@pytest.fixture(scope="module")
def baseline() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((HERE / "baseline.json").read_text("utf-8"))
    return found


def test_same_scenarios_weeks_and_outcomes(today: dict[str, Any], baseline: dict[str, Any]) -> None:
    def shape(numbers: Any) -> Any:
        return {k: shape(v) for k, v in numbers.items()} if isinstance(numbers, dict) else None

    assert shape(today) == shape(baseline), HINT


def moved(today: dict[str, Any], baseline: dict[str, Any]) -> list[str]:
    """List what differs by more than 1e-9."""
    return [
        f"{scenario}, {week}, {name}: {baseline[scenario][week][name]} → {value}"
        for scenario, weeks in today.items()
        for week, outcomes in weeks.items()
        for name, value in outcomes.items()
        if not abs(value - baseline[scenario][week][name]) <= 1e-9
    ]


def test_numbers_are_those_of_the_baseline(today: dict[str, Any], baseline: dict[str, Any]) -> None:
    found = moved(today, baseline)
    assert not found, "\n".join([*found[:12], f"({len(found)} in all) {HINT}"])


def test_a_number_that_moved_is_named(baseline: dict[str, Any]) -> None:
    other = json.loads(json.dumps(baseline))
    other["everything"]["week 26"]["trust"] += 1e-8
    (line,) = moved(other, baseline)
    assert line.startswith("everything, week 26, trust: ")
