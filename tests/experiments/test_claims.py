"""Claims: cells, effects, stop rule, controls, and the region where a claim fails."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from claim_study import Cells, Effect, Place, Sizes, Study, at, evaluate, first, places
from claim_study.evaluate import summary_of, verdict_of
from claim_study.plans import access, course, plan
from claim_study.record import described
from claim_study.region import where_it_fails
from claim_study.runs import cases_of, chance_error, run_arms, run_until_precise, seeds_for
from claim_study.structure import without_each_mechanism
from sim.analysis.claims import amount, finding, read_recorded
from sim.errors import InputError
from sim.numbers import rounded
from sim.organisation import template
from sim.outcomes import OUTCOMES, Outcome
from sim.parameters import MECHANISMS, parameter_rows
from sim.posterior import prior_sample

FIRM = Place("firm", template(40, seed=2), False)
SMALL = Sizes(2, 2, threads=1)


def gained(cells: Cells) -> np.ndarray:
    return cells("with", "users") - cells("without", "users")


def study(**changes: object) -> Study:
    settings: dict[str, object] = {
        "id": "C0",
        "title": "Licences",
        "claim": "Licences are used.",
        "hypothesis": "So they are.",
        "method": "With and without.",
        "could_fail": "yes",
        "built_in": "Nothing.",
        "weeks": 12,
        "arms": {"with": plan(access(1)), "without": plan()},
        "measures": {"users": at("weekly_users", 12, "weekly users")},
        "effects": (Effect("with less without", gained),),
        "twin": (plan(access(1), course(2, dose=0)), plan(access(1))),
        "twin_says": "dose 0 is none",
    }
    return Study(**(settings | changes))  # type: ignore[arg-type]


def test_measures_read_the_right_weeks() -> None:
    weekly = np.zeros((2, 10, len(OUTCOMES)))
    weekly[0, 4:, Outcome["proficient"]] = 0.6
    weekly[:, 9, Outcome["habitual"]] = 0.3
    assert at("habitual", 10, "users").of_weekly(weekly).tolist() == [0.3, 0.3]
    assert first("proficient", 0.5, 3, 8, "weeks").of_weekly(weekly).tolist() == [3.0, 6.0]


def test_cells_and_shuffles() -> None:
    values = np.arange(12.0).reshape(3, 2, 2)
    cells = Cells(values, ("a", "b", "c"), ("x", "y"))
    assert cells("b", "y").tolist() == [6.0, 7.0]
    mixed = cells.shuffled(np.random.default_rng(1))
    assert np.sort(mixed.values, axis=0).tolist() == values.tolist()
    assert mixed.values.tolist() != values.tolist()
    whole = np.moveaxis(mixed.values, 1, 0)  # measures of an arm stay together
    assert (whole[1] - whole[0] == 2).all()


def test_a_plan_sets_parameters_in_every_set() -> None:
    rows = prior_sample(3)
    plans = {"p": plan(access(1), parameters={"b_trust": 1.5})}
    (case,) = cases_of(plans, FIRM.organisation, 4, rows, ["norm"])
    assert case.parameters["b_trust"].tolist() == [1.5] * 3
    assert case.parameters["b_norm"].tolist() == [0.0] * 3
    assert (case.parameters["b_habit"] == rows["b_habit"]).all()
    assert len(set(rows["b_trust"])) == 3


def test_number_of_managers_in_an_audience() -> None:
    audience = {"managers": True, "count": "N_MANAGERS"}
    placed = plan({"access": {"start": 1, "audience": audience}})
    (case,) = cases_of({"p": placed}, FIRM.organisation, 4, prior_sample(1))
    assert len(case.timeline.audience_member) == FIRM.organisation.is_manager.sum()


def test_an_effect_that_is_there_and_one_that_is_not() -> None:
    rows = parameter_rows({"b_0": 0.0}, n=6)
    found = evaluate(study(), rows, [FIRM], SMALL)
    assert found["verdict"] == "supported"
    assert found["controls"]["twin_largest_difference"] == 0.0
    assert found["controls"]["shuffled"]["low"] < 0 < found["controls"]["shuffled"]["high"]
    json.dumps(found)
    level = study(arms={"with": plan(access(1)), "without": plan(access(1))})
    same = evaluate(level, rows, [FIRM], SMALL)
    assert same["verdict"] == "no difference that matters"
    assert same["effects"][0]["mean"] == 0.0
    assert same["controls"]["shuffled"]["p"] == 1.0


def test_twins_that_differ_are_found_out() -> None:
    wrong = study(twin=(plan(access(1)), plan()))
    found = evaluate(wrong, prior_sample(4), [FIRM], SMALL)
    assert found["controls"]["twin_largest_difference"] > 0


def test_results_do_not_depend_on_threads_and_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = prior_sample(5)
    seeds = np.arange(20, dtype=np.uint64).reshape(5, 4)
    whole = run_arms(study(), FIRM.organisation, rows, seeds, threads=1)
    monkeypatch.setattr("claim_study.runs.RUNS_AT_ONCE", 8)
    assert (run_arms(study(), FIRM.organisation, rows, seeds, threads=2) == whole).all()


def test_replicates_double_until_chance_is_small() -> None:
    rows = parameter_rows({"b_0": 0.0}, n=3)
    small = seeds_for(FIRM.organisation, 1)
    _, strict = run_until_precise(
        study(tolerance=0.0), FIRM.organisation, rows, replicates=1, most=4, threads=1
    )
    assert strict["replicates"] == 4 * small
    assert not strict["reached"]
    _, loose = run_until_precise(
        study(tolerance=1.0), FIRM.organisation, rows, replicates=1, most=4, threads=1
    )
    assert loose["replicates"] == small
    assert loose["reached"]


def test_chance_error_is_the_standard_error() -> None:
    rng = np.random.default_rng(3).normal(0, 1, (2, 1, 4000, 8))
    assert chance_error(study(), rng) == pytest.approx(np.sqrt(2 / 8), rel=0.05)


def test_where_a_claim_fails_is_found() -> None:
    rows = prior_sample(160, seed=4)
    holds = rows["b_norm"] > np.quantile(rows["b_norm"], 0.4)
    found = where_it_fails(rows, holds)
    assert found["parameters"][0]["parameter"] == "b_norm"
    rule = found["rule"]
    assert (rule["parameter"], rule["side"]) == ("b_norm", "below")
    assert rule["fails_inside"] > 0.9
    assert rule["fails_outside"] < 0.1


def test_where_nothing_tells_it_apart_nothing_is_said() -> None:
    rng = np.random.default_rng(5)
    said = [where_it_fails(prior_sample(120), rng.random(120) < 0.5) for _ in range(20)]
    assert sum(bool(found["parameters"]) for found in said) <= 4  # 5% each
    few = where_it_fails(prior_sample(40), np.arange(40) < 37)
    assert "too few" in few["said"]


def test_mechanisms_are_switched_off_one_at_a_time() -> None:
    rows = parameter_rows({"b_0": 0.0, "b_norm": 0.0}, n=2)
    found = without_each_mechanism(study(), rows, FIRM, replicates=1, threads=1)
    assert set(found["without"]) == set(MECHANISMS)
    assert found["without"]["mandates"] == found["whole"]
    assert found["without"]["usefulness"] != found["whole"]


@pytest.mark.parametrize(
    ("shares", "verdict"),
    [
        ({"for": 0.95, "neither": 0.05, "against": 0}, "supported"),
        ({"for": 0.8, "neither": 0.2, "against": 0}, "likely"),
        ({"for": 0, "neither": 0.1, "against": 0.9}, "more likely not"),
        ({"for": 0, "neither": 0, "against": 1}, "contradicted"),
        ({"for": 0.1, "neither": 0.8, "against": 0.1}, "probably none that matters"),
        ({"for": 0.04, "neither": 0.5, "against": 0.46}, "not supported"),
        ({"for": 0.5, "neither": 0.1, "against": 0.4}, "open"),
    ],
)
def test_verdicts_are_two_sided(shares: dict[str, float], verdict: str) -> None:
    assert verdict_of(shares) == verdict


def test_margins_are_neither_for_nor_against() -> None:
    found = summary_of(np.array([0.01, -0.01, 0.02, -0.02]), 0.01)
    assert (found["for"], found["neither"], found["against"]) == (0.25, 0.5, 0.25)


def test_words() -> None:
    assert amount(-0.012, "share") == "−1.2 points"
    effect = {"name": "a less b", "unit": "share", "margin": 0.01, "mean": 0.1, "low": 0.0,
              "high": 0.2, "for": 0.8, "neither": 0.2, "against": 0.0}  # fmt: skip
    said = finding({"verdict": "likely", "effects": [effect]})
    assert said == (
        "Likely. It holds by more than 1 point in 80% of cases, fails as clearly in 0%, and is too "
        "close to call in 20%. A less b: +10.0 points (0 to +20.0)."
    )


def test_plain_data_for_the_record() -> None:
    assert rounded({"a": [1.23456789, np.nan]}, 3) == {"a": [1.23, None]}
    words = described(study())
    assert json.loads(json.dumps(words)) == words


def test_a_record_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no claims are recorded yet"):
        read_recorded(tmp_path / "recorded.json")


def test_real_organisations_are_skipped_with_a_reason(tmp_path: Path) -> None:
    found, skipped = places(tmp_path, ["nobody"])
    assert not any(place.real for place in found)
    assert skipped == {"nobody": "its files are not here"}
    assert all(place.has_managers for place in found)


def test_real_organisations_where_they_are(shared_data: Path) -> None:
    found, skipped = places(shared_data)
    assert {place.name for place in found if place.real} >= {"krackhardt hightech"}
    assert not skipped
