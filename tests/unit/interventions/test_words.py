import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.interventions.fields import (
    DURATION_PATTERN,
    LENGTH_PATTERN,
    UNTIL_THE_END,
    WEEK_PATTERN,
    duration_in_weeks,
    week_number,
)
from sim.outcomes import MAX_WEEKS


@pytest.mark.parametrize(
    ("said", "week"),
    [
        (1, 1),
        (1040, 1040),
        ("week 3", 3),
        ("week twelve", 12),
        ("month 1", 1),
        ("month 2", 5),
        ("month 3", 9),
        ("month 4", 14),
        ("quarter 2", 14),
        ("year 2", 53),
        ("after 6 weeks", 7),
        ("after a month", 5),
        ("after half a year", 27),
        ("the start", 1),
    ],
)
def test_week(said: object, week: int) -> None:
    assert week_number(said) == week


@pytest.mark.parametrize(
    ("said", "weeks"),
    [
        (3, 3),
        ("3 weeks", 3),
        ("1 week", 1),
        ("a week", 1),
        ("1 month", 4),
        ("2 months", 9),
        ("three months", 13),
        ("6 months", 26),
        ("a quarter", 13),
        ("half a year", 26),
        ("1 year", 52),
        ("until the end", UNTIL_THE_END),
    ],
)
def test_duration(said: object, weeks: int) -> None:
    assert duration_in_weeks(said) == weeks


@pytest.mark.parametrize(
    ("said", "right"),
    [
        (0, "a week from 1 to 1040"),
        (-3, "a week from 1 to 1040"),
        (1041, "a week from 1 to 1040"),
        ("year 30", "a week from 1 to 1040"),
        (True, "a week such as"),
        (3.0, "a week such as"),
        (None, "a week such as"),
        ("3 weeks", "a week such as"),
        ("week 0", "a week such as"),
        ("Week  3", "did you mean week 3?"),
        ("moth 2", "a week such as"),
        ("week 3\n", "did you mean week 3?"),
        ([], "a week such as"),
    ],
)
def test_no_week(said: object, right: str) -> None:
    with pytest.raises(ValueError, match=re.escape(right)):
        week_number(said)


@pytest.mark.parametrize(
    ("said", "right"),
    [
        (0, "from 1 to 1040 weeks"),
        ("30 years", "from 1 to 1040 weeks"),
        ("week 3", "a length such as"),
        (False, "a length such as"),
        ("A Week", "did you mean a week?"),
    ],
)
def test_no_duration(said: object, right: str) -> None:
    with pytest.raises(ValueError, match=re.escape(right)):
        duration_in_weeks(said)


def test_a_length_may_not_be_endless() -> None:
    with pytest.raises(ValueError, match="a length such as"):
        duration_in_weeks("until the end", endless=False)
    with pytest.raises(ValueError, match="or until the end"):
        duration_in_weeks("for ever")


@pytest.mark.slow
@given(st.from_regex(WEEK_PATTERN, fullmatch=True))
def test_every_week_the_schema_allows_is_read(said: str) -> None:
    try:
        assert 1 <= week_number(said) <= MAX_WEEKS
    except ValueError as error:
        assert str(error) == "a week from 1 to 1040"  # noqa: PT017  (beyond a pattern)


@given(st.from_regex(DURATION_PATTERN, fullmatch=True))
def test_every_duration_the_schema_allows_is_read(said: str) -> None:
    try:
        assert 1 <= duration_in_weeks(said) <= MAX_WEEKS
    except ValueError as error:
        assert str(error) == "from 1 to 1040 weeks"  # noqa: PT017


@given(st.integers(1, 12), st.sampled_from(["week", "month", "quarter", "year"]))
def test_a_unit_begins_where_the_ones_before_it_end(n: int, unit: str) -> None:
    if n == 1:
        assert week_number(f"{unit} 1") == 1
        return
    before = duration_in_weeks(f"{n - 1} {unit}s")
    assert abs(week_number(f"{unit} {n}") - 1 - before) <= (unit == "month")


def test_patterns_agree() -> None:
    assert re.match(LENGTH_PATTERN, "3 weeks")
    assert not re.match(LENGTH_PATTERN, "until the end")
