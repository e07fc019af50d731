"""Why, as plain data for a page: numbers, texts, lists; nothing that JSON cannot say."""

from __future__ import annotations

import math
from typing import Any

from sim.analysis.attribution.reruns import Rerun, Reruns
from sim.analysis.attribution.why import Why
from sim.contrast import Difference, Estimate

__all__ = ["to_json"]


def to_json(why: Why, reruns: Reruns | None = None, *, most: int | None = None) -> dict[str, Any]:
    """Return what was found as plain data; what is not defined is None.

    Parameters
    ----------
    reruns : Reruns, optional
        Left out where they are not simulated yet.
    most : int, optional
        At most this many re-runs, the first ones; all when None.
    """
    subject = why.subject
    return {
        "subject": subject.name,
        "person": subject.person,
        "people": len(subject.rows),
        "plan": why.plan,
        "week": why.week,
        "using": _estimate(why.using),
        "confidence": _estimate(why.confidence),
        "lost": _estimate(why.lost),
        "drivers": [
            {"name": part.name, "gain": _estimate(part.gain), "of_lost": _number(part.of_lost)}
            for part in why.drivers
        ],
        "manager": {
            "there": why.manager.there,
            "uses": _estimate(why.manager.uses),
            "trust": _estimate(why.manager.trust),
            "first_week": _number(why.manager.first_week),
            "gain": _estimate(why.manager.gain),
        },
        "ties": {
            "users": _estimate(why.ties.users),
            "seen": _estimate(why.ties.seen),
            "outside": why.ties.outside,
            "cut_off": _estimate(why.ties.cut_off),
            "gain": _estimate(why.ties.gain),
        },
        **({} if reruns is None else _reruns(reruns, most)),
    }


def _reruns(reruns: Reruns, most: int | None) -> dict[str, Any]:
    return {
        "base": _estimate(reruns.base),
        "worlds": reruns.replicates,
        "tried": len(reruns.ranked),
        "reruns": [_rerun(one) for one in reruns.ranked[:most]],
    }


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _estimate(e: Estimate) -> dict[str, Any]:
    names = ("mean", "low", "high", "band_low", "median", "band_high")
    return {name: _number(getattr(e, name)) for name in names} | {"worlds": e.replicates}


def _difference(d: Difference) -> dict[str, Any]:
    names = ("mean", "low", "high", "ahead", "level", "behind")
    return {name: _number(getattr(d, name)) for name in names} | {"worlds": d.replicates}


def _rerun(one: Rerun) -> dict[str, Any]:
    change = one.change
    return {
        "said": change.said,
        "how": change.how,
        "kind": change.kind,
        "week": change.week,
        "hours": change.hours,
        "level": _estimate(one.level),
        "effect": _difference(one.effect),
    }
