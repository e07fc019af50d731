"""One tab's work: its organisation, its plans, and what they lead to. Gone with the tab."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import inf
from threading import Lock
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Ints
from sim.case import Case, Record, Records, run_cases
from sim.errors import InputError, Problem, refusal
from sim.page.payload import TEAM_OUTCOMES, labels_shown, payload, plan_part
from sim.page.replay import planes, replay_part
from sim.page.words import change_segments, sentence
from sim.randomness import replicate_seeds
from sim.results import Comparison
from sim.results.series import needed
from sim.results.verdict import range_note
from sim.scenario.text import to_yaml
from sim.web.server_state import MOST_PLANS, ServerState, check_size, scenario_with

if TYPE_CHECKING:
    from sim.organisation.organisation import Organisation
    from sim.scenario import Scenario


CHOSEN = ("keys", "organisation", "uploaded", "overrides", "pseudonyms")
"""What a tab has chosen, besides its plans."""
MANY_PEOPLE = 1000
"""With more people than these, what would help most is looked for in fewer replicates."""
DRAGGED_SECONDS, FEWEST_REPLICATES = 0.02, 6
"""Per drag event: seconds of simulation at most, and replicates at least."""


def replicates_while_dragging(seconds_a_replicate: float, replicates: int) -> int:
    """Return in how many of the replicates a plan is simulated while it is dragged.

    >>> [replicates_while_dragging(seconds, 20) for seconds in (0.001, 0.002, 0.05)]
    [20, 10, 6]
    """
    return min(replicates, max(FEWEST_REPLICATES, int(DRAGGED_SECONDS / seconds_a_replicate)))


@dataclass(frozen=True, eq=False)
class SimulatedPlan:
    """A plan, placed on the organisation, and what happened in some replicates."""

    plan: Scenario
    case: Case
    replicates: Ints  # replicates, by place among the session's seeds
    records: Records
    warnings: tuple[str, ...]


class Session:
    """What one tab looks at. A method answers one kind of request with plain data and arrays."""

    def __init__(self, state: ServerState) -> None:
        self.state = state
        self.lock = Lock()
        self.pseudonyms = state.pseudonyms
        self.organisation: Organisation = state.organisation_of(state.organisation)
        self.uploaded = False
        self.overrides = dict(state.parameters)
        self.replicate = 0
        self.keys = list(state.opened)
        self.plans: list[Scenario] = [state.scenario(name) for name in self.keys]
        self.simulated: list[SimulatedPlan] = []
        self.edited: tuple[Any, SimulatedPlan] | None = None  # the last change: plan and timeline
        self.opened: list[SimulatedPlan] = []  # the plans as they were opened, before any change
        self.outcome = ""  # of teams, besides those that are always sent
        self.moves = 0  # requests that what is only looked for gives way to
        self.seconds_a_replicate = inf

    @property
    def weeks(self) -> int:
        """Length of all runs: the longest of the plans, unless the server was told one."""
        return self.state.weeks or max(plan.weeks for plan in self.plans)

    @property
    def people_shown(self) -> bool:
        """Whether one person may be spoken of: nobody is real, or it was allowed on start."""
        return self.state.people or self.organisation.made_up

    @property
    def team_outcomes(self) -> tuple[str, ...]:
        """Outcomes that are shown by team."""
        extra = self.outcome in labels_shown() and self.outcome not in TEAM_OUTCOMES
        return (*TEAM_OUTCOMES, self.outcome) if extra else TEAM_OUTCOMES

    @property
    def seeds(self) -> NDArray[np.uint64]:
        """Seeds that every plan is run with; shape (1, replicates)."""
        return replicate_seeds(self.state.seed, self.state.replicates, sets=1)

    def open(self, request: dict[str, Any]) -> dict[str, Any]:
        """Show the plans and the organisation that are named; answer with the whole payload.

        ``plans``: names; ``organisation``: a name; ``pseudonyms``; ``parameters``: by name;
        ``edits``: entries of the timeline by the position of a plan; ``outcome``: what is shown.
        """
        with self._as_before():
            self._choose(request)
            return self._all()

    def _choose(self, request: dict[str, Any]) -> None:
        if "plans" in request:
            names = request["plans"]
            if not isinstance(names, list) or not 1 <= len(names) <= MOST_PLANS:
                raise refusal("plans", "", "is no such choice", f"1 to {MOST_PLANS}")
            found = [self.state.scenario(name) for name in names]
            self.keys, self.plans = list(names), found
        if "organisation" in request:
            self.organisation = self.state.organisation_of(request["organisation"])
            self.uploaded = False
        if "parameters" in request:
            self.overrides = {**self.state.parameters, **_numbers(request["parameters"])}
        edits = {} if request.get("edits") is None else request["edits"]
        if not isinstance(edits, dict):
            raise refusal("edits", "", "is no mapping", "timelines by the position of a plan")
        for position, entries in edits.items():
            plan = row_of(position, len(self.plans))
            self.plans[plan] = scenario_with(self.plans[plan], entries, self.weeks)
        if isinstance(request.get("outcome"), str):
            self.outcome = request["outcome"]
        wanted = bool(request.get("pseudonyms", self.pseudonyms))
        self.pseudonyms = self.state.pseudonyms or wanted or not self.people_shown

    def show(self, organisation: Organisation) -> dict[str, Any]:
        """Show an uploaded organisation; answer with the whole payload."""
        check_size(organisation, self.state.limits)
        with self._as_before():
            self.organisation, self.uploaded = organisation, True
            self.pseudonyms = self.state.pseudonyms or not self.people_shown
            return self._all()

    @contextmanager
    def _as_before(self) -> Iterator[None]:
        """Leave everything as it was where a choice is wrong."""
        before = {name: getattr(self, name) for name in CHOSEN} | {"plans": list(self.plans)}
        try:
            yield
        except InputError:
            vars(self).update(before)
            raise

    def edit(self, request: dict[str, Any]) -> dict[str, Any]:
        """Change one plan's timeline and simulate it again; answer with that plan and the sentence.

        While it is ``dragging``, in the first few replicates only, of people nothing but their
        stages, and the plan stays as it was: the first answer without is the change. Only the
        replicates that are missing are run. ``worlds`` of the answer says how many there are.
        With ``stages``, no answer says more of people than their stages: see ``replay``.
        """
        position = row_of(request.get("plan"), len(self.plans))
        changed = scenario_with(self.plans[position], request.get("timeline"), self.weeks)
        changed = changed.model_copy(update={"name": self._name(position, request)})
        replicates = self.state.replicates
        if request.get("dragging") is True:
            replicates = replicates_while_dragging(self.seconds_a_replicate, replicates)
        with self.lock:
            self._simulate_all()
            one = self._simulate_edit((position, request.get("timeline")), changed, replicates)
            whole = len(one.replicates) == self.state.replicates
            simulated = [*self.simulated[:position], one, *self.simulated[position + 1 :]]
            if whole:
                self.plans[position], self.simulated = changed, simulated
            head = self._comparison(simulated, teams=False)  # they are not needed for the sentence
            replay = self._replay(one, stages_only=not whole or request.get("stages") is True)
            part = plan_part(self._comparison([one]), 0, replay, self.team_outcomes, text=False)
            both = self._comparison([one, self.opened[position]], teams=False)
        return {
            "plan": position, "worlds": len(one.replicates), "sentence": sentence(head),
            "changed": change_segments(both, position), "bands": range_note(head),
            "warnings": [*head.warnings, *part["unshown"]], "part": part,
        }  # fmt: skip

    def replay(self, request: dict[str, Any]) -> dict[str, Any]:
        """Say of everybody in a plan what the page shows of them: more than their stages."""
        with self.lock:
            self._simulate_all()
            one = self.simulated[row_of(request.get("plan"), len(self.plans))]
        return {"replay": self._replay(one)}

    def _replay(self, one: SimulatedPlan, *, stages_only: bool = False) -> dict[str, Any]:
        shown = self.people_shown
        if one.records.people is None:  # the plan as it was opened
            return replay_part(one.case, self.seeds[0, self.replicate], people_shown=shown)
        people = one.records.people[0, 0, 0]
        return planes(
            self.organisation, one.case, people, stages_only=stages_only, people_shown=shown
        )

    def why(self, request: dict[str, Any]) -> dict[str, Any]:
        """Say what held a team or a person back, and what single changes would do.

        With ``first``, only the former, which takes a tenth of the time.
        """
        from sim.analysis import attribution

        with self.lock:
            self._simulate_all()
            results = self.results()
        plan = row_of(request.get("plan"), len(self.plans))
        week = request.get("week")
        if request.get("person") is not None and not self.people_shown:
            right = "a team; or uptake serve --people, where everybody has agreed"
            raise refusal("person", "", "may not be asked about: these people are real", right)
        subject = self._subject(results, request)
        said = attribution.why(
            results, plan, subject, week=week if isinstance(week, int) else None,
            threads=self.state.threads,
        )  # fmt: skip
        tried = None
        if request.get("first") is not True:
            tried = attribution.reruns(results, plan, subject, threads=self.state.threads)
        answer = attribution.to_json(said, tried)
        return answer if self.people_shown else {**answer, "manager": None}  # that is one person

    def next(self, request: dict[str, Any]) -> dict[str, Any]:
        """Say which single changes of a plan are worth most: of the leading one unless told.

        Stops, with nothing found, as soon as something else is asked for.
        """
        from sim.analysis import attribution
        from sim.page.words import leading, next_part

        with self.lock:
            self._simulate_all()
            results, moves = self.results(), self.moves
        plan = request.get("plan")
        plan = leading(results) if plan is None else row_of(plan, len(self.plans))
        found = attribution.worth(
            results, plan, replicates=20 if self.organisation.n_people <= MANY_PEOPLE else 6,
            threads=self.state.threads, going=lambda: self.moves == moves,
        )  # fmt: skip
        return next_part(results, plan, found, self.state.hour_cost)

    def yaml(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return a plan as a scenario file that stands alone."""
        return {"yaml": to_yaml(self.plans[row_of(request.get("plan"), len(self.plans))])}

    def report(self, _: dict[str, Any]) -> dict[str, Any]:
        """Make the report of what is shown."""
        if self.state.report is None:
            raise refusal("report", "", "cannot be made here", "uptake report")
        with self.lock:  # a report tells more of teams than the page does
            replicates = self._replicates(self.state.replicates)
            results = self._comparison(
                [self._simulate(one, replicates, teams=True) for one in self.plans]
            )
        return {"html": self.state.report(results, self.pseudonyms)}

    def results(self) -> Comparison:
        """Return what is shown as results."""
        return self._comparison(self.simulated)

    def shown(self, request: dict[str, Any]) -> tuple[Comparison, int]:
        """Return what is shown as results, and the position of the plan that a request names."""
        with self.lock:
            self._simulate_all()
            return self.results(), row_of(request.get("plan"), len(self.plans))

    def _all(self) -> dict[str, Any]:
        with self.lock:
            self._simulate_all(again=True)
            shown = payload(
                self.results(), pseudonyms=self.pseudonyms, people_shown=self.people_shown,
                team_outcomes=self.team_outcomes,
            )  # fmt: skip
            self.replicate = shown["world"]["index"]
        return {
            **shown,
            "shown": {
                "plans": self.keys,
                "organisation": "" if self.uploaded else self._organisation_key(),
                "uploaded": self.uploaded,
                "replicates": self.state.replicates,
                "parameters": self.overrides,
                "outcome": self.outcome,
            },
        }

    def _simulate_all(self, again: bool = False) -> None:
        """Simulate all plans, unless they are simulated already."""
        if again or not self.simulated:
            replicates = self._replicates(self.state.replicates)
            self.seconds_a_replicate, self.edited = inf, None
            self.simulated = [self._simulate(one, replicates) for one in self.plans]
            self.opened = list(self.simulated)

    def _simulate_edit(self, key: Any, plan: Scenario, count: int) -> SimulatedPlan:
        """Simulate an edited plan, reusing the replicates already run during the drag."""
        replicates = self._replicates(count)
        if self.edited is not None and self.edited[0] == key:
            one = replace(self.edited[1], plan=plan)
            missing = np.setdiff1d(replicates, one.replicates)
            if len(missing):
                one = _together(one, self._simulate(plan, missing))
        else:
            one = self._simulate(plan, replicates, replayed=True)
        self.edited = key, one
        return one

    def _replicates(self, count: int) -> Ints:
        """Return this many replicates by their place: the first, and the one that is replayed."""
        replicates = np.arange(count)
        replicates[-1] = max(count - 1, self.replicate)
        return replicates

    def _organisation_key(self) -> str:
        known = self.state.organisations.items()
        return next((key for key, one in known if one is self.organisation), "")

    def _simulate(
        self, plan: Scenario, replicates: Ints, *, teams: bool | tuple[str, ...] | None = None,
        replayed: bool = False,
    ) -> SimulatedPlan:  # fmt: skip
        """Simulate a plan; where ``replayed``, people of the replayed replicate are recorded."""
        case = Case.of(plan, self.organisation, self.weeks, self.overrides, sets=self.state.base)
        person_run = int(np.searchsorted(replicates, self.replicate)) if replayed else None
        began = perf_counter()
        records = run_cases(
            [case],
            self.seeds[:, replicates],
            record=Record(
                teams=needed(self.team_outcomes) if teams is None else teams,
                people=replayed,
                person_run=person_run,
            ),
            threads=self.state.threads,
        )
        spent = (perf_counter() - began) / len(replicates)  # quicker at once, slower by and by
        self.seconds_a_replicate = min(spent, (self.seconds_a_replicate + spent) / 2)
        warnings = tuple(str(one) for one in plan.check(self.organisation))
        return SimulatedPlan(plan, case, replicates, records, warnings)

    def _comparison(self, simulated: list[SimulatedPlan], *, teams: bool = True) -> Comparison:
        """Return plans as results, in the replicates that all of them were simulated in."""
        replicates = min((one.replicates for one in simulated), key=len)

        def joined(name: str) -> NDArray[Any]:
            parts = [
                values if len(one.replicates) == len(replicates) else values[:, :, replicates]
                for one in simulated
                for values in [getattr(one.records, name)]
            ]
            return parts[0] if len(parts) == 1 else np.concatenate(parts)

        return Comparison(
            scenarios=tuple(one.plan for one in simulated),
            organisation=self.organisation,
            seed=self.state.seed,
            seeds=self.seeds[:, replicates],
            weeks=self.weeks,
            records=replace(
                simulated[0].records, weekly=joined("weekly"),
                teams=joined("teams") if teams else None, drivers=joined("drivers"),
            ),
            parameters=tuple(one.case.parameters for one in simulated),
            overrides=self.overrides,
            warnings=tuple(text for one in simulated for text in one.warnings),
            margin=self.state.margin,
        )  # fmt: skip

    def _name(self, plan: int, request: dict[str, Any]) -> str:
        name = request.get("name")
        return name[:100] if isinstance(name, str) and name.strip() else self.plans[plan].name

    def _subject(self, results: Comparison, request: dict[str, Any]) -> Any:
        from sim.analysis.attribution import person_of, team_of
        from sim.page.replay import organisation_part, shown_people

        organisation = self.organisation
        if isinstance(request.get("person"), int):
            row = row_of(request["person"], organisation.n_people)
            if not shown_people(organisation)[row]:
                what = "is in a team of fewer than five people"
                raise refusal("person", "", what, "somebody of a larger team")
            subject = person_of(results, str(organisation.ids[row]))
            if self.pseudonyms:
                names = organisation_part(organisation, pseudonyms=True)["people"]["name"]
                subject = replace(subject, name=names[row])
            return subject
        team = row_of(request.get("team"), organisation.n_teams)
        if team not in results.shown_teams:
            what = "has fewer than five people, or would give away one that has"
            raise refusal("team", organisation.teams[team], what, "a larger team")
        return team_of(results, organisation.teams[team])


