"""Nothing in the search knows what an intervention is called, or where it stands in the file."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.analysis.plan import Planner, PlanProblem, loads_problem
from sim.analysis.plan.evaluate import Evaluator, ReplicateSource
from sim.analysis.plan.layout import Layout, Plan
from sim.analysis.plan.search import search
from sim.analysis.plan.space import Space
from sim.organisation import Organisation

FOUR = ("loyalty", "identity", "relationship", "capability")
TEXT = (
    "weeks: 20\ninterventions:\n"
    + "".join(f"  - {name} conversation: {{label: {name}, lasts: 2 weeks}}\n" for name in FOUR)
    + "timeline: [access: {start: week 3}]\n"
    + f"sequences: [{{of: [{', '.join(FOUR)}]}}]\n"
    + "objective: {what: area, of: weekly_users}\n"
)


def relabelled(problem: PlanProblem, order: tuple[int, ...]) -> PlanProblem:
    """Return the problem in which the conversation called ``i`` does what ``order[i]`` did."""
    items = []
    for own, other in zip(problem.items, (problem.items[k] for k in order), strict=True):
        name = type(own.base)
        kind = type(name.__name__, (type(other.base),), {"kind": own.base.kind})
        base = kind.model_construct(**{f: getattr(other.base, f) for f in kind.model_fields})
        items.append(replace(other, label=own.label, base=base))
    return replace(problem, items=tuple(items))


def best(problem: PlanProblem, people: Organisation, rows: np.ndarray, **how: object) -> Plan:
    space = Space(Layout(problem, people))
    replicates = ReplicateSource.of(rows, problem.scenario, 0)
    evaluator = Evaluator(space.layout, replicates, threads=1)
    return search(space, evaluator, **how).ranked[0]  # type: ignore[arg-type]


def in_words(problem: PlanProblem, plan: Plan, names: tuple[str, ...]) -> dict[str, int]:
    return {names[row]: start for row, start in enumerate(plan.starts)}


@pytest.mark.slow
@pytest.mark.parametrize("order", [(3, 2, 1, 0), (1, 2, 3, 0)])
def test_relabelled_conversations_relabel_the_answer(
    small_firm: Organisation, rows: np.ndarray, order: tuple[int, ...]
) -> None:
    # the first in order is free to start in weeks 1, 5, 9 and 13: 96 decisions and more
    rows = rows.copy()
    rows["considers_start"], rows["takeup_forget"] = 1.0, 0.0  # else prompts draw by the kind
    problem = replace(loads_problem(TEXT), step=4)
    original = best(problem, small_firm, rows, runs=2500)
    answer = best(relabelled(problem, order), small_firm, rows, runs=2500)
    does = tuple(FOUR[k] for k in order)  # what is called FOUR[i] does what does[i] did
    assert in_words(problem, answer, does) == in_words(problem, original, FOUR)


@pytest.mark.slow
def test_relabelled_conversations_relabel_the_whole_answer(
    small_firm: Organisation, rows: np.ndarray
) -> None:
    order = (2, 0, 3, 1)
    rows = rows.copy()
    rows["considers_start"], rows["takeup_forget"] = 1.0, 0.0  # else prompts draw by the kind
    problem = replace(loads_problem(TEXT), step=4)
    answers = []
    for one, does in ((problem, FOUR), (relabelled(problem, order), [FOUR[k] for k in order])):
        called = dict(zip(FOUR, does, strict=True))
        answer = Planner(one, small_firm, rows, runs=1200, report=20, threads=1).answer()
        plans = [in_words(one, row.plans[0], tuple(does)) for row in answer.plans]
        parts = {
            (called[e.label], e.change): (e.worth and e.worth.mean, bool(e.breaks))
            for e in answer.ablations
        }
        estimates = [row.estimates[0].mean for row in answer.plans]
        answers.append((plans[0], parts, estimates[0], answer.roadmap.curves["weekly_users"]))
    first, second = answers
    assert first[0] == second[0]
    assert first[1] == second[1]
    assert first[2] == second[2]
    np.testing.assert_array_equal(first[3], second[3])


def test_the_place_in_the_file_does_not_matter(small_firm: Organisation, rows: np.ndarray) -> None:
    found = set()
    for order in [(0, 1, 2, 3), (3, 1, 0, 2)]:
        lines = TEXT.splitlines()
        entries = [lines[2 + k] for k in order]
        text = "\n".join([*lines[:2], *entries, *lines[6:]])
        problem = replace(loads_problem(text), step=4)
        plan = best(problem, small_firm, rows, runs=2500)
        found.add(frozenset(in_words(problem, plan, problem.labels).items()))
    assert len(found) == 1


def test_names_take_no_part_in_a_search_of_a_large_space(
    problem: PlanProblem, small_firm: Organisation, rows: np.ndarray
) -> None:
    wide = replace(problem, step=1)
    swapped = replace(
        wide,
        items=tuple(
            replace(item, label=other.label)
            for item, other in zip(wide.items, reversed(wide.items), strict=True)
        ),
    )
    both = [best(one, small_firm, rows, runs=500, seed=4) for one in (wide, swapped)]
    assert both[0] == both[1]
