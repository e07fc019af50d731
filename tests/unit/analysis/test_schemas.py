"""JSON Schemas of studies, plans and calibrations: they say what the loaders take."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from sim.analysis.calibration import definition as calibration
from sim.analysis.plan import schema as plan
from sim.analysis.sweep import schema as study
from sim.cli.files import KINDS
from sim.document import parse
from sim.interventions.base import Activity
from sim.interventions.timeline import CATALOGUE
from sim.parameters import PARAMETERS

EXPERIMENTS = Path(__file__).parents[3] / "experiments"
STUDIES = [
    *(EXPERIMENTS / "order_seldom_matters").glob("*.yaml"),
    EXPERIMENTS / "sweeps" / "study.yaml",
]
PLANS = sorted((EXPERIMENTS / "planning").glob("*.yaml"))
CALIBRATIONS = [EXPERIMENTS / "calibration" / "study.yaml"]
SCHEMAS: dict[str, Callable[[], dict[str, Any]]] = {
    "study": cache(study.json_schema),
    "plan": cache(plan.json_schema),
    "calibration": cache(calibration.json_schema),
}


def test_every_kind_is_here() -> None:
    assert {"scenario", *SCHEMAS} == set(KINDS)


@pytest.mark.parametrize("kind", SCHEMAS)
def test_they_are_schemas(kind: str) -> None:
    schema = SCHEMAS[kind]()
    Draft202012Validator.check_schema(schema)
    assert '"shared": ' not in json.dumps(schema)


def test_they_know_everything_by_name() -> None:
    mapping = SCHEMAS["study"]()["$defs"]["Uncertainties"]["anyOf"][1]
    assert set(mapping["properties"]) == {"posterior", *PARAMETERS}
    entry = SCHEMAS["plan"]()["$defs"]["PlannedEntry"]
    activities = {kind for kind, one in CATALOGUE.items() if issubclass(one, Activity)}
    assert set(entry["properties"]) == activities


@pytest.mark.parametrize(
    ("kind", "file"),
    [
        pytest.param(kind, file, id=f"{file.parent.name}/{file.stem}")
        for kind, files in (("study", STUDIES), ("plan", PLANS), ("calibration", CALIBRATIONS))
        for file in files
    ],
)
def test_files_of_the_experiments_are_valid(kind: str, file: Path) -> None:
    plain = parse(file.read_text("utf-8"), file.name).plain()
    Draft202012Validator(SCHEMAS[kind]()).validate(plain)


def agree(schema: dict[str, Any], model: Any, text: str, valid: bool) -> None:
    """Check that a schema and the model that reads files take, or refuse, the same text."""
    plain: Any = parse(text, "f").plain()
    assert Draft202012Validator(schema).is_valid(plain) is valid
    if valid:
        model.model_validate(plain)
    else:
        with pytest.raises(ValidationError):
            model.model_validate(plain)


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("{scenario: mandate}", True),
        ("{scenarios: [mandate, everything], organisations: small-firm}", True),
        ("{scenaros: mandate}", False),
        ("{weeks: a quarter}", True),
        ("{weeks: until the end}", False),
        ("{uncertainties: all}", True),
        ("{uncertainties: posterior}", True),
        ("{uncertainties: some}", False),
        ("{uncertainties: {b_trust: , b_norm: [0, 1], b_able: 'uniform(0, 1)'}}", True),
        ("{uncertainties: {b_trust: [0, 1, 2]}}", False),
        ("{uncertainties: {b_trust: {from: 0, to: 1}}}", False),
        ("{uncertainties: {b_trsut: }}", False),
        ("{levers: {a.start: [1, 2], b.dose: {from: 0, to: 1, step: 0.5}}}", True),
        ("{levers: {b.dose: {from: 0}}}", False),
        ("{levers: {b.dose: []}}", False),
        ("{levers: {b.dose: 1}}", False),
        ("{levers: {b.dose: {from: 0, to: 1, step: 0}}}", False),
        ("{replicates: 5}", True),
        ("{replicates: 0}", False),
        ("{replicates: {until: habitual_w52, width: 0.02}}", True),
        ("{replicates: {until: habitual_w52}}", False),
        ("{replicates: {fixed: 5}}", False),
        ("{record: {weeks: true, people: [52]}}", True),
        ("{record: {weeks: 3}}", False),
    ],
)
def test_schema_and_model_of_a_study_agree(text: str, valid: bool) -> None:
    whole = text[:-1] + ", design: {sobol: 8}}"
    agree(SCHEMAS["study"](), study.study_file_model(), whole, valid)


@pytest.mark.parametrize(
    ("design", "valid"),
    [
        ("full factorial", True),
        ("{full factorial: }", False),
        ("{full factorial: {levels: 3}}", True),
        ("{fractional factorial: {resolution: 3}}", True),
        ("{fractional factorial: 9}", False),
        ("sobol", False),
        ("{sobol: 64}", True),
        ("{sobol: {points: 64}}", True),
        ("{sobol: {levels: 64}}", False),
        ("{sobol: 64, morris: 3}", False),
        ("{}", False),
        ("{morris: {trajectories: 4, levels: 6}}", True),
        ("{morris: {trajectories: 4, levels: 5}}", False),
        ("{saltelli: {base: 8, second order: true}}", True),
        ("{list: [{b_trust: 1}, {b_trust: 2}]}", True),
        ("{list: []}", False),
        ("{table: points.csv}", True),
    ],
)
def test_schema_and_model_of_a_design_agree(design: str, valid: bool) -> None:
    agree(SCHEMAS["study"](), study.study_file_model(), f"design: {design}", valid)


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("{}", True),
        ("{objective: area}", True),
        ("{objective: [area, hours]}", True),
        ("{objective: [area, hours, money]}", True),
        ("{objective: [area, hours, money, area]}", False),
        ("{objective: {what: share, of: habitual, at: week 3}}", True),
        ("{objective: best}", False),
        ("{risk: regret}", True),
        ("{risk: none}", False),
        ("{waves: {numbers: 2, gaps: [4, 6]}}", True),
        ("{waves: {numbers: [0]}}", False),
        ("{waves: {groups: {a: [b, c]}}}", True),
        ("{precedence: a before b}", True),
        ("{sequences: [{of: [a, b], gaps: [0, 2]}]}", True),
        ("{blackouts: [{start: week 3, lasts: 2 weeks}]}", True),
        ("{blackouts: [{start: week 3}]}", False),
        ("{budget: {hours: 30}}", True),
        ("{budget: {hours: -30}}", False),
        ("{capacity: {trainers: 3}}", True),
        ("{extends: x}", False),
    ],
)
def test_schema_and_model_of_a_plan_agree(text: str, valid: bool) -> None:
    whole = "{interventions: [access: {}], " + text[1:]
    agree(SCHEMAS["plan"](), plan.plan_file_model(), whole, valid)


@pytest.mark.parametrize(
    ("entry", "valid"),
    [
        ("access: {doses: [0, 1], latest: week 9}", True),
        ("access: {doses: 1}", True),
        ("access: {doses: [6]}", False),
        ("access: {start: week 3}", False),
        ("access: {dose: 1}", False),
        ("layoff: {}", False),
        ("{access: {}, mandate: {}}", False),
        ("role-specific practice: {rounds: [1, 2], waves: false}", True),
        ("role-specific practice: {occupies: {trainers: 1 per 15 people, rooms: 2}}", True),
        ("role-specific practice: {occupies: {trainers: some}}", False),
        ("role-specific practice: {occupies: {trainers: -1}}", False),
        ("access: {audience: managers}", True),
        ("access: {audience: manager}", False),
    ],
)
def test_schema_and_model_of_an_intervention_to_place_agree(entry: str, valid: bool) -> None:
    text = f"interventions: [{entry}]"
    agree(SCHEMAS["plan"](), plan.plan_file_model(), text, valid)
