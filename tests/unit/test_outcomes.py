"""Checkpoints."""

from __future__ import annotations

import pytest

from sim.outcomes import CHECKPOINT_EVERY, MAX_WEEKS, checkpoint_weeks
from sim.theories import Decision


@pytest.mark.parametrize("weeks", [1, 12, 13, 14, 26, 52, 53, MAX_WEEKS])
def test_checkpoints(weeks: int) -> None:
    found = checkpoint_weeks(weeks)
    assert found[-1] == weeks
    assert list(found) == sorted(set(found))
    assert all(week % CHECKPOINT_EVERY == 0 for week in found[:-1])
    assert len(found) == -(-weeks // CHECKPOINT_EVERY)


def test_decisions_are_those_of_the_language() -> None:
    from sim.scenario import loads

    texts = {
        Decision.LOGIT: "logit",
        Decision.THRESHOLD_SHARE: "{threshold: share}",
        Decision.THRESHOLD_COUNT: "{threshold: count}",
        Decision.BASS: "bass",
        Decision.HAZARD_SHARE: "hazard",
        Decision.HAZARD_COUNT: "{hazard: {contacts: count}}",
    }
    assert set(texts) == set(Decision)
    for decision, text in texts.items():
        assert loads(f"decision: {text}").decision.rule is decision
