"""What a plan file may say, as pydantic models."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationInfo,
    WithJsonSchema,
    create_model,
    field_validator,
)

from sim.analysis.plan.objective import Goal, Objective, Risk
from sim.analysis.plan.problem import Limit
from sim.interventions.base import Activity, Names
from sim.interventions.fields import (
    Day,
    Length,
    Strict,
    Week,
    duration_in_weeks,
    shown,
    week_number,
    wrong,
)
from sim.interventions.timeline import CATALOGUE, facts
from sim.scenario import editor_schema
from sim.scenario.schema import EntryRules, scenario_file_model
from sim.tables import whole

_EVERY = re.compile(r"every (?P<length>.+)")
_RIGHT = (
    "an amount; or by week, such as {week 1: 3, month 3: 6} or {every month: 200}; or {groups: "
    "{Hamburg: 2}}; or {amount: 3000, price: 0.01 per 100}"
)
_CURRENCY = r"[A-Za-zÀ-ž$£¥€₹]{1,8}"
_PRICE = re.compile(r"([0-9]+(?:\.[0-9]+)?) per ([0-9]+(?:\.[0-9]+)?)")

MOST_WEEKS = 1040


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if value >= 0 else None


def _profile(value: object, weeks: int) -> tuple[tuple[int, float], ...]:
    """Return weeks and amounts of a number, or of a mapping by weeks."""
    if (number := _number(value)) is not None:
        return ((1, number),)
    if not isinstance(value, Mapping) or not value:
        raise wrong(f"is {shown(value)}", _RIGHT)
    found: dict[int, float] = {}
    for key, amount in value.items():
        if (number := _number(amount)) is None:
            raise wrong(f"has {shown(amount)} for {key}", "a number, 0 or more")
        try:
            every = _EVERY.fullmatch(str(key))
            if every is None:
                at = [week_number(key)]
            else:
                length = every["length"]
                length = length if length[0].isdigit() else f"a {length}"
                at = _every(length, weeks)
        except ValueError:
            raise wrong(f"has {shown(key)}", _RIGHT) from None
        for week in at:
            found[week] = found.get(week, 0.0) + number
    if min(found) > 1:
        found[1] = 0.0
    return tuple(sorted(found.items()))


def _every(length: str, weeks: int) -> list[int]:
    """Return the first week of each month, quarter or this many weeks."""
    unit = length.removeprefix("a ")
    if unit in ("month", "quarter", "year"):
        found, number = list[int](), 1
        while (week := week_number(f"{unit} {number}")) <= weeks:
            found.append(week)
            number += 1
        return found
    return [*range(1, weeks + 1, duration_in_weeks(length, endless=False))]


def _price(value: object) -> float:
    if (number := _number(value)) is not None:
        return number
    match = _PRICE.fullmatch(value) if isinstance(value, str) else None
    if match is None or float(match[2]) == 0:
        raise wrong(f"has the price {shown(value)}", "a number a unit, or such as 0.01 per 100")
    return float(match[1]) / float(match[2])


def _limits(value: object, info: ValidationInfo) -> list[Limit]:
    if isinstance(value, list) and all(isinstance(one, Limit) for one in value):
        return value
    weeks = int((info.context or {}).get("weeks") or MOST_WEEKS)
    price = float("inf")
    if isinstance(value, Mapping) and "price" in value:
        if set(value) != {"amount", "price"}:
            raise wrong(f"is {shown(value)}", "amount and price")
        price, value = _price(value["price"]), value["amount"]
    elif isinstance(value, Mapping) and set(value) == {"amount"}:
        value = value["amount"]
    if isinstance(value, Mapping) and "groups" in value:
        groups = value["groups"]
        if set(value) != {"groups"} or not isinstance(groups, Mapping) or not groups:
            raise wrong(f"is {shown(value)}", "such as {groups: {Hamburg: 2, Munich: 1}}")
        return [
            Limit("", _profile(one, weeks), group=str(name), price=price)
            for name, one in groups.items()
        ]
    return [Limit("", _profile(value, weeks), price=price)]


_NUMBER = {"type": "number", "minimum": 0}
_PROFILE = {
    "anyOf": [
        _NUMBER,
        {
            "type": "object",
            "minProperties": 1,
            "patternProperties": {
                "^(week|month|quarter|year|every|after) ": _NUMBER,
                "^[1-9][0-9]*$": _NUMBER,
            },
            "additionalProperties": False,
        },
    ]
}
_GROUPS = {
    "type": "object",
    "properties": {"groups": {"type": "object", "additionalProperties": _PROFILE}},
    "required": ["groups"],
    "additionalProperties": False,
}
_PRICED = {
    "type": "object",
    "properties": {
        "amount": {"anyOf": [_PROFILE, _GROUPS]},
        "price": {"type": ["number", "string"]},
    },
    "required": ["amount"],
    "additionalProperties": False,
}

Limits = Annotated[
    Any, BeforeValidator(_limits), WithJsonSchema({"anyOf": [*_PROFILE["anyOf"], _GROUPS, _PRICED]})
]
"""What there is of something, in any of the forms a file may say it."""


def limits_of(said: Mapping[str, list[Limit]], budget: bool) -> tuple[Limit, ...]:
    """Return the limits that a file's ``capacity`` or ``budget`` says."""
    return tuple(
        replace(one, name=name, budget=budget) for name, amounts in said.items() for one in amounts
    )


