from dataclasses import replace

import numpy as np
import pytest

from sim.outcomes import Outcome
from sim.results import Comparison
from sim.results.verdict import share, verdict


def shifted(comparison: Comparison, by: np.ndarray) -> Comparison:
    """Return a comparison whose second plan is the first, with other habitual users."""
    weekly = np.repeat(comparison.records.weekly[:1], 2, axis=0)
    weekly[1, ..., Outcome.habitual] += by
    return replace(comparison, records=replace(comparison.records, weekly=weekly))


def test_ranges_are_named_for_what_they_are(comparison: Comparison) -> None:
    text = verdict(comparison)
    assert "middle 80% of 8 worlds: chance in the model, not doubt about its parameters" in text


def test_a_clear_difference_is_said_in_whichever_direction(comparison: Comparison) -> None:
    steady = np.linspace(0.09, 0.11, 8)[None, :, None]
    first, second = comparison.names
    assert f"{second} comes out 10.0 points higher than {first}" in verdict(
        shifted(comparison, steady)
    )
    assert f"{first} comes out 10.0 points higher than {second}" in verdict(
        shifted(comparison, -steady)
    )


def test_a_difference_within_chance_is_called_so(comparison: Comparison) -> None:
    wild = np.array([0.1, -0.1, 0.2, -0.2, 0.1, -0.1, 0.05, -0.05])[None, :, None]
    assert "no difference larger than chance" in verdict(shifted(comparison, wild))
    assert "higher than" not in verdict(shifted(comparison, wild))


def test_shares_of_worlds_are_counted(comparison: Comparison) -> None:
    by = np.array([0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.0, -0.1])[None, :, None]
    first, second = comparison.names
    text = verdict(shifted(comparison, by))
    assert f"{second} is ahead in 75% of worlds, {first} in 12%, level in 12%" in text


def test_many_plans_are_compared_down_the_order(comparison: Comparison) -> None:
    records = comparison.records
    four = replace(
        comparison,
        scenarios=comparison.scenarios * 2,
        records=replace(records, weekly=np.concatenate([records.weekly] * 2)),
    )
    assert verdict(four).count("95% interval of the mean") == 3


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0%"), (0.0004, "<1%"), (0.9996, ">99%"), (1, "100%"), (0.5, "50%")]
)
def test_shares_are_never_rounded_to_a_certainty(value: float, text: str) -> None:
    assert share(value) == text
