"""No event, no trend: a firm in which nothing happens stays as it is, and news move it.

What is true by the code, and held here:

- People are used to the standing difference between what they hear and their own view; so views
  start at rest, and a survey's answers are what week 0 shows. Nothing but news moves them.
- Bad news is taken up at once, good news at the speed 1 / loss aversion. That is a matter of time:
  expressed views rest where the anchors and what people are used to say, whatever the loss
  aversion is. ``resting`` works that place out without the engine.
- What lasts of news is in the anchors. A rumour raises a fear loss_aversion times as far as its
  plain strength says. So two opposite pieces of news of the same plain strength leave a net loss
  that is small and stays, and where the rumour is scaled down to the same size they leave nothing
  of first order; the second order, m² / 2, has the sign of the later piece.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from sim.abm import UptakeModel
from sim.engine.memory import column
from sim.organisation import Organisation, from_arrays
from sim.outcomes import Outcome
from sim.parameters import PARAMETERS
from sim.posterior import posterior
from sim.rules import view_after_news
from sim.scenario import loads

NOBODY_USES = "mechanisms: {own_tools: false}"
FREE = "mechanisms: {own_tools: false, at_rest: false}"
SETS = ("defaults", *range(4))
PLACES = ("small-firm", "krackhardt_hightech", "odd")
FEELINGS = (
    "fear_permission", "fear_identity", "usefulness", "cynicism", "readiness", "capability", "fit",
    "trust_anchor", "fear_mistake_anchor", "fear_job_anchor",
)  # fmt: skip
EXPRESSED = {
    "trust": "trust_anchor", "fear_mistake": "fear_mistake_anchor", "fear_job": "fear_job_anchor"
}  # fmt: skip


def a_set(which: str | int) -> dict[str, float]:
    """Return the defaults, or one of a few shipped sets."""
    if which == "defaults":
        return {name: p.value for name, p in PARAMETERS.items()}
    row = posterior(len(SETS) - 1, seed=5)[which]
    return {name: float(row[name]) for name in PARAMETERS}


def a_model(
    text: str, people: Organisation, weeks: int, engine: Any = "compiled", **changed: float
) -> UptakeModel:
    return UptakeModel(
        loads(text), 3, organisation=people, engine=engine, weeks=weeks, parameters=changed
    )


def feelings(model: UptakeModel) -> dict[str, np.ndarray]:
    """Return what everybody feels, and the climate of teams."""
    found = {name: column(model.memory, name).astype(float) for name in FEELINGS}
    found |= {name: model.memory.visible[model.now][name].astype(float) for name in EXPRESSED}
    return found | {"climate": model.memory.climate.copy()}


def simulated(model: UptakeModel) -> dict[str, np.ndarray]:
    """Live to the end; return all feelings, week 0 first; shape (weeks + 1, n)."""
    weeks = [feelings(model)]
    while model.running:
        model.step()
        weeks.append(feelings(model))
    return {name: np.array([week[name] for week in weeks]) for name in weeks[0]}


def moved(found: dict[str, np.ndarray]) -> dict[str, float]:
    """Return how far the mean of each feeling ever was from week 0."""
    means = {name: values.mean(axis=1) for name, values in found.items()}
    return {name: float(np.abs(values - values[0]).max()) for name, values in means.items()}


def outside_the_hull(found: dict[str, np.ndarray]) -> float:
    """Return how far somebody expressed more than anybody's anchor, or less."""
    worst = 0.0
    for name, anchor in EXPRESSED.items():
        low, high = found[anchor].min(axis=1), found[anchor].max(axis=1)
        too_low, too_high = low - found[name].min(axis=1), found[name].max(axis=1) - high
        worst = max(worst, too_low.max(), too_high.max())
    return worst


