"""What a scenario file may say, as pydantic models."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    InstanceOf,
    ValidationInfo,
    create_model,
    field_validator,
    model_validator,
)
from pydantic.fields import FieldInfo

from sim.document import Node
from sim.errors import Problem
from sim.interventions.base import Audience, Leaders, Names, Worded
from sim.interventions.effects import Timeline
from sim.interventions.fields import (
    SHARED,
    Length,
    Strict,
    wrong,
)
from sim.interventions.timeline import CATALOGUE, Placed, facts, place, warnings_of
from sim.numbers import counted
from sim.parameters import MECHANISMS, PARAMETERS
from sim.theories import SLOTS, Chosen, Decision, theories

if TYPE_CHECKING:
    from sim.organisation.organisation import Organisation

DEFAULT_WEEKS = 52
"""Length of a run where the file says nothing."""


class BassRule(Strict):
    """The Bass baseline, person by person: a corner of the hazard."""

    p: float | None = Field(None, ge=0, le=1, description="innovation, a week")
    q: float | None = Field(None, ge=0, le=2, description="imitation, a week")


class HazardRule(Strict):
    """Taking the tool up by itself, with use certain after it: the plain model inside."""

    alone: float | None = Field(None, ge=0, le=1, description="hazard by oneself, a week")
    team: float | None = Field(None, ge=0, le=5, description="hazard by the share of the team")
    ties: float | None = Field(None, ge=0, le=5, description="hazard by those listened to")
    contacts: Literal["share", "count"] = Field(
        "share", description="whether those listened to count as a share, or are counted"
    )


class TheoryName(Worded):
    """A theory by its name, with settings where it has any; one key a theory that is there."""

    @model_validator(mode="after")
    def _one_theory(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise wrong("does not name one theory", self.expects)
        return self

    def chosen(self, decides: str) -> Chosen:
        """Return the theory and the settings that are given, as plain data."""
        (key,) = self.model_fields_set
        given = getattr(self, key)
        name = str(type(self).model_fields[key].validation_alias or key)
        settings = given.model_dump(exclude_unset=True) if given is not None else {}
        return Chosen(decides, name, tuple(settings.items()))


_ONE_OF = "one of threshold, bass and hazard"
_NOT_BESIDE = {
    **dict.fromkeys(("mean", "sd", "from_file"),
                    (("one_for_all",), "one_for_all, or a distribution, or a file")),
    "bass": (("threshold",), _ONE_OF),
    "hazard": (("threshold", "bass"), _ONE_OF),
    **dict.fromkeys(("takeup", "choice"),
                    (("threshold", "bass", "hazard"), "either, or {other}")),
}  # fmt: skip
"""Keys of a decision that stand beside none of some others, and what would be right."""


class DecisionRule(Worded):
    """How people decide: by the rich model (``logit``), a threshold, a hazard, or Bass's rule."""

    words: ClassVar[Mapping[str | bool, Mapping[str, object]]] = {
        "logit": {},
        "bass": {"bass": {}},
        "hazard": {"hazard": {}},
    }
    expects: ClassVar[str] = (
        "logit, bass, hazard, {threshold: share}, {threshold: count}, {bass: {…}}, {hazard: {…}}, "
        "{takeup: …} or {choice: …}"
    )

    threshold: Literal["share", "count"] | None = Field(
        None, description="adopt when this share of attention, or this count, has adopted"
    )
    one_for_all: float | None = Field(
        None, ge=0, le=1e6, description="the same threshold for everybody"
    )
    mean: float | None = Field(None, ge=0, le=1e6, description="mean of drawn thresholds")
    sd: float | None = Field(None, ge=0, le=1e6, description="spread of drawn thresholds")
    from_file: bool | None = Field(
        None, description="thresholds of people.csv where given (true unless said otherwise)"
    )
    bass: BassRule | None = Field(
        None, description="the Bass baseline: chance p + q · share of the organisation"
    )
    hazard: HazardRule | None = Field(
        None, description="taking the tool up by itself, with use certain after it"
    )
    takeup: TheoryName | None = Field(
        None, description="the rich model with another theory of taking the tool up"
    )
    choice: TheoryName | None = Field(
        None, description="the rich model with another theory of the choice of a workday"
    )

    @field_validator("one_for_all", "mean", "sd", "from_file")
    @classmethod
    def _belongs_to_a_threshold(cls, value: Any, info: ValidationInfo) -> Any:
        if value is not None and info.data.get("threshold", "wrong") is None:
            raise wrong(
                "stands without threshold", "threshold: share or threshold: count beside it"
            )
        return value

    @field_validator(*_NOT_BESIDE)
    @classmethod
    def _stands_alone(cls, value: Any, info: ValidationInfo) -> Any:
        others, right = _NOT_BESIDE[str(info.field_name)]
        for other in others:
            if value not in (None, False) and info.data.get(other) is not None:
                raise wrong(f"stands beside {other}", right.format(other=other))
        return value

    @property
    def theories(self) -> tuple[Chosen, ...]:
        """The theories of take-up and of choice, in the order of ``SLOTS``."""
        return tuple(
            Chosen(decides) if one is None else one.chosen(decides)
            for decides, one in zip(SLOTS, (self.takeup, self.choice), strict=True)
        )

    @property
    def rule(self) -> Decision:
        """The rule, as the engine knows it."""
        if self.bass is not None:
            return Decision.BASS
        if self.hazard is not None:
            return Decision[f"HAZARD_{self.hazard.contacts.upper()}"]
        if self.threshold is None:
            return Decision.LOGIT
        return Decision[f"THRESHOLD_{self.threshold.upper()}"]

    @property
    def uses_people_file(self) -> bool:
        """Whether personal thresholds of people.csv count, where there are any."""
        if self.from_file is not None:
            return self.from_file
        return self.one_for_all is None and self.mean is None

    def parameters(self) -> dict[str, float]:
        """Return the model parameters that it sets."""
        given = {
            "threshold_mean": self.mean if self.one_for_all is None else self.one_for_all,
            "threshold_sd": self.sd if self.one_for_all is None else 0.0,
            "bass_p": self.bass.p if self.bass else None,
            "bass_q": self.bass.q if self.bass else None,
            "takeup_alone": self.hazard.alone if self.hazard else None,
            "takeup_team": self.hazard.team if self.hazard else None,
            "takeup_ties": self.hazard.ties if self.hazard else None,
        }
        return {name: value for name, value in given.items() if value is not None}


