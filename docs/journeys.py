"""Count how long six journeys through Uptake are: ``python docs/journeys.py``.

A journey follows one value, and whatever is made of it, from call to call in the order in which
they happen. It *stays* in a module while it is handed to functions there; the next stay begins
where it is handed to a function of another module. The number of stays is therefore how often
somebody turns to another file who follows the value and reads each function once. Not counted are
attributes that are read, with what they compute, and functions that were passed before; the
engine, whose loops are compiled, is one place. With ``--write`` the table in
``docs/architecture.md`` is written; names of journeys after it, and their stays are printed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from enum import Enum
from functools import cached_property
from inspect import getattr_static
from pathlib import Path
from types import BuiltinFunctionType, CodeType, FrameType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

import sim
import sim.posterior

Journey = tuple[Callable[[], Any], list[Any]]
"""What is called, and the values that are followed."""

NOTHING: tuple[()] = ()
COMMON = (int, float, complex, type(None), Enum, np.generic, type, range, slice,
          FunctionType, BuiltinFunctionType, MethodType, ModuleType)  # fmt: skip
"""Not followed: equal ones come from anywhere. Of texts, only those of several lines are."""

WRITTEN = ("__init__", "__post_init__", "__call__")
"""Methods between underscores that are called by name, as it were."""


def module_of(frame: FrameType | None) -> str:
    """Return the module of ``sim`` that a frame is in, the engine as one; empty for any other."""
    name = frame.f_globals.get("__name__", "") if frame is not None else ""
    if not isinstance(name, str) or name.partition(".")[0] != "sim":
        return ""
    return "sim.engine" if name.startswith("sim.engine.") else name


def given(frame: FrameType) -> list[Any]:
    """Return the arguments of a call."""
    code = frame.f_code
    n = code.co_argcount + code.co_kwonlyargcount + bool(code.co_flags & 4)
    names = code.co_varnames[: n + bool(code.co_flags & 8)]
    return [frame.f_locals[name] for name in names if name in frame.f_locals]


def is_read(code: CodeType, arguments: list[Any]) -> bool:
    """Return whether a call is an attribute that is read, or Python's own way to use an object."""
    name = code.co_name
    if name.startswith("__") and name.endswith("__"):
        return name not in WRITTEN
    found = getattr_static(type(arguments[0]), name, None) if arguments else None
    return isinstance(found, property | cached_property)


class Trail:
    """Where a value goes, as ``sys.setprofile`` tells it.

    Parameters
    ----------
    values : iterable
        Followed from the start.
    """

    def __init__(self, values: Iterable[Any]) -> None:
        self.stays: list[tuple[str, list[str]]] = []
        self.forms: dict[type, None] = {}
        self._kept: dict[int, Any] = {}  # held, so that no other object gets its number
        self._texts: set[str | Path] = set()
        self._passed: set[CodeType] = set()
        self._open: dict[int, FrameType] = {}
        self._read: FrameType | None = None
        for value in values:
            self._keep(value, always=True)

    def __call__(self, frame: FrameType, event: str, result: Any) -> None:
        """Note a call that is handed the value, or what comes back of it."""
        if event == "return":
            if frame is self._read:
                self._read = None
            if self._open.pop(id(frame), None) is not None:
                self._keep(result)
        elif event == "call" and self._read is None and (module := module_of(frame)):
            self._entered(frame, module)

    def _entered(self, frame: FrameType, module: str) -> None:
        code, arguments = frame.f_code, given(frame)
        if code.co_name == "<module>" or not any(map(self._holds, arguments)):
            return
        if code.co_name == "__init__":
            self._keep(arguments[0])
        if "<" in code.co_qualname or code.co_filename == "<string>":
            return  # part of the function it stands in; what a dataclass is filled by
        self._open[id(frame)] = frame
        if is_read(code, arguments):
            self._read = frame
        elif code not in self._passed:
            self._passed.add(code)
            if not self.stays or self.stays[-1][0] != module:
                self.stays.append((module, []))
            self.stays[-1][1].append(code.co_qualname)

    def _keep(self, value: Any, *, always: bool = False, deep: int = 2) -> None:
        if isinstance(value, str | Path):
            if always or isinstance(value, Path) or "\n" in value:
                self._texts.add(value)
        elif not isinstance(value, COMMON) and value is not NOTHING:
            self._kept[id(value)] = value
            if type(value).__module__.startswith("sim."):
                self.forms[type(value)] = None
            for part in parts_of(value) if deep else ():
                self._keep(part, deep=deep - 1)

    def _holds(self, value: Any, deep: int = 2) -> bool:
        if isinstance(value, str | Path):
            return value in self._texts
        return id(value) in self._kept or (
            deep > 0 and any(self._holds(part, deep - 1) for part in parts_of(value))
        )


def parts_of(value: Any) -> Iterable[Any]:
    """Return what a plain collection holds, as far as it is looked at."""
    if type(value) is dict:
        value = list(value.values())
    return list(value)[:200] if type(value) in (list, tuple, set, frozenset) else ()


def followed(begin: Callable[[], Journey]) -> Trail:
    """Return where the value of a journey goes."""
    go, values = begin()
    go()  # what is loaded or compiled once is not part of it
    trail = Trail(values)
    sys.setprofile(trail)
    try:
        go()
    finally:
        sys.setprofile(None)
    return trail


def _compared(**more: Any) -> Any:
    return sim.compare(
        ["training-first"], organisation="small-firm", replicates=1, weeks=2, threads=1, **more
    )


def scenario() -> Journey:
    """A scenario's name, through placement, to the engine."""
    return _compared, ["training-first"]


def posterior() -> Journey:
    """A posterior sample, to the engine."""
    sets = sim.posterior.posterior(2)
    return lambda: _compared(parameter_sets=sets), [sets]


