from pathlib import Path

import numpy as np
import pytest

from sim.errors import InputError
from sim.parameters import PARAMETERS, TIED
from sim.posterior import UNCERTAIN, posterior, prior_sample, read_sets


def test_the_shipped_sample_is_large_and_inside_the_priors() -> None:
    sets = posterior()
    assert len(sets) >= 200
    assert len(np.unique(sets)) >= 200
    for name in UNCERTAIN:
        prior = PARAMETERS[name].prior
        assert prior.low <= sets[name].min() <= sets[name].max() <= prior.high, name


def test_a_choice_of_sets_hangs_on_the_seed_alone_and_does_not_repeat() -> None:
    ten = posterior(10, seed=3)
    assert (ten == posterior(10, seed=3)).all()
    assert (ten != posterior(10, seed=4)).any()
    assert len(np.unique(ten)) == 10
    assert set(ten["b_0"]) <= set(posterior()["b_0"])


def test_beyond_the_size_of_the_sample_every_set_comes_equally_often() -> None:
    whole = posterior()
    _, counts = np.unique(posterior(2 * len(whole) + 5), return_counts=True)
    assert set(counts) <= {2, 3}


def test_changing_a_sample_does_not_change_the_next() -> None:
    posterior()["b_0"] = 0.0
    assert (posterior()["b_0"] != 0).all()


def test_no_sets_are_refused() -> None:
    with pytest.raises(ValueError, match="1 or more"):
        posterior(0)


def test_prior_draws_fill_the_priors_and_keep_what_is_fixed() -> None:
    sets = prior_sample(2000, seed=1)
    for name, parameter in PARAMETERS.items():
        if name in TIED:
            base, ratio = TIED[name]
            tied = np.clip(ratio * sets[base], parameter.low, parameter.high)
            assert sets[name] == pytest.approx(tied)
        elif parameter.prior.is_fixed:
            assert (sets[name] == parameter.value).all()
        else:
            quarters = parameter.prior.quantile([0.25, 0.5, 0.75])
            below = (sets[name] <= quarters[:, None]).mean(axis=1)
            assert below == pytest.approx([0.25, 0.5, 0.75], abs=0.05)
    assert (sets != prior_sample(2000, seed=2)).all()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("b_0,b_trust\n", "has no sets"),
        ("b_0,b_trust\n1,2,3\n", "has 3 cells where the header has 2"),
        ("b_0\nmany\n", "sets.csv:2:1 b_0: is 'many'"),
        ("b_trsut\n1\n", "did you mean b_trust"),
        ("b_trust\n-1\n", "0 to 6"),
    ],
)
def test_a_broken_file_of_sets_is_refused(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "sets.csv"
    file.write_text(text)
    with pytest.raises(InputError, match=said):
        read_sets(file)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such file"):
        read_sets(tmp_path / "none.csv")
