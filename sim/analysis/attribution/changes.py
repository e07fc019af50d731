"""Single changes of a plan: each entry earlier, later, left out, or wider; and what it lacks.

They come from the plan and the catalogue alone: no change is left out because it would
look good or bad.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.analysis.attribution.subject import EVERYONE, Subject
from sim.interventions.audience import INFORMAL_LEADERS, MANAGERS, Audience
from sim.interventions.base import Activity, Intervention
from sim.interventions.catalogue import CATALOGUE
from sim.interventions.timeline import Placed, audience_of

if TYPE_CHECKING:
    from sim.organisation.organisation import Organisation

__all__ = ["Change", "changes"]

SHIFT = 8
"""Weeks by which an entry is put off."""


@dataclass(frozen=True)
class Change:
    """A plan with one thing different.

    Parameters
    ----------
    said : str
        What is different, in words that follow "run again with".
    how : str
        ``earlier``, ``later``, ``without``, ``wider`` or ``added``.
    kind : str
        The intervention that is moved, left out, widened or added.
    week : int
        The first week of the entry after the change, or before it where it is left out.
    hours : float
        Hours more (or fewer) for a person of the subject, who attends everything.
    """

    said: str
    how: str
    kind: str
    week: int
    timeline: tuple[Placed, ...]
    hours: float = 0.0


def changes(
    timeline: tuple[Placed, ...],
    subject: Subject,
    organisation: Organisation,
    weeks: int,
    *,
    week: int = 9,
) -> tuple[Change, ...]:
    """Return all single changes of a plan that are tried for a team or person.

    Parameters
    ----------
    weeks : int
        Length of the run.
    week : int
        When something is added.

    Returns
    -------
    tuple of Change
        Each kind of activity that does not reach the subject yet, added in ``week`` for it
        (for its manager or the person it listens to most, where the kind is for such); each
        entry of the plan from week 1, ``SHIFT`` weeks later, and left out; each activity
        that misses part of the subject, with all of it.
    """
    week = min(week, weeks)
    return (
        *_added(timeline, subject, organisation, weeks, week),
        *_moved(timeline, weeks),
        *_without(timeline, subject, organisation, weeks),
        *_wider(timeline, subject, organisation, weeks),
    )


def _meant(intervention: Intervention | type[Intervention], subject: Subject) -> list[int]:
    """Return the rows of those whom a kind is for, on the subject's side."""
    usual = intervention if isinstance(intervention, type) else type(intervention)
    default: Any = usual.model_fields["audience"].default
    rows = {id(MANAGERS): subject.managers, id(INFORMAL_LEADERS): subject.leaders}
    return [int(row) for row in rows.get(id(default), subject.rows)]


def _whom(kind: type[Intervention], subject: Subject) -> str:
    default: Any = kind.model_fields["audience"].default
    every = subject.team == EVERYONE
    if default is MANAGERS:
        return "all managers" if every else f"the manager of {subject.name}"
    if default is INFORMAL_LEADERS:
        return "the informal leaders" if every else f"the person {subject.name} listens to most"
    return subject.name


def _audience(
    rows: list[int], kind: type[Intervention], subject: Subject, organisation: Organisation
) -> Audience:
    if subject.team == EVERYONE:
        default: Audience = kind.model_fields["audience"].default
        return default
    if not subject.person and rows == subject.rows.tolist():
        return Audience.model_validate({"teams": [organisation.teams[subject.team]]})
    return Audience.model_validate({"ids": [str(organisation.ids[row]) for row in rows]})


def _added(
    timeline: tuple[Placed, ...],
    subject: Subject,
    organisation: Organisation,
    weeks: int,
    week: int,
) -> Iterator[Change]:
    for kind, intervention in CATALOGUE.items():
        if not issubclass(intervention, Activity):
            continue
        rows = _meant(intervention, subject)
        if not rows or _reached(timeline, kind, organisation)[rows].all():
            continue
        audience = _audience(rows, intervention, subject, organisation)
        new = intervention.model_validate({"start": week, "audience": audience})
        whom = _whom(intervention, subject)
        said = f"{kind} for {whom} from week {week}"
        hours = new.total_hours(weeks) * len(set(rows) & set(subject.rows.tolist()))
        placed = (*timeline, Placed(new, f"timeline[{len(timeline)}].{kind}"))
        yield Change(said, "added", kind, week, placed, hours / len(subject.rows))


def _reached(timeline: tuple[Placed, ...], kind: str, organisation: Organisation) -> Any:
    reached = np.zeros(organisation.n_people, np.bool_)
    for placed in timeline:
        audience = audience_of(placed)
        if placed.kind == kind and placed.intervention.dose > 0 and audience is not None:
            reached |= audience.members(organisation)
    return reached


def _replaced(timeline: tuple[Placed, ...], index: int, **update: Any) -> tuple[Placed, ...]:
    old = timeline[index]
    new = Placed(old.intervention.model_copy(update=update), old.path)
    return (*timeline[:index], new, *timeline[index + 1 :])


def _called(timeline: tuple[Placed, ...], index: int) -> str:
    """Return the name of an entry, told apart by its week where a kind stands twice."""
    kind = timeline[index].kind
    alike = sum(placed.kind == kind for placed in timeline)
    return kind if alike == 1 else f"{kind} of week {timeline[index].intervention.start}"


def _moved(timeline: tuple[Placed, ...], weeks: int) -> Iterator[Change]:
    for index, placed in enumerate(timeline):
        start, called = placed.intervention.start, _called(timeline, index)
        if 1 < start <= weeks:
            said = f"{called} from week 1, not {start}"
            yield Change(said, "earlier", placed.kind, 1, _replaced(timeline, index, start=1))
        if (later := start + SHIFT) <= weeks:
            said = f"{called} from week {later}, not {start}"
            new = _replaced(timeline, index, start=later)
            yield Change(said, "later", placed.kind, later, new)


def _without(
    timeline: tuple[Placed, ...], subject: Subject, organisation: Organisation, weeks: int
) -> Iterator[Change]:
    for index, placed in enumerate(timeline):
        rest = (*timeline[:index], *timeline[index + 1 :])
        audience = audience_of(placed)
        reached = 0.0 if audience is None else audience.members(organisation)[subject.rows].mean()
        hours = -placed.intervention.total_hours(weeks) * float(reached)
        start = placed.intervention.start
        said = f"no {_called(timeline, index)}"
        yield Change(said, "without", placed.kind, start, rest, hours)


def _wider(
    timeline: tuple[Placed, ...], subject: Subject, organisation: Organisation, weeks: int
) -> Iterator[Change]:
    for index, placed in enumerate(timeline):
        intervention = placed.intervention
        if not isinstance(intervention, Activity) or intervention.dose == 0:
            continue
        rows = _meant(intervention, subject)
        reached = _reached(timeline, placed.kind, organisation)
        missed = [row for row in rows if not reached[row]]
        if not missed:
            continue
        more = _audience(missed, type(intervention), subject, organisation)
        both = Audience.model_validate({"any": [intervention.audience, more]})
        whom = _whom(type(intervention), subject)
        said = f"{whom} in the {_called(timeline, index)} (week {intervention.start})"
        own = len(set(missed) & set(subject.rows.tolist())) / len(subject.rows)
        new = _replaced(timeline, index, audience=both)
        hours = intervention.total_hours(weeks) * own
        yield Change(said, "wider", placed.kind, intervention.start, new, hours)
