"""What the server of the page holds, offers and allows; timelines as the page sends them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from pydantic import Field, ValidationError, field_validator
from pydantic.fields import FieldInfo

from sim.contrast import MARGIN
from sim.document import MAX_BYTES, decode, parse, yaml_text
from sim.errors import InputError, Problem, did_you_mean, refusal
from sim.interventions.base import Audience, Intervention, Shock
from sim.interventions.fields import UNTIL_THE_END, Strict, wrong
from sim.interventions.timeline import CATALOGUE, Placed, facts
from sim.numbers import counted
from sim.parameters import PARAMETERS
from sim.scenario.text import problems_from
from sim.sources import read_regular, shipped_folder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sim.organisation.organisation import Organisation
    from sim.results import Results
    from sim.scenario import Scenario


MOST_PLANS = 4
"""So many plans are shown side by side at most."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What an upload may be, and how long it may take."""

    megabytes: float = 20.0
    """Both files together."""
    rows: int = 500_000
    """Rows of each file."""
    people: int = 20_000
    """People of an organisation that can be shown live."""
    seconds: float = 30.0
    """Time to read and check it."""


def shipped_names(folder: Path) -> list[str]:
    """Return the bare names of the YAML files of a folder."""
    return sorted(file.stem for file in folder.glob("*.yaml"))


@dataclass
class ServerState:
    """What every session of a server shares; loaded once, never changed by a session."""

    scenarios: dict[str, Scenario]
    """Given on the command line, by name."""
    opened: tuple[str, ...]
    """Names of the plans shown first."""
    organisation: str
    """Name of the organisation shown first."""
    organisations: dict[str, Organisation]
    """Those loaded so far, by name."""
    replicates: int = 20
    seed: int = 0
    weeks: int | None = None
    """``replicates``, ``seed``, ``weeks``: replicates, their seed, length of a run (None: the
    scenarios' own)."""
    parameters: Mapping[str, float] = field(default_factory=dict)
    """Set on top of the scenarios' own."""
    base: NDArray[np.void] | None = None
    """The parameter set in place of the defaults, of ``PARAMETER_DTYPE``, shape (1,)."""
    margin: float = MARGIN
    """Smallest difference that matters, as a share."""
    threads: int | None = None
    pseudonyms: bool = False
    """Whether ids are always replaced."""
    people: bool = False
    """Whether one person may be spoken of where people are real; ids are replaced unless so."""
    hour_cost: float = 0.0
    """Money that an hour of a person costs; 0 where it is not known."""
    walk: tuple[Scene, ...] = ()
    """The scenes of the guided walk; the shipped ones unless given."""
    stage: str = "presets"
    """What the page begins with: ``walk``, ``presets`` or ``sandbox``."""
    brand: dict[str, str] | None = None
    """Whose page it is: ``client``, ``author``, ``date``, ``title``; ``accent`` and
    ``dark_accent``, as ``#rrggbb``; ``logo``, a ``data:`` address or empty."""
    report: Callable[[Results, bool], str] | None = None
    """Gives the report of results as HTML."""
    diagnosis: dict[str, Any] | None = None
    """What ``sim.page.words.diagnosis_part`` gives of a diagnosis."""
    limits: Limits = field(default_factory=Limits)

    def scenes(self) -> tuple[Scene, ...]:
        """Return the scenes of the guided walk."""
        self.walk = self.walk or load_walk(walk_folder())
        return self.walk

    def scenario(self, name: object) -> Scenario:
        """Return a plan by its name: a given or a shipped one. A name is never a path.

        Raises InputError where there is none of this name.
        """
        if _is_known(name, self.scenarios, shipped_folder(), "plan"):
            return self.scenarios[str(name)]
        from sim import scenario

        self.scenarios[str(name)] = loaded = scenario.load(shipped_folder() / f"{name}.yaml")
        return loaded

    def organisation_of(self, name: object) -> Organisation:
        """Return an organisation by its name: a given or a shipped one. A name is never a path.

        Raises InputError where there is none of this name.
        """
        folder = shipped_folder() / "organisations"
        if _is_known(name, self.organisations, folder, "organisation"):
            return self.organisations[str(name)]
        from sim import organisation

        check_template(folder / f"{name}.yaml", self.limits)
        loaded = organisation.load(folder / f"{name}.yaml")
        check_size(loaded, self.limits)
        self.organisations[str(name)] = loaded
        return loaded

    def choices(self) -> dict[str, list[dict[str, Any]]]:
        """Return the plans and organisations there are to choose from, in words."""
        folder = shipped_folder()
        names = dict.fromkeys((*self.scenarios, *shipped_names(folder)))
        return {
            "plans": [
                {"key": name, "name": one.name, "purpose": one.purpose}
                for name in names
                for one in (self.scenario(name),)
            ],
            "organisations": [
                {"key": name}
                for name in dict.fromkeys(
                    (*self.organisations, *shipped_names(folder / "organisations"))
                )
                if name != "million"
            ],
        }


