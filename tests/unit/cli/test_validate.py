import json
import subprocess
import sys
from pathlib import Path

import pytest

from sim.cli import main

SCENARIOS = Path(__file__).parents[3] / "scenarios"


def uptake(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    return int(ended.value.code or 0), out, err


def test_good_files(capsys: pytest.CaptureFixture[str]) -> None:
    file = SCENARIOS / "mandate.yaml"
    code, out, err = uptake(capsys, "validate", file, "licences-only")
    assert (code, err) == (0, "")
    assert out.splitlines()[0] == f"{file}: good (3 entries, 52 weeks, 240 people)"
    assert out.splitlines()[1].endswith("licences-only: good (1 entry, 52 weeks, 240 people)")


def test_all_problems_of_all_files(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("weeks: 0\nnam: x\n", encoding="utf-8")
    tab = tmp_path / "tab.yaml"
    tab.write_text("a:\n\tb: 1\n", encoding="utf-8")
    good = tmp_path / "good.yaml"
    good.write_text("weeks: 3\n", encoding="utf-8")
    code, out, err = uptake(capsys, "validate", bad, good, tab, tmp_path / "tub.yaml")
    assert code == 2
    assert out == f"{good}: good (0 entries, 3 weeks, no organisation named)\n"
    lines = err.splitlines()
    assert lines[0] == f"{bad}:1:8 weeks: is 0 — from 1 to 1040 weeks"
    assert lines[1] == f"{bad}:2:1 nam: is not a key here — did you mean name?"
    assert lines[2] == f"{tab}:2:1: a tab stands here — indent with spaces"
    assert "tub.yaml" in lines[3]
    assert "did you mean" in lines[3]


def test_the_organisation(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text(
        "organisation: firm.yaml\ntimeline: [access: {start: 1, audience: {team: nobody}}]",
        encoding="utf-8",
    )
    code, _, err = uptake(capsys, "validate", plan)
    assert code == 2
    assert f"{plan}:1:15 organisation: firm.yaml does not exist — " in err
    firm = SCENARIOS / "organisations" / "small-firm.yaml"
    code, _, err = uptake(capsys, "validate", plan, "--organisation", firm)
    assert code == 2
    assert f"{plan}:2:48 timeline[0].access.audience.team: team nobody is not in" in err


def test_an_empty_audience_is_a_warning(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text(
        "timeline: [access: {start: 1, audience: {managers: true, minus: managers}}]",
        encoding="utf-8",
    )
    firm = SCENARIOS / "organisations" / "small-firm.yaml"
    code, out, err = uptake(capsys, "validate", plan, "--organisation", firm)
    assert code == 0
    assert err.startswith(f"warning: {plan}:1:41 timeline[0].access.audience: the audience of")
    assert ": good (1 entry, 52 weeks" in out


def test_schema(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    from sim.cli.schema import KINDS
    from sim.scenario import json_schema

    said = {kind: uptake(capsys, "schema", kind) for kind in KINDS}
    assert {code for code, _, _ in said.values()} == {0}
    titles = {kind: json.loads(out)["title"] for kind, (_, out, _) in said.items()}
    assert titles == {kind: f"Uptake {kind}" for kind in KINDS}
    assert uptake(capsys, "schema", "organisation")[0] == 2
    code, out, _ = uptake(capsys, "schema")
    assert code == 0
    assert json.loads(out) == json_schema()
    file = tmp_path / "s.json"
    assert uptake(capsys, "schema", "--out", file)[0] == 0
    assert file.read_text(encoding="utf-8") == out
    code, _, err = uptake(capsys, "schema", "--out", tmp_path / "nowhere" / "s.json")
    assert code == 2
    assert "cannot be written" in err


def test_interventions() -> None:
    from click.testing import CliRunner

    from sim.cli.interventions import interventions
    from sim.errors import InputError
    from sim.interventions.catalogue import CATALOGUE

    listed = CliRunner().invoke(interventions, []).output.splitlines()
    assert [line[:28].strip() for line in listed] == list(CATALOGUE)
    for kind in CATALOGUE:
        said = CliRunner().invoke(interventions, [kind]).output
        assert said.startswith(f"{kind}: ")
        assert "start       first week" in said
    wrong = CliRunner().invoke(interventions, ["acess"])
    assert isinstance(wrong.exception, InputError)
    assert "did you mean access?" in str(wrong.exception)


def test_reading_a_scenario_imports_nothing_heavy() -> None:
    heavy = ["pandas", "numba", "mesa", "networkx", "matplotlib", "pyarrow", "scipy"]
    code = (
        "import sys, sim.scenario; sim.scenario.loads('timeline: [access: {start: 1}]');"
        f"print([m for m in {heavy} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
