"""What the JSON files of a folder may say: a folder from elsewhere is data, and checked as such.

One schema a file, in one place, checked whenever it is read. Whatever the schema does not name
is dropped, so that nothing unchecked reaches SQL, a path or a loop.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from sim.contrast import is_margin
from sim.errors import InputError, Problem
from sim.schedule import MAX_WEEKS
from sim.sources import read_regular

__all__ = ["PlanAnswer", "ResultsManifest", "StudyManifest", "read_json"]

MAX_BYTES = 256 * 1024 * 1024
"""Largest JSON file of a folder: 10,000 parameter sets take about 30 MB."""

MAX_RUNS = 10**12


def _bare(name: str) -> str:
    if not name or name in (".", "..") or any(one in name for one in '/\\:\0\n\r"'):
        raise ValueError("is not the bare name of a file")
    return name


_Count = Annotated[int, Field(ge=0, le=MAX_RUNS)]
_Positive = Annotated[int, Field(ge=1, le=MAX_RUNS)]
_Weeks = Annotated[int, Field(ge=1, le=MAX_WEEKS)]
_Seed = Annotated[int, Field(ge=0, lt=2**64)]
_Hash = Annotated[str, Field(pattern=r"\A[0-9a-f]{64}\z")]
_Number = Annotated[float, Field(allow_inf_nan=False)]
_File = Annotated[str, Field(max_length=255), AfterValidator(_bare)]
_Name = Annotated[str, Field(max_length=1000)]
_Label = Annotated[str, Field(max_length=1000, min_length=1, pattern=r"\A[^\x00]*\z")]
_Table = Literal[
    "weekly.parquet", "teams.parquet", "drivers.parquet", "people.parquet",
    "weekly.csv", "teams.csv", "drivers.csv", "people.csv",
    "summary.csv", "differences.csv", "structure.csv",
]  # fmt: skip


class _Data(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)


class _Written(_Data):
    version: _Name = "unknown"
    manifest: int | None = None
    study: int | None = None
    plan: int | None = None


class _Recorded(_Data):
    teams: bool
    people: bool


class _Source(_Data):
    name: _Name = ""
    file: _Name
    text: str
    sources: dict[str, str]
    parameters: list[dict[str, _Number]] | None = None


class _Organisation(_Data):
    name: _Name
    people: _Positive
    teams: _Count
    ties: _Count
    content_hash: Annotated[str, Field(pattern=r"\A[0-9a-f]{16,128}\z")]
    path: Annotated[str, Field(max_length=4096)]
    text: str
    files: dict[_File, _Hash] = {}


class _TableEntry(_Data):
    rows: _Count
    sha256: _Hash
    weeks: Annotated[list[_Weeks], Field(min_length=1, max_length=MAX_WEEKS)] | None = None


class ResultsManifest(_Data):
    """``manifest.json`` of a run or a comparison."""

    uptake: _Written
    seed: _Seed
    replicates: _Positive
    weeks: _Weeks
    parameters_set: dict[str, _Number]
    parameter_sets: Annotated[list[dict[str, _Number]], Field(min_length=1)] | None = None
    structure: bool = False
    margin: _Number | None = None
    record: _Recorded
    scenarios: Annotated[list[_Source], Field(min_length=1)]
    organisation: _Organisation
    tables: dict[_Table, _TableEntry]
    platform: dict[str, Any] = {}

    @model_validator(mode="after")
    def _agrees(self) -> ResultsManifest:
        sets = self.parameter_sets
        if sets is not None and any(one.keys() != sets[0].keys() for one in sets):
            raise ValueError("parameter_sets name different parameters")
        if self.margin is not None and not is_margin(self.margin):
            raise ValueError("margin is no share from 0 to under 1")
        runs = len(self.scenarios) * len(sets or [0]) * self.replicates
        there = {
            "teams": self.record.teams, "people": self.record.people,
            "structure": self.structure, "differences": len(self.scenarios) > 1,
        }  # fmt: skip
        for name, about in self.tables.items():
            table = name.partition(".")[0]
            if table == "weekly" and about.rows != runs * self.weeks:
                raise ValueError(f"{name} does not have {runs * self.weeks:,} rows, as it says")
            if about.weeks and max(about.weeks) > self.weeks:
                raise ValueError(f"{name} is of weeks after the last")
            if not there.get(table, True):
                raise ValueError(f"{name} is listed and was not recorded")
        return self


class _Runs(_Data):
    expected: _Count
    stored: _Count
    failed: _Count
    missing: _Count


class _Outcome(_Data):
    unit: _Name
    meaning: str


class _Factor(_Data):
    name: _Label
    kind: Literal["lever", "uncertainty"]
    range: _Name | None
    levels: list[str | int | float | bool | None]


class StudyManifest(_Data):
    """``manifest.json`` of a study."""

    uptake: _Written
    name: _Name
    question: str = ""
    file: _Name = ""
    design: _Name
    size: dict[str, Any] | None
    seed: _Seed
    weeks: _Weeks
    points: _Count
    record: Annotated[str, Field(pattern=r"\A[0-9a-f]{1,64}\z")]
    tables: Annotated[list[Literal["runs", "weeks", "people"]], Field(min_length=1)]
    outcomes: Annotated[dict[_Label, _Outcome], Field(min_length=1)]
    differences: list[_Label] = []
    factors: list[_Factor]
    runs: _Runs
    scenarios: Annotated[list[_Source], Field(min_length=1)]
    organisations: Annotated[list[_Organisation], Field(min_length=1)]
    platform: dict[str, Any] = {}

    @model_validator(mode="after")
    def _agrees(self) -> StudyManifest:
        for key, names in (
            ("tables", self.tables),
            ("factors", [one.name for one in self.factors]),
            ("scenarios", [one.name for one in self.scenarios]),
            ("organisations", [one.name for one in self.organisations]),
        ):
            if len(set(names)) < len(names):
                raise ValueError(f"{key} name one of them twice")
        if not all(one.name for one in self.scenarios):
            raise ValueError("a scenario has no name")
        if "runs" not in self.tables:
            raise ValueError("tables lack runs")
        return self


class _Rollout(_Data):
    """A plan as the search has it, item by item."""

    starts: list[Annotated[int, Field(ge=0, le=MAX_WEEKS)]]
    doses: list[Annotated[float, Field(ge=0, le=5)]]
    rounds: list[Annotated[int, Field(ge=0, le=MAX_WEEKS)]]
    waves: Annotated[list[list[_Name]], Field(min_length=1, max_length=MAX_WEEKS)]
    gaps: list[Annotated[int, Field(ge=0, le=MAX_WEEKS)]]

    @model_validator(mode="after")
    def _agrees(self) -> _Rollout:
        items = len(self.starts)
        if not items == len(self.doses) == len(self.rounds) or len(self.gaps) not in (0, items):
            raise ValueError("starts, doses, rounds and gaps are of different lengths")
        return self


class _Planned(_Data):
    file: Annotated[str, Field(pattern=r"\A(best|plan-[0-9]{1,9})\.yaml\z")]
    plan: _Rollout
    sha256: _Hash | None = None


class PlanAnswer(_Data):
    """``answer.json`` of a plan; what stands under ``tables`` has a schema of its own."""

    uptake: _Written
    problem: _Name
    organisation: Annotated[str, Field(max_length=4096)] | None = None
    risk: _Name
    runs: _Count
    worlds: _Count
    parameter_sets: _Count
    plans_seen: _Count
    all_plans_seen: bool
    interrupted: bool = False
    plans: Annotated[list[_Planned], Field(min_length=1)]
    tables: dict[str, Any] = {}
    findings: list[str] = []
    rests_on: list[str] = []

    @model_validator(mode="after")
    def _agrees(self) -> PlanAnswer:
        names = [one.file for one in self.plans]
        if len(set(names)) < len(names):
            raise ValueError("plans name one file twice")
        return self


def read_json(
    path: Path, schema: type[BaseModel], right: str, *, layout: Callable[[Any], None] | None = None
) -> dict[str, Any]:
    """Return what a JSON file of a folder says, once it is what the schema says.

    Parameters
    ----------
    schema : type of BaseModel
        Of this module.
    right : str
        What would be right, for errors.
    layout : callable, optional
        Given the content before it is checked; raises where it is of another layout.

    Raises
    ------
    InputError
        With everything wrong, where the file is not there, is no JSON or says something else.
    """
    import json

    data = read_regular(path, MAX_BYTES, right)
    try:
        content = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        what = f"cannot be read: {' '.join(str(error).split())[:100]}"
        raise InputError([Problem(str(path), "", what, right)]) from None
    if layout is not None:
        layout(content)
    try:
        return schema.model_validate(content).model_dump()
    except ValidationError as error:
        problems = [
            Problem(str(path), _path(one["loc"]), _said(one), right)
            for one in error.errors(include_url=False, include_input=False)[:MOST_SAID]
        ]
        raise InputError(problems) from None
    except RecursionError:
        raise InputError([Problem(str(path), "", "is nested too deeply", right)]) from None


MOST_SAID = 5
"""So many things wrong with a file are listed."""


def _path(place: tuple[int | str, ...]) -> str:
    steps = (f"[{one}]" if isinstance(one, int) else f".{one}"[:100] for one in place)
    return "".join(steps).removeprefix(".")


def _said(error: Any) -> str:
    if error["type"] == "missing":
        return "is missing; the file is incomplete or changed"
    if error["type"] in ("model_type", "dict_type", "list_type"):
        return "is missing or of another kind"
    message = str(error["msg"]).removeprefix("Value error, ")
    return message[:1].lower() + message[1:200]
