"""Taking the tool up: corners of the hazard whose answers are known exactly.

Answers come from closed forms, from chains enumerated state by state, and from the rule applied to

ach person's own random number; never from another run of the model. Where chance is compared with a
distribution, seeds are fixed and the test fails with chance ``ERROR`` where model and answer agree.
Each has a control: a wrong answer, near the right one, that the same check refuses.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from itertools import product
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from scipy import integrate, stats

from sim import rules
from sim.abm import UptakeModel
from sim.case import Case
from sim.engine.compiled import Record, Records, run_cases
from sim.engine.memory import STANDING_STEPS, column
from sim.errors import InputError
from sim.interventions.activities import ARRIVALS
from sim.interventions.effects import Effect
from sim.organisation import Organisation, from_arrays, load
from sim.outcomes import Outcome
from sim.randomness import Stream, hash_text, replicate_seeds
from sim.scenario import Scenario
from sim.state import Flag

ERROR = 1e-4
"""Chance that a comparison with a true distribution fails."""


def agrees(counts: Iterable[float], chances: Iterable[float]) -> bool:
    """Return whether counts may be draws with these chances: chi², cells of at least 5 expected."""
    seen, expected = np.array(list(counts), float), np.array(list(chances), float)
    assert expected.sum() == pytest.approx(1, abs=1e-9)
    if seen[expected <= 1e-15].any():
        return False
    expected *= seen.sum()
    order = np.argsort(expected)
    few = np.cumsum(expected[order]) < 5
    rare, common = order[few], order[~few]
    if len(rare):
        common, rare = common[1:], np.append(rare, common[0])
        seen = np.append(seen[common], seen[rare].sum())
        expected = np.append(expected[common], expected[rare].sum())
    if len(seen) < 2:
        return True
    return bool(stats.chisquare(seen, expected).pvalue > ERROR)


def is_chance(hits: int, n: int, chance: float) -> bool:
    """Return whether ``hits`` of ``n`` may have this chance: the exact binomial test."""
    return bool(stats.binomtest(int(hits), n, chance).pvalue > ERROR)


def lives(
    scenario: Scenario, people: Organisation, weeks: int, runs: int, *, each: bool = False
) -> Records:
    """Simulate a scenario many times, with known seeds."""
    case = Case.of(scenario, people, weeks)
    record = Record(people=each, drivers=False)
    return run_cases([case], replicate_seeds(11, runs), weeks=weeks, record=record)


def adopters(records: Records, n: int) -> np.ndarray:
    """Return the number of weekly users; shape (runs, weeks)."""
    return np.rint(records.weekly[0, 0, :, :, Outcome["weekly_users"]] * n).astype(int)


@pytest.fixture(scope="session")
def hazard(plain: Callable[..., Scenario]) -> Callable[..., Scenario]:
    """Make a scenario of the plain hazard: nobody considers from the start, nobody forgets."""

    def hazard(
        *on: str, alone: float = 0, team: float = 0, ties: float = 0, contacts: str = "share",
        more: str = "", **parameters: float,
    ) -> Scenario:  # fmt: skip
        rates = f"alone: {alone!r}, team: {team!r}, ties: {ties!r}, contacts: {contacts}"
        values = {"takeup_forget": 0.0, **parameters}
        said = ", ".join(f"{name}: {value!r}" for name, value in values.items())
        text = f"decision: {{hazard: {{{rates}}}}}\nparameters: {{{said}}}\n{more}"
        return plain(text, "take_up", "contagion", *on)

    return hazard


# -- a constant hazard: geometric


RATE = 0.15


@pytest.mark.parametrize("rate", [1e-3, 0.15, 2.0])
def test_the_rule_of_one_week(rate: float) -> None:
    """The share of random numbers whose exposure a week's hazard reaches is 1 - exp(-λ)."""
    chance = -math.expm1(-rate)
    for u, begins in ((chance - 1e-9, True), (chance + 1e-9, False)):
        assert (rules.exposure_needed(u, 0.0, 0.0, 0.0) <= rate) is begins
    assert rules.hazard_of_chance(chance) == pytest.approx(rate, rel=1e-12)


def test_a_constant_hazard_is_geometric(hazard: Callable[..., Scenario]) -> None:
    n, weeks = 20_000, 30
    found = adopters(lives(hazard(alone=RATE), from_arrays(n), weeks, 1), n)[0]
    firsts = [*np.diff(found, prepend=0), n - found[-1]]

    def geometric(rate: float) -> list[float]:
        left = np.exp(-rate * np.arange(weeks + 1))
        return [*(left[:-1] - left[1:]), left[-1]]

    assert agrees(firsts, geometric(RATE))
    assert not agrees(firsts, geometric(RATE * 1.08))
    linear = [RATE * (1 - RATE) ** t for t in range(weeks)]  # λ taken for the chance itself
    assert not agrees(firsts, [*linear, 1 - sum(linear)])


