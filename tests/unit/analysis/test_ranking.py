"""What would turn the ranking: mechanisms out, and parameter sets."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from sim.analysis.ranking import Margin, margins_without, order_of, over_posterior, ranks
from sim.parameters import MECHANISMS
from sim.results import Comparison


@pytest.fixture(scope="module")
def three() -> Comparison:
    names = ["licences-only", "everything", "training-first"]
    return sim.compare(names, organisation="small-firm", replicates=3, weeks=16, threads=1)


def test_plans_are_ordered_by_the_level_of_weekly_use(three: Comparison) -> None:
    means = three["weekly_users"][..., -4:].mean(axis=(1, 2, 3))
    assert [means[i] for i in order_of(three)] == pytest.approx(sorted(means, reverse=True))


@pytest.fixture(scope="module")
def margins(three: Comparison) -> tuple[Margin, ...]:
    return margins_without(three, threads=1)


def test_every_mechanism_is_taken_out_once(margins: tuple[Margin, ...]) -> None:
    whole, *rest = margins
    assert whole.mechanism == ""
    assert {one.mechanism for one in rest} == set(MECHANISMS)
    assert len(rest) == len(MECHANISMS)
    margins = [one.ahead.mean for one in rest if one.ahead]
    assert margins == sorted(margins)
    assert not whole.turned
    assert all(one.ahead.mean < 0 for one in rest if one.turned and one.ahead)


def test_structure_found_before_is_taken(three: Comparison) -> None:
    given = sim.compare(
        three.scenarios,
        organisation="small-firm",
        replicates=2,
        weeks=16,
        threads=1,
        parameter_sets=3,
        structure=True,
    )
    assert given.structure is not None
    first, second = order_of(given)[:2]
    whole = margins_without(given)[0]
    assert whole.ahead is not None
    habitual = given.structure.habitual[0]
    assert whole.ahead.mean == pytest.approx((habitual[first] - habitual[second]).mean())


def test_a_mechanism_that_plans_do_not_use_changes_nothing(margins: tuple[Margin, ...]) -> None:
    whole, *rest = margins
    (shocks,) = [one for one in rest if one.mechanism == "shocks"]
    assert shocks.ahead == whole.ahead
    assert shocks.levels == whole.levels


def test_over_sets_each_is_first_or_level(three: Comparison) -> None:
    doubt = over_posterior(three, sets=6, seeds=2, threads=1)
    assert (doubt.sets, doubt.seeds) == (6, 2)
    assert 0 <= sum(doubt.first) <= 1 + 1e-12
    assert doubt.parts is not None
    assert doubt.parts.low <= doubt.parts.median <= doubt.parts.high
    strengths = [abs(link.correlation) for link in doubt.links]
    assert strengths == sorted(strengths, reverse=True)


def test_equal_plans_are_never_first(three: Comparison) -> None:
    plans = ["training-first"] * 2
    same = sim.compare(plans, organisation="small-firm", replicates=2, weeks=8, threads=1)
    doubt = over_posterior(same, sets=4, seeds=1, threads=1)
    assert doubt.first == (0.0, 0.0)
    assert doubt.links == ()


def test_a_set_parameter_stays_set() -> None:
    usual, never = (
        sim.compare(
            ["licences-only", "everything"], organisation="small-firm", replicates=2, weeks=12,
            parameters=parameters, threads=1,
        )
        for parameters in ({}, {"b_0": -8})
    )  # fmt: skip
    levels = [over_posterior(r, sets=4, seeds=1).levels[1].mean for r in (usual, never)]
    assert levels[1] < levels[0]


def test_ranks_of_equals_are_their_mean() -> None:
    assert ranks(np.array([0.0, 0.0, 1.0])).tolist() == [1.5, 1.5, 3.0]
