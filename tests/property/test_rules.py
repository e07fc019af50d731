"""Every rule keeps to its declared range and direction, and compiles to the same bits."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.rules import RULES

BITS = {"mix64", "stream_key", "uniform", "normal_of"} & set(RULES.names())
NUMBERS = [name for name in RULES.names() if name not in BITS]
WHOLE = {"days", "trainings", "count"}
KEYS = st.integers(0, 2**64 - 1)
FEW = settings(
    max_examples=80, deadline=None, derandomize=True, database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


def argument(name: str, rule: str) -> st.SearchStrategy[float]:
    """Draw a value of an argument from its declared domain, its ends often."""
    _, low, high = RULES[rule].domain[name]
    if name in WHOLE:
        return st.integers(int(low), int(high)).map(float)
    return st.one_of(st.sampled_from([low, high]), st.floats(low, high))


def arguments(rule: str) -> st.SearchStrategy[dict[str, float]]:
    return st.fixed_dictionaries({name: argument(name, rule) for name in RULES[rule].domain})


def slack(*values: float) -> float:
    """Return what rounding may do: a few units in the last place."""
    return 8 * max(math.ulp(value) for value in values)


@pytest.mark.parametrize("name", NUMBERS)
def test_range(name: str) -> None:
    rule = RULES[name]

    @FEW
    @given(arguments(name))
    def within(values: dict[str, float]) -> None:
        result = rule.function(**values)
        assert math.isfinite(result)
        assert rule.low <= result <= rule.high

    within()


@pytest.mark.slow
@pytest.mark.parametrize("name", NUMBERS)
def test_monotone(name: str) -> None:
    rule = RULES[name]
    ways = [(one, sign) for sign, names in ((1, rule.rises), (-1, rule.falls)) for one in names]
    if not ways:
        assert name in ("normal", "cosine_of_turn"), "a rule that is monotone in nothing"
        return

    @FEW
    @given(st.data(), arguments(name))
    def monotone(data: st.DataObject, values: dict[str, float]) -> None:
        for changed, sign in ways:
            other = {**values, changed: data.draw(argument(changed, name))}
            less, more = sorted((values, other), key=lambda one: one[changed])
            below, above = (float(rule.function(**one)) for one in (less, more))
            assert sign * (above - below) >= -slack(above, below), changed

    monotone()


def test_a_wrong_declaration_would_be_found() -> None:
    """The two checks above can fail: on a range too narrow, and on a wrong direction."""
    from dataclasses import replace

    true = RULES["benefit_of_a_use"]
    try:
        RULES["benefit_of_a_use"] = replace(true, high=0.5)
        with pytest.raises(AssertionError):
            test_range("benefit_of_a_use")
        RULES["benefit_of_a_use"] = replace(true, rises=("capability",), falls=("fit",))
        with pytest.raises(AssertionError):
            test_monotone("benefit_of_a_use")
    finally:
        RULES["benefit_of_a_use"] = true


def points(name: str, count: int, rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    """Yield random arguments of a rule, some at the ends of their domains."""
    domain = RULES[name].domain
    for _ in range(count):
        row: list[Any] = []
        for argument, (_, low, high) in domain.items():
            if name in BITS:
                row.append(rng.integers(0, 2**64, dtype=np.uint64))
            elif argument in WHOLE:
                row.append(float(rng.integers(int(low), int(high) + 1)))
            else:
                end = rng.random()
                inner = float(low + (high - low) * rng.random())
                row.append(float(low) if end < 0.1 else float(high) if end > 0.9 else inner)
        yield tuple(row)


def bits(value: Any) -> bytes:
    return np.asarray(value).astype(np.uint64 if isinstance(value, np.uint64) else float).tobytes()


@pytest.mark.slow
@pytest.mark.parametrize("name", RULES.names())
def test_compiled_and_plain_agree_to_the_bit(name: str) -> None:
    plain: Callable[..., Any] = RULES[name].function
    compiled = numba.njit(error_model="numpy")(plain)
    rng = np.random.default_rng(11)
    with np.errstate(over="ignore"):
        for values in points(name, 300, rng):
            one, other = plain(*values), compiled(*values)
            if name in BITS and name not in ("uniform", "normal_of"):
                assert int(one) == int(other), values
            else:
                assert bits(float(one)) == bits(float(other)), values


@pytest.mark.parametrize("name", sorted(BITS))
def test_bits_and_chance_stay_in_range(name: str) -> None:
    rule = RULES[name]

    @FEW
    @given(st.lists(KEYS, min_size=3, max_size=3))
    def within(keys: list[int]) -> None:
        with np.errstate(over="ignore"):
            result = float(rule.function(*[np.uint64(key) for key in keys[: len(rule.domain)]]))
        assert rule.low <= result <= rule.high
        assert name != "uniform" or result < 1

    within()


def test_mix64_reaches_every_bit() -> None:
    """Turning any input bit turns each output bit about half the time."""
    mix = RULES["mix64"].function
    rng = np.random.default_rng(2)
    keys = rng.integers(0, 2**64, 1500, dtype=np.uint64)
    with np.errstate(over="ignore"):
        base = mix(keys)
        for bit in range(64):
            turned = base ^ mix(keys ^ np.uint64(1 << bit))
            shares = [(turned >> np.uint64(k) & np.uint64(1)).mean() for k in range(64)]
            assert np.abs(np.array(shares) - 0.5).max() < 5.5 * 0.5 / np.sqrt(1500), bit
    assert len(np.unique(base)) == 1500


def test_streams_weeks_and_seeds_have_different_keys() -> None:
    key = RULES["stream_key"].function
    with np.errstate(over="ignore"):
        keys = {
            int(key(np.uint64(seed), np.uint64(stream), np.uint64(week)))
            for seed in range(20)
            for stream in range(1, 70)
            for week in range(60)
        }
    assert len(keys) == 20 * 69 * 60