def check_size(organisation: Organisation, limits: Limits) -> None:
    """Refuse an organisation that is too large to be shown live.

    Raises InputError where there are more people than ``limits`` allow, or so few that any figure
    is about one.
    """
    if not organisation.made_up:
        from sim.results import SMALLEST_TEAM

        if organisation.n_people < SMALLEST_TEAM:
            people = counted(organisation.n_people, "person", "people")
            what = f"has {people}: any figure would be about one of them"
            right = f"{SMALLEST_TEAM} people or more"
            raise refusal("organisation", organisation.name, what, right)
    _check_people(organisation.n_people, organisation.name, limits)


def check_template(path: Path, limits: Limits) -> None:
    """Refuse a template that is too large to be shown live, before its people are made.

    Raises InputError as ``check_size``, and where it cannot be read.
    """
    from sim.organisation.settings import Template, read_settings

    if path.is_file() and isinstance(said := read_settings(path), Template):
        _check_people(said.n_people, said.name, limits)


def _check_people(people: int, name: str, limits: Limits) -> None:
    if people > limits.people:
        what = f"has {people:,} people; the live page shows up to {limits.people:,}"
        right = "uptake compare and uptake report, which take any size"
        raise refusal("organisation", name, what, right)


def _is_known(name: object, there: Mapping[str, object], folder: Path, what: str) -> bool:
    """Return whether a name is among those that are there; refuse one that is not shipped."""
    if isinstance(name, str) and name in there:
        return True
    shipped, said = shipped_names(folder), str(name)[:80]
    if not isinstance(name, str) or name not in shipped:
        right = did_you_mean(said, list(dict.fromkeys([*there, *shipped])))
        raise refusal(what, said, "is not here", right)
    return False


MOST_ENTRIES = 200
"""Entries of one timeline that the page may send."""


def scenario_with(scenario: Scenario, entries: object, weeks: int) -> Scenario:
    """Return a scenario with another timeline.

    Entries as ``timeline`` in a scenario file, of a run of ``weeks``; the way there is short,
    because a dragged bar comes along it many times a second. Raises InputError with everything
    wrong, worded as for a scenario file.
    """
    if not isinstance(entries, list) or len(entries) > MOST_ENTRIES:
        raise refusal("timeline", "", "is no timeline", f"a list of up to {MOST_ENTRIES} entries")
    placed = []
    for i, entry in enumerate(entries):
        is_one = isinstance(entry, dict) and len(entry) == 1
        kind, levers = next(iter(entry.items())) if is_one else ("", None)
        if kind not in CATALOGUE or not isinstance(levers, dict):
            raise _worded(entries, weeks)
        try:
            one = CATALOGUE[kind].model_validate(levers, context={"weeks": weeks})
        except ValidationError:
            raise _worded(entries, weeks) from None
        placed.append(Placed(one, f"timeline[{i}].{kind}"))
    return scenario.model_copy(update={"timeline": tuple(placed), "text": ""})


