"""Whom an intervention reaches: teams, roles, levels, managers, informal leaders, shares.

The keys of one mapping intersect; a list is a union; then ``minus`` is taken away, and
``share`` or ``count`` of the rest is kept by the hash of the person's id, so that a
smaller share of the same people lies inside a larger one, whatever the order of rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import (
    AliasChoices,
    BeforeValidator,
    Field,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from sim.interventions.fields import Strict, Worded, shown, wrong
from sim.organisation.leaders import informal_leaders

if TYPE_CHECKING:
    from sim.organisation.organisation import Organisation

__all__ = ["EVERYBODY", "INFORMAL_LEADERS", "MANAGERS", "Audience", "Leaders"]


def _names(value: object) -> object:
    """Return a list of texts from one name or several; whole numbers become text."""
    values = value if isinstance(value, list) else [value]
    if not values:
        raise wrong("is an empty list", "one name or several")
    for item in values:
        if not isinstance(item, str | int) or isinstance(item, bool) or item == "":
            raise wrong(f"holds {shown(item)}", "names: text, in quotes where it looks like more")
    return [str(item) for item in values]


def _levels(value: object) -> object:
    return value if isinstance(value, list) else [value]


_NAME = {"type": ["string", "integer"]}
Names = Annotated[
    list[str],
    BeforeValidator(_names),
    WithJsonSchema({"anyOf": [_NAME, {"type": "array", "items": _NAME, "minItems": 1}]}),
]
Level = Annotated[int, Field(ge=1, le=255)]
_LEVEL = {"type": "integer", "minimum": 1, "maximum": 255}
Levels = Annotated[
    list[Level],
    BeforeValidator(_levels),
    Field(min_length=1),
    WithJsonSchema({"anyOf": [_LEVEL, {"type": "array", "items": _LEVEL, "minItems": 1}]}),
]
Share = Annotated[float, Field(gt=0, le=1)]
Count = Annotated[int, Field(ge=1, le=10_000_000)]


def _several(one: str, many: str) -> AliasChoices:
    return AliasChoices(many, one)


class _Sized(Strict):
    """A selection by share or by count, never by both."""

    share: Share | None = Field(None, description="share of the people there are, above 0 to 1")
    count: Count | None = Field(None, description="number of people; all where there are fewer")

    @field_validator("count")
    @classmethod
    def _not_both(cls, count: int | None, info: ValidationInfo) -> int | None:
        if count is not None and info.data.get("share") is not None:
            raise wrong("stands beside share", "either share or count")
        return count


class Leaders(Worded, _Sized):
    """The people others listen to most, managers aside, by a declared centrality."""

    words: ClassVar[Mapping[str | bool, Mapping[str, object]]] = {True: {}}
    expects: ClassVar[str] = "true, or a mapping such as {share: 0.1} or {count: 20}"

    by: Literal["in_strength", "pagerank", "betweenness", "coverage"] = Field(
        "in_strength", description="centrality: how much others listen, or whom they reach"
    )

    def members(self, organisation: Organisation) -> NDArray[np.bool_]:
        """Return who they are; boolean array of shape (n_people,)."""
        from sim.organisation import Centrality

        rows = informal_leaders(organisation, self.share, count=self.count, by=Centrality(self.by))
        result = np.zeros(organisation.n_people, np.bool_)
        result[rows] = True
        return result


class Audience(Worded, _Sized):
    """Whom an intervention reaches.

    A word (``everyone``, ``managers``, ``informal leaders``), a mapping whose keys all
    must hold, or a list, which is a union.
    """

    words: ClassVar[Mapping[str | bool, Mapping[str, object]]] = {
        "everyone": {"everyone": True},
        "managers": {"managers": True},
        "informal leaders": {"informal leaders": True},
    }
    expects: ClassVar[str] = (
        "everyone, managers, informal leaders, a mapping such as {teams: [Sales]}, or a list"
    )

    everyone: Literal[True] | None = Field(None, description="all people")
    teams: Names | None = Field(
        None, validation_alias=_several("team", "teams"), description="members of these teams"
    )
    roles: Names | None = Field(
        None, validation_alias=_several("role", "roles"), description="people in these roles"
    )
    levels: Levels | None = Field(
        None, validation_alias=_several("level", "levels"), description="levels; 1 is the top"
    )
    ids: Names | None = Field(
        None, validation_alias=_several("id", "ids"), description="people by their id"
    )
    managers: bool | None = Field(
        None, description="true: people with reports; false: people without"
    )
    informal_leaders: Leaders | None = Field(
        None, validation_alias="informal leaders", description="whom others listen to most"
    )
    any: list[Audience] | None = Field(
        None, min_length=1, description="a union: people in any of these audiences"
    )
    minus: Audience | None = Field(None, description="people taken away")

    @model_validator(mode="before")
    @classmethod
    def _from_list(cls, value: object) -> object:
        if isinstance(value, list):
            if not value:
                raise wrong("is an empty list", cls.expects)
            return {"any": value}
        if isinstance(value, dict) and not value:
            raise wrong("names nobody", cls.expects)
        return value

    @classmethod
    def other_forms(cls) -> list[dict[str, Any]]:
        """Return the JSON Schemas of what is accepted beside the mapping."""
        union = {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/Audience"}}
        return [{"enum": list(cls.words)}, union]

    def members(self, organisation: Organisation) -> NDArray[np.bool_]:
        """Return who belongs to the audience.

        Returns
        -------
        boolean array, shape (n_people,)
        """
        people = organisation.people
        inside = np.ones(len(people), np.bool_)
        for names, known, rows in (
            (self.teams, organisation.teams, people["team"]),
            (self.roles, organisation.roles, people["role"]),
        ):
            if names is not None:
                wanted = [i for i, name in enumerate(known) if name in set(names)]
                inside &= np.isin(rows, wanted)
        if self.levels is not None:
            inside &= np.isin(people["level"], self.levels)
        if self.ids is not None:
            inside &= np.isin(organisation.ids, self.ids)
        if self.managers is not None:
            inside &= organisation.is_manager == self.managers
        if self.informal_leaders is not None:
            inside &= self.informal_leaders.members(organisation)
        if self.any is not None:
            inside &= np.logical_or.reduce([one.members(organisation) for one in self.any])
        if self.minus is not None:
            inside &= ~self.minus.members(organisation)
        return self._chosen(inside, people["key"])

    def _chosen(self, inside: NDArray[np.bool_], keys: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Return the share or count of those inside with the smallest keys."""
        rows = np.flatnonzero(inside)
        if self.share is not None:
            size = int(self.share * len(rows) + 0.5)
        elif self.count is not None:
            size = min(self.count, len(rows))
        else:
            return inside
        result = np.zeros_like(inside)
        result[rows[np.argsort(keys[rows], kind="stable")[:size]]] = True
        return result

    def unknown(
        self, organisation: Organisation
    ) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
        """Yield what it names that the organisation does not have.

        Yields
        ------
        tuple
            The path inside the audience, what is wrong, and what would be right.
        """
        levels = [str(level) for level in np.unique(organisation.people["level"])]
        for key, names, known in (
            ("teams", self.teams, organisation.teams),
            ("roles", self.roles, organisation.roles),
            ("levels", [str(level) for level in self.levels or ()], levels),
            ("ids", self.ids, organisation.ids),
        ):
            if not names:
                continue
            there = set(map(str, known))
            for i, name in enumerate(names):
                if name not in there:
                    what = f"{key.removesuffix('s')} {name} is not in {organisation.name}"
                    yield (key, i), what, _choices(name, sorted(there))
        for i, one in enumerate(self.any or ()):
            yield from (
                ((("any", i, *path)), what, right)
                for path, what, right in one.unknown(organisation)
            )
        if self.minus is not None:
            yield from (
                (("minus", *path), what, right)
                for path, what, right in self.minus.unknown(organisation)
            )


def _choices(word: str, known: Sequence[str]) -> str:
    """Return a near-miss, or the first of the choices there are."""
    near = get_close_matches(word, known[:5000], n=1)
    if near:
        return f"did you mean {near[0]}?"
    rest = f", … ({len(known)} in all)" if len(known) > 12 else ""
    return f"one of {', '.join(known[:12])}{rest}"


EVERYBODY = Audience.model_validate("everyone")
MANAGERS = Audience.model_validate("managers")
INFORMAL_LEADERS = Audience.model_validate("informal leaders")
