"""What people perceive, draw, and show in a week, besides what ``block`` works out for many."""

from __future__ import annotations

import numpy as np

from sim.engine import rows as at
from sim.engine.compiling import compiled
from sim.randomness import Stream
from sim.rules import (
    adopts_at_threshold,
    climate_after_week,
    readiness_after_week,
    stream_key,
    uniform,
)
from sim.schedule import Decision
from sim.state import TIE_CLOSE, TIE_UPWARD, Flag

__all__ = ["decide_plainly", "draw", "lead", "listen", "tell"]

_ACCESS_FLAG, _ACTIVATED_FLAG, _SEEN_FLAG = int(Flag.ACCESS), int(Flag.ACTIVATED), int(Flag.SEEN)
_ADOPTED_FLAG, _CHAMPION_FLAG = int(Flag.ADOPTED), int(Flag.CHAMPION)
_LOGIT, _BASS = int(Decision.LOGIT), int(Decision.BASS)
_THRESHOLD_COUNT = int(Decision.THRESHOLD_COUNT)
_S_BASS = int(Stream.BASS)
_UPWARD, _CLOSE = int(TIE_UPWARD), int(TIE_CLOSE)
_BLOCK = np.uint64(at.BLOCK)
_TWELVE_WEEKS = np.uint64(2**48 - 1)
_FOUR_BITS = np.uint64(4)


@compiled
def lead(managers, team_manager, narrow, climate, ritual, punished, p):
    """Let managers' readiness drift, and the climate of teams follow them."""
    for m in managers:
        mine, k = narrow[m // _BLOCK], m % _BLOCK
        mine[at.READINESS + k] = readiness_after_week(
            np.float64(mine[at.READINESS + k]), np.float64(mine[at.CONFIDENCE + k]),
            p.readiness_rate,
        )  # fmt: skip
    for t in range(len(team_manager)):
        readiness = climate[t]
        if team_manager[t] >= 0:
            m = np.uint64(team_manager[t])
            readiness = np.float64(narrow[m // _BLOCK, at.READINESS + m % _BLOCK])
        climate[t] = climate_after_week(
            climate[t], readiness, min(ritual[t], 1.0), min(punished[t], 1.0),
            p.climate_rate, p.ritual_gain, p.punish_loss,
        )  # fmt: skip
        ritual[t] = 0.0
        punished[t] = 0.0


@compiled
def listen(
    s, tie_start, tie_target, tie_weight, tie_flags, manager, wide, narrow, before,
    first, size, upward_loss,
):  # fmt: skip
    """Read every neighbour and the manager of a block's people once."""
    for j in range(size):
        k, i = np.uint64(j), np.uint64(first + j)
        heard_trust = heard_mistake = heard_job = 0.0
        norm = own_norm = hearsay = failure = 0.0
        begin, end = np.uint64(tie_start[i]), np.uint64(tie_start[i + np.uint64(1)])
        for e in range(begin, end):
            other, w, kind = before[tie_target[e]], tie_weight[e], tie_flags[e]
            heard_trust += w * other.trust
            heard_mistake += w * other.fear_mistake
            heard_job += w * other.fear_job
            peer = w * (1.0 - upward_loss) if kind & _UPWARD else w
            close = w if kind & _CLOSE else 0.0
            norm += peer * other.use_seen
            hearsay += peer * other.report
            failure += peer * other.failure_seen
            own_norm += close * other.own_use_seen
        alone = begin == end
        s[at.HEARD_TRUST + k] = wide[at.TRUST_ANCHOR + k] if alone else heard_trust
        s[at.HEARD_MISTAKE + k] = wide[at.MISTAKE_ANCHOR + k] if alone else heard_mistake
        s[at.HEARD_JOB + k] = wide[at.JOB_ANCHOR + k] if alone else heard_job
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


@compiled
def draw(
    s, keys, teams, small, climate, first, size, luck_use, luck_own, luck_failure
):  # fmt: skip
    """Give a block's people their luck of the week, their climate and their flags."""
    begin = np.uint64(first)
    for j in range(at.BLOCK):
        k = np.uint64(j)
        key = keys[begin + k]
        s[at.LUCK_USE + k] = uniform(luck_use, key)
        s[at.LUCK_OWN + k] = uniform(luck_own, key)
        s[at.LUCK_FAILURE + k] = uniform(luck_failure, key)
    for j in range(at.BLOCK):
        k = np.uint64(j)
        mine = small[at.FLAGS + k]
        s[at.ACCESS + k] = 1.0 if mine & _ACCESS_FLAG else 0.0
        s[at.SEEN + k] = 1.0 if mine & _SEEN_FLAG else 0.0
        s[at.CHAMPION + k] = 1.0 if mine & _CHAMPION_FLAG else 0.0
    for j in range(size):
        k = np.uint64(j)
        s[at.CLIMATE + k] = climate[teams[begin + k]]


@compiled
def decide_plainly(
    s, keys, tie_start, tie_target, tie_weight, narrow, small, before, bass, seed, first, size,
    decision,
):  # fmt: skip
    """Replace the choice by a hard threshold or by the Bass curve; adopters stay."""
    luck = stream_key(seed, np.uint64(_S_BASS), np.uint64(0))
    for j in range(size):
        k, i = np.uint64(j), first + j
        if decision == _BASS:
            adopts = uniform(luck, keys[i]) < bass
        else:
            around = 0.0
            for e in range(tie_start[i], tie_start[i + 1]):
                if before[tie_target[e]].use_seen > 0.0:
                    around += 1.0 if decision == _THRESHOLD_COUNT else tie_weight[e]
            adopts = adopts_at_threshold(around, np.float64(narrow[at.THRESHOLD + k]))
        if adopts:
            small[at.FLAGS + k] |= _ADOPTED_FLAG
        s[at.DAYS + k] = 5.0 if small[at.FLAGS + k] & _ADOPTED_FLAG else 0.0
        s[at.OWN_DAYS + k] = 0.0


@compiled
def tell(s, small, history, after, first, size, decision):
    """Write down days and flags, and what others will perceive next week."""
    begin = np.uint64(first)
    for j in range(at.BLOCK):
        k = np.uint64(j)
        days, own_days = s[at.DAYS + k], s[at.OWN_DAYS + k]
        flags = small[at.FLAGS + k]
        flags |= _SEEN_FLAG if s[at.SEEN + k] > 0.0 else 0
        flags |= _ACTIVATED_FLAG if days > 0.0 else 0
        small[at.FLAGS + k] = flags
        small[at.DAYS_KEPT + k] = np.uint8(days)
        small[at.OWN_DAYS_KEPT + k] = np.uint8(own_days)
        history[k] = ((history[k] << _FOUR_BITS) | np.uint64(np.uint8(days))) & _TWELVE_WEEKS
    for j in range(size):
        k = np.uint64(j)
        days = s[at.DAYS + k]
        seen = s[at.USE_SEEN + k] if decision == _LOGIT else days * 0.2
        mine = after[begin + k]
        mine.trust = s[at.TRUST + k]
        mine.fear_mistake = s[at.MISTAKE + k]
        mine.fear_job = s[at.JOB + k]
        mine.use_seen = seen
        mine.own_use_seen = s[at.OWN_DAYS + k] * 0.2
        mine.report = seen * s[at.KEPT_USEFULNESS + k]
        mine.failure_seen = s[at.FAILURE_SEEN + k]