def _worded(entries: list[Any], weeks: int) -> InputError:
    """Return the error that a scenario file with these entries gives."""
    from sim.scenario import loads

    try:
        loads(yaml_text({"weeks": weeks, "timeline": entries}), name="timeline")
    except InputError as error:
        return error
    except (TypeError, ValueError):
        pass
    return InputError([Problem("timeline", "", "cannot be read", "entries such as {access: …}")])


_WEEKS = {"start": "week", "lasts": "weeks", "every": "weeks", "times": "count"}
_LATER = ("label", "money", "every", "times")
UNITS = {"hours": "h", "dose": "×"}
"""What a number counts, where it is no share: shares are shown in percent."""
HOURS_SHOWN = 40
"""Hours a person up to which the slider goes; a file may say more."""


def catalogue() -> list[dict[str, Any]]:
    """Return every kind of intervention and shock: kind, summary, whether a shock, levers.

    A lever has ``name``, ``type`` (week, weeks, number, switch, choice, audience), its
    bounds, ``unit``, ``default`` and ``meaning``.
    """
    return [
        {
            "kind": kind,
            "summary": facts(intervention)["Summary"],
            "acts_on": facts(intervention).get("Acts on", ""),
            "source": facts(intervention).get("Source", ""),
            "shock": issubclass(intervention, Shock),
            "ongoing": intervention.ongoing,
            "levers": list(_levers(intervention)),
        }
        for kind, intervention in CATALOGUE.items()
    ]


def parameters() -> list[dict[str, Any]]:
    """Return every parameter of the model: name, value, range, unit, meaning, source."""
    shown = ("name", "value", "low", "high", "unit", "meaning", "source")
    return [{name: getattr(p, name) for name in shown} for p in PARAMETERS.values()]


def _levers(intervention: type[Intervention]) -> Iterator[dict[str, Any]]:
    for name, declared in intervention.model_fields.items():
        if name in _LATER:
            continue
        lever = {
            "name": name.replace("_", " ") if name not in _WEEKS else name,
            "field": name,
            "meaning": declared.description or "",
            "default": None if declared.is_required() else _plain(declared.default),
        }
        yield {**lever, **_kind(name, declared)}


def _plain(value: Any) -> Any:
    if isinstance(value, Audience):
        (word, *_) = value.model_dump(exclude_none=True, exclude_unset=True)
        return word.replace("_", " ")
    return "until the end" if value == UNTIL_THE_END else value


def _kind(name: str, field: FieldInfo) -> dict[str, Any]:
    """Return type and bounds of a lever, from its annotation and constraints."""
    if name in _WEEKS:
        return {"type": _WEEKS[name]}
    annotation = _without_none(field.annotation)
    if annotation is Audience:
        return {"type": "audience"}
    if annotation is bool:
        return {"type": "switch"}
    if get_origin(annotation) is Literal:
        return {"type": "choice", "choices": list(get_args(annotation))}
    bounds: dict[str, float] = {}
    for item in _constraints(field):
        for label, key in (("ge", "low"), ("gt", "low"), ("le", "high"), ("lt", "high")):
            if (bound := getattr(item, label, None)) is not None:
                bounds[key] = float(bound)
    high = min(bounds.get("high", 1.0), HOURS_SHOWN)
    low, step = bounds.get("low", 0.0), 0.05 if high <= 5 else 0.5
    unit = UNITS.get(name, "%" if (low, high) == (0, 1) else "")
    return {"type": "number", "low": low, "high": high, "step": step, "unit": unit}


def _without_none(annotation: Any) -> Any:
    options = [one for one in get_args(annotation) if one is not NoneType]
    return options[0] if NoneType in get_args(annotation) and len(options) == 1 else annotation


def _constraints(field: FieldInfo) -> Iterator[Any]:
    metadata = (*field.metadata, *getattr(field.annotation, "__metadata__", ()))
    for item in metadata:
        yield from item.metadata if isinstance(item, FieldInfo) else (item,)


@cache
def questions() -> list[dict[str, str]]:
    """Return questions to a client that set one parameter each, in the order of asking.

    Each has ``parameter``; ``words``, the question; ``low`` and ``high``, what the ends of the
    parameter's range mean.
    """
    file = Path(__file__).with_name("questions.yaml")
    return parse(file.read_text("utf-8"), file.name).plain()