class EntryRules(Strict):
    """One entry of the timeline: one intervention by its name."""

    @model_validator(mode="before")
    @classmethod
    def _one_intervention(cls, value: object) -> object:
        if isinstance(value, str) and value in CATALOGUE:
            raise wrong(f"is the bare word {value!r}", f"{value}: {{start: week 1}}")
        if isinstance(value, dict) and len(value) > 1:
            kind, *others = value
            raise wrong(
                f"holds {kind} and {', '.join(others)[:60]} side by side",
                "one intervention an entry; its levers indented under it, or {…} after it",
            )
        if isinstance(value, dict) and not value:
            raise wrong("is an empty mapping", "an intervention such as access: {start: week 1}")
        return value


def _theory_model(decides: str) -> type[TheoryName]:
    """Return the model of a choice among the theories that are there."""
    fields: dict[str, Any] = {}
    for k, theory in enumerate(theories(decides).values()):
        settings: dict[str, Any] = {}
        for name, default in theory.settings.items():
            unit, low, high = theory.declared.domain[name]
            limits = Field(default, ge=low, le=high, description=f"{name} ({unit})")
            settings[name] = (float, limits)
        inner = create_model(f"SettingsOf{decides.title()}{k}".replace("-", ""), __base__=Strict,
                             **settings)  # fmt: skip
        inner.__doc__ = f"Settings of {theory.name}."
        fields[f"theory_{k}"] = (
            inner | None,
            Field(None, validation_alias=theory.name, description=theory.summary),
        )
    model = create_model(decides.title().replace("-", ""), __base__=TheoryName, **fields)
    model.__doc__ = f"A theory of {decides}: what it is called, and its settings."
    model.words = {name: {name: {}} for name in theories(decides)}
    model.expects = "a theory that is there: " + ", ".join(theories(decides))
    return model


