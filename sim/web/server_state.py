"""What the server of the page holds and allows; timelines as the page sends them."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from sim.contrast import MARGIN
from sim.errors import InputError, Problem, did_you_mean
from sim.interventions.timeline import CATALOGUE, Placed
from sim.sources import shipped_folder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sim.organisation.organisation import Organisation
    from sim.page.offered import Scene
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
    """What ``sim.page.diagnosis.diagnosis_part`` gives of a diagnosis."""
    limits: Limits = field(default_factory=Limits)

    def scenes(self) -> tuple[Scene, ...]:
        """Return the scenes of the guided walk."""
        from sim.page.offered import load_walk, walk_folder

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
            people = "1 person" if organisation.n_people == 1 else f"{organisation.n_people} people"
            what = f"has {people}: any figure would be about one of them"
            right = f"{SMALLEST_TEAM} people or more"
            raise InputError([Problem("organisation", organisation.name, what, right)])
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
        raise InputError([Problem("organisation", name, what, right)])


def _is_known(name: object, there: Mapping[str, object], folder: Path, what: str) -> bool:
    """Return whether a name is among those that are there; refuse one that is not shipped."""
    if isinstance(name, str) and name in there:
        return True
    shipped, said = shipped_names(folder), str(name)[:80]
    if not isinstance(name, str) or name not in shipped:
        right = did_you_mean(said, list(dict.fromkeys([*there, *shipped])))
        raise InputError([Problem(what, said, "is not here", right)])
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
        right = f"a list of up to {MOST_ENTRIES} entries"
        raise InputError([Problem("timeline", "", "is no timeline", right)])
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
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    from sim.scenario import loads

    stream = io.StringIO()
    try:
        YAML().dump({"weeks": weeks, "timeline": entries}, stream)
        loads(stream.getvalue(), name="timeline")
    except InputError as error:
        return error
    except (YAMLError, TypeError, ValueError):
        pass
    return InputError([Problem("timeline", "", "cannot be read", "entries such as {access: …}")])
