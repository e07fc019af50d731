"""The manifest: all it takes to repeat a run, and hashes to tell whether it came out the same.

A folder from elsewhere is data: what its JSON files may say has one schema a file, checked
whenever it is read. Whatever the schema does not name is dropped, so that nothing unchecked
reaches SQL, a path or a loop.
"""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Callable, Iterable, Mapping
from importlib import metadata
from pathlib import Path, PurePath
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from sim import extensions
from sim.contrast import is_margin
from sim.document import from_json
from sim.errors import InputError, Problem, refusal
from sim.extensions import uptake_version
from sim.organisation.organisation import Organisation
from sim.organisation.write import organisation_hash
from sim.outcomes import MAX_WEEKS
from sim.results.results import Origin, Results
from sim.sources import inside, read_regular

T = TypeVar("T", bound=BaseModel)

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
_File = Annotated[str, Field(max_length=255), AfterValidator(_bare)]
_Name = Annotated[str, Field(max_length=1000)]
_Label = Annotated[str, Field(max_length=1000, min_length=1, pattern=r"\A[^\x00]*\z")]
_Table = Literal[
    "weekly.parquet", "teams.parquet", "drivers.parquet", "people.parquet",
    "weekly.csv", "teams.csv", "drivers.csv", "people.csv",
    "summary.csv", "differences.csv", "structure.csv",
]  # fmt: skip


class _Data(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True, allow_inf_nan=False)


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
    parameters: list[dict[str, float]] | None = None


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
    parameters_set: dict[str, float]
    parameter_sets: Annotated[list[dict[str, float]], Field(min_length=1)] | None = None
    structure: bool = False
    margin: float | None = None
    record: _Recorded
    scenarios: Annotated[list[_Source], Field(min_length=1)]
    organisation: _Organisation
    tables: dict[_Table, _TableEntry]

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
    size: dict[_Name, bool | _Positive] | None
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
    path: Path, schema: type[T], right: str, *, layout: Callable[[Any], None] | None = None
) -> T:
    """Return what a JSON file of a folder says, once it is what the schema says.

    ``right`` says for errors what would be right. ``layout`` is given the content before it is
    checked, and raises where it is of another layout. Raises InputError with everything wrong,
    where the file is not there, is no JSON or says something else.
    """
    content = _loaded(path, right)
    if layout is not None:
        layout(content)
    try:
        return schema.model_validate(content)
    except ValidationError as error:
        problems = [
            Problem(str(path), _path(one["loc"]), _said(one), right)
            for one in error.errors(include_url=False, include_input=False)[:MOST_SAID]
        ]
        raise InputError(problems) from None
    except RecursionError:
        raise refusal(str(path), "", "is nested too deeply", right) from None


def _loaded(path: Path, right: str) -> Any:
    text = read_regular(path, MAX_BYTES, right)
    try:
        return from_json(text)
    except ValueError as error:
        what = f"cannot be read: {' '.join(str(error).split())[:100]}"
        raise refusal(str(path), "", what, right) from None


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


FILE_NAME = "manifest.json"
KNOWN_TABLES = tuple(
    f"{name}.{kind}"
    for name in ("weekly", "teams", "drivers", "people")
    for kind in ("parquet", "csv")
)
"""Tables of every single run that a folder may hold."""

FORMAT = 2
"""Version of the manifest; since 2 every parameter set has seeds of its own."""
LIBRARIES = ("numpy", "numba", "llvmlite", "pyarrow", "matplotlib")
"""Libraries whose version can matter for the numbers or the files."""


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def manifest(
    results: Results, tables: Mapping[str, Mapping[str, Any]], folder: Path
) -> dict[str, Any]:
    """Return the manifest of ``results`` as plain data.

    ``tables`` has rows and content hash of each table, by file name. The organisation's path is
    noted relative to ``folder``, where the results will stand.
    """
    return {
        "uptake": {"manifest": FORMAT, "version": uptake_version()},
        "seed": results.seed,
        "replicates": results.n_replicates,
        "weeks": results.weeks,
        "parameters_set": results.overrides,
        "parameter_sets": _parameters(results.parameter_sets),
        "structure": results.structure is not None,
        "margin": results.margin,
        "record": {
            "teams": results.records.teams is not None,
            "people": results.records.people is not None,
        },
        "scenarios": [
            {
                "name": name,
                "file": PurePath(scenario.file).name,
                "text": scenario.text,
                "sources": dict(scenario.sources),
                # Of many sets the base stands above, once; the scenario's text says the rest.
                "parameters": _parameters(rows if len(rows) == 1 else None),
            }
            for name, scenario, rows in zip(
                results.names, results.scenarios, results.parameters, strict=True
            )
        ],
        "organisation": organisation_entry(results.organisation, results.origin, folder),
        "tables": {name: dict(about) for name, about in tables.items()},
        "plugins": extensions.entry(),
        "platform": platform_entry(),
    }


