"""Theories of take-up and of choice: chosen by name, at full speed, with the bits of the agents."""

from __future__ import annotations

import inspect
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sim.engine.deciding import PLACES
from sim.errors import InputError
from sim.scenario import loads
from sim.scenario.text import to_yaml
from sim.theories import MAX_SETTINGS, QUANTITIES, SLOTS, Chosen, theories, wrong_with_theory

Call = Callable[..., subprocess.CompletedProcess[str]]
OWN = Path(__file__).with_name("own_theories.py")
GOOD = '''def own(near: float, trait: float, mean: float = 0.25) -> float:
    """Begin at once where enough use the tool.

    Decides  : take-up
    Equation : 9 if E >= m + u
    Units    : near 1 [0, 1e9]; trait 1 [0, 1]; mean 1 [0, 1]
    Range    : [0, 9]
    Monotone : rises with near
    Source   : Granovetter 1978
    """
    return 9.0 if near >= mean + trait else 0.0
'''


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("", "", ""),
        ("    Decides  : take-up\n", "", "does not say in its docstring what it decides"),
        ("take-up", "lunch", "does not say in its docstring what it decides: Decides : take-up"),
        ("    Source   : Granovetter 1978\n", "", "no Source in docstring"),
        ("near: float", "nearby: float", "does not say the unit and range of nearby"),
        ("near", "nearby", "asks for nearby, which is no quantity (did you mean near?)"),
        ("near", "odds", "asks for odds, which a theory of take-up does not know"),
        ("near 1 [0, 1e9]", "near 1 [0, 1]", "does not declare near 1 [0, 1e+09]"),
        ("mean: float = 0.25", "mean: float = 2", "has the default 2 of mean, outside [0, 1]"),
        ("mean: float = 0.25", "mean: float", "asks for mean, which is no quantity"),
        ("mean: float", "*, mean: float", "takes *mean; its arguments have to be named"),
        ("[0, 9]", "[0, 1e30]", "declares a range outside [0, 1e+20]"),
        ("[0, 9]", "[0, 8]", "gives 9 for near="),
        ("mean + trait", "mean / 0", "fails with ZeroDivisionError for near="),
        ("else 0.0", 'else float("nan")', "gives nan for near="),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_theory(old: str, new: str, said: str) -> None:
    spaces: dict[str, Any] = {}
    exec(GOOD.replace(old, new) if old else GOOD, spaces)
    assert wrong_with_theory(spaces["own"]).startswith(said)
    assert bool(wrong_with_theory(spaces["own"])) == bool(said)


def test_too_many_settings_and_what_is_no_function() -> None:
    names = [f"x{k}" for k in range(MAX_SETTINGS + 1)]
    text = GOOD.replace("mean: float = 0.25", ", ".join(f"{name}=0.5" for name in names))
    text = text.replace("mean 1", "; ".join(f"{name} 1 [0, 1]" for name in names) + "; mean 1")
    spaces: dict[str, Any] = {}
    exec(text, spaces)
    assert wrong_with_theory(spaces["own"]) == "has 7 settings; 6 at most"
    assert wrong_with_theory(print) == "is no plain function"


def test_the_engine_has_every_quantity() -> None:
    assert PLACES.keys() == QUANTITIES.keys()
    asked: set[str] = set()
    spaces: dict[str, Any] = {}
    exec(OWN.read_text("utf-8"), spaces)
    for name in ("any_hazard", "any_chance"):
        asked |= set(inspect.signature(spaces[name]).parameters)
    assert asked >= QUANTITIES.keys()  # so that the test of parity below is of all of them


def test_the_models_own_by_name() -> None:
    scenario = loads("decision: {takeup: hazard, choice: logit}\ntimeline: []")
    assert scenario.decision.theories == (Chosen("take-up", "hazard"), Chosen("choice", "logit"))
    again = loads(to_yaml(scenario))
    assert again.decision.theories == scenario.decision.theories
    assert loads("timeline: []").decision.theories == tuple(map(Chosen, SLOTS))
    assert [theories(decides)[name].code for decides, name in (("choice", "logit"),)] == [0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{takeup: hazzard}", "decision.takeup: is 'hazzard' — did you mean hazard?"),
        ("{takeup: linear-threshold}", "decision.takeup: is 'linear-threshold' — a theory that is"),
        ("{takeup: {hazard: {mean: 1}}}", "decision.takeup.hazard.mean: is not a key here"),
        ("{takeup: {}}", "decision.takeup: does not name one theory"),
        ("{takeup: hazard, bass: {}}", "decision.takeup: stands beside bass"),
        ("{choice: logit, threshold: share}", "decision.choice: stands beside threshold"),
    ],
)
def test_a_scenario_that_chooses_what_is_not_there(text: str, said: str) -> None:
    with pytest.raises(InputError) as error:
        loads(f"decision: {text}")
    assert said in str(error.value)


