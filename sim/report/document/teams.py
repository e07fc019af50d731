"""4 · Team by team; 5 · fears; 6 · stalled teams; 7 · managers and informal leaders."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.attribution import Rerun, Worth
from sim.arrays import Bools, Floats, Ints
from sim.contrast import estimate
from sim.interventions.base import INFORMAL_LEADERS, MANAGERS
from sim.interventions.timeline import CATALOGUE
from sim.numbers import NEVER, share, week
from sim.organisation.organisation import informal_leaders
from sim.outcomes import DRIVERS
from sim.page.words import DRIVER_LABELS, DRIVER_SHORT
from sim.report.document.draw import LinearScale, line, mark, placed, week_ticks
from sim.report.document.report_data import ReportData, apart
from sim.report.style import FIVE_DRIVERS, look, spread
from sim.results.measure import SMALLEST_TEAM, shown_teams

if TYPE_CHECKING:
    from sim.report.document.draw import Picture


BEYOND = 0.005
"""A barrier of a team is shown where it exceeds the mean of all teams by this much."""


def drivers_to_show(held: NDArray[np.floating]) -> tuple[int | None, list[int | None]]:
    """Return the driver that is said once, of all teams, and the one that each row tells.

    - ``held``, shape (n_teams, n_drivers): what each driver holds back in a team, in shares of
      workdays.

    Returns the driver that is the strongest in all teams, None where they differ, or are fewer than
    two; and the strongest driver of each team: where it is common, the one that holds the team back
    most beyond the mean of all teams, by ``BEYOND`` or more, if there is one.

    >>> drivers_to_show(np.array([[0.2, 0.1], [0.1, 0.3]]))
    (None, [0, 1])
    >>> drivers_to_show(np.array([[0.4, 0.1], [0.4, 0.2]]))
    (0, [None, 1])
    """
    first = [int(row.argmax()) if row.max() > 0 else None for row in held]
    if len(first) < 2 or first[0] is None or len(set(first)) > 1:
        return None, first
    beyond = held - held.mean(axis=0, dtype=np.float64)
    return first[0], [int(row.argmax()) if row.max() >= BEYOND else None for row in beyond]


STRIP = LinearScale(0, 1, 8, 232)


def teams(material: ReportData) -> dict[str, Any]:
    """Return a row a team, sorted by the leading plan: habitual users under each plan."""
    results = material.results
    shown = results.shown_teams
    values = results.team("habitual")[..., -1, :]
    means = values[material.leading].mean(axis=(0, 1))
    order = sorted(shown.tolist(), key=lambda row: (-means[row], row))
    held = results.records.drivers[material.leading, :, :, -1].mean(axis=(0, 1))
    common, own = drivers_to_show(held[order])
    sides = apart(results, material.leading)
    rows = []
    for team, driver in zip(order, own, strict=True):
        cells = [estimate(values[plan, :, :, team]) for plan in range(len(results.names))]
        rows.append({
            "name": results.organisation.teams[team],
            "people": int(results.team_sizes[team]),
            "cells": cells,
            "marks": [
                {
                    "plan": plan,
                    "path": mark(look(plan).marker, STRIP(cell.mean), _lane(plan, len(cells))),
                    "low": STRIP(cell.band_low),
                    "high": STRIP(cell.band_high),
                    "y": _lane(plan, len(cells)),
                }
                for plan, cell in enumerate(cells)
            ],
            "driver": _words(driver),
            "side": sides.get(team, ""),
        })  # fmt: skip
    small = results.organisation.n_teams - len(shown)
    return {
        "rows": rows,
        "common": _words(common),
        "apart": len(sides),
        "height": 8 + 10 * len(results.names),
        "grid": [(STRIP(v), share(v)) for v in (0, 0.5, 1)],
        "small": small,
        "smallest": SMALLEST_TEAM,
    }


def _words(driver: int | None) -> str | None:
    return None if driver is None else DRIVER_SHORT[DRIVERS[driver].name]


def _lane(plan: int, plans: int) -> float:
    return 9.0 + 10.0 * plan if plans > 1 else 9.0


def fears(material: ReportData) -> dict[str, Any]:
    """Return the drivers of everybody under each plan, and of teams where they differ.

    Where the same driver is the largest in every team that is shown under every plan, a table of
    teams says one thing many times: it is left to the tables that come with the report.
    """
    results = material.results
    shown = results.shown_teams
    held = results.records.drivers[:, :, :, -1][..., shown, :].mean(axis=(1, 2)).astype(np.float64)
    whole = results.organisation_drivers[:, :, :, -1].mean(axis=(1, 2))
    most = max(float(held.max(initial=0.0)), float(whole.max(initial=0.0)))
    names = [results.organisation.teams[row] for row in shown]
    alike = all(len(set(rows.argmax(axis=1).tolist())) <= 1 for rows in held)
    counts = np.bincount(
        held[material.leading].argmax(axis=1) if len(names) else [], minlength=len(DRIVERS)
    )
    return {
        "everyone": [*zip(results.names, whole.tolist(), strict=True)],
        "tables": [] if alike else [[*zip(names, rows.tolist(), strict=True)] for rows in held],
        "most": most,
        "alike": alike and len(names) > 1,
        "labels": list(DRIVER_LABELS.values()),
        "five": FIVE_DRIVERS,
        "week": results.records.checkpoint_weeks[-1],
        "counts": [
            (DRIVER_LABELS[DRIVERS[d].name], int(counts[d]))
            for d in np.argsort(-counts, kind="stable")
            if counts[d]
        ],
    }


BEST, WORST = 6, 3
"""So many re-runs from the top, and from the bottom, are drawn; the rest is counted."""


def stalled(material: ReportData) -> dict[str, Any]:
    """Return for each stalled team its causes and the re-runs, and single changes for everyone."""
    return {
        "teams": [_team(material, row) for row in material.causes.stalled],
        "everyone": table_of_changes(material.worth),
    }


def _team(material: ReportData, team: int) -> dict[str, Any]:
    results, causes = material.results, material.causes
    said, tried = causes.whys[material.leading, team][-1], causes.reruns[material.leading, team]
    habitual, users = (
        estimate(results.team(name)[material.leading, ..., -1, team])
        for name in ("habitual", "weekly_users")
    )
    when, highest = week(said.manager.first_week), max(p.gain.band_high for p in said.drivers)
    return {
        "said": said,
        "habitual": habitual,
        "using": users,
        "when": when if when == NEVER else f"in week {when}",
        "scale": LinearScale(0, highest or 1, 0, 200),
        "reruns": {**table_of_changes(tried.ranked), "base": tried.base},
    }


def table_of_changes(tried: Sequence[Rerun | Worth]) -> dict[str, Any]:
    """Return single changes as rows of a forest plot: the best, and the worst."""
    rows = list(tried)
    drawn = rows if len(rows) <= BEST + WORST else [*rows[:BEST], *rows[-WORST:]]
    ends = [end for one in drawn for end in (one.effect.low, one.effect.high)]
    ends = [end for end in ends if math.isfinite(end)] or [0.0, 0.01]
    scale = LinearScale(min(*ends, 0.0), max(*ends, 0.01), 6, 214)
    return {
        "rows": [(one, placed(one.effect, scale)) for one in drawn],
        "left_out": len(rows) - len(drawn),
        "gap_after": BEST if len(drawn) < len(rows) else None,
        "tried": len(rows),
        "helpful": sum(one.effect.beyond_chance and one.effect.mean > 0 for one in rows),
        "replicates": rows[0].effect.replicates if rows else 0,
        "zero": scale(0.0),
    }


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
        "plans": [_last_week(material, one, groups, shown) for one in used],
        "panels": [_panel(used[plan], groups, shown, plan) for plan in range(len(used))],
        "groups": GROUPS,
        "hidden": [f"{GROUPS[i]} ({n})" for i, n in enumerate(map(len, groups))
                   if n and i not in shown],
        "smallest": SMALLEST_TEAM,
        "replicates": used[0][..., 0, 0].size,
        "n_managers": len(managers),
        "n_leaders": len(rows),
        "comparable": len(shown) > 1,
        "heard": _heard(material, groups, shown),
        "reach": picture.reach() if picture is not None and told and len(rows) else None,
        "changes": [one for one in material.worth if _acts_on_them(one.change.kind)],
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

    Of each its position in ``GROUPS``, its name, and shares in [0, 1], shape (weeks,): means of
    replicates.
    """
    groups, shown = _groups(material)
    if len(shown) < 2:
        return []
    used = material.recorded[material.leading].people[..., 0] > 0
    return [(i, GROUPS[i], _weekly(used, groups[i])) for i in sorted(shown)]


