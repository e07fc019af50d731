"""Adoption spreads: curves with a shape, ties that carry it, and levers that move it.

Of directions that sources give, only the direction is held here; sizes are printed by
experiments/network.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import sim
from sim.organisation import Organisation

REPLICATES = 60


@pytest.fixture(scope="module")
def firm() -> Organisation:
    return sim.load_organisation()


@pytest.fixture(scope="module")
def without_ties(firm: Organisation) -> Organisation:
    none = replace(
        firm.ties,
        start=np.zeros_like(firm.ties.start),
        **{name: getattr(firm.ties, name)[:0] for name in ("target", "weight", "flags")},
    )
    return replace(firm, ties=none)


def weekly_users(
    scenario: str,
    organisation: Organisation,
    outcome: str = "weekly_users",
    *,
    replicates: int = REPLICATES,
    **parameters: float,
) -> np.ndarray:
    """Return an outcome, shape (replicates, weeks)."""
    results = sim.run(
        scenario, organisation=organisation, replicates=replicates, parameters=parameters,
        record_teams=False,
    )  # fmt: skip
    return results[outcome][0, 0]


def test_licences_alone_begin_low_and_rise_for_a_quarter(firm: Organisation) -> None:
    # In week 14 it rises by .3 points, and chance moves a week's change by 2 a replicate.
    curve = weekly_users("licences-only", firm, replicates=1500).mean(axis=0)
    assert 0.01 < curve[0] < 0.12
    assert (np.diff(curve[:14]) > 0).all()
    assert curve[51] > 2 * curve[0]


def test_everything_takes_off_after_the_first_weeks(firm: Organisation) -> None:
    curve = weekly_users("everything", firm).mean(axis=0)
    steepest = int(np.argmax(np.diff(curve, prepend=0.0))) + 1
    assert steepest > 2
    assert curve[51] > 0.7


@pytest.mark.parametrize("scenario", ["licences-only", "everything"])
def test_a_firm_without_ties_does_not_adopt_more(
    firm: Organisation, without_ties: Organisation, scenario: str
) -> None:
    less = weekly_users(scenario, firm) - weekly_users(scenario, without_ties)
    area = less.mean(axis=1)
    assert area.mean() > 3 * area.std(ddof=1) / np.sqrt(REPLICATES)


def test_contagion_off_makes_ties_matter_less(
    firm: Organisation, without_ties: Organisation
) -> None:
    """The control of the test above: it is taking up by what one sees that ties carry."""

    def worth(**parameters: float) -> float:
        both = (weekly_users("licences-only", one, **parameters) for one in (firm, without_ties))
        tied, alone = both
        return float((tied - alone).mean())

    assert worth(takeup_ties=0.0, b_norm=0.0, b_own_seen=0.0, hearsay_rate=0.0) < worth() / 2


def test_private_trust_shows_in_what_is_said_and_in_use(firm: Organisation) -> None:
    trusting = {"trust_start": 0.9}
    said = weekly_users("licences-only", firm, "trust", **trusting)[:, 0].mean()
    assert said > 0.8
    more = weekly_users("licences-only", firm, **trusting) - weekly_users("licences-only", firm)
    assert more.mean() > 0.02


@pytest.mark.parametrize(
    ("scenario", "reference", "first", "sign"),
    [("layoff-rumour", "training-first", 9, -1), ("everything", "licences-only", 13, 1)],
)
def test_levers_move_the_curve_as_their_sources_say(
    firm: Organisation, scenario: str, reference: str, first: int, sign: int
) -> None:
    apart = weekly_users(scenario, firm) - weekly_users(reference, firm)
    after = sign * apart[:, first:].mean(axis=1)
    assert after.mean() > 3 * after.std(ddof=1) / np.sqrt(REPLICATES)
    if scenario == "layoff-rumour":
        assert (apart[:, :7] == 0).all()


def test_a_sceptical_manager_holds_the_curve_down(firm: Organisation) -> None:
    sceptical = weekly_users("licences-only", firm, readiness_start=0.1)
    ready = weekly_users("licences-only", firm, readiness_start=0.8)
    assert (ready - sceptical).mean() > 0.02
