"""What a study file may say, as pydantic models."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from pydantic import AliasChoices, Field, GetJsonSchemaHandler, create_model, model_validator

from sim.analysis.sweep.specification import POSTERIOR
from sim.interventions.base import Names
from sim.interventions.fields import Length, Strict, shown, wrong
from sim.parameters import PARAMETERS
from sim.posterior import UNCERTAIN
from sim.scenario import editor_schema

FEWEST = 10
"""Replicates to begin with at least: an interval of fewer stops too early by chance."""
MAX_POINTS = 10**9
"""Largest size of a design that a file may ask for; the limit of runs is checked elsewhere."""


class _Forms(Strict):
    """A part of a study that may be said in several forms."""

    @classmethod
    def forms(cls, mapping: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the JSON Schemas of all forms; ``mapping`` is that of its fields."""
        raise NotImplementedError

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core: Any, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Return a reference to the JSON Schema of all forms."""
        reference = handler(core)
        schema = handler.resolve_ref_schema(reference)
        about = {"description": cls.__doc__} if cls.__doc__ else {}
        mapping = {key: value for key, value in schema.items() if key != "description"}
        schema.clear()
        schema.update(about, anyOf=cls.forms(mapping))
        return reference


def _said(mapping: dict[str, Any], *required: str, never: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return a mapping's schema in which some keys must stand, and some never do."""
    keys = {key: value for key, value in mapping["properties"].items() if key not in never}
    return mapping | {"properties": keys} | ({"required": [*required]} if required else {})


def _says(value: object, keys: Sequence[str], right: str) -> object:
    """Return a mapping that says something of each of these keys."""
    if not isinstance(value, dict):
        raise wrong(f"is {shown(value)}", right)
    if missing := [key for key in keys if value.get(key) is None]:
        raise wrong(f"does not say {missing[0]}", right)
    return value


class _Points(_Forms):
    @classmethod
    def forms(cls, mapping: dict[str, Any]) -> list[dict[str, Any]]:
        """Return those of its size alone, and of all."""
        return [next(iter(mapping["properties"].values())), mapping]

    @model_validator(mode="before")
    @classmethod
    def _from_number(cls, value: object) -> object:
        if isinstance(value, int) and not isinstance(value, bool):
            return {next(iter(cls.model_fields)): value}
        return value


class FullFactorial(_Points):
    """Every combination of levels."""

    levels: int = Field(2, ge=2, le=10_000, description="steps of each range, ends included")


class FractionalFactorial(_Points):
    """Two levels of each, and only as many runs as keep effects apart."""

    resolution: int = Field(
        4, ge=3, le=5, description="3: main effects apart; 4: also from pairs; 5: pairs apart too"
    )


class Sampled(_Points):
    """Points spread over the ranges."""

    points: int = Field(ge=1, le=MAX_POINTS, description="number of points")


class Morris(_Points):
    """Trajectories that change one thing at a time."""

    trajectories: int = Field(ge=2, le=MAX_POINTS, description="number of trajectories")
    levels: int = Field(4, ge=2, le=1000, multiple_of=2, description="levels of the grid, even")


class Saltelli(_Points):
    """Saltelli's sample, for Sobol's indices."""

    base: int = Field(ge=2, le=MAX_POINTS, description="base sample, a power of two")
    second_order: bool = Field(
        False, validation_alias="second order", description="also indices of pairs: twice the runs"
    )


DESIGNS: dict[str, type[_Points]] = {
    "full factorial": FullFactorial, "fractional factorial": FractionalFactorial,
    "monte carlo": Sampled, "latin hypercube": Sampled, "sobol": Sampled, "morris": Morris,
    "saltelli": Saltelli,
}  # fmt: skip
"""Designs that are made, by the name they have in a study file."""


