"""The checks that Uptake's own interventions pass."""

from uptake_hackathon import Hackathon

from sim.testing import check_intervention


def test_intervention() -> None:
    check_intervention(Hackathon)