OCCUPIES = re.compile(r"([0-9]+(?:\.[0-9]+)?) per ([1-9][0-9]*) people")


def _occupation(value: object) -> object:
    if _number(value) is not None:
        return f"{value}"
    if isinstance(value, str) and OCCUPIES.fullmatch(value):
        return value
    raise wrong(f"is {value!r}", "a number, or such as 1 per 15 people")


def _several(value: object) -> object:
    return value if isinstance(value, list) else [value]


def _distinct(value: list[Any]) -> list[Any]:
    if len(set(value)) < len(value):
        raise wrong("holds the same twice", "each choice once")
    return value


class _OrOne:
    """Takes one value for a list of it."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> Any:
        """Return the schema that makes a list of one value."""
        return BeforeValidator(_several).__get_pydantic_core_schema__(source, handler)

    def __get_pydantic_json_schema__(self, core: Any, handler: GetJsonSchemaHandler) -> Any:
        """Return the JSON Schema of one value, or of the list."""
        several = handler(core)
        return {"anyOf": [several["items"], several]}


_PER_PEOPLE = {"type": "string", "pattern": f"^{OCCUPIES.pattern}$"}
_Occupies = Annotated[
    str, BeforeValidator(_occupation), WithJsonSchema({"anyOf": [_NUMBER, _PER_PEOPLE]})
]
_Doses = Annotated[list[Annotated[float, Field(ge=0, le=5)]], Field(min_length=1), _OrOne()]
_Counts = Annotated[list[Annotated[int, Field(ge=1, le=52)]], Field(min_length=1), _OrOne()]
_Gaps = Annotated[list[Annotated[int, Field(ge=0, le=520)]], Field(min_length=1), _OrOne()]
_Amount = Annotated[float, Field(ge=0)]

_INSTEAD = {
    "start": "earliest and latest",
    "dose": "doses: [1], or several to choose from",
    "times": "rounds: [1], or several to choose from",
}


class _Planned(BaseModel):
    """An intervention whose start, dose and number of rounds are to be found."""

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core: Any, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Return the JSON Schema without what is to be found."""
        reference = handler(core)
        schema = handler.resolve_ref_schema(reference)
        for name in _INSTEAD:
            schema["properties"].pop(name, None)
        return reference

    @field_validator("start", "dose", "times", mode="before", check_fields=False)
    @classmethod
    def _is_to_be_found(cls, value: object, info: ValidationInfo) -> object:
        raise wrong("stands here, but is to be found", _INSTEAD[str(info.field_name)])

    @field_validator("latest", check_fields=False)
    @classmethod
    def _not_before_earliest(cls, value: int | None, info: ValidationInfo) -> int | None:
        if value is not None and value < info.data.get("earliest", 1):
            raise wrong(
                f"is week {value}, before earliest, week {info.data['earliest']}",
                "a week from earliest on",
            )
        return value

    @field_validator("doses", "how_often", "gaps", check_fields=False)
    @classmethod
    def _each_once(cls, value: list[Any] | None) -> list[Any] | None:
        return value if value is None else _distinct(value)


class _SequenceRule(Strict):
    """Interventions one after another, in an order to be found."""

    of: Names = Field(description="labels of two interventions or more")
    gaps: _Gaps = Field([0], description="weeks between them, to choose from")

    @field_validator("of")
    @classmethod
    def _two_or_more(cls, value: list[str]) -> list[str]:
        if len(value) < 2:
            raise wrong("names one intervention", "two or more")
        return _distinct(value)


