"""What the page shows, as one structure of plain values and arrays; no HTTP, no HTML.

``payload(results)`` returns (arrays are numpy; ``sim.page.assets`` carries them):

- ``format`` (``FORMAT``), ``uptake`` (version), ``weeks``, ``seed``, ``worlds``, ``samples``
- ``compared``: what is said of the first two plans by their level; empty where there is one
- ``sentence``: the answer as segments ``{text, plan?, strong?}`` (``sim.page.words``)
- ``verdict``, ``bands``, ``source``: the words of ``uptake compare``, what its ranges are, and what
  the figures come from
- ``warnings``: list of str
- ``organisation``: ``name, n_people, n_teams, n_ties, smallest_team, pseudonyms, notes``;
  ``people_shown``: whether one person may be spoken of; ``made_up``: whether nobody is real;
  ``teams`` {name, start i4 (n_teams + 1), manager i4 (row of a person or -1), shown u1};
  ``people``, ordered by team {name, role u2, roles, level u1, kind u1 (1 manager, 2 informal
  leader), manager i4, listens u2 (number of ties)};
  ``ties`` {source i4, target i4, weight u1 (1/255)}: the strongest few of each person;
  ``between`` {from i4, to i4, share f4}: where each team's attention goes, by team.
  Positions are not sent: ``layout.js`` gives every team its place on a grid from this order.
- ``outcomes``: list of {name, label, unit, meaning}, the rows of ``curves``: those of the model,
  then those of installed packages;
  ``team_outcomes``: names of the rows of ``teams``; ``drivers``: list of {name, label, words}
- ``stages``: list of {name, label, meaning}, what ``state`` of a replay points to
- ``world``: {seed, index}: the replicate that is replayed, the same for all plans
- ``plans``: list of what ``plan_part`` returns:
  ``name``, ``purpose``, ``file``, ``yaml`` (a scenario file that stands alone; empty where it
  is to be asked for);
  ``bars`` (``sim.page.payload``);
  ``curves`` {mean, low, high: f8 (outcomes, weeks)}: mean and middle 80% over replicates;
  ``teams`` {mean, low, high: f4 (team_outcomes, weeks, n_teams)}: the same by team, NaN for
  teams under ``smallest_team`` people, or None where teams were not recorded;
  ``drivers`` {weeks, mean, low, high: f4 (checkpoints, n_teams, drivers), all: f4
  (checkpoints, drivers)}: what each holds back, in shares of workdays;
  ``replay``: u1 arrays (weeks, n_people), see ``sim.page.replay.planes``; of a changed plan
  nothing but ``state``, until somebody is looked at;
  ``unshown``: list of str, why outcomes of packages are left empty.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.contrast import bands
from sim.errors import InputError
from sim.interventions.base import Shock
from sim.interventions.timeline import audience_of
from sim.numbers import listed, share
from sim.outcomes import DRIVERS, Outcome
from sim.page.replay import STAGES, organisation_part, replay_part, typical_replicate
from sim.page.words import DRIVER_LABELS, DRIVER_SHORT, OUTCOME_LABELS, compared, sentence
from sim.results.series import OwnOutcome, own_outcomes, series, series_of_teams, variables
from sim.results.verdict import range_note, source_note, verdict
from sim.scenario.text import entry_of, to_yaml

if TYPE_CHECKING:
    from sim.interventions.base import Audience
    from sim.interventions.timeline import Placed
    from sim.results import Results
    from sim.scenario import Scenario


FORMAT = "uptake-page/1"

TEAM_OUTCOMES = ("weekly_users", "habitual")
"""Outcomes of teams that are sent."""

Floats = NDArray[np.floating[Any]]


def payload(
    results: Results, *, pseudonyms: bool = False, people_shown: bool | None = None,
    team_outcomes: tuple[str, ...] = TEAM_OUTCOMES,
) -> dict[str, Any]:  # fmt: skip
    """Return everything the page shows of ``results``; see the head of this module.

    The same results give the same, to the bit.

    - ``results``: of the first parameter sample where there are several: replays; of all: ranges.
    - ``pseudonyms``: whether ids of people are replaced.
    - ``people_shown``: whether one person may be spoken of; where nothing is said, if nobody is a
      real person.
    - ``team_outcomes``: outcomes of teams that are sent.
    """
    replicate, people = typical_replicate(results), results.organisation
    shown = people.made_up if people_shown is None else people_shown
    organisation = organisation_part(people, pseudonyms=pseudonyms, people_shown=shown)
    plans = [
        plan_part(results, plan, _replay(results, plan, replicate, shown), team_outcomes)
        for plan in range(len(results.names))
    ]
    return {
        **_head_part(results, replicate, team_outcomes),
        "warnings": [*results.warnings, *(text for plan in plans for text in plan["unshown"])],
        "organisation": organisation,
        "plans": plans,
    }


def _head_part(results: Results, replicate: int, team_outcomes: tuple[str, ...]) -> dict[str, Any]:
    from sim.extensions import uptake_version

    known = variables()
    return {
        "format": FORMAT,
        "uptake": uptake_version(),
        "weeks": results.weeks,
        "seed": results.seed,
        "worlds": results.n_runs,
        "samples": results.n_samples,
        "verdict": verdict(results),
        "bands": range_note(results),
        "source": source_note(results),
        "sentence": sentence(results),
        "compared": compared(results),
        "outcomes": [
            {"name": name, "label": label, "unit": known[name].unit, "meaning": known[name].meaning}
            for name, label in labels_shown().items()
        ],
        "team_outcomes": list(team_outcomes),
        "drivers": [
            {"name": v.name, "label": DRIVER_LABELS[v.name], "words": DRIVER_SHORT[v.name],
             "meaning": v.meaning}
            for v in DRIVERS
        ],
        "stages": [
            {"name": name, "label": label, "meaning": meaning} for name, label, meaning in STAGES
        ],
        "world": {"index": replicate, "seed": str(int(results.seeds[0, replicate]))},
    }  # fmt: skip


def plan_part(
    results: Results, plan: int, replay: dict[str, Any],
    team_outcomes: tuple[str, ...] = TEAM_OUTCOMES, *, text: bool = True,
) -> dict[str, Any]:  # fmt: skip
    """Return what ``payload`` holds of one plan.

    - ``plan``: row of the scenario.
    - ``replay``: what ``sim.page.replay.replay_part`` gives.
    - ``team_outcomes``: outcomes of teams that are sent.
    - ``text``: whether to write the scenario as a file, which takes longer than all the rest.
    """
    scenario, unshown = results.scenarios[plan], list[str]()
    return {
        "name": results.names[plan],
        "purpose": scenario.purpose,
        "yaml": to_yaml(scenario) if text else "",
        "bars": bars(scenario, results.weeks),
        "curves": _curves(results, plan, unshown),
        "teams": _teams(results, plan, team_outcomes, unshown),
        "drivers": _drivers(results, plan),
        "replay": replay,
        "unshown": list(dict.fromkeys(unshown)),
    }


def _replay(results: Results, plan: int, replicate: int, people_shown: bool) -> dict[str, Any]:
    first = replace(results.case(plan), parameters=results.parameters[plan][:1])
    return replay_part(first, results.seeds[0, replicate], people_shown=people_shown)


def _over_replicates(values: Floats) -> dict[str, Floats]:
    """Return mean and band over the first axis, as precise as the values."""
    with np.errstate(invalid="ignore"):  # an outcome of a package need not be a number
        found = zip(("mean", "low", "high"), bands(values), strict=True)
    return {name: of.astype(values.dtype, copy=False) for name, of in found}


def _curves(results: Results, plan: int, unshown: list[str]) -> dict[str, Floats]:
    weekly = results.records.weekly[plan]
    rows = [
        patiently(name, partial(series, weekly, name), weekly[..., 0], unshown)
        for name in labels_shown()
    ]
    values = np.stack(rows, axis=2)
    return _over_replicates(values.reshape(-1, *values.shape[2:]))


def _teams(
    results: Results, plan: int, outcomes: tuple[str, ...], unshown: list[str]
) -> dict[str, Floats] | None:
    if results.records.teams is None:
        return None
    records = replace(results.records, teams=results.records.teams[plan : plan + 1])
    like = records.of_teams(outcomes[0])
    rows = [
        patiently(name, partial(series_of_teams, records, name), like, unshown) for name in outcomes
    ]
    teams = np.stack([row[0].astype(like.dtype, copy=False) for row in rows], axis=2)
    parts = _over_replicates(teams.reshape(-1, *teams.shape[2:]))
    return {name: _without_small(results, part, -1) for name, part in parts.items()}


def _drivers(results: Results, plan: int) -> dict[str, Any]:
    drivers = results.records.drivers[plan]
    parts = _over_replicates(drivers.reshape(-1, *drivers.shape[2:]))
    weight = (results.team_sizes / results.team_sizes.sum()).astype(np.float32)
    return {
        "weeks": list(results.records.checkpoint_weeks),
        "all": np.einsum("t,kto->ko", weight, parts["mean"]).astype(np.float32),
        **{name: _without_small(results, part, -2) for name, part in parts.items()},
    }


def _without_small(results: Results, values: Floats, axis: int) -> Floats:
    """Return ``values`` with NaN for teams that are too small to be shown."""
    small = np.ones(results.organisation.n_teams, np.bool_)
    small[results.shown_teams] = False
    if not small.any():
        return values
    moved = np.moveaxis(values.copy(), axis, -1)
    moved[..., small] = np.nan
    return np.moveaxis(moved, -1, axis)


MANY = 3
"""So many names are spelled out at most."""


def bars(scenario: Scenario, weeks: int) -> list[dict[str, Any]]:
    """Return a bar for each entry of the timeline, in the order of the file.

    Each has ``kind``, ``label`` (or nothing), ``shock``, ``start`` and ``lasts`` in weeks,
    ``rounds`` (first and last week of each, inside the run), ``audience`` in words, ``dose``,
    ``hours`` a person in all, and ``entry``: the levers as a scenario file says them.
    """
    return [_bar(placed, weeks) for placed in scenario.timeline]


def _bar(placed: Placed, weeks: int) -> dict[str, Any]:
    one = placed.intervention
    audience = audience_of(placed)
    return {
        "kind": placed.kind, "label": one.label or "", "shock": isinstance(one, Shock),
        "start": one.start, "lasts": min(one.lasts, max(1, weeks - one.start + 1)),
        "rounds": [list(one_round) for one_round in one.rounds(weeks)],
        "audience": "" if audience is None else audience_words(audience), "dose": one.dose,
        "hours": one.total_hours(weeks), "entry": entry_of(one),
    }  # fmt: skip


def audience_words(audience: Audience) -> str:
    """Return whom an audience holds, in words that never name a person.

    >>> from sim.interventions.base import EVERYBODY, Audience
    >>> audience_words(EVERYBODY)
    'everyone'
    >>> audience_words(Audience.model_validate({"teams": ["Legal", "Sales"], "managers": True}))
    'managers in Legal and Sales'
    """
    if audience.any is not None:
        words = listed([audience_words(one) for one in audience.any])
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
            + listed([str(level) for level in audience.levels])
        )
    return place


def _some(noun: str, names: list[str]) -> str:
    return listed(names) if len(names) <= MANY else f"{len(names)} {noun}s"


def _part(part: float | None, count: int | None) -> str:
    if part is not None:
        return f" ({share(part)})"
    return f" ({count})" if count is not None else ""


PATIENCE = 2.0
"""Seconds that an outcome of a package may take; one that takes longer is not asked again."""

_slow: set[OwnOutcome] = set()


def labels_shown() -> dict[str, str]:
    """Return the label of every outcome that can be chosen, by name, in the order of the list.

    Raises InputError with everything wrong in the outcomes of packages.
    """
    own = {name: name.replace("_", " ").capitalize() for name in own_outcomes()}
    return {**OUTCOME_LABELS, **own}


def patiently(name: str, work: Callable[[], Floats], like: Floats, said: list[str]) -> Floats:
    """Return an outcome; NaN in its place, and why among what is ``said``, where it cannot be had.

    The outcome is given by ``work``; it has the shape of ``like``.
    """
    if name in Outcome.__members__:
        return work()
    own = own_outcomes()[name]
    found: list[Floats] = []
    why: list[str] = []

    def carry_out() -> None:
        try:
            found.append(work())
        except InputError as error:
            why.extend(str(one) for one in error.problems)

    if own not in _slow:
        thread = Thread(target=carry_out, daemon=True)  # nobody waits for one that never ends
        thread.start()
        thread.join(PATIENCE)
        if thread.is_alive():
            _slow.add(own)
    if found:
        return found[0]
    if own in _slow:
        what = f"takes longer than {PATIENCE:g} seconds: the page shows nothing of it"
        why = [str(own.extension.problem(what))]
    said += why or [str(own.extension.problem("gives nothing"))]
    return np.full(like.shape, np.nan, like.dtype)
