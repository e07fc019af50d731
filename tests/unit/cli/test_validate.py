import json
import subprocess
import sys
from pathlib import Path

import pytest

import sim
import sim.runner
from sim.cli import main
from sim.cli.files import KINDS, _keys, json_schema_of

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
    assert out.splitlines()[0] == f"{file}: good (3 entries, 52 weeks, 240 people, 26 teams)"
    assert out.splitlines()[1].endswith(
        "licences-only: good (1 entry, 52 weeks, 240 people, 26 teams)"
    )


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


def test_a_shipped_organisation_goes_by_name_in_a_file_anywhere(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text("organisation: small-firm\ntimeline: [access: {start: 1}]", encoding="utf-8")
    code, out, _ = uptake(capsys, "validate", plan)
    assert code == 0
    assert " people" in out
    small = sim.runner.load_organisation("small-firm").n_people
    assert sim.run(str(plan), replicates=1, weeks=1).organisation.n_people == small
    (tmp_path / "small-firm").mkdir()  # what stands beside the file goes first
    assert uptake(capsys, "validate", plan)[0] == 2


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
    from sim.cli.files import KINDS
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
    assert uptake(capsys, "schema", "--out", file)[:2] == (0, f"Written: {file}\n")
    assert file.read_text(encoding="utf-8") == out
    code, _, err = uptake(capsys, "schema", "--out", tmp_path / "nowhere" / "s.json")
    assert code == 2
    assert err.startswith(f"{tmp_path / 'nowhere' / 's.json'}: is not there, or its folder is not")


def test_interventions() -> None:
    from click.testing import CliRunner

    from sim.cli.catalogues import interventions
    from sim.errors import InputError
    from sim.interventions.timeline import CATALOGUE

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


STUDY = "scenarios: mandate\norganisation: small-firm\nweeks: 4\ndesign: {sobol: 8}\n"
PLAN = "organisation: firm.yaml\nweeks: 9\ninterventions: [access: {latest: week 5, hours: 1}]\n"
CALIBRATION = SCENARIOS.parent / "experiments" / "calibration" / "study.yaml"


@pytest.mark.parametrize("kind", KINDS)
def test_the_keys_by_which_a_file_is_known_are_those_of_its_schema(kind: str) -> None:
    assert _keys(kind) == set(json_schema_of(kind)["properties"])


def test_other_kinds_of_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    firm = tmp_path / "firm.yaml"
    firm.write_text((SCENARIOS / "organisations" / "small-firm.yaml").read_text("utf-8"), "utf-8")
    study, plan = tmp_path / "a.yaml", tmp_path / "b.yaml"
    study.write_text(STUDY + "uncertainties: {b_trust: }\nreplicates: 3\n", "utf-8")
    plan.write_text(PLAN, "utf-8")
    code, out, err = uptake(capsys, "validate", study, plan, CALIBRATION, firm)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].startswith(f"{study}: good (study: 24 runs, 8 points, 0.0 million person-weeks")
    assert lines[0].endswith("KiB on disk)")
    assert lines[1].startswith(
        f"{plan}: good (plan: 1 to place, 9 weeks, 60 people, 9 teams; 5 dec"
    )
    assert lines[2].startswith(f"{CALIBRATION}: good (calibration: ")
    assert lines[3] == f"{firm}: good (organisation: 60 people, 9 teams)"


@pytest.mark.slow
def test_problems_of_other_kinds(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    files = {
        "study.yaml": STUDY + "uncertainties: {b_trsut: }\n",
        "plan.yaml": PLAN.replace("latest", "latst"),
        "lost.yaml": PLAN.replace("firm.yaml", "gone.yaml"),
        "tight.yaml": PLAN.replace("firm.yaml", "small.yaml") + "budget: {hours: 1}\n",
        "fit.yaml": "settings: {}\ntargets: {}\npurpose: none\n",
        "firm.yaml": "kind: template\nn_people: -3\n",
        "shop.yaml": "apples: 3\npears: 4\n",
        "small.yaml": (SCENARIOS / "organisations" / "small-firm.yaml").read_text("utf-8"),
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    paths = {name: tmp_path / name for name in files}
    code, out, err = uptake(capsys, "validate", *paths.values())
    assert code == 2
    assert out == f"{paths['small.yaml']}: good (organisation: 60 people, 9 teams)\n"
    for said in (
        f"{paths['study.yaml']}:5:17 uncertainties.b_trsut: is not a key here — did you mean",
        f"{paths['plan.yaml']}:3:26 interventions[0].access.latst: is not a key here — did you",
        f"{paths['tight.yaml']}: no plan keeps all constraints (proved). These clash:",
        f"{paths['fit.yaml']}:1:1 settings: ",
        "firm.yaml:2:1 n_people: is -3",
        f"{paths['lost.yaml']}:1:15 organisation: gone.yaml does not exist — ",
        f"{paths['shop.yaml']}:1:1: is none of scenario, study, plan, calibration, organisation: "
        "no kind of file has the key apples — the keys that uptake schema KIND lists",
    ):
        assert said in err


def test_a_plan_on_a_given_organisation(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text(PLAN.replace("organisation: firm.yaml\n", ""), encoding="utf-8")
    code, out, _ = uptake(capsys, "validate", plan)
    assert (code, out) == (0, f"{plan}: good (plan: 1 to place, 9 weeks, no organisation named)\n")
    code, out, _ = uptake(capsys, "validate", plan, "--organisation", "small-firm")
    assert code == 0
    assert "60 people" in out