class _PilotRule(Strict):
    """A first wave unlike the others."""

    groups: int | None = Field(None, ge=1, description="how many teams (or groups) it has")
    people: Annotated[float, Field(gt=0)] | None = Field(
        None, description="how many people at most; below 1 a share of all"
    )
    weeks: int = Field(0, ge=0, le=520, description="weeks before the next wave, besides the gap")


def _order(value: object) -> object:
    texts = value if isinstance(value, list) else [value]
    for text in texts:
        if not isinstance(text, str) or len(text.split(" before ")) != 2:
            raise wrong(f"is {text!r}", "such as: Hamburg before Munich")
    return texts


_TEXT = {"type": "string", "pattern": ".+ before .+"}
_Order = Annotated[
    list[str],
    BeforeValidator(_order),
    WithJsonSchema({"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]}),
]


class _WavesRule(Strict):
    """How teams may be taken in one after another."""

    numbers: _Counts = Field([1, 2], description="numbers of waves, to choose from")
    gaps: _Counts = Field([4], description="weeks from one wave to the next, to choose from")
    groups: dict[str, Names] | None = Field(
        None, description="teams that go together, by a name; each team by itself by default"
    )
    even: bool = Field(True, description="false: waves of any size")
    pilot: _PilotRule | None = Field(None, description="a first wave unlike the others")
    together: list[Names] = Field([], description="lists of teams (or groups) in one wave")
    apart: list[Names] = Field([], description="lists of teams (or groups) in a wave each")
    before: _Order = Field([], description="such as: Hamburg before Munich")

    @field_validator("numbers", "gaps")
    @classmethod
    def _each_once(cls, value: list[Any]) -> list[Any]:
        return _distinct(value)


class _BlackoutRule(Strict):
    """Weeks in which nothing is held and nothing begins."""

    start: Week = Field(description="first week")
    lasts: Length = Field(description="such as 2 weeks")


def _by_level(value: object) -> object:
    if not isinstance(value, dict) or None in [whole(str(key)) for key in value]:
        raise wrong(f"is {value!r}", "levels and rates, such as {1: 150, 2: 90}")
    return {int(key): rate for key, rate in value.items()}


class _RatesRule(Strict):
    """What an hour of people's time costs."""

    everyone: _Amount = Field(0.0, description="an hour of anybody")
    levels: Annotated[dict[int, _Amount], BeforeValidator(_by_level)] = Field(
        {}, description="by level"
    )
    roles: dict[str, _Amount] = Field({}, description="by role; goes before the level")


def _monday(day: date) -> date:
    if day.weekday():
        raise wrong(f"is a {day:%A}", "a Monday such as 2027-01-04")
    return day


def _currency(value: object) -> object:
    if not isinstance(value, str) or re.fullmatch(_CURRENCY, value) is None:
        raise wrong(f"is {shown(value)}", "up to eight letters or a sign, such as EUR or €")
    return value


def _risk(value: object) -> object:
    if not isinstance(value, str) or value.lower() not in {*Risk, "cvar"}:
        raise wrong(f"is {value!r}", "mean, 10th percentile, worst tenth (or cvar) or regret")
    return "worst tenth" if value.lower() == "cvar" else value.lower()


def _weeks_of_waves(value: object) -> object:
    """Take ``{wave 2: week 9}``."""
    if not isinstance(value, dict) or not value:
        raise wrong(f"is {value!r}", "such as {wave 2: week 9}")
    found = {}
    for name, week in value.items():
        match = re.fullmatch(r"wave ([1-9][0-9]?)", str(name))
        if match is None:
            raise wrong(f"names {name!r}", "such as {wave 2: week 9}")
        try:
            found[int(match[1]) - 1] = week_number(week)
        except ValueError as error:
            raise wrong(f"has {week!r}", str(error)) from None
    return found


_Pinned = Annotated[
    dict[int, int],
    BeforeValidator(_weeks_of_waves),
    WithJsonSchema({
        "type": "object",
        "patternProperties": {"^wave [1-9][0-9]?$": {"shared": "Week"}},
        "additionalProperties": False,
    }),
]  # fmt: skip


@cache
def plan_file_model() -> type[BaseModel]:
    """Return the model of a plan file, made from the catalogue and that of scenario files."""
    more: dict[str, Any] = {
        "start": (Week, Field(1, description="is to be found")),
        "earliest": (Week, Field(1, description="first week in which it may start")),
        "latest": (
            Week | None,
            Field(None, description="last week in which it may start; in waves, its first wave"),
        ),
        "started_by": (
            Week | None,
            Field(None, description="week by which its last wave has started"),
        ),
        "gaps": (
            _Counts | None,
            Field(None, description="weeks between its waves, where they are not those of all"),
        ),
        "fixed": (_Pinned, Field({}, description="weeks that are settled: {wave 2: week 9}")),
        "doses": (_Doses, Field([1.0], description="doses to choose from; 0: may be left out")),
        "how_often": (
            _Counts | None,
            Field(None, validation_alias="rounds", description="numbers of rounds to choose from"),
        ),
        "waves": (bool, Field(True, description="false: its whole audience at once")),
        "occupies": (
            dict[str, _Occupies],
            Field({}, description="capacity a week, such as {trainers: 1 per 15 people}"),
        ),
        "takes": (
            dict[str, _Occupies],
            Field({}, description="once for each wave, such as {licences: 1 per 1 people}"),
        ),
    }
    entries: dict[str, Any] = {}
    for i, (kind, kind_class) in enumerate(CATALOGUE.items()):
        if issubclass(kind_class, Activity):
            planned = create_model(
                f"Planned{kind_class.__name__}", __base__=(_Planned, kind_class), **more
            )
            planned.__doc__ = kind_class.__doc__
            about = Field(None, validation_alias=kind, description=facts(kind_class)["Summary"])
            entries[f"kind_{i}"] = (planned, about)
    entry = create_model("PlannedEntry", __base__=EntryRules, **entries)
    scenario = scenario_file_model().model_fields
    shared = ("name", "purpose", "organisation", "weeks", "parameters", "mechanisms", "timeline")
    fields: dict[str, Any] = {name: (scenario[name].annotation, scenario[name]) for name in shared}
    fields |= {
        "interventions": (
            Annotated[list[entry], Field(min_length=1)],
            Field(description="interventions to place, each with its bounds"),
        ),
        "sequences": (list[_SequenceRule], Field([], description="orders to be found")),
        "waves": (_WavesRule | None, Field(None, description="teams one after another")),
        "precedence": (Names, Field([], description="such as: loyalty before access")),
        "blackouts": (list[_BlackoutRule], Field([], description="weeks in which nothing is held")),
        "budget": (
            dict[str, Limits],
            Field({}, description="what may be spent in all, or by when: hours, money, licences"),
        ),
        "capacity": (
            dict[str, Limits],
            Field({}, description="what there is in each week: hours, and what is occupied"),
        ),
        "rates": (_RatesRule, Field(_RatesRule(), description="what an hour of time costs")),
        "currency": (
            Annotated[str, BeforeValidator(_currency)],
            Field("", description="what money is counted in, such as EUR, € or CHF"),
        ),
        "objective": (
            Annotated[list[Objective], Field(min_length=1, max_length=3), _OrOne()],
            Field(
                [Objective()], description="what is to be large; two or three give a Pareto front"
            ),
        ),
        "goals": (
            Annotated[list[Goal], _OrOne()],
            Field([], description="what must be reached in a given share of the replicates"),
        ),
        "risk": (
            Annotated[
                str,
                BeforeValidator(_risk),
                WithJsonSchema({"enum": [*(str(one) for one in Risk), "cvar"]}),
            ],
            Field("mean", description="attitude to the replicates"),
        ),
        "starts": (
            Annotated[Day, AfterValidator(_monday)] | None,
            Field(None, description="the Monday of week 1, such as 2027-01-04"),
        ),
        "start_from": (
            str | None,
            Field(None, description="a plan of your own to begin from: a scenario file beside"),
        ),
        "worth": (
            Annotated[float, Field(gt=0)] | None,
            Field(None, description="difference in the objective that is worth caring for"),
        ),
        "step": (Length, Field(1, description="weeks between the starts that are considered")),
    }
    model = create_model("PlanFile", __base__=Strict, **fields)
    model.__doc__ = "A planner's problem: what may be placed, what must hold, what counts."
    return model


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a plan file, by which editors complete and check."""
    return editor_schema("Uptake plan", plan_file_model(), Objective)