@pytest.mark.parametrize("engine", ["compiled", pytest.param("agents", marks=pytest.mark.slow)])
def test_everybody_begins_in_the_week_that_the_own_random_number_says(
    hazard: Callable[..., Scenario], states: Callable[..., np.ndarray], engine: str
) -> None:
    people = from_arrays(60)
    days = states(hazard(alone=RATE), people, "use_days", 25, engine, seed=4)
    begins = np.where(days.any(axis=0), (days > 0).argmax(axis=0) + 1, np.inf)
    with np.errstate(over="ignore"):
        key = rules.stream_key(replicate_seeds(4, 1)[0], np.uint64(Stream.THRESHOLD), np.uint64(0))
        uniforms = np.array([rules.uniform(key, one) for one in people.people["key"]])
    expected = np.ceil(-np.log1p(-uniforms) / RATE)
    assert begins.tolist() == np.where(expected <= 25, expected, np.inf).tolist()
    assert (np.diff(days, axis=0) >= 0).all(), "use is certain after it"


def test_access_is_needed_where_the_timeline_gives_it(
    hazard: Callable[..., Scenario], states: Callable[..., np.ndarray]
) -> None:
    """Without a row of access all may; with one, exposure adds up from the week one has it."""
    late = hazard(alone=1.0, more="timeline: [{access: {start: 4, audience: {ids: ['0', '1']}}}]")
    days = states(late, from_arrays(6), "use_days", 30)
    assert not days[:3].any()
    assert (days[-1] > 0).tolist() == [True, True, False, False, False, False]
    assert (states(hazard(alone=1.0), from_arrays(6), "use_days", 30)[-1] > 0).all()


# -- p and q: Bass's process, person by person


def bass_chain(n: int, p: float, q: float, weeks: int, first: int = 0) -> np.ndarray:
    """Return the chance of each number of adopters, week by week, by the exact Markov chain."""
    chance, found = np.eye(n + 1)[first], []
    moves = np.zeros((n + 1, n + 1))
    for k in range(n + 1):
        moves[k, k:] = stats.binom.pmf(np.arange(n - k + 1), n - k, min(p + q * k / n, 1.0))
    for _ in range(weeks):
        chance = chance @ moves
        found.append(chance)
    return np.array(found)


