"""Plugins: installed, used in a sweep, known by their sources, refused where broken."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from commands import call as uptake
from sim.cli import main
from sim.cli.catalogues import KINDS, files_of
from sim.errors import InputError
from sim.extensions import GROUPS, Extension, identity, take_each, without_plugins

Call = Callable[..., subprocess.CompletedProcess[str]]
Offered = Callable[..., Path]

STUDY = """\
scenarios: [own.yaml, licences-only]
organisation: branches
weeks: 6
levers: {timeline.day.dose: [0, 1]}
design: full factorial
replicates: 2
outcomes: [capability_w6]
"""
SCENARIO = "timeline: [{access: {start: 1}}, {hackathon: {start: 2, label: day}}]\n"


@pytest.mark.slow
def test_the_samples_in_a_sweep_with_two_processes(call: Call, tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(SCENARIO, "utf-8")
    (tmp_path / "study.yaml").write_text(STUDY.replace("[own.yaml, licences-only]", "own.yaml"))
    done = call("-m", "sim", "sweep", "study.yaml", "--out", "out", "--workers", "2")
    assert done.returncode == 0, done.stderr
    shown = call("-m", "sim", "results", "out", "--csv")
    rows = [line.split(",") for line in shown.stdout.splitlines()]
    dose, value = rows[0].index("timeline.day.dose"), rows[0].index("capability_w6")
    by = {
        level: [float(row[value]) for row in rows[1:] if float(row[dose]) == level]
        for level in (0, 1)
    }
    assert min(by[1]) > max(by[0])  # it trains
    noted = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))["plugins"]
    assert [one["distribution"] for one in noted] == ["uptake-branches", "uptake-hackathon"]
    refused = call("-m", "sim", "--no-plugins", "validate", "own.yaml")
    assert refused.returncode == 2
    assert "hackathon: is not a key here" in refused.stderr
    assert ["branches", "hackathon"][0] in call("-m", "sim", "plugins").stdout
    assert "day on which teams try" in call("-m", "sim", "interventions", "hackathon").stdout


@pytest.mark.slow
def test_the_sources_are_in_the_key(call: Call, plugins: Path, tmp_path: Path) -> None:
    key = "from sim.results.key import model_hash; print(model_hash('sweep'))"
    before, again = call("-c", key).stdout, call("-c", key).stdout
    assert before == again != ""
    edited = tmp_path / "edited"
    shutil.copytree(plugins, edited)
    file = edited / "uptake_hackathon.py"
    file.write_text(file.read_text("utf-8").replace("dose=self.shown", "dose=0.4"), "utf-8")
    assert call("-c", key, more=edited).stdout != before
    bare = f"from sim.extensions import without_plugins\nwith without_plugins():\n {key}"
    assert call("-c", bare).stdout != before


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import no_such_module", "cannot be imported: No module named 'no_such_module'"),
        ("Own = 3", "is no class of sim.interventions.base.Activity or Shock"),
        ("raise SystemError('gone\\nwrong')", "cannot be imported: gone"),
        ("from sim.interventions.base import Activity\nclass Own(Activity):\n    kind = 'access'",
         "has the kind 'access', which is there already"),
        ("from sim.interventions.base import Activity\nclass Own(Activity):\n    kind = 'lunch'",
         "has a docstring without Acts on, Audience, Timing, Levers, Cost, Source"),
    ],
)  # fmt: skip
def test_a_broken_one_is_one_error_that_names_its_package(
    call: Call, tmp_path: Path, text: str, said: str
) -> None:
    bad = tmp_path / "bad"
    (bad / "uptake_bad-0.3.dist-info").mkdir(parents=True)
    about = bad / "uptake_bad-0.3.dist-info"
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: uptake-bad\nVersion: 0.3\n")
    (about / "entry_points.txt").write_text("[uptake.interventions]\nown = uptake_bad:Own\n")
    (bad / "uptake_bad.py").write_text(text)
    for command in (("validate", "licences-only"), ("plugins",)):
        done = call("-m", "sim", *command, more=bad)
        assert done.returncode == 2, command
        where = "plugin uptake-bad 0.3 uptake.interventions own"
        assert done.stderr.splitlines() == [
            f"{where}: {said} — mend or uninstall uptake-bad, or --no-plugins"
        ]
    if text == "Own = 3":
        assert call("-m", "sim", "--no-plugins", "interventions", more=bad).returncode == 0


RULE = """def hazard_of_beginning(alone, team, share, ties, near, pull):
    \"\"\"Nobody begins but by oneself.

    Equation : λ = pull · p
    Units    : alone 1/week [0, 2]; team 1/week [0, 5]; share 1 [0, 1]; ties 1/week [0, 5]; near 1
               [0, 1e9]; pull 1 [0, 1e9]
    Range    : [0, 1e20]
    Monotone : rises with alone, pull
    Source   : none
    \"\"\"
    return pull * alone
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("hazard_of_beginnings", "hazard_of_beginning", "hazard_of_beginnings",
         "is the name of no rule that can be replaced: did you mean hazard_of_beginning?"),
        ("uniform", "hazard_of_beginning", "uniform",
         "is the name of no rule that can be replaced: docs/reference/rules.md lists them"),
        ("hazard_of_beginning", "near, pull)", "close, pull)",
         "has the arguments alone, team, share, ties, close, pull, not alone, team, share, ties, "
         "near, pull"),
        ("hazard_of_beginning", "    Source   : none\n", "", "no Source in docstring"),
        ("hazard_of_beginning", "1e20", "1e30", "has a range outside the rule's, [0, 1e+20]"),
        ("hazard_of_beginning", "pull 1 [0, 1e9]", "pull 1 [0, 2]",
         "does not declare pull 1 [0, 1e+09], as the rule does"),
    ],
)  # fmt: skip
def test_a_rule_that_does_not_fit_its_slot(
    call: Call, offered: Offered, tmp_path: Path, name: str, old: str, new: str, said: str
) -> None:
    bad = offered(tmp_path / "bad", name, RULE.replace(old, new), group="rules")
    done = call("-m", "sim", "plugins", more=bad)
    assert done.returncode == 2
    where = f"plugin uptake-own 1.0 uptake.rules {name}"
    assert done.stderr.splitlines()[-1] == (
        f"{where}: {said} — mend or uninstall uptake-own, or --no-plugins"
    )


