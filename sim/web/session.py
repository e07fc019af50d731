"""One tab's work: its organisation, its plans, and what they lead to. Gone with the tab."""

from __future__ import annotations

from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.engine.compiled import Programme, Record, Records, simulate
from sim.errors import InputError, Problem
from sim.page.payload import payload, plan_part
from sim.page.replay import typical_world
from sim.page.sentence import sentence
from sim.randomness import replicate_seeds
from sim.results import Comparison
from sim.results.verdict import range_note
from sim.scenario.write import to_yaml
from sim.web.entries import scenario_with
from sim.web.house import House, check_size

if TYPE_CHECKING:
    from sim.organisation.organisation import Organisation
    from sim.scenario import Scenario

__all__ = ["MOST_PLANS", "Session"]

MOST_PLANS = 4
"""So many plans are shown side by side at most."""


class Session:
    """What one tab looks at. A method answers one kind of request with plain data and arrays.

    Parameters
    ----------
    house : House
    """

    def __init__(self, house: House) -> None:
        self.house = house
        self.lock = Lock()
        self.pseudonyms = house.pseudonyms
        self.organisation: Organisation = house.organisation_of(house.organisation)
        self.uploaded = False
        self.overrides = dict(house.parameters)
        self.world = 0
        self.keys = list(house.opened)
        self.plans: list[Scenario] = [house.scenario(name) for name in self.keys]
        self.programmes: list[Programme] = []
        self.lived: list[Records] = []

    @property
    def weeks(self) -> int:
        """Length of all runs: the longest of the plans, unless the server was told one."""
        return self.house.weeks or max(plan.weeks for plan in self.plans)

    @property
    def seeds(self) -> NDArray[np.uint64]:
        """Seeds of the worlds that every plan is lived in."""
        return replicate_seeds(self.house.seed, self.house.replicates)

    def open(self, request: dict[str, Any]) -> dict[str, Any]:
        """Show the plans and the organisation that are named; answer with the whole payload.

        ``plans``: names; ``organisation``: a name; ``pseudonyms``; ``parameters``: by name;
        ``edits``: entries of the timeline by the position of a plan.
        """
        before = self._chosen()
        try:
            self._choose(request)
            return self._all()
        except InputError:
            self._restore(before)
            raise

    def _choose(self, request: dict[str, Any]) -> None:
        if "plans" in request:
            names = request["plans"]
            if not isinstance(names, list) or not 1 <= len(names) <= MOST_PLANS:
                raise InputError([Problem("plans", "", "is no such choice", f"1 to {MOST_PLANS}")])
            found = [self.house.scenario(name) for name in names]
            self.keys, self.plans = list(names), found
        if "organisation" in request:
            self.organisation = self.house.organisation_of(request["organisation"])
            self.uploaded = False
        if "parameters" in request:
            self.overrides = {**self.house.parameters, **_numbers(request["parameters"])}
        for position, entries in dict(request.get("edits") or {}).items():
            plan = _position(position, len(self.plans))
            self.plans[plan] = scenario_with(self.plans[plan], entries, self.weeks)
        wanted = bool(request.get("pseudonyms", self.pseudonyms))
        self.pseudonyms = self.house.pseudonyms or wanted

    def show(self, organisation: Organisation) -> dict[str, Any]:
        """Show an uploaded organisation; answer with the whole payload."""
        check_size(organisation, self.house.limits)
        before = self._chosen()
        self.organisation, self.uploaded = organisation, True
        try:
            return self._all()
        except InputError:
            self._restore(before)
            raise

    def _chosen(self) -> tuple[Any, ...]:
        """Return what was chosen, so that a wrong choice leaves everything as it was."""
        return self.keys, list(self.plans), self.organisation, self.uploaded, self.overrides

    def _restore(self, before: tuple[Any, ...]) -> None:
        self.keys, self.plans, self.organisation, self.uploaded, self.overrides = before

    def edit(self, request: dict[str, Any]) -> dict[str, Any]:
        """Change one plan's timeline and live it again; answer with that plan and the sentence."""
        plan = _position(request.get("plan"), len(self.plans))
        changed = scenario_with(self.plans[plan], request.get("timeline"), self.weeks)
        changed = changed.model_copy(update={"name": self._name(plan, request)})
        with self.lock:
            self._live_all()
            programme = self._programme(changed)
            lived = self._live(programme)
            self.plans[plan], self.programmes[plan], self.lived[plan] = changed, programme, lived
            return {"plan": plan, **self._head(), "part": self._part(plan)}

    def why(self, request: dict[str, Any]) -> dict[str, Any]:
        """Say what held a team or a person back, and what single changes would do."""
        from sim.analysis import attribution

        with self.lock:
            self._live_all()
            results = self.results()
        plan = _position(request.get("plan"), len(self.plans))
        week = request.get("week")
        subject = self._subject(results, request)
        said = attribution.why(
            results,
            plan,
            subject,
            week=week if isinstance(week, int) else None,
            threads=self.house.threads,
        )
        tried = attribution.reruns(results, plan, subject, threads=self.house.threads)
        return attribution.plain(said, tried)

    def yaml(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return a plan as a scenario file that stands alone."""
        return {"yaml": to_yaml(self.plans[_position(request.get("plan"), len(self.plans))])}

    def report(self, _: dict[str, Any]) -> dict[str, Any]:
        """Make the report of what is shown."""
        if self.house.report is None:
            raise InputError([Problem("report", "", "cannot be made here", "uptake report")])
        with self.lock:
            self._live_all()
            results = self.results()
        return {"html": self.house.report(results, self.pseudonyms)}

    def results(self) -> Comparison:
        """Return what is shown as results."""
        joined = Records(
            weekly=np.concatenate([one.weekly for one in self.lived]),
            teams=np.concatenate([one.teams for one in self.lived if one.teams is not None]),
            drivers=np.concatenate([one.drivers for one in self.lived]),
            people=None,
            checkpoint_weeks=self.lived[0].checkpoint_weeks,
        )
        return self._comparison(range(len(self.plans)), joined)

    def _all(self) -> dict[str, Any]:
        with self.lock:
            self._live_all(again=True)
            results = self.results()
            self.world = typical_world(results)
            shown = payload(results, pseudonyms=self.pseudonyms)
        return {
            **shown,
            "shown": {
                "plans": self.keys,
                "organisation": "" if self.uploaded else self._organisation_key(),
                "uploaded": self.uploaded,
                "replicates": self.house.replicates,
                "parameters": self.overrides,
            },
        }

    def _live_all(self, again: bool = False) -> None:
        """Live all plans, unless they are lived already."""
        if self.lived and not again:
            return
        self.programmes = [self._programme(plan) for plan in self.plans]
        self.lived = [self._live(programme) for programme in self.programmes]

    def _organisation_key(self) -> str:
        known = self.house.organisations.items()
        return next((key for key, one in known if one is self.organisation), "")

    def _programme(self, plan: Scenario) -> Programme:
        return Programme.of(plan, self.organisation, self.weeks, self.overrides)

    def _live(self, programme: Programme) -> Records:
        return simulate(
            self.organisation,
            [programme],
            self.seeds,
            self.weeks,
            record=Record(teams=True),
            threads=self.house.threads,
        )

    def _comparison(self, plans: range, records: Records) -> Comparison:
        rows = [self.programmes[plan].parameters for plan in plans]
        warnings = [str(p) for k in plans for p in self.plans[k].check(self.organisation)]
        return Comparison(
            scenarios=tuple(self.plans[plan] for plan in plans),
            organisation=self.organisation,
            seed=self.house.seed,
            seeds=self.seeds,
            weeks=self.weeks,
            records=records,
            parameters=tuple(rows),
            overrides=self.overrides,
            warnings=tuple(warnings),
        )

    def _head(self) -> dict[str, Any]:
        """Return the sentence and what else hangs on all plans; teams are not needed for it."""
        joined = replace(
            self.lived[0],
            weekly=np.concatenate([one.weekly for one in self.lived]),
            teams=None,
            drivers=np.concatenate([one.drivers for one in self.lived]),
        )
        results = self._comparison(range(len(self.plans)), joined)
        return {
            "sentence": sentence(results),
            "bands": range_note(results),
            "warnings": list(results.warnings),
        }

    def _part(self, plan: int) -> dict[str, Any]:
        one = self._comparison(range(plan, plan + 1), self.lived[plan])
        return plan_part(one, 0, self.world, text=False)

    def _name(self, plan: int, request: dict[str, Any]) -> str:
        name = request.get("name")
        return name[:100] if isinstance(name, str) and name.strip() else self.plans[plan].name

    def _subject(self, results: Comparison, request: dict[str, Any]) -> Any:
        from sim.analysis.attribution import person_of, team_of
        from sim.page.people import organisation_part, shown_people

        organisation = self.organisation
        if isinstance(request.get("person"), int):
            row = _position(request["person"], organisation.n_people)
            if not shown_people(organisation)[row]:
                what = "is in a team of fewer than five people"
                raise InputError([Problem("person", "", what, "somebody of a larger team")])
            subject = person_of(results, str(organisation.ids[row]))
            if self.pseudonyms:
                names = organisation_part(organisation, pseudonyms=True)["people"]["name"]
                subject = replace(subject, name=names[row])
            return subject
        return team_of(
            results, organisation.teams[_position(request.get("team"), organisation.n_teams)]
        )


def _position(value: object, count: int) -> int:
    if isinstance(value, str) and value.isdecimal() and len(value) < 9:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < count:
        raise InputError([Problem("request", str(value)[:40], "is not there", f"0 to {count - 1}")])
    return value


def _numbers(values: object) -> dict[str, float]:
    from sim.parameters import problems_of_parameter

    if not isinstance(values, dict):
        raise InputError([Problem("parameters", "", "is no mapping", "values by name")])
    problems, found = [], {}
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            problems.append(Problem("parameters", str(name)[:80], "is no number", "a number"))
        elif wrong := problems_of_parameter(str(name), float(value)):
            problems.append(Problem("parameters", str(name)[:80], *wrong))
        else:
            found[str(name)] = float(value)
    if problems:
        raise InputError(problems)
    return found
