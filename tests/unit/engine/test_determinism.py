"""The same seed gives the same numbers, to the bit, however the runs are made."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sim.case import Case
from sim.engine.compiled import Record, Records, run_cases
from sim.interventions.timeline import CATALOGUE
from sim.organisation import Organisation, from_graph, load, organisation_hash, to_csv, to_graph
from sim.outcomes import Outcome
from sim.randomness import replicate_seeds
from sim.scenario import Scenario, loads

WEEKS = 15
EVERYTHING = Record(teams=True, people=True)


def recorded(
    organisation: Organisation, *scenarios: Scenario, seeds: int = 3, first: int = 0, **more: int
) -> Records:
    cases = [Case.of(one, organisation, WEEKS) for one in scenarios]
    chosen = replicate_seeds(0, first + seeds)[first:]
    return run_cases(cases, chosen, weeks=WEEKS, record=EVERYTHING, **more)


def same(one: Records, other: Records) -> bool:
    """Return whether every recorded number is the same, to the bit."""
    pairs = [(getattr(one, n), getattr(other, n)) for n in ("weekly", "teams", "drivers", "people")]
    return all(a.shape == b.shape and a.tobytes() == b.tobytes() for a, b in pairs)


def part(records: Records, *where: slice) -> Records:
    arrays = {n: getattr(records, n)[where] for n in ("weekly", "teams", "drivers", "people")}
    return Records(checkpoint_weeks=records.checkpoint_weeks, **arrays)


def test_any_number_of_threads(firm: Organisation, busy: Scenario) -> None:
    one, two, three, many = (
        recorded(firm, busy, busy, seeds=9, threads=threads) for threads in (1, 2, 3, 64)
    )
    assert same(one, two)
    assert same(one, three)
    assert same(one, many)
    assert same(part(one, slice(0, 1)), part(one, slice(1, 2)))


def test_the_same_call_twice(firm: Organisation, busy: Scenario) -> None:
    assert same(recorded(firm, busy), recorded(firm, busy))


def test_first_replicates_do_not_depend_on_how_many(firm: Organisation, busy: Scenario) -> None:
    three, seven = recorded(firm, busy, seeds=3), recorded(firm, busy, seeds=7)
    assert same(three, part(seven, slice(None), slice(None), slice(0, 3)))
    assert not same(three, part(seven, slice(None), slice(None), slice(1, 4)))


def test_runs_alone_or_together(firm: Organisation, busy: Scenario) -> None:
    together = recorded(firm, busy, seeds=4)
    for k in range(4):
        alone = recorded(firm, busy, seeds=1, first=k)
        assert same(alone, part(together, slice(None), slice(None), slice(k, k + 1)))


def test_a_scenario_alone_or_in_a_comparison(firm: Organisation, busy: Scenario) -> None:
    """Also where the others differ in audiences, length of their tables, and decision."""
    other = loads("timeline: [{access: {start: 1, audience: managers}}, {mandate: {start: 2}}]")
    plain = loads("decision: {threshold: count, one_for_all: 1}")
    compared = recorded(firm, other, busy, plain, busy)
    alone = recorded(firm, busy)
    assert same(alone, part(compared, slice(1, 2)))
    assert same(alone, part(compared, slice(3, 4)))
    assert same(recorded(firm, plain), part(compared, slice(2, 3)))


def test_order_of_lines_in_the_files(firm: Organisation, busy: Scenario, tmp_path: Path) -> None:
    to_csv(firm, tmp_path / "kept")
    expected = recorded(load(tmp_path / "kept"), busy)
    for seed in range(3):
        folder = tmp_path / f"shuffled {seed}"
        to_csv(firm, folder)
        for name in ("people.csv", "ties.csv"):
            head, *lines = (folder / name).read_text("utf-8").splitlines()
            random.Random(seed).shuffle(lines)
            (folder / name).write_text("\n".join([head, *lines, ""]), "utf-8")
        shuffled = load(folder)
        assert organisation_hash(shuffled) == organisation_hash(load(tmp_path / "kept"))
        assert same(recorded(shuffled, busy), expected)


def test_chance_hangs_on_the_id(firm: Organisation, busy: Scenario) -> None:
    """People renamed are other people: the check of order can fail."""
    renamed = to_graph(firm)
    for node in renamed:
        renamed.nodes[node]["manager_id"] = None
    import networkx as nx

    one = from_graph(renamed)
    other = from_graph(nx.relabel_nodes(renamed, lambda node: f"x{node}"))
    assert not same(recorded(one, busy), recorded(other, busy))


@pytest.mark.parametrize("kind", CATALOGUE)
def test_dose_zero_changes_nothing(firm: Organisation, busy: Scenario, kind: str) -> None:
    import json

    text = busy.text + f"  - {kind}: {json.dumps({'start': 2, 'dose': 0})}\n"
    assert len(loads(text).timeline) == len(busy.timeline) + 1
    assert same(recorded(firm, loads(text)), recorded(firm, busy))


@pytest.mark.parametrize("kind", sorted(set(CATALOGUE) - {"first adopters"}))
def test_dose_one_changes_something(firm: Organisation, busy: Scenario, kind: str) -> None:
    """Every kind does reach people, so dose 0 above could have failed."""
    text = busy.text.replace("access: {start: 1}", "access: {start: 5}") + f"  - {kind}: "
    audience = ", audience: everyone" if kind == "access" else ""
    changed = loads(f"{text}{{start: 2, dose: 1{audience}}}\n")
    unchanged = loads(busy.text.replace("access: {start: 1}", "access: {start: 5}"))
    assert not same(recorded(firm, changed), recorded(firm, unchanged))


def test_first_adopters_change_nothing_in_the_rich_model_but_their_flag(
    firm: Organisation, busy: Scenario
) -> None:
    changed = loads(busy.text + "  - first adopters: {start: 2}\n")
    assert recorded(firm, changed).weekly.tobytes() == recorded(firm, busy).weekly.tobytes()


def test_seed_zero_is_a_seed() -> None:
    zero, one, two = (replicate_seeds(seed, 50) for seed in (0, 1, 2))
    assert len({*zero.tolist(), *one.tolist(), *two.tolist()}) == 150


def closest_lag(replicates: np.ndarray) -> float:
    """Return the largest correlation of each replicate with the next, moved by up to 5 weeks."""
    weeks = replicates.shape[1]
    found = []
    for lag in range(-5, 6):
        early = replicates[:-1, max(0, lag) : weeks + min(0, lag)]
        late = replicates[1:, max(0, -lag) : weeks + min(0, -lag)]
        found.append(abs(np.corrcoef(early.ravel(), late.ravel())[0, 1]))
    return max(found)


def test_neighbouring_seeds_are_not_shifted_copies(firm: Organisation, busy: Scenario) -> None:
    """Nor do bare 0, 1, 2, … given as the engine's seeds make replicates that go together.

    What is compared is the change from week to week: a firm's effect on taking the tool up lasts,
    and makes the weeks of a replicate go together, as far as its level is concerned.
    """
    case = Case.of(busy, firm, 90)
    seeds = np.arange(60, dtype=np.uint64)
    users = run_cases([case], seeds, weeks=90).weekly[0, 0, :, :, Outcome["weekly_users"]]
    assert not (users[0] == users[1]).all()
    surprise = np.diff(users[:, 10:] - users[:, 10:].mean(axis=0), axis=1)
    surprise -= surprise.mean(axis=1, keepdims=True)
    # Changes are as a moving average of -1/2 at worst: 1 + 2 · (1/2)² weeks for one.
    limit = 4.5 / np.sqrt(59 * 25 / 1.5)
    assert closest_lag(surprise[:, :30]) < limit
    copies = np.array([surprise[0, shift : shift + 30] for shift in range(49)])
    assert closest_lag(copies) > 0.8  # what it would be


SCRIPT = """
import hashlib
import numpy as np
from sim.case import Case
from sim.engine.compiled import Record, run_cases
from sim.organisation import load
from sim.randomness import replicate_seeds
from sim.scenario import load as load_scenario
import sys
people, scenario = load(sys.argv[1]), load_scenario(sys.argv[2])
case = Case.of(scenario, people, 12)
records = run_cases([case], replicate_seeds(0, 3), weeks=12, record=Record(True, True))
print(hashlib.sha256(records.weekly.tobytes() + records.people.tobytes()).hexdigest())
"""


def _digest(script: str, *arguments: Path, **environment: str) -> str:
    root = Path(load.__code__.co_filename).parents[2]
    path = os.pathsep.join([str(root), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": path, **environment},
        cwd=root, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip()


@pytest.mark.slow
def test_processes_with_different_hash_seeds_agree(
    firm: Organisation, busy: Scenario, tmp_path: Path
) -> None:
    import hashlib

    to_csv(firm, tmp_path / "firm")
    (tmp_path / "busy.yaml").write_text(busy.text, "utf-8")
    case = Case.of(busy, load(tmp_path / "firm"), 12)
    here = run_cases([case], replicate_seeds(0, 3), weeks=12, record=EVERYTHING)
    assert here.people is not None
    expected = hashlib.sha256(here.weekly.tobytes() + here.people.tobytes()).hexdigest()
    for hash_seed in ("0", "4711"):
        found = _digest(SCRIPT, tmp_path / "firm", tmp_path / "busy.yaml", PYTHONHASHSEED=hash_seed)
        assert found == expected


UNCOMPILED = """
import sys
import numpy as np
import sim.engine.compiled as engine

kind = type(engine.advance_runs).__name__
assert kind == ("function" if sys.argv[1] == "1" else "CPUDispatcher")
from sim.case import Case
from sim.organisation import from_arrays
from sim.scenario import loads
people = from_arrays(
    6, [0, 1, 1, 2, 3, 4, 5], [1, 0, 2, 0, 4, 3, 0],
    team=["a", "a", "a", "b", "b", "b"], manager=[-1, 0, 0, 0, 3, 3],
)
scenario = loads(sys.argv[2])
case = Case.of(scenario, people, 4)
seeds = np.array([0, 11], np.uint64)
records = engine.run_cases(
    [case], seeds, record=engine.Record(True, True), threads=1
)
print(records.weekly.tobytes().hex(), records.people.tobytes().hex())
"""


@pytest.mark.slow
def test_uncompiled_python_gives_the_same_bits(busy: Scenario) -> None:
    """The loops are plain Python as well: NUMBA_DISABLE_JIT=1 is a debugger's friend."""
    compiled, uncompiled = (
        _digest(UNCOMPILED, Path(disabled), Path(busy.text), NUMBA_DISABLE_JIT=disabled)
        for disabled in ("0", "1")
    )
    assert compiled == uncompiled
    assert len(set(compiled)) > 10