@pytest.mark.slow
def test_the_page_ends_where_a_rule_does_not_fit_its_slot(
    call: Call, offered: Offered, tmp_path: Path
) -> None:
    """The engine, which finds it, is loaded when the server is up."""
    bad = offered(
        tmp_path / "bad", "uniform", RULE.replace("hazard_of_beginning", "uniform"), group="rules"
    )
    done = call("-m", "sim", "serve", "--no-browser", "--port", "0", more=bad)
    assert done.returncode == 2
    assert done.stderr.startswith(
        "plugin uptake-own 1.0 uptake.rules uniform: is the name of no rule"
    )


@pytest.mark.slow
def test_a_replaced_rule_is_the_agents_and_the_keys(
    call: Call, offered: Offered, tmp_path: Path
) -> None:
    own = offered(tmp_path / "own", "hazard_of_beginning", RULE, group="rules")
    probe = (
        "import sim.engine; from sim import rules; from sim.engine import week; "
        "from sim.results.key import model_hash; from sim.engine.compiling import folders; "
        "print(rules.hazard_of_beginning(.5, 1, 1, 1, 1, 2), "
        "week.hazard_of_beginning is rules.hazard_of_beginning, rules.RULES"
        "['hazard_of_beginning'].equation, folders()[0].name, model_hash('sweep'))"
    )
    with_it, without = (call("-c", probe, more=more).stdout.split() for more in (own, None))
    assert with_it[:2] == ["1.0", "True"]
    assert without[:2] == ["5.0", "True"]
    assert not set(with_it[-2:]) & set(without[-2:])
    late = (
        "import sim, sim.engine; from sim.extensions import without_plugins\n"
        "with without_plugins(): sim.run('licences-only', organisation='small-firm', weeks=2)"
    )
    assert "after the engine was loaded" in call("-c", late, more=own).stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    "kinds",
    [
        ("intervention", "organisation", "outcome", "importer"),
        pytest.param(("rule", "decision"), marks=pytest.mark.slow),  # other machine code
    ],
    ids=" ".join,
)
def test_a_new_plugin_of_each_kind_works_and_its_tests_pass(
    call: Call, install: Callable[..., None], tmp_path: Path, kinds: tuple[str, ...]
) -> None:
    for kind in kinds:
        done = call("-m", "sim", "new-plugin", f"uptake-lunch-{kind}", "--adds", kind)
        assert done.returncode == 0, done.stderr
        install(tmp_path / f"uptake-lunch-{kind}", tmp_path / "site")
    site = tmp_path / "site"
    shown = call("-m", "sim", "plugins", more=site)
    assert shown.returncode == 0, shown.stderr
    assert all(f"uptake-lunch-{kind} 0.1.0" in shown.stdout for kind in kinds)
    folders = [str(tmp_path / f"uptake-lunch-{kind}" / "tests") for kind in kinds]
    done = call("-m", "pytest", "-q", "-p", "no:cacheprovider", *folders, more=site)
    assert done.returncode == 0, done.stdout