@pytest.fixture(scope="module")
def site(
    install: Callable[..., None], offered: Callable[..., Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:  # fmt: skip
    """Return a folder with the sample of a theory, and those of ``own_theories``."""
    folder = tmp_path_factory.mktemp("theories")
    install("uptake-linear-threshold", folder)
    for name in ("same_hazard", "same_chance", "any_hazard", "any_chance"):
        offered(folder, name.replace("_", "-"), OWN.read_text("utf-8"), group="decisions",
                attribute=name)  # fmt: skip
    return folder


BITS = """
import numpy as np
from sim import UptakeModel, load_scenario
from sim.scenario import loads
from sim.scenario.text import to_yaml
from sim.testing import check_theory

check_theory("any-hazard", scale=0.6)
check_theory("any-chance", scale=0.6, shift=-0.5)
base = to_yaml(load_scenario("everything"))

def run(decision, engine):
    scenario = loads(base + f"decision: {decision}\\n")
    model = UptakeModel(scenario, 3, organisation="small-firm", weeks=26, engine=engine)
    model.run_model()
    return model.weekly, model.drivers

def same(one, other):
    return all(map(np.array_equal, one, other))

both = "{takeup: {any-hazard: {scale: 0.9}}, choice: any-chance}"
assert same(run(both, "compiled"), run(both, "agents")), "engine and agents"
own = run("logit", "compiled")
assert same(run("{takeup: same-hazard}", "compiled"), own), "take-up as a plugin"
written = run("{takeup: same-hazard, choice: same-chance}", "compiled")
assert np.array_equal(written[0], own[0]), "choice as a plugin"
assert np.allclose(written[1], own[1], rtol=1e-4, atol=1e-6), "drivers are differences of chances"
"""


@pytest.mark.slow
def test_engine_and_agents_have_the_same_bits_and_a_copy_those_of_the_model(
    call: Call, site: Path
) -> None:
    done = call("-c", BITS, more=site)
    assert done.returncode == 0, done.stderr


ON_THE_PAGE = """
import numpy as np
import sim
from sim.scenario import loads
from sim.web.server_state import ServerState
from sim.web.session import Session

text = "name: {}\\ndecision: {}\\ntimeline: [{{access: {{start: 1}}}}]"
said = {"ours": "logit", "theirs": "{takeup: {linear-threshold: {mean: 0.3}}, choice: any-chance}"}
plans = {name: loads(text.format(name, decision)) for name, decision in said.items()}
people = sim.load_organisation("small-firm")
state = ServerState(scenarios=plans, opened=("ours",), organisation="small-firm",
                    organisations={"small-firm": people}, replicates=3, weeks=12)
session = Session(state)
session.open({"plans": ["ours", "theirs"]})
shown = session.results()
run = sim.compare(list(plans.values()), organisation=people, replicates=3, weeks=12)
assert np.array_equal(shown["weekly_users"], run["weekly_users"])
assert not np.array_equal(shown["weekly_users"][0], shown["weekly_users"][1])
written = loads(session.yaml({"plan": 1})["yaml"])
assert written.decision.theories == plans["theirs"].decision.theories
later = [{"access": {"start": 4}}]
session.edit({"plan": 1, "timeline": later})
moved = loads(text.format("theirs", said["theirs"]).replace("start: 1", "start: 4"))
again = sim.run(moved, organisation=people, replicates=3, weeks=12)
assert np.array_equal(session.results()["weekly_users"][1], again["weekly_users"][0])
"""


@pytest.mark.slow
def test_the_page_shows_and_changes_plans_with_a_theory(call: Call, site: Path) -> None:
    done = call("-c", ON_THE_PAGE, more=site)
    assert done.returncode == 0, done.stderr


THREE = """\
scenarios: [own.yaml]
organisation: small-firm
weeks: 12
replicates: 4
design: full factorial
levers:
  decision.takeup: [hazard, linear-threshold]
  timeline.day.dose: [0, 1]
outcomes: [activated_w12]
"""
SCENARIO = "timeline: [{access: {start: 1}}, {hackathon: {start: 2, label: day}}]\n"
ON_A_CLUSTER = """
from distributed import LocalCluster
from sim import sweep

if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        sweep("study.yaml", "cluster", scheduler=cluster.scheduler_address)
"""


@pytest.mark.slow
def test_three_samples_in_a_sweep_with_two_processes_and_on_a_cluster(
    call: Call, install: Callable[..., None], tmp_path: Path
) -> None:
    """An intervention, a replaced rule and a theory of take-up, each a package of one file."""
    site = tmp_path / "site"
    install("uptake-complex-contagion", site)
    install("uptake-linear-threshold", site)
    (tmp_path / "own.yaml").write_text(SCENARIO, "utf-8")
    (tmp_path / "study.yaml").write_text(THREE, "utf-8")
    (tmp_path / "cluster.py").write_text(ON_A_CLUSTER, "utf-8")
    done = call("-m", "sim", "sweep", "study.yaml", "--out", "two", "--workers", "2", more=site)
    assert done.returncode == 0, done.stderr
    rows = call("-m", "sim", "results", "two", "--csv", more=site).stdout.splitlines()
    cells = [dict(zip(rows[0].split(","), row.split(","), strict=True)) for row in rows[1:]]
    of = {
        (one["decision.takeup"], float(one["timeline.day.dose"])): float(one["activated_w12"])
        for one in cells
    }
    assert len(of) == 4
    assert len(set(of.values())) == 4  # the theory makes a difference, and so does the hackathon
    noted = json.loads((tmp_path / "two" / "manifest.json").read_text("utf-8"))["plugins"]
    assert {one["distribution"] for one in noted} == {
        "uptake-branches", "uptake-hackathon", "uptake-complex-contagion", "uptake-linear-threshold"
    }  # fmt: skip
    pytest.importorskip("distributed")
    done = call("cluster.py", more=site)
    assert done.returncode == 0, done.stderr
    assert call("-m", "sim", "results", "cluster", "--csv", more=site).stdout.splitlines() == rows
    for name in ("hazard_of_beginning", "linear-threshold"):
        check = "check_rule" if name == "hazard_of_beginning" else "check_theory"
        checked = call("-c", f"from sim.testing import {check}; {check}({name!r})", more=site)
        assert checked.returncode == 0, checked.stderr
    without = call("-m", "sim", "--no-plugins", "sweep", "study.yaml", "--out", "none", more=site)
    assert without.returncode == 2
    assert "hackathon: is not a key here" in without.stderr


@pytest.mark.slow
def test_its_sources_are_in_the_keys_and_in_the_cache(
    call: Call, offered: Callable[..., Path], tmp_path: Path
) -> None:
    probe = (
        "from sim.results.key import model_hash; from sim.engine.compiling import folders; "
        "print(folders()[0].name, model_hash('sweep'))"
    )
    found = []
    for k, text in enumerate((GOOD, GOOD.replace("9.0", "8.0"))):
        folder = offered(tmp_path / str(k), "own", text, group="decisions")
        found.append(call("-c", probe, more=folder).stdout.split())
    assert not set(found[0]) & set(found[1])
    assert not set(found[0]) & set(call("-c", probe).stdout.split())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD.replace("[0, 9]", "[0, 8]"), "gives 9 for near="),
        (
            GOOD.replace("return 9.0 if", "return dict(a=9.0)['a'] if"),
            "cannot be compiled: No implementation of function Function(<class 'dict'>) found",
        ),
        (
            GOOD.replace("    return 9", "    import math\n    return 9"),
            "cannot be compiled: Use of unsupported opcode (IMPORT_NAME) found",
        ),
    ],
)
def test_a_broken_one_is_one_error(
    call: Call, offered: Callable[..., Path], tmp_path: Path, text: str, said: str
) -> None:
    bad = offered(tmp_path / "bad", "own", text, group="decisions")
    done = call("-m", "sim", "plugins", more=bad)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"plugin uptake-own 1.0 uptake.decisions own: {said}"), line
    assert line.endswith("— mend or uninstall uptake-own, or --no-plugins")
