"""A week outside ``block``: managers, what people hear, random numbers, visible state."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.engine import rows as at
from sim.engine.compiling import compiled, fetch, part
from sim.engine.memory import CACHE_LINE, STANDING_STEPS
from sim.randomness import Stream
from sim.rules import (
    adopts_at_threshold,
    climate_after_week,
    exposure_needed,
    group_effect_after_week,
    hazard_of_beginning,
    normal_of,
    pull_of_group,
    readiness_after_week,
    stream_key,
    uniform,
)
from sim.rules.numbers import WORKDAY, WORKDAYS
from sim.state import TIE_CLOSE, TIE_UPWARD, Flag
from sim.theories import Decision

_ACCESS_FLAG, _ACTIVATED_FLAG, _SEEN_FLAG = int(Flag.ACCESS), int(Flag.ACTIVATED), int(Flag.SEEN)
_ADOPTED_FLAG, _CHAMPION_FLAG = int(Flag.ADOPTED), int(Flag.CHAMPION)
_CONSIDERS_FLAG = int(Flag.CONSIDERS)
_LOGIT, _BASS = int(Decision.LOGIT), int(Decision.BASS)
_THRESHOLD_SHARE, _THRESHOLD_COUNT = int(Decision.THRESHOLD_SHARE), int(Decision.THRESHOLD_COUNT)
_HAZARD_SHARE, _HAZARD_COUNT = int(Decision.HAZARD_SHARE), int(Decision.HAZARD_COUNT)
_S_TEAM_EFFECT, _S_FIRM_EFFECT = int(Stream.TEAM_EFFECT), int(Stream.FIRM_EFFECT)
_STREAMS = np.array(
    [(stream, int(at.row(f"uniform_{name}"))) for name, stream in at.STREAMS.items()], np.uint64
)
_UPWARD, _CLOSE = int(TIE_UPWARD), int(TIE_CLOSE)
_BLOCK = np.uint64(at.BLOCK)
_TWELVE_WEEKS = np.uint64(2**48 - 1)
_FOUR_BITS = np.uint64(4)
_LAST_WEEK = np.uint64(15)
_STEP = 1.0 / STANDING_STEPS
_KINDS_OF_TIE = (_UPWARD | _CLOSE) + 1
_1, _2, _3 = np.uint64(1), np.uint64(2), np.uint64(3)


@compiled
def lead(managers, team_manager, narrow, history, climate, usual, ritual, punished, p):
    """Let managers learn from their use, and the climate of teams follow them."""
    for m in managers:
        mine, k = narrow[m // _BLOCK], m % _BLOCK
        if not history[m // _BLOCK, k] & _LAST_WEEK:
            continue
        mine[at.READINESS + k] = readiness_after_week(
            np.float64(mine[at.READINESS + k]), np.float64(mine[at.CONFIDENCE + k]),
            p.readiness_rate,
        )  # fmt: skip
    for t in range(len(team_manager)):
        modelled = readiness = climate[t]
        if team_manager[t] >= 0:
            m = np.uint64(team_manager[t])
            readiness = np.float64(narrow[m // _BLOCK, at.READINESS + m % _BLOCK])
            modelled = min(max(readiness + usual[t], 0.0), 1.0)
        climate[t] = climate_after_week(
            climate[t], modelled, readiness, min(ritual[t], 1.0), min(punished[t], 1.0),
            p.climate_rate, p.ritual_gain, p.punish_loss,
        )  # fmt: skip
        ritual[t] = 0.0
        punished[t] = 0.0


@part
def count_present(team_size):
    """Return how many people are there, at least 1."""
    total = 0
    for t in range(len(team_size)):
        total += team_size[t]
    return max(total, 1)


@compiled
def share_seen(seen, team_size, n_present):
    """Return the share of those who are there that was seen using last week."""
    total = 0.0
    for t in range(len(seen)):
        total += seen[t] * team_size[t]
    return total / n_present


@compiled
def pull(population, memory, p, seed, week, drive):
    """Update the random effects of firm and teams, and the factors of the hazard they give."""
    n_teams = len(memory.effect)
    kept = p.takeup_memory
    if kept < 1.0:
        stream = stream_key(seed, np.uint64(_S_TEAM_EFFECT), np.uint64(week))
        for t in range(n_teams):
            z = normal_of(stream, population.team_key[t])
            memory.effect[t] = group_effect_after_week(
                memory.effect[t], kept, p.takeup_sigma_team, z
            )
        z = normal_of(stream_key(seed, np.uint64(_S_FIRM_EFFECT), np.uint64(week)), np.uint64(0))
        memory.firm[0] = group_effect_after_week(memory.firm[0], kept, p.takeup_sigma_firm, z)
    for t in range(n_teams):
        memory.pull[t] = pull_of_group(
            np.float64(memory.effect[t]) + np.float64(memory.firm[0]), p.takeup_trend, float(week),
            p.takeup_span, drive,
        )  # fmt: skip


@compiled
def note_access(
    tie_start, tie_target, tie_weight, tie_flags, narrow, small, first, size, upward_loss
):
    """Note how much of a block's people's attention is on people who may use the tool."""
    for j in range(size):
        could, i = 0.0, first + j
        for e in range(tie_start[i], tie_start[i + 1]):
            other, w = np.uint64(tie_target[e]), tie_weight[e]
            peer = w * (1.0 - upward_loss) if tie_flags[e] & _UPWARD else w
            if small[other // _BLOCK, at.FLAGS + other % _BLOCK] & _ACCESS_FLAG:
                could += peer
        narrow[at.COULD_NEAR + np.uint64(j)] = could


@compiled
def listen(
    s, tie_start, tie_target, tie_weight, tie_flags, manager, wide, narrow, before,
    first, size, upward_loss,
):  # fmt: skip
    """Read every neighbour and the manager of a block's people once."""
    # By kind of tie, the part of a weight that counts for each of the last four of ``VISIBLE``: a
    # table, so that they are worked on side by side.
    for kind in range(_KINDS_OF_TIE):
        peer = 1.0 - upward_loss if kind & _UPWARD else 1.0
        mine = at.ATTENTION + np.uint64(4 * kind)
        s[mine], s[mine + _1], s[mine + _2], s[mine + _3] = (
            peer, 1.0 if kind & _CLOSE else 0.0, peer, peer
        )  # fmt: skip
    for j in range(size):
        k, i = np.uint64(j), np.uint64(first + j)
        heard_trust = heard_mistake = heard_job = 0.0
        norm = own_norm = hearsay = failure = 0.0
        begin, end = np.uint64(tie_start[i]), np.uint64(tie_start[i + np.uint64(1)])
        for e in range(begin, end):
            other, w = before[tie_target[e]], tie_weight[e]
            heard_trust += w * other.trust
            heard_mistake += w * other.fear_mistake
            heard_job += w * other.fear_job
            kind = at.ATTENTION + _FOUR_BITS * np.uint64(tie_flags[e])
            norm += (w * s[kind]) * other.use_seen
            own_norm += (w * s[kind + _1]) * other.own_use_seen
            hearsay += (w * s[kind + _2]) * other.report
            failure += (w * s[kind + _3]) * other.failure_seen
        alone = begin == end
        s[at.HEARD_TRUST + k] = wide[at.TRUST_ANCHOR + k] if alone else heard_trust
        s[at.HEARD_MISTAKE + k] = wide[at.MISTAKE_ANCHOR + k] if alone else heard_mistake
        s[at.HEARD_JOB + k] = wide[at.JOB_ANCHOR + k] if alone else heard_job
        me = before[i]
        s[at.SAID_TRUST + k] = me.trust
        s[at.SAID_MISTAKE + k] = me.fear_mistake
        s[at.SAID_JOB + k] = me.fear_job
        s[at.NORM + k] = norm
        s[at.OWN_NORM + k] = own_norm
        s[at.HEARSAY + k] = hearsay
        s[at.FAILURE_NEAR + k] = failure
        m = manager[i]
        s[at.LED + k] = 0.0 if m < 0 else 1.0
        if m >= 0:
            leader = np.uint64(m)
            s[at.LEADER_READINESS + k] = narrow[leader // _BLOCK, at.READINESS + leader % _BLOCK]
            s[at.LEADER_USE + k] = before[leader].use_seen
            s[at.LEADER_TRUST + k] = before[leader].trust


@part
def _fetch_rows(rows):
    for k in range(0, len(rows), CACHE_LINE // rows.itemsize):
        fetch(rows, k)


@compiled
def look_ahead(
    tie_start, tie_target, manager, before, values, wide, narrow, first, size
):  # fmt: skip
    """Prefetch what the next block's people will read, while this one is worked on."""
    for e in range(tie_start[first], tie_start[first + size]):
        fetch(before, tie_target[e])
    for i in range(first, first + size):
        fetch(manager, i)
    _fetch_rows(values)
    _fetch_rows(wide)
    _fetch_rows(narrow)
    # Of the block after it, where its ties are.
    for i in range(first + size, min(first + 2 * size, len(manager)), 8):
        fetch(tie_start, i)


@compiled
def draw(
    s, keys, teams, team_start, small, climate, pulls, seen, first, size, seed, week
):  # fmt: skip
    """Give a block's people their random numbers of the week, their climate and their flags."""
    begin = np.uint64(first)
    for r in range(len(_STREAMS)):
        stream, top = stream_key(seed, _STREAMS[r, 0], np.uint64(week)), _STREAMS[r, 1]
        for j in range(at.BLOCK):
            k = np.uint64(j)
            s[top + k] = uniform(stream, keys[begin + k])
    for j in range(at.BLOCK):
        k = np.uint64(j)
        mine = small[at.FLAGS + k]
        s[at.ACCESS + k] = 1.0 if mine & _ACCESS_FLAG else 0.0
        s[at.SEEN + k] = 1.0 if mine & _SEEN_FLAG else 0.0
        s[at.CHAMPION + k] = 1.0 if mine & _CHAMPION_FLAG else 0.0
        s[at.CONSIDERS + k] = 1.0 if mine & _CONSIDERS_FLAG else 0.0
    start = 0
    while start < size:  # team by team: what all its people share is read once
        team = teams[begin + np.uint64(start)]
        until = min(team_start[team + 1] - first, size)
        safe, pulled, used = climate[team], np.float64(pulls[team]), np.float64(seen[team])
        for j in range(start, until):
            k = np.uint64(j)
            s[at.CLIMATE + k] = safe
            s[at.TEAM_PULL + k] = pulled
            s[at.TEAM_SEEN + k] = used
        start = until


@compiled
def decide_plainly(
    s, tie_start, tie_target, tie_weight, narrow, small, flags, before, rates, first, size, decision
):  # fmt: skip
    """Replace the choice by a hard threshold, or by the hazard of beginning; adopters stay.

    What is done for the tool makes people consider it here too; use is certain after it.
    """
    by_threshold = decision in (_THRESHOLD_SHARE, _THRESHOLD_COUNT)
    forgets = decision in (_HAZARD_SHARE, _HAZARD_COUNT)
    counted = decision in (_THRESHOLD_COUNT, _HAZARD_COUNT)
    for j in range(size):
        k, i = np.uint64(j), first + j
        around = could = 0.0
        for e in range(tie_start[i], tie_start[i + 1]):
            other = np.uint64(tie_target[e])
            weight = 1.0 if counted else tie_weight[e]
            around += weight if before[other].use_seen > 0.0 else 0.0
            if flags[other // _BLOCK, at.FLAGS + other % _BLOCK] & _ACCESS_FLAG:
                could += weight
        needed = np.float64(narrow[at.THRESHOLD + k])
        if by_threshold:
            adopts = adopts_at_threshold(around, needed)
        else:
            near = around if counted else around / max(could, 1e-300)
            alone, team, ties = rates
            hazard = s[at.ACCESS + k] * hazard_of_beginning(
                alone, team, s[at.TEAM_SEEN + k], ties, near, s[at.TEAM_PULL + k]
            )
            left = np.float32(needed - hazard)
            narrow[at.THRESHOLD + k] = left
            begins: Any = hazard > 0.0 and left <= 0.0
            adopts = begins or (s[at.CONSIDERS + k] > 0.0 and s[at.ACCESS + k] > 0.0)
        if adopts:
            small[at.FLAGS + k] |= _ADOPTED_FLAG
        adopted = small[at.FLAGS + k] & _ADOPTED_FLAG
        s[at.CONSIDERS + k] = 1.0 if adopted else s[at.CONSIDERS + k]
        s[at.FORGETS + k] = 0.0 if adopted or not forgets else s[at.FORGETS + k]
        s[at.DAYS + k] = WORKDAYS if adopted else 0.0
        s[at.OWN_DAYS + k] = 0.0


@compiled
def see_teams(seen, seen_now, team_size):
    """Say which share of each team was seen using this week, for the next."""
    for t in range(len(seen)):
        seen[t] = seen_now[t] / team_size[t] if team_size[t] > 0 else 0.0
        seen_now[t] = 0.0


@compiled
def publish(
    s, narrow, small, history, after, keys, teams, team_start, seen_now, standing, p, stream,
    first, size, decision,
):  # fmt: skip
    """Write down days and flags, and what others will perceive next week.

    Who forgets a tool that was only considered begins anew, like anybody, by random numbers of
    ``stream``.
    """
    begin, forgot = np.uint64(first), 0
    for j in range(at.BLOCK):
        k = np.uint64(j)
        forgot += 1 if s[at.FORGETS + k] > 0.0 else 0
    for j in range(at.BLOCK):
        k = np.uint64(j)
        days = s[at.DAYS + k]
        flags = small[at.FLAGS + k]
        flags |= _SEEN_FLAG if s[at.SEEN + k] > 0.0 else 0
        flags |= _ACTIVATED_FLAG if days > 0.0 else 0
        flags &= 255 - _CONSIDERS_FLAG
        flags |= _CONSIDERS_FLAG if s[at.CONSIDERS + k] > s[at.FORGETS + k] else 0
        small[at.FLAGS + k] = flags
        depth = small[at.DEPTH + k]
        small[at.DEPTH + k] = depth + np.uint8((days > 0.0) & (depth < 255))
        small[at.COMPELLED + k] = np.uint8(0)
        small[at.SHOWCASED + k] = np.uint8(0)
        history[k] = ((history[k] << _FOUR_BITS) | np.uint64(np.uint8(days))) & _TWELVE_WEEKS
    team = teams[begin]
    until, of_team = team_start[team + 1] - first, seen_now[team]
    for j in range(size):
        k = np.uint64(j)
        days = s[at.DAYS + k]
        seen = s[at.USE_SEEN + k] if decision == _LOGIT else days * WORKDAY
        mine = after[begin + k]
        mine.trust = s[at.TRUST + k]
        mine.fear_mistake = s[at.MISTAKE + k]
        mine.fear_job = s[at.JOB + k]
        mine.use_seen = seen
        mine.own_use_seen = s[at.OWN_DAYS + k] * WORKDAY
        mine.report = seen * np.float64(narrow[at.USEFULNESS + k])
        mine.failure_seen = s[at.FAILURE_SEEN + k]
        if j >= until:
            seen_now[team] = of_team
            team = teams[begin + k]
            until, of_team = team_start[team + 1] - first, seen_now[team]
        of_team += seen
    seen_now[team] = of_team
    if forgot == 0:
        return
    for j in range(size):
        k = np.uint64(j)
        if s[at.FORGETS + k] > 0.0:
            narrow[at.THRESHOLD + k] = exposure_needed(
                uniform(stream, keys[begin + k]), p.takeup_frailty, standing[begin + k] * _STEP,
                p.takeup_standing,
            )  # fmt: skip