class _DesignRules(_Forms):
    @classmethod
    def forms(cls, mapping: dict[str, Any]) -> list[dict[str, Any]]:
        """Return those of a name alone, and of one name with its size."""
        words = ["full factorial", "fractional factorial"]
        sized = {
            name: about | {"anyOf": [one for one in about["anyOf"] if one != {"type": "null"}]}
            for name, about in mapping["properties"].items()
        }
        once = {"properties": sized, "minProperties": 1, "maxProperties": 1}
        return [{"enum": words}, mapping | once]

    @model_validator(mode="before")
    @classmethod
    def _one_design(cls, value: object) -> object:
        words = ("full factorial", "fractional factorial")
        if isinstance(value, str) and value in words:
            return {value: {}}
        if isinstance(value, str | list) or (isinstance(value, dict) and len(value) != 1):
            names = ", ".join([*DESIGNS, "list", "table"])
            raise wrong(f"is {shown(value)}", f"one design with its size, of {names}")
        if isinstance(value, dict) and next(iter(value.values())) is None:
            name = next(iter(value))
            right = name if name in words else f"its size, such as {{{name}: 64}}"
            raise wrong(f"says nothing of {name}", right)
        return value


_FIELDS: dict[str, Any] = {
    **{
        f"design_{i}": (kind | None, Field(None, validation_alias=name, description=kind.__doc__))
        for i, (name, kind) in enumerate(DESIGNS.items())
    },
    "points": (
        list[dict[str, Any]] | None,
        Field(None, validation_alias="list", min_length=1, description="points, one by one"),
    ),
    "table": (str | None, Field(None, description="a CSV or Parquet file beside the study")),
}
DesignFile: Any = create_model("Design", __base__=_DesignRules, **_FIELDS)


class Replicates(_Forms):
    """How many replicates each cell is simulated in."""

    @classmethod
    def forms(cls, mapping: dict[str, Any]) -> list[dict[str, Any]]:
        """Return those of a number, and of a width to reach."""
        number = {"type": "integer", "minimum": 1, "maximum": 10**6}
        return [number, _said(mapping, "until", "width", never=("fixed",))]

    fixed: int | None = Field(None, ge=1, le=10**6, description="a number")
    until: str | None = Field(None, description="the outcome whose 95% interval is watched")
    width: float | None = Field(None, gt=0, le=1e9, description="full width of the interval")
    at_least: int = Field(
        10, ge=FEWEST, le=10**6, validation_alias="at least", description="replicates to begin with"
    )
    at_most: int = Field(
        1000, ge=2, le=10**6, validation_alias="at most", description="replicates to stop at"
    )

    @model_validator(mode="before")
    @classmethod
    def _from_number(cls, value: object) -> object:
        right = "a number, or {until: habitual_w52, width: 0.02, at most: 1000}"
        if isinstance(value, int) and not isinstance(value, bool):
            if not 1 <= value <= 10**6:
                raise wrong(f"is {value}", "a whole number from 1 to 1000000")
            return {"fixed": value}
        if isinstance(value, dict) and "fixed" in value:
            raise wrong(f"is {shown(value)}", right)
        return _says(value, ("until", "width"), right)


class RecordSettings(Strict):
    """What is kept besides one row a run."""

    weeks: bool = Field(False, description="true: every week's outcomes, in a table of weeks")
    people: list[int] | None = Field(
        None, min_length=1, description="weeks in which each person is kept, such as [26, 52]"
    )


class Lever(_Forms):
    """Values of a lever: a list, or a range."""

    @classmethod
    def forms(cls, mapping: dict[str, Any]) -> list[dict[str, Any]]:
        """Return those of a list, and of a range."""
        values = {"type": "array", "minItems": 1}
        return [values, _said(mapping, "from", "to", never=("values",))]

    values: list[Any] | None = Field(None, min_length=1)
    low: float | None = Field(None, validation_alias="from", description="lowest value")
    high: float | None = Field(None, validation_alias="to", description="highest value")
    step: float | None = Field(None, gt=0, description="only every so much, from the lowest")

    @model_validator(mode="before")
    @classmethod
    def _from_list(cls, value: object) -> object:
        right = "a list of values, or {from: 1, to: 26, step: 1}"
        if isinstance(value, list):
            return {"values": value}
        return _says(value, ("from", "to"), right)


