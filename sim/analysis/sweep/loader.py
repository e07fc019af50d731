"""Reads study files: everything wrong in them at once, each with its place and its mend."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sim import runner
from sim.analysis.sweep.schema import DESIGNS, study_file_model
from sim.analysis.sweep.specification import (
    ORGANISATION,
    SCENARIO,
    Factor,
    Replication,
    Specification,
    design_problem,
)
from sim.analysis.sweep.user_points import StudyFile, factors_of, given_points
from sim.document import Node, parse, read_text
from sim.errors import InputError, Problem
from sim.numbers import fixed
from sim.organisation.organisation import Organisation
from sim.results.measure import Less, Measure, all_names, parse_measure
from sim.results.results import Origin
from sim.scenario import Scenario
from sim.scenario.loader import check, read
from sim.scenario.schema import Document
from sim.scenario.text import in_order, problems_from, varied
from sim.sources import ORGANISATION as DEFAULT_ORGANISATION
from sim.sources import beside, scenario_file

MOST_RUNS = 2**63 - 1
BYTES_A_RUN = 64
"""Memory of the plan, for each run: its key and its place."""


def load_study(
    source: str | Path, *, reading: Callable[[Node, Path], Reading] | None = None,
    posterior: Path | None = None,
) -> Specification:  # fmt: skip
    """Read a study file, its scenarios and its organisations.

    - ``reading``: gives another reading, that finds scenarios and organisations elsewhere.
    - ``posterior``: parameter sets in place of those that the study's ``uncertainties: posterior``
      names.

    Raises InputError with every problem found: ``file:line:column path: what is wrong — what would
    be right``.
    """
    path = Path(source)
    text = read_text(path, str(path), "a study file")
    root = parse(text, str(path))
    model = study_file_model()
    file, problems = _as_far_as_right(model, root)
    made = (reading or Reading)(root, path)
    made.problems = problems
    made.given_sets = posterior
    return made.specification(file, text)


def _as_far_as_right(model: Any, root: Node) -> tuple[Any, list[Problem]]:
    """Return what a file says without what is wrong in it, and that: the rest is looked at too.

    First only the wrong entries are left out, then everything under the file's keys they are in.
    """
    plain: Any = root.plain()
    problems: list[Problem] = []
    seen: set[str | int] = set()
    for deeply in (True, False, False):
        try:
            return model.model_validate(plain), problems
        except ValidationError as error:
            wrong = error.errors(include_url=False)
            found = zip(wrong, problems_from(error, model, root), strict=False)
            problems += [problem for one, problem in found if not seen & {*one["loc"][:1]}]
            for one in wrong:
                _leave_out(plain, one["loc"], deeply)
                seen |= {*one["loc"][:1]}
            if not isinstance(plain, dict):
                break
            if not deeply and "design" in seen:
                plain.setdefault("design", {"monte carlo": 2})
    raise InputError(in_order(problems))


def _leave_out(plain: Any, path: Sequence[str | int], deeply: bool) -> None:
    """Take the entry that a path leads to out of a mapping, or what is at its first step."""
    while isinstance(plain, dict) and path and path[0] in plain:
        inner = plain[path[0]]
        if deeply and isinstance(inner, dict) and any(step in inner for step in path[1:2]):
            plain, path = inner, path[1:]
            continue
        del plain[path[0]]
        return


class Reading(StudyFile):
    """One study file on its way to a specification."""

    def specification(self, file: Any, text: str) -> Specification:
        """Return what the file says, checked as a whole."""
        kind, size = _design(file.design)
        factors, given = factors_of(self, file), None
        if kind in ("list", "table"):
            if factors:
                what = "stand beside points that are given"
                self.wrong(("design", kind), what, f"uncertainties and levers, or {kind}")
            factors, given = given_points(self, kind, size)
            size = None
        elif not self.problems and (problem := design_problem(kind, size, factors)):
            self.wrong(("design",), *problem, path=f"design.{kind}")
        documents, scenarios, names = self.scenarios(file, factors)
        if not scenarios:
            self.stop_if_wrong()
        people, people_names, origins = self.organisations(file, factors, scenarios)
        weeks = self.weeks(file, scenarios)
        outcomes, differences = self.outcomes(file, weeks, names)
        replication = self.replication(file, weeks, names, outcomes)
        for week in file.record.people or ():
            if not 1 <= week <= weeks:
                what, right = f"has week {week}", f"weeks from 1 to {weeks}"
                self.wrong(("record", "people"), what, right)
        if self.given_sets is not None and not any(one.sets is not None for one in factors):
            right = "uncertainties: posterior in the study, so that there are sets to take"
            self.problems.append(Problem("--posterior", "", "is used by nothing", right))
        specification = Specification(
            name=file.name or self.path.stem.replace("-", " "), question=file.question or "",
            text=text, file=str(self.path), documents=documents, scenarios=scenarios,
            scenario_names=names, organisations=people, organisation_names=people_names,
            origins=origins, factors=factors, design=kind, size=size, given=given,
            table=self.beside(file.design.table) if kind == "table" else None,
            own_sets=self._own_sets, weeks=weeks, seed=file.seed, outcomes=outcomes,
            differences=differences, replication=replication, record_weeks=file.record.weeks,
            record_people=tuple(sorted(set(file.record.people or ()))),
        )  # fmt: skip
        self.check_levers(specification)
        self.stop_if_wrong()
        self.check_size(specification)
        self.stop_if_wrong()
        return specification

    def named(self, key: str, said: Sequence[str] | None, factors: Sequence[Factor]) -> list[Node]:
        """Return the files that the file, or its lever of that name, names."""
        lever = next((f for f in factors if f.is_lever and f.name == key), None)
        plural = next((k for k in (f"{key}s", key) if self.root.child(k) is not None), key)
        if lever is not None and said is not None:
            what = "stands beside the lever of that name"
            self.wrong((plural,), what, f"{key}s, each at every point, or the lever")
        if lever is not None:
            return list(lever.levels)
        if said is None:
            return []
        node = self.root.at((plural,))
        return list(node.items) if node.items is not None else [node]

    def located(self, name: str) -> str | Path:
        """Return a file beside the study, or the name as it stands."""
        return beside(self.path, name)

    def document(self, node: Node) -> tuple[str, Document]:
        """Return the name and the content of a scenario."""
        found = scenario_file(self.located(str(node.scalar)))
        return found.stem, read(found)

    def people(self, source: str | Path) -> tuple[Organisation, Origin]:
        """Return an organisation and where it comes from."""
        return runner.load_organisation(source), runner.origin_of(source)

    def scenarios(
        self, file: Any, factors: Sequence[Factor]
    ) -> tuple[tuple[Document, ...], tuple[Scenario, ...], tuple[str, ...]]:
        """Read the base scenarios."""
        nodes = self.named(SCENARIO, file.scenarios, factors)
        if not nodes:
            self.wrong((), "is missing", "scenarios: files or shipped names", path="scenarios")
        documents, scenarios, names = [], [], []
        for node in nodes:
            try:
                name, document = self.document(node)
                scenarios.append(check(document))
            except InputError as error:
                self.problems += [_at(node, "scenarios", problem) for problem in error.problems]
                continue
            if name in names:
                what = f"{name} is named twice"
                self.problems.append(Problem(node.where, "scenarios", what, "each once"))
            documents.append(document)
            names.append(name)
        return tuple(documents), tuple(scenarios), tuple(names)

    def organisations(
        self, file: Any, factors: Sequence[Factor], scenarios: Sequence[Scenario]
    ) -> tuple[tuple[Organisation, ...], tuple[str, ...], tuple[Origin, ...]]:
        """Load the organisations: the study's, or the scenarios' own."""
        nodes = self.named(ORGANISATION, file.organisations, factors)
        sources: list[tuple[Node, str | Path]] = [
            (node, self.located(str(node.scalar))) for node in nodes
        ]
        if not nodes:
            try:
                own = runner.common_organisation(scenarios)
            except InputError as error:
                right = "organisation: one for all, in the study"
                self.wrong((), error.problems[0].what, right, path="organisations")
                return (), (), ()
            sources = [(self.root, own or DEFAULT_ORGANISATION)]
        people, names, origins = [], [], []
        for node, source in sources:
            try:
                loaded, origin = self.people(source)
            except InputError as error:
                self.problems += [_at(node, "organisations", p) for p in error.problems]
                continue
            name = Path(source).stem
            if name in names:
                what = f"{name} is named twice"
                self.problems.append(Problem(node.where, "organisations", what, "each once"))
            people.append(loaded)
            origins.append(origin)
            names.append(name)
        return tuple(people), tuple(names), tuple(origins)

    def weeks(self, file: Any, scenarios: Sequence[Scenario]) -> int:
        """Return the length of every run."""
        if file.weeks is not None:
            return int(file.weeks)
        try:
            return runner.common_weeks(scenarios)
        except InputError as error:
            right = "weeks: one length for all, in the study"
            self.wrong((), error.problems[0].what, right, path="weeks")
            return scenarios[0].weeks

    def outcomes(
        self, file: Any, weeks: int, scenarios: Sequence[str]
    ) -> tuple[tuple[Measure, ...], tuple[Less, ...]]:
        """Return the columns of the table of runs, and the differences taken of them."""
        found: dict[str, Measure] = {}
        less: dict[str, Less] = {}
        for i, text in enumerate(file.outcomes or all_names(weeks)):
            try:
                one = parse_measure(text, weeks, scenarios)
            except LookupError as error:
                self.wrong(("outcomes", i), f"{text} {error.args[0]}", error.args[1], "outcomes")
                continue
            if isinstance(one, Less):
                less[text], one = one, one.measure
            found[one.name] = one
        return tuple(found.values()), tuple(less.values())

    def replication(
        self, file: Any, weeks: int, scenarios: Sequence[str], kept: Sequence[Measure]
    ) -> Replication:
        """Return how often each cell is run."""
        said = file.replicates
        if said.fixed is not None:
            return Replication(said.fixed, said.fixed)
        if said.at_least > said.at_most:
            what = f"is {said.at_most}, below at least {said.at_least}"
            self.wrong(("replicates", "at most"), what, f"{said.at_least} or more")
        try:
            until = parse_measure(said.until, weeks, scenarios)
        except LookupError as error:
            self.wrong(("replicates", "until"), f"{said.until} {error.args[0]}", error.args[1])
            return Replication(said.at_least, said.at_most)
        if until.measure.name not in [one.name for one in kept]:
            what = f"{until.measure.name} is not among the outcomes"
            self.wrong(("replicates", "until"), what, f"{until.measure.name} under outcomes too")
        return Replication(said.at_least, said.at_most, until, said.width)

    def check_size(self, study: Specification) -> None:
        """Refuse what cannot be counted or planned."""
        runs = study.n_runs
        if runs > MOST_RUNS:
            what = f"has about 10^{len(str(runs)) - 1} runs, more than 2^63"
            self.wrong(("design",), what, "fewer levels, levers or points, or a sampled design")
            return
        memory = runner.memory_of_this_machine()
        need = runs * BYTES_A_RUN + study.n_points * len(study.factors) * 16
        if memory is not None and need > memory // 2:
            what = f"has {runs:,} runs, whose plan needs {fixed(need / 2**30, 1)} GiB of memory"
            right = f"fewer runs; this machine has {fixed(memory / 2**30, 1)} GiB"
            self.wrong(("design",), what, right)

    def check_levers(self, study: Specification) -> None:
        """Check every level of every lever, alone, in every scenario on every organisation."""
        from sim.interventions.timeline import problems_of

        for organisation in study.organisations:
            for scenario in study.scenarios:
                self.problems += problems_of(scenario.timeline, organisation)
        for lever in study.levers:
            found: dict[tuple[str, str], Problem] = {}  # what is wrong with the path is said once
            nodes = lever.levels or tuple(
                lever.node(float(value)) for value in lever.at(lever.unit_levels(2))
            )
            for document, name in zip(study.documents, study.scenario_names, strict=True):
                for node in nodes:
                    try:
                        scenario = _varied_scenario(document, lever, node, study.weeks)
                    except InputError as error:
                        for one in error.problems:
                            problem = _of_lever(one, node, lever, name)
                            found.setdefault((problem.path, problem.what), problem)
                        continue
                    for organisation in study.organisations:
                        self.problems += problems_of(scenario.timeline, organisation)
            self.problems += found.values()


def _varied_scenario(document: Document, lever: Factor, node: Node, weeks: int) -> Scenario:
    """Return a scenario with a lever at a value, which must make sense in runs of so many weeks."""
    changed = varied(document, {lever.name: node})
    try:
        return check(changed, weeks)
    except InputError as error:
        if mine := [one for one in error.problems if one.where == node.where]:
            raise InputError(mine) from None
    return check(changed)  # what else the scenario says may lie beyond a shorter study


def _design(design: Any) -> tuple[str, Any]:
    """Return the name of the design that a file chose, and its size."""
    (field,) = design.model_fields_set
    size = getattr(design, field)
    if field.startswith("design_"):
        return list(DESIGNS)[int(field.removeprefix("design_"))], size
    return ("list" if field == "points" else "table"), size


def _at(node: Node, path: str, problem: Problem) -> Problem:
    """Return a problem of a file that the study names: its own place, or where it is named."""
    if ":" in problem.where:
        return problem
    what = problem.what if problem.where == str(node.scalar) else f"{problem.where} {problem.what}"
    return Problem(node.where, path, f"{node.scalar}: {what}", problem.right)


def _of_lever(problem: Problem, node: Node, lever: Factor, scenario: str) -> Problem:
    """Return a problem of a varied scenario, said where the study gives the value."""
    if problem.where.startswith(node.file + ":"):
        return Problem(problem.where, f"levers.{lever.name}", problem.what, problem.right)
    what = f"{problem.what} (in {scenario}, {problem.path})"
    return Problem(lever.where, f"levers.{lever.name}", what, problem.right)
