"""With the stage of take-up neutral, people choose as they did before there was one: to the bit.

``before.json`` was written once by the code of commit d85239c (see ``record_before.py``), which
knows nothing of considering, of a replicate at rest, of first use or of own tools beside. Everybody
considers from week 1, nobody forgets, the first use costs nothing, own tools rival, news weigh as
anchors do: the neutral values. Then every state of every person in every week is what it was.
"""

from __future__ import annotations

import json
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
MADE = runpy.run_path(str(HERE / "record_before.py"))
numbers: Callable[..., dict[str, dict[str, Any]]] = MADE["numbers"]


@pytest.fixture(scope="module")
def before() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = json.loads((HERE / "before.json").read_text("utf-8"))
    return found


def other(one: dict[str, dict[str, Any]], before: dict[str, dict[str, Any]]) -> set[str]:
    """Name the quantities that differ anywhere."""
    assert one.keys() == before.keys()
    return {name for run in before for name in before[run] if one[run][name] != before[run][name]}


def test_the_neutral_stage_gives_the_choice_before_to_the_bit(
    before: dict[str, dict[str, Any]],
) -> None:
    assert len(before) == 4
    assert other(numbers(), before) == set()


def test_in_what_was_recorded_much_happens(before: dict[str, dict[str, Any]]) -> None:
    for run, found in before.items():
        users = [float.fromhex(value) for value in found["weekly_users"]["means"]]
        assert max(users) - min(users) > 0.1, run
        assert float.fromhex(found["own_days"]["means"][-1]) > 0.1, run
        for name in ("told trust", "told fear_job", "capability", "habit", "cynicism", "climate"):
            assert len(set(found[name]["means"])) > 3, (run, name)


@pytest.mark.parametrize(
    ("changed", "moved"),
    [
        ({"considers_start": 0.9}, "history"),
        ({"b_first": 0.2}, "history"),
        ({"own_rivalry": 0.5}, "own_days"),
        ({"accustomed": 1.0}, "told trust"),
        ({"loss_aversion": 1.01}, "told fear_job"),
        ({"forgetting": 0.001}, "capability"),
        ({"readiness_rate": 0.001}, "readiness"),
        ({"b_trust": 1.86 * (1 + 1e-9)}, "confidence"),
    ],
)
def test_what_is_set_aside_would_show(
    before: dict[str, dict[str, Any]], changed: dict[str, float], moved: str
) -> None:
    """Each of the neutral values matters, and so does a ninth digit: the check can fail."""
    assert moved in other(numbers(**changed), before)
