"""What is known of a firm: who is in it, what was done, who used the tool, what they answered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.diagnosis.latent import middle_of
from sim.analysis.firm.observed import Observed, read_usage
from sim.interventions.timeline import Placed
from sim.parameters import PARAMETERS
from sim.results.measure import SMALLEST_TEAM
from sim.rules.workweek import WORKDAYS
from sim.tables import Names, Problems
from sim.tables.usage import Usage, read_usage_table

if TYPE_CHECKING:
    from sim.organisation.organisation import Organisation
    from sim.scenario import Scenario

__all__ = [
    "FIRST_WEEKS",
    "STARTS",
    "Answers",
    "Known",
    "Persons",
    "known_firm",
    "persons_of",
    "with_starts",
]

Floats = NDArray[np.float64]

STARTS = {
    name.removesuffix("_start"): name
    for name in PARAMETERS
    if name.endswith("_start") and name not in ("considers_start", "climate_start")
}
"""Parameter that is the median of a start value, by the start value."""

FIRST_WEEKS = 16
"""Weeks that are looked at where no use was measured and no plan says more."""

MOST_WEEKS = 260


@dataclass(frozen=True)
class Answers:
    """What a firm's people answered about one thing, without persons.

    Parameters
    ----------
    median : float
        Of where people are, from 0 (disagree) to 1; see ``latent``.
    people : int
        How many answered; never fewer than five.
    """

    median: float
    people: int


@dataclass(frozen=True, eq=False)
class Persons:
    """Who used the tool when, person by person.

    Parameters
    ----------
    share : float64 array, shape (weeks, n_people)
        Share of the five workdays with use; 0 or 1 where only the week is known.
    known : bool array, same shape
        Where it was measured.
    days : bool
        Whether days are known.
    """

    share: Floats
    known: NDArray[np.bool_]
    days: bool


@dataclass(frozen=True, eq=False)
class Known:
    """What is known of a firm.

    Parameters
    ----------
    organisation : Organisation
        With the answers of persons as their start values.
    scenario : Scenario
        What was done.
    week : int
        The week that is asked about: the last one measured.
    observed : Observed or None
        Measured use; None where there is none.
    persons : Persons or None
        The same by person, where that is known.
    answers : dict of str to Answers
        By start value; only what five people or more answered.
    said : tuple of str
        What was assumed on the way, in sentences.
    """

    organisation: Organisation
    scenario: Scenario
    week: int
    observed: Observed | None = None
    persons: Persons | None = None
    answers: dict[str, Answers] | None = None
    said: tuple[str, ...] = ()


def known_firm(
    organisation: Organisation,
    *,
    usage: Path | None = None,
    survey: Path | None = None,
    plan: Scenario | None = None,
    start: date | None = None,
) -> Known:
    """Put together what is known of a firm.

    Parameters
    ----------
    organisation : Organisation
    usage : Path, optional
        A tidy table of use (docs/tables.md), by person, team, role or level, or of everybody.
    survey : Path, optional
        Answers, in any form that ``uptake import`` reads; persons by id, or nobody's name.
    plan : Scenario, optional
        What was done. Without it: access, from the week in which the table of use first says
        so of a person or team, or from week 1; and nothing else.
    start : date, optional
        A day of week 1, where weeks are dates; the first one measured by default.

    Raises
    ------
    InputError
        With everything wrong in the files.
    """
    said: list[str] = []
    others: dict[str, Floats] = {}
    if survey is not None:
        from sim.analysis.diagnosis.survey import with_survey

        organisation, others, notes = with_survey(organisation, survey)
        said += notes
    observed = persons = table = None
    if usage is not None:
        table = _table(usage)
        if table.mondays and start is None:
            start = min(table.mondays)
            said.append(f"Week 1 is taken to be that of {start}, the first one measured.")
        observed = read_usage(usage, MOST_WEEKS, start, organisation)
        said += [f"{note.what[:1].upper()}{note.what[1:]}." for note in observed.notes]
        persons = persons_of(table, table.numbered(start or date.min), organisation)
    if plan is None:
        plan, how = _access_alone(organisation, table, start)
        said.append(how)
    week = observed.week if observed is not None else min(plan.weeks, FIRST_WEEKS)
    if observed is None:
        said.append("No use was measured: this is what the model expects, not what was seen.")
    plan.place(organisation)
    organisation, answers = _answers(organisation, others)
    return Known(organisation, plan, week, observed, persons, answers, tuple(said))


def _table(path: Path) -> Usage:
    problems = Problems()
    usage = read_usage_table(path, problems, last=MOST_WEEKS, label=str(path))
    problems.raise_if_any(str(path))
    assert usage is not None
    return usage


def persons_of(
    usage: Usage, weeks: NDArray[np.int64], organisation: Organisation
) -> Persons | None:
    """Return who used the tool when; None where the table is not by person."""
    if usage.by != "id":
        return None
    days = usage.use_days / WORKDAYS
    with_days = not np.isnan(days).all()
    values = days if with_days else usage.shares.get("weekly_users", days)
    place = Names(organisation.ids.tolist())
    share = np.zeros((int(weeks.max()), organisation.n_people))
    known = np.zeros(share.shape, np.bool_)
    for row, name, week, value in zip(usage.rows, usage.groups, weeks, values, strict=True):
        person = place.find(name, row.where("id"))
        if person >= 0 and week >= 1 and value == value:
            known[week - 1, person] = True
            share[week - 1, person] = min(value, 1.0)
    return Persons(share, known, with_days)


def _answers(
    organisation: Organisation, others: dict[str, Floats]
) -> tuple[Organisation, dict[str, Answers]]:
    """Return persons' answers read as where they are, and those of everybody together."""
    found, starts = {}, dict(organisation.start_values)
    for name in STARTS:
        given = starts.get(name, np.full(organisation.n_people, np.nan)).copy()
        there = ~np.isnan(given)
        values = np.concatenate([given[there], others.get(name, np.empty(0))])
        if len(values) < SMALLEST_TEAM:
            continue
        median, read = middle_of(values)
        found[name] = Answers(median, len(values))
        if there.any():
            given[there] = read[: there.sum()]
            starts[name] = given
    return replace(organisation, start_values=starts), found


