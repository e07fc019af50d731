"""Diffusion data as people have them: coming and going, rounds, outside series, and mistakes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from forecasting import read_diffusion
from sim.errors import InputError

PEOPLE = "id,team\na,x\nb,x\nc,y\n"
TIES = "source,target\na,b\nb,c\n"
Files = Callable[..., Path]


@pytest.fixture
def folder(write_files: Files) -> Callable[..., Path]:
    def written(adoptions: str, series: str | None = None, people: str = PEOPLE) -> Path:
        where = write_files(people_csv=people, ties_csv=TIES, adoptions_csv=adoptions)
        if series is not None:
            (where / "series.csv").write_text(series)
        return where

    return written


def test_people_who_enter_late_or_leave(folder: Files) -> None:
    data = read_diffusion(folder("id,time,censored,entered,left\na,3,0,2,\nb,,1,,4\nc,6,1,,\n"))
    assert (data.periods, data.time.tolist()) == (5, [3, 6, 6])
    assert (data.first.tolist(), data.last.tolist()) == ([2, 1, 1], [5, 4, 5])


def test_entry_and_exit_may_stand_in_people_csv(folder: Files) -> None:
    people = "id,team,entered,left\na,x,2,\nb,x,,3\nc,y,,\n"
    data = read_diffusion(folder("id,time,censored\na,3,0\nb,6,1\nc,6,1\n", people=people))
    assert (data.first.tolist(), data.last.tolist()) == ([2, 1, 1], [5, 3, 5])


def test_who_is_censored_earlier_left_then(folder: Files) -> None:
    data = read_diffusion(folder("id,time,censored\na,3,0\nb,3,1\nc,6,1\n"))
    assert data.last.tolist() == [5, 2, 5]
    assert data.at_risk.sum(axis=1).tolist() == [3, 2, 5]


def test_rounds_and_blank_for_never(folder: Files) -> None:
    data = read_diffusion(folder("id;round\na;2\nb;\nc;4.0\n"))
    assert (data.periods, data.time.tolist()) == (4, [2, 5, 4])


def test_series_by_period(folder: Files) -> None:
    times = "id,time\na,2\nb,\nc,3\n"
    data = read_diffusion(folder(times, "period,price,season\n1,5,0\n2,4,1\n3,1.5,0\n4,9,9\n"))
    assert {k: v.tolist() for k, v in data.series.items()} == {
        "price": [5, 4, 1.5],
        "season": [0, 1, 0],
    }
    assert data.scaled_series.mean(axis=1).tolist() == pytest.approx([0, 0])
    assert data.scaled_series.std(axis=1).tolist() == pytest.approx([1, 1])


def test_ties_that_hold_both_ways(folder: Files) -> None:
    where = folder("id,time\na,1\nb,\nc,3\n")
    one_way, both = read_diffusion(where), read_diffusion(where, undirected=True)
    assert one_way.exposure[:, 1].tolist() == [0, 0, 0]
    assert both.exposure[:, 1].tolist() == [0, 0.5, 0]
    assert both.organisation.n_ties == 4


@pytest.mark.parametrize(
    ("adoptions", "said"),
    [
        ("id,adopted\na,1\nb,0\nc,1\n", "says who adopted, not when — a column time"),
        ("id,time,censored\na,,0\nb,5,1\nc,5,1\n", "adopted, but not said when"),
        ("id,time,censored\na,2024-03-01,0\nb,5,1\nc,5,1\n", "is a date, '2024-03-01'"),
        (
            "id,time,censored\na,0,0\nb,5,1\nc,5,1\n",
            "adoptions.csv:2 time: is '0' — a whole period",
        ),
        ("id,time,censored\na,1.5,0\nb,5,1\nc,5,1\n", "is '1.5'"),
        ("id,time,censored\na,2,perhaps\nb,5,1\nc,5,1\n", "'perhaps' — 1 .never adopted. or 0"),
        ("id,time,censored\na,2,0\na,3,0\nb,5,1\nc,5,1\n", "a has a second line"),
        ("id,time,censored\na,5,1\nb,5,1\nc,5,1\n", "names no period of adoption"),
        ("id,time,entered\na,2,3\nb,,\nc,4,\n", "of a is 2, before entering in 3 — a period in"),
        ("id,time,left\na,3,2\nb,,\nc,4,\n", "of a is 3, after leaving in 2"),
        (
            "id,time,entered,left\na,,3,2\nb,,,\nc,4,,\n",
            "of a is 2, before entering in 3 — the last",
        ),
        ("id,time,entered\na,2,soon\nb,,\nc,4,\n", "entered: is 'soon'"),
        ("who,when\na,2\n", "has no column id or no column time"),
    ],
)
def test_what_is_wrong_is_said(folder: Files, adoptions: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_diffusion(folder(adoptions))


@pytest.mark.parametrize(
    ("series", "said"),
    [
        ("period,price\n1,5\n3,4\n", "2 is missing — 1 to 3"),
        ("period,price\n1,5\n2,cheap\n3,4\n", "series.csv:3 price: is 'cheap' — a number"),
        ("period,price\n1,5\n1,5\n2,4\n3,4\n", "1 has a second line"),
        ("month,price\n1,5\n", "columns period and one or more"),
        ("period,price\nJanuary,5\n", "period: is 'January'"),
        ("period,price\n1,nan\n2,1\n3,1\n", "is 'nan'"),
    ],
)
def test_what_is_wrong_in_a_series_is_said(folder: Files, series: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_diffusion(folder("id,time\na,2\nb,\nc,3\n", series))


def test_a_bad_cell_in_people_csv_is_said(folder: Files) -> None:
    people = "id,team,left\na,x,never\nb,x,\nc,y,\n"
    with pytest.raises(InputError, match="of a is 'never'"):
        read_diffusion(folder("id,time\na,2\nb,\nc,3\n", people=people))
