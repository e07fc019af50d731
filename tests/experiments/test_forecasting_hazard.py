"""The hazard as a forecaster: known answers, brute force, recovery, no look at those held out."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest
from scipy.integrate import quad

from forecasting import Diffusion, HazardForecaster, Terms, compare_models
from forecasting.data import Floats, shuffled
from forecasting.filtering import (
    NODES,
    filtered,
    log_likelihood,
    step_hazards,
    transition,
)
from forecasting.fitting import draws, fit_all
from forecasting.hazard import simulate_hazard
from forecasting.plain import PLAIN, stratified
from forecasting.terms import Layout, Values, table_of
from sim.errors import InputError
from sim.organisation import Organisation, from_arrays

NOTHING = Terms(*[False] * 8)
PERIODS = 6


def organisation(groups: int, size: int, seed: int = 1) -> Organisation:
    rng = np.random.default_rng(seed)
    n = groups * size
    source = rng.integers(0, n, 4 * n)
    target = source // size * size + rng.integers(0, size, 4 * n)
    apart = source != target
    return from_arrays(
        [f"p{i:04}" for i in range(n)],
        source[apart],
        target[apart],
        team=[f"g{i // size:03}" for i in range(n)],
    )


def values(**given: float) -> Values:
    none = dict.fromkeys(
        ("alone", "team", "ties", "standing", "frailty", "trend", "sigma"), 0.0
    ) | {"memory": 1.0}
    periods = int(given.pop("periods", PERIODS))
    return Values(**(none | given), drive=np.zeros(periods))


def grown(truth: Values, groups: int, size: int, seed: int) -> Diffusion:
    """Return data simulated from the hazard itself."""
    periods = len(truth.drive)
    empty = Diffusion(
        organisation(groups, size), np.full(groups * size, periods + 1, np.int64), periods
    )
    time = simulate_hazard(empty, [truth], np.ones(groups * size, np.bool_), seed)[0]
    return replace(empty, time=time)


def everybody(data: Diffusion) -> np.ndarray:
    return np.ones(len(data.time), np.bool_)


@pytest.fixture(scope="module")
def some() -> Diffusion:
    truth = values(alone=0.1, team=0.3, ties=0.2, standing=0.3, frailty=0.5, sigma=0.5, memory=0.8)
    return grown(truth, 5, 12, 3)


def test_a_constant_hazard_has_its_closed_form(some: Diffusion) -> None:
    joint = filtered(table_of(some, everybody(some)), values(alone=0.13)).joint.sum()
    adopted = some.time <= PERIODS
    survived = np.where(adopted, some.time - 1, PERIODS).sum()
    assert joint == pytest.approx(adopted.sum() * np.log(-np.expm1(-0.13)) - 0.13 * survived)


def test_the_trait_is_integrated_out_exactly(some: Diffusion) -> None:
    """Of a constant hazard: survival (1 + θΛ)^(-1/θ), and the same as an integral over z."""
    p, theta = 0.2, 0.7
    joint = filtered(table_of(some, everybody(some)), values(alone=p, frailty=theta)).joint.sum()

    def survival(t: Floats) -> Floats:
        return (1 + theta * p * t) ** (-1 / theta)

    adopted = some.time <= PERIODS
    t = some.time[adopted].astype(float)
    exact = np.log(survival(t - 1) - survival(t)).sum()
    exact += (~adopted).sum() * np.log(survival(np.array(float(PERIODS))))
    assert joint == pytest.approx(exact)
    from scipy.stats import gamma

    def left(z: float) -> float:
        return float(np.exp(-3 * p * z) * gamma.pdf(z, 1 / theta, scale=theta))

    assert quad(left, 0, np.inf)[0] == pytest.approx(survival(np.array(3.0)), rel=1e-6)


def test_bass_is_a_corner(some: Diffusion) -> None:
    found = filtered(table_of(some, everybody(some)), values(alone=0.05, team=0.4)).joint.sum()
    hazard = (0.05 + 0.4 * some.group_share)[some.at_risk]
    adopts = some.adopts[some.at_risk]
    assert found == pytest.approx(np.where(adopts, np.log(-np.expm1(-hazard)), -hazard).sum())


def paths(data: Diffusion, truth: Values, group: int) -> float:
    """Return a group's likelihood as a sum over all paths of its effect on the grid."""
    table = table_of(data, data.group == group)
    hazard = np.where(table.risk, step_hazards(table, truth), 0.0)
    weight = np.exp(-0.5 * NODES**2)
    weight /= weight.sum()
    move, total = transition(truth.memory), 0.0
    for path in product(range(len(NODES)), repeat=data.periods):
        chance = weight[path[0]]
        for a, b in pairwise(path):
            chance *= move[a, b]
        if chance < 1e-14:
            continue
        lost = hazard * np.exp(truth.sigma * NODES[list(path)])
        fit = np.where(table.adopts, -np.expm1(-lost), np.exp(-lost))
        total += chance * fit[table.risk].prod()
    return float(np.log(total))


