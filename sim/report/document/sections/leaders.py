"""7 · Managers and informal leaders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.arrays import Bools, Floats, Ints
from sim.contrast import estimate
from sim.interventions.base import INFORMAL_LEADERS, MANAGERS
from sim.interventions.timeline import CATALOGUE
from sim.numbers import share
from sim.organisation.organisation import informal_leaders
from sim.report.document.draw import (
    LinearScale,
    change,
    interval,
    level,
    line,
    plain_share,
    week_ticks,
)
from sim.report.document.report_data import ReportData
from sim.report.style import spread
from sim.results.measure import SMALLEST_TEAM, shown_teams

if TYPE_CHECKING:
    from sim.report.document.draw import Picture


GROUPS = ("managers", "informal leaders", "all others")

Rows = Ints


def leaders(material: ReportData, picture: Picture | None = None) -> dict[str, Any]:
    """Return what managers and informal leaders do, what goes with it, and what changes it.

    No figure is given of a group of fewer than five people, nor of one that would follow from
    the others.
    """
    groups, shown = _groups(material)
    managers, rows, _ = groups
    used = [one.people[..., 0] > 0 for one in material.recorded]
    told = 1 in shown or material.results.organisation.made_up
    return {
        "plans": [_plan(material, plan, used[plan], groups, shown) for plan in range(len(used))],
        "panels": [_panel(used[plan], groups, shown, plan) for plan in range(len(used))],
        "names": material.results.names,
        "groups": GROUPS,
        "hidden": [f"{GROUPS[i]} ({n})" for i, n in enumerate(map(len, groups))
                   if n and i not in shown],
        "smallest": SMALLEST_TEAM,
        "week": material.results.weeks,
        "replicates": used[0][..., 0, 0].size,
        "n_managers": len(managers),
        "n_leaders": len(rows),
        "comparable": len(shown) > 1,
        "heard": _heard(material, groups, shown),
        "reach": picture.reach() if picture is not None and told and len(rows) else None,
        "changes": [
            {"said": one.change.said, "change": change(one.effect),
             "interval": interval(one.effect)}
            for one in material.worth if _acts_on_them(one.change.kind)
        ],
        "leading": material.results.names[material.leading],
    }  # fmt: skip


def _groups(material: ReportData) -> tuple[tuple[Rows, Rows, Rows], set[int]]:
    """Return the rows of each of ``GROUPS``, and which of them figures may be given of."""
    organisation = material.results.organisation
    rows = informal_leaders(organisation)
    managers = np.flatnonzero(organisation.is_manager)
    plain = np.setdiff1d(np.arange(organisation.n_people), np.concatenate([rows, managers]))
    groups = (managers, rows, plain)
    sizes = np.array([len(group) for group in groups])
    return groups, set(shown_teams(sizes, made_up=organisation.made_up).tolist())


def curves_of_groups(material: ReportData) -> list[tuple[int, str, Floats]]:
    """Return the weekly use of each group that may be shown, under the leading plan.

    Returns
    -------
    list of (int, str, float64 array, shape (weeks,))
        Position in ``GROUPS``, name, and shares in [0, 1]: means of replicates.
    """
    groups, shown = _groups(material)
    if len(shown) < 2:
        return []
    used = material.recorded[material.leading].people[..., 0] > 0
    return [(i, GROUPS[i], _weekly(used, groups[i])) for i in sorted(shown)]


def _weekly(used: Bools, rows: Rows) -> Floats:
    found: Floats = used[..., rows].mean(axis=(0, 1, 3))
    return found


def _acts_on_them(kind: str) -> bool:
    audience = CATALOGUE[kind].model_fields.get("audience")
    return audience is not None and any(
        audience.default is usual for usual in (MANAGERS, INFORMAL_LEADERS)
    )


def _plan(
    material: ReportData, plan: int, used: Bools, groups: tuple[Rows, ...], shown: set[int]
) -> dict[str, Any]:
    last = used[..., -1, :]
    few = 0 not in shown  # what reports of so few managers do is close to a figure of each
    return {
        "plan": plan,
        "name": material.results.names[plan],
        "cells": [level(_over(last[..., rows], i in shown)) for i, rows in enumerate(groups)],
        "with": level(_nothing() if few else _beside(material, last, True)),
        "without": level(_nothing() if few else _beside(material, last, False)),
    }


def _nothing() -> Any:
    return estimate(np.array([[np.nan]]))


def _over(used: Bools, shown: bool) -> Any:
    return estimate(used.mean(axis=-1)) if shown else _nothing()


def _beside(material: ReportData, used: Bools, manager_uses: bool) -> Any:
    """Return use among reports whose manager used the tool that week, or did not."""
    manager = material.results.organisation.people["manager"]
    led = np.flatnonzero(manager >= 0)
    of_manager = used[..., manager[led]] == manager_uses
    count = of_manager.sum(axis=-1)
    if not (count > 0).all():
        return _nothing()
    return estimate((used[..., led] & of_manager).sum(axis=-1) / count)


def _panel(used: Bools, groups: tuple[Rows, ...], shown: set[int], plan: int) -> dict[str, Any]:
    """Return who of each group uses the tool week by week, as paths."""
    weeks = used.shape[-2]
    left, right, top, tall = 44.0, 232.0, 12.0, 170.0
    x, y = LinearScale(1, max(2, weeks), left, right), LinearScale(0, 1, top + tall, top)
    means = {i: _weekly(used, groups[i]) for i in sorted(shown)}
    ends = spread([float(mean[-1]) for mean in means.values()], 0.09, 0.02, 0.98)
    return {
        "plan": plan,
        "lines": [
            {"group": i, "name": GROUPS[i], "line": line(x, y, [*range(1, weeks + 1)], mean),
             "y": y(place), "end": share(float(mean[-1]))}
            for (i, mean), place in zip(means.items(), ends, strict=True)
        ],
        "x": [(x(week), week) for week in week_ticks(weeks)],
        "y": [(y(v), share(v)) for v in (0.0, 0.5, 1.0)],
        "left": left, "right": right, "bottom": top + tall, "width": 400.0,
        "height": top + tall + 38,
    }  # fmt: skip


def _heard(material: ReportData, groups: tuple[Rows, ...], shown: set[int]) -> list[dict[str, Any]]:
    """Return each group's share of people and of the attention that people give."""
    n, found = material.results.organisation.n_people, []
    for i in sorted(shown):
        people, attention = len(groups[i]) / n, _attention(material, groups[i])
        most = 200.0
        found.append({
            "name": GROUPS[i], "people": plain_share(people), "attention": plain_share(attention),
            "people_width": round(most * people, 1),
            "attention_width": 0.0 if np.isnan(attention) else round(most * attention, 1),
        })  # fmt: skip
    return found


def _attention(material: ReportData, rows: Rows) -> float:
    ties = material.results.organisation.ties
    total = float(ties.weight.sum())
    got = float(ties.weight[np.isin(ties.target, rows)].sum())
    return got / total if total else float("nan")
