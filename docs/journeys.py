"""Count how many modules a journey through Uptake passes: ``python docs/journeys.py``.

What a call in one module of ``sim`` into another is, the interpreter tells; compiled loops and
imports are not seen. A *step* is a pair of modules of which one calls the other.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import sim


def module_of(frame: FrameType | None) -> str:
    """Return the module of ``sim`` that a frame is in; empty for any other."""
    name = frame.f_globals.get("__name__", "") if frame is not None else ""
    return name if isinstance(name, str) and name.partition(".")[0] == "sim" else ""


def counted(journey: Callable[[], Any]) -> tuple[int, int]:
    """Return how many modules a journey passes, and how many steps there are between them."""
    steps: set[tuple[str, str]] = set()

    def seen(frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and frame.f_code.co_name != "<module>":
            back, one = frame.f_back, module_of(frame)
            while back is not None and not module_of(back):
                back = back.f_back  # through a library
            other = module_of(back)
            if one and other and one != other:
                steps.add((other, one))

    journey()  # what is loaded or compiled once is not part of it
    sys.setprofile(seen)
    try:
        journey()
    finally:
        sys.setprofile(None)
    return len({name for step in steps for name in step}), len(steps)


def scenario() -> Any:
    """A scenario's name, through placement, to the engine."""
    return sim.compare(["training-first"], organisation="small-firm", replicates=1, weeks=2)


def posterior() -> Any:
    """A posterior sample, to the engine."""
    return sim.compare(
        ["training-first"], organisation="small-firm", replicates=1, weeks=2, parameter_sets=2
    )


def report() -> Any:
    """Results, to a report."""
    from sim.report.document.build import build
    from sim.report.document.report_data import gather

    results = sim.compare(
        ["training-first", "everything"], organisation="small-firm", replicates=2, weeks=8
    )
    return lambda: build(gather(results))


def placement() -> Any:
    """A plan of the planner, to the engine and to its scenario file."""
    from sim.analysis.plan import loads_problem
    from sim.analysis.plan.evaluate import Evaluator, ReplicateSource
    from sim.analysis.plan.layout import Layout, scenario_text
    from sim.analysis.plan.space import Space
    from sim.parameters import parameter_rows
    from sim.runner import load_organisation

    text = "name: p\nweeks: 12\ninterventions:\n  - access: {latest: week 4}\n"
    text += "  - role-specific practice: {label: practice, latest: week 8}\n"
    problem = loads_problem(text + "objective: {what: share, of: habitual, at: week 12}\n", "p")
    layout = Layout(problem, load_organisation("small-firm"))
    rows = parameter_rows()

    def go() -> None:
        plan = next(iter(Space(layout).plans(100_000) or ()))
        Evaluator(layout, ReplicateSource.of(rows, problem.scenario, 0)).values([plan], 1)
        scenario_text(layout, plan, "p", "")

    return go


def upload() -> Any:
    """A client's two files, to the page."""
    from sim.organisation import load
    from sim.page.payload import payload

    folder = Path(tempfile.mkdtemp())
    (folder / "people.csv").write_text(
        "id,team,manager_id,role,level\n"
        + "".join(f"p{i},Team,{'' if i == 0 else 'p0'},clerk,{2 - (i == 0)}\n" for i in range(6))
    )
    (folder / "ties.csv").write_text(
        "source,target,kind,weight\n" + "".join(f"p{i},p{(i + 1) % 6},advice,1\n" for i in range(6))
    )
    return lambda: payload(
        sim.compare(["licences-only"], organisation=load(folder), replicates=1, weeks=2)
    )


def trust() -> Any:
    """A person's trust through a week, agent by agent."""
    model = sim.UptakeModel("everything", seed=1, organisation="small-firm", engine="agents")
    return model.step


JOURNEYS: dict[str, Callable[[], Any]] = {
    "scenario → engine": lambda: scenario,
    "plan's placement → engine → YAML": placement,
    "results → report": report,
    "posterior → engine": lambda: posterior,
    "upload → page": upload,
    "a person's trust through a week": trust,
}

if __name__ == "__main__":
    for name, begin in JOURNEYS.items():
        try:
            modules, steps = counted(begin())
            print(f"| {name} | {modules} | {steps} |")
        except Exception as error:
            print(f"| {name} | {type(error).__name__}: {error} |")
