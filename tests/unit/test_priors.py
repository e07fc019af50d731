import numpy as np
import pytest

from sim.parameters import PARAMETERS, Prior

IN_DOUBT = {name: p for name, p in PARAMETERS.items() if not p.prior.is_fixed}
SHARES = np.linspace(0, 1, 101)


@pytest.mark.parametrize("name", IN_DOUBT)
def test_a_prior_stays_inside_the_accepted_range_and_holds_the_default(name: str) -> None:
    parameter = IN_DOUBT[name]
    values = parameter.prior.quantile(SHARES)
    assert parameter.low <= values[0] < values[-1] <= parameter.high
    assert values[0] <= parameter.value <= values[-1]
    assert (np.diff(values) > 0).all()


def test_a_weight_of_the_choice_may_be_nothing() -> None:
    weights = [p for name, p in IN_DOUBT.items() if name.startswith("b_") and p.low == 0]
    assert len(weights) > 12
    published = ("b_first",)  # [FaderHardie04] measured that the first repeat stands apart
    assert all(p.prior.quantile(0.0) == 0 for p in weights if p.name not in published)


@pytest.mark.parametrize("text", ["uniform(1, 3)", "loguniform(0.5, 4)", "normal(2, 1)"])
def test_quantiles_rise_within_the_bounds(text: str) -> None:
    prior = Prior.of(text, 0, 4)
    assert str(prior) == text
    values = prior.quantile(SHARES)
    assert (np.diff(values) > 0).all()
    assert values[0] >= 0
    assert values[-1] <= 4


def test_a_normal_is_cut_off_at_the_bounds() -> None:
    values = Prior.of("normal(1, 5)", 0, 2).quantile(SHARES)
    assert values[0] == pytest.approx(0)
    assert values[-1] == pytest.approx(2)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("gauss(0, 1)", "uniform"),
        ("uniform(2, 1)", "ends that rise"),
        ("uniform(0, 5)", "from 0 to 4"),
        ("loguniform(0, 1)", "ends that rise"),
        ("normal(9, 1)", "a mean from 0 to 4"),
    ],
)
def test_what_is_no_prior_is_refused(text: str, right: str) -> None:
    with pytest.raises(ValueError, match=right):
        Prior.of(text, 0, 4)


def test_a_fixed_parameter_has_no_quantiles() -> None:
    with pytest.raises(ValueError, match="no quantiles"):
        Prior().quantile(0.5)