def test_the_filter_agrees_with_brute_force() -> None:
    """On three persons and three periods: every path of the group's effect, one by one."""
    truth = values(alone=0.2, team=0.5, sigma=0.8, memory=0.6, periods=3)
    data = grown(truth, 2, 3, 5)
    data = replace(data, time=np.array([1, 3, 4, 2, 2, 4]))
    found = filtered(table_of(data, everybody(data)), truth).joint.sum(axis=1)
    assert found.tolist() == pytest.approx([paths(data, truth, g) for g in (0, 1)], rel=1e-9)


def test_a_lasting_effect_with_a_trait_agrees_with_an_integral() -> None:
    truth = values(alone=0.3, frailty=0.6, sigma=0.7, memory=1.0, periods=3)
    data = replace(grown(truth, 1, 3, 5), time=np.array([1, 3, 4]))
    found = filtered(table_of(data, everybody(data)), truth).joint.sum()

    def survival(t: int, x: float) -> float:
        return float((1 + 0.6 * 0.3 * t * np.exp(0.7 * x)) ** (-1 / 0.6))

    def chance(x: float) -> float:
        of_group = (1 - survival(1, x)) * (survival(2, x) - survival(3, x)) * survival(3, x)
        return float(of_group * np.exp(-0.5 * x * x) / np.sqrt(2 * np.pi))

    assert found == pytest.approx(np.log(quad(chance, -8, 8)[0]), abs=2e-3)


def test_the_mean_over_paths_is_close_where_the_effect_moves() -> None:
    """With a trait and an effect that moves, the filter is near a plain Monte Carlo integral."""
    truth = values(alone=0.3, frailty=0.8, sigma=0.8, memory=0.7, periods=4)
    data = replace(grown(truth, 1, 4, 5), time=np.array([1, 2, 4, 5]))
    table = table_of(data, everybody(data))
    found = filtered(table, truth).joint.sum()
    rng = np.random.default_rng(0)
    x = rng.standard_normal(400_000)
    total = np.zeros((5, len(x)))
    for t in range(4):
        total[t + 1] = total[t] + 0.3 * np.exp(0.8 * x)
        x = 0.7 * x + np.sqrt(1 - 0.49) * rng.standard_normal(len(x))
    survival = (1 + 0.8 * total) ** (-1 / 0.8)
    chance = (1 - survival[1]) * (survival[1] - survival[2]) * (survival[3] - survival[4])
    assert found == pytest.approx(np.log((chance * survival[4]).mean()), abs=0.01)


@pytest.mark.parametrize("terms", [Terms(), Terms(lasting=True), Terms(frailty=False)])
def test_the_slope_is_that_of_the_likelihood(some: Diffusion, terms: Terms) -> None:
    data = replace(some, series={"price": np.arange(PERIODS) ** 2.0})
    table = table_of(data, everybody(data))
    layout = Layout(terms, PERIODS, 1, 0.5)
    x = layout.prior()[0] + np.random.default_rng(1).normal(0, 0.2, layout.size)
    slope = log_likelihood(table, layout, x)[1]
    for k in range(layout.size):
        step = np.eye(layout.size)[k] * 1e-5
        up, down = (log_likelihood(table, layout, x + way * step)[0] for way in (1, -1))
        assert slope[k] == pytest.approx((up - down) / 2e-5, rel=1e-4, abs=1e-4), k


def test_parameters_are_recovered() -> None:
    """Within three posterior sds, from 30 groups of 30 people."""
    truth = values(alone=0.06, team=0.2, ties=0.2, standing=0.4, sigma=0.6, memory=0.8, periods=10)
    data = grown(truth, 30, 30, 11)
    table = table_of(data, everybody(data))
    terms = Terms(frailty=False, shocks=False, trend=False)
    sets = draws(fit_all(data, table, terms), table, 200, np.random.default_rng(0))
    for name in ("alone", "team", "ties", "standing", "sigma", "memory"):
        found = np.array([getattr(one, name) for one in sets])
        away = abs(found.mean() - getattr(truth, name)) / found.std()
        assert away < 3, (name, found.mean(), found.std())
        assert found.std() < 0.15, name
    contagion = np.array([one.team + one.ties for one in sets])
    assert contagion.mean() == pytest.approx(0.4, abs=0.15)