@cache
def decision_model() -> type[DecisionRule]:
    """Return the model of how people decide, with the theories that are there."""
    fields: dict[str, Any] = {
        key: (_theory_model(decides) | None, DecisionRule.model_fields[key])
        for key, decides in zip(("takeup", "choice"), SLOTS, strict=True)
    }
    model = create_model("DecisionRule", __base__=DecisionRule, **fields)
    model.__doc__ = DecisionRule.__doc__
    return model


@cache
def scenario_file_model() -> type[BaseModel]:
    """Return the model of a scenario file, made from the catalogue and the parameters."""
    entries: dict[str, Any] = {
        f"kind_{i}": (
            kind_class,
            Field(None, validation_alias=kind, description=facts(kind_class)["Summary"]),
        )
        for i, (kind, kind_class) in enumerate(CATALOGUE.items())
    }
    entry = create_model("Entry", __base__=EntryRules, **entries)
    entry.__doc__ = EntryRules.__doc__
    numbers: dict[str, Any] = {
        name: (float, Field(p.value, ge=p.low, le=p.high, description=f"{p.meaning} ({p.unit})"))
        for name, p in PARAMETERS.items()
    }
    switches: dict[str, Any] = {
        name: (bool, Field(True, description=f"false sets {', '.join(neutral)} to do nothing"))
        for name, neutral in MECHANISMS.items()
    }
    text = str | None
    fields: dict[str, Any] = {
        "name": (text, Field(None, min_length=1, max_length=100, description="a short name")),
        "purpose": (text, Field(None, description="what the scenario is for, in a sentence")),
        "extends": (text, Field(None, description="another file in this folder to start from")),
        "remove": (
            Names | None,
            Field(None, description="labels, or kinds, of inherited entries to leave out"),
        ),
        "organisation": (
            text,
            Field(None, description="an organisation in this folder: a YAML file or a folder"),
        ),
        "weeks": (
            Length,
            Field(DEFAULT_WEEKS, description="length of the run, such as 52 or 1 year"),
        ),
        "parameters": (
            create_model("Parameters", __base__=Strict, **numbers) | None,
            Field(None, description="parameters of the model that differ from their default"),
        ),
        "mechanisms": (
            create_model("Mechanisms", __base__=Strict, **switches) | None,
            Field(None, description="mechanisms switched off (false)"),
        ),
        "decision": (
            decision_model(),
            Field(DecisionRule(), description="how people decide; logit is the rich model"),
        ),
        "timeline": (list[entry] | None, Field(None, description="what happens, in any order")),
    }
    model = create_model("ScenarioFile", __base__=Strict, **fields)
    model.__doc__ = "A scenario: what is placed on an organisation, and when."
    return model


