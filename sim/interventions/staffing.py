"""Who is there, and who listens to whom: people who join or leave, and ties that change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import Field

from sim.arrays import Bools, Floats
from sim.interventions.base import EVERYBODY, Audience, Intervention
from sim.interventions.fields import UNTIL_THE_END, Duration

if TYPE_CHECKING:
    from sim.interventions.base import Audience
    from sim.interventions.timeline import Timeline
    from sim.organisation.organisation import Organisation


_A_TENTH = Audience(share=0.1)
_LASTS = "how long, such as 12 weeks; until the end by default"


class StaffingChange(Intervention):
    """What alters the organisation itself while it lasts; it acts on nobody's state.

    The organisation's files name everybody who is ever there, and every tie there ever is.
    """

    ongoing: ClassVar[bool] = True
    does = ()

    lasts: Duration = Field(UNTIL_THE_END, description=_LASTS)


class Joins(StaffingChange):
    """People who are in the organisation's files begin to work there, in the middle of a run.

    Acts on  : who is there; before it, its people are away: unseen, unheard, counted nowhere
    Audience : a tenth of the people by default; a joiner starts as anybody does, and gets access
               given before
    Timing   : from its week, until the end by default; shorter for those who come for a while
    Levers   : dose [0, 5] (only whether it is above 0 counts)
    Cost     : none
    Source   : ASSUMPTION
    """

    kind: ClassVar[str] = "joins"

    audience: Audience = Field(_A_TENTH, description="who joins")


class Leaves(StaffingChange):
    """People go: for good, or for a while, and come back as they went.

    Acts on  : who is there; who is away is unseen, unheard and counted nowhere
    Audience : a tenth of the people by default; whoever an absent manager reports to stands in
    Timing   : from its week, until the end by default; shorter for an absence
    Levers   : dose [0, 5] (only whether it is above 0 counts)
    Cost     : none
    Source   : ASSUMPTION
    """

    kind: ClassVar[str] = "leaves"

    audience: Audience = Field(_A_TENTH, description="who leaves")


class TiesChange(StaffingChange):
    """People listen to some of their colleagues more, less, or no longer: a move, a new project.

    Acts on  : the weight of ties; a person's attention is divided anew
    Audience : everyone by default: who listens; ``toward`` says to whom
    Timing   : from its week, until the end by default
    Levers   : factor [0, 100] (0 cuts the ties), among (all, the team, other teams), toward,
               dose [0, 5] (only whether it is above 0 counts)
    Cost     : none
    Source   : ASSUMPTION
    """

    kind: ClassVar[str] = "ties change"

    audience: Audience = Field(EVERYBODY, description="who listens")
    toward: Audience = Field(EVERYBODY, description="to whom")
    among: Literal["all", "the team", "other teams"] = Field(
        "all", description="which ties: all, those inside a team, or those across teams"
    )
    factor: float = Field(0.5, ge=0, le=100, description="of their weight; 0 cuts them")

    def factors(self, organisation: Organisation) -> Floats:
        """Return what each tie's weight is multiplied by; shape (n_ties,)."""
        listens, heard = organisation.tie_source, organisation.ties.target
        team = organisation.people["team"]
        changed = self.audience.members(organisation)[listens]
        changed &= self.toward.members(organisation)[heard]
        if self.among != "all":
            changed &= (team[listens] == team[heard]) == (self.among == "the team")
        return np.where(changed, self.factor, 1.0)


@dataclass(frozen=True, eq=False)
class Phase:
    """Weeks in which nobody joins or leaves, and no tie changes."""

    first: int
    last: int
    """``first``, ``last``: weeks, 1 is the first of the run."""
    present: Bools
    """Who is there, shape (n_people,)."""
    factor: Floats
    """What the weight of each of the organisation's ties is multiplied by, shape (n_ties,)."""
    timeline: Timeline
    """What happens in it, to those who are there."""


def phases_of(
    changes: Sequence[StaffingChange],
    organisation: Organisation,
    weeks: int,
    members: Callable[[Audience], Bools],
    placed: Callable[[int, Bools, Bools], Timeline],
) -> tuple[Phase, ...]:
    """Return the phases of a run, in order; none where nothing changes.

    Parameters
    ----------
    organisation : Organisation
        With everybody who is ever there.
    weeks : int
        Length of the run.
    members : callable
        Says who belongs to an audience; boolean array of shape (n_people,).
    placed : callable
        Places the other interventions: by the phase's first week, who is there, and who has
        just come.
    """
    changes = [change for change in changes if change.active_weeks(weeks)]
    rounds = [change.rounds(weeks) for change in changes]
    borders = {1, *_borders(rounds, weeks)}
    if not changes:
        return ()
    n = organisation.n_people
    joiners = np.zeros(n, np.bool_)
    for change in changes:
        if isinstance(change, Joins):
            joiners |= members(change.audience)
    found: list[Phase] = []
    for first, after in _pairs(sorted(borders), weeks + 1):
        present, factor = ~joiners, np.ones(organisation.n_ties)
        gone = np.zeros(n, np.bool_)
        for change, spans in zip(changes, rounds, strict=True):
            if not any(begin <= first <= end for begin, end in spans):
                continue
            if isinstance(change, Joins):
                present |= members(change.audience)
            elif isinstance(change, Leaves):
                gone |= members(change.audience)
            elif isinstance(change, TiesChange):
                factor *= change.factors(organisation)
        present &= ~gone
        came = present & ~found[-1].present if found else np.zeros(n, np.bool_)
        found.append(Phase(first, after - 1, present, factor, placed(first, present, came)))
    return tuple(found)


def _borders(rounds: Iterable[Iterable[tuple[int, int]]], weeks: int) -> Iterable[int]:
    for spans in rounds:
        for begin, end in spans:
            yield begin
            if end < weeks:
                yield end + 1


def _pairs(borders: Sequence[int], end: int) -> Iterable[tuple[int, int]]:
    return zip(borders, [*borders[1:], end], strict=True)
