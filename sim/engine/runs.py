"""Many runs without returning to Python: scenarios × parameter sets × seeds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.engine import rows as at
from sim.engine.act import act, count_access, drive_of_week, gives_access, quality_of_tool
from sim.engine.block import choose, compute_barriers, experience, leave_out
from sim.engine.compiling import entry_point
from sim.engine.initialise import begin_run
from sim.engine.memory import EffectTable, Memory, PopulationArrays
from sim.engine.recording import (
    DRIVER_ROWS,
    add_people,
    add_teams,
    classify,
    uncount,
    write_means,
    write_people,
)
from sim.engine.week import (
    count_present,
    decide_plainly,
    draw,
    lead,
    listen,
    look_ahead,
    note_access,
    publish,
    pull,
    see_teams,
    share_seen,
)
from sim.randomness import Stream
from sim.rules import habit_gain, hazard_of_chance, stream_key
from sim.theories import Decision

BEGIN, ANEW, OPEN, CLOSE = 1, 2, 4, 8
"""Parts of a run beside everybody's own weeks: its start; counting anew, in the first week, who may
use the tool; and of each week, what comes before everybody's own, and after."""
_IN_CACHE = 4096
"""People whose state the processor's own cache holds: of more, some is fetched ahead."""

_LOGIT, _BASS = int(Decision.LOGIT), int(Decision.BASS)
_HAZARD_SHARE, _HAZARD_COUNT = int(Decision.HAZARD_SHARE), int(Decision.HAZARD_COUNT)
_S_THRESHOLD = int(Stream.THRESHOLD)
_S_TRAIT_OF_TAKE_UP, _S_TRAIT_OF_CHOICE = int(Stream.TRAIT_OF_TAKE_UP), int(Stream.TRAIT_OF_CHOICE)


def whole(population: PopulationArrays, *, begins: bool) -> tuple[int, int, int]:
    """Return the parts of a run, and the sections, when one thread goes through them all."""
    parts = ANEW | OPEN | CLOSE
    return parts | BEGIN if begins else parts, 0, len(population.section_start) - 1


