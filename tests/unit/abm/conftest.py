"""A small model to look at from all sides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sim.abm import UptakeModel
from sim.organisation import Organisation
from sim.runner import load_organisation


@pytest.fixture(scope="session")
def firm() -> Organisation:
    """The shipped small firm: sixty people."""
    return load_organisation("small-firm")


@pytest.fixture
def make(firm: Organisation) -> Callable[..., UptakeModel]:
    """Make a model of a shipped scenario on the small firm."""

    def make(scenario: str = "everything", seed: int | None = 1, **more: Any) -> UptakeModel:
        return UptakeModel(scenario, seed, organisation=firm, parameters={"b_0": -1.5}, **more)

    return make
