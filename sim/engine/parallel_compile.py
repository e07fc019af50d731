"""The first compile, in two processes side by side: each leaves its half in the cache."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from sim.compiler import numba
from sim.engine.act import act
from sim.engine.block import choose, compute_barriers, experience, leave_out
from sim.engine.compiling import is_compiled
from sim.engine.initialise import begin_run
from sim.engine.memory import effect_table_of, memory_of, population_arrays
from sim.engine.recording import (
    add_people,
    add_teams,
    classify,
    rows_of,
    uncount,
    write_means,
    write_people,
)
from sim.engine.runs import advance_runs
from sim.engine.week import (
    decide_plainly,
    draw,
    lead,
    listen,
    look_ahead,
    note_access,
    publish,
    pull,
    see_teams,
)
from sim.interventions.timeline import Timeline
from sim.outcomes import OUTCOMES, PERSON_RECORD
from sim.parameters import parameter_rows
from sim.processes import Helper

__all__ = ["compile_others", "compile_side_by_side"]

Part = tuple[Any, tuple[Any, ...]]


def _halves() -> tuple[Sequence[Part], Sequence[Part]]:
    """Return loops that ``advance_runs`` calls, with arguments of the types it passes."""
    from sim.organisation import template

    people = template(2)
    population, memory = population_arrays(people), memory_of(people.n_people, people.n_teams)
    effect_table = effect_table_of(Timeline.empty())
    p, key, s, before = parameter_rows()[0], np.uint64(0), memory.block, memory.visible[0]
    wide, narrow, small = memory.wide[0], memory.narrow[0], memory.small[0]
    values, task, history = population.values[0], population.task[0], memory.history[0]
    climate = memory.climate
    ties = (population.tie_start, population.tie_target, population.tie_weight)
    teams = np.zeros((people.n_teams, len(OUTCOMES)), np.float32)
    rows = rows_of([])
    bytes_of_people = np.zeros((people.n_people, len(PERSON_RECORD)), np.uint8)
    of_team, marks = memory.sums[0], memory.marks
    mine: list[Part] = [
        (begin_run, (population, memory, effect_table.effects, p, key, 0, False)),
        (act, (population, effect_table.effects, effect_table.audience_start,
                effect_table.audience_member, memory, before, p,
               key, 1, True)),
        (lead, (population.managers, population.team_manager, memory.narrow, memory.history,
                climate,
                memory.usual_climate, climate, climate, p)),
        (pull, (population, memory, p, key, 1, 0.5)),
        (note_access, (*ties, population.tie_flags, narrow, memory.small, 0, 1, 0.5)),
        (look_ahead, (*ties[:2], population.manager, before, values, wide, narrow, 0, 1)),
        (draw, (s, population.key, population.team, population.team_start, small, climate,
                memory.pull,
                memory.seen, 0, 1, key, key, key)),
        (decide_plainly, (s, *ties, narrow, small, memory.small, before, (0.5,) * 3, 0, 1, 0)),
        (publish, (s, narrow, small, history, before, population.key, population.team, climate,
                population.standing,
                p, key, 0, 1, 0)),
        (see_teams, (memory.seen, climate, population.team_size)),
        (leave_out, (s, wide, narrow, small, history)),
        (uncount, (marks, small)),
    ]  # fmt: skip
    others: list[Part] = [
        (choose, (s, wide, narrow, small, values, task, p, 0.5, (0.5,) * 3)),
        (experience, (s, wide, narrow, small, p, (0.5,) * 5, 0.5)),
        (compute_barriers, (s, narrow, values, task, p)),
        (classify, (marks, s, narrow, small, history, p, 1)),
        (add_people, (memory.lanes, s, wide, narrow, marks, 1)),
        (
            add_teams,
            (
                of_team,
                teams,
                rows,
                s,
                wide,
                narrow,
                marks,
                population.team,
                population.team_start,
                population.team_size,
                0,
                1,
            ),
        ),
        (write_people, (bytes_of_people, s, narrow, small, 0, 1)),
        (write_means, (of_team, memory.lanes, 1)),
        (
            listen,
            (
                s,
                *ties,
                population.tie_flags,
                population.manager,
                wide,
                memory.narrow,
                before,
                0,
                1,
                0.5,
            ),
        ),
    ]
    return mine, others


def _compile(parts: Sequence[Part]) -> None:
    for function, arguments in parts:
        function.compile(tuple(map(numba.typeof, arguments)))


def _second_process() -> Helper | None:
    if (os.cpu_count() or 1) < 2:
        return None
    try:
        return Helper(f"from {__name__} import compile_others; compile_others()")
    except OSError:
        return None


@cache
def compile_side_by_side() -> None:
    """Compile the engine's loops with a second process, where none are in the cache yet.

    Loop by loop, so that Ctrl-C is answered between them.
    """
    if is_compiled(advance_runs):
        return
    mine, others = _halves()
    if other := _second_process():
        try:
            _compile(mine)
            other.process.wait()
        finally:
            other.end()
    _compile([*mine, *others])  # what is in the cache now is only read


def compile_others() -> None:
    """Compile the half of the second process."""
    _compile(_halves()[1])
