"""The key sees every ingredient: content of organisations, and all sources that matter."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import grimp
import numpy as np
import pytest

import sim
from sim.organisation import Organisation, organisation_hash, template
from sim.organisation.organisation import Ties
from sim.results import key
from sim.results.key import Key, model_hash

_SIM = Path(sim.__file__).parent


@pytest.fixture(scope="module")
def firm() -> Organisation:
    """A firm in which everything is known that a people file can say."""
    made = template(60, seed=1)
    n = made.n_people
    return replace(
        made,
        start_values={"trust": np.full(n, 0.5), "considers": np.zeros(n)},
        thresholds=np.full(n, 0.5),
        columns={"office": ["north"] * n},
    )


def _cell(values: np.ndarray, row: int = 7) -> np.ndarray:
    """Return a copy in which one cell is another."""
    values = values.copy()
    values[row] += 1
    return values


@pytest.mark.parametrize("column", template(60, seed=1).people.dtype.names)
def test_every_column_of_people_counts(firm: Organisation, column: str) -> None:
    people = firm.people.copy()
    people[column] = _cell(people[column])
    assert organisation_hash(replace(firm, people=people)) != organisation_hash(firm)


@pytest.mark.parametrize("column", Ties.__dataclass_fields__)
def test_every_column_of_ties_counts(firm: Organisation, column: str) -> None:
    ties = replace(firm.ties, **{column: _cell(getattr(firm.ties, column))})
    assert organisation_hash(replace(firm, ties=ties)) != organisation_hash(firm)


def test_everything_else_that_is_known_counts(firm: Organisation) -> None:
    n = firm.n_people
    changes = [
        {"start_values": firm.start_values | {"trust": _cell(firm.start_values["trust"])}},
        {"start_values": firm.start_values | {"considers": _cell(firm.start_values["considers"])}},
        {"start_values": {"trust": firm.start_values["trust"]}},
        {"thresholds": _cell(np.full(n, 0.5))},
        {"thresholds": None},
        {"columns": {"office": ["south", *["north"] * (n - 1)]}},
        {"roles": tuple(f"{role}?" for role in firm.roles)},
        {"teams": tuple(f"{team}?" for team in firm.teams)},
        {"team_manager": _cell(firm.team_manager, 0)},
        {"ids": np.array([f"{one}?" for one in firm.ids])},
    ]
    hashes = {organisation_hash(replace(firm, **change)) for change in changes}
    assert len(hashes | {organisation_hash(firm)}) == len(changes) + 1
    assert organisation_hash(replace(firm, name="another", notes=())) == organisation_hash(firm)


@pytest.mark.parametrize("study", ["plan", "calibration", "sweep"])
@pytest.mark.parametrize(
    "file", ["rules/learning.py", "engine/week.py", "interventions/base.py", "parameters.toml"]
)
def test_edited_sources_give_another_key(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, study: str, file: str
) -> None:
    before = model_hash(study)
    copy = tmp_path / "sim"
    shutil.copytree(_SIM, copy, ignore=shutil.ignore_patterns("__pycache__", "page", "web"))
    monkeypatch.setattr(key, "_SIM", copy)
    uncached = key._own_hash.__wrapped__
    assert uncached(study) == before
    with (copy / file).open("a") as stream:
        stream.write("# edited\n")
    assert uncached(study) != before


def test_ends_of_lines_are_nothing_edited(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    hashes = []
    for name, data in (("a", b"x\ny\n"), ("b", b"x\r\ny\r\n"), ("c", b"x\ny\n\n")):
        (tmp_path / name / "rules").mkdir(parents=True)
        (tmp_path / name / "rules" / "habit.py").write_bytes(data)
        monkeypatch.setattr(key, "_SIM", tmp_path / name)
        hashes.append(key._own_hash.__wrapped__("plan"))
    assert hashes[0] == hashes[1] != hashes[2]


def test_plugins_are_in_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    hashes = []
    for plugins in ((), ("a",), ("b",), ("a", "b")):
        monkeypatch.setattr(key, "identity", lambda plugins=plugins: plugins)
        hashes.append(model_hash("plan"))
    assert len(set(hashes)) == 4


def test_a_key_tells_what_differs() -> None:
    """One ingredient changed at a time, and nothing else is said to differ."""
    same = {"people": ["a"], "scenario": ["b"], "parameters": ["c"], "seed": 0}
    one = Key.of("plan", 1, **same)
    said = {
        "people": Key.of("plan", 1, **same | {"people": ["b"]}),
        "scenario": Key.of("plan", 1, **same | {"scenario": ["c"]}),
        "parameters": Key.of("plan", 1, **same | {"parameters": ["d"]}),
        "seed": Key.of("plan", 1, **same | {"seed": 1}),
        "form": Key.of("plan", 2, **same),
    }
    for name, other in said.items():
        assert one.unlike(str(other)) == key._WORDS[name]
        assert one.digest != other.digest


# Said, shown or found by these, but no number that is stored.
_NO_NUMBER = (
    "sim", "sim.arrays", "sim.compiler", "sim.errors", "sim.extensions", "sim.files",
    "sim.numbers", "sim.posterior", "sim.processes", "sim.runner", "sim.sources",
)  # fmt: skip
_STORES = {
    "plan": "sim.analysis.plan.evaluate",
    "calibration": "sim.analysis.calibration.reach",
    "sweep": "sim.analysis.sweep.work",
}


@pytest.mark.parametrize("study", _STORES)
def test_what_makes_the_numbers_is_in_the_key(study: str) -> None:
    """No module that a study's numbers come from is forgotten when one is added."""
    graph = grimp.build_graph("sim", exclude_type_checking_imports=True)
    own = key.sources_of(study)
    hashed = {file for pattern in (*key._MODEL, *own) for file in _SIM.glob(pattern)}
    assert len([file for file in hashed if "analysis" in file.parts]) == len(own)
    for module in graph.find_upstream_modules(_STORES[study]):
        # what is imported is in the key itself: the organisation's content, a table's rows
        if module in _NO_NUMBER or module.startswith(("sim.results", "sim.importing")):
            continue
        path = _SIM.joinpath(*module.split(".")[1:])
        file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        if file.parent.name == study and file.stem in ("__init__", "folder", "schema"):
            continue
        assert file in hashed, module
