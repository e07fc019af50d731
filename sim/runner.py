"""Run scenarios on an organisation: from files and names to results."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from sim.contrast import MARGIN, is_margin
from sim.errors import InputError, Problem, not_whole, refusal
from sim.numbers import fixed
from sim.sources import COMPARED, ORGANISATION, organisation_file

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sim.organisation.organisation import Organisation
    from sim.results import Comparison, Origin, Results
    from sim.scenario import Scenario

    ParameterSets = NDArray[np.void] | Path | str | int | None

_SETTINGS = "organisation.yaml"

TEAMS_BY_DEFAULT = 2**30
"""Bytes of weekly team means up to which they are recorded unless told otherwise."""
PEOPLE_BY_DEFAULT = 2**28
"""Bytes of everybody's weeks up to which they are recorded where nothing is said."""

MAX_REPLICATES = 1_000_000
MAX_SETS = 100_000


def load_scenario(source: Scenario | Mapping[str, Any] | Path | str) -> Scenario:
    """Return a scenario from a file, from what a file says, or a shipped one from its name.

    Raises InputError where there is no such file, or with everything wrong in it.
    """
    from sim import scenario

    return scenario.given(source)


def load_organisation(source: Organisation | Path | str | None = None) -> Organisation:
    """Return an organisation: a folder of files, a template file, or a shipped one by name.

    Exports of other programs are imported: a file, or a folder that holds no people.csv. Of a
    networkx graph one is made by ``sim.organisation.from_graph``.

    Raises InputError where there is none, or with everything wrong in its files.
    """
    if source is not None and not isinstance(source, Path | str):
        return source
    from sim.importing import load_any

    return load_any(organisation_file(source or ORGANISATION))