def test_shocks_count_by_their_evidence() -> None:
    """None is the most likely where there are none, and they are found where there are."""
    truth = values(alone=0.12, periods=8)
    calm = grown(truth, 10, 30, 2)
    moved = grown(replace(truth, drive=np.array([2.0, -2, 0, 1, -1, 2, -2, 0])), 10, 30, 2)
    terms = replace(NOTHING, shocks=True)
    for data, best in ((calm, 0), (moved, 2)):
        fits = fit_all(data, table_of(data, everybody(data)), terms)
        assert int(np.argmax([fit.evidence for fit in fits])) == best
    found = fits[2].mode[1:]
    assert np.corrcoef(found, [2.0, -2, 0, 1, -1, 2, -2, 0])[0, 1] > 0.9


def test_a_series_from_outside_is_used() -> None:
    drive = np.array([-1.0, 1, -1, 1, -1, 1])
    data = grown(replace(values(alone=0.15), drive=drive), 8, 25, 4)
    data = replace(data, series={"season": 10 + 3 * drive})
    terms = replace(NOTHING, series=True)
    fit = fit_all(data, table_of(data, everybody(data)), terms)[0]
    assert fit.mode[1] == pytest.approx(1.0, abs=0.25)


def test_a_forecast_may_not_look_at_the_group(some: Diffusion) -> None:
    held = some.group == 2
    other = replace(some, time=np.where(held, 1, some.time))
    one, two = HazardForecaster(sets=20), HazardForecaster(sets=20)
    assert (one(some, ~held, 40, 5) == two(other, ~held, 40, 5)).all()
    assert (one(some, ~held, 40, 5) != one(some, some.group != 3, 40, 5)).any()


def test_one_step_ahead_looks_back_only(some: Diffusion) -> None:
    """What comes later in a group does not change what was forecast earlier in it."""
    held = some.group == 1
    model = HazardForecaster(sets=20)
    early = held & (some.time <= 3)
    later = replace(some, time=np.where(held & (some.time > 3), PERIODS + 1, some.time))
    ahead, changed = model.step_ahead(some, ~held), model.step_ahead(later, ~held)
    assert ahead.person[early].tolist() == pytest.approx(changed.person[early].tolist())
    assert np.isnan(ahead.person[~held]).all()
    assert np.isfinite(ahead.joint).sum() == 1


def test_joint_scores_are_those_of_whole_futures() -> None:
    """The chances of all that may happen in a group sum to 1: the joint score is a log chance."""
    truth = values(alone=0.3, team=0.4, sigma=0.8, memory=0.7, frailty=0.5, periods=2)
    data = grown(truth, 1, 2, 5)
    total = 0.0
    for time in product((1, 2, 3), repeat=2):
        one = replace(data, time=np.array(time))
        total += np.exp(filtered(table_of(one, everybody(one)), truth).joint.sum())
    assert total == pytest.approx(1.0, abs=1e-6)


def test_simulated_futures_have_the_chances_of_the_likelihood() -> None:
    truth = values(alone=0.3, team=0.6, sigma=0.5, memory=0.7, frailty=0.5, periods=2)
    data = grown(truth, 1, 2, 5)
    simulated = simulate_hazard(data, [truth] * 40_000, everybody(data), 1)
    for time in ((1, 1), (1, 2), (3, 2), (3, 3)):
        one = replace(data, time=np.array(time))
        chance = np.exp(filtered(table_of(one, everybody(one)), truth).joint.sum())
        assert (simulated == time).all(axis=1).mean() == pytest.approx(chance, abs=0.008), time


def test_stratified_numbers_are_uniform() -> None:
    drawn = stratified(np.random.default_rng(1), 3, 50)
    assert (np.sort((drawn * 50).astype(int), axis=1) == np.arange(50)).all()


@pytest.fixture
def coming_and_going() -> Diffusion:
    org = from_arrays(4, [0, 1, 2, 3], [1, 2, 3, 0], team=["x"] * 4)
    return Diffusion(
        org,
        np.array([1, 4, 5, 5]),
        4,
        entered=np.array([1, 3, 1, 1]),
        left=np.array([2, 4, 2, 4]),
    )


