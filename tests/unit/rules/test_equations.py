"""Every rule computes the equation that its docstring states, written out here once more.

Ranges and directions, which the property tests hold, let a wrong constant or a lost factor pass.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, cos, exp, floor, log, pi, sqrt
from typing import Any

import numpy as np
import pytest

from sim.rules import RULES

EQUATIONS: dict[str, Callable[..., float]] = {
    "bass_share_after_step": lambda f, p, q: f + min(p + q * f, 1) * (1 - f),
    "exponential": lambda x: exp(min(max(x, -40), 40)),
    "logarithm": log,
    "cosine_of_turn": lambda v: cos(2 * pi * v),
    "normal": lambda u, v: sqrt(-2 * log(1 - u)) * cos(2 * pi * v),
    "moderated": lambda b, v, w: b * (1 + w * (2 * v - 1)),
    "benefit_of_a_use": lambda c, f, t, q, a: c * (a + (1 - a) * f) * t * q,
    "know_how": lambda c, f, b_effort, b_fit: b_effort * c + b_fit * f,
    "utility_of_sanctioned_use": lambda *terms: sum(terms[:10]) - sum(terms[10:]),
    "utility_of_own_tool": lambda *terms: sum(terms[:8]) - terms[8],
    "days_open_to_own_tool": lambda d, r: 5 - floor(r * d),
    "odds_of": lambda u: exp(min(max(u, -40), 40)),
    "chance_of_option": lambda e, e2: e / (1 + e + e2),
    "gain_without": lambda e, e2, s: e * exp(s) / (1 + e * exp(s) + e2) - e / (1 + e + e2),
    "climate_after_week": lambda s, m, ready, k, x, r, g, loss: (
        lambda s1: (s1 + min(g * k * ready, 1) * (1 - s1)) * (1 - min(loss * x, 1))
    )(s + r * (m - s)),
    "manager_signal": lambda r, u, t: 2 * (r / 2 + u / 4 + t / 4) - 1,
    "readiness_after_coaching": lambda r, d, g: r + g * d * (1 - r),
    "readiness_after_week": lambda r, p, rate: r + rate * (p - r),
    "cynicism_after_training": lambda c, d, r, ready, n, g, k: (
        c + min(g * d * (1 - r) * (1 - ready) * (1 + k * n), 1) * (1 - c)
    ),
    "cynicism_after_mandate": lambda c, d, g: c + g * d * (1 - c),
    "chance_of_success": lambda c, f, q, a: 1 - (1 - q) * (1 - c * (a + (1 - a) * f)),
    "usefulness_of_benefit": lambda b, h: b / (b + h),
    "usefulness_after_use": lambda e, felt, d, k, a: (
        e + min(k * (1 if felt >= e else a) * d / 5, 1) * (felt - e)
    ),
    "usefulness_after_hearsay": lambda e, reported, n, k: e + k * n * (reported - e),
    "fear_after_success": lambda f, d, g: f * (1 - g * d / 5),
    "fear_after_failure": lambda f, x, s, g: f + min(g * x * (1 - s), 1) * (1 - f),
    "habit_gain": lambda d, k: 1 - exp(-k * d / 5),
    "habit_after_week": lambda h, g: h + g * (1 - h),
    "habit_after_disuse": lambda h, lost: h * (1 - lost),
    "faded": lambda x, lost: x * (1 - lost),
    "news_heard": lambda heard, used_to: min(max(heard - used_to, 0), 1),
    "expressed_view": lambda anchor, social, s: (1 - s) * anchor + s * social,
    "view_after_news": lambda x, view, bad, a: (
        x + (1 if bad * (view - x) > 0 else 1 / a) * (view - x)
    ),
    "readiness_to_learn": lambda t, f, c, a, b: (1 - a * (1 - t)) * (1 - b * f) * (1 - c),
    "capability_after_training": lambda c, d, ready, g: c + min(g * d * ready, 1) * (1 - c),
    "fit_after_training": lambda f, d, r, ready, g: f + min(g * d * r * ready, 1) * (1 - f),
    "skill_after_practice": lambda c, d, g: c + min(g * d / 5, 1) * (1 - c),
    "skill_after_disuse": lambda c, c0, lost: c - lost * max(c - c0, 0),
    "acceptance_of_message": lambda s, t, c, m, costly, low: (
        lambda a: min(s * (a + (1 - a) * t) * (1 - c) * m, 1)
    )(low + (1 - low) * costly),
    "raised_by_message": lambda x, d, a, g: x + min(g * d * a, 1) * (1 - x),
    "fear_after_message": lambda f, d, a, g: f * (1 - min(g * d * a, 1)),
    "fear_after_alarm": lambda f, d, g, k: f + min(g * d * (1 - k), 1) * (1 - f),
    "trust_after_broken_promise": lambda t, p, d, a, loss: max(0, t - d * (a * p + loss * t)),
    "start_state": lambda m, s, shift, z: 1 / (1 + exp(-(log(m / (1 - m)) + shift + s * z))),
    "shift_by_value": lambda v, s: s * (2 * v - 1),
    "exposure_needed": lambda u, theta, c, b: exp(-b * c) * ((1 - u) ** -theta - 1) / theta,
    "hazard_of_beginning": lambda p, q, s, w, e, pull: pull * (p + q * s + w * e),
    "hazard_of_chance": lambda p: -log(1 - p),
    "pull_of_group": lambda x, g, t, h, d: exp(x + g * (t / h - 1 / 2) + d),
    "group_effect_after_week": lambda x, r, s, z: r * x + sqrt(1 - r**2) * s * z,
    "appeal_of_tool": lambda *terms: sum(terms[:4]) - sum(terms[4:]),
    "chance_of_prompt": lambda p, d: 1 - (1 - p) ** d,
    "barrier_of_first_use": lambda b, u, s: b * u * s,
    "eased_by_sessions": lambda n, g: exp(-g * min(n, 3)),
    "visible_share": lambda s, f, shown, o: (lambda v: v + shown * (1 - v))(
        o + (1 - o) * s * (1 - f)
    ),
    "use_seen": lambda d, v, k: k * v * d / 5,
}
"""What a rule's docstring says under ``Equation``, its arguments in order."""