def _weekly(used: Bools, rows: Rows) -> Floats:
    return used[..., rows].mean(axis=(0, 1, 3))


def _acts_on_them(kind: str) -> bool:
    audience = CATALOGUE[kind].model_fields.get("audience")
    return audience is not None and any(
        audience.default is usual for usual in (MANAGERS, INFORMAL_LEADERS)
    )


def _last_week(
    material: ReportData, used: Bools, groups: tuple[Rows, ...], shown: set[int]
) -> list[Any]:
    """Return use in each group, and among reports whose manager used the tool, or did not."""
    last = used[..., -1, :]
    few = 0 not in shown  # what reports of so few managers do is close to a figure of each
    return [
        *(
            estimate(last[..., rows].mean(axis=-1)) if i in shown else _nothing()
            for i, rows in enumerate(groups)
        ),
        *(_nothing() if few else _beside(material, last, uses) for uses in (True, False)),
    ]


def _nothing() -> Any:
    return estimate(np.array([[np.nan]]))


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
            "name": GROUPS[i], "people": people, "attention": attention,
            "people_width": round(most * people, 1),
            "attention_width": 0.0 if np.isnan(attention) else round(most * attention, 1),
        })  # fmt: skip
    return found


def _attention(material: ReportData, rows: Rows) -> float:
    ties = material.results.organisation.ties
    total = float(ties.weight.sum())
    got = float(ties.weight[np.isin(ties.target, rows)].sum())
    return got / total if total else float("nan")
