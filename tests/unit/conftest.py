"""Runs of the real engine that several tests look at."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.results import Comparison
from sim.runner import compare

PEOPLE = "id,team,manager_id,role,level\n" + "".join(
    f"p{i},{'=SUM(A1)' if i < 7 else 'Few'},{'' if i == 0 else 'p0'},clerk,{1 if i == 0 else 2}\n"
    for i in range(10)
)
TIES = "source,target,kind,weight\n" + "".join(
    f"p{i},p{(i + k) % 10},advice,1\n" for i in range(10) for k in (1, 3)
)


@pytest.fixture(scope="session")
def comparison() -> Comparison:
    """Two shipped plans on the small shipped firm, where use is easy."""
    return compare(
        ["training-first", "everything"],
        organisation="small-firm",
        replicates=8,
        weeks=30,
        seed=3,
        parameters={"b_0": -1.0},
    )


@pytest.fixture(scope="session")
def client_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A client's files: a team of seven with a hostile name, and a team of three."""
    folder = tmp_path_factory.mktemp("client")
    (folder / "people.csv").write_text(PEOPLE, "utf-8")
    (folder / "ties.csv").write_text(TIES, "utf-8")
    return folder