KNOWN_ELSEWHERE = {
    "adopts_at_threshold", "days_from_uniform", "mix64", "normal_of", "stream_key", "uniform"
}  # fmt: skip
"""Thresholds and whole days, in test_thresholds and test_numbers; bits, below."""

WHOLE = {"days", "trainings", "sessions"}


def test_no_equation_is_missing() -> None:
    assert {*EQUATIONS} | KNOWN_ELSEWHERE == {*RULES.names()}


@pytest.mark.parametrize("name", EQUATIONS)
def test_a_rule_is_its_equation(name: str) -> None:
    rule, rng = RULES[name], np.random.default_rng(7)
    for _ in range(60):
        point = {
            argument: float(rng.integers(ceil(low), min(floor(high), 9) + 1))
            if argument in WHOLE
            else float(low + (min(high, 1e3) - low) * rng.uniform(0.001, 0.999))
            for argument, (_, low, high) in rule.domain.items()
        }
        expected = EQUATIONS[name](*point.values())
        assert rule.function(**point) == pytest.approx(expected, rel=1e-9, abs=1e-12), point


def mixed(value: int) -> int:
    """Return SplitMix64's finaliser (Steele, Lea & Flood 2014) in whole numbers without end."""
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) % 2**64
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) % 2**64
    return value ^ (value >> 31)


def test_bits_are_those_of_splitmix64() -> None:
    golden, weyl = 0x9E3779B97F4A7C15, 0xD1B54A32D192ED03
    functions: dict[str, Any] = {name: RULES[name].function for name in KNOWN_ELSEWHERE}
    # The first two numbers of the published generator from the seed 1234567.
    for steps, known in ((1, 6457827717110365317), (2, 3203168211198807973)):
        assert mixed((1234567 + steps * golden) % 2**64) == known
    with np.errstate(over="ignore"):
        for seed, stream, week in np.random.default_rng(1).integers(0, 2**32, (20, 3)).tolist():
            key = mixed(
                (mixed((mixed(seed ^ golden) + stream * golden) % 2**64) + week * weyl) % 2**64
            )
            given = (np.uint64(one) for one in (seed, stream, week))
            assert int(functions["stream_key"](*given)) == key
            bits = mixed(key ^ seed)
            pair = np.uint64(key), np.uint64(seed)
            assert functions["uniform"](*pair) == (bits >> 11) / 2**53
            u, v = (bits >> 32) / 2**32, (bits % 2**32) / 2**32
            assert functions["normal_of"](*pair) == pytest.approx(EQUATIONS["normal"](u, v))


# -- where a state comes to rest under a rule, and what leaves it as it is