def moments(chances: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return mean, variance, and fourth central moment of each week's distribution."""
    k = np.arange(chances.shape[1])
    mean = chances @ k
    around = k[None] - mean[:, None]
    return mean, (chances * around**2).sum(1), (chances * around**4).sum(1)


@pytest.mark.slow
@pytest.mark.parametrize(("n", "teams"), [(2, 1), (5, 2), (12, 3)])
def test_bass_persons_follow_the_exact_chain_mean_and_spread(
    plain: Callable[..., Scenario], n: int, teams: int
) -> None:
    """All weeks' mean and variance within exact errors, and the whole distribution."""
    p, q, weeks, runs = 0.06, 0.5, 12, 20_000
    people = from_arrays(n, team=[f"T{i % teams}" for i in range(n)])
    scenario = plain(f"decision: {{bass: {{p: {p}, q: {q}}}}}", "take_up")
    found = adopters(lives(scenario, people, weeks, runs), n)
    limit = stats.norm.isf(ERROR / (4 * weeks))

    def fits(chain: np.ndarray) -> tuple[bool, bool, bool]:
        mean, variance, fourth = moments(chain)
        off = np.abs(found.mean(axis=0) - mean) / np.sqrt(variance / runs)
        wide = np.abs(found.var(axis=0) - variance) / np.sqrt((fourth - variance**2) / runs)
        counts = [np.bincount(found[:, w], minlength=n + 1) for w in (1, 4, 9)]
        alike = all(agrees(c, chain[w]) for c, w in zip(counts, (1, 4, 9), strict=True))
        return bool(off.max() < limit), bool(wide.max() < limit), alike

    assert fits(bass_chain(n, p, q, weeks)) == (True, True, True)
    assert fits(bass_chain(n, p, q * 0.85, weeks))[0] is False
    # One curve for all: the right means, each person alone with a chance of the curve's. Its
    # spread is too small: that people move each other is what the aggregate curve cannot know.
    mean = moments(bass_chain(n, p, q, weeks))[0]
    alone = np.array([stats.binom.pmf(np.arange(n + 1), n, m / n) for m in mean])
    if n > 2:
        assert fits(alone) == (True, False, False)


@pytest.mark.parametrize("engine", ["compiled", "agents"])
def test_bass_starts_from_first_adopters(plain: Callable[..., Scenario], engine: str) -> None:
    """p = 0: nobody moves without a first adopter, and with all but one q is the chance."""
    scenario = plain("decision: {bass: {p: 0, q: 0.4}}", "take_up")
    model = UptakeModel(scenario, 1, organisation=from_arrays(8), engine=engine, weeks=9)
    while model.running:
        model.step()
    assert not model.weekly[:, Outcome["weekly_users"]].any()
    if engine == "compiled":
        first = "timeline: [{first adopters: {start: 1, audience: {ids: ['0', '1', '2']}}}]"
        scenario = plain(f"decision: {{bass: {{p: 0, q: 0.4}}}}\n{first}", "take_up")
        found = adopters(lives(scenario, from_arrays(4), 3, 20_000), 4)
        assert (found[:, 0] == 3).all(), "they are seen a week later"
        assert agrees(np.bincount(found[:, 1], minlength=5), [0, 0, 0, 0.7, 0.3])
        assert not agrees(np.bincount(found[:, 1], minlength=5), [0, 0, 0, 0.68, 0.32])


# -- counted contacts: SI on small graphs


def si_chain(graph: nx.DiGraph, rate: float, weeks: int, first: int = 0) -> np.ndarray:
    """Return the chance of every set of adopters (a bit a person), by enumeration of all sets."""
    n = graph.number_of_nodes()
    heard = [sum(1 << other for other in graph.successors(i)) for i in range(n)]
    chance = np.zeros(1 << n)
    chance[1 << first] = 1.0
    found = [chance]
    for _ in range(weeks - 1):
        after = np.zeros(1 << n)
        for state in np.flatnonzero(chance):
            state = int(state)
            free = [i for i in range(n) if not state >> i & 1]
            risks = [-math.expm1(-rate * (heard[i] & state).bit_count()) for i in free]
            for takes in product((False, True), repeat=len(free)):
                one = math.prod(
                    risk if take else 1 - risk for risk, take in zip(risks, takes, strict=True)
                )
                new = sum(1 << i for i, take in zip(free, takes, strict=True) if take)
                after[state | new] += chance[state] * one
        chance = after
        found.append(chance)
    return np.array(found)


GRAPHS: Mapping[str, nx.DiGraph] = {
    "path": nx.path_graph(4).to_directed(),
    "star": nx.star_graph(4).to_directed(),
    "triangle": nx.complete_graph(3).to_directed(),
    "one way": nx.DiGraph([(1, 0), (2, 1), (3, 2), (1, 3)]),
    "star from a leaf": nx.relabel_nodes(nx.star_graph(3), {0: 1, 1: 0}).to_directed(),
}


def of_graph(graph: nx.DiGraph) -> Organisation:
    source, target = zip(*graph.edges(), strict=True)
    return from_arrays(graph.number_of_nodes(), source, target)


FIRST = "timeline: [{first adopters: {start: 1, audience: {ids: '0'}}}]"


@pytest.mark.slow
@pytest.mark.parametrize("name", GRAPHS)
def test_counted_contacts_are_si_on_small_graphs(
    hazard: Callable[..., Scenario], name: str
) -> None:
    graph, rate, weeks = GRAPHS[name], 0.35, 6
    scenario = hazard(ties=rate, contacts="count", more=FIRST)
    records = lives(scenario, of_graph(graph), weeks, 20_000, each=True)
    assert records.people is not None
    n = graph.number_of_nodes()
    sets = ((records.people[0, 0, ..., 0] > 0) << np.arange(n)).sum(axis=-1)
    chain, other = si_chain(graph, rate, weeks), si_chain(graph, rate * 0.93, weeks)
    for week in range(weeks):
        counts = np.bincount(sets[:, week], minlength=1 << n)
        assert agrees(counts, chain[week]), week
    assert not all(
        agrees(np.bincount(sets[:, w], minlength=1 << n), other[w]) for w in range(weeks)
    )


def test_a_share_of_contacts_is_another_process(hazard: Callable[..., Scenario]) -> None:
    """Who listens to k people takes the mean over them: a leaf is as a star of one contact."""
    graph = GRAPHS["star from a leaf"]  # 0 and two more leaves listen to 1, and it to them
    scenario = hazard(ties=0.9, contacts="share", more=FIRST)
    found = adopters(lives(scenario, of_graph(graph), 2, 20_000), 4)[:, 1]
    hub = -math.expm1(-0.9 / 3)
    assert agrees(np.bincount(found, minlength=5), [0, 1 - hub, hub, 0, 0])
    counted = -math.expm1(-0.9)
    assert not agrees(np.bincount(found, minlength=5), [0, 1 - counted, counted, 0, 0])


def test_the_team_counts_by_its_share(hazard: Callable[..., Scenario]) -> None:
    """λ = q · S of the team, oneself in it; another team hears nothing of it."""
    people = from_arrays(6, team=["A"] * 4 + ["B"] * 2)
    found = lives(hazard(team=1.2, more=FIRST), people, 2, 20_000, each=True).people
    assert found is not None
    users = found[0, 0, :, 1, :, 0] > 0
    chance = -math.expm1(-1.2 / 4)
    pmf = stats.binom.pmf(np.arange(4), 3, chance)
    assert agrees(np.bincount(users[:, 1:4].sum(axis=1), minlength=4), pmf)
    assert not users[:, 4:].any()


# -- θ: people who differ for good


@pytest.mark.parametrize("theta", [0.3, 0.8, 2.0])
def test_frailty_by_the_rule(theta: float) -> None:
    """Survival (1 + θΛ)^(-1/θ) and marginal hazard λ / (1 + θΛ), from the drawn thresholds."""
    for exposure in (0.05, 0.4, 1.5, 6.0):
        survival = (1 + theta * exposure) ** (-1 / theta)
        assert rules.exposure_needed(1 - survival, theta, 0.0, 0.0) == pytest.approx(exposure)
        trait = stats.gamma(1 / theta, scale=theta)  # mean 1, variance θ
        mixed = integrate.quad(lambda v: math.exp(-exposure * trait.ppf(v)), 0, 1, limit=300)[0]  # noqa: B023
        assert mixed == pytest.approx(survival, abs=2e-6)
        step = 1e-6
        after = (1 + theta * (exposure + step)) ** (-1 / theta)
        assert (survival - after) / step / survival == pytest.approx(
            1 / (1 + theta * exposure), rel=1e-4
        )


def test_frailty_in_a_crowd(hazard: Callable[..., Scenario]) -> None:
    """Of many people, as many are left each week as the mixture says; not as without a trait."""
    n, weeks, theta, rate = 20_000, 25, 0.8, 0.2
    exposure = rate * np.arange(weeks + 1)

    def firsts(scenario: Scenario) -> list[int]:
        found = adopters(lives(scenario, from_arrays(n), weeks, 1), n)[0]
        return [*np.diff(found, prepend=0), n - found[-1]]

    def chances(left: np.ndarray) -> list[float]:
        return [*(left[:-1] - left[1:]), left[-1]]

    differing = chances((1 + theta * exposure) ** (-1 / theta))
    alike = chances(np.exp(-exposure))
    with_trait = firsts(hazard("frailty", alone=rate, takeup_frailty=theta))
    assert agrees(with_trait, differing)
    assert not agrees(with_trait, alike)
    without = firsts(hazard(alone=rate, takeup_frailty=theta))  # the mechanism is off
    assert agrees(without, alike)
    assert not agrees(without, differing)
    nearly = chances((1 + 0.7 * exposure) ** (-1 / 0.7))
    assert not agrees(with_trait, nearly)


def test_who_is_left_begins_less_often(hazard: Callable[..., Scenario]) -> None:
    """The hazard of those left falls as λ / (1 + θΛ): in week t, a chance known exactly."""
    n, theta, rate, weeks = 20_000, 2.0, 0.3, 12
    scenario = hazard("frailty", alone=rate, takeup_frailty=theta)
    found = adopters(lives(scenario, from_arrays(n), weeks, 1), n)[0]
    before, left = np.array([0, *found[:-1]]), (1 + theta * rate * np.arange(13)) ** (-1 / theta)
    for week in (1, 4, 8, 12):
        chance = 1 - left[week] / left[week - 1]
        new = found[week - 1] - before[week - 1]
        assert is_chance(new, n - before[week - 1], chance), week
        assert chance == pytest.approx(
            -math.expm1(-rate / (1 + theta * rate * (week - 0.5))), rel=0.03
        )
    assert not is_chance(found[11] - before[11], n - before[11], -math.expm1(-rate))


# -- standing


def test_standing_shifts_the_log_hazard(hazard: Callable[..., Scenario]) -> None:
    """exp(b · c): those much listened to begin earlier, by a week's chance known exactly."""
    n, b, rate, runs = 8, 0.9, 0.2, 20_000
    people = of_graph(nx.star_graph(n - 1).to_directed())  # all listen to 0, and 0 to all
    log_listeners = np.log1p([n - 1] + [1] * (n - 1))
    c = (log_listeners - log_listeners.mean()) / log_listeners.std()
    scenario = hazard("standing", alone=rate, takeup_standing=b)
    records = lives(scenario, people, 1, runs, each=True).people
    assert records is not None
    begun = (records[0, 0, :, 0, :, 0] > 0).sum(axis=0)
    steps = np.rint(c * STANDING_STEPS) / STANDING_STEPS
    assert np.abs(steps - c).max() <= 0.5 / STANDING_STEPS
    for person, hits in enumerate(begun):
        chance = -math.expm1(-rate * math.exp(b * steps[person]))
        assert is_chance(hits, runs, chance), person
        assert not is_chance(hits, runs, -math.expm1(-rate)), person
    without = lives(hazard(alone=rate, takeup_standing=b), people, 1, runs, each=True).people
    assert without is not None
    for hits in (without[0, 0, :, 0, :, 0] > 0).sum(axis=0):
        assert is_chance(hits, runs, -math.expm1(-rate))


def test_standing_by_the_rule(hazard: Callable[..., Scenario]) -> None:
    """What a person needs is what it would be without, times exp(-b · c)."""
    people = of_graph(nx.gnm_random_graph(70, 300, seed=3, directed=True))
    with_it, without = (
        UptakeModel(hazard(*on, alone=0.1, takeup_standing=0.6), 2, organisation=people, weeks=1)
        for on in (("standing",), ())
    )
    ratio = column(with_it.memory, "threshold") / column(without.memory, "threshold")
    steps = with_it.population.standing / STANDING_STEPS
    assert ratio == pytest.approx(np.exp(-0.6 * steps), rel=1e-6)
    assert ratio.min() < 0.5 < 1.5 < ratio.max()
    listeners = np.log1p(np.bincount(people.ties.target, minlength=70))
    scaled = (listeners - listeners.mean()) / listeners.std()
    assert steps == pytest.approx(scaled, abs=0.5 / STANDING_STEPS + 1e-9)


# -- [Coletti16]: becoming aware, adopting, forgetting
#
# There: an ignorant becomes aware at rate λ for each informed neighbour (aware or adopter), an
# aware one adopts at rate α for each adopting neighbour, both forget at rate 1. The corner of this
# model: who does not consider begins by the use of those listened to (w for λ; it is *use* that
# informs, not considering), who considers uses by the daily choice (its chance for α; here without
# neighbours), who considers and has never used forgets. Who has used does not forget ([Nielsen]):
# so adopters die out nowhere, and an aware firm can only before anybody has used. What survives and
# what dies out, by (w, chance of use, forgetting), keeps the direction it has there.

SPREAD = {"takeup_alone": 0.0, "takeup_team": 0.0, "openness": 1.0, "b_able": 0.0}


def aware_firm(plain: Callable[..., Scenario], **parameters: float) -> Scenario:
    said = ", ".join(f"{k}: {v!r}" for k, v in {**SPREAD, **parameters}.items())
    text = f"parameters: {{{said}}}\ntimeline: [{{access: {{start: 1}}}}]"
    return plain(text, "take_up", "contagion")


def directed_ring(n: int) -> Organisation:
    """Return a ring in which everybody listens to the one before; the first considers."""
    return from_arrays(
        n, range(n), [(i - 1) % n for i in range(n)],
        start_values={"considers": [1.0] + [0.0] * (n - 1)},
    )  # fmt: skip


def coletti_chain(n: int, use: float, rate: float, forget: float, weeks: int) -> np.ndarray:
    """Return the chance of all states of a directed ring, by enumeration.

    A person is 0 (does not consider), 1 (considers, never used) or 2 + d (has used; d days of use
    last week). Returned by class (0, 1, or has used) of each person, as a number in base 3.
    """
    days = stats.binom.pmf(np.arange(6), 5, use)

    def lives_on(me: int, heard: int) -> dict[int, float]:
        if me >= 2:
            return {2 + d: days[d] for d in range(6)}
        begins = 1.0 if me == 1 else -math.expm1(-rate * (max(heard - 2, 0) / 5))
        found = {2 + d: begins * days[d] for d in range(1, 6)}
        found[1] = begins * days[0] * (1 - forget)
        found[0] = 1 - begins + begins * days[0] * forget
        return found

    chance: dict[tuple[int, ...], float] = {(1,) + (0,) * (n - 1): 1.0}
    by_class = []
    for _ in range(weeks):
        after: dict[tuple[int, ...], float] = {}
        for state, weight in chance.items():
            ways = [lives_on(state[i], state[i - 1]) for i in range(n)]
            for combination in product(*(way.items() for way in ways)):
                new = tuple(k for k, _ in combination)
                one = weight * math.prod(v for _, v in combination)
                after[new] = after.get(new, 0.0) + one
        chance = {state: weight for state, weight in after.items() if weight > 0.0}
        classes = np.zeros(3**n)
        for state, weight in chance.items():
            classes[sum(min(k, 2) * 3**i for i, k in enumerate(state))] += weight
        by_class.append(classes)
    return np.array(by_class)


def test_aware_adopting_and_forgetting_on_a_ring_of_three(plain: Callable[..., Scenario]) -> None:
    use, rate, forget, weeks = 0.12, 1.5, 0.35, 5
    b_0 = math.log(use / (1 - use))
    scenario = aware_firm(plain, takeup_ties=rate, takeup_forget=forget, b_0=b_0)
    records = lives(scenario, directed_ring(3), weeks, 20_000, each=True).people
    assert records is not None
    flags = records[0, 0, ..., 2]
    classes = np.where(flags & Flag.ACTIVATED, 2, np.where(flags & Flag.CONSIDERS, 1, 0))
    found = (classes * 3 ** np.arange(3)).sum(axis=-1)
    chain = coletti_chain(3, use, rate, forget, weeks)
    for week in range(weeks):
        assert agrees(np.bincount(found[:, week], minlength=27), chain[week]), week
    for wrong in ((use * 1.1, rate, forget), (use, rate * 1.15, forget), (use, rate, 0.32)):
        other = coletti_chain(3, *wrong, weeks)[-1]
        assert not agrees(np.bincount(found[:, -1], minlength=27), other), wrong


def dies_out(use: float, forget: float) -> float:
    """Return the chance that one who considers forgets before a first day of use."""
    none = (1 - use) ** 5
    return none * forget / (1 - none * (1 - forget))


@pytest.mark.slow
@pytest.mark.parametrize(("use", "forget"), [(0.03, 0.1), (0.03, 0.4), (0.2, 0.4)])
def test_survival_and_extinction_on_a_ring(
    plain: Callable[..., Scenario], use: float, forget: float
) -> None:
    """It dies out with the chance that the first one forgets before using: exactly."""
    runs, b_0 = 4000, math.log(use / (1 - use))
    scenario = aware_firm(plain, takeup_ties=1.0, takeup_forget=forget, b_0=b_0)
    last = lives(scenario, directed_ring(12), 80, runs).weekly[0, 0, :, -1]
    alive = last[:, Outcome["considering"]] + last[:, Outcome["activated"]] > 0
    assert is_chance(runs - alive.sum(), runs, dies_out(use, forget))
    assert not is_chance(runs - alive.sum(), runs, dies_out(use * 1.5, forget))
    assert not is_chance(runs - alive.sum(), runs, dies_out(use, forget * 0.6))


def test_survival_by_direction(plain: Callable[..., Scenario]) -> None:
    """More contact and readier use spread it further, forgetting less far; news go one way."""
    assert dies_out(0.03, 0.4) > dies_out(0.03, 0.1) > dies_out(0.2, 0.1)

    def reach(use: float, rate: float, forget: float) -> np.ndarray:
        b_0 = math.log(use / (1 - use))
        scenario = aware_firm(plain, takeup_ties=rate, takeup_forget=forget, b_0=b_0)
        people = lives(scenario, directed_ring(40), 15, 1500, each=True).people
        assert people is not None
        return people[0, 0, ..., 2] & (Flag.CONSIDERS | Flag.ACTIVATED) > 0

    base = reach(0.1, 2.0, 0.3)
    assert not base[..., 16:].any(), "nobody hears from the other side, nor faster than a week"
    assert base[:, -1, 4].any()
    sizes = {
        name: reach(*values)[:, -1].sum(axis=1)
        for name, values in {
            "base": (0.1, 2.0, 0.3), "contact": (0.1, 4.0, 0.3), "use": (0.2, 2.0, 0.3),
            "kept": (0.1, 2.0, 0.05), "none": (0.1, 0.0, 0.3),
        }.items()
    }  # fmt: skip
    error = {name: size.std() / math.sqrt(1500) for name, size in sizes.items()}
    for name in ("contact", "use", "kept"):
        gap = sizes[name].mean() - sizes["base"].mean()
        assert gap > 4 * math.hypot(error[name], error["base"]), name
    assert sizes["none"].max() == 1, "without contact it is the first one's own affair"


# -- groups that differ and drift


def effects(
    hazard: Callable[..., Scenario], n: int, weeks: int, memory: float, seed: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    people = from_arrays(n, team=[f"T{i}" for i in range(n)])
    scenario = hazard("group_effects", alone=0.01, takeup_sigma_team=0.7, takeup_sigma_firm=0.4,
                      takeup_memory=memory)  # fmt: skip
    model = UptakeModel(scenario, seed, organisation=people, weeks=weeks)
    teams, firm = [model.memory.effect.copy()], [float(model.memory.firm[0])]
    while model.running:
        model.step()
        teams.append(model.memory.effect.copy())
        firm.append(float(model.memory.firm[0]))
    return np.array(teams, float), np.array(firm)


@pytest.mark.parametrize("memory", [0.0, 0.6, 0.95])
def test_group_effects_are_a_stationary_ar_1(
    hazard: Callable[..., Scenario], memory: float
) -> None:
    n, weeks = 400, 100
    found, firm = effects(hazard, n, weeks, memory)
    for week in (0, 1, 30, 100):  # stationary from the start
        scaled = (found[week] ** 2).sum() / 0.7**2
        assert ERROR / 2 < stats.chi2.cdf(scaled, n) < 1 - ERROR / 2, week
        assert not ERROR / 2 < stats.chi2.cdf(scaled / 2, n) < 1 - ERROR / 2, week
    limit = stats.norm.isf(ERROR / 2)
    for lag in (1, 3):
        pairs = n * (weeks + 1 - lag)
        products = (found[lag:] * found[: len(found) - lag]).sum() / 0.7**2 / pairs
        spread = math.sqrt((1 + memory**2) / (1 - memory**2) * 2 / pairs)
        assert abs(products - memory**lag) < limit * spread, lag
        other = memory + 0.4 if memory < 0.5 else memory - 0.2
        assert abs(products - other**lag) > limit * spread, lag
    across = np.corrcoef(found[50, ::2], found[50, 1::2])[0, 1]
    assert abs(across) < limit / math.sqrt(n / 2), "teams drift by themselves"
    surprises = (firm[1:] - memory * firm[:-1]) / math.sqrt(1 - memory**2) / 0.4
    assert ERROR / 2 < stats.chi2.cdf((surprises**2).sum(), weeks) < 1 - ERROR / 2


@pytest.mark.slow
def test_with_full_memory_an_effect_lasts(hazard: Callable[..., Scenario]) -> None:
    found, firm = effects(hazard, 50, 30, 1.0)
    assert (found == found[0]).all()
    assert len(set(firm.tolist())) == 1
    firms = [effects(hazard, 1, 1, 1.0, seed)[1][0] for seed in range(200)]
    scaled = float(np.sum(np.square(firms))) / 0.4**2
    assert ERROR / 2 < stats.chi2.cdf(scaled, 200) < 1 - ERROR / 2


def test_an_effect_multiplies_the_hazard(hazard: Callable[..., Scenario]) -> None:
    """pull = exp(team + firm + γ(t/H - 1/2) + drive), in what is left to be heard."""
    people = from_arrays(6, team=["A"] * 3 + ["B"] * 3)
    push = "timeline: [{outside push: {start: 2, shift: 0.7}}]"
    scenario = hazard("group_effects", alone=0.001, takeup_trend=1.2, takeup_span=40.0, more=push)
    model = UptakeModel(scenario, 3, organisation=people, weeks=3)
    for week in (1, 2, 3):
        before = column(model.memory, "threshold").astype(float)
        model.step()
        heard = before - column(model.memory, "threshold")
        x = model.memory.effect.astype(float) + float(model.memory.firm[0])
        pull = np.exp(x + 1.2 * (week / 40 - 0.5) + (0.7 if week > 1 else 0.0))
        assert heard == pytest.approx(0.001 * np.repeat(pull, 3), rel=2e-3, abs=3e-7)
        assert abs(x[0] - x[1]) > 0.05


# -- prompts, and how access arrives


def access(arrives: str = "announced", dose: float = 1.0) -> str:
    return f"timeline: [{{access: {{start: 1, arrives: {arrives}, dose: {dose!r}}}}}]"


def considering(plain: Callable[..., Scenario], n: int, timeline: str, **more: float) -> np.ndarray:
    """Return who considers after a week of prompts alone."""
    said = ", ".join(f"{k}: {v!r}" for k, v in {"takeup_alone": 0.0, "takeup_forget": 0.0,
                                                **more}.items())  # fmt: skip
    scenario = plain(f"parameters: {{{said}}}\n{timeline}", "take_up", "prompts")
    model = UptakeModel(scenario, 8, organisation=from_arrays(n), weeks=1)
    model.step()
    return (column(model.memory, "flags") & Flag.CONSIDERS) > 0


@pytest.mark.parametrize("dose", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("pi", [0.03, 0.3])
def test_access_makes_a_known_share_consider(
    plain: Callable[..., Scenario], pi: float, dose: float
) -> None:
    n, chance = 20_000, 1 - (1 - pi) ** dose
    assert rules.chance_of_prompt(pi, dose) == pytest.approx(chance, rel=1e-12)
    found = considering(plain, n, access(dose=dose), prompt_access=pi)
    assert is_chance(found.sum(), n, chance)
    assert not is_chance(found.sum(), n, chance * 1.25)
    if dose == 3.0:  # neither one dose, nor three times its chance
        assert not is_chance(found.sum(), n, pi)
        assert not is_chance(found.sum(), n, 1 - (1 - pi) ** 2.5)


def test_who_is_prompted_is_who_the_own_random_number_says(
    plain: Callable[..., Scenario],
) -> None:
    found = considering(plain, 300, access(), prompt_access=0.3)
    occasion = np.uint64(hash_text("access"))
    with np.errstate(over="ignore"):
        key = rules.stream_key(
            replicate_seeds(8, 1)[0] ^ occasion, np.uint64(Stream.PROMPT + Effect.ACCESS),
            np.uint64(1),
        )  # fmt: skip
        uniforms = [rules.uniform(key, one) for one in from_arrays(300).people["key"]]
    assert found.tolist() == [u < 0.3 for u in uniforms]


def test_how_access_arrives_is_an_order(plain: Callable[..., Scenario]) -> None:
    """Installed < announced < invited: by person, by share, and by the doses they are."""
    n, pi = 20_000, 0.1
    installed, announced, invited = (
        considering(plain, n, access(arrives), prompt_access=pi)
        for arrives in ("installed", "announced", "invited")
    )
    assert (installed <= announced).all()
    assert (announced <= invited).all()
    for found, dose in ((installed, 0.1), (announced, 1.0), (invited, ARRIVALS["invited"])):
        assert is_chance(found.sum(), n, 1 - (1 - pi) ** dose), dose
    assert not is_chance(installed.sum(), n, pi)


def test_without_prompts_access_alone_makes_nobody_consider(
    plain: Callable[..., Scenario],
) -> None:
    scenario = plain(f"parameters: {{takeup_alone: 0.0, prompt_access: 0.9}}\n{access('invited')}",
                     "take_up")  # fmt: skip
    model = UptakeModel(scenario, 8, organisation=from_arrays(200), weeks=1)
    model.step()
    assert not (column(model.memory, "flags") & Flag.CONSIDERS).any()


# -- volunteers


def volunteers(write: Callable[..., Path], cells: list[str]) -> Organisation:
    lines = "".join(f"p{i},{cell}\n" for i, cell in enumerate(cells))
    return load(write(people_csv=f"id,considers\n{lines}", ties_csv="source,target\n"))


@pytest.mark.parametrize("engine", ["compiled", "agents"])
def test_volunteers_of_the_file(
    plain: Callable[..., Scenario], write_files: Callable[..., Path], engine: str
) -> None:
    """yes and no are certain, a chance is a chance, a blank is the firm's share."""
    people = volunteers(write_files, ["yes", "no", "TRUE", "False", "1", "0", "0.25", "", "1.0"])
    runs, share = 3000 if engine == "compiled" else 40, 0.6
    scenario = plain(
        f"parameters: {{considers_start: {share}, takeup_alone: 0.0, takeup_forget: 0.0}}",
        "take_up",
    )
    model = UptakeModel(scenario, 0, organisation=people, engine=engine, weeks=1)
    found = np.zeros(9, int)
    for seed in replicate_seeds(1, runs):
        model.begin(seed)
        found += (column(model.memory, "flags") & Flag.CONSIDERS) > 0
    assert found[[0, 2, 4, 8]].tolist() == [runs] * 4
    assert found[[1, 3, 5]].tolist() == [0] * 3
    assert is_chance(found[6], runs, 0.25)
    assert is_chance(found[7], runs, share)
    assert engine == "agents" or not is_chance(found[7], runs, 0.25)


@pytest.mark.parametrize("engine", ["compiled", "agents"])
def test_volunteers_use_from_the_week_they_may(
    plain: Callable[..., Scenario], write_files: Callable[..., Path],
    states: Callable[..., np.ndarray], engine: str,
) -> None:  # fmt: skip
    people = volunteers(write_files, ["yes", "no"] * 3)
    text = "parameters: {b_0: 2, takeup_alone: 0.0}\ntimeline: [{access: {start: 3}}]"
    days = states(plain(text, "take_up"), people, "use_days", 12, engine)
    assert not days[:2].any()
    assert (days[2:].sum(axis=0) > 0).tolist() == [True, False] * 3
    everybody = states(plain(text), people, "use_days", 12, engine)  # off: the column still counts
    assert (everybody[2:].sum(axis=0) > 0).tolist() == [True, False] * 3


@pytest.mark.parametrize("bad", ["maybe", "1.2", "-0.1", "ja", "inf"])
def test_a_bad_cell_is_refused_with_its_row_and_column(
    write_files: Callable[..., Path], bad: str
) -> None:
    with pytest.raises(InputError) as error:
        volunteers(write_files, ["yes", "", bad, "0.5"])
    (problem,) = error.value.problems
    assert "people.csv:4" in problem.where
    assert problem.path == "considers"
    assert bad in problem.what
    assert "yes, no, a chance from 0 to 1, or empty" in problem.right