@pytest.mark.parametrize("which", SETS)
@pytest.mark.parametrize("organisation", PLACES)
def test_without_an_event_nothing_moves(
    place: Callable[[str], Organisation], organisation: str, which: str | int
) -> None:
    """200 weeks: means within .005 (people too, in fact), and nobody leaves the hull."""
    model = a_model(NOBODY_USES, place(organisation), 200, **a_set(which))
    found = simulated(model)
    uses = [Outcome["weekly_users"], Outcome["own_tool_users"]]
    assert not model.weekly[:, uses].any(), "nobody uses anything"
    assert {name: far for name, far in moved(found).items() if far >= 0.005} == {}
    assert outside_the_hull(found) < 1e-6
    assert max(np.abs(values - values[0]).max() for values in found.values()) < 1e-5


@pytest.mark.slow
@pytest.mark.parametrize("which", [0, "defaults"])
@pytest.mark.parametrize(
    ("organisation", "weeks"), [("odd", 60), ("krackhardt_hightech", 25), ("small-firm", 8)]
)
def test_nor_where_agents_live(
    place: Callable[[str], Organisation], organisation: str, weeks: int, which: str | int
) -> None:
    found = simulated(a_model(NOBODY_USES, place(organisation), weeks, "agents", **a_set(which)))
    assert {name: far for name, far in moved(found).items() if far >= 0.005} == {}
    assert outside_the_hull(found) < 1e-6


@pytest.mark.parametrize("engine", ["compiled", "agents"])
def test_without_the_rest_things_do_move(place: Callable[[str], Organisation], engine: str) -> None:
    """Friedkin–Johnsen as published pulls views together, and climate to readiness."""
    far = moved(simulated(a_model(FREE, place("odd"), 60, engine, loss_aversion=2.0)))
    assert far["trust"] > 0.005
    assert far["fear_job"] > 0.005
    assert far["climate"] > 0.005
    assert far["trust_anchor"] == 0.0


def test_somebody_outside_the_hull_would_be_found(place: Callable[[str], Organisation]) -> None:
    found = simulated(a_model(NOBODY_USES, place("odd"), 5))
    found["trust"][3, 2] = found["trust_anchor"][3].max() + 0.01
    assert outside_the_hull(found) == pytest.approx(0.01)


# -- a survey


