"""1 · The answer, and how sure it is."""

from __future__ import annotations

from typing import Any

from sim.page.sentence import sentence
from sim.report.document.material import Material
from sim.report.document.numbers import band, change, interval, level, of_worlds, plain_share
from sim.results import Comparison
from sim.results.verdict import points, range_note, share

__all__ = ["answer"]


def answer(material: Material) -> dict[str, Any]:
    """Return the sentence at the head, the plans' levels, and three kinds of doubt."""
    results = material.results
    return {
        "sentence": sentence(results),
        "verdict": results.verdict().split("\n")[0],
        "note": range_note(results),
        "plans": [
            {
                "index": plan,
                "name": results.names[plan],
                "purpose": results.scenarios[plan].purpose,
                "habitual": level(results.estimate("habitual", plan)),
                "mean": plain_share(results.estimate("habitual", plan).mean),
                "band": band(results.estimate("habitual", plan)),
                "users": level(results.estimate("weekly_users", plan)),
                "own": level(results.estimate("own_tool_users", plan)),
                "hours": level(results.estimate("hours", plan), "hours/person"),
            }
            for plan in range(len(results.names))
        ],
        "ahead": _ahead(material),
        "doubts": [_chance(material), _parameters(material), _structure(material)],
    }


def _ahead(material: Material) -> dict[str, Any] | None:
    results = material.results
    if not isinstance(results, Comparison) or len(material.order) < 2:
        return None
    first, second = material.order[:2]
    d = results.difference("habitual", first, second)
    return {
        "first": results.names[first],
        "second": results.names[second],
        "change": change(d),
        "interval": interval(d),
        "worlds": of_worlds(d.ahead),
        "beyond": d.beyond_chance,
    }


def _chance(material: Material) -> dict[str, str]:
    results = material.results
    title = "Chance in the model"
    if not isinstance(results, Comparison) or len(material.order) < 2:
        e = results.estimate("habitual", 0)
        said = f"The middle 80% of {results.n_worlds} worlds lies at {band(e)}."
        return {"title": title, "said": said}
    first, second = material.order[:2]
    d = results.difference("habitual", first, second)
    said = (
        f"{results.names[first]} is ahead of {results.names[second]} in {share(d.ahead)} of "
        f"{d.worlds} worlds, behind in {share(d.behind)}; the 95% interval of the mean "
        f"difference is {interval(d)} points."
    )
    return {"title": title, "said": said}


AGREE = "parameter sets that agree with the published targets as far as the model can"


def _parameters(material: Material) -> dict[str, str]:
    doubt, names, parts = material.doubt, material.results.names, material.doubt.parts
    title = "Doubt about the parameters"
    if parts is None:
        said = f"Over {doubt.sets} {AGREE}, the middle 80% lies at {band(doubt.levels[0])}."
        return {"title": title, "said": said}
    first, second = material.order[:2]
    level_sets = 1 - sum(doubt.first)
    level_said = f"; in {share(level_sets)} they are exactly level" if level_sets > 1e-9 else ""
    said = (
        f"Over {doubt.sets} {AGREE}, {names[first]} comes first in {share(doubt.first[first])} "
        f"and {names[second]} in {share(doubt.first[second])}{level_said}. The middle 80% of "
        f"differences is {points(parts.low, signed=True)} to {points(parts.high, signed=True)} "
        f"points."
    )
    return {"title": title, "said": said}


def _structure(material: Material) -> dict[str, str]:
    title = "Doubt about the model itself"
    tried = material.structure[1:]
    if material.doubt.parts is None:
        lowest = min(tried, key=lambda one: one.levels[0].mean)
        highest = max(tried, key=lambda one: one.levels[0].mean)
        said = (
            f"With one of {len(tried)} mechanisms taken out at a time, habitual use ends between "
            f"{share(lowest.levels[0].mean)} (without {words(lowest.mechanism)}) and "
            f"{share(highest.levels[0].mean)} (without {words(highest.mechanism)})."
        )
        return {"title": title, "said": said}
    turned = [words(one.mechanism) for one in tried if one.turned]
    kept = [one for one in tried if one.ahead and one.ahead.low > 0]
    said = (
        f"With one of {len(tried)} mechanisms taken out at a time, the same plan stays ahead "
        f"beyond chance in {len(kept)}, the other one is ahead beyond chance in {len(turned)}"
        + (f" (without {', '.join(turned)})" if turned else "")
        + f"; in {len(tried) - len(kept) - len(turned)} the difference is no larger than chance. "
        "Whether people behave as the model says cannot be told from inside it."
    )
    return {"title": title, "said": said}


def words(mechanism: str) -> str:
    """Return a mechanism in words."""
    return mechanism.replace("_", " ")
