"""What is stored is taken up again if everything it hangs on is the same, and only then."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sim.analysis import plan, sweep
from sim.analysis.calibration import fit as _fit
from sim.analysis.calibration import observe, reach, reading
from sim.analysis.plan import evaluate, planning
from sim.analysis.plan.result import EVALUATIONS, plan_folder
from sim.analysis.sweep import driver, run_list, work
from sim.errors import InputError
from sim.parameters import parameter_rows
from sim.results import key
from sim.runner import load_organisation

PEOPLE = """\
id,team,manager_id,role,level,task_potential,threshold,start_trust,start_habit,considers,value_growth
boss,a,,lead,1,0.5,0.5,0.3,0.1,yes,0.5
ann,a,boss,dev,2,0.5,0.5,0.3,0.1,yes,0.5
bob,a,boss,dev,2,0.5,0.5,0.3,0.1,no,0.5
cy,b,boss,dev,2,0.5,0.5,0.3,0.1,no,0.5
di,b,boss,dev,2,0.5,0.5,0.3,0.1,no,0.5
ed,b,boss,dev,2,0.5,0.5,0.3,0.1,yes,0.5
"""
TIES = """\
source,target,kind,weight
ann,bob,advice,1
ann,cy,advice,1
bob,ann,advice,1
cy,di,friendship,1
di,ed,advice,1
ed,boss,advice,1
"""
FILES = {
    "firm/people.csv": PEOPLE,
    "firm/ties.csv": TIES,
    "firm/organisation.yaml": "tie_kinds: {friendship: {close: true, weight: 1}}\n",
    "base.yaml": "timeline: [{access: {start: week 1}}]\n",
    "rollout.yaml": "extends: base.yaml\nparameters: {b_habit: 3}\n",
    "plan.yaml": """\
weeks: 6
organisation: firm
interventions:
  - access: {latest: week 2, waves: false}
  - usage policy: {label: policy, latest: week 2, waves: false}
parameters: {b_habit: 3}
""",
    "sweep.yaml": """\
scenarios: [rollout.yaml]
organisation: firm
weeks: 6
seed: 3
uncertainties: {b_norm: [0.5, 3]}
design: {latin hypercube: 3}
replicates: 2
""",
    "calibration.yaml": """\
purpose: Which sets agree?
seed: 3
effort: {chains: 1, sets: 8, first: 1, sweeps: 1, last_sweeps: 0, checks: 1, reach: 1}
parameters: [b_0, b_habit]
settings:
  pilot: {purpose: a pilot, organisation: firm, weeks: 4, arms: {plain: rollout.yaml}}
targets:
  users: {target: P, says: a third use it, source: ASSUMPTION, setting: pilot, measure: share,
          of: weekly_users, arms: [plain], weeks: [2, 4], observed: 0.33, error: 0.5}