WORDED: tuple[type[Worded], ...] = (Audience, Leaders, DecisionRule)
"""Mappings of a scenario file that may also be said in a word or as a list."""


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a scenario file, made from the models."""
    return editor_schema("Uptake scenario", scenario_file_model())


def editor_schema(title: str, model: type[BaseModel], *worded: type[Worded]) -> dict[str, Any]:
    """Return the JSON Schema of a kind of file, made from its model.

    ``worded`` are its mappings that may be said otherwise, beside those of scenario files.
    """
    from pydantic.json_schema import GenerateJsonSchema

    class Plain(GenerateJsonSchema):
        def encode_default(self, dft: Any) -> Any:  # by itself it makes a model for each
            plain = dft is None or type(dft) in (bool, int, float, str)
            return dft if plain else super().encode_default(dft)

    schema = model.model_json_schema(schema_generator=Plain)
    definitions = schema.setdefault("$defs", {})
    for kind in (*WORDED, *worded):
        if kind.__name__ not in definitions:
            continue
        mapping = definitions[kind.__name__]
        _add_other_names(mapping, kind)
        description = mapping.pop("description")
        either = [*kind.other_forms(), mapping]
        definitions[kind.__name__] = {"description": description, "anyOf": either}
    for name in ("Entry", "PlannedEntry"):
        if name in definitions:
            definitions[name] |= {"minProperties": 1, "maxProperties": 1}
    _add_other_names(schema, model)
    definitions.update(SHARED)
    _tidy(schema)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, **schema}


def keys_of(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """Return the fields of a model by every key that a file may use for them."""
    keys: dict[str, FieldInfo] = {}
    for name, field in model.model_fields.items():
        alias = field.validation_alias
        names = alias.choices if isinstance(alias, AliasChoices) else [alias or name]
        keys |= {str(key): field for key in names}
    return keys


def _add_other_names(mapping: dict[str, Any], model: type[BaseModel]) -> None:
    """Let the keys of a mapping be said in each of their names, in place."""
    for field in model.model_fields.values():
        if isinstance(field.validation_alias, AliasChoices):
            first, *others = map(str, field.validation_alias.choices)
            for other in others:
                mapping["properties"][other] = mapping["properties"][first]


def _tidy(part: Any) -> None:
    """Say, in place, what stands once as a reference, and defaults as a file would."""
    if isinstance(part, list):
        for item in part:
            _tidy(item)
    elif isinstance(part, dict):
        if isinstance(part.get("title"), str):
            del part["title"]
        if isinstance(name := part.get("shared"), str):
            del part["shared"]
            part["$ref"] = f"#/$defs/{name}"
        default = part.get("default", "")
        worded = str(part.get("$ref")).endswith(("/Audience", "/DecisionRule"))
        if worded and isinstance(default, dict):
            given = (key for key, value in default.items() if value is not None)
            part["default"] = next(given, "logit").replace("_", " ")
        elif default is None or isinstance(default, dict | list):
            part.pop("default", None)
        for item in part.values():
            _tidy(item)


class Scenario(BaseModel):
    """A scenario, read and checked.

    - ``organisation``: the organisation it runs on: a template or a folder; None where the file
      names none.
    - ``weeks``: length of the run.
    - ``parameters``: parameters that differ from their default, decision aside; see ``overrides``.
    - ``mechanisms``: false for what is switched off.
    - ``text``: the file as it was read.
    - ``sources``: text of each file that it extends, by its path in the folder.
    - ``file``: name of the file, for errors.
    - ``where``: ``file:line:column`` by key path.

    >>> from sim.scenario import loads
    >>> scenario = loads("timeline: [{access: {start: month 2}}]")
    >>> scenario.timeline[0].intervention.start
    5
    """

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True, extra="forbid")

    name: str
    purpose: str = ""
    organisation: Path | None = None
    weeks: int = DEFAULT_WEEKS
    parameters: dict[str, float] = Field(default_factory=dict)
    mechanisms: dict[str, bool] = Field(default_factory=dict)
    decision: DecisionRule = Field(default_factory=DecisionRule)
    timeline: tuple[InstanceOf[Placed], ...] = ()
    text: str = Field("", repr=False)
    sources: dict[str, str] = Field(default_factory=dict, repr=False)
    file: str = ""
    where: dict[tuple[str | int, ...], str] = Field(default_factory=dict, repr=False)

    @property
    def size(self) -> str:
        """How many entries and weeks it has, in words."""
        return f"{counted(len(self.timeline), 'entry', 'entries')}, {counted(self.weeks, 'week')}"

    def __repr__(self) -> str:
        return f"<Scenario {self.name!r}: {self.size}>"

    __str__ = __repr__

    def overrides(self) -> dict[str, float]:
        """Return all parameters it sets, those of its decision included."""
        return {**self.parameters, **self.decision.parameters()}

    def switched_off(self) -> tuple[str, ...]:
        """Return the mechanisms that are off, in the order of their declaration."""
        return tuple(name for name in MECHANISMS if not self.mechanisms.get(name, True))

    def place(self, organisation: Organisation) -> Timeline:
        """Return the effect table on an organisation.

        Raises InputError where an audience names what the organisation does not have.
        """
        return place(self.timeline, organisation, self.weeks)

    def check(self, organisation: Organisation) -> tuple[Problem, ...]:
        """Return warnings: audiences that are empty on this organisation.

        Raises InputError where an audience names what the organisation does not have.
        """
        return warnings_of(self.timeline, organisation)


@dataclass(frozen=True, slots=True)
class Document:
    """A scenario file with all that it extends merged in, not yet checked."""

    root: Node
    text: str = dataclasses.field(repr=False)
    name: str
    """``text``, ``name``: the file as it was read, and what it is called in errors."""
    folder: Path | None = None
    """Where the organisation it names is looked for."""
    sources: dict[str, str] = dataclasses.field(default_factory=dict, repr=False)
    """Text of each file that it extends, by its path in the folder."""
    problems: tuple[Problem, ...] = ()
    """What was wrong with what it extends."""