def _access_alone(
    organisation: Organisation, usage: Usage | None, start: date | None
) -> tuple[Scenario, str]:
    """Return a scenario of access alone, as the table of use tells it, and how it was told."""
    from sim.interventions.catalogue import CATALOGUE
    from sim.scenario import Scenario

    waves = _waves(usage, start) if usage is not None else {}
    access: Any = CATALOGUE["access"]
    timeline = list[Placed]()
    for week, audience in waves.items() or [(1, "everyone")]:
        one = access.model_validate({"start": week, "audience": audience})
        timeline.append(Placed(one, f"timeline[{len(timeline)}].access"))
    how = "No plan was given (--plan): taken as access alone, "
    how += "as the table of use tells it." if waves else "for everybody from week 1."
    weeks = FIRST_WEEKS
    if usage is not None:
        weeks = int(usage.numbered(start or date.min).max())
    return Scenario(name="Access as measured", weeks=weeks, timeline=tuple(timeline)), how


def _waves(usage: Usage, start: date | None) -> dict[int, dict[str, list[str]]]:
    """Return who has access from which week on, by the first week that says so."""
    if usage.by not in ("id", "team") or np.isnan(usage.enabled).all():
        return {}
    weeks = usage.numbered(start or date.min)
    size = np.where(np.isnan(usage.people), 1.0, usage.people) if usage.by == "team" else 1.0
    first: dict[str, int] = {}
    for name, week, share in zip(usage.groups, weeks, usage.enabled / size, strict=True):
        if share >= 0.5:
            first[name] = min(first.get(name, MOST_WEEKS), int(week))
    key = "ids" if usage.by == "id" else "teams"
    return {
        week: {key: [name for name, one in first.items() if one == week]}
        for week in sorted(set(first.values()))
    }


def with_starts(
    organisation: Organisation, rows: NDArray[np.intp], **values: float
) -> Organisation:
    """Return an organisation in which some people start otherwise."""
    starts = dict(organisation.start_values)
    for name, value in values.items():
        given = starts.get(name, np.full(organisation.n_people, np.nan)).copy()
        given[rows] = value
        starts[name] = given
    return replace(organisation, start_values=starts)