WORDS = ("A", "B", "C", "D", "level A", "level B", "level C", "level D", "peak A", "peak B",
         "peak C", "peak D", "verdict", "firm", "people", "weeks", "last team")  # fmt: skip
"""What may stand in braces in a scene's words, to be filled in from the run:

``A`` is a plan's name, ``level A`` its level of weekly use, ``peak A`` its highest week and
when; ``verdict`` compares the first two plans by their level; ``last team`` has the least use.
"""

MOST_SCENES, MOST_PLANS = 20, 4
_SUFFIXES = (".yaml", ".yml")
_BRACES = re.compile(r"\{([^{}]*)\}")


class Scene(Strict):
    """One scene: what is shown, what is said, and what happens."""

    title: str = Field(min_length=1, max_length=80, description="a few words")
    words: str = Field(min_length=1, description="what is said before anything happens")
    after: str = Field("", description="what is said when it has happened")
    plans: list[str] = Field(
        min_length=1, max_length=MOST_PLANS, description="shipped names, or files beside the scene"
    )
    outcome: str = Field("weekly_users", description="what is shown")
    week: int = Field(1, ge=1, le=260, description="the week it begins in")
    do: Literal["stand", "play", "bet", "why", "next", "yours"] = Field(
        "stand", description="what happens: nothing, play, a bet, why, what to do next, the end"
    )
    bet_on: Literal["A", "B", "C", "D"] = Field("A", description="the plan that is bet on")
    large: Literal["A", "B", "C", "D"] | None = Field(
        None, description="the plan whose network takes the stage"
    )

    @field_validator("words", "after")
    @classmethod
    def _braces_are_known(cls, text: str) -> str:
        for inside in _BRACES.findall(text):
            if inside not in WORDS:
                raise wrong(f"has {{{inside}}}", did_you_mean(inside, list(WORDS)))
        return text

    @field_validator("outcome")
    @classmethod
    def _outcome_is_shown(cls, name: str) -> str:
        from sim.page.payload import labels_shown

        if name not in (known := labels_shown()):
            raise wrong(f"is {name!r:.60}", did_you_mean(name, list(known)))
        return name

    @field_validator("plans")
    @classmethod
    def _names_are_plain(cls, names: list[str]) -> list[str]:
        for name in names:
            if not name or Path(name).name != name:
                raise wrong(f"has {name!r:.60}", "a shipped name, or a file beside the scene")
        return [Path(name).stem if name.endswith(_SUFFIXES) else name for name in names]

    def plain(self) -> dict[str, Any]:
        """Return it as plain data, with line breaks of the file taken out."""
        data = self.model_dump()
        return data | {key: " ".join(data[key].split()) for key in ("words", "after")}


def walk_folder() -> Path:
    """Return the folder of the shipped scenes."""
    return shipped_folder() / "walk"


def load_walk(folder: Path | str) -> tuple[Scene, ...]:
    """Return the scenes of a folder, in the order of their file names.

    Raises InputError where there is none, or with everything wrong in them, each with its place.
    """
    files = sorted(
        one for one in Path(folder).glob("*")
        if one.suffix in _SUFFIXES and one.name[:1].isdigit()
    )  # fmt: skip
    if not 1 <= len(files) <= MOST_SCENES:
        right = f"1 to {MOST_SCENES} YAML files whose names begin with a number: 01-licences.yaml"
        raise refusal(str(folder), "", f"has {len(files)} scenes", right)
    scenes: list[Scene] = []
    problems: list[Problem] = []
    for file in files:
        try:
            scenes.append(_load(file))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return tuple(scenes)


def _load(file: Path) -> Scene:
    root = parse(
        decode(read_regular(file, MAX_BYTES, "a scene (YAML)", name=file.name), file.name),
        file.name,
        right="a mapping with title, words, plans",
    )
    try:
        return Scene.model_validate(root.plain())
    except ValidationError as error:
        raise InputError(problems_from(error, Scene, root)) from None