""",
}

CHANGES = {
    "survey answers": ("firm/people.csv", "ann,a,boss,dev,2,0.5,0.5,0.3", "0.9", "people"),
    "habit": ("firm/people.csv", "ann,a,boss,dev,2,0.5,0.5,0.3,0.1", "0.9", "people"),
    "threshold": ("firm/people.csv", "ann,a,boss,dev,2,0.5,0.5", "0.9", "people"),
    "considers": ("firm/people.csv", "ann,a,boss,dev,2,0.5,0.5,0.3,0.1,yes", "no", "people"),
    "a value": ("firm/people.csv", "ann,a,boss,dev,2,0.5,0.5,0.3,0.1,yes,0.5", "0.9", "people"),
    "a role": ("firm/people.csv", "ann,a,boss,dev", "ops", "people"),
    "a level": ("firm/people.csv", "ann,a,boss,dev,2", "3", "people"),
    "a manager": ("firm/people.csv", "ann,a,boss", "bob", "people"),
    "a tie": ("firm/ties.csv", "cy,di", "bob", "people"),
    "a weight": ("firm/ties.csv", "ann,bob,advice,1", "2", "people"),
    "a flag": ("firm/organisation.yaml", "tie_kinds: {friendship: {close: true", "false", "people"),
}
"""File, a line up to what is changed, what stands there then, and the ingredient it is of."""

WORDS = {
    "people": "other people or ties",
    "scenario": "another scenario",
    "parameters": "other parameters",
    "seed": "another seed",
    "model": "other rules, another engine or other plugins",
    "libraries": "other versions of numpy, numba, llvmlite or scipy",
    "form": "another version of Uptake",
}


class _Plan:
    """Some plans of a problem, evaluated as the command does."""

    simulates, form, restarts = (evaluate,), planning, False
    rows = parameter_rows({"b_0": np.linspace(-2, 0, 4)}, n=4)

    def __init__(self) -> None:
        self.seed = 3

    def go(self, place: Path, out: Path, say: Callable[[str], None]) -> bytes:
        people = load_organisation(place / "firm")
        problem = plan.load_problem(place / "plan.yaml")
        planner = plan.Planner(
            problem, people, self.rows, self.seed, folder=out / EVALUATIONS, threads=1
        )
        with plan_folder(out, planner.key):
            plans = [planner.space.draw(np.random.default_rng(i)) for i in range(3)]
            return planner.evaluator.values(plans, 4).tobytes()

    def change(self, place: Path, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
        if what == "seed":
            self.seed = 4
        elif what == "parameters":
            self.rows = parameter_rows({"b_0": np.linspace(-1, 0, 4)}, n=4)
        else:
            edit(place / "plan.yaml", "b_habit: 3", "b_habit: 1")


class _Sweep:
    """A sweep in this process."""

    simulates, form, restarts = (work,), run_list, True

    def go(self, place: Path, out: Path, say: Callable[[str], None]) -> bytes:
        done = sweep.sweep(place / "sweep.yaml", out, workers=1, say=say)
        return done.content_hash().encode()

    def change(self, place: Path, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
        if what == "seed":
            edit(place / "sweep.yaml", "seed: 3", "seed: 4")
        elif what == "parameters":
            edit(place / "sweep.yaml", "[0.5, 3]", "[0.5, 2]")
        else:
            edit(place / "rollout.yaml", "b_habit: 3", "b_habit: 1")


class _Calibration:
    """A calibration, all but its report."""

    simulates, form, restarts = (observe,), reading, False

    def go(self, place: Path, out: Path, say: Callable[[str], None]) -> bytes:
        asked = reading.load_study(place / "calibration.yaml")
        found = _fit.fit(asked, out, threads=1, say=say)
        return found.check.tobytes() + reach.reach(found, out, threads=1).tried.tobytes()

    def change(self, place: Path, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
        if what == "seed":
            edit(place / "calibration.yaml", "seed: 3", "seed: 4")
        elif what == "parameters":
            monkeypatch.setattr(reading, "_declared", lambda: "another prior")
        else:
            edit(place / "rollout.yaml", "b_habit: 3", "b_habit: 1")


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, "utf-8")
    return tmp_path


@pytest.fixture(params=[_Plan, _Sweep, _Calibration], ids=["plan", "sweep", "calibration"])
def kind(request: pytest.FixtureRequest) -> _Plan | _Sweep | _Calibration:
    return request.param()


def went(kind, place: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[bytes, int, str]:
    """Go on with what is in ``out``; return the numbers, calls of the engine and what was said."""
    calls, said = [], []
    with monkeypatch.context() as patch:
        for module in kind.simulates:
            real = module.run_cases
            patch.setattr(
                module,
                "run_cases",
                lambda *a, _real=real, **k: (calls.append(1), _real(*a, **k))[1],
            )
        try:
            numbers = kind.go(place, out, said.append)
        except InputError as error:
            return b"", len(calls), str(error)
    return numbers, len(calls), " ".join(said)


def is_not_taken_up(kind, place: Path, monkeypatch, ingredient: str, also: str = "") -> None:
    numbers, calls, said = went(kind, place, place / "out", monkeypatch)
    assert WORDS[ingredient] in said
    assert not any(words in said for name, words in WORDS.items() if name not in (ingredient, also))
    fresh, needed, _ = went(kind, place, place / "fresh", monkeypatch)
    if kind.restarts:
        assert (numbers, calls) == (fresh, needed)
        assert went(kind, place, place / "out", monkeypatch) == (fresh, 0, "")
    else:
        assert calls == 0
        assert needed > 0


def test_nothing_is_run_again_when_nothing_changed(kind, place, monkeypatch) -> None:
    numbers, calls, _ = went(kind, place, place / "out", monkeypatch)
    assert numbers
    assert calls > 0
    again = went(kind, place, place / "out", monkeypatch)
    assert again[:2] == (numbers, 0)
    shutil.copytree(place / "out", place / "moved")
    assert went(kind, place, place / "moved", monkeypatch)[:2] == (numbers, 0)


@pytest.mark.slow
@pytest.mark.parametrize("change", CHANGES)
def test_results_of_other_people_are_not_taken_up(kind, place, monkeypatch, change: str) -> None:
    went(kind, place, place / "out", monkeypatch)
    file, up_to, then, ingredient = CHANGES[change]
    if file.endswith(".yaml"):
        edit(place / file, up_to, up_to.replace("true", then))
    else:
        edit(place / file, up_to, ",".join([*up_to.split(",")[:-1], then]))
    is_not_taken_up(kind, place, monkeypatch, ingredient)


@pytest.mark.parametrize("what", ["scenario", "parameters", "seed"])
def test_results_of_another_study_are_not_taken_up(kind, place, monkeypatch, what: str) -> None:
    went(kind, place, place / "out", monkeypatch)
    kind.change(place, what, monkeypatch)
    # A calibration's seed stands in its text, too; a sweep's draws the points.
    also = {_Calibration: "scenario", _Sweep: "parameters"}.get(type(kind), "")
    is_not_taken_up(kind, place, monkeypatch, what, also if what == "seed" else "")


@pytest.mark.parametrize("kind", [_Sweep, _Calibration], indirect=True)
def test_what_a_scenario_extends_counts(kind, place, monkeypatch) -> None:
    went(kind, place, place / "out", monkeypatch)
    edit(place / "base.yaml", "week 1", "week 2")
    is_not_taken_up(kind, place, monkeypatch, "scenario")


def test_results_of_other_sources_are_not_taken_up(kind, place, monkeypatch) -> None:
    went(kind, place, place / "out", monkeypatch)
    for module in (key, driver, work):
        monkeypatch.setattr(module, "model_hash", lambda study: "edited", raising=False)
    is_not_taken_up(kind, place, monkeypatch, "model")


def test_results_of_other_libraries_are_not_taken_up(kind, place, monkeypatch) -> None:
    went(kind, place, place / "out", monkeypatch)
    version = key.metadata.version
    key.libraries_hash.cache_clear()
    with monkeypatch.context() as patch:
        patch.setattr(key.metadata, "version", lambda name: version(name) + "9" * (name == "numba"))
        is_not_taken_up(kind, place, monkeypatch, "libraries")
    key.libraries_hash.cache_clear()


def test_an_answer_outlives_its_evaluations(place, monkeypatch) -> None:
    """With them gone, another problem still does not overwrite it, and its own may go on."""
    kind, out = _Plan(), place / "out"
    numbers = went(kind, place, out, monkeypatch)[0]
    (out / "answer.json").write_text("{}", "utf-8")
    shutil.rmtree(out / EVALUATIONS)
    assert went(kind, place, out, monkeypatch)[0] == numbers
    shutil.rmtree(out / EVALUATIONS)
    kind.seed = 4
    assert "another seed" in went(kind, place, out, monkeypatch)[2]
    (out / "key").unlink()
    assert "another version of Uptake" in went(kind, place, out, monkeypatch)[2]
    assert (out / "answer.json").read_text("utf-8") == "{}"


def test_another_stored_form_is_not_taken_up(kind, place, monkeypatch) -> None:
    went(kind, place, place / "out", monkeypatch)
    monkeypatch.setattr(kind.form, "FORM", 99)
    is_not_taken_up(kind, place, monkeypatch, "form")
