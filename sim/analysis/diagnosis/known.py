"""What is known of a firm: who is in it, what was done, who used the tool, what they answered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.firm.observed import Observed, read_usage
from sim.arrays import Bools, Floats, Ints
from sim.errors import refusal
from sim.importing.columns import Guess, guess, is_sensitive
from sim.importing.measured import read_measured
from sim.importing.people import Register, answers_of
from sim.importing.sheet import Sheet, state_meant
from sim.importing.sheets import read_sheets
from sim.interventions.timeline import Placed
from sim.organisation.organisation import Organisation
from sim.organisation.people import START_COLUMNS
from sim.parameters import PARAMETERS
from sim.results.measure import SMALLEST_TEAM
from sim.rules.numbers import WORKDAYS
from sim.tables import Names, Problems
from sim.tables.usage import Usage

if TYPE_CHECKING:
    from sim.scenario import Scenario


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
    """What a firm's people answered about one thing, without persons."""

    median: float
    """Of where people are, from 0 (disagree) to 1; see ``latent``."""
    people: int
    """How many answered; never fewer than five."""


@dataclass(frozen=True, eq=False)
class Persons:
    """Who used the tool when, person by person."""

    share: Floats
    """Share of the five workdays with use; 0 or 1 where only the week is known. Shape (weeks,
    n_people)."""
    known: Bools
    """Where it was measured, of the same shape."""
    days: bool
    """Whether days are known."""


@dataclass(frozen=True, eq=False)
class Known:
    """What is known of a firm."""

    organisation: Organisation
    """With the answers of persons as their start values."""
    scenario: Scenario
    """What was done."""
    week: int
    """The week that is asked about: the last one measured."""
    observed: Observed | None = None
    """Measured use; None where there is none."""
    persons: Persons | None = None
    """The same by person, where that is known."""
    answers: dict[str, Answers] | None = None
    """By start value; only what five people or more answered."""
    said: tuple[str, ...] = ()
    """What was assumed on the way, in sentences."""


def known_firm(
    organisation: Organisation, *, usage: Path | None = None, survey: Path | None = None,
    plan: Scenario | None = None, start: date | None = None,
) -> Known:  # fmt: skip
    """Put together what is known of a firm.

    - ``usage``: a tidy table of use (docs/tables.md), by person, team, role or level, or of
      everybody.
    - ``survey``: answers, in any form that ``uptake import`` reads; persons by id, or nobody's
      name.
    - ``plan``: what was done. Without it: access, from the week in which the table of use first
      says so of a person or team, or from week 1; and nothing else.
    - ``start``: a day of week 1, where weeks are dates; the first one measured by default.

    Raises InputError with everything wrong in the files.
    """
    said: list[str] = []
    others: dict[str, Floats] = {}
    if survey is not None:
        organisation, others, notes = with_survey(organisation, survey)
        said += notes
    observed = persons = table = None
    if usage is not None:
        table = _table(usage, organisation)
        if table.mondays and start is None:
            start = min(table.mondays)
            said.append(f"Week 1 is taken to be that of {start}, the first one measured.")
        observed = read_usage(usage, MOST_WEEKS, start, organisation)
        said += [f"{note.what[:1].upper()}{note.what[1:]}." for note in observed.notes]
        persons = persons_of(table, table.numbered(start or date.min), organisation)
    if plan is None:
        plan, how = _access_alone(table, start)
        said.append(how)
    week = observed.week if observed is not None else min(plan.weeks, FIRST_WEEKS)
    if observed is None:
        said.append("No use was measured: this is what the model expects, not what was seen.")
    plan.place(organisation)
    organisation, answers = _answers(organisation, others)
    return Known(organisation, plan, week, observed, persons, answers, tuple(said))


def _table(path: Path, organisation: Organisation) -> Usage:
    problems = Problems()
    usage = read_measured(path, problems, last=MOST_WEEKS, organisation=organisation)
    problems.raise_if_any(str(path))
    assert usage is not None
    return usage


def persons_of(usage: Usage, weeks: Ints, organisation: Organisation) -> Persons | None:
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
        if person >= 0 and value == value:
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


def _access_alone(usage: Usage | None, start: date | None) -> tuple[Scenario, str]:
    """Return a scenario of access alone, as the table of use tells it, and how it was told."""
    from sim.interventions.timeline import CATALOGUE
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


STEPS = (4, 6, 10)
"""Steps of the scales in use: five, seven and eleven answers."""

EDGE = 1e-3
MIDDLES = np.linspace(-4.0, 4.0, 161)
SPREADS = np.linspace(0.3, 2.0, 35)
INSIDE = (np.arange(8) + 0.5) / 8


