"""``run_cases``: its errors, its records, its progress."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from threading import Event

import numpy as np
import pytest

from sim import UptakeModel, load_scenario
from sim.case import Case
from sim.engine.compiled import Record, run_cases
from sim.engine.memory import SECTION, population_arrays
from sim.engine.rows import BLOCK
from sim.engine.runs import _IN_CACHE
from sim.engine.stages import Together
from sim.organisation import Organisation, from_arrays, template
from sim.outcomes import DRIVERS, MAX_WEEKS, OUTCOMES, PERSON_RECORD, Outcome
from sim.parameters import parameter_rows
from sim.randomness import replicate_seeds
from sim.scenario import Scenario, loads
from sim.theories import Decision

SEEDS = replicate_seeds(0, 3)


@pytest.fixture(scope="module")
def case(firm: Organisation, busy: Scenario) -> Case:
    return Case.of(busy, firm, 10)


def test_shapes(firm: Organisation, case: Case) -> None:
    sets = replace(case, parameters=parameter_rows(n=2))
    records = run_cases([sets] * 4, SEEDS, weeks=14, record=Record(teams=True, people=True))
    n, t = firm.n_people, firm.n_teams
    assert records.teams is not None
    assert records.people is not None
    assert records.checkpoint_weeks == (13, 14)
    assert records.weekly.shape == (4, 2, 3, 14, len(OUTCOMES))
    assert records.teams.shape == (4, 2, 3, 14, t, len(OUTCOMES))
    assert records.drivers.shape == (4, 2, 3, 2, t, len(DRIVERS))
    assert records.people.shape == (4, 2, 3, 14, n, len(PERSON_RECORD))
    assert records.weekly.dtype == np.float64
    assert records.teams.dtype == records.drivers.dtype == np.float32
    assert records.people.dtype == np.uint8


def test_nothing_is_recorded_unasked(case: Case) -> None:
    records = run_cases([case], SEEDS, weeks=3)
    assert records.teams is None
    assert records.people is None


def test_records_do_not_change_the_run(case: Case) -> None:
    bare = run_cases([case], SEEDS, weeks=10)
    full = run_cases([case], SEEDS, weeks=10, record=Record(teams=True, people=True))
    assert bare.weekly.tobytes() == full.weekly.tobytes()
    assert bare.drivers.tobytes() == full.drivers.tobytes()
    lean = run_cases([case], SEEDS, weeks=10, record=Record(drivers=False))
    assert bare.weekly.tobytes() == lean.weekly.tobytes()
    assert lean.checkpoint_weeks == ()
    assert lean.drivers.size == 0


def test_team_means_make_the_organisation(firm: Organisation, case: Case) -> None:
    records = run_cases([case], SEEDS, weeks=10, record=Record(teams=True))
    assert records.teams is not None
    sizes = np.diff(firm.team_start)
    means = np.tensordot(records.teams, sizes / sizes.sum(), axes=(4, 0))
    assert means == pytest.approx(records.weekly, rel=1e-5, abs=1e-6)


def test_teams_of_some_outcomes_are_columns_of_all(case: Case) -> None:
    wanted = ("confidence_gap", "habitual", "hours")
    full = run_cases([case], SEEDS, weeks=10, record=Record(teams=True))
    some = run_cases([case], SEEDS, weeks=10, record=Record(teams=wanted))
    assert some.teams is not None
    assert some.teams.shape[-1] == 3
    for name in wanted:
        assert some.of_teams(name).tobytes() == full.of_teams(name).tobytes()
    with pytest.raises(KeyError, match="trust"):
        some.of_teams("trust")


@pytest.mark.parametrize("run", [0, 2, 5])
def test_the_people_of_one_run_are_those_of_that_run(case: Case, run: int) -> None:
    every = run_cases([case] * 2, SEEDS, weeks=10, record=Record(people=True))
    one = run_cases([case] * 2, SEEDS, weeks=10, record=Record(people=True, person_run=run))
    assert every.people is not None
    assert one.people is not None
    assert one.people.shape == (1, 1, 1, *every.people.shape[3:])
    assert np.array_equal(one.people[0, 0, 0], every.people.reshape(6, *one.people.shape[3:])[run])


def test_bytes_of_people_make_the_means(case: Case) -> None:
    records = run_cases([case], SEEDS, weeks=10, record=Record(people=True))
    assert records.people is not None
    people = records.people.astype(float).mean(axis=4)
    for position, variable in enumerate(PERSON_RECORD):
        if variable.name in ("flags", "norm"):
            continue
        exact = records.weekly[..., Outcome[variable.name]]
        scale = 255 if variable.unit == "1/255" else 1
        tolerance = 0.5 / 255 if scale == 255 else 1e-12
        assert people[..., position] / scale == pytest.approx(exact, abs=tolerance), variable.name


@pytest.mark.parametrize("weeks", [0, -3, MAX_WEEKS + 1])
def test_weeks_out_of_range(case: Case, weeks: int) -> None:
    with pytest.raises(ValueError, match=f"weeks is {weeks}: 1 to {MAX_WEEKS}"):
        run_cases([case], SEEDS, weeks=weeks)


def test_the_longest_and_the_shortest_run(case: Case) -> None:
    for weeks in (1, MAX_WEEKS):
        assert run_cases([case], SEEDS[:1], weeks=weeks).weekly.shape[3] == weeks


def test_of_more_people_than_the_cache_holds_each_counts_once() -> None:
    """Their next block is fetched ahead; the last one is not full, and has none after it."""
    people = template(_IN_CACHE + 200)
    case = Case.of(loads("name: x\nweeks: 2\ntimeline: []\n"), people, 2)
    records = run_cases([case], replicate_seeds(0, 1), weeks=2, record=Record(teams=True))
    assert records.teams is not None
    shares = np.diff(people.team_start) / people.n_people
    by_team = records.teams[0, 0, 0].swapaxes(1, 2) @ shares
    assert by_team == pytest.approx(records.weekly[0, 0, 0], rel=1e-4, abs=1e-6)


def test_needs_people_seeds_and_cases(firm: Organisation, case: Case) -> None:
    two = replace(case, parameters=parameter_rows(n=2))
    nobody = replace(firm, people=firm.people[:0])
    for cases, seeds in (
        ([case], SEEDS[:0]),
        ([case, two], SEEDS),
        ([replace(case, organisation=nobody)], SEEDS),
    ):
        with pytest.raises(ValueError, match="needs people, seeds, and cases"):
            run_cases(cases, seeds, weeks=5)


@pytest.mark.parametrize("threads", [1, 2])
def test_progress_counts_every_run_once(case: Case, threads: int) -> None:
    told: list[int] = []
    run_cases([case] * 3, replicate_seeds(0, 37), weeks=3, threads=threads, progress=told.append)
    assert sum(told) == 3 * 37
    assert min(told) > 0
    assert len(told) > 1


@pytest.mark.parametrize("threads", [pytest.param(1, marks=pytest.mark.slow), 2])
def test_an_interrupt_in_progress_ends_the_run_at_once(case: Case, threads: int) -> None:
    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    def live(runs: int, progress: Callable[[int], None] | None = None) -> float:
        started = time.perf_counter()
        with suppress(KeyboardInterrupt):
            run_cases(
                [case], replicate_seeds(0, runs), weeks=52, threads=threads, progress=progress
            )
            assert progress is None
        return time.perf_counter() - started

    live(2)  # compiled by now
    assert live(3000, interrupt) < 0.5 * live(3000)


def test_seeds_of_any_integer_type_and_layout(case: Case) -> None:
    spaced = np.repeat(SEEDS, 2)[::2]
    one = run_cases([case], SEEDS, weeks=4).weekly
    assert run_cases([case], spaced, weeks=4).weekly.tobytes() == one.tobytes()


def test_parameter_sets_are_simulated_each_by_itself(case: Case) -> None:
    sets = parameter_rows({"b_0": np.array([-1.0, -3.0])}, n=2)
    both = run_cases([replace(case, parameters=sets)], SEEDS, weeks=8).weekly
    for k in range(2):
        alone = replace(case, parameters=sets[k : k + 1])
        assert run_cases([alone], SEEDS, weeks=8).weekly[0, 0].tobytes() == both[0, k].tobytes()
    assert both[0, 0].tobytes() != both[0, 1].tobytes()


def test_every_set_is_run_with_its_own_seeds(case: Case) -> None:
    sets = parameter_rows({"b_0": np.array([-1.0, -3.0])}, n=2)
    own = replicate_seeds(0, 3, sets=2)
    cases = [replace(case, parameters=rows) for rows in (sets, sets[::-1])]
    weekly = run_cases(cases, own, weeks=8).weekly
    for c, k in np.ndindex(2, 2):  # all cases share them
        alone = replace(case, parameters=cases[c].parameters[k : k + 1])
        expected = run_cases([alone], own[k], weeks=8).weekly[0, 0]
        assert expected.tobytes() == weekly[c, k].tobytes()
    with pytest.raises(ValueError, match="broadcast"):
        run_cases(cases, replicate_seeds(0, 3, sets=3), weeks=8)


def test_personal_thresholds_count_only_where_the_scenario_says_so() -> None:
    people = from_arrays(4, threshold=[0, 5, 5, 5])
    texts = ("{threshold: count, from_file: true}", "{threshold: count, one_for_all: 0}")
    cases = [Case.of(loads(f"decision: {text}"), people, 2) for text in texts]
    users = run_cases(cases, SEEDS[:1], weeks=2).weekly[:, 0, 0, -1, Outcome["weekly_users"]]
    assert users.tolist() == [0.25, 1.0]


@pytest.fixture(scope="module")
def crowd() -> Organisation:
    """More people than a section holds, a few teams of whom begin with a block."""
    return template(3 * SECTION * BLOCK)


@pytest.mark.parametrize("decision", [Decision.LOGIT, Decision.HAZARD_COUNT])
def test_threads_share_a_run_with_the_same_bits(crowd: Organisation, decision: Decision) -> None:
    population = population_arrays(crowd)
    sections = population.section_start
    assert len(sections) > 2
    assert np.isin(sections[:-1] * BLOCK, crowd.team_start).all()
    scenario = load_scenario("everything")
    case = replace(Case.of(scenario, crowd, 6), decision=decision)
    record = Record(teams=("habitual", "trust"), people=True)
    alone, *shared = (
        run_cases([case], SEEDS[:1], weeks=6, record=record, threads=n) for n in (1, 2, 3)
    )
    assert alone.weekly[..., 1:].any()
    for other in shared:
        for name in ("weekly", "teams", "drivers", "people"):
            assert getattr(alone, name).tobytes() == getattr(other, name).tobytes()
    if decision != Decision.LOGIT:
        return
    model = UptakeModel(scenario, seed=0, organisation=crowd, weeks=6)  # a week at a time
    for _ in range(6):
        model.step()
    assert model.weekly.tobytes() == alone.weekly[0, 0, 0].tobytes()


def test_an_error_of_a_thread_ends_a_shared_run() -> None:
    def fails(piece: tuple[int, int]) -> None:
        began.set()
        raise ValueError("bad piece")

    def waits(piece: tuple[int, int]) -> None:
        assert began.wait(60)

    began = Event()
    with ThreadPoolExecutor(1) as others, pytest.raises(ValueError, match="bad piece"):
        Together(others, 1).share([(0, 1), (1, 2), (2, 3)], [waits, fails])
