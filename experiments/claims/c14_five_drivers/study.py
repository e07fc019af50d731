"""C14: the five drivers reinforce each other."""

from itertools import combinations, product

import numpy as np

from claim_study import Cells, Effect, Study, at
from claim_study.plans import (
    access,
    account,
    coaching,
    course,
    plan,
    policy,
    ritual,
    showcase,
)
from claim_study.study import Floats

DRIVERS = {
    "mistakes": ritual(5),
    "permission": policy(5),
    "job": account(5),
    "norm": showcase(5),
    "manager": coaching(5),
}
NAMES = tuple(DRIVERS)
LEVELS = tuple(product((0, 1), repeat=5))


def name(levels: tuple[int, ...]) -> str:
    on = [driver for driver, level in zip(NAMES, levels, strict=True) if level]
    return " + ".join(on) or "none"


def alone(driver: str) -> str:
    return driver


def together(cells: Cells, scale: str = "share") -> Floats:
    """Return what all five gain together, less the sum of what each gains alone."""

    def level(arm: str) -> Floats:
        value = cells(arm, "habitual")
        if scale == "logit":
            inside = np.clip(value, 0.002, 0.998)
            return np.log(inside / (1 - inside))
        return value

    base = level("none")
    single = np.sum([level(driver) - base for driver in NAMES], axis=0)
    return level(" + ".join(NAMES)) - base - single


def interaction(cells: Cells, one: str, other: str) -> Floats:
    """Return a two-way interaction, averaged over the levels of the other three."""
    i, j = NAMES.index(one), NAMES.index(other)
    signs = [(2 * levels[i] - 1) * (2 * levels[j] - 1) for levels in LEVELS]
    arms = [
        sign * cells(name(levels), "habitual") for sign, levels in zip(signs, LEVELS, strict=True)
    ]
    return np.sum(arms, axis=0) / 8


def main_effect(cells: Cells, driver: str) -> Floats:
    i = NAMES.index(driver)
    arms = [(2 * levels[i] - 1) * cells(name(levels), "habitual") for levels in LEVELS]
    return np.sum(arms, axis=0) / 16


STUDY = Study(
    id="C14",
    title="Five drivers together",
    claim="The five drivers reinforce each other.",
    hypothesis="Measures against all five drivers of the confidence gap together gain more "
    "habitual users than the sum of what each gains alone.",
    method="All 32 combinations (2⁵) of a weekly ritual (visible mistakes), a usage policy "
    "(unclear permission), a job account (fear for the job), a showcase (undefined norm) and "
    "manager coaching (the manager), each from week 5, on top of licences and a generic course. "
    "Hours differ between combinations; the sum of the parts takes the same hours as the whole. "
    "Interactions on the scale of shares come partly from the S-shape of the choice, so the same "
    "is given in logits.",
    arms={
        name(levels): plan(
            access(1),
            course(2),
            *(step for step, level in zip(DRIVERS.values(), levels, strict=True) if level),
        )
        for levels in LEVELS
    },
    measures={
        "habitual": at("habitual", 52, "habitual users"),
        "hours": at("hours", 52, "hours a person", "hours"),
    },
    effects=(
        Effect("all five together less the sum of each alone", together),
        Effect("the same in logits", lambda c: together(c, "logit"), unit="logit", margin=0.1),
        *(
            Effect(f"{one} × {other}", lambda c, one=one, other=other: interaction(c, one, other))
            for one, other in combinations(NAMES, 2)
        ),
        *(Effect(f"main effect of {one}", lambda c, one=one: main_effect(c, one)) for one in NAMES),
    ),
    could_fail="yes",
    built_in="The drivers add up in logits; the ritual works as far as managers are ready, and "
    "norms spread. Whether they reinforce each other is a result, on either scale.",
    needs_managers=True,
    tolerance=0.02,
    twin=(
        plan(access(1), course(2), ritual(5, dose=0), policy(5, dose=0)),
        plan(access(1), course(2)),
    ),
    twin_says="measures of dose 0 are none",
    note="The calibrated model has a smaller social multiplier than T3 asks for: what hangs on "
    "peers may come out too small here. The calibrated model moves less with the manager's "
    "support than the survey behind T4: what hangs on managers may come out too small here.",
)
