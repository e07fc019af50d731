"""What is stored of an answer is read back as it was, and refused where it is not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sim.analysis.plan.result import StoredAnswer
from sim.errors import InputError

THREE = {"mean": 0.5, "low": 0.4, "high": 0.6}
TABLES: dict[str, Any] = {
    "objective": "habitual, week 24",
    "asked": {"what": "share", "of": "habitual", "at": 24, "half": 0.5, "less": None},
    "currency": "CHF",
    "unit": "share",
    "plans": [
        {"name": "a", "baseline": False, "value": THREE, "less_the_best": None,
         "chance_best": 0.9, "alike": False, "small": False, "keeps": True, "hours": 10.0,
         "money": 0.0, "notes": ["one", "two"]},
    ],
    "elements": [{"label": "access", "change": "left out", "worth": THREE, "breaks": ""}],
    "checkpoints": [
        {"week": 13, "outcome": "weekly_users", "unit": "share", "low": 0.1, "high": 0.2,
         "fails_below": 0.05, "before": "access, wave 2"},
    ],
}  # fmt: skip


def test_it_comes_back_as_it_was() -> None:
    stored = StoredAnswer.read({"tables": TABLES}, "answer.json")
    assert json.loads(stored.model_dump_json()) == TABLES
    assert StoredAnswer.read({"tables": json.loads(stored.model_dump_json())}, "x") == stored


@pytest.mark.parametrize(
    ("about", "place"),
    [
        ({}, "has no tables"),
        ({"tables": TABLES | {"unit": 3}}, "tables.unit"),
        ({"tables": TABLES | {"plans": [{"name": "a"}]}}, "tables.plans.0.baseline"),
        ({"tables": TABLES | {"column": "less the best"}}, "tables.column"),
        ({"tables": TABLES | {"plans": "1,2"}}, "tables.plans"),
    ],
)
def test_what_is_not_as_it_was_written_is_refused(about: dict[str, Any], place: str) -> None:
    with pytest.raises(InputError) as error:
        StoredAnswer.read(about, "DIR/answer.json")
    assert "DIR/answer.json" in str(error.value)
    assert place in str(error.value)
    assert "--force" in str(error.value)