def _results() -> Any:
    return sim.compare(
        ["training-first", "everything"], organisation="small-firm", replicates=2, weeks=8
    )


def report() -> Journey:
    """Results, to a report."""
    from sim.report.document.build import build
    from sim.report.document.report_data import gather

    results = _results()
    return lambda: build(gather(results, threads=1)), [results]


def gathered() -> Journey:
    """Results, to all that a report is written from."""
    from sim.report.document.report_data import gather

    results = _results()
    return lambda: gather(results, threads=1), [results]


def placement() -> Journey:
    """The text of a plan's problem, to a plan in the engine and to its scenario file."""
    from sim.analysis.plan import loads_problem
    from sim.analysis.plan.evaluate import Evaluator, ReplicateSource
    from sim.analysis.plan.layout import Layout
    from sim.analysis.plan.placing import scenario_text
    from sim.analysis.plan.space import Space
    from sim.parameters import parameter_rows
    from sim.runner import load_organisation

    text = "name: p\nweeks: 12\ninterventions:\n  - access: {latest: week 4}\n"
    text += "  - role-specific practice: {label: practice, latest: week 8}\n"
    text += "objective: {what: share, of: habitual, at: week 12}\n"
    people, rows = load_organisation("small-firm"), parameter_rows()

    def go() -> None:
        problem = loads_problem(text, "p")
        layout = Layout(problem, people)
        plan = next(iter(Space(layout).plans(100_000) or ()))
        Evaluator(layout, ReplicateSource.of(rows, problem.scenario, 0), threads=1).values(
            [plan], 1
        )
        scenario_text(layout, plan, "p", "")

    return go, [text]


def upload() -> Journey:
    """A client's two files, to the page."""
    from sim.runner import load_organisation, load_scenario
    from sim.web.asked import read_upload
    from sim.web.server_state import ServerState
    from sim.web.session import Session

    people = "id,team,manager_id,role,level\n"
    people += "".join(
        f"p{i},Team,{'' if i == 0 else 'p0'},clerk,{2 - (i == 0)}\n" for i in range(6)
    )
    ties = "source,target,kind,weight\n"
    ties += "".join(f"p{i},p{(i + 1) % 6},advice,1\n" for i in range(6))
    files = [np.frombuffer(text.encode(), np.uint8) for text in (people, ties)]
    name, firm = "training-first", "small-firm"
    state = ServerState(
        {name: load_scenario(name)}, (name,), firm, {firm: load_organisation(firm)},
        replicates=2, threads=1,
    )  # fmt: skip
    message = dict(zip(("people", "ties"), files, strict=True))
    return lambda: Session(state).show(read_upload(message, state.limits)), [message, *files]


def trust() -> Journey:
    """A person, through a week, agent by agent."""
    model = sim.UptakeModel("everything", seed=1, organisation="small-firm", engine="agents")
    return model.step, [model.person(5)]


JOURNEYS: dict[str, tuple[Callable[[], Journey], str, tuple[int, int], str]] = {
    "scenario": (
        scenario, "a scenario's name → `runner` → `scenario` → `case` → engine", (26, 10),
        "two ways to place a scenario and set its parameters",
    ),
    "placement": (
        placement, "a plan's problem → `layout` → `case` → engine; → YAML", (44, 22),
        "its own overlay, reading of records, and YAML serialiser",
    ),
    "report": (
        report, "results → `report_data` → sections → HTML", (67, 26),
        "reading CSV back by its headings",
    ),
    "gathered": (
        gathered, "of these, to all that the sections are written from", (24, 18),
        "three private ways to run a scenario again",
    ),
    "posterior": (
        posterior, "posterior sample → `case.overlay` → engine", (4, 4), "three of four overlays",
    ),
    "upload": (
        upload, "two files → `tables` → `organisation` → payload", (38, 19),
        "a second count of who is typical; one reader of tables, see [tables](tables.md)",
    ),
    "trust": (
        trust, "a person through a week, agent by agent (`abm/agents`)", (4, 1),
        "`receive` → `step` → `choose` → `outcomes_of_person`",
    ),
}  # fmt: skip
"""What is followed, in words; its stays and forms before cases, measures and numbers were fused, by
the same count; and what went since."""

ABOUT = Path(__file__).parent / "architecture.md"
BEGIN, END = "<!-- written by docs/journeys.py --write -->\n\n", "\n\n<!-- as far as here -->"


def table(trails: dict[str, Trail]) -> str:
    """Return the table of the map."""
    rows = ["| journey | stays | at first | forms | at first | what went |", "| --- |" * 6]
    rows[1] = rows[1].replace("||", "|")
    for name, trail in trails.items():
        _, said, (stays, forms), went = JOURNEYS[name]
        rows.append(
            f"| {said} | {len(trail.stays)} | {stays} | {len(trail.forms)} | {forms} | {went} |"
        )
    return "\n".join(rows)


if __name__ == "__main__":
    asked = [name for name in sys.argv[1:] if name != "--write"]
    trails = {name: followed(JOURNEYS[name][0]) for name in asked or JOURNEYS}
    for trail in trails.values() if asked else ():
        for number, (module, functions) in enumerate(trail.stays, 1):
            print(f"{number:4} {module:36} {' '.join(functions)}")
        print("    ", ", ".join(form.__name__ for form in trail.forms))
    if "--write" in sys.argv[1:] and not asked:
        text = ABOUT.read_text("utf-8")
        before, after = text.partition(BEGIN)[0], text.partition(END)[2]
        ABOUT.write_text(f"{before}{BEGIN}{table(trails)}{END}{after}", "utf-8")
    print(table(trails))