def organisation_entry(organisation: Organisation, origin: Origin, folder: Path) -> dict[str, Any]:
    """Return what a manifest says of an organisation: enough to find it and to know it."""
    return {
        "name": organisation.name, "people": organisation.n_people,
        "teams": organisation.n_teams, "ties": organisation.n_ties,
        "content_hash": organisation_hash(organisation), "path": _relative(origin.path, folder),
        "text": origin.text, "files": origin.files,
    }  # fmt: skip


def platform_entry(libraries: Iterable[str] = LIBRARIES) -> dict[str, Any]:
    """Return what a manifest says of the machine and of the libraries."""
    return {
        "system": platform.system(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "libraries": {name: version for name in libraries if (version := _version(name))},
    }


def _version(library: str) -> str | None:
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return None


def _parameters(rows: Any) -> list[dict[str, float]] | None:
    if rows is None:
        return None
    return [{name: float(row[name]) for name in rows.dtype.names} for row in rows]


def _relative(path: str, folder: Path) -> str:
    if not path:
        return ""
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except (ValueError, FileNotFoundError):  # another drive, or no current folder
        return Path(path).as_posix()


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a results folder, checked.

    Raises InputError where there is none, or it is not one that this version reads.
    """
    path = _manifest_of(folder)
    inside(folder, *KNOWN_TABLES)
    return read_json(
        path, ResultsManifest, _RIGHT, layout=lambda content: check_layout(content, path, _RIGHT)
    ).model_dump()


def check_results(folder: Path) -> None:
    """Refuse a folder whose manifest is not that of a run or comparison, of whatever layout.

    What another version wrote is results too, though this one cannot read them. Raises InputError.
    """
    path = _manifest_of(folder)
    content = _loaded(path, _RIGHT)
    said = content.get("uptake") if isinstance(content, dict) else None
    if not isinstance(said, dict) or type(said.get("manifest")) is not int:
        raise _other_kind(path, "manifest", _RIGHT)


_RIGHT = f"a folder written by uptake run or compare with --out, holding {FILE_NAME}"


def _manifest_of(folder: Path) -> Path:
    path = folder / FILE_NAME
    if not os.path.lexists(path):
        raise refusal(str(folder), "", f"has no {FILE_NAME}", _RIGHT)
    inside(folder, FILE_NAME)
    return path


_KINDS = {"manifest": "a run or comparison", "study": "a study", "plan": "a plan"}


def _other_kind(path: Path, key: str, right: str) -> InputError:
    return InputError([Problem(str(path), "", f"is not the manifest of {_KINDS[key]}", right)])


def check_layout(
    content: Any, path: Path, right: str, key: str = "manifest", layout: int = FORMAT
) -> None:
    """Refuse a manifest of another kind or layout, before its content is looked at.

    Raises InputError says which layout it has, and by which version it was written.
    """
    said = content.get("uptake") if isinstance(content, dict) else None
    if not isinstance(said, dict):  # the schema says so, and what else is wrong
        return
    found = said.get(key)
    if found is None:
        raise _other_kind(path, key, right)
    if found != layout or isinstance(found, bool):
        version = str(said.get("version", "another version"))[:40]
        what = f"has layout {str(found)[:40]}, written by Uptake {version}"
        raise refusal(str(path), f"uptake.{key}", what, f"layout {layout}")
