"""The first two pages; 1 · the answer, and how sure it is; 8 · what would flip the ranking."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.contrast import rule
from sim.numbers import between, fixed, listed, points, points_of, share
from sim.outcomes import DRIVERS
from sim.page.words import DRIVER_LABELS, MOST_CHANGES, next_part, sentence
from sim.parameters import PARAMETERS
from sim.report.document.draw import LinearScale, placed
from sim.report.document.plans import curve_panel, early_warning
from sim.report.document.report_data import ReportData
from sim.results import Comparison
from sim.results.series import AREA, HEADLINE, SPEED
from sim.results.verdict import HABITUAL_MEANS, range_note, ruled, settled_weeks
from sim.state import STATE_VARIABLES, VISIBLE_VARIABLES

if TYPE_CHECKING:
    from sim.analysis.attribution import Worth
    from sim.organisation.organisation import Organisation


MOST_RISKS = 5


def summary(material: ReportData) -> dict[str, Any]:
    """Return what the first two pages say, in plain data."""
    results = material.results
    return {
        "sentence": sentence(results), "recommendation": recommendation(material),
        "measures": measures(material), "tried": len(material.worth),
        "leading": results.names[material.leading], "leading_plan": material.leading,
        "settled": settled_weeks(results), "rests": rests_on(material),
        "risks": risks(material), "wide": curve_panel(results, "weekly_users", wide=True),
        "narrow": curve_panel(results, "weekly_users"),
        "data_line": data_line(results.organisation, results.warnings),
    }  # fmt: skip


def _equals(material: ReportData) -> list[int]:
    """Return the plans that are practically the same as the leading one, itself the first."""
    results, lead = material.results, material.leading
    if not isinstance(results, Comparison):
        return [lead]
    return [lead] + [
        plan for plan in material.order[1:]
        if rule(results.difference(HEADLINE, lead, plan), results.margin) == "same"
    ]  # fmt: skip


def recommendation(material: ReportData) -> str:
    """Return what to do, in a few sentences, and whether another plan leads over all weeks."""
    return f"{_at_the_end(material)}{_over_all_weeks(material)}"


def _over_all_weeks(material: ReportData) -> str:
    """Return which plan has more use over all weeks than the leading one: empty where none."""
    results, lead = material.results, material.leading
    if not isinstance(results, Comparison):
        return ""
    best = max(material.order, key=lambda plan: results.estimate(AREA, plan).mean)
    d = results.difference(AREA, best, lead)
    if rule(d, results.margin) != "ahead":
        return ""
    return (
        f" Over all {results.weeks} weeks, though, {results.names[best]} has more weekly use than "
        f"{results.names[lead]}: a mean of {share(results.estimate(AREA, best).mean)}, "
        f"{points(d.mean)} points more. What counts, the end or the way there, is to be decided."
    )


def _at_the_end(material: ReportData) -> str:
    """Return what to do by use at the end: of plans that are level, the least effort."""
    results, names = material.results, material.results.names
    alike = _equals(material)
    if len(alike) > 1:
        hours = {plan: results.estimate("hours", plan).mean for plan in alike}
        least = min(alike, key=lambda plan: (round(hours[plan], 1), plan))
        most = max(hours.values()) - hours[least]
        less = f": it takes {fixed(most, 1)} hours a person less" if most >= 0.05 else ""
        return (
            f"{listed([names[plan] for plan in alike])} end practically the same: choose by "
            f"effort or by what suits these people. Least effort: {names[least]}{less}."
        )
    if len(names) == 1:
        return f"One plan was run, {names[0]}; it stands beside no other."
    assert isinstance(results, Comparison)
    lead, second = material.leading, material.order[1]
    d = results.difference(HEADLINE, lead, second)
    if rule(d, results.margin) != "ahead":
        said = ruled(d, names[lead], names[second], results.margin)
        return f"{said}. On these numbers neither is to be preferred."
    more = results.difference("hours", lead, second).mean
    effort = (
        f"for {fixed(abs(more), 1)} hours a person {'more' if more > 0 else 'less'}"
        if abs(more) >= 0.05 else "for the same hours"
    )  # fmt: skip
    return (
        f"Build on {names[lead]}: {points(d.mean)} points more weekly use than {names[second]}, "
        f"{effort}."
    )


def measures(material: ReportData) -> dict[str, Any]:
    """Return the single changes worth most for everybody, with points, hours and euros.

    Where nothing that is added helps by what matters, what carries the plan is told instead: the
    parts that are missed most where they are left out.
    """
    found = next_part(material.results, material.leading, material.worth, material.hour_cost)
    added = [(one["said"], one["gain"], one["low"], one["high"], *one["cost"].values())
             for one in found["changes"]]  # fmt: skip
    kept = [
        (one.change.said.removeprefix("no "), -one.effect.mean, -one.effect.high, -one.effect.low,
         -one.hours, -one.money - material.hour_cost * one.hours)
        for one in _missed(material)[:MOST_CHANGES]
    ]  # fmt: skip
    rows = [
        {
            "said": _short(said),
            "points": points(gain, signed=True),
            "interval": between(low, high, "share", signed=True),
            "value": gain,
            "hours": _whole(hours),
            "money": _whole(money),
        }
        for said, gain, low, high, hours, money in added or kept
    ]
    return {"rows": rows, "adds": bool(added), "priced": any(one["money"] != "0" for one in rows)}


def _missed(material: ReportData) -> list[Worth]:
    """Return the parts of the leading plan that are missed beyond chance, the most first.

    Access is left out: without the tool nobody uses it.
    """
    dropped = [
        one for one in material.worth
        if one.change.how == "without" and one.change.kind != "access"
        and rule(one.effect, material.results.margin) == "behind"
    ]  # fmt: skip
    return sorted(dropped, key=lambda one: one.effect.mean)


def _whole(value: float) -> str:
    return fixed(value, 0) if abs(value) >= 0.5 else "0"


def _short(said: str) -> str:
    said = said.replace(" for everyone", "")
    return said[:1].upper() + said[1:]


def risks(material: ReportData) -> list[dict[str, str]]:
    """Return what could go wrong, the most telling first: each a title and a sentence."""
    makers = (_ranking, _harm, _fading, _held, _own, early_warning)
    found = [make(material) for make in makers]
    return [
        {"title": title, "said": said} for title, said in filter(None, found)
    ][:MOST_RISKS]  # fmt: skip


Risk = tuple[str, str] | None


def _ranking(material: ReportData) -> Risk:
    """Return how easily the ranking turns: over parameter sets, and without a mechanism."""
    if material.doubt.parts is None:
        return None
    names, lead = material.results.names, material.leading
    others = 1 - material.doubt.first[lead]
    turned = [one.mechanism.replace("_", " ") for one in material.structure[1:] if one.turned]
    said = (
        f"{names[lead]} has most habitual use in {share(material.doubt.first[lead])} of "
        f"{material.doubt.sets} plausible parameter sets"
    )
    if turned:
        said += f"; without {listed(turned[:3])} in the model the ranking turns"
    else:
        said += f"; none of {len(material.structure) - 1} mechanisms taken out alone turns it"
    return "The ranking may not hold" if others > 0.1 or turned else "The ranking", f"{said}."


def _harm(material: ReportData) -> Risk:
    """Return which part of the plan is missed most where it is dropped, access aside."""
    for worst in _missed(material)[:1]:
        return "What must not slip", (
            f"{_short(worst.change.said.removeprefix('no '))}: without it weekly use ends "
            f"{points(-worst.effect.mean)} points lower."
        )
    return None


def _fading(material: ReportData) -> Risk:
    """Return how far use falls after its peak, where that matters."""
    results, lead = material.results, material.leading
    peak = results.estimate("peak_weekly_users", lead).mean
    end = results.estimate(HEADLINE, lead).mean
    if peak - end < 3 * max(results.margin, 0.01):
        return None
    when = results.estimate("peak_week", lead).median
    return "Use that fades", (
        f"Under {results.names[lead]} weekly use peaks at {share(peak)} around week "
        f"{fixed(when, 0)} and ends at {share(end)}, {points(peak - end)} points lower."
    )


def _held(material: ReportData) -> Risk:
    """Return what still holds people back most at the end."""
    held = material.results.organisation_drivers[material.leading, :, :, -1].mean(axis=(0, 1))
    first = int(held.argmax())
    if held[first] <= 0:
        return None
    return "What still holds people back", (
        f"{DRIVER_LABELS[DRIVERS[first].name]}: the chance of use on a workday would be "
        f"{points(float(held[first]))} points higher without it."
    )


def _own(material: ReportData) -> Risk:
    own = material.results.estimate("own_tool_users", material.leading)
    if own.mean < 0.05:
        return None
    return "Own tools", (
        f"{share(own.mean)} still use tools of their own in week {material.results.weeks}, outside "
        "of what the firm can see and protect."
    )


def rests_on(material: ReportData) -> list[str]:
    """Return what the answer rests on, in a few sentences."""
    results = material.results
    organisation = results.organisation
    used = [p for p in PARAMETERS.values() if not p.name.startswith(("bass_", "threshold_"))]
    assumed = sum("ASSUMPTION" in p.source for p in used)
    who = (
        "a template, made up by rules: no real person or firm is in it"
        if organisation.made_up else "files of the client, read on their own machine"
    )  # fmt: skip
    return [
        f"People and ties: {organisation.size}, {organisation.n_ties:,} ties; {who}.",
        f"{results.n_runs:,} replicates of each plan, with the same random numbers in all plans; "
        f"differences under {points_of(results.margin)} count as practically the same.",
        f"{assumed} of {len(used)} parameters are assumptions in their number; "
        f"{material.doubt.sets} parameter sets that agree with published figures were tried "
        "beside the standard one.",
        "A rehearsal in a model, not a forecast: it compares plans and says nothing of a person.",
    ]


def data_line(organisation: Organisation, warnings: Sequence[str] = ()) -> str:
    """Return the line; empty where nobody is a real person.

    - ``warnings``: of the run.
    """
    if organisation.made_up:
        return ""
    said = [f"{organisation.n_people:,} people and {organisation.n_ties:,} ties"]
    surveyed = [v.name for v in (*VISIBLE_VARIABLES, *STATE_VARIABLES) if v.surveyed]
    for name in surveyed:
        values = organisation.start_values.get(name)
        given = 0.0 if values is None else 1 - float(np.isnan(values).mean())
        if given > 0:
            said.append(f"{name.replace('_', ' ')} told by {share(given)}")
    said.append(
        "all else drawn by chance" if len(said) > 1 else "no survey: attitudes drawn by chance"
    )
    said += [f"{n.what} ({n.times})" if n.times > 1 else n.what for n in organisation.notes]
    return f"The data: {'; '.join([*said, *dict.fromkeys(warnings)])}."


AGREE = "parameter sets that agree with the published targets as far as the model can"


def answer(material: ReportData) -> dict[str, Any]:
    """Return what the plans' levels are shown by, and the difference of the first two."""
    results, order = material.results, material.order
    ahead = None
    if isinstance(results, Comparison) and len(order) > 1:
        ahead = results.difference(HEADLINE, *order[:2])
    return {
        "note": range_note(results),
        "settled": settled_weeks(results),
        "habitual_means": HABITUAL_MEANS,
        "headline": HEADLINE,
        "beside": (
            ("weekly use, mean of all weeks", AREA, "share"),
            ("half use it weekly from week", SPEED, "week"),
            (f"habitual in week {results.weeks}", "habitual", "share"),
            ("use tools of their own", "own_tool_users", "share"),
            ("hours a person", "hours", "hours/person"),
        ),
        "first": order[0],
        "second": order[-1 if len(order) < 2 else 1],
        "ahead": ahead,
    }


def switching_conditions(material: ReportData) -> dict[str, Any]:
    """Return the margin without each mechanism, and over parameter sets."""
    doubt, names = material.doubt, material.results.names
    ends = [0.0]
    for one in material.structure:
        if one.ahead and math.isfinite(one.ahead.low):
            ends += [one.ahead.low, one.ahead.high]
    scale = LinearScale(min(ends), max(*ends, 0.01), 6, 254)
    return {
        "paired": material.structure[0].ahead is not None,
        "zero": scale(0.0),
        "rows": [(one, placed(one.ahead, scale)) for one in material.structure],
        "level_sets": max(0.0, 1 - sum(doubt.first)),
        "agree": AGREE,
        "links": [
            (link, PARAMETERS[link.name].meaning,
             names[material.order[0 if link.correlation > 0 else 1]])
            for link in doubt.links
        ],
    }  # fmt: skip
