"""What an intervention has: when, how long, how often, how much, for whom, and its effects.

An intervention is a small pydantic model. Its fields are its levers, with bounds, as a
scenario file may set them; ``parts`` says which effects it has. To add one, copy a class
of this folder, change its ``kind``, docstring, levers and ``parts``: the language, the JSON
Schema and the documents follow.

Of an audience, the keys of one mapping intersect; a list is a union; then ``minus`` is taken
away, and ``share`` or ``count`` of the rest is kept by the hash of the person's id, so that a
smaller share of the same people lies inside a larger one, whatever the order of rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple

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

from sim.arrays import Bools
from sim.interventions.effects import EVERYONE, Effect
from sim.interventions.fields import (
    DURATION_EXAMPLES,
    UNTIL_THE_END,
    Duration,
    Fraction,
    Length,
    Strict,
    Week,
    shown,
    wrong,
)
from sim.outcomes import MAX_WEEKS
from sim.randomness import hash_text

if TYPE_CHECKING:
    from sim.organisation.organisation import Organisation


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


class Worded(Strict):
    """A mapping that may also be said in a word, such as ``everyone``."""

    words: ClassVar[Mapping[str | bool, Mapping[str, object]]] = {}
    expects: ClassVar[str] = "a mapping"

    @model_validator(mode="before")
    @classmethod
    def _from_word(cls, value: object, info: ValidationInfo) -> object:
        if isinstance(value, str | bool):
            if value in cls.words:
                return dict(cls.words[value])
            weeks = (info.context or {}).get("weeks") or MAX_WEEKS
            said = cls.from_text(value, weeks) if isinstance(value, str) else None
            if said is not None:
                return dict(said)
            raise wrong(f"is {shown(value)}", cls._choices(value))
        return value

    @classmethod
    def from_text(cls, text: str, weeks: int) -> Mapping[str, object] | None:
        """Return the mapping that another text than one of the words stands for, or None."""
        return None

    @classmethod
    def _choices(cls, value: str | bool) -> str:
        words = [word for word in cls.words if isinstance(word, str)]
        near = get_close_matches(value, words, n=1) if isinstance(value, str) else []
        return f"did you mean {near[0]}?" if near else cls.expects

    @classmethod
    def other_forms(cls) -> list[dict[str, Any]]:
        """Return the JSON Schemas of what is accepted beside the mapping."""
        return [{"enum": list(cls.words)}]


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

    def members(self, organisation: Organisation) -> Bools:
        """Return who they are; boolean array of shape (n_people,)."""
        from sim.organisation.organisation import Centrality, informal_leaders

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

    def members(self, organisation: Organisation) -> Bools:
        """Return who belongs to the audience. Boolean array of shape (n_people,)."""
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

    def _chosen(self, inside: Bools, keys: NDArray[np.uint64]) -> Bools:
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

        Each is the path inside the audience, what is wrong, and what would be right.
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


@dataclass(frozen=True, slots=True)
class Part:
    """One effect of an intervention.

    - ``dose``: as a multiple of the intervention's dose.
    - ``sincerity``, ``specificity``, ``relevance``, ``costly``: as in ``EFFECT``, in [0, 1].
    - ``steady``: whether the dose is for each week, rather than spread over the length.
    """

    effect: Effect
    dose: float = 1.0
    sincerity: float = 1.0
    specificity: float = 1.0
    relevance: float = 1.0
    costly: float = 0.0
    steady: bool = False


class EffectRow(NamedTuple):
    """One row of the effect table, for everybody; its fields are those of ``EFFECT``, in order."""

    effect: Effect
    audience: int
    start: int
    end: int
    every: int
    dose: float
    sincerity: float
    specificity: float
    relevance: float
    costly: float
    attendance: float
    hours: float
    occasion: int


class Intervention(Strict):
    """What a scenario places on the timeline.

    One round lasts ``lasts`` weeks; ``every`` and ``times`` repeat the round. A round's
    dose and hours are spread evenly over its weeks, except for what is ongoing
    (``ongoing``), whose dose and hours are for each week. Dose 0 means: it does not happen.
    """

    kind: ClassVar[str] = ""
    ongoing: ClassVar[bool] = False
    does: ClassVar[tuple[Part, ...]]

    label: str | None = Field(
        None, min_length=1, description="a name by which another file can replace or remove it"
    )
    start: Week = Field(description="first week, such as 3, week 3, month 2 or after 6 weeks")
    lasts: Duration = Field(1, description="length of one round, such as 3 weeks or 2 months")
    every: Length | None = Field(
        None, description="weeks from the start of one round to the next; repeats the round"
    )
    times: int | None = Field(
        None, ge=1, le=MAX_WEEKS, description="number of rounds; back to back by default"
    )
    dose: float = Field(1, ge=0, le=5, description="strength as a multiple of the usual one")

    @field_validator("lasts")
    @classmethod
    def _a_spread_dose_needs_a_length(cls, lasts: int) -> int:
        if lasts == UNTIL_THE_END and not cls.ongoing:
            raise wrong(
                "is until the end, but its dose is spread over its length", DURATION_EXAMPLES
            )
        return lasts

    @field_validator("every")
    @classmethod
    def _rounds_do_not_overlap(cls, every: int | None, info: ValidationInfo) -> int | None:
        lasts = info.data.get("lasts")
        if every is not None and lasts is not None and every < lasts:
            length = "until the end" if lasts == UNTIL_THE_END else f"{lasts} weeks"
            raise wrong(
                f"is {every} weeks, but one round lasts {length}",
                "rounds that do not overlap: a shorter lasts or a longer every",
            )
        return every

    def parts(self) -> tuple[Part, ...]:
        """Return the effects: ``does``, unless levers change them. The first carries the hours."""
        return self.does

    def attending(self) -> float:
        """Return the chance that a person of the audience is there, in [0, 1]."""
        return 1.0

    def hours_a_week(self) -> float:
        """Return the hours each attendee spends in an active week."""
        return 0.0

    def rounds(self, weeks: int = MAX_WEEKS) -> tuple[tuple[int, int], ...]:
        """Return first and last week of each round inside a run of ``weeks`` weeks."""
        step = self.every or self.lasts
        count = self.times or (1 if self.every is None else weeks)
        starts = (self.start + i * step for i in range(min(count, weeks)))
        return tuple((s, min(s + self.lasts - 1, weeks)) for s in starts if s <= weeks)

    def active_weeks(self, weeks: int = MAX_WEEKS) -> int:
        """Return the number of weeks of a run in which it acts; 0 for dose 0."""
        if self.dose == 0:
            return 0
        return sum(last - first + 1 for first, last in self.rounds(weeks))

    def total_hours(self, weeks: int = MAX_WEEKS) -> float:
        """Return the hours a person who attends everything spends in a run."""
        return self.hours_a_week() * self.active_weeks(weeks)

    def rows(self, weeks: int = MAX_WEEKS) -> tuple[EffectRow, ...]:
        """Return the rows of the effect table, cut at the end of the run.

        None for dose 0. Hours stand on the first row of each round only.
        """
        rounds = self.rounds(weeks) if self.dose > 0 else ()
        attendance, hours, every = self.attending(), self.hours_a_week(), 1
        if self.ongoing and self.lasts == 1 and len(rounds) > 1:  # one row for all its weeks
            every = self.every or 1
            rounds = ((rounds[0][0], rounds[-1][1]),)
        spread = 1 if self.ongoing else self.lasts
        occasion = hash_text(self.kind)
        return tuple(
            EffectRow(
                part.effect, EVERYONE, first, last, every,
                part.dose * self.dose / (1 if part.steady else spread), part.sincerity,
                part.specificity, part.relevance, part.costly, attendance,
                hours if i == 0 else 0.0, occasion,
            )
            for first, last in rounds
            for i, part in enumerate(self.parts())
        )  # fmt: skip


class Activity(Intervention):
    """Something the organisation does with people, at a cost."""

    audience: Audience = Field(EVERYBODY, description="whom it reaches")
    attendance: Fraction = Field(1, description="chance that a person of the audience is there")
    hours: float = Field(
        0, ge=0, le=400, description="hours a person; a week for what is ongoing, else in all"
    )
    money: float = Field(0, ge=0, description="money a person; as hours; any currency")

    def attending(self) -> float:
        """Return the chance that a person of the audience is there, in [0, 1]."""
        return self.attendance

    def hours_a_week(self) -> float:
        """Return the hours each attendee spends in an active week."""
        return self.hours if self.ongoing else self.hours / self.lasts

    def money_a_week(self) -> float:
        """Return the money spent on each attendee in an active week."""
        return self.money if self.ongoing else self.money / self.lasts

    def total_money(self, weeks: int = MAX_WEEKS) -> float:
        """Return the money spent on a person who attends everything in a run."""
        return self.money_a_week() * self.active_weeks(weeks)


class Shock(Intervention):
    """Something that happens to people; it costs no hours."""

    audience: Audience = Field(EVERYBODY, description="whom it strikes")
    reach: Fraction = Field(1, description="chance that a person of the audience hears of it")

    def attending(self) -> float:
        """Return the chance that a person of the audience hears of it, in [0, 1]."""
        return self.reach
