"""Three kinds of doubt about a difference in words: chance, parameters, structure.

*Chance* is how far replicates differ under one parameter set. *Parameters* is how far the mean
difference moves from one parameter set to another. *Structure* is how far it moves when one
mechanism at a time is switched off, with the same sets and the same seeds of each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.contrast import parts_of_doubt
from sim.numbers import points, share
from sim.results.structure import Structure, without_each

if TYPE_CHECKING:
    from sim.results.results import Results

__all__ = ["doubt_sentences"]


def doubt_sentences(results: Results, one: int, other: int) -> list[str]:
    """Return what is chance, doubt about parameters, doubt about structure, a line each."""
    values = results.quantity("habitual").values
    parts = parts_of_doubt(values[one], values[other])
    name, reference = results.names[one], results.names[other]
    sentences = []
    if parts.replicates > 1:
        sentences.append(
            f"Chance: under one parameter set replicates differ by {points(parts.chance)} points "
            f"(standard deviation) in how far {name} is from {reference}."
        )
    band = f"{points(parts.low, signed=True)} to {points(parts.high, signed=True)}"
    said = (
        f"Parameters: over {parts.sets} sets that agree with the published targets as far as the "
        f"model can, {name} less {reference} is {band} points (middle 80% of sets); {name} is "
        f"ahead in {share(parts.ahead)} of the sets."
    )
    if parts.replicates > 1:
        said += f" This is {share(parts.share_of_parameters)} of the variance between replicates."
    sentences.append(said)
    if results.structure is not None:
        sentences.append(_structure(results.structure, one, other))
    return sentences


def _structure(structure: Structure, one: int, other: int) -> str:
    with_all, found = without_each(structure, one, other)
    ordered = sorted(found, key=lambda each: each.difference.mean)
    low, high = ordered[0], ordered[-1]
    sets = structure.habitual.shape[2]

    def spelled(mechanisms: list[str]) -> str:
        return ", ".join(name.replace("_", " ") for name in mechanisms)

    said = (
        f"Structure: with one mechanism off at a time ({len(found)} of them, {sets} sets each, "
        "not calibrated again) the "
        f"mean difference runs from {points(low.difference.mean, signed=True)} (without "
        f"{spelled([low.mechanism])}) to {points(high.difference.mean, signed=True)} (without "
        f"{spelled([high.mechanism])}), against {points(with_all.mean, signed=True)} with all on"
    )
    sign = 1.0 if with_all.mean >= 0 else -1.0
    beyond = [each for each in found if each.difference.beyond_chance]
    if not with_all.beyond_chance:
        said += ", which is no larger than chance"
        if beyond:
            said += f"; it is larger without {spelled([each.mechanism for each in beyond])}"
        return said + "."
    turned = [each.mechanism for each in beyond if sign * each.difference.mean < 0]
    lost = [each.mechanism for each in found if each not in beyond]
    said += f"; it turns round without {spelled(turned)}" if turned else "; none turns it round"
    if lost:
        said += f"; it is no larger than chance without {spelled(lost)}"
    return said + "."
