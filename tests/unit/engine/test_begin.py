"""The start of a run: people differ as the parameters say."""

from __future__ import annotations

import numpy as np
import pytest

from sim import UptakeModel
from sim.engine.memory import column
from sim.organisation import template


def test_lasting_differences_have_their_spread() -> None:
    firm = template(3000)
    model = UptakeModel("licences-only", 0, organisation=firm, weeks=1)
    wanted = np.hypot(model.parameters.sigma_person, model.parameters.sigma_team)
    assert column(model.memory, "disposition").std() == pytest.approx(wanted, rel=0.1)


def test_without_differences_everybody_is_alike() -> None:
    firm = template(100)
    none = {"sigma_person": 0.0, "sigma_team": 0.0}
    model = UptakeModel("licences-only", 0, organisation=firm, weeks=1, parameters=none)
    assert not column(model.memory, "disposition").any()


@pytest.mark.parametrize(
    ("state", "parameter"),
    [("capability", "capability_start"), ("trust_anchor", "trust_start"), ("fit", "fit_start")],
)
def test_start_states_have_their_median(state: str, parameter: str) -> None:
    model = UptakeModel("licences-only", 0, organisation=template(3000), weeks=1)
    median = float(np.median(column(model.memory, state)))
    assert median == pytest.approx(getattr(model.parameters, parameter), abs=0.03)


def test_nothing_else_is_drawn() -> None:
    model = UptakeModel("licences-only", 0, organisation=template(100), weeks=1)
    for state in ("novelty", "own_habit", "cynicism", "hours", "promise", "confidence"):
        assert not column(model.memory, state).any(), state