def test_people_who_enter_late_or_leave(coming_and_going: Diffusion) -> None:
    data = coming_and_going
    assert data.at_risk.astype(int).tolist() == [
        [1, 0, 0, 0], [0, 0, 1, 1], [1, 1, 0, 0], [1, 1, 1, 1],
    ]  # fmt: skip
    # Before periods 1 to 4: nobody; one of three; one of three; nobody of the two who stayed.
    assert data.group_share[0].tolist() == pytest.approx([0, 1 / 3, 1 / 3, 0])
    assert data.exposure[3].tolist() == [0, 1, 1, 0]
    table = table_of(data, everybody(data))
    joint = filtered(table, values(alone=0.2, periods=4)).joint.sum()
    assert joint == pytest.approx(2 * np.log(-np.expm1(-0.2)) - 0.2 * (1 + 2 + 4))
    models = {**PLAIN, "hazard": HazardForecaster(replace(NOTHING, team=True), sets=5)}
    for name, model in models.items():
        times = model(data, everybody(data), 200, 1)
        assert ((times >= data.first) & ((times <= data.last) | (times == 5))).all(), name


def test_late_entry_does_not_bias_the_hazard() -> None:
    """Half enter in period 4; counted as there from the start, they would halve the hazard."""
    truth = values(alone=0.2, periods=8)
    whole = grown(truth, 6, 60, 9)
    entered = np.where(np.arange(360) % 2, 4, 1)
    empty = replace(whole, entered=entered, time=np.full(360, 9, np.int64))
    data = replace(empty, time=simulate_hazard(empty, [truth], everybody(empty), 3)[0])
    fit = fit_all(data, table_of(data, everybody(data)), NOTHING)[0]
    assert np.exp(fit.mode[0]) / 8 == pytest.approx(0.2, rel=0.1)
    wrong = replace(data, entered=None)
    biased = fit_all(wrong, table_of(wrong, everybody(wrong)), NOTHING)[0]
    assert np.exp(biased.mode[0]) / 8 < 0.17


def coverages(terms: Terms, seeds: range) -> float:
    """Return how often 80% bands hold groups that were not seen, in data of the model itself."""
    from forecasting.score import coverage

    truth = values(alone=0.08, team=0.3, sigma=0.9, memory=0.9, periods=8)
    inside: list[float] = []
    for seed in seeds:
        data = grown(truth, 24, 25, 100 + seed)
        seen = data.group < 12
        simulated = HazardForecaster(terms, sets=100)(data, seen, 400, seed)
        for group in range(12, 24):
            held = data.group == group
            inside += coverage(simulated[:, held], data.time[held], 8, 0.8).tolist()
    return float(np.mean(inside))


def test_bands_hold_what_they_say() -> None:
    """80% bands over 36 groups not seen; without group effects they are far too narrow."""
    with_groups = Terms(ties=False, standing=False, frailty=False, trend=False, shocks=False)
    assert 0.7 < coverages(with_groups, range(3)) < 0.92
    assert coverages(replace(with_groups, group=False), range(3)) < 0.6


def test_true_ties_beat_shuffled_ones_where_ties_carry_it() -> None:
    data = grown(values(alone=0.04, ties=0.8, periods=10), 6, 40, 7)
    terms = Terms(standing=False, frailty=False, trend=False, shocks=False)

    def joint(one: Diffusion) -> float:
        models = {"hazard": HazardForecaster(terms, sets=30)}
        found = compare_models(one, models, simulations=30)
        return float(found["models"]["hazard"]["joint_log_score"])

    other = shuffled(data, listeners=True)
    assert (other.standing == data.standing).all()
    assert joint(data) > joint(other) + 1


def test_groups_may_be_held_out_in_parts(some: Diffusion) -> None:
    models = {"hazard": HazardForecaster(replace(NOTHING, team=True), sets=20)}
    each = compare_models(some, models, simulations=100)["models"]["hazard"]
    parts = compare_models(some, models, simulations=100, folds=2)["models"]["hazard"]
    assert parts["log_score"] == pytest.approx(each["log_score"], abs=0.1)
    assert parts["joint_by_group"] == pytest.approx(each["joint_by_group"], abs=2.0)
    assert all(score < 0 for score in parts["joint_by_group"])
    alone = Diffusion(from_arrays(3), np.array([1, 2, 7]), PERIODS)
    with pytest.raises(InputError, match="has one group: none can be held out"):
        compare_models(alone, models)
