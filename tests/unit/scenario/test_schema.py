import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from sim.document import parse
from sim.errors import InputError
from sim.interventions.timeline import CATALOGUE
from sim.parameters import MECHANISMS, PARAMETERS
from sim.scenario import json_schema, loads

SCENARIOS = Path(__file__).parents[3] / "scenarios"
SHIPPED = sorted(SCENARIOS.glob("*.yaml"))
VALIDATOR = Draft202012Validator(json_schema())


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(json_schema())


def test_it_knows_everything_by_name() -> None:
    definitions = json_schema()["$defs"]
    assert set(definitions["Entry"]["properties"]) == set(CATALOGUE)
    assert set(definitions["Parameters"]["properties"]) == set(PARAMETERS)
    assert set(definitions["Mechanisms"]["properties"]) == set(MECHANISMS)
    assert "shared" not in json.dumps(json_schema()).replace("shared by", "")


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_files_are_valid(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    VALIDATOR.validate(parse(text, path.name).plain())
    assert text.startswith("# yaml-language-server: $schema=scenario.schema.json\n")


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("{}", True),
        ("weeks: a quarter", True),
        ("weeks: 3 Weeks", False),
        ("nam: x", False),
        ("parameters: {tool_quality: 1}", True),
        ("parameters: {tool_quality: 2}", False),
        ("parameters: {tool_qualty: 1}", False),
        ("mechanisms: {norm: no}", False),
        ("decision: logit", True),
        ("decision: logic", False),
        ("decision: {threshold: count, one_for_all: 3}", True),
        ("decision: {threshold: sum}", False),
        ("timeline: [access: {start: week 3}]", True),
        ("timeline: [access: {start: 0}]", False),
        ("timeline: [access: {}]", False),
        ("timeline: [access: {start: 1, dosage: 3}]", False),
        ("timeline: [acces: {start: 1}]", False),
        ("timeline: [{access: {start: 1}, mandate: {start: 1}}]", False),
        ("timeline: [access: {start: 1, audience: managers}]", True),
        ("timeline: [access: {start: 1, audience: manager}]", False),
        (
            "timeline: [access: {start: 1, audience: [managers, {team: A, minus: {ids: [3]}}]}]",
            True,
        ),
        ("timeline: [access: {start: 1, audience: {informal leaders: true}}]", True),
        ("timeline: [access: {start: 1, audience: {informal leaders: {by: pagerank}}}]", True),
        ("timeline: [access: {start: 1, audience: {informal leaders: {by: rank}}}]", False),
        ("timeline: [access: {start: 1, audience: {share: 0}}]", False),
        ("timeline: [access: {start: 1, audience: {teams: []}}]", False),
        ("timeline: [mandate: {start: 1, lasts: until the end}]", True),
        ("timeline: [job-security account: {start: 1, style: silence}]", True),
        ("timeline: [job-security account: {start: 1, style: silent}]", False),
    ],
)
def test_schema_and_loader_agree(text: str, valid: bool) -> None:
    plain: Any = parse(text, "f").plain()
    assert VALIDATOR.is_valid(plain) is valid
    if valid:
        loads(text)
    else:
        with pytest.raises(InputError):
            loads(text)
