"""One replicate of a plan, person by person and week by week, in a few bytes each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Bools
from sim.organisation.organisation import informal_leaders
from sim.outcomes import PERSON_RECORD, Outcome
from sim.results.measure import SMALLEST_TEAM, shown_teams
from sim.state import VALUE_STEPS, Flag
from sim.theories import Decision

if TYPE_CHECKING:
    from sim.case import Case
    from sim.engine.compiled import CaseArrays
    from sim.organisation.organisation import Organisation
    from sim.results import Results


STAGES = (
    ("hidden", "not shown", "in a team of fewer than five people"),
    ("none", "no access", "may not use the sanctioned tool yet, and does not consider it"),
    ("unaware", "unaware", "may use it, and has not considered it"),
    ("considering", "considering", "considers it, and has not used it yet"),
    ("trying", "trying", "used it in the last 4 weeks, not yet as a rule"),
    ("using", "using", "used it in 9 of the last 12 weeks, or in each of the last 4"),
    ("lapsed", "lapsed", "used it before, but not in the last 4 weeks"),
    ("own", "own tools", "used tools of their own in the last 4 weeks, not the sanctioned one"),
)
"""What a person's mark says: name, words, meaning. 9 of 12 and 4 of 4 are [Viva]'s.

The way of a person goes from unaware over considering and trying to using; who stops lapses.
"""

Numbers = NDArray[Any]
Bytes = NDArray[np.uint8]
Flags = Bools

HIDDEN, NONE, UNAWARE, CONSIDERING, TRYING, USING, LAPSED, OWN = range(len(STAGES))

BEGINS = 64
"""Bit of ``state``: began to consider the tool this week, with somebody seen using it."""
STEPS = 20
"""States are sent in steps of a twentieth: no finer than can honestly be said of a person."""
UNKNOWN, BEYOND = 255, 254
"""Threshold: not defined here; not even if everybody they listen to were seen using it."""

RECENT, WINDOW = 4, 12
SHARES = ("trust", "fear_mistake", "fear_permission", "fear_job", "fear_identity", "capability")
_BYTE = {variable.name: index for index, variable in enumerate(PERSON_RECORD)}
_EVEN_WEEK = 1 - 0.5 ** (1 / 5)  # chance a workday at which a week with use is as likely as not


def typical_replicate(results: Results) -> int:
    """Return the position of the seed whose weekly users keep closest to the mean of all plans.

    Of the first parameter sample; the same one for all plans (common random numbers).
    """
    users = results.records.weekly[:, 0, :, :, Outcome["weekly_users"]]
    distance = ((users - users.mean(axis=1, keepdims=True)) ** 2).sum(axis=(0, 2))
    return int(np.argmin(distance))


def replay_part(case: Case, seed: np.uint64, *, people_shown: bool = True) -> dict[str, Any]:
    """Run one replicate with everybody recorded; return it as ``planes`` does."""
    from sim.case import Record, run_cases

    records = run_cases([case], np.array([seed], np.uint64), record=Record(people=True), threads=1)
    assert records.people is not None
    return planes(case.organisation, case, records.people[0, 0, 0], people_shown=people_shown)


def planes(
    organisation: Organisation, case: CaseArrays, record: Bytes, *, stages_only: bool = False,
    people_shown: bool = True,
) -> dict[str, Any]:  # fmt: skip
    """Return what the page shows of each person and week, as uint8 arrays (weeks, n_people).

    ``state``: stage (row of ``STAGES``) in bits 0-2, days of sanctioned use in bits 3-5,
    ``BEGINS`` in bit 6.
    ``trust``, the four fears, ``capability``: in steps of 1/20.
    ``attention``: share of the attention given that goes to people who used it this week;
    ``seen``: share of it that meets visible use; ``threshold``: the value of ``seen`` at
    which use in a week is as likely as not, all else as it is (254: not even at 1; 255: not
    defined, as for people who have not considered the tool); all in steps of 1/20. All is 0 for
    people in teams too small to be shown.

    - ``record``, shape (weeks, n_people, len(PERSON_RECORD))
    - ``stages_only``: whether to return nothing but ``state``.
    - ``people_shown``: whether what single people feel may be shown; else everybody has the mean of
      their team, and there is neither ``attention`` nor ``seen`` nor ``threshold``.
    """
    record = np.ascontiguousarray(np.moveaxis(record, -1, 0))  # each variable in one piece
    days = record[_BYTE["use_days"]]
    result: dict[str, Bytes] = {"state": _stages(record) | (days << 3) | _begins(record)}
    if not stages_only:
        *shares, seen = _steps_of_bytes(record[[_BYTE[name] for name in (*SHARES, "norm")]])
        result.update(zip(SHARES, shares, strict=True))
        if people_shown:
            result["attention"] = _steps(_attention(organisation, days > 0))
            result["seen"] = seen
            result["threshold"] = _thresholds(organisation, case, record)
        else:
            start, team = organisation.team_start, organisation.people["team"]
            for name in SHARES:
                total = np.add.reduceat(result[name].astype(np.float32), start[:-1], axis=1)
                result[name] = (total / np.diff(start) + np.float32(0.5)).astype(np.uint8)[:, team]
    hidden = ~shown_people(organisation)
    if hidden.any():
        for plane in result.values():
            plane[:, hidden] = 0
    return {name: np.ascontiguousarray(plane) for name, plane in result.items()}


def _steps(share: Numbers) -> Bytes:
    return (share * STEPS + np.float32(0.5)).astype(np.uint8)


def _steps_of_bytes(share: Bytes) -> Bytes:
    """Return ``_steps`` of shares in 1/255: in whole numbers, which never meet a tie."""
    return ((share * np.uint16(2 * STEPS) + np.uint16(255)) // np.uint16(510)).astype(np.uint8)


def _in_last(happened: Flags, weeks: int) -> NDArray[Any]:
    """Return in how many of the last ``weeks`` weeks, this one included; shape as given."""
    total = np.cumsum(happened, axis=0, dtype=np.int16)
    total[weeks:] -= total[:-weeks].copy()
    return total


def _stages(record: Bytes) -> Bytes:
    used = record[_BYTE["use_days"]] > 0
    recent, window = _in_last(used, RECENT), _in_last(used, WINDOW)
    stage = np.full(used.shape, NONE, np.uint8)
    stage[_has(record, Flag.ACCESS)] = UNAWARE
    stage[_has(record, Flag.CONSIDERS)] = CONSIDERING
    stage[_has(record, Flag.ACTIVATED)] = LAPSED
    stage[_in_last(record[_BYTE["own_days"]] > 0, RECENT) > 0] = OWN
    stage[recent > 0] = TRYING
    stage[(window >= 9) | (recent == RECENT)] = USING
    return stage


def _has(record: Bytes, flag: Flag) -> Flags:
    return np.asarray((record[_BYTE["flags"]] & int(flag)) > 0)


def _begins(record: Bytes) -> Bytes:
    """Return ``BEGINS`` for who takes the tool into consideration having seen it used, or 0."""
    considers = _has(record, Flag.CONSIDERS)
    begins = considers & (record[_BYTE["norm"]] > 0)
    begins[1:] &= ~considers[:-1]
    begins[:1] = False  # who considers it from the start got it from nobody here
    return begins * np.uint8(BEGINS)


def _attention(organisation: Organisation, used: Flags) -> Numbers:
    """Return the share of each person's attention that goes to users, shape as ``used``."""
    ties, source = organisation.ties, organisation.tie_source
    share = [
        np.bincount(source, ties.weight * week[ties.target], minlength=organisation.n_people)
        for week in used
    ]
    return np.minimum(np.stack(share), 1)


