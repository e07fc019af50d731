"""What the page is sent agrees with the results, and keeps to the floor of five people."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import numpy as np
import pytest

import sim
from sim.numbers import with_band
from sim.organisation import from_arrays
from sim.outcomes import OUTCOMES, Outcome
from sim.page.assets import as_json
from sim.page.payload import TEAM_OUTCOMES, payload
from sim.page.replay import BEGINS, STAGES, STEPS, UNKNOWN, typical_replicate
from sim.page.words import OUTCOME_LABELS
from sim.results.series import HEADLINE
from sim.results.store import write_tables
from sim.sources import shipped_folder
from sim.state import Flag


@pytest.fixture(scope="module")
def results() -> sim.Comparison:
    return sim.compare(
        ["training-first", "everything"],
        organisation="small-firm",
        replicates=9,
        record_teams=True,
        record_people=True,
    )


@pytest.fixture(scope="module")
def shown(results: sim.Comparison) -> dict:
    return payload(results)


def test_curves_are_the_results_to_the_bit(results: sim.Comparison, shown: dict) -> None:
    for plan, part in enumerate(shown["plans"]):
        for row, name in enumerate(OUTCOME_LABELS):
            values = results[name][plan, 0]
            by_week = np.ascontiguousarray(values.T).mean(axis=-1)
            assert np.array_equal(part["curves"]["mean"][row], by_week)
            low, high = np.quantile(values, [0.1, 0.9], axis=0)
            np.testing.assert_allclose(part["curves"]["low"][row], low, rtol=0, atol=1e-15)
            np.testing.assert_allclose(part["curves"]["high"][row], high, rtol=0, atol=1e-15)


def test_the_page_the_summary_and_the_parquet_files_agree(
    results: sim.Comparison, shown: dict, tmp_path: Path
) -> None:
    write_tables(results, tmp_path)
    row = list(OUTCOME_LABELS).index("habitual")
    for plan, part in enumerate(shown["plans"]):
        mean = float(part["curves"]["mean"][row, -1])
        assert mean == results.estimate("habitual", plan).mean
        (stored,) = duckdb.sql(
            f"select avg(habitual) from '{tmp_path}/weekly.parquet' "
            f"where scenario = '{part['name']}' and week = 52"
        ).fetchall()[0]
        assert stored == pytest.approx(mean, abs=1e-6)
        words = "".join(segment["text"] for segment in shown["sentence"])
        band = with_band(results.estimate(HEADLINE, plan), "share")
        assert band.split(" ")[-1].strip("()") in words


def test_teams_are_the_results(results: sim.Comparison, shown: dict) -> None:
    for row, name in enumerate(TEAM_OUTCOMES):
        mean = results.team(name)[1, 0].mean(axis=0)
        large = results.shown_teams
        found = shown["plans"][1]["teams"]["mean"][row]
        np.testing.assert_allclose(found[:, large], mean[:, large], atol=1e-6)


def test_the_replayed_replicate_is_the_one_that_was_run(
    results: sim.Comparison, shown: dict
) -> None:
    replicate = typical_replicate(results)
    assert shown["world"] == {"index": replicate, "seed": str(int(results.seeds[0, replicate]))}
    assert results.records.people is not None
    record = results.records.people[0, 0, replicate]
    days = shown["plans"][0]["replay"]["state"] >> 3 & 7
    large = np.isin(results.organisation.people["team"], results.shown_teams)
    assert np.array_equal(days[:, large], record[:, large, 0])
    users = results.records.weekly[..., Outcome["weekly_users"]][:, 0]
    distance = ((users - users.mean(axis=1, keepdims=True)) ** 2).sum(axis=(0, 2))
    assert distance[replicate] == distance.min()


def test_stages_mean_what_they_say(results: sim.Comparison, shown: dict) -> None:
    assert results.records.people is not None
    record = results.records.people[0, 0, shown["world"]["index"]]
    state = shown["plans"][0]["replay"]["state"] & 7
    used, own = record[:, :, 0] > 0, record[:, :, 1] > 0
    names = [name for name, _, _ in STAGES]
    large = np.isin(results.organisation.people["team"], results.shown_teams)
    week = 30
    recent = used[week - 3 : week + 1].sum(axis=0)
    window = used[week - 11 : week + 1].sum(axis=0)
    for person in np.flatnonzero(large):
        said = names[state[week, person]]
        if window[person] >= 9 or recent[person] == 4:
            assert said == "using"
        elif recent[person]:
            assert said == "trying"
        elif own[week - 3 : week + 1, person].any():
            assert said == "own"
        elif record[week, person, 2] & Flag.ACTIVATED:
            assert said == "lapsed"
        elif record[week, person, 2] & Flag.CONSIDERS:
            assert said == "considering"
        else:
            assert said == ("unaware" if record[week, person, 2] & Flag.ACCESS else "none")


def test_who_begins_has_seen_it_used(results: sim.Comparison, shown: dict) -> None:
    assert results.records.people is not None
    record = results.records.people[0, 0, shown["world"]["index"]]
    large = np.isin(results.organisation.people["team"], results.shown_teams)
    begins = (shown["plans"][0]["replay"]["state"] & BEGINS) > 0
    considers = (record[..., 2] & Flag.CONSIDERS) > 0
    expected = considers[1:] & ~considers[:-1] & (record[1:, :, 12] > 0) & large
    assert begins.any()
    assert np.array_equal(begins[1:], expected)
    assert not begins[0].any()


def test_attention_is_that_of_the_ties(results: sim.Comparison, shown: dict) -> None:
    organisation = results.organisation
    replay = shown["plans"][0]["replay"]
    ties, week = organisation.ties, 40
    assert results.records.people is not None
    used = results.records.people[0, 0, shown["world"]["index"], week, :, 0] > 0
    for person in range(0, organisation.n_people, 7):
        mine = slice(ties.start[person], ties.start[person + 1])
        share = float(ties.weight[mine] @ used[ties.target[mine].astype(int)])
        if replay["state"][week, person] == 0:  # in a team too small to be shown
            share = 0.0
        assert abs(replay["attention"][week, person] / STEPS - share) <= 0.5 / STEPS + 1e-6


def test_at_the_threshold_a_week_with_use_is_as_likely_as_not(results: sim.Comparison) -> None:
    from sim.case import Case
    from sim.outcomes import PERSON_RECORD
    from sim.page.replay import planes

    organisation = results.organisation
    case = Case.of(results.scenarios[0], organisation, 52)
    assert results.records.people is not None
    record = results.records.people[0, 0, 0].copy()
    even = round(255 * (1 - 0.5 ** (1 / 5)))
    record[:, :, [v.name for v in PERSON_RECORD].index("confidence")] = even
    found = planes(organisation, case, record)
    large = np.isin(organisation.people["team"], results.shown_teams)
    considers = (record[:, :, 2] & Flag.CONSIDERS) > 0
    gap = found["threshold"].astype(int) - found["seen"]
    assert np.abs(gap[considers & large]).max() <= 1
    assert (found["threshold"][~considers & large] == UNKNOWN).all()


def test_no_figure_of_a_small_team_is_sent() -> None:
    organisation = from_arrays(
        15, source=range(15), target=[(i + 1) % 15 for i in range(15)],
        team=["Large"] * 9 + ["Small"] * 3 + ["Tiny"] * 3,
    )  # fmt: skip
    results = sim.compare(
        ["training-first"] * 2, organisation=organisation, replicates=2, record_teams=True
    )
    shown = payload(results)
    assert shown["organisation"]["teams"]["shown"].tolist() == [1, 0, 0]
    assert 1 not in shown["organisation"]["between"]["from"]
    assert 1 not in shown["organisation"]["between"]["to"]
    for plan in shown["plans"]:
        for part in (plan["teams"], plan["drivers"]):
            for name in ("mean", "low", "high"):
                values = part[name] if part is plan["drivers"] else part[name][..., None]
                assert np.isnan(values[..., 1, :]).all()
                assert np.isfinite(values[..., 0, :]).all()
        for plane in plan["replay"].values():
            assert not plane[:, 9:].any()


def test_pseudonyms_tell_nothing_of_ids(results: sim.Comparison) -> None:
    hidden = payload(results, pseudonyms=True)
    names = hidden["organisation"]["people"]["name"]
    text = json.dumps(names)
    assert len(set(names)) == results.organisation.n_people
    assert not any(f'"{person}"' in text for person in results.organisation.ids)
    numbers = [int(name.split()[1]) for name in names]
    assert numbers != sorted(numbers), "the order of rows would give ids away"


def test_the_same_results_give_the_same_text(results: sim.Comparison) -> None:
    assert as_json(payload(results)) == as_json(payload(results))


def test_every_outcome_shown_is_recorded() -> None:
    assert set(OUTCOME_LABELS) <= {variable.name for variable in OUTCOMES}
    assert set(TEAM_OUTCOMES) <= set(OUTCOME_LABELS)


def test_a_plan_is_sent_as_a_file_that_says_the_same(shown: dict, results: sim.Comparison) -> None:
    from sim.scenario import loads

    for plan, scenario in zip(shown["plans"], results.scenarios, strict=True):
        again = loads(plan["yaml"], name="again.yaml")
        given = [placed.intervention for placed in scenario.timeline]
        assert [placed.intervention for placed in again.timeline] == given
        assert again.overrides() == scenario.overrides()


def test_nothing_tells_where_files_stand(tmp_path: Path) -> None:
    own = tmp_path / "own-plan.yaml"
    own.write_bytes((shipped_folder() / "licences-only.yaml").read_bytes())
    results = sim.compare([own], organisation="small-firm", replicates=2, record_people=True)
    assert str(tmp_path) not in as_json(payload(results))