def test_every_kind_can_be_written() -> None:
    declared = [files_of("uptake-x", kind)["pyproject.toml"] for kind in KINDS]
    for group in GROUPS:
        assert any(f'[project.entry-points."{group}"]' in text for text in declared)


def test_a_new_plugin_overwrites_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert uptake("new-plugin", "uptake-lunch-talk") == 0
    assert uptake("new-plugin", "uptake-lunch-talk") == 2
    assert "is there already" in capsys.readouterr().err


@pytest.mark.slow
def test_checks_find_what_is_wrong(call: Call) -> None:
    """The sample passes; without its effects, it does nothing, which is found."""
    passes = "from sim.testing import *; from uptake_hackathon import Hackathon as H; "
    both = "check_intervention(H); check_organisation('branches')"
    assert call("-c", passes + both).returncode == 0
    found = call("-c", passes + "H.parts = lambda self: (); check_intervention(H)")
    assert "parts() is empty" in found.stderr


@pytest.mark.parametrize("name", ["Lunch", "../lunch", "sim", "lunch_talk", "-lunch", "import"])
def test_names_of_new_plugins(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["new-plugin", "--", name])
    assert end.value.code == 2
    assert "uptake-lunch-talk" in capsys.readouterr().err


def test_a_template_leaves_no_mark_behind() -> None:
    for kind in KINDS:
        for path, text in files_of("uptake-lunch-talk", kind).items():
            assert "{name}" not in text
            assert not path.startswith("/")


@pytest.mark.parametrize(
    ("sample", "kind"),
    [("uptake-complex-contagion", "rule"), ("uptake-linear-threshold", "decision")],
)
def test_a_template_is_the_sample(repository: Path, sample: str, kind: str) -> None:
    """What is written under the sample's name does what the sample does, to the letter."""
    module = f"{sample.replace('-', '_')}.py"
    kept = (repository / "examples" / "plugins" / sample / module).read_text("utf-8")
    code = [text.split('"""', 2)[2] for text in (files_of(sample, kind)[module], kept)]
    assert code[0] == code[1]


def test_everything_broken_is_said_at_once() -> None:
    named = ["nowhere:one", "json:dumps", "math:pi", "nowhere:two"]
    offered = [Extension("uptake.rules", f"r{k}", v, f"d{k}", "1") for k, v in enumerate(named)]
    taken = []

    def take(one: Extension, own: object) -> str:
        if not callable(own):
            return "is no function"
        taken.append(one.name)
        return ""

    with pytest.raises(InputError) as found:
        take_each(offered, take)
    assert [problem.where for problem in found.value.problems] == [
        f"plugin d{k} 1" for k in (0, 2, 3)
    ]
    assert "is no function" in str(found.value.problems[1])
    assert taken == ["r1"]


def test_without_plugins_ends() -> None:
    before = os.environ.get("UPTAKE_NO_PLUGINS")
    with without_plugins():
        assert not identity()
    assert os.environ.get("UPTAKE_NO_PLUGINS") == before
