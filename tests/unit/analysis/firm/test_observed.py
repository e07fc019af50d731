"""A usage table as curves, and the same curves of replicates."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from sim.analysis.firm.observed import (
    WHOLE,
    curves,
    groups_of,
    points,
    read_adoptions,
    read_usage,
    recorded,
)
from sim.case import Case, Record, run_cases
from sim.errors import InputError
from sim.organisation import Organisation, template
from sim.outcomes import Outcome
from sim.posterior import more_sets, posterior
from sim.randomness import replicate_seeds
from sim.runner import load_scenario


@pytest.fixture(scope="module")
def firm() -> Organisation:
    return template(40, seed=3)


def table(folder: Path, text: str) -> Path:
    file = folder / "usage.csv"
    file.write_text(text, "utf-8")
    return file


def test_persons_become_teams_and_the_whole(firm: Organisation, tmp_path: Path) -> None:
    lines = ["week,id,enabled,use_days"]
    for row, one in enumerate(firm.ids.tolist()):
        lines += [f"1,{one},1,{row % 2}", f"2,{one},{row % 2},{row % 2 or ''}"]
    read = read_usage(table(tmp_path, "\n".join(lines)), 8, organisation=firm)
    assert read.by == "team"
    assert read.series()["weekly_users"] == ((1, 2), (0.5, 0.5))  # blank without access: no use
    big = [t for t, n in zip(firm.teams, np.diff(firm.team_start), strict=True) if n >= 5]
    assert list(read.names) == big  # in one order, whatever the hashes of texts
    place = firm.teams.index(big[0])
    rows = np.arange(firm.team_start[place], firm.team_start[place + 1])
    assert read.series(big[0])["weekly_users"][1] == pytest.approx([(rows % 2).mean()] * 2)
    assert read.access[WHOLE, 2] == 0.5
    assert np.isinf(read.people).all()


def test_groups_are_summed_by_the_organisations_own_sizes(
    firm: Organisation, tmp_path: Path
) -> None:
    sizes = np.diff(firm.team_start)
    shares = np.linspace(0.1, 0.9, firm.n_teams)
    text = "week,team,weekly_users\n" + "".join(
        f'1,"{t}",{s}\n' for t, s in zip(firm.teams, shares, strict=True)
    )
    read = read_usage(table(tmp_path, text), 8, organisation=firm)
    assert read.values[0] == pytest.approx((sizes * shares).sum() / sizes.sum())
    assert read.groups[0] == WHOLE
    assert len(read.names) == (sizes >= 5).sum()
    only = read_usage(table(tmp_path, text), 8, organisation=firm, by=WHOLE)
    assert (only.by, only.groups, len(only.values)) == (WHOLE, (), 1)


def test_part_of_the_people_is_a_sample(firm: Organisation, tmp_path: Path) -> None:
    some = firm.ids.tolist()[:10]
    text = "week,id,use_days\n" + "".join(f"1,{one},2\n" for one in some)
    read = read_usage(table(tmp_path, text), 8, organisation=firm)
    assert read.people[0] == pytest.approx(10 / (1 - 10 / 40))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("week,team,weekly_users\n1,Sails,0.5\n", "'Sails' is not in"),
        ("week,id,use_days\n1,nobody,2\n", "'nobody' is not in"),
    ],
)
def test_who_is_not_in_the_organisation_is_said(
    firm: Organisation, tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(InputError, match=said):
        read_usage(table(tmp_path, text), 8, organisation=firm)


def test_a_stranger_among_people_is_left_out(firm: Organisation, tmp_path: Path) -> None:
    text = f"week,id,use_days\n1,{firm.ids[0]},2\n1,contractor,3\n"
    read = read_usage(table(tmp_path, text), 8, organisation=firm)
    assert "people not in the organisation left out" in [note.what for note in read.notes]
    assert read.values.tolist()[0] == 1.0


def test_who_adopted_by_date_is_told_by_weeks_from_monday(
    firm: Organisation, tmp_path: Path
) -> None:
    days = ("2026-02-02", "2026-02-15", "2026-02-16", "")  # Monday, Sunday, Monday, not yet
    text = "id,first_use\n" + "".join(
        f"{one},{day}\n" for one, day in zip(firm.ids, days, strict=False)
    )
    read = read_adoptions(table(tmp_path, text), 8, date(2026, 2, 4), firm, by=WHOLE)
    assert read.weeks.tolist() == [1, 2, 3]
    assert read.values.tolist() == [1 / 40, 2 / 40, 3 / 40]


def test_curves_of_persons_are_those_that_the_engine_records(firm: Organisation) -> None:
    case = Case.of(load_scenario("licences-only"), firm, 16)
    record = Record(teams=True, people=True, drivers=False)
    records = run_cases([case], replicate_seeds(1, 2), record=record)
    teams = groups_of(firm, "team")[1]
    for outcome in ("activated", "weekly_users", "own_tool_users", "use_days", "habitual"):
        by_level = curves(records, firm, "level", outcome)
        sizes = np.bincount(groups_of(firm, "level")[1])
        whole = (by_level * sizes).sum(axis=-1) / sizes.sum()
        assert whole == pytest.approx(records.weekly[0, ..., int(Outcome[outcome])], abs=1e-6)
        by_team = (curves(records, firm, "team", outcome) * np.bincount(teams)).sum(axis=-1)
        assert by_team / firm.n_people == pytest.approx(whole, abs=1e-5)
    with pytest.raises(ValueError, match="trained by role"):
        recorded("role", ["trained"])


def test_points_are_where_they_were_measured(firm: Organisation, tmp_path: Path) -> None:
    team = firm.teams[int(np.argmax(np.diff(firm.team_start)))]
    size = int(np.diff(firm.team_start).max())
    text = f'week,team,people,weekly_users\n3,"{team}",{size},2\n7,"{team}",{size},4\n'
    read = read_usage(table(tmp_path, text), 16, organisation=firm)
    case = Case.of(load_scenario("licences-only"), firm, 16)
    records = run_cases([case], replicate_seeds(1, 2), record=recorded(read.by, read.outcomes))
    found = points(records, firm, read)
    whole = records.weekly[0, ..., int(Outcome["weekly_users"])]
    own = records.of_teams("weekly_users")[0][..., firm.teams.index(team)]
    assert found[0, 1].tolist() == pytest.approx(
        [whole[0, 1, 2], whole[0, 1, 6], own[0, 1, 2], own[0, 1, 6]]
    )


def test_more_sets_spread_like_those_there_are() -> None:
    rows = posterior()
    more = more_sets(rows, 4000, seed=1)[len(rows) :]
    for name in ("b_trust", "b_0", "b_norm"):
        assert more[name].mean() == pytest.approx(rows[name].mean(), abs=0.15 * rows[name].std())
        assert more[name].std() == pytest.approx(rows[name].std(), rel=0.12)
    pair = [np.corrcoef(one["b_0"], one["b_first"])[0, 1] for one in (rows, more)]
    assert pair[0] == pytest.approx(pair[1], abs=0.12)
    assert more_sets(rows[:2], 10) is rows[:2] or len(more_sets(rows[:2], 10)) == 2
