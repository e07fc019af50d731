"""What may stand on a timeline, by its name in a scenario file; and a scenario placed on people.

To add an intervention: copy a class of this folder, give it a ``kind``, a docstring with the six
labels, levers as fields with bounds and descriptions, and ``parts``. The scenario language, its
JSON Schema, ``uptake interventions`` and the documents follow; the engine does not change. Placed,
a timeline is an effect table and its audiences.
"""

from __future__ import annotations

import re
from collections import UserDict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Bools
from sim.errors import InputError, Problem
from sim.extensions import Extension, extensions, take_each
from sim.interventions import activities, shocks
from sim.interventions.base import Intervention
from sim.interventions.effects import EFFECT, EVERYONE, STANDING, Timeline
from sim.interventions.shocks import StaffingChange, phases_of
from sim.outcomes import MAX_WEEKS

if TYPE_CHECKING:
    from sim.interventions.base import Audience
    from sim.organisation.organisation import Organisation


Reached = tuple[NDArray[np.void], Bools | None]
"""What an intervention does, of ``EFFECT``, and whom it reaches; None where always everybody."""


@dataclass(frozen=True)
class Placed:
    """An intervention on a scenario's timeline, and where the file says so.

    - ``path``: the key path in the file, such as ``timeline[2].access``.
    - ``where``: ``file:line:column`` by the path inside the intervention; ``()`` is the whole.
    """

    intervention: Intervention
    path: str = ""
    where: Mapping[tuple[str | int, ...], str] = field(default_factory=dict, repr=False)

    @property
    def kind(self) -> str:
        """The name of the intervention in a scenario file."""
        return self.intervention.kind

    def problem(self, path: tuple[str | int, ...], what: str, right: str) -> Problem:
        """Return a problem at the deepest place of ``path`` that the file has."""
        from sim.interventions.fields import spelled

        known: tuple[str | int, ...] = ()
        for step in path:
            for candidate in ((*known, step), (*known, str(step).removesuffix("s"))):
                if candidate in self.where:
                    known = candidate
                    break
        shown = f"{self.path}{spelled(known, first='.')}"
        return Problem(self.where.get(known, ""), shown, what, right)


def audience_of(placed: Placed) -> Audience | None:
    """Return the audience, or None where it is always the whole organisation."""
    return getattr(placed.intervention, "audience", None)


def _audiences_of(placed: Placed) -> Iterator[tuple[str, Audience]]:
    """Yield whom an intervention names, by the field that does."""
    for name in ("audience", "toward"):
        if (audience := getattr(placed.intervention, name, None)) is not None:
            yield name, audience


def problems_of(placed: Iterable[Placed], organisation: Organisation) -> tuple[Problem, ...]:
    """Return what the audiences name that the organisation does not have."""
    return tuple(
        one.problem((name, *path), what, right)
        for one in placed
        for name, audience in _audiences_of(one)
        for path, what, right in audience.unknown(organisation)
    )


def warnings_of(placed: Sequence[Placed], organisation: Organisation) -> tuple[Problem, ...]:
    """Return the audiences that are empty on this organisation; nothing happens to them.

    Raises InputError where an audience names what the organisation does not have.
    """
    if problems := problems_of(placed, organisation):
        raise InputError(problems)
    return tuple(
        one.problem(
            ("audience",),
            f"the audience of {one.kind} is empty in {organisation.name}",
            "an audience with people in it, or leave it out",
        )
        for one in placed
        for name, audience in _audiences_of(one)
        if name == "audience" and not audience.members(organisation).any()
    )


def money_of(timeline: Iterable[Placed], people: Organisation, weeks: int) -> float:
    """Return the money that a timeline says its entries cost, over all who are meant."""
    total = 0.0
    for placed in timeline:
        one: Any = placed.intervention
        audience = audience_of(placed)
        if audience is not None and hasattr(one, "total_money"):
            total += one.total_money(weeks) * int(audience.members(people).sum())
    return total


def place(placed: Iterable[Placed], organisation: Organisation, weeks: int = MAX_WEEKS) -> Timeline:
    """Place interventions on an organisation.

    Equal audiences are stored once; all people are ``EVERYONE``. Interventions with dose 0 and
    empty audiences leave no row. The same input gives the same arrays. Where people join or leave,
    phases say who of the audiences is there.

    Rows end with the run, and what starts after its ``weeks`` is left out. Raises InputError where
    an audience names a team, role, level or id that is not there.
    """
    placed = tuple(placed)
    reached = reached_by(placed, organisation, weeks)
    return timeline_of(reached, staffing_of(placed), organisation, weeks)


def reached_by(
    placed: Sequence[Placed], organisation: Organisation, weeks: int
) -> tuple[Reached, ...]:
    """Return what each intervention does in a run, and whom it reaches.

    Raises InputError where an audience names what the organisation does not have.
    """
    if problems := problems_of(placed, organisation):
        raise InputError(problems)
    audiences = [audience_of(one) for one in placed]
    return tuple(
        (effects_of(one, weeks), None if audience is None else audience.members(organisation))
        for one, audience in zip(placed, audiences, strict=True)
    )


def staffing_of(placed: Iterable[Placed]) -> list[StaffingChange]:
    """Return those of some interventions that change who is there."""
    return [one.intervention for one in placed if isinstance(one.intervention, StaffingChange)]


