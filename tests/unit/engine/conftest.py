"""A small organisation and a busy scenario that several tests of the engine live."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.organisation import Organisation, load
from sim.scenario import Scenario, loads

TEMPLATE = """kind: template
n_people: 40
seed: 7
span: {low: 4, high: 7}
departments:
  - {name: Sales, share: 0.5, roles: {account manager: 1}}
  - {name: Works, share: 0.5, roles: {coordinator: 0.6, case worker: 0.4}}
"""
BUSY = """
name: Busy
parameters: {b_0: -1.5, openness: 0.5}
timeline:
  - access: {start: 1}
  - generic training: {start: 1, attendance: 0.7, audience: {share: 0.6}}
  - loyalty conversation: {start: 3, lasts: 2}
  - psychological safety ritual: {start: 2, attendance: 0.5}
  - public mistake: {start: 6, reach: 0.5, punished: true}
  - layoff rumour: {start: 8, reach: 0.5}
"""


@pytest.fixture(scope="session")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Organisation:
    """Forty people in a handful of teams."""
    path = tmp_path_factory.mktemp("firm") / "firm.yaml"
    path.write_text(TEMPLATE, "utf-8")
    return load(Path(path))


@pytest.fixture(scope="session")
def busy() -> Scenario:
    """A scenario in which everything moves and people differ in what reaches them."""
    return loads(BUSY, "busy.yaml")