RESTS: list[tuple[str, str, dict[str, float], float]] = [
    ("climate_after_week", "climate", {"modelled": 0.7, "rate": 0.1}, 0.7),
    ("climate_after_week", "climate", {"ritual": 1, "readiness": 1, "ritual_gain": 0.3}, 1),
    ("climate_after_week", "climate", {"punished": 1, "punish_loss": 0.3}, 0),
    ("readiness_after_coaching", "readiness", {"dose": 1, "gain": 0.3}, 1),
    ("readiness_after_week", "readiness", {"confidence": 0.7, "rate": 0.1}, 0.7),
    ("view_after_news", "said", {"view": 0.7, "bad_is": 1, "loss_aversion": 3}, 0.7),
    ("view_after_news", "said", {"view": 0.7, "bad_is": -1, "loss_aversion": 3}, 0.7),
    ("raised_by_message", "state", {"dose": 1, "acceptance": 1, "gain": 0.3}, 1),
    ("fear_after_message", "fear", {"dose": 1, "acceptance": 1, "gain": 0.3}, 0),
    ("fear_after_alarm", "fear", {"dose": 1, "gain": 0.3}, 1),
    ("trust_after_broken_promise", "trust", {"dose": 1, "loss_aversion": 2, "loss": 0.3}, 0),
    ("cynicism_after_training", "cynicism", {"dose": 1, "gain": 0.3}, 1),
    ("cynicism_after_mandate", "cynicism", {"dose": 1, "gain": 0.3}, 1),
    ("capability_after_training", "capability", {"dose": 1, "readiness": 1, "gain": 0.3}, 1),
    ("fit_after_training", "fit", {"dose": 1, "relevance": 1, "readiness": 1, "gain": 0.3}, 1),
    ("skill_after_practice", "skill", {"days": 5, "rate": 0.3}, 1),
    ("usefulness_after_use", "usefulness",
     {"experienced": 0.7, "days": 5, "rate": 0.1, "loss_aversion": 2}, 0.7),
    ("usefulness_after_hearsay", "usefulness",
     {"reported": 0.7, "attention": 1, "rate": 0.1}, 0.7),
    ("fear_after_success", "fear", {"days": 5, "relief": 0.3}, 0),
    ("fear_after_failure", "fear", {"failures": 1, "gain": 0.3}, 1),
    ("habit_after_week", "habit", {"gain": 0.3}, 1),
    ("habit_after_disuse", "habit", {"decay": 0.3}, 0),
    ("faded", "state", {"rate": 0.3}, 0),
    ("group_effect_after_week", "effect", {"memory": 0.9, "sigma": 1}, 0),
    ("bass_share_after_step", "share", {"innovation": 0.03, "imitation": 0.4}, 1),
]  # fmt: skip
"""Rule, its state, what pushes it (all else 0), and where it comes to rest from anywhere."""


@pytest.mark.parametrize(("name", "state", "pushed", "place"), RESTS)
def test_a_state_comes_to_rest_where_the_rule_says(
    name: str, state: str, pushed: dict[str, float], place: float
) -> None:
    """From both ends, never past it; there it stays; and unpushed it stays wherever it is."""
    rule = RULES[name]
    floor = {argument: max(low, 0.0) for argument, (_, low, _) in rule.domain.items()}
    for start in (0.0, 0.35, 1.0):
        now = start
        for _ in range(400):
            then = rule.function(**floor | pushed | {state: now})
            assert abs(then - place) <= abs(now - place) + 1e-15
            now = then
        assert now == pytest.approx(place, abs=1e-6)
    assert rule.function(**floor | pushed | {state: place}) == pytest.approx(place, abs=1e-15)


QUIET = {"rate", "dose", "failures", "days", "ritual", "punished", "decay", "gain", "attention",
         "innovation", "imitation"}  # fmt: skip
"""What does nothing where it is 0, whatever else is as it was."""


@pytest.mark.parametrize(("name", "state", "pushed", "place"), RESTS)
def test_what_nothing_pushes_stays_as_it_is(
    name: str, state: str, pushed: dict[str, float], place: float
) -> None:
    rule = RULES[name]
    for start in (0.0, 0.35, 1.0):
        still = {argument: max(low, 0.0) for argument, (_, low, _) in rule.domain.items()}
        still |= {argument: value for argument, value in pushed.items() if argument not in QUIET}
        still |= {"memory": 1.0} if "memory" in still else {}
        still |= {"view": start} if "view" in still else {}
        assert rule.function(**still | {state: start}) == pytest.approx(start, abs=1e-15)


def test_no_rule_of_a_state_is_left_out() -> None:
    """``skill_after_disuse`` rests at the start, or wherever below it: in test_curves."""
    changing = {name for name in RULES.names() if "_after_" in name}
    assert changing - {name for name, *_ in RESTS} == {"skill_after_disuse"}