def timeline_of(
    reached: Sequence[Reached], changes: Sequence[StaffingChange], organisation: Organisation,
    weeks: int,
) -> Timeline:  # fmt: skip
    """Return the timeline of what interventions do, and whom they reach."""

    def placed_in(first: int, present: Bools, came: Bools) -> Timeline:
        return _effects_on(reached, first, present, came)

    whole = _effects_on(reached)
    if not changes:
        return whole

    def members(audience: Audience) -> Bools:
        return audience.members(organisation)

    return replace(whole, phases=phases_of(changes, organisation, weeks, members, placed_in))


def effects_of(one: Placed, weeks: int) -> NDArray[np.void]:
    """Return what an intervention does in a run of so many weeks, to everybody; of ``EFFECT``."""
    return np.array([*one.intervention.rows(weeks)], EFFECT)


def _effects_on(
    reached: Sequence[Reached], first: int = 1, present: Bools | None = None,
    came: Bools | None = None,
) -> Timeline:  # fmt: skip
    """Return the effects on those who are ``present``, everybody when None.

    Whoever just ``came``, in week ``first``, is given what stands since before, such as access.
    """
    known: dict[bytes, int] = {}
    groups: list[NDArray[np.uint32]] = []
    tables: list[NDArray[np.void]] = []
    audiences: list[int] = []

    def add(rows: NDArray[np.void], inside: Bools | None) -> None:
        audience, count = EVERYONE, -1 if inside is None else np.count_nonzero(inside)
        if inside is not None and count < len(inside):
            if not count:
                return
            audience = known.setdefault(inside.tobytes(), len(groups))
            if audience == len(groups):
                groups.append(np.flatnonzero(inside).astype(np.uint32))
        tables.append(rows)
        audiences.append(audience)

    for rows, inside in reached:
        if not len(rows):
            continue
        if inside is None or present is None:
            add(rows, inside)
            continue
        add(rows, inside & present)
        late = rows[np.isin(rows["effect"], [*STANDING]) & (rows["start"] < first)]
        if came is not None and len(late):
            late["start"], late["end"], late["every"] = first, first, 1
            add(late, inside & came)
    # as bytes: numpy joins structured arrays field by field, which takes several times as long
    whole = [np.zeros(0, np.uint8), *(rows.view(np.uint8) for rows in tables)]
    effects = np.concatenate(whole).view(EFFECT)
    effects["audience"] = np.repeat(np.array(audiences, int), [*map(len, tables)] or 0)
    start = np.zeros(len(groups) + 1, np.int64)
    np.cumsum([len(people) for people in groups], out=start[1:])
    return Timeline(effects, start, np.concatenate(groups) if groups else np.zeros(0, np.uint32))


SHIPPED: dict[str, type[Intervention]] = {
    one.kind: one
    for module in (activities, shocks)
    for one in vars(module).values()
    if isinstance(one, type) and issubclass(one, Intervention) and one.__module__ == module.__name__
    if one.kind
}
"""Every kind that Uptake brings, in the order in which the modules declare them."""

LABELS = ("Acts on", "Audience", "Timing", "Levers", "Cost", "Source")
"""What the docstring of an intervention says."""

_KIND = re.compile(r"[a-z][a-z-]*( [a-z-]+)*")


class Catalogue(UserDict[str, type[Intervention]]):
    """Kinds by name: those that Uptake brings, then those of plugins, read when first asked for.

    Raises InputError when it is first read, with everything wrong in the plugins' interventions.
    """

    def __init__(self) -> None:
        """Read nothing yet."""

    @property
    def data(self) -> dict[str, type[Intervention]]:  # type: ignore[override]
        """All kinds."""
        return _all_kinds(extensions("uptake.interventions"))


@cache
def _all_kinds(offered: tuple[Extension, ...]) -> dict[str, type[Intervention]]:
    kinds = dict(SHIPPED)

    def take(_: Extension, one: Any) -> str:
        if not (what := wrong_with(one, kinds)):
            kinds[one.kind] = one
        return what

    take_each(offered, take)
    return kinds


def wrong_with(one: object, others: Container[str] = ()) -> str:
    """Return why something is no intervention that can stand in the catalogue; empty if it can.

    ``others`` are kinds that are taken.
    """
    if not (isinstance(one, type) and issubclass(one, Intervention)):
        return "is no class of sim.interventions.base.Activity or Shock"
    if not _KIND.fullmatch(one.kind):
        return f"has the kind {one.kind!r}, not lower-case words such as 'lunch talk'"
    if one.kind in others:
        return f"has the kind {one.kind!r}, which is there already"
    if missing := [label for label in LABELS if not facts(one).get(label)]:
        return f"has a docstring without {', '.join(missing)}"
    if bare := [n for n, field in one.model_fields.items() if not field.description]:
        return f"has levers without a description: {', '.join(bare)}"
    return ""


CATALOGUE = Catalogue()
"""Every kind of intervention and shock, those of plugins included."""


def facts(intervention: type[Intervention]) -> dict[str, str]:
    """Return the summary and the labelled lines of an intervention's docstring.

    >>> facts(CATALOGUE["access"])["Acts on"]
    'access; novelty at the first access; a prompt to consider the tool'
    """
    summary, _, rest = (intervention.__doc__ or "").partition("\n\n")
    found = {"Summary": " ".join(summary.split())}
    label = ""
    for line in rest.splitlines():
        if match := re.match(r"\s*([A-Z][a-z]+(?: on)?)\s*: (.*)", line):
            label = match[1]
            found[label] = match[2].strip()
        elif label and line.strip():
            found[label] += " " + line.strip()
    return found
