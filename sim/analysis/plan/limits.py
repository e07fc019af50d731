"""How a plan file says what there is of something: so much, by week, by group, at a price."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, ValidationInfo, WithJsonSchema

from sim.analysis.plan.problem import Limit
from sim.interventions.fields import duration_in_weeks, shown, week_number, wrong

_EVERY = re.compile(r"every (?P<length>.+)")
_RIGHT = (
    "an amount; or by week, such as {week 1: 3, month 3: 6} or {every month: 200}; or {groups: "
    "{Hamburg: 2}}; or {amount: 3000, price: 0.01 per 100}"
)
_PRICE = re.compile(r"([0-9]+(?:\.[0-9]+)?) per ([0-9]+(?:\.[0-9]+)?)")

MOST_WEEKS = 1040


@dataclass(frozen=True, slots=True)
class Amount:
    """What a file says of one limit, for everybody or for a group."""

    amounts: tuple[tuple[int, float], ...]
    group: str = ""
    price: float = float("inf")


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


def _limits(value: object, info: ValidationInfo) -> list[Amount]:
    if isinstance(value, list) and all(isinstance(one, Amount) for one in value):
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
        return [Amount(_profile(one, weeks), str(name), price) for name, one in groups.items()]
    return [Amount(_profile(value, weeks), "", price)]


_PROFILE = {
    "anyOf": [
        {"type": "number", "minimum": 0},
        {
            "type": "object",
            "minProperties": 1,
            "patternProperties": {
                "^(week|month|quarter|year|every|after) ": {"type": "number", "minimum": 0},
                "^[1-9][0-9]*$": {"type": "number", "minimum": 0},
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


def limits_of(said: Mapping[str, list[Amount]], budget: bool) -> tuple[Limit, ...]:
    """Return the limits that a file's ``capacity`` or ``budget`` says."""
    return tuple(
        Limit(name, one.amounts, budget, one.group, one.price)
        for name, amounts in said.items()
        for one in amounts
    )