_CHANCE_OF_BYTE = np.clip(np.arange(256) / 255, 0.5 / 255, 1 - 0.5 / 255)
_MISSING_OF_BYTE = np.log(_EVEN_WEEK / (1 - _EVEN_WEEK)) - np.log(
    _CHANCE_OF_BYTE / (1 - _CHANCE_OF_BYTE)
)  # logits to an even week


def _thresholds(organisation: Organisation, case: CaseArrays, record: Bytes) -> Bytes:
    """Return the visible use at which use in a week is as likely as not.

    Of people who consider the tool: for others it is not the daily choice that holds back. The
    chance is a logit in the norm, own tools aside, so the norm that is missing is the missing
    utility over the person's own weight of the norm (``sim.rules.choice``).
    """
    norm, row = record[_BYTE["norm"]] / np.float32(255), case.parameters[0]
    result = np.full(norm.shape, UNKNOWN, np.uint8)
    by_logit = case.decision == Decision.LOGIT and case.theories[-1].theory.own is None
    if not by_logit or row["b_norm"] <= 0:
        return result
    value = organisation.people["relationships"] / np.float32(VALUE_STEPS)
    weight = row["b_norm"] * (1 + row["values_weight"] * (2 * value - 1))
    missing = _MISSING_OF_BYTE[record[_BYTE["confidence"]]]
    with np.errstate(divide="ignore", invalid="ignore"):
        needed = norm + (missing / weight).astype(np.float32)
    known = np.isfinite(needed) & _has(record, Flag.CONSIDERS)
    result[known] = _steps(np.clip(needed[known], 0, 1).astype(np.float32))
    result[known & (needed > 1)] = BEYOND
    return result


TIES_DRAWN = 6
"""So many ties of a person are sent at most: the strongest."""

PLAIN, MANAGER, LEADER = 0, 1, 2


def shown_people(organisation: Organisation) -> Bools:
    """Return who is in a team of which figures may be given; shape (n_people,)."""
    return _shown(organisation)[organisation.people["team"]]


def _shown(organisation: Organisation) -> Bools:
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
        "notes": [[note.what, note.times] for note in organisation.notes],
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
