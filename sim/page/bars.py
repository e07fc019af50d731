"""The placed interventions of a plan, as the bars of the time deck."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.interventions.base import Shock
from sim.interventions.timeline import audience_of
from sim.numbers import share
from sim.scenario.write import entry_of

if TYPE_CHECKING:
    from sim.interventions.audience import Audience
    from sim.interventions.timeline import Placed
    from sim.scenario import Scenario

__all__ = ["audience_words", "bars"]

MANY = 3
"""So many names are spelled out at most."""


def bars(scenario: Scenario, weeks: int) -> list[dict[str, Any]]:
    """Return a bar for each entry of the timeline, in the order of the file.

    Each has ``kind``, ``label`` (or nothing), ``shock``, ``start`` and ``lasts`` in weeks,
    ``rounds`` (first and last week of each, inside the run), ``audience`` in words, ``dose``,
    ``hours`` a person in all, and ``entry``: the levers as a scenario file says them.

    Parameters
    ----------
    weeks : int
        Length of the run.
    """
    return [_bar(placed, weeks) for placed in scenario.timeline]


def _bar(placed: Placed, weeks: int) -> dict[str, Any]:
    one = placed.intervention
    audience = audience_of(placed)
    return {
        "kind": placed.kind,
        "label": one.label or "",
        "shock": isinstance(one, Shock),
        "start": one.start,
        "lasts": min(one.lasts, max(1, weeks - one.start + 1)),
        "rounds": [list(one_round) for one_round in one.rounds(weeks)],
        "audience": "" if audience is None else audience_words(audience),
        "dose": one.dose,
        "hours": one.total_hours(weeks),
        "entry": entry_of(one),
    }


def audience_words(audience: Audience) -> str:
    """Return whom an audience holds, in words that never name a person.

    Examples
    --------
    >>> from sim.interventions.audience import EVERYBODY, Audience
    >>> audience_words(EVERYBODY)
    'everyone'
    >>> audience_words(Audience.model_validate({"teams": ["Legal", "Sales"], "managers": True}))
    'managers in Legal and Sales'
    """
    if audience.any is not None:
        words = _listed([audience_words(one) for one in audience.any])
    else:
        words = _who(audience) + _where(audience)
    if audience.minus is not None:
        words += f", without {audience_words(audience.minus)}"
    return words + _part(audience.share, audience.count)


def _who(audience: Audience) -> str:
    if audience.ids is not None:
        who = "1 named person" if len(audience.ids) == 1 else f"{len(audience.ids)} named people"
    elif audience.informal_leaders is not None:
        leaders = audience.informal_leaders
        who = "informal leaders" + _part(leaders.share, leaders.count)
    elif audience.managers is not None:
        who = "managers" if audience.managers else "people who are not managers"
    elif audience.roles is not None:
        return _some("role", audience.roles)
    else:
        return "" if audience.teams or audience.levels else "everyone"
    return who + (f", {_some('role', audience.roles)}" if audience.roles else "")


def _where(audience: Audience) -> str:
    place = ""
    if audience.teams:
        names = _some("team", audience.teams)
        place += f" in {names}" if _who(audience) else names
    if audience.levels:
        place += (
            (", " if place or _who(audience) else "")
            + "level "
            + _listed([str(level) for level in audience.levels])
        )
    return place


def _some(noun: str, names: list[str]) -> str:
    return _listed(names) if len(names) <= MANY else f"{len(names)} {noun}s"


def _part(part: float | None, count: int | None) -> str:
    if part is not None:
        return f" ({share(part)})"
    return f" ({count})" if count is not None else ""


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