class Distribution(_Forms):
    """An uncertainty's range or distribution."""

    @classmethod
    def forms(cls, mapping: dict[str, Any]) -> list[dict[str, Any]]:
        """Return those of what is declared, of a distribution in words, and of two ends."""
        number = {"type": "number"}
        ends = {"type": "array", "items": number, "minItems": 2, "maxItems": 2}
        return [{"type": ["null", "string"]}, ends]

    text: str | None = None
    ends: list[float] | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_text_or_ends(cls, value: object) -> object:
        right = "nothing (as declared), [low, high], or uniform(…), loguniform(…), normal(…)"
        if value is None:
            return {}
        if isinstance(value, str):
            return {"text": value}
        if isinstance(value, list):
            if len(value) != 2:
                raise wrong(f"has {len(value)} values", "two: [low, high]")
            return {"ends": value}
        raise wrong(f"is {shown(value)}", right)


class _Uncertainties(_Forms):
    @classmethod
    def forms(cls, mapping: dict[str, Any]) -> list[dict[str, Any]]:
        """Return those of a word, and of parameters by name."""
        return [{"enum": ["all", POSTERIOR]}, mapping]

    posterior: bool | str | None = Field(
        None,
        description="true: complete parameter sets of the shipped posterior; or of a file "
        "that uptake calibrate wrote",
    )

    @model_validator(mode="before")
    @classmethod
    def _from_word(cls, value: object) -> object:
        if value == "all":
            return dict.fromkeys(UNCERTAIN)
        if value == POSTERIOR:
            return {POSTERIOR: True}
        if isinstance(value, str):
            raise wrong(f"is {shown(value)}", f"all, {POSTERIOR}, or a mapping of parameters")
        if isinstance(value, dict) and value.get(POSTERIOR) and len(value) > 1:
            other = next(key for key in value if key != POSTERIOR)
            what = f"holds {POSTERIOR} and {other}"
            raise wrong(what, "one of both: the posterior sets every parameter")
        return value


@cache
def study_file_model() -> Any:
    """Return the model of a study file; its uncertainties are the declared parameters."""
    uncertainties: dict[str, Any] = {
        name: (Distribution | None, Field(None, description=f"{p.meaning} ({p.unit})"))
        for name, p in PARAMETERS.items()
    }
    text = str | None
    several = AliasChoices
    fields: dict[str, Any] = {
        "name": (text, Field(None, min_length=1, max_length=100, description="a short name")),
        "question": (text, Field(None, description="what the study asks, in a sentence")),
        "scenarios": (
            Names | None,
            Field(
                None,
                validation_alias=several("scenarios", "scenario"),
                description="files or shipped names; every point is simulated under each",
            ),
        ),
        "organisations": (
            Names | None,
            Field(
                None,
                validation_alias=several("organisations", "organisation"),
                description="files, folders or shipped names; every point is simulated on each",
            ),
        ),
        "weeks": (Length | None, Field(None, description="length of the run")),
        "seed": (int, Field(0, ge=0, le=2**63 - 1, description="the same seed, the same numbers")),
        "uncertainties": (
            create_model("Uncertainties", __base__=_Uncertainties, **uncertainties) | None,
            Field(None, description="parameters in doubt: a mapping, all, or posterior"),
        ),
        "levers": (
            dict[str, Lever] | None,
            Field(None, description="what a scenario can set, by its path"),
        ),
        "outcomes": (
            list[str] | None,
            Field(None, min_length=1, description="such as habitual_w52 or peak_weekly_users"),
        ),
        "replicates": (
            Replicates,
            Field(
                Replicates.model_validate(10), description="replicates a cell: a number, or until"
            ),
        ),
        "design": (DesignFile, Field(description="how points are chosen, such as {sobol: 256}")),
        "record": (
            RecordSettings,
            Field(RecordSettings(), description="weeks: true, people: [52]"),
        ),
    }
    model = create_model("StudyFile", __base__=Strict, **fields)
    model.__doc__ = "A study: what is varied, how, and what is kept."
    return model


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a study file, by which editors complete and check."""
    return editor_schema("Uptake study", study_file_model())
