"""Claims that were put to the test: what is recorded of them (``experiments/claims`` makes it)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sim.errors import refusal
from sim.numbers import amount, brief, points_of, share
from sim.parameters import PARAMETERS

RECORDED = Path(__file__).with_name("recorded.json")
"""The table of all claims that ``uptake claims`` prints."""


def read_recorded(path: Path = RECORDED) -> list[dict[str, Any]]:
    """Return the recorded claims that ship with Uptake, in the order of their numbers.

    Raises InputError where the file is not there or cannot be read.
    """
    right = "run python experiments/claims/run.py in a clone of the repository"
    try:
        content: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise refusal(path.name, "", "no claims are recorded yet", right) from None
    except (OSError, ValueError) as error:
        raise refusal(path.name, "", f"cannot be read: {error}", right) from None
    return content


Row = Mapping[str, Any]
_COULD = {
    "yes": "The model could have said no.",
    "partly": "The model could have said no to a part of it only.",
    "no": "The model could not have said no: the direction is built in, only the size is a result.",
}


def amount_with_range(effect: Row) -> str:
    """Return an effect's mean and range."""
    middle, low, high = (amount(effect[key], effect["unit"]) for key in ("mean", "low", "high"))
    return f"{middle} ({low.partition(' ')[0]} to {high.partition(' ')[0]})"


def chances(effect: Row) -> str:
    """Return the shares of cases in which an effect holds, is too close to call, and fails."""
    return " / ".join(share(effect[key]) for key in ("for", "neither", "against"))


def _margin(effect: Row) -> str:
    value, unit = effect["margin"], effect["unit"]
    if not value:
        return ""
    if unit == "share":
        return f" by more than {points_of(value)}"
    return f" by more than {amount(value, unit).lstrip('+')}"


def finding(row: Row) -> str:
    """Return the verdict on a claim with its numbers."""
    effect = row["effects"][0]
    neither = ""
    if effect["neither"]:
        neither = f", and is too close to call in {share(effect['neither'])}"
    return (
        f"{row['verdict'].capitalize()}. It holds{_margin(effect)} in {share(effect['for'])} of "
        f"cases, fails as clearly in {share(effect['against'])}{neither}. "
        f"{effect['name'][0].upper()}{effect['name'][1:]}: {amount_with_range(effect)}."
    )


def region_said(row: Row) -> str:
    """Return where in parameter space the claim does not hold."""
    region = row["region"]
    failing = f"It does not hold in {region['sets_failing']} of {region['sets']} parameter sets"
    if "parameters" not in region:
        return f"{failing}: {region['said']}."
    if not region["parameters"]:
        return f"{failing}; {region['said']}."
    apart = "; ".join(
        f"`{one['parameter']}` ({PARAMETERS[one['parameter']].meaning}), median "
        f"{brief(one['median_fails'], 2)} where it fails against "
        f"{brief(one['median_holds'], 2)} where it holds"
        for one in region["parameters"]
    )
    text = f"{failing}. What tells them apart: {apart}."
    rule = region.get("rule")
    if rule and None not in (rule["fails_inside"], rule["fails_outside"]):
        text += (
            f" The best single cut, found on half of the sets and checked on the other: with "
            f"`{rule['parameter']}` {rule['side']} {brief(rule['cut'], 2)} it fails in "
            f"{share(rule['fails_inside'])}, else in {share(rule['fails_outside'])}."
        )
    return text


def structure_said(row: Row) -> str:
    """Return on which mechanisms the effect hangs."""
    found, effect = row["structure"], row["effects"][0]
    whole, unit, margin = found["whole"], effect["unit"], max(effect["margin"], 0.005)
    moved = sorted(
        ((name, value) for name, value in found["without"].items() if abs(value - whole) > margin),
        key=lambda pair: -abs(pair[1] - whole),
    )[:4]
    begin = (
        f"With every mechanism on, the effect is {amount(whole, unit)} on average "
        f"({found['sets']} sets, {found['organisation']})"
    )
    if not moved:
        return f"{begin}; switching off any single one hardly moves it."
    said = ", ".join(f"{amount(value, unit)} without `{name}`" for name, value in moved)
    return f"{begin}; it would be {said}."


def controls_said(row: Row) -> str:
    """Return what the negative controls gave."""
    controls = row["controls"]
    twin = controls["twin_largest_difference"]
    text = f"Twins that must be equal differ by {brief(twin)}."
    if shuffled := controls["shuffled"]:
        unit = row["effects"][0]["unit"]
        text += (
            f" With the arms' labels shuffled the mean effect would lie between "
            f"{amount(shuffled['low'], unit)} and {amount(shuffled['high'], unit)} in 95% of "
            f"shuffles; two-sided p = {brief(shuffled['p'], 2)}."
        )
    return text


def stop_said(row: Row) -> str:
    """Return how many replicates were run, and what chance is left."""
    stops = row["stops"].values()
    counts = sorted({stop["replicates"] for stop in stops})
    unit = row["effects"][0]["unit"]
    worst = max(stop["standard_error"] for stop in stops)
    tolerance = next(iter(stops))["tolerance"]
    short = sum(not stop["reached"] for stop in stops)
    missed = f", not reached on {short} of {len(stops)} organisations" if short else ""
    span = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    return (
        f"{span} replicates a case, doubled until chance leaves a standard error of "
        f"at most {amount(tolerance, unit).lstrip('+')}{missed}; the largest left is "
        f"{amount(worst, unit).lstrip('+')}."
    )


def independence_said(row: Row) -> str:
    """Return how far the claim was built or calibrated into the model."""
    text = f"{_COULD[row['could_fail']]} {row['built_in']}"
    if row["informed_by"]:
        targets = ", ".join(row["informed_by"])
        text += f" The calibration was told a related pattern ({targets}): no independent test."
    return text