# One function: every level of calls hands over all arrays anew.
@entry_point
def advance_runs(  # noqa: C901
    first: int, last: int, parts: int, first_section: int, last_section: int, first_week: int,
    last_week: int, population: PopulationArrays, effect_table: EffectTable,
    effect_start: NDArray[np.int64], memory: Memory, parameters: NDArray[np.void],
    decisions: NDArray[np.void], seeds: NDArray[np.uint64], checkpoints: NDArray[np.bool_],
    weekly: NDArray[np.float64], teams: NDArray[np.float32], team_rows: NDArray[np.uint64],
    drivers: NDArray[np.float32], people: NDArray[np.uint8], first_recorded: int,
) -> None:  # fmt: skip
    """Simulate the runs ``first`` to ``last`` (exclusive) one after the other.

    Run ``r`` is scenario ``r // (P · S)``, parameter set ``r // S % P``, and of its seeds
    ``r % S``.
    Everybody updates at once, from last week's side of ``memory.visible``; people are worked
    on block by block, and each neighbour is read once.

    - ``parts``: what to do beside people's own weeks, of ``BEGIN`` and so on, added up. Without
      ``BEGIN`` the one run in ``memory`` goes on.
    - ``first_section``, ``last_section``: of ``population.section_start``, the last exclusive:
      whose own weeks to simulate. Threads may share the sections of a week, each with a
      ``memory_beside``.
    - ``first_week``, ``last_week``: the weeks to simulate (the last exclusive); week 0 is the
      first.
    - ``replicate``, ``plan``, ``memory``: the organisation, the plans of all scenarios in one
      table, and room for one run.
    - ``effect_start``, shape (C + 1,): scenario ``c`` has the rows ``effect_start[c]:effect_start[c
      + 1]``.
    - ``parameters``, shape (C, P)
    - ``decisions``, shape (C,)
    - ``seeds``, shape (P, S)
    - ``checkpoints``, shape (weeks,): weeks, of those to simulate, at which drivers are recorded.
    - ``weekly``, shape (C · P · S, weeks, n_outcomes)
    - ``teams``, shape (C · P · S, weeks, n_teams, n_rows)
    - ``team_rows``, shape (n_rows,): rows of a block whose means teams receive; see ``rows_of``.
    - ``drivers``, shape (C · P · S, n_checkpoints, n_teams, n_drivers): or (1, 1, 0, n_drivers),
      without checkpoints
    - ``people``, shape (n_recorded, weeks, n_people, n_person_record)
    - ``first_recorded``: the first of the ``n_recorded`` runs whose people are recorded.
    """
    n_sets, n_seeds, n_people = parameters.shape[1], seeds.shape[1], len(population.team)
    large, n_present = n_people > _IN_CACHE, count_present(population.team_size)
    starts = population.section_start
    s, marks, visible = memory.block, memory.marks, memory.visible
    of_team, held = memory.sums[0], memory.sums[1]
    for run in range(first, last):
        scenario = run // (n_sets * n_seeds)
        seed = seeds[run // n_seeds % n_sets, run % n_seeds]
        rows = effect_table.effects[effect_start[scenario] : effect_start[scenario + 1]]
        p, chosen = parameters[scenario, run // n_seeds % n_sets], decisions[scenario]
        decision, codes = chosen.rule, (chosen.codes[0], chosen.codes[1])
        of_take_up, of_choice = chosen.settings[0], chosen.settings[1]
        own = (  # as tuples: what a loop over people reads of them, it reads once
            (of_take_up[0], of_take_up[1], of_take_up[2], of_take_up[3], of_take_up[4],
             of_take_up[5]),
            (of_choice[0], of_choice[1], of_choice[2], of_choice[3], of_choice[4], of_choice[5]),
        )  # fmt: skip
        traits = (
            stream_key(seed, np.uint64(_S_TRAIT_OF_TAKE_UP), np.uint64(0)),
            stream_key(seed, np.uint64(_S_TRAIT_OF_CHOICE), np.uint64(0)),
        )
        if parts & BEGIN:
            begin_run(population, memory, rows, p, seed, decision, chosen.own_thresholds)
        prompting = decision in (_LOGIT, _HAZARD_SHARE, _HAZARD_COUNT)
        rates = (p.takeup_alone, p.takeup_team, p.takeup_ties)
        no_rates = (0.0, 0.0, 0.0)
        rate = p.habit_rate
        gains = (
            habit_gain(1.0, rate), habit_gain(2.0, rate), habit_gain(3.0, rate),
            habit_gain(4.0, rate), habit_gain(5.0, rate),
        )  # fmt: skip
        checkpoint = 0
        for w in range(last_week - first_week):
            week = first_week + w + 1
            now = (week - 1) % 2
            before, after = visible[now], visible[1 - now]
            of_teams = teams[run % len(teams), w % teams.shape[1]]
            of_drivers = drivers[run % len(drivers), checkpoint]
            quality = quality_of_tool(rows, p, week)
            everyone = share_seen(memory.seen, population.team_size, n_present)
            at_hand = ((everyone, float(week), traits[0]), (everyone, float(week), traits[1]))
            if decision == _BASS:
                hazard = hazard_of_chance(min(p.bass_p + p.bass_q * everyone, 1.0))
                rates = (hazard, 0.0, 0.0)
            if parts & OPEN:
                act(
                    population, rows, effect_table.audience_start, effect_table.audience_member,
                    memory, before, p, seed, week, prompting,
                )  # fmt: skip
                lead(
                    population.managers, population.team_manager, memory.narrow, memory.history,
                    memory.climate, memory.usual_climate, memory.ritual, memory.punished, p,
                )  # fmt: skip
                if decision == _BASS:
                    memory.pull[:] = np.float32(1.0)
                else:
                    pull(population, memory, p, seed, week, drive_of_week(rows, week))
                anew = w == 0 and parts & ANEW
                memory.access[1] = 0
                if anew or gives_access(rows, week):  # but perhaps to those who have it
                    with_access = count_access(memory.small)
                    memory.access[1] = 1 if anew or with_access != memory.access[0] else 0
                    memory.access[0] = with_access
                memory.present[:] = 0.0
            access_changes = memory.access[1] != 0
            stream_threshold = stream_key(seed, np.uint64(_S_THRESHOLD), np.uint64(week))
            section = first_section
            for block in range(starts[first_section], starts[last_section]):
                section += 1 if block == starts[section + 1] else 0
                lanes = memory.lanes[section]
                begin = block * at.BLOCK
                size = min(at.BLOCK, n_people - begin)
                wide, narrow, small = memory.wide[block], memory.narrow[block], memory.small[block]
                values, task = population.values[block], population.task[block]
                history, keys = memory.history[block], population.key[begin : begin + at.BLOCK]
                if access_changes:
                    note_access(
                        population.tie_start, population.tie_target, population.tie_weight,
                        population.tie_flags,
                        narrow, memory.small, begin, size, 1.0 - p.peer_upward,
                    )  # fmt: skip
                listen(
                    s, population.tie_start, population.tie_target, population.tie_weight,
                    population.tie_flags, population.manager, wide, memory.narrow, before, begin,
                    size, 1.0 - p.peer_upward,
                )  # fmt: skip
                draw(
                    s, population.key, population.team, population.team_start, small,
                    memory.climate, memory.pull, memory.seen, begin, size, seed, week,
                )  # fmt: skip
                if large and block + 1 < len(memory.narrow):
                    ahead = begin + at.BLOCK
                    look_ahead(
                        population.tie_start, population.tie_target, population.manager, before,
                        population.values[block + 1], memory.wide[block + 1],
                        memory.narrow[block + 1], ahead, min(at.BLOCK, n_people - ahead),
                    )  # fmt: skip
                choose(
                    s, wide, narrow, small, values, task, p, keys, quality,
                    rates if decision == _LOGIT else no_rates, at_hand, codes, own,
                )  # fmt: skip
                if decision != _LOGIT:
                    decide_plainly(
                        s, population.tie_start, population.tie_target, population.tie_weight,
                        narrow, small, memory.small, before, rates, begin, size, decision,
                    )  # fmt: skip
                if n_present < n_people:
                    leave_out(s, wide, narrow, small, history)
                if checkpoints[w]:
                    compute_barriers(
                        s, wide, narrow, values, task, p, keys, at_hand[1], codes[1], own[1]
                    )
                    add_teams(
                        held, of_drivers, DRIVER_ROWS, s, wide, narrow, marks, population.team,
                        population.team_start, population.team_size, begin, size,
                    )  # fmt: skip
                experience(s, wide, narrow, small, p, gains, quality)
                if n_present < n_people:
                    leave_out(s, wide, narrow, small, history)
                publish(
                    s, narrow, small, history, after, population.key, population.team,
                    population.team_start, memory.present, population.standing, p,
                    stream_threshold, begin, size, decision,
                )  # fmt: skip
                classify(marks, s, wide, narrow, small, history, p, week)
                if n_present < n_people:
                    uncount(marks, small)
                add_people(lanes, s, wide, narrow, marks, size)
                if len(of_teams):
                    add_teams(
                        of_team, of_teams, team_rows, s, wide, narrow, marks, population.team,
                        population.team_start, population.team_size, begin, size,
                    )  # fmt: skip
                if 0 <= run - first_recorded < len(people):
                    write_people(people[run - first_recorded, w], s, narrow, small, begin, size)
            if parts & CLOSE:
                see_teams(memory.seen, memory.present, population.team_size)
                write_means(weekly[run, w], memory.lanes, n_present)
            if checkpoints[w]:
                checkpoint += 1
