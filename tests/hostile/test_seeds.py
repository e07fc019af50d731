"""A seed that is given is used, one that cannot be is an error, none is fresh and recorded."""

from __future__ import annotations

from typing import Any

import mesa
import numpy as np
import pytest

from sim import InputError, UptakeModel
from sim.abm.arguments import seed_of
from sim.runner import run

FIXED: dict[str, Any] = {"scenario": "everything", "organisation": "small-firm", "weeks": 3}
WHEREVER = {"number_processes": 1, "data_collection_period": -1, "display_progress": False}


def users(model: UptakeModel) -> list[float]:
    while model.running:
        model.step()
    return [float(model.outcome("weekly_users")), *model.weekly.ravel()]


def test_iterations_without_a_seed_are_different_and_can_be_repeated() -> None:
    rows = mesa.batch_run(UptakeModel, FIXED, iterations=3, max_steps=3, **WHEREVER)
    assert len({row["trust"] for row in rows}) == len({row["seed"] for row in rows}) == 3
    for row in rows:
        again = UptakeModel(**FIXED, seed=row["seed"])
        assert users(again)[0] == row["weekly_users"]


def test_a_fresh_seed_is_where_mesa_keeps_it() -> None:
    one, other = UptakeModel(**FIXED), UptakeModel(**FIXED)
    assert one.seed != other.seed
    assert one._seed == one.seed
    assert users(UptakeModel(**FIXED, rng=one.seed)) == users(one)


@pytest.mark.parametrize(
    "given",
    [0, 3, np.int64(3), np.uint8(3), [1, 2], np.random.SeedSequence(3), np.array([4, 5])],
)
def test_what_numpy_takes_is_used(given: Any) -> None:
    assert seed_of(rng=given) == seed_of(given) == seed_of(given, given)
    if isinstance(given, int):
        assert seed_of(given) == given


def test_generators_go_on() -> None:
    generator = np.random.default_rng(3)
    assert len({seed_of(rng=generator) for _ in range(3)}) == 3
    assert seed_of(rng=np.random.PCG64(3)) == seed_of(rng=np.random.PCG64(3))


@pytest.mark.parametrize(
    "given", [-1, 2**63, True, 1.0, float("nan"), np.float64(2), "3", b"3", {}, object(), [-1]]
)
def test_what_is_no_seed_is_an_error(given: Any) -> None:
    for how in ({"seed": given}, {"rng": given}):
        with pytest.raises(InputError, match="whole number"):
            seed_of(**how)


def test_two_seeds_are_an_error() -> None:
    with pytest.raises(InputError, match="two seeds"):
        UptakeModel(**FIXED, seed=1, rng=2)


@pytest.mark.parametrize("seed", [-1, 2**63, True, False, 1.5, "3", None])
def test_a_run_takes_no_other_seed_either(seed: Any) -> None:
    with pytest.raises(InputError, match="seed"):
        run("everything", organisation="small-firm", replicates=1, weeks=1, seed=seed)