def _together(one: SimulatedPlan, other: SimulatedPlan) -> SimulatedPlan:
    """Return a plan as simulated in the replicates of both; its replay is that of ``one``."""
    replicates = np.concatenate([one.replicates, other.replicates])
    order = np.argsort(replicates)

    def joined(name: str) -> NDArray[Any]:
        parts = [getattr(simulated.records, name) for simulated in (one, other)]
        return np.concatenate(parts, axis=2)[:, :, order]

    records = replace(
        one.records, weekly=joined("weekly"), teams=joined("teams"), drivers=joined("drivers")
    )
    return replace(one, replicates=replicates[order], records=records)


def row_of(value: object, count: int) -> int:
    """Return a position that a request names, one of the first ``count``.

    Raises InputError where it is none of them.
    """
    if isinstance(value, str) and value.isdecimal() and len(value) < 9:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < count:
        raise refusal("request", str(value)[:40], "is not there", f"0 to {count - 1}")
    return value


def _numbers(values: object) -> dict[str, float]:
    from sim.parameters import problems_of_parameter

    if not isinstance(values, dict):
        raise refusal("parameters", "", "is no mapping", "values by name")
    problems, found = [], {}
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            problems.append(Problem("parameters", str(name)[:80], "is no number", "a number"))
            continue
        number = float(value)
        if wrong := problems_of_parameter(str(name), number):
            problems.append(Problem("parameters", str(name)[:80], *wrong))
        else:
            found[str(name)] = number
    if problems:
        raise InputError(problems)
    return found
