"""Simulate a plain model inside the rich one: everything that is not named is switched off."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal

import numpy as np
import pytest

from sim.abm import UptakeModel
from sim.case import Case
from sim.engine.compiled import run_cases
from sim.organisation import Organisation
from sim.outcomes import Outcome
from sim.parameters import MECHANISMS
from sim.randomness import replicate_seeds
from sim.scenario import Scenario, loads

Engine = Literal["compiled", "agents"]


@pytest.fixture(scope="session")
def plain() -> Callable[..., Scenario]:
    """Make a scenario of its text, with every mechanism off but those named."""

    def plain(text: str, *on: str) -> Scenario:
        assert set(on) <= set(MECHANISMS)
        off = ", ".join(f"{name}: false" for name in MECHANISMS if name not in on)
        return loads(f"{text}\nmechanisms: {{{off}}}", "plain.yaml")

    return plain


@pytest.fixture(scope="session")
def states() -> Callable[..., np.ndarray]:
    """Simulate a scenario and return a state of everybody; shape (weeks, n_people)."""

    def states(
        scenario: Scenario,
        organisation: Organisation,
        name: str,
        weeks: int,
        engine: Engine = "compiled",
        seed: int = 0,
    ) -> np.ndarray:
        model = UptakeModel(scenario, seed, organisation=organisation, engine=engine, weeks=weeks)
        found = []
        while model.running:
            model.step()
            found.append([float(getattr(person, name)) for person in model.agents])
        return np.array(found)

    return states


@pytest.fixture(scope="session")
def outcome() -> Callable[..., np.ndarray]:
    """Live scenarios by ``run_cases``; return an outcome, shape (scenarios, weeks)."""

    def outcome(
        scenarios: Iterable[Scenario],
        organisation: Organisation,
        name: str,
        weeks: int,
        **more: Any,
    ) -> np.ndarray:
        cases = [Case.of(one, organisation, weeks) for one in scenarios]
        records = run_cases(cases, replicate_seeds(0, 1), weeks=weeks, **more)
        return records.weekly[:, 0, 0, :, Outcome[name]]

    return outcome
