"""What would turn the ranking: mechanisms out, and parameter sets."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import sim
from sim.analysis.ranking import Margin, margins_without, order_of, over_posterior, ranks
from sim.contrast import estimate
from sim.outcomes import Outcome
from sim.parameters import MECHANISMS
from sim.posterior import posterior
from sim.randomness import replicate_seeds
from sim.results import Comparison
from sim.results.verdict import Structure


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


@pytest.fixture(scope="module")
def known(three: Comparison) -> Comparison:
    """Three plans over eight sets, in two replicates each, whose end is written by hand.

    Weekly use puts plan 1 before 2 before 0. Of habitual use, plan 1 less plan 2 rises with
    ``b_expect`` to the third power and ``b_norm`` falls as it rises; chance is ±0.1 in plan 1.
    """
    sets = posterior(8)
    for name in sets.dtype.names or ():
        sets[name] = sets[name][0]
    sets["b_expect"], sets["b_norm"] = np.arange(8.0), np.array([7.0, 6, 5, 4, 3, 2, 0, 1])
    sets["b_habit"] = np.array([1.0, 0, 3, 2, 5, 4, 7, 6])
    weekly = np.zeros((3, 8, 2, 16, len(Outcome)))
    weekly[..., Outcome["weekly_users"]] = np.array([0.2, 0.6, 0.4])[:, None, None, None]
    margin = (np.arange(8.0) / 8) ** 3 / 2 - 0.1
    weekly[0, ..., -1, Outcome["habitual"]] = 0.05
    weekly[1, ..., -1, Outcome["habitual"]] = 0.5 + margin[:, None] + np.array([0.1, -0.1])
    weekly[2, ..., -1, Outcome["habitual"]] = 0.5
    return replace(
        three, records=replace(three.records, weekly=weekly), parameter_sets=sets,
        parameters=(sets,) * 3, seeds=replicate_seeds(0, 2, sets=8),
    )  # fmt: skip


def test_what_turns_is_beyond_chance_and_against_the_leader(known: Comparison) -> None:
    """Plan 1 leads by weekly use and is 0.2 behind in habit: what turns it puts it ahead."""
    away = {"": -0.2, "habit": 0.1, "thresholds": -0.1, "shocks": 0.1}
    habitual = np.full((4, 3, 8, 2), 0.5)
    habitual[:, 1] += np.array([*away.values()])[:, None, None]
    habitual[1:3, 1] += 0.01 * (np.arange(8)[:, None] % 2)
    habitual[3, 1] += 0.5 * (-1.0) ** np.arange(8)[:, None]
    structure = Structure(tuple(away), habitual)
    whole, *rest = margins_without(replace(known, structure=structure))
    found = {one.mechanism: one for one in (whole, *rest)}
    means = {name: one.ahead.mean for name, one in found.items() if one.ahead}
    assert means == pytest.approx({"": -0.2, "habit": 0.105, "thresholds": -0.095, "shocks": 0.1})
    assert [name for name, one in found.items() if one.turned] == ["habit"]
    assert [one.mechanism for one in rest] == ["thresholds", "shocks", "habit"]
    assert {one.sets for one in found.values()} == {8}
    assert [one.mean for one in whole.levels] == pytest.approx([0.5, 0.3, 0.5])


def test_sets_that_were_run_are_taken_as_they_are(
    known: Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.case.run_cases", None)
    assert order_of(known) == [1, 2, 0]  # by weekly use, not by habit
    doubt = over_posterior(known, links=2)
    assert (doubt.sets, doubt.seeds) == (8, 2)
    margin = (np.arange(8.0) / 8) ** 3 / 2 - 0.1
    assert doubt.parts is not None
    assert doubt.parts.ahead == pytest.approx((margin > 0).mean())
    assert doubt.parts.median == pytest.approx(np.median(margin))
    assert doubt.parts.chance == pytest.approx(0.1 * np.sqrt(2))
    # By means of a set: plan 1 is first where its margin is above 0, plan 2 else.
    assert doubt.first == pytest.approx((0.0, (margin > 0).mean(), (margin < 0).mean()))
    # Ranks: of eight in order 1; turned round but for the last two 1 - 6 · 166 / 504.
    assert [(one.name, one.correlation) for one in doubt.links] == [
        ("b_expect", pytest.approx(1.0)), ("b_norm", pytest.approx(-41 / 42)),
    ]  # fmt: skip


def test_the_seed_of_the_results_draws_sets_and_replicates(
    three: Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is run again is what ``sim.compare`` would have run over as many sets."""
    monkeypatch.setattr("sim.analysis.ranking.STRUCTURE_SETS", 3)
    three = replace(three, seed=7)

    def again(sets: int, **more: bool) -> Comparison:
        return sim.compare(
            three.scenarios, organisation="small-firm", replicates=2, weeks=16, threads=1, seed=7,
            parameter_sets=sets, **more,
        )  # fmt: skip

    doubt, right = over_posterior(three, sets=3, seeds=2, threads=1), again(3)
    assert doubt.levels == tuple(estimate(plan) for plan in right["habitual"][..., -1])
    structure = again(3, structure=True)
    found = {one.mechanism: one.levels for one in margins_without(three, threads=1)}
    assert found == {one.mechanism: one.levels for one in margins_without(structure)}