def compare(
    scenarios: Sequence[Scenario | Mapping[str, Any] | Path | str] = COMPARED,
    *,
    organisation: Organisation | Path | str | None = None,
    replicates: int = 200,
    seed: int = 0,
    weeks: int | None = None,
    parameters: Mapping[str, float] | None = None,
    record_teams: bool | None = None,
    record_people: bool | None = False,
    parameter_sets: ParameterSets = None,
    structure: bool = False,
    margin: float = MARGIN,
    threads: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Comparison:
    """Run scenarios with the same people and common random numbers, and compare them.

    Raises InputError with everything wrong in the files or arguments.

    Parameters
    ----------
    scenarios : sequence of Scenario, mapping, path or shipped name
        The first is the reference of the differences.
    organisation : Organisation, path or shipped name, optional
        In place of the scenarios' own, or of the shipped template where they name none.
    replicates : int
        Seeds each parameter set is run with: its own, and the same for all scenarios.
    seed : int
        The same seed gives the same numbers, to the bit, whatever ``threads``.
    weeks : int, optional
        In place of the scenarios' own.
    parameters : mapping of str to float, optional
        Set on top of the scenarios' own; see ``sim.PARAMETERS``.
    record_teams : bool, optional
        Keep weekly means of teams; by default as long as they fit in 1 GiB.
    record_people : bool or None
        Keep each person's weeks; None: as long as they fit in 256 MiB.
    parameter_sets : path, int, or structured array of PARAMETER_DTYPE, optional
        Sets to run over in place of the defaults: a file of them, as ``uptake calibrate`` writes
        it; how many of the shipped posterior; or complete ones (see ``sim.posterior``). What
        scenarios and ``parameters`` set wins.
    structure : bool
        Run again with one mechanism off at a time, for at most 24 sets and 2 replicates.
    margin : float
        Smallest difference that matters, as a share: 0.01 is one percentage point. Changes
        no number, only what the verdict says of it.
    threads : int, optional
        All processors by default.
    progress : callable, optional
        Called with how many runs have just ended, out of scenarios times sets times replicates.

    Examples
    --------
    >>> import sim
    >>> same = sim.compare(["training-first"] * 2, replicates=2, weeks=8)
    >>> same.difference("weekly_users", 1).mean
    0.0
    """
    from sim.randomness import replicate_seeds

    _check_arguments(scenarios, replicates, seed, weeks, threads, margin)
    replicates, seed = int(replicates), int(seed)  # of NumPy they would stand in no manifest
    with stage("load"):
        from sim.scenario.loader import numbers_given

        loaded = _load_all(scenarios)
        length = common_weeks(loaded) if weeks is None else weeks
        place = organisation if organisation is not None else common_organisation(loaded)
        people = load_organisation(place)
        origin = origin_of(place)
    overrides = numbers_given(parameters or {})
    with stage("import"):
        from sim.case import Case, Record, run_cases
        from sim.results import Comparison
        from sim.results.verdict import one_mechanism_off
    with stage("place"):
        warnings = tuple(problem for scenario in loaded for problem in scenario.check(people))
        sets = _sets(parameter_sets, seed)
        cases = [Case.of(scenario, people, length, overrides, sets=sets) for scenario in loaded]
    runs = len(cases) * replicates * (1 if sets is None else len(sets))
    teams = _team_bytes(people, runs, length) if record_teams is not False else 0
    if record_teams is None and teams > TEAMS_BY_DEFAULT:
        teams = 0
    persons = bytes_of_people(people, runs, length)
    if record_people is None:
        record_people = persons <= PEOPLE_BY_DEFAULT
    _check_memory(people, runs, length, teams, persons if record_people else 0)
    seeds = replicate_seeds(seed, replicates, sets=1 if sets is None else len(sets))
    with stage("engine"):
        records = run_cases(
            cases, seeds, record=Record(teams=teams > 0, people=record_people), threads=threads,
            progress=progress,
        )  # fmt: skip
    checked = None
    if structure:
        with stage("structure"):
            checked = one_mechanism_off(cases, seeds, threads)
    return Comparison(
        scenarios=loaded,
        organisation=people,
        seed=seed,
        seeds=seeds,
        weeks=length,
        records=records,
        parameters=tuple(case.parameters for case in cases),
        overrides=overrides,
        origin=origin,
        # Results travel; the folder a file lay in is nobody's business.
        warnings=tuple(
            str(problem._replace(where=Path(problem.where).name)) for problem in warnings
        ),
        parameter_sets=sets,
        structure=checked,
        margin=margin,
    )


def _sets(given: ParameterSets, seed: int) -> NDArray[np.void] | None:
    """Return the parameter sets to run over; None for the defaults."""
    import numpy as np

    from sim.parameters import PARAMETER_DTYPE
    from sim.posterior import posterior, read_sets

    if isinstance(given, Path | str):
        return read_sets(Path(given))
    if given is None or (isinstance(given, np.ndarray) and given.dtype == PARAMETER_DTYPE):
        return given
    if problems := not_whole("parameter_sets", given, 1, MAX_SETS):
        right = f"{problems[0].right}, a file of sets, or an array of PARAMETER_DTYPE"
        raise InputError([problems[0]._replace(right=right)])
    return posterior(int(given), seed)


def run(
    scenario: Scenario | Mapping[str, Any] | Path | str,
    *,
    organisation: Organisation | Path | str | None = None,
    replicates: int = 200,
    seed: int = 0,
    weeks: int | None = None,
    parameters: Mapping[str, float] | None = None,
    record_teams: bool | None = None,
    record_people: bool = False,
    parameter_sets: ParameterSets = None,
    threads: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Results:
    """Simulate one scenario; the arguments are those of ``compare``."""
    from sim.results import Results

    both = compare(
        [scenario], organisation=organisation, replicates=replicates, seed=seed, weeks=weeks,
        parameters=parameters, record_teams=record_teams, record_people=record_people,
        parameter_sets=parameter_sets, threads=threads, progress=progress,
    )  # fmt: skip
    return Results(**{name: getattr(both, name) for name in Results.__dataclass_fields__})


def _check_arguments(
    scenarios: Sequence[object], replicates: int, seed: int, weeks: int | None,
    threads: int | None, margin: float,
) -> None:  # fmt: skip
    from sim.outcomes import MAX_WEEKS
    from sim.randomness import MAX_SEED

    problems = [
        *not_whole("replicates", replicates, 1, MAX_REPLICATES),
        *not_whole("seed", seed, 0, MAX_SEED),
        *([] if weeks is None else not_whole("weeks", weeks, 1, MAX_WEEKS)),
        *([] if threads is None else not_whole("threads", threads, 1, 1024)),
    ]
    if not is_margin(margin):
        right = "a share from 0 to under 1: 0.01 is one percentage point"
        problems.append(Problem("margin", "", f"is {margin}", right))
    if isinstance(scenarios, str | Path | Mapping):
        right = "a list of scenarios, or sim.run for one"
        problems.append(Problem("scenarios", "", f"is the single scenario {scenarios}", right))
    elif not scenarios:
        problems.append(Problem("scenarios", "", "is empty", "at least one scenario"))
    if problems:
        raise InputError(problems)


def _load_all(sources: Sequence[Scenario | Mapping[str, Any] | Path | str]) -> tuple[Scenario, ...]:
    """Load every scenario; report the problems of all files at once."""
    loaded: list[Scenario] = []
    problems: list[Problem] = []
    for source in sources:
        try:
            loaded.append(load_scenario(source))
        except InputError as error:
            problems.extend(error.problems)
    if problems:
        raise InputError(problems)
    return tuple(loaded)


def common_weeks(scenarios: Sequence[Scenario]) -> int:
    """Return the length that all scenarios have; refuse scenarios that differ."""
    lengths = {scenario.weeks for scenario in scenarios}
    if len(lengths) > 1:
        said = ", ".join(f"{scenario.name} {scenario.weeks}" for scenario in scenarios)
        right = "one length for all: give --weeks"
        raise refusal("weeks", "", f"the scenarios differ: {said}", right)
    return lengths.pop()


def common_organisation(scenarios: Sequence[Scenario]) -> Path | None:
    """Return the organisation that scenarios name, or None; refuse those that name several.

    A scenario that names none, such as a plan taken from the page, runs on that of the others.
    """
    sources = {one.organisation.resolve() for one in scenarios if one.organisation}
    if len(sources) > 1:
        said = ", ".join(f"{s.name} on {s.organisation or 'the default'}" for s in scenarios)
        right = "one organisation for all: give --organisation"
        raise refusal("organisation", "", f"the scenarios differ: {said}", right)
    return next((s.organisation for s in scenarios if s.organisation), None)


def origin_of(source: Organisation | Path | str | None) -> Origin:
    """Return where an organisation comes from, as a manifest tells it."""
    from sim.results import Origin

    if source is not None and not isinstance(source, Path | str):
        return Origin()
    path = organisation_file(source or ORGANISATION)
    if path.name == _SETTINGS and (path.parent / "people.csv").is_file():
        path = path.parent
    files = folder_hashes(path)
    if files or path.is_dir():
        return Origin(str(path), files=files)
    return Origin(str(path), text=path.read_text("utf-8-sig"))


def folder_hashes(path: Path) -> dict[str, str]:
    """Return the SHA-256 of each file of an organisation that Uptake reads, by name.

    Those of its folder, or the exports that are imported; none for a template.
    """
    from sim.importing import MAPPING, files_of
    from sim.results.manifest import file_hash

    folder = path if path.is_dir() else path.parent
    names = ["people.csv", "ties.csv", _SETTINGS] if path.is_dir() else []
    if exports := files_of(path):
        names = [*(file.name for file in exports), MAPPING]
    return {name: file_hash(folder / name) for name in names if (folder / name).is_file()}


def _team_bytes(organisation: Organisation, runs: int, weeks: int) -> int:
    from sim.outcomes import OUTCOMES

    return runs * weeks * organisation.n_teams * len(OUTCOMES) * 4


def bytes_of_people(organisation: Organisation, runs: int, weeks: int) -> int:
    """Return the bytes that everybody's weeks take in so many runs."""
    from sim.outcomes import PERSON_RECORD

    return runs * weeks * organisation.n_people * len(PERSON_RECORD)


def memory_of_this_machine() -> int | None:
    """Return the bytes of memory, or None where the system does not tell."""
    try:
        return int(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, ValueError, OSError):
        return None


def _check_memory(
    organisation: Organisation, runs: int, weeks: int, teams: int, persons: int
) -> None:
    """Refuse at once what cannot fit, rather than fail in the middle."""
    from sim.outcomes import DRIVERS, OUTCOMES

    memory = memory_of_this_machine()
    if memory is None:
        return
    drivers = runs * (weeks // 13 + 1) * organisation.n_teams * len(DRIVERS) * 4
    need = teams + persons + drivers + runs * weeks * len(OUTCOMES) * 8
    if need > memory:
        right = "fewer replicates, weeks or scenarios, or no records of people or teams"
        what = f"needs {fixed(need / 2**30, 1)} GiB, this machine has {fixed(memory / 2**30, 1)}"
        raise refusal("records", "", what, right)


_seconds: ContextVar[dict[str, float] | None] = ContextVar("seconds", default=None)


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Add the time spent inside to the stage ``name`` of the profile that listens, if any.

    Examples
    --------
    >>> with profile() as seconds, stage("engine"):
    ...     pass
    >>> list(seconds)
    ['engine']
    """
    start = perf_counter()
    try:
        yield
    finally:
        seconds = _seconds.get()
        if seconds is not None:
            seconds[name] = seconds.get(name, 0.0) + perf_counter() - start


@contextmanager
def profile() -> Iterator[dict[str, float]]:
    """Collect the seconds of every ``stage`` that is run inside, by name."""
    seconds: dict[str, float] = {}
    token = _seconds.set(seconds)
    try:
        yield seconds
    finally:
        _seconds.reset(token)