def steps_of(values: Floats) -> int:
    """Return into how many steps answers from 0 to 1 fall; 0 where they are on no scale.

    >>> steps_of(np.array([0.0, 0.25, 1.0])), steps_of(np.array([0.2, 0.31]))
    (4, 0)
    """
    return next((n for n in STEPS if np.allclose(values * n, np.rint(values * n))), 0)


def middle_of(values: Floats) -> tuple[float, Floats]:
    """Return the median of where people are, and where each is.

    Who answers 1 on five steps is somewhere from 0 to an eighth, not at 0. Answers are taken as
    steps of a normal in logits, as start values are drawn; its middle is found by likelihood, and
    each answer is read as the mean of its step.

    - ``values``, shape (n,): answers from 0 to 1, none missing.

    Returns the median, from 0 to 1, the ends excluded; and the answers, shape (n,), read as the
    means of their steps: as they are where they are on no scale.

    >>> middle, read = middle_of(np.array([0.0] * 6 + [0.25] * 4))
    >>> 0.05 < middle < 0.15, bool(0 < read[0] < read[-1] < 0.25)
    (True, True)
    """
    n = steps_of(values)
    if not n:
        return float(np.clip(np.median(values), EDGE, 1 - EDGE)), values
    from scipy.special import expit, logit, ndtr, ndtri

    answers, at, counts = np.unique(values, return_inverse=True, return_counts=True)
    low = logit(np.clip(answers - 0.5 / n, EDGE, None))
    high = logit(np.clip(answers + 0.5 / n, None, 1 - EDGE))
    middles, spreads = MIDDLES[:, None, None], SPREADS[None, :, None]
    inside = ndtr((high - middles) / spreads) - ndtr((low - middles) / spreads)
    logs = np.log(np.maximum(inside, 1e-12)) @ counts
    row, column = np.unravel_index(logs.argmax(), logs.shape)
    middle, spread = float(MIDDLES[row]), float(SPREADS[column])
    ends = ndtr((np.stack([low, high]) - middle) / spread)
    parts = ends[0] + INSIDE[:, None] * (ends[1] - ends[0])
    means = expit(middle + spread * ndtri(np.clip(parts, 1e-9, 1 - 1e-9))).mean(axis=0)
    means = np.clip(means, np.maximum(answers - 0.5 / n, 0), np.minimum(answers + 0.5 / n, 1))
    return float(expit(middle)), means[at.reshape(-1)]


def with_survey(
    organisation: Organisation, path: Path
) -> tuple[Organisation, dict[str, Floats], list[str]]:
    """Return an organisation with a survey's answers as start values.

    Returns the organisation, in which answers in the survey come before those it had; answers of
    nobody by name, by start value; and what was found, in sentences. Raises InputError where the
    file asks nothing that is known, or an answer is on no scale.
    """
    register = Register()
    for person in organisation.ids.tolist():
        register.add(str(person))
    starts = {name: values.copy() for name, values in organisation.start_values.items()}
    others: dict[str, list[float]] = {}
    joined, rows, asked = set[int](), 0, set[str]()
    for sheet in read_sheets(path):
        made = _questions(sheet)
        asked |= {name for name in made.columns if name in START_COLUMNS}
        for text, answers in answers_of(sheet, made):
            rows += bool(answers)
            person = register.find(text)
            if answers and person >= 0:
                joined.add(person)
            for column, value in answers.items():
                name = START_COLUMNS.get(column, "")
                if not name:
                    continue
                if person < 0:
                    others.setdefault(name, []).append(value)
                    continue
                nobody = np.full(organisation.n_people, np.nan)
                starts.setdefault(name, nobody)[person] = value
    if not asked:
        right = "the questionnaire of uptake example, or columns such as start_trust"
        raise refusal(str(path), "", "asks nothing that is known here", right)
    said = [f"Survey: {rows:,} answers, {len(joined):,} of them joined to people by id."]
    if rows > len(joined):
        said.append("The others count for the whole firm, not for a person.")
    known = {name: np.array(values) for name, values in others.items()}
    return replace(organisation, start_values=starts), known, said


def _questions(sheet: Sheet) -> Guess:
    """Return which column is whose answer to what; nobody's where no column tells."""
    made = guess(sheet)
    if made.kind == "survey":
        return made
    questions: dict[str, str] = {}
    for column in sheet.columns:
        state = "" if is_sensitive(column) else state_meant(column)
        if state:
            questions.setdefault(state, column)
    return Guess("survey", questions)
