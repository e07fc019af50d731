"""C3: of the 24 orders of the four conversations, L-I-R-C is the best."""

from itertools import permutations

import numpy as np

from claim_study import LITTLE_FROM_TRAINING, Cells, Effect, Study, at, total
from claim_study.plans import access, conversation, plan
from claim_study.study import Floats

ORDERS = tuple("".join(order) for order in permutations("LIRC"))
NAMED = "LIRC"


def in_order(order: str, licences: int) -> dict[str, object]:
    steps = [conversation(letter, 1 + 3 * k) for k, letter in enumerate(order)]
    return plan(access(licences), *steps)


def others(cells: Cells, late: str = "", measure: str = "habitual") -> Floats:
    return np.stack([cells(late + order, measure) for order in ORDERS if order != NAMED])


def before(cells: Cells, one: str, other: str) -> Floats:
    """Return the mean of the 12 orders with one before the other less that of the 12 reversed."""
    sign = {order: 1 if order.index(one) < order.index(other) else -1 for order in ORDERS}
    return np.sum([sign[order] * cells(order, "habitual") for order in ORDERS], axis=0) / 12


STUDY = Study(
    id="C3",
    title="The best of 24 orders",
    claim="Of the 24 orders of the four conversations, loyalty → identity → relationship → "
    "capability is best.",
    hypothesis="No other order of the four conversations leaves more habitual users after a year.",
    method="All 24 orders of loyalty (L), identity (I), relationship (R) and capability (C), three "
    "weeks each, in weeks 1 to 12, at equal doses and hours; licences for everybody in week 1. The "
    "effect is L-I-R-C less the best of the other 23: above one point it is the best by a margin, "
    "within one point as good as the best, below it another order wins. A second set of 24 gives "
    "licences only after all conversations, in week 13.",
    arms={
        **{order: in_order(order, 1) for order in ORDERS},
        **{f"licences after {order}": in_order(order, 13) for order in ORDERS},
    },
    measures={
        "habitual": at("habitual", 52, "habitual users"),
        "use": total("use_days", 1, 52, "use days a person"),
    },
    effects=(
        Effect(
            "L-I-R-C less the best other order",
            lambda c: c(NAMED, "habitual") - others(c).max(axis=0),
        ),
        Effect(
            "L-I-R-C less the mean of the other orders",
            lambda c: c(NAMED, "habitual") - others(c).mean(axis=0),
        ),
        Effect(
            "12.5 less the rank of L-I-R-C among 24 (11.5 is first, −11.5 last)",
            lambda c: 11.5 - (others(c) > c(NAMED, "habitual")).sum(axis=0).astype(float),
            unit="ranks",
            margin=0.0,
        ),
        Effect(
            "best less worst order (what order can matter at all)",
            lambda c: (
                np.maximum(others(c).max(axis=0), c(NAMED, "habitual"))
                - np.minimum(others(c).min(axis=0), c(NAMED, "habitual"))
            ),
            directed=False,
        ),
        Effect("loyalty before identity", lambda c: before(c, "L", "I")),
        Effect("loyalty before relationship", lambda c: before(c, "L", "R")),
        Effect("loyalty before capability", lambda c: before(c, "L", "C")),
        Effect("identity before relationship", lambda c: before(c, "I", "R")),
        Effect("identity before capability", lambda c: before(c, "I", "C")),
        Effect("relationship before capability", lambda c: before(c, "R", "C")),
        Effect(
            "licences after all conversations: L-I-R-C less the best other order",
            lambda c: (
                c(f"licences after {NAMED}", "habitual") - others(c, "licences after ").max(axis=0)
            ),
        ),
    ),
    shown=ORDERS,
    tolerance=0.0075,
    could_fail="yes",
    built_in="No rule mentions order. If order meant nothing, L-I-R-C would be first in one case "
    "in 24, and its mean rank would be 12.5.",
    twin=(
        plan(access(1), conversation("L", 1), conversation("I", 4, dose=0)),
        plan(access(1), conversation("L", 1)),
    ),
    twin_says="a conversation of dose 0 is no conversation",
    note="The largest of 23 figures with chance in them lies a little too high; with the "
    f"standard error that is left this is a fraction of a point. {LITTLE_FROM_TRAINING}",
)
