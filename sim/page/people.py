"""Who is drawn on the page: teams, people without their names where wished, and ties."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.organisation.leaders import informal_leaders
from sim.results.measure import SMALLEST_TEAM, shown_teams

if TYPE_CHECKING:
    from sim.organisation.organisation import Organisation

__all__ = ["TIES_DRAWN", "organisation_part", "shown_people"]

TIES_DRAWN = 6
"""So many ties of a person are sent at most: the strongest."""

PLAIN, MANAGER, LEADER = 0, 1, 2


def shown_people(organisation: Organisation) -> NDArray[np.bool_]:
    """Return who is in a team of which figures may be given; shape (n_people,)."""
    shown: NDArray[np.bool_] = _shown(organisation)[organisation.people["team"]]
    return shown


def _shown(organisation: Organisation) -> NDArray[np.bool_]:
    shown = np.zeros(organisation.n_teams, np.bool_)
    sizes = np.diff(organisation.team_start)
    shown[shown_teams(sizes, made_up=organisation.made_up)] = True
    return shown


def organisation_part(
    organisation: Organisation, *, pseudonyms: bool = False, people_shown: bool = True
) -> dict[str, Any]:
    """Return who there is, as ``payload`` documents it under ``organisation``."""
    people = organisation.people
    kind = np.where(organisation.is_manager, MANAGER, PLAIN).astype(np.uint8)
    kind[informal_leaders(organisation)] = LEADER
    return {
        "name": organisation.name,
        "n_people": organisation.n_people,
        "n_teams": organisation.n_teams,
        "n_ties": organisation.n_ties,
        "smallest_team": SMALLEST_TEAM,
        "pseudonyms": pseudonyms,
        "people_shown": people_shown,
        "made_up": organisation.made_up,
        "notes": [[note.what, note.count] for note in organisation.notes],
        "teams": {
            "name": list(organisation.teams),
            "start": organisation.team_start.astype(np.int32),
            "manager": organisation.team_manager.astype(np.int32),
            "shown": _shown(organisation).astype(np.uint8),
        },
        "people": {
            "name": _labels(organisation, pseudonyms),
            "role": people["role"].astype(np.uint16),
            "roles": list(organisation.roles),
            "level": people["level"].astype(np.uint8),
            "kind": kind,
            "manager": people["manager"].astype(np.int32),
            "listens": np.minimum(np.diff(organisation.ties.start), 65535).astype(np.uint16),
        },
        "ties": _strongest(organisation),
        "between": _between(organisation),
    }


def _labels(organisation: Organisation, pseudonyms: bool) -> list[str]:
    """Return ids, or pseudonyms numbered in an order that says nothing of the ids."""
    if not pseudonyms:
        return [str(person) for person in organisation.ids]
    rank = np.empty(organisation.n_people, np.int64)
    rank[np.argsort(organisation.people["key"], kind="stable")] = np.arange(organisation.n_people)
    return [f"Person {number + 1}" for number in rank.tolist()]


def _strongest(organisation: Organisation) -> dict[str, Any]:
    """Return the strongest ties of each person, by person, the strongest first."""
    ties, source = organisation.ties, organisation.tie_source
    order = np.lexsort((ties.target, -ties.weight, source))
    place = np.arange(organisation.n_ties) - ties.start[source[order]]
    kept = order[place < TIES_DRAWN]
    kept = kept[source[kept] != ties.target[kept]]
    return {
        "source": source[kept].astype(np.int32),
        "target": ties.target[kept].astype(np.int32),
        "weight": np.round(ties.weight[kept] * 255).astype(np.uint8),
    }


def _between(organisation: Organisation) -> dict[str, Any]:
    """Return the share of each team's attention that goes to each team, where there is any.

    Teams too small to be shown are left out, on both sides.
    """
    team, n = organisation.people["team"].astype(np.int64), organisation.n_teams
    ties = organisation.ties
    pair = team[organisation.tie_source] * n + team[ties.target.astype(np.int64)]
    pairs, where = np.unique(pair, return_inverse=True)
    attention = np.bincount(where, weights=ties.weight, minlength=len(pairs))
    listener, other = pairs // n, pairs % n
    total = np.bincount(listener, weights=attention, minlength=n)
    large = _shown(organisation)
    kept = large[listener] & large[other] & (attention > 0)
    share = attention[kept] / total[listener[kept]]
    return {
        "from": listener[kept].astype(np.int32),
        "to": other[kept].astype(np.int32),
        "share": share.astype(np.float32),
    }