def surveyed(n: int, seed: int = 2) -> Organisation:
    """Return people with answers to everything, each anywhere between 0 and 1."""
    rng = np.random.default_rng(seed)
    source, target = rng.integers(0, n - 3, 5 * n), rng.integers(0, n, 5 * n)
    apart = source != target
    asked = ("trust", "fear_mistake", "fear_job", "fear_permission", "fear_identity", "usefulness",
             "cynicism", "readiness", "capability", "fit")  # fmt: skip
    return from_arrays(
        n, source[apart], target[apart], rng.random(apart.sum()) + 0.01,
        team=["A"] * (n // 2) + ["B"] * (n - n // 2), manager=[-1] + [0] * (n // 2) + [-1] *
        (n - n // 2 - 1), start_values={name: np.round(rng.random(n), 3) for name in asked},
    )  # fmt: skip


@pytest.mark.parametrize("which", [1, "defaults"])
@pytest.mark.parametrize(("engine", "weeks"), [("compiled", 200), ("agents", 10)])
def test_week_0_shows_what_a_survey_found_and_so_do_later_weeks(
    engine: str, weeks: int, which: str | int
) -> None:
    people = surveyed(24)
    found = simulated(a_model(NOBODY_USES, people, weeks, engine, **a_set(which)))
    for name, answers in people.start_values.items():
        assert found[name][0] == pytest.approx(answers, abs=1e-7), name
        assert found[name][-1] == pytest.approx(answers, abs=1e-5), name


def test_without_the_rest_a_survey_is_not_what_later_weeks_show() -> None:
    people = surveyed(24)
    found = simulated(a_model(FREE, people, 50))
    assert found["trust"][0] == pytest.approx(people.start_values["trust"], abs=1e-7)
    assert np.abs(found["trust"][-1] - people.start_values["trust"]).max() > 0.1


# -- where views come to rest


def attention(people: Organisation) -> np.ndarray:
    """Return who listens to whom, rows summing to 1; who hears nobody hears the own anchor."""
    matrix = np.zeros((people.n_people, people.n_people))
    ties = people.ties
    for row in range(people.n_people):
        for e in range(ties.start[row], ties.start[row + 1]):
            matrix[row, ties.target[e]] += ties.weight[e]
    return matrix


def resting(
    people: Organisation, start: np.ndarray, anchor: np.ndarray, susceptibility: float,
    accustomed: float = 1.0,
) -> np.ndarray:  # fmt: skip
    """Return the fixed point of influence around anchors, by plain iteration without speeds."""
    matrix = attention(people)
    hears = matrix.sum(axis=1) > 0
    used_to = accustomed * (matrix @ start - start)
    view = anchor.copy()
    for _ in range(4000):
        heard = np.where(hears, np.clip(matrix @ view - used_to, 0, 1), anchor)
        view = (1 - susceptibility) * anchor + susceptibility * heard
    return view


NEWS = f"""
{NOBODY_USES}
timeline:
  - loyalty conversation: {{start: 2, sincerity: 1, audience: {{share: 0.5}}}}
  - layoff rumour: {{start: 6, reach: 0.6}}
  - public mistake: {{start: 9, reach: 0.4}}
"""


@pytest.mark.parametrize("loss_aversion", [1.0, 2.0, 4.0])
@pytest.mark.parametrize("accustomed", [1.0, 0.5, 0.0])
def test_views_rest_at_the_same_place_whatever_the_loss_aversion(
    accustomed: float, loss_aversion: float
) -> None:
    """Where that place is, is worked out here, without the engine and without speeds."""
    people = surveyed(24)
    more = {"loss_aversion": loss_aversion, "susceptibility": 0.7, "accustomed": accustomed}
    found = simulated(a_model(NEWS, people, 400, **more))
    for name, anchor in EXPRESSED.items():
        place = resting(people, found[name][0], found[anchor][-1], 0.7, accustomed)
        assert found[name][-1] == pytest.approx(place, abs=2e-6), name
        assert np.abs(found[name][-1] - found[name][0]).max() > 0.02, name


def test_the_loss_aversion_shows_on_the_way_there() -> None:
    """Else the test above would be of nothing: good news is taken up more slowly."""
    text = f"{NOBODY_USES}\ntimeline: [{{loyalty conversation: {{start: 2, sincerity: 1}}}}]"
    even, averse = (
        simulated(a_model(text, surveyed(24), 12, loss_aversion=la))["trust"].mean(axis=1)
        for la in (1.0, 4.0)
    )
    assert averse[3] < even[3] - 0.01
    wrong = resting(surveyed(24), np.full(24, 0.5), np.full(24, 0.6), 0.7)
    assert np.abs(even[-1] - wrong).max() > 0.01


def test_news_by_the_rule() -> None:
    """Up and down by as much: what is bad is there at once, and fades by 1 - 1/a a week."""
    for bad_is in (1.0, -1.0):
        for a in (1.0, 1.5, 2.0, 4.0):
            after = view_after_news(0.5, 0.5 + bad_is * 0.2, bad_is, a)
            assert after == pytest.approx(0.5 + bad_is * 0.2, abs=1e-15)
            for week in range(1, 9):
                after = view_after_news(after, 0.5, bad_is, a)
                left = bad_is * 0.2 * (1 - 1 / a) ** week
                assert after == pytest.approx(0.5 + left, abs=1e-14), (bad_is, a, week)


# -- conversations and promises


def conversation(dose: float) -> str:
    return (
        f"{NOBODY_USES}\ntimeline: "
        f"[{{loyalty conversation: {{start: 3, sincerity: 1, dose: {dose}}}}}]"
    )


@pytest.mark.slow
@pytest.mark.parametrize("which", SETS)
@pytest.mark.parametrize("organisation", PLACES)
def test_a_sincere_conversation_lifts_trust_for_good_and_more_of_it_more(
    place: Callable[[str], Organisation], organisation: str, which: str | int
) -> None:
    people, finals = place(organisation), []
    for dose in (0, 0.25, 0.5, 1, 2):
        trust = simulated(a_model(conversation(dose), people, 250, **a_set(which)))["trust"]
        means = trust.mean(axis=1)
        assert (np.diff(means) > -1e-7).all(), "it never sinks"
        assert means[-1] - means[-100] < 1e-3, "it has settled"
        finals.append(means[-1])
    assert np.diff(finals).min() > 1e-3
    assert finals[0] == pytest.approx(means[0], abs=1e-6)


def test_it_lifts_trust_where_agents_live(place: Callable[[str], Organisation]) -> None:
    none, some, more = (
        simulated(a_model(conversation(dose), place("odd"), 40, "agents"))["trust"][-1].mean()
        for dose in (0, 0.5, 1)
    )
    assert none + 0.01 < some < more - 0.01


def test_something_that_speaks_against_it_takes_it_away() -> None:
    """Insincere words lift nothing, and a broken promise ends what sincere ones lifted."""
    people = surveyed(24)
    hollow = conversation(1).replace("sincerity: 1", "sincerity: 0")
    trust = simulated(a_model(hollow, people, 60))["trust"].mean(axis=1)
    assert trust[-1] == pytest.approx(trust[0], abs=1e-6)
    broken = conversation(1)[:-1] + ", {broken promise: {start: 30}}]"
    trust = simulated(a_model(broken, people, 60))["trust"].mean(axis=1)
    assert trust[29] > trust[0] + 0.02 > trust[-1]


@pytest.mark.parametrize("engine", ["compiled", "agents"])
def test_a_fear_for_the_job_stays_until_somebody_speaks_to_it(
    place: Callable[[str], Organisation], engine: str
) -> None:
    """No time heals it: docs/limits.md says so."""
    one = f"{NOBODY_USES}\ntimeline: [{{layoff: {{start: 3}}}}"
    fear, spoken = (
        simulated(a_model(text, place("odd"), 60, engine))["fear_job"].mean(axis=1)
        for text in (f"{one}]", f"{one}, {{job-security account: {{start: 30}}}}]")
    )
    assert fear[25] > fear[0] + 0.1
    assert fear[-1] == pytest.approx(fear[25], abs=1e-4)
    assert spoken[-1] < fear[-1] - 0.01


@pytest.mark.parametrize("which", SETS)
@pytest.mark.parametrize("organisation", PLACES)
def test_a_broken_promise_costs_more_than_the_promise_gave(
    place: Callable[[str], Organisation], organisation: str, which: str | int
) -> None:
    text = conversation(1)[:-1] + ", {broken promise: {start: 20}}]"
    found = simulated(a_model(text, place(organisation), 300, **a_set(which)))
    for name in ("trust", "trust_anchor"):
        means = found[name].mean(axis=1)
        assert means[19] > means[0] + 1e-3, name
        assert means[-1] < means[0] - 1e-3, name
    assert (found["trust_anchor"][-1] <= found["trust_anchor"][0] + 1e-6).all(), "of nobody"


def test_it_costs_what_it_gave_where_losses_weigh_as_gains(
    place: Callable[[str], Organisation],
) -> None:
    text = conversation(1)[:-1] + ", {broken promise: {start: 20}}]"
    found = simulated(a_model(text, place("odd"), 300, loss_aversion=1.0, broken_trust=0.0))
    assert found["trust_anchor"][-1] == pytest.approx(found["trust_anchor"][0], abs=1e-6)
    assert found["trust"][-1] == pytest.approx(found["trust"][0], abs=1e-5)


# -- two opposite pieces of news


def alike(n: int = 12) -> Organisation:
    """Return people who all feel the same, so that sizes of news can be set exactly."""
    source = np.repeat(np.arange(n), 2)
    target = (source + np.tile([1, n - 1], n)) % n
    values = {name: np.full(n, 0.5) for name in ("trust", "fear_job", "cynicism")}
    values["cynicism"] = np.zeros(n)
    return from_arrays(n, source, target, start_values=values)


SIZE, AVERSION = 0.1, 2.0


def two_news(first: str, second: str, rumour: float, account: float, rounds: int = 1) -> np.ndarray:
    """Return mean fear, private and expressed, after two pieces of news a week apart."""
    p = {name: PARAMETERS[name].value for name in ("message_job", "alarm_job", "message_floor")}
    accepted = p["message_floor"] + (1 - p["message_floor"]) * 0.5
    doses = {
        "job-security account": account / (p["message_job"] * accepted),
        "layoff rumour": rumour / p["alarm_job"],
    }
    entries = ", ".join(
        f"{{{kind}: {{start: {5 + i}, dose: {doses[kind]!r}, every: 2, times: {rounds}"
        + (", sincerity: 1, style: specific}}" if kind == "job-security account" else "}}")
        for i, kind in enumerate((first, second))
    )
    text = f"{NOBODY_USES}\ntimeline: [{entries}]"
    found = simulated(a_model(text, alike(), 300, loss_aversion=AVERSION, values_weight=0.0))
    return np.stack([found["fear_job_anchor"].mean(axis=1), found["fear_job"].mean(axis=1)])


GOOD_THEN_BAD = ("job-security account", "layoff rumour")


@pytest.mark.parametrize("order", [GOOD_THEN_BAD, GOOD_THEN_BAD[::-1]])
def test_two_opposite_news_of_one_plain_size_leave_a_small_loss_that_stays(
    order: tuple[str, str],
) -> None:
    private, expressed = two_news(*order, SIZE, SIZE)
    fear = 0.5
    for kind in order:
        fear = (
            fear * (1 - SIZE) if kind == GOOD_THEN_BAD[0] else fear + AVERSION * SIZE * (1 - fear)
        )
    assert private[-1] == pytest.approx(fear, abs=1e-9)
    alone = two_news(*order, SIZE, 0.0)[1, -1]
    net = expressed[-1] - expressed[0]
    assert 0.01 < net < 0.65 * (alone - expressed[0])
    assert np.abs(expressed[100:] - expressed[-1]).max() < 1e-4, "no slide"
    assert expressed[-1] == pytest.approx(private[-1], abs=1e-4)


@pytest.mark.parametrize("order", [GOOD_THEN_BAD, GOOD_THEN_BAD[::-1]])
def test_scaled_to_one_size_they_leave_nothing_but_the_second_order(
    order: tuple[str, str],
) -> None:
    """F = 1/2: ∓ m from 1/2, then ± m of what is left; the later piece has the last word."""
    private, expressed = two_news(*order, SIZE / AVERSION, SIZE)
    last = SIZE**2 / 2 * (1 if order == GOOD_THEN_BAD else -1)
    assert private[-1] == pytest.approx(0.5 + last, abs=1e-9)
    assert expressed[-1] == pytest.approx(0.5 + last, abs=1e-4)
    if order != GOOD_THEN_BAD:  # bad news is there at once, the good is heard by and by
        assert expressed[6] > private[6] + 0.01


def test_news_without_end_come_to_a_balance_and_not_to_fear_of_everybody() -> None:
    """A round takes F to (1 - m) F, then to F + a m (1 - F): its rest is under 1."""
    private, _ = two_news(*GOOD_THEN_BAD, SIZE, SIZE, rounds=140)
    bad = AVERSION * SIZE
    balance = bad / (1 - (1 - SIZE) * (1 - bad))
    assert private[284] == pytest.approx(balance, abs=1e-6)
    assert balance < 0.72
